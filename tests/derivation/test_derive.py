"""The gradients that the rules arrive at, written out as a textbook has them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pointwise import pointwise
from sympy import Expr, Symbol

from symconv.derivation import equations
from symconv.derivation.derive import derive, gradients
from symconv.derivation.equations import Operation
from symconv.derivation.functions import step
from symconv.derivation.index import Delta, Div, Entry, In, Partial, Quot, Sum, Winner, primed
from symconv.derivation.rules import RULES
from symconv.errors import Broken

ROOT = Path(__file__).parents[2]
SOFTMAX = equations.softmax().equation


class Letter:
    """An operation's symbols by name: `s["sh"]`; a prime is added to the index without one."""

    def __init__(self, operation: Operation) -> None:
        found = {s for _, shape in operation.shapes for n in shape for s in n.free_symbols} | set(operation.sizes)
        found |= operation.equation.value.atoms(Symbol) | operation.equation.entry.atoms(Symbol)
        found |= {s for t in operation.targets for i, _ in t.ranges for s in i.free_symbols}
        self.known = {s.name: s for s in found}

    def __getitem__(self, names: str) -> tuple[Symbol, ...]:
        return tuple(self._one(name) for name in names.split())

    def _one(self, name: str) -> Symbol:
        plain = self.known[name.rstrip("'")]
        return primed(plain, {name[:k] for k in range(1, len(name))}) if name.endswith("'") else plain


def read(out: Symbol, stride: Symbol, tap: Symbol, dilation: Symbol, pad: Symbol) -> Expr:
    return out * stride + tap * dilation - pad


def conv_kernel(s: Letter) -> Expr:
    i, j, a, b, sh, sw, dh, dw, pt, pl, H, W, Ho, Wo = s["i j a b sh sw dh dw pt pl H W Ho Wo"]
    h, w = read(i, sh, a, dh, pt), read(j, sw, b, dw, pl)
    return Sum(Entry("∂Y", i, j) * Entry("X", h, w) * In(h, H) * In(w, W), (i, Ho), (j, Wo))


def conv_bias(s: Letter) -> Expr:
    i, j, Ho, Wo = s["i j Ho Wo"]
    return Sum(Entry("∂Y", i, j), (i, Ho), (j, Wo))


def conv_input(s: Letter) -> Expr:
    """The place from which a tap reads h is an output only if the stride divides, and if it lies inside."""
    h, w, a, b, sh, sw, dh, dw, pt, pl, kh, kw, Ho, Wo = s["h w a b sh sw dh dw pt pl kh kw Ho Wo"]
    up, left = h + pt - a * dh, w + pl - b * dw
    i, j = Quot(up, sh), Quot(left, sw)
    guard = Div(up, sh) * Div(left, sw) * In(i, Ho) * In(j, Wo)
    return Sum(guard * Entry("K", a, b) * Entry("∂Y", i, j), (a, kh), (b, kw))


def conv1d_input(s: Letter) -> Expr:
    n, g, o, c, w, b, sw, dw, pl, kw, Og, Wo = s["n g o c w b sw dw pl kw Og Wo"]
    left = w + pl - b * dw
    guard = Div(left, sw) * In(Quot(left, sw), Wo)
    return Sum(guard * Entry("K", g * Og + o, c, b) * Entry("∂Y", n, g * Og + o, Quot(left, sw)), (o, Og), (b, kw))


def conv1d_kernel(s: Letter) -> Expr:
    n, g, o, c, j, b, sw, dw, pl, N, Og, Cg, W, Wo = s["n g o c j b sw dw pl N Og Cg W Wo"]
    w = read(j, sw, b, dw, pl)
    return Sum(In(w, W) * Entry("X", n, g * Cg + c, w) * Entry("∂Y", n, g * Og + o, j), (n, N), (j, Wo))


def relu_input(s: Letter) -> Expr:
    i, j = s["i j"]
    return step(Entry("S", i, j)) * Entry("∂P", i, j)


def global_pool(s: Letter) -> Expr:
    r, w, H, W = s["r w H W"]  # h names the output: the row takes its next letter
    a, b = s["a' b'"]
    return Winner(Entry("P", a, b), 1, (r, w), (a, H), (b, W)) * Entry("∂h", 0, 0)


