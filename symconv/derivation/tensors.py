"""What a tensor's name stands for: a tensor of the network, a copy of one that a single operation reads, the gradient
of either, or what a tensor is after the update.

Names are texts, for they are keys of what is public ("∂U" among the numbers, in reports and files of answers). Their
marks are known here only, and stand in no name of a user.
"""

GRADIENT, COPY, UPDATED = "∂", "|", "'"


def gradient(tensor: str) -> str:
    """The name of dL/d(tensor)."""
    return GRADIENT + tensor


def is_gradient(name: str) -> bool:
    """Whether this is dL/d(something)."""
    return name.startswith(GRADIENT)


def without_gradient(name: str) -> str:
    """The tensor that dL/d(tensor) is of; any other as it is."""
    return name.removeprefix(GRADIENT)


def copy(tensor: str, reader: str, role: str = "") -> str:
    """The name of the copy that `reader` reads; with its role, where it reads the tensor twice."""
    return COPY.join((tensor, reader, role) if role else (tensor, reader))


def is_copy(name: str) -> bool:
    """Whether this, or what it is the gradient of, is the copy that one operation reads."""
    return COPY in name


def original(name: str) -> str:
    """The tensor itself, of a copy; the gradient of it, of a copy's gradient."""
    return name.partition(COPY)[0]


def reader(name: str) -> tuple[str, str]:
    """The operation that reads this copy, and in which role where it reads two of them; else ""."""
    _, _, rest = name.partition(COPY)
    operation, _, role = rest.partition(COPY)
    return operation, role


def updated(tensor: str) -> str:
    """The name of a tensor after the update."""
    return tensor + UPDATED


def is_updated(name: str) -> bool:
    """Whether this is a tensor after the update."""
    return name.endswith(UPDATED)


def without_update(name: str) -> str:
    """The tensor itself, of one after the update; any other as it is."""
    return name.removesuffix(UPDATED)
