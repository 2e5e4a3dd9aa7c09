"""Losses that compare: twins, teachers, grades in order, real and generated images."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


@brought("cnn")
def twins_decorrelated() -> Call:
    """Barlow Twins of facebookresearch: all but the diagonal of a correlation by a view of the rest"""

    def off_diagonal(x: Tensor) -> Tensor:
        n, m = x.shape
        assert n == m
        return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()

    class BarlowTwins(nn.Module):
        def __init__(self, projector: str = "4-5-3") -> None:
            super().__init__()
            self.backbone = nn.Sequential(
                nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Identity()
            )
            sizes = [4, *map(int, projector.split("-"))]
            layers: list[nn.Module] = []
            for i in range(len(sizes) - 2):
                layers.append(nn.Linear(sizes[i], sizes[i + 1], bias=False))
                layers.append(nn.BatchNorm1d(sizes[i + 1]))
                layers.append(nn.ReLU(inplace=True))
            layers.append(nn.Linear(sizes[-2], sizes[-1], bias=False))
            self.projector, self.bn = nn.Sequential(*layers), nn.BatchNorm1d(sizes[-1], affine=False)

        def forward(self, y1: Tensor, y2: Tensor) -> Tensor:
            z1, z2 = self.projector(self.backbone(y1)), self.projector(self.backbone(y2))
            c = self.bn(z1).T @ self.bn(z2)
            c.div_(y1.shape[0])
            on_diag = torch.diagonal(c).add_(-1).pow_(2).sum()
            off_diag = off_diagonal(c).pow_(2).sum()
            return on_diag + 0.0051 * off_diag

    return call(BarlowTwins(), (torch.randn(4, 1, 5, 5), torch.randn(4, 1, 5, 5)), None, lambda value, _: value)


@brought("cnn")
def attention_transferred() -> Call:
    """attention transfer of szagoruyko: the maps of squares normalised, a softened KL divergence"""

    def at(x: Tensor) -> Tensor:
        return F.normalize(x.pow(2).mean(1).view(x.size(0), -1))

    def at_loss(x: Tensor, y: Tensor) -> Tensor:
        return (at(x) - at(y)).pow(2).mean()

    def distillation(y: Tensor, teacher_scores: Tensor, labels: Tensor, T: float = 4, alpha: float = 0.9) -> Tensor:
        p, q = F.log_softmax(y / T, dim=1), F.softmax(teacher_scores / T, dim=1)
        l_kl = F.kl_div(p, q, reduction="sum") * (T**2) / y.shape[0]
        return l_kl * alpha + F.cross_entropy(y, labels) * (1.0 - alpha)

    def block(i: int, o: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(i, o, 3, 1, 1), nn.BatchNorm2d(o), nn.ReLU(inplace=True), nn.MaxPool2d(2))

    class Student(nn.Module):
        def __init__(self, widths: list[int]) -> None:
            super().__init__()
            self.blocks = nn.ModuleList([block(i, o) for i, o in zip([1, *widths], widths, strict=False)])
            self.head = nn.Linear(widths[-1], 3)

        def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
            feats = []
            for b in self.blocks:
                x = b(x)
                feats.append(x)
            return self.head(x.mean((-2, -1))), feats

    teacher = Student([4, 6]).eval().requires_grad_(False)
    image = torch.randn(2, 1, 8, 8)
    with torch.no_grad():
        scores, maps = teacher(image)

    def loss(output: Any, labels: Tensor) -> Tensor:
        y, feats = output
        groups = [at_loss(s, t) for s, t in zip(feats, maps, strict=True)]
        return distillation(y, scores, labels) + 1000 / 2 * sum(groups)

    return call(Student([2, 3]), image, classes(3, 2), loss)


@brought("mlp")
def ordered_grades() -> Call:
    """coral-pytorch of Raschka: one weight and a bias for each grade, levels made in a list"""

    class CoralLayer(nn.Module):
        def __init__(self, size_in: int, num_classes: int, preinit_bias: bool = True) -> None:
            super().__init__()
            self.size_in, self.size_out = size_in, 1
            self.coral_weights = nn.Linear(self.size_in, 1, bias=False)
            if preinit_bias:
                self.coral_bias = nn.Parameter(torch.arange(num_classes - 1, 0, -1).float() / (num_classes - 1))
            else:
                self.coral_bias = nn.Parameter(torch.zeros(num_classes - 1).float())

        def forward(self, x: Tensor) -> Tensor:
            return self.coral_weights(x) + self.coral_bias

    def label_to_levels(label: int, num_classes: int) -> Tensor:
        return torch.tensor([1] * label + [0] * (num_classes - 1 - label), dtype=torch.float32)

    def coral_loss(
        logits: Tensor, levels: Tensor, importance_weights: Tensor | None = None, reduction: str = "mean"
    ) -> Tensor:
        if not logits.shape == levels.shape:
            raise ValueError(
                f"Please ensure that logits ({logits.shape}) has the same shape as levels ({levels.shape})."
            )
        term1 = F.logsigmoid(logits) * levels + (F.logsigmoid(logits) - logits) * (1 - levels)
        if importance_weights is not None:
            term1 *= importance_weights
        val = -torch.sum(term1, dim=1)
        return torch.mean(val) if reduction == "mean" else torch.sum(val)

    model = nn.Sequential(nn.Linear(5, 4), nn.LeakyReLU(), nn.Dropout(0.0), CoralLayer(4, 4))
    levels = torch.stack([label_to_levels(k, 4) for k in (0, 3, 1)])
    return call(
        model,
        torch.randn(3, 5),
        levels,
        lambda out, y: coral_loss(out, y, importance_weights=torch.tensor([1.0, 0.5, 2.0])),
    )


@brought("mlp")
def radial_basis_of_jeremylinux() -> Call:
    """PyTorch-Radial-Basis-Function-Layer: centres by expand, a basis function by name, supervised contrast on top"""

    def gaussian(alpha: Tensor) -> Tensor:
        return torch.exp(-1 * alpha.pow(2))

    def inverse_multiquadric(alpha: Tensor) -> Tensor:
        return torch.ones_like(alpha) / (torch.ones_like(alpha) + alpha.pow(2)).pow(0.5)

    bases = {"gaussian": gaussian, "inverse multiquadric": inverse_multiquadric}

    class RBF(nn.Module):
        def __init__(self, in_features: int, out_features: int, basis_func: Any) -> None:
            super().__init__()
            self.in_features, self.out_features = in_features, out_features
            self.centres = nn.Parameter(torch.Tensor(out_features, in_features))
            self.log_sigmas = nn.Parameter(torch.Tensor(out_features))
            self.basis_func = basis_func
            nn.init.normal_(self.centres, 0, 1)
            nn.init.constant_(self.log_sigmas, 0)

        def forward(self, input: Tensor) -> Tensor:
            size = (input.size(0), self.out_features, self.in_features)
            x = input.unsqueeze(1).expand(size)
            c = self.centres.unsqueeze(0).expand(size)
            distances = (x - c).pow(2).sum(-1).pow(0.5) / torch.exp(self.log_sigmas).unsqueeze(0)
            return self.basis_func(distances)

    def sup_con(features: Tensor, labels: Tensor, temperature: float = 0.5) -> Tensor:
        features = F.normalize(features, p=2, dim=-1)
        labels = labels.contiguous().view(-1, 1)
        mask = torch.eq(labels, labels.T).float()
        anchor_dot_contrast = torch.div(torch.matmul(features, features.T), temperature)
        logits_max, _ = torch.max(anchor_dot_contrast, dim=1, keepdim=True)
        logits = anchor_dot_contrast - logits_max.detach()
        logits_mask = torch.scatter(torch.ones_like(mask), 1, torch.arange(len(labels)).view(-1, 1), 0)
        mask = mask * logits_mask
        exp_logits = torch.exp(logits) * logits_mask
        log_prob = logits - torch.log(exp_logits.sum(1, keepdim=True))
        mask_pos_pairs = mask.sum(1)
        mask_pos_pairs = torch.where(mask_pos_pairs < 1e-6, 1, mask_pos_pairs)
        mean_log_prob_pos = (mask * log_prob).sum(1) / mask_pos_pairs
        return -mean_log_prob_pos.view(1, len(labels)).mean()

    layers = [RBF(3, 4, bases["gaussian"]), nn.Linear(4, 5), RBF(5, 4, bases["inverse multiquadric"]), nn.Linear(4, 3)]
    return call(nn.Sequential(*layers), torch.randn(5, 3), torch.tensor([0, 1, 0, 2, 1]), sup_con)


@brought("gan")
def boundary_equilibrium() -> Call:
    """BEGAN of eriklindernoren: the discriminator is an autoencoder, real less k times generated"""

    class Discriminator(nn.Module):
        def __init__(self, img_size: int = 8, channels: int = 1) -> None:
            super().__init__()
            self.down = nn.Sequential(nn.Conv2d(channels, 4, 3, 2, 1), nn.ReLU())
            self.down_size = img_size // 2
            down_dim = 4 * (img_size // 2) ** 2
            self.fc = nn.Sequential(
                nn.Linear(down_dim, 3), nn.BatchNorm1d(3, 0.8), nn.ReLU(inplace=True),
                nn.Linear(3, down_dim), nn.BatchNorm1d(down_dim), nn.ReLU(inplace=True),
            )  # fmt: skip
            self.up = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(4, channels, 3, 1, 1))

        def forward(self, img: Tensor) -> Tensor:
            out = self.down(img)
            out = self.fc(out.view(out.size(0), -1))
            return self.up(out.view(out.size(0), 4, self.down_size, self.down_size))

    model = Discriminator()
    gen_imgs = torch.randn(3, 1, 8, 8)
    fakes = torch.rand(3, 1, 8, 8)

    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.discriminator = model

        def forward(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
            d_loss_real = torch.mean(torch.abs(self.discriminator(real) - real))
            d_loss_fake = torch.mean(torch.abs(self.discriminator(fake.detach()) - fake.detach()))
            return d_loss_real, d_loss_fake

    return call(Pair(), (gen_imgs, fakes), 0.3, lambda out, k: out[0] - k * out[1])
