"""Small networks with losses of one's own: margins of angles, boxes, joints, distances, correlations, orders."""

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class ArcMarginProduct(nn.Module):
    def __init__(
        self, in_features: int, out_features: int, s: float = 30.0, m: float = 0.50, easy_margin: bool = False
    ) -> None:
        super().__init__()
        self.s, self.m = s, m
        self.weight = nn.Parameter(torch.FloatTensor(out_features, in_features))
        nn.init.xavier_uniform_(self.weight)
        self.easy_margin = easy_margin
        self.cos_m, self.sin_m = math.cos(m), math.sin(m)
        self.th, self.mm = math.cos(math.pi - m), math.sin(math.pi - m) * m

    def forward(self, input: Tensor, label: Tensor) -> Tensor:
        cosine = F.linear(F.normalize(input), F.normalize(self.weight))
        sine = torch.sqrt((1.0 - torch.pow(cosine, 2)).clamp(0, 1))
        phi = cosine * self.cos_m - sine * self.sin_m
        phi = (
            torch.where(cosine > 0, phi, cosine)
            if self.easy_margin
            else torch.where(cosine > self.th, phi, cosine - self.mm)
        )
        one_hot = torch.zeros(cosine.size(), device=input.device)
        one_hot.scatter_(1, label.view(-1, 1).long(), 1)
        output = (one_hot * phi) + ((1.0 - one_hot) * cosine)
        output *= self.s
        return output


class FaceNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 3, 3, bias=False), nn.BatchNorm2d(3), nn.PReLU(3), nn.Dropout())
        self.fc5, self.bn5 = nn.Linear(3 * 2 * 2, 4), nn.BatchNorm1d(4)
        self.metric_fc = ArcMarginProduct(4, 5)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        x = self.features(x)
        x = self.bn5(self.fc5(x.view(x.size(0), -1)))
        return self.metric_fc(x, label)


@brought("cnn")
def margin_of_angles() -> Call:
    """arcface-pytorch of ronghuaiyang, with its focal loss over the batch's mean"""

    class FocalLoss(nn.Module):
        def __init__(self, gamma: float = 2, eps: float = 1e-7) -> None:
            super().__init__()
            self.gamma, self.eps = gamma, eps
            self.ce = nn.CrossEntropyLoss()

        def forward(self, input: Tensor, target: Tensor) -> Tensor:
            logp = self.ce(input, target)
            p = torch.exp(-logp)
            loss = (1 - p) ** self.gamma * logp
            return loss.mean()

    label = classes(5, 4)
    return call(FaceNet().eval(), (torch.randn(4, 1, 4, 4), label), label, FocalLoss())


def bbox_iou(box1: Tensor, box2: Tensor, CIoU: bool = True, eps: float = 1e-7) -> Tensor:
    """Of boxes by their centres, as in YOLOv5."""
    (x1, y1, w1, h1), (x2, y2, w2, h2) = box1.chunk(4, -1), box2.chunk(4, -1)
    w1_, h1_, w2_, h2_ = w1 / 2, h1 / 2, w2 / 2, h2 / 2
    b1_x1, b1_x2, b1_y1, b1_y2 = x1 - w1_, x1 + w1_, y1 - h1_, y1 + h1_
    b2_x1, b2_x2, b2_y1, b2_y2 = x2 - w2_, x2 + w2_, y2 - h2_, y2 + h2_
    inter = (b1_x2.minimum(b2_x2) - b1_x1.maximum(b2_x1)).clamp(0) * (
        b1_y2.minimum(b2_y2) - b1_y1.maximum(b2_y1)
    ).clamp(0)
    union = w1 * h1 + w2 * h2 - inter + eps
    iou = inter / union
    cw = b1_x2.maximum(b2_x2) - b1_x1.minimum(b2_x1)
    ch = b1_y2.maximum(b2_y2) - b1_y1.minimum(b2_y1)
    c2 = cw**2 + ch**2 + eps
    rho2 = ((b2_x1 + b2_x2 - b1_x1 - b1_x2) ** 2 + (b2_y1 + b2_y2 - b1_y1 - b1_y2) ** 2) / 4
    if CIoU:
        v = (4 / math.pi**2) * (torch.atan(w2 / h2) - torch.atan(w1 / h1)).pow(2)
        with torch.no_grad():
            alpha = v / (v - iou + (1 + eps))
        return iou - (rho2 / c2 + v * alpha)
    return iou - rho2 / c2


