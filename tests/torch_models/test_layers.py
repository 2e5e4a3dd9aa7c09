"""What calls mean that are a layer each: against the model itself, and what is refused."""

import pytest

torch = pytest.importorskip("torch")
from read_models import Part, held_to_model, kinds, refused  # noqa: E402
from torch.nn import functional as F  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
SLOPE, SLOPES = torch.tensor([0.25]), torch.tensor([0.5, -2.0, 1.0])
SIGNS = torch.tensor([[0.0, -1.0, 2.0], [3.0, 0.0, -5.0]])


@pytest.mark.parametrize("slope", [SLOPE, SLOPES])
def test_prelu_at_0_too(slope: torch.Tensor) -> None:
    net = held_to_model(lambda m, x: F.prelu(x, m.w) * 2, 2, 3, learned={"w": slope}, given=SIGNS)
    assert kinds(net) == ["prelu", "scale"]
    held_to_model(lambda m, x: torch.prelu(x, m.w), 2, 3, 2, 2, learned={"w": slope})


def test_prelu_without_a_batch() -> None:
    assert kinds(held_to_model(lambda m, x: F.prelu(x, m.w), 3, learned={"w": SLOPE})) == ["prelu"]
    said = refused(lambda m, x: F.prelu(F.conv1d(x, m.k), m.w), 1, 3, learned={"k": torch.ones(2, 1, 1), "w": SLOPES})
    assert "takes the second axis for that of the channels\n  give the input a batch axis, of one image" in said


def test_a_call_that_is_not_one_is_refused() -> None:
    part: Part = torch.frac
    assert "has no derivation" in refused(part, 2, 3)
