"""The code cells of a notebook: what computes a step of a document, with symconv, from the network's own text.

No cell holds a number of the network but the first, so a student may change them there and run all cells again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from symconv.handout.chapters.code import FORMS
from symconv.handout.document import Passage
from symconv.networks.layers.layers import Conv
from symconv.networks.network import Network, shapes, source_of
from symconv.text.prose import Prose
from symconv.text.render import Templates
from symconv.worked.stages import LOSS, PROBABILITIES

PYTHON = Templates()
OPERATION = "conv2d"  # what the chapter on code writes in several forms
FLAT = ("loop", "flatten")  # the forms for one image without channels


@dataclass(frozen=True)
class CellView:
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
        return PYTHON.macro("notebook_cells.py.jinja", macro, CellView(self.say, self.exact, **view)).strip()

    def start(self) -> list[str]:
        """The network from its own text, and its study."""
        return [self.cell("network", toml=self.network.to_toml()), self.cell("study")]

    def after(self, step: Passage) -> Iterator[str]:
        """What computes a step: a layer's values, a gradient, a step of learning, or a convolution by emitted code."""
        if step.tensor in shapes(self.network):  # a copy of a tensor is none of its own
            yield from self._gradient(step.tensor) if step.direction == "bw" else self._value(step.tensor)
        for form in FORMS:
            if step.title == self.say(f"code.{form}"):
                yield from self._convolution(form)

    def _value(self, name: str) -> Iterator[str]:
        if name not in self.computed:
            self.computed.add(name)
            yield self.cell("value", name=name, beside=name in (PROBABILITIES, LOSS))
        elif name == LOSS:  # the loss once more: after a step of learning
            yield self.cell("learn")

    def _gradient(self, name: str) -> Iterator[str]:
        if name not in self.derived:
            self.derived.add(name)
            yield self.cell("gradient", name=name)

    def _convolution(self, form: str) -> Iterator[str]:
        """The first form whole; each form that fits on the numbers of the network's first convolution."""
        if not self.emitted:
            self.emitted = True
            yield self.cell("source", op=OPERATION, form=form)
        learning = (x for x in self.network.layers if isinstance(x, Conv) and x.weight)
        layer = next((x for x in learning if len(x.window().kernel) == 2), None)
        if layer is None or (form in FLAT and layer.window().channels):
            return
        window = layer.window()
        yield self.cell(
            "function", op=OPERATION, form=form, input=source_of(self.network)[layer.name], weight=window.weight,
            bias=layer.bias.name if layer.bias else "", output=layer.name, padded=any(map(any, window.padding)),
            lifted=form not in FLAT and not window.channels, grouped=form not in FLAT,
        )  # fmt: skip
