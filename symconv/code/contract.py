"""The product rule: how the right side of a Term is written.

Equal letters, `A * B`, summed where the target lacks some of them; one factor, `.sum(axes)`; nothing to sum, a
broadcast; a matrix product where the schedule asks for it and the letters split into batch, left, inner and right; else
an einsum whose letters are the index names.
"""

from dataclasses import dataclass

from symconv.code.access import access, aligned, summed
from symconv.code.draft import DraftLine
from symconv.code.listing import unwrapped
from symconv.code.program import FlatIndex
from symconv.code.schedule import Term
from symconv.code.scheduled import LoopPath, Scheduled
from symconv.derivation.index import Entry
from symconv.errors import NotSupported

MATRICES = {"windows": "columns", "regions": "region_rows", "K": "kernel_rows", "dY": "grad_rows"}
VECTORS = {"K": "kernel_vector", "dY": "grad_vector"}


def ordered(line: DraftLine, term: Term) -> list[Entry]:
    """The factors in the order of the program's tensors: gradient, input, weight."""
    rank = {tensor: k for k, tensor in enumerate(line.scheduled.program.shapes)}
    base = line.draft.base
    return sorted(term.factors, key=lambda x: rank.get(base.get(x.tensor) or x.tensor, len(rank)))


# ------------------------------------------------------------------------------------------------ products of tensors
def factors(line: DraftLine, term: Term) -> tuple[str, ...] | None:
    """The factors' texts, broadcast against the target; None where an index is summed over."""
    out, given = line.free(term.target), ordered(line, term)
    if any(set(line.free(x)) - set(out) for x in given):
        return None
    return tuple(aligned(access(line, x), line.free(x), out) for x in given)


def product(line: DraftLine, term: Term) -> str:
    """A product, its sum, a sum over axes, or an einsum; NotSupported where that has no letters for its indices."""
    plain = factors(line, term)
    if plain is not None:
        return " * ".join(plain)
    out, given = line.free(term.target), ordered(line, term)
    texts, kept = [access(line, x) for x in given], [line.free(x) for x in given]
    if len(texts) == 1:
        left = tuple(i for i in kept[0] if i in out)
        return aligned(summed(texts[0], [q for q, i in enumerate(kept[0]) if i not in out], len(kept[0])), left, out)
    if not out and len({k for k in kept if k}) == 1:
        return f"torch.sum({' * '.join(_region(line, x, text) for x, text in zip(given, texts, strict=True))})"
    if len(set(kept)) == 1 and tuple(i for i in kept[0] if i in out) == out:
        return summed(f"({' * '.join(texts)})", [q for q, i in enumerate(kept[0]) if i not in out], len(kept[0]))
    covered = tuple(i for i in out if any(i in k for k in kept))
    rule = f"{', '.join(map(_letters, kept))} -> {_letters(covered)}"
    return aligned(f'torch.einsum("{rule}", {", ".join(map(unwrapped, texts))})', covered, out)


def _region(line: DraftLine, x: Entry, text: str) -> str:
    """A name for the slice of a tensor that moves with the loops: the sum then reads like the formula."""
    draft, path = line.draft, line.path
    moves = any(line.on(e) and not e.is_Symbol and any(e.has(i) for i in path) for e in x.at)
    if not moves or draft.names.setdefault((path, "region"), text) != text:
        return text
    name = draft.claim("region", "a tensor")
    whole = Entry(name, *line.free(x))
    draft.local[name] = path
    line.state(
        (name, "=", text), "window", name, frozenset({x.tensor}),
        comment=f"{line.text(whole)} = {line.text(x)}", detail=(("term", Term(whole, (x,))), ("over", ())),
    )  # fmt: skip
    return name


def _letters(indices: LoopPath) -> str:
    if any(len(i.name) != 1 or not i.name.isascii() or not i.name.isalpha() for i in indices):
        raise NotSupported(f"an einsum needs single letters for the indices {', '.join(map(str, indices))}")
    return "".join(map(str, indices))


# ------------------------------------------------------------------------------------------------ matrix products
@dataclass(frozen=True)
class MatmulOperand:
    """An entry as batch x rows x columns: three groups of its vectorised indices, any of which may be empty."""

    entry: Entry
    batch: LoopPath
    rows: LoopPath
    columns: LoopPath
    order: LoopPath  # of the indices in the entry

    @property
    def transposed(self) -> bool:
        """Whether it is read as batch x columns x rows, as its axes lie, and then transposed."""
        return self.order == (*self.batch, *self.columns, *self.rows) != (*self.batch, *self.rows, *self.columns)

    @property
    def groups(self) -> tuple[LoopPath, ...]:
        """Rows and columns as they are read, empty ones left out."""
        two = (self.columns, self.rows) if self.transposed else (self.rows, self.columns)
        return tuple(g for g in two if g)


@dataclass(frozen=True)
class MatrixProduct:
    """`A @ B`, its axes the batch in one, then rows and columns."""

    left: MatmulOperand
    right: MatmulOperand

    @property
    def batch(self) -> LoopPath:
        return self.left.batch

    @property
    def result(self) -> tuple[LoopPath, ...]:
        """The indices of each axis of the product."""
        return tuple(g for g in (self.batch, self.left.rows, self.right.columns) if g)

    @property
    def matrices(self) -> bool:
        """Whether both sides are matrices, so that one of torch's fused products takes them."""
        return bool(self.left.rows and self.left.columns and self.right.columns)

    @property
    def verb(self) -> str:
        """torch's fused product."""
        return "baddbmm" if self.batch else "addmm"

    def plain(self, A: str, B: str) -> str:
        return f"{A} @ {B}" if self.left.columns else f"torch.outer({A}, {B})"


