"""Layers that make another grid of the last axes: each entry of the output is a weighted mean of entries of the input,
by a fixed matrix for each axis, which follows from the two extents."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import floor
from typing import ClassVar

from symconv.array import Array, Shape
from symconv.derivation.plan import Plan, Read
from symconv.derivation.resampling import resample
from symconv.errors import Fault
from symconv.networks.exact import show
from symconv.networks.fields import LONGEST_NAME, extents, faults_of, truth
from symconv.networks.form import Fit, TensorForm, many, misfit
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase, Parameter

ROLES = ("slices", "rows", "columns")  # of the last axes; their matrices are called NAME.rows, ...
MODES = ("linear", "cubic")
OFF_CENTRE = Fraction(-3, 4)  # the slope of the cubic kernel at 1, as in torch
Weights = list[Fraction]


class Resampling(LayerBase):
    """What all of them share: `size`, the new extents of the last axes."""

    size: tuple[int, ...]

    def _normalise(self) -> None:
        self._set(size=extents(self.size, dims=None))

    def _own_faults(self) -> Iterator[Fault]:
        yield from faults_of(lambda n: extents(n, dims=None), self.size, "size")
        longest = LONGEST_NAME - len(f".{ROLES[-1]}")
        if isinstance(self.name, str) and longest < len(self.name) <= LONGEST_NAME:
            text = f"{show(self.name)} leaves no room for the names of its matrices"
            yield Fault("name", text, f"use at most {longest} characters")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        dims = len(self.size)
        if len(form.shape) < dims + form.batch:
            text = f"its input has shape {form.shape}, a size of {many(dims, 'number')} wants as many axes"
            return misfit(text, f"give a size for at most {len(form.inner)}")
        return TensorForm((*form.shape[:-dims], *self.size), dims, form.batch), ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Of the matrices, for the last axes."""
        return ROLES[-len(self.size) :]

    def table_names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}.{role}" for role in self.roles)

    def tables(self, shape: Shape) -> tuple[Parameter, ...]:
        axes = self._changed(shape)
        pairs = ((shape[k], self.size[k - len(shape)]) for k in axes)
        named = (f"{self.name}.{self.roles[k - len(shape)]}" for k in axes)
        return tuple(Parameter(name, self.matrix(*pair)) for name, pair in zip(named, pairs, strict=True))

    def _changed(self, shape: Shape) -> tuple[int, ...]:
        """The axes whose extent is another one; the last, where there is none."""
        dims = len(self.size)
        axes = tuple(len(shape) - dims + k for k in range(dims) if shape[len(shape) - dims + k] != self.size[k])
        return axes or (len(shape) - 1,)

    def matrix(self, given: int, made: int) -> Array:
        """The weights of all entries of an axis in each of the new ones, (made, given); a row sums to 1."""
        return Array((made, given), tuple(x for i in range(made) for x in self._weights(i, given, made)))

    @abstractmethod
    def _weights(self, i: int, given: int, made: int) -> Weights:
        """Those in entry i of the new axis."""

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        rank = len(read.axes)
        roles = {k: self.roles[k - rank] for k in self._changed(read.shape)}
        tables = {k: (role, f"{self.name}.{role}") for k, role in roles.items()}
        yield self._plan(read, partial(resample, self.kind, read.axes, tables))

    def in_torch(self, met: Met) -> Tensor:
        """torch knows one axis of channels."""
        dims = len(self.size)
        lead = met.x.shape[: met.x.ndim - dims]
        made = self._of_images(met, met.x.reshape(1, -1, *met.x.shape[met.x.ndim - dims :]))
        return made.reshape(*lead, *self.size)

    @abstractmethod
    def _of_images(self, met: Met, x: Tensor) -> Tensor:
        """torch's function, of (N, C, ...)."""


@dataclass(frozen=True)
class Interpolate(Resampling):
    """The last axes at `size` places in equal distances, between the entries by the lines through two neighbours
    (linear, in two dimensions bilinear) or by cubic polynomials of four (cubic; Keys 1981, with the slope -3/4).

    `align_corners`: the first and the last entries stay where they are; else the entries are the middles of pixels, and
    what is beyond the outermost middle is as there.
    """

    kind: ClassVar[str] = "interpolate"
    name: str
    size: tuple[int, ...]
    mode: str = "linear"
    align_corners: bool = False
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from super()._own_faults()
        yield from faults_of(truth, self.align_corners, "align_corners")
        if self.mode not in MODES:
            yield Fault("mode", f"{show(self.mode)} is not a known mode", f"known: {', '.join(MODES)}")

    def _weights(self, i: int, given: int, made: int) -> Weights:
        linear = self.mode == "linear"
        if self.align_corners:
            place = Fraction(i * (given - 1), made - 1) if made > 1 else Fraction(0)
        else:
            place = Fraction((2 * i + 1) * given, 2 * made) - Fraction(1, 2)
            place = max(place, Fraction(0)) if linear else place
        first = floor(place)
        found = [Fraction(0)] * given
        for k in (0, 1) if linear else (-1, 0, 1, 2):
            distance = abs(place - first - k)
            weight = 1 - distance if linear else _cubic(distance)
            found[min(max(first + k, 0), given - 1)] += weight
        return found

    def _of_images(self, met: Met, x: Tensor) -> Tensor:
        """By matrices: torch's own function rounds its places first, and a weight that is 0 may be 1e-16 there."""
        for axis, m in enumerate(self.size, start=2):
            matrix = self.matrix(x.shape[axis], m)
            weights = met.torch.tensor([*map(float, matrix.entries)], dtype=x.dtype).reshape(matrix.shape)
            x = met.torch.tensordot(x, weights, ([axis], [1])).movedim(-1, axis)
        return x


def _cubic(x: Fraction) -> Fraction:
    """Keys's kernel at a distance of at most 2."""
    a = OFF_CENTRE
    return (a + 2) * x**3 - (a + 3) * x**2 + 1 if x <= 1 else a * (x**3 - 5 * x**2 + 8 * x - 4)


@dataclass(frozen=True)
class AdaptiveAvgPool(Resampling):
    """The means of `size` windows in equal distances, which may overlap and differ by one entry: entry i of H ones out
    of H0 is the mean from floor(i H0 / H) to before ceil((i + 1) H0 / H)."""

    kind: ClassVar[str] = "adaptive_avg_pool"
    name: str
    size: tuple[int, ...]
    input: str = ""

    def _weights(self, i: int, given: int, made: int) -> Weights:
        start, stop = i * given // made, -(-(i + 1) * given // made)
        return [Fraction(int(start <= h < stop), stop - start) for h in range(given)]

    def _of_images(self, met: Met, x: Tensor) -> Tensor:
        return met.call(f"adaptive_avg_pool{len(self.size)}d", x, self.size)


RESAMPLING: Sequence[type[LayerBase]] = (Interpolate, AdaptiveAvgPool)
