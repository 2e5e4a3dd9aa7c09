"""The first lines of a roster: which columns there are, what stands between them, and how the file is encoded."""

import csv
import re
import unicodedata
from collections.abc import Sequence

from symconv.errors import SpecError
from symconv.networks.exact import show_path

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
SEPARATOR = re.compile(rb'"?sep=(.)"?', re.IGNORECASE)  # a first line by which Excel knows what stands between two
ID = ("id", "studentid", "学号", "學號")  # the first of them, where it is there, before all others
NAME = ("name", "studentname", "姓名")
UTF8, GB18030, CP1252 = "utf-8", "GB18030", "Windows-1252"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
BETWEEN = re.compile(r"[\s_-]")


def separator(line: bytes) -> str:
    """What a line `sep=;` says; "" for another line. SpecError where it is none that we read."""
    found = SEPARATOR.fullmatch(line)
    if not found:
        return ""
    said = found[1].decode("ascii", "backslashreplace")
    if said not in DELIMITERS:
        raise SpecError(
            f'"sep={said}" does not fit\n  give a {", a ".join(DELIMITERS.values())}, or leave the line out'
        )
    return said


def split(line: str, delimiter: str) -> list[str]:
    """The fields of a line; none where its quotes do not close."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return []


def column(names: Sequence[str], known: Sequence[str]) -> int | None:
    """Which of the header's fields is called so; None for none of them. SpecError for more than one."""
    plain = [BETWEEN.sub("", unicodedata.normalize("NFKC", name).casefold()) for name in names]
    found = [at for at, name in enumerate(plain) if name == known[0]]
    found = found or [at for at, name in enumerate(plain) if name in known]
    if len(found) > 1:
        shown = ", ".join(f'"{show_path(names[at][:60])}"' for at in found[:6]) + ", ..." * (len(found) > 6)
        raise SpecError(f"{len(found)} columns in the header mean the same: {shown}\n  leave one of them")
    return found[0] if found else None


def encoding(header: bytes) -> str:
    """What the header can be read as: UTF-8, or, where it cannot be that, what its bytes leave; "" for nothing.

    GB18030 where that gives a Chinese word that we know; Windows-1252 where that gives words with some letters beyond
    ASCII, as in Prénom. Words that have no other letters, and Chinese that says nothing to us, may be anything.
    """
    if _reads(header, UTF8) is not None:
        return UTF8
    if header.startswith(UTF16):
        return ""
    chinese = BETWEEN.sub("", _reads(header, GB18030) or "")
    if any(word in chinese for word in (*ID, *NAME) if not word.isascii()):
        return GB18030
    western = _reads(header, CP1252)
    return CP1252 if western and all(map(_is_western, re.findall(r"[^\s,;]+", western))) else ""


def _is_western(word: str) -> bool:
    beyond = [c for c in word if not c.isascii()]
    return all(c.isalpha() or c == "°" for c in beyond) and (2 * len(beyond) < len(word) or beyond == ["°"])


def _reads(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def unread(error: UnicodeDecodeError, tried: Sequence[str]) -> tuple[str, str]:
    """(problem, remedy) of a line that is not encoded in any way that was tried."""
    byte = f"byte {error.start + 1} (0x{error.object[error.start]:02x})"
    problem = f"{byte} is not UTF-8" if tuple(tried) == (UTF8,) else f"{byte} is neither UTF-8 nor {tried[-1]}"
    if error.object.startswith(UTF16):
        problem += ': the file is UTF-16, as Excel\'s "Unicode Text" is'
    return problem, 'save the roster as UTF-8; Excel calls it "CSV UTF-8"'
