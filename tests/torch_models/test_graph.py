"""Where a forward pass cannot be traced, the message says where in its source, why, and what would work."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
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


def asserted(x: Any) -> Any:
    assert x.shape[1] == 4  # asserted
    return torch.relu(x)


def looped(x: Any) -> Any:
    return sum(row for row in x)  # looped


def number(x: Any) -> Any:
    return x + float(x.mean())  # number


def ranged(x: Any) -> Any:
    for _ in range(x.size(0)):  # ranged
        x = torch.relu(x)
    return x


def raised(x: Any) -> Any:
    raise LookupError("no such thing. More of it.")  # raised


ASKS, LEAVES = "asks for the value of a tensor, or for a size", "let it depend on numbers that the model holds"
UNTRACED: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "branch": (branch, ASKS, LEAVES),
    "asserted": (asserted, ASKS, LEAVES),
    "looped": (looped, "a tensor is unpacked or looped over", "name its parts one by one"),
    "number": (number, "a function asks for the numbers of a tensor", "call functions of torch on tensors alone"),
    "ranged": (ranged, "a function asks for the numbers of a tensor", "call functions of torch on tensors alone"),
    "raised": (raised, r"LookupError: no such thing", "write a forward pass that calls modules and functions of torch"),
}


def line_of(word: str) -> int:
    return next(number for number, line in enumerate(SOURCE, 1) if line.endswith(f"# {word}"))


@pytest.mark.parametrize("case", UNTRACED)
def test_a_pass_that_cannot_be_traced_is_refused_with_its_line(case: str) -> None:
    part, problem, remedy = UNTRACED[case]
    with pytest.raises(NotSupported) as refused:
        from_torch(Passed(part), GIVEN, [0, 1])
    first, second = str(refused.value).splitlines()
    assert first.startswith(f"Passed, test_graph.py:{line_of(case)}: torch.fx cannot trace it: ")
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


class Deep(nn.Module):
    """Many layers that are not known, of three kinds, and functions of two."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.Sequential(*(nn.LayerNorm(4) for _ in range(30)))
        self.others = nn.Sequential(nn.Hardswish(), nn.SiLU(), nn.Hardswish())
        self.last = nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.last(F.hardswish(F.silu(self.others(self.norms(x)))))


def test_what_is_known_is_listed_once_and_what_is_not_once_for_each_kind() -> None:
    with pytest.raises(NotSupported) as refused:
        from_torch(Deep(), GIVEN, [0, 1])
    text = str(refused.value)
    assert text.startswith(
        "Deep: 5 mistakes\nnorms.0 (nn.LayerNorm): has no derivation, here and in 29 more places\n  known:"
    )
    assert "others.0 (nn.Hardswish): has no derivation, here and in 1 more place\nothers.1 (nn.SiLU): has no" in text
    assert text.count("known: nn.") == text.count("known: relu") == 1
    assert len(text) < 2500
