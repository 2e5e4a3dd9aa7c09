"""What a page can point at: the numbers are the exact ones, and every entry reads what its equation reads."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import prod

import any_networks
import networks
import pytest
import studies
from as_latex import as_latex
from cells import Cell, computed_from, reads
from depth import few
from sympy import Integer

from symconv.derivation.tensors import is_copy
from symconv.formula.latex import latex
from symconv.handout import explored
from symconv.handout.document import Explorer, NumberField, Shown
from symconv.handout.explored import explorer
from symconv.handout.numerals import decimal
from symconv.handout.pen import Pen
from symconv.handout.symbols import letter
from symconv.networks.network import Network, load, shapes
from symconv.study import Study, derive
from symconv.text.prose import LANGUAGES, prose

NETWORKS = {
    "toy": lambda: load("toy-cnn"), **networks.ALL,
    **{f.__name__: f for f in (any_networks.one_image, any_networks.volume, any_networks.twice, any_networks.ties)},
}  # fmt: skip


@cache
def study(name: str) -> Study:
    return studies.study("toy-cnn" if name == "toy" else name)


def made(name: str, language: str = "en") -> Explorer:
    (block,) = explorer(Pen(study(name), prose(language)))
    return as_latex(block)


def names(of: Study) -> dict[str, Cell]:
    """Every entry by its name in print, which leaves out an index that can only be 0."""
    found = {}
    for cell in computed_from(of):
        shape = shapes(of.network)[cell.tensor]
        at = [str(k) for k, n in zip(cell.at, shape, strict=True) if n != 1]
        name = latex(letter(cell.tensor)) + ("[" + r",\,".join(at) + "]" if at else "")
        found[rf"\dL{{{name}}}" if cell.gradient else name] = cell
    return found


def cells(of: Study, tensors: tuple[Shown | NumberField, ...]) -> list[tuple[Cell, str]]:
    """Every entry in the order in which they are numbered, with what is shown."""
    known = names(of)
    return [
        (known[name], number)
        for shown in tensors
        if isinstance(shown, Shown)
        for row in shown.rows
        for name, number in row
    ]


def faults(of: Study, block: Explorer) -> list[str]:
    """Where an explorer differs from the derivation's numbers and index maps."""
    entries, known = cells(of, block.tensors), computed_from(of)
    found = []
    if [cell for cell, _ in entries] != list(known):
        found.append("other entries")
    for (cell, text), found_sources in zip(entries, reads(block), strict=True):
        exact = (of.exact_gradients if cell.gradient else of.exact_values)[cell.tensor][cell.at]
        shown = Fraction(text) if exact.is_Rational else text
        expected = Fraction(int(exact.p), int(exact.q)) if exact.is_Rational else latex(decimal(exact))
        found += [] if shown == expected else [f"{cell} is {exact}, not {text}"]
        sources = {entries[at][0] for at in found_sources}
        found += [] if sources == set(known[cell]) else [f"{cell} reads {sorted(sources)}"]
    return found


@pytest.mark.parametrize("name", few(NETWORKS, "toy", "strided", "one_image", "twice"))
def test_the_numbers_and_what_each_entry_reads(name: str) -> None:
    assert faults(study(name), made(name)) == []


def test_faults_are_found() -> None:
    block = made("toy")
    assert "reads" in faults(study("toy"), replace(block, links=block.links[1:]))[0]
    first, *rest = block.tensors
    (name, number), *others = first.rows[0]
    wrong = replace(first, rows=(((name, number + "0"), *others), *first.rows[1:]))
    assert "is 1, not 10" in faults(study("toy"), replace(block, tensors=(wrong, *rest)))[0]


def test_an_entry_reads_only_what_comes_before_it_in_the_network() -> None:
    """Values read values; what is given reads nothing."""
    entries = [cell for cell, _ in cells(study("strided"), made("strided").tensors)]
    for cell, sources in zip(entries, reads(made("strided")), strict=True):
        if not cell.gradient:
            assert not any(entries[k].gradient for k in sources)
            assert bool(sources) == (cell.tensor not in ("X", "U", "c", "W", "b", "t"))


def test_tables_are_as_wide_as_the_tensor_and_slices_have_their_place() -> None:
    toy = {s.name: s for s in made("toy").tensors}
    assert [len(r) for r in toy["X"].rows] == [3] * 4 and [len(r) for r in toy["S"].rows] == [1] * 3
    assert toy[r"\tdL{U}"].gradient and not toy["U"].gradient
    image = {s.name: s for s in made("one_image").tensors}
    assert {"X[0]", "X[1]", r"K[2,\,1]"} <= image.keys() and {"X", "K"}.isdisjoint(image)
    assert [name for name, _ in image[r"K[2,\,1]"].rows[1]] == [r"K[2,\,1,\,1,\,0]", r"K[2,\,1,\,1,\,1]"]


