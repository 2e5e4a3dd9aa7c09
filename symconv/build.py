"""The commands' work: what is written of a network, and the summary of it."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from symconv.check import check as checking, recorded
from symconv.code.emit import EXPLAINED, emit, emitted, modules, recipe, source
from symconv.code.operations import GENERATED, chosen
from symconv.code.specialised import short
from symconv.errors import Broken, NotSupported, SpecError
from symconv.files import files, formats, seals
from symconv.handout.document import Document
from symconv.handout.handout import Cases, Entries, convolves, handout
from symconv.handout.options import PLAIN, Options
from symconv.networks.network import Network
from symconv.study import Progress, Study, close, code_rows, command_of, derive, verified
from symconv.verification.verify import OWN, Report
from symconv.worked.entry import chosen_entries

GENERATE = "symconv generate"  # what writes the modules again


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
    """network -> derivations -> handouts, code and checks, written below `out`.

    Broken where a step does not hold, SpecError where `out` cannot be written to.
    """
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


def code(
    op: str | None = None, form: str | None = None, options: Mapping[str, object] | None = None
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


def _generate(op: str, form: str, options: Mapping[str, object]) -> str:
    """The command that writes one module again."""
    if not options and (op, form) in GENERATED:
        return GENERATE
    words = [f"--{name.replace('_', '-')} {short(value)}" for name, value in options.items()]
    return " ".join([GENERATE, f"--op {op}", f"--form {form}", *words])


def check(network: Network) -> checking.CheckReport:
    """The emitted code against torch, and every value and gradient of the network against autograd, both in float64;
    the code in other types too. NotSupported without PyTorch."""
    return derive(network).checks


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
            if wrong := [f"{row.what} {row.case}" for row in close(study) if not row.passed]:
                raise Broken(f"the emitted code of {study.network.name} is not PyTorch's in {', '.join(wrong)}")
    if not convolves(study):
        return {}
    return recorded.counts(explained_sources()) or checking.CheckReport(code_rows()).counts()


def explained_sources() -> dict[str, str]:
    """Function -> source of its module, of the forms that handouts print."""
    return {f"conv2d_{form}": emit("conv2d", form) for form in EXPLAINED}


def _cases(checks: checking.CheckReport | None) -> Cases | None:
    return None if checks is None else checks.counts()


def _report(study: Study, report: Report, checks: checking.CheckReport | None) -> str:
    """report.json: names, counts, criteria, pass or fail, gradients that cancel; no measured number."""
    content: dict[str, object] = {
        "network": study.network.name,
        "derivations": {t: [s.rule for s in d.steps] for t, d in study.derivations.items()},
        "verified": {"passed": bool(report), "by_kind": dict(report.by_kind)},
        "checked": None if checks is None else checks.table(),
        "cancelling": None if checks is None else [c.tensor for c in checks.cancelling],
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
