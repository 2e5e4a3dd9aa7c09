"""One rule for what a person writes: Python and the page's script read the same, and judge alike."""

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from depth import examples
from hypothesis import given, settings, strategies as st
from typed_numbers import BLANK, JUDGED, READ

from symconv.grading.precision import judged, number_given
from symconv.text import typed

SCRIPT = Path(__file__).parents[2] / "templates" / "reader.js"
NODE = shutil.which("node")
SIGNS = st.text(st.sampled_from([*"0123456789+-/., ?e_x", *typed.SIGNS]), max_size=12)
# Where there is no node, the browser of .ci/run reads the same table on a page.
needs_node = pytest.mark.skipif(NODE is None, reason="there is no node here")


def said_by_node(expression: str, inputs: Any, rule: str = typed.rule()) -> Any:
    """What the page's script makes of the inputs, one by one."""
    code = f"""{SCRIPT.read_text(encoding="utf-8")}
const {{ read, isBlank }} = reader({rule});
const inputs = JSON.parse(require("fs").readFileSync(0));
console.log(JSON.stringify(inputs.map(({expression}))));"""
    done = subprocess.run(
        [NODE or "", "-e", code], input=json.dumps(inputs), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("text", READ, ids=ascii)
def test_a_number_is_read(text: str) -> None:
    expected = READ[text]
    assert typed.read(text) == (None if expected is None else typed.Typed(*expected))
    assert not typed.is_blank(text)


@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_a_blank_is_one_and_no_number(text: str) -> None:
    assert typed.is_blank(text) and typed.read(text) is None


def test_ten_megabytes_are_refused_at_once() -> None:
    for text in ("9" * 10_000_000, "?" * 10_000_000, "1/" * 5_000_000, " " * 10_000_000):
        assert typed.read(text) is None and not typed.is_blank(text)


def test_the_rule_closes_no_script_and_has_nothing_unseen() -> None:
    assert "<" not in typed.rule() and typed.rule().isprintable()


@pytest.mark.parametrize(("text", "known", "slack", "verdict"), JUDGED)
def test_a_number_is_judged(text: str, known: str, slack: float, verdict: str) -> None:
    assert judged(number_given(text), Fraction(known), Fraction(0), Fraction(slack)) == verdict


# ------------------------------------------------------------------------------------------------ the page's script
@needs_node
def test_the_script_reads_the_same() -> None:
    found = said_by_node("read", [*READ])
    for text, number in zip(READ, found, strict=True):
        expected = READ[text]
        assert (number is None) == (expected is None), ascii(text)
        if expected:
            assert number == {"value": pytest.approx(float(expected[0])), "decimals": expected[1]}, ascii(text)


@needs_node
def test_a_rule_of_its_own_would_be_seen() -> None:
    """A page that had another rule than Python: no decimal comma, another minus."""
    for change in (("[.,]", "[.]"), ("\u2212", "\u2213"), ('"longest":1220', '"longest":3')):
        assert change[0] in typed.rule()
        found = said_by_node("read", [*READ], typed.rule().replace(*change))
        assert [n is None for n in found] != [n is None for n in READ.values()]


@needs_node
def test_the_script_knows_the_same_blanks() -> None:
    texts = [*BLANK, *READ]
    assert said_by_node("isBlank", texts) == [True] * len(BLANK) + [False] * len(READ)


@needs_node
def test_the_script_judges_alike() -> None:
    rows = [[text, float(known), slack] for text, known, slack, _ in JUDGED]
    found = said_by_node("([text, known, slack]) => judged(read(text), known, slack)", rows)
    assert found == [verdict for *_, verdict in JUDGED]


@needs_node
@settings(max_examples=examples(5))
@given(st.lists(SIGNS, min_size=200, max_size=400))
def test_the_script_reads_any_signs_as_python_does(texts: list[str]) -> None:
    blank, numbers = said_by_node("isBlank", texts), said_by_node("read", texts)
    assert blank == [typed.is_blank(t) for t in texts]
    for text, number in zip(texts, numbers, strict=True):
        own = typed.read(text)
        assert (own and own.decimals) == (number and number["decimals"]), ascii(text)
        if own:
            assert number["value"] == pytest.approx(float(own.value)), ascii(text)
