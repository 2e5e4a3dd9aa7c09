"""Max unpooling is the derived gradient of max pooling read forwards."""

from itertools import islice
from random import Random

import pytest
from sympy import Integer

from symconv.derivation.derive import derive
from symconv.derivation.index import Delta, In, Winner
from symconv.derivation.pools import max_pool
from symconv.derivation.unpool import max_unpool
from symconv.verification.worlds import numbers, size_sets


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_with_a_gradient_for_its_input_it_is_the_gradient_of_the_pooling(dims: int) -> None:
    op, pool = max_unpool(dims, "c"), max_pool(dims, "c", output="Z", input="X")
    d, seen = derive(pool, "X"), 0
    for sizes in islice(size_sets(op), 4):
        world = numbers(op, sizes, Random(1), {})
        named = {s.name: n for s, n in sizes.items()}
        other = numbers(pool, {s: named[s.name] for s in (*pool.sizes, *(s for s, _ in pool.derived))}, Random(2), {})
        other.give({**other.tensors, "X": world.tensors["X"], "∂Z": world.tensors["Z"]})
        other.define(d.equation, pool.shape("X"))
        assert other.tensors["∂X"] == world.tensors["Y"]
        seen += any(x != 0 for x in world.tensors["Y"].entries)
    assert seen


def test_its_equation_has_a_delta_for_each_dimension_and_one_winner() -> None:
    value = max_unpool(2, "nc").equation.value
    assert len(value.atoms(Delta)) == 2 and len(value.atoms(Winner)) == 1
    assert all(w.guard.atoms(In) for w in value.atoms(Winner))


def test_the_gradient_of_its_input_is_read_where_the_largest_is() -> None:
    """No condition is left that asks what divides what, and the gradient of what was pooled is 0."""
    value = derive(max_unpool(2), "Z").equation.value
    assert not value.atoms(Delta) and len(value.atoms(Winner)) == 1
    assert derive(max_unpool(2), "X").equation.value == Integer(0)


def test_its_tensors_have_the_names_that_are_given() -> None:
    op = max_unpool(1, "n", output="n", input="h", other="w", taken=("W",))
    assert op.outputs == ("n",) and set(op.operands) == {"h", "w"} and dict(op.roles) == {"input": "h", "other": "w"}
