r"""The habits in which books differ, in one place: how an entry is written, where counting starts, what a gradient is
called. Expressions and numbers stay what they are; only their print changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sympy import Expr

from symconv.derivation.index import expand, rebuild
from symconv.errors import SpecError
from symconv.formula.compose import COMMA, EMPTY, THIN, fenced, listed, scripts, whole
from symconv.formula.nodes import Group, Letter, Node, Number, Scripts, row, walk
from symconv.networks.exact import show

CHOICES = {  # word: the habit it is of, and what it says
    "brackets": ("entries", "brackets"),  # U[a,b]
    "subscripts": ("entries", "subscripts"),  # u_{ab}
    "numbers": ("entries", "numbers"),  # u_1 ... u_6, row by row; u_{ab} where the place is not a number
    "zero": ("first", 0),  # the first index
    "one": ("first", 1),
    "partial": ("delta", False),  # dL/dS
    "delta": ("delta", True),  # \delta^S for the gradient of a layer's output; dL/dU for a parameter's
    "correlation": ("rotated", False),  # the kernel as it is
    "convolution": ("rotated", True),  # the kernel turned by 180 degrees, as mathematics means it
}
NOTHING = Group(EMPTY)  # what a subscript stands at that is written apart from its name


@dataclass(frozen=True)
class Habits:
    """`entries`: brackets, subscripts or numbers; `first`: 0 or 1; `delta`: the gradients of outputs by one letter;
    `rotated`: convolutions turn their kernel, and the study that is printed has been derived so."""

    entries: str = "brackets"
    first: int = 0
    delta: bool = False
    rotated: bool = False

    def index(self, e: Expr) -> Expr:
        """A subscript as it is printed: every index in it counts from `first`, and so does the subscript."""
        return e if not self.first else expand(self.offset(e) + 1)

    def offset(self, e: Expr) -> Expr:
        """A difference of places, in indices that count from `first`."""
        if not self.first or not isinstance(e, Expr):
            return e
        return rebuild(e, {i: i - 1 for i in e.free_symbols if not i.is_positive})  # an extent is no place

    def entry(self, name: Node, at: Sequence[Node]) -> Node:
        """A part of a tensor: its name and the subscripts that are fixed."""
        return attached(*self.parts(name, at))

    def parts(
        self, name: Node, at: Sequence[Node], place: int | None = None, lower: Node | None = None
    ) -> tuple[Node, Node]:
        """An entry in two parts, its tensor's name and its subscripts; `place`, where all of them are numbers, is its
        number row by row; `lower` the name of entries in small letters, if there is one."""
        if not at:
            return name, EMPTY
        if self.entries == "brackets":
            return name, fenced(listed(at, COMMA, THIN), "[")
        if self.entries == "numbers" and place is not None:
            at = (whole(place + 1),)
        return _base(lower or name), Scripts(NOTHING, _side_by_side(at) if all(map(_short, at)) else listed(at, COMMA))

    def words(self) -> str:
        """The habits as one would ask for them."""
        usual, mine = Habits(), {habit: getattr(self, habit) for habit in ("entries", "first", "delta", "rotated")}
        return ",".join(w for w, (habit, value) in CHOICES.items()
                        if mine[habit] == value != getattr(usual, habit))  # fmt: skip


USUAL = Habits()


def habits(words: str) -> Habits:
    """From words such as "subscripts, one, delta"; SpecError for one that is unknown, or two of one habit."""
    chosen: dict[str, Any] = {}
    for word in filter(None, map(str.strip, words.split(","))):
        if word not in CHOICES:
            raise SpecError(f"--notation: {show(word)} is not known\n  give some of {', '.join(CHOICES)}, with commas")
        habit, value = CHOICES[word]
        if chosen.get(habit, value) != value:
            raise SpecError(f"--notation: {show(words)} asks for two ways to do one thing\n  leave one of them out")
        chosen[habit] = value
    return Habits(**chosen)


def attached(name: Node, subscripts: Node) -> Node:
    """Both parts of an entry together."""
    below = subscripts.below if isinstance(subscripts, Scripts) and subscripts.base == NOTHING else None
    return scripts(name, below) if below else row(name, subscripts)


def _base(name: Node) -> Node:
    """A name that can take a subscript: one with a subscript of its own goes into braces."""
    taken = any(x.below if isinstance(x, Scripts) else isinstance(x, Letter) and "_" in x.name for x in walk(name))
    return Group(name) if taken else name


def _short(subscript: Node) -> bool:
    """Whether it is one sign."""
    text = subscript.name if isinstance(subscript, Letter) else getattr(subscript, "digits", "")
    return len(text) == 1


def _side_by_side(at: Sequence[Node]) -> Node:
    """Without commas, digits as one number: 12, 0j."""
    pieces = groupby(at, key=lambda i: isinstance(i, Number))
    return row(*(x for digits, xs in pieces for x in ([_together(xs)] if digits else xs)))


def _together(numbers: Iterable[Node]) -> Node:
    return Number("".join(x.digits for x in numbers if isinstance(x, Number)))
