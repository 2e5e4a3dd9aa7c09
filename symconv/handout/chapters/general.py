"""Part 6: the convolution with any stride, padding and dilation, and its gradients."""

from dataclasses import replace

from sympy import Expr, Symbol

from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Quot, rebuild, tidy
from symconv.errors import Broken
from symconv.formula.compose import COMMA, EMPTY, QQUAD, equals, scripts
from symconv.formula.nodes import Letter, Node, row
from symconv.handout.chains import chain, chained, in_lines
from symconv.handout.document import Block, Line, Need, Paragraph, Part, Passage
from symconv.handout.printer import Printer
from symconv.text.prose import Prose
from symconv.worked.textbook import BIAS, at_stride_one, full_convolution, textbook

WIDTH = 50.0  # letters beside a left-hand side
TOGETHER = 150  # mm: the special case and the box at the end share a page
MARKS = {"forward": "A", "K": "B", BIAS: "C", "X": "D", "rotated": "E"}


def chapter(say: Prose, simple: bool) -> Part:
    """`simple`: the network's own convolutions move by one, without padding or dilation."""
    book = textbook()
    if not full_convolution(book):
        raise Broken("the gradient of the input at stride one is not the full convolution that the handout claims")
    printer = _printer()
    write = _GeneralWriter(say, printer)
    so_far = say("general.intro_simple") if simple else ""
    parts: tuple[Block, ...] = (
        Paragraph(say.join([so_far, say("general.intro")]), say("general.inside"), keep=True),
        chained(_abbreviations(say)),
        Passage(say("general.forward"), (chained(_forward(say, printer)),)),
        write.step("kernel", book.kernel, MARKS["K"]),
        write.step("bias", book.bias, MARKS[BIAS]),
        write.step("input", book.input, MARKS["X"], Paragraph(say("general.input_text"), say("general.divides"))),
        Need(TOGETHER),
        Passage(say("general.textbook"), (
            Paragraph(say("general.textbook_text")), chained(_textbook(say)), Paragraph(say("general.textbook_last")),
        )),
    )  # fmt: skip
    return Part(6, say("part.general"), parts)


class _GeneralWriter:
    def __init__(self, say: Prose, printer: Printer) -> None:
        self.say, self.printer = say, printer

    def step(self, key: str, d: Derivation, mark: str, *before: Block) -> Passage:
        lines = chain(d, self.printer, self.say, mark, lambda _: MARKS["forward"])
        return Passage(self.say(f"general.{key}"), (*before, chained(lines)))


def _reads() -> tuple[tuple[str, str, Expr, str], ...]:
    """(letter, its indices, what it abbreviates, the sentence that explains it)."""
    operation = textbook().operation
    (h, _), (w, _) = operation.target("X").ranges
    s = {x.name: x for x in operation.sizes}
    i, j = (r[0] for r in operation.equation.ranges)
    a, b = (r[0] for r in operation.target("K").ranges)
    return (
        ("h", "ia", i * s["sh"] + a * s["dh"] - s["pt"], "reads"),
        ("w", "jb", j * s["sw"] + b * s["dw"] - s["pl"], "reads"),
        ("i", "ha", Quot(h + s["pt"] - a * s["dh"], s["sh"]), "writes"),
        ("j", "wb", Quot(w + s["pl"] - b * s["dw"], s["sw"]), "writes"),
    )


def _named(letter: str, indices: str, primes: int = 0) -> Node:
    """h_{ia}; the last index is the kernel's, which may have a prime."""
    first, last = map(Letter, indices)
    return scripts(Letter(letter), row(first, scripts(last, primes=primes)))


def _printer() -> Printer:
    """Prints the four positions by their names, with and without a prime on the kernel's indices."""
    short: dict[Expr, Node] = {}
    for letter, at, e, _ in _reads():
        short[e] = _named(letter, at)
        primes = {x: Symbol(x.name + "'", **x.assumptions0) for x in e.free_symbols if x.name in "ab"}
        short[tidy(rebuild(e, primes))] = _named(letter, at, 1)
    return replace(_plain(), short=short)


def _plain() -> Printer:
    """Prints the guards of X and of Y as one condition each."""
    operation = textbook().operation
    inside = tuple((operation.shape(tensor), tensor) for tensor in ("X", "Y"))
    return Printer({BIAS: (1,)}, frozenset({"K"}), inside=inside)


def _abbreviations(say: Prose) -> tuple[Line, ...]:
    """Two names on each line, with what they stand for beside them."""
    plain, reads = Printer({}), _reads()
    lines = []
    for (x, of_row, e, why), (y, of_column, f, _) in zip(reads[::2], reads[1::2], strict=True):
        right = row(equals(plain(e)), COMMA, QQUAD, _named(y, of_column), equals(plain(f)))
        lines.append(Line(_named(x, of_row), right, say(f"general.{why}")))
    return tuple(lines)


def _forward(say: Prose, printer: Printer) -> tuple[Line, ...]:
    equation, derived = textbook().operation.equation, textbook().operation.derived
    right = printer.broken(equation.value, WIDTH)
    lines = [*in_lines(printer(equation.entry), right, say("general.brackets"), MARKS["forward"])]
    floors = Printer({}, floors=True)
    for k, (extent, value) in enumerate(derived):
        lines.append(Line(printer(extent), equals(floors(value)), say("general.extent") if not k else ""))
    return tuple(lines)


def _textbook(say: Prose) -> tuple[Line, ...]:
    """dL/dX at stride one, then with its sum run backwards."""
    book, printer, lines = textbook(), _plain(), list[Line]()
    for k, (e, rule) in enumerate(
        ((book.input.lines[-1], "general.stride_one"), (book.rotated.lines[-1], "rule.flip"))
    ):
        right = printer.broken(at_stride_one(e, book.operation), WIDTH)
        left = EMPTY if k else printer(book.input.entry)
        lines += in_lines(left, right, say(rule), MARKS["rotated"] if k else "")
    return tuple(lines)
