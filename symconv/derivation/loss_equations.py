"""The losses, and the probabilities that belong to them.

Cross entropy is written from the logits (log-sum-exp), so that one equation serves the loss and, through `softmax`, the
probabilities; binary cross entropy likewise, through `logistic`.
"""

from collections.abc import Iterable

from sympy import Expr, Integer, Rational, exp, log, prod

from symconv.derivation.entrywise import frame
from symconv.derivation.functions import absolute, huber, sigmoid, softplus
from symconv.derivation.index import Entry, Range, Sum
from symconv.derivation.letters import Letters
from symconv.derivation.operation import LOSS, Equation, Operand, Operation, extents_of, indices_of, operation


def softmax(*, batch: bool = False, output: str = "y", input: str = "z", taken: Iterable[str] = ()) -> Operation:
    """y[n, k] = e^z[n, k] / sum over m of e^z[n, m]; y and z are (N, K), or (K,) without `batch`."""
    letters = Letters({output, input, *taken})
    lead, k, m, C = _classes(letters, batch)
    at = indices_of(lead)
    z = Operand("input", Entry(input, *at, k), (*lead, (k, C)), (*extents_of(lead), C))
    value = exp(z.entry) / Sum(exp(Entry(input, *at, m)), (m, C))
    return operation("softmax", Equation(Entry(output, *z.entry.at), value, z.ranges), z.shape, (z,))


def logistic(axes: str, *, output: str = "y", input: str = "z", taken: Iterable[str] = ()) -> Operation:
    """y[n, k] = 1 / (1 + e^-z[n, k])."""
    ranges = frame(Letters({output, input, *taken}), axes)
    z = Operand("input", Entry(input, *indices_of(ranges)), ranges, extents_of(ranges))
    return operation("logistic", Equation(Entry(output, *z.entry.at), sigmoid(z.entry), ranges), z.shape, (z,))


def cross_entropy(
    *, batch: bool = False, mean: bool = True, output: str = LOSS, input: str = "z", target: str = "t",
    taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """L = sum over k of t[k] (log(sum over m of e^z[m]) - z[k]): -sum t[k] log softmax(z)[k]; t sums to one.

    Of a batch the mean or the sum over its images.
    """
    letters = Letters({output, input, target, *taken})
    lead, k, m, C = _classes(letters, batch)
    at, ranges, shape = indices_of(lead), (*lead, (k, C)), (*extents_of(lead), C)
    z, t = (Operand(role, Entry(x, *at, k), ranges, shape) for role, x in (("input", input), ("target", target)))
    value = Sum(t.entry * (log(Sum(exp(Entry(input, *at, m)), (m, C))) - z.entry), *ranges)
    value = value / prod(extents_of(lead)) if batch and mean else value
    return operation(
        "cross_entropy", Equation(Entry(output), value, ()), (), (z, t),
        constant=frozenset({"target"}), distributions=frozenset({target}),
    )  # fmt: skip


def mean_squared_error(
    axes: str, mean: bool = True, *, output: str = LOSS, input: str = "z", target: str = "t", taken: Iterable[str] = ()
) -> Operation:
    """L = the mean, or the sum, of (z[n, k] - t[n, k])^2."""
    z, t = _compared(axes, output, input, target, taken)
    return _over_all("mean_squared_error", (z.entry - t.entry) ** 2, mean, output, z, t)


def absolute_error(
    axes: str, mean: bool = True, *, output: str = LOSS, input: str = "z", target: str = "t", taken: Iterable[str] = ()
) -> Operation:
    """L = the mean, or the sum, of |z[n, k] - t[n, k]|."""
    z, t = _compared(axes, output, input, target, taken)
    return _over_all("absolute_error", absolute(z.entry - t.entry), mean, output, z, t)


def huber_error(
    axes: str, mean: bool, name: str, delta: Rational, factor: Rational, *,
    output: str = LOSS, input: str = "z", target: str = "t", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """L = the mean, or the sum, of the factor times Huber's function of z[n, k] - t[n, k]."""
    z, t = _compared(axes, output, input, target, taken)
    return _over_all(name, factor * huber(z.entry - t.entry, delta), mean, output, z, t)


def output_alone(
    axes: str, mean: bool = True, *, output: str = LOSS, input: str = "z", taken: Iterable[str] = ()
) -> Operation:
    """L = the mean, or the sum, of z[n, k]: there is no target."""
    ranges = frame(Letters({output, input, *taken}), axes)
    return _over_all("output", (z := _whole("input", input, ranges)).entry, mean, output, z)


def binary_cross_entropy(
    axes: str, mean: bool = True, *, output: str = LOSS, input: str = "z", target: str = "t", taken: Iterable[str] = ()
) -> Operation:
    """L = the mean, or the sum, of log(1 + e^z[n, k]) - t[n, k] z[n, k].

    It is -t log y - (1 - t) log(1 - y) for y = sigmoid(z).
    """
    z, t = _compared(axes, output, input, target, taken)
    return _over_all("binary_cross_entropy", softplus(z.entry) - t.entry * z.entry, mean, output, z, t)


def _classes(letters: Letters, batch: bool) -> tuple[tuple[Range, ...], Expr, Expr, Expr]:
    lead = frame(letters, "n") if batch else ()
    return lead, letters.index("k"), letters.index("m"), letters.extent("C")


def _compared(axes: str, output: str, input: str, target: str, taken: Iterable[str]) -> tuple[Operand, Operand]:
    ranges = frame(Letters({output, input, target, *taken}), axes)
    return _whole("input", input, ranges), _whole("target", target, ranges)


def _whole(role: str, tensor: str, ranges: tuple[Range, ...]) -> Operand:
    return Operand(role, Entry(tensor, *indices_of(ranges)), ranges, extents_of(ranges))


def _over_all(name: str, each: Expr, mean: bool, output: str, *operands: Operand) -> Operation:
    z = operands[0]
    value = Sum(each, *z.ranges) / (prod(z.shape) if mean else Integer(1))
    return operation(name, Equation(Entry(output), value, ()), (), operands, constant=frozenset({"target"}))
