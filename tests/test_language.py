"""A language is all in its file: what is left out of one, or does not fit, is named with its key, and what the README
says of a new one is tried."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from copied import house, run, section
from depth import few
from studies import study

from symconv import language
from symconv.build import handouts
from symconv.errors import Broken, SpecError
from symconv.exercises.exercises import exercises
from symconv.files import tex
from symconv.formula.signs import ACCENTS, GREEK, SIGNS
from symconv.formula.speech import Tongue
from symconv.grading import grade as grading
from symconv.handout import document
from symconv.language import LANGUAGES, MODEL, PACKAGE, Language, catalogue, place, template_folder, unlike
from symconv.text.prose import FACTS, _fault, _sentences

FORMULA = r"\$[^$]*\$|`[^`]*`|@[a-z_]+|\[[fb]w:|--[a-z]+"


def lacking(code: str) -> Iterator[str]:
    """What is left out of a language's file, or does not fit, in words."""
    said = language.catalogue(code)
    faults = [str(fault) for table in {**language.catalogue(MODEL), **said} for fault in unlike(code, table)]
    if faults:
        yield from faults
        return
    alone = (said["speech"][word] for word in ("end", "capital", "at"))
    names = Counter([*said["speech"]["signs"].values(), *said["speech"]["greek"].values(), *alone])
    yield from (f"{place(code)}: speech: {name!r} is said of two things" for name in names if names[name] > 1)
    texts, model = (dict(_texts(language.catalogue(x))) for x in (code, MODEL))
    for key, text in texts.items():
        if fault := _fault(text):
            yield f"{place(code)}: {key}: {fault}"
        if code != MODEL and text == model[key] and len(re.findall(r"[a-z]+", re.sub(FORMULA, "", text))) > 2:
            yield f"{place(code)}: {key} is still English"


