"""Terms and schedules are data that cannot be wrong."""

import pytest
from sympy import Integer

from symconv.code.schedule import Schedule, Term, pick
from symconv.derivation.index import Entry, extent, index
from symconv.errors import SpecError

i, a, g, o, k = (index(x) for x in "iagok")
Og = extent("Og")


@pytest.mark.parametrize("field", ["loops", "block", "window", "fill", "spread", "last"])
@pytest.mark.parametrize("letters", ["x", "ii", "i j"])
def test_a_schedule_names_distinct_indices(field: str, letters: str) -> None:
    with pytest.raises(SpecError, match=f"{field}='{letters}'"):
        Schedule(**{field: letters})  # type: ignore[arg-type]


def test_letters_that_an_operation_lacks_are_passed_over() -> None:
    assert pick("tia", (a, i)) == (i, a)


def test_a_subscript_is_replaced_only_where_it_stands_alone() -> None:
    term = Term(Entry("Y", g * Og + o, i), (Entry("K", g * Og + o), Entry("X", i + g * Og + o)))
    assert term.replaced(g * Og + o, k) == Term(Entry("Y", k, i), (Entry("K", k), Entry("X", i + g * Og + o)))


def test_a_term_knows_its_indices() -> None:
    term = Term(Entry("Y", i), (Entry("X", i + a),))
    assert term.has(a) and term.has(i) and not term.has(g)


def test_a_replaced_term_keeps_its_number() -> None:
    term = Term(Entry("Y", i), (Entry("X", i),), Integer(-1))
    assert term.replaced(i, a) == Term(Entry("Y", a), (Entry("X", a),), Integer(-1))
