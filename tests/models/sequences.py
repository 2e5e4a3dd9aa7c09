"""Further networks as their authors write them, read for the first time after from_torch was built: of sequences, sets
and graphs, and losses that are somebody's own."""

import itertools
import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class CausalSelfAttention(nn.Module):
    def __init__(self, n_embd: int, n_head: int, block_size: int) -> None:
        super().__init__()
        self.c_attn, self.c_proj = nn.Linear(n_embd, 3 * n_embd, bias=False), nn.Linear(n_embd, n_embd, bias=False)
        self.n_head, self.n_embd = n_head, n_embd
        self.register_buffer("bias", torch.tril(torch.ones(block_size, block_size)).view(1, 1, block_size, block_size))

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(self.n_embd, dim=2)
        k = k.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        q = q.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        v = v.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
        y = F.softmax(att, dim=-1) @ v
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, n_embd: int) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(n_embd, bias=False), nn.LayerNorm(n_embd, bias=False)
        self.attn = CausalSelfAttention(n_embd, 2, 4)
        self.mlp = nn.Sequential(nn.Linear(n_embd, 2 * n_embd), nn.GELU(), nn.Linear(2 * n_embd, n_embd))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, vocab: int = 5, n_embd: int = 4) -> None:
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(vocab, n_embd), "wpe": nn.Embedding(4, n_embd),
            "h": nn.ModuleList([Block(n_embd) for _ in range(2)]), "ln_f": nn.LayerNorm(n_embd),
        })  # fmt: skip
        self.lm_head = nn.Linear(n_embd, vocab, bias=False)
        self.transformer.wte.weight = self.lm_head.weight

    def forward(self, idx: Tensor) -> Tensor:
        _b, t = idx.size()
        pos = torch.arange(0, t, dtype=torch.long, device=idx.device)
        x = self.transformer.wte(idx) + self.transformer.wpe(pos)
        for block in self.transformer.h:
            x = block(x)
        return self.lm_head(self.transformer.ln_f(x))


def of_all_words(logits: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)


@brought("text")
def small_gpt() -> Call:
    """two blocks whose last layer is the table of words (Karpathy, nanoGPT)"""
    return call(GPT(), classes(5, 1, 4), torch.tensor([[1, 4, -1, 2]]), of_all_words)


class RMSNorm(nn.Module):
    def __init__(self, dim: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps, self.weight = eps, nn.Parameter(torch.ones(dim))

    def _norm(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)

    def forward(self, x: Tensor) -> Tensor:
        return self._norm(x.float() if x.dtype == torch.float16 else x).type_as(x) * self.weight


def rotate_half(x: Tensor) -> Tensor:
    x1, x2 = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)


def repeat_kv(x: Tensor, n_rep: int) -> Tensor:
    batch, heads, length, dim = x.shape
    return x[:, :, None, :, :].expand(batch, heads, n_rep, length, dim).reshape(batch, heads * n_rep, length, dim)


