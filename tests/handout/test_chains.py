"""Equations line by line: nothing of a derivation is lost, and what is too wide goes on below."""

import pytest

from symconv.formula.compose import EQUALS, added, equals
from symconv.formula.nodes import Letter
from symconv.formula.read import read
from symconv.formula.width import letters
from symconv.handout.chains import chained, fitted, in_lines, printed
from symconv.handout.document import Line
from symconv.handout.pen import Pen
from symconv.networks.network import load
from symconv.study import derive
from symconv.text.prose import prose

PEN = Pen(derive(load("toy-cnn")), prose("en"))


@pytest.mark.parametrize("tensor", ["U", "W", "z", "h"])
def test_a_printed_derivation_keeps_every_rule_and_the_last_line(tensor: str) -> None:
    d = PEN.study.derivations[tensor]
    lines = printed(d)
    assert lines[-1].after == d.steps[-1].after
    assert {r for p in lines for r in p.rules} == {s.rule for s in d.steps}


def test_a_wide_line_goes_on_below() -> None:
    wide = chained([Line(Letter("a"), equals(added([read("bcdefgh")] * 12)), "a rule", "7")])
    assert len(wide.lines) > 1
    assert (wide.lines[0].rule, wide.lines[0].mark) == ("a rule", "7")
    assert all(line.continued and not line.rule for line in wide.lines[1:])


def test_an_equation_goes_on_without_a_left_hand_side() -> None:
    first, second = in_lines(Letter("x"), (read("a"), read("+b")), "a rule", "7")
    assert (first.lhs, first.rhs, first.rule, first.mark) == (Letter("x"), read("=a"), "a rule", "7")
    assert second.continued and not second.lhs and second.rhs == read("+b") and not second.rule + second.mark


def test_a_line_that_is_broken_before_a_relation_is_a_line_of_its_own() -> None:
    exact, near = "=" + "+".join(["bcdefgh"] * 5), r"\approx " + "+".join(["bcdefgh"] * 5)
    first, second = chained([Line(Letter("a"), read(exact + near))]).lines
    assert (first.rhs, second.rhs, second.continued) == (read(exact), read(near), False)


def test_a_line_that_goes_on_below_has_no_more_room_than_what_stands_behind_the_sign() -> None:
    """It begins where the sign ends."""
    line = Line(Letter("L"), read("=" + "+".join(["abcde"] * 40)))
    for room in range(20, 60):
        first, *rest = fitted(line, room)
        assert letters(first.rhs) <= room and rest
        assert all(x.continued and letters(x.rhs) <= room - letters(EQUALS) for x in rest)
