"""Heads of detectors and of pose estimation with their own losses, capsules and losses of embeddings."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class YOLOLayer(nn.Module):
    def __init__(self, anchors: list[tuple[float, float]], num_classes: int, img_dim: int = 8) -> None:
        super().__init__()
        self.anchors = anchors
        self.num_anchors = len(anchors)
        self.num_classes = num_classes
        self.img_dim = img_dim

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        num_samples, grid_size = x.size(0), x.size(2)
        prediction = (
            x.view(num_samples, self.num_anchors, self.num_classes + 5, grid_size, grid_size)
            .permute(0, 1, 3, 4, 2)
            .contiguous()
        )
        x = torch.sigmoid(prediction[..., 0])
        y = torch.sigmoid(prediction[..., 1])
        w = prediction[..., 2]
        h = prediction[..., 3]
        pred_conf = torch.sigmoid(prediction[..., 4])
        pred_cls = torch.sigmoid(prediction[..., 5:])
        return x, y, w, h, pred_conf, pred_cls


class YOLOLoss(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mse_loss = nn.MSELoss()
        self.bce_loss = nn.BCELoss()
        self.obj_scale, self.noobj_scale = 1, 100

    def forward(self, outputs: tuple[Tensor, ...], targets: tuple[Tensor, ...]) -> Tensor:
        x, y, w, h, pred_conf, pred_cls = outputs
        obj_mask, noobj_mask, tx, ty, tw, th, tcls, tconf = targets
        loss_x = self.mse_loss(x[obj_mask], tx[obj_mask])
        loss_y = self.mse_loss(y[obj_mask], ty[obj_mask])
        loss_w = self.mse_loss(w[obj_mask], tw[obj_mask])
        loss_h = self.mse_loss(h[obj_mask], th[obj_mask])
        loss_conf_obj = self.bce_loss(pred_conf[obj_mask], tconf[obj_mask])
        loss_conf_noobj = self.bce_loss(pred_conf[noobj_mask], tconf[noobj_mask])
        loss_conf = self.obj_scale * loss_conf_obj + self.noobj_scale * loss_conf_noobj
        loss_cls = self.bce_loss(pred_cls[obj_mask], tcls[obj_mask])
        return loss_x + loss_y + loss_w + loss_h + loss_conf + loss_cls


@brought("cnn")
def yolo_v3_layer() -> Call:
    """eriklindernoren's YOLOv3 layer: entries chosen by boolean masks, six losses added"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), nn.LeakyReLU(0.1), nn.Conv2d(4, 14, 1), YOLOLayer([(1, 2), (3, 1)], 2)
    )
    obj = torch.zeros(2, 2, 3, 3, dtype=torch.bool)
    obj[0, 1, 2, 0] = obj[1, 0, 1, 1] = True
    t = [torch.rand(2, 2, 3, 3) for _ in range(4)]
    return call(
        model, torch.randn(2, 3, 6, 6), (obj, ~obj, *t, torch.rand(2, 2, 3, 3, 2).round(), obj.float()), YOLOLoss()
    )


class L2Norm(nn.Module):
    def __init__(self, n_channels: int, scale: float) -> None:
        super().__init__()
        self.gamma = scale
        self.eps = 1e-10
        self.weight = nn.Parameter(torch.Tensor(n_channels))
        nn.init.constant_(self.weight, self.gamma)

    def forward(self, x: Tensor) -> Tensor:
        norm = x.pow(2).sum(dim=1, keepdim=True).sqrt() + self.eps
        x = torch.div(x, norm)
        return self.weight.unsqueeze(0).unsqueeze(2).unsqueeze(3).expand_as(x) * x


class SSD(nn.Module):
    def __init__(self, num_classes: int = 3) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.vgg = nn.ModuleList([nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2)])
        self.L2Norm = L2Norm(4, 20)
        self.extras = nn.ModuleList([nn.Conv2d(4, 2, 1), nn.Conv2d(2, 4, 3, stride=2, padding=1)])
        self.loc = nn.ModuleList([nn.Conv2d(4, 8, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)])
        self.conf = nn.ModuleList([nn.Conv2d(4, 2 * num_classes, 3, padding=1) for _ in range(2)])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        sources = []
        loc = []
        conf = []
        for k in range(len(self.vgg)):
            x = self.vgg[k](x)
        sources.append(self.L2Norm(x))
        for k, v in enumerate(self.extras):
            x = F.relu(v(x), inplace=True)
            if k % 2 == 1:
                sources.append(x)
        for x, l, c in zip(sources, self.loc, self.conf, strict=True):  # noqa: E741
            loc.append(l(x).permute(0, 2, 3, 1).contiguous())
            conf.append(c(x).permute(0, 2, 3, 1).contiguous())
        loc = torch.cat([o.view(o.size(0), -1) for o in loc], 1)
        conf = torch.cat([o.view(o.size(0), -1) for o in conf], 1)
        return loc.view(loc.size(0), -1, 4), conf.view(conf.size(0), -1, self.num_classes)


