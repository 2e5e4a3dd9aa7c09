"""One layer with its data: the emitted functions and PyTorch's own, called with the same operands."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType

from symconv.bench.layer_shapes import LayerShape
from symconv.bench.timing import Thunk
from symconv.code.emit import emit, pair
from symconv.code.forms import FORMS
from symconv.networks.in_torch import Tensor

OURS, TORCH = "ours", "torch"


@dataclass(frozen=True)
class Workload:
    """A form of the convolution on a layer; `text` is the emitted module."""

    form: str
    text: str
    layer: LayerShape
    batch: int


def workload(form: str, layer: LayerShape, batch: int) -> Workload:
    return Workload(form, _text(form), layer, batch)


@cache
def _text(form: str) -> str:
    return emit("conv2d", form)


def best_form(layer: LayerShape) -> str:
    """The one for speed: shifted images for one kernel per channel, else the matrix product."""
    return "taps" if layer.depthwise else "gemm"


def forward(work: Workload, torch: ModuleType, channels_last: bool = False) -> dict[str, Thunk]:
    """The convolution in float32, (N, C, H, W) -> (N, O, Ho, Wo); where `channels_last`, of operands that lie so in
    memory."""
    (function, _), (x, weight, bias) = pair(work.text, f"conv2d_{work.form}"), _operands(work, torch)
    if channels_last:
        x, weight = (t.to(memory_format=torch.channels_last) for t in (x, weight))
    options = work.layer.options
    theirs = partial(torch.nn.functional.conv2d, x, weight, bias, **options)
    if FORMS[work.form].channels:
        return {OURS: partial(function, x, weight, bias, **options), TORCH: theirs}
    del options["groups"]
    return {OURS: partial(function, x[0, 0], weight[0, 0], bias, **options), TORCH: theirs}


def backward(work: Workload, torch: ModuleType, channels_last: bool = False) -> dict[str, Thunk]:
    """All three gradients, without autograd."""
    (_, gradients), (x, weight, _) = pair(work.text, f"conv2d_{work.form}"), _operands(work, torch)
    o = work.layer
    dy = torch.randn((work.batch, o.O, *o.out), generator=torch.Generator().manual_seed(1))
    if channels_last:
        x, weight, dy = (t.to(memory_format=torch.channels_last) for t in (x, weight, dy))
    theirs = partial(
        torch.ops.aten.convolution_backward, dy, x, weight, [o.O], o.stride, o.padding, o.dilation, False, (0, 0),
        o.groups, (True, True, True),
    )  # fmt: skip
    return {OURS: partial(gradients, dy, x, weight, **o.options), TORCH: theirs}


def _operands(work: Workload, torch: ModuleType) -> tuple[Tensor, Tensor, Tensor | None]:
    """Input, weight, bias or None: normal numbers, the same in every run."""
    o = work.layer
    seed = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        made: Tensor = torch.randn(shape, generator=seed)
        return made

    x, weight = normal(work.batch, o.C, *o.size), normal(o.O, o.C // o.groups, *o.kernel)
    return x, weight, normal(o.O) if o.bias else None


def one_thread(torch: ModuleType) -> Callable[[], None]:
    """Lets torch work with one thread; what is returned puts back what was."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    return partial(torch.set_num_threads, before)
