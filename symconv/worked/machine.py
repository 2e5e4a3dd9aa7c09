"""The equations of one network's shape run with the numbers of many networks: what hangs on indices is found once."""

from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

import mpmath
from mpmath import mpf

from symconv.array import Array, Tensors
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient, updated, without_gradient
from symconv.evaluation.arithmetic import Floats, Numbers
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.networks.network import Network
from symconv.worked import domains
from symconv.worked.derived import Derived, differentiated
from symconv.worked.numbers import fractions
from symconv.worked.stages import Stage

CARRIED = 4  # decimals

Real: TypeAlias = int | Fraction | mpf


class Machine:
    """Runs in Fractions, with mpmath's digits from the first exp or log on, or in another `arithmetic`; each number
    that is computed is settled before the next one reads it."""

    def __init__(
        self, d: Derived, arithmetic: Numbers | None = None, settle: Callable[[Real], Real] | None = None
    ) -> None:
        self.d = d
        self.arithmetic = arithmetic or Numbers()
        self._settle = settle
        self._worlds: dict[tuple[str, Equation], World] = {}

    def table(self, stage: Stage, equation: Equation, known: Tensors) -> Array:
        """The tensor that an equation of this stage defines, its operands being `known`."""
        world = self._worlds.get((stage.output, equation))
        if world is None:
            world = World(dict(stage.sizes), {}, kind=OneByOne(self.arithmetic))
            self._worlds[stage.output, equation] = world
        tensor = equation.entry.tensor
        world.give(known)
        world.define(equation, stage.operation.shape(without_gradient(tensor)))
        computed = world.tensor(tensor).array
        return computed.map(self._settle) if self._settle else computed

    def forward(self, given: Tensors) -> dict[str, Array]:
        """The given tensors (input, parameters, target) and every layer's output, y and L with them."""
        known = dict(given)
        for stage in self.d.stages:
            domains.require(stage, known)
            for equation in stage.operation.equations:
                known[equation.entry.tensor] = self.table(stage, equation, known)
        return known

    def backward(self, values: Tensors) -> dict[str, Array]:
        """The values and, under the name ∂S, dL/d(tensor) of every tensor that has a derivation."""
        known = dict(values)
        for stage in reversed(differentiated(self.d.stages)):
            for operand in stage.operation.operands:
                if operand in self.d.general:
                    known[gradient(operand)] = self.table(stage, self.d.general[operand].equation, known)
        return known

    def whole(self, network: Network) -> dict[str, Array]:
        """Every number of a network of this shape: values, gradients under ∂S, and under S' what they are after one
        step of gradient descent."""
        before = self.forward(fractions(network))
        known = self.backward(before)
        rate = network.learning_rate
        moved = {p: stepped(before[p], known[gradient(p)], rate) for p in self.d.parameters}
        after = self.forward({**fractions(network), **moved})
        whole = {**known, **{updated(t): after[t] for t in (*moved, *(s.output for s in self.d.stages))}}
        return {t: a.map(settled) for t, a in whole.items()}


def by_hand_machine(d: Derived) -> Machine:
    """Runs as one computes by hand: each number that is computed is rounded to four decimals."""
    return Machine(d, Floats(), lambda x: round(x, CARRIED))


def settled(x: Real) -> Real:
    """A number of mpmath in which e has cancelled out as the Fraction that it is: at an eighth within 30 digits."""
    if isinstance(x, int | Fraction):
        return x
    eighth = mpmath.nint(8 * x)
    return Fraction(int(eighth), 8) if abs(8 * x - eighth) < mpmath.mpf(10) ** -30 else x


def stepped(value: Array, slope: Array, rate: Fraction) -> Array:
    """A tensor after one step of gradient descent."""
    return Array(value.shape, tuple(v + -rate * g for v, g in zip(value.entries, slope.entries, strict=True)))
