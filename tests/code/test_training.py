"""The emitted training step of a network: its numbers, its names, and that it needs nothing but torch."""

import ast
import builtins
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import networks
import pytest
import torch
from depth import examples
from hypothesis import HealthCheck, given, settings
from nets import conv, counted, network, networks as drawn_networks
from studies import study

from symconv.check.network import check_emitted
from symconv.code import training
from symconv.code.emit import load as load_module
from symconv.code.training import identifiers, source
from symconv.errors import NotSupported
from symconv.networks.layers.layers import GlobalMaxPool, Linear, MaxPool, Relu
from symconv.networks.network import CrossEntropy, Network, Parameter, load
from symconv.study import derive, evaluated

TOY = study("toy-cnn")


def module(net: Network) -> Any:
    return load_module(source(derive(net)), net.name)


def test_one_step_of_the_toy_network() -> None:
    toy = module(load("toy-cnn"))
    given_ = toy.example()
    values = toy.forward(**given_)
    assert values["S"].tolist() == [[2.5], [1.5], [-1.0]]
    assert values["h"].tolist() == [[2.5]] and values["z"].tolist() == [1.0, 2.0]
    gradients = toy.backward(**given_, **values)
    assert set(gradients) == set(TOY.derivations)
    moved = toy.step(**given_)
    assert [round(x, 4) for x in moved["U"].flatten().tolist()] == [0.2076, -1.0, -0.0848, 1.0, 0.7076, 0.2924]
    assert [round(x, 4) for x in moved["W"].flatten().tolist()] == [2.2276, -1.0276]
    assert round(toy.forward(**{**given_, **moved})["L"].item(), 4) == 0.0029
    assert torch.equal(toy.step(**given_, rate=0)["U"], given_["U"])


