"""How the cost of a network grows with its depth: models of PyTorch, each kind twice as deep again and again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from time import process_time
from types import ModuleType
from typing import Any

from symconv.bench.chart import matplotlib_or_hint, png
from symconv.check.check import one_thread, torch_or_hint
from symconv.study import derive
from symconv.torch_models.from_torch import from_torch

PARTS = ("read", "derived", "verified", "code run")
HEADS = ("model", "layers", *PARTS, "together", "last doubling")
LIMIT, GOAL = 50, 20.0  # a network of so many layers: import, derivations and emitted step, in CPU seconds
COLOURS = ("#1f5fa8", "#d08a1d", "#3f8f5b", "#b0568a", "#7a7a7a")
ModelAndInput = tuple[Any, Any]  # a model and its input


@dataclass(frozen=True)
class Depth:
    """CPU seconds of one kind of model, for each number of layers: of every part of the work, in the order PARTS."""

    model: str
    layers: tuple[int, ...]
    seconds: tuple[tuple[float, ...], ...]

    @property
    def together(self) -> tuple[float, ...]:
        return tuple(sum(parts) for parts in self.seconds)

    @property
    def last(self) -> float:
        """What the last doubling multiplies the cost by: 2 where it grows with the number of layers."""
        return self.together[-1] / self.together[-2]

    def rows(self) -> Iterator[tuple[str, ...]]:
        for k, (layers, parts) in enumerate(zip(self.layers, self.seconds, strict=True)):
            seconds = [f"{x:.2f} s" for x in (*parts, sum(parts))]
            yield (self.model, str(layers), *seconds, f"x {self.last:.1f}" if k == len(self.layers) - 1 else "")


def run(progress: Callable[[str], None], doublings: int = 3) -> Iterator[Depth]:
    """Every kind of model in as many sizes as doublings and one more. NotSupported without PyTorch."""
    torch = torch_or_hint("the cost by depth")
    with one_thread():
        _seconds(torch, *_convolutions(torch, 1))  # what Python, SymPy and PyTorch do once only
        for name, (made, first) in MODELS.items():
            found: list[tuple[int, tuple[float, ...]]] = []
            for depth in (first << k for k in range(doublings + 1)):
                progress(f"{name}, {depth}")
                torch.manual_seed(depth)
                found.append(_seconds(torch, *made(torch, depth)))
            yield Depth(name, *zip(*found, strict=True))


def _seconds(torch: ModuleType, model: Any, images: Any) -> tuple[int, tuple[float, ...]]:
    """The layers that a model is read as, and the CPU seconds of each part."""
    times = [process_time()]
    network = from_torch(model, images, torch.arange(len(images)))
    times.append(process_time())
    study = derive(network)
    times.append(process_time())
    study.verify()
    times.append(process_time())
    study.evaluate()
    times.append(process_time())
    return len(network.layers), tuple(after - before for before, after in pairwise(times))


# ------------------------------------------------------------------------------------------------ the models
def _convolutions(torch: ModuleType, depth: int) -> ModelAndInput:
    """Convolution and ReLU, again and again."""
    nn = torch.nn
    body = [part for _ in range(depth) for part in (nn.Conv2d(2, 2, 3, padding=1), nn.ReLU())]
    return nn.Sequential(*body, nn.Flatten(), nn.Linear(60, 3)), torch.randn(2, 2, 6, 5)


def _blocks(torch: ModuleType, depth: int) -> ModelAndInput:
    """Residual blocks of two convolutions, each with a batch norm (He et al. 2016)."""
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            half = [nn.Conv2d(2, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2)]
            other = [nn.Conv2d(2, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2)]
            self.inside = nn.Sequential(*half, nn.ReLU(), *other)

        def forward(self, x: Any) -> Any:
            return torch.relu(x + self.inside(x))

    model = nn.Sequential(*(Block() for _ in range(depth)), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3))
    return model.train(False), torch.randn(2, 2, 6, 5)


def _recurrent(torch: ModuleType, depth: int) -> ModelAndInput:
    """A recurrent layer over so many time steps, whose parameters all of them share."""
    nn = torch.nn

    class Recurrent(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.cells = nn.RNN(3, 4, batch_first=True)
            self.scores = nn.Linear(4, 3)

        def forward(self, x: Any) -> Any:
            return self.scores(self.cells(x)[0][:, -1])

    return Recurrent(), torch.randn(2, depth, 3)


def _encoder(torch: ModuleType, depth: int) -> ModelAndInput:
    """Encoder layers of a transformer with two heads."""
    nn = torch.nn

    class Encoder(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            one = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
            self.layers = nn.TransformerEncoder(one, depth, enable_nested_tensor=False)
            self.scores = nn.Linear(8, 3)

        def forward(self, x: Any) -> Any:
            return self.scores(self.layers(x).mean(1))

    return Encoder().train(False), torch.randn(2, 5, 8)


MODELS: Mapping[str, tuple[Callable[[ModuleType, int], ModelAndInput], int]] = {  # and the first depth of each
    "convolutions": (_convolutions, 12),
    "residual blocks": (_blocks, 4),
    "RNN over time": (_recurrent, 5),
    "transformer encoder": (_encoder, 1),
}


# ------------------------------------------------------------------------------------------------ what is written
def to_json(found: tuple[Depth, ...]) -> dict[str, Any]:
    """Layers and rounded CPU seconds of every kind of model."""
    return {
        kind.model: {
            "layers": kind.layers,
            **{part: [round(s[k], 2) for s in kind.seconds] for k, part in enumerate(PARTS)},
        }
        for kind in found
    }


def chart(found: tuple[Depth, ...]) -> bytes:
    """A PNG: CPU seconds against layers, both axes linear, so that what is linear is a straight line. NotSupported
    without matplotlib."""
    plot = matplotlib_or_hint()
    plot.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plot.subplots(figsize=(7, 3.8), layout="constrained")
    for kind, colour in zip(found, COLOURS, strict=False):
        axes.plot(kind.layers, kind.together, "o-", color=colour, markersize=4, linewidth=1.2, label=kind.model)
    axes.plot([LIMIT], [GOAL], "v", color="black", markersize=6, label=f"goal: {GOAL:g} s for {LIMIT} layers")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("layers of the network")
    axes.set_ylabel("CPU seconds: read, derive, verify, run the code")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.legend(frameon=False)
    return png(plot, figure)
