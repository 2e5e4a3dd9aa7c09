"""Why numbers came out wrong, before it is said in a language: the catalogues' table [mistake] has the sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from symconv.text.prose import Prose

TABLE = "mistake"
ELSEWHERE, ELSEWHERE_BACKWARD, FOLLOWED = "elsewhere", "elsewhere_backward", "followed"
FORWARD, BACKWARD, BOTH_WAYS = "forward", "backward", "both_ways"


@dataclass(frozen=True)
class Reason:
    """One mistake, with what its sentence names; `place`: the tensor that it was made in, where that is another one
    than was asked for, `backward` in its gradient. `spread`: the direction in which it was made at several
    places, or that it was both of them."""

    mistake: str
    parts: tuple[tuple[str, str], ...] = ()
    place: str = ""
    backward: bool = False
    spread: str = ""

    @staticmethod
    def of(mistake: str, **parts: str) -> "Reason":
        return Reason(mistake, tuple(parts.items()))

    def words(self, say: Prose) -> str:
        """The end of a sentence that begins with "These are the numbers if"."""
        words = say(f"{TABLE}.{self.mistake}", **dict(self.parts))
        if self.spread:
            return say(f"{TABLE}.{self.spread}", mistake=words)
        if not self.place:
            return words
        elsewhere = ELSEWHERE_BACKWARD if self.backward else ELSEWHERE
        return say(f"{TABLE}.{elsewhere}", mistake=words, place=self.place)


def joined(reasons: Sequence[Reason], spread: str) -> Reason:
    """One mistake made at several places, each name that its sentence has once."""
    named = {key: dict.fromkeys(dict(r.parts)[key] for r in reasons) for key, _ in reasons[0].parts}
    parts = {key: ", ".join(n for n in found if n) for key, found in named.items()}
    return Reason(reasons[0].mistake, tuple(parts.items()), spread=spread)
