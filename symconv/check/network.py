"""The numbers of one network, exact or emitted, against PyTorch's autograd."""

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

from sympy import Expr

from symconv.array import Array
from symconv.check.check import Cancelling, Comparison, torch_or_hint
from symconv.check.torch_network import autograd
from symconv.derivation.tensors import gradient, is_gradient, without_gradient
from symconv.networks.in_torch import Tensor, TorchNumbers
from symconv.networks.network import Network

ROUNDED = "|torch - exact| <= twice what float64 may lose in the same sums, in any order"
CLOSE = "|emitted - torch| <= 16 times the rounding error to be expected"
LIKELY = 16
LEAST = 1e-150  # of such an expectation: the squares of smaller numbers are beyond float64
BEYOND = 1e-12  # of the largest entry of a tensor and of those before it, where nothing finite is expected
SURE = 1e-9  # a gradient whose entries may be off by more than this part of the largest of them cancels


def bounded(losses: Mapping[str, Array]) -> bool:
    """Whether it is known of every number how far float64 may be from it: nowhere a comparison hangs on rounding (which
    entry of a window is the largest, what ReLU lets through), and nothing is beyond float64."""
    return all(math.isfinite(lost) for array in losses.values() for lost in array.entries)


def check_network(network: Network, exact: Mapping[str, Array], losses: Mapping[str, Array]) -> tuple[Comparison, ...]:
    """Every worked value and gradient against torch autograd in float64, where what float64 may lose is bounded.

    `exact` holds them as SymPy numbers, gradients under the name `∂S`; `losses` what float64 may lose of each entry.
    """
    tensors = autograd(torch_or_hint(), network)
    found: TorchNumbers = {
        "values": {name: x.detach() for name, x in tensors.items()},
        "gradients": {
            name: x.grad for name, x in tensors.items() if (x.is_leaf or x.retains_grad) and x.grad is not None
        },
    }
    return _rows(f"network {network.name}", found, exact, losses)


def cancelling(
    gradients: Mapping[str, Iterable[float]], rounding: Mapping[str, float], parameters: Iterable[str]
) -> tuple[Cancelling, ...]:
    """The parameters whose gradients cancel, with their entries' sizes; `rounding`: as for `check_close`."""
    found = ((p, max(map(abs, gradients[p]), default=0.0), LIKELY * rounding.get(gradient(p), 0.0)) for p in parameters)
    return tuple(Cancelling(p, largest, off) for p, largest, off in found if off > SURE * largest and off < math.inf)


def check_close(
    network: Network, found: TorchNumbers, tensors: Mapping[str, Tensor], rounding: Mapping[str, float]
) -> tuple[Comparison, ...]:
    """Every value, and every gradient at torch's values, that the emitted training step has computed, against the
    `tensors` of autograd: for networks whose exact numbers would explode. torch keeps no gradient of the statistics of
    batch norm.

    A tensor may be all rounding, a sum that cancels: the gradient of a bias in front of a batch norm, or y - t. So an
    error is measured by `rounding`, what is expected of each tensor, gradients under ∂S; and where numbers are beyond
    float64, by the largest entry of it and of the tensors before it, which for a gradient begin with dL/dL = 1.
    """
    values = {name: x.detach() for name, x in tensors.items()}
    backwards = reversed([(name, x.grad) for name, x in tensors.items() if x.is_leaf or x.retains_grad])
    gradients = {name: grad for name, grad in backwards if grad is not None}
    rows = []
    for what, wanted, first in (("value", values, 0.0), ("gradient", gradients, 1.0)):
        _, *largest = accumulate((_largest(x[x.isfinite()]) for x in wanted.values()), max, initial=first)
        scales = dict(zip(wanted, largest, strict=True))
        for name, x in found[f"{what}s"].items():
            if name in wanted:
                expected = LIKELY * rounding.get(gradient(name) if what == "gradient" else name, math.nan) + LEAST
                allowed = expected if math.isfinite(expected) else BEYOND * scales[name]
                rows.append(_close(f"network {network.name}, emitted", name, what, x, wanted[name], allowed))
    return tuple(rows)


def _close(group: str, name: str, what: str, x: Tensor, want: Tensor, allowed: float) -> Comparison:
    """What float64 does not hold, inf or nan, has to be so in both."""
    if x.shape != want.shape:
        return Comparison(
            group, name, what, False, f"shape {tuple(x.shape)}, where torch has {tuple(want.shape)}", CLOSE
        )
    held = want.isfinite()
    if not bool(x[~held].eq(want[~held]).logical_or(x[~held].isnan() & want[~held].isnan()).all()):
        return Comparison(group, name, what, False, "inf or nan in one of them", CLOSE)
    error = _largest((x - want)[held])
    part = error / allowed if allowed else math.inf if error else 0.0
    return Comparison(group, name, what, part <= 1.0, part if math.isfinite(part) else str(part), CLOSE)


def _largest(x: Tensor) -> float:
    return float(x.abs().max()) if x.numel() else 0.0


def check_emitted(
    network: Network,
    found: TorchNumbers,
    exact: Mapping[str, Array],
    losses: Mapping[str, Array],
) -> tuple[Comparison, ...]:
    """Every value and gradient that the emitted training step has computed, by the same criterion."""
    return _rows(f"network {network.name}, emitted", found, exact, losses)


def _rows(
    group: str, found: TorchNumbers, exact: Mapping[str, Array], losses: Mapping[str, Array]
) -> tuple[Comparison, ...]:
    rows = []
    for name in exact:
        if not bounded({name: losses[name]}):
            continue  # any number would pass
        what = "gradient" if is_gradient(name) else "value"
        tensor = without_gradient(name)
        part = _part(found[f"{what}s"][tensor], exact[name], losses[name])
        rows.append(Comparison(group, tensor, what, part <= 1.0, part if math.isfinite(part) else str(part), ROUNDED))
    return tuple(rows)


def _part(found: Tensor, exact: Array, losses: Array) -> float:
    """The largest |torch - exact| as a part of what is allowed: twice what may be lost, 0 where nothing can be."""
    if tuple(found.shape) != exact.shape:
        return math.inf
    worst = 0.0
    for x, want, lost in zip(found.flatten().tolist(), exact.entries, losses.entries, strict=True):
        if not math.isfinite(x):
            return math.inf
        error = float(abs(Fraction(x) - _fraction(want)))
        worst = max(worst, error / (2 * lost) if lost else math.inf if error else 0.0)
    return worst


@lru_cache(10_000)
def _fraction(x: Expr) -> Fraction:
    """A SymPy number to 40 digits, exactly where it is rational."""
    if x.is_Rational:
        return Fraction(int(x.p), int(x.q))
    return Fraction(str(x.evalf(40)))
