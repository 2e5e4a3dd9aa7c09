"""Text, recurrence and attention, as tutorials and repositories write them."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class CNN_Text(nn.Module):
    def __init__(
        self, embed_num: int, embed_dim: int, class_num: int, kernel_num: int, kernel_sizes: list[int]
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(embed_num, embed_dim)
        self.convs = nn.ModuleList([nn.Conv2d(1, kernel_num, (K, embed_dim)) for K in kernel_sizes])
        self.dropout = nn.Dropout(0.5)
        self.fc1 = nn.Linear(len(kernel_sizes) * kernel_num, class_num)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x)
        x = x.unsqueeze(1)
        x = [F.relu(conv(x)).squeeze(3) for conv in self.convs]
        x = [F.max_pool1d(i, i.size(2)).squeeze(2) for i in x]
        x = torch.cat(x, 1)
        x = self.dropout(x)
        return self.fc1(x)


@brought("text")
def cnn_text_of_shawn1993() -> Call:
    """Shawn1993's sentence CNN: a list through every line of forward"""
    return call(CNN_Text(8, 3, 2, 2, [2, 3]).eval(), classes(8, 2, 5), classes(2, 2), F.cross_entropy)


class SkipGram(nn.Module):
    def __init__(self, vocab_size: int = 6, emb_dim: int = 3) -> None:
        super().__init__()
        self.u_embeddings = nn.Embedding(vocab_size, emb_dim, sparse=False)
        self.v_embeddings = nn.Embedding(vocab_size, emb_dim, sparse=False)
        initrange = 1.0 / emb_dim
        nn.init.uniform_(self.u_embeddings.weight.data, -initrange, initrange)

    def forward(self, pos_u: Tensor, pos_v: Tensor, neg_v: Tensor) -> Tensor:
        emb_u = self.u_embeddings(pos_u)
        emb_v = self.v_embeddings(pos_v)
        emb_neg_v = self.v_embeddings(neg_v)
        score = torch.sum(torch.mul(emb_u, emb_v), dim=1)
        score = torch.clamp(score, max=10, min=-10)
        score = -F.logsigmoid(score)
        neg_score = torch.bmm(emb_neg_v, emb_u.unsqueeze(2)).squeeze()
        neg_score = torch.clamp(neg_score, max=10, min=-10)
        neg_score = -torch.sum(F.logsigmoid(-neg_score), dim=1)
        return torch.mean(score + neg_score)


@brought("text")
def skip_gram_of_andras7() -> Call:
    """Andras7's word2vec: the loss of negative samples is what forward returns"""
    x = (classes(6, 3), classes(6, 3), classes(6, 3, 2))
    return call(SkipGram(), x, None, lambda loss, target: loss)


