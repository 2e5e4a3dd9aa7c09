"""The verifier accepts every derivation, and catches every error planted in one."""

import operator
from collections.abc import Callable
from dataclasses import replace

import pytest
from pointwise import OF_KIND, pointwise
from sympy import Expr, Integer, Mul, Rational, Symbol

from symconv.derivation import entrywise, equations, moves, reductions
from symconv.derivation.contractions import contract
from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.derive import derive, gradients
from symconv.derivation.equations import Operation
from symconv.derivation.functions import step
from symconv.derivation.index import Delta, Div, Entry, In, Partial, Quot, Sum, Winner, extent, index, rebuild
from symconv.derivation.moves import AxisPart, Cut, Unit
from symconv.derivation.resampling import resample
from symconv.derivation.transposed import conv_transpose
from symconv.derivation.unpool import max_unpool
from symconv.verification import verify as verify_module
from symconv.verification.verify import KINDS, Report, verify
from symconv.verification.worlds import size_sets

CONV = equations.conv(2, channels=False)
SOFTMAX = equations.softmax()
TENTH = Rational(1, 10)
UNITS = (Unit("c"), Unit("a", 2), Unit("b", 2), Unit("i"), Unit("j"))
MIRROR = (
    AxisPart(0, 2, 2, -1),
    AxisPart(2, 3, 0),
    AxisPart(5, 1, 1, -1),
)  # of three entries, two before and one behind
MOVES = {
    "permute": moves.rearrange("permute", [Unit(x) for x in "nij"], ((0,), (1,), (2,)), ((2,), (0,), (1,))),
    "reshape": moves.rearrange("reshape", [Unit("n"), Unit("m", 2), Unit("j")], ((0, 1), (2,)), ((0,), (1, 2))),
    "an axis of one": moves.rearrange("reshape", [Unit("n"), Unit("j")], ((0,), (), (1,)), ((0, 1), ())),
    "pixel_shuffle": moves.rearrange("pixel_shuffle", UNITS, ((0, 1, 2), (3,), (4,)), ((0,), (3, 1), (4, 2))),
    "pixel_unshuffle": moves.rearrange("pixel_unshuffle", UNITS, ((0,), (3, 1), (4, 2)), ((0, 1, 2), (3,), (4,))),
    "upsample": moves.rearrange("upsample", [Unit("c"), Unit("j"), Unit("b", 3)], ((0,), (1,)), ((0,), (1, 2))),
    "repeat": moves.rearrange("repeat", [Unit("c"), Unit("j"), Unit("m", 2)], ((0,), (1,)), ((0,), (2, 1))),
    "grown": moves.rearrange("repeat", [Unit("c", 4), Unit("j")], ((), (1,)), ((0,), (1,))),
    "slice": moves.take("slice", "nj", (Cut(1, 7, 3, (AxisPart(0, 3, 1, 2),)),)),
    "slice of two axes": moves.take(
        "slice", "ij", (Cut(0, 3, 2, (AxisPart(0, 2, 1),)), Cut(1, 4, 1, (AxisPart(0, 1, 3),)))
    ),
    "flip": moves.take("flip", "cij", (Cut(1, 4, 4, (AxisPart(0, 4, 3, -1),)),)),
    "pad": moves.take("pad", "ij", (Cut(0, 2, 5, (AxisPart(1, 2, 0),)), Cut(1, 3, 4, (AxisPart(1, 3, 0),)))),
    "pad, reflect": moves.take("pad", "cj", (Cut(1, 3, 6, MIRROR),)),
    "pad, replicate": moves.take(
        "pad", "nj", (Cut(1, 2, 5, (AxisPart(0, 2, 0, 0), AxisPart(2, 2, 0), AxisPart(4, 1, 1, 0))),)
    ),
    "pad, circular": moves.take("pad", "j", (Cut(0, 3, 6, (AxisPart(0, 2, 1), AxisPart(2, 3, 0), AxisPart(5, 1, 0))),)),
    "select": moves.select("ncj", 1, 4, 2),
    "cat": moves.cat("ncj", 1, (2, 3, 2), input="P", other="Q", other2="R"),
    "cat of one and one": moves.cat("j", 0, (1, 1), input="P", other="Q"),
    "stack": moves.stack("nj", 1, input="P", other="Q", other2="R"),
    "axis_sum": reductions.reduce("axis_sum", reductions.total, "ncj", (0, 2), False),
    "axis_mean": reductions.reduce("axis_mean", reductions.average, "ncj", (1,), True),
    "axis_mean of all": reductions.reduce("axis_mean", reductions.average, "ij", (0, 1), True),
    "axis_max": reductions.reduce("axis_max", reductions.largest, "nij", (1, 2), False),
    "axis_softmax": reductions.softmax("ncj", 1),
    "axis_log_softmax": reductions.softmax("nj", 1, logarithm=True),
    "axis_max, kept": reductions.reduce("axis_max", reductions.largest, "nj", (1,), True),
}
OPERATIONS = {
    "conv2d without channels": CONV,
    "conv1d": equations.conv(1),
    "conv2d": equations.conv(2),
    "max_pool": equations.max_pool(2),
    "max_pool 1": equations.max_pool(1),
    "global_max_pool": equations.global_max_pool(2),
    "max_unpool": max_unpool(2, "c"),
    "max_unpool 1": max_unpool(1),
    "linear, flattened": equations.linear("ij", bias=True),
    "linear": equations.linear("m"),
    "cross_entropy": equations.cross_entropy(),
    "cross_entropy of a batch": equations.cross_entropy(batch=True),
    "cross_entropy, summed": equations.cross_entropy(batch=True, mean=False),
    "mean_squared_error": equations.mean_squared_error("nk"),
    "binary_cross_entropy": equations.binary_cross_entropy("nk", mean=False),
    "conv2d of one image": equations.conv(2, batch=False),
    "conv_transpose1d": conv_transpose(1),
    "conv_transpose2d without channels": conv_transpose(2, channels=False),
    "conv_transpose2d of one image": conv_transpose(2, batch=False, input="h", output="n", taken=("i", "H")),
    "max_pool of channels": equations.max_pool(1, "nc"),
    "avg_pool": equations.avg_pool(2, "c"),
    "avg_pool without padding": equations.avg_pool(2, count_padding=False),
    "avg_pool beyond the padding": equations.avg_pool(1, "nc", overhang=True),
    "avg_pool beyond, without padding": equations.avg_pool(1, count_padding=False, overhang=True),
    "global_avg_pool": equations.global_avg_pool(2, "nc"),
    "linear of a batch": equations.linear("ncij", bias=True),
    "flatten": equations.flatten("nij"),
    "bias": equations.bias("ncij"),
    "add": equations.combine("add", operator.add, "nm", ("nm", "nm")),
    "gate": equations.combine("mul", operator.mul, "ncij", ("ncij", "nc11")),
    "outer difference": equations.combine("sub", operator.sub, "cij", ("1ij", "ci1")),
    "quotient by a vector": equations.combine("div", operator.truediv, "nij", ("nij", "j"), role="weight"),
    "less a constant": equations.combine("sub", operator.sub, "ncij", ("ncij", "c11"), role="constant"),
    "linear on the last axis": equations.linear("ncj", bias=True, last=True),
    **MOVES,
    "prelu": entrywise.sloped("ncj", True),
    "prelu of one slope": entrywise.sloped("ij", False),
    "interpolate": resample("interpolate", "ncij", {2: ("rows", "A"), 3: ("columns", "B")}),
    "adaptive_avg_pool": resample("adaptive_avg_pool", "tij", {0: ("slices", "C"), 2: ("columns", "B")}),
    "matmul": contract("matmul", "nik", "kj", "nij", role="weight"),
    "matmul, broadcast": contract("matmul", "n1ik", "ckj", "ncij"),
    "einsum": contract("einsum", "nqd", "nkd", "nqk"),
    "einsum without a sum": contract("einsum", "i", "j", "ji", role="constant"),
    "copies": equations.copies("ci", outputs=("P|A", "P|B", "P|C")),
    "mean": equations.mean("ncj", [1]),
    "variance": equations.variance("ncj", [1]),
    "batch_norm": equations.normalise("batch_norm", "ncj", [1], [1], TENTH, weight="g", offset="b", constant=True),
    "batch_norm, training": equations.normalise("batch_norm", "nm", [1], [1], TENTH, weight="g"),
    "layer_norm": equations.normalise("layer_norm", "nij", [0], [1, 2], TENTH, weight="g", offset="b"),
    "mean of an image": equations.mean("ij", []),
    "group_mean": equations.mean("ncj", [0], 1),
    "group_variance": equations.variance("ncj", [0], 1),
    "group_norm": equations.normalise("group_norm", "ncj", [0], [1], TENTH, 1, weight="g", offset="b"),
    **{kind: pointwise(kind, "ij") for kind in OF_KIND},
}


