"""A student's gradients and values, entry by entry against the exact ones; what is wrong is traced to a mistake."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

import mpmath
from sympy import Rational

from symconv.array import Array
from symconv.errors import Fault, refuse
from symconv.evaluation.arithmetic import DIGITS
from symconv.grading import answers as reading
from symconv.grading.answers import GRADIENTS, Answer
from symconv.grading.called import result
from symconv.grading.known import known, written
from symconv.grading.precision import (
    CARRIED,
    CUT,
    MISSING,
    RIGHT,
    WITHIN,
    WRONG,
    Interval,
    agreeing,
    fraction,
    is_exact,
)
from symconv.grading.reasons import FOLLOWED, Reason
from symconv.grading.report import Grade, Graded, WrongEntry
from symconv.grading.slack import ByHand
from symconv.grading.slips import TRANSPOSED, UNLIKELY, transpose
from symconv.grading.suspects import Suspects, Ways, explanations
from symconv.language import LANGUAGES
from symconv.networks.exact import show
from symconv.text.prose import prose
from symconv.worked.derived import Derived
from symconv.worked.numbers import fixed

LONGEST = 60  # characters of an exact form


@dataclass(frozen=True)
class _Terms:
    """What the answers are compared with, and how closely; the language of what is said about them."""

    suspects: Suspects
    by_hand: ByHand
    tolerance: float | None
    language: str

    @staticmethod
    def of(study: Derived, tolerance: float | None, language: str) -> "_Terms":
        return _Terms(Suspects(Ways(study), known(study)), ByHand(study), tolerance, language)

    def slacks(self, answer: Answer, right: Array) -> tuple[Fraction, ...]:
        """How far each entry may be off for rounding on the way."""
        by_hand = self.tolerance is None and any(g and g.by_hand for g in answer.numbers)
        return self.by_hand.slacks(answer.key, right) if by_hand else (Fraction(0),) * len(right.entries)


def grade(study: Derived, answers: Mapping[str, object], tolerance: float | None = None, language: str = "en") -> Grade:
    """The grade of {"U": numbers} for gradients, or of {"gradients": {...}, "values": {...}}.

    Numbers are nested lists, a tensor or an array, or a function that returns them (see `called.result`). A float is
    right within 1e-9 times the largest entry of its tensor; ints, Fractions and text are read as in a file: "0.29" is
    right for all that rounds to it at two decimals, and for what rounding on the way takes. With a `tolerance` every
    number is right within that times the largest entry of its tensor instead. `language`, such as "zh": of what
    the grade says. SpecError names an argument that does not fit.
    """
    _check(study, tolerance, language)
    with mpmath.workdps(DIGITS + 5):
        terms = _Terms.of(study, tolerance, language)
        return _graded(terms, reading.taken(answers, study, partial(result, known=terms.suspects.known)))


def grade_file(study: Derived, path: Path, tolerance: float | None = None, language: str = "en") -> Grade:
    """The grade of the numbers in a file; SpecError lists every mistake in it."""
    _check(study, tolerance, language)
    given = reading.read(path, study)
    with mpmath.workdps(DIGITS + 5):
        return _graded(_Terms.of(study, tolerance, language), given)


def _check(study: Derived, tolerance: float | None, language: str) -> None:
    faults: list[Fault] = []
    if not isinstance(study, Derived):
        remedy = "give what symconv.derive returns: symconv.grade(symconv.derive(network), answers)"
        faults.append(Fault("study", f"a {type(study).__name__} is not a study", remedy))
    number = isinstance(tolerance, int | float | Fraction) and not isinstance(tolerance, bool)
    if tolerance is not None and not (number and 0 <= tolerance < 1):
        faults.append(Fault("tolerance", f"{show(tolerance)} does not fit", "give a number from 0 to 1, such as 1e-9"))
    if language not in LANGUAGES:
        faults.append(Fault("language", f"{show(language)} is not there", f"there are: {', '.join(LANGUAGES)}"))
    refuse(faults)


def _graded(terms: _Terms, answers: Sequence[Answer]) -> Grade:
    compared = [(answer, _compared(terms, answer)) for answer in answers]
    wrong = [answer for answer, g in compared if g.wrong]
    return Grade(tuple(_traced(terms, a, g, wrong) if g.wrong else g for a, g in compared))


def _compared(terms: _Terms, answer: Answer) -> Graded:
    """Entry by entry; a matrix given the other way round is compared as it was meant."""
    right = terms.suspects.known[answer.key]
    transposed = None if answer.shape == right.shape else answer.shape
    given = Array(answer.shape, answer.numbers)
    given = transpose(given) if transposed else given
    how = agreeing(given.entries, right, terms.tolerance)
    if WRONG in how:
        how = agreeing(given.entries, right, terms.tolerance, terms.slacks(answer, right))
    forms = written(terms.suspects.ways.d, answer.key) or right
    rows = zip(right.items(), given.entries, forms.entries, how, strict=True)
    differing = tuple(WrongEntry(at, g.text, *_shown(x, form, g)) for (at, x), g, form, word in rows if g and not word)
    counts = Counter(how)
    return Graded(
        answer.section, answer.tensor, len(how), differing, transposed, missing=counts[MISSING], cut=counts[CUT],
        carried=counts[CARRIED], within=counts[WITHIN], language=terms.language,
    )  # fmt: skip


def _traced(terms: _Terms, answer: Answer, graded: Graded, wrong: Sequence[Answer]) -> Graded:
    """With the mistakes that give the numbers."""
    say = prose(terms.language)
    if graded.transposed:
        reasons = [] if graded.differing else [Reason.of(TRANSPOSED)]
    else:
        reasons = _mistakes(terms, answer, wrong)
    mistakes = tuple(dict.fromkeys(reason.words(say) for reason in reasons))
    return replace(graded, mistakes=mistakes, near=not terms.suspects.ways.far)


def _mistakes(terms: _Terms, answer: Answer, wrong: Sequence[Answer]) -> list[Reason]:
    """All mistakes that give all the numbers, the likeliest first."""
    most = max(terms.slacks(answer, terms.suspects.known[answer.key]))
    found: list[tuple[Reason, bool]] = []
    for reason, array in explanations(terms.suspects, answer.section, answer.tensor):
        how = _fitting(terms, answer, most, array)
        exactly = set(how) <= {RIGHT, MISSING}
        # made at one place, it fits as well as at several
        if all(how) and not (reason.spread and any(r.mistake == reason.mistake and e >= exactly for r, e in found)):
            found.append((reason, exactly))
    followed = (r for r, x in _followed(terms.suspects, answer, wrong) if all(_fitting(terms, answer, most, x)))
    return [*_best(found), *islice(followed, 1)]


def _fitting(terms: _Terms, answer: Answer, most: Fraction, array: Array) -> tuple[str, ...]:
    """How the numbers stand to those that a mistake gives; `most`: that rounding on the way may take of one."""
    slacks = [Fraction(0) if is_exact(x) else most for x in array.entries]
    return agreeing(answer.numbers, array, terms.tolerance, slacks)


def _best(found: Sequence[tuple[Reason, bool]]) -> list[Reason]:
    """Those that fit exactly, where any does; but what may fit by chance hides none that fits but for rounding."""
    exact = [reason for reason, exactly in found if exactly]
    if any(reason.mistake not in UNLIKELY for reason in exact):
        return exact
    return [reason for reason, exactly in found if exactly or not exact or reason.mistake not in UNLIKELY]


def _followed(suspects: Suspects, answer: Answer, wrong: Sequence[Answer]) -> Iterator[tuple[Reason, Array]]:
    """What follows from each other wrong gradient that was given exactly, the nearest first."""
    if answer.section != GRADIENTS:
        return
    for tensor in suspects.ways.above(answer.tensor):
        for other in wrong:
            whole = other.section == GRADIENTS and other.shape == suspects.known[other.key].shape
            numbers = [g.low for g in other.numbers if g and g.single]
            if whole and other.tensor == tensor and len(numbers) == len(other.numbers):
                array = suspects.follows(tensor, Array(other.shape, tuple(numbers)), answer.tensor)
                if array is not None:
                    yield Reason.of(FOLLOWED, tensor=tensor), array


def _shown(x: object, form: object, given: Interval) -> tuple[str, str]:
    """What a number is exactly, "" where that is not known or too long; and the decimals that are only about it,
    enough to see the difference, "" where the exact form is all decimals."""
    q = fraction(x)
    away = abs(q - given.low) if given.rounded else 0
    small = next((k for k in range(20) if away * 10**k >= 1), 20) + 1 if away else 0
    digits = max(4, small, min(given.decimals + 1, 20))
    text, decimals = str(form), fixed(Rational(q.numerator, q.denominator), digits)
    if is_exact(x) and Fraction(decimals) == x:
        decimals = decimals.rstrip("0").rstrip(".") if "." in decimals else decimals
        known = form is x or text == decimals or len(text) > LONGEST
        return (decimals if known else f"{text} = {decimals}"), ""
    return ("" if form is x or len(text) > LONGEST else text), decimals
