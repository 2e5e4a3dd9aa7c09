"""The first parameter's gradient in numbers, also where an entry of the kernel meets nothing but padding."""

from fractions import Fraction

from as_latex import as_latex

from symconv.handout.chapters.first_parameter import all_entries, first_entry
from symconv.handout.document import Beside, Chain, Passage
from symconv.handout.pen import Pen
from symconv.networks.layers.layers import Conv, GlobalMaxPool, Linear, Relu
from symconv.networks.network import CrossEntropy, Network, Parameter, load
from symconv.study import derive
from symconv.text.prose import prose

ALONE = Network(
    "alone", Fraction(1), Parameter.of("X", [[2]]),
    (Conv("S", Parameter.of("U", [[1, 0, 2], [3, 1, -1], [0, 1, 1]]), padding=((1, 1), (1, 1))), Relu("P"),
     GlobalMaxPool("h"), Linear("z", Parameter.of("W", [[1], [-1]]))), CrossEntropy(0),
)  # fmt: skip


def pen(network: Network) -> Pen:
    return Pen(derive(network), prose("en"))


def rows(step: Passage) -> list[tuple[str, str]]:
    """The sides of the equations of a step."""
    first = step.blocks[0]
    chain = first.blocks[0] if isinstance(first, Beside) else first
    assert isinstance(chain, Chain)
    return [(line.lhs, line.rhs) for line in as_latex(chain.lines)]


def test_an_entry_is_the_sum_of_what_it_meets() -> None:
    mine = pen(load("toy-cnn"))
    found = rows(all_entries(mine, mine.study.stages[0]))
    assert found[0][1].count("+") == 2 and found[1][1] == (
        r"\approx\bw{0.2924}\cdot1+\bw{0}\cdot0+\bw{0}\cdot2\approx\bw{0.2924}"
    )
    assert first_entry(mine, mine.study.stages[0])


def test_an_entry_that_meets_padding_only_is_0_and_nothing_is_added() -> None:
    mine = pen(ALONE)
    found = rows(all_entries(mine, mine.study.stages[0]))
    assert found[0] == (r"\dL{U[0,\,0]}", "=0") and found[1][0] == r"\dL{U}"
    assert first_entry(mine, mine.study.stages[0]) == []
