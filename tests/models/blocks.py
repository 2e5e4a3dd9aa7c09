"""Convolutional networks of less usual parts: dense connections, own convolutions, other norms, fixed filters."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from tests.models.brought import Call, Tensor, brought, call, classes, trained


def conv_block(input_channels: int, num_channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm2d(input_channels), nn.ReLU(), nn.Conv2d(input_channels, num_channels, kernel_size=3, padding=1)
    )


class DenseBlock(nn.Module):
    def __init__(self, num_convs: int, input_channels: int, num_channels: int) -> None:
        super().__init__()
        layer = [conv_block(num_channels * i + input_channels, num_channels) for i in range(num_convs)]
        self.net = nn.Sequential(*layer)

    def forward(self, X: Tensor) -> Tensor:
        for blk in self.net:
            Y = blk(X)
            X = torch.cat((X, Y), dim=1)
        return X


@brought("cnn")
def densenet_of_a_textbook() -> Call:
    """DenseNet as in Dive into Deep Learning (Huang et al. 2016), in training"""
    transition = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1), nn.AvgPool2d(2, stride=2))
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), DenseBlock(2, 4, 2), transition, DenseBlock(1, 4, 2),
        nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(6, 5),
    )  # fmt: skip
    return call(model, torch.randn(2, 1, 6, 6), classes(5, 2), nn.CrossEntropyLoss())


class DenseLayer(nn.Module):
    def __init__(self, num_input_features: int, growth_rate: int, bn_size: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(num_input_features)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(num_input_features, bn_size * growth_rate, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth_rate)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(bn_size * growth_rate, growth_rate, kernel_size=3, padding=1, bias=False)

    def forward(self, inputs: list[Tensor]) -> Tensor:
        bottleneck_output = self.conv1(self.relu1(self.norm1(torch.cat(inputs, 1))))
        return self.conv2(self.relu2(self.norm2(bottleneck_output)))


class DenseNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.layers = nn.ModuleDict({f"denselayer{i + 1}": DenseLayer(4 + 2 * i, 2, 2) for i in range(2)})
        self.norm5 = nn.BatchNorm2d(8)
        self.classifier = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        features = [self.conv0(x)]
        for _name, layer in self.layers.items():
            new_features = layer(features)
            features.append(new_features)
        out = F.relu(self.norm5(torch.cat(features, 1)), inplace=True)
        out = F.adaptive_avg_pool2d(out, (1, 1))
        return self.classifier(torch.flatten(out, 1))


@brought("cnn")
def densenet() -> Call:
    """DenseNet as torchvision has it: a list of features, joined before each layer"""
    return call(trained(DenseNet()), torch.randn(1, 3, 6, 6), classes(5, 1), nn.CrossEntropyLoss())


class Conv2dSame(nn.Conv2d):
    def forward(self, x: Tensor) -> Tensor:
        ih, iw = x.size()[-2:]
        pad_h = max((-(-ih // self.stride[0]) - 1) * self.stride[0] + self.kernel_size[0] - ih, 0)
        pad_w = max((-(-iw // self.stride[1]) - 1) * self.stride[1] + self.kernel_size[1] - iw, 0)
        if pad_h > 0 or pad_w > 0:
            x = F.pad(x, [pad_w // 2, pad_w - pad_w // 2, pad_h // 2, pad_h - pad_h // 2])
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


@brought("cnn")
def convolution_padded_as_in_tensorflow() -> Call:
    """a subclass of nn.Conv2d that pads with "same" where there are strides, as ports from TensorFlow have it"""
    model = nn.Sequential(Conv2dSame(3, 4, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(36, 4))
    return call(model, torch.randn(2, 3, 6, 6), classes(4, 2), nn.CrossEntropyLoss())


class StandardizedConv(nn.Conv2d):
    def forward(self, x: Tensor) -> Tensor:
        w = self.weight
        v, m = torch.var_mean(w, dim=[1, 2, 3], keepdim=True, unbiased=False)
        w = (w - m) / torch.sqrt(v + 1e-5)
        return F.conv2d(x, w, self.bias, self.stride, self.padding, self.dilation, self.groups)


@brought("cnn")
def big_transfer() -> Call:
    """standardized weights and group normalisation, as in Big Transfer (Kolesnikov et al. 2019)"""
    model = nn.Sequential(
        StandardizedConv(3, 4, 3, padding=1), nn.GroupNorm(2, 4), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip
    return call(model, torch.randn(2, 3, 5, 5), classes(3, 2), nn.CrossEntropyLoss())


@brought("cnn")
def group_norm() -> Call:
    """group normalisation in place of that by batches (Wu and He 2018)"""
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.GroupNorm(4, 4), nn.ReLU(),
        nn.Flatten(), nn.Linear(64, 3),
    )  # fmt: skip
    return call(model, torch.randn(2, 1, 8, 8), classes(3, 2), nn.CrossEntropyLoss())


class Residual(nn.Module):
    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        return self.fn(x) + x


@brought("cnn")
def convmixer() -> Call:
    """patches mixed by depthwise and pointwise convolutions, as in ConvMixer (Trockman and Kolter 2022)"""
    dim = 4
    model = nn.Sequential(
        nn.Conv2d(3, dim, kernel_size=2, stride=2), nn.GELU(), nn.BatchNorm2d(dim),
        *(
            nn.Sequential(
                Residual(nn.Sequential(nn.Conv2d(dim, dim, 3, groups=dim, padding="same"), nn.GELU())),
                nn.BatchNorm2d(dim), nn.Conv2d(dim, dim, kernel_size=1), nn.GELU(), nn.BatchNorm2d(dim),
            )
            for _ in range(2)
        ),
        nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(dim, 5),
    )  # fmt: skip
    return call(model, torch.randn(2, 3, 8, 8), classes(5, 2), nn.CrossEntropyLoss())


class MaxoutConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3)
        self.fc = nn.Linear(27, 4)

    def forward(self, x: Tensor) -> Tensor:
        a, b = torch.split(self.conv1(x), 3, 1)
        x = F.max_pool2d(torch.max(a, b), 2)
        return self.fc(x.view(x.shape[0], -1))


@brought("cnn")
def maxout_of_maps() -> Call:
    """the larger of two maps, as in light CNNs for faces (Goodfellow et al. 2013; Wu et al. 2015)"""
    return call(MaxoutConv(), torch.randn(2, 1, 8, 8), classes(4, 2), nn.CrossEntropyLoss())


class PyramidPooling(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, padding=1)
        self.fc = nn.Linear(3 * (16 + 4 + 1), 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv(x))
        levels = [F.adaptive_max_pool2d(x, n).view(x.size(0), -1) for n in (4, 2, 1)]
        return self.fc(torch.cat(levels, dim=1))


@brought("cnn")
def spatial_pyramid_pooling() -> Call:
    """maxima over grids of several sizes, joined (He et al. 2014)"""
    return call(PyramidPooling(), torch.randn(2, 1, 8, 8), classes(4, 2), nn.CrossEntropyLoss())


class BlurPool(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        a = torch.tensor([1.0, 2.0, 1.0])
        filt = a[:, None] * a[None, :]
        filt = filt / filt.sum()
        self.channels = channels
        self.register_buffer("filt", filt[None, None, :, :].repeat((channels, 1, 1, 1)))
        self.pad = nn.ReflectionPad2d(1)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(self.pad(x), self.filt, stride=2, groups=self.channels)


@brought("cnn")
def blurred_pooling() -> Call:
    """pooling after a fixed blur, against aliasing (Zhang 2019)"""
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, stride=1), BlurPool(3), nn.Flatten(), nn.Linear(27, 4)
    )
    return call(model, torch.randn(2, 1, 6, 6), classes(4, 2), nn.CrossEntropyLoss())


class CoordConv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels + 2, out_channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        b, _, h, w = x.shape
        ys = torch.linspace(-1, 1, h).view(1, 1, h, 1).expand(b, 1, h, w)
        xs = torch.linspace(-1, 1, w).view(1, 1, 1, w).expand(b, 1, h, w)
        return self.conv(torch.cat([x, xs.type_as(x), ys.type_as(x)], 1))


@brought("cnn")
def coordinates_as_channels() -> Call:
    """convolution that is told where it is (Liu et al. 2018)"""
    model = nn.Sequential(CoordConv(1, 4), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    return call(model, torch.randn(2, 1, 6, 6), torch.randn(2, 2), nn.MSELoss())


class DropPath(nn.Module):
    def __init__(self, drop_prob: float) -> None:
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x: Tensor) -> Tensor:
        if self.drop_prob == 0.0 or not self.training:
            return x
        keep = 1 - self.drop_prob
        mask = keep + torch.rand((x.shape[0],) + (1,) * (x.ndim - 1), device=x.device)
        return x.div(keep) * mask.floor_()


class StochasticBlock(nn.Module):
    def __init__(self, channels: int, drop_prob: float) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(channels))
        self.drop_path = DropPath(drop_prob)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.drop_path(self.body(x)))


@brought("cnn")
def stochastic_depth() -> Call:
    """blocks that are left out at random in training (Huang et al. 2016), evaluated"""
    blocks = [StochasticBlock(4, p) for p in (0.0, 0.1, 0.2)]
    model = nn.Sequential(nn.Conv2d(1, 4, 3), *blocks, nn.Flatten(), nn.Linear(64, 3))
    return call(trained(model), torch.randn(2, 1, 6, 6), classes(3, 2), nn.CrossEntropyLoss())


@brought("cnn")
def synchronised_batch_norm() -> Call:
    """a network converted for several GPUs, evaluated on one"""
    plain = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    model = trained(nn.SyncBatchNorm.convert_sync_batchnorm(plain))
    return call(model, torch.randn(2, 1, 6, 6), classes(3, 2), nn.CrossEntropyLoss())


@brought("cnn")
def weights_normalised() -> Call:
    """convolutions with weight normalisation (Salimans and Kingma 2016)"""
    model = nn.Sequential(
        parametrizations.weight_norm(nn.Conv2d(1, 4, 3)), nn.ReLU(), nn.Flatten(),
        parametrizations.weight_norm(nn.Linear(64, 3)),
    )  # fmt: skip
    return call(model, torch.randn(2, 1, 6, 6), classes(3, 2), nn.CrossEntropyLoss())
