"""The names in PyTorch of what is read from a model: where torch has it, and which layers it becomes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symconv.networks.layers.layers import POINTWISE
from symconv.torch_models.functions import FUNCTIONS, MODULES
from symconv.torch_models.losses import CLASSES, MEANT

Kinds = tuple[str, ...]
ONE_OF: Mapping[str, Kinds] = {  # of a rule's kind that is no layer's, or means one of several: its arguments decide
    "gelu": ("gelu", "gelu_tanh"), "hardtanh": ("hardtanh", "relu6"), "clamp": ("clamp", "clamp_min", "clamp_max"),
    "adaptive_max_pool": ("global_max_pool", "max_pool"),
    "adaptive_avg_pool": ("global_avg_pool", "avg_pool", "adaptive_avg_pool"),
    "add": ("add", "scale"), "sub": ("sub", "scale"), "rsub": ("sub", "scale"), "mul": ("mul", "scale"),
    "div": ("div", "scale", "reciprocal"), "neg": ("scale",), "outer": ("einsum",),
    "reshape": ("reshape", "flatten"), "transpose": ("permute",), "__getitem__": ("slice", "select"),
    "narrow": ("slice",), "chunk": ("slice",), "split": ("slice",), "unbind": ("select",),
    "max": ("axis_max", "maximum"), "amax": ("axis_max",), "min": ("minimum",),
    "mean": ("axis_mean",), "sum": ("axis_sum",), "interpolate": ("upsample", "interpolate"),
    "softmax": ("axis_softmax",), "log_softmax": ("axis_log_softmax",), "identity": (),
    **dict.fromkeys(("gt", "ge", "lt", "le"), ("heaviside",)),
    **dict.fromkeys(("eq", "ne"), ("heaviside", "add")),
    "truth_and": ("mul",), "truth_or": ("maximum",), "truth_not": ("scale",),
}  # fmt: skip
CELL = ("linear", "add", "tanh")
GATED = ("linear", "add", "slice", "sigmoid", "tanh", "mul")
SPREAD = ("axis_mean", "sub", "square")
ATTENTION = ("linear", "reshape", "select", "einsum", "scale", "axis_softmax")
BLOCK = (*ATTENTION, "dropout", "add", "layer_norm", "relu")
SERIES: Mapping[str, Kinds] = {  # what becomes several layers, one after another
    "nn.RNN": (*CELL, "stack"), "nn.RNNCell": CELL, "nn.LSTM nn.GRU": (*GATED, "stack"),
    "nn.LSTMCell nn.GRUCell": GATED,
    "nn.MultiheadAttention": ATTENTION,
    "nn.TransformerEncoderLayer nn.TransformerEncoder": BLOCK,
    "nn.TransformerDecoderLayer nn.TransformerDecoder nn.Transformer": (*BLOCK, "slice", "matmul"),
    "nn.functional.scaled_dot_product_attention": ("einsum", "scale", "axis_softmax", "matmul"),
    "nn.Embedding nn.EmbeddingBag nn.functional.embedding nn.functional.embedding_bag": ("matmul",),
    "nn.RMSNorm nn.functional.rms_norm": ("square", "axis_mean", "scale", "rsqrt", "mul"),
    "nn.LocalResponseNorm nn.functional.local_response_norm": ("mul", "pad", "avg_pool", "scale", "pow", "div"),
    "nn.LPPool1d nn.functional.lp_pool1d nn.LPPool2d nn.functional.lp_pool2d": ("pow", "avg_pool", "scale"),
    "nn.LPPool3d nn.functional.lp_pool3d": ("pow", "avg_pool", "scale"),
    "nn.CosineEmbeddingLoss nn.functional.cosine_embedding_loss": (
        "square", "axis_sum", "sqrt", "mul", "div", "relu", "add", "axis_mean",
    ),
    "nn.functional.affine_grid": ("permute", "matmul", "reshape"),
    "nn.functional.grid_sample": ("select", "scale", "reshape", "sub", "abs", "relu", "einsum"),
    "nn.functional.normalize": ("square", "axis_sum", "sqrt", "clamp_min", "div"),
    "nn.GLU nn.functional.glu": ("slice", "sigmoid", "mul"),
    "nn.Tanhshrink nn.functional.tanhshrink": ("tanh", "sub"),
    "nn.Softmin nn.functional.softmin": ("scale", "axis_softmax"),
    "nn.Bilinear nn.functional.bilinear": ("einsum", "add"),
    "nn.CosineSimilarity nn.functional.cosine_similarity": ("square", "axis_sum", "sqrt", "mul", "div"),
    "nn.PairwiseDistance nn.functional.pairwise_distance": ("sub", "scale", "square", "axis_sum", "sqrt"),
    "nn.KLDivLoss nn.functional.kl_div": ("mul", "scale", "add", "axis_mean"),
    "nn.PoissonNLLLoss nn.functional.poisson_nll_loss": ("exp", "mul", "sub", "axis_mean"),
    "nn.GaussianNLLLoss nn.functional.gaussian_nll_loss": ("sub", "square", "div", "log", "add", "axis_mean"),
    "nn.HingeEmbeddingLoss nn.functional.hinge_embedding_loss": ("mul", "scale", "relu", "add", "axis_mean"),
    "nn.SoftMarginLoss nn.functional.soft_margin_loss": ("mul", "logsigmoid", "scale", "axis_mean"),
    "nn.MultiMarginLoss nn.functional.multi_margin_loss": ("sub", "scale", "relu", "mul", "axis_sum", "axis_mean"),
    "nn.MultiLabelSoftMarginLoss nn.functional.multilabel_soft_margin_loss": (
        "logsigmoid", "mul", "add", "axis_sum", "axis_mean",
    ),
    "nn.MarginRankingLoss nn.functional.margin_ranking_loss": ("sub", "mul", "relu", "axis_mean"),
    "nn.TripletMarginLoss nn.functional.triplet_margin_loss": (
        "sub", "scale", "square", "axis_sum", "sqrt", "relu", "axis_mean",
    ),
    "var": (*SPREAD, "scale"), "std": (*SPREAD, "scale", "sqrt"), "var_mean std_mean": (*SPREAD, "scale", "sqrt"),
    "min amin": ("scale", "axis_max"),
    "norm linalg.norm linalg.vector_norm": ("square", "axis_sum", "sqrt"),
    "logsumexp": ("exp", "axis_sum", "log"),
    "roll": ("slice", "cat"),
    "addmm addmv baddbmm": ("scale", "matmul", "add"), "addbmm": ("scale", "matmul", "axis_sum", "add"),
    "addcmul": ("mul", "scale", "add"), "addcdiv": ("div", "scale", "add"), "lerp": ("sub", "scale", "add"),
    "inner cumsum index_select tensordot": ("einsum",), "prod": ("select", "mul"),
    "cumprod": ("select", "mul", "stack"), "hstack vstack row_stack column_stack": ("cat",),
    "nn.Unfold nn.functional.unfold Tensor.unfold": ("slice", "stack", "reshape"),
    "nn.ChannelShuffle channel_shuffle": ("reshape", "permute"), "movedim moveaxis": ("permute",),
    "broadcast_tensors": ("repeat",),
    "scatter_add": ("flatten", "matmul", "reshape", "add"), "index_add": ("einsum", "add"),
    "repeat_interleave": ("einsum",), "masked_select diagonal": ("flatten", "einsum"),
    "cdist": ("sub", "square", "axis_sum", "sqrt"),
    "sign": ("heaviside", "scale", "add"), "isnan": ("heaviside", "add"),
    "tril triu": ("mul",), "nn.RReLU nn.functional.rrelu": ("leaky_relu",),
    "where": ("mul", "add"), "masked_fill": ("mul", "add"), "gather": ("mul", "axis_sum"),
    "logaddexp": ("sub", "softplus", "add"), "log1p log2 log10": ("scale", "log"), "expm1": ("exp", "scale"),
    "sinh": ("exp", "scale", "sub"), "cosh": ("exp", "scale", "add"), "tan": ("sin", "cos", "div"),
}  # fmt: skip
IN_SERIES = frozenset(("rms_norm", "glu", "vector_norm", "linalg_norm", "logsumexp", "var", "std", "amin", "roll"))
OF_MODULE = {  # the rule of a module that is not called as its function is
    "RMSNorm": "rms_norm", "PReLU": "prelu", "GLU": "glu", "Flatten": "reshape", "Unflatten": "reshape",
    "Upsample": "interpolate",
}  # fmt: skip
FURTHER_MODULES = {  # that torch writes with the others: what they call is followed
    "SyncBatchNorm": "batch_norm", "LazyLinear": "linear", "Softmax2d": "softmax",
    "UpsamplingNearest2d": "interpolate", "UpsamplingBilinear2d": "interpolate",
}  # fmt: skip
OPERATORS = {  # by which functions are called without their name
    "add": "x + y", "sub": "x - y", "mul": "x * y", "div": "x / y", "neg": "-x", "pow": "x ** n", "matmul": "x @ y",
    "__getitem__": "x[1:, 0]", "abs": "abs(x)", "gt": "x > y", "ge": "x >= y", "lt": "x < y",
    "le": "x <= y", "eq": "x == y", "ne": "x != y", "T": "x.T", "mT": "x.mT",
}  # fmt: skip
OF_TENSORS = frozenset(
    ["contiguous", "expand", "expand_as", "repeat", "reshape_as", "view", "view_as"]
)  # as methods alone
IN_BOTH = frozenset(  # of the functions of one number, those that torch has besides torch.nn.functional
    ["relu", "sigmoid", "tanh", "softmax", "log_softmax", "prelu", "hardshrink", "celu", "selu", "threshold", "dropout"]
)
WINDOW = re.compile(r"(conv|conv_transpose|max_pool|max_unpool|avg_pool|adaptive_max_pool|adaptive_avg_pool)[123]d")
IN_FUNCTIONAL = frozenset(
    [
        "prelu",
        "linear",
        "batch_norm",
        "layer_norm",
        "group_norm",
        "instance_norm",
        "pad",
        "pixel_shuffle",
        "pixel_unshuffle",
        "interpolate",
        "softmax",
        "log_softmax",
        "dropout1d",
        "dropout2d",
        "dropout3d",
        "alpha_dropout",
        "feature_alpha_dropout",
        "gelu",
    ]
)
BUILT_IN = re.compile(r"log_sigmoid|linalg_\w+|\w+_with_indices|__(and|or|invert|eq|ne)__")  # names that nobody writes


@dataclass(frozen=True)
class TorchRow:
    """Names that mean the same, with their paths, and the layers that one of them becomes: one of these, or all of them
    `in_turn`, in about this order."""

    names: tuple[str, ...]
    kinds: Kinds
    in_turn: bool = False


def index() -> tuple[TorchRow, ...]:
    """Every name by which something is read, those of one meaning together, in the order of the alphabet."""
    found: dict[tuple[Kinds, str], list[str]] = {}
    for name, rule in _rules():
        found.setdefault((ONE_OF.get(rule, (rule,)), rule if rule in ONE_OF else ""), []).append(name)
    rows = [TorchRow(tuple(dict.fromkeys(names)), kinds) for (kinds, _), names in found.items()]
    rows += [TorchRow(tuple(map(_from_torch, names.split())), kinds, True) for names, kinds in SERIES.items()]
    rows += [TorchRow(names, (kind,)) for kind, names in losses().items()]
    return tuple(sorted(rows, key=lambda row: row.names[0].rpartition(".")[2].lower()))


def names_of(kind: str) -> tuple[str, ...]:
    """What torch calls a layer or a loss of ours, what may mean another one last; what becomes several layers is called
    none of them."""
    rows = sorted((row for row in index() if not row.in_turn and kind in row.kinds), key=lambda row: len(row.kinds))
    return tuple(name for row in rows for name in row.names)


def losses() -> Mapping[str, tuple[str, ...]]:
    """The losses that are derived as one, by kind."""
    modules = {function: name for name, function in CLASSES.items()}
    found: dict[str, tuple[str, ...]] = {}
    for function, meant in MEANT.items():
        names = _from_torch(f"nn.{modules[function]}"), _from_torch(f"nn.functional.{function}")
        found[meant.kind] = (*found.get(meant.kind, ()), *names)
    return found


def _rules() -> Iterator[tuple[str, str]]:
    """Every name with the kind of its rule: modules, functions, operators."""
    for name in MODULES:
        if (rule := _rule_of_module(name)) not in IN_SERIES:
            yield f"torch.nn.{name}", rule
    for name, rule in FURTHER_MODULES.items():
        yield f"torch.nn.{name}", rule
    for name, known in FUNCTIONS.items():
        if not BUILT_IN.fullmatch(name) and known.kind not in IN_SERIES:
            yield from ((path, known.kind) for path in paths(name))


def _rule_of_module(name: str) -> str:
    for layer in POINTWISE:
        if name in (layer.torch.module, *layer.torch.modules):
            return layer.kind
    if "Pad" in name:
        return "pad"
    return OF_MODULE.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", re.sub(r"[123]d$", "", name)).lower()


def paths(name: str) -> tuple[str, ...]:
    """Where torch has a function: in torch.nn.functional, in torch, or as a method alone; and its operator."""
    found = [OPERATORS[name]] if name in OPERATORS else []
    if name in ("__getitem__", "T", "mT"):
        return tuple(found)
    if name in OF_TENSORS:
        return (f"torch.Tensor.{name}",)
    functional = name in IN_FUNCTIONAL or WINDOW.fullmatch(name) or _is_activation(name)
    found += [f"torch.nn.functional.{name}"] if functional else []
    found += [f"torch.{name}"] if not functional or name in IN_BOTH else []
    return tuple(found)


def _is_activation(name: str) -> bool:
    """Whether this is a function of one number that is found in torch.nn.functional."""
    return any(name == layer.kind and not layer.torch.path for layer in POINTWISE)


def _from_torch(path: str) -> str:
    return f"torch.{path}"
