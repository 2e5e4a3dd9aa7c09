"""The checks of a function's arguments, from the facts its operation declares; no check is written for one operation.

Shapes give the number of axes, and extents that two tensors share; `derived` gives products (C = groups*Cg), divisors
(O/groups) and extents that must not vanish (Ho >= 1); `limits` give upper bounds, a symbol's sign the least value of an
option. "same" is solved for: Ho = H at stride 1 leaves the sum of both paddings.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Symbol

from symconv.code.recipe import exact
from symconv.derivation.equations import Operation
from symconv.derivation.index import Quot, rebuild
from symconv.derivation.ranges import nonnegative
from symconv.errors import NotSupported
from symconv.text.notation import Reader, plural

OPPOSITE = {"==": "!=", "<=": ">", ">=": "<", "<": ">="}


@dataclass(frozen=True)
class Option:
    """A public option: its symbols, its least value, and whether it comes as one number, one or many, or both sides."""

    name: str
    symbols: tuple[Symbol, ...]
    two_sided: bool

    @property
    def least(self) -> int:
        return 1 if self.symbols[0].is_positive else 0

    @property
    def lone(self) -> bool:
        """A single number that goes by its public name, as groups does."""
        return len(self.symbols) == 1 and self.symbols[0].name == self.name

    @property
    def count(self) -> int:
        """How many numbers a caller may give."""
        return len(self.symbols) // (2 if self.two_sided else 1)


@dataclass(frozen=True)
class TensorArgument:
    """A tensor argument: the name it has outside and in the equation, and whether it may be None."""

    argument: str
    tensor: str
    shape: tuple[Expr, ...]
    optional: bool = False
    batch: Symbol | None = None  # the index of an axis that may be missing, or have extent 0

    @property
    def axes(self) -> tuple[Expr, ...]:
        """The axes that must be there."""
        return self.shape[1:] if self.batch else self.shape


@dataclass(frozen=True)
class Same:
    """What padding="same" asks of one direction: `total` zeros in all, at a step of 1."""

    plain: Symbol
    total: Expr
    step: Symbol

    @property
    def sides(self) -> tuple[Expr, Expr]:
        """The zeros before and after: of an odd number one more after."""
        return Quot(self.total, 2), self.total - Quot(self.total, 2)


@dataclass(frozen=True)
class Fact:
    """`left sign right` must hold; the message is text and expressions, which are printed with their values."""

    left: Expr
    sign: str
    right: Expr
    message: tuple[str | Expr, ...]

    def known(self, numbers: Mapping[Symbol, Expr | int]) -> "Fact":
        """The same with numbers put in."""
        parts = tuple(p if isinstance(p, str) else rebuild(p, numbers) for p in self.message)
        return Fact(rebuild(self.left, numbers), self.sign, rebuild(self.right, numbers), parts)

    @property
    def trivial(self) -> bool:
        """Whether it holds for all extents of at least 1."""
        if self.sign == "divides":
            return bool(self.right == 1 or self.left == self.right)
        if self.sign in ("==", ">="):
            return bool(self.left == self.right)
        return nonnegative(self.right - self.left - int(self.sign == "<"))


def options(op: Operation) -> tuple[Option, ...]:
    sides = {s for pair in op.paddings for s in pair}
    return tuple(Option(name, symbols, set(symbols) <= sides) for name, symbols in op.options)


def operands(op: Operation, weight: str) -> tuple[TensorArgument, ...]:
    """The tensor arguments in order; a bias may be left out, for it only adds."""
    public = {tensor: weight if role == "weight" else role for role, tensor in op.roles}
    return tuple(
        TensorArgument(public[t], t, op.shape(t), public[t] == "bias", batch(op, t)) for t in op.operands if t in public
    )


def batch(op: Operation, tensor: str) -> Symbol | None:
    """The index that leads this operand and the output and is in no other tensor."""
    lead = op.equation.entry.at[0]
    targets = [t.entry for t in op.targets]
    mine = next(e for e in targets if e.tensor == tensor)
    alone = mine.at[0] == lead and not any(e.has(lead) for e in targets if e != mine)
    return lead if alone and lead.is_Symbol else None


def same(op: Operation) -> tuple[Same, ...]:
    """For each direction, the padding that keeps the extent at step 1; none for an operation that reads no windows."""
    found = []
    for before, after in op.paddings:
        value = next(e for _, e in op.derived if e.has(before, after))
        steps = sorted({q.args[1] for q in value.atoms(Quot)}, key=str)
        if not steps:
            return ()
        plain = [s for s in value.atoms(Symbol) if any(s in op.shape(t) for t in op.operands) and _sign(value, s) > 0]
        if len(steps) != 1 or len(plain) != 1:
            raise NotSupported(f'padding="same" has no one meaning where {before} and {after} stand in {value}')
        bare = rebuild(value, {before: Integer(0), after: Integer(0), steps[0]: Integer(1)})
        found.append(Same(plain[0], plain[0] - bare, steps[0]))
    return tuple(found)


def _sign(e: Expr, s: Symbol) -> int:
    """1 where s is an addend of the quotient's numerator, else 0."""
    return max((int(s in Add.make_args(q.args[0])) for q in e.atoms(Quot)), default=0)


