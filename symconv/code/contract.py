"""The product rule: how the right side of a Term is written.

Equal letters, `A * B`, summed where the target lacks some of them; one factor, `.sum(axes)`; nothing to sum, a
broadcast; a matrix product where the schedule asks for it and the letters split into batch, left, inner and right; else
an einsum whose letters are the index names.
"""

from dataclasses import dataclass

from sympy import Symbol

from symconv.code.access import access, aligned, summed
from symconv.code.listing import unwrapped
from symconv.code.program import FlatIndex
from symconv.code.schedule import Term
from symconv.code.sheet import CodeDraft, LoopPath, Name, Statement
from symconv.derivation.index import Entry
from symconv.errors import NotSupported

MATRICES = {"windows": "columns", "regions": "region_rows", "K": "kernel_rows", "dY": "grad_rows"}
VECTORS = {"K": "kernel_vector", "dY": "grad_vector"}


def ordered(sheet: CodeDraft, term: Term) -> list[Entry]:
    """The factors in the order of the program's tensors: gradient, input, weight."""
    rank = list(sheet.shapes)
    return sorted(term.factors, key=lambda x: rank.index(_root(sheet, x.tensor)))


def _root(sheet: CodeDraft, tensor: str) -> str:
    return sheet.base.get(tensor) or tensor


# ------------------------------------------------------------------------------------------------ products of tensors
def factors(sheet: CodeDraft, term: Term, path: LoopPath, names: dict[str, Name]) -> tuple[str, ...] | None:
    """The factors' texts, broadcast against the target; None where an index is summed over."""
    out = sheet.free(term.target, path)
    kept = [sheet.free(x, path) for x in ordered(sheet, term)]
    if set().union(*kept) - set(out) or (len(kept) > 1 and set().union(*kept) != set(out)):
        return None
    texts = [access(sheet, x, path, names) for x in ordered(sheet, term)]
    return tuple(aligned(text, have, out) for text, have in zip(texts, kept, strict=True))


def product(sheet: CodeDraft, term: Term, path: LoopPath, names: dict[str, Name]) -> str:
    """A product, its sum, a sum over axes, or an einsum."""
    plain = factors(sheet, term, path, names)
    if plain is not None:
        return " * ".join(plain)
    out, given = sheet.free(term.target, path), ordered(sheet, term)
    texts, kept = [access(sheet, x, path, names) for x in given], [sheet.free(x, path) for x in given]
    if len(texts) == 1:
        left = tuple(i for i in kept[0] if i in out)
        return aligned(summed(texts[0], [q for q, i in enumerate(kept[0]) if i not in out], len(kept[0])), left, out)
    if not out and len({k for k in kept if k}) == 1:
        texts = [_region(sheet, x, text, path, names) for x, text in zip(given, texts, strict=True)]
        return f"torch.sum({' * '.join(texts)})"
    if len(set(kept)) == 1 and tuple(i for i in kept[0] if i in out) == out:
        return summed(f"({' * '.join(texts)})", [q for q, i in enumerate(kept[0]) if i not in out], len(kept[0]))
    covered = tuple(i for i in out if any(i in k for k in kept))
    if set().union(*kept) == set(covered):  # nothing is summed: what the factors lack is broadcast
        return " * ".join(aligned(text, have, out) for text, have in zip(texts, kept, strict=True))
    rule = f"{', '.join(map(_letters, kept))} -> {_letters(covered)}"
    return aligned(f'torch.einsum("{rule}", {", ".join(map(unwrapped, texts))})', covered, out)


