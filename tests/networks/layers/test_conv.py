"""Convolutions whose weight is an earlier tensor: against torch, in a file, and what they refuse."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import torch
from by_torch import numbers
from sympy import flatten
from torch.nn import functional as F

from symconv.array import Shape
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.further import Further
from symconv.networks.layers.layers import Conv, ConvTranspose, Layer, Parameter, Permute, Relu, Scale
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network, from_text, windows_of
from symconv.study import derive

TWO = Parameter.of("b", [1, -2])


def computed(shape: Shape, weight: Shape, conv: Layer, *more: Layer, batch: bool = False) -> Network:
    """A kernel K that is half of what V holds, without its negative numbers, and a convolution with it."""
    given, held = Parameter("X", numbers(shape, 5)), Further(Parameter("V", numbers(weight, 8)), learns=True)
    layers = (Relu("R", input="V"), Scale("K", Fraction(1, 2)), conv, *more)
    forms = [conv.fit(TensorForm(shape, batch=batch), TensorForm(weight))[0]]
    last = forms[0].shape if forms[0] else (1,)
    return Network(
        "computed", Fraction(1), given, layers, MeanSquaredError(numbers(last, 71), "sum"), batch, (held,)
    )  # fmt: skip


Case = tuple[Shape, Shape, Layer, bool]
PAIRS = ((1, 1), (1, 1))
CASES: dict[str, Case] = {
    "a matrix": ((4, 5), (2, 3), Conv("S", other="K", input="X"), False),
    "a sequence": ((2, 6), (3, 2, 2), Conv("S", other="K", input="X", stride=(2,), padding=((1, 1),)), False),
    "images": (
        (2, 2, 4, 4), (2, 2, 2, 2), Conv("S", None, TWO, (2, 1), ((1, 1), (0, 0)), (1, 2), 1, "X", "K"), True,
    ),
    "groups": ((4, 3, 3), (2, 2, 2, 2), Conv("S", other="K", input="X", groups=2, padding=PAIRS), False),
    "each channel": ((2, 2, 4, 3), (2, 1, 2, 2), Conv("S", other="K", input="X", groups=2), True),
    "transposed": (
        (2, 3, 2), (2, 2, 2, 2),
        ConvTranspose("S", None, TWO, (2, 2), ((1, 1), (1, 1)), (1, 0), 1, (1, 1), "X", "K"), False,
    ),
    "transposed, a sequence in groups": (
        (2, 4, 3), (4, 1, 2), ConvTranspose("S", other="K", input="X", stride=(2,), groups=2), True,
    ),
    "transposed, a matrix": ((3, 2), (2, 2), ConvTranspose("S", other="K", input="X"), False),
}  # fmt: skip


def by_torch(made: Network, conv: Any) -> dict[str, Any]:
    """torch's own tensors, with their gradients."""
    held = [made.input, *(x.tensor for x in made.tensors), *([conv.bias] if conv.bias else [])]
    leaves = {
        p.name: torch.tensor([*map(float, p.value.entries)], dtype=torch.float64).reshape(p.value.shape)
        for p in held
    }  # fmt: skip
    X, V, *_ = [x.requires_grad_() for x in leaves.values()]
    K = V.relu() / 2
    window = windows_of(made)["S"]
    x, k = (X, K) if window.channels else (X[None], K[None, None])
    sides, dims = [lo for lo, _ in window.padding], len(window.kernel)
    if isinstance(conv, ConvTranspose):
        rests = conv.output_padding * (dims if len(conv.output_padding) == 1 else 1)
        function = getattr(F, f"conv_transpose{dims}d")
        out = function(x, k, leaves.get("b"), window.stride, sides, rests, conv.groups, window.dilation)
    else:
        function = getattr(F, f"conv{dims}d")
        out = function(x, k, leaves.get("b"), window.stride, sides, window.dilation, conv.groups)
    out = out if window.channels else out[0]
    target: Any = made.loss
    wanted = torch.tensor([*map(float, target.target.entries)], dtype=torch.float64).reshape(out.shape)
    ((out - wanted) ** 2).sum().backward()
    return {**leaves, "S": out}


@pytest.mark.parametrize("case", CASES)
def test_each_is_torchs_with_every_gradient(case: str) -> None:
    shape, weight, conv, batch = CASES[case]
    made = computed(shape, weight, conv, batch=batch)
    study, theirs = derive(made), by_torch(made, conv)
    found = study.evaluate("torch")
    assert torch.equal(found["values"]["S"], theirs.pop("S"))
    for name, leaf in theirs.items():
        assert torch.equal(found["gradients"][name], leaf.grad), name
        assert [*map(float, flatten(study.gradients[name]))] == leaf.grad.flatten().tolist()
    assert study.parameters == ("V", *(["b"] if "b" in theirs else []))