# ------------------------------------------------------------------------------------------------ facts
def facts(op: Operation, weight: str) -> tuple[Fact, ...]:
    """What must hold between shapes and options, with the message where it does not."""
    holder = {str(n): o.argument for o in reversed(operands(op, weight)) if not o.optional for n in o.shape}
    solved = {e.args[0]: (s, e.args[1]) for s, e in op.solved if isinstance(e, Quot)}
    found = []
    for s, e in op.derived:
        if s in solved and e == solved[s][0] * solved[s][1]:
            by = solved[s][1]
            found.append(Fact(s, "divides", by, (f"{holder[str(s)]} has ", s, "; a multiple of ", by, " would fit")))
        elif str(s) in holder:
            by = rebuild(e, dict(op.solved)) if not e.free_symbols <= _read(op) else e
            found.append(Fact(s, "==", by, (f"{holder[str(s)]} has ", s, "; ", by, " would fit")))
        else:
            found += _present(op, s, e, holder)
    for s, e in op.limits:
        name = next(name for name, symbols in op.options if s in symbols)
        found.append(Fact(s, "<", e, (f"{name} has ", s, "; less than ", e, " would fit")))
    return tuple(found)


def _read(op: Operation) -> set[Symbol]:
    return {n for t in op.operands for n in op.shape(t)} | {s for _, symbols in op.options for s in symbols}


def _present(op: Operation, s: Symbol, e: Expr, holder: Mapping[str, str]) -> list[Fact]:
    """An extent (x - y)/step + 1 is at least 1 where y <= x; any other that options can make vanish is looked at."""
    places = plural(next((i for i, n in op.equation.ranges if n == s), ""))
    quotient = next(iter(e.atoms(Quot)), None)
    if quotient is not None and e == quotient + 1:
        parts = Add.make_args(quotient.args[0])
        have = Add(*(x for x in parts if x.as_coeff_Mul()[0] > 0))
        need = Add(*(-x for x in parts if x.as_coeff_Mul()[0] < 0))
        by = next(holder[n] for n in sorted(map(str, need.free_symbols)) if n in holder)
        places = next(plural(i).split()[-1] for t in op.targets for i, n in t.ranges if have.has(n))
        return [Fact(need, "<=", have, (f"{by}: ", need, f" {places}; at most ", have, " would fit"))]
    if not any(x.as_coeff_Mul()[0] < 0 for x in Add.make_args(e)):
        return []
    return [Fact(s, ">=", Integer(1), ("there would be ", s, f" {places}; at least 1 would fit"))]


