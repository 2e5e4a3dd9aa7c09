"""Lines of code with what each one does: the tree that a lowered program is, and its printed lines in a row."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from symconv.derivation.equations import Operation

WIDTH = 88
ENTRY = re.compile(r"\w\[[^][]*\]")
SHORT = 8  # the length of a number, of which several stand in a line
SET_UP = ("allocate", "strides", "sizes", "block")

ROLES: dict[str, tuple[str, ...]] = {  # role -> what its detail tells
    "options": ("names",),  # the call that refuses bad arguments and unpacks the options
    "operand": ("tensors", "arguments"),  # tensors get their letters; also batch, the index that may be missing
    "sizes": ("tensor", "extents"),  # a shape is unpacked
    "extent": ("symbol", "value", "counts"),  # an extent is computed; counts: the index that it bounds
    "default": ("tensor", "shape"),  # an operand that was left out is zero
    "allocate": ("tensor", "shape"),  # a tensor of zeros
    "pad": ("term", "over"),  # a tensor is placed in, or taken out of, a padded one
    "loop": ("index", "extent"),  # an index runs
    "block": ("index",),  # how many values of an index are taken at once, and where they end
    "branch": ("way",),  # which way is taken for which sizes
    "comment": (),  # why a way is taken
    "layout": ("tensor",),  # a tensor is copied so that another axis lies innermost
    "slice": ("name", "at", "over"),  # the subscript of a vectorised index; over: (index, extent)
    "number": ("name", "at"),  # the subscript of a looped pair of indices
    "strides": ("tensor",),  # the steps of a tensor in memory
    "window": ("term", "over"),  # a tensor of windows is made or filled
    "spread": ("term", "over"),  # a tensor of windows is added back
    "view": ("tensor", "at"),  # an axis, with the subscript `at`, is split in two
    "piece": ("term", "over"),  # a function, a maximum or a softmax, for all entries at once
    "winner": ("tensor",),  # which entry of each window is the first largest
    "logsumexp": ("tensor",),
    "max": ("tensor",),
    "softmax": ("tensor",),
    "reorder": ("term", "over"),  # a product's axes are put in the order of its tensor
    "reshape": ("tensor", "batch", "groups"),  # a matrix or a vector; groups: the indices of each of its axes
    "product": ("term", "over"),  # a sum of products, over some indices; and: a further term in the same line
    "matmul": ("term", "over"),  # the same as one matrix product
    "add": ("term", "over"),  # a term without a product
    "return": ("tensor",),  # the result
    "continued": (),  # the rest of a line that was too long
}

Detail = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class CodeStatement:
    """A statement, its role, a short comment, and the piece of the equation it schedules (SymPy expressions, names)."""

    code: str
    role: str
    comment: str = ""
    detail: Detail = ()


@dataclass(frozen=True)
class Loop:
    head: CodeStatement
    body: tuple["CodeStatement | Loop", ...]


CodeNode = CodeStatement | Loop


@dataclass(frozen=True)
class BodyLine:
    """One printed line of a function's body: `line["index"]` looks into its detail, whose keys ROLES lists."""

    number: int  # from 1, as in the printed body; blank lines and comments above a line are not counted
    depth: int  # of its indentation
    phase: int  # from 1; a blank line stands between phases
    code: str  # without indentation and comment
    role: str
    comment: str
    detail: Detail = field(repr=False)

    def __getitem__(self, key: str) -> Any:
        return dict(self.detail)[key]


@dataclass(frozen=True)
class Emitted:
    """An emitted function as others read it: the operation, its name, the lines of its `def`, and each printed line of
    its body with what it schedules."""

    operation: Operation
    name: str
    signature: tuple[str, ...]
    lines: tuple[BodyLine, ...]


def blocks(nodes: Iterable[CodeNode]) -> list[list[CodeNode]]:
    """The nodes in phases: a new one begins after a loop, after a padding, around the ways, and where tensors are set
    up."""
    out: list[list[CodeNode]] = []
    role = ""
    for node in nodes:
        last, role = role, _phase(node)
        sets_up = role in SET_UP and last not in (*SET_UP, "view", "comment")
        over = last in ("loop", "pad", "branch", "default") and not role == last != "loop"
        if not out or sets_up or over or (role == "branch" != last):
            out.append([])
        out[-1].append(node)
    return out


def _phase(node: CodeNode) -> str:
    """The role of a line, or what a loop is in this respect."""
    if isinstance(node, CodeStatement):
        return node.role
    return node.head.role if node.head.role in ("branch", "pad", "default") else "loop"


def printed(nodes: Iterable[CodeNode], depth: int = 1) -> list[str]:
    """The nodes as indented lines: a comment behind its line where it fits, else above it. The ways of a function are
    in phases too."""
    out: list[str] = []
    for node in nodes:
        if isinstance(node, Loop):
            inside = blocks(node.body) if node.head.role == "branch" else [list(node.body)]
            out += _with_comment(node.head, depth)
            for k, block in enumerate(inside):
                out += ([""] if k else []) + printed(block, depth + 1)
        else:
            out += _with_comment(node, depth)
    return out


def code_lines(nodes: Iterable[CodeNode]) -> tuple[BodyLine, ...]:
    """The nodes as lines of a listing."""
    out: list[BodyLine] = []
    for phase, block in enumerate(blocks(nodes), 1):
        for line, depth in walk(block, 1):
            for k, text in enumerate(fold(line.code, depth)):
                role, comment = ("continued", "") if k else (line.role, line.comment)
                indent = (len(text) - len(text.lstrip())) // 4 - 1
                out.append(BodyLine(len(out) + 1, indent, phase, text.strip(), role, comment, line.detail))
    return tuple(out)


