"""The benchmark by depth: models as deep as they say, rows of what was measured, and a picture of them."""

import pytest
import torch

from symconv.commands import depth
from symconv.commands.depth import HEADS, MODELS, PARTS, Depth, chart, run, to_json
from symconv.torch_models.from_torch import from_torch

TWO = Depth("blocks", (10, 20), ((0.25, 0.5, 0.5, 0.75), (0.5, 1.0, 1.0, 2.5)))


def test_rows_say_what_was_measured() -> None:
    assert TWO.together == (2.0, 5.0) and TWO.last == 2.5
    assert list(TWO.rows()) == [
        ("blocks", "10", "0.25 s", "0.50 s", "0.50 s", "0.75 s", "2.00 s", ""),
        ("blocks", "20", "0.50 s", "1.00 s", "1.00 s", "2.50 s", "5.00 s", "x 2.5"),
    ]
    assert {len(row) for row in TWO.rows()} == {len(HEADS)}
    assert to_json((TWO,)) == {
        "blocks": {"layers": (10, 20), **dict(zip(PARTS, ([0.25, 0.5], [0.5, 1], [0.5, 1], [0.75, 2.5]), strict=True))}
    }


@pytest.mark.parametrize("name", MODELS)
def test_twice_as_deep_has_twice_the_layers(name: str) -> None:
    made, first = MODELS[name]
    found = [len(from_torch(*made(torch, n), torch.arange(2)).layers) for n in (first, 2 * first, 3 * first)]
    assert found[2] - found[1] == found[1] - found[0] > 0


def test_every_kind_is_measured_in_each_size(monkeypatch: pytest.MonkeyPatch) -> None:
    recurrent, _ = MODELS["RNN over time"]  # whose layers are verified soonest
    monkeypatch.setattr(depth, "MODELS", {"RNN": (recurrent, 1)})
    monkeypatch.setattr(depth, "_convolutions", recurrent)
    said: list[str] = []
    (found,) = run(said.append, doublings=1)
    assert said == ["RNN, 1", "RNN, 2"] and found.layers == tuple(
        len(from_torch(*recurrent(torch, n), torch.arange(2)).layers) for n in (1, 2)
    )
    assert all(len(parts) == len(PARTS) and min(parts) >= 0 for parts in found.seconds)


@pytest.mark.deep
def test_the_same_figures_give_the_same_picture() -> None:
    assert chart((TWO,)).startswith(b"\x89PNG")
    assert chart((TWO,)) == chart((TWO,)) != chart((Depth("blocks", (10, 30), TWO.seconds),))
