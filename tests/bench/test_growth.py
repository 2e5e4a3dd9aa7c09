"""How a cost grows: sizes double until a call takes long."""

import pytest
import torch

from symconv.bench import growth as growing
from symconv.bench.growth import Growth, grows_with, growth, square


def test_the_last_doubling() -> None:
    g = Growth("gemm", "H", (8, 16, 32), (1.0, 2.0, 8.0), (0.5, 0.5, 4.0))
    assert g.last == 4
    assert g.last_of_torch == 8


def test_a_form_without_channels_grows_with_the_image_only() -> None:
    assert grows_with("loop") == ("H",)
    assert grows_with("gemm") == ("H", "C")
    assert (square("loop", 5, 8).C, square("gemm", 5, 8).C, square("gemm", 5, 8).out) == (1, 8, (5, 5))


def test_sizes_double_up_to_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "LARGEST", 16)
    monkeypatch.setattr(growing, "LONG", 1e9)
    said: list[str] = []
    found = growth("gemm", "C", 0, torch, said.append)
    assert found.sizes == (4, 8, 16)
    assert len(found.seconds) == len(found.torch_seconds) == 3
    assert said == ["gemm, C = 4", "gemm, C = 8", "gemm, C = 16"]


def test_no_size_is_doubled_whose_call_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "LONG", 0)
    assert growth("loop", "H", 0, torch, str).sizes == (8, 16)
