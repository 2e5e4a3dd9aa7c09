"""Templates of one's own: they take the place of ours, reach nothing but their view, and leave no trace."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from studies import study

from symconv import build as builds
from symconv.code import training
from symconv.code.emit import emit, emitted
from symconv.commands import cli
from symconv.errors import Broken, SpecError
from symconv.handout.document import Document
from symconv.handout.handout import handout
from symconv.language import template_folder
from symconv.text.prose import prose
from symconv.text.render import Templates, own_templates, own_text
from symconv.verification.verify import Report
from symconv.writers.html.writer import write_html
from symconv.writers.latex.writer import write_latex
from symconv.writers.notebook.writer import write_notebook
from symconv.writers.typst.writer import write_typst

TOY = study("toy-cnn")
DOCUMENT = handout(TOY, Report(), emitted(), "en", None)
SHORT = replace(DOCUMENT, parts=DOCUMENT.parts[:1])
WRITERS: tuple[Callable[[Document], str], ...] = (
    write_html, write_latex, write_typst, lambda document: write_notebook(document, TOY.network),
)  # fmt: skip
PAGE = "page.html.jinja"
CODE = ("module.py.jinja", "function.py.jinja", "network.py.jinja", "notebook_cells.py.jinja")


def everything() -> list[str]:
    return [write(SHORT) for write in WRITERS] + [prose("en")("title.main")]


def put(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8", newline="")
    return folder


# ------------------------------------------------------------------------------------------------ in the place of ours
def test_a_style_of_ones_own(tmp_path: Path) -> None:
    with own_templates(put(tmp_path, **{"page.css": "body { color: teal }"})):
        page = write_html(SHORT)
    assert "color: teal" in page and "--fw" not in page and "<h1>" in page


def test_a_block_of_ones_own(tmp_path: Path) -> None:
    ours = (template_folder() / "blocks.tex.jinja").read_text("utf-8")
    with own_templates(put(tmp_path, **{"blocks.tex.jinja": ours.replace(r"\verified{", r"\mine{")})):
        mine = write_latex(DOCUMENT)
    assert mine == write_latex(DOCUMENT).replace(r"\verified{<<", r"\mine{<<").replace("\n\\verified{", "\n\\mine{")
    assert "\n\\mine{" in mine


def test_a_sentence_of_ones_own(tmp_path: Path) -> None:
    locale = {"locale/en.toml": '[title]\nmain = "Folding, by *hand*"\n\n[network]\nintro = "See @input (@size)."\n'}
    with own_templates(put(tmp_path, **locale)):
        mine = handout(TOY, Report(), emitted(), "en", None)
        other = handout(TOY, Report(), emitted(), "zh", None)
    assert mine.title == "Folding, by *hand*" and "<em>hand</em>" in write_html(mine)
    assert other.title == prose("zh")("title.main") and "See $" not in write_latex(DOCUMENT)
    assert "See " in write_latex(mine)


# ------------------------------------------------------------------------------------------------ what nothing reads
STRAYS = {  # a file beside a style of one's own: what is near it
    "foo.css": "near it is page.css", "locale/fr.toml": "near it is locale/",
    "page.css.bak": "near it is page.css", "a/page.css": "near it is page.css", "en.toml": "near it is locale/en.toml",
    "preamble.tex": "near it is preamble.tex.jinja", "notes.txt": "there are blanks.css, blanks.js, ",
}  # fmt: skip


@pytest.mark.parametrize("name", STRAYS)
def test_a_file_that_would_change_nothing_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for others in ({}, {"page.css": "/* mypage.css.bak, my-foo.css and b/a/page.css */"}):
        with pytest.raises(SpecError) as caught, own_templates(put(tmp_path, **{name: "{% if", **others})):
            raise AssertionError
        first, second = str(caught.value).splitlines()
        assert first.startswith(f"--templates: {tmp_path.resolve() / name}: takes the place of no template")
        assert second.strip().startswith(STRAYS[name])


def test_a_folder_without_a_template_is_refused(tmp_path: Path) -> None:
    put(tmp_path, **{".hidden": "", "page.css~": "", ".git/page.css": ""})
    said = r"holds no template\n  there are blanks\.css, .*page\.css"
    with pytest.raises(SpecError, match=said), own_templates(tmp_path):
        raise AssertionError


def test_a_file_that_another_one_names_is_fine(tmp_path: Path) -> None:
    put(tmp_path, **{PAGE: "{% include 'parts/top.jinja' %}", "parts/top.jinja": "{% include 'deep.txt' %}."})
    with own_templates(put(tmp_path, **{"deep.txt": "mine", ".hidden": "", "page.css~": ""})):
        assert write_html(SHORT) == "mine."


def test_a_copy_of_all_of_ours_is_fine_until_one_that_stays_ours_is_changed(tmp_path: Path) -> None:
    before, mine = everything(), tmp_path / "mine"
    shutil.copytree(template_folder(), mine)
    with own_templates(mine):
        assert everything() == before
    for name in (*CODE, "fonts/symconv-bold.woff2"):
        ours = (mine / name).read_bytes()
        (mine / name).write_bytes(b"mine")
        with pytest.raises(SpecError, match=f"{name}: stays symconv's own\n  take it out"), own_templates(mine):
            raise AssertionError
        (mine / name).write_bytes(ours)


# ------------------------------------------------------------------------------------------------ and nothing else
@pytest.mark.parametrize(("table", "line"), [("language", 'space = " "'), ("speech", 'root = "square root of"')])
def test_what_a_language_says_of_itself_stays_ours(table: str, line: str, tmp_path: Path) -> None:
    """A copy of our sentences may hold it, as it is."""
    ours = (template_folder() / "locale" / "en.toml").read_text("utf-8")
    mine = ours.replace("A convolutional network, worked", "Folding, worked")
    with own_templates(put(tmp_path, **{"locale/en.toml": mine})):
        assert prose("en")("title.main") == "Folding, worked by hand"
    for text in (mine.replace(f"\n{line}", f'\n{line[:-1]}, "'), f"[{table}]\n{line}\n", f"{table} = 7"):
        put(tmp_path, **{"locale/en.toml": text})
        said = rf"^--templates: locale/en\.toml: \[{table}\] stays symconv's own\n  take it out, or leave it as it was$"
        with pytest.raises(SpecError, match=said), own_templates(tmp_path):
            prose("en")


@pytest.mark.parametrize(
    ("sentence", "there"), [("main", "this sentence has no names to fill"), ("named", "there is @name")]
)
def test_a_name_that_a_sentence_does_not_have_is_refused(sentence: str, there: str, tmp_path: Path) -> None:
    put(tmp_path, **{"locale/en.toml": f'[title]\n{sentence} = "A @nope"\n'})
    with pytest.raises(SpecError) as caught, own_templates(tmp_path):
        prose("en")
    assert str(caught.value) == f"--templates: locale/en.toml: title.{sentence}: nothing fills @nope\n  {there}"


@pytest.mark.parametrize(
    ("math", "fault"),
    [
        (r"\\unheard", r"there is no form for \\unheard"),
        (r"\\frac{1}", "an argument is missing"),
        ("x_", "an argument"),
    ],
)
def test_a_formula_that_not_every_format_can_hold_is_refused(math: str, fault: str, tmp_path: Path) -> None:
    put(tmp_path, **{"locale/en.toml": f'[title]\nmain = "A ${math}$"\n'})
    with pytest.raises(SpecError, match=f"title.main: the formula .* cannot be read: {fault}"), own_templates(tmp_path):
        prose("en")


def test_no_folder_is_no_change() -> None:
    before = everything()
    with own_templates(None):
        assert everything() == before and own_text("locale/en.toml") == ""


def test_nothing_leaks_out_of_the_context(tmp_path: Path) -> None:
    before = everything()
    with own_templates(put(tmp_path, **{PAGE: "mine", "page.css": "mine", "locale/en.toml": '[title]\nmain = "mine"'})):
        assert write_html(SHORT) == "mine" and prose("en")("title.main") == "mine"
        put(tmp_path, **{PAGE: "changed since"})
        assert write_html(SHORT) == "changed since"
    assert everything() == before
    with pytest.raises(SpecError), own_templates(put(tmp_path, **{PAGE: "{{ nope }}"})):
        write_html(SHORT)
    assert everything() == before


def test_code_is_ours_for_it_is_run(tmp_path: Path) -> None:
    """A template that writes Python would leave the sandbox by the code that it writes."""
    before = (*everything(), training.source(TOY), emit("conv2d", "loop"))
    with own_templates(put(tmp_path, **{"locale/en.toml": "# nothing"})):
        put(tmp_path, **dict.fromkeys(CODE, "import os\nos.system('touch pwned')\n"))  # after it was looked at
        assert (*everything(), training.source(TOY), emit("conv2d", "loop")) == before


# ------------------------------------------------------------------------------------------------ the sandbox
ATTACKS = {  # template: what is said of it, on its third line
    "{{ ''.__class__.__mro__ }}": "unsafe",
    "{{ say.__call__.__globals__ }}": "unsafe",
    "{{ say.sentences.update({'a': 'b'}) }}": "unsafe",
    "{% set x = cycler.__init__.__globals__.os.system('touch pwned') %}": "unsafe",
    "{{ font.__globals__ }}": "__globals__",
    "{{ font.__wrapped__('x') }}": "unsafe",
    "{{ ({} | attr('__class__')).x }}": "unsafe",
    "{{ '{0.__class__}'.format(say) }}": "unsafe",
    "{% for i in range(10**9) %}{% endfor %}": "too big",
    "{{ 'a' * 10**15 }}": "MemoryError",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}": "recursion",
    "{% include '/etc/passwd' %}": 'no template "/etc/passwd"',
    "{% include '../x' %}": 'no template "../x"',
    "{{ nope }}": "'nope' is undefined",
    "{{ title.nope }}": "no attribute 'nope'",
    "{{ title | nope }}": "No filter named 'nope'",
    "{% if %}": "Expected an expression",
    "{{ 1 / 0 }}": "division by zero",
    "{{ 1 + title }}": "unsupported operand",
    "{{ font('../../etc/passwd') }}": "No such file",
    "{{ say('nope') }}": "no sentence 'nope'",
    "{{ '$' | rich }}": "opens and does not close",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_template_that_goes_wrong_is_named_with_its_line(attack: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught, own_templates(put(tmp_path, **{PAGE: "a\n\n" + attack})):
        write_html(SHORT)
    said = str(caught.value)
    assert said.startswith(f"--templates: {tmp_path.resolve() / PAGE}, line 3: ") and ATTACKS[attack] in said
    assert len(said.splitlines()) == 1 and not Path("pwned").exists()


def test_a_macro_that_goes_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    ours = (template_folder() / "blocks.html.jinja").read_text("utf-8")
    start, _, rest = ours.partition("{% macro step(view) %}\n")
    line = start.count("\n") + 2
    for bad, said in (("{{ view.nope }}", "nope"), ("{{ view.__init__ }}", "unsafe")):
        put(tmp_path, **{"blocks.html.jinja": start + "{% macro step(view) %}\n" + bad + "\n" + rest})
        with pytest.raises(SpecError, match=rf"blocks\.html\.jinja, line {line}: .*{said}"), own_templates(tmp_path):
            write_html(SHORT)


def test_a_macro_that_is_not_there_is_theirs(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no macro"):
        Templates().macro("notebook_cells.py.jinja", "nope", None)
    with pytest.raises(SpecError, match="no macro"), own_templates(put(tmp_path, **{"blocks.html.jinja": ""})):
        write_html(SHORT)


def test_a_fault_of_ours_stays_ours(tmp_path: Path) -> None:
    put(tmp_path, **{"page.css": ""})
    for error in (Broken("b"), ZeroDivisionError("z"), KeyboardInterrupt()):
        with pytest.raises(type(error)), own_templates(tmp_path):
            raise error
    with pytest.raises(SpecError, match=r"^as it is$"), own_templates(tmp_path):
        raise SpecError("as it is")


@pytest.mark.parametrize("name", [PAGE, "page.css", "locale/en.toml"])
def test_bytes_that_are_no_text(name: str, tmp_path: Path) -> None:
    put(tmp_path, **{name: ""})
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match=r"page|locale/en\.toml"), own_templates(tmp_path):
        write_html(SHORT)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    for folder in (tmp_path / "nope", put(tmp_path, x="") / "x"):
        with pytest.raises(SpecError, match="is no folder"), own_templates(folder):
            raise AssertionError


# ------------------------------------------------------------------------------------------------ on the command line
@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("page.html.jinja", "{{ nope }}", "page.html.jinja, line 1"), ("locale/en.toml", "[no]\nkey = ''", "no.key is no"),
     ("preamble.typ.jinja", "<< 1 / 0 >>", ""), ("blocks.tex.jinja", "<% macro", "blocks.tex.jinja, line 1")],
)  # fmt: skip
def test_the_command_says_it_once_and_writes_nothing(
    name: str, text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(builds, "_cases_shown", lambda study: None)
    monkeypatch.setattr(builds, "derive", lambda network: TOY)
    monkeypatch.setattr(builds, "verified", lambda study: Report())
    monkeypatch.setattr("symconv.files.tex.missing", lambda: ("latexmk",))
    put(tmp_path, **{name: text})
    format = "pdf" if "typ" in name else "html" if "html" in name else "tex"
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as caught:
        cli.main(["handout", "--format", format, "--lang", "en", "--templates", str(tmp_path), "--out", str(out)])
    printed, err = capsys.readouterr()
    assert caught.value.code == 2 and printed == "" and not out.exists()
    assert err.startswith("--templates: ") and name.split("/")[-1] in err and said in err and "Traceback" not in err