def named(operation: Operation) -> dict[str, Operation]:
    batch = len(operation.shape(dict(operation.roles)["input"])) == 2
    of = {"cross_entropy": equations.softmax(batch=batch), "binary_cross_entropy": equations.logistic("nk")}
    return {"y": of[operation.name]} if operation.name in of else {}


def derivations(operation: Operation) -> tuple[Derivation, ...]:
    return gradients(operation, {k: v.equation for k, v in named(operation).items()})


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_step_of_every_operation_holds(name: str) -> None:
    operation = OPERATIONS[name]
    made = derivations(operation)
    report = verify(operation, made, named(operation))
    assert report.failed == ()
    assert report.checked == sum(len(d.steps) for d in made)
    assert set(report.by_kind) <= set(KINDS)
    assert report


def test_a_report_without_a_check_is_false() -> None:
    assert not Report()
    assert not verify(CONV, (), {})


def test_polynomial_steps_hold_for_all_values() -> None:
    report = verify(CONV, derivations(CONV), {})
    assert report.by_kind["symbols"] == report.checked


# ------------------------------------------------------------------------------------------------ planted errors
def swap(a: str, b: str) -> Callable[[Expr], Expr]:
    """Two symbols exchanged."""

    def change(e: Expr) -> Expr:
        found = {s.name: s for s in e.atoms(Symbol)}
        return rebuild(e, {found[a]: found[b], found[b]: found[a]})

    return change


