"""The house rules, read from the source: imports point one way, each heavy library has one door, files stay small."""

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import symconv

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "symconv"
LONGEST = 400

# The data's way through the house, room by room: a module imports only from further left.
ROOMS = {
    "": ("errors", "language", "array", "names"),
    "derivation": (
        *("index", "ranges", "letters", "windows", "operation", "traits", "plan", "entrywise", "pools"),
        *(
            "loss_equations",
            "equations",
            "rules",
            "sums",
            "derivation",
            "derive",
            "once",
            "pattern",
            "renamed",
            "transposed",
        ),
    ),
    "networks": (
        *("exact", "regular", "fields", "form", "positions", "in_torch", "parameter", "window_fit"),
        *("conv_layers", "affine_layers", "pointwise_layers", "pool_layers", "flow_layers", "layers", "losses"),
        *("wiring", "geometry", "loss_fit", "tables", "table_reader", "number_lists", "tomlfile", "totoml"),
        "network",
    ),
    "verification": (
        *("dual", "arithmetic", "rounded", "scope", "loops", "closures", "evaluate", "vectors", "points"),
        *("contraction", "whole", "worlds", "verify"),
    ),
    "worked": (
        *("special", "stages", "worked", "exactness", "rough", "derived", "entry", "textbook", "recognise", "winners"),
        *("paths", "dependencies", "machine", "sources"),
    ),
    "drawing": ("stream", "choices", "candidate", "criteria", "draw", "space"),
    "formula": ("signs", "nodes", "read", "latex", "spacing", "mathml", "plain", "typst", "speech", "width", "lines"),
    "text": ("notation", "rich_text", "measure", "latex_text", "render", "prose"),
    "grading": (
        *("typed", "precision", "slack", "known", "nested", "answers", "called", "case", "window_mistakes"),
        *("pointwise_mistakes", "sum_mistakes", "reasons", "mistakes", "slips", "trails", "suspects", "report"),
        "grade",
    ),
    "code": (
        *("schedule", "forms", "pointwise", "pieces", "single", "padding", "reading", "program", "listing"),
        *("scheduled", "order", "draft", "access", "contract", "regions", "extremes", "axis_order", "assign", "nest"),
        *("lower", "recipe"),
        *("arguments", "body", "docstring", "operations", "specialised", "emit", "compiled", "training"),
    ),
    "handout": (
        *("habits", "symbols", "printer", "differentiated", "layout", "pictures", "document"),
        *("shapes", "figures_chain", "figures_grid", "figures_sliding", "figures", "options", "pen", "told"),
        *("terms", "drawn", "sliding", "chapter_network", "chapter_forward", "chapter_backward"),
        *("chapter_learning", "chapter_code", "chapter_general", "shown", "chapter_layers"),
        *("chapter_gradients", "chapter_traces", "explored", "handout", "tasks", "exercise", "page_key"),
        "page_mistakes",
    ),
    "writers": (
        *("views", "paper_views", "sketch", "code_layout", "tikz", "latex_writer", "html_text", "svg"),
        *("html_explorer", "html_figures", "html_blanks", "html_small", "html_writer"),
        *("typst_text", "typst_figures", "typst_writer", "fill", "markdown_text", "notebook_code"),
        "notebook_writer",
    ),
    "check": (
        *(
            "check_cases",
            "rounding",
            "recorded",
            "torch_network",
            "check",
            "check_network",
            "torch_layers",
            "torch_source",
        ),
        *("torch_model", "torch_graph", "torch_gradients", "torch_trace", "torch_losses", "torch_names"),
        "from_torch",
    ),
    "bench": ("layer_shapes", "timing", "workload", "memory", "growth", "results", "chart", "bench"),
    "services": (
        *("tex", "typst_pdf", "seals", "files", "formats", "study", "exercises", "display", "costs", "doctor"),
        *("streams", "stopping", "terminal"),
    ),
    "worksheets": (
        *("job", "sheets", "header", "roster", "lock", "journal", "folder", "answer_key", "batches"),
        *("processes", "cluster", "run", "class_job", "speed"),
    ),
    "commands": ("cli_app", "cli_handout", "cli_code", "cli_course", "cli", "__main__"),
}
ORDER = tuple(module for room in ROOMS.values() for module in room)
OUTPUTS = {"emit", "training", "handout", "check", "tex"}  # they read derivations and values, never each other
DOORS = {  # library: the only modules that may import it
    "jinja2": {"render"},
    "torch": {"called", "check", "from_torch"},
    "pydantic": {"table_reader", "tables"},
    "pydantic_core": {"tables"},
    "tomllib": {"tomlfile", "number_lists", "language", "prose"},
    "cyclopts": {"cli", "cli_app", "cli_handout", "cli_code", "cli_course"},
    "rich": {"terminal"},
    "subprocess": {"tex", "doctor"},
    "matplotlib": {"chart"},
    "typst": {"typst_pdf"},
    "manimgx_fonts_cjk": {"typst_pdf"},
    "nbformat": {"notebook_writer"},
    "numpy": {"vectors", "points", "contraction", "whole", "rough"},
    "pickle": {"batches"},  # a job is packed once for all of a class's batches
    "distributed": {"cluster"},
}
# modules that may import inside functions, and what (None: anything)
LAZY = {
    "cli": None, "cli_handout": None, "cli_code": None, "cli_course": None, "terminal": None,
    "called": {"torch"}, "check": {"torch"}, "chart": {"matplotlib"}, "cluster": {"distributed"},
    "from_torch": {"torch", "torch.fx"},
}  # fmt: skip
TEXT_TO_CODE = {"eval", "exec", "sympify", "parse_expr", "nsimplify", "lambdify", "S"}
# `load` runs what emit printed; the loops of a sum are written of integers and letters of their own
RUNS_CODE = {"emit": {"exec"}, "loops": {"exec"}}
PATHS = {path.stem: path for path in PACKAGE.rglob("*.py") if path.stem != "__init__"}
MODULES = sorted(PATHS)
FOLDERS = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(PATHS[module].read_text(encoding="utf-8"))