class LlamaBlock(nn.Module):
    def __init__(self, dim: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.heads, self.head_dim = heads, dim // heads
        self.q_proj, self.o_proj = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.k_proj, self.v_proj = nn.Linear(dim, dim // 2, bias=False), nn.Linear(dim, dim // 2, bias=False)
        self.gate_proj, self.up_proj = nn.Linear(dim, 6, bias=False), nn.Linear(dim, 6, bias=False)
        self.down_proj = nn.Linear(6, dim, bias=False)
        self.input_layernorm, self.post_attention_layernorm = RMSNorm(dim), RMSNorm(dim)
        inv_freq = 1.0 / (10000 ** (torch.arange(0, self.head_dim, 2).float() / self.head_dim))
        self.register_buffer("inv_freq", inv_freq, persistent=False)

    def attention(self, x: Tensor) -> Tensor:
        b, t, _ = x.shape
        q = self.q_proj(x).view(b, t, self.heads, self.head_dim).transpose(1, 2)
        k = self.k_proj(x).view(b, t, 1, self.head_dim).transpose(1, 2)
        v = self.v_proj(x).view(b, t, 1, self.head_dim).transpose(1, 2)
        freqs = torch.outer(torch.arange(t, dtype=self.inv_freq.dtype), self.inv_freq)
        emb = torch.cat((freqs, freqs), dim=-1)
        cos, sin = emb.cos()[None, None], emb.sin()[None, None]
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        k, v = repeat_kv(k, self.heads), repeat_kv(v, self.heads)
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(out.transpose(1, 2).reshape(b, t, -1))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.input_layernorm(x))
        h = self.post_attention_layernorm(x)
        return x + self.down_proj(F.silu(self.gate_proj(h)) * self.up_proj(h))


@brought("text")
def rotated_positions() -> Call:
    """rotary positions, grouped queries, a gated MLP (Touvron et al., Llama, 2023)"""
    return call(LlamaBlock(), torch.randn(1, 3, 8), torch.randn(1, 3, 8), nn.MSELoss())


class BertSelf(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word, self.position, self.kind = nn.Embedding(6, 4, padding_idx=0), nn.Embedding(4, 4), nn.Embedding(2, 4)
        self.LayerNorm = nn.LayerNorm(4, eps=1e-12)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, 0.0, "gelu", batch_first=True), 1)
        self.pooler, self.classifier = nn.Linear(4, 4), nn.Linear(4, 2)
        self.register_buffer("position_ids", torch.arange(4).expand((1, -1)))

    def forward(self, input_ids: Tensor) -> Tensor:
        length = input_ids.shape[1]
        token_type_ids = torch.zeros_like(input_ids)
        x = self.word(input_ids) + self.position(self.position_ids[:, :length]) + self.kind(token_type_ids)
        x = self.encoder(self.LayerNorm(x), src_key_padding_mask=input_ids == 0)
        return self.classifier(torch.tanh(self.pooler(x[:, 0])))


@brought("text")
def sentences_classified() -> Call:
    """words, positions and kinds added, padding masked, the first word read (Devlin et al., BERT, 2018)"""
    return call(BertSelf().eval(), torch.tensor([[1, 4, 2, 0], [1, 3, 5, 2]]), classes(2, 2))


