"""A guarded subscript as an unguarded one of a padded tensor: X[e - p]*[0 <= e - p < H] is Xp[e].

Padding is a Term like any other, `Xp[h + p] += X[h]`; on the left side it is `dX[h] += dXp[h + p]`. The zeros in front
stand in the index, the ones behind in the extent of Xp: H + before + after.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sympy import Expr, Integer, Mul, Symbol

from symconv.code.pieces import Exponentials, Largest, LookupTable, Pieces, PointwisePiece
from symconv.code.schedule import Term
from symconv.derivation.equations import Operation
from symconv.derivation.index import Entry, In, expand, rebuild
from symconv.derivation.letters import Letters
from symconv.derivation.tensors import gradient
from symconv.errors import NotSupported

Guarded = frozenset[tuple[Expr, Expr]]  # e and n of each condition 0 <= e < n


class Padding:
    """Collects the padded tensors of one program: their shapes, extents, and the Terms that fill or read them."""

    def __init__(
        self, op: Operation, letters: Letters, indices: Mapping[Symbol, Expr], shapes: Mapping[str, tuple[Expr, ...]],
        names: Callable[[str], str],
    ) -> None:  # fmt: skip
        self.letters = letters
        self.shapes = dict(shapes)
        self.extents: dict[tuple[Expr, Expr], tuple[Symbol, Expr]] = {}  # H, in front -> (Hp, H + pt + pb)
        self.placing: list[Term] = []
        self.taking: list[Term] = []
        self.lowest: set[str] = set()  # padded tensors that are -inf around, for no maximum to be there
        self.sides: dict[str, tuple[Expr, ...]] = {}  # Xp -> every number of zeros around X
        self._ends, self._extents = op.paddings, dict(indices)
        self._zero = dict.fromkeys(indices, Integer(0))
        entries = (*(t.entry for t in op.targets), op.equation.entry)
        self._plain = {names(t): e.at for e in entries for t in (e.tensor, gradient(e.tensor))}
        self._known: dict[str, tuple[str, tuple[Expr, ...]]] = {}  # X -> (Xp, the zeros in front on each axis)

    def term(self, target: Entry, entries: tuple[Entry, ...], guards: tuple[In, ...], number: Expr) -> Term:
        """`target += number * product of entries`, its conditions moved into padded tensors."""
        guarded = Guarded(g.args for g in guards)
        axes = {axis for e in (target, *entries) for axis in self._axes(e)}
        if lost := guarded - axes:
            raise NotSupported(f"a condition speaks of {min(str(e) for e, _ in lost)}, where no entry is used")
        factors = tuple(self._padded(e, guarded, written=False) for e in entries)
        return Term(self._padded(target, guarded, written=True), factors, number)

    def _axes(self, e: Entry) -> list[tuple[Expr, Expr]]:
        """Each subscript of an entry with the extent of its axis; of a piece, which is never padded, none."""
        return list(zip(e.at, self.shapes[e.tensor], strict=True)) if e.tensor in self.shapes else []

    def pieces(self, pieces: Pieces) -> None:
        """Give every piece its shape, and a maximum its padded tensor."""
        for name, piece in pieces.known.items():
            if isinstance(piece, Largest):
                pieces.known[name] = piece = self._largest(piece)
                extents = dict(piece.ranges) | self._extents
                free = pieces.free(piece)
                self.shapes[name] = tuple(extents[i] for i in free)
            elif isinstance(piece, LookupTable):
                self.shapes[name] = (self._extents[piece.index],)
            elif isinstance(piece, PointwisePiece) and len(piece.entries) > 1:
                self.shapes[name] = tuple(self._extents[i] for i in pieces.places[name])
            else:
                axes = zip(piece.entry.at, self.shapes[piece.entry.tensor], strict=True)
                summed = isinstance(piece, Exponentials) and piece.function == "logsumexp"
                gone = piece.index if isinstance(piece, Exponentials) and summed else None
                self.shapes[name] = tuple(n for i, n in axes if i != gone)

    def _largest(self, piece: Largest) -> Largest:
        """A maximum over entries of which some are read out of bounds, as one over a tensor padded by -inf."""
        guarded = Guarded(g.args for g in Mul.make_args(piece.guard) if isinstance(g, In))
        if not guarded:
            return piece
        entry = self._padded(piece.entry, guarded, written=False)
        self.lowest.add(entry.tensor)
        return replace(piece, entry=entry, guard=Integer(1))

    def _padded(self, e: Entry, guarded: Guarded, written: bool) -> Entry:
        """The entry where its tensor is padded, along the axes of which a condition speaks: those of its extent. The
        same subscript in a longer axis is no read of the padding."""
        around = [axis in guarded for axis in self._axes(e)]
        if not any(around):
            return e
        # in i*sh + a*dh - pt the zeros in front are pt: minus what is left without the indices
        front = tuple(
            -rebuild(at, self._zero) if padded else Integer(0) for at, padded in zip(e.at, around, strict=True)
        )
        if e.tensor not in self._known:
            self._known[e.tensor] = (self._declare(e, front, around, written), front)
        name, known = self._known[e.tensor]
        if known != front:
            raise NotSupported(f"{e.tensor} is padded in two ways, by {known} and by {front}")
        return Entry(name, *(expand(at + p) for at, p in zip(e.at, front, strict=True)))

    def _declare(self, e: Entry, front: tuple[Expr, ...], padded: list[bool], written: bool) -> str:
        """Name the padded tensor and its extents; copy the tensor into it, or out of it."""
        tensor = e.tensor
        name = self.letters.extent(tensor + "p").name
        shape, around = list(self.shapes[tensor]), list[Expr]()
        for axis, p in enumerate(front):
            if padded[axis]:
                shape[axis], after = self._extent(shape[axis], p, axis - len(shape))
                around += [p, after]
        self.sides[name] = tuple(x for x in around if x != 0)
        rows = [(t, s) for t, s in self.shapes.items()]
        place = list(self.shapes).index(tensor) + 1  # its tensor's, in products
        rows.insert(place, (name, tuple(shape)))
        self.shapes = dict(rows)
        at = self._plain[tensor]
        plain, inside = Entry(tensor, *at), Entry(name, *(i + p for i, p in zip(at, front, strict=True)))
        if written:
            self.taking.append(Term(plain, (inside,)))
        else:
            self.placing.append(Term(inside, (plain,)))
        return str(name)

    def _extent(self, n: Expr, front: Expr, axis: int) -> tuple[Expr, Expr]:
        """Hp, for H + pt + pb, and pb; the axis is counted from the last."""
        if -axis > len(self._ends) or self._ends[axis][0] != front:
            raise NotSupported(f"no option says how many zeros follow where {front} go in front")
        after = self._ends[axis][1]
        total = n + front + after
        if not total.free_symbols or total == n:
            return total, after
        if (n, front) not in self.extents:
            self.extents[n, front] = (self.letters.extent(f"{n}p"), total)
        return self.extents[n, front][0], after
