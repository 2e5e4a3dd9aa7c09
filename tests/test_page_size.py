"""What a network's depth costs on paper and on the screen: every layer adds as much as any other."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache

import pytest

from symconv.files import formats
from symconv.handout.document import Document
from symconv.handout.handout import handout
from symconv.handout.pictures import Math
from symconv.networks.layers.layers import Linear, Relu
from symconv.networks.network import CrossEntropy, Layer, Network, Parameter
from symconv.study import derive
from symconv.verification.verify import Report
from symconv.writers.html import writer as html_writer
from symconv.writers.typst.writer import write_typst
from symconv.writers.views import LocatorLink, links

DEPTHS = (10, 20, 40)
LINEAR = 1.015  # what the second doubling may add, in what twice the first one did


def deep(depth: int) -> Network:
    """A chain of so many layers, each with a long name."""
    layers: list[Layer] = []
    for k in range(depth):
        name = f"stage.{k:02}"  # all as long
        layers.append(Relu(name) if k % 2 else Linear(name, Parameter.of(f"{name}.weight", [[1]])))
    last = Linear("z", Parameter.of("W", [[1], [0]]))
    return Network("deep", Fraction(1, 2), Parameter.of("X", [1]), (*layers, last), CrossEntropy(0))


@cache
def document(depth: int) -> tuple[Document, Network]:
    network = deep(depth)
    return handout(derive(network), Report(), {}, "en", None), network


def growth(write: Callable[[Document, Network], str]) -> float:
    """1 where the size grows linearly, 2 where it grows with the depth's square."""
    small, middle, large = (len(write(*document(depth))) for depth in DEPTHS)
    return (large - middle) / (middle - small) / 2


@pytest.mark.parametrize("format", [*formats.WRITERS, "typst"])
def test_a_handout_grows_linearly_with_depth(format: str) -> None:
    def written(document: Document, network: Network) -> str:
        return write_typst(document) if format == "typst" else str(formats.written(document, network, "", format))

    assert growth(written) < LINEAR


def test_a_locator_that_names_every_tensor_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def whole(chain: tuple[Math, ...], marked: tuple[Math, ...], direction: str) -> tuple[LocatorLink, ...]:
        return tuple(LocatorLink("off", symbol) for symbol in chain) if marked else links(chain, marked, direction)

    monkeypatch.setattr(html_writer, "links", whole)
    assert growth(lambda document, _: html_writer.write_html(document)) > 1.2
