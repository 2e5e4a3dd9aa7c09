"""What changes a model's gradients and not its values is refused, with its place; what changes neither is not."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from symconv.errors import NotSupported, SpecError  # noqa: E402
from symconv.torch_models import gradients  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

entrance = import_module("symconv.torch_models.from_torch")  # the function has its name


class Fivefold(torch.autograd.Function):  # type: ignore[misc, name-defined]
    """A ReLU with a gradient that is not its own."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:  # type: ignore[override]
        """As torch's."""
        return torch.relu(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:  # type: ignore[override]
        """Five times too much."""
        return 5 * g


class Reversed(torch.autograd.Function):  # type: ignore[misc, name-defined]
    """The layer of domain adaptation: the identity, its gradient turned; written in torch's newer form."""

    @staticmethod
    def forward(x: Any) -> Any:  # type: ignore[override]
        """The identity."""
        return torch.relu(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keeps what torch allows to keep."""
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:  # type: ignore[override]
        """Turned."""
        return -g


class Swish(torch.autograd.Function):  # type: ignore[misc, name-defined]
    """SiLU, as it is written to keep less; its backward is its derivative."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:  # type: ignore[override]
        """x times its sigmoid."""
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:  # type: ignore[override]
        """As books have it."""
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return g * (s * (1 + x * (1 - s)))


class Two(nn.Module):
    """Two linear layers, and `between` them what is given."""

    def __init__(self, between: Callable[[Any], Any]) -> None:
        super().__init__()
        self.a, self.b, self.between = nn.Linear(4, 4), nn.Linear(4, 2), between

    def forward(self, x: Any) -> Any:
        return self.b(self.between(self.a(x)))


def switched_off(x: Any) -> Any:
    torch.set_grad_enabled(False)
    return torch.relu(x)


def hooked(x: Any) -> Any:
    x = torch.relu(x)
    x.register_hook(lambda g: 2 * g)
    return x


HERE = r"test_gradients\.py:\d+"
BETWEEN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "function": (Fivefold.apply, rf"Fivefold, {HERE}: is a torch\.autograd\.Function.*\n  call functions of torch"),
    "function, newer form": (Reversed.apply, rf"Reversed, {HERE}: is a torch\.autograd\.Function"),
    "switched off for good": (
        switched_off,
        rf"the model's output, relu, {HERE}: runs without gradients.*\n  give the part that has gradients",
    ),
    "hook on a tensor": (hooked, rf"register_hook, {HERE}: a hook on a tensor may change its gradient\n  leave it out"),
}
GIVEN = [[1.0, -1.0, 0.5, 2.0], [0.25, 1.0, -2.0, 0.5]]


def two(between: Callable[[Any], Any] = torch.relu) -> nn.Module:
    torch.manual_seed(3)
    return Two(between)


@pytest.mark.parametrize("case", BETWEEN)
def test_what_changes_gradients_is_refused_with_its_place(case: str) -> None:
    between, message = BETWEEN[case]
    with pytest.raises(NotSupported) as refused:
        from_torch(two(between), GIVEN, [0, 1])
    assert re.search(message, str(refused.value)), str(refused.value)
    assert torch.is_grad_enabled()


def module_hook(model: nn.Module) -> None:
    model.get_submodule("a").register_full_backward_hook(lambda module, given, out: (2 * given[0],))


def before_backward(model: nn.Module) -> None:
    model.get_submodule("a").register_full_backward_pre_hook(lambda module, out: (2 * out[0],))


HOOKED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "module": (module_hook, r"a: has hooks.*\n  remove them"),
    "module, before": (before_backward, r"a: has hooks"),
    "parameter": (
        lambda m: m.b.weight.register_hook(lambda g: 2 * g),
        r"b\.weight: has hooks, which may change its grad",
    ),
    "accumulated": (lambda m: m.a.bias.register_post_accumulate_grad_hook(lambda p: None), r"a\.bias: has hooks"),
}


@pytest.mark.parametrize("case", HOOKED)
def test_hooks_are_refused_by_name(case: str) -> None:
    change, message = HOOKED[case]
    model = two()
    change(model)
    with pytest.raises(NotSupported, match=message):
        from_torch(model, GIVEN, [0, 1])


