"""Conditions end in padded tensors: how these are called, how large they are, what is copied into and out of them."""

from itertools import product

import pytest
from hypothesis import given, strategies as st
from sympy import Integer

from symconv.code.padding import Padding
from symconv.code.pieces import Exponentials, Largest, Pieces
from symconv.code.reading import Names
from symconv.code.schedule import Term
from symconv.derivation.equations import Operation, conv, max_pool
from symconv.derivation.index import Entry, In, extent, index
from symconv.derivation.letters import Letters
from symconv.errors import NotSupported

i, j, a, b, h, w = (index(x) for x in "ijabhw")
pt, pl = index("pt"), index("pl")
H, W, sh, dh, sw, dw = (extent(x) for x in ("H", "W", "sh", "dh", "sw", "dw"))
ROW, COLUMN = i * sh + a * dh - pt, j * sw + b * dw - pl
Y, K, dY = Entry("Y", i, j), Entry("K", a, b), Entry("dY", i, j)
X, dX = Entry("X", ROW, COLUMN), Entry("dX", ROW, COLUMN)
GUARDS = (In(ROW, H), In(COLUMN, W))
FLAT = conv(2, channels=False)


def padding(op: Operation = FLAT, taken: tuple[str, ...] = ()) -> Padding:
    """One for the operation's own tensors, and for gradients of theirs."""
    extents = {i: extent("Ho"), j: extent("Wo"), a: extent("kh"), b: extent("kw"), h: H, w: W}
    shapes = {name: shape for t, shape in op.shapes for name in (t, f"d{t}")}
    return Padding(op, Letters({*shapes, *taken}), extents, shapes, Names())


def known(p: Padding) -> dict[str, str]:
    return {str(symbol): str(total) for symbol, total in p.extents.values()}


def test_a_guarded_read_is_one_of_a_padded_tensor() -> None:
    p = padding()
    term = p.term(Y, (K, X), GUARDS, Integer(1))
    assert term == Term(Y, (K, Entry("Xp", i * sh + a * dh, j * sw + b * dw)))
    assert p.placing == [Term(Entry("Xp", h + pt, w + pl), (Entry("X", h, w),))] and p.taking == []
    assert [*map(str, p.shapes["Xp"])] == ["Hp", "Wp"] and known(p) == {"Hp": "H + pb + pt", "Wp": "W + pl + pr"}
    assert [*map(str, p.sides["Xp"])] == ["pt", "pb", "pl", "pr"]


def test_a_guarded_write_goes_into_a_padded_tensor_whose_middle_is_taken_out() -> None:
    p = padding()
    term = p.term(dX, (K, dY), GUARDS, Integer(1))
    assert term == Term(Entry("dXp", i * sh + a * dh, j * sw + b * dw), (K, dY))
    assert p.taking == [Term(Entry("dX", h, w), (Entry("dXp", h + pt, w + pl),))] and p.placing == []


def test_without_a_condition_nothing_is_padded_and_with_one_only_its_axis() -> None:
    p = padding()
    assert p.term(Y, (K, X), (), Integer(2)) == Term(Y, (K, X), Integer(2)) and "Xp" not in p.shapes
    assert p.term(Y, (K, X), GUARDS[1:], Integer(1)).factors[1] == Entry("Xp", ROW, j * sw + b * dw)
    assert p.shapes["Xp"][0] == H and known(p) == {"Wp": "W + pl + pr"}


def test_a_tensor_is_padded_once_and_two_of_one_shape_share_its_extents() -> None:
    p = padding()
    for target, factors in ((Y, (K, X)), (Entry("dK", a, b), (dY, X)), (dX, (K, dY))):
        p.term(target, factors, GUARDS, Integer(1))
    assert (len(p.placing), len(p.taking), len(p.extents)) == (1, 1, 2)
    assert p.shapes["Xp"] == p.shapes["dXp"]
    names = list(p.shapes)
    assert names[names.index("X") + 1] == "Xp", "it stands in its tensor's place in products"


def test_a_tensor_of_that_name_is_not_in_the_way() -> None:
    p = padding(taken=("Xp", "Hp"))
    p.term(Y, (K, X), GUARDS, Integer(1))
    assert "Xp_" in p.shapes and set(known(p)) == {"Hp_", "Wp"}


@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_the_padded_tensor_holds_what_the_guarded_one_does(before: int, after: int, s: int, d: int, k: int) -> None:
    """By numbers: e in front of the padded tensor's beginning plus its zeros is e in the tensor, or outside of both."""
    p = padding()
    read = p.term(Y, (K, X), GUARDS, Integer(1)).factors[1].at[0]
    place, total = p.placing[0].target.at[0], p.extents[H, pt][1]
    sizes = {sh: s, dh: d, pt: before, index("pb"): after, H: 5}
    held = {place.subs({**sizes, h: row}): row for row in range(5)}
    for row, tap in product(range((5 + before + after - (k - 1) * d - 1) // s + 1), range(k)):
        at = {**sizes, i: row, a: tap}
        assert 0 <= read.subs(at) < total.subs(sizes)
        e = ROW.subs(at)
        assert held.get(read.subs(at)) == (e if 0 <= e < 5 else None)


# ------------------------------------------------------------------------------------------------ maxima
def test_around_a_maximum_there_is_minus_infinity() -> None:
    p, pieces = padding(max_pool(2)), Pieces((i, j, a, b), {})
    P = Entry("P", ROW, COLUMN)
    ranges = ((a, extent("kh")), (b, extent("kw")))
    pieces.known |= {
        "max(P)": Largest(P, ranges, GUARDS[0] * GUARDS[1], winner=False),
        "winner(P)": Largest(P, ranges, GUARDS[0] * GUARDS[1], winner=True),
    }
    p.pieces(pieces)
    inside = Entry("Pp", i * sh + a * dh, j * sw + b * dw)
    assert [(x.entry, x.guard) for x in pieces.known.values() if isinstance(x, Largest)] == [(inside, 1)] * 2
    assert p.lowest == {"Pp"} and len(p.placing) == 1
    assert [*map(str, p.shapes["max(P)"])] == ["Ho", "Wo"]
    assert [*map(str, p.shapes["winner(P)"])] == ["Ho", "Wo", "kh", "kw"]


def test_other_pieces_lie_as_their_tensor_does_but_for_a_sum_over_its_last_axis() -> None:
    p, z = padding(), Entry("X", h, w)
    pieces = Pieces((h, w), {})
    pieces.known |= {f"{name}(X)": Exponentials(z, w, name) for name in ("softmax", "logsumexp")}
    p.pieces(pieces)
    assert (p.shapes["softmax(X)"], p.shapes["logsumexp(X)"]) == ((H, W), (H,)) and not p.lowest


# ------------------------------------------------------------------------------------------------ what is refused
def test_what_has_no_padding_is_said() -> None:
    with pytest.raises(NotSupported, match=r"a condition speaks of h, where no entry is used"):
        padding().term(Y, (K,), (In(h, H),), Integer(1))
    with pytest.raises(NotSupported, match="no option says how many zeros follow where pl go in front"):
        turned = Entry("X", COLUMN, ROW)
        padding().term(Y, (K, turned), (In(COLUMN, H),), Integer(1))
    p = padding()
    p.term(Y, (K, X), GUARDS, Integer(1))
    with pytest.raises(NotSupported, match=r"X is padded in two ways, by \(pt, pl\) and by \(0, pl\)"):
        p.term(Y, (K, X), GUARDS[1:], Integer(1))
