"""Recurrent models and texts by words and documents: forecasts, packed sentences, recommendations, cells by hand."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tests.models.brought import Call, Tensor, brought, call, classes


class PackedLSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 4, padding_idx=0)
        self.rnn = nn.LSTM(4, 3, num_layers=1, bidirectional=True)
        self.fc = nn.Linear(6, 1)
        self.dropout = nn.Dropout(0.5)

    def forward(self, text: Tensor, text_lengths: Tensor) -> Tensor:
        embedded = self.dropout(self.embedding(text))
        packed_embedded = pack_padded_sequence(embedded, text_lengths.to("cpu"))
        packed_output, (hidden, _) = self.rnn(packed_embedded)
        pad_packed_sequence(packed_output)
        hidden = self.dropout(torch.cat((hidden[-2, :, :], hidden[-1, :, :]), dim=1))
        return self.fc(hidden).squeeze(1)


@brought("text")
def sentiments_packed() -> Call:
    """bentrevett/pytorch-sentiment-analysis: packed padded sequences through a bidirectional LSTM"""
    text = torch.tensor([[3, 1], [5, 8], [2, 4], [7, 0]])
    inputs = (text, torch.tensor([4, 3]))
    return call(PackedLSTM().eval(), inputs, torch.tensor([1.0, 0.0]), nn.BCEWithLogitsLoss())


class NaiveLSTM(nn.Module):
    def __init__(self, input_sz: int, hidden_sz: int) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_sz, hidden_sz
        self.W = nn.Parameter(torch.Tensor(input_sz, hidden_sz * 4))
        self.U = nn.Parameter(torch.Tensor(hidden_sz, hidden_sz * 4))
        self.bias = nn.Parameter(torch.Tensor(hidden_sz * 4))
        stdv = 1.0 / hidden_sz**0.5
        for weight in self.parameters():
            weight.data.uniform_(-stdv, stdv)

    def forward(self, x: Tensor, init_states: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple]:
        bs, seq_sz, _ = x.size()
        hidden_seq = []
        if init_states is None:
            h_t, c_t = (torch.zeros(bs, self.hidden_size).to(x.device), torch.zeros(bs, self.hidden_size).to(x.device))
        else:
            h_t, c_t = init_states
        HS = self.hidden_size
        for t in range(seq_sz):
            x_t = x[:, t, :]
            gates = x_t @ self.W + h_t @ self.U + self.bias
            i_t, f_t, g_t, o_t = (
                torch.sigmoid(gates[:, :HS]),
                torch.sigmoid(gates[:, HS : HS * 2]),
                torch.tanh(gates[:, HS * 2 : HS * 3]),
                torch.sigmoid(gates[:, HS * 3 :]),
            )
            c_t = f_t * c_t + i_t * g_t
            h_t = o_t * torch.tanh(c_t)
            hidden_seq.append(h_t.unsqueeze(0))
        hidden_seq = torch.cat(hidden_seq, dim=0)
        hidden_seq = hidden_seq.transpose(0, 1).contiguous()
        return hidden_seq, (h_t, c_t)


class Sunspots(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = NaiveLSTM(1, 3)
        self.linear = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        lstm_out, _ = self.lstm(x)
        return self.linear(lstm_out[:, -1]).view(-1)


@brought("recurrent")
def naive_lstm() -> Call:
    """Piero Esposito's "Building a LSTM by hand": four gates in one product, a forecast"""
    return call(Sunspots(), torch.randn(2, 4, 1), torch.randn(2), nn.MSELoss())


