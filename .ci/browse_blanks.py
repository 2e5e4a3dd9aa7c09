"""The blanks of an exercise in a browser: right numbers, wrong ones, classic mistakes, what is no number."""

import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from typed_numbers import BLANK, READ

from symconv.exercises.page_key import veiled

Faults = Iterator[str]


def blanks(page: Page, box: Locator) -> Faults:
    """Everything that a student may type."""
    fields = page.locator("input.answer").all()
    key = json.loads(veiled(page.locator("script.key").text_content() or ""))
    if not len(fields) == len(key["right"]) == len(key["wrong"]):
        yield f"{len(fields)} fields, {len(key['right'])} answers, {len(key['wrong'])} lists of mistakes"
    unnamed = [k for k, field in enumerate(fields) if not field.get_attribute("aria-label")]
    yield from [f"fields {unnamed} have no name"] if unnamed else []
    yield from wrong(fields, key)
    yield from written(fields[0], box.get_attribute("data-odd") or "")
    yield from cut_off(fields, key, box.get_attribute("data-cut") or "")
    count = box.get_attribute("data-count") or ""
    for k, field in enumerate(fields):
        typed(field, f"{key['right'][k]:.4f}")
        counted = count.replace("%1", str(k + 1)).replace("%2", str(len(fields)))
        if not (classes(field) == ["right"] and said(field) == "" and box.inner_text() == counted):
            yield f"field {k}: {key['right'][k]:.4f} is {classes(field)} {said(field)!r}; {box.inner_text()!r}"
    if "whole" not in (box.get_attribute("class") or ""):
        yield "nothing says that all are right"
    typed(fields[0], "nonsense")
    if fields[0].get_attribute("aria-invalid") != "true" or fields[1].get_attribute("aria-invalid"):
        yield "a wrong field is not called one"
    typed(fields[1], f"{key['right'][1]:.4f}")
    if not said(fields[0]):
        yield "the word about a field goes when another one of its line is right"
    page.reload()
    if page.locator(".answer.right").count() != len(fields) - 1 or fields[0].input_value() != "nonsense":
        yield "what was typed is not there after a while"


def wrong(fields: list[Locator], key: dict[str, Any]) -> Faults:
    """One field with each kind of wrong answer, then one mistake of every tensor."""
    first, right = fields[0], key["right"][0]
    for text, kind in (("nonsense", "off"), ("1/0", "off"), (f"{right + 1}", "off"), ("", "")):
        typed(first, text)
        if classes(first) != ([kind] if kind else []) or bool(said(first)) != bool(kind):
            yield f"{text!r} is {classes(first)} {said(first)!r}"
    fraction = Fraction(right).limit_denominator(64)
    for text in (f"{2 * fraction.numerator}/{2 * fraction.denominator}", f" {right} ", f"{right}".replace(".", ",")):
        typed(first, text.replace("-", "\u2212"))
        if not key["slack"][0] and classes(first) != ["right"]:
            yield f"{text!r} is {classes(first)}"
    typed(first, "")
    for text, kind in ((mixed(fraction), "right"), (f"{right + 0.01:.4f}", "off"), (f"{right + 0.001:.4f}", "off")):
        typed(first, text)
        if not key["slack"][0] and classes(first) != [kind]:
            yield f"{text!r} is {classes(first)}, not {kind}"
    typed(first, "")
    known = enumerate(zip(key["right"], key["slack"], strict=True))
    rounded = next((k for k, (x, slack) in known if slack and abs(x - round(x, 1)) > 0.01), None)
    if rounded is not None:
        typed(fields[rounded], f"{key['right'][rounded]:.1f}")
        if classes(fields[rounded]) != ["near"]:
            yield f"one decimal is {classes(fields[rounded])}"
        x, slack = key["right"][rounded], key["slack"][rounded]
        for text, kind in (
            (f"{x + 0.9 * slack:.6f}", "right"),
            (f"{x + 2 * slack:.6f}", "off"),
            (f"{x + 0.02:.2f}", "off"),
        ):
            typed(fields[rounded], text)
            if classes(fields[rounded]) != [kind]:
                yield f"{text} for {x} is {classes(fields[rounded])}, not {kind}"
        typed(fields[rounded], "")
    for tensor in sorted({*key["tensor"]} - {-1}):
        k = next((k for k, t in enumerate(key["tensor"]) if t == tensor and key["wrong"][k]), None)
        if k is not None:
            number, words = key["wrong"][k][0]
            typed(fields[k], f"{number:.4f}")
            if classes(fields[k]) != ["off"] or key["said"][words] not in said(fields[k]):
                yield f"field {k}: {number} is {classes(fields[k])} {said(fields[k])!r}, not {key['said'][words]!r}"
            typed(fields[k], "")


def written(field: Locator, odd: str) -> Faults:
    """Everything that symconv reads as a number is one on the page, and nothing else."""
    for text, number in [*READ.items(), *((blank, None) for blank in BLANK)]:
        typed(field, text)
        taken, blank = said(field) != odd, text in BLANK
        if "\0" not in text and (taken != (number is not None or blank) or (blank and classes(field))):
            yield f"{text[:60]!a} is {classes(field)} {said(field)!r}"
    typed(field, "")


def cut_off(fields: list[Locator], key: dict[str, Any], words: str) -> Faults:
    """A last digit that is cut off is right, and said."""
    known = enumerate(zip(key["right"], key["slack"], strict=True))
    found = ((k, int(abs(x) * 100) / 100 * (1 if x > 0 else -1)) for k, (x, slack) in known if slack)
    k, number = next(((k, n) for k, n in found if n and abs(n - key["right"][k]) > 0.0055), (None, 0))
    if k is not None:
        typed(fields[k], f"{number:.2f}")
        if classes(fields[k]) != ["right"] or said(fields[k]) != words or fields[k].get_attribute("aria-invalid"):
            yield f"{number:.2f} for {key['right'][k]} is {classes(fields[k])} {said(fields[k])!r}"
        typed(fields[k], "")


def mixed(x: Fraction) -> str:
    """3/2 as 1 1/2."""
    whole, rest = divmod(abs(x), 1)
    sign = "-" if x < 0 else ""
    return f"{sign}{whole} {rest}" if whole and rest else str(x)


def typed(field: Locator, text: str) -> None:
    field.fill(text)
    field.press("Enter")  # goes on to the next field, or stays at the last


def classes(field: Locator) -> list[str]:
    return [name for name in (field.get_attribute("class") or "").split() if name not in ("answer", "short")]


def said(field: Locator) -> str:
    return str(field.evaluate("f => f.closest('.line').querySelector('.verdict')?.textContent ?? ''"))
