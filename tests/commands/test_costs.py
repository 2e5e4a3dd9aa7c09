"""The benchmark of deriving: what it compares is the same thing, and its rows say what was measured."""

from studies import study
from sympy import E, Rational, diff, log, simplify

from symconv.commands.costs import (
    HEADS,
    NETWORKS,
    PAGES,
    VERIFIED,
    Cost,
    cifar,
    composed_loss,
    cost,
    deep,
    lenet5,
    resnet20,
)
from symconv.networks.network import load, shapes

TOY = study("toy-cnn")


def test_the_composed_loss_is_the_networks() -> None:
    loss, symbols = composed_loss(TOY)
    at = {s: Rational(x) for p in TOY.parameters for s, x in zip(
        (s for s in symbols if s.name.startswith(p)), TOY.exact_values[p].entries, strict=True)}  # fmt: skip
    assert simplify(loss.xreplace(at) - log(1 + E)) == 0
    first = next(s for s in symbols if s.name == "W[0, 0]")
    assert simplify(diff(loss, first).xreplace(at).doit() - TOY.exact_gradients["W"][0, 0]) == 0


def test_the_networks_are_what_they_are_called() -> None:
    assert len(deep().layers) == 50
    assert shapes(lenet5())["z"] == (1, 10) and shapes(cifar())["z"] == (8, 10)
    assert shapes(resnet20(4, 16))["8.relu"] == (1, 16, 4, 4)
    assert sum(x.kind in ("conv", "linear") for x in resnet20(4, 16).layers) == 20 + 2  # two ways around
    assert (
        sum(len(p.value.entries) for layer in lenet5().layers for p in (getattr(layer, "weight", None),) if p) == 61_470
    )


def test_a_row_says_what_was_measured() -> None:
    made = cost("toy-cnn", load("toy-cnn"))
    assert made.composed and made.deriving > 0
    assert Cost("lenet-5", 12, 62_500, 0.5, 1.25, 1.0, None).row() == (
        "lenet-5", "12", "62500", "0.50 s", "1.75 s", "2 s", "2.75 s", "5 s", "not tried", "-",
    )  # fmt: skip
    assert len(made.row()) == len(HEADS) and set(VERIFIED) < set(PAGES) == set(NETWORKS)
