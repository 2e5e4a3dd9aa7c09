"""The rules of a derivation: each a small pure function that carries the law it applies.

A rule takes an expression and the facts that hold there, and returns the rewritten expression, or None where it does
not apply. It is applied everywhere it matches at once: one application is one line of a derivation done by hand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from sympy import Add, Expr, Integer, Mul, Poly, Pow, S, Symbol, Tuple, expand

from symconv.equations import Equation
from symconv.errors import Broken
from symconv.index import (
    Delta,
    Div,
    Entry,
    In,
    Iverson,
    MaxOver,
    Partial,
    Product,
    Quot,
    Range,
    Sum,
    Winner,
    canonical,
    collect,
    entries,
    freshen,
    names,
    products,
    rebuild,
)


@dataclass(frozen=True)
class Facts:
    """What holds where a rule is applied.

    `ranges` of the free indices; `equations` by which tensors are defined (with the loss); `readers` the tensors'
    direct readers on the way to the loss; `derived` extents; `distributions`, tensors whose entries sum to one, with
    their extent; `kept` the indices that a sift should not solve for while others serve.
    """

    ranges: tuple[Range, ...] = ()
    equations: Mapping[str, Equation] = field(default_factory=dict)
    readers: tuple[str, ...] = ()
    derived: tuple[tuple[Symbol, Expr], ...] = ()
    distributions: Mapping[str, Expr] = field(default_factory=dict)
    kept: frozenset[Symbol] = frozenset()


Rewrite = Callable[[Expr, Facts], Expr | None]


@dataclass(frozen=True)
class Rule:
    """A named rewriting with its law (LaTeX) and its reason in one line."""

    name: str
    law: str
    reason: str
    rewrite: Rewrite

    def __call__(self, e: Expr, facts: Facts) -> Expr | None:
        """The rewritten expression; None if the rule changes nothing."""
        new = self.rewrite(e, facts)
        return None if new is None or new == e else new


RULES: dict[str, Rule] = {}


def rule(law: str) -> Callable[[Rewrite], Rule]:
    """Register a rule under its function's name; its docstring is the reason."""

    def register(f: Rewrite) -> Rule:
        made = Rule(f.__name__, law, (f.__doc__ or "").strip(), f)
        RULES[f.__name__] = made
        return made

    return register


def gradient(tensor: str) -> str:
    """The name of dL/d(tensor). No user's name holds the sign, so it meets no other."""
    return f"∂{tensor}"


# ------------------------------------------------------------------------------------------------ differentiation
@rule(r"\frac{\partial L}{\partial x} = \sum_I \frac{\partial L}{\partial y_I}\,\frac{\partial y_I}{\partial x}")
def chain_rule(e: Expr, facts: Facts) -> Expr | None:
    """L depends on x through every entry of the tensors that read it: add the paths."""
    if not isinstance(e, Partial) or not isinstance(e.body, Entry) or not facts.readers:
        return None
    return Add(*(_path(facts.equations[y], e.entry) for y in facts.readers))


def _path(equation: Equation, entry: Entry) -> Expr:
    """Sum over I of dL/dy[I] dy[I]/d(entry), the indices I named away from the entry's."""
    y = equation.entry
    body = Entry(gradient(y.tensor), *y.at) * Partial(y, Entry("?"))
    return rebuild(freshen(Sum(body, *equation.ranges), names(entry)), {Entry("?"): entry})


def everywhere(local: Callable[[Expr, Facts], Expr | None]) -> Rewrite:
    """The rule that applies `local` at every node, innermost first, until it applies nowhere."""

    @wraps(local)
    def rewrite(e: Expr, facts: Facts) -> Expr:
        args = tuple(rewrite(a, facts) if isinstance(a, Expr) and a.args else a for a in e.args)
        new = e if args == e.args else e.func(*args)
        done = local(new, facts)
        return new if done is None or done == new else rewrite(done, facts)

    return rewrite


