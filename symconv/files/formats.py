"""The formats of a handout: what writes each of them from the document, and what sets its PDF."""

from collections.abc import Callable, Mapping

from symconv.errors import NotSupported
from symconv.files import seals, tex
from symconv.handout.document import Document
from symconv.networks.network import Network
from symconv.writers.html.writer import write_html
from symconv.writers.latex.writer import write_latex
from symconv.writers.typst.writer import write_typst


def _notebook(document: Document, network: Network, command: str) -> str:
    from symconv.writers.notebook.writer import write_notebook  # nbformat takes half as long to load as all of SymPy

    return seals.sealed_notebook(write_notebook(document, network), command)


WRITERS: Mapping[str, Callable[[Document, Network, str], str]] = {  # of the command that writes the file again
    "tex": lambda document, network, command: seals.sealed(write_latex(document), command, ".tex"),
    "html": lambda document, network, command: seals.sealed(write_html(document), command, ".html"),
    "ipynb": _notebook,
}
FORMATS = (*WRITERS, "pdf")


def written(document: Document, network: Network, command: str, format: str, accessible: bool = False) -> str | bytes:
    """The handout in one of FORMATS: text under its seal, or the bytes of a PDF."""
    return WRITERS[format](document, network, command) if format in WRITERS else pdf(document, accessible)


def pdf(document: Document, accessible: bool = False) -> bytes:
    """The handout as PDF: set by TeX where it is installed with all that is needed, else by Typst, without it, which is
    how it is made where it is to be `accessible` (PDF/UA-1: tagged, every formula and figure with words for it)."""
    from symconv.files import typst_pdf  # a compiler, that a page does not wait for

    if not accessible and not tex.missing():
        try:
            return tex.compile(write_latex(document))
        except NotSupported:  # a part of TeX is missing; `symconv doctor` names it
            pass
    return typst_pdf.compile(write_typst(document))
