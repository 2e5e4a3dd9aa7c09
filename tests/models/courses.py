"""What notebooks of courses and tutorials hold: CS231n, fast.ai, d2l, Deep Learning with PyTorch, torch's own."""

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


def flatten(x: Tensor) -> Tensor:
    N = x.shape[0]
    return x.view(N, -1)


class ThreeLayerConvNet(nn.Module):
    def __init__(self, in_channel: int, channel_1: int, channel_2: int, num_classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channel, channel_1, 5, padding=2)
        nn.init.kaiming_normal_(self.conv1.weight)
        nn.init.constant_(self.conv1.bias, 0)
        self.conv2 = nn.Conv2d(channel_1, channel_2, 3, padding=1)
        nn.init.kaiming_normal_(self.conv2.weight)
        nn.init.constant_(self.conv2.bias, 0)
        self.fc = nn.Linear(channel_2 * 6 * 6, num_classes)
        nn.init.kaiming_normal_(self.fc.weight)
        nn.init.constant_(self.fc.bias, 0)

    def forward(self, x: Tensor) -> Tensor:
        relu1 = F.relu(self.conv1(x))
        relu2 = F.relu(self.conv2(relu1))
        scores = self.fc(flatten(relu2))
        return scores


@brought("cnn")
def three_layer_convnet() -> Call:
    """CS231n's notebook on PyTorch, part III"""
    return call(ThreeLayerConvNet(3, 3, 2, 4), torch.randn(2, 3, 6, 6), classes(4, 2))


class GeneralRelu(nn.Module):
    def __init__(self, leak: float | None = None, sub: float | None = None, maxv: float | None = None) -> None:
        super().__init__()
        self.leak, self.sub, self.maxv = leak, sub, maxv

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(x, self.leak) if self.leak is not None else F.relu(x)
        if self.sub is not None:
            x -= self.sub
        if self.maxv is not None:
            x.clamp_max_(self.maxv)
        return x


