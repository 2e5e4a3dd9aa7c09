"""The index algebra: the nodes in which every equation, gradient and guard is written.

SymPy's own `Sum` and `KroneckerDelta` capture bound names and ignore divisibility, so a strided convolution comes out
wrong; these nodes do neither. Convention: a product with an Iverson factor 0 is 0, even where another factor would
read out of bounds. Bound names are unique within an expression; `check_scopes` asserts it.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import sympy
from sympy import Basic, Expr, Function, Integer, S, Symbol, Tuple
from sympy.core.symbol import Str
from sympy.printing.str import StrPrinter

Range = tuple[Symbol, Expr]
KEPT = 10_000  # results of what is asked for again and again: a network has few different subscripts, in many places


@lru_cache(KEPT)
def expand(e: Expr) -> Expr:
    """Index arithmetic multiplied out."""
    return sympy.expand(e)


@lru_cache(KEPT)
def spelt(e: Basic) -> str:
    """An expression's text, by which expressions are put in a fixed order."""
    return str(e)


def index(name: str) -> Symbol:
    """An index: an integer >= 0."""
    return Symbol(name, integer=True, nonnegative=True)


def extent(name: str) -> Symbol:
    """An extent, a stride or a dilation: an integer >= 1."""
    return Symbol(name, integer=True, positive=True)


class Entry(Expr):
    """`Entry("X", i, j)` is X[i, j]; a scalar has no index. SymPy's Indexed would carry a symbol for its name."""

    is_commutative = True

    def __new__(cls, tensor: str | Str, *at: Expr | int) -> "Entry":
        name = tensor if isinstance(tensor, Str) else Str(tensor)
        made: Entry = Expr.__new__(cls, name, *map(_expr, at))
        return made

    @property
    def tensor(self) -> str:
        name: str = self.args[0].name  # str() would print it, through all of SymPy's printer
        return name

    @property
    def at(self) -> tuple[Expr, ...]:
        return tuple(self.args[1:])

    def _sympystr(self, printer: StrPrinter) -> str:
        return f"{self.tensor}[{', '.join(printer._print(i) for i in self.at)}]"


class Binder(Expr):
    """A node that binds indices: its last arguments are the ranges (i, n), each meaning 0 <= i < n."""

    is_commutative = True

    @property
    def ranges(self) -> tuple[Range, ...]:
        return tuple((a[0], a[1]) for a in self.args if isinstance(a, Tuple))

    @property
    def bound(self) -> tuple[Symbol, ...]:
        return tuple(i for i, _ in self.ranges)

    @property
    def free_symbols(self) -> set[Symbol]:
        inside: set[Symbol] = set().union(*(a.free_symbols for a in self.args))
        return inside - set(self.bound)

    def _sympystr(self, printer: StrPrinter) -> str:
        return f"{type(self).__name__}({', '.join(printer._print(a) for a in self.args)})"


class Sum(Binder):
    """`Sum(body, (i, n), ...)`: the sum over 0 <= i < n; empty, so 0, for n <= 0."""

    def __new__(cls, body: Expr | int, *ranges: Range) -> Expr:
        body = _expr(body)
        if body == 0 or not ranges:
            return body
        return Expr.__new__(cls, body, *(Tuple(*r) for r in ranges))

    body = property(lambda self: self.args[0])


class MaxOver(Binder):
    """`MaxOver(body, guard, (a, n), ...)`: the largest body over the indices at which guard is 1."""

    def __new__(cls, body: Expr, guard: Expr | int, *ranges: Range) -> Expr:
        body, guard = _expr(body), _expr(guard)
        if not ranges:
            return body
        return Expr.__new__(cls, body, guard, *(Tuple(*r) for r in ranges))

    body = property(lambda self: self.args[0])
    guard = property(lambda self: self.args[1])


class Winner(Binder):
    """`Winner(body, guard, at, (a, n), ...)`: 1 if `at` is the first maximiser in row-major order, else 0.

    It is the subgradient of MaxOver that torch takes: of several equal entries the first receives all.
    """

    def __new__(cls, body: Expr, guard: Expr | int, at: "Place | Iterable[Expr | int]", *ranges: Range) -> Expr:
        if not ranges:
            return S.One
        place = at if isinstance(at, Place) else Place(*at)
        return Expr.__new__(cls, _expr(body), _expr(guard), place, *(Tuple(*r) for r in ranges))

    body = property(lambda self: self.args[0])
    guard = property(lambda self: self.args[1])
    at = property(lambda self: self.args[2].args)


class Place(Expr):
    """A tuple of index expressions, one per range of a Winner (a Tuple would read as a range)."""

    def __new__(cls, *at: Expr | int) -> "Place":
        made: Place = Expr.__new__(cls, *map(_expr, at))
        return made


class Partial(Expr):
    """`Partial(f, entry)`: the partial derivative of f with respect to one entry, not yet carried out.

    Every tensor that an equation defines counts as a function of what that equation reads.
    """

    is_commutative = True

    def __new__(cls, body: Expr, entry: Entry) -> "Partial":
        made: Partial = Expr.__new__(cls, _expr(body), entry)
        return made

    body = property(lambda self: self.args[0])
    entry = property(lambda self: self.args[1])


