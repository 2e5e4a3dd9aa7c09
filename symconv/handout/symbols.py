r"""How a tensor is called in print, decided once for every writer and language: each apart from every other tensor and
from the signs that the handout uses for something else, such as e, log and the learning rate's alpha.

A name that may be printed as mathematicians write it (C_{1}, \beta, W_{\mathrm{conv1}}) is; one that would then look
like something else is spelt out, or bold. Where entries are written with subscripts, what belongs to a name stands
above it in brackets: S^{(1)}_{11} is an entry of S1, and S_{1} one of S.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from symconv.derivation.tensors import is_copy, original, reader
from symconv.formula.signs import GREEK

UNDERSCORE = r"\_"
OF_MODULE = {  # the last part of a name such as conv1.weight
    "weight": "W", "bias": "b", "mean": r"\mu", "running_mean": r"\mu", "variance": "v", "running_var": "v",
}  # fmt: skip
OPTIONS = {  # of the general convolution and its code
    "sh": "s_h", "sw": "s_w", "dh": "d_h", "dw": "d_w", "kh": "k_h", "kw": "k_w", "Ho": "H_o", "Wo": "W_o",
    "Xp": "X_p", "Hp": "H_p", "Wp": "W_p", "pt": "p_t", "pb": "p_b", "pl": "p_l", "pr": "p_r",
    "Og": "O_g", "Cg": "C_g", "groups": r"\mathit{groups}",
}  # fmt: skip
OF_LOSS = ("L", "y", "t")  # tensors of every network, whose names are no one else's
OWN = (*OF_LOSS, "e", r"\alpha", r"\theta", "exp", "log", "max", "argmax", "tanh", "softplus")
NAMED, DELTA = r"\sigma", r"\delta"  # of a network with the sigmoid; of books that call gradients so
FONTS = re.compile(r"\\(?:mathit|mathrm)(?![A-Za-z])")
GROUP = re.compile(r"(?<![_^])\{([^{}]*)\}")  # braces that only hold together


@dataclass(frozen=True)
class PrintedName:
    """A printed name: a letter or a word, and what stands below it, or `raised` in brackets above it."""

    stem: str
    below: str = ""
    raised: bool = False

    @property
    def math(self) -> str:
        if not self.below:
            return self.stem
        return rf"{self.stem}^{{({self.below})}}" if self.raised else rf"{self.stem}_{{{self.below}}}"

    def copied(self, reader: str) -> str:
        """What the operation that gives `reader` reads of the tensor, where others read it as well."""
        if self.below and self.raised:
            return rf"{self.stem}^{{({self.below})\to {reader}}}"
        return rf"{self.math}^{{\to {reader}}}"


@dataclass(frozen=True)
class Symbols:
    """The printed names of a network's tensors; any other name is printed as `letter` does."""

    signs: Mapping[str, PrintedName] = field(default_factory=dict)
    small: Mapping[str, str] | None = None  # the letters of entries, for tensors whose entries have small ones
    number: str = "x"  # any number, in a sentence: no tensor is called so, nor its entries

    def __call__(self, name: str) -> str:
        """A tensor, a copy of one that an operation reads, or a tensor after the update (X')."""
        if not is_copy(name):
            base = name.rstrip("'")
            sign = self.signs.get(base)
            return primed(sign.math, name[len(base) :]) if sign else letter(name)
        tensor, (to, role) = original(name), reader(name)
        sign = self.signs.get(tensor) or preferred(tensor)
        return sign.copied(self(to) + (rf",\,{ROLES[role]}" if role else ""))

    def of_entries(self, tensor: str) -> str:
        """The small letter of a tensor's entries, "" if they have none; those of a copy keep what tells it apart."""
        if self.small is not None:
            return self.small.get(tensor, "")
        return tensor.lower() if len(tensor) == 1 and tensor != "E" else ""


AS_THEY_ARE = Symbols()
ROLES = {"input": "1", "other": "2"}  # of two copies that one operation reads


