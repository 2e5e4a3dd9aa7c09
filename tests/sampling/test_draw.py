"""Networks from seeds: the same ones for ever, pleasant by another road than the criteria's own; the command."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product
from math import exp, log
from pathlib import Path
from typing import Any

import any_networks
import pytest
from depth import examples, few
from hypothesis import Phase, given, settings, strategies as st
from nets import conv, network
from networks import only_linear, strided, two_kernels
from sympy import sign

from symconv.array import Array
from symconv.commands.cli import main
from symconv.errors import NotSupported, SpecError
from symconv.networks.layers.layers import Conv, Flatten, GlobalMaxPool, Linear, MaxPool, Relu, Tanh
from symconv.networks.network import CrossEntropy, Network, Parameter, load, source_of
from symconv.sampling.criteria import CRITERIA
from symconv.sampling.draw import Drawer, fingerprint
from symconv.worked.derived import Derived, derived

F = Fraction
TOY = load("toy-cnn")


def channels() -> Network:
    """Two channels of three from one, in one dimension, and a pool that reads what is no ReLU's."""
    weight = Parameter.of("K", [[[1, 2]], [[0, 1]], [[1, -1]]])
    return network(Conv("C", weight), MaxPool("m", (2,)), Relu("r"), Flatten("f"), shape=(1, 5), name="channels")


DERIVED = {n.name: derived(n) for n in (TOY, strided(), two_kernels(), only_linear(), channels())}
DRAWERS = {name: Drawer(d) for name, d in DERIVED.items()}
SEEDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
GENERATE = (Phase.generate,)  # no seed is simpler than another


@cache
def draw(name: str, seed: str) -> Network:
    return DRAWERS[name].draw(seed)


def test_the_network_of_a_seed_never_changes() -> None:
    """If this fails, every sheet ever handed out would come out differently: mend the code, not the test."""
    found = draw("toy-cnn", "7")
    layers = [layer for layer in found.layers if isinstance(layer, Conv | Linear)]
    assert found.input.value.nested() == [[1, -1, 3], [0, 0, -2], [0, -2, -2], [1, -3, 3]]
    kernel = [[F(-1, 2), F(-1, 2), F(-3, 2)], [F(-3, 2), F(3, 2), 1]]
    assert [x.weight.value.nested() for x in layers] == [kernel, [[2], [1]]]
    assert found.loss == CrossEntropy(1)
    hashes = [fingerprint(draw(name, "张三"))[:8] for name in DRAWERS]
    assert hashes == ["1a39aaa8", "dcf1bba8", "4c4582b1", "6802fd22", "5e77f10f"]


def test_a_seed_gives_one_network_and_two_give_two() -> None:
    found = [draw("toy-cnn", f"s{k}") for k in range(10)]
    assert found == [Drawer(DERIVED["toy-cnn"]).draw(f"s{k}") for k in range(10)]
    assert len({fingerprint(n) for n in found}) == 10 == len({n.name for n in found})


@pytest.mark.parametrize("name", DRAWERS)
def test_the_shape_stays(name: str) -> None:
    found, old = draw(name, "7"), DERIVED[name].network
    assert found.name == f"{name}-7" and found.learning_rate == old.learning_rate
    pairs: Any = zip(found.layers, old.layers, strict=True)
    layers = [replace(x, weight=y.weight, bias=y.bias) if isinstance(x, Conv | Linear) else x for x, y in pairs]
    assert replace(found, name=old.name, input=old.input, layers=tuple(layers), loss=old.loss) == old


def test_a_long_name_is_cut_before_the_seed() -> None:
    found = Drawer(replace(DERIVED["toy-cnn"], network=replace(TOY, name="n" * 100))).draw("7")
    assert found.name == "n" * 98 + "-7"


