"""Every step of every derivation evaluated on both sides, exactly.

At several sets of sizes with rational entries, chosen until every condition that can be false has been seen both true
and false (one that cannot must follow from its ranges); and, where the step is polynomial, at one tiny set with a
symbol for each entry, so that the equality holds there for all values. The left end, dL/d(entry) itself, is computed
by dual numbers through the operation's equation, so the chain rule is checked like every other step.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count, islice, product
from math import prod
from random import Random
from typing import Any

import mpmath
from sympy import Expr, Integer, Symbol
from sympy.polys.domains import QQ
from sympy.polys.rings import ring

from symconv.array import Array
from symconv.derivation import Derivation, Step
from symconv.derive import LOSS
from symconv.equations import Equation, Operation
from symconv.errors import Broken
from symconv.evaluate import DIGITS, NotPolynomial, World
from symconv.index import Div, Entry, In, Iverson, MaxOver, Sum, Winner, index
from symconv.rules import gradient, implied

SETS = 3  # sets of sizes at least
MOST = 60  # sets of sizes after which a condition counts as never seen both ways
TOLERANCE = mpmath.mpf(10) ** (10 - DIGITS)


@dataclass(frozen=True)
class Failure:
    """A step that does not hold, with the first place where its sides differ."""

    derivation: str
    step: Step
    place: str

    def __str__(self) -> str:
        return f"{self.derivation}, {self.step.rule}: {self.place}"


@dataclass(frozen=True)
class Report:
    """What was checked. False if anything failed or nothing was checked."""

    checked: int = 0
    by_kind: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[Failure, ...] = ()

    def __bool__(self) -> bool:
        return self.checked > 0 and not self.failed

    def __add__(self, other: "Report") -> "Report":
        kinds = Counter(self.by_kind) + Counter(other.by_kind)
        return Report(self.checked + other.checked, dict(sorted(kinds.items())), self.failed + other.failed)


KINDS = ("numbers", "digits", "symbols", "conditions seen both ways", "conditions implied")


def verify(operation: Operation, derivations: Iterable[Derivation], named: Mapping[str, Operation]) -> Report:
    """Check every step of the derivations of one operation; `named` are the definitions their results use."""
    total = Report()
    with mpmath.workdps(DIGITS + 5):
        for d in derivations:
            total += _verify_one(operation, d, named)
    return total


def _verify_one(operation: Operation, d: Derivation, named: Mapping[str, Operation]) -> Report:
    findings = Findings(d, operation)
    for k, sizes in enumerate(size_sets(operation)):
        world = numbers(operation, sizes, Random(k), named)
        findings.take(_differences(world, d), world, sizes)
        if findings.failed or (k + 1 >= SETS and not findings.open) or k + 1 >= MOST:
            break
    sizes = smallest(operation)
    try:
        symbolic = list(_differences(symbols(operation, sizes, named), d))
    except NotPolynomial:
        symbolic = []
    findings.take(symbolic, None, sizes)
    return findings.report(len(symbolic))


class Findings:
    """What the sets of sizes have shown so far about one derivation."""

    def __init__(self, d: Derivation, operation: Operation) -> None:
        self.derivation = d
        self.failed: dict[int, Failure] = {}
        self.rounded: set[int] = set()
        self.seen: dict[Expr, set[int]] = {}
        self.conditions = sorted({c for e in d.lines for c in e.atoms(In, Div)}, key=str)
        ranges = ranges_of(d)
        self.sure = [c for c in self.conditions if isinstance(c, In) and implied(c, ranges, operation.derived)]

    def take(self, differences: Iterable["Difference"], world: World | None, sizes: Mapping[Symbol, int]) -> None:
        for k, place, rounded in differences:
            if rounded:
                self.rounded.add(k)
            if place:
                self._fail(k, f"{place} at {', '.join(f'{s} = {n}' for s, n in sizes.items())}")
        for c, values in world.seen.items() if world else ():
            self.seen.setdefault(c, set()).update(values)

    def _fail(self, k: int, place: str) -> None:
        self.failed.setdefault(k, Failure(str(self.derivation.entry), self.derivation.steps[k], place))

    @property
    def open(self) -> list[Expr]:
        """The conditions that could be false but have not been seen both ways."""
        return [c for c in self.conditions if c not in self.sure and len(self.seen.get(c, ())) < 2]

    def report(self, symbolic: int) -> Report:
        steps = self.derivation.steps
        for c in [] if self.failed else self.open:
            k = next(k for k, s in enumerate(steps) if c in s.before.atoms(Iverson) | s.after.atoms(Iverson))
            self._fail(k, f"the condition {c} was never seen both true and false")
        both = sum(len(self.seen.get(c, ())) == 2 for c in self.conditions)
        counts = (len(steps) - len(self.rounded), len(self.rounded), symbolic, both, len(self.sure))
        failed = tuple(f for _, f in sorted(self.failed.items()))
        return Report(len(steps), dict(sorted(zip(KINDS, counts, strict=True))), failed)


def ranges_of(d: Derivation) -> tuple[Any, ...]:
    """The ranges of the free and of all bound indices of a derivation."""
    bound = {r for e in d.lines for s in e.atoms(Sum, Winner) for r in s.ranges}
    return d.ranges + tuple(sorted(bound, key=str))


Difference = tuple[int, str, bool]


def _differences(world: World, d: Derivation) -> Iterator[Difference]:
    """Each step's number with the first entry at which its sides differ ('' if none), and whether it was rounded."""
    before = world.table(d.steps[0].before, d.ranges)
    for k, step in enumerate(d.steps):
        try:
            after = world.table(step.after, d.ranges)
        except IndexError as error:
            yield k, f"a read out of bounds ({error})", False
            return
        wrong = [(at, x, y) for (at, x), y in zip(before.items(), after.entries, strict=True) if not same(x, y)]
        place = f"{d.entry.tensor}{list(wrong[0][0])}: {wrong[0][1]} is not {wrong[0][2]}" if wrong else ""
        yield k, place, any(isinstance(x, mpmath.mpf) for x in after.entries)
        before = after


