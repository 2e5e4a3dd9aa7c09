"""The sets of sizes and the numbers on which steps are tried."""

from fractions import Fraction
from itertools import islice
from random import Random

import pytest
from pointwise import pointwise
from sympy import Symbol

from symconv.array import Array
from symconv.derivation import equations
from symconv.derivation.equations import Operation
from symconv.evaluation.evaluate import FRACTIONS, World
from symconv.evaluation.polynomial import BITS
from symconv.verification.worlds import network_world, numbers, size_sets, smallest, surrogate, symbols, with_derived

CONV, POOL, LOSS = equations.conv(2, channels=False), equations.max_pool(2), equations.cross_entropy()


def named(sizes: dict[Symbol, int]) -> dict[str, int]:
    return {s.name: n for s, n in sizes.items()}


@pytest.mark.parametrize("operation", [CONV, POOL, equations.conv(2), LOSS], ids=lambda o: o.name)
def test_every_set_of_sizes_fits(operation: Operation) -> None:
    for sizes in islice(size_sets(operation), 12):
        assert set(sizes) >= set(operation.sizes)
        assert min(n for s, n in sizes.items() if s.is_positive) >= 1
        assert with_derived(operation, {s: sizes[s] for s in operation.sizes}) == sizes


def test_the_uneven_sets_tell_everything_apart() -> None:
    for sizes in islice(size_sets(CONV), 0, 12, 2):
        n = named(sizes)
        assert all(
            n[a] != n[b] for a, b in (("H", "W"), ("kh", "kw"), ("sh", "sw"), ("dh", "dw"), ("pt", "pb"), ("pl", "pr"))
        )
        assert n["sh"] != n["dh"] and n["sw"] != n["dw"]
        assert min(n["Ho"], n["Wo"]) > 1


def test_sizes_follow_what_is_declared_not_how_it_is_spelt() -> None:
    """Every letter of the convolution is taken by a tensor's name; the sets are the same numbers."""
    letters = ("H", "W", "kh", "kw", "sh", "sw", "dh", "dw", "pt", "pb", "pl", "pr", "Ho", "Wo")
    renamed = equations.conv(2, channels=False, taken=letters)
    assert not set(letters) & {s.name for s in renamed.sizes}
    for sizes, others in zip(islice(size_sets(CONV), 4), islice(size_sets(renamed), 4), strict=True):
        assert sizes == {s: next(n for t, n in others.items() if t.name == f"{s.name}_") for s in sizes}


def test_the_sets_are_the_same_every_time() -> None:
    assert list(islice(size_sets(CONV), 5)) == list(islice(size_sets(CONV), 5))


def test_a_window_of_nothing_but_padding_is_refused() -> None:
    sizes = {s: {"k": 1, "p": 2, "H": 2, "W": 2}.get(s.name[0], 1) for s in POOL.sizes}
    assert with_derived(POOL, sizes) is None


def test_the_smallest_set_has_few_entries() -> None:
    sizes = named(smallest(CONV))
    assert sizes["H"] * sizes["W"] <= 20


def test_random_operands_are_quarters_and_the_output_follows() -> None:
    sizes = next(size_sets(CONV))
    world = numbers(CONV, sizes, Random(0), {})
    for tensor in ("X", "K", "bias", "∂Y"):
        assert all(Fraction(x).denominator in (1, 2, 4) for x in world.tensors[tensor].entries)
    assert world.tensors == numbers(CONV, sizes, Random(0), {}).tensors
    pairs = zip(world.tensors["Y"].entries, world.tensors["∂Y"].entries, strict=True)
    assert world.tensors["L"][()] == sum(y * g for y, g in pairs)


def test_a_distribution_sums_to_one() -> None:
    for sizes in islice(size_sets(LOSS), 6):
        assert sum(numbers(LOSS, sizes, Random(1), {}).tensors["t"].entries) == 1


def test_every_entry_is_a_symbol_of_its_own() -> None:
    world = symbols(CONV, smallest(CONV), {})
    entries = [x for t in ("X", "K", "bias", "∂Y") for x in world.tensors[t].entries]
    assert len(set(entries)) == len(entries) and all(x.terms == {2 ** (BITS * k): 1} for k, x in enumerate(entries))


def test_the_surrogate_loss_has_the_given_gradient() -> None:
    sizes = next(size_sets(CONV))
    world = numbers(CONV, sizes, Random(2), {})
    assert surrogate(CONV).entry.tensor == "L"
    assert world.slope("L", "Y").array == world.tensors["∂Y"]


def test_a_networks_world_holds_values_and_gradients() -> None:
    relu = pointwise("relu", "m", output="P", input="S")
    (n,) = relu.sizes
    given = {"S": Array.of([Fraction(-1), Fraction(3)])}
    measure = World({n: 2}, given)
    measure.define(relu.equation, (n,))
    assert measure.tensors["P"].entries == (0, 3)
    assert network_world({}, (), (), FRACTIONS).tensors == {}
