"""What is typed is what is meant, or the nearest to it is named."""

import pytest

from symconv.errors import SpecError
from symconv.reference.lookup import kinds


def test_names_are_given_once() -> None:
    assert kinds(["conv", "max_pool", "conv"]) == ("conv", "max_pool") and kinds([]) == ()


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("max-pool", "did you mean max_pool or "), ("cnov", "did you mean conv?"),
        ("ReLu", "did you mean relu or "), ("nn.Conv2d", "a name of PyTorch's, here: conv"),
        ("BatchNorm2d", "a name of PyTorch's, here: batch_norm"),
        ("F.softmax", "a name of PyTorch's, here: axis_softmax"),
        ("LSTM", "a name of PyTorch's, here: linear, add, "), ("qqqq", "symconv layers lists all"),
        ("", "symconv layers lists all"),
        ("x" * 10_000, "symconv layers lists all"),
    ],
)  # fmt: skip
def test_another_name_is_answered_with_what_is_near(name: str, remedy: str) -> None:
    with pytest.raises(SpecError) as found:
        kinds(["conv", name])
    problem, said = str(found.value).split("\n")
    assert problem.endswith(" is no layer and no loss") and said.startswith(f"  {remedy}") and len(problem) < 200


def test_all_wrong_names_are_said_at_once() -> None:
    with pytest.raises(SpecError, match=r'^"a1" is no layer.*\n.*\n"b2" is no layer'):
        kinds(["a1", "conv", "b2"])
