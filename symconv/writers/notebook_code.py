"""The code cells of a notebook: what computes a step of a document, with symconv, from the network's own text.

No cell holds a number of the network but the first, so a student may change them there and run all cells again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from symconv.handout.chapter_code import FORMS
from symconv.handout.document import Chain, Step
from symconv.handout.latex import letter
from symconv.networks.network import Conv, Network, shapes, source_of
from symconv.prose import Prose
from symconv.render import Templates
from symconv.worked.stages import LOSS, PROBABILITIES

PYTHON = Templates()
OPERATION = "conv2d"  # what the chapter on code writes in several forms
FLAT = ("loop", "flatten")  # the forms for one image without channels


@dataclass(frozen=True)
class View:
    """What a code cell's template prints."""

    say: Prose
    exact: bool
    name: str = ""
    beside: bool = False  # exact entries are long: decimals beside them
    toml: str = ""
    op: str = ""
    form: str = ""
    input: str = ""
    weight: str = ""
    output: str = ""
    bias: str = ""
    padded: bool = False
    lifted: bool = False  # one image without channels, as a batch's form takes it
    grouped: bool = False


@dataclass
class CodeCells:
    """The code cells of one notebook; remembers what has been computed, so that each thing is computed once."""

    network: Network
    say: Prose
    exact: bool
    computed: set[str] = field(default_factory=set)
    derived: set[str] = field(default_factory=set)
    emitted: bool = False

    def cell(self, macro: str, **view: Any) -> str:
        return PYTHON.macro("notebook_cells.py.jinja", macro, View(self.say, self.exact, **view)).strip()

    def start(self) -> list[str]:
        """The network from its own text, and its study."""
        return [self.cell("network", toml=self.network.to_toml()), self.cell("study")]

    def after(self, step: Step) -> Iterator[str]:
        """What computes a step: a layer's values, a gradient, a step of learning, or a convolution by emitted code."""
        if step.direction == "bw":
            yield from (self.cell("gradient", name=name) for name in self._derived_in(step))
        else:
            yield from self._values(step)
        for form in FORMS:
            if step.title == self.say(f"code.{form}"):
                yield from self._convolution(form)

    def _values(self, step: Step) -> Iterator[str]:
        for name in shapes(self.network):
            if letter(name) in step.locator and name not in self.computed:
                self.computed.add(name)
                yield self.cell("value", name=name, beside=name in (PROBABILITIES, LOSS))
            elif letter(name) in step.locator and name == LOSS:  # the loss once more: after a step of learning
                yield self.cell("learn")

    def _derived_in(self, step: Step) -> Iterator[str]:
        """The tensor whose gradient a step ends with: a numbered line, or those that follow it, has it on its left."""
        chains = [block for block in step.blocks if isinstance(block, Chain)]
        if not any(line.mark for chain in chains for line in chain.lines):
            return
        left = [line.lhs for chain in chains for line in chain.lines]
        for name in shapes(self.network):
            starts = [rf"\dL{{{letter(name)}{end}" for end in "}[_"] + [rf"\dL{{{letter(name).lower()}_"]
            starts += [rf"\bw{{\delta^{{{letter(name)}}}"]
            if name not in self.derived and any(x.startswith(tuple(starts)) for x in left):
                self.derived.add(name)
                yield name

    def _convolution(self, form: str) -> Iterator[str]:
        """The first form whole; each form that fits on the numbers of the network's first convolution."""
        if not self.emitted:
            self.emitted = True
            yield self.cell("source", op=OPERATION, form=form)
        layer = next((x for x in self.network.layers if isinstance(x, Conv) and len(x.kernel) == 2), None)
        if layer is None or (form in FLAT and layer.channels):
            return
        yield self.cell(
            "function", op=OPERATION, form=form, input=source_of(self.network)[layer.name], weight=layer.weight.name,
            bias=layer.bias.name if layer.bias else "", output=layer.name, padded=any(map(any, layer.padding)),
            lifted=form not in FLAT and not layer.channels, grouped=form not in FLAT,
        )  # fmt: skip
