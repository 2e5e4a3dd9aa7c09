"""Each classic mistake is made by hand, with loops and without the algebra, and found again under its name."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from studies import study
from sympy import Rational

import symconv
from symconv.array import Array, indices
from symconv.grading.grade import grade
from symconv.grading.known import known
from symconv.grading.mistakes.case import Case
from symconv.grading.mistakes.mistakes import MISTAKES, ONE_PATH, changes
from symconv.grading.reasons import BACKWARD, BOTH_WAYS, ELSEWHERE, ELSEWHERE_BACKWARD, FOLLOWED, FORWARD
from symconv.grading.slips import SLIPS
from symconv.networks.fields import numbers
from symconv.networks.layers.layers import Add, AvgPool, BatchNorm, Conv, Flatten, Linear, MaxPool, Relu
from symconv.networks.network import CrossEntropy, MeanSquaredError, Network, Parameter
from symconv.study import Study
from symconv.text.prose import LANGUAGES, prose
from symconv.worked.derived import differentiated

F = Fraction


def residual() -> Network:
    """Two images, a square matrix, a residual connection, the mean of squares."""
    return Network(
        "residual", F(1, 4), Parameter.of("x", [[1, -2], [3, 1]]),
        (
            Linear("a", Parameter.of("V", [[1, 2], [-1, 3]]), Parameter.of("b", [1, "1/2"])),
            Relu("r"),
            Add("s", "a"),
            Linear("z", Parameter.of("W", [[2, 1], ["1/2", -1]])),
        ),
        MeanSquaredError(numbers([[1, 0], [2, -1]])), batch=True,
    )  # fmt: skip


def tied() -> Network:
    """A pool that overlaps and has equal maxima, a mask at 0, an average."""
    return Network(
        "tied", F(1, 3), Parameter.of("X", [[1, 1, 0], [2, 2, -1], [2, 0, 3]]),
        (
            MaxPool("m", (2, 2), (1, 1)),
            Conv("S", Parameter.of("U", [[1, -1], [2, 0]]), padding=1),
            Relu("P"),
            AvgPool("q", (3, 3)),
            Flatten("v"),
            Linear("z", Parameter.of("W", [[1], [3]])),
        ),
        CrossEntropy(0),
    )  # fmt: skip


STUDIES = {"strided": study("strided"), "two_kernels": study("two-kernels"), "toy": study("toy-cnn")}
STUDIES |= {make.__name__: symconv.derive(make()) for make in (residual, tied)}
Grid = Mapping[tuple[int, ...], Any]


def values(study: str, tensor: str) -> Array:
    return STUDIES[study].exact_values[tensor]


def gradients(study: str, tensor: str) -> Array:
    return STUDIES[study].exact_gradients[tensor]


def said(study: str, tensor: str, wrong: Any, section: str = "gradients") -> tuple[str, ...]:
    """What is said of wrong numbers for one tensor."""
    nested = wrong.nested() if isinstance(wrong, Array) else wrong
    (graded,) = grade(STUDIES[study], {section: {tensor: nested}}).tensors
    assert not graded.ok
    return graded.mistakes


# ------------------------------------------------------------------------------------------------ windows, by loops
def back(study: str, of: str, *, flip: bool = False, swap: bool = False, pad: bool = True, keep: str = "all") -> Array:
    """The gradient of the input or of the kernel of the layer S of `strided`, got wrong in one way; keep: all windows,
    the last one or the first one."""
    kernel, image, incoming = values(study, "U"), values(study, "X"), gradients(study, "S")
    steps, holes = ((1, 2), (2, 1)) if study == "strided" else ((1, 1), (1, 1))
    steps, holes = (holes, steps) if swap else (steps, holes)
    before = (1, 1) if pad and study == "strided" else (0, 0)
    out: dict[tuple[int, ...], Any] = {}
    for at in indices(incoming.shape):
        for tap in indices(kernel.shape):
            place = tuple(i * s + a * d - p for i, a, s, d, p in zip(at, tap, steps, holes, before, strict=True))
            if not all(0 <= k < n for k, n in zip(place, image.shape, strict=True)):
                continue
            turned = tuple(n - 1 - a for a, n in zip(tap, kernel.shape, strict=True)) if flip else tap
            target = place if of == "X" else turned
            term = incoming[at] * (kernel[turned] if of == "X" else image[place])
            if keep == "all":
                out[target] = out.get(target, 0) + term
            elif keep == "last" or target not in out:
                out[target] = term
    shape = image.shape if of == "X" else kernel.shape
    return Array.build(shape, lambda at: out.get(at, Rational(0)))


@pytest.mark.parametrize("tensor", ["X", "U"])
def test_the_loops_are_right_when_nothing_is_wrong(tensor: str) -> None:
    assert grade(STUDIES["strided"], {tensor: back("strided", tensor).nested()})


@pytest.mark.parametrize("tensor", ["X", "U"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"flip": True}, "the kernel U is flipped"),
        ({"swap": True}, "stride and dilation of S are swapped"),
        ({"pad": False}, "the padding of S is forgotten"),
        ({"keep": "last"}, "only the last window of S counts, the others are not added"),
        ({"keep": "first"}, "only the first window of S counts, the others are not added"),
    ],
)
def test_a_window_s_mistake_is_found(options: dict[str, Any], words: str, tensor: str) -> None:
    assert words in said("strided", tensor, back("strided", tensor, **options))


def test_the_kernel_s_mistake_is_found_in_values() -> None:
    kernel, image = values("toy", "U"), values("toy", "X")
    wrong = [[sum(kernel[1 - a, 2 - b] * image[i + a, b] for a in (0, 1) for b in range(3))] for i in range(3)]
    assert said("toy", "S", wrong, "values") == ("the kernel U is flipped",)
    clipped = [[max(0, x)] for (x,) in wrong]
    assert said("toy", "P", clipped, "values") == ("the kernel U is flipped in S, and all else follows from it",)


# ------------------------------------------------------------------------------------------------ layers
def masked(study: str, test: Callable[[Any, Any], bool]) -> Array:
    scores, incoming = values(study, "S"), gradients(study, "P")
    return Array.build(scores.shape, lambda at: incoming[at] if test(scores[at], incoming[at]) else Rational(0))


@pytest.mark.parametrize(
    ("study", "test", "words"),
    [
        ("tied", lambda x, g: True, "the ReLU mask of P is forgotten"),
        ("tied", lambda x, g: x <= 0, "the ReLU mask of P lets through what it ought to stop"),
        ("tied", lambda x, g: x >= 0, "the ReLU mask of P lets 0 through"),
        ("strided", lambda x, g: g > 0, "the ReLU mask of P is taken from the gradient that comes in"),
    ],
)
def test_a_mask_s_mistake_is_found(study: str, test: Callable[[Any, Any], bool], words: str) -> None:
    assert words in said(study, "S", masked(study, test))


def test_a_mask_s_mistake_is_found_further_down() -> None:
    wrong = masked("tied", lambda x, g: True)
    kernel = values("tied", "U")
    down = Array.build(
        (2, 2),
        lambda at: sum(
            wrong[at[0] + 1 - a, at[1] + 1 - b] * kernel[a, b]
            for a, b in indices((2, 2))
        ),
    )  # fmt: skip
    words = "the ReLU mask of P is forgotten in the gradient of S, and all else follows from it"
    assert words in said("tied", "m", down)


def pooled(share: Callable[[list[Any], Any], Any]) -> Array:
    """The gradient of X below the overlapping 2x2 pool of `tied`; share: what an entry of a window gets."""
    image, incoming = values("tied", "X"), gradients("tied", "m")
    out = {at: Rational(0) for at in indices(image.shape)}
    for i, j in indices((2, 2)):
        window = [image[i + a, j + b] for a, b in indices((2, 2))]
        for a, b in indices((2, 2)):
            out[i + a, j + b] += share(window, image[i + a, j + b]) * incoming[i, j]
    return Array.build(image.shape, out.__getitem__)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (lambda w, x: 1, "the pooling m hands its gradient to every entry of the window"),
        (lambda w, x: Rational(1, 4), "the pooling m shares its gradient equally within the window"),
        (lambda w, x: int(x == max(w)), "the pooling m hands its gradient to each of several equal maxima"),
    ],
)
def test_a_pool_s_mistake_is_found(share: Callable[[list[Any], Any], Any], words: str) -> None:
    assert said("tied", "X", pooled(share)) == (words,)


def test_an_overlapping_pool_that_overwrites_is_found() -> None:
    wrong = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    image, incoming = values("tied", "X"), gradients("tied", "m")
    for i, j in indices((2, 2)):
        window = [(i + a, j + b) for a, b in indices((2, 2))]
        row, column = max(window, key=lambda at: image[at])
        wrong[row][column] = incoming[i, j]
    assert "only the last window of m counts, the others are not added" in said("tied", "X", wrong)


def test_an_average_that_is_not_divided_is_found() -> None:
    words = said("tied", "P", gradients("tied", "P").map(lambda g: 9 * g))
    assert words == ("the division by the number of entries is forgotten in q",)


def test_a_transposed_matrix_is_found() -> None:
    matrix, incoming = values("residual", "W"), gradients("residual", "z")
    wrong = [[sum(matrix[m, k] * incoming[n, k] for k in (0, 1)) for m in (0, 1)] for n in (0, 1)]
    assert said("residual", "s", wrong) == ("the matrix W is transposed",)


def test_a_gradient_that_is_not_multiplied_in_is_found() -> None:
    h = values("toy", "h")
    assert "the gradient of z is left out as a factor" in said("toy", "W", [[h[0, 0]], [h[0, 0]]])


def test_a_bias_that_is_forgotten_is_found() -> None:
    wrong = values("residual", "a")
    offset = values("residual", "b")
    wrong = Array.build(wrong.shape, lambda at: wrong[at] - offset[at[1:]])
    assert said("residual", "a", wrong, "values") == ("the bias of a is forgotten",)


@pytest.mark.parametrize(("reader", "factor"), [("r", 0), ("s", 1)])
def test_one_way_of_a_residual_connection_is_found(reader: str, factor: int) -> None:
    whole, straight = gradients("residual", "a"), gradients("residual", "s")
    wrong = Array.build(whole.shape, lambda at: straight[at] if factor else whole[at] - straight[at])
    assert f"only the path through {reader} counts" in said("residual", "a", wrong)


@pytest.mark.parametrize(("images", "words"), [([0], "first"), ([1], "last")])
def test_a_batch_that_is_not_summed_is_found(images: list[int], words: str) -> None:
    incoming = gradients("residual", "a")
    wrong = [sum(incoming[n, k] for n in images) for k in (0, 1)]
    assert f"only the {words} image counts in a, the others are not added" in said("residual", "b", wrong)


# ------------------------------------------------------------------------------------------------ the loss
def test_a_target_that_is_forgotten_is_found_and_carried_on() -> None:
    y, h = values("toy", "y"), values("toy", "h")
    assert said("toy", "z", y) == ("the target is forgotten: y in place of y - t",)
    words = "the target is forgotten: y in place of y - t in the gradient of z, and all else follows from it"
    assert words in said("toy", "W", [[y[(0,)] * h[0, 0]], [y[(1,)] * h[0, 0]]])


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (4, "the division by the number of entries is forgotten in L"),
        (2, "the division by the number of images is forgotten in L"),
        (F(1, 2), "the factor 2 of the squares in L is forgotten"),
    ],
)
def test_a_factor_of_the_loss_is_found(factor: Any, words: str) -> None:
    factor = Rational(factor.numerator, factor.denominator)
    assert words in said("residual", "z", gradients("residual", "z").map(lambda g: factor * g))


# ------------------------------------------------------------------------------------------------ right numbers
@pytest.mark.parametrize(
    ("section", "wrong", "words"),
    [
        ("gradients", lambda v, g, at: -g[at], "every sign is turned"),
        ("gradients", lambda v, g, at: g[at[::-1]], "rows and columns are exchanged"),
        ("gradients", lambda v, g, at: v[at], "the values of W are given in place of its gradient"),
        ("values", lambda v, g, at: g[at], "the gradient of W is given in place of its values"),
        ("gradients", lambda v, g, at: g[at] / 4, "the gradient is multiplied by the learning rate"),
        (
            "gradients",
            lambda v, g, at: -g[at] / 4,
            "the gradient is multiplied by the learning rate and its sign turned",
        ),
        ("gradients", lambda v, g, at: v[at] - g[at] / 4, "W after the step of gradient descent is given"),
    ],
)
def test_a_slip_is_found(section: str, wrong: Callable[..., Any], words: str) -> None:
    v, g = values("residual", "W"), gradients("residual", "W")
    assert words in said("residual", "W", Array.build(v.shape, lambda at: wrong(v, g, at)), section)


# ------------------------------------------------------------------------------------------------ all together
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mistake_has_its_own_name_and_words(language: str) -> None:
    names = [m.name for m in (*MISTAKES, *SLIPS)]
    others = {ONE_PATH, FOLLOWED, ELSEWHERE, ELSEWHERE_BACKWARD, FORWARD, BACKWARD, BOTH_WAYS}
    sentences = {
        k.removeprefix("mistake."): s for k, s in prose(language).sentences.items() if k.startswith("mistake.")
    }
    assert len(set(names)) == len(names) and set(names) | others == set(sentences)
    assert len(set(sentences.values())) == len(sentences)


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_a_mistake_changes_an_equation_or_is_not_there(study: Study) -> None:
    for stage in differentiated(study.stages):
        for operand in stage.operation.operands:
            if operand in study.general:
                case = Case(stage, study.general[operand].equation, study.network.batch)
                assert all(changed != case.equation for _, changed in changes(case))


def test_batch_norm_s_paths_and_means_are_read() -> None:
    norm = BatchNorm("n", Parameter.of("gamma", [1, 2]), Parameter.of("beta", [0, 1]), epsilon=F(5, 4))
    net = Network(
        "norm", F(1), Parameter.of("x", [[1, 2], [3, 4]]),
        (norm, Linear("z", Parameter.of("W", [[1, 2], [0, 1]]))), CrossEntropy((0, 1)), batch=True,
    )  # fmt: skip
    study = symconv.derive(net)
    numbers = known(study)
    scale, incoming = numbers["gamma"], numbers["∂n"]
    wrong = Array.build((2, 2), lambda at: float(incoming[at] * scale[at[1:]] / F(3, 2)))
    (graded,) = grade(study, {"x": wrong.nested()}).tensors
    assert graded.mistakes == ("only the path through n counts",)
