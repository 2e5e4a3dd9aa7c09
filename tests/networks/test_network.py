"""Networks: the built-in one, every mistake a file can hold, and the same checks in Python."""

import os
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
from bad_networks import BAD as BAD_FILES
from hypothesis import given, strategies as st

import symconv
from symconv.array import Array
from symconv.commands import cli
from symconv.errors import Fault, NotSupported, SpecError, SymconvError
from symconv.networks import fields
from symconv.networks.fields import numbers
from symconv.networks.layers.layers import (
    Add,
    BatchNorm,
    Bias,
    Conv,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Linear,
    MaxPool,
    Relu,
)
from symconv.networks.network import (
    BinaryCrossEntropy,
    CrossEntropy,
    MeanSquaredError,
    Network,
    Parameter,
    builtin,
    from_text,
    load,
    parameters,
    shapes,
    source_of,
    spatials,
    target,
)
from symconv.networks.toml import read as tomlfile

TOY = Path(__file__).parents[2] / "symconv" / "networks" / "toy-cnn.toml"
HALF = Fraction(1, 2)


def broken(tmp_path: Path, text: str | bytes) -> SymconvError:
    """The error that loading a file of this text raises."""
    path = tmp_path / "net.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises((SpecError, NotSupported)) as caught:
        load(path)
    return caught.value


def toy_with(*swaps: tuple[str, str]) -> str:
    """The toy network's file, each first text replaced by the second."""
    text = TOY.read_text()
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_the_toy_network_is_the_design() -> None:
    toy = load("toy-cnn")
    assert (toy.name, toy.learning_rate, toy.loss) == ("toy-cnn", Fraction(1), CrossEntropy(0))
    assert toy.input == Parameter.of("X", [[1, 0, 2], [0, 1, -1], [2, 1, 0], [-1, 0, 1]])
    conv, relu, pool, linear = toy.layers
    assert conv == Conv("S", Parameter.of("U", [["1/2", -1, "1/2"], [1, 1, 0]]))
    assert (relu, pool) == (Relu("P"), MaxPool("h", (3, 1), stride=(3, 1)))
    assert linear == Linear("z", Parameter.of("W", [["2/5"], ["4/5"]]))


def test_shapes_in_forward_order() -> None:
    assert list(shapes(load("toy-cnn")).items()) == [
        *[("X", (4, 3)), ("U", (2, 3)), ("S", (3, 1)), ("P", (3, 1)), ("h", (1, 1))],
        *[("W", (2, 1)), ("z", (2,)), ("y", (2,)), ("t", (2,)), ("L", ())],
    ]


def test_a_built_in_name_and_a_path_are_the_same_network() -> None:
    assert load(TOY) == load(str(TOY)) == load("toy-cnn")
    assert builtin() == ("toy-cnn",)


def test_a_text_is_read_as_its_file_would_be() -> None:
    text = TOY.read_text(encoding="utf-8")
    assert from_text(text, "here") == load("toy-cnn")
    with pytest.raises(SpecError, match=r"^here: 1 mistake\nlayers\[1\]\.type: "):
        from_text(text.replace('"relu"', '"rely"'), "here")


