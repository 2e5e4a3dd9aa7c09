"""Why numbers came out wrong, before it is said in a language: the catalogues' table [mistake] has the sentences."""

from dataclasses import dataclass

from symconv.prose import Prose

TABLE = "mistake"
ELSEWHERE, ELSEWHERE_BACKWARD, FOLLOWED = "elsewhere", "elsewhere_backward", "followed"


@dataclass(frozen=True)
class Reason:
    """One mistake, with what its sentence names; `place`: the tensor that it was made in, where that is another one
    than was asked for, `backward` in its gradient."""

    mistake: str
    parts: tuple[tuple[str, str], ...] = ()
    place: str = ""
    backward: bool = False

    @staticmethod
    def of(mistake: str, **parts: str) -> "Reason":
        return Reason(mistake, tuple(parts.items()))

    def words(self, say: Prose) -> str:
        """The end of a sentence that begins with "These are the numbers if"."""
        words = say(f"{TABLE}.{self.mistake}", **dict(self.parts))
        if not self.place:
            return words
        elsewhere = ELSEWHERE_BACKWARD if self.backward else ELSEWHERE
        return say(f"{TABLE}.{elsewhere}", mistake=words, place=self.place)
