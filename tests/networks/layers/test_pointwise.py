"""A function of one number is all in its class and its line of each catalogue: what is left out is named, with its
place, and what the README says of a new one is tried."""

import inspect
import re
from abc import ABCMeta
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from fractions import Fraction
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
import torch
from copied import house, run, section
from pointwise import EXPECTED, OF_KIND, defined_for_all, of_kind
from sympy import Expr, Symbol, exp

from symconv.array import Array
from symconv.check.torch_network import autograd
from symconv.code.pointwise import CALLS
from symconv.derivation import functions
from symconv.derivation.traits import has_kink
from symconv.errors import Broken
from symconv.handout.applied import FUNCTIONS
from symconv.networks.in_torch import InTorch, Only
from symconv.networks.layers import (
    affine as affine_layers,
    arithmetic as arithmetic_layers,
    contractions as contraction_layers,
    conv as conv_layers,
    cuts as cut_layers,
    elementary as elementary_layers,
    flow as flow_layers,
    joins as join_layers,
    pointwise as pointwise_layers,
    pool as pool_layers,
    reductions as reduction_layers,
    resampling as resampling_layers,
    shape as shape_layers,
    slopes as slope_layers,
    straight as straight_layers,
)
from symconv.networks.layers.layers import LAYERS, POINTWISE, GeluTanh, Heaviside, Layer, Pointwise, Scale
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network, Parameter
from symconv.networks.toml.tables import OF_TYPE, _table
from symconv.study import derive
from symconv.text.prose import LANGUAGES, PARTS, part_key, prose
from symconv.torch_models.layers import RULES

MEANT = {"of": "equation", "plans": "equation", "fit": "rule for shapes", "in_torch": "counterpart in PyTorch"}
NOT_BY_NAME = ("bias", "global_max_pool", "global_avg_pool")  # torch has no bias alone, and calls the others adaptive
# what torch calls otherwise, so that the rule has another name
CALLED = {"flatten": "reshape", "upsample": "interpolate", "slice": "__getitem__"}
CALLED |= {f"axis_{name}": name for name in ("sum", "mean", "max", "softmax", "log_softmax")}
SAID = {language: prose(language).sentences for language in LANGUAGES}


def lacking(layer: type[Layer], said: Mapping[str, Collection[str]] = SAID) -> Iterator[str]:
    """What is left out of a layer, in words."""
    kind = getattr(layer, "kind", "")
    if not kind:
        yield f"{layer.__name__} has no kind: give it the name that stands in a network's file"
    if (layer.__doc__ or "").startswith(f"{layer.__name__}("):  # a dataclass writes its own
        yield f"{kind} has no docstring: say what it computes"
    for method in sorted(layer.__abstractmethods__):
        yield f"{kind} has no {MEANT[method]}: write its method `{method}`"
    if issubclass(layer, Pointwise):
        yield from _constants_lacking(layer)
        yield from _names_lacking(layer)
    elif CALLED.get(kind, kind) not in RULES and kind not in NOT_BY_NAME:
        yield f"{kind} has no rule for from_torch: write it in symconv/torch_models/layers.py"
    for language, keys in said.items():
        for part in sentences(layer):
            key = part_key(kind, part)
            if key not in keys and f"{key}_layer" not in keys:  # what a bias is, is said of the parameter
                where = "on its line in [activation]" if issubclass(layer, Pointwise) else f"as {key}"
                file = f"templates/locale/{language}.toml"
                yield f"{kind} has no sentence `{part}` in {language}: write it {where} of {file}"


def sentences(layer: type[Layer]) -> tuple[str, ...]:
    """What is said of every layer, and of a function of one number that has a kink."""
    return ("name", "meaning", "told", *(["kink"] if issubclass(layer, Pointwise) and kinked(layer) else []))


def kinked(layer: type[Pointwise]) -> bool:
    """Whether its equation has a kink, as far as it has one."""
    if layer.__abstractmethods__:
        return False
    made = layer.__new__(layer)
    for k, constant in enumerate(layer.constants()):
        object.__setattr__(made, constant, Fraction(k + 1, 3))
    return has_kink(made.of(Symbol("x")))


