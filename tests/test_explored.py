"""What a page can point at: the numbers are the exact ones, and every entry reads what its equation reads."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import any_networks
import networks
import pytest
from sympy import Integer

from symconv.handout import explored
from symconv.handout.document import Explorer, Shown
from symconv.handout.explored import explorer
from symconv.handout.latex import decimal, letter
from symconv.handout.pen import Pen
from symconv.handout.prose import LANGUAGES, prose
from symconv.networks.network import load, shapes
from symconv.study import Study, derive
from symconv.worked.dependencies import Cell, dependencies

NETWORKS = {
    "toy": lambda: load("toy-cnn"), **networks.ALL,
    **{f.__name__: f for f in (any_networks.one_image, any_networks.volume, any_networks.twice, any_networks.ties)},
}  # fmt: skip


@cache
def study(name: str) -> Study:
    return derive(NETWORKS[name]())


def made(name: str, language: str = "en") -> Explorer:
    (block,) = explorer(Pen(study(name), prose(language)))
    return block


def names(of: Study) -> dict[str, Cell]:
    """Every entry by its name in print, which leaves out an index that can only be 0."""
    found = {}
    for cell in dependencies(of):
        shape = shapes(of.network)[cell.tensor]
        at = [str(k) for k, n in zip(cell.at, shape, strict=True) if n != 1]
        name = letter(cell.tensor) + ("[" + r",\,".join(at) + "]" if at else "")
        found[rf"\dL{{{name}}}" if cell.gradient else name] = cell
    return found


def cells(of: Study, tensors: tuple[Shown, ...]) -> list[tuple[Cell, str]]:
    """Every entry in the order in which they are numbered, with what is shown."""
    known = names(of)
    return [(known[name], number) for shown in tensors for row in shown.rows for name, number in row]


def faults(of: Study, block: Explorer) -> list[str]:
    """Where an explorer differs from the derivation's numbers and index maps."""
    entries, reads = cells(of, block.tensors), dependencies(of)
    found = []
    if len(entries) != len(block.reads) or {cell for cell, _ in entries} != set(reads):
        found.append("other entries")
    for k, (cell, text) in enumerate(entries):
        exact = (of.exact_gradients if cell.gradient else of.exact_values)[cell.tensor][cell.at]
        shown = Fraction(text) if exact.is_Rational else text
        expected = Fraction(int(exact.p), int(exact.q)) if exact.is_Rational else decimal(exact)
        found += [] if shown == expected else [f"{cell} is {exact}, not {text}"]
        sources = {entries[at][0] for at in block.reads[k]}
        found += [] if sources == set(reads[cell]) else [f"{cell} reads {sorted(sources)}"]
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_the_numbers_and_what_each_entry_reads(name: str) -> None:
    assert faults(study(name), made(name)) == []


def test_faults_are_found() -> None:
    block = made("toy")
    reads = (*block.reads[:-1], (*block.reads[-1][1:],))
    assert "reads" in faults(study("toy"), replace(block, reads=reads))[0]
    first, *rest = block.tensors
    (name, number), *others = first.rows[0]
    wrong = replace(first, rows=(((name, number + "0"), *others), *first.rows[1:]))
    assert "is 1, not 10" in faults(study("toy"), replace(block, tensors=(wrong, *rest)))[0]


def test_an_entry_reads_only_what_comes_before_it_in_the_network() -> None:
    """Values read values; what is given reads nothing."""
    entries = [cell for cell, _ in cells(study("strided"), made("strided").tensors)]
    for cell, reads in zip(entries, made("strided").reads, strict=True):
        if not cell.gradient:
            assert not any(entries[k].gradient for k in reads)
            assert bool(reads) == (cell.tensor not in ("X", "U", "c", "W", "b", "t"))


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
    english, chinese = (made("toy", language) for language in LANGUAGES)
    assert english.title != chinese.title and english.text != chinese.text
    assert (english.tensors, english.reads) == (chinese.tensors, chinese.reads)


@pytest.mark.parametrize("limit", ["MOST_CELLS", "MOST_READS"])
def test_too_many_entries_are_not_pointed_at(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    block = made("toy")
    size = {"MOST_CELLS": len(block.reads), "MOST_READS": sum(map(len, block.reads))}[limit]
    pen = Pen(study("toy"), prose("en"))
    monkeypatch.setattr(explored, limit, size)
    assert explorer(pen) == (block,)
    monkeypatch.setattr(explored, limit, size - 1)
    assert explorer(pen) == ()


@pytest.mark.parametrize("network", [any_networks.grouped, any_networks.vectors], ids=lambda f: f.__name__)
def test_a_large_network_and_one_without_exact_numbers_have_none(network: object) -> None:
    made = derive(network())  # type: ignore[operator]
    assert made.exact == (network is any_networks.grouped)
    assert explorer(Pen(made, prose("en"))) == ()


def test_numbers_are_exact_where_they_are_rational() -> None:
    found = dict(cells(study("toy"), made("toy").tensors))
    assert study("toy").exact_values["h"].entries == (Integer(5) / 2,) and found[Cell("S", (0, 0))] == "5/2"
    assert found[Cell("L", ())] == "1.3133"
