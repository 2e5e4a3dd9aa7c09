"""Convolutional networks for small devices, and the modern ones that grew from them."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


def conv_dw(inp: int, oup: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inp, inp, 3, stride, 1, groups=inp, bias=False), nn.BatchNorm2d(inp), nn.ReLU(inplace=True),
        nn.Conv2d(inp, oup, 1, 1, 0, bias=False), nn.BatchNorm2d(oup), nn.ReLU(inplace=True),
    )  # fmt: skip


class MobileNetV1(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.model = nn.Sequential(stem, conv_dw(4, 6, 1), conv_dw(6, 8, 2), nn.AvgPool2d(3))
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.model(x)
        x = x.view(-1, 8)
        return self.fc(x)


@brought("mobile")
def mobilenet() -> Call:
    """depthwise and pointwise convolutions (Howard et al. 2017), in training"""
    return call(MobileNetV1(), torch.randn(2, 3, 12, 12), classes(5, 2), nn.CrossEntropyLoss())


class InvertedResidual(nn.Module):
    def __init__(self, inp: int, oup: int, stride: int, expand_ratio: int) -> None:
        super().__init__()
        hidden = round(inp * expand_ratio)
        self.use_res_connect = stride == 1 and inp == oup
        layers: list[nn.Module] = []
        if expand_ratio != 1:
            layers += [nn.Conv2d(inp, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True)]
        layers += [
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, oup, 1, bias=False), nn.BatchNorm2d(oup),
        ]  # fmt: skip
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        if self.use_res_connect:
            return x + self.conv(x)
        else:
            return self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU6(inplace=True),
            InvertedResidual(4, 4, 1, 1), InvertedResidual(4, 6, 2, 2), InvertedResidual(6, 6, 1, 2),
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(6, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = x.mean([2, 3])
        return self.classifier(x)


@brought("mobile")
def mobilenet_v2() -> Call:
    """inverted residuals with ReLU6 (Sandler et al. 2018), the mean over places, evaluated"""
    return call(trained(MobileNetV2()), torch.randn(1, 3, 12, 12), classes(5, 1), nn.CrossEntropyLoss())


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int, squeeze: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, squeeze, 1)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(squeeze, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        scale = F.adaptive_avg_pool2d(x, 1)
        scale = self.fc2(self.relu(self.fc1(scale)))
        return F.hardsigmoid(scale, inplace=True) * x


class BneckV3(nn.Module):
    def __init__(self, channels: int, expand: int, use_hs: bool) -> None:
        super().__init__()
        act = nn.Hardswish if use_hs else nn.ReLU
        self.block = nn.Sequential(
            nn.Conv2d(channels, expand, 1, bias=False), nn.BatchNorm2d(expand, eps=0.001), act(inplace=True),
            nn.Conv2d(expand, expand, 5, padding=2, groups=expand, bias=False), nn.BatchNorm2d(expand, eps=0.001),
            act(inplace=True),
            SqueezeExcite(expand, 2), nn.Conv2d(expand, channels, 1, bias=False), nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        result = self.block(input)
        result += input
        return result


@brought("mobile")
def mobilenet_v3() -> Call:
    """squeeze and excitation with hard sigmoids, and hard swish (Howard et al. 2019)"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), nn.Hardswish(), BneckV3(4, 6, False), BneckV3(4, 6, True), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(4, 6), nn.Hardswish(inplace=True), nn.Dropout(0.2, inplace=True), nn.Linear(6, 5),
    )  # fmt: skip
    return call(trained(model), torch.randn(1, 3, 8, 8), classes(5, 1), nn.CrossEntropyLoss())


