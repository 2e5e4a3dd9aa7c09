"""Bad networks whose mistake is in a layer: its keys, its numbers, its shapes."""

IMAGE = "[[1, 0, 2], [0, 1, -1], [2, 1, 0]]"  # (3, 3)
MAPS = "[[[1, 0], [2, 1]], [[0, 1], [1, 1]]]"  # (2, 2, 2)
VECTORS = "[[1, 2], [0, 1], [3, 1]]"  # (3, 2)
ROWS = {n: [[1] * n, [2] * n] for n in (1, 2, 3, 4, 8, 9)}  # a linear layer's weight for n entries
LOSS = '{ type = "cross_entropy", target = 0 }'


EXACT = 'write an integer, a decimal such as 0.5, or a string such as "1/2"'
DIGITS = f"{EXACT}; no exponent, at most 400 digits per part"
NAMES = "use ASCII letters, digits and _, in segments joined by dots, at most 100 characters"
TRUTH = "write true or false"
QUOTED_TRUTH = f"{TRUTH}, without quotes"


def text(*layers: str, value: str = IMAGE, batch: str = "", loss: str = LOSS, last: int = 9) -> str:
    """A network file: these layers, then a linear layer z of `last` entries to two classes (0: none)."""
    z = [f'type = "linear", name = "z", weight = {{ name = "W", value = {ROWS[last]} }}'] if last else []
    listed = ",\n  ".join(f"{{ {layer} }}" for layer in (*layers, *z))
    flag = f"\nbatch = {batch}" if batch else ""
    return f"""name = "bad"
learning_rate = 1
layers = [
  {listed}
]
loss = {loss}

[input]
name = "X"
value = {value}{flag}
"""


def layer(kind: str, more: str = "", name: str = "S") -> str:
    return f'type = "{kind}", name = "{name}"' + (f", {more}" if more else "")


def weight(value: object, key: str = "weight", name: str = "U") -> str:
    return f'{key} = {{ name = "{name}", value = {value} }}'


def filled(*shape: int) -> object:
    """Nested lists of ones."""
    return [filled(*shape[1:]) for _ in range(shape[0])] if shape else 1


def conv(*shape: int, more: str = "", kind: str = "conv") -> str:
    return layer(kind, weight(filled(*shape)) + (f", {more}" if more else ""))


def cross_entropy(more: str) -> str:
    return f'{{ type = "cross_entropy", {more} }}'


RELU = layer("relu")

Bad = dict[str, tuple[str, str, str]]

