"""Networks of sequences: recurrent cells, and convolutions that look back."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from tests.models.brought import Call, Tensor, brought, call, classes


class LSTMClassifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=1, batch_first=True)
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        h0 = torch.zeros(1, x.size(0), 4).to(x.device)
        c0 = torch.zeros(1, x.size(0), 4).to(x.device)
        out, _ = self.lstm(x, (h0, c0))
        return self.fc(out[:, -1, :])


@brought("recurrent")
def lstm_classifier() -> Call:
    """the last state of an LSTM (Hochreiter and Schmidhuber 1997), from zeros that the model makes"""
    return call(LSTMClassifier(), torch.randn(2, 4, 3), classes(2, 2), nn.CrossEntropyLoss())


class GRUModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(input_size=2, hidden_size=4, batch_first=True)
        self.fc = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        _, h_n = self.gru(x)
        return self.fc(h_n[-1])


@brought("recurrent")
def gru_forecast() -> Call:
    """the next number of a series by a GRU (Cho et al. 2014)"""
    return call(GRUModel(), torch.randn(2, 4, 2), torch.randn(2, 1), nn.MSELoss())


class Names(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        hidden = F.tanh(self.i2h(input) + self.h2h(hidden))
        output = self.softmax(self.h2o(hidden))
        return output, hidden


@brought("recurrent")
def names_by_letters() -> Call:
    """one step of a recurrent cell, from PyTorch's tutorial on names: two inputs, two outputs"""
    inputs = torch.randn(1, 5), torch.zeros(1, 4)
    return call(Names(5, 4, 3), inputs, torch.tensor([2]), nn.NLLLoss(), output=0)


class Unrolled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.RNNCell(2, 4)
        self.out = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.size(0), 4, dtype=x.dtype)
        for t in range(3):
            h = self.cell(x[:, t], h)
        return self.out(h)


@brought("recurrent")
def rnn_cell_unrolled() -> Call:
    """nn.RNNCell over three steps"""
    return call(Unrolled(), torch.randn(2, 3, 2), torch.randn(2, 1), nn.MSELoss())


class LSTMCellUnrolled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm1 = nn.LSTMCell(1, 3)
        self.linear = nn.Linear(3, 1)

    def forward(self, input: Tensor) -> Tensor:
        outputs = []
        h_t = torch.zeros(input.size(0), 3, dtype=input.dtype)
        c_t = torch.zeros(input.size(0), 3, dtype=input.dtype)
        for input_t in input.split(1, dim=1):
            h_t, c_t = self.lstm1(input_t, (h_t, c_t))
            outputs += [self.linear(h_t)]
        return torch.cat(outputs, dim=1)


@brought("recurrent")
def sine_waves() -> Call:
    """an LSTM cell over a wave, split in a loop, from PyTorch's examples"""
    return call(LSTMCellUnrolled(), torch.randn(2, 3), torch.randn(2, 3), nn.MSELoss())


class ElmanByHand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.W_xh = nn.Linear(2, 3)
        self.W_hh = nn.Linear(3, 3, bias=False)
        self.W_hy = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.tanh(self.W_xh(x[:, 0]))
        h = torch.tanh(self.W_xh(x[:, 1]) + self.W_hh(h))
        h = torch.tanh(self.W_xh(x[:, 2]) + self.W_hh(h))
        return self.W_hy(h)


@brought("recurrent")
def elman_by_hand() -> Call:
    """three steps of a simple recurrent network (Elman 1990), written one after the other"""
    return call(ElmanByHand(), torch.randn(2, 3, 2), classes(2, 2), nn.CrossEntropyLoss())


class GruByHand(nn.Module):
    def __init__(self, inputs: int, hiddens: int) -> None:
        super().__init__()
        self.hiddens = hiddens
        self.z = nn.Linear(inputs + hiddens, hiddens)
        self.r = nn.Linear(inputs + hiddens, hiddens)
        self.h = nn.Linear(inputs + hiddens, hiddens)

    def forward(self, xs: Tensor) -> Tensor:
        h = xs.new_zeros(xs.size(1), self.hiddens)
        for x in xs.unbind(0):
            xh = torch.cat([x, h], 1)
            z, r = torch.sigmoid(self.z(xh)), torch.sigmoid(self.r(xh))
            candidate = torch.tanh(self.h(torch.cat([x, r * h], 1)))
            h = (1 - z) * h + z * candidate
        return h