LONG = '"' + "9" * 401 + '"'
DEEP = "[" * 30 + "1" + "]" * 30
BAD: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    # what: (what is swapped in the toy network, what the message must name)
    "text for a number": ([('"1/2", -1', '"one", -1')], ["layers[0].weight.value[0][0]", '"one"']),
    "exponent": ([("[1, 0, 2]", "[1e5, 0, 2]")], ["input.value[0][0]", "1e5", "exponent"]),
    "nan": ([("[1, 0, 2]", "[nan, 0, 2]")], ["input.value[0][0]", "nan"]),
    "inf": ([("[1, 0, 2]", "[1, -inf, 2]")], ["input.value[0][1]", "-inf"]),
    "boolean": ([("[1, 0, 2]", "[1, true, 2]")], ["input.value[0][1]", "true"]),
    "date": ([("[1, 0, 2]", "[1, 2, 2000-01-01]")], ["input.value[0][2]", "date 2000-01-01"]),
    "zero denominator": ([('"2/5"', '"2/0"')], ["layers[3].weight.value[0][0]", "2/0", "denominator"]),
    "too many digits": ([('"2/5"', LONG)], ["layers[3].weight.value[0][0]", "999", "400 digits"]),
    "a call": ([('"2/5"', "\"__import__('os')\"")], ["layers[3].weight.value[0][0]", "__import__('os')"]),
    "ragged rows": ([("[0, 1, -1]", "[0, 1]")], ["input.value[1]", "2 entries", "3"]),
    "a number among rows": ([("[0, 1, -1]", "7")], ["input.value[1]", "7"]),
    "a list among numbers": ([("[0, 1, -1]", "[0, [1], -1]")], ["input.value[1][1]", "a list of 1"]),
    "empty tensor": ([('[["2/5"], ["4/5"]]', "[]")], ["layers[3].weight.value", "empty"]),
    "empty rows": ([('[["2/5"], ["4/5"]]', "[[], []]")], ["layers[3].weight.value", "empty"]),
    "deep nesting": ([('[["2/5"], ["4/5"]]', DEEP)], ["layers[3].weight.value", "deeper than 5"]),
    "unknown key": ([("kernel = [3, 1]", "kernel = [3, 1]\nstrid = 1")], ["layers[2].strid", '"stride"']),
    "unknown key of the weight": (
        [('{ name = "W", v', '{ name = "W", nam = 1, v')],
        ["layers[3].weight.nam", '"name"'],
    ),
    "unknown key at the top": ([("learning_rate = 1", "learning_rate = 1\nloss_ = 1")], ["loss_", '"loss"']),
    "missing kernel": ([("kernel = [3, 1]", "")], ["layers[2].kernel", "missing"]),
    "missing weight": ([('weight = { name = "W", value = [["2/5"], ["4/5"]] }', "")], ["layers[3].weight", "missing"]),
    "missing name": ([('name = "h"', "")], ["layers[2].name", "missing"]),
    "missing rate": ([("learning_rate = 1", "")], ["learning_rate", "missing"]),
    "missing target": ([("target = 0", "")], ["loss.target", "missing"]),
    "missing type": ([('type = "relu"', "")], ["layers[1].type", "missing", "global_max_pool"]),
    "unknown layer": ([('"max_pool"', '"maxpool"')], ["layers[2].type", '"maxpool"', '"max_pool"']),
    "layer type a number": ([('"relu"', "3")], ["layers[1].type", "3", "relu"]),
    "unknown loss": ([('"cross_entropy"', '"mse"')], ["loss.type", '"mse"', "cross_entropy"]),
    "weight not a table": ([('{ name = "W", value = [["2/5"], ["4/5"]] }', "3")], ["layers[3].weight", "3", "table"]),
    "reserved y": ([('name = "z"', 'name = "y"')], ["layers[3].name", '"y"', "softmax"]),
    "reserved L": ([('name = "W"', 'name = "L"')], ["layers[3].weight.name", '"L"', "loss"]),
    "reserved t": ([('name = "X"', 'name = "t"')], ["input.name", '"t"', "target"]),
    "keyword": ([('name = "h"', 'name = "lambda"')], ["layers[2].name", '"lambda"', "keyword"]),
    "name with a newline": ([('name = "h"', r'name = "h\nimport os"')], ["layers[2].name", r"h\nimport os"]),
    "name with TeX": ([('name = "h"', r"name = '\input{x}'")], ["layers[2].name", "input{x}"]),
    "name not text": ([('name = "h"', "name = 3")], ["layers[2].name", "3"]),
    "a name twice": ([('name = "P"', 'name = "S"')], ["layers[1].name", '"S"', "layers[0]"]),
    "weight named as input": ([('name = "W"', 'name = "X"')], ["layers[3].weight.name", '"X"', "input"]),
    "network name a path": ([('name = "toy-cnn"', 'name = "../x"')], ["name", "../x"]),
    "negative rate": ([("learning_rate = 1", "learning_rate = -1")], ["learning_rate", "-1"]),
    "target too large": ([("target = 0", "target = 2")], ["loss.target", "2", "from 0 to 1"]),
    "target negative": ([("target = 0", "target = -1")], ["loss.target", "-1"]),
    "target a decimal": ([("target = 0", "target = 0.0")], ["loss.target", "0.0", "integer"]),
    "target a boolean": ([("target = 0", "target = true")], ["loss.target", "true"]),
    "kernel does not fit": ([("kernel = [3, 1]", "kernel = [4, 1]")], ['layers[2] (max_pool "h")', "4x1", "3x1"]),
    "zero kernel": ([("kernel = [3, 1]", "kernel = [0, 1]")], ["layers[2].kernel[0]", "0"]),
    "zero stride": ([("kernel = [3, 1]", "kernel = [3, 1]\nstride = 0")], ["layers[2].stride", "0 is out of range"]),
    "kernel of three": (
        [("kernel = [3, 1]", "kernel = [3, 1, 1]")],
        ['layers[2] (max_pool "h")', "(3, 1)", "3 dimensions"],
    ),
    "kernel of text": ([("kernel = [3, 1]", 'kernel = "3"')], ["layers[2].kernel", '"3"', "without quotes"]),
    "padding too wide": (
        [("kernel = [3, 1]", "kernel = 3\npadding = [2, 0]")],
        ["layers[2].padding[0]", "2", "half", "at most 1"],
    ),
    "padding of a column": (
        [("kernel = [3, 1]", "kernel = [3, 1]\npadding = 1")],
        ["layers[2].padding[1]", "at most 0"],
    ),
    "negative padding": ([("kernel = [3, 1]", "kernel = [3, 1]\npadding = [0, -1]")], ["layers[2].padding[1]", "-1"]),
    "linear does not fit": (
        [('[["2/5"], ["4/5"]]', '[["2/5", 1], ["4/5", 1]]')],
        ['layers[3] (linear "z")', "2 columns", "1x1"],
    ),
    "matrix for a loss": (
        [
            (
                'type = "linear"\nname = "z"\nweight = { name = "W", value = [["2/5"], ["4/5"]] }',
                'type = "relu"\nname = "z"',
            )
        ],
        ["loss", "1x1", "linear"],
    ),
    "bias too long": (
        [('["4/5"]] }', '["4/5"]] }\nbias = { name = "b", value = [1, 2, 3] }')],
        ["layers[3].bias.value", "(3,)", "2 rows"],
    ),
    "bias of a conv": (
        [("1, 0]] }", '1, 0]] }\nbias = { name = "b", value = [1, 2] }')],
        ["layers[0].bias.value", "(2,)", "one number"],
    ),
    "huge padding": ([("1, 0]] }", "1, 0]] }\npadding = 500000")], ['layers[0] (conv "S")', "too large"]),
    "huge stride": (
        [("1, 0]] }", "1, 0]] }\nstride = 99999999999999999999")],
        ["layers[0].stride", "99999999999999999999"],
    ),
    "padding of nothing but": (
        [("kernel = [3, 1]", "kernel = [2, 1]\npadding = [1, 0]\ndilation = [4, 1]")],
        ['layers[2] (max_pool "h")', "nothing but padding"],
    ),
    "input a number": ([("[[1, 0, 2], [0, 1, -1], [2, 1, 0], [-1, 0, 1]]", "1")], ["input.value", "single number"]),
    "conv of a vector": (
        [("[[1, 0, 2], [0, 1, -1], [2, 1, 0], [-1, 0, 1]]", "[1, 2]")],
        ['layers[0] (conv "S")', "(2,)"],
    ),
    "kernel of one dimension": ([('[["1/2", -1, "1/2"], [1, 1, 0]]', "[1, 2]")], ["layers[0].weight.value", "(2,)"]),
    "odd key": ([("target = 0", 'target = 0\n"a\\u0007b" = 1')], [r"loss.a\x07b", "not a known key"]),
}


