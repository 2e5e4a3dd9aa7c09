"""Texts translated, tagged, pointed into and compared, as tutorials and first papers have it."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class EncoderRNN(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, dropout_p: float = 0.1) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout_p)

    def forward(self, input: Tensor) -> tuple[Tensor, Tensor]:
        embedded = self.dropout(self.embedding(input))
        output, hidden = self.gru(embedded)
        return output, hidden


class BahdanauAttention(nn.Module):
    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.Wa = nn.Linear(hidden_size, hidden_size)
        self.Ua = nn.Linear(hidden_size, hidden_size)
        self.Va = nn.Linear(hidden_size, 1)

    def forward(self, query: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(keys)))
        scores = scores.squeeze(2).unsqueeze(1)
        weights = F.softmax(scores, dim=-1)
        context = torch.bmm(weights, keys)
        return context, weights


class AttnDecoderRNN(nn.Module):
    def __init__(self, hidden_size: int, output_size: int, dropout_p: float = 0.1) -> None:
        super().__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.attention = BahdanauAttention(hidden_size)
        self.gru = nn.GRU(2 * hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, output_size)
        self.dropout = nn.Dropout(dropout_p)

    def forward(
        self, encoder_outputs: Tensor, encoder_hidden: Tensor, target_tensor: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        batch_size = encoder_outputs.size(0)
        decoder_input = torch.empty(batch_size, 1, dtype=torch.long).fill_(0)
        decoder_hidden = encoder_hidden
        decoder_outputs = []
        attentions = []
        for i in range(3):
            decoder_output, decoder_hidden, attn_weights = self.forward_step(
                decoder_input, decoder_hidden, encoder_outputs
            )
            decoder_outputs.append(decoder_output)
            attentions.append(attn_weights)
            if target_tensor is not None:
                decoder_input = target_tensor[:, i].unsqueeze(1)
            else:
                _, topi = decoder_output.topk(1)
                decoder_input = topi.squeeze(-1).detach()
        outputs = torch.cat(decoder_outputs, dim=1)
        return F.log_softmax(outputs, dim=-1), decoder_hidden, torch.cat(attentions, dim=1)

    def forward_step(self, input: Tensor, hidden: Tensor, encoder_outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        embedded = self.dropout(self.embedding(input))
        query = hidden.permute(1, 0, 2)
        context, attn_weights = self.attention(query, encoder_outputs)
        input_gru = torch.cat((embedded, context), dim=2)
        output, hidden = self.gru(input_gru, hidden)
        return self.out(output), hidden, attn_weights


class Seq2Seq(nn.Module):
    def __init__(self, teacher_forced: bool) -> None:
        super().__init__()
        self.encoder, self.decoder = EncoderRNN(7, 4), AttnDecoderRNN(4, 6)
        self.teacher_forced = teacher_forced

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        encoder_outputs, encoder_hidden = self.encoder(source)
        target_tensor = target if self.teacher_forced else None
        decoder_outputs, _, _ = self.decoder(encoder_outputs, encoder_hidden, target_tensor)
        return decoder_outputs.view(-1, decoder_outputs.size(-1))


@brought("recurrent")
def translation_of_the_tutorial() -> Call:
    """pytorch.org's seq2seq translation: Bahdanau's attention, the target as the next input"""
    target = classes(6, 2, 3)
    return call(Seq2Seq(True).eval(), (classes(7, 2, 4), target), target.view(-1), nn.NLLLoss())


@brought("recurrent")
def translation_without_teacher() -> Call:
    """the same where the decoder reads its own best word (topk(1))"""
    target = classes(6, 2, 3)
    return call(Seq2Seq(False).eval(), (classes(7, 2, 4), target), target.view(-1), nn.NLLLoss())


class LetterRNN(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, output_size: int, n_categories: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(n_categories + input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(n_categories + input_size + hidden_size, output_size)
        self.o2o = nn.Linear(hidden_size + output_size, output_size)
        self.dropout = nn.Dropout(0.1)
        self.softmax = nn.LogSoftmax(dim=1)

    def step(self, category: Tensor, input: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        input_combined = torch.cat((category, input, hidden), 1)
        hidden = self.i2h(input_combined)
        output = self.i2o(input_combined)
        output_combined = torch.cat((hidden, output), 1)
        output = self.softmax(self.dropout(self.o2o(output_combined)))
        return output, hidden

    def forward(self, category: Tensor, line: Tensor) -> list[Tensor]:
        hidden = torch.zeros(1, self.hidden_size)
        outputs = []
        for i in range(line.size(0)):
            output, hidden = self.step(category, line[i], hidden)
            outputs.append(output)
        return outputs


def letters_loss(outputs: list[Tensor], target_line_tensor: Tensor) -> Tensor:
    criterion = nn.NLLLoss()
    target_line_tensor = target_line_tensor.unsqueeze(-1)
    loss = torch.Tensor([0])
    for i in range(len(outputs)):
        loss = loss + criterion(outputs[i], target_line_tensor[i])
    return loss / len(outputs)


@brought("recurrent")
def names_generated() -> Call:
    """pytorch.org's char-rnn generation: a category at each letter, losses added in a loop"""
    line = F.one_hot(classes(5, 3), 5).float().view(3, 1, 5)
    category = torch.zeros(1, 2)
    category[0][1] = 1
    return call(LetterRNN(5, 4, 5, 2).eval(), (category, line), classes(5, 3), letters_loss)


