"""from_torch against the model itself: its values and autograd's gradients, in float64; and what it refuses."""

import copy
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import few  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch_models import EXAMPLES, Example  # noqa: E402

import symconv  # noqa: E402
from symconv.errors import NotSupported, SpecError  # noqa: E402
from symconv.networks.layers.layers import AvgPool, Dropout, GlobalAvgPool, GlobalMaxPool, MaxPool  # noqa: E402
from symconv.networks.network import Network, parameters, shapes  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.functions import FUNCTIONS, MODULES  # noqa: E402

CLOSE = 1e-12  # of a tensor's largest entry: float64 leaves 1e-16 of each of a few hundred products
PASSED_OVER = {"flat": {"3", "4"}, "flat, loss of torch": {"3", "4"}, "methods": {"X"}}
LOSSES = {
    "cross_entropy": nn.CrossEntropyLoss,
    "mean_squared_error": nn.MSELoss,
    "binary_cross_entropy": nn.BCEWithLogitsLoss,
}


def network(example: Example) -> Network:
    model, given = example.build()
    return from_torch(model, given, example.target, **example.options)


def autograd(example: Example, net: Network) -> dict[str, Any]:
    """The model's own tensors, by their names in the model: of parameters, modules, input and loss."""
    model, given = example.build()
    model, given = model.double(), given.double().requires_grad_()
    found: dict[str, Any] = {"X": given}
    found |= dict(model.named_parameters())

    def keep(name: str) -> Callable[..., Any]:
        def hook(module: nn.Module, inputs: Any, output: Any) -> Any:
            output.retain_grad()
            found.setdefault(name, output)
            return output.clone()  # what follows may overwrite it

        return hook

    for name, module in model.named_modules():
        if not list(module.children()) and name:
            module.register_forward_hook(keep(name))
    z = model(given)
    loss = example.options.get("loss", "cross_entropy")
    if isinstance(loss, str):
        more = {k: v for k, v in example.options.items() if k in ("reduction", "label_smoothing")}
        loss = LOSSES[net.loss.kind](**more)
    target = torch.as_tensor(example.target)
    found["L"] = loss(z, target.double() if target.is_floating_point() else target)
    found["L"].backward()
    return found


def far(found: Any, wanted: Any) -> float:
    """The largest difference, as a part of the largest entry."""
    assert found.shape == wanted.shape
    scale = wanted.abs().max().item()
    return (found - wanted).abs().max().item() / (scale or 1.0)


ALIKE = {"lenet, two images", "classic lenet", "one dimension, training"}  # as others, in what is read


@pytest.mark.parametrize("name", few(EXAMPLES, *(EXAMPLES.keys() - ALIKE)))
def test_values_and_gradients_are_those_of_the_model(name: str) -> None:
    net = network(EXAMPLES[name])
    wanted = autograd(EXAMPLES[name], net)
    out = symconv.derive(net).evaluate("torch")
    given = {p.name for layer in net.layers for _, p in parameters(layer)}
    assert given - buffers(net) == {t for t in wanted if t.endswith((".weight", ".bias"))}
    compared = {t: own for t in wanted for own in (f"{t}_", t) if own in out["values"]} | {"L": "L"}
    compared |= {t: f"{t}_" for t in wanted if f"{t}_" in out["values"]}
    passed_over = {t for t in wanted if t not in compared}
    assert passed_over <= PASSED_OVER.get(name, set())
    values = {t: far(out["values"][own], wanted[t].detach()) for t, own in compared.items()}
    assert {t: d for t, d in values.items() if d > CLOSE} == {}
    gradients = {t: far(out["gradients"][own], wanted[t].grad) for t, own in compared.items() if t != "L"}
    assert {t: d for t, d in gradients.items() if d > CLOSE} == {}


def buffers(net: Network) -> set[str]:
    return {name for name in shapes(net) if "running_" in name}


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "lenet" not in name])
def test_its_file_is_read_back_to_the_same(name: str, tmp_path: Any) -> None:
    net = network(EXAMPLES[name])
    path = tmp_path / "model.toml"
    path.write_text(net.to_toml(), encoding="utf-8")
    assert symconv.load(path) == net


def test_every_module_and_function_is_known_somewhere_in_the_examples() -> None:
    models = [example.build()[0] for example in EXAMPLES.values()]
    used = {type(module).__name__ for model in models for module in model.modules()}
    assert used & set(MODULES)
    assert all(hasattr(nn, name) for name in MODULES)
    homes = (torch, F, torch.Tensor, torch._C._nn, torch._C._linalg)
    assert all(any(hasattr(home, name) for home in homes) for name in FUNCTIONS)


