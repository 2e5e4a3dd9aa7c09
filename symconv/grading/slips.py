"""The mistakes that are made with the right numbers: a sign, a factor, rows for columns, one tensor for another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from symconv.array import Array
from symconv.grading.answers import VALUES
from symconv.grading.nested import transposed_shape
from symconv.grading.reasons import Reason

TRANSPOSED = "transposed"
GRADIENT_GIVEN, SIGN = "gradient_given", "sign"


@dataclass(frozen=True)
class Question:
    """What was asked for, with what may be mistaken for it."""

    section: str
    right: Array
    value: Array
    gradient: Array | None
    rate: Fraction
    learns: bool

    @property
    def forward(self) -> bool:
        return self.section == VALUES


@dataclass(frozen=True)
class Slip:
    """`name`: its sentence in the catalogues; `change` gives the wrong numbers, None where it cannot be made.

    `likely`: what fits by chance is not; it is named after every mistake in an equation.
    """

    name: str
    change: Callable[[Question], Array | None]
    likely: bool = True


def sign(asked: Question) -> Array | None:
    return asked.right.map(lambda x: -x)


def transposed(asked: Question) -> Array | None:
    """Rows for columns, of a square matrix."""
    square = len(asked.right.shape) == 2 and transposed_shape(asked.right.shape) == asked.right.shape
    return transpose(asked.right) if square else None


def transpose(a: Array) -> Array:
    """A matrix with rows and columns exchanged: (m, n) -> (n, m)."""
    return Array.build(transposed_shape(a.shape), lambda at: a[at[::-1]])


def times_rate(asked: Question) -> Array | None:
    return None if asked.forward else asked.right.map(lambda x: asked.rate * x)


def minus_times_rate(asked: Question) -> Array | None:
    return None if asked.forward or asked.rate == 1 else asked.right.map(lambda x: -asked.rate * x)


def updated(asked: Question) -> Array | None:
    """The parameter after one step."""
    if asked.gradient is None or not asked.learns:
        return None
    pairs = zip(asked.value.entries, asked.gradient.entries, strict=True)
    return Array(asked.value.shape, tuple(v + -asked.rate * g for v, g in pairs))


def value_given(asked: Question) -> Array | None:
    return None if asked.forward else asked.value


def gradient_given(asked: Question) -> Array | None:
    return asked.gradient if asked.forward else None


SLIPS: tuple[Slip, ...] = (
    Slip(SIGN, sign),
    Slip(TRANSPOSED, transposed),
    Slip("value_given", value_given),
    Slip(GRADIENT_GIVEN, gradient_given),
    Slip("updated", updated),
    Slip("times_rate", times_rate, likely=False),
    Slip("minus_times_rate", minus_times_rate, likely=False),
)
UNLIKELY = frozenset(slip.name for slip in SLIPS if not slip.likely)


def slips(asked: Question, tensor: str, likely: bool) -> Iterator[tuple[Reason, Array]]:
    """Each slip, of the likely ones or of the others, with the numbers that it gives."""
    for slip in (s for s in SLIPS if s.likely == likely):
        wrong = slip.change(asked)
        if wrong is not None:
            yield Reason.of(slip.name, tensor=tensor), wrong
