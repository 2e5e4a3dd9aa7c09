"""Derived once under plain names, a gradient is what it is when derived under its own."""

import pytest
from depth import few
from random_networks import drawn

from symconv.derivation import equations, once
from symconv.derivation.derive import gradients
from symconv.worked.derived import differentiated
from symconv.worked.stages import LOSS, PROBABILITIES, stages_of


@pytest.mark.parametrize("first", few(range(0, 40, 5), 0))
def test_what_was_derived_once_is_what_is_derived_anew(first: int) -> None:
    """Every rule's name, stages and fact, for the layers of random networks: names in any order, skips, every loss."""
    for seed in range(first, first + 5):
        stages = stages_of(drawn(seed))
        probabilities = {s.output: s.operation.equation for s in stages if s.output == PROBABILITIES}
        for stage in differentiated(stages):
            named = probabilities if stage.output == LOSS else {}
            assert once.gradients_of(stage.operation, tuple(named.items())) == gradients(stage.operation, named)


def test_other_names_are_not_derived_again():
    once.gradients_of.cache_clear()
    once._gradients.cache_clear()
    for tensors in (("Y", "X", "K"), ("z", "m", "k"), ("out", "in", "kernel")):
        output, given, weight = tensors
        made = equations.conv(2, channels=False, bias=False, output=output, input=given, weight=weight)
        found = once.gradients_of(made)
        assert [d.entry.tensor for d in found] == [f"∂{given}", f"∂{weight}"]
        assert {x.tensor for d in found for e in d.lines[1:] for x in e.atoms(equations.Entry)} >= {f"∂{output}"}
    assert once._gradients.cache_info().currsize == 2  # in the third the input comes first