def same(x: Any, y: Any) -> bool:
    """Equal; numbers that exp or log has rounded agree to 30 digits."""
    if isinstance(x, mpmath.mpf) or isinstance(y, mpmath.mpf):
        x, y = (mpmath.mpf(v.numerator) / v.denominator if isinstance(v, int | Fraction) else v for v in (x, y))
        return bool(abs(x - y) <= TOLERANCE * max(1, abs(x), abs(y)))
    return bool(x == y)


# ------------------------------------------------------------------------------------------------ worlds
def size_sets(operation: Operation) -> Iterator[dict[Symbol, int]]:
    """Small sizes at which the operation is defined; always the same ones. Every other set is uneven."""
    for k in count():
        draw = Random(f"{operation.name} {k}")
        for _ in range(10_000):
            full = with_derived(operation, _draw(operation, draw, uneven=k % 2 == 0))
            if full is not None and (k % 2 == 1 or all(full[s] > 1 for s, _ in operation.derived)):
                yield full
                break
        else:
            raise Broken(f"no sizes fit {operation.name}")


def _draw(operation: Operation, draw: Random, uneven: bool) -> dict[Symbol, int]:
    """A number for each symbol. Uneven hides no error: no extent is 1, no two numbers of one option or shape agree,
    so rows and columns, both ends of a padding, and stride and dilation can all be told apart."""
    sizes: dict[Symbol, int] = {}
    for alike in _alike(operation):
        choices = _choices(alike[0])
        if uneven and len(choices) > 1 and choices[0] == 1 and alike[0].name[0] not in "sd":
            choices = choices[1:]
        chosen = draw.sample(choices, len(alike)) if uneven and len(alike) <= len(choices) else None
        sizes |= dict(zip(alike, chosen or [draw.choice(choices) for _ in alike], strict=True))
    options = dict(operation.options)
    if uneven and any(sizes[s] == sizes[d] for s, d in zip(options.get("stride", ()), options.get("dilation", ()), strict=True)):
        return _draw(operation, draw, uneven)
    return sizes


def _alike(operation: Operation) -> list[tuple[Symbol, ...]]:
    """The symbols in groups that ought to differ: one option's numbers, a padding's two ends, extents of one kind."""
    options = dict(operation.options)
    paddings = options.pop("padding", ())
    groups = [paddings[k : k + 2] for k in range(0, len(paddings), 2)] + list(options.values())
    rest = [s for s in operation.sizes if not any(s in g for g in groups)]
    for letters in ("HWD", "k"):
        groups.append(tuple(s for s in rest if s.name[0] in letters))
    return [g for g in groups if g] + [(s,) for s in rest if s.name[0] not in "HWDk"]


def _choices(s: Symbol) -> range:
    """Paddings 0 to 2, strides, dilations and kernels 1 to 3, images and channels 1 to 2, other extents 1 to 6."""
    if not s.is_positive:
        return range(3)
    if s.name in ("N", "groups", "Og", "Cg"):
        return range(1, 3)
    return range(1, 4 if s.name[0] in "sdk" else 7)


def smallest(operation: Operation) -> dict[Symbol, int]:
    """Of the first sets of sizes the one with the fewest entries: symbols are dear."""

    def entries(sizes: Mapping[Symbol, int]) -> int:
        measure = World(sizes, {})
        return sum(prod(measure.size(n) for n in shape) for _, shape in operation.shapes)

    return min(islice(size_sets(operation), 0, 12, 2), key=entries)


