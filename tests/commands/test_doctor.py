"""The doctor: what is there, what is missing, and how to get it."""

import pytest

from symconv.commands import cli, doctor


def found(name: str) -> str:
    return next(item.found for item in doctor.examine() if item.name == name)


def test_versions_of_what_is_installed() -> None:
    assert found("sympy").startswith("1.")
    assert found("Python").startswith("3.")


def test_what_is_missing_comes_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(doctor, "_version", lambda package: "" if package == "torch" else "1.0")
    with pytest.raises(SystemExit) as caught:
        cli.main(["doctor"])
    out = capsys.readouterr().out
    assert caught.value.code == 0
    assert "to get torch:\n  pip install 'symconv[torch]'" in out
    assert "to get latexmk, xelatex, Chinese class, Chinese font, pictures:\n  apt-get install latexmk" in out


def test_every_item_that_can_be_missing_says_how_to_get_it() -> None:
    assert all(item.remedy for item in doctor.examine() if item.name != "Python")


def test_a_package_that_nobody_has() -> None:
    assert doctor._version("no-such-package-at-all") == ""