# ------------------------------------------------------------------------------------------------ pleasant, by floats
def forward(X: Any, U: Any, W: Any) -> tuple[list[float], list[float]]:
    """S and z of the toy: all numbers are halves, so floats are exact."""
    S = [sum(X[i + a][b] * U[a][b] for a in range(2) for b in range(3)) for i in range(3)]
    h = max(max(0, x) for x in S)
    return S, [w * h for (w,) in W]


def loss(z: list[float], target: int) -> float:
    return log(sum(exp(x) for x in z)) - z[target]


@settings(max_examples=examples(60), phases=GENERATE)
@given(SEEDS)
def test_every_toy_is_pleasant(seed: str) -> None:
    found = draw("toy-cnn", seed)
    first, last = found.layers[0], found.layers[-1]
    assert isinstance(first, Conv) and isinstance(last, Linear)
    X, U, W = (a.value.map(float).nested() for a in (found.input, first.weight, last.weight))
    target = found.loss.target
    assert isinstance(target, int)
    assert {x for row in X for x in row} <= {-3, -2, -1, 0, 1, 2, 3}
    assert {x for row in U for x in row} <= {-1.5, -1, -0.5, 0, 0.5, 1, 1.5}
    assert {x for row in W for x in row} <= {-2, -1, 1, 2}
    for a in (X, U, W):
        entries = [x for row in a for x in row]
        assert 2 * entries.count(0) <= len(entries)
    S, z = forward(X, U, W)
    assert min(S) < 0 < max(S) and 0 not in S and S.count(max(S)) == 1
    assert all(x == int(x) for x in z) and abs(z[0] - z[1]) in (1, 2, 3)
    assert max(map(abs, S + z)) <= 12
    y = [exp(x) / sum(map(exp, z)) for x in z]
    dz = [y[k] - (k == target) for k in (0, 1)]
    dh, i, h = sum(dz[k] * W[k][0] for k in (0, 1)), S.index(max(S)), max(S)
    dU = [[dh * X[i + a][b] for b in range(3)] for a in range(2)]
    assert any(abs(g) > 1e-6 for row in dU for g in row) and any(abs(g * h) > 1e-6 for g in dz)
    U = [[u - g for u, g in zip(*rows, strict=True)] for rows in zip(U, dU, strict=True)]
    W = [[w - g * h] for (w,), g in zip(W, dz, strict=True)]
    S, later = forward(X, U, W)
    assert max(S) > 0 and max(map(abs, S + later)) <= 20 + 1e-9
    assert loss(later, target) > 1e-4 - 1e-9 and loss(z, target) - loss(later, target) > 0.1 - 1e-9


# ------------------------------------------------------------------------------------------------ pleasant, in SymPy
def pleasant(d: Derived) -> None:
    """Every criterion, of the exact numbers that the handout shows."""
    net, values = d.network, d.exact_values
    given_numbers: list[Any] = [(net.input.value, 3, 1)]
    matrices: list[Array] = []
    for layer in net.layers:
        kernel = isinstance(layer, Conv)
        for p in (getattr(layer, "weight", None), getattr(layer, "bias", None)):
            given_numbers += [(p.value, F(3, 2), 2)] if p and kernel else [(p.value, 2, 1)] if p else []
            matrices += [p.value] if p and not kernel else []
    assert all(0 not in a.entries for a in matrices)
    for a, most, parts in given_numbers:
        assert all(abs(x) <= most and parts % x.denominator == 0 for x in a.entries)
        assert 2 * a.entries.count(0) <= len(a.entries)
    assert all(abs(x) <= 12 for layer in net.layers for x in values[layer.name].entries)
    for layer in net.layers:
        before = values[source_of(net)[layer.name]]
        if isinstance(layer, Relu):
            signs = {sign(x) for x in before.entries}
            assert signs == ({1, -1} if len(before.entries) > 1 else {1})
        if isinstance(layer, MaxPool | GlobalMaxPool):
            masked = any(isinstance(x, Relu) and values[x.name] is before for x in net.layers)
            for window in windows(layer, before):
                assert sorted(window)[-1] > max([*sorted(window)[:-1], 0 if masked else -99])
    z = sorted(values[net.layers[-1].name].entries)
    assert all(x.is_Integer for x in z) and len(set(z)) == len(z) and z[-1] - z[0] <= max(3, len(z))
    assert all(any(abs(g.evalf(30)) > 1e-20 for g in d.exact_gradients[p].entries) for p in d.parameters)
    assert (values["L"][()] - d.after["L"][()]).evalf(30) >= F(1, 10) and d.after["L"][()].evalf(30) >= F(1, 10_000)
    for layer in net.layers:
        assert all(abs(x.evalf(30)) <= 20 for x in d.after[layer.name].entries)
        if isinstance(layer, Relu):
            assert any(x.evalf(30) > 0 for x in d.after[layer.name].entries)


