"""What wraps a model, computes its weights or is not there yet is named, with what would work: and that works."""

import re
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn.utils import parametrizations, parametrize, prune  # noqa: E402

from symconv.errors import NotSupported, SpecError, SymconvError  # noqa: E402
from symconv.networks.network import Network, parameters  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.model import keep_state, reset  # noqa: E402

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


def unwrapped(model: Any) -> Any:
    return nn.Sequential(model[0].module, model[1])


def compiled(model: nn.Module) -> Any:
    """By the smallest of its compilers: loading the usual one takes seconds, and nothing is run."""
    return torch.compile(model, backend="eager")


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
    "hooked": (
        lambda: changed(lambda m: m.register_full_backward_hook(lambda *given: None)),
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


# what computes a weight from other tensors, before each run or whenever it is read
COMPUTED: dict[str, Callable[[nn.Module], Any]] = {
    "weight_norm": parametrizations.weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "a parametrization": lambda m: parametrize.register_parametrization(m, "bias", nn.Softplus()),
    "weight_norm, old": nn.utils.weight_norm,
    "spectral_norm, old": nn.utils.spectral_norm,
    "pruned": lambda m: prune.l1_unstructured(m, "weight", 0.5),
    "pruned twice": lambda m: [prune.random_unstructured(m, "weight", 0.3) for _ in range(2)],
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("case", COMPUTED)
def test_a_weight_that_is_computed_is_the_plain_weight_that_it_is(case: str, training: bool) -> None:
    model = changed(COMPUTED[case]).train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    net = read(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [name for layer in net.layers for name in names_of(layer)] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    first: Any = net.layers[0]
    run(model)
    for field in ("weight", "bias"):
        found = torch.tensor([float(x) for x in getattr(first, field).value.entries])
        assert torch.allclose(found, getattr(model[0], field).detach().flatten(), atol=1e-6)


def names_of(layer: Any) -> list[str]:
    return [p.name for _, p in parameters(layer)]


def test_hooks_of_the_forward_pass_are_part_of_it() -> None:
    model = plain()
    model[0].register_forward_hook(lambda module, given, out: torch.tanh(out))
    model[2].register_forward_pre_hook(lambda module, given: (given[0] + given[0],))
    assert [layer.kind for layer in read(model).layers] == ["linear", "tanh", "relu", "add", "linear"]


def test_a_lazy_module_is_the_users_to_run_all_others_are_not_written_yet() -> None:
    with pytest.raises(SpecError, match="2 mistakes"):
        read(lazy())
    with pytest.raises(NotSupported):
        read(nn.DataParallel(plain()))


def test_what_cannot_be_copied_or_is_no_model_is_refused() -> None:
    model = plain()
    model.kept = (value for value in (1, 2))  # type: ignore[assignment]
    with pytest.raises(NotSupported, match=r"model: cannot be copied \(TypeError\)"):
        read(model)
    model.kept = model(torch.tensor(GIVEN))  # not a leaf, which torch does not copy
    assert len(read(model).layers) == 3
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


def test_a_pass_starts_from_the_numbers_that_were_kept() -> None:
    """Also where a buffer is another tensor since, and whatever was done to a parameter."""
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = {name: x.clone() for name, x in model.state_dict().items()}
    keep_state(model)
    model[0].weight.data.mul_(3)
    model[1].running_mean = torch.ones(2)
    model[1](torch.randn(3, 2))
    reset(model)
    assert all(torch.equal(x, before[name]) for name, x in model.state_dict().items())
