"""A model of torch as a network: `symconv.from_torch(model, input, target)`.

torch is imported here, and only when asked.
"""

import copy
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symconv.array import Array
from symconv.check.check import torch_or_hint
from symconv.check.torch_layers import MODULES, Call, decides_batch, decimal, layer_of
from symconv.check.torch_names import TorchNames, torch_names
from symconv.check.torch_trace import Step, traced
from symconv.errors import Fault, NotSupported, SpecError, SymconvError, refuse
from symconv.networks.exact import show
from symconv.networks.fields import LARGEST, numbers
from symconv.networks.layers import Layer, Parameter
from symconv.networks.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError
from symconv.networks.network import Network

CROSS_ENTROPY, SQUARES, BINARY = "cross_entropy", "mean_squared_error", "binary_cross_entropy"
LOSSES = {CROSS_ENTROPY: CROSS_ENTROPY, "mse": SQUARES, SQUARES: SQUARES, "bce_with_logits": BINARY, BINARY: BINARY}
CLASSES = {"CrossEntropyLoss": CROSS_ENTROPY, "MSELoss": SQUARES, "BCEWithLogitsLoss": BINARY}
KNOWN_LOSSES = f"known: {', '.join(LOSSES)}, and {', '.join(f'nn.{name}()' for name in CLASSES)}"
LOSS_OPTIONS = {"weight": None, "pos_weight": None, "ignore_index": -100}  # with what changes nothing
STATISTICS = {"running_mean": "mean", "running_var": "variance"}


def from_torch(
    model: Any,
    input: Any,
    target: Any,
    loss: Any = CROSS_ENTROPY,
    *,
    name: str = "model",
    learning_rate: Fraction | float | str = Fraction(1, 10),
    reduction: str = "mean",
    label_smoothing: Fraction | float | str = 0,
) -> Network:
    """The network that an nn.Module of known layers is, in its own mode (`eval` or `train`), on `input` and `target`.

    Weights, input and target are taken exactly, each float as the rational that it is; options (epsilon, a slope, the
    learning rate) as the decimals that they are written in. Parameters have the model's own names (`conv1.weight`),
    layers the module's (`conv1`) or, for a function, that of torch.fx (`relu_1`), the input is X; only a name that no
    tensor may have is translated (torch_names.py). Whether there is a
    batch follows from the input's rank, as in torch. The model is left as it was; torch is imported here.

    target: for cross entropy class indices (an integer, a list, a tensor) or probabilities (of floats; as a list also
    of Fractions, or of text such as "1/10"), else numbers of the output's shape. loss: "cross_entropy", "mse",
    "bce_with_logits", or an nn.CrossEntropyLoss, nn.MSELoss or nn.BCEWithLogitsLoss.

    NotSupported names what has no derivation, and what has; SpecError what does not fit together.
    """
    torch = torch_or_hint("from_torch")
    import torch.fx as fx

    given = _array(input, "input")
    kind, options = _loss_options(torch, loss, reduction, label_smoothing)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the model's own run would say as well
        own = _copy(torch, model)
        entries = torch.tensor([float(x) for x in given.entries], dtype=torch.float64)
        steps, output = traced(torch, fx, own, entries.reshape(given.shape))
    batch = _batch(steps, given)
    names = torch_names(steps, {step.node: tuple(_numbers(step)) for step in steps})
    layers = _layers(steps, names, batch)
    if not layers:
        raise SpecError(f"{type(model).__name__}: has no layer\n  give a model that computes something")
    shape = next((step.gives for step in steps if step.node == output), given.shape)
    ends = _loss(kind, target, options, batch, shape)
    return Network(name, decimal(learning_rate), Parameter(names.input, given), layers, ends, batch)


# ------------------------------------------------------------------------------------------------ what is given
def _copy(torch: Any, model: Any) -> Any:
    """A copy in float64 on the processor, in which all is done; a single layer is put into an nn.Sequential."""
    if not isinstance(model, torch.nn.Module):
        raise SpecError(f"model: {type(model).__name__} is not an nn.Module\n  give an nn.Sequential, or a module")
    try:
        own = copy.deepcopy(model).to("cpu").double()
    except Exception as error:  # whatever the parts of a model may raise
        remedy = "give a model that copy.deepcopy can copy, with its weights on a device"
        raise NotSupported(f"model: cannot be copied ({type(error).__name__})\n  {remedy}") from error
    single = type(own).__name__ in MODULES and type(own) is getattr(torch.nn, type(own).__name__)
    return torch.nn.Sequential(own).train(own.training) if single else own


def _array(value: Any, place: str) -> Array:
    """The exact numbers of a tensor, an array or nested lists."""
    entries = getattr(value, "numel", int)()
    if entries > LARGEST:
        refuse([Fault(place, f"holds {entries} numbers", f"give at most {LARGEST}")])
    try:
        return numbers(_exact(value.tolist() if hasattr(value, "tolist") else value))
    except SymconvError as error:
        refuse(fault.within(place) for fault in error.faults)
        raise


def _exact(nested: Any) -> Any:
    """Every finite float as the Fraction that it is; what is none is left, and refused later."""
    if isinstance(nested, list | tuple):
        return [_exact(each) for each in nested]
    return Fraction(nested) if isinstance(nested, float) and math.isfinite(nested) else nested


