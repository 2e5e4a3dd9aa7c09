"""Text in HTML: every character stands for itself, marks become elements, code keeps its spaces, labels are spoken."""

import re
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, SubElement

import pytest
from depth import few
from elements import mathml
from every_formula import sentences
from hypothesis import given, strategies as st

from symconv.errors import Broken
from symconv.formula.read import read as formula
from symconv.text.rich_text import has_han, literal, written
from symconv.writers.html.text import code, escape, plain_text, rich, spoken, with_indices

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
PHRASES = {
    *("a", "span", "em", "b", "i", "code", "br", "button", "input", "label", "small", "strong", "sub", "sup"),
    *("math", "svg", "script"),
}  # fmt: skip
ANY = st.text(st.one_of(st.characters(exclude_categories=("Cc", "Cs")), st.sampled_from("&<>\"'`$*[]{}=/!-#;\\ axmp")))
TRAPS = (
    "<b>", "</p>", "&amp;", "&lt", "&#39;", "&", "<!-- x -->", "<script>alert(1)</script>", "]]>", "<![CDATA[",
    "\" onload='x", "[fw:x]", "a  b", "$x$ *b* `c`", "中文，“引号”——破折号", "\u00a0", "a<b>c", "<?php", "",
)  # fmt: skip


class Tree(HTMLParser):
    """A page as elements below `root`; `faults` says what a browser would have to mend."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root")
        self.faults: list[str] = []
        self._open = [self.root]
        self.feed(page)
        self.close()
        self.faults += [f"<{e.tag}> is not closed" for e in self._open[1:]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._made(tag, attrs)
        if tag not in VOID:
            self._open.append(self._open[-1][-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID and not {"svg", "math"} & {e.tag for e in self._open}:
            self.faults.append(f"<{tag}/> does not close itself in HTML")
        self._made(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1].tag == tag:
            self._open.pop()
        else:
            self.faults.append(f"</{tag}> closes <{self._open[-1].tag}>")

    def handle_data(self, data: str) -> None:
        here = self._open[-1]
        if len(here):
            here[-1].tail = (here[-1].tail or "") + data
        else:
            here.text = (here.text or "") + data

    def _made(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inside = [e.tag for e in self._open]
        if len({name for name, _ in attrs}) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if "p" in inside and not {"math", "svg"} & set(inside) and tag not in PHRASES:
            self.faults.append(f"<{tag}> inside <p>")
        if tag in ("a", "button") and {"a", "button"} & set(inside):
            self.faults.append(f"<{tag}> inside another")
        SubElement(self._open[-1], tag, {name: value or "" for name, value in attrs})


def words(element: Element) -> str:
    """Its text as it is read."""
    return "".join(element.itertext())


def read(markup: str) -> tuple[str, set[str]]:
    """The text and the tags of a piece of HTML; its formulas left out."""
    tree = Tree(markup)
    assert tree.faults == []
    for parent in list(tree.root.iter()):
        for child in parent:
            if child.tag == "math":
                child[:], child.text = [], ""
            if child.tag == "br":
                child.text = "\n"
    return words(tree.root), {e.tag for e in tree.root.iter()} - {"root"}


@pytest.mark.parametrize(
    "markup, fault",
    [
        ("<div><b>x</div></b>", "</div> closes <b>"), ("<div>", "<div> is not closed"), ("x</b>", "</b> closes <root>"),
        ("<div/>", "<div/> does not close itself in HTML"), ("<p><ul></ul></p>", "<ul> inside <p>"),
        ("<a id='x' id='y'></a>", "<a> has an attribute twice"),
        ("<a><button></button></a>", "<button> inside another"),
    ],
)  # fmt: skip
def test_faulty_nesting_is_seen(markup: str, fault: str) -> None:
    assert fault in Tree(markup).faults
    assert Tree('<p>a<br>b<svg><path d="M0"/></svg></p><input hidden>').faults == []


def typeset(text: str) -> str:
    """As it is printed: in Latin text with curly apostrophes."""
    return text if has_han(text) else text.replace("'", "\u2019")


@given(st.one_of(ANY, st.sampled_from(TRAPS)))
def test_any_text_comes_back_and_makes_no_tag(text: str) -> None:
    assert read(escape(text)) == (text, set())
    assert read(rich(literal(text))) == (typeset(text), set())
    (element,) = Tree(f'<i title="{escape(text)}"></i>').root
    assert element.get("title") == text


@given(ANY)
def test_any_line_comes_back_as_code(text: str) -> None:
    shown, tags = read(code(text, ("i", "a")))
    assert shown == text and tags <= {"b", "i", "span"}


@given(ANY)
def test_a_label_is_the_text_with_single_spaces(text: str) -> None:
    assert read(plain_text(literal(text))) == (" ".join(typeset(text).split()), set())


@pytest.mark.parametrize(
    "text, shown",
    [
        ("*a < b*", "<em>a &lt; b</em>"), ("`x<y`", "<code>x&lt;y</code>"), ("$$ ** ``", "$ * `"),
        ("[fw:a *b*]", '<span class="fw">a <em>b</em></span>'), ("[bw:a]", '<span class="bw">a</span>'),
        ("[[fw:a]", "[fw:a]"), ("a\nb", "a<br>b"), ("a\n\nb", 'a<br><span class="gap"></span>b'),
        ("$x$", mathml("x")), ("*$x$*", f"<em>{mathml('x')}</em>"), ("it's", "it\u2019s"), ("数'", "数&#39;"),
        ("`'a'`", "<code>&#39;a&#39;</code>"), ('"a"', "&quot;a&quot;"),
        ("$x$'s", f'<span class="tied">{mathml("x")}\u2019</span>s'),
    ],
)  # fmt: skip
def test_marks_become_elements(text: str, shown: str) -> None:
    assert rich(text) == shown


@pytest.mark.parametrize(
    "text, kept",
    [
        ("a $x$, b", "$x$,"), ("在 $x$，再", "$x$，"), ("($x$) is", "($x$)"), ("（$x$）。", "（$x$）。"),
        ("$x$: $y$", "$x$:"), ("$x$ and $y$.", "$y$."), ("“$x$”", "“$x$”"), ("zu „$x$“.", "„$x$“."), ("«$x$»", "«$x$»"),
        ("*so $x$; y*", "$x$;"),
    ],
)  # fmt: skip
def test_no_line_ends_between_a_formula_and_its_punctuation(text: str, kept: str) -> None:
    (tied,) = re.findall('<span class="tied">(.*?)</span>', rich(text))
    assert tied == re.sub(r"\$(.)\$", lambda x: mathml(x[1]), kept)


@pytest.mark.parametrize("text", ["$x$", "a $x$ b", "数 $x$ 的", "$x$ (y)", "`x`, `y`", "a, b", "$x$“数”"])
def test_what_has_no_punctuation_may_break_anywhere(text: str) -> None:
    assert "tied" not in rich(text)


@pytest.mark.parametrize("text", ["a $ b", "a * b", "a ` b"])
def test_what_opens_must_close(text: str) -> None:
    with pytest.raises(Broken, match="opens and does not close"):
        rich(text)


@pytest.mark.parametrize("of", few(["some", "all"], "some"))
def test_every_sentence_of_every_handout(of: str) -> None:
    forms = dict.fromkeys(("stress", "code", "fw", "bw"), str) | {"math": lambda _: "", "break": lambda _: "\n"}
    forms["gap"] = forms["break"]
    assert len(sentences(of)) > 500
    for sentence in sentences(of):
        shown, tags = read(rich(sentence))
        assert shown == written(sentence, forms, typeset)
        assert ("em" in tags) <= ("*" in sentence) and ("code" in tags) <= ("`" in sentence)
        label, tags = read(plain_text(sentence))
        assert not tags and not set(label) & set("\\{}\n") and "  " not in label


@pytest.mark.parametrize(
    "math, said",
    [
        ("X", "X"), (r"\dL{S[0]}", "∂L/∂S[0]"), (r"\tdL{U}", "∂L/∂U"), (r"\half", "1/2"), (r"4\times3", "4×3"),
        (r"S[1,\,0]", "S[1, 0]"), (r"\alpha+\beta", "α + β"), (r"a<b", "a &lt; b"), (r"-\tfrac{1}{2}", "−1/2"),
        (r"\dL{C_{2}[0,\,1]}", "∂L/∂C_2[0, 1]"), (r"\frac{a_{1}}{\tfrac12}", "a_1/(1/2)"),
        (r"\mathit{image}[0]", "image[0]"), (r"U'", "U′"), (r"p(a\mid b)", "p(a ∣ b)"),
    ],
)  # fmt: skip
def test_short_formulas_are_spoken(math: str, said: str) -> None:
    assert spoken(formula(math)) == said


def test_code_has_bold_keywords_soft_comments_and_coloured_indices() -> None:
    assert code("for i in a:  # i", ("i",)) == '<b>for</b> <span class="ix ix0">i</span> <b>in</b> a:  <i># i</i>'
    assert code("'for i' + ii", ("i",)) == "&#39;for i&#39; + ii"
    assert code("n", tuple("abcdefghn")) == '<span class="ix ix0">n</span>', "eight colours, again from the first"


def test_an_index_is_coloured_in_formulas_and_a_subscript_is_none() -> None:
    element = with_indices(mathml(r"s_h\,h+\sum_{a}h_i\,i'"), ("h", "a"))
    assert element.count('<mi class="ix ix0">h</mi>') == 1 and element.count('<mi class="ix ix1">a</mi>') == 1
    assert "<msub><mi>s</mi><mi>h</mi></msub>" in element and "<msub><mi>h</mi><mi>i</mi></msub>" in element
    assert read(element)[0] == "" and with_indices(element, ("z",)) == element
