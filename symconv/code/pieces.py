"""What else than an entry may stand in a product: expressions of entries, a window's maximum and its winner, a table of
numbers, and the two sums of exponentials that torch has a name for. Each becomes a tensor with a name, and its text.

A piece is written as an Entry of a tensor whose name spells it, `relu(S)[i, j]`; `Pieces` knows what that means.
"""

from dataclasses import dataclass, field

from sympy import Add, Expr, Function, Mul, Pow, Symbol, exp, log
from sympy.core.numbers import NumberSymbol

from symconv.code.pointwise import ATOM, CALLS, SUM, Template
from symconv.derivation.index import Binder, Entry, In, Iverson, MaxOver, Range, Sum, Winner, rebuild, spelt
from symconv.derivation.scopes import canonical
from symconv.errors import NotSupported
from symconv.evaluation.evaluate import World
from symconv.text.notation import reading_key


@dataclass(frozen=True)
class PointwisePiece:
    """An expression of entries, each number by itself; `text` has {0}, {1}, ... for the entries."""

    entries: tuple[Entry, ...]
    text: str

    @property
    def entry(self) -> Entry:
        return self.entries[0]


@dataclass(frozen=True)
class LookupTable:
    """A number for each value of an index; `entry` is that of a tensor of the same type."""

    entry: Entry
    index: Symbol
    numbers: tuple[str, ...]


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
    """log(sum of e^z) along an axis, that of `index`, or e^z over that sum."""

    entry: Entry
    index: Symbol
    function: str  # of torch


Piece = PointwisePiece | LookupTable | Largest | Exponentials


@dataclass
class Pieces:
    """The pieces of one program, by the names that stand for them; `indices` are the program's."""

    indices: tuple[Symbol, ...]
    extents: dict[Symbol, Expr]
    known: dict[str, Piece] = field(default_factory=dict)
    places: dict[str, tuple[Expr, ...]] = field(default_factory=dict)

    def add(self, index: Symbol, extent: Expr) -> None:
        """One more index, of the program as well."""
        self.indices = (*self.indices, index)
        self.extents[index] = extent

    def entry(self, f: Expr, like: Entry) -> Entry:
        """The entry that stands for a factor; `like` is one of the entries beside it. NotSupported for one that has no
        text yet."""
        if isinstance(f, Entry):
            return f
        if isinstance(f, MaxOver | Winner) and f.guard.atoms(Iverson) - f.guard.atoms(In):
            raise NotSupported(f"a maximum where {f.guard} has no code yet: there are windows between two bounds")
        if isinstance(f, log) and isinstance(f.args[0], Sum):
            return self._exponentials(f.args[0])
        if isinstance(f, MaxOver) and isinstance(f.body, Entry):
            free = self._free(f.body, f.bound)
            return self._name(f"max({f.body.tensor})", Largest(f.body, f.ranges, f.guard, winner=False), free)
        if isinstance(f, Winner) and isinstance(f.body, Entry):
            return self._winner(f)
        if not f.atoms(Entry):
            return self._table(f, like)
        if is_pointwise(f):
            return self._pointwise(f)
        raise NotSupported(f"{f} has no code yet: there are sums of products of entries, and {', '.join(NAMES)}")

    def _pointwise(self, f: Expr) -> Entry:
        """A function of one entry, `relu(S)[i, 0]`; an expression of several by the indices of all of them."""
        template = Template(reading_key(map(str, self.indices)))
        text = template(f, ATOM if not isinstance(f, Function) else SUM)
        inside = tuple(template.entries)
        at = inside[0].at if len(inside) == 1 else self._order(f)
        name = f"{type(f).__name__}({inside[0].tensor})" if type(f) in CALLS and f.args == inside else f"pointwise({f})"
        return self._name(name, PointwisePiece(inside, f"({text})" if text[0] == "-" else text), at)

    def _order(self, f: Expr) -> tuple[Symbol, ...]:
        """The indices of f: in the order of an entry that has them all, if there is one."""
        held = {s for s in f.free_symbols if s in self.indices}
        for x in sorted(f.atoms(Entry), key=lambda x: (-len(x.at), str(x))):
            if all(i.is_Symbol for i in x.at) and set(x.at) == held:
                return tuple(x.at)
        return tuple(i for i in self.indices if i in held)

    def _table(self, f: Expr, like: Entry) -> Entry:
        """A factor that depends on one index only, all of its numbers being known."""
        if f.is_number:
            text = f"a tensor that is {f} wherever it is read, as x / x, has no code yet"
            raise NotSupported(f"{text}\n  write it as x - x + {f}: a sub of the tensor and itself, then a scale by 1")
        free = [i for i in self.indices if f.has(i) and i in f.free_symbols]
        if len(free) != 1 or self.extents[free[0]].free_symbols or f.free_symbols != set(free):
            raise NotSupported(f"{f} has no code yet: its numbers are not known")
        values = World({}, {}).table(f, ((free[0], self.extents[free[0]]),)).entries.numbers()
        numbers = tuple(str(v) for v in values)
        return self._name(f"shares({f})", LookupTable(like, free[0], numbers), (free[0],))

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
                    k = next((k for k in inside.at if _is_sum_along(g.base, inside, k)), None)
                    if k is not None:
                        made = self._name(f"softmax({inside.tensor})", Exponentials(inside, k, "softmax"), inside.at)
                        return [made, *(h for h in factors if h not in (f, g))]
        return factors

    def _exponentials(self, s: Sum) -> Entry:
        inside = s.body.args[0] if isinstance(s.body, exp) else None
        if len(s.ranges) != 1 or not isinstance(inside, Entry) or s.bound[0] not in inside.at:
            raise NotSupported(f"log of {s} has no code yet")
        piece = Exponentials(inside, s.bound[0], "logsumexp")
        return self._name(f"logsumexp({inside.tensor})", piece, tuple(i for i in inside.at if i != piece.index))

    def _name(self, name: str, piece: Piece, at: tuple[Expr, ...]) -> Entry:
        if self.known.setdefault(name, piece) != piece:
            raise NotSupported(f"{name} stands for two things in one function")
        self.places[name] = at
        return Entry(name, *at)

    def free(self, piece: Largest) -> tuple[Expr, ...]:
        """The indices that a maximum, or its winners, are known for."""
        bound = tuple(i for i, _ in piece.ranges)
        return (*self._free(piece.entry, bound), *(bound if piece.winner else ()))

    def _free(self, x: Entry, bound: tuple[Symbol, ...]) -> tuple[Expr, ...]:
        """The indices of an entry that are not bound, in its order."""
        symbols = [s for e in x.at for s in sorted(e.free_symbols & set(self.indices), key=spelt)]
        return tuple(dict.fromkeys(s for s in symbols if s not in bound))


def _is_sum_along(s: Sum, inside: Entry, k: Expr) -> bool:
    """Whether a sum is that of all exponentials of an entry's tensor along the axis of its index k."""
    return bool(canonical(Sum(exp(rebuild(inside, {k: s.bound[0]})), *s.ranges)) == canonical(s))


def is_pointwise(e: Expr) -> bool:
    """Whether e is an expression of entries, each number by itself."""
    if isinstance(e, Entry) or e.is_Rational or isinstance(e, NumberSymbol):
        return True
    if isinstance(e, Pow):
        return bool(e.exp.is_Rational) and is_pointwise(e.base)
    known = isinstance(e, Add | Mul) or type(e) in CALLS
    return known and not isinstance(e, Binder | Iverson) and all(map(is_pointwise, e.args))


NAMES = (*(f.__name__ for f in CALLS), "max", "softmax", "logsumexp")
