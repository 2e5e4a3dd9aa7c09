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
from symconv.formula.compose import COMMA, EMPTY, THIN, fenced, scripts
from symconv.formula.latex import latex
from symconv.formula.nodes import Group, Letter, Node, Number, Scripts, Sign, is_raised, row, walk
from symconv.formula.signs import GREEK, NAMES

OF_MODULE = {  # the last part of a name such as conv1.weight
    "weight": Letter("W"), "bias": Letter("b"), "mean": Letter("\u03bc"), "running_mean": Letter("\u03bc"),
    "variance": Letter("v"), "running_var": Letter("v"), "rows": Letter("A"), "columns": Letter("B"),
    "slices": Letter("C"),
}  # fmt: skip
OPTIONS = {  # of the general convolution and its code
    **{
        f"{a}{b}": scripts(Letter(a), Letter(b))
        for a, b in ("sh", "sw", "dh", "dw", "kh", "kw", "pt", "pb", "pl", "pr")
    },
    **{f"{a}{b}": scripts(Letter(a), Letter(b)) for a, b in ("Ho", "Wo", "Xp", "Hp", "Wp", "Og", "Cg")},
    "groups": Letter("groups", "italic"),
}
OF_LOSS = ("L", "y", "t")  # tensors of every network, whose names are no one else's
ALPHA, THETA, SIGMA, DELTA, XI = map(Letter, "\u03b1\u03b8\u03c3\u03b4\u03be")
WORDS = ("e", "exp", "log", "max", "min", "argmax", "tanh", "softplus", "sin", "cos", "sgn")
OWN = (*map(Letter, (*OF_LOSS, *WORDS)), ALPHA, THETA)
PLACE = Scripts(Letter("i"), above=Sign("\u2217"))  # of a single winner
ANY = Letter("x")
FONTS = re.compile(r"\\(?:mathit|mathrm)(?![A-Za-z])")
GROUP = re.compile(r"(?<![_^])\{([^{}]*)\}")  # braces that only hold together


@dataclass(frozen=True)
class PrintedName:
    """A printed name: a letter or a word, and what stands below it, or `raised` in brackets above it."""

    stem: Node
    below: Node | None = None
    raised: bool = False

    @property
    def math(self) -> Node:
        if not self.below:
            return self.stem
        return Scripts(self.stem, above=fenced(self.below)) if self.raised else Scripts(self.stem, self.below)

    def copied(self, reader: Node) -> Node:
        """What the operation that gives `reader` reads of the tensor, where others read it as well."""
        to = row(Sign("\u2192"), reader)
        if self.below and self.raised:
            return Scripts(self.stem, above=row(fenced(self.below), to))
        return scripts(self.math, above=to)


@dataclass(frozen=True)
class Symbols:
    """The printed names of a network's tensors; any other name is printed as `letter` does."""

    signs: Mapping[str, PrintedName] = field(default_factory=dict)
    small: Mapping[str, Node] | None = None  # the letters of entries, for tensors whose entries have small ones
    number: Node = ANY  # any number, in a sentence: no tensor is called so, nor its entries

    def __call__(self, name: str) -> Node:
        """A tensor, a copy of one that an operation reads, or a tensor after the update (X')."""
        if not is_copy(name):
            base = name.rstrip("'")
            sign = self.signs.get(base)
            return primed(sign.math, len(name) - len(base)) if sign else letter(name)
        tensor, (to, role) = original(name), reader(name)
        sign = self.signs.get(tensor) or preferred(tensor)
        return sign.copied(row(self(to), *((COMMA, THIN, Number(_place(role))) if role else ())))

    def of_entries(self, tensor: str) -> Node | None:
        """The small letter of a tensor's entries, if they have one; those of a copy keep what tells it apart."""
        if self.small is not None:
            return self.small.get(tensor)
        return Letter(tensor.lower()) if len(tensor) == 1 and tensor != "E" else None


AS_THEY_ARE = Symbols()


def _place(role: str) -> str:
    """The number of one of the copies that one operation reads: its roles are input, other, other2, other3, ..., or
    input and weight."""
    return {"input": "1", "weight": "2"}.get(role) or str(int(role.removeprefix("other") or 1) + 1)


