"""The pipeline, read aloud: a network, its derivations, and all that is made of them."""

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import mpmath
from sympy import ImmutableDenseNDimArray

from symconv.array import Array
from symconv.check import check as checking, recorded
from symconv.check.check import Comparison
from symconv.check.network import bounded, check_close, check_emitted, check_network
from symconv.check.torch_network import autograd
from symconv.code import training
from symconv.code.emit import EXPLAINED, emit, emitted, functions, load as load_module, modules, recipe, source
from symconv.code.operations import GENERATED, chosen
from symconv.code.specialised import short
from symconv.derivation.equations import Operation
from symconv.derivation.pattern import pattern
from symconv.derivation.special import equation_with
from symconv.derivation.tensors import is_copy
from symconv.errors import Broken, NotSupported, SpecError
from symconv.evaluation.evaluate import World
from symconv.evaluation.whole import WholeWorld
from symconv.files import files, formats, seals
from symconv.handout.document import Document
from symconv.handout.handout import Cases, Entries, convolves, handout
from symconv.handout.options import PLAIN, Options
from symconv.networks.network import Network, builtin, load
from symconv.verification.verify import OWN, Report, at_own_sizes, verify_once
from symconv.verification.worlds import AnyWorld, network_world
from symconv.worked.derived import Derived, derived, differentiated, short_loss
from symconv.worked.entry import chosen_entries
from symconv.worked.exactness import products
from symconv.worked.numbers import given
from symconv.worked.stages import LOSS, PROBABILITIES, Stage
from symconv.worked.textbook import textbook

OWN_PRODUCTS = 2_000  # of the forward pass: steps are evaluated with the network's own numbers, in a second or so
DEFAULT = "toy-cnn"
GENERATE = "symconv generate"  # what writes the modules again
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

    def evaluate(self, engine: str = "torch") -> Mapping[str, Mapping[str, Any]]:
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
        return rows if bounded(self.losses) else rows + _close(self)

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
            whole, short = self._world(WholeWorld), short_loss(self)
            own = at_own_sizes(whole, self.derivations.values(), self.world)
            return replace(own, failed=own.failed + at_own_sizes(whole, [short] if short else [], self.world).failed)

    def _named(self, stage: Stage) -> dict[str, Operation]:
        """The definitions that a stage's gradients are written with: the softmax, for the loss."""
        return {s.output: s.operation for s in self.stages if s.output == PROBABILITIES and stage.output == LOSS}

    def world(self) -> World:
        """The network's own numbers, with dL/d(tensor) from dual numbers through the whole network."""
        return self._world(World)

    def _world(self, kind: type[AnyWorld]) -> AnyWorld:
        equations = tuple(equation_with(e, dict(s.sizes)) for s in self.stages for e in s.operation.equations)
        return network_world(given(self.network), equations, self.derivations, kind)


def derive(network: Network, rotated: bool = False) -> Study:
    """Every gradient of the network, derived step by step; nothing is evaluated yet. `rotated`: see `derived`."""
    d = derived(network, rotated)
    return Study(d.network, d.stages, d.general, d.derivations)


def _sympy(tensors: Mapping[str, Array]) -> Mapping[str, ImmutableDenseNDimArray]:
    return {name: ImmutableDenseNDimArray(list(a.entries), a.shape) for name, a in tensors.items() if not is_copy(name)}


# ------------------------------------------------------------------------------------------------ the commands' work
@dataclass(frozen=True)
class Built:
    """What a build did: rows of the summary, what was written, and what went wrong."""

    ok: bool
    summary: tuple[tuple[str, str], ...]
    written: files.Written
    problems: tuple[str, ...]


