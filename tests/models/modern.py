"""Later convolutional networks: searched, gated, separable, and those that took from transformers."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


class RegNetBlock(nn.Module):
    def __init__(self, w_in: int, w_out: int, stride: int, group_width: int, se: bool = False) -> None:
        super().__init__()
        self.proj = nn.Sequential(nn.Conv2d(w_in, w_out, 1, stride, bias=False), nn.BatchNorm2d(w_out))
        self.a = nn.Sequential(nn.Conv2d(w_in, w_out, 1, bias=False), nn.BatchNorm2d(w_out), nn.ReLU(inplace=True))
        self.b = nn.Sequential(
            nn.Conv2d(w_out, w_out, 3, stride, 1, groups=w_out // group_width, bias=False),
            nn.BatchNorm2d(w_out),
            nn.ReLU(True),
        )
        if se:
            squeeze = nn.Conv2d(w_out, 4, 1)
            self.se = nn.Sequential(nn.AdaptiveAvgPool2d(1), squeeze, nn.ReLU(), nn.Conv2d(4, w_out, 1), nn.Sigmoid())
        self.c = nn.Sequential(nn.Conv2d(w_out, w_out, 1, bias=False), nn.BatchNorm2d(w_out))
        self.activation = nn.ReLU(inplace=True)
        self.use_se = se

    def forward(self, x: Tensor) -> Tensor:
        f = self.b(self.a(x))
        if self.use_se:
            f = f * self.se(f)
        return self.activation(self.proj(x) + self.c(f))


def regnet(se: bool) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True), RegNetBlock(4, 6, 2, 2, se),
        nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(6, 5),
    )  # fmt: skip


@brought("mobile")
def regnet_x() -> Call:
    """blocks of grouped convolutions with a projection, as in RegNetX (Radosavovic et al. 2020), in training"""
    return call(regnet(False), torch.randn(2, 3, 8, 8), classes(5, 2), nn.CrossEntropyLoss())


@brought("mobile")
def regnet_y() -> Call:
    """the same with squeeze and excitation, evaluated"""
    return call(trained(regnet(True)), torch.randn(1, 3, 8, 8), classes(5, 1), nn.CrossEntropyLoss())


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim: int, layer_scale_init_value: float = 0.5) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=3, padding=1, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 2 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(2 * dim, dim)
        self.gamma = nn.Parameter(layer_scale_init_value * torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        input = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
        x = self.pwconv2(self.act(self.pwconv1(self.norm(x))))
        x = self.gamma * x
        x = x.permute(0, 3, 1, 2)
        return input + x


class ConvNeXt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, kernel_size=2, stride=2), LayerNorm2d(4, eps=1e-6))
        self.stages = nn.ModuleList([ConvNeXtBlock(4)])
        self.norm = nn.LayerNorm(4, eps=1e-6)
        self.head = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.head(self.norm(x.mean([-2, -1])))


@brought("mobile")
def convnext() -> Call:
    """the block of ConvNeXt (Liu et al. 2022): channels last, layer normalisation, a scale for each channel"""
    return call(ConvNeXt(), torch.randn(1, 3, 8, 8), classes(5, 1), nn.CrossEntropyLoss(label_smoothing=0.1))


class MnasBlock(nn.Module):
    def __init__(self, in_ch: int, out_ch: int, kernel_size: int, stride: int, factor: int) -> None:
        super().__init__()
        mid = in_ch * factor
        self.apply_residual = in_ch == out_ch and stride == 1
        self.layers = nn.Sequential(
            nn.Conv2d(in_ch, mid, 1, bias=False), nn.BatchNorm2d(mid, momentum=0.0003), nn.ReLU(inplace=True),
            nn.Conv2d(mid, mid, kernel_size, padding=kernel_size // 2, stride=stride, groups=mid, bias=False),
            nn.BatchNorm2d(mid, momentum=0.0003), nn.ReLU(inplace=True),
            nn.Conv2d(mid, out_ch, 1, bias=False), nn.BatchNorm2d(out_ch, momentum=0.0003),
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        if self.apply_residual:
            return self.layers(input) + input
        return self.layers(input)


class MNASNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 3, 3, 2, 1, bias=False), MnasBlock(3, 3, 5, 1, 2), MnasBlock(3, 6, 3, 2, 2)
        )
        self.classifier = nn.Sequential(nn.Dropout(p=0.2, inplace=True), nn.Linear(6, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.layers(x)
        x = x.mean([2, 3])
        return self.classifier(x)


@brought("mobile")
def mnasnet() -> Call:
    """inverted residuals of several kernels, found by search (Tan et al. 2018), evaluated"""
    return call(trained(MNASNet()), torch.randn(2, 3, 8, 8), classes(5, 2), nn.CrossEntropyLoss())


class GhostModule(nn.Module):
    def __init__(self, inp: int, oup: int) -> None:
        super().__init__()
        self.oup = oup
        new = -(-oup // 2)
        self.primary_conv = nn.Sequential(
            nn.Conv2d(inp, new, 1, bias=False), nn.BatchNorm2d(new), nn.ReLU(inplace=True)
        )
        self.cheap_operation = nn.Sequential(
            nn.Conv2d(new, new, 3, 1, 1, groups=new, bias=False), nn.BatchNorm2d(new), nn.ReLU(inplace=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.primary_conv(x)
        x2 = self.cheap_operation(x1)
        out = torch.cat([x1, x2], dim=1)
        return out[:, : self.oup, :, :]


@brought("mobile")
def ghostnet() -> Call:
    """cheap maps beside the others, cut to the wanted number (Han et al. 2019), evaluated"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), GhostModule(4, 5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 4)
    )
    return call(trained(model), torch.randn(1, 3, 8, 8), classes(4, 1), nn.CrossEntropyLoss())