class AdditiveAttention(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.W_q, self.W_k = nn.Linear(hidden, 3, bias=False), nn.Linear(hidden, 3, bias=False)
        self.w_v = nn.Linear(3, 1, bias=False)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        queries, keys = self.W_q(queries), self.W_k(keys)
        scores = self.w_v(torch.tanh(queries.unsqueeze(2) + keys.unsqueeze(1))).squeeze(-1)
        return torch.bmm(F.softmax(scores, dim=-1), values)


class Seq2Seq(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.encoder = nn.Embedding(5, 3), nn.GRU(3, 4)
        self.attention, self.decoder, self.dense = AdditiveAttention(4), nn.GRUCell(7, 4), nn.Linear(4, 5)

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        outputs, hidden = self.encoder(self.embedding(src).permute(1, 0, 2))
        enc, state, made = outputs.permute(1, 0, 2), hidden[-1], []
        for x in self.embedding(tgt).permute(1, 0, 2):
            context = self.attention(state.unsqueeze(1), enc, enc).squeeze(1)
            state = self.decoder(torch.cat((context, x), dim=-1), state)
            made.append(self.dense(state))
        return torch.stack(made, 1)


@brought("text")
def translation() -> Call:
    """an encoder, a decoder and additive attention between them (Bahdanau et al. 2014)"""
    return call(
        Seq2Seq(),
        (classes(5, 2, 3), classes(5, 2, 2)),
        classes(5, 2, 2),
        lambda o, t: F.cross_entropy(o.permute(0, 2, 1), t),
    )


class BiLSTMAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.attn, self.out = (
            nn.LSTM(3, 2, bidirectional=True, batch_first=True),
            nn.Linear(4, 1),
            nn.Linear(4, 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        h, (hn, _) = self.lstm(x)
        merged = hn[0, :, :] + hn[1, :, :]
        weights = torch.softmax(self.attn(torch.tanh(h)), dim=1)
        context = torch.sum(weights * h, dim=1)
        return self.out(context) + merged


@brought("text")
def words_weighted() -> Call:
    """an LSTM both ways whose words are weighted (Zhou et al. 2016)"""
    return call(BiLSTMAttention(), torch.randn(2, 3, 3), classes(2, 2))


class Adapter(nn.Module):
    def __init__(self, base: nn.Linear, r: int = 2, alpha: float = 4.0) -> None:
        super().__init__()
        self.base, self.scaling = base, alpha / r
        self.lora_A, self.lora_B = (
            nn.Parameter(torch.randn(r, base.in_features)),
            nn.Parameter(torch.zeros(base.out_features, r)),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + (x @ self.lora_A.T @ self.lora_B.T) * self.scaling


@brought("mlp")
def low_rank_adaptation() -> Call:
    """a frozen layer and two small matrices beside it (Hu et al. 2021)"""
    base = nn.Linear(4, 3)
    base.requires_grad_(False)
    return call(nn.Sequential(Adapter(base), nn.ReLU(), nn.Linear(3, 2)), torch.randn(3, 4), classes(2, 3))


class MergedAdapter(Adapter):
    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.base.weight + self.lora_B @ self.lora_A * self.scaling, self.base.bias)


@brought("mlp")
def low_rank_adaptation_merged() -> Call:
    """the same, added to the weight first"""
    return call(
        nn.Sequential(MergedAdapter(nn.Linear(4, 3)), nn.Tanh(), nn.Linear(3, 2)), torch.randn(3, 4), classes(2, 3)
    )


class FiLM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn, self.film = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3, affine=False), nn.Linear(2, 6)
        self.fc = nn.Linear(3, 2)

    def forward(self, x: Tensor, question: Tensor) -> Tensor:
        gamma, beta = torch.split(self.film(question), 3, dim=-1)
        x = self.bn(self.conv(x))
        x = F.relu(gamma.unsqueeze(2).unsqueeze(3).expand_as(x) * x + beta.unsqueeze(2).unsqueeze(3).expand_as(x))
        return self.fc(torch.amax(x, dim=(2, 3)))


@brought("attention")
def features_modulated() -> Call:
    """channels scaled and moved by a question (Perez et al. 2017)"""
    return call(FiLM(), (torch.randn(2, 1, 5, 5), torch.randn(2, 2)), classes(2, 2))


class HyperNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.make, self.z = nn.Linear(2, 12), nn.Parameter(torch.randn(2))

    def forward(self, x: Tensor) -> Tensor:
        w = self.make(self.z).view(3, 4)
        return F.linear(torch.relu(F.linear(x, w)), w.t()).mean(1)


@brought("mlp")
def weights_made_by_a_network() -> Call:
    """a small network whose output is the weight of another (Ha et al. 2016)"""
    return call(HyperNetwork(), torch.randn(3, 4), torch.randn(3), nn.MSELoss())


class HyperConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.make, self.z = nn.Linear(2, 2 * 1 * 9), nn.Parameter(torch.randn(2))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.make(self.z).view(2, 1, 3, 3), padding=1).relu().mean((2, 3))


@brought("cnn")
def kernels_made_by_a_network() -> Call:
    """the same of a convolution"""
    return call(HyperConv(), torch.randn(2, 1, 4, 4), classes(2, 2))


class NALU(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.W_hat, self.M_hat = nn.Parameter(torch.randn(outputs, inputs)), nn.Parameter(torch.randn(outputs, inputs))
        self.G = nn.Parameter(torch.randn(outputs, inputs))

    def forward(self, x: Tensor) -> Tensor:
        W = torch.tanh(self.W_hat) * torch.sigmoid(self.M_hat)
        a = F.linear(x, W)
        m = torch.exp(F.linear(torch.log(torch.abs(x) + 1e-10), W))
        g = torch.sigmoid(F.linear(x, self.G))
        return g * a + (1 - g) * m


@brought("mlp")
def arithmetic_units() -> Call:
    """sums and products that are learned (Trask et al. 2018)"""
    return call(NALU(3, 1), torch.rand(4, 3) + 0.5, torch.rand(4, 1), nn.MSELoss())


class GAT(nn.Module):
    def __init__(self, n: int = 4) -> None:
        super().__init__()
        self.W, self.a = nn.Parameter(torch.randn(3, 2)), nn.Parameter(torch.randn(4, 1))
        adj = (torch.rand(n, n) > 0.5).float()
        self.register_buffer("adj", ((adj + adj.t() + torch.eye(n)) > 0).float())

    def forward(self, h: Tensor) -> Tensor:
        Wh = torch.mm(h, self.W)
        e = F.leaky_relu(torch.matmul(Wh, self.a[:2, :]) + torch.matmul(Wh, self.a[2:, :]).T, 0.2)
        attention = torch.where(self.adj > 0, e, -9e15 * torch.ones_like(e))
        return F.elu(torch.matmul(F.softmax(attention, dim=1), Wh))


@brought("mlp")
def graph_attention() -> Call:
    """neighbours weighted by attention (Veličković et al. 2017)"""
    return call(GAT(), torch.randn(4, 3), classes(2, 4))


class GIN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.eps, self.mlp = (
            nn.Parameter(torch.zeros(1)),
            nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)),
        )

    def forward(self, x: Tensor, adj: Tensor) -> Tensor:
        return self.mlp((1 + self.eps) * x + adj @ x).sum(0, keepdim=True)


@brought("mlp")
def graph_isomorphism() -> Call:
    """the sum over neighbours, and an MLP (Xu et al. 2018)"""
    return call(GIN(), (torch.randn(5, 3), torch.rand(5, 5).round()), classes(2, 1))


class SAB(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.I, self.att = nn.Parameter(torch.randn(1, 2, 4)), nn.MultiheadAttention(4, 2, batch_first=True)
        self.S, self.last = nn.Parameter(torch.randn(1, 1, 4)), nn.Linear(4, 2)

    def forward(self, X: Tensor) -> Tensor:
        H, _ = self.att(self.I.repeat(X.size(0), 1, 1), X, X)
        out, _ = self.att(self.S.expand(X.size(0), -1, -1), H, H)
        return self.last(out.squeeze(1))


@brought("attention")
def induced_points() -> Call:
    """learned points that read a set (Lee et al., Set Transformer, 2018)"""
    return call(SAB(), torch.randn(2, 3, 4), classes(2, 2))


class GMLP(nn.Module):
    def __init__(self, d: int = 4, n: int = 3) -> None:
        super().__init__()
        self.norm, self.fc1, self.fc2 = nn.LayerNorm(d), nn.Linear(d, 2 * d), nn.Linear(d, d)
        self.gate_norm, self.spatial = nn.LayerNorm(d), nn.Conv1d(n, n, 1)
        nn.init.constant_(self.spatial.bias, 1.0)

    def forward(self, x: Tensor) -> Tensor:
        residual = x
        x = F.gelu(self.fc1(self.norm(x)))
        u, v = x.chunk(2, dim=-1)
        return (self.fc2(u * self.spatial(self.gate_norm(v))) + residual).mean(1)


@brought("text")
def gated_mlp() -> Call:
    """words that gate each other, without attention (Liu et al. 2021)"""
    return call(GMLP(), torch.randn(2, 3, 4), classes(4, 2))


class LinearAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.last = nn.Linear(4, 12), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (t.unflatten(-1, (2, 2)) for t in self.qkv(x).chunk(3, -1))
        Q, K = F.elu(q) + 1, F.elu(k) + 1
        KV = torch.einsum("nshd,nshm->nhmd", K, v)
        Z = 1 / (torch.einsum("nlhd,nhd->nlh", Q, K.sum(dim=1)) + 1e-6)
        V = torch.einsum("nlhd,nhmd,nlh->nlhm", Q, KV, Z)
        return self.last(V.contiguous().flatten(-2)[:, -1])


@brought("attention")
def linear_attention() -> Call:
    """attention without a softmax (Katharopoulos et al. 2020)"""
    return call(LinearAttention(), torch.randn(2, 3, 4), classes(2, 2))


class PositionBias(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q, self.k = nn.Linear(4, 4), nn.Linear(4, 4)
        slopes = torch.tensor([0.5, 0.25])
        bias = -(torch.arange(3)[None, :] - torch.arange(3)[:, None]).abs()
        self.register_buffer("alibi", slopes[:, None, None] * bias)

    def forward(self, x: Tensor) -> Tensor:
        b, n, _ = x.shape
        q, k = (f(x).reshape(b, n, 2, 2).permute(0, 2, 1, 3) for f in (self.q, self.k))
        sim = torch.einsum("b h i d, b h j d -> b h i j", q, k) * 2**-0.5
        sim = sim + self.alibi
        sim = sim - sim.amax(dim=-1, keepdim=True).detach()
        return sim.softmax(-1).mean(1)


@brought("attention")
def positions_by_distance() -> Call:
    """scores that fall with the distance (Press et al. 2021)"""
    return call(PositionBias(), torch.randn(1, 3, 4), torch.rand(1, 3, 3), nn.MSELoss())


class NBeatsLike(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pool, self.mlp = (
            nn.MaxPool1d(2, 2, ceil_mode=True),
            nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3)),
        )

    def forward(self, x: Tensor) -> Tensor:
        last = x[:, -1:]
        theta = self.mlp(self.pool((x - last).unsqueeze(1)).squeeze(1))
        return F.interpolate(theta[:, None], size=5, mode="linear")[:, 0] + last


@brought("regression")
def hierarchical_forecast() -> Call:
    """a pooled past, an interpolated future (Challu et al., N-HiTS, 2022)"""
    return call(NBeatsLike(), torch.randn(2, 5), torch.randn(2, 5), nn.L1Loss())


class PatchTST(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.layer = (
            nn.Linear(3, 4),
            nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, activation="gelu", batch_first=True),
        )
        self.pos, self.head = nn.Parameter(0.1 * torch.randn(1, 3, 4)), nn.Linear(12, 2)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)
        stdev = torch.sqrt(x.var(1, keepdim=True, unbiased=False) + 1e-5)
        z = ((x - mean) / stdev).unfold(1, 3, 2)
        z = self.layer(self.embed(z) + self.pos)
        return self.head(z.flatten(1)) * stdev + mean


@brought("regression")
def patches_of_a_series() -> Call:
    """overlapping pieces of a series as words (Nie et al., PatchTST, 2022)"""
    return call(PatchTST(), torch.randn(2, 7), torch.randn(2, 2), nn.MSELoss())


class LSTMAutoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder, self.out = (
            nn.LSTM(2, 3, batch_first=True),
            nn.LSTM(3, 2, batch_first=True),
            nn.Linear(2, 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        _, (h, _) = self.encoder(x)
        z = h.squeeze(0).unsqueeze(1).repeat(1, x.shape[1], 1)
        return self.out(self.decoder(z)[0])


@brought("recurrent")
def sequences_restored() -> Call:
    """a sequence from its last state (Srivastava et al. 2015)"""
    x = torch.randn(2, 3, 2)
    return call(LSTMAutoencoder(), x, x.clone(), nn.MSELoss(reduction="sum"))


class TCNWithSkips(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(2, 4, 2, dilation=2**i) for i in range(2)])
        self.skip, self.res, self.last = nn.Conv1d(2, 3, 1), nn.Conv1d(2, 2, 1), nn.Conv1d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = 0
        for i, conv in enumerate(self.convs):
            h = conv(F.pad(x, (2**i, 0)))
            h = torch.tanh(h[:, :2]) * torch.sigmoid(h[:, 2:])
            skips = skips + self.skip(h)
            x = x + self.res(h)
        return self.last(F.relu(skips))[:, :, -1]


@brought("recurrent")
def gated_skips() -> Call:
    """gated dilated kernels whose skips are added (van den Oord et al. 2016)"""
    return call(TCNWithSkips(), torch.randn(2, 2, 6), classes(2, 2))


# ------------------------------------------------------------------------------------------------ losses
def mlp(*sizes: int) -> nn.Module:
    pairs = list(itertools.pairwise(sizes))
    return nn.Sequential(
        *(
            layer
            for k, (a, b) in enumerate(pairs)
            for layer in (nn.Linear(a, b), nn.ReLU())[: 2 if k < len(pairs) - 1 else 1]
        )
    )


class FocalLoss(nn.Module):
    def __init__(self, alpha: float = 0.25, gamma: float = 2.0) -> None:
        super().__init__()
        self.alpha, self.gamma = alpha, gamma

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        ce_loss = F.cross_entropy(inputs, targets, reduction="none")
        pt = torch.exp(-ce_loss)
        return (self.alpha * (1 - pt) ** self.gamma * ce_loss).mean()


@brought("regression")
def focal_loss() -> Call:
    """what is known already counts less (Lin et al. 2017)"""
    return call(mlp(3, 4, 3), torch.randn(4, 3), classes(3, 4), FocalLoss())


def info_nce(z: Tensor, temperature: float) -> Tensor:
    z = F.normalize(z, dim=1)
    a, b = z.chunk(2)
    logits = a @ b.T / temperature
    labels = torch.arange(logits.shape[0], device=logits.device)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


@brought("regression")
def contrasted_pairs() -> Call:
    """each of two views finds the other (Radford et al., CLIP, 2021)"""
    return call(mlp(3, 4, 2), torch.randn(6, 3), torch.tensor(0.5), info_nce)


class ArcFace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.weight = mlp(3, 4, 2), nn.Parameter(torch.randn(3, 2))

    def forward(self, x: Tensor) -> Tensor:
        return 4.0 * F.linear(F.normalize(self.body(x)), F.normalize(self.weight))


@brought("regression")
def faces_by_angles() -> Call:
    """scores that are cosines with normalised weights (Wang et al. 2018)"""
    return call(ArcFace(), torch.randn(4, 3), classes(3, 4))


def mixture_nll(out: Tensor, y: Tensor) -> Tensor:
    pi, mu, log_sigma = out.chunk(3, dim=-1)
    log_prob = -0.5 * ((y - mu) / log_sigma.exp()) ** 2 - log_sigma - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(F.log_softmax(pi, dim=-1) + log_prob, dim=-1).mean()


@brought("regression")
def mixture_density() -> Call:
    """a mixture of normal densities (Bishop 1994)"""
    return call(mlp(1, 5, 6), torch.randn(4, 1), torch.randn(4, 1), mixture_nll)


def vae_loss(out: tuple[Tensor, Tensor, Tensor], x: Tensor) -> Tensor:
    recon, mu, logvar = out
    bce = F.binary_cross_entropy(recon, x, reduction="sum")
    return bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


class MeanVAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22, self.fc3 = nn.Linear(4, 3), nn.Linear(3, 2), nn.Linear(3, 2), nn.Linear(2, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x.view(-1, 4)))
        mu, logvar = self.fc21(h), self.fc22(h)
        return torch.sigmoid(self.fc3(mu + 0.3 * torch.exp(0.5 * logvar))), mu, logvar


@brought("gan")
def variational_bound() -> Call:
    """reconstruction and divergence, with the noise as a number (Kingma and Welling 2013)"""
    x = torch.rand(2, 1, 2, 2)
    return call(MeanVAE(), x, x.view(-1, 4), vae_loss)


def cox_loss(risk: Tensor, target: Tensor) -> Tensor:
    hazard = torch.exp(risk)
    log_risk = torch.log(torch.flip(torch.cumsum(torch.flip(hazard, [0]), 0), [0]))
    return -((risk - log_risk) * target).mean()


@brought("regression")
def survival() -> Call:
    """who lives longer, with those that are censored (Katzman et al., DeepSurv, 2016)"""
    return call(mlp(3, 3, 1), torch.randn(4, 3), torch.tensor([[1.0], [0.0], [1.0], [1.0]]), cox_loss)


def rank_loss(scores: Tensor, target: Tensor) -> Tensor:
    diff = scores - scores.t()
    return F.binary_cross_entropy_with_logits(diff, (target > target.t()).to(diff.dtype))


@brought("regression")
def ranking() -> Call:
    """which of two is better (Burges et al. 2005)"""
    return call(mlp(2, 3, 1), torch.randn(3, 2), torch.randn(3, 1), rank_loss)


def distill(student: Tensor, both: tuple[Tensor, Tensor]) -> Tensor:
    labels, teacher = both
    T = 2.0
    soft = nn.KLDivLoss(reduction="batchmean")(F.log_softmax(student / T, dim=1), F.softmax(teacher / T, dim=1))
    return soft * (0.9 * T * T) + F.cross_entropy(student, labels) * (1.0 - 0.9)


@brought("regression")
def knowledge_distilled() -> Call:
    """soft targets of a teacher beside the labels (Hinton et al. 2015)"""
    return call(mlp(3, 4, 3), torch.randn(4, 3), (classes(3, 4), torch.randn(4, 3)), distill)


class C51(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net, self.register = mlp(3, 4, 6), None
        self.register_buffer("support", torch.linspace(-1.0, 1.0, 3))

    def forward(self, x: Tensor) -> Tensor:
        dist = F.softmax(self.net(x).view(-1, 2, 3), dim=-1).clamp(min=1e-3)
        return torch.sum(dist * self.support, dim=2)


@brought("reinforcement")
def distributions_of_values() -> Call:
    """the mean of a distribution over atoms (Bellemare et al. 2017)"""
    return call(C51(), torch.randn(2, 3), torch.randn(2, 2), nn.SmoothL1Loss())


class QMixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hyper_w_1, self.hyper_b_1, self.hyper_w_final = nn.Linear(3, 4), nn.Linear(3, 2), nn.Linear(3, 2)
        self.V = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1))

    def forward(self, agent_qs: Tensor, states: Tensor) -> Tensor:
        w1 = torch.abs(self.hyper_w_1(states)).view(-1, 2, 2)
        hidden = F.elu(torch.bmm(agent_qs.view(-1, 1, 2), w1) + self.hyper_b_1(states).view(-1, 1, 2))
        w_final = torch.abs(self.hyper_w_final(states)).view(-1, 2, 1)
        return (torch.bmm(hidden, w_final) + self.V(states).view(-1, 1, 1)).view(-1, 1)


