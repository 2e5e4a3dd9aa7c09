"""Functions of torch of one number or two, written once more in those that have a derivation.

torch is given by the caller, so that nothing is imported here.
"""

import math
from collections.abc import Callable
from typing import Any

from symconv.torch_models.arranged import NAMES as BEFORE, Arranged
from symconv.torch_models.composed import Uncomposed

T = Any  # a tensor of torch
ABOVE_ZERO = "keep it above 0: x.clamp(min=1e-6)"
FINITE = "give finite numbers"
POWERS = ("pow", "float_power", "__rpow__")
ORDERS = (0, 1, 2, None, math.inf, -math.inf)  # of a vector norm; others are roots of sums of powers
CLAMPS = ("clamp", "clip", "clamp_min", "clamp_max")


class Calculated(Arranged):
    """Each method is torch's function of its name, as in `Composed`; `power` and `between` are others for tensors."""

    @property
    def names(self) -> frozenset[str]:
        return NAMES

    def method(
        self, name: str, function: Any, args: Any, kwargs: Any, known: bool, is_computed: Callable[[Any], bool]
    ) -> str:
        if name in POWERS:
            exponent = args[1] if len(args) > 1 else kwargs.get("exponent")
            return "power" if name == "float_power" or self._is_tensor(exponent) else ""
        if name in CLAMPS and any(map(self._is_tensor, (*args[1:], *kwargs.values()))):
            return {"clamp_min": "maximum_of", "clamp_max": "minimum_of"}.get(name, "between")
        if name == "linalg_vector_norm" and kwargs.get("ord", args[1] if len(args) > 1 else 2) not in ORDERS:
            return "power_norm"
        return super().method(name, function, args, kwargs, known, is_computed)

    # ------------------------------------------------------------------------------------------------ of one
    def exp2(self, input: T) -> T:
        return (input * math.log(2)).exp()

    def asinh(self, input: T) -> T:
        return (input + (input.square() + 1).sqrt()).log()

    def acosh(self, input: T) -> T:
        return (input + (input.square() - 1).sqrt()).log()

    def atanh(self, input: T) -> T:
        return ((1 + input) / (1 - input)).log() / 2

    def erfc(self, input: T) -> T:
        return 1 - input.erf()

    def logit(self, input: T, eps: float | None = None) -> T:
        """torch's with eps has no gradient beyond it, as clamp, which has one at the ends."""
        x = input if eps is None else input.clamp(eps, 1 - eps)
        return (x / (1 - x)).log()

    def nan_to_num(self, input: T, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> T:
        """Of finite numbers they themselves."""
        self._only(input.isfinite(), "reads a number that is not finite", FINITE)
        return input.clone()

    def sgn(self, input: T) -> T:
        return self.sign(input)

    def heaviside(self, input: T, values: T) -> T:
        return self._beside_zeros((input > 0).to(input.dtype), (input == 0).to(input.dtype), values)

    def _beside_zeros(self, x: T, other: T, factor: T) -> T:
        with self.torch._C.DisableTorchFunction():
            empty = factor.grad_fn is None and not bool(factor.any())
        return x if empty else x + other * factor

    def any(self, input: T, dim: Any = None, keepdim: bool = False) -> T:
        return self._count(input, dim, keepdim) > 0

    def all(self, input: T, dim: Any = None, keepdim: bool = False) -> T:
        return self._count(input == 0, dim, keepdim) == 0

    def _count(self, truths: T, dim: Any, keepdim: bool) -> T:
        kind = self.torch.get_default_dtype()
        x = (truths if truths.dtype == self.torch.bool else truths != 0).to(kind)
        return x.sum() if dim is None else x.sum(dim, keepdim=keepdim)

    # ------------------------------------------------------------------------------------------------ along axes
    def logcumsumexp(self, input: T, dim: int) -> T:
        return input.exp().cumsum(dim).log()

    def nansum(self, input: T, dim: Any = None, keepdim: bool = False) -> T:
        self._only(input.isfinite(), "reads a number that is not finite", FINITE)
        return input.sum() if dim is None else input.sum(dim, keepdim=keepdim)

    def cov(self, input: T, *, correction: int = 1) -> T:
        """Of rows that are variables and columns that are what was seen."""
        if input.ndim != 2:
            raise Uncomposed("is derived for a matrix", "give one, a row for each variable")
        left = input - input.mean(1, keepdim=True)
        return left @ left.transpose(0, 1) / (input.shape[1] - correction)

    def power_norm(self, x: T, ord: float = 2, dim: Any = None, keepdim: bool = False, dtype: None = None) -> T:
        """A vector norm of any order: the root of the sum of powers."""
        powers = x.abs().pow(ord)
        return (powers.sum() if dim is None else powers.sum(dim, keepdim=keepdim)).pow(1 / ord)

    # ------------------------------------------------------------------------------------------------ of two
    def hypot(self, input: T, other: T) -> T:
        squares = input.square() + other.square()
        self._only(squares != 0, "is 0, where its gradient is no number", "add a small number under the root")
        return squares.sqrt()

    def xlogy(self, input: T, other: T) -> T:
        """Where the first is 0, torch has 0 without a gradient; that of x log y would be no number."""
        other = self._as_tensor(other)
        self._only(other > 0, "takes the logarithm of 0", ABOVE_ZERO)
        return input * other.log()

    def power(self, input: Any, exponent: Any) -> T:
        """x ** y of two tensors, or of a number: e to y log x."""
        if not self._is_tensor(exponent):
            return input.pow(exponent)
        base = self._as_tensor(input)
        self._only(base > 0, "has a base that is not above 0, and an exponent that is a tensor", ABOVE_ZERO)
        return (exponent * base.log()).exp()

    def between(self, input: T, min: Any = None, max: Any = None) -> T:
        made = input if min is None else self.maximum_of(input, min)
        return made if max is None else self.minimum_of(made, max)

    def maximum_of(self, input: T, min: Any) -> T:
        return self._one_of(self.torch.maximum, input, min)

    def minimum_of(self, input: T, max: Any) -> T:
        return self._one_of(self.torch.minimum, input, max)

    def _one_of(self, function: Callable[[T, T], T], x: T, other: Any) -> T:
        """Where both are the same, clamp gives all of the gradient to the first, and maximum a half to each."""
        other = self._as_tensor(other)
        text = "is at one of its ends, where torch gives the whole gradient to the first"
        self._only(x != other, text, "give bounds that no number is equal to")
        return function(x, other)

    def dot(self, input: T, tensor: T) -> T:
        return (input * tensor).sum()

    vdot = dot

    def linalg_vecdot(self, x: T, y: T, *, dim: int = -1) -> T:
        return (x * y).sum(dim)

    def cross(self, input: T, other: T, dim: int | None = None) -> T:
        """Of vectors of three numbers, along an axis."""
        if dim is None:
            raise Uncomposed("names no axis", "say along which: dim=-1")
        turned = [(x.roll(-1, dim), x.roll(-2, dim)) for x in (input, other)]
        return turned[0][0] * turned[1][1] - turned[0][1] * turned[1][0]

    def linalg_cross(self, input: T, other: T, *, dim: int = -1) -> T:
        return self.cross(input, other, dim)

    def dist(self, input: T, other: T, p: float = 2.0) -> T:
        return self.torch.linalg.vector_norm(input - other, p)

    def linalg_multi_dot(self, tensors: Any) -> T:
        made = tensors[0]
        for each in tensors[1:]:
            made = made @ each
        return made

    def _as_tensor(self, x: Any) -> T:
        return x if self._is_tensor(x) else self.torch.tensor(float(x), dtype=self.torch.get_default_dtype())

    def _only(self, truths: T, otherwise: str, remedy: str) -> None:
        """Uncomposed where something is not so for these numbers."""
        with self.torch._C.DisableTorchFunction():
            if not bool(truths.all()):
                raise Uncomposed(otherwise, remedy)


NAMES = BEFORE | {name for name in vars(Calculated) if not name.startswith("_")} - {"names", "method"}
