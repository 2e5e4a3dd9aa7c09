"""The document model and its LaTeX: every block has a macro, the output is the same each time, mistakes are refused."""

import re
from typing import get_args

import pytest
from from_latex import with_trees
from sample_document import CHAIN, LOOP, sample

from symconv.errors import Broken
from symconv.formula.nodes import Letter
from symconv.formula.read import read
from symconv.handout.document import (
    Asked,
    Block,
    Chain,
    Column,
    Document,
    FigureRow,
    Line,
    Paragraph,
    Part,
    Passage,
    Table,
)
from symconv.handout.listings import CodeLine, listing
from symconv.writers.code_layout import break_at, lay_out, printed, wrapped
from symconv.writers.latex.writer import MACROS, column, locator, python, write_latex
from symconv.writers.views import LINKS


def document(*blocks: Block, language: str = "en") -> Document:
    return with_trees(Document("T & t", "s", language, CHAIN, (Part(1, "P", blocks),)))


def kinds(blocks: tuple[object, ...]) -> set[type]:
    inner = (getattr(b, "blocks", ()) + getattr(b, "steps", ()) for b in blocks)
    return {type(b) for b in blocks}.union(*map(kinds, inner))


def test_every_block_has_a_macro() -> None:
    assert set(MACROS) == set(get_args(Block))


def test_the_sample_holds_nearly_every_block() -> None:
    missing = set(MACROS) - kinds(sample("en").parts)
    assert {kind.__name__ for kind in missing} == {"PageBreak"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_output_is_the_same_each_time_and_well_formed(language: str) -> None:
    text = write_latex(sample(language))
    assert text == write_latex(sample(language))
    body = text[text.index(r"\begin{document}") :]
    begun, ended = (sorted(re.findall(rf"\\{word}\{{(\w+)\}}", body)) for word in ("begin", "end"))
    braces = re.sub(r"\\[{}]", "", body)
    assert begun == ended and braces.count("{") == braces.count("}")
    assert "\n\n\n\n" not in text


def test_text_is_escaped_and_mathematics_kept() -> None:
    text = write_latex(document(Paragraph("50 % & $x_1$"), Chain((Line("a_1", "=b"),))))
    assert r"50 \% \& $x_1$" in text and r"\chainline{a_{1}}{=b}{}" in text and r"pdftitle={T \& t}" in text


def test_every_left_hand_side_is_measured() -> None:
    text = write_latex(document(Chain((Line("a", "=b"), Line("", "=c"), Line("d", "=e")))))
    assert r"\begin{chain}{\lhs{a}\lhs{d}}" in text


def test_a_chain_breaks_only_between_its_inner_lines() -> None:
    text = write_latex(document(Chain(tuple(Line("", f"={k}", continued=k == 3) for k in range(6)))))
    kept = re.findall(r"\\nobreak\n\\chain(?:line\{\}|cont)\{=?(\d)", text.replace("{=", "{"))
    assert kept == ["1", "3", "5"]


def test_a_row_of_blanks_may_reach_into_the_margin_where_nothing_stands() -> None:
    lines = (Line("a", "=b", mark="1"), Line("", "=c"))
    asked, told = write_latex(document(Asked(lines))), write_latex(document(Chain(lines)))
    assert r"{=b}{\eqmark{1}}" in asked and r"{=c\hskip0pt minus30mm}{}" in asked and r"minus30mm" not in told


def test_a_colon_keeps_what_follows() -> None:
    assert "\\nobreak\n" in write_latex(document(Paragraph("So:")))[-60:]
    assert "\\nobreak\n" not in write_latex(document(Paragraph("So.")))[-60:]


def test_a_block_without_a_macro_is_refused() -> None:
    with pytest.raises(Broken, match="no macro for a str"):
        write_latex(document("text"))  # type: ignore[arg-type]


def test_a_table_wider_than_the_column_is_refused() -> None:
    with pytest.raises(Broken, match="120 mm wide"):
        write_latex(document(Table((Column(60), Column(60)), (("a", "b"),), ruled=True)))


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Table((Column(10), Column(10)), (("a",),))


@pytest.mark.parametrize("length, pieces", [(16, 1), (17, 3), (60, 10)])
def test_a_long_table_comes_in_pieces(length: int, pieces: int) -> None:
    rows = tuple((str(k),) for k in range(length))
    text = write_latex(document(Table((Column(10),), rows, ("head",), note="once", ruled=True)))
    assert text.count(r"\begin{tabular}") == pieces and text.count("once") == 1
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == text.count(r"\tablehead{head}") == 1


def test_a_note_parts_no_pieces_of_a_table() -> None:
    def pieces(length: int) -> list[str]:
        rows = tuple((str(k),) for k in range(length))
        text = write_latex(document(Table((Column(10),), rows, note="beside", ruled=True)))
        return text.split(r"\begin{tabular}")[1:]

    (whole,), (first, *others) = pieces(16), pieces(17)
    assert r"\sidetop[1.5mm]{beside}" in whole and r"\smash" not in whole  # as deep as it is: what follows stays below
    assert r"\smash{\sidetop[1.5mm]{beside}}" in first and r"\nobreak" in first  # up to the second, which stands close
    assert not any(r"\smash" in x or r"\nobreak\nointerlineskip" in x for x in others)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match=r"there are .*en, "):
        document(language="fr")


