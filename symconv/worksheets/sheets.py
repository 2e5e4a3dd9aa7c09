"""The sheets of a class: everything that students share is made once, each student's numbers are put in.

Derived, verified and written is the shape; of a student only the numbers are computed. A worker gets finished texts
with places in them, so it needs no templates.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from typing import Any

import mpmath

from symconv import __version__, typst_pdf
from symconv.array import Array
from symconv.derivation.rules import gradient
from symconv.drawing.draw import Drawer, fingerprint
from symconv.errors import Broken, SpecError
from symconv.grading.precision import fraction
from symconv.grading.suspects import Ways
from symconv.handout import page_key
from symconv.handout.drawn import Answer, Drawn, Values
from symconv.handout.exercise import sheet
from symconv.handout.options import Options
from symconv.handout.page_key import Mistakes
from symconv.handout.page_mistakes import mistakes_in, mistakes_of
from symconv.networks.exact import show
from symconv.prose import Prose
from symconv.rich_text import has_han
from symconv.verification.arithmetic import DIGITS
from symconv.worked.derived import Derived
from symconv.worked.worked import fixed, number
from symconv.worksheets.job import Made
from symconv.writers.fill import WORD, Form, html_form, latex_form, typst_form
from symconv.writers.html_writer import write_html
from symconv.writers.latex_writer import write_latex
from symconv.writers.typst_writer import write_typst

FORMATS = ("html", "tex", "pdf")
FOLDERS = {"exercises": False, "solutions": True}  # whether the numbers are worked out
STUDENT, KEY = "student", "key"
LARGEST = 60_000  # bytes of a page, of the network that comes with symconv
ROOM = (99, 12, 8, 5, 3, 1, 0)  # mistakes of each tensor that a page may know
SAMPLE = "a"  # a seed


@dataclass(frozen=True)
class Blueprint:
    """One kind of sheet in one format. `chinese`: the LaTeX for a name in Chinese, where its fonts are not loaded
    anyway."""

    folder: str
    format: str
    form: Form
    chinese: Form
    drawn: tuple[Drawn, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class ClassSheets:
    """What all sheets of a class share; `say`: the words of classic mistakes, for pages that check themselves."""

    derived: Derived
    blueprints: tuple[Blueprint, ...]
    say: Prose

    @property
    def digest(self) -> str:
        """Of the shape and of all that is printed around the numbers."""
        texts = (
            *self.say.sentences.values(),
            *(piece for b in self.blueprints for piece in (b.folder, b.format, *b.form.pieces)),
        )
        return sha256("\0".join([__version__, self.derived.network.to_toml(), *texts]).encode()).hexdigest()

    def maker(self) -> Callable[[str, str], Made]:
        return Maker(self)


def class_sheets(
    derived: Derived, language: str, formats: tuple[str, ...], level: int, options: Options
) -> ClassSheets:
    """Exercise and solution of a shape as blueprints. NotSupported for a network that has no exercise, or for whose
    shape no numbers can be drawn."""
    blueprints = []
    for folder, solved in FOLDERS.items():
        made = sheet(derived, language, level, solved, options, (WORD.format(STUDENT),))
        document = replace(made.document, key=WORD.format(KEY) if made.answers else "")
        for format in dict.fromkeys(formats):
            form, chinese = FORMS[format](document)
            blueprints.append(Blueprint(folder, format, form, chinese, made.drawn, made.answers))
    sheets = ClassSheets(derived, tuple(blueprints), mistakes_in(language))
    sheets.maker()(SAMPLE, "")  # what no student's sheet can be is said now
    return sheets


def _html(document: Any) -> tuple[Form, Form]:
    form = html_form(write_html(document, small=True), (STUDENT, KEY))
    return form, form


def _tex(document: Any) -> tuple[Form, Form]:
    texts = (write_latex(document, han=han) for han in (False, True))
    first, second = (latex_form(text, (STUDENT,)) for text in texts)
    return first, second


def _pdf(document: Any) -> tuple[Form, Form]:
    form = typst_form(write_typst(document), (STUDENT,))
    return form, form


FORMS: Mapping[str, Callable[[Any], tuple[Form, Form]]] = {"html": _html, "tex": _tex, "pdf": _pdf}


class Maker:
    """(id, name) -> the student's sheets: the id is the seed of the numbers."""

    def __init__(self, sheets: ClassSheets) -> None:
        self.sheets = sheets
        self._drawer = Drawer(sheets.derived)
        self._ways = Ways(sheets.derived)
        self._values = Values()
        self._checks = any(b.answers and b.format == "html" for b in sheets.blueprints)

    def __call__(self, id: str, name: str) -> Made:
        network = self._drawer.draw(id)
        with mpmath.workdps(DIGITS + 5):
            numbers = self._ways.machine.whole(network)
            mistakes = mistakes_of(self._ways, numbers, self.sheets.say) if self._checks else {}
            files = {
                f"{b.folder}/{id}.{b.format}": self._content(b, numbers, mistakes, name, id)
                for b in self.sheets.blueprints
            }
            return Made(files, self._key(numbers), fingerprint(network))

    def _content(
        self, b: Blueprint, numbers: Mapping[str, Array], mistakes: Mistakes, name: str, id: str
    ) -> str | bytes:
        texts = self._values.texts(b.drawn, numbers)
        words = {STUDENT: f"{name} ({id})" if name else id}
        try:
            if b.format == "html":
                return self._page(b, texts, words, self._values.of((a.value for a in b.answers), numbers), mistakes)
            text = (b.chinese if has_han(name) else b.form).filled(texts, words)
        except Broken as error:  # the only text that is not ours
            raise SpecError(
                f"name {show(name)}: the fonts of the sheets do not have all of its characters\n"
                "  spell it in Latin letters, or leave it out"
            ) from error
        return typst_pdf.compile(text) if b.format == "pdf" else text

    def _page(self, b: Blueprint, texts: list[str], words: dict[str, str], right: list[Any], mistakes: Mistakes) -> str:
        """The page, with as many mistakes of each tensor as it has room for; all, where it is too large without any."""
        pages: list[str] = []
        for most in ROOM if b.answers else ROOM[:1]:
            some = {t: found[:most] for t, found in mistakes.items()}
            key = page_key.key(b.answers, right, some) if b.answers else ""
            pages.append(b.form.filled(texts, {**words, KEY: key}))
            if len(pages[-1].encode()) <= LARGEST:
                return pages[-1]
        return pages[0]

    def _key(self, numbers: Mapping[str, Array]) -> dict[str, str]:
        """Every entry that is computed on the way, as decimals, which a spreadsheet takes for numbers."""
        d = self.sheets.derived
        outputs = [s.output for s in d.line]
        names = [*outputs, *(gradient(t) for t in reversed(list(d.general)) if t != d.network.input.name)]
        names += [f"{t}'" for t in (*d.parameters, *outputs)]
        return {_column(t, at, numbers[t].shape): decimal(x) for t in names for at, x in numbers[t].items()}


def _column(tensor: str, at: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """S[0,1], dL/dU[0,1]; axes of extent 1 are left out."""
    shown = ",".join(str(k) for k, n in zip(at, shape, strict=True) if n != 1)
    name = f"dL/d{tensor.removeprefix(gradient(''))}" if tensor.startswith(gradient("")) else tensor
    return f"{name}[{shown}]" if shown else name


def decimal(x: Any) -> str:
    """All decimals, where there are at most four; else rounded to four."""
    q = fraction(x)
    exact = isinstance(x, int | Fraction) and 10_000 % q.denominator == 0
    text = fixed(number(q))
    return text.rstrip("0").rstrip(".") if exact else text
