"""A layer or a loss in full, as plain text for a terminal."""

from collections.abc import Iterable, Iterator
from textwrap import indent, wrap

from symconv.formula.nodes import Node
from symconv.formula.plain import plain
from symconv.formula.read import read
from symconv.reference.entry import Equality, Reference
from symconv.reference.options import LayerKey
from symconv.text.prose import Prose
from symconv.text.rich_text import Forms, has_han, written

WIDTH = 100  # of lines of words; a formula is not broken
_FORMS: Forms = {
    "math": lambda s: plain(read(s)), **dict.fromkeys(("stress", "code", "fw", "bw"), str),
    **dict.fromkeys(("break", "gap"), lambda _: " "),
}  # fmt: skip


def text(entry: Reference, say: Prose) -> str:
    """All of it, in paragraphs with headings."""
    torch = ", ".join(map(short, entry.torch))
    parts = {
        "equation": map(equality, entry.equations),
        "shapes": (*(f"{plain(e.left)}: {plain(e.right)}" for e in entry.shapes), *map(equality, entry.extents)),
        "gradients": map(equality, entry.gradients),
        "kinks": (line for sentence in entry.kinks for line in filled(sentence)),
        "options": _options(entry.options, say),
        "refused": (f"{line}\n  {said}" for line, said in entry.refused),
        "in_torch": wrap(torch, WIDTH),
        "example": entry.example.splitlines(),
    }
    found = ((say(f"reference.{key}"), list(lines)) for key, lines in parts.items())
    told = indent("\n".join(filled(say.join([entry.told, entry.usage]))), "  ")
    return "\n\n".join([f"{entry.kind}: {entry.noun}\n{told}", *(_part(name, lines) for name, lines in found if lines)])


def short(name: str) -> str:
    """A name of torch as people write it: nn.Conv2d, F.conv2d."""
    return name.replace("torch.nn.functional.", "F.").replace("torch.nn.", "nn.").replace("torch.Tensor.", "x.")


def equality(e: Equality) -> str:
    """On one line."""
    return f"{plain(e.left)} = {plain(e.right)}"


def filled(rich: str) -> list[str]:
    """Rich text in lines of words; Chinese, which has no spaces to break at, on one."""
    line = written(rich, _FORMS, str)
    return [line] if has_han(line) else wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False)


def called(may: str, letters: Iterable[Node], say: Prose) -> str:
    """What an option may be, and by which letters the equation calls it."""
    names = ", ".join(map(plain, letters))
    return say("option.standing_for", may=may, letters=names) if names else may


def _options(options: Iterable[tuple[LayerKey, tuple[Node, ...]]], say: Prose) -> Iterator[str]:
    for option, letters in options:
        yield f"{option.key} ({option.default})\n  {''.join(filled(called(option.may, letters, say)))}"


def _part(heading: str, lines: Iterable[str]) -> str:
    return f"  {heading}\n{indent(chr(10).join(lines), '    ')}"
