"""Whether a network's exact numbers can be had: how many products they need, and whether they stay short."""

from collections.abc import Iterable
from math import prod

from symconv.derivation.index import Binder
from symconv.derivation.traits import has_root, is_curved
from symconv.errors import NotSupported
from symconv.evaluation.evaluate import World
from symconv.worked.stages import LOSS, PROBABILITIES, Stage

PRODUCTS = 20_000  # of the forward pass: some seconds of exact arithmetic, forward and backward
IRRATIONAL = 4  # entries: each becomes a new power of e, and the numbers after it polynomials in all of them
CLASSES = 14  # of a softmax: in 16 powers of e common divisors take half a minute to find, in 32 no end is seen
TERMS = 4096  # of a denominator, the product of those of all images or entries


def products_of(stage: Stage) -> int:
    """How many terms the entries of a stage's output are summed up of."""
    world = World(dict(stage.sizes), {})
    equation = stage.operation.equation
    entries = prod(world.size(n) for _, n in equation.ranges)
    inner = [prod(world.size(n) for _, n in b.ranges) for b in equation.value.atoms(Binder)]
    return entries * max(inner, default=1)


def products(stages: tuple[Stage, ...]) -> int:
    """How many products the forward pass needs."""
    return sum(map(products_of, stages))


def why_not(stages: tuple[Stage, ...]) -> str:
    """Why the exact numbers are out of reach; "" where they are not."""
    needed = products(stages)
    if needed > PRODUCTS:
        return f"its forward pass has {needed:,} products, exact arithmetic is for at most {PRODUCTS:,}"
    layers = [s for s in stages if s.output not in (PROBABILITIES, LOSS)]
    rooted = [s.output for s in layers if has_root(s.operation.equation.value)]
    curved = [s for s in layers if is_curved(s.operation.equation.value)]
    entries = sum(map(products_of, curved))
    if rooted:
        return f"the exact numbers of {rooted[0]} have no short form"
    classes = max((_classes(s) for s in stages if s.output == PROBABILITIES), default=1)
    if classes > CLASSES:
        return f"the gradients would be fractions of {classes} different powers of e"
    terms = max((_denominator(s) for s in stages if s.output == PROBABILITIES), default=1)
    if terms > TERMS:
        return f"the gradients would be fractions whose denominator has more than {TERMS:,} powers of e"
    if entries > IRRATIONAL:
        return f"{curved[0].output} and what follows would be polynomials in {entries} different powers of e"
    return ""


def _classes(stage: Stage) -> int:
    """How many powers of e each probability is made of."""
    last = World(dict(stage.sizes), {}).size(stage.operation.shape(stage.output)[-1])
    return last if stage.kind == "softmax" else 2


def _denominator(stage: Stage) -> int:
    """How many powers of e the common denominator of all probabilities has: a sigmoid's own has two terms, that of a
    row's softmax one for each class."""
    world = World(dict(stage.sizes), {})
    *rows, last = (world.size(n) for n in stage.operation.shape(stage.output))
    return int(last ** prod(rows)) if stage.kind == "softmax" else int(2 ** (prod(rows) * last))


def rational(stages: tuple[Stage, ...], given: Iterable[str]) -> tuple[Stage, ...]:
    """The stages whose numbers are rational and can be had, though those of the whole network may not: what is computed
    from `given` without a root, a logarithm or a power of e, within the limit of exact arithmetic."""
    known, found, needed = set(given), [], 0
    for stage in stages:
        needed += products_of(stage)
        plain = not any(is_curved(e.value) or has_root(e.value) for e in stage.operation.equations)
        if plain and needed <= PRODUCTS and known.issuperset(stage.operation.operands):
            known.update(stage.operation.outputs)
            found.append(stage)
    return tuple(found)


def require(name: str, stages: tuple[Stage, ...]) -> None:
    """NotSupported, with the way out, where the exact numbers are out of reach."""
    reason = why_not(stages)
    if reason:
        way = 'study.evaluate("torch") computes them in float64; derivations, code and handout need no exact numbers'
        raise NotSupported(f"the exact numbers of {name} would explode: {reason}\n  {way}")
