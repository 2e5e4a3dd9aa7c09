"""A page in fewer bytes that looks the same: what browsers do anyway is not said, and an index is one piece of text."""

import re

from symconv.formula.nodes import DRAWN

SIGNS = re.compile(r"<math[^>]*>(?:<mo[^>]*>[=+≈,]</mo>|<mspace[^>]*/>)+</math>")  # alone between two blanks
NUMBER = f"(?:<mn>\\d+</mn>|<mi>[{chr(DRAWN)}-\U000ffffd]</mi>)"
INDEX = re.compile(rf'<mo stretchy="false">\[</mo>({NUMBER}(?:<mo>,</mo>{NUMBER})*)<mo stretchy="false">\]</mo>')
TAG = re.compile(r"<[^>]*>")
MINUS = ('<mo lspace="0" rspace="0">−</mo>', '<mo form="prefix">−</mo>')  # a sign has no space of its own
PLAIN = (
    ('<mo lspace="0.2222em" rspace="0.2222em">⋅</mo>', "<mo>⋅</mo>"),
    MINUS,
    (' displaystyle="true"', ""),  # by the style
    ('<mspace width="0.1667em"/>', ""),
    (' aria-hidden="true"', ""),
)


RUN = re.compile(r'(<path class="[^"]*" stroke-width="[^"]*" d=")([^"]*)"/>(?:\1[^"]*"/>)+')  # lines of one kind
SCRIPT = re.compile(r"<script>.*?</script>", re.S)
COLOURED = re.compile(r'<mrow class="([bf]w)"><mfrac>((?:(?!</?mfrac>).)*)</mfrac></mrow>')


def slim(page: str) -> str:
    """The page of a sheet with less said about its formulas."""
    for long, short in PLAIN:
        page = page.replace(long, short)
    page = re.sub(r'<mo lspace="0"(?: rspace="0")?>([=≈])</mo>', r"<mo>\1</mo>", page)
    page = INDEX.sub(lambda m: f"<mtext>[{TAG.sub('', m[1]).replace(',', ', ')}]</mtext>", page)
    page = COLOURED.sub(r'<mfrac class="\1">\2</mfrac>', page)
    page = RUN.sub(lambda m: m[1] + "".join(re.findall(r' d="([^"]*)"', m[0])) + '"/>', page)
    page = re.sub(r"\n +", "\n", page)
    page = SCRIPT.sub(lambda m: re.sub(r"\n//[^\n]*", "", m[0]), page)
    return SIGNS.sub(lambda m: f"<i>{TAG.sub('', m[0]).strip()}</i>", page)