class PointerGenerator(nn.Module):
    def __init__(self, vocab: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, hidden)
        self.encoder = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.reduce_h = nn.Linear(2 * hidden, hidden)
        self.reduce_c = nn.Linear(2 * hidden, hidden)
        self.decoder = nn.LSTMCell(hidden, hidden)
        self.W_h = nn.Linear(2 * hidden, hidden, bias=False)
        self.W_s = nn.Linear(hidden, hidden)
        self.v = nn.Linear(hidden, 1, bias=False)
        self.p_gen_linear = nn.Linear(hidden * 4, 1)
        self.out = nn.Linear(hidden * 3, vocab)

    def forward(self, source: Tensor, source_extended: Tensor, words: Tensor, mask: Tensor, extra: Tensor) -> Tensor:
        encoder_outputs, (h, c) = self.encoder(self.embedding(source))
        h_in = h.transpose(0, 1).contiguous().view(-1, 2 * h.size(2))
        c_in = c.transpose(0, 1).contiguous().view(-1, 2 * c.size(2))
        s, c_t = F.relu(self.reduce_h(h_in)), F.relu(self.reduce_c(c_in))
        dists = []
        for t in range(words.size(1)):
            x = self.embedding(words[:, t])
            s, c_t = self.decoder(x, (s, c_t))
            e = torch.tanh(self.W_h(encoder_outputs) + self.W_s(s).unsqueeze(1).expand(-1, source.size(1), -1))
            scores = self.v(e).squeeze(2)
            attn_dist_ = F.softmax(scores, dim=1) * mask
            attn_dist = attn_dist_ / attn_dist_.sum(1, keepdim=True)
            context = torch.bmm(attn_dist.unsqueeze(1), encoder_outputs).view(-1, encoder_outputs.size(2))
            p_gen = torch.sigmoid(self.p_gen_linear(torch.cat((context, s, x), 1)))
            vocab_dist = p_gen * F.softmax(self.out(torch.cat((s, context), 1)), dim=1)
            vocab_dist = torch.cat([vocab_dist, extra], 1)
            dists.append(vocab_dist.scatter_add(1, source_extended, (1 - p_gen) * attn_dist))
        return torch.stack(dists, 1)


def pointed_loss(final_dist: Tensor, target: Tensor) -> Tensor:
    gold_probs = torch.gather(final_dist, 2, target.unsqueeze(2)).squeeze(2)
    step_losses = -torch.log(gold_probs + 1e-12)
    step_mask = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    sum_losses = torch.sum(step_losses * step_mask, 1)
    return torch.mean(sum_losses / step_mask.sum(1))


@brought("text")
def pointer_generator() -> Call:
    """atulkum/pointer_summarizer: words copied by scatter_add into the extended vocabulary"""
    source = torch.tensor([[1, 3, 2, 5], [4, 1, 1, 0]])
    extended = torch.tensor([[1, 6, 2, 5], [4, 1, 1, 0]])
    mask = torch.tensor([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]])
    inputs = (source, extended, classes(6, 2, 3), mask, torch.zeros(2, 1))
    return call(PointerGenerator(6, 3), inputs, torch.tensor([[6, 1, 2], [4, 1, 3]]), pointed_loss)