def test_a_backward_of_ones_own_that_is_the_derivative_is_taken() -> None:
    net = from_torch(two(Swish.apply), GIVEN, [0, 1])
    assert [layer.kind for layer in net.layers] == ["linear", "sigmoid", "mul", "linear"]


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoints_change_nothing(reentrant: bool) -> None:
    model = two(lambda x: checkpoint(torch.relu, x, use_reentrant=reentrant))
    assert [layer.kind for layer in from_torch(model, GIVEN, [0, 1]).layers] == ["linear", "relu", "linear"]


# ------------------------------------------------------------------------------------------------ the general safeguard
@contextmanager
def unseen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if functions with a backward of their own were not known by name."""
    monkeypatch.setattr(entrance, "function_faults", lambda *given: ())
    yield
    monkeypatch.undo()


UNNAMED = ("function", "function, newer form")


def test_a_backward_pass_that_fails_is_said_to() -> None:
    handle = nn.modules.module.register_module_full_backward_hook(lambda module, given, out: 1 / 0)
    try:
        with pytest.raises(NotSupported, match=r"Two: its backward pass fails \(ZeroDivisionError"):
            from_torch(two(), GIVEN, [0, 1])
    finally:
        handle.remove()


@pytest.mark.parametrize("case", UNNAMED)
def test_what_is_not_known_by_name_is_found_by_the_gradients(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with unseen(monkeypatch), pytest.raises(NotSupported) as refused:
        from_torch(two(BETWEEN[case][0]), GIVEN, [0, 1])
    wanted = r"Two: the gradient of a\.weight is another in the model .*; that of b\.bias is the same\n  look for"
    assert re.search(wanted, str(refused.value)), str(refused.value)


class Forgetful(nn.Module):
    """A ReLU the first time that it is called, and then something else."""

    def __init__(self, later: Callable[[Any], Any]) -> None:
        super().__init__()
        self.calls, self.later = 0, later

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return torch.relu(x) if self.calls < 2 else self.later(x)


def test_a_model_that_changes_from_run_to_run_is_found_by_the_loss() -> None:
    model = nn.Sequential(nn.Linear(4, 4), Forgetful(lambda x: 3 * torch.relu(x)), nn.Linear(4, 2))
    with pytest.raises(
        NotSupported, match=r"its loss is .*, that of the layers .*\n  look for what the model does anew"
    ):
        from_torch(model, GIVEN, [0, 1])


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_what_is_not_finite_in_the_model_alone_is_another(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fivefold, "backward", lambda ctx, g: factor * g)
    unnamed = unseen(monkeypatch)
    with unnamed, pytest.raises(NotSupported, match=r"the gradient of a\.weight is another"):
        from_torch(two(Fivefold.apply), GIVEN, [0, 1])
    model = nn.Sequential(nn.Linear(4, 4), Forgetful(lambda x: factor * torch.sigmoid(x)), nn.Linear(4, 2))
    with pytest.raises(NotSupported, match=r"its loss is (nan|inf), that of the layers read from it \d"):
        from_torch(model, GIVEN, [[1.0, 0.0]] * 2, "mse")


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((1e200,), "the loss is inf"),
        ((1e200, 1e200), "the loss is (inf|nan)"),
        ((0, 1e160, 1e160), r"entry \d+ of the"),
    ],
)
def test_what_float64_cannot_hold_is_said_to_overflow(sizes: tuple[float, ...], message: str) -> None:
    layers = [nn.Linear(4, 4, bias=False).double() for _ in sizes]
    for layer, size in zip(layers, sizes, strict=True):
        nn.init.constant_(layer.weight, size)
    with pytest.raises(SpecError, match=rf"^Sequential: {message}.* in float64.*\n  give smaller weights, or"):
        from_torch(nn.Sequential(*layers), GIVEN, [[1.0] * 4] * 2, "mse")


def test_a_hook_for_all_modules_is_found() -> None:
    handle = nn.modules.module.register_module_full_backward_hook(lambda m, given, out: (2 * given[0],))
    try:
        with pytest.raises(NotSupported, match=r"the gradient of a\.weight is another"):
            from_torch(two(), GIVEN, [0, 1])
    finally:
        handle.remove()


def test_without_parameters_the_gradient_of_the_input_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(nn.Tanh(), nn.ReLU())
    model.forward = lambda x: Fivefold.apply(torch.tanh(x))  # type: ignore[method-assign]
    monkeypatch.setattr(entrance, "function_faults", lambda *given: ())
    with pytest.raises(NotSupported, match="the gradient of its input is another"):
        from_torch(model, GIVEN, [0, 1])


def test_frozen_weights_are_compared_like_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(from_torch(two().requires_grad_(False), GIVEN, [0, 1]).layers) == 3
    unnamed = unseen(monkeypatch)
    with unnamed, pytest.raises(NotSupported, match=r"the gradient of a\.weight"):
        from_torch(two(Fivefold.apply).requires_grad_(False), GIVEN, [0, 1])


def test_ties_that_rounding_decides_refuse_nothing() -> None:
    torch.manual_seed(5)
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 3, 2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 2)
    )
    assert len(from_torch(model, torch.full((1, 1, 9, 9), -0.4242), [1]).layers) == 6


@pytest.mark.parametrize("around", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_model_gradients_modes_and_chance_are_left_alone(around: Callable[[], Any]) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).train()
    model[1].eval()
    model[0].weight.requires_grad_(False)
    model[2].weight.grad = torch.ones(2, 4)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    drawn, chosen = torch.get_rng_state(), random.getstate()
    with around():
        from_torch(model, GIVEN, [0, 1])
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [p.grad is None for p in model.parameters()] == [True, True, True, True, False, True]
    assert torch.equal(model[2].weight.grad, torch.ones(2, 4))
    assert [p.requires_grad for p in model.parameters()] == [False, *[True] * 5]
    assert [m.training for m in model.modules()] == [True, True, False, True]
    assert torch.equal(torch.get_rng_state(), drawn) and random.getstate() == chosen


def test_a_gradient_that_is_small_beside_others_is_still_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = two(), two(Fivefold.apply)
    for model in (right, wrong):
        model.get_submodule("b").weight.data.mul_(1e-8)
    assert len(from_torch(right, GIVEN, [0, 1]).layers) == 3
    unnamed = unseen(monkeypatch)
    with unnamed, pytest.raises(NotSupported, match=r"the gradient of a\.weight"):
        from_torch(wrong, GIVEN, [0, 1])


class Gated(nn.Module):
    """Two inputs, of which the second gates the first."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(4, 2)

    def forward(self, x: Any, gate: Any) -> Any:
        return self.last(x * torch.sigmoid(gate))


