"""An activation's derivative and batch normalisation got wrong by hand, in torch and without the algebra."""

from fractions import Fraction as F

import pytest
import torch

import symconv
from symconv.grading.grade import grade
from symconv.networks.layers.layers import BatchNorm, Detach, Linear, Relu6, Sigmoid, Silu, Tanh
from symconv.networks.network import CrossEntropy, Network, Parameter

OUT = [[1, 2, -1], ["1/2", 1, 2]]
V, B, W = [[1, -1, "1/2"], ["1/2", 2, -1]], ["1/2", -1], [[1, "1/2"], [-1, 2], ["1/2", 1]]
X = [[1, 2, -1], ["1/2", 0, 1]]


def curved(first: object, second: object) -> Network:
    """Two images through linear, activation, linear, activation."""
    return Network(
        "curved", F(1, 4), Parameter.of("x", X),
        (
            Linear("a", Parameter.of("V", V), Parameter.of("b", B)), first,
            Linear("c", Parameter.of("W", W)), second,
        ),
        CrossEntropy((2, 0)), batch=True,
    )  # type: ignore[arg-type] # fmt: skip


STUDY = symconv.derive(curved(Sigmoid("s"), Tanh("z")))


def floats(rows: object) -> torch.Tensor:
    return torch.tensor(
        [[float(F(x)) for x in row] if isinstance(row, list) else float(F(row)) for row in rows], dtype=torch.float64
    )


def backward(sigmoid: object, tanh: object) -> dict[str, object]:
    """The gradients, the derivatives being those given: of (z, y)."""
    x, v, b, w = map(floats, (X, V, B, W))
    a = x @ v.T + b
    s = torch.sigmoid(a)
    c = s @ w.T
    z = torch.tanh(c)
    dz = (torch.softmax(z, 1) - torch.eye(3)[[2, 0]]) / 2
    dc = dz * tanh(c, z)  # type: ignore[operator]
    ds = dc @ w
    da = ds * sigmoid(a, s)  # type: ignore[operator]
    return {"c": dc, "W": dc.T @ s, "s": ds, "a": da, "V": da.T @ x, "b": da.sum(0), "x": da @ v}


RIGHT = (lambda z, y: y * (1 - y), lambda z, y: 1 - y**2)
FORGOTTEN = "the derivative of the activation {} is forgotten"
OF_INPUT = "the derivative of the activation {} is written with its input {} in place of its value, z in place of y"
OF_OUTPUT = "the derivative of the activation {} is taken at its value in place of its input {}, at y in place of z"
WRONG = {
    "forgotten": ((lambda z, y: 1, lambda z, y: 1), FORGOTTEN),
    "of the input": ((lambda z, y: z * (1 - z), lambda z, y: 1 - z**2), OF_INPUT),
    "of the output": (
        (lambda z, y: torch.sigmoid(y) * (1 - torch.sigmoid(y)), lambda z, y: 1 - torch.tanh(y) ** 2),
        OF_OUTPUT,
    ),
}


def test_right_derivatives_are_right() -> None:
    assert grade(STUDY, backward(*RIGHT))


@pytest.mark.parametrize("kind", WRONG)
def test_a_sigmoid_s_derivative_is_found_with_all_that_follows(kind: str) -> None:
    (wrong, _), words = WRONG[kind]
    words = words.format("s", "a")
    found = {g.tensor: g for g in grade(STUDY, backward(wrong, RIGHT[1])).tensors}
    assert [t for t, g in found.items() if g.ok] == ["c", "W", "s"]
    assert found["a"].mistakes == (words,)
    elsewhere = f"{words} in the gradient of a, and all else follows from it"
    assert all(found[t].mistakes == (elsewhere, "your gradient of a were right") for t in "Vbx")


@pytest.mark.parametrize("kind", WRONG)
def test_a_tanh_s_derivative_is_found_with_all_that_follows(kind: str) -> None:
    (_, wrong), words = WRONG[kind]
    words = words.format("z", "c")
    found = {g.tensor: g for g in grade(STUDY, backward(RIGHT[0], wrong)).tensors}
    assert found["c"].mistakes == (words,)
    later = [t for t in found if t != "c"]
    assert all(f"{words} in the gradient of c, and all else follows from it" in found[t].mistakes for t in later)


def test_what_is_forgotten_in_every_layer_is_one_mistake() -> None:
    found = {g.tensor: g for g in grade(STUDY, backward(*WRONG["forgotten"][0])).tensors}
    words = "the derivative of the activation z, s is forgotten on the whole way back, and all else follows from it"
    assert found["V"].mistakes == (words, "your gradient of a were right")


# ------------------------------------------------------------------------------------------------ a product, a bound
CLIPPED = symconv.derive(
    Network(
        "clipped", F(1, 4), Parameter.of("x", [[1, -2, 7], ["1/2", 8, 3]]),
        (Silu("s"), Relu6("r"), Linear("z", Parameter.of("W", OUT))), CrossEntropy((1, 0)), batch=True,
    )
)  # fmt: skip


def clipped(silu: object, relu6: object) -> dict[str, object]:
    """The gradients, the derivatives being those given, of the number that comes in."""
    x, w = map(floats, ([[1, -2, 7], ["1/2", 8, 3]], OUT))
    s = x * torch.sigmoid(x)
    r = s.clamp(0, 6)
    dr = (torch.softmax(r @ w.T, 1) - torch.eye(2, dtype=torch.float64)[[1, 0]]) / 2 @ w
    ds = dr * relu6(s)  # type: ignore[operator]
    return {"r": dr, "s": ds, "x": ds * silu(x)}  # type: ignore[operator]


