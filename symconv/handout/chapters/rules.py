"""The last part of any handout: the rules that its derivations apply, each as a law."""

from collections.abc import Iterable

from symconv.derivation.derivation import Derivation
from symconv.derivation.derive import LAWS
from symconv.formula.compose import equals
from symconv.formula.read import read
from symconv.handout.chains import chained, printed
from symconv.handout.document import Line, Paragraph, Part
from symconv.handout.pen import Pen


def chapter(pen: Pen, derivations: Iterable[Derivation]) -> Part:
    """The rules of the printed lines, in the order in which one learns them, with the words that stand beside them."""
    say = pen.say
    met = {name for d in derivations for line in printed(d) for name in line.rules}
    laws = ((read(rule.left), read(rule.right), rule.name) for rule in LAWS if rule.name in met)
    lines = (Line(left, equals(right), _words(pen, name)) for left, right, name in laws)
    text = say.join([say("rules.text"), say("rules.from_zero") if pen.habits.first else ""])
    return Part(9, say("rules.title"), (Paragraph(text), chained(lines)))


def _words(pen: Pen, name: str) -> str:
    """What stands beside a line, but without the name of a tensor."""
    own = f"rules.{name}"
    return pen.say(own if own in pen.say.sentences else f"rule.{name}")
