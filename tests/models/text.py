"""Networks of words: embeddings, convolutions over text, small language models."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class BagOfEmbeddings(nn.Module):
    def __init__(self, vocab: int, dim: int, num_class: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.fc = nn.Linear(dim, num_class)

    def forward(self, text: Tensor) -> Tensor:
        embedded = self.embedding(text)
        pooled = F.avg_pool2d(embedded.unsqueeze(1), (embedded.shape[1], 1)).squeeze(1).squeeze(1)
        return self.fc(pooled)


@brought("text")
def fasttext() -> Call:
    """the mean of the words' embeddings by a pool (Joulin et al. 2016)"""
    return call(BagOfEmbeddings(9, 4, 2), classes(9, 2, 5), classes(2, 2), nn.CrossEntropyLoss())


class MeanOfWords(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 4, padding_idx=0)
        self.fc1 = nn.Linear(4, 6)
        self.fc2 = nn.Linear(6, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding(x).mean(dim=1)
        return torch.sigmoid(self.fc2(F.relu(self.fc1(x)))).squeeze()


@brought("text")
def deep_averaging() -> Call:
    """layers on the mean of embeddings (Iyyer et al. 2015), one probability for each review"""
    return call(MeanOfWords(), torch.tensor([[3, 1, 4, 0], [2, 7, 8, 2]]), torch.tensor([1.0, 0.0]), nn.BCELoss())


class NewsClassifier(nn.Module):
    def __init__(self, vocab_size: int, embed_dim: int, num_class: int) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab_size, embed_dim)
        self.fc = nn.Linear(embed_dim, num_class)

    def forward(self, text: Tensor, offsets: Tensor) -> Tensor:
        return self.fc(self.embedding(text, offsets))


@brought("text")
def news() -> Call:
    """nn.EmbeddingBag of joined texts and where each begins: two inputs"""
    inputs = torch.tensor([1, 5, 2, 7, 3, 3]), torch.tensor([0, 4])
    return call(NewsClassifier(9, 4, 4), inputs, classes(4, 2), nn.CrossEntropyLoss())


