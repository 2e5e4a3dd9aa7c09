"""What no part of a network can know alone: names that clash or lead nowhere, shapes that do not fit, its size."""

from collections.abc import Iterator

from symconv.array import Array
from symconv.errors import Fault
from symconv.networks import geometry, loss_fit, wiring
from symconv.networks.fields import total_faults
from symconv.networks.toml.read import Draft
from symconv.networks.wiring import parameters


def joint_faults(draft: Draft) -> Iterator[Fault]:
    """All of them."""
    yield from total_faults(_count(draft))
    yield from wiring.name_faults(draft.input, draft.layers)
    yield from wiring.source_faults(draft.input, draft.layers, draft.complete)
    wrong = list(geometry.input_faults(draft.input, bool(draft.batch))) if draft.input else []
    yield from wrong
    forms, misfits = geometry.chain(draft.input, None if wrong else draft.batch, draft.layers)
    yield from misfits
    if draft.loss and draft.layers:
        yield from loss_fit.loss_faults(draft.loss, forms[-1])


def _count(draft: Draft) -> int:
    """How many numbers are given in all."""
    named = [p for layer in draft.layers if layer is not None for _, p in parameters(layer)]
    given = [p.value for p in (draft.input, *named) if p is not None]
    compared = [getattr(draft.loss, field, None) for field in ("target", "probabilities")]
    return sum(len(each.entries) for each in (*given, *compared) if isinstance(each, Array))