@rule(r"y_I = f(I)")
def definition(e: Expr, facts: Facts) -> Expr | None:
    """Put in what defines the tensor."""

    def local(p: Expr) -> Expr:
        if not isinstance(p, Partial) or not isinstance(p.body, Entry) or p.body.tensor not in facts.equations:
            return p
        equation = facts.equations[p.body.tensor]
        value = freshen(equation.value, names(e) | {i.name for i, _ in facts.ranges})
        return Partial(_at(equation, p.body, value), p.entry)

    return e.replace(lambda x: isinstance(x, Partial), local)


def _at(equation: Equation, entry: Entry, value: Expr) -> Expr:
    """The equation's value at an entry whose indices are named differently."""
    new: dict[Symbol, Expr] = {}
    for mine, asked in zip(equation.entry.at, entry.at, strict=True):
        new |= {mine: asked} if mine.is_Symbol else _unprimed(mine, asked)
    return rebuild(value, new)


def _unprimed(mine: Expr, asked: Expr) -> dict[Symbol, Expr]:
    """On a composed axis, u V + v, the asked indices are the equation's own with primes."""
    new = {Symbol(s.name.rstrip("'"), **s.assumptions0): s for s in asked.free_symbols}
    if expand(rebuild(mine, new) - asked) != 0:
        raise Broken(f"{asked} does not read as {mine}")
    return new


@rule(r"\partial\bigl(c\,f + \sum_i g_i\bigr) = c\,\partial f + \sum_i \partial g_i")
@everywhere
def linearity(e: Expr, facts: Facts) -> Expr | None:
    """A derivative passes through sums and constant factors; what does not hold the entry has derivative 0."""
    if not isinstance(e, Partial):
        return None
    body, of = e.body, e.entry
    if not reads(body, of.tensor):
        return S.Zero
    if body.is_Add:
        return Add(*(Partial(a, of) for a in body.args))
    if isinstance(body, Sum):
        inner = freshen(body, names(of)) if {i.name for i in body.bound} & names(of) else body
        return Sum(Partial(inner.body, of), *inner.ranges)
    if body.is_Mul:
        held = [a for a in body.args if reads(a, of.tensor)]
        if len(held) == 1 and len(body.args) > 1:
            return Mul(*(a for a in body.args if a is not held[0]), Partial(held[0], of))
    return None


def reads(e: Expr, tensor: str) -> bool:
    """Whether e holds an entry of the tensor."""
    return any(x.tensor == tensor for x in e.atoms(Entry))


@rule(r"\partial(f\,g) = \partial f\;g + f\,\partial g")
@everywhere
def product_rule(e: Expr, facts: Facts) -> Expr | None:
    """Differentiate one factor at a time and add."""
    if not isinstance(e, Partial) or not e.body.is_Mul:
        return None
    held = [a for a in e.body.args if reads(a, e.entry.tensor)]
    if len(held) < 2:
        return None
    rest = Mul(*(a for a in e.body.args if a not in held))
    return rest * Add(*(Mul(*(b for b in held if b is not a), Partial(_copy(a, e), e.entry)) for a in held))


@rule(r"\partial f(u) = f'(u)\,\partial u")
@everywhere
def scalar_function(e: Expr, facts: Facts) -> Expr | None:
    """The derivative of a function of one number, from its table, times the derivative inside."""
    if not isinstance(e, Partial):
        return None
    f = e.body
    if isinstance(f, Pow) and f.exp.is_number:
        return f.exp * f.base ** (f.exp - 1) * Partial(_copy(f.base, e), e.entry)
    if f.is_Function and len(f.args) == 1:
        return f.fdiff(1) * Partial(_copy(f.args[0], e), e.entry)
    return None


def _copy(inside: Expr, e: Expr) -> Expr:
    """The argument now stands twice: its bound indices are renamed in one copy."""
    return freshen(inside, names(e))


@rule(r"\partial \max_a f(a) = \sum_a [\,a = a^*\,]\;\partial f(a)")
@everywhere
def maximum(e: Expr, facts: Facts) -> Expr | None:
    """The gradient of a maximum goes to the first winner, in row-major order, and to no other entry."""
    if not isinstance(e, Partial) or not isinstance(e.body, MaxOver):
        return None
    m = freshen(e.body, names(e.entry)) if {i.name for i in e.body.bound} & names(e.entry) else e.body
    copy = freshen(m, names(m, e.entry))
    winner = Winner(copy.body, copy.guard, m.bound, *copy.ranges)
    return Sum(winner * Partial(m.body, e.entry), *m.ranges)


