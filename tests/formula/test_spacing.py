"""White in a row of MathML: TeX's, said where browsers have another."""

from xml.etree.ElementTree import fromstring

import pytest
from elements import mathml

from symconv.formula import spacing

WHITE = {  # of each operator what its element says of the white before and behind it: nothing where browsers know
    "a=b": ["= -"],
    "x_{i=0}": ["= 0 0"],
    "=-2": ["= 0 -", "\u2212 0 0"],
    "a-b+(-1)": ["\u2212 -", "+ -", "( -", "\u2212 0 0", ") -"],
    "x_{a,b-1}": [", - 0", "\u2212 0 0"],
    r"2\cdot3": ["\u22c5 0.2222em 0.2222em"],
    r"a+\sum_k b": ["+ -", "\u2211 0 -"],
    r"\log x": ["\u2061 - 0.1667em"],
    r"\log(x)": ["\u2061 -", "( -", ") -"],
    r"\tfrac{a+b}{c}": ["+ 0 0"],
}


@pytest.mark.parametrize("math", WHITE)
def test_the_white_between_signs_is_tex_s(math: str) -> None:
    """The TeXbook's table: a relation has more white than an operation, a sign none, and in what is small none has."""
    found = []
    for e in fromstring(mathml(math)).iter("mo"):
        said = [e.get(name, "-") for name in ("lspace", "rspace")]
        found.append(f"{e.text} {' '.join(said if said != ['-', '-'] else ['-'])}")
    assert found == WHITE[math]


@pytest.mark.parametrize("math, white", [("a=b+c", "0.2778em 0.2778em 0.2222em 0.2222em"), (r"\bw{x}\log y", "")])
def test_white_that_browsers_know_is_what_tex_has(math: str, white: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing known of browsers all white is said; between two that are no operators it is an element."""
    monkeypatch.setattr(spacing, "USUAL", {})
    root = fromstring(mathml(math))
    said = [e.get(name) for e in root.iter("mo") if e.text in "=+" for name in ("lspace", "rspace")]
    assert " ".join(map(str, said)) == white
    assert [e.get("width") for e in root.iter("mspace")] == ([] if white else ["0.1667em"])
