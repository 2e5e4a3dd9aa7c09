"""A student's gradients and values, entry by entry against the exact ones; what is wrong is traced to a mistake."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import mpmath
from sympy import Rational

from symconv.array import Array
from symconv.errors import SpecError
from symconv.grading import answers as reading
from symconv.grading.answers import GRADIENTS, Answer, sized
from symconv.grading.called import result
from symconv.grading.known import known, written
from symconv.grading.precision import TOLERANCE, Given, agreeing, fraction
from symconv.grading.reasons import FOLLOWED, Reason
from symconv.grading.slips import TRANSPOSED, turned_round
from symconv.grading.suspects import Suspects, Ways, explanations
from symconv.networks.exact import show
from symconv.prose import prose
from symconv.verification.arithmetic import DIGITS
from symconv.worked.derived import Derived
from symconv.worked.worked import fixed

SHOWN = 6  # entries that differ, of one tensor
MOST = 3  # mistakes named for one tensor
LONGEST = 60  # characters of an exact form


@dataclass(frozen=True)
class Difference:
    """One wrong entry: where, what was given, and what it is."""

    at: tuple[int, ...]
    given: str
    exact: str

    def __str__(self) -> str:
        place = f"[{', '.join(map(str, self.at))}]: " if self.at else ""
        return f"{place}given {self.given}, exact {self.exact}"


@dataclass(frozen=True)
class Graded:
    """One tensor: its wrong entries, and the mistakes that give all of the student's numbers, the simplest first.

    `turned`: the shape that was given, where rows and columns are exchanged.
    """

    section: str
    tensor: str
    entries: int
    differing: tuple[Difference, ...]
    turned: tuple[int, ...] | None = None
    mistakes: tuple[str, ...] = ()
    near: bool = False  # a mistake was looked for in the tensor's own equation only

    @property
    def ok(self) -> bool:
        return not self.differing and self.turned is None

    @property
    def name(self) -> str:
        return f"gradient of {self.tensor}" if self.section == GRADIENTS else self.tensor

    def __str__(self) -> str:
        return "\n  ".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.ok:
            yield f"{self.name}: right"
            return
        count = f"{len(self.differing)} of {self.entries} entr{'y' if self.entries == 1 else 'ies'} differ"
        shape = f"has shape {sized(self.turned)}, not {sized(self.turned[::-1])}" if self.turned else ""
        yield f"{self.name}: {shape or count + 's' * (len(self.differing) == 1)}"
        yield from map(str, self.differing[:SHOWN])
        if len(self.differing) > SHOWN:
            yield f"... and {len(self.differing) - SHOWN} more"
        for k, words in enumerate(self.mistakes):
            yield f"{'or' if k else 'these are the numbers'} if {words}"
        if not self.mistakes:
            yield f"no classic mistake{' in this equation' if self.near else ''} gives these numbers"


@dataclass(frozen=True)
class Grade:
    """What `symconv grade` prints; true where everything is right."""

    tensors: tuple[Graded, ...]

    @property
    def ok(self) -> bool:
        return all(t.ok for t in self.tensors)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return "\n".join(map(str, self.tensors))


def grade(study: Derived, answers: Mapping[str, Any], tolerance: float = TOLERANCE) -> Grade:
    """The grade of {"U": numbers} for gradients, or of {"gradients": {...}, "values": {...}}.

    Numbers are nested lists, a tensor or an array, or a function that returns them (see `called.result`). A float is
    right within `tolerance` times the largest entry of its tensor; ints, Fractions and text are read as in a file:
    "0.29" is right for all that rounds to it at two decimals.
    """
    if not 0 <= tolerance < 1:
        raise SpecError(f"tolerance: {show(tolerance)} does not fit\n  give a number from 0 to 1, such as 1e-9")
    with mpmath.workdps(DIGITS + 5):
        numbers = known(study)
        given = reading.taken(answers, study, partial(result, known=numbers))
        return _graded(Suspects(Ways(study), numbers), given, tolerance)


def grade_file(study: Derived, path: Path) -> Grade:
    """The grade of the numbers in a file."""
    given = reading.read(path, study)
    with mpmath.workdps(DIGITS + 5):
        return _graded(Suspects(Ways(study), known(study)), given, TOLERANCE)


def _graded(suspects: Suspects, answers: Sequence[Answer], tolerance: float) -> Grade:
    compared = [(answer, _compared(suspects, answer, tolerance)) for answer in answers]
    wrong = [answer for answer, g in compared if not g.ok]
    return Grade(tuple(g if g.ok else _traced(suspects, a, g, wrong, tolerance) for a, g in compared))


def _compared(suspects: Suspects, answer: Answer, tolerance: float) -> Graded:
    """Entry by entry; a matrix given the other way round is compared as it was meant."""
    right = suspects.known[answer.key]
    turned = None if answer.shape == right.shape else answer.shape
    given = Array(answer.shape, answer.numbers)
    given = turned_round(given) if turned else given
    forms = written(suspects.ways.d, answer.key) or right
    agree = agreeing(given.entries, right, tolerance)
    rows = zip(right.items(), given.entries, forms.entries, agree, strict=True)
    differing = tuple(Difference(at, g.text, _shown(x, form, g)) for (at, x), g, form, ok in rows if not ok)
    return Graded(answer.section, answer.tensor, len(agree), differing, turned)


def _traced(suspects: Suspects, answer: Answer, graded: Graded, wrong: Sequence[Answer], tolerance: float) -> Graded:
    """With the mistakes that give the numbers."""
    say = prose("en")
    mistakes = tuple(reason.words(say) for reason in _mistakes(suspects, answer, wrong, tolerance))
    return replace(graded, mistakes=mistakes, near=not suspects.ways.far)


def _mistakes(suspects: Suspects, answer: Answer, wrong: Sequence[Answer], tolerance: float) -> list[Reason]:
    """The first few mistakes that give all the numbers."""
    right = suspects.known[answer.key]
    if answer.shape != right.shape:
        agree = agreeing(answer.numbers, turned_round(right), tolerance)
        return [Reason.of(TRANSPOSED)] if all(agree) else []
    found: list[Reason] = []
    for reason, array in explanations(suspects, answer.section, answer.tensor):
        if reason not in found and all(agreeing(answer.numbers, array, tolerance)):
            found.append(reason)
            if len(found) == MOST:
                return found
    for reason, array in _followed(suspects, answer, wrong):
        if all(agreeing(answer.numbers, array, tolerance)):
            return [*found, reason]
    return found


def _followed(suspects: Suspects, answer: Answer, wrong: Sequence[Answer]) -> Iterator[tuple[Reason, Array]]:
    """What follows from each other wrong gradient that was given exactly, the nearest first."""
    if answer.section != GRADIENTS:
        return
    for tensor in suspects.ways.above(answer.tensor):
        for other in wrong:
            whole = other.section == GRADIENTS and other.shape == suspects.known[other.key].shape
            if whole and other.tensor == tensor and all(g.single for g in other.numbers):
                given = Array(other.shape, tuple(g.low for g in other.numbers))
                array = suspects.follows(tensor, given, answer.tensor)
                if array is not None:
                    yield Reason.of(FOLLOWED, tensor=tensor), array


def _shown(x: Any, form: Any, given: Given) -> str:
    """The exact form, where there is one, and decimals enough to see the difference."""
    q = fraction(x)
    away = abs(q - given.low) if given.rounded else 0
    small = next((k for k in range(20) if away * 10**k >= 1), 20) + 1 if away else 0
    digits = max(4, small, min(given.decimals + 1, 20))
    text, decimals = str(form), fixed(Rational(q.numerator, q.denominator), digits)
    if isinstance(x, int | Fraction) and Fraction(decimals) == x:
        decimals = decimals.rstrip("0").rstrip(".")
    return decimals if form is x or text == decimals or len(text) > LONGEST else f"{text} = {decimals}"
