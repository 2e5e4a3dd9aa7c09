"""What a model computes without gradients is a constant behind it: networks with torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from torch import nn  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
from symconv.networks.network import Network  # noqa: E402
from symconv.study import derive  # noqa: E402
from symconv.torch_models import known  # noqa: E402
from symconv.torch_models.cut import replaces  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
GIVEN = torch.tensor([[1.0, 2.0, -1.0], [0.5, -1.0, 2.0]], dtype=torch.float64)
MASK = torch.ones(3, 3, dtype=torch.float64).tril()


class Parts(nn.Module):
    """Two layers, a third one that follows the first, and an average; `part` is what is made with them."""

    def __init__(self, part: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.a, self.b, self.slow = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3)
        self.register_buffer("average", torch.tensor([0.5, 1.0, 2.0]))
        self.part = part
        self.double()

    def forward(self, x: Any) -> Any:
        return self.part(self, x)


def gate(m: Any, x: Any) -> Any:
    h = m.a(x)
    with torch.no_grad():
        w = h.sigmoid()
    return m.b(h * w)


def target_network(m: Any, x: Any) -> Any:
    with torch.inference_mode():
        t = m.slow(x)
    return m.b(m.a(x)) * t.clone()


def same_network(m: Any, x: Any) -> Any:
    with torch.no_grad():
        t = m.a(x).relu()
    return m.b(m.a(x)) - t


def momentum(m: Any, x: Any) -> Any:
    with torch.no_grad():
        for p, q in zip(m.a.parameters(), m.slow.parameters(), strict=True):
            q.data = q.data * 0.9 + p.data * 0.1
        k = m.slow(x)
    return m.a(x) * k


def momentum_in_place(m: Any, x: Any) -> Any:
    with torch.no_grad():
        for p, q in zip(m.a.parameters(), m.slow.parameters(), strict=True):
            q.mul_(0.9).add_(p, alpha=0.1)
        k = m.slow(x)
    return m.a(x) * k


def average(m: Any, x: Any) -> Any:
    h = m.a(x)
    with torch.no_grad():
        m.average.mul_(0.9).add_(h.mean(0), alpha=0.1)
    return m.b(h - m.average)


def average_anew(m: Any, x: Any) -> Any:
    h = m.a(x)
    m.average = 0.9 * m.average + 0.1 * h.detach().mean(0)
    return m.b(h - m.average)


def masked(m: Any, x: Any) -> Any:
    m.a.weight.data *= MASK
    return m.a(x)


def masked_in_place(m: Any, x: Any) -> Any:
    with torch.no_grad():
        m.a.weight.mul_(MASK)
    return m.a(x)


def straight_through(m: Any, x: Any) -> Any:
    z = m.a(x)
    with torch.no_grad():
        rest = (z > 0).to(z.dtype) - z
    return m.b(z + rest)


@torch.no_grad()  # type: ignore[untyped-decorator]
def weights_of(m: Any, x: Any) -> Any:
    return m.slow(x).softmax(-1)


def switched(m: Any, x: Any) -> Any:
    h = m.a(x)
    torch.set_grad_enabled(False)
    w = h.tanh()
    torch.set_grad_enabled(True)
    return m.b(h) * w


def inside(m: Any, x: Any) -> Any:
    with torch.no_grad():
        h = m.slow(x)
        with torch.enable_grad():
            made = m.a(x) * h
    return made


def turned(m: Any, x: Any) -> Any:
    """The order of axes is changed without gradients, and changed back."""
    h = m.a(x)
    with torch.no_grad():
        t = h.t()
        same = t.t()
    return m.b(h @ t @ h) + same


def shared(m: Any, x: Any) -> Any:
    h = m.a(x).relu()
    with torch.no_grad():
        highest = h.amax(1, keepdim=True)
    return m.b(h - highest)


def detached_in_place(m: Any, x: Any) -> Any:
    h = m.a(x)
    twice = h * 2
    twice.detach_()
    return m.b(h) * twice


def norm_of_weights(m: Any, x: Any) -> Any:
    with torch.no_grad():
        n = m.a.weight.norm()
    return m.a(x) / n


CUT: dict[str, Callable[[Any, Any], Any]] = {
    "a gate": gate, "a target network": target_network, "the same network": same_network, "momentum": momentum,
    "momentum in place": momentum_in_place, "an average in place": average, "an average anew": average_anew,
    "masked data": masked, "masked in place": masked_in_place, "straight through": straight_through,
    "a decorator": lambda m, x: m.a(x) * weights_of(m, x), "switched off and on": switched, "on inside off": inside,
    "turned and turned back": turned, "a maximum": shared, "detach_": detached_in_place, "a norm": norm_of_weights,
    "data": lambda m, x: m.b(m.a(x) / m.a(x).data.abs().sum()),
    "data of a weight": lambda m, x: x @ m.a.weight.data + m.b(x),
    "a slice": lambda m, x: m.b(x) * m.a(x).data[:, :1],
}  # fmt: skip


def held(part: Callable[[Any, Any], Any]) -> Network:
    """The network; value and gradients of its emitted code are those of the model's first pass."""
    network = from_torch(Parts(part), GIVEN, None, lambda z, t: z.square().sum())
    model, x = Parts(part), GIVEN.clone().requires_grad_()
    made = model(x)
    made.square().sum().backward()
    found = derive(network).evaluate("torch")
    assert torch.allclose(found["values"][network.layers[-1].name].sum(), made.square().sum(), rtol=1e-12)
    for name, p in {"X": x, **dict(model.named_parameters())}.items():
        wanted = torch.zeros_like(p) if p.grad is None else p.grad
        mine = found["gradients"].get(name, torch.zeros_like(p))
        torch.testing.assert_close(mine, wanted, rtol=1e-11, atol=1e-12, msg=name)
    return network