def matrix_product(line: DraftLine, term: Term) -> MatrixProduct | None:
    """The two factors as matrices, (batch, rows, summed) and (batch, summed, columns), the one that owns the target's
    last index on the right; None where a product does
    not split so: an index summed in one factor alone, a batch of vectors."""
    if len(term.factors) != 2:
        return None
    out = line.free(term.target)

    def own(x: Entry, y: Entry) -> LoopPath:
        return tuple(i for i in out if x.has(i) and not y.has(i))

    def last(x: Entry, y: Entry) -> int:
        return max((out.index(i) for i in own(x, y)), default=len(out))

    x, y = term.factors
    a, b = (x, y) if last(x, y) <= last(y, x) else (y, x)
    free = {e: line.free(e) for e in (a, b)}
    batch = tuple(i for i in out if i in free[a] and i in free[b])
    inner = tuple(i for i in free[a] if i in free[b] and i not in out)
    left, right = own(a, b), own(b, a)
    alone = set(free[a]) ^ set(free[b])
    shaped = bool(left and right and inner) if batch else bool(inner or (left and right))
    if alone - set(out) or not shaped:
        return None
    return MatrixProduct(MatmulOperand(a, batch, left, inner, free[a]), MatmulOperand(b, batch, inner, right, free[b]))


def written(line: DraftLine, m: MatrixProduct) -> tuple[str, str]:
    """Both matrices, each as a reshaped copy with a name of its own where it is more than a slice; what is known in
    fewer loops is made first."""
    both = sorted((m.left, m.right), key=lambda x: len(line.prefix(x.entry)))
    texts = {x: _laid(line, x) + (".mT" if x.transposed and x.rows and x.columns else "") for x in both}
    return texts[m.left], texts[m.right]


def _laid(line: DraftLine, m: MatmulOperand) -> str:
    """The matrix as its axes lie."""
    groups = (*([m.batch] if m.batch else []), *m.groups)
    want = tuple(i for g in groups for i in g)
    plain = all(len(g) == 1 for g in groups) and m.order == want
    base = m.entry.tensor
    if plain and not any(map(line.paired, m.entry.at)):
        return access(line, m.entry)
    text = merged(line, m.entry) if m.order == want else aligned(access(line, m.entry), m.order, want)
    text += f".reshape({', '.join(line.sizes(groups))})"
    stem = next((s for s in MATRICES if base.rstrip("0123456789") == s), base)
    vector = len(m.groups) == 1 and not m.batch
    name = (VECTORS.get(stem) if vector else MATRICES.get(stem)) or f"{base}_{'vector' if vector else 'matrix'}"
    if len(m.groups) == 1 and m.batch:
        name = f"{base}_{'column' if m.rows else 'row'}"
    around = line.around(m.entry)
    return around.put(
        name, text, "reshape", base=base, setup=bool(line.path) and not around.path, comment=_layout(m),
        tensor=base, batch=m.batch, groups=m.groups,
    )  # fmt: skip


def merged(line: DraftLine, x: Entry) -> str:
    """An entry that is reshaped at once, so that no axis of a pair need be split before."""
    numbers = {p.number: p.flat for p in line.scheduled.program.pairs if not set(p.indices) & set(line.path)}
    return access(line, Entry(x.tensor, *(numbers.get(e, e) for e in x.at)))


def _layout(m: MatmulOperand) -> str:
    """`row (i, j), column (a, b)`."""
    what = ("row", "column") if len(m.groups) == 2 else ("entry",)
    parts = [f"{word} {bracketed(g)}" for word, g in zip(what, m.groups, strict=True)]
    return ", ".join([*(["per " + ", ".join(map(str, m.batch))] if m.batch else []), *parts])


def bracketed(indices: LoopPath) -> str:
    """`(a, b)`, or `a` alone."""
    names = ", ".join(map(str, indices))
    return f"({names})" if len(indices) > 1 else names


def shaped(line: DraftLine, text: str, m: MatrixProduct, target: Entry, whole: bool) -> tuple[str, bool]:
    """A matrix product in the target's axes, of the whole tensor or of its slice; and whether its pairs are one axis
    each, as they are in the tensor."""
    known, out, have = line.scheduled, line.free(target), tuple(i for g in m.result for i in g)
    wanted = list(map(line.text, known.shape(target))) if whole else line.sizes((i,) for i in out)
    if have == out:
        return (text if line.sizes(m.result) == wanted else _reshaped(text, wanted)), whole
    axes, order = _axes(known, have, out), _axes(known, out, have)
    text = text if axes == list(m.result) else _reshaped(text, line.sizes(axes))
    text = f"{_bracket(text)}.permute({', '.join(str(axes.index(g)) for g in order)})"
    joined = len(order) == len(target.at)
    if whole and line.sizes(order) == wanted:
        return f"{text}.contiguous()", True
    return (text, True) if joined and not whole else (_reshaped(text, wanted), whole)


def _axes(known: Scheduled, have: LoopPath, other: LoopPath) -> list[LoopPath]:
    """The indices, each an axis, but a pair that stays together one."""

    def adjacent(p: FlatIndex, path: LoopPath) -> bool:
        first = path.index(p.indices[0]) if p.indices[0] in path else len(path)
        return path[first : first + len(p.indices)] == p.indices

    kept = [p for p in known.program.pairs if adjacent(p, have) and adjacent(p, other)]
    further = {i for p in kept for i in p.indices[1:]}
    whole = {p.indices[0]: p.indices for p in kept}
    return [whole.get(i, (i,)) for i in have if i not in further]


def _reshaped(text: str, sizes: list[str]) -> str:
    return f"{_bracket(text)}.reshape({', '.join(sizes)})"


def _bracket(text: str) -> str:
    return f"({text})" if " @ " in text else text
