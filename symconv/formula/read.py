r"""A formula as a tree, read from the LaTeX that the handouts hold; what is not known here is refused.

Beside standard commands it knows the handout's own: \bw \fw \res (colours), \dL{x} and \tdL{x} (the gradient, as a
fraction and on one line), \dd{y}{x}, \half, \narrow, \blank{k}{mm}, \drawn{k} and \begin{mat}..\end{mat}.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal

from symconv.errors import Broken
from symconv.formula import nodes
from symconv.formula.compose import derivative, gradient, gradient_inline
from symconv.formula.nodes import Node, Size, paired, row
from symconv.formula.signs import ACCENTS, ALSO, FONTS, FUNCTIONS, GREEK, LIMITS, SIGNS, SPACES

COMMANDS: Mapping[str, str] = {**{form.latex: char for char, form in SIGNS.items()}, **ALSO}
_TOKEN = re.compile(r"\\(?:operatorname\*|[A-Za-z]+|.)|\d+(?:\.\d+)?|'+|.", re.S)
_WHITE = re.compile(r"\s*")
_ROW_END = re.compile(r"\s*(?:\[[\d.]+[a-z]{2}\])?")
_SIZES: Mapping[str, Size] = {
    r"\big": "big", r"\bigl": "big", r"\bigr": "big", r"\Big": "Big", r"\Bigl": "Big", r"\Bigr": "Big",
    r"\left": "left", r"\right": "left",
}  # fmt: skip
STYLES: Mapping[str, Literal["display", "text"]] = {r"\displaystyle": "display", r"\textstyle": "text"}


@lru_cache(maxsize=32768)
def read(source: str) -> Node:
    """The tree of a formula; Broken where it cannot be read, with what is wrong in it."""
    reader = _Reader(source)
    tree = reader.row()
    if reader.at < len(source):
        raise reader.broken("a brace closes that was not opened" if reader.ahead() == "}" else
                            f"{reader.ahead()} stands outside a table")  # fmt: skip
    return tree


class _Reader:
    """A place in a text of LaTeX, and what can be read from there on."""

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0

    def broken(self, what: str) -> Broken:
        return Broken(f"the formula {self.source!r} cannot be read\n  {what}")

    # -------------------------------------------------------------------------------------------- tokens
    def ahead(self) -> str:
        """The token that comes next, "" at the end."""
        white = _WHITE.match(self.source, self.at)
        assert white
        self.at = white.end()
        found = _TOKEN.match(self.source, self.at)
        return found[0] if found else ""

    def take(self, token: str) -> bool:
        """Whether this token comes next, which is then passed."""
        if self.ahead() != token:
            return False
        self.at += len(token)
        return True

    def raw(self) -> str:
        """The text in braces as it stands."""
        if not self.take("{"):
            raise self.broken("an argument is missing: it stands in braces")
        start, depth = self.at, 1
        for found in re.compile(r"\\.|[{}]", re.S).finditer(self.source, start):
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if not depth:
                self.at = found.end()
                return self.source[start : found.start()]
        raise self.broken("a brace does not close")

    # -------------------------------------------------------------------------------------------- rows
    def row(self) -> Node:
        """All up to a closing brace, the next cell, the end of a line, or the end."""
        parts: list[Node] = []
        while token := self.ahead():
            if token in ("}", "&", r"\\", r"\end"):
                break
            if token in STYLES:
                self.at += len(token)
                parts.append(nodes.Styled(STYLES[token], self.row()))
            else:
                parts.append(self.scripted(self.atom()))
        return row(*paired(parts))

    def scripted(self, base: Node) -> Node:
        """With what stands below and above it, and its primes."""
        below = above = None
        primes = 0
        while (token := self.ahead())[:1] in ("_", "^", "'") and token:
            self.at += len(token)
            if token[0] == "'":
                primes += len(token)
            elif token == "_" and below is None:
                below = self.argument()
            elif token == "^" and above is None:
                above = self.argument()
            else:
                raise self.broken(f"there are two {'subscripts' if token == '_' else 'superscripts'}")
        return nodes.Scripts(base, below, above, primes) if below or above or primes else base

    def argument(self) -> Node:
        """What is in braces, or the next sign."""
        token = self.ahead()
        if token == "{":
            return self.group()
        if not token or token in ("}", "&", r"\\"):
            raise self.broken("an argument is missing")
        if token[0].isdigit():
            self.at += 1
            return nodes.Number(token[0])
        return self.atom()

    def group(self) -> Node:
        self.at += 1
        inner = self.row()
        if not self.take("}"):
            raise self.broken("a brace does not close")
        return inner

    # -------------------------------------------------------------------------------------------- atoms
    def atom(self) -> Node:
        """One thing, without what stands below and above it."""
        token = self.ahead()
        if token == "{":
            return nodes.Group(self.group())
        if token[:1] in "_^'":  # behind nothing
            return nodes.Group(nodes.Row())
        self.at += len(token)
        if char := COMMANDS.get(token):
            return nodes.Sign(char)
        if token[0] == "\\":
            return self.command(token[1:])
        if token[0].isdigit():
            return nodes.Number(token)
        if token.isalpha():
            return nodes.Letter(token)
        raise self.broken(f"the character {token!r} has no form in a formula")

    def command(self, name: str) -> Node:
        if name in GREEK:
            return nodes.Letter(GREEK[name])
        if name in SPACES:
            return nodes.Space(name)
        if name in FUNCTIONS:
            return nodes.Function(name, name in LIMITS)
        if name in FONTS:
            return nodes.Letter(self._word(), FONTS[name])  # type: ignore[arg-type]
        if name in ACCENTS:
            return nodes.Accent(name, self.argument())
        if (size := _SIZES.get("\\" + name)) is not None:
            return self._bracket(size)
        if name not in READERS:
            raise self.broken(f"there is no form for \\{name}")
        return READERS[name](self)

    def _bracket(self, size: Size) -> Node:
        token = self.ahead()
        self.at += len(token)
        if token not in COMMANDS:
            raise self.broken(f"{token or 'nothing'} is no bracket")
        return nodes.Sign(COMMANDS[token], size)

    def _word(self) -> str:
        if self.ahead() != "{":
            token = self.ahead()
            self.at += 1
            return token[:1]
        return re.sub(r"\\([,:; ])|\\(.)", lambda m: " " if m[1] else m[2], self.raw())

    def _number(self) -> int:
        text = self.raw()
        if not text.isdigit():
            raise self.broken(f"{text!r} is no number")
        return int(text)

    def _table(self) -> Node:
        kind = self.raw()
        if kind not in ("mat", "bmatrix"):
            raise self.broken(f"there is no form for an environment {kind!r}")
        rows = self._rows()
        if not self.take(r"\end") or self.raw() != kind:
            raise self.broken(f"{kind} does not end")
        return nodes.Matrix(rows)

    def _rows(self) -> tuple[tuple[Node, ...], ...]:
        rows: list[list[Node]] = [[self.row()]]
        while self.ahead() in ("&", r"\\"):
            if self.take("&"):
                rows[-1].append(self.row())
            else:
                self.at += 2
                gap = _ROW_END.match(self.source, self.at)
                assert gap
                self.at = gap.end()
                rows.append([self.row()])
        return tuple(map(tuple, rows))

    def _stack(self) -> Node:
        if not self.take("{"):
            raise self.broken("an argument is missing")
        rows = self._rows()
        if not self.take("}"):
            raise self.broken("a brace does not close")
        return nodes.Stack(tuple(cells[0] for cells in rows))


READERS: Mapping[str, Callable[[_Reader], Node]] = {
    "frac": lambda r: nodes.Fraction(r.argument(), r.argument()),
    "tfrac": lambda r: nodes.Fraction(r.argument(), r.argument(), small=True),
    "half": lambda r: nodes.Fraction(nodes.Number("1"), nodes.Number("2"), small=True),
    "sqrt": lambda r: nodes.Root(r.argument()),
    "dL": lambda r: gradient(r.argument()),
    "tdL": lambda r: gradient_inline(r.argument()),
    "dd": lambda r: derivative(r.argument(), r.argument()),
    "bw": lambda r: nodes.Coloured("bw", r.argument()),
    "fw": lambda r: nodes.Coloured("fw", r.argument()),
    "res": lambda r: nodes.Coloured("fw", r.argument(), result=True),
    "narrow": lambda r: nodes.Styled("narrow", r.argument()),
    "text": lambda r: nodes.Words(r._word()),
    "operatorname": lambda r: nodes.Function(r._word()),
    "operatorname*": lambda r: nodes.Function(r._word(), limits=True),
    "substack": _Reader._stack,
    "begin": _Reader._table,
    "blank": lambda r: nodes.Blank(r._number(), r._number()),
    "drawn": lambda r: nodes.Drawn(r._number()),
}
