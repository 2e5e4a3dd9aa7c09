"""The templates: the only place that knows Jinja. Templates print finished strings; everything is decided before."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
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
from symconv.networks.exact import show, show_path

PACKAGE = Path(__file__).parent
CODE = ".py.jinja"


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

    Raises SpecError for a folder that is none, and for what is wrong in one of its templates.
    """
    if folder is not None and not folder.is_dir():
        raise SpecError(f"--templates: {show_path(folder)} is no folder\n  give one with templates such as page.css")
    folder = folder and folder.resolve()
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


def _filter(form: Callable[[str], str]) -> Callable[[object], str]:
    """`form` for a template: str() of a name that is missing raises UndefinedError."""
    return lambda value: form(str(value))


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
