"""The names in PyTorch: each is one of torch's, all that is read has one, and what is read is what is said of it."""

from operator import attrgetter

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch_calls import BEFORE, IMAGES, IN_TURN, PLACES, TWO, of_functions, of_module, read  # noqa: E402

from symconv.reference.examples import EXAMPLES  # noqa: E402
from symconv.reference.torch_names import BUILT_IN, IN_SERIES, OPERATORS, SERIES, TorchRow, index, names_of, paths  # noqa: E402
from symconv.torch_models.functions import FUNCTIONS, MODULES  # noqa: E402
from symconv.torch_models.losses import CLASSES, MEANT  # noqa: E402
from symconv.torch_models.opened import LOOKUPS  # noqa: E402
from symconv.torch_models.sampled import NAMES as IN_PARTS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # what torch says of the speed of its layers, and of paddings
ROWS = index()
LISTED = {name: [row for row in ROWS if name in row.names] for row in ROWS for name in row.names}
WRITTEN_OUT = ("lstm", "gru", "lstm_cell", "gru_cell", "rnn_tanh", "rnn_relu", "rnn_tanh_cell", "rnn_relu_cell")
WRITTEN_OUT += (
    "_pack_padded_sequence",
    "_pad_packed_sequence",
    "multi_head_attention_forward",
    "indexed",
    "pieces",
    "im2col",
    "neighbours",
    "masked",
    "powered",
    "steep_softplus",
    "written",
    "replaced",
)
CALLS = tuple(of_functions())
IN_MODULES = sorted(
    name.removeprefix("torch.nn.") for name in LISTED if name.startswith("torch.nn.") and name[9:10].isupper()
)
FAILED = "from_torch does not read it so"


def last(path: str) -> str:
    return path.rpartition(".")[2]


def rows_of(name: str, in_turn: bool) -> list[TorchRow]:
    """The rows of a function by its bare name, or by its path from torch on."""
    found = (
        row
        for row in ROWS
        for each in row.names
        if each in (OPERATORS.get(name), f"torch.{name}") or last(each) == name
    )
    return [row for row in dict.fromkeys(found) if row.in_turn is in_turn]


# ------------------------------------------------------------------------------------------------ they are there
def missing(names: list[str]) -> list[str]:
    """The names that torch does not have."""
    return [name for name in names if name.startswith("torch.") and not has(name.removeprefix("torch."))]


def has(path: str) -> bool:
    try:
        attrgetter(path)(torch)
    except AttributeError:
        return False
    return True


def test_torch_has_every_name() -> None:
    assert missing([*LISTED]) == []
    assert missing(["torch.nn.functional.conv4d", "torch.relu"]) == ["torch.nn.functional.conv4d"]


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_is_the_function(name: str) -> None:
    x = torch.tensor([[1.0, -2.0], [3.0, 4.0]])
    assert torch.is_tensor(eval(OPERATORS[name], {"x": x, "y": x + 1, "n": 2})) and LISTED[OPERATORS[name]]


def test_a_function_is_said_to_be_where_torch_has_it() -> None:
    for name, rule in FUNCTIONS.items():
        if rule.kind in IN_SERIES or BUILT_IN.fullmatch(name) or name in ("__getitem__", "T", "mT"):
            continue
        places = {path.rpartition(".")[0] for path in paths(name) if path.startswith("torch")}
        if hasattr(F, name):
            assert "torch.nn.functional" in places, name
        else:
            assert places == {"torch" if hasattr(torch, name) else "torch.Tensor"}, name


def test_all_that_is_read_is_listed() -> None:
    known = {last(name) for name in LISTED} | {name for name, operator in OPERATORS.items() if operator in LISTED}
    assert {name for name in FUNCTIONS if not BUILT_IN.fullmatch(name)} - known == set()
    assert {*MODULES, *CLASSES, *MEANT} - known == set()
    assert {*IN_PARTS, *LOOKUPS} - known - {*WRITTEN_OUT} == set()


def test_every_kind_that_is_named_is_one() -> None:
    assert {kind for row in ROWS for kind in row.kinds} <= EXAMPLES.keys()
    assert [kind for kind in EXAMPLES if not names_of(kind)] == ["bias", "output"]  # nothing of torch alone


def test_what_becomes_several_layers_names_none_of_them() -> None:
    assert "torch.nn.LSTM" in LISTED and not any("torch.nn.LSTM" in names_of(kind) for kind in EXAMPLES)
    assert "torch.nn.BatchNorm2d" in names_of("batch_norm")


# ------------------------------------------------------------------------------------------------ they are read so
def strange(found: set[str], rows: list[TorchRow]) -> set[str]:
    """What is read and not said."""
    return found - {kind for row in rows for kind in row.kinds} - BEFORE


@pytest.mark.parametrize("name", spread(dict.fromkeys(name for name, _, _ in CALLS), 40))
def test_a_function_becomes_what_is_said(name: str) -> None:
    found = {kind for each, call, given in CALLS if each == name for kind in read(call, given)}
    rows = rows_of(name, False)
    assert rows and strange(found, rows) == set(), FAILED
    assert not rows[0].kinds or found & {*rows[0].kinds}


def test_each_of_several_meanings_is_met() -> None:
    found: dict[TorchRow, set[str]] = {}
    for name, call, given in CALLS:
        for row in rows_of(name, False):
            if len(row.kinds) > 1:
                found.setdefault(row, set()).update(read(call, given))
    assert {row.names[0]: {*row.kinds} - kinds for row, kinds in found.items() if {*row.kinds} - kinds} == {}
    assert len(found) > 10


@pytest.mark.parametrize("name", spread(IN_TURN, 15))
def test_a_function_becomes_several_layers_as_is_said(name: str) -> None:
    given = PLACES if name in ("embedding", "embedding_bag") else TWO
    (row,) = rows_of(name, True)
    assert_in_turn(row, {*read(IN_TURN[name], given)})


def assert_in_turn(row: TorchRow, found: set[str]) -> None:
    """All that is said is there, but for what only some of the names need, and nothing else."""
    assert strange(found, [row]) == set() and found & {*row.kinds}, FAILED
    assert {*row.kinds} - found <= BEFORE | {"sqrt", "dropout"}, FAILED


@pytest.mark.parametrize("name", spread(IN_MODULES, 30))
def test_a_module_becomes_what_is_said(name: str) -> None:
    if name in CLASSES:
        return  # the losses that are one: test_losses.py
    (row,) = LISTED[f"torch.nn.{name}"]
    found = {*of_module(name)}
    if row.in_turn:
        assert_in_turn(row, found)
    else:
        assert strange(found, [row]) == set() and (found & {*row.kinds} or not row.kinds), FAILED


def test_a_wrong_meaning_is_seen() -> None:
    assert strange({*read(lambda x: F.relu(x), IMAGES)}, rows_of("sigmoid", False)) == {"relu"}
    (row,) = rows_of("glu", True)
    with pytest.raises(AssertionError, match=FAILED):
        assert_in_turn(row, {"slice", "mul"})


def test_every_series_is_tried() -> None:
    named = {name.removeprefix("nn.functional.") for names in SERIES for name in names.split()}
    assert {name for name in named if not name.startswith("nn.")} == {*IN_TURN}
