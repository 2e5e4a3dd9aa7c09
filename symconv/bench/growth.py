"""How the cost of each form grows: with the side of a square image, and with the channels."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from symconv.bench.layer_shapes import LayerShape
from symconv.bench.timing import paired
from symconv.bench.workload import OURS, TORCH, forward, workload
from symconv.code.forms import FORMS

FIRST = {"H": 8, "C": 4}
LARGEST = 512
LONG = 0.2  # seconds: no size is doubled again whose call takes so long
SIDE, CHANNEL = 16, 8  # what stays while the other grows
IMAGE, MAP = (128, 16), (512, 1)  # side and channels of the input that shows every form's memory


@dataclass(frozen=True)
class Growth:
    """Seconds of a call and of PyTorch's, for each size: H = W, or C = O."""

    form: str
    of: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    torch_seconds: tuple[float, ...]

    @property
    def last(self) -> float:
        """What the last doubling multiplies the cost by: 4, where it grows with the square."""
        return self.seconds[-1] / self.seconds[-2]

    @property
    def last_of_torch(self) -> float:
        """The same of PyTorch's."""
        return self.torch_seconds[-1] / self.torch_seconds[-2]


def square(form: str, side: int, channels: int) -> LayerShape:
    """A 3 x 3 convolution that keeps the size, H = W = `side`, C = O = `channels`; a form without channels has one."""
    channels = channels if FORMS[form].channels else 1
    return LayerShape(
        "", f"{form} {side}", 1, channels, channels, (3, 3), (1, 1), (1, 1), (1, 1), 1, False, (side, side)
    )


def shape(form: str) -> LayerShape:
    """The layer that shows a form's memory."""
    return square(form, *(IMAGE if FORMS[form].channels else MAP))


def growth(form: str, of: str, seconds: float, torch: ModuleType, progress: Callable[[str], None]) -> Growth:
    """One form with H or C doubled until a call takes long; each pair of calls is timed for so many seconds."""
    size = FIRST[of]
    found: list[tuple[int, float, float]] = []
    while len(found) < 2 or (found[-1][1] < LONG and size <= LARGEST):
        progress(f"{form}, {of} = {size}")
        layer = square(form, size, CHANNEL) if of == "H" else square(form, SIDE, size)
        times = paired(forward(workload(form, layer, 1), torch), seconds)
        found.append((size, times.typical(OURS), times.typical(TORCH)))
        size *= 2
    return Growth(form, of, *zip(*found, strict=True))


def grows_with(form: str) -> tuple[str, ...]:
    return ("H", "C") if FORMS[form].channels else ("H",)
