"""A layer in full on a terminal."""

import pytest

from symconv.language import LANGUAGES
from symconv.reference.entry import entry
from symconv.reference.examples import EXAMPLES, GROUPED
from symconv.reference.text import WIDTH, filled, short, text
from symconv.text.prose import Prose, prose

RELU = """relu: ReLU
  ReLU keeps what is positive.

  Equation
    Y[i, j] = max(0, X[i, j])

  Shapes
    Y: (H, W)
    X: (H, W)

  Gradients
    ∂L/∂X[i, j] = [X[i, j] > 0] ∂L/∂Y[i, j]

  At kinks
    ReLU at 0 has the derivative 0.

  In PyTorch
    nn.ReLU, F.relu, torch.relu

  Example
    name = "relu"
    learning_rate = 1

    [input]
    name = "X"
    value = [[1, -2], [3, 4]]

    [[layers]]
    type = "relu"
    name = "Y"

    [loss]
    type = "output\""""


def test_a_layer_in_full() -> None:
    say = prose("en")
    assert text(entry("relu", say), say) == RELU


def test_options_and_what_is_refused() -> None:
    say = prose("en")
    found = text(entry("celu", say), say)
    assert "  Options\n    alpha (1)\n      a number\n\n  Refused\n    alpha = 0\n      0 is out of range; " in found
    assert "dimension: s_h, s_w\n" in text(entry("conv", say), say)
    assert "x ** n, torch.pow\n" in text(entry("pow", say), say)


def test_every_heading_and_sentence_is_said() -> None:
    said: set[str] = set()

    class Recorder(Prose):
        def __call__(self, key: str, **values: object) -> str:
            said.add(key)
            return super().__call__(key, **values)

    for language in LANGUAGES:
        say = Recorder(language, prose(language).sentences)
        for kind in EXAMPLES:
            assert "$" not in text(entry(kind, say), say)
    own = {key for key in prose("en").sentences if key.startswith(("reference.", "usage.", "option."))}
    assert own - said == {"reference.more", *(f"reference.{group}" for group in GROUPED)}  # the list's


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("torch.nn.Conv2d", "nn.Conv2d"), ("torch.nn.functional.conv2d", "F.conv2d"), ("torch.cat", "torch.cat"),
        ("torch.Tensor.view", "x.view"), ("x + y", "x + y"),
    ],
)  # fmt: skip
def test_names_as_people_write_them(name: str, wanted: str) -> None:
    assert short(name) == wanted


def test_words_are_broken_into_lines_and_chinese_is_not() -> None:
    lines = filled("so many words of $x_i$ and `code` " * 10)
    assert len(lines) > 2 and max(map(len, lines)) <= WIDTH and "words of x_i and code so" in lines[0]
    assert len(filled("把卷积核盖在" * 30)) == 1
