"""Operations that make other grids of a tensor's last axes, by a fixed matrix for each: interpolation, uneven means."""

from collections.abc import Iterable, Mapping

from sympy import Expr, Mul

from symconv.derivation.entrywise import EXTENTS, frame
from symconv.derivation.index import Entry, Range, Sum
from symconv.derivation.letters import Letters
from symconv.derivation.moves import PLACES
from symconv.derivation.operation import Equation, Operand, Operation, extents_of, indices_of, operation


def resample(
    name: str, axes: str, tables: Mapping[int, tuple[str, str]], *,
    output: str = "Y", input: str = "X", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """Y[n, c, i, j] = sum over h, w of A[i, h] B[j, w] X[n, c, h, w].

    tables: of each axis that changes the role of its matrix and its name. The matrices are constants.
    """
    letters = Letters({output, input, *(tensor for _, tensor in tables.values()), *taken})
    given = frame(letters, axes)  # the letters that the output has
    made = tuple(
        (i, letters.extent(f"{EXTENTS[axes[k]]}o")) if k in tables else (i, n) for k, (i, n) in enumerate(given)
    )
    read: list[Range] = list(given)
    operands, factors = list[Operand](), list[Expr]()
    for k, (role, tensor) in tables.items():
        read[k] = letters.index(PLACES.get(axes[k], "h")), given[k][1]
        pair = made[k], read[k]
        operands.append(Operand(role, Entry(tensor, *indices_of(pair)), pair, extents_of(pair)))
        factors.append(operands[-1].entry)
    x = Operand("input", Entry(input, *indices_of(tuple(read))), tuple(read), extents_of(tuple(read)))
    value = Sum(Mul(*factors, x.entry), *(read[k] for k in tables))
    equation = Equation(Entry(output, *indices_of(made)), value, made)
    roles = frozenset(role for role, _ in tables.values())
    return operation(name, equation, extents_of(made), (x, *operands), constant=roles)
