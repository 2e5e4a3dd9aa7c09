"""The rules of a derivation: each a small pure function that carries the law it applies.

A rule takes an expression and the facts that hold there, and returns the rewritten expression, or None where it does
not apply. It is applied everywhere it matches at once: one application is one line of a derivation done by hand.
Here are the rules of differentiation and those of the softmax; the rules of sums and deltas are in `sums`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps

from sympy import Add, Basic, Expr, Integer, Mul, Pow, S, Symbol

from symconv.derivation.index import Delta, Entry, MaxOver, Partial, Range, Sum, Winner, expand, freshen, names, rebuild
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient
from symconv.errors import Broken


@dataclass(frozen=True)
class Facts:
    """What holds where a rule is applied.

    `ranges` of the free indices; `equations` by which tensors are defined (with the loss); `readers` the tensors'
    direct readers on the way to the loss; `derived` extents; `distributions`, tensors whose entries sum to one, with
    their extent; `targets`, one-hot tensors with the index of their 1; `kept` the indices that a sift should not solve
    for while others serve.
    """

    ranges: tuple[Range, ...] = ()
    equations: Mapping[str, Equation] = field(default_factory=dict)
    readers: tuple[str, ...] = ()
    derived: tuple[tuple[Symbol, Expr], ...] = ()
    distributions: Mapping[str, Expr] = field(default_factory=dict)
    targets: Mapping[str, int] = field(default_factory=dict)
    kept: frozenset[Symbol] = frozenset()


Rewrite = Callable[[Expr, Facts], Expr | None]


@dataclass(frozen=True)
class Rule:
    """A named rewriting with both sides of its law (LaTeX) and its reason in one line."""

    name: str
    left: str
    right: str
    reason: str
    rewrite: Rewrite

    @property
    def law(self) -> str:
        """The identity that it applies."""
        return f"{self.left} = {self.right}"

    def __call__(self, e: Expr, facts: Facts) -> Expr | None:
        """The rewritten expression; None if the rule changes nothing."""
        new = self.rewrite(e, facts)
        return None if new is None or new == e else new


RULES: dict[str, Rule] = {}


def rule(left: str, right: str) -> Callable[[Rewrite], Rule]:
    """Register a rule under its function's name; its docstring is the reason."""

    def register(f: Rewrite) -> Rule:
        made = Rule(f.__name__, left, right, (f.__doc__ or "").strip(), f)
        RULES[f.__name__] = made
        return made

    return register


# ------------------------------------------------------------------------------------------------ differentiation
@rule(r"\frac{\partial L}{\partial x}", r"\sum_I\frac{\partial L}{\partial y_I}\,\frac{\partial y_I}{\partial x}")
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


@rule("y_I", "f(I)")
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


@rule(r"\partial\bigl(c\,f+\sum_i g_i\bigr)", r"c\,\partial f+\sum_i\partial g_i")
@everywhere
def linearity(e: Expr, facts: Facts) -> Expr | None:
    """A derivative passes through sums and constant factors; what does not change with the entry has derivative 0."""
    if not isinstance(e, Partial):
        return None
    body, of = e.body, e.entry
    if not varies(body, of.tensor):
        return S.Zero
    if body.is_Add:
        return Add(*(Partial(a, of) for a in body.args))
    if isinstance(body, Sum):
        inner = freshen(body, names(of)) if {i.name for i in body.bound} & names(of) else body
        return Sum(Partial(inner.body, of), *inner.ranges)
    if body.is_Mul:
        held = [a for a in body.args if varies(a, of.tensor)]
        if len(held) == 1 and len(body.args) > 1:
            return Mul(*(a for a in body.args if a is not held[0]), Partial(held[0], of))
    return None


def varies(e: Basic, tensor: str) -> bool:
    """Whether e changes with an entry of the tensor; which one is a window's largest is constant in pieces."""
    if isinstance(e, Entry):
        return e.tensor == tensor
    return not isinstance(e, Winner) and any(varies(a, tensor) for a in e.args)


