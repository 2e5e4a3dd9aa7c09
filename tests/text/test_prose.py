"""Sentences are filled in and joined, each in its own language; that none is missing, tests/test_language.py holds."""

import pytest

from symconv.errors import Broken
from symconv.text.prose import prose
from symconv.text.rich_text import has_han

UNTRANSLATED = {"layer.relu", "layer.softmax", "through.relu", "forward.relu", "forward.softmax"}


def test_chinese_is_chinese_and_english_is_not() -> None:
    for key, text in prose("zh").sentences.items():
        assert has_han(text) or "@" in text or key in UNTRANSLATED, key
        assert not has_han(prose("en").sentences[key]), key


def test_a_sentence_is_filled_in() -> None:
    assert prose("en")("learning.loss_fell", before="2", after="1") == "The loss has fallen from $2$ to $1$."


def test_an_unknown_sentence_or_a_missing_value_is_refused() -> None:
    with pytest.raises(Broken, match=r"no sentence 'nothing\.here'"):
        prose("en")("nothing.here")
    with pytest.raises(Broken, match="'after'"):
        prose("zh")("learning.loss_fell", before="2")


def test_sentences_are_joined_as_the_language_does() -> None:
    assert prose("en").join(["One.", "", "Two."]) == "One. Two."
    assert prose("zh").join(["一。", "", "二。"]) == "一。二。"
