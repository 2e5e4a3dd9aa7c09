r"""Formulas in Typst's own notation, converted by tylax; what it would write differently is set aside before.

tylax drops colours, lets a lone bracket close a Typst call, and takes a command it does not know for a word. So each
such piece leaves a hole, a command `\qq..z` that passes through as a word, and is filled in afterwards.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import tylax

from symconv.errors import Broken
from symconv.formula import COLOURS, DRAWN, argument, expanded, replaced

FENCES = {
    "(": "paren.l", ")": "paren.r", "[": "bracket.l", "]": "bracket.r", r"\{": "brace.l", r"\}": "brace.r",
    r"\lfloor": "floor.l", r"\rfloor": "floor.r", r"\lceil": "ceil.l", r"\rceil": "ceil.r", "|": "bar.v",
}  # fmt: skip
SIZED = {"big": "big", "bigl": "big", "bigr": "big", "Big": "Big", "Bigl": "Big", "Bigr": "Big"}
WORDS: dict[str, str] = {  # commands around a word, which stays one word
    "text": "#words({})", "mathrm": "#math.upright({})", "mathit": "#math.italic({})", "mathbf": "#math.bold({})",
    "operatorname": "op({})",
    "qqlimits": "op({}, limits: #true)",
}  # fmt: skip
KNOWN = (  # commands that tylax was seen to write as meant
    "alpha|approx|bar|begin|beta|cdot|cdots|chi|circ|Delta|delta|displaystyle|dots|ell|end|epsilon|eta"
    "|exp|frac|Gamma|gamma|ge|geq|hat|in|infty|int|kappa|Lambda|lambda|lceil|ldots|le|leq|lfloor|ln|log"
    "|mapsto|mathbb|max|mid|min|mu|nabla|ne|neq|nu|odot|Omega|omega|partial|Phi|phi|Pi|pi|pm|prod|Psi|psi"
    "|qquad|quad|rceil|rfloor|rho|Sigma|sigma|sqrt|substack|sum|tanh|tau|textstyle|tfrac|Theta|theta"
    "|tilde|times|to|varepsilon|vdots|xi|zeta"
)
COMMANDS = re.compile(rf"\\(?:[!%,:;\\#]|{KNOWN})")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.S)
_FENCE = r"\s*(\\[lr](?:floor|ceil)|\\[{}]|[()\[\]|])"
_SIZED = re.compile(rf"\\({'|'.join(SIZED)})(?![A-Za-z]){_FENCE}")
_LEFT, _RIGHT = re.compile(rf"\\left{_FENCE}"), re.compile(rf"\\right{_FENCE}")
_SIGNED = re.compile(r"((?:^|qq[a-j]+z |[=(,]|\\[,:;])\{)([-+])")  # a group that begins with a sign
_QUOTED = r'#(?:words|math\.upright|math\.italic|math\.bold)\("(?:[^"\\]|\\.)*"\)'
_HOLE = re.compile(r"qq([a-j]+)z")
_PRIMED = re.compile(r"(_(?:\{(?:[^{}]|\{[^{}]*\})*\}|\w))('+)")  # a subscript, then a prime
_OPTIONS = tylax.L2TOptions(frac_to_slash=False)


@lru_cache(maxsize=8192)
def typst_math(math: str) -> str:
    """The formula in Typst, without dollar signs; raises Broken where it has none.

    It uses functions of preamble.typ.jinja: bw and fw for colours, narrow, words, big and Big.
    """
    try:
        return _filled(_plain(math))
    except Broken as error:
        raise Broken(f"the formula {math!r} cannot be written in Typst\n  {error}") from error


@dataclass
class _Holes:
    """What stands aside while tylax works, each piece known by its number; a piece may itself have holes."""

    pieces: list[str] = field(default_factory=list)

    def leave(self, typst: str) -> str:
        self.pieces.append(typst)
        number = "".join(chr(ord("a") + int(digit)) for digit in str(len(self.pieces) - 1))
        return rf"\qq{number}z "

    def fill(self, text: str) -> str:
        filled = 0
        while _HOLE.search(text):
            text, count = _HOLE.subn(self._piece, text)
            filled += count
        if filled != len(self.pieces):
            raise Broken(f"{len(self.pieces)} pieces were set aside, {filled} came back")
        return text

    def _piece(self, hole: re.Match[str]) -> str:
        return f" {self.pieces[int(''.join(str(ord(letter) - ord('a')) for letter in hole[1]))]} "


def _plain(math: str) -> str:
    r"""The handout's macros written out, but for colours and \narrow, which is smaller type on paper."""
    kept = math.replace(r"\operatorname*", r"\qqlimits")
    kept = re.sub(r"\\\\\[[\d.]+[a-z]{2}\]", r"\\\\", kept)  # white between two rows
    kept = _PRIMED.sub(r"\2\1", kept)  # behind a subscript Typst would take the prime for a part of it
    return expanded(replaced(kept, "narrow", lambda inner: rf"\qqnarrow{{{inner}}}"))


