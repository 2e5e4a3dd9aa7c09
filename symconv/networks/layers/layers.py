"""The layers a network is made of: frozen data that refuses, on construction, what it could not mean.

Each checks its own fields, with the readers that the file reader uses; what depends on the input's shape is the
business of `geometry`. Every layer reads the tensor of the layer before it, or the earlier one that `input`
names.
"""

from symconv.networks.layers.affine import Bias, Linear
from symconv.networks.layers.arithmetic import ARITHMETIC, Add, Divide, Maximum, Minimum, Multiply, Subtract
from symconv.networks.layers.batch_norm import BatchNorm
from symconv.networks.layers.contractions import CONTRACTIONS, Einsum, MatMul
from symconv.networks.layers.conv import Conv, ConvTranspose
from symconv.networks.layers.cuts import CUTS, Flip, Pad, Select, Slice
from symconv.networks.layers.elementary import (
    ELEMENTARY,
    Abs,
    Cos,
    Detach,
    Erf,
    Exp,
    Heaviside,
    Log,
    Pow,
    Reciprocal,
    Rsqrt,
    Scale,
    Sin,
    Sqrt,
    Square,
)
from symconv.networks.layers.flow import Flatten
from symconv.networks.layers.function import Pointwise
from symconv.networks.layers.joins import JOINS, Cat, Stacked
from symconv.networks.layers.norms import NORMS, GroupNorm, InstanceNorm, LayerNorm
from symconv.networks.layers.pointwise import (
    ACTIVATIONS as CURVES,
    Celu,
    Dropout,
    Elu,
    Gelu,
    GeluTanh,
    LeakyRelu,
    LogSigmoid,
    Mish,
    Relu,
    Selu,
    Sigmoid,
    Silu,
    Softplus,
    Softsign,
    Tanh,
)
from symconv.networks.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from symconv.networks.layers.reductions import REDUCTIONS, AxisLogSoftmax, AxisMax, AxisMean, AxisSoftmax, AxisSum
from symconv.networks.layers.resampling import RESAMPLING, AdaptiveAvgPool, Interpolate
from symconv.networks.layers.shape import SHAPES, Permute, PixelShuffle, PixelUnshuffle, Repeat, Reshape, Upsample
from symconv.networks.layers.slopes import PRelu
from symconv.networks.layers.straight import (
    STRAIGHT,
    Clamp,
    ClampMax,
    ClampMin,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    Relu6,
    Softshrink,
    Threshold,
)
from symconv.networks.layers.unpool import MaxUnpool
from symconv.networks.parameter import LayerBase as Layer, Parameter

ACTIVATIONS: tuple[type[Pointwise], ...] = (*CURVES, *STRAIGHT, *ELEMENTARY)  # those that torch has a name for
POINTWISE: tuple[type[Pointwise], ...] = (*ACTIVATIONS, Scale, Heaviside, Dropout)
LAYERS: tuple[type[Layer], ...] = (
    Conv, ConvTranspose, Linear, Bias, BatchNorm, *NORMS, *ACTIVATIONS, Scale, Heaviside, PRelu, MaxPool, AvgPool,
    GlobalMaxPool, GlobalAvgPool, MaxUnpool, Flatten, Dropout, *ARITHMETIC, *CONTRACTIONS, *SHAPES, *RESAMPLING,
    *CUTS, *JOINS, *REDUCTIONS,
)  # fmt: skip

__all__ = ["ACTIVATIONS", "ARITHMETIC", "LAYERS", "POINTWISE", "Layer", "Parameter"]
__all__ += ["Conv", "ConvTranspose", "Linear", "Bias", "BatchNorm", "LayerNorm", "InstanceNorm", "GroupNorm"]
__all__ += ["Pointwise", "Relu", "LeakyRelu", "Elu", "Celu", "Selu", "Sigmoid", "Tanh", "Gelu", "GeluTanh", "Softplus"]
__all__ += ["PRelu", "Silu", "Mish", "Softsign", "LogSigmoid", "Dropout"]
__all__ += ["Clamp", "ClampMin", "ClampMax", "Threshold"]
__all__ += ["Relu6", "Hardtanh", "Hardsigmoid", "Hardswish", "Softshrink", "Hardshrink"]
__all__ += ["Exp", "Log", "Sqrt", "Rsqrt", "Square", "Reciprocal", "Pow", "Abs", "Sin", "Cos", "Erf"]
__all__ += ["Scale", "Heaviside", "Detach"]
__all__ += [
    "MaxPool",
    "AvgPool",
    "GlobalMaxPool",
    "GlobalAvgPool",
    "MaxUnpool",
    "Flatten",
    "Add",
    "Subtract",
    "Multiply",
    "Divide",
    "Maximum",
]
__all__ += ["Minimum", "Reshape", "Permute", "PixelShuffle", "PixelUnshuffle", "Upsample", "Repeat"]
__all__ += ["MatMul", "Einsum"]
__all__ += ["Interpolate", "AdaptiveAvgPool"]
__all__ += ["Slice", "Select", "Flip", "Pad", "Cat", "Stacked"]
__all__ += ["AxisSum", "AxisMean", "AxisMax", "AxisSoftmax", "AxisLogSoftmax"]
