"""Numerical checks against PyTorch, the outside oracle; torch is imported here and nowhere else, and only when asked.

Two criteria. Structure: on integers in -3..3 in float64 every sum is exact, so that the emitted code and its gradients
must equal torch's to the last bit, with no tolerance. Rounding: on normal data, with n products in a sum and unit
roundoff u,
    |error| <= min(4 sqrt(n + 2), n + 2) u (conv(|x|, |w|) + |b|)    for each entry,
against a reference in the next wider type: float64 for float32, and for float64 integers, put together from
convolutions of 20-bit pieces that float64 adds without rounding. Half precision is summed in float32 and rounded once:
the bound is that of float32, and 1.01 u |y| for the one rounding.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from types import ModuleType

from symconv.check.cases import CASES, ConvCase, TensorMaker
from symconv.check.rounding import SCALE, exact_values, factor, largest_exact_part, largest_part
from symconv.code.operations import TensorFunction, WithBackward
from symconv.errors import NotSupported
from symconv.networks.in_torch import Tensor

EXACT = "equal to torch to the last bit, on integers"
ROUNDING = "|error| <= min(4√(n+2), n+2)·u·(conv(|x|,|w|)+|b|)"
ROUNDED_ONCE = "|error| <= min(4√(n+2), n+2)·2^-24·(conv(|x|,|w|)+|b|) + 1.01·u·|y|"
UNIT = {"float32": 2.0**-24, "float64": 2.0**-53, "float16": 2.0**-11, "bfloat16": 2.0**-8}
FULL = ("float32", "float64")  # the types in which sums are taken
CHECKED_BACK = ("float32", "float16", "bfloat16")  # gradients, against float64

Gradients = Callable[[Tensor, Tensor, Tensor, Tensor | None], tuple[Tensor, ...]]  # of dY, X, K and the bias


@dataclass(frozen=True)
class Comparison:
    """One comparison: `measured` is a count of wrong entries, a part of the allowed error, or what went wrong."""

    group: str
    case: str
    what: str
    passed: bool
    measured: float | str
    criterion: str


@dataclass(frozen=True)
class Cancelling:
    """A gradient that is a sum which cancels, as that of a bias in front of a batch norm is: its largest entry, and
    what float64 may be off by in any. No two programs agree in it but by so much."""

    tensor: str
    largest: float
    off: float


@dataclass(frozen=True)
class CheckReport:
    """Rows in a fixed order; an empty report has not passed. `cancelling`: of the parameters' gradients."""

    rows: tuple[Comparison, ...]
    cancelling: tuple[Cancelling, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.rows) and all(row.passed for row in self.rows)

    @property
    def failed(self) -> tuple[Comparison, ...]:
        return tuple(row for row in self.rows if not row.passed)

    def __add__(self, other: "CheckReport") -> "CheckReport":
        return CheckReport(self.rows + other.rows, self.cancelling + other.cancelling)

    def counts(self) -> dict[str, tuple[int, int]]:
        """Group -> (rows that passed, all rows)."""
        groups = dict.fromkeys(row.group for row in self.rows)
        of = {g: [row.passed for row in self.rows if row.group == g] for g in groups}
        return {g: (sum(passed), len(passed)) for g, passed in of.items()}

    def table(self) -> list[dict[str, object]]:
        """What was compared and by which criterion, for each group: how many cases, and how many passed."""
        kinds = dict.fromkeys((row.group, row.what, row.criterion) for row in self.rows)
        alike = {kind: [r.passed for r in self.rows if (r.group, r.what, r.criterion) == kind] for kind in kinds}
        return [
            {"group": group, "what": what, "criterion": criterion, "cases": len(passed), "passed": sum(passed)}
            for (group, what, criterion), passed in alike.items()
        ]

    def to_json(self) -> str:
        """Everything, measured numbers included."""
        found = {
            "passed": self.passed,
            "rows": [*map(asdict, self.rows)],
            "cancelling": [*map(asdict, self.cancelling)],
        }
        return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False)


