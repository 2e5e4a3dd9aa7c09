"""Networks that give a map or boxes: pyramids of features, anchors, heat maps, counts, edges."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


class FeaturePyramid(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.c2 = nn.Conv2d(4, 6, 3, stride=2, padding=1)
        self.toplayer = nn.Conv2d(6, 4, 1)
        self.latlayer = nn.Conv2d(4, 4, 1)
        self.smooth = nn.Conv2d(4, 4, 3, padding=1)

    def _upsample_add(self, x: Tensor, y: Tensor) -> Tensor:
        _, _, H, W = y.size()
        return F.interpolate(x, size=(H, W), mode="bilinear", align_corners=False) + y

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        c1 = F.relu(self.c1(x))
        c2 = F.relu(self.c2(c1))
        p2 = self.toplayer(c2)
        p1 = self._upsample_add(p2, self.latlayer(c1))
        return self.smooth(p1), p2


@brought("segmentation")
def feature_pyramid() -> Call:
    """features from the top down, added to those from the side (Lin et al. 2016); the finest of two outputs"""
    return call(FeaturePyramid(), torch.randn(1, 3, 8, 8), torch.randn(1, 4, 4, 4), nn.MSELoss(), output=0)


class GridDetector(nn.Module):
    def __init__(self, grid: int, boxes: int, classes: int) -> None:
        super().__init__()
        self.S, self.out = grid, boxes * 5 + classes
        self.darknet = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.LeakyReLU(0.1), nn.MaxPool2d(2, 2),
            nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.LeakyReLU(0.1), nn.MaxPool2d(2, 2),
        )  # fmt: skip
        self.fcs = nn.Sequential(nn.Flatten(), nn.Linear(16, 12), nn.LeakyReLU(0.1), nn.Linear(12, grid**2 * self.out))

    def forward(self, x: Tensor) -> Tensor:
        return self.fcs(self.darknet(x)).reshape(-1, self.S, self.S, self.out)


@brought("segmentation")
def yolo() -> Call:
    """boxes and classes for each cell of a grid, as in YOLO (Redmon et al. 2015), the squared error for all"""
    model = trained(GridDetector(2, 1, 2))
    return call(model, torch.randn(2, 3, 8, 8), torch.rand(2, 2, 2, 7), nn.MSELoss(reduction="sum"))


class AnchorHead(nn.Module):
    def __init__(self, num_anchors: int, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.cls = nn.Conv2d(4, num_anchors * (num_classes + 1), kernel_size=3, padding=1)
        self.bbox = nn.Conv2d(4, num_anchors * 4, kernel_size=3, padding=1)

    def forward(self, X: Tensor) -> tuple[Tensor, Tensor]:
        X = self.body(X)
        cls = torch.flatten(self.cls(X).permute(0, 2, 3, 1), start_dim=1)
        bbox = torch.flatten(self.bbox(X).permute(0, 2, 3, 1), start_dim=1)
        return cls.reshape(cls.shape[0], -1, self.num_classes + 1), bbox


@brought("segmentation")
def single_shot_detector() -> Call:
    """classes and offsets of anchors, as in SSD (Liu et al. 2015) and Dive into Deep Learning"""
    losses = [lambda z, t: F.cross_entropy(z.reshape(-1, 3), t.reshape(-1)), nn.L1Loss()]
    target = (classes(3, 1, 18), torch.randn(1, 72))
    return call(AnchorHead(2, 2), torch.randn(1, 3, 6, 6), target, None, losses=losses)


@brought("segmentation")
def crowd_counting() -> Call:
    """a map of density by dilated convolutions, as in CSRNet (Li et al. 2018), the squared error summed"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2), nn.ReLU(inplace=True), nn.Conv2d(4, 1, 1),
    )  # fmt: skip
    return call(model, torch.randn(1, 3, 8, 8), torch.rand(1, 1, 4, 4), nn.MSELoss(reduction="sum"))


@brought("segmentation")
def simple_pose() -> Call:
    """heat maps by transposed convolutions after a backbone (Xiao et al. 2018), in training"""
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True),
        nn.ConvTranspose2d(4, 4, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True),
        nn.Conv2d(4, 2, 1),
    )  # fmt: skip
    return call(model, torch.randn(2, 3, 6, 6), torch.rand(2, 2, 6, 6), nn.MSELoss())


