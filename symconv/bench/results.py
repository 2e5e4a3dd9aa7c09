"""What a benchmark measured, the goals that it is held to, and its tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from statistics import geometric_mean
from typing import Any

from symconv.bench.growth import CHANNEL, SIDE, Growth, shape
from symconv.bench.layer_shapes import LayerShape
from symconv.bench.workload import OURS, TORCH

MIB = 2**20
FORWARD, BACKWARD, CHANNELS_LAST = "forward", "backward", "channels-last"
DIRECTIONS = (FORWARD, BACKWARD, f"{CHANNELS_LAST} {FORWARD}", f"{CHANNELS_LAST} {BACKWARD}")
GOAL_NETS = ("resnet50", "vgg16")
TITLES = {"resnet50": "ResNet-50", "vgg16": "VGG-16", "mobilenet_v2": "MobileNetV2", "lenet5": "LeNet-5"}
TableRow = tuple[str, ...]


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
    at: str = ""  # the layer where it was

    @property
    def met(self) -> bool:
        return self.measured <= self.bound


@dataclass(frozen=True)
class Benchmark:
    """Everything that one run measured, and on what."""

    machine: Mapping[str, object]
    measured: tuple[Measured, ...]
    growths: tuple[Growth, ...]
    memory: Mapping[str, Mapping[str, int]]  # by form, of one call on one image

    def means(self) -> dict[tuple[str, int, str], dict[str, float]]:
        """Geometric means of the ratios by network, batch and form; every shape counts once."""
        keys = dict.fromkeys((m.layer.net, m.batch, m.form) for m in self.measured)
        of = {key: [m for m in self.measured if (m.layer.net, m.batch, m.form) == key] for key in keys}
        return {key: {d: geometric_mean(m.ratios[d] for m in ms) for d in DIRECTIONS} for key, ms in of.items()}

    def to_json(self) -> dict[str, object]:
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

    def tables(self) -> Iterator[tuple[str, TableRow, list[TableRow]]]:
        """Title, heads and rows of each."""
        yield (
            "Time as a multiple of PyTorch's on the same operands, and peak extra memory in MiB, ours / PyTorch's",
            ("layer", "C→O kernel/stride, input", "form", "batch", *DIRECTIONS, f"MiB {FORWARD}", f"MiB {BACKWARD}"),
            [_layer_row(m) for m in self.measured],
        )
        yield (
            "Geometric means, every shape counted once",
            ("network", "form", "batch", *DIRECTIONS),
            [(TITLES[net], form, str(batch), *(f"{ratios[d]:.2f}" for d in DIRECTIONS))
             for (net, batch, form), ratios in self.means().items()],
        )  # fmt: skip
        yield (
            f"How a call's cost grows: H = W at C = O = {CHANNEL} (1 in loop, flatten), or C = O at H = W = {SIDE}",
            ("form", "of", "from", "to", "milliseconds", "last doubling", "PyTorch's"),
            [_growth_row(g) for g in self.growths],
        )
        if self.memory:
            yield (
                "Peak extra memory of a call with a 3x3 kernel, MiB",
                ("form", "input", "ours", "PyTorch"),
                [(form, shape(form).text, *(f"{found[who] / MIB:.1f}" for who in (OURS, TORCH)))
                 for form, found in self.memory.items()],
            )  # fmt: skip
        yield (
            "Goals",
            ("goal", "at most", "measured", "", "at"),
            [(g.what, f"{g.bound:g} {g.unit}".strip(), f"{g.measured:.3g} {g.unit}".strip(),
              "met" if g.met else "missed", g.at) for g in self.goals()],
        )  # fmt: skip

    def goals(self) -> tuple[Goal, ...]:
        """Those for which something was measured."""
        return tuple(_goals(self.measured))


# ------------------------------------------------------------------------------------------------ goals
def _goals(measured: Iterable[Measured]) -> Iterator[Goal]:
    measured = tuple(measured)
    dense = [m for m in measured if m.layer.net in GOAL_NETS]
    for batch in dict.fromkeys(m.batch for m in dense):
        mine = [m for m in dense if m.batch == batch]
        points = [m for m in mine if m.layer.pointwise]
        yield from _mean(mine, FORWARD, 1.0, f"batch {batch}, forward")
        yield from _mean(mine, BACKWARD, 0.95, f"batch {batch}, backward")
        yield from _mean(points, FORWARD, 0.95, f"1x1 layers, batch {batch}, forward")
    yield from _slowest([m for m in dense if m.layer.pointwise], (FORWARD,), 0.95, "1x1 layers")
    yield from _slowest(dense, (FORWARD, BACKWARD), 2.0, "all layers")
    others = [m for m in measured if m.form == "gemm" and m.layer.net not in GOAL_NETS]
    yield from _slowest(others, (FORWARD, BACKWARD), 2.0, "gemm layers")
    for d in (FORWARD, BACKWARD):
        over = [(m.memory[d][OURS] - 2 * m.memory[d][TORCH], m) for m in dense if d in m.memory]
        if over:
            most, m = max(over, key=lambda pair: pair[0])
            what = f"{_titles(dense)}, {d}: peak extra memory beyond twice PyTorch's"
            yield Goal(what, 32, most / MIB, "MiB", _place(m))
    depthwise = [m for m in measured if m.layer.depthwise]
    yield from _mean(depthwise, FORWARD, 2.0, "depthwise layers, forward")
    yield from _slowest(depthwise, (FORWARD,), 2.0, "depthwise layers")


def _mean(measured: list[Measured], direction: str, bound: float, what: str) -> Iterator[Goal]:
    if measured:
        value = geometric_mean(m.ratios[direction] for m in measured)
        yield Goal(f"{_titles(measured)}, {what}: geometric mean", bound, value)


def _slowest(measured: list[Measured], directions: tuple[str, ...], bound: float, what: str) -> Iterator[Goal]:
    if measured:
        value, m, direction = max(((m.ratios[d], m, d) for m in measured for d in directions), key=lambda x: x[0])
        name = f"{_titles(measured)}, {what}, {' and '.join(directions)}: slowest"
        yield Goal(name, bound, value, at=f"{_place(m)}, {direction}")


def _titles(measured: Iterable[Measured]) -> str:
    return " and ".join(dict.fromkeys(TITLES[m.layer.net] for m in measured))


def _place(m: Measured) -> str:
    return f"{m.layer.name} ({m.layer.text}), batch {m.batch}"


def _layer_row(m: Measured) -> TableRow:
    memory = [_ours_and_theirs(m.memory[d]) if d in m.memory else "not measured" for d in (FORWARD, BACKWARD)]
    name = f"{TITLES[m.layer.net]} {m.layer.name}"
    return (name, m.layer.text, m.form, str(m.batch), *(f"{m.ratios[d]:.2f}" for d in DIRECTIONS), *memory)


def _ours_and_theirs(found: Mapping[str, int]) -> str:
    return f"{found[OURS] / MIB:.0f} / {found[TORCH] / MIB:.0f}"


def _growth_row(g: Growth) -> TableRow:
    spent = " ".join(f"{1000 * t:.3g}" for t in g.seconds)
    return (g.form, g.of, str(g.sizes[0]), str(g.sizes[-1]), spent, f"x {g.last:.1f}", f"x {g.last_of_torch:.1f}")


def _rounded(value: object) -> Any:
    """Every fraction to three significant digits: more would be noise."""
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value
