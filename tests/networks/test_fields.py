"""One field at a time: what is read, what is refused, and at which place."""

import tomllib
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from symconv.array import Array
from symconv.errors import NotSupported, SpecError
from symconv.networks.exact import show
from symconv.networks.fields import (
    LARGEST,
    MOST_AXES,
    as_written,
    class_indices,
    did_you_mean,
    extents,
    network_name,
    numbers,
    paddings,
    tensor_name,
    tensor_names,
    truth,
    whole_number,
    whole_numbers,
)


@pytest.mark.parametrize("name", ["X", "conv1.weight", "a_b.c", "u1", "1x", "_", "a" * 100, "None_", "lambda.x"])
def test_tensor_names(name: str) -> None:
    assert tensor_name(name) == name


HOSTILE = [
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    "a b",
    "a\n",
    "a-b",
    "\u00e9",
    "\uff38",
    "a;b",
    '"',
    "'''",
    "\\input",
    "{{x}}",
    "%",
    "../x",
]


@pytest.mark.parametrize(
    "name", [*HOSTILE, "lambda", "None", "class", "y", "L", "t", "a" * 101, 3, None, True, ["X"], {}]
)
def test_what_no_tensor_is_called(name: object) -> None:
    with pytest.raises(SpecError):
        tensor_name(name)


@pytest.mark.parametrize(
    "name", [*(name for name in HOSTILE if name != "a-b"), "_x", "-x", "a.b", "a/b", "..", "x\x00", 3, None]
)
def test_what_no_network_is_called(name: object) -> None:
    with pytest.raises(SpecError):
        network_name(name)


@given(st.text())
def test_a_name_is_one_ascii_word_or_refused(text: str) -> None:
    try:
        network_name(text)
    except SpecError:
        return
    assert text.isascii() and text.isprintable() and not set(text) & set(" ./\\\"'{}%$#&~^;:,()[]")


def test_one_number_stands_for_both_dimensions() -> None:
    assert extents(2) == extents([2, 2]) == (2, 2)
    assert extents([3, 1]) == (3, 1)
    assert paddings(1) == paddings([1, 1]) == paddings([[1, 1], 1]) == ((1, 1), (1, 1))
    assert paddings([[0, 1], [2, 3]]) == ((0, 1), (2, 3))


def test_the_dimensions_may_be_given_or_left_to_the_list() -> None:
    assert extents(2, dims=3) == extents([2, 2, 2], dims=3) == (2, 2, 2)
    assert extents([0], least=0, dims=1) == (0,)
    lists: list[object] = [4, [4], [4, 5], [4, 5, 6]]
    assert [extents(value, dims=None) for value in lists] == [(4, 4), (4,), (4, 5), (4, 5, 6)]
    assert paddings(1, dims=1) == ((1, 1),) and paddings([[0, 1], 2, 3], dims=3) == ((0, 1), (2, 2), (3, 3))
    pads: list[object] = [1, [1], [[1, 2], 0, 0]]
    assert [paddings(value, dims=None) for value in pads] == [*(((1, 1), (1, 1)), ((1, 1),), ((1, 2), (0, 0), (0, 0)))]


@pytest.mark.parametrize(
    ("value", "dims", "message"),
    [
        ([2], 2, "a list of 1 does not fit 2 dimensions\n  give one number, or 2"),
        ([2, 2], 1, "a list of 2 does not fit 1 dimension\n  give one number"),
        ([2, 2], 3, "a list of 2 does not fit 3 dimensions\n  give one number, or 3"),
        ([], None, "an empty list does not fit 1 to 3 dimensions\n  give a number for each dimension"),
        ([1] * 4, None, "a list of 4 does not fit 1 to 3 dimensions\n  give a number for each dimension"),
    ],
)
def test_a_list_of_the_wrong_length_is_refused(value: object, dims: int | None, message: str) -> None:
    for read in (extents, paddings):
        with pytest.raises(SpecError) as caught:
            read(value, dims=dims)
        assert str(caught.value) == message


@pytest.mark.parametrize("value", [0, -1, "1", 1.5, True, None, [1], LARGEST + 1], ids=show)
def test_what_is_no_count(value: object) -> None:
    assert whole_number(LARGEST) == LARGEST
    with pytest.raises(SpecError):
        whole_number(value)


def test_a_count_may_start_at_any_number() -> None:
    assert (whole_number(0, 0), whole_number(3, least=3)) == (0, 3)
    with pytest.raises(SpecError, match="2 is out of range\n  give an integer from 3 to"):
        whole_number(2, least=3)


