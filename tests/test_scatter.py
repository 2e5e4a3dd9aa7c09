"""The gradients emitted and those printed are one derivation's: scatter Terms against the gather equation."""

from collections.abc import Iterable
from itertools import islice, product
from math import prod
from random import Random

import pytest
from one_by_one import Single

from symconv.array import Array
from symconv.code.program import Program, backward
from symconv.code.schedule import Term
from symconv.derivation.derive import gradients
from symconv.derivation.equations import Operation, conv, linear
from symconv.derivation.index import Delta, Partial
from symconv.derivation.tensors import without_gradient
from symconv.derivation.transposed import conv_transpose
from symconv.evaluation.evaluate import World
from symconv.verification.worlds import numbers, size_sets

OPERATIONS = [
    conv(2, channels=False),
    conv(1),
    conv(2),
    conv_transpose(1),
    conv_transpose(2),
    conv_transpose(2, channels=False),
    linear("ij", bias=True),
]


def add(world: World, tensors: dict[str, Array], program: Program, terms: Iterable[Term]) -> None:
    """`target += product of factors`, for every value of every index, in rationals."""
    for term in terms:
        indices = [i for i in program.extents if term.has(i)]
        sums = dict(tensors[term.target.tensor].items())
        for values in product(*(range(world.size(program.extents[i])) for i in indices)):
            here = Single(tensors, sizes={**world.sizes, **{i.name: k for i, k in zip(indices, values, strict=True)}})
            total = prod(here.value(x) for x in term.factors)
            sums[tuple(here.value(e) for e in term.target.at)] += total
        tensors[term.target.tensor] = Array(tensors[term.target.tensor].shape, tuple(sums.values()))


def scattered(world: World, op: Operation, program: Program) -> dict[str, Array]:
    """Every gradient by the program's Terms, run as they stand."""
    for symbol, value in program.facts:
        world.sizes[symbol.name] = world.size(value)
    tensors = {t.replace("∂", "d"): a for t, a in world.tensors.items()}
    for tensor, shape in program.shapes.items():
        if tensor not in tensors or (tensor.startswith("d") and tensor != f"d{op.output}"):
            tensors[tensor] = Array.build([world.size(n) for n in shape], lambda _: 0)
    for terms in (program.placing, program.terms, program.taking, program.late):
        add(world, tensors, program, terms)
    return tensors


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: f"{op.name} {len(op.shapes[1][1])} axes")
def test_the_terms_that_are_emitted_are_the_equation_that_is_printed(op: Operation) -> None:
    derivations = gradients(op)
    program = backward(op, derivations)
    for k, sizes in enumerate(islice(size_sets(op), 4)):
        printed, world = (numbers(op, sizes, Random(k), {}) for _ in range(2))
        for d in derivations:
            printed.define(d.equation, op.shape(without_gradient(d.entry.tensor)))
        emitted = scattered(world, op, program)
        for d in derivations:
            assert emitted[d.entry.tensor.replace("∂", "d")] == printed.tensors[d.entry.tensor], d.entry


@pytest.mark.parametrize("op", OPERATIONS[:3], ids=lambda op: op.name)
def test_what_is_emitted_is_a_recorded_line_before_the_sift(op: Operation) -> None:
    sifted = [d for d in gradients(op) if "sift" in [s.rule for s in d.steps]]
    assert len(sifted) >= 2
    for d in sifted:
        rules = [s.rule for s in d.steps]
        line = d.lines.index(d.scatter)
        assert 0 < line <= rules.index("sift")
        assert d.scatter.atoms(Delta) and not d.scatter.atoms(Partial)


def test_a_wrong_term_is_noticed() -> None:
    op = OPERATIONS[0]
    program = backward(op, gradients(op))
    sizes = next(size_sets(op))
    right, wrong = (numbers(op, sizes, Random(0), {}) for _ in range(2))
    kernel = next(t for t in program.terms if t.target.tensor == "dK")
    turned = Term(kernel.target, kernel.factors[:1])
    terms = tuple(turned if t is kernel else t for t in program.terms)
    found = scattered(wrong, op, Program(**{**vars(program), "terms": terms}))
    assert found["dK"] != scattered(right, op, program)["dK"]
