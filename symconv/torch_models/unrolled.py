"""torch's recurrent layers and cells and its attention, written once more in the functions that torch has for their
parts: a layer is its cell, step after step, and the parameters are those of every step.

torch is given by the caller, so that nothing is imported here.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from symconv.torch_models.composed import NAMES as LOSSES, Composed, Uncomposed

T = Any  # a tensor of torch
State = tuple[T, ...]  # (h,) or (h, c)
StepOf = Callable[..., State]  # of the input, the state, and the parameters, to the next state
MINUS_INFINITY = -1e9  # e to it is 0 in floats


class Unrolled(Composed):
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

    def _layers(
        self, cell: StepOf, x: T, first: State, params: Sequence[T], biases: bool, layers: int, dropout: float,
        train: bool, both_ways: bool, batch_first: bool = False,
    ) -> tuple[T, ...]:  # fmt: skip
        """The outputs of the last layer, and the last states of all."""
        held, ways = (4 if biases else 2), 1 + both_ways
        if isinstance(biases, list | tuple) or len(params) != held * layers * ways:
            raise Uncomposed("is of a packed sequence, or has a projection", "give a plain sequence, and no proj_size")
        if dropout and train and layers > 1:
            raise Uncomposed("drops at random in training mode", "call model.eval(), or give dropout=0")
        axis = int(batch_first and x.ndim == 3)
        steps, last = list(x.unbind(axis)), list[State]()
        for layer in range(layers):
            found = []
            for way in range(ways):
                k = layer * ways + way
                state, own = tuple(each[k] for each in first), params[held * k : held * (k + 1)]
                outputs = []
                for step in steps[::-1] if way else steps:
                    state = cell(step, state, *own)
                    outputs.append(state[0])
                found.append(outputs[::-1] if way else outputs)
                last.append(state)
            steps = [each[0] if ways == 1 else self.torch.cat(each, -1) for each in zip(*found, strict=True)]
        states = (self.torch.stack(each, 0) for each in zip(*last, strict=True))
        return self.torch.stack(steps, axis), *states

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
        if enable_gqa:
            raise Uncomposed("the argument enable_gqa has no derivation", "leave it out")
        scores = query @ key.transpose(-2, -1)
        scores = scores * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
        if is_causal:
            attn_mask = self.torch.ones(scores.shape[-2:], dtype=self.torch.bool).tril()
        if attn_mask is not None:
            scores = self.masked_fill(scores, ~attn_mask, -math.inf) if attn_mask.dtype == self.torch.bool else (
                scores + attn_mask.clamp(min=MINUS_INFINITY)
            )  # fmt: skip
        return scores.softmax(-1) @ value

    def masked_fill(self, input: T, mask: T, value: Any) -> T:
        """The number that stands for minus infinity is far below all others, and e to it is 0."""
        kept = (~mask).to(input.dtype)
        return input * kept + max(float(value), MINUS_INFINITY) * mask.to(input.dtype)


NAMES = LOSSES | {name for name in vars(Unrolled) if not name.startswith(("_", "rows_of", "are_"))}
