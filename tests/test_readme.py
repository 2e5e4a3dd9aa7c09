"""What the README shows is true: its network loads, its Python runs, its figures are what the command prints."""

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from symconv.commands.cli import main
from symconv.networks.layers.layers import LAYERS
from symconv.networks.losses import LOSSES
from symconv.networks.network import Network, load
from symconv.study import derive, verified

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.S | re.M)[number]


def test_the_network_shown_is_a_network(tmp_path: Path) -> None:
    path = tmp_path / "my-net.toml"
    path.write_text(block("toml"), encoding="utf-8")
    study = derive(load(path))
    assert study.network.name == "my-net" and study.verify()


def test_the_model_shown_goes_the_whole_way() -> None:
    names: dict[str, Any] = {}
    exec(block("python", 1), names)
    assert "0.weight" in names["study"].evaluate()["gradients"] and names["study"].verify()
    assert load_text(names["net"].to_toml()) == names["net"]


def load_text(text: str) -> Network:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.toml"
        path.write_text(text, encoding="utf-8")
        return load(path)


def test_the_python_shown_runs_and_gives_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for line in block("python").splitlines():
        code, _, said = line.partition("#")
        if " = " in code or code.startswith("import"):
            exec(code, names)
        elif code.strip():
            value = eval(code, names)
            if "L" in code and "values" in code:
                assert str(value) == said.split(",")[0].strip()
            if code.startswith("bool"):
                assert value is True
    assert capsys.readouterr().out == ""


def test_the_code_shown_is_what_its_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    (command,) = re.findall(r"^`symconv (generate .*)` prints a module", README, re.M)
    with pytest.raises(SystemExit) as caught:
        main(command.split())
    assert caught.value.code == 0
    assert block("text", 1) in capsys.readouterr().out


def test_the_grading_shown_is_what_its_command_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answers.toml"
    path.write_text(block("toml", 1), encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        main(["grade", "toy-cnn", str(path)])
    assert caught.value.code == 1
    assert capsys.readouterr().out == block("text")


def test_the_counts_shown_are_the_counts() -> None:
    study = derive(load("toy-cnn"))
    kinds = verified(study).by_kind
    steps = sum(len(d.steps) for d in study.derivations.values())
    assert f"{len(study.derivations)} gradients of toy-cnn in {steps} steps" in README
    general = kinds["numbers"] + kinds["digits"]
    assert f"{general} general steps ({kinds['symbols']} also as polynomials), {kinds['own sizes']} with" in README


def test_every_file_named_is_there() -> None:
    root = Path(__file__).parents[1]
    named = re.findall(r"\]\(([\w./-]+)\)", README) + re.findall(r"`(symconv/[\w/]+\.py)`", README)
    assert len(named) > 8
    assert [n for n in named if not n.startswith(".") and not (root / n).exists()] == []


def test_every_layer_and_every_loss_is_named() -> None:
    assert [x.kind for x in (*LAYERS, *LOSSES) if f"`{x.kind}`" not in README] == []
