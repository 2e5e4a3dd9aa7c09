"""torch's words for losses: what each means, and the end of a model that belongs to it.

A sigmoid before nn.BCELoss and a log_softmax before nn.NLLLoss are parts of losses that are derived as one; a
log_softmax before nn.CrossEntropyLoss, which has one itself, changes nothing. Every other end stays what it is.
torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import prod
from types import ModuleType
from typing import Any

from symconv.array import Array
from symconv.errors import Fault, NotSupported, SpecError, refuse
from symconv.networks.exact import show
from symconv.networks.form import by
from symconv.networks.in_torch import Tensor
from symconv.networks.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    MeanSquaredError,
    SmoothL1,
)
from symconv.torch_models.call import decimal
from symconv.torch_models.composed import LEAST, near_the_end
from symconv.torch_models.trace import TracedCall

IGNORED = -100  # torch's ignore_index
LOSS_OPTIONS = {"weight": None, "pos_weight": None, "ignore_index": IGNORED}  # with what changes nothing


@dataclass(frozen=True)
class Meant:
    """A loss of torch: ours that it is, after the end of the model that is a part of it; whether that must be there."""

    kind: str
    end: str = ""
    needed: bool = False


MEANT: Mapping[str, Meant] = {  # by the name in torch.nn.functional
    "cross_entropy": Meant(CrossEntropy.kind, "log_softmax"),
    "nll_loss": Meant(CrossEntropy.kind, "log_softmax", needed=True),
    "mse_loss": Meant(MeanSquaredError.kind),
    "binary_cross_entropy": Meant(BinaryCrossEntropy.kind, "sigmoid", needed=True),
    "binary_cross_entropy_with_logits": Meant(BinaryCrossEntropy.kind),
    "l1_loss": Meant(AbsoluteError.kind),
    "huber_loss": Meant(Huber.kind),
    "smooth_l1_loss": Meant(SmoothL1.kind),
}
WORDS = {
    "cross_entropy": "cross_entropy", "mse": "mse_loss", MeanSquaredError.kind: "mse_loss",
    "bce_with_logits": "binary_cross_entropy_with_logits", BinaryCrossEntropy.kind: "binary_cross_entropy_with_logits",
    "bce": "binary_cross_entropy", "nll": "nll_loss",
    "l1": "l1_loss", AbsoluteError.kind: "l1_loss", "huber": "huber_loss", "smooth_l1": "smooth_l1_loss",
}  # fmt: skip
CLASSES = {
    "CrossEntropyLoss": "cross_entropy", "NLLLoss": "nll_loss", "MSELoss": "mse_loss",
    "BCELoss": "binary_cross_entropy", "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "L1Loss": "l1_loss", "HuberLoss": "huber_loss", "SmoothL1Loss": "smooth_l1_loss",
}  # fmt: skip
KNOWN = (
    f"known: {', '.join(WORDS)}, {', '.join(f'nn.{name}()' for name in CLASSES)}, and every function of the output "
    "and the target that calls functions of torch"
)
BENDS = {"huber_loss": "delta", "smooth_l1_loss": "beta"}  # the argument that says where a square becomes a line
ENDS = {"sigmoid": "nn.Sigmoid() or torch.sigmoid", "log_softmax": "nn.LogSoftmax(1) or F.log_softmax(x, 1)"}
TAKES = {"sigmoid": "probabilities", "log_softmax": "logarithms of probabilities"}
SAME_SHAPE = ("identity", "flatten", "reshape")  # of a step that may change nothing


@dataclass(frozen=True)
class LossCall:
    """The loss that was asked for, by its name in torch.nn.functional, as torch computes it."""

    function: str
    reduction: Any  # of a word ours, of a module its own: the loss refuses what it does not know
    label_smoothing: Fraction
    value: Callable[[Tensor, Tensor], Tensor]  # of the output and the target
    bend: Fraction = Fraction(1)

    def at(self, output: Tensor, target: Tensor) -> Tensor:
        """Its value; NotSupported where a probability is too near to 0 or 1 for torch to tell how near."""
        if self.function == "binary_cross_entropy" and float(output.minimum(1 - output).min()) < LEAST:
            raise NotSupported("loss: {}\n  {}".format(*near_the_end(self.function)))
        return self.value(output, target)

    @property
    def kind(self) -> str:
        """Ours."""
        return MEANT[self.function].kind


def asked(
    torch: ModuleType, loss: Any, reduction: str, label_smoothing: object, steps: Sequence[TracedCall]
) -> LossCall | None:
    """Which loss is meant: by a word, a module or a function; a module brings its own options. None where it is a
    function of one's own, or a module with options that no loss of ours has.

    "binary_cross_entropy", our own word, has one sigmoid: the loss's, or that which the model's `steps` end with.
    NotSupported for a loss or an option of it that has no derivation, SpecError for an option that it does not have.
    """
    smoothing, F = decimal(label_smoothing), torch.nn.functional
    classes = {getattr(torch.nn, name): function for name, function in CLASSES.items()}
    function = classes.get(type(loss))
    if function is not None:
        name = f"nn.{type(loss).__name__}"
        if reduction != "mean" or smoothing:
            raise SpecError(f"loss: {name} has its own reduction and label_smoothing\n  give them to it")
        bend = decimal(getattr(loss, BENDS.get(function, ""), 1))
        if loss.reduction == "none" or any(True for _ in _own_options(loss)):
            return None
        return LossCall(function, loss.reduction, decimal(getattr(loss, "label_smoothing", 0)), loss, bend)
    function = _named(F, loss, _end(steps))
    if not function:
        if reduction != "mean" or smoothing:
            raise SpecError("loss: a function has its own reduction and label_smoothing\n  put them into it")
        return None
    if smoothing and function != "cross_entropy":
        text = f"label_smoothing: {show(smoothing)} for {function}"
        raise SpecError(f"{text}\n  leave it out: only cross entropy has it")
    more = {"reduction": reduction, **({"label_smoothing": float(smoothing)} if smoothing else {})}
    return LossCall(function, reduction, smoothing, lambda z, t: getattr(F, function)(z, t, **more))


def _named(F: ModuleType, loss: object, end: TracedCall | None) -> str:
    """The name in torch.nn.functional of a word or of a function; "" of a function of one's own."""
    function = next((name for name in MEANT if getattr(F, name) is loss), None)
    either = {BinaryCrossEntropy.kind: "binary_cross_entropy"} if end and end.known.kind == "sigmoid" else {}
    found = {**WORDS, **either}.get(loss) if isinstance(loss, str) else function
    if found is None and callable(loss) and not isinstance(loss, type):
        return ""
    if found is None:
        called = show(loss) if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
        raise NotSupported(f"loss: {called} has no derivation\n  {KNOWN}")
    return found