def torch_or_hint(task: str = "the check") -> ModuleType:
    """The module torch, or NotSupported with the way to get it: `task` is what needs it."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise NotSupported(f"{task} needs PyTorch, which is not installed\n  pip install 'symconv[torch]'") from error
    return torch


def there() -> bool:
    """Whether PyTorch is installed; it is not imported, which takes seconds."""
    return find_spec("torch") is not None


@contextmanager
def one_thread() -> Iterator[None]:
    """torch on one thread: on small tensors several cost more than they save, much more where cores are busy."""
    torch = torch_or_hint()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# ------------------------------------------------------------------------------------------------ emitted code
def check_code(functions: Mapping[str, WithBackward]) -> tuple[Comparison, ...]:
    """Every function, and that of its gradients, on every case that fits it; `functions` is what emit.functions gives.

    Code that raises, returns another shape or dtype, or modifies an operand fails its row.
    """
    return tuple(code_rows(functions))


def code_rows(functions: Mapping[str, WithBackward]) -> Iterator[Comparison]:
    """The same, row by row."""
    torch = torch_or_hint()
    for name, (function, backward) in functions.items():
        for case in CASES:
            if case.fits(name):
                yield from _rows(name, Trial(torch, case, function, backward))


def _rows(name: str, trial: "Trial") -> Iterable[Comparison]:
    def row(what: str, criterion: str, measure: Callable[[], float]) -> Comparison:
        try:
            measured: float | str = measure()
        except Exception as error:  # whatever broken code may raise
            measured = f"{type(error).__name__}: {error}"
        limit = 0.0 if criterion == EXACT else 1.0
        passed = not isinstance(measured, str) and measured <= limit
        if isinstance(measured, float) and not math.isfinite(measured):
            measured = str(measured)  # JSON has no word for it
        return Comparison(name, trial.case.name, what, passed, measured, criterion)

    yield row("integers", EXACT, trial.wrong)
    yield row("gradients of integers", EXACT, partial(trial.wrong_gradients, trial.derived))
    yield row("autograd on integers", EXACT, partial(trial.wrong_gradients, trial.autograd))
    yield row("gradients of complex integers", EXACT, partial(trial.wrong_gradients, trial.derived, 1j))
    for dtype in UNIT:
        yield row(dtype, ROUNDING if dtype in FULL else ROUNDED_ONCE, partial(trial.excess, dtype))
    for dtype in CHECKED_BACK:
        criterion = ROUNDING if dtype in FULL else ROUNDED_ONCE
        yield row(f"gradients in {dtype}", criterion, partial(trial.excess_gradients, dtype))


@dataclass(frozen=True)
class Trial:
    """One case given to one function and its gradients; each method measures one thing."""

    torch: ModuleType
    case: ConvCase
    function: TensorFunction
    backward: TensorFunction

    def wrong(self) -> float:
        """The number of entries that differ from torch's."""
        X, K, b = self.case.tensors(self._integers(1))
        Y, want = self._call(X, K, b), self.case.reference(self.torch, X, K, b)
        _same_kind(Y, want)
        return int(Y.ne(want).sum())

    def wrong_gradients(self, way: Gradients, imaginary: complex = 0) -> float:
        """The number of entries of the three gradients that differ from torch's."""
        X, K, b = self.case.tensors(self._integers(3, imaginary))
        dY = self._integers(4, imaginary)(tuple(self.case.reference(self.torch, X, K, b).shape))
        count = 0
        for found, want in zip(way(dY, X, K, b), self._torch_gradients(dY, X, K, b), strict=True):
            _same_kind(found, want)
            if found.dtype != X.dtype:
                raise AssertionError(f"{X.dtype} became {found.dtype}")
            count += int(found.ne(want).sum())
        return count

    def derived(self, dY: Tensor, X: Tensor, K: Tensor, b: Tensor | None) -> tuple[Tensor, ...]:
        """By the emitted function of the gradients, which always returns that of the bias."""
        before = [t.clone() for t in (dY, X, K)]
        found = self.backward(dY, X, K, **dict(self.case.options))
        _unchanged(self.torch, (dY, X, K), before)
        return tuple(found)

    def autograd(self, dY: Tensor, X: Tensor, K: Tensor, b: Tensor | None) -> tuple[Tensor, ...]:
        """By autograd through the emitted function."""
        return self._gradients(self.function, dY, X, K, b)

    def _torch_gradients(self, dY: Tensor, X: Tensor, K: Tensor, b: Tensor | None) -> tuple[Tensor, ...]:
        return self._gradients(lambda X, K, b, **_: self.case.reference(self.torch, X, K, b), dY, X, K, b)

    def _gradients(
        self, function: TensorFunction, dY: Tensor, X: Tensor, K: Tensor, b: Tensor | None
    ) -> tuple[Tensor, ...]:
        leaves = [t.detach().clone().requires_grad_() for t in (X, K, self._no_bias(X) if b is None else b)]
        Y = function(*leaves, **dict(self.case.options))
        return tuple(self.torch.autograd.grad(Y, leaves, dY))

    def _no_bias(self, X: Tensor) -> Tensor:
        """Zeros for a bias that the case has not: its gradient is asked for all the same."""
        return X.new_zeros(self.case.bias_shape)

    def excess(self, dtype: str) -> float:
        """The largest part of the allowed error that an entry uses."""
        X, K, b = self.case.tensors(self._normal(2, dtype))
        Y = self._call(X, K, b)
        sizes = self._wide(X.abs(), K.abs(), None if b is None else b.abs())
        _same_kind(Y, sizes)
        bound = factor(self.case.products, UNIT[dtype] if dtype in FULL else UNIT["float32"]) * sizes
        if dtype == "float64":
            return largest_exact_part(Y, exact_values(self.torch, self.case, X, K, b), bound.flatten().tolist())
        want = self._wide(X, K, b)
        once = 0.0 if dtype in FULL else 1.01 * UNIT[dtype]
        return largest_part(Y, want, bound + once * want.abs())

    def excess_gradients(self, dtype: str) -> float:
        """The same for the three gradients, the reference in float64."""
        X, K, b = self.case.tensors(self._normal(5, dtype))
        dY = self._normal(6, dtype)(tuple(self.case.reference(self.torch, X, K, b).shape))
        found = self.derived(dY, X, K, b)
        dy, x, k, offset = dY.double(), X.double(), K.double(), None if b is None else b.double()
        want = self._torch_gradients(dy, x, k, offset)
        sizes = self._torch_gradients(dy.abs(), x.abs(), k.abs(), None if offset is None else offset.abs())
        terms = (self.case.products_back, self._places(X if self.case.transposed else dY), self._places(dY))
        once = 0.0 if dtype in FULL else 1.01 * UNIT[dtype]
        parts = [0.0]
        for g, w, s, n in zip(found, want, sizes, terms, strict=True):
            _same_kind(g, w)
            parts.append(largest_part(g, w, factor(n, UNIT["float32"]) * s + once * w.abs()))
        return max(parts)

    def _places(self, t: Tensor) -> int:
        """Of how many places of all images a sum over them has products."""
        return int(t.numel() // (max(1, t.shape[-1 - int(self.case.operation[-2])]) if self.case.channels else 1))

    def _wide(self, X: Tensor, K: Tensor, b: Tensor | None) -> Tensor:
        """The same data in float64."""
        return self.case.reference(self.torch, X.double(), K.double(), None if b is None else b.double())

    def _integers(self, seed: int, imaginary: complex = 0) -> TensorMaker:
        draw = self.torch.Generator().manual_seed(seed)

        def integers(shape: tuple[int, ...]) -> Tensor:
            values: Tensor = self.torch.randint(-3, 4, shape, generator=draw).double()
            return values + imaginary * self.torch.randint(-3, 4, shape, generator=draw) if imaginary else values

        return integers

    def _normal(self, seed: int, dtype: str) -> TensorMaker:
        draw = self.torch.Generator().manual_seed(seed)

        def normal(shape: tuple[int, ...]) -> Tensor:
            values: Tensor = self.torch.randn(shape, generator=draw, dtype=self.torch.float64)
            if dtype == "float64":
                return (values * 2.0**SCALE).round() * 2.0**-SCALE
            return values.to(getattr(self.torch, dtype))

        return normal

    def _call(self, X: Tensor, K: Tensor, b: Tensor | None) -> Tensor:
        """The function's result; an operand that it changes is an error."""
        given = [t for t in (X, K, b) if t is not None]
        before = [t.clone() for t in given]
        Y: Tensor = self.function(X, K, b, **dict(self.case.options))
        _unchanged(self.torch, given, before)
        if Y.dtype != X.dtype:
            raise AssertionError(f"{X.dtype} became {Y.dtype}")
        return Y


def _unchanged(torch: ModuleType, given: Iterable[Tensor], before: Iterable[Tensor]) -> None:
    if not all(torch.equal(t, old) for t, old in zip(given, before, strict=True)):
        raise AssertionError("an operand was modified")


def _same_kind(Y: Tensor, want: Tensor) -> None:
    if Y.shape != want.shape:
        raise AssertionError(f"shape {tuple(Y.shape)}, where torch has {tuple(want.shape)}")
