"""What each entry is computed from: by hand for the toy, and by dual numbers for every kind of layer.

The proof knows nothing of how dependencies are read: with numbers that cancel nowhere, an entry's derivative with
respect to another is not 0 exactly where it is computed from it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from random import Random

import any_networks
import networks as by_hand
import pytest
from cells import Cell, Dependencies, computed_from
from depth import examples, few
from hypothesis import given, settings
from nets import conv, network, networks
from one_by_one import Single, dual
from sympy import Expr, Integer

import symconv
from symconv.array import Array, indices
from symconv.derivation.derivation import Step
from symconv.derivation.functions import step
from symconv.derivation.index import Entry, In, MaxOver, Sum, Winner, index, rebuild
from symconv.derivation.operation import Equation
from symconv.derivation.rules import Facts
from symconv.derivation.special import equation_with
from symconv.derivation.tensors import gradient, is_copy, original, without_gradient
from symconv.errors import Broken
from symconv.evaluation.evaluate import World
from symconv.networks.layers.layers import MaxPool, Relu
from symconv.networks.network import Network, load, shapes
from symconv.worked.dependencies import IndexMap, dependencies, index_maps
from symconv.worked.derived import Derived

TOY = symconv.derive(load("toy-cnn"))
READ = computed_from(TOY)
STRIDED = symconv.derive(by_hand.strided())
EVERY = [
    *by_hand.ALL.values(), any_networks.grouped, any_networks.one_dimension, any_networks.one_image,
    any_networks.volume, any_networks.transposed, any_networks.residual, any_networks.twice, any_networks.vectors,
    any_networks.logistic, any_networks.ceiling, any_networks.ties, any_networks.column, any_networks.roots,
    any_networks.narrow,
]  # fmt: skip
SMALL = any_networks.transposed, any_networks.logistic, any_networks.column
UNSEEN = (MaxOver, Winner, step)  # which of the entries they read has a derivative depends on the numbers


def values(tensor: str, *places: tuple[int, ...]) -> list[Cell]:
    return [Cell(tensor, at) for at in places]


def slopes(tensor: str, *places: tuple[int, ...]) -> list[Cell]:
    return [Cell(tensor, at, gradient=True) for at in places]


def whole(*shape: int) -> tuple[tuple[int, ...], ...]:
    return tuple(indices(shape))


# ------------------------------------------------------------------------------------------------ by hand
@pytest.mark.parametrize(
    ("cell", "reads"),
    [
        (Cell("X", (0, 0)), []),
        (Cell("t", (1,)), []),
        (Cell("S", (1, 0)), values("U", *whole(2, 3)) + values("X", *((1 + i, j) for i, j in whole(2, 3)))),
        (Cell("P", (2, 0)), values("S", (2, 0))),
        (Cell("h", (0, 0)), values("P", *whole(3, 1))),
        (Cell("z", (1,)), [Cell("W", (1, 0)), Cell("h", (0, 0))]),
        (Cell("y", (0,)), values("z", (0,), (1,))),
        (Cell("L", ()), values("t", (0,), (1,)) + values("z", (0,), (1,))),
        (Cell("z", (1,), True), [Cell("t", (1,)), Cell("y", (1,))]),
        (Cell("W", (1, 0), True), [Cell("h", (0, 0)), Cell("z", (1,), True)]),
        (Cell("h", (0, 0), True), values("W", *whole(2, 1)) + slopes("z", (0,), (1,))),
        (Cell("P", (2, 0), True), values("P", *whole(3, 1)) + slopes("h", (0, 0))),
        (Cell("S", (1, 0), True), slopes("P", (1, 0)) + values("S", (1, 0))),
        (Cell("U", (0, 0), True), slopes("S", *whole(3, 1)) + values("X", (0, 0), (1, 0), (2, 0))),
        (Cell("X", (0, 1), True), slopes("S", (0, 0)) + values("U", (0, 1))),
        (Cell("X", (1, 1), True), slopes("S", (0, 0), (1, 0)) + values("U", (0, 1), (1, 1))),
    ],
    ids=str,
)
def test_the_toy(cell: Cell, reads: list[Cell]) -> None:
    assert list(READ[cell]) == reads


def test_the_cells_are_all_values_and_gradients_in_forward_order() -> None:
    names = [(c.tensor, c.gradient) for c in READ]
    assert list(dict.fromkeys(names)) == [
        *((t, False) for t in ("X", "U", "S", "P", "h", "W", "z", "y", "t", "L")),
        *((t, True) for t in ("X", "U", "S", "P", "h", "W", "z")),
    ]
    assert [c.at for c in READ if (c.tensor, c.gradient) == ("X", True)] == list(whole(4, 3))


def test_the_ring_of_zeros_is_no_dependency() -> None:
    """Row stride 1, dilation 2, one row of zeros on top; column stride 2, one column of zeros on each side."""
    read = computed_from(STRIDED)
    assert [c.at for c in read[Cell("S", (0, 0))] if c.tensor == "X"] == [(1, 0)]
    assert [c.at for c in read[Cell("S", (1, 1))] if c.tensor == "X"] == [(0, 1), (0, 2), (2, 1), (2, 2)]
    assert [c.at for c in read[Cell("S", (0, 0))] if c.tensor == "U"] == [(1, 1)]
    assert [c.at for c in read[Cell("Q", (0, 0))]] == [(0, 0), (1, 0)]
    assert [c.at for c in read[Cell("U", (0, 0), True)] if c.gradient] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert read[Cell("X", (0, 0), True)] == (Cell("S", (1, 0), True), Cell("U", (0, 1)))


def test_a_copy_stands_for_what_it_is_computed_from() -> None:
    read = computed_from(symconv.derive(any_networks.twice()))
    at = (0, 0, 2, 2)
    assert read[Cell("A", at)] == (Cell("C", at), Cell("P", at))
    assert read[Cell("D", at)] == (Cell("P", at),)
    assert set(slopes("A", at) + slopes("D", at)) < set(read[Cell("P", at, True)])


# ------------------------------------------------------------------------------------------------ by dual numbers
def numbers(study: Derived) -> dict[str, Array]:
    """Every value and gradient at random, for itself: each equation is looked at alone. All are positive, so that each
    relu lets through."""
    dice = Random(0)

    def drawn(tensor: str) -> Array:
        return Array.build(shapes(study.network)[tensor], lambda at: Fraction(dice.randrange(100, 999), 500))

    slopes = {gradient(t): drawn(t) for t in study.derivations if not is_copy(t)}
    return {**{t: drawn(t) for t in shapes(study.network)}, **slopes}


def equations(study: Derived) -> list[Equation]:
    forward = (equation_with(e, dict(s.sizes)) for s in study.stages for e in s.operation.equations)
    return list(chain(forward, (d.equation for d in study.derivations.values())))


def cell(tensor: str, at: tuple[int, ...]) -> Cell:
    name = without_gradient(tensor)
    return Cell(name, at, name != tensor)


def moved_by(study: Derived) -> Iterator[tuple[Cell, set[Cell], bool]]:
    """Each entry that an equation writes, with those that move it; and whether these must be all that it reads."""
    copying = [e for e in equations(study) if is_copy(e.entry.tensor)]
    for equation in (e for e in equations(study) if not is_copy(e.entry.tensor)):
        output, exact = equation.entry.tensor, not equation.value.atoms(*UNSEEN)
        world = World({}, numbers(study), (*copying, equation))
        for e in world.equations:
            shape = shapes(study.network)[original(cell(e.entry.tensor, ()).tensor)]
            world.define(e, tuple(map(Integer, shape)))
        moving: dict[Cell, set[Cell]] = {cell(output, at): set() for at in indices(world.tensors[output].shape)}
        one = Single(world.tensors, world.equations)
        for tensor in numbers(study).keys() - {output}:
            for at, x in one.perturbed(tensor).tensors[output].items():
                moving[cell(output, at)] |= {cell(tensor, k) for k, d in dual(x).d.items() if d != 0}
        yield from ((written, found, exact) for written, found in moving.items())


def faults(study: Derived, found: Dependencies) -> list[Cell]:
    """The entries whose dependencies are not those that move them."""
    wrong = []
    for written, moving, exact in moved_by(study):
        read = set(found[written])
        if not (moving == read if exact else moving <= read):
            wrong.append(written)
    return wrong


def outside(study: Derived, found: Dependencies) -> set[Cell]:
    """Cells that are no entry of a tensor's shape, and dependencies that are no cell."""
    known = {t: set(indices(shape)) for t, shape in shapes(study.network).items()}
    reads = {c for cells in found.values() for c in cells}
    return {c for c in reads | found.keys() if c not in found or c.at not in known[c.tensor]}


