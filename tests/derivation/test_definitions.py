"""An operation's own output stands in its gradient, where a book writes it."""

from sympy import Expr

from symconv.derivation.definitions import fold_own
from symconv.derivation.derive import derive, facts_for
from symconv.derivation.index import Entry, Sum, extent, index
from symconv.derivation.operation import Operation
from symconv.derivation.reductions import softmax
from symconv.derivation.rules import Facts

n, c, q = index("n"), index("c"), index("q")
C = extent("C")


def gradient(operation: Operation) -> Expr:
    return derive(operation, "X").equation.value


def test_the_gradient_of_a_softmax_is_that_of_the_books() -> None:
    y, g = Entry("Y", n, c), Entry("∂Y", n, c)
    found = gradient(softmax("nc", 1))
    (total,) = found.atoms(Sum)
    assert found == y * (g - total)
    (i,) = total.bound
    assert total == Sum(Entry("Y", n, i) * Entry("∂Y", n, i), (i, C))


def test_the_logarithm_has_no_output_of_its_own_in_it() -> None:
    assert {e.tensor for e in gradient(softmax("nc", 1, logarithm=True)).atoms(Entry)} == {"X", "∂Y"}


def test_only_the_output_is_written_early() -> None:
    operation = softmax("nc", 1)
    own, other = facts_for(operation, "X", {}), Facts(equations={"Y": operation.equation})
    assert fold_own(operation.equation.value, own) == operation.equation.entry
    assert fold_own(operation.equation.value, other) is None  # nothing reads it on the way
