"""torch's normalisations as layers; the root of mean squares is several."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from symconv.networks.form import by
from symconv.networks.layers.layers import (
    AxisMean,
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    Layer,
    LayerNorm,
    Multiply,
    Rsqrt,
    Scale,
    Square,
)
from symconv.torch_models.call import Call, Layers, TorchOptions, TorchRule, chain, decimal, refuse

EPSILON = 1e-5
EPSILON_OF_FLOATS = 2.0**-52  # of float64, which rms_norm takes where it is given none
# whether mean and variance are made of what is read, by the argument that says so, and what holds without it
OF_THE_INPUT = {"batch_norm": ("training", False), "instance_norm": ("use_input_stats", True)}
ALWAYS = ("layer_norm", "group_norm")


def makes_statistics(known: TorchRule, options: TorchOptions) -> bool:
    """Whether a norm has a mean and a variance of its own, which are tensors of the network as well."""
    argument, plain = OF_THE_INPUT.get(known.kind, ("", known.kind in ALWAYS))
    return bool(options.get(argument, plain))


def batch_norm(call: Call) -> Layer:
    """The statistics are given, or those of the batch."""
    _require_batch(call)
    return BatchNorm(call.name, **call.parameters, epsilon=_epsilon(call), input=call.input)


def instance_norm(call: Call) -> Layer:
    """With given statistics it is a batch norm."""
    if not makes_statistics(call.known, call.options):
        return batch_norm(call)
    _require_batch(call)
    return InstanceNorm(call.name, **call.parameters, epsilon=_epsilon(call), input=call.input)


def group_norm(call: Call) -> Layer:
    """Groups of channels."""
    _require_batch(call)
    groups = call.options["num_groups"]
    return GroupNorm(call.name, groups, **call.parameters, epsilon=_epsilon(call), input=call.input)


def layer_norm(call: Call) -> Layer:
    """The last axes."""
    shape = tuple(call.options["normalized_shape"])
    return LayerNorm(call.name, shape, **call.parameters, epsilon=_epsilon(call), input=call.input)


def rms_norm(call: Call) -> Layers:
    """x / sqrt(mean of x^2 + epsilon), times a weight; Zhang and Sennrich 2019."""
    count, given = len(call.options["normalized_shape"]), call.options.get("eps")
    epsilon = Fraction(EPSILON_OF_FLOATS) if given is None else decimal(given)
    axes, weight = tuple(range(len(call.reads) - count, len(call.reads))), call.parameters.get("weight")
    return chain(
        call,
        lambda name, read: Square(name, read),
        lambda name, read: AxisMean(name, axes, True, read),
        lambda name, read: Scale(name, Fraction(1), epsilon, read),
        lambda name, read: Rsqrt(name, read),
        lambda name, read: Multiply(name, call.tensors[0], read),
        *([lambda name, read: Multiply(name, input=read, weight=weight)] if weight else []),
    )


def _epsilon(call: Call) -> Fraction:
    return decimal(call.options.get("eps", EPSILON))


def _require_batch(call: Call) -> None:
    if not call.batch:
        problem = f"takes the first axis of {by(call.reads)} for the batch, and the layers before it had none"
        refuse(problem, "give the input a batch axis, of one image or more")


RULES: Mapping[str, Callable[[Call], Layers]] = {
    "batch_norm": batch_norm, "instance_norm": instance_norm, "group_norm": group_norm, "layer_norm": layer_norm,
    "rms_norm": rms_norm,
}  # fmt: skip
