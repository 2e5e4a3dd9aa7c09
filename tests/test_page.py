"""The page's style and script, and the numbers that it moves: nothing remote, words in both languages, enough contrast.

What a browser makes of it is seen in .ci/browse.py.
"""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import get_args
from xml.etree.ElementTree import Element

import pytest
import studies

from symconv.array import indices
from symconv.handout.pictures import Figure
from symconv.language import template_folder
from symconv.networks.layers.layers import Conv
from symconv.text.prose import LANGUAGES, prose
from tests.writers.html.test_text import Tree, words
from tests.writers.html.test_writer import by_class, pages

SCRIPT, STYLE, PAGE, BLOCKS = (
    (template_folder() / name).read_text(encoding="utf-8")
    for name in ("page.js", "page.css", "page.html.jinja", "blocks.html.jinja")
)
REMOTE = re.compile(r"https?:|//\w+\.|@import|url\((?!data:)|\bimport\b\s*[({*\w]")
UNSAFE = re.compile(
    r"\beval\b|\bFunction\s*\(|(?:inner|outer)HTML|insertAdjacentHTML|document\.write|\bfetch\b|XMLHttpRequest|WebSocket"
    r"|EventSource|sendBeacon|\bWorker\b|localStorage|sessionStorage|\.cookie|indexedDB|setTimeout\(\s*[\"'`]"
)
TEXTS = ("ink", "soft", "faint", "now", "grad", *(f"i{k}" for k in range(8)))
ENOUGH = 4.5  # WCAG 2.2, 1.4.3: text of the usual size


# ------------------------------------------------------------------------------------------------ nothing remote
@pytest.mark.parametrize("text", [SCRIPT, STYLE, PAGE, BLOCKS], ids=["page.js", "page.css", "page", "blocks"])
def test_nothing_remote_and_no_text_becomes_code(text: str) -> None:
    assert REMOTE.findall(text) == [] and UNSAFE.findall(text) == []


@pytest.mark.parametrize("planted", [
    "eval(x)", "box.innerHTML = x", "document.write(x)", "fetch(x)", "new XMLHttpRequest()", "new Function('x')",
    "setTimeout('x')", "localStorage.x", "outerHTML",
])  # fmt: skip
def test_unsafe_script_is_seen(planted: str) -> None:
    assert UNSAFE.search(planted)


@pytest.mark.parametrize(
    "planted", ["https://x.y", "'//x.y/z'", "@import 'x'", "url(x.png)", "import('x')", "import x"]
)
def test_remote_references_are_seen(planted: str) -> None:
    assert REMOTE.search(planted)


# ------------------------------------------------------------------------------------------------ words
def unspoken(script: str, templates: str) -> set[str]:
    """Data that the script reads and no template gives."""
    read = set(re.findall(r"(?:dataset|words)\.(\w+)", script))
    kebab = {"data-" + re.sub("[A-Z]", lambda m: "-" + m[0].lower(), name) for name in read}
    kebab |= set(re.findall(r"\[(data-[\w-]+)", script))
    return {name for name in kebab if f"{name}=" not in templates}


def test_every_word_that_the_script_reads_is_given() -> None:
    given = pages("toy-cnn")["en"]
    assert unspoken(SCRIPT, given) == set()
    assert unspoken(SCRIPT, given.replace("data-unfold-all=", "x=")) == {"data-unfold-all"}
    assert unspoken(SCRIPT + "box.dataset.other", given) == {"data-other"}


def test_every_sentence_of_the_page_is_used_and_in_both_languages() -> None:
    keys = [{k.removeprefix("page.") for k in prose(x).sentences if k.startswith("page.")} for x in LANGUAGES]
    sources = PAGE + BLOCKS + "".join(
        path.read_text(encoding="utf-8")
        for path in (template_folder().parent / "symconv").rglob("*.py") if {"writers", "handout"} & {*path.parts}
    )  # fmt: skip
    used = set(re.findall(r"(?:say\(|else)\s*[\"']page\.(\w+)[\"']", sources)) | {
        kind.__name__ for kind in get_args(Figure)
    }
    assert keys[0] == keys[1] == used


