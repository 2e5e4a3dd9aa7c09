"""A trace's terms add up to the gradient that it traces, and it ends at the loss."""

import pytest
from any_networks import grouped, residual, transposed

from symconv.array import indices
from symconv.handout.chapter_traces import _free, _line, _terms, chapter
from symconv.handout.document import Chain, Step
from symconv.handout.pen import Pen
from symconv.handout.prose import prose
from symconv.networks.network import Network
from symconv.study import derive
from symconv.worked.stages import COPY


def pen(network: Network) -> Pen:
    return Pen(derive(network), prose("en"))


@pytest.mark.parametrize("network", [grouped(), transposed(), residual()], ids=["grouped", "transposed", "residual"])
def test_the_terms_of_every_gradient_add_up(network: Network) -> None:
    mine = pen(network)
    for tensor, d in mine.study.derivations.items():
        gradients = mine.study.gradients_to_show[tensor]
        places = list(indices(gradients.shape))
        for at in (places[0], places[len(places) // 2], places[-1]):
            total = sum(x for x, _ in _terms(mine, d, at))
            assert total == pytest.approx(float(gradients[at]), rel=1e-9, abs=1e-9), (tensor, at)


def test_a_composed_subscript_is_solved() -> None:
    d = pen(grouped()).study.derivations["K"]
    assert {str(i): int(k) for i, k in _free(d, (3, 0, 1, 2)).items()} == {"g": 1, "o": 1, "a": 1, "e": 2}


def test_a_trace_goes_from_layer_to_layer_down_to_the_loss() -> None:
    mine = pen(grouped())
    first = next(at for at, g in mine.study.gradients_to_show["K"].items() if g)
    here, seen = ("K", first), []
    while here:
        seen.append(here[0])
        _, here = _line(mine, *here)
    assert seen[0] == "K" and seen[-1] == "z" and seen[1] == "C"
    assert not any(COPY in t for t in seen)


def test_the_entries_asked_for_are_traced() -> None:
    part = chapter(pen(grouped()), (("W", (1, 2)), ("kb", (3,))))
    titles = [b.title for b in part.blocks if isinstance(b, Step)]
    assert titles == ["The entry $W[1,\\,2]$", "The entry $\\mathit{kb}[3]$", "The update"]
    assert all(isinstance(b.blocks[0], Chain) for b in part.blocks[1:] if isinstance(b, Step))
