"""The well-known convolutional networks without shortcuts, in miniature."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


class AlexNet(nn.Module):
    def __init__(self, num_classes: int = 10, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, kernel_size=5, stride=1, padding=2), nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(4, 6, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )  # fmt: skip
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), nn.Linear(6 * 2 * 2, 16), nn.ReLU(inplace=True),
            nn.Dropout(p=dropout), nn.Linear(16, 16), nn.ReLU(inplace=True),
            nn.Linear(16, num_classes),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)


@brought("cnn")
def alexnet() -> Call:
    """AlexNet as torchvision has it (Krizhevsky 2014), evaluated"""
    return call(AlexNet().eval(), torch.randn(1, 3, 12, 12), classes(10, 1), nn.CrossEntropyLoss())


@brought("cnn")
def alexnet_with_responses_normalised() -> Call:
    """AlexNet's first layers with local response normalisation (Krizhevsky et al. 2012)"""
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.LocalResponseNorm(size=5, alpha=0.0001, beta=0.75, k=2),
        nn.MaxPool2d(3, 2), nn.Flatten(), nn.Linear(24, 4),
    )  # fmt: skip
    return call(model, torch.randn(2, 3, 12, 12), classes(4, 2), nn.CrossEntropyLoss())


class VGG(nn.Module):
    def __init__(self, cfg: list[int | str], num_classes: int) -> None:
        super().__init__()
        self.features = self._make_layers(cfg)
        self.classifier = nn.Linear(8, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def _make_layers(self, cfg: list[int | str]) -> nn.Sequential:
        layers: list[nn.Module] = []
        in_channels = 3
        for x in cfg:
            if x == "M":
                layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
            else:
                layers += [
                    nn.Conv2d(in_channels, x, kernel_size=3, padding=1),
                    nn.BatchNorm2d(x),
                    nn.ReLU(inplace=True),
                ]
                in_channels = x
        layers += [nn.AvgPool2d(kernel_size=1, stride=1)]
        return nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        out = self.features(x)
        out = out.view(out.size(0), -1)
        return self.classifier(out)


@brought("cnn")
def vgg_for_cifar() -> Call:
    """VGG with batch normalisation from a list of widths (Simonyan and Zisserman 2014), in training"""
    model = VGG([4, "M", 6, "M", 8, 8, "M"], 10)
    return call(model, torch.randn(2, 3, 8, 8), classes(10, 2), nn.CrossEntropyLoss())


def vgg_block(num_convs: int, in_channels: int, out_channels: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(num_convs):
        layers.append(nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1))
        layers.append(nn.ReLU())
        in_channels = out_channels
    layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return nn.Sequential(*layers)


@brought("cnn")
def vgg_of_blocks() -> Call:
    """VGG of blocks, as in Dive into Deep Learning, with dropout switched off"""
    model = nn.Sequential(
        vgg_block(1, 1, 3), vgg_block(2, 3, 4), nn.Flatten(),
        nn.Linear(16, 12), nn.ReLU(), nn.Dropout(0.5), nn.Linear(12, 10),
    )  # fmt: skip
    return call(model.eval(), torch.randn(1, 1, 8, 8), classes(10, 1), nn.CrossEntropyLoss())


def nin_block(in_channels: int, out_channels: int, kernel_size: int, stride: int, padding: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding), nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1), nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1), nn.ReLU(),
    )  # fmt: skip


@brought("cnn")
def network_in_network() -> Call:
    """Network in Network (Lin et al. 2013), with one map for each class"""
    model = nn.Sequential(
        nin_block(1, 4, 3, 1, 0), nn.MaxPool2d(3, stride=2), nin_block(4, 6, 3, 1, 1), nn.MaxPool2d(2, stride=2),
        nn.Dropout(0.5), nin_block(6, 5, 3, 1, 1), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(),
    )  # fmt: skip
    return call(model.eval(), torch.randn(2, 1, 11, 11), classes(5, 2), nn.CrossEntropyLoss())


