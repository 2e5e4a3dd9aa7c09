"""The templates: the only place that knows Jinja. Templates print finished strings; everything is decided before."""

import os
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from symconv.errors import Broken, NotSupported, SpecError
from symconv.formula.nodes import Node
from symconv.language import template_folder
from symconv.networks.exact import show, show_path

CODE = ".py.jinja"
TEXTS = (".jinja", ".css", ".js", ".toml")  # of a template that a user may replace
MOST = 500  # files of a user's own folder: more are not templates, and are not looked through


@dataclass(frozen=True)
class Templates:
    """The templates of one target language: filters that write text in it, and signs that do not clash with it.

    `braces` for languages full of them: their templates write << value >>, <% statement %> and <# comment #>.
    """

    filters: tuple[tuple[str, Callable[..., str]], ...] = ()
    braces: bool = False

    def render(self, template_name: str, **view: object) -> str:
        """The template with the view's names; a name that the view lacks raises jinja2.UndefinedError."""
        return _template(self, template_name).render(**view)

    def macro(self, template_name: str, macro: str, view: object) -> str:
        """One macro of a template, called with the view as its only argument."""
        template = _template(self, template_name)
        try:
            call = getattr(_module(template), macro, None)
            if call is None:
                said = f"{template_name} has no macro {macro!r}"
                raise SpecError(f"--templates: {said}") if _OWN.get() else Broken(said)
            return str(call(view))
        except Exception:  # its trace then names the template's own lines
            template.environment.handle_exception()


def render(template_name: str, **view: object) -> str:
    """A template of Python code; a name that the view lacks raises jinja2.UndefinedError."""
    return Templates().render(template_name, **view)


_OWN: ContextVar[Path | None] = ContextVar("own", default=None)


@contextmanager
def own_templates(folder: Path | None) -> Iterator[None]:
    """Within, templates in `folder` take the place of ours with the same name, which they may include as
    `symconv/NAME`; all of them are rendered in a sandbox. Those of code stay ours, for what they write is run.

    Raises SpecError for a folder that is none, for a file in it that nothing would read, and for what is wrong in one
    of its templates.
    """
    if folder is not None and not os.path.isdir(folder):  # nor one that no folder can be called
        raise SpecError(f"--templates: {show_path(folder)} is no folder\n  give one with templates such as page.css")
    folder = folder and folder.resolve()
    if folder:
        _refuse_unread(folder)
    token = _OWN.set(folder)
    try:
        yield
    except (SpecError, NotSupported):
        raise
    except Exception as error:
        place = _place(error, folder) if folder else ""
        if not place:
            raise
        raise SpecError(f"--templates: {place}: {_said(error)}") from error
    finally:
        _OWN.reset(token)


def _refuse_unread(folder: Path) -> None:
    """SpecError for a file of the folder that would change nothing, and for a folder without a template."""
    found = sorted(islice(_names(folder), MOST))
    there = f"there are {', '.join(_replaceable())}"
    for name in (x for x in found if x not in _replaceable()):
        place = f"--templates: {show_path(folder / name)}"
        if (template_folder() / name).is_file():
            if not _is_copy(folder, name):
                raise SpecError(f"{place}: stays symconv's own\n  take it out of the folder")
        elif not _is_named(folder, name, found):
            near = ", ".join(get_close_matches(name, _replaceable(), 3, 0.5))
            problem = "takes the place of no template, and no other file there names it"
            raise SpecError(f"{place}: {problem}\n  {f'near it is {near}' if near else there}")
    if not any(name in _replaceable() for name in found):
        raise SpecError(f"--templates: {show_path(folder)} holds no template\n  {there}")


def _names(folder: Path) -> Iterator[str]:
    """The files below a folder, but those that are hidden, or an editor's copies."""
    for place, inside, names in os.walk(folder):
        inside[:] = [name for name in inside if not name.startswith(".")]
        files = (Path(place) / name for name in names if not re.search(r"^\.|~$", name))
        yield from (file.relative_to(folder).as_posix() for file in files if file.is_file())


@cache
def _replaceable() -> tuple[str, ...]:
    """The templates that one of the user's may take the place of."""
    return tuple(sorted(x for x in _names(template_folder()) if x.endswith(TEXTS) and not x.endswith(CODE)))


def _is_copy(folder: Path, name: str) -> bool:
    """Whether a file is what ours of the same name is, as when the whole folder has been copied."""
    return (template_folder() / name).read_bytes() == (folder / name).read_bytes()


def _is_named(folder: Path, name: str, found: list[str]) -> bool:
    """Whether another file may include this one: its text has the name as a word."""
    word = re.compile(rf"(?<![\w./-]){re.escape(name)}(?![\w-]|\.\w)")
    texts = (folder / other for other in found if other != name and other.endswith(TEXTS))
    return any(word.search(text.read_text(encoding="utf-8", errors="replace")) for text in texts)


def _place(error: Exception, folder: Path) -> str:
    """Where a template of the user's went wrong, as far as that is known; "" if it is not theirs."""
    if isinstance(error, TemplateSyntaxError):
        return f"{show_path(error.filename or folder)}, line {error.lineno}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(folder)]
    if frames:
        return f"{show_path(frames[-1].filename)}, line {frames[-1].lineno}"
    return show_path(folder) if isinstance(error, TemplateError) else ""


def _said(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {show(error.name)}"
    return str(error).partition("\n")[0] or type(error).__name__


def own_text(name: str) -> str:
    """A file of the user's own folder of templates, "" if there is none."""
    folder = _OWN.get()
    if not folder or not (folder / name).is_file():
        return ""
    with _readable(name):
        return (folder / name).read_text(encoding="utf-8")


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except (UnicodeDecodeError, PermissionError) as error:
        raise SpecError(f"--templates: {name}: cannot be read as UTF-8 text") from error


class _Loader(FileSystemLoader):
    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        with _readable(template):
            return super().get_source(environment, template)


def _template(templates: Templates, name: str) -> Template:
    return _environment(templates, None if name.endswith(CODE) else _OWN.get()).get_template(name)


@lru_cache(maxsize=32)
def _module(template: Template) -> object:
    return template.module


def _filter(form: Callable[..., str]) -> Callable[[object], str]:
    """`form` for a template, of a formula or a text: str() of a name that is missing raises UndefinedError."""
    return lambda value: form(value if isinstance(value, Node) else str(value))


@lru_cache(maxsize=16)
def _environment(templates: Templates, own: Path | None) -> Environment:
    signs = {
        "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<",
        "variable_end_string": ">>", "comment_start_string": "<#", "comment_end_string": "#>",
    } if templates.braces else {}  # fmt: skip
    kind, ours = ImmutableSandboxedEnvironment if own else Environment, template_folder()
    environment = kind(
        loader=ChoiceLoader([_Loader([*([own] if own else []), ours]), PrefixLoader({"symconv": _Loader([ours])})]),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **signs,  # type: ignore[arg-type]
    )
    environment.filters |= {name: _filter(form) for name, form in templates.filters}
    return environment
