"""Operation x form -> readable Python: `emit` gives a module's text, `compile` the function, `listing` its lines."""

import builtins
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from sympy import Symbol

from symconv.code.arguments import Operand, checks, operands, options, returned, unpacked
from symconv.code.docstring import documentation
from symconv.code.listing import CodeLine, Emitted, Line, Loop, Node, blocks, code_lines, fold, printed
from symconv.code.lower import lower
from symconv.code.program import Program, forward
from symconv.code.forms import FORMS, Form
from symconv.derivation.equations import Operation, conv
from symconv.errors import NotSupported
from symconv.notation import Reader, noun, plural
from symconv.render import render

OPERATIONS: dict[str, tuple[str, Callable[..., Operation]]] = {"conv2d": ("2-D convolution", partial(conv, 2))}
COMMAND = "symconv generate"  # what writes the modules again
BATCHED = "{input}.dim() == {axes}"


@dataclass(frozen=True)
class Function:
    """What the template prints: finished lines."""

    signature: tuple[str, ...]
    title: str
    documentation: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Checks:
    """The function that checks the arguments, as finished lines."""

    signature: tuple[str, ...]
    lines: tuple[str, ...]


# ------------------------------------------------------------------------------------------------ public
def emit(op: str = "conv2d", form: str = "loop") -> str:
    """The source of a standalone module (torch only) that holds the function `{op}_{form}`."""
    return source(operation(op, form), _form(op, form), f"{op}_{form}", _operation(op)[0])


def compile(op: str = "conv2d", form: str = "loop") -> Callable[..., Any]:
    """The emitted function itself. NotSupported without torch."""
    name = f"{op}_{form}"
    function: Callable[..., Any] = getattr(load(emit(op, form), name), name)
    return function


def operation(op: str = "conv2d", form: str = "loop") -> Operation:
    """The operation that a form schedules: with channels and groups, or without."""
    _, build = _operation(op)
    return build(channels=_form(op, form).channels)


def emitted(op: str = "conv2d") -> dict[str, Emitted]:
    """For each form the operation and its lines, for whoever explains them."""
    return {form: Emitted(operation(op, form), listing(op, form)) for form in FORMS}


def listing(op: str = "conv2d", form: str = "loop") -> tuple[CodeLine, ...]:
    """Each line of the function's body, with the piece of the equation it schedules; roles are in code.listing."""
    equation = operation(op, form)
    return code_lines(body(equation, forward(equation), _form(op, form)))


def modules() -> dict[str, str]:
    """File name -> unsealed source, for every operation and form that is generated."""
    return {f"{op}_{form}.py": emit(op, form) for op in OPERATIONS for form in FORMS}


def functions() -> dict[str, Callable[..., Any]]:
    """Name -> function, for every module."""
    return {f"{op}_{form}": compile(op, form) for op in OPERATIONS for form in FORMS}


def load(text: str, name: str) -> ModuleType:
    """The module of an emitted source; its lines stay readable in tracebacks. NotSupported without torch."""
    module, path = ModuleType(name), f"<symconv {name}>"
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    try:
        exec(builtins.compile(text, path, "exec"), module.__dict__)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise NotSupported("running emitted code needs PyTorch\n  pip install 'symconv[torch]'") from error
    return module


