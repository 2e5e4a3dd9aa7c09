"""The named forms are schedules and conditions: nothing in them is about one operation."""

import re
from pathlib import Path

import pytest
from copied import ROOT, house, run, section

from symconv.bench.chart import FORM_COLOURS
from symconv.code.forms import FORMS
from symconv.code.operations import OPERATIONS
from symconv.code.schedule import INDICES


@pytest.mark.parametrize("name", FORMS)
def test_the_last_way_fits_always(name: str) -> None:
    *others, last = FORMS[name].ways
    assert not last.ones and last.beyond is None and last.within is None
    assert all(way.ones or way.beyond or way.within for way in others), "a way behind it would never be taken"


@pytest.mark.parametrize("name", FORMS)
def test_ways_say_when_they_are_meant_where_there_are_several(name: str) -> None:
    ways = FORMS[name].ways
    assert len(ways) == 1 or all(way.why for way in ways[:-1])


def test_conditions_speak_of_indices_only() -> None:
    for form in FORMS.values():
        for way in form.ways:
            letters = [way.ones, *(bound[0] for bound in (way.beyond, way.within) if bound)]
            assert set("".join(letters)) <= set(INDICES)


def test_every_form_serves_every_operation_that_names_it() -> None:
    """One object for all: the transposed convolution differs in one schedule, the definition's."""
    own = {(op, name) for op, known in OPERATIONS.items() for name, form in known.forms.items() if form != FORMS[name]}
    assert {name for _, name in own} == {"batched"} and all("transpose" in op for op, _ in own)


def test_every_form_has_a_colour() -> None:
    assert set(FORM_COLOURS) == set(FORMS), "give it one in symconv/bench/chart.py"


def test_every_form_is_in_the_help() -> None:
    text = (ROOT / "symconv" / "commands" / "code.py").read_text(encoding="utf-8")
    assert f"without --op: {', '.join(FORMS)}" in text, "name it in symconv/commands/code.py"


COMPARED = """
import symconv, torch
X, K = torch.arange(2 * 4 * 5 * 6.0).reshape(2, 4, 5, 6), torch.arange(6 * 2 * 3 * 3.0).reshape(6, 2, 3, 3)
given = {"stride": 2, "padding": 1, "groups": 2}
assert torch.equal(symconv.compile("conv2d", form="kernels")(X, K, **given), torch.conv2d(X, K, **given))
"""


@pytest.mark.deep
def test_the_readme_adds_a_form(tmp_path: Path) -> None:
    (line,) = re.findall(r"```python\n(.*?)```", section("Add a form"), re.DOTALL)
    house(tmp_path, ("symconv/code/forms.py", '    "gemm": Form(', f'{line}    "gemm": Form('))
    text = run(tmp_path, *["-m", "symconv", "generate", "--form", "kernels", "--kernel", "3x3"])
    assert re.findall(r"for (\w+) in range", text)[:4] == ["n", "o", "a", "b"]
    assert "def conv2d_kernels_k3x3_backward(" in text
    run(tmp_path, "-c", COMPARED)