def sound(study: Derived) -> bool:
    found = computed_from(study)
    return (
        not outside(study, found)
        and all(list(reads) == sorted(set(reads)) for reads in found.values())
        and {(c.tensor, c.gradient) for c in found}
        == {(t, False) for t in shapes(study.network)} | {(t, True) for t in study.derivations if not is_copy(t)}
        and faults(study, found) == []
    )


@pytest.mark.parametrize("make", few(EVERY, *EVERY[:6], *SMALL), ids=lambda make: make.__name__)
def test_what_an_entry_is_computed_from_is_what_moves_it(make: Callable[[], Network]) -> None:
    assert sound(symconv.derive(make()))


@settings(max_examples=examples(10))
@given(networks())
def test_random_networks(drawn: Network) -> None:
    assert sound(symconv.derive(drawn))


@pytest.mark.parametrize("make", [by_hand.strided, any_networks.grouped, any_networks.ceiling])
def test_a_maximum_and_its_gradient_depend_on_the_whole_window(make: Callable[[], Network]) -> None:
    """Raised above all others, an entry is the maximum of just the windows that hold it; who receives the gradient is
    decided by all entries of these windows."""
    study = symconv.derive(make())
    read = computed_from(study)
    (stage,) = (s for s in study.stages if s.kind == "max_pool")
    given = numbers(study)[stage.input]
    for at in indices(given.shape):
        raised = World({}, {stage.input: given.replace(at, Fraction(9))})
        raised.define(
            equation_with(stage.operation.equation, dict(stage.sizes)),
            tuple(map(Integer, shapes(study.network)[stage.output])),
        )
        holding = [Cell(stage.output, k) for k, x in raised.tensors[stage.output].items() if x == 9]
        assert holding == [
            c for c in read if c.tensor == stage.output and not c.gradient and Cell(stage.input, at) in read[c]
        ]
        rivals = {c for window in holding for c in read[window]}
        assert {c for c in read[Cell(stage.input, at, True)] if not c.gradient} == rivals


