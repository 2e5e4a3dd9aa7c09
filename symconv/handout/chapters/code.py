"""Part 5: the convolution in code, three times, every line with the piece of the equation it schedules."""

import re
from collections.abc import Callable, Mapping

from sympy import Expr, Mul

from symconv.code.listing import BodyLine, Emitted
from symconv.derivation.equations import Operation
from symconv.derivation.index import Entry, Sum
from symconv.formula.compose import COMMA, EMPTY, EQUALS, PLUS, QQUAD, THIN, added, equals, listed
from symconv.formula.lines import lines as on_lines
from symconv.formula.nodes import Letter, row
from symconv.handout.chains import chained, in_lines
from symconv.handout.document import Block, Line, Paragraph, Part, Passage, Switch
from symconv.handout.listings import CodeLine, Listing
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math
from symconv.handout.printer import Printer
from symconv.handout.symbols import letter
from symconv.networks.layers.layers import Conv
from symconv.networks.network import source_of, windows_of
from symconv.text.prose import Prose
from symconv.text.rich_text import inline

FORMS = ("loop", "flatten", "batched")
INDENT = 4
WIDTH = 46
HELPER = re.compile(r"\b_\w+(?=\()")


def chapter(
    pen: Pen, emitted: Mapping[str, Emitted], cases: dict[str, tuple[int, int]] | None, forms: tuple[str, ...] = FORMS
) -> Part:
    """`emitted` holds the forms by name; `cases`, for each function, how many comparisons with PyTorch passed,
    of how many; None if it is not installed."""
    say = pen.say
    intro = say.join([say("code.intro" if len(forms) > 1 else "code.intro_one"), say("code.whole"), _names(pen)])
    steps = tuple(Passage(say(f"code.{form}"), _form(say, form, emitted, cases)) for form in forms)
    ranges = dict.fromkeys(str(i) for form in forms for i in Notes(say, emitted[form].operation).extents)
    return Part(5, say("part.code"), (Paragraph(intro), Switch(steps, tuple(ranges))))


def _names(pen: Pen) -> str:
    """Which tensors of the network are X, K and Y here: those of its first convolution of images; "" without one."""
    network, say = pen.study.network, pen.say
    layers = [x for x in network.layers if isinstance(x, Conv) and len(windows_of(network)[x.name].kernel) == 2]
    if not layers:
        return ""
    first, kernel = layers[0], inline(pen.letter(windows_of(network)[layers[0].name].weight))
    return say(
        "code.names" if len(layers) == 1 else "code.names_first", input=pen.letter(source_of(network)[first.name]),
        kernel=say("code.rotated", kernel=kernel) if pen.habits.rotated else kernel, output=pen.letter(first.name),
    )  # fmt: skip


def _form(
    say: Prose, form: str, emitted: Mapping[str, Emitted], cases: dict[str, tuple[int, int]] | None
) -> tuple[Block, ...]:
    function = emitted[form]
    lines, notes = function.lines, Notes(say, function.operation)
    rows = _listed(function, notes)
    plain = "loop" if form == "flatten" else form
    scheduled = next(x for x in emitted[plain].lines if x.role == "product")
    bias = [notes.product(x["term"].factors) for x in lines if x.role == "add"]
    product = [Line(EMPTY, equals(added([notes.summed(x), *bias]))) for x in lines if x.role == "matmul"]
    checked = say("code.unchecked")
    if cases is not None:
        passed, total = cases[function.name]
        checked = say("code.checked", cases=total, passed=passed)
    return (
        Paragraph(say(f"code.{form}_text")),
        chained((*_equation(notes, scheduled), *product)),
        Listing(rows), Paragraph(checked),
    )  # fmt: skip


def _listed(function: Emitted, notes: "Notes") -> tuple[CodeLine, ...]:
    """The function as its module has it, without its description."""
    first, *rest = function.signature
    rows = [CodeLine(1, 0, first, notes.say("say.def", file=f"{function.name}.py"))]
    rows += [CodeLine(k, len(x) - len(x.lstrip()), x.strip(), joined=True) for k, x in enumerate(rest, start=2)]
    for number, x in enumerate(function.lines, start=len(rows) + 1):
        rows.append(CodeLine(number, INDENT * (x.depth + 1), x.code, *notes(x, function.lines)))
    return tuple(rows)


def _equation(notes: "Notes", line: BodyLine) -> tuple[Line, ...]:
    """The equation that a form schedules; flat channel numbers have a name."""
    names: dict[Expr, Math] = {e: Letter(k) for k, e in zip("km", _flat(notes.operation), strict=False)}
    short = Notes(notes.say, notes.operation, names)
    where = [row(QQUAD, listed(map(notes.called, names.items()), COMMA, QQUAD))] if names else []
    return in_lines(short.printer(notes.operation.equation.entry), (*on_lines(short.summed(line), WIDTH), *where))


