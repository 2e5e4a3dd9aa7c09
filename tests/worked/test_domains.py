"""A number that a function is not defined for is refused where it is met, with its place and what would work."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from depth import few

import symconv
from symconv.errors import SpecError
from symconv.grading.grade import grade
from symconv.networks.layers.layers import Divide, Exp, Layer, Linear, Log, Pow, Reciprocal, Rsqrt, Scale, Sqrt, Square
from symconv.networks.losses import CrossEntropy
from symconv.networks.network import Network, Parameter
from symconv.study import Study

POSITIVE, SMALL = (
    r"numbers > 0 only\n  give other numbers, or put a layer before it that makes",
    r"numbers <= 700 only\n",
)
REFUSED: dict[str, tuple[Layer, str]] = {
    "log": (Log("h"), rf'^log "h": reads a\[0\]\[1\] = 0, a\[1\]\[0\] = -1/2; log has .* {POSITIVE}'),
    "sqrt": (Sqrt("h"), rf'^sqrt "h": reads a\[0\]\[1\] = 0, .* {POSITIVE}'),
    "rsqrt": (Rsqrt("h"), rf'^rsqrt "h": .* {POSITIVE}'),
    "reciprocal": (Reciprocal("h"), r'^reciprocal "h": reads a\[0\]\[1\] = 0; .* numbers other than 0 only\n'),
    "a quotient": (
        Divide("h", weight=Parameter.of("v", [2, 0])),
        r'^div "h": reads v\[1\] = 0; .* numbers other than 0 only\n',
    ),
    "a quotient by a layer": (
        Divide("h", "a", "X"),
        r'^div "h": reads a\[0\]\[1\] = 0; .* numbers other than 0 only\n',
    ),
    "a negative power": (Pow("h", Fraction(-2)), r"= 0; pow has .* numbers other than 0 only\n"),
    "a root": (Pow("h", Fraction(1, 3)), rf"= 0, .* {POSITIVE}"),
    "a root of a power": (
        Pow("h", Fraction(3, 2)),
        r"reads a\[1\]\[0\] = -(1/2|0\.5); .* numbers >= 0 only\n.*relu or square",
    ),
}
WAYS: dict[str, Callable[[Study], object]] = {
    "verified": Study.verify, "evaluated": Study.evaluate, "checked": lambda s: s.checks,
    "shown": lambda s: s.values_to_show, "graded": lambda s: grade(s, {"X": [[1, 1], [1, 1]]}),
}  # fmt: skip


def study(*layers: Layer, rows: object = ((1, 0), ("-1/2", 3)), rate: Fraction = Fraction(1)) -> Study:
    """The layers on rows that a layer named a hands on, then scores."""
    last = Linear("z", Parameter.of("W", [[1, -1], [2, "1/2"]]))
    given = Parameter.of("X", [list(row) for row in rows])  # type: ignore[attr-defined]
    return symconv.derive(Network("one", rate, given, (Scale("a"), *layers, last), CrossEntropy((0, 1)), batch=True))


@pytest.mark.parametrize("way", few(WAYS, "verified", "evaluated", "shown", "graded"))
@pytest.mark.parametrize("what", REFUSED)
def test_a_number_outside_is_refused(what: str, way: str) -> None:
    layer, message = REFUSED[what]
    with pytest.raises(SpecError, match=message):
        WAYS[way](study(layer))


def test_an_exponent_beyond_floats_is_refused() -> None:
    with pytest.raises(SpecError, match=rf'^exp "h": reads a\[1\]\[1\] = 701; exp has .* {SMALL}'):
        study(Exp("h"), rows=((1, 2), (-1000, 701))).verify()
    assert study(Exp("h"), rows=((1, 2), (-5, 4))).verify()


def test_what_is_rounded_and_how_many_there_are_is_said() -> None:
    with pytest.raises(SpecError, match=r"reads g\[0\]\[0\] = 0, g\[0\]\[1\] = 0, g\[1\]\[0\] = 0, and 1 more; "):
        study(Square("g"), Log("h"), rows=((0, 0), (0, 0))).verify()
    with pytest.raises(SpecError, match=r"b\[0\]\[0\] = -1\.00314, .*, and 1 more; "):
        study(Scale("b", Fraction(-1), Fraction(-1, 318318318318)), Log("h"), rows=(("319/318", 1), (1, 1))).verify()


def test_the_numbers_after_a_step_are_said_to_be_those() -> None:
    rows = [[1, 2], [2, 1]]
    weight = Parameter.of("W", [["1/10", "1/10"], ["1/10", "1/5"]])
    layers = (Linear("a", weight), Log("z"))
    far, near = (
        symconv.derive(Network("one", rate, Parameter.of("X", rows), layers, CrossEntropy((0, 1)), batch=True))
        for rate in (Fraction(5), Fraction(1, 1000))
    )
    assert far.verify() and near.loss_after < near.values_to_show["L"][()]
    with pytest.raises(
        SpecError, match=r"^after one step of gradient descent, log (.|\n)*\n  or give a smaller learning_r"
    ):
        _ = far.loss_after


def test_functions_that_are_defined_everywhere_are_not_looked_at() -> None:
    assert study(Square("h")).verify() and study(Pow("h", Fraction(3))).verify()
