"""What derivations have in common that differ in names only, or in names and numbers: the same layer stands in many
places of a network, and in many networks."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from sympy import Basic

from symconv.derivation.derivation import Derivation
from symconv.derivation.index import KEPT, Entry
from symconv.derivation.operation import Operation
from symconv.derivation.tensors import without_gradient


def pattern(
    operation: Operation, derivations: Iterable[Derivation], named: Mapping[str, Operation], constants: bool = True
) -> str:
    """All lines node by node, tensors by their roles and letters by the order in which they are met; without
    `constants` the numbers are left out."""
    roles = {t: role for role, t in operation.roles} | {t: f"out{k}" for k, t in enumerate(operation.outputs)}
    roles |= {t: f"named{k}" for k, t in enumerate(sorted(named))}
    writer = _Writer(roles, constants)
    for d in derivations:
        for e in (d.entry, *d.lines, *(x for r in d.ranges for x in r)):
            writer.write(e)
    for _, op in sorted(named.items()):
        writer.write(op.equation.entry)
        writer.write(op.equation.value)
    return " ".join(writer.words)


class _Writer:
    """Terms and factors come in an order that hangs on no name: by what they are made of, then by letters met."""

    def __init__(self, roles: Mapping[str, str], constants: bool) -> None:
        self.words: list[str] = []
        self._roles, self._constants = roles, constants
        self._met: dict[str, int] = {}
        self._form = lru_cache(KEPT)(self._formed)

    def write(self, e: Basic) -> None:
        """One expression's nodes, from the outside in."""
        if e.is_Symbol:
            self.words.append(f"#{self._number(e.name)}")
            return
        self.words.append(self._word(e))
        for a in sorted(e.args, key=self._rank) if e.is_Add or e.is_Mul else _parts(e):
            self.write(a)
        self.words.append(".")

    def _number(self, name: str) -> int:
        return self._met.setdefault(name, len(self._met))

    def _rank(self, e: Basic) -> tuple[str, list[int]]:
        return self._form(e), sorted(self._met.get(s.name, len(self._met)) for s in e.free_symbols)

    def _formed(self, e: Basic) -> str:
        """The whole without its letters."""
        if e.is_Symbol:
            return "#"
        inside = map(self._form, _parts(e))
        return f"{self._word(e)}({' '.join(sorted(inside) if e.is_Add or e.is_Mul else inside)})"

    def _word(self, e: Basic) -> str:
        """A node's own, but for letters."""
        if isinstance(e, Entry):
            tensor = without_gradient(e.tensor)
            return e.tensor.removesuffix(tensor) + self._roles.get(tensor, tensor)
        if e.is_Rational and not self._constants:
            return "n"
        return type(e).__name__ if e.args else str(e)


def _parts(e: Basic) -> tuple[Basic, ...]:
    return e.at if isinstance(e, Entry) else e.args