class HSwish(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * F.relu6(x + 3, inplace=True) / 6


@brought("mobile")
def hard_swish_by_hand() -> Call:
    """hard swish as it was written before torch had it, in training"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1, bias=False),
        nn.BatchNorm2d(4),
        HSwish(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 5),
    )
    return call(model, torch.randn(2, 3, 6, 6), classes(5, 2), nn.CrossEntropyLoss())


class Swish(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(x)


class MBConv(nn.Module):
    def __init__(self, channels: int, expand: int, act: nn.Module) -> None:
        super().__init__()
        self.expand_conv = nn.Conv2d(channels, expand, 1, bias=False)
        self.bn0 = nn.BatchNorm2d(expand, momentum=0.01, eps=1e-3)
        self.depthwise_conv = nn.Conv2d(expand, expand, 3, padding=1, groups=expand, bias=False)
        self.bn1 = nn.BatchNorm2d(expand, momentum=0.01, eps=1e-3)
        self.se_reduce = nn.Conv2d(expand, 1, 1)
        self.se_expand = nn.Conv2d(1, expand, 1)
        self.project_conv = nn.Conv2d(expand, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels, momentum=0.01, eps=1e-3)
        self.act = act

    def forward(self, inputs: Tensor, drop_connect_rate: float | None = None) -> Tensor:
        x = self.act(self.bn0(self.expand_conv(inputs)))
        x = self.act(self.bn1(self.depthwise_conv(x)))
        x_squeezed = F.adaptive_avg_pool2d(x, 1)
        x_squeezed = self.se_expand(self.act(self.se_reduce(x_squeezed)))
        x = torch.sigmoid(x_squeezed) * x
        x = self.bn2(self.project_conv(x))
        if drop_connect_rate and self.training:
            x = F.dropout2d(x, drop_connect_rate)
        return x + inputs


@brought("mobile")
def efficientnet() -> Call:
    """the block of EfficientNet (Tan and Le 2019) with nn.SiLU, evaluated"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), MBConv(4, 6, nn.SiLU()), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)
    )
    return call(trained(model), torch.randn(1, 3, 8, 8), classes(5, 1), nn.CrossEntropyLoss())


@brought("mobile")
def efficientnet_with_own_swish() -> Call:
    """the same with x sigmoid(x) as a module of one's own"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), MBConv(4, 6, Swish()), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)
    )
    return call(trained(model), torch.randn(1, 3, 8, 8), classes(5, 1), nn.CrossEntropyLoss())


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    batchsize, num_channels, height, width = x.size()
    channels_per_group = num_channels // groups
    x = x.view(batchsize, groups, channels_per_group, height, width)
    x = torch.transpose(x, 1, 2).contiguous()
    return x.view(batchsize, num_channels, height, width)


class ShuffleV1(nn.Module):
    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.groups = groups
        self.conv1 = nn.Conv2d(channels, channels, 1, groups=groups, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.conv3 = nn.Conv2d(channels, channels, 1, groups=groups, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        out = channel_shuffle(out, self.groups)
        out = self.bn3(self.conv3(self.conv2(out)))
        return F.relu(out + x)


class ShuffleV2(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.branch2 = nn.Sequential(
            nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True),
            nn.Conv2d(half, half, 3, 1, 1, groups=half, bias=False), nn.BatchNorm2d(half),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        x1, x2 = x.chunk(2, dim=1)
        out = torch.cat((x1, self.branch2(x2)), dim=1)
        return channel_shuffle(out, 2)


class Shuffled(nn.Module):
    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, 2, 1)
        self.stage = block
        self.fc = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage(F.relu(self.conv1(x)))
        x = x.mean([2, 3])  # globalpool
        return self.fc(x)


@brought("mobile")
def shufflenet() -> Call:
    """channels shuffled between grouped convolutions (Zhang et al. 2017), in training"""
    return call(Shuffled(ShuffleV1(4, 2)), torch.randn(2, 3, 8, 8), classes(5, 2), nn.CrossEntropyLoss())


@brought("mobile")
def shufflenet_v2() -> Call:
    """one half of the channels passed by (Ma et al. 2018), evaluated"""
    return call(trained(Shuffled(ShuffleV2(4))), torch.randn(1, 3, 8, 8), classes(5, 1), nn.CrossEntropyLoss())
