"""Gradients divided by too much, other logarithms, ties, updated weights: by hand in torch and without the algebra."""

from fractions import Fraction as F

import pytest
import torch
from depth import few
from torch.nn.functional import conv2d, cross_entropy, max_pool2d

import symconv
from symconv.grading.grade import grade
from symconv.networks.fields import numbers
from symconv.networks.layers.layers import (
    AxisSoftmax,
    Conv,
    LayerNorm,
    Linear,
    MatMul,
    MaxPool,
    Permute,
    Relu,
    Scale,
)
from symconv.networks.network import CrossEntropy, MeanSquaredError, Network, Parameter

IMAGES = [
    [[[1, 2, 0, 1], [0, -1, 1, 2], [2, 0, 1, -1], [1, 1, 0, 2]]],
    [[[0, 1, 1, -2], [2, 1, 0, 1], [-1, 0, 2, 1], [1, -1, 1, 0]]],
]
KERNEL, OFFSET = [[[[1, "-1/2"], [0, 1]]], [[["1/2", 1], [-1, 1]]]], ["1/2", -1]
WEIGHT, BIAS = [[1, 0, 1, -1, "1/2", 1, 0, 1], [0, 1, -1, 1, 1, -1, 1, 0], [1, 1, 0, 0, -1, 0, 1, "1/2"]], [0, 1, "1/2"]
STUDY = symconv.derive(
    Network(
        "images", F(1, 5), Parameter.of("X", IMAGES),
        (
            Conv("S", Parameter.of("K", KERNEL), Parameter.of("c", OFFSET)), Relu("P"),
            MaxPool("m", (2, 2), (1, 1)), Linear("z", Parameter.of("W", WEIGHT), Parameter.of("b", BIAS)),
        ),
        CrossEntropy((2, 0)), batch=True,
    )
)  # fmt: skip


def tensor(rows: object) -> torch.Tensor:
    if isinstance(rows, list):
        return torch.stack([tensor(r) for r in rows])
    return torch.tensor(float(F(rows)), dtype=torch.float64, requires_grad=True)  # type: ignore[arg-type]


def computed(base: float = 0, mean: float = 1) -> dict[str, torch.Tensor]:
    """Values, and gradients as dX: of the loss by its logarithm's base, divided by `mean`."""
    named = {"X": IMAGES, "K": KERNEL, "c": OFFSET, "W": WEIGHT, "b": BIAS}
    t = {name: tensor(rows).detach().requires_grad_() for name, rows in named.items()}
    s = conv2d(t["X"], t["K"], t["c"])
    m = max_pool2d(s.relu(), 2, 1)
    z = m.flatten(1) @ t["W"].T + t["b"]
    loss = cross_entropy(z, torch.tensor([2, 0])) / mean / (torch.tensor(base).double().log() if base else 1)
    for x in (s, m, z):
        x.retain_grad()
    loss.backward()
    t |= {"S": s, "m": m, "z": z}
    return {"L": loss.detach(), **{f"d{name}": x.grad for name, x in t.items()}, **t}  # type: ignore[dict-item]


RIGHT = computed()


def said(tensor: str, wrong: object, section: str = "gradients") -> tuple[str, ...]:
    (graded,) = grade(STUDY, {section: {tensor: wrong}}).tensors
    assert not graded.ok
    return graded.mistakes


def test_right_numbers_are_right() -> None:
    gradients = {t[1:]: x for t, x in RIGHT.items() if t.startswith("d")}
    assert grade(STUDY, {"gradients": gradients, "values": {"L": RIGHT["L"]}})


@pytest.mark.parametrize(
    ("name", "count", "words"),
    few(
        [
            ("K", 2 * 9, "the terms of the gradient of K are averaged, not added"),
            ("c", 2 * 9, "the terms of the gradient of c are averaged, not added"),
            ("W", 2, "the terms of the gradient of W are averaged, not added"),
            ("b", 2, "the terms of the gradient of b are averaged, not added"),
            ("K", 2, "the gradient of K is divided by the number of images once more"),
            ("c", 2, "the gradient of c is divided by the number of images once more"),
        ],
        ("K", 2 * 9, "the terms of the gradient of K are averaged, not added"),
        ("c", 2, "the gradient of c is divided by the number of images once more"),
    ),
)
def test_an_average_in_place_of_a_sum_is_found(name: str, count: int, words: str) -> None:
    assert said(name, RIGHT[f"d{name}"] / count) == (words,)