def _own_options(loss: object) -> Iterator[str]:
    """The options of a loss of torch that are other ones than it has by itself."""
    for field, plain in LOSS_OPTIONS.items():
        given = getattr(loss, field, plain)
        if given is not plain and given != plain:
            yield field


# ------------------------------------------------------------------------------------------------ the model's end
def without_end(steps: Sequence[TracedCall], loss: LossCall) -> tuple[TracedCall, ...]:
    """The steps up to the scores: without the end that is a part of the loss, where the model has it.

    NotSupported where a loss needs such an end and the model has another.
    """
    meant, end = MEANT[loss.function], _end(steps, MEANT[loss.function].end)
    if end and end.known.kind == meant.end and not _read_twice(end, steps):
        faults = tuple(_end_faults(end))
        refuse(faults if meant.needed else ())
        return tuple(steps) if faults else _without(steps, end)
    if meant.needed:
        place = f"the model ends with {end.place}" if end else "the model has no layer"
        text = f"loss: {loss.function} takes {TAKES[meant.end]}, and {place}"
        raise NotSupported(f"{text}\n  derived is {loss.function} right after {ENDS[meant.end]}")
    return tuple(steps)


def _without(steps: Sequence[TracedCall], end: TracedCall) -> tuple[TracedCall, ...]:
    """What reads the end reads what that reads: it only gives the same numbers another shape."""
    before = end.operands[0]
    later = (replace(step, operands=(before,)) if end.label in step.operands else step for step in steps)
    return tuple(step for step in later if step.label != end.label)


def _end(steps: Sequence[TracedCall], wanted: str = "") -> TracedCall | None:
    """The last step that is not only another name for what it reads, or other axes of it that it does not matter to
    whether the `wanted` end comes before or after."""
    return next((step for step in reversed(steps) if not _changes_nothing(step, wanted)), None)


def ends_with(steps: Sequence[TracedCall], kind: str) -> bool:
    """Whether the model ends with such a step, or only gives the numbers that it makes another shape."""
    end = _end(steps, kind)
    return end is not None and end.known.kind == kind


def _read_twice(step: TracedCall, steps: Sequence[TracedCall]) -> bool:
    return sum(each.operands.count(step.label) for each in steps) > 1


def _changes_nothing(step: TracedCall, wanted: str) -> bool:
    same = step.reads == step.gives
    last = bool(step.reads and step.gives) and step.reads[-1] == step.gives[-1]
    return step.known.kind in SAME_SHAPE and (same or wanted == "sigmoid" or (wanted == "log_softmax" and last))


def _end_faults(step: TracedCall) -> Iterator[Fault]:
    """A log_softmax goes over the classes, the last axis; without a dim torch takes the second of two axes."""
    rank, dim = len(step.reads), step.options.get("dim")
    if dim is None:
        dim = 0 if rank in (0, 1, 3) else 1
    if step.known.kind == "log_softmax" and dim not in (-1, rank - 1):
        text = f"dim={dim} of {by(step.reads)} are not the classes, which stand last"
        yield Fault(step.place, text, f"known: dim={rank - 1}", unsupported=True)
    if step.options.get("dtype") is not None:
        yield Fault(step.place, "the argument dtype has no derivation", "leave it out", unsupported=True)


