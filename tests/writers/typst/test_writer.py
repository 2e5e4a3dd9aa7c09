"""A document as Typst: every block has a macro, pages keep together what belongs together, every formula compiles."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import typst
from depth import few
from every_formula import OF, documents
from from_latex import with_trees
from sample_document import CHAIN, LOOP, sample
from studies import NETWORKS, study

from symconv.code.emit import emitted
from symconv.errors import Broken
from symconv.exercises.exercises import exercises
from symconv.files import typst_pdf
from symconv.formula.compose import added, equals
from symconv.formula.latex import latex
from symconv.formula.nodes import Letter
from symconv.formula.read import read
from symconv.handout.document import (
    Block,
    Bullets,
    Chain,
    Column,
    Document,
    Explorer,
    FigureRow,
    Line,
    Need,
    PageBreak,
    Paragraph,
    Part,
    Passage,
    Shown,
    Sliding,
    Switch,
    Table,
    Worked,
)
from symconv.handout.handout import handout
from symconv.handout.listings import listing
from symconv.handout.options import Options
from symconv.handout.pictures import Window, WorkedLine
from symconv.networks.network import load
from symconv.study import derive, verified
from symconv.text.prose import LANGUAGES, prose
from symconv.writers.typst import text as module
from symconv.writers.typst.writer import MACROS, TypstWriter, cell, view_listing, write_typst
from tests.formula.test_typst import page

SLOW = {"grouped", "one_image", "strided"}  # to lay out; their formulas are like the others'
REPORT = verified(study("only-linear"))


def document(*blocks: Block, language: str = "en") -> Document:
    return with_trees(Document("T & t", "s", language, CHAIN, (Part(1, "P", blocks),)))


def body(*blocks: Block) -> str:
    """What is written for these blocks."""
    return write_typst(document(*blocks)).split('"P", ')[1].partition("\n")[2]


def found(source: str, selector: str) -> Any:
    """What the laid out document holds of this kind."""
    answer = typst.query(
        source.encode(), selector, font_paths=typst_pdf.fonts(), ignore_system_fonts=True, field="value"
    )
    return json.loads(answer)


def handouts(of: str) -> Iterator[Document]:
    for name in OF[of]:
        if name not in SLOW:
            yield from documents(name)


def test_every_block_has_a_macro() -> None:
    assert set(MACROS) == set(get_args(Block))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_is_the_same_each_time_and_compiles(language: str) -> None:
    text = write_typst(sample(language))
    assert text == write_typst(sample(language)) and "\n\n\n\n" not in text and "<%" not in text
    assert typst_pdf.compile(text).startswith(b"%PDF")


@pytest.mark.parametrize("of", few(["some", "all"], "some"))
def test_every_formula_of_every_handout_compiles(of: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each formula that is written while the handouts are, all on one page."""
    written: dict[str, str] = {}
    convert = module.typst
    monkeypatch.setattr(module, "typst", lambda tree: written.setdefault(latex(tree), convert(tree)))
    module.equation.cache_clear()
    texts = [write_typst(made) for made in (*handouts(of), sample("en"), sample("zh"))]
    assert len(written) > {"some": 1000, "all": 2000}[of]
    assert not any(re.search(r"@[a-z]", text.split("#block(sized")[1]) for text in texts)
    assert typst_pdf.compile(page(*written.values())).startswith(b"%PDF")


@pytest.mark.parametrize("name", few(NETWORKS, "residual"))  # the toy's exercises below
def test_every_handout_is_accessible(name: str) -> None:
    """PDF/UA-1, which the compiler refuses where a formula or a figure has no words."""
    for made in documents(name):
        assert b"pdfuaid:part" in typst_pdf.compile(write_typst(made))


@pytest.mark.parametrize("level", few([1, 2, 3], 1))
def test_every_exercise_and_solution_is_accessible(level: int) -> None:
    made = exercises(load("toy-cnn"), LANGUAGES, "pdf", level, Options(accessible=True))
    assert len(made) == 2 * len(LANGUAGES) and all(b"pdfuaid:part" in pdf for pdf in made.values())  # type: ignore[operator]


@pytest.mark.parametrize("language", few(LANGUAGES, "zh"))
def test_no_formula_of_the_toy_touches_what_stands_beside_it(language: str) -> None:
    text = write_typst(handout(derive(load("toy-cnn")), REPORT, emitted(), language, None))
    assert found(text, "<too-wide>") == []
    assert len(found(text, "<part>")) == text.count("\n#part(") > 3


def test_a_formula_that_is_too_wide_is_found() -> None:
    wide = Chain((Line(Letter("x"), equals(added([read("abcdefgh")] * 12))),))
    assert len(found(write_typst(document(wide)), "<too-wide>")) == 1


