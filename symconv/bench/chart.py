"""The benchmark as a picture: every layer's ratio, and how the forms grow."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from types import ModuleType
from typing import Any

from symconv.bench.growth import CHANNEL, SIDE, Growth
from symconv.bench.layer_shapes import LayerShape
from symconv.bench.results import TITLES, Benchmark, Measured
from symconv.code.forms import FORMS
from symconv.errors import NotSupported

KINDS = {"k x k": "#1f5fa8", "1 x 1": "#d08a1d", "depthwise, taps": "#3f8f5b"}
FORM_COLOURS = {
    "loop": "#7a7a7a", "flatten": "#b0568a", "batched": "#8c564b", "taps": "#3f8f5b", "gemm": "#1f5fa8",
}  # fmt: skip
GAP = 2  # places between networks
TICKS = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16)


def matplotlib_or_hint() -> ModuleType:
    """The module matplotlib, drawing to files, or NotSupported with the way to get it."""
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        hint = "the benchmark's picture needs matplotlib, which is not installed\n  pip install 'symconv[bench]'"
        raise NotSupported(hint) from error
    matplotlib.use("agg")
    from matplotlib import pyplot

    return pyplot


def chart(benchmark: Benchmark) -> bytes:
    """A PNG: the ratios to PyTorch's time by form, and how seconds grow with size. NotSupported without matplotlib."""
    plot = matplotlib_or_hint()
    plot.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    figure = plot.figure(figsize=(10, 8.6), layout="constrained")
    rows = figure.subplot_mosaic([["forward"] * 2, ["backward"] * 2, ["H", "C"]], height_ratios=(1, 1, 1.05))
    for direction in ("forward", "backward"):
        _draw_ratios(rows[direction], benchmark.measured, direction)
    for of, title in (("H", f"H = W, at C = O = {CHANNEL}"), ("C", f"C = O, at H = W = {SIDE}")):
        _draw_growth(rows[of], [g for g in benchmark.growths if g.of == of], title)
    return png(plot, figure)


def png(plot: ModuleType, figure: Any) -> bytes:
    """A figure as a file, the same bytes for the same figure; it is closed."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=130, metadata={"Software": None})
    plot.close(figure)
    return out.getvalue()


def _draw_ratios(axes: Any, measured: Iterable[Measured], direction: str) -> None:
    """A point for each layer and batch, in the order of the networks."""
    measured = tuple(measured)
    places, names = _places(measured)
    axes.axhline(1, color="black", linewidth=0.8)
    batches = sorted({m.batch for m in measured})
    for m in measured:
        colour, first = KINDS[_kind(m)], m.batch == batches[0]
        axes.plot(places[m.layer], m.ratios[direction], "o", color=colour, markersize=4.5,
                  markerfacecolor="white" if first and len(batches) > 1 else colour)  # fmt: skip
    axes.set_yscale("log")
    values = [m.ratios[direction] for m in measured] + [0.7, 2]
    ticks = [t for t in TICKS if min(values) / 1.2 <= t <= max(values) * 1.2]
    axes.set_yticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_yticks([], minor=True)
    axes.set_ylim(min(values) / 1.1, max(values) * 1.1)
    axes.set_xticks([place for place, _ in names], [name for _, name in names])
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel(f"{direction}: time / PyTorch's")
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    if direction == "forward":
        shown = {_kind(m) for m in measured}
        handles = [axes.plot([], [], "o", color=c, markersize=4.5, label=k)[0] for k, c in KINDS.items() if k in shown]
        for k, batch in enumerate(batches):
            fill = "white" if k == 0 and len(batches) > 1 else "#555555"
            handles += axes.plot([], [], "o", color="#555555", markerfacecolor=fill, markersize=4.5,
                                 label=f"batch {batch}")  # fmt: skip
        axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(handles), frameon=False)


def _places(measured: Iterable[Measured]) -> tuple[dict[LayerShape, int], list[tuple[float, str]]]:
    """The place of each layer from the left, and of each network's name."""
    places: dict[LayerShape, int] = {}
    names: list[tuple[float, str]] = []
    at = 0
    shapes = list(dict.fromkeys(m.layer for m in measured))
    for net in dict.fromkeys(o.net for o in shapes):
        mine = [o for o in shapes if o.net == net]
        places |= {o: at + k for k, o in enumerate(mine)}
        names.append((at + (len(mine) - 1) / 2, TITLES[net]))
        at += len(mine) + GAP
    return places, names


def _kind(m: Measured) -> str:
    pointwise, depthwise = list(KINDS)[1:]
    return depthwise if m.layer.depthwise else pointwise if m.layer.pointwise else next(iter(KINDS))


def _draw_growth(axes: Any, growths: Sequence[Growth], title: str) -> None:
    """Milliseconds against the size, both doubling."""
    for g in growths:
        axes.plot(g.sizes, [1000 * t for t in g.seconds], "o-", color=FORM_COLOURS[g.form], markersize=3,
                  linewidth=1.2, label=g.form if FORMS[g.form].channels else f"{g.form}, one channel")  # fmt: skip
    reference = next((g for g in growths if g.form == "gemm"), None)
    if reference:
        axes.plot(
            reference.sizes,
            [1000 * t for t in reference.torch_seconds],
            "--",
            color="black",
            linewidth=1,
            label="F.conv2d",
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    sizes = sorted({size for g in growths for size in g.sizes})
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_xlabel(title)
    axes.set_ylabel("milliseconds a call")
    axes.grid(color="#dddddd", linewidth=0.6)
    if sizes:
        axes.legend(frameon=False, ncols=2, fontsize=8)