BAD_LAYERS: Bad = {
    # what: (the file, place and problem, what would work)
    "groups zero": (
        text(conv(2, 1, 1, 1, more="groups = 0"), value=MAPS, last=8),
        "layers[0].groups: 0 is out of range",
        "give an integer from 1 to 10000000",
    ),
    "groups a boolean": (
        text(conv(2, 1, 1, 1, more="groups = true"), value=MAPS, last=8),
        "layers[0].groups: true is not a whole number",
        "give an integer >= 1",
    ),
    "kernel a decimal": (
        text(layer("max_pool", "kernel = 1.5")),
        "layers[0].kernel: 1.5 is not a whole number",
        "give an integer >= 1",
    ),
    "kernel a decimal in a list": (
        text(layer("max_pool", "kernel = [1e999, 2]")),
        "layers[0].kernel[0]: 1e999 is not a whole number",
        "give an integer >= 1",
    ),
    "name in Chinese": (
        text(layer("relu", name="权")),
        'layers[0].name: "权" cannot name a tensor',
        "use ASCII letters, digits and _, in segments joined by dots, at most 100 characters",
    ),
    "groups huge": (
        text(conv(2, 1, 1, 1, more="groups = 99999999999999999999"), value=MAPS, last=8),
        "layers[0].groups: 99999999999999999999 is out of range",
        "give an integer from 1 to 10000000",
    ),
    "groups that do not divide": (
        text(conv(2, 1, 1, 1, more="groups = 3"), value=MAPS, last=8),
        "layers[0].groups: 2 output channels do not split into 3 groups",
        "give a divisor of 2, the first extent of weight",
    ),
    "groups without channels": (
        text(conv(1, 1, more="groups = 2")),
        "layers[0].groups: 2 groups of a convolution without channels",
        "leave groups out",
    ),
    "groups for other channels": (
        text(conv(4, 2, 1, 1, more="groups = 2"), value=MAPS, last=8),
        'layers[0] (conv "S"): its input 2x2x2 has 2 channels, weight U of 2 groups wants 4',
        "give a weight whose second extent is 1",
    ),
    "groups that the input does not fill": (
        text(conv(3, 1, 1, 1, more="groups = 3"), value=MAPS, last=8),
        'layers[0] (conv "S"): its input 2x2x2 has 2 channels, weight U of 3 groups wants 3',
        "give groups a divisor of 2",
    ),
    "transposed groups": (
        text(conv(2, 1, 1, 1, more="groups = 3", kind="conv_transpose"), value=MAPS, last=8),
        "layers[0].groups: 2 input channels do not split into 3 groups",
        "give a divisor of 2, the first extent of weight",
    ),
    "stride of a list too long": (
        text(conv(2, 2, 1, 1, more="stride = [1, 1, 1]"), value=MAPS, last=8),
        "layers[0].stride: a list of 3 does not fit 2 dimensions",
        "give one number, or 2",
    ),
    "stride of a list of one": (
        text(conv(2, 2, 1, 1, more="stride = [1]"), value=MAPS, last=8),
        "layers[0].stride: a list of 1 does not fit 2 dimensions",
        "give one number, or 2",
    ),
    "stride an empty list": (
        text(conv(2, 2, 1, 1, more="stride = []"), value=MAPS, last=8),
        "layers[0].stride: an empty list does not fit 1 to 3 dimensions",
        "give a number for each dimension",
    ),
    "padding of three numbers": (
        text(conv(2, 2, 1, 1, more="padding = [[1, 2, 3], 0]"), value=MAPS, last=8),
        "layers[0].padding[0]: a list of 3 is no pair",
        "give one number, or 2",
    ),
    "padding as a word": (
        text(conv(2, 2, 1, 1, more='padding = "same"'), value=MAPS, last=8),
        'layers[0].padding: "same" is not a whole number',
        "give an integer >= 0, without quotes",
    ),
    "weight of six dimensions": (
        text(conv(1, 1, 1, 1, 1, 1), value=MAPS, last=8),
        "layers[0].weight.value: is nested deeper than 5 lists",
        "a tensor has at most 5 dimensions",
    ),
    "weight of one dimension": (
        text(layer("conv_transpose", weight([1, 2])), value=MAPS, last=8),
        "layers[0].weight.value: has shape (2,), not 2 or 3 or 4 or 5 dimensions",
        "give a list of rows, or of channels: (C, O/groups, kh, kw)",
    ),
    "transposed groups without channels": (
        text(conv(1, 1, kind="conv_transpose", more="groups = 2")),
        "layers[0].groups: 2 groups of a convolution without channels",
        "leave groups out",
    ),
    "transposed bias without channels": (
        text(layer("conv_transpose", weight(filled(1, 1)) + ", " + weight([1, 2], "bias", "b"))),
        "layers[0].bias.value: has shape (2,), but a convolution without channels adds one number",
        "give one number",
    ),
    "transposed output padding without channels": (
        text(conv(1, 1, kind="conv_transpose", more="output_padding = [0, 1]")),
        "layers[0].output_padding[1]: 1 is not below the stride 1 or the dilation 1",
        "give at most 0",
    ),
    "transposed bias": (
        text(
            layer("conv_transpose", weight(filled(2, 1, 1, 1)) + ", groups = 2, " + weight([1], "bias", "b")),
            value=MAPS,
            last=8,
        ),
        "layers[0].bias.value: has shape (1,), but the weight and the groups make 2 output channels",
        "give a list of 2",
    ),
    "bias of a convolution": (
        text(layer("conv", weight(filled(3, 2, 2, 2)) + ", " + weight([1, 2], "bias", "b")), value=MAPS, last=3),
        "layers[0].bias.value: has shape (2,), but the weight has 3 output channels",
        "give a list of 3",
    ),
    "output padding of a stride": (
        text(conv(2, 1, 1, 1, kind="conv_transpose", more="stride = 2, output_padding = [2, 1]"), value=MAPS, last=9),
        "layers[0].output_padding[0]: 2 is not below the stride 2 or the dilation 1",
        "give at most 1",
    ),
    "output padding negative": (
        text(conv(2, 1, 1, 1, kind="conv_transpose", more="output_padding = -1"), value=MAPS, last=9),
        "layers[0].output_padding: -1 is out of range",
        "give an integer from 0 to 10000000",
    ),
    "output padding of a conv": (
        text(conv(2, 2, 1, 1, more="output_padding = 1"), value=MAPS, last=8),
        "layers[0].output_padding: is not a known key",
        'did you mean "padding"?',
    ),
    "kernel of four": (
        text(layer("max_pool", "kernel = [1, 1, 1, 1]"), last=9),
        "layers[0].kernel: a list of 4 does not fit 1 to 3 dimensions",
        "give a number for each dimension",
    ),
    "kernel missing": (
        text(layer("avg_pool")),
        "layers[0].kernel: is missing",
        "keys: type, name, kernel, stride, padding, ceil, count_padding, input",
    ),
    "ceil a word": (
        text(layer("max_pool", 'kernel = 2, ceil = "yes"'), last=4),
        'layers[0].ceil: "yes" is not true or false',
        QUOTED_TRUTH,
    ),
    "ceil a number": (
        text(layer("avg_pool", "kernel = 2, ceil = 1"), last=4),
        "layers[0].ceil: 1 is not true or false",
        TRUTH,
    ),
    "count_padding a number": (
        text(layer("avg_pool", "kernel = 2, count_padding = 0"), last=1),
        "layers[0].count_padding: 0 is not true or false",
        TRUTH,
    ),
    "dilation of a mean": (
        text(layer("avg_pool", "kernel = 2, dilation = 2"), last=1),
        "layers[0].dilation: is not a known key",
        "keys: type, name, kernel, stride, padding, ceil, count_padding, input",
    ),
    "padding of a mean": (
        text(layer("avg_pool", "kernel = 2, padding = [2, 1]"), last=9),
        "layers[0].padding[0]: 2 is more than half of the kernel's extent 2",
        "give at most 1, as torch demands",
    ),
    "slope a word": (
        text(layer("leaky_relu", 'slope = "steep"')),
        'layers[0].slope: "steep" is not an exact number',
        DIGITS,
    ),
    "slope of a relu": (
        text(layer("relu", 'slope = "1/2"')),
        "layers[0].slope: is not a known key",
        "keys: type, name, input",
    ),
    "alpha nan": (
        text(layer("elu", "alpha = nan")),
        'layers[0].alpha: "nan" is not an exact number',
        DIGITS,
    ),
    "epsilon zero": (
        text(layer("batch_norm", "epsilon = 0"), value=MAPS, last=8),
        "layers[0].epsilon: 0 is out of range",
        "give a number > 0",
    ),
    "epsilon an exponent": (
        text(layer("batch_norm", "epsilon = 1e-5"), value=MAPS, last=8),
        'layers[0].epsilon: "1e-5" is not an exact number',
        DIGITS,
    ),
    "rate above one": (
        text(layer("dropout", "rate = 1.5")),
        "layers[0].rate: 3/2 is out of range",
        "give a number from 0 to 1",
    ),
    "dropout in training": (
        text(layer("dropout", "training = true")),
        "layers[0].training: dropout in training mode is random: it has no derivation",
        "leave it out; evaluation mode is the identity",
    ),
    "training a number": (
        text(layer("dropout", "training = 1")),
        "layers[0].training: 1 is not true or false",
        TRUTH,
    ),
    "bounds the wrong way round": (
        text(layer("hardtanh", "min = 1, max = -1")),
        "layers[0].min: 1 is not below max, -1",
        "give min < max",
    ),
    "alpha zero": (
        text(layer("celu", "alpha = 0")),
        "layers[0].alpha: 0 is out of range",
        "give a number other than 0",
    ),
    "exponent zero": (
        text(layer("pow", "exponent = 0")),
        "layers[0].exponent: 0 is out of range",
        "give a number from -16 to 16, other than 0",
    ),
    "factor zero": (
        text(layer("scale", "factor = 0, offset = 1")),
        "layers[0].factor: 0 is out of range",
        "give a number other than 0",
    ),
    "threshold negative": (
        text(layer("softshrink", 'threshold = "-1/2"')),
        "layers[0].threshold: -1/2 is out of range",
        "give a number >= 0",
    ),
    "gelu by tanh": (
        text(layer("gelu", 'approximate = "tanh"')),
        "layers[0].approximate: is not a known key",
        "keys: type, name, input",
    ),
    "mean without variance": (
        text(layer("batch_norm", weight([1, 2], "mean", "m")), value=MAPS, last=8),
        "layers[0].variance: is missing",
        "give mean and variance (inference), or neither (training)",
    ),
    "variance without mean": (
        text(layer("batch_norm", weight([1, 2], "variance", "v")), value=MAPS, last=8),
        "layers[0].mean: is missing",
        "give mean and variance (inference), or neither (training)",
    ),
    "variance negative": (
        text(
            layer("batch_norm", weight([0, 0], "mean", "m") + ", " + weight([1, -2], "variance", "v")),
            value=MAPS,
            last=8,
        ),
        "layers[0].variance.value[1]: -2 is negative",
        "give a number >= 0",
    ),
    "mean of two dimensions": (
        text(
            layer("batch_norm", weight([[0, 0]], "mean", "m") + ", " + weight([1, 2], "variance", "v")),
            value=MAPS,
            last=8,
        ),
        "layers[0].mean.value: has shape (1, 2)",
        "give a list, a number for each channel",
    ),
    "bias missing": (
        text(layer("bias")),
        "layers[0].bias: is missing",
        "keys: type, name, bias, input",
    ),
    "bias of two dimensions": (
        text(layer("bias", weight([[1]], "bias", "b"))),
        "layers[0].bias.value: has shape (1, 1)",
        "give one number for each channel",
    ),
    "other missing": (
        text(layer("add")),
        "layers[0].other: nothing is given to add with",
        "give one of other (an earlier tensor), weight and constant (numbers)",
    ),
    "other a number": (
        text(layer("add", "other = 3")),
        "layers[0].other: 3 is not a name",
        'write text, for example "S"',
    ),
    "kind of torch": (
        text(layer("Conv2d")),
        'layers[0].type: "Conv2d" is not a known layer',
        'did you mean "conv"?',
    ),
    "maps for a kernel without channels": (
        text(conv(2, 2), value=MAPS, last=8),
        'layers[0] (conv "S"): its input has shape (2, 2, 2), without channels it must be (H, W)',
        "give a weight with channels (O, C, kh, kw)",
    ),
    "a batch for a kernel without channels": (
        text(conv(2, 2), value=IMAGE, batch="true", last=9, loss=cross_entropy("target = [0, 0, 0]")),
        'layers[0] (conv "S"): its input 3x3 is a batch, weight U has no channels',
        "give a weight (O, C, kh, kw) and images (C, H, W)",
    ),
    "an image for a kernel with channels": (
        text(conv(1, 1, 2, 2), last=4),
        'layers[0] (conv "S"): its input has shape (3, 3), its weight wants (C, H, W)',
        "give the input an axis for channels, (1, H, W) for one",
    ),
    "four axes and no batch": (
        text(conv(1, 2, 1, 1), value=f"[{MAPS}]", last=8),
        'layers[0] (conv "S"): its input has shape (1, 2, 2, 2), its weight wants (C, H, W)',
        "write batch = true under [input] if its first axis counts images",
    ),
    "other channels": (
        text(conv(1, 3, 1, 1), value=MAPS, last=4),
        'layers[0] (conv "S"): its input 2x2x2 has 2 channels, weight U of 1 group wants 3',
        "give a weight whose second extent is 2",
    ),
    "transposed other channels": (
        text(conv(3, 1, 1, 1, kind="conv_transpose"), value=MAPS, last=4),
        'layers[0] (conv_transpose "S"): its input 2x2x2 has 2 channels, weight U of 1 group wants 3',
        "give a weight whose first extent is 2",
    ),
    "transposed image of channels": (
        text(conv(2, 2, kind="conv_transpose"), value=MAPS, last=0),
        'layers[0] (conv_transpose "S"): its input has shape (2, 2, 2), without channels it must be (H, W)',
        "give a weight with channels (C, O, kh, kw)",
    ),
    "transposed batch without channels": (
        text(conv(2, 2, kind="conv_transpose"), batch="true", last=0),
        'layers[0] (conv_transpose "S"): its input 3x3 is a batch, weight U has no channels',
        "give a weight (C, O, kh, kw) and images (C, H, W)",
    ),
    "transposed after the linear layer": (
        text(layer("linear", weight(ROWS[9], "weight", "V"), "v"), conv(1, 1, kind="conv_transpose"), last=0),
        'layers[1] (conv_transpose "S"): its input has shape (2,), without channels it must be (H, W)',
        "put it before the linear layer",
    ),
    "transposed image of nothing": (
        text(conv(1, 1, kind="conv_transpose", more="padding = 2"), last=0),
        'layers[0] (conv_transpose "S"): its padding leaves nothing of the output: -1x-1',
        "give less padding",
    ),
    "transposed nothing left": (
        text(conv(2, 1, 2, 2, kind="conv_transpose", more="padding = 2"), value=MAPS, last=4),
        'layers[0] (conv_transpose "S"): its padding leaves nothing of the output: -1x-1',
        "give less padding",
    ),
    "kernel too large": (
        text(conv(1, 2, 4, 2), value=MAPS, last=4),
        'layers[0] (conv "S"): kernel 4x2 does not fit its input 2x2 (padding 0, dilation 1)',
        "give padding >= 1 in the first dimension, or a kernel of at most 2x2",
    ),
    "pool of a vector": (
        text(layer("avg_pool", "kernel = 2"), value="[1, 2, 3]", last=3),
        'layers[0] (avg_pool "S"): its input has shape (3,), a kernel of 2 dimensions wants (H, W) or (C, H, W)',
        "put it before the linear layer",
    ),
    "pool of five axes": (
        text(layer("avg_pool", "kernel = [1, 1]"), value=f"[[{MAPS}]]", last=8),
        (
            'layers[0] (avg_pool "S"): its input has shape (1, 1, 2, 2, 2), a kernel of 2 dimensions wants '
            "(H, W) or (C, H, W)"
        ),
        "give a kernel of more numbers",
    ),
    "pool of a batch of vectors": (
        text(
            layer("max_pool", "kernel = [2]"),
            value="[[1, 2]]",
            batch="true",
            last=2,
            loss=cross_entropy("target = [0]"),
        ),
        'layers[1] (linear "z"): weight W has 2 columns, but its input 1 has 1 entry',
        "give 1 number in each row",
    ),
    "ceil does not make room": (
        text(layer("max_pool", "kernel = [9, 1], stride = 1, ceil = true"), last=9),
        'layers[0] (max_pool "S"): kernel 9x1 does not fit its input 3x3 (padding 0, dilation 1)',
        "give a kernel of at most 3x3",
    ),
    "dilated window in the padding": (
        text(layer("max_pool", "kernel = [2, 1], padding = [1, 0], dilation = [4, 1], stride = 1"), last=3),
        'layers[0] (max_pool "S"): window 0 of dimension 0 reads nothing but padding',
        "give less padding or a smaller dilation",
    ),
    "global pool of a batch of vectors": (
        text(layer("global_avg_pool"), value=VECTORS, batch="true", last=1, loss=cross_entropy("target = [0, 1, 0]")),
        'layers[0] (global_avg_pool "S"): its input has shape (3, 2), and no axis to pool over',
        "put it before the linear layer",
    ),
    "linear of a batch": (
        text(value=VECTORS, batch="true", last=3, loss=cross_entropy("target = [0, 1, 0]")),
        'layers[0] (linear "z"): weight W has 3 columns, but its input 2 has 2 entries',
        "give 2 numbers in each row",
    ),
    "bias of other channels": (
        text(layer("bias", weight([1, 2, 3], "bias", "b")), value=MAPS, last=8),
        'layers[0] (bias "S"): b has shape (3,), but its input 2x2x2 has 2 channels',
        "give 2 numbers",
    ),
    "bias of an image": (
        text(layer("bias", weight([1, 2, 3], "bias", "b"))),
        'layers[0] (bias "S"): b has shape (3,), but its input 3x3 has no channels',
        "give 1 number",
    ),
    "batch norm of an image": (
        text(layer("batch_norm")),
        'layers[0] (batch_norm "S"): its input 3x3 has no channels',
        "give the input an axis for channels",
    ),
    "batch norm of other channels": (
        text(layer("batch_norm", weight([1, 2, 3])), value=MAPS, last=8),
        'layers[0] (batch_norm "S"): U has shape (3,), but its input 2x2x2 has 2 channels',
        "give 2 numbers",
    ),
    "batch norm of one number": (
        text(layer("batch_norm"), value="[[1, 2]]", batch="true", last=2, loss=cross_entropy("target = [0]")),
        'layers[0] (batch_norm "S"): each channel of its input 1x2 has one number, and no variance to train with',
        "give mean and variance, or an input of more numbers",
    ),
    "sum of two shapes": (
        text(conv(2, 2), layer("add", 'other = "X"', "A"), last=4),
        'layers[1] (add "A"): its input has shape (2, 2), X has (3, 3)',
        "add goes with tensors whose extents, from the last on, agree or are 1",
    ),
    "input a batch of nothing": (
        text(value="[1, 2]", batch="true", last=1, loss=cross_entropy("target = [0, 0]")),
        "input.value: has shape (2,), and its images none",
        "give a list of numbers for each image",
    ),
    "batch a word": (
        text(batch='"yes"'),
        'input.batch: "yes" is not true or false',
        QUOTED_TRUTH,
    ),
    "batch of a layer": (
        text(layer("relu", "batch = true")),
        "layers[0].batch: is not a known key",
        "keys: type, name, input",
    ),
}
