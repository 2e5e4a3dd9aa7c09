"""torch's words for layers: every module, function and method that has a derivation, and the layer that it means.

Nothing is imported from torch: a call is given by its name, its options in torch's words, and the shapes it met.
"""

from collections.abc import Callable, Mapping
from math import prod

from symconv.array import Shape
from symconv.networks.form import by
from symconv.networks.in_torch import Only
from symconv.networks.layers.layers import (
    ACTIVATIONS,
    POINTWISE,
    Add,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Dropout,
    Flatten,
    GeluTanh,
    GlobalAvgPool,
    GlobalMaxPool,
    Layer,
    Linear,
    MaxPool,
    Pointwise,
)
from symconv.torch_models.call import Call, TorchOptions, TorchRule, both_sides, decimal, each, refuse, refuse_value

# ------------------------------------------------------------------------------------------------ what torch calls it
CONV = ("stride", "padding", "dilation", "groups", "padding_mode")
MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
AVG_POOL = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
ADAPTIVE = ("output_size", "return_indices")
FLATTEN = ("start_dim", "end_dim")
LOG_SOFTMAX = ("dim", "_stacklevel", "dtype")
DIMENSIONS = (1, 2, 3)
POOLS = {"max_pool": MAX_POOL, "avg_pool": AVG_POOL, "adaptive_max_pool": ADAPTIVE, "adaptive_avg_pool": ADAPTIVE}
NAMED = tuple(layer for layer in ACTIVATIONS if layer is not GeluTanh)  # that is GELU, by an argument
OF_KIND: Mapping[str, type[Pointwise]] = {layer.kind: layer for layer in POINTWISE}


def _class(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_"))


def _modules(*layers: type[Pointwise]) -> dict[str, TorchRule]:
    return {name: _known(x) for x in layers for name in (x.torch.module, *x.torch.modules) if name}


def _functions(*layers: type[Pointwise]) -> dict[str, TorchRule]:
    return {name: _known(x) for x in layers for name in (x.kind, *x.torch.functions)}


def _known(layer: type[Pointwise]) -> TorchRule:
    return TorchRule(layer.kind, tuple(layer.torch.arguments))


MODULES: Mapping[str, TorchRule] = {
    **{f"Conv{d}d": TorchRule("conv", CONV, d) for d in DIMENSIONS},
    **{f"ConvTranspose{d}d": TorchRule("conv_transpose", (*CONV, "output_padding"), d) for d in DIMENSIONS},
    "Linear": TorchRule("linear"),
    **{f"BatchNorm{d}d": TorchRule("batch_norm", ("eps",), d) for d in DIMENSIONS},
    **_modules(*NAMED),
    **{f"{_class(kind)}{d}d": TorchRule(kind, options, d) for kind, options in POOLS.items() for d in DIMENSIONS},
    "Flatten": TorchRule("flatten", FLATTEN),
    "Identity": TorchRule("identity"),
    "LogSoftmax": TorchRule("log_softmax", LOG_SOFTMAX),
    **_modules(Dropout),
}
# they also end in _; the trace is compared with the model, so it may be used
IN_PLACE = tuple(layer.kind for layer in POINTWISE if layer.torch.method)
FUNCTIONS: Mapping[str, TorchRule] = {  # of torch or torch.nn.functional
    **_functions(*NAMED),
    **{f"{kind}_": TorchRule(kind) for kind in IN_PLACE},
    **{f"{kind}{d}d": TorchRule(kind, options, d) for kind, options in POOLS.items() for d in DIMENSIONS},
    "flatten": TorchRule("flatten", FLATTEN),
    "reshape": TorchRule("reshape", ("shape",)),
    "add": TorchRule("add", ("other", "alpha")),
    **_functions(Dropout),
    "log_softmax": TorchRule("log_softmax", LOG_SOFTMAX),
}
SIZES = ("size", "dim", "ndimension", "numel", "nelement")  # methods that give no tensor
METHODS: Mapping[str, TorchRule] = {
    **{name: TorchRule(name.rstrip("_")) for kind in IN_PLACE for name in (kind, f"{kind}_")},
    **{name: TorchRule("add", ("other", "alpha")) for name in ("add", "add_")},
    "flatten": TorchRule("flatten", FLATTEN),
    "view": TorchRule("reshape"),
    "reshape": TorchRule("reshape"),
    "contiguous": TorchRule("identity"),
    "log_softmax": TorchRule("log_softmax", LOG_SOFTMAX),
}
SOFTMAX = {"Softmax", "softmax"}


def known_modules() -> str:
    """The modules in words."""
    return f"known: {', '.join(f'nn.{name}' for name in MODULES)}"


def known_functions() -> str:
    """The functions and methods in words."""
    functions = ", ".join(name for name in FUNCTIONS if not name.endswith("_"))
    methods = ", ".join(f"x.{name}" for name in METHODS if not name.endswith("_"))
    return f"known: {functions}, +, {methods}"


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
    o, dims = call.options, call.known.dims
    _only_zeros(o)
    dilation = each(o["dilation"], dims)
    totals = [d * (k - 1) for d, k in zip(dilation, call.parameters["weight"].value.shape[2:], strict=True)]
    words = {"same": tuple((n // 2, n - n // 2) for n in totals), "valid": ((0, 0),) * dims}
    padding = words[o["padding"]] if isinstance(o["padding"], str) else both_sides(o["padding"], dims)
    stride = each(o["stride"], dims)
    return Conv(call.name, **call.parameters, stride=stride, padding=padding, dilation=dilation, groups=o["groups"],
                input=call.input)  # fmt: skip


def conv_transpose(call: Call) -> Layer:
    """Both know an output padding."""
    o, dims = call.options, call.known.dims
    _only_zeros(o)
    stride, dilation, rest = (each(o[field], dims) for field in ("stride", "dilation", "output_padding"))
    return ConvTranspose(call.name, **call.parameters, stride=stride, padding=both_sides(o["padding"], dims),
                         output_padding=rest, groups=o["groups"], dilation=dilation, input=call.input)  # fmt: skip


def _only_zeros(options: TorchOptions) -> None:
    if options["padding_mode"] != "zeros":
        refuse(f'padding_mode "{options["padding_mode"]}" has no derivation', 'known: padding_mode "zeros"')


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
    return BatchNorm(call.name, **call.parameters, epsilon=decimal(call.options["eps"]), input=call.input)


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