def _texts(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every sentence of a file, and every word of its speech."""
    yield from _sentences({name: table for name, table in data.items() if name not in FACTS}).items()
    for key, said in data["speech"].items():
        inner = said.items() if isinstance(said, dict) else [("", said)]
        yield from ((f"speech.{key}.{k}".rstrip("."), " ".join([x] if isinstance(x, str) else x)) for k, x in inner)


# ------------------------------------------------------------------------------------------------ the languages
def test_the_languages_are_the_files_there() -> None:
    assert MODEL in LANGUAGES and {f"{code}.toml" for code in LANGUAGES} == {
        path.name for path in (template_folder() / "locale").iterdir()
    }
    assert all(re.fullmatch("[a-z]{2,3}", code) and code != "all" for code in LANGUAGES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_language_lacks_anything(code: str) -> None:
    assert list(lacking(code)) == []


def test_what_is_particular_to_a_language() -> None:
    assert Language.of("en") == Language("en", "en", "", "english", " ", False)
    assert (Language.of("en").of_pdf, Language.of("zh").of_pdf, Language.of("zh").tag) == ("en", "zh-CN", "zh-Hans")


def test_the_model_says_every_sign_and_letter() -> None:
    tongue = Tongue.of(MODEL)
    assert tongue.signs.keys() == SIGNS.keys() and tongue.accents.keys() == ACCENTS.keys()
    assert tongue.greek.keys() == {name.lower() for name in GREEK}


def test_a_language_that_is_not_there() -> None:
    with pytest.raises(SpecError, match=r"^language: fr is not there\n  there are: .*en, "):
        Language.of("fr")


# ------------------------------------------------------------------------------------------------ planted omissions
def planted(code: str, key: str = "", value: Any = None) -> dict[str, Any]:
    """The file of a language, with something else for a key, or without it."""
    data = deepcopy(dict(catalogue(code)))
    if key:
        *tables, last = key.split(".")
        table = reduce(lambda found, name: found[name], tables, data)
        table.pop(last) if value is None else table.update({last: value})
    return data


OMISSIONS: dict[str, tuple[str, Any, str]] = {
    "sentence": ("learning.loss_fell", None, "learning.loss_fell: is missing\n  write it as in templates/locale/en"),
    "sentence of an activation": ("activation.elu.told", None, "activation.elu.told: is missing"),
    "activation": ("activation.elu", None, "activation.elu: is missing"),
    "table of sentences": ("grade", None, "grade: is missing"),
    "@name": ("learning.loss_fell", "损失由 $@before$ 下降。", "learning.loss_fell: @after is missing\n  its"),
    "@name that nothing fills": ("part.code", "@nope 代码", "part.code: nothing fills @nope\n  take it out"),
    "sentence too many": ("part.nope", "代码", "part.nope: is not in templates/locale/en.toml\n  take it out"),
    "no sentence": ("part.code", 7, "part.code: is of another kind\n  write it as in templates/locale/en.toml: 'Conv"),
    "untranslated": ("title.main", "A convolutional network, worked by hand", "title.main is still English"),
    "formula": ("part.code", "代码 $x_$", "part.code: the formula 'x_' cannot be read"),
    "mark that does not close": ("part.code", "*代码", "part.code: '*' opens and does not close"),
    "sign without a form in LaTeX": ("part.code", "\u0416", "part.code: the character '\u0416' in"),
    "fact": ("language.han", None, "language.han: is missing"),
    "fact of another kind": ("language.han", "yes", "language.han: is of another kind"),
    "facts": ("language", None, "language: is missing"),
    "word of a screen reader": ("speech.root", None, "speech.root: is missing"),
    "some words of a list": ("speech.matrix", ["矩阵", "行"], "speech.matrix: is of another kind\n  write it as in"),
    "number of a fraction": ("speech.simple", "@below分之", "speech.simple: @above is missing"),
    "name of a sign": ("speech.signs.+", None, "speech.signs.+: is missing"),
    "name of a letter": ("speech.greek.phi", None, "speech.greek.phi: is missing"),
    "name of an accent": ("speech.accents.hat", None, "speech.accents.hat: is missing"),
    "name of two signs": ("speech.signs.×", "乘", "speech: '乘' is said of two things"),
    "untranslated words": ("speech.root", "square root of", "speech.root is still English"),
    "all words of a screen reader": ("speech", None, "speech: is missing"),
}  # fmt: skip


@pytest.mark.parametrize("what", OMISSIONS)
def test_an_omission_is_named_with_its_file_and_key(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key, value, message = OMISSIONS[what]
    files = {MODEL: catalogue(MODEL), "zh": planted("zh", key, value)}
    monkeypatch.setattr(language, "catalogue", files.__getitem__)
    (found,) = lacking("zh")
    assert found.startswith(f"templates/locale/zh.toml: {message}")


@pytest.mark.parametrize("key", ["language.space", "language", "speech.root", "speech"])
def test_what_is_needed_at_once_is_said_by_every_command(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {MODEL: catalogue(MODEL), "zh": planted("zh", key)}
    monkeypatch.setattr(language, "catalogue", files.__getitem__)
    kind: Any = Language if key.startswith("language") else Tongue
    with pytest.raises(
        SpecError, match=rf"^templates/locale/zh\.toml: {re.escape(key)}: is missing\n  write it as in "
    ):
        kind.of.__wrapped__("zh")


def test_the_tag_of_another_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the file has been copied, and the tag not changed."""
    for code in ("de", "e"):
        monkeypatch.setattr(language, "catalogue", {MODEL: catalogue(MODEL), code: planted(MODEL)}.__getitem__)
        said = rf"^templates/locale/{code}\.toml: language\.tag: en is another language\n  begin it with {code}$"
        with pytest.raises(SpecError, match=said):
            Language.of.__wrapped__(code)


@pytest.mark.parametrize("text", ["[part\n", b"\xff"], ids=["no TOML", "no UTF-8"])
def test_a_file_that_cannot_be_read(text: str | bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "zh.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.setattr(language, "template_folder", lambda: tmp_path)
    with pytest.raises(SpecError, match=r"^templates/locale/zh\.toml: "):
        catalogue.__wrapped__("zh")


# ------------------------------------------------------------------------------------------------ where they stand
@pytest.mark.parametrize("there", ["symconv/_templates", "templates"])
def test_the_templates_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path, there: str) -> None:
    (tmp_path / "symconv").mkdir()
    (tmp_path / there).mkdir()
    assert template_folder(tmp_path / "symconv") == tmp_path / there


def test_lost_templates_are_reported(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no templates"):
        template_folder(tmp_path / "symconv")


def test_this_checkout_has_its_templates() -> None:
    assert (template_folder(PACKAGE) / "handout.tex.jinja").is_file()


# ------------------------------------------------------------------------------------------------ a newcomer
def translated(text: str) -> str:
    """Every word of a sentence in another language: with one more letter; what is no word stays."""
    pieces = re.split(f"({FORMULA})", text)
    return "".join(x if k % 2 else re.sub(r"[a-zA-Z]{2,}", r"\g<0>ß", x) for k, x in enumerate(pieces))


def written(table: dict[str, Any], name: str = "") -> str:
    """A table of a file of sentences, as TOML."""
    inner = {k: x for k, x in table.items() if isinstance(x, dict) and name != "activation"}
    lines = [f"{json.dumps(k, ensure_ascii=False)} = {_value(x)}" for k, x in table.items() if k not in inner]
    further = (written(x, f"{name}.{k}".strip(".")) for k, x in inner.items())
    return "\n".join([*([f"[{name}]"] if name else []), *lines, *further])


def _value(x: Any) -> str:
    if isinstance(x, dict):
        return f"{{ {', '.join(f'{k} = {_value(text)}' for k, text in x.items())} }}"
    return json.dumps(list(map(translated, x)) if isinstance(x, list) else translated(x), ensure_ascii=False)


def newcomer(folder: Path) -> dict[str, Any]:
    """A copy of the house with one more file, made as the README says."""
    (first,) = re.findall(r"```toml\n(\[language\]\n.*?)```", section("Add a language"), re.DOTALL)
    (name,) = re.findall(r"to `(templates/locale/\w+\.toml)`", section("Add a language"))
    rest = {table: said for table, said in catalogue(MODEL).items() if table != "language"}
    file = house(folder) / name
    file.write_text(f"{first}\n{written(rest)}\n", encoding="utf-8")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def shown(page: str) -> list[str]:
    """The words of a page that nobody has translated."""
    text = re.sub(r"(?s)<(script|style|math|code|pre)\b.*?</\1>|<[^>]*>", " ", page)
    return re.findall(r"(?<![\w&])[a-zA-Z]{3,}(?!\w)", text)


@pytest.mark.parametrize("engine", few(["tex", "typst"], "typst"))  # TeX, where it is there, takes as long as the rest
def test_the_readme_adds_a_language(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file alone; then everything speaks it."""
    if engine == "typst":
        monkeypatch.setattr(tex, "missing", lambda: ("latexmk",))
    german = newcomer(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(language, "catalogue", {MODEL: catalogue(MODEL), "de": german}.__getitem__)
        assert list(lacking("de")) == []
    assert "[choices: de, en, zh, all]" in run(tmp_path, "-m", "symconv", "handout", "--help")
    for module in (language, document, grading):  # in this process, which has loaded what the rest needs
        monkeypatch.setattr(module, "LANGUAGES", (*LANGUAGES, "de"))
    monkeypatch.setattr(language, "template_folder", lambda: tmp_path / "templates")
    toy = study("toy-cnn")
    grade = str(grading.grade(toy, {"U": [[1] * 3] * 2}, language="de"))
    assert grade.startswith("gradientß ofß U: 6 ofß 6 entriesß differß\n")
    made = handouts(toy.network, ("de",), ("html", "ipynb", "tex", "pdf")) | exercises(toy.network, ("de",), "html", 1)
    page, source, sheet, notebook = (
        str(made[name]) for name in ("handout.de.html", "handout.de.tex", "exercise.de.html", "handout.de.ipynb")
    )
    assert '<html lang="de">' in page and '<html lang="de">' in sheet
    assert {word for text in (page, sheet) for word in shown(text)} == {"max"}  # an operator, as in formulas
    assert "derivativeß ofß capß L withß respectß toß capß U atß 0, 0 endß endß" in page
    assert r"pdflang={de}" in source and r"\csname l@ngerman\endcsname" in source and "ctex" not in source
    assert r"network\ss{}" in source and "networkß" in notebook
    pdf = made["handout.de.pdf"]
    assert isinstance(pdf, bytes) and pdf[:4] == b"%PDF"
