"""Functions of one number and of two: networks with torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Modules, drawn, whole  # noqa: E402
from torch import nn  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
from symconv.torch_models.calculated import NAMES, Calculated  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

CALLS: dict[str, Callable[[Any], Any]] = {  # of 2 x 3 x 3
    "exp2": lambda x: x.tanh().exp2(),
    "asinh": lambda x: torch.asinh(x),
    "acosh": lambda x: torch.acosh(x.square() + 2),
    "atanh": lambda x: torch.atanh(x.tanh() / 2),
    "erfc": lambda x: torch.erfc(x),
    "logit": lambda x: torch.logit(x.sigmoid() / 2 + 0.25),
    "logit, with eps": lambda x: torch.logit(x.sigmoid(), eps=0.2),
    "nan_to_num": lambda x: torch.nan_to_num(x) * x,
    "sgn": lambda x: x.sgn() * x,
    "any": lambda x: (x > 0.5).any(1, keepdim=True) * x,
    "any of all": lambda x: (x > 0.5).any() * x,
    "all": lambda x: (x > -0.5).all(dim=2, keepdim=True).to(x.dtype) * x,
    "logcumsumexp": lambda x: x.logcumsumexp(1),
    "nansum": lambda x: x.nansum(1),
    "nansum of all": lambda x: x.nansum() * x,
    "prod": lambda x: x[0].prod() * x[1],
    "prod, of an axis": lambda x: x.prod(1),
    "cov": lambda x: torch.cov(x[0]),
    "power_norm": lambda x: x.norm(3, 1),
    "power_norm of all": lambda x: torch.linalg.vector_norm(x, 4) * x,
    "hypot": lambda x: torch.hypot(x[0], x[1]),
    "xlogy": lambda x: torch.xlogy(x[0], x[1].exp()),
    "power": lambda x: x[0].exp() ** x[1],
    "power of a number": lambda x: 2**x,
    "power, of a held exponent": lambda x: x.abs() ** torch.full((1,), 1.5, dtype=torch.float64),
    "power, of a kept exponent": lambda x: x.exp().float_power(1.5),
    "between": lambda x: x[0].clamp(min=x[1] - 1, max=x[1] + 0.3),
    "maximum_of": lambda x: x[0].clamp_min(x[1]),
    "minimum_of": lambda x: x[0].clamp_max(x[1]),
    "dot": lambda x: torch.dot(x[0, 0], x[1, 1]) * x,
    "vdot": lambda x: torch.vdot(x[0, 0], x[1, 1]) * x,
    "linalg_vecdot": lambda x: torch.linalg.vecdot(x[0], x[1]),
    "cross": lambda x: torch.cross(x[0], x[1], dim=1),
    "linalg_cross": lambda x: torch.linalg.cross(x[0], x[1]),
    "dist": lambda x: torch.dist(x[0], x[1]) * x,
    "linalg_multi_dot": lambda x: torch.linalg.multi_dot((x[0], x[1], x[0])),
}
NOT_IN_TORCH = {"heaviside"}  # which has no gradient there: it is read where nothing is to learn


@pytest.mark.parametrize("call", spread(CALLS, 12))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    whole(Modules(lambda m, x: CALLS[call](m.layer(x)) * 2, layer=nn.Linear(3, 3)), drawn(2, 3, 3))


def test_a_step_is_read_behind_a_detach() -> None:
    half = torch.tensor(0.5, dtype=torch.float64)
    whole(Modules(lambda m, x: torch.heaviside(m.layer(x).detach(), half) * m.layer(x), layer=nn.Linear(3, 3)),
          drawn(2, 3))  # fmt: skip


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (lambda x: torch.hypot(x - x, x - x), "is 0, where its gradient is no number"),
        (
            lambda x: x**x,
            "has a base that is not above 0, and an exponent that is a tensor\n  keep it above 0: x.clamp(min=1e-6)",
        ),
        (lambda x: torch.xlogy(x, x - x), "takes the logarithm of 0"),
        (lambda x: x.clamp(min=x), "is at one of its ends, where torch gives the whole gradient to the first"),
        (lambda x: torch.cov(x[0, 0]) * x, "is derived for a matrix"),
        (lambda x: (x / 0).nan_to_num(), "reads a number that is not finite"),
    ],
)
def test_what_is_refused_is_said(part: Callable[[Any], Any], said: str) -> None:
    model = Modules(lambda m, x: part(m.layer(x)), layer=nn.Linear(3, 3)).double()
    with pytest.raises(NotSupported) as found:
        from_torch(model, drawn(2, 3, 3), torch.zeros(model(drawn(2, 3, 3)).shape), "mse")
    assert said in str(found.value)


def test_every_part_is_tried() -> None:
    own = {name for name in vars(Calculated) if name in NAMES} - NOT_IN_TORCH
    assert own <= {call.split()[0].rstrip(",") for call in CALLS}
