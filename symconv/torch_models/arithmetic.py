"""torch's + - * / as layers: of two tensors, of a tensor and one that the model holds, of a tensor and a number."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symconv.networks.layers.arithmetic import Arithmetic
from symconv.networks.layers.layers import (
    Add,
    Divide,
    Heaviside,
    Layer,
    Maximum,
    Minimum,
    Multiply,
    Parameter,
    Reciprocal,
    Scale,
    Subtract,
)
from symconv.torch_models.call import Call, Layers, TorchRule, chain, decimal, refuse

LayerStep = Callable[[str, str], Layer]
ADDS, MULTIPLIES = ("add", "sub", "rsub"), ("mul", "div")


def sums(call: Call) -> Layers:
    """input + alpha other; a difference is one with alpha -1, the reversed one has its sides the other way round."""
    kind, alpha = call.known.kind, decimal(call.options.get("alpha", 1))
    factors = {"input": Fraction(1), "other": alpha if kind == "add" else -alpha}
    if kind == "rsub":
        factors = {"input": -alpha, "other": Fraction(1)}
    if len(call.tensors) == 2:
        return _of_two(call, factors["input"], factors["other"])
    (side,) = call.sides
    held = _held(call, "other" if side == "input" else "input")
    own, beside = factors[side], factors["other" if side == "input" else "input"]
    if isinstance(held, Fraction):
        return None if own == 1 and held == 0 else Scale(call.name, own, beside * held, call.input)
    signed: list[LayerStep] = [] if own == 1 else [lambda name, read: Scale(name, own, input=read)]
    if abs(beside) != 1:
        refuse(f"alpha {beside} of a tensor of the model's own has no derivation", "known: alpha=1")
    return chain(call, *signed, _with(Add if beside == 1 else Subtract, call, held))


def _of_two(call: Call, first: Fraction, second: Fraction) -> Layers:
    """The sum of two tensors, each with its factor."""
    x, y = call.tensors
    if first == 1 and abs(second) == 1:
        kind = Add if second == 1 else Subtract
        return kind(call.name, y, call.input)
    if second == 1:
        if first == -1:
            return Subtract(call.name, x, y)
        return (scaled := Scale(f"{call.name}.scaled", first, input=call.input)), Add(call.name, y, scaled.name)
    if first != 1:
        refuse("a sum of two tensors with two factors has no derivation", "multiply them first")
    return (scaled := Scale(f"{call.name}.scaled", second, input=y)), Add(call.name, scaled.name, x)


def product(call: Call) -> Layers:
    """input times other."""
    if len(call.tensors) == 2:
        return Multiply(call.name, call.tensors[1], call.input)
    held = _held(call, "other" if call.sides == ("input",) else "input")
    if isinstance(held, Fraction):
        return None if held == 1 else _times(call, held)(call.name, call.input)
    return _times(call, held)(call.name, call.input)


def _times(call: Call, held: Fraction | Parameter) -> LayerStep:
    if isinstance(held, Parameter):
        return _with(Multiply, call, held)
    return lambda name, read: Scale(name, held, input=read)


def quotient(call: Call) -> Layers:
    """input divided by other; a number, or what the model holds, divided by a tensor is its reciprocal times that. A
    tensor divided by itself is 1, and depends on nothing: x - x + 1."""
    if len(call.tensors) == 2 and call.tensors[0] == call.tensors[1]:
        return chain(call, lambda name, read: Subtract(name, call.tensors[1], read), _plus_one)
    if len(call.tensors) == 2:
        return Divide(call.name, call.tensors[1], call.input)
    if call.sides == ("other",):
        held = _held(call, "input")
        return chain(call, Reciprocal, *([] if held == 1 else [_times(call, held)]))
    held = _held(call, "other")
    if isinstance(held, Parameter):
        return _with(Divide, call, held)(call.name, call.input)
    if held == 0:
        refuse("divides by the number 0", "divide by another")
    return None if held == 1 else Scale(call.name, 1 / held, input=call.input)


def _plus_one(name: str, read: str) -> Layer:
    return Scale(name, Fraction(1), Fraction(1), read)


def extreme(call: Call) -> Layers:
    """The larger, or the smaller, of two tensors."""
    kind = Minimum if call.known.kind == "minimum" else Maximum
    if len(call.tensors) == 2:
        return kind(call.name, call.tensors[1], call.input)
    (side,) = call.sides
    held = call.parameters["other" if side == "input" else "input"]
    return _with(kind, call, held)(call.name, call.input)


def negative(call: Call) -> Layers:
    """Each entry with the other sign."""
    return Scale(call.name, Fraction(-1), input=call.input)


def comparison(call: Call) -> Layers:
    """x > y is the step of x - y; x >= y is 1 less the step of y - x."""
    kind = call.known.kind
    weak, layers = kind in ("ge", "le"), _apart(call, "rsub" if kind in ("lt", "ge") else "sub")
    step = Heaviside(f"{call.name}.step" if weak else call.name, "" if layers else call.input)
    return (*layers, step, *([_not(call.name, step.name)] if weak else []))


def equality(call: Call) -> Layers:
    """Two numbers differ where their difference is above 0, or below."""
    layers = _apart(call, "sub")
    apart = layers[-1].name if layers else call.tensors[0]
    above = Heaviside(f"{call.name}.above", "" if layers else call.input)
    turned = Scale(f"{call.name}.turned", Fraction(-1), input=apart)
    below = Heaviside(f"{call.name}.below")
    differ = Add(call.name if call.known.kind == "ne" else f"{call.name}.differ", above.name)
    return (*layers, above, turned, below, differ, *([_not(call.name, "")] if call.known.kind == "eq" else []))


def _apart(call: Call, kind: str) -> tuple[Layer, ...]:
    """The difference of the two that are compared; nothing where one is compared with 0."""
    made = sums(replace(call, known=TorchRule(kind, call.known.arguments), name=f"{call.name}.apart"))
    return () if made is None else made if isinstance(made, tuple) else (made,)


def truth_not(call: Call) -> Layers:
    """1 less a truth."""
    return _not(call.name, call.input)


def _not(name: str, read: str) -> Layer:
    return Scale(name, Fraction(-1), Fraction(1), read)


def _held(call: Call, side: str) -> Fraction | Parameter:
    """What stands on a side that is not computed: a number, also as a tensor of one that does not learn; or what the
    model holds."""
    held: Any = call.parameters.get(side)
    if held is None:
        return decimal(call.options[side])
    single = held.value.shape == () and side not in call.learned
    return Fraction(held.value.entries[0]) if single else held


def _with(kind: type[Arithmetic], call: Call, held: Parameter) -> LayerStep:
    weight, constant = (held, None) if call.learned else (None, held)
    return lambda name, read: kind(name, input=read, weight=weight, constant=constant)


RULES: Mapping[str, Callable[[Call], Layers]] = {
    **dict.fromkeys(ADDS, sums), "mul": product, "div": quotient, "neg": negative,
    "maximum": extreme, "minimum": extreme, "truth_not": truth_not, "truth_and": product,
    "truth_or": extreme,
    **dict.fromkeys(("gt", "ge", "lt", "le"), comparison), **dict.fromkeys(("eq", "ne"), equality),
}  # fmt: skip
