"""Sequences of several lengths, as torch packs them: at each step the rows of those that have not ended, of which the
longest come first.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from symconv.torch_models.composed import NAMES as LOSSES, Composed

T = Any  # a tensor of torch
State = tuple[T, ...]  # (h,) or (h, c)
StepOf = Callable[..., State]  # of the input, the state, and the parameters, to the next state


class Packed(Composed):
    """Each method is torch's function of its name, as in `Composed`."""

    def _pack_padded_sequence(self, input: T, lengths: T, batch_first: bool) -> tuple[T, T]:
        """The rows of each step one after the other, and how many each step has."""
        with self.torch._C.DisableTorchFunction():
            counts = [int((lengths > t).sum()) for t in range(int(lengths.max()))]
        rows = [(input[:, t] if batch_first else input[t])[:count] for t, count in enumerate(counts)]
        return self.torch.cat(rows), self.torch.tensor(counts)

    def _pad_packed_sequence(
        self, data: T, batch_sizes: T, batch_first: bool, padding_value: float, total_length: int
    ) -> tuple[T, T]:
        """Each step with as many rows as the first, and as many steps as are asked for; and the lengths."""
        counts = batch_sizes.tolist()
        sides = [0, 0] * (data.ndim - 1)
        steps = [self.F.pad(x, [*sides, 0, counts[0] - len(x)], value=padding_value) for x in data.split(counts)]
        steps += [steps[0].new_full(steps[0].shape, padding_value)] * (total_length - len(counts))
        lengths = self.torch.tensor([sum(count > row for count in counts) for row in range(counts[0])])
        return self.torch.stack(steps, int(batch_first)), lengths

    def _onward(self, cell: StepOf, steps: Sequence[T], first: State, own: Sequence[T]) -> tuple[list[T], State]:
        """The output of each step, and the last state of each sequence: its rows stay behind where it ends."""
        state, outputs, ended = first, list[T](), list[State]()
        for step in steps:
            if len(step) < len(state[0]):
                ended.insert(0, tuple(each[len(step) :] for each in state))
                state = tuple(each[: len(step)] for each in state)
            state = cell(step, state, *own)
            outputs.append(state[0])
        last = tuple(self.torch.cat(parts) for parts in zip(state, *ended, strict=True)) if ended else state
        return outputs, last

    def _backward(self, cell: StepOf, steps: Sequence[T], first: State, own: Sequence[T]) -> tuple[list[T], State]:
        """The same from the last step to the first: rows come in where a sequence ends."""
        state, outputs = tuple(each[: len(steps[-1])] for each in first), list[T]()
        for step in steps[::-1]:
            if (held := len(state[0])) < len(step):
                entering = (each[held : len(step)] for each in first)
                state = tuple(self.torch.cat(pair) for pair in zip(state, entering, strict=True))
            state = cell(step, state, *own)
            outputs.append(state[0])
        return outputs[::-1], state


def counted(given: tuple[Any, ...]) -> tuple[list[int] | None, tuple[Any, ...]]:
    """What torch's layers of cells are given behind the sequence: of a packed one how many rows each step has, then the
    same as of another, which is None and (first state, parameters, has_biases, ..., batch_first)."""
    first, params, biases, *rest = given
    if not isinstance(biases, list | tuple):
        return None, given
    counts = first[0] if isinstance(first, tuple) else first
    state = params if isinstance(params, tuple) else (params,)
    return counts.tolist(), (state, biases, *rest, False)


NAMES = LOSSES | {"_pack_padded_sequence", "_pad_packed_sequence"}
