"""A formula as words, in English and Chinese: what a screen reader says.

Nothing is left to guess: what begins also ends, so that the words could be read back to the same formula. What is
only for the eye is left out: white, colours, the size of brackets. A name of several letters stands in quotation
marks, which are not heard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symconv.formula import nodes
from symconv.formula.nodes import SAID, Node, alone, is_large, parts_of
from symconv.formula.read import partial
from symconv.formula.signs import GREEK, NAMES, SIGNS

CHINESE_GREEK: Mapping[str, str] = {
    "alpha": "阿尔法", "beta": "贝塔", "gamma": "伽马", "delta": "德尔塔", "epsilon": "艾普西龙", "zeta": "泽塔",
    "eta": "伊塔", "theta": "西塔", "iota": "约塔", "kappa": "卡帕", "lambda": "拉姆达", "mu": "缪", "nu": "纽",
    "xi": "克西", "pi": "派", "rho": "柔", "sigma": "西格玛", "tau": "陶", "phi": "斐", "chi": "希", "psi": "普西",
    "omega": "欧米伽", "varepsilon": "异体艾普西龙", "varphi": "异体斐", "ell": "花体艾尔",
}  # fmt: skip


@dataclass(frozen=True)
class Tongue:
    """The words of a language; what begins with one of them ends with `end`, but where another word ends it."""

    end: str
    minus: str  # as a sign, and not an operation
    capital: str
    bold: str
    double: str
    at: str  # the indices of an entry
    fraction: tuple[str, str]  # before what is above the line, and before what is below
    simple: str  # a fraction of two numbers, {above} and {below}
    derivative: tuple[str, str]  # before what is differentiated, and before what by
    root: str
    matrix: tuple[str, str, str]  # before it, before a row, before a further entry
    lines: tuple[str, str]  # before the first of several lines, before the others
    over: tuple[str, str]  # an operator's indices: before and behind them
    bounds: tuple[str, str]  # before where they begin, before where they end
    below: tuple[str, str]  # one thing below a letter; more than one
    power: tuple[str, str]  # before and behind an exponent
    above: str  # what else stands above a letter
    primes: tuple[str, str, str]
    group: str
    accents: Mapping[str, str]
    function: str
    blank: str
    signs: Mapping[str, str]
    greek: Mapping[str, str]


ENGLISH = Tongue(
    end="end", minus="minus", capital="cap", bold="bold", double="double-struck", at="at",
    fraction=("fraction", "all over"), simple="{above}/{below}", derivative=("derivative of", "with respect to"),
    root="square root of", matrix=("matrix", "row", "next"), lines=("lines", "where"),
    over=("over", "of"), bounds=("from", "up to"), below=("sub", "subscript"), power=("to the power", "end"),
    above="superscript", primes=("prime", "double prime", "triple prime"), group="group",
    accents={"hat": "hat over", "bar": "bar over", "tilde": "tilde over", "vec": "arrow over", "dot": "dot over"},
    function="function", blank="blank",
    signs={char: form.english for char, form in SIGNS.items()}, greek={name: name for name in GREEK},
)  # fmt: skip
CHINESE = Tongue(
    end="完", minus="负", capital="大写", bold="粗体", double="空心", at="下标为",
    fraction=("分数，分子", "分母"), simple="{below}分之{above}", derivative=("导数", "对"),
    root="根号", matrix=("矩阵", "行", "下一个"), lines=("各行", "其中"),
    over=("取遍", "的"), bounds=("从", "直到"), below=("下标", "下标组"), power=("的幂", "完"),
    above="上标组", primes=("撇", "两撇", "三撇"), group="整体",
    accents={"hat": "尖帽", "bar": "横杠", "tilde": "波浪", "vec": "箭头", "dot": "圆点"},
    function="函数", blank="空格",
    signs={char: form.chinese for char, form in SIGNS.items()}, greek=CHINESE_GREEK,
)  # fmt: skip
TONGUES: Mapping[str, Tongue] = {"en": ENGLISH, "zh": CHINESE}


def speech(node: Node, language: str) -> str:
    """The formula in words, each apart from the next by a space; a comma follows what is before it."""
    words = _said(TONGUES[language], node)
    return "".join(word if word in (",", "，") or not k else f" {word}" for k, word in enumerate(words))


def _said(t: Tongue, node: Node) -> list[str]:
    return SPEAKERS[type(node)](t, node)


def _row(t: Tongue, node: nodes.Row) -> list[str]:
    out: list[str] = []
    for before, part in zip((None, *node.parts), node.parts, strict=False):
        if isinstance(part, nodes.Fenced) and part.left == "[" and _named(before):
            out += [t.at, *_said(t, part.body), t.end]
        elif part == nodes.Sign("\u2212") and alone(before):
            out.append(t.minus)
        else:
            out += _said(t, part)
    return out


def _named(node: Node | None) -> bool:
    """Whether brackets that follow hold indices."""
    return isinstance(node, nodes.Letter) or (isinstance(node, nodes.Scripts) and isinstance(node.base, nodes.Letter))


def _letter(t: Tongue, node: nodes.Letter) -> list[str]:
    font = {"bold": [t.bold], "double": [t.double]}.get(node.font, [])
    if len(node.name) > 1:
        return [*font, f"\u201c{node.name}\u201d"]
    name = NAMES.get(node.name, node.name)
    capital = node.name.isupper()
    if node.name in NAMES:
        name = t.greek[name if name in t.greek else name.lower()]
        name = name.lower()
    return [*font, *([t.capital] if capital else []), name]


def _fraction(t: Tongue, node: nodes.Fraction) -> list[str]:
    if isinstance(node.above, nodes.Number) and isinstance(node.below, nodes.Number):
        return [t.simple.format(above=node.above.digits, below=node.below.digits)]
    first, second = t.fraction
    of, by = parts_of(node.above), parts_of(node.below)
    differential = parts_of(partial(nodes.Row()))
    if of[:1] == differential and by[:1] == differential and len(by) > 1:
        first, second = t.derivative
        return [first, *_said(t, nodes.Row(of[1:])), second, *_said(t, nodes.Row(by[1:])), t.end]
    return [first, *_said(t, node.above), second, *_said(t, node.below), t.end]


def _scripts(t: Tongue, node: nodes.Scripts) -> list[str]:
    base = node.base
    if _operator(base) and node.below and not node.primes:
        first, last = t.over
        begin, until = t.bounds
        if node.above:
            return [*_said(t, base), begin, *_said(t, node.below), until, *_said(t, node.above), last]
        return [*_said(t, base), first, *_said(t, node.below), last]
    plain = _bare(base)
    inner = _said(t, plain)
    out = [t.group, *inner, t.end] if isinstance(plain, nodes.Row | nodes.Scripts) or not inner else inner
    threes, rest = divmod(node.primes, 3)
    out += [t.primes[2]] * threes + ([t.primes[rest - 1]] if rest else [])
    if node.below:
        one, several = t.below
        out += [one, *_said(t, node.below)] if _single(node.below) else [several, *_said(t, node.below), t.end]
    if node.above:
        first, last = t.power if _is_power(base, node.above) else (t.above, t.end)
        out += [first, *_said(t, node.above), last]
    return out


def _operator(node: Node) -> bool:
    return isinstance(node, nodes.Function) or is_large(node)


def _bare(node: Node) -> Node:
    """Without what is only for the eye."""
    while isinstance(node, nodes.Group | nodes.Coloured | nodes.Styled):
        node = node.body
    return node


def _single(node: Node) -> bool:
    return isinstance(_bare(node), nodes.Number | nodes.Letter)


def _is_power(base: Node, above: Node) -> bool:
    """Whether what stands above is an exponent, and not a part of a name."""
    first = parts_of(_bare(above))[:1]
    number = bool(first) and isinstance(first[0], nodes.Number | nodes.Fraction)
    return base in (nodes.Letter("e"), nodes.Number("10")) or number or first == (nodes.Sign("\u2212"),)


def _fenced(t: Tongue, node: nodes.Fenced) -> list[str]:
    return [t.signs[node.left], *_said(t, node.body), t.signs[node.right]]


def _matrix(t: Tongue, node: nodes.Matrix) -> list[str]:
    first, line, further = t.matrix
    out = [first]
    for cells in node.rows:
        for k, cell in enumerate(cells):
            out += [further if k else line, *_said(t, cell)]
    return [*out, t.end]


def _stack(t: Tongue, node: nodes.Stack) -> list[str]:
    out = []
    for k, line in enumerate(node.lines):
        out += [t.lines[bool(k)], *_said(t, line)]
    return [*out, t.end]


def _function(t: Tongue, node: nodes.Function) -> list[str]:
    return [t.function, f"\u201c{node.name}\u201d"]


SPEAKERS: Mapping[type, Callable[[Tongue, Any], list[str]]] = {
    nodes.Number: lambda t, n: [n.digits],
    nodes.Letter: _letter,
    nodes.Sign: lambda t, n: [t.signs[n.char]],
    nodes.Space: lambda t, n: [],
    nodes.Row: _row,
    nodes.Group: lambda t, n: _said(t, n.body),
    nodes.Accent: lambda t, n: [t.accents[n.mark], *_said(t, n.body), t.end],
    nodes.Fraction: _fraction,
    nodes.Root: lambda t, n: [t.root, *_said(t, n.body), t.end],
    nodes.Scripts: _scripts,
    nodes.Fenced: _fenced,
    nodes.Matrix: _matrix,
    nodes.Stack: _stack,
    nodes.Function: _function,
    nodes.Coloured: lambda t, n: _said(t, n.body),
    nodes.Styled: lambda t, n: _said(t, n.body),
    nodes.Words: lambda t, n: [f"\u201c {' '.join(n.text.split())} \u201d"] if n.text.strip() else [],
    nodes.Blank: lambda t, n: [t.blank, str(n.number + 1)],
    nodes.Drawn: lambda t, n: [chr(SAID + n.number)],
}
