"""The cases: that none hides a fault by what is equal in it, and that each is what its fields say."""

from collections.abc import Callable
from math import prod
from typing import Any

import pytest
import torch
from torch import Tensor

from symconv.check.cases import CASES, FLAT, ConvCase
from symconv.code.forms import FORMS, SMALL
from symconv.code.operations import GENERATED, OPERATIONS
from symconv.code.schedule import COLUMNS

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def cases(op: str, form: str) -> list[ConvCase]:
    return [case for case in CASES if case.fits(f"{op}_{form}")]


def dims(case: ConvCase) -> int:
    return int(case.operation[-2])


def option(case: ConvCase, name: str) -> Any:
    return dict(case.options).get(name, 1)


def computed(case: ConvCase) -> tuple[Tensor, ...]:
    """Y, X, K and bias."""
    X, K, b = case.tensors(torch.ones)
    return case.reference(torch, X, K, b), X, K, b


# ------------------------------------------------------------------------------------------------ none hides a fault
def telling(case: ConvCase) -> bool:
    """Whether all directions differ in size, kernel and every option, and no option is as if it were not given."""
    size, kernel = case.input[-dims(case) :], case.weight[-dims(case) :]
    options = [option(case, name) for name in ("stride", "padding", "dilation")]
    if dims(case) == 1:
        return case.bias and all(isinstance(x, int) and x > 1 for x in options)
    return case.bias and all(isinstance(x, tuple) and len(set(x)) > 1 for x in (size, kernel, *options))


@pytest.mark.parametrize(("op", "form"), GENERATED)
def test_in_some_case_nothing_is_equal_by_chance(op: str, form: str) -> None:
    found = [case for case in cases(op, form) if telling(case)]
    assert found
    if form not in FLAT:
        assert [c for c in found if c.input[0] > 1 and option(c, "groups") > 1 and min(c.weight[:2]) > 1]


def left_over(case: ConvCase) -> bool:
    """Whether there are input rows that no window reads, so that the output is as large without them."""
    rows = len(case.input) - dims(case)
    less = (*case.input[:rows], case.input[rows] - 1, *case.input[rows + 1 :])
    sizes = [computed(ConvCase("", x, case.weight, options=case.options))[0].shape for x in (case.input, less)]
    return sizes[0] == sizes[1]


WANTED: dict[str, Callable[[ConvCase], bool]] = {
    "no bias": lambda c: not c.bias,
    "an odd number of zeros": lambda c: option(c, "padding") == "same" and any(n % 2 == 0 for n in c.weight[-2:]),
    "another layout": lambda c: c.layout != "contiguous",
    "rows left over": lambda c: option(c, "stride") != 1 and left_over(c),
    "as many outputs as columns": lambda c: computed(c)[0].shape[-1] == c.weight[0],
    "one kernel per channel": lambda c: c.weight[1] == 1 < option(c, "groups") == c.weight[0],
    "two kernels per channel": lambda c: c.weight[1] == 1 < option(c, "groups") * 2 == c.weight[0],
    "one image": lambda c: len(c.input) == 3,
    "no image": lambda c: c.input[0] == 0,
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_meets_each_difficulty(form: str) -> None:
    wanted = list(WANTED)[: 4 if form in FLAT else None]
    assert [x for x in wanted if not any(map(WANTED[x], cases("conv2d", form)))] == []


@pytest.mark.parametrize("case", [c for c in CASES if c.forms], ids=lambda case: case.name)
def test_blocks_are_more_than_one(case: ConvCase) -> None:
    """Of images where maps are small, else of the first direction."""
    places = case.input if case.transposed else computed(case)[0].shape
    N, (first, *rest) = places[0], places[-dims(case) :]
    count, each = (N, first * prod(rest)) if first * prod(rest) <= SMALL else (first, prod(rest))
    assert count > max(1, COLUMNS // each)
    assert [form for form in FORMS if case.fits(f"{case.operation}_{form}")] == [*case.forms]


# ------------------------------------------------------------------------------------------------ what a case says
@EACH
def test_it_is_made_for_some_function_and_torch_takes_it(case: ConvCase) -> None:
    functions = [(op, form) for op, known in OPERATIONS.items() for form in known.forms if case.fits(f"{op}_{form}")]
    assert functions and {op for op, _ in functions} == {case.operation}
    assert {form in FLAT for _, form in functions} == {not case.channels}
    Y, X, K, b = computed(case)
    assert (tuple(X.shape), tuple(K.shape), b is not None) == (case.input, case.weight, case.bias)
    assert Y.numel() or 0 in case.input
    assert X.is_contiguous() == K.is_contiguous() == (case.layout == "contiguous")


def counts(case: ConvCase) -> tuple[int, int]:
    """The most products in an entry of the output, and in one of the input's gradient: of ones, each is one."""
    X, K, b = case.tensors(torch.ones)
    X = X.clone().requires_grad_()
    Y = case.reference(torch, X, K, None if b is None else b * 0)
    (dX,) = torch.autograd.grad(Y.sum(), X)
    return (int(Y.max()), int(dX.max())) if Y.numel() else (0, 0)


@EACH
def test_no_sum_has_more_products_than_the_case_says(case: ConvCase) -> None:
    there, back = counts(case)
    assert there <= case.products and back <= case.products_back


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("op", OPERATIONS)
def test_with_a_step_of_one_a_sum_has_them_all(op: str, groups: int) -> None:
    n, channels = int(op[-2]), (4, 3) if "transpose" in op else (6, 4 // groups)
    size, kernel = (6, 7, 8)[:n], (2, 3, 2)[:n]
    case = ConvCase("", (1, 4, *size), (*channels, *kernel), operation=op, options=(("groups", groups),))
    assert counts(case) == (case.products, case.products_back)
