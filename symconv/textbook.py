"""The convolution for any sizes, as a textbook derives it: its three gradients, and the special case of stride one."""

from dataclasses import dataclass, replace
from functools import cache

from sympy import Expr, Integer, Symbol, expand

from symconv import equations, rules
from symconv.derivation import Derivation, Step
from symconv.derive import gradients
from symconv.equations import Operation
from symconv.index import Entry, In, canonical, rebuild
from symconv.rules import gradient, tidy
from symconv.verify import Report, verify

BIAS = "beta"


@dataclass(frozen=True)
class Textbook:
    """The operation, dL/dK, dL/dbias and dL/dX, and dL/dX with its sums run backwards."""

    operation: Operation
    kernel: Derivation
    bias: Derivation
    input: Derivation
    flipped: Derivation

    def verify(self) -> Report:
        """Every step, the flip included, at several sets of sizes and as polynomials."""
        return verify(self.operation, (self.kernel, self.bias, self.flipped), {})

    @property
    def steps(self) -> int:
        return sum(len(d.steps) for d in (self.kernel, self.bias, self.flipped))


@cache
def textbook() -> Textbook:
    """The convolution of one image and one channel; every option in both directions."""
    operation = equations.conv(2, channels=False, offset=BIAS)
    by_tensor = {d.entry.tensor: d for d in gradients(operation)}
    of_input = by_tensor[gradient("X")]
    last = of_input.steps[-1]
    backwards = rules.flip(last.after, last.facts)
    assert backwards is not None
    flipped = replace(of_input, steps=(*of_input.steps, Step(rules.flip.name, last.after, backwards, last.facts)))
    return Textbook(operation, by_tensor[gradient("K")], by_tensor[gradient(BIAS)], of_input, flipped)


def at_stride_one(e: Expr, operation: Operation) -> Expr:
    """An expression with stride and dilation 1."""
    options = dict(operation.options)
    return tidy(rebuild(e, {s: Integer(1) for key in ("stride", "dilation") for s in options[key]}))


def full_convolution(book: Textbook) -> bool:
    """Whether dL/dX at stride one is the convolution of dL/dY, padded by k - 1 - p in front, with the flipped kernel.

    The convolution's own equation is written with dL/dY as input; its read guards then speak of the extents of dL/dY.
    """
    derived = at_stride_one(book.flipped.lines[-1], book.operation)
    other = equations.conv(2, channels=False, bias=False, output=gradient("X"), input=gradient("Y"), weight="F")
    mine = {s.name: s for s in book.operation.sizes} | {s.name: s for s, _ in book.operation.derived}
    kh, kw = mine["kh"], mine["kw"]
    padding = dict(other.options)["padding"]
    put: dict[Symbol, Expr] = {padding[0]: kh - 1 - mine["pt"], padding[2]: kw - 1 - mine["pl"]}
    (h, places_h), (w, places_w) = ((r[0], r[1]) for r in book.flipped.ranges)
    (i, _), (j, _) = other.equation.ranges
    shape = other.shape(gradient("Y"))
    put |= {shape[0]: mine["Ho"], shape[1]: mine["Wo"], i: h, j: w}
    value = at_stride_one(rebuild(other.equation.value, put), other)
    flipped = value.replace(lambda x: isinstance(x, Entry) and x.tensor == "F", lambda x: Entry("K", kh - 1 - x.at[0], kw - 1 - x.at[1]))
    flipped = flipped.replace(lambda x: isinstance(x, In), lambda x: In(expand(x.args[0]), x.args[1]))
    return bool(canonical(tidy(flipped)) == canonical(tidy(derived)))