@rule(r"\frac{\partial x_I}{\partial x_J} = [\,I = J\,]")
@everywhere
def entry_rule(e: Expr, facts: Facts) -> Expr | None:
    """An entry's derivative with respect to itself is 1, to any other entry 0."""
    if not isinstance(e, Partial) or not isinstance(e.body, Entry):
        return None
    if e.body.tensor != e.entry.tensor:
        return None
    return Mul(*(Delta(x, y) for x, y in zip(e.body.at, e.entry.at, strict=True)))


# ------------------------------------------------------------------------------------------------ sums and deltas
@rule(r"\sum_i f_i\sum_j g_j = \sum_{i,j} f_i\,g_j")
def one_sum(e: Expr, facts: Facts) -> Expr | None:
    """Finite sums commute and distribute: write them as one."""
    return collect(products(e))


@rule(r"[\,uV+v = u'V+v'\,] = [\,u=u'\,]\,[\,v=v'\,]\quad(0\le v,v'<V)")
def pairs(e: Expr, facts: Facts) -> Expr | None:
    """A flat index stands for one pair only."""
    return _each_product(e, facts, _split_pairs)


def _each_product(e: Expr, facts: Facts, change: Callable[..., Product]) -> Expr:
    return collect(change(factors, ranges, facts) for factors, ranges in products(e))


def _split_pairs(factors: tuple[Expr, ...], ranges: tuple[Range, ...], facts: Facts) -> Product:
    known = dict(facts.ranges) | dict(ranges)
    out: list[Expr] = []
    for f in factors:
        out += _split(f, known) if isinstance(f, Delta) else [f]
    return tuple(out), ranges


def _split(delta: Expr, known: Mapping[Symbol, Expr]) -> list[Expr]:
    """Delta(u V + v, u' V + v') as its two deltas, as often as that goes."""
    if not isinstance(delta, Delta):
        return [delta]
    x, y = delta.args
    for v, n in sorted(known.items(), key=lambda r: str(r[0])):
        for w, m in sorted(known.items(), key=lambda r: str(r[0])):
            u, t = _quotient(x, v, n), _quotient(y, w, m)
            if n == m and u is not None and t is not None:
                return _split(Delta(u, t), known) + [Delta(v, w)]
    return [delta]


def _quotient(e: Expr, v: Symbol, n: Expr) -> Expr | None:
    """u with e = u n + v, if there is one that is no constant."""
    rest = expand(e - v)
    if rest == 0 or rest.has(v):
        return None
    u = expand(rest / n)
    return u if u.is_polynomial(*u.free_symbols) and not u.is_number else None


@rule(r"\sum_i [\,m\,i = e\,]\,f(i) = [\,m \mid e\,]\,[\,0\le \tfrac em < n\,]\,f(\tfrac em)")
def sift(e: Expr, facts: Facts) -> Expr | None:
    """A sum against a delta keeps the one term where the delta is 1."""
    return _each_product(e, facts, _sift_product)


def _sift_product(factors: tuple[Expr, ...], ranges: tuple[Range, ...], facts: Facts) -> Product:
    done = True
    while done:
        candidates = [
            c for k, f in enumerate(factors) if isinstance(f, Delta) for r in ranges if (c := _solve(factors, k, r, ranges, facts))
        ]
        done = bool(candidates)
        if done:
            factors, ranges = _eliminate(factors, ranges, min(candidates, key=lambda c: c.rank))
    return factors, ranges


@dataclass(frozen=True)
class Solution:
    """A delta solved for one bound index: factor `delta` says multiple * index = value."""

    rank: tuple[Any, ...]
    delta: int
    range: Range
    multiple: Expr
    value: Expr


