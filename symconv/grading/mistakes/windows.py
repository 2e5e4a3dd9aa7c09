"""The mistakes in reading windows and in adding up what they hand back, each a change of one equation."""

from math import prod

from sympy import Expr, Integer, Mul, Symbol

from symconv.derivation.entrywise import flat
from symconv.derivation.index import Binder, Entry, Iverson, Sum, Winner, freshen, names, primed, rebuild
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient
from symconv.grading.mistakes.case import Case, everywhere


def kernel_rotated(case: Case) -> Equation | None:
    """K[a, b] read, or its gradient written, at K[kh - 1 - a, kw - 1 - b]."""
    weight = case.roles.get("weight", "")
    if not case.dims or not weight:
        return None
    extents = case.operation.shape(weight)[-case.dims :]

    def rotated(x: Entry) -> Entry:
        if x.tensor not in (weight, gradient(weight)):
            return x
        taps = (n - 1 - i for i, n in zip(x.at[-case.dims :], extents, strict=True))
        return Entry(x.tensor, *x.at[: -case.dims], *taps)

    equation = case.equation
    return Equation(rotated(equation.entry), everywhere(equation.value, Entry, rotated), equation.ranges)


def steps_swapped(case: Case) -> Equation | None:
    """s and d exchanged."""
    pairs = [(s, d) for s, d in zip(case.option("stride"), case.option("dilation"), strict=False) if d.is_Symbol]
    return case.with_value(rebuild(case.equation.value, dict(pairs) | {d: s for s, d in pairs}))


def padding_forgotten(case: Case) -> Equation | None:
    """p = 0."""
    return case.with_value(rebuild(case.equation.value, {p: Integer(0) for p in case.option("padding") if p.is_Symbol}))


def last_window(case: Case) -> Equation | None:
    """Of the windows that add to an entry only the last one is left: = in place of +=."""
    return _one_window(case, last=True)


def first_window(case: Case) -> Equation | None:
    return _one_window(case, last=False)


def first_image(case: Case) -> Equation | None:
    return _one_image(case, last=False)


def last_image(case: Case) -> Equation | None:
    return _one_image(case, last=True)


def _one_image(case: Case, last: bool) -> Equation | None:
    return _one_term(case, case.outputs[:1], last) if case.batch and case.outputs else None


def _one_window(case: Case, last: bool) -> Equation | None:
    """Windows are counted by the output's position; where the sum is over taps, the last window has the first tap."""
    if not case.dims:
        return None
    changed = _one_term(case, case.outputs[-case.dims :], last)
    return changed if changed != case.equation else _one_term(case, _taps(case), not last)


def _taps(case: Case) -> tuple[Symbol, ...]:
    """The indices that run over a window."""
    weight = case.roles.get("weight")
    kernel = set(case.operation.shape(weight)[-case.dims :] if weight else case.option("kernel"))
    bound = [r for node in case.operation.equation.value.atoms(Binder) for r in node.ranges]
    return tuple(dict.fromkeys(i for i, n in bound if n in kernel))


def _one_term(case: Case, picked: tuple[Symbol, ...], last: bool) -> Equation | None:
    """Of each sum over `picked` only the last term, or the first, of those whose conditions hold."""
    if not case.backward:
        return None

    def one(e: Binder) -> Expr:
        ranges = tuple(r for r in e.ranges if r[0] in picked)
        if not ranges:
            return e
        used = names(e.body, *(x for r in (*case.equation.ranges, *e.ranges) for x in r))
        new = {i: primed(i, used) for i, _ in ranges}
        tests = Mul(*(f for f in Mul.make_args(e.body) if isinstance(f, Iverson | Winner)))
        holds = rebuild(freshen(tests, {*used, *(i.name for i in new.values())}), new)
        number = flat(ranges)
        rank = (1 + number if last else prod(n for _, n in ranges) - number).xreplace(new)
        copies = ((new[i], n) for i, n in ranges)
        return Sum(e.body * Winner(holds * rank, Integer(1), tuple(i for i, _ in ranges), *copies), *e.ranges)

    return case.with_value(everywhere(case.equation.value, Sum, one))