# ------------------------------------------------------------------------------------------------ layers
def _batch(steps: Sequence[Step], given: Array) -> bool:
    """As the first layer says that takes only some ranks; without one, a matrix is a batch of vectors."""
    said = (decides_batch(step.known, step.reads, step.gives) for step in steps)
    return next((batch for batch in said if batch is not None), len(given.shape) > 1)


def _numbers(step: Step) -> dict[str, Any]:
    """The tensors of a module by the module's own names; statistics only where they are used."""
    fields = ["weight", "bias"]
    if step.known.kind == "batch_norm" and not step.module.training:
        fields += STATISTICS
    found = {field: getattr(step.module, field, None) for field in fields}
    return {field: value for field, value in found.items() if value is not None}


def _layers(steps: Sequence[Step], names: TorchNames, batch: bool) -> tuple[Layer, ...]:
    """The layer of each step; a step that changes nothing is passed over, and its readers read what it reads."""
    outputs = {"": names.input}  # the name of the tensor that each step gives
    layers: list[Layer] = []
    faults: list[Fault] = []
    before = names.input
    for step in steps:
        read = [outputs[node] for node in step.operands]
        try:
            layer = layer_of(_call(step, names, read, before, batch))
        except SymconvError as error:
            faults += [fault.within(step.place) for fault in error.faults]
            layer = None
        if layer is not None:
            layers.append(layer)
            before = layer.name
        outputs[step.node] = read[0] if layer is None else layer.name
    refuse(faults)
    return tuple(layers)


def _call(step: Step, names: TorchNames, read: Sequence[str], before: str, batch: bool) -> Call:
    parameters = {
        STATISTICS.get(field, field): Parameter(name, _array(value, field))
        for field, value in _numbers(step).items()
        for name in [names.parameters[step.node, field]]
    }
    return Call(
        step.known, step.options, names.layers[step.node], "" if read[0] == before else read[0], read[-1],
        parameters, step.reads, step.gives, batch,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ the loss
@dataclass(frozen=True)
class _Options:
    """What every loss has, and what only cross entropy has."""

    reduction: Any
    label_smoothing: Fraction


def _loss_options(torch: Any, loss: Any, reduction: str, label_smoothing: Any) -> tuple[str, _Options]:
    """Which loss is meant; a loss of torch brings its own options."""
    smoothing = decimal(label_smoothing)
    classes = {getattr(torch.nn, name): kind for name, kind in CLASSES.items()}
    kind = LOSSES.get(loss) if isinstance(loss, str) else classes.get(type(loss))
    if kind is None:
        raise NotSupported(f"loss: {show(loss)} has no derivation\n  {KNOWN_LOSSES}")
    if not isinstance(loss, str):
        refuse(_own_option_faults(loss), f"loss nn.{type(loss).__name__}")
        if reduction != "mean" or smoothing:
            text = f"nn.{type(loss).__name__} has its own reduction and label_smoothing"
            raise SpecError(f"loss: {text}\n  give them to it")
        reduction, smoothing = loss.reduction, decimal(getattr(loss, "label_smoothing", 0))
    if smoothing and kind != CROSS_ENTROPY:
        raise SpecError(f"label_smoothing: {show(smoothing)} for {kind}\n  leave it out: only cross entropy has it")
    return kind, _Options(reduction, smoothing)


def _own_option_faults(loss: Any) -> list[Fault]:
    given = {field: getattr(loss, field, plain) for field, plain in LOSS_OPTIONS.items()}
    wrong = [field for field, plain in LOSS_OPTIONS.items() if given[field] is not plain and given[field] != plain]
    return [Fault(field, "has no derivation", f"leave {field} out", unsupported=True) for field in wrong]


def _loss(kind: str, target: Any, options: _Options, batch: bool, shape: tuple[int, ...]) -> Loss:
    values = _array(target, "target")
    if kind == SQUARES:
        return MeanSquaredError(values, options.reduction)
    if kind == BINARY:
        return BinaryCrossEntropy(values, options.reduction)
    more: Mapping[str, Any] = {"reduction": options.reduction, "label_smoothing": options.label_smoothing}
    if not _are_classes(target):
        refuse(_row_faults(values))
        return CrossEntropy(probabilities=values, **more)
    wanted = shape[:1] if batch else ()
    if values.shape != wanted:
        counted = "one class index for each image, in a list" if batch else "one class index, as there is no batch"
        refuse([Fault("target", f"has shape {values.shape}, the output is {shape}", f"give {counted}")])
    classes = tuple(int(entry) for entry in values.entries)
    return CrossEntropy(classes if batch else classes[0], **more)


def _are_classes(target: Any) -> bool:
    """Integers are class indices, all else probabilities."""
    nested = target.tolist() if hasattr(target, "tolist") else target
    while isinstance(nested, list | tuple) and nested:
        if any(isinstance(each, float | Fraction | str) for each in nested):
            return False
        nested = nested[0]
    return isinstance(nested, int)


def _row_faults(values: Array) -> list[Fault]:
    """Probabilities sum to one exactly, and floats seldom do."""
    classes = values.shape[-1] if values.shape else 1
    rows = [values.entries[at : at + classes] for at in range(0, len(values.entries), classes)]
    wrong = [at for at, row in enumerate(rows) if sum(row) != 1 and abs(sum(row) - 1) < Fraction(1, 1000)]
    remedy = 'give floats that do, such as 0.75 and 0.25, or a list of Fractions or of text such as "1/10"'
    text = "sums to almost 1, but not exactly"
    return [Fault(f"target[{at}]" if len(rows) > 1 else "target", text, remedy) for at in wrong]
