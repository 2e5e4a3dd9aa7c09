"""From what somebody types to the layers and losses that are meant."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from symconv.errors import Fault, refuse
from symconv.networks.exact import show
from symconv.reference.examples import EXAMPLES
from symconv.reference.torch_names import index

NEAREST = 3
LONGEST = 40  # characters of a name that are compared
ALL = "symconv layers lists all"


def kinds(names: Iterable[str]) -> tuple[str, ...]:
    """The names, each once; SpecError for those that no layer and no loss has, with the nearest that there are, or with
    what PyTorch's name is here."""
    given = tuple(dict.fromkeys(names))
    refuse(Fault("", f"{show(name)} is no layer and no loss", _remedy(name)) for name in given if name not in EXAMPLES)
    return given


def _remedy(name: str) -> str:
    found = tuple(dict.fromkeys(kind for kinds in _in_torch(name) for kind in kinds))
    if found:
        return f"a name of PyTorch's, here: {', '.join(found)}"
    near = get_close_matches(name[:LONGEST].lower(), EXAMPLES, NEAREST)
    return f"did you mean {' or '.join(near)}? {ALL}" if near else ALL


def _in_torch(name: str) -> Iterator[tuple[str, ...]]:
    """The layers of a name of torch, with its path or without, as nn.Conv2d, F.conv2d, conv2d."""
    last = name.rpartition(".")[2]
    for row in index():
        if any(last == each.rpartition(".")[2] for each in row.names):
            yield row.kinds
