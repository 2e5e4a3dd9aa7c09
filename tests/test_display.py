"""What Jupyter shows: equations and derivations, whole and well formed, for every network; nothing loaded too early."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from depth import few
from studies import FEW, NETWORKS, study

import symconv
from symconv.derivation.derivation import Derivation
from symconv.derivation.tensors import is_copy
from symconv.formula.compose import EMPTY, MINUS, PLUS, begins
from symconv.formula.nodes import Group, row
from symconv.handout.chains import chain
from symconv.handout.document import Line
from symconv.handout.pen import Pen
from symconv.handout.printer import Printer
from symconv.text.prose import prose
from symconv.writers.html.text import element, rich
from symconv.writers.notebook.markdown import formula

ROOT = Path(__file__).parents[1]
SHOWN = (symconv.Network, symconv.Study, Derivation)
VOID = {"br", "path", "rect", "line", "circle", "polygon", "polyline", "use", "mspace", "img"}


class Tags(HTMLParser):
    """Fails where a tag is closed that is not open, or left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag


def balanced(text: str) -> None:
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    for begin, end in (("begin", "end"), ("left", "right")):
        assert len(re.findall(rf"\\{begin}\b", text)) == len(re.findall(rf"\\{end}\b", text))
    assert text.startswith("$") and text.endswith("$")


@pytest.mark.parametrize("name", few(NETWORKS, *FEW))
def test_a_network_and_its_study_show_every_equation(name: str) -> None:
    s = study(name)
    pen = Pen(s, prose("en"))
    for shown in (s.network, s):
        page, text = shown._repr_html_(), shown._repr_latex_()  # type: ignore[attr-defined]
        Tags(page)
        balanced(text)
        for stage in s.stages:
            if not is_copy(stage.output):
                left = pen.printer(pen.equations[stage.output].entry)
                assert element(left, "en", True) in page and formula(left) in text
                assert f"({pen.marks['fw', stage.output]})" in page and f"({pen.marks['fw', stage.output]})" in text
    for tensor, d in s.derivations.items():
        left = pen.printer(d.entry)
        reached = tensor not in pen.unreached  # or its gradient is 0
        assert (element(left, "en", True) in page and formula(left) in text) == reached
        assert not reached or f"({pen.marks['bw', tensor]})" in page


def printed(line: Line) -> str:
    """A right-hand side in the page; the sign that goes on with one above is an operation."""
    goes_on = line.continued and begins(line.rhs, PLUS, MINUS)
    return element(row(*([Group(EMPTY)] if goes_on else []), line.rhs), "en", True)


@pytest.mark.parametrize("name", ["toy-cnn", "strided", "residual"])
def test_a_derivation_shows_every_line_with_its_rule(name: str) -> None:
    for d in study(name).derivations.values():
        page, text = d._repr_html_(), d._repr_latex_()  # type: ignore[attr-defined]
        Tags(page)
        balanced(text)
        lines = chain(d, Printer({}), prose("en"), "", lambda _: "")
        assert page.count("<tr>") == sum(not line.continued for line in lines)
        assert all(formula(line.rhs) in text and printed(line) in page for line in lines)
        rules = [rich(re.sub(r",? \(\)", "", line.rule), "en") for line in lines if line.rule]
        assert rules and all(rule in page for rule in rules)
        assert "()" not in page and "()" not in text


def test_a_network_that_is_no_chain_has_no_picture() -> None:
    pictures = {name for name in NETWORKS if "<svg" in study(name)._repr_html_()}  # type: ignore[attr-defined]
    assert {"toy-cnn", "strided", "two-kernels", "only-linear"} <= pictures
    assert not pictures & {"residual", "twice"}


PLAIN = """
import sys, symconv
heavy = {"sympy", "torch", "numpy", "jinja2", "pydantic", "latex2mathml"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
assert "symconv.display" not in sys.modules
net = symconv.load("toy-cnn")
assert "torch" not in sys.modules
assert "<math" in net._repr_html_() and "$" in net._repr_latex_()
study = symconv.derive(net)
assert "<math" in study._repr_html_() and "<math" in study.derivations["U"]._repr_html_()
assert isinstance(repr(net), str)
"""


def test_a_plain_import_loads_nothing_and_shows_everything() -> None:
    """In a process of its own: a test before this one has imported everything."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", PLAIN], env=env, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_the_classes_are_the_ones_that_are_shown() -> None:
    for kind in SHOWN:
        assert callable(kind._repr_html_) and callable(kind._repr_latex_)  # type: ignore[attr-defined]
