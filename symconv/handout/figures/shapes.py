"""What a drawing is made of: shapes with their places in millimetres, x to the right and y upwards.

Figures place them (figures.py), and a writer draws each kind (tikz.py).
"""

from dataclasses import dataclass

from symconv.formula.compose import EMPTY
from symconv.formula.nodes import Direction
from symconv.handout.pictures import Math, MathRows, Rich, WorkedLine

Point = tuple[float, float]
RING, SIDE = 3.7, 3.5  # mm: half the circle, and half the box, around a name of the backward picture
SYMBOL = 11.0  # points: a tensor's name
STACKED = 5.6  # mm: the least height of a cell in which a fraction is stacked


@dataclass(frozen=True)
class Cells:
    """The size of a drawing's cells in mm, and of the numbers in them in points."""

    width: float
    height: float
    points: float

    @property
    def stacked(self) -> bool:
        return self.height >= STACKED


@dataclass(frozen=True)
class Corner:
    """A grid's top left corner, by the grid's name."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Grid:
    """A grid of numbers; `soft`: a padding's ring of zeros, around an empty middle. `name`: of the tensor it shows."""

    at: Corner
    rows: MathRows
    fill: str = "white"
    soft: bool = False
    name: Math = EMPTY


@dataclass(frozen=True)
class Lit:
    """Some cells of a grid: tinted, framed, or both."""

    at: Corner
    way: Direction
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    tinted: bool = True
    framed: bool = True


@dataclass(frozen=True)
class Tinted:
    """A cell of a grid in the colour of that number, from 1 on."""

    at: Corner
    colour: int
    row: int
    column: int


@dataclass(frozen=True)
class GridName:
    """A name above a grid, centred on x."""

    x: float
    y: float
    name: Math


@dataclass(frozen=True)
class Sight:
    """A thin line from the window to the kernel."""

    way: Direction
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Arrow:
    """A plain arrow along y; `word` stands below its shaft."""

    way: Direction
    x: float
    to: float
    y: float
    word: Rich = ""


@dataclass(frozen=True)
class UprightArrow:
    """The same along x, from y to `to`."""

    way: Direction
    x: float
    y: float
    to: float


@dataclass(frozen=True)
class Label:
    """Small mathematics beside a grid: beginning (`west`) or ending (`east`) at its place, or in its `centre`."""

    x: float
    y: float
    text: Math
    anchor: str
    colour: str = "soft"


@dataclass(frozen=True)
class BoundingBox:
    """What the drawing takes up at least, drawn or not."""

    x: float
    y: float
    to_x: float
    to_y: float


@dataclass(frozen=True)
class Outline:
    """A tensor's front: filled, with the lines of its cells where they can be seen."""

    x: float
    top: float
    rows: int
    columns: int
    size: float
    fill: str
    ruled: bool


@dataclass(frozen=True)
class TensorName:
    """A tensor's symbol, and its shape below it; beside it for a parameter."""

    x: float
    y: float
    symbol: Math
    shape: Math
    beside: bool = False


@dataclass(frozen=True)
class OperationArrow:
    """An arrow of the forward pass with its word above it."""

    x: float
    to: float
    word: Rich
    y: float


@dataclass(frozen=True)
class Stem:
    """The short line from a parameter to its operation."""

    x: float
    y: float
    to_y: float


@dataclass(frozen=True)
class TensorNode:
    """A tensor of the backward picture: its values above, its gradient below, the equation's number at `depth`. `half`
    its width: a circle's, or more for a long name."""

    x: float
    symbol: Math
    values: tuple[Math, ...]
    gradient: tuple[Math, ...]
    mark: str
    depth: float
    name: Math  # the gradient's
    half: float = RING


@dataclass(frozen=True)
class Weight:
    """A parameter of the backward picture, joined to its operation both ways."""

    x: float
    symbol: Math
    mark: str
    half: float = SIDE


@dataclass(frozen=True)
class Edge:
    """Two nodes joined there and, if there is a word for it, back."""

    x: float
    to: float
    forward: Rich
    backward: Rich


@dataclass(frozen=True)
class Word:
    """A word at the left of the backward picture."""

    x: float
    y: float
    text: Rich
    colour: str


@dataclass(frozen=True)
class Shifted:
    """Shapes of a row further down."""

    y: float
    shapes: tuple["DrawnShape", ...]


DrawnShape = (
    Grid | Lit | Tinted | GridName | Sight | Arrow | UprightArrow | Label | BoundingBox | Outline | TensorName
    | OperationArrow | Stem | TensorNode | Weight | Edge | Word | Shifted
)  # fmt: skip


@dataclass(frozen=True)
class Drawing:
    """A figure ready to be drawn: its width in mm as far as it is known before, its shapes, the sum below it."""

    shapes: tuple[DrawnShape, ...]
    width: float
    cells: Cells | None = None
    below: WorkedLine | None = None
    way: Direction = "fw"