def linear_input(s: Letter) -> Expr:
    i, j, k, K, W = s["i j k K W_"]
    return Sum(Entry("W", k, W * i + j) * Entry("∂z", k), (k, K))


def linear_weight(s: Letter) -> Expr:
    i, j, k = s["i j k"]
    return Entry("∂z", k) * Entry("x", i, j)


def loss_logits(s: Letter) -> Expr:
    (k,) = s["k"]
    return Entry("y", k) - Entry("t", k)


CONV, CONV1, RELU = equations.conv(2, channels=False), equations.conv(1), pointwise("relu", "ij")
LINEAR, LOSS, POOL = equations.linear("ij", bias=True), equations.cross_entropy(), equations.global_max_pool(2)
FINAL: dict[str, tuple[Operation, str, Callable[[Letter], Expr]]] = {
    "dK": (CONV, "K", conv_kernel),
    "dbias": (CONV, "bias", conv_bias),
    "dX": (CONV, "X", conv_input),
    "dX with channels": (CONV1, "X", conv1d_input),
    "dK with channels": (CONV1, "K", conv1d_kernel),
    "relu": (RELU, "S", relu_input),
    "global max pool": (POOL, "P", global_pool),
    "linear, input": (LINEAR, "x", linear_input),
    "linear, weight": (LINEAR, "W", linear_weight),
    "linear, bias": (LINEAR, "b", lambda s: Entry("∂z", *s["k"])),
    "cross entropy": (LOSS, "z", loss_logits),
}


@pytest.mark.parametrize("name", FINAL)
def test_the_result_is_the_textbooks(name: str) -> None:
    operation, tensor, expected = FINAL[name]
    d = derive(operation, tensor, {"y": SOFTMAX} if operation is LOSS else None)
    assert d.equation.value == expected(Letter(operation))


def test_a_windowed_maximum_asks_which_windows_an_entry_won() -> None:
    operation = equations.max_pool(1)
    d = derive(operation, "P")
    assert len(d.equation.value.atoms(Winner)) == 1
    assert not d.equation.value.atoms(Delta, Partial)


OPERATIONS = [CONV, CONV1, RELU, POOL, LINEAR, LOSS, equations.max_pool(2), equations.linear("m"), equations.conv(3)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
def test_every_operand_with_a_target_has_a_finished_gradient(operation: Operation) -> None:
    made = gradients(operation, {"y": SOFTMAX})
    assert [d.entry for d in made] == [Entry("∂" + t.entry.tensor, *t.entry.at) for t in operation.targets]
    for d, target in zip(made, operation.targets, strict=True):
        assert d.steps[0].before == Partial(Entry("L"), target.entry)
        assert not d.equation.value.atoms(Delta, Partial)
        assert all(s.rule in RULES and s.before != s.after for s in d.steps)
        assert d.ranges == target.ranges


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
def test_deriving_twice_gives_the_same(operation: Operation) -> None:
    assert gradients(operation, {"y": SOFTMAX}) == gradients(operation, {"y": SOFTMAX})


def test_without_the_softmax_its_definition_stays() -> None:
    assert {x.tensor for x in derive(LOSS, "z").equation.value.atoms(Entry)} == {"z", "t"}


def test_what_no_rule_differentiates_is_named() -> None:
    class Unknown(Expr):
        """A node without a rule."""

    from_nowhere = equations.Equation(
        Entry("P", *RELU.equation.entry.at), Unknown(Entry("S", *RELU.equation.entry.at)), ()
    )
    strange = Operation("strange", from_nowhere, RELU.shapes, RELU.targets)
    with pytest.raises(Broken, match="no rule differentiates"):
        derive(strange, "S")


PRINT = """
from symconv.derivation import equations
from symconv.derivation.derive import gradients
named = {"y": equations.softmax().equation}
for operation in (equations.conv(2), equations.max_pool(2), equations.linear("ij"), equations.cross_entropy()):
    for d in gradients(operation, named if operation.name == "cross_entropy" else None):
        for s in d.steps:
            print(s.rule, s.after)
"""


def test_the_order_of_sets_is_nowhere_seen() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT],
            env=os.environ | {"PYTHONHASHSEED": seed}, cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(printed) == 1 and "sift" in printed.pop()
