"""What a figure shows, as data: grids, windows, chains of tensors. No coordinates, no colours, no language.

`Math` is a formula as a tree; a `Rich` string is text as in rich_text.py. Entries of a grid are short formulas; a
fraction is written `5/2` (the drawing stacks it where there is room) and EMPTY is an empty cell. Rows, columns and
sizes are counted in cells, from 0, and include the padding ring where there is one.
"""

from dataclasses import dataclass
from typing import Annotated

from symconv.formula.compose import EMPTY, EQUALS
from symconv.formula.nodes import Direction, Node

Math = Node
Rich = Annotated[str, "rich"]
MathRows = tuple[tuple[Math, ...], ...]


@dataclass(frozen=True)
class WorkedLine:
    """symbols = numbers = result: `lhs = symbols`, then the sum of numbers, one tuple entry per printed row.

    Each row of `numbers` but the first begins with its operator: 1*2, then +0*1.
    An empty field is left out.
    """

    lhs: Math
    symbols: Math
    numbers: tuple[Math, ...] = ()
    result: Math = EMPTY
    relation: Math = EQUALS  # before the result; ABOUT where it is rounded


@dataclass(frozen=True)
class Window:
    """One position of a sliding kernel: input, kernel, and the output so far, with the worked sum below.

    `input` (R, C) is shown without its padding, which is (lo, hi) per dimension and drawn as a lighter ring of zeros.
    `at` is the output's index; the window's place follows from stride and dilation.
    """

    input: MathRows
    kernel: MathRows
    output: MathRows
    at: tuple[int, int]
    names: tuple[Math, Math, Math]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    dilation: tuple[int, int] = (1, 1)
    direction: Direction = "fw"
    worked: WorkedLine | None = None
    learns: bool = True  # the kernel's cells are grey: numbers that learn
    products: MathRows = ()  # what stands under the kernel times the kernel, entry by entry


@dataclass(frozen=True)
class PoolFigure:
    """before -> input -> output: the window framed, the winner tinted; without `before`, only input -> output.

    `window` is (row, column, rows, columns) in `input` (shown whole, padding not drawn); `winner` its winning cell;
    `at` the cell of `output` it goes to. `labels` are the words below the arrows, as many as there are arrows.
    """

    input: MathRows
    output: MathRows
    window: tuple[int, int, int, int]
    winner: tuple[int, int]
    names: tuple[Math, ...]
    labels: tuple[Rich, ...]
    before: MathRows = ()
    at: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class WeighedWindow:
    """A window of the input and the gradient that weighs it; `framed` marks the ones that count."""

    row: int
    column: int
    rows: int
    columns: int
    weight: Math
    framed: bool = False


@dataclass(frozen=True)
class GradWindow:
    """The windows of an input, each with the gradient it is multiplied by, as in a kernel's gradient."""

    input: MathRows
    name: Math
    windows: tuple[WeighedWindow, ...]


@dataclass(frozen=True)
class TensorPicture:
    """A tensor by its outline: (rows, columns) of one channel, `depth` channels behind one another."""

    symbol: Math
    shape: Math
    rows: int
    columns: int
    depth: int = 1


@dataclass(frozen=True)
class OperationPicture:
    """What leads from one tensor to the next; parameters stand above its arrow."""

    label: Rich
    parameters: tuple[TensorPicture, ...] = ()


@dataclass(frozen=True)
class NetworkPicture:
    """The whole network: operations[k] leads from tensors[k] to tensors[k + 1]."""

    tensors: tuple[TensorPicture, ...]
    operations: tuple[OperationPicture, ...]

    def __post_init__(self) -> None:
        if len(self.operations) != len(self.tensors) - 1:
            raise ValueError(f"{len(self.operations)} operations cannot join {len(self.tensors)} tensors")


@dataclass(frozen=True)
class BackNode:
    """A tensor in the backward picture; long columns are shortened by the drawing."""

    symbol: Math
    values: tuple[Math, ...] = ()
    gradient: tuple[Math, ...] = ()
    mark: str = ""  # the number of the equation that gives the gradient, without parentheses
    letter: Math = EMPTY  # the gradient's own, if it is not written dL/d(symbol)


@dataclass(frozen=True)
class BackParameter:
    """A parameter above its operation, with the number of the equation that gives its gradient."""

    symbol: Math
    mark: str = ""


@dataclass(frozen=True)
class BackLink:
    """An operation: its word above, the derivative that the gradient meets below (empty: no gradient goes back)."""

    forward: Rich
    backward: Rich = ""
    parameters: tuple[BackParameter, ...] = ()


@dataclass(frozen=True)
class BackwardPicture:
    """Values above, the chain in the middle, gradients below: links[k] joins nodes[k] and nodes[k + 1]."""

    nodes: tuple[BackNode, ...]
    links: tuple[BackLink, ...]
    values: Rich  # the two words at the left: "values", "gradients"
    gradients: Rich

    def __post_init__(self) -> None:
        if len(self.links) != len(self.nodes) - 1:
            raise ValueError(f"{len(self.links)} links cannot join {len(self.nodes)} nodes")


@dataclass(frozen=True)
class ColouredTable:
    """A table of a tensor: of each cell the number of its colour, 0 for none; `framed` are the cells to follow."""

    name: Math
    rows: MathRows
    colours: tuple[tuple[int, ...], ...]
    framed: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class PlacesPicture:
    """Where the entries of one or several tensors, `read`, stand in another, `made`: by colour.

    Forward from `read` to `made`; backward gradients from `made` to `read`, each the sum of several where they are
    `added`.
    """

    read: tuple[ColouredTable, ...]
    made: tuple[ColouredTable, ...]
    direction: Direction = "fw"
    added: bool = False

    @property
    def names(self) -> tuple[Math, ...]:
        return tuple(table.name for table in (*self.read, *self.made))


Figure = Window | PoolFigure | GradWindow | NetworkPicture | BackwardPicture | PlacesPicture
