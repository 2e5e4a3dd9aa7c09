"""torch's losses that are one builtin call each, written once more in the functions that torch has for their parts: so
they are followed as a loss is that somebody writes himself. What is computed of the target alone is numbers.

torch is given by the caller, so that nothing is imported here.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

LEAST = 1e-9  # of a probability, or what is left to 1: below, torch's binary_cross_entropy holds gradients back
OLD = ("size_average", "reduce")
T = Any  # a tensor of torch


class Uncomposed(Exception):  # it is no mistake in a loss: only something that is not written here
    """What of a call has no derivation, and what would work."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def near_the_end(function: str) -> tuple[str, str]:
    """What is said of a probability that torch treats on its own."""
    problem = f"{function} reads a probability within {LEAST:g} of 0 or 1, where torch cuts its gradient"
    return problem, "give smaller scores; or the scores without the sigmoid, and BCEWithLogitsLoss"


class Composed:
    """Each method is torch's function of its name. `bound` makes of a call's arguments those of the method."""

    def __init__(self, torch: Any, named: Callable[[T, str], T]) -> None:
        """named: gives a tensor back that is called so from here on."""
        self.torch, self.F, self.named = torch, torch.nn.functional, named

    def bound(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """By name, torch's older words for the reduction in the newer ones. Uncomposed where a loss is another
        one for some numbers, and these are among them."""
        own, method = getattr(self.F, name, None), getattr(self, name)
        kwargs = {"dim" if key == "axis" else key: value for key, value in kwargs.items()}  # which torch takes as well
        given = dict(inspect.signature(own if inspect.isfunction(own) else method).bind(*args, **kwargs).arguments)
        if any(given.get(old) is not None for old in OLD if old not in inspect.signature(method).parameters):
            given["reduction"] = in_new_words(**{old: given.get(old) for old in OLD})
        known = inspect.signature(method).parameters
        wrong = [key for key, value in given.items() if key not in (*known, *OLD) and value is not None]
        if wrong:
            raise Uncomposed(f"the argument {wrong[0]} has no derivation", f"leave {wrong[0]} out")
        given = {key: value for key, value in given.items() if key in known}
        if name == "binary_cross_entropy" and bool((given["input"].minimum(1 - given["input"]) < LEAST).any()):
            raise Uncomposed(*near_the_end(name))
        if name == "gaussian_nll_loss" and not bool(
            (self.torch.as_tensor(given["var"]) > given.get("eps", 1e-6)).all()
        ):
            raise Uncomposed("reads a variance of eps at most, in whose place torch takes eps", "give a larger one")
        return given

    # ------------------------------------------------------------------------------------------------ entry by entry
    def mse_loss(self, input: T, target: T, reduction: str = "mean") -> T:
        return reduced((input - target).square(), reduction)

    def l1_loss(self, input: T, target: T, reduction: str = "mean") -> T:
        return reduced((input - target).abs(), reduction)

    def huber_loss(self, input: T, target: T, reduction: str = "mean", delta: float = 1.0) -> T:
        return reduced(self._bent(input - target, delta), reduction)

    def smooth_l1_loss(self, input: T, target: T, reduction: str = "mean", beta: float = 1.0) -> T:
        apart = input - target
        return reduced(self._bent(apart, beta) / beta if beta else apart.abs(), reduction)

    def _bent(self, x: T, delta: float) -> T:
        near = self.F.hardtanh(x, -delta, delta)
        return near * (x - near / 2)

    def binary_cross_entropy(self, input: T, target: T, weight: T = None, reduction: str = "mean") -> T:
        each = -(target * input.log() + (1 - target) * (1 - input).log())
        return reduced(each if weight is None else each * weight, reduction)

    def binary_cross_entropy_with_logits(
        self, input: T, target: T, weight: T = None, reduction: str = "mean", pos_weight: T = None
    ) -> T:
        positive = target if pos_weight is None else pos_weight * target
        each = (1 - target) * input - (1 - target + positive) * self.F.logsigmoid(input)
        return reduced(each if weight is None else each * weight, reduction)

    def soft_margin_loss(self, input: T, target: T, reduction: str = "mean") -> T:
        return reduced(-self.F.logsigmoid(target * input), reduction)

    def kl_div(self, input: T, target: T, reduction: str = "mean", log_target: bool = False) -> T:
        xlogy = self.torch.xlogy
        each = target.exp() * (target - input) if log_target else xlogy(target, target) - target * input
        return each.sum() / input.shape[0] if reduction == "batchmean" else reduced(each, reduction)

    def poisson_nll_loss(
        self, input: T, target: T, log_input: bool = True, full: bool = False, eps: float = 1e-8,
        reduction: str = "mean",
    ) -> T:  # fmt: skip
        each = input.exp() - target * input if log_input else input - target * (input + eps).log()
        if full:
            large = target.clamp(min=1)
            stirling = large * large.log() - large + 0.5 * (2 * math.pi * large).log()
            each = each + stirling * (target > 1).to(input.dtype)
        return reduced(each, reduction)

    def gaussian_nll_loss(
        self, input: T, target: T, var: T, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
    ) -> T:
        var = input.new_tensor(var) if isinstance(var, float) else var
        if var.shape != input.shape and input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        each = ((input - target).square() / var + var.log()) / 2
        return reduced(each + 0.5 * math.log(2 * math.pi) if full else each, reduction)

    def hinge_embedding_loss(self, input: T, target: T, margin: float = 1.0, reduction: str = "mean") -> T:
        near, far = (target != -1).to(input.dtype), (target != 1).to(input.dtype)
        return reduced(near * input + far * self._hinge(margin - input), reduction)

    # ------------------------------------------------------------------------------------------------ classes
    def nll_loss(self, input: T, target: T, weight: T = None, ignore_index: int = -100, reduction: str = "mean") -> T:
        if target.is_floating_point():
            raise Uncomposed("is given a target of floats, and takes class indices", "give whole numbers")
        return self._of_logarithms(input, target, weight, ignore_index, reduction, 0.0)

    def cross_entropy(
        self, input: T, target: T, weight: T = None, ignore_index: int = -100, reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> T:  # fmt: skip
        logarithms = input.log_softmax(0 if input.ndim == 1 else 1)
        return self._of_logarithms(logarithms, target, weight, ignore_index, reduction, label_smoothing)

    def _of_logarithms(self, x: T, target: T, weight: T, ignored: int, reduction: str, smoothing: float) -> T:
        """Of the logarithms of probabilities: each times its class's share in the target, and that class's weight. The
        mean divides by the weights of the true classes, but by the number of places where the target is shares."""
        axis = 0 if x.ndim == 1 else 1
        classes = x.shape[axis]
        own = self.torch.ones(x.shape, dtype=x.dtype)
        if weight is not None:
            own = own * weight.reshape([-1 if k == axis else 1 for k in range(x.ndim)])
        if target.is_floating_point():
            shares, counted = target, math.prod(x.shape) / classes
        else:
            own = own * (target != ignored).unsqueeze(axis).to(x.dtype)
            shares = self._one_hot(target.where(target != ignored, 0), x, axis)
            counted = (shares * own).sum()
        each = x * (-((1 - smoothing) * shares + smoothing / classes) * own)
        if reduction == "none":
            return each.sum(axis)
        return reduced(each / counted if reduction == "mean" else each, "sum")

    def _one_hot(self, target: T, like: T, axis: int) -> T:
        """1 at each class, along an axis, else 0."""
        return self.torch.zeros(like.shape, dtype=like.dtype).scatter(axis, target.unsqueeze(axis), 1)

    def multi_margin_loss(
        self, input: T, target: T, p: int = 1, margin: float = 1.0, weight: T = None, reduction: str = "mean"
    ) -> T:
        true = self._one_hot(target, input, input.ndim - 1)
        others = (1 - true) if weight is None else (1 - true) * (true * weight).sum(-1, keepdim=True)
        beyond = (input - (input * true).sum(-1, keepdim=True) + margin).relu()
        each = (beyond if p == 1 else beyond.square()) * others
        return reduced(each.sum(-1) / input.shape[-1], reduction)

    def gather(self, input: T, dim: int, index: T) -> T:
        """One entry of each row, along an axis of the index of length 1: a sum in which one term is not 0."""
        dim = dim % input.ndim
        return (input * self._one_hot(index.squeeze(dim), input, dim)).sum(dim, keepdim=True)

    # ------------------------------------------------------------------------------------------------ several tensors
    def margin_ranking_loss(self, input1: T, input2: T, target: T, margin: float = 0, reduction: str = "mean") -> T:
        return reduced(self._hinge((input1 - input2) * -target + margin), reduction)

    def pairwise_distance(self, x1: T, x2: T, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> T:
        if p not in (1, 2):
            raise Uncomposed(f"p {p} has no derivation", "known: p=2 and p=1")
        apart = x1 - x2 + eps
        return apart.abs().sum(-1, keepdim) if p == 1 else apart.square().sum(-1, keepdim).sqrt()

    def triplet_margin_loss(
        self, anchor: T, positive: T, negative: T, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
        swap: bool = False, reduction: str = "mean",
    ) -> T:  # fmt: skip
        near, far = (self.pairwise_distance(anchor, x, p, eps) for x in (positive, negative))
        if swap:
            far = self.torch.minimum(far, self.pairwise_distance(positive, negative, p, eps))
        return reduced(self._hinge(near - far + margin), reduction)

    def _hinge(self, x: T) -> T:
        """max(0, x), but not at its kink."""
        with self.torch._C.DisableTorchFunction():
            at_kink = bool((x == 0).any())
        if at_kink:
            raise Uncomposed("is at its kink, where torch has the slope 1, and ReLU 0", "give another margin")
        return x.relu()


def in_new_words(size_average: bool | None, reduce: bool | None) -> str:
    """What torch's older words for the reduction mean."""
    return "none" if reduce is False else "sum" if size_average is False else "mean"


def reduced(x: T, reduction: str) -> T:
    """The mean, the sum, or all of it."""
    return {"mean": x.mean, "sum": x.sum, "none": lambda: x}[reduction]()


NAMES = frozenset(name for name in vars(Composed) if not name.startswith("_") and name != "bound")
