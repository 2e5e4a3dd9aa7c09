"""A function of one number with a slope that learns."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from symconv.array import Array
from symconv.derivation import entrywise
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.form import Fit, TensorForm, by, many
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase, Parameter, parameter_faults


@dataclass(frozen=True)
class PRelu(LayerBase):
    """x where x > 0, else slope x, and the slope learns: weight of one number, or of (C,), one for each channel.

    At 0 the derivative by x is the slope, and that by the slope 0. He, Zhang, Ren and Sun, Delving deep into
    rectifiers, 2015, equation 1.
    """

    kind: ClassVar[str] = "prelu"
    name: str
    weight: Parameter
    input: str = ""

    def _normalise(self) -> None:
        if self.weight.value.shape == ():
            self._set(weight=Parameter(self.weight.name, Array((1,), self.weight.value.entries)))

    def _own_faults(self) -> Iterator[Fault]:
        wrong = list(parameter_faults(self, ["weight"], []))
        yield from wrong
        if not wrong and len(self.weight.value.shape) > 1:
            remedy = "give one number, or a list of one for each channel"
            yield Fault("weight.value", f"has shape {self.weight.value.shape}", remedy)

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        axis, given = form.channel_axis, self.weight.value.shape[0]
        channels = 1 if axis is None else form.shape[axis]
        if given in (1, channels):
            return form, ()
        held = "no channels" if axis is None else many(channels, "channel")
        text = f"{self.weight.name} has {many(given, 'slope')}, but its input {by(form.shape)} has {held}"
        return form, (Fault("", text, "give one number" + (f", or {channels}" if channels > 1 else "")),)

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        each = self.weight.value.shape != (1,)
        yield self._plan(read, partial(entrywise.sloped, read.axes, each))

    def in_torch(self, met: Met) -> Tensor:
        """torch takes the second axis for that of the channels."""
        made = met.call("prelu", met.x if met.batch else met.x[None], met.own["weight"])
        return made if met.batch else made[0]