# ------------------------------------------------------------------------------------------------ as text
def checks(
    general: Operation, numbers: Mapping[Symbol, Expr | int], op: Operation, weight: str, read: Reader
) -> tuple[str, ...]:
    """The body of the function that refuses bad arguments and returns the options, as lines of code. `op` is the
    operation with the numbers put in, `general` without."""
    known = operands(op, weight)
    seen: set[Expr] = set()
    lines = [_unpacked(o, known[0], seen) for o in known if not o.optional]
    lines += _numbers(op, read)
    held = [f.known(exact(numbers)) for f in facts(general, weight)]
    named = {f.left for f in held if f.sign == ">="} | {s for o in known if o.optional for s in o.shape}
    lines += [f"{s} = {read(e)}" for s, e in op.derived if s in named - seen]
    lines += [line for f in held if not f.trivial for line in _refused(f, read)]
    for o in (o for o in known if o.optional):
        lines += [f"if {o.argument} is not None:", f"    {_extents(o, known[0], set(o.shape))}"]
    text = returned(op)
    return (*lines, *([f"return {text}"] if text else []))


def returned(op: Operation) -> str:
    """`(sh, sw), (pt, pb, pl, pr), (dh, dw)`: the options but those that keep their public name."""
    groups = (", ".join(map(str, o.symbols)) + "," * (len(o.symbols) == 1) for o in options(op) if not o.lone)
    text = ", ".join(f"({names})" for names in groups)
    return text + "," * (text.count("(") == 1)


def unpacked(symbols: Iterable[Expr], known: Iterable[Expr] = ()) -> str:
    """`kh, kw` or `(kw,)`, for the left of an assignment; what is known already is passed over."""
    passed = set(known)
    names = ["_" if not n.is_Symbol or n in passed else str(n) for n in symbols]
    return ", ".join(names) if len(names) > 1 else f"({names[0]},)"


def _extents(o: TensorArgument, like: TensorArgument, known: set[Expr]) -> str:
    axes = ", ".join(str(n) if n in known or n.is_Integer else f'"{n}"' for n in o.axes)
    lead = f', batch="{o.shape[0]}"' if o.batch else ""
    return f'_extents("{o.argument}", {o.argument}, ({axes}{"," * (len(o.axes) == 1)}), like={like.argument}{lead})'


def _unpacked(o: TensorArgument, like: TensorArgument, seen: set[Expr]) -> str:
    call, new = _extents(o, like, seen), [n for n in o.axes if n.is_Symbol and n not in seen]
    text = f"{unpacked(o.axes, seen)} = {call}" if new else call
    seen.update(new)
    return text


def _numbers(op: Operation, read: Reader) -> list[str]:
    """Each option as so many numbers; a padding last, for its words need the others."""
    return [WRITERS[_kind(op, o)](op, o, read) for o in sorted(options(op), key=lambda o: o.two_sided)]


def _kind(op: Operation, o: Option) -> str:
    return "sides" if o.two_sided and same(op) else "both" if o.two_sided else "one" if o.lone else "each"


def _write_sides(op: Operation, o: Option, read: Reader) -> str:
    each = same(op)
    sides = ", ".join(read(n) for s in each for n in s.sides)
    steps = ", ".join(read(s.step) for s in each) + "," * (len(each) == 1)
    return f"{unpacked(o.symbols)} = _sides({o.name}, same=({sides}), steps=({steps}))"


def _write_both(op: Operation, o: Option, read: Reader) -> str:
    return f'{unpacked(o.symbols)} = _both(_numbers("{o.name}", {o.name}, {o.count}, least={o.least}))'


def _write_one(op: Operation, o: Option, read: Reader) -> str:
    return f'{o.name} = _number("{o.name}", {o.name}, least={o.least}, value={o.name})'


def _write_each(op: Operation, o: Option, read: Reader) -> str:
    return f'{unpacked(o.symbols)} = _numbers("{o.name}", {o.name}, {o.count}, least={o.least})'


WRITERS: dict[str, Callable[[Operation, Option, Reader], str]] = {
    "sides": _write_sides, "both": _write_both, "one": _write_one, "each": _write_each,
}  # fmt: skip


def _refused(f: Fact, read: Reader) -> tuple[str, str]:
    """{C = } prints the name with its value."""
    parts = [p if isinstance(p, str) else f"{{{read(p)} = }}" if p.free_symbols else read(p) for p in f.message]
    left, right = read(f.left), read(f.right)
    wrong = f"{left} % {right} != 0" if f.sign == "divides" else f"{left} {OPPOSITE[f.sign]} {right}"
    return f"if {wrong}:", f'    raise ValueError(f"{"".join(parts)}")'
