"""Commands about the generated code: writing, checking and timing it."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from symconv.commands.app import GENERATED, Force, NetworkArgument, app, forced
from symconv.commands.terminal import FAILED, WELL, print_rows, progress, report_written
from symconv.errors import SpecError

BENCHMARKS = Path("benchmarks")
BATCHES = (1, 8)
STUDENTS = 10_000
Folded = Annotated[str | None, Parameter(show_default=False, help="2, or 3x5 for one number per direction")]


@app.command
def generate(
    *,
    op: Annotated[str | None, Parameter(help="one operation only, for example conv3d")] = None,
    form: Annotated[
        str | None, Parameter(help="one form only, of conv2d without --op: loop, flatten, batched, taps, gemm")
    ] = None,
    kernel: Folded = None,
    stride: Folded = None,
    padding: Annotated[str | None, Parameter(show_default=False, help="2, or 3x5, or same, or valid")] = None,
    dilation: Folded = None,
    groups: Annotated[str | None, Parameter(show_default=False, help="a number")] = None,
    output_padding: Folded = None,
    out: Annotated[Path | None, Parameter(help="the folder to write to; default generated", show_default=False)] = None,
    check: Annotated[
        bool, Parameter(negative="", show_default=False, help="write nothing; exit 1 with a diff if files are stale")
    ] = False,
    force: Force = False,
) -> int:
    """Write the convolution code only: all of it, one operation or form, or one case with its options folded in.

    With --form and any of --kernel, --stride, --padding, --dilation, --groups, --output-padding the code is for that
    case alone, and goes to the terminal unless --out names a folder; options that are not given are PyTorch's defaults,
    and a kernel that is not given may be of any size.
    """
    from symconv.build import GENERATE, code
    from symconv.files import files

    given = {
        "kernel": kernel, "stride": stride, "padding": padding, "output_padding": output_padding,
        "dilation": dilation, "groups": groups,
    }  # fmt: skip
    options = {name: _numbers(name, value) for name, value in given.items() if value is not None}
    content = {Path(name): text for name, text in code(op, form, options).items()}
    if options and out is None and not check:
        print("".join(content.values()), end="")
        return WELL
    out = out or GENERATED
    if not check:
        return report_written(files.write(content, out, force), out, forced("generate"))
    everything = op is form is None and not options
    stale = files.difference(content, out, owned=("*.py",) if everything else (), command=GENERATE)
    print(stale or f"{out} is up to date", end="" if stale else "\n")
    return FAILED if stale else WELL


def _numbers(name: str, text: str) -> tuple[int, ...] | str:
    """`3x5` as (3, 5), `2` as (2,); a word is left as it is."""
    parts = text.split("x")
    if all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        return tuple(map(int, parts))
    if text.isascii() and text.isalpha():
        return text
    wanted = "give a whole number, or one per direction as in 3x5"
    raise SpecError(f"--{name.replace('_', '-')}: {text[:40]!a} does not fit\n  {wanted}")


@app.command
def check(
    network: NetworkArgument = "toy-cnn",
    /,
    *,
    json: Annotated[
        bool, Parameter(negative="", show_default=False, help="for machines, with the measured numbers")
    ] = False,
) -> int:
    """Check the emitted code and every value and gradient against PyTorch."""
    from symconv.build import check as checked
    from symconv.networks.network import load

    given = load(network)
    with progress() as say:
        say("checking against PyTorch")
        report = checked(given)
    if json:
        print(report.to_json())
    else:
        marked = [
            (r.group, r.case, r.what, "ok" if r.passed else "FAILED", _measured(r.measured), r.criterion)
            for r in report.rows
        ]
        print_rows(marked, ("group", "case", "what", "", "measured", "criterion"))
        passed = sum(r.passed for r in report.rows)
        print(f"{passed} of {len(report.rows)} checks passed")
        for c in report.cancelling:
            print(f"the gradient of {c.tensor} is a sum that cancels: its entries are at most {c.largest:.1e}, and "
                  f"rounding may change them by {c.off:.1e}")  # fmt: skip
    return WELL if report.passed else FAILED


def _measured(x: float | str) -> str:
    return x if isinstance(x, str) else f"{x:.3g}"


@app.command
def bench(
    *,
    net: Annotated[
        tuple[str, ...],
        Parameter(
            negative="", show_default=False, help="one of resnet50, vgg16, mobilenet_v2, lenet5; may be repeated"
        ),
    ] = (),
    batch: Annotated[tuple[int, ...], Parameter(negative="", help="images in a batch; may be repeated")] = BATCHES,
    seconds: Annotated[float, Parameter(help="how long each comparison is repeated")] = 1.0,
    out: Annotated[
        Path | None,
        Parameter(
            show_default=False, help="the folder for figures and picture; default benchmarks, or none for a part"
        ),
    ] = None,
    derive: Annotated[
        bool, Parameter(negative="", show_default=False, help="what deriving and verifying costs instead; a minute")
    ] = False,
    worksheets: Annotated[
        bool, Parameter(negative="", show_default=False, help="how fast worksheets are made instead; some minutes")
    ] = False,
    students: Annotated[int, Parameter(help="of the class, with --worksheets")] = STUDENTS,
    force: Force = False,
) -> int:
    """Time the emitted convolutions beside PyTorch's, layer by layer, on one thread: all in a quarter of an hour.

    Prints tables, and writes convolution.json and convolution.png; with --net or --batch only where --out names a
    folder. With --derive: the CPU time of deriving, of verifying and of a page of six networks, and of SymPy's own diff
    of the whole loss where that finishes; and how the time grows with the depth of four kinds of model, which is
    written as depth.json and depth.png. With --worksheets: sheets a second, for each worker, and the peak memory, for
    a class as pages and as LaTeX, a part of it as PDF, and on a Dask cluster of this computer.
    """
    if derive:
        return _bench_derive(out or BENCHMARKS, force)
    if worksheets:
        _fits("--students", students, 1, 100_000)
        return _bench_worksheets(students)
    from symconv.bench.bench import run
    from symconv.bench.chart import chart, matplotlib_or_hint
    from symconv.files import seals

    for images in batch:
        _fits("--batch", images, 1, 4096)
    _fits("--seconds", seconds, 0, 3600)
    matplotlib_or_hint()
    with progress() as say:
        found = run(net, batch, seconds, say)
    for title, heads, rows in found.tables():
        print(f"\n{title}")
        _print_table(rows, heads)
    if out is None and (net or batch != BATCHES):
        return WELL
    return _write_benchmark("convolution", seals.sealed_json(found.to_json(), "symconv bench"), chart(found),
                            out or BENCHMARKS, force)  # fmt: skip


def _print_table(rows: list[tuple[str, ...]], heads: tuple[str, ...]) -> None:
    print_rows(rows if sys.stdout.isatty() else [heads, *rows], heads)


def _write_benchmark(name: str, figures: str, picture: bytes, out: Path, force: bool) -> int:
    from symconv.files import files

    print()
    content: dict[Path, str | bytes] = {Path(f"{name}.json"): figures, Path(f"{name}.png"): picture}
    return report_written(files.write(content, out, force), out, forced("bench"))


def _bench_derive(out: Path, force: bool) -> int:
    from symconv.bench.chart import matplotlib_or_hint
    from symconv.commands import costs, depth
    from symconv.files import seals

    matplotlib_or_hint()
    with progress() as say:
        rows = [cost.row() for cost in costs.run(say)]
        found = tuple(depth.run(say))
    _print_table(rows, costs.HEADS)
    print()
    _print_table([row for kind in found for row in kind.rows()], depth.HEADS)
    figures = seals.sealed_json(depth.to_json(found), "symconv bench --derive")
    return _write_benchmark("depth", figures, depth.chart(found), out, force)


def _bench_worksheets(students: int) -> int:
    from symconv.worksheets.cluster import distributed_or_hint
    from symconv.worksheets.processes import cores
    from symconv.worksheets.speed import HEADS, efficiency, speeds

    distributed_or_hint()
    with progress() as say:
        found = list(speeds(students, cores(), say))
    _print_table([s.row() for s in found], HEADS)
    print(f"\nof a second worker {efficiency(found):.0%} becomes sheets")
    return WELL


def _fits(option: str, number: float, least: int, most: int) -> None:
    if not least <= number <= most:
        raise SpecError(f"{option}: {number:g} does not fit\n  give a number from {least} to {most}")
