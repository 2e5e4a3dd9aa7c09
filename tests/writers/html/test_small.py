"""A page in fewer bytes says the same."""

import re

from elements import mathml

from symconv.writers.html.small import slim


def words(page: str) -> str:
    return re.sub(r"\s|<[^>]*>", "", page)


def test_an_index_is_one_piece() -> None:
    assert slim(mathml("S[0]")) == "<math><mi>S</mi><mtext>[0]</mtext></math>"
    assert slim(mathml(r"U[0,\,12]", display=True)) == "<math><mi>U</mi><mtext>[0, 12]</mtext></math>"
    assert "<mi>i</mi>" in slim(mathml("S[i]"))  # a letter is set as one


def test_signs_alone_are_text() -> None:
    assert slim(mathml("=") + "<input>" + mathml(r"\approx") + mathml(r",\ ")) == "<i>=</i><input><i>≈</i><i>,</i>"
    assert slim(mathml("x=")).startswith("<math><mi>x</mi>")


def test_lines_of_one_kind_are_one_path() -> None:
    path = '<path class="s-hair" stroke-width="0.6" d="{}"/>'
    other = '<path class="s-ink" stroke-width="0.6" d="M0 0"/>'
    page = path.format("M1 1L2 2") + path.format("M3 3L4 4") + other + path.format("M5 5")
    assert slim(page) == path.format("M1 1L2 2M3 3L4 4") + other + path.format("M5 5")


def test_the_colour_of_a_fraction_is_its_own() -> None:
    page = mathml(r"\dL{S[0]}+\bw{x}")
    assert '<mfrac class="bw">' in slim(page) and '<mrow class="bw">' in mathml(r"\dL{S}")
    assert words(slim(page)) == words(page)


def test_a_sign_is_one_in_fewer_words() -> None:
    assert slim(mathml("2\\cdot(-1)")).count('<mo form="prefix">−</mo>') == 1


def test_a_script_keeps_its_statements_and_no_comment_lines() -> None:
    page = '<p>\n// said</p><script>\n  // why\n  f("//"); // g\n</script>'
    assert slim(page) == '<p>\n// said</p><script>\nf("//"); // g\n</script>'
