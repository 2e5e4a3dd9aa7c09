"""A network taken the whole way, as a user would: what is wrong on it, as lines of text.

From the command line: `python tests/whole_way.py FIRST COUNT [PROCESSES]` takes COUNT networks drawn from the seeds
FIRST, FIRST + 1, ... (tests/random_networks.py), every eighth with a handout and one in 128 built as by
`symconv build`, prints what is wrong with any, and ends with the plain line `N passed, N failed`; exit code 1 if one
failed.
"""

import gc
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import torch
from random_networks import drawn

from symconv.build import build
from symconv.check.network import check_close, check_emitted, check_network
from symconv.check.torch_network import autograd
from symconv.code.emit import emitted
from symconv.errors import NotSupported
from symconv.exercises.exercises import exercises
from symconv.exercises.sheet import refuse
from symconv.files import formats
from symconv.handout.handout import handout
from symconv.networks.network import Network, load
from symconv.study import Study, derive, evaluated
from symconv.text.prose import LANGUAGES
from symconv.verification.verify import Report
from symconv.worked.exactness import products
from symconv.writers.typst.writer import write_typst

FEW = 500  # products: exact numbers in a fraction of a second
COMMAND = "symconv build drawn.toml"
KINDS = ("tex", "html", "ipynb", "typst")
BUILT = ("tex", "html", "ipynb", "pdf")


def faults(network: Network, written: tuple[tuple[str, str], ...] = (), built: bool = False) -> list[str]:
    """Steps that do not hold with its numbers; numbers that are not PyTorch's, emitted or exact; a file that is not
    read back; in the languages and formats of `written`, a handout or an exercise that is not written; and if `built`,
    what is wrong with its build in all of them, general steps verified."""
    try:
        return list(_faults(network, written, built))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return [f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"]


def _faults(network: Network, written: tuple[tuple[str, str], ...], built: bool) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.toml"
        path.write_text(network.to_toml(), encoding="ascii")
        if load(path) != network:
            yield "its file is not read back equal"
    study = derive(network)
    report = study.with_own_numbers()
    yield from (str(failure) for failure in report.failed)
    yield from _wrong_numbers(study)
    for language, format in written:
        if not built:  # of every language and format
            yield from _handout(study, report, language, format)
        if format in ("html", "tex"):
            yield from _exercise(study, language, format)
    if built:
        yield from _build(network)


def _handout(study: Study, report: Report, language: str, format: str) -> Iterator[str]:
    document, typst = handout(study, report, emitted(), language, None), format == "typst"
    text = write_typst(document) if typst else str(formats.written(document, study.network, COMMAND, format))
    yield from _missing(text, f"handout.{language}.{format}")


def _wrong_numbers(study: Study) -> Iterator[str]:
    tensors = autograd(torch, study.network)
    found = evaluated(study, {name: x.detach() for name, x in tensors.items()})
    rows = check_close(study.network, found, tensors, study.rounding)
    if study.exact and products(study.stages) <= FEW:
        rows += check_network(study.network, study.known, study.losses)
        rows += check_emitted(study.network, study.evaluate(), study.known, study.losses)
    yield from (f"{row.group}, {row.case}: {row.what} {row.measured}" for row in rows if not row.passed)
    learned = {study.network.input.name, *study.parameters}
    if lacking := learned - {row.case for row in rows if row.what == "gradient"}:
        yield f"no gradient of {', '.join(sorted(lacking))} was compared"


def _build(network: Network) -> Iterator[str]:
    """Without TeX on the path, which takes its time, PDFs are set by Typst."""
    with TemporaryDirectory() as folder, mock.patch.dict(os.environ, PATH=folder):
        done = build(network, Path(folder), tuple(LANGUAGES), False, lambda what: None)
        yield from done.problems
        files = {path.name: path for path in (Path(folder) / network.name).iterdir()}
        for name in (
            f"handout.{language}.{kind}" for kind in ("tex", "html", "ipynb", "pdf") for language in LANGUAGES
        ):
            if name not in files:
                yield f"{name} is not built"
            else:
                yield from _missing(files[name].read_bytes().decode(errors="replace"), name)
        if not done.ok or not {"network.py", "report.json"} <= files.keys():
            yield f"it is not well built: {sorted(files)}"


def _exercise(study: Study, language: str, format: str) -> Iterator[str]:
    for level in (1, 2, 3):
        try:
            refuse(study, level)
        except NotSupported:
            continue
        for name, text in exercises(study.network, (language,), format, level).items():
            yield from _missing(str(text), f"level {level}, {name}")


def _missing(text: str, name: str) -> Iterator[str]:
    if len(text) < 1000:
        yield f"{name} is empty"
    yield from (f"{name} holds {sign!r}" for sign in ("Traceback", "@input", "@output", "<sympy") if sign in text)


# ------------------------------------------------------------------------------------------------ many networks
PAIRS = tuple((language, format) for format in KINDS for language in LANGUAGES)


def written(seed: int) -> tuple[tuple[str, str], ...]:
    """One language and format for every eighth seed: sixty-four seeds hold all pairs of them."""
    return () if seed % 8 else (PAIRS[seed // 8 % len(PAIRS)],)


def built(seed: int) -> bool:
    """A build costs as much as twenty other seeds."""
    return seed % 128 == 0


def of_seed(seed: int) -> tuple[int, list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, of a gradient of a tensor in between
        torch.set_num_threads(1)
        gc.set_threshold(1_000_000, 20, 100)  # as in conftest.py
        return seed, faults(drawn(seed), written(seed), built(seed))


def main(first: int, count: int, processes: int = 1) -> int:
    failed = 0
    with ProcessPoolExecutor(processes) as pool:
        for seed, wrong in pool.map(of_seed, range(first, first + count), chunksize=8):
            failed += bool(wrong)
            print("".join(f"drawn({seed}): {line}\n" for line in wrong), end="", flush=True)
    print(f"{count - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