@rule(r"\partial(f\,g)", r"\partial f\,g+f\,\partial g")
@everywhere
def product_rule(e: Expr, facts: Facts) -> Expr | None:
    """Differentiate one factor at a time and add."""
    if not isinstance(e, Partial) or not e.body.is_Mul:
        return None
    held = [a for a in e.body.args if varies(a, e.entry.tensor)]
    if len(held) < 2:
        return None
    rest = Mul(*(a for a in e.body.args if a not in held))
    return rest * Add(*(Mul(*(b for b in held if b is not a), Partial(_copy(a, e), e.entry)) for a in held))


@rule(r"\partial f(u)", r"f'(u)\,\partial u")
@everywhere
def scalar_function(e: Expr, facts: Facts) -> Expr | None:
    """The derivative of a function of one number, from its table, times the derivative inside."""
    if not isinstance(e, Partial):
        return None
    f = e.body
    if isinstance(f, Pow) and f.exp.is_number:
        return f.exp * f.base ** (f.exp - 1) * Partial(_copy(f.base, e), e.entry)
    if f.is_Function and not any(constant.atoms(Entry) for constant in f.args[1:]):
        return f.fdiff(1) * Partial(_copy(f.args[0], e), e.entry)
    return None


def _copy(inside: Expr, e: Expr) -> Expr:
    """The argument now stands twice: its bound indices are renamed in one copy."""
    return freshen(inside, names(e))


@rule(r"\partial\max_a f(a)", r"\sum_a[\,a=a^*\,]\,\partial f(a)")
@everywhere
def maximum(e: Expr, facts: Facts) -> Expr | None:
    """The gradient of a maximum goes to the first winner, in row-major order, and to no other entry."""
    if not isinstance(e, Partial) or not isinstance(e.body, MaxOver):
        return None
    m = freshen(e.body, names(e.entry)) if {i.name for i in e.body.bound} & names(e.entry) else e.body
    copy = freshen(m, names(m, e.entry))
    winner = Winner(copy.body, copy.guard, m.bound, *copy.ranges)
    return Sum(winner * Partial(m.body, e.entry), *m.ranges)


@rule(r"\frac{\partial x_I}{\partial x_J}", r"[\,I=J\,]")
@everywhere
def entry_rule(e: Expr, facts: Facts) -> Expr | None:
    """An entry's derivative with respect to itself is 1, to any other entry 0."""
    if not isinstance(e, Partial) or not isinstance(e.body, Entry):
        return None
    if e.body.tensor != e.entry.tensor:
        return None
    return Mul(*(Delta(x, y) for x, y in zip(e.body.at, e.entry.at, strict=True)))


# ------------------------------------------------------------------------------------------------ special functions
@rule(r"\sum_k t_k", "1")
@everywhere
def sums_to_one(e: Expr, facts: Facts) -> Expr | None:
    """The entries of a one-hot vector, as of every distribution, sum to one."""
    if not isinstance(e, Sum) or len(e.ranges) != 1 or not isinstance(e.body, Entry) or not e.body.at:
        return None
    ((i, n),) = e.ranges
    *lead, last = e.body.at
    whole = last == i and not any(x.has(i) for x in lead)
    return S.One if whole and facts.distributions.get(e.body.tensor) == n else None


@rule("t_k", r"[\,k=c\,]")
@everywhere
def one_hot(e: Expr, facts: Facts) -> Expr | None:
    """A one-hot vector is 1 at its target and 0 elsewhere."""
    if not isinstance(e, Entry) or e.tensor not in facts.targets or len(e.at) != 1:
        return None
    return Delta(e.at[0], Integer(facts.targets[e.tensor]))


@rule(r"c\,f+c\,g", r"c\,(f+g)")
def common_factor(e: Expr, facts: Facts) -> Expr | None:
    """What every term holds stands in front."""
    if not e.is_Add:
        return None
    terms = [Mul.make_args(a) for a in e.args]
    common = [f for f in terms[0] if not f.is_Rational and all(f in t for t in terms)]
    return Mul(*common, Add(*(Mul(*(f for f in t if f not in common)) for t in terms))) if common else None
