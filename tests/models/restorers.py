"""Images made whole: rain, blur and noise taken away, grey made colour, small made large, style carried over."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call


class PReNet(nn.Module):
    def __init__(self, recurrent_iter: int = 3, use_GPU: bool = False, c: int = 2) -> None:
        super().__init__()
        self.iteration, self.use_GPU, self.c = recurrent_iter, use_GPU and torch.cuda.is_available(), c
        self.conv0 = nn.Sequential(nn.Conv2d(6, c, 3, 1, 1), nn.ReLU())
        self.res_conv1 = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1), nn.ReLU(), nn.Conv2d(c, c, 3, 1, 1), nn.ReLU())
        self.conv_i = nn.Sequential(nn.Conv2d(c + c, c, 3, 1, 1), nn.Sigmoid())
        self.conv_f = nn.Sequential(nn.Conv2d(c + c, c, 3, 1, 1), nn.Sigmoid())
        self.conv_g = nn.Sequential(nn.Conv2d(c + c, c, 3, 1, 1), nn.Tanh())
        self.conv_o = nn.Sequential(nn.Conv2d(c + c, c, 3, 1, 1), nn.Sigmoid())
        self.conv = nn.Sequential(nn.Conv2d(c, 3, 3, 1, 1))

    def forward(self, input: Tensor) -> tuple[Tensor, list[Tensor]]:
        batch_size, row, col = input.size(0), input.size(2), input.size(3)
        x = input
        h = torch.autograd.Variable(torch.zeros(batch_size, self.c, row, col))
        c = torch.autograd.Variable(torch.zeros(batch_size, self.c, row, col))
        if self.use_GPU:
            h, c = h.cuda(), c.cuda()
        x_list = []
        for _i in range(self.iteration):
            x = torch.cat((input, x), 1)
            x = self.conv0(x)
            x = torch.cat((x, h), 1)
            i, f = self.conv_i(x), self.conv_f(x)
            g, o = self.conv_g(x), self.conv_o(x)
            c = f * c + i * g
            h = o * torch.tanh(c)
            x = h
            for _j in range(2):
                resx = x
                x = F.relu(self.res_conv1(x) + resx)
            x = self.conv(x)
            x = x + input
            x_list.append(x)
        return x, x_list


@brought("restoration")
def rain() -> Call:
    """PReNet of csdwren: six rounds of one block with memory, here three"""
    criterion = nn.MSELoss(reduction="sum")
    target = torch.rand(1, 3, 5, 5)
    return call(
        PReNet(),
        torch.rand(1, 3, 5, 5),
        target,
        lambda out, y: criterion(out[0], y) / 2 + 0.1 * criterion(out[1][0], y),
    )


def dwt_init(x: Tensor) -> Tensor:
    x01, x02 = x[:, :, 0::2, :] / 2, x[:, :, 1::2, :] / 2
    x1, x2, x3, x4 = x01[:, :, :, 0::2], x02[:, :, :, 0::2], x01[:, :, :, 1::2], x02[:, :, :, 1::2]
    return torch.cat((x1 + x2 + x3 + x4, -x1 - x2 + x3 + x4, -x1 + x2 - x3 + x4, x1 - x2 - x3 + x4), 1)


def iwt_init(x: Tensor) -> Tensor:
    r = 2
    in_batch, in_channel, in_height, in_width = x.size()
    out_batch, out_channel, out_height, out_width = in_batch, int(in_channel / (r**2)), r * in_height, r * in_width
    x1 = x[:, 0:out_channel, :, :] / 2
    x2 = x[:, out_channel : out_channel * 2, :, :] / 2
    x3 = x[:, out_channel * 2 : out_channel * 3, :, :] / 2
    x4 = x[:, out_channel * 3 : out_channel * 4, :, :] / 2
    h = torch.zeros([out_batch, out_channel, out_height, out_width]).float()
    h[:, :, 0::2, 0::2] = x1 - x2 - x3 + x4
    h[:, :, 1::2, 0::2] = x1 - x2 + x3 - x4
    h[:, :, 0::2, 1::2] = x1 + x2 - x3 - x4
    h[:, :, 1::2, 1::2] = x1 + x2 + x3 + x4
    return h


class MWCNN(nn.Module):
    def __init__(self, c: int = 2) -> None:
        super().__init__()
        self.head, self.tail = nn.Conv2d(1, c, 3, padding=1), nn.Conv2d(c, 1, 3, padding=1)
        self.d_l0 = nn.Sequential(nn.Conv2d(4 * c, 4, 3, padding=1), nn.ReLU(True), nn.Conv2d(4, 4 * c, 3, padding=1))
        self.DWT, self.IWT = dwt_init, iwt_init

    def forward(self, x: Tensor) -> Tensor:
        x0 = self.head(x)
        x1 = self.d_l0(self.DWT(x0))
        x_ = self.IWT(x1) + x0
        return self.tail(x_) + x


@brought("restoration")
def wavelets() -> Call:
    """MWCNN of lpj0: a wavelet's parts by slices, and put back by writing into zeros"""
    return call(MWCNN(), torch.rand(1, 1, 4, 6), torch.rand(1, 1, 4, 6), nn.L1Loss())


