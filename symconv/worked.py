"""The same equations with the network's own numbers, exact: values forward, gradients backward, one step of learning."""

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from sympy import E, Expr, Integer, Rational, Symbol, exp, factor, log

from symconv.array import Array
from symconv.derivation import Derivation
from symconv.equations import Equation
from symconv.evaluate import Exact, World
from symconv.network import Network
from symconv.rules import gradient
from symconv.stages import LOSS, TARGET, Stage, stages

Tensors = Mapping[str, Array]


def given(network: Network) -> dict[str, Array]:
    """The input, the parameters and the one-hot target, as SymPy numbers."""
    layers = network.layers
    parameters = [p for layer in layers for p in (getattr(layer, "weight", None), getattr(layer, "bias", None)) if p]
    tensors = {p.name: p.value.map(number) for p in (network.input, *parameters)}
    (logits,) = (s for s in stages(network) if s.output == LOSS)
    classes = dict(logits.sizes)[logits.operation.shape(TARGET)[0]]
    tensors[TARGET] = Array.build((classes,), lambda at: Integer(int(at == (network.loss.target,))))
    return tensors


def number(x: Fraction) -> Expr:
    return Rational(x.numerator, x.denominator)


def forward(line: tuple[Stage, ...], tensors: Tensors) -> dict[str, Array]:
    """The given tensors and every layer's output, y and L with them."""
    known = dict(tensors)
    for stage in line:
        known[stage.output] = _table(stage, stage.operation.equation, stage.output, known)
    return known


def backward(line: tuple[Stage, ...], derivations: Mapping[str, Derivation], values: Tensors) -> dict[str, Array]:
    """dL/d(tensor) for every tensor with a derivation, from the loss back to the input; keys are tensor names."""
    known = dict(values)
    found: dict[str, Array] = {}
    for stage in reversed(line):
        for tensor in stage.operation.operands:
            if tensor in derivations and (stage.output == LOSS or stage.output in found):
                found[tensor] = _table(stage, derivations[tensor].equation, tensor, known)
                known[gradient(tensor)] = found[tensor]
    return found


def _table(stage: Stage, equation: Equation, tensor: str, known: Tensors) -> Array:
    world = World(dict(stage.sizes), known, arithmetic=Exact())
    world.define(equation, stage.operation.shape(tensor))
    return world.tensors[equation.entry.tensor].map(neat)


def update(parameters: tuple[str, ...], values: Tensors, gradients: Tensors, rate: Fraction) -> dict[str, Array]:
    """Each parameter after one step against its gradient."""
    alpha = number(rate)
    return {
        p: Array(values[p].shape, tuple(neat(v - alpha * g) for v, g in zip(values[p].entries, gradients[p].entries, strict=True)))
        for p in parameters
    }


# ------------------------------------------------------------------------------------------------ one form for one number
def neat(x: Any) -> Expr:
    """One form for a rational function of powers of e, or for the log of one plus a rational; else x as it is."""
    if isinstance(x, int | Fraction):
        return number(Fraction(x))
    logs = sorted(x.atoms(log), key=str)
    if len(logs) == 1 and (x - logs[0]).is_Rational:
        return _log(neat(logs[0].args[0] * exp(x - logs[0])))
    powers = sorted(x.atoms(exp), key=str)
    exponents = [p.args[0] for p in powers] + ([Integer(1)] if x.has(E) else [])
    if logs or not exponents or not all(q.is_Rational for q in exponents):
        return x
    root, t = lcm(*(int(q.q) for q in exponents)), Symbol("t", positive=True)
    inside = x.xreplace({p: t ** (p.args[0] * root) for p in powers}).xreplace({E: t**root})
    return factor(inside).xreplace({t: exp(Rational(1, root))})


def _log(x: Expr) -> Expr:
    return log(x) if x != 1 else Integer(0)


def fixed(x: Expr, digits: int = 4) -> str:
    """x rounded half to even at so many decimals, the same on every machine; a rational loses its trailing zeros."""
    q = x if x.is_Rational else Rational(x.evalf(digits + 30))
    scaled = abs(q) * 10**digits
    whole = int(scaled)
    rest = scaled - whole
    whole += int(bool(rest > Rational(1, 2)) or (rest == Rational(1, 2) and whole % 2 == 1))
    text = str(whole).rjust(digits + 1, "0")
    sign = "-" if q < 0 and whole else ""
    return sign + (text[:-digits] + "." + text[-digits:] if digits else text)


