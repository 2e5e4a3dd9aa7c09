"""Means of powers and deviations of what was attended to, and kernels made of pixels."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class BasicConv(nn.Module):
    def __init__(
        self, cin: int, cout: int, kernel_size: int, stride: int = 1, padding: int = 0, relu: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(cout, eps=1e-5, momentum=0.01, affine=True)
        self.relu = nn.ReLU() if relu else None

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        if self.relu is not None:
            x = self.relu(x)
        return x


class Involution(nn.Module):
    def __init__(self, channels: int, kernel_size: int, stride: int) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.channels = kernel_size, stride, channels
        reduction_ratio, self.group_channels = 2, 2
        self.groups = channels // self.group_channels
        self.conv1 = BasicConv(channels, channels // reduction_ratio, 1)
        self.conv2 = nn.Conv2d(channels // reduction_ratio, kernel_size**2 * self.groups, 1)
        if stride > 1:
            self.avgpool = nn.AvgPool2d(stride, stride)
        self.unfold = nn.Unfold(kernel_size, 1, (kernel_size - 1) // 2, stride)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.conv2(self.conv1(x if self.stride == 1 else self.avgpool(x)))
        b, _c, h, w = weight.shape
        weight = weight.view(b, self.groups, self.kernel_size**2, h, w).unsqueeze(2)
        out = self.unfold(x).view(b, self.groups, self.group_channels, self.kernel_size**2, h, w)
        return (weight * out).sum(dim=3).view(b, self.channels, h, w)


@brought("cnn")
def involution() -> Call:
    """Involution of d-li14, and a mean of powers as in networks of retrieval"""

    class GeM(nn.Module):
        def __init__(self, p: float = 3, eps: float = 1e-6) -> None:
            super().__init__()
            self.p, self.eps = nn.Parameter(torch.ones(1) * p), eps

        def forward(self, x: Tensor) -> Tensor:
            return F.avg_pool2d(x.clamp(min=self.eps).pow(self.p), (x.size(-2), x.size(-1))).pow(1.0 / self.p)

    model = nn.Sequential(Involution(4, 3, 2), GeM(), nn.Flatten(), nn.Linear(4, 3))
    for m in model.modules():
        if isinstance(m, nn.Conv2d):
            n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
            m.weight.data.normal_(0, math.sqrt(2.0 / n))
    return call(model, torch.randn(2, 4, 6, 6), classes(3, 2), nn.CrossEntropyLoss())


class AttentiveStatistics(nn.Module):
    """The mean and the deviation over time, weighted by attention."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.tdnn = nn.Conv1d(channels * 3, hidden, 1)
        self.conv = nn.Conv1d(hidden, channels, 1)
        self.eps = 1e-12

    def statistics(self, x: Tensor, m: Tensor, dim: int = 2) -> tuple[Tensor, Tensor]:
        mean = (m * x).sum(dim)
        std = torch.sqrt((m * (x - mean.unsqueeze(dim)).pow(2)).sum(dim).clamp(self.eps))
        return mean, std

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        length = x.shape[-1]
        if lengths is None:
            lengths = torch.ones(x.shape[0], device=x.device)
        mask = torch.arange(length, device=x.device).unsqueeze(0) < (lengths * length).unsqueeze(1)
        mask = mask.unsqueeze(1)
        total = mask.sum(dim=2, keepdim=True).float()
        mean, std = self.statistics(x, mask / total)
        mean = mean.unsqueeze(2).repeat(1, 1, length)
        std = std.unsqueeze(2).repeat(1, 1, length)
        attn = self.conv(torch.tanh(self.tdnn(torch.cat([x, mean, std], dim=1))))
        attn = attn.masked_fill(mask == 0, float("-inf"))
        mean, std = self.statistics(x, F.softmax(attn, dim=2))
        return torch.cat((mean, std), dim=1).unsqueeze(2)


class Speaker(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tdnn = nn.Sequential(nn.Conv1d(4, 3, 3, dilation=2, padding="same", padding_mode="reflect"), nn.ReLU())
        self.asp = AttentiveStatistics(3, 2)
        self.fc = nn.Conv1d(6, 4, 1)
        self.classifier = nn.Parameter(torch.randn(5, 4))
        nn.init.xavier_uniform_(self.classifier)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        x = x.transpose(1, 2)
        x = self.fc(self.asp(self.tdnn(x), lengths)).transpose(1, 2)
        return F.linear(F.normalize(x.squeeze(1)), F.normalize(self.classifier))


@brought("cnn")
def speakers() -> Call:
    """the end of ECAPA-TDNN of SpeechBrain: statistics weighted by attention, of recordings of different lengths"""

    def margin(cosine: Tensor, target: Tensor, m: float = 0.2, scale: float = 30.0) -> Tensor:
        one_hot = F.one_hot(target, cosine.size(1)).float()
        sine = torch.sqrt((1.0 - torch.pow(cosine, 2)).clamp(0, 1))
        phi = cosine * math.cos(m) - sine * math.sin(m)
        phi = torch.where(cosine > math.cos(math.pi - m), phi, cosine - math.sin(math.pi - m) * m)
        predictions = F.log_softmax(scale * (one_hot * phi + (1.0 - one_hot) * cosine), dim=1)
        return F.kl_div(predictions, one_hot, reduction="sum") / one_hot.sum()

    inputs = (torch.randn(2, 8, 4), torch.tensor([1.0, 0.75]))
    return call(Speaker(), inputs, classes(5, 2), margin)
