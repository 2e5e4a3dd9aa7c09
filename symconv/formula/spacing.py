"""The white between the pieces of a row of MathML.

It is TeX's: none beside a bracket, a little around an operation, more around a relation, none of both in what is small
(The TeXbook, chapter 18). Browsers know these spaces by the sign and its place in a row; where theirs is another, the
element says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from symconv.formula.signs import SignClass

THIN, MEDIUM, THICK = 1 / 6, 2 / 9, 5 / 18  # em
APPLIED = "\u2061"  # the invisible sign between a function and what it is of
USUAL: Mapping[str, tuple[float, float]] = {  # white before and behind a sign between others, in MathML Core
    **dict.fromkeys("+\u2212", (MEDIUM, MEDIUM)),
    **dict.fromkeys("=\u2260\u2248<>\u2264\u2265\u2208\u2223\u2192\u21a6", (THICK, THICK)),
    **dict.fromkeys(",;", (0.0, THIN)),
    **dict.fromkeys("\u2211\u220f", (THIN, THIN)),
    **dict.fromkeys("()[]{}\u230a\u230b\u2308\u2309\u2032\u2061", (0.0, 0.0)),
}


@dataclass(frozen=True, slots=True)
class SpacedElement:
    """An element, its class to the left and to the right; of an operator the sign, as white belongs to it.

    `text`: the element, with {} for an operator's attributes of white.
    """

    left: SignClass
    right: SignClass
    text: str
    sign: str = ""
    space: bool = False

    def written(self, before: float, behind: float, first: bool) -> str:
        if not self.sign:
            return self.text
        usual = USUAL.get(self.sign, (-1.0, -1.0))
        usual = (0.0, 0.0) if first and self.sign in "+\u2212" else usual
        asked = (("lspace", before, usual[0]), ("rspace", behind, usual[1]))
        said = "".join(f' {name}="{em(x)}"' for name, x, there in asked if abs(x - there) > 1e-6)
        return self.text.replace("{}", said, 1)


def em(x: float) -> str:
    return f"{x:.4f}".rstrip("0").rstrip(".") + ("em" if x else "")


def spaced(pieces: list[SpacedElement], small: bool) -> str:
    """The pieces with the white between them: an operator's own where one stands beside it, else an element."""
    if pieces and pieces[-1].sign == APPLIED:  # to nothing
        pieces = pieces[:-1]
    atoms = [k for k, piece in enumerate(pieces) if not piece.space]
    kinds = _as_in_place([pieces[k] for k in atoms])
    before, behind, between = ([0.0] * len(pieces) for _ in range(3))
    for (j, (_, left)), (k, (right, _)) in pairwise(zip(atoms, kinds, strict=True)):
        owner = _owner(pieces[j], left, pieces[k], right)
        place = {"left": (behind, j), "right": (before, k), "": (between, k)}[owner]
        place[0][place[1]] = _gap(left, right, small)
    out = []
    for k, piece in enumerate(pieces):
        if between[k]:
            out.append(f'<mspace width="{em(between[k])}"/>')
        out.append(piece.written(before[k], behind[k], k == 0 and len(pieces) > 1))
    return "".join(out)


def _as_in_place(pieces: list[SpacedElement]) -> list[tuple[SignClass, SignClass]]:
    """The classes; an operation that has nothing to combine is a letter."""
    kinds: list[tuple[SignClass, SignClass]] = [(p.left, p.right) for p in pieces]
    for k, (kind, _) in enumerate(kinds):
        if kind == "operation":
            alone = k == 0 or kinds[k - 1][1] in ("operation", "large", "relation", "opening", "comma")
            ends = k + 1 == len(kinds) or kinds[k + 1][0] in ("relation", "closing", "comma")
            if alone or ends:
                kinds[k] = ("letter", "letter")
    return kinds


def _gap(left: SignClass, right: SignClass, small: bool) -> float:
    """TeX's white between two classes, em."""
    if (left, right) in ALWAYS:
        return THIN
    if small:
        return 0.0
    if "operation" in (left, right):
        return MEDIUM
    if left == "relation":
        return THICK if right in ("letter", "large", "opening", "inner") else 0.0
    if left == "comma":
        return THIN
    if right == "relation":
        return THICK if left != "opening" else 0.0
    return THIN if (left, right) in INNER else 0.0


ALWAYS = {("letter", "large"), ("large", "letter"), ("large", "large"), ("closing", "large"), ("inner", "large"),
          ("large", "inner")}  # fmt: skip
INNER = {("letter", "inner"), ("closing", "inner"), ("inner", "letter"), ("inner", "inner"), ("inner", "opening"),
         ("inner", "comma")}  # fmt: skip


def _owner(left: SpacedElement, kind: SignClass, right: SpacedElement, next_kind: SignClass) -> str:
    """Which of two neighbours carries the white between them."""
    if right.sign and next_kind in ("operation", "relation"):
        return "right"
    if left.sign and kind != "letter":
        return "left"
    return "right" if right.sign and next_kind == "large" else ""
