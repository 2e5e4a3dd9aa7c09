"""The layers a network is made of: frozen data that refuses, on construction, what it could not mean.

Each checks its own fields, with the readers that the file reader uses; what depends on the input's shape is the
business of `geometry`. Every layer reads the tensor of the layer before it, or the earlier one that `input`
names.
"""

from symconv.networks.layers.affine import BatchNorm, Bias, Linear
from symconv.networks.layers.arithmetic import ARITHMETIC, Add, Div, Mul, Sub
from symconv.networks.layers.conv import Conv, ConvTranspose
from symconv.networks.layers.cuts import CUTS, Flip, Pad, Select, Slice
from symconv.networks.layers.flow import Flatten
from symconv.networks.layers.joins import JOINS, Cat, Stack
from symconv.networks.layers.pointwise import (
    ACTIVATIONS,
    Dropout,
    Elu,
    Gelu,
    LeakyRelu,
    Pointwise,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
)
from symconv.networks.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from symconv.networks.layers.shape import SHAPES, Permute, PixelShuffle, PixelUnshuffle, Reshape, Upsample
from symconv.networks.parameter import LayerBase as Layer, Parameter

LAYERS: tuple[type[Layer], ...] = (
    Conv, ConvTranspose, Linear, Bias, BatchNorm, *ACTIVATIONS, MaxPool, AvgPool, GlobalMaxPool, GlobalAvgPool,
    Flatten, Dropout, *ARITHMETIC, *SHAPES, *CUTS, *JOINS,
)  # fmt: skip
POINTWISE: tuple[type[Pointwise], ...] = (*ACTIVATIONS, Dropout)

__all__ = ["ACTIVATIONS", "ARITHMETIC", "LAYERS", "POINTWISE", "Layer", "Parameter"]
__all__ += ["Conv", "ConvTranspose", "Linear", "Bias", "BatchNorm"]
__all__ += ["Pointwise", "Relu", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "Gelu", "Softplus", "Dropout"]
__all__ += ["MaxPool", "AvgPool", "GlobalMaxPool", "GlobalAvgPool", "Flatten", "Add", "Sub", "Mul", "Div"]
__all__ += [
    "Reshape",
    "Permute",
    "PixelShuffle",
    "PixelUnshuffle",
    "Upsample",
    "Slice",
    "Select",
    "Flip",
    "Pad",
    "Cat",
    "Stack",
]
