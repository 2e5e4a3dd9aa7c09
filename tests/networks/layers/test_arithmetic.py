"""+, -, * and / of two tensors: against torch with broadcasting on both sides, and what they refuse."""

from collections.abc import Callable
from fractions import Fraction
from math import prod

import pytest
from by_torch import chains, held_to_torch, network
from depth import examples, spread
from hypothesis import given, settings, strategies as st
from torch import broadcast_shapes

from symconv.array import Array
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.layers.arithmetic import broadcast
from symconv.networks.layers.layers import (
    Add,
    AxisSum,
    Divide,
    Layer,
    Maximum,
    Minimum,
    Multiply,
    Parameter,
    Reshape,
    Scale,
    Select,
    Slice,
    Square,
    Subtract,
)
from symconv.networks.network import Network

BEFORE = ("reduction", "reshape", "permute", "slice", "select")
SHAPES = st.lists(st.integers(1, 3), max_size=4).map(tuple)
ONES = Parameter.of("W", [1, 2, 3])


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(30))
@given(chains(("arithmetic",), BEFORE, count=2))
def test_two_of_them_are_torchs(made: Network) -> None:
    held_to_torch(made)


def constant(*shape: int, name: str = "W") -> Parameter:
    """Powers of two, by which a quotient is exact."""
    return Parameter(name, Array(shape, tuple(Fraction((-2) ** (k % 4)) for k in range(prod(shape)))))


PAIRS: dict[str, Network] = {
    "a gate of channels": network((2, 2, 3), AxisSum("g", (2,), True), Multiply("Y", "X", input="g")),
    "a row less a column": network((2, 3), AxisSum("r", (0,), True), AxisSum("c", (1,), True, "X"), Subtract("Y", "r")),
    "a longer second": network((2, 3), Select("a", 0, 1), Subtract("Y", "X")),
    "itself": network((2, 3), Multiply("Y", "X")),
    "itself less itself": network((3,), Subtract("Y", "X")),
    "its square times itself": network((3,), Square("a"), Multiply("Y", "X")),
    "weights of their own": network(
        (2, 3), Multiply("a", weight=constant(3)), Add("Y", weight=constant(2, 1, name="V"))
    ),
    "a weight that makes it longer": network((2,), Subtract("Y", weight=constant(3, 1))),
    "a single weight": network((2, 3), Divide("Y", weight=Parameter.of("W", 4))),
    "constants": network(
        (2, 3), Subtract("a", constant=constant(2, 3)), Divide("Y", constant=constant(1, 3, name="V"))
    ),
    "a batch of one": network((1, 3), Add("Y", weight=constant(2, 1)), batch=True),
    "one entry with all": network((2, 3), Slice("a", 0, 0, 1), Slice("b", 1, 2, 3), Multiply("Y", "X")),
    "the larger of two": network((2, 3), Square("a"), Maximum("Y", "X")),
    "the smaller of two, some equal": network((2, 2), Square("a"), Minimum("Y", "X")),
    "a bound": network((2, 3), Minimum("a", constant=constant(1, 3)), Maximum("Y", weight=constant(3, name="V"))),
    "divided by a tensor": network((2, 3), Square("a"), Scale("b", offset=Fraction(1)), Divide("Y", "b", input="X")),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("what", spread(PAIRS, 6))
def test_each_is_torchs(what: str) -> None:
    assert held_to_torch(PAIRS[what]).verify()


def test_a_single_number_is_a_list_of_one() -> None:
    assert Multiply("Y", weight=Parameter.of("W", 4)).weight == Parameter.of("W", [4])
    assert Multiply("Y", "X").besides() == (("other", "X"),) and Multiply("Y", weight=ONES).besides() == ()


@given(SHAPES, SHAPES)
def test_shapes_are_broadcast_as_torch_does(one: tuple[int, ...], two: tuple[int, ...]) -> None:
    try:
        wanted = tuple(broadcast_shapes(one, two))
    except RuntimeError:
        wanted = None
    assert broadcast(one, two) == wanted


def test_images_stay_images() -> None:
    images, channels = TensorForm((2, 3, 4, 4), 2, True), TensorForm((2, 3, 1, 1), 2, True)
    for one, other in ((images, channels), (channels, images)):
        assert Multiply("Y", "X").fit(one, other) == (images, ())


ONE_OF = "give one of other (an earlier tensor), weight and constant (numbers)"
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "with nothing": (
        lambda: Add("Y"), f'add "Y": 1 mistake\nother: nothing is given to add with\n  {ONE_OF}',
    ),
    "with two": (
        lambda: Multiply("Y", "X", weight=ONES), f"other: other and weight are given to mul with\n  {ONE_OF}",
    ),
    "with three": (
        lambda: Subtract("Y", "X", weight=ONES, constant=ONES),
        f"weight and constant are given to sub with\n  {ONE_OF}",
    ),
    "extents that do not agree": (
        lambda: network((2, 3), Slice("a", 1, 0, 2), Add("Y", "X")),
        'layers[1] (add "Y"): its input has shape (2, 2), X has (2, 3)\n'
        "  add goes with tensors whose extents, from the last on, agree or are 1",
    ),
    "numbers that do not agree": (
        lambda: network((3, 2), Divide("Y", constant=ONES)),
        'layers[0] (div "Y"): its input has shape (3, 2), W has (3,)\n  div goes with tensors whose extents,',
    ),
    "no name": (lambda: Add("Y", "a b"), 'other: "a b" cannot name a tensor\n  use ASCII letters'),
    "no parameter": (
        lambda: Divide("Y", constant=2), "constant: int is not a Parameter\n  see Parameter.of",  # type: ignore[arg-type]
    ),
    "what is not there": (
        lambda: network((2, 3), Reshape("a", (6,)), Subtract("Y", "x")),
        'layers[1].other: "x" names no tensor\n  give one',
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", [Add, Subtract, Multiply, Divide])
def test_every_field_is_kept(kind: type[Layer]) -> None:
    assert kind("Y", other="A", input="B") == kind("Y", "A", "B")  # type: ignore[call-arg]


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)
