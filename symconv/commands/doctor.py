"""What is installed of the things that symconv can use, and how to get the rest."""

import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from symconv.files import tex

TORCH = "pip install 'symconv[torch]'"
BENCH = "pip install 'symconv[bench]'"
CORE = ("sympy", "jinja2", "pydantic", "cyclopts", "rich", "nbformat")
TYPST = ("typst", "manimgx-fonts-cjk")
TEX_FILES = {"Chinese class": "ctexart.cls", "Chinese font": "FandolSong-Regular.otf", "pictures": "tikz.sty"}


@dataclass(frozen=True)
class Item:
    """One thing: what it is for, what was found (a version, or "found"; "" for nothing), how to get it."""

    name: str
    purpose: str
    found: str
    remedy: str = ""


def examine() -> tuple[Item, ...]:
    """Everything that symconv can use; nothing heavy is imported for it."""
    core = [Item(name, "derivations, files, commands", _version(name), "pip install symconv") for name in CORE]
    core += [Item(name, "handouts as PDF without TeX", _version(name), "pip install symconv") for name in TYPST]
    torch = Item("torch", "numerical checks; running the emitted code", _version("torch"), TORCH)
    picture = Item("matplotlib", "the benchmark's picture", _version("matplotlib"), BENCH)
    return (Item("Python", "all", python_version()), *core, torch, picture, *_tex())


def _tex() -> list[Item]:
    what = "handouts as PDF, by TeX"
    programs = [Item(name, what, "found" if shutil.which(name) else "", tex.INSTALL) for name in tex.PROGRAMS]
    parts = [Item(name, what, "found" if _tex_has(file) else "", tex.INSTALL) for name, file in TEX_FILES.items()]
    return programs + parts


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _tex_has(name: str) -> bool:
    """Whether TeX finds the file; no if it is not there to ask."""
    program = shutil.which("kpsewhich")
    if program is None:
        return False
    try:
        asked = subprocess.run([program, name], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
