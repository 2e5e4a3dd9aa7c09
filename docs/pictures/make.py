"""Makes the pictures of docs/gallery.md: runs its commands in an empty folder, opens what they write, takes pictures.

    python docs/pictures/make.py [NAME ...]     all of them, or those named, such as toy-slider
    python docs/pictures/make.py --in FOLDER    keeps the handouts in FOLDER, and takes those that it finds there

Needs symconv with PyTorch, and beside it `pip install playwright pillow`; Chromium ($CHROMIUM, or the first found);
pdftoppm and pdftotext (poppler). Takes some minutes, most of them for LeNet-5. What comes out depends on the system's
fonts, for Chinese and code, and on whether TeX or Typst sets the PDFs.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, sync_playwright

from symconv.exercises.page_key import veiled

HERE = Path(__file__).parent
GALLERY = HERE.parent / "gallery.md"
WIDTH, SCALE = 960, 1.25  # of the window, and pixels of the picture for each of its own
COLOURS = 96
PAPER, AROUND = "#ffffff", "#d9dce0"
SONG = ("Songti SC", "Noto Serif CJK SC", "Source Han Serif SC", "FandolSong", "AR PL SungtiL GB", "SimSun")
NAMES = ("chromium", "chromium-browser", "google-chrome")


# ------------------------------------------------------------------------------------------------ pages in a browser
@dataclass(frozen=True)
class Shot:
    """A part of a page: from the first element to the end of the last, at most `most` high, after `act`."""

    page: str
    first: str
    last: str
    act: Callable[[Page], None] = lambda page: None
    most: int = 1000
    width: int = WIDTH
    scale: float = SCALE
    dark: bool = False


def slide(place: int) -> Callable[[Page], None]:
    script = "(e, k) => { e.value = k; e.dispatchEvent(new Event('input')) }"
    return lambda page: page.locator(".slider input").first.evaluate(script, place)


def point(name: str) -> Callable[[Page], None]:
    return lambda page: page.locator(f'.explorer [data-name="{name}"]').first.hover()


def square(tensor: str, x: int, y: int) -> Callable[[Page], None]:
    """A place of a tensor that is drawn as squares, in pixels."""
    return lambda page: page.locator(f'.explorer canvas[aria-label="{tensor}"]').hover(position={"x": x, "y": y})


def light(index: str) -> Callable[[Page], None]:
    """The index of that letter in the equation that stands above the code."""
    return lambda page: page.locator(".switch .step:not([hidden]) .ix", has_text=re.compile(f"^{index}$")).first.hover()


def answers(right: int, mistaken: int, words: str) -> Callable[[Page], None]:
    """So many right answers, and at the blank of that number the mistake with these words."""

    def typed(page: Page) -> None:
        key = json.loads(veiled(page.locator("script.key").text_content() or ""))
        wrong = next(number for number, said in key["wrong"][mistaken] if words in key["said"][said])
        given = {k: key["right"][k] for k in range(right)} | {mistaken: wrong}
        for k, number in given.items():
            page.locator("input.answer").nth(k).fill(f"{number:g}")
            page.locator("input.answer").nth(k).press("Enter")
        page.evaluate("document.activeElement.blur(); document.querySelector('#part-1-1').scrollIntoView()")

    return typed


@contextmanager
def opened(browser: Browser, path: Path, shot: Shot) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": shot.width, "height": 900}, device_scale_factor=shot.scale, offline=True,
        color_scheme="dark" if shot.dark else "light", reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.goto(path.as_uri())
    local = ",".join(f'local("{name}")' for name in SONG)  # the face that most readers have, or the nearest to it
    page.add_style_tag(content=f'@font-face{{font-family:"Songti SC";src:{local}}}')
    page.evaluate("document.fonts.ready")
    yield page
    context.close()


def taken(browser: Browser, folder: Path, shot: Shot) -> Image.Image:
    with opened(browser, folder / shot.page, shot) as page:
        first, last = (page.locator(s).first for s in (shot.first, shot.last))
        top = first.evaluate("e => e.getBoundingClientRect().top + scrollY") - 14
        end = last.evaluate("e => e.getBoundingClientRect().bottom + scrollY") + 18
        height = round(min(end - top, shot.most))
        page.set_viewport_size({"width": shot.width, "height": max(height, 200)})
        page.evaluate("y => scrollTo(0, y)", round(top))
        shot.act(page)
        top = first.evaluate("e => e.getBoundingClientRect().top") - 14  # pointing may have scrolled
        page.wait_for_timeout(300)
        clip = {"x": 0, "y": max(round(top), 0), "width": shot.width, "height": height}
        return Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB")


# ------------------------------------------------------------------------------------------------ pages of a PDF
@dataclass(frozen=True)
class Sheets:
    """Pages of PDFs side by side: (file, the number of the page, or words on the first such page)."""

    pages: tuple[tuple[str, int | str], ...]
    each: int = 580


def printed(folder: Path, sheets: Sheets) -> Image.Image:
    found = []
    for name, page in sheets.pages:
        number = page if isinstance(page, int) else with_words(folder / name, page)
        command = ["pdftoppm", "-png", "-r", "220", "-f", str(number), "-l", str(number), str(folder / name)]
        sheet = Image.open(BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)).convert("RGB")
        size = sheets.each, round(sheet.height * sheets.each / sheet.width)
        found.append(sheet.resize(size, Image.Resampling.LANCZOS))
    return beside(found, AROUND)


def with_words(path: Path, words: str) -> int:
    text = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, encoding="utf-8").stdout
    pages = [number for number, page in enumerate(text.split("\f"), start=1) if words in " ".join(page.split())]
    return pages[0] if pages else sys.exit(f"{path.name}: no page says {words!r}")


def beside(images: list[Image.Image], around: str, gap: int = 10) -> Image.Image:
    height = max(x.height for x in images)
    whole = Image.new("RGB", (sum(x.width + gap for x in images) + gap, height + 2 * gap), around)
    at = gap
    for image in images:
        whole.paste(image, (at, gap))
        at += image.width + gap
    return whole


# ------------------------------------------------------------------------------------------------ the pictures
TOY, STRIDED, LENET = (f"generated/{name}/handout" for name in ("toy-cnn", "strided", "lenet5"))
SE, INCEPTION, UNET, ENCODER, NORM, RNN = (
    f"generated/{name}/handout" for name in ("se-block", "inception", "u-net", "encoder", "layer-norm-mlp", "rnn")
)
BOOK, NUMBERED, COURSE = (f"{folder}/handout.en" for folder in ("book/toy-cnn", "numbered/toy-cnn", "course/my-net"))
PHONE: dict[str, Any] = {"width": 390, "scale": 1.5}

PICTURES: dict[str, tuple[Shot | Sheets, ...]] = {
    "toy-slider": (Shot(f"{TOY}.en.html", "#part-2", ".slider", slide(1)),),
    "toy-slider-zh": (Shot(f"{TOY}.zh.html", "#part-2", ".slider", slide(1)),),
    "toy-derivation": (Shot(f"{TOY}.en.html", "#part-3-7", "#part-3-8"),),
    "toy-pdf": (Sheets(((f"{TOY}.en.pdf", 2), (f"{TOY}.zh.pdf", 2))),),
    "toy-code": (Shot(f"{TOY}.en.html", ".switch", ".switch", light("a")),),
    "strided-slider": (Shot(f"{STRIDED}.en.html", "#part-2-1", ".slider", slide(0)),),
    "strided-input": (Shot(f"{STRIDED}.en.html", "#part-3-10", "#part-3-10"),),
    "strided-pdf": (
        Sheets(((f"{STRIDED}.en.pdf", "The gradient of the input X"), (f"{STRIDED}.zh.pdf", "输入 X 的梯度"))),
    ),
    "lenet5": (Shot(f"{LENET}.en.html", "header", "#part-1", most=975),),
    "lenet5-depends": (Shot(f"{LENET}.en.html", ".explorer", ".explorer", square("x_2", 82, 26), most=1055),),
    "lenet5-zh": (Shot(f"{LENET}.zh.html", "#part-4", "#part-4-1"),),
    "se-block-scale": (Shot(f"{SE}.en.html", "#part-2-8", "#part-2-8"),),
    "se-block-sum": (Shot(f"{SE}.en.html", "#part-3-6", "#part-3-6"),),
    "inception": (Shot(f"{INCEPTION}.en.html", "#part-2-8", "#part-2-8"),),
    "u-net-pdf": (Sheets(((f"{UNET}.en.pdf", "is cut into the same parts"), (f"{UNET}.zh.pdf", "按同样的方式切分"))),),
    "encoder": (Shot(f"{ENCODER}.en.html", "#part-3-38", "#part-3-38", most=880),),
    "layer-norm-zh": (Shot(f"{NORM}.zh.html", "#part-2-2", "#part-2-4"),),
    "rnn": (Shot(f"{RNN}.en.html", "#part-3-24", "#part-3-25"),),
    "notation-book": (Shot(f"{BOOK}.html", "#part-3-7", "#part-3-7"),),
    "notation-numbers": (Shot(f"{NUMBERED}.html", "#part-3-6", "#part-3-6"),),
    "heading": (Sheets(((f"{COURSE}.pdf", 1), (f"{COURSE}.pdf", "The gradient of c"))),),
    "sheets": (
        Shot(
            "sheets/exercises/s1001.html",
            "#part-1-1",
            "#part-2-1",
            answers(9, 6, "flipped"),
            most=1080,
            width=640,
            scale=1,
        ),
        Sheets((("sheets/solutions/s1002.pdf", 2),), each=505),
    ),
    "dark": (Shot(f"{TOY}.en.html", ".explorer", ".explorer", point("P[1]"), dark=True),),
    "phone": (
        Shot(f"{TOY}.en.html", "h1", "main", most=780, **PHONE),
        Shot(f"{TOY}.en.html", ".explorer", ".explorer", point("P[1]"), most=780, **PHONE),
    ),
}


# ------------------------------------------------------------------------------------------------ making
def handouts(folder: Path) -> None:
    """Every command and every block of Python in the gallery, in order; a handout that is there is not made again."""
    shutil.copytree(HERE.parent / "networks", folder / "docs" / "networks", dirs_exist_ok=True)
    for kind, text in re.findall(r"^```(sh|python)\n(.*?)^```", GALLERY.read_text(encoding="utf-8"), re.S | re.M):
        for code in text.splitlines() if kind == "sh" else [text]:
            done = folder / f".{sha256(code.encode()).hexdigest()[:16]}.done"
            if done.exists():
                continue
            words = ["-m", *shlex.split(code)] if kind == "sh" else ["-c", code]
            subprocess.run([sys.executable, *words], cwd=folder, check=True)
            done.touch()


def saved(image: Image.Image, name: str) -> None:
    """With few colours where that looks the same: no pixel far from what it was."""
    few = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    worst = max(high for _, high in ImageChops.difference(image, few.convert("RGB")).getextrema())
    path = HERE / f"{name}.png"
    (few if worst < 64 else image.quantize(256, dither=Image.Dither.NONE)).save(path, optimize=True)
    print(f"{path.stat().st_size / 1000:6.1f} kB  {image.width} x {image.height}  {name}")


def chromium() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return found or sys.exit("no Chromium found: set $CHROMIUM")


def make(folder: Path, names: list[str]) -> None:
    handouts(folder)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        for name in names or PICTURES:
            parts = [
                taken(browser, folder, part) if isinstance(part, Shot) else printed(folder, part)
                for part in PICTURES[name]
            ]
            saved(parts[0] if len(parts) == 1 else beside(parts, AROUND), name)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES], metavar="NAME")
    parser.add_argument("--in", dest="folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty:
        folder = (given.folder or Path(empty)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        make(folder, given.names)


if __name__ == "__main__":
    main()
