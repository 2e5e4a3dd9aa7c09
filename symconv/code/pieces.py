"""What else than an entry may stand in a product: functions of entries, a window's maximum and its winner, and the two
sums of exponentials that torch has a name for. Each becomes a tensor with a name, and its text.

A piece is written as an Entry of a tensor whose name spells it, `relu(S)[i, j]`; `Pieces` knows what that means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Expr, Pow, Symbol, exp, log

from symconv.derivation.index import Entry, MaxOver, Range, Sum, Winner, canonical, rebuild, relu, step
from symconv.errors import NotSupported

FUNCTIONS: Mapping[type, str] = {relu: "torch.relu({})", step: "({} > 0)", exp: "torch.exp({})", log: "torch.log({})"}


@dataclass(frozen=True)
class Applied:
    """A function of one number, entry by entry; `text` is its call."""

    entry: Entry
    text: str


@dataclass(frozen=True)
class Largest:
    """The largest entry over `ranges`, or for each of their values whether it is the first largest; where the guard is
    0 the entry would be read out of bounds, and never wins."""

    entry: Entry
    ranges: tuple[Range, ...]
    guard: Expr
    winner: bool


@dataclass(frozen=True)
class Exponentials:
    """log(sum of e^z) over the last axis, or e^z over that sum."""

    entry: Entry
    index: Symbol
    function: str  # of torch


Piece = Applied | Largest | Exponentials


@dataclass
class Pieces:
    """The pieces of one program, by the names that stand for them; `indices` are the program's."""

    indices: frozenset[Symbol]
    known: dict[str, Piece] = field(default_factory=dict)

    def entry(self, f: Expr) -> Entry:
        """The entry that stands for a factor. NotSupported for one that has no text yet."""
        if isinstance(f, Entry):
            return f
        if isinstance(f, log) and isinstance(f.args[0], Sum):
            return self._exponentials(f.args[0])
        if type(f) in FUNCTIONS and isinstance(f.args[0], Entry):
            (inside,) = f.args
            return self._name(f"{type(f).__name__}({inside.tensor})", Applied(inside, FUNCTIONS[type(f)]), inside.at)
        if isinstance(f, MaxOver) and isinstance(f.body, Entry):
            free = self._free(f.body, f.bound)
            return self._name(f"max({f.body.tensor})", Largest(f.body, f.ranges, f.guard, winner=False), free)
        if isinstance(f, Winner) and isinstance(f.body, Entry):
            return self._winner(f)
        raise NotSupported(f"{f} has no code yet: there are sums of products of entries, and {', '.join(NAMES)}")

    def _winner(self, f: Winner) -> Entry:
        """1 at the first largest; its bound indices are named as the place that is asked for."""
        if not all(x.is_Symbol for x in f.at):
            raise NotSupported(f"{f} is asked for at a place that is no index")
        new = dict(zip(f.bound, f.at, strict=True))
        body = rebuild(f.body, new)
        ranges = tuple((at, n) for at, (_, n) in zip(f.at, f.ranges, strict=True))
        free = (*self._free(body, f.at), *f.at)
        return self._name(f"winner({body.tensor})", Largest(body, ranges, rebuild(f.guard, new), winner=True), free)

    def softmax(self, factors: list[Expr]) -> list[Expr]:
        """The factors, e^z[k] and 1/(sum of e^z) as one softmax(z)[k]."""
        for f in factors:
            for g in factors:
                inside = f.args[0] if isinstance(f, exp) else None
                if isinstance(inside, Entry) and isinstance(g, Pow) and g.exp == -1 and isinstance(g.base, Sum):
                    (k,) = inside.at[-1:]
                    whole = Sum(exp(rebuild(inside, {k: g.base.bound[0]})), *g.base.ranges)
                    if canonical(whole) == canonical(g.base):
                        made = self._name(f"softmax({inside.tensor})", Exponentials(inside, k, "softmax"), inside.at)
                        return [made, *(h for h in factors if h not in (f, g))]
        return factors

    def _exponentials(self, s: Sum) -> Entry:
        inside = s.body.args[0] if isinstance(s.body, exp) else None
        if len(s.ranges) != 1 or not isinstance(inside, Entry) or inside.at[-1:] != s.bound:
            raise NotSupported(f"log of {s} has no code yet")
        piece = Exponentials(inside, s.bound[0], "logsumexp")
        return self._name(f"logsumexp({inside.tensor})", piece, inside.at[:-1])

    def _name(self, name: str, piece: Piece, at: tuple[Expr, ...]) -> Entry:
        if self.known.setdefault(name, piece) != piece:
            raise NotSupported(f"{name} stands for two things in one function")
        return Entry(name, *at)

    def free(self, piece: Largest) -> tuple[Expr, ...]:
        """The indices that a maximum, or its winners, are known for."""
        bound = tuple(i for i, _ in piece.ranges)
        return (*self._free(piece.entry, bound), *(bound if piece.winner else ()))

    def _free(self, x: Entry, bound: tuple[Symbol, ...]) -> tuple[Expr, ...]:
        """The indices of an entry that are not bound, in its order."""
        symbols = [s for e in x.at for s in sorted(e.free_symbols & self.indices, key=str)]
        return tuple(dict.fromkeys(s for s in symbols if s not in bound))


NAMES = (*(f.__name__ for f in FUNCTIONS), "max", "softmax", "logsumexp")
