"""Each operation's equation against a plain loop that knows nothing of it."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import islice
from random import Random

import mpmath
import pytest
from pointwise import pointwise
from sympy import Symbol

from symconv.array import Array, indices
from symconv.derivation import equations
from symconv.derivation.equations import Operation
from symconv.verification.worlds import numbers, size_sets, with_derived

Index = tuple[int, ...]


def option(operation: Operation, sizes: Mapping[Symbol, int], name: str) -> Index:
    return tuple(sizes[s] for s in dict(operation.options)[name])


def reads(operation: Operation, sizes: Mapping[Symbol, int], shape: Index, out: Index, tap: Index) -> Index | None:
    """Where a window reads; None in the padding."""
    stride, dilation = option(operation, sizes, "stride"), option(operation, sizes, "dilation")
    before = option(operation, sizes, "padding")[::2]
    at = tuple(o * s + t * d - p for o, s, t, d, p in zip(out, stride, tap, dilation, before, strict=True))
    return at if all(0 <= k < n for k, n in zip(at, shape, strict=True)) else None


def expected_conv(
    operation: Operation, sizes: Mapping[Symbol, int], given: Mapping[str, Array], out: Index
) -> Fraction:
    x, kernel, bias = given["X"], given["K"], given["bias"]
    if operation.shape("X")[0].name != "N":
        total = bias[(0,)]
        for tap in indices(kernel.shape):
            at = reads(operation, sizes, x.shape, out, tap)
            total += kernel[tap] * x[at] if at else 0
        return total
    n, o, *place = out
    (groups,) = option(operation, sizes, "groups")
    per_group, outputs = x.shape[1] // groups, kernel.shape[0] // groups
    total = bias[(o,)]
    for c, *tap in indices(kernel.shape[1:]):
        at = reads(operation, sizes, x.shape[2:], tuple(place), tuple(tap))
        total += kernel[(o, c, *tap)] * x[(n, o // outputs * per_group + c, *at)] if at else 0
    return total


def expected_pool(
    operation: Operation, sizes: Mapping[Symbol, int], given: Mapping[str, Array], out: Index
) -> Fraction:
    x, kernel = given["P"], option(operation, sizes, "kernel")
    places = [reads(operation, sizes, x.shape, out, tap) for tap in indices(kernel)]
    return max(x[at] for at in places if at is not None)


def expected_linear(
    operation: Operation, sizes: Mapping[Symbol, int], given: Mapping[str, Array], out: Index
) -> Fraction:
    flat = given["x"].entries
    row = [given["W"][(*out, m)] for m in range(len(flat))]
    return sum((w * x for w, x in zip(row, flat, strict=True)), given["b"][out] if "b" in given else Fraction(0))


def expected_relu(
    operation: Operation, sizes: Mapping[Symbol, int], given: Mapping[str, Array], out: Index
) -> Fraction:
    return max(Fraction(0), given["S"][out])


def expected_global(
    operation: Operation, sizes: Mapping[Symbol, int], given: Mapping[str, Array], out: Index
) -> Fraction:
    return max(given["P"].entries)


def expected_softmax(
    operation: Operation, sizes: Mapping[Symbol, int], given: Mapping[str, Array], out: Index
) -> mpmath.mpf:
    powers = [mpmath.exp(mpmath.mpf(z.numerator) / z.denominator) for z in given["z"].entries]
    return powers[out[0]] / sum(powers)


def expected_loss(
    operation: Operation, sizes: Mapping[Symbol, int], given: Mapping[str, Array], out: Index
) -> mpmath.mpf:
    z = [mpmath.mpf(v.numerator) / v.denominator for v in given["z"].entries]
    t = [mpmath.mpf(v.numerator) / v.denominator for v in given["t"].entries]
    total = sum(map(mpmath.exp, z))
    return -sum(weight * mpmath.log(mpmath.exp(logit) / total) for weight, logit in zip(t, z, strict=True))


CASES = {
    "conv1d": (equations.conv(1), expected_conv),
    "conv2d": (equations.conv(2), expected_conv),
    "conv3d": (equations.conv(3), expected_conv),
    "conv2d without channels": (equations.conv(2, channels=False), expected_conv),
    "relu": (pointwise("relu", "ij"), expected_relu),
    "relu of four axes": (pointwise("relu", "ncij"), expected_relu),
    "max_pool": (equations.max_pool(2), expected_pool),
    "max_pool of one axis": (equations.max_pool(1), expected_pool),
    "global_max_pool": (equations.global_max_pool(2), expected_global),
    "linear": (equations.linear("m"), expected_linear),
    "linear, flattened, with a bias": (equations.linear("ij", bias=True), expected_linear),
    "linear, three axes": (equations.linear("tij"), expected_linear),
    "softmax": (equations.softmax(), expected_softmax),
    "cross_entropy": (equations.cross_entropy(), expected_loss),
}


@pytest.mark.parametrize("name", CASES)
def test_an_equation_says_what_the_loop_computes(name: str) -> None:
    operation, expected = CASES[name]
    with mpmath.workdps(45):
        for k, sizes in enumerate(islice(size_sets(operation), 2 if name == "conv3d" else 4)):
            world = numbers(operation, sizes, Random(k), {})
            for at, made in world.tensors[operation.output].items():
                wanted = expected(operation, sizes, world.tensors, at)
                assert made == wanted if isinstance(wanted, Fraction) else mpmath.almosteq(made, wanted, 1e-40)


def test_the_reference_sees_a_wrong_equation() -> None:
    """Stride taken for dilation: the loop disagrees."""
    operation, expected = CASES["conv2d without channels"]
    sizes = next(size_sets(operation))
    world = numbers(operation, sizes, Random(0), {})
    options = dict(operation.options)
    swapped = dict(sizes)
    for s, d in zip(options["stride"], options["dilation"], strict=True):
        swapped |= {s: sizes[d], d: sizes[s]}
    made = world.tensors["Y"]
    assert any(made[at] != expected(operation, swapped, world.tensors, at) for at in indices(made.shape))


@pytest.mark.parametrize("lo, hi", [(0, 1), (2, 0), (1, 1)])
def test_padding_has_two_sides(lo: int, hi: int) -> None:
    operation = equations.conv(2, channels=False, bias=False)
    by_name = {s.name: s for s in operation.sizes}
    numbers_ = {
        "H": 3,
        "W": 3,
        "kh": 2,
        "kw": 2,
        "sh": 1,
        "sw": 1,
        "dh": 1,
        "dw": 1,
        "pt": lo,
        "pb": hi,
        "pl": 0,
        "pr": 0,
    }
    full = with_derived(operation, {by_name[name]: n for name, n in numbers_.items()})
    assert full is not None
    assert [full[s] for s, _ in operation.derived] == [3 + lo + hi - 1, 2]


def test_a_kernel_that_does_not_fit_has_no_output() -> None:
    operation = equations.conv(2, channels=False, bias=False)
    sizes = {s: 0 if s.name[0] == "p" else 5 if s.name[0] == "k" else 1 for s in operation.sizes}
    assert with_derived(operation, sizes) is None


def test_extents_and_options_are_what_must_be_given() -> None:
    assert {s.name for s in equations.conv(2, channels=False).sizes} == {
        *("H", "W", "kh", "kw", "sh", "sw", "dh", "dw", "pt", "pb", "pl", "pr")
    }
    assert {s.name for s in equations.conv(1).sizes} == {"N", "groups", "Og", "Cg", "W", "kw", "sw", "dw", "pl", "pr"}


def test_the_loss_of_equal_logits_is_log_2() -> None:
    operation = equations.cross_entropy()
    sizes = next(s for s in size_sets(operation) if 2 in s.values())
    world = numbers(operation, sizes, Random(0), {})
    given = {"z": Array.of([Fraction(3), Fraction(3)]), "t": Array.of([Fraction(0), Fraction(1)])}
    world.give({**world.tensors, **given})
    world.define(operation.equation, ())
    assert abs(world.tensors["L"][()] - mpmath.log(2)) < 1e-14


def test_every_operand_of_a_role_has_a_shape_and_a_target() -> None:
    for operation, _ in CASES.values():
        shapes, targets = dict(operation.shapes), {t.entry.tensor for t in operation.targets}
        assert set(operation.operands) == {tensor for _, tensor in operation.roles} == set(shapes) - {operation.output}
        assert set(operation.operands) - targets == set(operation.distributions)
        for t in operation.targets:
            assert len(t.entry.at) == len(shapes[t.entry.tensor])


def test_a_users_names_never_meet_a_letter() -> None:
    operation = equations.conv(2, channels=False, output="i", input="W", weight="kh", offset="a", taken=("j", "b"))
    letters = {s.name for s in operation.equation.value.atoms(Symbol)} | {s.name for s in operation.sizes}
    assert not letters & {"i", "W", "kh", "a", "j", "b"}


def test_the_shapes_of_all_tensors_follow_from_the_sizes() -> None:
    for operation, _ in CASES.values():
        known = {*operation.sizes, *(s for s, _ in operation.derived)}
        assert {s for _, shape in operation.shapes for n in shape for s in n.free_symbols} <= known
