"""Entries ordered by size, and what is read at the places that this gives: torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Modules, drawn, whole  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.check.torch_network import autograd  # noqa: E402
from symconv.errors import NotSupported  # noqa: E402
from symconv.torch_models import ranked  # noqa: E402
from symconv.torch_models.composed import Uncomposed  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.ranked import NAMES, Ranked  # noqa: E402

BELOW = float("-inf")
CALLS: dict[str, Callable[[Any], Any]] = {  # of 2 x 3 x 3
    "sort": lambda x: x.sort(1)[0],
    "sort, falling": lambda x: torch.sort(x, dim=2, descending=True).values,
    "argsort": lambda x: x[0].gather(1, x[1].argsort(1)),
    "topk": lambda x: x.topk(2, dim=1)[0],
    "topk of the least": lambda x: x.topk(2, dim=2, largest=False).values,
    "topk as places": lambda x: x[0].gather(1, x[1].topk(2, dim=1).indices),
    "topk as a mask": lambda x: x[0] * torch.zeros_like(x[1]).scatter(1, x[1].topk(2, dim=1)[1], 1.0),
    "topk put into minus infinity": lambda x: (
        torch.full_like(x, BELOW).scatter(-1, x.topk(2).indices, x.topk(2).values).softmax(-1)
    ),
    "topk as a threshold": lambda x: x.masked_fill(x < x.topk(2)[0][..., -1:], -1e9).softmax(-1),
    "argmax": lambda x: x[0].gather(1, x[1].argmax(1, keepdim=True)),
    "argmax as a list": lambda x: x[0][torch.arange(3), x[1].argmax(1)],
    "argmax of all": lambda x: x.reshape(-1)[x.argmax().reshape(1)] * x,
    "argmin": lambda x: x[0][x[1].argmin(1)],
    "place_of": lambda x: x.gather(1, x.max(1, keepdim=True)[1]),
    "place_of the least": lambda x: x[0].index_select(1, x[1].min(1).indices),
    "place_of as a number": lambda x: x.max(1).values + x.max(1).indices,
    "kthvalue": lambda x: x.kthvalue(2, 1)[0],
    "median": lambda x: x.median(1).values,
    "median of all": lambda x: x.median() * x,
    "quantile": lambda x: x.quantile(0.3, dim=1),
    "quantile of all": lambda x: torch.quantile(x[0], 0.5) * x[1],
    "one_hot": lambda x: F.one_hot(x[0].argmax(1), 3) * x[1],
    "one_hot, straight through": lambda x: F.one_hot(x.argmax(-1), 3).to(x.dtype) - x.softmax(-1).detach() + x,
    "index_select": lambda x: x.index_select(1, x[0, 0].argsort()),
    "gather": lambda x: x.gather(2, x.argsort(2)),
    "indexed": lambda x: torch.eye(3, dtype=x.dtype)[x[0].argmax(1)] * x[1],
    "embedding": lambda x: F.embedding(x[0].argmax(1), x[1]),
    "scatter": lambda x: x[0].scatter(1, x[1].argmax(1, keepdim=True), x[1, :, :1]),
    "scatter of a number": lambda x: x[0].scatter(1, x[1].argmax(1, keepdim=True), 0.5),
    "scatter_add": lambda x: x[0].scatter_add(1, x[1].argsort(1), x[1]),
}


@pytest.mark.parametrize("call", spread(CALLS, 10))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    whole(Modules(lambda m, x: CALLS[call](m.layer(x)) * 2, layer=nn.Linear(3, 3)), drawn(2, 3, 3))


def test_the_order_is_that_of_each_input() -> None:
    """The network is not that of one order: on other numbers it is the model's own as well."""
    torch.manual_seed(0)
    model = Modules(lambda m, x: m.layer(x).topk(2, dim=1)[0] * 2, layer=nn.Linear(3, 3)).double()
    network = from_torch(model, drawn(2, 3), torch.zeros(2, 2), "mse")
    other = -drawn(2, 3) * 3
    found = autograd(torch, network, {"X": other, **{name: x.detach() for name, x in model.named_parameters()}})
    model(other).square().mean().backward()
    for name, parameter in model.named_parameters():
        assert torch.allclose(found[name].grad, parameter.grad, rtol=1e-12)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (lambda x: x.quantile(torch.tensor([0.2, 0.4]).double(), dim=1), "is of several quantiles"),
        (lambda x: x[0].gather(0, x[1, :1, :2].argsort(1)) * x[0, 0, 0], "has fewer places than there are rows"),
        (lambda x: x[:, 0, x[0].argsort(1)[0]], "has computed places beside others"),
    ],
)
def test_what_is_refused_is_said(part: Callable[[Any], Any], said: str) -> None:
    model = Modules(lambda m, x: part(m.layer(x)), layer=nn.Linear(3, 3)).double()
    with pytest.raises(NotSupported) as found:
        from_torch(model, drawn(2, 3, 3), torch.zeros(model(drawn(2, 3, 3)).shape), "mse")
    assert said in str(found.value)


def test_an_order_of_ties_that_is_not_by_places_is_refused() -> None:
    """torch says no more of equal entries than that they come one after the other."""
    own = Ranked(torch, lambda x, _: x, lambda _: False, lambda x, numbers: None)
    x = torch.tensor([[1.0, 2.0, 2.0]])
    assert own._shares(x, 1, True, torch.tensor([[1, 2]])).argmax(-1).tolist() == [[1, 2]]
    with pytest.raises(Uncomposed, match="orders equal entries in an order of its own"):
        own._shares(x, 1, True, torch.tensor([[2, 1]]))


def test_too_many_entries_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranked, "LARGEST", 10)
    model = Modules(lambda m, x: m.layer(x).sort(1)[0], layer=nn.Linear(3, 3)).double()
    with pytest.raises(NotSupported, match="orders 3 entries of 6, too many to compare"):
        from_torch(model, drawn(2, 3), torch.zeros(2, 3), "mse")


def test_every_part_is_tried() -> None:
    own = {name for name in vars(Ranked) if name in NAMES} - {"is_live", "stands"}
    assert own <= {call.split()[0].rstrip(",") for call in CALLS}
