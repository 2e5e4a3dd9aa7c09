"""The classic mistakes of one network in words, with the numbers that they give: what a page can recognise."""

from collections.abc import Mapping
from itertools import chain

from symconv.array import Array
from symconv.derivation.rules import gradient
from symconv.grading.answers import GRADIENTS, VALUES
from symconv.grading.suspects import Suspects, Ways, explanations
from symconv.handout.page_key import Mistakes
from symconv.prose import Prose, prose
from symconv.worked.stages import TARGET

UNLIKELY = "gradient"  # a gradient given for a value: a page asks for the values first


def mistakes_in(language: str) -> Prose:
    """The sentences that say a mistake, and no others."""
    sentences = prose(language).sentences
    return Prose(language, {key: text for key, text in sentences.items() if key.startswith("mistake.")})


def mistakes_of(ways: Ways, numbers: Mapping[str, Array], say: Prose) -> Mistakes:
    """For every tensor that is computed, a gradient under ∂S, each mistake that gives other numbers there, the nearest
    first. With mpmath's precision as for the numbers, which may be those of any network of the shape."""
    suspects = Suspects(ways, numbers)
    values = [(VALUES, s.output, s.output) for s in ways.d.line if s.output != TARGET]
    gradients = [(GRADIENTS, t, gradient(t)) for t in ways.d.general]
    return {
        name: [
            (reason.words(say), wrong)
            for reason, wrong in explanations(suspects, section, tensor)
            if reason.mistake != UNLIKELY
        ]
        for section, tensor, name in chain(values, gradients)
    }
