"""What is read as an answer, and what is refused with place, value and remedy."""

from fractions import Fraction
from pathlib import Path

import pytest
import torch
from studies import study
from sympy import E, Integer, Rational, exp, log

from symconv.array import Array
from symconv.errors import SpecError
from symconv.grading.answers import GRADIENTS, VALUES, Answer, read, taken
from symconv.grading.called import named, result
from symconv.grading.known import known
from symconv.grading.precision import RIGHT, WITHIN, WRONG, agreeing, fraction, number_given, plain, same
from symconv.study import Study

TOY = study("toy-cnn")
DOTTED = study("two-kernels")


def written(tmp_path: Path, text: str, study: Study = TOY) -> tuple[Answer, ...]:
    path = tmp_path / "answers.toml"
    path.write_text(text, encoding="utf-8")
    return read(path, study)


def refusal(tmp_path: Path, text: str, study: Study = TOY) -> str:
    with pytest.raises(SpecError) as caught:
        written(tmp_path, text, study)
    return str(caught.value)


def test_a_file_has_gradients_and_values(tmp_path: Path) -> None:
    text = '[gradients]\nU = [["0.29", 0, "1/3"], [0, 0.290, -1]]\n[values]\nL = "1.3"\n'
    u, loss = written(tmp_path, text)
    assert (u.section, u.tensor, u.shape) == (GRADIENTS, "U", (2, 3))
    assert (loss.section, loss.tensor, loss.shape) == (VALUES, "L", ())
    assert [g.text for g in u.numbers] == ["0.29", "0", "1/3", "0", "0.290", "-1"]


def test_a_name_with_a_dot_stands_in_quotes(tmp_path: Path) -> None:
    (answer,) = written(tmp_path, '[gradients]\n"conv1.weight" = [[1, 2], [3, 4]]\n', DOTTED)
    assert answer.tensor == "conv1.weight"
    text = refusal(tmp_path, "[gradients]\nconv1.weight = [[1, 2], [3, 4]]\n", DOTTED)
    assert 'a name with a dot stands in quotes: "conv1.weight"' in text


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("[gradient]\nU = 1", '"gradient": is not a known table', 'did you mean "gradients"?'),
        ("gradients = 1", "gradients: 1 is not a table", "write [gradients]"),
        ("", "holds no numbers", "write [gradients]"),
        ("[gradients]\nu = 1", "gradients.u: is not a tensor of this network", 'did you mean "U"?'),
        ("[gradients]\nq = 1", "gradients.q: is not a tensor of this network", "there are: X, U, S, P, h, W, z"),
        ("[values]\nUU = 1", "values.UU: is not a tensor", 'did you mean "U"?'),
        ("[gradients]\ny = [1, 2]", "gradients.y: has no gradient here", "there are:"),
        ('[gradients]\n"∂U" = 1', "is not a tensor", "write U"),
        ("[gradients]\nU = [1, 2]", "gradients.U: has shape 2, not 2x3", "give 6 numbers in lists 2 deep"),
        ("[gradients]\nU = 1", "gradients.U: has shape of a single number, not 2x3", "give 6 numbers"),
        ("[gradients]\nU = [[1, 2, 3], [4, 5, 6, 7]]", "U[1]: is a list of shape 4", "rows have the same length"),
        ("[gradients]\nU = {a = 1}", "gradients.U: has shape of a single number, not 2x3", "give 6 numbers"),
        ("[gradients]\nS = [1, 2, 3, 4]", "gradients.S: has shape 4, not 3x1", "give 3 numbers in lists 2 deep"),
        ("[gradients]\nU = [[1, 2, 3], 4]", "gradients.U[1]: is a number", "rows have the same length"),
        ("[gradients]\nU = [[1, 2, [3]], [4, 5, 6]]", "gradients.U[0][2]: is a list", "rows"),
        ("[gradients]\nU = [[1, 2, true], [4, 5, 6]]", "gradients.U[0][2]: true is not an exact number", "write an"),
        ('[gradients]\nU = [[1, 2, "1/0"], [4, 5, 6]]', 'gradients.U[0][2]: "1/0"', "denominator other than 0"),
        ("[gradients]\nU = [[1, 2, 1e3], [4, 5, nan]]", 'gradients.U[1][2]: "nan"', "no exponent"),
        ('[gradients]\nU = [[1, 2, "__import__(1)"], [4, 5, 6]]', "is not an exact number", "write an integer"),
        ("[values]\nL = [1]", "values.L: has shape 1, not of a single number", "give one number, without a list"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, place: str, remedy: str) -> None:
    message = refusal(tmp_path, text)
    assert place in message and remedy in message


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    text = '[gradients]\nU = [[1], 2]\nq = 1\nz = ["x", "1/0"]\n[value]\nL = 1\n'
    assert "5 mistakes" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ('["5/2", "3/2", "-1"]', ["5/2", "3/2", "-1"]),
        ('[["5/2"], ["3/2"], ["-1"]]', ["5/2", "3/2", "-1"]),
        ('["5/2", "", "?"]', ["5/2", None, None]),
        ('["5/2", "3/2"]', ["5/2", "3/2", None]),
        ('[["5/2"], [], ["-1"]]', ["5/2", None, "-1"]),
        ('[["5/2"]]', ["5/2", None, None]),
        ("[]", [None] * 3),
        ('""', [None] * 3),
    ],
)
def test_axes_of_one_place_and_entries_may_be_left_out(tmp_path: Path, given: str, numbers: list[str | None]) -> None:
    (s,) = written(tmp_path, f"[values]\nS = {given}\n")
    assert s.shape == (3, 1) and [g and g.text for g in s.numbers] == numbers