def build(
    network: Network,
    out: Path,
    languages: tuple[str, ...],
    force: bool,
    progress: Progress,
    options: Options = PLAIN,
) -> Built:
    """network -> derivations -> handouts, code and checks, written below `out`."""
    progress("deriving")
    study = derive(network)
    progress("verifying")
    report = verified(study)
    progress("checking against PyTorch")
    checks, hint = _checks(study)
    made = documents(study, report, languages, _cases(checks), options=options)
    content: dict[Path, str | bytes] = {Path(name): text for name, text in code().items()}
    folder = Path(network.name)
    for name, (document, format) in _names(made, formats.WRITERS).items():
        progress(f"writing {name}")
        content[folder / name] = formats.written(document, network, command_of(network) + options.words(), format)
    content[folder / "network.py"] = seals.sealed(study.source, command_of(network))
    content[folder / "report.json"] = _report(study, report, checks)
    written = files.write(content, out, force)
    edited = {p.stem for p in written.refused if p.suffix == ".tex"}
    pdfs: dict[Path, str | bytes] = {}
    for name, (document, _) in _names(made, ("pdf",)).items():
        if Path(name).stem not in edited:
            progress(f"typesetting {name}")
            pdfs[folder / name] = formats.pdf(document, options.accessible)
    written += files.write(pdfs, out, force)
    problems = tuple(f"{r.group}, {r.case}: {r.what} failed ({r.measured})" for r in (checks.failed if checks else ()))
    passed = checks is None or checks.passed
    return Built(passed and not written.refused, _summary(study, report, checks, hint, written, out), written, problems)


def verified(study: Study) -> Report:
    """What was verified of the network and, if it has one, of the general convolution; Broken if a step is wrong."""
    report = study.verify() + (textbook().verify() if convolves(study) else Report())
    if not report:
        raise Broken("a step of a derivation does not hold\n" + "\n".join(f"  {f}" for f in report.failed))
    return report


def handouts(
    network: Network, languages: tuple[str, ...], wanted: tuple[str, ...] = ("tex",), entries: tuple[str, ...] = (),
    options: Options = PLAIN, progress: Progress = lambda what: None,
) -> dict[str, str | bytes]:  # fmt: skip
    """File name -> the handout in each language and each of the `wanted` formats (formats.FORMATS); `entries`, such as
    "conv1.weight[0,0,1,2]", are traced to the loss. SpecError for an entry that there is not."""
    progress("deriving")
    study = derive(network)
    traced = chosen_entries(study, entries)
    progress("verifying")
    report, cases = verified(study), _cases_shown(study)
    made = documents(study, report, languages, cases, traced, options)
    command = command_of(network) + options.words()
    if entries:  # which are this command's own
        command = command.replace("build", "handout", 1) + "".join(f" --entry {shlex.quote(e)}" for e in entries)
    content = {}
    for name, (document, format) in _names(made, wanted).items():
        progress(f"writing {name}")
        content[name] = formats.written(document, network, command, format, options.accessible)
    return content


def documents(
    study: Study, report: Report, languages: tuple[str, ...], cases: Cases | None, entries: Entries = (),
    options: Options = PLAIN,
) -> dict[str, Document]:  # fmt: skip
    """Language -> the handout, before it is written in any format."""
    code_lines = emitted()
    if options.notation.rotated and convolves(study):
        study = derive(study.network, rotated=True)
        report = verified(study)
    return {x: handout(study, report, code_lines, x, cases, entries, options) for x in languages}


def _names(documents: Mapping[str, Document], wanted: Iterable[str]) -> dict[str, tuple[Document, str]]:
    """File name -> what is written there, and in which format."""
    return {f"handout.{x}.{format}": (d, format) for x, d in documents.items() for format in wanted}


def command_of(network: Network) -> str:
    """What regenerates a network's files; it names no folder."""
    if network.name in builtin() and network == load(network.name):
        return "symconv build" if network.name == DEFAULT else f"symconv build {network.name}"
    return f"symconv build {network.name}.toml"


def code(
    op: str | None = None, form: str | None = None, options: Mapping[str, Any] | None = None
) -> dict[str, str]:  # fmt: skip
    """File name -> sealed source: of every generated module, of one operation or form, or of one case with its options
    folded in. NotSupported for an operation or form that there is not, SpecError for options that do not fit."""
    if op is form is None and not options:
        return {name: seals.sealed(text, GENERATE) for name, text in modules().items()}
    if options and form is None:
        raise SpecError("options are folded into one form only\n  give --form as well, for example --form loop")
    named = chosen(op or "conv2d", form)
    made = [recipe(operation, which, **(options or {})) for operation, which in named]
    commands = [_generate(operation, which, options or {}) for operation, which in named]
    return {f"{r.name}.py": seals.sealed(source(r), c) for r, c in zip(made, commands, strict=True)}


