"""Networks with one mistake each, as TOML, and the message that each gets: place, value and what would work."""

from bad_layers import BAD_LAYERS, DIGITS, MAPS, NAMES, RELU, VECTORS, Bad, conv, cross_entropy, layer, text, weight

BAD: Bad = {
    **BAD_LAYERS,
    "a parameter without a value": (
        text(layer("linear", 'weight = { name = "V" }'), last=0),
        'layers[0].weight.value: is missing, and no earlier parameter is called "V"',
        "give its value, or the name of a parameter of an earlier layer",
    ),
    "a slip of a parameter's name": (
        text(layer("conv", weight([[1]], name="hidden"), "A"), layer("conv", 'weight = { name = "hiden" }', "B")),
        'layers[1].weight.value: is missing, and no earlier parameter is called "hiden"',
        'did you mean "hidden"?',
    ),
    "an unknown input": (
        text(RELU, layer("tanh", 'input = "T"', "P")),
        'layers[1].input: "T" names no tensor',
        "give one of X, S",
    ),
    "a slip of a name": (
        text(layer("relu", name="hidden"), layer("tanh", 'input = "hiden"', "P")),
        'layers[1].input: "hiden" names no tensor',
        'did you mean "hidden"?',
    ),
    "a parameter as input": (
        text(conv(1, 1), layer("tanh", 'input = "U"', "P")),
        'layers[1].input: "U" is layers[0].weight, no output of a layer',
        "give one of X, S",
    ),
    "its own output": (
        text(layer("relu", 'input = "S"')),
        'layers[0].input: "S" would make a cycle: it is its own output',
        "give X",
    ),
    "a later output": (
        text(layer("relu", 'input = "P"'), layer("relu", name="P")),
        'layers[0].input: "P" would make a cycle: it is computed later',
        "give X",
    ),
    "a later other": (
        text(RELU, layer("add", 'other = "z"', "P")),
        'layers[1].other: "z" would make a cycle: it is computed later',
        "give one of X, S",
    ),
    "a statistic as input": (
        text(layer("batch_norm", name="n"), layer("relu", 'input = "n.mean"'), value=MAPS, last=8),
        'layers[1].input: "n.mean" is a statistic of layers[0], no output of a layer',
        "give one of X, n",
    ),
    "a dead end": (
        text(RELU, layer("tanh", 'input = "X"', "P")),
        'layers[0] (relu "S"): nothing reads it',
        "name it as the input or the other of a later layer, or leave it out",
    ),
    "reserved as input": (
        text(layer("relu", 'input = "y"')),
        'layers[0].input: "y" is reserved for the probabilities (softmax or sigmoid), also where there are none',
        "choose another name",
    ),
    "a hostile input": (
        text(layer("relu", r'input = "X\nimport os"')),
        'layers[0].input: "X\\nimport os" cannot name a tensor',
        NAMES,
    ),
    "a hostile name": (
        text(layer("relu", name="__import__('os')")),
        "layers[0].name: \"__import__('os')\" cannot name a tensor",
        NAMES,
    ),
    "input empty": (
        text(layer("relu", 'input = ""')),
        'layers[0].input: "" cannot name a tensor',
        NAMES,
    ),
    "a statistic's name taken": (
        text(layer("batch_norm", name="n"), layer("relu", name="n.mean"), value=MAPS, last=8),
        'layers[1].name: "n.mean" already names a statistic of layers[0]',
        "give every tensor a name of its own",
    ),
    "a variance named as the input": (
        text(
            layer("batch_norm", weight([0, 0], "mean", "m") + ", " + weight([1, 2], "variance", "X")),
            value=MAPS,
            last=8,
        ),
        'layers[0].variance.name: "X" already names input',
        "give every tensor a name of its own",
    ),
    "a name too long for its statistics": (
        text(layer("batch_norm", name="n" * 95), value=MAPS, last=8),
        (
            'layers[0].name: "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn..." leaves no '
            "room for the name of its variance"
        ),
        "use at most 91 characters",
    ),
    "unknown loss": (
        text(loss='{ type = "mse", target = [1, 2] }'),
        'loss.type: "mse" is not a known loss',
        "one of cross_entropy, mean_squared_error, binary_cross_entropy, absolute_error, huber, smooth_l1, output",
    ),
    "loss misspelt": (
        text(loss='{ type = "mean_square_error", target = [1, 2] }'),
        'loss.type: "mean_square_error" is not a known loss',
        'did you mean "mean_squared_error"?',
    ),
    "no loss type": (
        text(loss="{ target = 0 }"),
        "loss.type: is missing",
        "give one of cross_entropy, mean_squared_error, binary_cross_entropy, absolute_error, huber, smooth_l1, output",
    ),
    "target and probabilities": (
        text(loss=cross_entropy("target = 0, probabilities = [1, 0]")),
        "loss.target: stands beside probabilities",
        "give target (a class index) or probabilities, not both",
    ),
    "no target": (
        text(loss=cross_entropy('reduction = "sum"')),
        "loss.target: is missing",
        "give target (a class index) or probabilities, not both",
    ),
    "a list for one image": (
        text(loss=cross_entropy("target = [0]")),
        "loss.target: is a list of 1, and the input is one image",
        "give one class index, or write batch = true under [input]",
    ),
    "one class for a batch": (
        text(value=VECTORS, batch="true", last=2),
        "loss.target: 0 is one class for a batch of 3 images",
        "give a list of 3 class indices",
    ),
    "too few classes": (
        text(value=VECTORS, batch="true", last=2, loss=cross_entropy("target = [0, 1]")),
        "loss.target: names 2 classes for 3 images",
        "give one class index for each image",
    ),
    "a class too large": (
        text(value=VECTORS, batch="true", last=2, loss=cross_entropy("target = [0, 2, 1]")),
        "loss.target[1]: 2 is not among the 2 classes",
        "give a number from 0 to 1",
    ),
    "a class negative": (
        text(value=VECTORS, batch="true", last=2, loss=cross_entropy("target = [0, 1, -1]")),
        "loss.target[2]: -1 is out of range",
        "give an integer from 0 to 10000000",
    ),
    "no class": (
        text(value=VECTORS, batch="true", last=2, loss=cross_entropy("target = []")),
        "loss.target: is an empty list",
        "give a class index for each image",
    ),
    "probabilities that do not sum to one": (
        text(loss=cross_entropy('probabilities = ["1/2", "2/5"]')),
        "loss.probabilities: this row sums to 9/10",
        "make the probabilities of all classes sum to exactly 1",
    ),
    "a row that does not sum to one": (
        text(value=VECTORS, batch="true", last=2, loss=cross_entropy('probabilities = [[1, 0], [1, "1/3"], [0, 1]]')),
        "loss.probabilities[1]: this row sums to 4/3",
        "make the probabilities of all classes sum to exactly 1",
    ),
    "a probability above one": (
        text(loss=cross_entropy("probabilities = [2, -1]").replace("-1", "0")),
        "loss.probabilities[0]: 2 is no probability",
        "give a number from 0 to 1",
    ),
    "probabilities of another shape": (
        text(loss=cross_entropy("probabilities = [0, 0, 1]")),
        "loss.probabilities: has shape (3,), the last layer gives (2,)",
        "give 2 numbers, in lists of that shape",
    ),
    "unknown reduction": (
        text(loss=cross_entropy('target = 0, reduction = "none"')),
        'loss.reduction: "none" is not a known reduction',
        'give "mean" or "sum"',
    ),
    "smoothing above one": (
        text(loss=cross_entropy("target = 0, label_smoothing = 2")),
        "loss.label_smoothing: 2 is out of range",
        "give a number from 0 to 1",
    ),
    "smoothing a float word": (
        text(loss=cross_entropy('target = 0, label_smoothing = "0.1.2"')),
        'loss.label_smoothing: "0.1.2" is not an exact number',
        DIGITS,
    ),
    "a target of another shape": (
        text(loss='{ type = "mean_squared_error", target = [1, 2, 3] }'),
        "loss.target: has shape (3,), the last layer gives (2,)",
        "give 2 numbers, in lists of that shape",
    ),
    "a target that is a class": (
        text(loss='{ type = "mean_squared_error", target = 0 }'),
        "loss.target: has shape (), the last layer gives (2,)",
        "give 2 numbers, in lists of that shape",
    ),
    "a target beyond one": (
        text(loss='{ type = "binary_cross_entropy", target = [1, "3/2"] }'),
        "loss.target[1]: 3/2 is no probability",
        "give a number from 0 to 1",
    ),
    "smoothing of a mean squared error": (
        text(loss='{ type = "mean_squared_error", target = [1, 2], label_smoothing = 0.1 }'),
        "loss.label_smoothing: is not a known key",
        "keys: type, target, reduction",
    ),
    "ragged target": (
        text(loss='{ type = "binary_cross_entropy", target = [[1], [0, 1]] }'),
        "loss.target[1]: this row has 2 entries, the first row 1",
        "make all rows equally long",
    ),
    "cross entropy of an image": (
        text(RELU, last=0),
        "loss: cross entropy wants a vector, the last layer gives 3x3",
        "end with a linear layer",
    ),
    "cross entropy of a batch of maps": (
        text(RELU, value=MAPS, batch="true", last=0, loss=cross_entropy("target = [0, 0]")),
        "loss: cross entropy wants a vector for each image, the last layer gives 2x2x2",
        "end with a linear layer",
    ),
    "too many digits": (
        text(layer("elu", f'alpha = "{"9" * 401}"')),
        ('layers[0].alpha: "999999999999999999999999999999999999999999999999999999999999..." is not an exact number'),
        DIGITS,
    ),
}