class Iverson(Function):
    """A condition: 1 where it holds, 0 where it does not. Its powers are itself."""

    is_integer = True
    is_nonnegative = True

    def _eval_power(self, power: Expr) -> Expr | None:
        return self if power.is_positive else None


class Delta(Iverson):
    """[x = y]."""

    @classmethod
    def eval(cls, x: Expr, y: Expr) -> Expr | None:
        difference = expand(x - y)
        if difference.is_Integer:
            return S.One if difference == 0 else S.Zero
        return None


class In(Iverson):
    """[0 <= e < n]: the guard of a padded read."""

    @classmethod
    def eval(cls, e: Expr, n: Expr) -> Expr | None:
        if e.is_Integer and n.is_Integer:
            return S.One if 0 <= e < n else S.Zero
        return None


class Div(Iverson):
    """[m divides e]."""

    @classmethod
    def eval(cls, e: Expr, m: Expr) -> Expr | None:
        if m == 1 or e == 0:
            return S.One
        if e.is_Integer and m.is_Integer:
            return S.One if e % m == 0 else S.Zero
        return None


class Quot(Function):
    """The quotient e/m rounded down; exact where m divides e."""

    is_integer = True

    @classmethod
    def eval(cls, e: Expr, m: Expr) -> Expr | None:
        if m == 1 or e == 0:
            return e
        if e.is_Integer and m.is_Integer:
            return Integer(int(e) // int(m))
        return None


def _expr(x: Expr | int) -> Expr:
    return Integer(x) if isinstance(x, int) else x


# ------------------------------------------------------------------------------------------------ names
def substitute(e: Expr, new: Mapping[Expr, Expr | int]) -> Expr:
    """Replace free symbols or entries; a bound index that would capture a new one, or is spelt as one that goes, is
    renamed first."""
    moving = {s.name for pair in new.items() for x in pair for s in _expr(x).free_symbols}
    if moving & {i.name for i in bound_names(e)}:
        e = freshen(e, moving)
    return rebuild(e, {old: _expr(value) for old, value in new.items()})


def rebuild(e: Expr, new: Mapping[Expr, Expr | int]) -> Expr:
    """xreplace that calls every constructor again, so that conditions that became decidable are decided. It replaces
    bound indices too; `substitute` does not."""
    return _rebuilt(e, dict(new)) if new else e


def _rebuilt(e: Basic, known: dict[Basic, Basic]) -> Basic:
    """`known` grows by every part that is done: the same subscript stands in many places."""
    if e in known:
        return known[e]
    if not e.args or isinstance(e, Str):
        return e
    args = tuple([a if isinstance(a, Str) else _rebuilt(a, known) for a in e.args])
    known[e] = done = e if args == e.args else e.func(*args)
    return done


def bound_names(e: Expr) -> tuple[Symbol, ...]:
    """Every index that a node of e binds, in the order in which they are met."""
    own = e.bound if isinstance(e, Binder) else ()
    return own + tuple(i for a in (() if isinstance(e, Entry) else e.args) for i in bound_names(a))


def freshen(e: Expr, used: Iterable[str]) -> Expr:
    """e with every bound index renamed, by primes, away from `used` and from the free symbols of e."""
    taken, new = set(used) | {s.name for s in e.free_symbols}, {}
    for i in bound_names(e):
        if i not in new:
            new[i] = primed(i, taken)
            taken.add(new[i].name)
    return _renamed(e, new)


def _renamed(e: Basic, new: Mapping[Symbol, Symbol]) -> Basic:
    """Each bound index by its new name, from the inside out; a free symbol of the same name stays."""
    if not e.args or isinstance(e, Str):
        return e
    args = tuple(_renamed(a, new) for a in e.args)
    e = e if args == e.args else e.func(*args)
    return e.xreplace({i: new[i] for i in e.bound}) if isinstance(e, Binder) else e


def primed(i: Symbol, taken: Iterable[str]) -> Symbol:
    """The first of i, i', i'', ... that is not taken."""
    name = i.name
    while name in taken:
        name += "'"
    return Symbol(name, **i.assumptions0) if name != i.name else i


def names(*parts: Basic) -> set[str]:
    """The names of all symbols in the parts, bound ones included."""
    return {s.name for e in parts for s in e.atoms(Symbol)}


# ------------------------------------------------------------------------------------------------ entries


def entries(e: Expr) -> list[Entry]:
    """Every entry that e reads, in a fixed order."""
    return sorted(e.atoms(Entry), key=spelt)


@lru_cache(KEPT)
def tidy(e: Basic) -> Basic:
    """Index arithmetic multiplied out, so that equal positions look equal."""
    if isinstance(e, Entry):
        return Entry(e.tensor, *(expand(i) for i in e.at))
    if not getattr(e, "args", ()):
        return e
    return e.func(*(expand(a) if not a.has(Entry) and not isinstance(a, Tuple) else tidy(a) for a in e.args))
