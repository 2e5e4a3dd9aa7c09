"""What is told of a layer beside its equation: each fact once in a handout, and only of a layer that it is true of."""

from collections.abc import Iterator
from math import prod
from typing import Any

from symconv.derivation.index import Delta, In
from symconv.derivation.tensors import is_copy, original
from symconv.handout.pen import Pen
from symconv.networks.layers.layers import ARITHMETIC, BatchNorm, LayerNorm
from symconv.networks.layers.norms import NORMS
from symconv.networks.losses import AbsoluteError, CrossEntropy, MeanSquaredError, Output
from symconv.networks.positions import overhang
from symconv.worked.stages import LOSS, Stage, axes_of


def facts(pen: Pen, stage: Stage) -> tuple[str, ...]:
    """The keys of the sentences in the table `told` that are true of a layer, the one on its kind first."""
    more = FURTHER.get(stage.kind)
    return (_kind(pen, stage), *(more(pen, stage) if more else ()))


EACH = ("mean", "variance", "batch_norm", "bias", "global_max_pool", "global_avg_pool")  # kinds that know channels


def each(pen: Pen, kind: str, tensor: str) -> str:
    """The kind as it is on a tensor without channels: a pooling is of the `_whole`, as one image is all there is, and
    all else is for each `_entry` of a vector, which is a channel by itself."""
    if kind not in EACH or "c" in axes_of(pen.study.network, original(tensor)):
        return kind
    return f"{kind}_{'whole' if 'pool' in kind else 'entry'}"


def as_it_is(pen: Pen, stage: Stage) -> str:
    """The kind of a layer as `each` says it; a layer norm goes along one axis or several."""
    layer: Any = pen.layer(stage) if stage.kind == LayerNorm.kind else None
    if layer is not None and len(layer.shape) > 1:
        return f"{stage.kind}_axes"
    return each(pen, stage.kind, stage.input)


def _kind(pen: Pen, stage: Stage) -> str:
    if stage.output == LOSS:
        return _loss(pen)
    if stage.kind == "conv" and pen.habits.rotated and not pen.layer(stage).other:
        return "conv_rotated"
    alone = stage.kind == "bias" and pen.shapes[stage.parameters[0]] == (1,)
    if stage.kind in ("mean", "variance"):
        return stage.kind
    return "bias_whole" if alone else as_it_is(pen, stage)


def loss_as_it_is(pen: Pen) -> str:
    """The loss's kind, and whether it is a mean or a sum, where it is one of several: images, or entries."""
    network = pen.study.network
    loss = network.loss
    several = network.batch if isinstance(loss, CrossEntropy) else prod(pen.shapes[network.layers[-1].name]) > 1
    return f"{loss.kind}_{loss.reduction}" if several else loss.kind


ALONE = {MeanSquaredError.kind: "squared_error", AbsoluteError.kind: "absolute_error_alone"}  # what is not averaged


def noun(pen: Pen, kind: str) -> str:
    """What a layer or the loss is called; squared errors that are not averaged are no mean squared error."""
    loss = pen.study.network.loss
    added = kind == loss.kind in ALONE and not loss_as_it_is(pen).endswith("_mean")
    return pen.say(f"layer.{ALONE[kind]}" if added else f"layer.{kind}")


def _loss(pen: Pen) -> str:
    """What is told of the loss: of cross entropy whether one class is the truth or several share it; of squared errors
    whether they are averaged or added."""
    loss = pen.study.network.loss
    if isinstance(loss, CrossEntropy):
        shared = loss.target is None or bool(loss.label_smoothing)
        return f"{loss.kind}_shared" if shared else loss.kind
    return loss_as_it_is(pen) if isinstance(loss, MeanSquaredError | AbsoluteError | Output) else loss.kind


def _padded(pen: Pen, stage: Stage) -> bool:
    """Whether something that is read may lie in the padding: else the equation has no such condition. Of an axis of
    extent 1 the condition is that the place is 0."""
    return bool(pen.equations[stage.output].value.atoms(In, Delta))


def _overhangs(pen: Pen, stage: Stage) -> bool:
    """Whether a pooling's last window reaches beyond the input and its padding, as `ceil` lets it."""
    layer: Any = pen.layer(stage)
    extents = pen.read(stage)[-len(layer.kernel) :]
    options = zip(extents, layer.kernel, layer.stride, layer.padding, layer.dilation, strict=True)
    return layer.ceil and any(overhang(*option) for option in options)


def _conv(pen: Pen, stage: Stage) -> Iterator[str]:
    window = pen.window(stage)
    several = window.channels and window.shape[1] > 1  # input channels that an output channel reads
    if window.groups > 1:
        yield "in_groups" if several else "depthwise"
    elif several:
        yield "over_channels"
    if _padded(pen, stage):
        yield "padded"
    yield from _computed_kernel(pen, stage)


def _computed_kernel(pen: Pen, stage: Stage) -> Iterator[str]:
    """A kernel that the layer does not hold is an earlier tensor."""
    if pen.layer(stage).other:
        yield "computed_kernel_not_turned" if stage.kind == "conv" and pen.habits.rotated else "computed_kernel"


def _max_pool(pen: Pen, stage: Stage) -> Iterator[str]:
    if _padded(pen, stage):
        yield "max_pool_beyond" if _overhangs(pen, stage) else "max_pool_padded"


def _avg_pool(pen: Pen, stage: Stage) -> Iterator[str]:
    layer: Any = pen.layer(stage)
    if not _padded(pen, stage):
        return
    counted, overhangs = layer.count_padding and any(map(any, layer.padding)), _overhangs(pen, stage)
    if counted:
        yield "avg_pool_padded"
    if overhangs or not counted:
        yield "avg_pool_beyond_padding" if counted else "avg_pool_beyond" if overhangs else "avg_pool_uncounted"


def _norm(pen: Pen, stage: Stage) -> Iterator[str]:
    layer: Any = pen.layer(stage)
    if layer.weight is not None or layer.bias is not None:
        both = layer.weight is not None and layer.bias is not None
        yield "scaled_and_shifted" if both else "scaled" if layer.weight is not None else "shifted"


def _arithmetic(pen: Pen, stage: Stage) -> Iterator[str]:
    if stage.kind == "add" and any(is_copy(t) for t in stage.operation.operands):
        yield "residual"
    if len({pen.shapes[original(t)] for t in (stage.output, *stage.operation.operands)}) > 1:
        yield "broadcast"


def left_out(pen: Pen, stage: Stage) -> str:
    """Which paths from a layer to the loss have a factor 0, as far as the kinds of the layers on them tell."""
    kinds = {s.kind for s in pen.study.stages[pen.study.stages.index(stage) :]}
    key = ("winners" if kinds & {"max_pool", "global_max_pool"} else "") + ("_relu" if "relu" in kinds else "")
    return pen.say(f"left_out.{key.strip('_')}") if key else ""


FURTHER = {"conv": _conv, "conv_transpose": _computed_kernel, "max_pool": _max_pool, "avg_pool": _avg_pool}
FURTHER |= dict.fromkeys((BatchNorm.kind, *(x.kind for x in NORMS)), _norm)
FURTHER |= dict.fromkeys((x.kind for x in ARITHMETIC), _arithmetic)