def test_the_gradients_of_further_inputs_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: that of the second input is a hundredth too large in the network."""
    given = (torch.randn(3, 4), torch.randn(3, 4))
    assert from_torch(Gated(), given, torch.tensor([0, 1, 0])).tensors[0].name == "gate"
    whole = gradients.autograd

    def wrong(*arguments: Any) -> Any:
        found = whole(*arguments)
        found["gate"].grad *= 1.01
        return found

    monkeypatch.setattr(gradients, "autograd", wrong)
    with pytest.raises(NotSupported, match="the gradient of gate is another in the model than its layers have"):
        from_torch(Gated(), given, torch.tensor([0, 1, 0]))


@pytest.mark.parametrize(
    "between",
    [
        lambda x: x.float(), lambda x: x.half().float() * 2, lambda x: x.to(torch.float32), lambda x: x.type_as(x) + 1,
        lambda x: x.cuda().cpu() * 1.5, lambda x: x.type(torch.float32).tanh(),
        lambda x: (x > 0).float(), lambda x: x * (x > 0).to(torch.float32),
    ],
)  # fmt: skip
def test_other_kinds_of_floats_are_passed_over(between: Callable[[Any], Any]) -> None:
    """The model runs in float64, its gradients as exact as all others."""
    network = from_torch(Two(between), torch.randn(3, 4), torch.tensor([0, 1, 0]))
    assert network.layers[0].name == "a" and network.layers[-1].name == "b"
