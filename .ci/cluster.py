"""Worksheets made by a real Dask cluster, its two workers processes of their own, are those of one computer.

To the byte: by the pool of processes, by the cluster, and by the cluster one of whose workers is killed on the way.
"""

import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

import distributed

from symconv.handout.options import Options
from symconv.networks.network import load
from symconv.worksheets.batches import Crew
from symconv.worksheets.class_job import class_job
from symconv.worksheets.cluster import cluster, local_cluster
from symconv.worksheets.processes import processes
from symconv.worksheets.roster import open_roster
from symconv.worksheets.run import Outcome, Watcher, run
from symconv.worksheets.sheets import ClassSheets

ROWS = 32

Tree = dict[str, bytes]


def made(job: ClassSheets, crew: AbstractContextManager[Crew], place: Path, name: str) -> Tree:
    """The folder that this crew makes."""
    roster, out, begun = place / "roster.csv", place / name, time.monotonic()
    roster.write_text("\n".join(["id,name", *(f"s{n},Name {n}" for n in range(ROWS))]))
    outcome = run(job, open_roster(roster), out, crew, Watcher(print, lambda done, of: None))
    if outcome != Outcome(made=ROWS):
        sys.exit(f"{name}: {outcome}")
    print(f"{name}: {ROWS} made in {time.monotonic() - begun:.1f} s", flush=True)
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def kill_one(address: str, out: Path) -> None:
    """Kills a worker once some sheets are there."""
    with distributed.Client(address, set_as_default=False) as client:
        pid = next(iter(client.run(os.getpid).values()))
    while sum(1 for _ in out.glob("exercises/*")) < ROWS // 10:
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)


def main() -> None:
    job = class_job(load("toy-cnn"), "en", ("html", "tex"), 1, Options(detail="brief"), lambda what: None)
    with tempfile.TemporaryDirectory() as name, local_cluster(2) as address:
        place = Path(name)
        trees = [made(job, processes(2), place, "processes"), made(job, cluster(address), place, "cluster")]
        killer = threading.Thread(target=kill_one, args=(address, place / "one worker killed"))
        killer.start()
        trees.append(made(job, cluster(address), place, "one worker killed"))
        killer.join()
    if trees[1:] != trees[:1] * 2:
        sys.exit("the folders differ")
    print(f"all three are the same to the byte: {len(trees[0])} files")


if __name__ == "__main__":
    main()
