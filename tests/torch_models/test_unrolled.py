"""Recurrent layers, attention and lookups of torch in parts: networks with torch's own numbers and gradients."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Modules as Model, drawn, whole as read  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.errors import SymconvError  # noqa: E402
from symconv.networks.network import parameters  # noqa: E402
from symconv.study import derive  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.unrolled import NAMES, Unrolled  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # what torch says of the speed of its layers


SEQUENCE = (2, 3, 2)
LAYERS: dict[str, Callable[[], nn.Module]] = {
    "rnn": lambda: nn.RNN(2, 3, batch_first=True),
    "rnn of relu": lambda: nn.RNN(2, 3, nonlinearity="relu", batch_first=True, bias=False),
    "lstm": lambda: nn.LSTM(2, 3, batch_first=True),
    "lstm, two, both ways": lambda: nn.LSTM(2, 2, 2, bias=False, bidirectional=True),
    "gru": lambda: nn.GRU(2, 3),
    "gru, two": lambda: nn.GRU(2, 2, 2, batch_first=True, bias=False),
}


@pytest.mark.parametrize("name", spread(LAYERS, 3))
def test_a_recurrent_layer_is_its_cell_step_after_step(name: str) -> None:
    read(Model(lambda m, x: m.layer(x)[0] * 2, layer=LAYERS[name]()), drawn(*SEQUENCE))


def test_the_last_state_is_read_as_well() -> None:
    read(Model(lambda m, x: m.layer(x)[1][0].squeeze(0) * 2, layer=nn.LSTM(2, 3)), drawn(*SEQUENCE))
    read(
        Model(lambda m, x: m.layer(x, torch.ones(1, 3, 3, dtype=x.dtype))[0] * 2, layer=nn.GRU(2, 3)), drawn(*SEQUENCE)
    )


CELLS: dict[str, Callable[[], nn.Module]] = {
    "RNNCell": lambda: nn.RNNCell(2, 3), "RNNCell of relu": lambda: nn.RNNCell(2, 3, False, "relu"),
    "LSTMCell": lambda: nn.LSTMCell(2, 3), "GRUCell": lambda: nn.GRUCell(2, 3),
    "GRUCell without a bias": lambda: nn.GRUCell(2, 3, bias=False),
}  # fmt: skip


def unrolled(m: Any, x: Any) -> Any:
    state = None
    for step in x.unbind(1):
        state = m.cell(step, state)
    return (state[0] if isinstance(state, tuple) else state) * 2


@pytest.mark.parametrize("name", spread(CELLS, 2))
def test_a_cell_is_called_once_for_each_step_and_its_gradients_add(name: str) -> None:
    network = read(Model(unrolled, cell=CELLS[name]()), drawn(*SEQUENCE))
    held = [p.name for layer in network.layers for _, p in parameters(layer)]
    assert held.count("cell.weight_ih") == 3 and held.count("cell.weight_hh") == 2


CAUSAL = torch.ones(3, 3, dtype=torch.bool).tril()
ATTENTION: dict[str, Callable[[Any], Any]] = {
    "plain": lambda x: F.scaled_dot_product_attention(x, x * 2, x + 1),
    "causal": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "scaled": lambda x: F.scaled_dot_product_attention(x, x, x, scale=0.25),
    "masked": lambda x: F.scaled_dot_product_attention(x, x, x, CAUSAL),
    "masked by numbers": lambda x: F.scaled_dot_product_attention(
        x, x, x, torch.zeros(3, 3, dtype=x.dtype).masked_fill(~CAUSAL, -torch.inf)
    ),
    "by hand": lambda x: (x @ x.transpose(1, 2)).masked_fill(CAUSAL == 0, -torch.inf).softmax(-1) @ x,
}


@pytest.mark.parametrize("name", spread(ATTENTION, 3))
def test_attention_is_a_softmax_between_two_products(name: str) -> None:
    network = read(Model(lambda m, x: ATTENTION[name](m.query(x)) * 2, query=nn.Linear(2, 2)), drawn(*SEQUENCE))
    kinds = [layer.kind for layer in network.layers]
    assert kinds.count("einsum") == kinds.count("matmul") == kinds.count("axis_softmax") == 1


def test_an_encoder_layer_of_torch_is_read_as_it_stands() -> None:
    """Two heads, in evaluation; its norms, its residual connections and its two linear layers."""
    layer = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, norm_first=True).eval()
    network = read(Model(lambda m, x: m.layer(x) * 2, layer=layer), drawn(2, 3, 4))
    assert [layer.kind for layer in network.layers] == [
        *("layer_norm", "linear", "reshape", "select", "select", "select", "einsum", "scale", "axis_softmax", "einsum"),
        *("reshape", "linear", "dropout", "add", "layer_norm", "linear", "relu", "dropout", "linear", "dropout", "add"),
        "scale",
    ]
    named = {layer.name: layer for layer in network.layers}
    assert named["einsum"].equation == "nihd,njhd->nhij" and named["einsum_1"].equation == "nhij,njhd->nihd"
    assert {"queries", "keys", "values", "scores", "attention", "heads"} <= named.keys()


PADDED = torch.tensor([[False, False, True], [False, False, False]])
MULTIHEAD: dict[str, tuple[dict[str, Any], Callable[[Any, Any], Any]]] = {
    "images first": ({"batch_first": True}, lambda m, x: m.a(x, x, x)[0]),
    "images second": ({"bias": False}, lambda m, x: m.a(x, x, x, need_weights=False)[0]),
    "no images": ({}, lambda m, x: m.a(x[0], x[0], x[0])[0]),
    "causal": ({}, lambda m, x: m.a(x, x, x, attn_mask=~torch.ones(2, 2, dtype=torch.bool).tril())[0]),
    "no padding": ({"batch_first": True}, lambda m, x: m.a(x, x, x, key_padding_mask=PADDED)[0]),
    "both masks": (
        {"batch_first": True},
        lambda m, x: m.a(x, x, x, key_padding_mask=PADDED, attn_mask=~CAUSAL.repeat(4, 1, 1), need_weights=False)[0],
    ),
    "of two": ({"batch_first": True}, lambda m, x: m.a(x, x * 2, x + 1)[0]),
    "of other features": (
        {"kdim": 2, "vdim": 3, "batch_first": True},
        lambda m, x: m.a(x, x[..., :2], x[:, :, 1:], need_weights=False)[0],
    ),
    "its weights": ({"batch_first": True}, lambda m, x: m.a(x, x, x)[1]),
    "the weights of each head": ({}, lambda m, x: m.a(x, x, x, average_attn_weights=False)[1]),
}  # fmt: skip


@pytest.mark.parametrize("name", spread(MULTIHEAD, 5))
def test_multihead_attention(name: str) -> None:
    """multi_head_attention_forward, of torch's module."""
    options, part = MULTIHEAD[name]
    read(Model(lambda m, x: part(m, x) * 2, a=nn.MultiheadAttention(4, 2, **options)), drawn(2, 3, 4))


