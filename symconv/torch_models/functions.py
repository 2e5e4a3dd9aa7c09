"""torch's words: every function that has a derivation, with its arguments in torch's order and what it means.

Nothing is imported from torch: a function is known by its name, which means the same in torch, in torch.nn.functional
and as a method.
"""

from collections.abc import Mapping

from symconv.networks.layers.layers import POINTWISE, GeluTanh, Heaviside, Pointwise, Scale
from symconv.torch_models.call import TorchRule

ENTRIES = ("input", "other", "size_average", "reduce", "reduction")  # of a loss; torch's word for the other is target
CLASSES = ("input", "other", "weight", "size_average", "ignore_index", "reduce", "reduction")
NATIVE = {  # the losses that are derived as one, as the last call of all
    "cross_entropy": (*CLASSES, "label_smoothing"), "nll_loss": CLASSES, "mse_loss": ENTRIES, "l1_loss": ENTRIES,
    "smooth_l1_loss": (*ENTRIES, "beta"), "huber_loss": ("input", "other", "reduction", "delta"),
    "binary_cross_entropy": ("input", "other", "weight", *ENTRIES[2:]),
    "binary_cross_entropy_with_logits": ("input", "other", "weight", *ENTRIES[2:], "pos_weight"),
}  # fmt: skip


