"""The templates: the only place that knows Jinja. Templates print finished strings; everything is decided before."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from symconv.errors import Broken, SpecError
from symconv.networks.exact import show_path

PACKAGE = Path(__file__).parent


def template_folder(package: Path = PACKAGE) -> Path:
    """symconv/_templates in an installed wheel, templates/ beside the package in a checkout."""
    for folder in (package / "_templates", package.parent / "templates"):
        if folder.is_dir():
            return folder
    raise Broken(f"no templates in {package} or beside it\n  install symconv again")


@dataclass(frozen=True)
class Templates:
    """The templates of one target language: filters that write text in it, and signs that do not clash with it.

    `braces` for languages full of them: their templates write << value >>, <% statement %> and <# comment #>.
    """

    filters: tuple[tuple[str, Callable[[str], str]], ...] = ()
    braces: bool = False

    def render(self, template_name: str, **view: object) -> str:
        """The template with the view's names; a name that the view lacks raises jinja2.UndefinedError."""
        return _template(self, template_name).render(**view)

    def macro(self, template_name: str, macro: str, view: object) -> str:
        """One macro of a template, called with the view as its only argument."""
        call = getattr(_module(_template(self, template_name)), macro, None)
        if call is None:
            raise Broken(f"{template_name} has no macro {macro!r}")
        return str(call(view))


def render(template_name: str, **view: object) -> str:
    """A template of Python code; a name that the view lacks raises jinja2.UndefinedError."""
    return Templates().render(template_name, **view)


_OWN: ContextVar[Path | None] = ContextVar("own", default=None)


@contextmanager
def own_templates(folder: Path | None) -> Iterator[None]:
    """Within, templates in `folder` take the place of ours with the same name, all of them rendered in a sandbox.

    Raises SpecError for a folder that is none, and for what is wrong in one of its templates.
    """
    if folder is not None and not folder.is_dir():
        raise SpecError(f"--templates: {show_path(folder)} is no folder\n  give one with templates such as page.css")
    token = _OWN.set(folder and folder.resolve())
    try:
        yield
    except TemplateError as error:
        if folder is None:
            raise
        raise SpecError(_place(error, folder)) from error
    finally:
        _OWN.reset(token)


def _place(error: TemplateError, folder: Path) -> str:
    """Where a template went wrong, as far as that is known."""
    name = getattr(error, "filename", None) or _last_template(error) or str(folder)
    line = getattr(error, "lineno", None)
    return f"--templates: {show_path(name)}{f', line {line}' if line else ''}: {error.message}"


def _last_template(error: TemplateError) -> str:
    """The innermost file of the trace that is a template."""
    frames = [f.filename for f in traceback.extract_tb(error.__traceback__)]
    return next((f for f in reversed(frames) if not f.endswith(".py")), "")


def own_text(name: str) -> str:
    """A file of the user's own folder of templates, "" if there is none."""
    path = (_OWN.get() or Path()) / name
    return path.read_text(encoding="utf-8") if _OWN.get() and path.is_file() else ""


def _template(templates: Templates, name: str) -> Template:
    return _environment(templates, _OWN.get()).get_template(name)


@lru_cache(maxsize=32)
def _module(template: Template) -> object:
    return template.module


def _filter(form: Callable[[str], str]) -> Callable[[object], str]:
    """`form` for a template: str() of a name that is missing raises UndefinedError."""
    return lambda value: form(str(value))


@lru_cache(maxsize=16)
def _environment(templates: Templates, own: Path | None) -> Environment:
    signs = {
        "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<",
        "variable_end_string": ">>", "comment_start_string": "<#", "comment_end_string": "#>",
    } if templates.braces else {}  # fmt: skip
    kind = ImmutableSandboxedEnvironment if own else Environment
    environment = kind(
        loader=FileSystemLoader([*([own] if own else []), template_folder()]),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **signs,  # type: ignore[arg-type]
    )
    environment.filters |= {name: _filter(form) for name, form in templates.filters}
    return environment