# ------------------------------------------------------------------------------------------------ planted faults
def test_the_proof_misses_nothing() -> None:
    """One dependency too few, one too many."""
    found = computed_from(STRIDED)
    assert faults(STRIDED, found) == []
    for written in (Cell("S", (1, 1)), Cell("U", (0, 0), True)):
        assert faults(STRIDED, {**found, written: found[written][1:]}) == [written]
        assert faults(STRIDED, {**found, written: (*found[written], Cell("X", (3, 4)))}) == [written]


def test_it_is_read_off_the_equations() -> None:
    """Gradients without their guards, or with the kernel turned, are found out."""
    d = STRIDED.derivations["U"]
    unguarded = rebuild(d.equation.value, {e: Integer(1) for e in d.equation.value.atoms(In)})
    with pytest.raises(Broken, match=r"of an axis of extent [34], and no condition cuts it off"):
        dependencies(planted_in(STRIDED, "U", unguarded))
    (a, _), (e, _) = d.ranges
    turned = planted_in(STRIDED, "U", rebuild(d.equation.value, {a: 1 - a, e: 1 - e}))
    assert not outside(turned, computed_from(turned))
    assert faults(STRIDED, computed_from(turned)) == slopes("U", *whole(2, 2))


def planted_in(study: Derived, tensor: str, value: Expr) -> Derived:
    d = study.derivations[tensor]
    wrong = replace(d, steps=(*d.steps, Step("planted", d.lines[-1], value, Facts(d.ranges))))
    return replace(study, derivations={**study.derivations, tensor: wrong})


# ------------------------------------------------------------------------------------------------ factors
LARGE = symconv.derive(network(conv(kernel=(3, 3)), Relu("P"), MaxPool("h", (2, 2)), shape=(100, 80)))


def reads(study: Derived, written: str) -> dict[str, IndexMap]:
    """The index maps of a tensor by what they read."""
    return {m.read: m for m in dependencies(study) if m.written == written}


def test_indices_that_do_not_meet_are_factors_of_their_own() -> None:
    """S[i, j] reads X[i + a, j + b]: rows and columns do not meet, and neither is listed with the other."""
    rows = {((i * 78), (i + a) * 80) for i in range(98) for a in range(3)}
    columns = {(j, j + b) for j in range(78) for b in range(3)}
    factors = [set(f) for f in reads(LARGE, "S")["X"].factors]
    assert sorted(factors, key=len) == [{(0, 0)}, columns, rows]
    assert reads(LARGE, "S")["X"].count == 98 * 78 * 9 == len(set(reads(LARGE, "S")["X"].pairs()))


def test_an_index_that_only_the_read_has_pairs_with_nothing_written() -> None:
    """z[k] reads W[k] and all that W multiplies, one number."""
    toy = reads(TOY, "z")
    assert toy["h"].factors == (((0, 0),), ((0, 0), (1, 0))) and toy["W"].factors == (((0, 0),), ((0, 0), (1, 1)))
    assert set(reads(TOY, "L")["t"].pairs()) == {(0, 0), (0, 1)}


def test_an_entry_may_be_written_at_an_expression() -> None:
    """∂W is written at [k, 3 c + j]: c and j meet there, and are one factor of 9 pairs."""
    factors = reads(symconv.derive(any_networks.one_dimension()), "∂W")["M"].factors
    assert tuple((k, k) for k in range(9)) in factors and sorted(map(len, factors)) == [1, 2, 2, 9]


def test_an_empty_range_reads_nothing() -> None:
    i, k = index("i"), index("k")
    value = Sum(Entry("x", i, k), (k, Integer(0)))
    empty = Equation(Entry("y", i), value, ((i, Integer(2)),))
    (found,) = index_maps(empty, {"x": (2, 0), "y": (2,)})
    assert found.count == 0 and list(found.pairs()) == []
