"""Numbers are read exactly, or refused with the value in the message."""

import sys
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from symconv.errors import SpecError
from symconv.networks.exact import FARTHEST, exact, show


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (3, Fraction(3)),
        (-7, Fraction(-7)),
        ("1/2", Fraction(1, 2)),
        ("-4/6", Fraction(-2, 3)),
        ("+0.125", Fraction(1, 8)),
        ("0.1", Fraction(1, 10)),
        ("-0", Fraction(0)),
        ("007", Fraction(7)),
        ("9" * 200 + "." + "9" * 200, Fraction(int("9" * 400), 10**200)),
        ("9" * 400 + "/" + "7" * 400, Fraction(int("9" * 400), int("7" * 400))),
        (Fraction(2, 3), Fraction(2, 3)),
    ],
)
def test_a_number_is_read_exactly(text: object, value: Fraction) -> None:
    assert exact(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " 1",
            "1 ",
            "1\n",
            "1e5",
            "1E5",
            "nan",
            "inf",
            "-inf",
            "0x10",
            "1_000",
            ".5",
            "5.",
            "1/2/3",
            "1.5/2",
            "1/-2",
        ),
        *(
            "1/0",
            "1/00",
            "--1",
            "+",
            "/2",
            "1/",
            "1,5",
            "\u0663",
            "\uff11",
            "\u00bd",
            "\u22121",
            "9" * 401,
            "0." + "1" * 401,
            "1" * 201 + "." + "1" * 200,
        ),
        *("1/" + "9" * 401, "__import__('os')", "x", "pi", "1\x00", "1\u200b"),
        *(
            True,
            False,
            None,
            0.5,
            float("nan"),
            1j,
            date(2000, 1, 1),
            [],
            {},
            b"1",
            10**400,
            -(10**5000),
            Fraction(1, 10**400),
        ),
    ],
    ids=show,
)
def test_everything_else_is_refused(text: object) -> None:
    with pytest.raises(SpecError) as caught:
        exact(text)
    assert len(str(caught.value)) < 300
    assert str(caught.value).replace("\n", "").isprintable()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_can_be_written(number: float) -> None:
    assert exact(str(Fraction(number))) == Fraction(number)


@given(st.integers(-(10**399), 10**399), st.integers(1, 10**399))
def test_every_fraction_that_float64_holds_survives_being_written(numerator: int, denominator: int) -> None:
    value, text = Fraction(numerator, denominator), f"{numerator}/{denominator}"
    if abs(value) <= FARTHEST:
        assert exact(text) == value
    else:
        with pytest.raises(SpecError, match="a number that float64 does not hold"):
            exact(text)


@pytest.mark.parametrize("value", [FARTHEST + 1, f"-{FARTHEST + 1}", f"{FARTHEST}.5", f"{3 * FARTHEST}/2"])
def test_what_float64_does_not_hold_is_refused(value: object) -> None:
    assert exact(FARTHEST) == exact(str(FARTHEST)) == int(sys.float_info.max)
    with pytest.raises(SpecError, match="a number that float64 does not hold"):
        exact(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=12))
def test_every_decimal_survives_being_written(number: object) -> None:
    assert exact(f"{number:f}") == Fraction(str(number))


@given(st.text(max_size=8))
def test_text_is_a_number_or_refused(text: str) -> None:
    """Nothing but SpecError comes out, and nothing but the pattern's characters gets in."""
    try:
        exact(text)
    except SpecError:
        return
    assert set(text) <= set("0123456789+-./")


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.lists(st.integers()), st.booleans()))
def test_a_value_is_shown_short_and_on_one_line(value: object) -> None:
    shown = show(value)
    assert len(shown) < 80
    assert shown.isprintable()


@pytest.mark.parametrize(("value", "shown"), [
    ("权", '"权"'), ("a\x1b[1m\u202e", r'"a\x1b[1m\u202e"'), ('"\\', r'"\"\\"'), ("it's", '"it\'s"'), ("1.5", '"1.5"'),
])  # fmt: skip
def test_what_can_be_printed_is_shown_as_it_is(value: str, shown: str) -> None:
    assert show(value) == shown
