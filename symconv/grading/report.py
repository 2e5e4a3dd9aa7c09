"""What a grade says: of each tensor whether it is right, which entries are not, and the mistakes that give them."""

from collections.abc import Iterator
from dataclasses import dataclass

from symconv.grading.answers import GRADIENTS, sized
from symconv.text.prose import Prose, prose

SHOWN = 6  # entries that differ, of one tensor


@dataclass(frozen=True)
class WrongEntry:
    """One wrong entry: where, what was given, and what it is: `exact`, "" where there is no short exact form, and
    `about`, its decimals, "" where they would say nothing new."""

    at: tuple[int, ...]
    given: str
    exact: str
    about: str = ""

    def words(self, say: Prose) -> str:
        key = "entry_about" if not self.exact else "entry_both" if self.about else "entry"
        text = say(f"grade.{key}", given=self.given, exact=self.exact, about=self.about)
        return say("grade.line", name=f"[{', '.join(map(str, self.at))}]", text=text) if self.at else text


@dataclass(frozen=True)
class Graded:
    """One tensor: its wrong entries, and the mistakes that give all of the student's numbers, the likeliest first.

    `transposed`: the shape that was given, where rows and columns are exchanged. Of the entries that are not wrong,
    `missing` are not given, `cut` have their last digit cut off, `carried` are off by what rounding on the way takes,
    `within` are right within the tolerance that was asked for only.
    """

    section: str
    tensor: str
    entries: int
    differing: tuple[WrongEntry, ...]
    transposed: tuple[int, ...] | None = None
    mistakes: tuple[str, ...] = ()
    near: bool = False  # a mistake was looked for in the tensor's own equation only
    missing: int = 0
    cut: int = 0
    carried: int = 0
    within: int = 0
    language: str = "en"

    @property
    def wrong(self) -> bool:
        return bool(self.differing) or self.transposed is not None

    @property
    def ok(self) -> bool:
        return not self.wrong and not self.missing

    @property
    def name(self) -> str:
        return self._named(prose("en"))

    def __str__(self) -> str:
        say = prose(self.language)
        first = say("grade.line", name=self._named(say), text=say("grade.and").join(self._summary(say)))
        return "\n  ".join([first, *self._wrongs(say)])

    def _named(self, say: Prose) -> str:
        return say("grade.gradient", tensor=self.tensor) if self.section == GRADIENTS else self.tensor

    def _summary(self, say: Prose) -> Iterator[str]:
        """Right, wrong or not given, and what else is to be said of the entries."""
        if self.missing == self.entries and not self.transposed:
            yield say("grade.nothing")
            return
        if self.transposed:
            yield say("grade.shape", given=sized(self.transposed), right=sized(self.transposed[::-1]))
        elif self.differing:
            one = "single" if self.entries == 1 else "differs" if len(self.differing) == 1 else "differ"
            yield say(f"grade.{one}", count=len(self.differing), all=self.entries)
        else:
            yield say("grade.right_so_far" if self.missing else "grade.right")
        for kind in ("missing", "cut", "carried", "within"):
            if count := getattr(self, kind):
                yield say(f"grade.{kind}", count=count, all=self.entries)

    def _wrongs(self, say: Prose) -> Iterator[str]:
        if not self.wrong:
            return
        for x in self.differing[:SHOWN]:
            yield x.words(say)
        if len(self.differing) > SHOWN:
            yield say("grade.more", count=len(self.differing) - SHOWN)
        for k, words in enumerate(self.mistakes):
            yield say("grade.or" if k else "grade.mistake", mistake=words)
        if not self.mistakes:
            yield say("grade.none_near" if self.near else "grade.none")


@dataclass(frozen=True)
class Grade:
    """What `symconv grade` prints; true where everything that was asked for is given and right."""

    tensors: tuple[Graded, ...]

    @property
    def ok(self) -> bool:
        return all(t.ok for t in self.tensors)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return "\n".join(map(str, self.tensors))
