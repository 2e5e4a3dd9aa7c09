"""An operation's equation, or its gradients, as a Program: Terms, and all that is needed to print them.

The conditions end here. A padded read X[e - p]*[0 <= e - p < H] becomes Xp[e], and one more Term places X in the middle
of Xp; a padded write is the same the other way round, and its Term takes the middle out again (symconv.code.padding).
An unsolved delta of the chain rule, Sum dY * [h = e] * rest, is a write to e: `dX[e] += dY * rest`, where 0 <= e < H.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sympy import Add, Expr, Integer, Mul, Pow, Symbol, expand, preorder_traversal, prod

from symconv.code.padding import Padding
from symconv.code.pieces import Piece, Pieces, is_pointwise
from symconv.code.pointwise import CALLS
from symconv.code.schedule import Term
from symconv.derivation.derivation import Derivation
from symconv.derivation.equations import Operation
from symconv.derivation.index import Binder, Delta, Entry, In, Range, rebuild, substitute
from symconv.derivation.letters import Letters
from symconv.derivation.ranges import implied
from symconv.derivation.sums import products
from symconv.errors import NotSupported
from symconv.notation import content_of

FLAT = {"go": "k", "gc": "m"}  # the letter of an index that numbers pairs


@dataclass(frozen=True)
class Pair:
    """u*V + v with 0 <= v < V is the number of the pair (u, v): `flat`, an index with an extent of its own.
    There may be more indices than two, as where an image becomes a vector."""

    indices: tuple[Symbol, ...]
    flat: Symbol
    number: Expr


@dataclass(frozen=True)
class Program:
    """Terms: copies into padded tensors, then the sums, then copies out of padded tensors.

    `extents` gives every index its extent, `shapes` every tensor its axes (in the order in which a product is written);
    `facts` define the extents that no shape holds, in order of dependence. `like` is the tensor whose dtype and device
    the others take; `conjugated` are the tensors that stand in the sums with their complex conjugates.
    """

    terms: tuple[Term, ...]
    placing: tuple[Term, ...]
    taking: tuple[Term, ...]
    late: tuple[Term, ...]  # added to what was taken out of a padded tensor
    empty: tuple[str, ...]  # tensors to which nothing is ever added
    around: Mapping[str, tuple[Expr, ...]]  # padded tensor -> the numbers of zeros
    lowest: frozenset[str]  # padded tensors with -inf for zeros
    pieces: Mapping[str, Piece]
    extents: Mapping[Symbol, Expr]
    shapes: Mapping[str, tuple[Expr, ...]]
    like: str
    pairs: tuple[Pair, ...]
    facts: tuple[tuple[Symbol, Expr], ...]
    options: tuple[Symbol, ...]
    conjugated: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """Every name in reading order: indices, extents, options."""
        shapes = [tuple(self.extents.values()), *self.shapes.values()]
        axes = [n for shape in shapes for e in shape for n in sorted(map(str, e.free_symbols))]
        facts = [str(s) for s, _ in self.facts]
        return tuple(dict.fromkeys([*map(str, self.extents), *axes, *facts, *map(str, self.options)]))

    @property
    def multiplied(self) -> tuple[Symbol, ...]:
        """The indices of products."""
        return tuple(i for i in self.extents if any(t.has(i) for t in self.terms if len(t.factors) > 1))

    def sides(self, tensor: str) -> tuple[Expr, ...]:
        """The numbers of zeros around a padded tensor."""
        return self.around[tensor]


Shapes = Mapping[str, tuple[Expr, ...]]


@dataclass(frozen=True)
class Names:
    """The identifiers of tensors: of those in `known` theirs, of any other its name, dX for the gradient ∂X."""

    known: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, tensor: str) -> str:
        return self.known.get(tensor) or tensor.replace("∂", "d")


def forward(op: Operation, names: Names = Names()) -> Program:
    """The operation's own equation."""
    return _program(op, [(op.equation.entry, op.equation.value, op.equation.ranges)], dict(op.shapes), names)


