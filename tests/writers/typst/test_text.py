"""Text in Typst: every character stands for itself, marks become functions, code keeps its spaces."""

import json
import re
from functools import partial
from typing import Any

import pytest
import typst
from depth import examples
from hypothesis import given, settings, strategies as st
from sample_document import LOOP

from symconv.errors import Broken
from symconv.text.rich_text import has_han, literal
from symconv.writers.typst.text import code, coloured, escape, plain_text, remark, rich

FUNCTIONS = (
    "#let kw(x) = raw(x)\n#let remark(x) = raw(x)\n#let fw(x) = x\n#let bw(x) = x\n#let white-line = linebreak()\n"
)
TEXT = st.text(
    st.one_of(st.characters(exclude_categories=("Cc", "Cs")), st.sampled_from("\\#$*_`<>@~[]{}\"'=+-/.1 \n"))
)
TRAPS = (
    "= no heading", "- no item", "+ 1", "1. one", "/ term: no", "// no comment", "/* nor this */", "#import \"x\"",
    "$x$ *b* _i_ `c`", "<label> @reference", "a -- b --- c -? d", "...", "~", "\\u{41} \\ \\\\", "http://x.y/z?a#b",
    "[x](y) ]] [[", "\"q\" 'q'", "a\u00a0b", "中文，“引号”——破折号", "x;y", "5-3 -1 a-b", ".5", "#", "{}",
    "a//b", "/", "",
)  # fmt: skip


def shown(*markup: str) -> list[str]:
    """What a reader sees of each piece of markup, read back from the compiled document."""
    source = FUNCTIONS + "".join(f"#metadata[{piece}]<x>\n" for piece in markup)
    found = json.loads(typst.query(source.encode(), "<x>", field="value", ignore_system_fonts=True))
    return [said(content) for content in found]


def said(content: Any) -> str:
    match content:
        case {"func": "space"}:
            return " "
        case {"func": "linebreak"}:
            return "\n"
        case {"text": str(text)}:
            return text
        case {"children": list(children)}:
            return "".join(map(said, children))
        case {"body": body} | {"child": body}:
            return said(body)
    raise AssertionError(f"no text but {content}")


def folded(text: str) -> str:
    """As Typst prints it: spaces and line ends beside one another are one space."""
    for end in "\t\n\u2028\u2029":
        text = text.replace(end, " ")
    return " ".join(part for part in text.split(" ") if part)


def test_no_trap_is_taken_for_a_command() -> None:
    assert list(map(folded, shown(*map(escape, TRAPS)))) == list(map(folded, TRAPS))


@settings(max_examples=examples(30))
@given(st.lists(TEXT, min_size=1, max_size=20))
def test_any_text_comes_back(texts: list[str]) -> None:
    assert list(map(folded, shown(*map(escape, texts)))) == list(map(folded, texts))


@settings(max_examples=examples(15))
@given(st.lists(TEXT, min_size=1, max_size=20))
def test_any_text_comes_back_as_code(texts: list[str]) -> None:
    lines = [text.translate({ord(end): " " for end in "\t\n\u2028\u2029"}) for text in texts]
    assert shown(*map(code, lines)) == lines and shown(*map(coloured, lines)) == lines


@settings(max_examples=examples(20))
@given(st.lists(TEXT, min_size=1, max_size=20))
def test_any_text_comes_back_as_rich_text(texts: list[str]) -> None:
    dashes = [re.sub("(?<!-)--(?!-)", "\u2013", text).replace("'", "\u2019") for text in texts]
    expected = [text if has_han(text) else dashed for text, dashed in zip(texts, dashes, strict=True)]
    assert list(map(folded, shown(*(rich(literal(text), "en") for text in texts)))) == list(map(folded, expected))


def test_marks_become_functions() -> None:
    assert rich("*a* `b.c` [fw:d $x_1$]. [bw:e]\nf\n\ng", "en") == (
        '#emph[a]; #raw("b.c"); #fw[d #m("x sub 1", $x_(1)$);];. #bw[e];#linebreak();f#white-line;g'
    )
    assert shown(rich("*a*(b) `c`.d [fw:e][x]", "en")) == ["a(b) c.d e[x]"]


def test_an_apostrophe_is_curly_and_two_hyphens_are_a_dash_outside_chinese() -> None:
    assert rich("ReLU's 1--2", "en") == "ReLU\u2019s 1\u20132"
    assert rich("中文'", "en") == "中文\\'"


def test_no_chinese_line_begins_with_a_colon() -> None:
    """After a formula, Unicode's rules would let it."""
    assert rich("取 $x$：$y$；", "en") == '取 #m("x", $x$);\u2060：#m("y", $y$);\u2060；'


@pytest.mark.parametrize("text", ["a $ b", "a * b", "a ` b"])
def test_what_opens_must_close(text: str) -> None:
    with pytest.raises(Broken, match="opens and does not close"):
        rich(text, "en")


@pytest.mark.parametrize("write", [partial(rich, language="en"), code, escape, plain_text])
@pytest.mark.parametrize("char", ["\0", "\x1b", "\ud800"])
def test_what_cannot_be_printed_is_refused(write: Any, char: str) -> None:
    with pytest.raises(Broken, match="cannot be printed"):
        write(f"a{char}")


def test_code_keeps_its_spaces_and_shows_its_kinds() -> None:
    lines = LOOP.split("\n")
    assert shown(*map(coloured, lines)) == lines and shown(*map(remark, lines)) == lines
    assert coloured("if x:  # why") == '#kw("if");#raw(" x:  ");#remark("# why");'


def test_plain_text_is_a_string_of_typst() -> None:
    assert plain_text('The *kernel* `K` "of" $x_{1}$\n[bw:a]') == r'"The kernel K \"of\" x_1 a"'
