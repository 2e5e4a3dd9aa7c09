"""The house rules, read from the source: imports point one way, each heavy library has one door, files stay small."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import symconv

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "symconv"
LONGEST = 300

# The data's way through the house, room by room: a module imports only from further left. Before the rooms stands what
# all of them use, between them what brings several together.
ROOMS: tuple[tuple[str, str], ...] = (
    ("", "errors language array names stopping"),
    (
        "derivation",
        "tensors functions index scopes ranges letters windows operation traits plan entrywise contractions moves "
        "resampling reductions pools norms loss_equations equations rules definitions sums derivation derive once "
        "pattern renamed transposed unpool special",
    ),
    (
        "networks",
        "exact regular fields form positions in_torch parameter further window_fit layers.conv_window layers.conv "
        "layers.affine layers.norms layers.batch_norm layers.function layers.straight layers.elementary "
        "layers.pointwise layers.pool layers.unpool layers.flow layers.slopes layers.arithmetic "
        "layers.contractions layers.shape layers.resampling layers.cuts layers.joins layers.reductions "
        "layers.layers losses wiring geometry loss_fit toml.tables toml.reader toml.number_lists toml.read joint "
        "toml.write network",
    ),
    (
        "evaluation",
        "polynomial arithmetic rounded rows vectors uncertain objects slopes kinds places points contraction evaluate",
    ),
    ("verification", "worlds conditions verify"),
    (
        "worked",
        "stages domains numbers exactness rough derived entry textbook recognise winners paths dependencies machine "
        "sources",
    ),
    ("sampling", "stream choices candidate criteria draw space"),
    ("formula", "signs nodes compose read latex spacing mathml plain typst speech width lines"),
    ("text", "notation rich_text measure latex_text render prose typed"),
    (
        "code",
        "schedule forms pointwise pieces single padding reading parts program listing scheduled order draft access "
        "contract regions extremes axis_order assign nest lower recipe arguments body docstring operations specialised "
        "emit compiled training",
    ),
    (
        "handout",
        "habits symbols numerals applied printer differentiated layout pictures listings document figures.shapes "
        "figures.chain figures.grid figures.sliding figures.places figures.figures options chains pen told terms "
        "sliding summands tables places chapters.network "
        "chapters.forward chapters.first_parameter chapters.backward chapters.learning chapters.code chapters.general "
        "shown chapters.layers chapters.gradients chapters.traces chapters.rules explored handout",
    ),
    (
        "writers",
        "views paper_views marks sketch code_layout latex.tikz latex.writer html.text html.svg html.explorer "
        "html.figures html.blanks html.small html.writer typst.text typst.figures typst.writer notebook.markdown "
        "notebook.code notebook.writer",
    ),
    (
        "grading",
        "precision slack known nested answers called mistakes.case mistakes.windows mistakes.pointwise "
        "mistakes.sums reasons mistakes.mistakes slips trails suspects report grade",
    ),
    ("check", "cases rounding recorded torch_network check network"),
    (
        "torch_models",
        "call functions arithmetic contractions moves reductions resampling norms layers record twins views source "
        "given opened cut model inputs composed packed unpooled unrolled parts shared taken placed sampled arranged "
        "calculated ranked paired known follow run bound refusals gradients trace losses own_loss names from_torch",
    ),
    ("reference", "examples options torch_names entry text page lookup"),
    ("bench", "layer_shapes timing workload memory growth results chart bench"),
    ("files", "tex typst_pdf seals files formats"),
    ("", "study build display"),
    ("exercises", "drawn tasks sheet page_key page_mistakes exercises"),
    (
        "worksheets",
        "fill job sheets header roster lock journal folder answer_key batches processes cluster run class_job speed",
    ),
    ("commands", "costs depth doctor streams terminal app handout code course layers cli"),
    ("", "__main__"),
)
ORDER = tuple(f"{room}.{module}".lstrip(".") for room, modules in ROOMS for module in modules.split())
# they read derivations and values, never each other
OUTPUTS = {"code.emit", "code.training", "handout.handout", "check.check", "files.tex"}
COMMANDS = {f"commands.{name}" for name in ("app", "handout", "code", "course", "layers", "cli")}
DOORS = {  # library: the only modules that may import it
    "jinja2": {"text.render"},
    # the last one for the type checker alone
    "torch": {"grading.called", "check.check", "torch_models.from_torch", "networks.in_torch"},
    "pydantic": {"networks.toml.reader", "networks.toml.tables"},
    "pydantic_core": {"networks.toml.tables"},
    "tomllib": {"networks.toml.read", "networks.toml.number_lists", "language", "text.prose"},
    "cyclopts": COMMANDS,
    "rich": {"commands.terminal"},
    "subprocess": {"files.tex", "commands.doctor"},
    "matplotlib": {"bench.chart"},
    "typst": {"files.typst_pdf"},
    "manimgx_fonts_cjk": {"files.typst_pdf"},
    "nbformat": {"writers.notebook.writer"},
    "numpy": {
        *(
            f"evaluation.{name}"
            for name in [
                "rows",
                "vectors",
                "uncertain",
                "objects",
                "slopes",
                "kinds",
                "places",
                "points",
                "contraction",
                "evaluate",
            ]
        ),
        *("worked.rough", "worked.winners", "worked.dependencies", "sampling.candidate"),
    },
    "pickle": {"worksheets.batches"},  # a job is packed once for all of a class's batches
    "distributed": {"worksheets.cluster"},
}
# modules that may import inside functions, and what (None: anything)
LAZY = {
    **dict.fromkeys((*COMMANDS - {"commands.app"}, "commands.terminal")),
    "grading.called": {"torch"}, "check.check": {"torch"}, "bench.chart": {"matplotlib"},
    "worksheets.cluster": {"distributed"}, "torch_models.from_torch": {"torch"},
    "files.formats": {"symconv"},  # a page does not wait for what writes notebooks and PDFs
}  # fmt: skip
TEXT_TO_CODE = {"eval", "exec", "sympify", "parse_expr", "nsimplify", "lambdify", "S"}
RUNS_CODE = {"code.emit": {"exec"}}  # `load` runs what emit printed
PATHS = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in PACKAGE.rglob("*.py")
    if path.stem != "__init__"
}
MODULES = sorted(PATHS)
OF_SEVERAL = {  # tests of more than one module
    *("any_network", "depth", "faults", "generated", "hostile_answers", "house", "init", "page", "page_size"),
    *("printed_names", "random_networks", "readme", "real_layers", "relations", "scatter", "templates", "tutorial"),
    "worksheets_command",
    "models.models",
}
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


def of_symconv(names: Iterable[str]) -> set[str]:
    """Which of our modules the names belong to; a folder is none."""
    ours = (name.removeprefix("symconv.") for name in names if name.startswith("symconv."))
    return {name if name in PATHS else name.rpartition(".")[0] or name for name in ours} - {"__version__"}


def test_every_module_has_its_place() -> None:
    assert sorted(ORDER) == MODULES
    rooms = [room for room, _ in ROOMS if room]
    assert len(set(rooms)) == len(rooms)
    assert [path for path in PATHS.values() if not (path.parent / "__init__.py").exists()] == []


def test_the_readme_shows_the_rooms_in_their_order() -> None:
    picture = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## How it works\n")[2].split("```")[1]
    assert re.findall(r"^ (\w+)/", picture, re.MULTILINE) == [room for room, _ in ROOMS if room]
    assert {*re.findall(r"(\w+)/", picture)} == {path.parent.name for path in PATHS.values()} - {"symconv"}


def test_tests_lie_where_their_modules_do() -> None:
    """Beside the folders are those of what stands there itself, or of several modules."""
    tests = Path(__file__).parent
    paths = [path.relative_to(tests).with_suffix("").parts for path in tests.rglob("test_*.py")]
    names = {".".join((*folders, name.removeprefix("test_"))) for *folders, name in paths}
    assert sorted(names - {*MODULES}) == sorted(OF_SEVERAL)


def outward(module: str, names: Iterable[str]) -> set[str]:
    """Of what a module imports, what stands not further left."""
    return of_symconv(names) - {*ORDER[: ORDER.index(module)]}


def test_imports_point_one_way() -> None:
    upward = {m: outward(m, imported(tree(m))) for m in ORDER}
    assert {m: names for m, names in upward.items() if names} == {}


@pytest.mark.parametrize(
    "planted",
    ["symconv.worked.stages", "symconv.grading.mistakes.case.everywhere", "symconv.writers.html", "symconv.study"],
)
def test_an_import_that_points_the_other_way_is_seen(planted: str) -> None:
    assert outward("verification.verify", [planted]) != set()
    assert outward("verification.verify", ["symconv.verification.worlds", "symconv.evaluation.rows.x"]) == set()


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith(("handout.", "writers."))])
def test_what_is_printed_knows_nothing_of_grading(module: str) -> None:
    assert {m for m in of_symconv(imported(tree(module))) if m.startswith(("grading.", "exercises."))} == set()


@pytest.mark.parametrize("module", [*sorted(OUTPUTS), *(m for m in MODULES if m.startswith("handout.chapters."))])
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
    """But for the places where something heavy waits until it is asked for."""
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