def backward(
    op: Operation, derivations: Iterable[Derivation], names: Names = Names(), others: Shapes | None = None
) -> Program:
    """The gradients, in scatter form where that has places to add to; dY, the output's gradient, is given.
    `others` are the shapes of further tensors that a result is written with (the softmax).

    For complex numbers the adjoint of y = k x is conj(k): every factor but dY is conjugated, as torch does; on real
    numbers this is nothing.
    """
    equations = [(d.entry, _emitted(d), d.ranges) for d in derivations]
    written = {e.tensor: op.shape(e.tensor.removeprefix("∂")) for e, *_ in equations}
    given = {"∂" + t: op.shape(t) for t in op.outputs}
    shapes = {**given, **(others or {}), **dict(op.shapes), **written}
    read = {x.tensor for _, value, _ in equations for x in value.atoms(Entry)} - set(given)
    return _program(op, equations, shapes, names, tuple(names(t) for t in op.operands if t in read))


def _emitted(d: Derivation) -> Expr:
    """The scatter line, where each of its deltas says where a product is added and no sum is divided by; else the
    result, as where it needs no sum."""
    if is_pointwise(d.equation.value):
        return d.equation.value
    placed = all(_solved(d.entry, delta) is not None for delta in d.scatter.atoms(Delta))
    divided = any(p.base.atoms(Entry) for p in d.scatter.atoms(Pow))
    return d.scatter if placed and not divided else d.equation.value


Part = tuple[Entry, tuple[Entry, ...], tuple[In, ...], Expr]  # target, factors, conditions, number
Written = tuple[Entry, Expr, tuple[Range, ...]]


def _program(
    op: Operation, equations: list[Written], shapes: Shapes, names: Names, conjugated: tuple[str, ...] = ()
) -> Program:
    shapes = {names(tensor): shape for tensor, shape in shapes.items()}
    extents = _extents(op, [value for _, value, _ in equations])
    letters = Letters({*shapes, *(s.name for s in _symbols(op)), *map(str, extents)})
    pieces = Pieces(tuple(extents), extents)
    padding = Padding(op, letters, extents, shapes, names)
    parts = [part for equation in equations for part in _read(*equation, op.derived, pieces, names)]
    terms = tuple(padding.term(*part) for part in parts)
    padding.pieces(pieces)
    products = {e: s for s, e in op.derived}
    pairs = _pairs(extents, (*terms, *padding.placing, *padding.taking), letters, padding.shapes, products)
    flat = {p.flat: prod([extents[i] for i in p.indices]) for p in pairs}
    taken = {t.target.tensor for t in padding.taking}
    written = {names(entry.tensor) for entry, *_ in equations}
    return Program(
        terms=tuple(t for t in terms if t.target.tensor not in taken),
        placing=tuple(padding.placing),
        taking=tuple(padding.taking),
        late=tuple(t for t in terms if t.target.tensor in taken),
        empty=tuple(sorted(written - taken - {t.target.tensor for t in terms})),
        around=padding.sides,
        lowest=frozenset(padding.lowest),
        pieces=pieces.known,
        extents=extents | {k: products.get(n, n) for k, n in flat.items()},  # O where it is declared that O = G*Og
        shapes=padding.shapes,
        like=names(op.operands[0]),
        pairs=pairs,
        facts=_facts(op, padding),
        options=tuple(s for _, symbols in op.options for s in symbols),
        conjugated=conjugated,
    )


