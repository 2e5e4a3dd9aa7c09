"""Max unpooling: entries go back to where the largest of each window of an earlier tensor stood."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from symconv.derivation.plan import Plan, Read
from symconv.derivation.unpool import max_unpool
from symconv.errors import Fault
from symconv.networks.fields import Pads, faults_of, tensor_name
from symconv.networks.form import Fit, TensorForm, by, misfit
from symconv.networks.in_torch import Met, Tensor, padded
from symconv.networks.layers.pool import PoolBase
from symconv.networks.parameter import named


@dataclass(frozen=True)
class MaxUnpool(PoolBase):
    """Each entry goes to where the largest entry of its window of `other` stands, everything else is 0:
    (..., Ho, Wo) -> (..., H, W), the shape of `other`.

    kernel, stride, padding and ceil are those of the max pooling that makes (..., Ho, Wo) of `other`. Its windows do
    not overlap: two entries would go to one place, where torch keeps one.
    """

    kind: ClassVar[str] = "max_unpool"
    name: str
    kernel: tuple[int, ...]
    other: str
    stride: tuple[int, ...] = ()  # (): the kernel
    padding: Pads = ()
    ceil: bool = False
    input: str = ""

    @property
    def dilation(self) -> tuple[int, ...]:
        """Dilated windows would overlap, or leave entries out."""
        return (1,) * len(self.kernel)

    def besides(self) -> tuple[tuple[str, str], ...]:
        return (("other", self.other),)

    def _own_faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.other, "other")
        yield from super()._own_faults()

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        if any(s < k for s, k in zip(self.stride, self.kernel, strict=True)):
            text = f"its windows {by(self.kernel)} overlap (stride {by(self.stride)}): two entries may go to one place"
            return misfit(text, "give a stride of at least the kernel, or leave it out")
        pooled, faults = super().fit(others[0])
        if pooled is None:
            return None, tuple(Fault("", f"other {self.other}: {x.problem}", x.remedy) for x in faults)
        if pooled.shape != form.shape:
            text = f"its input has shape {form.shape}, the max pooling of {self.other} {pooled.shape}"
            return misfit(text, f"give the options of that pooling; its kernel is {by(self.kernel)} here")
        return others[0].with_shape(others[0].shape, len(self.kernel)), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        make = partial(max_unpool, len(self.kernel), self._lead(others[0].axes))
        reads = {"input": read.tensor, "other": others[0].tensor}
        yield Plan(self.kind, self.name, reads, self._options(self._beyond(others[0].shape)), make, named(self))

    def in_torch(self, met: Met) -> Tensor:
        """By the places that torch's max pooling of `other` gives; the padding is put around it, and cut off again."""
        dims, x = len(self.kernel), met.tensors[self.other]
        whole = padded(met.torch, x.reshape(1, -1, *x.shape[-dims:]), self.padding, -math.inf)
        options = {"ceil_mode": self.ceil, "return_indices": True}
        places = met.call(f"max_pool{dims}d", whole, self.kernel, self.stride, **options)[1]
        images = met.x.reshape(1, -1, *met.x.shape[-dims:])
        made = met.call(f"max_unpool{dims}d", images, places, self.kernel, self.stride, 0, list(whole.shape[2:]))
        return padded(met.torch, made, [(-lo, -hi) for lo, hi in self.padding], 0.0).reshape(x.shape)
