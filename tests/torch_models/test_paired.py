"""Complex numbers as pairs of real ones: networks with torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from read_models import Modules, drawn, whole  # noqa: E402
from torch import nn  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

TURNS = torch.polar(torch.ones(3, dtype=torch.float64), torch.arange(3.0, dtype=torch.float64))
CALLS: dict[str, Callable[[Any], Any]] = {  # of 2 complex numbers x 3
    "turned": lambda z: torch.view_as_real(z * TURNS),
    "turned by the other side": lambda z: torch.view_as_real(TURNS * z),
    "squared": lambda z: torch.view_as_real(z * z),
    "times a number": lambda z: torch.view_as_real(z * 2),
    "parts": lambda z: z.real * 2 + (z * TURNS).imag,
    "modulus": lambda z: (z * TURNS).abs(),
}


def complex_of(x: Any) -> Any:
    return torch.view_as_complex(x.reshape(2, 3, 2))


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    whole(Modules(lambda m, x: CALLS[call](complex_of(m.layer(x))) * 2, layer=nn.Linear(6, 6)), drawn(2, 6))


def test_what_is_not_known_is_said() -> None:
    model = Modules(lambda m, x: complex_of(m.layer(x)).exp().real, layer=nn.Linear(6, 6)).double()
    with pytest.raises(
        NotSupported, match=r"exp of complex numbers has no derivation\n  known: view_as_complex, products"
    ):
        from_torch(model, drawn(2, 6), torch.zeros(2, 3), "mse")
