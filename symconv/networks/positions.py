"""How often a window fits: whole-number arithmetic along one dimension, as torch does it."""


def output_extent(
    n: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int = 1, ceil: bool = False
) -> int:
    """How many positions a window has along a dimension of n entries; 0 or less where it does not fit (Dumoulin and
    Visin 2016, chapter 2, with the dilation of chapter 5).

    With `ceil` one more where entries are left over, if that last window starts inside the input or the padding in
    front of it (torch's ceil_mode).
    """
    room = n + sum(pads) - dilation * (kernel - 1) - 1
    if not ceil:
        return room // stride + 1
    positions = -(-room // stride) + 1
    starts_behind = (positions - 1) * stride >= n + pads[0]
    return positions - 1 if starts_behind else positions


def overhang(n: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int = 1) -> int:
    """How far the last window in ceil mode reaches beyond the padding behind: 0 where floor mode has as many windows.

    Floor mode with this much more padding behind has exactly the windows of ceil mode.
    """
    last = (output_extent(n, kernel, stride, pads, dilation, ceil=True) - 1) * stride
    return max(0, last + dilation * (kernel - 1) + 1 - n - sum(pads))


def transposed_extent(
    n: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int = 1, output_padding: int = 0
) -> int:
    """The extent that a transposed convolution makes of n entries; 0 or less where its padding eats all of it (Dumoulin
    and Visin 2016, chapter 4)."""
    return (n - 1) * stride - sum(pads) + dilation * (kernel - 1) + output_padding + 1


def reads_nothing(position: int, n: int, kernel: int, stride: int, lo: int, dilation: int) -> bool:
    """Whether the window at this position reads no entry but padding."""
    start = position * stride - lo
    skipped = max(0, -(start // dilation))  # how many of its entries lie in the padding in front
    return skipped >= kernel or start + dilation * skipped >= n
