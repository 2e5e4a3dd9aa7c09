"""The losses: what they refuse, and the target that they compare with, against torch."""

from collections.abc import Callable
from fractions import Fraction
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from depth import examples
from hypothesis import given, settings, strategies as st
from torch.nn import functional as F

from symconv.array import Array
from symconv.check.torch_network import autograd
from symconv.errors import SpecError
from symconv.networks.fields import numbers
from symconv.networks.form import TensorForm
from symconv.networks.layers.layers import Parameter, Scale
from symconv.networks.loss_fit import loss_faults, target
from symconv.networks.losses import (
    LOSSES,
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    MeanSquaredError,
    Output,
    SmoothL1,
)
from symconv.networks.network import Network, load
from symconv.study import derive

HALF = Fraction(1, 2)
ROW = numbers([0, "1/2", "1/2"])
PRIMES = numbers([f"1/{10**300 + 2 * k + 1}" for k in range(3)])

BAD: dict[str, tuple[Callable[[], object], str]] = {
    # what: (the loss, where its one mistake is)
    "nothing": (lambda: CrossEntropy(), "target"),
    "both": (lambda: CrossEntropy(0, ROW), "target"),
    "negative": (lambda: CrossEntropy(-1), "target"),
    "text": (lambda: CrossEntropy("0"), "target"),  # type: ignore[arg-type]
    "boolean": (lambda: CrossEntropy(True), "target"),
    "no class": (lambda: CrossEntropy(()), "target"),
    "one of many": (lambda: CrossEntropy((0, -1)), "target[1]"),
    "not an array": (lambda: CrossEntropy(probabilities=[1]), "probabilities"),  # type: ignore[arg-type]
    "above one": (lambda: CrossEntropy(probabilities=numbers([2, 0])), "probabilities[0]"),
    "sum": (lambda: CrossEntropy(probabilities=numbers(["1/2", "1/3"])), "probabilities"),
    "sum of a row": (lambda: CrossEntropy(probabilities=numbers([[1, 0], [0, 0]])), "probabilities[1]"),
    "endless sum": (lambda: CrossEntropy(probabilities=PRIMES), "probabilities"),
    "reduction": (lambda: CrossEntropy(0, reduction="none"), "reduction"),  # type: ignore[arg-type]
    "reduction a list": (lambda: CrossEntropy(0, reduction=[]), "reduction"),  # type: ignore[arg-type]
    "smoothing": (lambda: CrossEntropy(0, label_smoothing=Fraction(2)), "label_smoothing"),
    "smoothing a float": (lambda: CrossEntropy(0, label_smoothing=0.1), "label_smoothing"),  # type: ignore[arg-type]
    "a class": (lambda: MeanSquaredError(0), "target"),  # type: ignore[arg-type]
    "mse reduction": (lambda: MeanSquaredError(ROW, ""), "reduction"),  # type: ignore[arg-type]
    "beyond one": (lambda: BinaryCrossEntropy(numbers([[0, "3/2"]])), "target[0][1]"),
    "below nought": (lambda: BinaryCrossEntropy(numbers("-1/2")), "target"),
    "no target": (lambda: AbsoluteError(None), "target"),  # type: ignore[arg-type]
    "delta": (lambda: Huber(ROW, Fraction(0)), "delta"),
    "delta a float": (lambda: Huber(ROW, 0.5), "delta"),  # type: ignore[arg-type]
    "beta": (lambda: SmoothL1(ROW, Fraction(-1)), "beta"),
    "huber reduction": (lambda: Huber(ROW, reduction="none"), "reduction"),  # type: ignore[arg-type]
    "output reduction": (lambda: Output("max"), "reduction"),  # type: ignore[arg-type]
    "bce reduction": (lambda: BinaryCrossEntropy(ROW, None), "reduction"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("what", BAD)
def test_a_loss_refuses_what_it_could_not_mean(what: str) -> None:
    make, place = BAD[what]
    with pytest.raises(SpecError) as caught:
        make()
    assert [fault.place for fault in caught.value.faults] == [place]
    assert caught.value.faults[0].remedy


def test_a_wrong_sum_is_said() -> None:
    with pytest.raises(SpecError, match="this row sums to 5/6"):
        CrossEntropy(probabilities=numbers(["1/2", "1/3"]))


def test_a_list_of_classes_is_put_in_order() -> None:
    assert CrossEntropy([0, 1]) == CrossEntropy((0, 1))  # type: ignore[arg-type]
    assert hash(CrossEntropy((0, 1))) == hash(CrossEntropy([0, 1]))  # type: ignore[arg-type]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.kind)
def test_every_loss_has_a_kind_and_says_what_it_is(loss: type[Loss]) -> None:
    assert loss.kind and loss.__doc__ and "L = " in loss.__doc__


VECTOR, BATCH = TensorForm((3,)), TensorForm((2, 3), batch=True)


@pytest.mark.parametrize(
    ("loss", "output", "places"),
    [
        (CrossEntropy(2), VECTOR, []),
        (CrossEntropy(3), VECTOR, ["loss.target"]),
        (CrossEntropy((2,)), VECTOR, ["loss.target"]),
        (CrossEntropy((0, 2)), BATCH, []),
        (CrossEntropy((3, 4)), BATCH, ["loss.target[0]", "loss.target[1]"]),
        (CrossEntropy(2), BATCH, ["loss.target"]),
        (CrossEntropy((0, 1, 2)), BATCH, ["loss.target"]),
        (CrossEntropy(0), TensorForm((2, 3)), ["loss"]),
        (CrossEntropy((0, 0)), TensorForm((2, 3, 1), batch=True), ["loss"]),
        (CrossEntropy(probabilities=ROW), VECTOR, []),
        (CrossEntropy(probabilities=ROW), BATCH, ["loss.probabilities"]),
        (MeanSquaredError(ROW), VECTOR, []),
        (MeanSquaredError(ROW), TensorForm((3, 1)), ["loss.target"]),
        (BinaryCrossEntropy(numbers([[0, 1]])), TensorForm((1, 2)), []),
        (BinaryCrossEntropy(numbers(0)), VECTOR, ["loss.target"]),
        (CrossEntropy(9), None, []),
        (Huber(ROW), VECTOR, []),
        (SmoothL1(ROW), BATCH, ["loss.target"]),
        (Output(), BATCH, []),
    ],
)
def test_a_loss_fits_the_last_output_or_says_why(loss: Loss, output: TensorForm | None, places: list[str]) -> None:
    assert [fault.place for fault in loss_faults(loss, output)] == places


@st.composite
def cross_entropies(draw: st.DrawFn) -> tuple[CrossEntropy, tuple[int, ...]]:
    """Classes or probabilities for a vector of logits or a batch of them."""
    classes, images = draw(st.integers(1, 4)), draw(st.integers(0, 3))
    shape = (images, classes) if images else (classes,)
    smoothing = Fraction(draw(st.integers(0, 4)), 4)
    if draw(st.booleans()):
        indices = tuple(draw(st.integers(0, classes - 1)) for _ in range(images or 1))
        return CrossEntropy(indices if images else indices[0], label_smoothing=smoothing), shape
    rows = [draw(st.lists(st.integers(1, 5), min_size=classes, max_size=classes)) for _ in range(images or 1)]
    exact = [[Fraction(n, sum(row)) for n in row] for row in rows]
    return CrossEntropy(probabilities=numbers(exact if images else exact[0]), label_smoothing=smoothing), shape


@settings(max_examples=examples(100))
@given(cross_entropies())
def test_the_smoothed_target_gives_the_loss_of_torch(drawn: tuple[CrossEntropy, tuple[int, ...]]) -> None:
    """L = -sum t log softmax(z), which is linear in t: so t is right where L is, at more logits than classes."""
    loss, shape = drawn
    t = target(loss, shape)
    assert t is not None
    assert t.shape == shape and all(isinstance(entry, Fraction) for entry in t.entries)
    given_ = loss.target if loss.probabilities is None else loss.probabilities.map(float).nested()
    theirs = torch.tensor(given_, dtype=torch.float64 if loss.probabilities else torch.int64)
    for seed in range(5):
        z = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        ours = -(torch.tensor(t.map(float).nested(), dtype=torch.float64) * z.log_softmax(-1)).sum()
        torch.testing.assert_close(
            ours, F.cross_entropy(z, theirs, reduction="sum", label_smoothing=float(loss.label_smoothing))
        )


def test_the_target_of_the_others_is_what_was_given() -> None:
    assert target(MeanSquaredError(ROW), (3,)) == target(BinaryCrossEntropy(ROW), (3,)) == ROW
    assert target(Huber(ROW), (3,)) == ROW and target(Output(), (3,)) is None
    assert target(CrossEntropy((1, 0), label_smoothing=HALF), (2, 2)) == numbers([["1/4", "3/4"], ["3/4", "1/4"]])


def read_back(network: Network) -> Network:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.toml"
        path.write_text(network.to_toml(), encoding="utf-8")
        return load(path)


@st.composite
def errors(draw: st.DrawFn) -> Network:
    """Numbers that are compared entry by entry, ties and both kinks among them: whole ones and halves."""
    shape = draw(st.sampled_from([(1,), (3,), (2, 2), (2, 1, 3)]))
    number = st.integers(-6, 6).map(lambda n: Fraction(n, 2))
    array = st.lists(number, min_size=prod(shape), max_size=prod(shape)).map(lambda xs: Array(shape, tuple(xs)))
    reduction, bend = draw(st.sampled_from(["mean", "sum"])), Fraction(draw(st.sampled_from([1, 2, 4])), 2)
    kind = draw(st.sampled_from([AbsoluteError, Huber, SmoothL1, Output]))
    own = (reduction,) if kind is AbsoluteError else (bend, reduction)
    loss = Output(reduction) if kind is Output else kind(draw(array), *own)
    given = Parameter("X", draw(array))
    return Network("errors", Fraction(1), given, (Scale("z", Fraction(1), Fraction(0)),), loss)


@settings(max_examples=examples(40), deadline=None)
@given(errors())
def test_an_error_and_its_gradient_are_those_of_torch_at_kinks_too(network: Network) -> None:
    """The exact numbers, and those of the emitted code, against autograd; the file is read back equal."""
    study, theirs = derive(network), autograd(torch, network)
    found = study.evaluate("torch")
    for name, exact in (("L", study.exact_values["L"]), ("X", study.exact_gradients["X"])):
        want = theirs["L"].detach() if name == "L" else theirs["X"].grad
        assert want is not None
        ours = torch.tensor([float(x) for x in exact.entries], dtype=torch.float64).reshape(want.shape)
        torch.testing.assert_close(ours, want, rtol=1e-15, atol=1e-15)
        emitted = found["values" if name == "L" else "gradients"][name]
        torch.testing.assert_close(emitted, want, rtol=1e-15, atol=1e-15)
    assert read_back(network) == network


def test_the_wrong_slope_beyond_the_kink_would_be_seen() -> None:
    """Huber's and the squared error differ only there."""
    x, t = numbers([3]), numbers([0])
    made = [
        derive(Network("n", Fraction(1), Parameter("X", x), (Scale("z", Fraction(1)),), loss)).exact_gradients["X"]
        for loss in (Huber(t), MeanSquaredError(t), SmoothL1(t, Fraction(1, 2)))
    ]
    assert [list(g.entries) for g in made] == [[1], [6], [1]]
