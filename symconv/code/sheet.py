"""The sheet on which one function is written down: its names, the tensors made so far, its statements in order."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sympy import Expr, Symbol, prod

from symconv.code.listing import Detail
from symconv.code.program import Program
from symconv.code.schedule import Schedule, pick
from symconv.derivation.index import Entry
from symconv.errors import NotSupported
from symconv.notation import Formula, Reader

Path = tuple[Symbol, ...]


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

    path: Path
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


class Sheet:
    """What has been written of one function; the rules of axes, products and loops all write here."""

    def __init__(self, program: Program, schedule: Schedule) -> None:
        self.program = program
        self.extents = program.extents
        self.shapes = dict(program.shapes)
        self.matmul = schedule.matmul
        self.loops, self.batch, self.window, self.fill, self.spread = (
            pick(letters, program.extents)
            for letters in (schedule.loops, schedule.batch, schedule.window, schedule.fill, schedule.spread)
        )
        self.text = Reader(program.order)
        self.formula = Formula(program.order)
        self.statements: list[Statement] = []
        self.made: dict[str, str] = {}  # tensor -> the text that made it
        self.base: dict[str, str] = {}  # view or copy -> the tensor it was made of
        self.windows: dict[str, list[Entry]] = {}  # what the tensors regions, regions2, ... hold the windows of
        self.names: dict[tuple[Path, str], str] = {}  # a subscript's name, within its loops -> its text
        self._meaning = dict.fromkeys(map(str, program.extents), "an index")
        self._meaning |= dict.fromkeys(program.order[len(program.extents) :], "an extent")
        for tensor in program.shapes:
            self.claim(tensor, "a tensor")

    # ---- indices
    def on(self, e: Expr, path: Path = ()) -> Path:
        """The indices of a subscript that are not looped, in one fixed order."""
        return tuple(i for i in self.extents if e.has(i) and i not in path)

    def free(self, x: Entry, path: Path = ()) -> Path:
        """The vectorised indices of an entry, axis by axis."""
        return tuple(i for e in x.at for i in self.on(e, path))

    def paired(self, e: Expr, path: Path = ()) -> bool:
        """Whether a subscript is u*V + v, the number of a pair."""
        two = self.on(e, path)
        return len(two) == 2 and e == two[0] * self.extents[two[1]] + two[1]

    def single(self, e: Expr) -> bool:
        """Whether every value of a subscript is met once: at most one index, or a pair."""
        return len(self.on(e)) <= 1 or self.paired(e)

    def overlaps(self, x: Entry, path: Path) -> bool:
        """Whether two vectorised indices meet in one subscript: a window."""
        return any(len(self.on(e, path)) > 1 and not self.paired(e, path) for e in x.at)

    def whole(self, x: Entry) -> bool:
        """Whether an entry's axes are the tensor's axes: single indices and pairs."""
        return all(e.is_Symbol or self.paired(e) for e in x.at)

    def sizes(self, groups: Iterable[Iterable[Symbol]]) -> list[str]:
        return [self.text(prod(self.extents[i] for i in group)) for group in groups]

    def extent_texts(self, tensor: str) -> str:
        return ", ".join(map(self.text, self.shapes[tensor]))

    # ---- names and statements
    def claim(self, name: str, meaning: str) -> None:
        """One meaning per name: tensor O and extent O cannot both be printed."""
        if self._meaning.setdefault(name, meaning) != meaning:
            raise NotSupported(f"{name!r} would be {meaning} and {self._meaning[name]} in one function")

    def make(self, name: str, text: str, role: str, *, base: str = "", setup: bool = True, **say: object) -> str:
        """A tensor made once, before the loops that use it; its name, with a number if it is taken by another."""
        stem, number = name, 1
        while self.made.get(name, text) != text:
            number += 1
            name = f"{stem}{number}"
        if name not in self.made:
            for part in name.split(", "):
                self.claim(part.rstrip(","), "a tensor")
            self.made[name] = text
            self.base[name] = base
            comment, detail = str(say.pop("comment", "")), tuple(say.items())
            reads = frozenset({base} if base else ())
            self.statements.append(
                Statement((), name, "=", text, role, name, reads, setup=setup, comment=comment, detail=detail)
            )
        return name

    def zeros(self, tensor: str) -> None:
        if tensor not in self.made:
            text = f"{self.program.like}.new_zeros({self.extent_texts(tensor)})"
            self.make(tensor, text, "allocate", tensor=tensor, shape=self.shapes[tensor])

    def root(self, tensor: str) -> str:
        """The tensor in whose memory a view lies, or of which a matrix is a copy."""
        while self.base.get(tensor):
            tensor = self.base[tensor]
        return tensor
