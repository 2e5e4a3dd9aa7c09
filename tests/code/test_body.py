"""The lines of a function: arguments, sizes, ways, results. Every name is known where it is read, and none in vain."""

import ast
from functools import cache
from typing import Any

import pytest
from convolutions import ALL, CHANNELS

from symconv.code.body import Body, backward_body, forward_body, public, public_backward
from symconv.code.emit import recipe
from symconv.code.forms import FORMS
from symconv.code.listing import CodeStatement, Loop, blocks, printed, walk
from symconv.code.recipe import Recipe
from symconv.derivation.derive import gradients
from symconv.derivation.equations import conv

PYTHON = {"torch", "_checked", "_wide", "_gradient", "range", "slice", "min", "max", "tuple"}
SIDES = {"forward": forward_body, "backward": backward_body}
BOTH = pytest.mark.parametrize("side", SIDES)


@cache
def body(side: str, op: str, form: str, **options: Any) -> Body:
    return SIDES[side](recipe(op, form, **options))


def codes(body: Body) -> list[str]:
    return [line.code for line, _ in walk(body.nodes, 0)]


def ways(body: Body) -> dict[str, str]:
    """Each way's condition and its text."""
    return {
        n.head.code: "\n".join(printed(n.body)) for n in body.nodes if isinstance(n, Loop) and n.head.role == "branch"
    }


def names(text: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}


# ------------------------------------------------------------------------------------------------ the arguments
def test_the_public_arguments_and_their_defaults() -> None:
    made = recipe("conv_transpose2d", "gemm")
    assert public(made, defaults=True) == [
        "input", "weight", "bias=None", "stride=1", "padding=0", "output_padding=0", "groups=1", "dilation=1",
    ]  # fmt: skip
    assert public(made) == [x.partition("=")[0] for x in public(made, defaults=True)]
    assert public(recipe("conv2d", "loop"))[:2] == ["input", "kernel"]


def test_the_gradients_are_asked_for_with_what_is_needed_again() -> None:
    """A bias only adds: its value is not."""
    made = recipe("conv2d", "taps")
    assert public_backward(made, defaults=True) == [
        "grad_output", "input", "weight", "stride=1", "padding=0", "dilation=1", "groups=1",
    ]  # fmt: skip


def test_an_option_that_is_folded_in_is_no_argument() -> None:
    made = recipe("conv2d", "gemm", stride=2)
    assert public(made) == ["input", "weight", "bias"]
    assert codes(body("forward", "conv2d", "gemm", stride=2))[0] == "_checked(input, weight, bias)"
    assert codes(body("backward", "conv2d", "gemm", stride=2))[0] == "_checked(input, weight, None)"


# ------------------------------------------------------------------------------------------------ the lines in order
def test_what_comes_before_the_sums() -> None:
    roles = [line.role for line, _ in walk(body("forward", "conv2d", "gemm").nodes, 0)]
    assert roles[: roles.index("pad")] == [
        "options", "operand", "operand", "sizes", "sizes", *["extent"] * 5, "default", "default",
    ]  # fmt: skip
    flat = codes(body("forward", "conv2d", "loop"))
    assert not [x for x in flat if "input.dim()" in x], "without channels there is no batch"


@BOTH
@pytest.mark.parametrize(("op", "form"), ALL)
def test_every_name_is_known_and_every_extent_is_read(op: str, form: str, side: str) -> None:
    made = recipe(op, form)
    arguments = public(made) if side == "forward" else public_backward(made)
    text = "\n".join(line[4:] for block in blocks(body(side, op, form).nodes) for line in printed(block))
    found = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)]
    read, set_ = ({n.id for n in found if isinstance(n.ctx, kind)} for kind in (ast.Load, ast.Store))
    assert read - set_ <= {*PYTHON, *arguments}
    lines = [line for line, _ in walk(body(side, op, form).nodes, 0)]
    extents = {line.code.partition(" = ")[0] for line in lines if line.role == "extent"}
    assert extents and extents <= read


