"""Functions of torch in parts: networks with torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Modules, drawn, whole  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.parts import NAMES, Parts  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
HALVES = drawn(3, 3, seed=4)


def with_computed_bias(function: str, dims: int, **more: int) -> Callable[[Any], Any]:
    """A convolution with the first image's first column for a bias."""
    ones = (1,) * dims
    kernel = HALVES.reshape(3, 3, *ones)
    return lambda x: getattr(F, function)(x.reshape(2, 3, *ones[1:], 3), kernel, bias=x[0, :, 0], **more)


CALLS: dict[str, Callable[[Any], Any]] = {
    "addmm": lambda x: torch.addmm(x[0], x[1], x[0], beta=2, alpha=0.5),
    **{f"conv{dims}d": with_computed_bias(f"conv{dims}d", dims, padding=1) for dims in (1, 2, 3)},
    **{
        f"conv_transpose{dims}d": with_computed_bias(f"conv_transpose{dims}d", dims, stride=2, output_padding=1)
        for dims in (1, 2, 3)
    },
    "addmv": lambda x: torch.addmv(x[0, 0], x[1], x[0, 1]),
    "baddbmm": lambda x: torch.baddbmm(x, x, x + 1, alpha=2),
    "addbmm": lambda x: torch.addbmm(x[0], x, x, beta=0.5),
    "addcmul": lambda x: x.addcmul(x, x + 1, value=3),
    "addcdiv": lambda x: torch.addcdiv(x, x, x * x + 1),
    "inner": lambda x: torch.inner(x[0], x[1]),
    "inner of vectors": lambda x: torch.inner(x[0], x[1, 0]),
    "cosine_similarity": lambda x: F.cosine_similarity(x[0], x[1], dim=1),
    "cosine_similarity of columns": lambda x: torch.cosine_similarity(x[0], x[1], 0),
    "var_mean": lambda x: sum(torch.var_mean(x, 1, keepdim=True)),
    "var_mean of the population": lambda x: sum(torch.var_mean(x, dim=(1, 2), correction=0)),
    "std_mean": lambda x: sum(torch.std_mean(x, -1, False)),
    "movedim": lambda x: x.movedim(0, -1),
    "moveaxis": lambda x: torch.moveaxis(x, (0, 1), (2, 0)),
    "tril": lambda x: x.tril(),
    "triu": lambda x: torch.triu(x, 1),
    "lerp": lambda x: torch.lerp(x[0], x[1], 0.25),
    "logaddexp": lambda x: torch.logaddexp(x[0], x[1]),
    "where": lambda x: torch.where(HALVES > 0, x, x * x),
    "where, a number": lambda x: x.where(HALVES > 0, 0.5),
    "log1p": lambda x: (x * x).log1p(),
    "expm1": lambda x: torch.expm1(x),
    "log2": lambda x: torch.log2(x * x + 1),
    "log10": lambda x: (x * x + 1).log10(),
    "sinh": lambda x: x.sinh(),
    "cosh": lambda x: torch.cosh(x),
    "tan": lambda x: x.tan(),
    "rrelu": lambda x: F.rrelu(x, 0.25, 0.5),
    "steep_softplus": lambda x: F.softplus(x, beta=2) + F.softplus(x, 0.5, 40),
}  # fmt: skip


@pytest.mark.parametrize("call", spread(CALLS, 10))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    whole(Modules(lambda m, x: CALLS[call](m.layer(x)) * 2, layer=nn.Linear(3, 3)), drawn(2, 3, 3))


def test_a_bilinear_layer_is_two_products() -> None:
    layer = nn.Bilinear(3, 2, 2)
    network = whole(Modules(lambda m, x: m.layer(x, x[:, 1:].tanh()) * 2, layer=layer), drawn(4, 3))
    assert [each.kind for each in network.layers].count("einsum") == 2


def test_what_is_refused_is_said() -> None:
    for part, said in (
        (lambda m, x: F.cosine_similarity(x * 0, x), "reads a vector shorter than eps"),
        (lambda m, x: m.layer(x[None], x[None]), "is derived for vectors of a batch, and reads 3 axes"),
    ):
        model = Modules(part, layer=nn.Bilinear(3, 3, 2)).double()
        with pytest.raises(NotSupported, match=said):
            from_torch(model, drawn(2, 3), torch.zeros(model(drawn(2, 3)).shape), "mse")


def test_every_part_is_tried() -> None:
    own = {name for name in vars(Parts) if name in NAMES}
    assert own - {call.split()[0].rstrip(",") for call in CALLS} == {"bilinear"}