# ------------------------------------------------------------------------------------------------ the target
ENTRY_BY_ENTRY: Mapping[str, Callable[..., Loss]] = {
    MeanSquaredError.kind: MeanSquaredError, BinaryCrossEntropy.kind: BinaryCrossEntropy,
    AbsoluteError.kind: AbsoluteError, SmoothL1.kind: AbsoluteError,  # with a beta of 0
}  # fmt: skip


def loss_of(asked: LossCall, target: object, values: Array, batch: bool, shape: tuple[int, ...]) -> Loss:
    """Our loss; target: as it was given, values: its numbers, shape: of the model's output, (N, K) or (K,).

    SpecError for a target that does not fit it.
    """
    if asked.function in BENDS and asked.bend:
        bent = Huber if asked.kind == Huber.kind else SmoothL1
        return bent(values, asked.bend, asked.reduction)
    if asked.kind in ENTRY_BY_ENTRY:
        return ENTRY_BY_ENTRY[asked.kind](values, asked.reduction)
    made = partial(CrossEntropy, reduction=asked.reduction, label_smoothing=asked.label_smoothing)
    if not are_classes(target):
        _refuse_probabilities(asked, values)
        return made(probabilities=values)
    _refuse_classes(values, batch, shape)
    classes = tuple(int(entry) for entry in values.entries)
    return made(classes if batch else classes[0])


def torch_target(torch: ModuleType, asked: LossCall, target: object, values: Array) -> Tensor:
    """The target as torch takes it: class indices as integers, (N,) or (), all else in float64, of the output's
    shape."""
    classes = asked.kind == CrossEntropy.kind and are_classes(target)
    entries = [int(x) if classes else float(x) for x in values.entries]
    made: Tensor = torch.tensor(entries, dtype=torch.int64 if classes else torch.float64).reshape(values.shape)
    return made


def is_of_parts(asked: LossCall, target: object, values: Array, shape: tuple[int, ...]) -> bool:
    """Whether cross entropy has a class for each of several places, or places that it leaves out."""
    if asked.kind != CrossEntropy.kind or not are_classes(target):
        return False
    pixels = len(shape) > 2 and values.shape == (shape[0], *shape[2:])
    return pixels or IGNORED in values.entries


def are_classes(target: object) -> bool:
    """Integers are class indices, all else probabilities."""
    nested = target.tolist() if hasattr(target, "tolist") else target
    while isinstance(nested, list | tuple) and nested:
        if any(isinstance(each, float | Fraction | str) for each in nested):
            return False
        nested = nested[0]
    return isinstance(nested, int)


def _refuse_classes(values: Array, batch: bool, shape: tuple[int, ...]) -> None:
    """A class for each image; for what people give besides, what they would have to give."""
    wanted = shape[:1] if batch else ()
    counted = "one class index for each image, in a list" if batch else "one class index, as there is no batch"
    if values.shape == wanted:
        return
    if values.shape == shape and all(entry in (0, 1) for entry in values.entries):
        text = f"has the output's shape {shape} and is of integers, which torch takes for class indices"
        refuse([Fault("target", text, f"give {counted} (target.argmax(-1)), or probabilities as floats")])
    elif len(shape) > 2 and values.shape == (*shape[: int(batch)], *shape[int(batch) + 1 :]):
        text = f"has a class for each of {prod(shape[int(batch) + 1 :])} places of an output of {by(shape)}"
        remedy = f"cross entropy is derived for a vector of scores: {counted}"
        refuse([Fault("target", text, remedy, unsupported=True)])
    else:
        refuse([Fault("target", f"has shape {values.shape}, the output is {shape}", f"give {counted}")])


def _refuse_probabilities(asked: LossCall, values: Array) -> None:
    """Probabilities sum to one exactly, and floats seldom do; nll_loss knows classes only."""
    if asked.function == "nll_loss":
        text = "is of floats, and nll_loss takes class indices"
        refuse([Fault("target", text, "give a class index for each image, in a list of integers")])
    classes = values.shape[-1] if values.shape else 1
    rows = [values.entries[at : at + classes] for at in range(0, len(values.entries), classes)]
    wrong = [at for at, row in enumerate(rows) if sum(row) != 1 and abs(sum(row) - 1) < Fraction(1, 1000)]
    remedy = 'give floats that do, such as 0.75 and 0.25, or a list of Fractions or of text such as "1/10"'
    text = "sums to almost 1, but not exactly"
    refuse(Fault(f"target[{at}]" if len(rows) > 1 else "target", text, remedy) for at in wrong)
