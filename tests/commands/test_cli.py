"""The command line: exit codes, messages, what is printed and what is not imported. The study is a stand-in here."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import symconv
from symconv.check.check import Cancelling, Comparison
from symconv.commands import cli
from symconv.errors import Broken, NotSupported, SpecError
from symconv.exercises import exercises  # the latter before a study is stood in for
from symconv.files.files import Written
from symconv.files.seals import sealed
from symconv.handout.habits import Habits
from symconv.handout.options import PLAIN, Options
from symconv.language import LANGUAGES
from symconv.text.render import own_text

ROOT = Path(__file__).parents[2]
HEAVY = ("sympy", "torch", "pydantic", "numpy", "jinja2")
CODE = {"conv2d_loop.py": sealed("x = 1\n", "symconv generate")}
HANDOUT = ("handout", "--lang", "en")


def written(text: str, format: str) -> str | bytes:
    return b"%PDF" + text.encode() if format == "pdf" else sealed(text, "symconv handout", f".{format}")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command line in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main(list(arguments))
        assert isinstance(caught.value.code, int)
        return (caught.value.code, *capsys.readouterr())

    return call


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A study that does nothing, in the place of the real one."""
    rows = (Comparison("conv2d_loop", "5x5", "forward", True, 0.0, "equal"),)
    stand_in = SimpleNamespace(
        built=SimpleNamespace(ok=True, summary=(("derived", "9"),), written=Written((), (), ()), problems=()),
        calls=[],
        report=SimpleNamespace(rows=rows, cancelling=(), passed=True, to_json=lambda: '{"passed": true}'),
        handouts=lambda net, languages, formats, entries, options, progress: {
            f"handout.{x}.{f}": written(" ".join((x, *entries)) + options.words(), f)
            for x in languages
            for f in formats
        },
        code=lambda op, form, options: CODE if not options else {"case.py": f"{op} {form} {options}\n"},
        GENERATE="symconv generate",
    )
    stand_in.build = lambda *args: (stand_in.calls.append(args), args[4]("deriving"), stand_in.built)[-1]
    stand_in.check = lambda net: stand_in.report
    assert exercises
    monkeypatch.setitem(sys.modules, "symconv.build", stand_in)  # type: ignore[arg-type]
    monkeypatch.setattr(symconv, "build", stand_in, raising=False)
    return stand_in


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"symconv {symconv.__version__}\n", "")
    status, out, _ = run("--help")
    assert status == 0
    assert all(command in out for command in ("build", "handout", "generate", "check", "doctor"))
    assert run("build", "--help")[0] == 0


