"""Dual numbers: v + d eps with eps^2 = 0, for the derivatives with respect to all entries of one tensor at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Index = tuple[int, ...]


@dataclass(frozen=True)
class Dual:
    """v + sum of d[at] eps[at]: a number with its derivatives with respect to all entries of one tensor at once."""

    v: Any
    d: Mapping[Index, Any]

    def __add__(self, other: Any) -> "Dual":
        o = dual(other)
        return Dual(self.v + o.v, _combine(self.d, 1, o.d, 1))

    def __mul__(self, other: Any) -> "Dual":
        o = dual(other)
        return Dual(self.v * o.v, _combine(self.d, o.v, o.d, self.v))

    def along(self, value: Any, slope: Any) -> "Dual":
        """f(self), given f and f' at v."""
        return Dual(value, _combine(self.d, slope, {}, 0))

    __radd__ = __add__
    __rmul__ = __mul__


def _combine(x: Mapping[Index, Any], a: Any, y: Mapping[Index, Any], b: Any) -> dict[Index, Any]:
    """a x + b y."""
    out = {k: v * a for k, v in x.items()}
    for k, v in y.items():
        out[k] = out[k] + v * b if k in out else v * b
    return out


def dual(x: Any) -> Dual:
    """x, or the number x with no derivative."""
    return x if isinstance(x, Dual) else Dual(x, {})
