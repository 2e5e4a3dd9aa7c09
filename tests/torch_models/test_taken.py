"""Entries of a tensor that are taken and put elsewhere: networks with torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Modules, drawn, whole  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
from symconv.networks.network import Network  # noqa: E402
from symconv.torch_models import taken  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.taken import NAMES, Taken  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
PLACES, TRUE = torch.tensor([2, 0, 2, -1]), torch.tensor([True, False, True])
TABLE = torch.tensor([[0, 1], [2, 2]])
UP, IN = torch.tensor([1, 1, -1]), torch.tensor([0, 1, 0])
CALLS: dict[str, Callable[[Any], Any]] = {  # of 2 x 3 x 3
    "indexed": lambda x: x[:, PLACES],
    "indexed, first axis": lambda x: x[torch.tensor([1, 1, 0])],
    "indexed by a list": lambda x: x[:, :, [2, 0]],
    "indexed behind all others": lambda x: x[..., PLACES],
    "indexed by a table": lambda x: x[:, TABLE],
    "indexed by truths": lambda x: x[:, TRUE],
    "indexed by truths of all": lambda x: x[torch.ones(2, 3, 3).tril().bool()],
    "indexed by two": lambda x: x[torch.tensor([0, 1]), torch.tensor([2, 0])],
    "indexed by two, a slice": lambda x: x[:, torch.arange(3), torch.arange(3)],
    "indexed, a part": lambda x: x[:, PLACES, 1:],
    "gather": lambda x: x.gather(1, torch.tensor([[[2, 0, 0], [1, 1, 0]], [[0, 1, 2], [2, 2, 2]]])),
    "gather, one of each": lambda x: x.gather(-1, PLACES[:3].reshape(1, 3, 1).expand(2, 3, 1) % 3),
    "written": lambda x: written(x, (slice(None), 1), x[:, 0] * 3),
    "written, a number": lambda x: written(x, (0, slice(1, None)), 0.5),
    "written into zeros": lambda x: written(torch.zeros(2, 3, 3, dtype=x.dtype), 1, x[0]) + x,
    "written by places": lambda x: written(x, (slice(None), torch.tensor([2, 0])), x[:, :1]),
    "replaced, a part of it": lambda x: in_part(x * 2),
    "replaced, all in another shape": lambda x: in_another_shape(x * 2),
    "replaced, of zeros": lambda x: into_zeros(x),
    "written, one number": lambda x: written(x, (1, 2, 0), x[0, 0, 0]),
    "masked": lambda x: (x + torch.full((3, 3), -torch.inf, dtype=x.dtype).triu(1)).softmax(-1),
    "masked, and shifted": lambda x: (torch.tensor([0.5, -torch.inf, 1.0], dtype=x.dtype) + x).exp(),
    "broadcast_tensors": lambda x: torch.mul(*torch.broadcast_tensors(x, x[:, :1])),
    "in place": lambda x: (x * 1).addcmul_(x, x, value=0.5).cumsum_(1),
    "in place, into zeros": lambda x: torch.zeros(2, 3, 3, dtype=x.dtype).addcmul_(x, x),
    "index_select": lambda x: torch.index_select(x, -1, torch.tensor([1, 1])),
    "cumsum": lambda x: x.cumsum(-1),
    "cumsum of an axis": lambda x: torch.cumsum(x, dim=1),
    "pieces": lambda x: x.unfold(1, 2, 1),
    "pieces, apart": lambda x: x.unfold(dimension=-1, size=1, step=2),
    "im2col": lambda x: F.unfold(x[:, None], 2),
    "im2col, all": lambda x: F.unfold(x[:, None], (2, 1), dilation=(1, 2), padding=(1, 0), stride=(2, 1)),
    "im2col of a map": lambda x: F.unfold(x, 2, padding=1),
    "hstack": lambda x: torch.hstack([x, x * 2]),
    "hstack of lists": lambda x: torch.hstack((x[0, 0], x[1, 1])),
    "vstack": lambda x: torch.vstack((x, x * 2)),
    "row_stack": lambda x: torch.row_stack((x[0, 0], x[1, 1])),
    "column_stack": lambda x: torch.column_stack((x[0, 0], x[1, 1])),
    "column_stack of tables": lambda x: torch.column_stack((x[0], x[1])),
    "channel_shuffle": lambda x: torch.channel_shuffle(x.repeat(1, 2, 1)[..., None], 3),
    "einsum of three": lambda x: torch.einsum("nij,nkj,nk->ni", x, x, x[:, 0]),
    "einsum of four": lambda x: torch.einsum("...i,...j,...k,k->...ij", [x, x, x, x[0, 0]]),
    "tensordot": lambda x: torch.tensordot(x, x[0]),
    "tensordot of axes": lambda x: torch.tensordot(x, x, dims=([1, 2], [2, 1])),
    "tensordot of one": lambda x: torch.tensordot(x, x[0], dims=1),
    "prod": lambda x: x.prod(1),
    "prod, kept": lambda x: torch.prod(x, -1, keepdim=True),
    "cumprod": lambda x: x.cumprod(2),
    "lp_pool1d": lambda x: F.lp_pool1d(x * x + 1, 2, 2),
    "lp_pool2d": lambda x: F.lp_pool2d(x * x + 1, 3, (2, 1), stride=1),
    "lp_pool3d": lambda x: F.lp_pool3d((x * x + 1)[None], 2.0, (2, 1, 1)),
    "cosine_embedding_loss": lambda x: F.cosine_embedding_loss(x[0], x[1], UP, margin=-0.25, reduction="none"),
}  # fmt: skip


def written(x: Any, index: Any, value: Any) -> Any:
    """x, a copy, with the values at the places."""
    made = x.clone()
    made[index] = value
    return made


def in_part(x: Any) -> Any:
    """Changes in place of a slice are changes of the tensor."""
    x[:, 0] += 1.5
    x[0].add_(x[1])
    return x


def in_another_shape(x: Any) -> Any:
    x.view(2, 9).square_()
    return x


def into_zeros(x: Any) -> Any:
    made = torch.zeros(2, 3, 3, dtype=x.dtype)
    made[:, 1:].add_(x[:, :2])
    return made


def network(part: Callable[[Any], Any]) -> Network:
    return whole(Modules(lambda m, x: part(m.layer(x)) * 2, layer=nn.Linear(3, 3)), drawn(2, 3, 3))


@pytest.mark.parametrize("call", spread(CALLS, 12))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    network(CALLS[call])


def test_places_are_one_product() -> None:
    for part in (CALLS["indexed"], CALLS["cumsum"], CALLS["index_select"]):
        assert [layer.kind for layer in network(part).layers] == ["linear", "einsum", "scale"]


NATIVE: dict[str, Callable[[Any], Any]] = {
    "roll of two axes": lambda x: x.roll((1, -1), (1, 2)),
    "roll of one and none": lambda x: torch.roll(x, shifts=(3, 1), dims=(1, 2)),
    "padding by a number": lambda x: F.pad(x, (1, 0, 0, 2), value=0.5),
    "a constant around": nn.ConstantPad1d(1, -1.5),
    "one of a list": lambda x: x[0, 0][1] * x,
    "one number": lambda x: x[1, 0, 2] * x,
    "one of a list by its axis": lambda x: x[0, 0].select(0, 2) + x,
    "all of a list": lambda x: sum(x[0, 0].unbind(0)) * x,
}


@pytest.mark.parametrize("call", NATIVE)
def test_what_layers_have_now(call: str) -> None:
    network(NATIVE[call])


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (lambda x: x.roll(1), "rolls all numbers as one list"),
        (lambda x: F.lp_pool1d(x, 2, 2, ceil_mode=True), "has windows that overhang"),
        (lambda x: x[None, None, None, None, None].cumsum(-1), "is along an axis of 8\n  known: up to 6 axes"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said(part: Callable[[Any], Any], said: str) -> None:
    model = Modules(lambda m, x: part(m.layer(x)), layer=nn.Linear(3, 3)).double()
    with pytest.raises(NotSupported) as found:
        from_torch(model, drawn(2, 3, 3), torch.zeros(model(drawn(2, 3, 3)).shape), "mse")
    assert said in str(found.value)


@pytest.mark.parametrize(
    "part",
    [
        lambda x: x[:, (x > 0).all(0).all(1)],
    ],
)
def test_a_mask_that_depends_on_the_input_is_refused(part: Callable[[Any], Any]) -> None:
    """They would be more or fewer for another input."""
    with pytest.raises(NotSupported, match="how many places are read depends on the input"):
        network(part)


def test_a_table_of_ones_is_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken, "LARGEST", 11)
    with pytest.raises(NotSupported, match="takes 4 of 3 places, too many for a table of ones"):
        network(CALLS["indexed"])
    monkeypatch.setattr(taken, "LARGEST", 11)
    with pytest.raises(NotSupported, match="writes 6 of 18 numbers, too many for a table"):
        network(CALLS["written"])


def test_every_part_is_tried() -> None:
    own = {name for name in vars(Taken) if name in NAMES}
    assert own - {call.split()[0].rstrip(",") for call in CALLS} == {"neighbours"}  # test_resampling.py
