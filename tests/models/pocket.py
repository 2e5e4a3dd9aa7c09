"""Blocks of mobile and of modern nets, as repositories write them."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


def _make_divisible(v: float, divisor: int, min_value: int | None = None) -> int:
    if min_value is None:
        min_value = divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return new_v


class h_sigmoid(nn.Module):
    def __init__(self, inplace: bool = True) -> None:
        super().__init__()
        self.relu = nn.ReLU6(inplace=inplace)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(x + 3) / 6


class h_swish(nn.Module):
    def __init__(self, inplace: bool = True) -> None:
        super().__init__()
        self.sigmoid = h_sigmoid(inplace=inplace)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.sigmoid(x)


class SELayer(nn.Module):
    def __init__(self, channel: int, reduction: int = 4) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        hidden = _make_divisible(channel // reduction, 2)
        self.fc = nn.Sequential(
            nn.Linear(channel, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, channel), h_sigmoid()
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y


class InvertedResidual(nn.Module):
    def __init__(
        self, inp: int, hidden_dim: int, oup: int, kernel_size: int, stride: int, use_se: int, use_hs: int
    ) -> None:
        super().__init__()
        assert stride in [1, 2]
        self.identity = stride == 1 and inp == oup
        self.conv = nn.Sequential(
            nn.Conv2d(inp, hidden_dim, 1, 1, 0, bias=False), nn.BatchNorm2d(hidden_dim),
            h_swish() if use_hs else nn.ReLU(inplace=True),
            nn.Conv2d(hidden_dim, hidden_dim, kernel_size, stride, kernel_size // 2, groups=hidden_dim, bias=False),
            nn.BatchNorm2d(hidden_dim), SELayer(hidden_dim) if use_se else nn.Identity(),
            h_swish() if use_hs else nn.ReLU(inplace=True),
            nn.Conv2d(hidden_dim, oup, 1, 1, 0, bias=False), nn.BatchNorm2d(oup),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        if self.identity:
            return x + self.conv(x)
        return self.conv(x)


class MobileNetV3(nn.Module):
    def __init__(self, cfgs: list[list[int]]) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), h_swish())]
        input_channel = 4
        for k, t, c, use_se, use_hs, s in cfgs:
            layers.append(InvertedResidual(input_channel, input_channel * t, c, k, s, use_se, use_hs))
            input_channel = c
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.classifier = nn.Sequential(nn.Linear(4, 6), h_swish(), nn.Dropout(0.2), nn.Linear(6, 3))

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        return self.classifier(x)


@brought("mobile")
def mobilenet_v3_of_d_li14() -> Call:
    """d-li14's MobileNetV3: h_swish of ReLU6, squeeze and excitation, rows of numbers"""
    model = MobileNetV3([[3, 1, 4, 1, 0, 1], [3, 2, 4, 1, 1, 2]])
    return call(trained(model), torch.randn(2, 3, 8, 8), classes(3, 2), nn.CrossEntropyLoss())


class SwishImplementation(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, i: Tensor) -> Tensor:
        result = i * torch.sigmoid(i)
        ctx.save_for_backward(i)
        return result

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        i = ctx.saved_tensors[0]
        sigmoid_i = torch.sigmoid(i)
        return grad_output * (sigmoid_i * (1 + i * (1 - sigmoid_i)))


