"""A program under a schedule: which indices are loops, and which are the axes of what is read and written in them.

That what is computed and how it runs are two things, each of which can change alone, is Halide's idea (Ragan-Kelley
et al., PLDI 2013).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Integer, Symbol, prod

from symconv.code.program import FlatIndex, Program
from symconv.code.schedule import Schedule, pick
from symconv.derivation.index import Entry
from symconv.text.notation import Reader

LoopPath = tuple[Symbol, ...]


@dataclass(frozen=True)
class Scheduled:
    """What is known before a line is written.

    A path is the loops around a line, outermost first. An index that runs in blocks is in the path and still
    vectorised, over the block.
    """

    program: Program
    schedule: Schedule

    # ---- what the schedule says of this program
    @property
    def extents(self) -> Mapping[Symbol, Expr]:
        return self.program.extents

    @cached_property
    def pairs(self) -> Mapping[Expr, FlatIndex]:
        return {pair.number: pair for pair in self.program.pairs}

    @cached_property
    def block(self) -> Symbol | None:
        """The index that runs in blocks."""
        looped = pick(self.schedule.loops, self.extents)
        return next((i for i in pick(self.schedule.block, self.program.multiplied) if i not in looped), None)

    @cached_property
    def loops(self) -> LoopPath:
        return (*pick(self.schedule.loops, self.extents), *([self.block] if self.block else []))

    @cached_property
    def fill(self) -> LoopPath:
        """The loops that fill a window tensor."""
        return pick(self.schedule.fill, self.extents)

    @cached_property
    def text(self) -> Reader:
        return Reader(("end", *self.program.order))

    @cached_property
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

    # ---- indices
    def on(self, e: Expr, path: LoopPath = ()) -> LoopPath:
        """The indices of a subscript that are vectorised, in one fixed order, those of a pair in the pair's."""
        pair = self.pairs.get(e)
        known = pair.indices if pair else self.extents
        return tuple(i for i in known if e.has(i) and (i not in path or i == self.block))

    def free(self, x: Entry, path: LoopPath = ()) -> LoopPath:
        """The vectorised indices of an entry, axis by axis."""
        return tuple(i for e in x.at for i in self.on(e, path))

    def paired(self, e: Expr, path: LoopPath = ()) -> bool:
        """Whether a subscript is u*V + v, the number of a pair, or of more indices than two."""
        return e in self.pairs and self.on(e, path) == self.pairs[e].indices

    def single(self, e: Expr) -> bool:
        """Whether every value of a subscript is met once: at most one index, or a pair."""
        return len(self.on(e)) <= 1 or self.paired(e)

    def overlaps(self, x: Entry, path: LoopPath) -> bool:
        """Whether two vectorised indices meet in one subscript: a window."""
        return any(len(self.on(e, path)) > 1 and not self.paired(e, path) for e in x.at)

    # ---- axes
    def shape(self, x: Entry) -> tuple[Expr, ...]:
        """The extents of its tensor's axes; one that is made on the way has an axis for each index."""
        known = self.program.shapes.get(x.tensor)
        return tuple(self.extents[i] for i in x.at) if known is None else known

    def shape_text(self, x: Entry) -> str:
        return ", ".join(map(self.text, self.shape(x)))

    def full(self, x: Entry, axis: int) -> bool:
        """Whether one index runs over all of an axis."""
        e = x.at[axis]
        return bool(e.is_Symbol and self.extents[e] == self.shape(x)[axis])

    def whole(self, x: Entry) -> bool:
        """Whether an entry's axes are the tensor's axes: single indices and pairs, each with all its values."""
        return all(self.paired(e) or self.full(x, q) for q, e in enumerate(x.at))

    def covers(self, x: Entry) -> bool:
        """Whether the entry is every entry of its tensor, as its indices, looped or not, take all their values."""
        axes = enumerate(zip(x.at, self.shape(x), strict=True))
        return all(e in self.pairs or self.full(x, q) or (e == 0 and n == 1) for q, (e, n) in axes)

    def innermost(self, tensor: str) -> int | None:
        """The axis that the schedule wants last in memory, of a tensor that is multiplied."""
        wanted = pick(self.schedule.last, self.extents)
        products = (x for t in self.program.terms if len(t.factors) > 1 for x in t.entries)
        for x in (x for x in products if wanted and x.tensor == tensor):
            return next((q for q, e in enumerate(x.at[:-1]) if e == wanted[0]), None)
        return None

    # ---- numbers of values
    def sizes(self, groups: Iterable[Iterable[Symbol]], path: LoopPath = ()) -> list[str]:
        """The number of values of each group of indices; -1, in a reshape, where a block has what is left."""
        blocked = self.block if self.block in path else None
        return ["-1" if blocked in group else self.text(self.count(group)) for group in map(tuple, groups)]

    def count(self, group: Iterable[Symbol]) -> Expr:
        """The number of values of the indices together, that of a pair by its own name."""
        left = list(group)
        for pair in self.program.pairs:
            first, *others = pair.indices
            if set(pair.indices) <= set(left):
                left = [pair.flat if i == first else i for i in left if i not in others]
        return prod([self.extents[i] for i in left], start=Integer(1))