def walk(nodes: Iterable[CodeNode], depth: int) -> Iterator[tuple[CodeStatement, int]]:
    for node in nodes:
        if isinstance(node, CodeStatement):
            yield node, depth
        else:
            yield node.head, depth
            yield from walk(node.body, depth + 1)


def _with_comment(line: CodeStatement, depth: int) -> list[str]:
    if line.role == "comment":
        return comment(line.code.removeprefix("# "), depth)
    texts = fold(line.code, depth)
    if not line.comment:
        return texts
    if len(texts) == 1 and len(texts[0]) + len(line.comment) + 4 <= WIDTH:
        return [f"{texts[0]}  # {line.comment}"]
    return [*comment(line.comment, depth), *texts]


def comment(text: str, depth: int) -> list[str]:
    """A comment on lines of its own; an equation hangs, and an entry stays whole; one too long for a line breaks
    between its subscripts."""
    indent = "    " * depth + "# "
    hang = indent + "    " * ("=" in text)
    kept = ENTRY.sub(lambda entry: entry[0].replace(" ", "\0"), text)
    long = [part for part in kept.split() if len(hang + part) > WIDTH]
    for part in long:
        kept = kept.replace(part, part.replace(",\0", ", "))
    lines = wrap(kept, WIDTH, initial_indent=indent, subsequent_indent=hang, break_long_words=False)
    return [line.replace("\0", " ") for line in lines]


# ------------------------------------------------------------------------------------------------ long lines
def fold(code: str, depth: int) -> list[str]:
    """The code indented; where too long, its longest bracket is opened, as black does; numbers fill their lines."""
    indent = "    " * depth
    if len(indent + code) <= WIDTH:
        return [indent + code]
    span = _longest_bracket(code)
    if span is None or len(indent + code[: span[0]]) > WIDTH:
        left, sign, right = _assignment(code)
        return [f"{indent}{left} {sign} (", *fold(right, depth + 1), f"{indent})"] if sign else [indent + code]
    start, end = span
    inside = code[start:end]
    parts = split_commas(inside)
    opened = [indent + "    " + inside]
    if len(opened[0]) > WIDTH and len(parts) == 1:
        opened = [text for part in _operands(inside, WIDTH - len(indent) - 4) for text in fold(part, depth + 1)]
    elif len(opened[0]) > WIDTH:
        short = all(len(part) <= SHORT for part in parts)
        lines = _filled(parts, WIDTH - len(indent) - 5) if short else parts
        opened = [text for line in lines for text in fold(line.rstrip(",") + ",", depth + 1)]
    return [indent + code[:start], *opened, indent + code[end:]]


def _operands(text: str, width: int) -> list[str]:
    """The terms of a sum and the factors of a term that is too wide, each but the first with its sign."""
    terms = _cut(text, "+-")
    return [part for term in terms for part in (_cut(term, "*/") if len(term) > width else [term])]


def _cut(text: str, operators: str) -> list[str]:
    """The text cut before each of these operators that stands between blanks and in no bracket."""
    cuts = [
        at for at, sign, depth in signs(text) if sign in operators and not depth and text[at - 1 : at + 2 : 2] == "  "
    ]
    return [text[a:b].strip() for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _filled(parts: list[str], width: int) -> list[str]:
    """As many parts in a line as fit."""
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]}, {part}"
        lines[-1:] = [longer] if len(longer) < width else [lines[-1], part]
    return lines


def _assignment(code: str) -> tuple[str, str, str]:
    """Target, sign and value of an assignment; no sign where it is none."""
    for sign in ("+=", "-=", "="):
        left, found, right = code.partition(f" {sign} ")
        if found and "(" not in left:
            return left, sign, right
    return code, "", ""


def _longest_bracket(code: str) -> tuple[int, int] | None:
    """Where the contents of the longest outermost round bracket, or of a list, begin and end."""
    found, start = [], 0
    for at, sign, depth in signs(code):
        if sign in "([{" and depth == 1:
            start = at + 1
        elif depth == 0 and (sign == ")" or (sign == "]" and code[: start - 1].strip() == "")):
            found.append((start, at))
    return max(found, key=lambda span: span[1] - span[0], default=None)


def split_commas(text: str) -> list[str]:
    """The parts between the commas that stand in no bracket and in no string."""
    cuts = [at for at, sign, depth in signs(text) if sign == "," and depth == 0]
    parts = [text[a:b].strip(" ,") for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return [p for p in parts if p]


def unwrapped(text: str) -> str:
    """The text without brackets around all of it."""
    open_ = [depth for _, _, depth in signs(text)]
    return text[1:-1] if text.startswith("(") and all(open_[:-1]) and not open_[-1] else text


def grouped(text: str) -> str:
    """The text in brackets where an operator stands in it outside of brackets, so that a method may follow."""
    operator = text.startswith("-") or any(sign in " *" and not depth for _, sign, depth in signs(text))
    return f"({text})" if operator else text


def signs(text: str) -> Iterator[tuple[int, str, int]]:
    """(place, character, brackets open after it) outside of strings."""
    depth, quote = 0, ""
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        else:
            depth += (sign in "([{") - (sign in ")]}")
            yield at, sign, depth
