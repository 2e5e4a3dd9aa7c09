"""What a benchmark measured, the goals that it is held to, and its tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from statistics import geometric_mean
from typing import Any

from symconv.bench.growth import CHANNEL, SIDE, Growth
from symconv.bench.layer_shapes import LayerShape
from symconv.bench.workload import OURS, TORCH

MIB = 2**20
DIRECTIONS = ("forward", "channels-last", "backward")
GOAL_NETS = ("resnet50", "vgg16")
TITLES = {"resnet50": "ResNet-50", "vgg16": "VGG-16", "mobilenet_v2": "MobileNetV2", "lenet5": "LeNet-5"}
Row = tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """One layer at one batch: by direction the ratio to PyTorch and the milliseconds of both; peak extra bytes."""

    layer: LayerShape
    form: str
    batch: int
    ratios: Mapping[str, float]
    milliseconds: Mapping[str, Mapping[str, float]]
    memory: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Goal:
    """What was hoped for, as a bound; what was measured."""

    what: str
    bound: float
    measured: float
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.measured <= self.bound


@dataclass(frozen=True)
class Benchmark:
    """Everything that one run measured, and on what."""

    machine: Mapping[str, Any]
    measured: tuple[Measured, ...]
    growths: tuple[Growth, ...]
    memory: Mapping[str, Mapping[str, int]]  # by form, of one call on one image

    def means(self) -> dict[tuple[str, int, str], dict[str, float]]:
        """Geometric means of the ratios by network, batch and form; every shape counts once."""
        keys = dict.fromkeys((m.layer.net, m.batch, m.form) for m in self.measured)
        of = {key: [m for m in self.measured if (m.layer.net, m.batch, m.form) == key] for key in keys}
        return {key: {d: geometric_mean(m.ratios[d] for m in ms) for d in DIRECTIONS} for key, ms in of.items()}

    def to_json(self) -> dict[str, Any]:
        """Everything, to three digits."""
        content = {
            "machine": self.machine,
            "layers": [{**asdict(m), "layer": f"{m.layer.net} {m.layer.name}: {m.layer.text}"} for m in self.measured],
            "means": [{"net": n, "batch": b, "form": f, "ratios": r} for (n, b, f), r in self.means().items()],
            "growths": [asdict(g) for g in self.growths],
            "memory": self.memory,
            "goals": [{**asdict(g), "met": g.met} for g in self.goals()],
        }
        rounded: dict[str, Any] = _rounded(content)
        return rounded

    def tables(self) -> Iterator[tuple[str, Row, list[Row]]]:
        """Title, heads and rows of each."""
        yield (
            "Time as a multiple of PyTorch's on the same operands, and peak extra memory forward, ours / PyTorch's",
            ("layer", "C→O kernel/stride, input", "form", "batch", *DIRECTIONS, "MiB"),
            [_layer_row(m) for m in self.measured],
        )
        yield (
            "Geometric means, every shape counted once",
            ("network", "form", "batch", *DIRECTIONS),
            [(TITLES[net], form, str(batch), *(f"{ratios[d]:.2f}" for d in DIRECTIONS))
             for (net, batch, form), ratios in self.means().items()],
        )  # fmt: skip
        yield (
            f"How a call's cost grows: H = W at C = O = {CHANNEL}, or C = O at H = W = {SIDE}; 3x3, batch 1",
            ("form", "of", "from", "to", "milliseconds", "last doubling", "PyTorch's"),
            [_growth_row(g) for g in self.growths],
        )
        yield (
            "Peak extra memory of a call, MiB",
            ("form", "ours", "PyTorch"),
            [(form, *(f"{found[who] / MIB:.1f}" for who in (OURS, TORCH))) for form, found in self.memory.items()],
        )
        yield (
            "Goals",
            ("goal", "at most", "measured", ""),
            [(g.what, f"{g.bound:g} {g.unit}".strip(), f"{g.measured:.2f}", "met" if g.met else "missed")
             for g in self.goals()],
        )  # fmt: skip

    def goals(self) -> tuple[Goal, ...]:
        """Those for which something was measured."""
        return tuple(_goals(self.measured))


# ------------------------------------------------------------------------------------------------ goals
def _goals(measured: Iterable[Measured]) -> Iterator[Goal]:
    dense = [m for m in measured if m.layer.net in GOAL_NETS]
    for batch in dict.fromkeys(m.batch for m in dense):
        mine = [m for m in dense if m.batch == batch]
        for direction, bound in (("forward", 1.0), ("backward", 0.95)):
            value = geometric_mean(m.ratios[direction] for m in mine)
            yield Goal(f"gemm {direction}, ResNet-50 and VGG-16, batch {batch}: geometric mean", bound, value)
    points = [m.ratios["forward"] for m in dense if m.layer.pointwise]
    if points:
        yield Goal("1x1 layers at stride 1, forward: geometric mean", 0.95, geometric_mean(points))
        yield Goal("1x1 layers at stride 1, forward: slowest", 0.95, max(points))
    if dense:
        slowest = max(m.ratios[d] for m in dense for d in ("forward", "backward"))
        yield Goal("gemm, ResNet-50 and VGG-16, forward and backward: slowest", 2.0, slowest)
    others = [m for m in measured if m.form == "gemm" and m.layer.net not in GOAL_NETS]
    if others:
        slowest = max(m.ratios[d] for m in others for d in ("forward", "backward"))
        yield Goal("gemm, MobileNetV2 and LeNet-5, forward and backward: slowest", 2.0, slowest)
    over = [(b[OURS] - 2 * b[TORCH]) / MIB for m in dense for d, b in m.memory.items() if d == "forward"]
    if over:
        yield Goal("gemm forward: peak extra memory beyond twice PyTorch's", 32, max(over), "MiB")
    depthwise = [m.ratios["forward"] for m in measured if m.layer.depthwise]
    if depthwise:
        yield Goal("taps forward, MobileNetV2's depthwise layers: geometric mean", 2.0, geometric_mean(depthwise))
        yield Goal("taps forward, MobileNetV2's depthwise layers: slowest", 2.0, max(depthwise))


def _layer_row(m: Measured) -> Row:
    found = m.memory.get("forward")
    memory = f"{found[OURS] / MIB:.0f} / {found[TORCH] / MIB:.0f}" if found else "not measured"
    name = f"{TITLES[m.layer.net]} {m.layer.name}"
    return (name, m.layer.text, m.form, str(m.batch), *(f"{m.ratios[d]:.2f}" for d in DIRECTIONS), memory)


def _growth_row(g: Growth) -> Row:
    spent = " ".join(f"{1000 * t:.3g}" for t in g.seconds)
    return (g.form, g.of, str(g.sizes[0]), str(g.sizes[-1]), spent, f"x {g.last:.1f}", f"x {g.last_of_torch:.1f}")


def _rounded(value: Any) -> Any:
    """Every fraction to three significant digits: more would be noise."""
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value
