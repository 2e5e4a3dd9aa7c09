"""An equation at one entry as a sum of products, in reading order, signs apart."""

import networks
import pytest
from sympy import Integer, exp

from symconv.derivation.index import Entry, MaxOver, rebuild
from symconv.handout.pen import Pen
from symconv.handout.terms import SignedProduct, candidates, terms
from symconv.networks.network import load
from symconv.text.prose import prose
from symconv.worked.derived import derived

X0, X1, U = Entry("X", 0), Entry("X", 1), Entry("U", 0)


@pytest.fixture(scope="module")
def pen() -> Pen:
    return Pen(derived(load("toy-cnn")), prose("en"))


def at_zero(pen: Pen, tensor: str) -> object:
    equation = pen.equations[tensor]
    return rebuild(equation.value, {i: Integer(0) for i, _ in equation.ranges})


def test_a_convolution_is_a_sum_of_products_row_by_row(pen: Pen) -> None:
    found = terms(pen, at_zero(pen, "S"))
    assert [t.sign for t in found] == [1] * 6
    assert found[1].factors == (Entry("U", 0, 1), Entry("X", 0, 1))
    assert found[5].value == Entry("U", 1, 2) * Entry("X", 1, 2)


def test_what_is_taken_off_stands_behind(pen: Pen) -> None:
    assert terms(pen, X0 - X1) == (SignedProduct(1, (X0,)), SignedProduct(-1, (X1,)))
    assert terms(pen, X1 - 2 * X0) == (SignedProduct(1, (X1,)), SignedProduct(-1, (Integer(2), X0)))
    assert terms(pen, X0 - X1)[1].value == -X1


def test_a_power_of_e_or_a_maximum_is_no_sum_of_products(pen: Pen) -> None:
    assert terms(pen, exp(X0) * U) == ()
    assert terms(pen, at_zero(pen, "h")) == ()


def test_a_maximum_is_taken_over_what_the_window_holds() -> None:
    pen = Pen(derived(networks.strided()), prose("en"))
    largest = at_zero(pen, "Q")
    assert isinstance(largest, MaxOver)
    assert candidates(largest) == (Entry("P", 0, 0), Entry("P", 1, 0))  # the column of padding never wins
    assert candidates(X0) == (X0,)
