"""Every kind of layer and loss goes the whole way: equation, derivation, code, handout in both languages, PyTorch."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import studies
import torch
from any_networks import NETWORKS
from depth import examples, few
from every_formula import documents, every
from hypothesis import given, settings
from mixed_networks import mixed_networks
from studies import report, study

from symconv.check.network import BEYOND, check_close, check_network
from symconv.check.torch_network import autograd
from symconv.derivation.tensors import is_copy
from symconv.errors import NotSupported
from symconv.formula.compose import EQUALS
from symconv.formula.nodes import Words, walk
from symconv.formula.width import letters
from symconv.handout.chains import COLUMN
from symconv.handout.document import Chain, Document
from symconv.handout.handout import _verified
from symconv.handout.pen import Pen
from symconv.networks.layers.layers import LAYERS, POINTWISE
from symconv.networks.losses import LOSSES
from symconv.networks.network import Network
from symconv.study import Study, derive, evaluated
from symconv.text.prose import LANGUAGES, prose
from symconv.worked.exactness import products
from symconv.worked.stages import LOSS_PLANS
from symconv.writers.latex.writer import write_latex

FEW = 150  # products: exact numbers in a tenth of a second
SOME = [name for name in NETWORKS if name in studies.FEW]
KINDS = {layer.kind for layer in LAYERS}


def worst(study: Study, of: Callable[[Any], Any] = lambda x: x) -> dict[str, float]:
    """For each value and gradient of the emitted code the largest difference from autograd, as a part of the largest
    entry of it and of those before it."""
    torchs = autograd(torch, study.network)
    found = evaluated(study, {name: x.detach() for name, x in torchs.items()})
    made = {kind: {name: of(x) for name, x in tensors.items()} for kind, tensors in found.items()}
    return {f"{r.what} {r.case}": BEYOND * float(r.measured) for r in check_close(study.network, made, torchs, {})}


def test_every_kind_of_layer_and_loss_is_tried() -> None:
    """Also where only some of the networks are taken."""
    networks = [NETWORKS[name]() for name in SOME]
    tried = {layer.kind for n in networks for layer in n.layers}
    assert KINDS - tried <= {layer.kind for layer in POINTWISE}  # each is tried in layers/test_pointwise.py
    assert {n.loss.kind for n in networks} == {loss.kind for loss in LOSSES}


def test_no_loss_lacks_an_equation_or_a_text() -> None:
    assert set(LOSS_PLANS) == {loss.kind for loss in LOSSES}
    for language in LANGUAGES:
        said = prose(language).sentences
        for kind in LOSS_PLANS:
            assert {f"layer.{kind}", f"told.{kind}"} <= set(said), (language, kind)


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_emitted_code_is_autograd(name: str) -> None:
    parts = worst(study(name))
    assert len(parts) > 6 and max(parts.values()) < 1e-12, parts


@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_a_wrong_number_is_seen() -> None:
    assert max(worst(derive(NETWORKS["vectors"]()), lambda x: x * (1 + 1e-11)).values()) > 1e-12


@pytest.mark.parametrize("name", few(NETWORKS, "one_dimension", "vectors", "logistic"))
def test_every_step_holds(name: str) -> None:
    assert report(name) and report(name).checked == sum(len(d.steps) for d in study(name).derivations.values())


EXACT = (
    "grouped",
    "one_image",
    "volume",
    "transposed_image",
    "straight",
    "twice",
    "ceiling",
    "unpooled",
    "stopped",
    "ties",
    "roots",
    "narrow",
    "moved",
    "together",
    "products",
    "limited",
    "grids",
)


@pytest.mark.parametrize("name", NETWORKS)
def test_exact_numbers_agree_or_are_politely_refused(name: str) -> None:
    here = study(name)
    assert here.exact == (name in EXACT)
    if here.exact:
        assert not any(is_copy(t) for t in (*here.values, *here.gradients))
        rows = check_network(here.network, here.known, here.losses)
        assert rows and all(row.passed for row in rows), [row for row in rows if not row.passed]
    else:
        with pytest.raises(NotSupported, match=r"would explode: .*\n  study\.evaluate\(\"torch\"\)"):
            _ = here.values


@pytest.mark.parametrize("name", few(NETWORKS, "residual", "vectors", "grouped", "logistic", "unpooled"))
def test_the_handout_is_written_in_both_languages(name: str) -> None:
    """Whole, and no line runs into the margin."""
    made = documents(name)
    assert [document.language for document in made] == [*LANGUAGES]
    for document in made:
        whole(write_latex(document))
        assert max(map(width, every(Chain, document)), default=0) < COLUMN + 1


def width(chain: Chain) -> float:
    """Of the widest line of signs, in letters (words are narrower than is thought): all begin where the widest
    left-hand side ends."""
    of_signs = [line for line in chain.lines if not any(isinstance(x, Words) for x in walk(line.rhs))]
    right = (letters(line.rhs) + (letters(EQUALS) if line.continued else 0) for line in of_signs)
    return max((letters(line.lhs) for line in chain.lines), default=0) + max(right, default=0)


def whole(text: str) -> None:
    _preamble, body = text.split(r"\begin{document}")
    assert body.rstrip().endswith(r"\end{document}") and not re.search(r"@[a-z]", body)


@pytest.mark.parametrize("name", few(NETWORKS, "one_dimension", "residual"))
def test_the_handout_says_what_was_verified(name: str) -> None:
    for document in documents(name):
        whole(write_latex(with_report(document, name)))


def with_report(document: Document, name: str) -> Document:
    """The network's handout, which others read as well, with what was verified of it."""
    say, last = prose(document.language), document.parts[-1]
    box = _verified(say, Pen(study(name), say), report(name))
    return replace(document, parts=(*document.parts[:-1], replace(last, blocks=(*last.blocks[:-1], box))))


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(20))  # beside those of tests/whole_way.py
@given(mixed_networks())
def test_a_network_of_any_layers_is_autograd(network: Network) -> None:
    study = derive(network)
    parts = worst(study)
    assert max(parts.values()) < 1e-9, parts
    if study.exact and products(study.stages) < FEW:
        rows = check_network(network, study.known, study.losses)
        assert all(row.passed for row in rows), [row for row in rows if not row.passed]