def _filled(math: str) -> str:
    holes = _Holes()
    text = holes.fill(_converted(math, holes))
    text = re.sub(rf"\s*({_QUOTED})\s*(?![.(\[])", r"\1", text)  # white beside a word would be printed
    text = re.sub(r"(?<=\(\$)\s+|\s+(?=\$\))", "", text)  # white beside its dollars would centre a formula
    return " ".join(re.sub(r"\s+(?='+)", "", text).split())  # a prime stands at its letter


def _converted(math: str, holes: _Holes) -> str:
    """The formula in Typst, its holes still open."""
    text = _set_aside(math, holes)
    _check(text)
    return tylax.latex_to_typst(f"${text}$", options=_OPTIONS).strip().removeprefix("$").removesuffix("$")


def _set_aside(math: str, holes: _Holes) -> str:
    for name, form in WORDS.items():
        math = replaced(math, name, _word(holes, form))
    math = replaced(math, "drawn", lambda k: holes.leave(chr(DRAWN + int(k))))
    math = replaced(math, "blank", lambda _, width: holes.leave(f"#blank({width}mm)"), 2)
    math = re.sub(r"(?<!\\)\\ ", lambda _: holes.leave("#h(0.3em)"), math)  # tylax would lose this space
    math = _SIGNED.sub(lambda m: m[1] + holes.leave(f'class("unary", {m[2]})'), math)
    math = _SIZED.sub(lambda m: holes.leave(f"#{SIZED[m[1]]}(${FENCES[m[2]]}$)"), math)
    math = _LEFT.sub(lambda m: holes.leave(f"lr({FENCES[m[1]]}"), math)
    math = _RIGHT.sub(lambda m: holes.leave(f"{FENCES[m[1]]})"), math)
    math = re.sub(r"(?<!\\),", lambda _: holes.leave("comma"), math)
    math = re.sub(r"(?<!\\)(?:\\[{}]|[()\[\]])", lambda m: holes.leave(FENCES[m[0]]), math)
    for name, form in (*COLOURS.items(), ("qqnarrow", "narrow")):
        math = replaced(math, name, _inside(holes, form))
    return math


def _inside(holes: _Holes, function: str) -> Callable[[str], str]:
    return lambda inner: holes.leave(f"#{function}(${_converted(inner, holes).strip()}$)")


def _word(holes: _Holes, form: str) -> Callable[[str], str]:
    return lambda word: holes.leave(form.format(quoted(re.sub(r"\\(.)", r"\1", re.sub(r"\\[,:;]", " ", word)))))


def _check(text: str) -> None:
    """tylax takes anything: an unknown command, a brace that does not close, an environment that ends as another."""
    for command in _COMMAND.findall(text):
        if not COMMANDS.fullmatch(command) and not _HOLE.fullmatch(command[1:]):
            raise Broken(f"there is no form for {command}: add it to KNOWN in typst_math.py once it was seen to work")
    if argument("{" + text + "}", 0)[1] != len(text) + 2:
        raise Broken("a brace closes that was not opened")
    begun, ended = (re.findall(rf"\\{word}\{{(\w+)\}}", text) for word in ("begin", "end"))
    if sorted(begun) != sorted(ended):
        raise Broken(f"it begins {begun} and ends {ended}")


def quoted(text: str) -> str:
    """A string of Typst's code that holds this text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