def test_what_may_be_chance_comes_last() -> None:
    """A fifth of the gradient is that times the learning rate; 1/2 more likely another mistake."""
    assert said("K", RIGHT["dK"] / 5) == ("the gradient is multiplied by the learning rate",)
    halved = Network("halved", F(1, 2), STUDY.network.input, STUDY.network.layers, STUDY.network.loss, batch=True)
    (graded,) = grade(symconv.derive(halved), {"W": RIGHT["dW"] / 2}).tensors
    assert graded.mistakes == (
        "the terms of the gradient of W are averaged, not added",
        "the gradient is multiplied by the learning rate",
    )


@pytest.mark.parametrize("base", few([2, 10], 2))
def test_another_logarithm_is_found_forward_and_back(base: int) -> None:
    wrong, words = computed(base), f"the logarithm in L is taken to base {base}"
    assert said("L", wrong["L"], "values") == (words,)
    assert said("z", wrong["dz"]) == (words,)
    elsewhere = f"{words} in the gradient of z, and all else follows from it"
    assert all(said(t, wrong[f"d{t}"]) == (elsewhere,) for t in ("W", "m", "S", "K", "X"))


def test_a_mean_over_all_scores_is_found() -> None:
    wrong = computed(mean=3)
    assert said("z", wrong["dz"]) == ("L is divided by the number of classes too",)
    assert said("L", wrong["L"], "values") == ("L is divided by the number of classes too",)


def test_updated_weights_on_the_way_back_are_found() -> None:
    w = RIGHT["W"] - RIGHT["dW"] / 5
    wrong = (RIGHT["dz"] @ w).reshape(2, 2, 2, 2)
    words = "the updated W is used in place of the old one"
    assert said("m", wrong) == (words,)
    image, kernel = torch.zeros(2, 1, 4, 4).double(), RIGHT["K"] - RIGHT["dK"] / 5
    for n, o, i, j in torch.cartesian_prod(*map(torch.arange, (2, 2, 3, 3))).tolist():
        image[n, 0, i : i + 2, j : j + 2] += RIGHT["dS"][n, o, i, j] * kernel[o, 0]
    assert said("X", image) == ("the updated K is used in place of the old one",)


def test_weights_updated_in_every_layer_are_one_mistake() -> None:
    """Each layer moves its weights before it hands its gradient on."""
    t = {name: x.detach() for name, x in RIGHT.items()}
    dm = (t["dz"] @ (t["W"] - t["dW"] / 5)).reshape(2, 2, 2, 2)
    s = t["S"].clone().requires_grad_()
    max_pool2d(s.relu(), 2, 1).backward(dm)
    assert s.grad is not None
    dk, dx = torch.zeros(2, 1, 2, 2).double(), torch.zeros(2, 1, 4, 4).double()
    places = torch.cartesian_prod(*map(torch.arange, (2, 2, 3, 3))).tolist()
    for n, o, i, j in places:
        dk[o, 0] += s.grad[n, o, i, j] * t["X"][n, 0, i : i + 2, j : j + 2]
    for n, o, i, j in places:
        dx[n, 0, i : i + 2, j : j + 2] += s.grad[n, o, i, j] * (t["K"] - dk / 5)[o, 0]
    words = "the updated W is used in place of the old one in the gradient of m, and all else follows from it"
    assert said("K", dk) == (words,)
    (mistake,) = said("X", dx)
    assert (
        mistake
        == "the updated W, K is used in place of the old one on the whole way back, and all else follows from it"
    )


# ------------------------------------------------------------------------------------------------ ties
TIED = [[1, 1, 0], [2, 2, -1], [2, 0, 3]]


def test_a_gradient_shared_among_ties_is_found() -> None:
    layers = (MaxPool("m", (2, 2), (1, 1)), Linear("z", Parameter.of("W", [[1, 2, -1, 1], [0, 1, 1, -2]])))
    study = symconv.derive(Network("tied", F(1), Parameter.of("X", TIED), layers, CrossEntropy(1)))
    incoming = study.exact_gradients["m"]
    wrong = [[0] * 3 for _ in range(3)]
    for i in (0, 1):
        for j in (0, 1):
            window = [(i + a, j + b) for a in (0, 1) for b in (0, 1)]
            best = [at for at in window if TIED[at[0]][at[1]] == max(TIED[r][c] for r, c in window)]
            for r, c in best:
                wrong[r][c] += incoming[i, j] / len(best)
    (graded,) = grade(study, {"X": wrong}).tensors
    assert graded.mistakes == ("the pooling m shares its gradient among several equal maxima",)


