"""The numbers to be graded, from a file or from Python: read within limits, every mistake in them a fault.

[gradients]
U = [["0.29", 0, "0.58"], [0, "0.29", "-0.29"]]
"conv1.weight" = [["1/2", ""]]
[values]
L = "0,35"
S = ["5/2", "3/2", "-1"]

What is left empty is not given; axes of one place may be left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from symconv.array import Shape
from symconv.derivation.tensors import original, without_gradient
from symconv.errors import Fault, SymconvError, refuse
from symconv.grading.known import key
from symconv.grading.nested import laid_out, transposed_shape, unwrapped
from symconv.grading.precision import Interval, number_given
from symconv.networks.exact import show, show_path
from symconv.networks.fields import LARGEST, did_you_mean
from symconv.networks.network import shapes
from symconv.networks.toml import read as tomlfile
from symconv.worked.derived import Derived

GRADIENTS, VALUES = "gradients", "values"
QUOTES = 'what is not an integer or a decimal such as 0.5 stands in quotes: "1/2", "2,5", ".5", and "" for a blank'
Sections = Mapping[str, Mapping[str, Shape]]  # the shape of each tensor that may be asked for


@dataclass(frozen=True)
class Answer:
    """The numbers given for one tensor, in row-major order; `section` says whether for its gradient or its entries.

    `shape` is the tensor's own, or for a transposed matrix. A number is None where none is given.
    """

    section: str
    tensor: str
    shape: Shape
    numbers: tuple[Interval | None, ...]

    @property
    def key(self) -> str:
        """The name that the right numbers are known by."""
        return key(self.tensor, self.section == GRADIENTS)


def known_shapes(d: Derived) -> Sections:
    """What can be graded: the gradients that are derived, and every value."""
    values = shapes(d.network)
    differentiated = {original(t) for t in d.general}
    return {GRADIENTS: {t: s for t, s in values.items() if t in differentiated}, VALUES: values}


def read(path: Path, d: Derived) -> tuple[Answer, ...]:
    """The answers in the file; SpecError lists every mistake in it."""
    table = tomlfile.parse(path, QUOTES)
    faults: list[Fault] = []
    known = known_shapes(d)
    for name, section in table.items():
        if name not in known:
            listed = f"write [{GRADIENTS}] or [{VALUES}] above the tensors' names"
            faults.append(Fault(show(name), "is not a known table", did_you_mean(name, known, listed)))
        elif not isinstance(section, dict):
            faults.append(Fault(name, f"{show(section)} is not a table", _below(name)))
    tables = {name: part for name in known if isinstance(part := table.get(name), dict)}
    found = _answers(tables, known, faults)
    if not found and not faults:
        faults.append(Fault("", "holds no numbers", _below(GRADIENTS)))
    refuse(faults, show_path(path))
    return found


def taken(answers: Mapping[str, object], d: Derived, call: Callable[[object], object]) -> tuple[Answer, ...]:
    """The answers in a mapping from names to gradients, or in {"gradients": ..., "values": ...}; a function among them
    is called first. SpecError as for a file."""
    faults: list[Fault] = []
    known = known_shapes(d)
    if not isinstance(answers, Mapping):
        refuse([Fault("answers", f"{show(answers)} is not a mapping", 'give for example {"U": [[1, 2]]}')])
    parts = {s: table for s, table in answers.items() if s in known and isinstance(table, Mapping)}
    tables = parts if parts and len(parts) == len(answers) else {GRADIENTS: answers}
    # a name that leads nowhere is a mistake before anything is called
    called = {s: {t: call(x) if t in known[s] else x for t, x in table.items()} for s, table in tables.items()}
    found = _answers(called, known, faults)
    if not found and not faults:
        faults.append(Fault("", "holds no numbers", 'give for example {"U": [[1, 2]]}'))
    refuse(faults, "answers")
    return found


def _below(section: str) -> str:
    return f"write [{section}], and below it one tensor a line"


def _answers(tables: Mapping[str, Mapping[str, object]], known: Sections, faults: list[Fault]) -> tuple[Answer, ...]:
    found = []
    for section, table in tables.items():
        for tensor, nested in table.items():
            place = f"{section}.{show(tensor)[1:-1] if isinstance(tensor, str) else show(tensor)}"
            if tensor not in known[section]:
                faults.append(_unknown(section, tensor, nested, place, known))
                continue
            before = len(faults)
            shape = known[section][tensor]
            layout = laid_out(nested, shape)
            if layout is None:
                faults += _misfits(nested, shape, place)
                continue
            numbers = tuple(_number(x, place, layout.shape, k, faults) for k, x in enumerate(layout.leaves))
            if len(faults) == before:
                found.append(Answer(section, tensor, transposed_shape(shape) if layout.transposed else shape, numbers))
    return tuple(found)


def _number(node: object, place: str, shape: Shape, k: int, faults: list[Fault]) -> Interval | None:
    """The number at the k-th place of a shape."""
    if node is None:
        return None
    try:
        return number_given(node)
    except SymconvError as error:
        at = "".join(f"[{k // prod(shape[axis + 1 :]) % n}]" for axis, n in enumerate(shape))
        faults += [fault.within(place + at) for fault in error.faults]
        return None


def sized(shape: Shape) -> str:
    """(2, 3) as 2x3."""
    return "x".join(map(str, shape)) if shape else "of a single number"


def _remedy(shape: Shape) -> str:
    if not shape:
        return "give one number, without a list"
    return f"give {prod(shape)} number{'s' if prod(shape) != 1 else ''} in lists {len(shape)} deep"


def _unknown(section: str, tensor: object, nested: object, place: str, known: Sections) -> Fault:
    if section == GRADIENTS and tensor in known[VALUES]:
        return Fault(place, "has no gradient here", f"there are: {', '.join(known[section])}")
    if isinstance(nested, Mapping):  # conv1.weight without quotes is a table conv1
        dotted = [t for t in known[section] if t.startswith(f"{tensor}.")]
        if dotted:
            return Fault(place, "is a table, not a tensor", f'a name with a dot stands in quotes: "{dotted[0]}" = ...')
    if isinstance(tensor, str) and without_gradient(tensor) in known[section]:
        return Fault(place, "is not a tensor", f"write {without_gradient(tensor)}")
    alike = next((t for t in known[section] if t.lower() == str(tensor).lower()), tensor)
    listed = f"there are: {', '.join(known[section])}"
    return Fault(place, "is not a tensor of this network", did_you_mean(alike, known[section], listed))


def _misfits(node: object, shape: Shape, place: str) -> list[Fault]:
    """Why the lists are none of this tensor's."""
    faults: list[Fault] = []
    given = _shape(node, place, len(shape), faults)
    return faults or [Fault(place, f"has shape {sized(given)}, not {sized(shape)}", _remedy(shape))]


def _shape(node: object, place: str, most: int, faults: list[Fault]) -> Shape:
    """The shape, looked at no deeper than it may be; rows that differ are a fault."""
    node = unwrapped(node)
    if not isinstance(node, list | tuple):
        return ()
    if most <= 0 or not node:
        return (len(node),)
    if len(node) > LARGEST:
        faults.append(Fault(place, f"holds more than {LARGEST} numbers"))
        return (len(node),)
    before = len(faults)
    inner = [  # millions of numbers need no place of their own
        () if isinstance(x, int | str) else _shape(x, f"{place}[{k}]", most - 1, faults) for k, x in enumerate(node)
    ]
    if len(faults) == before:
        odd = next((k for k, s in enumerate(inner) if s != inner[0]), None)
        if odd is not None:
            what, first = (f"a list of shape {sized(s)}" if s else "a number" for s in (inner[odd], inner[0]))
            problem = f"is {what}, but {place}[0] is {first}"
            faults.append(Fault(f"{place}[{odd}]", problem, "rows have the same length"))
    return (len(node), *inner[0])
