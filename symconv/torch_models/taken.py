"""Further functions of torch that take entries of tensors and put them elsewhere, written once more in those that have
a derivation.

torch is given by the caller, so that nothing is imported here.
"""

import math
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import accumulate
from math import prod
from operator import mul
from string import ascii_lowercase
from typing import Any

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.contractions import spelt
from symconv.torch_models.given import with_colons
from symconv.torch_models.opened import is_open
from symconv.torch_models.parts import HELD, NAMES as BEFORE, held_arguments
from symconv.torch_models.record import spread
from symconv.torch_models.shared import Shared

T = Any  # a tensor of torch
AXES = "nijklm"  # letters of a tensor's axes; p is the place that is taken
BY_PLACES = (
    "indexed",
    "index_select",
    "gather",
    "scatter_add",
    "index_add",
    "masked_select",
)  # what reads numbers as places
LARGEST = 1_000_000  # numbers of a table of ones and zeros


class Taken(Shared):
    """Each method is torch's function of its name, as in `Composed`; but for some that are what a function is for some
    arguments, which `method` tells."""

    @property
    def names(self) -> frozenset[str]:
        """The functions that have a method."""
        return NAMES

    def method(
        self, name: str, function: Any, args: Any, kwargs: Any, known: bool, is_computed: Callable[[Any], bool]
    ) -> str:
        """The name of the method that writes a call by its parts; "" where it is read as it is. is_computed: whether a
        tensor is what a call gave."""
        if name == "add" and len(args) > 1 and any(map(self._has_minus_infinity, args)):
            return "masked"
        if name in HELD:
            return name if any(map(is_computed, held_arguments(name, args, kwargs))) else ""
        if name == "__getitem__":
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            return "indexed" if any(isinstance(x, list) or self._is_tensor(x) for x in index) else ""
        if name == "einsum":
            return name if len(spread(args)) > 3 else ""
        if name == "softplus" and (args[1:2] or [kwargs.get("beta", 1)])[0] != 1:
            return "steep_softplus"
        if name == "rrelu" and is_open(function):
            return ""
        if name == "unfold":  # of images it is written in Python
            return "" if is_open(function) else "pieces"
        if name == "interpolate":
            return "neighbours" if self._is_uneven(*args, **kwargs) else ""
        return self.sharing(name, args, kwargs) if known else name if name in self.names else ""

    # ------------------------------------------------------------------------------------------------ by places
    def indexed(self, input: T, index: Any) -> T:
        """x[:, places]: a product with rows of a one and zeros, along the axis of the places; of several lists of
        places, along all axes in one."""
        index = index if isinstance(index, tuple) else (index,)
        index = tuple(self.torch.as_tensor(x) if isinstance(x, list) else x for x in index)
        index = with_colons(self.torch, index, input.ndim)
        lists = [k for k, x in enumerate(index) if self._is_tensor(x)]
        whole = all(isinstance(x, slice) and x == slice(None) for k, x in enumerate(index) if k not in lists)
        if len(lists) == 1 and whole and index[lists[0]].ndim <= 1:
            return self.index_select(input, lists[0], self._places(index[lists[0]], input.shape[lists[0]]))
        if len(lists) == 1 and whole and index[lists[0]].dtype != self.torch.bool:
            shape, axis = index[lists[0]].shape, lists[0]
            taken = self.index_select(input, axis, self._places(index[axis].reshape(-1), input.shape[axis]))
            return taken.reshape(*input.shape[:axis], *shape, *input.shape[axis + 1 :])
        with self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.numel()).reshape(input.shape)[index]
        return self.index_select(input.reshape(-1), 0, places.reshape(-1)).reshape(places.shape)

    def neighbours(
        self, input: T, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: None = None,
        recompute_scale_factor: bool | None = None, antialias: bool = False,
    ) -> T:  # fmt: skip
        """The nearest neighbours, some of which stand oftener than others: places along one axis after the other."""
        for k in range(2, input.ndim):
            line = self.torch.arange(input.shape[k], dtype=self.torch.float64)[None, None]
            own = [x[k - 2] if isinstance(x, tuple | list) else x for x in (size, scale_factor)]
            places = self.F.interpolate(line, *own, mode, None, recompute_scale_factor)[0, 0].long()
            input = input if places.tolist() == [*range(input.shape[k])] else self.index_select(input, k, places)
        return input

    def _is_uneven(self, input: T, size: Any = None, scale_factor: Any = None, mode: str = "nearest", *rest: Any,
                   **more: Any) -> bool:  # fmt: skip
        """Whether some entries would stand oftener than others."""
        if not mode.startswith("nearest"):
            return False
        with self.torch._C.DisableTorchFunction():
            made = self.F.interpolate(input.detach(), size, scale_factor, mode)
        return any(n % m for n, m in zip(made.shape[2:], input.shape[2:], strict=True))

    def index_select(self, input: T, dim: int, index: T) -> T:
        dim, n = dim % max(input.ndim, 1), input.shape[dim]
        if len(index) * n > LARGEST:
            raise Uncomposed(f"takes {len(index)} of {n} places, too many for a table of ones", "take slices")
        rows = self.F.one_hot(index, n).to(input.dtype)
        return self._along(input, dim, rows)

    def gather(self, input: T, dim: int, index: T) -> T:
        """One entry of each row as a sum; others by their places among all."""
        if index.shape == (*input.shape[: dim % input.ndim], 1, *input.shape[dim % input.ndim + 1 :]):
            return super().gather(input, dim, index)
        with self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.numel()).reshape(input.shape).gather(dim, index)
        return self.index_select(input.reshape(-1), 0, places.reshape(-1)).reshape(places.shape)

    def _places(self, index: T, extent: int) -> T:
        """Counted from 0; of truths those that are true."""
        with self.torch._C.DisableTorchFunction():
            return index.nonzero().reshape(-1) if index.dtype == self.torch.bool else index.reshape(-1) % extent

    def _is_tensor(self, x: Any) -> bool:
        return isinstance(x, self.torch.Tensor)

    def _along(self, x: T, dim: int, rows: T) -> T:
        """The product of a matrix with a tensor, along one axis: of places, or of sums up to each."""
        if x.ndim > len(AXES):
            raise Uncomposed(f"is along an axis of {x.ndim}", f"known: up to {len(AXES)} axes")
        letters = AXES[: x.ndim]
        axis = letters[dim % x.ndim]
        return self.torch.einsum(f"{letters},p{axis}->{letters.replace(axis, 'p')}", x, rows)

    def cumsum(self, input: T, dim: int) -> T:
        """A product with a triangle of ones."""
        n = input.shape[dim]
        return self._along(input, dim, self.torch.ones(n, n, dtype=input.dtype).tril())

    def pieces(self, input: T, dimension: int, size: int, step: int) -> T:
        """Overlapping pieces of an axis, each along a new one: for each place in a piece, a slice."""
        axis, rest = dimension % input.ndim, slice(None)
        count = (input.shape[axis] - size) // step + 1
        parts = [input[(rest,) * axis + (slice(k, k + step * (count - 1) + 1, step),)] for k in range(size)]
        return self.torch.stack(parts, -1)

    def im2col(self, input: T, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> T:
        """The windows as columns: for each entry of a kernel, a slice."""
        (kh, kw), (dh, dw), (ph, pw), (sh, sw) = map(_both, (kernel_size, dilation, padding, stride))
        x = self.F.pad(input, (pw, pw, ph, ph)) if ph or pw else input
        ho, wo = (
            (n - d * (k - 1) - 1) // s + 1
            for n, d, k, s in zip(x.shape[-2:], (dh, dw), (kh, kw), (sh, sw), strict=True)
        )
        parts = [
            x[..., a * dh : a * dh + sh * (ho - 1) + 1 : sh, b * dw : b * dw + sw * (wo - 1) + 1 : sw]
            for a in range(kh) for b in range(kw)
        ]  # fmt: skip
        channels = x.ndim - 3
        return self.torch.stack(parts, channels + 1).reshape(*x.shape[:channels], x.shape[channels] * kh * kw, ho * wo)

    # ------------------------------------------------------------------------------------------------ put together
    def masked(self, input: T, other: T) -> T:
        """A sum in which minus infinity of a constant masks what it is added to."""
        mask, x = (input, other) if self._has_minus_infinity(input) else (other, input)
        beyond = mask == -math.inf
        x = x if bool((mask[~beyond] == 0).all()) else x + mask.where(~beyond, 0.0)
        return self.masked_fill(x, beyond, -math.inf)

    def _has_minus_infinity(self, x: Any) -> bool:
        """Only of a constant: what is computed has no gradient there."""
        if not self._is_tensor(x) or x.grad_fn is not None:
            return False
        with self.torch._C.DisableTorchFunction():
            return bool((x == -math.inf).any())

    def written(self, input: T, index: Any, value: Any) -> T:
        """x[index] = value: what x has elsewhere, and the values at their places."""
        with self.torch.no_grad(), self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.numel()).reshape(input.shape)[index]
        return self.replaced(input, places, value)

    def replaced(self, input: T, places: T, value: Any) -> T:
        """The same by places among all; where these are all, in order, it is the values in another shape."""
        if self._is_tensor(value) and places.reshape(-1).tolist() == [*range(input.numel())]:
            return value.reshape(input.shape)
        with self.torch.no_grad(), self.torch._C.DisableTorchFunction():
            left = self.torch.ones(input.numel(), dtype=input.dtype).index_fill(0, places.reshape(-1), 0)
            left = left.reshape(input.shape)
            empty = input.grad_fn is None and not bool((input * left).any())
        if not self._is_tensor(value):
            return input * left + value * (1 - left)
        if value.shape != places.shape:
            value = value.reshape(value.shape[-places.ndim :] if places.ndim else ()).expand(places.shape)
        if places.numel() * input.numel() > LARGEST:
            raise Uncomposed(
                f"writes {places.numel()} of {input.numel()} numbers, too many for a table", "use torch.cat"
            )
        rows = self.F.one_hot(places.reshape(-1), input.numel()).to(input.dtype)
        made = (value.reshape(-1) @ rows).reshape(input.shape)
        return made if empty else input * left + made

    def broadcast_tensors(self, tensors: Sequence[T]) -> tuple[T, ...]:
        """Each as long as the others."""
        shape = self.torch.broadcast_shapes(*(x.shape for x in tensors))
        return tuple(x if x.shape == shape else x.expand(shape) for x in tensors)

    def hstack(self, tensors: Sequence[T]) -> T:
        return self.torch.cat(tuple(tensors), 0 if tensors[0].ndim == 1 else 1)

    def vstack(self, tensors: Sequence[T]) -> T:
        return self.torch.stack(tuple(tensors)) if tensors[0].ndim == 1 else self.torch.cat(tuple(tensors), 0)

    row_stack = vstack

    def column_stack(self, tensors: Sequence[T]) -> T:
        return self.torch.stack(tuple(tensors), 1) if tensors[0].ndim == 1 else self.torch.cat(tuple(tensors), 1)

    def channel_shuffle(self, input: T, groups: int) -> T:
        parted = input.reshape(len(input), groups, -1, *input.shape[2:])
        return parted.transpose(1, 2).reshape(input.shape)

    # ------------------------------------------------------------------------------------------------ products
    def einsum(self, equation: str, given: Sequence[T]) -> T:
        """Of three tensors and more: two at a time, from the left, over each letter that nothing later has."""
        *parts, made = spelt(equation, [x.ndim for x in given])
        x, letters = given[0], parts[0]
        for k, (other, own) in enumerate(zip(given[1:], parts[1:], strict=True)):
            last = k == len(given) - 2
            later = made + "".join(parts[k + 2 :])
            kept = made if last else "".join(dict.fromkeys(a for a in letters + own if a in later))
            x, letters = self.torch.einsum(f"{letters},{own}->{kept}", x, other), kept
        return x

    def tensordot(self, a: T, b: T, dims: Any = 2, out: None = None) -> T:
        axes = ([range(a.ndim - dims, a.ndim), range(dims)] if isinstance(dims, int) else
                [[x] if isinstance(x, int) else x for x in dims])  # fmt: skip
        free = iter(ascii_lowercase)
        one = [next(free) for _ in range(a.ndim)]
        two = [next(free) for _ in range(b.ndim)]
        for i, j in zip(*axes, strict=True):
            two[j % b.ndim] = one[i % a.ndim]
        made = [x for x in (*one, *two) if (x in one) != (x in two)]
        return self.torch.einsum(f"{''.join(one)},{''.join(two)}->{''.join(made)}", a, b)

    def prod(self, input: T, dim: int | None = None, keepdim: bool = False) -> T:
        if dim is None:
            return self.prod(input.reshape(-1), 0)
        made = reduce(mul, input.unbind(dim))
        return made.unsqueeze(dim) if keepdim else made

    def cumprod(self, input: T, dim: int) -> T:
        return self.torch.stack(list(accumulate(input.unbind(dim), mul)), dim)

    # ------------------------------------------------------------------------------------------------ others
    def lp_pool1d(self, input: T, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> T:
        return self._power_pool(self.F.avg_pool1d, input, norm_type, kernel_size, 1, stride, ceil_mode)

    def lp_pool2d(self, input: T, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> T:
        return self._power_pool(self.F.avg_pool2d, input, norm_type, kernel_size, 2, stride, ceil_mode)

    def lp_pool3d(self, input: T, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> T:
        return self._power_pool(self.F.avg_pool3d, input, norm_type, kernel_size, 3, stride, ceil_mode)

    def _power_pool(
        self, mean: Callable[..., T], x: T, power: float, kernel: Any, dims: int, stride: Any, ceil_mode: bool
    ) -> T:
        """The root of the sum of powers, which is a mean times the window's places."""
        if ceil_mode:
            raise Uncomposed("has windows that overhang", "leave ceil_mode out")
        places = prod(kernel) if isinstance(kernel, tuple | list) else kernel**dims
        return (mean(x.pow(power), kernel, stride) * places).pow(1 / power)

    def cosine_embedding_loss(self, input1: T, input2: T, target: T, margin: float = 0, reduction: str = "mean") -> T:
        """torch's own, with 1e-12 under the root."""
        lengths = (input1.square().sum(-1) + 1e-12) * (input2.square().sum(-1) + 1e-12)
        cosine = (input1 * input2).sum(-1) / lengths.sqrt()
        alike = (target == 1).to(cosine.dtype)
        each = alike * (1 - cosine) + (1 - alike) * self._hinge(cosine - margin)
        return {"mean": each.mean, "sum": each.sum}.get(reduction, lambda: each)()


def _both(x: Any) -> tuple[int, int]:
    return (x, x) if isinstance(x, int) else (int(x[0]), int(x[-1]))


NAMES = BEFORE | {name for name in vars(Taken) if not name.startswith("_")} - {"method", "names"}
