"""The docstring of an emitted function: equations, shapes, options and errors, from what the operation declares."""

from textwrap import wrap

from sympy import Expr

from symconv.code.arguments import Operand, Option, operands, options, same
from symconv.code.listing import WIDTH
from symconv.code.program import Program
from symconv.code.schedule import Term
from symconv.derivation.equations import Operation
from symconv.notation import Formula, Reader

INDENT = "    "


def documentation(op: Operation, program: Program, weight: str) -> tuple[str, ...]:
    """The indented lines below the title."""
    read, say = Reader(program.order), Formula(program.order)
    known = operands(op, weight)
    padded = [t.target.tensor for t in program.placing]
    lines = [INDENT * 2 + text for text in equations(program, say)]
    lines += ["", *wrap(_common(known), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)]
    lines += ["", INDENT + "Args:"]
    for o in known:
        lines += _item(o.argument, _operand(o, op, read))
    for option in options(op):
        lines += _item(option.name, _option(option, op, known[0].tensor))
    lines += ["", INDENT + "Returns:"]
    lines += _result(op, known, read)
    lines += ["", INDENT + "Raises:"]
    lines += _item("TypeError", "an operand is no tensor or of another dtype or device, an option is no integer.")
    lines += _item("ValueError", _refused(known, bool(padded)))
    return tuple(lines)


def _common(known: tuple[Operand, ...]) -> str:
    empty = "".join(f" {o.shape[0]} may be 0." for o in known if o.batch)
    return f"All tensors have one dtype, of floats, complex numbers or integers, and none is modified.{empty}"


def equations(program: Program, say: Formula) -> tuple[str, ...]:
    """`Y[i, j] = Σ_{a, b} K[a, b]·Xp[i·sh + a·dh, j·sw + b·dw] + bias[0]`, and what its names stand for."""
    lines = []
    for term in program.placing:
        lines.append(f"{_equation([_flat(term, program)], program, say)}, and 0 around it")
    lines += _broken(_equation([_flat(t, program) for t in program.terms], program, say, _sums(program)))
    used = {i for t in program.terms for e in _flat(t, program).entries for i in e.free_symbols}
    flat = [f"{p.flat} = {say(p.number)}" for p in program.pairs if p.flat in used]
    return (*lines, *(["where " + ", ".join(flat)] if flat else []))


def _broken(text: str) -> list[str]:
    """A long equation in two lines, broken before its last addend."""
    if len(INDENT * 2 + text) <= WIDTH:
        return [text]
    first, _, last = text.rpartition(" + ")
    return [first, " " * text.index("=") + f"+ {last}"]


def _flat(term: Term, program: Program) -> Term:
    for pair in program.pairs:
        term = term.replaced(pair.number, pair.flat)
    return term


def _sums(program: Program) -> list[tuple[Expr, ...]]:
    """For each term, the indices that its target does not have."""
    flat = {p.flat for p in program.pairs}
    free = [i for i in program.extents if i not in flat]
    return [tuple(i for i in free if t.has(i) and not t.target.has(i)) for t in program.terms]


def _equation(terms: list[Term], program: Program, say: Formula, sums: list[tuple[Expr, ...]] | None = None) -> str:
    """The longest products first, so that a bias comes last; in a product the weights first."""
    rank = list(program.shapes)
    pairs = sorted(zip(terms, sums or [()] * len(terms), strict=True), key=lambda pair: -len(pair[0].factors))
    products = [
        say.product(sorted(t.factors, key=lambda e: -rank.index(e.tensor)), [(i, program.extents[i]) for i in over])
        for t, over in pairs
    ]
    return f"{say(terms[0].target)} = {' + '.join(products)}"


# ------------------------------------------------------------------------------------------------ items
def _item(name: str, text: str) -> list[str]:
    kept = f"{name}: {text}".replace(" = ", "\0=\0")  # an equation stays on one line
    lines = wrap(kept, WIDTH, initial_indent=INDENT * 2, subsequent_indent=INDENT * 3)
    return [line.replace("\0", " ") for line in lines]


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
    numbers = "an integer" if count == 1 else f"an integer or {('a pair', 'a triple')[count - 2]}"
    names = "" if option.lone else f" ({', '.join(map(str, option.symbols))})"
    if not option.two_sided:
        return f"{numbers}{names}, at least {option.least}."
    plain = " and ".join(f"{s} = {x.plain}" for s, x in zip(_outputs(op), same(op), strict=True))
    return (
        f"zeros around {tensor}{names}: {numbers}, at least {option.least}, for both sides alike; "
        f'"valid" for none; "same" for as many as make {plain} at stride 1, of an odd number one more at the end.'
    )


def _outputs(op: Operation) -> list[str]:
    read = {n for t in op.operands for n in op.shape(t)}
    return [str(s) for s, _ in op.derived if s not in read]


def _result(op: Operation, known: tuple[Operand, ...], read: Reader) -> list[str]:
    shape = op.shape(op.output)
    lone = f" or {_shape(shape[1:], read)}" if known[0].batch else ""
    outside = {n for t in op.operands for n in op.shape(t)}
    sizes = [f"{read(s)} = {read(e)}" for s, e in op.derived if s not in outside]
    first = f"{op.output}, of shape {_shape(shape, read)}{lone}" + (", where" if sizes else ".")
    return [INDENT * 2 + first, *(INDENT * 3 + text for text in sizes)]


def _refused(known: tuple[Operand, ...], padded: bool) -> str:
    batch = "".join(f" other than {o.shape[0]}" for o in known if o.batch)
    return f"a shape or an option does not fit, or an extent{batch} is 0; the message says what would fit."