class CRF(nn.Module):
    def __init__(self, num_tags: int) -> None:
        super().__init__()
        self.num_tags = num_tags
        self.start_transitions = nn.Parameter(torch.empty(num_tags).uniform_(-0.1, 0.1))
        self.end_transitions = nn.Parameter(torch.empty(num_tags).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(num_tags, num_tags).uniform_(-0.1, 0.1))

    def forward(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        numerator = self._compute_score(emissions, tags, mask)
        denominator = self._compute_normalizer(emissions, mask)
        return (numerator - denominator).mean()

    def _compute_score(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        seq_length, batch_size = tags.shape
        mask = mask.float()
        score = self.start_transitions[tags[0]]
        score = score + emissions[0, torch.arange(batch_size), tags[0]]
        for i in range(1, seq_length):
            score = score + self.transitions[tags[i - 1], tags[i]] * mask[i]
            score = score + emissions[i, torch.arange(batch_size), tags[i]] * mask[i]
        seq_ends = mask.long().sum(dim=0) - 1
        last_tags = tags[seq_ends, torch.arange(batch_size)]
        return score + self.end_transitions[last_tags]

    def _compute_normalizer(self, emissions: Tensor, mask: Tensor) -> Tensor:
        score = self.start_transitions + emissions[0]
        for i in range(1, emissions.size(0)):
            next_score = score.unsqueeze(2) + self.transitions + emissions[i].unsqueeze(1)
            next_score = torch.logsumexp(next_score, dim=1)
            score = torch.where(mask[i].unsqueeze(1), next_score, score)
        score = score + self.end_transitions
        return torch.logsumexp(score, dim=1)


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(9, 4, padding_idx=0)
        self.lstm = nn.LSTM(4, 3, bidirectional=True)
        self.hidden2tag = nn.Linear(6, 3)
        self.crf = CRF(3)

    def forward(self, words: Tensor, tags: Tensor) -> Tensor:
        mask = words.ne(0)
        emissions = self.hidden2tag(self.lstm(self.embed(words))[0])
        return -self.crf(emissions, tags, mask)


@brought("text")
def tags_by_a_random_field() -> Call:
    """BiLSTM with pytorch-crf: forward algorithm over masked words, the model returns its loss"""
    words = torch.tensor([[3, 1], [5, 8], [2, 4], [7, 0]])
    return call(Tagger(), (words, classes(3, 4, 2)), None, lambda loss, _: loss)


class T5Attention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, buckets: int = 8, max_distance: int = 16) -> None:
        super().__init__()
        self.n_heads, self.key_value_proj_dim = n_heads, d_model // n_heads
        self.num_buckets, self.max_distance = buckets, max_distance
        self.q = nn.Linear(d_model, d_model, bias=False)
        self.k = nn.Linear(d_model, d_model, bias=False)
        self.v = nn.Linear(d_model, d_model, bias=False)
        self.o = nn.Linear(d_model, d_model, bias=False)
        self.relative_attention_bias = nn.Embedding(buckets, n_heads)

    def _relative_position_bucket(self, relative_position: Tensor) -> Tensor:
        num_buckets = self.num_buckets // 2
        relative_buckets = (relative_position > 0).to(torch.long) * num_buckets
        relative_position = torch.abs(relative_position)
        max_exact = num_buckets // 2
        is_small = relative_position < max_exact
        large = max_exact + (
            torch.log(relative_position.float() / max_exact)
            / math.log(self.max_distance / max_exact)
            * (num_buckets - max_exact)
        ).to(torch.long)
        large = torch.min(large, torch.full_like(large, num_buckets - 1))
        relative_buckets += torch.where(is_small, relative_position, large)
        return relative_buckets

    def compute_bias(self, query_length: int, key_length: int) -> Tensor:
        context_position = torch.arange(query_length, dtype=torch.long)[:, None]
        memory_position = torch.arange(key_length, dtype=torch.long)[None, :]
        bucket = self._relative_position_bucket(memory_position - context_position)
        values = self.relative_attention_bias(bucket)
        return values.permute([2, 0, 1]).unsqueeze(0)

    def forward(self, hidden_states: Tensor) -> Tensor:
        batch_size, seq_length = hidden_states.shape[:2]

        def shape(states: Tensor) -> Tensor:
            return states.view(batch_size, -1, self.n_heads, self.key_value_proj_dim).transpose(1, 2)

        q, k, v = shape(self.q(hidden_states)), shape(self.k(hidden_states)), shape(self.v(hidden_states))
        scores = torch.matmul(q, k.transpose(3, 2))
        scores += self.compute_bias(seq_length, seq_length)
        attn_weights = nn.functional.softmax(scores.float(), dim=-1).type_as(scores)
        attn = torch.matmul(attn_weights, v).transpose(1, 2).contiguous()
        return self.o(attn.view(batch_size, -1, self.n_heads * self.key_value_proj_dim))


class T5LayerNorm(nn.Module):
    def __init__(self, hidden_size: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))
        self.variance_epsilon = eps

    def forward(self, hidden_states: Tensor) -> Tensor:
        variance = hidden_states.to(torch.float32).pow(2).mean(-1, keepdim=True)
        hidden_states = hidden_states * torch.rsqrt(variance + self.variance_epsilon)
        return self.weight * hidden_states


class T5Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Embedding(9, 4)
        self.layer_norm = T5LayerNorm(4)
        self.attention = T5Attention(4, 2)
        self.wi_0, self.wi_1 = nn.Linear(4, 6, bias=False), nn.Linear(4, 6, bias=False)
        self.wo = nn.Linear(6, 4, bias=False)
        self.final = T5LayerNorm(4)

    def forward(self, input_ids: Tensor) -> Tensor:
        x = self.shared(input_ids)
        x = x + self.attention(self.layer_norm(x))
        h = self.final(x)
        x = x + self.wo(F.gelu(self.wi_0(h), approximate="tanh") * self.wi_1(h))
        return F.linear(x * (4**-0.5), self.shared.weight)


@brought("attention")
def relative_buckets() -> Call:
    """transformers' T5: positions in buckets by the logarithm, tied logits, gated GELU"""
    return call(T5Block(), classes(9, 2, 6), classes(9, 2, 6), lambda o, t: F.cross_entropy(o.view(-1, 9), t.view(-1)))
