"""What deriving, verifying and a page cost, whatever the sizes; and the same gradients by SymPy's own diff of the whole
loss, where that finishes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from time import process_time

import sympy
from sympy import Expr, Max, Mul, Symbol, diff

from symconv.array import Array, indices
from symconv.build import documents
from symconv.derivation.functions import relu
from symconv.derivation.index import Entry, Iverson, MaxOver, Sum, rebuild
from symconv.derivation.special import equation_with
from symconv.networks.layers.layers import (
    Add,
    BatchNorm,
    Conv,
    Flatten,
    GlobalAvgPool,
    Layer,
    Linear,
    MaxPool,
    Parameter,
    Relu,
)
from symconv.networks.losses import CrossEntropy
from symconv.networks.network import Network, load
from symconv.study import Study, derive
from symconv.worked.exactness import products
from symconv.worked.numbers import fractions, given
from symconv.worked.stages import LOSS, PROBABILITIES
from symconv.writers.html.writer import write_html

COMPOSED = 100  # products of the forward pass, beyond which SymPy's composed diff does not finish in a lesson
VERIFIED = {"toy-cnn": 0.5, "lenet-5": 2.0, "50 layers": 15.0, "thin ResNet-20": 3.0}  # goals in CPU seconds
PAGES = {"toy-cnn": 5.0, "lenet-5": 5.0, "50 layers": 15.0, "thin ResNet-20": 10.0, "CIFAR-10, batch 8": 8.0,
         "ResNet-20": 30.0}  # fmt: skip
HEADS = ("network", "layers", "numbers", "derived", "and verified", "goal", "and a page", "goal", "SymPy's diff",
         "diff / derived")  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """CPU seconds; `composed` is None where SymPy's diff was not tried."""

    network: str
    layers: int
    numbers: int
    deriving: float
    verifying: float
    writing: float
    composed: float | None

    def row(self) -> tuple[str, ...]:
        ratio = f"{self.composed / self.deriving:.1f}" if self.composed else "-"
        composed = f"{self.composed:.2f} s" if self.composed else "not tried"
        verified = self.deriving + self.verifying
        seconds = [f"{x:.2f} s" for x in (self.deriving, verified, verified + self.writing)]
        goals = [f"{goals[self.network]:g} s" if self.network in goals else "-" for goals in (VERIFIED, PAGES)]
        derived, proved, page = seconds
        return (
            self.network,
            str(self.layers),
            str(self.numbers),
            derived,
            proved,
            goals[0],
            page,
            goals[1],
            composed,
            ratio,
        )


def run(progress: Callable[[str], None]) -> Iterator[Cost]:
    """The toy, LeNet-5, a network of fifty layers, the PyTorch tutorial's for CIFAR-10, and ResNet-20, thin and as it
    was published."""
    derive(load("toy-cnn")).verify()  # what Python and SymPy do once only
    for name, made in NETWORKS.items():
        progress(name)
        yield cost(name, made())


def cost(name: str, network: Network) -> Cost:
    start = process_time()
    study = derive(network)
    middle = process_time()
    report = study.verify()
    deriving, verifying = middle - start, process_time() - middle
    start = process_time()
    for document in documents(study, report, ("en",), None).values():
        write_html(document)
    writing, composed = process_time() - start, None
    if products(study.stages) <= COMPOSED:
        loss, symbols = composed_loss(study)
        start = process_time()
        for s in symbols:
            diff(loss, s)
        composed = process_time() - start
    numbers = sum(len(a.entries) for a in fractions(network).values())
    return Cost(name, len(network.layers), numbers, deriving, verifying, writing, composed)


# ------------------------------------------------------------------------------------------------ the networks
def lenet5() -> Network:
    """LeNet-5 (LeCun et al. 1998) on a 28x28 image: two convolutions with ReLU and max pooling, three linear layers."""
    layers: list[Layer] = [
        Conv("c1", _parameter("c1.weight", 6, 1, 5, 5), _parameter("c1.bias", 6), padding=((2, 2), (2, 2))),
        Relu("r1"), MaxPool("p1", (2, 2)),
        Conv("c2", _parameter("c2.weight", 16, 6, 5, 5), _parameter("c2.bias", 16)), Relu("r2"), MaxPool("p2", (2, 2)),
        Flatten("f"), Linear("f1", _parameter("f1.weight", 120, 400), _parameter("f1.bias", 120)), Relu("r3"),
        Linear("f2", _parameter("f2.weight", 84, 120), _parameter("f2.bias", 84)), Relu("r4"),
        Linear("z", _parameter("f3.weight", 10, 84), _parameter("f3.bias", 10)),
    ]  # fmt: skip
    return Network("lenet-5", Fraction(1, 10), _parameter("X", 1, 1, 28, 28), tuple(layers), CrossEntropy((3,)), True)


def deep() -> Network:
    """Twenty-four times convolution and ReLU, then one number per channel, flattened: fifty layers."""
    layers: list[Layer] = []
    for k in range(24):
        layers += [Conv(f"c{k}", _parameter(f"c{k}.weight", 2, 2, 3, 3), padding=((1, 1), (1, 1))), Relu(f"r{k}")]
    layers += [Flatten("f"), Linear("z", _parameter("W", 3, 2 * 6 * 5))]
    return Network("deep", Fraction(1, 10), _parameter("X", 1, 2, 6, 5), tuple(layers), CrossEntropy((1,)), True)


