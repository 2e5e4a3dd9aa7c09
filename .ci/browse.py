"""Opens each page given in Chromium, cut off from any network, uses all that moves in it, and reads it without script.

Chromium: $CHROMIUM, or the first found; axe, which looks for what keeps people out: $AXE, the path of axe.min.js.
All pages have one style: the first is given to axe at every width in light and dark, the others at each width and in
each of light and dark once, their contrast, which takes most of the time, in light and in dark by turns. Exits 1 if a
page shows a fault.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from browse_blanks import blanks
from browse_explorer import SEEN, explorer
from browse_slider import seen, shown, slider
from playwright.sync_api import Browser, Error, Locator, Page, Request, sync_playwright

WIDTHS, HEIGHT = (1440, 390), 900
SCHEMES: tuple[Literal["light"], Literal["dark"]] = "light", "dark"
NAMES = ("chromium", "chromium-browser", "google-chrome")
MOST = 20  # faults of a page that are printed
FOLDS = 4  # that are used one by one
HEAVIEST = 3_000_000  # bytes of a page, LeNet-5's
CHECKED = (
    "{} widths, light and dark, axe; {} places, {} entries or fields, {} folds, {} forms, {} blanks;"
    " without script; in print"
)
Faults = Iterator[str]


@contextmanager
def opened(browser: Browser, path: Path, faults: list[str], width: int = WIDTHS[0], **options: Any) -> Iterator[Page]:
    """The page in a window of its own; whatever it says, asks for or breaks is a fault."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT}, offline=True, reduced_motion="reduce", **options
    )
    page = context.new_page()
    page.set_default_timeout(5_000)

    def asked(request: Request) -> None:
        if request.url != path.as_uri() and not request.url.startswith("data:font/"):
            faults.append(f"asks for {request.url[:80]}")

    page.on("request", asked)
    page.on("console", lambda message: faults.append(f"says {message.text[:120]!r}"))
    page.on("pageerror", lambda error: faults.append(f"breaks: {error.message}"))
    page.goto(path.as_uri())
    yield page
    context.close()