class CALayer(nn.Module):
    def __init__(self, channel: int, reduction: int = 2, bias: bool = False) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.conv_du = nn.Sequential(
            nn.Conv2d(channel, channel // reduction, 1, padding=0, bias=bias), nn.ReLU(inplace=True),
            nn.Conv2d(channel // reduction, channel, 1, padding=0, bias=bias), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x * self.conv_du(self.avg_pool(x))


class CAB(nn.Module):
    def __init__(self, n: int, act: nn.Module) -> None:
        super().__init__()
        modules_body: list[nn.Module] = [
            nn.Conv2d(n, n, 3, padding=1, bias=False),
            act,
            nn.Conv2d(n, n, 3, padding=1, bias=False),
        ]
        self.CA, self.body = CALayer(n), nn.Sequential(*modules_body)

    def forward(self, x: Tensor) -> Tensor:
        res = self.body(x)
        res = self.CA(res)
        res += x
        return res


class MPRNet(nn.Module):
    def __init__(self, n: int = 2) -> None:
        super().__init__()
        act = nn.PReLU()
        self.shallow_feat1 = nn.Sequential(nn.Conv2d(3, n, 3, padding=1), CAB(n, act))
        self.shallow_feat2 = nn.Sequential(nn.Conv2d(3, n, 3, padding=1), CAB(n, act))
        self.sam1, self.sam2, self.sam3 = nn.Conv2d(n, n, 1, bias=False), nn.Conv2d(n, 3, 1), nn.Conv2d(3, n, 1)
        self.concat12, self.tail = nn.Conv2d(2 * n, n, 1, bias=False), nn.Conv2d(n, 3, 3, padding=1)

    def forward(self, x3_img: Tensor) -> list[Tensor]:
        H, W = x3_img.size(2), x3_img.size(3)
        top, bot = x3_img[:, :, 0 : int(H / 2), :], x3_img[:, :, int(H / 2) : H, :]
        patches = [
            top[:, :, :, 0 : int(W / 2)],
            top[:, :, :, int(W / 2) : W],
            bot[:, :, :, 0 : int(W / 2)],
            bot[:, :, :, int(W / 2) : W],
        ]
        feats = [self.shallow_feat1(p) for p in patches]
        rows = [torch.cat((feats[k], feats[k + 1]), 3) for k in (0, 2)]
        feat1 = torch.cat(rows, 2)
        x1 = self.sam1(feat1)
        img = self.sam2(feat1) + x3_img
        x1 = x1 * torch.sigmoid(self.sam3(img)) + feat1
        x2 = self.concat12(torch.cat([self.shallow_feat2(x3_img), x1], 1))
        return [self.tail(x2) + x3_img, img]


class CharbonnierLoss(nn.Module):
    def __init__(self, eps: float = 1e-3) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        diff = x - y
        return torch.mean(torch.sqrt((diff * diff) + (self.eps * self.eps)))


class EdgeLoss(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        k = torch.Tensor([[0.05, 0.25, 0.4, 0.25, 0.05]])
        self.kernel = torch.matmul(k.t(), k).unsqueeze(0).repeat(3, 1, 1, 1)
        if torch.cuda.is_available():
            self.kernel = self.kernel.cuda()
        self.loss = CharbonnierLoss()

    def conv_gauss(self, img: Tensor) -> Tensor:
        n_channels, _, kw, kh = self.kernel.shape
        img = F.pad(img, (kw // 2, kh // 2, kw // 2, kh // 2), mode="replicate")
        return F.conv2d(img, self.kernel.to(img.dtype), groups=n_channels)

    def laplacian_kernel(self, current: Tensor) -> Tensor:
        filtered = self.conv_gauss(current)
        down = filtered[:, :, ::2, ::2]
        new_filter = torch.zeros_like(filtered)
        new_filter[:, :, ::2, ::2] = down * 4
        filtered = self.conv_gauss(new_filter)
        return current - filtered

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.loss(self.laplacian_kernel(x), self.laplacian_kernel(y))


@brought("restoration")
def blur_in_stages() -> Call:
    """MPRNet of swz30: patches, supervised attention, the loss of edges by a Laplacian pyramid"""
    criterion_char, criterion_edge = CharbonnierLoss(), EdgeLoss()

    def loss(restored: list[Tensor], target: Tensor) -> Tensor:
        loss_char = sum([criterion_char(restored[j], target) for j in range(len(restored))])
        loss_edge = sum([criterion_edge(restored[j], target) for j in range(len(restored))])
        return loss_char + (0.05 * loss_edge)  # type: ignore[return-value]

    return call(MPRNet(), torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8), loss)


class Colorizer(nn.Module):
    def __init__(self, norm_layer: Any = nn.BatchNorm2d) -> None:
        super().__init__()
        self.l_cent, self.l_norm, self.ab_norm = 50.0, 100.0, 110.0
        model1 = [nn.Conv2d(1, 3, kernel_size=3, stride=1, padding=1, bias=True)]
        model1 += [nn.ReLU(True)]  # type: ignore[list-item]
        model1 += [nn.Conv2d(3, 4, kernel_size=3, stride=2, padding=1, bias=True)]
        model1 += [nn.ReLU(True), norm_layer(4)]  # type: ignore[list-item]
        model8 = [nn.ConvTranspose2d(4, 3, kernel_size=4, stride=2, padding=1, bias=True), nn.ReLU(True)]
        model8 += [nn.Conv2d(3, 7, kernel_size=1, stride=1, padding=0, bias=True)]  # type: ignore[list-item]
        self.model1, self.model8 = nn.Sequential(*model1), nn.Sequential(*model8)
        self.softmax = nn.Softmax(dim=1)
        self.model_out = nn.Conv2d(7, 2, kernel_size=1, padding=0, dilation=1, stride=1, bias=False)
        self.upsample4 = nn.Upsample(scale_factor=2, mode="bilinear")

    def normalize_l(self, in_l: Tensor) -> Tensor:
        return (in_l - self.l_cent) / self.l_norm

    def unnormalize_ab(self, in_ab: Tensor) -> Tensor:
        return in_ab * self.ab_norm

    def forward(self, input_l: Tensor) -> Tensor:
        conv8_3 = self.model8(self.model1(self.normalize_l(input_l)))
        out_reg = self.model_out(self.softmax(conv8_3))
        return self.unnormalize_ab(self.upsample4(out_reg))


@brought("restoration")
def grey_to_colour() -> Call:
    """colorization of richzhang, with the smooth absolute error per pixel of its later paper"""

    class HuberLoss(nn.Module):
        def __init__(self, delta: float = 0.01) -> None:
            super().__init__()
            self.delta = delta

        def __call__(self, in0: Tensor, in1: Tensor) -> Tensor:
            mask = torch.zeros_like(in0)
            mann = torch.abs(in0 - in1)
            eucl = 0.5 * (mann**2)
            mask[...] = mann < self.delta
            loss = eucl * mask / self.delta + (mann - 0.5 * self.delta) * (1 - mask)
            return torch.sum(loss, dim=1, keepdim=True).mean()

    return call(Colorizer().eval(), torch.rand(2, 1, 4, 4) * 100, torch.randn(2, 2, 8, 8), HuberLoss())