def cifar() -> Network:
    """The network of PyTorch's tutorial on CIFAR-10, eight images at once."""
    layers: list[Layer] = [
        Conv("c1", _parameter("c1.weight", 6, 3, 5, 5), _parameter("c1.bias", 6)), Relu("r1"), MaxPool("p1", (2, 2)),
        Conv("c2", _parameter("c2.weight", 16, 6, 5, 5), _parameter("c2.bias", 16)), Relu("r2"), MaxPool("p2", (2, 2)),
        Flatten("f"), Linear("f1", _parameter("f1.weight", 120, 400), _parameter("f1.bias", 120)), Relu("r3"),
        Linear("f2", _parameter("f2.weight", 84, 120), _parameter("f2.bias", 84)), Relu("r4"),
        Linear("z", _parameter("f3.weight", 10, 84), _parameter("f3.bias", 10)),
    ]  # fmt: skip
    classes = CrossEntropy(tuple(range(8)))
    return Network("cifar", Fraction(1, 1000), _parameter("X", 8, 3, 32, 32), tuple(layers), classes, True)


def resnet20(width: int, side: int) -> Network:
    """Nineteen convolutions with batch norm and a linear layer, every second one with a way around (He et al., Deep
    residual learning for image recognition, 2016, section 4.2); of an image of side x side."""
    layers = [*_normalised("stem", 3, width, 3, 1), Relu("stem.relu")]
    channels = width
    for k in range(9):
        out, stride, source = width << k // 3, 2 if k in (3, 6) else 1, layers[-1].name
        layers += [*_normalised(f"{k}a", channels, out, 3, stride), Relu(f"{k}a.relu")]
        layers += _normalised(f"{k}b", out, out, 3, 1)
        inside, around = layers[-1].name, source
        if stride > 1:
            layers += _normalised(f"{k}s", channels, out, 1, stride, source)
            around = layers[-1].name
        layers += [Add(f"{k}.sum", around, inside), Relu(f"{k}.relu")]
        channels = out
    layers += [GlobalAvgPool("pool"), Flatten("f"), Linear("z", _parameter("W", 10, channels), _parameter("b", 10))]
    return Network(
        "resnet-20", Fraction(1, 10), _parameter("X", 1, 3, side, side), tuple(layers), CrossEntropy((3,)), True
    )


def _normalised(name: str, channels: int, out: int, kernel: int, stride: int, source: str = "") -> list[Layer]:
    weight, pad = _parameter(f"{name}.weight", out, channels, kernel, kernel), (kernel // 2,) * 2
    scale, mean = (_parameter(f"{name}.{part}", out) for part in ("scale", "mean"))
    variance = Parameter(f"{name}.variance", mean.value.map(lambda x: 1 + x * x))
    norm = BatchNorm(f"{name}.norm", scale, _parameter(f"{name}.shift", out), mean, variance)
    return [Conv(name, weight, stride=(stride, stride), padding=(pad, pad), input=source), norm]


NETWORKS: Mapping[str, Callable[[], Network]] = {
    "toy-cnn": lambda: load("toy-cnn"),
    "lenet-5": lenet5,
    "50 layers": deep,
    "CIFAR-10, batch 8": cifar,
    "thin ResNet-20": lambda: resnet20(4, 16),
    "ResNet-20": lambda: resnet20(16, 32),
}


def _parameter(name: str, *shape: int) -> Parameter:
    """Small fractions, the same every time."""
    count = iter(range(10**9))
    return Parameter(name, Array.build(shape, lambda _: Fraction((next(count) * 37 + len(name)) % 41 - 20, 64)))


# ------------------------------------------------------------------------------------------------ the whole loss
def composed_loss(study: Study) -> tuple[Expr, tuple[Symbol, ...]]:
    """The loss as one expression in the entries of the parameters, and these."""
    known: dict[str, dict[tuple[int, ...], Expr]] = {t: dict(a.items()) for t, a in given(study.network).items()}
    symbols: list[Symbol] = []
    for p in study.parameters:
        known[p] = {at: Symbol(f"{p}{list(at)}", real=True) for at in known[p]}
        symbols += known[p].values()
    for stage in (s for s in study.stages if s.output != PROBABILITIES):
        equation = equation_with(stage.operation.equation, dict(stage.sizes))
        known[stage.output] = {}
        for at in indices(int(n) for _, n in equation.ranges):
            put = {i: k for (i, _), k in zip(equation.ranges, at, strict=True)}
            place = tuple(int(rebuild(e, put)) for e in equation.entry.at)
            known[stage.output][place] = _written_out(rebuild(equation.value, put), known)
    return known[LOSS][()], tuple(symbols)


def _written_out(e: Expr, known: Mapping[str, Mapping[tuple[int, ...], Expr]]) -> Expr:
    """Sums and maxima as their terms, entries by what they are."""
    if isinstance(e, Entry):
        return known[e.tensor][tuple(int(i) for i in e.at)]
    if isinstance(e, Sum | MaxOver):
        bodies = []
        for at in indices(int(n) for _, n in e.ranges):
            put = {i: k for i, k in zip(e.bound, at, strict=True)}
            guard = rebuild(e.guard, put) if isinstance(e, MaxOver) else 1
            bodies += [_written_out(rebuild(e.body, put), known)] if guard != 0 else []
        return sympy.Add(*bodies) if isinstance(e, Sum) else Max(*bodies)
    if not e.args or isinstance(e, Iverson):
        return e
    args = [_written_out(a, known) for a in e.args] if not (e.is_Mul and 0 in e.args) else [0]
    return Max(0, *args) if isinstance(e, relu) else Mul(*args) if e.is_Mul else e.func(*args)
