"""Places in a model's source: the innermost line that is neither torch's nor ours."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from symconv.torch_models import source as torch_source
from symconv.torch_models.source import after, caller, defined_at, raised_at, reason, runs_inside

HERE = Path(__file__)
TORCH: Any = SimpleNamespace(__file__="/site-packages/torch/__init__.py")


def inner(until: Any) -> tuple[str, int]:
    return caller(TORCH, until), sys._getframe().f_lineno


def test_the_line_that_runs_is_found() -> None:
    place, line = inner(sys._getframe())
    assert place == f"{HERE.name}:{line}"


def test_below_a_frame_that_runs_nothing_of_the_models_there_is_no_place() -> None:
    assert caller(TORCH, sys._getframe()) == ""


def test_torch_and_symconv_are_passed_over_and_their_neighbours_are_not() -> None:
    ours = SimpleNamespace(__file__=str(HERE.parent / "__init__.py"))
    assert inner(sys._getframe())[0] and caller(ours, sys._getframe()) == ""
    library = [
        torch_source._is_library(TORCH, f"/site-packages/{name}") for name in ("torch/nn/a.py", "torchvision/b.py")
    ]
    assert library == [True, False] and torch_source._is_library(TORCH, torch_source.__file__)


def test_a_function_that_is_being_run_is_known_by_its_file() -> None:
    until = sys._getframe()

    def run() -> tuple[bool, bool]:
        return runs_inside(__file__, until), runs_inside("other.py", until)

    assert run() == (True, False)


def test_where_an_error_came_from() -> None:
    try:
        raise LookupError
    except LookupError as error:
        assert raised_at(TORCH, error) == f"{HERE.name}:{sys._getframe().f_lineno - 2}"
    assert raised_at(TORCH, ValueError()) == ""


def test_where_something_is_written() -> None:
    assert defined_at(inner) == f"{HERE.name}:{inner.__code__.co_firstlineno}"
    assert defined_at(len) == "" and after("relu", "") == "relu" and after("relu", "a.py:1") == "relu, a.py:1"


def test_what_torch_says_is_kept_to_its_first_sentence() -> None:
    said = reason(RuntimeError("mat1 and mat2 do not fit. See the manual\nsecond line"))
    assert said == "RuntimeError: mat1 and mat2 do not fit" and reason(ValueError()) == "ValueError: "
