"""The handout's macros written out, as the LaTeX preamble defines them."""

import re

import pytest
from hypothesis import given, strategies as st
from symconv.macros import COLOURS, MACROS, argument, expanded, replaced

from symconv.errors import Broken
from symconv.render import template_folder


@pytest.mark.parametrize(
    "given, written",
    [
        (r"\dL{x_{1}}+1", r"\bw{\frac{\partial L}{\partial x_{1}}}+1"),
        (r"\dd{y}{\dd ab}", r"\frac{\partial y}{\partial \frac{\partial a}{\partial b}}"),
        (r"\half-\half", r"\tfrac{1}{2}-\tfrac{1}{2}"),
        (r"\narrow{\begin{mat}1&2\end{mat}}", r"\begin{bmatrix}1&2\end{bmatrix}"),
        (r"\tdL U\halfway", r"\bw{\partial L/\partial U}\halfway"),
    ],
)
def test_macros_are_written_out(given: str, written: str) -> None:
    assert expanded(given) == written


def test_arguments_are_groups_commands_or_signs() -> None:
    assert argument(r" {a{b}\}}c", 0) == (r"a{b}\}", 9)
    assert argument(r"\alpha b", 0) == (r"\alpha", 6)
    assert argument("12", 0) == ("1", 1)


@pytest.mark.parametrize("broken", [r"\dL", r"\dL{x", r"\dd{x}", r"\dL}"])
def test_a_missing_argument_is_a_fault(broken: str) -> None:
    with pytest.raises(Broken):
        expanded(broken)


@given(st.recursive(st.sampled_from("xyz"), lambda inner: st.builds(r"\bw{{{}}}+{}".format, inner, inner)))
def test_every_colour_is_found_however_deep(math: str) -> None:
    assert replaced(math, "bw", lambda x: f"<{x}>").count("<") == math.count(r"\bw")


def test_the_preamble_defines_the_same() -> None:
    preamble = (template_folder() / "preamble.tex.jinja").read_text(encoding="utf-8")
    defined = dict(re.findall(r"^\\newcommand\{\\(\w+)\}(.*)", preamble, re.M))
    assert {*MACROS, *COLOURS} <= defined.keys()
    for name in ("dL", "tdL", "dd"):
        count, body = MACROS[name]
        assert defined[name].split("%")[0].strip() == f"[{count}]{{{body}}}"
