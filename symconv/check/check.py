"""Numerical checks against PyTorch, the outside oracle; torch is imported here and nowhere else, and only when asked.

Two criteria. Structure: on integers in -3..3 in float64 every sum is exact, so that the emitted code must equal
torch's to the last bit, with no tolerance. Rounding: on normal data, with n products in a sum and unit roundoff u,
    |error| <= min(4 sqrt(n + 2), n + 2) u (conv(|x|, |w|) + |b|)    for each entry,
against a reference in the next wider type: float64 for float32, and for float64 integers, put together from
convolutions of 20-bit pieces that float64 adds without rounding.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from symconv.array import Array
from symconv.check.check_cases import CASES, Case
from symconv.derivation.rules import gradient
from symconv.errors import NotSupported
from symconv.networks.network import Conv, GlobalMaxPool, Linear, MaxPool, Network, Parameter, Relu

EXACT = "equal to torch to the last bit, on integers"
ROUNDING = "|error| <= min(4√(n+2), n+2)·u·(conv(|x|,|w|)+|b|)"
ENCLOSURE = "|torch - exact| <= twice the width of the interval that 53-bit arithmetic gives"
GRADIENT = gradient("")
UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
PIECE = 20  # bits; a product of two has 40, and thousands of them add exactly in float64
SCALE = 36  # float64 data are integers times 2^-36: of 40 bits, so that products must round

Function = Callable[..., Any]


@dataclass(frozen=True)
class Row:
    """One comparison: `measured` is a count of wrong entries, a part of the allowed error, or what went wrong."""

    group: str
    case: str
    what: str
    passed: bool
    measured: float | str
    criterion: str


@dataclass(frozen=True)
class Report:
    """Rows in a fixed order; an empty report has not passed."""

    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        return bool(self.rows) and all(row.passed for row in self.rows)

    @property
    def failed(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.passed)

    def __add__(self, other: "Report") -> "Report":
        return Report(self.rows + other.rows)

    def counts(self) -> dict[str, tuple[int, int]]:
        """Group -> (passed, all)."""
        groups = dict.fromkeys(row.group for row in self.rows)
        of = {g: [row.passed for row in self.rows if row.group == g] for g in groups}
        return {g: (sum(passed), len(passed)) for g, passed in of.items()}

    def to_json(self) -> str:
        """Everything, measured numbers included."""
        rows = [asdict(row) for row in self.rows]
        return json.dumps({"passed": self.passed, "rows": rows}, indent=2, sort_keys=True, ensure_ascii=False)


def torch_or_hint() -> Any:
    """The module torch, or NotSupported with the way to get it."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise NotSupported("the check needs PyTorch, which is not installed\n  pip install 'symconv[torch]'") from error
    return torch


# ------------------------------------------------------------------------------------------------ emitted code
def check_code(functions: Mapping[str, Function]) -> tuple[Row, ...]:
    """Every function on every case that fits it; `functions` is what emit.functions gives, by name.

    Code that raises, returns another shape or dtype, or modifies an operand fails its row.
    """
    torch = torch_or_hint()
    rows: list[Row] = []
    for name, function in functions.items():
        for case in CASES:
            if case.fits(name):
                rows += _rows(torch, name, function, case)
    return tuple(rows)


def _rows(torch: Any, name: str, function: Function, case: Case) -> Iterable[Row]:
    def row(what: str, criterion: str, measure: Callable[[], float]) -> Row:
        try:
            measured: float | str = measure()
        except Exception as error:  # whatever broken code may raise
            measured = f"{type(error).__name__}: {error}"
        limit = 0.0 if criterion == EXACT else 1.0
        passed = not isinstance(measured, str) and measured <= limit
        if isinstance(measured, float) and not math.isfinite(measured):
            measured = str(measured)  # JSON has no word for it
        return Row(name, case.name, what, passed, measured, criterion)

    yield row("integers", EXACT, partial(_wrong, torch, function, case))
    for dtype in UNIT:
        yield row(dtype, ROUNDING, partial(_excess, torch, function, case, dtype))


