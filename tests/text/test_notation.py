"""Index expressions read in order, and mean what SymPy's mean."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, strategies as st
from sympy import Add, Integer, Mul

from symconv.derivation.index import Entry, Quot, extent, index
from symconv.text.notation import Formula, Reader, counted, noun, plural, reading_key

i, a, g, o, c = (index(x) for x in "iagoc")
sh, dh, Og, kh, Hp, H = (extent(x) for x in ("sh", "dh", "Og", "kh", "Hp", "H"))
pt, pb = index("pt"), index("pb")
ORDER = ["i", "g", "o", "a", "H", "Hp", "kh", "Og", "sh", "pt", "pb", "dh"]


@pytest.mark.parametrize(
    ("e", "python", "formula"),
    [
        (i * sh + a * dh, "i*sh + a*dh", "i·sh + a·dh"),
        (i * sh + a * dh - pt, "i*sh + a*dh - pt", "i·sh + a·dh - pt"),
        (g * Og + o, "g*Og + o", "g·Og + o"),
        (H + pb + pt, "H + pt + pb", "H + pt + pb"),
        (Quot(Hp - (kh - 1) * dh - 1, sh) + 1, "(Hp - (kh - 1)*dh - 1)//sh + 1", "⌊(Hp - (kh - 1)·dh - 1)/sh⌋ + 1"),
        (2 * Quot(H, sh), "2*(H//sh)", "2·⌊H/sh⌋"),
        (Quot(H * kh, sh * dh), "H*kh//(sh*dh)", "⌊H·kh/(sh·dh)⌋"),
        (-i, "-i", "-i"),
        (Integer(0), "0", "0"),
        (Entry("X", i * sh + a, 0), "X[i*sh + a, 0]", "X[i·sh + a, 0]"),
    ],
)
def test_reads_in_order(e: Any, python: str, formula: str) -> None:
    assert Reader(ORDER)(e) == python
    assert Formula(ORDER)(e) == formula


def test_the_order_of_construction_does_not_matter() -> None:
    parts = (i * sh, a * dh, -pt)
    assert {Reader(ORDER)(Add(*p)) for p in permutations(parts)} == {"i*sh + a*dh - pt"}


def test_key_puts_negative_last_and_numbers_behind_names() -> None:
    key = reading_key(ORDER)
    assert sorted([Integer(-1), Integer(2), -pt, dh, i], key=key) == [i, dh, Integer(2), -pt, Integer(-1)]


names = st.sampled_from([i, a, sh, dh, kh])
leaves = st.one_of(names, st.integers(-3, 3).map(Integer))
trees = st.recursive(
    leaves,
    lambda t: st.one_of(
        st.lists(t, min_size=2, max_size=3).map(lambda x: Add(*x)),
        st.lists(t, min_size=2, max_size=3).map(lambda x: Mul(*x)),
        st.tuples(t, st.sampled_from([sh, dh, kh])).map(lambda x: Quot(*x)),
    ),
    max_leaves=6,
)


@given(trees, st.lists(st.integers(1, 7), min_size=5, max_size=5))
def test_text_has_the_value_of_the_expression(e: Any, values: list[int]) -> None:
    """The printed Python, run, gives the number that SymPy gives."""
    put = dict(zip((i, a, sh, dh, kh), map(Integer, values), strict=True))
    got = eval(Reader(ORDER)(e), {}, {str(s): int(v) for s, v in put.items()})
    assert got == int(e.xreplace(put).doit()) if not e.has(Quot) else got == value(e, put)


def value(e: Any, put: dict[Any, Any]) -> int:
    if e in put or e.is_Integer:
        return int(put.get(e, e))
    parts = [value(x, put) for x in e.args]
    if isinstance(e, Quot):
        return parts[0] // parts[1]
    if e.is_Pow:
        return int(parts[0] ** parts[1])
    return sum(parts) if e.is_Add else int(Mul(*parts))


def test_words() -> None:
    assert [counted(x) for x in "inoz"] == ["output row i", "image n", "output channel o of the group", "input plane z"]
    assert counted("q") == "index q"
    assert (noun("i"), plural("i"), plural("c")) == ("output row", "output rows", "input channels of the group")


def test_a_product_names_what_it_sums_over() -> None:
    K, X = Entry("K", a), Entry("X", i + a)
    assert Formula(ORDER).product((K, X), [(a, kh)]) == "Σ_{a} K[a]·X[i + a]"
    assert Formula(ORDER).product((K,)) == "K[a]"
