"""The models that people bring: each runs in torch; from_torch takes it, with torch's gradients, or says what would
work.

`refused.txt` lists those that are refused: whoever makes one known takes its line away.
"""

from pathlib import Path

import pytest
import torch
from depth import spread

from tests.models.brought import Brought
from tests.models.every import FILES, MODELS
from tests.models.judge import CLOSE, differences, verdict

pytestmark = pytest.mark.filterwarnings("ignore")  # what torch says of old ways of writing
REFUSED = Path(__file__).with_name("refused.txt")


def test_no_two_models_have_one_name() -> None:
    assert len(MODELS) == sum(isinstance(each, Brought) for file in FILES for each in vars(file).values())


@pytest.mark.parametrize("name", spread(MODELS, 60))
def test_it_runs_in_torch_and_can_learn(name: str) -> None:
    call = MODELS[name].build()
    value = call.value()
    assert value.numel() == 1 and value.isfinite()
    value.backward()
    still = {each for each, p in call.model.named_parameters() if p.requires_grad and p.grad is None}
    assert {each for each in still if not each.startswith(MODELS[name].unused)} == set()


@pytest.mark.parametrize("name", spread(MODELS, 60))
def test_it_is_taken_or_refused_with_a_remedy(name: str) -> None:
    given = verdict(name)
    assert given.kind in ("taken", "refused"), given.message
    assert given.kind == "taken" or "\n  " in given.message, given.message


@pytest.mark.deep
def test_those_refused_are_listed() -> None:
    listed = REFUSED.read_text(encoding="utf-8").splitlines()
    assert listed == sorted(name for name in MODELS if verdict(name).kind == "refused")


def test_a_gradient_that_is_off_is_seen() -> None:
    call = MODELS["iris"].build()
    with torch.no_grad():
        call.model.out.bias[0] += 1e-6
    off = differences(MODELS["iris"], call.network())
    assert "fc1.weight" in off and all(CLOSE < part < 1e-4 for part in off.values())
