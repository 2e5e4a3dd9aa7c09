"""A run that is followed: sizes, branches on them and changes in place; and where it cannot be, the message says where
in the source, why, and what would work."""

import re
import warnings
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from symconv.errors import NotSupported, SymconvError  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

GIVEN = [[1.0, -1.0, 0.5, 2.0], [0.25, 1.0, -2.0, 0.5]]
SOURCE = Path(__file__).read_text(encoding="utf-8").splitlines()


class Passed(nn.Module):
    """A model whose pass is what is given, and then a linear layer."""

    def __init__(self, part: Callable[[Any], Any]) -> None:
        super().__init__()
        self.part, self.last = part, nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.last(self.part(x))


def branch(x: Any) -> Any:
    if x.sum() > 0:  # branch
        return x
    return torch.relu(x)


def number(x: Any) -> Any:
    return x + float(x.mean())  # number


def compared(x: Any) -> Any:
    while torch.equal(x, x + x):  # compared
        x = x + 1
    return x


def by_numpy(x: Any) -> Any:
    return x + torch.from_numpy(x.detach().numpy())  # by_numpy


def raised(x: Any) -> Any:
    raise LookupError("no such thing. More of it.")  # raised


def viewed(x: Any) -> Any:
    y = x + x
    part = y[0]
    y.mul_(2)
    return part + x  # viewed


def scripted(x: Any) -> Any:
    with warnings.catch_warnings(action="ignore"):
        script = torch.jit.trace(twice, torch.ones(2, 4))
    return torch.relu(script(x))  # scripted


def twice(x: Any) -> Any:
    return torch.relu(x) + x


ASKS, LEAVES = "asks for the value of a tensor", "let it depend on sizes and on numbers that the model holds"
UNTRACED: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "branch": (branch, ASKS, LEAVES),
    "number": (number, ASKS, LEAVES),
    "compared": (compared, ASKS, LEAVES),
    "by_numpy": (by_numpy, ASKS, LEAVES),
    "raised": (raised, r"cannot run on an input of shape \(2, 4\)", "LookupError: no such thing"),
    "viewed": (viewed, "a tensor is read that was changed in place under another name", "change it by its own name"),
    "scripted": (scripted, "a tensor is read that was computed where torch shows no call", "call functions of torch"),
}


def line_of(word: str) -> int:
    return next(number for number, line in enumerate(SOURCE, 1) if line.endswith(f"# {word}"))


@pytest.mark.parametrize("case", UNTRACED)
def test_a_pass_that_cannot_be_traced_is_refused_with_its_line(case: str) -> None:
    part, problem, remedy = UNTRACED[case]
    with pytest.raises(SymconvError) as refused:
        from_torch(Passed(part), GIVEN, [0, 1])
    first, second = str(refused.value).splitlines()
    assert first.startswith(f"Passed, test_follow.py:{line_of(case)}: ")
    assert re.search(problem, first) and second.startswith(f"  {remedy}") and len(first) < 300