class Edges(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.score1 = nn.Conv2d(4, 1, 1)
        self.score2 = nn.Conv2d(4, 1, 1)
        self.fuse = nn.Conv2d(2, 1, 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        h, w = x.shape[2:]
        x1 = F.relu(self.conv1(x))
        x2 = F.relu(self.conv2(F.max_pool2d(x1, 2)))
        so1 = self.score1(x1)
        so2 = F.interpolate(self.score2(x2), size=(h, w), mode="bilinear", align_corners=False)
        fused = self.fuse(torch.cat((so1, so2), dim=1))
        return [torch.sigmoid(r) for r in (so1, so2, fused)]


@brought("segmentation")
def edges() -> Call:
    """edges at several depths, each with a loss, as in holistically nested detection (Xie and Tu 2015)"""
    target = torch.randint(2, (1, 1, 6, 6)).float()
    return call(Edges(), torch.randn(1, 3, 6, 6), [target] * 3, None, losses=[nn.BCELoss()] * 3)


class AttentionGate(nn.Module):
    def __init__(self, f_g: int, f_l: int, f_int: int) -> None:
        super().__init__()
        self.W_g = nn.Sequential(nn.Conv2d(f_g, f_int, 1), nn.BatchNorm2d(f_int))
        self.W_x = nn.Sequential(nn.Conv2d(f_l, f_int, 1), nn.BatchNorm2d(f_int))
        self.psi = nn.Sequential(nn.Conv2d(f_int, 1, 1), nn.BatchNorm2d(1), nn.Sigmoid())
        self.relu = nn.ReLU(inplace=True)

    def forward(self, g: Tensor, x: Tensor) -> Tensor:
        psi = self.relu(self.W_g(g) + self.W_x(x))
        return x * self.psi(psi)


class AttentionUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1 = nn.Conv2d(1, 3, 3, padding=1)
        self.down2 = nn.Conv2d(3, 4, 3, padding=1)
        self.up = nn.ConvTranspose2d(4, 3, 2, stride=2)
        self.gate = AttentionGate(3, 3, 2)
        self.last = nn.Conv2d(6, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        e1 = F.relu(self.down1(x))
        e2 = F.relu(self.down2(F.max_pool2d(e1, 2)))
        d = self.up(e2)
        return self.last(torch.cat((self.gate(g=d, x=e1), d), dim=1))


@brought("segmentation")
def attention_unet() -> Call:
    """a U-Net whose skips pass a gate (Oktay et al. 2018)"""
    target = torch.randint(2, (1, 1, 6, 6)).float()
    return call(trained(AttentionUNet()), torch.randn(1, 1, 6, 6), target, nn.BCEWithLogitsLoss())


class Lanes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, stride=2), nn.ELU(), nn.Conv2d(4, 4, 3, stride=2), nn.ELU(), nn.Dropout(0.5)
        )
        self.linear = nn.Sequential(nn.Linear(16, 8), nn.ELU(), nn.Linear(8, 1))

    def forward(self, image: Tensor) -> Tensor:
        image = image / 127.5 - 1.0
        output = self.features(image)
        output = output.view(output.size(0), -1)
        return self.linear(output)


@brought("cnn")
def steering() -> Call:
    """the angle of a steering wheel from an image (Bojarski et al. 2016), normalised in the model"""
    images = torch.randint(256, (2, 3, 12, 12)).float()
    return call(Lanes().eval(), images, torch.randn(2, 1), nn.MSELoss())


class Box(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(2), nn.Flatten())
        self.kind = nn.Linear(16, 3)
        self.box = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.body(x)
        return self.kind(x), torch.sigmoid(self.box(x))


@brought("segmentation")
def one_object() -> Call:
    """the class and the box of one object, as first lessons on detection have it"""
    target = (classes(3, 2), torch.rand(2, 4))
    return call(Box(), torch.randn(2, 3, 8, 8), target, None, losses=[nn.CrossEntropyLoss(), nn.SmoothL1Loss()])


def focal_loss(logits: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    p = torch.sigmoid(logits)
    ce = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    p_t = p * targets + (1 - p) * (1 - targets)
    alpha_t = alpha * targets + (1 - alpha) * (1 - targets)
    return (alpha_t * ce * (1 - p_t) ** gamma).mean()


@brought("segmentation")
def dense_objects() -> Call:
    """scores of anchors with the focal loss, as in RetinaNet (Lin et al. 2017)"""
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 6, 3, padding=1))
    return call(model, torch.randn(1, 3, 5, 5), torch.randint(2, (1, 6, 5, 5)).float(), focal_loss)