def _solve(
    factors: tuple[Expr, ...], k: int, r: Range, ranges: tuple[Range, ...], facts: Facts
) -> Solution | None:
    """Delta k solved for an index. Best is the index that fewest tensors hold, of an output (not `kept`), with a unit
    coefficient, first in reading order."""
    i, _ = r
    difference = expand(factors[k].args[0] - factors[k].args[1])
    multiple = difference.coeff(i, 1)
    if multiple == 0 or expand(difference - multiple * i).has(i):
        return None
    if multiple.could_extract_minus_sign():
        difference, multiple = expand(-difference), -multiple
    if any(multiple.has(j) for j, _ in ranges):
        return None
    holders = sum(f.has(i) for f in factors if not isinstance(f, Iverson))
    rank = (holders, i in facts.kept, multiple != 1, k, ranges.index(r))
    return Solution(rank, k, r, multiple, expand(multiple * i - difference))


def _eliminate(factors: tuple[Expr, ...], ranges: tuple[Range, ...], s: Solution) -> Product:
    i, n = s.range
    at = Quot(s.value, s.multiple)
    rest = [solved(f, i, s.multiple, s.value, at) for k, f in enumerate(factors) if k != s.delta]
    guards = [In(at, n), *([Div(s.value, s.multiple)] if s.multiple != 1 else [])]
    return tuple(x for x in (*rest, *guards) if x != 1), tuple(r for r in ranges if r != s.range)


def solved(e: Any, i: Symbol, multiple: Expr, value: Expr, at: Expr) -> Any:
    """e with i = at; where e holds the very multiple of i, its value is written without a quotient."""
    if not getattr(e, "args", ()) or not e.has(i):
        return at if e == i else e
    if e.is_Add or e.is_Mul:
        coefficient = expand(e).coeff(i, 1)
        ratio = (coefficient / multiple).cancel() if multiple != 1 else coefficient
        rest = expand(expand(e) - coefficient * i)
        if not rest.has(i) and coefficient != 0 and ratio.is_polynomial(*ratio.free_symbols) and not e.atoms(Entry, In):
            return expand(rest + ratio * value)
    return e.func(*(solved(a, i, multiple, value, at) for a in e.args))


@rule(r"[\,0\le e<n\,] = 1\quad\text{if the ranges of its indices imply it}")
def domains(e: Expr, facts: Facts) -> Expr | None:
    """A condition that the ranges of its indices imply is 1."""
    return _each_product(e, facts, _drop_implied)


def _drop_implied(factors: tuple[Expr, ...], ranges: tuple[Range, ...], facts: Facts) -> Product:
    known = tuple(facts.ranges) + tuple(ranges)
    return tuple(f for f in factors if not (isinstance(f, In) and implied(f, known, facts.derived))), ranges


def implied(guard: Expr, ranges: tuple[Range, ...], derived: tuple[tuple[Symbol, Expr], ...] = ()) -> bool:
    """Whether 0 <= e < n follows from the ranges, by the least and the largest value of e."""
    e, n = guard.args
    if dict(ranges).get(e) == n:
        return True
    least, most = bounds(e, ranges)
    if least is None or most is None or not _nonnegative(expand(least)):
        return False
    slack = rebuild(n - 1 - most, dict(derived))
    return _nonnegative(expand(_without_quotients(slack)))


def bounds(e: Expr, ranges: tuple[Range, ...]) -> tuple[Expr | None, Expr | None]:
    """The least and the largest value of an expression affine in its indices; None where it is not."""
    least = most = expand(e)
    for i, n in reversed(ranges):
        c = least.coeff(i, 1)
        if (least - c * i).expand().has(i) or most.coeff(i, 1) != c:
            return None, None
        if c.is_nonnegative:
            least, most = rebuild(least, {i: Integer(0)}), rebuild(most, {i: n - 1})
        elif c.is_nonpositive:
            least, most = rebuild(least, {i: n - 1}), rebuild(most, {i: Integer(0)})
        elif c != 0:
            return None, None
    return least, most


def _nonnegative(e: Expr) -> bool:
    """Whether e >= 0 for all extents >= 1 and indices >= 0: e is written in what they exceed their least value by."""
    excess = {s: s + 1 for s in e.free_symbols if s.is_positive}
    shifted = expand(rebuild(e, excess)) if excess else e
    if not shifted.free_symbols:
        return bool(shifted >= 0)
    if shifted.atoms(Quot):
        return False
    return all(c >= 0 for c in Poly(shifted, *sorted(shifted.free_symbols, key=str)).coeffs())


