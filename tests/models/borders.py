"""ENet with the loss of boundaries, and a tree of layers."""

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class SurfaceLoss:
    def __init__(self, **kwargs: Any) -> None:
        self.idc: list[int] = kwargs["idc"]

    def __call__(self, probs: Tensor, dist_maps: Tensor) -> Tensor:
        pc = probs[:, self.idc, ...].type(torch.float32)
        dc = dist_maps[:, self.idc, ...].type(torch.float32)
        multiplied = torch.einsum("bkwh,bkwh->bkwh", pc, dc)
        return multiplied.mean()


class GeneralizedDice:
    def __init__(self, **kwargs: Any) -> None:
        self.idc: list[int] = kwargs["idc"]

    def __call__(self, probs: Tensor, target: Tensor) -> Tensor:
        pc, tc = probs[:, self.idc, ...], target[:, self.idc, ...]
        w = 1 / ((torch.einsum("bkwh->bk", tc) + 1e-10) ** 2)
        intersection = w * torch.einsum("bkwh,bkwh->bk", pc, tc)
        union = w * (torch.einsum("bkwh->bk", pc) + torch.einsum("bkwh->bk", tc))
        divided = 1 - 2 * (torch.einsum("bk->b", intersection) + 1e-10) / (torch.einsum("bk->b", union) + 1e-10)
        return divided.mean()


class ENetInitial(nn.Module):
    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.main_branch = nn.Conv2d(cin, cout - cin, kernel_size=3, stride=2, padding=1, bias=False)
        self.ext_branch = nn.MaxPool2d(3, stride=2, padding=1)
        self.batch_norm, self.out_activation = nn.BatchNorm2d(cout), nn.PReLU()

    def forward(self, x: Tensor) -> Tensor:
        out = torch.cat((self.main_branch(x), self.ext_branch(x)), 1)
        return self.out_activation(self.batch_norm(out))


class ENetDown(nn.Module):
    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.main_max1 = nn.MaxPool2d(2, stride=2, return_indices=True)
        self.ext_conv1 = nn.Sequential(nn.Conv2d(cin, 2, 2, stride=2, bias=False), nn.BatchNorm2d(2), nn.PReLU())
        self.ext_conv2 = nn.Sequential(
            nn.Conv2d(2, 2, (5, 1), padding=(2, 0), bias=False), nn.BatchNorm2d(2), nn.PReLU(),
            nn.Conv2d(2, cout, (1, 5), padding=(0, 2), bias=False), nn.BatchNorm2d(cout), nn.PReLU(),
        )  # fmt: skip
        self.ext_regul, self.out_activation = nn.Dropout2d(p=0.01), nn.PReLU()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        main, max_indices = self.main_max1(x)
        ext = self.ext_regul(self.ext_conv2(self.ext_conv1(x)))
        n, ch_ext, h, w = ext.size()
        ch_main = main.size()[1]
        padding = torch.zeros(n, ch_ext - ch_main, h, w)
        if main.is_cuda:
            padding = padding.cuda()
        main = torch.cat((main, padding), 1)
        return self.out_activation(main + ext), max_indices


class ENet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.initial, self.down = ENetInitial(1, 3), ENetDown(3, 5)
        self.main_conv1 = nn.Sequential(nn.Conv2d(5, 3, kernel_size=1, bias=False), nn.BatchNorm2d(3))
        self.main_unpool1 = nn.MaxUnpool2d(kernel_size=2)
        self.ext = nn.ConvTranspose2d(5, 3, kernel_size=2, stride=2, bias=False)
        self.transposed_conv = nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        input_size = x.size()
        x = self.initial(x)
        stage1_input_size = x.size()
        y, indices = self.down(x)
        main = self.main_unpool1(self.main_conv1(y), indices, output_size=stage1_input_size)
        x = F.relu(main + self.ext(y, output_size=stage1_input_size))
        x = self.transposed_conv(x, output_size=input_size)
        return F.softmax(x, dim=1)


@brought("segmentation")
def boundaries() -> Call:
    """ENet of davidtvs; the boundary loss of LIVIAETS, with the generalised Dice of its first class"""
    surface, dice = SurfaceLoss(idc=[1]), GeneralizedDice(idc=[0, 1])

    def loss(output: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
        one_hot, dist = target
        losses = [w * f(output, t) for f, w, t in ((dice, 1.0, one_hot), (surface, 0.01, dist))]
        return sum(losses)  # type: ignore[return-value]

    mask = classes(2, 2, 8, 8)
    one_hot = torch.stack([mask == c for c in range(2)], dim=1).float()
    return call(ENet().eval(), torch.randn(2, 1, 8, 8), (one_hot, torch.randn(2, 2, 8, 8)), loss)


class Tree(nn.Module):
    """Deep layer aggregation: trees of blocks whose roots join all."""

    kinds: ClassVar[dict[str, Callable[..., nn.Module]]] = {"basic": lambda i, o, s: nn.Conv2d(i, o, 3, s, 1)}

    def __init__(
        self, levels: int, cin: int, cout: int, stride: int = 1, level_root: bool = False, root_dim: int = 0
    ) -> None:
        super().__init__()
        root_dim = root_dim or 2 * cout
        root_dim += cin if level_root else 0
        if levels == 1:
            self.tree1, self.tree2 = self.kinds["basic"](cin, cout, stride), self.kinds["basic"](cout, cout, 1)
            self.root = nn.Sequential(nn.Conv2d(root_dim, cout, 1, bias=False), nn.BatchNorm2d(cout))
        else:
            self.tree1 = Tree(levels - 1, cin, cout, stride)
            self.tree2 = Tree(levels - 1, cout, cout, root_dim=root_dim + cout)
        self.level_root, self.levels = level_root, levels
        self.downsample = nn.MaxPool2d(stride, stride=stride) if stride > 1 else None

    def forward(self, x: Tensor, residual: Tensor | None = None, children: list[Tensor] | None = None) -> Tensor:
        children = [] if children is None else children
        bottom = self.downsample(x) if self.downsample else x
        if self.level_root:
            children.append(bottom)
        x1 = self.tree1(x)
        if self.levels == 1:
            x2 = F.relu(self.tree2(F.relu(x1)))
            return F.relu(self.root(torch.cat([x2, x1, *children], 1)))
        children.append(x1)
        return self.tree2(x1, children=children)


@brought("cnn")
def layers_aggregated() -> Call:
    """DLA of ucbdrive, its tree of two levels"""
    model = nn.Sequential(Tree(2, 2, 3, 2, level_root=True), nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 4, 1), nn.Flatten())
    return call(model, torch.randn(2, 2, 6, 6), classes(4, 2), nn.CrossEntropyLoss())