@pytest.mark.parametrize("case", spread(CUT, 9))
def test_numbers_and_gradients_are_torchs(case: str) -> None:
    held(CUT[case])


def test_a_constant_stands_where_it_is_read() -> None:
    """Once, however often that is."""
    kinds = [layer.kind for layer in held(gate).layers]
    assert kinds == ["linear", "sigmoid", "detach", "mul", "linear", "square"]


def test_a_model_that_is_changed_by_its_pass_is_left_as_it_was() -> None:
    model = Parts(momentum)
    before = {name: x.clone() for name, x in model.state_dict().items()}
    from_torch(model, GIVEN, None, lambda z, t: z.square().sum())
    assert all(torch.equal(x, before[name]) for name, x in model.state_dict().items())


def replaced(m: Any, x: Any) -> Any:
    h = m.a(x) * 2
    with torch.no_grad():
        h.mul_(2)
    return m.b(h)


def replaced_data(m: Any, x: Any) -> Any:
    h = m.a(x)
    h.data = h.data * 2
    return m.b(h)


def replaced_later(m: Any, x: Any) -> Any:
    h = m.a(x)
    with torch.no_grad():
        m.a.weight.mul_(0.5)
    return m.b(h)


@torch.no_grad()  # type: ignore[untyped-decorator]
def without(m: Any, x: Any) -> Any:
    return m.b(m.a(x))


HERE = r"test_cut\.py:\d+: "
REFUSED: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "numbers": (replaced, rf"Parts, mul_, {HERE}numbers that have a gradient are replaced.*\n  make a new tensor"),
    "data": (replaced_data, rf"Parts, data, {HERE}numbers that have a gradient are replaced"),
    "a weight, later": (replaced_later, r"a \(nn\.Linear\): reads a\.weight, whose numbers are replaced later"),
    "all": (without, rf"loss, linear, {HERE}runs without gradients .*, so that nothing learns\n  give the part"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_autograd_does_not_see_is_refused_with_its_place(case: str) -> None:
    part, message = REFUSED[case]
    with pytest.raises(NotSupported, match=message):
        from_torch(Parts(part), GIVEN, None, lambda z, t: z.square().sum())


def test_a_constant_that_is_forgotten_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours: without the detach the gradients are others than the model's."""
    monkeypatch.setattr(known, "is_without", lambda value: False)
    with pytest.raises(NotSupported, match=r"the gradient of a\.weight is another in the model"):
        from_torch(Parts(gate), GIVEN, None, lambda z, t: z.square().sum())


def test_a_replacement_is_told_from_other_calls() -> None:
    assert replaces("data", "__set__", False) and replaces("mul_", "mul_", True) and replaces("__setitem__", "", True)
    assert not replaces("data", "__get__", True) and not replaces("mul_", "mul_", False)
    assert not replaces("__getitem__", "", True) and not replaces("detach_", "", True)
