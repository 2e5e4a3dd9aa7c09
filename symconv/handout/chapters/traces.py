"""Parts 4 and 5 for any network: single entries along their chain of dependence, and one step of learning."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from sympy import Expr, Integer, Mul, Symbol

from symconv.array import Index
from symconv.derivation.derivation import Derivation
from symconv.derivation.functions import step
from symconv.derivation.index import Entry, Iverson, Range, Winner, rebuild
from symconv.derivation.sums import products
from symconv.derivation.tensors import gradient, is_gradient, original, without_gradient
from symconv.evaluation.arithmetic import Digits, Floats, long, wide
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.handout.document import Block, Line, Paragraph, Part, Passage
from symconv.handout.pen import Pen, chained
from symconv.handout.printer import number
from symconv.handout.shown import numbers
from symconv.worked.entry import NamedEntry
from symconv.worked.numbers import number as exact
from symconv.worked.stages import LOSS

MOST_POINTS, SHOWN, LONGEST = 4_000, 4, 40  # of a sum: looked at, written out; lines of a trace


def chapter(pen: Pen, entries: tuple[tuple[str, Index], ...]) -> Part:
    """`entries`: a parameter (or any tensor with a gradient) and an index of it, for each trace."""
    say = pen.say
    chosen = entries or tuple((p, (0,) * len(pen.shapes[p])) for p in pen.study.parameters)
    steps: list[Block] = [Paragraph(say("traces.intro"))]
    met: dict[NamedEntry, str] = {}
    steps += [_trace(pen, tensor, at, met) for tensor, at in chosen]
    return Part(4, say("traces.title"), tuple(steps))


def _trace(pen: Pen, tensor: str, at: Index, met: dict[NamedEntry, str]) -> Passage:
    """The entry's gradient by its equation; then that of what weighs most in it, and so on to the loss, or to what a
    trace above has `met`."""
    lines: list[Line] = []
    here: NamedEntry | None = (tensor, at)
    own = pen.tex.plain(Entry(tensor, *at))
    while here and here not in met and len(lines) < LONGEST:
        met[here] = own
        found, here = _line(pen, *here)
        lines += found
    blocks: tuple[Block, ...] = (chained(lines),) if lines else ()
    if here:
        key = "traces.met" if here in met else "traces.on"
        further = pen.tex(Entry(gradient(here[0]), *here[1])).replace(r"\dL{", r"\tdL{")  # in running text
        asked = f"{here[0]}[{','.join(map(str, here[1]))}]"
        blocks += (Paragraph(pen.say(key, gradient=further, entry=met.get(here, ""), asked=asked)),)
    reader = next(s.output for s in pen.study.stages if tensor in s.operation.operands)
    return Passage(pen.say("traces.entry", entry=own), blocks, (pen.letter(original(reader)),), "bw")


def _line(pen: Pen, tensor: str, at: Index) -> tuple[list[Line], NamedEntry | None]:
    """One gradient's entry as its largest terms and its value, and the upstream gradient in the largest of them."""
    d = pen.study.derivations[tensor]
    value = pen.study.gradients_to_show[tensor][at]
    left = pen.tex(Entry(gradient(tensor), *at))
    terms = sorted(_terms(pen, d, at), key=lambda t: -abs(t[0]))
    exact = all(_exactly(pen, f) for _, factors in terms for f in factors)
    put = "=" if exact else r"\approx "
    relation, result = ("=" if pen.exactly(value) else r"\approx "), rf"\bw{{{pen.short(value)}}}"
    if not terms:
        return [Line(left, relation + result, "" if value else pen.say("traces.zero"))], None
    upstream = next((f for f in terms[0][1] if isinstance(f, Entry) and is_gradient(f.tensor)), None)
    texts = [_product(pen, factors) for _, factors in terms[:SHOWN]]
    if upstream and texts in ([result], [f"({result})"]):  # the gradient goes through as it is
        return [Line(left, "=" + pen.tex(upstream) + relation + result)], _next(pen, upstream)
    if texts in ([pen.short(value)], [f"({pen.short(value)})"]):
        return [Line(left, relation + result)], _next(pen, upstream)
    text = "+".join(texts) + (r"+\cdots" if len(terms) > SHOWN else "")
    lines = [Line(left, put + text, pen.say("traces.terms", count=len(terms)) if len(terms) > SHOWN else "")]
    lines.append(Line("", (relation if exact else r"\approx ") + result))
    return lines, _next(pen, upstream)