def _generate(op: str, form: str, options: Mapping[str, Any]) -> str:
    """The command that writes one module again."""
    if not options and (op, form) in GENERATED:
        return GENERATE
    words = [f"--{name.replace('_', '-')} {short(value)}" for name, value in options.items()]
    return " ".join([GENERATE, f"--op {op}", f"--form {form}", *words])


def check(network: Network) -> checking.CheckReport:
    """The emitted code against torch, and every value and gradient of the network against autograd."""
    return derive(network).checks


_loaded = lru_cache(8)(load_module)


@cache
def _code_rows() -> tuple[Comparison, ...]:
    """The emitted modules against PyTorch: they are no network's own."""
    return checking.check_code(functions())


def _checked(study: Study) -> checking.CheckReport:
    rows = _code_rows()
    if not study.exact:
        return checking.CheckReport(rows + _close(study))
    return checking.CheckReport(rows + check_network(study.network, study.known, study.losses) + study.compared)


def _close(study: Study) -> tuple[Comparison, ...]:
    tensors = autograd(checking.torch_or_hint(), study.network)
    found = evaluated(study, {name: x.detach() for name, x in tensors.items()})
    return check_close(study.network, found, tensors)


def evaluated(study: Study, at: Mapping[str, Any] | None = None) -> Mapping[str, Mapping[str, Any]]:
    """The emitted code run in float64; its gradients at these values, where they are given."""
    return training.run(study, _loaded(study.source, f"network {study.network.name}"), checking.torch_or_hint(), at)


def _checks(study: Study) -> tuple[checking.CheckReport | None, str]:
    """The checks, or None and the hint where torch is missing."""
    try:
        checking.torch_or_hint()
    except NotSupported as missing:
        return None, str(missing).replace("\n  ", "; ")
    return study.checks, ""


def _cases_shown(study: Study) -> Cases | None:
    """What a handout says of the code that it prints: how many comparisons with PyTorch passed, as it was recorded of
    the same sources, else compared now; None where PyTorch is missing. Broken where the numbers of a network that has
    no exact ones are not PyTorch's."""
    if not checking.there():
        return None
    if not study.exact:
        with checking.one_thread():
            if wrong := [f"{row.what} {row.case}" for row in _close(study) if not row.passed]:
                raise Broken(f"the emitted code of {study.network.name} is not PyTorch's in {', '.join(wrong)}")
    if not convolves(study):
        return {}
    return recorded.counts(explained_sources()) or checking.CheckReport(_code_rows()).counts()


def explained_sources() -> dict[str, str]:
    """Function -> source of its module, of the forms that handouts print."""
    return {f"conv2d_{form}": emit("conv2d", form) for form in EXPLAINED}


def _cases(checks: checking.CheckReport | None) -> Cases | None:
    return None if checks is None else checks.counts()


def _report(study: Study, report: Report, checks: checking.CheckReport | None) -> str:
    """report.json: names, counts, criteria, pass or fail; no measured number."""
    content: dict[str, Any] = {
        "network": study.network.name,
        "derivations": {t: [s.rule for s in d.steps] for t, d in study.derivations.items()},
        "verified": {"passed": bool(report), "by_kind": dict(report.by_kind)},
        "checked": None if checks is None else checks.table(),
    }  # fmt: skip
    return seals.sealed_json(content, command_of(study.network))


def _summary(
    study: Study, report: Report, checks: checking.CheckReport | None, hint: str, written: files.Written, out: Path
) -> tuple[tuple[str, str], ...]:
    kinds, steps = report.by_kind, sum(len(d.steps) for d in study.derivations.values())
    derivations = f"{len(study.derivations)} gradients of {study.network.name} in {steps} steps"
    general = f"{kinds['numbers'] + kinds['digits']} general steps ({kinds['symbols']} also as polynomials)"
    how = f"{general}, {kinds[OWN]} with the network's numbers: all hold"
    against = f"not run: {hint}"
    if checks is not None:
        against = f"{len(checks.rows) - len(checks.failed)} of {len(checks.rows)} comparisons with PyTorch passed"
    counts = f"{len(written.written)} files in {out}/, {len(written.unchanged)} unchanged"
    rows = (("derived", derivations), ("verified", how), ("checked", against), ("written", counts))
    there = sorted((*written.written, *written.unchanged))
    shown = [(p.suffix[1:], str(out / p)) for suffix in (".pdf", ".html") for p in there if p.suffix == suffix]
    return (*rows, *shown)
