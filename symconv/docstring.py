"""The docstring of an emitted function: its equations, shapes, options and errors, all from what the operation declares."""

from textwrap import wrap

from sympy import Expr

from symconv.arguments import Operand, Option, operands, options, same
from symconv.equations import Operation
from symconv.listing import WIDTH
from symconv.notation import Formula, Reader
from symconv.program import Program
from symconv.schedule import Term

INDENT = "    "


def documentation(op: Operation, program: Program, weight: str) -> tuple[str, ...]:
    """The indented lines below the title."""
    read, say = Reader(program.order), Formula(program.order)
    known = operands(op, weight)
    padded = [t.target.tensor for t in program.placing]
    lines = [INDENT * 2 + text for text in equations(program, say)]
    lines += ["", INDENT + "Args:"]
    for o in known:
        lines += _item(o.argument, _operand(o, op, read))
    for option in options(op):
        lines += _item(option.name, _option(option, op, known[0].tensor))
    lines += ["", INDENT + "Returns:"]
    lines += _paragraph(_result(op, known, read))
    lines += ["", INDENT + "Raises:"]
    lines += _item("TypeError", "an operand is no tensor or of another dtype or device, an option is no integer.")
    lines += _item("ValueError", _refused(known, bool(padded)))
    return tuple(lines)


def equations(program: Program, say: Formula) -> tuple[str, ...]:
    """`Y[i, j] = Σ_{a, b} K[a, b]·Xp[i·sh + a·dh, j·sw + b·dw] + bias[0]`, and what its names stand for."""
    lines = []
    for term in program.placing:
        lines.append(f"{_equation([_flat(term, program)], program, say)}, and 0 around it")
    lines.append(_equation([_flat(t, program) for t in program.terms], program, say, _sums(program)))
    used = {i for t in program.terms for e in _flat(t, program).entries for i in e.free_symbols}
    flat = [f"{p.flat} = {say(p.number)}" for p in program.pairs if p.flat in used]
    return (*lines, *(["where " + ", ".join(flat)] if flat else []))


def _flat(term: Term, program: Program) -> Term:
    for pair in program.pairs:
        term = term.replaced(pair.number, pair.flat)
    return term


def _sums(program: Program) -> list[tuple[Expr, ...]]:
    """For each term, the indices that its target does not have."""
    flat = {p.flat for p in program.pairs}
    return [tuple(i for i in program.extents if t.has(i) and not t.target.has(i) and i not in flat) for t in program.terms]


def _equation(terms: list[Term], program: Program, say: Formula, sums: list[tuple[Expr, ...]] | None = None) -> str:
    """The longest products first, so that a bias comes last."""
    pairs = sorted(zip(terms, sums or [()] * len(terms), strict=True), key=lambda pair: -len(pair[0].factors))
    rank = {"weight": 0}
    products = [
        say.product(sorted(t.factors, key=lambda e: rank.get(e.tensor, len(e.tensor))), [(i, i) for i in over])
        for t, over in pairs
    ]
    return f"{say(terms[0].target)} = {' + '.join(products)}"


# ------------------------------------------------------------------------------------------------ items
def _item(name: str, text: str) -> list[str]:
    return wrap(f"{name}: {text}", WIDTH, initial_indent=INDENT * 2, subsequent_indent=INDENT * 3)


def _paragraph(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=INDENT * 2, subsequent_indent=INDENT * 2)


def _shape(axes: tuple[Expr, ...], read: Reader) -> str:
    return f"({', '.join(map(read, axes))}{',' if len(axes) == 1 else ''})"


def _operand(o: Operand, op: Operation, read: Reader) -> str:
    letter = "" if o.tensor == o.argument else f"{o.tensor}, "
    lone = f" or {_shape(o.axes, read)}" if o.batch else ""
    none = ", or None for zeros" if o.optional else ""
    facts = [f"{read(s)} = {read(e)}" for s, e in op.derived if s in o.shape and not o.optional]
    given = f", where {' and '.join(facts)}" if facts else ""
    return f"{letter}of shape {_shape(o.shape, read)}{lone}{given}{none}."


def _option(option: Option, op: Operation, tensor: str) -> str:
    count = len(option.symbols) // (2 if option.two_sided else 1)
    numbers = "an integer" if count == 1 else f"an integer, or {count} of them"
    if not option.two_sided:
        names = "" if option.lone else f"{', '.join(map(str, option.symbols))}: "
        return f"{names}{numbers}, at least {option.least}."
    sides = ", ".join(map(str, option.symbols))
    plain = " and ".join(f"{s} = {x.plain}" for s, x in zip(_outputs(op), same(op), strict=True))
    return (
        f"{sides}: the zeros around {tensor}. {numbers.capitalize()}, at least {option.least}, for both sides; "
        f'"valid" for none; "same" for as many as make {plain}, of an odd number one more at the end (stride 1 only).'
    )


def _outputs(op: Operation) -> list[str]:
    read = {n for t in op.operands for n in op.shape(t)}
    return [str(s) for s, _ in op.derived if s not in read]


def _result(op: Operation, known: tuple[Operand, ...], read: Reader) -> str:
    shape = op.shape(op.output)
    lone = f" or {_shape(shape[1:], read)}" if known[0].batch else ""
    outside = {n for t in op.operands for n in op.shape(t)}
    sizes = [f"{read(s)} = {read(e)}" for s, e in op.derived if s not in outside]
    return f"{op.output}, of shape {_shape(shape, read)}{lone} and {known[0].tensor}'s dtype: {', '.join(sizes)}."


def _refused(known: tuple[Operand, ...], padded: bool) -> str:
    batch = "".join(f" but {o.batch}" for o in known if o.batch)
    return f"a shape or an option does not fit, or an extent{batch} is 0; the message says what would fit."
