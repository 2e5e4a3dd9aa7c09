"""Further networks from image to image: with fixed filters, channel attention, curves of light, shared layers."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, trained


class ChannelAttention(nn.Module):
    def __init__(self, channel: int, reduction: int) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.conv_du = nn.Sequential(
            nn.Conv2d(channel, channel // reduction, 1), nn.ReLU(inplace=True),
            nn.Conv2d(channel // reduction, channel, 1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        y = self.avg_pool(x)
        y = self.conv_du(y)
        return x * y


class AttentionBlock(nn.Module):
    def __init__(self, n_feat: int) -> None:
        super().__init__()
        body = [nn.Conv2d(n_feat, n_feat, 3, padding=1), nn.ReLU(True), ChannelAttention(n_feat, 2)]
        self.body = nn.Sequential(*body)

    def forward(self, x: Tensor) -> Tensor:
        res = self.body(x)
        res += x
        return res


@brought("restoration")
def rcan() -> Call:
    """residual blocks with channel attention (Zhang et al. 2018)"""
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), AttentionBlock(4), nn.Conv2d(4, 3, 3, padding=1))
    return call(model, torch.rand(1, 3, 5, 5), torch.rand(1, 3, 5, 5), nn.L1Loss())


class SobelEdges(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        kernel = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
        self.register_buffer("weight", torch.stack([kernel, kernel.t()])[:, None])
        self.mix = nn.Conv2d(2, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        g = F.conv2d(x, self.weight, padding=1)
        return self.mix(g)


@brought("restoration")
def sobel() -> Call:
    """Sobel's filter as a buffer, and a learned sum of its two maps"""
    return call(SobelEdges(), torch.rand(1, 1, 6, 6), torch.rand(1, 1, 6, 6), nn.MSELoss())


class DenoisingAutoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(True), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3, stride=2, padding=1),
            nn.ReLU(True),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, output_padding=1), nn.ReLU(True), nn.BatchNorm2d(4),
            nn.Conv2d(4, 1, 3, padding=1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        out = self.encoder(x)
        out = self.decoder(out)
        return out


@brought("restoration")
def denoising_autoencoder() -> Call:
    """an autoencoder of noisy images, in training; its sigmoid goes into the squared error"""
    clean = torch.rand(2, 1, 6, 6)
    return call(DenoisingAutoencoder(), clean + 0.2 * torch.randn(2, 1, 6, 6), clean, nn.MSELoss())


@brought("restoration")
def denoising_autoencoder_of_bits() -> Call:
    """the same with the binary cross entropy of each pixel"""
    clean = torch.randint(2, (2, 1, 6, 6)).float()
    return call(DenoisingAutoencoder(), clean + 0.2 * torch.randn(2, 1, 6, 6), clean, nn.BCELoss())


class Curves(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.e_conv1 = nn.Conv2d(3, 4, 3, 1, 1)
        self.e_conv2 = nn.Conv2d(4, 4, 3, 1, 1)
        self.e_conv3 = nn.Conv2d(8, 6, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.relu(self.e_conv1(x))
        x2 = self.relu(self.e_conv2(x1))
        x_r = torch.tanh(self.e_conv3(torch.cat([x1, x2], 1)))
        r1, r2 = torch.split(x_r, 3, dim=1)
        x = x + r1 * (torch.pow(x, 2) - x)
        return x + r2 * (torch.pow(x, 2) - x)


@brought("restoration")
def low_light() -> Call:
    """curves for each pixel of a dark image, as in Zero-DCE (Guo et al. 2020)"""
    return call(Curves(), torch.rand(1, 3, 5, 5), torch.full((1, 3, 5, 5), 0.6), nn.MSELoss())


class Recursive(nn.Module):
    def __init__(self, recursions: int) -> None:
        super().__init__()
        self.embed = nn.Conv2d(1, 3, 3, padding=1)
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.reconstruct = nn.Conv2d(3, 1, 3, padding=1)
        self.recursions = recursions

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.embed(x))
        for _ in range(self.recursions):
            h = F.relu(self.conv(h))
        return self.reconstruct(h) + x


@brought("restoration")
def recursive() -> Call:
    """one convolution applied again and again (Kim et al. 2015)"""
    return call(Recursive(3), torch.rand(1, 1, 6, 6), torch.rand(1, 1, 6, 6), nn.MSELoss())


def charbonnier(x: Tensor, y: Tensor, eps: float = 1e-3) -> Tensor:
    return torch.mean(torch.sqrt((x - y) ** 2 + eps**2))


class Laplacian(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.LeakyReLU(0.2), nn.ConvTranspose2d(4, 4, 4, 2, 1)
        )
        self.residual = nn.Conv2d(4, 1, 3, padding=1)
        self.image = nn.ConvTranspose2d(1, 1, 4, 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.image(x) + self.residual(self.features(x))


@brought("restoration")
def laplacian_pyramid() -> Call:
    """an enlarged image and a residual, and the Charbonnier loss (Lai et al. 2017)"""
    return call(Laplacian(), torch.rand(1, 1, 4, 4), torch.rand(1, 1, 8, 8), charbonnier)


@brought("restoration")
def laplacian_pyramid_by_squares() -> Call:
    """the same with the squared error"""
    return call(Laplacian(), torch.rand(1, 1, 4, 4), torch.rand(1, 1, 8, 8), nn.MSELoss())


class Colours(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.midlevel = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.upsample = nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(4, 2, 3, padding=1),
        )

    def forward(self, input: Tensor) -> Tensor:
        return self.upsample(self.midlevel(input))


@brought("restoration")
def colours() -> Call:
    """two channels of colour from a grey image (Zhang et al. 2016), evaluated"""
    return call(trained(Colours()), torch.rand(1, 1, 6, 6), torch.rand(1, 2, 6, 6), nn.MSELoss())


class DeepPrior(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(4, 4, 3, stride=2, padding=1, padding_mode="reflect"), nn.BatchNorm2d(4), nn.LeakyReLU(0.2)
        )
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear"),
            nn.Conv2d(4, 3, 3, padding=1, padding_mode="reflect"),
            nn.Sigmoid(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.up(self.down(z))


@brought("restoration")
def deep_image_prior() -> Call:
    """an image made of fixed noise (Ulyanov et al. 2017), in training"""
    return call(DeepPrior(), 0.1 * torch.rand(1, 4, 6, 6), torch.rand(1, 3, 6, 6), nn.MSELoss())


class RedNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.ModuleList([nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)])
        self.deconv = nn.ModuleList([nn.ConvTranspose2d(3, 3, 3, padding=1), nn.ConvTranspose2d(3, 1, 3, padding=1)])

    def forward(self, x: Tensor) -> Tensor:
        skip = x
        c1 = F.relu(self.conv[0](x))
        c2 = F.relu(self.conv[1](c1))
        d1 = F.relu(self.deconv[0](c2) + c1)
        return F.relu(self.deconv[1](d1) + skip)


@brought("restoration")
def rednet() -> Call:
    """symmetric skips between convolutions and their transposes (Mao et al. 2016)"""
    return call(RedNet(), torch.rand(1, 1, 6, 6), torch.rand(1, 1, 6, 6), nn.MSELoss())


class Haze(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.e_conv1 = nn.Conv2d(3, 3, 1)
        self.e_conv2 = nn.Conv2d(3, 3, 3, padding=1)
        self.e_conv3 = nn.Conv2d(6, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.relu(self.e_conv1(x))
        x2 = self.relu(self.e_conv2(x1))
        x3 = self.relu(self.e_conv3(torch.cat((x1, x2), 1)))
        return self.relu((x3 * x) - x3 + 1)


@brought("restoration")
def haze() -> Call:
    """an image cleared of haze by K(x) x - K(x) + 1, as in AOD-Net (Li et al. 2017)"""
    return call(Haze(), torch.rand(1, 3, 5, 5), torch.rand(1, 3, 5, 5), nn.MSELoss())
