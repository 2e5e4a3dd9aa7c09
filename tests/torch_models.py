"""Models of torch in every form that from_torch knows; their numbers are seeded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import torch
from pointwise import defined_for_all
from torch import nn
from torch.nn import functional as F

from symconv.networks.layers.layers import ACTIVATIONS, POINTWISE, Detach, GeluTanh

Tensor = torch.Tensor


@dataclass(frozen=True)
class Example:
    """A model, its input, its target, and what else from_torch is given."""

    model: Callable[[], nn.Module]
    shape: tuple[int, ...]
    target: Any
    options: dict[str, Any] = field(default_factory=dict)
    train: bool = False

    def build(self) -> tuple[nn.Module, Tensor]:
        """The model, its numbers spread so that no two sums meet at a kink, and an input."""
        torch.manual_seed(len(self.shape) * 100 + self.shape[0])
        model = self.model()
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2.0)
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.weight is not None:
                nn.init.normal_(module.weight, 1.0, 0.3)
                nn.init.normal_(module.bias)
        return model.train(self.train), torch.randn(self.shape)


class LeNet(nn.Module):
    """LeNet-5 as it is written today."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def classic_lenet() -> nn.Module:
    """LeNet-5 with tanh and mean pooling."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


class Block(nn.Module):
    """Two convolutions with batch normalisation, and what came in added; one ReLU called twice."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels, affine=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)


class Residual(nn.Module):
    """A small residual network; an optional argument that nobody gives."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 2, 3, stride=2, padding=1)
        self.block = Block(2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2, 3)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.stem(x)
        if mask is not None:
            x = x + mask
        return self.fc(torch.flatten(self.pool(self.block(x)), 1))


class Functions(nn.Module):
    """Every function of torch that is known, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 2)
        self.fc = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)  # (2, 2, 8, 8)
        a = F.leaky_relu(x, 0.2) + F.elu(x, alpha=0.5)
        b = torch.add(torch.sigmoid(x), torch.tanh(x))
        c = F.gelu(a).add(F.softplus(b)).contiguous()
        c = F.dropout(c, 0.3, training=self.training)
        c = F.max_pool2d(c, 3, stride=1, padding=1) + F.avg_pool2d(c, (3, 3), 1, 1, count_include_pad=False)
        c = F.adaptive_max_pool2d(c, 4) + F.adaptive_avg_pool2d(c, 4)
        c = F.adaptive_avg_pool2d(c, (2, 2)) + F.avg_pool2d(c, c.size(3) // 2)
        c = torch.relu(F.relu_(c))
        return self.fc(torch.reshape(c, (c.shape[0], -1)))


class Methods(nn.Module):
    """Every method of a tensor that is known, each once; a layer whose name Python keeps for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.y = nn.Linear(6, 4)
        self.t = nn.Linear(4, 3)
        setattr(self, "lambda", nn.Tanh())
        self.X = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.X(self.y(x.flatten(1)))
        x = x.relu().add(x.sigmoid()).add_(x.tanh())
        return self.t(getattr(self, "lambda")(x.reshape(x.size(0), 4)))


class Unbatched(nn.Module):
    """One image without a batch axis."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, (2, 3), dilation=(2, 1))
        self.fc = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.adaptive_max_pool2d(torch.relu(self.conv(x)), 1).view(-1))


def strided_and_grouped() -> nn.Module:
    """Strides, groups, dilation, both paddings in words, an even kernel among them."""
    return nn.Sequential(
        nn.Conv2d(4, 4, 3, stride=(2, 1), padding=(1, 0), groups=2),
        nn.LeakyReLU(0.1),
        nn.Conv2d(4, 4, (2, 3), padding="same", groups=4),
        nn.ELU(0.5),
        nn.Conv2d(4, 2, 2, padding="valid", dilation=2),
        nn.Flatten(),
        nn.Linear(2 * 2 * 3, 3),
    )


def overlapping(ceil: bool) -> Callable[[], nn.Module]:
    """Max pooling of ResNet's stem."""
    return lambda: nn.Sequential(
        nn.Conv2d(1, 2, 2),
        nn.MaxPool2d(3, 2, 1, ceil_mode=ceil),
        nn.AvgPool2d(2, 2, ceil_mode=ceil),
        nn.Flatten(),
        nn.Linear(8 if ceil else 2, 2),
    )


def one_dimension(bias: bool) -> Callable[[], nn.Module]:
    """Convolution, its transpose, normalisation and pools along one axis."""
    return lambda: nn.Sequential(
        nn.Conv1d(2, 3, 3, bias=bias),
        nn.BatchNorm1d(3),
        nn.GELU(),
        nn.MaxPool1d(2),
        nn.ConvTranspose1d(3, 2, 3, stride=2, padding=1, output_padding=1),
        nn.Softplus(),
        nn.AvgPool1d(2),
        nn.AdaptiveMaxPool1d(1),
        nn.Flatten(),
        nn.Linear(2, 2),
    )


