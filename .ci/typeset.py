"""Typesets each .tex file given, alone in an empty folder; exits 1 if a page would show a fault."""

import sys
from pathlib import Path

from symconv.files.tex import complaints, typeset

status = 0
for path in map(Path, sys.argv[1:]):
    done = typeset(path.read_text(encoding="utf-8"))
    found = complaints(done.log)
    print(f"{path}: {len(done.pdf)} bytes of PDF, {len(found)} complaints")
    print("".join(f"  {line}\n" for line in found), end="")
    status |= bool(found)
sys.exit(status)
