"""Codes that are hidden: flows, masked autoencoders, sparse codes, discrepancies of kernels, conditions."""

import itertools
import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class MaskedLinear(nn.Linear):
    """A linear layer whose mask can be set."""

    mask: Tensor

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        self.register_buffer("mask", torch.ones(out_features, in_features))

    def set_mask(self, mask: Any) -> None:
        self.mask.data.copy_(torch.from_numpy(mask.astype(np.uint8).T))

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.mask * self.weight, self.bias)


class MADE(nn.Module):
    def __init__(
        self, nin: int, hidden_sizes: list[int], nout: int, num_masks: int = 1, natural_ordering: bool = False
    ) -> None:
        super().__init__()
        self.nin, self.nout, self.hidden_sizes = nin, nout, hidden_sizes
        assert self.nout % self.nin == 0, "nout must be integer multiple of nin"
        self.net: Any = []
        hs = [nin, *hidden_sizes, nout]
        for h0, h1 in itertools.pairwise(hs):
            self.net.extend([MaskedLinear(h0, h1), nn.ReLU()])
        self.net.pop()
        self.net = nn.Sequential(*self.net)
        self.natural_ordering, self.num_masks, self.seed = natural_ordering, num_masks, 0
        self.m: dict[int, Any] = {}
        self.update_masks()

    def update_masks(self) -> None:
        if self.m and self.num_masks == 1:
            return
        length = len(self.hidden_sizes)
        rng = np.random.RandomState(self.seed)
        self.seed = (self.seed + 1) % self.num_masks
        self.m[-1] = np.arange(self.nin) if self.natural_ordering else rng.permutation(self.nin)
        for i in range(length):
            self.m[i] = rng.randint(self.m[i - 1].min(), self.nin - 1, size=self.hidden_sizes[i])
        masks = [self.m[i - 1][:, None] <= self.m[i][None, :] for i in range(length)]
        masks.append(self.m[length - 1][:, None] < self.m[-1][None, :])
        layers = [each for each in self.net.modules() if isinstance(each, MaskedLinear)]
        for each, m in zip(layers, masks, strict=True):
            each.set_mask(m)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


@brought("mlp")
def masked_autoencoder() -> Call:
    """MADE of karpathy: masks made with numpy, binary cross entropy with logits"""
    x = (torch.rand(4, 5) > 0.5).float()
    return call(
        MADE(5, [6, 6], 5),
        x,
        x,
        lambda xbhat, xb: F.binary_cross_entropy_with_logits(xbhat, xb, size_average=False) / 4,
    )


class PlanarFlow(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.Tensor(1, dim)), nn.Parameter(torch.Tensor(1))
        self.scale = nn.Parameter(torch.Tensor(1, dim))
        self.tanh = nn.Tanh()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for p in (self.weight, self.scale, self.bias):
            p.data.uniform_(-0.5, 0.5)

    def forward(self, z: Tensor) -> Tensor:
        activation = F.linear(z, self.weight, self.bias)
        return z + self.scale * self.tanh(activation)

    def log_det(self, z: Tensor) -> Tensor:
        activation = F.linear(z, self.weight, self.bias)
        psi = (1 - self.tanh(activation) ** 2) * self.weight
        det_grad = 1 + torch.mm(psi, self.scale.t())
        return torch.log(det_grad.abs() + 1e-7)


class NormalizingFlow(nn.Module):
    def __init__(self, dim: int, flow_length: int) -> None:
        super().__init__()
        self.transforms = nn.Sequential(*(PlanarFlow(dim) for _ in range(flow_length)))

    def forward(self, z: Tensor) -> tuple[Tensor, list[Tensor]]:
        log_jacobians = []
        for transform in self.transforms:
            log_jacobians.append(transform.log_det(z))  # type: ignore[operator]
            z = transform(z)
        return z, log_jacobians


