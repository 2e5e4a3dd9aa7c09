"""Derivations that differ in names only are of one pattern; in anything else, of two."""

from collections.abc import Callable
from dataclasses import replace

import any_networks
import networks
import pytest
from sympy import Expr, Integer, Rational

from symconv.derivation import equations
from symconv.derivation.derivation import Derivation
from symconv.derivation.derive import derive
from symconv.derivation.equations import Operation
from symconv.derivation.index import Entry, In, rebuild
from symconv.derivation.pattern import pattern
from symconv.derivation.tensors import is_gradient
from symconv.networks.network import Network
from symconv.study import derive as study_of
from symconv.worked.derived import differentiated

CONV = equations.conv(1, bias=False)
OTHER = equations.conv(1, bias=False, input="zeta", weight="alpha", output="M", taken=("i", "a", "H", "n", "o", "kh"))


def of(operation: Operation, role: str, constants: bool = True) -> str:
    return pattern(operation, [derive(operation, dict(operation.roles)[role])], {}, constants)


@pytest.mark.parametrize("role", ["input", "weight"])
def test_names_of_tensors_and_letters_do_not_count(role: str) -> None:
    assert of(CONV, role) == of(OTHER, role)


def changed(d: Derivation, change: dict[Expr, Expr]) -> Derivation:
    last = d.steps[-1]
    return replace(d, steps=(*d.steps[:-1], replace(last, after=rebuild(last.after, change))))


def test_everything_else_counts() -> None:
    operation = equations.conv(1)
    d = derive(operation, "X")
    found = {pattern(operation, [d], {}), of(operation, "weight")}
    guard = min(d.lines[-1].atoms(In), key=str)
    grad = next(x for x in d.lines[-1].atoms(Entry) if is_gradient(x.tensor))
    kernel = next(x for x in d.lines[-1].atoms(Entry) if not is_gradient(x.tensor))
    changes: list[dict[Expr, Expr]] = [
        {guard: Integer(1)}, {grad: Entry(grad.tensor[1:], *grad.at)}, {kernel: Entry("other", *kernel.at)},
        {kernel: Entry(kernel.tensor, *reversed(kernel.at))}, {kernel: kernel + 1},
        {guard: In(guard.args[0] + 1, guard.args[1])},
    ]  # fmt: skip
    for change in changes:
        found.add(pattern(operation, [changed(d, change)], {}))
    assert len(found) == 2 + len(changes)


def test_numbers_may_be_left_out() -> None:
    tenth, fifth = (equations.normalise("batch_norm", "nm", [1], [1], Rational(1, n), weight="g") for n in (10, 5))
    assert of(tenth, "input") != of(fifth, "input")
    assert (
        of(tenth, "input", constants=False) == of(fifth, "input", constants=False) != of(CONV, "input", constants=False)
    )


@pytest.mark.parametrize("made", [networks.two_kernels, any_networks.twice])
def test_layers_of_a_network(made: Callable[[], Network]) -> None:
    """Two kernels of one kind are one pattern, whatever they are called."""
    study = study_of(made())
    found: dict[str, list[str]] = {}
    for s in differentiated(study.stages):
        found.setdefault(
            pattern(s.operation, [study.general[t] for t in s.operation.operands if t in study.general], {}), []
        ).append(s.kind)
    assert all(len(set(kinds)) == 1 for kinds in found.values())
    assert max(map(len, found.values())) > 1
