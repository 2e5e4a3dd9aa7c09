"""Generators and critics of generative adversarial networks."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from tests.models.brought import Call, Tensor, brought, call, classes, trained


def weights_init(m: nn.Module) -> None:
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.2)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


class Generator(nn.Module):
    def __init__(self, nz: int = 6, ngf: int = 3, nc: int = 3) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 2, 3, 1, 0, bias=False), nn.BatchNorm2d(ngf * 2), nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False), nn.BatchNorm2d(ngf), nn.ReLU(True),
            nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False), nn.Tanh(),
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        return self.main(input)


@brought("gan")
def dcgan_generator() -> Call:
    """the generator of PyTorch's DCGAN tutorial (Radford et al. 2015), in training, its images compared with others"""
    model = Generator()
    model.apply(weights_init)
    return call(model, torch.randn(2, 6, 1, 1), torch.rand(2, 3, 12, 12), nn.MSELoss())


class Discriminator(nn.Module):
    def __init__(self, nc: int = 3, ndf: int = 3) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(nc, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(ndf * 2), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf * 2, 1, 3, 1, 0, bias=False), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        return self.main(input).view(-1, 1).squeeze(1)


@brought("gan")
def dcgan_discriminator() -> Call:
    """the discriminator of PyTorch's DCGAN tutorial, in training"""
    model = Discriminator()
    model.apply(weights_init)
    return call(model, torch.randn(2, 3, 12, 12), torch.full((2,), 1.0), nn.BCELoss())


class FlatDiscriminator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(1, 3, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(3, 1, 4, 1, 0), nn.Sigmoid(), nn.Flatten()
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x)


@brought("gan")
def discriminator_that_ends_flat() -> Call:
    """a discriminator whose last sigmoid is flattened before the loss"""
    return call(FlatDiscriminator(), torch.randn(2, 1, 8, 8), torch.ones(2, 1), nn.BCELoss())


class Critic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(25, 12), nn.LeakyReLU(0.2, inplace=True), nn.Linear(12, 6), nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(6, 1),
        )  # fmt: skip

    def forward(self, img: Tensor) -> Tensor:
        img_flat = img.view(img.shape[0], -1)
        return self.model(img_flat)


@brought("gan")
def wgan_critic() -> Call:
    """the critic of a Wasserstein GAN (Arjovsky et al. 2017): its loss is minus the mean of its output"""
    return call(Critic(), torch.randn(4, 1, 5, 5), None, lambda validity, t: -torch.mean(validity))


