"""Spoken formulas read back: the words of speech.py to a tree, and what of a tree can be heard at all."""

import re
from collections.abc import Collection

from symconv.formula.compose import partial
from symconv.formula.nodes import (
    SAID,
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
    paired,
    row,
)
from symconv.formula.signs import GREEK
from symconv.formula.speech import Tongue
from symconv.language import PLACEHOLDER


# ------------------------------------------------------------------------------------------------ what can be heard
def heard(node: Node) -> Node:
    """The tree without what is only for the eye: white, colours, sizes, fonts but bold ones."""
    return row(*paired(_parts(node)))


def _parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Row):
        return tuple(x for part in node.parts for x in _parts(part))
    if isinstance(node, Group | Coloured | Styled):
        return _parts(node.body)
    if isinstance(node, Space) or (isinstance(node, Words) and not node.text.strip()):
        return ()
    if isinstance(node, Fenced):
        return (Sign(node.left), *_parts(node.body), Sign(node.right))
    if isinstance(node, Scripts):
        below, above = (heard(x) if x else Row() for x in (node.below, node.above))
        if not (below or above or node.primes):
            return _parts(node.base)
        inner = heard(node.base)
        inner = Group(inner) if isinstance(inner, Row | Scripts) else inner
        return (Scripts(inner, below or None, above or None, node.primes),)
    return (_alone(node),)


def _alone(node: Node) -> Node:
    match node:
        case Letter(name, font):
            return Letter(name, font if font in ("bold", "double") else "")
        case Sign(char):
            return Sign(char)
        case Accent(mark, body):
            return Accent(mark, heard(body))
        case Fraction(above, below):
            return Fraction(heard(above), heard(below))
        case Root(body):
            return Root(heard(body))
        case Matrix(rows):
            return Matrix(tuple(tuple(map(heard, cells)) for cells in rows))
        case Stack(lines):
            return Stack(tuple(map(heard, lines)))
        case Function(name):
            return Function(name)
        case Words(text):
            return Words(" ".join(text.split()))
        case Blank(number):
            return Blank(number, 0)
        case _:
            return node


# ------------------------------------------------------------------------------------------------ words to a tree
def understood(words: str, language: str) -> Node:
    """The tree that is spoken of; ValueError where the words make none."""
    listener = _Listener(words, Tongue.of(language))
    found = listener.row(())
    if listener.words:
        raise ValueError(f"{listener.words[0]!r} ends nothing")
    return found


