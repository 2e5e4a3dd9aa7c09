"""Polynomials in the entries of tensors: an equality of two holds for all values of the entries.

A monomial is one integer, BITS of it for the power of each letter, so that a product of two is their sum (packed
exponents: Monagan and Pearce, Polynomial division using dynamic arrays, heaps, and packed exponent vectors, 2007).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

BITS = 8
MOST = 2**BITS - 1  # a power, and so what the powers of a product may sum up to


class NotPolynomial(Exception):
    """The expression needs a comparison or a function that symbols do not have."""


@dataclass(frozen=True, slots=True)
class Polynomial:
    """Monomials with their coefficients, none of which is 0; `degree` is no smaller than any monomial's."""

    terms: Mapping[int, int | Fraction]
    degree: int
    names: tuple[str, ...]

    def __add__(self, other: "Polynomial | int | Fraction") -> "Polynomial":
        its = other if isinstance(other, Polynomial) else self._constant(other)
        if not (self.terms and its.terms):
            return self if self.terms else its
        terms = dict(self.terms)
        for m, c in its.terms.items():
            if total := terms.get(m, 0) + c:
                terms[m] = total
            else:
                del terms[m]
        return Polynomial(terms, max(self.degree, its.degree), self.names or its.names)

    def __mul__(self, other: "Polynomial | int | Fraction") -> "Polynomial":
        if isinstance(other, int) and other in (0, 1):
            return self if other else NOTHING
        its = other if isinstance(other, Polynomial) else self._constant(other)
        degree, terms = self.degree + its.degree, dict[int, int | Fraction]()
        if degree > MOST:
            raise NotPolynomial(f"a power of more than {MOST}")
        for m, c in self.terms.items():
            for n, d in its.terms.items():
                terms[m + n] = terms.get(m + n, 0) + c * d
        return Polynomial({m: c for m, c in terms.items() if c}, degree, self.names or its.names)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> "Polynomial":
        return self * -1

    def __pow__(self, n: int) -> "Polynomial":
        if n < 0:
            raise NotPolynomial(self)
        return self * self ** (n - 1) if n else self._constant(1)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | Fraction):
            other = self._constant(other)
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def _constant(self, x: int | Fraction) -> "Polynomial":
        return Polynomial({0: x} if x else {}, 0, self.names)

    @property
    def constant(self) -> int | Fraction:
        """The number that this is. NotPolynomial where letters are left, which cannot be compared."""
        if self.terms.keys() - {0}:
            raise NotPolynomial(self)
        return self.terms.get(0, 0)

    def __str__(self) -> str:
        return " + ".join(f"{c}{self._monomial(m)}" for m, c in sorted(self.terms.items())) or "0"

    def _monomial(self, m: int) -> str:
        powers = ((name, m >> BITS * k & MOST) for k, name in enumerate(self.names))
        return "".join(f"*{name}**{n}" if n > 1 else f"*{name}" for name, n in powers if n)


NOTHING = Polynomial({}, 0, ())


def letters(names: Iterable[str]) -> list[Polynomial]:
    """Each as a polynomial."""
    known = tuple(names)
    return [Polynomial({1 << BITS * k: 1}, 1, known) for k in range(len(known))]
