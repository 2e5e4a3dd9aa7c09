"""A trace's terms add up to the gradient that it traces, and it ends at the loss."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from any_networks import grouped

from symconv.derivation.tensors import is_copy
from symconv.formula.nodes import Node, Scripts, parts_of
from symconv.handout.chapters import traces as chapter_traces
from symconv.handout.chapters.traces import _line, chapter, learning
from symconv.handout.document import Chain, Paragraph, Part, Passage
from symconv.handout.pen import Pen
from symconv.handout.symbols import THETA, letter
from symconv.networks.network import Network
from symconv.study import derive
from symconv.text.prose import prose

MOVING = (1, 0, 0, 0)  # a place of the grouped kernel whose gradient is not 0


@cache
def pen(network: Network) -> Pen:
    return Pen(derive(network), prose("en"))


def test_a_trace_goes_from_layer_to_layer_down_to_the_loss() -> None:
    mine = pen(grouped())
    first = next(at for at, g in mine.study.gradients_to_show["K"].items() if g)
    here, seen = ("K", first), []
    while here:
        seen.append(here[0])
        _, here = _line(mine, *here)
    assert seen[0] == "K" and seen[-1] == "z" and seen[1] == "C"
    assert not any(is_copy(t) for t in seen)


def steps(part: Part) -> list[Passage]:
    return [b for b in part.blocks if isinstance(b, Passage)]


def test_the_entries_asked_for_are_traced() -> None:
    part = chapter(pen(grouped()), (("W", (1, 2)), ("kb", (3,))))
    assert [b.title for b in steps(part)] == ["The entry $W[1,\\,2]$", "The entry $\\mathit{kb}[3]$"]
    assert all(isinstance(b.blocks[0], Chain) for b in steps(part))


def test_a_trace_ends_where_an_earlier_one_went_on() -> None:
    whole, again = steps(chapter(pen(grouped()), (("K", MOVING), ("K", MOVING))))
    (chain,), (words,) = whole.blocks, again.blocks
    assert isinstance(chain, Chain) and isinstance(words, Paragraph)
    name = r"K[1,\,0,\,0]"
    assert words.text == rf"From $\tdL{{{name}}}$ on, see the entry ${name}$ above."


def test_a_trace_that_is_too_long_says_where_it_could_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapter_traces, "LONGEST", 2)
    (step,) = steps(chapter(pen(grouped()), (("K", MOVING),)))
    chain, end = step.blocks
    assert isinstance(chain, Chain) and isinstance(end, Paragraph)
    assert end.text.startswith(r"And so on from $\tdL{") and end.text.endswith(']"`.') and ': `--entry "' in end.text


def test_what_is_one_number_is_not_printed_twice() -> None:
    """dL/db[k] of a batch of one image is dL/dz[k], a given number in the end."""
    for step in steps(chapter(pen(grouped()), ())):
        for block in step.blocks:
            if isinstance(block, Chain):
                assert all(a.rhs != b.rhs for a, b in pairwise(block.lines) if not b.lhs)


def unprimed(name: Node) -> Node:
    """A tensor's name without its prime, and without the index of a part of it."""
    first, *_ = parts_of(name)
    plain = replace(first, primes=0) if isinstance(first, Scripts) else first
    return plain.base if isinstance(plain, Scripts) and plain == Scripts(plain.base) else plain


def test_learning_moves_every_parameter() -> None:
    mine = pen(grouped())
    part = learning(mine)
    chain = steps(part)[0].blocks[1]
    assert isinstance(chain, Chain)
    names = dict.fromkeys(unprimed(x.lhs) for x in chain.lines if x.lhs)
    assert list(names) == [THETA, *map(letter, mine.study.parameters)]
    assert "fallen" in steps(part)[1].blocks[0].text
