"""The picture of a benchmark: one PNG, the same bytes for the same figures."""

import sys

import pytest

from symconv.bench.chart import _places, chart, matplotlib_or_hint
from symconv.errors import NotSupported
from tests.bench.test_results import DENSE, DEPTHWISE, POINT, benchmark, measured


@pytest.mark.deep
def test_the_same_figures_give_the_same_bytes() -> None:
    found = benchmark(measured(DENSE, 1), measured(POINT, 0.9, batch=8), measured(DEPTHWISE, 3))
    picture = chart(found)
    assert picture.startswith(b"\x89PNG")
    assert picture == chart(found)
    assert picture != chart(benchmark(measured(DENSE, 2)))


def test_layers_stand_in_their_order_with_room_between_networks() -> None:
    rows = measured(DENSE, 1), measured(POINT, 1), measured(DENSE, 1, batch=8), measured(DEPTHWISE, 1)
    places, names = _places(rows)
    assert places == {DENSE: 0, POINT: 1, DEPTHWISE: 4}
    assert names == [(0.5, "ResNet-50"), (4, "MobileNetV2")]


def test_without_matplotlib_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(NotSupported, match="pip install 'symconv\\[bench\\]'"):
        matplotlib_or_hint()
