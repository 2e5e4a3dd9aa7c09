"""A command that is ended from outside lets go of what it holds, and says so by its exit code."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from symconv.stopping import ENDING, Stopped, deaf, hear, stoppable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_block_as_ctrl_c_does(number: int) -> None:
    before = [signal.getsignal(each) for each in ENDING]
    tidied = []
    with pytest.raises(Stopped) as stopped, stoppable():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # tidying up goes on
            tidied.append(True)
    assert stopped.value.status == 128 + number and tidied
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert [signal.getsignal(each) for each in ENDING] == before


def test_what_is_ignored_stays_so() -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("number", "other"), [(signal.SIGTERM, signal.SIGHUP), (signal.SIGHUP, signal.SIGTERM)])
def test_a_signal_with_a_handler_of_its_own_keeps_it(number: int, other: int) -> None:
    """While the block ends, and afterwards."""
    heard: list[int] = []

    def handler(number: int, frame: object) -> None:
        heard.append(number)

    before = signal.signal(other, handler)
    try:
        with pytest.raises(Stopped), stoppable():
            try:
                os.kill(os.getpid(), number)
            finally:
                os.kill(os.getpid(), other)
        assert heard == [other] and signal.getsignal(other) is handler
    finally:
        signal.signal(other, before)


def test_in_another_thread_nothing_is_changed() -> None:
    found: list[bool] = []

    def work() -> None:
        with stoppable():
            found.append(signal.getsignal(signal.SIGTERM) is before)

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [True]


def test_while_deaf_a_signal_waits() -> None:
    """In a process of its own: another thread, such as one of the tests' own, would take the signal."""
    code = (
        "import os\nfrom symconv.stopping import Stopped, deaf, stoppable\n"
        "try:\n    with stoppable(), deaf():\n        os.kill(os.getpid(), 15)\n        print('still here')\n"
        "except Stopped as stopped:\n    print(stopped.status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("still here\n143\n", "")


def test_a_process_started_while_deaf_hears_when_it_asks_to() -> None:
    code = (
        "import os, signal; from symconv.stopping import hear; os.kill(os.getpid(), 15); print(1, flush=True); hear()"
    )
    with deaf():
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "1\n")
    hear()
