"""How many of the models that people bring from_torch takes: `python tests/models/rate.py [--family F] [--name N]`.

With --reasons a table of what the others were refused for follows: in how many models each stands, and in how many of
them alone.
"""

import argparse
import re
import warnings
from collections import Counter
from collections.abc import Sequence

import torch

from symconv.errors import Fault
from tests.models.brought import Brought
from tests.models.every import MODELS
from tests.models.judge import Verdict, verdict

COUNTED = ("cnn", "mlp", "gan", "segmentation", "restoration", "mobile")  # the families of CNNs and MLPs


def main() -> None:
    """Prints a line for each model, then the rates."""
    parser = argparse.ArgumentParser(description="How many of the models that people bring from_torch takes.")
    parser.add_argument("--family", choices=sorted({each.family for each in MODELS.values()}))
    parser.add_argument("--name", choices=sorted(MODELS), metavar="NAME")
    parser.add_argument("--reasons", action="store_true", help="what they were refused for, with counts")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    chosen = [x for x in MODELS.values() if asked.family in (None, x.family) and asked.name in (None, x.name)]
    found = {each.name: verdict(each.name) for each in chosen}
    for each in chosen:
        print(f"{each.family:13} {each.name:38} {_line(found[each.name], asked.name is not None)}")
    print()
    _rates(chosen, found)
    if asked.reasons:
        _reasons(list(found.values()))


def _line(given: Verdict, whole: bool) -> str:
    """The first line that says something, or all; what only counts the mistakes says nothing."""
    lines = given.message.splitlines()
    if len(lines) > 1 and re.search(r": \d+ mistakes?$", lines[0]):
        lines = lines[1:]
    return "  ".join([given.kind, "\n".join(lines) if whole else "".join(lines[:1])])


def _rates(chosen: Sequence[Brought], found: dict[str, Verdict]) -> None:
    families = list(dict.fromkeys(each.family for each in chosen))
    groups = {family: {family} for family in families}
    if len(families) > 1:
        groups |= {"CNNs and MLPs": {*COUNTED}, "all": {*families}}
    for group, members in groups.items():
        kinds = [found[each.name].kind for each in chosen if each.family in members]
        taken = kinds.count("taken")
        wrong = "".join(f", {kinds.count(kind)} {kind}" for kind in ("OFF", "CRASH") if kind in kinds)
        print(f"{group:13} {taken:3} of {len(kinds):3}  {taken / len(kinds):4.0%}{wrong}")


def _reasons(found: Sequence[Verdict]) -> None:
    everywhere: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for given in found:
        reasons = {reason(fault) for fault in given.faults}
        everywhere.update(reasons)
        alone.update(reasons if len(reasons) == 1 else ())
    print("\nmodels  alone  reason")
    for what, count in everywhere.most_common():
        print(f"{count:6}  {alone[what]:5}  {what}")


def reason(fault: Fault) -> str:
    """A fault without its place, but with the module or function that is not known, and without its numbers."""
    place, problem = fault.place, fault.problem.splitlines()[0]
    if not place:
        text = re.sub(r".*?(torch\.fx|makes |loss: |from_torch has)", r"\1", problem)
        text = re.sub(r"(function|module|Module) <.*|(loss: \w+) .*", r"\1\2 has no derivation", text)
    else:
        head = re.split(r", | in ", place)[0]
        named = re.search(r"\((.+)\)", head)
        what = named[1] if named else re.sub(r"_\d+$", "", head)
        text = re.sub(r", here and in .*", "", problem)
        keeps_name = "derivation" in text or "something else" in text
        text = f"{what}: {text}" if keeps_name and "its weight" not in text else text
    text = re.sub(r"\(?tensor\(.*", "...", text)
    return re.sub(r"\b\d+(x\d+)*\b", "n", text)[:110]


if __name__ == "__main__":
    main()