def test_values_come_first_then_gradients() -> None:
    ways = [s.gradient for s in made("strided").tensors]
    assert ways == sorted(ways) and True in ways


def test_every_language_says_it_and_points_at_the_same() -> None:
    said = [made("toy", language) for language in LANGUAGES]
    assert len({x.title for x in said}) == len({x.text for x in said}) == len(LANGUAGES)
    assert all((x.tensors, x.links) == (said[0].tensors, said[0].links) for x in said)


# ------------------------------------------------------------------------------------------------ fields
def fields(block: Explorer) -> dict[str, NumberField]:
    return {t.name: t for t in block.tensors if isinstance(t, NumberField)}


def field_faults(of: Study, block: Explorer) -> list[str]:
    """Where a field's numbers are not those of the network rounded, or its shape is another."""
    found, gradients = [], [t for t in of.derivations if not is_copy(t)]
    tensors = [(t, of.values_to_show) for t in shapes(of.network)] + [(t, of.gradients_to_show) for t in gradients]
    for field, (name, values) in zip(block.tensors, tensors, strict=True):
        assert isinstance(field, NumberField)
        exact = [float(x) for x in values[name].entries]
        near = [
            abs(n / 10**field.digits - x) <= 0.5001 / 10**field.digits
            for n, x in zip(field.numbers, exact, strict=True)
        ]
        found += [] if all(near) and prod(field.shape) == len(exact) else [field.name]
    return found


@pytest.mark.parametrize("network", [any_networks.grouped, any_networks.vectors], ids=lambda f: f.__name__)
def test_a_large_network_and_one_without_exact_numbers_have_fields(network: Callable[[], Network]) -> None:
    made = derive(network())
    assert made.exact == (network is any_networks.grouped)
    (block,) = explorer(Pen(made, prose("en")))
    assert len(fields(block)) == len(block.tensors) and field_faults(made, block) == []
    known = computed_from(made)
    number = {cell: k for k, cell in enumerate(known)}
    assert reads(block) == [sorted(number[cell] for cell in sources) for sources in known.values()]


def test_a_wrong_number_in_a_field_is_found() -> None:
    made = derive(any_networks.vectors())
    (block,) = explorer(Pen(made, prose("en")))
    first, *rest = block.tensors
    assert isinstance(first, NumberField)
    wrong = replace(first, numbers=(first.numbers[0] + 1, *first.numbers[1:]))
    assert field_faults(made, replace(block, tensors=(wrong, *rest))) == [first.name]


def test_small_numbers_keep_four_digits() -> None:
    """All that a field's largest number has, when it is below 1; else four decimals."""
    (block,) = explorer(Pen(derive(any_networks.residual()), prose("en")))
    assert {f.digits for f in fields(block).values()} == {4, 5, 6, 7}
    assert all(f.digits == 4 or 1000 <= max(map(abs, f.numbers)) < 10000 for f in fields(block).values())


@pytest.mark.parametrize("limit", ["MOST_LISTED", "MOST_LISTED_READS"])
def test_more_entries_than_can_be_listed_are_fields(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    block, pen = made("toy"), Pen(study("toy"), prose("en"))
    size = amount(block, limit)
    monkeypatch.setattr(explored, limit, size)
    assert as_latex(explorer(pen)) == (block,)
    monkeypatch.setattr(explored, limit, size - 1)
    (other,) = explorer(pen)
    assert other.links == block.links and field_faults(study("toy"), other) == [] and other.text != block.text


@pytest.mark.parametrize("limit", ["MOST", "MOST_READS"])
def test_too_many_entries_are_not_pointed_at(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    block, pen = made("toy"), Pen(study("toy"), prose("en"))
    monkeypatch.setattr(explored, limit, amount(block, limit))
    assert as_latex(explorer(pen)) == (block,)
    monkeypatch.setattr(explored, limit, amount(block, limit) - 1)
    assert explorer(pen) == ()


def amount(block: Explorer, limit: str) -> int:
    """As many entries, or reads, as there are."""
    by_link = (prod(map(len, link.factors)) for link in block.links)
    return sum(by_link) if limit.endswith("READS") else sum(t.count for t in block.tensors)


# ------------------------------------------------------------------------------------------------ numbers
def test_numbers_are_exact_where_they_are_rational() -> None:
    found = dict(cells(study("toy"), made("toy").tensors))
    assert study("toy").exact_values["h"].entries == (Integer(5) / 2,) and found[Cell("S", (0, 0))] == "5/2"
    assert found[Cell("L", ())] == "1.3133"