@brought("mlp")
def planar_flow() -> Call:
    """normalizing_flows_pytorch of ex4sperans: planar layers, the density of two moons"""

    def density(z: Tensor) -> Tensor:
        z = torch.squeeze(z)
        z1, z2 = z[:, 0], z[:, 1]
        norm = torch.sqrt(z1**2 + z2**2)
        exp1 = torch.exp(-0.5 * ((z1 - 2) / 0.8) ** 2)
        exp2 = torch.exp(-0.5 * ((z1 + 2) / 0.8) ** 2)
        return torch.exp(-(0.5 * ((norm - 2) / 0.4) ** 2 - torch.log(exp1 + exp2 + 1e-7)))

    def free_energy(output: Any, _: None) -> Tensor:
        zk, log_jacobians = output
        return (-sum(log_jacobians) - torch.log(density(zk) + 1e-7)).mean()

    return call(NormalizingFlow(2, 3), torch.randn(5, 2), None, free_energy)


class InvertibleConv(nn.Module):
    """Glow: a square matrix on the channels, its log-determinant in the loss."""

    def __init__(self, num_channels: int) -> None:
        super().__init__()
        w_init = np.linalg.qr(np.random.RandomState(0).randn(num_channels, num_channels))[0].astype(np.float32)
        self.register_parameter("weight", nn.Parameter(torch.Tensor(w_init.copy())))

    def forward(self, input: Tensor, logdet: Tensor) -> tuple[Tensor, Tensor]:
        pixels = input.size(2) * input.size(3)
        dlogdet = torch.slogdet(self.weight)[1] * pixels
        weight = self.weight.view(*self.weight.shape, 1, 1)
        return F.conv2d(input, weight), logdet + dlogdet


