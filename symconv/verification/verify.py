"""Every step of every derivation evaluated on both sides, exactly.

At several sets of sizes with whole numbers for entries, chosen until every condition that can be false has been seen
both true and false (one that cannot must follow from its ranges), at every place of a small tensor and PLACES of a
larger one: in fractions, or in floats where exp, log or a root appears; where those differ, 40 digits decide. Then once
more at one tiny set of sizes: where the step is polynomial, with a symbol for each entry, so that the equality holds
there for all values; else with 40 digits. The left end, dL/d(entry) itself, is computed by dual numbers through the
operation's equation, so the chain rule is checked like every other step.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, partial
from random import Random

import mpmath
from sympy import Expr, Symbol

from symconv.array import Index, indices
from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.index import Div, In, Iverson
from symconv.derivation.operation import Operation
from symconv.derivation.ranges import implied
from symconv.evaluation.arithmetic import DIGITS, AnyNumber
from symconv.evaluation.evaluate import FRACTIONS, TOGETHER, World
from symconv.evaluation.kinds import Kind
from symconv.evaluation.places import nodes
from symconv.evaluation.polynomial import NotPolynomial
from symconv.evaluation.vectors import Reals, equal
from symconv.verification.conditions import is_counted_out, ranges_of, unmarked
from symconv.verification.worlds import numbers, size_sets, smallest, symbols

SETS = 3  # sets of sizes at least
MOST = 60  # sets of sizes after which a condition counts as never seen both ways
PLACES = 24  # entries of a tensor at which a step is evaluated, in each set of sizes
EVERY = 10**9  # with the network's own numbers, at every entry
FEW = 8  # at the smallest sizes, where a letter stands for each entry, or 40 digits are compared
TOLERANCE = mpmath.mpf(10) ** (10 - DIGITS)


@dataclass(frozen=True)
class Failure:
    """A step that does not hold, with the first place where its sides differ."""

    derivation: str
    step: Step
    place: str

    def __str__(self) -> str:
        return f"{self.derivation}, {self.step.rule}: {self.place}"


GENERAL = ("numbers", "digits", "symbols", "conditions seen both ways", "conditions implied")  # of one derivation
OWN = "own sizes"  # with a network's own numbers
KINDS = (*GENERAL, OWN)


@dataclass(frozen=True)
class Report:
    """What was checked, counted `by_kind`; False if anything failed or nothing was checked."""

    checked: int = 0
    by_kind: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[Failure, ...] = ()

    def __post_init__(self) -> None:
        """Every kind has its count, 0 as well: no reader need know which kinds a network has steps of."""
        object.__setattr__(self, "by_kind", {kind: self.by_kind.get(kind, 0) for kind in sorted(KINDS)})

    def __bool__(self) -> bool:
        return self.checked > 0 and not self.failed

    def __add__(self, other: "Report") -> "Report":
        kinds = {kind: n + other.by_kind[kind] for kind, n in self.by_kind.items()}
        return Report(self.checked + other.checked, kinds, self.failed + other.failed)


def verify(operation: Operation, derivations: Iterable[Derivation], named: Mapping[str, Operation]) -> Report:
    """Check every step of the derivations of one operation; `named` are the definitions their results use."""
    total, worlds = Report(), Worlds(operation, named)
    with mpmath.workdps(DIGITS + 5):
        for d in derivations:
            total += _verify_one(worlds, d)
    return total


class Worlds:
    """Where the steps of one operation's derivations are tried: each is made once for all of these."""

    def __init__(self, operation: Operation, named: Mapping[str, Operation]) -> None:
        self.operation, self._named = operation, named
        self._made = dict[tuple[int, Kind] | str, tuple[World, Mapping[Expr, set[int]]]]()

    def numbers(self, k: int, sizes: dict[Symbol, int], kind: Kind) -> World:
        """Of the k-th random whole numbers."""
        return self._once((k, kind), lambda: numbers(self.operation, sizes, Random(k), self._named, kind))

    def symbols(self) -> World:
        """Of letters, at the smallest sizes."""
        return self._once("symbols", lambda: symbols(self.operation, smallest(self.operation), self._named))

    def digits(self) -> World:
        """Of random whole numbers, at the smallest sizes."""
        return self._once("digits", lambda: numbers(self.operation, smallest(self.operation), Random(0), self._named))

    def _once(self, key: tuple[int, Kind] | str, make: Callable[[], World]) -> World:
        """No condition has been seen in it but those of the equations that made it."""
        if key not in self._made:
            made = make()
            self._made[key] = made, made.seen
        world, seen = self._made[key]
        world.forget(seen)
        return world