def sized(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What a tensor's size is read from is cut off, the tensor is not."""

    def part(x: Any) -> Any:
        with torch.no_grad():
            size = read(x)
        return torch.relu(x).view(size, 4)

    return part


SIZED: dict[str, Callable[[Any], Any]] = {
    "size": lambda x: x.size(0),
    "shape": lambda x: x.shape[0],
    "a part": lambda x: x.numel() // 4,
    "of a sum": lambda x: x.ndimension() + x.dim() - x.ndim,
}


@pytest.mark.parametrize("case", SIZED)
def test_a_size_has_no_gradient_that_could_be_cut(case: str) -> None:
    assert [layer.kind for layer in from_torch(Passed(sized(SIZED[case])), GIVEN, [0, 1]).layers] == ["relu", "linear"]


def asserted(x: Any) -> Any:
    assert x.shape[1] == 4 and x.size(0) == len(x)
    return torch.relu(x)


def ranged(x: Any) -> Any:
    for _ in range(x.size(0)):
        x = torch.relu(x)
    return x


def branched(x: Any) -> Any:
    return torch.tanh(x) if x.shape[-1] > 3 else torch.relu(x)


def by_what_the_model_holds(x: Any) -> Any:
    return torch.tanh(x) if bool((torch.arange(x.size(0)) >= 0).all()) else x


def in_place(x: Any) -> Any:
    y = x.add(x)
    y += x
    y.relu_()
    return y.add(x).add_(x).tanh()


def read_again(x: Any) -> Any:
    y = x + x
    return torch.relu_(y) + y


def summed(x: Any) -> Any:
    total = torch.zeros(2, 4)
    total += x
    total.mul_(x).add_(total)
    return total


def converted(x: Any) -> Any:
    return torch.relu(x.float().to(x.dtype).type_as(x).cpu().requires_grad_())


def forwarded(x: Any) -> Any:
    return nn.functional.relu(input=x, inplace=False)


def printed(x: Any) -> Any:
    assert f"{x}" and not x.is_cuda and (x.dtype, x.requires_grad) == (torch.float64, True)
    return torch.relu(x)


def values_asserted(x: Any) -> Any:
    assert (x == x).all() and not torch.equal(x, x + 1)
    return torch.relu(x)


def numbered(x: Any) -> Any:
    return x * x.mean().item()


def filled(x: Any) -> Any:
    """What it was is gone: a constant is written into it."""
    kept = x.detach().clone().fill_(0.5)
    kept[:, 0] = 2.0
    return x + kept


def added_to(x: Any) -> Any:
    """The zeros as they were before they were changed."""
    total = x.new_zeros(x.shape)
    total += x
    return total * 2


def shaped(x: Any) -> Any:
    """What is asked for its shape, or its kind, is not read."""
    mask = torch.tensor([True, False, True, True]).expand_as(x)
    return x * mask.type_as(x).view_as(x)


class Doubled(nn.ReLU):
    """A subclass of a module of torch that does something else besides."""

    def forward(self, x: Any) -> Any:
        x = super().forward(x)
        return x + x


FOLLOWED: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "asserted": (asserted, ["relu"]),
    "values asserted": (values_asserted, ["relu"]),
    "a number of its own": (numbered, ["mean", "detach", "mul"]),
    "filled": (filled, ["add"]),
    "zeros that are added to": (added_to, ["add", "mul"]),
    "a shape": (shaped, ["mul"]),
    "ranged": (ranged, ["relu", "relu_1"]),
    "branched": (branched, ["tanh"]),
    "by what the model holds": (by_what_the_model_holds, ["tanh"]),
    "in place": (in_place, ["add", "add_1", "relu", "add_2", "add_3", "tanh"]),
    "read again after a change in place": (read_again, ["add", "relu", "add_1"]),
    "a sum that starts with zeros": (summed, ["add", "mul", "add_1"]),
    "converted": (converted, ["relu"]),
    "by keyword": (forwarded, ["relu"]),
    "printed": (printed, ["relu"]),
    "subclass": (Doubled(), ["part.relu", "part"]),
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_what_is_run_is_followed(case: str) -> None:
    part, names = FOLLOWED[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = from_torch(Passed(part), GIVEN, [0, 1])
    assert [layer.name for layer in net.layers] == [*names, "last"]


class Named(nn.Module):
    """Modules with the names that the second call of a function, and the first part of a tensor, would have."""

    def __init__(self) -> None:
        super().__init__()
        self.relu_1, self.chunk = nn.Tanh(), nn.ModuleList([nn.Sigmoid()])
        self.last = nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        a, b = torch.relu(torch.relu(x) + x).chunk(2, 1)
        return self.last(torch.cat([self.relu_1(a), self.chunk[0](b)], 1))


def test_no_two_calls_have_one_name() -> None:
    net = from_torch(Named(), GIVEN, [0, 1])
    names = [layer.name for layer in net.layers]
    assert names == ["relu", "add", "relu_2", "chunk_1.0", "chunk_1.1", "relu_1", "chunk.0", "cat", "last"]


def counted(x: Any) -> Any:
    return x * (x > 0).float()


def test_what_makes_floats_of_something_else_is_no_copy() -> None:
    assert [x.kind for x in from_torch(Passed(counted), GIVEN, [0, 1]).layers] == ["heaviside", "mul", "linear"]
    assert [x.kind for x in from_torch(Passed(asked), GIVEN, [0, 1]).layers] == ["relu", "linear"]


def asked(x: Any) -> Any:
    assert "Double" in x.type()
    return torch.relu(x)


def test_a_parameter_of_integers_is_no_hindrance() -> None:
    model = Passed(torch.relu)
    model.register_parameter("steps", nn.Parameter(torch.tensor([1, 2]), requires_grad=False))
    assert len(from_torch(model, GIVEN, [0, 1]).layers) == 2


class Several(nn.Module):
    """Two heads, and what they were computed from."""

    def __init__(self, pack: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.body, self.a, self.b, self.pack = nn.Linear(4, 3), nn.Linear(3, 2), nn.Linear(3, 2), pack

    def forward(self, x: Any) -> Any:
        h = torch.relu(self.body(x))
        return self.pack(self.a(h), self.b(h))


Pair = namedtuple("Pair", ["value", "policy"])
SEVERAL: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "tuple": (lambda a, b: (a, b), 1),
    "list, from the end": (lambda a, b: [a, b], -1),
    "key": (lambda a, b: {"a": a, "out": b}, "out"),
    "attribute": (Pair, "policy"),
    "data": (lambda a, b: SimpleNamespace(out=b), "out"),
}


@pytest.mark.parametrize("case", SEVERAL)
def test_one_of_several_outputs_is_chosen(case: str) -> None:
    pack, output = SEVERAL[case]
    net = from_torch(Several(pack), GIVEN, [0, 1], output=output)
    assert [layer.name for layer in net.layers] == ["body", "relu", "b"]


def test_what_a_model_returns_is_said_where_it_is_not_one_tensor() -> None:
    for pack, output, message in (
        (lambda a, b: {"a": a, "b": b}, None, "the model returns dict with a, b, not one tensor\n  choose one"),
        (lambda a, b: (a, b), 2, "output 2: the model returns tuple of 2\n  give one of them"),
        (lambda a, b: {"a": a}, "c", "output 'c': the model returns dict with a\n"),
        (lambda a, b: a, "scores", "output 'scores': the model returns one Tensor\n"),
        (lambda a, b: None, None, "the model returns one NoneType, not one tensor"),
    ):
        with pytest.raises(NotSupported, match=message):
            from_torch(Several(pack), GIVEN, [0, 1], output=output)


class Digamma(nn.Identity):
    """A function that is not known, as a layer of torch's kind."""

    def forward(self, x: Any) -> Any:
        return torch.digamma(x)


class Deep(nn.Module):
    """Many layers that are not known, of three kinds, and functions of two."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = nn.Sequential(*(Digamma() for _ in range(30)))
        self.others = nn.Sequential(nn.Fold(1, 1), nn.Flatten(2), nn.Hardtanh(), nn.Fold(1, 1))
        self.last = nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.last(torch.lgamma(torch.erfinv(self.others(self.drawn(x)[..., None])[..., 0, 0])))


def test_what_is_known_is_listed_once_and_what_is_not_once_for_each_kind() -> None:
    with pytest.raises(NotSupported) as refused:
        from_torch(Deep(), GIVEN, [0, 1])
    text = str(refused.value)
    assert text.startswith(
        "Deep: 4 mistakes\ndrawn.0 (Digamma): has no derivation, here and in 29 more places\n  known:"
    )
    assert "others.0 (nn.Fold): has no derivation, here and in 1 more place\nerfinv, test_" in text
    assert text.count("known: nn.") == text.count("known: relu") == 1
    assert len(text) < 5000
