"""What is told of a layer is what is derived of its example."""

from dataclasses import fields

import pytest

from symconv.derivation.traits import has_kink
from symconv.errors import Broken
from symconv.formula.plain import plain
from symconv.networks.network import from_text
from symconv.reference import entry as module
from symconv.reference.entry import Equality, brief, entry
from symconv.reference.examples import EXAMPLES, LAYER
from symconv.reference.options import MODELS
from symconv.text.prose import prose
from symconv.worked.derived import derived

SAY = prose("en")


def lines(equalities: tuple[Equality, ...]) -> list[str]:
    return [f"{plain(e.left)} = {plain(e.right)}" for e in equalities]


def test_a_sigmoid() -> None:
    found = entry("sigmoid", SAY)
    assert (found.kind, found.noun, found.options, found.refused, found.kinks) == ("sigmoid", "sigmoid", (), (), ())
    assert lines(found.equations) == ["Y[i, j] = σ(X[i, j])"]
    assert lines(found.gradients) == ["∂L/∂X[i, j] = ∂L/∂Y[i, j] Y[i, j] (1 − Y[i, j])"]
    assert lines(found.shapes) == ["Y = (H, W)", "X = (H, W)"]
    assert found.torch == ("torch.nn.Sigmoid", "torch.nn.functional.sigmoid", "torch.sigmoid")


def test_a_convolution_for_any_stride_and_padding() -> None:
    found = entry("conv", SAY)
    assert "X[g C_g + c, i s_h + a d_h − p_t, j s_w + b d_w − p_l]" in lines(found.equations)[0]
    assert "H_o = ⌊(H + p_b + p_t − d_h (k_h − 1) − 1)/s_h⌋ + 1" in lines(found.extents)
    letters = {option.key: [plain(x) for x in named] for option, named in found.options}
    assert letters["padding"] == ["p_t", "p_b", "p_l", "p_r"] and letters["weight"] == []
    assert [line.partition("[")[0] for line in lines(found.gradients)] == ["∂L/∂K", "∂L/∂β", "∂L/∂X"]
    assert ("stride = 0", "0 is out of range; give an integer from 1 to 10000000") in found.refused


def test_a_norm_has_its_statistics_and_the_gradients_of_all_copies() -> None:
    found = entry("layer_norm", SAY)
    assert [line.partition("[")[0] for line in lines(found.equations)] == ["μ_Y", "v_Y", "Y"]
    assert lines(found.gradients)[-1].startswith("∂L/∂X[i, j] = ∂L/∂X^(→ μ_Y)[i, j] + ")
    assert found.told.index("Then it is multiplied") < found.told.index("The mean is taken")


def test_a_loss_has_its_probabilities() -> None:
    found = entry("cross_entropy", SAY)
    assert [line.partition(" ")[0] for line in lines(found.equations)] == ["y[k]", "L"]
    assert lines(found.gradients) == ["∂L/∂z[k] = y[k] − t[k]"]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_all_that_is_derived_is_told(kind: str) -> None:
    found, study = entry(kind, SAY), derived(from_text(EXAMPLES[kind].text(), kind))
    own = {"L", "y"} if EXAMPLES[kind].of_loss else {s.output for s in study.stages} - {"L", "y"}
    stages = [s for s in study.stages if s.output in own]
    gradients = {t for s in stages if s.output != "y" for t in s.operation.operands} & study.general.keys()
    assert len(found.gradients) == len(gradients) > 0
    assert bool(found.kinks) == any(has_kink(s.operation.equation.value) for s in stages)
    assert len(found.options) == len({field.name for field in fields(MODELS[kind])} - {"name", "input"})
    assert found.told and found.example == EXAMPLES[kind].text()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_line_of_the_list_is_that_of_the_example(kind: str) -> None:
    found = brief(kind, SAY)
    assert found.kind == kind and found.noun == entry(kind, SAY).noun
    assert plain(found.equation.left)[0] == ("L" if EXAMPLES[kind].of_loss else "Y")


def test_in_chinese() -> None:
    found = entry("conv", prose("zh"))
    assert found.noun == "卷积" and found.told.startswith("把卷积核盖在") and found.options[0][0].default == "可省略"
    assert lines(found.gradients) == lines(entry("conv", SAY).gradients)


def test_what_is_not_refused_is_not_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFUSED", {"conv": ((LAYER, "stride", "1"),)})
    with pytest.raises(Broken, match="reference of conv: stride = 1 is not refused"):
        entry("conv", SAY)


def test_an_equation_is_that_of_the_example_and_of_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    shifted = EXAMPLES["scale"].with_line(LAYER, "offset", "7")
    monkeypatch.setattr(module, "EXAMPLES", {"scale": shifted})
    assert lines(entry("scale", SAY).equations) == ["Y[i, j] = 1/2 X[i, j] + 7"]
