"""Where an equality is tried: sets of sizes that hide no error, and tensors of random numbers or of symbols."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import count, islice, product
from math import prod
from random import Random

from sympy import Expr, Integer, Pow, Symbol

from symconv.array import Array, Index
from symconv.derivation.index import Entry, MaxOver, Quot, Range, Sum, Winner, expand, index, rebuild
from symconv.derivation.operation import LOSS, Equation, Operation
from symconv.derivation.tensors import gradient
from symconv.errors import Broken
from symconv.evaluation.arithmetic import AnyNumber
from symconv.evaluation.evaluate import FRACTIONS, TOGETHER, World
from symconv.evaluation.kinds import Kind
from symconv.evaluation.polynomial import letters


# ------------------------------------------------------------------------------------------------ worlds
def size_sets(operation: Operation) -> Iterator[dict[Symbol, int]]:
    """Small sizes at which the operation is defined; always the same ones. Every other set is uneven."""
    return (dict(_size_set(operation, k)) for k in count())


@cache
def _size_set(operation: Operation, k: int) -> dict[Symbol, int]:
    draw = Random(f"{operation.name} {k}")
    for _ in range(10_000):
        full = with_derived(operation, _draw(operation, draw, uneven=k % 2 == 0))
        if full is not None and (k % 2 == 1 or all(full[s] > 1 for s, _ in operation.derived)):
            return full
    raise Broken(f"no sizes fit {operation.name}")


STEPS, KERNEL, PLACE, COUNT, FEW, PADDING = range(1, 4), range(1, 4), range(1, 7), range(1, 3), range(1, 4), range(3)
MOST_SETS = 16  # of which the smallest is taken
MANY = 3  # extents; of more than so many, few values each: a tensor of five axes has 3^5 entries at most


def _draw(operation: Operation, draw: Random, uneven: bool) -> dict[Symbol, int]:
    """A number for each symbol. Uneven hides no error: no extent is 1, no two numbers of one option or kind agree,
    so rows and columns, both ends of a padding, and stride and dilation can all be told apart."""
    sizes: dict[Symbol, int] = {}
    for alike, choices in _alike(operation):
        if uneven and choices in (KERNEL, PLACE, COUNT, FEW) and not _option(operation, alike[0]):
            choices = choices[1:]
        chosen = draw.sample(choices, len(alike)) if uneven and len(alike) <= len(choices) else None
        sizes |= dict(zip(alike, chosen or [draw.choice(choices) for _ in alike], strict=True))
    options = dict(operation.options)
    steps = zip(options["stride"], options["dilation"], strict=True) if "dilation" in options else ()
    if uneven and any(sizes[s] == sizes[d] for s, d in steps):
        return _draw(operation, draw, uneven)
    return sizes


def _option(operation: Operation, s: Symbol) -> bool:
    """Whether a symbol is a step or a padding, which may well be 1."""
    return any(s in symbols for key, symbols in operation.options if key not in ("kernel", "groups"))


@cache
def _alike(operation: Operation) -> list[tuple[tuple[Symbol, ...], range]]:
    """The symbols in groups that ought to differ, with what they may be: one option's numbers, a padding's two ends,
    the kernel's extents, the input's, and all others (images, channels, classes)."""
    options = dict(operation.options)
    paddings = options.get("padding", ())
    groups = [(paddings[k : k + 2], PADDING) for k in range(0, len(paddings), 2)]
    groups += [(options[key], STEPS) for key in ("stride", "dilation") if key in options]
    groups += [(options[key], PADDING) for key in ("output_padding", "overhang") if key in options]
    rest = [s for s in operation.sizes if not any(s in g for g, _ in groups)]
    slopes = {s: {e.diff(s) for e in _reach(operation)} for s in rest}
    dilations = options.get("dilation", ())
    kernel = tuple(s for s in rest if any(d.is_negative or d in dilations for d in slopes[s]))
    strided = tuple(s for s in rest if s not in kernel and any(d in options.get("stride", ()) for d in slopes[s]))
    place = tuple(s for s in rest if s not in (*kernel, *strided) and any(d.is_positive for d in slopes[s]))
    others = tuple(s for s in rest if s not in (*kernel, *strided, *place))
    groups += [
        (kernel, KERNEL),
        (strided, KERNEL),
        (place, PLACE),
        (others, COUNT if kernel else PLACE if len(others) <= MANY else FEW),
    ]
    return [(g, choices) for g, choices in groups if g]


def _reach(operation: Operation) -> list[Expr]:
    """What each window's number of positions, or each output's extent, grows and shrinks with."""
    steps = set(dict(operation.options).get("stride", ()))
    numerators = [q.args[0] for _, e in operation.derived for q in e.atoms(Quot)]
    return [expand(e) for e in numerators or [e for _, e in operation.derived if steps & e.free_symbols]]


@cache
def smallest(operation: Operation) -> dict[Symbol, int]:
    """Of the first uneven sets of sizes the one with the fewest entries: symbols are dear."""

    def entries(sizes: Mapping[Symbol, int]) -> int:
        here = World(sizes, {})
        return sum(prod(here.size(n) for n in shape) for _, shape in operation.shapes)

    return min(islice(size_sets(operation), 0, 2 * MOST_SETS, 2), key=entries)


def with_derived(operation: Operation, sizes: Mapping[Symbol, int]) -> dict[Symbol, int] | None:
    """The sizes with the derived extents; None where one of them is not positive or a window holds padding only."""
    full = dict(sizes)
    for s, e in operation.derived:
        full[s] = World(full, {}).size(e)
        if full[s] < 1:
            return None
    return full if _windows_filled(operation, full) else None


@cache
def _windows(operation: Operation) -> tuple[tuple[Expr, tuple[Range, ...]], ...]:
    """Whose values say how many entries a maximum chooses from, and how many a mean counts, with the indices that they
    are known for."""
    value = operation.equation.value
    found = [Sum(m.guard, *m.ranges) for m in value.atoms(MaxOver, Winner)]
    found += [p.base for p in value.atoms(Pow) if isinstance(p.base, Sum) and not p.base.atoms(Entry)]
    ranges = dict(operation.equation.ranges) | {i: n for s in value.atoms(Sum) for i, n in s.ranges}
    return tuple((w, tuple((i, n) for i, n in ranges.items() if i in w.free_symbols)) for w in found)


def _windows_filled(operation: Operation, sizes: dict[Symbol, int]) -> bool:
    """Whether every maximum has an entry to choose from, and every mean one to count."""
    here = World(sizes, {}, kind=TOGETHER)
    return all(here.table(window, ranges).entries.positive.all() for window, ranges in _windows(operation))


def numbers(
    operation: Operation,
    sizes: dict[Symbol, int],
    draw: Random,
    named: Mapping[str, Operation],
    kind: Kind = FRACTIONS,
) -> World:
    """Random whole operands; the output by its equation; dL/d(output) random, L = sum of dL/d(output) output."""

    def entry(_: Index) -> int:
        return draw.randint(-8, 8)  # whole: the sums are exact either way, and ten times as fast as with fractions

    return _world(operation, sizes, entry, named, kind)


def symbols(operation: Operation, sizes: dict[Symbol, int], named: Mapping[str, Operation]) -> World:
    """One symbol for each entry of each operand and of dL/d(output)."""
    world = World(sizes, {})
    given = tuple((gradient(t), operation.shape(t)) for t in operation.outputs)
    names = [
        f"{t}{list(at)}"
        for t, shape in (*operation.shapes, *given)
        for at in product(*(range(world.size(n)) for n in shape))
    ]
    generators = iter(letters(names))
    return _world(operation, sizes, lambda _: next(generators), named, FRACTIONS)


def _world(
    operation: Operation,
    sizes: dict[Symbol, int],
    entry: Callable[[Index], AnyNumber],
    named: Mapping[str, Operation],
    kind: Kind,
) -> World:
    measure = World(sizes, {})

    def tensor(shape: tuple[Expr, ...]) -> Array:
        return Array.build([measure.size(n) for n in shape], entry)

    tensors = {t: tensor(operation.shape(t)) for t in operation.operands}
    for t in sorted(operation.positives):
        tensors[t] = tensors[t].map(lambda x: 1 + x * x)
    for t in sorted(operation.distributions):
        tensors[t] = _distribution(tensors[t])
    equations: tuple[Equation, ...] = operation.equations
    if LOSS not in operation.outputs:
        tensors |= {gradient(t): tensor(operation.shape(t)) for t in operation.outputs}
        equations += (surrogate(operation),)
    world = World(sizes, tensors, tuple(n.equation for n in named.values()) + equations, kind)
    for other in named.values():
        world.define(other.equation, other.shape(other.output))
    for equation in equations:
        world.define(equation, dict(operation.shapes).get(equation.entry.tensor, ()))
    return world


def _distribution(values: Array) -> Array:
    """The last entry of each row is what the others leave of 1."""
    *_lead, last = values.shape
    rows = [values.entries[k : k + last] for k in range(0, len(values.entries), last)]
    return Array(values.shape, tuple(x for row in rows for x in (*row[:-1], 1 + -sum(row[:-1]))))


def surrogate(operation: Operation) -> Equation:
    """A loss of which dL/dY is the given gradient: L = sum over I of dL/dY[I] Y[I], of all outputs."""
    total: Expr = Integer(0)
    for tensor in operation.outputs:
        shape = operation.shape(tensor)
        at = tuple(index(f"l{k}") for k in range(len(shape)))
        total += Sum(Entry(gradient(tensor), *at) * Entry(tensor, *at), *zip(at, shape, strict=True))
    return Equation(Entry(LOSS), total, ())


# ------------------------------------------------------------------------------------------------ one network
def network_world(
    given: Mapping[str, Array], equations: tuple[Equation, ...], gradients: Iterable[str], kind: Kind
) -> World:
    """A network's own numbers: every tensor by its equation, every dL/d(tensor) by dual numbers through all of them."""
    world = World({}, {t: a.map(_fraction) for t, a in given.items()}, equations, kind)
    for equation in equations:
        last = {i: n - 1 for i, n in equation.ranges}
        world.define(equation, tuple(rebuild(e, last) + 1 for e in equation.entry.at))
    for tensor in gradients:
        world.keep(gradient(tensor), world.slope(LOSS, tensor))
    return world


def _fraction(x: Expr) -> Fraction | int:
    """An integer where it is one: its products are ten times as fast."""
    return Fraction(int(x.p), int(x.q)) if x.q != 1 else int(x.p)
