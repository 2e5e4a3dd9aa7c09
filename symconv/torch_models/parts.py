"""Further functions of torch, written once more in those that have a derivation.

torch is given by the caller, so that nothing is imported here.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.unrolled import NAMES as BEFORE, Unrolled

T = Any  # a tensor of torch

CONVOLUTIONS = [f"{kind}{dims}d" for kind in ("conv", "conv_transpose") for dims in (1, 2, 3)]
HELD = {"linear": (1, ("weight", "bias")), **dict.fromkeys(CONVOLUTIONS, (2, ("bias",)))}  # from this place on


def held_arguments(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call that a layer would hold: where one is computed, the call is read in parts."""
    first, fields = HELD.get(name, (0, ()))
    return (*args[first : first + len(fields)], *map(kwargs.get, fields))


def _conv(dims: int) -> Callable[..., T]:
    def conv(
        self: "Parts", input: T, weight: T, bias: T, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> T:  # fmt: skip
        made = getattr(self.F, f"conv{dims}d")(input, weight, None, stride, padding, dilation, groups)
        return self._shifted(made, bias, dims)

    return conv


def _conv_transpose(dims: int) -> Callable[..., T]:
    def conv_transpose(
        self: "Parts", input: T, weight: T, bias: T, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, dilation: Any = 1,
    ) -> T:  # fmt: skip
        function = getattr(self.F, f"conv_transpose{dims}d")
        made = function(input, weight, None, stride, padding, output_padding, groups, dilation)
        return self._shifted(made, bias, dims)

    return conv_transpose


class Parts(Unrolled):
    """Each method is torch's function of its name, as in `Composed`."""

    # ------------------------------------------------------------------------------------------------ products
    def addmm(self, input: T, mat1: T, mat2: T, *, beta: float = 1, alpha: float = 1) -> T:
        return self._scaled(input, beta) + self._scaled(mat1 @ mat2, alpha)

    def addmv(self, input: T, mat: T, vec: T, *, beta: float = 1, alpha: float = 1) -> T:
        return self._scaled(input, beta) + self._scaled(mat @ vec, alpha)

    def baddbmm(self, input: T, batch1: T, batch2: T, *, beta: float = 1, alpha: float = 1) -> T:
        return self._scaled(input, beta) + self._scaled(batch1 @ batch2, alpha)

    def addbmm(self, input: T, batch1: T, batch2: T, *, beta: float = 1, alpha: float = 1) -> T:
        return self._scaled(input, beta) + self._scaled((batch1 @ batch2).sum(0), alpha)

    def addcmul(self, input: T, tensor1: T, tensor2: T, *, value: float = 1) -> T:
        return input + self._scaled(tensor1 * tensor2, value)

    def addcdiv(self, input: T, tensor1: T, tensor2: T, *, value: float = 1) -> T:
        return input + self._scaled(tensor1 / tensor2, value)

    def inner(self, input: T, other: T) -> T:
        return input @ other.transpose(-2, -1) if other.ndim > 1 else (input * other).sum(-1)

    def bilinear(self, input1: T, input2: T, weight: T, bias: T = None) -> T:
        if input1.ndim != 2:
            raise Uncomposed(f"is derived for vectors of a batch, and reads {input1.ndim} axes", "flatten to two axes")
        halfway = self.torch.einsum("ni,oij->noj", input1, weight)
        made = self.torch.einsum("noj,nj->no", halfway, input2)
        return made if bias is None else made + bias

    def _shifted(self, made: T, bias: T, dims: int) -> T:
        """What a convolution gives, and a bias that is computed, one number for each channel."""
        return made + bias.reshape(-1, *(1,) * dims)

    conv1d, conv2d, conv3d = map(_conv, (1, 2, 3))
    conv_transpose1d, conv_transpose2d, conv_transpose3d = map(_conv_transpose, (1, 2, 3))

    def _scaled(self, x: T, factor: float) -> T:
        return x if factor == 1 else x * factor

    # ------------------------------------------------------------------------------------------------ along axes
    def cosine_similarity(self, x1: T, x2: T, dim: int = 1, eps: float = 1e-8) -> T:
        lengths = [x.square().sum(dim).sqrt() for x in (x1, x2)]
        with self.torch._C.DisableTorchFunction():
            if any(bool((n < eps).any()) for n in lengths):
                raise Uncomposed(
                    "reads a vector shorter than eps, in whose place torch takes eps", "give a smaller eps"
                )
        return (x1 * x2).sum(dim) / (lengths[0] * lengths[1])

    def var_mean(self, input: T, dim: Any = None, unbiased: Any = True, keepdim: bool = False,
                 correction: int | None = None) -> tuple[T, T]:  # fmt: skip
        by = int(unbiased) if correction is None else correction
        return input.var(dim, correction=by, keepdim=keepdim), input.mean(dim, keepdim=keepdim)

    def std_mean(self, input: T, dim: Any = None, unbiased: Any = True, keepdim: bool = False,
                 correction: int | None = None) -> tuple[T, T]:  # fmt: skip
        by = int(unbiased) if correction is None else correction
        return input.std(dim, correction=by, keepdim=keepdim), input.mean(dim, keepdim=keepdim)

    def movedim(self, input: T, source: Any, destination: Any) -> T:
        order = range(input.ndim)
        ends = [[k % input.ndim for k in ([each] if isinstance(each, int) else each)] for each in (source, destination)]
        rest = iter(k for k in order if k not in ends[0])
        places = dict(zip(ends[1], ends[0], strict=True))
        return input.permute([places[k] if k in places else next(rest) for k in order])

    moveaxis = movedim

    def tril(self, input: T, diagonal: int = 0) -> T:
        return input * self.torch.ones(input.shape[-2:], dtype=input.dtype).tril(diagonal)

    def triu(self, input: T, diagonal: int = 0) -> T:
        return input * self.torch.ones(input.shape[-2:], dtype=input.dtype).triu(diagonal)

    # ------------------------------------------------------------------------------------------------ entry by entry
    def lerp(self, input: T, end: T, weight: Any) -> T:
        return input + weight * (end - input)

    def logaddexp(self, input: T, other: T) -> T:
        return input + self.F.softplus(other - input, threshold=math.inf)

    def where(self, condition: T, input: Any, other: Any) -> T:
        """By a condition that does not depend on the input; as a method of a tensor that stands before it."""
        if condition.dtype != self.torch.bool:
            condition, input = input, condition
        kept = condition.to(self.torch.get_default_dtype())
        return kept * input + (1 - kept) * other

    def rrelu(self, input: T, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> T:
        """In evaluation the slope below 0 is the mean of those that training draws from."""
        if training:
            raise Uncomposed("draws its slopes by chance in training mode", "call model.eval() first")
        return self.F.leaky_relu(input, (lower + upper) / 2)

    def steep_softplus(self, input: T, beta: float = 1, threshold: float = 20) -> T:
        """With a beta other than 1."""
        return self.F.softplus(input * beta, 1, threshold) / beta

    def log1p(self, input: T) -> T:
        return (1 + input).log()

    def expm1(self, input: T) -> T:
        return input.exp() - 1

    def log2(self, input: T) -> T:
        return input.log() / math.log(2)

    def log10(self, input: T) -> T:
        return input.log() / math.log(10)

    def sinh(self, input: T) -> T:
        return (input.exp() - (-input).exp()) / 2

    def cosh(self, input: T) -> T:
        return (input.exp() + (-input).exp()) / 2

    def tan(self, input: T) -> T:
        return input.sin() / input.cos()


NAMES = BEFORE | {name for name in vars(Parts) if not name.startswith("_")}
