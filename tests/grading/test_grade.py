"""Grading as a whole: right and wrong numbers, what is printed, the command and its exit codes."""

import dataclasses
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import mpmath
import pytest
import torch
from any_networks import NETWORKS
from depth import examples, few
from hypothesis import given, settings, strategies as st
from nets import network
from networks import ALL
from random_networks import drawn
from studies import study

import symconv
from symconv.array import Array
from symconv.commands.cli import main
from symconv.errors import SpecError
from symconv.evaluation.arithmetic import DIGITS
from symconv.grading.answers import known_shapes, taken
from symconv.grading.grade import _graded, _Terms, grade, grade_file
from symconv.grading.known import key, known
from symconv.grading.precision import same
from symconv.grading.reasons import Reason
from symconv.grading.suspects import explanations
from symconv.networks.fields import numbers
from symconv.networks.layers.layers import Add, Gelu, Linear, Relu
from symconv.networks.network import MeanSquaredError, Network, Parameter
from symconv.study import derive
from symconv.text.prose import prose
from symconv.worked.numbers import fixed

STUDIES = {name: study(name) for name in ("toy-cnn", *ALL)}
TOY = STUDIES["toy-cnn"]
WAYS = {
    "exact": lambda x: x,
    "two decimals": lambda x: fixed(x, 2),
    "six decimals": lambda x: fixed(x, 6),
    "floats": float,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("study", STUDIES)
def test_right_numbers_are_right_and_never_explained(study: str, way: str) -> None:
    d = STUDIES[study]
    answers = {
        "gradients": {t: a.map(WAYS[way]).nested() for t, a in d.exact_gradients.items()},
        "values": {t: a.map(WAYS[way]).nested() for t, a in d.exact_values.items()},
    }
    found = grade(d, answers)
    assert found and found.ok and all(g.ok and not g.mistakes for g in found.tensors)
    assert str(found).splitlines()[0].endswith(": right")


@pytest.mark.parametrize("study", few(STUDIES, "toy-cnn", "two-kernels"))
@settings(max_examples=examples(5))
@given(data=st.data())
def test_one_wrong_entry_is_found_where_it_is(study: str, data: st.DataObject) -> None:
    d = STUDIES[study]
    tensor = data.draw(st.sampled_from(sorted(d.exact_gradients)))
    right = d.exact_gradients[tensor]
    at = data.draw(st.sampled_from([k for k, _ in right.items()]))
    (graded,) = grade(d, {tensor: right.replace(at, right[at] + 1).nested()}).tensors
    assert [x.at for x in graded.differing] == [at]


@pytest.mark.parametrize("study", few(STUDIES, "toy-cnn", "only-linear"))
def test_wrong_numbers_of_no_kind_have_no_name(study: str) -> None:
    d = STUDIES[study]
    for section, tensors in (("gradients", d.exact_gradients), ("values", d.exact_values)):
        for tensor, right in tensors.items():
            wrong = Array(right.shape, tuple(x + 1000 + 7 * k for k, x in enumerate(right.entries)))
            (graded,) = grade(d, {section: {tensor: wrong.nested()}}).tensors
            assert not graded.ok and graded.mistakes == ()
            assert str(graded).endswith("no classic mistake gives these numbers")


def test_a_copy_of_a_shared_tensor_is_never_shown() -> None:
    study = symconv.derive(shared())
    found = str(grade(study, {t: known(study)[t].map(lambda x: x + 9).nested() for t in ("x", "a", "V")}))
    assert "|" not in found


def shared() -> Network:
    """A tensor that two layers read."""
    return Network(
        "shared", TOY.network.learning_rate, Parameter.of("x", [1, 2]),
        (
            Linear("a", Parameter.of("V", [[1, 2], [3, -1]])),
            Relu("r"),
            Add("s", "a"),
        ),
        MeanSquaredError(numbers([1, 1])),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ what is printed
@pytest.mark.parametrize(
    ("given_number", "shown"),
    [
        ("1.32", "given 1.32, exact log(1 + E), about 1.3133"),
        (1.3132616, "exact log(1 + E), about 1.313261688"),
        (1, "given 1,"),
    ],
)
def test_decimals_are_enough_to_see_the_difference(given_number: Any, shown: str) -> None:
    assert shown in str(grade(TOY, {"values": {"L": given_number}}))


def test_an_exact_number_is_equal_and_a_rounded_one_about() -> None:
    """Of a network whose exact numbers are too long there are decimals alone, and they are not called exact."""
    rounded = derive(NETWORKS["residual"]())
    text = str(grade(rounded, {"values": {"L": 9, "C": rounded.values_to_show["C"].map(lambda x: x + 1).nested()}}))
    assert "\n  given 9, right is about 0." in text and ", exact " in text
    assert "准确值是 log(1 + E)，约为 1.3133" in str(grade(TOY, {"values": {"L": 9}}, language="zh"))


def test_an_exact_number_without_decimals_is_shown_once() -> None:
    assert "[0, 0]: given 2, exact 1\n" in str(
        grade(TOY, {"values": {"X": [[2, 0, 2], [0, 1, -1], [2, 1, 0], [-1, 0, 1]]}})
    )


# ------------------------------------------------------------------------------------------------ shapes and followers
def test_a_matrix_the_other_way_round_is_graded() -> None:
    right = TOY.exact_gradients["U"]
    rows = [[right[i, j] for i in range(2)] for j in range(3)]
    (graded,) = grade(TOY, {"U": rows}).tensors
    assert not graded.ok and graded.differing == () and graded.mistakes == ("rows and columns are exchanged",)
    assert str(graded).startswith("gradient of U: has shape 3x2, not 2x3")
    (graded,) = grade(TOY, {"U": [[5, 6]] * 3}).tensors
    assert not graded.ok and graded.mistakes == ()


@pytest.mark.parametrize("study", ["toy-cnn", "only-linear"])
@pytest.mark.parametrize("off", [0.0, 1e-4, -1e-4, 1e-2])
def test_a_matrix_the_other_way_round_is_named_so_where_no_entry_differs(study: str, off: float) -> None:
    """Its numbers are judged once, with what rounding on the way takes."""
    for t, a in STUDIES[study].exact_gradients.items():
        if len(a.shape) == 2 and a.shape[0] != a.shape[1]:
            columns = zip(*a.map(lambda x: f"{float(x) + off:.4f}").nested(), strict=True)
            (graded,) = grade(STUDIES[study], {t: [*map(list, columns)]}).tensors
            assert graded.transposed and bool(graded.mistakes) == (not graded.differing)


@pytest.mark.parametrize(("rate", "given_number", "base"), [("1.4428", "1.0548", 2), ("0.4344", "0.3176", 10)])
def test_what_fits_by_chance_hides_nothing_likelier(rate: str, given_number: str, base: int) -> None:
    d = symconv.derive(dataclasses.replace(TOY.network, learning_rate=Fraction(rate)))
    (graded,) = grade(d, {"z": [f"-{given_number}", given_number]}).tensors
    assert graded.mistakes == (
        f"the logarithm in L is taken to base {base}",
        "the gradient is multiplied by the learning rate",
    )


def test_what_fits_exactly_is_hidden_by_nothing_that_fits_but_for_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    exact, near = (Array((2,), (x, x)) for x in (mpmath.mpf("0.25"), mpmath.mpf("0.2501")))
    one, all_over = Reason.of("sign"), Reason("sign", spread="backward")
    for made, named in (
        ([(one, near), (all_over, exact)], [all_over]),
        ([(one, exact), (all_over, exact)], [one]),
        ([(one, near), (all_over, near)], [one]),
    ):
        monkeypatch.setattr("symconv.grading.grade.explanations", lambda *asked, made=made: iter(made))
        (graded,) = grade(TOY, {"z": ["0.2500", "0.2500"]}).tensors
        assert graded.mistakes == tuple(r.words(prose("en")) for r in named)


def test_what_follows_from_a_wrong_gradient_is_seen() -> None:
    wrong = grade(TOY, {"z": [7, 5], "W": [[7 * 2.5], [5 * 2.5]]})
    assert wrong.tensors[0].mistakes == ()
    assert wrong.tensors[1].mistakes == ("your gradient of z were right",)
    d = symconv.derive(network(Gelu("g"), shape=(2, 2)))
    rounded = known(d)["g"].map(lambda x: round(float(x), 4))
    row = [[f"{k * x:.4f}" for x in rounded.entries] for k in (7, 5)]
    assert grade(d, {"z": [7, 5], "W": row}).tensors[1].mistakes == ("your gradient of z were right",)


# ------------------------------------------------------------------------------------------------ functions
def test_a_function_s_numbers_are_graded() -> None:
    def kernel(X: torch.Tensor, dS: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv2d(X[None, None], dS[None, None])[0, 0]

    def image(U: torch.Tensor, dS: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv_transpose2d(dS[None, None], U.flip(0, 1)[None, None])[0, 0]

    found = grade(TOY, {"U": kernel, "X": image})
    assert found.tensors[0].ok
    assert found.tensors[1].mistakes == ("the kernel U is flipped",)


@pytest.mark.parametrize(
    ("name", "value"),
    [("tolerance", x) for x in (-1, 1, float("nan"), float("inf"), True, False, "0.1", 0.5j, [0.1])]
    + [("language", x) for x in ("fr", "", "EN", None, ["en"], "../en")]
    + [("study", x) for x in ("toy-cnn", TOY.network, None)],
)  # fmt: skip
def test_an_argument_that_makes_no_sense_is_refused(name: str, value: Any, tmp_path: Path) -> None:
    given_right = {"study": TOY, "tolerance": None, "language": "en", name: value}
    for way in (partial(grade, answers={"U": [[0] * 3] * 2}), partial(grade_file, path=tmp_path / "none.toml")):
        with pytest.raises(SpecError, match=rf"^{name}: .*\n  \S"):
            way(**given_right)


def test_a_tolerance_may_be_given() -> None:
    rounded = {"U": TOY.exact_gradients["U"].map(lambda x: float(x) * 1.001).nested()}
    assert not grade(TOY, rounded)
    assert grade(TOY, rounded, tolerance=1e-2)


def test_a_network_without_short_exact_numbers_is_graded_all_the_same() -> None:
    study = symconv.derive(network(Gelu("g"), shape=(2, 2)))
    numbers = known(study)
    assert not study.exact
    right = {"W": numbers["∂W"].map(float).nested(), "X": numbers["∂X"].map(float).nested()}
    assert grade(study, right)
    found = grade(study, {"X": numbers["∂X"].map(lambda x: -float(x)).nested()})
    assert found.tensors[0].mistakes == ("every sign is turned",)


# ------------------------------------------------------------------------------------------------ the command
@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('[gradients]\nW = [["-1.83"], ["1.83"]]\n', 0, "gradient of W: right"),
        ('[gradients]\nW = [["1.83"], ["-1.83"]]\n', 1, "these are the numbers if every sign is turned"),
        ('[gradients]\nz = ["0.27", "0.73"]\n', 1, "the target is forgotten: y in place of y - t"),
        ("[gradients]\nw = [[1], [2]]\n", 2, 'did you mean "W"?'),
    ],
)
def test_the_command(text: str, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answers.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["grade", "toy-cnn", str(path)])
    printed = capsys.readouterr()
    assert ended.value.code == code
    assert said in (printed.err if code == 2 else printed.out)


def test_a_missing_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["grade", "toy-cnn", str(tmp_path / "none.toml")])
    assert ended.value.code == 2 and "cannot be read" in capsys.readouterr().err


def test_python_has_it_at_hand() -> None:
    assert symconv.grade is grade


def test_python_may_ask_for_another_language() -> None:
    wrong = grade(TOY, {"gradients": {"z": ["0.27", "0.73"]}}, language="zh")
    assert str(wrong).splitlines()[-1] == "  如果忘了减去真实标签，用 y 代替了 y - t，得到的就是这些数"
    assert wrong.tensors[0].name == "gradient of z"


@pytest.mark.parametrize("study", ["toy-cnn", "only-linear"])
def test_every_mistake_that_gives_the_numbers_is_named(study: str) -> None:
    """To the last digit, and as somebody writes them with four decimals."""
    d, say = STUDIES[study], prose("en")
    with mpmath.workdps(DIGITS + 5):
        terms = _Terms.of(d, None, "en")
        made = [
            (section, tensor, reason.words(say), array)
            for section, tensors in known_shapes(d).items()
            for tensor in tensors
            for reason, array in explanations(terms.suspects, section, tensor)
            if not reason.spread and not same(array, terms.suspects.known[key(tensor, section == "gradients")])
        ]
        assert len(made) > 20
        for section, tensor, words, array in made:
            for way in (lambda x: x if isinstance(x, int | Fraction) else float(x), lambda x: f"{float(x):.4f}"):
                answers = taken({section: {tensor: array.map(way).nested()}}, d, lambda x: x)
                (graded,) = _graded(terms, answers).tensors
                assert not graded.ok and words in graded.mistakes


@pytest.mark.parametrize("seed", few([1, 2, 3, 5, 13, 40], 2, 5, 40))
def test_random_networks_are_graded(seed: int) -> None:
    """Every layer, degenerate extents, numbers exact and not: right ones are right, wrong ones are looked into."""
    d = symconv.derive(drawn(seed))
    with mpmath.workdps(DIGITS + 5):
        right = {t: known(d)[f"∂{t}"] for t in known_shapes(d)["gradients"]}
    assert grade(d, {t: a.map(float).nested() for t, a in right.items()})
    assert grade(d, {t: a.map(lambda x: f"{float(x):.6f}").nested() for t, a in right.items()})
    wrong = {t: a.map(lambda x: float(x) / 7 - 3).nested() for t, a in [*right.items()][:2]}
    assert not any(g.ok for g in grade(d, wrong).tensors)
