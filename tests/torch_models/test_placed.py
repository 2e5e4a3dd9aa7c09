"""Entries that are added at places, or chosen by a table: networks with torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from read_models import Modules, drawn, whole  # noqa: E402
from torch import nn  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.placed import NAMES, Placed  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
PLACES = torch.tensor([1, 0, 1])
TABLE = PLACES[:, None].expand(3, 3)
MASK = torch.tensor([[True, False, True], [False, False, True], [True, True, False]])
CALLS: dict[str, Callable[[Any], Any]] = {  # of 2 x 3 x 3
    "scatter_add": lambda x: x[0, :2].scatter_add(0, TABLE, x[1]),
    "scatter_add, in place": lambda x: torch.zeros(2, 3, dtype=x.dtype).scatter_add_(0, TABLE, x[1]),
    "index_add": lambda x: x[0, :2].index_add(0, PLACES, x[1], alpha=2),
    "index_add, in place, last axis": lambda x: torch.zeros(2, 3, 2, dtype=x.dtype).index_add_(-1, PLACES, x),
    "repeat_interleave": lambda x: x.repeat_interleave(2, dim=1),
    "repeat_interleave, uneven": lambda x: torch.repeat_interleave(x, torch.tensor([2, 0, 1]), dim=-1),
    "repeat_interleave of all": lambda x: x[0].repeat_interleave(2),
    "masked_select": lambda x: torch.masked_select(x, MASK),
    "diagonal": lambda x: torch.diagonal(x, dim1=1, dim2=2),
    "diagonal, aside": lambda x: x[0].diagonal(1),
    "cdist": lambda x: torch.cdist(x, x.flip(1) + 50),
    "cdist, absolute": lambda x: torch.cdist(x[0], x[1], p=1),
    "sign": lambda x: x * torch.sign(x) ** 2 + x.sign() * x,
    "isnan": lambda x: torch.where(torch.isnan(x), torch.zeros_like(x), x),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    whole(Modules(lambda m, x: CALLS[call](m.layer(x)) * 2, layer=nn.Linear(3, 3)), drawn(2, 3, 3))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (lambda x: torch.cdist(x, x), "is 0 between two vectors, where torch has the slope 0"),
        (lambda x: torch.cdist(x, x + 1, p=3), "p 3 has no derivation\n  known: p=2 and p=1"),
        (lambda x: x[0].scatter_add(0, TABLE[:2], x[1]), "adds a part of a tensor"),
        (lambda x: x.masked_select(x > 0).sum() * x, "how many places are read depends on the input"),
    ],
)
def test_what_is_refused_is_said(part: Callable[[Any], Any], said: str) -> None:
    model = Modules(lambda m, x: part(m.layer(x)), layer=nn.Linear(3, 3)).double()
    with pytest.raises(NotSupported) as found:
        from_torch(model, drawn(2, 3, 3), torch.zeros(model(drawn(2, 3, 3)).shape), "mse")
    assert said in str(found.value)


def test_every_part_is_tried() -> None:
    assert {name for name in vars(Placed) if name in NAMES} <= {call.split()[0].rstrip(",") for call in CALLS}