class Lambda(nn.Module):
    def __init__(self, func: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.func = func

    def forward(self, x: Tensor) -> Tensor:
        return self.func(x)


def conv_rbn(ni: int, nf: int, ks: int = 3, stride: int = 2, bn: bool = True, **kwargs: float) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(ni, nf, ks, padding=ks // 2, stride=stride, bias=not bn), GeneralRelu(**kwargs)
    ]  # fmt: skip
    if bn:
        layers.append(nn.BatchNorm2d(nf, eps=1e-5, momentum=0.1))
    return nn.Sequential(*layers)


@brought("cnn")
def general_relu() -> Call:
    """fast.ai's part 2: a leaky ReLU that is shifted and cut off, Lambda layers"""
    model = nn.Sequential(
        Lambda(lambda x: x.view(-1, 1, 8, 8)),
        *(conv_rbn(ni, nf, leak=0.1, sub=0.4, maxv=6.0) for ni, nf in ((1, 2), (2, 4))),
        nn.AdaptiveAvgPool2d(1),
        Lambda(flatten),
        nn.Linear(4, 3),
    )
    return call(model, torch.randn(4, 64), classes(3, 4), F.cross_entropy)


def noop(x: Tensor) -> Tensor:
    return x


def init_cnn(m: nn.Module) -> None:
    if getattr(m, "bias", None) is not None:
        nn.init.constant_(m.bias, 0)
    if isinstance(m, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(m.weight)
    for each in m.children():
        init_cnn(each)


def conv_layer(
    ni: int, nf: int, ks: int = 3, stride: int = 1, zero_bn: bool = False, act: bool = True
) -> nn.Sequential:
    bn = nn.BatchNorm2d(nf)
    nn.init.constant_(bn.weight, 0.0 if zero_bn else 1.0)
    layers: list[nn.Module] = [nn.Conv2d(ni, nf, ks, stride=stride, padding=ks // 2, bias=False), bn]
    if act:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class XResBlock(nn.Module):
    def __init__(self, expansion: int, ni: int, nh: int, stride: int = 1) -> None:
        super().__init__()
        nf, ni = nh * expansion, ni * expansion
        layers = [conv_layer(ni, nh, 1)]
        layers += [conv_layer(nh, nh, 3, stride=stride), conv_layer(nh, nf, 1, zero_bn=True, act=False)]
        self.convs = nn.Sequential(*layers)
        self.idconv = noop if ni == nf else conv_layer(ni, nf, 1, act=False)
        self.pool = noop if stride == 1 else nn.AvgPool2d(2, ceil_mode=True)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.convs(x) + self.idconv(self.pool(x)))


@brought("cnn")
def xresnet() -> Call:
    """fast.ai's XResNet: zero gammas, average pooling before the shortcut, plain functions as modules"""
    model = nn.Sequential(
        conv_layer(1, 4), nn.MaxPool2d(3, 2, 1), XResBlock(2, 2, 2), XResBlock(2, 2, 3, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3),
    )  # fmt: skip
    init_cnn(model)
    return call(model, torch.randn(3, 1, 9, 9), classes(3, 3), nn.CrossEntropyLoss(label_smoothing=0.1))


def batch_norm(
    X: Tensor, gamma: Tensor, beta: Tensor, moving_mean: Tensor, moving_var: Tensor, eps: float, momentum: float
) -> tuple[Tensor, Tensor, Tensor]:
    if not torch.is_grad_enabled():
        X_hat = (X - moving_mean) / torch.sqrt(moving_var + eps)
    else:
        assert len(X.shape) in (2, 4)
        if len(X.shape) == 2:
            mean = X.mean(dim=0)
            var = ((X - mean) ** 2).mean(dim=0)
        else:
            mean = X.mean(dim=(0, 2, 3), keepdim=True)
            var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
        X_hat = (X - mean) / torch.sqrt(var + eps)
        moving_mean = (1.0 - momentum) * moving_mean + momentum * mean
        moving_var = (1.0 - momentum) * moving_var + momentum * var
    Y = gamma * X_hat + beta
    return Y, moving_mean.data, moving_var.data


class BatchNorm(nn.Module):
    def __init__(self, num_features: int, num_dims: int) -> None:
        super().__init__()
        shape = (1, num_features) if num_dims == 2 else (1, num_features, 1, 1)
        self.gamma = nn.Parameter(torch.ones(shape))
        self.beta = nn.Parameter(torch.zeros(shape))
        self.moving_mean = torch.zeros(shape)
        self.moving_var = torch.ones(shape)

    def forward(self, X: Tensor) -> Tensor:
        if self.moving_mean.device != X.device:
            self.moving_mean = self.moving_mean.to(X.device)
            self.moving_var = self.moving_var.to(X.device)
        Y, self.moving_mean, self.moving_var = batch_norm(
            X, self.gamma, self.beta, self.moving_mean, self.moving_var, eps=1e-5, momentum=0.1
        )
        return Y


@brought("cnn")
def batch_norm_from_scratch() -> Call:
    """d2l's LeNet with batch normalisation from scratch, statistics kept as plain attributes"""
    model = nn.Sequential(
        nn.Conv2d(1, 3, kernel_size=3), BatchNorm(3, num_dims=4), nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2), nn.Flatten(), nn.Linear(12, 5), BatchNorm(5, num_dims=2),
        nn.Sigmoid(), nn.Linear(5, 3),
    )  # fmt: skip
    return call(model, torch.randn(4, 1, 6, 6), classes(3, 4), nn.CrossEntropyLoss())


class FixedHiddenMLP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rand_weight = torch.rand((5, 5), requires_grad=False)
        self.linear = nn.Linear(5, 5)

    def forward(self, X: Tensor) -> Tensor:
        X = self.linear(X)
        X = F.relu(torch.mm(X, self.rand_weight) + 1)
        X = self.linear(X)
        while X.abs().sum() > 1:
            X /= 2
        return X.sum()


@brought("mlp")
def fixed_hidden_mlp() -> Call:
    """d2l, layers and blocks: constant weights, a shared layer, halving in a while loop"""
    return call(FixedHiddenMLP(), torch.rand(2, 5), None, lambda output, target: output)


class ResBlock(nn.Module):
    def __init__(self, n_chans: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_chans, n_chans, kernel_size=3, padding=1, bias=False)
        self.batch_norm = nn.BatchNorm2d(num_features=n_chans)
        torch.nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        torch.nn.init.constant_(self.batch_norm.weight, 0.5)
        torch.nn.init.zeros_(self.batch_norm.bias)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv(x)
        out = self.batch_norm(out)
        out = torch.relu(out)
        return out + x


class NetResDeep(nn.Module):
    def __init__(self, n_chans1: int = 3, n_blocks: int = 3) -> None:
        super().__init__()
        self.n_chans1 = n_chans1
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.resblocks = nn.Sequential(*(n_blocks * [ResBlock(n_chans=n_chans1)]))
        self.fc1 = nn.Linear(2 * 2 * n_chans1, 4)
        self.fc2 = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        out = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        out = self.resblocks(out)
        out = F.max_pool2d(out, 2)
        out = out.view(-1, 2 * 2 * self.n_chans1)
        out = torch.relu(self.fc1(out))
        return self.fc2(out)


@brought("cnn")
def net_res_deep() -> Call:
    """Deep Learning with PyTorch, chapter 8: one block many times, n * [block]; l2 added to the loss left out"""
    return call(NetResDeep(), torch.randn(3, 3, 8, 8), classes(2, 3), nn.CrossEntropyLoss())


def log_softmax(x: Tensor) -> Tensor:
    return x - x.exp().sum(-1).log().unsqueeze(-1)


def nll(input: Tensor, target: Tensor) -> Tensor:
    return -input[range(target.shape[0]), target].mean()


class MnistLogistic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.randn(16, 4) / math.sqrt(16))
        self.bias = nn.Parameter(torch.zeros(4))

    def forward(self, xb: Tensor) -> Tensor:
        return log_softmax(xb @ self.weights + self.bias)


@brought("mlp")
def mnist_logistic() -> Call:
    """torch's own "What is torch.nn really?": own log_softmax, a likelihood read at range(n), target"""
    return call(MnistLogistic(), torch.rand(3, 16), classes(4, 3), nll)


class LitNet(nn.Module):
    def __init__(self, hidden_sizes: list[int], dropout: float = 0.5) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for i, (a, b) in enumerate(zip(hidden_sizes, hidden_sizes[1:], strict=False)):  # noqa: RUF007
            self.layers.append(nn.Linear(a, b))
            self.add_module(f"bn_{i}", nn.BatchNorm1d(b))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x.reshape(x.shape[0], -1)
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = self.dropout(F.gelu(getattr(self, f"bn_{i}")(x)))
        return x


@brought("mlp", "bn_2")
def layers_by_getattr() -> Call:
    """a notebook's MLP: sizes in a list, norms by add_module and getattr"""
    return call(trained(LitNet([12, 6, 5, 3])), torch.randn(4, 3, 2, 2), classes(3, 4), nn.CrossEntropyLoss())