def symbols(tensors: Iterable[str], raised: bool = False, delta: bool = False, named: bool = False) -> Symbols:
    """The printed names of these tensors, no two of which look alike, nor like a sign of the handout's own.

    `raised`: entries are written with subscripts; `delta`: gradients are called so; `named`: the sigmoid or another
    function with a sign of its own is there.
    """
    tensors = tuple(tensors)
    used = {*OWN, *([DELTA] if delta else []), *([NAMED] if named else [])} - set(OF_LOSS).intersection(tensors)
    signs = {}
    for name in sorted(tensors, key=lambda t: not _is_as_written(t)):  # what is no translation keeps its form
        sign = next(s for s in _candidates(name, raised) if look(s.math) not in used)
        used.add(look(sign.math))
        signs[name] = sign
    capitals = (t for t in tensors if len(t) == 1 and t.isupper() and signs[t].math == t)
    small = {t: t.lower() for t in capitals if t.lower() not in used}
    taken = "x" in used or (raised and "x" in small.values())
    return Symbols(signs, small, r"\xi" if taken else "x")  # no tensor is printed as this Greek letter


def _candidates(name: str, raised: bool) -> Iterator[PrintedName]:
    """What a name may look like, from the best on, without end."""
    first = preferred(name)
    yield PrintedName(first.stem, first.below, raised)
    word = f"x_{name}" if re.fullmatch(r"\d+[A-Za-z]?|[\d.]+", name) else name  # not like a number
    if len(word) > 1:
        yield PrintedName(_spelt(word))
    yield PrintedName(rf"\mathbf{{{word.replace('_', UNDERSCORE)}}}")
    yield from (PrintedName(_spelt(word + "_" * marks)) for marks in count(1))


def _spelt(word: str) -> str:
    return rf"\mathit{{{word.replace('_', UNDERSCORE)}}}"


def preferred(name: str) -> PrintedName:
    r"""A name as mathematicians write it: U, C_{1}, \beta, W_{\mathrm{conv1}}, x_{0} for the layer 0."""
    if name.rstrip("_") in GREEK:  # lambda_, as the word itself is Python's
        return PrintedName(f"\\{name.rstrip('_')}")
    if len(name) == 1 and name.isalpha():
        return PrintedName(name)
    if name.isdigit():  # the layers of an nn.Sequential are called 0, 1, ...; x0, x1 in the code
        return PrintedName("x", name)
    if "." in name:
        return _in_module(*name.rsplit(".", 1))
    if name[0].isdigit():
        return PrintedName("x", _upright(name))
    head = name.rstrip("0123456789")
    if len(head) == 1 and head.isalpha():
        return PrintedName(head, name[1:])
    return PrintedName(_spelt(name))


def _in_module(module: str, last: str) -> PrintedName:
    """conv1.weight: W with the module for its index; the layer features.0: x with all of its name."""
    if last[0].isdigit():
        return PrintedName("x", _upright(f"{module}.{last}"))
    return PrintedName(OF_MODULE.get(last) or (last if len(last) == 1 else _spelt(last)), _upright(module))


def _upright(word: str) -> str:
    return rf"\mathrm{{{word.replace('_', UNDERSCORE)}}}"


def letter(name: str) -> str:
    r"""An index, an extent, an option, or a tensor of the general convolution, in print: `i`, `s_h`, `X_p`; primes
    stay, and the marks of a letter that was taken do not show."""
    base = name.rstrip("'")
    plain = base.rstrip("_") or base
    return (OPTIONS.get(plain) or (preferred(plain).math if plain else "")) + name[len(base) :]


def primed(math: str, primes: str = "'") -> str:
    """A formula with primes behind it: TeX takes no second superscript but of a group."""
    return f"{{{math}}}{primes}" if primes and "^" in math else math + primes


def look(math: str) -> str:
    """What is seen of a name: italic and upright are too alike to tell things apart."""
    plain, times = FONTS.sub("", math), 1
    while times:
        plain, times = GROUP.subn(r"\1", plain)
    return plain


def _is_as_written(name: str) -> bool:
    """Whether a name's preferred form spells the name itself, as C_{1} spells C1."""
    return re.sub(r"\\(?!_)|[{}]|(?<!\\)_|\\(?=_)", "", look(preferred(name).math)) == name