def with_derived(operation: Operation, sizes: Mapping[Symbol, int]) -> dict[Symbol, int] | None:
    """The sizes with the derived extents; None where one of them is not positive or a window holds padding only."""
    full = dict(sizes)
    for s, e in operation.derived:
        full[s] = World(full, {}).size(e)
        if full[s] < 1:
            return None
    return full if _windows_filled(operation, full) else None


def _windows_filled(operation: Operation, sizes: dict[Symbol, int]) -> bool:
    """Whether every maximum has an entry to choose from."""
    world = World(sizes, {})
    windows = [Sum(m.guard, *m.ranges) for m in operation.equation.value.atoms(MaxOver)]
    return all(n > 0 for w in windows for n in world.table(w, operation.equation.ranges).entries)


def numbers(operation: Operation, sizes: dict[Symbol, int], draw: Random, named: Mapping[str, Operation]) -> World:
    """Random rational operands; the output by its equation; dL/d(output) random, L = sum of dL/d(output) output."""

    def entry(_: Any) -> Fraction:
        return Fraction(draw.randint(-8, 8), draw.choice((1, 2, 4)))

    return _world(operation, sizes, entry, named)


def symbols(operation: Operation, sizes: dict[Symbol, int], named: Mapping[str, Operation]) -> World:
    """One symbol for each entry of each operand and of dL/d(output)."""
    world = World(sizes, {})
    names = [
        f"{t}{list(at)}"
        for t, shape in ((*operation.shapes, (gradient(operation.output), operation.shape(operation.output))))
        for at in product(*(range(world.size(n)) for n in shape))
    ]
    generators = iter(ring(names, QQ)[1:])
    return _world(operation, sizes, lambda _: next(generators), named)


def _world(operation: Operation, sizes: dict[Symbol, int], entry: Any, named: Mapping[str, Operation]) -> World:
    measure = World(sizes, {})

    def tensor(shape: tuple[Expr, ...]) -> Array:
        return Array.build([measure.size(n) for n in shape], entry)

    tensors = {t: tensor(operation.shape(t)) for t in operation.operands}
    for t in sorted(operation.distributions):
        tensors[t] = _distribution(tensors[t])
    out = operation.shape(operation.output)
    equations = (operation.equation,)
    if operation.output != LOSS:
        tensors[gradient(operation.output)] = tensor(out)
        equations += (surrogate(operation),)
    world = World(sizes, tensors, tuple(n.equation for n in named.values()) + equations)
    for other in named.values():
        world.define(other.equation, other.shape(other.output))
    world.define(operation.equation, out)
    if operation.output != LOSS:
        world.define(equations[-1], ())
    return world


def _distribution(values: Array) -> Array:
    """The last entry is what the others leave of 1."""
    rest = 1
    for v in values.entries[:-1]:
        rest = rest - v
    return Array(values.shape, (*values.entries[:-1], rest))


def surrogate(operation: Operation) -> Equation:
    """A loss of which dL/dY is the given gradient: L = sum over I of dL/dY[I] Y[I]."""
    y = operation.equation.entry
    at = tuple(index(f"l{k}") for k in range(len(y.at)))
    ranges = tuple(zip(at, operation.shape(y.tensor), strict=True))
    return Equation(Entry(LOSS), Sum(Entry(gradient(y.tensor), *at) * Entry(y.tensor, *at), *ranges), ())


# ------------------------------------------------------------------------------------------------ one network
def network_world(given: Mapping[str, Array], equations: tuple[Equation, ...], gradients: Iterable[str]) -> World:
    """A network's own numbers: every tensor by its equation, every dL/d(tensor) by dual numbers through all of them."""
    world = World({}, {t: a.map(_fraction) for t, a in given.items()}, equations)
    for equation in equations:
        names = {i: n for i, n in equation.ranges}
        shape = tuple(names.get(i, Integer(1)) for i in equation.entry.at)
        world.define(equation, shape)
    for tensor in gradients:
        world.tensors[gradient(tensor)] = world.slope(LOSS, tensor)
    return world


def _fraction(x: Any) -> Fraction:
    return Fraction(int(x.p), int(x.q))


def at_own_sizes(world: World, derivations: Iterable[Derivation]) -> Report:
    """Each step once, with the network's own numbers."""
    checked, failed = 0, []
    for d in derivations:
        for k, place, _ in _differences(world, d):
            checked += 1
            if place:
                failed.append(Failure(str(d.entry), d.steps[k], f"{place} at the network's own sizes"))
    return Report(checked, {"own sizes": checked}, tuple(failed))
