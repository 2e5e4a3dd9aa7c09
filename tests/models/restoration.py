"""Networks from image to image: super-resolution, denoising, style, light."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, trained


class SRCNN(nn.Module):
    def __init__(self, num_channels: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(num_channels, 4, kernel_size=5, padding=5 // 2)
        self.conv2 = nn.Conv2d(4, 3, kernel_size=1)
        self.conv3 = nn.Conv2d(3, num_channels, kernel_size=3, padding=3 // 2)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv1(x))
        x = self.relu(self.conv2(x))
        x = self.conv3(x)
        return x


@brought("restoration")
def srcnn() -> Call:
    """three convolutions for sharper images (Dong et al. 2014)"""
    return call(SRCNN(), torch.rand(2, 1, 8, 8), torch.rand(2, 1, 8, 8), nn.MSELoss())


class SubPixel(nn.Module):
    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.conv1 = nn.Conv2d(1, 4, (5, 5), (1, 1), (2, 2))
        self.conv2 = nn.Conv2d(4, upscale_factor**2, (3, 3), (1, 1), (1, 1))
        self.pixel_shuffle = nn.PixelShuffle(upscale_factor)
        nn.init.orthogonal_(self.conv1.weight, nn.init.calculate_gain("relu"))

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv1(x))
        return self.pixel_shuffle(self.conv2(x))


@brought("restoration")
def espcn() -> Call:
    """channels shuffled to pixels, from PyTorch's examples (Shi et al. 2016)"""
    return call(SubPixel(2), torch.rand(1, 1, 6, 6), torch.rand(1, 1, 12, 12), nn.MSELoss())


class ResBlock(nn.Module):
    def __init__(self, n_feats: int, res_scale: float = 0.1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_feats, n_feats, 3, padding=1), nn.ReLU(True), nn.Conv2d(n_feats, n_feats, 3, padding=1)
        )
        self.res_scale = res_scale

    def forward(self, x: Tensor) -> Tensor:
        res = self.body(x).mul(self.res_scale)
        res += x
        return res


