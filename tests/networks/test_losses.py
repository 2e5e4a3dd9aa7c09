"""The losses: what they refuse, and the target that they compare with, against torch."""

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from depth import examples
from hypothesis import given, settings, strategies as st
from torch.nn import functional as F

from symconv.errors import SpecError
from symconv.networks.fields import numbers
from symconv.networks.form import TensorForm
from symconv.networks.loss_fit import loss_faults, target
from symconv.networks.losses import LOSSES, BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError

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
    assert target(CrossEntropy((1, 0), label_smoothing=HALF), (2, 2)) == numbers([["1/4", "3/4"], ["3/4", "1/4"]])
