"""A formula as plain text of one line: for terminals, titles and labels."""

from collections.abc import Callable, Mapping
from typing import Any

from symconv.formula.mathml import PRIMES
from symconv.formula.nodes import (
    DRAWN,
    Accent,
    Blank,
    Coloured,
    Drawn,
    Fenced,
    Fraction,
    Function,
    Group,
    Letter,
    Matrix,
    Node,
    Number,
    Root,
    Row,
    Scripts,
    Sign,
    Space,
    Stack,
    Styled,
    Words,
    parts_of,
)
from symconv.formula.signs import SIGNS, SPACES

SPACED = ("relation", "operation")
TIGHT = "\u22c5\u00d7"  # operations without white around them


def plain(node: Node) -> str:
    """The formula's letters, numbers and signs, one space at most between any two."""
    return " ".join(_text(node).split())


def _text(node: Node) -> str:
    return WRITERS[type(node)](node)


def _row(node: Row) -> str:
    out: list[str] = []
    for before, part in zip((None, *node.parts), node.parts, strict=False):
        text = _text(part)
        if isinstance(part, Sign) and SIGNS[part.char].kind in SPACED and part.char not in TIGHT:
            sign = SIGNS[part.char].kind == "operation" and (before is None or _signs(before))
            text = text if sign else f" {text} "
        elif part == Sign(","):
            text = ", "
        elif isinstance(before, Function):
            text = text if text[:1] in "([" else f" {text}"
        out.append(text)
    return "".join(out)


def _signs(node: Node) -> bool:
    """Whether what follows is no operation but a sign."""
    return isinstance(node, Sign) and SIGNS[node.char].kind in (*SPACED, "opening", "comma")


def _bound(node: Node) -> str:
    """A part of a fraction, or what is below or above: in brackets where it is more than one thing."""
    text = _text(node).strip()
    whole = (len(parts_of(node)) == 1 and not isinstance(node, Fraction)) or text.isalnum()
    entry = isinstance(node, Row) and all(isinstance(p, Letter | Scripts | Number) or p == Sign("\u2202") or
                                          (isinstance(p, Fenced) and p.left == "[") for p in node.parts)  # fmt: skip
    return text if whole or entry else f"({text})"


def _scripts(node: Scripts) -> str:
    primes = PRIMES.get(node.primes, PRIMES[1] * node.primes) if node.primes else ""
    below = f"_{_bound(node.below)}" if node.below else ""
    above = f"^{_bound(node.above)}" if node.above else ""
    base = _text(node.base)
    after = " " if isinstance(node.base, Sign) and SIGNS[node.base.char].kind == "large" else ""
    return f"{base}{primes}{below}{above}{after}"


WRITERS: Mapping[type, Callable[[Any], str]] = {
    Number: lambda n: n.digits,
    Letter: lambda n: n.name,
    Sign: lambda n: n.char,
    Space: lambda n: " " if SPACES[n.name] > 0 else "",
    Row: _row,
    Group: lambda n: _text(n.body),
    Accent: lambda n: f"{n.mark}({_text(n.body)})",
    Fraction: lambda n: f"{_bound(n.above)}/{_bound(n.below)}",
    Root: lambda n: f"\u221a{_bound(n.body)}",
    Scripts: _scripts,
    Fenced: lambda n: f"{n.left}{_text(n.body).strip()}{n.right}",
    Matrix: lambda n: f"[{'; '.join(', '.join(map(plain, cells)) for cells in n.rows)}]",
    Stack: lambda n: ", ".join(map(plain, n.lines)),
    Function: lambda n: n.name,
    Coloured: lambda n: _text(n.body),
    Styled: lambda n: _text(n.body),
    Words: lambda n: n.text,
    Blank: lambda n: "\u25a1",
    Drawn: lambda n: chr(DRAWN + n.number),
}
