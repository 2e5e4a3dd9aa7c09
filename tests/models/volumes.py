"""Medical images and volumes: U-Nets of three dimensions, residual units, attention gates, their losses."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


def create_conv(
    in_channels: int, out_channels: int, kernel_size: int, order: str, num_groups: int, padding: int
) -> list[tuple[str, nn.Module]]:
    assert "c" in order, "Conv layer MUST be present"
    assert order[0] not in "rle", "Non-linearity cannot be the first operation in the layer"
    modules: list[tuple[str, nn.Module]] = []
    for i, char in enumerate(order):
        if char == "r":
            modules.append(("ReLU", nn.ReLU(inplace=True)))
        elif char == "l":
            modules.append(("LeakyReLU", nn.LeakyReLU(inplace=True)))
        elif char == "c":
            bias = not ("g" in order or "b" in order)
            modules.append(("conv", nn.Conv3d(in_channels, out_channels, kernel_size, padding=padding, bias=bias)))
        elif char == "g":
            channels = in_channels if i < order.index("c") else out_channels
            num_groups = 1 if channels < num_groups else num_groups
            assert channels % num_groups == 0, f"channels={channels}, num_groups={num_groups}"
            modules.append(("groupnorm", nn.GroupNorm(num_groups=num_groups, num_channels=channels)))
        else:
            raise ValueError(f"Unsupported layer type '{char}'. MUST be one of ['r', 'l', 'c', 'g']")
    return modules


class SingleConv(nn.Sequential):
    def __init__(self, c_in: int, c_out: int, order: str = "gcr", groups: int = 2) -> None:
        super().__init__()
        for name, module in create_conv(c_in, c_out, 3, order, groups, 1):
            self.add_module(name, module)


class Decoder3d(nn.Module):
    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.upsampling = partial(F.interpolate, mode="nearest")
        self.basic_module = SingleConv(c_in, c_out)

    def forward(self, encoder_features: Tensor, x: Tensor) -> Tensor:
        output_size = encoder_features.size()[2:]
        x = self.upsampling(x, size=output_size)
        return self.basic_module(torch.cat((encoder_features, x), dim=1))


class UNet3D(nn.Module):
    def __init__(self, c_in: int, c_out: int, f_maps: Sequence[int], testing: bool = False) -> None:
        super().__init__()
        self.testing = testing
        encoders: list[nn.Module] = []
        for i, out in enumerate(f_maps):
            conv = SingleConv(c_in if i == 0 else f_maps[i - 1], out)
            encoders.append(conv if i == 0 else nn.Sequential(nn.MaxPool3d(kernel_size=(2, 2, 2)), conv))
        self.encoders = nn.ModuleList(encoders)
        rev = list(reversed(f_maps))
        self.decoders = nn.ModuleList([Decoder3d(rev[i] + rev[i + 1], rev[i + 1]) for i in range(len(rev) - 1)])
        self.final_conv = nn.Conv3d(f_maps[0], c_out, 1)
        self.final_activation = nn.Softmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        encoders_features: list[Tensor] = []
        for encoder in self.encoders:
            x = encoder(x)
            encoders_features.insert(0, x)
        encoders_features = encoders_features[1:]
        for decoder, encoder_features in zip(self.decoders, encoders_features, strict=True):
            x = decoder(encoder_features, x)
        x = self.final_conv(x)
        if self.testing and self.final_activation is not None:
            x = self.final_activation(x)
        return x


def flatten(tensor: Tensor) -> Tensor:
    """(N, C, D, H, W) -> (C, N * D * H * W)"""
    c = tensor.size(1)
    axis_order = (1, 0, *tuple(range(2, tensor.dim())))
    return tensor.permute(axis_order).contiguous().view(c, -1)


class GeneralizedDiceLoss(nn.Module):
    def __init__(self, epsilon: float = 1e-6) -> None:
        super().__init__()
        self.epsilon = epsilon

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        input = torch.sigmoid(input)
        assert input.size() == target.size(), "'input' and 'target' must have the same shape"
        input, target = flatten(input), flatten(target).float()
        if input.size(0) == 1:
            input, target = torch.cat((input, 1 - input), dim=0), torch.cat((target, 1 - target), dim=0)
        w_l = target.sum(-1)
        w_l = 1 / (w_l * w_l).clamp(min=self.epsilon)
        w_l.requires_grad = False
        intersect = (input * target).sum(-1) * w_l
        denominator = ((input + target).sum(-1) * w_l).clamp(min=self.epsilon)
        return 1.0 - 2 * (intersect.sum() / denominator.sum())


@brought("segmentation")
def volumes_of_wolny() -> Call:
    """pytorch-3dunet: the order of layers as letters, the generalised Dice loss"""
    target = (torch.rand(1, 1, 4, 4, 6) > 0.5).float()
    return call(UNet3D(1, 1, [2, 4, 4]), torch.randn(1, 1, 4, 4, 6), target, GeneralizedDiceLoss())


class LUConv(nn.Module):
    def __init__(self, nchan: int, elu: bool) -> None:
        super().__init__()
        self.relu1 = nn.ELU(inplace=True) if elu else nn.PReLU(nchan)
        self.conv1 = nn.Conv3d(nchan, nchan, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm3d(nchan)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu1(self.bn1(self.conv1(x)))


def make_nconv(nchan: int, depth: int, elu: bool) -> nn.Sequential:
    layers = []
    for _ in range(depth):
        layers.append(LUConv(nchan, elu))
    return nn.Sequential(*layers)


class VNet(nn.Module):
    def __init__(self, elu: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(1, 4, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm3d(4)
        self.relu1 = nn.PReLU(4)
        self.down_conv = nn.Conv3d(4, 8, kernel_size=2, stride=2)
        self.relu2, self.relu3 = nn.PReLU(8), nn.PReLU(8)
        self.do1 = nn.Dropout3d()
        self.ops = make_nconv(8, 2, elu)
        self.up_conv = nn.ConvTranspose3d(8, 4, kernel_size=2, stride=2)
        self.conv2 = nn.Conv3d(8, 2, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn1(self.conv1(x))
        x4 = torch.cat((x, x, x, x), 1)
        out = self.relu1(torch.add(out, x4))
        down = self.relu2(self.down_conv(out))
        deep = self.ops(self.do1(down))
        deep = self.relu3(torch.add(deep, down))
        up = torch.cat((self.up_conv(deep), out), 1)
        res = self.conv2(up)
        res = res.permute(0, 2, 3, 4, 1).contiguous()
        res = res.view(res.numel() // 2, 2)
        return F.log_softmax(res, dim=1)


@brought("segmentation")
def volumes_of_mattmacy() -> Call:
    """vnet.pytorch: voxels as rows, and nll_loss"""
    model = VNet().eval()
    return call(model, torch.randn(1, 1, 4, 4, 4), classes(2, 64), F.nll_loss)


class ADN(nn.Sequential):
    """Activation, dropout and norm in the order that is asked for."""

    def __init__(
        self, ordering: str = "NDA", channels: int = 1, act: Any = "PRELU", dropout: float | None = None
    ) -> None:
        super().__init__()
        op_dict: dict[str, Any] = {"A": None, "D": None, "N": None}
        op_dict["N"] = nn.InstanceNorm2d(channels)
        op_dict["A"] = {"PRELU": nn.PReLU, "RELU": nn.ReLU, "SWISH": nn.SiLU}[act]()
        if dropout is not None:
            op_dict["D"] = nn.Dropout(dropout)
        for item in ordering.upper():
            if item not in op_dict:
                raise ValueError(f"ordering must be a string of {op_dict}, got {item} in it.")
            if op_dict[item] is not None:
                self.add_module(item, op_dict[item])


class Convolution(nn.Sequential):
    def __init__(
        self, c_in: int, c_out: int, strides: int = 1, conv_only: bool = False, transposed: bool = False
    ) -> None:
        super().__init__()
        if transposed:
            conv: nn.Module = nn.ConvTranspose2d(c_in, c_out, 3, strides, padding=1, output_padding=strides - 1)
        else:
            conv = nn.Conv2d(c_in, c_out, 3, strides, padding=1)
        self.add_module("conv", conv)
        if not conv_only:
            self.add_module("adn", ADN("NDA", c_out, dropout=0.0))


class ResidualUnit(nn.Module):
    def __init__(
        self, c_in: int, c_out: int, strides: int = 1, subunits: int = 2, last_conv_only: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Sequential()
        self.residual: nn.Module = nn.Identity()
        schannels, sstrides = c_in, strides
        for su in range(subunits):
            unit = Convolution(schannels, c_out, sstrides, conv_only=last_conv_only and su == subunits - 1)
            self.conv.add_module(f"unit{su:d}", unit)
            schannels, sstrides = c_out, 1
        if strides != 1 or c_in != c_out:
            k, p = (3, 1) if strides != 1 else (1, 0)
            self.residual = nn.Conv2d(c_in, c_out, k, strides, p)

    def forward(self, x: Tensor) -> Tensor:
        res: Tensor = self.residual(x)
        cx: Tensor = self.conv(x)
        return cx + res


class SkipConnection(nn.Module):
    def __init__(self, submodule: nn.Module, dim: int = 1, mode: str = "cat") -> None:
        super().__init__()
        self.submodule, self.dim, self.mode = submodule, dim, mode

    def forward(self, x: Tensor) -> Tensor:
        y = self.submodule(x)
        if self.mode == "cat":
            return torch.cat([x, y], dim=self.dim)
        if self.mode == "add":
            return torch.add(x, y)
        raise NotImplementedError(f"Unsupported mode {self.mode}.")


def monai_unet(c_in: int, c_out: int, channels: Sequence[int], strides: Sequence[int], top: bool = True) -> nn.Module:
    """Layers within layers, by recursion."""
    c, s = channels[0], strides[0]
    if len(channels) > 2:
        sub, upc = monai_unet(c, c, channels[1:], strides[1:], False), c * 2
    else:
        sub, upc = ResidualUnit(c, channels[1]), c + channels[1]
    up = nn.Sequential(Convolution(upc, c_out, s, transposed=True), ResidualUnit(c_out, c_out, 1, 1, top))
    return nn.Sequential(ResidualUnit(c_in, c, s), SkipConnection(sub), up)


class DiceCE(nn.Module):
    def __init__(self, smooth_nr: float = 1e-5, smooth_dr: float = 1e-5, include_background: bool = False) -> None:
        super().__init__()
        self.nr, self.dr, self.bg = smooth_nr, smooth_dr, include_background

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        n_pred_ch = input.shape[1]
        ce = F.cross_entropy(input, torch.squeeze(target, dim=1).long())
        probs = torch.softmax(input, 1)
        size = list(target.shape)
        size[1] = n_pred_ch
        o = torch.zeros(size=size, dtype=input.dtype, device=target.device)
        one_hot = o.scatter_(dim=1, index=target.long(), value=1)
        if not self.bg:
            probs, one_hot = probs[:, 1:], one_hot[:, 1:]
        axes = torch.arange(2, len(input.shape)).tolist()
        inter = torch.sum(one_hot * probs, dim=axes)
        denominator = torch.sum(one_hot, dim=axes) + torch.sum(probs, dim=axes)
        f = 1.0 - (2.0 * inter + self.nr) / (denominator + self.dr)
        return torch.mean(f) + ce


@brought("segmentation")
def unet_of_monai() -> Call:
    """MONAI: the U-Net of residual units, the Dice and cross-entropy loss"""
    model = monai_unet(1, 3, (2, 3, 4), (2, 2))
    return call(model, torch.randn(2, 1, 8, 8), classes(3, 2, 1, 8, 8), DiceCE())