def windows(layer: MaxPool | GlobalMaxPool, before: Array) -> Iterator[list[Any]]:
    """The entries in each window of a pool."""
    if isinstance(layer, GlobalMaxPool):
        yield list(before.entries)
        return
    dims = len(layer.kernel)
    lead, extents = before.shape[:-dims], before.shape[-dims:]
    starts = [
        range(-lo, n + hi - d * (k - 1), s)
        for n, k, s, (lo, hi), d in zip(extents, layer.kernel, layer.stride, layer.padding, layer.dilation, strict=True)
    ]
    for front in product(*map(range, lead)):
        for start in product(*starts):
            places = product(
                *(range(x, x + k * d, d) for x, k, d in zip(start, layer.kernel, layer.dilation, strict=True))
            )
            yield [before[(*front, *at)] for at in places if all(0 <= x < n for x, n in zip(at, extents, strict=True))]


@pytest.mark.parametrize("name", few([*DRAWERS][1:], "two-kernels", "only-linear", "channels"))
@settings(max_examples=2, phases=GENERATE)
@given(seed=SEEDS)
def test_every_network_is_pleasant(name: str, seed: str) -> None:
    pleasant(replace(DERIVED[name], network=draw(name, seed)))


@pytest.mark.parametrize("name", ["toy-cnn", "strided"])
def test_the_networks_that_come_along_are_not(name: str) -> None:
    with pytest.raises(AssertionError):
        pleasant(DERIVED[name])


# ------------------------------------------------------------------------------------------------ fingerprints
def test_a_fingerprint_is_of_the_numbers() -> None:
    found = draw("toy-cnn", "7")
    assert fingerprint(found) == fingerprint(replace(found, name="other"))
    assert isinstance(found.loss.target, int)
    others = [replace(found, loss=CrossEntropy(1 - found.loss.target))]
    others += [replace(found, input=Parameter("X", found.input.value.map(lambda x: -x)))]
    for k in (0, 3):
        layers: list[Any] = list(found.layers)
        weight = layers[k].weight
        layers[k] = replace(layers[k], weight=replace(weight, value=weight.value.map(lambda x: 2 * x)))
        others.append(replace(found, layers=tuple(layers)))
    assert len({fingerprint(n) for n in (found, *others)}) == 5


# ------------------------------------------------------------------------------------------------ what cannot be drawn
def smoothed() -> Network:
    return replace(TOY, loss=CrossEntropy(0, label_smoothing=F(1, 10)))


