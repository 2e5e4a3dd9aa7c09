"""Options folded into the code as constants, for readers who want exactly their case."""

from collections.abc import Mapping
from dataclasses import replace
from operator import index
from typing import Any

from sympy import Symbol

from symconv.code.arguments import Option, options, same
from symconv.code.recipe import Recipe, aliases, exact
from symconv.derivation.equations import Operation
from symconv.derivation.index import rebuild
from symconv.errors import Fault, SpecError, refuse

SHORT = {"kernel": "k", "stride": "s", "padding": "p", "output_padding": "op", "dilation": "d", "groups": "g"}
LARGEST = 2**31  # as in the emitted checks: a multiple of what is larger overflows
OptionValues = Mapping[str, object]


def folded(plain: Recipe, given: OptionValues) -> Recipe:
    """The recipe with these options as constants, and torch's defaults for those not given; the kernel may stay any.
    SpecError for options that do not fit each other or the operation."""
    op = plain.general
    known = {o.name: o for o in options(op)}
    refuse([Fault(name, "is no option of this operation", f"there are: {', '.join(['kernel', *known])}")
            for name in given if name not in known and name != "kernel"])  # fmt: skip
    given = {name: _plain(value) for name, value in given.items()}
    numbers: dict[Symbol, int] = {}
    if "kernel" in given:
        taps = _taps(op)
        numbers |= dict(zip(taps, _each("kernel", given["kernel"], len(taps), 1), strict=True))
    for o in sorted(known.values(), key=lambda o: o.two_sided):
        value = given.get(o.name, o.least)
        numbers |= _sides(op, o, value, numbers) if o.two_sided else dict(
            zip(o.symbols, _each(o.name, value, o.count, o.least), strict=True)
        )  # fmt: skip
    for s, limit in op.limits:
        below = rebuild(limit, exact(numbers))
        if not numbers[s] < below:
            name = next(o.name for o in known.values() if s in o.symbols)
            raise SpecError(f"{name}: {numbers[s]} does not fit\n  give less than {below}")
    numbers |= aliases(op, numbers)
    shown = {name: given[name] for name in SHORT if name in given}
    return replace(plain, name=_name(plain.name, shown), numbers=numbers, says=_says(known, given))


def _taps(op: Operation) -> tuple[Symbol, ...]:
    """The kernel's extents: the last axes of the weight, one for each direction."""
    shape = op.shape(dict(op.roles)["weight"])
    return tuple(n for n in shape[len(shape) - len(op.paddings) :] if n.is_Symbol)


def _each(name: str, value: object, count: int, least: int) -> tuple[int, ...]:
    """One number for each direction."""
    numbers = tuple(value) if isinstance(value, tuple | list) else (value,)
    wrong = [n for n in numbers if type(n) is not int or not least <= n < LARGEST]
    if wrong:
        raise SpecError(f"{name}: {wrong[0]!r} does not fit\n  give whole numbers of at least {least}, less than 2**31")
    if len(numbers) not in (1, count):
        lengths = "1" if count == 1 else f"1 or {count}"
        raise SpecError(f"{name}: {len(numbers)} numbers do not fit\n  give {lengths}")
    return numbers * count if len(numbers) == 1 else numbers


def _plain(value: Any) -> object:
    """Whatever stands for an integer as one, so that no text of a caller's own kind of number is printed into code."""
    if isinstance(value, tuple | list):
        return tuple(map(_plain, value))
    try:
        return value if isinstance(value, bool) else int(index(value))
    except TypeError:
        return value


def _sides(op: Operation, o: Option, value: object, numbers: Mapping[Symbol, int]) -> dict[Symbol, int]:
    """The zeros before and after in each direction, as padding="same" or "valid" or numbers say."""
    pairs = op.paddings
    if value == "same" and same(op):
        if any(numbers[x.step] != 1 for x in same(op)):
            raise SpecError('padding: "same" goes with a stride of 1 only\n  give numbers, or stride 1')
        return {
            side: rebuild(n, exact(numbers))
            for pair, x in zip(pairs, same(op), strict=True)
            for side, n in zip(pair, x.sides, strict=True)
        }
    if isinstance(value, str):
        words = 'whole numbers, "same" or "valid"' if same(op) else "whole numbers"
        if value != "valid" or not same(op):
            raise SpecError(f"padding: {value!r} does not fit\n  give {words}")
        value = 0
    return {s: n for pair, n in zip(pairs, _each(o.name, value, o.count, 0), strict=True) for s in pair}


def _name(name: str, shown: OptionValues) -> str:
    """`conv2d_loop_k3x3_s2_p1`: the options that were given."""
    return "_".join([name, *(SHORT[key] + short(value) for key, value in shown.items())])


def short(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _says(known: Mapping[str, Option], given: OptionValues) -> str:
    values = {"kernel": given.get("kernel"), **{name: given.get(name, o.least) for name, o in known.items()}}
    parts = [f"{name.replace('_', ' ')} {short(value)}" for name, value in values.items() if value is not None]
    return f"For {', '.join(parts)}, and for nothing else."
