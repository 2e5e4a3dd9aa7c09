"""The figures of where entries stand: cells of one colour hold what went from the one to the other, or add up to it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import pytest
from moved_networks import MOVED, moving, numbered

from symconv.formula.latex import latex
from symconv.handout.document import Block, FigureRow, Paragraph
from symconv.handout.pen import Pen
from symconv.handout.pictures import ColouredTable, Math, PlacesPicture
from symconv.handout.places import back_again, before_and_after
from symconv.networks.layers.layers import (
    Add,
    Cat,
    Divide,
    Multiply,
    Parameter,
    Permute,
    Relu,
    Reshape,
    Scale,
    Stacked,
    Subtract,
    Upsample,
)
from symconv.networks.network import Network
from symconv.study import derive
from symconv.text.prose import LANGUAGES, prose

HUNDRED = Scale("A", Fraction(100))


def joined(*shape: int, axis: int, kind: type = Cat) -> Network:
    """X and a hundred times X, which have no number in common."""
    return moving(HUNDRED, kind("Y", ("X",), axis, "A"), shape=shape)


JOINED = {
    "channels": joined(2, 2, 3, axis=0), "columns": joined(2, 3, axis=1), "vectors": joined(3, axis=0),
    "stack": joined(2, 2, axis=1, kind=Stacked),
}  # fmt: skip
GATE = Parameter.of("G", [[[2]], [[-3]]])
REPEATED: dict[str, Network] = {
    "gate": moving(Multiply("Y", weight=GATE), shape=(2, 2, 3)),
    "row": moving(Add("Y", weight=Parameter.of("G", [5, 7, 9])), shape=(2, 3)),
    "column": moving(Subtract("Y", weight=Parameter.of("G", [[5], [7]])), shape=(2, 3)),
    "divisor": moving(Divide("Y", weight=Parameter.of("G", [2, 4])), shape=(3, 2)),
}
COPIED = {"upsample": MOVED["upsample"], "repeat": MOVED["repeat"]}
SILENT: dict[str, Network] = {
    "nothing moves": moving(Reshape("Y", (2, 1, 2)), shape=(2, 2)),
    "one number for all": moving(Multiply("Y", weight=Parameter.of("G", [3])), shape=(2, 2)),
    "of one shape": moving(Add("Y", weight=Parameter.of("G", numbered(2, 2))), shape=(2, 2)),
    "another kind": moving(Relu("Y"), shape=(2, 2)),
    "too many": moving(Permute("Y", (1, 0)), shape=(11, 10)),
    "too wide": moving(Reshape("Y", (2, 30)), shape=(60,)),
}


def made(network: Network, language: str = "en") -> tuple[Pen, tuple[Block, ...]]:
    pen = Pen(derive(network), prose(language))
    return pen, before_and_after(pen, next(s for s in pen.study.stages if s.output == "Y"))


def backward(network: Network, tensor: str = "") -> tuple[Block, ...]:
    pen = Pen(derive(network), prose("en"))
    stage = next(s for s in pen.study.stages if s.output == "Y")
    return back_again(pen, stage, tensor or stage.operation.operands[-1])


def picture(blocks: tuple[Block, ...]) -> PlacesPicture:
    text, figures = blocks
    assert isinstance(text, Paragraph) and isinstance(figures, FigureRow)
    (found,) = figures.figures
    assert isinstance(found, PlacesPicture)
    return found


def coloured(tables: Iterable[ColouredTable]) -> list[tuple[Fraction, int]]:
    """Every cell that has a colour: its number, and the colour's."""
    found = [
        (number(x), c) for t in tables for xs, cs in zip(t.rows, t.colours, strict=True)
        for x, c in zip(xs, cs, strict=True)
    ]  # fmt: skip
    return [cell for cell in found if cell[1]]


def number(x: Math) -> Fraction:
    return Fraction(latex(x))


def framed(tables: Iterable[ColouredTable]) -> list[Fraction]:
    return [number(t.rows[r][c]) for t in tables for r, c in t.framed]


def moved_faults(figure: PlacesPicture) -> list[str]:
    """Where numbers, no two of which are alike before, are not what they were, or have another colour."""
    before, after = coloured(figure.read), coloured(figure.made)
    found = [f"{x} in colour {c} comes from nowhere" for x, c in after if (x, c) not in before]
    found += [f"{x} goes nowhere" for x, c in before if (x, c) not in after]
    (followed,) = framed(figure.read)
    places = Counter(number(x) for t in figure.made for xs in t.rows for x in xs)[followed]
    return found + ["another one is framed"] * (framed(figure.made) != [followed] * places)


def added_faults(figure: PlacesPicture) -> list[str]:
    """Colours whose numbers do not add up to the one entry that has the colour."""
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for x, c in coloured(figure.made):
        sums[c] += x
    return [f"{x} is not {sums[c]}" for x, c in coloured(figure.read) if abs(x - sums[c]) > Fraction(1, 1000)]


