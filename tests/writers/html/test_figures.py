"""Lines of a chain on a page: what stands far apart on one line wraps where there is no room."""

from symconv.formula.compose import COMMA, QQUAD, equals
from symconv.formula.latex import latex
from symconv.formula.nodes import Letter, row
from symconv.handout.document import Chain, Line
from symconv.writers.html.figures import chain_views

A, B, C = map(Letter, "abc")


def pieces(*lines: Line) -> tuple[str, ...]:
    (view,) = chain_views(Chain(lines), latex)
    return view.pieces


def test_what_stands_side_by_side_is_in_pieces() -> None:
    both = row(equals(A), COMMA, QQUAD, B, equals(C))
    assert pieces(Line(A, both)) == (r"=a,\qquad", "b=c")
    assert pieces(Line(A, equals(B))) == ("=b",)


def test_a_piece_is_never_a_space_alone() -> None:
    ranges = Line(Letter(""), row(QQUAD, A, equals(B)), continued=True)
    assert pieces(Line(A, equals(B)), ranges) == ("=b", r"\qquad a=b")
