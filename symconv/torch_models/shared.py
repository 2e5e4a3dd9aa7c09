"""The largest entry where several are: torch shares its gradient evenly among them, so it is written as their mean.

What counts which entries are largest is taken for a constant, and a sum of shares is left, whose derived gradient is
those shares. Of one largest entry it would be the same, in nine layers: there the largest is read as such. torch is
given by the caller, so that nothing is imported here.
"""

import math
from collections.abc import Mapping
from typing import Any

from symconv.torch_models.parts import NAMES as BEFORE, Parts

T = Any  # a tensor of torch


class Shared(Parts):
    """Each method is one of torch's functions where several entries tie; `sharing` tells where they do."""

    def sharing(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        """The method that writes a call, "" where no two entries share a gradient: one alone is largest, or has none,
        as behind a detach."""
        if name in ("amax", "amin", "max", "min"):
            given = self.bound(f"shared_{name}", args, kwargs) if _is_of_all(name, args, kwargs) else {}
        elif name in ("linalg_vector_norm", "linalg_norm"):
            given = self.bound("shared_norm", args, kwargs)
            given = given if given.get("ord") == math.inf else {}
        else:
            given = {}
        if not given or not given["input"].requires_grad:
            return ""
        x = given["input"].detach()
        x = x.abs() if "norm" in name else -x if "min" in name else x
        return f"shared_{'norm' if 'norm' in name else name}" if self._ties(x, given.get("dim")) else ""

    def shared_amax(self, input: T, dim: Any = (), keepdim: bool = False) -> T:
        return self.named(self._largest(input, dim, keepdim), "amax")

    def shared_amin(self, input: T, dim: Any = (), keepdim: bool = False) -> T:
        return self.named(-self._largest(-input, dim, keepdim), "amin")

    def shared_max(self, input: T) -> T:
        return self.named(self._largest(input, (), False), "max")

    def shared_min(self, input: T) -> T:
        return self.named(-self._largest(-input, (), False), "min")

    def shared_norm(self, input: T, ord: Any = None, dim: Any = None, keepdim: bool = False, dtype: None = None) -> T:
        return self.named(self._largest(input.abs(), () if dim is None else dim, keepdim), "norm")

    def _largest(self, x: T, dim: Any, keepdim: bool) -> T:
        """The mean of the entries that are largest: the sum of all, each times its share."""
        seen = x.detach()
        largest = self.named(seen >= self.named(seen.amax(dim, keepdim=True), "highest"), "is_highest").to(x.dtype)
        share = self.named(largest / self.named(largest.sum(dim, keepdim=True), "count"), "share")
        return (x * share).sum(dim, keepdim=keepdim)

    def _ties(self, x: T, dim: Any) -> bool:
        dim = () if dim is None else dim
        with self.torch._C.DisableTorchFunction():
            return bool(((x == x.amax(dim, keepdim=True)).sum(dim) > 1).any())


def _is_of_all(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether it is no torch.max along an axis, which gives the place of the largest, nor one of two tensors."""
    return name in ("amax", "amin") or (len(args) == 1 and not kwargs)


NAMES = BEFORE | {name for name in vars(Shared) if not name.startswith("_")} - {"sharing"}
