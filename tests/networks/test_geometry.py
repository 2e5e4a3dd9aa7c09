"""Forms: what each layer makes of its input's shape, against torch; and what the axes mean."""

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from depth import examples
from hypothesis import given, settings, strategies as st
from pointwise import OF_KIND, of_kind
from torch.nn import functional as F

from symconv.array import Shape
from symconv.errors import Fault
from symconv.networks.form import TensorForm
from symconv.networks.geometry import chain, fit, parameters
from symconv.networks.layers.layers import (
    Add,
    AvgPool,
    BatchNorm,
    Bias,
    Conv,
    ConvTranspose,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Linear,
    MaxPool,
    Relu,
)
from symconv.networks.network import Layer, Parameter
from symconv.networks.positions import overhang

Draw = Callable[[st.SearchStrategy[int]], int]
CONVS: dict[str, list[Callable[..., torch.Tensor]]] = {
    "conv": [F.conv1d, F.conv2d, F.conv3d],
    "conv_transpose": [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d],
    "max_pool": [F.max_pool1d, F.max_pool2d, F.max_pool3d],
    "avg_pool": [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d],
}


def ones(*shape: int, name: str = "U") -> Parameter:
    nested: object = 1
    for n in reversed(shape):
        nested = [nested] * n
    return Parameter.of(name, nested)


def shape_of(layer: Layer, form: TensorForm) -> Shape | None:
    output, faults = fit(layer, form)
    assert (output is None) == bool(faults)
    return output.shape if output else None


def of_torch(make: Callable[[], torch.Tensor]) -> Shape | None:
    """The shape that torch makes; None where it refuses, or where nothing is left."""
    try:
        shape = tuple(make().shape)
    except RuntimeError:
        return None
    return None if 0 in shape else shape


@st.composite
def inputs(draw: st.DrawFn, dims: int) -> tuple[TensorForm, int]:
    """An input of one to four channels, and a number of groups that need not fit."""
    batch = draw(st.booleans())
    shape = (
        *(draw(st.integers(1, 3)),) * batch,
        draw(st.integers(1, 4)),
        *(draw(st.integers(1, 5)) for _ in range(dims)),
    )
    return TensorForm(shape, batch=batch), draw(st.integers(1, 3))


def each(draw: Draw, dims: int, low: int, high: int) -> Shape:
    return tuple(draw(st.integers(low, high)) for _ in range(dims))


@settings(max_examples=examples(150))
@given(st.data(), st.integers(1, 3))
def test_a_convolution_has_the_shape_of_torch(data: st.DataObject, dims: int) -> None:
    form, groups = data.draw(inputs(dims))
    weight = (data.draw(st.integers(1, 2)) * groups, data.draw(st.integers(1, 3)), *each(data.draw, dims, 1, 3))
    stride, dilation, padding = (each(data.draw, dims, low, 2) for low in (1, 1, 0))
    conv = Conv("S", ones(*weight), stride=stride, padding=padding, dilation=dilation, groups=groups)  # type: ignore[arg-type]
    image, kernel = torch.zeros(form.shape), torch.zeros(weight)
    made = of_torch(lambda: CONVS["conv"][dims - 1](image, kernel, None, stride, padding, dilation, groups))
    assert shape_of(conv, form) == made