def test_a_list_of_counts_is_one_for_each_axis() -> None:
    assert whole_numbers([2, 1]) == (2, 1) == whole_numbers((2, 1)) and whole_numbers([0], 0) == (0,)
    assert len(whole_numbers([1] * MOST_AXES)) == MOST_AXES
    with pytest.raises(SpecError) as caught:
        whole_numbers([1, 0, True, "2", [3]])
    assert [fault.place for fault in caught.value.faults] == ["[1]", "[2]", "[3]", "[4]"]
    for value in (2, "2", None, [], [1] * (MOST_AXES + 1)):
        with pytest.raises(SpecError, match="is no list of numbers\n  write a list of 1 to 8"):
            whole_numbers(value)


def test_names_are_a_list_of_one_or_more() -> None:
    assert tensor_names(["A", "B.c"]) == ("A", "B.c") == tensor_names(("A", "B.c"))
    with pytest.raises(SpecError) as caught:
        tensor_names(["A", "a b", 3, "lambda"])
    assert [fault.place for fault in caught.value.faults] == ["[1]", "[2]", "[3]"]
    for value in ("A", None, [], {}):
        with pytest.raises(SpecError, match="is no list of names\n  write a list"):
            tensor_names(value)


@pytest.mark.parametrize("value", [0, 1, "true", None, [], [True]], ids=show)
def test_only_true_and_false_are_truths(value: object) -> None:
    assert truth(True) is True and truth(False) is False
    with pytest.raises(SpecError, match="is not true or false"):
        truth(value)


def test_classes_are_one_index_or_a_list() -> None:
    assert (class_indices(2), class_indices([0, 3]), class_indices((1,))) == (2, (0, 3), (1,))
    with pytest.raises(SpecError) as caught:
        class_indices([0, -1, "1", [0], True])
    assert [fault.place for fault in caught.value.faults] == ["[1]", "[2]", "[3]", "[4]"]
    others: list[object] = [[], "0", None, -1, 1.0]
    for value in others:
        with pytest.raises(SpecError):
            class_indices(value)


def test_a_slip_is_asked_about() -> None:
    assert did_you_mean("strid", ["stride", "padding"]) == 'did you mean "stride"?'
    assert did_you_mean("zzz", ["stride"], "otherwise") == did_you_mean(3, ["stride"], "otherwise") == "otherwise"
    assert did_you_mean("x" * 10**6, ["stride"]) == ""


@pytest.mark.parametrize(
    "value", [0, -1, "2", 1.5, True, None, [1], [1, 2, 3], [1, "2"], [[1], 1], {}, LARGEST + 1, 10**400], ids=show
)
def test_bad_extents(value: object) -> None:
    with pytest.raises(SpecError):
        extents(value)


@pytest.mark.parametrize(
    "value", [-1, "same", "1", True, [1], [[1], 1], [[1, 2, 3], 1], [[0, -1], 0], [[[0, 1], 0], 0], {}, LARGEST + 1]
)
def test_bad_paddings(value: object) -> None:
    with pytest.raises(SpecError):
        paddings(value)


def test_a_single_number_is_blamed_once() -> None:
    with pytest.raises(SpecError) as caught:
        extents(0)
    assert len(caught.value.faults) == 1


def test_numbers_become_an_array_of_fractions() -> None:
    assert numbers([["1/2", -1], [0, "0.25"]]) == Array(
        (2, 2), (Fraction(1, 2), Fraction(-1), Fraction(0), Fraction(1, 4))
    )
    assert numbers(3) == Array((), (Fraction(3),))


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ([[1, "x"], ["1e5", 2]], ["[0][1]", "[1][0]"]),
        ([[1, 2], [3]], ["[1]"]),
        ([[1, 2], 3, [4, 5, 6]], ["[1]", "[2]"]),
        ([1, [2]], ["[1]"]),
        ([], [""]),
        ([[]], [""]),
        ([[[[[[1]]]]]], [""]),
        ([True, None], ["[0]", "[1]"]),
    ],
)
def test_every_bad_entry_is_placed(value: object, places: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        numbers(value)
    assert [fault.place for fault in caught.value.faults] == places


def test_nesting_without_end_is_refused_without_recursion() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(SpecError, match="nested deeper"):
        numbers(endless)


def test_too_many_numbers_are_refused() -> None:
    with pytest.raises((SpecError, NotSupported), match=f"holds {LARGEST + 1} numbers\n  give at most {LARGEST}"):
        numbers([[0] * (LARGEST + 1)])


@pytest.mark.parametrize("text", ["1.5", "-2.0", "1e999", "+1.5E-3", "nan", "-inf", "1_000.5", "0." + "3" * 90])
def test_a_decimal_is_shown_without_quotes(text: str) -> None:
    """The reader of files keeps it as text; an integer is none, so an integer that is text had quotes."""
    (value,) = tomllib.loads(f"x = {text}", parse_float=str).values()
    assert as_written(value) == (text if len(text) < 60 else f"{text[:60]}...")


@pytest.mark.parametrize("value", ["1", "1/2", "a", "1.5.2", "", 7, True, [1]])
def test_all_else_is_shown_with_the_quotes_that_it_had(value: object) -> None:
    assert as_written(value) == show(value)
