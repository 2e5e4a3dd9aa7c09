"""Long lists of numbers read apart from the rest: the same tables and the same mistakes as tomllib alone."""

import re
import tomllib
from contextlib import suppress
from typing import Any

import pytest

from symconv.errors import SymconvError
from symconv.networks.toml.number_lists import LONG, loaded

MANY = LONG // 4


def both(text: str) -> tuple[Any, Any]:
    """What tomllib alone and what we make of a text: the tables, or the message."""

    def of(read: Any) -> Any:
        try:
            return read(text)
        except (ValueError, RecursionError) as error:
            return f"{type(error).__name__}: {error}"

    return of(lambda text: tomllib.loads(text, parse_float=str)), of(lambda text: loaded(text, lambda rest: None))


ROW = ", ".join(["1", "-2.50", '"1/2"', "0"] * MANY)
FILES = {
    "a row": f"x = [{ROW}]\ny = 1",
    "a last comma": f"x = [{ROW},]",
    "a last comma on its own line": f"x = [\n{ROW}\n,\n]\n[[layers]]\na = 1\n[[layers]]\na = [1, 2]",
    "rows": "w = { name = 'W', value = [\n" + f"  [{ROW}],\n" * 3 + "] }\n[loss]\nt = [[1], [2]]",
    "two lists": f"[a]\nx = [{ROW}]\n[b]\nx = [[{ROW}], [{ROW}]]",
    "brackets in text": f'x = ["]", "[1]", {ROW}]',
    "a dotted key": f"a.b = [{ROW}]\na.c = 1",
    "a last comma in text": f'x = ["1,]", {ROW}]',
    "a last comma in text, with a space": f'x = [[{ROW},], ["0, ]0"], ["0",]]',
    "a last comma in the last text": f'x = [{ROW}, ",]"]',
    "last commas between text": f'x = [[{ROW}, "0",], ["1",], ["2" , ],]',
    "numbers in rows of one": f"a = [[1], [true], [{'9' * 80}]]\nx = [{ROW}]",
    "lines of Windows": f"x = [\r\n{ROW},\r\n]\r\ny = 2",
    "deep": f"x = [[[[[{ROW}]]]]]",
    "plus": f"x = [{ROW}, +1]",
    "a comment inside": f"x = [{ROW}, # more\n 1]",
    "a comment before": f"# x = [{ROW}]\ny = 1",
    "a comment that goes on": f"# x = [{ROW},\n1]\ny = 1",
    "inside text": f'x = "= [{ROW}]"',
    "numbers inside text": f'x = "= [{"1, " * LONG}1]"',
    "inside long text": f"x = '''\n= [{ROW}]\n'''",
    "a date": f"x = [{ROW}, 1979-05-27]",
    "two commas": f"x = [{ROW},,]",
    "a comma alone": f"x = [[,], {ROW}]",
    "a comma first": f"x = [,{ROW}]",
    "no comma": f"x = [{ROW} 1]",
    "leading zero": f"x = [{ROW}, 01]",
    "not closed": f"x = [{ROW}",
    "closed too often": f"x = [{ROW}]]\ny = 1",
    "a mistake later": f"x = [\n{ROW}\n]\n\ny = = 1",
    "a mistake behind": f"x = [{ROW}] y",
    "twice": f"x = [{ROW}]\nx = [{ROW}]",
    "too deep": f"x = {'[' * 5000}{ROW}{']' * 5000}",
    "too many digits": f"x = [{ROW}, {'9' * 5000}]",
    "short": "x = [1, 2]",
}


@pytest.mark.parametrize("case", FILES)
def test_a_long_list_is_what_tomllib_reads(case: str) -> None:
    wanted, found = both(FILES[case])
    assert found == wanted
    assert repr(found) == repr(wanted)  # 1 is not True, and "0" not 0


@pytest.mark.parametrize("case", FILES)
def test_only_the_rest_is_checked_where_a_list_is_plain(case: str) -> None:
    seen: list[int] = []
    wanted, _ = both(FILES[case])
    with suppress(ValueError, RecursionError):
        loaded(FILES[case], lambda rest: seen.append(len(rest)))
    as_toml = {"plus", "a comment inside", "a date"}  # what JSON does not have
    as_toml |= {case for case in FILES if case.startswith("a last comma in")}  # or what may be taken for its own
    inside = {"a comment before", "inside text", "numbers inside text", "inside long text"}
    assert isinstance(wanted, str) or case in as_toml | inside or (len(seen) == 1 and seen[0] < LONG)
    assert len(seen) == 1 or seen[1] == len(FILES[case])  # the whole is read only after it was checked


class Long(SymconvError):
    """Stands for what refuses a long text."""


def refuse_long(text: str) -> None:
    if len(text) > LONG:
        raise Long("is too long")


@pytest.mark.parametrize("case", ["a mistake later", "a mistake behind", "twice", "closed too often"])
def test_where_the_whole_is_too_long_a_mistake_besides_its_lists_is_said_with_its_line(case: str) -> None:
    wanted, _ = both(FILES[case])
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        loaded(FILES[case], refuse_long)
    assert f"TOMLDecodeError: {refused.value}" == re.sub(r", column \d+", "", wanted)


@pytest.mark.parametrize("case", ["inside text", "numbers inside text", "inside long text", "a comment before"])
def test_a_list_in_text_is_no_mistake_where_the_whole_is_too_long(case: str) -> None:
    with pytest.raises(Long):
        loaded(FILES[case], refuse_long)
