"""Where in a model's own source something happens: the innermost line outside torch and symconv."""

import linecache
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType

from symconv.networks.exact import show_path

OURS = Path(__file__).parents[1]


def caller(torch: ModuleType, until: FrameType) -> str:
    """ "model.py:12", the line that is being run; "" where none of the model's own is, below the frame `until`."""
    return next((place for place, file in _below(until) if not _is_library(torch, file)), "")


def asserts(torch: ModuleType, until: FrameType) -> bool:
    """Whether the line that is being run is an assertion, which decides about nothing that is computed."""
    own = next((frame for frame in _frames(until) if not _is_library(torch, frame.f_code.co_filename)), None)
    line = linecache.getline(own.f_code.co_filename, own.f_lineno) if own else ""
    return line.split(maxsplit=1)[:1] == ["assert"]


def runs_inside(file: str, until: FrameType) -> bool:
    """Whether a function of this file of a library is being run, below the frame `until`."""
    return any(each == file for _, each in _below(until))


def raised_at(torch: ModuleType, error: BaseException) -> str:
    """The line of the model's source that an error came from; "" where it came from no line of its own."""
    lines = reversed(traceback.extract_tb(error.__traceback__))
    return next((_at(each.filename, each.lineno or 0) for each in lines if not _is_library(torch, each.filename)), "")


def defined_at(thing: object) -> str:
    """ "model.py:7": where a function, or a class by its forward, is written; "" where Python does not know."""
    code = getattr(getattr(thing, "forward", thing), "__code__", None)
    return _at(code.co_filename, code.co_firstlineno) if code else ""


def after(text: str, place: str) -> str:
    """`text`, and the place in the source where it is known."""
    return f"{text}, {place}" if place else text


def reason(error: BaseException) -> str:
    """What torch said first: neither what follows on further lines, nor in further sentences."""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0].partition('. ')[0]}"


def _below(until: FrameType) -> Iterator[tuple[str, str]]:
    for frame in _frames(until):
        yield _at(frame.f_code.co_filename, frame.f_lineno), frame.f_code.co_filename


def _frames(until: FrameType) -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame is not until:
        yield frame
        frame = frame.f_back


def _is_library(torch: ModuleType, file: str) -> bool:
    return any(home in Path(file).parents for home in (Path(str(torch.__file__)).parent, OURS))


def _at(file: str, line: int) -> str:
    return f"{show_path(Path(file).name)}:{line}"
