"""Layers that multiply two tensors and sum over axes: against torch, and what they refuse."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from by_torch import chains, held_to_torch, network
from depth import examples, spread
from hypothesis import given, settings

from symconv.array import Array, Shape
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.layers.layers import Einsum, Layer, MatMul, Parameter
from symconv.networks.network import Network

BEFORE = ("permute", "slice", "pad", "reduction", "select")


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(30))
@given(chains(("matmul",), BEFORE))
def test_any_matrix_product_is_torchs(made: Network) -> None:
    held_to_torch(made)


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(30))
@given(chains(("einsum",), BEFORE))
def test_any_sum_of_products_is_torchs(made: Network) -> None:
    held_to_torch(made)


def numbers(*shape: int) -> Parameter:
    """One after the other."""
    count = 1
    for n in shape:
        count *= n
    return Parameter("W", Array(shape, tuple(Fraction(k + 1, 2) for k in range(count))))


PRODUCTS: dict[str, tuple[Shape, Layer, Shape]] = {
    "rows and columns": ((2, 3), MatMul("Y", weight=numbers(3, 4)), (2, 4)),
    "from the left": ((2, 3), MatMul("Y", weight=numbers(4, 2), left=True), (4, 3)),
    "a batch of them": ((2, 3, 2), MatMul("Y", weight=numbers(2, 2, 4)), (2, 3, 4)),
    "one for all": ((2, 3, 2), MatMul("Y", constant=numbers(1, 2, 4)), (2, 3, 4)),
    "one that all have": ((2, 3), MatMul("Y", weight=numbers(2, 1, 3, 2)), (2, 1, 2, 2)),
    "heads": ((2, 2, 3, 2), MatMul("Y", weight=numbers(2, 1), left=False), (2, 2, 3, 1)),
    "a column": ((2, 3), MatMul("Y", weight=numbers(3)), (2,)),
    "a row": ((2, 3), MatMul("Y", weight=numbers(2), left=True), (3,)),
    "of a list": ((3,), MatMul("Y", weight=numbers(3, 2)), (2,)),
    "of a list, from the left": ((3,), MatMul("Y", weight=numbers(2, 3), left=True), (2,)),
    "of a list with many": ((3,), MatMul("Y", weight=numbers(2, 3, 2)), (2, 2)),
    "of one entry": ((1, 1), MatMul("Y", weight=numbers(1, 1)), (1, 1)),
    "with itself": ((2, 2), MatMul("Y", other="X"), (2, 2)),
    "five axes": ((1, 2, 1, 2, 3), MatMul("Y", weight=numbers(2, 1, 1, 3, 1)), (2, 2, 1, 2, 1)),
    "scores": ((2, 3, 2), Einsum("Y", "nqd,nkd->nqk", other="X"), (2, 3, 3)),
    "an outer product": ((2, 3), Einsum("Y", "ab,c->cab", weight=numbers(2)), (2, 2, 3)),
    "entry by entry": ((2, 3), Einsum("Y", "ab,ba->ab", weight=numbers(3, 2)), (2, 3)),
    "a sum of each": ((2, 3), Einsum("Y", "ab,c->a", weight=numbers(2)), (2,)),
    "an axis of one": ((2, 3), Einsum("Y", "ab,bc->ac", weight=numbers(1, 2)), (2, 2)),
    "an axis of one entry": ((2, 1), Einsum("Y", "ab,b->ab", weight=numbers(3)), (2, 3)),
    "with spaces": ((2, 3), Einsum("Y", "a b, b -> a", weight=numbers(3)), (2,)),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("what", spread(PRODUCTS, 8))
def test_each_is_torchs_in_its_shape(what: str) -> None:
    shape, layer, made = PRODUCTS[what]
    others = [TensorForm(shape)] * len(layer.besides())
    form, faults = layer.fit(TensorForm(shape), *others)
    assert form is not None and form.shape == made and not faults
    assert held_to_torch(network(shape, layer)).verify()


def test_the_first_axis_counts_images_where_it_stays_the_first() -> None:
    images, plain = TensorForm((2, 3, 3), batch=True), TensorForm((3, 3))
    kept = MatMul("Y", weight=numbers(3, 2)), Einsum("Y", "abc,c->ab", weight=numbers(3))
    lost = MatMul("Y", weight=numbers(2), left=False), Einsum("Y", "abc,c->ba", weight=numbers(3))
    for layer in kept:
        form, _ = layer.fit(images)
        assert form is not None and form.batch
    for layer, read in zip(lost, (TensorForm((2, 2, 2)), images), strict=True):
        form, _ = layer.fit(read)
        assert form is not None and not form.batch
    form, _ = MatMul("Y", "Q").fit(plain, images)
    assert form is not None and form.batch


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "columns that are no rows": (
        lambda: network((2, 3), MatMul("Y", weight=numbers(2, 3))),
        'layers[0] (matmul "Y"): its input is 2x3, W is 2x3\n  give the left one as many columns as the right one has',
    ),
    "a sum is not broadcast": (lambda: network((2, 3), MatMul("Y", weight=numbers(1, 3))), "is 2x3, W is 1x3"),
    "batches of two sizes": (
        lambda: network((2, 3, 3), MatMul("Y", weight=numbers(3, 3, 3))), "its input is 2x3x3, W is 3x3x3",
    ),
    "two lists": (
        lambda: network((3,), MatMul("Y", weight=numbers(3))),
        "makes one number of two lists\n  give one of them a further axis, or use mul and axis_sum",
    ),
    "nothing to multiply with": (
        lambda: MatMul("Y"), "nothing is given to matmul with\n  give one of other (an earlier tensor), weight and",
    ),
    "both": (
        lambda: Einsum("Y", "ab,bc->ac", "X", weight=numbers(1)), "other and weight are given to einsum with",
    ),
    "left 1": (
        lambda: MatMul("Y", "X", left=1), "left: 1 is not true or false",  # type: ignore[arg-type]
    ),
    "no equation": (
        lambda: Einsum("Y", "ab,bc", "X"),
        'equation: "ab,bc" is no equation of two tensors\n  write the letters of two tensors and of the output',
    ),
    "an equation of one": (lambda: Einsum("Y", "ab->a", "X"), '"ab->a" is no equation of two tensors'),
    "a number for one": (
        lambda: Einsum("Y", 3, "X"), "equation: 3 is no equation of two tensors",  # type: ignore[arg-type]
    ),
    "a diagonal": (
        lambda: Einsum("Y", "aa,ab->b", "X"), 'a letter stands twice in "aa"\n  give every axis a letter of its own',
    ),
    "a letter from nowhere": (
        lambda: Einsum("Y", "ab,bc->ad", "X"), 'the output has "d", which no tensor has\n  give letters of the tensors',
    ),
    "an axis too few": (
        lambda: network((2, 3), Einsum("Y", "abc,c->ab", weight=numbers(3))),
        'its input is 2x3, W is 3, "abc,c->ab" has abc and c\n  give a letter for each axis',
    ),
    "two extents of one letter": (
        lambda: network((2, 3), Einsum("Y", "ab,b->a", weight=numbers(2))),
        'its input is 2x3, W is 2\n  "ab,b->a" goes with tensors whose axes of one letter have one extent, or 1',
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)
