"""Part 6: the convolution with any stride, padding and dilation, and its gradients."""

from dataclasses import replace

from sympy import Expr, Symbol

from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Quot, rebuild, tidy
from symconv.errors import Broken
from symconv.handout.as_text import Tex
from symconv.handout.document import Block, Line, Need, Paragraph, Part, Passage
from symconv.handout.pen import WIDTH, chain, chained
from symconv.text.prose import Prose
from symconv.worked.textbook import BIAS, at_stride_one, full_convolution, textbook

TOGETHER = 150  # mm: the special case and the box at the end share a page
MARKS = {"forward": "A", "K": "B", BIAS: "C", "X": "D", "rotated": "E"}


def chapter(say: Prose, simple: bool) -> Part:
    """`simple`: the network's own convolutions move by one, without padding or dilation."""
    book = textbook()
    if not full_convolution(book):
        raise Broken("the gradient of the input at stride one is not the full convolution that the handout claims")
    tex = _printer()
    write = _GeneralWriter(say, tex)
    so_far = say("general.intro_simple") if simple else ""
    parts: tuple[Block, ...] = (
        Paragraph(say.join([so_far, say("general.intro")]), say("general.inside"), keep=True),
        chained(_abbreviations(say)),
        Passage(say("general.forward"), (chained(_forward(say, tex)),)),
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
    def __init__(self, say: Prose, tex: Tex) -> None:
        self.say, self.tex = say, tex

    def step(self, key: str, d: Derivation, mark: str, *before: Block) -> Passage:
        lines = chain(d, self.tex, self.say, mark, lambda _: MARKS["forward"])
        return Passage(self.say(f"general.{key}"), (*before, chained(lines)))


def _reads() -> tuple[tuple[str, Expr, str], ...]:
    """(name, what it abbreviates, the sentence that explains it)."""
    operation = textbook().operation
    (h, _), (w, _) = operation.target("X").ranges
    s = {x.name: x for x in operation.sizes}
    i, j = (r[0] for r in operation.equation.ranges)
    a, b = (r[0] for r in operation.target("K").ranges)
    return (
        ("h_{ia}", i * s["sh"] + a * s["dh"] - s["pt"], "reads"),
        ("w_{jb}", j * s["sw"] + b * s["dw"] - s["pl"], "reads"),
        ("i_{ha}", Quot(h + s["pt"] - a * s["dh"], s["sh"]), "writes"),
        ("j_{wb}", Quot(w + s["pl"] - b * s["dw"], s["sw"]), "writes"),
    )


def _printer() -> Tex:
    """Prints the four positions by their names, with and without a prime on the kernel's indices."""
    short: dict[Expr, str] = {}
    for name, e, _ in _reads():
        short[e] = name
        primes = {x: Symbol(x.name + "'", **x.assumptions0) for x in e.free_symbols if x.name in "ab"}
        short[tidy(rebuild(e, primes))] = name.replace("a}", "a'}").replace("b}", "b'}")
    return replace(_plain(), short=short)


def _plain() -> Tex:
    """Prints the guards of X and of Y as one condition each."""
    operation = textbook().operation
    inside = tuple((operation.shape(tensor), tensor) for tensor in ("X", "Y"))
    return Tex({BIAS: (1,)}, frozenset({"K"}), inside=inside)


def _abbreviations(say: Prose) -> tuple[Line, ...]:
    """Two names on each line, with what they stand for beside them."""
    plain, reads = Tex({}), _reads()
    lines = []
    for (row, e, why), (column, f, _) in zip(reads[::2], reads[1::2], strict=True):
        lines.append(Line(row, rf"={plain(e)},\qquad {column}={plain(f)}", say(f"general.{why}")))
    return tuple(lines)


def _forward(say: Prose, tex: Tex) -> tuple[Line, ...]:
    equation, derived = textbook().operation.equation, textbook().operation.derived
    first, *rest = tex.broken(equation.value, WIDTH)
    lines = [Line(tex(equation.entry), "=" + first, say("general.brackets"), MARKS["forward"])]
    lines += [Line("", r, continued=True) for r in rest]
    for k, (extent, value) in enumerate(derived):
        lines.append(Line(tex(extent), "=" + Tex({}, floors=True)(value), say("general.extent") if not k else ""))
    return tuple(lines)


def _textbook(say: Prose) -> tuple[Line, ...]:
    """dL/dX at stride one, then with its sum run backwards."""
    book, tex = textbook(), _plain()
    lines = []
    for k, (e, rule) in enumerate(
        ((book.input.lines[-1], "general.stride_one"), (book.rotated.lines[-1], "rule.flip"))
    ):
        first, *rest = tex.broken(at_stride_one(e, book.operation), WIDTH)
        lines.append(Line("" if k else tex(book.input.entry), "=" + first, say(rule), MARKS["rotated"] if k else ""))
        lines += [Line("", r, continued=True) for r in rest]
    return tuple(lines)
