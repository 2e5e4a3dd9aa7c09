"""What a function of torch means: the layer, or the layers, of a call.

Those that move entries, and those that bring two tensors together, stand in modules of their own.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from symconv.array import Shape
from symconv.networks.in_torch import Only
from symconv.networks.layers.layers import (
    AvgPool,
    Clamp,
    ClampMax,
    ClampMin,
    Conv,
    ConvTranspose,
    GeluTanh,
    Layer,
    Linear,
    MaxPool,
    MaxUnpool,
    Multiply,
    Pointwise,
    PRelu,
    Relu6,
    Reshape,
    Sigmoid,
    Slice,
)
from symconv.torch_models import arithmetic, contractions, moves, norms, reductions, resampling
from symconv.torch_models.call import (
    Call,
    Layers,
    TorchRule,
    both_sides,
    decimal,
    each,
    refuse,
    refuse_value,
)
from symconv.torch_models.functions import OF_KIND

SPREAD = {"stride": 1, "dilation": 1, "output_padding": 0}  # of a transposed convolution, with what torch takes


def layers_of(call: Call) -> tuple[Layer, ...]:
    """The layers that a call means, one after the other, the last with its name; none where it changes nothing.
    NotSupported says what has no derivation."""
    made = _of_one_image(call) if _is_one_image(call) else RULES[call.known.kind](call)
    return () if made is None else made if isinstance(made, tuple) else (made,)


def _is_one_image(call: Call) -> bool:
    """Whether windows slide over a tensor with a first axis for images that layers before it had not: there is one."""
    return bool(call.known.dims) and not call.batch and len(call.reads) == call.known.dims + 2 and call.reads[0] == 1


def _of_one_image(call: Call) -> tuple[Layer, ...]:
    """The image without that axis, and the axis again."""
    image = Reshape(f"{call.name}.image", call.reads[1:], call.input)
    shapes, made = (call.reads[1:], *call.shapes[1:]), tuple(shape[1:] for shape in call.made)
    inner = replace(call, name=f"{call.name}.alone", input="", shapes=shapes, made=made)
    return image, *layers_of(inner), Reshape(call.name, call.gives)


def decides_batch(known: TorchRule, reads: Shape, gives: Shape) -> bool | None:
    """Whether torch takes the first axis of what this layer reads for that of the images; None: any is fine for it."""
    if known.kind in ("batch_norm", "instance_norm", "group_norm"):
        return True
    if known.kind == "linear":
        return len(reads) > 1
    if known.kind == "reshape" and len(gives) < len(reads):
        return len(gives) > 1
    return len(reads) == known.dims + 2 if known.dims else None


def conv(call: Call) -> Layer:
    """padding="same" puts the odd one behind, as torch does."""
    o, dims = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **call.options}, call.known.dims
    dilation = each(o["dilation"], dims)
    own, shape = _weight(call)
    totals = [d * (k - 1) for d, k in zip(dilation, shape[2:], strict=True)]
    words = {"same": tuple((n // 2, n - n // 2) for n in totals), "valid": ((0, 0),) * dims}
    padding = words[o["padding"]] if isinstance(o["padding"], str) else both_sides(o["padding"], dims)
    stride = each(o["stride"], dims)
    return Conv(call.name, **own, stride=stride, padding=padding, dilation=dilation, groups=o["groups"],
                input=call.input)  # fmt: skip


def conv_transpose(call: Call) -> Layer:
    """Both know an output padding."""
    o, dims = {"padding": 0, "groups": 1, **call.options}, call.known.dims
    stride, dilation, rest = (each(o.get(field, plain), dims) for field, plain in SPREAD.items())
    own, _ = _weight(call)
    return ConvTranspose(call.name, **own, stride=stride, padding=both_sides(o["padding"], dims),
                         output_padding=rest, groups=o["groups"], dilation=dilation, input=call.input)  # fmt: skip


def _weight(call: Call) -> tuple[dict[str, Any], Shape]:
    """The weight and the bias of a convolution by the fields of its layer, and the weight's shape; a weight that is
    computed is an earlier tensor."""
    if "weight" in call.parameters:
        return dict(call.parameters), call.parameters["weight"].value.shape
    at = call.sides.index("weight")
    return {**call.parameters, "other": call.tensors[at]}, call.shapes[at]


def linear(call: Call) -> Layer:
    """torch works on the last axis, whatever stands before it."""
    return Linear(call.name, **call.parameters, input=call.input, last=len(call.reads) != 1 + call.batch)


def prelu(call: Call) -> Layer:
    """torch takes the second axis for that of the channels."""
    weight = call.parameters["weight"]
    if weight.value.shape not in ((), (1,)) and not call.batch:
        refuse("takes the second axis for that of the channels", "give the input a batch axis, of one image or more")
    return PRelu(call.name, weight, call.input)


def pointwise(call: Call) -> Layer:
    """Constants are read as decimals. Of softplus torch leaves out the logarithm from its threshold on; `trace`
    looks that no number lies there."""
    return _pointwise(call, OF_KIND[call.known.kind])


def _is_infinite(bound: object) -> bool:
    return isinstance(bound, float) and math.isinf(bound)


def clamp(call: Call) -> Layer | None:
    """Between two bounds, or with one."""
    bounds = {name: call.options.get(name) for name in ("min", "max")}
    given = {name: decimal(n) for name, n in bounds.items() if n is not None and not _is_infinite(n)}
    if not given:
        return None
    if len(given) == 2 and given["min"] >= given["max"]:
        refuse("makes all numbers equal, as its bounds leave none between", "give min < max")
    kind = {"min": ClampMin, "max": ClampMax}[next(iter(given))] if len(given) == 1 else Clamp
    made: Layer = kind(call.name, **given, input=call.input)
    return made


def glu(call: Call) -> Layers:
    """One half of an axis times the sigmoid of the other."""
    axis = call.axis(call.options.get("dim", -1))
    n = call.reads[axis]
    gate = Slice(f"{call.name}.gate", axis, n // 2, n, input=call.input)
    share = Sigmoid(f"{call.name}.share")
    half = Slice(f"{call.name}.half", axis, 0, n // 2, input=call.tensors[0])
    return gate, share, half, Multiply(call.name, share.name)


def gelu(call: Call) -> Layer:
    """The exact one, or its approximation."""
    return _pointwise(call, GeluTanh if call.options.get("approximate") == "tanh" else OF_KIND["gelu"])


def hardtanh(call: Call) -> Layer:
    """nn.ReLU6 calls it, with bounds of its own."""
    bounds = [decimal(call.options.get(name, usual)) for name, usual in (("min_val", -1), ("max_val", 1))]
    return Relu6(call.name, call.input) if bounds == [0, 6] else _pointwise(call, OF_KIND["hardtanh"])


def _pointwise(call: Call, layer: type[Pointwise]) -> Layer:
    constants = dict[str, object]()
    for argument, meant in layer.torch.arguments.items():
        if isinstance(meant, Only) and call.options.get(argument, meant.value) != meant.value:
            refuse_value(argument, call.options[argument], meant.value)
        elif isinstance(meant, str) and argument in call.options:
            constants[meant] = decimal(call.options[argument])
    make: Callable[..., Layer] = layer
    return make(name=call.name, input=call.input, **constants)


def dropout(call: Call) -> Layer | None:
    """In training mode it is refused before the model runs; a rate of 0 changes nothing."""
    return pointwise(call) if decimal(call.options.get("p", 0.5)) else None


def max_pool(call: Call) -> Layer:
    """The stride defaults to the kernel."""
    o, dims = call.options, call.known.dims
    dilation, padding = each(o.get("dilation", 1), dims), both_sides(o.get("padding", 0), dims)
    return MaxPool(call.name, each(o["kernel_size"], dims), _stride(call), padding, dilation,
                   bool(o.get("ceil_mode", False)), call.input)  # fmt: skip


def max_unpool(call: Call) -> Layer:
    """By the options of the pooling that gave the places; the output has the shape of what was pooled."""
    pooled, other = max_pool(call), call.shapes[1]
    assert isinstance(pooled, MaxPool)
    if call.gives != other:
        text = f"its places are those in a tensor of shape {other}, and it makes one of {call.gives}"
        refuse(text, "give output_size=x.size(), x being the tensor that was pooled")
    if set(pooled.dilation) != {1}:
        refuse(f"unpooling of windows with dilation {pooled.dilation} has no derivation", "leave dilation out")
    options = pooled.stride, pooled.padding, pooled.ceil
    return MaxUnpool(call.name, pooled.kernel, call.tensors[1], *options, call.input)


def avg_pool(call: Call) -> Layer:
    """Likewise."""
    o, dims = call.options, call.known.dims
    if o.get("divisor_override") is not None:
        refuse(f"divisor_override {o['divisor_override']} has no derivation", "leave it out")
    padding, count = both_sides(o.get("padding", 0), dims), bool(o.get("count_include_pad", True))
    return AvgPool(call.name, each(o["kernel_size"], dims), _stride(call), padding,
                   bool(o.get("ceil_mode", False)), count, call.input)  # fmt: skip


def _stride(call: Call) -> Shape:
    given = call.options.get("stride")
    return () if given is None else each(given, call.known.dims)


RULES: Mapping[str, Callable[[Call], Layers]] = {
    "conv": conv, "conv_transpose": conv_transpose, "linear": linear, "prelu": prelu,
    **dict.fromkeys(OF_KIND, pointwise), "gelu": gelu, "hardtanh": hardtanh, "clamp": clamp, "glu": glu,
    "dropout": dropout,
    "identity": lambda call: None, "max_pool": max_pool, "max_unpool": max_unpool, "avg_pool": avg_pool,
    **moves.RULES, **resampling.RULES,
    **arithmetic.RULES, **contractions.RULES, **reductions.RULES, **norms.RULES,
}  # fmt: skip