class KarpathyLinear(nn.Module):
    def __init__(self, fan_in: int, fan_out: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn((fan_in, fan_out)) / fan_in**0.5)
        self.bias = nn.Parameter(torch.zeros(fan_out)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        self.out = x @ self.weight
        if self.bias is not None:
            self.out += self.bias
        return self.out


class FlattenConsecutive(nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.shape
        x = x.view(B, T // self.n, C * self.n)
        if x.shape[1] == 1:
            x = x.squeeze(1)
        self.out = x
        return self.out


class KarpathyNorm(nn.Module):
    def __init__(self, dim: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.gamma = nn.Parameter(torch.ones(dim))
        self.beta = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Tensor) -> Tensor:
        dim = 0 if x.ndim == 2 else (0, 1)
        xmean = x.mean(dim, keepdim=True)
        xvar = x.var(dim, keepdim=True)
        xhat = (x - xmean) / torch.sqrt(xvar + self.eps)
        self.out = self.gamma * xhat + self.beta
        return self.out


@brought("text")
def makemore_wavenet() -> Call:
    """Karpathy's makemore, part 5: own layers that keep their output, a tree over characters"""
    model = nn.Sequential(
        nn.Embedding(5, 2), FlattenConsecutive(2), KarpathyLinear(4, 3, bias=False), KarpathyNorm(3), nn.Tanh(),
        FlattenConsecutive(2), KarpathyLinear(6, 3, bias=False), KarpathyNorm(3), nn.Tanh(), KarpathyLinear(3, 5),
    )  # fmt: skip
    return call(model, classes(5, 4, 4), classes(5, 4), F.cross_entropy)


class WordModel(nn.Module):
    def __init__(
        self, rnn_type: str, ntoken: int, ninp: int, nhid: int, nlayers: int, tie_weights: bool = True
    ) -> None:
        super().__init__()
        self.ntoken = ntoken
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = getattr(nn, rnn_type)(ninp, nhid, nlayers)
        self.decoder = nn.Linear(nhid, ntoken)
        if tie_weights:
            self.decoder.weight = self.encoder.weight
        self.nhid, self.nlayers = nhid, nlayers

    def init_hidden(self, bsz: int) -> tuple[Tensor, Tensor]:
        weight = next(self.parameters())
        return weight.new_zeros(self.nlayers, bsz, self.nhid), weight.new_zeros(self.nlayers, bsz, self.nhid)

    def forward(self, input: Tensor, hidden: Any = None) -> tuple[Tensor, Any]:
        if hidden is None:
            hidden = self.init_hidden(input.size(1))
        emb = self.encoder(input)
        output, hidden = self.rnn(emb, hidden)
        decoded = self.decoder(output)
        decoded = decoded.view(-1, self.ntoken)
        return F.log_softmax(decoded, dim=1), hidden


@brought("text")
def word_language_model() -> Call:
    """pytorch/examples' word language model: tied weights, zeros like a weight, the state returned as well"""
    return call(WordModel("LSTM", 5, 2, 2, 1), classes(5, 3, 2), classes(5, 6), nn.NLLLoss(), output=0)


class Attention(nn.Module):
    def __init__(self, enc_hid_dim: int, dec_hid_dim: int) -> None:
        super().__init__()
        self.attn = nn.Linear((enc_hid_dim * 2) + dec_hid_dim, dec_hid_dim)
        self.v = nn.Linear(dec_hid_dim, 1, bias=False)

    def forward(self, hidden: Tensor, encoder_outputs: Tensor) -> Tensor:
        src_len = encoder_outputs.shape[0]
        hidden = hidden.unsqueeze(1).repeat(1, src_len, 1)
        encoder_outputs = encoder_outputs.permute(1, 0, 2)
        energy = torch.tanh(self.attn(torch.cat((hidden, encoder_outputs), dim=2)))
        attention = self.v(energy).squeeze(2)
        return F.softmax(attention, dim=1)


class Seq2Seq(nn.Module):
    def __init__(self, vocab: int = 5, emb: int = 2, hid: int = 2) -> None:
        super().__init__()
        self.output_dim = vocab
        self.embedding = nn.Embedding(vocab, emb)
        self.encoder = nn.GRU(emb, hid, bidirectional=True)
        self.fc = nn.Linear(hid * 2, hid)
        self.attention = Attention(hid, hid)
        self.rnn = nn.GRU((hid * 2) + emb, hid)
        self.fc_out = nn.Linear((hid * 2) + hid + emb, vocab)

    def decode(self, input: Tensor, hidden: Tensor, encoder_outputs: Tensor) -> tuple[Tensor, Tensor]:
        embedded = self.embedding(input.unsqueeze(0))
        a = self.attention(hidden, encoder_outputs).unsqueeze(1)
        weighted = torch.bmm(a, encoder_outputs.permute(1, 0, 2)).permute(1, 0, 2)
        output, hidden = self.rnn(torch.cat((embedded, weighted), dim=2), hidden.unsqueeze(0))
        assert (output == hidden).all()
        prediction = self.fc_out(torch.cat((output.squeeze(0), weighted.squeeze(0), embedded.squeeze(0)), dim=1))
        return prediction, hidden.squeeze(0)

    def forward(self, src: Tensor, trg: Tensor) -> Tensor:
        batch_size = src.shape[1]
        trg_len = trg.shape[0]
        outputs = torch.zeros(trg_len, batch_size, self.output_dim)
        encoder_outputs, hidden = self.encoder(self.embedding(src))
        hidden = torch.tanh(self.fc(torch.cat((hidden[-2, :, :], hidden[-1, :, :]), dim=1)))
        input = trg[0, :]
        for t in range(1, trg_len):
            output, hidden = self.decode(input, hidden, encoder_outputs)
            outputs[t] = output
            input = trg[t]
        return outputs


@brought("recurrent")
def seq2seq_of_bentrevett() -> Call:
    """bentrevett's translation with attention: outputs written into zeros, an assert on values"""

    def loss(output: Tensor, trg: Tensor) -> Tensor:
        output_dim = output.shape[-1]
        output = output[1:].view(-1, output_dim)
        trg = trg[1:].view(-1)
        return nn.CrossEntropyLoss(ignore_index=0)(output, trg)

    trg = torch.tensor([[1, 1], [2, 3], [4, 0]])
    return call(Seq2Seq(), (classes(5, 3, 2), trg), trg, loss)


class LSTMModel(nn.Module):
    def __init__(self, input_dim: int, hidden_dim: int, layer_dim: int, output_dim: int) -> None:
        super().__init__()
        self.hidden_dim = hidden_dim
        self.layer_dim = layer_dim
        self.lstm = nn.LSTM(input_dim, hidden_dim, layer_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, output_dim)

    def forward(self, x: Tensor) -> Tensor:
        h0 = torch.zeros(self.layer_dim, x.size(0), self.hidden_dim).requires_grad_()
        c0 = torch.zeros(self.layer_dim, x.size(0), self.hidden_dim).requires_grad_()
        out, (hn, cn) = self.lstm(x, (h0.detach(), c0.detach()))  # noqa: RUF059
        out = out[:, -1, :]
        return self.fc(out)


@brought("recurrent")
def series_with_detached_states() -> Call:
    """the LSTM of many notebooks on time series: zero states that require gradients and are detached at once"""
    return call(LSTMModel(2, 3, 2, 1), torch.randn(2, 3, 2), torch.randn(2, 1), nn.MSELoss(reduction="mean"))


class ConvLSTMCell(nn.Module):
    def __init__(self, input_dim: int, hidden_dim: int, kernel_size: tuple[int, int], bias: bool) -> None:
        super().__init__()
        self.hidden_dim = hidden_dim
        padding = kernel_size[0] // 2, kernel_size[1] // 2
        self.conv = nn.Conv2d(input_dim + hidden_dim, 4 * hidden_dim, kernel_size, padding=padding, bias=bias)

    def forward(self, input_tensor: Tensor, cur_state: list[Tensor]) -> tuple[Tensor, Tensor]:
        h_cur, c_cur = cur_state
        combined = torch.cat([input_tensor, h_cur], dim=1)
        combined_conv = self.conv(combined)
        cc_i, cc_f, cc_o, cc_g = torch.split(combined_conv, self.hidden_dim, dim=1)
        i = torch.sigmoid(cc_i)
        f = torch.sigmoid(cc_f)
        o = torch.sigmoid(cc_o)
        g = torch.tanh(cc_g)
        c_next = f * c_cur + i * g
        h_next = o * torch.tanh(c_next)
        return h_next, c_next

    def init_hidden(self, batch_size: int, image_size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        height, width = image_size
        device = self.conv.weight.device
        zeros = torch.zeros(batch_size, self.hidden_dim, height, width, device=device)
        return zeros, zeros.clone()


class ConvLSTM(nn.Module):
    def __init__(self, input_dim: int, hidden_dim: list[int]) -> None:
        super().__init__()
        dims = [input_dim, *hidden_dim]
        self.cell_list = nn.ModuleList([ConvLSTMCell(a, b, (3, 3), True) for a, b in zip(dims, dims[1:], strict=False)])  # noqa: RUF007
        self.head = nn.Conv2d(dims[-1], 1, 1)

    def forward(self, input_tensor: Tensor) -> Tensor:
        b, _, _, h, w = input_tensor.size()
        hidden_state = [cell.init_hidden(b, (h, w)) for cell in self.cell_list]
        cur_layer_input = input_tensor
        for layer_idx, cell in enumerate(self.cell_list):
            h, c = hidden_state[layer_idx]
            output_inner = []
            for t in range(input_tensor.size(1)):
                h, c = cell(input_tensor=cur_layer_input[:, t, :, :, :], cur_state=[h, c])
                output_inner.append(h)
            cur_layer_input = torch.stack(output_inner, dim=1)
        return self.head(cur_layer_input[:, -1])


@brought("recurrent")
def conv_lstm_of_ndrplz() -> Call:
    """ndrplz' ConvLSTM: cells over frames and over layers, arguments by name"""
    model = ConvLSTM(1, [2, 2])
    return call(model, torch.rand(1, 2, 1, 3, 3), torch.rand(1, 1, 3, 3), nn.MSELoss())