def test_it_runs_by_itself_and_says_what_the_step_did(tmp_path: Path) -> None:
    file = tmp_path / "network.py"
    file.write_text(source(TOY), "utf-8")
    done = subprocess.run([sys.executable, "-W", "error", str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "loss before the step: 1.313261687518223",
        "loss after it: 0.0029195569853071035",
    ]


@pytest.mark.deep
@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(drawn_networks())
def test_random_networks_agree_with_the_exact_numbers(drawn: Network) -> None:
    """Ties and kinks included: values within the interval of 53-bit arithmetic, gradients too."""
    study = derive(drawn)
    rows = check_emitted(drawn, study.evaluate(), study.known, study.losses)
    assert all(r.passed for r in rows), [r for r in rows if not r.passed]


SHAPES = {
    "padded, overlapping pool": network(conv(), MaxPool("h", (3, 2), stride=(2, 1), padding=((1, 1), (1, 1)))),
    "pool side by side in both directions": network(MaxPool("h", (2, 2)), shape=(4, 6)),
    "pool side by side, padded": network(MaxPool("h", (2, 2), padding=((0, 0), (1, 1))), shape=(4, 2)),
    "pool side by side with a rest": network(MaxPool("h", (2, 2)), shape=(5, 5)),
    "kernel as wide as the stride": network(conv(kernel=(2, 2), stride=(2, 2)), shape=(5, 5)),
    "even padding on one side": network(conv(kernel=(2, 2), padding=((0, 1), (1, 0)))),
    "global pool": network(conv(), Relu("P"), GlobalMaxPool("h")),
    "two convolutions": network(conv(bias=True), Relu("P"), conv("T", "V")),
    "ties everywhere": network(
        Relu("P"), MaxPool("h", (2, 2), stride=(1, 1)), entries=[[1, 1, 1], [1, 1, 1], [1, 1, 1]], shape=(3, 3)
    ),
    "zeros at the kink": network(Relu("P"), MaxPool("h", (2, 2)), entries=[[0, 0], [0, 0]], shape=(2, 2)),
    "squares of one size": network(conv(kernel=(3, 3)), shape=(3, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_every_kind_of_window(name: str) -> None:
    study = derive(SHAPES[name])
    rows = check_emitted(study.network, study.evaluate(), study.known, study.losses)
    assert all(r.passed for r in rows), [r for r in rows if not r.passed]


HOSTILE = [
    "torch",
    "range",
    "slice",
    "dict",
    "forward",
    "backward",
    "step",
    "windows",
    "rows",
    "winner",
    "dU",
    "conv1.weight",
    "conv1_weight",
    "1a",
    "_",
    "float",
    "step_0",
    "logsumexp",
    "example",
    "values",
    "n",
    "i",
    "dwindows",
    "end",
]


def named(weight: str = "U", pool: str = "h") -> Network:
    layers = (conv(weight=weight, padding=((1, 1), (0, 0))), Relu("P"), MaxPool(pool, (2, 2), stride=(1, 1)))
    return network(*layers)


PLAIN = derive(named()).evaluate()  # compared with the exact numbers


@pytest.mark.parametrize("name", HOSTILE)
def test_a_tensors_name_is_no_trap(name: str) -> None:
    """Names of Python, of torch, and of what the lines call their own: each gets an identifier that is free, as a
    weight and, beside the name that follows it, as a layer; and the numbers are to the bit those of plain names."""
    pool = name
    weight = HOSTILE[(HOSTILE.index(name) + 1) % len(HOSTILE)]
    study = derive(named(weight, pool))
    for kind, tensors in evaluated(study).items():
        plain = PLAIN[kind]
        assert len(tensors) == len(plain)
        called = {weight: "U", pool: "h"}
        assert all(torch.equal(x, plain[called.get(tensor, tensor)]) for tensor, x in tensors.items())
    made = identifiers(study).known
    assert len(set(made.values())) == len(made)
    assert all((x.isidentifier() and x not in dir(builtins)) or x in (weight, pool) for x in made.values())


def test_a_name_and_its_gradients_name_stay_apart() -> None:
    net = network(conv("S", "U"), conv("dU", "V"), shape=(6, 5))
    known = identifiers(derive(net)).known
    assert known["dU"] == "dU" and known["∂U"] == "dU_"


def test_a_name_that_is_one_never_gives_way_to_one_that_is_made() -> None:
    """Whichever comes first: 0 becomes x0, and V.b becomes V_b, only where no tensor has that name."""
    for first, second in (("0", "x0"), ("x0", "0"), ("V.b", "V_b"), ("V_b", "V.b")):
        net = network(conv(first, "U"), conv(second, "V"), shape=(6, 5))
        known = identifiers(derive(net)).known
        assert all(known[name] == name for name in (first, second) if name.isidentifier())
        assert len(set(known.values())) == len(known)


def test_numbers_are_written_as_they_are_meant() -> None:
    text = source(TOY)
    assert "U=torch.tensor([[1/2, -1, 1/2], [1, 1, 0]], dtype=torch.float64)," in text
    assert "def step(X, U, W, t, rate=1):" in text


def test_many_numbers_are_not_written_out() -> None:
    big = network(shape=(25, 22))
    text = source(derive(big))
    assert "def example" not in text and "def step" in text
    assert load_module(text, "big").forward


@pytest.mark.parametrize("name", [*networks.ALL, "toy-cnn"])
def test_the_file_is_neat(name: str) -> None:
    text = source(derive(networks.ALL[name]() if name in networks.ALL else load(name)))
    tree = ast.parse(text)
    assert [n.names[0].name for n in ast.walk(tree) if isinstance(n, ast.Import)] == ["torch"]
    assert [line for line in text.splitlines() if len(line) > 88 or line != line.rstrip()] == []
    assert "autograd" in text and "requires_grad" not in text and "\n\n\n\n" not in text
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore", "C408", "--stdin-filename", "x.py", "-"]
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_each_layer_stands_under_its_equation() -> None:
    text = source(TOY)
    for equation in (
        "# S[i, 0] = Σ_{a, b} X[i + a, b]·U[a, b]", "# P[i, 0] = max(0, S[i, 0])", "# h[0, 0] = max_{a} P[a, 0]",
        "# y[k] = exp(z[k])/Σ_{m} exp(z[m])", "# dz[k] = y[k] - t[k]", "# dU[a, b] = Σ_{i} X[a + i, b]·dS[i, 0]",
    ):  # fmt: skip
        assert f"    {equation}\n" in text


def test_another_engine_is_not_there() -> None:
    with pytest.raises(NotSupported, match="there is no engine 'jax'\n  there is: torch"):
        TOY.evaluate("jax")


def test_without_torch_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotSupported, match=r"pip install 'symconv\[torch\]'"):
        TOY.evaluate()


def test_a_large_logit_does_not_overflow() -> None:
    """log of a sum of e^z, written as torch's own function for it."""
    z = Linear("z", Parameter.of("W", [[1000, 0], [0, 1]]))
    net = Network("large", Fraction(1), Parameter.of("X", [[1, 2]]), (z,), CrossEntropy(1))
    found = derive(net).evaluate()
    assert found["values"]["L"].item() == 998.0
    assert counted((1,)) and training.LARGEST == 500
