"""The losses a network may end with: frozen data that refuses, on construction, what it could not mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import ClassVar, Literal

from symconv.array import Array
from symconv.errors import Fault, refuse
from symconv.networks.exact import DIGITS, show
from symconv.networks.fields import as_written, class_indices, faults_of, place_of_entry
from symconv.networks.parameter import array_faults, range_faults

Reduction = Literal["mean", "sum"]
REDUCTIONS = ("mean", "sum")
OF = "see symconv.networks.fields.numbers"


@dataclass(frozen=True)
class CrossEntropy:
    """L = -sum over k of t[k] log softmax(z)[k], its mean or its sum over the images of a batch.

    t is given either by `target`, the index of the true class counted from 0 (of each image, in a batch), or by
    `probabilities`, of the scores' shape. label_smoothing = a replaces t by (1 - a) t + a/K for K classes.
    """

    kind: ClassVar[str] = "cross_entropy"
    target: int | tuple[int, ...] | None = None
    probabilities: Array | None = None
    reduction: Reduction = "mean"
    label_smoothing: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        refuse(self._faults(), self.kind)
        if self.target is not None:
            object.__setattr__(self, "target", class_indices(self.target))

    def _faults(self) -> Iterator[Fault]:
        if (self.target is None) == (self.probabilities is None):
            what = "is missing" if self.target is None else "stands beside probabilities"
            yield Fault("target", what, "give target (a class index) or probabilities, not both")
        if self.target is not None:
            yield from faults_of(class_indices, self.target, "target")
        if self.probabilities is not None:
            yield from _probability_faults(self.probabilities, "probabilities")
            yield from _row_faults(self.probabilities, "probabilities")
        yield from _reduction_faults(self.reduction)
        yield from range_faults(self.label_smoothing, "label_smoothing", lambda a: 0 <= a <= 1, "from 0 to 1")


@dataclass(frozen=True)
class MeanSquaredError:
    """L = the mean, or the sum, of (z - t)^2 over all entries; `target` has the shape of the last layer's output."""

    kind: ClassVar[str] = "mean_squared_error"
    target: Array
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        refuse((*array_faults(self.target, "target", OF), *_reduction_faults(self.reduction)), self.kind)


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """L = the mean, or the sum, of log(1 + e^z) - t z over all entries: -t log y - (1 - t) log(1 - y), y = sigmoid(z).

    `target` has the shape of the last layer's output, each of its entries is between 0 and 1.
    """

    kind: ClassVar[str] = "binary_cross_entropy"
    target: Array
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        refuse((*_probability_faults(self.target, "target"), *_reduction_faults(self.reduction)), self.kind)


@dataclass(frozen=True)
class AbsoluteError:
    """L = the mean, or the sum, of |z - t| over all entries; `target` has the shape of the last layer's output. Where
    the two are equal the derivative is 0."""

    kind: ClassVar[str] = "absolute_error"
    target: Array
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        refuse((*array_faults(self.target, "target", OF), *_reduction_faults(self.reduction)), self.kind)


@dataclass(frozen=True)
class Huber:
    """L = the mean, or the sum, of H(z - t) over all entries: H(d) is d^2 / 2 where |d| is at most delta, and
    delta (|d| - delta / 2) beyond. `target` has the shape of the last layer's output. Huber 1964."""

    kind: ClassVar[str] = "huber"
    target: Array
    delta: Fraction = Fraction(1)
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        refuse((*_bent_faults(self.target, self.delta, "delta"), *_reduction_faults(self.reduction)), self.kind)


@dataclass(frozen=True)
class SmoothL1:
    """L = the Huber loss with delta = beta, divided by beta: d^2 / (2 beta) where |d| is at most beta, |d| - beta / 2
    beyond. Girshick, Fast R-CNN, 2015."""

    kind: ClassVar[str] = "smooth_l1"
    target: Array
    beta: Fraction = Fraction(1)
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        refuse((*_bent_faults(self.target, self.beta, "beta"), *_reduction_faults(self.reduction)), self.kind)


@dataclass(frozen=True)
class Output:
    """L = the mean, or the sum, of the last layer's output; of a single number that number. There is no target."""

    kind: ClassVar[str] = "output"
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        refuse(_reduction_faults(self.reduction), self.kind)


Loss = CrossEntropy | MeanSquaredError | BinaryCrossEntropy | AbsoluteError | Huber | SmoothL1 | Output
LOSSES: tuple[type[Loss], ...] = Loss.__args__


def _bent_faults(target: Array, bend: Fraction, field: str) -> Iterator[Fault]:
    yield from array_faults(target, "target", OF)
    yield from range_faults(bend, field, lambda delta: delta > 0, "> 0")


def _probability_faults(value: Array, place: str) -> Iterator[Fault]:
    """An Array of numbers from 0 to 1."""
    wrong = array_faults(value, place, OF)
    yield from wrong
    for at, entry in [] if wrong else value.items():
        if not 0 <= entry <= 1:
            yield Fault(f"{place}{place_of_entry(at)}", f"{show(entry)} is no probability", "give a number from 0 to 1")


def _row_faults(value: Array, place: str) -> Iterator[Fault]:
    """The probabilities of all classes sum to one, exactly; a row that holds anything else is passed over."""
    if array_faults(value, place, OF) or not value.shape:
        return
    classes = value.shape[-1]
    for row in range(len(value.entries) // classes):
        entries = value.entries[row * classes : (row + 1) * classes]
        total = _total(entries)
        if total != 1 and all(0 <= entry <= 1 for entry in entries):
            where = f"{place}[{row}]" if len(value.shape) == 2 else place
            text = "has no short common denominator" if total is None else f"this row sums to {show(total)}"
            yield Fault(where, text, "make the probabilities of all classes sum to exactly 1")


def _total(entries: Sequence[Fraction]) -> Fraction | None:
    """The sum; None where its denominator grows beyond any number one may write, and the sum would take for ever."""
    common = 1
    for entry in entries:
        common = lcm(common, entry.denominator)
        if common >= 10**DIGITS:
            return None
    return Fraction(sum(entry.numerator * (common // entry.denominator) for entry in entries), common)


def _reduction_faults(value: object) -> Iterator[Fault]:
    if value not in REDUCTIONS:
        yield Fault("reduction", f"{as_written(value)} is not a known reduction", 'give "mean" or "sum"')
