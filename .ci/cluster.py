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

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import distributed
from small_job import SmallJob

from symconv.worksheets.batches import Crew
from symconv.worksheets.cluster import cluster
from symconv.worksheets.processes import processes
from symconv.worksheets.roster import open_roster
from symconv.worksheets.run import Outcome, Watcher, run

ROWS = 200
SLOW = "0.005"  # seconds a row, so that there is a way on which to kill

Tree = dict[str, bytes]


def made(crew: AbstractContextManager[Crew], place: Path, name: str) -> Tree:
    """The folder that this crew makes."""
    roster, out, begun = place / "roster.csv", place / name, time.monotonic()
    roster.write_text("\n".join(["id,name", *(f"s{n},Name {n}" for n in range(ROWS))]))
    outcome = run(SmallJob(), open_roster(roster), out, crew, Watcher(print, lambda done, of: None))
    if outcome != Outcome(made=ROWS):
        sys.exit(f"{name}: {outcome}")
    print(f"{name}: {ROWS} made in {time.monotonic() - begun:.1f} s", flush=True)
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def kill_one(address: str, out: Path) -> None:
    """Kills a worker once some sheets are there."""
    with distributed.Client(address, set_as_default=False) as client:
        pid = next(iter(client.run(os.getpid).values()))
    while sum(1 for _ in out.glob("s*")) < ROWS // 10:
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)


def main() -> None:
    os.environ["SLOW"] = SLOW
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
            address = local.scheduler_address
            trees = [made(processes(2), place, "processes"), made(cluster(address), place, "cluster")]
            killer = threading.Thread(target=kill_one, args=(address, place / "one worker killed"))
            killer.start()
            trees.append(made(cluster(address), place, "one worker killed"))
            killer.join()
    if trees[1:] != trees[:1] * 2:
        sys.exit("the folders differ")
    print(f"all three are the same to the byte: {len(trees[0])} files")


if __name__ == "__main__":
    main()
