"""Whether a model's own gradients are those of the network that was read from it.

A trace sees values only. A function with a backward of its own, a hook, a tensor that is cut off change gradients and
no value; what is not recognised by its name is found here, by one forward and one backward pass of each.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from symconv.check.torch_network import autograd
from symconv.errors import Fault, NotSupported, SpecError
from symconv.networks.in_torch import AutogradNode, Module, Tensor
from symconv.networks.network import Network
from symconv.torch_models.model import learning, looked_up, reset
from symconv.torch_models.opened import in_double
from symconv.torch_models.record import leaves
from symconv.torch_models.source import after, defined_at

APART = 1e-6  # of a tensor's largest entry: both are float64, and their sums differ in order only
NOISE = 1e-11  # of the largest gradient of all: a gradient below it may be rounding alone
BESIDE = 1e-3  # how far from the input the two are compared: off the kinks and ties that only rounding would decide
GRADIENTS = (
    "look for what changes gradients and not values - a hook, a function with its own backward, a tensor cut off -"
    "\n  and give a model without it"
)
SMALLER = "give smaller weights, or a smaller input"
VALUES = "look for what the model does anew in each run - a counter, chance, a state that it keeps - and leave it out"

# The name of a parameter, its gradient in the model (None: nothing arrives), and in the network.
NamedGradient = tuple[str, Tensor | None, Tensor]


def function_faults(torch: ModuleType, model: Module, given: Tensor) -> Iterator[Fault]:
    """Every torch.autograd.Function of the model's own on the way to its output: only the model knows its backward."""
    found: dict[type, None] = {}
    for node in _autograd_nodes(_run(torch, model, given)):
        if isinstance(node, torch.autograd.function.BackwardCFunction):
            found[node._forward_cls] = None
    for kind in found:
        if not kind.__module__.startswith("torch."):
            text = "is a torch.autograd.Function, whose backward is written by hand; here gradients are derived"
            remedy = "call functions of torch in its place, if its backward is their gradient"
            yield Fault(after(kind.__name__, defined_at(kind)), text, remedy, unsupported=True)


def compare_gradients(
    torch: ModuleType,
    model: Module,
    given: Tensor,
    loss: Callable[[Tensor], Tensor],
    network: Network,
    names: Mapping[str, str],
) -> None:
    """NotSupported names the first parameter whose gradient is another in the model than in the network; SpecError what
    float64 cannot hold, so that it cannot be compared.

    model: a copy in float64; given: its input; loss: torch's own, of the model's output; names: of each parameter of
    the model in the network. Weights that are frozen, and further inputs, are compared like all others.
    """
    own = {name: parameter.requires_grad_() for name, parameter in model.named_parameters() if name in names}
    further = {name: x for name, x in model.named_buffers() if name in getattr(model, "further_inputs", ())}
    own |= {name: x.requires_grad_() for name, x in further.items() if name in names and x.is_floating_point()}
    floats = given.is_floating_point()  # or something is looked up by whole numbers
    point = _beside(torch, given) if floats else looked_up(model)
    x = learning(point if floats else given)
    reset(model)
    try:
        with in_double(torch):
            wanted = loss(model(x.clone()))
    except Exception as error:  # whatever it may raise there
        text = f"{type(model).__name__}: cannot run beside its input ({type(error).__name__}: {error!s:.100})"
        raise NotSupported(f"{text}\n  give an input around which the model runs as well") from error
    try:
        if wanted.requires_grad:  # or nothing arrives anywhere
            wanted.backward()
    except Exception as error:  # whatever a hook or a function of the model's own may raise
        text = f"{type(model).__name__}: its backward pass fails ({type(error).__name__}: {error!s:.100})"
        raise NotSupported(f"{text}\n  give a model that can learn") from error
    plain = {names[name]: parameter.detach().clone() for name, parameter in own.items()}
    with torch.enable_grad():  # whatever the model has switched off
        found = autograd(torch, network, {network.input.name: point, **plain})
    learned = ((name, p) for name, p in own.items() if p.requires_grad)  # which the pass may have switched off
    pairs = [(name, p.grad, _arrived(found[names[name]])) for name, p in learned]
    if floats:
        pairs.append(("its input", x.grad, _arrived(found[network.input.name])))
    _refuse_overflow(type(model).__name__, found["L"], pairs)
    _refuse_values(type(model).__name__, wanted, found["L"])
    _refuse_gradients(type(model).__name__, pairs)


