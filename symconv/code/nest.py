"""Statements in a row become loops: neighbours with the same path share its loops."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sympy import Symbol

from symconv.code.draft import CodeDraft, Name, Statement
from symconv.code.listing import CodeNode, CodeStatement, Loop, grouped
from symconv.code.order import fills
from symconv.code.scheduled import Scheduled
from symconv.errors import NotSupported
from symconv.text.notation import counted, plural

ONE_LINE = ("pad", "piece", "product", "add")  # what is added to stays in its line
VIEWS = ("view", "strides", "window")  # set up without a look at the numbers


@dataclass
class _Nest:
    """A loop while it is being written."""

    index: Symbol
    names: dict[str, Name] = field(default_factory=dict)
    body: list["Statement | _Nest"] = field(default_factory=list)

    def statements(self) -> Iterable[Statement]:
        for node in self.body:
            if isinstance(node, Statement):
                yield node
            else:
                yield from node.statements()


def _head(known: Scheduled, index: Symbol) -> CodeStatement:
    n = known.extents[index]
    detail = (("index", index), ("extent", n))
    if index != known.block:
        return CodeStatement(f"for {index} in range({known.text(n)}):", "loop", counted(index), detail)
    return CodeStatement(
        f"for {index} in range(0, {known.text(n)}, block):", "loop", f"{plural(index)} {index} to end", detail
    )


def _first(draft: CodeDraft, index: Symbol) -> tuple[CodeStatement, ...]:
    """What a loop over blocks sets before all else."""
    known = draft.scheduled
    if index != known.block:
        return ()
    text = f"{draft.end} = min({index} + block, {known.text(known.extents[index])})"
    return (CodeStatement(text, "block", "", (("index", index),)),)


def nest(draft: CodeDraft) -> tuple[CodeNode, ...]:
    """Neighbouring statements with the same path share its loops; what they need is made just before."""
    root: list[Statement | _Nest] = []
    homes: dict[str, _Nest] = {}  # what is made anew in each round: the loop in which it was made last
    setup: list[Statement] = []
    group: list[Statement] = []  # a statement, and before it what is made for it in its loops
    for statement in draft.statements:
        (setup if statement.setup else group).append(statement)
        if statement.setup or statement.writes in draft.local:
            continue
        shared = _shares(draft, root, setup, group)
        place = len(root) - shared
        root[place:place] = setup
        for k, each in enumerate(group):
            _add(draft, root, each, shared or k > 0, homes)
        setup, group = [], []
    return _frozen(draft, filled(draft.scheduled, [*root, *setup]))


def _shares(draft: CodeDraft, root: list[Statement | _Nest], setup: list[Statement], new: list[Statement]) -> bool:
    """Whether statements may join the last loops: the same outer loop, and they read nothing that these loops write,
    but for what is made anew in each of their rounds."""
    last = root[-1] if root else None
    if not isinstance(last, _Nest) or any(not s.path or last.index != s.path[0] for s in new):
        return False
    lasting = [s.writes for s in last.statements() if s.writes not in draft.local]
    written = {t for w in lasting for t in (w, draft.root(w))}
    made = [s for s in setup if s.role not in VIEWS]
    reads = {r for s in (*made, *new) for r in s.reads if r not in draft.local}
    return not written & {t for r in reads for t in (r, draft.root(r))}


def _add(
    draft: CodeDraft, body: list[Statement | _Nest], statement: Statement, shared: bool, homes: dict[str, _Nest]
) -> None:
    """Append the statement below its loops, opening those that are not open; `Y = A` and `Y += B` become one line."""
    around: list[_Nest] = []
    for i in statement.path:
        last = body[-1] if body else None
        if not shared or not isinstance(last, _Nest) or last.index != i:
            last, shared = _Nest(i), False
            body.append(last)
        last.names |= {label: name for label, name in statement.names.items() if name.loop == i}
        around.append(last)
        body = last.body
    for name in sorted(statement.reads & set(draft.local)):
        if name in homes and homes[name] not in around:
            raise NotSupported(f"schedule: {name} would be read outside of the loops in which it is made")
    if statement.writes in draft.local and around:
        homes[statement.writes] = around[-1]
    last = body[-1] if body else None
    joins = isinstance(last, Statement) and (last.target, last.sign) == (statement.target, "=")
    adds = statement.sign in ("+=", "-=") and (statement.path or getattr(last, "role", "") in ONE_LINE)
    if joins and adds and isinstance(last, Statement):
        body[-1] = replace(
            last,
            value=f"{last.value.removesuffix('.clone()')} {statement.sign[0]} {statement.value}",
            reads=last.reads | statement.reads,
            detail=(*last.detail, ("and", dict(statement.detail)["term"])),
        )
    else:
        body.append(statement)


def filled(known: Scheduled, body: list["Statement | _Nest"]) -> list["Statement | _Nest"]:
    """The statements without room for a tensor that one of them fills at once: where all axes that it does not run over
    have one entry, its value in the tensor's shape is the tensor."""
    inside = [s for node in body for s in ([node] if isinstance(node, Statement) else node.statements())]
    writes = Counter(s.writes for s in inside if s.role != "allocate")
    done = {s.writes for s in body if isinstance(s, Statement) and writes[s.writes] == 1 and _fills(known, s)}
    room = {s.writes for s in body if isinstance(s, Statement) and s.role == "allocate"}
    out: list[Statement | _Nest] = []
    for s in body:
        if not isinstance(s, Statement) or s.writes not in done & room:
            out.append(s)
        elif s.role != "allocate":
            out.append(_reshaped(known, s))
    return out


def _fills(known: Scheduled, s: Statement) -> bool:
    """Whether a statement is a first write to all of its tensor, with a value for each of the indices there."""
    terms = [x for key, x in s.detail if key in ("term", "and")]
    if not terms or s.sign != "=" or s.path or s.target == s.writes:
        return False
    target = terms[0].target
    plain = known.innermost(target.tensor) is None and target.tensor not in known.program.lowest
    whole = all(t.factors and fills(known, t) for t in terms)
    return plain and whole and known.covers(target) and not any(map(known.paired, target.at))


def _reshaped(known: Scheduled, s: Statement) -> Statement:
    """The statement for the whole tensor; what only reads another one is copied, as a view would be it."""
    term = next(x for key, x in s.detail if key == "term")
    (read, *_), target = term.factors, term.target
    view = s.role == "add" and "(" not in s.value and grouped(s.value) == s.value
    if view and read.at == target.at and known.shape(read) == known.shape(target):
        return replace(s, target=s.writes, value=f"{read.tensor}.clone()")
    value = f"{grouped(s.value)}{'.clone()' if view else ''}.reshape({known.shape_text(target)})"
    return replace(s, target=s.writes, value=value)


def _frozen(draft: CodeDraft, body: Iterable[Statement | _Nest]) -> tuple[CodeNode, ...]:
    out: list[CodeNode] = []
    for node in body:
        if isinstance(node, Statement):
            out.append(CodeStatement(node.code, node.role, node.comment, node.detail))
        else:
            names = [CodeStatement(f"{k} = {n.text}", n.role, n.comment, n.detail) for k, n in node.names.items()]
            first = _first(draft, node.index)
            out.append(Loop(_head(draft.scheduled, node.index), (*first, *names, *_frozen(draft, node.body))))
    return tuple(out)
