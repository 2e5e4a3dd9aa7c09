"""A document as one page: complete, well formed, by itself, the same each time, and readable without its script."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args
from xml.etree.ElementTree import Element, ParseError, fromstring

import every_formula
import pytest
from cells import reads
from depth import few
from sample_document import sample, window
from studies import NETWORKS

from symconv.errors import Broken
from symconv.formula.latex import latex
from symconv.formula.nodes import Letter
from symconv.formula.read import read
from symconv.handout.document import (
    Block,
    Document,
    Explorer,
    FigureRow,
    Link,
    NumberField,
    Part,
    Passage,
    Shown,
    Sliding,
)
from symconv.language import LANGUAGES, Language
from symconv.writers.html.writer import MACROS, write_html
from tests.writers.html.test_text import Tree, words

ROOT = Path(__file__).parents[3]


@cache
def pages(name: str) -> dict[str, str]:
    """The network's page in both languages; `sample`: of the document that holds every kind of block."""
    documents = tuple(map(sample, ("en", "zh"))) if name == "sample" else every_formula.documents(name)
    return {d.language: write_html(d) for d in documents}


def by_class(root: Element, name: str) -> list[Element]:
    return [e for e in root.iter() if name in e.get("class", "").split()]


# ------------------------------------------------------------------------------------------------ any page
def faults(page: str, language: str) -> Iterator[str]:
    """What is wrong with a page, whatever its document says."""
    tree = Tree(page)
    yield from tree.faults
    nodes = list(tree.root.iter())
    yield from references(page, nodes)
    ids = [e.get("id", "") for e in nodes if "id" in e.attrib]
    yield from (f"the id {i!r} twice" for i in set(ids) if ids.count(i) > 1)
    yield from (
        f"no place #{e.get('href', '')[1:]}" for e in nodes if "href" in e.attrib and e.get("href")[1:] not in ids
    )
    root = next(e for e in nodes if e.tag == "html")
    yield from [] if root.get("lang") == Language.of(language).tag else ["another language"]
    for tag in ("title", "h1", "main"):
        found = [e for e in nodes if e.tag == tag]
        yield from [] if len(found) == 1 and words(found[0]).strip() else [f"no {tag}, or several"]
    yield from unlabelled(nodes)
    for e in nodes:
        if "hidden" in e.attrib and not {"slider", "explorer", "score"} & set(e.get("class", "").split()):
            yield f"<{e.tag}> is hidden without a script"
    for kind in ("math", "svg"):
        for text in re.findall(rf"<{kind}[ >].*?</{kind}>", page, re.S):
            try:
                fromstring(text)
            except ParseError as error:
                yield f"{kind} is no XML: {error}"
    yield from (f"{rest} is left over" for rest in (r"\dL", r"\frac", "{{", "{%", "Undefined") if rest in
                "".join(words(e) for e in nodes if e.tag in ("main", "nav")))  # fmt: skip


def references(page: str, nodes: list[Element]) -> Iterator[str]:
    """Whatever would make a browser look elsewhere."""
    yield from (f"a reference to {found}" for found in re.findall(r"(?:https?:)?//\w[^\"'\s<>)]*", page)
                if found.startswith("http"))  # fmt: skip
    yield from (f"a reference to {u}" for u in re.findall(r"url\(([^)]{,60})", page) if not u.startswith("data:font/"))
    yield from ("an @import" for _ in re.findall("@import", page))
    for e in nodes:
        for name in ("src", "href", "srcset", "action", "poster", "data", "xlink:href"):
            if name in e.attrib and not (name == "href" and e.get("href", "").startswith("#")):
                yield f"<{e.tag} {name}={e.get(name)!r}>"
        yield from (f"<{e.tag} {name}>" for name in e.attrib if name.startswith("on"))
        yield from [f"<{e.tag}>"] if e.tag in ("link", "iframe", "object", "embed", "base", "img") else []


def unlabelled(nodes: list[Element]) -> Iterator[str]:
    """Pictures, controls and groups that say nothing aloud."""
    for e in nodes:
        named = e.get("aria-label", "").strip() or (e.tag == "button" and words(e).strip())
        if (e.tag in ("svg", "input", "nav", "button") or e.get("role") == "group") and not named:
            yield f"<{e.tag}> has no label"
        if e.tag == "svg" and e.get("role") != "img":
            yield "<svg> is no img"


