"""What wraps a model, computes its weights or is not there yet is named, with what would work: and that works."""

import re
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn.utils import parametrizations, parametrize, prune  # noqa: E402

from symconv.errors import NotSupported, SpecError, SymconvError  # noqa: E402
from symconv.networks.network import Network  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

GIVEN = [[1.0, -1.0, 0.5, 2.0], [0.25, 1.0, -2.0, 0.5]]


def plain() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))


def changed(change: Callable[[nn.Module], Any]) -> nn.Module:
    model = plain()
    change(model[0])
    return model


def inside(wrap: Callable[[nn.Module], Any]) -> nn.Module:
    return nn.Sequential(wrap(plain()), nn.ReLU())


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(2))


def read(model: Any) -> Network:
    return from_torch(model, GIVEN, [0, 1])


def run(model: Any) -> Any:
    model(torch.tensor(GIVEN))
    return model


def first(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The remedy, called on the model's first layer."""

    def cure(model: Any) -> Any:
        call(model[0])
        return model

    return cure


def unwrapped(model: Any) -> Any:
    return nn.Sequential(model[0].module, model[1])


def compiled(model: nn.Module) -> Any:
    """By the smallest of its compilers: loading the usual one takes seconds, and nothing is run."""
    return torch.compile(model, backend="eager")


OLD = {
    "weight_norm": (
        nn.utils.weight_norm,
        nn.utils.remove_weight_norm,
        r"WeightNorm.*\n  call torch\.nn\.utils\.remove_w",
    ),
    "spectral_norm": (
        nn.utils.spectral_norm,
        nn.utils.remove_spectral_norm,
        r"SpectralNorm.*\n  .*remove_spectral_norm\(",
    ),
}
# the model, what is said, and what the remedy makes of it
CASES: dict[str, tuple[Callable[[], Any], str, Callable[[Any], Any]]] = {
    "DataParallel": (
        lambda: nn.DataParallel(plain()),
        r"^the model: is wrapped in DataParallel\n  give model\.module$",
        lambda m: m.module,
    ),
    "DataParallel, inside": (
        lambda: inside(nn.DataParallel),
        r"^0: is wrapped in DataParallel\n  give model\.0\.module in place of model\.0$",
        unwrapped,
    ),
    "compiled": (
        lambda: compiled(plain()),
        r"^the model: is compiled by torch\.compile.*\n  give the model .*, model\._orig_mod$",
        lambda m: m._orig_mod,
    ),
    "compiled, inside": (
        lambda: inside(compiled),
        r"^0: is compiled.*\n  .*model\.0\._orig_mod, in place of model\.0$",
        lambda m: nn.Sequential(m[0]._orig_mod, m[1]),
    ),
    "scripted": (
        lambda: torch.jit.trace(plain(), torch.ones(1, 4)),
        r"^the model: is compiled by torch\.jit.*\n  give the nn\.Module that torch\.jit was given$",
        lambda m: plain(),
    ),
    "lazy": (lazy, r"0 \(nn\.LazyLinear\): has weights without a shape.*\n  run the model once, model\(input\)", run),
    "weight_norm": (
        lambda: changed(parametrizations.weight_norm),
        r"0 \(nn\.ParametrizedLinear\): its weight is computed by WeightNorm from .*\n"
        r'  call torch\.nn\.utils\.parametrize\.remove_parametrizations\(module, "weight"\)',
        first(lambda m: parametrize.remove_parametrizations(m, "weight")),
    ),
    "spectral_norm": (
        lambda: changed(parametrizations.spectral_norm),
        r"its weight is computed by SpectralNorm",
        first(lambda m: parametrize.remove_parametrizations(m, "weight")),
    ),
    "a parametrization": (
        lambda: changed(lambda m: parametrize.register_parametrization(m, "bias", nn.Softplus())),
        r'its bias is computed by Softplus .*\n  .*remove_parametrizations\(module, "bias"\)',
        first(lambda m: parametrize.remove_parametrizations(m, "bias")),
    ),
    **{
        f"{name}, old": (
            lambda make=make: changed(make),
            rf"0 \(nn\.Linear\): its weight is computed by {said}",
            first(cure),
        )
        for name, (make, cure, said) in OLD.items()
    },
    "pruned": (
        lambda: changed(lambda m: prune.l1_unstructured(m, "weight", 0.5)),
        r'its weight is computed by L1Unstructured .*\n  call torch\.nn\.utils\.prune\.remove\(module, "weight"\)',
        first(lambda m: prune.remove(m, "weight")),
    ),
    "hooked": (
        lambda: changed(lambda m: m.register_forward_hook(lambda *given: None)),
        r"0: has hooks.*\n  remove them",
        lambda m: plain(),
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_what_is_in_the_way_is_named_and_the_remedy_works(case: str) -> None:
    make, message, cure = CASES[case]
    model = make()
    with pytest.raises(SymconvError) as refused:
        read(model)
    text = str(refused.value)
    assert re.search(message, text, re.MULTILINE), text
    assert text.count("mistake") <= 1 and "1 mistakes" not in text and len(text) < 500
    assert len(read(cure(model)).layers) >= 3


def test_a_lazy_module_is_the_users_to_run_all_others_are_not_written_yet() -> None:
    with pytest.raises(SpecError, match="2 mistakes"):
        read(lazy())
    with pytest.raises(NotSupported):
        read(nn.DataParallel(plain()))


def test_what_cannot_be_copied_or_is_no_model_is_refused() -> None:
    model = plain()
    model.kept = model(torch.tensor(GIVEN))  # type: ignore[assignment]  # not a leaf: torch cannot copy it
    with pytest.raises(NotSupported, match=r"model: cannot be copied \(RuntimeError\)"):
        read(model)
    with pytest.raises(SpecError, match=r"model: type is not an nn\.Module\n  give an nn\.Sequential, or a module"):
        read(nn.ReLU)


STORED: dict[str, Callable[[Any], Any]] = {
    "meta": lambda x: x.to("meta"),
    "sparse": lambda x: x.to_sparse(),
    "nested": lambda x: torch.nested.as_nested_tensor(list(x), layout=torch.jagged),
}
UNREAD = r"cannot be read: it is a (nested )?tensor of layout torch\.\w+ on the device \w+\n  give a dense tensor"


@pytest.mark.parametrize("way", STORED)
@pytest.mark.parametrize("place", ["input", "target"])
def test_a_tensor_whose_numbers_cannot_be_read_is_refused(way: str, place: str) -> None:
    given = {"input": torch.tensor(GIVEN), "target": torch.ones(2, 2)}
    given[place] = STORED[way](given[place])
    with pytest.raises(SpecError, match=rf"^{place}: {UNREAD}"):
        from_torch(plain(), given["input"], given["target"], "mse")


@pytest.mark.parametrize("way", ["meta", "sparse"])
@pytest.mark.parametrize("name", ["0.weight", "0.bias", "1.running_mean", "1.num_batches_tracked"])
def test_a_tensor_of_the_model_whose_numbers_cannot_be_read_is_named(way: str, name: str) -> None:
    model = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2)).eval()
    module, field = model[int(name[0])], name[2:]
    own = STORED[way](getattr(module, field).detach())
    setattr(module, field, nn.Parameter(own) if name[0] == "0" else own)
    with pytest.raises(SpecError, match=rf"^Sequential: 1 mistake\n{re.escape(name)}: {UNREAD}"):
        read(model)


def test_an_input_is_counted_before_it_is_read() -> None:
    huge = torch.ones(1).expand(100_000, 100_000)
    for given in (huge, huge.numpy()):
        with pytest.raises(SpecError, match=r"^input: holds 10000000000 numbers"):
            from_torch(plain(), given, [0, 1])


def test_floats_of_every_size_are_read() -> None:
    for kind in (torch.float64, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2):
        found = from_torch(plain(), torch.tensor(GIVEN).to(kind), [0, 1]).input.value
        assert found.nested() == read(plain()).input.value.nested()
