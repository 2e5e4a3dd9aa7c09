"""The lines of a function: arguments get their letters, sizes are unpacked, the ways lowered, results returned."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sympy import Expr, Symbol

from symconv.code.arguments import TensorArgument, operands, options, returned, unpacked
from symconv.code.listing import CodeNode, CodeStatement, Loop, walk
from symconv.code.lower import placed, taken, worked
from symconv.code.program import Program
from symconv.code.recipe import Condition, Recipe, aliases
from symconv.text.notation import Reader, noun, plural

BATCHED = "{input}.dim() == {axes}"


@dataclass(frozen=True)
class Body:
    """A function's lines, and the program behind them."""

    program: Program
    nodes: tuple[CodeNode, ...]


def public(recipe: Recipe, defaults: bool = False) -> list[str]:
    """The public arguments; an option's default is its least value."""
    tensors = [o.argument + ("=None" if o.optional and defaults else "") for o in _operands(recipe)]
    return tensors + [o.name + (f"={o.least}" if defaults else "") for o in options(recipe.op)]


def public_backward(recipe: Recipe, defaults: bool = False) -> list[str]:
    """Those of the function of the gradients: the output's gradient, and what is needed again."""
    optional = {o.argument for o in _operands(recipe) if o.optional}
    given = [x for x in public(recipe, defaults) if x.partition("=")[0] not in optional]
    return ["grad_output", *given]


def forward_body(recipe: Recipe) -> Body:
    """Check the arguments, give each its letter, unpack the sizes, define the other extents; then the sums."""
    program, known = recipe.forward(), _operands(recipe)
    sums = _ways(recipe, program, backward=False)
    head = [
        _options(recipe, public(recipe)),
        *_letters(program, known),
        *(size for o in known if not o.optional for size in _sizes(o)),
        *_facts(recipe, program, sums),
        *(_default(o, program, Reader(program.order)) for o in known if o.optional),
    ]
    return Body(program, (*head, *sums, _return(recipe, known)))


def backward_body(recipe: Recipe) -> Body:
    """The same for the gradients."""
    program, op = recipe.backward(), recipe.op
    known = [o for o in _operands(recipe) if not o.optional]
    sums = _ways(recipe, program, backward=True)
    read = Reader(program.order)
    shape = ", ".join(map(read, op.shape(op.output)))
    comma = "," if len(op.shape(op.output)) == 1 else ""
    gradient = f"d{op.output}"
    asked = CodeStatement(
        f"{gradient} = _gradient(grad_output, ({shape}{comma}), {known[0].argument})", "operand",
        "its shape is the output's", (("tensors", (gradient,)), ("arguments", ("grad_output",))),
    )  # fmt: skip
    arguments = [x if x in public_backward(recipe) else "None" for x in public(recipe)]
    head = [
        _options(recipe, arguments),
        *_letters(program, known),
        *(size for o in known for size in _sizes(o)),
        *_facts(recipe, program, (*sums, asked)),
        asked,
    ]
    return Body(program, (*head, *sums, *_return_gradients(recipe, known)))


def _operands(recipe: Recipe) -> tuple[TensorArgument, ...]:
    return operands(recipe.op, recipe.form.weight)


# ------------------------------------------------------------------------------------------------ before the sums
def _options(recipe: Recipe, arguments: list[str]) -> CodeStatement:
    names = tuple(o.name for o in options(recipe.op))
    call = f"_checked({', '.join(arguments)})"
    text = returned(recipe.op)
    comment = "refuse bad arguments; one number per direction" if text else "refuse bad arguments"
    return CodeStatement(f"{text} = {call}" if text else call, "options", comment, (("names", names),))


def _letters(program: Program, known: Iterable[TensorArgument]) -> list[CodeNode]:
    """`X, K = input, weight`: each argument gets the equation's letter; a lone entry of a batch gets its axis."""
    known = list(known)
    tensors, arguments = tuple(o.tensor for o in known), tuple(o.argument for o in known)
    conjugated = set(program.conjugated)
    texts = [f"{a}.conj()" if t in conjugated else a for t, a in zip(tensors, arguments, strict=True)]
    comment = "half precision is summed in single"
    if conjugated:
        comment = "complex numbers are conjugated, real ones stay as they are"
    lines: list[CodeNode] = [
        CodeStatement(
            f"{', '.join(tensors)} = _wide({', '.join(texts)})", "operand", comment,
            (("tensors", tensors), ("arguments", arguments)),
        )
    ]  # fmt: skip
    for o in (o for o in known if o.batch):
        test = BATCHED.format(input=o.argument, axes=len(o.axes))
        detail = (("tensors", (o.tensor,)), ("arguments", (o.argument,)), ("batch", o.batch))
        text = f"{o.tensor} = {o.tensor}[None] if {test} else {o.tensor}"
        lines.append(CodeStatement(text, "operand", f"one {noun(o.batch)} is a batch of one", detail))
    return lines


def _sizes(o: TensorArgument) -> list[CodeNode]:
    if not any(n.is_Symbol for n in o.shape):
        return []
    return [
        CodeStatement(
            f"{unpacked(o.shape)} = {o.tensor}.shape", "sizes", "", (("tensor", o.tensor), ("extents", o.shape))
        )
    ]


