"""What a lecturer may choose about a handout: it comes back from the command line, and is printed as it was written."""

import html
import json
import re
import shlex
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest
from depth import examples
from hypothesis import given, settings, strategies as st

from symconv.code.emit import emitted
from symconv.commands import app as cli_app, handout as cli_handout
from symconv.errors import SpecError
from symconv.files import typst_pdf
from symconv.handout.document import Document
from symconv.handout.habits import habits
from symconv.handout.handout import handout
from symconv.handout.options import LONGEST, PLAIN, Options
from symconv.networks.network import load
from symconv.study import derive
from symconv.text import latex_text
from symconv.text.prose import LANGUAGES, prose
from symconv.text.rich_text import literal
from symconv.verification.verify import Report
from symconv.writers.html.writer import write_html
from symconv.writers.latex.writer import write_latex
from symconv.writers.notebook.writer import write_notebook
from symconv.writers.typst.writer import write_typst

TOY = derive(load("toy-cnn"))
HARD = r"""50% & $x_1$ *a* [bw:b] <b> --> \input{/etc/passwd} #set ^ ~ ` {x} "q" @x << >> //"""
TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0xFE, exclude_categories=["Cc", "Zs", "Cf"]) | st.just(" ")
)
HEADINGS = TEXTS.filter(lambda t: not t.isspace() and len(t) < LONGEST and fits(t))


def fits(text: str) -> bool:
    try:
        return bool(Options(title=text))
    except SpecError:
        return False


def made(options: Options = PLAIN, language: str = "en") -> Document:
    return handout(TOY, Report(), emitted(), language, None, (), options)


@cache
def opening() -> Document:
    """The handout without its parts: what is printed of a heading does not depend on them."""
    return replace(made(), parts=())


def headed(options: Options) -> Document:
    title, author = literal(options.title) or opening().title, literal(options.author)
    return replace(opening(), title=title, heading=options.heading, author=author)


# ------------------------------------------------------------------------------------------------ the command line
def typed(words: str) -> Options:
    """The options that `symconv build` makes of the words."""
    choices: list[cli_handout.HandoutFlags] = []

    @cli_app.app.command(name="probe", show=False)
    def probe(network: str = "", /, *, choices_: cli_handout.HandoutFlags = cli_handout.CHOICES) -> int:
        assert network == ""
        choices.append(choices_)
        return 0

    try:
        assert cli_app.app(["probe", *shlex.split(words)], exit_on_error=False, print_error=False,
                       result_action="return_value") == 0  # fmt: skip
    finally:
        del cli_app.app["probe"]
    return choices[0].options(choices[0].detail)


@settings(max_examples=examples(60))
@given(HEADINGS, HEADINGS, st.sampled_from(["full", "brief"]), st.sampled_from(["", "one", "subscripts,one,delta"]))
def test_the_words_of_options_give_them_back(title: str, author: str, detail: str, notation: str) -> None:
    options = Options(title, author=author, detail=detail, notation=habits(notation))
    assert typed(options.words()) == options


@pytest.mark.parametrize("text", ["-x", "--", "--lang", "--title=b", "-1", "$HOME", "a'b\"c", '{"a": 1}', "!x", HARD])
def test_a_heading_that_a_shell_would_misread_comes_back(text: str) -> None:
    options = Options(*(text,) * 4)
    assert typed(options.words()) == options


@pytest.mark.parametrize("folder", ["mine", "my style", "../mine", "-x", "a'b", "\u6a21\u677f"])
def test_a_folder_of_templates_comes_back(folder: str) -> None:
    options = Options(templates=folder)
    assert typed(options.words()) == options


def test_a_folder_of_templates_that_no_comment_could_name_is_refused() -> None:
    for folder in ("a\nb", "\x1b[31m", "\udcff"):
        with pytest.raises(SpecError, match=r"--templates: .* cannot be named in a file") as caught:
            Options(templates=folder)
        assert "\x1b" not in str(caught.value)


def test_no_choice_is_no_word() -> None:
    assert PLAIN.words() == "" and typed("") == PLAIN
    assert Options("a b", detail="brief").words() == " --title 'a b' --detail brief"


