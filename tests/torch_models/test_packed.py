"""Sequences of several lengths: networks with torch's own numbers and gradients."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import few  # noqa: E402
from read_models import Modules, drawn, whole  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

LENGTHS = torch.tensor([2, 4, 2])  # of the sequences, the longest of which is not the first


KINDS, LAYERS = (nn.LSTM, nn.GRU, nn.RNN), ((1, False), (1, True), (2, True))
CASES = [(kind, *layers) for kind in KINDS for layers in LAYERS]


@pytest.mark.parametrize(("kind", "layers", "both_ways"), few(CASES, (nn.RNN, 2, True)))
def test_each_sequence_ends_where_it_ends(kind: Any, layers: int, both_ways: bool) -> None:
    def run(m: Any, x: Any) -> Any:
        packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
        made, last = m.layer(packed)
        padded, _ = pad_packed_sequence(made, batch_first=True)
        state = last[0] if isinstance(last, tuple) else last
        return torch.cat((padded.sum(1), state.transpose(0, 1).flatten(1)), 1) * 2

    layer = kind(2, 2, layers, batch_first=True, bidirectional=both_ways)
    whole(Modules(run, layer=layer), drawn(3, 4, 2))


def test_lengths_and_padding_are_torchs() -> None:
    def run(m: Any, x: Any) -> Any:
        packed = pack_padded_sequence(m.layer(x), LENGTHS[[1, 0, 2]])
        padded, lengths = pad_packed_sequence(packed, padding_value=0.5, total_length=5)
        return padded.sum(0) / lengths[:, None]

    whole(Modules(run, layer=nn.Linear(2, 2)), drawn(4, 3, 2))
