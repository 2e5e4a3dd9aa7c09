"""Trees of formulas: rows lie flat, brackets find each other, and every node is met once."""

from hypothesis import given
from trees import TREES

from symconv.formula.nodes import (
    Fenced,
    Letter,
    Node,
    Number,
    Row,
    Scripts,
    Sign,
    children,
    opened,
    paired,
    parts_of,
    row,
    walk,
)

A, B = Letter("a"), Letter("b")


def test_rows_lie_flat_and_one_thing_is_itself() -> None:
    assert row(A, Row((A, B)), row(B)) == Row((A, A, B, B))
    assert row(A) == A and row() == Row() and parts_of(A) == (A,)


def test_brackets_of_one_size_find_each_other() -> None:
    left, right = Sign("(", "big"), Sign(")", "big")
    assert paired((left, A, Sign("["), right)) == (left, A, Sign("["), right), "across each other they do not"
    assert paired((left, A, Sign("["), B, Sign("]"), right)) == (Fenced("(", row(A, Fenced("[", B, "]")), ")", "big"),)
    assert paired((left, A, Sign(")"))) == (left, A, Sign(")")), "nor of two sizes"
    assert paired((left, A, Scripts(right, above=B))) == (Scripts(Fenced("(", A, ")", "big"), above=B),)


@given(TREES)
def test_what_is_opened_is_paired_again(tree: Node) -> None:
    for node in walk(tree):
        if isinstance(node, Fenced):
            assert paired(opened(node)) == (node,)
    assert sum(1 for _ in walk(tree)) == 1 + sum(len(list(walk(x))) for x in children(tree))


def test_walking_reads_in_order() -> None:
    found = [x for x in walk(row(A, Scripts(B, Number("1"), Number("2")))) if not isinstance(x, Row | Scripts)]
    assert found == [A, B, Number("1"), Number("2")]
