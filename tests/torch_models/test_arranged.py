"""Entries in another order, beside others or in their place: networks with torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Modules, drawn, whole  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
from symconv.torch_models.arranged import NAMES, Arranged  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

PLACES = torch.tensor([2, 0])
TABLE = torch.tensor([[0, 1, 1], [2, 0, 0], [1, 1, 2]])
ORDER = torch.tensor([[0, 2, 1], [2, 0, 1], [1, 0, 2]])
MASK = torch.tensor([[True, False, True], [False, False, True], [True, True, False]])
CALLS: dict[str, Callable[[Any], Any]] = {  # of 2 x 3 x 3
    "diag": lambda x: torch.diag(x[0]) * x[1, 0],
    "diag of a list": lambda x: torch.diag(x[0, 0]) + x[1],
    "diag_embed": lambda x: torch.diag_embed(x),
    "diag_embed, above": lambda x: torch.diag_embed(x[0], 1),
    "diag_embed, below": lambda x: torch.diag_embed(x[0], -2),
    "trace": lambda x: x[0].trace() * x[1],
    "block_diag": lambda x: torch.block_diag(x[0], x[1, :2]),
    "diff": lambda x: torch.diff(x, dim=1),
    "diff, twice": lambda x: x.diff(2),
    "take": lambda x: x.take(TABLE),
    "take_along_dim": lambda x: x.take_along_dim(TABLE[None, :, :1], 2),
    "take_along_dim of all": lambda x: torch.take_along_dim(x, TABLE),
    "tensor_split": lambda x: torch.cat(torch.tensor_split(x, 2, dim=1)[::-1], 1),
    "hsplit": lambda x: torch.hsplit(x, (1,))[1],
    "vsplit": lambda x: torch.vsplit(x, 2)[1] * x,
    "rot90": lambda x: torch.rot90(x, 1, [1, 2]),
    "rot90, back": lambda x: x.rot90(-1, [1, 2]),
    "rot90, half": lambda x: x.rot90(2, [1, 2]),
    "rot90, whole": lambda x: x.rot90(4, [1, 2]) * 3,
    "index_fill": lambda x: x.index_fill(1, PLACES, 0.5),
    "index_copy": lambda x: x.index_copy(2, PLACES, x[:, :, :2] * 3),
    "index_put": lambda x: x.index_put((PLACES % 2, PLACES), x[:, 0]),
    "index_put, added": lambda x: x[0].index_put((torch.tensor([1, 1]),), x[1, :2], accumulate=True),
    "masked_scatter": lambda x: x[0].masked_scatter(MASK, x[1]),
    "scatter": lambda x: x[0].scatter(1, ORDER[:, :2], x[1, :, :2]),
    "scatter of a number": lambda x: x[0].scatter(1, ORDER[:, :2], 0.25) * x[1],
    "scatter, in place": lambda x: torch.zeros(3, 3, dtype=x.dtype).scatter_(1, ORDER, x[0]),
    "scatter_reduce": lambda x: x[0].scatter_reduce(1, TABLE, x[1], "sum"),
    "scatter_reduce, mean": lambda x: x[0].scatter_reduce(1, TABLE, x[1], "mean"),
    "scatter_reduce, mean of others": lambda x: x[0].scatter_reduce(1, TABLE, x[1], "mean", include_self=False),
    "kron": lambda x: torch.kron(x[0], x[1, :2]),
    "dstack": lambda x: torch.dstack((x[0], x[1])),
    "meshgrid": lambda x: torch.stack(torch.meshgrid(x[0, 0], x[1, 0, :2], indexing="ij")),
    "meshgrid, turned": lambda x: torch.stack(torch.meshgrid(x[0, 0], x[1, 0, :2], x[1, 1], indexing="xy")),
    "cartesian_prod": lambda x: torch.cartesian_prod(x[0, 0], x[1, 1, :2]),
    "pdist": lambda x: F.pdist(x[0]),
}


@pytest.mark.parametrize("call", spread(CALLS, 12))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    whole(Modules(lambda m, x: CALLS[call](m.layer(x)) * 2, layer=nn.Linear(3, 3)), drawn(2, 3, 3))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (lambda x: x[0].scatter(1, TABLE, x[1]), "puts two entries into one place, of which one remains"),
        (lambda x: x[0].scatter_reduce(1, TABLE, x[1], "amax"), "reduce=amax has no derivation\n  known: sum, mean"),
        (lambda x: torch.kron(x, x), "is derived for two matrices"),
        (lambda x: torch.diag_embed(x, dim1=0), "has its diagonal along other axes than the last two"),
    ],
)
def test_what_is_refused_is_said(part: Callable[[Any], Any], said: str) -> None:
    model = Modules(lambda m, x: part(m.layer(x)), layer=nn.Linear(3, 3)).double()
    with pytest.raises(NotSupported) as found:
        from_torch(model, drawn(2, 3, 3), torch.zeros(model(drawn(2, 3, 3)).shape), "mse")
    assert said in str(found.value)


def test_every_part_is_tried() -> None:
    assert {name for name in vars(Arranged) if name in NAMES} <= {call.split()[0].rstrip(",") for call in CALLS}
