r"""Names in print: over all pairs of known names and all ways to write entries, nothing looks like anything else."""

from collections.abc import Callable
from functools import cache
from itertools import combinations

import pytest
from as_latex import AsLatex
from depth import few
from sympy import Integer

from symconv.array import indices
from symconv.derivation.index import Entry, index
from symconv.formula.latex import latex
from symconv.formula.nodes import Letter, Node, Number
from symconv.formula.plain import plain as as_text
from symconv.formula.read import read
from symconv.formula.typst import typst
from symconv.handout.habits import habits
from symconv.handout.printer import Printer
from symconv.handout.symbols import (
    DELTA,
    OF_LOSS,
    OWN,
    SIGMA,
    PrintedName,
    Symbols,
    letter,
    look,
    preferred,
    primed,
    symbols,
)
from symconv.writers.html.text import element, spoken
from symconv.writers.notebook.markdown import formula

NAMES = (
    "alpha", "alpha_", "beta", "theta", "sigma", "delta", "delta_", "lambda_", "mu", "epsilon",  # Greek
    "e", "E", "e_", "exp", "log", "max", "tanh", "softplus", "argmax", "pi", "Phi", "I", "L_", "y_", "T", "Y",
    "i", "i_", "k", "a", "A", "n", "S", "s", "S1", "s1", "S11", "S_1", "S_", "z", "z1", "W", "w", "W1", "W11",
    "0", "1", "11", "x", "X", "x0", "x_0", "x1", "W0", "1a", "x1a", "1.5", "_", "__", "0.weight", "1.weight",
    "W.weight", "conv1", "conv1.weight", "conv1.W", "conv1.bias", "conv1.b", "conv1.0", "conv1.0.weight", "conv1.e",
    "conv_1.weight",
    "bn.mean", "bn.running_mean", "bn.mu", "bn.variance", "bn.v", "m", "m.mean", "mu_m", "a_b", "a.b", "a__b", "ab",
    "sh", "s_h", "kh", "Xp", "X_p", "groups", "Ho", "mathit", "weight", "a.scale_1", "scale_1_a",
)  # fmt: skip
WAYS = ("brackets", "subscripts", "numbers", "subscripts,one", "subscripts,delta", "brackets,delta")
SHAPES = (((12,), (2, 2, 2)), ((2, 2, 2), (12,)), ((2, 2), (3,)))
J, K = index("i"), index("k")
Shapes = dict[str, tuple[int, ...]]


def named(tensors: tuple[str, ...], way: str) -> Symbols:
    chosen = habits(way)
    return symbols(tensors, chosen.entries != "brackets", chosen.delta, named=True)


@cache
def forms(
    tensor: str, sign: PrintedName, small: Node | None, shape: tuple[int, ...], way: str
) -> tuple[tuple[str, str], ...]:
    """(what it is, how it looks) for a tensor, its entries, a copy, the tensor after the update."""
    names = Symbols({tensor: sign}, {tensor: small} if small else {})
    printer = Printer({tensor: shape}, habits=habits(way), names=names)
    found = [(f"the tensor {tensor}", names(tensor)), (f"{tensor} for a", names(f"{tensor}|a"))]
    found += [(f"{tensor}'", names(f"{tensor}'"))]
    if shape:
        places = [*(tuple(map(Integer, at)) for at in indices(shape)), (J, K, J + K)[: len(shape)]]
        found += [(f"{tensor}{at}", printer.plain(Entry(tensor, *at))) for at in places]
    return tuple((what, look(text)) for what, text in found)


def alike(shapes: Shapes, way: str, names: Symbols) -> list[tuple[str, str, str]]:
    """(one thing, another, how both look), of the handout's own signs, the tensors and their entries."""
    own = {look(sign) for sign in (*OWN, SIGMA, *([DELTA] if "delta" in way else []))} - {*OF_LOSS}
    seen, found = {sign: f"the sign {sign}" for sign in own}, []
    for tensor, shape in shapes.items():
        for what, text in forms(tensor, names.signs[tensor], names.of_entries(tensor), shape, way):
            if text in seen:
                found.append((seen[text], what, text))
            seen[text] = what
    return found


