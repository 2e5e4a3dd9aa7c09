"""One vocabulary: which letter an index, an extent or an option takes, in formula, code and message alike.

n image, g group, o output channel, c input channel, i/j output row/column, a/b kernel row/column, h/w input row/column,
s stride, d dilation, p padding. A user's tensor name wins over a letter, which then takes its next candidate.
"""

from collections.abc import Iterable
from string import ascii_lowercase

from sympy import Symbol

from symconv.derivation.index import extent, index

CANDIDATES = {
    "n": "nvq", "g": "gt", "o": "of", "c": "ce", "k": "klqv", "m": "mluv",
    "t": "tlr", "i": "ilr", "j": "jmv", "r": "ruq", "a": "aqu", "b": "bev", "z": "zel", "h": "hruq", "w": "wvxy",
}  # fmt: skip


class Letters:
    """Hands out symbols; a letter that is taken is replaced by its next candidate, a name by the name with a mark."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def index(self, letter: str) -> Symbol:
        """An index (>= 0): the letter, its next candidates, any letter, and only then a name with a mark."""
        free = (x for x in CANDIDATES.get(letter, letter) + ascii_lowercase if x not in self.taken)
        return index(self._free(next(free, letter)))

    def extent(self, name: str) -> Symbol:
        """An extent or a step (>= 1)."""
        return extent(self._free(name))

    def amount(self, name: str) -> Symbol:
        """A padding (>= 0)."""
        return index(self._free(name))

    def _free(self, name: str) -> str:
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name
