"""Attention of convolutional networks: split, triplet, global, positional; kernels made of pixels."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class RadixSoftmax(nn.Module):
    def __init__(self, radix: int, cardinality: int) -> None:
        super().__init__()
        self.radix, self.cardinality = radix, cardinality

    def forward(self, x: Tensor) -> Tensor:
        batch = x.size(0)
        if self.radix > 1:
            x = x.view(batch, self.cardinality, self.radix, -1).transpose(1, 2)
            x = F.softmax(x, dim=1)
            return x.reshape(batch, -1)
        return torch.sigmoid(x)


class SplAtConv2d(nn.Module):
    def __init__(self, cin: int, channels: int, groups: int = 1, radix: int = 2, **kwargs: Any) -> None:
        super().__init__()
        inter_channels = max(cin * radix // 4, 4)
        self.radix, self.cardinality, self.channels = radix, groups, channels
        self.conv = nn.Conv2d(cin, channels * radix, 3, padding=1, groups=groups * radix, bias=False, **kwargs)
        self.bn0, self.relu = nn.BatchNorm2d(channels * radix), nn.ReLU(inplace=True)
        self.fc1 = nn.Conv2d(channels, inter_channels, 1, groups=self.cardinality)
        self.bn1 = nn.BatchNorm2d(inter_channels)
        self.fc2 = nn.Conv2d(inter_channels, channels * radix, 1, groups=self.cardinality)
        self.rsoftmax = RadixSoftmax(radix, groups)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn0(self.conv(x)))
        batch, rchannel = x.shape[:2]
        if self.radix > 1:
            splited = torch.split(x, rchannel // self.radix, dim=1)
            gap: Any = sum(splited)
        else:
            gap = x
        gap = F.adaptive_avg_pool2d(gap, 1)
        gap = self.relu(self.bn1(self.fc1(gap)))
        atten = self.rsoftmax(self.fc2(gap)).view(batch, -1, 1, 1)
        if self.radix > 1:
            attens = torch.split(atten, rchannel // self.radix, dim=1)
            out: Any = sum([att * split for (att, split) in zip(attens, splited, strict=True)])
        else:
            out = atten * x
        return out.contiguous()


class ResNeSt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.split = SplAtConv2d(4, 4, groups=2)
        self.avd_layer = nn.AvgPool2d(3, 2, padding=1)
        self.downsample = nn.Sequential(
            nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False), nn.Conv2d(4, 4, 1, bias=False)
        )
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        out = self.avd_layer(self.split(x))
        out += self.downsample(x)
        out = F.relu(out)
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(out, 1), 1))


class NLLMultiLabelSmooth(nn.Module):
    def __init__(self, smoothing: float = 0.1) -> None:
        super().__init__()
        self.confidence, self.smoothing = 1.0 - smoothing, smoothing

    def forward(self, x: Tensor, target: Tensor) -> Tensor:
        if self.training:
            logprobs = torch.nn.functional.log_softmax(x.float(), dim=-1)
            nll_loss = (-logprobs * target).sum(-1)
            smooth_loss = -logprobs.mean(dim=-1)
            return (self.confidence * nll_loss + self.smoothing * smooth_loss).mean()
        return F.cross_entropy(x, target)


@brought("cnn")
def split_attention() -> Call:
    """ResNeSt of zhanghang1989, on mixed images"""
    target = 0.3 * F.one_hot(classes(3, 2), 3).float() + 0.7 * F.one_hot(classes(3, 2), 3).float()
    return call(ResNeSt().eval(), torch.randn(2, 3, 5, 5), target, NLLMultiLabelSmooth())


class BasicConv(nn.Module):
    def __init__(
        self, cin: int, cout: int, kernel_size: int, stride: int = 1, padding: int = 0, relu: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(cout, eps=1e-5, momentum=0.01, affine=True)
        self.relu = nn.ReLU() if relu else None

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        if self.relu is not None:
            x = self.relu(x)
        return x


class ChannelPool(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((torch.max(x, 1)[0].unsqueeze(1), torch.mean(x, 1).unsqueeze(1)), dim=1)


class SpatialGate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.compress = ChannelPool()
        self.spatial = BasicConv(2, 1, 3, stride=1, padding=1, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid_(self.spatial(self.compress(x)))


class TripletAttention(nn.Module):
    def __init__(self, no_spatial: bool = False) -> None:
        super().__init__()
        self.ChannelGateH, self.ChannelGateW = SpatialGate(), SpatialGate()
        self.no_spatial = no_spatial
        if not no_spatial:
            self.SpatialGate = SpatialGate()

    def forward(self, x: Tensor) -> Tensor:
        x_perm1 = x.permute(0, 2, 1, 3).contiguous()
        x_out11 = self.ChannelGateH(x_perm1).permute(0, 2, 1, 3).contiguous()
        x_perm2 = x.permute(0, 3, 2, 1).contiguous()
        x_out21 = self.ChannelGateW(x_perm2).permute(0, 3, 2, 1).contiguous()
        if not self.no_spatial:
            x_out = self.SpatialGate(x)
            return (1 / 3) * (x_out + x_out11 + x_out21)
        return (1 / 2) * (x_out11 + x_out21)


@brought("cnn")
def three_gates() -> Call:
    """triplet-attention of landskape-ai: sigmoid in place, maxima over channels"""
    model = nn.Sequential(
        BasicConv(3, 4, 3, padding=1), TripletAttention(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )
    return call(model, torch.randn(2, 3, 4, 5), classes(3, 2), nn.CrossEntropyLoss())


class SimAM(nn.Module):
    """Attention without parameters, by the energy of a pixel."""

    def __init__(self, channels: int | None = None, e_lambda: float = 1e-4) -> None:
        super().__init__()
        self.activaton, self.e_lambda = nn.Sigmoid(), e_lambda

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(lambda={self.e_lambda:f})"

    @staticmethod
    def get_module_name() -> str:
        return "simam"

    def forward(self, x: Tensor) -> Tensor:
        _b, _c, h, w = x.size()
        n = w * h - 1
        x_minus_mu_square = (x - x.mean(dim=[2, 3], keepdim=True)).pow(2)
        y = x_minus_mu_square / (4 * (x_minus_mu_square.sum(dim=[2, 3], keepdim=True) / n + self.e_lambda)) + 0.5
        return x * self.activaton(y)


class ContextBlock(nn.Module):
    def __init__(
        self, inplanes: int, ratio: float, pooling: str = "att", fusion: tuple[str, ...] = ("channel_add",)
    ) -> None:
        super().__init__()
        assert pooling in ["avg", "att"]
        assert all(f in ["channel_add", "channel_mul"] for f in fusion)
        planes = int(inplanes * ratio)
        self.pooling_type = pooling
        self.conv_mask, self.softmax = nn.Conv2d(inplanes, 1, kernel_size=1), nn.Softmax(dim=2)

        def transform() -> nn.Module:
            layers = [nn.Conv2d(inplanes, planes, 1), nn.LayerNorm([planes, 1, 1]), nn.ReLU(inplace=True)]
            return nn.Sequential(*layers, nn.Conv2d(planes, inplanes, kernel_size=1))

        self.channel_add_conv = transform() if "channel_add" in fusion else None
        self.channel_mul_conv = transform() if "channel_mul" in fusion else None

    def spatial_pool(self, x: Tensor) -> Tensor:
        batch, channel, height, width = x.size()
        input_x = x.view(batch, channel, height * width).unsqueeze(1)
        context_mask = self.conv_mask(x).view(batch, 1, height * width)
        context_mask = self.softmax(context_mask).unsqueeze(-1)
        return torch.matmul(input_x, context_mask).view(batch, channel, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        context = self.spatial_pool(x)
        out = x
        if self.channel_mul_conv is not None:
            out = out * torch.sigmoid(self.channel_mul_conv(context))
        if self.channel_add_conv is not None:
            out = out + self.channel_add_conv(context)
        return out


@brought("cnn")
def global_context() -> Call:
    """GCNet of xvjiarui, and SimAM of ZjjConan"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), SimAM(4), ContextBlock(4, 0.5, fusion=("channel_mul", "channel_add")),
        nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(4, 2),
    )  # fmt: skip
    return call(model, torch.randn(2, 3, 6, 6), classes(2, 2), nn.CrossEntropyLoss())


