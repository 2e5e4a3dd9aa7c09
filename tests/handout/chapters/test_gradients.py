"""Backward, each derivation once: one that differs in names or constants only has its result, and says which it is."""

from fractions import Fraction
from functools import cache

from any_networks import residual, stopped, unrolled
from nets import counted

from symconv.derivation.tensors import is_copy
from symconv.handout.chapters.gradients import chapter
from symconv.handout.chapters.layers import chapter_forward
from symconv.handout.document import Chain, FigureRow, Paragraph, Passage
from symconv.handout.pen import Pen
from symconv.networks.layers.layers import Add, Cat, Linear, Parameter, Permute, Relu, Subtract
from symconv.networks.losses import Output
from symconv.networks.network import Network
from symconv.study import derive
from symconv.text.prose import prose


def weight(name: str, *shape: int) -> Parameter:
    return Parameter.of(name, counted(shape, 1))


def two_branches(join: type = Add, rows: int = 3) -> Network:
    """Two linear layers of X, joined: the second one reads what the first one does."""
    layers = (
        Linear("A", weight("U", 3, 3)), Relu("R"), Linear("B", weight("V", rows, 3), input="X"),
        Relu("Q"), Linear("C", weight("W", 3, rows)), join("Y", "R"),
    )  # fmt: skip
    return Network("branches", Fraction(1), Parameter.of("X", [1, 2, -1]), layers, Output("sum"))


@cache
def steps(network: Network) -> dict[str, Passage]:
    """The passages by the tensor whose gradient they are about."""
    found = chapter(Pen(derive(network), prose("en"))).blocks
    return {b.tensor: b for b in found if isinstance(b, Passage)}


def said(step: Passage) -> str:
    return " ".join(b.text for b in step.blocks if isinstance(b, Paragraph))


def lines(step: Passage) -> int:
    """The lines of its derivation."""
    (chain, *_) = (b for b in step.blocks if isinstance(b, Chain))
    return len(chain.lines)


def test_the_two_addends_are_alike() -> None:
    found = steps(two_branches())
    first, second = (found[t] for t in ("C", "R"))
    assert (
        lines(first) > 3
        and lines(second) == 1
        and said(second).startswith("As in (")
        and "for other tensors" in said(second)
    )


def test_what_is_taken_from_and_what_is_taken_are_not() -> None:
    found = steps(two_branches(Subtract))
    assert lines(found["C"]) > 3 and lines(found["R"]) > 3


def test_other_constants_are_said() -> None:
    assert "with other constants" in said(steps(two_branches(rows=2))["V"])
    assert "for other tensors" in said(steps(two_branches())["V"])


def test_a_tensor_that_is_read_more_often_is_none_of_another_kind() -> None:
    found = [b for t, b in steps(unrolled()).items() if b.title.endswith("its gradients add")]
    found += [b for b in steps(unrolled()).values() if "added over the layers" in b.title]
    assert len(found) > 2 and sum(lines(b) > 1 for b in found) == 1


def test_the_name_of_a_copy_is_explained_where_there_is_one() -> None:
    for network in (two_branches(), unrolled(), residual()):
        pen = Pen(derive(network), prose("en"))
        (first, *_) = chapter(pen).blocks
        assert isinstance(first, Paragraph)
        copies = [t for s in pen.study.stages for t in s.operation.outputs if is_copy(t)]
        assert copies and pen.say("any.copy", copy="@@", tensor="@@", reader="@@").split("$")[0] in first.text


def test_a_shared_parameter_adds_over_its_layers_and_time_is_named_once() -> None:
    found = steps(unrolled())
    shared = [b for b in found.values() if "is one parameter, which stands in" in said(b)]
    assert [b.tensor for b in shared] and {"U", "V", "c"} <= {b.tensor for b in shared}
    assert sum("backpropagation through time" in said(b) for b in shared) == 1
    assert "$V$ is one parameter, which stands in $a_{0},a_{1}$" in said(found["V"])
    assert not any("one parameter" in said(b) for b in steps(two_branches()).values())


def test_tensors_without_a_gradient_are_named_and_not_derived() -> None:
    pen = Pen(derive(stopped()), prose("en"))
    (first, *_) = chapter(pen).blocks
    assert isinstance(first, Paragraph) and "No gradient comes to $g_{0},X^{\\to g_{0}},V_{0}$: every way" in first.text
    assert {"e", "d", "h", "k", "r", "W"} <= {*steps(stopped())} and not {"g0", "V0", "X|g0"} & {*steps(stopped())}
    assert [s for s in steps(two_branches()).values() if "No gradient" in said(s)] == []


def test_of_many_the_first_are_named() -> None:
    (first, *_) = chapter(Pen(derive(stopped(6)), prose("en"))).blocks
    assert isinstance(first, Paragraph) and "No gradient comes to 13 tensors, $g_{5},g_{4},V_{5}," in first.text


def test_a_figure_stands_once_for_each_kind() -> None:
    layers = (Cat("Y", ("X",), 0), Relu("R"), Cat("Z", ("Y",), 0), Permute("P", (1, 0)))
    network = Network("twice", Fraction(1), Parameter.of("X", [[1, 2, -1]]), layers, Output("sum"))
    pen = Pen(derive(network), prose("en"))
    drawn = [b.title for b in chapter_forward(pen).blocks if isinstance(b, Passage) and figures(b)]
    assert drawn == ["$Y$: concatenation", "$P$: permutation of axes"]
    assert [b.tensor for b in steps(network).values() if figures(b)] == ["R"]  # the first one on the way back


def figures(step: Passage) -> list[FigureRow]:
    return [b for b in step.blocks if isinstance(b, FigureRow)]
