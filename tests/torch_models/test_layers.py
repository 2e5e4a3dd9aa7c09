"""What calls mean that are a layer each: against the model itself, and what is refused."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")
from read_models import Part, drawn, held_to_model, kinds, read, refused, whole  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.study import derive  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
SLOPE, SLOPES = torch.tensor([0.25]), torch.tensor([0.5, -2.0, 1.0])
SIGNS = torch.tensor([[0.0, -1.0, 2.0], [3.0, 0.0, -5.0]])


@pytest.mark.parametrize("slope", [SLOPE, SLOPES])
def test_prelu_at_0_too(slope: torch.Tensor) -> None:
    net = held_to_model(lambda m, x: F.prelu(x, m.w) * 2, 2, 3, learned={"w": slope}, given=SIGNS)
    assert kinds(net) == ["prelu", "scale"]
    held_to_model(lambda m, x: torch.prelu(x, m.w), 2, 3, 2, 2, learned={"w": slope})


def test_prelu_without_a_batch() -> None:
    assert kinds(held_to_model(lambda m, x: F.prelu(x, m.w), 3, learned={"w": SLOPE})) == ["prelu"]
    said = refused(lambda m, x: F.prelu(F.conv1d(x, m.k), m.w), 1, 3, learned={"k": torch.ones(2, 1, 1), "w": SLOPES})
    assert "takes the second axis for that of the channels\n  give the input a batch axis, of one image" in said


KERNELS = torch.tensor([[[1.0, -2.0], [0.5, 3.0]], [[-1.0, 0.0], [2.0, 1.0]]])  # (2, 2, 2)
IMAGES = KERNELS.unsqueeze(1) / 2  # (2, 1, 2, 2)
KERNEL_CALLS: dict[str, tuple[Part, torch.Tensor, tuple[int, ...], list[str]]] = {
    "a weight times a number": (lambda m, x: F.conv1d(x, m.w * 2), KERNELS, (2, 4), ["scale", "conv"]),
    "without the mean": (
        lambda m, x: F.conv2d(x, m.w - m.w.mean((1, 2, 3), keepdim=True), stride=2, padding=1),
        IMAGES,
        (1, 1, 3, 4),
        ["axis_mean", "scale", "add", "conv"],
    ),
    "padding that is the same": (
        lambda m, x: F.conv1d(x, m.w.relu(), padding="same"),
        KERNELS,
        (2, 3),
        ["relu", "conv"],
    ),
    "groups": (lambda m, x: F.conv2d(x, m.w.exp(), groups=2), IMAGES / 4, (1, 2, 3, 3), ["exp", "conv"]),
    "transposed": (
        lambda m, x: F.conv_transpose1d(x, m.w.square(), stride=2, output_padding=1),
        KERNELS,
        (2, 3),
        ["square", "conv_transpose"],
    ),
    "with the bias of the model": (
        lambda m, x: F.conv1d(x, m.w * 2, m.w[0, 0]),
        KERNELS,
        (2, 3),
        ["select", "select", "scale", "conv", "reshape", "add"],
    ),
    "a bias that is computed": (
        lambda m, x: F.conv1d(x, m.w, bias=x.sum(-1) / 8),
        KERNELS,
        (2, 3),
        ["conv", "axis_sum", "scale", "reshape", "add"],
    ),
    "made by the input": (
        lambda m, x: F.conv1d(x, (m.w @ x[:2, :2]) / 64),
        KERNELS,
        (2, 4),
        ["slice", "matmul", "scale", "conv"],
    ),
    "that the input is": (
        lambda m, x: F.conv1d(m.w[0], x.unsqueeze(0) / 8),
        KERNELS,
        (2, 2),
        ["reshape", "scale", "select", "conv"],
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("call", KERNEL_CALLS)
def test_a_kernel_may_be_computed(call: str) -> None:
    part, held, shape, layers = KERNEL_CALLS[call]
    assert sorted(kinds(held_to_model(part, *shape, learned={"w": held}))) == sorted(layers)


WEIGHTS = torch.tensor([[1.0, -2.0, 0.5], [-0.5, 3.0, 1.0]])
STOPPED: dict[str, tuple[Part, list[str], tuple[str, ...]]] = {  # the part, its layers, what has no gradient
    "one of two factors": (lambda m, x: x * x.detach() * m.w, ["detach", "mul", "mul"], ()),
    "torch.detach": (lambda m, x: torch.detach(x) + x * m.w, ["detach", "mul", "add"], ()),
    "all that the input does": (lambda m, x: x.relu().detach() * m.w, ["relu", "detach", "mul"], ("X",)),
    "straight through": (
        lambda m, x: (x + (x.clamp(-8, 8) - x).detach()) * m.w, ["clamp", "sub", "detach", "add", "mul"], (),
    ),
    "the largest, for safety": (
        lambda m, x: (x * m.w - (x * m.w).amax(-1, keepdim=True).detach()).softmax(-1),
        ["mul", "mul", "axis_max", "detach", "sub", "axis_softmax"], (),
    ),
    "a weight": (lambda m, x: x * m.w.detach(), ["detach", "mul"], ("w",)),
    "what is made of a weight behind it": (
        lambda m, x: x * m.w.detach().relu() + m.w, ["detach", "relu", "mul", "add"], (),
    ),
    "what no layer computes of a weight behind it": (
        lambda m, x: x * m.w.detach().frac() + m.w, ["mul", "add"], (),
    ),
    "a weight straight through": (
        lambda m, x: x * (m.w + (m.w.clamp(-1, 1) - m.w).detach()), ["clamp", "sub", "detach", "add", "mul"], (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", STOPPED)
def test_a_gradient_may_be_stopped(call: str) -> None:
    part, layers, still = STOPPED[call]
    net = held_to_model(part, 2, 3, learned={"w": WEIGHTS}, still=still)
    assert sorted(kinds(net)) == sorted(layers)


def test_a_gradient_may_arrive_nowhere() -> None:
    net = read(lambda m, x: (x * m.w).detach(), 2, 3, learned={"w": WEIGHTS})[0]
    found = derive(net).evaluate("torch")["gradients"]
    assert kinds(net) == ["mul", "detach"] and not found["w"].any() and not found["X"].any()
    assert found["detach"].any()


KINKS = torch.tensor([[-1.0, -2.0, 0.0], [1.0, 2.0, 0.5]])
CALLS: dict[str, tuple[Part, list[str]]] = {
    "clamp": (lambda x: x.clamp(-1, 1), ["clamp"]),
    "clamp by name": (lambda x: torch.clamp(x, max=1, min=-2), ["clamp"]),
    "clamp from below": (lambda x: x.clamp(min=-1), ["clamp_min"]),
    "clamp from above": (lambda x: torch.clamp(x, None, 1), ["clamp_max"]),
    "clamp in place": (lambda x: (x * 1.5).clamp_(0, 1.5), ["scale", "clamp"]),
    "glu": (lambda x: F.glu(x.repeat(1, 2)), ["repeat", "slice", "sigmoid", "slice", "mul"]),
    "nn.GLU": (torch.nn.GLU(0), ["slice", "sigmoid", "slice", "mul"]),
    "nn.Threshold": (torch.nn.Threshold(0.5, 3), ["threshold"]),
    "nn.Softmin": (torch.nn.Softmin(1), ["scale", "axis_softmax"]),
    "F.tanhshrink": (F.tanhshrink, ["tanh", "sub"]),
    "max of two": (lambda x: torch.max(x, x * x), ["mul", "maximum"]),
    "min of two": (lambda x: x.min(other=x * x), ["mul", "minimum"]),
    "max with a constant": (lambda x: torch.max(x, torch.tensor([0.0, -1.0, 0.0])), ["maximum"]),
    "max with zeros": (lambda x: torch.max(x, torch.zeros_like(x)), ["maximum"]),
    "ones of its shape": (lambda x: torch.ones_like(x) - x, ["scale", "add"]),
    "max with new zeros": (lambda x: torch.min(x, x.new_zeros(3)), ["minimum"]),
    "min with a maximum": (lambda x: x.min(x.max(1, keepdim=True).values), ["axis_max", "minimum"]),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_read_as_what_it_computes_at_its_kinks_too(call: str) -> None:
    part, layers = CALLS[call]
    assert kinds(held_to_model(lambda x: part(x) * 2, 2, 3, given=KINKS)) == [*layers, "scale"]


REFUSED: dict[str, tuple[Part, str]] = {
    "bounds that are one": (
        lambda x: x.clamp(1, 1), "makes all numbers equal, as its bounds leave none between\n  give min < max",
    ),
    "a slope that is computed": (lambda x: F.elu(x, x.sum().item()), "its argument alpha is computed"),
    "what is not known": (torch.frac, "has no derivation"),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(call: str) -> None:
    part, message = REFUSED[call]
    assert message in refused(lambda x: part(x) * 2, 2, 3)


def test_relu6_of_torch_is_a_hardtanh_and_read_as_relu6() -> None:
    """nn.ReLU6 calls F.hardtanh with its own bounds."""
    for part, kind in (
        (torch.nn.ReLU6(), "relu6"), (lambda x: F.hardtanh(x, 0, 6), "relu6"),
        (lambda x: F.hardtanh(x, 0, 5), "hardtanh"),
        (F.hardtanh, "hardtanh"),
    ):  # fmt: skip
        assert kinds(held_to_model(lambda x, part=part: 2 * part(x / 16), 2, 3))[1:] == [kind, "scale"]


class Compared(torch.nn.Module):
    """A second image is the kernel that slides over the first, both seen through one layer (Bertinetto et al. 2016)."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = torch.nn.Conv2d(1, 1, 2)

    def forward(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return F.conv2d(self.seen(x), self.seen(z)) + F.conv2d(x, z)[:, :, :2, :2]


def test_an_input_may_be_a_kernel() -> None:
    net = whole(Compared(), (drawn(1, 1, 4, 4), drawn(1, 1, 3, 3, seed=5)))
    assert [x.name for x in net.tensors] == ["z"] and [x.other for x in net.layers if x.kind == "conv"].count("z") == 1


def test_frames_of_films_are_images() -> None:
    """A convolution, a norm and a pool work on each frame; then the frames of a film are taken together again."""

    def part(m: Any, x: torch.Tensor) -> torch.Tensor:
        frames = F.batch_norm(F.conv2d(x.view(6, 1, 3, 3), m.w), None, None, training=True)
        return F.max_pool2d(frames, 2).reshape(2, 3, 2).sum(1) * 2

    net = held_to_model(part, 2, 3, 1, 3, 3, learned={"w": IMAGES})
    assert kinds(net) == ["reshape", "conv", "batch_norm", "max_pool", "reshape", "axis_sum", "scale"]


def test_a_kernel_for_each_image_by_groups() -> None:
    """As a style modulates it: the images are channels of one, before which no layer had images."""

    def part(m: Any, x: torch.Tensor) -> torch.Tensor:
        kernels = (x[:, None, :2, None, None] * m.w).reshape(4, 2, 2, 2)
        return F.conv2d(m.c.repeat(2, 1, 1, 1).view(1, 4, 3, 3), kernels, groups=2).view(2, 2, 2, 2) * 2

    net = held_to_model(part, 2, 3, learned={"w": IMAGES[None].expand(1, 2, 2, 2, 2).clone(), "c": drawn(1, 2, 3, 3)})
    assert "conv" in kinds(net) and derive(net).verify()
