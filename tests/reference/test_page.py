"""docs/layers.md: to the byte what the command writes; its links lead somewhere, its examples load, its formulas are
those that GitHub shows."""

import re
from pathlib import Path

import pytest

from symconv.networks.network import from_text
from symconv.reference.entry import entry
from symconv.reference.examples import EXAMPLES, REFUSED, held
from symconv.reference.page import page
from symconv.reference.torch_names import index
from symconv.text.prose import prose

FILE = Path(__file__).parents[2] / "docs" / "layers.md"
KNOWN = r"""
\, \[ \left \right \begin \end \\ \sum \frac \tfrac \sqrt \partial \color \lt \le \ge \mid \max \min \log \tanh \sin
\cos \cdot \operatorname \mathit \mathrm \substack \bigl \bigr \Bigl \Bigr \lfloor \rfloor \quad \vert \to \gt \alpha
\beta \gamma \delta \mu \sigma \pi \xi \Phi \tilde
"""  # commands that GitHub's MathJax and KaTeX both know; and a backslash with a space
COMMANDS = {"\\ ", *KNOWN.split()}


@pytest.fixture(scope="module")
def written() -> str:
    return page()


def test_the_page_is_what_the_command_writes(written: str) -> None:
    assert FILE.read_text(encoding="utf-8") == written
    assert written.startswith("<!-- Written by `symconv layers --markdown > docs/layers.md`")


def broken(text: str) -> set[str]:
    """The links of a page that lead nowhere."""
    titles = re.findall(r"^#+ (.+)$", text, re.M)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert len(anchors) == len(titles), "two headings of one name"
    return {*re.findall(r"\]\(#([^)]+)\)", text)} - anchors


def test_every_link_leads_somewhere(written: str) -> None:
    assert broken(written) == set() and broken(written.replace("\n### conv\n", "\n### cnov\n")) == {"conv"}


def sections(text: str) -> dict[str, str]:
    """The sections of the layers and losses, by kind."""
    pieces = re.split(r"^###? ", text, flags=re.M)
    return {name: body for name, _, body in (piece.partition("\n") for piece in pieces) if name in EXAMPLES}


def test_every_example_of_the_page_loads(written: str) -> None:
    assert [*sections(written)] == [*EXAMPLES]
    for kind, body in sections(written).items():
        (example,) = re.findall(r"```toml\n(.*?)```", body, re.S)
        network = from_text(example, kind)
        assert kind in (network.layers[0].kind, network.loss.kind)


def strange(text: str) -> set[str]:
    """The commands in formulas that not every program knows."""
    maths = re.findall(r"```math\n(.*?)\n```", text, re.S) + re.findall(r"(?<![`\w])\$([^$\n]+)\$", text)
    assert len(maths) > 500 and not any("\n\n" in math for math in maths)
    return {command for math in maths for command in re.findall(r"\\(?:[A-Za-z]+|.)", math)} - COMMANDS


def test_github_knows_every_command(written: str) -> None:
    assert strange(written) == set()
    assert strange(written.replace(r"\sigma", r"\sigmoid")) == {r"\sigmoid"}


def test_every_name_of_torch_is_found(written: str) -> None:
    names = [name for row in index() for name in row.names]
    assert len(names) > 300 and [name for name in names if f"`{name}`" not in written] == []
    (row,) = re.findall(r"^\|.*`torch\.nn\.LSTM`.*$", written, re.M)
    assert row.endswith("| made of [linear](#linear), [add](#add), [slice](#slice), [sigmoid](#sigmoid), "
                        "[tanh](#tanh), [mul](#mul), [stack](#stack) |")  # fmt: skip
    (row,) = re.findall(r"^\|.*`torch\.nn\.functional\.interpolate`.*$", written, re.M)
    assert row.endswith("[upsample](#upsample) or [interpolate](#interpolate) |")


def test_a_section_tells_all_of_a_layer(written: str) -> None:
    body, found = sections(written)["max_pool"], entry("max_pool", prose("en"))
    for option, _ in found.options:
        assert f"| `{option.key}` | {option.may}" in body
    assert "- `padding = 2`: " in body and len(REFUSED["max_pool"]) == body.count("\n- `")
    assert "`nn.MaxPool2d`" in body and "first winner" in body and "\\arg" not in body
    assert held("K", "[1]") not in body


def test_tables_have_as_many_cells_in_every_row(written: str) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", written, re.M):
        outside = re.sub(r"`[^`]*`|\\\||\$[^$]*\$", "", table)
        assert len({row.count("|") for row in outside.splitlines()}) == 1, table