class FlatGenerator(nn.Module):
    def __init__(self, latent_dim: int, img_shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.img_shape = img_shape

        def block(in_feat: int, out_feat: int, normalize: bool = True) -> list[nn.Module]:
            layers: list[nn.Module] = [nn.Linear(in_feat, out_feat)]
            if normalize:
                layers.append(nn.BatchNorm1d(out_feat, 0.8))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            return layers

        self.model = nn.Sequential(
            *block(latent_dim, 8, normalize=False), *block(8, 12), nn.Linear(12, math.prod(img_shape)), nn.Tanh()
        )

    def forward(self, z: Tensor) -> Tensor:
        img = self.model(z)
        img = img.view(img.shape[0], *self.img_shape)
        return img


@brought("gan")
def generator_of_linear_layers() -> Call:
    """a vector made an image by linear layers and a view (Goodfellow et al. 2014), in training"""
    return call(FlatGenerator(5, (1, 5, 5)), torch.randn(3, 5), torch.rand(3, 1, 5, 5), nn.MSELoss())


class ConditionalGenerator(nn.Module):
    def __init__(self, n_classes: int, latent_dim: int) -> None:
        super().__init__()
        self.label_emb = nn.Embedding(n_classes, n_classes)
        self.model = nn.Sequential(nn.Linear(latent_dim + n_classes, 12), nn.ReLU(), nn.Linear(12, 16), nn.Tanh())

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        gen_input = torch.cat((self.label_emb(labels), noise), -1)
        img = self.model(gen_input)
        return img.view(img.size(0), 1, 4, 4)


@brought("gan")
def conditional_generator() -> Call:
    """a generator that is told the class (Mirza and Osindero 2014): two inputs"""
    inputs = torch.randn(2, 5), classes(4, 2)
    return call(ConditionalGenerator(4, 5), inputs, torch.rand(2, 1, 4, 4), nn.MSELoss())


class LeastSquares(nn.Module):
    def __init__(self) -> None:
        super().__init__()

        def discriminator_block(in_filters: int, out_filters: int, bn: bool = True) -> list[nn.Module]:
            block = [nn.Conv2d(in_filters, out_filters, 3, 2, 1), nn.LeakyReLU(0.2, inplace=True), nn.Dropout2d(0.25)]
            if bn:
                block.append(nn.BatchNorm2d(out_filters, 0.8))
            return block

        self.model = nn.Sequential(*discriminator_block(1, 3, bn=False), *discriminator_block(3, 4))
        self.adv_layer = nn.Linear(16, 1)

    def forward(self, img: Tensor) -> Tensor:
        out = self.model(img)
        out = out.view(out.shape[0], -1)
        return self.adv_layer(out)


@brought("gan")
def least_squares_discriminator() -> Call:
    """a discriminator with the squared error (Mao et al. 2016), evaluated"""
    return call(trained(LeastSquares()), torch.randn(2, 1, 8, 8), torch.ones(2, 1), nn.MSELoss())


@brought("gan")
def patch_discriminator() -> Call:
    """a discriminator of patches, as in pix2pix (Isola et al. 2016): a map of scores"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 4, stride=2, padding=1), nn.LeakyReLU(0.2, True), nn.Conv2d(4, 6, 4, stride=2, padding=1),
        nn.InstanceNorm2d(6), nn.LeakyReLU(0.2, True), nn.ZeroPad2d((1, 0, 1, 0)), nn.Conv2d(6, 1, 3, padding=1),
    )  # fmt: skip
    return call(model, torch.randn(1, 3, 12, 12), torch.ones(1, 1, 4, 4), nn.MSELoss())


class ResidualBlock(nn.Module):
    def __init__(self, in_features: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(in_features, in_features, 3), nn.InstanceNorm2d(in_features),
            nn.ReLU(inplace=True),
            nn.ReflectionPad2d(1), nn.Conv2d(in_features, in_features, 3), nn.InstanceNorm2d(in_features),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x)


@brought("gan")
def cyclegan_generator() -> Call:
    """the generator of CycleGAN (Zhu et al. 2017), with the L1 loss of its cycle"""
    image = torch.rand(1, 3, 8, 8)
    model = nn.Sequential(
        nn.ReflectionPad2d(2), nn.Conv2d(3, 3, 5), nn.InstanceNorm2d(3), nn.ReLU(inplace=True),
        nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.InstanceNorm2d(4), nn.ReLU(inplace=True),
        ResidualBlock(4),
        nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1), nn.ReLU(inplace=True),
        nn.ReflectionPad2d(1), nn.Conv2d(3, 3, 3), nn.Tanh(),
    )  # fmt: skip
    return call(model, image, image, nn.L1Loss())


class SkipBlock(nn.Module):
    def __init__(self, outer: int, inner: int, submodule: nn.Module | None = None, outermost: bool = False) -> None:
        super().__init__()
        self.outermost = outermost
        down = nn.Conv2d(outer, inner, 4, 2, 1)
        up = nn.ConvTranspose2d(inner if submodule is None else 2 * inner, outer, 4, 2, 1)
        middle = [] if submodule is None else [submodule]
        ends = [nn.Tanh()] if outermost else [nn.BatchNorm2d(outer)]
        first = [] if outermost else [nn.LeakyReLU(0.2, False)]
        self.model = nn.Sequential(*first, down, *middle, nn.ReLU(False), up, *ends)

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


@brought("gan")
def pix2pix_generator() -> Call:
    """a U-Net of blocks within blocks, as pix2pix has it, in training"""
    model = SkipBlock(3, 4, SkipBlock(4, 5, SkipBlock(5, 6)), outermost=True)
    return call(model, torch.randn(2, 3, 8, 8), torch.rand(2, 3, 8, 8), nn.L1Loss())


@brought("gan")
def spectral_critic() -> Call:
    """a critic with spectral normalisation (Miyato et al. 2018) and the hinge loss, evaluated"""
    model = nn.Sequential(
        spectral_norm(nn.Conv2d(1, 4, 3, 2, 1)), nn.LeakyReLU(0.1), nn.Flatten(), spectral_norm(nn.Linear(36, 1))
    )
    return call(model.eval(), torch.randn(2, 1, 6, 6), None, lambda out, t: F.relu(1.0 - out).mean())


class PixelNorm(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / torch.sqrt(torch.mean(x**2, dim=1, keepdim=True) + 1e-8)


class EqualizedConv2d(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2)
        self.scale = (2 / (in_channels * kernel_size**2)) ** 0.5
        self.bias = self.conv.bias
        self.conv.bias = None
        nn.init.normal_(self.conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x * self.scale) + self.bias.view(1, self.bias.shape[0], 1, 1)


@brought("gan")
def progressive_generator() -> Call:
    """pixels normalised and weights scaled at run time, as in progressive GANs (Karras et al. 2017)"""
    model = nn.Sequential(
        PixelNorm(), nn.ConvTranspose2d(6, 4, 4, 1, 0), nn.LeakyReLU(0.2), PixelNorm(),
        nn.Upsample(scale_factor=2, mode="nearest"), EqualizedConv2d(4, 4), nn.LeakyReLU(0.2), PixelNorm(),
        EqualizedConv2d(4, 3, 1),
    )  # fmt: skip
    return call(model, torch.randn(2, 6, 1, 1), torch.rand(2, 3, 8, 8), nn.MSELoss())
