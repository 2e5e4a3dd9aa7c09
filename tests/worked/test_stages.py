"""A network as equations: every layer in order, and no letter that is a user's name."""

from dataclasses import replace
from math import prod

import pytest
from any_networks import last, made
from nets import conv, network
from sympy import Symbol

from symconv.errors import Broken
from symconv.networks.layers.layers import BatchNorm, Flatten, GlobalMaxPool, MaxPool, Relu
from symconv.networks.losses import LOSSES
from symconv.networks.network import load, shapes
from symconv.worked.stages import COPIES, LOSS_PLANS, _stage, axes_of, stages_of

TOY = load("toy-cnn")


def test_the_line_goes_from_the_input_to_the_loss() -> None:
    stages = stages_of(TOY)
    assert [s.output for s in stages] == ["S", "P", "h", "z", "y", "L"]
    assert [s.kind for s in stages] == ["conv", "relu", "max_pool", "linear", "softmax", "cross_entropy"]
    assert [dict(s.operation.roles)["input"] for s in stages] == ["X", "S", "P", "h", "z", "z"]
    assert [s.parameters for s in stages] == [("U",), (), (), ("W",), (), ()]


def test_the_users_names_are_no_letters() -> None:
    """The toy's h and W are a row index and a width elsewhere."""
    taken = set(shapes(TOY))
    assert {"h", "W"} <= taken
    for stage in stages_of(TOY):
        used = stage.operation.equation.value.atoms(Symbol) | {s for s, _ in stage.sizes}
        used |= {i for t in stage.operation.targets for i, _ in t.ranges}
        assert not {s.name for s in used} & taken


def test_every_size_is_the_networks() -> None:
    layer = conv(stride=(2, 1), padding=((1, 0), (0, 2)), dilation=(1, 2))
    first = stages_of(network(layer))[0]
    assert {s.name: n for s, n in first.sizes} == {
        "H": 5, "W_": 4, "kh": 2, "kw": 2, "sh": 2, "sw": 1, "dh": 1, "dw": 2,
        "pt": 1, "pb": 0, "pl": 0, "pr": 2, "Ho": 3, "Wo": 4,
    }  # fmt: skip


@pytest.mark.parametrize("layer", [Relu("P"), MaxPool("P", (2, 2)), GlobalMaxPool("P"), conv("P", bias=True)])
def test_each_layer_has_the_shapes_that_the_network_gives_it(layer: object) -> None:
    net = network(layer)
    for stage in stages_of(net):
        sizes = dict(stage.sizes)
        for tensor, shape in stage.operation.shapes:
            made = tuple(int(n.xreplace(sizes)) for n in shape)
            assert made == shapes(net)[tensor]


def test_a_bias_is_a_parameter() -> None:
    assert stages_of(network(conv(bias=True)))[0].parameters == ("U", "Ub")


def test_sizes_that_contradict_each_other_are_ours_to_answer_for() -> None:
    operation = stages_of(TOY)[0].operation
    options = {"stride": (1, 1), "padding": (0, 0, 0, 0), "dilation": (1, 1)}
    with pytest.raises(Broken, match="do not follow"):
        _stage(operation, options, {**shapes(TOY), "S": (9, 9)}, "conv")


def test_every_loss_has_an_equation() -> None:
    assert set(LOSS_PLANS) == {loss.kind for loss in LOSSES}


def test_stages_are_data() -> None:
    stages = stages_of(TOY)
    assert stages == stages_of(TOY)
    assert replace(stages[0], kind="conv") == stages[0]


@pytest.mark.parametrize(("shape", "axes"), [((2, 3, 2, 2), "ncij"), ((2, 3, 4), "ncj"), ((2, 3), "nm")])
def test_what_a_batch_norm_computes_of_the_batch_counts_channels_not_images(shape: tuple[int, ...], axes: str) -> None:
    flat = prod(shape[1:])
    n = made(shape, BatchNorm("B"), Flatten("f"), last(2, flat))
    assert [axes_of(n, t) for t in ("X", "B.mean", "B.variance")] == [axes, axes[1], axes[1]]
    (copied,) = (s for s in stages_of(n) if s.kind == COPIES and dict(s.operation.roles)["input"] == "B.mean")
    assert {i.name for i, _ in copied.operation.equation.ranges} == {axes[1]}