def imported(node: ast.AST) -> Iterator[str]:
    """The dotted names that this node and all below it import."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            yield from (alias.name for alias in inner.names)
        elif isinstance(inner, ast.ImportFrom):
            assert inner.level == 0, "imports are absolute"
            yield from (f"{inner.module}.{alias.name}" for alias in inner.names)


def of_symconv(names: Iterator[str]) -> set[str]:
    """Which of our modules the names belong to: the first part that is not a folder."""
    ours = (name.split(".")[1:] for name in names if name.startswith("symconv."))
    return {parts[1] if parts[0] in FOLDERS else parts[0] for parts in ours} - {"__version__"}


def test_every_module_has_its_place() -> None:
    assert sorted(ORDER) == MODULES
    folders = {
        PATHS[m].parent.name for room, modules in ROOMS.items() for m in modules if (PACKAGE / room).is_dir() and room
    }
    assert folders == {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}


def test_imports_point_one_way() -> None:
    upward = {m: of_symconv(imported(tree(m))) - set(ORDER[: ORDER.index(m)]) for m in ORDER}
    assert {m: names for m, names in upward.items() if names} == {}


@pytest.mark.parametrize("module", [*sorted(OUTPUTS), *(m for m in MODULES if m.startswith("chapter_"))])
def test_outputs_never_import_each_other(module: str) -> None:
    assert of_symconv(imported(tree(module))) & OUTPUTS == set()


def test_each_library_has_its_door() -> None:
    libraries = {(name.split(".")[0], module) for module in MODULES for name in imported(tree(module))}
    assert {(library, module) for library, module in libraries if module not in DOORS.get(library, {module})} == set()


def named(body: list[ast.stmt]) -> Iterator[str]:
    """The classes that a module defines, and the aliases: names in CapWords, not its CONSTANTS."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        places = getattr(node, "targets", [getattr(node, "target", getattr(node, "name", None))])
        yield from (x.id for x in places if isinstance(x, ast.Name) and re.match(r"_?[A-Z]\w*[a-z]", x.id))


def defined_twice(modules: Mapping[str, ast.Module]) -> dict[str, tuple[str, ...]]:
    """The modules by the name of a class or an alias that more than one of them defines."""
    places: dict[str, tuple[str, ...]] = {}
    for module, source in modules.items():
        for name in {*named(source.body)}:
            places[name] = (*places.get(name, ()), module)
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_class_or_alias_has_the_name_of_another() -> None:
    assert defined_twice({module: tree(module) for module in MODULES}) == {}


@pytest.mark.parametrize("planted", ["class Step: ...", "Step = tuple[int, ...]", "Step: TypeAlias = int"])
def test_a_name_planted_twice_is_seen(planted: str) -> None:
    found = defined_twice({"a": ast.parse("class Step: ...\nLIMIT = 1"), "b": ast.parse(f"{planted}\nLIMIT = 2")})
    assert found == {"Step": ("a", "b")}


def test_imports_stand_at_the_top() -> None:
    """But for the three places where something heavy waits until it is asked for."""
    for module in MODULES:
        functions = (f for f in ast.walk(tree(module)) if isinstance(f, FUNCTIONS))
        inside = {name for function in functions for name in imported(function)}
        allowed = LAZY.get(module, set())
        assert allowed is None or {n for n in inside if n.split(".")[0] not in allowed} == set(), module


def test_no_text_becomes_code() -> None:
    for module in MODULES:
        called = {
            node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            for node in ast.walk(tree(module))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
        }
        assert called & TEXT_TO_CODE - RUNS_CODE.get(module, set()) == set(), module


def test_files_stay_small_and_say_what_they_are() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= LONGEST and ast.get_docstring(ast.parse(text)), path


@pytest.mark.parametrize("end", ["pytest", "symconv build"])
def test_the_readme_has_both_commands(end: str) -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.match(r"(pip|python)\b", line) and line.endswith(end)]


def test_the_version_is_one() -> None:
    assert f'version = "{symconv.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_public_names_are_listed() -> None:
    assert {"load", "derive", "emit", "compile", "SpecError", "__version__"} <= set(dir(symconv))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = symconv.nothing


def test_the_ci_script_is_sound() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)