class GRU4Rec(nn.Module):
    def __init__(self, items: int, hidden: int) -> None:
        super().__init__()
        self.gru = nn.GRU(items, hidden, 1)
        self.h2o = nn.Linear(hidden, items)
        self.tanh = nn.Tanh()
        self.n_items = items

    def onehot_encode(self, input: Tensor) -> Tensor:
        buffer = torch.zeros(input.size(0), self.n_items)
        index = input.view(-1, 1)
        return buffer.scatter_(1, index, 1)

    def forward(self, input: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        embedded = self.onehot_encode(input)
        embedded = embedded.unsqueeze(0)
        output, hidden = self.gru(embedded, hidden)
        output = output.view(-1, output.size(-1))
        logit = self.tanh(self.h2o(output))
        return logit, hidden


def top1_max(output: tuple[Tensor, Tensor], target: Tensor) -> Tensor:
    logit = output[0][:, target.view(-1)]
    logit_softmax = F.softmax(logit, dim=1)
    diff = -(logit.diag().view(-1, 1).expand_as(logit) - logit)
    return torch.mean(logit_softmax * (torch.sigmoid(diff) + torch.sigmoid(logit**2)))


def bpr(output: tuple[Tensor, Tensor], target: Tensor) -> Tensor:
    logit = output[0][:, target.view(-1)]
    diff = logit.diag().view(-1, 1).expand_as(logit) - logit
    return -torch.mean(F.logsigmoid(diff))


@brought("recurrent")
def sessions_ranked() -> Call:
    """hungthanhpham94/GRU4REC-pytorch: one-hot by scatter_, TOP1-max over the batch's other items"""
    return call(GRU4Rec(5, 3), (classes(5, 3), torch.randn(1, 3, 3)), torch.tensor([1, 4, 2]), top1_max)


@brought("recurrent")
def sessions_ranked_by_pairs() -> Call:
    """the same by Bayesian personalised ranking"""
    return call(GRU4Rec(5, 3), (classes(5, 3), torch.randn(1, 3, 3)), torch.tensor([1, 4, 2]), bpr)


def masked_softmax(X: Tensor, valid_lens: Tensor) -> Tensor:
    shape = X.shape
    valid_lens = torch.repeat_interleave(valid_lens, shape[1])
    X = X.reshape(-1, shape[-1])
    maxlen = X.size(1)
    mask = torch.arange((maxlen), dtype=torch.float32)[None, :] < valid_lens[:, None]
    X[~mask] = -1e6
    return nn.functional.softmax(X.reshape(shape), dim=-1)


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor, valid_lens: Tensor) -> Tensor:
        d = queries.shape[-1]
        scores = torch.bmm(queries, keys.transpose(1, 2)) / d**0.5
        self.attention_weights = masked_softmax(scores, valid_lens)
        return torch.bmm(self.dropout(self.attention_weights), values)


class LuongDecoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(6, 4)
        self.rnn = nn.GRU(4, 4)
        self.attention = DotProductAttention(0.1)
        self.concat = nn.Linear(8, 4)
        self.dense = nn.LazyLinear(6)

    def forward(self, X: Tensor, enc_outputs: Tensor, enc_valid_lens: Tensor) -> Tensor:
        outputs, _ = self.rnn(self.embedding(X.t()))
        outputs = outputs.transpose(0, 1)
        context = self.attention(outputs, enc_outputs, enc_outputs, enc_valid_lens)
        out = torch.tanh(self.concat(torch.cat((context, outputs), -1)))
        return self.dense(out)


def masked_loss(Y_hat: Tensor, Y: Tensor) -> Tensor:
    Y_hat = Y_hat.reshape((-1, Y_hat.shape[-1]))
    loss = F.cross_entropy(Y_hat, Y.reshape((-1,)), reduction="none")
    mask = (Y.reshape(-1) != 0).type(torch.float32)
    return (loss * mask).sum() / mask.sum()


@brought("attention")
def lengths_masked() -> Call:
    """d2l's masked softmax, scores set to -1e6 in place, in Luong's decoder with a masked loss"""
    model = LuongDecoder().eval()
    inputs = (classes(6, 2, 3), torch.randn(2, 4, 4), torch.tensor([2, 4]))
    model(*inputs)
    return call(model, inputs, torch.tensor([[1, 5, 0], [2, 3, 4]]), masked_loss)


