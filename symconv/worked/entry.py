"""An entry of a tensor as a person writes it: conv1.weight[0,0,1,2], or without its axes of extent 1."""

import difflib
import re
from collections.abc import Iterable

from symconv.derivation.tensors import is_copy
from symconv.errors import Fault, refuse
from symconv.networks.exact import show
from symconv.networks.network import shapes
from symconv.worked.derived import Derived

WRITTEN = re.compile(r"([A-Za-z0-9_.]{1,100})\[\s*([0-9]{1,7}(?:\s*,\s*[0-9]{1,7})*)?\s*\]")
NamedEntry = tuple[str, tuple[int, ...]]


def chosen_entries(study: Derived, texts: Iterable[str]) -> tuple[NamedEntry, ...]:
    """The tensors and indices of the entries; SpecError names every one that is not an entry of a tensor with a
    gradient."""
    found: list[NamedEntry] = []
    faults: list[Fault] = []
    for text in texts:
        place, fault = _read(study, text)
        found += [place] if place else []
        faults += [fault] if fault else []
    refuse(faults)
    return tuple(found)


def _read(study: Derived, text: str) -> tuple[NamedEntry | None, Fault | None]:
    known = sorted(t for t in study.derivations if not is_copy(t))
    match = WRITTEN.fullmatch(text.strip())
    if match is None:
        return None, Fault("--entry", f"{show(text)} is no entry", f'write for example "{_example(study, known[0])}"')
    tensor, at = match[1], tuple(int(k) for k in match[2].split(",")) if match[2] else ()
    if tensor not in known:
        near = difflib.get_close_matches(tensor, known, 1)
        remedy = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(known)}"
        return None, Fault("--entry", f"{show(tensor)} has no gradient here", remedy)
    shape = shapes(study.network)[tensor]
    if len(at) == sum(n > 1 for n in shape):  # as it is printed: an axis of extent 1 is left out
        rest = iter(at)
        at = tuple(next(rest) if n > 1 else 0 for n in shape)
    by = "x".join(map(str, shape))
    if len(at) != len(shape):
        given = f"{show(text)} has {_indices(len(at))}, {tensor} of {by} needs {len(shape)}"
        return None, Fault("--entry", given, f'write for example "{_example(study, tensor)}"')
    if any(k >= n for k, n in zip(at, shape, strict=True)):
        return None, Fault(
            "--entry", f"{show(text)} lies outside {tensor} of {by}", f"the last is {_last(tensor, shape)}"
        )
    return (tensor, at), None


def _indices(count: int) -> str:
    return f"{count or 'no'} {'index' if count == 1 else 'indices'}"


def _example(study: Derived, tensor: str) -> str:
    return f"{tensor}[{','.join('0' for _ in shapes(study.network)[tensor])}]"


def _last(tensor: str, shape: tuple[int, ...]) -> str:
    return f"{tensor}[{','.join(str(n - 1) for n in shape)}]"
