"""The losses of torch and the end of the model that belongs to them: true to torch, or refused, never another loss."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

import symconv  # noqa: E402
from symconv.errors import NotSupported, SpecError, SymconvError  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.losses import CLASSES, MEANT, WORDS  # noqa: E402

GIVEN = [[1.0, -1.0, 0.5, 2.0], [0.25, 1.0, -2.0, 0.5]]
CLASS, ROWS = [0, 2], [[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]]


class Ended(nn.Module):
    """A linear layer, and what is done with its scores."""

    def __init__(self, end: Callable[[Any], Any]) -> None:
        super().__init__()
        self.a, self.end = nn.Linear(4, 3), end

    def forward(self, x: Any) -> Any:
        return self.end(self.a(x))


def scores(x: Any) -> Any:
    return x


SIGMOIDS = {
    "nn": nn.Sigmoid(),
    "torch": torch.sigmoid,
    "F": F.sigmoid,
    "method": lambda x: x.sigmoid(),
    "and contiguous": lambda x: torch.sigmoid(x).contiguous(),
    "and view": lambda x: torch.sigmoid(x).view(2, 3),
}
LOGS = {
    "nn": nn.LogSoftmax(1),
    "nn, last": nn.LogSoftmax(-1),
    "nn, no dim": nn.LogSoftmax(),
    "torch": lambda x: torch.log_softmax(x, 1),
    "F": lambda x: F.log_softmax(x, dim=-1),
    "F, no dim": F.log_softmax,
    "method": lambda x: x.log_softmax(dim=1),
    "and Identity": nn.Sequential(nn.LogSoftmax(1), nn.Identity()),
}
# the end of the model, the loss, the target, the layers that remain and our loss
TRUE: dict[str, tuple[Any, Any, Any, list[str], str]] = {
    **{f"sigmoid, {name}": (end, nn.BCELoss(), ROWS, ["linear"], "binary") for name, end in SIGMOIDS.items()},
    **{f"log_softmax, {name}": (end, nn.NLLLoss(), CLASS, ["linear"], "cross") for name, end in LOGS.items()},
    "bce, sum": (nn.Sigmoid(), nn.BCELoss(reduction="sum"), ROWS, ["linear"], "binary"),
    "bce as a word": (nn.Sigmoid(), "bce", ROWS, ["linear"], "binary"),
    "bce as a function": (nn.Sigmoid(), F.binary_cross_entropy, ROWS, ["linear"], "binary"),
    "our word, a sigmoid": (nn.Sigmoid(), "binary_cross_entropy", ROWS, ["linear"], "binary"),
    "our word, scores": (scores, "binary_cross_entropy", ROWS, ["linear"], "binary"),
    "nll, sum": (nn.LogSoftmax(1), nn.NLLLoss(reduction="sum"), torch.tensor(CLASS), ["linear"], "cross"),
    "nll as a word": (nn.LogSoftmax(1), "nll", CLASS, ["linear"], "cross"),
    "nll as a function": (nn.LogSoftmax(1), F.nll_loss, CLASS, ["linear"], "cross"),
    "log_softmax twice": (nn.LogSoftmax(1), nn.CrossEntropyLoss(), CLASS, ["linear"], "cross"),
    "log_softmax twice, smoothed": (
        F.log_softmax,
        nn.CrossEntropyLoss(label_smoothing=0.25),
        CLASS,
        ["linear"],
        "cross",
    ),
    "log_softmax twice, rows": (F.log_softmax, F.cross_entropy, ROWS, ["linear"], "cross"),
    "softmax twice": (nn.Softmax(1), nn.CrossEntropyLoss(), CLASS, ["linear", "axis_softmax"], "cross"),
    "log_softmax over images": (
        nn.LogSoftmax(0),
        nn.CrossEntropyLoss(),
        CLASS,
        ["linear", "axis_log_softmax"],
        "cross",
    ),
    "log_softmax, then squares": (nn.LogSoftmax(1), nn.MSELoss(), ROWS, ["linear", "axis_log_softmax"], "mean_squared"),
    "sigmoid twice": (nn.Sigmoid(), nn.BCEWithLogitsLoss(), ROWS, ["linear", "sigmoid"], "binary"),
    "sigmoid twice, word": (nn.Sigmoid(), "bce_with_logits", ROWS, ["linear", "sigmoid"], "binary"),
    "two sigmoids": (lambda x: torch.sigmoid(torch.sigmoid(x)), nn.BCELoss(), ROWS, ["linear", "sigmoid"], "binary"),
    "sigmoid, then squares": (nn.Sigmoid(), nn.MSELoss(), ROWS, ["linear", "sigmoid"], "mean_squared"),
    "sigmoid, then classes": (nn.Sigmoid(), nn.CrossEntropyLoss(), CLASS, ["linear", "sigmoid"], "cross"),
    "squares as a function": (scores, F.mse_loss, ROWS, ["linear"], "mean_squared"),
    "logits as a function": (scores, F.binary_cross_entropy_with_logits, ROWS, ["linear"], "binary"),
}


def torchs(loss: Any, end: Any) -> Callable[[Any, Any], Any]:
    """The loss as torch has it: written here once more, word by word."""
    if loss == "binary_cross_entropy":
        return F.binary_cross_entropy_with_logits if end is scores else F.binary_cross_entropy
    words = {"bce": F.binary_cross_entropy, "nll": F.nll_loss, "bce_with_logits": F.binary_cross_entropy_with_logits}
    return words[loss] if isinstance(loss, str) else loss


@cache
def evaluated(net: symconv.Network) -> Any:
    """Many models are one network, whose numbers are those of all of them."""
    return symconv.derive(net).evaluate("torch")


@pytest.mark.filterwarnings("ignore:Implicit dimension")
@pytest.mark.parametrize("case", TRUE)
def test_the_loss_is_that_of_torch(case: str) -> None:
    end, loss, target, kinds, kind = TRUE[case]
    torch.manual_seed(2)
    model = Ended(end)
    net = from_torch(model, GIVEN, target, loss)
    assert [layer.kind for layer in net.layers] == kinds and net.loss.kind.startswith(kind)
    t = torch.as_tensor(target)
    wanted = torchs(loss, end)(model.double()(torch.tensor(GIVEN).double()), t.double() if t.is_floating_point() else t)
    wanted.backward()
    found = evaluated(net)
    assert torch.allclose(found["values"]["L"], wanted, 1e-12)
    assert torch.allclose(found["gradients"]["a.weight"], model.a.weight.grad, 1e-10, 1e-14)


def test_one_image_has_its_classes_in_its_only_axis() -> None:
    net = from_torch(nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(0)), GIVEN[0], 2, nn.NLLLoss())
    assert [layer.kind for layer in net.layers] == ["linear"] and not net.batch
    with pytest.raises(NotSupported, match=r"1 \(nn\.LogSoftmax\): dim=0 of 1x3 are not the classes"):
        from_torch(nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(0)), GIVEN[:1], [2], nn.NLLLoss())


# the end of the model, the loss, the target, what is said
REFUSED: dict[str, tuple[Any, Any, Any, str]] = {
    "bce of scores": (
        scores,
        nn.BCELoss(),
        ROWS,
        r"loss: binary_cross_entropy takes probabilities, and the model ends with a \(nn\.Linear\)\n  derived",
    ),
    "bce of a tanh": (torch.tanh, nn.BCELoss(), ROWS, r"takes probabilities, and the model ends with tanh"),
    "nll of scores": (
        scores,
        nn.NLLLoss(),
        CLASS,
        r"loss: nll_loss takes logarithms of probabilities, and the model ends with a \(nn\.Li",
    ),
    "nll of a softmax": (nn.Softmax(1), nn.NLLLoss(), CLASS, r"takes logarithms .* ends with end \(nn\.Softmax\)"),
    "log_softmax over images": (
        nn.LogSoftmax(0),
        nn.NLLLoss(),
        CLASS,
        r"dim=0 of 2x3 are not the classes.*\n  known: dim=1",
    ),
    "dtype": (
        lambda x: F.log_softmax(x, 1, dtype=torch.float64),
        nn.NLLLoss(),
        CLASS,
        r"the argument dtype has no deriv",
    ),
    "nll of rows": (nn.LogSoftmax(1), nn.NLLLoss(), ROWS, r"target: is of floats, and nll_loss takes class indices"),
    "negative": (scores, nn.CrossEntropyLoss(), [0, -1], r"target\[1\]: -1 is out of range"),
    "one-hot integers": (
        scores,
        nn.CrossEntropyLoss(),
        [[0, 1, 0], [1, 0, 0]],
        r"shape \(2, 3\) and is of integers.*\n  give one class index .*\(target\.argmax\(-1\)\)",
    ),
    "too many classes": (scores, nn.CrossEntropyLoss(), [0, 1, 1], r"has shape \(3,\), the output is \(2, 3\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_another_loss_is_refused(case: str) -> None:
    end, loss, target, message = REFUSED[case]
    torch.manual_seed(2)
    with pytest.raises(SymconvError) as refused:
        from_torch(Ended(end), GIVEN, target, loss)
    assert re.search(message, str(refused.value)), str(refused.value)


def test_a_sigmoid_too_near_to_one_for_torch_is_refused() -> None:
    model = nn.Sequential(nn.Linear(1, 1), nn.Sigmoid())
    with pytest.raises(NotSupported, match=r"binary_cross_entropy reads a probability within 1e-09 of 0 or 1"):
        nn.init.ones_(model[0].weight)
        from_torch(model, [[40.0]], [[0.0]], nn.BCELoss())


class Unhashable:
    """A loss of one's own, as a dataclass makes it."""

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, output: Any, target: Any) -> Any:
        return output.sum()


@pytest.mark.parametrize("loss", [[nn.MSELoss()], {}, nn.MSELoss, None, 3, "l2"])
def test_what_is_no_loss_of_ours_is_refused_whatever_it_is(loss: Any) -> None:
    with pytest.raises(NotSupported, match=r"^loss: .* has no derivation\n  known: cross_entropy, "):
        from_torch(Ended(scores), GIVEN, CLASS, loss)


def test_smoothing_is_for_cross_entropy() -> None:
    with pytest.raises(SpecError, match=r"label_smoothing: 1/10 for nll_loss\n  leave it out"):
        from_torch(Ended(F.log_softmax), GIVEN, CLASS, "nll", label_smoothing="1/10")


def test_a_loss_that_has_no_hash_is_a_function_as_any_other() -> None:
    assert from_torch(Ended(scores), GIVEN, CLASS, Unhashable()).loss.kind == "output"


def test_every_word_and_every_class_means_a_function_of_torch() -> None:
    assert {*WORDS.values(), *CLASSES.values()} == set(MEANT)
    assert all(hasattr(F, name) for name in MEANT) and all(hasattr(nn, name) for name in CLASSES)
