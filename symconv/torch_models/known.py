"""What each tensor of a run is: the input, something that the model holds, or what a call gave."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType, ModuleType
from typing import Any

from symconv.errors import NotSupported
from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models.cut import as_constant, is_without
from symconv.torch_models.model import Running, class_of
from symconv.torch_models.paired import NAMES as COMPOSED
from symconv.torch_models.record import Argument, FunctionCall, Value, leaves, version_of
from symconv.torch_models.source import caller


class KnownTensors:
    """The values of a run, by their tensors, and what is said where one is none that can be followed."""

    def __init__(
        self, torch: ModuleType, model: Module, running: Running, known: Callable[[str], bool], until: FrameType
    ) -> None:
        self.torch, self.model, self.running, self.known, self.until = torch, model, running, known, until
        # What a torch.autograd.Function computes has its own way back, as what a checkpoint computes once more.
        self.functions = torch.autograd.function.__file__
        self.paths = {id(module): path for path, module in model.named_modules()}
        self.values: dict[int, Value] = {}
        self.records: list[FunctionCall] = []
        self.in_loss = self.cut = False  # cut: the call that is followed is made without gradients
        self.called: dict[FunctionCall, str] = {}
        self.held_back: set[Value] = set()  # what is computed behind a detach, of what learns: it has no gradient
        self.rows: set[str] = set()  # the names of what stands for such numbers
        vars(model).pop("first_input", None)
        inputs = getattr(model, "further_inputs", ())
        for name, own in (*model.named_parameters(), *model.named_buffers()):
            live = name in inputs and own.is_floating_point() and bool(own.isfinite().all())  # or it masks something
            self._keep(Value(own, tuple(own.shape), version_of(own), live, name=name))

    def start(self, given: Tensor) -> None:
        """With the input; of whole numbers what is looked up by them takes its place."""
        self.given = given
        if given.is_floating_point():
            self._keep(Value(given, tuple(given.shape), version_of(given), live=True))

    def find(self, tensor: object) -> Value | None:
        """What a tensor is now."""
        return self.values.get(id(tensor))

    def inside(self) -> str:
        """The module that is being run; "" where that is the model itself."""
        path, module, _ = self._around()
        return f"{path} ({class_of(module)})" if path else ""

    def _read(self, argument: Argument) -> Argument:
        """The value that a tensor is; NotSupported where it is not what it was, or came from out of sight."""
        if not isinstance(argument, self.torch.Tensor):
            return argument
        value = self.values.get(id(argument))
        if value is None and argument.requires_grad and self.in_loss:
            text = "a tensor is read that learns, and is neither a parameter of the model nor computed by it"
            remedy = "let the model hold it as a parameter; a parametrization, as weight_norm, is to be removed first"
            raise self._refused("", text, remedy)
        if value is None and argument.grad_fn is not None:
            text = "a tensor is read that was computed where torch shows no call, as in a function of torch.jit"
            raise self._refused("", text, "call functions of torch in its place")
        if value is not None and value.version != version_of(argument):
            text = "a tensor is read that was changed in place under another name, as a part or a view of it"
            raise self._refused("", text, "change it by its own name, or make a new one: x = x + y for x += y")
        if value is not None and is_without(value) and not self.cut:
            record, value = as_constant(value, self.model, caller(self.torch, self.until))
            self.records.append(record)
            self._keep(value)
            self.held_back.add(value)
        return argument if value is None else value

    def _is_followed(self, tensor: Tensor, name: str) -> bool:
        """Whether a function of this name is of interest for it; one without a gradient may also be plain numbers."""
        value = self.values.get(id(tensor))
        if value is None:
            return tensor.grad_fn is not None
        held_back = value in self.held_back and (self.known(name) or name in COMPOSED)
        return value.live or bool(value.tensor.requires_grad) or held_back

    def _as_number(self, truth: Value, made: Any) -> Any:
        """The same truth, 1 or 0, as a number of any kind; floats have 64 bits, as all that is run."""
        if isinstance(made, self.torch.Tensor):
            made = made.double() if made.is_floating_point() else made
            self._keep(replace(truth, tensor=made, version=version_of(made)))
        return made

    def _named(self, tensor: Any, word: str) -> Any:
        """A tensor that a call has given, which is called so from here on."""
        value = self.find(tensor)
        if value is not None and value.maker is not None:
            self.called[value.maker] = word
        return tensor

    def _is_computed(self, tensor: Any) -> bool:
        """Whether it is what a call gave."""
        return getattr(self.find(tensor), "maker", None) is not None

    def _is_live(self, tensor: Any) -> bool:
        """Whether it depends on the input."""
        return getattr(self.find(tensor), "live", False)

    def _stands_for(self, tensor: Tensor, numbers: Tensor) -> None:
        """Whole numbers, which torch has no gradient of, are what has been computed as floats."""
        with self.torch._C.DisableTorchFunction():
            self._become(self.find(numbers), tensor)

    def _become(self, value: Value | None, tensor: Tensor) -> None:
        if value is not None:
            self._keep(replace(value, tensor=tensor, version=version_of(tensor)))

    def _renewed(self, out: Any, held: Sequence[Tensor]) -> Any:
        """What a call gives; what the model holds is as it was changed."""
        for x in held:
            if id(x) in self.values:
                self._keep(replace(self.values[id(x)], version=version_of(x)))
        return out

    def _as_it_is(self, changed: Argument) -> Argument:
        """What may be changed in place, and is not computed, as a sum that starts with zeros: a copy of it."""
        value = self.find(changed)
        plain = isinstance(changed, self.torch.Tensor) and not changed.requires_grad and not changed.is_inference()
        return changed.clone() if plain and (value is None or not (value.live or value.maker)) else changed

    def _keep(self, value: Value) -> None:
        self.values[id(value.tensor)] = value

    def _tensors(self, tree: object) -> list[Tensor]:
        return [x for x in leaves(tree) if isinstance(x, self.torch.Tensor)]

    def _around(self) -> tuple[str, Module, int]:
        number, inner = self.running[-1] if self.running else (0, self.model)
        return self.paths.get(id(inner), ""), inner, number

    def _refused(self, name: str, problem: str, remedy: str) -> NotSupported:
        places = ("loss" if self.in_loss else type(self.model).__name__, name, caller(self.torch, self.until))
        return NotSupported(f"{', '.join(filter(None, places))}: {problem}\n  {remedy}")