class Inception(nn.Module):
    def __init__(self, c_in: int, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int) -> None:
        super().__init__()
        self.p1_1 = nn.Conv2d(c_in, c1, kernel_size=1)
        self.p2_1 = nn.Conv2d(c_in, c2[0], kernel_size=1)
        self.p2_2 = nn.Conv2d(c2[0], c2[1], kernel_size=3, padding=1)
        self.p3_1 = nn.Conv2d(c_in, c3[0], kernel_size=1)
        self.p3_2 = nn.Conv2d(c3[0], c3[1], kernel_size=5, padding=2)
        self.p4_1 = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.p4_2 = nn.Conv2d(c_in, c4, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        p1 = F.relu(self.p1_1(x))
        p2 = F.relu(self.p2_2(F.relu(self.p2_1(x))))
        p3 = F.relu(self.p3_2(F.relu(self.p3_1(x))))
        p4 = F.relu(self.p4_2(self.p4_1(x)))
        return torch.cat((p1, p2, p3, p4), dim=1)


@brought("cnn")
def googlenet() -> Call:
    """an inception block between convolutions, as in GoogLeNet (Szegedy et al. 2014)"""
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        Inception(4, 2, (2, 3), (1, 2), 2), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(9, 5),
    )  # fmt: skip
    return call(model, torch.randn(2, 1, 8, 8), classes(5, 2), nn.CrossEntropyLoss())


class BasicConv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, **kwargs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, bias=False, **kwargs)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.bn(x)
        return F.relu(x, inplace=True)


class WithAuxiliaryHead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = BasicConv(3, 4, kernel_size=3, padding=1)
        self.branch1 = BasicConv(4, 2, kernel_size=1)
        self.branch2 = nn.Sequential(
            BasicConv(4, 2, kernel_size=1), BasicConv(2, 3, kernel_size=3, padding=1, stride=1)
        )
        self.aux = nn.Linear(5, 4)
        self.fc = nn.Linear(5, 4)
        self.aux_logits = True

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        x = self.stem(x)
        outputs = [self.branch1(x), self.branch2(x)]
        x = torch.cat(outputs, 1)
        aux = None
        if self.aux_logits and self.training:
            aux = self.aux(x.mean((2, 3)))
        x = F.adaptive_avg_pool2d(x, (1, 1))
        x = torch.flatten(x, 1)
        x = self.fc(x)
        return (x, aux) if aux is not None else x


@brought("cnn", "aux")
def inception_evaluated() -> Call:
    """branches with batch normalisation, and a head that is used in training alone (Szegedy et al. 2015)"""
    return call(trained(WithAuxiliaryHead()), torch.randn(2, 3, 6, 6), classes(4, 2), nn.CrossEntropyLoss())


@brought("cnn")
def inception_in_training() -> Call:
    """the same in training: two outputs, two losses"""
    losses = [nn.CrossEntropyLoss(), lambda z, t: 0.3 * F.cross_entropy(z, t)]
    target = classes(4, 2)
    return call(WithAuxiliaryHead(), torch.randn(2, 3, 6, 6), [target, target], None, losses=losses)


class Fire(nn.Module):
    def __init__(self, inplanes: int, squeeze: int, expand1x1: int, expand3x3: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inplanes, squeeze, kernel_size=1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze, expand1x1, kernel_size=1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze, expand3x3, kernel_size=3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.squeeze_activation(self.squeeze(x))
        return torch.cat(
            [self.expand1x1_activation(self.expand1x1(x)), self.expand3x3_activation(self.expand3x3(x))], 1
        )


class SqueezeNet(nn.Module):
    def __init__(self, num_classes: int = 5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, kernel_size=3, stride=2), nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True), Fire(4, 2, 3, 3), Fire(6, 2, 4, 4),
        )  # fmt: skip
        final_conv = nn.Conv2d(8, num_classes, kernel_size=1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=0.5), final_conv, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.normal_(m.weight, std=0.5)
                nn.init.constant_(m.bias, 0.1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = self.classifier(x)
        return torch.flatten(x, 1)


@brought("cnn")
def squeezenet() -> Call:
    """fire modules, as in SqueezeNet (Iandola et al. 2016)"""
    return call(SqueezeNet().eval(), torch.randn(1, 3, 12, 12), classes(5, 1), nn.CrossEntropyLoss())


class AllConvolutional(nn.Module):
    def __init__(self, n_classes: int = 4) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, stride=2)
        self.conv3 = nn.Conv2d(4, 6, 3, padding=1)
        self.class_conv = nn.Conv2d(6, n_classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        x_drop = F.dropout(x, 0.2, self.training)
        conv1_out = F.relu(self.conv1(x_drop))
        conv2_out = F.relu(self.conv2(conv1_out))
        conv3_out = F.relu(self.conv3(F.dropout(conv2_out, 0.5, self.training)))
        class_out = F.relu(self.class_conv(conv3_out))
        pool_out = class_out.reshape(class_out.size(0), class_out.size(1), -1).mean(-1)
        return pool_out


@brought("cnn")
def all_convolutional() -> Call:
    """the all convolutional net (Springenberg et al. 2014): strides for pools, the mean of what is left"""
    return call(AllConvolutional().eval(), torch.randn(2, 3, 6, 6), classes(4, 2), nn.CrossEntropyLoss())
