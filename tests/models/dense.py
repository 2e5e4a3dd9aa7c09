"""Segmentation with several outputs and with gates, as torchvision and other repositories write it."""

from collections import OrderedDict
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


class ASPPPooling(nn.Sequential):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(nn.AdaptiveAvgPool2d(1), nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[-2:]
        for mod in self:
            x = mod(x)
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class DeepLab(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(OrderedDict([("conv1", nn.Conv2d(3, 4, 3, 2, 1)), ("relu", nn.ReLU())]))
        self.convs = nn.ModuleList(
            [nn.Conv2d(4, 2, 1), nn.Conv2d(4, 2, 3, padding=2, dilation=2), ASPPPooling(4, 2)]
        )  # fmt: skip
        self.project = nn.Sequential(nn.Conv2d(6, 4, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 3, 1))
        self.aux_classifier = nn.Conv2d(4, 3, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        input_shape = x.shape[-2:]
        features = self.backbone(x)
        result = OrderedDict()
        x = self.project(torch.cat([conv(features) for conv in self.convs], dim=1))
        result["out"] = F.interpolate(x, size=input_shape, mode="bilinear", align_corners=False)
        x = self.aux_classifier(features)
        result["aux"] = F.interpolate(x, size=input_shape, mode="bilinear", align_corners=False)
        return result


def criterion(inputs: dict[str, Tensor], target: Tensor) -> Tensor:
    losses = {}
    for name, x in inputs.items():
        losses[name] = nn.functional.cross_entropy(x, target, ignore_index=255)
    if len(losses) == 1:
        return losses["out"]
    return losses["out"] + 0.5 * losses["aux"]


@brought("segmentation")
def deeplab_of_torchvision() -> Call:
    """torchvision's DeepLab and its reference criterion: dictionaries of outputs, pixels ignored"""
    target = classes(3, 2, 6, 6)
    target[0, 0, :3] = 255
    return call(trained(DeepLab()), torch.rand(2, 3, 6, 6), target, criterion)


class AttentionBlock(nn.Module):
    def __init__(self, F_g: int, F_l: int, F_int: int) -> None:
        super().__init__()
        self.W_g = nn.Sequential(nn.Conv2d(F_g, F_int, kernel_size=1, bias=True), nn.BatchNorm2d(F_int))
        self.W_x = nn.Sequential(nn.Conv2d(F_l, F_int, kernel_size=1, bias=True), nn.BatchNorm2d(F_int))
        self.psi = nn.Sequential(nn.Conv2d(F_int, 1, kernel_size=1), nn.BatchNorm2d(1), nn.Sigmoid())
        self.relu = nn.ReLU(inplace=True)

    def forward(self, g: Tensor, x: Tensor) -> Tensor:
        g1 = self.W_g(g)
        x1 = self.W_x(x)
        psi = self.relu(g1 + x1)
        psi = self.psi(psi)
        return x * psi


class NestedAttentionUNet(nn.Module):
    def __init__(self, num_classes: int, deep_supervision: bool = True) -> None:
        super().__init__()
        nb_filter = [2, 3, 4]
        self.deep_supervision = deep_supervision
        self.pool = nn.MaxPool2d(2, 2)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.conv0_0 = nn.Conv2d(3, nb_filter[0], 3, padding=1)
        self.conv1_0 = nn.Conv2d(nb_filter[0], nb_filter[1], 3, padding=1)
        self.conv2_0 = nn.Conv2d(nb_filter[1], nb_filter[2], 3, padding=1)
        self.conv0_1 = nn.Conv2d(nb_filter[0] + nb_filter[1], nb_filter[0], 3, padding=1)
        self.conv1_1 = nn.Conv2d(nb_filter[1] + nb_filter[2], nb_filter[1], 3, padding=1)
        self.conv0_2 = nn.Conv2d(nb_filter[0] * 2 + nb_filter[1], nb_filter[0], 3, padding=1)
        self.att = AttentionBlock(nb_filter[1], nb_filter[0], 2)
        self.final1 = nn.Conv2d(nb_filter[0], num_classes, kernel_size=1)
        self.final2 = nn.Conv2d(nb_filter[0], num_classes, kernel_size=1)

    def forward(self, input: Tensor) -> Any:
        x0_0 = self.conv0_0(input).relu_()
        x1_0 = self.conv1_0(self.pool(x0_0)).relu_()
        x0_1 = self.conv0_1(torch.cat([x0_0, self.up(x1_0)], 1)).relu_()
        x2_0 = self.conv2_0(self.pool(x1_0)).relu_()
        x1_1 = self.conv1_1(torch.cat([x1_0, self.up(x2_0)], 1)).relu_()
        x0_2 = self.conv0_2(torch.cat([self.att(self.up(x1_1), x0_0), x0_1, self.up(x1_1)], 1)).relu_()
        if self.deep_supervision:
            return [self.final1(x0_1), self.final2(x0_2)]
        return self.final2(x0_2)


class LovaszFreeLoss(nn.Module):
    def forward(self, outputs: list[Tensor], target: Tensor) -> Tensor:
        loss = 0
        for output in outputs:
            bce = F.binary_cross_entropy_with_logits(output, target)
            smooth = 1e-5
            input = torch.sigmoid(output)
            num = target.size(0)
            input = input.view(num, -1)
            flat = target.view(num, -1)
            intersection = input * flat
            dice = (2.0 * intersection.sum(1) + smooth) / (input.sum(1) + flat.sum(1) + smooth)
            dice = 1 - dice.sum() / num
            loss += 0.5 * bce + dice
        loss /= len(outputs)
        return loss


@brought("segmentation")
def nested_unet() -> Call:
    """4uiiurz1's U-Net++ with an attention gate: a list of outputs, a loss that starts at 0 and adds up"""
    target = torch.rand(2, 1, 8, 8).round()
    return call(NestedAttentionUNet(1), torch.rand(2, 3, 8, 8), target, LovaszFreeLoss())


class FCN8s(nn.Module):
    def __init__(self, n_class: int = 3) -> None:
        super().__init__()
        self.conv1_1 = nn.Conv2d(3, 3, 3, padding=5)
        self.relu1_1 = nn.ReLU(inplace=True)
        self.pool1 = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.conv2_1 = nn.Conv2d(3, 4, 3, padding=1)
        self.pool2 = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.score_fr = nn.Conv2d(4, n_class, 1)
        self.score_pool1 = nn.Conv2d(3, n_class, 1)
        self.upscore2 = nn.ConvTranspose2d(n_class, n_class, 4, stride=2, bias=False)
        self.upscore = nn.ConvTranspose2d(n_class, n_class, 4, stride=2, bias=False)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                m.weight.data.mul_(2.0)
            if isinstance(m, nn.ConvTranspose2d):
                assert m.kernel_size[0] == m.kernel_size[1]
                m.weight.data.copy_(torch.eye(n_class)[:, :, None, None] * torch.rand(4, 4))

    def forward(self, x: Tensor) -> Tensor:
        h = x
        h = self.relu1_1(self.conv1_1(h))
        h = self.pool1(h)
        pool1 = h
        h = self.pool2(torch.relu(self.conv2_1(h)))
        h = self.score_fr(h)
        h = self.upscore2(h)
        upscore2 = h
        h = self.score_pool1(pool1)
        h = h[:, :, 1 : 1 + upscore2.size()[2] - 3, 1 : 1 + upscore2.size()[3] - 3]
        h = h + upscore2[:, :, 1 : 1 + h.size()[2], 1 : 1 + h.size()[3]]
        h = self.upscore(h)
        return h[:, :, 3 : 3 + x.size()[2], 3 : 3 + x.size()[3]].contiguous()


def cross_entropy2d(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool = True) -> Tensor:
    n, c, h, w = input.size()
    log_p = F.log_softmax(input, dim=1)
    log_p = log_p.transpose(1, 2).transpose(2, 3).contiguous()
    log_p = log_p[target.view(n, h, w, 1).repeat(1, 1, 1, c) >= 0]
    log_p = log_p.view(-1, c)
    mask = target >= 0
    target = target[mask]
    loss = F.nll_loss(log_p, target, weight=weight, reduction="sum")
    if size_average:
        loss /= mask.data.sum()
    return loss


@brought("segmentation")
def fcn_of_wkentaro() -> Call:
    """wkentaro's FCN: crops by sizes of other tensors, a cross entropy with pixels left out by a mask"""
    target = classes(3, 1, 6, 6)
    target[0, 0, :2] = -1
    return call(FCN8s(), torch.rand(1, 3, 6, 6), target, cross_entropy2d)