def _without_quotients(e: Expr) -> Expr:
    """A lower bound of -m Quot(x, m): -x, since m Quot(x, m) <= x."""
    e = expand(e)
    for q in sorted(e.atoms(Quot), key=str):
        c = e.coeff(q, 1)
        if expand(c + q.args[1]) == 0:
            e = expand(e - c * q - q.args[0])
    return e


@rule(r"\sum_i c\,f(i) = c\sum_i f(i)")
def hoist(e: Expr, facts: Facts) -> Expr | None:
    """A factor that does not depend on the index of a sum stands before it."""
    return Add(*(_hoisted(factors, ranges) for factors, ranges in products(e)))


def _hoisted(factors: tuple[Expr, ...], ranges: tuple[Range, ...]) -> Expr:
    """Factors and ranges in connected groups; each group is a sum of its own, factors without index stand alone."""
    groups: list[tuple[set[Symbol], list[Expr]]] = [({i}, []) for i, _ in ranges]
    outside: list[Expr] = []
    for f in factors:
        touched = [g for g in groups if g[0] & f.free_symbols]
        if not touched:
            outside.append(f)
            continue
        first = touched[0]
        for other in touched[1:]:
            first[0].update(other[0])
            first[1].extend(other[1])
            groups.remove(other)
        first[1].append(f)
    sums = [Sum(Mul(*inside), *(r for r in ranges if r[0] in held)) for held, inside in groups]
    return Mul(*outside, *sums)


# ------------------------------------------------------------------------------------------------ special functions
@rule(r"\sum_k t_k = 1\quad(t \text{ one-hot, or any distribution})")
@everywhere
def sums_to_one(e: Expr, facts: Facts) -> Expr | None:
    """The entries of a one-hot vector, as of every distribution, sum to one."""
    if not isinstance(e, Sum) or len(e.ranges) != 1 or not isinstance(e.body, Entry):
        return None
    ((i, n),) = e.ranges
    return S.One if e.body.at == (i,) and facts.distributions.get(e.body.tensor) == n else None


@rule(r"\frac{e^{z_k}}{\sum_m e^{z_m}} = y_k")
@everywhere
def fold(e: Expr, facts: Facts) -> Expr | None:
    """Read a definition backwards: where its right-hand side stands, write its name."""
    if not e.is_Mul:
        return None
    for equation in facts.equations.values():
        found = _folded(e, equation)
        if found is not None:
            return found
    return None


def _folded(e: Expr, equation: Equation) -> Expr | None:
    """e with one occurrence of the equation's product replaced by its entry, whatever its index is called there."""
    if not equation.value.is_Mul or len(equation.entry.at) != 1:
        return None
    (k,) = equation.entry.at
    have = [canonical(a) for a in e.args]
    for at in sorted({x for s in entries(e) for x in s.at}, key=str):
        wanted = [canonical(rebuild(a, {k: at})) for a in equation.value.args]
        if all(w in have for w in wanted):
            rest = [a for a, c in zip(e.args, have, strict=True) if c not in wanted]
            return Mul(*rest, Entry(equation.entry.tensor, at))
    return None


# ------------------------------------------------------------------------------------------------ reindexing
@rule(r"\sum_{0\le a<n} f(a) = \sum_{0\le a<n} f(n-1-a)")
def flip(e: Expr, facts: Facts) -> Expr | None:
    """A finite sum may be run backwards."""

    def reverse(factors: tuple[Expr, ...], ranges: tuple[Range, ...], _: Facts) -> Product:
        new = {i: n - 1 - i for i, n in ranges}
        return tuple(tidy(rebuild(f, new)) for f in factors), ranges

    return _each_product(e, facts, reverse)


def tidy(e: Any) -> Any:
    """Index arithmetic multiplied out, so that equal positions look equal."""
    if isinstance(e, Entry):
        return Entry(e.tensor, *(expand(i) for i in e.at))
    if not getattr(e, "args", ()):
        return e
    return e.func(*(expand(a) if not a.has(Entry) and not isinstance(a, Tuple) else tidy(a) for a in e.args))
