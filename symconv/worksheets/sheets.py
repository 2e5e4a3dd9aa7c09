"""The sheets of a class: everything that students share is made once, each student's numbers are put in.

Derived, verified and written is the shape; of a student only the numbers are computed. A worker gets finished texts
with places in them, so it needs no templates.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256

import mpmath

from symconv import __version__
from symconv.array import Array
from symconv.derivation.tensors import gradient, is_gradient, updated, without_gradient
from symconv.errors import SpecError
from symconv.evaluation.arithmetic import DIGITS
from symconv.exercises import page_key
from symconv.exercises.drawn import BlankAnswer, DrawnNumber, Values
from symconv.exercises.page_key import Mistakes
from symconv.exercises.page_mistakes import mistakes_in, mistakes_of
from symconv.exercises.sheet import sheet
from symconv.files import typst_pdf
from symconv.grading.precision import fraction
from symconv.grading.suspects import Ways
from symconv.handout.document import Document
from symconv.handout.options import Options
from symconv.handout.pictures import Math
from symconv.networks.exact import show
from symconv.sampling.draw import Drawer, fingerprint
from symconv.text import latex_text
from symconv.text.prose import Prose
from symconv.text.rich_text import has_han
from symconv.worked.derived import Derived, derived, rotate_kernels
from symconv.worked.machine import by_hand_machine
from symconv.worked.numbers import fixed, number
from symconv.worksheets.fill import WORD, TextTemplate, html_form, latex_form, typst_form
from symconv.worksheets.job import StudentSheets
from symconv.writers.html.writer import write_html
from symconv.writers.latex.writer import write_latex
from symconv.writers.typst.writer import write_typst

FORMATS = ("html", "tex", "pdf")
FOLDERS = {"exercises": False, "solutions": True}  # whether the numbers are worked out
STUDENT, KEY = "student", "key"
LARGEST = 60_000  # bytes of a page, of the network that comes with symconv
ROOM = (99, 12, 8, 5, 3, 1, 0)  # mistakes of each tensor that a page may know
SAMPLE = "a"  # a seed
SPELL = "spell it in Latin letters with at most one accent each, leave it out, or give --format html alone"
# what the PDF's fonts have besides Chinese: Latin, Greek, Cyrillic, dashes and quotation marks
PRINTED = re.compile(r"[\x20-\x7e\xa0-\u024f\u0370-\u03ff\u0400-\u045f\u1e00-\u1eff\u2010-\u2019]")


@dataclass(frozen=True)
class Blueprint:
    """One kind of sheet in one format. `chinese`: the LaTeX for a name in Chinese, where its fonts are not loaded
    anyway."""

    folder: str
    format: str
    form: TextTemplate
    chinese: TextTemplate
    drawn: tuple[DrawnNumber, ...]
    answers: tuple[BlankAnswer, ...]


@dataclass(frozen=True)
class ClassSheets:
    """What all sheets of a class share. `shape` is what numbers are drawn for, `derived` the same with its kernels
    turned where the book means that by convolution; `say`: the words of classic mistakes, for pages that check
    themselves."""

    shape: Derived
    derived: Derived
    blueprints: tuple[Blueprint, ...]
    say: Prose

    @property
    def digest(self) -> str:
        """Of the shape, of how numbers are drawn for it, and of all that is printed around them."""
        texts = (
            *self.say.sentences.values(),
            *(piece for b in self.blueprints for piece in (b.folder, b.format, *b.form.pieces)),
        )
        return sha256("\0".join([__version__, Drawer(self.shape).draw(SAMPLE).to_toml(), *texts]).encode()).hexdigest()

    def maker(self) -> Callable[[str, str], StudentSheets]:
        return Maker(self)


def class_sheets(shape: Derived, language: str, formats: tuple[str, ...], level: int, options: Options) -> ClassSheets:
    """Exercise and solution of a shape as blueprints. NotSupported for a network that has no exercise, or for whose
    shape no numbers can be drawn."""
    _refuse_marks(options)
    d = derived(shape.network, rotated=True) if options.notation.rotated else shape
    blueprints = []
    for folder, solved in FOLDERS.items():
        made = sheet(d, language, level, solved, options, (WORD.format(STUDENT),))
        document = replace(made.document, key=WORD.format(KEY) if made.answers else "")
        for format in dict.fromkeys(formats):
            form, chinese = FORMS[format](document)
            blueprints.append(Blueprint(folder, format, form, chinese, made.drawn, made.answers))
    sheets = ClassSheets(shape, d, tuple(blueprints), mistakes_in(language))
    sheets.maker()(SAMPLE, "")  # what no student's sheet can be is said now
    return sheets


def _refuse_marks(options: Options) -> None:
    """What marks the places of a form stands in no heading."""
    for text in (options.title, *options.heading, options.author):
        if any(WORD.format(word) in text for word in (STUDENT, KEY)):
            raise SpecError(f"heading: {show(text)} is what sheets are marked with inside\n  give other words")


def _html(document: Document) -> tuple[TextTemplate, TextTemplate]:
    form = html_form(write_html(document, small=True), (STUDENT, KEY), document.language)
    return form, form


def _tex(document: Document) -> tuple[TextTemplate, TextTemplate]:
    texts = (write_latex(document, han=han) for han in (False, True))
    first, second = (latex_form(text, (STUDENT,)) for text in texts)
    return first, second


def _pdf(document: Document) -> tuple[TextTemplate, TextTemplate]:
    form = typst_form(write_typst(document), (STUDENT,), document.language)
    return form, form


FORMS: Mapping[str, Callable[[Document], tuple[TextTemplate, TextTemplate]]] = {"html": _html, "tex": _tex, "pdf": _pdf}


@dataclass(frozen=True)
class Known:
    """What a page knows of one network: its numbers as they come out by hand, and its mistakes."""

    carried: Mapping[str, Array]
    mistakes: Mistakes


class Maker:
    """(id, name) -> the student's sheets: the id is the seed of the numbers."""

    def __init__(self, sheets: ClassSheets) -> None:
        self.sheets = sheets
        self._drawer = Drawer(sheets.shape)
        self._ways = Ways(sheets.derived)
        self._values = Values()
        self._by_hand = by_hand_machine(sheets.derived)
        self._rotates = sheets.derived.stages != sheets.shape.stages
        self._checks = any(b.answers and b.format == "html" for b in sheets.blueprints)

    def __call__(self, id: str, name: str) -> StudentSheets:
        drawn = self._drawer.draw(id)
        network = rotate_kernels(drawn) if self._rotates else drawn
        with mpmath.workdps(DIGITS + 5):
            numbers = self._ways.machine.whole(network)
            known = Known({}, {})
            if self._checks:
                mistakes = mistakes_of(self._ways, numbers, self.sheets.say)
                known = Known(self._by_hand.whole(network), mistakes)
            files = {
                f"{b.folder}/{id}.{b.format}": self._content(b, numbers, known, name, id)
                for b in self.sheets.blueprints
            }
            return StudentSheets(files, self._key(numbers), fingerprint(drawn))

    def _content(self, b: Blueprint, numbers: Mapping[str, Array], known: Known, name: str, id: str) -> str | bytes:
        written = self._values.written(b.drawn, numbers)
        words = {STUDENT: f"{name} ({id})" if name else id}
        if b.format == "html":
            return self._page(b, written, words, numbers, known)
        if strange := self._strange(b.format, name):
            raise SpecError(f"name {show(name)}: the fonts of {b.format} have no {strange!r}\n  {SPELL}")
        text = (b.chinese if has_han(name) else b.form).filled(written, words)
        return typst_pdf.compile(text) if b.format == "pdf" else text

    def _strange(self, format: str, name: str) -> str:
        """The first character of a name that cannot be set, "" if there is none."""
        if format == "pdf":
            return next((c for c in name if not PRINTED.match(c) and not has_han(c)), "")
        return latex_text.strange(name)

    def _page(
        self, b: Blueprint, written: list[Math], words: dict[str, str], numbers: Mapping[str, Array], known: Known
    ) -> str:
        """The page, with as many mistakes of each tensor as it has room for; all, where it is too large without any."""
        if not b.answers:
            return b.form.filled(written, {**words, KEY: ""})
        right, carried = (self._values.of((a.value for a in b.answers), x) for x in (numbers, known.carried))
        pages: list[str] = []
        for most in ROOM:
            some = {t: found[:most] for t, found in known.mistakes.items()}
            key = page_key.key(b.answers, right, carried, some)
            pages.append(b.form.filled(written, {**words, KEY: key}))
            if len(pages[-1].encode()) <= LARGEST:
                return pages[-1]
        return pages[0]

    def _key(self, numbers: Mapping[str, Array]) -> dict[str, str]:
        """Every entry that is computed on the way, as decimals, which a spreadsheet takes for numbers."""
        d = self.sheets.derived
        outputs = [s.output for s in d.stages]
        names = [*outputs, *(gradient(t) for t in reversed(list(d.general)) if t != d.network.input.name)]
        names += [updated(t) for t in (*d.parameters, *outputs)]
        return {_column(t, at, numbers[t].shape): decimal(x) for t in names for at, x in numbers[t].items()}


def _column(tensor: str, at: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """S[0,1], dL/dU[0,1]; axes of extent 1 are left out."""
    shown = ",".join(str(k) for k, n in zip(at, shape, strict=True) if n != 1)
    name = f"dL/d{without_gradient(tensor)}" if is_gradient(tensor) else tensor
    return f"{name}[{shown}]" if shown else name


def decimal(x: object) -> str:
    """All decimals, where there are at most four; else rounded to four."""
    q = fraction(x)
    exact = isinstance(x, int | Fraction) and 10_000 % q.denominator == 0
    text = fixed(number(q))
    return text.rstrip("0").rstrip(".") if exact else text