def multibox(predictions: tuple[Tensor, Tensor], targets: tuple[Tensor, Tensor]) -> Tensor:
    loc_data, conf_data = predictions
    loc_t, conf_t = targets
    pos = conf_t > 0
    pos_idx = pos.unsqueeze(pos.dim()).expand_as(loc_data)
    loss_l = F.smooth_l1_loss(loc_data[pos_idx].view(-1, 4), loc_t[pos_idx].view(-1, 4), reduction="sum")
    loss_c = F.cross_entropy(conf_data.view(-1, 3), conf_t.view(-1), reduction="sum")
    N = pos.sum()
    return loss_l / N + loss_c / N


@brought("cnn")
def ssd() -> Call:
    """amdegroot's SSD: L2Norm, heads over scales; boxes matched to objects are chosen by a mask"""
    conf = classes(3, 2, 40)
    return call(SSD(), torch.randn(2, 3, 8, 8), (torch.randn(2, 40, 4), conf), multibox)


class ClassificationModel(nn.Module):
    def __init__(self, num_features_in: int, num_anchors: int = 2, num_classes: int = 3, feature_size: int = 4) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.num_anchors = num_anchors
        self.conv1 = nn.Conv2d(num_features_in, feature_size, kernel_size=3, padding=1)
        self.act1 = nn.ReLU()
        self.output = nn.Conv2d(feature_size, num_anchors * num_classes, kernel_size=3, padding=1)
        self.output_act = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        out = self.act1(self.conv1(x))
        out = self.output_act(self.output(out))
        out1 = out.permute(0, 2, 3, 1)
        batch_size, width, height, channels = out1.shape  # noqa: RUF059
        out2 = out1.view(batch_size, width, height, self.num_anchors, self.num_classes)
        return out2.contiguous().view(x.shape[0], -1, self.num_classes)


class FocalLoss(nn.Module):
    def forward(self, classifications: Tensor, targets: Tensor) -> Tensor:
        alpha = 0.25
        gamma = 2.0
        classification_losses = []
        for j in range(classifications.shape[0]):
            classification = torch.clamp(classifications[j, :, :], 1e-4, 1.0 - 1e-4)
            alpha_factor = torch.ones(targets[j].shape) * alpha
            alpha_factor = torch.where(torch.eq(targets[j], 1.0), alpha_factor, 1.0 - alpha_factor)
            focal_weight = torch.where(torch.eq(targets[j], 1.0), 1.0 - classification, classification)
            focal_weight = alpha_factor * torch.pow(focal_weight, gamma)
            bce = -(targets[j] * torch.log(classification) + (1.0 - targets[j]) * torch.log(1.0 - classification))
            cls_loss = focal_weight * bce
            cls_loss = torch.where(torch.ne(targets[j], -1.0), cls_loss, torch.zeros(cls_loss.shape))
            num_positive_anchors = (targets[j] == 1).sum()
            classification_losses.append(cls_loss.sum() / torch.clamp(num_positive_anchors.float(), min=1.0))
        return torch.stack(classification_losses).mean(dim=0, keepdim=True).mean()


@brought("cnn")
def retinanet_head() -> Call:
    """yhenon's RetinaNet: the classification head with its focal loss, image by image"""
    target = torch.zeros(2, 18, 3)
    target[0, 3, 1] = target[1, 7, 2] = 1.0
    target[0, 5] = -1.0
    return call(ClassificationModel(2), torch.randn(2, 2, 3, 3), target, FocalLoss())