# ------------------------------------------------------------------------------------------------ softmax, steps
SEQUENCE, ENDS = [[1, -1], ["1/2", 2], [0, 1]], [[1, 0, 2, -1, 1, "1/2"]]
ATTENTION = symconv.derive(
    Network(
        "attention", F(1, 4), Parameter.of("x", SEQUENCE),
        (
            Permute("xt", (1, 0)), MatMul("s", "xt", input="x"), Scale("c", F(1, 2)), AxisSoftmax("p", 1),
            MatMul("o", "x"), Linear("z", Parameter.of("W", ENDS)),
        ),
        MeanSquaredError(numbers([1])),
    )
)  # fmt: skip


def attended(factor: float = 0.5, diagonal: bool = False) -> dict[str, torch.Tensor]:
    """The gradients of p, c and s, and the values of c."""
    x = torch.tensor([[float(F(v)) for v in row] for row in SEQUENCE], dtype=torch.float64)
    w = torch.tensor([[float(F(v)) for v in row] for row in ENDS], dtype=torch.float64)
    c = factor * (x @ x.T)
    p = c.softmax(1)
    z = (p @ x).flatten() @ w[0]
    dp = (2 * (z - 1) * w[0]).reshape(3, 2) @ x.T
    dc = p * dp * (1 - p) if diagonal else p * (dp - (dp * p).sum(1, keepdim=True))
    return {"p": dp, "c": dc, "s": factor * dc}


def test_a_softmax_and_a_scale_that_are_right_are_right() -> None:
    assert grade(ATTENTION, {"gradients": attended()})


def test_a_softmax_whose_numbers_depend_on_one_score_each_is_found() -> None:
    (graded,) = grade(ATTENTION, {"gradients": {"c": attended(diagonal=True)["c"]}}).tensors
    assert graded.mistakes[0].startswith("each number of the softmax p is taken to depend on its own score alone")


def test_a_factor_that_is_forgotten_is_found() -> None:
    (graded,) = grade(ATTENTION, {"gradients": {"s": attended()["c"]}}).tensors
    assert graded.mistakes[0] == "the factor of c is forgotten"


def test_a_parameter_of_several_steps_whose_gradients_are_not_added_is_found() -> None:
    """W x, twice one after the other: the last step alone."""
    x, w, t = (torch.tensor(v, dtype=torch.float64) for v in ([1.0, 2.0], [[1.0, -1.0], [2.0, 1.0]], [0.0, 1.0]))
    held = Parameter.of("W", [[1, -1], [2, 1]])
    layers = Linear("h", held), Linear("z", held)
    study = symconv.derive(
        Network("steps", F(1, 4), Parameter.of("x", [1, 2]), layers, MeanSquaredError(numbers([0, 1])))
    )
    h = w @ x
    dz = w @ h - t
    whole = torch.outer(dz, h) + torch.outer(w.T @ dz, x)
    assert grade(study, {"gradients": {"W": whole}})
    (graded,) = grade(study, {"gradients": {"W": torch.outer(dz, h)}}).tensors
    assert "only the path through z counts" in graded.mistakes


def test_a_norm_whose_mean_and_variance_are_held_constant_is_found() -> None:
    norm = LayerNorm("n", (3,), epsilon=F(1, 2))
    study = symconv.derive(
        Network("norm", F(1, 4), Parameter.of("x", [[1, 2, 4]]), (norm,), MeanSquaredError(numbers([[0, 1, 0]])), True)
    )
    x = torch.tensor([[1.0, 2.0, 4.0]], dtype=torch.float64)
    made = (x - x.mean()) / (x.var(unbiased=False) + 0.5).sqrt()
    dn = 2 * (made - torch.tensor([[0.0, 1.0, 0.0]])) / 3
    (graded,) = grade(study, {"gradients": {"x": dn / (x.var(unbiased=False) + 0.5).sqrt()}}).tensors
    assert "only the path through n counts" in graded.mistakes
