"""The sheet on which one function is written down: its names, the tensors made so far, its statements in order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Integer, Symbol, prod

from symconv.code.listing import Detail
from symconv.code.program import Program
from symconv.code.schedule import COLUMNS, Schedule, Term, pick
from symconv.derivation.index import Entry, extent
from symconv.text.notation import Reader, plural

LoopPath = tuple[Symbol, ...]


@dataclass(frozen=True)
class Name:
    """A subscript that gets a name where it becomes known: inside the loop over `loop`."""

    loop: Symbol
    text: str
    role: str
    comment: str
    detail: Detail


@dataclass
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
    """What has been written of one function; the rules of axes, products and loops all write here.

    A path is the loops around a statement, outermost first. An index that runs in blocks is in the path and still
    vectorised, over the block.
    """

    def __init__(
        self, program: Program, schedule: Schedule, given: Iterable[str] = (), taken: Iterable[str] = ()
    ) -> None:
        self.program, self.schedule = program, schedule
        self.extents = program.extents
        self.pairs = {pair.number: pair for pair in program.pairs}
        self.shapes = dict(program.shapes)
        spoken = program.multiplied
        looped = pick(schedule.loops, program.extents)
        self.block = next((i for i in pick(schedule.block, spoken) if i not in looped), None)
        self.loops: LoopPath = (*looped, *([self.block] if self.block else []))
        self.window, self.fill, self.spread = (
            pick(letters, program.extents) for letters in (schedule.window, schedule.fill, schedule.spread)
        )
        self.text = Reader(("end", *program.order))
        self.statements: list[Statement] = []
        self.made: dict[str, str] = dict.fromkeys(given, "")  # tensor -> the text that made it
        self.base: dict[str, str] = {}  # view or copy -> the tensor it was made of
        self.local: dict[str, LoopPath] = {}  # made anew in each round of these loops
        self.windows: dict[str, list[Entry | Term]] = {}  # what the tensors regions, regions2, ... hold the windows of
        self.names: dict[tuple[LoopPath, str], str] = {}  # a subscript's name, within its loops -> its text
        self._meaning = dict.fromkeys(map(str, program.extents), "an index")
        self._meaning |= dict.fromkeys(program.order[len(program.extents) :], "an extent")
        for tensor in program.shapes:
            self.claim(tensor, "an operand")
        for name in taken:
            self._meaning.setdefault(name, "something else")
        self.base |= {name: piece.entry.tensor for name, piece in program.pieces.items()}
        self.end = extent(self.claim("end", "where a block ends"))

    # ---- indices
    def path(self, term: Term, loops: LoopPath) -> LoopPath:
        """The loops that concern a term: over its indices, and those in which what it reads or writes is made."""
        inside = {i for x in term.entries for i in self.local.get(x.tensor, ())}
        return tuple(i for i in loops if term.has(i) or i in inside)

    def on(self, e: Expr, path: LoopPath = ()) -> LoopPath:
        """The indices of a subscript that are vectorised, in one fixed order, those of a pair in the pair's."""
        pair = self.pairs.get(e)
        known = pair.indices if pair else self.extents
        return tuple(i for i in known if e.has(i) and (i not in path or i == self.block))

    def free(self, x: Entry, path: LoopPath = ()) -> LoopPath:
        """The vectorised indices of an entry, axis by axis."""
        return tuple(i for e in x.at for i in self.on(e, path))

    def bounds(self, i: Symbol, path: LoopPath) -> tuple[Expr, Expr]:
        """From where to where a vectorised index runs."""
        return (i, self.end) if i == self.block and i in path else (Integer(0), self.extents[i])

    def paired(self, e: Expr, path: LoopPath = ()) -> bool:
        """Whether a subscript is u*V + v, the number of a pair, or of more indices than two."""
        return e in self.pairs and self.on(e, path) == self.pairs[e].indices

    def single(self, e: Expr) -> bool:
        """Whether every value of a subscript is met once: at most one index, or a pair."""
        return len(self.on(e)) <= 1 or self.paired(e)

    def overlaps(self, x: Entry, path: LoopPath) -> bool:
        """Whether two vectorised indices meet in one subscript: a window."""
        return any(len(self.on(e, path)) > 1 and not self.paired(e, path) for e in x.at)

    def whole(self, x: Entry) -> bool:
        """Whether an entry's axes are the tensor's axes: single indices and pairs, each with all its values."""
        return all(self.paired(e) or self.full(x, q) for q, e in enumerate(x.at))

    def full(self, x: Entry, axis: int) -> bool:
        """Whether one index runs over all of an axis."""
        e = x.at[axis]
        return bool(e.is_Symbol and self.extents[e] == self.shapes[x.tensor][axis])

    def covers(self, x: Entry) -> bool:
        """Whether the entry is every entry of its tensor, as its indices, looped or not, take all their values."""
        axes = enumerate(zip(x.at, self.shapes[x.tensor], strict=True))
        return all(e in self.pairs or self.full(x, q) or (e == 0 and n == 1) for q, (e, n) in axes)

    def sizes(self, groups: Iterable[Iterable[Symbol]], path: LoopPath = ()) -> list[str]:
        """The number of values of each group of indices; -1, in a reshape, where a block has what is left."""
        out = []
        for group in map(tuple, groups):
            blocked = self.block in group and self.block in path
            out.append("-1" if blocked else self.text(self.count(group)))
        return out

    def count(self, group: Iterable[Symbol]) -> Expr:
        """The number of values of the indices together, that of a pair by its own name."""
        left = list(group)
        for pair in self.program.pairs:
            first, *others = pair.indices
            if set(pair.indices) <= set(left):
                left = [pair.flat if i == first else i for i in left if i not in others]
        return prod([self.extents[i] for i in left], start=Integer(1))

    def extent_texts(self, tensor: str) -> str:
        return ", ".join(map(self.text, self.shapes[tensor]))

    # ---- names and statements
    def claim(self, name: str, meaning: str) -> str:
        """The name, or the first with marks behind it that has no other meaning: no tensor of a user is in the way."""
        while self._meaning.setdefault(name, meaning) != meaning:
            name += "_"
        return name

    def make(self, name: str, text: str, role: str, *, setup: bool = True, **say: Any) -> str:
        """A tensor made once, before the loops that use it; its name, with a number if it is taken by another."""
        return self.put((), name, text, role, setup=setup, **say)

    def put(
        self, path: LoopPath, name: str, text: str, role: str, *,
        base: str = "", setup: bool = False, own: bool = False, names: dict[str, Name] | None = None,
        reads: Iterable[str] = (), **say: object,
    ) -> str:  # fmt: skip
        """A tensor made once in each round of the loops of `path`; its name, with a number if it is taken. `own`: it is
        one of the program's, or has a name that was claimed."""
        parts = name.replace(",", " ").split()
        if not own:
            parts = [self.claim(part, "a tensor") for part in parts]
        stem = name = ", ".join(parts) + ("," if name.endswith(",") else "")
        number = 1
        while self.made.get(name, text) != text or self.local.get(name, path) != path:
            number += 1
            name = f"{stem}{number}"
        if name in self.made and self._open(path):
            return name
        self.made[name], self.base[name] = text, base
        if path:
            self.local[name] = path
        comment, detail = str(say.pop("comment", "")), tuple(say.items())
        self.statements.append(
            Statement(
                path, name, "=", text, role, name, frozenset({base, *reads} - {""}), names or {}, setup, comment, detail
            )
        )
        return name

    def _open(self, path: LoopPath) -> bool:
        """Whether the last statement stands in these loops, so that what was made in them is still there."""
        last = next((s.path for s in reversed(self.statements) if not s.setup), ())
        return last[: len(path)] == path

    def prefix(self, x: Entry, path: LoopPath) -> LoopPath:
        """The loops, of those of `path`, in which the entry is known: down to the last that it depends on."""
        deep = [len(self.local.get(x.tensor, ()))] + [k + 1 for k, i in enumerate(path) if x.has(i)]
        return path[: max(deep)]

    def room(self, tensor: str, fill: str = "zeros") -> None:
        """Room for a tensor, all zeros, or "empty" where each entry will be written; the axis that the schedule wants
        innermost lies there."""
        if tensor not in self.made:
            shape = list(map(self.text, self.shapes[tensor]))
            axis = self.innermost(tensor)
            text = f"{self.program.like}.new_{fill}({', '.join(shape)})"
            if tensor in self.program.lowest:
                text = f'{self.program.like}.new_full(({", ".join(shape)}{"," * (len(shape) == 1)}), float("-inf"))'
            elif axis is not None:
                shape.append(shape.pop(axis))
                back = (*range(axis), len(shape) - 1, *range(axis, len(shape) - 1))
                text = f"{self.program.like}.new_{fill}({', '.join(shape)}).permute{back}"
            self.make(tensor, text, "allocate", own=True, tensor=tensor, shape=self.shapes[tensor])

    def innermost(self, tensor: str) -> int | None:
        """The axis that the schedule wants last in memory, of a tensor that is multiplied."""
        wanted = pick(self.schedule.last, self.extents)
        products = (x for t in self.program.terms if len(t.factors) > 1 for x in t.entries)
        for x in (x for x in products if wanted and x.tensor == tensor):
            return next((q for q, e in enumerate(x.at[:-1]) if e == wanted[0]), None)
        return None

    def root(self, tensor: str) -> str:
        """The tensor in whose memory a view lies, or of which a matrix is a copy."""
        while self.base.get(tensor):
            tensor = self.base[tensor]
        return tensor

    def open_block(self) -> None:
        """The length of a block: as many values as make COLUMNS columns of the matrix of windows."""
        if self.block and "block" not in self.made:
            each = self.text(self.count(i for i in self.columns() if i not in self.loops))
            text = str(COLUMNS) if each == "1" else f"max(1, {COLUMNS}//{f'({each})' if '*' in each else each})"
            self.make("block", text, "block", comment=f"{plural(self.block)} of a block", index=self.block)

    def columns(self) -> LoopPath:
        """The indices that stand beside the block's in the columns: of the windows, those that the one of the other two
        entries has that has the block's, and the third has not."""
        for t in self.program.terms:
            if len(t.factors) > 1 and t.has(self.block):
                *others, most = sorted(({i for e in x.at for i in self.on(e)} for x in t.entries), key=len)
                with_block = next((s for s in others if self.block in s), most)
                rest = next((s for s in others if s is not with_block), set())
                return tuple(i for i in self.extents if i in (most & with_block) - rest)
        return ()
