"""What is computed, as a list of Terms, and in which order and by which products, as one Schedule.

A Term says `target[affine] += product of factors[affine]` for all values of every index in it. A Schedule says which of
these indices become Python loops; all others are vectorised. The two are kept apart: any schedule fits any operation,
or is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from sympy import Expr, S, Symbol

from symconv.derivation.index import Entry
from symconv.errors import SpecError

INDICES = "ngoctijrabzhw"  # every index letter that a schedule may name, see symconv.derivation.letters
COLUMNS = 2048  # of a matrix: enough for a product at full speed, few enough to stay near the cache (docs/benchmark.md)


@dataclass(frozen=True)
class Term:
    """`target += number * product of factors`, for all values of every index; each subscript is affine in them."""

    target: Entry
    factors: tuple[Entry, ...]
    number: Expr = S.One

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (self.target, *self.factors)

    def has(self, *indices: Symbol) -> bool:
        return any(e.has(*indices) for e in self.entries)

    def replaced(self, old: Expr, new: Expr) -> "Term":
        """The term with each subscript that is exactly `old` written as `new`."""
        target, *factors = (Entry(e.tensor, *(new if at == old else at for at in e.at)) for e in self.entries)
        return replace(self, target=target, factors=tuple(factors))


@dataclass(frozen=True)
class Schedule:
    """How the indices run, as strings of index letters; a letter that an operation does not have is passed over.

    loops    outermost first; every other index is vectorised
    block    the first of these that the terms have runs in blocks, inside the loops: as many values at a time as make
             COLUMNS columns of the matrix of windows
    matmul   contract by a matrix product where the indices split into two sides, else by einsum
    fused    a product takes its bias with it, and adds to what it is added to without a copy
    window   the axes of a tensor of windows, wherever two vectorised indices meet in one subscript
    fill     the loops that fill the window tensor; none: it is a strided view
    spread   the loops that add a window tensor back, where windows are on the left
    last     the axis of this index lies innermost in memory
    """

    loops: str = ""
    block: str = ""
    matmul: bool = False
    fused: bool = False
    window: str = ""
    fill: str = ""
    spread: str = ""
    last: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            letters = getattr(self, field.name)
            if isinstance(letters, str) and (set(letters) - set(INDICES) or len(set(letters)) < len(letters)):
                raise SpecError(f"schedule: {field.name}={letters!r} must name distinct indices out of {INDICES!r}")


def pick(letters: str, indices: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """The indices of these letters, in the letters' order."""
    known = {i.name: i for i in indices}
    return tuple(known[x] for x in letters if x in known)