def selectors(script: str) -> set[str]:
    """The classes that the script looks for."""
    quoted = re.findall(r"(?:all|querySelector|closest|matches)\(\s*[\"`]([^\"`]*)[\"`]", script)
    quoted = [re.sub(r"\$\{[^}]*\}", "", text) for text in quoted]
    return {name for text in quoted for name in re.findall(r"\.([a-z]\w*)", text)}


def test_every_class_that_the_script_looks_for_is_in_the_page() -> None:
    there = {
        c for text in pages("toy-cnn").values() for e in Tree(text).root.iter() for c in e.get("class", "").split()
    }
    made = set(re.findall(r'className: "([^"]*)"', SCRIPT))
    assert selectors(SCRIPT) - there - {c for names in made for c in names.split()} - {"wide"} == set()
    assert selectors('all(".absent > .line", x)') == {"absent", "line"}


# ------------------------------------------------------------------------------------------------ colours
def variables(style: str) -> list[dict[str, str]]:
    """The variables in light, dark and print; dark and print begin with those of light."""
    light, *others = (dict(re.findall(r"--(\w+):([^;}]+)", b)) for b in re.findall(r":root\{([^}]*)\}", style))
    return [light, *({**light, **x} for x in others)]


def unknown(style: str) -> set[str]:
    """Variables that are used and nowhere defined, or defined for light alone though they are colours."""
    given = set(variables(style)[0]) | {"in", "columns"}  # these two are set by the templates
    light, dark = (dict(re.findall(r"--(\w+):(#\w+)", b)) for b in re.findall(r":root\{([^}]*)\}", style)[:2])
    used = set(re.findall(r"var\(--([\w-]+)", re.sub(r"\{% for k .*?\{% endfor %\}", "", filled(style), flags=re.S)))
    return (used - given) | (light.keys() ^ dark.keys())


def filled(style: str) -> str:
    """The style with the loops of its template written out."""

    def written(loop: re.Match[str]) -> str:
        names = re.findall(r'"(\w+)"', loop[2]) or [str(k) for k in range(8)]
        return "".join(loop[3].replace(f"{{{{ {loop[1]} }}}}", name) for name in names)

    return re.sub(r"\{% for (\w+) in (.*?) %\}(.*?)\{% endfor %\}", written, style, flags=re.S)


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #rgb or #rrggbb."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(c * 2 for c in digits)
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def faint(style: str) -> list[str]:
    """Text that is too faint on what is behind it."""
    found = []
    for way, colours in zip(("light", "dark", "print"), variables(style), strict=True):
        pairs = [(text, "paper") for text in TEXTS] + [
            ("ink", x) for x in ("nowtint", "gradtint", "param", "sheet", *(f"hue{k}" for k in range(1, 5)))
        ]
        pairs += [("soft", "sheet"), ("now", "sheet"), ("grad", "gradtint"), ("paper", "now"), ("paper", "ink")]
        for text, ground in pairs:
            if (ratio := contrast(colours[text], colours[ground])) < ENOUGH:
                found.append(f"{way}: {text} on {ground} {ratio:.2f}")
    return found


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21) and contrast("#777777", "#fff") == pytest.approx(
        4.48, abs=0.01
    )
    assert faint(STYLE.replace("--soft:#5b6169", "--soft:#8b9199"))[0] == "light: soft on paper 3.18"


def test_every_text_stands_out() -> None:
    assert faint(STYLE) == []


def test_every_variable_is_defined() -> None:
    assert unknown(STYLE) == set()
    assert unknown(STYLE.replace("--sheet:#f6f7f8", "--sheets:#f6f7f8")) == {"sheet", "sheets"}
    assert unknown(STYLE.replace("color:var(--soft)", "color:var(--softer)", 1)) == {"softer"}


# ------------------------------------------------------------------------------------------------ the window to slide
def number(element: Element) -> Fraction:
    """A number of a picture: a text, or a fraction with its sign."""
    shown = list(element.iter("mfrac"))
    parts = [words(x) for x in shown[0]] if shown else [words(element)]
    value = Fraction(parts[0].replace("\u2212", "-")) / (Fraction(parts[1]) if shown else 1)
    return -value if shown and "\u2212" in words(element) else value


def sum_of(rows: list[str]) -> Fraction:
    """Products of numbers, added: `1/2·1+(-1)·0`."""
    total = Fraction(0)
    for term in "".join(rows).lstrip("=").split("+"):
        product = Fraction(1)
        for factor in term.split("\u22c5"):
            product *= Fraction(factor.strip("()"))
        total += product
    return total


