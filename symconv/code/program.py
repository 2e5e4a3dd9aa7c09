"""An operation's equation, or its gradients, as a Program: Terms, and all that is needed to print them.

The conditions end here. A padded read X[e - p]*[0 <= e - p < H] becomes Xp[e], and one more Term places X in the middle
of Xp; a padded write is the same the other way round, and its Term takes the middle out again (symconv.code.padding).
An unsolved delta of the chain rule, Sum dY * [h = e] * rest, is a write to e: `dX[e] += dY * rest`, where 0 <= e < H.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sympy import Expr, Integer, Pow, Symbol, preorder_traversal, prod

from symconv.code.padding import Padding
from symconv.code.parts import in_parts
from symconv.code.pieces import Piece, Pieces, PointwisePiece, is_pointwise
from symconv.code.reading import AS_THEY_ARE, Names, read, solved
from symconv.code.schedule import Term
from symconv.code.single import inside, single
from symconv.derivation.derivation import Derivation
from symconv.derivation.equations import Operation
from symconv.derivation.index import Binder, Delta, Entry, Range, expand, rebuild, spelt
from symconv.derivation.letters import Letters
from symconv.derivation.tensors import gradient

FLAT = {"go": "k", "gc": "m"}  # the letter of an index that numbers pairs


@dataclass(frozen=True)
class FlatIndex:
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
    pairs: tuple[FlatIndex, ...]
    facts: tuple[tuple[Symbol, Expr], ...]
    options: tuple[Symbol, ...]
    conjugated: tuple[str, ...] = ()
    gradients: frozenset[str] = frozenset()

    @property
    def plain(self) -> Mapping[str, str]:
        """Padded tensor -> the tensor that is copied into it, or taken out of it."""
        taken = {t.factors[0].tensor: t.target.tensor for t in self.taking}
        return taken | {t.target.tensor: t.factors[0].tensor for t in self.placing}

    @property
    def order(self) -> tuple[str, ...]:
        """Every name in reading order: indices, extents, options."""
        shapes = [tuple(self.extents.values()), *self.shapes.values()]
        axes = [n for shape in shapes for e in shape for n in sorted(s.name for s in e.free_symbols)]
        facts = [s.name for s, _ in self.facts]
        return tuple(dict.fromkeys([*(i.name for i in self.extents), *axes, *facts, *(s.name for s in self.options)]))

    @property
    def multiplied(self) -> tuple[Symbol, ...]:
        """The indices of products."""
        return tuple(i for i in self.extents if any(t.has(i) for t in self.terms if len(t.factors) > 1))


SymbolicShapes = Mapping[str, tuple[Expr, ...]]


def forward(op: Operation, names: Names = AS_THEY_ARE) -> Program:
    """The operation's own equation."""
    return _program(op, [(op.equation.entry, op.equation.value, op.equation.ranges)], dict(op.shapes), names)


def backward(
    op: Operation, derivations: Iterable[Derivation], names: Names = AS_THEY_ARE, others: SymbolicShapes | None = None
) -> Program:
    """The gradients, in scatter form where that has places to add to; dY, the output's gradient, is given.
    `others` are the shapes of further tensors that a result is written with (the softmax).

    For complex numbers the adjoint of y = k x is conj(k): every factor but dY is conjugated, as torch does; on real
    numbers this is nothing.
    """
    equations = [(d.entry, _emitted(d), d.ranges) for d in derivations]
    each = {gradient(t): shape for t, shape in op.shapes}
    written = {e.tensor: each[e.tensor] for e, *_ in equations}
    given = {gradient(t): op.shape(t) for t in op.outputs}
    shapes = {**given, **(others or {}), **dict(op.shapes), **written}
    read = {x.tensor for _, value, _ in equations for x in value.atoms(Entry)} - set(given)
    return _program(op, equations, shapes, names, tuple(names(t) for t in op.operands if t in read))


def _emitted(d: Derivation) -> Expr:
    """The scatter line, where each of its deltas says where a product is added and no sum is divided by; else the
    result, as where it needs no sum."""
    if is_pointwise(d.equation.value):
        return d.equation.value
    placed = all(solved(d.entry, delta) is not None for delta in d.scatter.atoms(Delta))
    divided = any(p.base.atoms(Entry) for p in d.scatter.atoms(Pow))
    return d.scatter if placed and not divided else d.equation.value


