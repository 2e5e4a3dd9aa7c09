"""Typst to PDF with the compiler of the typst package: no TeX, no fonts of this computer, no file but the source."""

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Literal

import manimgx_fonts_cjk
import typst

from symconv.errors import Broken

PACKAGE = re.compile(r'(?:import|include)\s*\(?\s*"@')
STANDARD: Literal["ua-1"] = "ua-1"  # accessible: tagged, every formula and figure with words for it; refused otherwise
SHOWN = 200  # characters of the line that does not compile


def compile(source: str) -> bytes:
    """The PDF/UA-1 of a whole Typst document: the same bytes for the same source; Broken where it does not compile."""
    if PACKAGE.search(source):
        raise Broken("the handout imports a package, which Typst would fetch from the network")
    with tempfile.TemporaryDirectory(prefix="symconv-") as name:
        folder = Path(name)  # the root, and where packages would be: empty
        compiler = typst.Compiler(
            root=folder, font_paths=fonts(), ignore_system_fonts=True,
            package_path=folder / "packages", package_cache_path=folder / "cache",
        )  # fmt: skip
        try:
            pdf = compiler.compile(source.encode(), format="pdf", timestamp=0, pdf_standards=STANDARD)
        except typst.TypstError as error:
            raise Broken(f"the handout does not compile:\n  {_said(error)}") from error
    assert isinstance(pdf, bytes)
    return pdf


def _said(error: typst.TypstError) -> str:
    """The message, with the line of the source that it speaks of."""
    line = re.search(r"│ (.*\S.*)", error.diagnostic)
    return "\n  ".join([error.message, *([line[1].strip()[:SHOWN]] if line else []), *error.hints])


@cache
def fonts() -> typst.Fonts:
    """Those that the compiler holds, and the Chinese one."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(Path(manimgx_fonts_cjk.__file__).parent)])
