"""A loss of one's own: its calls are layers, or one of our losses; true to torch, or refused with its line."""

import re
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

import symconv  # noqa: E402
from symconv.errors import SymconvError  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute", "ignore:Using a target size")
GIVEN = torch.tensor([[1.0, -1.0, 0.5, 2.0], [0.25, 1.0, -2.0, 0.5]])
T = torch.tensor([[0.25, -0.5, 1.0], [1.0, 0.0, 0.5]])
CLASSES = torch.tensor([0, 2])
WEIGHTS = torch.tensor([0.5, 1.0, 2.0])


class Ended(nn.Module):
    """A linear layer, and what is done with its scores."""

    def __init__(self, end: Callable[[Any], Any] = lambda x: x) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.a, self.end = nn.Linear(4, 3), end

    def forward(self, x: Any) -> Any:
        return self.end(self.a(x))


def pixels(z: Any) -> Any:
    """A map of three scores at 1x2 places for each of two images, of all the scores."""
    return torch.stack([z, 2 * z], 2)[:, :, None]


class Weighted(nn.Module):
    """A loss of one's own with numbers of its own, in single precision."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("share", torch.tensor([1.0, 2.0, 3.0]))

    def forward(self, z: Any, t: Any) -> Any:
        return (self.share * (z - t) ** 2).mean()


def focal(z: Any, t: Any, gamma: float = 2.0) -> Any:
    p = torch.sigmoid(z)
    ce = F.binary_cross_entropy_with_logits(z, t, reduction="none")
    return (ce * (1 - (p * t + (1 - p) * (1 - t))) ** gamma).mean()


def charbonnier(z: Any, t: Any) -> Any:
    return torch.mean(torch.sqrt((z - t) ** 2 + 1e-6))


def several(outputs: Any, t: Any) -> Any:
    first, second = outputs
    return F.mse_loss(first, t) + 0.5 * second.pow(2).mean()


ENDED = "output"
# the end of the model, the loss, the target, the layers and the loss of the network
TAKEN: dict[str, tuple[Any, Any, Any, list[str], str]] = {
    "the mean": (None, lambda z, t: z.mean(), None, ["linear"], "output mean"),
    "the sum": (None, lambda z, t: z.sum(), None, ["linear"], "output sum"),
    "less the mean": (None, lambda z, t: -torch.mean(z), None, ["linear", "axis_mean", "scale"], ENDED),
    "the model's own loss": (
        lambda z: z.square().mean(), lambda out, t: out, None, ["linear", "square"], "output mean",
    ),
    "native, at the end": (None, lambda z, t: F.mse_loss(z, t), T, ["linear"], "mean_squared_error mean"),
    "native, reversed": (None, lambda z, t: F.l1_loss(t, z, reduction="sum"), T, ["linear"], "absolute_error sum"),
    "native, after layers": (None, lambda z, t: F.mse_loss(z / 2, 3 * t), T, ["linear", "scale"], "mean_squared_error"),
    "native, classes": (None, lambda z, t: F.cross_entropy(z, t), CLASSES, ["linear"], "cross_entropy mean"),
    "native, joined": (
        pixels, lambda z, t: F.cross_entropy(z.permute(0, 2, 3, 1).reshape(-1, 3), t.reshape(-1)),
        torch.tensor([[[0, 1]], [[2, 2]]]), None, "cross_entropy mean",
    ),
    "native, rows that are no batch": (
        lambda z: z.reshape(3, 2), lambda z, t: F.cross_entropy(z, t), torch.tensor([0, 1, 1]),
        ["linear", "reshape", "reshape", "axis_log_softmax", "mul", "scale"], "output sum",
    ),
    "native, sigmoid before": (torch.sigmoid, lambda y, t: F.binary_cross_entropy(y, t), T.abs(), ["linear"], "binary"),
    "native, logs before": (
        nn.LogSoftmax(1), lambda y, t: F.nll_loss(y, t, reduction="sum"), CLASSES, ["linear"], "cross_entropy sum",
    ),
    "huber": (None, lambda z, t: F.huber_loss(z, t, delta=0.5), T, ["linear"], "huber mean"),
    "smooth l1": (None, lambda z, t: F.smooth_l1_loss(z, t, beta=0.25), T, ["linear"], "smooth_l1 mean"),
    "smooth l1 of 0": (None, nn.SmoothL1Loss(beta=0), T, ["linear"], "absolute_error mean"),
    "words": (None, "l1", T, ["linear"], "absolute_error mean"),
    "module": (None, nn.HuberLoss(delta=0.5, reduction="sum"), T, ["linear"], "huber sum"),
    "broadcast": (lambda z: z[:, :1], lambda z, t: F.mse_loss(z, t), T, ["linear", "slice", "sub", "square"], ENDED),
    "added": (
        None, lambda z, t: F.mse_loss(z, t) + 0.1 * z.abs().mean(), T,
        ["linear", "sub", "square", "axis_mean", "abs", "axis_mean", "scale", "add"], ENDED,
    ),
    "stacked": (
        None, lambda z, t: torch.stack([z.mean(), z.square().mean()]).sum(), None,
        ["linear", "axis_mean", "square", "axis_mean", "cat"], "output sum",
    ),
    "focal": (None, focal, T.abs(), None, ENDED),
    "charbonnier": (None, charbonnier, T, ["linear", "sub", "pow", "scale", "sqrt"], "output mean"),
    "a module of one's own": (None, Weighted(), T, ["linear", "sub", "pow", "mul"], "output mean"),
    "class weights": (
        None, nn.CrossEntropyLoss(weight=WEIGHTS, label_smoothing=0.1), CLASSES,
        ["linear", "axis_log_softmax", "mul", "scale"], "output sum",
    ),
    "an image left out": (
        None, nn.CrossEntropyLoss(), torch.tensor([-100, 1]), ["linear", "axis_log_softmax", "mul"], "output sum",
    ),
    "a class left out": (
        None, nn.CrossEntropyLoss(ignore_index=2), CLASSES, ["linear", "axis_log_softmax", "mul"], "output sum",
    ),
    "each pixel": (
        pixels, "cross_entropy", torch.tensor([[[0, 1]], [[2, 2]]]),
        ["linear", "scale", "stack", "reshape", "axis_log_softmax", "mul", "scale"], "output sum",
    ),
    "weighted logits": (None, nn.BCEWithLogitsLoss(pos_weight=WEIGHTS), T.abs(), None, ENDED),
    "bce of a softmax": (nn.Softmax(1), nn.BCELoss(), T.abs(), None, ENDED),
    "weights of entries": (nn.Sigmoid(), nn.BCELoss(weight=WEIGHTS), T.abs(), None, ENDED),
    "nll, weighted": (nn.LogSoftmax(1), nn.NLLLoss(weight=WEIGHTS), CLASSES, None, "output sum"),
    "shares that do not sum to one": (None, F.cross_entropy, T.softmax(1), None, "output sum"),
    "hinge": (None, nn.MultiMarginLoss(), CLASSES, None, ENDED),
    "divergence": (nn.LogSoftmax(1), nn.KLDivLoss(reduction="batchmean"), T.softmax(1), None, ENDED),
    "several labels": (None, nn.MultiLabelSoftMarginLoss(), (T > 0).float(), None, ENDED),
    "taken": (
        None, lambda z, t: F.mse_loss(z.gather(1, CLASSES[:, None]), t), T[:, :1], ["linear", "mul", "axis_sum"],
        "mean_squared_error",
    ),
    "both outputs": (lambda z: (z, z.sigmoid()), several, T, None, ENDED),
    "a target of two": (
        None, lambda z, t: F.mse_loss(z, t[0]) + F.cross_entropy(z, t[1]), (T, CLASSES), None, ENDED,
    ),
    "a target by name": (None, lambda z, t: F.l1_loss(z, t["of"]), {"of": T}, ["linear"], "absolute_error"),
    "a word for the target": (
        None, lambda z, real: F.mse_loss(z, torch.ones_like(z) if real is True else z * 0), True, ["linear"], "mean_sq",
    ),
    "a distribution": (
        None, lambda z, a: -(torch.distributions.Categorical(logits=z).log_prob(a) * T[:, 0]).mean(), CLASSES, None,
        "output",
    ),
    "a normal distribution": (
        None, lambda z, t: -torch.distributions.Normal(z[:, :1], z[:, 1:].exp()).log_prob(t).sum(), T[:, 1:], None,
        "output",
    ),
    "a list": (None, lambda z, t: ((z - t) ** 4).sum(), T.tolist(), ["linear", "sub", "pow"], "output sum"),
}  # fmt: skip


def doubled(target: Any) -> Any:
    if isinstance(target, dict):
        return {key: doubled(each) for key, each in target.items()}
    if isinstance(target, tuple):
        return tuple(map(doubled, target))
    target = torch.tensor(target) if isinstance(target, list) else target
    return target.double() if isinstance(target, torch.Tensor) and target.is_floating_point() else target


def in_torch(loss: Any) -> Any:
    words = {"l1": F.l1_loss, "cross_entropy": F.cross_entropy}
    return words[loss] if isinstance(loss, str) else loss.double() if isinstance(loss, nn.Module) else loss


def held(net: symconv.Network, model: Any, value: Any) -> None:
    """The loss, and every gradient, of the emitted code is that of torch."""
    value.backward()
    found = symconv.derive(net).evaluate("torch")
    torch.testing.assert_close(found["values"]["L"].reshape(()), value.detach().reshape(()), rtol=1e-12, atol=1e-13)
    for name, p in model.named_parameters():
        torch.testing.assert_close(found["gradients"][name], p.grad, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", spread(TAKEN, 15))
def test_a_loss_is_taken_as_it_is(case: str) -> None:
    end, loss, target, layers, kind = TAKEN[case]
    model = Ended(*([] if end is None else [end]))
    net = from_torch(model, GIVEN, target, loss)
    assert layers is None or [layer.kind for layer in net.layers] == layers
    assert f"{net.loss.kind} {net.loss.reduction}".startswith(kind)
    held(net, model.double(), in_torch(loss)(model(GIVEN.double()), doubled(target)))


def test_the_target_keeps_its_name() -> None:
    net = from_torch(Ended(), GIVEN, T, charbonnier)
    assert net.layers[1].constant.name == "target"  # type: ignore[attr-defined]
    net = from_torch(Ended(), GIVEN, (T, T), lambda z, t: ((z - t[0]) * (z - t[1])).sum())
    assert [x.constant.name for x in net.layers[1:3]] == ["target.0", "target.1"]  # type: ignore[attr-defined]
    assert symconv.derive(net).verify()


LOSSES: dict[str, tuple[Any, Any, str]] = {  # the losses, the targets, the loss of the network
    "two": ([nn.MSELoss(), nn.CrossEntropyLoss()], (T, CLASSES), ENDED),
    "a word and a function": (["l1", lambda z, t: 0.3 * F.cross_entropy(z, t)], [T, CLASSES], ENDED),
    "weighted": ([nn.HuberLoss(), nn.CrossEntropyLoss(weight=WEIGHTS)], [T, CLASSES], ENDED),
}


@pytest.mark.parametrize("case", LOSSES)
def test_several_losses_are_added(case: str) -> None:
    losses, targets, kind = LOSSES[case]
    model = Ended(lambda z: (z, z / 2))
    net = from_torch(model, GIVEN, targets, losses=losses)
    assert net.loss.kind == kind
    outputs = model.double()(GIVEN.double())
    held(net, model, sum(in_torch(f)(z, doubled(t)) for f, z, t in zip(losses, outputs, targets, strict=True)))


def test_outputs_by_name_have_a_loss_each() -> None:
    model = Ended(lambda z: {"out": z, "aux": z / 2})
    net = from_torch(model, GIVEN, [T, T], losses=[nn.MSELoss(), nn.L1Loss()])
    out = model.double()(GIVEN.double())
    held(net, model, F.mse_loss(out["out"], T.double()) + F.l1_loss(out["aux"], T.double()))


def test_a_probability_too_near_to_one_is_refused_there_too() -> None:
    model = Ended(lambda z: (100 * z).sigmoid())
    with pytest.raises(SymconvError, match=r"test_own_loss\.py:\d+: binary_cross_entropy reads a probability"):
        from_torch(model, GIVEN, T.abs(), lambda y, t: F.binary_cross_entropy(y, t))


OTHER = nn.Linear(3, 3)


class Learning(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.share = nn.Parameter(torch.ones(3))

    def forward(self, z: Any, t: Any) -> Any:
        return (self.share * z).sum()


# the loss, the target, other arguments, what is said
REFUSED: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "a part unknown": (lambda z, t: z.lgamma().mean(), None, {}, r"lgamma, test_own_loss\.py:\d+: has no derivation"),
    "a branch": (lambda z, t: z.sum() if z.mean() > 0 else z.mean(), None, {}, r"loss, test_own.*: a branch, a loop"),
    "no number": (lambda z, t: z - t, T, {}, r"loss: gives a tensor of shape \(2, 3\).*\n  return its mean"),
    "nothing": (lambda z, t: None, T, {}, r"loss: gives one NoneType, not one number"),
    "the target's": (lambda z, t: t.sum(), T, {}, r"loss: does not depend on the model's input"),
    "it fails": (lambda z, t: z @ t, T, {}, r"loss, test_own_loss\.py:\d+: cannot run on what the model returns\n  R"),
    "weights of others": (lambda z, t: OTHER(z).sum(), None, {}, r"loss, test_own.*: a tensor is read that learns"),
    "what learns": (Learning(), T, {}, r"share.*is a parameter of the loss"),
    "no loss": (nn.MSELoss, T, {}, r"loss: MSELoss has no derivation"),
    "own smoothing": (lambda z, t: z.sum(), T, {"label_smoothing": 0.1}, r"a function has its own reduction"),
    "at a kink": (
        lambda z, t: F.margin_ranking_loss(z, z, t), T.sign().abs(), {}, r"margin_ranking_loss.*is at its kink",
    ),
    "one loss": ("cross_entropy", T, {"losses": nn.MSELoss()}, r"losses: is no list of losses\n  give one for each"),
    "none": ("cross_entropy", T, {"losses": []}, r"losses: is no list of losses"),
    "both": ("mse", (T,), {"losses": [nn.MSELoss()]}, r"losses: stands beside loss"),
    "one output": ("cross_entropy", (T, T), {"losses": ["mse", "mse"]}, r"losses: 2 losses for one output"),
    "one target": ("cross_entropy", T, {"losses": ["mse", "mse", "mse"]}, r"target: there are 3 losses"),
    "an unknown word": ("cross_entropy", (T,), {"losses": ["mean"]}, r"loss: str has no derivation"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_said_with_its_line_and_what_would_work(case: str) -> None:
    loss, target, more, message = REFUSED[case]
    with pytest.raises(SymconvError) as refused:
        from_torch(Ended(), GIVEN, target, loss, **more)
    assert re.search(message, str(refused.value)), str(refused.value)
    assert "\n  " in str(refused.value)
