"""symconv: every operation written once, as an index equation; gradients, handouts, code and checks follow from it.

net = symconv.load("toy-cnn")      study = symconv.derive(net)      print(symconv.emit("conv2d", form="loop"))
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

LOSSES = ("CrossEntropy", "MeanSquaredError", "BinaryCrossEntropy", "AbsoluteError", "Huber", "SmoothL1", "Output")
NETWORKS = ("load", "shapes", "Network", "Parameter", "Further", *LOSSES)
SHOWN = ("load", "Network", "from_torch", "derive", "Study")
# Loaded when first asked for: sympy costs half a second and torch several, and `symconv --version` needs neither.
_HOME: dict[str, str] = {
    **dict.fromkeys(NETWORKS, "networks.network"),
    "from_torch": "torch_models.from_torch",
    "derive": "study",
    "Study": "study",
    "grade": "grading.grade",
    "emit": "code.emit",
    "compile": "code.compiled",
    "SymconvError": "errors",
    "SpecError": "errors",
    "NotSupported": "errors",
    "Broken": "errors",
}


def __getattr__(name: str) -> Any:
    value = _value(name)
    if name in SHOWN:  # Jupyter shows what they give
        import_module(f"{__name__}.display")
    globals()[name] = value
    return value


def _value(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    if name[:1].isupper() and name in _layers():
        return _layers()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_layers()})


def _layers() -> dict[str, type[Any]]:
    """Every layer by the name of its class."""
    return {layer.__name__: layer for layer in import_module(f"{__name__}.networks.layers.layers").LAYERS}
