"""Networks of any layers and losses, drawn by hypothesis."""

from fractions import Fraction
from math import prod

from hypothesis import strategies as st
from moving_layers import MOST_AXES, Examples, moved
from pointwise import EVERYWHERE

from symconv.array import Array
from symconv.networks.form import TensorForm
from symconv.networks.geometry import fit
from symconv.networks.layers.layers import (
    Add,
    AvgPool,
    BatchNorm,
    Bias,
    Conv,
    ConvTranspose,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Linear,
    MaxPool,
)
from symconv.networks.network import BinaryCrossEntropy, CrossEntropy, Layer, Loss, MeanSquaredError, Network, Parameter

HALF = Fraction(1, 2)
RATE = st.fractions(0, 1, max_denominator=20)
LARGEST = 300  # entries of a tensor
CONSTANT = st.fractions(Fraction(1, 20), 1, max_denominator=20)  # that every function takes


def filled(name: str, *shape: int) -> Parameter:
    """Small fractions, few alike."""
    return Parameter(
        name, Array.build(shape, lambda at: Fraction(sum((3 * k + 1) * a for k, a in enumerate(at)) - 2, 3))
    )


@st.composite
def mixed_networks(draw: st.DrawFn) -> Network:
    """Up to six layers of any kind on images of channels, each left out where it does not fit; any loss."""
    batch = draw(st.booleans())
    form = TensorForm((*(draw(st.integers(1, 3)),) * batch, *(draw(st.integers(1, 4)) for _ in range(3))), batch=batch)
    given_, layers, forms = filled("X", *form.shape), list[Layer](), {"X": form}
    for at in range(draw(st.integers(0, 6))):
        move = draw(st.integers(0, 2)) == 2
        layer = moved(Examples(draw), f"a{at}", form, forms) if move else draw(layers_for(f"a{at}", form, tuple(forms)))
        made, faults = fit(layer, form, *(forms[other] for _, other in layer.besides()))
        if made is not None and not faults and prod(made.shape) <= LARGEST and len(made.shape) <= MOST_AXES:
            layers.append(layer)
            form = forms[layer.name] = made
    layers.append(Linear("z", filled("W", 2, prod(form.inner)), draw(st.none() | st.just(filled("b", 2)))))
    loss = losses_for((*form.shape[: form.batch], 2), form.batch)
    return Network("drawn", draw(RATE), given_, tuple(layers), draw(loss), batch)


def layers_for(name: str, form: TensorForm, earlier: tuple[str, ...]) -> st.SearchStrategy[Layer]:
    """A layer of any kind; its parameters are of the number of channels or not, its options fit or not."""
    small, pair = st.integers(1, 2), st.tuples(st.integers(1, 2), st.integers(1, 2))
    pads = st.tuples(*(st.tuples(st.integers(0, 1), st.integers(0, 1)),) * 2)
    per_channel = st.none() | st.integers(1, 4).map(lambda n: filled(f"{name}.p", n))
    weight = st.tuples(small, small, small, small).map(lambda shape: filled(f"{name}.w", *shape))
    plain = (GlobalMaxPool, GlobalAvgPool, Flatten)
    named = st.just(name)
    return st.one_of(
        *(st.builds(layer, named) for layer in plain),
        *(st.builds(layer, named, *[CONSTANT][: len(layer.constants()) == 1]) for layer in EVERYWHERE),
        st.builds(Add, named, st.sampled_from(earlier)),
        st.builds(Conv, named, weight, stride=pair, padding=pads, dilation=pair),
        st.builds(Conv, named, other=st.sampled_from(earlier), stride=pair, padding=pads, dilation=pair),
        st.builds(ConvTranspose, named, other=st.sampled_from(earlier), stride=pair),
        st.builds(ConvTranspose, named, weight, stride=pair, padding=pads, dilation=pair),
        st.builds(MaxPool, named, st.just((2, 2)), pair, pads, pair, st.booleans()),
        st.builds(AvgPool, named, st.just((2, 2)), pair, pads, st.booleans(), st.booleans()),
        st.builds(Bias, named, st.integers(1, 4).map(lambda n: filled(f"{name}.b", n))),
        st.builds(BatchNorm, named, weight=per_channel, epsilon=st.sampled_from([HALF, Fraction(1, 100_000)])),
    )


def losses_for(shape: tuple[int, ...], batch: bool) -> st.SearchStrategy[Loss]:
    """Any loss on logits of this shape, of two classes."""
    entries = Array(shape, (HALF,) * prod(shape))
    reduction, classes = st.sampled_from(["mean", "sum"]), (1,) * shape[0] if batch else 1
    return st.one_of(
        st.builds(CrossEntropy, st.just(classes), reduction=reduction, label_smoothing=RATE),
        st.builds(CrossEntropy, probabilities=st.just(entries), reduction=reduction),
        st.builds(MeanSquaredError, st.just(entries), reduction),
        st.builds(BinaryCrossEntropy, st.just(entries), reduction),
    )