def test_text_is_escaped_and_mathematics_written() -> None:
    text = write_typst(document(Paragraph("50 % & #x $x_1$"), Chain((Line("a_1", "=b"),))))
    assert r"""[50 % & \#x #m("x sub 1", $x_(1)$);]""" in text and 'title: "T & t"' in text
    assert """rhs: m("equals b", $display("" = b)$)""" in text


def test_a_chain_breaks_only_between_its_inner_lines() -> None:
    text = body(Chain(tuple(Line("", f"={k}", continued=k == 3) for k in range(6))))
    assert re.findall(r"keep: (\w+)", text) == ["true", "false", "true", "false", "true", "false"]


def test_a_heading_stays_with_what_follows() -> None:
    """A step that fits the page only without its figure goes to the next page whole."""
    high = (("1", "2"),) * 7
    window = Window(high, (("1",),), high, (0, 0), ("X", "K", "Y"))
    for lines in range(30, 60):
        text = write_typst(
            document(Paragraph("\n".join(["x"] * lines)), Passage("S", (Paragraph("So."), FigureRow((window,)))))
        )
        marked = text.replace("#paragraph(keep: true)[So.]", "#paragraph(keep: true)[So.#where]")
        marked = marked.replace("#sheet(", "#where;#sheet(")
        marked = "#let where = context [#metadata(here().page())<where>]\n" + marked
        said, drawn = found(marked, "<where>")
        assert said == drawn


def test_a_colon_keeps_what_follows() -> None:
    assert "keep: true" in body(Paragraph("So:")) and "keep" not in body(Paragraph("So."))


def test_what_moves_on_a_screen_stands_still_on_paper() -> None:
    cell = (("1",),)
    window = Window(cell, cell, cell, (0, 0), ("X", "K", "Y"))
    assert body(Explorer("t", "x", (Shown(Letter("X"), ()),), ())).strip() == ""
    sliding = body(Sliding((window, window, window), 2, "and more"))
    assert sliding.count("#sheet(") == 2 and "and more" in sliding
    assert body(Switch((Passage("one", ()), Passage("two", ())))).count("#step(") == 2


def test_pages_break_where_they_must() -> None:
    assert "#pagebreak(weak: true)" in body(PageBreak()) and "#need(30mm)" in body(Need(30))
    parts = (Part(1, "A", ()), Part(2, "B", (), fresh=True), Part(3, "C", ()))
    text = write_typst(Document("t", "s", "en", CHAIN, parts))
    pages = text + "\n#context [#metadata(query(<part>).map(p => p.location().page()))<pages>]"
    assert found(pages, "<pages>") == [[1, 2, 2]]


def test_a_need_begins_a_page_at_its_top() -> None:
    filled, step = Paragraph("\n".join(["x"] * 32)), Passage("S", (Paragraph("p"),))
    where = "#let where = context [#metadata(here().position())<where>]\n"
    needed, broken, roomy = (
        found(where + write_typst(document(*blocks, step)).replace("[S]", "[S#where]"), "<where>")
        for blocks in ((filled, Need(60)), (filled, PageBreak()), (filled, Need(20)))
    )
    assert needed == broken and needed[0]["page"] == 2 and roomy[0]["page"] == 1


def test_worked_lines_are_a_chain() -> None:
    assert body(Worked((WorkedLine("S", "x", ("1", "+2"), "3"),))).count("lhs:") == 4


def test_a_long_line_of_code_wraps_and_keeps_its_number() -> None:
    shown = listing(LOOP, {7: "unpack"})
    rows = view_listing(TypstWriter(document(), prose("en")), shown).rows
    lines = [line for row in rows for line in row.lines]
    assert [line.number for line in lines if line.number] == [str(x.number) for x in shown.lines if x.code]
    assert sum(not line.number for line in lines) >= 2
    assert rows[0].kept and rows[-2].kept and not rows[-1].kept


def test_a_step_shows_where_it_stands_in_the_chain() -> None:
    assert 'locator: locator(("off", m("cap X", $X$), 4.4mm),("fw", m("cap S", $S$), 4.4mm),' in body(
        Passage("s", (), ("S",))
    )


def test_mistakes_are_refused() -> None:
    with pytest.raises(Broken, match="no macro for a str"):
        write_typst(document("text"))  # type: ignore[arg-type]
    with pytest.raises(Broken, match="120 mm wide"):
        write_typst(document(Table((Column(60), Column(60)), (("a", "b"),), ruled=True)))
    with pytest.raises(Broken, match="does not hold"):
        write_typst(document(Passage("s", (), ("Q",))))
    with pytest.raises(Broken, match="cannot be read"):
        write_typst(document(Bullets((r"$\unheard$",))))


def test_words_of_a_table_keep_white_on_their_right() -> None:
    assert cell(Column(50), "words", "en") == "#pad(right: 1.5mm)[words]"
    assert "pad" not in cell(Column(50, math=True), "x", "en") + cell(Column(50, "r"), "words", "en")
