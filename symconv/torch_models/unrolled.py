"""torch's recurrent layers and cells and its attention, written once more in the functions that torch has for their
parts: a layer is its cell, step after step, and the parameters are those of every step.

torch is given by the caller, so that nothing is imported here.
"""

import math
from collections.abc import Sequence
from typing import Any

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.packed import NAMES as BEFORE, Packed, State, StepOf, counted

T = Any  # a tensor of torch
MINUS_INFINITY = -1e9  # e to it is 0 in floats


class Unrolled(Packed):
    """Each method is torch's function of its name, as in `Composed`."""

    # ------------------------------------------------------------------------------------------------ cells
    def rnn_tanh_cell(self, input: T, hx: T, w_ih: T, w_hh: T, b_ih: T = None, b_hh: T = None) -> T:
        return (self._of_input(input, w_ih, b_ih) + self._of_state(hx, w_hh, b_hh)).tanh()

    def rnn_relu_cell(self, input: T, hx: T, w_ih: T, w_hh: T, b_ih: T = None, b_hh: T = None) -> T:
        return (self._of_input(input, w_ih, b_ih) + self._of_state(hx, w_hh, b_hh)).relu()

    def lstm_cell(self, input: T, hx: State, w_ih: T, w_hh: T, b_ih: T = None, b_hh: T = None) -> State:
        gates = self._of_input(input, w_ih, b_ih) + self._of_state(hx[0], w_hh, b_hh)
        i, f, g, o = gates.chunk(4, -1)
        fresh = i.sigmoid() * g.tanh()
        c = fresh if self._is_zero(hx[1]) else f.sigmoid() * hx[1] + fresh
        return o.sigmoid() * c.tanh(), c

    def gru_cell(self, input: T, hx: T, w_ih: T, w_hh: T, b_ih: T = None, b_hh: T = None) -> T:
        of_input, of_state = self._of_input(input, w_ih, b_ih), self._of_state(hx, w_hh, b_hh)
        if isinstance(of_state, float):  # a state of zeros, and no bias
            _, z, n = of_input.chunk(3, -1)
            return (1 - z.sigmoid()) * n.tanh()
        (r, z, n), (r_, z_, n_) = of_input.chunk(3, -1), of_state.chunk(3, -1)
        z = (z + z_).sigmoid()
        fresh = (1 - z) * (n + (r + r_).sigmoid() * n_).tanh()
        return fresh if self._is_zero(hx) else fresh + z * hx

    def _of_input(self, x: T, weight: T, bias: T) -> T:
        return self.F.linear(x, weight, bias)

    def _of_state(self, h: T, weight: T, bias: T) -> T:
        """Of a state of zeros the bias alone."""
        if self._is_zero(h):
            return 0.0 if bias is None else bias
        return self.F.linear(h, weight, bias)

    def _is_zero(self, h: T) -> bool:
        """Whether a state is one of zeros that nothing is learned of."""
        with self.torch._C.DisableTorchFunction():
            return h.grad_fn is None and not h.requires_grad and not bool(h.any())

    # ------------------------------------------------------------------------------------------------ layers
    def rnn_tanh(
        self, input: T, hx: T, params: Sequence[T], has_biases: bool, num_layers: int, dropout: float,
        train: bool, bidirectional: bool, batch_first: bool = False,
    ) -> tuple[T, ...]:  # fmt: skip
        how = has_biases, num_layers, dropout, train, bidirectional, batch_first
        return self._layers(lambda x, s, *p: (self.rnn_tanh_cell(x, s[0], *p),), input, (hx,), params, *how)

    def rnn_relu(
        self, input: T, hx: T, params: Sequence[T], has_biases: bool, num_layers: int, dropout: float,
        train: bool, bidirectional: bool, batch_first: bool = False,
    ) -> tuple[T, ...]:  # fmt: skip
        how = has_biases, num_layers, dropout, train, bidirectional, batch_first
        return self._layers(lambda x, s, *p: (self.rnn_relu_cell(x, s[0], *p),), input, (hx,), params, *how)

    def gru(
        self, input: T, hx: T, params: Sequence[T], has_biases: bool, num_layers: int, dropout: float,
        train: bool, bidirectional: bool, batch_first: bool = False,
    ) -> tuple[T, ...]:  # fmt: skip
        how = has_biases, num_layers, dropout, train, bidirectional, batch_first
        return self._layers(lambda x, s, *p: (self.gru_cell(x, s[0], *p),), input, (hx,), params, *how)

    def lstm(
        self, input: T, hx: State, params: Sequence[T], has_biases: bool, num_layers: int, dropout: float,
        train: bool, bidirectional: bool, batch_first: bool = False,
    ) -> tuple[T, ...]:  # fmt: skip
        how = has_biases, num_layers, dropout, train, bidirectional, batch_first
        return self._layers(self.lstm_cell, input, hx, params, *how)

    def _layers(self, cell: StepOf, x: T, *given: Any) -> tuple[T, ...]:
        """The outputs of the last layer, and the last states of all."""
        counts, (first, params, biases, layers, dropout, train, both_ways, batch_first) = counted(given)
        held, ways = (4 if biases else 2), 1 + both_ways
        if len(params) != held * layers * ways:
            raise Uncomposed("has a projection", "give no proj_size")
        if dropout and train and layers > 1:
            raise Uncomposed("drops at random in training mode", "call model.eval(), or give dropout=0")
        axis = int(batch_first and x.ndim == 3)
        steps, last = list(x.unbind(axis) if counts is None else x.split(counts)), list[State]()
        for layer in range(layers):
            found = []
            for way in range(ways):
                k = layer * ways + way
                state, own = tuple(each[k] for each in first), params[held * k : held * (k + 1)]
                if counts is None:
                    outputs, state = self._all(cell, steps[::-1] if way else steps, state, own)
                    outputs = outputs[::-1] if way else outputs
                else:
                    outputs, state = (self._backward if way else self._onward)(cell, steps, state, own)
                found.append(outputs)
                last.append(state)
            steps = [each[0] if ways == 1 else self.torch.cat(each, -1) for each in zip(*found, strict=True)]
        states = (self.torch.stack(each, 0) for each in zip(*last, strict=True))
        return self.torch.stack(steps, axis) if counts is None else self.torch.cat(steps), *states

    def _all(self, cell: StepOf, steps: Sequence[T], state: State, own: Sequence[T]) -> tuple[list[T], State]:
        """The output of each step, of sequences of one length, and the last state."""
        outputs = []
        for step in steps:
            state = cell(step, state, *own)
            outputs.append(state[0])
        return outputs, state

    # ------------------------------------------------------------------------------------------------ tables
    def linear(self, input: T, weight: T, bias: T = None) -> T:
        made = input @ weight.transpose(-2, -1)
        return made if bias is None else made + bias

    def are_places(self, input: T, given: T) -> bool:
        """Whether numbers are 0, 1, 2, ..., and no part of what the model is given: those of places."""
        own = input.untyped_storage().data_ptr() != given.untyped_storage().data_ptr()
        return own and bool((input == self.torch.arange(input.shape[-1])).all())

    def rows_of_embedding(
        self, input: T, weight: T, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
    ) -> T:  # fmt: skip
        """A one for each number that is looked up, in a row of zeros."""
        if max_norm is not None or scale_grad_by_freq:
            option = "max_norm" if max_norm is not None else "scale_grad_by_freq"
            raise Uncomposed(f"the argument {option} has no derivation", f"leave {option} out")
        rows = self.F.one_hot(input, weight.shape[0]).to(weight.dtype)
        if padding_idx is not None:
            if bool(weight[padding_idx].any()) and bool((input == padding_idx % weight.shape[0]).any()):
                raise Uncomposed(
                    "the row of padding_idx is not 0, and torch lets it not learn", "leave padding_idx out"
                )
            rows[..., padding_idx] = 0
        return rows

    def rows_of_embedding_bag(
        self, input: T, weight: T, offsets: T = None, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, per_sample_weights: T = None,
        include_last_offset: bool = False, padding_idx: int | None = None,
    ) -> T:  # fmt: skip
        """How often each number is in each bag; of a mean divided by all that are."""
        if mode not in ("mean", "sum") or per_sample_weights is not None or padding_idx is not None:
            raise Uncomposed("is derived for the mean and the sum alone", 'give mode="mean" and nothing besides')
        ones = self.rows_of_embedding(input, weight, None, max_norm, norm_type, scale_grad_by_freq)
        if input.ndim == 2:
            bags = list(ones)
        else:
            ends = [*offsets.tolist()[1:], *([] if include_last_offset else [len(input)])]
            bags = [ones[a:b] for a, b in zip(offsets.tolist(), ends, strict=False)]
        counted = [bag.sum(0) / max(len(bag), 1) if mode == "mean" else bag.sum(0) for bag in bags]
        return self.torch.stack(counted)

    # ------------------------------------------------------------------------------------------------ attention
    def scaled_dot_product_attention(
        self, query: T, key: T, value: T, attn_mask: T = None, dropout_p: float = 0.0, is_causal: bool = False,
        scale: float | None = None, enable_gqa: bool = False,
    ) -> T:  # fmt: skip
        if dropout_p:
            raise Uncomposed("drops at random", "give dropout_p=0")
        if enable_gqa and key.shape[-3] != query.shape[-3]:  # each key and value for several heads
            key, value = (x.repeat_interleave(query.shape[-3] // x.shape[-3], -3) for x in (key, value))
        rows, columns = query.shape[-2], key.shape[-2]
        if is_causal:
            attn_mask = self.torch.ones(rows, columns, dtype=self.torch.bool).tril()
        scores = query @ key.transpose(-2, -1)
        return self._weights(scores, self._scale(query) if scale is None else scale, attn_mask) @ value

    def multi_head_attention_forward(
        self, query: T, key: T, value: T, embed_dim_to_check: int, num_heads: int, in_proj_weight: T, in_proj_bias: T,
        bias_k: T, bias_v: T, add_zero_attn: bool, dropout_p: float, out_proj_weight: T, out_proj_bias: T,
        training: bool = True, key_padding_mask: T = None, need_weights: bool = True, attn_mask: T = None,
        use_separate_proj_weight: bool = False, q_proj_weight: T = None, k_proj_weight: T = None,
        v_proj_weight: T = None, static_k: T = None, static_v: T = None, average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[T, T]:  # fmt: skip
        """Of sequences (length, images, features), or without images: a head's numbers are an axis of their own."""
        if dropout_p and training:
            raise Uncomposed("drops at random in training mode", "call model.eval(), or give dropout=0")
        if bias_k is not None or bias_v is not None or add_zero_attn or static_k is not None or static_v is not None:
            raise Uncomposed(
                "has keys and values besides those of its input", "leave add_bias_kv and add_zero_attn out"
            )
        turned = query.ndim == 3 and query.stride(0) < query.stride(1)  # by batch_first: it is turned back again
        same = query is key is value
        images_first = [x.transpose(0, 1) if turned else x for x in ((query,) if same else (query, key, value))]
        if same and not use_separate_proj_weight:
            made = self.F.linear(images_first[0], in_proj_weight, in_proj_bias).unflatten(-1, (3, num_heads, -1))
            heads = [made[..., k, :, :] for k in range(3)]
        else:
            weights = (q_proj_weight, k_proj_weight, v_proj_weight)
            weights = weights if use_separate_proj_weight else in_proj_weight.chunk(3)
            biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
            each = zip(images_first if not same else images_first * 3, weights, biases, strict=True)
            heads = [self.F.linear(x, w, b).unflatten(-1, (num_heads, -1)) for x, w, b in each]
        q, k, v = map(self.named, heads, ("queries", "keys", "values"))
        letters = ("nihd", "njhd", "nhij") if turned else ("inhd", "jnhd", "nhij")
        i, j, whole = letters if query.ndim == 3 else (x.replace("n", "") for x in letters)
        scores = self.torch.einsum(f"{i},{j}->{whole}", q, k)
        mask = self._mask(scores, attn_mask, key_padding_mask)
        weights = self.named(self._weights(scores, self._scale(q), mask), "attention")
        found = self.torch.einsum(f"{whole},{j}->{i}", weights, v).flatten(-2)
        found = self.F.linear(self.named(found, "heads"), out_proj_weight, out_proj_bias)
        shown = weights.mean(-3) if average_attn_weights else weights
        return found.transpose(0, 1) if turned else found, shown if need_weights else None

    def _scale(self, query: T) -> float:
        return 1 / math.sqrt(query.shape[-1])

    def _weights(self, scores: T, scale: float, mask: T) -> T:
        """How much of each place each place reads: they add up to 1. A mask of truths says what may be read, one of
        numbers is added."""
        scores = scores * scale
        if mask is not None and mask.dtype == self.torch.bool:
            scores = self.masked_fill(scores, ~mask, -math.inf)
        elif mask is not None:
            scores = scores + mask.clamp(min=MINUS_INFINITY)
        return self.named(scores, "scores").softmax(-1)

    def _mask(self, scores: T, attn_mask: T, key_padding_mask: T) -> T:
        """Both of torch's masks as numbers that are added, for scores of (images, heads, rows, columns)."""
        with self.torch._C.DisableTorchFunction():
            added = []
            for mask, shape in ((attn_mask, (-1, *scores.shape[1:])), (key_padding_mask, (len(scores), 1, 1, -1))):
                if mask is not None:
                    numbers = mask.to(scores.dtype) * MINUS_INFINITY if mask.dtype == self.torch.bool else mask
                    numbers = numbers.clamp(min=MINUS_INFINITY)
                    added.append(numbers if numbers.ndim == 2 and mask is attn_mask else numbers.reshape(shape))
            return sum(added).clamp(min=MINUS_INFINITY) if added else None

    def masked_fill(self, input: T, mask: T, value: Any) -> T:
        """The number that stands for minus infinity is far below all others, and e to it is 0."""
        kept = (~mask).to(input.dtype)
        filled = max(float(value), MINUS_INFINITY)
        return input * kept + filled * mask.to(input.dtype) if filled else input * kept


NAMES = BEFORE | {name for name in vars(Unrolled) if not name.startswith(("_", "rows_of", "are_"))}
