"""The two chains: the network, and the way back through it."""

from collections.abc import Sequence
from itertools import pairwise

from symconv.formula.compose import LOSS, SLASH, derivative
from symconv.formula.nodes import Letter, Sign, Styled, row
from symconv.handout.figures.shapes import (
    RING,
    SIDE,
    SYMBOL,
    Drawing,
    DrawnShape,
    Edge,
    OperationArrow,
    Outline,
    Shifted,
    Stem,
    TensorName,
    TensorNode,
    Weight,
    Word,
)
from symconv.handout.layout import PAGE
from symconv.handout.pictures import (
    BackLink,
    BackNode,
    BackwardPicture,
    Math,
    NetworkPicture,
    OperationPicture,
    TensorPicture,
)
from symconv.text import measure

D = Letter("d")  # as wide as the sign of a partial derivative
DOWN = Sign("\u22ee")  # dots of a column that is shortened
CELL = 4.2  # mm: a cell that shows a shape only
TALLEST, WIDEST = 24.0, 22.0  # mm: larger tensors get smaller cells
BEHIND = 1.2  # mm: how far each channel's outline stands out behind the one before
PARAMETERS = 9.5  # mm above the axis: where parameters stand
SHORTEST = 11.0  # mm: an arrow
HEAD = 3.2  # mm: an arrow's head, and a little air
FULL = PAGE.full - 0.5  # mm: a line's thickness less than the page holds
LINE = 3.95  # mm from number to number in a column
LONGEST_COLUMN = 4  # numbers shown of a column before it is shortened


def cell_size(tensor: TensorPicture) -> float:
    """Large tensors are drawn smaller, so that every picture stays a line."""
    return min(CELL, TALLEST / tensor.rows, WIDEST / tensor.columns)


def box_width(tensor: TensorPicture) -> float:
    return tensor.columns * cell_size(tensor) + BEHIND * min(tensor.depth - 1, 2)


def tensor_width(tensor: TensorPicture) -> float:
    """The outline or the words below it, whichever is wider."""
    return max(box_width(tensor), measure.width(tensor.shape, PAGE.label))


def outline(tensor: TensorPicture, x: float, top: float, fill: str) -> list[DrawnShape]:
    """Its channels' outlines from the back to the front; the front one with its cells, if they can be seen."""
    size = cell_size(tensor)
    return [
        Outline(x + k * BEHIND, top + k * BEHIND, tensor.rows, tensor.columns, size, fill, ruled=k == 0 and size >= 1)
        for k in reversed(range(min(tensor.depth, 3)))
    ]


def arrow_length(operation: OperationPicture) -> float:
    """Room for the word on the arrow and for the parameters above it."""
    words = measure.width(operation.label, PAGE.label) + 5
    above = sum(parameter_width(p) + 3 for p in operation.parameters) - 6
    return max(SHORTEST, words, above)


def parameter_width(tensor: TensorPicture) -> float:
    name = measure.width(tensor.symbol, 10.5) + 2 + measure.width(tensor.shape, PAGE.label)
    return max(box_width(tensor), name)


def split(parts: Sequence[float], joints: Sequence[float], full: float) -> list[tuple[int, int]]:
    """Ranges of parts (first, last) that fit side by side, in few rows of about one width; each row begins with the
    last part of the one above."""

    def width(first: int, last: int) -> float:
        return sum(parts[first : last + 1]) + sum(joints[first:last])

    rows = _filled(parts, joints, full)
    widths = sorted(width(a, b) for b in range(1, len(parts)) for a in range(b))
    for narrow in (w for w in widths if w < full):
        found = _filled(parts, joints, narrow)
        if len(found) == len(rows) and all(width(a, b) <= narrow for a, b in found):
            return found
    return rows


def _filled(parts: Sequence[float], joints: Sequence[float], full: float) -> list[tuple[int, int]]:
    """The same, each row as long as it can be; two parts stand in every row, even where they do not fit."""
    ranges, first = [], 0
    while first < len(parts) - 1:
        last, used = first + 1, parts[first] + joints[first] + parts[first + 1]
        while last < len(parts) - 1 and used + joints[last] + parts[last + 1] <= full:
            used += joints[last] + parts[last + 1]
            last += 1
        ranges.append((first, last))
        first = last
    return ranges or [(0, 0)]


