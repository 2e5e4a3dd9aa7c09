"""torch's matrix products and einsum in every form, on both sides, against the model itself; and what is refused."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Part, held_to_model, kinds, refused  # noqa: E402

from symconv.torch_models.contractions import spelt  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
W, LIST = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.0, 2.0]]), torch.tensor([1.0, -2.0])


def attention(x: Any) -> Any:
    return torch.bmm((x @ x.mT / 2).softmax(-1), x)


CALLS: dict[str, tuple[Part, tuple[int, ...], list[str]]] = {
    "@": (lambda x: x @ x.mT, (2, 2, 3), ["einsum"]),
    "matmul, broadcast": (lambda x: torch.matmul(x[:1], other=x), (2, 2, 2), ["slice", "matmul"]),
    "mm": (lambda x: x.mm(x.t()), (2, 3), ["einsum"]),
    "mm by name": (lambda x: torch.mm(input=x, mat2=x), (2, 2), ["matmul"]),
    "bmm": (lambda x: torch.bmm(x.mT, x), (2, 2, 3), ["einsum"]),
    "mv": (lambda x: x.mv(x[0]), (2, 3), ["select", "matmul"]),
    "a list times a matrix": (lambda x: x[0] @ x, (2, 2), ["select", "matmul"]),
    "outer": (lambda x: torch.outer(x[0], x[1]), (2, 3), ["select", "select", "einsum"]),
    "attention": (attention, (2, 2, 3), ["einsum", "scale", "axis_softmax", "matmul"]),
    "einsum": (lambda x: torch.einsum("nqd,nkd->nqk", x, x), (2, 2, 3), ["einsum"]),
    "einsum of a list": (lambda x: torch.einsum("nqd, nKd -> nqK", [x, x * 2]), (2, 2, 3), ["scale", "einsum"]),
    "einsum, no output": (lambda x: torch.einsum("bid,bjd", x, x), (2, 2, 3), ["einsum"]),
    "einsum of ...": (lambda x: torch.einsum("...qd,...kd->...qk", x, x), (2, 1, 2, 3), ["einsum"]),
    "einsum of fewer axes": (lambda x: torch.einsum("...d,ed->...e", x, x[0]), (2, 2, 3), ["select", "einsum"]),
    "einsum of numbers": (lambda x: torch.einsum(x, [0, 1], x, [2, 1], [0, 2]), (2, 3), ["einsum"]),
    "einsum of one": (lambda x: torch.einsum("abc->ca", x), (2, 3, 2), ["axis_sum", "permute"]),
    "einsum that changes nothing": (lambda x: torch.einsum("ab->ab", x), (2, 3), []),
}


@pytest.mark.parametrize("call", spread(CALLS, 8))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    part, shape, layers = CALLS[call]
    assert kinds(held_to_model(lambda x: part(x) * 2, *shape)) == [*layers, "scale"]


HELD: dict[str, tuple[Part, Any, tuple[int, ...], list[str]]] = {
    "on the right": (lambda m, x: x @ m.w, W, (2, 3), ["matmul"]),
    "on the left": (lambda m, x: m.w @ x, W, (2, 2, 3), ["matmul"]),
    "a column": (lambda m, x: x @ m.w, LIST, (3, 2), ["matmul"]),
    "a row": (lambda m, x: m.w @ x, LIST, (2, 3), ["matmul"]),
    "a list from the left": (lambda m, x: torch.outer(m.w, x[0]), LIST, (2, 3), ["select", "einsum"]),
    "einsum": (lambda m, x: torch.einsum("ni,oi->no", x, m.w), W, (4, 2), ["einsum"]),
    "einsum, the model's first": (lambda m, x: torch.einsum("oi,...i->...o", m.w, x), W, (4, 1, 2), ["einsum"]),
}


@pytest.mark.parametrize("role", ["learned", "constant"])
@pytest.mark.parametrize("call", HELD)
def test_what_the_model_holds_is_a_weight_or_a_constant(call: str, role: str) -> None:
    part, held, shape, layers = HELD[call]
    net = held_to_model(lambda m, x: part(m, x) * 2, *shape, **{role: {"w": held}})
    assert kinds(net) == [*layers, "scale"]


def test_letters_are_small_and_points_are_letters_too() -> None:
    assert spelt("bid,bjd", [3, 3]) == ["bid", "bjd", "ij"]
    assert spelt("aB,Bc->ac", [2, 2]) == ["az", "zc", "ac"]
    assert spelt("...a,...a", [3, 2]) == ["zya", "ya", "zy"]
    assert spelt("ab...->b...", [3]) == ["abz", "bz"]


REFUSED: dict[str, tuple[Part, str]] = {
    "one number": (lambda x: x[0] @ x[0], "makes one number of two lists"),
    "one number of all": (lambda x: torch.einsum("ij,ij->", x, x), "makes one number of all"),
    "a diagonal": (lambda x: torch.einsum("ii->i", x), '"ii->i" has a letter twice in one tensor'),
}


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(call: str) -> None:
    part, message = REFUSED[call]
    said = refused(lambda x: part(x) * 2, 2, 2)
    assert message in said
