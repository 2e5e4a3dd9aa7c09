"""`symconv handout --exercise`: the files, their seals, their numbers, and what is refused."""

from pathlib import Path

import networks
import pytest

from symconv.commands.cli import main
from symconv.errors import Broken, SpecError
from symconv.exercises.exercises import exercises
from symconv.files.seals import command_of, is_edited
from symconv.handout.options import Options
from symconv.networks.network import load


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["handout", *arguments])
    return int(ended.value.code or 0)


def test_an_exercise_and_a_solution_in_each_language() -> None:
    texts = exercises(networks.only_linear(), ("en", "zh"), "tex", 1)
    assert sorted(texts) == ["exercise.en.tex", "exercise.zh.tex", "solution.en.tex", "solution.zh.tex"]
    for text in texts.values():
        assert isinstance(text, str) and not is_edited(text) and r"\drawn" not in text
        assert command_of(text) == "symconv handout only-linear.toml --exercise --level 1"
    assert str(texts["exercise.en.tex"]).count(r"\blank{") > 30 and r"\blank" not in str(texts["solution.en.tex"])
    assert r"\newcommand{\blank}" not in str(texts["solution.en.tex"])


def test_a_page_checks_itself_and_holds_no_answer_in_plain_sight() -> None:
    texts = exercises(load("toy-cnn"), ("en",), "html", 2, Options(detail="brief"))
    page, solution = str(texts["exercise.en.html"]), str(texts["solution.en.html"])
    assert page.count('<input class="answer') == 50 and 'class="key"' in page and "1.3133" not in page
    assert "<input" not in solution and 'class="key"' not in solution and "1.3133" in solution


def test_nothing_is_made_of_what_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(study: object) -> None:
        raise Broken("a step does not hold")

    monkeypatch.setattr("symconv.exercises.exercises.verified", wrong)
    with pytest.raises(Broken):
        exercises(networks.only_linear(), ("en",), "tex", 3)


def test_a_notebook_is_no_exercise() -> None:
    with pytest.raises(SpecError, match="there is no exercise as ipynb\n  give tex, pdf or html"):
        exercises(load("toy-cnn"), ("en",), "ipynb", 1)


def test_the_command_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--exercise", "--lang", "en", "--detail", "brief", "--out", str(tmp_path)) == 0
    assert sorted(p.name for p in (tmp_path / "toy-cnn").iterdir()) == ["exercise.en.tex", "solution.en.tex"]
    assert "wrote" in capsys.readouterr().out
    assert command_of((tmp_path / "toy-cnn" / "exercise.en.tex").read_text("utf-8")).endswith(
        "--exercise --level 2 --detail brief"
    )


@pytest.mark.parametrize(("arguments", "said"), [
    (["--level", "1"], "--level goes with --exercise"),
    (["--exercise", "--entry", "U[0,0]"], "--entry goes with no --exercise"),
    (["--exercise", "--level", "9"], "--level: 9 does not fit\n  give 1, 2 or 3"),
])  # fmt: skip
def test_what_does_not_go_together_is_said(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--out", str(tmp_path)) == 2
    assert said in capsys.readouterr().err and not list(tmp_path.iterdir())
