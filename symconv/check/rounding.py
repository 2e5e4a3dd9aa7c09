"""What rounding may cost a sum of products, and such sums without any."""

import math
from fractions import Fraction
from types import ModuleType

from symconv.check.cases import ConvCase
from symconv.networks.in_torch import Tensor

PIECE = 20  # bits; a product of two has 40, and thousands of them add exactly in float64
SCALE = 36  # float64 data are integers times 2^-36: of 40 bits, so that products must round


def factor(products: int, u: float) -> float:
    """What a sum of so many products may lose, as a part of the sum of their sizes, u being the unit roundoff.

    (n + 2) u is gamma_n to first order (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1);
    errors that are as likely up as down stay within 4 sqrt(n + 2) u (Higham and Mary 2019).
    """
    return min(4 * math.sqrt(products + 2), products + 2) * u


def largest_part(found: Tensor, want: Tensor, allowed: Tensor) -> float:
    """The largest error as a part of what is allowed, all three of one shape; the reference is of a wider type.
    Infinite where nothing is allowed, or an entry is no number."""
    errors = (found.double() - want).abs()
    wrong = errors != 0  # true of no number as well
    return float((errors[wrong] / allowed[wrong]).nan_to_num(math.inf, math.inf).max()) if wrong.any() else 0.0


def largest_exact_part(found: Tensor, want: list[Fraction], allowed: list[float]) -> float:
    """The same against exact numbers, in row-major order."""
    errors = [abs(Fraction(y) - w) for y, w in zip(found.flatten().tolist(), want, strict=True)]
    parts = [float(e / Fraction(a)) if a else math.inf for e, a in zip(errors, allowed, strict=True) if e]
    return max(parts, default=0.0)


def exact_values(torch: ModuleType, case: ConvCase, X: Tensor, K: Tensor, b: Tensor | None) -> list[Fraction]:
    """The convolution of integers times 2^-SCALE without any rounding, in row-major order: x = x1 2^20 + x0, and so
    with the kernel."""

    def pieces(t: Tensor) -> tuple[Tensor, Tensor]:
        whole = t * 2.0**SCALE
        high = (whole / 2.0**PIECE).floor()
        return high, whole - high * 2.0**PIECE

    terms = [] if b is None else [_integers(case.reference(torch, X * 0, K * 0, b * 2.0**SCALE), SCALE)]
    for p, x in zip((PIECE, 0), pieces(X), strict=True):
        for q, k in zip((PIECE, 0), pieces(K), strict=True):
            terms.append(_integers(case.reference(torch, x, k, None), p + q))
    return [Fraction(sum(parts), 2 ** (2 * SCALE)) for parts in zip(*terms, strict=True)]


def _integers(t: Tensor, shift: int) -> list[int]:
    return [int(v) << shift for v in t.flatten().tolist()]
