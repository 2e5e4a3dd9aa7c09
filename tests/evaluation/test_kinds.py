"""What numbers of either kind are made of."""

from fractions import Fraction

import mpmath
import numpy as np

from symconv.evaluation.arithmetic import Digits, Exact, Numbers
from symconv.evaluation.kinds import OneByOne, Together
from symconv.evaluation.objects import Objects
from symconv.evaluation.rounded import Rounding
from symconv.evaluation.vectors import Rationals, Reals, floats


def test_together_numbers_are_exact_as_long_as_they_can_be() -> None:
    together = Together()
    assert isinstance(together.entries([1, Fraction(1, 3)]), Rationals)
    far = together.entries([Fraction(1, 3**80), Fraction(1, 5**80)])  # without a small common denominator
    assert isinstance(far, Reals) and floats(far).tolist() == [1 / 3**80, 1 / 5**80]
    assert together.constant(Fraction(1, 3)).numbers() == [Fraction(1, 3)]
    assert together.whole(np.array([True, False])).numbers() == [1, 0] and together.pi().numbers() == [np.pi]
    assert together.named(together.pi(), far) is far


def test_one_by_one_they_are_those_of_an_arithmetic() -> None:
    kind = OneByOne(Numbers())
    (one,) = kind.constant(1).numbers()
    assert type(one) is int and kind.constant(Fraction(1, 3)).numbers() == [Fraction(1, 3)]
    assert [type(n) for n in kind.whole(np.array([True, False])).numbers()] == [int, int]
    assert kind.entries(["any", (1, 2)]).numbers() == ["any", (1, 2)]
    assert isinstance(OneByOne(Digits()).constant(Fraction(1, 3)).numbers()[0], mpmath.ctx_mp_python._mpf)
    assert str(OneByOne(Exact()).pi().numbers()) == "[pi]"


def test_a_named_function_may_be_further_off_than_its_formula() -> None:
    kind = OneByOne(Rounding())
    x, y = kind.constant(Fraction(1, 2)), kind.constant(Fraction(1, 4))
    found = kind.named(x, y)
    assert isinstance(found, Objects) and found.numbers()[0].bound > y.numbers()[0].bound