@pytest.mark.parametrize("case", ["a sequence", "groups", "transposed"])
def test_every_step_is_verified(case: str) -> None:
    shape, weight, conv, batch = CASES[case]
    assert derive(computed(shape, weight, conv, batch=batch)).verify()


@pytest.mark.parametrize("case", CASES)
def test_a_file_holds_it(case: str) -> None:
    shape, weight, conv, batch = CASES[case]
    made = computed(shape, weight, conv, batch=batch)
    text = made.to_toml()
    assert 'other = "K"' in text and from_text(text, "computed") == made


def test_an_option_that_is_the_same_in_every_dimension_is_kept_once() -> None:
    one = Conv("S", other="K", stride=2, padding=1)  # type: ignore[arg-type]
    assert one == Conv("S", other="K", stride=(2, 2), padding=((1, 1), (1, 1))) != Conv("S", other="K", stride=(2, 1))
    assert one.window((1, 1, 2, 2)).stride == (2, 2) and one.window((1, 1, 2)).padding == ((1, 1),)
    assert one.window((1, 1, 2)).options == {"stride": (2,), "padding": (1, 1), "dilation": (1,), "groups": (1,)}


def test_the_kernel_may_be_the_tensor_that_is_read() -> None:
    """Its gradient is then the sum of both."""
    layers: tuple[Layer, ...] = (Conv("S", other="X"), Permute("Q", (1, 0)))
    made = Network("self", Fraction(1), Parameter("X", numbers((2, 2), 3)), layers, MeanSquaredError(numbers((1, 1))))
    x = torch.tensor([*map(float, made.input.value.entries)], dtype=torch.float64).reshape(2, 2).requires_grad_()
    ((x * x).sum() + 105).square().backward()
    study = derive(made)
    assert torch.equal(study.evaluate("torch")["gradients"]["X"], x.grad) and study.verify()


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no weight": (
        lambda: Conv("S"),
        "weight: is missing\n  give one of weight (numbers) and other (an earlier tensor)",
    ),
    "two": (lambda: ConvTranspose("S", TWO, other="K"), "weight: weight and other are given\n  give one of weight"),
    "a name that is none": (lambda: Conv("S", other="a b"), 'other: "a b" cannot name a tensor'),
    "a list": (
        lambda: computed((2, 3), (3,), Conv("S", other="K", input="X")),
        'layers[2] (conv "S"): weight K: has shape (3,), not 2 or 3 or 4 or 5 dimensions\n'
        "  give a list of rows, or of channels: (O, C/groups, kh, kw)",
    ),
    "other channels": (
        lambda: computed((3, 4, 4), (2, 2, 2, 2), Conv("S", other="K", input="X")),
        "its input 3x4x4 has 3 channels, weight K of 1 group wants 2\n  give a weight whose second extent is 3",
    ),
    "other channels, transposed": (
        lambda: computed((3, 4, 4), (2, 2, 2, 2), ConvTranspose("S", other="K", input="X")),
        "its input 3x4x4 has 3 channels, weight K of 1 group wants 2\n  give a weight whose first extent is 3",
    ),
    "no room": (
        lambda: computed((2, 2), (3, 3), Conv("S", other="K", input="X")),
        "kernel 3x3 does not fit its input 2x2 (padding 0, dilation 1)",
    ),
    "groups": (
        lambda: computed((4, 4, 4), (3, 2, 2, 2), Conv("S", other="K", input="X", groups=2)),
        'layers[2] (conv "S"): groups: 3 output channels do not split into 2 groups',
    ),
    "a stride for two dimensions": (
        lambda: computed((2, 6), (3, 2, 2), Conv("S", other="K", input="X", stride=(1, 2))),
        'layers[2] (conv "S"): stride: a list of 2 does not fit 1 dimension\n  give one number',
    ),
    "a bias": (
        lambda: computed((2, 6), (3, 2, 2), Conv("S", bias=TWO, other="K", input="X")),
        'layers[2] (conv "S"): bias.value: has shape (2,), but the weight has 3 output channels\n  give a list of 3',
    ),
    "an output padding": (
        lambda: computed((2, 6), (2, 2, 2), ConvTranspose("S", other="K", input="X", output_padding=(1,))),
        "output_padding[0]: 1 is not below the stride 1 or the dilation 1",
    ),
    "a later tensor": (
        lambda: computed((2, 2), (2, 2), Conv("S", other="Q", input="X"), Relu("Q")),
        '"Q" would make a cycle: it is computed later',
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)


def test_all_that_is_wrong_with_a_layer_is_said_at_once() -> None:
    with pytest.raises(SpecError) as refused:
        Conv("S", Parameter.of("U", [[[1]], [[2]]]), Parameter.of("b", [1]), stride=(0,), groups=3)
    assert [fault.place for fault in refused.value.faults] == ["stride[0]", "groups", "bias.value"]
