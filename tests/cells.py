"""Entries by name and place, and what each is computed from, read off index maps: for the tests to compare."""

from collections.abc import Mapping
from dataclasses import dataclass

from symconv.array import indices
from symconv.derivation.tensors import gradient, is_copy
from symconv.handout.document import Explorer
from symconv.networks.network import shapes
from symconv.worked.dependencies import IndexMap, dependencies
from symconv.worked.derived import Derived


@dataclass(frozen=True, order=True)
class Cell:
    """One entry of a tensor, or of dL/d(tensor)."""

    tensor: str
    at: tuple[int, ...]
    gradient: bool = False


Dependencies = Mapping[Cell, tuple[Cell, ...]]


def computed_from(study: Derived, maps: tuple[IndexMap, ...] | None = None) -> Dependencies:
    """For every entry of every tensor and then of every gradient the entries that its equation reads, sorted."""
    known = shapes(study.network)
    gradients = {gradient(t): Cell(t, (), True) for t in study.derivations if not is_copy(t)}
    places = {
        name: [Cell(cell.tensor, at, cell.gradient) for at in indices(known[cell.tensor])]
        for name, cell in {**{t: Cell(t, ()) for t in known}, **gradients}.items()
    }
    found: dict[Cell, set[Cell]] = {cell: set() for cells in places.values() for cell in cells}
    for m in dependencies(study) if maps is None else maps:
        for written, read in m.pairs():
            found[places[m.written][written]].add(places[m.read][read])
    return {cell: tuple(sorted(reads, key=lambda c: (c.tensor, c.at, c.gradient))) for cell, reads in found.items()}


def reads(block: Explorer) -> list[list[int]]:
    """For every entry of an explorer the numbers of those that it is computed from."""
    found: list[set[int]] = [set() for tensor in block.tensors for _ in range(tensor.count)]
    for link in block.links:
        for written, read in IndexMap("", "", link.factors).pairs():
            found[link.to + written].add(link.from_ + read)
    return [sorted(sources) for sources in found]
