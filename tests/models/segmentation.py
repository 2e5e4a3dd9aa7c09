"""Networks that give a map: segmentation, detection, keypoints, counts."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


@brought("segmentation")
def fcn() -> Call:
    """a fully convolutional network as in Dive into Deep Learning (Long et al. 2014)"""
    model = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU())
    model.add_module("final_conv", nn.Conv2d(4, 3, kernel_size=1))
    model.add_module("transpose_conv", nn.ConvTranspose2d(3, 3, kernel_size=4, padding=1, stride=2))
    return call(model, torch.randn(2, 3, 6, 6), classes(3, 2, 6, 6), nn.CrossEntropyLoss())


class FCN8(nn.Module):
    def __init__(self, n_class: int) -> None:
        super().__init__()
        self.block1 = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2, ceil_mode=True)
        )
        self.block2 = nn.Sequential(
            nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2, ceil_mode=True)
        )
        self.score1 = nn.Conv2d(4, n_class, 1)
        self.score2 = nn.Conv2d(6, n_class, 1)
        self.upscore2 = nn.ConvTranspose2d(n_class, n_class, 4, stride=2, bias=False)
        self.upscore = nn.ConvTranspose2d(n_class, n_class, 4, stride=2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        pool1 = self.block1(x)
        h = self.upscore2(self.score2(self.block2(pool1)))
        score = self.score1(pool1)
        h = h[:, :, 1 : 1 + score.size()[2], 1 : 1 + score.size()[3]]
        h = self.upscore(h + score)
        return h[:, :, 1 : 1 + x.size()[2], 1 : 1 + x.size()[3]].contiguous()


@brought("segmentation")
def fcn_with_skips() -> Call:
    """scores of two depths added after a crop, pixels without a label passed over"""
    target = classes(3, 1, 8, 8)
    target[:, 0] = 255
    return call(FCN8(3), torch.randn(1, 3, 8, 8), target, nn.CrossEntropyLoss(ignore_index=255))


class DoubleConv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, bilinear: bool) -> None:
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
        self.conv = DoubleConv(in_channels + out_channels if bilinear else in_channels, out_channels)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        x1 = self.up(x1)
        diffY = x2.size()[2] - x1.size()[2]
        diffX = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX - diffX // 2, diffY // 2, diffY - diffY // 2])
        x = torch.cat([x2, x1], dim=1)
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, n_channels: int, n_classes: int, bilinear: bool = False) -> None:
        super().__init__()
        self.inc = DoubleConv(n_channels, 2)
        self.down = nn.Sequential(nn.MaxPool2d(2), DoubleConv(2, 4))
        self.up = Up(4, 2, bilinear)
        self.outc = nn.Conv2d(2, n_classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.inc(x)
        x2 = self.down(x1)
        x = self.up(x2, x1)
        return self.outc(x)


@brought("segmentation")
def unet() -> Call:
    """U-Net (Ronneberger et al. 2015) with transposed convolution and padding to an odd size, in training"""
    return call(UNet(1, 3), torch.randn(2, 1, 7, 7), classes(3, 2, 7, 7), nn.CrossEntropyLoss())


@brought("segmentation")
def unet_bilinear() -> Call:
    """U-Net with bilinear upsampling, one map of scores"""
    target = torch.randint(2, (2, 1, 8, 8)).float()
    return call(trained(UNet(3, 1, bilinear=True)), torch.randn(2, 3, 8, 8), target, nn.BCEWithLogitsLoss())


def dice_loss(pred: Tensor, target: Tensor, smooth: float = 1.0) -> Tensor:
    pred, target = torch.sigmoid(pred).contiguous(), target.contiguous()
    intersection = (pred * target).sum(dim=2).sum(dim=2)
    dice = (2.0 * intersection + smooth) / (pred.sum(dim=2).sum(dim=2) + target.sum(dim=2).sum(dim=2) + smooth)
    return (1 - dice).mean()


class SmallUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dconv_down1 = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(inplace=True))
        self.dconv_down2 = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True))
        self.dconv_up1 = nn.Sequential(nn.Conv2d(3 + 4, 3, 3, padding=1), nn.ReLU(inplace=True))
        self.conv_last = nn.Conv2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        conv1 = self.dconv_down1(x)
        x = F.max_pool2d(conv1, 2)
        x = self.dconv_down2(x)
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = torch.cat([x, conv1], dim=1)
        x = self.dconv_up1(x)
        return self.conv_last(x)


@brought("segmentation")
def unet_with_dice() -> Call:
    """U-Net with nearest neighbours for upsampling and the dice loss"""
    return call(SmallUNet(), torch.randn(1, 1, 8, 8), torch.randint(2, (1, 2, 8, 8)).float(), dice_loss)


class SegNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.pool = nn.MaxPool2d(2, stride=2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2, stride=2)
        self.dec = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x, idx = self.pool(self.enc(x))
        return self.dec(self.unpool(x, idx))


@brought("segmentation")
def segnet() -> Call:
    """unpooling to the places of the maxima, as in SegNet (Badrinarayanan et al. 2015), in training"""
    return call(SegNet(), torch.randn(2, 3, 6, 6), classes(3, 2, 6, 6), nn.CrossEntropyLoss())


class ASPP(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(in_channels, out_channels, 1)])
        self.convs.extend(nn.Conv2d(in_channels, out_channels, 3, padding=r, dilation=r) for r in (1, 2))
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(in_channels, out_channels, 1), nn.ReLU())
        self.project = nn.Conv2d(4 * out_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        res = [F.relu(conv(x)) for conv in self.convs]
        res.append(F.interpolate(self.pool(x), size=x.shape[-2:], mode="bilinear", align_corners=False))
        return self.project(torch.cat(res, dim=1))


class DeepLab(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU())
        self.classifier = ASPP(4, 3)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.classifier(self.backbone(x))
        out = F.interpolate(features, size=x.shape[-2:], mode="bilinear", align_corners=False)
        return {"out": out}


@brought("segmentation")
def deeplab() -> Call:
    """dilated convolutions side by side, as in DeepLab (Chen et al. 2017), the output in a dictionary"""
    return call(DeepLab(), torch.randn(1, 3, 8, 8), classes(3, 1, 8, 8), nn.CrossEntropyLoss(), output="out")


class PyramidPooling(nn.Module):
    def __init__(self, in_channels: int, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(s), nn.Conv2d(in_channels, 1, 1, bias=False)) for s in sizes
        )
        self.bottleneck = nn.Conv2d(in_channels + len(sizes), 3, 1)

    def forward(self, feats: Tensor) -> Tensor:
        h, w = feats.size(2), feats.size(3)
        priors = [F.interpolate(stage(feats), size=(h, w), mode="bilinear") for stage in self.stages]
        priors.append(feats)
        return self.bottleneck(torch.cat(priors, 1))


@brought("segmentation")
def pspnet() -> Call:
    """means over grids of several sizes, enlarged and joined (Zhao et al. 2016)"""
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), PyramidPooling(4, (1, 2, 3)))
    return call(model, torch.randn(1, 3, 6, 6), classes(3, 1, 6, 6), nn.CrossEntropyLoss())


class LinkNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder1 = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.encoder2 = nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6), nn.ReLU())
        self.decoder2 = nn.Sequential(nn.ConvTranspose2d(6, 4, 3, 2, 1, output_padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.decoder1 = nn.ConvTranspose2d(4, 1, 3, 2, 1, output_padding=1)

    def forward(self, x: Tensor) -> Tensor:
        e1 = self.encoder1(x)
        e2 = self.encoder2(e1)
        d2 = self.decoder2(e2) + e1
        return torch.sigmoid(self.decoder1(d2))


@brought("segmentation")
def linknet() -> Call:
    """an encoder whose maps are added to the decoder's (Chaurasia and Culurciello 2017), in training"""
    return call(LinkNet(), torch.randn(2, 3, 8, 8), torch.randint(2, (2, 1, 8, 8)).float(), nn.BCELoss())


class Hourglass(nn.Module):
    def __init__(self, depth: int, channels: int) -> None:
        super().__init__()
        self.up1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.low1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.low2 = Hourglass(depth - 1, channels) if depth > 1 else nn.Conv2d(channels, channels, 3, padding=1)
        self.up2 = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, x: Tensor) -> Tensor:
        up1 = F.relu(self.up1(x))
        low = F.relu(self.low1(F.max_pool2d(x, 2)))
        return up1 + self.up2(F.relu(self.low2(low)))


@brought("segmentation")
def hourglass() -> Call:
    """an hourglass within an hourglass, for keypoints as heat maps (Newell et al. 2016)"""
    model = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), Hourglass(2, 3), nn.Conv2d(3, 2, 1))
    return call(model, torch.randn(1, 1, 8, 8), torch.rand(1, 2, 8, 8), nn.MSELoss())
