"""Fast and light networks of pixels: ESPNet, BiSeNet, Fast-SCNN, HRNet, DLA, stages across and phantom kernels."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class CBR(nn.Module):
    def __init__(self, nIn: int, nOut: int, kSize: int, stride: int = 1) -> None:
        super().__init__()
        padding = int((kSize - 1) / 2)
        self.conv = nn.Conv2d(nIn, nOut, (kSize, kSize), stride=stride, padding=(padding, padding), bias=False)
        self.bn = nn.BatchNorm2d(nOut, eps=1e-03)
        self.act = nn.PReLU(nOut)

    def forward(self, input: Tensor) -> Tensor:
        return self.act(self.bn(self.conv(input)))


class BR(nn.Module):
    def __init__(self, nOut: int) -> None:
        super().__init__()
        self.bn, self.act = nn.BatchNorm2d(nOut, eps=1e-03), nn.PReLU(nOut)

    def forward(self, input: Tensor) -> Tensor:
        return self.act(self.bn(input))


class CDilated(nn.Module):
    def __init__(self, nIn: int, nOut: int, kSize: int, stride: int = 1, d: int = 1) -> None:
        super().__init__()
        padding = int((kSize - 1) / 2) * d
        self.conv = nn.Conv2d(
            nIn, nOut, (kSize, kSize), stride=stride, padding=(padding, padding), bias=False, dilation=d
        )

    def forward(self, input: Tensor) -> Tensor:
        return self.conv(input)


class DilatedParllelResidualBlockB(nn.Module):
    def __init__(self, nIn: int, nOut: int, stride: int = 1, add: bool = True) -> None:
        super().__init__()
        n = int(nOut / 5)
        n1 = nOut - 4 * n
        self.c1 = nn.Conv2d(nIn, n, 3 if stride == 2 else 1, stride, 1 if stride == 2 else 0, bias=False)
        self.d1, self.d2, self.d4 = CDilated(n, n1, 3, 1, 1), CDilated(n, n, 3, 1, 2), CDilated(n, n, 3, 1, 4)
        self.d8, self.d16 = CDilated(n, n, 3, 1, 8), CDilated(n, n, 3, 1, 16)
        self.bn, self.add = BR(nOut), add

    def forward(self, input: Tensor) -> Tensor:
        output1 = self.c1(input)
        d1, d2, d4, d8, d16 = (d(output1) for d in (self.d1, self.d2, self.d4, self.d8, self.d16))
        add1 = d2
        add2 = add1 + d4
        add3 = add2 + d8
        add4 = add3 + d16
        combine = torch.cat([d1, add1, add2, add3, add4], 1)
        if self.add:
            combine = input + combine
        return self.bn(combine)


class InputProjection(nn.Module):
    def __init__(self, samplingTimes: int) -> None:
        super().__init__()
        self.pool = nn.ModuleList()
        for _ in range(0, samplingTimes):
            self.pool.append(nn.AvgPool2d(3, stride=2, padding=1))

    def forward(self, input: Tensor) -> Tensor:
        for pool in self.pool:
            input = pool(input)
        return input


class ESPNetEncoder(nn.Module):
    def __init__(self, classes: int = 3, p: int = 2) -> None:
        super().__init__()
        self.level1, self.sample1 = CBR(3, 5, 3, 2), InputProjection(1)
        self.b1 = BR(5 + 3)
        self.level2_0 = DilatedParllelResidualBlockB(8, 6, 2, add=False)
        self.level2 = nn.ModuleList()
        for _i in range(0, p):
            self.level2.append(DilatedParllelResidualBlockB(6, 6))
        self.classifier = nn.Conv2d(12, classes, 1, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        output0 = self.level1(input)
        inp1 = self.sample1(input)
        output0_cat = self.b1(torch.cat([output0, inp1], 1))
        output1 = output1_0 = self.level2_0(output0_cat)
        for i, layer in enumerate(self.level2):
            output1 = layer(output1_0 if i == 0 else output1)
        return self.classifier(torch.cat([output1, output1_0], 1))


@brought("mobile")
def dilations_side_by_side() -> Call:
    """ESPNet of sacmehta, its encoder, with classes weighted"""

    class CrossEntropyLoss2d(nn.Module):
        def __init__(self, weight: Tensor | None = None) -> None:
            super().__init__()
            self.loss = nn.NLLLoss(weight)

        def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
            return self.loss(F.log_softmax(outputs, 1), targets)

    weight = torch.tensor([2.5959, 6.7415, 3.5354])
    return call(ESPNetEncoder(), torch.randn(2, 3, 16, 16), classes(3, 2, 4, 4), CrossEntropyLoss2d(weight))


class ARM(nn.Module):
    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(cin, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True)
        )
        self.conv_atten = nn.Conv2d(cout, cout, kernel_size=1, bias=False)
        self.bn_atten = nn.BatchNorm2d(cout)

    def forward(self, x: Tensor) -> Tensor:
        feat = self.conv(x)
        atten = torch.mean(feat, dim=(2, 3), keepdim=True)
        atten = self.bn_atten(self.conv_atten(atten)).sigmoid()
        return torch.mul(feat, atten)


class BiSeNet(nn.Module):
    def __init__(self, n_classes: int, aux_mode: str = "train") -> None:
        super().__init__()
        self.cp = nn.ModuleDict({"feat8": nn.Conv2d(3, 4, 3, 4, 1), "feat16": nn.Conv2d(4, 4, 3, 2, 1)})
        self.arm16, self.aux_mode = ARM(4, 4), aux_mode
        self.conv_avg = nn.Sequential(nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.up16, self.sp = nn.Upsample(scale_factor=2.0), nn.Conv2d(3, 4, 3, 4, 1)
        self.ffm_conv1, self.ffm_conv2 = nn.Conv2d(8, 2, 1, bias=False), nn.Conv2d(2, 8, 1, bias=False)
        self.conv_out = nn.Sequential(
            nn.Conv2d(8, n_classes, 1), nn.Upsample(scale_factor=4, mode="bilinear", align_corners=False)
        )
        self.conv_out16 = nn.Conv2d(4, n_classes, 1)
        self.init_weight()

    def init_weight(self) -> None:
        for ly in self.children():
            if isinstance(ly, nn.Conv2d):
                nn.init.kaiming_normal_(ly.weight, a=1)
                if ly.bias is not None:
                    nn.init.constant_(ly.bias, 0)

    def forward(self, x: Tensor) -> Any:
        H, W = x.size()[2:]
        feat8 = F.relu_(self.cp["feat8"](x))
        feat16 = F.relu_(self.cp["feat16"](feat8))
        avg = self.conv_avg(torch.mean(feat16, dim=(2, 3), keepdim=True))
        feat16_sum = self.arm16(feat16) + F.interpolate(avg, feat16.size()[2:], mode="nearest")
        up = self.up16(feat16_sum)
        fcat = torch.cat([self.sp(x), up], dim=1)
        atten = F.avg_pool2d(fcat, fcat.size()[2:])
        atten = F.relu(self.ffm_conv1(atten), inplace=True)
        feat_fuse = fcat * torch.sigmoid(self.ffm_conv2(atten)) + fcat
        feat_out = self.conv_out(feat_fuse)
        if self.aux_mode == "train":
            feat_out16 = F.interpolate(self.conv_out16(up), (H, W), mode="bilinear", align_corners=True)
            return feat_out, feat_out16
        if self.aux_mode == "eval":
            return (feat_out,)
        raise NotImplementedError


class OhemCELoss(nn.Module):
    """Only the pixels that are hardest, at least a sixteenth of them."""

    def __init__(self, thresh: float, ignore_lb: int = 255) -> None:
        super().__init__()
        self.thresh = -torch.log(torch.tensor(thresh, requires_grad=False, dtype=torch.float))
        self.ignore_lb = ignore_lb
        self.criteria = nn.CrossEntropyLoss(ignore_index=ignore_lb, reduction="none")

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        n_min = labels[labels != self.ignore_lb].numel() // 16
        loss = self.criteria(logits, labels).view(-1)
        loss_hard = loss[loss > self.thresh]
        if loss_hard.numel() < n_min:
            loss_hard, _ = loss.topk(n_min)
        return torch.mean(loss_hard)


@brought("segmentation")
def hard_pixels() -> Call:
    """BiSeNet of CoinCheung, with the cross entropy of the hardest pixels"""
    criteria_pre, criteria_aux = OhemCELoss(0.3), OhemCELoss(0.7)

    def loss(output: tuple[Tensor, Tensor], target: Tensor) -> Tensor:
        return criteria_pre(output[0], target) + criteria_aux(output[1], target)

    target = classes(3, 2, 8, 8)
    target[:, :2, :2] = 255
    return call(BiSeNet(3), torch.randn(2, 3, 8, 8), target, loss)


class HRModule(nn.Module):
    def __init__(self, channels: list[int], multi_scale_output: bool = True) -> None:
        super().__init__()
        self.num_branches, self.channels = len(channels), channels
        self.branches = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(c, c, 3, 1, 1), nn.BatchNorm2d(c, momentum=0.1)) for c in channels]
        )
        self.fuse_layers = self._make_fuse_layers(multi_scale_output)
        self.relu = nn.ReLU(inplace=False)

    def _make_fuse_layers(self, multi_scale_output: bool) -> nn.ModuleList:
        fuse_layers = []
        c = self.channels
        for i in range(self.num_branches if multi_scale_output else 1):
            fuse_layer: list[Any] = []
            for j in range(self.num_branches):
                if j > i:
                    fuse_layer.append(nn.Sequential(nn.Conv2d(c[j], c[i], 1, 1, 0, bias=False), nn.BatchNorm2d(c[i])))
                elif j == i:
                    fuse_layer.append(None)
                else:
                    conv3x3s = []
                    for k in range(i - j):
                        out = c[i] if k == i - j - 1 else c[j]
                        conv3x3s.append(nn.Sequential(nn.Conv2d(c[j], out, 3, 2, 1, bias=False), nn.BatchNorm2d(out)))
                    fuse_layer.append(nn.Sequential(*conv3x3s))
            fuse_layers.append(nn.ModuleList(fuse_layer))
        return nn.ModuleList(fuse_layers)

    def forward(self, x: Any) -> list[Tensor]:
        for i in range(self.num_branches):
            x[i] = self.branches[i](x[i])
        x_fuse = []
        for i in range(len(self.fuse_layers)):
            y = x[0] if i == 0 else self.fuse_layers[i][0](x[0])  # type: ignore[index]
            for j in range(1, self.num_branches):
                if i == j:
                    y = y + x[j]
                elif j > i:
                    width_output, height_output = x[i].shape[-1], x[i].shape[-2]
                    y = y + F.interpolate(
                        self.fuse_layers[i][j](x[j]), size=[height_output, width_output], mode="bilinear"  # type: ignore[index,arg-type]
                    )  # fmt: skip
                else:
                    y = y + self.fuse_layers[i][j](x[j])  # type: ignore[index]
            x_fuse.append(self.relu(y))
        return x_fuse


class HighResolution(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 2, 3, 1, 1)
        self.transition = nn.ModuleList([None, nn.Conv2d(2, 3, 3, 2, 1), nn.Conv2d(2, 4, 3, 4, 1)])  # type: ignore[list-item]
        self.stage = HRModule([2, 3, 4])
        self.last_layer = nn.Conv2d(9, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x_list = [t(x) if t is not None else x for t in self.transition]
        x = self.stage(x_list)  # type: ignore[assignment]
        h, w = x[0].size(2), x[0].size(3)
        ups = [F.upsample(each, size=(h, w), mode="bilinear") for each in x[1:]]
        return self.last_layer(torch.cat([x[0], *ups], 1))


@brought("segmentation")
def high_resolution() -> Call:
    """HRNet: branches that are exchanged, lists with None in them, joints as heat maps with weights"""

    class JointsMSELoss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.criterion = nn.MSELoss(reduction="mean")

        def forward(self, output: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
            target, target_weight = target  # type: ignore[assignment]
            batch_size, num_joints = output.size(0), output.size(1)
            heatmaps_pred = output.reshape((batch_size, num_joints, -1)).split(1, 1)
            heatmaps_gt = target.reshape((batch_size, num_joints, -1)).split(1, 1)  # type: ignore[attr-defined]
            loss: Any = 0
            for idx in range(num_joints):
                pred, gt = heatmaps_pred[idx].squeeze(), heatmaps_gt[idx].squeeze()
                loss += 0.5 * self.criterion(pred.mul(target_weight[:, idx]), gt.mul(target_weight[:, idx]))
            return loss / num_joints

    target = (torch.rand(2, 2, 8, 8), torch.tensor([[[1.0], [0.0]], [[1.0], [1.0]]]))
    return call(HighResolution().eval(), torch.randn(2, 3, 8, 8), target, JointsMSELoss())