@brought("reinforcement")
def values_mixed() -> Call:
    """values of agents, mixed monotonically (Rashid et al. 2018)"""
    return call(QMixer(), (torch.randn(2, 2), torch.randn(2, 3)), torch.randn(2, 1), nn.MSELoss())


class SquashedGaussian(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net, self.mu, self.log_std = mlp(3, 4, 4), nn.Linear(4, 1), nn.Linear(4, 1)
        self.register_buffer("noise", torch.randn(1, 1))

    def forward(self, obs: Tensor) -> Tensor:
        h = F.relu(self.net(obs))
        mu, log_std = self.mu(h), torch.clamp(self.log_std(h), -20, 2)
        u = mu + log_std.exp() * self.noise
        logp = (-0.5 * self.noise**2 - log_std).sum(axis=-1)
        logp -= (2 * (math.log(2) - u - F.softplus(-2 * u))).sum(axis=1)
        return 0.2 * logp - torch.tanh(u).squeeze(-1)


@brought("reinforcement")
def soft_actor() -> Call:
    """a squashed normal action with noise that is given (Haarnoja et al. 2018)"""
    return call(SquashedGaussian(), torch.randn(3, 3), None, lambda out, _: out.mean())


class NeRF(nn.Module):
    def __init__(self, L: int = 2) -> None:
        super().__init__()
        self.L, self.layers, self.alpha, self.rgb = L, mlp(3 + 6 * L, 6, 6), nn.Linear(6, 1), nn.Linear(6, 3)

    def encode(self, x: Tensor) -> Tensor:
        return torch.cat([x, *(f(2.0**k * math.pi * x) for k in range(self.L) for f in (torch.sin, torch.cos))], -1)

    def forward(self, pts: Tensor) -> Tensor:
        h = self.layers(self.encode(pts))
        sigma, rgb = F.relu(self.alpha(h)).squeeze(-1), torch.sigmoid(self.rgb(h))
        alpha = 1.0 - torch.exp(-sigma * 0.5)
        trans = torch.cumprod(torch.cat([torch.ones_like(alpha[:, :1]), 1.0 - alpha + 1e-10], -1), -1)[:, :-1]
        return torch.sum((alpha * trans)[..., None] * rgb, -2)


@brought("regression")
def radiance_field() -> Call:
    """colours along rays, covered by those before (Mildenhall et al. 2020)"""
    return call(NeRF(), torch.randn(2, 3, 3), torch.rand(2, 3), nn.MSELoss())


class MoE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w1, self.w2 = nn.Parameter(torch.randn(2, 3, 4)), nn.Parameter(torch.randn(2, 4, 2))
        self.gate = nn.Linear(3, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(torch.einsum("nd,edh->neh", x, self.w1))
        return torch.einsum("neh,eho,ne->no", h, self.w2, self.gate(x).softmax(-1))


@brought("mlp")
def experts_by_einsum() -> Call:
    """all experts at once, mixed by a gate"""
    return call(MoE(), torch.randn(3, 3), classes(2, 3))


class TabularTransformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(3, 4)), nn.Parameter(torch.randn(3, 4))
        self.cls, self.norm = nn.Parameter(torch.randn(4)), nn.LayerNorm(4)
        self.attention, self.head = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.weight[None] * x[:, :, None] + self.bias[None]
        tokens = torch.cat([self.cls.expand(len(x), 1, -1), tokens], 1)
        y = self.norm(tokens)
        tokens = tokens + self.attention(y, y, y, need_weights=False)[0]
        return self.head(F.relu(tokens[:, 0])).squeeze(-1)


@brought("mlp")
def features_as_tokens() -> Call:
    """numbers of a table as words (Gorishniy et al., FT-Transformer, 2021)"""
    return call(TabularTransformer(), torch.randn(2, 3), torch.randn(2), nn.MSELoss())
