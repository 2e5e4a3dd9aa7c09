"""Calls of every name of torch in docs/layers.md: of functions by the kind of their rule, of modules by class."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from read_models import Modules, drawn
from torch import Tensor, nn
from torch.nn import functional as F

from symconv.networks.network import Network
from symconv.reference.torch_names import BUILT_IN
from symconv.torch_models.from_torch import from_torch
from symconv.torch_models.functions import FUNCTIONS

Call = Callable[[Tensor], Any]
Of = Callable[[Callable[..., Any], Tensor], Any]  # a function and its input
IMAGES = drawn(2, 4, 4, 4).abs() + 0.5  # positive, so that logarithms and roots are defined
HALF = drawn(4, 4, seed=3)
MASK = torch.ones(4, 4, dtype=torch.bool).tril()
PLACES = torch.tensor([[0, 2, 2], [3, 1, 0]])
BEFORE = frozenset(
    ("scale", "select", "slice", "permute", "reshape", "repeat", "sub", "heaviside", "max_pool")
)  # what only makes a call's arguments


def read(call: Call, given: Any) -> tuple[str, ...]:
    """The kinds of the layers that a call becomes, without the one that stands behind it."""
    model = call if isinstance(call, nn.Module) else Modules(lambda m, x: call(x))
    whole = nn.Sequential(model, Modules(lambda m, x: 2 * x)).double().eval()
    target = drawn(*whole(given).shape, seed=2)
    network: Network = from_torch(whole, given, target, "mse")
    return tuple(layer.kind for layer in network.layers)[:-1]


def pooled(x: Tensor) -> tuple[Tensor, Tensor]:
    """The largest of each window, and where they are."""
    made: tuple[Tensor, Tensor] = getattr(F, f"max_pool{x.ndim - 2}d")(x, 2, return_indices=True)
    return made


def function(name: str) -> Callable[..., Any] | None:
    """Wherever torch has it."""
    places = (F, torch, torch.Tensor)
    return next((getattr(place, name) for place in places if hasattr(place, name)), None)


# ------------------------------------------------------------------------------------------------ functions
OF_KIND: Mapping[str, tuple[Of, ...]] = {
    "conv": (lambda f, x: f(x, torch.ones(2, 4, *(2,) * (x.ndim - 2), dtype=x.dtype)),),
    "conv_transpose": (lambda f, x: f(x, torch.ones(4, 2, *(2,) * (x.ndim - 2), dtype=x.dtype)),),
    **dict.fromkeys(("max_pool", "avg_pool"), (lambda f, x: f(x, 2),)),
    "adaptive_max_pool": (lambda f, x: f(x, 1), lambda f, x: f(x, 2)),
    "adaptive_avg_pool": (lambda f, x: f(x, 1), lambda f, x: f(x, 2), lambda f, x: f(x, 3)),
    "max_unpool": (lambda f, x: f(*pooled(x), 2),),
    "prelu": (lambda f, x: f(x, HALF[0]),),
    "linear": (lambda f, x: f(x, HALF),),
    "batch_norm": (lambda f, x: f(x, None, None, training=True),),
    "layer_norm": (lambda f, x: f(x, (4,)),),
    "group_norm": (lambda f, x: f(x, 2),),
    "outer": (lambda f, x: f(x, x),),
    "einsum": (lambda f, x: f("nchw,nchw->nhw", x, x),),
    "permute": (lambda f, x: f(x, (1, 0, 3, 2)),),
    "select": (lambda f, x: f(x, 1, 2),),
    "narrow": (lambda f, x: f(x, 1, 1, 2),),
    "flip": (lambda f, x: f(x, (1, 2)),),
    "chunk": (lambda f, x: f(x, 2, 1)[1],),
    "split": (lambda f, x: f(x, 3, 1)[0],),
    "unbind": (lambda f, x: f(x, 1)[1],),
    **dict.fromkeys(("cat", "stack"), (lambda f, x: f((x, x), 1),)),
    **dict.fromkeys(("amax", "mean", "sum"), (lambda f, x: f(x, 1),)),
    "max": (lambda f, x: f(x, 1)[0], lambda f, x: f(x, x * 2 - 1)),
    "min": (lambda f, x: f(x, x * 2 - 1),),
    "pad": (lambda f, x: f(x, (1, 1)), lambda f, x: f(x[0], (1, 1), "circular")),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle"), (lambda f, x: f(x, 2),)),
    "interpolate": (lambda f, x: f(x, scale_factor=2), lambda f, x: f(x, size=3, mode="bilinear")),
    **dict.fromkeys(("softmax", "log_softmax"), (lambda f, x: f(x, 1),)),
    **dict.fromkeys(("maximum", "minimum"), (lambda f, x: f(x, x * 2 - 1),)),
    **dict.fromkeys(("add", "sub", "mul"), (lambda f, x: f(x, 3), lambda f, x: f(x, x * 2))),
    "div": (lambda f, x: f(x, 3), lambda f, x: f(x, x * 2), lambda f, x: f(torch.tensor(3.0), x)),
    "rsub": (lambda f, x: f(x, 3), lambda f, x: f(x, x * 2)),
    "clamp": (lambda f, x: f(x, 0, 1), lambda f, x: f(x, min=1), lambda f, x: f(x, max=1)),
    "gelu": (lambda f, x: f(x), lambda f, x: f(x, approximate="tanh")),
    "hardtanh": (lambda f, x: f(x), lambda f, x: f(x, 0, 6)),
    **dict.fromkeys(
        ("gt", "ge", "lt", "le", "eq", "ne"),
        (lambda f, x: f(x, 0.5).double(), lambda f, x: f(x, x * 2).double()),
    ),
    **dict.fromkeys(("truth_and", "truth_or"), (lambda f, x: f(x > 0, x < 1).double(),)),
    "truth_not": (lambda f, x: f(x > 0).double(),),
    "pow": (lambda f, x: f(x, 3),),
    "threshold": (lambda f, x: f(x, 1, 2),),
    "dropout": (lambda f, x: f(x, 0.5, False),),
    **dict.fromkeys(("clamp_min", "clamp_max"), (lambda f, x: f(x, 1),)),
}  # fmt: skip
OF_NAME: Mapping[str, tuple[Call, ...]] = {  # where names of one kind take other arguments
    "matmul": (lambda x: x @ x, lambda x: torch.matmul(x, HALF)), "bmm": (lambda x: torch.bmm(x[0], x[1]),),
    "mm": (lambda x: torch.mm(x[0, 0], x[0, 1]),), "mv": (lambda x: torch.mv(x[0, 0], x[0, 0, 1]),),
    "outer": (lambda x: torch.outer(x[0, 0, 0], x[0, 0, 1]),),
    "__getitem__": (lambda x: x[:, 1:], lambda x: x[1]),
    "reshape": (lambda x: x.reshape(2, -1, 2), lambda x: x.reshape(2, -1)),
    "view": (lambda x: x.view(2, -1, 2), lambda x: x.view(2, -1)),
    "view_as": (lambda x: x.view_as(torch.zeros(2, 2, 32)),),
    "reshape_as": (lambda x: x.reshape_as(torch.zeros(2, 2, 32)),),
    "flatten": (lambda x: x.flatten(1), lambda x: x.flatten(2)), "ravel": (lambda x: x.ravel(),),
    "unflatten": (lambda x: x.unflatten(1, (2, 2)),),
    "squeeze": (lambda x: x[:, :1].squeeze(1),), "unsqueeze": (lambda x: x.unsqueeze(1),),
    "expand": (lambda x: x[:, :1].expand(-1, 3, -1, -1),), "expand_as": (lambda x: x[:, :1].expand_as(x),),
    "broadcast_to": (lambda x: x[:, :1].broadcast_to(2, 3, 4, 4),),
    "repeat": (lambda x: x.repeat(1, 2, 1, 1),), "tile": (lambda x: torch.tile(x, (1, 2, 1, 1)),),
    "transpose": (lambda x: x.transpose(2, 3),), "swapaxes": (lambda x: x.swapaxes(2, 3),),
    "swapdims": (lambda x: x.swapdims(2, 3),), "t": (lambda x: x[0, 0].t(),), "T": (lambda x: x[0, 0].T,),
    "mT": (lambda x: x.mT,),
}  # fmt: skip


def of_functions() -> Iterator[tuple[str, Call, Tensor]]:
    """Every function that has a rule, with what it is called on."""
    for name, rule in FUNCTIONS.items():
        if rule.kind in IN_TURN or BUILT_IN.fullmatch(name):
            continue
        lines = IMAGES[:, :, 0] if "1d" in name else IMAGES
        given = IMAGES[:, :, None].expand(2, 4, 4, 4, 4) * 1 if "3d" in name else lines
        calls = OF_KIND.get(rule.kind, (lambda f, x: f(x),))
        yield from (
            (name, call, given) for call in OF_NAME.get(name) or [_called(call, function(name)) for call in calls]
        )


def _called(call: Of, f: Any) -> Call:
    return lambda x: call(f, x)


# ------------------------------------------------------------------------------------------------ several layers
TWO = drawn(2, 3, 4).abs() + 0.5
LABELS = drawn(2, 3, 4, seed=5).sign()
TABLE = nn.Embedding(4, 3)
IN_TURN: Mapping[str, Call] = {  # on TWO
    "rms_norm": lambda x: F.rms_norm(x, (4,), HALF[0]), "local_response_norm": lambda x: F.local_response_norm(x, 2),
    "normalize": lambda x: F.normalize(x, dim=1), "glu": lambda x: F.glu(x, 2), "softmin": lambda x: F.softmin(x, 1),
    "affine_grid": lambda x: F.affine_grid(x[:, :2, :3], [2, 1, 3, 2], align_corners=False),
    "grid_sample": lambda x: F.grid_sample(x[:, None], x.reshape(2, 3, 2, 2), align_corners=False),
    "tanhshrink": F.tanhshrink, "scaled_dot_product_attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "bilinear": lambda x: F.bilinear(x[0], x[1], torch.ones(2, 4, 4, dtype=x.dtype), torch.ones(2, dtype=x.dtype)),
    "cosine_similarity": lambda x: F.cosine_similarity(x[0], x[1]),
    "pairwise_distance": lambda x: F.pairwise_distance(x[0], x[1]),
    "kl_div": lambda x: F.kl_div(x, LABELS.abs()), "poisson_nll_loss": lambda x: F.poisson_nll_loss(x, LABELS.abs()),
    "gaussian_nll_loss": lambda x: F.gaussian_nll_loss(x, LABELS, x),
    "hinge_embedding_loss": lambda x: F.hinge_embedding_loss(x, LABELS),
    "soft_margin_loss": lambda x: F.soft_margin_loss(x, LABELS),
    "multi_margin_loss": lambda x: F.multi_margin_loss(x[0], torch.tensor([0, 1, 2])),
    "multilabel_soft_margin_loss": lambda x: F.multilabel_soft_margin_loss(x, (LABELS > 0).double()),
    "margin_ranking_loss": lambda x: F.margin_ranking_loss(x, x * 2 + 1, LABELS),
    "triplet_margin_loss": lambda x: F.triplet_margin_loss(x[0], x[1], x[0] * 2),
    "var": lambda x: x.var(1), "std": lambda x: x.std(1),
    "var_mean": lambda x: torch.var_mean(x, 1)[0], "std_mean": lambda x: torch.std_mean(x, 1)[0],
    "min": lambda x: x.min(1)[0], "amin": lambda x: x.amin(1),
    "norm": lambda x: x.norm(dim=1), "linalg.norm": lambda x: torch.linalg.norm(x, dim=1),
    "linalg.vector_norm": lambda x: torch.linalg.vector_norm(x, dim=1), "logsumexp": lambda x: x.logsumexp(1),
    "roll": lambda x: x.roll(1, 2),
    "addmm": lambda x: torch.addmm(x[0, :, :3], x[0], x[1].reshape(4, 3), alpha=2),
    "addmv": lambda x: torch.addmv(x[0, :, 0], x[1], x[0, 1], alpha=2),
    "baddbmm": lambda x: torch.baddbmm(x[:, :, :3], x, x.reshape(2, 4, 3), alpha=2),
    "addbmm": lambda x: torch.addbmm(x[0, :, :3], x, x.reshape(2, 4, 3), alpha=2),
    "addcmul": lambda x: x.addcmul(x, x, value=2), "addcdiv": lambda x: x.addcdiv(x, x * 2, value=2),
    "lerp": lambda x: torch.lerp(x[0], x[1], 0.25), "inner": lambda x: torch.inner(x[0], x[1]),
    "index_select": lambda x: x.index_select(1, torch.tensor([2, 0])),
    "tensordot": lambda x: torch.tensordot(x, x, ([2], [2])), "prod": lambda x: x.prod(1),
    "cumprod": lambda x: x.cumprod(1),
    "hstack": lambda x: torch.hstack((x, x)), "vstack": lambda x: torch.vstack((x, x)),
    "row_stack": lambda x: torch.row_stack((x, x)), "column_stack": lambda x: torch.column_stack((x, x)),
    "Tensor.unfold": lambda x: x.unfold(2, 2, 1).reshape(2, 9, 2), "unfold": lambda x: F.unfold(x[:, None], 2),
    "channel_shuffle": lambda x: torch.channel_shuffle(x.reshape(2, 4, 3, 1), 2),
    "lp_pool1d": lambda x: F.lp_pool1d(x, 3, 2), "lp_pool2d": lambda x: F.lp_pool2d(x, 3, 2),
    "lp_pool3d": lambda x: F.lp_pool3d(x.reshape(1, 2, 3, 4).expand(2, 2, 3, 4) * 1.0, 3, 2),
    "cosine_embedding_loss": lambda x: F.cosine_embedding_loss(x[0], x[1], LABELS[0, :, 0]),
    "scatter_add": lambda x: x[0].scatter_add(1, PLACES, x[1, :2, :3]),
    "index_add": lambda x: x[0].index_add(0, torch.tensor([2, 0]), x[1, :2]),
    "repeat_interleave": lambda x: x.repeat_interleave(2, 1),
    "masked_select": lambda x: x.masked_select(MASK[:3]), "diagonal": lambda x: x[0].diagonal(),
    "cdist": lambda x: torch.cdist(x[0], x[1] + 9), "sign": lambda x: x.sign() + x,
    "isnan": lambda x: x.isnan().double() + x,
    "broadcast_tensors": lambda x: torch.broadcast_tensors(x[:, :1], x)[0],
    "cumsum": lambda x: x.cumsum(2), "movedim": lambda x: x.movedim(0, 1), "moveaxis": lambda x: x.moveaxis(0, 1),
    "tril": lambda x: x.tril(), "triu": lambda x: x.triu(), "rrelu": lambda x: nn.functional.rrelu(x),
    "where": lambda x: torch.where(MASK[:3], x, x * 2),
    "masked_fill": lambda x: x.masked_fill(MASK[:3], 0.5), "gather": lambda x: x[0].gather(1, PLACES[:1, :3].mT),
    "logaddexp": lambda x: torch.logaddexp(x[0], x[1]), "log1p": lambda x: x.log1p(),
    "log2": lambda x: x.log2(), "log10": lambda x: x.log10(), "expm1": lambda x: x.expm1(),
    "sinh": lambda x: x.sinh(), "cosh": lambda x: x.cosh(), "tan": lambda x: x.tan(),
    "embedding": Modules(lambda m, x: F.embedding(x, m.table.weight), table=TABLE),
    "embedding_bag": Modules(lambda m, x: F.embedding_bag(x, m.table.weight), table=TABLE),
}  # fmt: skip

# ------------------------------------------------------------------------------------------------ modules
MADE: Mapping[str, Callable[[Any], nn.Module]] = {  # by the class without its dimensions
    **dict.fromkeys(("Conv", "ConvTranspose"), lambda c: c(4, 2, 2)),
    **dict.fromkeys(("MaxPool", "MaxUnpool", "AvgPool", "PixelShuffle", "PixelUnshuffle"), lambda c: c(2)),
    **dict.fromkeys(("AdaptiveMaxPool", "AdaptiveAvgPool", "Softmin"), lambda c: c(1)),
    **dict.fromkeys(("BatchNorm", "InstanceNorm", "SyncBatchNorm"), lambda c: c(4)),
    "Linear": lambda c: c(4, 2), "LazyLinear": lambda c: c(2), "LayerNorm": lambda c: c(4), "RMSNorm": lambda c: c(4),
    "GroupNorm": lambda c: c(2, 4), "Threshold": lambda c: c(1, 2), "Unflatten": lambda c: c(1, (2, 2)),
    **dict.fromkeys(("Softmax", "LogSoftmax", "GLU"), lambda c: c(1)), "Upsample": lambda c: c(scale_factor=2),
    "Softmax2d": lambda c: c(),
    "UpsamplingNearest": lambda c: c(scale_factor=2), "UpsamplingBilinear": lambda c: c(size=3),
    **dict.fromkeys(("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"), lambda c: c(1)),
    "ConstantPad": lambda c: c(1, 0.5), "ChannelShuffle": lambda c: c(2), "LPPool": lambda c: c(3, 2),
    "Unfold": lambda c: c(2),
    "LocalResponseNorm": lambda c: c(2), "Bilinear": lambda c: c(4, 4, 2), "Embedding": lambda c: c(4, 3),
    "EmbeddingBag": lambda c: c(4, 3), **dict.fromkeys(("RNN", "LSTM", "GRU"), lambda c: c(4, 3)),
    **dict.fromkeys(("RNNCell", "LSTMCell", "GRUCell"), lambda c: c(4, 3)),
    "MultiheadAttention": lambda c: c(4, 2, batch_first=True),
    **dict.fromkeys(("TransformerEncoderLayer", "TransformerDecoderLayer"), lambda c: c(4, 2, 6, batch_first=True)),
    "TransformerEncoder": lambda c: c(nn.TransformerEncoderLayer(4, 2, 6), 1, enable_nested_tensor=False),
    "TransformerDecoder": lambda c: c(nn.TransformerDecoderLayer(4, 2, 6), 1),
    "Transformer": lambda c: c(4, 2, 1, 1, 6, batch_first=True),
}  # fmt: skip
USED: Mapping[str, Callable[[nn.Module, Any], Any]] = {  # on TWO, where it is not called on one image or more
    **dict.fromkeys(("RNN", "LSTM", "GRU"), lambda m, x: m(x)[0]), "RNNCell": lambda m, x: m(x[:, 1], m(x[:, 0])),
    "GRUCell": lambda m, x: m(x[:, 1], m(x[:, 0])), "LSTMCell": lambda m, x: m(x[:, 1], m(x[:, 0]))[0],
    "MultiheadAttention": lambda m, x: m(x, x, x)[0], "TransformerEncoderLayer": lambda m, x: m(x),
    "TransformerEncoder": lambda m, x: m(x), "TransformerDecoderLayer": lambda m, x: m(x, x),
    "TransformerDecoder": lambda m, x: m(x, x), "Transformer": lambda m, x: m(x, x),
    "Bilinear": lambda m, x: m(x[0], x[1]), "CosineSimilarity": lambda m, x: m(x[0], x[1]),
    "CosineEmbeddingLoss": lambda m, x: m(x[0], x[1], LABELS[0, :, 0]), "Unfold": lambda m, x: m(x[:, None]),
    "PairwiseDistance": lambda m, x: m(x[0], x[1]), "KLDivLoss": lambda m, x: m(x, LABELS.abs()),
    "PoissonNLLLoss": lambda m, x: m(x, LABELS.abs()), "GaussianNLLLoss": lambda m, x: m(x, LABELS, x),
    "HingeEmbeddingLoss": lambda m, x: m(x, LABELS), "SoftMarginLoss": lambda m, x: m(x, LABELS),
    "MultiMarginLoss": lambda m, x: m(x[0], torch.tensor([0, 1, 2])),
    "MultiLabelSoftMarginLoss": lambda m, x: m(x, (LABELS > 0).double()),
    "MarginRankingLoss": lambda m, x: m(x, x * 2 + 1, LABELS),
    "TripletMarginLoss": lambda m, x: m(x[0], x[1], x[0] * 2),
}  # fmt: skip


def of_module(name: str) -> tuple[str, ...]:
    """The layers that a module becomes."""
    dims = name[-2:] if name[-2:] in ("1d", "2d", "3d") else ""
    plain = name if name in MADE else name.removesuffix(dims)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = MADE.get(plain, lambda c: c())(getattr(nn, name)).double().eval()
    if plain in ("Embedding", "EmbeddingBag"):
        return read(module, PLACES)
    if plain in USED:
        return read(Modules(lambda m, x: USED[plain](m.inner, x), inner=module), TWO)
    flat = IMAGES[:, :, 0] if dims == "1d" else IMAGES
    if plain == "MaxUnpool":
        module = Modules(lambda m, x: m.inner(*pooled(x)), inner=module)
    return read(module, IMAGES[:, :, None].expand(2, 4, 4, 4, 4) * 1 if dims == "3d" else flat)
