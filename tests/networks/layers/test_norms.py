"""Layer norm, instance norm and group norm: what they take, what they make on the way, what they refuse."""

from fractions import Fraction

import pytest

from symconv.check.torch_network import autograd
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.geometry import fit
from symconv.networks.layers.layers import BatchNorm, GroupNorm, InstanceNorm, Layer, LayerNorm, Parameter
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network

FOUR, TWO_THREE = Parameter.of("w", [1, 2, 3, 4]), Parameter.of("w", [[1, 2, 3], [4, 5, 6]])
IMAGES = TensorForm((2, 4, 2, 3), spatial=2, batch=True)
IMAGE = TensorForm((4, 2, 3), spatial=2)
VECTORS = TensorForm((3, 4), spatial=0, batch=True)


@pytest.mark.parametrize(
    ("layer", "form", "made"),
    [
        (LayerNorm("n", (3,)), IMAGES, (2, 4, 2)),
        (LayerNorm("n", (2, 3), TWO_THREE, TWO_THREE), IMAGES, (2, 4)),
        (LayerNorm("n", (4, 2, 3)), IMAGES, (2,)),
        (LayerNorm("n", (4, 2, 3)), IMAGE, ()),
        (LayerNorm("n", (4,), FOUR), VECTORS, (3,)),
        (InstanceNorm("n", FOUR, FOUR), IMAGES, (2, 4)),
        (InstanceNorm("n"), IMAGE, (4,)),
        (GroupNorm("n", 2, FOUR), IMAGES, (2, 2)),
        (GroupNorm("n", 4), IMAGE, (4,)),
        (GroupNorm("n", 1), VECTORS, (3, 1)),
        (BatchNorm("n"), IMAGES, (4,)),
    ],
)
def test_the_output_has_the_input_s_form_and_the_mean_its_own(
    layer: Layer, form: TensorForm, made: tuple[int, ...]
) -> None:
    assert fit(layer, form) == (form, ())
    assert layer.on_the_way() == ("n.mean", "n.variance")
    assert layer.on_the_way_shape(form) == made


@pytest.mark.parametrize(
    ("layer", "form", "said"),
    [
        (LayerNorm("n", (4,)), IMAGES, ("shape", "is 4, and an image of its input ends in 3", "give [3]")),
        (LayerNorm("n", (9, 4)), VECTORS, ("shape", "is 9x4, and an image of its input ends in 4", "give [4]")),
        (LayerNorm("n", (3, 4)), IMAGE, ("shape", "is 3x4, and its input ends in 2x3", "give [2, 3]")),
        (
            InstanceNorm("n"), VECTORS,
            ("", "each channel of an image of its input 3x4 has one number, and no variance",
             "give an input of more numbers, or leave the layer out"),
        ),
        (InstanceNorm("n", TWO_THREE), IMAGES, ("", "w has shape (2, 3), but its input 2x4x2x3 has 4 channels",
                                                "give 4 numbers")),
        (InstanceNorm("n"), TensorForm((2, 3)), ("", "its input 2x3 has no channels",
                                                 "give the input an axis for channels")),
        (GroupNorm("n", 3), IMAGES, ("groups", "4 channels of its input 2x4x2x3 in 3 groups",
                                     "give a number that divides 4")),
        (GroupNorm("n", 4), TensorForm((1, 4, 1), batch=True), (
            "groups", "each group of its input 1x4x1 has one number, and no variance",
            "give fewer groups, or leave the layer out",
        )),
        (GroupNorm("n", 2, bias=TWO_THREE), IMAGES, ("", "w has shape (2, 3), but its input 2x4x2x3 has 4 channels",
                                                     "give 4 numbers")),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(layer: Layer, form: TensorForm, said: tuple[str, str, str]) -> None:
    (fault,) = fit(layer, form)[1]
    assert (fault.place, fault.problem, fault.remedy) == said


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (lambda: LayerNorm("n", ()), "shape"),
        (lambda: LayerNorm("n", 4), "shape"),  # type: ignore[arg-type]
        (lambda: LayerNorm("n", (3,), FOUR), "weight.value"),
        (lambda: LayerNorm("n", (4,), FOUR, FOUR, Fraction(0)), "epsilon"),
        (lambda: LayerNorm("n" * 92, (4,)), "name"),
        (lambda: InstanceNorm("n", 3), "weight"),  # type: ignore[arg-type]
        (lambda: InstanceNorm("n", epsilon=Fraction(-1)), "epsilon"),
        (lambda: GroupNorm("n", 0), "groups"),
        (lambda: GroupNorm("n", 2, epsilon=0.5), "epsilon"),  # type: ignore[arg-type]
    ],
)
def test_what_a_norm_cannot_mean_is_refused(made: object, place: str) -> None:
    with pytest.raises(SpecError) as found:
        made()  # type: ignore[operator]
    assert [fault.place for fault in found.value.faults] == [place]


def test_a_group_norm_may_have_a_bias_alone() -> None:
    """In torch its backward pass then fails ("tensor does not have a device"), and a weight of ones stands in."""
    torch = pytest.importorskip("torch")
    norm, x = GroupNorm("n", 2, bias=FOUR), Parameter.of("x", [[[1, 2], [3, -1], [0, 1], [2, 2]]])
    loss = MeanSquaredError(x.value)
    found = autograd(torch, Network("n", Fraction(1), x, (norm,), loss, True))
    assert found["w"].grad is not None and found["w"].grad.shape == (4,)
