"""The PDF without TeX: the same bytes in every process, nothing read but the source, and what readers need."""

import hashlib
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from sample_document import sample

from symconv.errors import Broken
from symconv.files import typst_pdf
from symconv.text.prose import LANGUAGES
from symconv.writers.typst.text import code
from symconv.writers.typst.writer import write_typst

TITLE = '#set document(title: "t"); #set text(lang: "en")\n'
AGAIN = "import sys, hashlib; from symconv.files import typst_pdf; print(hashlib.sha256(typst_pdf.compile(sys.stdin.read())).hexdigest())"  # fmt: skip # noqa: E501


@cache
def source(language: str) -> str:
    return write_typst(sample(language))


@cache
def pdf(language: str) -> bytes:
    return typst_pdf.compile(source(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_source_gives_the_same_bytes_in_every_process(language: str, tmp_path: Path) -> None:
    """Another process, second, time zone, home and folder."""
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "TZ": "Asia/Tokyo", "HOME": str(tmp_path), "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"}
    env |= {"TMPDIR": str(tmp_path), "SOURCE_DATE_EPOCH": "1700000000"}
    done = subprocess.run(
        [sys.executable, "-c", AGAIN], input=source(language), env=env, cwd=tmp_path, capture_output=True, text=True,
        encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(pdf(language)).hexdigest()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_holds_no_date_and_no_path(language: str) -> None:
    assert not re.search(rb"CreationDate|ModDate|CreateDate|ModifyDate|symconv-|/tmp/", pdf(language))


@pytest.mark.parametrize(("language", "tag"), [("en", b"en"), ("zh", b"zh-CN")])
def test_a_readers_program_finds_language_title_bookmarks_and_text(language: str, tag: bytes) -> None:
    made = pdf(language)
    assert re.search(rb"/Lang ?\(" + tag + rb"\)", made)
    assert b"<dc:title>" in made and sample(language).title.encode() in made
    steps = sum(len([b for b in p.blocks if type(b).__name__ == "Step"]) for p in sample(language).parts)
    assert b"/Outlines" in made and made.count(b"/Dest") >= len(sample(language).parts) + steps
    assert (b"/ToUnicode" in made and b"NotoSansCJKsc" in made) or language == "en"


def test_a_mistake_is_told_with_its_line() -> None:
    with pytest.raises(Broken, match="does not compile:\n  unknown variable: nothing\n  Here is #nothing"):
        typst_pdf.compile("Fine.\n\nHere is #nothing there.")


@pytest.mark.parametrize("path", ["/etc/hostname", "../../etc/hostname", "symconv/__init__.py"])
def test_no_file_is_read(path: str) -> None:
    with pytest.raises(Broken, match="does not compile"):
        typst_pdf.compile(f'#read("{path}")')


def test_no_package_is_fetched() -> None:
    with pytest.raises(Broken, match="imports a package"):
        typst_pdf.compile('#import "@preview/example:0.1.0": *')
    assert typst_pdf.compile(TITLE + code('import "@x"'))


def test_what_is_not_accessible_is_refused() -> None:
    """A formula without words, a picture without words, a sign that no font has."""
    fine = TITLE + '#math.equation(alt: "x", $x$) #figure(alt: "a box", box(width: 1mm))'
    assert b"pdfuaid:part" in typst_pdf.compile(fine)
    for fault in ("$x$", "#figure(box(width: 1mm, $y$))", "\U0001f9ff"):
        with pytest.raises(Broken, match="PDF/UA-1 error"):
            typst_pdf.compile(TITLE + fault)


def test_no_font_of_this_computer_is_used() -> None:
    families = set(typst_pdf.fonts().families())
    assert {"Libertinus Serif", "New Computer Modern Math", "DejaVu Sans Mono", "Noto Sans CJK SC"} <= families
    assert all(
        name.startswith(("Libertinus", "New Computer Modern", "DejaVu Sans Mono", "Noto Sans")) for name in families
    )
