"""How each node of the index algebra is evaluated: it becomes a closure over the closures of its arguments."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce, singledispatch
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, erf, exp, log
from sympy.core.numbers import Pi

from symconv.array import indices
from symconv.derivation.functions import Named, relu, step
from symconv.derivation.index import Entry, Iverson, MaxOver, Partial, Quot, Sum, Winner
from symconv.errors import Broken
from symconv.evaluation.dual import Dual, Index, dual
from symconv.evaluation.loops import looped
from symconv.evaluation.scope import CONDITIONS, Env, Scope, Value


@singledispatch
def value_of(e: Any, scope: Scope) -> Value:
    """The closure that gives e its value, the values of its indices and sizes being known."""
    raise Broken(f"no value is defined for {type(e).__name__}: {e}")


@value_of.register
def value_symbol(e: Symbol, scope: Scope) -> Value:
    name = e.name
    return lambda env: env[name]


@value_of.register
def value_integer(e: Integer, scope: Scope) -> Value:
    n = int(e)
    return lambda env: n


@value_of.register
def value_rational(e: Rational, scope: Scope) -> Value:
    n = scope.arithmetic.rational(Fraction(int(e.p), int(e.q)))
    return lambda env: n


@value_of.register
def value_entry(e: Entry, scope: Scope) -> Value:
    name = e.tensor
    if all(i.is_Symbol for i in e.at):
        letters = [i.name for i in e.at]
        return lambda env: scope.tensors[name][tuple([env[i] for i in letters])]
    at = [scope.closure(i) for i in e.at]
    return lambda env: scope.tensors[name][tuple([f(env) for f in at])]


def _affine(e: Expr) -> Value | None:
    """A subscript or a size such as 2 i + a - 1, in plain integers: nothing is evaluated more often. Else None."""
    constant, rest = e.as_coeff_Add()
    terms = [t.as_coeff_Mul() for t in Add.make_args(rest)]
    if not constant.is_Integer or not all(k.is_Integer and x.is_Symbol for k, x in terms):
        return None
    c, parts = int(constant), [(int(k), x.name) for k, x in terms]
    if len(parts) == 1:
        ((k, i),) = parts
        return lambda env: k * env[i] + c
    if len(parts) == 2:
        (k, i), (m, j) = parts
        return lambda env: k * env[i] + m * env[j] + c
    return lambda env: sum([n * env[x] for n, x in parts], c)


@value_of.register
def value_add(e: Add, scope: Scope) -> Value:
    if affine := _affine(e):
        return affine
    first, *parts = (scope.closure(a) for a in e.args)
    add = scope.arithmetic.add
    return lambda env: reduce(add, [f(env) for f in parts], first(env))


@value_of.register
def value_mul(e: Mul, scope: Scope) -> Value:
    if affine := _affine(e):
        return affine
    conditions = [scope.closure(a) for a in e.args if isinstance(a, Iverson)]
    winners = [scope.closure(a) for a in e.args if isinstance(a, Winner)]
    others = [scope.closure(a) for a in e.args if not isinstance(a, Iverson | Winner)]

    def value(env: Env) -> Any:
        for f in (*conditions, *winners):
            if f(env) == 0:
                return 0
        out: Any = 1
        for f in others:
            out = out * f(env)
        return out

    return value


@value_of.register
def value_pow(e: Pow, scope: Scope) -> Value:
    if not e.exp.is_Rational:
        raise Broken(f"no value is defined for {e}")
    base, n = scope.closure(e.base), int(e.exp) if e.exp.is_Integer else Fraction(int(e.exp.p), int(e.exp.q))

    def value(env: Env) -> Any:
        x = base(env)
        if isinstance(x, Dual):
            return x.along(scope.arithmetic.power(x.v, n), n * scope.arithmetic.power(x.v, n - 1))
        return scope.arithmetic.power(x, n)

    return value


@value_of.register
def value_sum(e: Sum, scope: Scope) -> Value:
    return looped(e, scope)


@value_of.register
def value_max(e: MaxOver, scope: Scope) -> Value:
    of = compared(e, scope)
    return lambda env: scope.arithmetic.maximum([x for _, x in of(env)])


@value_of.register
def value_winner(e: Winner, scope: Scope) -> Value:
    of, at = largest(e, scope), [scope.closure(i) for i in e.at]
    return lambda env: int(of(env) == tuple([f(env) for f in at]))


def largest(e: MaxOver | Winner, scope: Scope) -> Callable[[Env], Index]:
    """The place of the first largest body in row-major order."""
    of = compared(e, scope)

    def place(env: Env) -> Index:
        found = of(env)
        return found[scope.arithmetic.first_largest([x for _, x in found])][0]

    return place


def compared(e: MaxOver | Winner, scope: Scope) -> Callable[[Env], list[tuple[Index, Any]]]:
    """The bodies whose guard holds, each with its place, in row-major order."""
    guard, body = scope.closure(e.guard), scope.closure(e.body)
    names, extents = [i.name for i, _ in e.ranges], [scope.closure(n) for _, n in e.ranges]

    def bodies(env: Env) -> list[tuple[Index, Any]]:
        found = []
        inner = dict(env)
        for at in indices([f(env) for f in extents]):
            inner.update(zip(names, at, strict=True))
            if guard(inner) != 0:
                found.append((at, body(inner)))
        if not found:
            raise Broken(f"a maximum over an empty window: {e}")
        return found

    return bodies


@value_of.register
def value_iverson(e: Iverson, scope: Scope) -> Value:
    first, second = (scope.closure(a) for a in e.args)
    holds = CONDITIONS[type(e)]
    seen = scope.seen.setdefault(e, set())

    def value(env: Env) -> int:
        out = int(holds(first(env), second(env)))
        seen.add(out)
        return out

    return value


@value_of.register
def value_quotient(e: Quot, scope: Scope) -> Value:
    first, second = (scope.closure(a) for a in e.args)
    return lambda env: first(env) // second(env)


@value_of.register
def value_relu(e: relu, scope: Scope) -> Value:
    inside = scope.closure(e.args[0])
    return lambda env: scope.arithmetic.positive_part(inside(env))


@value_of.register
def value_step(e: step, scope: Scope) -> Value:
    inside = scope.closure(e.args[0])
    return lambda env: int(scope.arithmetic.positive(dual(inside(env)).v))


@value_of.register
def value_named(e: Named, scope: Scope) -> Value:
    whole, number = scope.closure(e.definition()), scope.arithmetic
    if not number.rounds:
        return whole
    inside = scope.closure(e.args[0])
    return lambda env: number.function(inside(env), whole(env))


@value_of.register
def value_pi(e: Pi, scope: Scope) -> Value:
    return lambda env: scope.arithmetic.pi()


Unary = Callable[[Any], Any]


def _smooth(inside: Value, function: Unary, slope: Callable[[Any, Any], Any]) -> Value:
    """f of a number, of a dual one with its derivative `slope(x, f(x))`."""

    def value(env: Env) -> Any:
        x = inside(env)
        if isinstance(x, Dual):
            y = function(x.v)
            return x.along(y, slope(x.v, y))
        return function(x)

    return value


@value_of.register
def value_exp(e: exp, scope: Scope) -> Value:
    return _smooth(scope.closure(e.args[0]), scope.arithmetic.exp, lambda x, y: y)


@value_of.register
def value_log(e: log, scope: Scope) -> Value:
    return _smooth(scope.closure(e.args[0]), scope.arithmetic.log, lambda x, y: scope.arithmetic.power(x, -1))


@value_of.register
def value_erf(e: erf, scope: Scope) -> Value:
    """erf' = 2 e^(-x^2) / sqrt(pi)."""
    number = scope.arithmetic

    def slope(x: Any, y: Any) -> Any:
        return 2 * number.exp(-(x * x)) * number.power(number.pi(), Fraction(-1, 2))

    return _smooth(scope.closure(e.args[0]), number.erf, slope)


@value_of.register
def value_partial(e: Partial, scope: Scope) -> Value:
    body, name = scope.closure(e.body), e.entry.tensor
    at = [scope.closure(i) for i in e.entry.at]
    free = sorted(i.name for i in e.body.free_symbols)
    known: dict[Index, Mapping[Index, Any]] = {}  # one evaluation holds the derivatives for every entry

    def value(env: Env) -> Any:
        here = tuple([env[i] for i in free])
        if here not in known:
            with scope.perturbed(name):
                known[here] = dual(body(env)).d
        return known[here].get(tuple([f(env) for f in at]), 0)

    return value
