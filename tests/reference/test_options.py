"""The options are those of the classes, and may be what the file's reader takes."""

import re
from dataclasses import fields

import pytest

from symconv.errors import Broken, SymconvError
from symconv.language import LANGUAGES
from symconv.networks.network import from_text
from symconv.reference import options as module
from symconv.reference.examples import EXAMPLES
from symconv.reference.options import CHOICES, COMMON, MODELS, OF_READER, USAGE, LayerKey, options
from symconv.text.prose import prose

SAY = prose("en")


def of(kind: str, language: str = "en") -> dict[str, LayerKey]:
    """The options of a layer or a loss, by key."""
    example = EXAMPLES[kind]
    network = from_text(example.without("stride").text(), kind)
    made = network.loss if example.of_loss else network.layers[0]
    return {option.key: option for option in options(kind, prose(language), made)}


@pytest.mark.parametrize("kind", MODELS)
def test_the_options_are_the_fields_of_the_class(kind: str) -> None:
    for language in LANGUAGES:
        found = of(kind, language)
        assert [*found] == [field.name for field in fields(MODELS[kind]) if field.name not in COMMON]
        assert all(option.may and option.default for option in found.values())


def test_the_options_of_some() -> None:
    conv, pool, pad = of("conv"), of("max_pool"), of("pad")
    assert (of("linear")["weight"].default, conv["bias"].default, conv["stride"].default) == ("needed", "optional", "1")
    assert conv["weight"].default == "optional" and conv["other"] == LayerKey("other", SAY("option.name"), "optional")
    assert (conv["padding"].default, conv["groups"].default) == ("0", "1")
    assert pool["stride"] == LayerKey("stride", SAY("option.extents"), "the kernel") and pool["ceil"].default == "false"
    assert pad["mode"] == LayerKey("mode", "one of `zeros`, `reflect`, `replicate`, `circular`", "zeros")
    assert of("leaky_relu")["slope"] == LayerKey("slope", "a number", "1/100")
    assert of("batch_norm")["mean"].may == SAY("option.given") != of("batch_norm")["weight"].may
    assert of("cross_entropy")["target"].may == SAY("option.classes") != of("huber")["target"].may


def test_what_is_said_of_the_usage_is_said_of_layers_and_losses() -> None:
    assert USAGE.keys() <= MODELS.keys() and not {"relu", "exp"} & USAGE.keys()
    named = {word for keys in USAGE.values() for key in keys for word in re.findall(r"`(\w+)`", SAY(f"usage.{key}"))}
    known = {field.name for model in MODELS.values() for field in fields(model)}
    assert named - known == {"linear", "cubic", "reflect", "replicate", "circular"}  # modes


@pytest.mark.parametrize(("kind", "key"), CHOICES)
def test_the_words_are_those_that_are_taken(kind: str, key: str) -> None:
    example = EXAMPLES[kind]
    for word in CHOICES[kind, key]:
        from_text(example.with_line(example.own, key, f'"{word}"').text(), kind)
    with pytest.raises(SymconvError, match="is not a known"):
        from_text(example.with_line(example.own, key, '"other"').text(), kind)


def test_a_reader_without_a_sentence_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OF_READER", OF_READER[1:])
    with pytest.raises(Broken, match=r"has no sentence 'option\.weight'"):
        of("conv")
