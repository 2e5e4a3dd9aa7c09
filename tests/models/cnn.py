"""Convolutional networks of course code and tutorials."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


class CifarNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(4, 6, 2)
        self.fc1 = nn.Linear(6 * 2 * 2, 12)
        self.fc2 = nn.Linear(12, 8)
        self.fc3 = nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)  # flatten all dimensions except batch
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


@brought("cnn")
def cifar_tutorial() -> Call:
    """the network of PyTorch's tutorial on classifying CIFAR-10"""
    return call(CifarNet(), torch.randn(2, 3, 12, 12), classes(10, 2), nn.CrossEntropyLoss())


class MnistNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, 1)
        self.conv2 = nn.Conv2d(4, 6, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(54, 16)
        self.fc2 = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = F.relu(x)
        x = self.conv2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.dropout2(x)
        x = self.fc2(x)
        output = F.log_softmax(x, dim=1)
        return output


@brought("cnn")
def mnist_example() -> Call:
    """the MNIST network of PyTorch's examples, evaluated"""
    return call(MnistNet().eval(), torch.randn(2, 1, 10, 10), classes(10, 2), F.nll_loss)


class OldMnistNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, kernel_size=3)
        self.conv2 = nn.Conv2d(3, 5, kernel_size=3)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(20, 12)
        self.fc2 = nn.Linear(12, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 20)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, training=self.training)
        x = self.fc2(x)
        return F.log_softmax(x, dim=1)


@brought("cnn")
def mnist_example_of_old() -> Call:
    """the MNIST network of many tutorials: pooling before ReLU, dropout of channels, view(-1, n)"""
    return call(OldMnistNet().eval(), torch.randn(3, 1, 14, 14), classes(10, 3), nn.NLLLoss())


@brought("cnn")
def lenet_of_sigmoids() -> Call:
    """LeNet as Dive into Deep Learning has it: sigmoids and mean pooling (LeCun et al. 1998)"""
    model = nn.Sequential(
        nn.Conv2d(1, 4, kernel_size=5, padding=2), nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(4, 8, kernel_size=3), nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(8 * 2 * 2, 16), nn.Sigmoid(),
        nn.Linear(16, 12), nn.Sigmoid(),
        nn.Linear(12, 10),
    )  # fmt: skip
    for layer in model:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)
    return call(model, torch.randn(2, 1, 12, 12), classes(10, 2), nn.CrossEntropyLoss(reduction="sum"))


class CatsAndDogs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Conv2d(4, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        )  # fmt: skip
        self.fc = nn.Sequential(nn.Linear(6 * 2 * 2, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_layer(x)
        x = x.view(x.size(0), -1)
        return torch.sigmoid(self.fc(x)).squeeze(1)


@brought("cnn")
def cats_and_dogs() -> Call:
    """a classifier of two classes with one sigmoid, squeezed to the shape of the labels, in training"""
    return call(CatsAndDogs(), torch.rand(3, 3, 8, 8), torch.tensor([0.0, 1.0, 1.0]), nn.BCELoss())


@brought("cnn")
def softmax_before_cross_entropy() -> Call:
    """a common slip: a model that ends with a softmax, given to nn.CrossEntropyLoss"""
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 5), nn.Softmax(dim=1)
    )
    return call(model, torch.rand(2, 1, 8, 8), classes(5, 2), nn.CrossEntropyLoss())


