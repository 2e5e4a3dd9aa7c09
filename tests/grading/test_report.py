"""What `symconv grade` says, in both languages: of answers that are empty, begun, rounded, turned round, wrong."""

import dataclasses
from pathlib import Path

import pytest
from studies import study

from symconv.commands.cli import main
from symconv.grading.grade import grade
from symconv.grading.report import Grade

TOY = study("toy-cnn")

WHOLE = {
    "blank": (
        '[values]\nS = []\nh = ""\n[gradients]\nU = [["", "?"], ["", "", ""]]\n',
        "gradient of U: not given\nS: not given\nh: not given",
        "U 的梯度：未作答\nS：未作答\nh：未作答",
        1,
    ),
    "partial": (
        '[values]\nS = ["5/2", "1 1/2"]\nz = ["1"]\nL = "1,31"\n',
        "S: right as far as given; 1 of 3 not given\nz: right as far as given; 1 of 2 not given\nL: right",
        "S：已写出的都正确；3 个中有 1 个未作答\nz：已写出的都正确；2 个中有 1 个未作答\nL：正确",
        1,
    ),
    "half-filled": (
        '[gradients]\nz = ["0.27", ""]\n',
        "gradient of z: 1 of 2 entries differs; 1 of 2 not given\n  [0]: given 0.27, exact -E/(1 + E), about -0.7311\n"
        "  these are the numbers if the target is forgotten: y in place of y - t",
        "z 的梯度：2 个元素中有 1 个不对；2 个中有 1 个未作答\n  [0]：写的是 0.27，准确值是 -E/(1 + E)，约为 -0.7311\n"
        "  如果忘了减去真实标签，用 y 代替了 y - t，得到的就是这些数",
        1,
    ),
    "a row for a column": (
        '[values]\nS = [["5/2", "3/2", "-1"]]\n',
        "S: has shape 1x3, not 3x1\n  these are the numbers if rows and columns are exchanged",
        "S：形状是 1x3，应为 3x1\n  如果把行与列弄反了，得到的就是这些数",
        1,
    ),
    "as the handout writes it": (
        '[values]\nS = ["5 / 2", " 1.5 ", "\u22121"]\nh = "2 1/2"\nL = "\uff11.\uff13\uff11"\ny = [".27", "0,73"]\n',
        "S: right\nh: right\nL: right\ny: right",
        "S：正确\nh：正确\nL：正确\ny：正确",
        0,
    ),
    "rounded on the way": (
        '[gradients]\nW = ["-1.8278", "1.82"]\n',
        "gradient of W: right; 1 of 2 with the last digit cut off, not rounded;"
        " 1 of 2 off by no more than rounding on the way takes",
        "W 的梯度：正确；2 个中有 1 个的末位是直接截断的，没有四舍五入；2 个中有 1 个的误差在中间结果取舍的范围之内",
        0,
    ),
    "a number alone": ('[values]\nL = "0.5"\n',
        "L: 1 of 1 entry differs\n  given 0.5, exact log(1 + E), about 1.3133\n"
        "  no classic mistake gives these numbers",
        "L：1 个元素中有 1 个不对\n  写的是 0.5，准确值是 log(1 + E)，约为 1.3133\n  没有哪种常见错误会得到这些数", 1),
}  # fmt: skip


def printed(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], *options: str, network: str = "toy-cnn"
) -> tuple[str, object]:
    path = tmp_path / "answers.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["grade", network, str(path), *options])
    out = capsys.readouterr()
    return (out.err if ended.value.code == 2 else out.out).strip(), ended.value.code


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_said_in_both_languages(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, english, chinese, code = WHOLE[name]
    assert printed(text, tmp_path, capsys) == (english, code)
    assert printed(text, tmp_path, capsys, "--lang", "en") == (english, code)
    assert printed(text, tmp_path, capsys, "--lang", "zh") == (chinese, code)


def test_a_tolerance_takes_the_place_of_rounding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '[gradients]\nW = ["-1.8278", "1.82"]\n'
    said, code = printed(text, tmp_path, capsys, "--tolerance", "0")
    assert code == 1 and said.startswith("gradient of W: 2 of 2 entries differ")
    said, code = printed(text, tmp_path, capsys, "--tolerance", "0.01")
    assert (said, code) == ("gradient of W: right; 2 of 2 only within the tolerance", 0)
    said, code = printed(text, tmp_path, capsys, "--tolerance", "0.01", "--lang", "zh")
    assert (said, code) == ("W 的梯度：正确；2 个中有 2 个只在给定的容许误差之内正确", 0)


@pytest.mark.parametrize("tolerance", ["-1", "1", "nan", "inf", "x", "1e400"])
def test_a_tolerance_that_is_none_is_refused(
    tolerance: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, code = printed("[values]\nL = 1\n", tmp_path, capsys, f"--tolerance={tolerance}")
    assert code == 2 and "tolerance" in said and "Traceback" not in said


def test_a_right_answer_is_one_with_every_tolerance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for tolerance in ("0", "0.5"):
        text = '[values]\nL = "1.3133"\nh = "5/2"\n'
        assert printed(text, tmp_path, capsys, "--tolerance", tolerance) == ("L: right\nh: right", 0)


@pytest.mark.parametrize("number", ["abc", "1e3", "1/0", "2 1/0", "--1"])
def test_what_is_no_number_is_refused_with_its_place(
    number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, code = printed(f'[gradients]\nW = ["0.5", "{number}"]\n', tmp_path, capsys)
    assert code == 2 and f'gradients.W[1]: "{number}" is not an exact number' in said
    assert ("a denominator other than 0" if "/" in number else "write an integer") in said


def test_the_text_has_entries_and_the_mistake() -> None:
    wrong = TOY.exact_gradients["P"].map(lambda g: -g)
    found = grade(TOY, {"U": TOY.exact_gradients["U"].nested(), "P": wrong.nested()})
    assert str(found).splitlines() == [
        "gradient of U: right",
        "gradient of P: 1 of 3 entries differs",
        "  [0, 0]: given -2*E/(5*(1 + E)), exact 2*E/(5*(1 + E)), about 0.2924",
        "  these are the numbers if every sign is turned",
    ]


def test_six_entries_are_shown() -> None:
    text = str(grade(TOY, {"X": [[9, 9, 9]] * 4}))
    assert text.count("given 9") == 6 and "... and 6 more" in text


def test_the_result_is_frozen() -> None:
    found = grade(TOY, {"U": [[0, 0, 0], [0, 0, 0]]})
    assert isinstance(found, Grade) and not found
    for part in (found, found.tensors[0], found.tensors[0].differing[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            part.tensors = ()  # type: ignore[misc, union-attr]
