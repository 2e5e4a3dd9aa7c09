"""What is told of a layer beside its equation: each fact once in a handout, and only of a layer that it is true of."""

from collections.abc import Iterator
from typing import Any

from symconv.derivation.index import In
from symconv.handout.pen import Pen
from symconv.worked.stages import Stage, axes_of, original


def facts(pen: Pen, stage: Stage) -> tuple[str, ...]:
    """The keys of the sentences in the table `told` that are true of a layer, the one on its kind first."""
    more = FURTHER.get(stage.kind)
    return (_kind(pen, stage), *(more(pen, stage) if more else ()))


def over_all(pen: Pen, stage: Stage) -> bool:
    """Whether a global pooling has one window only, as there are no channels."""
    network = pen.study.network
    whole = not network.batch and "c" not in axes_of(network, original(stage.input))
    return stage.kind in ("global_max_pool", "global_avg_pool") and whole


def _kind(pen: Pen, stage: Stage) -> str:
    if stage.kind == "conv" and pen.habits.flipped:
        return "conv_turned"
    alone = stage.kind == "bias" and pen.shapes[stage.parameters[0]] == (1,)
    return f"{stage.kind}_whole" if alone or over_all(pen, stage) else stage.kind


def _padded(pen: Pen, stage: Stage) -> bool:
    """Whether something that is read may lie in the padding: else the equation has no such condition."""
    return bool(pen.equations[stage.output].value.atoms(In))


def _conv(pen: Pen, stage: Stage) -> Iterator[str]:
    layer: Any = pen.layer(stage)
    if layer.groups > 1:
        yield "in_groups"
    elif layer.channels and layer.weight.value.shape[1] > 1:
        yield "over_channels"
    if _padded(pen, stage):
        yield "padded"


def _max_pool(pen: Pen, stage: Stage) -> Iterator[str]:
    if _padded(pen, stage):
        yield "max_pool_padded"


def _avg_pool(pen: Pen, stage: Stage) -> Iterator[str]:
    layer: Any = pen.layer(stage)
    if _padded(pen, stage):
        yield "avg_pool_padded" if layer.count_padding else "avg_pool_uncounted"


def _batch_norm(pen: Pen, stage: Stage) -> Iterator[str]:
    layer: Any = pen.layer(stage)
    if layer.weight is not None or layer.bias is not None:
        both = layer.weight is not None and layer.bias is not None
        yield "scaled_and_shifted" if both else "scaled" if layer.weight is not None else "shifted"


FURTHER = {"conv": _conv, "max_pool": _max_pool, "avg_pool": _avg_pool, "batch_norm": _batch_norm}
