"""The numbers that answers are compared with: exact where the network allows it, else of many digits."""

from symconv.array import Array, Tensors
from symconv.derivation.tensors import gradient
from symconv.grading.precision import plain
from symconv.worked import exactness
from symconv.worked.derived import Derived
from symconv.worked.machine import Machine
from symconv.worked.numbers import fractions


def known(d: Derived) -> Tensors:
    """Every value and, under ∂S, every gradient, each of its tensor's shape: Fractions, with mpmath's digits
    from the first exp or log on.

    NotSupported where the network is too large for exact arithmetic.
    """
    if d.exact:
        both = {**d.exact_values, **{gradient(t): g for t, g in d.exact_gradients.items()}}
        return {t: a.map(plain) for t, a in both.items()}
    if exactness.products(d.stages) > exactness.PRODUCTS:
        exactness.require(d.network.name, d.stages)
    machine = Machine(d)
    return machine.backward(machine.forward(fractions(d.network)))


def written(d: Derived, name: str) -> Array | None:
    """The exact forms of one tensor, where the network has them."""
    return d.known[name] if d.exact else None


def key(tensor: str, backward: bool) -> str:
    """The name that a tensor's gradient, or the tensor itself, is known by."""
    return gradient(tensor) if backward else tensor
