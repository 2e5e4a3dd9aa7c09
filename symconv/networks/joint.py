"""What no part of a network can know alone: names that clash or lead nowhere, shapes that do not fit, its size."""

from collections.abc import Iterator

from symconv.array import Array
from symconv.errors import Fault
from symconv.networks import geometry, loss_fit, wiring
from symconv.networks.fields import total_faults
from symconv.networks.form import many
from symconv.networks.further import shape_faults
from symconv.networks.toml.read import Draft
from symconv.networks.wiring import parameters


def joint_faults(draft: Draft) -> Iterator[Fault]:
    """All of them."""
    yield from total_faults(_count(draft))
    yield from wiring.name_faults(draft.input, draft.layers, draft.tensors)
    yield from wiring.source_faults(draft.input, draft.layers, draft.complete, draft.tensors)
    wrong = list(_input_faults(draft))
    yield from wrong
    forms, misfits = geometry.chain(draft.input, None if wrong else draft.batch, draft.layers, draft.tensors)
    yield from misfits
    if draft.loss and draft.layers:
        yield from loss_fit.loss_faults(draft.loss, forms[-1])


def _input_faults(draft: Draft) -> Iterator[Fault]:
    """The input and what is given besides are lists; each image has its own part of those that have a batch."""
    if draft.input:
        yield from (x.within("input") for x in shape_faults(draft.input.value.shape, bool(draft.batch)))
    for at, each in enumerate(draft.tensors):
        if each is not None:
            shape, place = each.tensor.value.shape, f"tensors[{at}]"
            wrong = list(shape_faults(shape, each.batch))
            yield from (x.within(place) for x in wrong)
            if not wrong and each.batch and draft.input and draft.batch and shape[0] != draft.input.value.shape[0]:
                text = f"has {many(shape[0], 'image')}, the input has {draft.input.value.shape[0]}"
                yield Fault(f"{place}.value", text, "give as many, or leave batch out")
            elif each.batch and draft.batch is False:
                yield Fault(f"{place}.batch", "is true, and the input is no batch", "write batch = true under [input]")


def _count(draft: Draft) -> int:
    """How many numbers are given in all."""
    named = [p for layer in draft.layers if layer is not None for _, p in parameters(layer)]
    further = [each.tensor for each in draft.tensors if each is not None]
    given = [p.value for p in (draft.input, *further, *named) if p is not None]
    compared = [getattr(draft.loss, field, None) for field in ("target", "probabilities")]
    return sum(len(each.entries) for each in (*given, *compared) if isinstance(each, Array))