def symbols(tensors: Iterable[str], raised: bool = False, delta: bool = False, named: bool = False) -> Symbols:
    """The printed names of these tensors, no two of which look alike, nor like a sign of the handout's own.

    `raised`: entries are written with subscripts; `delta`: gradients are called so; `named`: the sigmoid or another
    function with a sign of its own is there.
    """
    tensors = tuple(tensors)
    own = {*OWN, *([DELTA] if delta else []), *([SIGMA] if named else [])} - {
        Letter(x) for x in OF_LOSS if x in tensors
    }
    used = set(map(look, own))
    signs = {}
    for name in sorted(tensors, key=lambda t: not _is_as_written(t)):  # what is no translation keeps its form
        sign = next(s for s in _candidates(name, raised) if look(s.math) not in used)
        used.add(look(sign.math))
        signs[name] = sign
    capitals = (t for t in tensors if len(t) == 1 and t.isupper() and signs[t].math == Letter(t))
    small = {t: Letter(t.lower()) for t in capitals if t.lower() not in used}
    taken = look(ANY) in used or (raised and ANY in small.values())
    return Symbols(signs, small, XI if taken else ANY)  # no tensor is printed as this Greek letter


def _candidates(name: str, raised: bool) -> Iterator[PrintedName]:
    """What a name may look like, from the best on, without end."""
    first = preferred(name)
    yield PrintedName(first.stem, first.below, raised)
    word = f"x_{name}" if re.fullmatch(r"\d+[A-Za-z]?|[\d.]+", name) else name  # not like a number
    if len(word) > 1:
        yield PrintedName(Letter(word, "italic"))
    yield PrintedName(Letter(word, "bold"))
    yield from (PrintedName(Letter(word + "_" * marks, "italic")) for marks in count(1))


def preferred(name: str) -> PrintedName:
    r"""A name as mathematicians write it: U, C_{1}, \beta, W_{\mathrm{conv1}}, x_{0} for the layer 0."""
    if name.rstrip("_") in GREEK:  # lambda_, as the word itself is Python's
        return PrintedName(Letter(GREEK[name.rstrip("_")]))
    if len(name) == 1 and name.isalpha():
        return PrintedName(Letter(name))
    if name.isdigit():  # the layers of an nn.Sequential are called 0, 1, ...; x0, x1 in the code
        return PrintedName(Letter("x"), Number(name))
    if "." in name:
        return _in_module(*name.rsplit(".", 1))
    if name[0].isdigit():
        return PrintedName(Letter("x"), Letter(name, "upright"))
    head = name.rstrip("0123456789")
    if len(head) == 1 and head.isalpha():
        return PrintedName(Letter(head), Number(name[1:]))
    return PrintedName(Letter(name, "italic"))


def _in_module(module: str, last: str) -> PrintedName:
    """conv1.weight: W with the module for its index; the layer features.0: x with all of its name."""
    if last[0].isdigit():
        return PrintedName(Letter("x"), Letter(f"{module}.{last}", "upright"))
    stem = OF_MODULE.get(last) or Letter(last, "" if len(last) == 1 else "italic")
    return PrintedName(stem, Letter(module, "upright"))


def letter(name: str) -> Node:
    r"""An index, an extent, an option, or a tensor of the general convolution, in print: `i`, `s_h`, `X_p`; primes
    stay, and the marks of a letter that was taken do not show."""
    base = name.rstrip("'")
    plain = base.rstrip("_") or base
    return scripts(OPTIONS.get(plain) or (preferred(plain).math if plain else EMPTY), primes=len(name) - len(base))


def primed(math: Node, primes: int = 1) -> Node:
    """A formula with primes behind it: TeX takes no second superscript but of a group."""
    if not primes:
        return math
    return Scripts(Group(math), primes=primes) if is_raised(math) else scripts(math, primes=primes)


def look(math: Node) -> str:
    """What is seen of a name: italic and upright are too alike to tell things apart."""
    plain, times = FONTS.sub("", latex(math)), 1
    while times:
        plain, times = GROUP.subn(r"\1", plain)
    return plain


def _is_as_written(name: str) -> bool:
    """Whether a name's preferred form spells the name itself, as C_{1} spells C1."""
    parts = walk(preferred(name).math)
    return (
        "".join(
            x.digits if isinstance(x, Number) else NAMES.get(x.name, x.name)
            for x in parts
            if isinstance(x, Letter | Number)
        )
        == name
    )


def delta(name: Node) -> Node:
    """The gradient of a tensor by a letter of its own."""
    return Scripts(DELTA, above=name)