def test_a_decoder_layer_reads_what_an_encoder_has_made() -> None:
    layer = nn.TransformerDecoderLayer(4, 2, 6, batch_first=True).eval()
    network = read(Model(lambda m, x: m.layer(x[:, :2], x.tanh()) * 2, layer=layer), drawn(2, 3, 4))
    assert [layer.kind for layer in network.layers].count("axis_softmax") == 2


WORDS = torch.tensor([[0, 2, 2], [3, 1, 0]])


def test_what_is_looked_up_is_a_product_with_rows_of_a_one_and_zeros() -> None:
    network = read(Model(lambda m, x: m.table(x) * 2, table=nn.Embedding(4, 2)), WORDS)
    assert [layer.kind for layer in network.layers] == ["matmul", "scale"]
    rows = network.input.value
    assert rows.shape == (2, 3, 4) and set(rows.entries) == {0, 1} and sum(rows.entries) == 6
    assert [at[2] for at, x in rows.items() if x == 1] == WORDS.flatten().tolist()


def test_two_tables_have_rows_of_their_own() -> None:
    both = Model(
        lambda m, x: m.table(x) + m.places(torch.arange(3)), table=nn.Embedding(4, 2), places=nn.Embedding(3, 2)
    )
    network = read(both, WORDS)
    assert [each.tensor.value.shape for each in network.tensors] == [(3, 3)]