@settings(max_examples=examples(150))
@given(st.data(), st.integers(1, 3))
def test_a_transposed_convolution_has_the_shape_of_torch(data: st.DataObject, dims: int) -> None:
    form, groups = data.draw(inputs(dims))
    weight = (data.draw(st.integers(1, 2)) * groups, data.draw(st.integers(1, 3)), *each(data.draw, dims, 1, 3))
    stride, dilation, padding = (each(data.draw, dims, low, 2) for low in (1, 1, 0))
    rest = tuple(data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    layer = ConvTranspose("S", ones(*weight), None, stride, padding, rest, groups, dilation)  # type: ignore[arg-type]
    image, kernel = torch.zeros(form.shape), torch.zeros(weight)
    options = (None, stride, padding, rest, groups, dilation)
    assert shape_of(layer, form) == of_torch(lambda: CONVS["conv_transpose"][dims - 1](image, kernel, *options))


@settings(max_examples=examples(150))
@given(st.data(), st.integers(1, 3), st.booleans())
def test_pools_have_the_shape_of_torch(data: st.DataObject, dims: int, ceil: bool) -> None:
    form, _ = data.draw(inputs(dims))
    kernel, stride = each(data.draw, dims, 1, 3), each(data.draw, dims, 1, 3)
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    image = torch.zeros(form.shape)
    made = [of_torch(lambda f=f: f(image, kernel, stride, padding, ceil_mode=ceil)) for f in (  # type: ignore[misc]
        CONVS["max_pool"][dims - 1], CONVS["avg_pool"][dims - 1]
    )]  # fmt: skip
    pools = (MaxPool("h", kernel, stride, padding, ceil=ceil), AvgPool("h", kernel, stride, padding, ceil=ceil))  # type: ignore[arg-type]
    assert [shape_of(pool, form) for pool in pools] == made


def test_a_volume_is_averaged_where_torch_does() -> None:
    pool = AvgPool("h", (3, 1, 1), (1, 1, 1), ((1, 1), (0, 0), (0, 0)))
    _, (fault,) = fit(pool, TensorForm((1, 2, 2, 2)))
    assert fault.problem == "kernel 3x1x1 is larger than its input 2x2x2, which torch refuses for this layer"
    assert fault.remedy == "give a kernel of at most 2x1x1"


def test_no_layer_is_forgotten() -> None:
    """Each kind, from (N, C, H, W): its output's shape, and how many of its axes are spatial."""
    form = TensorForm((2, 3, 4, 6), batch=True)
    keep = ((2, 3, 4, 6), None)
    number = Parameter.of("b", [1, 2, 3])
    expected: dict[Layer, tuple[Shape, int | None]] = {
        Conv("S", ones(4, 3, 2, 2)): ((2, 4, 3, 5), 2),
        ConvTranspose("S", ones(3, 4, 2, 2)): ((2, 4, 5, 7), 2),
        Linear("S", ones(5, 72)): ((2, 5), 0),
        Flatten("S"): ((2, 72), 0),
        MaxPool("S", (2, 2)): ((2, 3, 2, 3), 2),
        AvgPool("S", (3, 4), ceil=True): ((2, 3, 2, 2), 2),
        GlobalMaxPool("S"): ((2, 3, 1, 1), 2),
        GlobalAvgPool("S"): ((2, 3, 1, 1), 2),
        Bias("S", number): keep,
        BatchNorm("S"): keep,
        **dict.fromkeys(map(of_kind, OF_KIND), keep),
    }  # fmt: skip
    for layer, (shape, spatial) in expected.items():
        assert fit(layer, form) == (TensorForm(shape, spatial, batch=True), ()), layer.kind
    assert fit(Add("S", "X"), form, form) == (form, ())


@pytest.mark.parametrize(
    ("form", "channel", "pooled"),
    [
        (TensorForm((5,)), 0, 1),
        (TensorForm((5,), 0), 0, 1),
        (TensorForm((5,), 1), None, 1),
        (TensorForm((4, 3)), None, 2),
        (TensorForm((4, 3), 2), None, 2),
        (TensorForm((4, 3), 1), 0, 1),
        (TensorForm((2, 4, 3)), 0, 2),
        (TensorForm((2, 4, 3), 3), None, 3),
        (TensorForm((2, 4, 3), 1), None, 1),  # two axes in front of the places: neither is known to count channels
        (TensorForm((2, 5, 4, 3)), 0, 3),
        (TensorForm((2,), None, True), None, 0),  # images that are one number each
        (TensorForm((2, 5), None, True), 1, 0),
        (TensorForm((2, 5), 0, True), 1, 0),
        (TensorForm((2, 5), 1, True), None, 1),
        (TensorForm((2, 3, 5), None, True), 1, 1),
        (TensorForm((2, 3, 5), 2, True), None, 2),
        (TensorForm((2, 3, 4, 5), None, True), 1, 2),
    ],
)
def test_which_axis_counts_channels_and_which_are_places(form: TensorForm, channel: int | None, pooled: int) -> None:
    assert (form.channel_axis, form.pooled_axes) == (channel, pooled)
    output, faults = fit(GlobalMaxPool("g"), form)
    if pooled:
        kept = form.shape[: len(form.shape) - pooled]
        assert output == TensorForm((*kept, *(1,) * pooled), pooled, form.batch)
    else:
        assert output is None and len(faults) == 1


@pytest.mark.parametrize(
    ("form", "count"),
    [
        (TensorForm((5,)), 5),
        (TensorForm((5,), 0), 5),
        (TensorForm((5,), 1), 1),
        (TensorForm((4, 3)), 1),
        (TensorForm((4, 3), 1), 4),
        (TensorForm((2, 4, 3)), 2),
        (TensorForm((2, 5), 0, True), 5),
        (TensorForm((2, 3, 4, 5), 2, True), 3),
        (TensorForm((2, 4, 5), 2, True), 1),
    ],
)
def test_a_bias_has_a_number_for_each_channel(form: TensorForm, count: int) -> None:
    assert fit(Bias("S", ones(count, name="b")), form) == (form, ())
    _, (fault,) = fit(Bias("S", ones(count + 1, name="b")), form)
    assert f"b has shape ({count + 1},)" in fault.problem and f"give {count} number" in fault.remedy


def test_batch_norm_has_all_its_numbers_for_each_channel() -> None:
    form = TensorForm((2, 3, 4), 1, True)
    three, two = ones(3), ones(2)
    assert fit(BatchNorm("n", three, three, three, three), form) == (form, ())
    _, faults = fit(BatchNorm("n", two, three, two, two), form)
    assert [fault.problem.split()[0] for fault in faults] == ["U", "U", "U"]
    assert len(fit(BatchNorm("n"), TensorForm((4, 3)))[1]) == 1
    assert fit(BatchNorm("n", None, None, three, three), TensorForm((3,))) == (TensorForm((3,)), ())


@pytest.mark.parametrize("shape", [(1, 3), (2, 3), (1, 3, 1), (1, 3, 2), (1, 3, 1, 1), (2, 3, 1, 1)])
def test_batch_norm_trains_where_torch_does(shape: Shape) -> None:
    _, faults = fit(BatchNorm("n"), TensorForm(shape, batch=True))
    try:
        F.batch_norm(torch.zeros(shape), None, None, training=True)
    except ValueError:
        assert len(faults) == 1 and "one number" in faults[0].problem
    else:
        assert faults == ()


def test_a_sum_knows_what_one_of_its_two_knows() -> None:
    plain, known = TensorForm((2, 3, 3)), TensorForm((2, 3, 3), 2)
    assert fit(Add("A", "X"), plain, known)[0] == fit(Add("A", "X"), known, plain)[0] == known
    assert fit(Add("A", "X"), known, TensorForm((2, 3, 4)))[0] is None


def test_a_chain_passes_over_what_it_cannot_know() -> None:
    given_ = ones(2, 4, name="X")
    layers = (None, Relu("P"), Linear("z", ones(3, 8)), Relu("Q"))
    forms, faults = chain(given_, False, layers)
    assert [form and form.shape for form in forms] == [(2, 4), None, None, (3,), (3,)] and faults == ()
    forms, _ = chain(given_, True, layers)
    assert [form and form.shape for form in forms] == [(2, 4), None, None, (2, 3), (2, 3)]
    assert chain(None, False, layers)[0] == chain(given_, None, layers)[0] == (None,) * 5


def test_a_chain_reads_what_its_layers_name() -> None:
    layers = (
        Conv("S", ones(1, 1, 1, 1), padding=((1, 1), (0, 0))),
        Relu("P", input="X"),
        Add("A", "X"),
        Add("B", "S"),
    )
    forms, faults = chain(ones(1, 3, 3, name="X"), False, layers)
    assert [form and form.shape for form in forms] == [(1, 3, 3), (1, 5, 3), (1, 3, 3), (1, 3, 3), None]
    assert faults == (
        Fault(
            'layers[3] (add "B")',
            "its input has shape (1, 3, 3), S has (1, 5, 3)",
            "add goes with tensors whose extents, from the last on, agree or are 1",
        ),
    )


def test_an_output_that_is_too_large_is_unknown() -> None:
    wide = Conv("S", ones(1, 1), padding=((4_000_000, 4_000_000), (0, 0)))
    forms, (fault,) = chain(ones(3, 3, name="X"), False, (wide, MaxPool("h", (9, 9))))
    assert fault.problem == "its output 8000003x3 is too large" and forms[1] is None


def test_parameters_come_in_one_order() -> None:
    weight, bias, mean, variance = (ones(1, name=name) for name in ("w", "b", "m", "v"))
    layer = BatchNorm("n", weight, bias, mean, variance, Fraction(1))
    assert [field for field, _ in parameters(layer)] == ["weight", "bias", "mean", "variance"]
    assert parameters(BatchNorm("n", bias=bias)) == [("bias", bias)]
    assert parameters(Bias("B", bias)) == [("bias", bias)] and parameters(Relu("P")) == []


def test_the_overhang_is_at_hand() -> None:
    assert overhang(5, 2, 2, (0, 0), 1) == 1
