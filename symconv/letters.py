"""One vocabulary: which letter an index, an extent or an option takes, in formula, code and message alike.

n image, g group, o output channel, c input channel, i/j output row/column, a/b kernel row/column, h/w input row/column,
s stride, d dilation, p padding. A user's tensor name wins over a letter, which then takes its next candidate.
"""

from collections.abc import Iterable

from sympy import Symbol

from symconv.errors import Broken
from symconv.index import extent, index

CANDIDATES = {
    "n": "nvq", "g": "gt", "o": "of", "c": "ce", "k": "klqv", "m": "mluv",
    "t": "tlr", "i": "ilr", "j": "jmv", "r": "ruq", "a": "aqu", "b": "bev", "z": "zel", "h": "hruq", "w": "wvxy",
}  # fmt: skip


class Letters:
    """Hands out symbols; a letter that is taken is replaced by its next candidate, a name by the name with a mark."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def index(self, letter: str) -> Symbol:
        """An index (>= 0), a single letter."""
        for candidate in CANDIDATES[letter]:
            if candidate not in self.taken:
                self.taken.add(candidate)
                return index(candidate)
        raise Broken(f"no letter is left for the index {letter!r}")

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