# ------------------------------------------------------------------------------------------------ names, numbers, modes
def test_names_are_those_of_the_model() -> None:
    net = network(EXAMPLES["lenet"])
    assert [layer.name for layer in net.layers] == [
        *("conv1", "relu", "max_pool2d", "conv2", "relu_1", "max_pool2d_1", "view"),
        *("fc1", "relu_2", "fc2", "relu_3", "fc3"),
    ]
    assert (net.input.name, net.batch, net.name) == ("X", True, "model")
    net = network(EXAMPLES["residual, training"])
    names = [layer.name for layer in net.layers]
    block = ["conv1", "bn1", "relu", "conv2", "bn2"]
    assert names == ["stem", *(f"block.{n}" for n in block), "add", "block.relu_1", "pool", "flatten", "fc"]
    assert {"block.bn1.mean", "block.bn1.variance", "block.bn1.weight"} <= set(shapes(net))


def test_names_that_are_taken_or_kept_give_way() -> None:
    net = network(EXAMPLES["methods"])
    names = [layer.name for layer in net.layers]
    assert names == ["flatten", "y_", "relu", "sigmoid", "add", "tanh", "add_1", "lambda_", "t_"]
    assert net.input.name == "X"  # a module has that name, and makes no tensor


def test_numbers_are_exact_and_options_decimal() -> None:
    linear = nn.Linear(2, 1, bias=False)
    linear.weight.data = torch.tensor([[0.1, -3.0]])
    model = nn.Sequential(linear, nn.LeakyReLU(0.2), nn.ELU(0.3), nn.BatchNorm1d(1, eps=1e-4)).eval()
    net = from_torch(model, [[Fraction(1, 3), "1/7"]], [["1/3"]], "mse", learning_rate=0.3, name="small")
    assert net.layers[0].weight.value.entries == (Fraction(torch.tensor(0.1).item()), Fraction(-3))
    assert (net.layers[1].slope, net.layers[2].alpha) == (Fraction(1, 5), Fraction(3, 10))
    assert (net.layers[3].epsilon, net.learning_rate, net.name) == (Fraction(1, 10_000), Fraction(3, 10), "small")
    assert net.input.value.entries == (Fraction(1, 3), Fraction(1, 7)) and net.loss.target.entries == (Fraction(1, 3),)


def test_the_model_is_left_as_it_was() -> None:
    model, given = EXAMPLES["residual, training"].build()
    before = copy.deepcopy(model.state_dict())
    kept = given.clone()
    from_torch(model, given, [2, 0])
    after = model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert torch.equal(given, kept) and model.training and all(p.grad is None for p in model.parameters())
    assert model.stem.weight.dtype == torch.float32
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    "model, shape, batch",
    [
        (nn.Sequential(nn.ReLU(), nn.Conv2d(1, 1, 1), nn.Flatten(0), nn.Linear(4, 2)), (1, 2, 2), False),
        (nn.Sequential(nn.Conv2d(1, 1, 1), nn.Flatten(), nn.Linear(4, 2)), (1, 1, 2, 2), True),
        (nn.Sequential(nn.Linear(4, 2)), (4,), False),
        (nn.Sequential(nn.ReLU(), nn.Linear(4, 2)), (1, 4), True),
        (nn.Sequential(nn.Flatten(0), nn.Linear(4, 2)), (2, 2), False),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), (1, 2, 2), True),
        (nn.Sequential(nn.ReLU()), (1, 2), True),
        (nn.Linear(4, 2), (1, 4), True),
    ],
)
def test_the_first_layer_that_counts_axes_decides_whether_there_is_a_batch(model: Any, shape: Any, batch: bool) -> None:
    net = from_torch(model, torch.ones(shape), [1] if batch else 1)
    assert net.batch is batch and net.loss.target == ((1,) if batch else 1)


def test_adaptive_pools_become_global_or_ordinary_ones() -> None:
    def made(pool: nn.Module, shape: tuple[int, ...]) -> Any:
        return from_torch(pool, torch.randn(shape), torch.zeros(pool(torch.randn(shape)).shape), "mse").layers[0]

    assert made(nn.AdaptiveAvgPool2d(1), (1, 2, 4, 6)) == GlobalAvgPool("0")
    assert made(nn.AdaptiveMaxPool2d((1, 1)), (2, 4, 6)) == GlobalMaxPool("0")
    assert made(nn.AdaptiveAvgPool2d((2, 3)), (1, 2, 4, 6)) == AvgPool("0", (2, 2))
    assert made(nn.AdaptiveMaxPool2d((None, 1)), (1, 2, 4, 6)) == MaxPool("0", (1, 6))


