"""`symconv.compile`: emitted functions, known by their names, so that they can be pickled and used in other processes.

A pickle holds this module's name and the function's, conv2d_gemm_k3_s2, and no code: whoever reads it derives and emits
the function again from what the name says.
"""

import re

from symconv.code.emit import load, recipe, source
from symconv.code.operations import OPERATIONS, TensorFunction
from symconv.code.specialised import SHORT

LETTERS = {letters: name for name, letters in SHORT.items()}
OPTION = rf"_({'|'.join(LETTERS)})([0-9]{{1,10}}(?:x[0-9]{{1,10}})*|same|valid)"
_compiled: dict[str, TensorFunction] = {}  # one for each name: pickle asks whether it finds the very same


def compile(op: str = "conv2d", form: str = "loop", **options: object) -> TensorFunction:
    """The emitted function itself, with the emitted backward as its gradient; options as in `emit`.

    It can be pickled, and an nn.Module that holds it saved, copied and sent to worker processes. NotSupported without
    torch.
    """
    made = recipe(op, form, **options)
    if made.name not in _compiled:
        function: TensorFunction = getattr(load(source(made), made.name), made.name)
        function.__module__ = __name__  # where pickle looks for it
        _compiled.setdefault(made.name, function)
    return _compiled[made.name]


def __getattr__(name: str) -> TensorFunction:
    """The function of this name, as `compile` names it."""
    for op, known in OPERATIONS.items():
        match = re.fullmatch(rf"{op}_({'|'.join(known.forms)})((?:{OPTION})*)", name)
        if match:
            return compile(op, match[1], **{LETTERS[at]: _value(text) for at, text in re.findall(OPTION, match[2])})
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _value(text: str) -> str | int | tuple[int, ...]:
    """`3x5` as (3, 5), `2` as 2; a word as it is."""
    if not text[0].isdigit():
        return text
    numbers = tuple(map(int, text.split("x")))
    return numbers[0] if len(numbers) == 1 else numbers
