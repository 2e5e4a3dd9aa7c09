"""Polynomials are those of SymPy's rings."""

from fractions import Fraction

import pytest
from depth import examples
from hypothesis import given, settings, strategies as st
from sympy.polys.domains import QQ
from sympy.polys.rings import PolyElement, ring

from symconv.evaluation.polynomial import MOST, NotPolynomial, Polynomial, letters

LETTERS = letters(["x[0]", "x[1]", "y"])
_, *RING = ring("x0, x1, y", QQ)
TERM = st.tuples(st.fractions(-3, 3, max_denominator=3), *[st.integers(0, 2)] * 3)
TERMS = st.lists(TERM, max_size=4)
Terms = list[tuple[Fraction, int, int, int]]


def made(terms: Terms) -> tuple[Polynomial, PolyElement]:
    mine, its = LETTERS[0] * 0, RING[0] * 0
    for c, *powers in terms:
        one, other = LETTERS[0] ** 0 * c, RING[0] ** 0 * QQ(c.numerator, c.denominator)
        for x, y, n in zip(LETTERS, RING, powers, strict=True):
            one, other = one * x**n, other * y**n
        mine, its = mine + one, its + other
    return mine, its


def same(mine: Polynomial, its: PolyElement) -> bool:
    found = {}
    for m, c in mine.terms.items():
        assert c
        found[tuple(m >> 8 * k & MOST for k in range(3))] = c
    return found == {m: Fraction(int(c.numerator), int(c.denominator)) for m, c in its.terms()} and all(
        sum(m) <= mine.degree for m in its.monoms()
    )


@settings(max_examples=examples(60))
@given(TERMS, TERMS)
def test_they_are_those_of_sympy(a: Terms, b: Terms) -> None:
    (x, p), (y, q) = made(a), made(b)
    assert same(x, p) and same(x + y, p + q) and same(x * y, p * q) and same(-x, -p) and same(x**3, p**3)
    assert same(x + 2, p + 2) and same(3 + x, p + 3) and same(0 + x, p) and same(2 * x * Fraction(1, 2), p)
    assert (x == y) == (p == q) and x + -x == 0 and (hash(x) == hash(y) or x != y) and x * 0 == 0 and x * 1 == x


def test_of_letters_only_constants_are_numbers() -> None:
    x, y, _ = LETTERS
    assert (x + -x + Fraction(1, 2)).constant == Fraction(1, 2) and (x * 0).constant == 0 and x != "x"
    for ask in (lambda: x.constant, lambda: (x * y + 1).constant, lambda: x**-1, lambda: x**MOST * y):
        with pytest.raises(NotPolynomial):
            ask()


def test_it_says_what_it_is() -> None:
    x, y, z = LETTERS
    assert str(x * x * z + -2 * y + 1) == "1 + -2*x[1] + 1*x[0]**2*y" and str(x * 0) == "0"
