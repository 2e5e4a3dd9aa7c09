"""The windows of a convolution or a pooling: how each spatial dimension of the input is read."""

from dataclasses import dataclass

from sympy import Expr, Integer, Symbol, prod

from symconv.derivation.index import In, Quot, Range
from symconv.derivation.letters import Letters

AXES = ("d", "h", "w")  # depth, height, width: a d-dimensional operation uses the last d


@dataclass(frozen=True)
class Axis:
    """One spatial dimension of a window: its indices, extents and options."""

    out: Symbol  # index and extent of the output
    outs: Symbol
    tap: Symbol  # of the kernel
    taps: Symbol
    place: Symbol  # of the input
    places: Symbol
    stride: Symbol
    dilation: Expr
    before: Symbol  # padding in front of the first entry, and behind the last
    after: Symbol
    over: Expr  # by how much windows may reach beyond the padding
    rotated: bool = False  # the last tap reads the window's first entry

    @property
    def read(self) -> Expr:
        """The input position that output position `out` reads through tap `tap`."""
        tap = self.taps - 1 - self.tap if self.rotated else self.tap
        return self.out * self.stride + tap * self.dilation - self.before

    @property
    def padded(self) -> Expr:
        """The extent of the input with its padding."""
        return self.places + self.before + self.after

    @property
    def behind(self) -> Expr:
        """All that may be read behind the input."""
        return self.after + self.over

    @property
    def outs_from(self) -> Expr:
        """The number of positions at which the kernel fits the padded input: (H + pt + pb - (kh - 1) dh - 1)//sh + 1
        (Dumoulin and Visin 2016, chapters 2 and 5), `over` being added to the padding."""
        return Quot(self.padded + self.over - (self.taps - 1) * self.dilation - 1, self.stride) + 1


def axes(
    dims: int, letters: Letters, dilated: bool = True, overhang: bool = False, rotated: bool = False
) -> tuple[Axis, ...]:
    """The last `dims` of depth, height, width."""
    out, tap, place = "tij"[3 - dims :], "rab"[3 - dims :], "zhw"[3 - dims :]
    ends = (("pf", "pk"), ("pt", "pb"), ("pl", "pr"))[3 - dims :]  # front/back, top/bottom, left/right
    return tuple(
        Axis(
            out=letters.index(i), outs=letters.extent(f"{x.upper()}o"),
            tap=letters.index(a), taps=letters.extent(f"k{x}"),
            place=letters.index(h), places=letters.extent(x.upper()),
            stride=letters.extent(f"s{x}"), dilation=letters.extent(f"d{x}") if dilated else Integer(1),
            before=letters.amount(lo), after=letters.amount(hi),
            over=letters.amount(f"e{x}") if overhang else Integer(0), rotated=rotated,
        )
        for i, a, h, x, (lo, hi) in zip(out, tap, place, AXES[3 - dims :], ends, strict=True)
    )  # fmt: skip


def ranges_of(ax: tuple[Axis, ...]) -> tuple[tuple[Range, ...], tuple[Range, ...], tuple[Range, ...]]:
    """The spatial ranges of the output, of the kernel and of the input."""
    return (
        tuple((x.out, x.outs) for x in ax),
        tuple((x.tap, x.taps) for x in ax),
        tuple((x.place, x.places) for x in ax),
    )


def window_options(ax: tuple[Axis, ...]) -> tuple[tuple[str, tuple[Symbol, ...]], ...]:
    """stride, padding, dilation and overhang with their symbols; padding front and back of each dimension in turn."""
    return (
        ("stride", tuple(x.stride for x in ax)),
        ("padding", tuple(p for x in ax for p in (x.before, x.after))),
        ("dilation", tuple(x.dilation for x in ax)),
        ("overhang", tuple(x.over for x in ax)),
    )


def guard(ax: tuple[Axis, ...]) -> Expr:
    """1 where every read lies inside the input, 0 in the padding."""
    return prod([In(x.read, x.places) for x in ax])
