"""Necks and heads of detectors, fast segmentation, and what is built by names out of a registry."""

from collections import OrderedDict
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class Registry:
    """Classes by name, as in mmcv."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._module_dict: dict[str, Any] = {}

    def register_module(self) -> Any:
        def _register(cls: Any) -> Any:
            self._module_dict[cls.__name__] = cls
            return cls

        return _register

    def build(self, cfg: dict[str, Any]) -> Any:
        args = cfg.copy()
        return self._module_dict[args.pop("type")](**args)


MODELS = Registry("models")


class ConvModule(nn.Module):
    def __init__(
        self, cin: int, cout: int, k: int, stride: int = 1, norm_cfg: Any = None, act_cfg: Any = None, **kw: Any
    ) -> None:
        super().__init__()
        self.with_norm, self.with_activation = norm_cfg is not None, act_cfg is not None
        self.conv = nn.Conv2d(cin, cout, k, stride, padding=k // 2, bias=not self.with_norm, **kw)
        if self.with_norm:
            assert norm_cfg["type"] in ("BN", "GN")
            norm = nn.BatchNorm2d(cout) if norm_cfg["type"] == "BN" else nn.GroupNorm(norm_cfg["num_groups"], cout)
            self.norm_name = norm_cfg["type"].lower()
            self.add_module(self.norm_name, norm)
        if self.with_activation:
            self.activate = getattr(nn, act_cfg["type"])(**{k: v for k, v in act_cfg.items() if k != "type"})

    @property
    def norm(self) -> nn.Module:
        return getattr(self, self.norm_name)

    def forward(self, x: Tensor, activate: bool = True, norm: bool = True) -> Tensor:
        for layer in ("conv", "norm", "act"):
            if layer == "conv":
                x = self.conv(x)
            elif layer == "norm" and norm and self.with_norm:
                x = self.norm(x)
            elif layer == "act" and activate and self.with_activation:
                x = self.activate(x)
        return x


@MODELS.register_module()
class PAFPN(nn.Module):
    def __init__(self, in_channels: list[int], out_channels: int, num_outs: int) -> None:
        super().__init__()
        self.num_outs = num_outs
        self.lateral_convs, self.fpn_convs = nn.ModuleList(), nn.ModuleList()
        self.downsample_convs, self.pafpn_convs = nn.ModuleList(), nn.ModuleList()
        for i in range(len(in_channels)):
            self.lateral_convs.append(ConvModule(in_channels[i], out_channels, 1))
            self.fpn_convs.append(ConvModule(out_channels, out_channels, 3))
            if i:
                self.downsample_convs.append(ConvModule(out_channels, out_channels, 3, stride=2))
                self.pafpn_convs.append(ConvModule(out_channels, out_channels, 3))

    def forward(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        laterals = [conv(inputs[i]) for i, conv in enumerate(self.lateral_convs)]
        used = len(laterals)
        for i in range(used - 1, 0, -1):
            prev_shape = laterals[i - 1].shape[2:]
            laterals[i - 1] += F.interpolate(laterals[i], size=prev_shape, mode="nearest")
        inter_outs = [self.fpn_convs[i](laterals[i]) for i in range(used)]
        for i in range(0, used - 1):
            inter_outs[i + 1] = inter_outs[i + 1] + self.downsample_convs[i](inter_outs[i])
        outs = [inter_outs[0]]
        outs.extend([self.pafpn_convs[i - 1](inter_outs[i]) for i in range(1, used)])
        for _ in range(self.num_outs - used):
            outs.append(F.max_pool2d(outs[-1], 1, stride=2))
        return tuple(outs)


class Scale(nn.Module):
    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale, dtype=torch.float))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


def multi_apply(func: Any, *args: Any, **kwargs: Any) -> tuple[list[Any], ...]:
    pfunc = partial(func, **kwargs) if kwargs else func
    return tuple(map(list, zip(*map(pfunc, *args), strict=True)))


@MODELS.register_module()
class FCOSHead(nn.Module):
    def __init__(self, num_classes: int, in_channels: int, strides: tuple[int, ...]) -> None:
        super().__init__()
        self.strides = strides
        norm = {"type": "GN", "num_groups": 2}
        self.cls_convs = nn.ModuleList(
            [ConvModule(in_channels, in_channels, 3, norm_cfg=norm, act_cfg={"type": "ReLU"})]
        )
        self.reg_convs = nn.ModuleList(
            [ConvModule(in_channels, in_channels, 3, norm_cfg=norm, act_cfg={"type": "ReLU"})]
        )
        self.conv_cls, self.conv_reg = nn.Conv2d(in_channels, num_classes, 3, 1, 1), nn.Conv2d(in_channels, 4, 3, 1, 1)
        self.conv_centerness = nn.Conv2d(in_channels, 1, 3, padding=1)
        self.scales = nn.ModuleList([Scale(1.0) for _ in strides])

    def forward(self, feats: tuple[Tensor, ...]) -> tuple[list[Tensor], ...]:
        return multi_apply(self.forward_single, feats, self.scales, self.strides)

    def forward_single(self, x: Tensor, scale: Scale, stride: int) -> tuple[Tensor, Tensor, Tensor]:
        cls_feat, reg_feat = x, x
        for cls_layer in self.cls_convs:
            cls_feat = cls_layer(cls_feat)
        for reg_layer in self.reg_convs:
            reg_feat = reg_layer(reg_feat)
        bbox_pred = scale(self.conv_reg(reg_feat)).float().exp()
        return self.conv_cls(cls_feat), bbox_pred * stride, self.conv_centerness(reg_feat)


class Detector(nn.Module):
    def __init__(self, neck: dict[str, Any], bbox_head: dict[str, Any]) -> None:
        super().__init__()
        self.neck, self.bbox_head = MODELS.build(neck), MODELS.build(bbox_head)

    @property
    def with_neck(self) -> bool:
        return hasattr(self, "neck") and self.neck is not None

    def forward(self, *feats: Tensor) -> Any:
        x: Any = feats
        if self.with_neck:
            x = self.neck(x)
        return self.bbox_head(x)


class IoULoss(nn.Module):
    def __init__(self, loss_type: str = "giou") -> None:
        super().__init__()
        self.loss_type = loss_type

    def forward(self, pred: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        pred_left, pred_top, pred_right, pred_bottom = pred[:, 0], pred[:, 1], pred[:, 2], pred[:, 3]
        target_left, target_top, target_right, target_bottom = target.unbind(1)
        target_area = (target_left + target_right) * (target_top + target_bottom)
        pred_area = (pred_left + pred_right) * (pred_top + pred_bottom)
        w = torch.min(pred_left, target_left) + torch.min(pred_right, target_right)
        g_w = torch.max(pred_left, target_left) + torch.max(pred_right, target_right)
        h = torch.min(pred_bottom, target_bottom) + torch.min(pred_top, target_top)
        g_h = torch.max(pred_bottom, target_bottom) + torch.max(pred_top, target_top)
        ac_union = g_w * g_h + 1e-7
        inter = w * h
        union = target_area + pred_area - inter
        ious = (inter + 1.0) / (union + 1.0)
        losses = 1 - (ious - (ac_union - union) / ac_union) if self.loss_type == "giou" else -torch.log(ious)
        if weight is not None and weight.sum() > 0:
            return (losses * weight).sum() / weight.sum()
        return losses.mean()


@brought("cnn")
def boxes_from_a_registry() -> Call:
    """mmdetection: PAFPN and FCOS built by their names, generalised IoU at the pixels that have an object"""
    cfg = OrderedDict(
        neck={"type": "PAFPN", "in_channels": [2, 3], "out_channels": 4, "num_outs": 3},
        bbox_head={"type": "FCOSHead", "num_classes": 2, "in_channels": 4, "strides": (4, 8, 16)},
    )

    def loss(output: Any, target: tuple[Tensor, Tensor]) -> Tensor:
        labels, bbox_targets = target
        cls_scores, bbox_preds, centernesses = output
        num_imgs = cls_scores[0].size(0)
        flatten_cls = torch.cat([s.permute(0, 2, 3, 1).reshape(-1, 2) for s in cls_scores])
        flatten_box = torch.cat([s.permute(0, 2, 3, 1).reshape(-1, 4) for s in bbox_preds])
        flatten_center = torch.cat([s.permute(0, 2, 3, 1).reshape(-1) for s in centernesses])
        pos_inds = ((labels >= 0) & (labels < 2)).nonzero().reshape(-1)
        num_pos = len(pos_inds)
        one_hot = F.one_hot(labels, 3)[:, :2].float()
        loss_cls = F.binary_cross_entropy_with_logits(flatten_cls, one_hot, reduction="sum") / (num_pos + num_imgs)
        pos_targets = bbox_targets[pos_inds]
        left_right, top_bottom = pos_targets[:, [0, 2]], pos_targets[:, [1, 3]]
        centers = (left_right.min(dim=-1)[0] / left_right.max(dim=-1)[0]) * (
            top_bottom.min(dim=-1)[0] / top_bottom.max(dim=-1)[0]
        )
        centers = torch.sqrt(centers)
        loss_bbox = IoULoss()(flatten_box[pos_inds], pos_targets, weight=centers)
        loss_center = F.binary_cross_entropy_with_logits(flatten_center[pos_inds], centers)
        return loss_cls + loss_bbox + loss_center

    inputs = (torch.randn(1, 2, 4, 4), torch.randn(1, 3, 2, 2))
    target = (classes(3, 21), torch.rand(21, 4) * 8 + 0.5)
    return call(Detector(**cfg), inputs, target, loss)
