"""What stands in many models and in no paper: own flattening, scaled inputs, checks of shapes, masks, ensembles."""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


class Flatten(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.view(x.size()[0], -1)


class View(nn.Module):
    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.view(-1, *self.shape)


@brought("cnn")
def own_flatten() -> Call:
    """a module of one's own that flattens, as from before nn.Flatten"""
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), Flatten(), nn.Linear(12, 4))
    return call(model, torch.randn(2, 1, 6, 6), classes(4, 2), nn.CrossEntropyLoss())


@brought("cnn")
def own_view() -> Call:
    """vectors made images by a module of one's own, then flat again"""
    model = nn.Sequential(View(1, 6, 6), nn.Conv2d(1, 3, 3), nn.ReLU(), View(48), nn.Linear(48, 4))
    return call(model, torch.randn(2, 36), classes(4, 2), nn.CrossEntropyLoss())


class Normalized(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = (x - self.mean) / self.std
        return self.model(x)


@brought("cnn")
def images_normalised_inside() -> Call:
    """mean and deviation of the images as buffers of the model"""
    model = nn.Sequential(nn.Conv2d(3, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    return call(Normalized(model), torch.rand(2, 3, 5, 5), classes(2, 2), nn.CrossEntropyLoss())


class ConcatPool(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ap, self.mp = nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.mp(x), self.ap(x)], 1)


@brought("cnn")
def mean_and_maximum() -> Call:
    """mean and maximum over all places side by side, before a head with batch normalisation, in training"""
    head = [
        ConcatPool(),
        nn.Flatten(),
        nn.BatchNorm1d(6),
        nn.Linear(6, 4, bias=False),
        nn.ReLU(inplace=True),
        nn.Linear(4, 2),
    ]
    return call(nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), *head), torch.randn(3, 1, 6, 6), classes(2, 3))


class Checked(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.conv = nn.Conv2d(in_channels, 3, 3)
        self.fc = nn.Linear(48, 2)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 3:
            x = x.unsqueeze(0)
        if x.shape[1] != self.in_channels:
            raise ValueError(f"expected {self.in_channels} channels, got {x.shape[1]}")
        assert x.shape[2] == x.shape[3], "images must be square"
        x = F.relu(self.conv(x))
        return self.fc(x.reshape(x.shape[0], -1))


@brought("cnn")
def shapes_checked() -> Call:
    """a forward pass that looks at the shape of its input first"""
    return call(Checked(1), torch.randn(2, 1, 6, 6), classes(2, 2), nn.CrossEntropyLoss())


class ChannelsLast(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3)
        self.fc = nn.Linear(27, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 3, 1, 2)
        x = torch.relu(self.conv(x))
        return self.fc(x.flatten(start_dim=1))


@brought("cnn")
def channels_last() -> Call:
    """images as a camera gives them, with the channels last"""
    return call(ChannelsLast(), torch.rand(2, 5, 5, 3), classes(2, 2), nn.CrossEntropyLoss())


class Grey(nn.Module):
    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, x: Tensor) -> Tensor:
        if x.size(1) == 1:
            x = x.repeat(1, 3, 1, 1)
        return self.backbone(x).squeeze()


@brought("cnn")
def grey_as_colours() -> Call:
    """a grey image three times over, for a network of coloured ones; squeezed at the end"""
    backbone = nn.Sequential(nn.Conv2d(3, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 1))
    return call(Grey(backbone), torch.rand(3, 1, 5, 5), torch.tensor([1.0, 0.0, 1.0]), nn.BCEWithLogitsLoss())


class Masked(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.mask = nn.Parameter(torch.randn(features))
        self.scale = nn.Parameter(torch.ones(1))
        self.fc = nn.Linear(features, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x * torch.sigmoid(self.mask)) * self.scale


@brought("mlp")
def learned_mask() -> Call:
    """a learned mask over the features, and a learned scale of the scores"""
    return call(Masked(5), torch.randn(3, 5), classes(2, 3), nn.CrossEntropyLoss())


class Ensemble(nn.Module):
    def __init__(self, models: list[nn.Module]) -> None:
        super().__init__()
        self.models = nn.ModuleList(models)

    def forward(self, x: Tensor) -> Tensor:
        outputs = [model(x) for model in self.models]
        return sum(outputs) / len(outputs)


@brought("mlp")
def ensemble() -> Call:
    """the mean of the scores of three networks"""
    models = [nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)) for _ in range(3)]
    return call(Ensemble(models), torch.randn(3, 4), classes(3, 3), nn.CrossEntropyLoss())


class GaussianNoise(nn.Module):
    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.sigma = sigma

    def forward(self, x: Tensor) -> Tensor:
        if self.training and self.sigma != 0:
            x = x + torch.randn_like(x) * self.sigma
        return x


@brought("mlp")
def noise_in_training() -> Call:
    """a layer of noise, switched off"""
    model = nn.Sequential(GaussianNoise(0.1), nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))
    return call(trained(model), torch.randn(3, 4), classes(3, 3), nn.CrossEntropyLoss())


class Chosen(nn.Module):
    def __init__(self, act: str) -> None:
        super().__init__()
        self.activations = nn.ModuleDict({"relu": nn.ReLU(), "lrelu": nn.LeakyReLU(0.2), "tanh": nn.Tanh()})
        self.act = act
        self.layers = nn.Sequential(OrderedDict([("fc1", nn.Linear(4, 6)), ("fc2", nn.Linear(6, 6))]))
        self.out = nn.Linear(6, 1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = self.activations[self.act](layer(x))
        return self.out(x)


@brought("mlp")
def activation_by_name() -> Call:
    """an activation chosen by its name, layers named in an OrderedDict"""
    return call(Chosen("lrelu"), torch.randn(3, 4), torch.randn(3, 1), F.mse_loss)


class CosineHead(nn.Module):
    def __init__(self, features: int, classes: int, s: float = 4.0) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, features), nn.PReLU())
        self.weight = nn.Parameter(torch.randn(classes, features))
        self.s = s

    def forward(self, x: Tensor) -> Tensor:
        return self.s * F.linear(F.normalize(self.body(x)), F.normalize(self.weight))


@brought("mlp")
def cosine_scores() -> Call:
    """scores by the angle to each class, as networks for faces have them (Wang et al. 2018)"""
    return call(CosineHead(4, 3), torch.randn(3, 5), classes(3, 3), nn.CrossEntropyLoss())


class Calibrated(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.temperature = nn.Parameter(torch.ones(1) * 1.5)

    def forward(self, input: Tensor) -> Tensor:
        logits = self.model(input)
        temperature = self.temperature.unsqueeze(1).expand(logits.size(0), logits.size(1))
        return logits / temperature


@brought("mlp")
def temperature_scaling() -> Call:
    """scores divided by a learned temperature (Guo et al. 2017)"""
    return call(Calibrated(nn.Linear(4, 3)), torch.randn(3, 4), classes(3, 3), nn.CrossEntropyLoss())


@brought("mlp")
def weight_decay_in_the_loss() -> Call:
    """the squares of the weights added to the loss, which the loss reads from the model"""
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))

    def loss(output: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(output, target) + 0.01 * sum(p.pow(2).sum() for p in model.parameters())

    return call(model, torch.randn(3, 4), classes(3, 3), loss)