Assignment = tuple[Entry, Expr, tuple[Range, ...]]


def _program(
    op: Operation, equations: list[Assignment], shapes: SymbolicShapes, names: Names, conjugated: tuple[str, ...] = ()
) -> Program:
    gradients = frozenset(names(gradient(t)) for t, _ in op.shapes if gradient(t) in shapes)
    shapes = {names(tensor): shape for tensor, shape in shapes.items()}
    extents = _extents(op, [value for _, value, _ in equations])
    letters = Letters({*shapes, *(s.name for s in _symbols(op)), *map(str, extents)})
    pieces = Pieces(tuple(extents), extents)
    padding = Padding(op, letters, extents, shapes, names)
    parts = [part for equation in equations for part in read(*equation, op.derived, pieces, names)]
    if not op.paddings:  # or the conditions are those of the padding
        parts = list(in_parts(parts, extents, letters))
    guarded = [padding.term(*part) for part in parts]
    padding.pieces(pieces)
    thin = single(extents, pieces.known)
    terms, placing, taking = (tuple(map(thin.term, group)) for group in (guarded, padding.placing, padding.taking))
    extents = {i: n for i, n in extents.items() if i not in thin.zero}
    inside((*terms, *placing, *taking), thin.pieces, extents, padding.shapes)
    products = {e: s for s, e in op.derived}
    spoken = [x for term in (*terms, *placing, *taking) for x in term.entries]
    spoken += [x for p in thin.pieces.values() if isinstance(p, PointwisePiece) for x in p.entries]
    pairs = _pairs(extents, spoken, letters, padding.shapes, products)
    flat = {p.flat: prod([extents[i] for i in p.indices]) for p in pairs}
    taken = {t.target.tensor for t in taking}
    written = {names(entry.tensor) for entry, *_ in equations}
    return Program(
        terms=tuple(t for t in terms if t.target.tensor not in taken),
        placing=placing,
        taking=taking,
        late=tuple(t for t in terms if t.target.tensor in taken),
        empty=tuple(sorted(written - taken - {t.target.tensor for t in terms})),
        around=padding.sides,
        lowest=frozenset(padding.lowest),
        pieces=thin.pieces,
        extents=extents | {k: products.get(n, n) for k, n in flat.items()},  # O where it is declared that O = G*Og
        shapes=padding.shapes,
        like=names(op.operands[0]),
        pairs=pairs,
        facts=_facts(op, padding),
        options=tuple(s for _, symbols in op.options for s in symbols),
        conjugated=conjugated,
        gradients=gradients,
    )


# ------------------------------------------------------------------------------------------------ extents
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
    extents: Mapping[Symbol, Expr], entries: Iterable[Entry], letters: Letters, shapes: Mapping[str, tuple[Expr, ...]],
    products: Mapping[Expr, Symbol],
) -> tuple[FlatIndex, ...]:  # fmt: skip
    """Every subscript u*V + v, where V is v's extent and the axis has all U*V entries: windows side by side, which are
    written alike, may leave some over."""
    found: dict[Expr, FlatIndex] = {}
    axes = [(e, n) for x in entries for e, n in zip(x.at, shapes[x.tensor], strict=True)]
    for e, n in axes:
        on = _row_major(e, extents)
        whole = prod([extents[i] for i in on])
        if len(on) > 1 and e not in found and n in (whole, products.get(whole)):
            found[e] = FlatIndex(on, letters.index(FLAT.get("".join(map(str, on)), "m")), e)
    return tuple(found.values())


def _row_major(e: Expr, extents: Mapping[Symbol, Expr]) -> tuple[Symbol, ...]:
    """The indices of which e is the number in row-major order, (u V + v) W + w; none where it is no such number."""
    e, on, step = expand(e), [], Integer(1)
    left = {i for i in extents if e.has(i)}
    while left:
        last = next((i for i in sorted(left, key=spelt) if expand(e.coeff(i, 1) - step) == 0), None)
        if last is None:
            return ()
        on.append(last)
        left.remove(last)
        step = step * extents[last]
    number: Expr = Integer(0)
    for i in reversed(on):
        number = number * extents[i] + i
    return tuple(reversed(on)) if expand(number - e) == 0 else ()
