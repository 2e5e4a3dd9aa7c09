"""Exact evaluation of every node: the second road to each number, independent of the rules.

An expression is turned into nested closures once, then called for each index. Numbers are Fractions (mpmath at 40
digits from the first exp or log on), SymPy numbers for worked values, or elements of a polynomial ring with one symbol
for each entry. A derivative is not derived here but computed, by dual numbers: v + d eps with eps^2 = 0.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatchmethod
from typing import Any

import mpmath
from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, exp, log
from sympy.polys.rings import PolyElement

from symconv.array import Array, indices
from symconv.equations import Equation
from symconv.errors import Broken
from symconv.index import (
    Delta,
    Div,
    Entry,
    In,
    Iverson,
    MaxOver,
    Partial,
    Quot,
    Range,
    Sum,
    Winner,
    relu,
    step,
)

DIGITS = 40
Env = dict[str, int]  # by name: names are unique within an expression
Value = Callable[[Env], Any]


class NotPolynomial(Exception):
    """The expression needs a comparison or a function that symbols do not have."""


Index = tuple[int, ...]


@dataclass(frozen=True)
class Dual:
    """v + sum of d[at] eps[at]: a number with its derivatives with respect to all entries of one tensor at once."""

    v: Any
    d: Mapping[Index, Any]

    def __add__(self, other: Any) -> "Dual":
        o = dual(other)
        return Dual(self.v + o.v, _combine(self.d, 1, o.d, 1))

    def __mul__(self, other: Any) -> "Dual":
        o = dual(other)
        return Dual(self.v * o.v, _combine(self.d, o.v, o.d, self.v))

    def along(self, value: Any, slope: Any) -> "Dual":
        """f(self), given f and f' at v."""
        return Dual(value, _combine(self.d, slope, {}, 0))

    __radd__ = __add__
    __rmul__ = __mul__


def _combine(x: Mapping[Index, Any], a: Any, y: Mapping[Index, Any], b: Any) -> dict[Index, Any]:
    """a x + b y."""
    out = {k: v * a for k, v in x.items()}
    for k, v in y.items():
        out[k] = out[k] + v * b if k in out else v * b
    return out


def dual(x: Any) -> Dual:
    return x if isinstance(x, Dual) else Dual(x, {})


class Numbers:
    """Fractions, and 40 digits where exp or log appears."""

    def exp(self, x: Any) -> Any:
        return mpmath.exp(_mpf(x))

    def log(self, x: Any) -> Any:
        return mpmath.log(_mpf(x))

    def positive(self, x: Any) -> bool:
        if isinstance(x, PolyElement) and not x.is_ground:
            raise NotPolynomial(x)
        return bool((x.LC if isinstance(x, PolyElement) and x else x) > 0)

    def power(self, x: Any, n: int) -> Any:
        if isinstance(x, int):
            x = Fraction(x)
        if n < 0 and isinstance(x, PolyElement):
            raise NotPolynomial(x)
        return x**n


def _mpf(x: Any) -> Any:
    if isinstance(x, PolyElement):
        raise NotPolynomial(x)
    return mpmath.mpf(x.numerator) / x.denominator if isinstance(x, int | Fraction) else x


class Exact(Numbers):
    """SymPy numbers: e and log(2) stay as they are; only comparisons look at digits."""

    def exp(self, x: Any) -> Any:
        return exp(_sympy(x))

    def log(self, x: Any) -> Any:
        return log(_sympy(x))

    def positive(self, x: Any) -> bool:
        if isinstance(x, int | Fraction):
            return x > 0
        known = x.is_positive
        return bool(x.evalf(DIGITS) > 0) if known is None else bool(known)


def _sympy(x: Any) -> Any:
    return Rational(x.numerator, x.denominator) if isinstance(x, int | Fraction) else x


