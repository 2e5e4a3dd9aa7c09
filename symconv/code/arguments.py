"""The checks of a function's arguments, from the facts its operation declares; no check is written for one operation.

Shapes give the number of axes, and extents that two tensors share; `derived` gives products (C = groups*Cg), divisors
(O/groups) and extents that must not vanish (Ho >= 1); a symbol's sign gives the least value of an option. "same" is
solved for: Ho = H at stride 1 leaves the sum of both paddings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Symbol

from symconv.derivation.equations import Operation
from symconv.derivation.index import Quot, rebuild
from symconv.errors import NotSupported
from symconv.notation import Reader, plural


@dataclass(frozen=True)
class Option:
    """A public option: its symbols, its least value, and whether it comes as one number, one or many, or both sides."""

    name: str
    symbols: tuple[Symbol, ...]

    @property
    def least(self) -> int:
        return 1 if self.symbols[0].is_positive else 0

    @property
    def two_sided(self) -> bool:
        return self.least == 0

    @property
    def lone(self) -> bool:
        """A single number that goes by its public name, as groups does."""
        return len(self.symbols) == 1 and self.symbols[0].name == self.name


@dataclass(frozen=True)
class Operand:
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


def options(op: Operation) -> tuple[Option, ...]:
    return tuple(Option(name, symbols) for name, symbols in op.options)


def operands(op: Operation, weight: str) -> tuple[Operand, ...]:
    """The tensor arguments in order; a bias may be left out, for it only adds."""
    public = {tensor: weight if role == "weight" else role for role, tensor in op.roles}
    return tuple(
        Operand(public[t], t, op.shape(t), public[t] == "bias", _batch(op, t)) for t in op.operands if t in public
    )


def _batch(op: Operation, tensor: str) -> Symbol | None:
    """The index that leads this operand and the output and is in no other tensor."""
    lead = op.equation.entry.at[0]
    targets = [t.entry for t in op.targets]
    mine = next(e for e in targets if e.tensor == tensor)
    alone = mine.at[0] == lead and not any(e.has(lead) for e in targets if e != mine)
    return lead if alone and lead.is_Symbol else None


def same(op: Operation) -> tuple[Same, ...]:
    """For each direction, the padding that keeps the extent at step 1."""
    found = []
    for before, after in op.paddings:
        value = next(e for _, e in op.derived if e.has(before, after))
        steps = sorted({q.args[1] for q in value.atoms(Quot)}, key=str)
        plain = [s for s in value.atoms(Symbol) if any(s in op.shape(t) for t in op.operands) and _sign(value, s) > 0]
        if len(steps) != 1 or len(plain) != 1:
            raise NotSupported(f'padding="same" has no one meaning where {before} and {after} stand in {value}')
        bare = rebuild(value, {before: Integer(0), after: Integer(0), steps[0]: Integer(1)})
        found.append(Same(plain[0], plain[0] - bare, steps[0]))
    return tuple(found)


def _sign(e: Expr, s: Symbol) -> int:
    """1 where s is an addend of the quotient's numerator, else 0."""
    return max((int(s in Add.make_args(q.args[0])) for q in e.atoms(Quot)), default=0)


# ------------------------------------------------------------------------------------------------ as text
def checks(op: Operation, weight: str, read: Reader) -> tuple[str, ...]:
    """The body of the function that refuses bad arguments and returns the options, as lines of code."""
    known = operands(op, weight)
    lines = [_unpacked(o, known[0]) for o in known if not o.optional]
    lines += _numbers(op, read)
    lines += [_required(holds, text) for holds, text in _facts(op, known, read)]
    for o in (o for o in known if o.optional):
        shape = ", ".join(map(read, o.shape)) + ("," if len(o.shape) == 1 else "")
        message = f"{o.argument} has shape {{tuple({o.argument}.shape)}}; ({_braced(o, read)}) would fit"
        lines += [f"if {o.argument} is not None:", f"    {_extents(o, known[0])}"]
        lines += ["    " + _required(f"{o.argument}.shape == ({shape})", message)]
    return (*lines, f"return {returned(op)}")