@pytest.mark.parametrize("command", ["--version", "--help", "doctor"])
def test_nothing_heavy_is_imported(command: str) -> None:
    """In a process of its own: a test before this one may have imported everything."""
    code = f"""
import sys
from symconv.commands.cli import main
try:
    main([{command!r}])
except SystemExit as stop:
    assert stop.code == 0, stop.code
assert not set({HEAVY}) & set(sys.modules), set({HEAVY}) & set(sys.modules)
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, stdout=subprocess.DEVNULL)


def test_python_m_symconv_is_the_command() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    asked = subprocess.run([sys.executable, "-m", "symconv", "nope"], env=env, capture_output=True, text=True)
    assert asked.returncode == 2
    assert asked.stdout == "" and "nope" in asked.stderr and "Traceback" not in asked.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["--nope"],
        ["build", "--nope"],
        ["build", "--lang", "fr"],
        ["build", "--lang"],
        ["build", "toy-cnn", "toy-cnn"],
        ["build", "--force", "maybe", "x"],
        ["build", "no-such-network"],
        ["handout", "--format", "docx"],
        ["build", "--format", "html"],
        ["build", "--entry", "U[0,0]"],
        ["build", "--detail", "long"],
        ["build", "--notation", "one,zero"],
        ["handout", "--notation", "fancy"],
        ["handout", "--title", "a\nb"],
        ["handout", "--author", "\u0416"],
        ["handout", "--templates", "no/such"],
        ["check", "no/such.toml"],
        ["check", "/dev/zero"],
        ["check", "x" * 300],
        ["handout", "--templates", "x" * 300],
        ["handout", "--out", "x" * 300],
        ["generate", "toy-cnn"],
        ["doctor", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_message_and_exit_2(arguments: list[str], run: Run, study: SimpleNamespace) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err and len(err.splitlines()) <= 3 and err.count("\n") == len(err.splitlines()) and "Traceback" not in err
    assert list(Path.cwd().iterdir()) == []


def test_a_bad_network_lists_its_mistakes_and_writes_nothing(run: Run, study: SimpleNamespace) -> None:
    Path("bad.toml").write_text("layers = []\n")
    status, out, err = run("build", "bad.toml")
    assert (status, out, study.calls) == (2, "", [])
    assert "bad.toml: 5 mistakes" in err and "learning_rate: is missing" in err
    assert [p.name for p in Path.cwd().iterdir()] == ["bad.toml"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SpecError("s"), 2),
        (NotSupported("n"), 2),
        (Broken("b"), 1),
        (OSError(28, "No space left on device", "/tmp"), 2),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_error_has_its_exit_code(error: BaseException, status: int, run: Run, study: SimpleNamespace) -> None:
    def fail(*_: object) -> None:
        raise error

    study.build = study.check = fail
    for command in ("build", "check"):
        found, out, err = run(command)
        assert (found, out) == (status, "")
        assert (error.strerror if isinstance(error, OSError) else str(error)) in err and ("report it" in err) == (
            status == 1
        )


def test_build_passes_its_options_and_prints_the_summary(run: Run, study: SimpleNamespace) -> None:
    assert run("build", "--out", "o", "--lang", "zh", "--force") == (0, "derived  9\n", "")
    network, out, languages, force, _, options = study.calls[0]
    assert (network.name, out, languages, force, options) == ("toy-cnn", Path("o"), ("zh",), True, PLAIN)
    run("build", "--title", "T", "--course", "C", "--author", "A", "--date", "D", "--detail", "brief",
        "--notation", "one,delta")  # fmt: skip
    assert study.calls[1][1:4] == (Path("generated"), LANGUAGES, False)
    assert study.calls[1][5] == Options("T", "C", "A", "D", "brief", Habits(first=1, delta=True))


def test_build_names_what_it_left_alone_and_what_is_wrong(run: Run, study: SimpleNamespace) -> None:
    study.built = SimpleNamespace(
        ok=False, summary=(), written=Written((), (), (Path("conv2d_loop.py"),)), problems=("step 3 failed",)
    )
    status, _, err = run("build")
    assert status == 1
    assert "generated/conv2d_loop.py: edited by hand" in err and "step 3 failed" in err
    assert "(the same symconv build with --force overwrites it)" in err


def test_generate_writes_and_checks(run: Run, study: SimpleNamespace) -> None:
    assert run("generate", "--check")[0] == 1 and not Path("generated").exists()
    assert run("generate") == (0, "wrote generated/conv2d_loop.py\n", "")
    assert run("generate") == (0, "unchanged generated/conv2d_loop.py\n", "")
    assert run("generate", "--check") == (0, "generated is up to date\n", "")
    Path("generated/conv2d_loop.py").write_text("mine\n")
    status, out, _ = run("generate", "--check")
    assert status == 1 and "-mine\n" in out and "+x = 1\n" in out
    status, out, err = run("generate")
    assert (status, out) == (1, "") and "edited by hand" in err and "the same symconv generate with --force" in err
    assert run("generate", "--force")[0] == 0
    Path("generated/conv2d_old.py").write_text(CODE["conv2d_loop.py"])
    assert run("generate", "--check") == (1, "conv2d_old.py: is no longer generated\n", "")


def test_a_case_goes_to_the_terminal_or_to_a_file(run: Run, study: SimpleNamespace) -> None:
    case = ("--op", "conv1d", "--form", "loop", "--kernel", "3x5", "--padding", "same")
    text = "conv1d loop {'kernel': (3, 5), 'padding': 'same'}\n"
    assert run("generate", *case) == (0, text, "")
    assert not Path("generated").exists()
    assert run("generate", *case, "--out", "o") == (0, "wrote o/case.py\n", "")
    assert Path("o/case.py").read_text() == text


@pytest.mark.parametrize("value", ["2x", "-1", "1.5", "3×3", "", "1x1000000000", "a'b"])
def test_an_option_that_is_no_number_is_refused(run: Run, study: SimpleNamespace, value: str) -> None:
    status, out, err = run("generate", "--form", "loop", f"--stride={value}")
    assert (status, out) == (2, "") and "--stride" in err and "3x5" in err


def test_handout_writes_tex(run: Run, study: SimpleNamespace) -> None:
    status, out, _ = run("handout", "--lang", "zh", "--out", "o")
    assert (status, out) == (0, "wrote o/toy-cnn/handout.zh.tex\n")
    assert run("handout")[0] == 0
    assert sorted(p.name for p in Path("generated/toy-cnn").iterdir()) == [f"handout.{x}.tex" for x in LANGUAGES]
    Path("generated/toy-cnn/handout.en.tex").write_text("mine")
    status, out, err = run("handout")
    assert status == 1 and "unchanged generated/toy-cnn/handout.zh.tex" in out
    assert "(the same symconv handout with --force overwrites it)" in err
    assert Path("generated/toy-cnn/handout.en.tex").read_text() == "mine"
    assert "wrote generated/toy-cnn/handout.en.tex" in run("handout", "--force")[1]
    assert Path("generated/toy-cnn/handout.en.tex").read_text() != "mine"


def test_handout_traces_the_entries_asked_for(run: Run, study: SimpleNamespace) -> None:
    assert run("handout", "--lang", "en", "--entry", "U[0,0]", "--entry", "W[1,0]")[0] == 0
    assert "en U[0,0] W[1,0]" in Path("generated/toy-cnn/handout.en.tex").read_text()


def test_the_cost_of_deriving_is_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from symconv.commands import costs, depth

    kind = depth.Depth("blocks", (10, 20), ((0.25, 0.5, 0.5, 0.75), (0.5, 1.0, 1.0, 2.5)))
    monkeypatch.setattr(costs, "run", lambda progress: [costs.Cost("toy-cnn", 4, 22, 0.125, 0.25, 1.125, 0.5)])
    monkeypatch.setattr(depth, "run", lambda progress: [kind])
    monkeypatch.setattr(depth, "chart", lambda found: b"a picture")
    status, out, _ = run("bench", "--derive")
    assert status == 0 and out.splitlines()[1].split() == [
        *("toy-cnn", "4", "22", "0.12", "s", "0.38", "s", "0.5", "s", "1.50", "s", "5", "s", "0.50", "s", "4.0"),
    ]
    assert out.splitlines()[5].split()[:2] == ["blocks", "20"] and out.splitlines()[5].endswith("x 2.5")
    assert (
        Path("benchmarks/depth.png").read_bytes() == b"a picture"
        and '"layers"' in Path("benchmarks/depth.json").read_text()
    )


def test_grading_says_right_wrong_and_what_is_no_answer(run: Run, tmp_path: Path) -> None:
    for text, wanted in (
        ('[gradients]\nW = [["-1.8276"], ["1.8276"]]\n', (0, "gradient of W: right", "")),
        ('[gradients]\nW = [["1.8276"], ["-1.8276"]]\n', (1, "every sign is turned", "")),
        ("[gradients]\nQ = [1]\n", (2, "", "Q")),
    ):
        path = tmp_path / "answers.toml"
        path.write_text(text)
        status, out, err = run("grade", "toy-cnn", str(path))
        assert status == wanted[0] and wanted[1] in out and wanted[2] in err and "Traceback" not in err


@pytest.mark.parametrize("format", ["tex", "pdf", "html"])
def test_handout_in_a_format(format: str, run: Run, study: SimpleNamespace) -> None:
    status, out, _ = run(*HANDOUT, "--format", format)
    assert (status, out) == (0, f"wrote generated/toy-cnn/handout.en.{format}\n")
    content = Path(f"generated/toy-cnn/handout.en.{format}").read_bytes()
    assert content == b"%PDFen" if format == "pdf" else content.endswith(b"\nen")


def test_a_handout_gets_its_options(run: Run, study: SimpleNamespace) -> None:
    assert run(*HANDOUT, "--title=-x", "--detail", "brief", "--notation", "numbers")[0] == 0
    assert "en --title=-x --detail brief --notation numbers" in Path("generated/toy-cnn/handout.en.tex").read_text()


def test_a_handout_names_its_templates_without_what_is_only_true_of_this_computer(
    run: Run, study: SimpleNamespace
) -> None:
    folder = Path("a/my style")
    folder.mkdir(parents=True)
    (folder / "page.css").write_text("b {}")
    for path, named in (("./a/my style/", "a/my style"), ("a/../a/my style", "a/../a/my style"),
                        (str(folder.resolve()), "my style")):  # fmt: skip
        assert run(*HANDOUT, "--templates", path)[0] == 0
        assert Path("generated/toy-cnn/handout.en.tex").read_text().endswith(f"\nen --templates '{named}'")


def test_own_templates_are_in_place_while_it_is_written(run: Run, study: SimpleNamespace) -> None:
    Path("mine").mkdir()
    Path("mine/page.css").write_text("b {}")
    seen: list[str] = []
    study.handouts = lambda *_: seen.append(own_text("page.css")) or {}
    assert run(*HANDOUT, "--templates", "mine")[0] == run(*HANDOUT)[0] == 0
    assert seen == ["b {}", ""]


def test_check_prints_rows_or_json(run: Run, study: SimpleNamespace) -> None:
    status, out, _ = run("check")
    assert status == 0 and "conv2d_loop" in out and "1 of 1 checks passed" in out
    assert run("check", "--json") == (0, '{"passed": true}\n', "")
    study.report.rows = (Comparison("g", "c", "w", False, 1.0, "0"),)
    study.report.passed = False
    study.report.cancelling = (Cancelling("b", 5.6e-17, 1.3e-13),)
    status, out, _ = run("check")
    assert status == 1 and "FAILED" in out and "0 of 1" in out
    assert out.endswith("the gradient of b is a sum that cancels: its entries are at most 5.6e-17, and rounding may "
                        "change them by 1.3e-13\n")  # fmt: skip


def test_a_pipe_gets_no_colours_and_no_progress(run: Run, study: SimpleNamespace) -> None:
    for command in (["build"], ["check"], ["doctor"]):
        status, out, err = run(*command)
        assert status == 0 and "\x1b" not in out and err == ""


def test_a_terminal_gets_a_table(run: Run, study: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    status, out, _ = run("check")
    assert status == 0 and "criterion" in out


def test_a_reader_who_leaves_early_is_no_error() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = f"{sys.executable} -m symconv doctor | true; exit ${{PIPESTATUS[0]}}"
    left = subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True)
    assert left.returncode == 0 and left.stderr == ""


def test_a_poor_terminal_still_gets_the_message() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    asked = subprocess.run(
        [sys.executable, "-m", "symconv", "check", "\u4e2d"], env=env, capture_output=True, text=True
    )
    assert asked.returncode == 2 and "Traceback" not in asked.stderr