def put(name: str, new: Callable[[Symbol], Expr]) -> Callable[[Expr], Expr]:
    def change(e: Expr) -> Expr:
        s = next(s for s in e.atoms(Symbol) if s.name == name)
        return rebuild(e, {s: new(s)})

    return change


def drop(kind: type, text: str = "") -> Callable[[Expr], Expr]:
    """The first condition of a kind taken for 1."""

    def change(e: Expr) -> Expr:
        c = next(x for x in sorted(e.atoms(kind), key=str) if text in str(x))
        return rebuild(e, {c: Integer(1)})

    return change


def exchange(old: Callable[[Expr], list[Expr]], new: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    return lambda e: rebuild(e, {old(e)[0]: new(old(e)[0])})


def atoms(kind: type, text: str = "") -> Callable[[Expr], list[Expr]]:
    return lambda e: [x for x in sorted(e.atoms(kind), key=str) if text in str(x)]


def shorter(e: Expr) -> Expr:
    """The last tap is lost."""
    s = atoms(Sum)(e)[0]
    return rebuild(e, {s: Sum(s.body, (s.ranges[0][0], s.ranges[0][1] - 1), *s.ranges[1:])})


def loser(w: Expr) -> Expr:
    """The winner of the smallest."""
    return Winner(-w.body, w.guard, w.at, *w.ranges)


def wider(c: Expr) -> Expr:
    return In(c.args[0], c.args[1] + 1)


def narrower(c: Expr) -> Expr:
    return In(c.args[0], c.args[1] - 1)


def at(axis: int, change: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    """An entry at another place along one axis."""
    return lambda x: Entry(x.tensor, *(change(e) if k == axis else e for k, e in enumerate(x.at)))


POOL, LOSS = equations.max_pool(2), equations.cross_entropy()
LINEAR, RELU = equations.linear("ij", bias=True), pointwise("relu", "ij")
PLANTED: dict[str, tuple[Operation, str, str, Callable[[Expr], Expr]]] = {
    "dropped guard of dX": (CONV, "X", "sift", drop(In, "Ho")),
    "dropped guard of dX, columns": (CONV, "X", "domains", drop(In, "Wo")),
    "dropped divisibility": (CONV, "X", "sift", drop(Div, "sh")),
    "dropped divisibility, columns": (CONV, "X", "domains", drop(Div, "sw")),
    "dropped read guard of dK": (CONV, "K", "domains", drop(In, "H")),
    "dropped read guard of dK, columns": (CONV, "K", "sift", drop(In, "W")),
    "stride off by one": (CONV, "K", "sift", put("sh", lambda s: s + 1)),
    "stride off by one in dX": (CONV, "X", "sift", put("sw", lambda s: s + 1)),
    "dilation swapped with stride": (CONV, "X", "sift", swap("sh", "dh")),
    "dilation swapped with stride, columns": (CONV, "K", "domains", swap("sw", "dw")),
    "dilation forgotten": (CONV, "X", "domains", put("dh", lambda s: Integer(1))),
    "padding forgotten": (CONV, "K", "domains", put("pt", lambda s: Integer(0))),
    "padding of the wrong side": (CONV, "X", "domains", put("pl", lambda s: index("pr"))),
    "rows and columns swapped": (CONV, "K", "entry_rule", swap("a", "b")),
    "a lost tap": (CONV, "X", "domains", shorter),
    "kernel not flipped": (CONV, "X", "domains", exchange(atoms(Entry, "K["), lambda x: Entry("K", 0, 0))),
    "a lost term": (CONV, "bias", "entry_rule", shorter),
    "a wrong index": (CONV, "K", "domains", exchange(atoms(Entry, "∂Y"), lambda x: Entry(x.tensor, x.at[1], x.at[0]))),
    "sign": (CONV, "K", "linearity", lambda e: -e),
    "chain rule loses a path": (CONV, "K", "chain_rule", shorter),
    "wrong bound of a guard": (CONV, "X", "sift", exchange(atoms(In, "Quot"), lambda c: In(c.args[0], c.args[1] + 1))),
    "quotient rounded up": (CONV, "X", "domains", exchange(atoms(Quot), lambda q: Quot(q.args[0] + 1, q.args[1]))),
    "a shifted delta": (CONV, "K", "one_sum", exchange(atoms(Delta), lambda d: Delta(d.args[0] + 1, d.args[1]))),
    "another entry": (CONV, "K", "chain_rule", exchange(atoms(Partial), lambda p: Partial(p.body, Entry("K", 0, 0)))),
    "ReLU mask forgotten": (RELU, "S", "sift", lambda e: rebuild(e, {x: Integer(1) for x in e.atoms(step)})),
    "pool gradient to every entry": (POOL, "P", "sift", lambda e: rebuild(e, {x: Integer(1) for x in e.atoms(Winner)})),
    "pool: another winner": (POOL, "P", "maximum", exchange(atoms(Winner), loser)),
    "transposed weight index": (LINEAR, "x", "sift", swap("i", "j")),
    "flat index with the wrong width": (LINEAR, "W", "linearity", put("W_", lambda s: extent("H"))),
    "a mirror of its edge": (MOVES["pad, reflect"], "X", "domains", drop(In, "2 - w")),
    "a mirror too wide": (MOVES["pad, reflect"], "X", "domains", exchange(atoms(In, "1 - w"), wider)),
    "a mirror too narrow": (MOVES["pad, reflect"], "X", "sift", exchange(atoms(In, "2 - w, 2"), narrower)),
    "a neighbour's part": (MOVES["cat"], "R", "domains", exchange(atoms(Entry, "∂Y"), at(1, lambda c: c - 1))),
    "another tensor's side": (MOVES["stack"], "Q", "domains", exchange(atoms(Entry, "∂Y"), at(1, lambda k: k - 1))),
    "what a step leaves out": (MOVES["slice"], "X", "domains", drop(Div)),
    "a place beside it": (MOVES["select"], "X", "sift", exchange(atoms(Delta, "2"), lambda d: Delta(3, d.args[1]))),
    "rows of pixels for columns": (MOVES["pixel_shuffle"], "X", "domains", swap("a", "b")),
    "a pixel that is lost": (MOVES["upsample"], "X", "domains", shorter),
    "backwards by one less": (MOVES["flip"], "X", "domains", exchange(atoms(Entry, "∂Y"), at(1, lambda i: i - 1))),
    "a sum for a mean": (MOVES["axis_mean"], "X", "domains", lambda e: e * extent("C")),
    "the least for the largest": (MOVES["axis_max"], "X", "maximum", exchange(atoms(Winner), loser)),
    "softmax without its target": (LOSS, "z", "fold", lambda e: e + Entry("t", e.atoms(Entry).pop().at[0])),
    "softmax not normalised": (LOSS, "z", "hoist", exchange(atoms(Sum, "exp"), lambda s: Integer(1))),
}  # fmt: skip


def plant(d: Derivation, rule: str, change: Callable[[Expr], Expr]) -> Derivation:
    """The derivation with one line changed, its ends still meeting."""
    k = max(k for k, s in enumerate(d.steps) if s.rule == rule)
    wrong = change(d.steps[k].after)
    assert wrong != d.steps[k].after, "the planted error changes nothing"
    steps = list(d.steps)
    steps[k] = replace(steps[k], after=wrong)
    if k + 1 < len(steps):
        steps[k + 1] = replace(steps[k + 1], before=wrong)
    return replace(d, steps=tuple(steps))


@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_is_caught(error: str) -> None:
    operation, tensor, rule, change = PLANTED[error]
    sound = derive(operation, tensor, {k: v.equation for k, v in named(operation).items()})
    report = verify(operation, [plant(sound, rule, change)], named(operation))
    assert report.failed, f"{error} went unnoticed"
    assert not report


def test_enough_errors_are_planted() -> None:
    assert len(PLANTED) >= 20


def test_an_unexercised_condition_is_no_proof() -> None:
    """A condition that is always true, but does not follow from ranges, must not count as verified."""
    e = Entry("K", Integer(0), Integer(0))
    idle = Mul(e, In(Quot(Symbol("H", integer=True, positive=True), Integer(100)), Integer(1)))
    d = derive(CONV, "bias")
    last = replace(d.steps[-1], after=d.steps[-1].after * idle / e)
    report = verify(CONV, [replace(d, steps=(*d.steps[:-1], last))], {})
    assert "never seen both" in str(report.failed[0])


def test_sizes_are_the_same_every_time_and_uneven() -> None:
    def first() -> list[dict[Symbol, int]]:
        sets = size_sets(CONV)
        return [next(sets) for _ in range(6)]

    assert first() == first()
    assert any(s[h] != s[w] for s in first() for h in s for w in s if (h.name, w.name) == ("H", "W"))


def test_broken_steps_name_their_rule() -> None:
    d = derive(CONV, "K")
    report = verify(CONV, [plant(d, "sift", swap("sh", "dh"))], {})
    assert isinstance(report.failed[0].step, Step)
    assert "sift" in str(report.failed[0])


def test_what_holds_is_remembered_and_what_does_not_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what it says; and no more of it than a process has room for."""
    held: dict[tuple[str, str], Report] = {}
    monkeypatch.setattr(verify_module, "_HELD", held)
    monkeypatch.setattr(verify_module, "KEPT", 2)
    relu, other = (pointwise("relu", "ij") for _ in range(2))
    first = verify_module.verify_once(relu, gradients(relu), {}, "relu")
    assert verify_module.verify_once(other, gradients(other), {}, "relu") is first and len(held) == 1
    wrong = plant(derive(relu, relu.operands[0]), "chain_rule", lambda e: 2 * e)
    assert not verify_module.verify_once(relu, (wrong,), {}, "wrong") and len(held) == 1
    for operation in (SOFTMAX, equations.linear("m")):
        verify_module.verify_once(operation, gradients(operation), {}, operation.name)
    assert len(held) == 2 and first not in held.values()


def test_digits_see_what_floats_do_not() -> None:
    """A part in 10^15 of a sigmoid's derivative; steps whose numbers are no fractions are counted as such."""
    sigmoid, relu = pointwise("sigmoid", "ij"), pointwise("relu", "ij")
    right = gradients(sigmoid)
    assert verify(sigmoid, right, {}).by_kind["digits"] > 0 == verify(relu, gradients(relu), {}).by_kind["digits"]
    last = right[0].steps[-1]
    off = replace(right[0], steps=(*right[0].steps[:-1], replace(last, after=last.after * (1 + Rational(1, 10**15)))))
    (failure,) = verify(sigmoid, (off,), {}).failed
    assert failure.step == off.steps[-1] and "is not" in failure.place