class TextCNN(nn.Module):
    def __init__(self, vocab: int, dim: int, n_filters: int, sizes: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.convs = nn.ModuleList([nn.Conv1d(dim, n_filters, fs) for fs in sizes])
        self.fc = nn.Linear(len(sizes) * n_filters, classes)
        self.dropout = nn.Dropout(0.5)

    def forward(self, text: Tensor) -> Tensor:
        embedded = self.embedding(text).permute(0, 2, 1)
        conved = [F.relu(conv(embedded)) for conv in self.convs]
        pooled = [F.max_pool1d(conv, conv.shape[2]).squeeze(2) for conv in conved]
        return self.fc(self.dropout(torch.cat(pooled, dim=1)))


@brought("text")
def textcnn() -> Call:
    """convolutions of several widths and the maximum over time (Kim 2014), evaluated"""
    return call(TextCNN(9, 4, 3, (2, 3), 2).eval(), classes(9, 2, 6), classes(2, 2), nn.CrossEntropyLoss())


@brought("text")
def textcnn_of_vectors() -> Call:
    """convolution and maximum over time where the words are vectors already"""
    model = nn.Sequential(
        nn.Conv1d(4, 5, 3), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(5, 2)
    )
    return call(model.eval(), torch.randn(2, 4, 7), classes(2, 2), nn.CrossEntropyLoss())


@brought("text")
def characters() -> Call:
    """characters as unit vectors under convolutions (Zhang et al. 2015), evaluated"""
    letters = F.one_hot(classes(6, 2, 14), 6).float().transpose(1, 2)
    model = nn.Sequential(
        nn.Conv1d(6, 4, kernel_size=3), nn.ReLU(), nn.MaxPool1d(3), nn.Conv1d(4, 4, kernel_size=3), nn.ReLU(),
        nn.Flatten(), nn.Linear(8, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3), nn.LogSoftmax(dim=1),
    )  # fmt: skip
    return call(model.eval(), letters, classes(3, 2), nn.NLLLoss())


class NGram(nn.Module):
    def __init__(self, vocab_size: int, embedding_dim: int, context_size: int) -> None:
        super().__init__()
        self.embeddings = nn.Embedding(vocab_size, embedding_dim)
        self.linear1 = nn.Linear(context_size * embedding_dim, 6)
        self.linear2 = nn.Linear(6, vocab_size)

    def forward(self, inputs: Tensor) -> Tensor:
        embeds = self.embeddings(inputs).view((1, -1))
        out = F.relu(self.linear1(embeds))
        out = self.linear2(out)
        return F.log_softmax(out, dim=1)


@brought("text")
def n_grams() -> Call:
    """the next word after two, from PyTorch's tutorial (Bengio et al. 2003)"""
    return call(NGram(9, 4, 2), torch.tensor([3, 5]), torch.tensor([7]), nn.NLLLoss())


class CBOW(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.Embedding(9, 4)
        self.linear = nn.Linear(4, 9)

    def forward(self, inputs: Tensor) -> Tensor:
        embeds = sum(self.embeddings(inputs)).view(1, -1)
        return F.log_softmax(self.linear(embeds), dim=-1)


@brought("text")
def continuous_bag_of_words() -> Call:
    """a word from those around it, their embeddings added (Mikolov et al. 2013)"""
    return call(CBOW(), torch.tensor([1, 2, 4, 5]), torch.tensor([3]), nn.NLLLoss())


class SkipGram(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.in_embed = nn.Embedding(9, 4)
        self.out_embed = nn.Embedding(9, 4)

    def forward(self, center: Tensor, contexts: Tensor) -> Tensor:
        v, u = self.in_embed(center), self.out_embed(contexts)
        return torch.bmm(v, u.permute(0, 2, 1))


@brought("text")
def skip_grams() -> Call:
    """products of a word's embedding with those of its neighbours and of others: two inputs"""
    inputs = torch.tensor([[1], [5]]), classes(9, 2, 3)
    return call(SkipGram(), inputs, torch.tensor([[[1.0, 0.0, 0.0]], [[1.0, 1.0, 0.0]]]), nn.BCEWithLogitsLoss())


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, max_len: int = 8) -> None:
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.pe[:, : x.size(1)]


class LanguageModel(nn.Module):
    def __init__(self, ntoken: int, d_model: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(ntoken, d_model)
        self.pos_encoder = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, 2, 8, batch_first=True)
        self.transformer_encoder = nn.TransformerEncoder(layer, 1)
        self.linear = nn.Linear(d_model, ntoken)
        self.d_model = d_model

    def forward(self, src: Tensor) -> Tensor:
        src = self.pos_encoder(self.embedding(src) * math.sqrt(self.d_model))
        mask = nn.Transformer.generate_square_subsequent_mask(src.size(1)).to(src)
        return self.linear(self.transformer_encoder(src, mask)).view(-1, 9)


@brought("text")
def transformer_language_model() -> Call:
    """the next word at each place by nn.TransformerEncoder, from PyTorch's tutorial, evaluated"""
    return call(LanguageModel(9, 4).eval(), classes(9, 1, 5), classes(9, 5), nn.CrossEntropyLoss())


class CausalSelfAttention(nn.Module):
    def __init__(self, n_embd: int, block_size: int) -> None:
        super().__init__()
        self.c_attn = nn.Linear(n_embd, 3 * n_embd)
        self.n_embd = n_embd
        self.register_buffer("bias", torch.tril(torch.ones(block_size, block_size)))

    def forward(self, x: Tensor) -> Tensor:
        T = x.size(1)
        q, k, v = self.c_attn(x).split(self.n_embd, dim=2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.bias[:T, :T] == 0, float("-inf"))
        return F.softmax(att, dim=-1) @ v


class TinyGPT(nn.Module):
    def __init__(self, vocab: int = 7, n_embd: int = 4, block_size: int = 4) -> None:
        super().__init__()
        self.wte = nn.Embedding(vocab, n_embd)
        self.wpe = nn.Embedding(block_size, n_embd)
        self.ln_1 = nn.LayerNorm(n_embd)
        self.attn = CausalSelfAttention(n_embd, block_size)
        self.lm_head = nn.Linear(n_embd, vocab, bias=False)
        self.wte.weight = self.lm_head.weight

    def forward(self, idx: Tensor) -> Tensor:
        pos = torch.arange(0, idx.size(1), dtype=torch.long, device=idx.device)
        x = self.wte(idx) + self.wpe(pos)
        x = x + self.attn(self.ln_1(x))
        return self.lm_head(x)


@brought("text")
def tiny_gpt() -> Call:
    """masked attention over the letters before, first and last weights the same (Radford et al. 2019)"""
    loss = lambda z, t: F.cross_entropy(z.view(-1, z.size(-1)), t.view(-1))  # noqa: E731
    return call(TinyGPT(), classes(7, 1, 4), classes(7, 1, 4), loss)
