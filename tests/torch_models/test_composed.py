"""torch's losses in parts: the same numbers and gradients as torch's own builtin calls, whatever the arguments."""

import inspect
import warnings
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import examples  # noqa: E402
from hypothesis import given, settings, strategies as st  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.torch_models.composed import NAMES, Composed, Uncomposed  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # what torch says of means and of shapes
COMPOSED = Composed(torch, lambda tensor, word: tensor)
SHAPES = ((3,), (2, 3), (2, 3, 2), (1, 2, 2, 2))
SEEDS = st.integers(0, 10_000)


def drawn(seed: int, *shape: int) -> Any:
    """Halves, so that kinks and ties are met."""
    return torch.randint(-6, 7, shape, generator=torch.Generator().manual_seed(seed)).double() / 2


def positive(seed: int, *shape: int) -> Any:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 0.8 + 0.1


def held(name: str, inputs: tuple[Any, ...], *rest: Any, **options: Any) -> None:
    """Value and gradients of the parts are those of the whole. Where torch has a kink, both have its derivative."""
    found = []
    for parts in (False, True):
        leaves = [x.clone().requires_grad_() for x in inputs]
        if parts:
            made = getattr(COMPOSED, name)(**COMPOSED.bound(name, (*leaves, *rest), options))
        else:
            made = getattr(F, name, None) or getattr(torch, name)
            made = made(*leaves, *rest, **options)
        weights = torch.arange(1, made.numel() + 1, dtype=torch.float64).reshape(made.shape)
        (made * weights).sum().backward()
        found.append((made.detach(), *(x.grad for x in leaves)))
    for whole, own in zip(*found, strict=True):
        torch.testing.assert_close(own, whole, rtol=1e-13, atol=1e-13)


REDUCTION = st.sampled_from(["mean", "sum", "none"])


@settings(max_examples=examples(40), deadline=None)
@given(SEEDS, st.sampled_from(SHAPES), REDUCTION, st.sampled_from([0.5, 1.0, 2.0]))
def test_errors_entry_by_entry(seed: int, shape: tuple[int, ...], reduction: str, bend: float) -> None:
    x, t = drawn(seed, *shape), drawn(seed + 1, *shape)
    held("mse_loss", (x, t), reduction=reduction)
    held("l1_loss", (x, t), reduction=reduction)
    held("huber_loss", (x, t), reduction=reduction, delta=bend)
    held("smooth_l1_loss", (x, t), reduction=reduction, beta=bend - 0.5)
    held("soft_margin_loss", (x,), t.sign(), reduction=reduction)
    held("poisson_nll_loss", (x,), t.abs(), reduction=reduction, full=bool(seed % 2))
    held("poisson_nll_loss", (positive(seed, *shape),), t.abs(), log_input=False, reduction=reduction)
    held("kl_div", (x,), t.abs(), reduction=reduction)
    held("kl_div", (x,), t, log_target=True, reduction="batchmean")
    held("hinge_embedding_loss", (x + 0.25,), t.sign() + (t == 0), margin=bend, reduction=reduction)
    held("gaussian_nll_loss", (x, t, positive(seed, *shape)), reduction=reduction, full=bool(seed % 2))


@settings(max_examples=examples(40), deadline=None)
@given(SEEDS, st.sampled_from(SHAPES), REDUCTION)
def test_binary_cross_entropy(seed: int, shape: tuple[int, ...], reduction: str) -> None:
    x, y, t = drawn(seed, *shape), positive(seed, *shape), positive(seed + 1, *shape)
    weight, share = (None, None) if seed % 3 else (positive(seed + 2, *shape), positive(seed + 3, shape[-1]) * 3)
    held("binary_cross_entropy", (y, t), reduction=reduction, weight=weight)
    held("binary_cross_entropy_with_logits", (x,), t, reduction=reduction, weight=weight, pos_weight=share)


@settings(max_examples=examples(60), deadline=None)
@given(SEEDS, st.sampled_from(SHAPES), REDUCTION, st.sampled_from([0.0, 0.1, 1.0]), st.booleans(), st.booleans())
def test_classes(
    seed: int, shape: tuple[int, ...], reduction: str, smoothing: float, weighted: bool, ignoring: bool
) -> None:
    """With weights, with classes that are left out, and for each pixel."""
    x, axis = drawn(seed, *shape), 0 if len(shape) == 1 else 1
    places = shape[:axis] + shape[axis + 1 :]
    classes = torch.randint(shape[axis], places, generator=torch.Generator().manual_seed(seed))
    weight = positive(seed, shape[axis]) if weighted else None
    if ignoring and classes.numel() > 1:
        classes.view(-1)[0] = -100
    own = {"weight": weight, "reduction": reduction}
    held("cross_entropy", (x,), classes, **own, label_smoothing=smoothing)
    held("nll_loss", (x,), classes, **own)
    held("cross_entropy", (x,), drawn(seed, *shape).softmax(axis), **own, label_smoothing=smoothing)
    if len(shape) < 3 and not ignoring:
        held("multi_margin_loss", (x,), classes, p=1 + seed % 2, margin=0.75, **own)


@settings(max_examples=examples(30), deadline=None)
@given(SEEDS, REDUCTION, st.sampled_from([1, 2]), st.booleans())
def test_several_tensors(seed: int, reduction: str, p: int, swap: bool) -> None:
    a, b, c = (drawn(seed + k, 3, 4) for k in range(3))
    held("pairwise_distance", (a, b), p=float(p), keepdim=swap)
    held("triplet_margin_loss", (a, b, c + 1 / 3), margin=2.0 + 1 / 7, p=p, swap=swap, reduction=reduction)
    held("margin_ranking_loss", (a + 1 / 3, b), c.sign() + (c == 0), margin=0.5, reduction=reduction)
    held("gather", (a,), 1, torch.tensor([[seed % 4], [0], [3]]))
    held("gather", (a,), dim=0, index=torch.tensor([[0, seed % 3, 2, 1]]))


@pytest.mark.parametrize("size_average", [None, True, False])
@pytest.mark.parametrize("reduce", [None, True, False])
def test_older_words_for_the_reduction(size_average: bool | None, reduce: bool | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that they are old
        held("mse_loss", (drawn(1, 2, 3),), drawn(2, 2, 3), size_average=size_average, reduce=reduce)


def test_each_has_arguments_of_torch() -> None:
    for name in NAMES:
        theirs = getattr(F, name, None)
        if inspect.isfunction(theirs):
            assert set(inspect.signature(getattr(COMPOSED, name)).parameters) <= set(
                inspect.signature(theirs).parameters
            )


X = torch.full((2, 3), 0.5)
REFUSED: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], str]] = {
    "a new word": ("l1_loss", (X, X), {"weight": X}, "the argument weight has no derivation"),
    "a probability of 1": ("binary_cross_entropy", (X * 2, X), {}, "within 1e-09 of 0 or 1"),
    "no variance": ("gaussian_nll_loss", (X, X, X * 0), {}, "a variance of eps at most"),
    "another distance": ("pairwise_distance", (X, X), {"p": 3}, "p 3 has no derivation"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_written_is_said_with_what_would_work(what: str) -> None:
    name, args, kwargs, problem = REFUSED[what]
    with pytest.raises(Uncomposed) as found:
        getattr(COMPOSED, name)(**COMPOSED.bound(name, args, kwargs))
    assert problem in found.value.problem and found.value.remedy
