"""The largest entry where several are: torch shares its gradient evenly among them, so it is written as their mean.

What counts which entries are largest is taken for a constant, and a sum of shares is left, whose derived gradient is
those shares. Of one largest entry it would be the same, in nine layers: there the largest is read as such. torch is
given by the caller, so that nothing is imported here.
"""

import math
from collections.abc import Mapping
from typing import Any

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.parts import Parts

T = Any  # a tensor of torch
NORMS, ALONG, OF_ALL = ("linalg_vector_norm", "linalg_norm"), ("amax", "amin"), ("max", "min")


class Shared(Parts):
    """Each method is one of torch's functions where several entries tie; `sharing` tells where they do."""

    def sharing(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        """The method that writes a call, "" where no two entries share a gradient: one alone is largest, or has none,
        as behind a detach."""
        method = f"shared_{'norm' if name in NORMS else name}"
        if not (name in NORMS or name in ALONG or (name in OF_ALL and len(args) == 1 and not kwargs)):
            return ""  # torch.max along an axis gives the place of the largest, which has all
        try:
            given = self.bound(method, args, kwargs)
        except Uncomposed:  # an argument that is refused in any case
            return ""
        x, dim = given["input"].detach(), given.get("dim")
        if not given["input"].requires_grad or (name in NORMS and not _is_largest(name, x.ndim, given)):
            return ""
        x = x.abs() if name in NORMS else -x if "min" in name else x
        return method if self._ties(x, () if dim is None else dim) else ""

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
        with self.torch._C.DisableTorchFunction():
            return bool(((x == x.amax(dim, keepdim=True)).sum(dim) > 1).any())


def _is_largest(name: str, rank: int, given: Mapping[str, Any]) -> bool:
    """Whether a norm is the largest absolute value: that of a matrix is another."""
    axes = given.get("dim")
    count = rank if axes is None else len(axes) if isinstance(axes, tuple | list) else 1
    return given.get("ord") == math.inf and given.get("dtype") is None and (name == NORMS[0] or count == 1)