def _arrived(x: Tensor) -> Tensor:
    """The gradient of a tensor that the layers read."""
    assert x.grad is not None
    return x.grad


def _run(torch: ModuleType, model: Module, given: Tensor) -> object:
    """What the model returns, with its way back; None where it cannot run, which the trace says with its place."""
    try:
        reset(model)
        with in_double(torch):
            found: object = model(learning(given).clone())  # of a copy: something in place may come first
        return found
    except Exception:  # whatever a forward pass may raise
        return None


def _autograd_nodes(output: object) -> Iterator[AutogradNode]:
    waiting, seen = [getattr(each, "grad_fn", None) for each in leaves(output)], set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [before for before, _ in node.next_functions]
            yield node


def _beside(torch: ModuleType, given: Tensor) -> Tensor:
    """The input, each entry a little aside."""
    size = given.abs().max().clamp(min=1e-3) * BESIDE
    aside: Tensor = size * torch.sin(1.0 + torch.arange(given.numel(), dtype=given.dtype)).reshape(given.shape)
    return given + aside


def _refuse_overflow(model: str, loss: Tensor, pairs: list[NamedGradient]) -> None:
    """What is not finite by the layers themselves: it says nothing about the model's own."""
    derived = [("the loss", loss.detach()), *((f"the gradient of {name}", derived) for name, _, derived in pairs)]
    for what, values in derived:
        if not values.isfinite().all():
            at = int(values.isfinite().logical_not().flatten().int().argmax())
            entry = f"entry {at} of {what}" if values.ndim else what
            text = f"{entry} is {values.flatten()[at].item()} in float64: a number is too large for it, or divided by 0"
            raise SpecError(f"{model}: {text}\n  {SMALLER}")


def _refuse_values(model: str, wanted: Tensor, found: Tensor) -> None:
    """found: finite."""
    if not abs(wanted.item() - found.item()) <= APART * max(abs(wanted.item()), abs(found.item())) + NOISE < math.inf:
        text = f"{model}: its loss is {wanted.item():.6g}, that of the layers read from it {found.item():.6g}"
        raise NotSupported(f"{text}\n  {VALUES}")


def _refuse_gradients(model: str, pairs: list[NamedGradient]) -> None:
    largest = max(float(derived.abs().max()) for _, _, derived in pairs)
    wrong = [name for name, own, derived in pairs if _differ(own, derived, largest)]
    if wrong:
        name, own, derived = next(pair for pair in pairs if pair[0] == wrong[0])
        at = int((derived - (0 if own is None else own)).abs().argmax())
        there = "none" if own is None else f"{own.flatten()[at].item():.6g}"
        right = [name for name, _, _ in pairs[:-1] if name not in wrong]
        later = f"; that of {right[-1]} is the same" if right else ""
        text = f"the gradient of {name} is another in the model than its layers have: entry {at} is {there}, and"
        raise NotSupported(f"{model}: {text} {derived.flatten()[at].item():.6g} by the layers{later}\n  {GRADIENTS}")


def _differ(own: Tensor | None, derived: Tensor, largest: float) -> bool:
    if own is None:
        return float(derived.abs().max()) > NOISE * largest
    scale = max(float(own.abs().max()), float(derived.abs().max()))
    return not bool(own.isfinite().all()) or bool(((own - derived).abs() > APART * scale + NOISE * largest).any())