@pytest.mark.parametrize("way", few(WAYS, WAYS[0]))
def test_no_two_of_a_pair_look_alike(way: str) -> None:
    of_loss: Shapes = {"L": (), "y": (2,), "t": (2,)}
    for one, other in combinations(NAMES, 2):
        names = named((one, other, *of_loss), way)
        for first, second in SHAPES:
            assert alike({one: first, other: second, **of_loss}, way, names) == []


@pytest.mark.parametrize("way", WAYS)
def test_no_two_of_all_look_alike(way: str) -> None:
    shapes: Shapes = {name: (2, 2) for name in NAMES} | {"L": (), "y": (2,), "t": (2,)}
    assert alike(shapes, way, named(tuple(shapes), way)) == []


def test_names_printed_each_by_itself_are_seen_to_be_alike() -> None:
    """What was printed before: no name knew of another."""
    plain = Symbols({name: preferred(name) for name in NAMES})
    assert alike({"x0": (), "0": ()}, "brackets", plain)
    assert alike({"S": (2,), "s1": ()}, "subscripts", plain) and alike({"S": (12,), "s1": (2,)}, "numbers", plain)
    for name, way in (("alpha", "brackets"), ("e", "brackets"), ("log", "brackets"), ("delta", "delta")):
        assert alike({name: ()}, way, plain)


WRITTEN: dict[str, Callable[[Node], str]] = {"page": element, "typst": typst, "notebook": formula}


@pytest.mark.parametrize("writer", WRITTEN)
@pytest.mark.parametrize("raised", [False, True])
def test_every_writer_keeps_tensors_apart(writer: str, raised: bool) -> None:
    names = symbols(NAMES, raised, delta=True, named=True)
    texts = [WRITTEN[writer](names(name)) for name in NAMES]
    assert len(set(texts)) == len(texts), sorted(t for t in texts if texts.count(t) > 1)


def test_a_letter_is_not_lost_in_a_label_or_a_bookmark() -> None:
    names = symbols(("beta", "a_b", "lambda_"))
    assert [spoken(names(x)) for x in ("beta", "a_b", "lambda_")] == ["\u03b2", "a_b", "\u03bb"]
    assert [as_text(names(x)) for x in ("beta", "a_b", "lambda_")] == ["β", "a_b", "λ"]


@pytest.mark.parametrize("writer", WRITTEN)
@pytest.mark.parametrize("way", WAYS)
def test_every_writer_prints_two_things_apart(writer: str, way: str) -> None:
    """Tensors, copies, what the update makes of them, entries, gradients of entries, squares."""
    names = named(NAMES, way)
    printer = Printer(dict.fromkeys(NAMES, (2, 2)), habits=habits(way), names=names, outputs=frozenset(NAMES))
    seen: dict[str, str] = {}
    for name in NAMES:
        copies = {f"{name}{mark}": names(f"{name}{mark}") for mark in ("", "'", "|S1", "|S1|input", "|S1|other")}
        at = [Entry(tensor, J, K) for tensor in (name, f"\u2202{name}")]
        at += [Entry(name, Integer(0), Integer(1)), Entry(name, K, J), Entry(f"\u2202{name}|S1", J, K)]
        for what, math in {**copies, **{str(e): printer(e) for e in (*at, at[0] ** 2)}}.items():
            printed = WRITTEN[writer](math)
            assert printed not in seen, f"{what} and {seen[printed]} are {printed}"
            seen[printed] = what


