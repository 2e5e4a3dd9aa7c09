"""Every call of a run, written down as a record; a tensor that is changed in place is a new value from there on."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain, count
from types import FrameType, ModuleType
from typing import Any

from symconv.errors import NotSupported
from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.functions import LIKE
from symconv.torch_models.given import fitted, is_there
from symconv.torch_models.model import Running, class_of
from symconv.torch_models.opened import SAME, function_name, is_open, opened, widened
from symconv.torch_models.placed import NAMES as COMPOSED, Placed
from symconv.torch_models.record import Argument, FunctionCall, Value, leaves, mapped, spread, version_of
from symconv.torch_models.source import asserts, caller, runs_inside
from symconv.torch_models.taken import BY_PLACES
from symconv.torch_models.views import VIEWING, of_earlier, undone

LOOKUPS = ("embedding", "embedding_bag")
HOOKING = ("register_hook", "register_prehook", "register_post_accumulate_grad_hook", "register_multi_grad_hook")
ASKING = {  # what makes numbers of a tensor, which Python then decides by
    "__bool__", "__float__", "__int__", "__index__", "__complex__", "__contains__", "__array__",
    "item", "tolist", "numpy", "equal", "allclose", "is_nonzero",
}  # fmt: skip
OF_TWO = {"max": "maximum", "min": "minimum"}  # what is called so of two tensors
TIMES = ("mul", "multiply")
PRINTING = {"__repr__", "__str__", "__format__"}
NUMBERS = SAME | {"int", "long"}  # what makes numbers of truths
OF_FIRST = (*LIKE, "type_as", "to")  # that ask a second tensor for its shape, or its kind, and for no number
FILLED = ("fill_", "zero_")  # what leaves nothing of what a tensor was
FILLING = (
    {"new_tensor"}
    | {f"{kind}_like" for kind in ("zeros", "ones", "full")}
    | {f"new_{kind}" for kind in ("zeros", "ones", "full")}
)


class Follower:
    """Follows the input, and what the model learns, through every call."""

    def __init__(
        self, torch: ModuleType, model: Module, running: Running, known: Callable[[str], bool], until: FrameType
    ) -> None:
        self.torch, self.model, self.running, self.known, self.until = torch, model, running, known, until
        # What a torch.autograd.Function computes has its own way back, as what a checkpoint computes once more.
        self.functions = torch.autograd.function.__file__
        self.paths = {id(module): path for path, module in model.named_modules()}
        self.values: dict[int, Value] = {}
        self.records: list[FunctionCall] = []
        self.in_loss = False
        self.words: dict[FunctionCall, str] = {}
        self.composed = Placed(torch, self._named)
        self.held_back: set[Value] = set()  # what is computed behind a detach, of what learns: it has no gradient
        self.rows: set[str] = set()  # the names of what stands for such numbers
        vars(model).pop("first_input", None)
        inputs = getattr(model, "further_inputs", ())
        for name, own in (*model.named_parameters(), *model.named_buffers()):
            live = name in inputs and own.is_floating_point()
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

    def call(self, mode: Any, function: Any, args: Any, kwargs: Any) -> Any:
        """What the function gives; written down where it reads what is followed. What it changes in a view of a tensor
        is changed in that tensor."""
        views = [x for x in args[:1] if isinstance(x, self.torch.Tensor) and self._is_part(x._base)]
        before = [version_of(x) for x in views]
        made = self._called(mode, function, args, kwargs)
        for view, version in zip(views, before, strict=True):
            if version_of(view) != version and view.grad_fn is not None and view._base.is_contiguous():
                self._write_back(mode, view._base, view)
        return made

    def _is_part(self, base: Tensor | None) -> bool:
        """Whether that of which a tensor is a view is followed, or a constant: torch has others that nobody sees."""
        return base is not None and (self.find(base) is not None or base.grad_fn is None)

    def _write_back(self, mode: Any, base: Tensor, view: Tensor) -> None:
        """Where that is too much, and the tensor is read again, it is refused then."""
        value = self.find(base)
        self._become(value, base)
        with self.torch._C.DisableTorchFunction():
            offset = view.storage_offset() - base.storage_offset()
            places = self.torch.arange(base.numel()).as_strided(view.shape, view.stride(), offset)
        try:
            with mode:
                new = self.find(self.composed.replaced(base.detach().clone() if value is None else base, places, view))
        except Uncomposed:
            new = None
            self.values |= {} if value is None else {id(base): value}
        self._become(new, base)

    def _called(self, mode: Any, function: Any, args: Any, kwargs: Any) -> Any:
        name = function_name(function)
        args, kwargs = fitted(self.torch, name, args, kwargs)
        given = self._tensors((args, kwargs))[: 1 if name in OF_FIRST else None]
        if name in OF_TWO and isinstance((*args[1:], kwargs.get("other"))[0], self.torch.Tensor):
            name = OF_TWO[name]
        if name in PRINTING or name in FILLING or not any(self._is_followed(x, name) for x in given):
            return widened(self.torch, name, args, function(*args, **kwargs))
        if name in HOOKING:
            raise self._refused(name, "a hook on a tensor may change its gradient", "leave it out")
        if name in SAME and given[0].is_floating_point() and self._stays_float(name, function, args, kwargs):
            return given[0]
        truth = self.find(given[0]) if name in NUMBERS else None
        if truth is not None and given[0].dtype == self.torch.bool:
            return self._as_number(truth, function(*args, **kwargs))
        if name in FILLED and given[0].grad_fn is None and len(given) == 1:
            self.values.pop(id(given[0]), None)
            return function(*args, **kwargs)
        if name in ASKING and any(x.live for x in map(self.find, given) if x):
            return self._asked(mode, function, name, args, kwargs)
        if name in TIMES and len(given) == 1 and any(isinstance(x, int | float) and x == 0 for x in args):
            return function(*args, **kwargs).detach()  # zeros, whatever the input is: a constant
        if name in LOOKUPS:
            return self._looked_up(mode, function, name, args, kwargs)
        if name == "__setitem__" or (name[:-1] in COMPOSED and name.endswith("_") and not self.known(name)):
            return self._in_place(mode, function, name, args, kwargs)
        if name == "broadcast_tensors":
            with mode:
                return self.composed.broadcast_tensors(spread(("", *args))[1:])
        composed = self.composed.method(name, function, args, kwargs, self.known(name), self._is_computed)
        if composed:
            whole = (args[0], spread(args)[1:]) if composed == "einsum" else args
            return self._in_parts(mode, function, composed, whole, kwargs)
        if not self.known(name) and is_open(function):
            with mode:
                return opened(function)(*args, **kwargs)
        read = of_earlier(self.torch, name, args, self.find) if name in VIEWING and not kwargs else None
        if read is not None:
            with mode:
                return self.torch.einsum(*read)
        return self._recorded(function, name, args, kwargs)

    def _asked(self, mode: Any, function: Any, name: str, args: Any, kwargs: Any) -> Any:
        """An assertion decides about nothing that is computed; x.item() is computed with as x.detach() is."""
        if asserts(self.torch, self.until):
            return function(*args, **kwargs)
        if name == "item" and args[0].is_floating_point():
            with mode:
                return args[0].detach().reshape(())
        text = "a branch, a loop or a number of Python asks for the value of a tensor"
        raise self._refused("", text, "let it depend on sizes and on numbers that the model holds, or leave it out")

    def _in_place(self, mode: Any, function: Any, name: str, args: Any, kwargs: Any) -> Any:
        """As the function without its _, whose result the tensor is from here on; a constant stays in it as it was."""
        value = self.find(args[0])
        if value is not None and name == "__setitem__" and is_there(self.torch, *args):
            function(*args)
            self._keep(replace(value, version=version_of(args[0])))
            return None
        first = args[0].clone() if value is None else args[0]
        try:
            with mode:
                if name == "__setitem__":
                    new = self.composed.written(first, *args[1:])
                else:
                    new = getattr(first, name[:-1])(*args[1:], **kwargs)
        except Uncomposed as error:
            raise self._refused(name, error.problem, error.remedy) from error
        function(*args, **kwargs)
        self._become(self.find(new), args[0])
        return args[0]

    def _become(self, value: Value | None, tensor: Tensor) -> None:
        if value is not None:
            self._keep(replace(value, tensor=tensor, version=version_of(tensor)))

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
            self.words[value.maker] = word
        return tensor

    def _is_computed(self, tensor: Any) -> bool:
        """Whether it is what a call gave."""
        return getattr(self.find(tensor), "maker", None) is not None

    def _looked_up(self, mode: Any, function: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Rows of a table by their numbers: rows of a one and zeros, the input or a further one, times the table."""
        with self.torch.no_grad(), self.torch._C.DisableTorchFunction():
            function(*args, **kwargs)
            try:
                rows = getattr(self.composed, f"rows_of_{name}")(*args, **kwargs)
            except Uncomposed as error:
                raise self._refused(name, error.problem, error.remedy) from error
            places = self.composed.are_places(args[0] if args else kwargs["input"], self.given)
        first = not self.given.is_floating_point() and not places
        first = first and self.model.__dict__.setdefault("first_input", rows) is rows
        at = f"{self._around()[0] or name}.rows"
        label = "" if first else next(x for x in chain((at,), map(f"{at}_{{}}".format, count(1))) if x not in self.rows)
        self.rows.add(label)
        self._keep(Value(rows, tuple(rows.shape), version_of(rows), live=True, name=label))
        with mode:
            return self.torch.matmul(rows, args[1] if len(args) > 1 else kwargs["weight"])

    def _in_parts(self, mode: Any, function: Any, name: str, args: Any, kwargs: Any) -> Any:
        """A function by its parts, if it is one that runs: what torch refuses, its parts may not."""
        places = (self.find(x) for x in self._tensors((args, kwargs)) if not x.is_floating_point())
        if name in BY_PLACES and any(x.live for x in places if x):
            text = "the places that are read depend on the input, and a derivation has the same for every input"
            raise self._refused(name, text, "read places that the model holds, or the largest with x.max(dim).values")
        with self.torch.no_grad(), self.torch._C.DisableTorchFunction():
            function(*args, **kwargs)
        try:
            own = self.composed.bound(name, args, kwargs)
            with mode:
                return getattr(self.composed, name)(**own)
        except Uncomposed as error:
            raise self._refused(name, error.problem, error.remedy) from error

    def _stays_float(self, name: str, function: Any, args: Any, kwargs: Any) -> bool:
        """Whether a conversion gives floats again; that to a GPU does, which may not be there, and a question not."""
        made = None if name == "cuda" else function(*args, **kwargs)
        return name == "cuda" or (isinstance(made, self.torch.Tensor) and made.is_floating_point())

    def _recorded(self, function: Any, name: str, args: Any, kwargs: Any) -> Any:
        read_args, read_kwargs = mapped(args, self._read), mapped(kwargs, self._read)
        if name.endswith("_") and isinstance(read_args[0], self.torch.Tensor):  # as it was before it is changed
            read_args = (read_args[0].clone(), *read_args[1:])
        before = {id(x): (x, version_of(x)) for x in self._tensors((args, kwargs))}
        out = function(*args, **kwargs)
        changed = [x for x, version in before.values() if version_of(x) != version]
        made = tuple({id(x): x for x in (*self._tensors(out), *changed)}.values())
        if made:
            off = not self.torch.is_grad_enabled() or self.torch.is_inference_mode_enabled()
            cut, place = off and not runs_inside(self.functions, self.until), caller(self.torch, self.until)
            gives = tuple(tuple(x.shape) for x in made)
            record = FunctionCall(name, read_args, read_kwargs, made, gives, *self._around(), place, cut)
            self.records.append(record)
            live = any(x.live for x in record.reads)
            for at, x in enumerate(made):
                value = Value(x, tuple(x.shape), version_of(x), live, record, at)
                self._keep(undone(self.torch, value))
                behind = name == "detach" or self.held_back.intersection(record.reads)
                if behind and not cut and x.is_floating_point():
                    self.held_back.add(value)
        return out

    def _read(self, argument: Argument) -> Argument:
        """The value that a tensor is; NotSupported where it is not what it was, or came from out of sight."""
        if not isinstance(argument, self.torch.Tensor):
            return argument
        value = self.values.get(id(argument))
        if value is None and argument.requires_grad and self.in_loss:
            text = "a tensor is read that learns, and is nothing that the model returns"
            raise self._refused("", text, "leave it out, or let the model return what is computed with it")
        if value is None and argument.grad_fn is not None:
            text = "a tensor is read that was computed where torch shows no call, as in a function of torch.jit"
            raise self._refused("", text, "call functions of torch in its place")
        if value is not None and value.version != version_of(argument):
            text = "a tensor is read that was changed in place under another name, as a part or a view of it"
            raise self._refused("", text, "change it by its own name, or make a new one: x = x + y for x += y")
        return argument if value is None else value

    def _is_followed(self, tensor: Tensor, name: str) -> bool:
        """Whether a function of this name is of interest for it; one without a gradient may also be plain numbers."""
        value = self.values.get(id(tensor))
        if value is None:
            return tensor.grad_fn is not None
        held_back = value in self.held_back and (self.known(name) or name in COMPOSED)
        return value.live or bool(value.tensor.requires_grad) or held_back

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
