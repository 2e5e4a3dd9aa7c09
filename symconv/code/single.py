"""Indices of one value are written as 0, once every product is a Term; and no subscript leaves its tensor.

A Term holds for all values of its indices, so this changes nothing that it says, whatever the extents are. It is done
here and not in the equations, where an index that became a number would no longer say which axis it runs along.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sympy import Expr, Integer, Rational, Symbol

from symconv.code.pieces import Exponentials, Largest, LookupTable, Piece, PointwisePiece
from symconv.code.schedule import Term
from symconv.derivation.index import Entry, In, rebuild
from symconv.derivation.ranges import implied
from symconv.errors import Broken


@dataclass(frozen=True)
class Single:
    """The pieces without indices of one value. A maximum over a single place is that place's entry, its winner 1, and a
    table of one number that number: these stand for themselves."""

    zero: Mapping[Symbol, Expr]
    pieces: Mapping[str, Piece]

    def term(self, t: Term) -> Term:
        """The term with 0 for every index of one value."""
        number, factors = t.number, list[Entry]()
        for x in t.factors:
            piece = self.pieces.get(x.tensor)
            if isinstance(piece, LookupTable) and piece.index in self.zero:
                number *= Rational(piece.numbers[0])
            elif not isinstance(piece, Largest) or piece.ranges:
                factors.append(rebuild(x, self.zero))
            elif not piece.winner:
                factors.append(piece.entry)
        return Term(rebuild(t.target, self.zero), tuple(factors), number)


def single(extents: Mapping[Symbol, Expr], pieces: Mapping[str, Piece]) -> Single:
    """What is written as 0; an index that a sum of exponentials runs over is kept, as torch wants its axis."""
    kept = {p.index for p in pieces.values() if isinstance(p, Exponentials)}
    zero = {i: Integer(0) for i, n in extents.items() if n == 1 and i not in kept}
    return Single(zero, {name: _thin(piece, zero) for name, piece in pieces.items()})


def _thin(piece: Piece, zero: Mapping[Symbol, Expr]) -> Piece:
    if isinstance(piece, PointwisePiece):
        return replace(piece, entries=tuple(rebuild(x, zero) for x in piece.entries))
    if isinstance(piece, Largest):
        ranges = tuple(r for r in piece.ranges if r[0] not in zero)
        return replace(piece, entry=rebuild(piece.entry, zero), ranges=ranges, guard=rebuild(piece.guard, zero))
    return replace(piece, entry=rebuild(piece.entry, zero))


def inside(
    terms: Iterable[Term], pieces: Mapping[str, Piece], extents: Mapping[Symbol, Expr],
    shapes: Mapping[str, tuple[Expr, ...]],
) -> None:  # fmt: skip
    """Broken where a subscript leaves its tensor, as far as all is numbers: torch would cut a slice off silently."""
    ranges = tuple(extents.items())
    spoken = [x for t in terms for x in t.entries if x.tensor not in pieces]
    spoken += [p.entry for p in pieces.values() if isinstance(p, Largest | Exponentials)]
    spoken += [x for p in pieces.values() if isinstance(p, PointwisePiece) for x in p.entries]
    for x in spoken:
        for at, n in zip(x.at, shapes[x.tensor], strict=True):
            known = n.is_Integer and all(i in extents and extents[i].is_Integer for i in at.free_symbols)
            there = In(at, n)  # 1 or 0 at once where the subscript is a number
            if known and there != 1 and (there == 0 or not implied(there, ranges)):
                raise Broken(f"the code would read {x.tensor} at {at}, and the axis has {n} entries")
