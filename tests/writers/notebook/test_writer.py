"""The handout as a notebook: valid, the same each time, its formulas readable by MathJax and KaTeX, its code right."""

import base64
import contextlib
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, get_args
from xml.etree import ElementTree

import any_networks
import nbformat
import networks
import pytest
import studies
from depth import few
from every_formula import documents
from sample_document import CHAIN, sample
from studies import FEW

from symconv.errors import Broken
from symconv.formula.nodes import Letter
from symconv.handout.document import Beside, Block, Column, Document, FigureRow, Need, Paragraph, Part, Table
from symconv.handout.listings import CodeLine, Listing
from symconv.networks.network import Network, load
from symconv.study import Study
from symconv.text.prose import LANGUAGES, prose
from symconv.writers.notebook.writer import WRITERS, write_notebook

ALL = ["toy", *networks.ALL, *any_networks.NETWORKS]
KNOWN = r"""
\, \; \: \! \% \\ \{ \} \_ \# \& \$ \begin \end \color \text \texttt \textstyle \frac \tfrac \sqrt \partial \sum \max
\min \log \tanh \sin \cos \tilde \operatorname \mathit \mathrm \mathbf \substack \left \right \bigl \bigr \Bigl
\Bigr \lfloor \rfloor \cdot \cdots \dots \times \circ \approx \lt \gt \le \ge \in \mid \vert \to \quad \qquad \enspace
\alpha \beta \delta \theta \mu \sigma \pi \xi \Phi
"""  # commands that KaTeX and MathJax both know, from version 2 on; and a backslash with a space
COMMANDS = {"\\ ", r"\square", *KNOWN.split()}


@cache
def study(name: str) -> Study:
    return studies.study(known(name))


def known(name: str) -> str:
    """Its name in tests/studies.py."""
    return "toy-cnn" if name == "toy" else name


@cache
def notebook(name: str, language: str = "en") -> Any:
    return parsed(documents(known(name))[[*LANGUAGES].index(language)], study(name).network)


def parsed(document: Document, network: Network | None = None) -> Any:
    return nbformat.reads(write_notebook(document, network or load("toy-cnn")), as_version=4)


def document(*blocks: Block, language: str = "en") -> Document:
    return Document("T & t", "s", language, CHAIN, (Part(1, "P", blocks),))


def text(*blocks: Block) -> str:
    return "\n\n".join(cells(parsed(document(*blocks)), "markdown")[1:])


def cells(book: Any, kind: str) -> list[str]:
    return [cell.source for cell in book.cells if cell.cell_type == kind]


def formulas(book: Any) -> Iterator[str]:
    for source in cells(book, "markdown"):
        plain = re.sub(r'```.*?```|`[^`\n]*`|base64,[^"]*', "", source, flags=re.S)
        found = re.findall(r"\$\$\n(.*?)\n\$\$|\$([^$\n]+)\$", plain, re.S)
        assert plain.count("$") == sum(4 if shown else 2 for shown, _ in found)
        yield from (shown or inline for shown, inline in found)


