"""One training step of a network in plain PyTorch, without autograd: every line from its equations and derivations.

Each layer is lowered by itself, all indices vectorised: its general equations and derivations, with the network's
numbers put in.
"""

import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from textwrap import wrap
from types import ModuleType
from typing import Any

from sympy import Integer

from symconv.array import Array
from symconv.code.docstring import scatters
from symconv.code.listing import WIDTH, CodeNode, CodeStatement, comment, fold, printed
from symconv.code.lower import lower
from symconv.code.program import Program, SymbolicShapes, backward, forward
from symconv.code.reading import Names
from symconv.code.schedule import Schedule
from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Entry, spelt
from symconv.derivation.operation import Equation, Operation
from symconv.derivation.special import equation_with, numbered, numbered_derivation
from symconv.derivation.tensors import gradient, is_copy, original
from symconv.names import apart
from symconv.networks.network import given_of, shapes
from symconv.text.notation import Formula
from symconv.text.render import render
from symconv.worked import numbers as worked
from symconv.worked.derived import Derived, differentiated
from symconv.worked.stages import TARGET, Stage

RESERVED = frozenset({
    "torch", "range", "slice", "min", "max", "float", "dict", "print", "forward", "backward", "step", "example", "rate",
    "values", "gradients", "name",
})  # fmt: skip
COPIED = re.compile(r"[.|]")  # signs of a name that no identifier has
LARGEST = 500  # numbers: a network with more is not written out as an example


@dataclass(frozen=True)
class LayerCode:
    """A layer: its equations as comments, and its lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class TrainingView:
    """What the template prints: finished lines."""

    name: str
    learns: bool  # whether there is a parameter, and so a step
    distributions: tuple[str, ...]
    shapes: tuple[str, ...]
    forward: tuple[str, ...]  # the signature
    forward_blocks: tuple[LayerCode, ...]
    forward_result: tuple[str, ...]
    backward: tuple[str, ...]
    backward_blocks: tuple[LayerCode, ...]
    backward_result: tuple[str, ...]
    step: tuple[str, ...]
    given: str
    step_result: tuple[str, ...]
    example: tuple[str, ...]


def source(d: Derived) -> str:
    """The module's text: `forward`, `backward`, `step` where something learns, the network's own numbers if few.
    NotSupported for an equation that cannot be emitted."""
    names, given, made = identifiers(d), _given(d), _made(d)
    tensors = [names(t) for t in (*given, *made)]
    found = [
        t
        for s in reversed(differentiated(d.stages))
        for t in s.operation.operands
        if t in d.derivations and not is_copy(t)
    ]
    rate = _number(d.network.learning_rate)
    arguments = ", ".join(map(names, given))
    view = TrainingView(
        name=d.network.name,
        learns=bool(d.parameters),
        distributions=tuple(sorted({names(t) for s in d.stages for t in s.operation.distributions})),
        shapes=tuple(_shapes(d, names)),
        forward=tuple(fold(f"def forward({arguments}):", 0)),
        forward_blocks=tuple(_forward(d, names)),
        forward_result=tuple(fold(_dictionary(made, lambda t: names(t), names), 1)),
        backward=tuple(fold(f"def backward({', '.join(tensors)}):", 0)),
        backward_blocks=tuple(_backward(d, names)),
        backward_result=tuple(fold(_dictionary(found, lambda t: names(gradient(t)), names), 1)),
        step=tuple(fold(f"def step({arguments}, rate={rate}):", 0)),
        given=arguments,
        step_result=tuple(
            fold(_dictionary(d.parameters, lambda t: f'{names(t)} - rate * gradients["{names(t)}"]', names), 1)
        ),
        example=tuple(_example(d, names)),
    )
    return render("network.py.jinja", view=view)


def identifiers(d: Derived) -> Names:
    """A Python name for every tensor and every gradient: the user's own where it can be one and is free."""
    copies = [t for t in d.derivations if is_copy(t)]
    known = apart({t: t for t in (*_given(d), *_made(d))}, _is_free, _translated)
    wanted = {t: f"d{known.get(t) or COPIED.sub('_', t)}" for t in d.derivations}
    gradients = apart({gradient(t): name for t, name in wanted.items()}, _is_free, _translated, known.values())
    return Names({**known, **gradients, **{t: known[original(t)] for t in copies}})