def three_dimensions() -> nn.Module:
    """The same in space."""
    return nn.Sequential(
        nn.Conv3d(1, 2, 2),
        nn.Sigmoid(),
        nn.BatchNorm3d(2),
        nn.MaxPool3d((1, 2, 2)),
        nn.ConvTranspose3d(2, 2, 2, groups=2),
        nn.AvgPool3d(2, 1, 1),
        nn.Dropout3d(0.2),
        nn.AdaptiveAvgPool3d((4, 2, None)),
        nn.AdaptiveMaxPool3d((2, 1, 1)),
        nn.Flatten(),
        nn.Linear(4, 2),
    )


def flat() -> nn.Module:
    """Vectors only: normalised, some dropped, scores for each entry."""
    return nn.Sequential(
        nn.Linear(4, 3),
        nn.BatchNorm1d(3, eps=1e-3),
        nn.Dropout(0.25),
        nn.Dropout(0.0),
        nn.Identity(),
        nn.ReLU(),
        nn.Linear(3, 2, bias=False),
    )


def transposed() -> nn.Module:
    """Transposed convolution in two dimensions, normalised without running statistics; pools that divide."""
    return nn.Sequential(
        nn.ConvTranspose2d(2, 3, (3, 2), (2, 1), padding=(0, 1), output_padding=(1, 0), dilation=(1, 2), bias=False),
        nn.BatchNorm2d(3, track_running_stats=False),
        nn.AdaptiveMaxPool2d((4, 3)),
        nn.AdaptiveAvgPool2d((2, 1)),
        nn.Flatten(1, -1),
        nn.Linear(6, 2),
    )


def pools_of_one_axis() -> nn.Module:
    """Without a batch: (C, L) in a pool must not be taken for an image."""
    return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(0), nn.Linear(3, 2))


# what torch has no default for
NEEDED = {"pow": (2,), "clamp": (-4, 4), "clamp_min": (-3,), "clamp_max": (3,), "threshold": (-5, -6)}


def activations() -> nn.Module:
    """Every function of one number."""
    known = (getattr(nn, x.torch.module)(*NEEDED.get(x.kind, ())) for x in POINTWISE if x.torch.module)
    return nn.Sequential(nn.Linear(3, 4), *known, nn.GELU("tanh"), nn.Linear(4, 2))


def called() -> nn.Module:
    """Each as a function; dropout in one mode only, so that it is no part of this, nor what stops the gradient."""

    class Called(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(3, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = self.fc(x)
            for layer in (layer for layer in ACTIVATIONS if layer not in (GeluTanh, Detach)):
                x = x if defined_for_all(layer.kind) else F.softplus(x)
                function = attrgetter(layer.torch.path or f"nn.functional.{layer.kind}")(torch)
                x = function(x, *NEEDED.get(layer.kind, ()))
            x = x.square().exp().log().sqrt().rsqrt().reciprocal().abs().pow(-1.5)
            return F.gelu(x.sin().cos(), approximate="tanh")

    return Called()


EXAMPLES = {
    "activations": Example(activations, (2, 3), [0, 1]),
    "activations called": Example(called, (2, 3), [0, 1]),
    "lenet": Example(LeNet, (1, 1, 28, 28), [3]),
    "lenet, two images": Example(LeNet, (2, 1, 28, 28), torch.tensor([7, 0])),
    "classic lenet": Example(classic_lenet, (1, 1, 28, 28), torch.tensor([9])),
    "strided and grouped": Example(strided_and_grouped, (2, 4, 7, 7), [2, 0], {"label_smoothing": 0.1}),
    "overlapping": Example(overlapping(False), (2, 1, 6, 6), [[0.25, 0.75], [1.0, 0.0]]),
    "overlapping, ceil": Example(overlapping(True), (2, 1, 7, 7), torch.tensor([[0.25, 0.75], [1.0, 0.0]])),
    "residual": Example(Residual, (2, 1, 6, 5), [2, 0]),
    "residual, training": Example(Residual, (2, 1, 6, 5), [2, 0], {"reduction": "sum"}, train=True),
    "functions": Example(Functions, (2, 2, 9, 9), [0, 1]),
    "methods": Example(Methods, (2, 2, 3), [0, 1]),
    "unbatched": Example(Unbatched, (2, 6, 5), 1),
    "one dimension": Example(one_dimension(True), (2, 2, 8), [0, 1]),
    "one dimension, training": Example(one_dimension(False), (2, 2, 8), [0, 1], train=True),
    "three dimensions": Example(three_dimensions, (2, 1, 3, 5, 5), [1, 1]),
    "flat": Example(flat, (2, 4), torch.tensor([[0.5, 1.0], [-1.0, 0.25]]), {"loss": "mse"}),
    "flat, loss of torch": Example(flat, (2, 4), [[0, 1], [0.5, 1]], {"loss": nn.BCEWithLogitsLoss(reduction="sum")}),
    "transposed": Example(transposed, (2, 2, 3, 3), [0, 1], {"loss": nn.CrossEntropyLoss(label_smoothing=0.25)}),
    "pools of one axis": Example(pools_of_one_axis, (3, 4), torch.tensor(1)),
}
