"""The two chains as TikZ: the network, and the way back through it."""

from collections.abc import Sequence
from dataclasses import dataclass

from symconv import latex_text
from symconv.handout.layout import PAGE
from symconv.handout.pictures import BackLink, BackNode, BackwardPicture, Math, NetworkPicture, Operation, Tensor

CELL = 4.2  # mm: a cell that shows a shape only
TALLEST, WIDEST = 24.0, 22.0  # mm: larger tensors get smaller cells
BEHIND = 1.2  # mm: how far each channel's outline stands out behind the one before
PARAMETERS = 9.5  # mm above the axis: where parameters stand
SHORTEST = 11.0  # mm: an arrow
RING = 3.7  # mm: half a node of the backward picture
FULL = PAGE.full - 0.5  # mm: a line's thickness less than the page holds
LINE = 3.95  # mm from number to number in a column
LONGEST_COLUMN = 4  # numbers shown of a column before it is shortened


@dataclass(frozen=True)
class Drawing:
    """A figure ready to print: TikZ, its width in mm, and what stands below it."""

    tikz: str
    width: float
    below: str = ""


def mm(value: float) -> str:
    """A length without its unit, at most two decimals, never -0."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def picture_of(lines: Sequence[str]) -> str:
    """The lines as one picture, hanging from its top."""
    body = "\n  ".join(lines)
    return f"\\begin{{tikzpicture}}[baseline=(current bounding box.north)]\n  {body}\n\\end{{tikzpicture}}"


def cell_size(tensor: Tensor) -> float:
    """Large tensors are drawn smaller, so that every picture stays a line."""
    return min(CELL, TALLEST / tensor.rows, WIDEST / tensor.columns)


def box_width(tensor: Tensor) -> float:
    return tensor.columns * cell_size(tensor) + BEHIND * min(tensor.depth - 1, 2)


def tensor_width(tensor: Tensor) -> float:
    """The outline or the words below it, whichever is wider."""
    return max(box_width(tensor), latex_text.width(f"${tensor.shape}$", PAGE.label))


def outline(tensor: Tensor, x: float, top: float, fill: str) -> list[str]:
    """Its channels' outlines from the back to the front; the front one with its cells, if they can be seen."""
    size = cell_size(tensor)
    wide, high = tensor.columns * size, tensor.rows * size
    lines = []
    for behind in reversed(range(min(tensor.depth, 3))):
        at = f"{{{mm(x + behind * BEHIND)}}}{{{mm(top + behind * BEHIND)}}}"
        lines.append(rf"\tensorbox{{{fill}}}{at}{{{mm(wide)}}}{{{mm(high)}}}")
        if behind == 0 and size >= 1:
            lines.append(rf"\tensorgrid{at}{{{tensor.rows}}}{{{tensor.columns}}}{{{mm(size)}}}")
        lines.append(rf"\tensorframe{at}{{{mm(wide)}}}{{{mm(high)}}}")
    return lines


def arrow_length(operation: Operation) -> float:
    """Room for the word on the arrow and for the parameters above it."""
    words = latex_text.width(operation.label, PAGE.label) + 5
    above = sum(parameter_width(p) + 3 for p in operation.parameters) - 6
    return max(SHORTEST, words, above)


def parameter_width(tensor: Tensor) -> float:
    name = latex_text.width(f"${tensor.symbol}$", 10.5) + 2 + latex_text.width(f"${tensor.shape}$", PAGE.label)
    return max(box_width(tensor), name)


def split(parts: Sequence[float], joints: Sequence[float], full: float) -> list[tuple[int, int]]:
    """Ranges of parts (first, last) that fit side by side; each row begins with the last part of the one above."""
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