def _constants_lacking(layer: type[Pointwise]) -> Iterator[str]:
    for field in fields(layer):
        if field.type not in OF_TYPE:
            yield f"{layer.kind}.{field.name} cannot be read from a file: give it one of the types of `tables.OF_TYPE`"
        if field.name in layer.constants() and field.default is MISSING:
            yield f"{layer.kind}.{field.name} has no default: give it PyTorch's"


def _names_lacking(layer: type[Pointwise]) -> Iterator[str]:
    names = getattr(layer, "torch", None)
    if names is None:
        yield f"{layer.kind} has no name in PyTorch: give it `torch = InTorch(...)`"
        return
    meant = [m for m in names.arguments.values() if isinstance(m, str)]
    for field in [f for f in layer.constants() if f not in meant]:
        yield f"{layer.kind}.{field} is no argument of PyTorch's: name it among the arguments of its `torch`"
    for field in [m for m in meant if m not in layer.constants()]:
        yield f"{layer.kind} has no field {field}, which its `torch` speaks of"


def unlisted(module: Any, listed: Collection[type[Layer]]) -> list[str]:
    """The layers of a module that are not among those of the house."""
    classes = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__]
    kinds = [c for c in classes if issubclass(c, Layer) and is_dataclass(c) and hasattr(c, "kind")]  # not their bases
    return [c.__name__ for c in kinds if c not in listed]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.kind)
def test_no_layer_lacks_anything(layer: type[Layer]) -> None:
    assert list(lacking(layer)) == []


