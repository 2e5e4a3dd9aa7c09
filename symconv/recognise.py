"""Whether a kernel's gradient is itself a convolution: decided by comparing equations, not by knowing the answer."""

from sympy import Integer

from symconv import equations
from symconv.derivation import Derivation
from symconv.index import canonical, rebuild, substitute
from symconv.rules import gradient
from symconv.special import put_in
from symconv.stages import Stage


def is_convolution(d: Derivation, stage: Stage) -> bool | None:
    """None if dL/dK is not the convolution of the input with dL/dY; else whether stride and dilation had to change
    places (they need not where both are 1).

    The convolution's equation is written with dL/dY for its kernel, stride and dilation exchanged, and the numbers of
    the layer; it must agree with the derived gradient up to the names of its indices.
    """
    roles = dict(stage.operation.roles)
    if stage.kind != "conv":
        return None
    output, given = gradient(stage.output), roles["input"]
    other = equations.conv(2, channels=False, bias=False, output=gradient(roles["weight"]), input=given, weight=output)
    mine = dict(stage.operation.options)
    theirs = dict(other.options)
    sizes = {s.name: n for s, n in stage.sizes}
    numbers = {s: sizes[m.name] for s, m in zip(theirs["stride"], mine["dilation"], strict=True)}
    numbers |= {s: sizes[m.name] for s, m in zip(theirs["dilation"], mine["stride"], strict=True)}
    numbers |= {s: sizes[m.name] for s, m in zip(theirs["padding"], mine["padding"], strict=True)}
    for tensor, like in ((gradient(roles["weight"]), roles["weight"]), (given, given), (output, stage.output)):
        shape = zip(other.shape(tensor), stage.operation.shape(like), strict=True)
        numbers |= {n: sizes[m.name] for n, m in shape}
    theirs_equation = put_in(other.equation.value, other.equation.ranges, numbers)
    rename = {i: j for (i, n), (j, _) in zip(_long(other.equation.ranges, numbers), d.ranges, strict=True) if n}
    same = canonical(substitute(theirs_equation, rename)) == canonical(d.equation.value)
    exchanged = any(sizes[s.name] != 1 for key in ("stride", "dilation") for s in mine[key])
    return exchanged if same else None


def _long(ranges: tuple, numbers: dict) -> list:
    """The ranges that are longer than one."""
    return [(i, n) for i, n in ranges if rebuild(n, {s: Integer(k) for s, k in numbers.items()}) != 1]
