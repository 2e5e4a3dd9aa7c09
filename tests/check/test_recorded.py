"""What is recorded of the printed forms is what a check of them gives; for any other source nothing is."""

from pathlib import Path

import pytest

from symconv import build, study
from symconv.check import recorded
from symconv.check.check import CheckReport


def made() -> str:
    names = build.explained_sources()
    return recorded.record(names, CheckReport(tuple(r for r in study.code_rows() if r.group in names)).counts())


def test_the_record_is_what_a_check_gives_now() -> None:
    path = Path(recorded.__file__).with_name(recorded.NAME)
    assert path.read_text(encoding="utf-8") == made(), "write it again: python tests/check/test_recorded.py"
    found = recorded.counts(build.explained_sources())
    assert found and all(passed == total > 0 for passed, total in found.values())


def test_another_source_has_no_record() -> None:
    sources = build.explained_sources()
    assert recorded.counts({**sources, "conv2d_loop": sources["conv2d_loop"] + " "}) is None
    assert recorded.counts({**sources, "conv2d_other": ""}) is None


def test_a_handout_compares_nothing_that_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "code_rows", lambda: pytest.fail("compared again"))
    monkeypatch.setattr(study, "autograd", lambda *_: pytest.fail("PyTorch was asked"))
    toy = study.derive(study.load("toy-cnn"))
    assert build._cases_shown(toy) == recorded.counts(build.explained_sources())


def test_numbers_that_are_not_pytorchs_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    import any_networks

    deep = study.derive(any_networks.NETWORKS["residual"]())
    monkeypatch.setattr(study.Study, "exact", property(lambda self: False))
    assert build._cases_shown(deep) is not None
    wrong = study.Comparison("g", "S", "value", False, 1.0, "")
    monkeypatch.setattr(build, "close", lambda _: (wrong,))
    with pytest.raises(build.Broken, match="is not PyTorch's in value S"):
        build._cases_shown(deep)


if __name__ == "__main__":
    Path(recorded.__file__).with_name(recorded.NAME).write_text(made(), encoding="utf-8")
