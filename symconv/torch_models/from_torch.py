"""A model of torch as a network: `symconv.from_torch(model, input, target)`.

torch is imported here, and only when asked.
"""

import math
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

from symconv.array import Array
from symconv.check.check import torch_or_hint
from symconv.errors import Fault, NotSupported, SpecError, SymconvError, refuse
from symconv.networks.fields import LARGEST, numbers, total_faults
from symconv.networks.form import TensorForm
from symconv.networks.further import Further
from symconv.networks.layers.layers import Layer, Parameter
from symconv.networks.losses import Output
from symconv.networks.network import Network
from symconv.torch_models.call import Call, decimal
from symconv.torch_models.gradients import compare_gradients, function_faults
from symconv.torch_models.inputs import Arguments, inputs_of, with_inputs
from symconv.torch_models.layers import decides_batch, layers_of
from symconv.torch_models.model import copied, is_tensor, keep_state, looked_up, looks_up, unread_faults
from symconv.torch_models.names import TorchNames, torch_names
from symconv.torch_models.norms import makes_statistics
from symconv.torch_models.own_loss import AskedLoss, Reading, read
from symconv.torch_models.reductions import without_last
from symconv.torch_models.trace import OwnTensor, TracedCall
from symconv.torch_models.twins import twins_of

STATISTICS = {"running_mean": "mean", "running_var": "variance"}  # torch's arguments -> the fields of a layer


def from_torch(
    model: object,
    input: object,
    target: object = None,
    loss: object = "cross_entropy",
    *,
    losses: object = None,
    output: int | str | None = None,
    name: str = "model",
    learning_rate: Fraction | float | str = Fraction(1, 10),
    reduction: str = "mean",
    label_smoothing: Fraction | float | str = 0,
) -> Network:
    """The network that an nn.Module of known functions is, in its own mode (`eval` or `train`), on `input`.

    The model is run once, and followed (torch_models/follow.py): what counts are the functions of torch that it calls,
    in whatever module, so that branches on sizes and changes in place are no hindrance. Weights, input and target are
    taken exactly, each float as the rational that it is; options (epsilon, a slope, the learning rate) as the decimals
    that they are written in. A weight that torch computes from others, as weight_norm does, is the plain weight that it
    is. Parameters have the model's own names (`conv1.weight`), layers the module's (`conv1`) or, for a function, its
    own (`relu_1` for the second relu), the input is X; only a name that no tensor may have is translated
    (torch_models/names.py). Whether there is a batch follows from the input's rank, as in torch. The model is left as
    it was; torch is imported here.

    input: a tensor, an array or nested lists; of a model with several inputs a tuple of tensors, or of lists of them,
    the first of which is X, the others have the names that `forward` gives them. Of whole numbers by which an
    nn.Embedding looks rows up the input is those rows of a one and zeros that pick them. target: for cross entropy
    class indices (an integer, a list, a tensor) or probabilities (of floats; as a list also of Fractions, or of text
    such as "1/10"), else numbers of the output's shape; for a function whatever it takes, or None. loss:
    "cross_entropy", "nll", "mse", "l1", "smooth_l1", "huber", "bce", "bce_with_logits", or torch's module or function
    of one of them; "nll" is read together with the log_softmax that the model ends with, "bce" with its sigmoid. Any
    other function loss(output, target) that calls functions of torch is followed as the model is: its calls are layers,
    and the last number is the loss. losses: one for each output of the model, with a list of targets, which are added.
    output: which of several things that the model returns is compared with the target, by its place (0 is the first),
    its key or its attribute; without it a function is given all.

    NotSupported names what has no derivation, and what has, and a parameter whose gradient in the model is not that of
    its layers; SpecError what does not fit together.
    """
    said = AskedLoss(target, loss, losses, output, reduction, label_smoothing)
    torch = torch_or_hint("from_torch")
    with _aside(torch):
        return _read(torch, model, inputs_of(input), said, (name, decimal(learning_rate)))


