"""The docstring of an emitted function: equations, shapes, options and errors, from what the operation declares."""

from collections.abc import Iterable
from textwrap import wrap

from sympy import Expr

from symconv.code.arguments import Option, TensorArgument, operands, options, same
from symconv.code.listing import WIDTH, signs
from symconv.code.program import Program
from symconv.code.recipe import Recipe
from symconv.code.schedule import Term
from symconv.derivation.equations import Operation
from symconv.text.notation import Formula, Reader

INDENT = "    "
ADDS = "`+=`: the tensor starts from zeros, and the product is added for every value of the indices."
HALF = "Half precision (float16, bfloat16) is summed in single and rounded once."


def documentation(recipe: Recipe, program: Program) -> tuple[str, ...]:
    """The indented lines below the title."""
    op = recipe.op
    read, say = Reader(program.order), Formula(program.order)
    known = operands(op, recipe.form.weight)
    formulas = equations(program, say)
    lines = _paragraphs(
        recipe.says,
        formulas,
        *_adds(formulas),
        _common(known),
        f"Autograd takes the gradients from {recipe.gradient}.",
    )
    lines += ["", INDENT + "Args:"]
    for o in known:
        lines += _item(o.argument, _operand(o, op, read))
    for option in options(op):
        lines += _item(option.name, _option(option, op, known[0].tensor))
    lines += ["", INDENT + "Returns:"]
    lines += _result(op, known, read)
    return (*lines, *_raises(recipe, known))


def documentation_backward(recipe: Recipe, program: Program) -> tuple[str, ...]:
    """The same for the function of the gradients."""
    op = recipe.op
    read, say = Reader(program.order), Formula(program.order)
    known = operands(op, recipe.form.weight)
    given = [o for o in known if not o.optional]
    formulas = equations(program, say)
    conjugates = f"{' and '.join(program.conjugated)} stand for their complex conjugates, which is torch's convention."
    lines = _paragraphs(recipe.says, formulas, *_adds(formulas), conjugates, _common(known))
    lines += ["", INDENT + "Args:"]
    out = op.shape(op.output)
    lone = f" or {_shape(out[1:], read)}" if known[0].batch else ""
    lines += _item(
        "grad_output", f"d{op.output}, dL/d{op.output}, of shape {_shape(out, read)}{lone}, as the output is."
    )
    names = [*(o.argument for o in given), *(o.name for o in options(op))]
    lines += _item(", ".join(names), f"as for {recipe.name}.")
    lines += ["", INDENT + "Returns:"]
    what = [f"d{o.tensor}, the gradient of {o.argument}" for o in known]
    lines += [
        INDENT * 2 + text
        for text in wrap(
            f"({', '.join(f'grad_{o.argument}' for o in known)}): {'; '.join(what)}; each of that tensor's shape.",
            WIDTH - 8,
        )
    ]
    return (*lines, *_raises(recipe, known))


def _paragraphs(folded: str, formulas: Iterable[str], *texts: str) -> list[str]:
    lines = [*_wrapped(folded), ""] if folded else []
    lines += [INDENT * 2 + text for text in formulas]
    for text in texts:
        lines += ["", *_wrapped(text)]
    return lines


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)


def _adds(formulas: Iterable[str]) -> list[str]:
    return [ADDS] if any(" += " in text for text in formulas) else []


def _common(known: tuple[TensorArgument, ...]) -> str:
    empty = "".join(f" {o.shape[0]} may be 0." for o in known if o.batch)
    return f"All tensors have one dtype, of floats, complex numbers or integers, and none is modified. {HALF}{empty}"


# ------------------------------------------------------------------------------------------------ equations
def equations(program: Program, say: Formula) -> tuple[str, ...]:
    """`Y[i, j] = Σ_{a, b} K[a, b]·Xp[i·sh + a·dh, j·sw + b·dw] + bias[0]`, and what its names stand for."""
    lines = []
    for term in program.placing:
        lines.append(f"{_equation([_flat(term, program)], program, say, '=')}, and 0 around it")
    for terms in (*_by_target(program.terms), *_by_target((*program.taking, *program.late))):
        sign = "+=" if _scattered(terms, program) else "="
        lines += _broken(_equation([_flat(t, program) for t in terms], program, say, sign))
    spoken = (*program.terms, *program.placing, *program.taking, *program.late)
    used = {i for t in spoken for e in _flat(t, program).entries for i in e.free_symbols}
    flat = [f"{p.flat} = {say(p.number)}" for p in program.pairs if p.flat in used]
    return (*lines, *(["where " + ", ".join(flat)] if flat else []))


def scatters(program: Program, say: Formula) -> dict[str, str]:
    """Tensor -> `dX[i + a, b] += U[a, b]·dS[i, 0]`, of those that are written so."""
    return {
        terms[0].target.tensor: _equation([_flat(t, program) for t in terms], program, say, "+=")
        for terms in _by_target(program.terms)
        if _scattered(terms, program)
    }


def _scattered(terms: Iterable[Term], program: Program) -> bool:
    """Whether entries are met more than once, or in another order: a subscript is neither an index nor a number."""
    return not all(at.is_Symbol or at.is_Integer for t in terms for at in _flat(t, program).target.at)


def _by_target(terms: Iterable[Term]) -> list[list[Term]]:
    groups: dict[str, list[Term]] = {}
    for t in terms:
        groups.setdefault(t.target.tensor, []).append(t)
    return list(groups.values())


