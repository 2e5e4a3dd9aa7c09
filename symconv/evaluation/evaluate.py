"""Exact evaluation of every node: the second road to each number, independent of the rules.

An expression is turned into nested closures once, then called for each index. Numbers are Fractions (mpmath at 40
digits from the first exp or log on), SymPy numbers for worked values, or elements of a polynomial ring with one symbol
for each entry. A derivative is not derived here but computed, by dual numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sympy import Expr, Integer, Symbol

from symconv.array import Array, indices
from symconv.derivation.index import Entry, Range
from symconv.derivation.operation import Equation
from symconv.errors import Broken
from symconv.evaluation.arithmetic import Numbers
from symconv.evaluation.closures import value_of
from symconv.evaluation.dual import Dual, Index, dual
from symconv.evaluation.scope import Env, Value


class World:
    """Sizes, tensors and the equations that define some of them: everything an expression needs to have a value.

    `equations` are in forward order. `seen` collects, for each condition, the values it has taken. A tensor is given or
    defined before the first derivative is asked for: its perturbed values are kept.
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
        shape = self.shape(ranges)
        return Array(shape, tuple(self.values(e, ranges, indices(shape))))

    def shape(self, ranges: tuple[Range, ...]) -> tuple[int, ...]:
        """How many values each index has."""
        return tuple(self.size(n) for _, n in ranges)

    def values(self, e: Expr, ranges: tuple[Range, ...], places: Iterable[Index]) -> Iterator[Any]:
        """e at some values of its free indices."""
        value = self.closure(e)
        names = [i.name for i, _ in ranges]
        env = dict(self.sizes)
        for at in places:
            env.update(zip(names, at, strict=True))
            yield value(env)

    def define(self, equation: Equation, shape: tuple[Expr, ...]) -> None:
        """Compute a tensor from its equation and keep it; every entry must be written exactly once."""
        values = self.table(equation.value, equation.ranges)
        at = [self.closure(i) for i in equation.entry.at]
        names = [i.name for i, _ in equation.ranges]
        written: dict[Index, Any] = {}
        for k, v in values.items():
            env = self.sizes | dict(zip(names, k, strict=True))
            written[tuple(f(env) for f in at)] = v
        sizes = tuple(self.size(n) for n in shape)
        if len(written) != len(values.entries) or set(written) != set(indices(sizes)):
            raise Broken(f"{equation.entry} does not write each entry of {sizes} once")
        self.tensors[equation.entry.tensor] = Array.build(sizes, written.__getitem__)

    def size(self, n: Expr) -> int:
        """An extent's number."""
        return int(self.closure(n)(dict(self.sizes)))

    def closure(self, e: Expr) -> Value:
        """e as a function of its indices; made once."""
        if e not in self._closures:
            self._closures[e] = value_of(e, self)
        return self._closures[e]

    def slope(self, scalar: str, tensor: str) -> Array:
        """d(scalar)/d(tensor), entry by entry, by dual numbers through every equation."""
        with self.perturbed(tensor):
            d = dual(self.tensors[scalar][()]).d
        return Array.build(self.tensors[tensor].shape, lambda at: d.get(at, 0))

    @contextmanager
    def perturbed(self, tensor: str) -> Iterator[None]:
        """Inside, each entry of the tensor is v + eps[at], and every tensor defined from it is computed anew."""
        kept = self.tensors
        try:
            if tensor not in self._perturbed:
                self._perturbed[tensor] = self._moved(tensor)
            self.tensors = self._perturbed[tensor]
            yield
        finally:
            self.tensors = kept

    def _moved(self, tensor: str) -> dict[str, Array]:
        given = self.tensors[tensor]
        self.tensors = self.tensors | {tensor: Array.build(given.shape, lambda at: Dual(given[at], {at: 1}))}
        touched = {tensor}
        for equation in self.equations:
            if any(x.tensor in touched for x in equation.value.atoms(Entry)):
                output = equation.entry.tensor
                self.define(equation, tuple(map(Integer, self.tensors[output].shape)))
                touched.add(output)
        return self.tensors
