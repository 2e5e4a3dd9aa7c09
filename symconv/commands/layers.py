"""The command that lists what a network may be made of."""

from typing import Annotated

from cyclopts import Parameter

from symconv.commands.app import OneLanguage, app
from symconv.commands.terminal import WELL, print_rows
from symconv.errors import SpecError


@app.command
def layers(
    *names: Annotated[str, Parameter(help="layers or losses to show in full, for example conv max_pool")],
    lang: Annotated[OneLanguage, Parameter(help="the language of what is said")] = "en",
    markdown: Annotated[
        bool, Parameter(negative="", show_default=False, help="all of them in full, as the page docs/layers.md")
    ] = False,
) -> int:
    """List every layer and loss with its equation; with names, each in full: gradients, options, limits, an example."""
    from symconv.text.prose import prose

    if markdown:
        _print_page(names, lang)
        return WELL
    say = prose(lang)
    if not names:
        _print_list(lang)
        return WELL
    from symconv.reference.entry import entry
    from symconv.reference.lookup import kinds
    from symconv.reference.text import text

    print("\n\n".join(text(entry(kind, say), say) for kind in kinds(names)))
    return WELL


def _print_list(lang: str) -> None:
    """A line each, in groups."""
    from symconv.reference.entry import brief
    from symconv.reference.examples import GROUPED
    from symconv.reference.text import equality, filled
    from symconv.text.prose import prose

    say = prose(lang)
    for group, kinds in GROUPED.items():
        print(say(f"reference.{group}"))
        found = [brief(kind, say) for kind in kinds]
        print_rows([(f"  {each.kind}", each.noun, equality(each.equation)) for each in found])
        print()
    print("\n".join(filled(say("reference.more"))))


def _print_page(names: tuple[str, ...], lang: str) -> None:
    from symconv.reference.page import LANGUAGE, page

    if names or lang != LANGUAGE:
        raise SpecError("--markdown: the page holds all layers, in English\n  leave the names and --lang out")
    print(page(), end="")
