"""More of medical and pixelwise networks: gates, deep supervision, losses of regions and of boundaries."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class GridGate(nn.Module):
    """An attention gate in three dimensions, its signal from a coarser grid."""

    def __init__(
        self, in_channels: int, gating: int, inter: int, sub_sample_factor: tuple[int, ...] = (2, 2, 2)
    ) -> None:
        super().__init__()
        self.W = nn.Sequential(nn.Conv3d(in_channels, in_channels, 1), nn.BatchNorm3d(in_channels))
        self.theta = nn.Conv3d(in_channels, inter, sub_sample_factor, stride=sub_sample_factor, bias=False)
        self.phi = nn.Conv3d(gating, inter, kernel_size=1)
        self.psi = nn.Conv3d(inter, 1, kernel_size=1, bias=True)
        self.upsample_mode = "trilinear"
        for m in self.children():
            m.apply(self.init)
        self.operation_function = self._concatenation

    @staticmethod
    def init(m: nn.Module) -> None:
        classname = m.__class__.__name__
        if classname.find("Conv") != -1:
            nn.init.kaiming_normal_(m.weight.data, a=0, mode="fan_in")
        elif classname.find("BatchNorm") != -1:
            nn.init.normal_(m.weight.data, 1.0, 0.02)
            nn.init.constant_(m.bias.data, 0.0)

    def forward(self, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        return self.operation_function(x, g)

    def _concatenation(self, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        input_size = x.size()
        batch_size = input_size[0]
        assert batch_size == g.size(0)
        theta_x = self.theta(x)
        phi_g = F.interpolate(self.phi(g), size=theta_x.size()[2:], mode=self.upsample_mode)
        f = F.relu(theta_x + phi_g, inplace=True)
        sigm_psi_f = torch.sigmoid(self.psi(f))
        sigm_psi_f = F.interpolate(sigm_psi_f, size=input_size[2:], mode=self.upsample_mode)
        y = sigm_psi_f.expand_as(x) * x
        return self.W(y), sigm_psi_f


class GatedVolume(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv3d(1, 2, 3, 1, 1), nn.InstanceNorm3d(2), nn.ReLU())
        self.conv2 = nn.Sequential(nn.Conv3d(2, 3, 3, 1, 1), nn.InstanceNorm3d(3), nn.ReLU())
        self.gate = GridGate(2, 3, 2)
        self.final = nn.Conv3d(2, 2, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        conv1 = self.conv1(inputs)
        conv2 = self.conv2(F.max_pool3d(conv1, kernel_size=(2, 2, 2)))
        gated, _att = self.gate(conv1, conv2)
        return self.final(gated)

    @staticmethod
    def apply_argmax_softmax(pred: Tensor) -> Tensor:
        return F.softmax(pred, dim=1)


class TverskyFocal(nn.Module):
    def __init__(self, alpha: float = 0.7, gamma: float = 4 / 3, smooth: float = 1.0) -> None:
        super().__init__()
        self.alpha, self.gamma, self.smooth = alpha, gamma, smooth

    def forward(self, logits: Tensor, true: Tensor) -> Tensor:
        num_classes = logits.shape[1]
        true_1_hot = torch.eye(num_classes)[true.squeeze(1)]
        true_1_hot = true_1_hot.permute(0, 4, 1, 2, 3).float()
        probas = F.softmax(logits, dim=1)
        true_1_hot = true_1_hot.type(logits.type())
        dims = (0, *tuple(range(2, true.ndimension())))
        intersection = torch.sum(probas * true_1_hot, dims)
        fps = torch.sum(probas * (1 - true_1_hot), dims)
        fns = torch.sum((1 - probas) * true_1_hot, dims)
        num = intersection + self.smooth
        denom = intersection + (self.alpha * fns) + ((1 - self.alpha) * fps) + self.smooth
        return ((1 - num / denom) ** (1 / self.gamma)).mean()


@brought("segmentation", "gate.W.0.bias")
def gates_on_a_grid() -> Call:
    """Attention-Gated-Networks of ozan-oktay, with the focal Tversky loss"""
    return call(GatedVolume(), torch.randn(1, 1, 4, 4, 4), classes(2, 1, 1, 4, 4, 4), TverskyFocal())


class StackedConvs(nn.Module):
    def __init__(self, cin: int, cout: int, num: int, basic: type[nn.Module], kwargs: dict[str, Any]) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*([basic(cin, cout, kwargs)] + [basic(cout, cout, kwargs) for _ in range(num - 1)]))

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(x)


class ConvDropoutNormNonlin(nn.Module):
    def __init__(self, cin: int, cout: int, kwargs: dict[str, Any]) -> None:
        super().__init__()
        norm_op_kwargs = {"eps": 1e-5, "affine": True, "momentum": 0.1}
        self.conv = nn.Conv2d(cin, cout, **kwargs)
        self.dropout = None
        self.instnorm = nn.InstanceNorm2d(cout, **norm_op_kwargs)
        self.lrelu = nn.LeakyReLU(negative_slope=1e-2, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.dropout is not None:
            x = self.dropout(x)
        return self.lrelu(self.instnorm(x))


class GenericUNet(nn.Module):
    def __init__(self, base: int, num_classes: int, num_pool: int) -> None:
        super().__init__()
        self.do_ds = True
        kwargs = {"kernel_size": 3, "stride": 1, "padding": 1, "dilation": 1, "bias": True}
        self.conv_blocks_context: Any = []
        self.conv_blocks_localization: Any = []
        self.tu: Any = []
        self.seg_outputs: Any = []
        c = 1
        for d in range(num_pool + 1):
            kwargs["stride"] = 2 if d else 1
            self.conv_blocks_context.append(StackedConvs(c, base * 2**d, 1, ConvDropoutNormNonlin, dict(kwargs)))
            c = base * 2**d
        kwargs["stride"] = 1
        for u in range(num_pool):
            skip = base * 2 ** (num_pool - 1 - u)
            self.tu.append(nn.ConvTranspose2d(c, skip, 2, 2, bias=False))
            self.conv_blocks_localization.append(StackedConvs(2 * skip, skip, 1, ConvDropoutNormNonlin, dict(kwargs)))
            c = skip
            self.seg_outputs.append(nn.Conv2d(c, num_classes, 1, 1, 0, 1, 1, False))
        for each in ("conv_blocks_context", "conv_blocks_localization", "tu", "seg_outputs"):
            setattr(self, each, nn.ModuleList(getattr(self, each)))

    def forward(self, x: Tensor) -> Any:
        skips, seg_outputs = [], []
        for d in range(len(self.conv_blocks_context) - 1):
            x = self.conv_blocks_context[d](x)
            skips.append(x)
        x = self.conv_blocks_context[-1](x)
        for u in range(len(self.tu)):
            x = self.tu[u](x)
            x = torch.cat((x, skips[-(u + 1)]), dim=1)
            x = self.conv_blocks_localization[u](x)
            seg_outputs.append(self.seg_outputs[u](x))
        if self.do_ds:
            return tuple([seg_outputs[-1], *seg_outputs[:-1][::-1]])
        return seg_outputs[-1]


class MultipleOutputLoss(nn.Module):
    def __init__(self, loss: nn.Module, weight_factors: Any = None) -> None:
        super().__init__()
        self.loss, self.weight_factors = loss, weight_factors

    def forward(self, x: Any, y: Any) -> Tensor:
        assert isinstance(x, tuple | list), "x must be either tuple or list"
        weights = [1] * len(x) if self.weight_factors is None else self.weight_factors
        loss = weights[0] * self.loss(x[0], y[0])
        for i in range(1, len(x)):
            if weights[i] != 0:
                loss += weights[i] * self.loss(x[i], y[i])
        return loss


class RobustCrossEntropy(nn.CrossEntropyLoss):
    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        if len(target.shape) == len(input.shape):
            assert target.shape[1] == 1
            target = target[:, 0]
        return super().forward(input, target.long())


@brought("segmentation")
def supervised_at_each_depth() -> Call:
    """nnU-Net: lists made ModuleLists late, a loss at every depth"""
    model = GenericUNet(2, 3, 2)
    targets = [classes(3, 2, 1, 8, 8).float(), classes(3, 2, 1, 4, 4).float()]
    return call(model, torch.randn(2, 1, 8, 8), targets, MultipleOutputLoss(RobustCrossEntropy(), [2 / 3, 1 / 3]))


class R2Block(nn.Module):
    def __init__(self, ch_out: int, t: int = 2) -> None:
        super().__init__()
        self.t, self.ch_out = t, ch_out
        self.conv = nn.Sequential(
            nn.Conv2d(ch_out, ch_out, kernel_size=3, stride=1, padding=1, bias=True),
            nn.BatchNorm2d(ch_out),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        for i in range(self.t):
            if i == 0:
                x1 = self.conv(x)
            x1 = self.conv(x + x1)
        return x1


class R2UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.Maxpool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.Upsample = nn.Upsample(scale_factor=2)
        self.c1, self.r1 = nn.Conv2d(1, 2, 1), R2Block(2)
        self.c2, self.r2 = nn.Conv2d(2, 4, 1), R2Block(4)
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(4, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(True)
        )
        self.c3 = nn.Conv2d(4, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.c1(x)
        x1 = x + self.r1(x)
        x2 = self.c2(self.Maxpool(x1))
        x2 = x2 + self.r2(x2)
        d = torch.cat((x1, self.up(x2)), dim=1)
        return torch.sigmoid(self.c3(d))


def bce_dice_log(pred: Tensor, target: Tensor) -> Tensor:
    """Flattened probabilities and a soft Dice of one batch, its logarithm."""
    probs_flat = pred.view(pred.size(0), -1)
    target_flat = target.view(target.size(0), -1)
    bce = nn.BCELoss()(probs_flat.view(-1), target_flat.view(-1))
    jaccard = (probs_flat * target_flat).sum() / (
        (probs_flat + target_flat).sum() - (probs_flat * target_flat).sum() + 1e-15
    )
    return 0.7 * bce - 0.3 * torch.log(jaccard)


@brought("segmentation")
def recurrent_residual_unet() -> Call:
    """R2U-Net of LeeJunHyun, with the logarithm of the Jaccard index of the Carvana notebooks"""
    target = (torch.rand(2, 1, 6, 6) > 0.5).float()
    return call(R2UNet(), torch.randn(2, 1, 6, 6), target, bce_dice_log)