def test_what_changes_nothing_is_passed_over() -> None:
    model = nn.Sequential(nn.Dropout(0.0), nn.Identity(), nn.Linear(2, 2), nn.Identity()).train()
    assert [layer.name for layer in from_torch(model, [1.0, 2.0], 0).layers] == ["2"]
    dropout = from_torch(nn.Sequential(nn.Linear(2, 2), nn.AlphaDropout(0.3)).eval(), [1.0, 2.0], 0).layers[1]
    assert dropout == Dropout("1", Fraction(3, 10))


def test_a_mean_over_sizes_read_from_the_tensor() -> None:
    class Mean(nn.Module):
        def forward(self, x: Any) -> Any:
            return F.avg_pool2d(x, x.size()[2:]).view(x.shape[0], x.shape[1] * 1)

    net = from_torch(Mean(), torch.randn(2, 3, 4, 5), [0, 1])
    assert [type(layer).__name__ for layer in net.layers] == ["AvgPool", "Flatten"]
    assert net.layers[0].kernel == (4, 5)


def test_what_the_output_does_not_depend_on_is_left_out() -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.idle = nn.Linear(2, 2), nn.Hardtanh()

        def forward(self, x: Any) -> Any:
            self.idle(x)
            return self.used(x)

    assert [layer.name for layer in from_torch(Idle(), [1.0, 2.0], 0).layers] == ["used"]


# ------------------------------------------------------------------------------------------------ refusals
class Forward(nn.Module):
    """A model that is one function of its input and of its parts."""

    def __init__(self, function: Callable[..., Any], **parts: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Any) -> Any:
        return self.function(self, x)


def hooked() -> nn.Module:
    model = nn.Sequential(nn.Linear(4, 2))
    model[0].register_forward_hook(lambda module, inputs, output: 2 * output)
    return model


def unset() -> nn.Module:
    layer = nn.Linear(4, 2)
    layer.weight.data.fill_(torch.nan)
    return layer


class Two(nn.Module):
    """Two inputs."""

    def forward(self, x: Any, z: Any) -> Any:
        return x + z


class Many(nn.Module):
    """Any number of inputs."""

    def forward(self, *x: Any) -> Any:
        return x[0]


def grown(s: Any, x: Any) -> Any:
    kept = x = s.a(x)
    x += s.b(torch.relu(x))
    return kept + x


