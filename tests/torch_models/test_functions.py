"""Every function of torch that is known is called in a test that holds it to the model."""

import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from read_models import held_to_model, kinds, refused  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.networks.layers.layers import POINTWISE  # noqa: E402
from symconv.torch_models.functions import FUNCTIONS, MODULES, rule_of  # noqa: E402

HERE = Path(__file__).parent
TRIED = "".join(path.read_text(encoding="utf-8") for path in (*HERE.glob("test_*.py"), HERE.parent / "torch_models.py"))
BY_OPERATOR = {
    "__getitem__",
    "batch_norm",
    "linalg_norm",
    "linalg_vector_norm",
    "__and__",
    "__eq__",
    "__ne__",
    "__or__",
    "__invert__",
}  # or by a module
OF_ONE_NUMBER = {name for x in POINTWISE for name in (x.kind, *x.torch.functions)}  # in test_function.py of the layers
IN_DIMENSIONS = re.compile(r"\w+[123]d(_with_indices)?")  # the windows, which modules of torch call


def test_every_name_that_moves_or_adds_is_called() -> None:
    names = set(FUNCTIONS) - BY_OPERATOR - OF_ONE_NUMBER
    named = {name for name in names if not IN_DIMENSIONS.fullmatch(name)}
    assert {name for name in named if not re.search(rf"(\.|nn\.functional\.|F\.){name}\b", TRIED)} == set()


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cat", "concat"), ("cat", "concatenate"), ("swapaxes", "swapdims"), ("mul", "multiply"),
        ("sub", "subtract"), ("div", "divide"),
    ],
)  # fmt: skip
def test_two_names_of_one_function_are_read_alike(one: str, other: str) -> None:
    """torch.concatenate, torch.concat, torch.swapdims, torch.divide and torch.multiply."""
    given = {"cat": lambda x: ((x, x),), "swapaxes": lambda x: (x, 0, 1)}.get(one, lambda x: (x, x + 200))
    made = [held_to_model(lambda x, f=name: 2 * getattr(torch, f)(*given(x)), 2, 3) for name in (one, other)]
    assert kinds(made[0]) == kinds(made[1]) and made[0].layers[-2].kind == made[1].layers[-2].kind


def test_what_changes_nothing_is_no_layer() -> None:
    assert kinds(held_to_model(lambda x: x.contiguous().clone().ravel().view_as(x) * 2, 6)) == ["scale"]


def test_a_function_in_place_has_the_rule_of_the_other() -> None:
    assert rule_of("add_") is FUNCTIONS["add"] and rule_of("squeeze_") is FUNCTIONS["squeeze"]
    assert rule_of("no_such") is None and rule_of("__getitem__") is FUNCTIONS["__getitem__"]


def test_every_module_is_one_of_torchs() -> None:
    assert [name for name in MODULES if not hasattr(nn, name)] == []


def test_what_is_not_known_is_said_with_what_is() -> None:
    said = refused(lambda x: 2 * torch.frac(x), 2, 3)
    assert "test_functions.py:" in said and "frac" in said and "has no derivation\n  known: " in said
    assert "permute" in said and "pixel_shuffle" in said
    assert "has no derivation" in refused(lambda x: 2 * F.fold(x, 2, 2), 1, 4, 1)