def draw_network(picture: NetworkPicture) -> Drawing:
    """One line of tensors, or several where one does not hold them."""
    widths = [tensor_width(t) for t in picture.tensors]
    arrows = [arrow_length(o) for o in picture.operations]
    lines, y = [], 0.0
    for first, last in split(widths, arrows, FULL):
        tensors, operations = picture.tensors[first : last + 1], picture.operations[first:last]
        half = max(top(t) for t in tensors)
        above = max((p.rows * cell_size(p) + half + 8 for o in operations for p in o.parameters), default=4.0)
        if first:
            y -= max(above, half) + 6
        lines += network_row(tensors, operations, stretch(widths[first : last + 1], arrows[first:last], FULL), y)
        y -= max(14.0, half + 5.8) + 4.4
    return Drawing(picture_of(lines), FULL)


def network_row(tensors: Sequence[Tensor], operations: Sequence[Operation], joints: list[float], y: float) -> list[str]:
    """Tensors on the axis y, names on one line below them, operations and parameters above the arrows."""
    names = y - max(14.0, max(t.rows * cell_size(t) for t in tensors) / 2 + 5.8)
    lines, x = [], 0.0
    for k, tensor in enumerate(tensors):
        left = x + (tensor_width(tensor) - box_width(tensor)) / 2
        x += tensor_width(tensor)
        right = left + box_width(tensor)
        lines += outline(tensor, left, y + tensor.rows * cell_size(tensor) / 2, "white")
        centre = mm(left + tensor.columns * cell_size(tensor) / 2)
        lines.append(rf"\tensorname{{{centre}}}{{{mm(names)}}}{{{tensor.symbol}}}{{{tensor.shape}}}")
        if k < len(operations):
            coming = tensors[k + 1]
            to = x + joints[k] + (tensor_width(coming) - box_width(coming)) / 2
            label = latex_text.rich(operations[k].label)
            lines.append(rf"\oparrow{{{mm(right + 1.2)}}}{{{mm(to - 1.2)}}}{{{label}}}{{{mm(y)}}}")
            base = parameter_base((tensor, coming), operations[k], to - right)
            lines += parameters(operations[k].parameters, (right + to) / 2, y, base)
            x += joints[k]
    return lines


def top(tensor: Tensor) -> float:
    """How far its outline reaches above the axis, mm."""
    return tensor.rows * cell_size(tensor) / 2 + BEHIND * min(tensor.depth - 1, 2)


def parameter_base(neighbours: tuple[Tensor, Tensor], operation: Operation, room: float) -> float:
    """How high above the axis the parameters stand: over the neighbours where they do not fit between them."""
    wide = sum(parameter_width(p) + 3 for p in operation.parameters)
    return PARAMETERS if wide <= room else max(PARAMETERS, *(top(t) + 2 for t in neighbours))


def parameters(tensors: Sequence[Tensor], centre: float, y: float, base: float) -> list[str]:
    """Side by side above the arrow's middle, joined to it by a short line."""
    x = centre - sum(parameter_width(p) + 3 for p in tensors) / 2 + 1.5
    lines = []
    for tensor in tensors:
        middle = x + parameter_width(tensor) / 2
        high = tensor.rows * cell_size(tensor)
        lines += outline(tensor, middle - box_width(tensor) / 2, y + base + high, "param")
        back = BEHIND * min(tensor.depth - 1, 2)
        at, name = mm(middle), mm(y + base + 1.8 + high + back)
        lines.append(rf"\paramname{{{at}}}{{{name}}}{{{tensor.symbol}}}{{{tensor.shape}}}")
        lines.append(rf"\draw[now,line width=.5pt] ({at}mm,{mm(y + base)}mm) -- ({at}mm,{mm(y + 5.6)}mm);")
        x += parameter_width(tensor) + 3
    return lines