def flat(math: Element) -> str:
    """A formula's text, fractions on one line."""
    if math.tag == "mfrac":
        return "/".join(map(flat, math))
    return ((math.text or "") + "".join(map(flat, math))).replace("\u2212", "-").replace("\u2061", "")


def worked_faults(page: str, name: str) -> Iterator[str]:
    """Where the sliders' numbers differ from those computed here from the input, the kernel and the output."""
    study = studies.study(name)
    stages = [s for s in study.stages if s.kind == "conv"]
    sliders = by_class(Tree(page).root, "slider")
    yield from [] if len(sliders) == len(stages) else [f"{len(sliders)} sliders"]
    for stage, box in zip(stages, sliders, strict=False):
        layer = next(x for x in study.network.layers if x.name == stage.output)
        assert isinstance(layer, Conv) and layer.weight is not None
        given, out = study.exact_values[stage.input], study.exact_values[stage.output]
        weight = study.exact_values[layer.weight.name]
        bias = study.exact_values[layer.bias.name].entries[0] if layer.bias else 0
        for place, added, at in zip(by_class(box, "place"), by_class(box, "sum"), indices(out.shape), strict=True):
            products = []
            for tap in indices(layer.window().kernel):
                axes = zip(at, tap, layer.stride, layer.dilation, layer.padding, strict=True)
                read = tuple(i * s + a * d - lo for i, a, s, d, (lo, _) in axes)
                inside = all(0 <= k < n for k, n in zip(read, given.shape, strict=True))
                products.append(Fraction(str(weight[tap] * given[read])) if inside else Fraction(0))
            shown = [number(e) for e in place.iter() if e.tag in ("text", "foreignobject")]
            before = [Fraction(str(x)) for x in out.entries[: list(indices(out.shape)).index(at) + 1]]
            yield from [] if shown == products + before else [f"{stage.output}{at}: {list(map(str, shown))}"]
            right = [flat(m) for e in by_class(added, "rhs") for m in e.iter("math")]
            numbers = [t for t in right[:-1] if not re.search("[A-Za-z∑]", t)]
            result = Fraction(right[-1].lstrip("="))
            same = sum(products) + Fraction(str(bias)) == sum_of(numbers) == result == before[-1]
            yield from [] if same else [f"{stage.output}{at}: {numbers} is not {result}"]
            said = re.sub("[ _]", "", added.get("data-name", ""))
            yield from [] if said == flat(next(added.iter("math"))) else [f"{said} is another name"]


@pytest.mark.parametrize("name", ["toy-cnn", "strided", "two-kernels"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sliders_numbers_are_those_of_the_convolution(name: str, language: str) -> None:
    assert list(worked_faults(pages(name)[language], name)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.replace('<g class="place">', '<g class="place"><text>1</text>', 1),
        lambda page: re.sub(r'(class="place">.*?>)(\d)(</text>)', r"\g<1>7\3", page, count=1, flags=re.S),
        lambda page: re.sub(r'(class="chain sum".*?⋅</mo><mn>)1', r"\g<1>7", page, count=1, flags=re.S),
    ],
)  # fmt: skip
def test_a_changed_number_is_found(change: Callable[[str], str]) -> None:
    page = pages("toy-cnn")["en"]
    assert change(page) != page and list(worked_faults(change(page), "toy-cnn"))


def lines(element: Element) -> list[str]:
    return [flat(math) for line in by_class(element, "line") for math in line.iter("math")]


@pytest.mark.parametrize("name", ["toy-cnn", "strided", "two-kernels"])
def test_what_the_slider_shows_is_there_without_it(name: str) -> None:
    """The first windows stand below as figures with their sums, as on paper; those of a small network all of them."""
    root = Tree(pages(name)["en"]).root
    for box, still in zip(by_class(root, "slider"), by_class(root, "still"), strict=True):
        captions = [lines(c) for c in still.iter("figcaption")]
        sums = [lines(s) for s in by_class(box, "sum")]
        assert captions == sums[: len(captions)] and captions
        assert len(captions) == len(sums) or by_class(still, "row"), "the text says that there are more"
    if name == "toy-cnn":
        assert len(captions) == len(sums) == 3
