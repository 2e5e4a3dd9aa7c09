"""A Dask cluster, its workers threads of this process: .ci/cluster.py has real ones. What is wrong with one is said
within seconds."""

import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import distributed
import pytest
from small_job import SmallJob, inline

from symconv.errors import NotSupported, SpecError
from symconv.worksheets import cluster as module
from symconv.worksheets.batches import Crew
from symconv.worksheets.cluster import cluster
from symconv.worksheets.roster import open_roster
from symconv.worksheets.run import Outcome, Watcher, run


def scheduler(workers: int) -> AbstractContextManager[distributed.LocalCluster]:
    where = {"protocol": "tcp", "host": "127.0.0.1", "dashboard_address": None}
    return distributed.LocalCluster(n_workers=workers, threads_per_worker=1, processes=False, **where)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REACH", 0.5)


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a server that never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def tree(crew: AbstractContextManager[Crew], place: Path) -> dict[Path, bytes]:
    place.mkdir()
    (place / "r.csv").write_text("\n".join(["id", *(f"s{n}" for n in range(30))]))
    watcher = Watcher(pytest.fail, lambda done, of: None)
    assert run(SmallJob(), open_roster(place / "r.csv"), place / "out", crew, watcher) == Outcome(made=30)
    return {p.relative_to(place): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def test_a_cluster_makes_what_one_process_makes(tmp_path: Path) -> None:
    with scheduler(2) as found:
        by_cluster = tree(cluster(found.scheduler_address), tmp_path / "cluster")
    assert by_cluster == tree(inline(), tmp_path / "inline")


def test_its_workers_are_counted_and_its_log_is_quiet_meanwhile() -> None:
    with scheduler(2) as found:
        with cluster(found.scheduler_address) as crew:
            assert crew.workers == 2 and not logging.getLogger("distributed.client").isEnabledFor(logging.ERROR)
        assert logging.getLogger("distributed.client").isEnabledFor(logging.ERROR)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "nonsense", "http://127.0.0.1:1", "tcp://no.such.host.invalid:1"]
)
def test_nobody_there(address: str) -> None:
    with (
        pytest.raises(SpecError, match=f'--scheduler: no Dask scheduler answers at "{address}"\n  give'),
        cluster(address),
    ):
        pass


def test_somebody_else_there(deaf: int) -> None:
    with pytest.raises(SpecError, match=f'answers at "tcp://127.0.0.1:{deaf}"'), cluster(f"tcp://127.0.0.1:{deaf}"):
        pass


def test_a_cluster_without_workers() -> None:
    message = "has no workers\n  start some: dask worker tcp"
    with scheduler(0) as found, pytest.raises(SpecError, match=message), cluster(found.scheduler_address):
        pass


def test_a_cluster_without_symconv(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'symconv'")

    monkeypatch.setattr(distributed.Client, "run", missing)
    message = "says: No module named 'symconv'\n  install symconv"
    with scheduler(1) as found, pytest.raises(SpecError, match=message), cluster(found.scheduler_address):
        pass


def test_without_distributed_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NotSupported, match=r"pip install 'symconv\[cluster\]'"), cluster("tcp://127.0.0.1:1"):
        pass