class PAM(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.query_conv, self.key_conv = nn.Conv2d(dim, dim // 2, 1), nn.Conv2d(dim, dim // 2, 1)
        self.value_conv = nn.Conv2d(dim, dim, 1)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        m_batchsize, c, height, width = x.size()
        proj_query = self.query_conv(x).view(m_batchsize, -1, width * height).permute(0, 2, 1)
        proj_key = self.key_conv(x).view(m_batchsize, -1, width * height)
        attention = self.softmax(torch.bmm(proj_query, proj_key))
        proj_value = self.value_conv(x).view(m_batchsize, -1, width * height)
        out = torch.bmm(proj_value, attention.permute(0, 2, 1)).view(m_batchsize, c, height, width)
        return self.gamma * out + x


class CAM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        m_batchsize, c, height, width = x.size()
        query = x.view(m_batchsize, c, -1)
        energy = torch.bmm(query, x.view(m_batchsize, c, -1).permute(0, 2, 1))
        energy_new = torch.max(energy, -1, keepdim=True)[0].expand_as(energy) - energy
        out = torch.bmm(F.softmax(energy_new, dim=-1), x.view(m_batchsize, c, -1))
        return self.gamma * out.view(m_batchsize, c, height, width) + x


class DANetHead(nn.Module):
    def __init__(self, cin: int, out: int) -> None:
        super().__init__()
        inter = cin // 2
        self.conv5a, self.conv5c = BasicConv(cin, inter, 3, padding=1), BasicConv(cin, inter, 3, padding=1)
        self.sa, self.sc = PAM(inter), CAM()
        self.conv6, self.conv7, self.conv8 = (
            nn.Sequential(nn.Dropout2d(0.1, False), nn.Conv2d(inter, out, 1)) for _ in range(3)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        sa_conv, sc_conv = self.sa(self.conv5a(x)), self.sc(self.conv5c(x))
        output = [self.conv8(sa_conv + sc_conv), self.conv6(sa_conv), self.conv7(sc_conv)]
        return tuple(F.interpolate(o, size=(8, 8), mode="bilinear", align_corners=True) for o in output)


@brought("segmentation")
def dual_attention() -> Call:
    """DANet of junfu1115: three outputs, the pixels of class -1 ignored"""
    criterion = nn.CrossEntropyLoss(ignore_index=-1)

    def loss(preds: tuple[Tensor, ...], target: Tensor) -> Tensor:
        loss1, loss2, loss3 = [criterion(p, target) for p in preds]
        return loss1 + 0.4 * loss2 + 0.4 * loss3

    model = DANetHead(4, 3).eval()
    nn.init.constant_(model.sa.gamma, 0.3)
    return call(model, torch.randn(2, 4, 4, 4), classes(4, 2, 8, 8) - 1, loss)
