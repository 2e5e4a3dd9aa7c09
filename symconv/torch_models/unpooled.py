"""A call of torch's max unpooling by the pooling that gave its places."""

from collections.abc import Mapping

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.record import Argument, Value

UNPOOLING, POOLING = "max_unpool", "max_pool"


def by_pooling(
    arguments: tuple[Argument, ...], keywords: Mapping[str, Argument]
) -> tuple[tuple[Argument, ...], Mapping[str, Argument]]:
    """What it reads, what was pooled, and the options of that pooling: torch asks for them again, and takes no notice.

    Uncomposed where its places are no max pooling's.
    """
    found = {**dict(zip(("input", "indices"), arguments, strict=False)), **keywords}
    pool = found["indices"].maker if isinstance(found["indices"], Value) else None
    if pool is None or not pool.function.startswith(POOLING):
        text = "its places are not those that a max pooling gives"
        raise Uncomposed(text, "give it what nn.MaxPool2d(..., return_indices=True) returns besides")
    options = {"other" if key == "input" else key: value for key, value in pool.keywords.items()}
    return (found["input"], *pool.arguments), options