def at_width(page: Page) -> Faults:
    """No scrolling sideways, all fonts there."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if wide > room:
        yield f"is {wide} px wide"
    if failed := page.evaluate("document.fonts.ready.then(fs => [...fs].filter(f => f.status === 'error').length)"):
        yield f"{failed} fonts cannot be read"


def for_all(page: Page, axe: str, contrast: bool) -> Faults:
    """Nothing that axe complains of."""
    page.evaluate(axe)
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
    for found in page.evaluate("options => axe.run(options).then(r => r.violations)", options):
        where = found["nodes"][0]["html"][:100]
        yield f"axe: {found['id']} ({len(found['nodes'])}): {where}"


# ------------------------------------------------------------------------------------------------ folds and forms
def folding(page: Page) -> Faults:
    """The first derivations by their own buttons, then all of them."""
    buttons, hidden = page.locator(".line .fold"), page.locator(".line.folded")
    for button in buttons.all()[:FOLDS]:
        words = button.get_attribute("aria-label")
        button.click()
        if button.get_attribute("aria-expanded") != "false" or button.get_attribute("aria-label") == words:
            yield "a fold does not say that it is folded"
        if hidden.count() < 2 or seen(hidden):
            yield "a fold hides nothing"
        if page.locator(".foldrow:not([hidden])").count() != 1:
            yield "nothing stands for the folded lines"
        button.press("Enter")
        if button.get_attribute("aria-expanded") != "true" or hidden.count():
            yield "a fold does not unfold"
    every = page.locator(".fold.all")
    if every.count() != bool(buttons.count()):
        yield f"{every.count()} buttons fold all of {buttons.count()}"
    for state in ("false", "true", "false") if every.count() else ():
        words = every.inner_text()
        every.click()
        if any(button.get_attribute("aria-expanded") != state for button in buttons.all()):
            yield f"not all folds are {state}"
        if every.inner_text() == words:
            yield "the button for all folds says the same before and after"


def forms(box: Locator) -> Faults:
    """One form at a time: by click, by the arrow keys round and round, by its link in the contents."""
    tabs, steps = box.get_by_role("tab"), box.locator(":scope > .step")
    if tabs.count() != steps.count() or not box.get_by_role("tablist").get_attribute("aria-label"):
        yield f"{tabs.count()} tabs for {steps.count()} forms"

    def chosen(k: int, how: str) -> Faults:
        selected, reachable = (
            tabs.evaluate_all(f"es => es.flatMap((e, k) => {is_so} ? [k] : [])")
            for is_so in ("e.getAttribute('aria-selected') === 'true'", "e.tabIndex === 0")
        )
        if not (there := seen(steps)) == selected == reachable == [k]:
            yield f"{how}: forms {there} are seen, {selected} selected, {reachable} reachable, not {k}"

    yield from chosen(0, "at first")
    for k, tab in reversed(list(enumerate(tabs.all()))):
        tab.click()
        yield from chosen(k, "a click")
    for key, order in (("ArrowRight", [*range(1, tabs.count()), 0]), ("ArrowLeft", [*reversed(range(tabs.count()))])):
        for k in order:
            box.page.keyboard.press(key)
            yield from chosen(k, key)
    for k in range(steps.count()):
        box.page.locator(f'.toc a[href="#{steps.nth(k).get_attribute("id")}"]').click()
        box.page.wait_for_timeout(20)  # the event of the new address
        yield from chosen(k, "a link")


# ------------------------------------------------------------------------------------------------ no script, and print
READABLE = ".step, .part > *, p, figure, svg.fig, .line, .codeline, table, li"


def unseen(page: Page, selector: str) -> Faults:
    """Whatever of these cannot be seen, and is in no slider and no explorer."""
    lost = page.locator(selector).evaluate_all(
        f"es => es.filter(e => !e.closest('.slider, .explorer, .score, nav') && !({SEEN})(e)).map(e => e.outerHTML)"
    )
    yield from (f"not to be seen: {text[:80]}" for text in lost)


def without_script(page: Page) -> Faults:
    """Everything is there but what only a script could move."""
    hidden = page.locator("[hidden]").evaluate_all("es => es.map(e => e.className)")
    yield from (f"hidden: {name}" for name in hidden if not {"slider", "explorer", "score"} & set(name.split()))
    yield from (
        f"{kind} is seen" for kind in (".slider", ".explorer", ".score") if any(shown(page.locator("body"), kind))
    )
    yield from unseen(page, READABLE)


def in_print(page: Page) -> Faults:
    """All that can be read, whatever was folded or chosen; nothing that only moves."""
    page.emulate_media(media="print")
    moving = (".slider", ".explorer", "nav", ".tabs", ".fold", ".foldrow", ".skip", ".score", ".verdict")
    yield from (f"{kind} is printed" for kind in moving if shown(page.locator("body"), kind))
    yield from unseen(page, f"{READABLE}, .still, .switch h3")
    if not page.pdf().startswith(b"%PDF"):
        yield "no PDF"


def checked(browser: Browser, path: Path, axe: str, turn: int) -> tuple[list[str], str]:
    """The faults of a page, the first of which has turn 0, and what was looked at."""
    size = path.stat().st_size
    faults = [f"has {size} bytes, more than {HEAVIEST}"] if size > HEAVIEST else []

    def add(where: str, found: Iterable[str]) -> None:
        try:
            faults.extend(f"{where}: {text}" for text in found)
        except Error as error:  # what should be clicked is not there, or not in five seconds
            faults.append(f"{where}: {' '.join(error.message.split())[:150]}")

    for width, usual in zip(WIDTHS, SCHEMES, strict=True):
        with opened(browser, path, faults, width) as page:
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                add(f"{width} {scheme}", at_width(page))
                if turn == 0 or scheme == usual:
                    contrast = turn == 0 or scheme == SCHEMES[turn % len(SCHEMES)]
                    add(f"{width} {scheme}", for_all(page, axe, contrast))
    with opened(browser, path, faults, java_script_enabled=False) as page:
        add("no script", without_script(page))
    with opened(browser, path, faults) as page:
        boxes = {kind: page.locator(kind).all() for kind in (".slider", ".explorer", ".switch")}
        for (kind, found), use in zip(boxes.items(), (slider, explorer, forms), strict=True):
            for box in found:
                add(kind[1:], use(box))
        for score in page.locator(".score").all():
            add("blanks", blanks(page, score))
        add("folds", folding(page))
        counts = (
            page.locator(x).count()
            for x in (".place", ".explorer :is([data-k], canvas)", ".line .fold", ".switch > .step", ".answer")
        )
        add("print", in_print(page))
        return faults, CHECKED.format(len(WIDTHS), *counts)


def main(paths: list[Path]) -> int:
    axe = Path(os.environ["AXE"]).read_text(encoding="utf-8")
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    status = 0
    with sync_playwright() as playwright:
        root = ["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=root)
        for k, path in enumerate(paths):
            faults, what = checked(browser, path.resolve(), axe, k)
            print(f"{path}: {len(faults)} faults; {what}")
            print("".join(f"  {text}\n" for text in list(dict.fromkeys(faults))[:MOST]), end="")
            status |= bool(faults)
    return status


if __name__ == "__main__":
    sys.exit(main(list(map(Path, sys.argv[1:]))))