def _broken(text: str) -> list[str]:
    """A long equation in lines, each broken before an addend, or else before a factor."""
    room = WIDTH - len(INDENT) * 2
    left = text.index("=") if "=" in text else len(text) - len(text.lstrip())
    if len(text) <= room:
        return [text]
    outside = [at for at, _, depth in signs(text) if depth == 0 and left < at <= room]
    for at, mark in (("] + ", "+ "), ("]·", "  ·"), ("} ", "  ")):
        places = [k for k in outside if text.startswith(at, k)]
        if places:
            return [text[: places[-1] + 1], *_broken(" " * left + mark + text[places[-1] + len(at) :])]
    return [text]


def _flat(term: Term, program: Program) -> Term:
    for pair in program.pairs:
        term = term.replaced(pair.number, pair.flat)
    return term


def _equation(terms: list[Term], program: Program, say: Formula, sign: str) -> str:
    """The longest products first, so that a bias comes last; in a product the weights first. `+=` holds for all values
    of the indices, and needs no sum."""
    rank = list(program.shapes)
    flat = {p.flat for p in program.pairs}
    free = [i for i in program.extents if i not in flat and sign == "="]
    products = []
    for t in sorted(terms, key=lambda t: -len(t.factors)):
        over = [(i, program.extents[i]) for i in free if t.has(i) and not t.target.has(i)]
        products.append(say.product(sorted(t.factors, key=lambda e: -rank.index(e.tensor)), over))
    return f"{say(terms[0].target)} {sign} {' + '.join(products)}"


# ------------------------------------------------------------------------------------------------ items
def _item(name: str, text: str) -> list[str]:
    kept = f"{name}: {text}".replace(" = ", "\0=\0")  # an equation stays on one line
    lines = wrap(kept, WIDTH, initial_indent=INDENT * 2, subsequent_indent=INDENT * 3)
    return [line.replace("\0", " ") for line in lines]


def _shape(axes: tuple[Expr, ...], read: Reader) -> str:
    return f"({', '.join(map(read, axes))}{',' if len(axes) == 1 else ''})"


def _operand(o: TensorArgument, op: Operation, read: Reader) -> str:
    letter = "" if o.tensor == o.argument else f"{o.tensor}, "
    lone = f" or {_shape(o.axes, read)}" if o.batch else ""
    none = ", or None for zeros" if o.optional else ""
    facts = [f"{read(s)} = {read(e)}" for s, e in op.derived if s in o.shape and (not o.optional or s not in _read(op))]
    given = f", where {' and '.join(facts)}" if facts else ""
    return f"{letter}of shape {_shape(o.shape, read)}{lone}{given}{none}."


def _read(op: Operation) -> set[Expr]:
    """The extents that a caller reads off an operand that must be there."""
    bias = dict(op.roles).get("bias")
    return {n for t in op.operands if t != bias for n in op.shape(t)}


def _option(option: Option, op: Operation, tensor: str) -> str:
    numbers = "an integer" if option.count == 1 else f"an integer or {('a pair', 'a triple')[option.count - 2]}"
    names = "" if option.lone else f" ({', '.join(map(str, option.symbols))})"
    if not option.two_sided:
        names_below = _options_of(op, [e for s, e in op.limits if s in option.symbols])
        below = f" and less than the larger of {' and '.join(names_below)}" if names_below else ""
        return f"{numbers}{names}, at least {option.least}{below}."
    if not same(op):
        return f"entries cut off {op.output} on both sides alike{names}: {numbers}, at least {option.least}."
    plain = " and ".join(f"{s} = {x.plain}" for s, x in zip(_outputs(op), same(op), strict=True))
    return (
        f"zeros around {tensor}{names}: {numbers}, at least {option.least}, for both sides alike; "
        f'"valid" for none; "same", at stride 1 only, for as many as make {plain}, of an odd number one more at '
        "the end."
    )


def _options_of(op: Operation, expressions: Iterable[Expr]) -> list[str]:
    """The public names of the options that expressions speak of."""
    spoken = {s for e in expressions for s in e.free_symbols}
    return [name for name, symbols in op.options if spoken & set(symbols)]


def _outputs(op: Operation) -> list[str]:
    read = {n for t in op.operands for n in op.shape(t)}
    return [str(s) for s, _ in op.derived if s not in read]


def _result(op: Operation, known: tuple[TensorArgument, ...], read: Reader) -> list[str]:
    shape = op.shape(op.output)
    lone = f" or {_shape(shape[1:], read)}" if known[0].batch else ""
    outside = {n for t in op.operands for n in op.shape(t)}
    sizes = [f"{read(s)} = {read(e)}" for s, e in op.derived if s not in outside]
    first = f"{op.output}, of shape {_shape(shape, read)}{lone}" + (", where" if sizes else ".")
    return [INDENT * 2 + first, *(INDENT * 3 + text for text in sizes)]


def _raises(recipe: Recipe, known: tuple[TensorArgument, ...]) -> tuple[str, ...]:
    lines = ["", INDENT + "Raises:"]
    integers = ", or an option is no integer" if options(recipe.op) else ""
    lines += _item("TypeError", f"an operand is no tensor of numbers, or has another dtype or device{integers}.")
    empty = "".join(f" other than {o.shape[0]}" for o in known if o.batch)
    channels = f" ({recipe.caution})" if empty and recipe.caution else ""
    lines += _item(
        "ValueError",
        f"a shape or an option does not fit, or an extent{empty} is 0{channels}; the message says what would fit.",
    )
    return tuple(lines)
