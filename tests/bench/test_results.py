"""What a benchmark says: means, goals met and missed, tables, JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from symconv.bench.growth import Growth
from symconv.bench.layer_shapes import LayerShape, layers
from symconv.bench.results import BACKWARD, DIRECTIONS, MIB, TITLES, Benchmark, Measured

DENSE, POINT = layers("resnet50")[2], layers("resnet50")[1]
DEPTHWISE = next(o for o in layers("mobilenet_v2") if o.depthwise)


def measured(layer: LayerShape, forward: float, backward: float = 1.0, batch: int = 1, ours: int = MIB) -> Measured:
    ratios = {d: backward if BACKWARD in d else forward for d in DIRECTIONS}
    times = {d: {"ours": r, "torch": 1.0} for d, r in ratios.items()}
    form = "taps" if layer.depthwise else "gemm"
    return Measured(layer, form, batch, ratios, times, {"forward": {"ours": ours, "torch": MIB}})


def benchmark(*rows: Measured) -> Benchmark:
    growths = (Growth("loop", "H", (8, 16), (0.001, 0.004), (0.00001, 0.00002)),)
    return Benchmark({"cpu": "some", "threads": 1}, rows, growths, {"loop": {"ours": 2 * MIB, "torch": MIB}})


def goals(*rows: Measured) -> dict[str, tuple[float, bool]]:
    return {g.what: (g.measured, g.met) for g in benchmark(*rows).goals()}


def test_means_are_geometric_by_network_and_batch() -> None:
    means = benchmark(measured(DENSE, 0.5), measured(POINT, 2), measured(DENSE, 3, batch=8)).means()
    assert means["resnet50", 1, "gemm"]["forward"] == pytest.approx(1)
    assert means["resnet50", 8, "gemm"]["forward"] == pytest.approx(3)


def test_goals_are_met_or_missed() -> None:
    found = goals(measured(DENSE, 0.9, 0.96), measured(POINT, 0.95, 0.9), measured(DEPTHWISE, 2.5))
    assert found["ResNet-50, batch 1, forward: geometric mean"][1]
    assert found["ResNet-50, batch 1, backward: geometric mean"][1]
    assert found["ResNet-50, 1x1 layers, forward: slowest"] == (0.95, True)
    assert found["ResNet-50, all layers, forward and backward: slowest"] == (0.96, True)
    assert found["MobileNetV2, depthwise layers, forward: slowest"] == (2.5, False)


def test_memory_is_held_to_twice_that_of_torch_and_32_mib() -> None:
    name = "ResNet-50, forward: peak extra memory beyond twice PyTorch's"
    assert goals(measured(DENSE, 1, ours=34 * MIB))[name] == (32, True)
    assert goals(measured(DENSE, 1, ours=35 * MIB))[name] == (33, False)


def test_no_goal_without_a_measurement() -> None:
    assert list(goals(measured(DEPTHWISE, 1))) == [
        "MobileNetV2, depthwise layers, forward: geometric mean",
        "MobileNetV2, depthwise layers, forward: slowest",
    ]
    assert goals() == {}


def test_every_row_of_a_table_has_a_cell_for_each_head() -> None:
    rows = measured(DENSE, 1.234), measured(DEPTHWISE, 3), replace(measured(POINT, 1), memory={})
    tables = {title: (heads, cells) for title, heads, cells in benchmark(*rows).tables()}
    assert all(len(row) == len(heads) for heads, cells in tables.values() for row in cells)
    first = next(iter(tables.values()))[1]
    assert first[0] == (
        "ResNet-50 layer1.0.conv2",
        "64→64 3x3/1, 56x56",
        "gemm",
        "1",
        "1.23",
        "1.00",
        "1.23",
        "1.00",
        "1 / 1",
        "not measured",
    )
    assert first[1][1].startswith("32 of 3x3/1")
    assert first[2][-1] == "not measured"


def test_json_has_three_digits() -> None:
    content = benchmark(measured(DENSE, 1.23456)).to_json()
    assert json.loads(json.dumps(content)) == content
    assert content["layers"][0]["ratios"]["forward"] == 1.23
    assert content["layers"][0]["layer"] == "resnet50 layer1.0.conv2: 64→64 3x3/1, 56x56"
    assert content["machine"]["threads"] == 1


def test_the_page_shows_the_figures_that_were_written() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "benchmark.md").read_text(encoding="utf-8")
    content = json.loads((root / "benchmarks" / "convolution.json").read_text(encoding="utf-8"))
    for goal in content["goals"]:
        measured = f"{goal['measured']:.3g} {goal['unit']}".strip()
        assert f"| {goal['what']} | {goal['bound']:g} {goal['unit']}".strip() in page
        assert f"| {measured} | {'met' if goal['met'] else '**missed**'} | {goal['at']} |" in page
    for mean in content["means"]:
        cells = (f"`{mean['form']}`", mean["batch"], *(f"{mean['ratios'][d]:.2f}" for d in DIRECTIONS))
        assert f"| {TITLES[mean['net']]} | {' | '.join(map(str, cells))} |" in page
