"""A derivation that could not be read as one chain of equalities cannot be made."""

from dataclasses import FrozenInstanceError, replace

import pytest

from symconv.derivation import equations
from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.derive import derive
from symconv.derivation.index import Delta, Entry, Partial, Sum, extent, index
from symconv.derivation.rules import Facts
from symconv.errors import Broken

i, n = index("i"), extent("n")
GRADIENT = Entry("∂x", i)
FACTS = Facts()


def x(at: object) -> Entry:
    return Entry("x", at)


def test_the_ends_of_the_steps_must_meet() -> None:
    steps = (Step("one", x(i), x(i + 1), FACTS), Step("two", x(i + 2), x(i + 3), FACTS))
    with pytest.raises(Broken, match="breaks between one and two"):
        Derivation(GRADIENT, ((i, n),), steps)


def test_a_derivation_has_a_step() -> None:
    with pytest.raises(Broken, match="no step"):
        Derivation(GRADIENT, ((i, n),), ())


def test_no_line_may_bind_a_free_index() -> None:
    step = Step("one", x(i), Sum(x(i), (i, n)), FACTS)
    with pytest.raises(Broken, match="bound twice"):
        Derivation(GRADIENT, ((i, n),), (step,))
    assert Derivation(Entry("∂L"), (), (replace(step, before=Sum(x(i), (i, n)), after=x(0)),))


def test_lines_and_equation_are_its_ends() -> None:
    d = Derivation(GRADIENT, ((i, n),), (Step("one", x(i), x(i + 1), FACTS), Step("two", x(i + 1), x(i + 2), FACTS)))
    assert d.lines == (x(i), x(i + 1), x(i + 2))
    assert (d.equation.entry, d.equation.value, d.equation.ranges) == (GRADIENT, x(i + 2), ((i, n),))


def test_a_derivation_is_frozen() -> None:
    d = derive(equations.conv(2, channels=False), "K")
    with pytest.raises(FrozenInstanceError):
        d.steps = ()  # type: ignore[misc]


def test_scatter_is_the_first_line_with_unsolved_deltas() -> None:
    d = derive(equations.conv(2, channels=False), "X")
    assert d.scatter.atoms(Delta) and not d.scatter.atoms(Partial)
    before = d.lines[d.lines.index(d.scatter) - 1]
    assert before.atoms(Partial)


def test_scatter_is_the_result_where_there_never_was_a_delta() -> None:
    d = derive(equations.conv(2, channels=False), "bias")
    assert d.scatter == d.lines[-1] == d.equation.value