@brought("recurrent")
def gru_by_hand() -> Call:
    """a gated recurrent unit in a loop over time"""
    return call(GruByHand(2, 3), torch.randn(3, 2, 2), torch.randn(2, 3), nn.MSELoss())


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(9, 4)
        self.lstm = nn.LSTM(4, 3, bidirectional=True)
        self.hidden2tag = nn.Linear(6, 3)

    def forward(self, sentence: Tensor) -> Tensor:
        embeds = self.word_embeddings(sentence)
        lstm_out, _ = self.lstm(embeds.view(len(sentence), 1, -1))
        tag_space = self.hidden2tag(lstm_out.view(len(sentence), -1))
        return F.log_softmax(tag_space, dim=1)


@brought("recurrent")
def part_of_speech_tags() -> Call:
    """a tag for each word by an LSTM in both directions"""
    return call(Tagger(), torch.tensor([4, 1, 7]), classes(3, 3), nn.NLLLoss())


class Chomp1d(nn.Module):
    def __init__(self, chomp_size: int) -> None:
        super().__init__()
        self.chomp_size = chomp_size

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, : -self.chomp_size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs: int, n_outputs: int, kernel_size: int, dilation: int, normed: bool) -> None:
        super().__init__()
        padding = (kernel_size - 1) * dilation
        self.conv1 = nn.Conv1d(n_inputs, n_outputs, kernel_size, padding=padding, dilation=dilation)
        if normed:
            self.conv1 = weight_norm(self.conv1)
        self.net = nn.Sequential(self.conv1, Chomp1d(padding), nn.ReLU(), nn.Dropout(0.2))
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None

    def forward(self, x: Tensor) -> Tensor:
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return F.relu(out + res)


class TCN(nn.Module):
    def __init__(self, normed: bool) -> None:
        super().__init__()
        self.tcn = nn.Sequential(TemporalBlock(1, 3, 2, 1, normed), TemporalBlock(3, 3, 2, 2, normed))
        self.linear = nn.Linear(3, 4)

    def forward(self, inputs: Tensor) -> Tensor:
        y1 = self.tcn(inputs)
        return self.linear(y1[:, :, -1])


@brought("recurrent")
def temporal_convolutions() -> Call:
    """dilated convolutions that look back only, cut at the end (Bai et al. 2018), evaluated"""
    return call(TCN(False).eval(), torch.randn(2, 1, 6), classes(4, 2), nn.CrossEntropyLoss())


@brought("recurrent")
def temporal_convolutions_normalised() -> Call:
    """the same with weight normalisation, as it was published"""
    return call(TCN(True).eval(), torch.randn(2, 1, 6), classes(4, 2), nn.CrossEntropyLoss())


class GatedLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.filter = nn.Conv1d(channels, channels, 2, dilation=dilation)
        self.gate = nn.Conv1d(channels, channels, 2, dilation=dilation)
        self.residual = nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        padded = F.pad(x, (self.dilation, 0))
        z = torch.tanh(self.filter(padded)) * torch.sigmoid(self.gate(padded))
        return x + self.residual(z), self.skip(z)


class WaveNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.causal = nn.Conv1d(1, 3, 1)
        self.layers = nn.ModuleList([GatedLayer(3, 2**i) for i in range(2)])
        self.end = nn.Conv1d(3, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.causal(x)
        skips: Tensor | int = 0
        for layer in self.layers:
            x, skip = layer(x)
            skips = skips + skip
        return self.end(F.relu(skips))


@brought("recurrent", "layers.1.residual")
def wavenet() -> Call:
    """gated dilated convolutions whose skips are added (van den Oord et al. 2016), a class at each time"""
    return call(WaveNet(), torch.randn(1, 1, 6), classes(4, 1, 6), nn.CrossEntropyLoss())
