"""The pipeline, read aloud: a network, its derivations, and all that is made of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

import mpmath
from sympy import ImmutableDenseNDimArray

from symconv.array import Array
from symconv.check import check as checking
from symconv.check.check import Cancelling, Comparison
from symconv.check.network import bounded, cancelling, check_close, check_emitted, check_network
from symconv.check.torch_network import autograd
from symconv.code import training
from symconv.code.emit import functions, load as load_module
from symconv.derivation.equations import Operation
from symconv.derivation.pattern import pattern
from symconv.derivation.special import equation_with
from symconv.derivation.tensors import is_copy
from symconv.errors import Broken, NotSupported
from symconv.evaluation.evaluate import FRACTIONS, TOGETHER, World
from symconv.evaluation.kinds import Kind
from symconv.handout.handout import convolves
from symconv.networks.in_torch import Tensor, TorchNumbers
from symconv.networks.network import Network, builtin, load
from symconv.verification.verify import OWN, Report, at_own_sizes, verify_once
from symconv.verification.worlds import network_world
from symconv.worked.derived import Derived, derived, differentiated, short_loss
from symconv.worked.exactness import products
from symconv.worked.numbers import given
from symconv.worked.stages import LOSS, PROBABILITIES, Stage
from symconv.worked.textbook import textbook

OWN_PRODUCTS = 2_000  # of the forward pass: steps are evaluated with the network's own numbers, in a second or so
DEFAULT = "toy-cnn"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Study(Derived):
    """A network with its derivations: `derivations["U"].steps`, `values["S"]`, `gradients["U"]`, `verify()`."""

    @property
    def values(self) -> Mapping[str, ImmutableDenseNDimArray]:
        """The exact values as SymPy arrays of the tensors' shapes. NotSupported where exact numbers would explode."""
        return _sympy(self.exact_values)

    @property
    def gradients(self) -> Mapping[str, ImmutableDenseNDimArray]:
        """The exact gradients as SymPy arrays of the tensors' shapes."""
        return _sympy(self.exact_gradients)

    def evaluate(self, engine: str = "torch") -> TorchNumbers:
        """The emitted code of the network run in float64: {"values": {name: tensor}, "gradients": {name: tensor}}.

        The values hold the input, the parameters and every layer's output; the gradients are those of `derivations`.
        Where there are exact numbers the code is compared with them, the first time. NotSupported without PyTorch, or
        for an engine other than "torch".
        """
        if engine != "torch":
            raise NotSupported(f"there is no engine {engine!r}\n  there is: torch")
        wrong = [f"{row.what} {row.case}" for row in self.compared if not row.passed]
        if wrong:
            raise Broken(
                f"the emitted code of {self.network.name} does not give the exact numbers of {', '.join(wrong)}"
            )
        return evaluated(self)

    @cached_property
    def source(self) -> str:
        """The text of the emitted code of the network."""
        return training.source(self)

    @cached_property
    def compared(self) -> tuple[Comparison, ...]:
        """The numbers of the emitted code against the exact ones, nothing where there are none; and where a comparison
        of the network hangs on rounding, or a number is beyond float64, against PyTorch's."""
        if not self.exact:
            return ()
        rows = check_emitted(self.network, evaluated(self), self.known, self.losses)
        return rows if bounded(self.losses) else rows + close(self)

    @cached_property
    def cancelling(self) -> tuple[Cancelling, ...]:
        """The parameters whose gradients are sums that cancel: rounding is a large part of them, or all."""
        found = evaluated(self)["gradients"]
        return cancelling({p: found[p].flatten().tolist() for p in self.parameters}, self.rounding, self.parameters)

    @cached_property
    def checks(self) -> checking.CheckReport:
        """The emitted code and every value and gradient against PyTorch. NotSupported, with the way to get it,
        without."""
        with checking.one_thread():
            return _checked(self)

    def verify(self) -> Report:
        """Every step of every derivation: at several sets of sizes, as polynomials where it is one, once for those that
        differ in names only; and, where that is cheap, at the network's own sizes with its own numbers.

        `checked` counts the steps of `derivations` once.
        """
        general = Report()
        seen: set[str] = set()
        for stage in differentiated(self.stages):
            operands = [self.general[t] for t in stage.operation.operands if t in self.general]
            named = self._named(stage)
            same = pattern(stage.operation, operands, named)
            if operands and same not in seen:
                general += verify_once(stage.operation, operands, named, same)
            seen.add(same)
        steps = sum(len(d.steps) for d in self.derivations.values())
        own = self.with_own_numbers() if products(self.stages) <= OWN_PRODUCTS else Report()
        return Report(steps, {**general.by_kind, OWN: own.checked}, general.failed + own.failed)

    def with_own_numbers(self) -> Report:
        """Every step that is left at the network's own sizes, and its loss, with its own numbers."""
        with mpmath.workdps(self.digits):
            whole, short = self._world(TOGETHER), short_loss(self)
            own = at_own_sizes(whole, self.derivations.values(), self.world)
            return replace(own, failed=own.failed + at_own_sizes(whole, [short] if short else [], self.world).failed)

    def _named(self, stage: Stage) -> dict[str, Operation]:
        """The definitions that a stage's gradients are written with: the softmax, for the loss."""
        return {s.output: s.operation for s in self.stages if s.output == PROBABILITIES and stage.output == LOSS}

    def world(self) -> World:
        """The network's own numbers, with dL/d(tensor) from dual numbers through the whole network."""
        return self._world(FRACTIONS)

    def _world(self, kind: Kind) -> World:
        self.require_domains()
        equations = tuple(equation_with(e, dict(s.sizes)) for s in self.stages for e in s.operation.equations)
        return network_world(given(self.network), equations, self.derivations, kind)


