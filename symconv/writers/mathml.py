"""Formulas as MathML Core, which every browser shows without a script."""

import re
from functools import cache, lru_cache

import math_core

from symconv.errors import Broken
from symconv.formula import COLOURS, expanded, replaced, signs_for_drawn

# math-core knows colours by name and writes them into the element; the page's own style colours them instead
NAMED = {"bw": ("red", "#FF0000"), "fw": ("blue", "#0000FF"), "stack": ("magenta", "#FB3199")}

# a prime is raised by its own shape and not once more; it stands behind what is below
PRIME = re.compile("<msup>((?:(?!</?msup>).)*)<mo>([\u2032\u2033])</mo></msup>")
PRIME_BELOW = re.compile("<msubsup>((?:(?!</?msubsup>).)*)<mo>([\u2032\u2033])</mo></msubsup>")
SCRIPTED = re.compile("(<m(?:sup|sub|subsup)>)(<mo minsize=[^>]*>[^<]*</mo>)")  # a large bracket, with an exponent
OF_GROUP = re.compile(  # a sum of what has a colour, which is no bracket: between them TeX sets a thin space
    ' rspace="0"(>\u2211</mo>(?:(?!</munder).)*</munder(?:over)?><mrow class="[bf]w">)'
)
AFTER_SPACE = re.compile(r"(<mo>,</mo><mtext>\s</mtext>)<mo>([\u2212+])</mo>")  # a sign there, not an operation


@lru_cache(maxsize=16384)
def mathml(math: str, display: bool = False) -> str:
    """The <math> element of a formula, coloured by class `bw` and `fw`; Broken where it cannot be written."""
    source = math = signs_for_drawn(expanded(math))
    for macro, way in COLOURS.items():
        source = replaced(source, macro, lambda x, c=NAMED[way][0]: rf"\textcolor{{{c}}}{{{x}}}")
    source = replaced(source, "substack", _stacked)
    try:
        element = _converter().convert_with_local_state(source, displaystyle=display)
    except math_core.LatexError as error:
        raise Broken(f"the formula {math!r} cannot be written as MathML\n  {error}") from error
    element = element.replace('<math display="block">', '<math displaystyle="true">')  # it stands in a line of its own
    for way, (_, code) in NAMED.items():
        element = element.replace(f'style="color:{code};"', f'class="{way}"')
    element = element.replace("&ApplyFunction;", "\u2061")  # HTML's name for it, which XML does not know
    element = PRIME_BELOW.sub(r"<msup><msub>\1</msub><mo>\2</mo></msup>", element)
    element = PRIME.sub(r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>', element)
    element = SCRIPTED.sub(r"\1<mrow>\2</mrow>", element)  # browsers give a bracket its size in a row only
    element = OF_GROUP.sub(r"\1", element)
    element = AFTER_SPACE.sub(r'\1<mo lspace="0" rspace="0">\2</mo>', element)
    element = re.sub('(class="stack"><mtable[^>]*) scriptlevel="0"', r"\1", element)  # as small as what is under a sum
    return str(element.replace("<mo>[</mo><mtable", '<mo>[</mo><mtable class="mat"'))


def _stacked(lines: str) -> str:
    return rf"\textcolor{{{NAMED['stack'][0]}}}{{\begin{{array}}{{c}}{lines}\end{{array}}}}"


@cache
def _converter() -> math_core.LatexToMathML:
    return math_core.LatexToMathML(fancy_error=False)
