"""What `symconv.compile` gives goes to other processes and comes back: by its name, with its options, without code."""

import copy
import multiprocessing
import os
import pickle
import pickletools
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from depth import few
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

import symconv
from symconv.code import compiled
from symconv.code.compiled import compile
from symconv.code.operations import OPERATIONS

ROOT = Path(__file__).parents[2]
EVERY = [(op, form) for op, known in OPERATIONS.items() for form in known.forms]
CASES: list[dict[str, Any]] = [
    {"kernel": 3}, {"kernel": (3,)}, {"kernel": (3, 5), "stride": (2, 1)}, {"padding": "same"}, {"padding": "valid"},
    {"groups": 2, "dilation": 2, "padding": (1, 0), "kernel": 1}, {"stride": 2**31 - 1},
]  # fmt: skip
TRANSPOSED = {"kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}


class Layer(nn.Module):
    """A module that holds a compiled function, as users write it."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 1, 3, 3))
        self.function = compile("conv2d", "gemm", kernel=3, padding=1)

    def forward(self, X: Tensor) -> Tensor:
        result: Tensor = self.function(X, self.weight)
        return result


class Images(Dataset[Tensor]):
    """A data set whose images are blurred by a compiled function."""

    def __init__(self) -> None:
        self.function = compile("conv2d", "loop")

    def __len__(self) -> int:
        return 4

    def __getitem__(self, at: int) -> Tensor:
        blurred: Tensor = self.function(torch.full((4, 4), float(at)), torch.ones(2, 2))
        return blurred


def slope(function: Any) -> float:
    """In a worker: the function's gradient there."""
    X = torch.ones(1, 1, 4, 4, requires_grad=True)
    function(X, torch.ones(1, 1, 3, 3)).sum().backward()
    return float(X.grad.sum())  # type: ignore[union-attr]


@pytest.mark.parametrize(("op", "form"), EVERY)
def test_every_function_is_found_by_its_name(op: str, form: str) -> None:
    function = compile(op, form)
    assert pickle.loads(pickle.dumps(function)) is function is compile(op, form) is copy.deepcopy(function)


@pytest.mark.parametrize("protocol", few(range(pickle.HIGHEST_PROTOCOL + 1), 0, pickle.HIGHEST_PROTOCOL))
@pytest.mark.parametrize("options", CASES, ids=str)
def test_options_are_part_of_the_name(options: dict[str, Any], protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    function = compile("conv2d", "gemm", **options)
    packed = pickle.dumps(function, protocol)
    assert pickle.loads(packed) is function
    monkeypatch.setattr(compiled, "_compiled", {})  # as in another process
    again = pickle.loads(packed)
    assert again is not function and again.__name__ == function.__name__
    assert again.__wrapped__.__code__ == function.__wrapped__.__code__
    assert pickle.loads(pickle.dumps(again)) is again


def test_a_transposed_convolution_with_all_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    function = compile("conv_transpose2d", "gemm", **TRANSPOSED)
    packed = pickle.dumps(function)
    monkeypatch.setattr(compiled, "_compiled", {})
    assert pickle.loads(packed).__wrapped__.__code__ == function.__wrapped__.__code__


def test_a_pickle_holds_two_names_and_nothing_else() -> None:
    packed = pickle.dumps(compile("conv2d", "gemm", kernel=3))
    words = [argument for _, argument, _ in pickletools.genops(packed) if isinstance(argument, str)]
    assert words == ["symconv.code.compiled", "conv2d_gemm_k3"]


@pytest.mark.parametrize(
    "name", ["conv2d", "conv2d_fancy", "conv9d_gemm", "conv2d_gemm_x3", "conv2d_gemm_k3;import os", "conv2d_gemm_k3\n",
             "conv2d_gemm_k" + "9" * 5000, "conv2d_gemm_backward", "__path__", "os"],
)  # fmt: skip
def test_other_names_lead_nowhere(name: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute"):
        getattr(compiled, name)


@pytest.mark.deep
@pytest.mark.parametrize("method", few(multiprocessing.get_all_start_methods(), "spawn"))
def test_a_worker_computes_with_it(method: str) -> None:
    functions = [compile("conv2d", "gemm"), compile("conv2d", "taps", kernel=3, padding=1)]
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as executor:
        assert list(executor.map(slope, functions, timeout=120)) == [36.0, 100.0]


@pytest.mark.parametrize("method", few(["fork", "spawn"], "fork"))
def test_a_loader_of_data_has_workers(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    loader = DataLoader(Images(), batch_size=2, num_workers=1, multiprocessing_context=method, timeout=120)
    assert [float(batch.sum()) for batch in loader] == [36.0, 180.0]


def test_a_module_that_holds_one_is_copied_saved_and_loaded(tmp_path: Path) -> None:
    layer, X = Layer(), torch.ones(1, 1, 4, 4)
    torch.save(layer, tmp_path / "layer.pt")
    for other in (copy.deepcopy(layer), copy.copy(layer), torch.load(tmp_path / "layer.pt", weights_only=False)):
        assert torch.equal(other(X), layer(X)) and other.function is layer.function


@pytest.mark.deep
def test_a_process_that_knows_nothing_of_it_reads_it(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(pickle.dumps(compile("conv1d", "gemm", kernel=2)))
    code = """import pickle, sys, torch
f = pickle.load(open(sys.argv[1], "rb"))
print(f.__name__, f(torch.ones(1, 1, 4), torch.ones(1, 1, 2)).tolist())"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    read = subprocess.run([sys.executable, "-c", code, tmp_path / "f"], env=env, capture_output=True, text=True)
    assert (read.stdout, read.stderr) == ("conv1d_gemm_k2 [[[2.0, 2.0, 2.0]]]\n", "")


def test_threads_get_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_compiled", {})
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(compile("conv2d", "loop"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1


def test_the_package_gives_it() -> None:
    assert symconv.compile is compile
    assert compile("conv2d", "gemm").__name__ == compile("conv2d", "gemm").__qualname__ == "conv2d_gemm"
