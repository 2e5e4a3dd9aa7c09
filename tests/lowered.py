"""Runs a lowered program: the printed lines themselves, with every extent and option given as a number."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from symconv.code.listing import printed
from symconv.code.lower import lower
from symconv.code.program import Program, backward, forward
from symconv.code.schedule import Schedule
from symconv.derivation.derive import derive
from symconv.derivation.equations import conv
from symconv.derivation.transposed import conv_transpose
from symconv.text.notation import Reader

TORCH: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED: dict[int, Callable[..., Tensor]] = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


@dataclass(frozen=True)
class Case:
    """Sizes and options of one convolution, one number per direction; padding is (before, after) per direction.

    `rest`: of a transposed convolution, the output padding.
    """

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int = 1
    batch: int = 2
    ins: int = 2  # input channels of a group
    outs: int = 3
    rest: tuple[int, ...] = ()

    @property
    def dims(self) -> int:
        return len(self.size)


def integers(*shape: int) -> Tensor:
    return torch.randint(-3, 4, shape).double()


def operands(case: Case, channels: bool) -> dict[str, Tensor]:
    """X, K and bias; with channels X is not contiguous."""
    if not channels:
        return {"X": integers(*case.size), "K": integers(*case.kernel), "bias": integers(1)}
    X = integers(case.groups * case.ins, case.batch, *case.size).transpose(0, 1)
    ahead, behind = (case.groups * case.ins, case.outs) if case.rest else (case.groups * case.outs, case.ins)
    K = integers(ahead, behind, *case.kernel)
    return {"X": X, "K": K, "bias": integers(case.groups * case.outs)}


def expected(case: Case, tensors: dict[str, Tensor], channels: bool) -> dict[str, Tensor]:
    """Y, and the gradients for a random dY, by torch: F.pad for the two sides of the padding, then F.conv; for the
    transposed convolution those sides are taken off its output."""
    leaves = {name: t.clone().requires_grad_() for name, t in tensors.items()}
    X, K = (leaves[n] if channels else leaves[n][None, None] for n in ("X", "K"))
    if case.rest:
        Y = TRANSPOSED[case.dims](X, K, leaves["bias"], case.stride, 0, case.rest, case.groups, case.dilation)
        Y = Y[(..., *(slice(a, n - b) for (a, b), n in zip(case.padding, Y.shape[2:], strict=True)))]
    else:
        sides = [n for pair in reversed(case.padding) for n in pair]
        Y = TORCH[case.dims](F.pad(X, sides), K, leaves["bias"], case.stride, 0, case.dilation, case.groups)
        Y = Y if channels else Y[0, 0]
    dY = integers(*Y.shape)
    grads = torch.autograd.grad(Y, list(leaves.values()), dY)
    return {"Y": Y.detach(), "dY": dY, **{f"d{n}": g for n, g in zip(leaves, grads, strict=True)}}


def numbers(case: Case, program: Program, tensors: dict[str, Tensor]) -> dict[str, int]:
    """A number for every option and extent: shapes unpacked, then the program's facts."""
    axes = "dhw"[3 - case.dims :]
    ends = (("pf", "pk"), ("pt", "pb"), ("pl", "pr"))[3 - case.dims :]
    known: dict[str, Any] = {"groups": case.groups}
    for q, x in enumerate(axes):
        known |= {f"s{x}": case.stride[q], f"d{x}": case.dilation[q]}
        known |= dict(zip(ends[q], case.padding[q], strict=True))
        known |= {f"op{axes[q]}": n for n in case.rest[q : q + 1]}
    for tensor, values in tensors.items():
        known |= {str(n): v for n, v in zip(program.shapes[tensor], values.shape, strict=True)}
    for symbol, value in program.facts:
        known[str(symbol)] = eval(Reader(program.order)(value), {}, known)
    return known


def run(program: Program, schedule: Schedule, case: Case, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    text = "\n".join(line[4:] for line in printed(lower(program, schedule)))
    space: dict[str, Any] = {"torch": torch, **numbers(case, program, tensors), **tensors}
    exec(text, space)
    return space


def programs(dims: int, channels: bool, transposed: bool = False) -> tuple[Program, Program]:
    """Forward, and backward as it is derived."""
    op = conv_transpose(dims) if transposed else conv(dims, channels=channels)
    return forward(op), backward(op, [derive(op, tensor) for tensor in op.operands])


def differing(program: Program, schedule: Schedule, case: Case, channels: bool, names: tuple[str, ...]) -> list[str]:
    """The tensors, of those named, that differ from torch's in shape or in any entry, and the operands that changed."""
    tensors = operands(case, channels)
    right = expected(case, tensors, channels)
    given = {**tensors, **({"dY": right["dY"]} if "dY" in program.shapes else {})}
    before = {name: t.clone() for name, t in given.items()}
    got = run(program, schedule, case, given)
    wrong = [n for n in names if got[n].shape != right[n].shape or not torch.equal(got[n], right[n])]
    return wrong + [f"{n} was modified" for n, t in before.items() if not torch.equal(given[n], t)]


def cases(dims: int) -> Iterator[Case]:
    """Uneven in everything: sizes, kernels, strides, both sides of the padding, dilations; with leftover rows."""
    base = [
        ((5, 6, 7), (3, 2, 3), (1, 2, 3), ((0, 1), (1, 0), (2, 1)), (2, 1, 1), 1, 2, 3, 2),
        ((6, 7, 5), (2, 3, 1), (2, 3, 1), ((1, 1), (0, 2), (2, 0)), (1, 2, 3), 2, 2, 2, 3),
        ((7, 5, 9), (3, 3, 2), (3, 1, 2), ((2, 0), (1, 1), (0, 1)), (1, 2, 2), 3, 1, 1, 1),
        ((3, 3, 4), (3, 3, 4), (1, 1, 1), ((0, 0),) * 3, (1, 1, 1), 2, 3, 3, 1),
    ]
    for size, kernel, stride, padding, dilation, g, n, c, o in base:
        cut = slice(3 - dims, None)
        yield Case(size[cut], kernel[cut], stride[cut], padding[cut], dilation[cut], g, n, c, o)


def transposed_cases() -> Iterator[Case]:
    """The same for the transposed convolution in two dimensions, with an output padding."""
    yield Case((3, 4), (2, 3), (3, 2), ((1, 0), (2, 1)), (1, 2), 2, 2, 1, 3, rest=(2, 1))
    yield Case((2, 3), (3, 1), (1, 2), ((0, 1), (0, 0)), (2, 1), 1, 3, 2, 2, rest=(0, 1))


def flat(case: Case) -> Case:
    """The same without groups."""
    return Case(case.size, case.kernel, case.stride, case.padding, case.dilation)


def random_schedules(count: int, seed: int, places: str = "ij") -> Iterator[Schedule]:
    """Any subset of the indices looped, in any order, products by einsum or by matrices; `places` are the indices that
    products run over beside the kernel's."""
    dice = random.Random(seed)
    first, second = places
    for _ in range(count):
        loops = "".join(dice.sample(f"ngo{places}cab", dice.randint(0, 8)))
        matmul = dice.random() < 0.5
        fill = "".join(dice.sample(f"{places}ab", 2)) if dice.random() < 0.25 else ""
        yield Schedule(
            loops, dice.choice(("", "", first, second)), matmul, dice.random() < 0.5,
            window=dice.choice((f"ngcab{places}", f"gcoabn{places}", "")), fill=fill,
            spread=dice.choice(("", "ab", places)),
            last=dice.choice(("", "", "g", "c")),
        )  # fmt: skip
