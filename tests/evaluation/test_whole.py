"""A world of whole tensors says of every operation what the world of single entries says."""

from fractions import Fraction
from itertools import islice
from random import Random

import mpmath
import numpy as np
import pytest
from sympy import Expr, Integer

from symconv.array import Array
from symconv.derivation import equations
from symconv.derivation.equations import Operation
from symconv.derivation.index import Entry, Sum, index
from symconv.derivation.operation import Equation
from symconv.errors import Broken
from symconv.evaluation import whole as whole_module
from symconv.evaluation.evaluate import World
from symconv.evaluation.vectors import Rationals, floats
from symconv.evaluation.whole import WholeWorld
from symconv.verification.worlds import numbers, size_sets, whole_numbers
from tests.verification.test_verify import OPERATIONS, derivations, named

i, j = index("i"), index("j")
PLACES = 6


def both(operation: Operation) -> tuple[World, WholeWorld]:
    sizes = next(islice(size_sets(operation), 1, None))
    return tuple(make(operation, sizes, Random(1), named(operation)) for make in (numbers, whole_numbers))  # type: ignore[return-value]


def agree(found: object, right: list[object]) -> bool:
    if isinstance(found, Rationals):
        return [Fraction(int(n), found.under) for n in found.over] == right
    return np.allclose(floats(found), [float(x) for x in right], rtol=1e-9, atol=1e-9)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_line_of_every_derivation_has_the_same_values(name: str) -> None:
    operation = OPERATIONS[name]
    one, whole = both(operation)
    for tensor, a in one.tensors.items():
        assert agree(whole.tensors[tensor].entries, list(a.entries)) and whole.tensors[tensor].shape == a.shape
    with mpmath.workdps(30):
        for d in derivations(operation):
            every = list(np.ndindex(*one.shape(d.ranges)))
            places = [tuple(map(int, at)) for at in every[:: max(1, len(every) // PLACES)]]
            for e in d.lines:
                assert agree(whole.values(e, d.ranges, places), list(one.values(e, d.ranges, places))), e
    assert {c: v for c, v in whole.seen.items() if v} == {c: v for c, v in one.seen.items() if v}


def test_slopes_go_through_every_equation() -> None:
    one, whole = both(equations.conv(2, channels=False))
    for tensor in ("X", "K", "Y"):
        found = whole.slope("L", tensor)
        assert agree(found.entries, list(one.slope("L", tensor).entries)) and found.shape == one.tensors[tensor].shape
    assert floats(whole.slope("X", "L").entries).tolist() == [0.0]  # X does not hang on L


def test_every_entry_is_written_once() -> None:
    here, two = WholeWorld({}, {"x": Array.of([1, 2])}), Integer(2)
    here.define(Equation(Entry("y", 1 - i), Entry("x", i), ((i, two),)), (two,))
    assert floats(here.tensors["y"].entries).tolist() == [2, 1]
    here = WholeWorld({}, {"x": Array.of([1, 2, 3, 4, 5, 6])})
    here.define(Equation(Entry("y", i + 3 * j), Entry("x", 2 * i + j), ((i, Integer(3)), (j, two))), (Integer(6),))
    assert floats(here.tensors["y"].entries).tolist() == [1, 3, 5, 2, 4, 6]
    for at in (Integer(0), i + 1, 2 * i):
        with pytest.raises(Broken, match="once"):
            here.define(Equation(Entry("y", at), Entry("x", i), ((i, two),)), (two,))


@pytest.mark.parametrize("name", ["conv2d", "max_pool", "cross_entropy of a batch"])
def test_few_places_at_a_time_are_all_places(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = OPERATIONS[name]
    (d, *_), (_, whole) = derivations(operation), both(operation)
    places = list(np.ndindex(*whole.shape(d.ranges)))[:20]

    def values(e: Expr) -> list[float]:
        return floats(whole.values(e, d.ranges, places)).tolist()  # type: ignore[no-any-return]

    right = [values(e) for e in d.lines]
    monkeypatch.setattr(whole_module, "AT_ONCE", 1)
    assert [values(e) for e in d.lines] == right


def test_a_tensor_of_floats_is_given_as_it_is() -> None:
    here = WholeWorld({}, {"x": Array.of([1, 2])})
    other = WholeWorld({}, here.tensors)
    assert other.tensors["x"] is here.tensors["x"]
    assert floats(other.table(Sum(Entry("x", i), (i, Integer(2))), ())).tolist() == [3]
