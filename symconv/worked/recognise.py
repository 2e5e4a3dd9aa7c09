"""Whether a kernel's gradient is itself a convolution: decided by comparing equations, not by knowing the answer."""

from sympy import Symbol

from symconv.derivation import equations
from symconv.derivation.derivation import Derivation
from symconv.derivation.equations import Operation
from symconv.derivation.index import substitute
from symconv.derivation.scopes import canonical
from symconv.derivation.special import finishing, put_in, ranges_with
from symconv.derivation.tensors import gradient
from symconv.worked.stages import Stage


def is_convolution(d: Derivation, stage: Stage) -> bool | None:
    """None if dL/dK is not the convolution of the input with dL/dY; else whether stride and dilation had to change
    places (they need not where both are 1).

    The convolution's equation is written with dL/dY for its kernel, stride and dilation exchanged, and the numbers of
    the layer; at the entries that K has it must agree with the derived gradient up to the names of its indices.
    """
    if stage.kind != "conv":
        return None
    mine = stage.operation
    roles, options, sizes = dict(mine.roles), dict(mine.options), dict(stage.sizes)
    given, weight = roles["input"], roles["weight"]
    other = equations.conv(
        len(mine.shape(weight)), channels=False, bias=False,
        output=gradient(weight), input=given, weight=gradient(mine.output),
    )  # fmt: skip
    numbers = _exchanged(other, mine, sizes)
    like = {gradient(weight): weight, given: given, gradient(mine.output): mine.output}
    for tensor, name in like.items():
        numbers |= {n: sizes[m] for n, m in zip(other.shape(tensor), mine.shape(name), strict=True)}
    rename = {i: j for (i, _), (j, _) in zip(ranges_with(other.equation.ranges, numbers), d.ranges, strict=True)}
    value = substitute(put_in(other.equation.value, other.equation.ranges, numbers), rename)
    finished = [value, *(e for _, e in finishing(value, d.ranges))][-1]
    if canonical(finished) != canonical(d.equation.value):
        return None
    return any(sizes[s] != 1 for key in ("stride", "dilation") for s in options[key])


def _exchanged(other: Operation, mine: Operation, sizes: dict[Symbol, int]) -> dict[Symbol, int]:
    """The numbers of the other convolution's options: its stride is our dilation, and the other way round."""
    theirs, ours = dict(other.options), dict(mine.options)
    pairs = (("stride", "dilation"), ("dilation", "stride"), ("padding", "padding"))
    return {s: sizes[m] for to, of in pairs for s, m in zip(theirs[to], ours[of], strict=True)}
