"""Terms under a schedule become a tree of loops with finished lines: the same for an operation and its gradients.

`=` is written only on a first write that meets every entry once (each loop index on the left, each left axis a single
index or a pair); every other write is `+=`. Terms under the fewest loops come first. Drop either rule and the other
hides it; tests/test_lower.py tries the pair.
"""

from collections.abc import Iterable

from sympy import Symbol

from symconv.code.access import access
from symconv.code.contract import matmul, product
from symconv.code.listing import Line, Loop, Node
from symconv.code.program import Program
from symconv.code.schedule import Schedule, Term
from symconv.code.sheet import Name, Path, Sheet, Statement
from symconv.derivation.index import Entry
from symconv.errors import NotSupported
from symconv.notation import counted


def lower(program: Program, schedule: Schedule) -> tuple[Node, ...]:
    """The body of the function, without sizes and return. NotSupported where a schedule has no reading."""
    sheet = Sheet(program, schedule)

    def loops_first(term: Term) -> tuple[int, int]:
        return sum(term.has(i) for i in sheet.loops), -len(term.factors)

    for term in program.placing:
        _assign(sheet, term, (), "pad")
    for term in sorted(program.terms, key=loops_first):
        _assign(sheet, term, sheet.loops)
    for term in program.taking:
        _assign(sheet, term, (), "pad")
    return nest(sheet)


# ------------------------------------------------------------------------------------------------ one term
def _assign(sheet: Sheet, term: Term, loops: Path, role: str = "") -> None:
    """Write one term inside its loops."""
    term = _joined(sheet, term, loops)
    path = tuple(i for i in loops if term.has(i))
    if sheet.overlaps(term.target, path):
        return _spread(sheet, term)
    names: dict[str, Name] = {}
    term = Term(term.target, tuple(_window(sheet, x) if sheet.overlaps(x, path) else x for x in term.factors))
    matrix = matmul(sheet, term, path, names) if sheet.matmul else None
    value = matrix or product(sheet, term, path, names)
    role = role or ("add" if len(term.factors) == 1 else "matmul" if matrix else "product")
    _write(sheet, term, path, names, value, role, bool(matrix))


def _write(sheet: Sheet, term: Term, path: Path, names: dict[str, Name], value: str, role: str, matrix: bool) -> None:
    """`=` or `+=`, into the whole tensor or a part of it."""
    target, base = term.target, term.target.tensor
    over = tuple(i for i in sheet.extents if term.has(i) and not target.has(i) and i not in path)
    say = {"term": term, "over": over}
    comment = _comment(sheet, term, role, over)
    once = base not in sheet.made and all(map(sheet.single, target.at)) and all(target.has(i) for i in path)
    whole = not path and sheet.whole(target)
    complete = matrix or all(any(x.has(i) for x in term.factors) for i in sheet.free(target))
    if whole and once and complete:
        if not matrix and any(map(sheet.paired, target.at)):
            value += f".reshape({sheet.extent_texts(base)})"
        origin = term.factors[0].tensor if len(term.factors) == 1 else ""
        sheet.make(base, value, role, base=origin, setup=False, comment=comment, **say)
        return
    sheet.zeros(base)
    left = base if whole and matrix else access(sheet, target, path, names)
    sheet.statements.append(
        Statement(
            path, left, "=" if once and not whole else "+=", value, role, writes=base,
            reads=frozenset(x.tensor for x in term.factors), names=names, comment=comment, detail=tuple(say.items()),
        )
    )  # fmt: skip


def _comment(sheet: Sheet, term: Term, role: str, over: tuple[Symbol, ...]) -> str:
    if role in ("product", "matmul") and over:
        return f"Σ over {', '.join(map(str, over))}"
    if role in ("window", "spread", "pad"):
        sign = "+=" if role == "spread" else "="
        return f"{sheet.text(term.target)} {sign} {' * '.join(map(sheet.text, term.factors))}"
    return ""


def _joined(sheet: Sheet, term: Term, loops: Path) -> Term:
    """g*Og + o as the one index k, where g and o occur in no other way and neither is looped."""
    for pair in sheet.program.pairs:
        if {pair.first, pair.second} & set(loops):
            continue
        joined = term.replaced(pair.number, pair.flat)
        if not joined.has(pair.first, pair.second):
            term = joined
    return term


# ------------------------------------------------------------------------------------------------ windows
def _axes(sheet: Sheet, x: Entry) -> Path:
    """The window tensor's axes: the schedule's order, then what it does not name."""
    have = sheet.free(x)
    named = tuple(i for i in sheet.window if i in have)
    return (*named, *dict.fromkeys(i for i in have if i not in named))


def _window(sheet: Sheet, x: Entry) -> Entry:
    """A factor whose axes overlap, as a tensor with one axis per index: a strided view, or filled by loops."""
    axes = _axes(sheet, x)
    name = _numbered(sheet, "regions" if sheet.fill else "windows", x)
    whole = Entry(name, *axes)
    if name in sheet.shapes:
        return whole
    sheet.shapes[name] = tuple(sheet.extents[i] for i in axes)
    sheet.base[name] = x.tensor
    if sheet.fill:
        _parted(sheet, x, sheet.fill, "fill")
        _assign(sheet, Term(whole, (x,)), sheet.fill, "window")
    else:
        _strided(sheet, whole, x)
    sheet.base[name] = x.tensor
    return whole