def spoilt(figure: PlacesPicture) -> PlacesPicture:
    """The same, the colours of the result's first table turned by one cell."""
    first, *rest = figure.made
    flat = [c for row in first.colours for c in row]
    flat = [*flat[1:], flat[0] % 2 + 1]
    width = len(first.rows[0])
    rows = tuple(tuple(flat[k : k + width]) for k in range(0, len(flat), width))
    return replace(figure, made=(replace(first, colours=rows), *rest))


@pytest.mark.parametrize("name", [*MOVED, *JOINED])
def test_what_moves_keeps_its_number_and_its_colour(name: str) -> None:
    figure = picture(made({**MOVED, **JOINED}[name])[1])
    assert not moved_faults(figure) and figure.direction == "fw"


def test_the_frame_is_on_an_entry_that_moves() -> None:
    for name, network in MOVED.items():
        figure = picture(made(network)[1])
        (place,) = [(k, at) for k, t in enumerate(figure.read) for at in t.framed]
        others = [(k, at) for k, t in enumerate(figure.made) for at in t.framed]
        assert others and (others != [place] or len(figure.made) != len(figure.read)), name


@pytest.mark.parametrize("name", ["permute", "shuffle", "channels", "columns"])
def test_a_colour_or_a_frame_at_another_place_is_found(name: str) -> None:
    figure = picture(made({**MOVED, **JOINED}[name])[1])
    assert moved_faults(spoilt(figure))
    first, *rest = figure.made
    elsewhere = replace(figure, made=(replace(first, framed=((0, 0), (0, 1))), *rest))
    assert moved_faults(elsewhere) == ["another one is framed"]


def test_the_framed_entry_is_named() -> None:
    (text, _) = made(MOVED["permute"])[1]
    assert isinstance(text, Paragraph) and "$Y[0,\\,1]=X[1,\\,0]$" in text.text
    (text, _) = made(MOVED["upsample"])[1]
    assert isinstance(text, Paragraph) and "$Y[2,\\,0]=Y[2,\\,1]=Y[3,\\,0]=Y[3,\\,1]=X[1,\\,0]$" in text.text
    (text, _) = made(moving(Upsample("Y", (3, 3)), shape=(2, 2)))[1]
    assert isinstance(text, Paragraph) and "$Y[3,\\,0]=Y[3,\\,1]=Y[3,\\,2]=\\dots=X[1,\\,0]$" in text.text


@pytest.mark.parametrize("name", REPEATED)
def test_a_small_tensor_has_a_colour_for_every_entry_and_the_large_one_has_them_all(name: str) -> None:
    pen, blocks = made(REPEATED[name])
    figure = picture(blocks)
    numbers = [int(x) for x, _ in coloured(figure.made)]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))  # X
    colours = [c for _, c in coloured(figure.read)]
    assert colours == list(range(1, len(colours) + 1)) == sorted({c for _, c in coloured(figure.made)})
    before, small = (pen.study.values_to_show[t] for t in "XG")
    shape = (1,) * (len(before.shape) - len(small.shape)) + small.shape
    of = {int(before[at]): at for at in _indices(before.shape)}
    for x, c in coloured(figure.made):
        place = tuple(k if n > 1 else 0 for k, n in zip(of[int(x)], shape, strict=True))
        assert c - 1 == sum(k for k in place)  # there is one axis of several entries


def _indices(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [()] if not shape else [(k, *rest) for k in range(shape[0]) for rest in _indices(shape[1:])]


@pytest.mark.parametrize("name", SILENT)
def test_where_there_is_nothing_to_see_there_is_no_figure(name: str) -> None:
    assert made(SILENT[name])[1] == ()


@pytest.mark.parametrize("name", JOINED)
def test_the_gradient_is_cut_into_the_parts(name: str) -> None:
    figure = picture(backward(JOINED[name]))
    assert figure.direction == "bw" and not figure.added
    assert Counter(coloured(figure.read)) == Counter(coloured(figure.made))
    assert len({c for _, c in coloured(figure.made)}) == 2 and len(figure.names) == len(figure.read) + len(figure.made)


@pytest.mark.parametrize("name", [*REPEATED, *COPIED])
def test_the_terms_of_a_colour_add_up(name: str) -> None:
    figure = picture(backward({**REPEATED, **COPIED}[name], "X" if name in COPIED else "G"))
    assert figure.direction == "bw" and figure.added and not added_faults(figure)
    assert added_faults(spoilt(figure)) or name in ("row", "repeat", "upsample")  # whose terms are all 1


def test_a_gradient_that_adds_nothing_up_has_no_figure() -> None:
    assert backward(MOVED["permute"], "X") == () == backward(REPEATED["gate"], "X")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_name_the_tensors(language: str) -> None:
    (text, _) = made(REPEATED["gate"], language)[1]
    assert isinstance(text, Paragraph) and "$G$" in text.text and "$X$" in text.text