def _read(
    torch: ModuleType, model: Any, inputs: tuple[Sequence[Any], Arguments], said: AskedLoss,
    described: tuple[str, Fraction],
) -> Network:  # fmt: skip
    """The network, of a name and a learning rate, whose gradients are the model's."""
    (first, *others), order = inputs
    given, place = _array(first, "input"), type(model).__name__
    own = copied(torch, model)
    said = replace(said, twins=twins_of(torch, model, own))
    whole = looks_up(torch, own)
    further = [_tensor(torch, each, f"input[{k}]", whole=True) for k, each in enumerate(others, start=1)]
    with_inputs(torch, own, further, order)
    keep_state(own)
    entries = _tensor(torch, first, "input", whole)
    reading = read(torch, own, entries, said, lambda calls: _batch(calls, given), _array)
    if not entries.is_floating_point():
        given = _array(looked_up(own), "input")
    try:
        network, names = _network(reading, given, described, place)
    except SymconvError as refused:
        if reading.otherwise is None:
            raise
        try:
            reading = reading.otherwise()
            network, names = _network(reading, given, described, place)
        except SymconvError as error:
            raise refused from error
    try:
        compare_gradients(torch, own, entries, reading.value, network, names)
    except NotSupported:
        refuse(function_faults(torch, own, entries), place)  # which knows better where the two part
        raise
    return network


# ------------------------------------------------------------------------------------------------ what is given
def _tensor(torch: ModuleType, value: Any, place: str, whole: bool) -> Any:
    """An input in float64; one of whole numbers as such, where these may be places or classes."""
    array = _array(value, place)
    kept = whole and is_tensor(value) and not value.is_floating_point() and not value.is_complex()
    number, kind = (int, torch.int64) if kept else (float, torch.float64)
    return torch.tensor([number(x) for x in array.entries], dtype=kind).reshape(array.shape)


@contextmanager
def _aside(torch: ModuleType) -> Iterator[None]:
    """With gradients, whatever the caller has switched off; no chance drawn here is missed later, nothing is warned."""
    drawn = random.getstate()
    with ExitStack() as stack:
        stack.callback(random.setstate, drawn)
        stack.enter_context(torch.random.fork_rng(devices=[]))
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float64)  # of what the model makes of its own, as a state of zeros
        distribution = torch.distributions.Distribution  # which asks for values, to check what it is given
        stack.callback(distribution.set_default_validate_args, distribution._validate_args)
        distribution.set_default_validate_args(False)
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # of what the model's own run would say as well
        yield


def _array(value: Any, place: str) -> Array:
    """The exact numbers of a tensor, an array or nested lists."""
    if isinstance(value, list | tuple) and any(map(is_tensor, value)):
        text = f"is a {type(value).__name__} of {len(value)} tensors"
        refuse([Fault(place, text, "give one tensor", unsupported=True)])
    refuse(unread_faults(value, place))
    entries = math.prod(getattr(value, "shape", ()))
    if entries > LARGEST:
        refuse([Fault(place, f"holds {entries} numbers", f"give at most {LARGEST}")])
    if entries and is_tensor(value) and value.is_floating_point():
        flat = value.flatten().tolist()
        if all(map(math.isfinite, flat)):
            return Array(tuple(value.shape), tuple(map(Fraction, flat)))
    try:
        return numbers(_exact(value.tolist() if hasattr(value, "tolist") else value))
    except SymconvError as error:
        refuse(fault.within(place) for fault in error.faults)
        raise


def _exact(nested: object) -> object:
    """Every finite float as the Fraction that it is; what is none is left, and refused later."""
    if isinstance(nested, list | tuple):
        return [_exact(each) for each in nested]
    return Fraction(nested) if isinstance(nested, float) and math.isfinite(nested) else nested


# ------------------------------------------------------------------------------------------------ layers
def _network(
    reading: Reading, given: Array, described: tuple[str, Fraction], place: str
) -> tuple[Network, dict[str, str]]:
    """The network of a model, of this name and learning rate, and the names in it of the model's tensors."""
    steps = reading.steps
    weights = sum(each.tensor.numel() for step in steps for each in (*_held(step).values(), *step.further.values()))
    refuse(total_faults(len(given.entries) + weights), place)  # before minutes of reading
    batch = _batch(steps, given)
    names = torch_names(steps, {step.label: {field: own.name for field, own in _held(step).items()} for step in steps})
    further = _further(steps, names, given.shape[0] if batch else None)
    layers, how = _layers(steps, names, TensorForm(given.shape, batch=batch), further), "sum"
    if reading.loss is None:
        layers, how = without_last(layers)
    if not layers:
        raise SpecError(f"{place}: has no layer\n  give a model that computes something")
    loss = reading.loss(batch) if reading.loss else Output("mean" if how == "mean" else "sum")
    network = Network(*described, Parameter(names.input, given), layers, loss, batch, tuple(further.values()))
    return network, _learned(steps, names)


