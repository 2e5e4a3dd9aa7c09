"""Equations become Terms: conditions become padding, unsolved deltas become places of writing."""

import dataclasses
from typing import Any

import pytest
from pointwise import pointwise

from symconv.code.program import Program, backward, forward
from symconv.code.reading import Names
from symconv.derivation.derive import derive
from symconv.derivation.equations import Operation, conv, linear
from symconv.derivation.special import operation_with
from symconv.derivation.transposed import conv_transpose
from symconv.errors import NotSupported
from symconv.text.notation import Reader

FLAT = conv(2, channels=False)


def texts(program: Program) -> list[str]:
    read = Reader(program.order)
    terms = (*program.placing, *program.terms, *program.taking)
    return sorted(f"{read(t.target)} += {' * '.join(sorted(map(read, t.factors)))}" for t in terms)


def gradients(op: Operation) -> Program:
    return backward(op, [derive(op, tensor) for tensor in op.operands])


def test_forward_terms_are_the_equation() -> None:
    assert texts(forward(FLAT)) == [
        "Xp[h + pt, w + pl] += X[h, w]",
        "Y[i, j] += K[a, b] * Xp[i*sh + a*dh, j*sw + b*dw]",
        "Y[i, j] += bias[0]",
    ]


def test_backward_terms_are_the_derivation_before_the_sift() -> None:
    assert texts(gradients(FLAT)) == [
        "Xp[h + pt, w + pl] += X[h, w]",
        "dK[a, b] += Xp[i*sh + a*dh, j*sw + b*dw] * dY[i, j]",
        "dX[h, w] += dXp[h + pt, w + pl]",
        "dXp[i*sh + a*dh, j*sw + b*dw] += K[a, b] * dY[i, j]",
        "dbias[0] += dY[i, j]",
    ]


def test_padded_extents_count_both_sides() -> None:
    program = forward(FLAT)
    read = Reader(program.order)
    facts = {str(s): read(e) for s, e in program.facts}
    assert facts["Hp"] == "H + pt + pb"
    assert facts["Wo"] == "(Wp - (kw - 1)*dw - 1)//sw + 1"
    assert [*map(str, program.shapes["Xp"])] == ["Hp", "Wp"]


def test_pairs_are_found_and_numbered() -> None:
    program = forward(conv(2))
    read = Reader(program.order)
    assert {str(p.flat): (read(p.number), str(program.extents[p.flat])) for p in program.pairs} == {
        "k": ("g*Og + o", "O"),
        "m": ("g*Cg + c", "C"),
    }


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("channels", [False, True])
def test_every_dimension(dims: int, channels: bool) -> None:
    for program in (forward(conv(dims, channels=channels)), gradients(conv(dims, channels=channels))):
        assert len(program.placing) == 1
        assert not [s for t in program.terms for s in t.target.free_symbols if s.name.endswith("'")]


def test_a_letter_already_taken_is_replaced() -> None:
    """A user's tensor i wins over the row index."""
    program = forward(conv(2, channels=False, input="i"))
    assert "ip" in program.shapes
    assert [str(x) for x in program.extents][:2] == ["l", "j"]


def test_the_linear_layer_needs_nothing_new() -> None:
    assert texts(forward(linear("m", bias=True))) == ["z[k] += W[k, m] * x[m]", "z[k] += b[k]"]


def test_a_function_of_an_entry_is_a_piece() -> None:
    program = forward(pointwise("relu", "ij"))
    assert texts(program) == ["P[i, j] += relu(S)[i, j]"]
    assert program.shapes["relu(S)"] == program.shapes["S"]


def test_windows_side_by_side_are_no_pairs() -> None:
    """At stride 3 and a kernel of 3, i*3 + a reads like the number of a pair, but rows may be left over."""
    op = operation_with(FLAT, {s: 3 for s in (*dict(FLAT.options)["stride"], *FLAT.shape("K"))})
    assert forward(op).pairs == ()


def test_a_write_that_may_leave_the_tensor_is_padded() -> None:
    """The transposed convolution's equation has no condition: its deltas say where, and how far, it writes."""
    program = forward(conv_transpose(2))
    assert [str(t.target.tensor) for t in program.terms] == ["Yp"]
    assert [(t.target.tensor, t.factors[0].tensor) for t in program.taking] == [("Y", "Yp")]
    assert [t.factors[0].tensor for t in program.late] == ["bias"]


def test_the_gradient_of_a_transposed_convolution_reads_windows() -> None:
    assert "dX[n, g*Cg + c, h, w] += K[g*Cg + c, o, a, b] * dYp[n, g*Og + o, h*sh + a*dh, w*sw + b*dw]" in texts(
        gradients(conv_transpose(2))
    )


def test_every_factor_but_the_outputs_gradient_is_conjugated() -> None:
    assert gradients(FLAT).conjugated == ("X", "K")
    assert forward(FLAT).conjugated == ()


def test_names_that_python_cannot_have_are_replaced() -> None:
    names = Names({"conv1.weight": "conv1_weight", "∂conv1.weight": "dconv1_weight", "∂X": "dX_"})
    op = conv(2, channels=False, weight="conv1.weight")
    program = backward(op, [derive(op, t) for t in op.operands], names)
    assert {"conv1_weight", "dconv1_weight", "dX_", "dX_p"} <= set(program.shapes)


def test_a_padding_without_an_end_is_refused() -> None:
    op: Any = dataclasses.replace(FLAT, paddings=())
    with pytest.raises(NotSupported, match="how many zeros follow"):
        forward(op)