VECTORS, IMAGES = (2, 4), (1, 1, 4, 4)
REFUSED: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], str]] = {
    "unknown module": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Fold((2, 2), (1, 1)))),
        VECTORS,
        r"1\.0 \(nn.Fold\): has no derivation\n  known: nn.Conv1d, .*nn.Linear",
    ),
    "unknown function": (
        lambda: Forward(lambda s, x: s.inner(x), inner=Forward(lambda s, x: torch.lgamma(x))),
        VECTORS,
        r"lgamma in inner \(Forward\), test_from_torch\.py:\d+: has no derivation\n  known: relu, .*methods",
    ),
    "unknown method": (
        lambda: Forward(lambda s, x: x.frac()),
        VECTORS,
        r"frac, test_from_torch\.py:\d+: has no derivation\n  known: ",
    ),
    "training dropout": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.Dropout()).train(),
        VECTORS,
        r"1 \(nn.Dropout\): drops at random.*\n  call model\.eval\(\)",
    ),
    "functional dropout": (lambda: Forward(lambda s, x: F.dropout(x)).eval(), VECTORS, r"training=self\.training"),
    "branch on values": (
        lambda: Forward(lambda s, x: x if x.sum() > 0 else -x),
        VECTORS,
        r"Forward, test_from_torch\.py:\d+: a branch, .*\n  let it depend on",
    ),
    "two inputs": (Two, VECTORS, r"has several inputs: x, z"),
    "any number of inputs": (Many, VECTORS, r"has no layer"),
    "infinite option": (lambda: nn.Sequential(nn.ELU(torch.inf)), VECTORS, r"0 \(nn.ELU\): inf is not a number"),
    "several outputs": (
        lambda: Forward(lambda s, x: (x, x)),
        VECTORS,
        r"returns tuple of 2, not one tensor\n  choose one: output=0",
    ),
    "no input": (lambda: Forward(lambda s, x: s.a.weight, a=nn.Linear(4, 2)), VECTORS, r"does not depend on its input"),
    "in place": (
        lambda: Forward(lambda s, x: s.c(x + s.b(s.a(x))), a=nn.Linear(4, 4), b=nn.ReLU(True), c=nn.Linear(4, 4)),
        VECTORS,
        "",
    ),
    "indices": (
        lambda: Forward(lambda s, x: F.max_pool2d(x, 2, return_indices=True)[1].flatten(1)),
        IMAGES,
        r"flatten, .*: reads what max_pool2d_with_indices gives besides its first tensor.*\n  use the first alone",
    ),
    "only indices": (
        lambda: Forward(lambda s, x: F.max_pool2d(s.a(x), 2, return_indices=True)[1], a=nn.Conv2d(1, 1, 1)),
        IMAGES,
        r"the model returns what max_pool2d_with_indices gives besides its first tensor.*\n  return the first",
    ),
    "divisor": (
        lambda: nn.Sequential(nn.AvgPool2d(2, divisor_override=3), nn.Flatten()),
        IMAGES,
        r"divisor_override 3",
    ),
    "softplus threshold": (lambda: nn.Sequential(nn.Softplus(threshold=-50)), VECTORS, r"above its threshold -50"),
    "adaptive": (
        lambda: nn.Sequential(nn.AdaptiveMaxPool2d(9), nn.Flatten()),
        IMAGES,
        r"9x9 from 4x4 has 81 windows of several",
    ),
    "no vector at the end": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(2)),
        IMAGES,
        r"cross entropy wants a vector for each image, the last layer gives 1x2x16",
    ),
    "norm without a batch": (
        lambda: nn.Sequential(nn.Conv1d(1, 2, 1), nn.BatchNorm1d(4)).eval(),
        (1, 4),
        r"for the batch",
    ),
    "does not fit": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.Linear(3, 2)),
        VECTORS,
        r"Sequential, 1 \(nn.Linear\): cannot run on an input of shape \(2, 4\)\n  RuntimeError",
    ),
    "nothing": (nn.Sequential, VECTORS, r"has no layer"),
    "nan": (lambda: nn.Sequential(unset()), VECTORS, r"0 \(nn.Linear\)\.weight\[0\]\[0\]: nan is not an exact number"),
    "too large": (
        lambda: nn.Sequential(nn.Linear(4, 10), nn.Linear(10, 1_000_000, bias=False), nn.ReLU()),
        VECTORS,
        r"Sequential: 1 mistake\nthe network holds 10000058 numbers in all\n  give at most 10000000",
    ),
}


def own(s: Any, x: Any) -> Any:
    return s.a.bias * x - s.n.running_mean