def _region(sheet: CodeDraft, x: Entry, text: str, path: LoopPath, names: dict[str, Name]) -> str:
    """A name for the slice of a tensor that moves with the loops: the sum then reads like the formula."""
    moves = any(sheet.on(e, path) and not e.is_Symbol and any(e.has(i) for i in path) for e in x.at)
    if not moves or sheet.names.setdefault((path, "region"), text) != text:
        return text
    name = sheet.claim("region", "a tensor")
    whole = Entry(name, *sheet.free(x, path))
    sheet.local[name] = path
    sheet.statements.append(
        Statement(
            path, name, "=", text, "window", name, frozenset({x.tensor}), names,
            comment=f"{sheet.text(whole)} = {sheet.text(x)}", detail=(("term", Term(whole, (x,))), ("over", ())),
        )
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
    def flipped(self) -> bool:
        """Whether it is read as batch x columns x rows, as its axes lie, and then transposed."""
        return self.order == (*self.batch, *self.columns, *self.rows) != (*self.batch, *self.rows, *self.columns)

    @property
    def groups(self) -> tuple[LoopPath, ...]:
        """Rows and columns as they are read, empty ones left out."""
        two = (self.columns, self.rows) if self.flipped else (self.rows, self.columns)
        return tuple(g for g in two if g)


@dataclass(frozen=True)
class MatrixProduct:
    """`A @ B`, its axes the batch in one, then rows and columns."""

    left: MatmulOperand
    right: MatmulOperand
    path: LoopPath

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


def plan(sheet: CodeDraft, term: Term, path: LoopPath) -> MatrixProduct | None:
    """The two factors as matrices, the one that owns the target's last index on the right; None where a product does
    not split so: an index summed in one factor alone, a batch of vectors."""
    if len(term.factors) != 2:
        return None
    out = sheet.free(term.target, path)

    def own(x: Entry, y: Entry) -> LoopPath:
        return tuple(i for i in out if x.has(i) and not y.has(i))

    def last(x: Entry, y: Entry) -> int:
        return max((out.index(i) for i in own(x, y)), default=len(out))

    x, y = term.factors
    a, b = (x, y) if last(x, y) <= last(y, x) else (y, x)
    free = {e: sheet.free(e, path) for e in (a, b)}
    batch = tuple(i for i in out if i in free[a] and i in free[b])
    inner = tuple(i for i in free[a] if i in free[b] and i not in out)
    left, right = own(a, b), own(b, a)
    alone = set(free[a]) ^ set(free[b])
    shaped = bool(left and right and inner) if batch else bool(inner or (left and right))
    if alone - set(out) or not shaped:
        return None
    return MatrixProduct(
        MatmulOperand(a, batch, left, inner, free[a]), MatmulOperand(b, batch, inner, right, free[b]), path
    )


def written(sheet: CodeDraft, m: MatrixProduct, path: LoopPath, names: dict[str, Name]) -> tuple[str, str]:
    """Both matrices, each as a reshaped copy with a name of its own where it is more than a slice; what is known in
    fewer loops is made first."""
    both = sorted((m.left, m.right), key=lambda x: len(sheet.prefix(x.entry, path)))
    texts = {x: _laid(sheet, x, path, names) + (".mT" if x.flipped and x.rows and x.columns else "") for x in both}
    return texts[m.left], texts[m.right]


def _laid(sheet: CodeDraft, m: MatmulOperand, path: LoopPath, names: dict[str, Name]) -> str:
    """The matrix as its axes lie."""
    groups = (*([m.batch] if m.batch else []), *m.groups)
    want = tuple(i for g in groups for i in g)
    plain = all(len(g) == 1 for g in groups) and m.order == want
    base = m.entry.tensor
    if plain and not any(sheet.paired(e, path) for e in m.entry.at):
        return access(sheet, m.entry, path, names)
    text = merged(sheet, m.entry, path, names) if m.order == want else ""
    text = text or aligned(access(sheet, m.entry, path, names), m.order, want)
    text += f".reshape({', '.join(sheet.sizes(groups, path))})"
    stem = next((s for s in MATRICES if base.rstrip("0123456789") == s), base)
    vector = len(m.groups) == 1 and not m.batch
    name = (VECTORS.get(stem) if vector else MATRICES.get(stem)) or f"{base}_{'vector' if vector else 'matrix'}"
    if len(m.groups) == 1 and m.batch:
        name = f"{base}_{'column' if m.rows else 'row'}"
    around = sheet.prefix(m.entry, path)
    return sheet.put(
        around, name, text, "reshape", base=base, setup=bool(path) and not around, names=names, comment=_layout(m),
        tensor=base, batch=m.batch, groups=m.groups,
    )  # fmt: skip


def merged(sheet: CodeDraft, x: Entry, path: LoopPath, names: dict[str, Name]) -> str:
    """An entry that is reshaped at once, so that no axis of a pair need be split before."""
    numbers = {p.number: p.flat for p in sheet.program.pairs if not set(p.indices) & set(path)}
    return access(sheet, Entry(x.tensor, *(numbers.get(e, e) for e in x.at)), path, names)


def _layout(m: MatmulOperand) -> str:
    """`row (i, j), column (a, b)`."""

    def group(indices: tuple[Symbol, ...]) -> str:
        names = ", ".join(map(str, indices))
        return f"({names})" if len(indices) > 1 else names

    what = ("row", "column") if len(m.groups) == 2 else ("entry",)
    parts = [f"{word} {group(g)}" for word, g in zip(what, m.groups, strict=True)]
    return ", ".join([*(["per " + ", ".join(map(str, m.batch))] if m.batch else []), *parts])


def shaped(sheet: CodeDraft, text: str, m: MatrixProduct, target: Entry, whole: bool) -> tuple[str, bool]:
    """A matrix product in the target's axes, of the whole tensor or of its slice; and whether its pairs are one axis
    each, as they are in the tensor."""
    out, have = sheet.free(target, m.path), tuple(i for g in m.result for i in g)
    wanted = list(map(sheet.text, sheet.shapes[target.tensor])) if whole else sheet.sizes([(i,) for i in out], m.path)
    if have == out:
        return (text if sheet.sizes(m.result, m.path) == wanted else _reshaped(text, wanted)), whole
    axes, order = _axes(sheet, have, out), _axes(sheet, out, have)
    text = text if axes == list(m.result) else _reshaped(text, sheet.sizes(axes, m.path))
    text = f"{_bracket(text)}.permute({', '.join(str(axes.index(g)) for g in order)})"
    joined = len(order) == len(target.at)
    if whole and sheet.sizes(order, m.path) == wanted:
        return f"{text}.contiguous()", True
    return (text, True) if joined and not whole else (_reshaped(text, wanted), whole)


def _axes(sheet: CodeDraft, have: LoopPath, other: LoopPath) -> list[LoopPath]:
    """The indices, each an axis, but a pair that stays together one."""

    def adjacent(p: FlatIndex, path: LoopPath) -> bool:
        first = path.index(p.indices[0]) if p.indices[0] in path else len(path)
        return path[first : first + len(p.indices)] == p.indices

    kept = [p for p in sheet.program.pairs if adjacent(p, have) and adjacent(p, other)]
    further = {i for p in kept for i in p.indices[1:]}
    whole = {p.indices[0]: p.indices for p in kept}
    return [whole.get(i, (i,)) for i in have if i not in further]


def _reshaped(text: str, sizes: list[str]) -> str:
    return f"{_bracket(text)}.reshape({', '.join(sizes)})"


def _bracket(text: str) -> str:
    return f"({text})" if " @ " in text else text