def of_silu(x: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(x) * (1 + x * (1 - torch.sigmoid(x)))


def of_relu6(x: torch.Tensor) -> torch.Tensor:
    return ((x > 0) & (x < 6)).double()


SLOPES = {  # the tensor whose gradient is wrong, how, and what is said
    "a product": (
        "x", (torch.sigmoid, of_relu6),
        "the product rule is forgotten in the derivative of the activation s: what its input x is multiplied by is "
        "taken for a constant",
    ),
    "a bound": (
        "s", (of_silu, lambda x: (x > 0).double()),
        "the upper bound of the activation r is forgotten: above it the derivative is 0 as well",
    ),
    "a mask": ("s", (of_silu, torch.ones_like), FORGOTTEN.format("r")),
}  # fmt: skip


def test_right_slopes_are_right() -> None:
    assert grade(CLIPPED, clipped(of_silu, of_relu6))


@pytest.mark.parametrize("kind", SLOPES)
def test_a_slope_s_mistake_is_found(kind: str) -> None:
    tensor, wrong, words = SLOPES[kind]
    found = {g.tensor: g for g in grade(CLIPPED, clipped(*wrong)).tensors}
    assert found["r"].ok and found[tensor].mistakes == (words,)


# ------------------------------------------------------------------------------------------------ batch normalisation
GAMMA, BETA, EPSILON = [2, "1/2", 3], [0, 1, -1], F(1, 4)
IMAGES = [[1, 2, 0], [3, -1, 2], [0, 1, 1], [2, 2, -3]]
NORM = symconv.derive(
    Network(
        "norm", F(1, 4), Parameter.of("x", IMAGES),
        (
            BatchNorm("n", Parameter.of("gamma", GAMMA), Parameter.of("beta", BETA), epsilon=EPSILON),
            Linear("z", Parameter.of("W", OUT)),
        ),
        CrossEntropy((0, 1, 1, 0)), batch=True,
    )
)  # fmt: skip


def normed(scaled: bool = True, unbiased: bool = False) -> dict[str, dict[str, torch.Tensor]]:
    """Values and, by autograd, the gradients of a normalisation that may be wrong."""
    x, gamma, beta, w = map(floats, (IMAGES, GAMMA, BETA, OUT))
    for t in (x, gamma, beta, w):
        t.requires_grad_()
    variance = x.var(0, unbiased=unbiased)
    n = (x - x.mean(0)) / (variance + float(EPSILON)).sqrt()
    n = (n * gamma if scaled else n) + beta
    z = n @ w.T
    torch.nn.functional.cross_entropy(z, torch.tensor([0, 1, 1, 0])).backward()
    gradients = {"x": x.grad, "beta": beta.grad, "W": w.grad}
    return {"gradients": gradients, "values": {"n.variance": variance, "n": n, "z": z}}  # type: ignore[dict-item]


def test_a_right_normalisation_is_right() -> None:
    assert grade(NORM, normed())


def test_a_factor_that_is_forgotten_is_found() -> None:
    words = "the factor gamma of the normalisation n is forgotten"
    found = {g.tensor: g for g in grade(NORM, normed(scaled=False)).tensors}
    assert found["n.variance"].ok and found["n"].mistakes == (words,)
    assert found["z"].mistakes == (f"{words} in n, and all else follows from it",)
    assert f"{words}, forward and back, and all else follows from it" in found["x"].mistakes


def test_an_unbiased_variance_is_found() -> None:
    words = "n.variance is divided by the number of entries less 1"
    found = {g.tensor: g for g in grade(NORM, normed(unbiased=True)).tensors}
    assert found["n.variance"].mistakes == (words,)
    assert found["n"].mistakes == (f"{words} in n.variance, and all else follows from it",)
    assert f"{words}, forward and back, and all else follows from it" in found["x"].mistakes


# ------------------------------------------------------------------------------------------------ a stop-gradient
STOPPED = symconv.derive(
    Network(
        "stopped", F(1, 4), Parameter.of("x", X),
        (Linear("a", Parameter.of("V", V)), Detach("s"), Linear("z", Parameter.of("W", W))),
        CrossEntropy((2, 0)), batch=True,
    )
)  # fmt: skip


def stopped(slope: float) -> dict[str, object]:
    """The gradients, of the detach a number times what comes in."""
    x, v, w = map(floats, (X, V, W))
    s = x @ v.T
    dz = (torch.softmax(s @ w.T, 1) - torch.eye(3)[[2, 0]]) / 2
    ds = dz @ w
    return {"W": dz.T @ s, "s": ds, "a": slope * ds, "V": slope * ds.T @ x}


def test_no_gradient_behind_a_detach_is_right() -> None:
    assert grade(STOPPED, stopped(0))


def test_a_gradient_that_goes_back_all_the_same_is_found() -> None:
    words = "the stop-gradient s is taken for an identity through which the gradient goes back"
    found = {g.tensor: g for g in grade(STOPPED, stopped(1)).tensors}
    assert found["s"].ok and found["a"].mistakes == (words,)
    assert f"{words} in the gradient of a, and all else follows from it" in found["V"].mistakes
