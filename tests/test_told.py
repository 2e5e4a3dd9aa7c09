"""What is told of a layer: the sentences that are true of it, each once, where it is true first."""

import pytest
from told_networks import TOLD

from symconv.code.emit import emitted
from symconv.handout.document import Paragraph, Step
from symconv.handout.habits import habits
from symconv.handout.handout import handout
from symconv.handout.options import Options
from symconv.handout.pen import Pen
from symconv.handout.told import facts
from symconv.networks.network import Network
from symconv.prose import LANGUAGES, prose
from symconv.study import derive
from symconv.verification.verify import Report
from symconv.worked.stages import COPY


def told(network: Network, language: str) -> str:
    """Every sentence beside the forward equations."""
    made = handout(derive(network), Report(), emitted(), language, None)
    steps = [b for b in made.parts[1].blocks if isinstance(b, Step)]
    return " ".join(b.text for step in steps for b in step.blocks if isinstance(b, Paragraph))


@pytest.mark.parametrize("name", TOLD)
def test_what_is_true_of_a_layer_and_nothing_else_is_told(name: str) -> None:
    network, wanted = TOLD[name]
    study = derive(network)
    pen = Pen(study, prose("en"))
    stages = [s for s in study.line if COPY not in s.output and s.output not in ("z", "L")]
    assert list(dict.fromkeys(key for s in stages for key in facts(pen, s))) == wanted
    for language in LANGUAGES:
        text, say = told(network, language), prose(language)
        for key in ("padded", "over_channels", "in_groups", "max_pool_padded", "avg_pool_padded", "avg_pool_uncounted"):
            assert text.count(say(f"told.{key}")) == (key in wanted), key


def test_a_turned_kernel_is_told_as_such() -> None:
    study = derive(TOLD["padded"][0], flip=True)
    pen = Pen(study, prose("en"), Options(notation=habits("convolution")))
    assert facts(pen, study.line[0]) == ("conv_turned", "padded")


@pytest.mark.parametrize(("name", "words"), [
    ("largest of all", "the largest value of $X$"), ("mean of all", "the mean of $X$"),
    ("largest", "the largest value of each channel of $X$"), ("means", "the mean of each channel of $X$"),
])  # fmt: skip
def test_channels_are_named_where_there_are_some(name: str, words: str) -> None:
    made = handout(derive(TOLD[name][0]), Report(), emitted(), "en", None)
    assert f"'{words}'" in repr(made.parts[0])