def _exactly(pen: Pen, f: Expr) -> bool:
    """Whether a factor of a term is printed as the number that it is."""
    if isinstance(f, Entry):
        table = pen.study.gradients_to_show if is_gradient(f.tensor) else pen.study.values_to_show
        return pen.exactly(table[without_gradient(f.tensor)][tuple(int(i) for i in f.at)])
    return isinstance(f, Iverson | Winner | step) or (bool(f.is_Rational) and pen.exactly(f))


def _next(pen: Pen, upstream: Entry | None) -> NamedEntry | None:
    """Where a trace goes on: the entry of an upstream gradient that is derived itself."""
    if upstream is None:
        return None
    name = without_gradient(upstream.tensor)
    return (name, tuple(int(i) for i in upstream.at)) if name in pen.study.derivations else None


Summand = tuple[float, tuple[Expr, ...]]


def _terms(pen: Pen, d: Derivation, at: Index) -> Iterator[Summand]:
    """The terms of a gradient's equation at one entry that are not 0, each with its factors; none of a sum too long."""
    here = _free(d, at)
    world = World({}, pen.study.floats, kind=OneByOne(Floats()))
    for factors, ranges in products(rebuild(d.equation.value, here)):
        if prod(int(n) for _, n in ranges) > MOST_POINTS:
            continue
        points = list(product(*(range(int(n)) for _, n in ranges)))
        found = world.values(Mul(*factors), ranges, points).numbers()
        for point, x in zip(points, map(wide, found), strict=True):
            if x:
                put = {i: Integer(k) for (i, _), k in zip(ranges, point, strict=True)}
                yield x, tuple(rebuild(f, put) for f in factors)


def _free(d: Derivation, at: Index) -> dict[Symbol, Expr]:
    """The values of the free indices at an entry; a subscript may be composed, as g Og + o."""
    found: dict[Symbol, Expr] = {}
    ranges: Mapping[Symbol, Expr] = dict(d.ranges)
    for e, k in zip(d.entry.at, at, strict=True):
        own: list[Range] = [(i, ranges[i]) for i in sorted(e.free_symbols, key=str)]
        for point in product(*(range(int(n)) for _, n in own)):
            put = {i: Integer(v) for (i, _), v in zip(own, point, strict=True)}
            if rebuild(e, put) == k:
                found |= put
                break
    return found


def _product(pen: Pen, factors: tuple[Expr, ...]) -> str:
    """A term as numbers: entries each by itself, all else as one number; gradients in their colour."""
    world = World({}, pen.study.floats, kind=OneByOne(Floats()))
    parts, rest = [], []
    for f in factors:
        if isinstance(f, Entry):
            table = pen.study.gradients_to_show if is_gradient(f.tensor) else pen.study.values_to_show
            text = pen.short(table[without_gradient(f.tensor)][tuple(int(i) for i in f.at)])
            parts.append(rf"\bw{{{text}}}" if is_gradient(f.tensor) else text)
        elif f != 1:
            rest.append(f)
    other = wide(world.value(Mul(*rest))) if rest else 1.0
    parts += [pen.short(other)] if other != 1.0 or not parts else []
    return r"\cdot ".join(f"({p})" if p.startswith(("-", r"\bw{-")) else p for p in parts)


def learning(pen: Pen) -> Part:
    """One step against the gradient: every parameter after it, and the loss before and after."""
    study, say, rate = pen.study, pen.say, exact(pen.study.network.learning_rate)
    moved, old, new = study.moved, long(study.values_to_show[LOSS][()]), study.loss_after
    change = Digits().add(new, -old)
    key = "loss_fell" if change < 0 else "loss_rose" if change else "loss_same"
    rule = Line(r"\theta'", r"=\theta-\alpha\,\dL{\theta}", say("learning.rate", rate=number(rate)))
    lines = [line for p in study.parameters for line in numbers(pen, p, moved[p], "res", pen.letter(p + "'"))]
    update = Passage(say("learning.update"), (Paragraph(say("learning.any_text")), chained((rule, *lines))))
    text = Paragraph(say(f"learning.{key}", before=pen.short(study.values_to_show[LOSS][()]), after=pen.short(new)))
    return Part(5, say("part.learning"), (update, Passage(say("learning.again"), (text,), (LOSS,), tensor=LOSS)))
