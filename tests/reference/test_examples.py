"""Every layer and every loss has an example that loads, and what is said to be refused is refused."""

import pytest
from depth import few

from symconv.errors import SymconvError
from symconv.networks.layers.layers import LAYERS, Relu
from symconv.networks.losses import LOSSES
from symconv.networks.network import from_text
from symconv.reference.examples import EXAMPLES, GROUPED, INPUT, LAYER, REFUSED, held
from symconv.reference.options import MODELS
from symconv.study import derive
from symconv.worked.derived import derived


def lacking(models: tuple[type, ...]) -> set[str]:
    """The kinds that have no example."""
    return {model.kind for model in models} - EXAMPLES.keys()  # type: ignore[attr-defined]


def test_every_layer_and_loss_has_an_example() -> None:
    assert lacking((*LAYERS, *LOSSES)) == set() and {*EXAMPLES} == {*MODELS}


def test_a_new_layer_without_an_example_is_seen() -> None:
    class Bent(Relu):
        kind = "bent"

    assert lacking((*LAYERS, Bent)) == {"bent"}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_loads_and_is_the_layer(kind: str) -> None:
    example = EXAMPLES[kind]
    network = from_text(example.text(), kind)
    made = network.loss if example.of_loss else network.layers[0]
    assert type(made) is MODELS[kind] and len(network.layers) == 1
    assert from_text(network.to_toml(), kind) == network


@pytest.mark.parametrize("kind", few(EXAMPLES, "conv", "layer_norm", "cat", "huber"))
def test_an_example_holds_what_is_derived_of_it(kind: str) -> None:
    study = derive(from_text(EXAMPLES[kind].text(), kind))
    assert study.verify() and study.values_to_show["L"].shape == ()


def test_the_groups_hold_all_examples_in_their_order() -> None:
    assert [kind for kinds in GROUPED.values() for kind in kinds] == [*EXAMPLES]


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_said_to_be_refused_is_refused(kind: str) -> None:
    for change in REFUSED[kind]:
        with pytest.raises(SymconvError):
            derived(from_text(EXAMPLES[kind].with_line(*change).text(), kind)).require_domains()


def test_every_limit_of_a_constant_is_shown() -> None:
    limited = {(model.kind, key) for model in LAYERS for key in getattr(model, "limits", ())}
    shown = {(kind, key) for kind, changes in REFUSED.items() for _, key, _ in changes}
    assert limited - shown == set() and ("celu", "alpha") in limited


def test_a_line_is_changed_or_added_or_taken_out() -> None:
    relu = EXAMPLES["relu"]
    assert relu.with_line(INPUT, "value", "[1]").text() == relu.text().replace("[[1, -2], [3, 4]]", "[1]")
    assert 'name = "Y"\nslope = 2\n' in relu.with_line(LAYER, "slope", "2").text()
    assert relu.with_line(LAYER, "slope", "2").without("slope") == relu
    assert held("W", "[1]") == '{ name = "W", value = [1] }'