class EDSR(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, 4, 3, padding=1)
        self.body = nn.Sequential(ResBlock(4), ResBlock(4), nn.Conv2d(4, 4, 3, padding=1))
        self.tail = nn.Sequential(nn.Conv2d(4, 12, 3, padding=1), nn.PixelShuffle(2), nn.Conv2d(3, 3, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.head(x)
        res = self.body(x)
        res += x
        return self.tail(res)


@brought("restoration")
def edsr() -> Call:
    """residual blocks that are scaled by a tenth (Lim et al. 2017)"""
    return call(EDSR(), torch.rand(1, 3, 4, 4), torch.rand(1, 3, 8, 8), nn.L1Loss())


class FSRCNN(nn.Module):
    def __init__(self, scale: int, d: int = 4, s: int = 3, m: int = 1) -> None:
        super().__init__()
        self.first_part = nn.Sequential(nn.Conv2d(1, d, kernel_size=5, padding=2), nn.PReLU(d))
        mid: list[nn.Module] = [nn.Conv2d(d, s, kernel_size=1), nn.PReLU(s)]
        for _ in range(m):
            mid.extend([nn.Conv2d(s, s, kernel_size=3, padding=1), nn.PReLU(s)])
        mid.extend([nn.Conv2d(s, d, kernel_size=1), nn.PReLU(d)])
        self.mid_part = nn.Sequential(*mid)
        self.last_part = nn.ConvTranspose2d(d, 1, kernel_size=5, stride=scale, padding=2, output_padding=scale - 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first_part(x)
        x = self.mid_part(x)
        return self.last_part(x)


@brought("restoration")
def fsrcnn() -> Call:
    """PReLU and transposed convolution for larger images (Dong et al. 2016)"""
    return call(FSRCNN(2), torch.rand(1, 1, 5, 5), torch.rand(1, 1, 10, 10), nn.MSELoss())


class VDSR(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.residual_layer = nn.Sequential(
            *(nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.ReLU()) for _ in range(3))
        )
        self.output = nn.Conv2d(4, 1, 3, padding=1, bias=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        residual = x
        out = self.relu(self.input(x))
        out = self.residual_layer(out)
        out = self.output(out)
        out = torch.add(out, residual)
        return out


@brought("restoration")
def vdsr() -> Call:
    """the image itself added to what the layers give (Kim et al. 2015)"""
    return call(VDSR(), torch.rand(2, 1, 6, 6), torch.rand(2, 1, 6, 6), nn.MSELoss())


class DnCNN(nn.Module):
    def __init__(self, channels: int, num_of_layers: int = 4, features: int = 4) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, features, 3, padding=1, bias=False), nn.ReLU(inplace=True)]
        for _ in range(num_of_layers - 2):
            layers.append(nn.Conv2d(features, features, 3, padding=1, bias=False))
            layers.append(nn.BatchNorm2d(features))
            layers.append(nn.ReLU(inplace=True))
        layers.append(nn.Conv2d(features, channels, 3, padding=1, bias=False))
        self.dncnn = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        noise = self.dncnn(x)
        return x - noise


@brought("restoration")
def dncnn() -> Call:
    """the noise, taken off the image (Zhang et al. 2016), in training"""
    return call(DnCNN(1), torch.rand(2, 1, 6, 6), torch.rand(2, 1, 6, 6), nn.MSELoss())


@brought("restoration")
def dncnn_of_noise() -> Call:
    """the same layers where the noise itself is the target"""
    loss = nn.MSELoss(reduction="sum")
    return call(DnCNN(1).dncnn, torch.rand(2, 1, 6, 6), 0.1 * torch.randn(2, 1, 6, 6), loss)


class SrganBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        residual = self.conv1(x)
        residual = self.bn1(residual)
        residual = self.prelu(residual)
        residual = self.conv2(residual)
        residual = self.bn2(residual)
        return x + residual


class SrganGenerator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(3, 4, kernel_size=5, padding=2), nn.PReLU())
        self.block2 = SrganBlock(4)
        self.block3 = nn.Sequential(nn.Conv2d(4, 16, 3, padding=1), nn.PixelShuffle(2), nn.PReLU())
        self.block4 = nn.Conv2d(4, 3, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        block1 = self.block1(x)
        block2 = self.block2(block1)
        block4 = self.block4(self.block3(block1 + block2))
        return (torch.tanh(block4) + 1) / 2


@brought("restoration")
def srgan() -> Call:
    """the generator of SRGAN (Ledig et al. 2016), its output from 0 to 1"""
    return call(trained(SrganGenerator()), torch.rand(1, 3, 4, 4), torch.rand(1, 3, 8, 8), nn.MSELoss())


class ResidualDense(nn.Module):
    def __init__(self, nf: int = 4, gc: int = 2) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(nf, gc, 3, 1, 1)
        self.conv2 = nn.Conv2d(nf + gc, gc, 3, 1, 1)
        self.conv3 = nn.Conv2d(nf + 2 * gc, nf, 3, 1, 1)
        self.lrelu = nn.LeakyReLU(negative_slope=0.2, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.lrelu(self.conv1(x))
        x2 = self.lrelu(self.conv2(torch.cat((x, x1), 1)))
        x3 = self.conv3(torch.cat((x, x1, x2), 1))
        return x3 * 0.2 + x


@brought("restoration")
def esrgan() -> Call:
    """dense blocks within residuals, scaled, and nearest neighbours (Wang et al. 2018)"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 1, 1), ResidualDense(), nn.UpsamplingNearest2d(scale_factor=2), nn.Conv2d(4, 3, 3, 1, 1)
    )
    return call(model, torch.rand(1, 3, 4, 4), torch.rand(1, 3, 8, 8), F.l1_loss)


class ConvLayer(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int, upsample: int = 0) -> None:
        super().__init__()
        self.upsample = upsample
        self.reflection_pad = nn.ReflectionPad2d(kernel_size // 2)
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride)

    def forward(self, x: Tensor) -> Tensor:
        if self.upsample:
            x = F.interpolate(x, mode="nearest", scale_factor=self.upsample)
        return self.conv2d(self.reflection_pad(x))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvLayer(3, 4, 3, 1)
        self.in1 = nn.InstanceNorm2d(4, affine=True)
        self.conv2 = ConvLayer(4, 4, 3, 2)
        self.in2 = nn.InstanceNorm2d(4, affine=True)
        self.deconv = ConvLayer(4, 3, 3, 1, upsample=2)
        self.relu = nn.ReLU()

    def forward(self, X: Tensor) -> Tensor:
        y = self.relu(self.in1(self.conv1(X)))
        y = self.relu(self.in2(self.conv2(y)))
        return self.deconv(y)


@brought("restoration")
def fast_style_transfer() -> Call:
    """reflected borders, instance normalisation and upsampling, from PyTorch's examples (Johnson et al. 2016)"""
    x = torch.rand(1, 3, 8, 8)
    return call(Transformer(), x, x, nn.MSELoss())


def total_variation(image: Tensor, target: Tensor) -> Tensor:
    variation = (image[:, :, 1:] - image[:, :, :-1]).abs().mean() + (image[..., 1:] - image[..., :-1]).abs().mean()
    return F.mse_loss(image, target) + 0.1 * variation


@brought("restoration")
def smooth_denoising() -> Call:
    """convolutions whose output should be smooth as well: the total variation in the loss (Rudin et al. 1992)"""
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
    return call(model, torch.rand(1, 1, 6, 6), torch.rand(1, 1, 6, 6), total_variation)
