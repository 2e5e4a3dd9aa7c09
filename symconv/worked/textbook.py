"""The convolution for any sizes, as a textbook derives it: its three gradients, and the special case of stride one."""

from dataclasses import dataclass, replace
from functools import cache

from sympy import Expr, Integer, Symbol

from symconv.derivation import equations
from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.derive import gradients
from symconv.derivation.equations import Operation
from symconv.derivation.index import Entry, rebuild, tidy
from symconv.derivation.scopes import canonical
from symconv.derivation.sums import flip
from symconv.derivation.tensors import gradient
from symconv.errors import Broken
from symconv.verification.verify import Report, verify

BIAS = "beta"


@dataclass(frozen=True)
class Textbook:
    """The operation, dL/dK, dL/dbias and dL/dX, and dL/dX with its sums run backwards."""

    operation: Operation
    kernel: Derivation
    bias: Derivation
    input: Derivation
    rotated: Derivation

    @property
    def printed(self) -> tuple[Derivation, ...]:
        """The derivations that a handout prints; the one of the input with its flip."""
        return self.kernel, self.bias, self.rotated

    def verify(self) -> Report:
        """Every step, the flip included, at several sets of sizes and as polynomials."""
        return verify(self.operation, self.printed, {})


@cache
def textbook() -> Textbook:
    """The convolution of one image and one channel; every option in both directions."""
    operation = equations.conv(2, channels=False, offset=BIAS)
    by_tensor = {d.entry.tensor: d for d in gradients(operation)}
    of_input = by_tensor[gradient("X")]
    last = of_input.steps[-1]
    backwards = flip(last.after, last.facts)
    if backwards is None:
        raise Broken(f"{flip.name} does not apply to {last.after}")
    rotated = replace(of_input, steps=(*of_input.steps, Step(flip.name, last.after, backwards, last.facts)))
    return Textbook(operation, by_tensor[gradient("K")], by_tensor[gradient(BIAS)], of_input, rotated)


def at_stride_one(e: Expr, operation: Operation) -> Expr:
    """An expression with stride and dilation 1."""
    options = dict(operation.options)
    return tidy(rebuild(e, {s: Integer(1) for key in ("stride", "dilation") for s in options[key]}))


def full_convolution(book: Textbook) -> bool:
    """Whether dL/dX at stride one is the convolution of dL/dY, padded by k - 1 - p in front, with the rotated kernel.

    The convolution's own equation is written with dL/dY as input; its read guards then speak of the extents of dL/dY.
    """
    mine = book.operation
    other = equations.conv(2, channels=False, bias=False, output=gradient("X"), input=gradient("Y"), weight="F")
    taps, (pt, _, pl, _) = mine.shape("K"), dict(mine.options)["padding"]
    before = dict(other.options)["padding"][::2]
    put: dict[Symbol, Expr] = {p: k - 1 - q for p, k, q in zip(before, taps, (pt, pl), strict=True)}
    put |= dict(zip(other.shape(gradient("Y")), mine.shape("Y"), strict=True))
    put |= {i: h for (i, _), (h, _) in zip(other.equation.ranges, book.rotated.ranges, strict=True)}

    def rotated(f: Entry) -> Entry:
        return Entry("K", *(k - 1 - a for k, a in zip(taps, f.at, strict=True)))

    value = at_stride_one(rebuild(other.equation.value, put), other)
    value = value.replace(lambda x: isinstance(x, Entry) and x.tensor == "F", rotated)
    return bool(canonical(tidy(value)) == canonical(at_stride_one(book.rotated.lines[-1], mine)))
