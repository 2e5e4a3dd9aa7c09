"""Further generative models: autoencoders, flows, diffusion, and adversaries with two heads."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


class Auxiliary(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_blocks = nn.Sequential(
            nn.Conv2d(1, 3, 3, 2, 1), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(3, 4, 3, 2, 1), nn.BatchNorm2d(4, 0.8)
        )
        self.adv_layer = nn.Sequential(nn.Linear(16, 1), nn.Sigmoid())
        self.aux_layer = nn.Sequential(nn.Linear(16, 5), nn.LogSoftmax(dim=1))

    def forward(self, img: Tensor) -> tuple[Tensor, Tensor]:
        out = self.conv_blocks(img)
        out = out.view(out.shape[0], -1)
        return self.adv_layer(out), self.aux_layer(out)


@brought("gan")
def auxiliary_classifier_gan() -> Call:
    """a discriminator that also tells the class (Odena et al. 2016), in training"""
    target = (torch.ones(3, 1), classes(5, 3))
    return call(Auxiliary(), torch.randn(3, 1, 8, 8), target, None, losses=[nn.BCELoss(), nn.NLLLoss()])


class Mapping(nn.Module):
    def __init__(self, z_dim: int, w_dim: int) -> None:
        super().__init__()
        self.mapping = nn.Sequential(nn.Linear(z_dim, w_dim), nn.LeakyReLU(0.2), nn.Linear(w_dim, w_dim))
        self.const = nn.Parameter(torch.randn(1, 4, 4, 4))
        self.style = nn.Linear(w_dim, 8)
        self.norm = nn.InstanceNorm2d(4)
        self.to_rgb = nn.Conv2d(4, 3, 1)

    def forward(self, z: Tensor) -> Tensor:
        w = self.mapping(F.normalize(z, dim=1))
        scale, shift = self.style(w).unsqueeze(2).unsqueeze(3).chunk(2, 1)
        x = self.const.expand(z.size(0), -1, -1, -1)
        x = self.norm(x) * (scale + 1) + shift
        return self.to_rgb(F.leaky_relu(x, 0.2))


@brought("gan")
def style_generator() -> Call:
    """a learned constant whose channels a mapped vector scales and shifts (Karras et al. 2018)"""
    return call(Mapping(5, 6), torch.randn(2, 5), torch.rand(2, 3, 4, 4), nn.MSELoss())


class VAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(16, 10)
        self.fc21 = nn.Linear(10, 3)
        self.fc22 = nn.Linear(10, 3)
        self.fc3 = nn.Linear(3, 10)
        self.fc4 = nn.Linear(10, 16)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu: Tensor, logvar: Tensor) -> Tensor:
        if not self.training:
            return mu
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def decode(self, z: Tensor) -> Tensor:
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logvar = self.encode(x.view(-1, 16))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


@brought("gan", "fc22")
def vae_reconstruction() -> Call:
    """a variational autoencoder (Kingma and Welling 2013) by its mean; the first of its three outputs"""
    x = torch.rand(2, 1, 4, 4)
    return call(VAE().eval(), x, x.view(2, 16), nn.BCELoss(reduction="sum"), output=0)


def elbo(out: tuple[Tensor, Tensor, Tensor], x: Tensor) -> Tensor:
    recon_x, mu, logvar = out
    bce = F.binary_cross_entropy(recon_x, x.view(-1, 16), reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


@brought("gan")
def vae_with_its_whole_loss() -> Call:
    """the same with the divergence of its code from the normal distribution"""
    x = torch.rand(2, 1, 4, 4)
    return call(VAE().eval(), x, x, elbo)


class ConvAutoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 2, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.t_conv1 = nn.ConvTranspose2d(2, 4, 2, stride=2)
        self.t_conv2 = nn.ConvTranspose2d(4, 1, 2, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = self.pool(x)
        x = F.relu(self.conv2(x))
        x = self.pool(x)
        x = F.relu(self.t_conv1(x))
        return F.sigmoid(self.t_conv2(x))


@brought("gan")
def convolutional_autoencoder() -> Call:
    """an autoencoder of convolutions and their transposes, ending with a sigmoid, and the squared error"""
    x = torch.rand(2, 1, 8, 8)
    return call(ConvAutoencoder(), x, x, nn.MSELoss())


class UnflattenDecoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder_cnn = nn.Sequential(
            nn.Conv2d(1, 3, 3, stride=2, padding=1),
            nn.ReLU(True),
            nn.Conv2d(3, 4, 3, stride=2, padding=1),
            nn.ReLU(True),
        )
        self.flatten = nn.Flatten(start_dim=1)
        self.encoder_lin = nn.Sequential(nn.Linear(16, 6), nn.ReLU(True), nn.Linear(6, 2))
        self.decoder_lin = nn.Sequential(nn.Linear(2, 6), nn.ReLU(True), nn.Linear(6, 16), nn.ReLU(True))
        self.unflatten = nn.Unflatten(dim=1, unflattened_size=(4, 2, 2))
        self.decoder_conv = nn.Sequential(
            nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1), nn.BatchNorm2d(3), nn.ReLU(True),
            nn.ConvTranspose2d(3, 1, 3, stride=2, padding=1, output_padding=1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        x = self.encoder_lin(self.flatten(self.encoder_cnn(x)))
        x = self.unflatten(self.decoder_lin(x))
        return torch.sigmoid(self.decoder_conv(x))


@brought("gan")
def autoencoder_with_a_narrow_code() -> Call:
    """an autoencoder that flattens to a code of two numbers and unflattens again"""
    x = torch.rand(2, 1, 8, 8)
    return call(trained(UnflattenDecoder()), x, x, nn.MSELoss())


class ConvVAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 3, 4, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(48, 6))
        self.decoder = nn.Sequential(
            nn.Linear(3, 48), nn.Unflatten(1, (3, 4, 4)), nn.ReLU(), nn.ConvTranspose2d(3, 1, 4, 2, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        mu, _logvar = torch.chunk(self.encoder(x), 2, dim=1)
        return self.decoder(mu)


@brought("gan")
def convolutional_vae() -> Call:
    """a variational autoencoder of convolutions by its mean, half of what the encoder gives"""
    x = torch.randint(2, (2, 1, 8, 8)).float()
    return call(ConvVAE(), x, x, nn.BCEWithLogitsLoss())


class Coupling(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.s = nn.Sequential(nn.Linear(dim // 2, 6), nn.ReLU(), nn.Linear(6, dim // 2), nn.Tanh())
        self.t = nn.Sequential(nn.Linear(dim // 2, 6), nn.ReLU(), nn.Linear(6, dim // 2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x1, x2 = x.chunk(2, dim=1)
        s = self.s(x1)
        z = torch.cat([x1, x2 * torch.exp(s) + self.t(x1)], dim=1)
        return z, s.sum(dim=1)


def nll_of_flow(out: tuple[Tensor, Tensor], target: Tensor) -> Tensor:
    z, log_det = out
    log_prob = -0.5 * (z**2 + math.log(2 * math.pi)).sum(dim=1)
    return -(log_prob + log_det).mean()


@brought("gan")
def normalising_flow() -> Call:
    """an affine coupling, as in Real NVP (Dinh et al. 2016), with the likelihood for a loss"""
    return call(Coupling(4), torch.randn(3, 4), None, nll_of_flow)


class TimeEmbedding(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, t: Tensor) -> Tensor:
        half = self.dim // 2
        freqs = torch.exp(-math.log(10000) * torch.arange(half) / (half - 1))
        args = t[:, None] * freqs[None, :]
        return torch.cat((args.sin(), args.cos()), dim=-1)


class Denoiser(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.time_mlp = nn.Sequential(TimeEmbedding(4), nn.Linear(4, 6), nn.SiLU(), nn.Linear(6, 4))
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.GroupNorm(2, 4)
        self.conv2 = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        h = self.conv1(x)
        h = h + self.time_mlp(t)[:, :, None, None]
        return self.conv2(F.silu(self.norm(h)))


@brought("gan")
def diffusion() -> Call:
    """a network that predicts the noise in an image at a time (Ho et al. 2020): two inputs"""
    inputs = torch.randn(2, 1, 6, 6), torch.tensor([3.0, 40.0])
    return call(Denoiser(), inputs, torch.randn(2, 1, 6, 6), nn.MSELoss())


class MaskedConv2d(nn.Conv2d):
    def __init__(self, mask_type: str, *args: int, **kwargs: int) -> None:
        super().__init__(*args, **kwargs)
        self.register_buffer("mask", torch.ones_like(self.weight))
        _, _, h, w = self.weight.size()
        self.mask[:, :, h // 2, w // 2 + (mask_type == "B") :] = 0
        self.mask[:, :, h // 2 + 1 :] = 0

    def forward(self, x: Tensor) -> Tensor:
        self.weight.data *= self.mask
        return super().forward(x)


@brought("gan")
def pixel_cnn() -> Call:
    """convolutions that see only the pixels before (van den Oord et al. 2016), a loss for each pixel"""
    x = torch.randint(2, (2, 1, 5, 5)).float()
    model = nn.Sequential(
        MaskedConv2d("A", 1, 4, 3, padding=1),
        nn.ReLU(),
        MaskedConv2d("B", 4, 4, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(4, 2, 1),
    )
    return call(model, x, x[:, 0].long(), nn.CrossEntropyLoss())


class Upsampled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.init_size = 2
        self.l1 = nn.Sequential(nn.Linear(5, 4 * self.init_size**2))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(4), nn.Upsample(scale_factor=2), nn.Conv2d(4, 4, 3, stride=1, padding=1),
            nn.BatchNorm2d(4, 0.8), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(4, 1, 3, stride=1, padding=1), nn.Tanh(),
        )  # fmt: skip

    def forward(self, z: Tensor) -> Tensor:
        out = self.l1(z)
        out = out.view(out.shape[0], 4, self.init_size, self.init_size)
        return self.conv_blocks(out)


@brought("gan")
def generator_that_upsamples() -> Call:
    """a generator that repeats pixels in place of transposed convolution, in training"""
    return call(Upsampled(), torch.randn(3, 5), torch.rand(3, 1, 4, 4), nn.MSELoss())