def _numbered(sheet: Sheet, stem: str, x: Entry) -> str:
    """`windows`, or `windows2` if that holds the windows of another entry."""
    known = sheet.windows.setdefault(stem, [])
    if x not in known:
        known.append(x)
    return stem + ("" if known.index(x) == 0 else str(known.index(x) + 1))


def _strided(sheet: Sheet, whole: Entry, x: Entry) -> None:
    """A view without a copy: its strides are the Jacobian of the subscripts times the tensor's own."""
    steps = [Symbol(f"step_{str(n).removesuffix('p').lower()}") for n in sheet.shapes[x.tensor]]
    strides = [sheet.text(sum(e.coeff(i) * s for e, s in zip(x.at, steps, strict=True))) for i in whole.at]
    names = ", ".join(map(str, steps)) + ("," if len(steps) == 1 else "")
    sheet.make(names, f"{x.tensor}.stride()", "strides", base=x.tensor, setup=False, tensor=x.tensor)
    sizes = ", ".join(sheet.sizes([(i,) for i in whole.at]))
    comma = "," if len(whole.at) == 1 else ""
    term = Term(whole, (x,))
    sheet.make(
        whole.tensor, f"{x.tensor}.as_strided(({sizes}{comma}), ({', '.join(strides)}{comma}))", "window",
        base=x.tensor, setup=False, comment=_comment(sheet, term, "window", ()), term=term, over=(),
    )  # fmt: skip


def _spread(sheet: Sheet, term: Term) -> None:
    """A left side whose axes overlap: first the whole window tensor, then its slices added back in loops."""
    axes = _axes(sheet, term.target)
    name = _numbered(sheet, "dregions" if sheet.fill else "dwindows", term.target)
    whole = Entry(name, *axes)
    sheet.shapes[name] = tuple(sheet.extents[i] for i in axes)
    _assign(sheet, Term(whole, term.factors), ())
    loops = sheet.spread or tuple(i for i in axes if any(e.has(i) and not sheet.single(e) for e in term.target.at))
    _parted(sheet, term.target, loops, "spread")
    _assign(sheet, Term(term.target, (whole,)), loops, "spread")


def _parted(sheet: Sheet, x: Entry, loops: Path, what: str) -> None:
    """The loops of a window tensor must leave at most one index in each subscript."""
    if sheet.overlaps(x, loops):
        letters = "".join(map(str, loops))
        raise NotSupported(f"schedule: {what}={letters!r} leaves two indices in one subscript of {sheet.text(x)}")


# ------------------------------------------------------------------------------------------------ loops
class _Nest:
    """A loop while it is being written."""

    def __init__(self, sheet: Sheet, index: Symbol) -> None:
        self.index = index
        n = sheet.extents[index]
        self.head = Line(
            f"for {index} in range({sheet.text(n)}):", "loop", counted(index),
            (("index", index), ("extent", n)),
        )  # fmt: skip
        self.names: dict[str, Name] = {}
        self.body: list[Statement | _Nest] = []

    def statements(self) -> Iterable[Statement]:
        for node in self.body:
            if isinstance(node, Statement):
                yield node
            else:
                yield from node.statements()


def nest(sheet: Sheet) -> tuple[Node, ...]:
    """Neighbouring statements with the same path share its loops; what they need is made just before."""
    root: list[Statement | _Nest] = []
    pending: list[Statement] = []
    for statement in sheet.statements:
        if statement.setup:
            pending.append(statement)
            continue
        shared = _shares(sheet, root, [*pending, statement])
        place = len(root) - shared
        root[place:place] = pending
        pending = []
        _add(sheet, root, statement)
    return _frozen([*root, *pending])


def _shares(sheet: Sheet, root: list[Statement | _Nest], new: list[Statement]) -> bool:
    """Whether a statement may join the last loops: the same outer loop, and it reads nothing that these loops write."""
    last = root[-1] if root else None
    if not isinstance(last, _Nest) or not new[-1].path or last.index != new[-1].path[0]:
        return False
    written = {sheet.root(s.writes) for s in last.statements()} | {s.writes for s in last.statements()}
    return not written & {t for s in new for r in s.reads for t in (r, sheet.root(r))}


def _add(sheet: Sheet, body: list[Statement | _Nest], statement: Statement) -> None:
    """Append the statement below its loops, opening those that are not open; `Y = A` and `Y += B` become one line."""
    fresh = False
    for i in statement.path:
        last = body[-1] if body else None
        if fresh or not isinstance(last, _Nest) or last.index != i:
            last = _Nest(sheet, i)
            body.append(last)
        last.names |= {label: name for label, name in statement.names.items() if name.loop == i}
        body = last.body
    last = body[-1] if body else None
    joins = isinstance(last, Statement) and (last.target, last.sign, statement.sign) == (statement.target, "=", "+=")
    if statement.path and joins and isinstance(last, Statement):
        last.value += f" + {statement.value}"
        last.reads |= statement.reads
        last.detail = (*last.detail, ("and", dict(statement.detail)["term"]))
    else:
        body.append(statement)


def _frozen(body: Iterable[Statement | _Nest]) -> tuple[Node, ...]:
    out: list[Node] = []
    for node in body:
        if isinstance(node, Statement):
            out.append(Line(f"{node.target} {node.sign} {node.value}", node.role, node.comment, node.detail))
        else:
            names = [Line(f"{k} = {n.text}", n.role, n.comment, n.detail) for k, n in node.names.items()]
            out.append(Loop(node.head, (*names, *_frozen(node.body))))
    return tuple(out)
