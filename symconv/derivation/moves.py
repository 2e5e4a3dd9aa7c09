"""Operations that move entries: each entry of the output is one of the input, read at another place, or none.

A tensor's axes are given by their letters (see `entrywise`). Where an axis is cut, joined or made longer, its extents
are numbers, as the places that are read depend on them; all other extents are letters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from sympy import Expr, Integer

from symconv.derivation.entrywise import EXTENTS, flat, frame
from symconv.derivation.index import Delta, Entry, In, Range
from symconv.derivation.letters import Letters
from symconv.derivation.operation import Equation, Operand, Operation, extents_of, indices_of, operation

PLACES = {"t": "z", "i": "h", "j": "w"}  # of the output's index: that of the input along the same axis
Groups = Sequence[Sequence[int]]  # of each axis the numbers of the units that it counts, in row-major order


@dataclass(frozen=True)
class Unit:
    """A part of axes that stays together: its letter, and its extent where no axis shows it."""

    letter: str
    extent: int | None = None


def rearrange(
    name: str, units: Sequence[Unit], given: Groups, made: Groups, *,
    output: str = "Y", input: str = "X", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """Y[n, c, 2 i + a] = X[n, 2 c + a, i]: every axis counts some of the units, in row-major order.

    given, made: the axes of X and of Y; () for an axis of extent 1. A unit that only Y counts repeats the entries of X.
    """
    letters = Letters({output, input, *taken})
    ranges = [
        (letters.index(u.letter), letters.extent(EXTENTS[u.letter]) if u.extent is None else Integer(u.extent))
        for u in units
    ]

    def axes(groups: Groups) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
        parts = [tuple(ranges[k] for k in group) for group in groups]
        return tuple(map(flat, parts)), tuple(prod(extents_of(part), start=Integer(1)) for part in parts)

    at, shape = axes(given)
    read = {k for group in given for k in group}
    x = Operand("input", Entry(input, *at), tuple(r for k, r in enumerate(ranges) if k in read), shape)
    to, size = axes(made)
    return operation(name, Equation(Entry(output, *to), x.entry, tuple(ranges)), size, (x,))


@dataclass(frozen=True)
class AxisPart:
    """Entries `first`, `first` + 1, ... of the output's axis, `count` of them: read at `start`, `start` + `step`, ...

    step 0: all of them are the same entry.
    """

    first: int
    count: int
    start: int
    step: int = 1

    def at(self, j: Expr) -> Expr:
        """The entry of X that the output's entry j is."""
        return self.start + self.step * (j - self.first)

    def inside(self, j: Expr, size: int) -> Expr:
        """The condition that j lies in the part; 1 where it always does."""
        whole = (self.first, self.count) == (0, size)
        return Integer(1) if whole else In(j - self.first, Integer(self.count))


@dataclass(frozen=True)
class Cut:
    """An axis of X, of `extent` entries, that is read in parts; Y has `size` entries there, zeros where no part is."""

    axis: int
    extent: int
    size: int
    parts: tuple[AxisPart, ...]


def take(
    name: str, axes: str, cuts: Sequence[Cut], *, output: str = "Y", input: str = "X", taken: Iterable[str] = ()
) -> Operation:
    """Y[n, j] = X[n, start + step j]: axes of X read in parts: a slice, a reversal, a padding of any kind."""
    letters = Letters((output, input, *taken))
    made = list(frame(letters, axes))
    own = [*made]
    terms: list[tuple[Expr, dict[int, Expr]]] = [(Integer(1), {})]  # of each term: its condition, and what it reads
    for cut in cuts:
        j, own[cut.axis] = made[cut.axis][0], _place(letters, axes[cut.axis], cut.extent)
        made[cut.axis] = (j, Integer(cut.size))
        terms = [(c * part.inside(j, cut.size), {**at, cut.axis: part.at(j)}) for c, at in terms for part in cut.parts]
    x = Operand("input", Entry(input, *indices_of(tuple(own))), tuple(own), extents_of(tuple(own)))
    value = sum((c * Entry(input, *(at.get(k, i) for k, (i, _) in enumerate(made))) for c, at in terms), Integer(0))
    equation = Equation(Entry(output, *indices_of(tuple(made))), value, tuple(made))
    return operation(name, equation, extents_of(tuple(made)), (x,))


