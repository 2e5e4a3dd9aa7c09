"""Complex numbers of torch as pairs of real ones, (real part, imaginary part) along a last axis: they are made of such,
multiplied, and taken apart again, as a rotation of positions is computed.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable
from typing import Any

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.ranked import NAMES as BEFORE, Ranked

T = Any  # a tensor of torch
PRODUCTS = ("mul", "multiply", "__rmul__")
OF_PAIRS = {"view_as_real": "as_real", "real": "real_part", "imag": "imaginary_part", "abs": "modulus"}
ASKED = (
    "shape",
    "ndim",
    "dtype",
    "device",
    "size",
    "dim",
    "numel",
    "is_complex",
    "is_inference",
    "_version",
)  # and no number


class PairedFunctions(Ranked):
    """Each method is torch's function of its name, as in `Composed`, or that function of complex numbers."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.asked = ""  # the function that was called last
        self.pairs: dict[int, tuple[T, T]] = {}  # by a complex tensor, which is kept, so that no other has its id

    @property
    def names(self) -> frozenset[str]:
        return NAMES

    def method(
        self, name: str, function: Any, args: Any, kwargs: Any, known: bool, is_computed: Callable[[Any], bool]
    ) -> str:
        if any(id(x) in self.pairs for x in args):
            return "product" if name in PRODUCTS else "" if name in ASKED else self._other(name)
        return super().method(name, function, args, kwargs, known, is_computed)

    def view_as_complex(self, input: T) -> T:
        with self.torch._C.DisableTorchFunction():
            made = self.torch.view_as_complex(input)
        return self._paired(made, input)

    def product(self, input: Any, other: Any) -> T:
        """(a + bi)(c + di) = (ac - bd) + (ad + bc)i"""
        (a, b), (c, d) = self._parts(input), self._parts(other)
        with self.torch._C.DisableTorchFunction():
            made = input * other
        return self._paired(made, self.torch.stack((a * c - b * d, a * d + b * c), -1))

    def as_real(self, input: T) -> T:
        return self.pairs[id(input)][1].clone()

    def real_part(self, input: T) -> T:
        return self._parts(input)[0]

    def imaginary_part(self, input: T) -> T:
        return self._parts(input)[1]

    def modulus(self, input: T) -> T:
        return self.torch.hypot(*self._parts(input))

    def _other(self, name: str) -> str:
        self.asked = name
        return OF_PAIRS.get(name, "complex")

    def complex(self, *given: Any, **named: Any) -> T:
        known = "known: view_as_complex, products, view_as_real, .real, .imag, abs"
        raise Uncomposed(f"{self.asked} of complex numbers has no derivation", known)

    def _parts(self, x: Any) -> tuple[Any, Any]:
        if id(x) in self.pairs:
            pair = self.pairs[id(x)][1]
            return pair[..., 0], pair[..., 1]
        if not self._is_tensor(x):
            return x.real, x.imag
        with self.torch._C.DisableTorchFunction():
            return (x.real.clone(), x.imag.clone()) if x.is_complex() else (x, self.torch.zeros_like(x))

    def _paired(self, made: T, pair: T) -> T:
        self.pairs[id(made)] = made, pair
        self.stands(made, pair)
        return made


NAMES = BEFORE | {"view_as_complex"}