def _neg_loss(pred: Tensor, gt: Tensor) -> Tensor:
    pos_inds = gt.eq(1).float()
    neg_inds = gt.lt(1).float()
    neg_weights = torch.pow(1 - gt, 4)
    loss = 0
    pos_loss = torch.log(pred) * torch.pow(1 - pred, 2) * pos_inds
    neg_loss = torch.log(1 - pred) * torch.pow(pred, 2) * neg_weights * neg_inds
    num_pos = pos_inds.float().sum()
    pos_loss = pos_loss.sum()
    neg_loss = neg_loss.sum()
    if num_pos == 0:  # noqa: SIM108
        loss = loss - neg_loss
    else:
        loss = loss - (pos_loss + neg_loss) / num_pos
    return loss


def _gather_feat(feat: Tensor, ind: Tensor) -> Tensor:
    dim = feat.size(2)
    ind = ind.unsqueeze(2).expand(ind.size(0), ind.size(1), dim)
    return feat.gather(1, ind)


class CenterNet(nn.Module):
    def __init__(self, heads: dict[str, int]) -> None:
        super().__init__()
        self.heads = heads
        self.base = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True))
        for head in self.heads:
            fc = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(4, heads[head], 1))
            fc[-1].bias.data.fill_(-2.19 if "hm" in head else 0.0)
            self.__setattr__(head, fc)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = self.base(x)
        z = {}
        for head in self.heads:
            z[head] = self.__getattr__(head)(x)
        return z


def center_net_loss(output: dict[str, Tensor], batch: dict[str, Tensor]) -> Tensor:
    hm = torch.clamp(output["hm"].sigmoid_(), min=1e-4, max=1 - 1e-4)
    hm_loss = _neg_loss(hm, batch["hm"])
    pred = output["wh"].permute(0, 2, 3, 1).contiguous()
    pred = _gather_feat(pred.view(pred.size(0), -1, pred.size(3)), batch["ind"])
    mask = batch["reg_mask"].unsqueeze(2).expand_as(pred).float()
    wh_loss = F.l1_loss(pred * mask, batch["wh"] * mask, reduction="sum") / (mask.sum() + 1e-4)
    return hm_loss + 0.1 * wh_loss


@brought("cnn")
def center_net() -> Call:
    """CenterNet: a dictionary of heads, the heat map's loss, sizes gathered at the centres"""
    hm = torch.rand(2, 2, 4, 4) * 0.9
    hm[0, 1, 2, 2] = hm[1, 0, 0, 3] = 1.0
    batch = {
        "hm": hm, "ind": torch.tensor([[10, 0], [3, 0]]),
        "reg_mask": torch.tensor([[1, 0], [1, 0]]), "wh": torch.rand(2, 2, 2),
    }  # fmt: skip
    return call(CenterNet({"hm": 2, "wh": 2}), torch.randn(2, 3, 4, 4), batch, center_net_loss)


class JointsMSELoss(nn.Module):
    def __init__(self, use_target_weight: bool) -> None:
        super().__init__()
        self.criterion = nn.MSELoss(reduction="mean")
        self.use_target_weight = use_target_weight

    def forward(self, output: Tensor, target: Any) -> Tensor:
        target, target_weight = target
        batch_size = output.size(0)
        num_joints = output.size(1)
        heatmaps_pred = output.reshape((batch_size, num_joints, -1)).split(1, 1)
        heatmaps_gt = target.reshape((batch_size, num_joints, -1)).split(1, 1)
        loss = 0
        for idx in range(num_joints):
            heatmap_pred = heatmaps_pred[idx].squeeze()
            heatmap_gt = heatmaps_gt[idx].squeeze()
            if self.use_target_weight:
                loss += 0.5 * self.criterion(
                    heatmap_pred.mul(target_weight[:, idx]), heatmap_gt.mul(target_weight[:, idx])
                )
            else:
                loss += 0.5 * self.criterion(heatmap_pred, heatmap_gt)
        return loss / num_joints


@brought("cnn")
def simple_baseline_pose() -> Call:
    """Microsoft's simple baseline for poses: transposed convolutions, a loss joint by joint"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4, momentum=0.1), nn.ReLU(inplace=True),
        nn.ConvTranspose2d(4, 4, 4, 2, 1, output_padding=0, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True),
        nn.Conv2d(4, 3, 1),
    )  # fmt: skip
    target = (torch.rand(2, 3, 6, 6), torch.tensor([[[1.0], [0.0], [1.0]], [[1.0], [1.0], [1.0]]]))
    return call(model, torch.randn(2, 3, 6, 6), target, JointsMSELoss(True))
