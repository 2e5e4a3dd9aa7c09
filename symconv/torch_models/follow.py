"""Every call of a run, written down as a record; a tensor that is changed in place is a new value from there on."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain, count
from types import FrameType, ModuleType
from typing import Any

from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models import opened as words
from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.cut import REPLACED, REPLACING, is_off, replaces
from symconv.torch_models.given import fitted, is_there
from symconv.torch_models.known import KnownTensors
from symconv.torch_models.model import Running
from symconv.torch_models.opened import changes, function_name, is_open, opened, widened
from symconv.torch_models.paired import NAMES as COMPOSED, PairedFunctions
from symconv.torch_models.record import FunctionCall, Value, mapped, spread, version_of
from symconv.torch_models.source import asserts, caller, runs_inside
from symconv.torch_models.taken import BY_PLACES
from symconv.torch_models.unpooled import UNPOOLING, by_pooling
from symconv.torch_models.views import VIEWING, of_earlier, undone


class Follower(KnownTensors):
    """Follows the input, and what the model learns, through every call."""

    def __init__(
        self, torch: ModuleType, model: Module, running: Running, known: Callable[[str], bool], until: FrameType
    ) -> None:
        super().__init__(torch, model, running, known, until)
        self.composed = PairedFunctions(torch, self._named, self._is_live, self._stands_for)

    def call(self, mode: Any, function: Any, args: Any, kwargs: Any) -> Any:
        """What the function gives; written down where it reads what is followed. What it changes in a view of a tensor
        is changed in that tensor."""
        views = [x for x in args[:1] if isinstance(x, self.torch.Tensor) and self._is_part(x._base)]
        before = [version_of(x) for x in views]
        made = self._called(mode, function, args, kwargs)
        for view, version in zip(views, before, strict=True):
            if version_of(view) != version and self._counts(view) and view._base.is_contiguous():
                self._write_back(mode, view._base, view)
        return made

    def _counts(self, view: Tensor) -> bool:
        """Whether something was written that is followed, also where autograd is off."""
        return view.grad_fn is not None or self.find(view) is not None

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
            with self.torch._C.DisableTorchFunction():
                whole = base.detach().clone() if value is None else base
            with mode:
                new = self.find(self.composed.replaced(whole, places, view))
        except Uncomposed:
            new = None
            self.values |= {} if value is None else {id(base): value}
        self._become(new, base)

    def _called(self, mode: Any, function: Any, args: Any, kwargs: Any) -> Any:
        name = function_name(function)
        self.cut = is_off(self.torch) and not runs_inside(self.functions, self.until)
        args, kwargs = fitted(self.torch, name, args, kwargs)
        given = self._tensors((args, kwargs))[: 1 if name in words.OF_FIRST else None]
        if name in words.OF_TWO and isinstance((*args[1:], kwargs.get("other"))[0], self.torch.Tensor):
            name = words.OF_TWO[name]
        if name in words.PRINTING or name in words.FILLING or not any(self._is_followed(x, name) for x in given):
            made = widened(self.torch, name, args, function(*args, **kwargs))
            return self._renewed(made, given if changes(name) else ())
        if given[0].requires_grad and replaces(name, getattr(function, "__name__", ""), self.cut):
            return self._replaced(function, name, args, kwargs)
        name = "detach" if name == "data" else name
        if name in words.HOOKING:
            raise self._refused(name, "a hook on a tensor may change its gradient", "leave it out")
        if name in words.SAME and given[0].is_floating_point() and self._stays_float(name, function, args, kwargs):
            return given[0]
        truth = self.find(given[0]) if name in words.NUMBERS else None
        if truth is not None and not given[0].is_floating_point():
            return self._as_number(truth, function(*args, **kwargs))
        if name in words.FILLED and given[0].grad_fn is None and len(given) == 1:
            self.values.pop(id(given[0]), None)
            return function(*args, **kwargs)
        if name in words.ASKING and any(x.live for x in map(self.find, given) if x):
            return self._asked(mode, function, name, args, kwargs)
        if name in words.TIMES and len(given) == 1 and any(isinstance(x, int | float) and x == 0 for x in args):
            return function(*args, **kwargs).detach()  # zeros, whatever the input is: a constant
        if name in words.LOOKUPS:
            return self._looked_up(mode, function, name, args, kwargs)
        if name == "__setitem__" or (name[:-1] in COMPOSED and name.endswith("_") and not self.known(name)):
            return self._in_place(mode, function, name, args, kwargs)
        return self._meant(mode, function, name, args, kwargs)

    def _meant(self, mode: Any, function: Any, name: str, args: Any, kwargs: Any) -> Any:
        """A call by its parts, by what is called in it, by an earlier one of which it is a view, or as it stands."""
        if name in words.OF_MANY:
            with mode:
                return getattr(self.composed, name)(spread(("", *args))[1:], **kwargs)
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
        made = self._recorded(function, name, args, kwargs)
        if name in words.OF_TWO and isinstance(made, tuple) and self._is_live(made[1]):
            options = dict(zip(("dim", "keepdim"), args[1:], strict=False)) | kwargs
            with mode:
                self.composed.place_of(args[0], name == "max", made[1], **options)
        return made

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

    def _looked_up(self, mode: Any, function: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Rows of a table by their numbers: rows of a one and zeros, the input or a further one, times the table."""
        if name == "embedding" and self._is_live(args[0]):
            with mode:
                return self.composed.indexed(args[1] if len(args) > 1 else kwargs["weight"], args[0])
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
        if name in BY_PLACES and any(x.dtype == self.torch.bool and self._is_live(x) for x in self._tensors(args)):
            text = "how many places are read depends on the input, and a derivation has as many for every input"
            raise self._refused(name, text, "multiply by the mask in its place, x * mask")
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
        kept = (self._as_it_is(args[0]), *args[1:]) if changes(name) and args else args
        read_args, read_kwargs = mapped(kept, self._read), mapped(kwargs, self._read)
        if name.startswith(UNPOOLING):
            try:
                read_args, read_kwargs = by_pooling(read_args, read_kwargs)
            except Uncomposed as error:
                raise self._refused(name, error.problem, error.remedy) from error
        before = {id(x): (x, version_of(x)) for x in self._tensors((args, kwargs))}
        out = function(*args, **kwargs)
        changed = [x for x, version in before.values() if version_of(x) != version]
        made = tuple({id(x): x for x in (*self._tensors(out), *changed)}.values())
        if made:
            gives, place = tuple(tuple(x.shape) for x in made), caller(self.torch, self.until)
            record = FunctionCall(name, read_args, read_kwargs, made, gives, *self._around(), place, self.cut)
            self.records.append(record)
            live = any(x.live for x in record.reads)
            for at, x in enumerate(made):
                value = Value(x, tuple(x.shape), version_of(x), live, record, at)
                self._keep(undone(self.torch, value))
                behind = self.cut or name == "detach" or self.held_back.intersection(record.reads)
                if behind and x.is_floating_point():
                    self.held_back.add(value)
        return out

    def _replaced(self, function: Any, name: str, args: Any, kwargs: Any) -> Any:
        """A parameter is, from there on, what it is made: the model holds those numbers."""
        value = self.find(args[0])
        if value is None or value.maker is not None or value.live:
            raise self._refused(name, REPLACED, REPLACING)
        return self._renewed(function(*args, **kwargs), (args[0],))
