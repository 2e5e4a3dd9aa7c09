"""`symconv layers`: the list, some in full, the page, and what is said of a name that nothing has."""

from pathlib import Path

import pytest

from symconv.commands.cli import main
from symconv.reference.examples import EXAMPLES

PAGE = Path(__file__).parents[2] / "docs" / "layers.md"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(["layers", *arguments])
    return (caught.value.code, *capsys.readouterr())


def test_every_layer_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    lines = out.splitlines()
    assert (code, err, lines[0]) == (0, "", "Convolutions")
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [*EXAMPLES]
    assert "  matmul  matrix product   Y[i, j] = ∑_k W[k, j] X[i, k]" in lines
    assert lines[-1] == "symconv layers NAME shows a layer in full: gradients, options, what is refused."


def test_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--lang", "zh")
    assert code == 0 and out.startswith("卷积\n") and "  linear  线性层    Y[k] = ∑_m W[k, m] X[m] + b[k]\n" in out
    code, out, _ = run(capsys, "conv", "--lang", "zh")
    assert code == 0 and out.startswith("conv: 卷积\n") and "\n  梯度\n" in out


def test_some_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "relu", "max_pool")
    assert (code, err) == (0, "") and out.startswith("relu: ReLU\n") and "\n\nmax_pool: max pooling\n" in out


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    said = '"cnov" is no layer and no loss\n  did you mean conv? symconv layers lists all\n'
    assert run(capsys, "relu", "cnov") == (2, "", said)


def test_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--markdown") == (0, PAGE.read_text(encoding="utf-8"), "")
    for more in (("conv",), ("--lang", "zh")):
        code, out, err = run(capsys, "--markdown", *more)
        assert (code, out) == (2, "") and err.startswith("--markdown: the page holds all layers, in English\n")