def test_the_locator_shows_a_part_of_a_long_chain() -> None:
    chain = tuple(read(f"A_{{{k}}}") for k in range(12))
    text = locator(chain, chain[6:7], "bw")
    assert text.count(r"\link") == LINKS and r"\link{bw}{A_{6}}" in text and text.count(r"\cdots") == 2
    assert locator(chain, (), "fw") == ""
    assert locator(tuple(map(read, CHAIN)), (Letter("S"),), "fw").count(r"\link{fw}") == 1


def test_the_locator_refuses_a_stranger() -> None:
    with pytest.raises(Broken, match="does not hold"):
        write_latex(document(Passage("s", (), ("Q",))))


def test_an_empty_figure_row_is_refused() -> None:
    with pytest.raises(Broken, match="no figure"):
        write_latex(document(FigureRow(())))


def test_a_listing_shares_notes_and_keeps_its_numbers() -> None:
    lines = listing(LOOP, {7: "unpack", 9: "sizes", 10: ""}).lines
    by_number = {line.number: line for line in lines}
    assert by_number[8].joined and not by_number[9].joined and not by_number[10].joined
    assert by_number[4].text and not by_number[7].text and by_number[14].indent == 4
    rows = lay_out(listing(LOOP, {7: "unpack"}), python).rows
    assert [line.number for row in rows if row.note for line in row.lines] == ["7", "8", "9", "10"]


def test_long_code_breaks_before_an_operator_outside_brackets() -> None:
    line = "Y[i, j] = torch.sum(Xp[rows, cols] * K) + bias[0]"
    assert wrapped(line, 44) == ["Y[i, j] = torch.sum(Xp[rows, cols] * K)", "+ bias[0]"]
    assert wrapped(line, 80) == [line]


def test_what_opens_a_body_hangs_deeper_than_the_body() -> None:
    line = "def conv2d_loop(input, kernel, bias=None, stride=1):"
    first, *more = printed(CodeLine(1, 0, line, ""), 40, lambda code, text: code)
    assert [first.code, *(p.code for p in more)] == ["def conv2d_loop(input, kernel,", "bias=None, stride=1):"]
    assert [p.indent for p in more] == [8]
    assert break_at("x" * 50, 40) == 0


@pytest.mark.parametrize("room", [30, 45, 61])
def test_wrapping_loses_nothing(room: int) -> None:
    for line in LOOP.split("\n"):
        parts = wrapped(line.strip(), room)
        assert " ".join(parts).split() == line.split()
        assert all(len(part) <= room or " " not in part[: room - 4] for part in parts)


def test_words_of_a_table_do_not_touch_the_next_column() -> None:
    """Formulas need no white: they do not fill their column as a line of words does."""
    assert column(Column(50)).endswith(r"p{48.5mm}@{\hspace{1.5mm}}")
    assert column(Column(50, math=True)).endswith("p{50mm}") and column(Column(50, "r")).endswith("p{50mm}")


def test_a_long_title_goes_on_below() -> None:
    """In a box as wide as the main column and the margin: a line of TeX's own would run off the page."""
    text = write_latex(document())
    assert r"\parbox[t]{\dimexpr\linewidth+\gutter+\sidecol}{\raggedright" in text
    assert r"\rlap{\fontsize{24}" not in text