class World:
    """Sizes, tensors and the equations that define some of them: everything an expression needs to have a value.

    `equations` are in forward order. `seen` collects, for each condition, the values it has taken.
    """

    def __init__(
        self,
        sizes: Mapping[Symbol, int],
        tensors: Mapping[str, Array],
        equations: tuple[Equation, ...] = (),
        arithmetic: Numbers | None = None,
    ) -> None:
        self.sizes: Env = {s.name: n for s, n in sizes.items()}
        self.tensors = dict(tensors)
        self.equations = equations
        self.arithmetic = arithmetic or Numbers()
        self.seen: dict[Expr, set[int]] = {}
        self._closures: dict[Expr, Value] = {}
        self._perturbed: dict[str, dict[str, Array]] = {}

    def table(self, e: Expr, ranges: tuple[Range, ...]) -> Array:
        """e at every value of its free indices."""
        value = self.closure(e)
        names = [i.name for i, _ in ranges]
        shape = tuple(self.size(n) for _, n in ranges)
        env = dict(self.sizes)

        def entry(at: tuple[int, ...]) -> Any:
            env.update(zip(names, at, strict=True))
            return value(env)

        return Array.build(shape, entry)

    def define(self, equation: Equation, shape: tuple[Expr, ...]) -> None:
        """Compute a tensor from its equation and keep it; every entry must be written exactly once."""
        values = self.table(equation.value, equation.ranges)
        at = [self.closure(i) for i in equation.entry.at]
        names = [i.name for i, _ in equation.ranges]
        written: dict[tuple[int, ...], Any] = {}
        for k, v in values.items():
            env = self.sizes | dict(zip(names, k, strict=True))
            written[tuple(f(env) for f in at)] = v
        sizes = tuple(self.size(n) for n in shape)
        if len(written) != len(values.entries) or set(written) != set(indices(sizes)):
            raise Broken(f"{equation.entry} does not write each entry of {sizes} once")
        self.tensors[equation.entry.tensor] = Array.build(sizes, written.__getitem__)

    def size(self, n: Expr) -> int:
        return int(self.closure(n)(dict(self.sizes)))

    def closure(self, e: Expr) -> Value:
        if e not in self._closures:
            self._closures[e] = self._make(e)
        return self._closures[e]

    # -------------------------------------------------------------------------------------------- nodes
    @singledispatchmethod
    def _make(self, e: Any) -> Value:
        raise Broken(f"no value is defined for {type(e).__name__}: {e}")

    @_make.register
    def _make_symbol(self, e: Symbol) -> Value:
        name = e.name
        return lambda env: env[name]

    @_make.register
    def _make_integer(self, e: Integer) -> Value:
        n = int(e)
        return lambda env: n

    @_make.register
    def _make_rational(self, e: Rational) -> Value:
        n = int(e) if e.is_Integer else Fraction(int(e.p), int(e.q))
        return lambda env: n

    @_make.register
    def _make_entry(self, e: Entry) -> Value:
        name, at = e.tensor, [self.closure(i) for i in e.at]
        return lambda env: self.tensors[name][tuple([f(env) for f in at])]

    @_make.register
    def _make_add(self, e: Add) -> Value:
        parts = [self.closure(a) for a in e.args]
        return lambda env: sum([f(env) for f in parts[1:]], parts[0](env))

    @_make.register
    def _make_mul(self, e: Mul) -> Value:
        conditions = [self.closure(a) for a in e.args if isinstance(a, Iverson)]
        winners = [self.closure(a) for a in e.args if isinstance(a, Winner)]
        others = [self.closure(a) for a in e.args if not isinstance(a, Iverson | Winner)]

        def value(env: Env) -> Any:
            for f in (*conditions, *winners):
                if f(env) == 0:
                    return 0
            out: Any = 1
            for f in others:
                out = out * f(env)
            return out

        return value

    @_make.register
    def _make_pow(self, e: Pow) -> Value:
        if not e.exp.is_Integer:
            return self._make_exp(exp(e.exp)) if e.base == exp(1) else self._unknown(e)
        base, n = self.closure(e.base), int(e.exp)

        def value(env: Env) -> Any:
            x = base(env)
            if isinstance(x, Dual):
                return x.along(self.arithmetic.power(x.v, n), n * self.arithmetic.power(x.v, n - 1))
            return self.arithmetic.power(x, n)

        return value

    def _unknown(self, e: Expr) -> Value:
        raise Broken(f"no value is defined for {e}")

    @_make.register
    def _make_sum(self, e: Sum) -> Value:
        """Loops from the outside in; a condition is looked at as soon as its indices are known."""
        factors = Mul.make_args(e.body)
        conditions = [c for c in factors if isinstance(c, Iverson)]
        value = self.closure(Mul(*(f for f in factors if not isinstance(f, Iverson))))
        for k in reversed(range(len(e.ranges))):
            later = {i for i, _ in e.ranges[k + 1 :]}
            ready = [c for c in conditions if e.ranges[k][0] in c.free_symbols and not c.free_symbols & later]
            value = self._loop(*e.ranges[k], ready, value)
        outside = [self.closure(c) for c in conditions if not c.free_symbols & set(e.bound)]
        whole = value
        return lambda env: 0 if any(c(env) == 0 for c in outside) else whole(dict(env))

    def _loop(self, i: Symbol, n: Expr, conditions: list[Expr], inner: Value) -> Value:
        name, size, tests = i.name, self.closure(n), [self.closure(c) for c in conditions]

        def value(env: Env) -> Any:
            total: Any = 0
            for k in range(size(env)):
                env[name] = k
                for test in tests:
                    if test(env) == 0:
                        break
                else:
                    total = total + inner(env)
            return total

        return value

    @_make.register
    def _make_max(self, e: MaxOver) -> Value:
        return lambda env, of=self.largest(e): of(env)[1]

    @_make.register
    def _make_winner(self, e: Winner) -> Value:
        at = [self.closure(i) for i in e.at]
        return lambda env, of=self.largest(e): int(of(env)[0] == tuple([f(env) for f in at]))

    def largest(self, e: MaxOver | Winner) -> Callable[[Env], tuple[Index, Any]]:
        """The first largest body in row-major order, with its place."""
        guard, body = self.closure(e.guard), self.closure(e.body)
        names, extents = [i.name for i, _ in e.ranges], [self.closure(n) for _, n in e.ranges]

        def value(env: Env) -> tuple[Index, Any]:
            best: tuple[Index, Any] | None = None
            inner = dict(env)
            for at in indices([f(env) for f in extents]):
                inner.update(zip(names, at, strict=True))
                if guard(inner) == 0:
                    continue
                x = body(inner)
                if best is None or self.arithmetic.positive(dual(x).v - dual(best[1]).v):
                    best = (at, x)
            if best is None:
                raise Broken(f"a maximum over an empty window: {e}")
            return best

        return value

    @_make.register
    def _make_iverson(self, e: Iverson) -> Value:
        first, second = (self.closure(a) for a in e.args)
        holds = CONDITIONS[type(e)]
        seen = self.seen.setdefault(e, set())

        def value(env: Env) -> int:
            out = int(holds(first(env), second(env)))
            seen.add(out)
            return out

        return value

    @_make.register
    def _make_quotient(self, e: Quot) -> Value:
        first, second = (self.closure(a) for a in e.args)
        return lambda env: first(env) // second(env)

    @_make.register
    def _make_relu(self, e: relu) -> Value:
        inside = self.closure(e.args[0])

        def value(env: Env) -> Any:
            x = inside(env)
            return x if self.arithmetic.positive(dual(x).v) else 0

        return value

    @_make.register
    def _make_step(self, e: step) -> Value:
        inside = self.closure(e.args[0])
        return lambda env: int(self.arithmetic.positive(inside(env)))

    @_make.register
    def _make_exp(self, e: exp) -> Value:
        inside = self.closure(e.args[0])

        def value(env: Env) -> Any:
            x = inside(env)
            if isinstance(x, Dual):
                y = self.arithmetic.exp(x.v)
                return x.along(y, y)
            return self.arithmetic.exp(x)

        return value

    @_make.register
    def _make_log(self, e: log) -> Value:
        inside = self.closure(e.args[0])

        def value(env: Env) -> Any:
            x = inside(env)
            if isinstance(x, Dual):
                return x.along(self.arithmetic.log(x.v), self.arithmetic.power(x.v, -1))
            return self.arithmetic.log(x)

        return value

    # -------------------------------------------------------------------------------------------- derivatives
    @_make.register
    def _make_partial(self, e: Partial) -> Value:
        body, name = self.closure(e.body), e.entry.tensor
        at = [self.closure(i) for i in e.entry.at]
        free = sorted(i.name for i in e.body.free_symbols)
        known: dict[Index, Mapping[Index, Any]] = {}  # one evaluation holds the derivatives for every entry

        def value(env: Env) -> Any:
            here = tuple([env[i] for i in free])
            if here not in known:
                with self._perturb(name):
                    known[here] = dual(body(env)).d
            return known[here].get(tuple([f(env) for f in at]), 0)

        return value

    def slope(self, scalar: str, tensor: str) -> Array:
        """d(scalar)/d(tensor), entry by entry, by dual numbers through every equation."""
        with self._perturb(tensor):
            d = dual(self.tensors[scalar][()]).d
        return Array.build(self.tensors[tensor].shape, lambda at: d.get(at, 0))

    @contextmanager
    def _perturb(self, tensor: str) -> Iterator[None]:
        """Inside, each entry of the tensor is v + eps[at], and every tensor defined from it is computed anew."""
        kept = self.tensors
        if tensor not in self._perturbed:
            moved = dict(kept)
            moved[tensor] = Array(kept[tensor].shape, tuple(Dual(v, {at: 1}) for at, v in kept[tensor].items()))
            self.tensors = moved
            touched = {tensor}
            for equation in self.equations:
                if any(x.tensor in touched for x in equation.value.atoms(Entry)):
                    shape = tuple(Integer(n) for n in kept[equation.entry.tensor].shape)
                    self.define(equation, shape)
                    touched.add(equation.entry.tensor)
            self._perturbed[tensor] = moved
        self.tensors = self._perturbed[tensor]
        try:
            yield
        finally:
            self.tensors = kept


CONDITIONS: dict[type[Iverson], Callable[[int, int], bool]] = {
    Delta: lambda x, y: x == y,
    In: lambda e, n: 0 <= e < n,
    Div: lambda e, m: e % m == 0,
}

