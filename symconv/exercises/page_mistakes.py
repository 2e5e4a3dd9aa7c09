"""The classic mistakes of one network in words, with the numbers that they give: what a page can recognise."""

from collections.abc import Mapping
from itertools import chain

from symconv.array import Array
from symconv.derivation.tensors import gradient
from symconv.exercises.page_key import Mistakes
from symconv.grading.answers import GRADIENTS, VALUES
from symconv.grading.mistakes.mistakes import STEPS_SWAPPED
from symconv.grading.slips import GRADIENT_GIVEN, SIGN
from symconv.grading.suspects import Suspects, Ways, explanations
from symconv.text.prose import Prose, prose
from symconv.worked.stages import TARGET, Stage


def mistakes_in(language: str) -> Prose:
    """The sentences that say a mistake, and no others."""
    sentences = prose(language).sentences
    return Prose(language, {key: text for key, text in sentences.items() if key.startswith("mistake.")})


def mistakes_of(ways: Ways, numbers: Mapping[str, Array], say: Prose) -> Mistakes:
    """For every tensor that is computed, a gradient under ∂S, each mistake that gives other numbers there, the nearest
    first. With mpmath's precision as for the numbers, which may be those of any network of the shape.

    A page asks for the values before the gradients, says itself that a sign is wrong, and speaks of dilation only where
    there is one.
    """
    suspects = Suspects(ways, numbers)
    dilated = any(n != 1 for s in ways.d.stages for n in _dilation(s))
    unlikely = {GRADIENT_GIVEN, SIGN, *(() if dilated else (STEPS_SWAPPED,))}
    values = [(VALUES, s.output, s.output) for s in ways.d.stages if s.output != TARGET]
    gradients = [(GRADIENTS, t, gradient(t)) for t in ways.d.general]
    return {
        name: [
            (reason.words(say), wrong)
            for reason, wrong in explanations(suspects, section, tensor, whole=False)
            if reason.mistake not in unlikely
        ]
        for section, tensor, name in chain(values, gradients)
    }


def _dilation(stage: Stage) -> tuple[int, ...]:
    options, sizes = dict(stage.operation.options), dict(stage.sizes)
    return tuple(int(n.xreplace(sizes)) for n in options.get("dilation", ()))