def test_the_input_is_what_is_looked_up_by_it_and_not_by_places() -> None:
    """The places first; and one table twice, with rows of its own for each."""
    both = Model(
        lambda m, x: m.places(torch.arange(3)) + m.table(x) * m.table(x.flip(1)),
        table=nn.Embedding(4, 2), places=nn.Embedding(3, 2),
    )  # fmt: skip
    network = read(both, WORDS)
    assert network.input.value.shape == (2, 3, 4)
    assert [each.name for each in network.tensors] == ["places.rows", "table.rows"]
    assert read(Model(lambda m, x: m.t(x) * 2, t=nn.Embedding(4, 2)), torch.arange(3)).input.value.shape == (3, 4)


def test_the_row_of_padding_is_zero_and_does_not_learn() -> None:
    """And where it is not zero, it is refused: torch would read it, and not let it learn."""
    table = nn.Embedding(4, 2, padding_idx=2).double()
    with torch.no_grad():
        table.weight[:2], table.weight[3] = torch.tensor([[0.25, -1.5], [2.0, 0.75]]), 1.25
    model = Model(lambda m, x: m.table(x) * 2, table=table)
    network = from_torch(model, WORDS, torch.ones(2, 3, 2), "mse")
    assert [at[2] for at, x in network.input.value.items() if x == 1] == [0, 3, 1, 0]
    gradient = derive(network).evaluate("torch")["gradients"]["table.weight"]
    assert not gradient[2].any() and gradient[0].all()
    nn.init.ones_(table.weight)
    with pytest.raises(SymconvError, match="the row of padding_idx is not 0, and torch lets it not learn"):
        from_torch(model, WORDS, torch.ones(2, 3, 2), "mse")


@pytest.mark.parametrize("mode", ["mean", "sum"])
def test_a_bag_counts_its_words(mode: str) -> None:
    network = read(Model(lambda m, x: m.bag(x) * 2, bag=nn.EmbeddingBag(4, 2, mode=mode)), WORDS)
    assert network.input.value.shape == (2, 4)
    counted = [round(x * 3) for x in network.input.value.entries] if mode == "mean" else network.input.value.entries
    assert sum(counted) == 6 and max(counted) == 2
    offsets = torch.tensor([0, 2])
    read(Model(lambda m, x: m.bag(x, offsets) * 2, bag=nn.EmbeddingBag(4, 2, mode=mode)), WORDS[0])


@pytest.mark.parametrize(
    ("model", "given", "said"),
    [
        (Model(lambda m, x: m.t(x), t=nn.Embedding(4, 2, max_norm=1.0)), WORDS, "max_norm has no derivation"),
        (Model(lambda m, x: m.t(x), t=nn.EmbeddingBag(4, 2, mode="max")), WORDS, "for the mean and the sum alone"),
        (Model(lambda m, x: m.t(x.double()[..., None]), t=nn.Linear(1, 2)), WORDS + 9, ""),
        (
            Model(lambda m, x: m.r(x)[0], r=nn.LSTM(2, 3, proj_size=1)), drawn(3, 2),
            "has a projection\n  give no proj_size",
        ),
        (Model(lambda m, x: m.r(x)[0], r=nn.LSTM(2, 3, 2, dropout=0.5)), drawn(3, 2), "drops at random in training"),
        (
            Model(lambda m, x: m.a(x, x, x)[0], a=nn.MultiheadAttention(2, 1, dropout=0.5)), drawn(3, 2),
            "drops at random in training",
        ),
        (
            Model(lambda m, x: m.a(x, x, x)[0], a=nn.MultiheadAttention(2, 1, add_bias_kv=True)), drawn(3, 2),
            "has keys and values besides those of its input\n  leave add_bias_kv and add_zero_attn out",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_is_said(model: nn.Module, given: Any, said: str) -> None:
    model.double()
    target = torch.zeros(model(given).shape)
    if not said:
        assert from_torch(model, given, target, "mse").input.value.shape == (2, 3)
        return
    with pytest.raises(SymconvError) as found:
        from_torch(model, given, target, "mse")
    assert said in str(found.value)


def test_every_part_is_tried_here_or_with_the_losses() -> None:
    tried = inspect.getsource(inspect.getmodule(test_a_bag_counts_its_words))  # type: ignore[arg-type]
    own = {name for name in vars(Unrolled) if name in NAMES}
    unseen = {"linear", "rnn_tanh", "rnn_relu", "rnn_tanh_cell", "rnn_relu_cell", "lstm_cell", "gru_cell"}  # by modules
    assert {name for name in own - unseen if name not in tried} == set()