def _flat(operation: Operation) -> list[Expr]:
    """The composed axes, g O_g + o and g C_g + c, output first."""
    axes = [*operation.equation.entry.at, *operation.target(dict(operation.roles)["input"]).entry.at]
    return [e for e in dict.fromkeys(axes) if e.is_Add]


class Notes:
    """What stands beside a line: one sentence for each role."""

    def __init__(self, say: Prose, operation: Operation, short: Mapping[Expr, Math] | None = None) -> None:
        self.say, self.operation = say, operation
        self.printer = Printer({}, frozenset({"K"}), short=short or {})
        self.extents = dict(r for t in operation.targets for r in t.ranges) | dict(operation.equation.ranges)

    def __call__(self, line: BodyLine, lines: tuple[BodyLine, ...]) -> tuple[str, bool]:
        """The note, and whether the one above speaks of this line too."""
        before = lines[line.number - 2] if line.number > 1 else None
        if line.role == "continued" or (before and before.role == line.role == "default"):
            return "", True
        write = WRITERS.get(line.role)
        return (write(self, line) if write else self.say(f"say.{line.role}")), False

    def noun(self, index: object, many: bool = False) -> str:
        return self.say(f"{'nouns' if many else 'noun'}.{index}")

    def last(self, extent: Expr) -> Math:
        return self.printer(extent - 1)

    def called(self, named: tuple[Expr, Math]) -> Math:
        """The name of an index expression, and what it stands for."""
        e, name = named
        return row(name, EQUALS, self.printer(e))

    # -------------------------------------------------------------------------------------------- one for each role
    def options(self, line: BodyLine) -> str:
        return self.say("say.options", helper=_helper(line))

    def operand(self, line: BodyLine) -> str:
        if dict(line.detail).get("batch"):
            return self.say("say.operand_batch")
        return self.say("say.operand", helper=_helper(line))

    def sizes(self, line: BodyLine) -> str:
        return self.say("say.sizes", tensor=letter(line["tensor"]))

    def extent(self, line: BodyLine) -> str:
        own = self.extents.get(line["counts"]) == line["symbol"]
        what = self.noun(line["counts"], many=True)
        return self.say("say.extent" if own else "say.extent_padded", what=what)

    def allocate(self, line: BodyLine) -> str:
        return self.say("say.allocate", tensor=letter(line["tensor"]))

    def equality(self, line: BodyLine) -> str:
        term = line["term"]
        return self.say(f"say.{line.role}", term=row(self.printer(term.target), equals(self.product(term.factors))))

    def loop(self, line: BodyLine) -> str:
        index = line["index"]
        return self.say("say.loop", index=index, last=self.last(line["extent"]), what=self.noun(index))

    def slice(self, line: BodyLine) -> str:
        over, extent = line["over"]
        return self.say("say.slice", at=self.printer(line["at"]), over=over, last=self.last(extent))

    def number(self, line: BodyLine) -> str:
        return self.say("say.number", at=self.printer(line["at"]), what=self.noun(line["name"]))

    def reshape(self, line: BodyLine) -> str:
        groups = [",".join(map(str, g)) for g in line["groups"]]
        if len(groups) == 1:
            return self.say("say.reshape_vector", rows=groups[0])
        return self.say("say.reshape", rows=groups[0], columns=groups[1])

    def whole(self, line: BodyLine) -> str:
        return self.say("say.product", sum=self.summed(line))

    def summed(self, line: BodyLine) -> Math:
        """The equation's right-hand side as the line computes it."""
        term, more = line["term"], dict(line.detail).get("and")
        ranges = [(i, self.extents[i]) for i in line["over"]]
        every = self.printer(Sum(Mul(*term.factors), *ranges))
        return row(every, PLUS, self.product(more.factors)) if more else every

    def matmul(self, line: BodyLine) -> str:
        return self.say("say.matmul", over=",".join(map(str, line["over"])))

    def add(self, line: BodyLine) -> str:
        return self.say("say.add", term=self.product(line["term"].factors))

    def product(self, factors: tuple[Entry, ...]) -> Math:
        return listed(map(self.printer, factors), THIN)


def _helper(line: BodyLine) -> str:
    """The function of the module that a line calls: its name begins with `_`."""
    (name,) = HELPER.findall(line.code)
    return str(name)


WRITERS: dict[str, Callable[[Notes, BodyLine], str]] = {
    "options": Notes.options, "operand": Notes.operand, "sizes": Notes.sizes, "extent": Notes.extent,
    "allocate": Notes.allocate, "pad": Notes.equality, "window": Notes.equality, "loop": Notes.loop,
    "slice": Notes.slice, "number": Notes.number, "reshape": Notes.reshape, "product": Notes.whole,
    "matmul": Notes.matmul, "add": Notes.add,
}  # fmt: skip
