"""LaTeX to PDF with the TeX that is installed: in an empty folder, without a shell, within a time limit."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from symconv.errors import Broken, NotSupported

PROGRAMS = ("latexmk", "xelatex")
PACKAGES = (
    "latexmk texlive-latex-recommended texlive-latex-extra texlive-pictures texlive-xetex"
    " texlive-lang-chinese texlive-fonts-recommended"
)
INSTALL = f"apt-get install {PACKAGES}"
OVERFULL = 5.0  # points: a wider overhang is seen in the margin
COMMAND = (
    *("latexmk", "-norc", "-xelatex", "-no-shell-escape"),
    *("-interaction=nonstopmode", "-halt-on-error", "-file-line-error", "handout.tex"),
)
PARANOID = {
    "openin_any": "p",  # TeX reads nothing above its folder, and no hidden file
    "openout_any": "p",
    "shell_escape": "f",
    "max_print_line": "10000",  # an unbroken log can be searched
    "SOURCE_DATE_EPOCH": "0",  # the same source gives the same PDF
    "FORCE_SOURCE_DATE": "1",
}
FOREIGN = re.compile(r"TEXINPUTS|TEXMF.*|TEXFORMATS|BIBINPUTS|LATEXMKRCSYS|TEXFONTS|OSFONTDIR")


COMPLAINT = re.compile(
    r"^Missing character: "
    r"|Warning: (?:Reference|Citation|Hyper reference) .*undefined"
    r"|Warning: There were undefined (?:references|citations)"
    r"|Warning: (?:Label .* multiply defined|There were multiply-defined labels)"
)


@dataclass(frozen=True)
class Typeset:
    """A compiled document and TeX's log of the last run."""

    pdf: bytes
    log: str


def missing() -> tuple[str, ...]:
    """The programs of TeX that are not found."""
    return tuple(program for program in PROGRAMS if shutil.which(program) is None)


def require() -> None:
    """Raises NotSupported, with the command that installs it, where TeX is missing."""
    if missing():
        raise NotSupported(f"{' and '.join(missing())} not found: a PDF needs TeX\n  {INSTALL}")


def compile(tex_source: str, timeout: float = 120) -> bytes:
    """The PDF of a whole LaTeX document, in at most `timeout` seconds; errors as in `typeset`."""
    return typeset(tex_source, timeout).pdf


def typeset(tex_source: str, timeout: float = 120) -> Typeset:
    """Compiles a whole LaTeX document with xelatex, as often as its references need, in at most `timeout` seconds.

    Raises NotSupported where TeX or a part of it is missing (with the command that installs it), Broken otherwise.
    """
    require()
    with tempfile.TemporaryDirectory(prefix="symconv-") as name:
        folder = Path(name)
        (folder / "handout.tex").write_text(tex_source, encoding="utf-8")
        status = _run(folder, timeout)
        log, pdf = folder / "handout.log", folder / "handout.pdf"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        if status == 0 and pdf.exists():
            return Typeset(pdf.read_bytes(), text)
    raise _failure(text)


def complaints(log: str, most: float = OVERFULL) -> list[str]:
    """What a reader of the page would notice: text in the margin (by more than `most` points), a character or a
    reference that is not there. Each once, in the log's order."""
    found: dict[str, None] = {}
    for line in log.splitlines():
        overfull = re.match(r"Overfull \\[hv]box \(([0-9.]+)pt too (?:wide|high)\)", line)
        if (overfull and float(overfull[1]) > most) or re.search(COMPLAINT, line):
            found[line.strip()] = None
    return list(found)


def errors(log: str, most: int = 3) -> list[str]:
    """The log's first error lines (`file:line: message`, or `! message`)."""
    lines = (line.strip() for line in log.splitlines())
    return [line for line in lines if re.match(r"! |(\./)?handout\.tex:\d+: ", line)][:most]


def _failure(log: str) -> Exception:
    lost = re.search(
        r"File [`']([^']+)' not found|[Ff]ont \\?\S*?[\"']?([^\"'\n]+?)[\"']? (?:cannot be|not) found", log
    )
    if lost:
        return NotSupported(f"TeX lacks {lost[1] or lost[2]}: a PDF needs more of it\n  {INSTALL}")
    said = "\n  ".join(errors(log)) or "TeX left no error message"
    return Broken(f"the handout does not compile:\n  {said}")


def _run(folder: Path, timeout: float) -> int:
    """latexmk's exit status; its whole process group ends with it, whatever happens."""
    kept = {key: value for key, value in os.environ.items() if not FOREIGN.fullmatch(key)}
    process = subprocess.Popen(
        COMMAND,
        cwd=folder,
        env={**kept, **PARANOID, "TEXMFOUTPUT": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired as error:
        raise Broken(f"TeX did not finish within {timeout:g} seconds") from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
