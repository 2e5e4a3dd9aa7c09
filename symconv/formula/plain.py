"""A formula as plain text of one line: for terminals, titles and labels."""

from collections.abc import Callable, Mapping

from symconv.formula import nodes
from symconv.formula.mathml import PRIMES
from symconv.formula.nodes import DRAWN, Node, alone, is_large, parts_of
from symconv.formula.signs import SIGNS, SPACES

SPACED = ("relation", "operation")
TIGHT = "\u22c5\u00d7"  # operations without white around them


def plain(node: Node) -> str:
    """The formula's letters, numbers and signs, one space at most between any two."""
    return " ".join(_text(node).split())


def _text(node: Node) -> str:
    return WRITERS[type(node)](node)


def _row(node: nodes.Row) -> str:
    out: list[str] = []
    last: Node | None = None  # the part before that is no white
    for before, part in zip((None, *node.parts), node.parts, strict=False):
        text = _text(part)
        if isinstance(part, nodes.Sign) and SIGNS[part.char].kind in SPACED and part.char not in TIGHT:
            text = text if SIGNS[part.char].kind == "operation" and alone(last) else f" {text} "
        elif part == nodes.Sign(","):
            text = ", "
        elif _named(before):
            text = text if text[:1] in "([" else f" {text}"
        elif nodes.Fraction in (type(before), type(part)) and _meet(before, part):
            text = f" {text}"  # else a factor beside a fraction would read as a part of it
        out.append(text)
        last = last if isinstance(part, nodes.Space) else part
    return "".join(out)


def _named(node: Node | None) -> bool:
    """Whether this is the name of a function, with or without something above or below."""
    return isinstance(node.base if isinstance(node, nodes.Scripts) else node, nodes.Function)


def _meet(before: Node | None, part: Node) -> bool:
    """Whether these are factors side by side, with nothing between them."""
    return before is not None and not any(isinstance(x, nodes.Sign | nodes.Space) for x in (before, part))


def _bound(node: Node) -> str:
    """A part of a fraction, or what is below or above: in brackets where it is more than one thing."""
    text = _text(node).strip()
    several = isinstance(node, nodes.Fraction | nodes.Stack)
    whole = (len(parts_of(node)) == 1 and not several) or text.isalnum()
    entry = isinstance(node, nodes.Row) and all(map(_in_entry, node.parts))
    return text if whole or entry else f"({text})"


def _in_entry(node: Node) -> bool:
    """Whether this is a part of an entry, or of its differential."""
    index = isinstance(node, nodes.Fenced) and node.left == "["
    return index or isinstance(node, nodes.Letter | nodes.Scripts | nodes.Number) or node == nodes.Sign("\u2202")


def _scripts(node: nodes.Scripts) -> str:
    primes = PRIMES.get(node.primes, PRIMES[1] * node.primes) if node.primes else ""
    below = f"_{_bound(node.below)}" if node.below else ""
    above = f"^{_bound(node.above)}" if node.above else ""
    base = _text(node.base)
    after = " " if is_large(node.base) else ""
    return f"{base}{primes}{below}{above}{after}"


WRITERS: Mapping[type, Callable[..., str]] = {
    nodes.Number: lambda n: n.digits,
    nodes.Letter: lambda n: n.name,
    nodes.Sign: lambda n: n.char,
    nodes.Space: lambda n: " " if SPACES[n.name] > 0 else "",
    nodes.Row: _row,
    nodes.Group: lambda n: _text(n.body),
    nodes.Accent: lambda n: f"{n.mark}({_text(n.body)})",
    nodes.Fraction: lambda n: f"{_bound(n.above)}/{_bound(n.below)}",
    nodes.Root: lambda n: f"\u221a{_bound(n.body)}",
    nodes.Scripts: _scripts,
    nodes.Fenced: lambda n: f"{n.left}{_text(n.body).strip()}{n.right}",
    nodes.Matrix: lambda n: f"[{'; '.join(', '.join(map(plain, cells)) for cells in n.rows)}]",
    nodes.Stack: lambda n: ", ".join(map(plain, n.lines)),
    nodes.Function: lambda n: n.name,
    nodes.Coloured: lambda n: _text(n.body),
    nodes.Styled: lambda n: _text(n.body),
    nodes.Words: lambda n: n.text,
    nodes.Blank: lambda n: "\u25a1",
    nodes.Drawn: lambda n: chr(DRAWN + n.number),
}