@pytest.mark.parametrize("name", few(["sample", *NETWORKS], "sample", "toy-cnn", "grouped", "vectors"))
def test_every_page_is_well_formed_and_by_itself(name: str) -> None:
    for language, page in pages(name).items():
        assert list(faults(page, language)) == []
        assert len(page) < {"toy-cnn": 500_000}.get(name, 1_000_000)


@pytest.mark.parametrize(
    "good, bad, fault",
    [
        ("</header>", '<img src="https://x.y/z.png"></header>', "a reference to https://x.y/z.png"),
        ("</header>", '<img src="z.png"></header>', "<img src='z.png'>"),
        ("</style>", "@import 'z.css';</style>", "an @import"),
        ("</style>", "p{background:url(z.png)}</style>", "a reference to z.png"),
        ('href="#part-1"', 'href="#part-99"', "no place #part-99"),
        ('id="part-2"', 'id="part-1"', "the id 'part-1' twice"),
        ('lang="en"', 'lang="fr"', "another language"),
        ('role="img" aria-label="', 'role="img" x="', "<svg> has no label"),
        ('<input type="range" min="0" max="2" value="0" step="1" aria-label', "<input x", "<input> has no label"),
        ('<section class="step"', '<section hidden class="step"', "<section> is hidden without a script"),
        ("</section>", "", "</main> closes <section>"),
        ("<mn>1</mn>", "<mn>1</mn>&hbar;", "math is no XML: undefined entity"),
        ("<h1>", r"<h1>\dL", r"\dL is left over"),
        ("<h1>", "<h1 onclick='x()'>", "<h1 onclick>"),
    ],
)  # fmt: skip
def test_faults_are_found(good: str, bad: str, fault: str) -> None:
    page = pages("toy-cnn")["en"]
    assert good in page
    assert any(found.startswith(fault) for found in faults(page.replace(good, bad, 1), "en"))


# ------------------------------------------------------------------------------------------------ blocks
def test_every_block_has_a_macro() -> None:
    assert set(MACROS) == set(get_args(Block))


def test_a_block_without_a_macro_is_refused() -> None:
    with pytest.raises(Broken, match="no macro for a str"):
        write_html(Document("T", "s", "en", (), (Part(1, "P", ("text",)),)))  # type: ignore[arg-type]


def test_text_is_escaped_in_titles_and_labels() -> None:
    figure = replace(window(0, (r"1\cdot2",)), names=tuple(map(read, ("X'", "a^*", r"\tdL{S}"))))
    page = write_html(Document("a < *b* & $x'$", 's "q"', "en", (), (Part(1, "P", (FigureRow((figure,)),)),)))
    tree = Tree(page)
    (svg,) = tree.root.iter("svg")
    assert "<title>a &lt; b &amp; x′</title>" in page and tree.faults == []
    assert svg.get("aria-label", "").endswith(": X′, a^∗, ∂L/∂S")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_formula_but_those_in_pictures_is_said_in_the_page_s_language(language: str) -> None:
    """A picture is one thing with words of its own; a sheet has none of both."""
    root = Tree(pages("toy-cnn")[language]).root
    pictured = {id(e) for svg in root.iter("svg") for e in svg.iter("math")}
    said = {e.get("alttext", "") for e in root.iter("math") if id(e) not in pictured}
    wanted = {"en": "cap U at 0, 0 end", "zh": "大写 U 下标为 0， 0 完"}[language]
    assert "" not in said and wanted in said and len(said) > 100
    sheet = write_html(every_formula.documents("toy-cnn")[LANGUAGES.index(language)], small=True)
    assert "<math" in sheet and "alttext" not in sheet


