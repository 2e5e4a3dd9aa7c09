"""`symconv bench` on the smallest network: what is run, printed and written."""

import json
import sys
from pathlib import Path

import pytest

from symconv.bench import bench, growth
from symconv.commands import cli
from symconv.errors import SpecError
from symconv.files.seals import is_edited


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(growth, "LARGEST", 8)
    monkeypatch.setattr(growth, "IMAGE", (8, 4))
    monkeypatch.setattr(growth, "MAP", (8, 1))


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(["bench", *arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.mark.deep
@pytest.mark.usefixtures("small")
def test_a_benchmark_is_printed_and_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--net", "lenet5", "--batch", "1", "--batch", "2", "--seconds", "0", "--out", "there") == 0
    out, err = capsys.readouterr()
    assert err == ""  # quiet where nobody watches
    assert "LeNet-5 c3" in out and "6→16 5x5/1, 14x14" in out
    assert "LeNet-5, gemm layers, forward and backward: slowest" in out
    assert out.endswith("wrote there/convolution.json\nwrote there/convolution.png\n")
    text = Path("there/convolution.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert not is_edited(text)
    assert [(row["form"], row["batch"]) for row in content["layers"]] == [("gemm", 1), ("gemm", 2)] * 3
    assert all(row["memory"]["forward"]["ours"] > 0 for row in content["layers"])
    assert list(content["memory"]) == ["loop", "flatten", "batched", "taps", "gemm"]
    assert Path("there/convolution.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.deep
@pytest.mark.usefixtures("small")
def test_a_part_replaces_no_picture_of_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--net", "lenet5", "--batch", "1", "--seconds", "0") == 0
    assert "LeNet-5 c5" in capsys.readouterr().out
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--net", "alexnet"], "--net: there is no network 'alexnet'\n  there are: resnet50, vgg16, mobilenet_v2"),
        (["--batch", "0"], "--batch: 0 does not fit"),
        (["--seconds", "-1"], "--seconds: -1 does not fit"),
        (["--seconds", "nan"], "--seconds: nan does not fit"),
    ],
)
@pytest.mark.usefixtures("small")
def test_what_does_not_fit_is_refused_before_anything_runs(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*arguments) == 2
    assert message in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("library", ["torch", "matplotlib"])
@pytest.mark.usefixtures("small")
def test_what_is_missing_is_named_with_the_way_to_get_it(
    library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert call("--net", "lenet5") == 2
    assert "pip install 'symconv[" in capsys.readouterr().err


def test_progress_tells_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "growth", lambda *_: None)
    said: list[str] = []

    def stop(what: str) -> None:
        said.append(what)
        raise SpecError("enough")

    with pytest.raises(SpecError):
        bench.run(["lenet5"], [1, 8], 0, stop)
    assert said == ["1 of 6: lenet5 c1, batch 1, forward"]
