"""Whether a loss fits the last layer's output, and the target it compares that with."""

from collections.abc import Iterator
from fractions import Fraction

from symconv.array import Array, Shape
from symconv.errors import Fault
from symconv.networks.fields import place_of_entry
from symconv.networks.form import TensorForm, by, many
from symconv.networks.losses import CrossEntropy, Loss, Output


def loss_faults(loss: Loss, output: TensorForm | None) -> Iterator[Fault]:
    """Cross entropy wants a vector of logits for each image and a class for each; the others a target of one shape."""
    if output is None or isinstance(loss, Output):
        return
    if not isinstance(loss, CrossEntropy):
        yield from _shape_faults(loss.target, "loss.target", output.shape)
    elif len(output.inner) != 1:
        each = "a vector for each image" if output.batch else "a vector"
        text = f"cross entropy wants {each}, the last layer gives {by(output.shape)}"
        yield Fault("loss", text, "end with a linear layer")
    elif loss.probabilities is not None:
        yield from _shape_faults(loss.probabilities, "loss.probabilities", output.shape)
    elif loss.target is not None:
        yield from _class_faults(loss.target, output)


def target(loss: Loss, logits: Shape) -> Array | None:
    """The entries of t, Fractions: what was given, or one row with a 1 for each class; smoothed as torch does. None for
    a loss without a target."""
    if isinstance(loss, Output):
        return None
    if not isinstance(loss, CrossEntropy):
        return loss.target
    given = _one_hot(loss.target, logits) if loss.probabilities is None else loss.probabilities
    a = loss.label_smoothing
    return given.map(lambda t: (1 - a) * t + a / logits[-1])


def _one_hot(classes: int | tuple[int, ...] | None, logits: Shape) -> Array:
    rows = classes if isinstance(classes, tuple) else (classes,)
    return Array(logits, tuple(Fraction(k == row) for row in rows for k in range(logits[-1])))


def _shape_faults(given: Array, place: str, wanted: Shape) -> Iterator[Fault]:
    if given.shape != wanted:
        text = f"has shape {given.shape}, the last layer gives {wanted}"
        yield Fault(place, text, f"give {by(wanted)} numbers, in lists of that shape")


def _class_faults(classes: int | tuple[int, ...], output: TensorForm) -> Iterator[Fault]:
    """One class without a batch, a list of one for each image with it, each class below their number."""
    if isinstance(classes, tuple) != output.batch:
        yield _single_fault(classes, output)
        return
    rows = classes if isinstance(classes, tuple) else (classes,)
    if output.batch and len(rows) != output.shape[0]:
        text = f"names {many(len(rows), 'class', 'classes')} for {many(output.shape[0], 'image')}"
        yield Fault("loss.target", text, "give one class index for each image")
    for at, index in enumerate(rows):
        if index >= output.shape[-1]:
            place = f"loss.target{place_of_entry((at,)) if output.batch else ''}"
            yield _unknown_class(index, output.shape[-1], place)


def _single_fault(classes: int | tuple[int, ...], output: TensorForm) -> Fault:
    if isinstance(classes, tuple):
        text = f"is a list of {len(classes)}, and the input is one image"
        return Fault("loss.target", text, "give one class index, or write batch = true under [input]")
    text = f"{classes} is one class for a batch of {many(output.shape[0], 'image')}"
    return Fault("loss.target", text, f"give a list of {many(output.shape[0], 'class index', 'class indices')}")


def _unknown_class(index: int, classes: int, place: str) -> Fault:
    text = f"{index} is not among the {many(classes, 'class', 'classes')}"
    return Fault(place, text, f"give a number from 0 to {classes - 1}" if classes > 1 else "give 0")
