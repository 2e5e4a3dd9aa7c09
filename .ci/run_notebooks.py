"""Run notebooks from first cell to last: `run_notebooks.py FILES...`; exits 1 with the first cell that fails.

Needs nbclient and ipykernel besides symconv and PyTorch. Each notebook runs in a folder of its own, nothing is kept.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

SECONDS = 600  # for one cell


def run(path: Path) -> str:
    """What went wrong, "" if nothing did."""
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        try:
            client.execute()
        except CellExecutionError as error:
            cell = next(c for c in notebook.cells if any(o.output_type == "error" for o in c.get("outputs", ())))
            return f"{path}, cell {cell.id}: {error.ename}: {error.evalue}\n{indent(cell.source, '    ')}"
    return ""


failed = False
for name in sys.argv[1:]:
    start = time.monotonic()
    problem = run(Path(name))
    failed |= bool(problem)
    print(problem or f"{name}: {time.monotonic() - start:.1f} s", flush=True)
sys.exit(failed or len(sys.argv) == 1)
