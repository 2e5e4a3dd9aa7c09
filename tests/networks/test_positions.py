"""How often a window fits, against torch, with any kernel, stride, padding and dilation."""

import torch
from depth import examples
from hypothesis import assume, given, settings, strategies as st
from torch.nn import functional as F

from symconv.networks.positions import output_extent, overhang, reads_nothing, transposed_extent

SMALL = st.integers(1, 5)


@st.composite
def windows(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    """(n, kernel, stride, padding, dilation), the padding as torch pools allow it."""
    kernel = draw(SMALL)
    return draw(st.integers(1, 12)), kernel, draw(SMALL), draw(st.integers(0, kernel // 2)), draw(st.integers(1, 3))


@settings(max_examples=examples(400))
@given(windows(), windows(), st.booleans())
def test_a_pool_has_as_many_windows_as_in_torch(
    row: tuple[int, int, int, int, int], column: tuple[int, int, int, int, int], ceil: bool
) -> None:
    size, kernel, stride, padding, dilation = zip(row, column, strict=True)
    sides = [(p, p) for p in padding]
    found = tuple(map(output_extent, size, kernel, stride, sides, dilation, (ceil, ceil)))
    image = torch.zeros(1, 1, *size)
    try:
        pooled = F.max_pool2d(image, kernel, stride, padding, dilation, ceil)
    except RuntimeError:
        assert min(found) < 1
        return
    assert found == pooled.shape[2:]
    if dilation == (1, 1):
        assert found == F.avg_pool2d(image, kernel, stride, padding, ceil).shape[2:]


@settings(max_examples=examples(400))
@given(windows(), windows())
def test_floor_mode_with_the_overhang_is_ceil_mode(
    row: tuple[int, int, int, int, int], column: tuple[int, int, int, int, int]
) -> None:
    """The same number of windows, and the same maxima and sums, once the overhang is padded by hand."""
    size, kernel, stride, padding, dilation = zip(row, column, strict=True)
    sides = [(p, p) for p in padding]
    over = tuple(map(overhang, size, kernel, stride, sides, dilation))
    found = tuple(map(output_extent, size, kernel, stride, sides, dilation, (True, True)))
    assume(min(found) >= 1)
    image = torch.arange(size[0] * size[1], dtype=torch.float64).reshape(1, 1, *size)
    wide = (padding[1], padding[1] + over[1], padding[0], padding[0] + over[0])
    padded = F.max_pool2d(F.pad(image, wide, value=-torch.inf), kernel, stride, 0, dilation)
    assert torch.equal(padded, F.max_pool2d(image, kernel, stride, padding, dilation, ceil_mode=True))
    if dilation == (1, 1):
        sums = F.avg_pool2d(F.pad(image, wide), kernel, stride, 0, divisor_override=1)
        assert torch.equal(sums, F.avg_pool2d(image, kernel, stride, padding, ceil_mode=True, divisor_override=1))


@given(windows(), st.integers(0, 3))
def test_the_overhang_is_nought_where_floor_mode_is_enough(window: tuple[int, int, int, int, int], more: int) -> None:
    n, kernel, stride, lo, dilation = window
    sides = (lo, min(kernel // 2, lo + more))
    floor, ceil = (output_extent(n, kernel, stride, sides, dilation, mode) for mode in (False, True))
    assume(ceil >= 1)
    over = overhang(n, kernel, stride, sides, dilation)
    assert ceil - floor in (0, 1) and (over > 0) == (ceil > floor)
    assert output_extent(n, kernel, stride, (sides[0], sides[1] + over), dilation) == ceil


@settings(max_examples=examples(200))
@given(st.integers(1, 6), SMALL, SMALL, st.integers(0, 4), st.integers(1, 3), st.integers(0, 4))
def test_a_transposed_convolution_has_the_extent_of_torch(
    n: int, kernel: int, stride: int, padding: int, dilation: int, output_padding: int
) -> None:
    assume(output_padding < max(stride, dilation))
    found = transposed_extent(n, kernel, stride, (padding, padding), dilation, output_padding)
    assume(found >= 1)
    made = F.conv_transpose1d(
        torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), None, stride, padding, output_padding, 1, dilation
    )
    assert made.shape[2] == found


@given(windows(), st.integers(0, 3))
def test_a_window_reads_nothing_where_it_has_no_entry(window: tuple[int, int, int, int, int], position: int) -> None:
    n, kernel, stride, lo, dilation = window
    entries = [position * stride - lo + a * dilation for a in range(kernel)]
    assert reads_nothing(position, n, kernel, stride, lo, dilation) == all(not 0 <= e < n for e in entries)
