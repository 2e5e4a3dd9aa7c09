"""Long lists of plain numbers in a TOML file, read apart: tomllib takes minutes for the weights of a large network.

A list of integers, decimals and text without escapes is written in TOML as in JSON, but for a comma behind its last
entry. Where the reader of JSON refuses one, it is left to that of TOML, and so is every mistake.
"""

import json
import re
import tomllib
from collections.abc import Callable
from hashlib import sha256
from itertools import islice
from typing import Any

from symconv.errors import SymconvError

LONG = 4096  # characters: what is shorter is read as it stands
LIST = re.compile(rf'=[ \t]*(\[[\[\] \t\n,0-9.+\-/"]{{{LONG},}})')
LAST_COMMA = re.compile(r'(?<=[0-9"\]])[ \t\n]*,(?=[ \t\n]*\])')
COLUMN = re.compile(r", column \d+")  # of a line whose list is put in place of another, it is not that of the text
READER = json.JSONDecoder(parse_float=str)


def loaded(text: str, check: Callable[[str], None]) -> dict[str, object]:
    """The tables of a file's text, decimals as text; `check` refuses what is left of it without its long lists.

    Raises TOMLDecodeError, with the place in `text`, as tomllib does; with the line alone where `check` refuses the
    whole.
    """
    text = text.replace("\r\n", "\n")
    mark = _unused(text)
    lists: list[object] = []
    rest = _without_lists(text, mark, lists)
    check(rest)
    if not lists:
        return tomllib.loads(text, parse_float=str)
    back: list[int] = []
    mistake = None
    try:
        tables: dict[str, object] = _with_lists(tomllib.loads(rest, parse_float=str), mark, lists, back)
    except tomllib.TOMLDecodeError as error:
        mistake = error
    if len(back) == len(lists):
        return tables
    try:
        check(text)
    except SymconvError as error:
        if mistake is None:  # a list inside of text or of a comment, which only the reader of TOML tells from others
            raise
        raise tomllib.TOMLDecodeError(COLUMN.sub("", str(mistake))) from error
    return tomllib.loads(text, parse_float=str)


def _unused(text: str) -> str:
    """The digits of a number that stands nowhere in the text: no text holds its own hash."""
    return str(int.from_bytes(sha256(text.encode()).digest(), "big"))


def _without_lists(text: str, mark: str, lists: list[object]) -> str:
    """The text with a short list in place of each long one, as many lines long; the long ones go to `lists`."""
    parts, at = [], 0
    while match := LIST.search(text, at):
        start, end = match.start(1), match.end(1)
        try:
            plain = _without_last_commas(match[1])
            value, read = READER.raw_decode(plain)
        except (ValueError, RecursionError):  # not JSON: the reader of TOML says what is wrong, if anything is
            parts.append(text[at:end])
        else:
            closed = plain.count("]", 0, read)
            end = start + next(islice(re.finditer("]", match[1]), closed - 1, None)).end()
            lines = text.count("\n", start, end) * "\n"
            parts.append(f"{text[at:start]}[{mark}{len(lists)}{lines}]")
            lists.append(value)
        at = end
    return "".join([*parts, text[at:]])


def _without_last_commas(text: str) -> str:
    """A list as JSON has it; ValueError where what looks like a last comma stands in quotes."""
    at = quotes = 0
    for comma in LAST_COMMA.finditer(text):
        quotes += text.count('"', at, comma.start())
        at = comma.start()
        if quotes % 2:
            raise ValueError("a comma in quotes")
    return LAST_COMMA.sub("", text)


def _with_lists(value: object, mark: str, lists: list[object], back: list[int]) -> Any:
    """The tables with the long lists back in their places, and which those are."""
    if isinstance(value, dict):
        return {key: _with_lists(each, mark, lists, back) for key, each in value.items()}
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], int) and str(value[0]).startswith(mark):
            back.append(int(str(value[0]).removeprefix(mark)))
            return lists[back[-1]]
        return [_with_lists(each, mark, lists, back) for each in value]
    return value