def _wrong(torch: Any, function: Function, case: Case) -> float:
    """The number of entries that differ."""
    draw = torch.Generator().manual_seed(1)

    def integers(shape: tuple[int, ...]) -> Any:
        return torch.randint(-3, 4, shape, generator=draw).double()

    X, K, b = case.tensors(integers)
    Y, want = _call(torch, function, case, X, K, b), case.reference(torch, X, K, b)
    _same_kind(Y, want)
    return int(Y.ne(want).sum())


def _excess(torch: Any, function: Function, case: Case, dtype: str) -> float:
    """The largest part of the allowed error that an entry uses."""
    draw = torch.Generator().manual_seed(2)

    def normal(shape: tuple[int, ...]) -> Any:
        values = torch.randn(shape, generator=draw, dtype=torch.float64)
        if dtype == "float32":
            return values.float()
        return (values * 2.0**SCALE).round() * 2.0**-SCALE

    X, K, b = case.tensors(normal)
    Y = _call(torch, function, case, X, K, b)
    sizes = case.reference(torch, X.abs().double(), K.abs().double(), None if b is None else b.abs().double())
    _same_kind(Y.double(), sizes)
    n = case.products
    allowed = [min(4 * math.sqrt(n + 2), n + 2) * UNIT[dtype] * s for s in sizes.flatten().tolist()]
    want = _wide(torch, case, X, K, b) if dtype == "float32" else _exact(torch, case, X, K, b)
    errors = [abs(Fraction(y) - w) for y, w in zip(Y.flatten().tolist(), want, strict=True)]
    parts = [float(e / Fraction(a)) if a else math.inf for e, a in zip(errors, allowed, strict=True) if e]
    return max(parts, default=0.0)


def _wide(torch: Any, case: Case, X: Any, K: Any, b: Any) -> list[Fraction]:
    """The same data in float64."""
    Y = case.reference(torch, X.double(), K.double(), None if b is None else b.double())
    return [Fraction(y) for y in Y.flatten().tolist()]


def _exact(torch: Any, case: Case, X: Any, K: Any, b: Any) -> list[Fraction]:
    """The convolution of integers times 2^-SCALE without any rounding: x = x1 2^20 + x0, and so with the kernel."""

    def pieces(t: Any) -> tuple[Any, Any]:
        whole = t * 2.0**SCALE
        high = (whole / 2.0**PIECE).floor()
        return high, whole - high * 2.0**PIECE

    terms = [] if b is None else [_integers(case.reference(torch, X * 0, K * 0, b * 2.0**SCALE), SCALE)]
    for p, x in zip((PIECE, 0), pieces(X), strict=True):
        for q, k in zip((PIECE, 0), pieces(K), strict=True):
            terms.append(_integers(case.reference(torch, x, k, None), p + q))
    return [Fraction(sum(parts), 2 ** (2 * SCALE)) for parts in zip(*terms, strict=True)]


def _integers(t: Any, shift: int) -> list[int]:
    return [int(v) << shift for v in t.flatten().tolist()]


def _call(torch: Any, function: Function, case: Case, X: Any, K: Any, b: Any) -> Any:
    """The function's result; an operand that it changes is an error."""
    given = [t for t in (X, K, b) if t is not None]
    before = [t.clone() for t in given]
    Y = function(X, K, b, **dict(case.options))
    if not all(torch.equal(t, old) for t, old in zip(given, before, strict=True)):
        raise AssertionError("an operand was modified")
    if Y.dtype != X.dtype:
        raise AssertionError(f"{X.dtype} became {Y.dtype}")
    return Y


def _same_kind(Y: Any, want: Any) -> None:
    if Y.shape != want.shape:
        raise AssertionError(f"shape {tuple(Y.shape)}, where torch has {tuple(want.shape)}")


