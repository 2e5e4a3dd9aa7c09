"""The templates: the only place that knows Jinja. Templates print finished strings; everything is decided before."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from symconv.errors import Broken

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
        call = getattr(_module(self, template_name), macro, None)
        if call is None:
            raise Broken(f"{template_name} has no macro {macro!r}")
        return str(call(view))


def render(template_name: str, **view: object) -> str:
    """A template of Python code; a name that the view lacks raises jinja2.UndefinedError."""
    return Templates().render(template_name, **view)


@lru_cache(maxsize=64)
def _template(templates: Templates, name: str) -> Template:
    return _environment(templates).get_template(name)


@lru_cache(maxsize=16)
def _module(templates: Templates, name: str) -> object:
    return _template(templates, name).module


def _filter(form: Callable[[str], str]) -> Callable[[object], str]:
    """`form` for a template: str() of a name that is missing raises UndefinedError."""
    return lambda value: form(str(value))


@lru_cache(maxsize=8)
def _environment(templates: Templates) -> Environment:
    signs = {
        "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<",
        "variable_end_string": ">>", "comment_start_string": "<#", "comment_end_string": "#>",
    } if templates.braces else {}  # fmt: skip
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **signs,  # type: ignore[arg-type]
    )
    environment.filters |= {name: _filter(form) for name, form in templates.filters}
    return environment