KEPT = 500  # of them in a process
_HELD: dict[tuple[str, str], Report] = {}  # by their lines, and by what their operation says of its sizes


def verify_once(
    operation: Operation, derivations: Sequence[Derivation], named: Mapping[str, Operation], pattern: str
) -> Report:
    """The same, and remembered where every step holds: derivations of one `pattern` (see `derivation.pattern`) are
    checked once in a process, whichever network they belong to."""
    op = operation
    sizes = ([shape for _, shape in op.shapes], op.options, op.derived, op.solved, op.limits, op.paddings)
    key = (pattern, f"{op.name} {sizes}")
    if key not in _HELD:
        report = verify(operation, derivations, named)
        if not report:
            return report
        if len(_HELD) >= KEPT:
            del _HELD[next(iter(_HELD))]  # the oldest
        _HELD[key] = report
    return _HELD[key]


def _verify_one(worlds: Worlds, d: Derivation) -> Report:
    findings = Findings(d, worlds.operation)
    for k, sizes in enumerate(size_sets(worlds.operation)):
        whole = worlds.numbers(k, sizes, TOGETHER)
        findings.take(_compared(whole, d, partial(worlds.numbers, k, sizes, FRACTIONS)), whole, sizes)
        if findings.failed or (k + 1 >= SETS and not findings.open) or k + 1 >= MOST:
            break
    sizes = smallest(worlds.operation)
    try:
        symbolic = list(_differences(worlds.symbols(), d))
    except NotPolynomial:
        symbolic = []
        if findings.rounded and not findings.failed:
            findings.take(_differences(worlds.digits(), d), None, sizes)
    findings.take(symbolic, None, sizes)
    return findings.report(len(symbolic))


class Findings:
    """What the sets of sizes have shown so far about one derivation."""

    def __init__(self, d: Derivation, operation: Operation) -> None:
        self.derivation = d
        self.failed: dict[int, Failure] = {}
        self.rounded: set[int] = set()
        self.seen: dict[Expr, set[int]] = {}
        self.conditions = sorted({unmarked(c) for e in d.lines for c in nodes(e) if isinstance(c, In | Div)}, key=str)
        ranges = ranges_of(d)
        self.sure = [c for c in self.conditions if isinstance(c, In) and implied(c, ranges, operation.derived)]
        self.sure += [c for c in self.conditions if c not in self.sure and is_counted_out(c, d)]

    def take(self, differences: Iterable["Difference"], world: World | None, sizes: Mapping[Symbol, int]) -> None:
        """What one set of sizes shows, and the conditions that were seen in its world, if they are to count."""
        for k, place, rounded in differences:
            if rounded:
                self.rounded.add(k)
            if place:
                self._fail(k, f"{place} at {', '.join(f'{s} = {n}' for s, n in sizes.items())}")
        for c, values in world.seen.items() if world else ():
            self.seen.setdefault(unmarked(c), set()).update(values)

    def _fail(self, k: int, place: str) -> None:
        self.failed.setdefault(k, Failure(str(self.derivation.entry), self.derivation.steps[k], place))

    @property
    def open(self) -> list[Expr]:
        """The conditions that could be false but have not been seen both ways."""
        return [c for c in self.conditions if c not in self.sure and len(self.seen.get(c, ())) < 2]

    def report(self, symbolic: int) -> Report:
        """All that was found, `symbolic` of the steps having held for letters; a condition that is left open is the
        fault of the first step that has it."""
        steps = self.derivation.steps
        for c in [] if self.failed else self.open:
            k = next(k for k, s in enumerate(steps) if c in map(unmarked, (s.before + s.after).atoms(Iverson)))
            self._fail(k, f"the condition {c} was never seen both true and false")
        both = sum(len(self.seen.get(c, ())) == 2 for c in self.conditions)
        counts = (len(steps) - len(self.rounded), len(self.rounded), symbolic, both, len(self.sure))
        failed = tuple(f for _, f in sorted(self.failed.items()))
        return Report(len(steps), dict(sorted(zip(GENERAL, counts, strict=True))), failed)


