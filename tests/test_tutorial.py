"""What docs/tutorial.md shows is true: its commands and its Python run, in order, in an empty folder, and give what it
shows; what docs/gallery.md shows is there.

The tutorial is read as follows; "before" is the last line of text above a fence:

    ```sh        commands, one a line: `symconv ...` is run and has to exit with 0, or N where the fence says `exit=N`;
                 `pip ...` is not run, but has to stand in the README
    ```toml, ```csv   before, "`my-net.toml`:": the file is written; "`my-net.toml`, below `LINE`:": the lines are added
    ```python    is run, all of it in one namespace; an expression at the end is shown by Jupyter and has to be able to
    ```text      what the fence above printed; a line `...` stands for any lines, `...` in a line for any part of it
    change `A` to `B` in `my-net.toml`   in the text: is done
"""

import ast
import contextlib
import io
import re
import shlex
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from symconv.commands.cli import app, main
from symconv.files import tex
from symconv.networks.network import load

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README, TUTORIAL, GALLERY = (
    path.read_text(encoding="utf-8") for path in (ROOT / "README.md", DOCS / "tutorial.md", DOCS / "gallery.md")
)
FENCE = re.compile(r"```(\w+)(?: exit=(\d))?")
CHANGE = re.compile(r"change `([^`]+)` to `([^`]+)` in `([\w./-]+)`")
FILE = re.compile(r"`([\w./-]+)`(?:, below `([^`]+)`)?:")
HEAVIEST, ALL_PICTURES, WIDEST = 120_000, 1_200_000, 1200


@dataclass(frozen=True)
class Piece:
    """A fence, by its language, or a change of a file in the text ("change"), with its line."""

    kind: str
    text: str
    line: int
    before: str = ""
    status: int = 0


def pieces(markdown: str) -> Iterator[Piece]:
    before, fence, inside = "", None, []
    for number, line in enumerate(markdown.splitlines(), start=1):
        if fence is None:
            fence = FENCE.fullmatch(line)
            assert fence or not line.startswith("```"), f"line {number}: {line}"
            if fence is None:
                yield from (Piece("change", m[0], number) for m in CHANGE.finditer(line))
                before = line or before
        elif line == "```":
            text = "".join(f"{x}\n" for x in inside)
            yield Piece(fence[1], text, number - len(inside), before, int(fence[2] or 0))
            before, fence, inside = "", None, []
        else:
            inside.append(line)
    assert fence is None, "the last fence is open"


