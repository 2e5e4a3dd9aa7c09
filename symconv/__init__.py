"""symconv: every operation written once, as an index equation; gradients, handouts, code and checks follow from it.

net = symconv.load("toy-cnn")      study = symconv.derive(net)      print(symconv.emit("conv2d", form="loop"))
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

# Loaded when first asked for: sympy costs half a second and torch several, and `symconv --version` needs neither.
_HOME = {
    "load": "network",
    "shapes": "network",
    "Network": "network",
    "Parameter": "network",
    "Conv": "network",
    "Relu": "network",
    "MaxPool": "network",
    "GlobalMaxPool": "network",
    "Linear": "network",
    "CrossEntropy": "network",
    "derive": "study",
    "Study": "study",
    "emit": "emit",
    "compile": "emit",
    "SymconvError": "errors",
    "SpecError": "errors",
    "NotSupported": "errors",
    "Broken": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


class _Package(ModuleType):
    """Importing the module `symconv.emit` must not put it in the place of the function `symconv.emit`."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
