"""The product rule: how the right side of a Term is written.

Equal letters, `A * B`; empty output, `torch.sum(A * B)`; one factor, `.sum(axes)` or a broadcast; a matrix product
where the schedule asks for it and the letters split into batch, left, inner, right and lie in order; else an einsum
whose letters are the index names.
"""

from dataclasses import dataclass

from sympy import Symbol

from symconv.code.access import access
from symconv.code.schedule import Term
from symconv.code.sheet import Name, Path, Sheet, Statement
from symconv.derivation.index import Entry
from symconv.errors import NotSupported

MATRICES = {"windows": "window_columns", "regions": "region_rows", "K": "kernel_rows", "dY": "grad_rows"}
VECTORS = {"K": "kernel_vector", "dY": "grad_vector"}


def ordered(sheet: Sheet, term: Term) -> list[Entry]:
    """The factors in the order of the program's tensors: gradient, input, weight."""
    rank = list(sheet.shapes)
    return sorted(term.factors, key=lambda x: rank.index(_root(sheet, x.tensor)))


def _root(sheet: Sheet, tensor: str) -> str:
    return sheet.base.get(tensor) or tensor


def product(sheet: Sheet, term: Term, path: Path, names: dict[str, Name]) -> str:
    """A product, its sum, a sum over axes, a broadcast, or an einsum."""
    out, factors = sheet.free(term.target, path), ordered(sheet, term)
    texts, kept = [access(sheet, x, path, names) for x in factors], [sheet.free(x, path) for x in factors]
    if all(k in ((), out) for k in kept):
        return " * ".join(texts)
    if len(texts) == 1:
        return texts[0] + _reduced(kept[0], out)
    if not out and len(set(kept)) == 1:
        texts = [_region(sheet, x, text, path, names) for x, text in zip(factors, texts, strict=True)]
        return f"torch.sum({' * '.join(texts)})"
    rule = f"{', '.join(map(_letters, kept))} -> {_letters(out)}"
    return f'torch.einsum("{rule}", {", ".join(texts)})'


def _region(sheet: Sheet, x: Entry, text: str, path: Path, names: dict[str, Name]) -> str:
    """A name for the slice of a tensor that moves with the loops: the sum then reads like the formula."""
    moves = any(sheet.on(e, path) and not e.is_Symbol and any(e.has(i) for i in path) for e in x.at)
    if not moves or sheet.names.setdefault((path, "region"), text) != text:
        return text
    sheet.claim("region", "a tensor")
    whole = Entry("region", *sheet.free(x, path))
    sheet.statements.append(
        Statement(
            path, "region", "=", text, "window", "region", frozenset({x.tensor}), names,
            comment=f"{sheet.text(whole)} = {sheet.text(x)}", detail=(("term", Term(whole, (x,))), ("over", ())),
        )
    )  # fmt: skip
    return "region"


def _letters(indices: Path) -> str:
    if any(len(i.name) != 1 or not i.name.isascii() or not i.name.isalpha() for i in indices):
        raise NotSupported(f"an einsum needs single letters for the indices {', '.join(map(str, indices))}")
    return "".join(map(str, indices))


def _reduced(kept: Path, out: Path) -> str:
    """`.sum(axes)` for a factor with more indices than the target, `[:, None]` for one with fewer."""
    gone = [str(q) for q, i in enumerate(kept) if i not in out]
    left = tuple(i for i in kept if i in out)
    text = ""
    if gone:
        text = ".sum()" if not left else f".sum({gone[0] if len(gone) == 1 else '(' + ', '.join(gone) + ')'})"
    if left in ((), out):
        return text
    if left != tuple(i for i in out if i in left):
        raise NotSupported(f"a lone factor has its indices in the order {left}, its target in the order {out}")
    holes = [":" if i in left else "None" for i in out]
    holes = holes[holes.index(":") :]
    return text + (f"[{', '.join(holes)}]" if "None" in holes else "")


# ------------------------------------------------------------------------------------------------ matrix products
@dataclass(frozen=True)
class _Matrix:
    """A factor as batch x rows x columns; `order` is how its axes lie."""

    entry: Entry
    batch: Path
    rows: Path
    columns: Path
    order: Path

    @property
    def flipped(self) -> bool:
        return self.order != (*self.batch, *self.rows, *self.columns)

    @property
    def fits(self) -> bool:
        return self.order in ((*self.batch, *self.rows, *self.columns), (*self.batch, *self.columns, *self.rows))

    @property
    def groups(self) -> tuple[Path, ...]:
        """Rows and columns as they lie in memory, empty ones left out."""
        two = (self.columns, self.rows) if self.flipped else (self.rows, self.columns)
        return tuple(g for g in two if g)