class _Listener:
    def __init__(self, text: str, tongue: Tongue) -> None:
        self.t = tongue
        phrases = [tongue.end, tongue.minus, tongue.capital, tongue.bold, tongue.double, tongue.at, tongue.root,
                   tongue.above, tongue.group, tongue.function, tongue.blank, *tongue.fraction, *tongue.derivative,
                   *tongue.matrix, *tongue.lines, *tongue.over, *tongue.bounds, *tongue.below, *tongue.power,
                   *tongue.primes, *tongue.accents.values(), *tongue.signs.values(),
                   *tongue.greek.values()]  # fmt: skip
        comma = "(?!)" if tongue.signs[","].isalpha() else re.escape(tongue.signs[","])  # tied to what is before it
        longest = sorted(map(re.escape, phrases), key=len, reverse=True)
        pattern = re.compile(
            rf"(\u201c[^\u201d]*\u201d|(?:{'|'.join(longest)})(?=\s|{comma}|$)|(?:(?!{comma})\S)+|{comma})\s*"
        )
        self.words = pattern.findall(text)

    def row(self, until: Collection[str]) -> Node:
        """All up to one of these words, which is passed; up to the end of all where there are none."""
        parts: list[Node] = []
        while self.words and self.words[0] not in until:
            if not until and self.words[0] == self.t.end:
                break
            parts.append(self.scripted())
        if until:
            self.words.pop(0)
        return row(*paired(parts))

    def scripted(self) -> Node:
        base = self.atom()
        below = above = None
        primes = 0
        while self.words:
            word = self.words[0]
            if word in self.t.primes:
                primes += 1 + self.t.primes.index(self.words.pop(0))
            elif word == self.t.over[0] and isinstance(base, Function | Sign):
                self.words.pop(0)
                below = self.row((self.t.over[1],))
            elif word == self.t.bounds[0]:
                self.words.pop(0)
                below, above = self.row((self.t.bounds[1],)), self.row((self.t.over[1],))
            elif word in self.t.below:
                one = self.t.below.index(self.words.pop(0)) == 0
                below = self.atom() if one else self.row((self.t.end,))
            elif word in (self.t.power[0], self.t.above):
                self.words.pop(0)
                above = self.row((self.t.end,))
            else:
                break
        return Scripts(base, below, above, primes) if below or above or primes else base

    def atom(self) -> Node:
        t, word = self.t, self.words.pop(0)
        until = (t.end,)
        if word in (t.bold, t.double):
            inner = self.atom()
            assert isinstance(inner, Letter)
            return Letter(inner.name, "bold" if word == t.bold else "double")
        if word == t.capital:
            inner = self.atom()
            assert isinstance(inner, Letter)
            name = next((n for n, char in GREEK.items() if char == inner.name), "")
            return Letter(GREEK[name.capitalize()] if name else inner.name.upper())
        if word == t.minus:
            return Sign("\u2212")
        if word == t.at:
            return Fenced("[", self.row(until), "]")
        if word == t.fraction[0]:
            return Fraction(self.row((t.fraction[1],)), self.row(until))
        if word == t.derivative[0]:
            return Fraction(partial(self.row((t.derivative[1],))), partial(self.row(until)))
        if word == t.root:
            return Root(self.row(until))
        if word == t.group:
            inner = self.row(until)
            return Group(inner) if isinstance(inner, Row | Scripts) else inner
        if word == t.function:
            return Function(self.words.pop(0).strip("\u201c\u201d"))
        if word == t.blank:
            return Blank(int(self.words.pop(0)) - 1, 0)
        if word == t.matrix[0]:
            return self.matrix()
        if word == t.lines[0]:
            return self.stack()
        return self.simple(word)

    def matrix(self) -> Node:
        _, line, further = self.t.matrix
        rows: list[list[Node]] = []
        while (word := self.words.pop(0)) != self.t.end:
            cell = self.cell((line, further, self.t.end))
            rows.append([cell]) if word == line else rows[-1].append(cell)
        return Matrix(tuple(map(tuple, rows)))

    def stack(self) -> Node:
        lines = [self.cell((self.t.lines[1], self.t.end))]
        while self.words.pop(0) != self.t.end:
            lines.append(self.cell((self.t.lines[1], self.t.end)))
        return Stack(tuple(lines))

    def cell(self, until: Collection[str]) -> Node:
        """All up to one of these words, which stays."""
        parts: list[Node] = []
        while self.words[0] not in until:
            parts.append(self.scripted())
        return row(*paired(parts))

    def simple(self, word: str) -> Node:
        t = self.t
        if word[0] == "\u201c":
            text = word[1:-1]
            return Words(text.strip()) if text.startswith(" ") else Letter(text)
        if found := re.fullmatch(PLACEHOLDER.sub(r"(?P<\1>[\\d.]+)", t.simple), word):
            return Fraction(Number(found["above"]), Number(found["below"]))
        for mark, said in t.accents.items():
            if word == said:
                return Accent(mark, self.row((t.end,)))
        for char, said in t.signs.items():
            if word == said:
                return Sign(char)
        for name, said in t.greek.items():
            if word == said:
                return Letter(GREEK[name])
        if ord(word[0]) >= SAID:
            return Drawn(ord(word) - SAID)
        if re.fullmatch(r"[\d.]+", word):
            return Number(word)
        if len(word) == 1 and word.isalpha():
            return Letter(word.lower())  # a capital is said to be one
        raise ValueError(f"{word!r} is not understood")