def _is_free(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED


def _translated(name: str) -> Iterator[str]:
    """conv1_weight for conv1.weight, x0 for 0; then the same with more and more marks."""
    name = COPIED.sub("_", name)
    name = name if name.isidentifier() else f"x{name}"
    return (name + "_" * marks for marks in count())


def _made(d: Derived) -> tuple[str, ...]:
    """Every tensor that is computed, in forward order; a copy is the tensor itself."""
    return tuple(s.output for s in d.stages if not is_copy(s.output))


def _given(d: Derived) -> tuple[str, ...]:
    """All that is given, and the target, where there is one."""
    return (*given_of(d.network), *([TARGET] if TARGET in shapes(d.network) else []))


def run(
    d: Derived, module: ModuleType, torch: ModuleType, at: Mapping[str, object] | None = None
) -> dict[str, dict[str, Any]]:
    """Values and gradients of an emitted module, for the network's numbers in float64, under the tensors' names: each a
    tensor of the shape that the network gives it.

    The gradients are taken at the module's own values, or where `at` has some, at those: rounded otherwise, a number at
    a kink may fall on its other side.
    """
    names = identifiers(d)
    given = {t: torch.tensor([x.numerator / x.denominator for x in a.entries], dtype=torch.float64).reshape(a.shape)
             for t, a in tensors_of(d).items()}  # fmt: skip
    arguments = {names(t): x for t, x in given.items()}
    values = module.forward(**arguments)
    there = values | {names(t): x for t, x in (at or {}).items() if names(t) in values}
    gradients = module.backward(**arguments, **there)
    return {
        "values": {**given, **{t: values[names(t)] for t in _made(d)}},
        "gradients": {t: gradients[names(t)] for t in d.derivations if not is_copy(t)},
    }


def tensors_of(d: Derived) -> dict[str, Array]:
    """What the network is given: the input, the parameters, the target."""
    known = worked.fractions(d.network)
    return {t: known[t] for t in _given(d)}


# ------------------------------------------------------------------------------------------------ layers
def _forward(d: Derived, names: Names) -> Iterable[LayerCode]:
    for stage in (s for s in d.stages if not is_copy(s.output)):
        equation = equation_with(stage.operation.equation, dict(stage.sizes))
        yield _block([_equation(equation, names)], _lines(forward(_operation(stage), names), names))


def _lines(program: Program, names: Names) -> tuple[CodeNode, ...]:
    return lower(program, Schedule(), names=_others(names, program.shapes))


def _operation(stage: Stage) -> Operation:
    return numbered(stage.operation, dict(stage.sizes))


def _backward(d: Derived, names: Names) -> Iterable[LayerCode]:
    for stage in reversed(differentiated(d.stages)):
        tensors = [t for t in stage.operation.operands if t in d.derivations]
        if tensors:
            program = _backward_program(d, stage, tensors, names)
            yield _block(_heads(d, program, tensors, names), _lines(program, names))


def _backward_program(d: Derived, stage: Stage, tensors: list[str], names: Names) -> Program:
    derivations = [numbered_derivation(d.general[t], dict(stage.sizes)) for t in tensors]
    return backward(_operation(stage), derivations, names, _further(d, stage, derivations))


def _heads(d: Derived, program: Program, tensors: list[str], names: Names) -> list[str]:
    """The equation of each gradient: as it is written, in scatter form where that adds to places."""
    scattered = scatters(program, Formula(program.order))
    equations = [d.derivations[t].equation for t in tensors]
    return [scattered.get(names(e.entry.tensor)) or _equation(e, names) for e in equations]


def _further(d: Derived, stage: Stage, derivations: Iterable[Derivation]) -> SymbolicShapes:
    """The shapes of the tensors that a result is written with, and that are none of the stage's own."""
    sizes = shapes(d.network)
    read = {x.tensor for e in derivations for x in e.equation.value.atoms(Entry)}
    others = sorted(t for t in read & set(sizes) if t not in dict(stage.operation.shapes))
    return {t: tuple(map(Integer, sizes[t])) for t in others}


def _others(names: Names, own: Iterable[str]) -> list[str]:
    """Every name that no line may take for something else."""
    return sorted({*RESERVED, *names.known.values()} - set(own))


def _block(equations: Iterable[str], nodes: Iterable[CodeNode]) -> LayerCode:
    return LayerCode((*(line for e in equations for line in comment(e, 1)), *printed(_bare(nodes))))


def _bare(nodes: Iterable[CodeNode]) -> list[CodeNode]:
    """Lines without the comment that the equation above them says already."""
    return [
        CodeStatement(n.code, n.role, "", n.detail)
        if isinstance(n, CodeStatement) and n.role in ("product", "piece")
        else n
        for n in nodes
    ]


def _equation(e: Equation, names: Names) -> str:
    """`S[i, 0] = Σ_{a, b} U[a, b]·X[i + a, b]`, for every i."""
    order = [i.name for i, _ in e.ranges] + [s.name for s in sorted(e.value.free_symbols, key=spelt)]
    say = Formula(order)
    entry, value = (
        x.replace(lambda y: isinstance(y, Entry), lambda y: Entry(names(y.tensor), *y.at)) for x in (e.entry, e.value)
    )
    return f"{say(entry)} = {say(value)}"


# ------------------------------------------------------------------------------------------------ text
def _dictionary(tensors: Iterable[str], value: Callable[[str], str], names: Names) -> str:
    return f"return dict({', '.join(f'{names(t)}={value(t)}' for t in tensors)})"


def _shapes(d: Derived, names: Names) -> Iterable[str]:
    """`X (4, 3), U (2, 3), ...`, wrapped between tensors."""
    sizes = shapes(d.network)
    tensors = (*_given(d), *_made(d))
    items = (f"{names(t)} {sizes[t]}".replace(" ", "\0") for t in tensors)
    return (line.replace("\0", " ") for line in wrap(", ".join(items), WIDTH))


def _example(d: Derived, names: Names) -> Iterable[str]:
    """The network's own numbers, each as it was written; nothing where they are too many."""
    given = tensors_of(d)
    if sum(len(a.entries) for a in given.values()) > LARGEST:
        return
    for tensor, values in given.items():
        text = f"{names(tensor)}=torch.tensor({_nested(values)}, dtype=torch.float64)"
        *lines, last = fold(text, 2)
        yield from (*lines, last + ",")


def _nested(a: Array) -> str:
    def text(x: Any) -> str:
        return f"[{', '.join(map(text, x))}]" if isinstance(x, list) else _number(x)

    return text(a.nested())


def _number(x: Fraction) -> str:
    """An integer, or a quotient that Python rounds correctly."""
    return str(x.numerator) if x.denominator == 1 else f"{x.numerator}/{x.denominator}"
