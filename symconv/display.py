"""What Jupyter shows of a network, a study, a derivation: its picture and equations, instead of a repr.

The classes stand far to the left of the writers, so their two methods are given to them here, on import.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial, partialmethod

from symconv.derivation.derivation import Derivation
from symconv.derivation.tensors import is_copy
from symconv.handout.chains import chain
from symconv.handout.chapters.gradients import result
from symconv.handout.chapters.network import picture, straight
from symconv.handout.document import Chain, Line
from symconv.handout.figures.figures import draw
from symconv.handout.pen import Pen
from symconv.handout.printer import Printer
from symconv.networks.network import Network
from symconv.text.prose import prose
from symconv.worked.derived import Derived, derived
from symconv.writers.html.figures import chain_views
from symconv.writers.html.svg import svg_image
from symconv.writers.html.text import element
from symconv.writers.html.writer import html as templates
from symconv.writers.notebook.markdown import beside, display, formula

LANGUAGE = "en"


def network_lines(study: Derived) -> tuple[Line, ...]:
    """The equation of every layer, numbered as in the handout."""
    pen = Pen(study, prose(LANGUAGE))
    lines = []
    for stage in study.stages:
        if not is_copy(stage.output):
            equation = pen.equations[stage.output]
            lines.append(Line(pen.printer(equation.entry), pen.definition(equation), "", pen.marks["fw", stage.output]))
    return tuple(lines)


def gradient_lines(study: Derived) -> tuple[Line, ...]:
    """The last line of every derivation, from the loss to the input."""
    pen = Pen(study, prose(LANGUAGE))
    tensors = [t for stage in reversed(study.stages) for t in pen.derived(stage) if t in study.derivations]
    return tuple(line for t in tensors for line in result(pen, t, pen.marks["bw", t]))


def derivation_lines(d: Derivation) -> tuple[Line, ...]:
    """Every line of a derivation with its rule; alone, it has no numbers of equations to refer to."""
    lines = chain(d, Printer({}), prose(LANGUAGE), "", lambda _: "")
    return tuple(Line(x.lhs, x.rhs, re.sub(r",? \(\)", "", x.rule), continued=x.continued) for x in lines)


def latex(lines: Iterable[Line]) -> str:
    """The lines as one formula for MathJax or KaTeX, the rules beside them."""
    rows = []
    for x in lines:
        start = r"\quad " if x.continued else ""
        rule = f"({x.mark})" if x.mark else beside(x.rule) if x.rule else ""
        rows.append(f"{formula(x.lhs)} &{start}{formula(x.rhs)}" + (f" && {rule}" if rule else ""))
    return display(rows)


def html(chains: Iterable[tuple[Line, ...]], drawn: str = "") -> str:
    """The lines as tables, below a picture if there is one."""
    tables = [chain_views(Chain(lines), partial(element, language=LANGUAGE, display=True)) for lines in chains]
    return templates(LANGUAGE).render("display.html.jinja", picture=drawn, tables=tables)


def drawn(study: Derived) -> str:
    """The network as a chain of tensors, where it is one."""
    pen = Pen(study, prose(LANGUAGE))
    return svg_image(draw(picture(pen))) if straight(pen) else ""


def attach() -> None:
    """Gives Network, Derived (and so Study) and Derivation their display."""
    shown: dict[type, Callable[..., tuple[str, tuple[tuple[Line, ...], ...]]]] = {
        Network: lambda x: (drawn(derived(x)), (network_lines(derived(x)),)),
        Derived: lambda x: (drawn(x), (network_lines(x), gradient_lines(x))),
        Derivation: lambda x: ("", (derivation_lines(x),)),
    }
    for kind, parts in shown.items():
        kind._repr_html_ = partialmethod(_html, parts)  # type: ignore[attr-defined]
        kind._repr_latex_ = partialmethod(_latex, parts)  # type: ignore[attr-defined]


def _html(shown: object, parts: Callable[..., tuple[str, tuple[tuple[Line, ...], ...]]]) -> str:
    picture, chains = parts(shown)
    return html(chains, picture)


def _latex(shown: object, parts: Callable[..., tuple[str, tuple[tuple[Line, ...], ...]]]) -> str:
    return latex(line for lines in parts(shown)[1] for line in lines)


attach()
