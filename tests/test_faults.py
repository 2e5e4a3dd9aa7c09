"""Inputs that once failed, each the smallest of its kind (tests/faults), taken the whole way; and their values."""

from fractions import Fraction
from pathlib import Path

import pytest
import torch
from depth import few, spread
from whole_way import faults

from symconv.commands.cli import main
from symconv.networks.network import load
from symconv.study import derive

FOLDER = Path(__file__).parent / "faults"
FILES = sorted(path.stem for path in FOLDER.glob("*.toml"))
THIRD = Fraction(1, 3)
RIGHT: dict[str, dict[str, object]] = {  # gradients, worked out by hand or by autograd in exact cases
    "avg-pool-of-a-row": {"X": [[Fraction(3, 8), Fraction(3, 8), 0]]},
    "row-image-strided": {"X": [[4, 0, 12]], "U": [[0], [20], [0]]},
    "one-score": {"X": [0, 0, 0], "W": [[0, 0, 0]]},
    "no-parameters": {"X": [[0, 0], [0, 1]]},
    "polynomial-loss": {"X": [6, 0, 6], "W": [[6, 12, 18]]},
    "pool-wider-than-a-row": {"X": [[0, 0, 6]]},
}


@pytest.mark.parametrize("name", spread(FILES, 9))
def test_what_once_failed_has_the_right_numbers_and_a_handout(name: str) -> None:
    assert faults(load(FOLDER / f"{name}.toml"), (("en", "html"),)) == []


@pytest.mark.parametrize("name", few(FILES, "skip-in-a-chain"))
def test_what_once_failed_goes_the_whole_way(name: str) -> None:
    """Built in both languages and every format, with exercises where there are any."""
    assert faults(load(FOLDER / f"{name}.toml"), (("en", "html"), ("zh", "tex")), built=True) == []


@pytest.mark.parametrize("name", RIGHT)
def test_their_gradients_are_the_right_ones(name: str) -> None:
    study = derive(load(FOLDER / f"{name}.toml"))
    found = study.evaluate()["gradients"]
    assert {study.network.input.name, *study.parameters} == set(RIGHT[name])
    for tensor, values in RIGHT[name].items():
        assert study.gradients[tensor].tolist() == values
        assert torch.equal(found[tensor], torch.tensor(values, dtype=torch.float64))


def test_a_pool_that_overhangs_passes_the_gradient_to_its_largest_entry() -> None:
    """Scores 4 and 8 of the one entry 4: dX is (p - 1) + 2 (1 - p) there, with p = 1/(1 + e⁴)."""
    found = derive(load(FOLDER / "max-pool-overhang.toml")).evaluate()["gradients"]["X"]
    p = 1 / (1 + torch.tensor(4.0, dtype=torch.float64).exp())
    assert torch.allclose(found, torch.tensor([[0, 0], [0, 1 - p]], dtype=torch.float64), rtol=1e-15, atol=0)


def test_a_skip_connection_is_built_from_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main(["build", str(FOLDER / "skip-in-a-chain.toml"), "--lang", "en", "--out", str(tmp_path)])
    assert end.value.code in (0, None)
    files = {path.name for path in (tmp_path / "skip-in-a-chain").iterdir()}
    assert {f"handout.en.{kind}" for kind in ("tex", "html", "ipynb", "pdf")} <= files
