"""The draft of one function: names that were given, tensors that were made, statements in order. It only ever grows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from sympy import Expr, Integer, Symbol

from symconv.code.listing import Detail
from symconv.code.schedule import COLUMNS, Term
from symconv.code.scheduled import LoopPath, Scheduled
from symconv.derivation.index import Entry, extent
from symconv.text.notation import plural


@dataclass(frozen=True)
class Name:
    """A subscript that gets a name where it becomes known: inside the loop over `loop`."""

    loop: Symbol
    text: str
    role: str
    comment: str
    detail: Detail


@dataclass(frozen=True)
class Statement:
    """`target sign value` inside the loops of `path`; a setup is made just before the nest that needs it."""

    path: LoopPath
    target: str
    sign: str
    value: str
    role: str
    writes: str = ""
    reads: frozenset[str] = frozenset()
    names: dict[str, Name] = field(default_factory=dict)
    setup: bool = False
    comment: str = ""
    detail: Detail = ()

    @property
    def code(self) -> str:
        return f"{self.target} {self.sign} {self.value}" if self.sign else self.value


class CodeDraft:
    """What has been written of one function. `given`: tensors that are there already; `taken`: other things' names."""

    def __init__(self, scheduled: Scheduled, given: Iterable[str] = (), taken: Iterable[str] = ()) -> None:
        program = scheduled.program
        self.scheduled = scheduled
        self.statements: list[Statement] = []
        self.made: dict[str, str] = dict.fromkeys(given, "")  # tensor -> the text that made it
        self.base = {name: piece.entry.tensor for name, piece in program.pieces.items()}  # view or copy -> of what
        self.local: dict[str, LoopPath] = {}  # made anew in each round of these loops
        self.windows: dict[str, Entry | Term] = {}  # regions, regions2, ... -> of what it holds the windows
        self.names: dict[tuple[LoopPath, str], str] = {}  # a subscript's name, within its loops -> its text
        self._meaning = dict.fromkeys(map(str, program.extents), "an index")
        self._meaning |= dict.fromkeys(program.order[len(program.extents) :], "an extent")
        for tensor in program.shapes:
            self.claim(tensor, "an operand")
        for name in taken:
            self._meaning.setdefault(name, "something else")
        self.end = extent(self.claim("end", "where a block ends"))

    def path(self, term: Term, loops: LoopPath) -> LoopPath:
        """The loops that concern a term: over its indices, and those in which what it reads or writes is made."""
        inside = {i for x in term.entries for i in self.local.get(x.tensor, ())}
        return tuple(i for i in loops if term.has(i) or i in inside)

    # ---- names
    def claim(self, name: str, meaning: str) -> str:
        """The name, or the first with marks behind it that has no other meaning: no tensor of a user is in the way."""
        while self._meaning.setdefault(name, meaning) != meaning:
            name += "_"
        return name

    def windows_of(self, stem: str, x: Entry | Term) -> str:
        """`windows`, or `windows2` if that holds the windows of another entry, or those that another term adds."""
        names = _numbered(self.claim(stem, "a tensor"))
        return next(name for name in names if self.windows.setdefault(name, x) == x)

    def root(self, tensor: str) -> str:
        """The tensor in whose memory a view lies, or of which a matrix is a copy."""
        while self.base.get(tensor):
            tensor = self.base[tensor]
        return tensor

    # ---- tensors
    def make(self, name: str, text: str, role: str, *, setup: bool = True, **say: Any) -> str:
        """A tensor made once, before the loops that use it; see `DraftLine.put`."""
        return DraftLine(self, ()).put(name, text, role, setup=setup, **say)

    def room(self, x: Entry, fill: str = "zeros") -> None:
        """Room for an entry's tensor, all zeros, or "empty" where each entry will be written; the axis that the
        schedule wants innermost lies there."""
        tensor, shape = x.tensor, self.scheduled.shape(x)
        if tensor in self.made:
            return
        sizes, like = list(map(self.scheduled.text, shape)), self.scheduled.program.like
        axis = self.scheduled.innermost(tensor)
        text = f"{like}.new_{fill}({', '.join(sizes)})"
        if tensor in self.scheduled.program.lowest:
            text = f'{like}.new_full(({", ".join(sizes)}{"," * (len(sizes) == 1)}), float("-inf"))'
        elif axis is not None:
            sizes.append(sizes.pop(axis))
            back = (*range(axis), len(sizes) - 1, *range(axis, len(sizes) - 1))
            text = f"{like}.new_{fill}({', '.join(sizes)}).permute{back}"
        self.make(tensor, text, "allocate", own=True, tensor=tensor, shape=shape)

    def open_block(self) -> None:
        """The length of a block: as many values as make COLUMNS columns of the matrix of windows."""
        known = self.scheduled
        if known.block and "block" not in self.made:
            each = known.text(known.count(i for i in known.columns if i not in known.loops))
            text = str(COLUMNS) if each == "1" else f"max(1, {COLUMNS}//{f'({each})' if '*' in each else each})"
            self.make("block", text, "block", comment=f"{plural(known.block)} of a block", index=known.block)