@brought("cnn")
def boxes_complete() -> Call:
    """the loss of YOLOv5: complete IoU of chosen anchors, the IoU as the objects' target, classes smoothed"""

    class Detect(nn.Module):
        def __init__(self, nc: int, anchors: tuple[tuple[int, ...], ...], ch: tuple[int, ...]) -> None:
            super().__init__()
            self.nc, self.no, self.nl, self.na = nc, nc + 5, len(anchors), len(anchors[0]) // 2
            self.register_buffer("anchors", torch.tensor(anchors).float().view(self.nl, -1, 2))
            self.m = nn.ModuleList(nn.Conv2d(x, self.no * self.na, 1) for x in ch)

        def forward(self, x: Any) -> list[Tensor]:
            x = list(x)
            for i in range(self.nl):
                x[i] = self.m[i](x[i])
                bs, _, ny, nx = x[i].shape
                x[i] = x[i].view(bs, self.na, self.no, ny, nx).permute(0, 1, 3, 4, 2).contiguous()
            return x

    model = Detect(2, ((1, 2, 2, 1), (3, 4, 4, 3)), (3, 4))
    BCEcls, BCEobj = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.5])), nn.BCEWithLogitsLoss()

    def loss(p: list[Tensor], targets: Any) -> Tensor:
        lcls, lbox, lobj = torch.zeros(1), torch.zeros(1), torch.zeros(1)
        tcls, tbox, indices, anchors = targets
        balance = [4.0, 1.0]
        for i, pi in enumerate(p):
            b, a, gj, gi = indices[i]
            tobj = torch.zeros(pi.shape[:4], dtype=pi.dtype, device=pi.device)
            if n := b.shape[0]:
                pxy, pwh, _, pcls = pi[b, a, gj, gi].split((2, 2, 1, 2), 1)
                pxy = pxy.sigmoid() * 2 - 0.5
                pwh = (pwh.sigmoid() * 2) ** 2 * anchors[i]
                pbox = torch.cat((pxy, pwh), 1)
                iou = bbox_iou(pbox, tbox[i]).squeeze()
                lbox += (1.0 - iou).mean()
                iou = iou.detach().clamp(0).type(tobj.dtype)
                tobj[b, a, gj, gi] = iou
                t = torch.full_like(pcls, 0.05)
                t[range(n), tcls[i]] = 0.95
                lcls += BCEcls(pcls, t)
            obji = BCEobj(pi[..., 4], tobj)
            lobj += obji * balance[i]
        lbox *= 0.05
        lcls *= 0.5
        return (lbox + lobj + lcls).sum() * 2

    indices = [
        (torch.tensor([0, 1, 1]), torch.tensor([0, 1, 0]), torch.tensor([1, 3, 0]), torch.tensor([2, 0, 0])),
        (torch.tensor([0, 1]), torch.tensor([1, 0]), torch.tensor([0, 1]), torch.tensor([1, 0])),
    ]
    tbox = [torch.rand(3, 4) + 0.2, torch.rand(2, 4) + 0.2]
    anchors = [torch.rand(3, 2) + 1, torch.rand(2, 2) + 1]
    target = ([classes(2, 3), classes(2, 2)], tbox, indices, anchors)
    return call(Listed(model), (torch.randn(2, 3, 4, 4), torch.randn(2, 4, 2, 2)), target, loss)


class Listed(nn.Module):
    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, *x: Tensor) -> list[Tensor]:
        return self.head(x)


@brought("cnn")
def joints_by_expectation() -> Call:
    """integral regression of mks0601: a softmax over a map, the expected place of each joint, an L1 loss"""

    def generate_2d_integral_preds_tensor(
        heatmaps: Tensor, num_joints: int, x_dim: int, y_dim: int
    ) -> tuple[Tensor, Tensor]:
        assert isinstance(heatmaps, torch.Tensor)
        heatmaps = heatmaps.reshape((heatmaps.shape[0], num_joints, y_dim, x_dim))
        accu_x, accu_y = heatmaps.sum(dim=2), heatmaps.sum(dim=3)
        accu_x = accu_x * torch.arange(float(x_dim))
        accu_y = accu_y * torch.arange(y_dim).to(accu_y.dtype)
        return accu_x.sum(dim=2, keepdim=True), accu_y.sum(dim=2, keepdim=True)

    class Joints(nn.Module):
        def __init__(self, joints: int) -> None:
            super().__init__()
            self.joints = joints
            self.deconv_layers = self._make_deconv_layer(2)
            self.final_layer = nn.Conv2d(3, joints, kernel_size=1)

        def _make_deconv_layer(self, num_layers: int) -> nn.Sequential:
            layers: list[nn.Module] = []
            inplanes = 4
            for _ in range(num_layers):
                layers.append(
                    nn.ConvTranspose2d(inplanes, 3, kernel_size=4, stride=2, padding=1, output_padding=0, bias=False)
                )
                layers.append(nn.BatchNorm2d(3))
                layers.append(nn.ReLU(inplace=True))
                inplanes = 3
            return nn.Sequential(*layers)

        def forward(self, x: Tensor) -> Tensor:
            x = self.final_layer(self.deconv_layers(x))
            h, w = x.shape[-2:]
            x = F.softmax(x.reshape((-1, self.joints, h * w)), 2)
            px, py = generate_2d_integral_preds_tensor(x, self.joints, w, h)
            return torch.cat((px / float(w) - 0.5, py / float(h) - 0.5), dim=2).reshape((-1, self.joints * 2))

    def weighted_l1_loss(input: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
        target, weights = target  # type: ignore[assignment]
        out = torch.abs(input - target)  # type: ignore[operator]
        return (out * weights).sum() / len(input)

    target = (torch.rand(2, 6) - 0.5, torch.tensor([[1.0, 1.0, 0.0, 0.0, 1.0, 1.0]] * 2))
    return call(Joints(3), torch.randn(2, 4, 2, 3), target, weighted_l1_loss)
