"""Pyramids of features that are weighted, and the focal loss of anchors."""

from typing import Any

import torch
from torch import nn

from tests.models.brought import Call, Tensor, brought, call


class SeparableConv(nn.Module):
    def __init__(self, c: int, norm: bool = True) -> None:
        super().__init__()
        self.depthwise_conv = nn.Conv2d(c, c, kernel_size=3, stride=1, padding=1, groups=c, bias=False)
        self.pointwise_conv = nn.Conv2d(c, c, kernel_size=1, stride=1)
        self.norm = norm
        if self.norm:
            self.bn = nn.BatchNorm2d(num_features=c, momentum=0.01, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pointwise_conv(self.depthwise_conv(x))
        return self.bn(x) if self.norm else x


class Swish(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(x)


class BiFPN(nn.Module):
    def __init__(self, c: int, epsilon: float = 1e-4, attention: bool = True) -> None:
        super().__init__()
        self.epsilon, self.attention = epsilon, attention
        self.conv3_up, self.conv4_up, self.conv4_down, self.conv5_down = [SeparableConv(c) for _ in range(4)]
        self.upsample = nn.Upsample(scale_factor=2, mode="nearest")
        self.downsample = nn.MaxPool2d(3, 2, padding=1)
        self.swish = Swish()
        self.p4_w1 = nn.Parameter(torch.ones(2, dtype=torch.float32), requires_grad=True)
        self.p4_w1_relu = nn.ReLU()
        self.p3_w1 = nn.Parameter(torch.ones(2, dtype=torch.float32), requires_grad=True)
        self.p3_w1_relu = nn.ReLU()
        self.p4_w2 = nn.Parameter(torch.ones(3, dtype=torch.float32), requires_grad=True)
        self.p4_w2_relu = nn.ReLU()

    def forward(self, inputs: Any) -> tuple[Tensor, ...]:
        p3_in, p4_in, p5_in = inputs
        p4_w1 = self.p4_w1_relu(self.p4_w1)
        weight = p4_w1 / (torch.sum(p4_w1, dim=0) + self.epsilon)
        p4_up = self.conv4_up(self.swish(weight[0] * p4_in + weight[1] * self.upsample(p5_in)))
        p3_w1 = self.p3_w1_relu(self.p3_w1)
        weight = p3_w1 / (torch.sum(p3_w1, dim=0) + self.epsilon)
        p3_out = self.conv3_up(self.swish(weight[0] * p3_in + weight[1] * self.upsample(p4_up)))
        p4_w2 = self.p4_w2_relu(self.p4_w2)
        weight = p4_w2 / (torch.sum(p4_w2, dim=0) + self.epsilon)
        p4_out = self.conv4_down(
            self.swish(weight[0] * p4_in + weight[1] * p4_up + weight[2] * self.downsample(p3_out))
        )
        p5_out = self.conv5_down(self.swish(p5_in + self.downsample(p4_out)))
        return p3_out, p4_out, p5_out


class EfficientHead(nn.Module):
    def __init__(self, c: int, num_anchors: int, num_classes: int, num_layers: int) -> None:
        super().__init__()
        self.num_classes, self.num_anchors = num_classes, num_anchors
        self.bifpn = BiFPN(c)
        self.conv_list = nn.ModuleList([SeparableConv(c, norm=False) for i in range(num_layers)])
        self.bn_list = nn.ModuleList([nn.ModuleList([nn.BatchNorm2d(c) for i in range(num_layers)]) for j in range(3)])
        self.header = nn.Conv2d(c, num_anchors * num_classes, 3, padding=1)
        self.swish = Swish()

    def forward(self, inputs: Any) -> Tensor:
        feats = []
        for feat, bn_list in zip(self.bifpn(inputs), self.bn_list, strict=True):
            for _i, bn, conv in zip(range(len(self.conv_list)), bn_list, self.conv_list, strict=True):  # type: ignore[arg-type]
                feat = self.swish(bn(conv(feat)))
            feat = self.header(feat).permute(0, 2, 3, 1)
            feat = feat.contiguous().view(
                feat.shape[0], feat.shape[1], feat.shape[2], self.num_anchors, self.num_classes
            )
            feats.append(feat.contiguous().view(feat.shape[0], -1, self.num_classes))
        return torch.cat(feats, dim=1).sigmoid()


def focal(classification: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    """Of -1 (ignored), 0 and 1, as in pytorch-retinanet."""
    losses = []
    for j in range(classification.shape[0]):
        c, t = torch.clamp(classification[j, :, :], 1e-4, 1.0 - 1e-4), targets[j]
        alpha_factor = torch.ones_like(t) * alpha
        alpha_factor = torch.where(torch.eq(t, 1.0), alpha_factor, 1.0 - alpha_factor)
        focal_weight = torch.where(torch.eq(t, 1.0), 1.0 - c, c)
        focal_weight = alpha_factor * torch.pow(focal_weight, gamma)
        bce = -(t * torch.log(c) + (1.0 - t) * torch.log(1.0 - c))
        cls_loss = focal_weight * bce
        cls_loss = torch.where(torch.ne(t, -1.0), cls_loss, torch.zeros_like(cls_loss))
        positives = (t == 1).sum()
        losses.append(cls_loss.sum() / torch.clamp(positives.float(), min=1.0))
    return torch.stack(losses).mean(dim=0, keepdim=True).squeeze()


@brought("cnn")
def pyramid_both_ways() -> Call:
    """EfficientDet of zylo117: BiFPN with its fast attention, and the focal loss of RetinaNet"""
    inputs = [torch.randn(2, 2, s, s) for s in (8, 4, 2)]
    targets = (torch.rand(2, 84 * 2, 2) > 0.9).float()
    targets[:, ::7] = -1
    model = EfficientHead(2, 2, 2, 2)
    return call(model, (inputs,), targets, focal)