# ------------------------------------------------------------------------------------------------ reading a sum
def _read(
    entry: Entry, value: Expr, ranges: tuple[Range, ...], derived: tuple[tuple[Symbol, Expr], ...], pieces: Pieces,
    names: Names,
) -> list[Part]:  # fmt: skip
    """Each product of the value: where it is added, which its deltas say, and its factors."""
    if value.atoms(Entry) and is_pointwise(value) and not _plain(value):
        at, (whole,) = _bare(entry, [value], names)
        return [(at, (pieces.entry(whole, at),), (), Integer(1))]
    out = []
    for factors, summed in products(value):
        running = [i for i, _ in (*ranges, *summed)]
        place = dict(_place(entry, f, running) for f in factors if isinstance(f, Delta))
        at = Entry(entry.tensor, *(place.get(x, x) for x in entry.at))
        rest = [substitute(f, place) for f in factors if not isinstance(f, Delta)]
        inside = [In(e, dict(ranges)[x]) for x, e in place.items() if x in dict(ranges)]
        if 0 in (*inside, *rest):
            continue  # never inside the tensor
        open_ = [g for g in inside if isinstance(g, In) and g not in rest]  # [0 <= 0 < 2] is 1 at once
        rest += [g for g in open_ if not implied(g, ranges + summed, derived)]
        rest += _times(summed, (at, *rest))
        out.append(_part(*_bare(at, rest, names), pieces))
    return out


def _times(summed: tuple[Range, ...], spoken: tuple[Expr, ...]) -> list[Expr]:
    """How often a product is added that its sums run over but do not change: terms know only the indices they hold."""
    idle = [n for i, n in summed if not any(e.has(i) for e in spoken)]
    if unknown := [n for n in idle if not n.is_number]:
        raise NotSupported(f"a product is added {unknown[0]} times over, and code knows numbers only")
    return idle


def _part(target: Entry, factors: list[Expr], pieces: Pieces) -> Part:
    """The factors sorted into entries, conditions and a number."""
    guards = tuple(f for f in factors if isinstance(f, In))
    split = [content_of(f) if is_pointwise(f) else (Integer(1), f) for f in factors if f not in guards]
    number = prod([f for pair in split for f in pair if f.is_Rational], start=Integer(1))
    rest = [f for _, f in split if not f.is_Rational]
    for e in (e for f in rest for x in f.atoms(Entry) for e in x.at):
        if any(e.coeff(i, 1).is_negative for i in pieces.indices):
            raise NotSupported(f"the subscript {e} runs backwards, which neither a slice nor a strided view can")
    like = next((f for f in rest if isinstance(f, Entry)), target)
    return target, tuple(pieces.entry(f, like) for f in pieces.softmax(rest)), guards, number


def _plain(value: Expr) -> bool:
    """Whether a value is a sum of products of entries, or one function of an entry: lines that need no expression."""
    return type(value) in CALLS or all(
        all(isinstance(f, Entry) or f.is_Rational or f.is_Function for f in Mul.make_args(a)) and a.atoms(Entry)
        for a in Add.make_args(value)
    )


def _place(entry: Entry, delta: Delta, indices: Iterable[Symbol]) -> tuple[Expr, Expr]:
    """(h, e) for [h = e], where h is a subscript of the entry and e runs forwards with every index."""
    found = _solved(entry, delta)
    if found is None or any(found[1].coeff(i, 1).is_negative for i in indices):
        raise NotSupported(f"{delta} does not say where in {entry.tensor} a product is added, going forwards")
    return found


def _solved(entry: Entry, delta: Delta) -> tuple[Expr, Expr] | None:
    """The delta solved for a subscript of the entry, composed or with coefficient one; None where it has none."""
    spoken = [x for x in entry.at if not x.is_number]
    for x, e in (delta.args, delta.args[::-1]):
        if x in spoken:
            return x, e
    difference = expand(delta.args[0] - delta.args[1])
    for x in (x for x in spoken if x.is_Symbol):
        c = difference.coeff(x, 1)
        if c in (1, -1) and not (difference - c * x).has(x):
            return x, expand(x - c * difference)
    return None