def stretch(parts: Sequence[float], joints: Sequence[float], full: float) -> list[float]:
    """The joints, each longer by an equal share of what the row leaves, so that it reaches the margin's edge."""
    spare = max(0.0, full - sum(parts) - sum(joints))
    share = min(spare / max(1, len(joints)), 14.0)
    return [joint + share for joint in joints]


def in_rows(picture: NetworkPicture) -> tuple[NetworkPicture, ...]:
    """The picture in pieces of one line each, for a page that could not hold it whole."""
    widths, arrows = [tensor_width(t) for t in picture.tensors], [arrow_length(o) for o in picture.operations]
    ranges = split(widths, arrows, FULL)
    return tuple(NetworkPicture(picture.tensors[a : b + 1], picture.operations[a:b]) for a, b in ranges)


def draw_network(picture: NetworkPicture) -> Drawing:
    """One line of tensors, or several where one does not hold them."""
    widths = [tensor_width(t) for t in picture.tensors]
    arrows = [arrow_length(o) for o in picture.operations]
    shapes, y = list[DrawnShape](), 0.0
    for first, last in split(widths, arrows, FULL):
        tensors, operations = picture.tensors[first : last + 1], picture.operations[first:last]
        half = max(top(t) for t in tensors)
        above = max((p.rows * cell_size(p) + half + 8 for o in operations for p in o.parameters), default=4.0)
        if first:
            y -= max(above, half) + 6
        shapes += network_row(tensors, operations, stretch(widths[first : last + 1], arrows[first:last], FULL), y)
        y -= max(14.0, half + 5.8) + 4.4
    return Drawing(tuple(shapes), FULL)


def network_row(
    tensors: Sequence[TensorPicture], operations: Sequence[OperationPicture], joints: list[float], y: float
) -> list[DrawnShape]:
    """Tensors on the axis y, names on one line below them, operations and parameters above the arrows."""
    names = y - max(14.0, max(t.rows * cell_size(t) for t in tensors) / 2 + 5.8)
    shapes, x = list[DrawnShape](), 0.0
    for k, tensor in enumerate(tensors):
        left = x + (tensor_width(tensor) - box_width(tensor)) / 2
        x += tensor_width(tensor)
        right = left + box_width(tensor)
        shapes += outline(tensor, left, y + tensor.rows * cell_size(tensor) / 2, "white")
        centre = left + tensor.columns * cell_size(tensor) / 2
        shapes.append(TensorName(centre, names, tensor.symbol, tensor.shape))
        if k < len(operations):
            coming = tensors[k + 1]
            to = x + joints[k] + (tensor_width(coming) - box_width(coming)) / 2
            shapes.append(OperationArrow(right + 1.2, to - 1.2, operations[k].label, y))
            base = parameter_base((tensor, coming), operations[k], to - right)
            shapes += parameters(operations[k].parameters, (right + to) / 2, y, base)
            x += joints[k]
    return shapes


def top(tensor: TensorPicture) -> float:
    """How far its outline reaches above the axis, mm."""
    return tensor.rows * cell_size(tensor) / 2 + BEHIND * min(tensor.depth - 1, 2)


def parameter_base(neighbours: tuple[TensorPicture, TensorPicture], operation: OperationPicture, room: float) -> float:
    """How high above the axis the parameters stand: over the neighbours where they do not fit between them."""
    wide = sum(parameter_width(p) + 3 for p in operation.parameters)
    return PARAMETERS if wide <= room else max(PARAMETERS, *(top(t) + 2 for t in neighbours))


def parameters(tensors: Sequence[TensorPicture], centre: float, y: float, base: float) -> list[DrawnShape]:
    """Side by side above the arrow's middle, joined to it by a short line."""
    x = centre - sum(parameter_width(p) + 3 for p in tensors) / 2 + 1.5
    shapes = list[DrawnShape]()
    for tensor in tensors:
        middle = x + parameter_width(tensor) / 2
        high = tensor.rows * cell_size(tensor)
        shapes += outline(tensor, middle - box_width(tensor) / 2, y + base + high, "param")
        name = y + base + 1.8 + high + BEHIND * min(tensor.depth - 1, 2)
        shapes += [TensorName(middle, name, tensor.symbol, tensor.shape, beside=True), Stem(middle, y + base, y + 5.6)]
        x += parameter_width(tensor) + 3
    return shapes