class Keypoints(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.pool = nn.MaxPool2d(2, 2)
        self.drop = nn.Dropout(p=0.4)
        self.fc1 = nn.Linear(24, 16)
        self.fc2 = nn.Linear(16, 8)
        nn.init.uniform_(self.conv1.weight, -0.5, 0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.elu(self.conv1(x)))
        x = self.pool(F.elu(self.conv2(x)))
        x = x.view(x.size()[0], -1)
        x = self.drop(F.elu(self.fc1(x)))
        return self.fc2(x)


@brought("cnn")
def facial_keypoints() -> Call:
    """a regression of facial keypoints from grey images, with the smooth L1 loss"""
    return call(Keypoints().eval(), torch.rand(2, 1, 14, 14), torch.randn(2, 8), nn.SmoothL1Loss())


class SpokenWords(nn.Module):
    def __init__(self, n_channel: int = 4) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, n_channel, kernel_size=8, stride=4)
        self.bn1 = nn.BatchNorm1d(n_channel)
        self.pool1 = nn.MaxPool1d(2)
        self.conv2 = nn.Conv1d(n_channel, 2 * n_channel, kernel_size=3)
        self.bn2 = nn.BatchNorm1d(2 * n_channel)
        self.pool2 = nn.MaxPool1d(2)
        self.fc1 = nn.Linear(2 * n_channel, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool1(F.relu(self.bn1(self.conv1(x))))
        x = self.pool2(F.relu(self.bn2(self.conv2(x))))
        x = F.avg_pool1d(x, x.shape[-1])
        x = x.permute(0, 2, 1)
        x = self.fc1(x)
        return F.log_softmax(x, dim=2)


@brought("cnn")
def spoken_words() -> Call:
    """the network M5 on raw sound of the torchaudio tutorial (Dai et al. 2016), its loss after a squeeze"""
    return call(SpokenWords(), torch.randn(3, 1, 64), classes(5, 3), lambda z, t: F.nll_loss(z.squeeze(), t))


@brought("cnn")
def heartbeats() -> Call:
    """a network of one dimension for an electrocardiogram"""
    model = nn.Sequential(
        nn.Conv1d(1, 4, 5, padding=2), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(4, 8, 5, padding=2), nn.BatchNorm1d(8), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(8, 5),
    )  # fmt: skip
    weights = torch.tensor([0.5, 1.0, 2.0, 1.0, 4.0])
    return call(trained(model), torch.randn(3, 1, 24), torch.tensor([0, 4, 2]), nn.CrossEntropyLoss(weight=weights))


class Volumes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(1, 2, kernel_size=3, padding=1)
        self.pool1 = nn.MaxPool3d(kernel_size=(1, 2, 2), stride=(1, 2, 2))
        self.conv2 = nn.Conv3d(2, 4, kernel_size=3, padding=1)
        self.pool2 = nn.MaxPool3d(2)
        self.fc = nn.Linear(4 * 2 * 2 * 2, 4)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        h = self.pool1(self.relu(self.conv1(x)))
        h = self.pool2(self.relu(self.conv2(h)))
        h = h.view(-1, 32)
        return self.fc(h)


@brought("cnn")
def clips_of_video() -> Call:
    """convolutions in space and time, as in C3D (Tran et al. 2015); one ReLU for all"""
    return call(Volumes(), torch.randn(1, 1, 4, 8, 8), classes(4, 1), nn.CrossEntropyLoss())


class Transferred(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        )
        for param in self.features.parameters():
            param.requires_grad = False
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x).flatten(1))


@brought("cnn")
def ants_and_bees() -> Call:
    """transfer learning: features that are frozen, and a new last layer"""
    return call(trained(Transferred()), torch.randn(2, 3, 6, 6), classes(2, 2), nn.CrossEntropyLoss())


class AgeAndGender(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.age = nn.Linear(36, 1)
        self.gender = nn.Linear(36, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.backbone(x)
        return self.age(x).squeeze(-1), self.gender(x)


@brought("cnn")
def age_and_gender() -> Call:
    """two heads on one trunk, each with its own loss"""
    target = (torch.tensor([0.3, 0.6]), torch.tensor([1, 0]))
    return call(AgeAndGender(), torch.randn(2, 3, 8, 8), target, None, losses=[nn.L1Loss(), nn.CrossEntropyLoss()])


@brought("cnn")
def lazy_layers() -> Call:
    """layers that learn their sizes from the first images, as in Dive into Deep Learning"""
    model = nn.Sequential(
        nn.LazyConv2d(4, kernel_size=3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(3),
    )  # fmt: skip
    images = torch.randn(2, 1, 6, 6)
    model(images)
    return call(model, images, classes(3, 2), nn.CrossEntropyLoss())