class MemoryEfficientSwish(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return SwishImplementation.apply(x)


class Conv2dStaticSamePadding(nn.Conv2d):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, image_size: int = 8, **kwargs: Any
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, **kwargs)
        self.stride = self.stride if len(self.stride) == 2 else [self.stride[0]] * 2
        ih = iw = image_size
        kh, kw = self.weight.size()[-2:]
        sh, sw = self.stride
        oh, ow = -(-ih // sh), -(-iw // sw)
        pad_h = max((oh - 1) * self.stride[0] + (kh - 1) * self.dilation[0] + 1 - ih, 0)
        pad_w = max((ow - 1) * self.stride[1] + (kw - 1) * self.dilation[1] + 1 - iw, 0)
        if pad_h > 0 or pad_w > 0:
            self.static_padding = nn.ZeroPad2d((pad_w // 2, pad_w - pad_w // 2, pad_h // 2, pad_h - pad_h // 2))
        else:
            self.static_padding = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.static_padding(x)
        x = F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        return x


class MBConvBlock(nn.Module):
    def __init__(self, inp: int, oup: int, expand: int, k: int, s: int) -> None:
        super().__init__()
        self._expand_conv = Conv2dStaticSamePadding(inp, inp * expand, kernel_size=1, bias=False)
        self._bn0 = nn.BatchNorm2d(num_features=inp * expand, momentum=0.01, eps=1e-3)
        self._depthwise_conv = Conv2dStaticSamePadding(
            inp * expand, inp * expand, k, s, groups=inp * expand, bias=False
        )
        self._se_reduce = Conv2dStaticSamePadding(inp * expand, 1, kernel_size=1)
        self._se_expand = Conv2dStaticSamePadding(1, inp * expand, kernel_size=1)
        self._project_conv = Conv2dStaticSamePadding(inp * expand, oup, kernel_size=1, bias=False)
        self._swish = MemoryEfficientSwish()
        self.id_skip = inp == oup and s == 1

    def forward(self, inputs: Tensor, drop_connect_rate: float | None = None) -> Tensor:
        x = inputs
        x = self._swish(self._bn0(self._expand_conv(inputs)))
        x = self._depthwise_conv(x)
        x_squeezed = F.adaptive_avg_pool2d(x, 1)
        x_squeezed = self._se_expand(self._swish(self._se_reduce(x_squeezed)))
        x = torch.sigmoid(x_squeezed) * x
        x = self._project_conv(x)
        if self.id_skip:
            if drop_connect_rate and self.training:
                x = x / (1 - drop_connect_rate) * torch.rand([x.shape[0], 1, 1, 1]).round()
            x = x + inputs
        return x


class EfficientNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self._blocks = nn.ModuleList([MBConvBlock(3, 3, 2, 3, 1), MBConvBlock(3, 4, 2, 5, 2)])
        self._avg_pooling = nn.AdaptiveAvgPool2d(1)
        self._dropout = nn.Dropout(0.2)
        self._fc = nn.Linear(4, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        x = inputs
        for idx, block in enumerate(self._blocks):
            drop_connect_rate = 0.2
            if drop_connect_rate:
                drop_connect_rate *= float(idx) / len(self._blocks)
            x = block(x, drop_connect_rate=drop_connect_rate)
        x = self._avg_pooling(x)
        x = x.flatten(start_dim=1)
        x = self._dropout(x)
        return self._fc(x)


@brought("mobile")
def efficientnet_of_lukemelas() -> Call:
    """lukemelas' EfficientNet: a Swish with a backward of its own, padding computed beforehand"""
    return call(trained(EfficientNet()), torch.randn(2, 3, 8, 8), classes(3, 2), nn.CrossEntropyLoss())


class RepVGGBlock(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.nonlinearity = nn.ReLU()
        self.se = nn.Identity()
        self.rbr_identity = nn.BatchNorm2d(in_channels) if out_channels == in_channels and stride == 1 else None
        self.rbr_dense = self.conv_bn(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.rbr_1x1 = self.conv_bn(in_channels, out_channels, kernel_size=1, stride=stride, padding=0)

    @staticmethod
    def conv_bn(in_channels: int, out_channels: int, **kwargs: Any) -> nn.Sequential:
        result = nn.Sequential()
        result.add_module("conv", nn.Conv2d(in_channels, out_channels, bias=False, **kwargs))
        result.add_module("bn", nn.BatchNorm2d(out_channels))
        return result

    def forward(self, inputs: Tensor) -> Tensor:
        if hasattr(self, "rbr_reparam"):
            return self.nonlinearity(self.se(self.rbr_reparam(inputs)))
        id_out = 0 if self.rbr_identity is None else self.rbr_identity(inputs)
        return self.nonlinearity(self.se(self.rbr_dense(inputs) + self.rbr_1x1(inputs) + id_out))


@brought("mobile")
def rep_vgg() -> Call:
    """DingXiaoH's RepVGG in training: three branches, of which one may be the number 0"""
    model = nn.Sequential(
        RepVGGBlock(3, 4, 2), RepVGGBlock(4, 4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )
    return call(model, torch.randn(3, 3, 6, 6), classes(3, 3), nn.CrossEntropyLoss())


class LayerNorm(nn.Module):
    def __init__(self, normalized_shape: int, eps: float = 1e-6, data_format: str = "channels_last") -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(normalized_shape))
        self.bias = nn.Parameter(torch.zeros(normalized_shape))
        self.eps = eps
        self.data_format = data_format
        if self.data_format not in ["channels_last", "channels_first"]:
            raise NotImplementedError
        self.normalized_shape = (normalized_shape,)

    def forward(self, x: Tensor) -> Tensor:
        if self.data_format == "channels_last":
            return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class GRN(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.randn(1, 1, 1, dim))
        self.beta = nn.Parameter(torch.randn(1, 1, 1, dim))

    def forward(self, x: Tensor) -> Tensor:
        Gx = torch.norm(x, p=2, dim=(1, 2), keepdim=True)
        Nx = Gx / (Gx.mean(dim=-1, keepdim=True) + 1e-6)
        return self.gamma * (x * Nx) + self.beta + x


class ConvNeXtV2(nn.Module):
    def __init__(self, dim: int = 4) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, dim, 2, 2), LayerNorm(dim, data_format="channels_first"))
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=3, padding=1, groups=dim)
        self.norm = LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 2 * dim)
        self.act = nn.GELU()
        self.grn = GRN(2 * dim)
        self.pwconv2 = nn.Linear(2 * dim, dim)
        self.head = nn.Linear(dim, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        input = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.pwconv2(self.grn(self.act(self.pwconv1(self.norm(x)))))
        x = x.permute(0, 3, 1, 2)
        x = input + x
        return self.head(x.mean([-2, -1]))


@brought("mobile")
def convnext_v2() -> Call:
    """facebookresearch's ConvNeXt V2: norms of both layouts, global response normalisation"""
    return call(ConvNeXtV2(), torch.randn(2, 3, 6, 6), classes(3, 2), nn.CrossEntropyLoss())
