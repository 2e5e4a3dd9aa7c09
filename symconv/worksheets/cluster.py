"""Workers of a Dask cluster; distributed is imported here and nowhere else, and only when asked."""

import asyncio
import logging
import pkgutil
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from types import ModuleType

from symconv import __version__
from symconv.errors import NotSupported, SpecError
from symconv.networks.exact import show
from symconv.worksheets.batches import Crew

REACH = 8  # seconds in which a scheduler answers


@contextmanager
def cluster(address: str) -> Iterator[Crew]:
    """The workers of a Dask scheduler, one batch at a time each."""
    distributed = distributed_or_hint()
    try:
        asyncio.run(_reach(distributed, address))
        client = distributed.Client(address, timeout=REACH, set_as_default=False)
    except Exception as error:  # whatever comes of a word with something that need not be a scheduler
        remedy = "give the address that `dask scheduler` prints, such as tcp://192.168.0.5:8786"
        raise SpecError(f"--scheduler: no Dask scheduler answers at {show(address)}\n  {remedy}") from error
    with _silent(), client:
        try:
            client.wait_for_workers(1, timeout=REACH)
        except TimeoutError as error:
            remedy = f"start some: dask worker {address} --nworkers auto --nthreads 1"
            raise SpecError(f"--scheduler: {show(address)} has no workers\n  {remedy}") from error
        try:  # a worker that cannot unpack what it is sent ends without a word
            client.run(pkgutil.resolve_name, "symconv:__version__")
        except ImportError as error:
            remedy = f"install symconv {__version__} on every machine of the cluster"
            raise SpecError(f"--scheduler: a worker of {show(address)} says: {error}\n  {remedy}") from error
        lost = (distributed.KilledWorker, distributed.comm.CommClosedError, CancelledError)
        why = f"the cluster at {show(address)} gave up: its scheduler is gone, or too many workers ended"
        yield Crew(client.get_executor(), len(client.ncores()), lost, why)


@contextmanager
def local_cluster(workers: int) -> Iterator[str]:
    """A cluster of this computer, each worker a process; its scheduler's address."""
    distributed = distributed_or_hint()
    with _silent(), distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as local:
        yield local.scheduler_address


@contextmanager
def _silent() -> Iterator[None]:
    """distributed logs at length what its exceptions say as well."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)


async def _reach(distributed: ModuleType, address: str) -> None:
    """Shakes hands once: a client that finds nobody takes twice the time to be rid of."""
    (await asyncio.wait_for(distributed.connect(address, timeout=REACH), REACH)).abort()


def distributed_or_hint() -> ModuleType:
    """The module distributed, or NotSupported with the way to get it."""
    try:
        import distributed
    except ModuleNotFoundError as error:
        hint = "--scheduler needs dask.distributed, which is not installed\n  pip install 'symconv[cluster]'"
        raise NotSupported(hint) from error
    return distributed