# ------------------------------------------------------------------------------------------------ what is refused
@pytest.mark.parametrize("name", ["title", "course", "author", "date"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a" * (LONGEST + 1), "does not fit a heading"), ("a\nb", "does not fit"), ("a\tb", "does not fit"),
        ("\x1b[31m", "does not fit"), ("a\u2028b", "does not fit"), ("a\u00a0b", "not fit"), ("  ", "does not fit"),
        ("\ud800", "does not fit"), ("a \U0001f600", "have no"), ("\u0416", "have no"), ("\u1ec5", "have no"),
    ],
)  # fmt: skip
def test_a_heading_that_cannot_be_printed_is_refused(name: str, text: str, said: str) -> None:
    with pytest.raises(SpecError, match=rf"--{name}: .*{said}") as caught:
        Options(**{name: text})
    assert str(caught.value).isprintable() or "\n" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_all_faults_come_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        Options(title="a\n", author="\u0416", detail="long")
    assert all(word in str(caught.value) for word in ("--title", "--author", "--detail", "full or brief"))
    assert fits("a" * LONGEST)


# ------------------------------------------------------------------------------------------------ as it was written
class Shown(HTMLParser):
    """A page's text, tag by tag."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data


@settings(max_examples=examples(40))
@given(HEADINGS.filter(bool))
def test_a_page_gives_the_title_back(text: str) -> None:
    """But for an apostrophe, which is printed as one in a heading."""
    page = write_html(headed(Options(title=text, course=text))).replace("\u2019", "'")
    shown = Shown(page).texts
    assert shown["h1"] == text and " ".join(shown["title"].split()) == " ".join(text.split())


def unescaped(source: str) -> str:
    """Our LaTeX for plain text, read back; a sign with a meaning that is left in it fails."""
    forms = {form: char for char, form in (*latex_text.TYPOGRAPHY.items(), *latex_text.SPECIALS.items())}
    forms["{}"] = ""
    token = re.compile("|".join(re.escape(f) for f in sorted(forms, key=len, reverse=True) if f[0] in "\\${") + "|.")
    pieces = token.findall(source)
    assert not set(pieces) & set("\\{}$&#%_^~"), pieces
    return "".join(forms[p] if p[0] in "\\${" else p for p in pieces)


@settings(max_examples=examples(60))
@given(HEADINGS.filter(bool))
def test_latex_has_no_sign_with_a_meaning_in_a_title(text: str) -> None:
    source = write_latex(headed(Options(title=text, author=text)))
    (title,) = re.findall(r"^\\newcommand\{\\handouttitle\}\{(.*)\}$", source, re.M)
    (author,) = re.findall(r"^\\hypersetup\{.*,pdfauthor=\{(.*)\},pdflang=\{en\}\}$", source, re.M)
    assert unescaped(title) == unescaped(author) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_author_is_in_every_file_s_own_fields(language: str) -> None:
    """Where there is one."""
    document, without = (made(Options(author=author), language) for author in (HARD, ""))
    assert f'<meta name="author" content="{html.escape(HARD)}">' in write_html(document)
    assert 'name="author"' not in write_html(without) and "pdfauthor" not in write_latex(without)
    assert "author:" not in write_typst(without)
    (given,) = re.findall(
        r'^#set document\(.*, author: ("(?:[^"\\]|\\.)*"), date: none\)$', write_typst(document), re.M
    )
    assert json.loads(given) == HARD
    assert b"/Author(Ada)" in typst_pdf.compile(write_typst(replace(document, parts=(), author="Ada")))


@settings(max_examples=examples(12))
@given(HEADINGS.filter(bool))
def test_typst_takes_a_title_for_text(text: str) -> None:
    assert typst_pdf.compile(write_typst(headed(Options(title=text, author=text)))).startswith(b"%PDF")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hard_heading_is_printed_by_every_writer(language: str) -> None:
    document = made(Options(*(HARD,) * 4), language)
    notebook = json.loads(write_notebook(document, TOY.network))
    cell = "".join(notebook["cells"][0]["source"])
    assert "<b>" not in cell and cell.count("&lt;b&gt;") == 4 and r"\input" not in cell
    assert html.escape(HARD, quote=False).replace('"', "&quot;") in write_html(document)
    source = write_latex(document)
    assert r"\input{/etc" not in source and r"\textbackslash{}input\{/etc/passwd\}" in source
    assert typst_pdf.compile(write_typst(replace(document, parts=document.parts[:1]))).startswith(b"%PDF")


def test_a_chinese_heading_of_an_english_handout_has_its_fonts() -> None:
    """TeX drops a character that the font lacks without a word."""
    assert "ctex" in write_latex(headed(Options(author="\u674e\u96f7"))) and "ctex" not in write_latex(opening())


def test_the_heading_stands_below_the_title_in_its_order() -> None:
    document = made(Options("T", "C", "A", "D"))
    assert (document.title, document.heading) == ("T", ("C", "A", "D"))
    assert made().heading == () and made().title == prose("en")("title.main")
