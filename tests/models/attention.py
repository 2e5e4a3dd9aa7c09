"""Attention in convolutional networks: of channels, of places, of instances."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class SELayer(nn.Module):
    def __init__(self, channel: int, reduction: int = 2) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channel, channel // reduction, bias=False), nn.ReLU(inplace=True),
            nn.Linear(channel // reduction, channel, bias=False), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)


def classifier(attention: nn.Module, channels: int = 4) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, channels, 3, padding=1),
        nn.ReLU(),
        attention,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, 3),
    )


@brought("attention")
def squeeze_and_excitation() -> Call:
    """channels weighted by what all of them show (Hu et al. 2017)"""
    return call(classifier(SELayer(4)), torch.randn(2, 3, 5, 5), classes(3, 2), nn.CrossEntropyLoss())


class CBAM(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Sequential(nn.Conv2d(channels, 2, 1, bias=False), nn.ReLU(), nn.Conv2d(2, channels, 1, bias=False))
        self.conv = nn.Conv2d(2, 1, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        avg_out = self.fc(F.adaptive_avg_pool2d(x, 1))
        max_out = self.fc(F.adaptive_max_pool2d(x, 1))
        x = x * torch.sigmoid(avg_out + max_out)
        avg_out = torch.mean(x, dim=1, keepdim=True)
        max_out, _ = torch.max(x, dim=1, keepdim=True)
        return x * torch.sigmoid(self.conv(torch.cat([avg_out, max_out], dim=1)))


@brought("attention")
def cbam() -> Call:
    """channels, then places weighted (Woo et al. 2018)"""
    return call(classifier(CBAM(4)), torch.randn(2, 3, 5, 5), classes(3, 2), nn.CrossEntropyLoss())


class ECA(nn.Module):
    def __init__(self, k_size: int = 3) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.conv = nn.Conv1d(1, 1, kernel_size=k_size, padding=(k_size - 1) // 2, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        y = self.avg_pool(x)
        y = self.conv(y.squeeze(-1).transpose(-1, -2)).transpose(-1, -2).unsqueeze(-1)
        return x * self.sigmoid(y).expand_as(x)


@brought("attention")
def eca() -> Call:
    """channels weighted by a convolution over them (Wang et al. 2019)"""
    return call(classifier(ECA()), torch.randn(2, 3, 5, 5), classes(3, 2), nn.CrossEntropyLoss())


class NonLocal(nn.Module):
    def __init__(self, in_dim: int) -> None:
        super().__init__()
        self.query_conv = nn.Conv2d(in_dim, 2, kernel_size=1)
        self.key_conv = nn.Conv2d(in_dim, 2, kernel_size=1)
        self.value_conv = nn.Conv2d(in_dim, in_dim, kernel_size=1)
        self.gamma = nn.Parameter(torch.full((1,), 0.5))
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        m_batchsize, C, width, height = x.size()
        query = self.query_conv(x).view(m_batchsize, -1, width * height).permute(0, 2, 1)
        key = self.key_conv(x).view(m_batchsize, -1, width * height)
        attention = self.softmax(torch.bmm(query, key))
        value = self.value_conv(x).view(m_batchsize, -1, width * height)
        out = torch.bmm(value, attention.permute(0, 2, 1)).view(m_batchsize, C, width, height)
        return self.gamma * out + x


@brought("attention")
def non_local() -> Call:
    """every place looks at every other, with a learned share (Wang et al. 2017; Zhang et al. 2018)"""
    return call(classifier(NonLocal(4)), torch.randn(2, 3, 4, 4), classes(3, 2), nn.CrossEntropyLoss())


class SpatialTransformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.localization = nn.Sequential(nn.Conv2d(1, 3, kernel_size=3), nn.MaxPool2d(2, stride=2), nn.ReLU(True))
        self.fc_loc = nn.Sequential(nn.Linear(3 * 3 * 3, 6), nn.ReLU(True), nn.Linear(6, 3 * 2))
        self.fc_loc[2].bias.data.copy_(torch.tensor([0.9, 0.1, 0, 0, 0.9, 0], dtype=torch.float))
        self.fc = nn.Linear(64, 4)

    def stn(self, x: Tensor) -> Tensor:
        xs = self.localization(x)
        xs = xs.view(-1, 3 * 3 * 3)
        theta = self.fc_loc(xs).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.size(), align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stn(x)
        return F.log_softmax(self.fc(x.flatten(1)), dim=1)


@brought("attention")
def spatial_transformer() -> Call:
    """an image turned and scaled before it is read, from PyTorch's tutorial (Jaderberg et al. 2015)"""
    return call(SpatialTransformer(), torch.randn(2, 1, 8, 8), classes(4, 2), F.nll_loss)


class Localization(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.localization = nn.Sequential(nn.Conv2d(1, 3, 3), nn.MaxPool2d(2, stride=2), nn.ReLU(True))
        self.fc_loc = nn.Sequential(nn.Linear(27, 6), nn.ReLU(True), nn.Linear(6, 6))
        self.fc_loc[2].weight.data.normal_(0.0, 0.1)

    def forward(self, x: Tensor) -> Tensor:
        xs = self.localization(x)
        xs = xs.view(-1, 3 * 3 * 3)
        return self.fc_loc(xs).view(-1, 2, 3)


@brought("attention")
def affine_parameters() -> Call:
    """the part of the same that finds the six numbers of the map, without the grid"""
    return call(Localization(), torch.randn(2, 1, 8, 8), torch.randn(2, 2, 3), nn.MSELoss())


class GatedAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(6, 5), nn.ReLU())
        self.attention_V = nn.Sequential(nn.Linear(5, 4), nn.Tanh())
        self.attention_U = nn.Sequential(nn.Linear(5, 4), nn.Sigmoid())
        self.attention_w = nn.Linear(4, 1)
        self.classifier = nn.Sequential(nn.Linear(5, 1), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        H = self.features(x.squeeze(0))
        A = self.attention_w(self.attention_V(H) * self.attention_U(H))
        A = F.softmax(torch.transpose(A, 1, 0), dim=1)
        return self.classifier(torch.mm(A, H))


@brought("attention")
def multiple_instances() -> Call:
    """a bag of instances, weighted by gated attention (Ilse et al. 2018)"""
    return call(GatedAttention(), torch.randn(1, 4, 6), torch.ones(1, 1), nn.BCELoss())
