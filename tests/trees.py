"""Random formulas, as trees that LaTeX can hold: what is one thing in it is one node, rows are laid open."""

from hypothesis import strategies as st

from symconv.formula.nodes import (
    Accent,
    Blank,
    Coloured,
    Drawn,
    Fenced,
    Fraction,
    Function,
    Group,
    Letter,
    Matrix,
    Node,
    Number,
    Root,
    Row,
    Scripts,
    Sign,
    Space,
    Stack,
    Styled,
    Words,
    row,
)
from symconv.formula.signs import ACCENTS, FUNCTIONS, GREEK, PAIRS, SIGNS, SPACES

ALONE = tuple(char for char, form in SIGNS.items() if form.kind not in ("opening", "closing"))
NUMBERS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,4})?", fullmatch=True).map(Number)
NAMES = st.from_regex(r"[a-z][a-z0-9_.]{1,6}", fullmatch=True)
LETTERS = st.sampled_from([*"abcehijkxyzKLSUWX", *GREEK.values()]).map(Letter) | st.builds(
    Letter, NAMES, st.sampled_from(["italic", "upright", "bold"])
)
FUNCTION = st.sampled_from([Function(name, name in ("max", "min")) for name in FUNCTIONS]) | st.builds(
    Function, st.sampled_from(["softplus", "arg max"]), st.booleans()
)
WORDS = st.from_regex(r"[a-z]+( [a-z]+)?", fullmatch=True).map(Words)
LEAVES = NUMBERS | LETTERS | WORDS | st.sampled_from([Sign(c) for c in ALONE]) | st.builds(
    Space, st.sampled_from(list(SPACES))) | st.builds(Drawn, st.integers(0, 9)) | st.builds(
    Blank, st.integers(0, 9), st.integers(5, 15))  # fmt: skip
SIZES = st.sampled_from(["", "big", "Big", "left"])


def _whole(tree: Node) -> Node:
    """One thing that may have something below and above it."""
    return Group(tree) if isinstance(tree, Row | Scripts | Space | Words) else tree


def _grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    rows = st.lists(inner, max_size=4).map(lambda parts: row(*parts))
    full = st.lists(inner, min_size=1, max_size=4).map(lambda parts: row(*parts))
    bases = (LETTERS | FUNCTION | st.just(Sign("\u2211")) | full).map(_whole)
    widths = st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[full] * n), min_size=1, max_size=2))
    lines = st.lists(full, min_size=1, max_size=3).map(lambda lines: Stack(tuple(lines)))
    return st.one_of(
        full,
        st.builds(lambda p, body, size: Fenced(p[0], body, p[1], size), st.sampled_from([*PAIRS.items()]), rows, SIZES),
        st.builds(Fraction, full, full, st.booleans()),
        st.builds(Root, full),
        st.builds(Scripts, bases, full, st.none() | full, st.integers(0, 5)),
        st.builds(Accent, st.sampled_from(list(ACCENTS)), full),
        st.builds(Coloured, st.just("fw"), full, st.booleans()),
        st.builds(Coloured, st.just("bw"), full),
        st.builds(Styled, st.just("narrow"), full),
        st.builds(Group, full),
        widths.map(lambda cells: Matrix(tuple(cells))),
        lines.map(lambda stack: Scripts(Function("max", True), stack)),
    )


TREES: st.SearchStrategy[Node] = st.recursive(LEAVES, _grown, max_leaves=12)
