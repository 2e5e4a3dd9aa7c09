"""What a function of torch is given: numbers of numpy, floats of two kinds, and what is changed in place."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from read_models import Modules, drawn  # noqa: E402
from torch import nn  # noqa: E402

from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.given import fitted, is_there, with_colons  # noqa: E402

WIDE, NARROW = torch.ones(2, dtype=torch.float64), torch.ones(2, dtype=torch.float32)


def test_a_number_of_numpy_is_a_number() -> None:
    args, kwargs = fitted(torch, "mul", (WIDE, np.float64(0.5)), {"of": [np.int64(2), np.ones(2)]})
    assert type(args[1]) is float and type(kwargs["of"][0]) is int and isinstance(kwargs["of"][1], np.ndarray)


def test_a_narrow_constant_beside_a_wide_tensor_is_as_wide() -> None:
    args, _ = fitted(torch, "cat", ([WIDE, NARROW],), {})
    assert type(args[0]) is list and args[0][0] is WIDE and args[0][1].dtype == torch.float64
    args, _ = fitted(torch, "mul", (NARROW, NARROW), {})
    assert args[0] is NARROW
    learned = NARROW.clone().requires_grad_()
    assert fitted(torch, "mul", (WIDE, learned), {})[0][1] is learned


def test_what_is_changed_in_place_stays_itself() -> None:
    args, _ = fitted(torch, "add_", (NARROW, WIDE), {})
    assert args[0] is NARROW
    args, _ = fitted(torch, "addmm_", (WIDE, WIDE, NARROW), {})
    assert args[0] is WIDE and args[2].dtype == torch.float64


def test_models_keep_tensors_and_numbers_of_their_own() -> None:
    """A plain attribute of 32 bits, as from before register_buffer; a constant of numpy."""
    kept = torch.randn(3, 3)
    model = Modules(lambda m, x: torch.mm(m.layer(x), kept) * np.log(2.0), layer=nn.Linear(3, 3))
    net = from_torch(model, drawn(2, 3), drawn(2, 3, seed=1), "mse")
    assert [layer.kind for layer in net.layers] == ["linear", "matmul", "scale"]


def test_a_part_is_where_it_stands() -> None:
    x = torch.zeros(2, 3)
    assert is_there(torch, x, 0, x[0]) and not is_there(torch, x, 0, x[1]) and not is_there(torch, x, 0, x[0].clone())
    assert not is_there(torch, x, 0, 1.0)


@pytest.mark.parametrize(
    ("index", "rank", "spelt"),
    [
        ((slice(1, 2), 0), 3, (slice(1, 2), 0)),
        ((..., 0), 3, (slice(None), slice(None), 0)),
        ((0, ...), 1, (0,)),
        ((..., None, [1]), 2, (slice(None), None, [1])),
    ],
)
def test_dots_stand_for_the_axes_that_are_left(index: object, rank: int, spelt: object) -> None:
    assert with_colons(torch, index, rank) == spelt


def test_a_mask_has_as_many_axes_as_it_reads() -> None:
    mask = torch.ones(2, 3, dtype=torch.bool)
    assert with_colons(torch, (..., mask), 3) == (slice(None), mask)