@dataclass
class Reader:
    """Who follows the tutorial in a folder, and what was printed last."""

    folder: Path
    names: dict[str, Any]
    printed: str = ""

    def follow(self, piece: Piece) -> None:
        getattr(self, f"follow_{piece.kind}")(piece)

    def follow_sh(self, piece: Piece) -> None:
        for command in piece.text.splitlines():
            tool, *words = shlex.split(command)
            if tool == "pip":
                assert command in README, f"line {piece.line}: {command}"
                continue
            assert tool == "symconv", f"line {piece.line}: {command}"
            with self._printing(), tex_for(words), pytest.raises(SystemExit) as caught:
                main(words)
            assert caught.value.code == piece.status, f"line {piece.line}: {command}\n{self.printed}"

    def follow_toml(self, piece: Piece) -> None:
        place = FILE.search(piece.before)
        assert place, f"line {piece.line}: which file?"
        path = self.folder / place[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        text = piece.text
        if place[2]:
            text = replaced(path.read_text(encoding="utf-8"), f"\n{place[2]}\n", f"\n{place[2]}\n{text}", piece)
        path.write_text(text, encoding="utf-8")

    follow_csv = follow_toml

    def follow_change(self, piece: Piece) -> None:
        match = CHANGE.fullmatch(piece.text)
        assert match
        path = self.folder / match[3]
        path.write_text(replaced(path.read_text(encoding="utf-8"), match[1], match[2], piece), encoding="utf-8")

    def follow_python(self, piece: Piece) -> None:
        code = ast.parse(piece.text)
        last = code.body[-1]
        with self._printing():
            exec(piece.text, self.names)
        if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Call):
            shown = eval(ast.unparse(last), self.names)
            assert shown._repr_html_() and shown._repr_latex_(), f"line {piece.line}"

    @contextlib.contextmanager
    def _printing(self) -> Iterator[None]:
        with io.StringIO() as said:
            with contextlib.chdir(self.folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                yield
            self.printed = said.getvalue()


@contextlib.contextmanager
def tex_for(words: list[str]) -> Iterator[None]:
    """TeX sets one of the tutorial's handouts, the one that is given a title and more. A build does without: what it
    would set is committed in generated/, and what is committed is set by TeX apart from the tests."""
    with pytest.MonkeyPatch.context() as patch:
        if words[0] == "build":
            patch.setattr(tex, "missing", lambda: tex.PROGRAMS)
        yield


def replaced(text: str, old: str, new: str, piece: Piece) -> str:
    assert text.count(old) == 1, f"line {piece.line}: {old!r} is there {text.count(old)} times"
    return text.replace(old, new)


def missing(shown: str, printed: str) -> str:
    """The first line shown that was not printed there, "" if all is as shown."""
    groups: list[list[str]] = [[]]
    for line in shown.splitlines():
        if line.strip() == "...":
            groups.append([])
        else:
            groups[-1].append(line)
    lines, at = printed.splitlines(), 0
    for number, group in enumerate(groups):
        latest = len(lines) - len(group)
        places = range(at, latest + 1)
        places = places if number else places[:1]
        if number == len(groups) - 1:
            places = range(latest, latest + 1) if latest in places else range(0)
        place = next((k for k in places if same(group, lines[k:])), None)
        if place is None:
            lost = (x for x in group if not any(same([x], [y]) for y in lines[at:]))
            return next(lost, "\n".join(group) or "the end")
        at = place + len(group)
    return ""


def same(shown: list[str], printed: list[str]) -> bool:
    patterns = (".*".join(map(re.escape, line.split("..."))) for line in shown)
    return all(re.fullmatch(p, line) for p, line in zip(patterns, printed, strict=False))


Seen = list[tuple[Piece, str]]  # what is shown, and what was printed


def followed(markdown: str, folder: Path) -> Seen:
    """Everything is done in order; the outputs are not compared yet."""
    reader, seen = Reader(folder, {}), []
    for piece in pieces(markdown):
        if piece.kind == "text":
            seen.append((piece, reader.printed))
        else:
            reader.follow(piece)
    return seen


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The tutorial, followed."""
    return followed(TUTORIAL, tmp_path_factory.mktemp("tutorial"))


@pytest.mark.deep
def test_the_tutorial_gives_what_it_shows(seen: Seen) -> None:
    assert len(seen) > 10
    wrong = [(piece.line, line, printed) for piece, printed in seen if (line := missing(piece.text, printed))]
    assert wrong == []


@pytest.mark.deep
def test_every_line_shown_counts(seen: Seen) -> None:
    """A letter changed, a line left out or one too many: each is seen, in every output of the tutorial."""
    for piece, printed in seen:
        lines = piece.text.splitlines()
        for k, line in enumerate(lines):
            if line.strip() == "...":
                continue
            assert missing("\n".join([*lines[:k], f"{line[:-1]}~", *lines[k + 1 :]]), printed), (piece.line, line)
            assert missing("\n".join([*lines[:k], "~", *lines[k:]]), printed), (piece.line, line)
            alone = [x.strip() for x in (*lines[:k][-1:], *lines[k + 1 :][:1])]
            if "..." not in alone:
                assert missing("\n".join([*lines[:k], *lines[k + 1 :]]), printed), (piece.line, line)


@pytest.mark.deep
def test_the_networks_are_the_files_that_come_with_it(seen: Seen, tmp_path: Path) -> None:
    reader = Reader(tmp_path, {})
    for piece in pieces(TUTORIAL):
        if piece.kind in ("toml", "change"):
            reader.follow(piece)
    for name in ("first.toml", "my-net.toml"):
        assert (tmp_path / name).read_text() == (DOCS / "networks" / name).read_text()


SMALL = "```sh\nsymconv grade toy-cnn a.toml\n```\n\n```text\ngradient of W: right\n```\n"
FILED = f'`a.toml`:\n\n```toml\n[gradients]\nW = [["-1.8276"], ["1.83"]]\n```\n\n{SMALL}'


def test_a_small_tutorial_is_followed(tmp_path: Path) -> None:
    ((piece, printed),) = followed(FILED, tmp_path)
    assert missing(piece.text, printed) == "" and piece.line == 13


FAULTS: dict[str, Callable[[str], str]] = {
    "a status that is not the command's": lambda text: text.replace("```sh", "```sh exit=1"),
    "a command that there is not": lambda text: text.replace("symconv grade", "symconv mark"),
    "a tool that is not ours": lambda text: text.replace("symconv grade", "rm"),
    "an installation that the README does not know": lambda text: text.replace("symconv grade", "pip install"),
    "a file without a name": lambda text: text.replace("`a.toml`:", "A file:"),
    "a change of what is not there": lambda text: text.replace("```sh", "change `5` to `6` in `a.toml`\n\n```sh"),
    "a change of what is there twice": lambda text: text.replace("```sh", "change `83` to `8` in `a.toml`\n\n```sh"),
    "a line added below one that is not there": lambda text: f"{text}`a.toml`, below `V`:\n```toml\n```\n",
    "Python that Jupyter shows as it is": lambda text: f"{text}```python\nx = 3\nx\n```\n",
    "a fence that is open": lambda text: text.removesuffix("```\n"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, tmp_path: Path) -> None:
    text = FAULTS[fault](FILED.replace("1.8276", "1.83"))
    with pytest.raises((AssertionError, AttributeError)):
        followed(text, tmp_path)


@pytest.mark.parametrize(
    ("shown", "well"),
    [
        ("a\nb\nc", True), ("...", True), ("a\n...", True), ("...\nc", True), ("a\n...\nc", True),
        ("...\nb\n...", True), ("a\n...\nb\nc", True), ("a\nb\n...\nc", True), ("a\n...\nc\n...", True),
        ("a\n...\na\nb\nc", False), ("b\n...", False), ("...\nb", False), ("a\nb", False), ("b\nc", False),
        ("a\nc", False), ("...\nc\n...\nb\n...", False), ("a\nb\nc\nd", False), ("", False),
        ("...\nd\n...", False), ("a\nb\nc\n...\nc", False),
    ],
)  # fmt: skip
def test_lines_are_compared_in_order(shown: str, well: bool) -> None:
    assert (missing(shown, "a\nb\nc\n") == "") is well


def test_a_part_of_a_line_may_be_left_out() -> None:
    assert missing("from ... to ...", "from 1 to 2\n") == "" != missing("from ... to 3...", "from 1 to 2\n")


# ------------------------------------------------------------------------------------------------ links, pictures
def pictures(markdown: str) -> list[str]:
    return re.findall(r"!\[[^\]]+\]\((pictures/[\w.-]+)\)", markdown)


def anchors(markdown: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", markdown, re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("text", [TUTORIAL, GALLERY], ids=["tutorial", "gallery"])
def test_every_link_leads_somewhere(text: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = link.partition("#")
        assert "://" not in link and (DOCS / file).exists(), link
        if anchor:
            assert anchor in anchors((DOCS / file).read_text(encoding="utf-8") if file else text), link


def test_the_pictures_are_all_shown_and_small() -> None:
    shown = {*pictures(GALLERY), *pictures(TUTORIAL)}
    there = {path: path.read_bytes() for path in (DOCS / "pictures").glob("*.png")}
    assert {f"pictures/{path.name}" for path in there} == shown
    assert {path.name for path, data in there.items() if len(data) > HEAVIEST} == set()
    assert {path.name for path, data in there.items() if struct.unpack(">I", data[16:20])[0] > WIDEST} == set()
    assert sum(map(len, there.values())) < ALL_PICTURES


def test_the_gallery_s_commands_are_commands() -> None:
    commands = [x for piece in pieces(GALLERY) if piece.kind == "sh" for x in piece.text.splitlines()]
    assert len(commands) > 5
    for command in commands:
        tool, *words = shlex.split(command)
        assert tool == "symconv"
        app.parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("path", sorted((DOCS / "networks").glob("*.toml")), ids=lambda path: path.name)
def test_the_networks_load_and_are_named(path: Path) -> None:
    assert load(str(path)).name == path.stem
    assert f"(networks/{path.name})" in TUTORIAL + GALLERY