MODULES = (
    affine_layers, arithmetic_layers, contraction_layers, conv_layers, cut_layers, elementary_layers, flow_layers,
    join_layers, pointwise_layers, pool_layers, reduction_layers, resampling_layers, shape_layers, slope_layers,
    straight_layers,
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_layer_is_listed(module: Any) -> None:
    assert unlisted(module, LAYERS) == [], "name it in symconv/networks/layers/layers.py, or in ACTIVATIONS"
    first = next(layer for layer in LAYERS if layer.__module__ == module.__name__)
    assert unlisted(module, [layer for layer in LAYERS if layer is not first]) == [first.__name__]


def test_every_function_is_known_in_floats() -> None:
    """Its definition, once more and in Python: a line of tests/pointwise.py."""
    assert {layer.kind for layer in POINTWISE} == set(EXPECTED)


@pytest.mark.parametrize("function", functions.Named.__subclasses__(), ids=lambda f: f.__name__)
def test_a_function_with_a_name_is_defined_printed_and_computed(function: type[functions.Named]) -> None:
    x = Symbol("x")
    assert function(x).definition() != function(x) and function(x).diff(x)
    assert function in FUNCTIONS, f"{function.__name__} has no name in formulas: symconv/handout/printer.py, FUNCTIONS"
    assert function in CALLS, f"{function.__name__} has no code: symconv/code/pointwise.py, CALLS"


# ------------------------------------------------------------------------------------------------ planted omissions
SENTENCES = [part_key("sinh", part) for part in ("name", "meaning", "told")]


def planted(*left_out: str, **more: Any) -> type[Pointwise]:
    """Sinh without some of its parts, or with others."""
    body: dict[str, Any] = {
        "kind": "sinh", "torch": InTorch("Sinh"), "of": lambda self, x: (exp(x) - exp(-x)) / 2,
        "__doc__": "The hyperbolic sine.", "__annotations__": {"name": str, "input": str}, "input": "",
    }  # fmt: skip
    whole = {part: meant for part, meant in (body | more).items() if part not in left_out}
    return dataclass(frozen=True)(ABCMeta("Sinh", (Pointwise,), whole))


def with_constant(name: str, kind: Any, **more: Any) -> type[Pointwise]:
    return planted(__annotations__={"name": str, name: kind, "input": str}, **more)


def bent(self: Pointwise, x: Expr) -> Expr:
    return functions.relu(x - 1)


WHOLE = {language: SENTENCES for language in LANGUAGES}
OMISSIONS: dict[str, tuple[type[Layer], Mapping[str, Collection[str]], str]] = {
    "kind": (planted("kind"), WHOLE, "Sinh has no kind: give it the name that stands in a network's file"),
    "docstring": (planted("__doc__"), WHOLE, "sinh has no docstring: say what it computes"),
    "equation": (planted("of"), WHOLE, "sinh has no equation: write its method `of`"),
    "names": (planted("torch"), WHOLE, "sinh has no name in PyTorch: give it `torch = InTorch(...)`"),
    "argument": (
        with_constant("beta", Fraction, beta=Fraction(1)), WHOLE,
        "sinh.beta is no argument of PyTorch's: name it among the arguments of its `torch`",
    ),
    "field": (
        planted(torch=InTorch("Sinh", {"beta": "beta"})), WHOLE,
        "sinh has no field beta, which its `torch` speaks of",
    ),
    "default": (
        with_constant("beta", Fraction, torch=InTorch("Sinh", {"beta": "beta"}), input=""), WHOLE,
        "sinh.beta has no default: give it PyTorch's",
    ),
    "type": (
        with_constant("beta", float, beta=1.0, torch=InTorch("Sinh", {"beta": "beta"})), WHOLE,
        "sinh.beta cannot be read from a file: give it one of the types of `tables.OF_TYPE`",
    ),
    "kink": (
        planted(of=bent), {"en": [*SENTENCES, "backward.kink_sinh"], "zh": SENTENCES},
        "sinh has no sentence `kink` in zh: write it on its line in [activation] of templates/locale/zh.toml",
    ),
    **{
        f"{part} in {language}": (
            planted(), {**WHOLE, language: [key for key in SENTENCES if key != part_key("sinh", part)]},
            f"sinh has no sentence `{part}` in {language}: write it on its line in [activation] of "
            f"templates/locale/{language}.toml",
        )
        for part in PARTS if part != "kink" for language in LANGUAGES
    },
}  # fmt: skip


@pytest.mark.parametrize("what", OMISSIONS)
def test_an_omission_is_named_with_its_place(what: str) -> None:
    layer, said, message = OMISSIONS[what]
    assert message in list(lacking(layer, said))


def test_nothing_is_named_of_a_layer_that_is_whole() -> None:
    assert list(lacking(planted(), WHOLE)) == []


@pytest.mark.parametrize("method", ["fit", "plans", "in_torch"])
def test_a_layer_of_another_kind_is_whole_as_well(method: str) -> None:
    body = {name: getattr(Pointwise, name) for name in ("fit", "plans", "in_torch") if name != method}
    layer = dataclass(frozen=True)(ABCMeta("Spread", (Layer,), {"kind": "spread", "__doc__": "A spread.", **body}))
    rule = "spread has no rule for from_torch: write it in symconv/torch_models/layers.py"
    assert list(lacking(layer, {})) == [f"spread has no {MEANT[method]}: write its method `{method}`", rule]


def test_a_field_that_nothing_reads_is_ours_to_answer_for() -> None:
    with pytest.raises(Broken, match=r"^sinh\.beta: nothing reads a <class 'float'> from a file\n  give .* Fraction, "):
        _table(with_constant("beta", float, beta=1.0))


# ------------------------------------------------------------------------------------------------ torch
@pytest.mark.parametrize("layer", POINTWISE, ids=lambda layer: layer.kind)
def test_torch_calls_it_so(layer: type[Pointwise]) -> None:
    """The names are there, the arguments in their order, and their defaults are ours."""
    names, homes = layer.torch, (torch, torch.nn.functional, torch._C._nn)
    assert all(any(hasattr(home, name) for home in homes) for name in names.functions)
    assert not names.method or all(hasattr(torch.Tensor, name) for name in (layer.kind, f"{layer.kind}_"))
    function = None if layer in (Scale, Heaviside) else attrgetter(names.path or f"nn.functional.{layer.kind}")(torch)
    if inspect.isfunction(function):  # of the others Python knows no arguments
        assert list(inspect.signature(function).parameters)[1 : 1 + len(names.arguments)] == list(names.arguments)
    for module in filter(None, (names.module, *names.modules)):
        known = dict(inspect.signature(getattr(torch.nn, module)).parameters)
        for argument, meant in names.arguments.items():
            ours = meant.value if isinstance(meant, Only) else getattr(layer, meant) if meant else None
            theirs = known[argument].default if argument in known else inspect.Parameter.empty
            if theirs is not inspect.Parameter.empty and meant is not None and layer is not GeluTanh:  # by its own one
                assert (Fraction(str(theirs)) if isinstance(meant, str) else theirs) == ours


@pytest.mark.parametrize("kind", OF_KIND)
def test_it_is_what_torch_computes(kind: str) -> None:
    target = MeanSquaredError(Array((2, 3), (Fraction(1, 3),) * 6))
    rows = [["-5/2", "-1/2", 0], ["1/3", 1, 2]]
    given = Parameter.of("X", rows if defined_for_all(kind) else [["5/2", "1/2", 3], ["1/3", 1, 2]])
    study = derive(Network("one", Fraction(1), given, (of_kind(kind, "z"),), target, batch=True))
    assert study.verify()
    found, wanted = study.evaluate(), autograd(torch, study.network)
    torch.testing.assert_close(found["values"]["z"], wanted["z"].detach(), rtol=1e-14, atol=1e-15)
    torch.testing.assert_close(found["gradients"]["X"], wanted["X"].grad, rtol=1e-13, atol=1e-15)


# ------------------------------------------------------------------------------------------------ a newcomer
TRIED = """
import sys
import torch
import symconv

net = symconv.load(sys.argv[1])
study = symconv.derive(net)
assert study.verify() and symconv.Sinh("s").kind == "sinh"

class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)

    def forward(self, x):
        return self.b(torch.sinh(self.a(x)))

model = Model()
read = symconv.from_torch(model, [[1, -2]], [1])
assert [layer.kind for layer in read.layers] == ["linear", "sinh", "linear"]
assert study.evaluate() and symconv.derive(read).evaluate()
"""
NETWORK = """
name = "one"
learning_rate = 1
[input]
name = "X"
value = [[1, "1/2"], [-1, 2]]
batch = true
[[layers]]
type = "linear"
name = "a"
weight = { name = "V", value = [[1, -1], ["1/2", 2]] }
[[layers]]
type = "sinh"
name = "z"
[loss]
type = "cross_entropy"
target = [0, 1]
"""


@pytest.mark.deep
def test_the_readme_adds_a_layer(tmp_path: Path) -> None:
    """Its class and its lines, as they stand in the README, in a copy of the house."""
    (source,) = re.findall(r"```python\n(.*?)```", section("Add a layer"), re.DOTALL)
    shown = dict(re.findall(r"^# (\w+)\.toml\n(sinh = .*)$", section("Add a layer"), re.MULTILINE))
    assert len(source.splitlines()) + len(shown) < 20 and {"en", "zh"} == set(shown) <= set(LANGUAGES)
    lines = {language: shown.get(language, shown["en"]) for language in LANGUAGES}
    house(
        tmp_path,
        ("symconv/networks/layers/pointwise.py", "\n\nACTIVATIONS = (", f"\n\n{source}\n\nACTIVATIONS = (Sinh, "),
        *(
            (f"templates/locale/{language}.toml", "[activation]\n", f"[activation]\n{line}\n")
            for language, line in lines.items()
        ),
    )
    (tmp_path / "one.toml").write_text(NETWORK, encoding="utf-8")
    run(tmp_path, "-c", TRIED, "one.toml")
    run(tmp_path, *["-m", "symconv", "handout", "one.toml", "--format", "tex", "--out", "out"])
    for language, line in lines.items():
        handout = (tmp_path / "out" / "one" / f"handout.{language}.tex").read_text(encoding="utf-8")
        (told,) = re.findall(r'told = "(.*?)"', line)
        assert told in handout