def test_every_block_has_a_writer() -> None:
    assert set(WRITERS) == set(get_args(Block))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_is_valid_and_the_same_each_time(language: str) -> None:
    source = write_notebook(sample(language), load("toy-cnn"))
    assert source == write_notebook(sample(language), load("toy-cnn")) and source.endswith("}\n")
    book = json.loads(source)
    nbformat.validate(book)
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert book["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in book["cells"])


@pytest.mark.parametrize("name", ["toy", "residual"])
def test_the_cells_names_are_fixed_and_the_same_in_every_language(name: str) -> None:
    english, *others = ([(c.id, c.cell_type) for c in notebook(name, language).cells] for language in LANGUAGES)
    assert all(other == english for other in others) and len({i for i, _ in english}) == len(english)
    assert [i for i, _ in english][:4] == ["start-01", "start-02", "start-03", "part-1-01"]
    assert english[-1] == ("end-01", "code")


@pytest.mark.parametrize("name", few(ALL, "toy", *FEW[1:]))
@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_hold_only_what_every_reader_knows_and_code_is_python(name: str, language: str) -> None:
    book = notebook(name, language)
    for formula in formulas(book):
        assert set(re.findall(r"\\(?:[A-Za-z]+|.)", formula)) <= COMMANDS, formula
        assert set(re.findall(r"\\(?:begin|end)\{(\w+)\}", formula)) <= {"aligned", "bmatrix"}
        plain = re.sub(r"\\[{}]", "", formula)
        assert plain.count("{") == plain.count("}")
        assert "\n\n" not in formula and not re.search("[<>|]", formula)
    for source in cells(book, "code"):
        compile(source, name, "exec")
        assert max(map(len, source.splitlines())) <= 140


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_is_readable_too(language: str) -> None:
    assert all(set(re.findall(r"\\(?:[A-Za-z]+|.)", f)) <= COMMANDS for f in formulas(parsed(sample(language))))


# ------------------------------------------------------------------------------------------------ code
def run(sources: list[str], scope: dict[str, Any]) -> str:
    """What the cells print, run one after another in one scope."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for source in sources:
            exec(compile(source, "cell", "exec"), scope)
    return out.getvalue()


@pytest.mark.parametrize(("name", "language"), [("toy", "en"), ("strided", "zh"), ("vectors", "en")])
def test_the_code_runs_and_the_last_cell_catches_a_wrong_gradient(name: str, language: str) -> None:
    torch = pytest.importorskip("torch")
    *before, check = cells(notebook(name, language), "code")
    scope: dict[str, Any] = {}
    printed = run(before, scope)
    assert ("def conv2d_loop(" in printed) == (name != "vectors")
    run([check], scope)
    assert set(scope["compared"]) == set(scope["gradients"])
    wrong = dict(scope["gradients"])
    wrong["W"] = torch.add(wrong["W"], 1) if name == "vectors" else wrong["W"].applyfunc(lambda entry: entry + 1)
    scope["gradients"] = wrong
    with pytest.raises(AssertionError, match="W: "):
        run([check], scope)


def test_changed_numbers_run_too() -> None:
    pytest.importorskip("torch")
    sources = cells(notebook("toy"), "code")
    assert sources[0].count("[1, 0, 2]") == 1
    run([sources[0].replace("[1, 0, 2]", '["1/3", 0.25, -7]'), *sources[1:]], {})


def test_a_networks_values_and_gradients_have_their_cells_where_they_are_told() -> None:
    book = notebook("toy")
    kinds = [(c.cell_type, c.source) for c in book.cells]
    below = {a[1].partition("\n")[0]: b[1] for a, b in pairwise(kinds) if a[0] != b[0]}
    assert below["### Convolution"].endswith('values["S"]')
    assert 'gradients["W"]' in below["### The gradient of $W$"]
    assert "moved = " in below["### Forward again"] and "emit" in below["### Loop: the definition"]
    code = "\n".join(cells(book, "code"))
    assert all(f'gradients["{name}"].shape' in code for name in study("toy").derivations)
    assert code.count("study.verify()") == code.count("autograd(torch, network)") == 1
    assert {form for form in ("loop", "flatten", "batched") if f'form="{form}"' in code} == {
        "loop",
        "flatten",
        "batched",
    }


def test_only_forms_that_fit_run_on_a_network_with_channels() -> None:
    code = "\n".join(cells(notebook("grouped"), "code"))
    assert re.findall(r'compile\("conv2d", form="(\w+)"', code) == ["batched"] and "functional.pad" in code


def test_a_long_text_of_a_network_is_folded() -> None:
    network = Network(
        "wide", any_networks.HALF, any_networks.parameter("X", 200, 12), (any_networks.last(2, 2400),),
        any_networks.CrossEntropy(1),
    )  # fmt: skip
    book = parsed(document(Paragraph("p")), network)
    assert [c.metadata.get("jupyter") for c in book.cells[:3]] == [None, {"source_hidden": True}, None]


# ------------------------------------------------------------------------------------------------ blocks
def test_pictures_are_images_that_stand_alone() -> None:
    source = "\n".join(cells(notebook("strided"), "markdown"))
    images = re.findall(r'<img alt="[^"<>]+" src="data:image/svg\+xml;base64,([^"]+)">', source)
    assert len(images) == source.count("<img") > 3 and "attachment:" not in source
    for image in images:
        assert ElementTree.fromstring(base64.b64decode(image).decode()).tag.endswith("}svg")


def test_what_stands_in_the_margin_is_quoted_below() -> None:
    assert text(Paragraph("a", note="b\n\nc")).endswith("a\n\n> b<br><br>c")
    assert text(Beside((Paragraph("a"),), rule="$r$", mark="3", note="n")).endswith("a\n\n> (3) $r$\n\n> n")


def test_tables_have_a_header_and_their_alignment() -> None:
    table = Table((Column(9, math=True), Column(9, "r")), ((Letter("x"), "`a|b`"), ("", "-1")))
    assert text(table).endswith("|  |  |\n| :-- | --: |\n| $x$ | `a\\|b` |\n|  | \\-1 |")


def test_a_listings_notes_are_numbered() -> None:
    lines = (
        CodeLine(1, 0, "a = 1", "one"),
        CodeLine(2, 4, "b = 2", joined=True),
        CodeLine(3, 0, ""),
        CodeLine(4, 0, "c", "$c$"),
    )
    assert text(Listing(lines)).endswith("```python\na = 1  # (1)\n    b = 2\n\nc  # (2)\n```\n\n1. one\n2. $c$")


def test_a_page_has_no_place_here_and_strangers_are_refused() -> None:
    assert text(Need(30), Paragraph("a")) == "## 1. P\n\na"
    with pytest.raises(Broken, match="no Markdown for a str"):
        parsed(document("text"))  # type: ignore[arg-type]
    with pytest.raises(Broken, match="no figure"):
        parsed(document(FigureRow(())))


def test_the_comments_are_in_the_documents_language() -> None:
    say = prose("zh")
    assert f"# {say('notebook.verify')}" in "\n".join(cells(notebook("toy", "zh"), "code"))