class Glow(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.bias, self.logs = nn.Parameter(torch.zeros(1, c, 1, 1)), nn.Parameter(torch.zeros(1, c, 1, 1))
        self.invconv = InvertibleConv(c)
        self.block = nn.Sequential(nn.Conv2d(c // 2, 3, 3, padding=1), nn.ReLU(False), nn.Conv2d(3, c, 3, padding=1))

    @staticmethod
    def squeeze2d(input: Tensor, factor: int = 2) -> Tensor:
        B, C, H, W = input.size()
        x = input.view(B, C, H // factor, factor, W // factor, factor)
        x = x.permute(0, 1, 3, 5, 2, 4).contiguous()
        return x.view(B, C * factor * factor, H // factor, W // factor)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.squeeze2d(x)
        logdet = torch.zeros_like(x[:, 0, 0, 0])
        z = (z + self.bias) * torch.exp(self.logs)
        logdet = logdet + torch.sum(self.logs) * z.size(2) * z.size(3)
        z, logdet = self.invconv(z, logdet)
        z1, z2 = z.chunk(2, dim=1)
        h = self.block(z1)
        shift, scale = h[:, 0::2, ...], h[:, 1::2, ...]
        scale = torch.sigmoid(scale + 2.0)
        z2 = (z2 + shift) * scale
        logdet = torch.sum(torch.log(scale), dim=[1, 2, 3]) + logdet
        return torch.cat((z1, z2), dim=1), logdet


@brought("cnn")
def glow() -> Call:
    """Glow of rosinality and y0ast: the determinant of a 1x1 convolution, bits per pixel"""

    def bits(output: tuple[Tensor, Tensor], _: None) -> Tensor:
        z, logdet = output
        log_p = (-0.5 * (math.log(2 * math.pi) + z**2)).sum(dim=(1, 2, 3))
        return -(logdet + log_p).div(math.log(2) * z[0].numel()).mean()

    return call(Glow(4), torch.randn(2, 1, 4, 4), None, bits)


@brought("mlp")
def sparse_codes() -> Call:
    """a sparse autoencoder of a homework: KL divergence of the mean activations, loops over the layers' children"""

    class SparseAutoencoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enc1, self.enc2 = nn.Linear(in_features=8, out_features=5), nn.Linear(5, 3)
            self.dec1, self.dec2 = nn.Linear(3, 5), nn.Linear(5, 8)

        def forward(self, x: Tensor) -> Tensor:
            for layer in ("enc1", "enc2", "dec1", "dec2"):
                x = F.relu(self.__getattr__(layer)(x))
            return x

    model = SparseAutoencoder()
    model_children = list(model.children())
    img = torch.rand(4, 8)

    def kl_divergence(rho: float, rho_hat: Tensor) -> Tensor:
        rho_hat = torch.mean(torch.sigmoid(rho_hat), 1)
        rho_t = torch.tensor([rho] * len(rho_hat))
        return torch.sum(rho_t * torch.log(rho_t / rho_hat) + (1 - rho_t) * torch.log((1 - rho_t) / (1 - rho_hat)))

    def sparse_loss(rho: float, images: Tensor) -> Tensor:
        values, loss = images, torch.zeros(())
        for i in range(len(model_children)):
            values = model_children[i](values)
            loss = loss + kl_divergence(rho, values)
        return loss

    def loss(outputs: Tensor, target: Tensor) -> Tensor:
        return nn.MSELoss()(outputs, target) + 0.001 * sparse_loss(0.05, target)

    return call(model, img, img, loss)


@brought("mlp")
def discrepancy_of_kernels() -> Call:
    """MMD-VAE of Saswatm123: a Gaussian kernel of all pairs, by expand and unsqueeze"""

    def compute_kernel(x: Tensor, y: Tensor) -> Tensor:
        x_size, y_size, dim = x.size(0), y.size(0), x.size(1)
        tiled_x = x.unsqueeze(1).expand(x_size, y_size, dim)
        tiled_y = y.unsqueeze(0).expand(x_size, y_size, dim)
        kernel_input = (tiled_x - tiled_y).pow(2).mean(2) / float(dim)
        return torch.exp(-kernel_input)

    def loss(output: tuple[Tensor, Tensor], target: tuple[Tensor, Tensor]) -> Tensor:
        (recon, z), (x, true_samples) = output, target
        mmd = compute_kernel(true_samples, true_samples).mean() + compute_kernel(z, z).mean()
        mmd = mmd - 2 * compute_kernel(true_samples, z).mean()
        return (recon - x).pow(2).mean() + mmd

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(6, 5), nn.Hardtanh(-0.5, 1.5), nn.Linear(5, 2))
            self.decoder = nn.Sequential(
                nn.Linear(2, 5), nn.RReLU(), nn.Linear(5, 6), nn.Softplus(beta=2, threshold=10)
            )

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            z = self.encoder(x)
            return self.decoder(z), z

    x = torch.rand(4, 6)
    return call(Net().eval(), x, (x, torch.randn(5, 2)), loss)


@brought("mlp")
def conditional_vae() -> Call:
    """a VAE with classes of timbmg: one-hot made with scatter_, modules named in a loop, noise handed in"""

    def idx2onehot(idx: Tensor, n: int) -> Tensor:
        assert torch.max(idx).item() < n
        if idx.dim() == 1:
            idx = idx.unsqueeze(1)
        onehot = torch.zeros(idx.size(0), n).to(idx.device)
        onehot.scatter_(1, idx, 1)
        return onehot

    class VAE(nn.Module):
        def __init__(self, sizes: list[int], latent: int, n: int) -> None:
            super().__init__()
            assert isinstance(sizes, list) and isinstance(latent, int)
            self.n, self.MLP = n, nn.Sequential()
            for i, (a, b) in enumerate(zip([sizes[0] + n], sizes[1:], strict=True)):
                self.MLP.add_module(name=f"L{i:d}", module=nn.Linear(a, b))
                self.MLP.add_module(name=f"A{i:d}", module=nn.ReLU())
            self.linear_means, self.linear_log_var = nn.Linear(sizes[-1], latent), nn.Linear(sizes[-1], latent)
            self.out = nn.Sequential(nn.Linear(latent + n, sizes[0]), nn.Sigmoid())

        def forward(self, x: Tensor, c: Tensor, eps: Tensor) -> tuple[Tensor, ...]:
            if x.dim() > 2:
                x = x.view(-1, 2 * 3)
            c = idx2onehot(c, n=self.n)
            h = self.MLP(torch.cat((x, c), dim=-1))
            means, log_var = self.linear_means(h), self.linear_log_var(h)
            z = means + eps * torch.exp(0.5 * log_var)
            return self.out(torch.cat((z, c), dim=-1)), means, log_var

    def loss_fn(output: tuple[Tensor, ...], x: Tensor) -> Tensor:
        recon_x, mean, log_var = output
        BCE = F.binary_cross_entropy(recon_x.view(-1, 6), x.view(-1, 6), reduction="sum")
        KLD = -0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
        return (BCE + KLD) / x.size(0)

    x = torch.rand(3, 1, 2, 3)
    return call(VAE([6, 5], 2, 3), (x, classes(3, 3), torch.randn(3, 2)), x, loss_fn)