def select(
    axes: str, axis: int, extent: int, place: int, *, output: str = "Y", input: str = "X", taken: Iterable[str] = ()
) -> Operation:
    """Y[n] = X[n, 3]: one entry of an axis of `extent` entries, which Y has no more."""
    letters = Letters((output, input, *taken))
    at = frame(letters, axes)
    x = _operand("input", input, at, _place(letters, axes[axis], extent), axis)
    made = at[:axis] + at[axis + 1 :]
    value = Entry(input, *indices_of(at[:axis]), Integer(place), *indices_of(at[axis + 1 :]))
    return operation("select", Equation(Entry(output, *indices_of(made)), value, made), extents_of(made), (x,))


def cat(
    axes: str, axis: int, extents: Sequence[int], *, output: str = "Y", taken: Iterable[str] = (), **tensors: str
) -> Operation:
    """Y[n, c] = [0 <= c < 3] P[n, c] + [0 <= c - 3 < 5] Q[n, c - 3]: tensors one after the other along an axis.

    tensors: by the names that `roles` gives.
    """
    letters = Letters((output, *tensors.values(), *taken))
    at = frame(letters, axes)
    j = (at[axis][0], Integer(sum(extents)))
    places = {n: _place(letters, axes[axis], n) for n in dict.fromkeys(extents)}  # a letter has one extent
    made = (*at[:axis], j, *at[axis + 1 :])
    operands, terms, before = list[Operand](), list[Expr](), 0
    for role, extent in zip(roles(len(extents)), extents, strict=True):
        operands.append(_operand(role, tensors[role], at, places[extent], axis))
        part, place = AxisPart(before, extent, 0), list(operands[-1].entry.at)
        place[axis] = part.at(j[0])
        terms.append(part.inside(j[0], sum(extents)) * Entry(tensors[role], *place))
        before += extent
    equation = Equation(Entry(output, *indices_of(made)), sum(terms, Integer(0)), made)
    return operation("cat", equation, extents_of(made), operands)


def stack(axes: str, axis: int, *, output: str = "Y", taken: Iterable[str] = (), **tensors: str) -> Operation:
    """Y[n, k] = [k = 0] P[n] + [k = 1] Q[n]: tensors of one shape, side by side along an axis that is new.

    tensors: by the names that `roles` gives.
    """
    letters = Letters({output, *tensors.values(), *taken})
    at, k = frame(letters, axes), letters.index("k")
    made = (*at[:axis], (k, Integer(len(tensors))), *at[axis:])
    operands = [
        Operand(role, Entry(tensors[role], *indices_of(at)), at, extents_of(at)) for role in roles(len(tensors))
    ]
    value = sum((Delta(k, n) * x.entry for n, x in enumerate(operands)), Integer(0))
    return operation("stack", Equation(Entry(output, *indices_of(made)), value, made), extents_of(made), operands)


def roles(count: int) -> tuple[str, ...]:
    """The roles of what is read: input, other, other2, other3, ..."""
    return ("input", *(f"other{k if k > 1 else ''}" for k in range(1, count)))


# ------------------------------------------------------------------------------------------------ along one axis
def _place(letters: Letters, axis: str, extent: int) -> Range:
    """The index of X along an axis that Y's index of the letter `axis` runs along."""
    return letters.index(PLACES.get(axis, "h")), Integer(extent)


def _operand(role: str, tensor: str, at: tuple[Range, ...], place: Range, axis: int) -> Operand:
    own = (*at[:axis], place, *at[axis + 1 :])
    return Operand(role, Entry(tensor, *indices_of(own)), own, extents_of(own))
