"""Nets with an image as their output: restoration after NAFNet, ESRGAN and SSIM, segmentation with its losses."""

from math import exp
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class RDB(nn.Module):
    def __init__(self, nf: int = 4, gc: int = 2, bias: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(nf, gc, 3, 1, 1, bias=bias)
        self.conv2 = nn.Conv2d(nf + gc, gc, 3, 1, 1, bias=bias)
        self.conv3 = nn.Conv2d(nf + 2 * gc, nf, 3, 1, 1, bias=bias)
        self.lrelu = nn.LeakyReLU(negative_slope=0.2, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.lrelu(self.conv1(x))
        x2 = self.lrelu(self.conv2(torch.cat((x, x1), 1)))
        x3 = self.conv3(torch.cat((x, x1, x2), 1))
        return x3 * 0.2 + x


class RRDBNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_first = nn.Conv2d(3, 4, 3, 1, 1)
        self.body = nn.Sequential(*[RDB() for _ in range(2)])
        self.conv_body = nn.Conv2d(4, 4, 3, 1, 1)
        self.conv_up1 = nn.Conv2d(4, 4, 3, 1, 1)
        self.conv_hr = nn.Conv2d(4, 4, 3, 1, 1)
        self.conv_last = nn.Conv2d(4, 3, 3, 1, 1)
        self.lrelu = nn.LeakyReLU(negative_slope=0.2, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        feat = self.conv_first(x)
        body_feat = self.conv_body(self.body(feat))
        feat = feat + body_feat
        feat = self.lrelu(self.conv_up1(F.interpolate(feat, scale_factor=2, mode="nearest")))
        return self.conv_last(self.lrelu(self.conv_hr(feat)))


class CharbonnierLoss(nn.Module):
    def __init__(self, eps: float = 1e-3) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        diff = x - y
        return torch.mean(torch.sqrt((diff * diff) + (self.eps * self.eps)))


@brought("restoration")
def esrgan_charbonnier() -> Call:
    """xinntao's RRDB net with a Charbonnier loss"""
    return call(RRDBNet(), torch.rand(1, 3, 3, 3), torch.rand(1, 3, 6, 6), CharbonnierLoss())


def gaussian(window_size: int, sigma: float) -> Tensor:
    gauss = torch.Tensor([exp(-((x - window_size // 2) ** 2) / float(2 * sigma**2)) for x in range(window_size)])
    return gauss / gauss.sum()


def create_window(window_size: int, channel: int) -> Tensor:
    _1D_window = gaussian(window_size, 1.5).unsqueeze(1)
    _2D_window = _1D_window.mm(_1D_window.t()).float().unsqueeze(0).unsqueeze(0)
    return _2D_window.expand(channel, 1, window_size, window_size).contiguous()


class SSIM(nn.Module):
    def __init__(self, window_size: int = 3, size_average: bool = True) -> None:
        super().__init__()
        self.window_size = window_size
        self.size_average = size_average
        self.channel = 1
        self.window = create_window(window_size, self.channel)

    def forward(self, img1: Tensor, img2: Tensor) -> Tensor:
        (_, channel, _, _) = img1.size()
        if channel == self.channel and self.window.data.type() == img1.data.type():
            window = self.window
        else:
            window = create_window(self.window_size, channel)
            window = window.type_as(img1)
            self.window = window
            self.channel = channel
        padding = self.window_size // 2
        mu1 = F.conv2d(img1, window, padding=padding, groups=channel)
        mu2 = F.conv2d(img2, window, padding=padding, groups=channel)
        mu1_sq = mu1.pow(2)
        mu2_sq = mu2.pow(2)
        mu1_mu2 = mu1 * mu2
        sigma1_sq = F.conv2d(img1 * img1, window, padding=padding, groups=channel) - mu1_sq
        sigma2_sq = F.conv2d(img2 * img2, window, padding=padding, groups=channel) - mu2_sq
        sigma12 = F.conv2d(img1 * img2, window, padding=padding, groups=channel) - mu1_mu2
        C1, C2 = 0.01**2, 0.03**2
        ssim_map = ((2 * mu1_mu2 + C1) * (2 * sigma12 + C2)) / ((mu1_sq + mu2_sq + C1) * (sigma1_sq + sigma2_sq + C2))
        return ssim_map.mean() if self.size_average else ssim_map.mean(1).mean(1).mean(1)


@brought("restoration")
def dncnn_ssim() -> Call:
    """a denoiser that predicts the noise, judged by Po-Hsun-Su's SSIM"""

    class DnCNN(nn.Module):
        def __init__(self, depth: int = 3, n_channels: int = 3, image_channels: int = 2) -> None:
            super().__init__()
            layers: list[nn.Module] = [nn.Conv2d(image_channels, n_channels, 3, padding=1), nn.ReLU(inplace=True)]
            for _ in range(depth - 2):
                layers.append(nn.Conv2d(n_channels, n_channels, 3, padding=1, bias=False))
                layers.append(nn.BatchNorm2d(n_channels, eps=0.0001, momentum=0.95))
                layers.append(nn.ReLU(inplace=True))
            layers.append(nn.Conv2d(n_channels, image_channels, 3, padding=1, bias=False))
            self.dncnn = nn.Sequential(*layers)

        def forward(self, x: Tensor) -> Tensor:
            y = x
            out = self.dncnn(x)
            return y - out

    ssim = SSIM()
    return call(DnCNN(), torch.rand(2, 2, 5, 5), torch.rand(2, 2, 5, 5), lambda out, clean: 1 - ssim(out, clean))


class LayerNormFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
        ctx.eps = eps
        N, C, H, W = x.size()  # noqa: RUF059
        mu = x.mean(1, keepdim=True)
        var = (x - mu).pow(2).mean(1, keepdim=True)
        y = (x - mu) / (var + eps).sqrt()
        ctx.save_for_backward(y, var, weight)
        return weight.view(1, C, 1, 1) * y + bias.view(1, C, 1, 1)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        eps = ctx.eps
        N, C, H, W = grad_output.size()  # noqa: RUF059
        y, var, weight = ctx.saved_tensors
        g = grad_output * weight.view(1, C, 1, 1)
        mean_g = g.mean(dim=1, keepdim=True)
        mean_gy = (g * y).mean(dim=1, keepdim=True)
        gx = 1.0 / torch.sqrt(var + eps) * (g - y * mean_gy - mean_g)
        return (
            gx,
            (grad_output * y).sum(dim=3).sum(dim=2).sum(dim=0),
            grad_output.sum(dim=3).sum(dim=2).sum(dim=0),
            None,
        )


class LayerNorm2d(nn.Module):
    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.register_parameter("weight", nn.Parameter(torch.ones(channels)))
        self.register_parameter("bias", nn.Parameter(torch.zeros(channels)))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return LayerNormFunction.apply(x, self.weight, self.bias, self.eps)


class SimpleGate(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x1, x2 = x.chunk(2, dim=1)
        return x1 * x2


class NAFBlock(nn.Module):
    def __init__(self, c: int, drop_out_rate: float = 0.0) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c, c * 2, 1)
        self.conv2 = nn.Conv2d(c * 2, c * 2, 3, padding=1, groups=c * 2)
        self.conv3 = nn.Conv2d(c, c, 1)
        self.sca = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, c, 1))
        self.sg = SimpleGate()
        self.norm1 = LayerNorm2d(c)
        self.dropout1 = nn.Dropout(drop_out_rate) if drop_out_rate > 0.0 else nn.Identity()
        self.beta = nn.Parameter(torch.zeros((1, c, 1, 1)) + 0.5, requires_grad=True)

    def forward(self, inp: Tensor) -> Tensor:
        x = inp
        x = self.norm1(x)
        x = self.conv2(self.conv1(x))
        x = self.sg(x)
        x = x * self.sca(x)
        x = self.dropout1(self.conv3(x))
        return inp + x * self.beta


@brought("restoration")
def naf_net() -> Call:
    """megvii's NAFNet: a norm that is a torch.autograd.Function, a gate without a function, a PSNR loss"""
    model = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1), NAFBlock(2), nn.Conv2d(2, 3, 3, padding=1))

    def psnr(pred: Tensor, target: Tensor) -> Tensor:
        return 10 / 2.302585092994046 * torch.log(((pred - target) ** 2).mean(dim=(1, 2, 3)) + 1e-8).mean()

    return call(model, torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4), psnr)


class DoubleConv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, mid_channels: int | None = None) -> None:
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(mid_channels),
            nn.ReLU(inplace=True), nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        x1 = self.up(x1)
        diffY = x2.size()[2] - x1.size()[2]
        diffX = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX - diffX // 2, diffY // 2, diffY - diffY // 2])
        x = torch.cat([x2, x1], dim=1)
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, n_channels: int, n_classes: int) -> None:
        super().__init__()
        self.inc = DoubleConv(n_channels, 2)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(2, 2))
        self.up1 = Up(4, 2)
        self.outc = nn.Conv2d(2, n_classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.inc(x)
        x2 = self.down1(x1)
        return self.outc(self.up1(x2, x1))


def dice_coeff(input: Tensor, target: Tensor, reduce_batch_first: bool = False, epsilon: float = 1e-6) -> Tensor:
    assert input.size() == target.size()
    assert input.dim() == 3 or not reduce_batch_first
    sum_dim = (-1, -2) if input.dim() == 2 or not reduce_batch_first else (-1, -2, -3)
    inter = 2 * (input * target).sum(dim=sum_dim)
    sets_sum = input.sum(dim=sum_dim) + target.sum(dim=sum_dim)
    sets_sum = torch.where(sets_sum == 0, inter, sets_sum)
    dice = (inter + epsilon) / (sets_sum + epsilon)
    return dice.mean()


def bce_and_dice(masks_pred: Tensor, true_masks: Tensor) -> Tensor:
    loss = F.binary_cross_entropy_with_logits(masks_pred.squeeze(1), true_masks.float())
    loss += 1 - dice_coeff(F.sigmoid(masks_pred.squeeze(1)), true_masks.float(), reduce_batch_first=True)
    return loss


@brought("segmentation")
def unet_of_milesial() -> Call:
    """milesial's U-Net: padding up to the skip's size, cross entropy plus dice with a where on a computed sum"""
    return call(UNet(3, 1), torch.rand(2, 3, 7, 7), classes(2, 2, 7, 7), bce_and_dice)
