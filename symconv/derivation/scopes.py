"""Bound indices: expressions that differ in their names only, and the fault of one that is bound twice or nowhere."""

from sympy import Basic, Symbol
from sympy.core.symbol import Str

from symconv.derivation.index import Binder, Entry
from symconv.errors import Broken


def canonical(e: Basic, depth: int = 0) -> Basic:
    """e with bound indices named by their depth: two expressions that differ in bound names only become equal."""
    if isinstance(e, Binder):
        new = {i: Symbol(f"_{depth + k}", integer=True, nonnegative=True) for k, i in enumerate(e.bound)}
        e, depth = e.xreplace(new), depth + len(new)
    if not e.args or isinstance(e, Str):
        return e
    return e.func(*(a if isinstance(a, Str) else canonical(a, depth) for a in e.args))


def check_scopes(e: Basic, known: frozenset[Symbol] = frozenset()) -> None:
    """Raise Broken if an index is bound where one of its name is known already: free, or bound further out."""
    if isinstance(e, Binder):
        shadowed = set(e.bound) & known
        if shadowed or len(set(e.bound)) < len(e.bound):
            raise Broken(f"index {', '.join(sorted(map(str, shadowed or e.bound)))} is bound twice in {e}")
        known |= set(e.bound)
    for a in () if isinstance(e, Entry) else e.args:  # a subscript binds nothing
        check_scopes(a, known)
