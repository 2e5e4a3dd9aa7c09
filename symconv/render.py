"""The templates: the only place that knows Jinja. Templates print finished strings; everything is decided before."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from symconv import latex_text
from symconv.errors import Broken

PACKAGE = Path(__file__).parent


def template_folder(package: Path = PACKAGE) -> Path:
    """symconv/_templates in an installed wheel, templates/ beside the package in a checkout."""
    for folder in (package / "_templates", package.parent / "templates"):
        if folder.is_dir():
            return folder
    raise Broken(f"no templates in {package} or beside it\n  install symconv again")


def render(template_name: str, **view: object) -> str:
    """The template with the view's names; a name that the view lacks raises jinja2.UndefinedError."""
    return _template(template_name).render(**view)


def render_macro(template_name: str, macro: str, view: object) -> str:
    """One macro of a template, called with the view as its only argument."""
    call = getattr(_template(template_name).module, macro, None)
    if call is None:
        raise Broken(f"{template_name} has no macro {macro!r}")
    return str(call(view))


@lru_cache(maxsize=64)
def _template(name: str) -> Template:
    return _environment(name.endswith(".tex.jinja")).get_template(name)


def _filter(form: Callable[[str], str]) -> Callable[[object], str]:
    """`form` for a template: str() of a name that is missing raises UndefinedError."""
    return lambda value: form(str(value))


@lru_cache(maxsize=2)
def _environment(latex: bool) -> Environment:
    """LaTeX is full of braces, so its templates write << value >>, <% statement %> and <# comment #>."""
    signs = {
        "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<",
        "variable_end_string": ">>", "comment_start_string": "<#", "comment_end_string": "#>",
    } if latex else {}  # fmt: skip
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **signs,  # type: ignore[arg-type]
    )
    if latex:
        for name, form in (("rich", latex_text.rich), ("math", latex_text.math), ("plain", latex_text.plain_text)):
            environment.filters[name] = _filter(form)
    return environment
