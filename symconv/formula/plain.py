"""A formula as plain text of one line: for terminals, titles and labels."""

from collections.abc import Callable, Mapping
from typing import Any

from symconv.formula.mathml import DRAWN, PRIMES
from symconv.formula.nodes import (
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


def plain(node: Node) -> str:
    """The formula's letters, numbers and signs."""
    return WRITERS[type(node)](node)


def _row(node: Row) -> str:
    out = ""
    for before, part in zip((None, *node.parts), node.parts, strict=False):
        text = plain(part)
        if isinstance(part, Sign) and SIGNS[part.char].kind in SPACED and out and not _signs(before):
            text = f"{text}" if part.char in "\u22c5" else f" {text} "
        elif isinstance(part, Sign) and part.char == ",":
            text = ", "
        elif isinstance(before, Function):
            text = text if text[:1] in "([" else f" {text}"
        out += text.lstrip(" ") if out.endswith(" ") else text
    return out.rstrip(" ") if out.endswith("  ") else out


def _signs(node: Node | None) -> bool:
    """Whether what follows is no operation but a sign."""
    return isinstance(node, Sign) and SIGNS[node.char].kind in (*SPACED, "opening", "comma")


def _bound(node: Node) -> str:
    """A part of a fraction, or what is below or above: in brackets where it is more than one thing."""
    text = plain(node)
    whole = (len(parts_of(node)) == 1 and not isinstance(node, Fraction)) or text.isalnum()
    entry = isinstance(node, Row) and all(isinstance(p, Letter | Scripts | Number) or p == Sign("\u2202") or
                                          (isinstance(p, Fenced) and p.left == "[") for p in node.parts)  # fmt: skip
    return text if whole or entry else f"({text})"


def _scripts(node: Scripts) -> str:
    primes = PRIMES.get(node.primes, PRIMES[1] * node.primes) if node.primes else ""
    below = f"_{_bound(node.below)}" if node.below else ""
    above = f"^{_bound(node.above)}" if node.above else ""
    base = plain(node.base)
    after = " " if isinstance(node.base, Sign) and SIGNS[node.base.char].kind == "large" else ""
    return f"{base}{primes}{below}{above}{after}"


WRITERS: Mapping[type, Callable[[Any], str]] = {
    Number: lambda n: n.digits,
    Letter: lambda n: n.name,
    Sign: lambda n: n.char,
    Space: lambda n: " " if SPACES[n.name] > 0.2 else "",
    Row: _row,
    Group: lambda n: plain(n.body),
    Accent: lambda n: f"{n.mark}({plain(n.body)})",
    Fraction: lambda n: f"{_bound(n.above)}/{_bound(n.below)}",
    Root: lambda n: f"\u221a{_bound(n.body)}",
    Scripts: _scripts,
    Fenced: lambda n: f"{n.left}{plain(n.body).strip()}{n.right}",
    Matrix: lambda n: f"[{'; '.join(', '.join(map(plain, cells)) for cells in n.rows)}]",
    Stack: lambda n: ", ".join(map(plain, n.lines)),
    Function: lambda n: n.name,
    Coloured: lambda n: plain(n.body),
    Styled: lambda n: plain(n.body),
    Words: lambda n: n.text,
    Blank: lambda n: "\u25a1",
    Drawn: lambda n: chr(DRAWN + n.number),
}