def test_a_row_for_a_column_is_known_as_turned(tmp_path: Path) -> None:
    (s,) = written(tmp_path, '[values]\nS = [["5/2", "3/2"]]\n')
    assert s.shape == (1, 3) and [g and g.text for g in s.numbers] == ["5/2", "3/2", None]


@pytest.mark.parametrize("text", ["[gradients", "a = " + "[" * 3000, "a = 1\0"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    assert "answers.toml" in refusal(tmp_path, text)


@pytest.mark.parametrize("text", ["1/2", ".5", "2 1/2", "?", "\u22121"])
def test_what_is_no_toml_belongs_in_quotes(tmp_path: Path, text: str) -> None:
    assert 'stands in quotes: "1/2"' in refusal(tmp_path, f"[values]\nL = {text}\n")


def test_no_copy_of_a_shared_tensor_is_known() -> None:
    assert all("|" not in name for name in named(known(TOY)))


@pytest.mark.parametrize(
    ("given", "fits", "misses"),
    [
        ("0.29", ["0.285", "0.29", "0.295"], ["0.2849", "0.3"]),
        ("0.290", ["0.2895", "0.2905"], ["0.289", "0.291"]),
        ("0,290", ["0.2895", "0.2905"], ["0.289", "0.291"]),
        ("-0.5", ["-0.45", "-0.55"], ["0.5", "-0.56"]),
        ("1/3", ["1/3"], ["0.3333"]),
        (2, [2], ["2.0001"]),
        (Fraction(1, 3), ["1/3"], ["0.3333"]),
        (0.5, ["0.5", "0.5000000001"], ["0.51"]),
        (float("nan"), [], [0, "0.5"]),
        (float("inf"), [], [0, "0.5"]),
        (Rational(1, 3), ["1/3"], ["1/2"]),
    ],
)
def test_a_number_stands_for_what_rounds_to_it(given: object, fits: list[str], misses: list[str]) -> None:
    numbers = [number_given(given)]
    assert all(agreeing(numbers, Array((1,), (Fraction(x),)), None) == (RIGHT,) for x in fits)
    assert all(agreeing(numbers, Array((1,), (Fraction(x),)), None) == (WRONG,) for x in misses)


def test_an_irrational_number_is_compared_by_its_digits() -> None:
    known = Array((1,), (plain(1 / (1 + E)),))
    assert agreeing([number_given(1 / (1 + E))], known, 0) == (RIGHT,)
    assert agreeing([number_given("0.2689")], known, 0) == (RIGHT,)
    assert agreeing([number_given("0.2690")], known, 0) == (WRONG,)
    assert same(known, Array((1,), (plain(E / (E + E**2)),)))


def test_a_number_whose_digits_all_cancel_is_nought() -> None:
    assert plain(log(1 + exp(-2301))) == 0


def test_the_tolerance_is_relative_to_the_largest_entry() -> None:
    known = Array((2,), (Fraction(0), Fraction(1000)))
    given = [number_given(1e-7), number_given(1000.0)]
    assert agreeing(given, known, 1e-9) == (RIGHT, RIGHT)
    assert agreeing(given, known, 1e-12) == (WRONG, RIGHT)
    assert agreeing([number_given("0.001"), number_given(999)], known, 1e-3) == (WITHIN, WITHIN)


def test_python_may_give_lists_tensors_and_functions() -> None:
    rows = [[1, 2, 3], [4, 5, 6]]
    for nested in (rows, torch.tensor(rows), [torch.tensor(r) for r in rows], tuple(map(tuple, rows)), lambda: rows):
        (answer,) = taken({"U": nested}, TOY, lambda x: result(x, known(TOY)))
        assert [g.low for g in answer.numbers] == [1, 2, 3, 4, 5, 6]


def test_python_s_mistakes_are_refused() -> None:
    with pytest.raises(SpecError, match="is not a mapping"):
        taken([1], TOY, lambda x: x)  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="holds no numbers"):
        taken({}, TOY, lambda x: x)
    with pytest.raises(SpecError, match=r"parameter q is not a tensor(.|\n)*there are"):
        taken({"U": lambda q: q}, TOY, lambda x: result(x, known(TOY)))
    with pytest.raises(SpecError, match="not an exact number"):
        taken({"z": [object(), None]}, TOY, lambda x: x)


def test_a_function_gets_the_tensors_that_it_names() -> None:
    def wanted(X: torch.Tensor, /, dS: torch.Tensor, *, L: torch.Tensor, scale: int = 1) -> torch.Tensor:
        assert X.shape == (4, 3) and dS.shape == (3, 1) and L.shape == () and scale == 1
        assert X.dtype == dS.dtype == torch.float64
        return dS

    assert result(wanted, known(TOY)).tolist() == TOY.exact_gradients["S"].map(float).nested()
    assert result(lambda conv1_weight: conv1_weight, known(DOTTED)).shape == (2, 2)
    tensors = known(DOTTED) | {"conv1_weight": Array.of([1])}
    for given in (tensors, dict(reversed(tensors.items()))):
        assert result(lambda conv1_weight: conv1_weight, given).tolist() == [1]


def test_without_torch_a_function_gets_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    assert result(lambda X: X, known(TOY)) == TOY.exact_values["X"].map(float).nested()


def test_a_number_with_thousands_of_zeros_behind_its_point_is_0() -> None:
    """As a fraction it would fill the memory."""
    assert fraction(plain(exp(-(Integer(10) ** 18)))) == 0 < fraction(plain(exp(-2000)))
