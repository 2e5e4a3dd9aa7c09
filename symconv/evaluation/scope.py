"""What a node's value depends on, besides its indices."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sympy import Expr

from symconv.array import Array
from symconv.derivation.index import Delta, Div, In, Iverson
from symconv.evaluation.arithmetic import Numbers

Env = dict[str, int]  # by name: names are unique within an expression
Value = Callable[[Env], Any]


class Scope(Protocol):
    """Tensors and numbers, and where closures are kept."""

    tensors: dict[str, Array]
    arithmetic: Numbers
    seen: dict[Expr, set[int]]  # for each condition, the values it has taken

    def closure(self, e: Expr) -> Value: ...

    def perturbed(self, tensor: str) -> AbstractContextManager[None]:
        """Inside, each entry of the tensor, and what is defined from it, is a dual number."""


CONDITIONS: dict[type[Iverson], Callable[[int, int], bool]] = {
    Delta: lambda x, y: x == y,
    In: lambda e, n: 0 <= e < n,
    Div: lambda e, m: e % m == 0,
}