def _batch(steps: Sequence[TracedCall], given: Array) -> bool:
    """As the first layer says that takes only some ranks; without one, a matrix is a batch of vectors."""
    said = (decides_batch(step.known, step.reads, step.gives) for step in steps if step.live)
    return next((batch for batch in said if batch is not None), len(given.shape) > 1)


def _held(step: TracedCall) -> dict[str, OwnTensor]:
    """The tensors of the model that a call reads, by argument; a batch norm's statistics only where it uses them."""
    computed = set(STATISTICS) if makes_statistics(step.known, step.options) else ()
    return {field: own for field, own in step.own.items() if field not in computed}


def _learned(steps: Sequence[TracedCall], names: TorchNames) -> dict[str, str]:
    """The name in the network of each tensor of the model that has one."""
    held = {own.name: names.parameters[step.label, field] for step in steps for field, own in _held(step).items()}
    return held | {own.name: names.further[label] for step in steps for label, own in step.further.items()}


def _further(steps: Sequence[TracedCall], names: TorchNames, images: int | None) -> dict[str, Further]:
    """The tensors that layers read besides the input, by label; one of the model's inputs has an entry for each image,
    where there are as many."""
    found: dict[str, Further] = {}
    for step in steps:
        for label, own in step.further.items():
            if label not in found:
                tensor = Parameter(
                    names.further[label], _array(own.tensor if own.tensor.ndim else own.tensor[None], label)
                )
                batch = own.given and len(tensor.value.shape) > 1 and tensor.value.shape[0] == images
                found[label] = Further(tensor, own.learned, batch)
    return found


def _layers(
    steps: Sequence[TracedCall], names: TorchNames, given: TensorForm, further: Mapping[str, Further]
) -> tuple[Layer, ...]:
    """The layers of each step; a step that changes nothing is passed over, and its readers read what it reads."""
    outputs = {"": names.input, **{label: each.name for label, each in further.items()}}  # what each step gives
    forms = {names.input: given, **{each.name: each.form for each in further.values()}}
    known = {each.name: each.tensor for each in further.values()}
    made: list[Layer] = []
    faults: list[Fault] = []
    for step in steps:
        read = [outputs[label] for label in step.operands]
        before = made[-1].name if made else names.input
        try:
            layers = layers_of(_call(step, names, read, before, forms.get(read[0], given).batch, known))
            for layer in layers:
                forms |= _form(layer, forms, before)
                before = layer.name
        except SymconvError as error:
            faults += [fault.within(step.place) for fault in error.faults]
            layers = ()
        made += layers
        outputs[step.label] = layers[-1].name if layers else read[0]
    refuse(faults)
    return tuple(made)


def _form(layer: Layer, forms: Mapping[str, TensorForm], before: str) -> dict[str, TensorForm]:
    """The form of what a layer gives, as far as it is known: what does not fit is said by the network."""
    read = [forms.get(name) for name in (layer.input or before, *(name for _, name in layer.besides()))]
    known = [form for form in read if form is not None]
    made = layer.fit(*known)[0] if len(known) == len(read) else None
    return {} if made is None else {layer.name: made}


def _parameter(name: str, tensor: Any, field: str, known: dict[str, Parameter]) -> Parameter:
    """One that several calls read is read once."""
    if name not in known:
        known[name] = Parameter(name, _array(tensor, field))
    return known[name]


def _call(
    step: TracedCall, names: TorchNames, read: Sequence[str], before: str, batch: bool, known: dict[str, Parameter]
) -> Call:
    parameters = {
        STATISTICS.get(field, field): _parameter(names.parameters[step.label, field], own.tensor, field, known)
        for field, own in _held(step).items()
    }
    learned = frozenset(field for field, own in _held(step).items() if own.learned)
    return Call(
        step.known, step.options, names.layers[step.label], "" if read[0] == before else read[0], tuple(read),
        step.sides, parameters, learned, step.shapes, step.made, step.at, batch,
    )  # fmt: skip
