"""The classic mistakes, each a change of one equation: a layer's own, or the one that was derived for a gradient.

The wrong numbers are then computed from the changed equation by the same machinery as the right ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

from sympy import Expr, Integer, Rational

from symconv.derivation.functions import relu, step
from symconv.derivation.index import Entry, MaxOver, Sum, Winner, names, primed, rebuild
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient, original, reader, without_gradient
from symconv.derivation.traits import is_masked
from symconv.grading.mistakes.case import Case, everywhere
from symconv.grading.mistakes.pointwise import (
    bound_forgotten,
    derivative_forgotten,
    derivative_of_input,
    derivative_of_output,
    product_rule_forgotten,
    scale_forgotten,
    stop_forgotten,
    variance_unbiased,
)
from symconv.grading.mistakes.sums import (
    bias_averaged,
    factor_forgotten,
    images_averaged,
    images_forgotten,
    jacobian_diagonal,
    log_base_2,
    log_base_10,
    mean_forgotten,
    scores_averaged,
    weight_averaged,
)
from symconv.grading.mistakes.windows import (
    first_image,
    first_window,
    kernel_rotated,
    last_image,
    last_window,
    padding_forgotten,
    steps_swapped,
)
from symconv.grading.reasons import Reason
from symconv.worked.stages import LOSS


@dataclass(frozen=True)
class Mistake:
    """`name`: its sentence in the catalogues; `change` makes it, None where there is nothing to get wrong."""

    name: str
    change: Callable[[Case], Equation | None]


# ------------------------------------------------------------------------------------------------ layers
def mask_forgotten(case: Case) -> Equation | None:
    """[x > 0] -> 1, and max(0, x) -> x."""
    if not is_masked(case.operation):
        return None
    value = everywhere(case.equation.value, step, lambda e: Integer(1))
    return case.with_value(everywhere(value, relu, lambda e: e.args[0]))


def mask_inverted(case: Case) -> Equation | None:
    return _masked(case, lambda e: 1 - e)


def mask_of_gradient(case: Case) -> Equation | None:
    """[x > 0] asked of the gradient that comes in."""
    own = Entry(gradient(case.stage.output), *case.operation.equation.entry.at)
    return _masked(case, lambda e: step(own))


def mask_at_zero(case: Case) -> Equation | None:
    """[x >= 0]."""
    return _masked(case, lambda e: 1 - step(-e.args[0]))


def _masked(case: Case, change: Callable[[Expr], Expr]) -> Equation | None:
    return case.with_value(everywhere(case.equation.value, step, change)) if is_masked(case.operation) else None


def winners_all(case: Case) -> Equation | None:
    return _won(case, lambda e: Integer(1))


def winners_share(case: Case) -> Equation | None:
    return _won(case, lambda e: 1 / prod(n for _, n in e.ranges))


def winners_tied(case: Case) -> Equation | None:
    """Each entry that no other is greater than: 1 - [the largest > the entry]."""

    def tied(e: Winner) -> Expr:
        here = rebuild(e.body, dict(zip(e.bound, e.at, strict=True)))
        return 1 - step(MaxOver(e.body, e.guard, *e.ranges) - here)

    return _won(case, tied)


def winners_split(case: Case) -> Equation | None:
    """Of several entries that none is greater than each gets the same part."""

    def part(e: Winner) -> Expr:
        used = names(e, case.equation.value, *(x for r in case.equation.ranges for x in r))
        new = {i: primed(i, used) for i in e.bound}
        largest = MaxOver(e.body, e.guard, *e.ranges)
        here = rebuild(e.body, dict(zip(e.bound, e.at, strict=True)))
        there, counts = rebuild(e.body, new), rebuild(e.guard, new)
        tied = Sum(counts * (1 - step(largest - there)), *((new[i], n) for i, n in e.ranges))
        return (1 - step(largest - here)) / tied

    return _won(case, part)


def _won(case: Case, change: Callable[[Expr], Expr]) -> Equation | None:
    return case.with_value(everywhere(case.equation.value, Winner, change))


def matrix_transposed(case: Case) -> Equation | None:
    """W[k, m] -> W[m, k], in a linear layer whose matrix is square."""
    weight = case.roles.get("weight", "")
    sizes, shape = dict(case.stage.sizes), case.operation.shape(weight) if weight else ()
    if case.stage.kind != "linear" or len({n.xreplace(sizes) for n in shape}) != 1:
        return None
    turn = _renamed_entry(weight, lambda x: Entry(x.tensor, *reversed(x.at)))
    return case.with_value(everywhere(case.equation.value, Entry, turn))


def bias_forgotten(case: Case) -> Equation | None:
    return case.with_value(everywhere(case.equation.value, Entry, _renamed_entry(case.roles.get("bias", ""), _zero)))


def chain_forgotten(case: Case) -> Equation | None:
    """The gradient that comes in -> 1."""
    one = _renamed_entry(gradient(case.stage.output), lambda x: Integer(1))
    return case.with_value(everywhere(case.equation.value, Entry, one)) if case.stage.kind != "copies" else None


def weights_updated(case: Case) -> Equation | None:
    """W - a dL/dW in place of W on the way back."""
    weight = case.roles.get("weight", "")
    if not case.backward or original(weight) != weight:
        return None
    rate = Rational(case.rate.numerator, case.rate.denominator)
    moved = _renamed_entry(weight, lambda x: x - rate * Entry(gradient(weight), *x.at))
    return case.with_value(everywhere(case.equation.value, Entry, moved))


def _renamed_entry(tensor: str, change: Callable[[Entry], Expr]) -> Callable[[Entry], Expr]:
    return lambda x: change(x) if x.tensor == tensor else x


def _zero(x: Entry) -> Expr:
    return Integer(0)


# ------------------------------------------------------------------------------------------------ the loss
def target_forgotten(case: Case) -> Equation | None:
    """t -> 0: y in place of y - t."""
    if LOSS not in case.operation.outputs or not case.backward:
        return None
    return case.with_value(everywhere(case.equation.value, Entry, _renamed_entry(case.roles.get("target", ""), _zero)))


def two_forgotten(case: Case) -> Equation | None:
    """The factor 2 of a square's derivative."""
    if case.stage.kind != "mean_squared_error" or not case.backward:
        return None
    return case.with_value(case.equation.value / 2)


