"""Which operations are emitted, and in which forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from symconv.code.forms import FORMS, Form
from symconv.code.schedule import Schedule
from symconv.derivation.derivation import Derivation
from symconv.derivation.derive import gradients
from symconv.derivation.equations import Operation, conv
from symconv.derivation.transposed import conv_transpose
from symconv.errors import NotSupported

TensorFunction = Callable[..., Any]  # an emitted function: of tensors, a tensor or several
WithBackward = tuple[TensorFunction, TensorFunction]  # of the operation, and of its gradients


@dataclass(frozen=True)
class Emittable:
    """An operation by its public name: its title, how it is built with channels and without, and its forms."""

    title: str
    build: Callable[[], Operation]
    flat: Callable[[], Operation] | None
    forms: Mapping[str, Form]
    caution: str = ""  # why an empty extent is refused that torch takes


CHANNELS = "C too: torch takes an input without channels, and loses the bias"


def _with_channels(forms: Mapping[str, Form]) -> dict[str, Form]:
    return {name: form for name, form in forms.items() if form.channels}


def _written_from_the_input(forms: Mapping[str, Form]) -> dict[str, Form]:
    """For an operation that adds each entry of its input to a window of its output: the definition loops over those."""
    ways = tuple(replace(way, schedule=Schedule("ngczhw")) for way in forms["batched"].ways)
    return {**forms, "batched": replace(forms["batched"], ways=ways)}


OPERATIONS: Mapping[str, Emittable] = {
    "conv1d": Emittable("1-D convolution", partial(conv, 1), None, _with_channels(FORMS), CHANNELS),
    "conv2d": Emittable("2-D convolution", partial(conv, 2), partial(conv, 2, channels=False), FORMS, CHANNELS),
    "conv3d": Emittable("3-D convolution", partial(conv, 3), None, _with_channels(FORMS), CHANNELS),
    **{
        f"conv_transpose{dims}d": Emittable(
            f"{dims}-D transposed convolution", partial(conv_transpose, dims), None,
            _written_from_the_input(_with_channels(FORMS)),
        )
        for dims in (1, 2, 3)
    },
}  # fmt: skip

GENERATED: tuple[tuple[str, str], ...] = (
    *(("conv2d", form) for form in FORMS),
    ("conv1d", "gemm"),
    ("conv3d", "gemm"),
    ("conv_transpose2d", "gemm"),
)


def emittable(op: str) -> Emittable:
    if op not in OPERATIONS:
        raise NotSupported(f"operation {op!r} is not written yet\n  there is: {', '.join(OPERATIONS)}")
    return OPERATIONS[op]


def form_of(op: str, form: str) -> Form:
    forms = emittable(op).forms
    if form not in forms:
        raise NotSupported(f"{op} has no form {form!r} yet\n  there is: {', '.join(forms)}")
    return forms[form]


def chosen(op: str, form: str | None) -> tuple[tuple[str, str], ...]:
    """(operation, form): in this form, or in all its forms; NotSupported for an operation or form that there is not."""
    known = emittable(op)
    if form is not None:
        form_of(op, form)
    return tuple((op, name) for name in known.forms if form in (None, name))


@cache
def derived(op: str, channels: bool) -> tuple[Operation, tuple[Derivation, ...]]:
    """The operation and the derivations of its gradients, in the order input, weight, bias."""
    known = emittable(op)
    build = known.build if channels or known.flat is None else known.flat
    operation = build()
    return operation, gradients(operation)