def returned(op: Operation) -> str:
    """`(sh, sw), (pt, pb, pl, pr), (dh, dw)`: the options but those that keep their public name."""
    groups = (", ".join(map(str, o.symbols)) + "," * (len(o.symbols) == 1) for o in options(op) if not o.lone)
    return ", ".join(f"({names})" for names in groups)


def unpacked(symbols: Iterable[Expr]) -> str:
    """`kh, kw` or `(kw,)`, for the left of an assignment."""
    names = ", ".join(map(str, symbols))
    return names if "," in names else f"({names},)"


def _braced(o: Operand, read: Reader) -> str:
    return ", ".join(f"{{{read(n)}}}" if n.free_symbols else read(n) for n in o.shape) + "," * (len(o.shape) == 1)


def _extents(o: Operand, like: Operand) -> str:
    names = " ".join(str(n) for n in o.axes)
    batch = f', batch="{o.shape[0]}"' if o.batch else ""
    return f'_extents("{o.argument}", {o.argument}, "{names}", like={like.argument}{batch})'


def _unpacked(o: Operand, like: Operand) -> str:
    return f"{unpacked(o.axes)} = {_extents(o, like)}"


def _numbers(op: Operation, read: Reader) -> list[str]:
    """Each option as so many numbers; a padding last, for its words need the others."""
    lines = []
    for o in sorted(options(op), key=lambda o: o.two_sided):
        names = unpacked(o.symbols)
        if o.two_sided:
            each = same(op)
            totals, steps = (", ".join(texts) + ("," if len(each) == 1 else "") for texts in (
                [read(s.total) for s in each], [read(s.step) for s in each]))  # fmt: skip
            lines.append(f"{names} = _sides({o.name}, same=({totals}), steps=({steps}))")
        else:
            count = len(o.symbols)
            lines.append(
                f'{o.name} = _number(f"{o.name} is {{{o.name}!r}}", {o.name}, least={o.least})'
                if o.lone
                else f'{names} = _numbers("{o.name}", {o.name}, {count}, least={o.least})'
            )
    return lines


def _facts(op: Operation, known: Iterable[Operand], read: Reader) -> list[tuple[str, str]]:
    """(what must hold, the message where it does not); {C = } prints the name with its value."""
    holder = {str(n): o.argument for o in reversed(list(known)) for n in o.shape}
    solved = {e.args[0]: (s, e.args[1]) for s, e in op.solved if isinstance(e, Quot)}
    facts = []
    for s, e in op.derived:
        if s in solved and e == solved[s][0] * solved[s][1]:
            n, by = read(s), read(solved[s][1])
            facts.append((f"{n} % {by} == 0", f"{holder[n]} has {{{n} = }}; a multiple of {{{by} = }} would fit"))
        elif str(s) in holder:
            n, by = read(s), read(_known(e, op))
            facts.append((f"{n} == {by}", f"{holder[n]} has {{{n} = }}; {{{by} = }} would fit"))
        else:
            facts.append(_present(op, e, holder, read))
    return facts


def _known(e: Expr, op: Operation) -> Expr:
    return rebuild(e, dict(op.solved)) if not e.free_symbols <= _read(op) else e


def _read(op: Operation) -> set[Symbol]:
    return {n for t in op.operands for n in op.shape(t)} | {s for _, symbols in op.options for s in symbols}


def _present(op: Operation, e: Expr, holder: Mapping[str, str], read: Reader) -> tuple[str, str]:
    """An extent (x - y)/step + 1 is at least 1 where y <= x."""
    quotient = next(iter(e.atoms(Quot)), None)
    if quotient is None or e != quotient + 1:
        raise NotSupported(f"no check is known for the extent {e}")
    parts = Add.make_args(quotient.args[0])
    have = Add(*(x for x in parts if x.as_coeff_Mul()[0] > 0))
    need = Add(*(-x for x in parts if x.as_coeff_Mul()[0] < 0))
    by = next(holder[n] for n in sorted(map(str, need.free_symbols)) if n in holder)
    places = next(plural(i) for t in op.targets for i, n in t.ranges if have.has(n))
    message = f"{by} needs {{{read(need)} = }} {places} of at most {{{read(have)} = }}"
    return f"{read(need)} <= {read(have)}", message


def _required(holds: str, message: str) -> str:
    return f'_require({holds}, f"{message}")'