def draw_backward(picture: BackwardPicture) -> Drawing:
    """Circles joined by arrows there and back; the words "values" and "gradients" at the left."""
    sizes = [node_width(n) for n in picture.nodes]
    joints = [link_length(link) for link in picture.links]
    lines, y, wide = [], 0.0, FULL
    for first, last in split(sizes, joints, wide - words_width(picture)):
        nodes, links = picture.nodes[first : last + 1], picture.links[first:last]
        words = 0.0 if first else words_width(picture)
        spread = stretch(sizes[first : last + 1], joints[first:last], wide - words)
        mark = -17.4 - max(column_height(n.gradient) for n in nodes)
        if first:
            y -= 10 + max(max(column_height(n.values) for n in nodes), 16.0 if any(k.parameters for k in links) else 0)
        lines.append(rf"\begin{{scope}}[yshift={mm(y)}mm]")
        lines += backward_row(nodes, links, spread, (words, mark))
        if not first:
            values, gradients = latex_text.rich(picture.values), latex_text.rich(picture.gradients)
            lines.append(rf"\node[lab,text=now,anchor=base west] at (.3mm,8mm) {{{values}}};")
            lines.append(rf"\node[lab,text=grad,anchor=base west] at (.3mm,-11mm) {{{gradients}}};")
        lines.append(r"\end{scope}")
        y += mark
    return Drawing(picture_of(lines), wide)


def words_width(picture: BackwardPicture) -> float:
    """Room for the words "values" and "gradients" at the left, where numbers stand in their way."""
    if not (picture.nodes[0].values or picture.nodes[0].gradient):
        return 0.0
    return max(latex_text.width(text, PAGE.label) for text in (picture.values, picture.gradients)) + 2


def column_height(entries: tuple[Math, ...]) -> float:
    """About how high a column prints, mm; dots stand higher than a number."""
    return LINE * len(short(entries)) + (2.6 if len(entries) > LONGEST_COLUMN else 0.0)


def node_width(node: BackNode) -> float:
    """Its circle, or the numbers above and below it."""
    numbers = [latex_text.width(f"${v}$", PAGE.label) for v in (*short(node.values), *short(node.gradient))]
    return max([2 * RING, *numbers])


def link_length(link: BackLink) -> float:
    """Room for its words, and for the parameters with their gradients' numbers above it."""
    words = max(latex_text.width(text, PAGE.label) for text in (link.forward, link.backward)) + 4
    return max(9.0, words, sum(weight_width(p.symbol, p.mark) for p in link.parameters) + 3)


def weight_width(symbol: Math, mark: str) -> float:
    return 12.5 + latex_text.width(rf"$dL/d {symbol}$ ({mark})", PAGE.label)


def backward_row(nodes: Sequence[BackNode], links: Sequence[BackLink], joints: list[float],
                 place: tuple[float, float]) -> list[str]:  # fmt: skip
    """Nodes and arrows from `place[0]` mm on, the equations' numbers at the height `place[1]`."""
    lines: list[str] = []
    x, mark = place
    for k, node in enumerate(nodes):
        centre = x + node_width(node) / 2
        x += node_width(node)
        values, gradient = column(node.values), column(node.gradient)
        lines.append(
            rf"\backnode{{{mm(centre)}}}{{{node.symbol}}}{{{values}}}{{{gradient}}}{{{node.mark}}}{{{mm(mark)}}}"
        )
        if k == len(links):
            break
        link, to = links[k], x + joints[k] + node_width(nodes[k + 1]) / 2
        words = rf"{{{latex_text.rich(link.forward)}}}{{{latex_text.rich(link.backward)}}}"
        lines.append(rf"\backlink{{{mm(centre + RING)}}}{{{mm(to - RING)}}}{words}")
        at = x + (joints[k] - sum(weight_width(p.symbol, p.mark) for p in link.parameters)) / 2 + 3.5
        for parameter in link.parameters:
            lines.append(rf"\backweight{{{mm(at)}}}{{{parameter.symbol}}}{{{parameter.mark}}}")
            at += weight_width(parameter.symbol, parameter.mark)
        x += joints[k]
    return lines


def short(entries: tuple[Math, ...]) -> tuple[Math, ...]:
    """A long column by its first entries, dots, and its last."""
    return entries if len(entries) <= LONGEST_COLUMN else (*entries[: LONGEST_COLUMN - 2], r"\vdots", entries[-1])


def column(entries: tuple[Math, ...]) -> str:
    return r"\\".join(latex_text.math(entry) for entry in short(entries))
