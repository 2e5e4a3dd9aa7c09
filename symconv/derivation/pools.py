"""Pooling: what each window of a tensor is summed up by; axes in front of the spatial ones (`lead`) are kept."""

from collections.abc import Iterable

from sympy import Expr, Integer, prod

from symconv.derivation.entrywise import frame
from symconv.derivation.index import Entry, In, MaxOver, Range, Sum
from symconv.derivation.letters import Letters
from symconv.derivation.operation import Equation, Operand, Operation, extents_of, indices_of, operation
from symconv.derivation.windows import Axis, axes, guard, ranges_of, window_options


def max_pool(dims: int, lead: str = "", *, output: str = "h", input: str = "P", taken: Iterable[str] = ()) -> Operation:
    """h[i, j] = the largest P[i sh + a dh - pt, j sw + b dw - pl] in the window; the padding never wins."""
    letters = Letters({output, input, *taken})
    kept, ax = frame(letters, lead), axes(dims, letters)
    taps = ranges_of(ax)[1]
    value = MaxOver(Entry(input, *indices_of(kept), *(x.read for x in ax)), guard(ax), *taps)
    return _pooling("max_pool", value, output, input, kept, ax, ("stride", "padding", "dilation"))


def avg_pool(
    dims: int, lead: str = "", *, count_padding: bool = True, overhang: bool = False,
    output: str = "h", input: str = "P", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """h[i, j] = the sum of P[i sh + a - pt, j sw + b - pl] over the window, divided by the number of its places.

    The places are those inside the tensor; with `count_padding` also those in the padding, which are kh kw where the
    windows do not reach beyond it. They may by eh, ew with `overhang`, and what lies there never counts.
    """
    letters = Letters({output, input, *taken})
    kept, ax = frame(letters, lead), axes(dims, letters, dilated=False, overhang=overhang)
    taps = ranges_of(ax)[1]
    total = Sum(Entry(input, *indices_of(kept), *(x.read for x in ax)) * guard(ax), *taps)
    places = prod(_places(x, tap, count_padding, overhang) for x, tap in zip(ax, taps, strict=True))
    keys = ("stride", "padding", *(["overhang"] if overhang else []))
    return _pooling("avg_pool", total / places, output, input, kept, ax, keys)


def _places(x: Axis, tap: Range, count_padding: bool, overhang: bool) -> Expr:
    """How many places of a window count in one dimension."""
    if not count_padding:
        return Sum(In(x.read, x.places), tap)
    return Sum(In(x.read + x.before, x.padded), tap) if overhang else x.taps


def _pooling(
    name: str, value: Expr, output: str, input: str, kept: tuple[Range, ...], ax: tuple[Axis, ...],
    keys: tuple[str, ...],
) -> Operation:  # fmt: skip
    outs, taps, places = ranges_of(ax)
    options = dict(window_options(ax))
    x = Operand("input", Entry(input, *indices_of(kept + places)), kept + places, extents_of(kept + places))
    return operation(
        name,
        Equation(Entry(output, *indices_of(kept + outs)), value, kept + outs),
        extents_of(kept + outs),
        (x,),
        options=(("kernel", extents_of(taps)), *((key, options[key]) for key in keys)),
        derived=tuple((a.outs, a.outs_from) for a in ax),
        paddings=tuple((a.before, a.behind) for a in ax),
    )


def global_max_pool(
    dims: int, lead: str = "", *, output: str = "h", input: str = "P", taken: Iterable[str] = ()
) -> Operation:
    """h = the largest entry of P, over its last `dims` axes: (N, C, H, W) -> (N, C, 1, 1)."""
    return _whole("global_max_pool", dims, lead, output, input, taken)


def global_avg_pool(
    dims: int, lead: str = "", *, output: str = "h", input: str = "P", taken: Iterable[str] = ()
) -> Operation:
    """h = the mean of P over its last `dims` axes: (N, C, H, W) -> (N, C, 1, 1)."""
    return _whole("global_avg_pool", dims, lead, output, input, taken)


def _whole(name: str, dims: int, lead: str, output: str, input: str, taken: Iterable[str]) -> Operation:
    letters = Letters({output, input, *taken})
    kept, ax = frame(letters, lead), axes(dims, letters)
    _, taps, places = ranges_of(ax)
    over = tuple(zip(indices_of(taps), extents_of(places), strict=True))
    entry = Entry(input, *indices_of(kept + taps))
    mean = Sum(entry, *over) / prod(extents_of(places))
    value = MaxOver(entry, Integer(1), *over) if name == "global_max_pool" else mean
    ones = tuple(Integer(1) for _ in ax)
    x = Operand("input", Entry(input, *indices_of(kept + places)), kept + places, extents_of(kept + places))
    equation = Equation(Entry(output, *indices_of(kept), *(0 for _ in ax)), value, kept)
    return operation(name, equation, extents_of(kept) + ones, (x,))