def _bare(target: Entry, factors: list[Expr], names: Names) -> tuple[Entry, list[Expr]]:
    """The same with identifiers for names: dX for ∂X, a for a' where no a is in the way."""
    used = {s for e in (target, *factors) for s in e.free_symbols}
    taken = {s.name for s in used}
    bare = {s: Symbol(s.name.rstrip("'"), **s.assumptions0) for s in used if s.name.endswith("'")}
    if {s.name for s in bare.values()} & taken or len(set(bare.values())) < len(bare):
        raise NotSupported(f"{target} += ... needs indices with marks ({', '.join(sorted(taken))}), which code has not")
    target, *rest = (substitute(e, bare) for e in (target, *factors))
    named = [e.replace(lambda x: isinstance(x, Entry), lambda x: Entry(names(x.tensor), *x.at)) for e in rest]
    return Entry(names(target.tensor), *target.at), named


def _symbols(op: Operation) -> set[Symbol]:
    parts = [s for _, shape in op.shapes for s in shape] + [e for _, e in (*op.derived, *op.solved)]
    named = {s for s, _ in (*op.derived, *op.solved)} | {s for _, symbols in op.options for s in symbols}
    return {s for e in parts for s in e.free_symbols} | named


def _extents(op: Operation, values: Iterable[Expr]) -> dict[Symbol, Expr]:
    """Index -> extent: those of the output first, then the summed ones, then the places of the operands."""
    nodes = [node for value in (op.equation.value, *values) for node in preorder_traversal(value)]
    sums = [r for node in nodes if isinstance(node, Binder) for r in node.ranges]
    ranges = [*op.equation.ranges, *sums, *(r for t in op.targets for r in t.ranges)]
    return {i: n for i, n in ranges if not i.name.endswith("'")}


def _facts(op: Operation, padding: Padding) -> tuple[tuple[Symbol, Expr], ...]:
    """The solved extents, the padded ones, and the derived ones that are not read off an operand's shape; each after
    those that it is made of."""
    read = {e for name in op.operands if name != dict(op.roles).get("bias") for e in op.shape(name)}
    padded = list(padding.extents.values())
    inside = {n: s - (total - n) for (n, _), (s, total) in padding.extents.items()}
    derived = [(s, rebuild(e, inside)) for s, e in op.derived if s not in read]
    todo, done = [*op.solved, *padded, *derived], []
    while todo:
        waiting = {s for s, _ in todo}
        ready = next(((s, e) for s, e in todo if not e.free_symbols & waiting - {s}), todo[0])
        todo.remove(ready)
        done.append(ready)
    return tuple(done)


def _pairs(
    extents: Mapping[Symbol, Expr], terms: Iterable[Term], letters: Letters, shapes: Mapping[str, tuple[Expr, ...]],
    products: Mapping[Expr, Symbol],
) -> tuple[Pair, ...]:  # fmt: skip
    """Every subscript u*V + v, where V is v's extent and the axis has all U*V entries: windows side by side, which are
    written alike, may leave some over."""
    found: dict[Expr, Pair] = {}
    axes = [(e, n) for term in terms for x in term.entries for e, n in zip(x.at, shapes[x.tensor], strict=True)]
    for e, n in axes:
        on = _row_major(e, extents)
        whole = prod([extents[i] for i in on])
        if len(on) > 1 and e not in found and n in (whole, products.get(whole)):
            found[e] = Pair(on, letters.index(FLAT.get("".join(map(str, on)), "m")), e)
    return tuple(found.values())


def _row_major(e: Expr, extents: Mapping[Symbol, Expr]) -> tuple[Symbol, ...]:
    """The indices of which e is the number in row-major order, (u V + v) W + w; none where it is no such number."""
    e, on, step = expand(e), [], Integer(1)
    left = {i for i in extents if e.has(i)}
    while left:
        last = next((i for i in sorted(left, key=str) if expand(e.coeff(i, 1) - step) == 0), None)
        if last is None:
            return ()
        on.append(last)
        left.remove(last)
        step = step * extents[last]
    number: Expr = Integer(0)
    for i in reversed(on):
        number = number * extents[i] + i
    return tuple(reversed(on)) if expand(number - e) == 0 else ()