def one_class() -> Network:
    return replace(TOY, layers=(*TOY.layers[:-1], Linear("z", Parameter.of("W", [[1]]))))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (any_networks.grouped, "its input is a batch"),
        (lambda: network(Tanh("a"), shape=(3,)), r'layers\[0\] \(tanh "a"\) is of another kind'),
        (smoothed, "its loss has no single target class"),
        (one_class, "it has one class only"),
        (lambda: replace(TOY, learning_rate=F(0)), "it does not learn"),
        (lambda: network(conv(kernel=(30, 30)), GlobalMaxPool("h"), shape=(40, 40)), "too large for exact arithmetic"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(make: Callable[[], Network], said: str) -> None:
    with pytest.raises(NotSupported, match=said) as caught:
        Drawer(derived(make()))
    assert len(str(caught.value).splitlines()) == 2


def test_where_no_numbers_are_found_the_criteria_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symconv.sampling.draw.TRIES", 300)
    slow = Drawer(replace(DERIVED["toy-cnn"], network=replace(TOY, learning_rate=F(1, 10**6))))
    with pytest.raises(NotSupported) as caught:
        slow.draw("7")
    head, *counts, remedy = str(caught.value).splitlines()
    assert head.startswith("toy-cnn: none of 30") and 'the seed "7"' in head and "learning rate" in remedy
    assert any("lets the loss fall" in line for line in counts)
    assert sum(int(line.split()[0]) for line in counts) == int(head.split()[3])


def test_a_bad_seed_is_refused() -> None:
    with pytest.raises(SpecError, match="the seed is empty"):
        draw("toy-cnn", "")


# ------------------------------------------------------------------------------------------------ the command
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`symconv new` in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("symconv.worked.derived.derived", lambda n: replace(DERIVED["toy-cnn"], network=n))

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["new", *arguments])
        assert isinstance(caught.value.code, int)
        return (caught.value.code, *capsys.readouterr())

    return call


def test_the_command_prints_a_network_that_loads(run: Run) -> None:
    status, out, err = run("--seed", "7")
    assert (status, err) == (0, "")
    assert out.splitlines()[1] == "# Regenerate: symconv new --seed 7"
    flat = " ".join(line.lstrip("# ") for line in out.splitlines())
    assert all(c.words in flat for c in CRITERIA) and max(map(len, out.splitlines())) <= 100
    Path("my.toml").write_text(out, encoding="utf-8")
    assert load("my.toml") == draw("toy-cnn", "7")


def test_the_command_writes_a_file_and_leaves_an_edited_one(run: Run) -> None:
    assert run("--seed", "7", "--out", "a/my.toml") == (0, "wrote a/my.toml\n", "")
    text = Path("a/my.toml").read_text(encoding="utf-8")
    assert text == run("--seed", "7")[1] and load("a/my.toml").name == "toy-cnn-7"
    assert run("--seed", "7", "--out", "a/my.toml") == (0, "unchanged a/my.toml\n", "")
    assert run("--seed", "8", "--out", "a/my.toml")[0] == 0
    Path("a/my.toml").write_text(text + "# mine\n", encoding="utf-8")
    status, _, err = run("--seed", "7", "--out", "a/my.toml")
    assert status == 1 and "a/my.toml: edited by hand" in err and "symconv new with --force" in err
    assert run("--seed", "7", "--out", "a/my.toml", "--force")[0] == 0
    assert Path("a/my.toml").read_text(encoding="utf-8") == text


def test_the_command_says_how_it_is_run_again(run: Run) -> None:
    run("--seed", "x y", "--out", "my.toml")
    assert "symconv new --seed 'x y'\n" in Path("my.toml").read_text(encoding="utf-8")
    assert "symconv new my.toml --seed=-7\n" in run("my.toml", "--seed=-7")[1]
    assert "symconv new my.toml --seed 7\n" in run(str(Path("my.toml").resolve()), "--seed", "7")[1]
    Path("nets").mkdir()
    Path("nets/my.toml").write_text(Path("my.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert "symconv new my.toml --seed 7\n" in run("nets/my.toml", "--seed", "7")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--seed"),
        (("--seed", ""), "the seed is empty"),
        (("--seed", "x" * 201), "201 characters"),
        (("--seed", "a\tb"), "cannot be printed"),
        (("--seed", "7", "--out", "."), "--out: . does not fit"),
        (("none.toml", "--seed", "7"), "neither a file nor a built-in network"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_2(arguments: tuple[str, ...], said: str, run: Run) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "") and said in err and len(err.splitlines()) <= 3
    assert list(Path.cwd().iterdir()) == []