def _facts(recipe: Recipe, program: Program, used: Iterable[CodeNode]) -> list[CodeNode]:
    """The extents that the lines speak of, each after those that it is made of."""
    words = {w for line, _ in walk(used, 0) for w in re.findall(r"[A-Za-z_]\w*", line.code)}
    kept = []
    for symbol, value in reversed(program.facts):
        if symbol.name in words:
            words |= {s.name for s in value.free_symbols}
            kept.append((symbol, value))
    read = Reader(program.order)
    return [_extent(symbol, value, program, read) for symbol, value in reversed(kept)]


def _extent(symbol: Symbol, value: Expr, program: Program, read: Reader) -> CodeStatement:
    """`Ho = ...  # output rows`; a padded extent is said to be one."""
    index = next((i for i, n in program.extents.items() if n == symbol), None)
    inside = [i for i, n in program.extents.items() if n in value.free_symbols]
    counts = plural(index) if index is not None else f"{plural(inside[0])}, padded" if inside else ""
    detail = (("symbol", symbol), ("value", value), ("counts", index if index is not None else (*inside, None)[0]))
    return CodeStatement(f"{read(symbol)} = {read(value)}", "extent", counts, detail)


def _default(o: TensorArgument, program: Program, read: Reader) -> Loop:
    shape = ", ".join(map(read, o.shape))
    detail = (("tensor", o.tensor), ("shape", o.shape))
    return Loop(
        CodeStatement(f"if {o.argument} is None:", "default", "", detail),
        (CodeStatement(f"{o.tensor} = {program.like}.new_zeros({shape})", "default", "zeros add nothing", detail),),
    )


# ------------------------------------------------------------------------------------------------ the sums
def _ways(recipe: Recipe, program: Program, backward: bool) -> tuple[CodeNode, ...]:
    """What is padded, the sums in the way that the sizes ask for, what is taken out of padded tensors."""
    branches, programs = [], []
    alike = not any(way.schedule.last for way in recipe.form.ways)
    for way, condition in recipe.ways(program):
        more = dict.fromkeys(condition.ones, 1)
        more |= aliases(recipe.op, more) if more else {}
        mine = (recipe.backward(more) if backward else recipe.forward(more)) if more else program
        padding = () if alike else placed(mine, way.schedule, recipe.form.lean)
        branches.append((way.why, condition, (*padding, *worked(mine, way.schedule))))
        programs.append(mine)
    first = placed(program, recipe.form.schedule, recipe.form.lean) if alike else ()
    last = taken(program)
    if any(_padded_writes(p) != _padded_writes(program) for p in programs):  # where an extent is 1, there may be none
        branches = [(*b[:2], (*b[2], *taken(mine))) for b, mine in zip(branches, programs, strict=True)]
        last = ()
    return (*first, *_branched(branches, Reader(program.order)), *last)


def _padded_writes(program: Program) -> set[str]:
    return {t.target.tensor for t in program.taking}


def _branched(branches: list[tuple[str, Condition, tuple[CodeNode, ...]]], read: Reader) -> Iterator[CodeNode]:
    """One way as it is; several as if, elif, else."""
    if len(branches) == 1:
        yield from branches[0][2]
        return
    for k, (why, condition, lines) in enumerate(branches):
        word = "else:" if condition.always else f"{'elif' if k else 'if'} {_text(condition, read)}:"
        yield Loop(CodeStatement(word, "branch", "", (("way", why),)), (CodeStatement(f"# {why}", "comment"), *lines))


def _text(condition: Condition, read: Reader) -> str:
    parts = [" == ".join([*map(read, condition.ones), "1"])] if condition.ones else []
    return " and ".join([*parts, *(f"{read(size)} {sign} {number}" for size, sign, number in condition.bounds)])


# ------------------------------------------------------------------------------------------------ the results
def _return(recipe: Recipe, known: tuple[TensorArgument, ...]) -> CodeStatement:
    y = recipe.op.output
    first = known[0]
    lone = next((BATCHED.format(input=o.argument, axes=len(o.axes)) for o in known if o.batch), "")
    text = f"({y}[0] if {lone} else {y})" if lone else y
    return CodeStatement(f"return {text}.to({first.argument}.dtype)", "return", "", (("tensor", y),))


def _return_gradients(recipe: Recipe, known: list[TensorArgument]) -> list[CodeNode]:
    lines: list[CodeNode] = []
    for o in (o for o in known if o.batch):
        test = BATCHED.format(input=o.argument, axes=len(o.axes))
        lines.append(
            CodeStatement(
                f"d{o.tensor} = d{o.tensor}[0] if {test} else d{o.tensor}", "return", "", (("tensor", o.tensor),)
            )
        )
    results = [f"d{t.entry.tensor}" for t in recipe.general.targets]
    text = f"return tuple(d.to({known[0].argument}.dtype) for d in ({', '.join(results)}))"
    return [*lines, CodeStatement(text, "return", "", (("tensor", ", ".join(results)),))]
