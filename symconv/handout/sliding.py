"""The places of a convolution's window: what lies under the kernel, the products, the output so far, the sum."""

from collections.abc import Iterator

from sympy import Expr, Integer

from symconv.array import Array, Index, indices
from symconv.derivation.index import rebuild
from symconv.derivation.tensors import original
from symconv.formula.compose import EMPTY, PLUS, THICK, added, coloured, scripts
from symconv.formula.nodes import Number, Sign, row
from symconv.formula.width import letters
from symconv.handout.applied import ZERO
from symconv.handout.document import Sliding
from symconv.handout.numerals import number
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math, MathRows, Window, WorkedLine
from symconv.networks.layers.conv_window import ConvWindow
from symconv.worked.numbers import neat
from symconv.worked.stages import Stage

HALF_A_TURN = scripts(Number("180"), above=Sign("\u2218"))
SYMBOLS = 24  # letters of a sum that may stand under a figure
MOST_CHANNELS, MOST_COLUMNS, MOST_PLACES = 3, 20, 36  # of a slider: drawn one above the other, side by side, in turn


def window(pen: Pen, stage: Stage, layer: ConvWindow, at: Index, channel: int | None = None) -> Window:
    """The window of one input channel at an entry of the output, or that of an image without channels."""
    values, given, weight = pen.study.exact_values, original(stage.input), layer.weight
    image, out = at[:-3], at[-3:-2]
    inner = () if channel is None else (channel,)
    places = ((given, (*image, *inner)), (weight, (*out, *inner)), (stage.output, (*image, *out)))
    shown, kernel, output = (_slice(values[tensor], lead) for tensor, lead in places)
    met = under(shown, layer, at[-2:])
    turned = pen.habits.rotated and not pen.layer(stage).other
    if turned:  # by 180 degrees, a table's entries run backwards
        kernel = Array(kernel.shape, kernel.entries[::-1])
    products = Array(kernel.shape, tuple(neat(x * w) for x, w in zip(met.entries, kernel.entries, strict=True)))
    names = [_name(pen, tensor, lead) for tensor, lead in places]
    names[1] = row(names[1], THICK, HALF_A_TURN) if turned else names[1]
    down, along = at[-2:]
    return Window(
        pen.grid(shown), pen.grid(kernel), so_far(pen.grid(output), down, along),
        (down, along), (names[0], names[1], names[2]),
        (layer.stride[0], layer.stride[1]), (layer.padding[0], layer.padding[1]),
        (layer.dilation[0], layer.dilation[1]), worked=substituted(pen, stage, at), products=pen.grid(products),
        learns=weight in pen.study.parameters,
    )  # fmt: skip


def sliding(pen: Pen, stage: Stage, layer: ConvWindow) -> Iterator[Sliding]:
    """A slider for the first image and the first output channel, where all of it can be read; nothing on paper."""
    *lead, rows, columns = pen.shapes[stage.output]
    *ahead, _, width = pen.shapes[original(stage.input)]
    channels = list(range(ahead[-1])) if ahead else [None]
    readable = width + 2 * layer.kernel[-1] + columns <= MOST_COLUMNS and rows * columns <= MOST_PLACES
    if (
        len(layer.kernel) != 2
        or layer.groups > 1
        or len(channels) > MOST_CHANNELS
        or not (readable and pen.study.exact)
    ):
        return
    places = [(*(0 for _ in lead), *at) for at in indices((rows, columns))]
    first, *others = (tuple(window(pen, stage, layer, at, c) for at in places) for c in channels)
    yield Sliding(first, 0, channels=tuple(others), caption=pen.say("any.window", output=first[0].names[2]))


def _slice(values: Array, lead: Index) -> Array:
    """A table of a tensor: its first indices fixed."""
    return Array.build(values.shape[len(lead) :], lambda at: values[(*lead, *at)])


def _name(pen: Pen, tensor: str, lead: Index) -> Math:
    """A table's name, with the indices that are fixed unless there is no choice."""
    several = any(n > 1 for n in pen.shapes[tensor][: len(lead)])
    return pen.part(pen.letter(tensor), lead) if several else pen.letter(tensor)


def under(values: Array, layer: ConvWindow, at: Index) -> Array:
    """What each entry of the kernel meets at one place of the output; the padding is 0."""

    def read(tap: Index) -> Expr:
        steps = zip(at, tap, layer.stride, layer.dilation, layer.padding, strict=True)
        place = tuple(i * s + a * d - lo for i, a, s, d, (lo, _) in steps)
        inside = all(0 <= k < n for k, n in zip(place, values.shape, strict=True))
        return values[place] if inside else Integer(0)

    return Array.build(layer.kernel, read)


def so_far(rows: MathRows, to: int, column: int) -> MathRows:
    """The output with the entries that are still to come left empty."""
    return tuple(
        tuple(x if (i, j) <= (to, column) else EMPTY for j, x in enumerate(line)) for i, line in enumerate(rows)
    )


def substituted(pen: Pen, stage: Stage, at: Index) -> WorkedLine:
    """symbols = numbers = result for one entry of a layer's output."""
    operation = pen.equations[stage.output]
    free = {i: at[k] for k, i in enumerate(operation.entry.at) if i.is_Symbol}
    rows = pen.terms(operation.value, free)
    numbers = tuple(row(PLUS if k else EMPTY, added(r)) for k, r in enumerate(rows)) or (ZERO,)
    here = {i: Integer(k) for i, k in free.items()}
    entry, value = rebuild(operation.entry, here), rebuild(operation.value, here)
    result = pen.study.exact_values[stage.output][at]
    symbols = pen.printer(value)
    short = symbols if letters(symbols) <= SYMBOLS else EMPTY
    return WorkedLine(pen.printer(entry), short, numbers, coloured("res", number(result)))
