"""Layers that multiply by given numbers or add them: linear, bias, batch normalisation."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from symconv.array import Array
from symconv.errors import Fault
from symconv.networks.exact import show
from symconv.networks.fields import LONGEST_NAME, place_of_entry
from symconv.networks.parameter import (
    LayerBase,
    Parameter,
    length_faults,
    parameter_faults,
    range_faults,
    rank_faults,
)

STATISTICS = ("mean", "variance")  # of a batch; they are called NAME.mean and NAME.variance


@dataclass(frozen=True)
class Linear(LayerBase):
    """weight of (outputs, inputs) times the input, plus bias of (outputs,).

    All axes but that of the batch are flattened in row-major order first.
    """

    kind: ClassVar[str] = "linear"
    name: str
    weight: Parameter
    bias: Parameter | None = None
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        wrong = list(parameter_faults(self, ["weight"], ["bias"]))
        if isinstance(self.weight, Parameter):
            wrong += rank_faults(self.weight, (2,), "a list of rows")
        yield from wrong
        if not wrong:
            rows = self.weight.value.shape[0]
            yield from length_faults(self.bias, rows, f"the weight has {rows} row{'s' * (rows > 1)}")


@dataclass(frozen=True)
class Bias(LayerBase):
    """Adds bias of (C,), one number for each channel, or for each entry of a vector; one number without channels."""

    kind: ClassVar[str] = "bias"
    name: str
    bias: Parameter
    input: str = ""

    def _normalise(self) -> None:
        if self.bias.value.shape == ():
            self._set(bias=Parameter(self.bias.name, Array((1,), self.bias.value.entries)))

    def _own_faults(self) -> Iterator[Fault]:
        wrong = list(parameter_faults(self, ["bias"], []))
        yield from wrong
        if not wrong and len(self.bias.value.shape) > 1:
            yield Fault("bias.value", f"has shape {self.bias.value.shape}", "give one number for each channel")


@dataclass(frozen=True)
class BatchNorm(LayerBase):
    """weight (x - mean) / sqrt(variance + epsilon) + bias, for each channel; all four of shape (C,).

    Inference: mean and variance are given numbers. Training, where they are left out: they are the mean and the
    variance (of the population) of the batch, and the gradient flows through them; they get the names NAME.mean and
    NAME.variance.
    """

    kind: ClassVar[str] = "batch_norm"
    name: str
    weight: Parameter | None = None
    bias: Parameter | None = None
    mean: Parameter | None = None
    variance: Parameter | None = None
    epsilon: Fraction = Fraction(1, 100_000)
    input: str = ""

    @property
    def training(self) -> bool:
        """Whether mean and variance are those of the batch."""
        return self.mean is None

    def _own_faults(self) -> Iterator[Fault]:
        given = {key: getattr(self, key) for key in ("weight", "bias", *STATISTICS)}
        yield from parameter_faults(self, [], given)
        for key, value in given.items():
            if isinstance(value, Parameter) and len(value.value.shape) != 1:
                yield Fault(f"{key}.value", f"has shape {value.value.shape}", "give a list, a number for each channel")
        if (self.mean is None) != (self.variance is None):
            lacking = "mean" if self.mean is None else "variance"
            yield Fault(lacking, "is missing", "give mean and variance (inference), or neither (training)")
        if isinstance(self.variance, Parameter):
            yield from _negative_faults(self.variance)
        yield from range_faults(self.epsilon, "epsilon", lambda n: n > 0, "> 0")
        yield from self._name_faults()

    def _name_faults(self) -> Iterator[Fault]:
        """The statistics get names of their own, which are no longer than any name."""
        longest = LONGEST_NAME - len(f".{STATISTICS[1]}")
        if self.training and isinstance(self.name, str) and longest < len(self.name) <= LONGEST_NAME:
            text = f"{show(self.name)} leaves no room for the name of its variance"
            yield Fault("name", text, f"use at most {longest} characters")


def _negative_faults(variance: Parameter) -> Iterator[Fault]:
    for at, entry in variance.value.items():
        if entry < 0:
            yield Fault(f"variance.value{place_of_entry(at)}", f"{show(entry)} is negative", "give a number >= 0")