@pytest.mark.parametrize("what", BAD)
def test_a_mistake_is_named_with_its_place_and_value(what: str, tmp_path: Path) -> None:
    swaps, named = BAD[what]
    error = broken(tmp_path, toy_with(*swaps))
    assert isinstance(error, SpecError)
    message = str(error)
    assert [text for text in named if text not in message] == []
    assert len(error.faults) == 1, message
    assert message.replace("\n", "").isprintable()


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_network_gets_its_one_message(what: str, tmp_path: Path) -> None:
    text, problem, remedy = BAD_FILES[what]
    error = broken(tmp_path, text)
    assert str(error) == f"{tmp_path / 'net.toml'}: 1 mistake\n{problem}\n  {remedy}"
    assert str(error).replace("\n", "").isprintable()


def test_the_command_refuses_every_bad_network_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one process, with a study that must never be asked to build anything."""
    study = SimpleNamespace(build=None)
    monkeypatch.setitem(sys.modules, "symconv.build", study)
    monkeypatch.setattr(symconv, "build", study, raising=False)
    path, out = tmp_path / "net.toml", tmp_path / "out"
    for text, problem, remedy in BAD_FILES.values():
        path.write_text(text)
        with pytest.raises(SystemExit) as caught:
            cli.main(["build", str(path), "--out", str(out)])
        printed, complaint = capsys.readouterr()
        assert (caught.value.code, printed, out.exists()) == (2, "", False)
        assert problem in complaint and remedy in complaint and "Traceback" not in complaint


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    swaps = [
        ("[1, 0, 2]", "[1, 0, x2]".replace("x2", '"x2"')),
        ('name = "P"', 'name = "if"'),
        ("target = 0", "target = -3"),
    ]
    error = broken(tmp_path, toy_with(*swaps, ('["4/5"]]', '["4/5", 1, 2]]'), ("kernel =", "kernal =")))
    places = [fault.place for fault in error.faults]
    assert places == ["input.value[0][2]", "layers[1].name", "layers[2].kernel", "layers[2].kernal", *places[4:]]
    assert places[4:] == ["layers[3].weight.value[1]", "loss.target"]
    assert "net.toml: 6 mistakes" in str(error)


def test_a_layer_that_cannot_be_read_hides_only_what_depends_on_it(tmp_path: Path) -> None:
    """Whether the pool's input and the relu's output are read is not known, a cycle is one in any case."""
    error = broken(tmp_path, toy_with(
        ('type = "relu"', 'type = "relu"\ninptu = "X"'),
        ("kernel = [3, 1]", 'kernel = [3, 1]\ninput = "Q"'),
        ('type = "linear"', 'type = "linear"\ninput = "z"'),
    ))  # fmt: skip
    assert [fault.place for fault in error.faults] == ["layers[1].inptu", "layers[3].input"]
    assert "cycle" in error.faults[1].problem


def test_a_wrong_name_does_not_hide_a_wrong_shape(tmp_path: Path) -> None:
    error = broken(tmp_path, toy_with(('name = "S"', 'name = "a b"'), ("kernel = [3, 1]", "kernel = [9, 9]\noops = 1")))
    assert [fault.place for fault in error.faults] == ["layers[0].name", "layers[2].oops", 'layers[2] (max_pool "h")']


def test_an_unknown_shape_is_not_misreported(tmp_path: Path) -> None:
    """Without the convolution nobody knows what the pool and the linear layer are given."""
    error = broken(tmp_path, toy_with(('"1/2", -1, "1/2"', '"1/2", -1, "?"'), ("kernel = [3, 1]", "kernel = [9, 9]")))
    assert [fault.place for fault in error.faults] == ["layers[0].weight.value[0][2]"]


def test_the_kernel_message_says_what_would_fit() -> None:
    with pytest.raises(SpecError) as caught:
        net(Conv("C1", Parameter.of("K", [[1] * 3] * 7)), Linear("z", Parameter.of("W", [[1], [1]])), size=(5, 5))
    (fault,) = caught.value.faults
    assert fault.place == 'layers[0] (conv "C1")'
    assert fault.problem == "kernel 7x3 does not fit its input 5x5 (padding 0, dilation 1)"
    assert fault.remedy == "give padding >= 1 in the first dimension, or a kernel of at most 5x5"


@pytest.mark.parametrize("value", ["[[[1, 2], [3, 4]]]", "[[[[1]]]]"])
def test_an_input_of_channels_wants_a_kernel_of_channels(value: str, tmp_path: Path) -> None:
    error = broken(tmp_path, toy_with(("[[1, 0, 2], [0, 1, -1], [2, 1, 0], [-1, 0, 1]]", value)))
    assert [fault.place for fault in error.faults] == ['layers[0] (conv "S")']
    assert "without channels it must be (H, W)" in str(error) and "(O, C, kh, kw)" in str(error)


def test_what_is_not_written_yet_is_no_mistake(tmp_path: Path) -> None:
    text = toy_with(('type = "relu"', 'type = "dropout"\ntraining = true'))
    assert isinstance(broken(tmp_path, text), NotSupported)
    assert isinstance(broken(tmp_path, text.replace("target = 0", "target = -1")), SpecError)


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"", ["name", "missing", "layers", "loss", "input", "learning_rate"]),
        (b"name = ", ["not TOML", "line 1, column 8"]),
        (b"[[layers]\n", ["not TOML", "line 1"]),
        (b'name = "a"\nname = "b"', ["not TOML", "line 2"]),
        (b"\xff\xfe", ["byte 0", "UTF-8"]),
        (b'name = "\xc3\x28"', ["byte 8", "UTF-8"]),
        (b"x = " + b"[" * 100_000, ["nested too deeply"]),
        (b"x = " + b"9" * 5000, ["cannot be read"]),
        (lambda: b"#" * 64_000_001, ["more than 64000000 bytes besides plain lists of numbers"]),
        (lambda: b"x = [" + b"a," * 10_000_001 + b"]", ["more than 10000000 numbers"]),
        (b"x=1\n" * 100_001, ["or 100000 keys"]),
        (b"\nx" + b'."a.a" .x' * 100_000, ["line 2", "more than 50 parts"]),
        (b"layers = []", ["layers", "empty"]),
        (b"layers = 3", ["layers", "3 is not a list"]),
        (b"layers = [3]", ["layers[0]", "3 is not a table"]),
        (b"layers = {}", ["layers", "a table is not a list"]),
        (b"input = 3", ["input", "3 is not a table"]),
        (b"loss = [1]", ["loss", "a list of 1 is not a table"]),
        (b"name = 0x" + b"f" * 5000, ["name", "a number of more than 60 digits"]),
    ],
    ids=range(19),
)
def test_a_file_that_is_no_network(raw: bytes | Callable[[], bytes], named: list[str], tmp_path: Path) -> None:
    """What takes up much room is made when its turn comes."""
    message = str(broken(tmp_path, raw() if callable(raw) else raw))
    assert [text for text in named if text not in message] == []
    assert len(message) < 3000


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    with path.open("wb") as file:
        file.truncate(500_000_001)  # it takes no room
    with pytest.raises(SpecError, match="larger than 500000000 bytes"):
        load(path)


def test_a_pipe_has_no_size_and_is_read_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tomlfile, "MOST_BYTES", 10)
    out, into = os.pipe()
    with open(into, "wb") as file:
        file.write(b"#" * 11)
    with open(out, "rb"), pytest.raises(SpecError, match="larger than 10 bytes"):
        load(f"/dev/fd/{out}")


def test_a_message_stays_readable_however_many_mistakes(tmp_path: Path) -> None:
    rows = ", ".join(['["?", "?", "?"]'] * 3000)
    error = broken(tmp_path, toy_with(("[[1, 0, 2], [0, 1, -1], [2, 1, 0], [-1, 0, 1]]", f"[{rows}]")))
    assert len(error.faults) == 9000
    assert "9000 mistakes" in str(error) and "and 8900 more" in str(error)


@pytest.mark.parametrize("path", ["no-such-network", "no/such.toml", "a\0b", "x" * 5000, "", "toy-cnn\n"])
def test_no_such_network(path: str) -> None:
    with pytest.raises(SpecError) as caught:
        load(path)
    assert len(str(caught.value)) < 400


def test_a_folder_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        load(tmp_path)


def test_a_file_with_a_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TOY.read_bytes().replace(b"\n", b"\r\n"))
    assert load(path) == load("toy-cnn")


def test_every_option_is_read(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    options = 'stride = [2, 1]\npadding = [[1, 2], 1]\ndilation = [1, 2]\nbias = { name = "c", value = 0.5 }'
    path.write_text(toy_with(("1, 0]] }", f"1, 0]] }}\n{options}"), ("kernel = [3, 1]", "kernel = 1\nstride = [9, 9]")))
    conv = load(path).layers[0]
    assert isinstance(conv, Conv)
    assert (conv.stride, conv.padding, conv.dilation) == ((2, 1), ((1, 2), (1, 1)), (1, 2))
    assert conv.bias == Parameter.of("c", ["1/2"])
    assert shapes(load(path))["S"] == (3, 1)


def net(*layers: object, size: tuple[int, int] = (4, 3), **changes: object) -> Network:
    given = Parameter.of("X", [[1] * size[1]] * size[0])
    return replace(Network("n", HALF, given, tuple(layers), CrossEntropy(0)), **changes)  # type: ignore[arg-type]


W = Parameter.of("W", [[1] * 12, [2] * 12])


@pytest.mark.parametrize(
    "make",
    [
        lambda: net(),
        lambda: net(Linear("z", Parameter.of("W", [[1] * 11, [2] * 11]))),
        lambda: net(Linear("z", W), loss=CrossEntropy(2)),
        lambda: net(Linear("z", W), learning_rate=0.5),
        lambda: net(Linear("z", W), learning_rate=1),
        lambda: net(Linear("z", W), layers=[Linear("z", W)]),
        lambda: net(Linear("z", W), input=[[1]]),
        lambda: net(Linear("z", W), loss=0),
        lambda: net(Linear("z", W), name="a b"),
        lambda: net(Linear("X", W)),
        lambda: net("linear"),
        lambda: net(Relu("P")),
        lambda: net(Linear("z", Parameter.of("W", [[1] * 12, [2] * 12])), Conv("S", Parameter.of("U", [[1]]))),
        lambda: Parameter.of("X", [[0.5]]),
        lambda: Parameter("X", replace(W.value, entries=(1,) * 24)),
        lambda: Parameter("X", replace(W.value, entries=(0.5,) * 24)),
        lambda: Parameter("X", [[1]]),  # type: ignore[arg-type]
        lambda: Conv("S", [[1]]),  # type: ignore[arg-type]
        lambda: Conv("S", W, bias=3),  # type: ignore[arg-type]
        lambda: Conv("S", W, stride=(1,)),
        lambda: Conv("S", W, stride=(0, 1)),
        lambda: Conv("S", W, padding=((0, 0), (0, -1))),
        lambda: Conv("S", W, dilation=(1, True)),
        lambda: Conv("y", W),
        lambda: MaxPool("h", (2, 2), padding=((2, 0), (0, 0))),
        lambda: MaxPool("h", (0, 2)),
        lambda: MaxPool("h", ()),
        lambda: Relu("import"),
        lambda: GlobalMaxPool(""),
        lambda: Linear("z", Parameter.of("W", [1])),
        lambda: Linear("z", W, bias=Parameter.of("b", [1])),
        lambda: CrossEntropy(-1),
        lambda: CrossEntropy("0"),  # type: ignore[arg-type]
    ],
)
def test_python_is_held_to_the_same_rules(make: object) -> None:
    with pytest.raises(SpecError):
        make()  # type: ignore[operator]


def test_a_network_of_linear_layers_takes_a_vector() -> None:
    vector = Parameter.of("X", [1, 2])
    layers = (Relu("r"), Linear("z", Parameter.of("W", [[1, 2]]), Parameter.of("b", [3])))
    assert shapes(Network("n", HALF, vector, layers, CrossEntropy(0)))["z"] == (1,)


def test_a_global_pool_keeps_its_dimensions() -> None:
    assert shapes(net(GlobalMaxPool("g"), Linear("z", Parameter.of("W", [[1], [2]]))))["g"] == (1, 1)


def test_lists_and_single_numbers_are_put_in_order() -> None:
    pool = MaxPool("h", [3, 1], padding=1 - 1)  # type: ignore[arg-type]
    assert (pool.kernel, pool.stride, pool.padding) == ((3, 1), (3, 1), ((0, 0), (0, 0)))
    assert hash(pool) == hash(MaxPool("h", (3, 1)))


def test_a_network_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        load("toy-cnn").name = "x"  # type: ignore[misc]


@given(
    st.recursive(st.one_of(st.integers(), st.text(), st.booleans(), st.none(), st.floats()), st.lists, max_leaves=20)
)
def test_any_value_is_a_tensor_or_refused(value: object) -> None:
    try:
        made = Parameter.of("X", value)
    except SpecError:
        return
    assert all(isinstance(entry, Fraction) for entry in made.value.entries)


NUMBER = st.integers(1, 4)


@given(st.tuples(NUMBER, NUMBER), st.tuples(NUMBER, NUMBER), NUMBER, NUMBER, st.integers(0, 3), st.integers(0, 3))
def test_a_pool_reads_at_least_one_entry_in_each_window(
    size: tuple[int, int], kernel: tuple[int, int], stride: int, dilation: int, lo: int, hi: int
) -> None:
    """Whatever is accepted, no window lies in the padding alone; counted one position at a time."""
    options = {"stride": (stride, stride), "padding": ((lo, hi), (hi, lo)), "dilation": (dilation, dilation)}
    try:
        pool = MaxPool("h", kernel, **options)  # type: ignore[arg-type]
        made = net(pool, GlobalMaxPool("g"), Linear("z", Parameter.of("W", [[1]])), size=size)
    except SpecError:
        return
    for n, k, pads, positions in zip(size, kernel, pool.padding, shapes(made)["h"], strict=True):
        for i in range(positions):
            assert any(0 <= stride * i - pads[0] + dilation * a < n for a in range(k))


def test_a_fault_names_its_place_from_outside() -> None:
    assert Fault("[0]", "p").within("value").within("weight").within("layers[2]").place == "layers[2].weight.value[0]"
    assert Fault("", "p").within("a").place == "a"


def batch_of(*layers: object, loss: object = None) -> Network:
    """The layers on two images of three channels, then a vector of two for each."""
    given = Parameter("X", Array((2, 3, 4, 5), tuple(Fraction(k) for k in range(120))))
    end = (GlobalAvgPool("g"), Linear("z", Parameter.of("W", [[1, 2, 3], [0, 1, 1]])))
    made = loss or CrossEntropy((0, 1))
    return Network("n", HALF, given, (*layers, *end), made, batch=True)  # type: ignore[arg-type]


def three(name: str) -> Parameter:
    return Parameter.of(name, [1, 2, 3])


def test_the_tensors_of_a_batch_come_in_forward_order() -> None:
    norm = BatchNorm("n", three("w"), three("b"), three("m"), three("v"))
    found = shapes(batch_of(norm, BatchNorm("k", bias=three("c")), MaxPool("h", (2, 2), ceil=True), Relu("P")))
    assert list(found.items()) == [
        *[("X", (2, 3, 4, 5)), ("w", (3,)), ("b", (3,)), ("m", (3,)), ("v", (3,)), ("n", (2, 3, 4, 5))],
        *[("c", (3,)), ("k.mean", (3,)), ("k.variance", (3,)), ("k", (2, 3, 4, 5)), ("h", (2, 3, 2, 3))],
        *[
            ("P", (2, 3, 2, 3)),
            ("g", (2, 3, 1, 1)),
            ("W", (2, 3)),
            ("z", (2, 2)),
            ("y", (2, 2)),
            ("t", (2, 2)),
            ("L", ()),
        ],
    ]
    assert [field for field, _ in parameters(norm)] == ["weight", "bias", "mean", "variance"]


@pytest.mark.parametrize(
    ("loss", "names"),
    [
        (CrossEntropy((0, 1)), ["y", "t", "L"]),
        (BinaryCrossEntropy(numbers([[0, 1], [1, 0]])), ["y", "t", "L"]),
        (MeanSquaredError(numbers([[0, 1], [1, 0]])), ["t", "L"]),
    ],
)
def test_only_some_losses_have_probabilities(loss: object, names: list[str]) -> None:
    assert list(shapes(batch_of(loss=loss)))[4:] == names


def test_the_spatial_axes_are_known_where_a_layer_says_so() -> None:
    conv = Conv("S", Parameter.of("U", [[[[1]], [[1]], [[1]]]] * 3))
    assert spatials(batch_of(Relu("P"), conv, Relu("Q"))) == {"X": None, "P": None, "S": 2, "Q": 2, "g": 2, "z": 0}
    assert spatials(batch_of(Relu("P"))) == {"X": None, "P": 2, "g": 2, "z": 0}  # the global pool says it of P
    assert spatials(batch_of(Bias("B", three("b")))) == {"X": 2, "B": 2, "g": 2, "z": 0}
    image = Network("n", HALF, Parameter.of("X", [[1, 2]]), (GlobalMaxPool("g"), Flatten("z")), CrossEntropy(0))
    assert spatials(image) == {"X": 2, "g": 2, "z": 0}
    vector = replace(image, input=Parameter.of("X", [1, 2]))
    assert spatials(vector) == {"X": 1, "g": 1, "z": 0}


def test_each_layer_has_its_source() -> None:
    made = batch_of(Relu("P"), Relu("Q", input="X"), Add("A", "P"))
    assert source_of(made) == {"P": "X", "Q": "X", "A": "Q", "g": "A", "z": "g"}


def test_the_target_is_exact() -> None:
    assert target(load("toy-cnn")) == numbers([1, 0])
    assert target(batch_of(loss=CrossEntropy((1, 0), label_smoothing=HALF))) == numbers(
        [["1/4", "3/4"], ["3/4", "1/4"]]
    )
    assert target(batch_of(loss=MeanSquaredError(numbers([[1, 2], [3, 4]])))) == numbers([[1, 2], [3, 4]])


def test_a_batch_is_read(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text(batch_of(Relu("P")).to_toml())
    assert load(path) == batch_of(Relu("P")) and "batch = true" in path.read_text()
    path.write_text(path.read_text().replace("batch = true", "batch = false"))
    with pytest.raises(SpecError, match="write batch = true"):
        load(path)


def test_the_networks_own_flag_is_a_truth() -> None:
    with pytest.raises(SpecError, match="batch: 1 is not true or false"):
        replace(batch_of(), batch=1)  # type: ignore[arg-type]


def test_the_limit_is_one_for_all_ways_to_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = load("toy-cnn")
    path = tmp_path / "toy.toml"
    path.write_text(toy.to_toml(), encoding="utf-8")
    for most, fits in ((20, True), (19, False)):
        monkeypatch.setattr(fields, "LARGEST", most)
        for make in (lambda: load(path), lambda: replace(toy, name="again")):
            if fits:
                assert make().layers == toy.layers
                continue
            with pytest.raises(SpecError, match="the network holds 20 numbers in all\n  give at most 19"):
                make()


def test_what_would_be_too_long_a_file_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = load("toy-cnn")
    monkeypatch.setattr(tomlfile, "MOST_BYTES", len(toy.to_toml()))
    assert toy.to_toml()
    monkeypatch.setattr(tomlfile, "MOST_BYTES", len(toy.to_toml()) - 1)
    with pytest.raises(SpecError, match=r'network "toy-cnn": would be a file of \d+ bytes, more .*\n  give num'):
        toy.to_toml()