def _class(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_"))


CONV = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
INSTANCE_NORM = (
    "input", "running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps", "cudnn_enabled",
)  # fmt: skip
NORM = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
MAX_POOL = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
AVG_POOL = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
ADAPTIVE = ("input", "output_size", "return_indices")
OWN = ("weight", "bias", "running_mean", "running_var")  # the arguments that a model holds
DIMENSIONS = (1, 2, 3)
POOLS = {"max_pool": MAX_POOL, "avg_pool": AVG_POOL, "adaptive_max_pool": ADAPTIVE, "adaptive_avg_pool": ADAPTIVE}
UNPOOL = ("input", "other", *MAX_POOL[1:])  # of the pooling that gave the places, which is what it is read by
WINDOWS = {"conv": CONV, "conv_transpose": TRANSPOSED, **POOLS, "max_unpool": UNPOOL}
INTERPOLATE = ("input", "size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias")
SUMS = {"add": ("add",), "sub": ("sub", "subtract"), "rsub": ("rsub",)}
PRODUCTS = {"mul": ("mul", "multiply"), "div": ("div", "divide", "true_divide")}
EXTREMES = {"maximum": ("maximum",), "minimum": ("minimum",)}
MATRICES = ("matmul", "mm", "bmm", "mv", "outer")
RESHAPES = ("reshape", "view", "view_as", "reshape_as", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze")
CUTS = {
    "__getitem__": ("at",), "select": ("dim", "index"), "narrow": ("dim", "start", "length"), "flip": ("dims",),
    "chunk": ("chunks", "dim"), "split": ("sizes", "dim"), "unbind": ("dim",), "roll": ("shifts", "dims"),
}  # fmt: skip
LIKE = ("expand_as", "view_as", "reshape_as")  # that read the shape of a tensor
COMPARISONS = {"gt": "greater", "ge": "greater_equal", "lt": "less", "le": "less_equal"}
EQUALITIES = {"eq": (), "ne": ("not_equal",)}  # torch.equal is one truth of all
OF_TRUTHS = ("logical_{}", "bitwise_{}", "__{}__")
TRUTHS = {"truth_and": "and", "truth_or": "or"}  # of two truths, which are the numbers 1 and 0
PADDINGS = ("constant", "zero", "reflection", "replication", "circular")
SEVERAL = ("chunk", "split", "unbind")  # that give several tensors, each of which has a derivation
NORM_OF = ("input", "ord", "dim", "keepdim", "dtype")
SPREADS = ("input", "dim", "unbiased", "keepdim", "correction")
NAMED = tuple(
    layer for layer in POINTWISE if layer not in (GeluTanh, Scale, Heaviside)
)  # GELU by an argument, and by operators
OF_KIND: Mapping[str, type[Pointwise]] = {layer.kind: layer for layer in POINTWISE}


def _pointwise_rules(layer: type[Pointwise]) -> dict[str, TorchRule]:
    rule = TorchRule(layer.kind, ("input", *layer.torch.arguments))
    return dict.fromkeys((layer.kind, *layer.torch.functions), rule)


FUNCTIONS: Mapping[str, TorchRule] = {  # of torch, of torch.nn.functional and of tensors: of one name, one meaning
    **{name: rule for layer in NAMED for name, rule in _pointwise_rules(layer).items()},
    "log_sigmoid": TorchRule("logsigmoid", ("input",)),
    **{f"{kind}{d}d": TorchRule(kind, arguments, d) for kind, arguments in WINDOWS.items() for d in DIMENSIONS},
    "prelu": TorchRule("prelu", ("input", "weight")),
    "linear": TorchRule("linear", ("input", "weight", "bias")),
    "batch_norm": TorchRule("batch_norm", NORM),
    "layer_norm": TorchRule("layer_norm", ("input", "normalized_shape", "weight", "bias", "eps", "cudnn_enable")),
    "group_norm": TorchRule("group_norm", ("input", "num_groups", "weight", "bias", "eps", "cudnn_enabled")),
    "instance_norm": TorchRule("instance_norm", INSTANCE_NORM),
    "rms_norm": TorchRule("rms_norm", ("input", "normalized_shape", "weight", "eps")),
    **{f"max_pool{d}d_with_indices": TorchRule("max_pool", MAX_POOL, d) for d in DIMENSIONS},
    **{f"adaptive_max_pool{d}d_with_indices": TorchRule("adaptive_max_pool", ADAPTIVE, d) for d in DIMENSIONS},
    **dict.fromkeys(("contiguous", "clone"), TorchRule("identity", ("input", "memory_format"))),
    **{name: TorchRule(kind, ("input", "other", "alpha")) for kind, names in SUMS.items() for name in names},
    **{name: TorchRule(kind, ("input", "other")) for kind, names in (PRODUCTS | EXTREMES).items() for name in names},
    **{name: TorchRule("outer" if name == "outer" else "matmul", ("input", "other")) for name in MATRICES},
    "einsum": TorchRule("einsum", ("equation", "input", "other")),
    **dict.fromkeys(("neg", "negative"), TorchRule("neg", ("input",))),
    **{name: TorchRule(kind, ("input", "other")) for kind, word in COMPARISONS.items() for name in (kind, word)},
    **{
        name: TorchRule(kind, ("input", "other"))
        for kind, words in EQUALITIES.items()
        for name in (kind, *words, f"__{kind}__")
    },
    **{of.format(word): TorchRule(kind, ("input", "other")) for kind, word in TRUTHS.items() for of in OF_TRUTHS},
    **dict.fromkeys(("logical_not", "bitwise_not", "__invert__"), TorchRule("truth_not", ("input",))),
    **dict.fromkeys(RESHAPES, TorchRule("reshape", ("input", "*shape"))),
    **dict.fromkeys(
        ("expand", "expand_as", "broadcast_to", "repeat", "tile"), TorchRule("repeat", ("input", "*sizes"))
    ),
    **dict.fromkeys(("permute",), TorchRule("permute", ("input", "*dims"))),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), TorchRule("transpose", ("input", "dim0", "dim1"))),
    **dict.fromkeys(("t", "T", "mT"), TorchRule("transpose", ("input",))),
    **{name: TorchRule(name, ("input", *arguments)) for name, arguments in CUTS.items()},
    **dict.fromkeys(("cat", "concat", "concatenate"), TorchRule("cat", ("tensors", "dim"))),
    **{name: TorchRule(name, ("input", "dim", "keepdim")) for name in ("max", "amax", "min", "amin")},
    **{name: TorchRule(name, ("input", "dim", "keepdim", "dtype")) for name in ("mean", "sum")},
    "glu": TorchRule("glu", ("input", "dim")),
    "linalg_vector_norm": TorchRule("vector_norm", NORM_OF),
    "linalg_norm": TorchRule("linalg_norm", NORM_OF),
    "logsumexp": TorchRule("logsumexp", ("input", "dim", "keepdim")),
    **{name: TorchRule(name, SPREADS) for name in ("var", "std")},
    "stack": TorchRule("stack", ("tensors", "dim")),
    "pad": TorchRule("pad", ("input", "pad", "mode", "value")),
    "pixel_shuffle": TorchRule("pixel_shuffle", ("input", "upscale_factor")),
    "pixel_unshuffle": TorchRule("pixel_unshuffle", ("input", "downscale_factor")),
    "interpolate": TorchRule("interpolate", INTERPOLATE),
    **{name: TorchRule(name, ("input", "dim", "_stacklevel", "dtype")) for name in ("softmax", "log_softmax")},
}
MODULES = (  # what calls them
    *(f"{_class(kind)}{d}d" for kind in (*WINDOWS, "batch_norm", "instance_norm") for d in DIMENSIONS),
    "Linear", "LayerNorm", "GroupNorm", "RMSNorm", "PReLU", "GLU",
    *(name for layer in NAMED for name in (layer.torch.module, *layer.torch.modules) if name),
    "Flatten", "Unflatten", "Identity", "Softmax", "LogSoftmax", "PixelShuffle", "PixelUnshuffle", "Upsample",
    *(f"{_class(kind)}Pad{d}d" for kind in PADDINGS for d in DIMENSIONS),
)  # fmt: skip


def loss_rule(function: str) -> TorchRule | None:
    """What a function means where the losses that are derived as one are known too."""
    return TorchRule(function, NATIVE[function]) if function in NATIVE else rule_of(function)


def rule_of(function: str) -> TorchRule | None:
    """What a function means, also in place, as relu_: its tensor is then another from there on."""
    return FUNCTIONS.get(function) or FUNCTIONS.get(function.removesuffix("_"))


def known_modules() -> str:
    """The modules in words."""
    return f"known: {', '.join(f'nn.{name}' for name in MODULES)}"


def known_functions() -> str:
    """The functions in words."""
    return f"known: {', '.join(FUNCTIONS)}, as functions of torch and as methods"