def matmul(sheet: Sheet, term: Term, path: Path, names: dict[str, Name]) -> str | None:
    """`(batch, left, inner) @ (batch, inner, right)` in the shape of the target; None where the axes do not fit."""
    if len(term.factors) != 2:
        return None
    plan = _plan(sheet, term, path)
    if plan is None:
        return None
    a, b = plan
    out, inner = sheet.free(term.target, path), a.columns
    A, B = (_written(sheet, m, path, names) for m in plan)
    text = f"{A} @ {B}" if inner else f"torch.outer({A}, {B})"
    batch = max(a.batch, b.batch, key=len)
    summed = [str(q) for q, i in enumerate(batch) if i not in out]
    if summed:
        text = f"({text}).sum({summed[0] if len(summed) == 1 else '(' + ', '.join(summed) + ')'})"
    kept = [(i,) for i in batch if i in out]
    have = sheet.sizes([*kept, *(g for g in (a.rows, b.columns) if g)])
    want = sheet.sizes([(i,) for i in out]) if path else [sheet.text(n) for n in sheet.shapes[term.target.tensor]]
    if have == want:
        return text
    return (f"({text})" if inner and not summed else text) + f".reshape({', '.join(want)})"


def _plan(sheet: Sheet, term: Term, path: Path) -> tuple[_Matrix, _Matrix] | None:
    """The two factors as matrices, the one whose own indices come first in the target on the left."""
    out, batch = sheet.free(term.target, path), tuple(i for i in sheet.batch if i not in path)

    def own(x: Entry, y: Entry) -> Path:
        return tuple(i for i in out if x.has(i) and not y.has(i) and i not in batch)

    def first(x: Entry, y: Entry) -> int:
        return min((out.index(i) for i in own(x, y)), default=len(out))

    x, y = term.factors
    a, b = (x, y) if first(x, y) <= first(y, x) else (y, x)
    left, right = own(a, b), own(b, a)
    inner = tuple(i for i in sheet.free(a, path) if b.has(i) and i not in (*out, *batch))
    plans = tuple(
        _Matrix(x, tuple(i for i in order if i in batch), rows, columns, order)
        for x, rows, columns, order in ((a, left, inner, sheet.free(a, path)), (b, inner, right, sheet.free(b, path)))
    )
    long, short = sorted((m.batch for m in plans), key=len, reverse=True)
    kept = tuple(i for i in long if i in out)
    aligned = out == (*kept, *left, *right) and long[len(long) - len(short) :] == short
    shaped = bool(left and right and inner) if long else bool(inner or (left and right))
    return (plans[0], plans[1]) if aligned and shaped and all(m.fits for m in plans) else None


def _written(sheet: Sheet, m: _Matrix, path: Path, names: dict[str, Name]) -> str:
    """The matrix, as a reshaped copy with a name of its own where it needs no loop index."""
    shape = ", ".join(sheet.sizes([*((i,) for i in m.batch), *m.groups]))
    plain = all(len(g) == 1 for g in m.groups)
    inside = any(m.entry.has(i) for i in path) or not sheet.whole(m.entry)
    if inside or (plain and not any(sheet.paired(e) for e in m.entry.at)):
        text = access(sheet, m.entry, path, names) + ("" if plain else f".reshape({shape})")
    else:
        base = m.entry.tensor
        vector = len(m.groups) == 1 and not m.batch
        stem = (VECTORS.get(base) if vector else MATRICES.get(base)) or f"{base}_{'vector' if vector else 'matrix'}"
        text = sheet.make(
            stem, f"{base}.reshape({shape})", "reshape", base=base, setup=bool(path), comment=_layout(m),
            tensor=base, batch=m.batch, groups=m.groups,
        )  # fmt: skip
    return text + (".mT" if m.flipped and m.rows and m.columns else "")


def _layout(m: _Matrix) -> str:
    """`row (i, j), column (a, b)`."""

    def group(indices: tuple[Symbol, ...]) -> str:
        names = ", ".join(map(str, indices))
        return f"({names})" if len(indices) > 1 else names

    what = ("row", "column") if len(m.groups) == 2 else ("entry",)
    parts = [f"{word} {group(g)}" for word, g in zip(what, m.groups, strict=True)]
    return ", ".join([*(["per " + ", ".join(map(str, m.batch))] if m.batch else []), *parts])
