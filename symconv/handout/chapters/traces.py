"""Parts 4 and 5 for any network: single entries along their chain of dependence, and one step of learning."""

from sympy import Expr, Mul

from symconv.array import Index
from symconv.derivation.functions import Flag
from symconv.derivation.index import Entry, Iverson, Winner
from symconv.derivation.tensors import gradient, is_gradient, original, updated, without_gradient
from symconv.evaluation.arithmetic import Digits, Floats, long, wide
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.formula.compose import (
    ABOUT,
    EMPTY,
    EQUALS,
    LIKE_THESE,
    added,
    bracketed,
    coloured,
    equals,
    fenced,
    is_negative,
    multiplied,
)
from symconv.formula.nodes import row
from symconv.handout.chains import chained
from symconv.handout.chapters.learning import descent
from symconv.handout.document import Block, Line, Paragraph, Part, Passage
from symconv.handout.numerals import number
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math
from symconv.handout.shown import numbers, side_by_side
from symconv.handout.summands import summands
from symconv.handout.symbols import THETA, primed
from symconv.worked.entry import NamedEntry
from symconv.worked.numbers import number as exact
from symconv.worked.stages import LOSS

SHOWN, LONGEST = 4, 40  # terms of a sum that are written out; lines of a trace


def chapter(pen: Pen, entries: tuple[tuple[str, Index], ...]) -> Part:
    """`entries`: a parameter (or any tensor with a gradient) and an index of it, for each trace."""
    say = pen.say
    reached = [p for p in pen.study.parameters if p not in pen.unreached]
    chosen = entries or tuple((p, (0,) * len(pen.shapes[p])) for p in reached)
    steps: list[Block] = [Paragraph(say("traces.intro"))]
    met: dict[NamedEntry, Math] = {}
    steps += [_trace(pen, tensor, at, met) for tensor, at in chosen]
    return Part(4, say("traces.title"), tuple(steps))


def _trace(pen: Pen, tensor: str, at: Index, met: dict[NamedEntry, Math]) -> Passage:
    """The entry's gradient by its equation; then that of what weighs most in it, and so on to the loss, or to what a
    trace above has `met`."""
    lines: list[Line] = []
    here: NamedEntry | None = (tensor, at)
    own = pen.printer.plain(Entry(tensor, *at))
    while here and here not in met and len(lines) < LONGEST:
        met[here] = own
        found, here = _line(pen, *here)
        lines += found
    blocks: tuple[Block, ...] = (chained(lines),) if lines else ()
    if here:
        key = "traces.met" if here in met else "traces.on"
        further = pen.printer.entry(Entry(gradient(here[0]), *here[1]), inline=True)  # in running text
        asked = f"{here[0]}[{','.join(map(str, here[1]))}]"
        blocks += (Paragraph(pen.say(key, gradient=further, entry=met.get(here, EMPTY), asked=asked)),)
    reader = next(s.output for s in pen.study.stages if tensor in s.operation.operands)
    return Passage(pen.say("traces.entry", entry=own), blocks, (pen.letter(original(reader)),), "bw")


def _line(pen: Pen, tensor: str, at: Index) -> tuple[list[Line], NamedEntry | None]:
    """One gradient's entry as its largest terms and its value, and the upstream gradient in the largest of them."""
    d = pen.study.derivations[tensor]
    value = pen.study.gradients_to_show[tensor][at]
    left = pen.printer(Entry(gradient(tensor), *at))
    terms = sorted(summands(pen, d, at), key=lambda t: -abs(t[0]))
    exact = all(_exactly(pen, f) for _, factors in terms for f in factors)
    relation, result = EQUALS if pen.exactly(value) else ABOUT, coloured("bw", pen.short(value))
    if not terms:
        return [Line(left, row(relation, result), "" if value else pen.say("traces.zero"))], None
    upstream = next((f for f in terms[0][1] if isinstance(f, Entry) and is_gradient(f.tensor)), None)
    shown = [_product(pen, factors) for _, factors in terms[:SHOWN]]
    if upstream and shown in ([result], [fenced(result)]):  # the gradient goes through as it is
        return [Line(left, row(equals(pen.printer(upstream)), relation, result))], _next(pen, upstream)
    if shown in ([pen.short(value)], [fenced(pen.short(value))]):
        return [Line(left, row(relation, result))], _next(pen, upstream)
    more = len(terms) > SHOWN
    put = row(EQUALS if exact else ABOUT, added([*shown, *([LIKE_THESE] if more else [])]))
    lines = [Line(left, put, pen.say("traces.terms", count=len(terms)) if more else "")]
    return [*lines, Line(EMPTY, row(relation if exact else ABOUT, result))], _next(pen, upstream)


def _exactly(pen: Pen, f: Expr) -> bool:
    """Whether a factor of a term is printed as the number that it is."""
    if isinstance(f, Entry):
        table = pen.study.gradients_to_show if is_gradient(f.tensor) else pen.study.values_to_show
        return pen.exactly(table[without_gradient(f.tensor)][tuple(int(i) for i in f.at)])
    return isinstance(f, Iverson | Winner | Flag) or (bool(f.is_Rational) and pen.exactly(f))


def _next(pen: Pen, upstream: Entry | None) -> NamedEntry | None:
    """Where a trace goes on: the entry of an upstream gradient that is derived itself."""
    if upstream is None:
        return None
    name = without_gradient(upstream.tensor)
    return (name, tuple(int(i) for i in upstream.at)) if name in pen.study.derivations else None


def _product(pen: Pen, factors: tuple[Expr, ...]) -> Math:
    """A term as numbers: entries each by itself, all else as one number; gradients in their colour."""
    world = World({}, pen.study.floats, kind=OneByOne(Floats()))
    parts, rest = list[Math](), []
    for f in factors:
        if isinstance(f, Entry):
            table = pen.study.gradients_to_show if is_gradient(f.tensor) else pen.study.values_to_show
            factor = pen.short(table[without_gradient(f.tensor)][tuple(int(i) for i in f.at)])
            whole = fenced(coloured("bw", factor)) if is_negative(factor) else coloured("bw", factor)
            parts.append(whole if is_gradient(f.tensor) else bracketed(factor))
        elif f != 1:
            rest.append(f)
    other = wide(world.value(Mul(*rest))) if rest else 1.0
    parts += [bracketed(pen.short(other))] if other != 1.0 or not parts else []
    return multiplied(parts)


def learning(pen: Pen) -> Part:
    """One step against the gradient: every parameter after it, and the loss before and after."""
    study, say, rate = pen.study, pen.say, exact(pen.study.network.learning_rate)
    moved, old, new = study.moved, long(study.values_to_show[LOSS][()]), study.loss_after
    change = Digits().add(new, -old)
    key = "loss_fell" if change < 0 else "loss_rose" if change else "loss_same"
    rule = Line(primed(THETA), descent(THETA), say("learning.rate", rate=number(rate)))
    lines = [line for p in study.parameters for line in numbers(pen, p, moved[p], "res", pen.letter(updated(p)))]
    update = Passage(
        say("learning.update"), (Paragraph(say("learning.any_text")), chained((rule, *side_by_side(lines, rule.lhs))))
    )
    fell = Paragraph(say(f"learning.{key}", before=pen.short(study.values_to_show[LOSS][()]), after=pen.short(new)))
    again = Passage(say("learning.again"), (fell,), (pen.letter(LOSS),), tensor=LOSS)
    return Part(5, say("part.learning"), (update, again))
