"""In which order terms are written, and what a matrix product takes with it."""

from dataclasses import replace

import pytest
from lowered import programs

from symconv.code.order import fills, in_order
from symconv.code.program import Program
from symconv.code.schedule import Schedule
from symconv.code.scheduled import Scheduled
from symconv.derivation.index import Entry

FORWARD, BACKWARD = programs(2, True)


def written(program: Program, schedule: Schedule) -> list[tuple[str, str, str]]:
    """For each term in order what it reads, its loops, and what the bias that goes with it reads."""
    return [
        ("*".join(x.tensor for x in term.factors), "".join(map(str, loops)), bias.factors[0].tensor if bias else "")
        for term, loops, bias in in_order(Scheduled(program, schedule))
    ]


def test_every_term_comes_once_and_those_under_fewer_loops_first() -> None:
    assert written(FORWARD, Schedule("ab")) == [("bias", "ab", ""), ("K*Xp", "ab", "")]
    assert written(FORWARD, Schedule("ngoij")) == [("K*Xp", "ngoij", ""), ("bias", "ngoij", "")]
    assert sorted(reads for reads, *_ in written(BACKWARD, Schedule())) == ["dY", "dY*K", "dY*Xp"]


@pytest.mark.parametrize(
    ("schedule", "taken"),
    [
        (Schedule("n", matmul=True, fused=True), True),
        (Schedule("n", fused=True), False),
        (Schedule("n", matmul=True), False),
    ],
)
def test_a_fused_matrix_product_takes_its_bias_with_it(schedule: Schedule, taken: bool) -> None:
    assert (("K*Xp", "n", "bias") in written(FORWARD, schedule)) is taken
    assert len(written(FORWARD, schedule)) == 2 - taken


def test_a_bias_waits_for_the_product_that_takes_it() -> None:
    """Under fewer loops it would come first."""
    assert written(FORWARD, Schedule("ab", matmul=True, fused=True)) == [("K*Xp", "ab", "bias")]


def test_a_sum_that_no_loop_writes_to_stands_alone() -> None:
    """dbias lies in no image: fused, it is one sum outside of the loop over the images."""
    assert ("dY", "", "") in written(BACKWARD, Schedule("n", matmul=True, fused=True))
    assert ("dY", "n", "") in written(BACKWARD, Schedule("n", matmul=True))


def test_what_lacks_an_axis_of_its_target_cannot_fill_it() -> None:
    known = Scheduled(FORWARD, Schedule())
    by_reads = {len(t.factors): fills(known, t) for t in FORWARD.terms}
    assert by_reads == {1: False, 2: True}, "a bias is the same for every place"
    bias = next(t for t in FORWARD.terms if len(t.factors) == 1)
    full = replace(bias, factors=(Entry("Z", *bias.target.at),))
    assert written(replace(FORWARD, terms=(bias, full)), Schedule()) == [("Z", "", ""), ("bias", "", "")]