def _numbered(stem: str) -> Iterator[str]:
    """`windows`, `windows2`, `windows3` and so on."""
    return chain((stem,), (f"{stem}{k}" for k in count(2)))


@dataclass(frozen=True)
class DraftLine:
    """A line while its text is put together: the loops around it, and the names of subscripts that its text needs."""

    draft: CodeDraft
    path: LoopPath
    names: dict[str, Name] = field(default_factory=dict)

    # ---- what an index is here
    @property
    def scheduled(self) -> Scheduled:
        return self.draft.scheduled

    def text(self, e: Expr) -> str:
        return self.scheduled.text(e)

    def on(self, e: Expr) -> LoopPath:
        """The vectorised indices of a subscript."""
        return self.scheduled.on(e, self.path)

    def free(self, x: Entry) -> LoopPath:
        """The vectorised indices of an entry, axis by axis."""
        return self.scheduled.free(x, self.path)

    def paired(self, e: Expr) -> bool:
        return self.scheduled.paired(e, self.path)

    def sizes(self, groups: Iterable[Iterable[Symbol]]) -> list[str]:
        return self.scheduled.sizes(groups, self.path)

    def bounds(self, i: Symbol) -> tuple[Expr, Expr]:
        """From where to where a vectorised index runs."""
        blocked = i == self.scheduled.block and i in self.path
        return (i, self.draft.end) if blocked else (Integer(0), self.scheduled.extents[i])

    def prefix(self, x: Entry) -> LoopPath:
        """The loops in which the entry is known: down to the last that it depends on."""
        deep = [len(self.draft.local.get(x.tensor, ()))] + [k + 1 for k, i in enumerate(self.path) if x.has(i)]
        return self.path[: max(deep)]

    def around(self, x: Entry) -> "DraftLine":
        """A line in these loops only, which shares the names."""
        return DraftLine(self.draft, self.prefix(x), self.names)

    # ---- what is written
    def put(
        self, name: str, text: str, role: str, *, base: str = "", setup: bool = False, own: bool = False,
        reads: Iterable[str] = (), comment: str = "", **detail: Any,
    ) -> str:  # fmt: skip
        """A tensor made once in each round of the loops; its name, with a number if it is taken. `own`: it is one of
        the program's, or has a name that was claimed."""
        draft, parts = self.draft, name.replace(",", " ").split()
        if not own:
            parts = [draft.claim(part, "a tensor") for part in parts]
        name = next(
            known
            for known in _numbered(", ".join(parts) + "," * name.endswith(","))
            if draft.made.get(known, text) == text and draft.local.get(known, self.path) == self.path
        )
        if name in draft.made and self._open():
            return name
        draft.made[name] = text
        draft.base[name] = base or draft.base.get(name, "")
        if self.path:
            draft.local[name] = self.path
        self.state(
            (name, "=", text), role, name, frozenset({base, *reads} - {""}), setup, comment, tuple(detail.items())
        )
        return name

    def state(
        self, parts: tuple[str, str, str], role: str, writes: str, reads: frozenset[str], setup: bool = False,
        comment: str = "", detail: Detail = (),
    ) -> None:  # fmt: skip
        """One more statement: target, sign and value, or a value that does it all."""
        self.draft.statements.append(
            Statement(self.path, *parts, role, writes, reads, dict(self.names), setup, comment, detail)
        )

    def _open(self) -> bool:
        """Whether the last statement stands in these loops, so that what was made in them is still there."""
        last = next((s.path for s in reversed(self.draft.statements) if not s.setup), ())
        return last[: len(self.path)] == self.path