STEPS_SWAPPED, LOG_BASES = "steps_swapped", ("log_base_2", "log_base_10")
SELDOM = ("weights_updated", "scores_averaged", *LOG_BASES)  # in a gradient that is computed by hand
MISTAKES: tuple[Mistake, ...] = (
    Mistake("mask_forgotten", mask_forgotten),
    Mistake("derivative_forgotten", derivative_forgotten),
    Mistake("derivative_of_input", derivative_of_input),
    Mistake("derivative_of_output", derivative_of_output),
    Mistake("stop_forgotten", stop_forgotten),
    Mistake("product_rule_forgotten", product_rule_forgotten),
    Mistake("bound_forgotten", bound_forgotten),
    Mistake("kernel_rotated", kernel_rotated),
    Mistake(STEPS_SWAPPED, steps_swapped),
    Mistake("padding_forgotten", padding_forgotten),
    Mistake("target_forgotten", target_forgotten),
    Mistake("mean_forgotten", mean_forgotten),
    Mistake("images_forgotten", images_forgotten),
    Mistake("two_forgotten", two_forgotten),
    Mistake("winners_all", winners_all),
    Mistake("winners_share", winners_share),
    Mistake("winners_tied", winners_tied),
    Mistake("winners_split", winners_split),
    Mistake("scale_forgotten", scale_forgotten),
    Mistake("variance_unbiased", variance_unbiased),
    Mistake("jacobian_diagonal", jacobian_diagonal),
    Mistake("factor_forgotten", factor_forgotten),
    Mistake("matrix_transposed", matrix_transposed),
    Mistake("last_window", last_window),
    Mistake("first_window", first_window),
    Mistake("last_image", last_image),
    Mistake("first_image", first_image),
    Mistake("mask_inverted", mask_inverted),
    Mistake("mask_of_gradient", mask_of_gradient),
    Mistake("mask_at_zero", mask_at_zero),
    Mistake("chain_forgotten", chain_forgotten),
    Mistake("bias_forgotten", bias_forgotten),
    Mistake("weight_averaged", weight_averaged),
    Mistake("bias_averaged", bias_averaged),
    Mistake("images_averaged", images_averaged),
    Mistake("scores_averaged", scores_averaged),
    Mistake("weights_updated", weights_updated),
    Mistake(LOG_BASES[0], log_base_2),
    Mistake(LOG_BASES[1], log_base_10),
)
ONE_PATH = "one_path"


def changes(case: Case) -> Iterator[tuple[Reason, Equation]]:
    """Each mistake that changes the equation, with the wrong equation."""
    parts = {role: original(case.roles.get(role, "")) for role in ("input", "weight", "bias")}
    parts |= {
        "output": original(case.stage.output),
        "tensor": original(without_gradient(case.equation.entry.tensor)),
    }
    for mistake in MISTAKES:
        changed = mistake.change(case)
        if changed is not None and changed != case.equation:
            yield Reason.of(mistake.name, **parts), changed
    yield from _paths(case)


def _paths(case: Case) -> Iterator[tuple[Reason, Equation]]:
    """Of a tensor that several operations read, the way through one of them only."""
    if case.stage.kind != "copies" or not case.backward:
        return
    entries = case.equation.value.atoms(Entry)
    for copy in case.operation.outputs:
        gone = {gradient(t) for t in case.operation.outputs if t != copy}
        value = rebuild(case.equation.value, {x: Integer(0) for x in entries if x.tensor in gone})
        yield Reason.of(ONE_PATH, reader=reader(copy)[0]), case.with_value(value)
