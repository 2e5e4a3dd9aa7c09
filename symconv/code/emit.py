"""Operation x form -> readable Python: `emit` gives a module's text, `load` the module, `listing` its lines."""

import linecache
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from symconv.code import arguments
from symconv.code.body import Body, backward_body, forward_body, public, public_backward
from symconv.code.docstring import documentation, documentation_backward
from symconv.code.listing import BodyLine, Emitted, blocks, code_lines, fold, printed
from symconv.code.operations import GENERATED, WithBackward, derived, emittable, form_of
from symconv.code.recipe import Recipe
from symconv.code.specialised import folded
from symconv.errors import NotSupported
from symconv.text.notation import Reader
from symconv.text.render import render

EXPLAINED = ("loop", "flatten", "batched")  # the forms that a handout explains line by line


@dataclass(frozen=True)
class FunctionView:
    """What the template prints: finished lines."""

    name: str
    signature: tuple[str, ...]
    title: str
    documentation: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Checks:
    """The function that checks the arguments, as finished lines; which helpers it calls; the operands that autograd
    must keep, all but the bias, which is the last."""

    signature: tuple[str, ...]
    lines: tuple[str, ...]
    numbers: bool
    words: bool
    saved: str
    differentiable: tuple[str, ...]


# ------------------------------------------------------------------------------------------------ public
def emit(op: str = "conv2d", form: str = "loop", **options: object) -> str:
    """The source of a standalone module (torch only) that holds `{op}_{form}` and `{op}_{form}_backward`.

    With options (kernel, stride, padding, dilation, groups, output_padding: one number or one per direction; padding
    also "same" or "valid") the code is for these alone, folded into it as constants. Options that are not given are
    torch's defaults; a kernel that is not given may have any size. SpecError where they do not fit, NotSupported for
    an operation or form that there is not.
    """
    return source(recipe(op, form, **options)) if options else _source(op, form)


@cache
def _source(op: str, form: str) -> str:
    """The text without options: a build prints it and runs it."""
    return source(recipe(op, form))


def recipe(op: str = "conv2d", form: str = "loop", **options: object) -> Recipe:
    """What is emitted under these names; errors as in `emit`."""
    written = form_of(op, form)
    operation, gradients = derived(op, written.channels)
    known = emittable(op)
    plain = Recipe(f"{op}_{form}", known.title, operation, gradients, written, caution=known.caution)
    return folded(plain, options) if options else plain


@cache
def emitted(op: str = "conv2d") -> Mapping[str, Emitted]:
    """For each form that a handout explains the operation and the function's lines."""
    made = {form: recipe(op, form) for form in EXPLAINED}
    return {
        form: Emitted(r.op, r.name, _signature(r.name, public(r, defaults=True)), listing(op, form))
        for form, r in made.items()
    }


def listing(op: str = "conv2d", form: str = "loop") -> tuple[BodyLine, ...]:
    """Each line of the function's body, with the piece of the equation it schedules; roles are in code.listing."""
    return code_lines(forward_body(recipe(op, form)).nodes)


def modules() -> dict[str, str]:
    """File name -> unsealed source, for every operation and form that is generated."""
    return {f"{op}_{form}.py": emit(op, form) for op, form in GENERATED}


def functions() -> dict[str, WithBackward]:
    """Name -> (function, its gradients), for every module."""
    return {name: pair(emit(op, form), name) for op, form in GENERATED for name in [f"{op}_{form}"]}


def pair(text: str, name: str) -> WithBackward:
    """The function of a module's source, and that of its gradients; NotSupported without torch."""
    module = load(text, name)
    return getattr(module, name), getattr(module, f"{name}_backward")


def load(text: str, name: str) -> ModuleType:
    """The module of an emitted source; its lines stay readable in tracebacks. NotSupported without torch."""
    module, path = ModuleType(name), f"<symconv {name}>"
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    try:
        exec(compile(text, path, "exec"), module.__dict__)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise NotSupported("running emitted code needs PyTorch\n  pip install 'symconv[torch]'") from error
    return module


# ------------------------------------------------------------------------------------------------ one module
def source(made: Recipe) -> str:
    """The module's text for any recipe."""
    forward, backward = forward_body(made), backward_body(made)
    functions = [
        _function(
            made.name,
            public(made, defaults=True),
            made.form.reads.format(made.title),
            documentation(made, forward.program),
            forward,
        ),
        _function(
            made.gradient, public_backward(made, defaults=True), f"The gradients of {made.name}, by the same schedule.",
            documentation_backward(made, backward.program), backward,
        ),
    ]  # fmt: skip
    lines = arguments.checks(made.general, made.numbers, made.op, made.form.weight, Reader(forward.program.order))
    unfolded = tuple(x for line in lines for x in fold(line.lstrip(), 1 + (len(line) - len(line.lstrip())) // 4))
    known = arguments.operands(made.op, made.form.weight)
    view = Checks(
        signature=_signature("_checked", public(made)),
        lines=unfolded,
        numbers=bool(arguments.options(made.op)),
        words=any("_sides(" in line for line in lines),
        saved=", ".join(o.argument for o in known if not o.optional),
        differentiable=tuple(fold(f"{made.name} = _differentiable({made.name}, {made.gradient})", 0)),
    )
    return render("module.py.jinja", functions=functions, checks=view)


def _function(name: str, signature: list[str], title: str, text: tuple[str, ...], body: Body) -> FunctionView:
    return FunctionView(
        name=name,
        signature=_signature(name, signature),
        title=title,
        documentation=text,
        blocks=tuple(tuple(printed(block)) for block in blocks(body.nodes)),
    )


def _signature(name: str, arguments: list[str]) -> tuple[str, ...]:
    return tuple(fold(f"def {name}({', '.join(arguments)}):", 0))
