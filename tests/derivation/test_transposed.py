"""The transposed convolution is a convolution's derived gradient read forwards."""

from random import Random

import pytest
from sympy import Symbol, expand

from symconv.derivation.derive import derive, gradients
from symconv.derivation.equations import conv
from symconv.derivation.index import Delta, Div, Entry, In, Quot, rebuild, tidy
from symconv.derivation.scopes import canonical
from symconv.derivation.transposed import EXCHANGED, conv_transpose
from symconv.verification.verify import verify
from symconv.verification.worlds import numbers, size_sets


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_its_equation_is_the_gradient_with_the_letters_exchanged(dims: int) -> None:
    """With the same numbers, Y of the transposed convolution is dL/dX of the convolution, entry by entry."""
    op, plain = conv_transpose(dims, bias=False), conv(dims, bias=False)
    d = derive(plain, "X")
    sizes = next(size_sets(op))
    world = numbers(op, sizes, Random(1), {})
    named = {s.name: n for s, n in sizes.items()}
    exchange = {"O": "C", "C": "O", "Og": "Cg", "Cg": "Og"} | {f"{x}o": x for x in "DHW"} | {x: f"{x}o" for x in "DHW"}
    theirs = {s: named[exchange.get(s.name, s.name)] for s in plain.sizes}
    theirs |= {s: named[exchange.get(s.name, s.name)] for s, _ in plain.derived}
    other = numbers(plain, theirs, Random(1), {})
    other.give({**other.tensors, "K": world.tensors["K"], "∂Y": world.tensors["X"]})
    other.define(d.equation, plain.shape("X"))
    assert other.tensors["∂X"] == world.tensors["Y"]


def test_its_extent_is_the_convolutions_solved_for_its_input() -> None:
    op = conv_transpose(1)
    (known,) = ((s, e) for s, e in op.derived if s.name == "Wo")
    letters = {s.name: s for s in known[1].free_symbols} | {"Wo": known[0]}
    W, sw, dw, kw, pl, pr, opw = (letters[n] for n in ("W", "sw", "dw", "kw", "pl", "pr", "opw"))
    assert expand(known[1] - ((W - 1) * sw + (kw - 1) * dw + 1 + opw - pl - pr)) == 0
    back = Quot(rebuild(known[1], {}) + pl + pr - (kw - 1) * dw - 1, sw) + 1
    for numbers_ in (
        {W: 4, sw: 3, dw: 2, kw: 3, pl: 1, pr: 2, opw: 2},
        {W: 5, sw: 2, dw: 1, kw: 2, pl: 0, pr: 0, opw: 1},
    ):
        assert rebuild(back, numbers_) == numbers_[W], "the convolution maps it back to W, whatever is left over"


def test_its_equation_has_its_deltas_and_no_condition() -> None:
    value = conv_transpose(2).equation.value
    assert len(value.atoms(Delta)) == 2 and not value.atoms(In, Div, Quot)


def test_its_gradient_is_a_convolution() -> None:
    """dL/dX has no divisibility: the gradient of the gradient is the convolution itself."""
    op = conv_transpose(2)
    value = derive(op, "X").equation.value
    assert not value.atoms(Delta, Div, Quot) and len(value.atoms(In)) == 2
    plain = conv(2, bias=False, output="∂X", input="∂Y").equation.value
    swap = {a: b for pair in EXCHANGED for a, b in (pair, pair[::-1])}
    letters = {s: Symbol(swap[s.name], **s.assumptions0) for s in plain.atoms(Symbol) if s.name in swap}
    assert canonical(tidy(rebuild(plain, letters))) == canonical(tidy(value))


@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("channels", [True, False])
def test_every_step_of_its_gradients_holds(dims: int, channels: bool) -> None:
    op = conv_transpose(dims, channels)
    report = verify(op, gradients(op), {})
    assert report and report.failed == ()
    assert report.by_kind["symbols"] == report.checked


def test_options_are_torchs_in_torchs_order() -> None:
    assert [name for name, _ in conv_transpose(3).options] == [
        "stride",
        "padding",
        "output_padding",
        "groups",
        "dilation",
    ]
    assert [str(s) for s, _ in conv_transpose(3).limits] == ["opd", "oph", "opw"]


def test_without_channels_nothing_counts_them() -> None:
    op = conv_transpose(2, channels=False)
    assert [name for name, _ in op.options] == ["stride", "padding", "output_padding", "dilation"]
    assert [len(shape) for _, shape in op.shapes] == [2, 2, 2, 1]
    assert {str(i) for i, _ in op.equation.ranges} == {"i", "j"}
    assert op.equation.value - Entry("bias", 0) == conv_transpose(2, channels=False, bias=False).equation.value


def test_a_bias_only_adds() -> None:
    with_bias, without = conv_transpose(2).equation, conv_transpose(2, bias=False).equation
    assert canonical(with_bias.value - Entry("bias", with_bias.entry.at[1])) == canonical(without.value)
