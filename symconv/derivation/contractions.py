"""The contraction of two tensors: the sum, over the indices that the output does not have, of products of two entries.

Matrix products, with and without a batch, and what torch.einsum makes of two tensors are instances of it.
"""

from collections.abc import Iterable

from sympy import Expr, Integer

from symconv.derivation.entrywise import EXTENTS
from symconv.derivation.index import Entry, Range, Sum
from symconv.derivation.letters import Letters
from symconv.derivation.operation import Equation, Operand, Operation, extents_of, indices_of, operation


def contract(
    name: str, first: str, second: str, made: str, *,
    output: str = "Y", input: str = "X", other: str = "Z", role: str = "other", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """Y[n, q, k] = sum over d of X[n, q, d] Z[n, k, d].

    first, second, made: the letters of the axes of X, Z and Y; 1 for an axis of one entry that goes with every entry
    of the other tensor's. role: what Z is; a "constant" has no gradient.
    """
    letters = Letters({output, input, other, *taken})
    order = dict.fromkeys(made + first + second)
    ranges = {x: (letters.index(x), letters.extent(EXTENTS.get(x, x.upper()))) for x in order if x != "1"}
    summed = tuple(r for x, r in ranges.items() if x not in made)

    def operand(role: str, tensor: str, own: str) -> Operand:
        at: tuple[Expr, ...] = tuple(Integer(0) if x == "1" else ranges[x][0] for x in own)
        shape: tuple[Expr, ...] = tuple(Integer(1) if x == "1" else ranges[x][1] for x in own)
        return Operand(role, Entry(tensor, *at), tuple(ranges[x] for x in own if x != "1"), shape)

    x, z = operand("input", input, first), operand(role, other, second)
    term = x.entry * z.entry
    value = Sum(term, *summed) if summed else term
    kept: tuple[Range, ...] = tuple(ranges[x] for x in made)
    equation = Equation(Entry(output, *indices_of(kept)), value, kept)
    return operation(name, equation, extents_of(kept), (x, z), constant=frozenset({"constant"}))
