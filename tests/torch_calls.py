"""A call of every name of torch that is read, or several where a name means several things."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from read_models import drawn
from torch import Tensor
from torch.nn import functional as F

from symconv.torch_models.functions import FUNCTIONS

Calls = Mapping[str, tuple[Callable[[Any], Any], ...]]
IMAGES = drawn(2, 4, 4, 4).abs() + 0.5  # positive, so that logarithms and roots are defined
HALF = drawn(4, 4, seed=3)


def at(*paths: str) -> Callable[..., Any]:
    """What is found by the first of these paths from torch on that is there."""
    for path in paths:
        found: Any = torch
        for part in path.split("."):
            found = getattr(found, part, None)
        if found is not None:
            return found  # type: ignore[no-any-return]
    raise AttributeError(paths)


def named(name: str) -> Callable[..., Any]:
    """A function by its name, wherever torch has it."""
    return at(f"nn.functional.{name}", name, f"Tensor.{name}")


# ------------------------------------------------------------------------------------------------ functions
# by kind of the rule, in the dimensions that the name says: of the function and of the input
def pool(function: Callable[..., Any], x: Tensor) -> Any:
    made = function(x, 2)
    return made[0] if isinstance(made, tuple) else made


CALLS: Mapping[str, tuple[Callable[[Callable[..., Any], Tensor], Any], ...]] = {
    "conv": (lambda f, x: f(x, torch.ones(2, 4, *(2,) * (x.ndim - 2), dtype=x.dtype)),),
    "conv_transpose": (lambda f, x: f(x, torch.ones(4, 2, *(2,) * (x.ndim - 2), dtype=x.dtype)),),
    "max_pool": (pool,),
    "avg_pool": (pool,),
    "adaptive_max_pool": (lambda f, x: f(x, 1), lambda f, x: f(x, 2)),
    "adaptive_avg_pool": (lambda f, x: f(x, 1), lambda f, x: f(x, 2), lambda f, x: f(x, 3)),
    "prelu": (lambda f, x: f(x, HALF[0]),),
    "linear": (lambda f, x: f(x, HALF), lambda f, x: f(x, x[0, 0])),
    "batch_norm": (lambda f, x: F.batch_norm(x, None, None, training=True),),
    "layer_norm": (lambda f, x: f(x, (4,)),),
    "group_norm": (lambda f, x: f(x, 2),),
    "instance_norm": (lambda f, x: f(x),),
    "rms_norm": (lambda f, x: f(x, (4,)), lambda f, x: f(x, (4,), HALF[0])),
    "identity": (lambda f, x: f(x),),
    "matmul": (lambda f, x: f(*matrices(f, x)), lambda f, x: f(*reversed(held(f, x)))),
    "outer": (lambda f, x: f(x[0, 0, 0], x[0, 0, 1]),),
    "einsum": (lambda f, x: f("nchw,nchw->nhw", x, x),),
    "neg": (lambda f, x: f(x),),
    "permute": (lambda f, x: f(x, (1, 0, 3, 2)),),
    "__getitem__": (lambda f, x: x[:, 1:, 0], lambda f, x: x[None, 1], lambda f, x: x[:, [2, 0, 1]]),
    "select": (lambda f, x: f(x, 1, 2),),
    "narrow": (lambda f, x: f(x, 1, 1, 2),),
    "flip": (lambda f, x: f(x, (1, 2)),),
    "chunk": (lambda f, x: f(x, 2, 1)[1],),
    "split": (lambda f, x: f(x, 3, 1)[0],),
    "unbind": (lambda f, x: f(x, 1)[1],),
    "roll": (lambda f, x: f(x, 1, 2),),
    "cat": (lambda f, x: f((x, 2 * x), 1),),
    "stack": (lambda f, x: f((x, 2 * x), 1),),
    **dict.fromkeys(("amax", "amin", "mean", "sum"), (lambda f, x: f(x, (2, 3)), lambda f, x: f(x, 1))),
    **dict.fromkeys(("max", "min"), (lambda f, x: f(x, 1)[0], lambda f, x: f(x), lambda f, x: f(x, 2 * x - 1))),
    "glu": (lambda f, x: f(x, 1),),
    "vector_norm": (lambda f, x: torch.linalg.vector_norm(x, dim=1), lambda f, x: torch.linalg.vector_norm(x, 1, 1)),
    "linalg_norm": (lambda f, x: torch.linalg.norm(x, dim=1),),
    "logsumexp": (lambda f, x: f(x, 1),),
    "var": (lambda f, x: f(x, 1), lambda f, x: f(x, 1, correction=0)),
    "std": (lambda f, x: f(x, 1),),
    "pad": (lambda f, x: f(x, (1, 1)), lambda f, x: f(x, (1, 1), "circular")),
    "pixel_shuffle": (lambda f, x: f(x, 2),),
    "pixel_unshuffle": (lambda f, x: f(x, 2),),
    "interpolate": (
        lambda f, x: f(x, scale_factor=2), lambda f, x: f(x, size=3, mode="bilinear"),
        lambda f, x: f(x, size=6, mode="bicubic"),
    ),
    **dict.fromkeys(("softmax", "log_softmax"), (lambda f, x: f(x, 1),)),
    **dict.fromkeys(("maximum", "minimum"), (lambda f, x: f(x, 2 * x - 1),)),
    **dict.fromkeys(
        ("add", "sub", "mul", "div"),
        (lambda f, x: f(x, 3), lambda f, x: f(x, x * x), lambda f, x: f(torch.tensor(3.0), x)),
    ),
    "rsub": (lambda f, x: f(x, 3), lambda f, x: f(x, x * x)),
    "clamp": (lambda f, x: f(x, 0, 1), lambda f, x: f(x, min=1), lambda f, x: f(x, max=1)),
    "gelu": (lambda f, x: f(x), lambda f, x: f(x, approximate="tanh")),
    "pow": (lambda f, x: f(x, 3),),
    "threshold": (lambda f, x: f(x, 1, 2),),
    "dropout": (lambda f, x: f(x, 0.5, False),),
    "clamp_min": (lambda f, x: f(x, 1),),
    "clamp_max": (lambda f, x: f(x, 1),),
}  # fmt: skip
OF_NAME: Calls = {  # where two names of one kind take other arguments
    "reshape": (lambda x: x.reshape(2, -1, 2), lambda x: x.reshape(2, -1)),
    "view": (lambda x: x.view(2, -1, 2), lambda x: x.view(2, -1)),
    "view_as": (lambda x: x.view_as(x.reshape(2, 2, 32)),),
    "reshape_as": (lambda x: x.reshape_as(x.reshape(2, 2, 32)),),
    "flatten": (lambda x: x.flatten(1), lambda x: x.flatten(2)),
    "unflatten": (lambda x: x.unflatten(1, (2, 2)),),
    "ravel": (lambda x: x.ravel(),),
    "squeeze": (lambda x: x[:, :1].squeeze(1),),
    "unsqueeze": (lambda x: x.unsqueeze(1),),
    "expand": (lambda x: x.unsqueeze(1).expand(-1, 3, -1, -1, -1),),
    "expand_as": (lambda x: x[:, :1].expand_as(x),),
    "broadcast_to": (lambda x: x[:, :1].broadcast_to(2, 3, 4, 4),),
    "repeat": (lambda x: x.repeat(1, 2, 1, 1),),
    "tile": (lambda x: torch.tile(x, (1, 2, 1, 1)),),
    "transpose": (lambda x: x.transpose(2, 3),),
    "swapaxes": (lambda x: x.swapaxes(2, 3),),
    "swapdims": (lambda x: x.swapdims(2, 3),),
    "t": (lambda x: x[0, 0].t(),),
    "T": (lambda x: x[0, 0].T,),
    "mT": (lambda x: x.mT,),
}
REPLACED = ("reshape", "repeat", "transpose")  # kinds whose names all stand there


def matrices(f: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    two = {"mm": x[0, 0], "bmm": x[0], "mv": x[0, 0]}.get(f.__name__, x)
    return two, (two[0] if f.__name__ == "mv" else two)


def held(f: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    two, other = matrices(f, x)
    return (other, HALF.expand(two.shape)) if two.ndim > 1 else (other, HALF)


def of_functions() -> Iterator[tuple[str, Callable[[Tensor], Any], Tensor]]:
    for name, rule in FUNCTIONS.items():
        given = IMAGES
        if name[-2:] in ("1d", "3d") or "1d_" in name or "3d_" in name:
            given = IMAGES[:, :, 0] if "1d" in name else IMAGES[:, :, None].expand(2, 4, 4, 4, 4) * 1
        if name in OF_NAME:
            for call in OF_NAME[name]:
                yield name, call, given
            continue
        for call in CALLS.get(rule.kind, (lambda f, x: f(x),)):
            try:
                function = named(name)
            except AttributeError:
                function = None
            yield name, (lambda x, call=call, function=function: call(function, x)), given
