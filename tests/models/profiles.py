"""MLPs: autoencoders, flows, fields of coordinates, splines, as repositories write them."""

import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class VanillaVAE(nn.Module):
    def __init__(self, in_channels: int, latent_dim: int, hidden_dims: list[int] | None = None, **kwargs: Any) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        modules: list[nn.Module] = []
        if hidden_dims is None:
            hidden_dims = [2, 3]
        for h_dim in hidden_dims:
            modules.append(nn.Sequential(nn.Conv2d(in_channels, h_dim, 3, 2, 1), nn.BatchNorm2d(h_dim), nn.LeakyReLU()))
            in_channels = h_dim
        self.encoder = nn.Sequential(*modules)
        self.fc_mu = nn.Linear(hidden_dims[-1] * 4, latent_dim)
        self.fc_var = nn.Linear(hidden_dims[-1] * 4, latent_dim)
        self.decoder_input = nn.Linear(latent_dim, hidden_dims[-1] * 4)
        hidden_dims = hidden_dims[::-1]
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(hidden_dims[0], hidden_dims[1], kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(hidden_dims[1]), nn.LeakyReLU(),
            nn.ConvTranspose2d(hidden_dims[1], 1, 3, 2, 1, output_padding=1), nn.Tanh(),
        )  # fmt: skip

    def encode(self, input: Tensor) -> list[Tensor]:
        result = self.encoder(input)
        result = torch.flatten(result, start_dim=1)
        return [self.fc_mu(result), self.fc_var(result)]

    def reparameterize(self, mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
        std = torch.exp(0.5 * logvar)
        return eps * std + mu

    def forward(self, input: Tensor, eps: Tensor, **kwargs: Any) -> list[Tensor]:
        mu, log_var = self.encode(input)
        z = self.reparameterize(mu, log_var, eps)
        result = self.decoder_input(z).view(-1, 3, 2, 2)
        return [self.decoder(result), input, mu, log_var]


def vae_loss(args: list[Tensor], target: Any, **kwargs: Any) -> Tensor:
    recons, input, mu, log_var = args
    kld_weight = 0.00025
    recons_loss = F.mse_loss(recons, input)
    kld_loss = torch.mean(-0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp(), dim=1), dim=0)
    loss = recons_loss + kld_weight * kld_loss
    return {"loss": loss, "Reconstruction_Loss": recons_loss.detach(), "KLD": -kld_loss.detach()}["loss"]


@brought("mlp")
def vanilla_vae() -> Call:
    """AntixK's vanilla VAE: outputs in a list together with the input, losses in a dictionary, noise given"""
    return call(VanillaVAE(1, 2), (torch.rand(3, 1, 8, 8), torch.randn(3, 2)), None, vae_loss)


class VectorQuantizer(nn.Module):
    def __init__(self, n_e: int = 4, e_dim: int = 2, beta: float = 0.25) -> None:
        super().__init__()
        self.n_e, self.e_dim, self.beta = n_e, e_dim, beta
        self.embedding = nn.Embedding(self.n_e, self.e_dim)
        self.embedding.weight.data.uniform_(-1.0 / self.n_e, 1.0 / self.n_e)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        z = z.permute(0, 2, 3, 1).contiguous()
        z_flattened = z.view(-1, self.e_dim)
        d = (
            torch.sum(z_flattened**2, dim=1, keepdim=True)
            + torch.sum(self.embedding.weight**2, dim=1)
            - 2 * torch.matmul(z_flattened, self.embedding.weight.t())
        )
        min_encoding_indices = torch.argmin(d, dim=1).unsqueeze(1)
        min_encodings = torch.zeros(min_encoding_indices.shape[0], self.n_e).to(z)
        min_encodings.scatter_(1, min_encoding_indices, 1)
        z_q = torch.matmul(min_encodings, self.embedding.weight).view(z.shape)
        loss = torch.mean((z_q.detach() - z) ** 2) + self.beta * torch.mean((z_q - z.detach()) ** 2)
        z_q = z + (z_q - z).detach()
        return loss, z_q.permute(0, 3, 1, 2).contiguous()


class VQVAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(1, 2, 4, 2, 1)
        self.vq = VectorQuantizer()
        self.decoder = nn.ConvTranspose2d(2, 1, 4, 2, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        embedding_loss, z_q = self.vq(self.encoder(x))
        return embedding_loss, self.decoder(z_q)


def vq_loss(outputs: tuple[Tensor, Tensor], x: Tensor) -> Tensor:
    embedding_loss, x_hat = outputs
    recon_loss = torch.mean((x_hat - x) ** 2) / 0.06
    return recon_loss + embedding_loss


@brought("mlp")
def vq_vae_of_mishalaskin() -> Call:
    """MishaLaskin's VQ-VAE: the nearest code by argmin and scatter, the straight-through trick"""
    x = torch.rand(1, 1, 6, 6)
    return call(VQVAE(), x, x.clone(), vq_loss)


class AffineCoupling(nn.Module):
    def __init__(self, mask: Tensor, hidden: int = 4) -> None:
        super().__init__()
        self.register_buffer("mask", mask)
        self.s = nn.Sequential(nn.Linear(2, hidden), nn.LeakyReLU(), nn.Linear(hidden, 2), nn.Tanh())
        self.t = nn.Sequential(nn.Linear(2, hidden), nn.LeakyReLU(), nn.Linear(hidden, 2))


class RealNVP(nn.Module):
    def __init__(self, masks: Tensor) -> None:
        super().__init__()
        self.flows = nn.ModuleList([AffineCoupling(m) for m in masks])

    def f(self, x: Tensor) -> tuple[Tensor, Tensor]:
        log_det_J, z = x.new_zeros(x.shape[0]), x
        for i in reversed(range(len(self.flows))):
            z_ = self.flows[i].mask * z
            s = self.flows[i].s(z_) * (1 - self.flows[i].mask)
            t = self.flows[i].t(z_) * (1 - self.flows[i].mask)
            z = (1 - self.flows[i].mask) * (z - t) * torch.exp(-s) + z_
            log_det_J -= s.sum(dim=1)
        return z, log_det_J

    def forward(self, x: Tensor) -> Tensor:
        z, logp = self.f(x)
        log_prob = -0.5 * (z**2 + np.log(2 * np.pi)).sum(-1)
        return log_prob + logp


@brought("mlp")
def real_nvp() -> Call:
    """the RealNVP notebook of senya-ashukha: masks as buffers, a loop backwards, minus the mean log-likelihood"""
    masks = torch.from_numpy(np.array([[0, 1], [1, 0]] * 2).astype(np.float32))
    return call(RealNVP(masks), torch.randn(4, 2), None, lambda log_prob, target: -log_prob.mean())


class Embedder:
    def __init__(self, **kwargs: Any) -> None:
        self.kwargs = kwargs
        self.create_embedding_fn()

    def create_embedding_fn(self) -> None:
        embed_fns = []
        if self.kwargs["include_input"]:
            embed_fns.append(lambda x: x)
        freq_bands = 2.0 ** torch.linspace(0.0, self.kwargs["num_freqs"] - 1, steps=self.kwargs["num_freqs"])
        for freq in freq_bands:
            for p_fn in (torch.sin, torch.cos):
                embed_fns.append(lambda x, p_fn=p_fn, freq=freq: p_fn(x * freq))
        self.embed_fns = embed_fns

    def embed(self, inputs: Tensor) -> Tensor:
        return torch.cat([fn(inputs) for fn in self.embed_fns], -1)


class NeRF(nn.Module):
    def __init__(self, D: int = 3, W: int = 6, input_ch: int = 9, input_ch_views: int = 9, skips: Any = (1,)) -> None:
        super().__init__()
        self.input_ch, self.input_ch_views, self.skips = input_ch, input_ch_views, skips
        self.embedder = Embedder(include_input=True, num_freqs=1)
        self.pts_linears = nn.ModuleList(
            [nn.Linear(input_ch, W)]
            + [nn.Linear(W, W) if i not in skips else nn.Linear(W + input_ch, W) for i in range(D - 1)]
        )
        self.views_linears = nn.ModuleList([nn.Linear(input_ch_views + W, W // 2)])
        self.feature_linear = nn.Linear(W, W)
        self.alpha_linear = nn.Linear(W, 1)
        self.rgb_linear = nn.Linear(W // 2, 3)

    def forward(self, pts: Tensor, views: Tensor) -> Tensor:
        x = torch.cat([self.embedder.embed(pts.reshape(-1, 3)), self.embedder.embed(views.reshape(-1, 3))], -1)
        input_pts, input_views = torch.split(x, [self.input_ch, self.input_ch_views], dim=-1)
        h = input_pts
        for i, _l in enumerate(self.pts_linears):
            h = self.pts_linears[i](h)
            h = F.relu(h)
            if i in self.skips:
                h = torch.cat([input_pts, h], -1)
        alpha = self.alpha_linear(h)
        feature = self.feature_linear(h)
        h = torch.cat([feature, input_views], -1)
        for i, _l in enumerate(self.views_linears):
            h = F.relu(self.views_linears[i](h))
        rgb = self.rgb_linear(h)
        outputs = torch.cat([rgb, alpha], -1)
        return outputs.reshape(*pts.shape[:-1], 4)


def rendered(raw: Tensor, target: Tensor) -> Tensor:
    dists = torch.full(raw.shape[:-1], 0.5)
    rgb = torch.sigmoid(raw[..., :3])
    alpha = 1.0 - torch.exp(-F.relu(raw[..., 3]) * dists)
    transmitted = torch.cumprod(torch.cat([torch.ones((alpha.shape[0], 1)), 1.0 - alpha + 1e-10], -1), -1)[:, :-1]
    weights = alpha * transmitted
    rgb_map = torch.sum(weights[..., None] * rgb, -2)
    return torch.mean((rgb_map - target) ** 2)


@brought("mlp")
def nerf_rendered() -> Call:
    """yenchenlin's NeRF: encoded positions, a skip, rays rendered with cumprod"""
    return call(NeRF(), (torch.rand(2, 3, 3), torch.rand(2, 3, 3)), torch.rand(2, 3), rendered)


class KANLinear(nn.Module):
    def __init__(self, in_features: int, out_features: int, grid_size: int = 2, spline_order: int = 2) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.grid_size, self.spline_order = grid_size, spline_order
        h = 2 / grid_size
        grid = (torch.arange(-spline_order, grid_size + spline_order + 1) * h + -1).expand(in_features, -1).contiguous()
        self.register_buffer("grid", grid)
        self.base_weight = nn.Parameter(torch.Tensor(out_features, in_features))
        self.spline_weight = nn.Parameter(torch.randn(out_features, in_features, grid_size + spline_order) * 0.1)
        self.spline_scaler = nn.Parameter(torch.Tensor(out_features, in_features))
        self.base_activation = nn.SiLU()
        nn.init.kaiming_uniform_(self.base_weight, a=math.sqrt(5))
        nn.init.kaiming_uniform_(self.spline_scaler, a=math.sqrt(5))

    def b_splines(self, x: Tensor) -> Tensor:
        assert x.dim() == 2 and x.size(1) == self.in_features
        grid: Tensor = self.grid
        x = x.unsqueeze(-1)
        bases = ((x >= grid[:, :-1]) & (x < grid[:, 1:])).to(x.dtype)
        for k in range(1, self.spline_order + 1):
            bases = ((x - grid[:, : -(k + 1)]) / (grid[:, k:-1] - grid[:, : -(k + 1)]) * bases[:, :, :-1]) + (
                (grid[:, k + 1 :] - x) / (grid[:, k + 1 :] - grid[:, 1:(-k)]) * bases[:, :, 1:]
            )
        assert bases.size() == (x.size(0), self.in_features, self.grid_size + self.spline_order)
        return bases.contiguous()

    @property
    def scaled_spline_weight(self) -> Tensor:
        return self.spline_weight * self.spline_scaler.unsqueeze(-1)

    def forward(self, x: Tensor) -> Tensor:
        assert x.size(-1) == self.in_features
        original_shape = x.shape
        x = x.reshape(-1, self.in_features)
        base_output = F.linear(self.base_activation(x), self.base_weight)
        spline_output = F.linear(
            self.b_splines(x).view(x.size(0), -1), self.scaled_spline_weight.view(self.out_features, -1)
        )
        output = base_output + spline_output
        return output.reshape(*original_shape[:-1], self.out_features)


@brought("mlp")
def efficient_kan() -> Call:
    """Blealtan's efficient-kan: B-splines by their recursion over comparisons with a grid"""
    model = nn.Sequential(KANLinear(2, 3), KANLinear(3, 2))
    return call(model, torch.rand(4, 2) * 2 - 1, classes(2, 4), nn.CrossEntropyLoss())