TAKEN: dict[str, tuple[Callable[[], nn.Module], list[str]]] = {
    "softmax": (
        lambda: nn.Sequential(nn.Softmax(0), nn.LogSoftmax(-1), nn.ReLU()),
        ["axis_softmax", "axis_log_softmax", "relu"],
    ),
    "subclass": (lambda: nn.Sequential(type("Mine", (nn.Linear,), {})(4, 4)), ["linear"]),
    "number added": (lambda: Forward(lambda s, x: 2 * x + 1), ["scale", "scale"]),
    "scaled sum": (lambda: Forward(lambda s, x: torch.add(x, torch.relu(x), alpha=2)), ["relu", "scale", "add"]),
    "broadcast sum": (lambda: Forward(lambda s, x: x + s.a(x), a=nn.Linear(4, 1)), ["linear", "add"]),
    "own tensors": (lambda: Forward(own, a=nn.Linear(4, 4), n=nn.BatchNorm1d(4)), ["mul", "sub"]),
    "hooks": (hooked, ["linear", "scale"]),
    "+=, read again": (
        lambda: Forward(grown, a=nn.Linear(4, 4), b=nn.Linear(4, 4)),
        ["linear", "relu", "linear", "add", "add"],
    ),
    "gelu": (lambda: nn.Sequential(nn.GELU("tanh")), ["gelu_tanh"]),
    "view": (lambda: Forward(lambda s, x: x.view(2, 2, 2).flatten(1)), ["reshape", "flatten"]),
    "functional": (lambda: Forward(lambda s, x: F.linear(x, torch.ones(3, 4))), ["linear"]),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_people_write_is_taken(case: str) -> None:
    make, kinds = TAKEN[case]
    torch.manual_seed(1)
    assert [layer.kind for layer in from_torch(make(), torch.randn(VECTORS), [0, 1]).layers] == kinds


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_derivation_is_refused_by_name(case: str) -> None:
    make, shape, message = REFUSED[case]
    torch.manual_seed(1)
    if not message:
        from_torch(make(), torch.randn(shape), [0, 1])
        return
    with pytest.raises((NotSupported, SpecError)) as refused:
        from_torch(make(), torch.randn(shape), torch.zeros(shape[0], dtype=torch.int64))
    assert re.search(message, str(refused.value)), str(refused.value)[:600]


ARGUMENTS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "loss": ({"loss": "hinge"}, NotSupported, r'loss: "hinge" has no derivation\n  known: cross_entropy, mse'),
    "loss of torch": ({"loss": nn.CTCLoss()}, SpecError, r"loss: cannot run on what the model returns\n  TypeError"),
    "two reductions": ({"loss": nn.MSELoss(), "reduction": "sum"}, SpecError, r"has its own reduction"),
    "no reduction": ({"reduction": "none"}, SpecError, r'"none" is not a known reduction'),
    "smoothed squares": ({"loss": "mse", "label_smoothing": 0.1}, SpecError, r"only cross entropy has it"),
    "one class for a batch": ({"target": 1}, SpecError, r"target: has shape \(\).*\n.*one class index for each image"),
    "classes": ({"target": [0, 1, 1]}, SpecError, r"target: has shape \(3,\), the output is \(2, 2\)"),
    "class": ({"target": [0, 2]}, SpecError, r"2 is not among the 2 classes"),
    "probabilities": ({"target": [[-0.1, 0.9]]}, SpecError, r"probabilities\[0\]\[0\]: .* is no probability"),
    "squares": ({"loss": "mse", "target": [1.0, 2.0]}, SpecError, r"loss.target: has shape \(2,\)"),
    "model": ({"model": F.relu}, SpecError, r"model: function is not an nn\.Module"),
    "input": ({"input": [[1.0], [1.0, 2.0]]}, SpecError, r"input\[1\]: this row has 2 entries"),
    "two tensors": (
        {"input": (torch.ones(2, 4), torch.ones(2))},
        SpecError,
        r"input: holds 2 tensors, and the model takes 1\n  give it as many",
    ),
    "loss of one's own": (
        {"loss": lambda z, t: z.frac().sum()},
        NotSupported,
        r"frac.*: has no derivation",
    ),
    "infinite": ({"input": torch.full((2, 4), torch.inf)}, SpecError, r"input\[0\]\[0\]: inf is not an exact number"),
    "learning rate": ({"learning_rate": "fast"}, SpecError, r'"fast" is not a number'),
    "no loss": ({"loss": None}, NotSupported, r"loss: .* has no derivation"),
    "name": ({"name": "a b"}, SpecError, r"cannot name a network"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_arguments_that_do_not_fit_are_refused(case: str) -> None:
    changed, kind, message = ARGUMENTS[case]
    given = {"model": nn.Linear(4, 2), "input": torch.ones(2, 4), "target": [0, 1], **changed}
    with pytest.raises(kind) as refused:
        from_torch(**given)
    assert re.search(message, str(refused.value)), str(refused.value)[:600]


class Mnist(nn.Module):
    """The network of pytorch/examples/mnist, whole."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3, 1), nn.Conv2d(32, 64, 3, 1)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x: Any) -> Any:
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = self.dropout1(F.max_pool2d(x, 2))
        x = self.dropout2(F.relu(self.fc1(torch.flatten(x, 1))))
        return F.log_softmax(self.fc2(x), dim=1)


@pytest.fixture(scope="module")
def mnist() -> Network:
    torch.manual_seed(1)
    return from_torch(Mnist().eval(), torch.rand(2, 1, 28, 28), [7, 2], nn.NLLLoss())


def test_the_network_of_the_examples_of_pytorch_is_read_whole(mnist: Network) -> None:
    assert sum(len(p.value.entries) for layer in mnist.layers for _, p in parameters(layer)) == 1_199_882
    assert [layer.kind for layer in mnist.layers][-3:] == ["relu", "dropout", "linear"]


@pytest.mark.deep
def test_more_than_a_million_weights_go_to_a_file_and_back(mnist: Network, tmp_path: Any) -> None:
    path = tmp_path / "large.toml"
    path.write_text(mnist.to_toml(), encoding="utf-8")
    assert symconv.load(path) == mnist


def test_without_torch_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotSupported, match=r"from_torch needs PyTorch"):
        from_torch(None, [1.0], 0)


def test_it_is_public() -> None:
    assert symconv.from_torch is from_torch and "from_torch" in dir(symconv)
