"""Numbers from a seed: the same seed gives the same numbers on every machine, with every Python, for ever.

Python's `random` promises that only for some of its methods; here everything comes from SHA-256 of the seed's own
bytes. Changing this module changes every sheet that was ever handed out.
"""

import re
from hashlib import sha256

from symconv.errors import SpecError
from symconv.networks.exact import show

LONGEST = 200
WORD = 40  # characters of a seed that stand in a name


class Stream:
    """The bytes of SHA-256(b"0 SEED"), SHA-256(b"1 SEED"), ... one after another, SEED being the seed in UTF-8."""

    def __init__(self, seed: str) -> None:
        self._seed = b" " + checked(seed).encode()
        self._block = 0
        self._bytes = b""
        self._at = 0

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1, each as likely: of one byte, or as many as n needs, those that lie beyond the
        last multiple of n being left out."""
        length = max(1, ((n - 1).bit_length() + 7) // 8)
        most = 256**length // n * n
        while True:
            x = int.from_bytes(self._taken(length), "big")
            if x < most:
                return x % n

    def _taken(self, length: int) -> bytes:
        while len(self._bytes) - self._at < length:
            block = sha256(str(self._block).encode() + self._seed).digest()
            self._bytes, self._at, self._block = self._bytes[self._at :] + block, 0, self._block + 1
        self._at += length
        return self._bytes[self._at - length : self._at]


def checked(seed: str) -> str:
    """The seed, as it is; SpecError for one that nobody could read back from a sheet."""
    if not seed:
        raise SpecError("the seed is empty\n  give a number, a name or a student's id")
    if len(seed) > LONGEST:
        raise SpecError(f"the seed has {len(seed)} characters\n  give at most {LONGEST}")
    if not seed.isprintable():
        raise SpecError(f"the seed {show(seed)} has a character that cannot be printed\n  give letters, digits, signs")
    return seed


def word(seed: str) -> str:
    """The seed as part of a network's name. Where that takes other letters, digits and signs than it has, or too many,
    eight digits of its hash keep it apart from all others."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", seed).strip("-")
    if plain == seed and len(seed) <= WORD:
        return seed
    return f"{plain[: WORD - 9].rstrip('-')}-{sha256(seed.encode()).hexdigest()[:8]}".lstrip("-")