@BOTH
def test_an_extent_comes_after_those_that_it_is_made_of(side: str) -> None:
    known: set[str] = set()
    for line, _ in walk(body(side, "conv_transpose2d", "gemm").nodes, 0):
        if line.role == "extent":
            target, _, value = line.code.partition(" = ")
            assert not {x for x in names(value) if x[0].isupper()} - known, line.code
            known.add(target)
        known |= names(line.code) if line.role == "sizes" else set()


@pytest.mark.parametrize(
    ("op", "form", "shape"), [("conv2d", "loop", "(Ho, Wo)"), ("conv1d", "gemm", "(N, O, Wo)")],
)  # fmt: skip
def test_the_outputs_gradient_has_the_outputs_shape(op: str, form: str, shape: str) -> None:
    assert f"dY = _gradient(grad_output, {shape}, input)" in codes(body("backward", op, form))


def test_a_shape_of_one_extent_is_a_tuple() -> None:
    line = conv(1, channels=False)
    made = Recipe("conv1d_loop", "1-D convolution", line, gradients(line), FORMS["loop"])
    assert "dY = _gradient(grad_output, (Wo,), input)" in codes(backward_body(made))


@pytest.mark.parametrize(("op", "form"), ALL)
def test_the_results_have_the_inputs_dtype_and_as_many_axes(op: str, form: str) -> None:
    there, back = codes(body("forward", op, form))[-1], codes(body("backward", op, form))[-2:]
    assert back[1] == "return tuple(d.to(input.dtype) for d in (dX, dK, dbias))"
    if (op, form) in CHANNELS:
        one = f"input.dim() == {int(op[-2]) + 1}"
        assert there == f"return (Y[0] if {one} else Y).to(input.dtype)"
        assert back[0] == f"dX = dX[0] if {one} else dX"
    else:
        assert there == "return Y.to(input.dtype)"


# ------------------------------------------------------------------------------------------------ the ways
@BOTH
def test_several_ways_are_if_elif_and_else(side: str) -> None:
    assert list(ways(body(side, "conv2d", "taps"))) == [
        "if Og == Cg == 1 and groups > 1 and Ho*Wo <= 4096:", "elif Og == Cg == 1 and groups > 1:", "else:",
    ]  # fmt: skip
    assert ways(body(side, "conv2d", "batched")) == {}
    assert ways(body(side, "conv2d", "taps", groups=1)) == {}


@BOTH
def test_each_way_begins_by_saying_why(side: str) -> None:
    for node in body(side, "conv2d", "gemm").nodes:
        if isinstance(node, Loop) and node.head.role == "branch":
            assert node.body[0] == CodeStatement(f"# {dict(node.head.detail)['way']}", "comment")


@BOTH
@pytest.mark.parametrize("op", ["conv1d", "conv2d", "conv3d"])
def test_with_one_kernel_per_channel_there_is_one_number_of_channels(op: str, side: str) -> None:
    """N, C and the places: no group, no output, and no pair of them to take apart."""
    *special, (_, general) = ways(body(side, op, "taps")).items()
    assert len(special) == 2
    for _, text in special:
        assert ", C" in text and not {"groups", "O", "Og", "Cg", "g", "o", "c"} & names("if 1:\n" + text)
        assert "unflatten" not in text and "einsum" not in text
    assert {"groups", "O", "Og", "Cg"} & names("if 1:\n" + general)


def test_padding_stands_before_the_ways_or_where_they_lie_apart_in_each() -> None:
    alike, apart = (ways(body("forward", "conv2d", form)) for form in ("gemm", "taps"))
    copy = "Xp[..., pt : pt + H, pl : pl + W] = X"
    assert [text.count(copy) for text in alike.values()] == [0, 0]
    assert [text.count(copy) for text in apart.values()] == [1, 1, 1]
    assert [codes(body("forward", "conv2d", form)).count(copy) for form in ("gemm", "taps")] == [1, 3]
    lean = [f"if {' or '.join(('pt', 'pb', 'pl', 'pr'))}:" in text for text in apart.values()]
    assert lean == [False, True, True], "to lie otherwise a copy is needed anyway"