def derive(network: Network, rotated: bool = False) -> Study:
    """Every gradient of the network, derived step by step; nothing is evaluated yet. `rotated`: see `derived`."""
    d = derived(network, rotated)
    return Study(d.network, d.stages, d.general, d.derivations)


def _sympy(tensors: Mapping[str, Array]) -> Mapping[str, ImmutableDenseNDimArray]:
    return {name: ImmutableDenseNDimArray(list(a.entries), a.shape) for name, a in tensors.items() if not is_copy(name)}


def verified(study: Study) -> Report:
    """What was verified of the network and, if it has one, of the general convolution; Broken if a step is wrong."""
    report = study.verify() + (textbook().verify() if convolves(study) else Report())
    if not report:
        raise Broken("a step of a derivation does not hold\n" + "\n".join(f"  {f}" for f in report.failed))
    return report


def command_of(network: Network) -> str:
    """What regenerates a network's files; it names no folder."""
    if network.name in builtin() and network == load(network.name):
        return "symconv build" if network.name == DEFAULT else f"symconv build {network.name}"
    return f"symconv build {network.name}.toml"


_loaded = lru_cache(8)(load_module)


@cache
def code_rows() -> tuple[Comparison, ...]:
    """The emitted modules against PyTorch: they are no network's own."""
    return checking.check_code(functions())


def _checked(study: Study) -> checking.CheckReport:
    rows = code_rows()
    if not study.exact:
        return checking.CheckReport(rows + close(study), study.cancelling)
    exact = check_network(study.network, study.known, study.losses) + study.compared
    return checking.CheckReport(rows + exact, study.cancelling)


def close(study: Study) -> tuple[Comparison, ...]:
    """Every value and gradient of the emitted code against autograd, both in float64 at torch's values."""
    tensors = autograd(checking.torch_or_hint(), study.network)
    found = evaluated(study, {name: x.detach() for name, x in tensors.items()})
    return check_close(study.network, found, tensors, study.rounding)


def evaluated(study: Study, at: Mapping[str, Tensor] | None = None) -> TorchNumbers:
    """The emitted code run in float64, its gradients at these values where they are given.

    NotSupported without torch, SpecError for numbers that a function of one number is not defined for.
    """
    study.require_domains()
    return training.run(study, _loaded(study.source, f"network {study.network.name}"), checking.torch_or_hint(), at)
