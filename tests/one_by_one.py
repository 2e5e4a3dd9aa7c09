"""Expressions evaluated one place after the other, by recursion: what `symconv.evaluation` is held against. Derivatives
are sparse dual numbers through every equation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any

from sympy import Expr, Integer, Mul, Rational, Symbol, cos, erf, exp, log, pi, sin

from symconv.array import Array, Index, indices
from symconv.derivation.functions import Defined, relu, sg, step
from symconv.derivation.index import Delta, Div, Entry, In, Iverson, MaxOver, Partial, Quot, Sum, Winner
from symconv.derivation.operation import Equation
from symconv.evaluation.arithmetic import Numbers

CONDITIONS: dict[type[Iverson], Callable[[int, int], bool]] = {
    Delta: lambda x, y: x == y,
    In: lambda e, n: 0 <= e < n,
    Div: lambda e, m: e % m == 0,
}
NUMBER = Numbers()


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
    """x, or the number x with no derivative."""
    return x if isinstance(x, Dual) else Dual(x, {})


@dataclass(frozen=True)
class Single:
    """Tensors and the equations of some of them; `asked` collects, for each condition, the values it has."""

    tensors: Mapping[str, Array]
    equations: tuple[Equation, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    asked: dict[Expr, set[int]] = field(default_factory=dict)
    kept: dict[object, Any] = field(default_factory=dict)  # what has been computed of these tensors

    def values(self, e: Expr, ranges: Iterable[tuple[Symbol, Expr]], places: Iterable[Index]) -> list[Any]:
        """e at some values of its free indices."""
        names = [i.name for i, _ in ranges]
        return [self.value(e, **dict(zip(names, at, strict=True))) for at in places]

    def value(self, e: Expr, /, **env: int) -> Any:
        """e at one place."""
        return _value(e, self, {**self.sizes, **env})

    def slope(self, scalar: str, tensor: str) -> list[Any]:
        """d(scalar)/d(tensor), entry by entry."""
        d = dual(self.perturbed(tensor).tensors[scalar][()]).d
        return [d.get(at, 0) for at in indices(self.tensors[tensor].shape)]

    def perturbed(self, tensor: str) -> "Single":
        """With v + eps for each entry of the tensor, and all that hangs on it."""
        if tensor not in self.kept:
            given = self.tensors[tensor]
            moved = Array.build(given.shape, lambda at: Dual(given[at], {at: 1}))
            here = replace(self, tensors={**self.tensors, tensor: moved}, kept={})
            for equation in self.equations:
                if any(self.tensors[x.tensor] is not here.tensors[x.tensor] for x in equation.value.atoms(Entry)):
                    here = here.defined(equation)
            self.kept[tensor] = here
        found: Single = self.kept[tensor]
        return found

    def defined(self, equation: Equation) -> "Single":
        """With the tensor of an equation."""
        names, found = [i.name for i, _ in equation.ranges], {}
        for k in indices([self.value(n) for _, n in equation.ranges]):
            env = dict(zip(names, k, strict=True))
            found[tuple(self.value(i, **env) for i in equation.entry.at)] = self.value(equation.value, **env)
        shape = tuple(max(k) + 1 for k in zip(*found, strict=True))
        return replace(
            self, kept={}, tensors={**self.tensors, equation.entry.tensor: Array.build(shape, found.__getitem__)}
        )


def _value(e: Expr, w: Single, env: Mapping[str, int]) -> Any:
    def of(x: Expr) -> Any:
        return _value(x, w, env)

    if isinstance(e, Integer):
        return int(e)
    if isinstance(e, Rational):
        return Fraction(int(e.p), int(e.q))
    if isinstance(e, Symbol):
        return env[e.name]
    if isinstance(e, Entry):
        return w.tensors[e.tensor][tuple(of(i) for i in e.at)]
    if isinstance(e, Sum):
        return sum([_value(e.body, w, here) for _, here in _inner(e, w, env)], 0)
    if isinstance(e, MaxOver | Winner):
        return _largest(e, w, env)
    if isinstance(e, Partial):
        key = (e.body, e.entry.tensor, *sorted((s.name, env[s.name]) for s in e.body.free_symbols))
        if key not in w.kept:
            w.kept[key] = dual(_value(e.body, w.perturbed(e.entry.tensor), env)).d
        return w.kept[key].get(tuple(of(i) for i in e.entry.at), 0)
    if isinstance(e, Iverson):
        held = CONDITIONS[type(e)](*map(of, e.args))
        w.asked.setdefault(e, set()).add(int(held))
        return int(held)
    if e.is_Mul:
        masks = [of(f) for f in e.args if isinstance(f, Iverson)]
        if not all(masks) or not all(of(f) for f in e.args if isinstance(f, Winner)):
            return 0
        return reduce(mul, [of(f) for f in e.args if not isinstance(f, Iverson | Winner)], 1)
    if e.is_Add:
        return reduce(add, map(of, e.args))
    if e.is_Pow:
        n = int(e.exp) if e.exp.is_Integer else Fraction(int(e.exp.p), int(e.exp.q))
        return _smooth(of(e.base), lambda x: NUMBER.power(x, n), lambda x: n * NUMBER.power(x, n - 1))
    return _function(e, of)


def _function(e: Expr, of: Callable[[Expr], Any]) -> Any:
    if e == pi:
        return NUMBER.pi()
    if isinstance(e, Defined):
        return of(e.definition())
    x = of(e.args[0])
    if isinstance(e, Quot):
        return x // of(e.args[1])
    if isinstance(e, relu):
        return x if dual(x).v > 0 else 0
    if isinstance(e, step):
        return int(dual(x).v > 0)
    if isinstance(e, sg):
        return dual(x).v
    if isinstance(e, exp):
        return _smooth(x, NUMBER.exp, NUMBER.exp)
    if isinstance(e, log):
        return _smooth(x, NUMBER.log, lambda v: NUMBER.power(v, -1))
    if isinstance(e, sin):
        return _smooth(x, NUMBER.sin, NUMBER.cos)
    if isinstance(e, cos):
        return _smooth(x, NUMBER.cos, lambda v: -NUMBER.sin(v))
    assert isinstance(e, erf), e
    return _smooth(x, NUMBER.erf, lambda v: 2 * NUMBER.exp(-v * v) / NUMBER.power(NUMBER.pi(), Fraction(1, 2)))


def _smooth(x: Any, f: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Any:
    return x.along(f(x.v), slope(x.v)) if isinstance(x, Dual) else f(x)


def _inner(e: Any, w: Single, env: Mapping[str, int]) -> Iterable[tuple[Index, dict[str, int]]]:
    """The places of a node's own indices, in row-major order."""
    for at in indices([_value(n, w, env) for _, n in e.ranges]):
        yield at, {**env, **dict(zip((i.name for i in e.bound), at, strict=True))}


def _largest(e: Any, w: Single, env: Mapping[str, int]) -> Any:
    inner = [(at, here) for at, here in _inner(e, w, env) if all(_value(g, w, here) for g in Mul.make_args(e.guard))]
    found = [(at, _value(e.body, w, here)) for at, here in inner]
    at, best = found[0]
    for k, x in found[1:]:
        if dual(x).v + -dual(best).v > 0:
            at, best = k, x
    return best if isinstance(e, MaxOver) else int(at == tuple(_value(i, w, env) for i in e.at))
