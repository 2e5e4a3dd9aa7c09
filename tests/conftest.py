"""What every test shares: PyTorch on one thread, as on small tensors several cost more than they save; what a process
that is forked for one task has loaded; how deep the tests go (tests/depth.py); and which run in one process."""

import gc
import multiprocessing
import signal
import threading
from typing import Any

import depth
import pytest
import torch
from xdist.scheduler import LoadFileScheduling

torch.set_num_threads(1)
gc.set_threshold(1_000_000, 20, 100)  # trees of formulas are no garbage: looking for it takes a tenth of the time
# whichever test starts the server of processes first, it is that of the benchmark's memory, which asks for dozens
multiprocessing.set_forkserver_preload(["torch", "symconv.bench.memory"])

# under nohup, or in the background of a script, these are ignored, and by every process that is started here
if threading.current_thread() is threading.main_thread():
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (getattr(signal, "SIGHUP", 0), signal.SIG_DFL),
    ):
        if number and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)

STUDIES = {  # tests that read much of tests/studies.py
    "test_any_network", "test_display", "test_page", "check/test_network", "formula/test_latex", "formula/test_lines",
    "formula/test_mathml", "formula/test_plain", "formula/test_speech", "formula/test_typst",
    "handout/test_differentiated", "handout/test_explored", "handout/test_habits", "handout/test_handout",
    "writers/html/test_text", "writers/html/test_writer", "writers/notebook/test_writer", "writers/typst/test_writer",
}  # fmt: skip
COMPARED = {"test_generated", "check/test_check", "check/test_recorded"}  # tests that compare all emitted code


def pytest_configure(config: pytest.Config) -> None:
    depth.configure(config.getoption("markexpr"))


def pytest_itemcollected(item: pytest.Item) -> None:
    depth.mark(item)


@pytest.hookimpl(tryfirst=True)  # before what is not asked for is left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    depth.thin(items)


class Files(LoadFileScheduling):
    """Each file in one process; those that study the same networks or compare the same code in the same one, where that
    is done once."""

    def _split_scope(self, nodeid: str) -> str:
        scope = str(super()._split_scope(nodeid))
        name = scope.removeprefix("tests/").removesuffix(".py")
        return "studies" if name in STUDIES else "compared" if name in COMPARED else scope


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Files:
    return Files(config, log)
