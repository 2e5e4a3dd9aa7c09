"""Tensors that a network is given besides its input, and parameters that several layers hold: read, and refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from symconv.array import indices
from symconv.errors import SpecError
from symconv.networks.further import Further
from symconv.networks.layers.layers import Add, Layer, Linear, Multiply, Parameter, Relu
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network, forms_of, load, shapes
from symconv.study import derive, verified

X = Parameter.of("X", [[1, 2], [3, -1]])
W, OTHER = Parameter.of("W", [[1, 2], [0, 1]]), Parameter.of("W", [[1, 2], [0, 2]])
C, ROW = Parameter.of("c", [[2, 1], [1, 1]]), Parameter.of("c", [1, 2])


def network(*layers: Layer, tensors: tuple[Further, ...] = ()) -> Network:
    return Network("n", W.value.entries[0], X, layers, MeanSquaredError(C.value, "sum"), True, tensors)


def test_a_further_tensor_is_read_by_its_name() -> None:
    made = network(Add("A", "c"), Multiply("B", "c"), tensors=(Further(C, batch=True),))
    assert shapes(made)["c"] == (2, 2) and forms_of(made)["c"].batch
    study = derive(made)
    assert study.parameters == () and verified(study)
    assert study.gradients["c"].shape == (2, 2)
    # L = sum of ((x + c) c - t)^2: its derivative by c is 2 ((x + c) c - t) (x + 2 c)
    x, c, t = X.value, C.value, C.value
    for at in indices((2, 2)):
        assert study.gradients["c"][at] == 2 * ((x[at] + c[at]) * c[at] - t[at]) * (x[at] + 2 * c[at])


def test_one_that_learns_is_a_parameter() -> None:
    study = derive(network(Multiply("A", "c"), tensors=(Further(ROW, learns=True),)))
    assert study.parameters == ("c",) and set(study.updated) == {"c"}


def test_two_layers_hold_one_parameter_and_its_gradients_add() -> None:
    made = network(Linear("A", W), Relu("B"), Linear("D", W))
    study = derive(made)
    assert study.parameters == ("W",) and verified(study)
    alone = derive(network(Linear("A", W), Relu("B"), Linear("D", Parameter("V", W.value))))
    assert study.gradients["W"] == alone.gradients["W"] + alone.gradients["V"]


def test_a_parameter_may_be_held_and_read() -> None:
    study = derive(network(Linear("A", W), Add("B", "W"), tensors=(Further(W, learns=True),)))
    assert study.parameters == ("W",) and verified(study)


def test_a_file_names_a_parameter_once(tmp_path: Path) -> None:
    made = network(Linear("A", W), Linear("D", W), Add("B", "c"), tensors=(Further(C, batch=True),))
    text = made.to_toml()
    assert text.count("value = [[1, 2], [0, 1]]") == 1 and 'weight = { name = "W" }' in text
    assert '[[tensors]]\nname = "c"\nbatch = true\nvalue = [[2, 1], [1, 1]]\n' in text
    (tmp_path / "n.toml").write_text(text, encoding="utf-8")
    assert load(tmp_path / "n.toml") == made


FAULTS: dict[str, tuple[Callable[[], object], str]] = {
    "another value": (
        lambda: network(Linear("A", W), Linear("B", OTHER)),
        'layers[1].weight.name: "W" already names layers[0].weight',
    ),
    "one that does not learn": (
        lambda: network(Linear("A", W), Add("B", "W"), tensors=(Further(W),)),
        'layers[0].weight.name: "W" already names tensors[0]',
    ),
    "a layer's name": (
        lambda: network(Relu("c"), Add("B", "X"), tensors=(Further(C),)),
        'layers[0].name: "c" already names tensors[0]',
    ),
    "read by none": (lambda: network(Relu("A"), tensors=(Further(C),)), 'tensors[0] ("c"): nothing reads it'),
    "an input that is read by none": (
        lambda: network(Relu("A", input="c"), tensors=(Further(C, batch=True),)),
        'input ("X"): nothing reads it',
    ),
    "other images": (
        lambda: network(Add("A", "c"), tensors=(Further(Parameter.of("c", [[1, 2]]), batch=True),)),
        "tensors[0].value: has 1 image, the input has 2\n  give as many, or leave batch out",
    ),
    "a number": (
        lambda: network(Add("A", "c"), tensors=(Further(Parameter.of("c", 1)),)),
        "tensors[0].value: is a single number",
    ),
    "images of none": (
        lambda: network(Add("A", "c"), tensors=(Further(ROW, batch=True),)),
        "tensors[0].value: has shape (2,), and its",
    ),
    "no tuple": (lambda: network(Relu("A"), tensors=[C]), "tensors: is not a tuple of Further"),  # type: ignore[arg-type]
    "no Parameter": (lambda: Further(C.value), "tensor: Array is not a Parameter"),  # type: ignore[arg-type]
    "no truth": (lambda: Further(C, learns=1), "learns: 1 is not true or false"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_wrong_is_said_with_its_place(what: str) -> None:
    made, said = FAULTS[what]
    with pytest.raises(SpecError) as found:
        made()
    assert said in str(found.value)


def test_a_batch_besides_an_input_that_is_none_is_refused() -> None:
    with pytest.raises(SpecError, match=r"tensors\[0\].batch: is true, and the input is no batch"):
        Network(
            "n", W.value.entries[0], X, (Add("A", "c"),), MeanSquaredError(C.value), False, (Further(C, batch=True),)
        )
