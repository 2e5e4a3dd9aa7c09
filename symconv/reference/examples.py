"""The smallest network of each layer and of each loss, as the text of a file that loads: equation and gradients are
derived from it. They stand in the groups and in the order in which a reader looks for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

Lines = Mapping[str, str]  # key and value, as the file has them
INPUT, FURTHER, LAYER, LOSS = "[input]", "[[tensors]]", "[[layers]]", "[loss]"
MATRIX, POSITIVE = "[[1, -2], [3, 4]]", "[[1, 2], [3, 4]]"
IMAGE = "[[1, 0, 2], [0, 1, -1], [2, 1, 0]]"
CHANNELS = "[[[1, 0, 2], [0, 1, -1], [2, 1, 0]], [[0, 1, 0], [1, 0, 2], [-1, 1, 1]]]"
FOUR_CHANNELS = "[[[1, 2], [3, 4]], [[0, 1], [-1, 2]], [[2, 0], [1, 1]], [[3, -1], [0, 5]]]"
LARGE = "[[[1, 2, 3, 4], [0, 1, -1, 2], [2, 0, 1, 1], [3, -1, 0, 5]]]"
BATCH = "[[[[1, 2], [3, 5]], [[0, 1], [-1, 2]]], [[[2, 0], [1, 1]], [[3, -1], [0, 4]]]]"
KERNELS = "[[[[1, -1], [2, 0]], [[0, 1], [1, 1]]], [[[0, 1], [1, 0]], [[1, 0], [0, -1]]]]"
AFFINE = {"weight": "[[1, 0, 2], [0, 1, -1]]", "bias": "[1, 0]"}
CALLED = {"weight": "W", "bias": "b"}


@dataclass(frozen=True)
class Example:
    """A network file: the lines of each table, by its heading. `own`: the heading of what it is an example of, a layer
    or the loss."""

    group: str
    kind: str
    own: str
    tables: Mapping[str, Lines]

    @property
    def of_loss(self) -> bool:
        """Whether it is an example of the loss."""
        return self.own == LOSS

    def with_line(self, table: str, key: str, value: str) -> "Example":
        """The same with another line in a table, or with one more."""
        return replace(self, tables={**self.tables, table: {**self.tables[table], key: value}})

    def without(self, key: str) -> "Example":
        """The same without a line of what it is an example of."""
        own = {k: value for k, value in self.tables[self.own].items() if k != key}
        return replace(self, tables={**self.tables, self.own: own})

    def text(self) -> str:
        """The whole file."""
        head = f'name = "{self.kind.replace("_", "-")}"\nlearning_rate = 1\n'
        return "\n".join([head, *(f"{name}\n{_lines(table)}" for name, table in self.tables.items() if table)])


def _lines(table: Lines) -> str:
    return "".join(f"{key} = {value}\n" for key, value in table.items())


def held(name: str, value: str) -> str:
    """A tensor that learns."""
    return f'{{ name = "{name}", value = {value} }}'


def _layer(kind: str, name: str, more: Lines) -> Lines:
    return {"type": f'"{kind}"', "name": f'"{name}"', **more}


def _input(value: str) -> Lines:
    return {"name": '"X"', "value": value}


SECOND = {"weight": held("W", MATRIX)}
SHIFTED = {"weight": held("gamma", "[1, 2]"), "bias": held("beta", "[0, 1]")}
SHIFTED_FOUR = {"weight": held("gamma", "[1, 2, 1, 1]"), "bias": held("beta", "[0, 1, 0, 2]")}
JOINED = {"others": '["A"]', "axis": "0"}
WIDE = "[[1, 2, 0, 3], [4, 1, 2, 2]]"
UNPOOLED = {"kernel": "[1, 2]", "other": '"A"'}
FURTHERS = ((JOINED, MATRIX), (UNPOOLED, WIDE))  # lines that read a further tensor, and its numbers
Bodies = Mapping[str, tuple[str, Lines]]  # by kind: the input's numbers, and the layer's own lines
NOTHING: Lines = {}
BENT = {"alpha": "2"}
PLAIN = (MATRIX, NOTHING)
GROUPS: Mapping[str, Bodies] = {
    "convolutions": {
        "conv": (CHANNELS, {"weight": held("K", KERNELS), "bias": held("beta", "[1, 0]")}),
        "conv_transpose": (CHANNELS, {"weight": held("K", KERNELS), "bias": held("beta", "[1, 0]"), "stride": "2"}),
    },
    "products": {
        "linear": ("[1, -2, 3]", {key: held(CALLED[key], value) for key, value in AFFINE.items()}),
        "bias": (CHANNELS, {"bias": held("beta", "[1, -1]")}),
        "matmul": (MATRIX, SECOND),
        "einsum": (MATRIX, {"equation": '"ij,kj->ik"', **SECOND}),
    },
    "activations": {
        **dict.fromkeys(
            ("relu", "leaky_relu", "prelu", "elu", "celu", "selu", "gelu", "gelu_tanh", "silu", "mish", "softplus",
             "sigmoid", "logsigmoid", "tanh", "softsign", "relu6", "hardtanh", "hardsigmoid", "hardswish", "softshrink",
             "hardshrink", "threshold", "clamp", "clamp_min", "clamp_max", "dropout"), PLAIN,
        ),
        "prelu": (MATRIX, {"weight": held("a", "0.25")}), **dict.fromkeys(("elu", "celu"), (MATRIX, BENT)),
        "threshold": (MATRIX, {"threshold": "1", "value": "2"}), "clamp_min": (MATRIX, {"min": "-1"}),
    },
    "functions": {
        "scale": (MATRIX, {"factor": '"1/2"', "offset": "1"}), "pow": (POSITIVE, {"exponent": "3"}),
        **dict.fromkeys(
            ("square", "sqrt", "rsqrt", "reciprocal", "exp", "log", "abs", "sin", "cos", "erf", "heaviside", "detach"),
            (POSITIVE, NOTHING),
        ),
    },
    "pooling": {
        **dict.fromkeys(("max_pool", "avg_pool"), (IMAGE, {"kernel": "2", "stride": "1"})),
        **dict.fromkeys(("global_max_pool", "global_avg_pool"), (CHANNELS, NOTHING)),
        "adaptive_avg_pool": (IMAGE, {"size": "2"}), "max_unpool": (MATRIX, UNPOOLED),
    },
    "norms": {
        "batch_norm": (BATCH, SHIFTED), "layer_norm": (MATRIX, {"shape": "[2]", **SHIFTED}),
        "instance_norm": (CHANNELS, SHIFTED), "group_norm": (FOUR_CHANNELS, {"groups": "2", **SHIFTED_FOUR}),
    },
    "arithmetic": dict.fromkeys(("add", "sub", "mul", "div", "maximum", "minimum"), (MATRIX, SECOND)),
    "moves": {
        "flatten": PLAIN, "reshape": (MATRIX, {"shape": "[4]"}), "permute": (MATRIX, {"axes": "[1, 0]"}),
        "repeat": (MATRIX, {"times": "[1, 2]"}), "upsample": (MATRIX, {"factor": "2"}),
        "interpolate": (MATRIX, {"size": "3"}), "pixel_shuffle": (FOUR_CHANNELS, {"factor": "2"}),
        "pixel_unshuffle": (LARGE, {"factor": "2"}), "slice": (IMAGE, {"axis": "0", "start": "1", "stop": "3"}),
        "select": (IMAGE, {"axis": "0", "place": "1"}), "flip": (MATRIX, {"axis": "1"}),
        "pad": (MATRIX, {"padding": "1"}),
    },
    "joins": dict.fromkeys(("cat", "stack"), (MATRIX, JOINED)),
    "reductions": {
        **dict.fromkeys(("axis_sum", "axis_mean", "axis_max"), (MATRIX, {"axes": "[1]"})),
        **dict.fromkeys(("axis_softmax", "axis_log_softmax"), (MATRIX, {"axis": "1"})),
    },
}  # fmt: skip
COMPARED = {"target": "[2, -1]"}
TARGETS: Mapping[str, Lines] = {
    "cross_entropy": {"target": "0"}, "binary_cross_entropy": {"target": "[1, 0]"},
    **dict.fromkeys(("mean_squared_error", "absolute_error"), COMPARED),
    "huber": {**COMPARED, "delta": "2"}, "smooth_l1": {**COMPARED, "beta": "2"}, "output": {},
}  # fmt: skip


def _examples() -> Iterator[Example]:
    for group, bodies in GROUPS.items():
        for kind, (value, lines) in bodies.items():
            given: Lines = {**_input(value), **({"batch": "true"} if value == BATCH else {})}
            read = next((numbers for of, numbers in FURTHERS if of is lines), "")
            further = {"name": '"A"', "value": read, "learns": "true"} if read else {}
            tables = {INPUT: given, FURTHER: further, LAYER: _layer(kind, "Y", lines), LOSS: {"type": '"output"'}}
            yield Example(group, kind, LAYER, tables)
    scores = _layer("linear", "z", {"weight": held("W", AFFINE["weight"])})
    for kind, lines in TARGETS.items():
        given, loss = _input("[1, -2, 3]"), {"type": f'"{kind}"', **lines}
        yield Example("losses", kind, LOSS, {INPUT: given, LAYER: scores, LOSS: loss})


EXAMPLES: Mapping[str, Example] = {example.kind: example for example in _examples()}
GROUPED: Mapping[str, tuple[str, ...]] = {
    group: tuple(kind for kind, example in EXAMPLES.items() if example.group == group)
    for group in dict.fromkeys(example.group for example in EXAMPLES.values())
}
Change = tuple[str, str, str]  # a table, and the line that makes what it says too much
TOO_LONG = (LAYER, "weight", held("W", "[1, 2, 3]"))
REFUSED: Mapping[str, tuple[Change, ...]] = {
    "conv": ((LAYER, "stride", "0"), (LAYER, "groups", "3"), (INPUT, "value", MATRIX)),
    "conv_transpose": ((LAYER, "output_padding", "2"), (LAYER, "padding", "3")),
    "linear": ((INPUT, "value", "[1, 2]"),),
    "bias": ((LAYER, "bias", held("beta", "[1, 2, 3]")),),
    "matmul": ((INPUT, "value", IMAGE),),
    "einsum": ((LAYER, "equation", '"ij,jk"'), (INPUT, "value", IMAGE)),
    "prelu": ((LAYER, "weight", held("a", "[1, 2, 3]")),),
    "celu": ((LAYER, "alpha", "0"),),
    **dict.fromkeys(("hardtanh", "clamp"), ((LAYER, "min", "2"),)),
    **dict.fromkeys(("softshrink", "hardshrink"), ((LAYER, "threshold", "-1"),)),
    "dropout": ((LAYER, "rate", "2"), (LAYER, "training", "true")),
    "scale": ((LAYER, "factor", "0"),),
    "pow": ((LAYER, "exponent", "0"), (LAYER, "exponent", "17")),
    **dict.fromkeys(("log", "sqrt", "rsqrt", "reciprocal"), ((INPUT, "value", "[[0, 1]]"),)),
    "exp": ((INPUT, "value", "[[701, 1]]"),),
    "max_pool": ((LAYER, "padding", "2"), (LAYER, "kernel", "4")),
    "avg_pool": ((LAYER, "padding", "2"), (LAYER, "kernel", "4")),
    "global_max_pool": ((INPUT, "value", "[[[[[1, 2]]]]]"),),
    "global_avg_pool": ((INPUT, "value", "[[[[[1, 2]]]]]"),),
    "adaptive_avg_pool": ((LAYER, "size", "[1, 2, 3, 4]"),),
    "max_unpool": ((LAYER, "stride", "1"), (LAYER, "kernel", "3")),
    "batch_norm": ((LAYER, "mean", held("m", "[0, 1]")), (LAYER, "epsilon", "0"), (INPUT, "value", "[[1, 2]]")),
    "layer_norm": ((LAYER, "shape", "[3]"), (LAYER, "epsilon", "0")),
    "instance_norm": ((INPUT, "value", "[[[1]], [[2]]]"), (LAYER, "epsilon", "0")),
    "group_norm": ((LAYER, "groups", "3"), (LAYER, "epsilon", "0")),
    **dict.fromkeys(("add", "sub", "mul", "maximum", "minimum"), (TOO_LONG,)),
    "div": (TOO_LONG, (LAYER, "weight", held("W", "[1, 0]"))),
    "reshape": ((LAYER, "shape", "[3]"),),
    "permute": ((LAYER, "axes", "[0, 0]"),),
    "repeat": ((LAYER, "times", "[2]"),),
    "upsample": ((LAYER, "factor", "0"),),
    "interpolate": ((LAYER, "mode", '"nearest"'),),
    "pixel_shuffle": ((LAYER, "factor", "3"),),
    "pixel_unshuffle": ((LAYER, "factor", "3"),),
    "slice": ((LAYER, "stop", "4"), (LAYER, "step", "0")),
    "select": ((LAYER, "place", "3"),),
    "flip": ((LAYER, "axis", "2"),),
    "pad": ((LAYER, "mode", '"mirror"'),),
    "cat": ((LAYER, "axis", "2"), (INPUT, "value", IMAGE)),
    "stack": ((LAYER, "axis", "3"), (INPUT, "value", IMAGE)),
    **dict.fromkeys(("axis_sum", "axis_mean", "axis_max"), ((LAYER, "axes", "[2]"),)),
    **dict.fromkeys(("axis_softmax", "axis_log_softmax"), ((LAYER, "axis", "2"),)),
    "cross_entropy": ((LOSS, "target", "2"), (LOSS, "label_smoothing", "2")),
    "binary_cross_entropy": ((LOSS, "target", "[2, 0]"),),
    **dict.fromkeys(("mean_squared_error", "absolute_error"), ((LOSS, "target", "[1]"),)),
    "huber": ((LOSS, "target", "[1]"), (LOSS, "delta", "0")),
    "smooth_l1": ((LOSS, "target", "[1]"), (LOSS, "beta", "0")),
    "output": ((LOSS, "reduction", '"none"'),),
}
