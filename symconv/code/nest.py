"""Statements in a row become loops: neighbours with the same path share its loops."""

from collections import Counter
from collections.abc import Iterable

from sympy import Symbol

from symconv.code.listing import CodeNode, CodeStatement, Loop, grouped
from symconv.code.sheet import CodeDraft, Name, Statement
from symconv.errors import NotSupported
from symconv.text.notation import counted, plural

ONE_LINE = ("pad", "piece", "product", "add")  # what is added to stays in its line
VIEWS = ("view", "strides", "window")  # set up without a look at the numbers


class _Nest:
    """A loop while it is being written."""

    def __init__(self, sheet: CodeDraft, index: Symbol) -> None:
        self.index = index
        self.head = _head(sheet, index)
        self.names: dict[str, Name] = {}
        self.body: list[Statement | _Nest] = []
        self.first = _first(sheet, index)

    def statements(self) -> Iterable[Statement]:
        for node in self.body:
            if isinstance(node, Statement):
                yield node
            else:
                yield from node.statements()


def _head(sheet: CodeDraft, index: Symbol) -> CodeStatement:
    n = sheet.extents[index]
    detail = (("index", index), ("extent", n))
    if index != sheet.block:
        return CodeStatement(f"for {index} in range({sheet.text(n)}):", "loop", counted(index), detail)
    return CodeStatement(
        f"for {index} in range(0, {sheet.text(n)}, block):", "loop", f"{plural(index)} {index} to end", detail
    )


def _first(sheet: CodeDraft, index: Symbol) -> tuple[CodeStatement, ...]:
    """What a loop over blocks sets before all else."""
    if index != sheet.block:
        return ()
    text = f"{sheet.end} = min({index} + block, {sheet.text(sheet.extents[index])})"
    return (CodeStatement(text, "block", "", (("index", index),)),)


def nest(sheet: CodeDraft) -> tuple[CodeNode, ...]:
    """Neighbouring statements with the same path share its loops; what they need is made just before."""
    root: list[Statement | _Nest] = []
    homes: dict[str, _Nest] = {}  # what is made anew in each round: the loop in which it was made last
    setup: list[Statement] = []
    group: list[Statement] = []  # a statement, and before it what is made for it in its loops
    for statement in sheet.statements:
        (setup if statement.setup else group).append(statement)
        if statement.setup or statement.writes in sheet.local:
            continue
        shared = _shares(sheet, root, setup, group)
        place = len(root) - shared
        root[place:place] = setup
        for k, each in enumerate(group):
            _add(sheet, root, each, shared or k > 0, homes)
        setup, group = [], []
    return _frozen(filled(sheet, [*root, *setup]))


def _shares(sheet: CodeDraft, root: list[Statement | _Nest], setup: list[Statement], new: list[Statement]) -> bool:
    """Whether statements may join the last loops: the same outer loop, and they read nothing that these loops write,
    but for what is made anew in each of their rounds."""
    last = root[-1] if root else None
    if not isinstance(last, _Nest) or any(not s.path or last.index != s.path[0] for s in new):
        return False
    lasting = [s.writes for s in last.statements() if s.writes not in sheet.local]
    written = {t for w in lasting for t in (w, sheet.root(w))}
    made = [s for s in setup if s.role not in VIEWS]
    reads = {r for s in (*made, *new) for r in s.reads if r not in sheet.local}
    return not written & {t for r in reads for t in (r, sheet.root(r))}


def _add(
    sheet: CodeDraft, body: list[Statement | _Nest], statement: Statement, shared: bool, homes: dict[str, _Nest]
) -> None:
    """Append the statement below its loops, opening those that are not open; `Y = A` and `Y += B` become one line."""
    around: list[_Nest] = []
    for i in statement.path:
        last = body[-1] if body else None
        if not shared or not isinstance(last, _Nest) or last.index != i:
            last, shared = _Nest(sheet, i), False
            body.append(last)
        last.names |= {label: name for label, name in statement.names.items() if name.loop == i}
        around.append(last)
        body = last.body
    for name in sorted(statement.reads & set(sheet.local)):
        if name in homes and homes[name] not in around:
            raise NotSupported(f"schedule: {name} would be read outside of the loops in which it is made")
    if statement.writes in sheet.local and around:
        homes[statement.writes] = around[-1]
    last = body[-1] if body else None
    joins = isinstance(last, Statement) and (last.target, last.sign) == (statement.target, "=")
    adds = statement.sign in ("+=", "-=") and (statement.path or getattr(last, "role", "") in ONE_LINE)
    if joins and adds and isinstance(last, Statement):
        last.value = f"{last.value.removesuffix('.clone()')} {statement.sign[0]} {statement.value}"
        last.reads |= statement.reads
        last.detail = (*last.detail, ("and", dict(statement.detail)["term"]))
    else:
        body.append(statement)


def filled(sheet: CodeDraft, body: list["Statement | _Nest"]) -> list["Statement | _Nest"]:
    """The statements without room for a tensor that one of them fills at once: where all axes that it does not run over
    have one entry, its value in the tensor's shape is the tensor."""
    inside = [s for node in body for s in ([node] if isinstance(node, Statement) else node.statements())]
    writes = Counter(s.writes for s in inside if s.role != "allocate")
    done = {s.writes for s in body if isinstance(s, Statement) and writes[s.writes] == 1 and _fills(sheet, s)}
    kept = [s for s in body if not (isinstance(s, Statement) and s.role == "allocate" and s.writes in done)]
    room = {s.writes for s in body if isinstance(s, Statement) and s.role == "allocate"}
    for s in kept:
        if isinstance(s, Statement) and s.writes in done & room:
            _reshape(sheet, s)
    return kept


def _fills(sheet: CodeDraft, s: Statement) -> bool:
    """Whether a statement is a first write to all of its tensor, with a value for each of the indices there."""
    terms = [x for key, x in s.detail if key in ("term", "and")]
    if not terms or s.sign != "=" or s.path or s.target == s.writes:
        return False
    target = terms[0].target
    plain = sheet.innermost(target.tensor) is None and target.tensor not in sheet.program.lowest
    whole = any(all(any(x.has(i) for x in t.factors) for i in sheet.free(target)) for t in terms)
    return plain and whole and sheet.covers(target) and not any(map(sheet.paired, target.at))


def _reshape(sheet: CodeDraft, s: Statement) -> None:
    """The statement for the whole tensor; what only reads another one is copied, as a view would be it."""
    term = next(x for key, x in s.detail if key == "term")
    read, s.target = term.factors[0], s.writes
    view = s.role == "add" and "(" not in s.value and grouped(s.value) == s.value
    if view and read.at == term.target.at and sheet.shapes[read.tensor] == sheet.shapes[s.writes]:
        s.value = f"{read.tensor}.clone()"
        return
    s.value = f"{grouped(s.value)}{'.clone()' if view else ''}.reshape({sheet.extent_texts(s.writes)})"


def _frozen(body: Iterable[Statement | _Nest]) -> tuple[CodeNode, ...]:
    out: list[CodeNode] = []
    for node in body:
        if isinstance(node, Statement):
            out.append(CodeStatement(node.code, node.role, node.comment, node.detail))
        else:
            names = [CodeStatement(f"{k} = {n.text}", n.role, n.comment, n.detail) for k, n in node.names.items()]
            out.append(Loop(node.head, (*node.first, *names, *_frozen(node.body))))
    return tuple(out)
