"""The marks of names are read back as they were made, and are in no name that a user may give."""

import re
from pathlib import Path

import pytest

from symconv.derivation import tensors
from symconv.derivation.tensors import (
    COPY,
    GRADIENT,
    UPDATED,
    copy,
    gradient,
    is_copy,
    is_gradient,
    is_updated,
    original,
    reader,
    updated,
    without_gradient,
    without_update,
)
from symconv.errors import SpecError
from symconv.networks.network import load


@pytest.mark.parametrize("own", ["X", "conv1.weight", "d", ""])
def test_a_mark_is_read_back(own: str) -> None:
    for name, has in ((gradient(own), is_gradient), (updated(own), is_updated), (copy(own, "A"), is_copy)):
        assert [kind for kind in (is_gradient, is_updated, is_copy) if kind(name)] == [has]
        assert without_gradient(without_update(original(name))) == own
    assert not any(kind(own) for kind in (is_gradient, is_updated, is_copy))
    assert without_gradient(own) == without_update(own) == original(own) == own and reader(own) == ("", "")


def test_a_copy_says_who_reads_it() -> None:
    assert reader(copy("P", "A")) == ("A", "") and reader(copy("P", "A", "other")) == ("A", "other")
    of = gradient(copy("P", "A"))
    assert is_gradient(of) and is_copy(of) and original(of) == gradient("P") and reader(of) == ("A", "")


@pytest.mark.parametrize("mark", [COPY, GRADIENT, UPDATED])
def test_no_user_gives_a_mark(mark: str, tmp_path: Path) -> None:
    text = f"""
[input]
name = "X{mark}"
value = [1]

[[layers]]
type = "linear"
name = "z"
weight = {{ name = "W", value = [[1], [2]] }}

[loss]
type = "cross_entropy"
target = 0
"""
    file = tmp_path / "marked.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SpecError, match=f"X{re.escape(mark)}"):
        load(file)


def test_no_other_module_reads_the_marks() -> None:
    package = Path(tensors.__file__).parents[1]
    others = [path for path in package.rglob("*.py") if path != Path(tensors.__file__)]
    taken = re.compile(r"derivation\.tensors import .*\b(COPY|GRADIENT|UPDATED)\b|(prefix|suffix|with)\(gradient\(")
    assert [path.name for path in others if taken.search(path.read_text("utf-8"))] == []
    assert taken.search("from symconv.derivation.tensors import COPY, copy")
    assert taken.search('name.removeprefix(gradient(""))')
