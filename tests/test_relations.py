"""= before exact numbers, ~ before rounded ones: every line of a handout that ends with numbers, held to the values."""

import re
from fractions import Fraction

import pytest
from as_latex import as_latex
from sympy import Rational

from symconv.array import Array
from symconv.code.emit import emitted
from symconv.handout.document import Chain, Document, Line, Passage
from symconv.handout.handout import handout
from symconv.networks.layers.layers import Conv, Gelu, LeakyRelu, Linear, Relu
from symconv.networks.network import CrossEntropy, Loss, MeanSquaredError, Network, Parameter, load
from symconv.study import derive
from symconv.text.prose import LANGUAGES
from symconv.verification.verify import Report
from symconv.worked.exactness import rational

NUMBER = re.compile(r"^(=|\\approx ?)(?:\\(?:res|bw)\{)?(-?\d+(?:\.\d+)?)\}*$")


def network(middle: object, loss: Loss) -> Network:
    conv = Conv("S", Parameter.of("U", [["17/20", 0]]))
    z = Linear("z", Parameter.of("W", [[1, "1/3"], [2, 1]]))
    return Network("small", Fraction(1, 2), Parameter.of("X", [[1, 2], [3, "1/2"]]), (conv, middle, z), loss)  # type: ignore[arg-type]


SQUARES = MeanSquaredError(Array.of([Fraction(1), Fraction(1, 5)]))
NETWORKS = {
    "exact": network(LeakyRelu("g", Fraction(1, 4)), SQUARES), "with e": network(Relu("g"), CrossEntropy(0)),
    "no exact numbers": network(Gelu("g"), CrossEntropy(0)), "toy": load("toy-cnn"),
}  # fmt: skip


def lines(made: Document) -> list[Line]:
    steps = [b for part in made.parts for b in part.blocks if isinstance(b, Passage)]
    chains = [block for step in steps for block in step.blocks if isinstance(block, Chain)]
    return [as_latex(line) for chain in chains for line in chain.lines]


def whole(made: Document, left: str) -> set[str]:
    return {line.rhs for line in lines(made) if line.lhs == left}


@pytest.mark.parametrize("language", LANGUAGES)
def test_exact_numbers_are_equal_and_rounded_ones_about(language: str) -> None:
    made = {name: handout(derive(n), Report(), emitted(), language, None) for name, n in NETWORKS.items()}
    for name in ("exact", "no exact numbers"):  # what comes before the gelu is as exact as without it
        assert r"=\res{(0.85,\ 2.55)}" in whole(made[name], "S")
        given = r"U=(0.85,\ 0),\qquad W\approx\begin{mat}1&0.3333\\2&1\end{mat}"  # side by side
        assert any(x.endswith(given) for x in whole(made[name], "X"))
    assert r"\approx\res{(0.6820,\ 2.5363)}" in whole(made["no exact numbers"], "g")
    assert r"=\bw{(0.7,\ 4.05)}" in whole(made["exact"], r"\dL{z}")
    assert whole(made["exact"], r"\dL{W[0,\,0]}") >= {r"=\bw{0.7}\cdot0.85"}
    assert any(x.startswith(r"\approx") for x in whole(made["exact"], r"\dL{g[1]}"))


@pytest.mark.parametrize("name", ["exact", "no exact numbers"])
def test_a_traced_number_is_equal_only_if_it_is(name: str) -> None:
    """Every number of more than four decimals, or with e in it, is a rounded one."""
    study = derive(NETWORKS[name])
    known = {x for a in (*study.values_to_show.values(), *study.gradients_to_show.values()) for x in a.entries}
    exact = {Rational(str(x)) if x.is_Integer else x for x in known if x.is_Rational}
    found = [NUMBER.match(line.rhs) for line in lines(handout(study, Report(), emitted(), "en", None))]
    numbers = [(m[1], Rational(m[2])) for m in found if m]
    assert numbers and all(x in exact for sign, x in numbers if sign == "=")


def test_one_class_is_certain() -> None:
    one = Network(
        "one", Fraction(1), Parameter.of("x", [1, 2]), (Linear("z", Parameter.of("W", [[1, 1]])),), CrossEntropy(0)
    )
    made = handout(derive(one), Report(), emitted(), "en", None)
    assert whole(made, "y") >= {r"=\res{1}"} and not any("approx" in line.rhs for line in lines(made))


def test_rounded_weights_make_a_rounded_update() -> None:
    third = Network(
        "third",
        Fraction(1),
        Parameter.of("x", [1, 2]),
        (Linear("z", Parameter.of("W", [["1/3", 1]])),),
        CrossEntropy(0),
    )
    (line,) = whole(handout(derive(third), Report(), emitted(), "en", None), "W'")
    assert line.count(r"\approx") == 2 and "0.3333" in line


def test_what_is_rational_though_the_network_is_not() -> None:
    study = derive(NETWORKS["no exact numbers"])
    assert [s.output for s in rational(study.stages, ("X", "U", "W", "t"))] == ["S"]
    assert [s.output for s in rational(study.stages, ("X", "W", "t"))] == []
    assert all(x.is_Rational for x in study.values_to_show["S"].entries)
    assert all(x.is_Float for x in study.values_to_show["g"].entries)
    exact = derive(NETWORKS["exact"]).stages
    assert [s.output for s in rational(exact, ("X", "U", "W", "t"))] == ["S", "g", "z", "L"]
