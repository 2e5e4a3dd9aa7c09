"""Tensors as tables, and which entry goes where: against NumPy's own way to move entries."""

import numpy as np
import pytest
from as_latex import as_latex
from moved_networks import MOVED, NEW_PLACES

from symconv.formula.nodes import Letter
from symconv.handout.pen import Pen
from symconv.handout.pictures import ColouredTable
from symconv.handout.tables import cell, goes, number_of, place_of, sliced, squeezed, tables
from symconv.study import derive
from symconv.text.prose import prose

X = Letter("X")


@pytest.mark.parametrize("name", MOVED)
def test_every_entry_goes_where_numpy_moves_it(name: str) -> None:
    pen = Pen(derive(MOVED[name]), prose("en"))
    given = np.arange(np.prod(pen.shapes["X"])).reshape(pen.shapes["X"])
    wanted = NEW_PLACES[name](given).ravel().tolist()  # the entry of X that each place holds; -1: none
    found = goes(pen, pen.equations["Y"])["X"]
    assert {k: list(to) for k, to in found.items()} == {
        k: [n for n, source in enumerate(wanted) if source == k] for k in sorted({*wanted} - {-1})
    }


def test_numbers_and_places_are_each_others_reverse() -> None:
    shape = (2, 3, 4)
    assert [number_of(place_of(k, shape), shape) for k in range(24)] == list(range(24))
    assert place_of(23, shape) == (1, 2, 3) and squeezed((1, 3, 1, 4)) == (3, 4)


def test_a_tensor_of_three_axes_is_a_table_for_each_slice() -> None:
    pen = Pen(derive(MOVED["permute"]), prose("en"))
    cells = [cell(k) for k in range(12)]
    made = tables(sliced(pen, X), (2, 1, 2, 3), cells, list(range(12)), (1, 8, 11))
    assert [as_latex(table.name) for table in made] == ["X[0]", "X[1]"]
    assert made[1].rows == (tuple(cells[6:9]), tuple(cells[9:])) and made[1].colours == ((6, 7, 8), (9, 10, 11))
    assert [table.framed for table in made] == [((0, 1),), ((0, 2), (1, 2))]


def test_a_vector_lies_and_a_single_number_is_a_table_too() -> None:
    pen = Pen(derive(MOVED["permute"]), prose("en"))
    (made,) = tables(sliced(pen, X), (3, 1), [cell(k) for k in range(3)], [1, 2, 3])
    assert made == ColouredTable(X, ((cell(0), cell(1), cell(2)),), ((1, 2, 3),))
    (one,) = tables(sliced(pen, X), (1,), [cell(5)], [0])
    assert one.rows == ((cell(5),),)


@pytest.mark.parametrize(
    ("x", "text"), [(0.0, "0"), (-0.5, "-0.5"), (0.46754, "0.4675"), (-3e-6, "0"), (-0.00426, "-0.0043"), (12.0, "12")]
)
def test_a_cell_has_four_decimals_at_most(x: float, text: str) -> None:
    assert as_latex(cell(x)) == text