# ------------------------------------------------------------------------------------------------ one network
def check_network(network: Network, exact: Mapping[str, Array], enclosures: Mapping[str, Array]) -> tuple[Row, ...]:
    """Every worked value and gradient against torch autograd in float64.

    `exact` holds them as SymPy numbers, gradients under the name `∂S`; `enclosures` the intervals (lo, hi) in which
    float64 arithmetic leaves the same formulas.
    """
    torch = torch_or_hint()
    tensors = _autograd(torch, network)
    group = f"network {network.name}"
    rows = []
    for name in exact:
        what = "gradient" if name.startswith(GRADIENT) else "value"
        tensor = name.removeprefix(GRADIENT)
        found = tensors[tensor].grad if what == "gradient" else tensors[tensor]
        part = _part(found.detach(), exact[name], enclosures[name])
        rows.append(Row(group, tensor, what, part <= 1.0, part if math.isfinite(part) else str(part), ENCLOSURE))
    return tuple(rows)


def _part(found: Any, exact: Array, enclosure: Array) -> float:
    """The largest |torch - exact| as a part of what is allowed: twice the interval's width, 0 where it has none."""
    if tuple(found.shape) != exact.shape:
        return math.inf
    worst = 0.0
    for x, want, (lo, hi) in zip(found.flatten().tolist(), exact.entries, enclosure.entries, strict=True):
        error = abs(Fraction(x) - _fraction(want))
        allowed = 2 * (Fraction(hi) - Fraction(lo))
        worst = max(worst, float(error / allowed) if allowed else math.inf if error else 0.0)
    return worst


def _fraction(x: Any) -> Fraction:
    """A SymPy number to 40 digits, exactly where it is rational."""
    if x.is_Rational:
        return Fraction(int(x.p), int(x.q))
    return Fraction(str(x.evalf(40)))


def _autograd(torch: Any, network: Network) -> dict[str, Any]:
    """Every tensor of the network by torch's own layers, with its gradient."""
    F = torch.nn.functional
    tensors: dict[str, Any] = {}

    def given(p: Parameter) -> Any:
        values = [float(x) for x in p.value.entries]
        tensors[p.name] = torch.tensor(values, dtype=torch.float64).reshape(p.value.shape).requires_grad_()
        return tensors[p.name]

    x = given(network.input)
    for layer in network.layers:
        x = TORCH[type(layer)](F, layer, x, given)
        x.retain_grad()
        tensors[layer.name] = x
    target = torch.tensor(network.loss.target)
    tensors["y"] = F.softmax(x, 0)
    tensors["t"] = F.one_hot(target, len(x)).double()
    tensors["L"] = F.cross_entropy(x[None], target[None])
    tensors["L"].backward()
    return tensors


def _conv(F: Any, layer: Conv, x: Any, given: Callable[[Parameter], Any]) -> Any:
    K, bias = given(layer.weight), given(layer.bias) if layer.bias else None
    return F.conv2d(_padded(F, x, layer, 0.0)[None, None], K[None, None], bias, layer.stride, 0, layer.dilation)[0, 0]


def _max_pool(F: Any, layer: MaxPool, x: Any, given: Callable[[Parameter], Any]) -> Any:
    padded = _padded(F, x, layer, -math.inf)[None]
    return F.max_pool2d(padded, layer.kernel, layer.stride, 0, layer.dilation)[0]


def _padded(F: Any, x: Any, layer: Conv | MaxPool, value: float) -> Any:
    (top, bottom), (left, right) = layer.padding
    return F.pad(x, (left, right, top, bottom), value=value)


def _linear(F: Any, layer: Linear, x: Any, given: Callable[[Parameter], Any]) -> Any:
    W, bias = given(layer.weight), given(layer.bias) if layer.bias else None
    return F.linear(x.flatten(), W, bias)


def _global_max_pool(F: Any, layer: GlobalMaxPool, x: Any, given: Callable[[Parameter], Any]) -> Any:
    return F.max_pool2d(x[None], tuple(x.shape))[0]


TORCH: dict[type, Callable[..., Any]] = {
    Conv: _conv, Relu: lambda F, layer, x, given: F.relu(x), MaxPool: _max_pool,
    GlobalMaxPool: _global_max_pool, Linear: _linear,
}  # fmt: skip
