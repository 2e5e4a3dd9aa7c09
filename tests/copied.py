"""A copy of the house to which a newcomer adds what the README says, and which then runs."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """A part of the README."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def house(folder: Path, *added: tuple[str, str, str]) -> Path:
    """All that runs, copied to `folder`; of each of the `added` a file, a text in it, and what stands there instead."""
    for part in ("symconv", "templates"):
        copytree(ROOT / part, folder / part)  # with what Python has compiled: it holds where the source is as old
    for name, there, instead in added:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(there) == 1, (name, there)
        (folder / name).write_text(text.replace(there, instead), encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str) -> str:
    """What Python prints there."""
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