class SeparableConv2d(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, in_channels, 3, 1, 1, groups=in_channels, bias=False)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.conv1(x))


class Xception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False)
        self.rep = nn.Sequential(
            nn.ReLU(), SeparableConv2d(4, 6), nn.BatchNorm2d(6), nn.ReLU(inplace=True), SeparableConv2d(6, 6),
            nn.BatchNorm2d(6), nn.MaxPool2d(3, 2, 1),
        )  # fmt: skip
        self.skip = nn.Sequential(nn.Conv2d(4, 6, 1, stride=2, bias=False), nn.BatchNorm2d(6))
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.rep(x) + self.skip(x)
        x = F.adaptive_avg_pool2d(x, (1, 1)).view(x.size(0), -1)
        return self.fc(x)


@brought("mobile")
def xception() -> Call:
    """separable convolutions with a shortcut of strides (Chollet 2016), in training"""
    return call(Xception(), torch.randn(2, 3, 8, 8), classes(5, 2), nn.CrossEntropyLoss())


class RepVGGBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinearity = nn.ReLU()
        self.rbr_identity = nn.BatchNorm2d(channels)
        self.rbr_dense = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )
        self.rbr_1x1 = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.nonlinearity(self.rbr_dense(inputs) + self.rbr_1x1(inputs) + self.rbr_identity(inputs))


@brought("mobile")
def repvgg() -> Call:
    """three branches added, one of them normalisation alone (Ding et al. 2021), in training"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), RepVGGBlock(4), RepVGGBlock(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)
    )
    return call(model, torch.randn(2, 3, 8, 8), classes(5, 2), nn.CrossEntropyLoss())


@brought("mobile")
def tiny_darknet() -> Call:
    """convolutions, leaky ReLU and pools, as in tiny YOLO, evaluated"""

    def block(i: int, o: int) -> list[nn.Module]:
        return [
            nn.Conv2d(i, o, 3, 1, 1, bias=False),
            nn.BatchNorm2d(o),
            nn.LeakyReLU(0.1, inplace=True),
            nn.MaxPool2d(2, 2),
        ]

    model = nn.Sequential(*block(3, 4), *block(4, 6), nn.Conv2d(6, 5, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return call(trained(model), torch.randn(1, 3, 8, 8), classes(5, 1), nn.CrossEntropyLoss())


class GatedCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3)
        self.fc = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.glu(self.conv(x), dim=1)
        return self.fc(torch.amax(x, dim=(2, 3)))


@brought("cnn")
def gated_linear_units() -> Call:
    """one half of the channels gates the other (Dauphin et al. 2016); the maximum over places"""
    return call(GatedCnn(), torch.randn(2, 1, 6, 6), classes(4, 2), nn.CrossEntropyLoss())
