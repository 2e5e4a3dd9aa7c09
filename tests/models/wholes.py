"""Further networks as their authors write them, read for the first time after from_torch was built: of images."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


def window_partition(x: Tensor, window_size: int) -> Tensor:
    B, H, W, C = x.shape
    x = x.view(B, H // window_size, window_size, W // window_size, window_size, C)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, window_size * window_size, C)


def window_reverse(windows: Tensor, window_size: int, H: int, W: int) -> Tensor:
    B = int(windows.shape[0] / (H * W / window_size / window_size))
    x = windows.view(B, H // window_size, W // window_size, window_size, window_size, -1)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(B, H, W, -1)


class WindowAttention(nn.Module):
    def __init__(self, dim: int, window_size: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads, self.scale = num_heads, (dim // num_heads) ** -0.5
        self.relative_position_bias_table = nn.Parameter(torch.randn((2 * window_size - 1) ** 2, num_heads) * 0.02)
        coords = torch.stack(torch.meshgrid(torch.arange(window_size), torch.arange(window_size), indexing="ij"))
        flat = torch.flatten(coords, 1)
        relative = (flat[:, :, None] - flat[:, None, :]).permute(1, 2, 0).contiguous()
        relative[:, :, 0] += window_size - 1
        relative[:, :, 1] += window_size - 1
        relative[:, :, 0] *= 2 * window_size - 1
        self.register_buffer("relative_position_index", relative.sum(-1))
        self.qkv, self.proj = nn.Linear(dim, dim * 3), nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        B_, N, C = x.shape
        qkv = self.qkv(x).reshape(B_, N, 3, self.num_heads, C // self.num_heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        attn = (q * self.scale) @ k.transpose(-2, -1)
        bias = self.relative_position_bias_table[self.relative_position_index.view(-1)].view(N, N, -1)
        attn = attn + bias.permute(2, 0, 1).contiguous().unsqueeze(0)
        x = (attn.softmax(dim=-1) @ v).transpose(1, 2).reshape(B_, N, C)
        return self.proj(x)


class SwinBlock(nn.Module):
    def __init__(self, dim: int, resolution: int, shift: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn, self.resolution, self.shift = WindowAttention(dim, 2, 2), resolution, shift
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x: Tensor) -> Tensor:
        H = W = self.resolution
        B, L, C = x.shape
        assert L == H * W, "input feature has wrong size"
        shortcut = x
        x = self.norm1(x).view(B, H, W, C)
        x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2)) if self.shift > 0 else x
        x = window_reverse(self.attn(window_partition(x, 2)), 2, H, W)
        x = torch.roll(x, shifts=(self.shift, self.shift), dims=(1, 2)) if self.shift > 0 else x
        x = shortcut + x.view(B, H * W, C)
        return x + self.mlp(self.norm2(x))


class Swin(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch_embed = nn.Conv2d(1, 4, 2, 2)
        self.blocks = nn.ModuleList([SwinBlock(4, 4, 0), SwinBlock(4, 4, 1)])
        self.norm, self.head = nn.LayerNorm(4), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))


@brought("attention")
def shifted_windows() -> Call:
    """attention within windows that are shifted in turn, without the mask (Liu et al. 2021)"""
    return call(Swin(), torch.randn(2, 1, 8, 8), classes(3, 2), nn.CrossEntropyLoss())


class Bottle2neck(nn.Module):
    def __init__(self, planes: int, scale: int = 4) -> None:
        super().__init__()
        width = planes // scale
        self.conv1, self.bn1 = nn.Conv2d(planes, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.convs = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(scale - 1)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(scale - 1)])
        self.conv3, self.bn3 = nn.Conv2d(planes, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.relu, self.width, self.nums = nn.ReLU(inplace=True), width, scale - 1

    def forward(self, x: Tensor) -> Tensor:
        residual = x
        out = self.relu(self.bn1(self.conv1(x)))
        spx = torch.split(out, self.width, 1)
        for i in range(self.nums):
            sp = spx[i] if i == 0 else sp + spx[i]  # noqa: F821
            sp = self.relu(self.bns[i](self.convs[i](sp)))
            out = sp if i == 0 else torch.cat((out, sp), 1)
        out = torch.cat((out, spx[self.nums]), 1)
        out = self.bn3(self.conv3(out))
        out += residual
        return self.relu(out)


def headed(*body: nn.Module, channels: int, count: int = 3) -> nn.Module:
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(channels, count))


@brought("cnn")
def res2net() -> Call:
    """groups of channels of which each reads the one before (Gao et al. 2019)"""
    return call(
        headed(nn.Conv2d(3, 8, 3, padding=1), Bottle2neck(8), channels=8), torch.randn(2, 3, 5, 5), classes(3, 2)
    )


class SKConv(nn.Module):
    def __init__(self, features: int, M: int = 2, r: int = 2) -> None:
        super().__init__()
        d = max(features // r, 2)
        self.M, self.features = M, features
        self.convs = nn.ModuleList([
            nn.Sequential(nn.Conv2d(features, features, 3 + i * 2, 1, 1 + i), nn.BatchNorm2d(features), nn.ReLU())
            for i in range(M)
        ])  # fmt: skip
        self.fc, self.softmax = nn.Linear(features, d), nn.Softmax(dim=1)
        self.fcs = nn.ModuleList([nn.Linear(d, features) for _ in range(M)])

    def forward(self, x: Tensor) -> Tensor:
        for i, conv in enumerate(self.convs):
            fea = conv(x).unsqueeze(dim=1)
            feas = fea if i == 0 else torch.cat([feas, fea], dim=1)  # noqa: F821
        fea_U = torch.sum(feas, dim=1)
        fea_z = self.fc(fea_U.mean(-1).mean(-1))
        for i, fc in enumerate(self.fcs):
            vector = fc(fea_z).unsqueeze(dim=1)
            attention = vector if i == 0 else torch.cat([attention, vector], dim=1)  # noqa: F821
        attention = self.softmax(attention).unsqueeze(-1).unsqueeze(-1)
        return (feas * attention).sum(dim=1)


@brought("attention")
def selective_kernels() -> Call:
    """a softmax between branches of other kernels (Li et al. 2019)"""
    return call(headed(nn.Conv2d(1, 4, 1), SKConv(4), channels=4), torch.randn(2, 1, 6, 6), classes(3, 2))


class CoordAtt(nn.Module):
    def __init__(self, inp: int, mip: int = 2) -> None:
        super().__init__()
        self.pool_h, self.pool_w = nn.AdaptiveAvgPool2d((None, 1)), nn.AdaptiveAvgPool2d((1, None))
        self.conv1, self.bn1, self.act = nn.Conv2d(inp, mip, 1), nn.BatchNorm2d(mip), nn.Hardswish()
        self.conv_h, self.conv_w = nn.Conv2d(mip, inp, 1), nn.Conv2d(mip, inp, 1)

    def forward(self, x: Tensor) -> Tensor:
        _n, _c, h, w = x.size()
        y = torch.cat([self.pool_h(x), self.pool_w(x).permute(0, 1, 3, 2)], dim=2)
        y = self.act(self.bn1(self.conv1(y)))
        x_h, x_w = torch.split(y, [h, w], dim=2)
        x_w = x_w.permute(0, 1, 3, 2)
        return x * self.conv_w(x_w).sigmoid() * self.conv_h(x_h).sigmoid()


@brought("attention")
def coordinate_attention() -> Call:
    """rows and columns weighted (Hou et al. 2021)"""
    return call(headed(nn.Conv2d(3, 4, 3), CoordAtt(4), channels=4), torch.randn(2, 3, 6, 7), classes(3, 2))


class Focus(nn.Module):
    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(c1 * 4, c2, 3, 1, 1, bias=False), nn.BatchNorm2d(c2), nn.SiLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(torch.cat((x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]), 1))


class SPPF(nn.Module):
    def __init__(self, c: int, k: int = 3) -> None:
        super().__init__()
        self.cv1, self.cv2 = nn.Conv2d(c, c // 2, 1), nn.Conv2d(c // 2 * 4, c, 1)
        self.m = nn.MaxPool2d(kernel_size=k, stride=1, padding=k // 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.cv1(x)
        y1 = self.m(x)
        y2 = self.m(y1)
        return self.cv2(torch.cat((x, y1, y2, self.m(y2)), 1))


class Detect(nn.Module):
    def __init__(self, nc: int = 2, na: int = 2, ch: tuple[int, ...] = (4, 4)) -> None:
        super().__init__()
        self.no, self.na, self.nl = nc + 5, na, len(ch)
        self.m = nn.ModuleList(nn.Conv2d(x, self.no * self.na, 1) for x in ch)

    def forward(self, x: list[Tensor]) -> Tensor:
        z = []
        for i in range(self.nl):
            x[i] = self.m[i](x[i])
            bs, _, ny, nx = x[i].shape
            x[i] = x[i].view(bs, self.na, self.no, ny, nx).permute(0, 1, 3, 4, 2).contiguous()
            z.append(x[i].sigmoid().view(bs, -1, self.no))
        return torch.cat(z, 1)


class SmallYolo(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.focus, self.down, self.sppf = Focus(3, 4), nn.Conv2d(4, 4, 3, 2, 1), SPPF(4)
        self.up, self.detect = nn.Upsample(None, 2, "nearest"), Detect()
        self.fuse = nn.Conv2d(8, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        p3 = self.focus(x)
        p4 = self.sppf(self.down(p3))
        return self.detect([self.fuse(torch.cat([self.up(p4), p3], 1)), p4])


@brought("segmentation")
def detector_of_two_sizes() -> Call:
    """slices as channels, pools in a row, anchors of two maps (Jocher, YOLOv5)"""
    return call(SmallYolo(), torch.randn(1, 3, 8, 8), torch.rand(1, 40, 7), nn.BCELoss())


class BiFPNFusion(nn.Module):
    def __init__(self, channels: int, epsilon: float = 1e-4) -> None:
        super().__init__()
        self.w, self.epsilon = nn.Parameter(torch.rand(2) + 0.5), epsilon
        self.conv = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
            nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels, momentum=0.01, eps=1e-3), nn.SiLU(),
        )  # fmt: skip

    def forward(self, high: Tensor, low: Tensor) -> Tensor:
        w = F.relu(self.w)
        weight = w / (torch.sum(w, dim=0) + self.epsilon)
        return self.conv(weight[0] * high + weight[1] * F.interpolate(low, scale_factor=2, mode="nearest"))


class Fused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.fuse = nn.Conv2d(1, 3, 3, 1, 1), nn.Conv2d(3, 3, 3, 2, 1), BiFPNFusion(3)
        self.head = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        p = self.a(x)
        return self.head(self.fuse(p, self.b(p)).mean(dim=(-2, -1)))


@brought("segmentation")
def weighted_fusion() -> Call:
    """two maps added with weights that learn (Tan et al., EfficientDet, 2020)"""
    return call(Fused(), torch.randn(2, 1, 6, 6), classes(2, 2))


class HighResolution(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.high, self.low = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 8, 3, 2, 1)
        self.up = nn.Sequential(
            nn.Conv2d(8, 4, 1, bias=False), nn.BatchNorm2d(4), nn.Upsample(scale_factor=2, mode="nearest")
        )
        self.down = nn.Sequential(nn.Conv2d(4, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8))
        self.last = nn.Conv2d(12, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        a, b = F.relu(self.high(x)), F.relu(self.low(x))
        a, b = F.relu(a + self.up(b)), F.relu(b + self.down(a))
        b = F.interpolate(b, size=a.shape[2:], mode="bilinear", align_corners=True)
        return self.last(torch.cat([a, b], 1))


@brought("segmentation")
def two_resolutions() -> Call:
    """maps of two sizes that exchange (Wang et al., HRNet, 2019)"""
    return call(HighResolution(), torch.randn(1, 3, 6, 6), classes(2, 1, 6, 6))


class InvertedResidual3D(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv3d(1, 4, 1, bias=False), nn.BatchNorm3d(4), nn.ReLU6(inplace=True),
            nn.Conv3d(4, 4, 3, (1, 2, 2), 1, groups=4, bias=False), nn.BatchNorm3d(4), nn.ReLU6(inplace=True),
            nn.Conv3d(4, 2, 1, bias=False), nn.BatchNorm3d(2),
        )  # fmt: skip
        self.classifier = nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = F.avg_pool3d(x, x.data.size()[-3:])
        return self.classifier(x.view(x.size(0), -1))


@brought("cnn")
def mobile_video() -> Call:
    """separable kernels in three dimensions (Köpüklü et al. 2019)"""
    return call(InvertedResidual3D(), torch.randn(2, 1, 3, 4, 4), classes(3, 2))


class TwoPlusOne(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.spatial, self.bn = nn.Conv3d(2, 3, (1, 3, 3), padding=(0, 1, 1)), nn.BatchNorm3d(3)
        self.temporal, self.fc = nn.Conv3d(3, 2, (3, 1, 1), padding=(1, 0, 0)), nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.temporal(self.bn(self.spatial(x)).relu_())
        return self.fc(F.adaptive_avg_pool3d(x, 1).flatten(1))


@brought("cnn")
def kernels_of_space_and_time() -> Call:
    """a kernel in the image, then one in time (Tran et al. 2018)"""
    return call(TwoPlusOne(), torch.randn(2, 2, 3, 4, 4), classes(2, 2))


def squash(x: Tensor, dim: int = -1) -> Tensor:
    squared_norm = (x**2).sum(dim=dim, keepdim=True)
    scale = squared_norm / (1 + squared_norm)
    return scale * x / (squared_norm.sqrt() + 1e-8)


class CapsNet(nn.Module):
    def __init__(self, routing: int = 2) -> None:
        super().__init__()
        self.conv, self.primary = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, stride=2)
        self.W, self.routing = nn.Parameter(0.3 * torch.randn(1, 2, 8, 3, 2)), routing

    def forward(self, x: Tensor) -> Tensor:
        x = squash(self.primary(F.relu(self.conv(x))).view(x.size(0), -1, 2))
        u_hat = torch.matmul(self.W, x[:, None, :, :, None]).squeeze(-1)
        b = torch.zeros(x.size(0), 2, x.size(1), 1)
        for i in range(self.routing):
            c = F.softmax(b, dim=1)
            v = squash((c * u_hat).sum(dim=2))
            if i < self.routing - 1:
                b = b + torch.matmul(u_hat, v.unsqueeze(-1))
        return torch.norm(v, dim=-1)


def margin_loss(lengths: Tensor, target: Tensor) -> Tensor:
    left = F.relu(0.9 - lengths, inplace=True) ** 2
    right = F.relu(lengths - 0.1, inplace=True) ** 2
    return (target * left + 0.5 * (1.0 - target) * right).sum(dim=1).mean()


@brought("cnn")
def capsules() -> Call:
    """vectors whose lengths are votes, and routing by agreement (Sabour et al. 2017)"""
    return call(CapsNet(), torch.randn(1, 1, 7, 7), torch.tensor([[1.0, 0.0]]), margin_loss)


class ConvLSTMCell(nn.Module):
    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.hidden, self.conv = hidden, nn.Conv2d(channels + hidden, 4 * hidden, 3, padding=1)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        h_cur, c_cur = state
        cc_i, cc_f, cc_o, cc_g = torch.split(self.conv(torch.cat([x, h_cur], dim=1)), self.hidden, dim=1)
        i, f, o, g = torch.sigmoid(cc_i), torch.sigmoid(cc_f), torch.sigmoid(cc_o), torch.tanh(cc_g)
        c_next = f * c_cur + i * g
        return o * torch.tanh(c_next), c_next


class ConvLSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.last = ConvLSTMCell(1, 2), nn.Conv2d(2, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        b, t, _, height, width = x.size()
        h = torch.zeros(b, 2, height, width, device=self.cell.conv.weight.device)
        state = (h, torch.zeros_like(h))
        for step in range(t):
            state = self.cell(x[:, step, :, :, :], state)
        return self.last(state[0])


@brought("recurrent")
def convolutional_lstm() -> Call:
    """gates that are maps, over three frames (Shi et al. 2015)"""
    return call(ConvLSTM(), torch.randn(1, 3, 1, 4, 4), torch.randn(1, 1, 4, 4), nn.MSELoss())


class CRNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, 4, 3, 1, 1), nn.ReLU(True), nn.MaxPool2d((2, 2), (2, 1), (0, 1)), nn.Conv2d(4, 4, 2, 1, 0)
        )
        self.rnn, self.embedding = nn.LSTM(4, 3, bidirectional=True), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        conv = self.cnn(x)
        b, _c, h, _w = conv.size()
        assert h == 1, "the height of conv must be 1"
        recurrent, _ = self.rnn(conv.squeeze(2).permute(2, 0, 1))
        T, b, h = recurrent.size()
        return self.embedding(recurrent.view(T * b, h)).view(T, b, -1)


@brought("recurrent")
def written_text() -> Call:
    """columns of an image read both ways (Shi et al., CRNN, 2015)"""
    return call(CRNN(), torch.randn(1, 1, 4, 3), torch.randn(3, 1, 4), nn.MSELoss())


class TNet(nn.Module):
    def __init__(self, k: int) -> None:
        super().__init__()
        self.k, self.conv1, self.fc1 = k, nn.Conv1d(k, 4, 1), nn.Linear(4, k * k)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.max(F.relu(self.conv1(x)), 2, keepdim=True)[0].view(-1, 4)
        iden = torch.eye(self.k).view(1, self.k * self.k).repeat(x.size()[0], 1)
        return (self.fc1(x) + iden).view(-1, self.k, self.k)


class AlignedPointNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tnet, self.conv, self.fc = TNet(3), nn.Conv1d(3, 5, 1), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        trans = self.tnet(x)
        x = torch.bmm(x.transpose(2, 1), trans).transpose(2, 1)
        x = torch.max(F.relu(self.conv(x)), 2)[0]
        return F.log_softmax(self.fc(x), dim=1)


@brought("cnn")
def points_turned() -> Call:
    """points that a network of their own turns (Qi et al. 2017)"""
    return call(AlignedPointNet(), torch.randn(2, 3, 6), classes(2, 2), F.nll_loss)


class DynamicConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.weight = nn.Linear(2, 3), nn.Parameter(torch.randn(3, 2, 2, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        a = F.softmax(self.attention(x.mean((2, 3))), 1)
        w = torch.einsum("bk,koihw->boihw", a, self.weight)
        made = [F.conv2d(x[i : i + 1], w[i], padding=1) for i in range(len(x))]
        return torch.cat(made).mean((2, 3))


@brought("attention")
def dynamic_kernels() -> Call:
    """a kernel for each image, mixed by attention (Chen et al. 2020)"""
    return call(DynamicConv(), torch.randn(2, 2, 4, 4), classes(2, 2))


class CrossStage(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.cv1, self.cv2, self.cv3 = nn.Conv2d(c, c // 2, 1), nn.Conv2d(c, c // 2, 1), nn.Conv2d(c, c, 1)
        self.m = nn.Sequential(*(nn.Sequential(nn.Conv2d(c // 2, c // 2, 3, padding=1), nn.Mish()) for _ in range(2)))

    def forward(self, x: Tensor) -> Tensor:
        return self.cv3(torch.cat((self.m(self.cv1(x)), self.cv2(x)), dim=1))


@brought("cnn")
def cross_stages() -> Call:
    """half of the channels go around (Wang et al., CSPNet, 2019)"""
    return call(headed(nn.Conv2d(3, 4, 3), CrossStage(4), channels=4), torch.randn(2, 3, 6, 6), classes(3, 2))


class PatchMerging(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.reduction, self.norm = nn.Linear(4 * dim, 2 * dim, bias=False), nn.LayerNorm(4 * dim)

    def forward(self, x: Tensor) -> Tensor:
        B, _H, _W, C = x.shape
        x0, x1 = x[:, 0::2, 0::2, :], x[:, 1::2, 0::2, :]
        x2, x3 = x[:, 0::2, 1::2, :], x[:, 1::2, 1::2, :]
        x = torch.cat([x0, x1, x2, x3], -1).view(B, -1, 4 * C)
        return self.reduction(self.norm(x)).mean(1)


@brought("attention")
def patches_merged() -> Call:
    """four neighbours as one with four times the features (Liu et al. 2021)"""
    return call(PatchMerging(3), torch.randn(2, 4, 4, 3), classes(6, 2))


class ConvNormAct(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, 2, 1, bias=False)
        self.drop_path, self.gamma = nn.Identity(), nn.Parameter(1e-1 * torch.ones(6))
        self.norm, self.head = nn.GroupNorm(1, 6), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = x + self.drop_path(self.gamma.view(1, -1, 1, 1) * F.gelu(self.norm(x), approximate="tanh"))
        return self.head(F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1))


@brought("cnn")
def layer_scale() -> Call:
    """a residual connection whose branch is scaled (Touvron et al. 2021)"""
    return call(ConvNormAct(), torch.randn(2, 3, 5, 5), classes(3, 2), nn.CrossEntropyLoss(label_smoothing=0.1))


class PoolFormerBlock(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(1, dim), nn.GroupNorm(1, dim)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.mlp = nn.Sequential(nn.Conv2d(dim, 2 * dim, 1), nn.GELU(), nn.Conv2d(2 * dim, dim, 1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        x = x + (self.pool(y) - y)
        return x + self.mlp(self.norm2(x))


@brought("cnn")
def pool_former() -> Call:
    """means in place of attention (Yu et al. 2021)"""
    return call(
        headed(nn.Conv2d(3, 4, 3, 2, 1), PoolFormerBlock(4), channels=4), torch.randn(2, 3, 7, 7), classes(3, 2)
    )


class ChannelsLastBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(4, 1, 3, 3))
        self.point, self.norm = nn.Linear(4, 4), nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        y = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), self.kernel, groups=x.shape[1])
        y = self.point(y.movedim(1, -1)).movedim(-1, 1)
        return self.norm(y.flatten(2).amax(-1))


@brought("cnn")
def axes_moved() -> Call:
    """a linear layer over channels that are moved to the end and back"""
    return call(ChannelsLastBlock(), torch.randn(3, 4, 4, 4), classes(4, 3))


class MinibatchStddev(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        size = list(x.size())
        size[1] = 1
        std = torch.std(x, dim=0).mean()
        return torch.cat((x, std.repeat(size)), dim=1)


@brought("gan")
def minibatch_deviation() -> Call:
    """the deviation over the batch as a map (Karras et al. 2017)"""
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.LeakyReLU(0.2), MinibatchStddev(), nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(8, 1)
    )
    return call(net, torch.randn(4, 1, 6, 6), torch.ones(4, 1), nn.BCEWithLogitsLoss())


class AdaIN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encode, self.decode = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        c, s = self.encode(content), self.encode(style)
        size = c.size()
        s_mean, s_std = self.statistics(s)
        c_mean, c_std = self.statistics(c)
        normalized = (c - c_mean.expand(size)) / c_std.expand(size)
        return self.decode(normalized * s_std.expand(size) + s_mean.expand(size))

    def statistics(self, feat: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor]:
        N, C = feat.size()[:2]
        feat_var = feat.view(N, C, -1).var(dim=2) + eps
        return feat.view(N, C, -1).mean(dim=2).view(N, C, 1, 1), feat_var.sqrt().view(N, C, 1, 1)


@brought("restoration")
def style_by_statistics() -> Call:
    """one image with the mean and deviation of another (Huang and Belongie 2017)"""
    given = (torch.randn(1, 3, 5, 5), torch.randn(1, 3, 5, 5))
    return call(AdaIN(), given, torch.randn(1, 3, 5, 5), nn.MSELoss())


def gram_matrix(x: Tensor) -> Tensor:
    a, b, c, d = x.size()
    features = x.view(a * b, c * d)
    return torch.mm(features, features.t()).div(a * b * c * d)


@brought("restoration")
def gram_matrices() -> Call:
    """the style of an image as products of its channels (Gatys et al. 2015)"""
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    return call(
        net,
        torch.randn(1, 3, 6, 6),
        gram_matrix(torch.randn(1, 4, 4, 4)),
        lambda out, t: F.mse_loss(gram_matrix(out), t),
    )


def total_variation(x: Tensor, target: Tensor) -> Tensor:
    tv = torch.mean(torch.abs(x[:, :, :, :-1] - x[:, :, :, 1:])) + torch.mean(
        torch.abs(x[:, :, :-1, :] - x[:, :, 1:, :])
    )
    return torch.sqrt((x - target) ** 2 + 1e-6).mean() + 1e-2 * tv


@brought("restoration")
def charbonnier() -> Call:
    """a smooth absolute error, and little variation (Lai et al. 2017)"""
    net = nn.Sequential(
        nn.PixelUnshuffle(2),
        nn.Conv2d(4, 8, 3, padding=1),
        nn.PReLU(8),
        nn.Conv2d(8, 4, 3, padding=1),
        nn.PixelShuffle(2),
    )
    return call(net, torch.randn(1, 1, 6, 6), torch.randn(1, 1, 6, 6), total_variation)


def ssim(x: Tensor, y: Tensor) -> Tensor:
    C1, C2 = 0.01**2, 0.03**2
    mu_x, mu_y = F.avg_pool2d(x, 3, 1), F.avg_pool2d(y, 3, 1)
    sigma_x = F.avg_pool2d(x**2, 3, 1) - mu_x**2
    sigma_y = F.avg_pool2d(y**2, 3, 1) - mu_y**2
    sigma_xy = F.avg_pool2d(x * y, 3, 1) - mu_x * mu_y
    SSIM_n = (2 * mu_x * mu_y + C1) * (2 * sigma_xy + C2)
    SSIM_d = (mu_x**2 + mu_y**2 + C1) * (sigma_x + sigma_y + C2)
    return torch.clamp((1 - SSIM_n / SSIM_d) / 2, 0, 1).mean()


@brought("restoration")
def structural_similarity() -> Call:
    """means, variances and covariances of windows as the loss (Godard et al. 2017)"""
    return call(
        nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ELU(), nn.Conv2d(2, 1, 3, padding=1), nn.Sigmoid()),
        torch.rand(1, 1, 6, 6),
        torch.rand(1, 1, 6, 6),
        ssim,
    )


class DeepSupervision(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3, 2, 1)
        self.side1, self.side2, self.fuse = nn.Conv2d(2, 1, 1), nn.Conv2d(2, 1, 1), nn.Conv2d(2, 1, 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        a = F.relu(self.a(x))
        b = F.relu(self.b(a))
        s1 = self.side1(a)
        s2 = F.interpolate(self.side2(b), x.shape[2:], mode="bilinear", align_corners=False)
        return [torch.sigmoid(s) for s in (self.fuse(torch.cat((s1, s2), 1)), s1, s2)]


def muti_bce_loss_fusion(outputs: list[Tensor], labels: Tensor) -> Tensor:
    return sum((F.binary_cross_entropy(d, labels) for d in outputs), torch.zeros(()))


@brought("segmentation")
def deeply_supervised() -> Call:
    """a loss at every depth, added (Qin et al., U2-Net, 2020)"""
    return call(DeepSupervision(), torch.randn(1, 1, 6, 6), torch.rand(1, 1, 6, 6).round(), muti_bce_loss_fusion)


class OctaveConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.h2h, self.l2l = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
        self.l2h, self.h2l = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
        self.pool, self.upsample = nn.AvgPool2d(2, 2), nn.Upsample(scale_factor=2, mode="bilinear")
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x_h, x_l = x, self.pool(x)
        high = self.h2h(x_h) + self.upsample(self.l2h(x_l))
        low = self.l2l(x_l) + self.h2l(self.pool(x_h))
        return self.fc(torch.cat([high.mean((2, 3)), low.mean((2, 3))], -1))


@brought("cnn")
def octaves() -> Call:
    """a high and a low frequency (Chen et al. 2019)"""
    return call(OctaveConv(), torch.randn(2, 2, 6, 6), classes(2, 2))


class Binarised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.alpha, self.fc = nn.Conv2d(1, 3, 3), nn.Parameter(torch.ones(3, 1, 1)), nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.hardtanh(self.conv(x)) * self.alpha
        return self.fc(x.view(*x.shape[:2], -1).mean(-1))


@brought("mobile")
def scaled_hard_tanh() -> Call:
    """activations as in networks of bits, in floats"""
    return call(Binarised(), torch.randn(2, 1, 5, 5), classes(2, 2))


@brought("cnn")
def evaluated_with_statistics() -> Call:
    """a small network in evaluation, with probabilities as its target"""
    net = trained(headed(nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.CELU(0.5), nn.MaxPool2d(2), channels=6))
    return call(net, torch.randn(2, 3, 7, 7), torch.tensor([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]]))


class SpatialAttentionGate(nn.Module):
    def __init__(self, channel: int) -> None:
        super().__init__()
        self.dilated = nn.Sequential(*(nn.Conv2d(channel, channel, 3, padding=d, dilation=d) for d in (1, 2)))
        self.squeeze = nn.Conv2d(channel, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        g = self.squeeze(self.dilated(x))
        return x + x * torch.sigmoid(g.expand_as(x) + x.mean((2, 3), keepdim=True))


@brought("attention")
def bottleneck_attention() -> Call:
    """places and channels weighted at once (Park et al. 2018)"""
    return call(headed(nn.Conv2d(1, 3, 3), SpatialAttentionGate(3), channels=3), torch.randn(2, 1, 7, 7), classes(3, 2))


def sinusoidal(steps: Tensor, dim: int) -> Tensor:
    half = dim // 2
    emb = torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
    emb = steps[:, None] * emb[None, :]
    return torch.cat((emb.sin(), emb.cos()), dim=-1)


class TimedBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.time_mlp = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 8))
        self.block1, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.GroupNorm(2, 4)
        self.block2 = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        scale, shift = self.time_mlp(sinusoidal(time, 4))[..., None, None].chunk(2, dim=1)
        h = F.silu(self.norm(self.block1(x)) * (scale + 1) + shift)
        return self.block2(h)


@brought("gan")
def noise_by_time() -> Call:
    """a block of a diffusion model, told the time by sines (Ho et al. 2020)"""
    given = (torch.randn(2, 1, 4, 4), torch.tensor([3.0, 7.0]))
    return call(TimedBlock(), given, torch.randn(2, 1, 4, 4), F.smooth_l1_loss)