def draw_backward(picture: BackwardPicture) -> Drawing:
    """Circles joined by arrows there and back; the words "values" and "gradients" at the left."""
    sizes = [node_width(n) for n in picture.nodes]
    joints = [link_length(k, ends) for k, ends in zip(picture.links, pairwise(picture.nodes), strict=True)]
    shapes, y, wide = list[DrawnShape](), 0.0, FULL
    for first, last in split(sizes, joints, wide - words_width(picture)):
        nodes, links = picture.nodes[first : last + 1], picture.links[first:last]
        words = 0.0 if first else words_width(picture)
        spread = stretch(sizes[first : last + 1], joints[first:last], wide - words)
        mark = -17.4 - max(column_height(n.gradient) for n in nodes)
        if first:
            y -= 10 + max(max(column_height(n.values) for n in nodes), 16.0 if any(k.parameters for k in links) else 0)
        row = backward_row(nodes, links, spread, (words, mark))
        if not first:
            row += [Word(0.3, 8, picture.values, "now"), Word(0.3, -11, picture.gradients, "grad")]
        shapes.append(Shifted(y, tuple(row)))
        y += mark
    return Drawing(tuple(shapes), wide)


def words_width(picture: BackwardPicture) -> float:
    """Room for the words "values" and "gradients" at the left, where numbers stand in their way."""
    if not (picture.nodes[0].values or picture.nodes[0].gradient):
        return 0.0
    return max(measure.width(text, PAGE.label) for text in (picture.values, picture.gradients)) + 2


def column_height(entries: tuple[Math, ...]) -> float:
    """About how high a column prints, mm; dots stand higher than a number."""
    return LINE * len(short(entries)) + (2.6 if len(entries) > LONGEST_COLUMN else 0.0)


def node_width(node: BackNode) -> float:
    """What is around its name, or the numbers above and below it."""
    numbers = [measure.width(v, PAGE.label) for v in (*short(node.values), *short(node.gradient))]
    return max([2 * half(node.symbol, RING), *numbers])


def half(symbol: Math, least: float) -> float:
    """Half the width, mm, of what stands around a name, at least that of a letter."""
    return max(least, measure.width(symbol, SYMBOL) / 2 + 1.6)


def link_length(link: BackLink, ends: Sequence[BackNode]) -> float:
    """Room between two nodes for its words, on the way back clear of the arrow's head, and for the parameters with
    their gradients' numbers above it."""
    words = max(measure.width(link.forward, PAGE.label) + 4, measure.width(link.backward, PAGE.label) + 2 * HEAD)
    inside = sum(node_width(n) / 2 - half(n.symbol, RING) for n in ends)  # the arrow begins and ends at the circles
    return max(9.0, words - inside, sum(weight_width(p.symbol, p.mark) for p in link.parameters) + 2)


def weight_width(symbol: Math, mark: str) -> float:
    printed = row(D, LOSS, SLASH, D, symbol), f" ({mark})"
    return 2 * half(symbol, SIDE) + 5.5 + sum(measure.width(x, PAGE.label) for x in printed)


def backward_row(nodes: Sequence[BackNode], links: Sequence[BackLink], joints: list[float],
                 place: tuple[float, float]) -> list[DrawnShape]:  # fmt: skip
    """Nodes and arrows from `place[0]` mm on, the equations' numbers at the height `place[1]`."""
    shapes: list[DrawnShape] = []
    x, mark = place
    for k, node in enumerate(nodes):
        centre = x + node_width(node) / 2
        x += node_width(node)
        name = node.letter or Styled("display", derivative(LOSS, node.symbol))
        ring = half(node.symbol, RING)
        shapes.append(
            TensorNode(centre, node.symbol, short(node.values), short(node.gradient), node.mark, mark, name, ring)
        )
        if k == len(links):
            break
        link, to = links[k], x + joints[k] + node_width(nodes[k + 1]) / 2
        end = to - half(nodes[k + 1].symbol, RING)
        shapes.append(Edge(centre + ring, end, link.forward, link.backward))
        at = x + (joints[k] - sum(weight_width(p.symbol, p.mark) for p in link.parameters)) / 2
        for parameter in link.parameters:
            side = half(parameter.symbol, SIDE)
            shapes.append(Weight(at + side, parameter.symbol, parameter.mark, side))
            at += weight_width(parameter.symbol, parameter.mark)
        x += joints[k]
    return shapes


def short(entries: tuple[Math, ...]) -> tuple[Math, ...]:
    """A long column by its first entries, dots, and its last."""
    return entries if len(entries) <= LONGEST_COLUMN else (*entries[: LONGEST_COLUMN - 2], DOWN, entries[-1])
