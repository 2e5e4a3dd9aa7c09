"""Where a window stands, and how often it fits."""

from hypothesis import given, strategies as st
from sympy import Integer

from symconv.derivation.index import In, rebuild
from symconv.derivation.letters import Letters
from symconv.derivation.windows import axes, guard, ranges_of, window_options


def test_the_last_dimensions_are_used() -> None:
    assert [str(x.places) for x in axes(1, Letters())] == ["W"]
    assert [str(x.places) for x in axes(2, Letters())] == ["H", "W"]
    assert [str(x.places) for x in axes(3, Letters())] == ["D", "H", "W"]


def test_rows_and_columns_have_the_fields_letters() -> None:
    rows, columns = axes(2, Letters())
    assert str(rows.read) == "a*dh + i*sh - pt" and str(columns.read) == "b*dw + j*sw - pl"
    assert [str(r) for r in ranges_of((rows, columns))] == [
        "((i, Ho), (j, Wo))", "((a, kh), (b, kw))", "((h, H), (w, W))",
    ]  # fmt: skip


def test_padding_has_a_symbol_for_each_end() -> None:
    assert {k: list(map(str, v)) for k, v in window_options(axes(2, Letters()))} == {
        "stride": ["sh", "sw"],
        "padding": ["pt", "pb", "pl", "pr"],
        "dilation": ["dh", "dw"],
        "overhang": ["0", "0"],
    }
    (column,) = axes(1, Letters(), dilated=False, overhang=True)
    assert (column.dilation, str(column.over), str(column.behind)) == (1, "ew", "ew + pr")


@given(*(st.integers(*ends) for ends in ((1, 9), (1, 4), (1, 4), (1, 3), (0, 3), (0, 3))))
def test_the_output_has_every_place_at_which_the_window_fits(n: int, k: int, s: int, d: int, lo: int, hi: int) -> None:
    (x,) = axes(1, Letters())
    given_ = {x.places: n, x.taps: k, x.stride: s, x.dilation: d, x.before: lo, x.after: hi}
    extent = int(rebuild(x.outs_from, {a: Integer(b) for a, b in given_.items()}))
    fits = [i for i in range(n + lo + hi) if i * s + (k - 1) * d < lo + n + hi]
    assert max(extent, 0) == len(fits)


def test_a_guard_asks_in_every_dimension() -> None:
    ax = axes(2, Letters())
    assert guard(ax) == In(ax[0].read, ax[0].places) * In(ax[1].read, ax[1].places)
