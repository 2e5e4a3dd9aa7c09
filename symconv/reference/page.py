"""The reference of all layers and losses as one page of Markdown, docs/layers.md: GitHub shows its formulas."""

from collections.abc import Iterable

from symconv.derivation.tensors import copy
from symconv.formula.compose import equals
from symconv.formula.width import letters
from symconv.handout.chains import fitted
from symconv.handout.document import Line
from symconv.handout.symbols import symbols
from symconv.reference.entry import Equality, Reference, entry
from symconv.reference.examples import GROUPED
from symconv.reference.text import short
from symconv.reference.torch_names import TorchRow, index
from symconv.text.prose import Prose, prose
from symconv.writers.notebook.markdown import ROW, cell, formula, rich

COMMAND = "symconv layers --markdown"
LANGUAGE = "en"
WIDTH = 84  # of a formula, in letters: what a page of GitHub has room for
COPY = f"${formula(symbols(('X', 'Y'))(copy('X', 'Y')))}$"
HEAD = f"""<!-- Written by `{COMMAND} > docs/layers.md`; a test holds it to what that writes. -->
# Layers and losses

Every layer and every loss that a network may have: how it is written in a file, its equation, the gradients that are derived from it, what it is called in PyTorch, its options, and what is refused. Equations and gradients are the derivations' own, for any sizes; numbers in them, as the slope of a leaky ReLU, are the example's or the defaults; a bracket around a condition is 1 where it holds and 0 where it does not, and every sum goes over all values of its indices. Every example is a file that `symconv build` takes. In a terminal, `symconv layers` lists them and `symconv layers conv max_pool` shows some in full, with `--lang zh` in Chinese. What a name of PyTorch's is here stands [below the contents](#by-the-names-in-pytorch).

Every layer has a `type` and a `name`, which is that of its output, and may name an earlier tensor as its `input`; what it reads otherwise is the tensor of the layer before it. Shapes and axes count the batch's axis. A tensor that several operations read has a copy for each, {COPY} for the one that $Y$ reads, and the gradients of the copies add. `nn` is `torch.nn`, `F` is `torch.nn.functional`, and `x` a tensor.
"""  # noqa: E501  paragraphs of Markdown are lines
BY_NAME = """## By the names in PyTorch

What `symconv.from_torch` reads in a model, and the layers that it becomes. Functions are methods of tensors too, where PyTorch has them, and have their names with `_` behind in place. What is made of several layers has no section of its own; a recurrent layer is its cell, step after step.

<details><summary>All names</summary>

{index}
</details>
"""  # noqa: E501


def page() -> str:
    """All of it, with a table of contents and an index of the names in PyTorch."""
    say = prose(LANGUAGE)
    contents = [f"- [{say(f'reference.{group}')}](#{_anchor(say(f'reference.{group}'))}): "
                f"{', '.join(map(_link, kinds))}" for group, kinds in GROUPED.items()]  # fmt: skip
    parts = [HEAD, "\n".join([*contents, ""]), BY_NAME.format(index=_index())]
    for group, kinds in GROUPED.items():
        parts += [f"## {say(f'reference.{group}')}\n", *(_section(entry(kind, say), say) for kind in kinds)]
    return "\n".join(parts)


def _index() -> str:
    rows = (f"| {', '.join(map(_code, row.names))} | {_becomes(row)} |" for row in index())
    return "\n".join(["| in PyTorch | here |", "|---|---|", *rows, ""])


def _becomes(row: TorchRow) -> str:
    if not row.kinds:
        return "nothing: the tensor itself"
    links = tuple(map(_link, dict.fromkeys(row.kinds)))
    return f"made of {', '.join(links)}" if row.in_turn else " or ".join(links)


# ------------------------------------------------------------------------------------------------ a section
def _section(e: Reference, say: Prose) -> str:
    parts = [
        f"### {e.kind}\n\n<em>{rich(e.noun)}</em>. {rich(say.join([e.told, e.usage]))}",
        f"```toml\n{e.example}```",
        _math(e.equations),
        _shapes(e, say),
        f"{say('reference.gradients')}:\n\n{_math(e.gradients)}",
        *map(rich, e.kinks),
        _options(e, say),
        _refused(e, say),
        f"{say('reference.in_torch')}: {', '.join(_code(short(name)) for name in e.torch)}." if e.torch else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _math(equalities: Iterable[Equality]) -> str:
    """Equations one below the other, in a fence: so Markdown reads nothing in them."""
    rows = (f"{formula(line.lhs)} &{_start(line)}{formula(line.rhs)}" for e in equalities for line in _lines(e))
    return "```math\n\\begin{aligned}\n" + ROW.join(rows) + "\n\\end{aligned}\n```"


def _lines(e: Equality) -> tuple[Line, ...]:
    """One that is too wide goes on below."""
    return fitted(Line(e.left, equals(e.right)), WIDTH - letters(e.left))


def _start(line: Line) -> str:
    return r"\quad " if line.continued else ""


def _shapes(e: Reference, say: Prose) -> str:
    """The tensors with their shapes, and what follows of the extents."""
    shapes = ", ".join(f"${formula(x.left)}$ is ${formula(x.right)}$" for x in e.shapes)
    return f"{say('reference.shapes')}: {shapes}." + (f"\n\n{_math(e.extents)}" if e.extents else "")


def _options(e: Reference, say: Prose) -> str:
    if not e.options:
        return ""
    rows = (
        f"| `{option.key}` | {cell(option.may)}{_by(map(formula, letters))} | {cell(option.default)} |"
        for option, letters in e.options
    )
    return "\n".join(["| option | may be | default |", "|---|---|---|", *rows])


def _by(letters: Iterable[str]) -> str:
    names = ", ".join(f"${x}$" for x in letters)
    return f": {names}" if names else ""


def _refused(e: Reference, say: Prose) -> str:
    lines = (f"- {_code(line)}: {rich_of(said)}" for line, said in e.refused)
    return "\n".join([f"{say('reference.refused')}:", "", *lines]) if e.refused else ""


def rich_of(message: str) -> str:
    return message.replace("<", "&lt;").replace("*", r"\*").replace("|", r"\|").replace("[", r"\[")


# ------------------------------------------------------------------------------------------------ links
def _link(kind: str) -> str:
    return f"[{kind}](#{kind})"


def _anchor(title: str) -> str:
    """As GitHub makes it."""
    return "".join(c for c in title.lower() if c.isalnum() or c in " -_").replace(" ", "-")


def _code(text: str) -> str:
    return f"`{text}`"