# ------------------------------------------------------------------------------------------------ one module
def source(op: Operation, form: Form, name: str, title: str) -> str:
    """The module's text for any operation and schedule."""
    program = forward(op)
    public = ", ".join(_public(op, form))
    function = Function(
        signature=tuple(fold(f"def {name}({', '.join(_public(op, form, defaults=True))}):", 0)),
        title=form.reads.format(title),
        documentation=documentation(op, program, form.weight),
        blocks=tuple(tuple(printed(block)) for block in blocks(body(op, program, form))),
    )
    lines = checks(op, form.weight, Reader(program.order))
    folded = tuple(x for line in lines for x in fold(line.lstrip(), 1 + (len(line) - len(line.lstrip())) // 4))
    view = Checks(tuple(fold(f"def _checked({public}):", 0)), folded)
    return render("module.py.jinja", functions=[function], checks=view)


def body(op: Operation, program: Program, form: Form) -> tuple[Node, ...]:
    """The function's lines: arguments and sizes, the lowered terms, the result."""
    known = operands(op, form.weight)
    return (*_head(op, program, form, known), *lower(program, form.schedule, form.lean), _return(op, known))


def _public(op: Operation, form: Form, defaults: bool = False) -> list[str]:
    """The public arguments; an option's default is its least value."""
    tensors = [o.argument + ("=None" if o.optional and defaults else "") for o in operands(op, form.weight)]
    return tensors + [o.name + (f"={o.least}" if defaults else "") for o in options(op)]


def _head(op: Operation, program: Program, form: Form, known: tuple[Operand, ...]) -> list[Node]:
    """Check the arguments, give each its letter, unpack the sizes, define the other extents."""
    names = tuple(o.name for o in options(op))
    call = f"{returned(op)} = _checked({', '.join(_public(op, form))})"
    nodes: list[Node] = [Line(call, "options", "refuse bad arguments; one number per direction", (("names", names),))]
    nodes += _letters(known)
    nodes += [_sizes(o) for o in known if not o.optional]
    read = Reader(program.order)
    for symbol, value in program.facts:
        nodes.append(_extent(symbol, value, program, read))
    return nodes + [_default(o, program, read) for o in known if o.optional]


def _letters(known: tuple[Operand, ...]) -> list[Node]:
    """`X = input`: the argument gets the equation's letter; a lone entry of a batch gets its axis."""
    lines: list[Node] = []
    for o in (o for o in known if o.batch):
        test = BATCHED.format(input=o.argument, axes=len(o.axes))
        detail = (("tensors", (o.tensor,)), ("arguments", (o.argument,)), ("batch", o.batch))
        text = f"{o.tensor} = {o.argument}[None] if {test} else {o.argument}"
        lines.append(Line(text, "operand", f"one {noun(o.batch)} is a batch of one", detail))
    plain = [o for o in known if not o.batch and o.tensor != o.argument]
    tensors, arguments = tuple(o.tensor for o in plain), tuple(o.argument for o in plain)
    if plain:
        text = f"{', '.join(tensors)} = {', '.join(arguments)}"
        lines.append(Line(text, "operand", "", (("tensors", tensors), ("arguments", arguments))))
    return lines


def _sizes(o: Operand) -> Line:
    return Line(f"{unpacked(o.shape)} = {o.tensor}.shape", "sizes", "", (("tensor", o.tensor), ("extents", o.shape)))


def _extent(symbol: Symbol, value: Any, program: Program, read: Reader) -> Line:
    """`Ho = ...  # output rows`; a padded extent is said to be one."""
    index = next((i for i, n in program.extents.items() if n == symbol), None)
    inside = [i for i, n in program.extents.items() if n in value.free_symbols]
    counts = plural(index) if index is not None else f"{plural(inside[0])}, padded" if inside else ""
    detail = (("symbol", symbol), ("value", value), ("counts", index if index is not None else (*inside, None)[0]))
    return Line(f"{read(symbol)} = {read(value)}", "extent", counts, detail)


def _default(o: Operand, program: Program, read: Reader) -> Loop:
    shape = ", ".join(map(read, o.shape))
    detail = (("tensor", o.tensor), ("shape", o.shape))
    return Loop(
        Line(f"if {o.argument} is None:", "default", "", detail),
        (Line(f"{o.tensor} = {program.like}.new_zeros({shape})", "default", "zeros add nothing", detail),),
    )


def _return(op: Operation, known: tuple[Operand, ...]) -> Line:
    lone = next((f"[0] if {BATCHED.format(input=o.argument, axes=len(o.axes))}" for o in known if o.batch), "")
    text = f"{op.output}{lone} else {op.output}" if lone else op.output
    return Line(f"return {text}", "return", "", (("tensor", op.output),))


# ------------------------------------------------------------------------------------------------ look-ups
def _operation(op: str) -> tuple[str, Callable[..., Operation]]:
    if op not in OPERATIONS:
        raise NotSupported(f"operation {op!r} is not written yet\n  there is: {', '.join(OPERATIONS)}")
    return OPERATIONS[op]


def _form(op: str, form: str) -> Form:
    if form not in FORMS:
        raise NotSupported(f"{op} has no form {form!r} yet\n  there is: {', '.join(FORMS)}")
    return FORMS[form]
