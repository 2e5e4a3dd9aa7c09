"""The two catalogues say the same things, each in its own language."""

import pytest

from symconv.errors import Broken
from symconv.prose import LANGUAGES, placeholders, prose
from symconv.rich_text import has_han


def test_the_catalogues_have_the_same_keys() -> None:
    english, chinese = (set(prose(language).sentences) for language in LANGUAGES)
    assert english == chinese


def test_every_sentence_expects_the_same_in_both_languages() -> None:
    for key in prose("en").sentences:
        english, chinese = (prose(language).sentences[key] for language in LANGUAGES)
        assert placeholders(english) == placeholders(chinese), key
        assert english.count("$") % 2 == chinese.count("$") % 2 == 0, key


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
