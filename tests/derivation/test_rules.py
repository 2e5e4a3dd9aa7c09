"""Every rule: its law, its reason, one expression that it rewrites and one that it leaves alone."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sympy import Expr, Integer, Pow, exp, log

from symconv.derivation import equations
from symconv.derivation.definitions import fold
from symconv.derivation.derive import DIFFERENTIATE, LAWS, SIMPLIFY
from symconv.derivation.equations import Equation
from symconv.derivation.functions import relu, step
from symconv.derivation.index import Delta, Div, Entry, In, MaxOver, Partial, Quot, Sum, Winner, extent, index, primed
from symconv.derivation.rules import (
    RULES,
    Facts,
    Rule,
    gradient,
    linearity,
    product_rule,
    scalar_function,
    sums_to_one,
    varies,
)
from symconv.derivation.sums import flip
from symconv.errors import Broken

i, j, k, m, a, h = (index(c) for c in "ijkmah")
n, K, M, s, V = extent("n"), extent("K"), extent("M"), extent("s"), extent("V")
i1, k1, m1, a1 = (primed(c, {c.name}) for c in (i, k, m, a))
L, X = Entry("L"), Entry("X", h)
NOTHING = Facts()
SOFTMAX = equations.softmax().equation
C = SOFTMAX.ranges[0][1]
SUM_OF_EXP = Sum(exp(Entry("z", m)), (m, C))
LINE = Equation(Entry("Y", i), Sum(Entry("K", a) * Entry("X", i + a), (a, K)), ((i, n),))


def x(*at: object) -> Entry:
    return Entry("x", *at)


def y(*at: object) -> Entry:
    return Entry("y", *at)


@dataclass(frozen=True)
class Example:
    """before becomes after; `idle` stays."""

    before: Expr
    after: Expr
    idle: Expr
    facts: Facts = NOTHING


READER = Facts(equations={"Y": LINE}, readers=("Y",))
HIGHEST = MaxOver(x(a), In(a, n), (a, K))
EXAMPLES: dict[str, Example] = {
    "match": Example(
        Sum(Delta(i, k) * x(i) * y(i + 1), (i, n)), x(k) * y(k + 1), Sum(Delta(2 * i, k) * x(i), (i, n)),
        Facts(ranges=((k, n),)),
    ),
    "chain_rule": Example(
        Partial(L, Entry("X", i)),
        Sum(Entry("∂Y", i1) * Partial(Entry("Y", i1), Entry("X", i)), (i1, n)),
        Partial(Entry("Y", i) + 1, X),
        READER,
    ),
    "definition": Example(
        Partial(Entry("Y", j), X),
        Partial(Sum(Entry("K", a) * Entry("X", j + a), (a, K)), X),
        Partial(Entry("X", j), X),
        READER,
    ),
    "linearity": Example(
        Partial(2 * Sum(y(i) * x(i), (i, n)) + y(k), x(i)),
        2 * Sum(y(i1) * Partial(x(i1), x(i)), (i1, n)),
        Partial(x(i) * x(j), x(k)),
    ),
    "product_rule": Example(
        Partial(y(k) * x(i) * x(j), x(k)),
        y(k) * (x(j) * Partial(x(i), x(k)) + x(i) * Partial(x(j), x(k))),
        Partial(y(i) * x(i), x(k)),
    ),
    "scalar_function": Example(
        Partial(exp(x(i)), x(k)), exp(x(i)) * Partial(x(i), x(k)), Partial(x(i) + exp(x(i)), x(k))
    ),
    "maximum": Example(
        Partial(HIGHEST, x(k)),
        Sum(Winner(x(a1), In(a1, n), (a,), (a1, K)) * Partial(x(a), x(k)), (a, K)),
        Partial(x(a), x(k)),
    ),
    "entry_rule": Example(
        Partial(x(i, 2 * j), x(k, m)), Delta(i, k) * Delta(2 * j, m), Partial(y(i), x(k))
    ),
    "one_sum": Example(
        Sum(x(i) * Sum(y(j), (j, K)), (i, n)), Sum(x(i) * y(j), (i, n), (j, K)), Sum(x(i) * y(j), (i, n), (j, K))
    ),
    "pairs": Example(
        Sum(Delta(i * V + j, k * V + m) * x(i, j), (i, n), (j, V)),
        Sum(Delta(i, k) * Delta(j, m) * x(i, j), (i, n), (j, V)),
        Sum(Delta(i * V + j, k * K + m) * x(i, j), (i, n), (j, V)),
        Facts(ranges=((k, n), (m, V))),
    ),
    "sift": Example(
        Sum(Delta(s * i, k) * x(i), (i, n)),
        Div(k, s) * In(Quot(k, s), n) * x(Quot(k, s)),
        Sum(Delta(k, m) * x(i), (i, n)),
    ),
    "domains": Example(
        Sum(In(i, n) * In(i + a, n + K) * x(i), (i, n), (a, K)),
        Sum(x(i), (i, n), (a, K)),
        Sum(In(i + 1, n) * x(i), (i, n)),
    ),
    "hoist": Example(
        Sum(x(i) * y(j) * x(k), (i, n), (j, K)),
        x(k) * Sum(x(i), (i, n)) * Sum(y(j), (j, K)),
        Sum(x(i, j), (i, n), (j, K)),
    ),
    "sums_to_one": Example(
        y(k) * Sum(Entry("t", i), (i, n)) - x(k), y(k) - x(k), Sum(Entry("t", i), (i, K)), Facts(distributions={"t": n})
    ),
    "one_hot": Example(
        Sum(Entry("t", k) * x(k), (k, n)),
        Sum(Delta(k, Integer(2)) * x(k), (k, n)),
        Sum(x(k), (k, n)),
        Facts(targets={"t": 2}),
    ),
    "fold": Example(
        exp(Entry("z", j)) * x(j) / SUM_OF_EXP, x(j) * y(j), exp(Entry("z", j)) / Sum(exp(x(m)), (m, C)),
        Facts(equations={"y": SOFTMAX}),
    ),
    "common_factor": Example(x(k) * y(k) / n - x(k) / n, x(k) * (y(k) - 1) / n, x(k) - y(k)),
    "flip": Example(Sum(x(i, k), (i, n)), Sum(x(n - 1 - i, k), (i, n)), x(k)),
}  # fmt: skip


def uncovered(rules: dict[str, Rule]) -> set[str]:
    return set(rules) - set(EXAMPLES)


def test_every_rule_has_an_example() -> None:
    assert uncovered(RULES) == set()
    assert set(EXAMPLES) == set(RULES)


def test_a_rule_without_an_example_is_noticed() -> None:
    assert uncovered(RULES | {"new_rule": RULES["sift"]}) == {"new_rule"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_rule_rewrites_its_example(name: str) -> None:
    example = EXAMPLES[name]
    assert RULES[name](example.before, example.facts) == example.after


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_rule_says_so_where_it_does_not_apply(name: str) -> None:
    example = EXAMPLES[name]
    assert RULES[name](example.idle, example.facts) is None


@pytest.mark.parametrize("name", RULES)
def test_a_rule_carries_its_law_and_its_reason(name: str) -> None:
    rule = RULES[name]
    assert rule.name == name
    assert "=" in rule.law and rule.law.count("{") == rule.law.count("}")
    assert rule.reason.endswith(".") and "\n" not in rule.reason


def test_every_rule_has_its_place_among_the_laws() -> None:
    assert sorted(rule.name for rule in LAWS) == sorted(RULES)


def test_a_derivation_uses_only_registered_rules() -> None:
    assert all(RULES[rule.name].law == rule.law for rule in (*DIFFERENTIATE, *SIMPLIFY, flip))


def test_a_gradients_name_is_no_users_name() -> None:
    assert gradient("U") == "∂U"


def test_an_expression_varies_with_the_tensors_that_it_reads() -> None:
    assert varies(Sum(y(i) * x(i + 1), (i, n)), "x")
    assert not varies(y(i), "x")


def test_which_entry_is_the_largest_does_not_vary() -> None:
    largest = Winner(x(k), 1, (i,), (k, n))
    assert not varies(largest, "x") and varies(largest * x(i), "x")
    assert linearity(Partial(largest * y(i), x(j)), Facts()) == 0


# ------------------------------------------------------------------------------------------------ scalar functions
@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (log, lambda u: 1 / u),
        (exp, exp),
        (relu, step),
        (lambda u: u**3, lambda u: 3 * u**2),
        (lambda u: Pow(u, -1), lambda u: -(u**-2)),
    ],
)
def test_scalar_functions_come_from_their_table(f: Callable[[Expr], Expr], slope: Callable[[Expr], Expr]) -> None:
    assert scalar_function(Partial(f(x(i)), x(k)), NOTHING) == slope(x(i)) * Partial(x(i), x(k))


def test_an_argument_that_now_stands_twice_shares_no_index() -> None:
    inside = Sum(x(i), (i, n))
    after = scalar_function(Partial(log(inside), x(k)), NOTHING)
    assert after == Partial(Sum(x(i1), (i1, n)), x(k)) / inside


def test_a_product_of_three_has_three_terms() -> None:
    after = product_rule(Partial(x(i) * x(j) * x(m), x(k)), NOTHING)
    assert after is not None and len(after.args) == 3


def test_what_does_not_hold_the_tensor_has_no_derivative() -> None:
    assert linearity(Partial(y(i) * log(y(j)), x(k)), NOTHING) == 0


# ------------------------------------------------------------------------------------------------ definitions
def test_a_composed_axis_reads_as_the_equations_own() -> None:
    operation = equations.conv(1)
    facts = Facts(equations={"Y": operation.equation})
    wrong = Entry("Y", *(at + 1 for at in operation.equation.entry.at))
    with pytest.raises(Broken, match="does not read as"):
        RULES["definition"](Partial(wrong, Entry("K", i, j, k)), facts)


@pytest.mark.parametrize(
    "e",
    [
        Sum(Entry("t", 2 * i), (i, n)),
        Sum(Entry("t", i), (i, n - 1)),
        Sum(Entry("t", i), (i, n), (j, K)),
        Sum(Entry("t", i) ** 2, (i, n)),
        Sum(2 * Entry("t", i), (i, n)),
        Sum(x(i), (i, n)),
        Sum(Entry("t", k), (i, n)),
    ],
)
def test_only_a_whole_distribution_sums_to_one(e: Expr) -> None:
    assert sums_to_one(e, Facts(distributions={"t": n})) is None


def test_a_definition_is_recognised_whatever_its_indices_are_called() -> None:
    facts = Facts(equations={"y": SOFTMAX})
    assert fold(exp(Entry("z", i)) / Sum(exp(Entry("z", j)), (j, C)), facts) == y(i)
    assert fold(-exp(Entry("z", i)) * x(k) / SUM_OF_EXP, facts) == -x(k) * y(i)
    assert fold(exp(Entry("z", i)) / SUM_OF_EXP**2, facts) == y(i) / SUM_OF_EXP
    assert fold(exp(Entry("z", i)) * SUM_OF_EXP, facts) is None


@pytest.mark.parametrize(
    "denominator",
    [
        Sum(exp(Entry("z", m)), (m, C + 1)),
        Sum(exp(2 * Entry("z", m)), (m, C)),
        Sum(exp(Entry("z", m + 1)), (m, C)),
        Sum(Entry("z", m), (m, C)),
        SUM_OF_EXP + 1,
    ],
)
def test_another_denominator_is_no_softmax(denominator: Expr) -> None:
    assert fold(exp(Entry("z", i)) / denominator, Facts(equations={"y": SOFTMAX})) is None