# ------------------------------------------------------------------------------------------------ each name
@pytest.mark.parametrize(
    ("name", "text"),
    [("U", "U"), ("C1", "C_{1}"), ("beta", r"\beta"), ("kh", "k_{h}"), ("a'", "a'"), ("W_", "W"),
     ("conv1.weight", r"W_{\mathrm{conv1}}"), ("fc_2.bias", r"b_{\mathrm{fc\_2}}"), ("my_net", r"\mathit{my\_net}"),
     ("0", "x_{0}"), ("12", "x_{12}"), ("0.weight", r"W_{\mathrm{0}}"), ("bn.running_mean", r"\mu_{\mathrm{bn}}"),
     ("bn.variance", r"v_{\mathrm{bn}}"), ("a.scale_1", r"\mathit{scale\_1}_{\mathrm{a}}"),
     ("shortcut.0", r"x_{\mathrm{shortcut.0}}"), ("1a", r"x_{\mathrm{1a}}"), ("", "")],
)  # fmt: skip
def test_names_in_print(name: str, text: str) -> None:
    assert latex(letter(name)) == text


@pytest.mark.parametrize(
    ("names", "texts"),
    [(("S1", "S"), ("S_{1}", "S")), (("alpha", "beta"), (r"\mathit{alpha}", r"\beta")), (("e",), (r"\mathbf{e}",)),
     (("log", "exp"), (r"\mathbf{log}", r"\mathbf{exp}")), (("0", "x0"), (r"\mathit{x\_0}", "x_{0}")),
     (("delta", "sigma"), (r"\delta", r"\sigma")), (("lambda_", "mu"), (r"\lambda", r"\mu")),
     (("c.W", "c.weight"), (r"W_{\mathrm{c}}", r"\mathit{c.weight}")),
     (("i_", "sh"), (r"\mathit{i\_}", r"\mathit{sh}"))],
)  # fmt: skip
def test_a_name_that_looks_like_another_is_spelt_or_bold(names: tuple[str, ...], texts: tuple[str, ...]) -> None:
    found = AsLatex(symbols(names))
    assert tuple(map(found, names)) == texts


def test_what_belongs_to_a_name_stands_above_where_subscripts_stand_below() -> None:
    shapes = {"S1": (2, 2), "S": (2,), "conv.weight": (2, 3)}
    names = named(tuple(shapes), "subscripts")
    tex = AsLatex(Printer(shapes, habits=habits("subscripts"), names=names))
    assert tex(Entry("S1", J, K)) == "S_{ik}^{(1)}" and tex(Entry("S", J)) == "s_{i}"
    assert tex(Entry("conv.weight", J, K)) == r"W_{ik}^{(\mathrm{conv})}"
    assert tex(Entry("S1", J, K) ** 2) == r"\bigl(S_{ik}^{(1)}\bigr)^{2}"
    assert latex(names("S1'")) == "{S^{(1)}}'" and latex(primed(read("S_{1}"))) == "S'_{1}"


def test_two_copies_of_a_tensor_are_told_apart() -> None:
    names = AsLatex(symbols(("P", "A", "S1")))
    assert [names(x) for x in ("P|A", "P|A|input", "P|A|other")] == [
        r"P^{\to A}", r"P^{\to A,\,1}", r"P^{\to A,\,2}",
    ]  # fmt: skip
    assert names("P|A|weight") == names("P|A|other")  # of a convolution of a tensor with itself
    raised = PrintedName(Letter("S"), Number("1"), raised=True)
    assert latex(raised.copied(Letter("A"))) == r"S^{(1)\to A}" and names("S1|A") == r"S_{1}^{\to A}"
    raised_names = symbols(("P", "A"), raised=True)
    tex = AsLatex(Printer({"P": (2,)}, habits=habits("subscripts"), names=raised_names))
    assert tex(Entry("\u2202P|A", J)) == r"\dL{P_{i}^{\to A}}" and tex(Entry("P|A", J)) == "p_{i}"


@pytest.mark.parametrize(("tensors", "way", "number"), [
    (("X", "z"), "brackets", "x"), (("x", "z"), "brackets", r"\xi"), (("X", "z"), "subscripts", r"\xi"),
    (("x", "s", "xi"), "brackets", r"\xi"),
])  # fmt: skip
def test_any_number_is_called_like_no_tensor_and_no_entry(tensors: tuple[str, ...], way: str, number: str) -> None:
    assert latex(named(tensors, way).number) == number
