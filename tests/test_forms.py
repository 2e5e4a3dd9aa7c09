"""The named forms are schedules and conditions: nothing in them is about one operation."""

import pytest

from symconv.code.forms import FORMS
from symconv.code.operations import OPERATIONS
from symconv.code.schedule import INDICES


@pytest.mark.parametrize("name", FORMS)
def test_the_last_way_fits_always(name: str) -> None:
    *others, last = FORMS[name].ways
    assert not last.ones and last.beyond is None and last.within is None
    assert all(way.ones or way.beyond or way.within for way in others), "a way behind it would never be taken"


@pytest.mark.parametrize("name", FORMS)
def test_ways_say_when_they_are_meant_where_there_are_several(name: str) -> None:
    ways = FORMS[name].ways
    assert len(ways) == 1 or all(way.why for way in ways[:-1])


def test_conditions_speak_of_indices_only() -> None:
    for form in FORMS.values():
        for way in form.ways:
            letters = [way.ones, *(bound[0] for bound in (way.beyond, way.within) if bound)]
            assert set("".join(letters)) <= set(INDICES)


def test_every_form_serves_every_operation_that_names_it() -> None:
    """One object for all: the transposed convolution differs in one schedule, the definition's."""
    own = {(op, name) for op, known in OPERATIONS.items() for name, form in known.forms.items() if form != FORMS[name]}
    assert {name for _, name in own} == {"batched"} and all("transpose" in op for op, _ in own)
