"""The appendix of rules: those that the handout's derivations apply, with the words that stand beside them there."""

import pytest
import studies

from symconv.derivation.rules import RULES
from symconv.formula.compose import equals
from symconv.formula.latex import latex
from symconv.formula.nodes import row
from symconv.formula.read import read
from symconv.handout.chains import printed
from symconv.handout.chapters import rules as chapter_rules
from symconv.handout.document import Chain, Paragraph
from symconv.handout.habits import habits
from symconv.handout.options import Options
from symconv.handout.pen import Pen
from symconv.language import LANGUAGES
from symconv.text.prose import prose


def laws(name: str, language: str = "en", options: Options | None = None) -> tuple[dict[str, str], str]:
    """Law -> the words beside it; the text above."""
    study = studies.study(name)
    pen = Pen(study, prose(language), options or Options())
    text, chain = chapter_rules.chapter(pen, study.derivations.values()).blocks
    assert isinstance(text, Paragraph) and isinstance(chain, Chain)
    return {latex(row(line.lhs, line.rhs)): line.rule for line in chain.lines}, text.text


@pytest.mark.parametrize("name", studies.FEW)
def test_every_rule_that_is_printed_is_there(name: str) -> None:
    met = {rule for d in studies.study(name).derivations.values() for line in printed(d) for rule in line.rules}
    found, maximum = laws(name)[0], RULES["maximum"]
    assert len(found) == len(met & set(RULES)) and all(found.values())
    assert (latex(row(read(maximum.left), equals(read(maximum.right)))) in found) == ("maximum" in met)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_words(language: str) -> None:
    found, _ = laws("toy-cnn", language)
    say = prose(language)
    assert say("rule.chain_rule") in found.values() and say("rules.fold") in found.values()
    assert not any("@" in words for words in found.values())


def test_every_law_is_a_formula() -> None:
    for rule in RULES.values():
        assert read(f"{rule.left}={rule.right}") and rule.law == f"{rule.left} = {rule.right}"


def test_where_indices_count_from_one_it_is_said() -> None:
    from_zero = prose("en")("rules.from_zero")
    assert from_zero not in laws("toy-cnn")[1]
    assert laws("toy-cnn", options=Options(notation=habits("one")))[1].endswith(from_zero)