def d2l_mlp(num_inputs: int, num_hiddens: int, flatten: bool) -> nn.Sequential:
    net = []
    net.append(nn.Dropout(0.2))
    net.append(nn.Linear(num_inputs, num_hiddens))
    net.append(nn.ReLU())
    if flatten:
        net.append(nn.Flatten(start_dim=1))
    net.append(nn.Dropout(0.2))
    net.append(nn.Linear(num_hiddens, num_hiddens))
    net.append(nn.ReLU())
    if flatten:
        net.append(nn.Flatten(start_dim=1))
    return nn.Sequential(*net)


class DecomposableAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.f = d2l_mlp(4, 5, flatten=False)
        self.g = d2l_mlp(8, 5, flatten=False)
        self.h = d2l_mlp(10, 5, flatten=True)
        self.linear = nn.Linear(5, 3)

    def forward(self, X: tuple[Tensor, Tensor]) -> Tensor:
        premises, hypotheses = X
        A, B = self.embedding(premises), self.embedding(hypotheses)
        f_A, f_B = self.f(A), self.f(B)
        e = torch.bmm(f_A, f_B.permute(0, 2, 1))
        beta = torch.bmm(F.softmax(e, dim=-1), B)
        alpha = torch.bmm(F.softmax(e.permute(0, 2, 1), dim=-1), A)
        V_A = self.g(torch.cat([A, beta], dim=2)).sum(dim=1)
        V_B = self.g(torch.cat([B, alpha], dim=2)).sum(dim=1)
        return self.linear(self.h(torch.cat([V_A, V_B], dim=1)))


@brought("text")
def inference_of_sentences() -> Call:
    """d2l's decomposable attention: attend, compare, aggregate, both sentences in one tuple"""
    return call(DecomposableAttention().eval(), ((classes(9, 2, 3), classes(9, 2, 4)),), classes(3, 2))


class WordAttention(nn.Module):
    def __init__(self, size: int, hidden: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2 * hidden, 2 * hidden))
        self.bias = nn.Parameter(torch.zeros(1, 2 * hidden))
        self.context_weight = nn.Parameter(torch.zeros(2 * hidden, 1))
        self.gru = nn.GRU(size, hidden, bidirectional=True)
        for each in (self.weight, self.bias, self.context_weight):
            each.data.normal_(0.0, 0.5)

    def forward(self, input: Tensor) -> Tensor:
        f_output, _ = self.gru(input.float())
        output_list = []
        for feature in f_output:
            feature = torch.tanh(
                torch.mm(feature, self.weight) + self.bias.expand(feature.size()[0], self.bias.size()[1])
            )
            output_list.append(torch.tanh(torch.mm(feature, self.context_weight)).squeeze(1).unsqueeze(0))
        output = F.softmax(torch.cat(output_list, 0), dim=0)
        summed = []
        for feature_1, feature_2 in zip(f_output, output, strict=True):
            feature_2 = feature_2.unsqueeze(1).expand_as(feature_1)
            summed.append((feature_1 * feature_2).unsqueeze(0))
        return torch.sum(torch.cat(summed, 0), 0).unsqueeze(0)


class Documents(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lookup = nn.Embedding(9, 3)
        self.word_att_net = WordAttention(3, 2)
        self.sent_att_net = WordAttention(4, 2)
        self.fc = nn.Linear(4, 2)

    def forward(self, input: Tensor) -> Tensor:
        output_list = []
        input = input.permute(1, 0, 2)
        for i in input:
            output_list.append(self.word_att_net(self.lookup(i.permute(1, 0))))
        return self.fc(self.sent_att_net(torch.cat(output_list, 0)).squeeze(0))


@brought("text")
def documents_by_sentences() -> Call:
    """uvipen/Hierarchical-attention-networks: words, then sentences, loops over rows of a tensor"""
    return call(Documents(), classes(9, 2, 2, 3), classes(2, 2))
