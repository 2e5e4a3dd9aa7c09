"""Poses and landmarks: stacked hourglasses and the wing loss, as repositories write them."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call


class Hourglass(nn.Module):
    def __init__(self, n: int, f: int) -> None:
        super().__init__()
        self.up1 = nn.Conv2d(f, f, 3, padding=1)
        self.pool1 = nn.MaxPool2d(2, 2)
        self.low1 = nn.Conv2d(f, f, 3, padding=1)
        self.low2: nn.Module = Hourglass(n - 1, f) if n > 1 else nn.Conv2d(f, f, 3, padding=1)
        self.low3 = nn.Conv2d(f, f, 3, padding=1)
        self.up2 = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, x: Tensor) -> Tensor:
        up1 = self.up1(x)
        low3 = self.low3(F.relu(self.low2(F.relu(self.low1(self.pool1(x))))))
        return up1 + self.up2(low3)


class PoseNet(nn.Module):
    def __init__(self, nstack: int = 2) -> None:
        super().__init__()
        self.nstack = nstack
        self.pre = nn.Conv2d(3, 3, 3, padding=1)
        self.hgs = nn.ModuleList([Hourglass(2, 3) for _ in range(nstack)])
        self.outs = nn.ModuleList([nn.Conv2d(3, 2, 1) for _ in range(nstack)])
        self.merge = nn.ModuleList([nn.Conv2d(2, 3, 1) for _ in range(nstack - 1)])

    def forward(self, imgs: Tensor) -> Tensor:
        x = self.pre(imgs.permute(0, 3, 1, 2))
        combined_hm_preds = []
        for i in range(self.nstack):
            feature = self.hgs[i](x)
            preds = self.outs[i](feature)
            combined_hm_preds.append(preds)
            if i < self.nstack - 1:
                x = x + self.merge[i](preds) + feature
        return torch.stack(combined_hm_preds, 1)


def calc_loss(combined_hm_preds: Tensor, heatmaps: Tensor) -> Tensor:
    combined_loss = []
    for i in range(2):
        combined_loss.append(((combined_hm_preds[:, i] - heatmaps) ** 2).mean(dim=3).mean(dim=2).mean(dim=1))
    return torch.stack(combined_loss, dim=1).mean()


@brought("cnn")
def stacked_hourglass() -> Call:
    """princeton-vl's stacked hourglasses: recursion, images with channels last, a loss for each stack"""
    return call(PoseNet(), torch.rand(2, 4, 4, 3), torch.rand(2, 2, 4, 4), calc_loss)


class WingLoss(nn.Module):
    def __init__(self, omega: float = 10, epsilon: float = 2) -> None:
        super().__init__()
        self.omega = omega
        self.epsilon = epsilon

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        y = target
        y_hat = pred
        delta_y = (y - y_hat).abs()
        delta_y1 = delta_y[delta_y < self.omega]
        delta_y2 = delta_y[delta_y >= self.omega]
        loss1 = self.omega * torch.log(1 + delta_y1 / self.epsilon)
        C = self.omega - self.omega * math.log(1 + self.omega / self.epsilon)
        loss2 = delta_y2 - C
        return (loss1.sum() + loss2.sum()) / (len(loss1) + len(loss2))


@brought("cnn")
def wing_loss() -> Call:
    """the wing loss of landmarks, split by a mask that depends on the predictions"""
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool2d((2, 2)), nn.Flatten(), nn.Linear(12, 6))
    return call(model, torch.rand(2, 1, 6, 6), torch.rand(2, 6) * 20, WingLoss())