Difference = tuple[int, str, bool]


def _differences(world: World, d: Derivation) -> Iterator[Difference]:
    """Each step's number with the first entry at which its sides differ ('' if none), and whether it was rounded."""
    places = _places(world.shape(d.ranges), FEW)
    before = world.values(d.steps[0].before, d.ranges, places).numbers()
    for k, step in enumerate(d.steps):
        try:
            after = world.values(step.after, d.ranges, places).numbers()
        except IndexError as error:
            yield k, f"a read out of bounds ({error})", False
            return
        place = _first(d, dict(zip(places, before, strict=True)), dict(zip(places, after, strict=True)))
        yield k, place, any(isinstance(x, mpmath.mpf) for x in after)
        before = after


def _compared(
    whole: World, d: Derivation, exact: Callable[[], World], most: int = PLACES
) -> Iterator[Difference]:  # fmt: skip
    """The same, whole tensors at a time; where rounded numbers differ, the digits decide at that place."""
    places = _places(whole.shape(d.ranges), most)
    before = whole.values(d.steps[0].before, d.ranges, places)
    digits = dict[Index, AnyNumber]()  # of the left side, where they are known
    for k, step in enumerate(d.steps):
        try:
            after = whole.values(step.after, d.ranges, places)
        except IndexError as error:
            yield k, f"a read out of bounds ({error})", False
            return
        wrong = [at for at, held in zip(places, equal(before, after), strict=True) if not held]
        left = _known(exact, step.before, d, wrong, digits)
        digits = _known(exact, step.after, d, wrong, {})
        yield k, _first(d, left, digits), isinstance(after, Reals)
        before = after


def _known(
    exact: Callable[[], World], e: Expr, d: Derivation, places: list[Index], known: Mapping[Index, AnyNumber]
) -> dict[Index, AnyNumber]:
    """An expression in digits at these places; what is known of it is not computed again."""
    missing = [at for at in places if at not in known]
    found = exact().values(e, d.ranges, missing).numbers() if missing else ()
    return {**{at: known[at] for at in places if at in known}, **dict(zip(missing, found, strict=True))}


def _first(d: Derivation, left: Mapping[Index, AnyNumber], right: Mapping[Index, AnyNumber]) -> str:
    """The first entry at which two sides differ, '' if none."""
    wrong = next((at for at in sorted(right) if not same(left[at], right[at])), None)
    return f"{d.entry.tensor}{list(wrong)}: {left[wrong]} is not {right[wrong]}" if wrong is not None else ""


def _places(shape: tuple[int, ...], most: int) -> list[Index]:
    """Every index of a small tensor; of a larger one the first and the last, and others drawn at random."""
    every = list(indices(shape))
    if len(every) <= most:
        return every
    drawn = Random(str(shape)).sample(every[1:-1], most - 2)
    return [every[0], *sorted(drawn), every[-1]]


def same(x: AnyNumber, y: AnyNumber) -> bool:
    """Equal; numbers that exp or log has rounded agree to 30 digits."""
    if isinstance(x, mpmath.mpf) or isinstance(y, mpmath.mpf):
        x, y = (mpmath.mpf(v.numerator) / v.denominator if isinstance(v, int | Fraction) else v for v in (x, y))
        return bool(abs(x - y) <= TOLERANCE * max(1, abs(x), abs(y)))
    return bool(x == y)


def at_own_sizes(whole: World, derivations: Iterable[Derivation], exact: Callable[[], World]) -> Report:
    """Each step once, with the network's own numbers, at every entry; where rounded numbers differ, `exact` decides."""
    checked, failed = 0, []
    once = cache(exact)
    for d in derivations:
        for k, place, _ in _compared(whole, d, once, most=EVERY):
            checked += 1
            if place:
                failed.append(Failure(str(d.entry), d.steps[k], f"{place} at the network's own sizes"))
    return Report(checked, {OWN: checked}, tuple(failed))