def test_steps_of_one_title_have_names_of_their_own() -> None:
    step = Passage("same", ())
    document = Document(
        "T", "s", "en", (), (Part(1, "P", (step, Passage("same", ()))), Part(2, "Q", (Passage("same", ()),)))
    )
    assert re.findall(r'<section class="step" id="([^"]*)"', write_html(document)) == [
        "part-1-1",
        "part-1-2",
        "part-2-1",
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_contents_are_the_headings_with_their_numbers_and_the_explorer(language: str) -> None:
    tree = Tree(pages("toy-cnn")[language])
    (contents,) = (e for e in tree.root.iter() if e.tag == "nav")
    listed = [(a.get("href", "")[1:], words(a)) for a in contents.iter("a")]
    sections = [e for e in tree.root.iter("section") if "id" in e.attrib]
    heads = [next(h for h in (e.find("h2"), e.find("h3/span"), e.find("h3")) if h is not None) for e in sections]
    assert listed == [(e.get("id"), words(h)) for e, h in zip(sections, heads, strict=True)]
    assert [text[0] for name, text in listed if name.count("-") == 1] == list("1234567")
    (explorer,), (entry,) = by_class(tree.root, "explorer"), by_class(contents, "js")
    assert dict(listed)[explorer.get("id", "")] == words(entry), "hidden where there is no script, as the explorer"


def test_the_explorer_carries_every_entry_and_what_it_reads() -> None:
    (block,) = (b for part in every_formula.documents("toy-cnn")[0].parts for b in part.blocks if type(b) is Explorer)
    (box,) = by_class(Tree(pages("toy-cnn")["en"]).root, "explorer")
    (script,) = by_class(box, "graph")
    graph = json.loads(words(script))
    flat = [[link.to, link.from_, [[k for pair in f for k in pair] for f in link.factors]] for link in block.links]
    assert graph == {"count": len(reads(block)), "first": 0, "links": flat, "fields": []}
    numbers = [int(e.get("data-k", "")) for e in box.iter("button")]
    assert numbers == list(range(len(reads(block)))), "in the order in which they are numbered"
    shown = [entry.replace("\u2212", "-") for _, entry in (words(e).split(" = ") for e in box.iter("button"))]
    tensors = [tensor for tensor in block.tensors if isinstance(tensor, Shown)]
    entries = [latex(number) for tensor in tensors for row in tensor.rows for _, number in row]
    assert shown == [number.replace("/", "") for number in entries], "a fraction is stacked"


def test_an_explorer_with_fields_carries_their_numbers() -> None:
    field = NumberField(read(r"\tdL{X}"), (2, 3), (1, -2, 30, 4, 5, 6), 4, gradient=True)
    block = Explorer(
        "t", "x", (NumberField(Letter("L"), (), (7,), 4), field), (Link(1, 0, (((0, 0), (1, 0)),)),), first=1
    )
    tree = Tree(write_html(Document("T", "s", "en", (), (Part(1, "P", (block,)),))))
    (script,) = by_class(tree.root, "graph")
    assert json.loads(words(script)) == {
        "count": 7, "first": 1, "links": [[1, 0, [[0, 0, 1, 0]]]],
        "fields": [
            {"begin": 0, "shape": [], "digits": 4, "numbers": [7]},
            {"begin": 1, "shape": [2, 3], "digits": 4, "numbers": [1, -2, 30, 4, 5, 6]},
        ],
    }  # fmt: skip
    assert [c.get("aria-label") for c in tree.root.iter("canvas")] == ["L", "\u2202L/\u2202X"]


@pytest.mark.deep
def test_the_page_is_the_same_each_time_and_in_every_process() -> None:
    code = (
        "import hashlib; from sample_document import sample; from symconv.writers.html.writer import write_html\n"
        "print(hashlib.sha256(write_html(sample('zh')).encode()).hexdigest())"
    )
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    prints = {
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
                       check=True, capture_output=True, text=True).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(prints) == 1 and write_html(sample("zh")) == write_html(sample("zh"))


def test_a_single_window_is_a_figure_and_nothing_to_slide() -> None:
    block = Sliding((window(0, (r"1\cdot2",)),), 1)
    page = write_html(Document("T", "s", "en", (), (Part(1, "P", (block,)),)))
    assert not by_class(Tree(page).root, "slider") and page.count("<svg") == 1


def test_a_slider_of_channels_says_what_it_shows() -> None:
    windows = tuple(window(k, (r"1\cdot2",)) for k in (0, 1))
    block = Sliding(windows, 0, channels=(windows,), caption="for $S[0]$")
    tree = Tree(write_html(Document("T", "s", "en", (), (Part(1, "P", (block,)),))))
    (slider,) = by_class(tree.root, "slider")
    assert words(slider).strip().startswith("for S[0]") and len(by_class(slider, "place")) == 2
    assert not list(tree.root.iter("figure")), "nothing stands still"
