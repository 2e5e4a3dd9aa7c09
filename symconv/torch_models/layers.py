"""torch's words for layers: every module, function and method that has a derivation, and the layer that it means.

Nothing is imported from torch: a call is given by its name, its options in torch's words, and the shapes it met.
"""

from collections.abc import Callable, Mapping
from math import prod

from symconv.array import Shape
from symconv.networks.exact import show
from symconv.networks.form import by
from symconv.networks.in_torch import Only
from symconv.networks.layers.layers import (
    POINTWISE,
    Add,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Flatten,
    GeluTanh,
    GlobalAvgPool,
    GlobalMaxPool,
    Layer,
    Linear,
    MaxPool,
    Pointwise,
    Scale,
)
from symconv.torch_models.call import Call, TorchOptions, TorchRule, both_sides, decimal, each, refuse, refuse_value


# ------------------------------------------------------------------------------------------------ what torch calls it
def _class(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_"))


CONV = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
NORM = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
MAX_POOL = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
AVG_POOL = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
ADAPTIVE = ("input", "output_size", "return_indices")
FLATTEN = ("input", "start_dim", "end_dim")
OWN = ("weight", "bias", "running_mean", "running_var")  # the arguments that a model holds
SPREAD = {"stride": 1, "dilation": 1, "output_padding": 0}  # of a transposed convolution, with what torch takes
DIMENSIONS = (1, 2, 3)
POOLS = {"max_pool": MAX_POOL, "avg_pool": AVG_POOL, "adaptive_max_pool": ADAPTIVE, "adaptive_avg_pool": ADAPTIVE}
WINDOWS = {"conv": CONV, "conv_transpose": TRANSPOSED, **POOLS}
NAMED = tuple(layer for layer in POINTWISE if layer not in (GeluTanh, Scale))  # GELU by an argument, and by operators
OF_KIND: Mapping[str, type[Pointwise]] = {layer.kind: layer for layer in POINTWISE}


def _pointwise_rules(layer: type[Pointwise]) -> dict[str, TorchRule]:
    rule = TorchRule(layer.kind, ("input", *layer.torch.arguments))
    return dict.fromkeys((layer.kind, *layer.torch.functions), rule)


FUNCTIONS: Mapping[str, TorchRule] = {  # of torch, of torch.nn.functional and of tensors: of one name, one meaning
    **{name: rule for layer in NAMED for name, rule in _pointwise_rules(layer).items()},
    **{f"{kind}{d}d": TorchRule(kind, arguments, d) for kind, arguments in WINDOWS.items() for d in DIMENSIONS},
    "linear": TorchRule("linear", ("input", "weight", "bias")),
    "batch_norm": TorchRule("batch_norm", NORM),
    "flatten": TorchRule("flatten", FLATTEN),
    **dict.fromkeys(("reshape", "view", "view_as"), TorchRule("reshape", ("input", "*shape"))),
    "add": TorchRule("add", ("input", "other", "alpha")),
    **dict.fromkeys(("contiguous", "clone"), TorchRule("identity", ("input", "memory_format"))),
    "log_softmax": TorchRule("log_softmax", ("input", "dim", "_stacklevel", "dtype")),
}
MODULES = (  # what calls them
    *(f"{_class(kind)}{d}d" for kind in (*WINDOWS, "batch_norm") for d in DIMENSIONS), "Linear",
    *(name for layer in NAMED for name in (layer.torch.module, *layer.torch.modules) if name),
    "Flatten", "Identity", "LogSoftmax",
)  # fmt: skip
SOFTMAX = {"softmax"}
CUTTING = {"detach": ".detach()", "detach_": ".detach_()", "data": ".data"}


def rule_of(function: str) -> TorchRule | None:
    """What a function means, also in place, as relu_: its tensor is then another from there on."""
    return FUNCTIONS.get(function) or FUNCTIONS.get(function.removesuffix("_"))


def known_modules() -> str:
    """The modules in words."""
    return f"known: {', '.join(f'nn.{name}' for name in MODULES)}"


def known_functions() -> str:
    """The functions in words."""
    return f"known: {', '.join(FUNCTIONS)}, as functions of torch and as methods"


# ------------------------------------------------------------------------------------------------ what we call it
def layer_of(call: Call) -> Layer | None:
    """The layer that a call means, None where it changes nothing; NotSupported says what has no derivation."""
    return RULES[call.known.kind](call)


def decides_batch(known: TorchRule, reads: Shape, gives: Shape) -> bool | None:
    """Whether torch takes the first axis of what this layer reads for that of the images; None: any is fine for it."""
    if known.kind == "batch_norm":
        return True
    if known.kind == "linear":
        return len(reads) > 1
    if known.kind in ("flatten", "reshape") and len(gives) != len(reads):
        return len(gives) > 1
    return len(reads) == known.dims + 2 if known.dims else None


def conv(call: Call) -> Layer:
    """padding="same" puts the odd one behind, as torch does."""
    o, dims = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **call.options}, call.known.dims
    dilation = each(o["dilation"], dims)
    totals = [d * (k - 1) for d, k in zip(dilation, call.parameters["weight"].value.shape[2:], strict=True)]
    words = {"same": tuple((n // 2, n - n // 2) for n in totals), "valid": ((0, 0),) * dims}
    padding = words[o["padding"]] if isinstance(o["padding"], str) else both_sides(o["padding"], dims)
    stride = each(o["stride"], dims)
    return Conv(call.name, **call.parameters, stride=stride, padding=padding, dilation=dilation, groups=o["groups"],
                input=call.input)  # fmt: skip


def conv_transpose(call: Call) -> Layer:
    """Both know an output padding."""
    o, dims = {"padding": 0, "groups": 1, **call.options}, call.known.dims
    stride, dilation, rest = (each(o.get(field, plain), dims) for field, plain in SPREAD.items())
    return ConvTranspose(call.name, **call.parameters, stride=stride, padding=both_sides(o["padding"], dims),
                         output_padding=rest, groups=o["groups"], dilation=dilation, input=call.input)  # fmt: skip


def linear(call: Call) -> Layer:
    """torch works on the last axis, whatever stands before it."""
    if len(call.reads) != 1 + call.batch:
        wanted = "a vector for each image of the batch" if call.batch else "a vector, as there is no batch"
        refuse(f"reads {by(call.reads)}, and is derived for {wanted}", "flatten its input first")
    return Linear(call.name, **call.parameters, input=call.input)


def batch_norm(call: Call) -> Layer:
    """The statistics are given, or those of the batch."""
    if not call.batch:
        problem = f"takes the first axis of {by(call.reads)} for the batch, and the layers before it had none"
        refuse(problem, "give the input a batch axis, of one image or more")
    return BatchNorm(call.name, **call.parameters, epsilon=decimal(call.options.get("eps", 1e-5)), input=call.input)


def pointwise(call: Call) -> Layer:
    """Constants are read as decimals. Of softplus torch leaves out the logarithm from its threshold on; `trace`
    looks that no number lies there."""
    return _pointwise(call, OF_KIND[call.known.kind])


def gelu(call: Call) -> Layer:
    """The exact one, or its approximation."""
    return _pointwise(call, GeluTanh if call.options.get("approximate") == "tanh" else OF_KIND["gelu"])


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
    _values_only(o)
    dilation, padding = each(o.get("dilation", 1), dims), both_sides(o.get("padding", 0), dims)
    return MaxPool(call.name, each(o["kernel_size"], dims), _stride(call), padding, dilation,
                   bool(o.get("ceil_mode", False)), call.input)  # fmt: skip


def avg_pool(call: Call) -> Layer:
    """Likewise."""
    o, dims = call.options, call.known.dims
    if o.get("divisor_override") is not None:
        refuse(f"divisor_override {o['divisor_override']} has no derivation", "leave it out")
    padding, count = both_sides(o.get("padding", 0), dims), bool(o.get("count_include_pad", True))
    return AvgPool(call.name, each(o["kernel_size"], dims), _stride(call), padding,
                   bool(o.get("ceil_mode", False)), count, call.input)  # fmt: skip


def _values_only(options: TorchOptions) -> None:
    if options.get("return_indices"):
        refuse("return_indices=True: indices have no derivation", "leave return_indices out")


def _stride(call: Call) -> Shape:
    given = call.options.get("stride")
    return () if given is None else each(given, call.known.dims)


def adaptive_max_pool(call: Call) -> Layer:
    """The maximum of all, or an ordinary pool."""
    _values_only(call.options)
    kernel = _kernel(call)
    return MaxPool(call.name, kernel, input=call.input) if kernel else GlobalMaxPool(call.name, call.input)


def adaptive_avg_pool(call: Call) -> Layer:
    """The mean of all, or an ordinary pool."""
    kernel = _kernel(call)
    return AvgPool(call.name, kernel, input=call.input) if kernel else GlobalAvgPool(call.name, call.input)


def _kernel(call: Call) -> Shape:
    """The kernel, and stride, of the pool that gives the wanted size; () for one window over everything."""
    dims = call.known.dims
    given, size = call.reads[-dims:], call.gives[-dims:]
    if any(n % k for n, k in zip(given, size, strict=True)):
        problem = f"an output of {by(size)} from {by(given)} has windows of several sizes"
        refuse(problem, "give 1, or an output size that divides the input's")
    # A matrix without a batch could also be an image without channels: there the window says which axes are meant.
    whole = set(size) == {1} and len(call.reads) == dims + 1 + call.batch and len(call.reads) > 2
    return () if whole else tuple(n // k for n, k in zip(given, size, strict=True))


def flatten(call: Call) -> Layer:
    """All axes but that of the batch, and nothing else."""
    kept = call.reads[: call.batch]
    if call.gives != (*kept, prod(call.reads[call.batch :])):
        batch = "the batch axis" if call.batch else "no axis, as there is no batch,"
        problem = f"makes {by(call.gives)} of {by(call.reads)}; what is derived keeps {batch} and joins all others"
        refuse(problem, f"flatten from axis {int(call.batch)} on, to the last")
    return Flatten(call.name, call.input)


def reshape(call: Call) -> Layer | None:
    """A view to the shape that there was changes nothing."""
    return None if call.gives == call.reads else flatten(call)


def add(call: Call) -> Layer:
    """The sum of two tensors of one shape."""
    if "other" in call.options:
        text = f"works on the number {show(call.options['other'])}, which has no derivation"
        refuse(text, "known: the sum of two earlier tensors")
    if call.options.get("alpha", 1) != 1:
        refuse(f"alpha {call.options['alpha']} has no derivation", "known: alpha=1")
    return Add(call.name, call.other, call.input)


def log_softmax(call: Call) -> Layer:
    """A part of a loss; where it is one, `losses` has taken it away."""
    refuse("has no derivation but as the model's end", "known: log_softmax, then nn.NLLLoss or nn.CrossEntropyLoss")


RULES: Mapping[str, Callable[[Call], Layer | None]] = {
    "conv": conv, "conv_transpose": conv_transpose, "linear": linear, "batch_norm": batch_norm,
    **dict.fromkeys(OF_KIND, pointwise), "gelu": gelu, "dropout": dropout, "identity": lambda call: None,
    "max_pool": max_pool, "avg_pool": avg_pool, "adaptive_max_pool": adaptive_max_pool,
    "adaptive_avg_pool": adaptive_avg_pool, "flatten": flatten, "reshape": reshape, "add": add,
    "log_softmax": log_softmax,
}  # fmt: skip
