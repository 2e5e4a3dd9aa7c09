"""What every function of one number has in common: a layer that makes of each number another one, each by itself."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from fractions import Fraction
from functools import partial
from typing import ClassVar

from sympy import Expr

from symconv.derivation import entrywise
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.form import Fit, TensorForm
from symconv.networks.in_torch import InTorch, Met, Only, Tensor
from symconv.networks.parameter import LayerBase, fraction_faults, range_faults

Limit = tuple[Callable[[Fraction], bool], str]  # of a constant, and the same in words


class Pointwise(LayerBase):
    """A function of one number, entry by entry."""

    torch: ClassVar[InTorch]
    limits: ClassVar[Mapping[str, Limit]] = {}  # of constants that may not be any number

    @abstractmethod
    def of(self, x: Expr) -> Expr:
        """The function of x."""

    @classmethod
    def constants(cls) -> tuple[str, ...]:
        """The fields that the function's constants are in."""
        return tuple(f.name for f in fields(cls) if f.name not in ("name", "input"))

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        return form, ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        yield self._plan(read, partial(entrywise.entrywise, self.kind, self.of, read.axes))

    def in_torch(self, met: Met) -> Tensor:
        own = {name: self._argument(meant) for name, meant in self.torch.arguments.items() if meant is not None}
        return met.call_at(self.torch.path or f"nn.functional.{self.kind}", met.x, **own)

    def _argument(self, meant: str | Only) -> object:
        return meant.value if isinstance(meant, Only) else float(getattr(self, meant))

    def _own_faults(self) -> Iterator[Fault]:
        for constant in self.constants():
            value = getattr(self, constant)
            if constant in self.limits:
                yield from range_faults(value, constant, *self.limits[constant])
            else:
                yield from fraction_faults(value, constant)
