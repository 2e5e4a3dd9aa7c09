"""The named forms: each an ordered list of ways, a way being a schedule and the sizes for which it is meant.

A form says how an operation is written, and nothing of what the operation is: the same ways serve every convolution
with channels, in any dimension, its gradients and its transpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from symconv.code.schedule import COLUMNS, Schedule


@dataclass(frozen=True)
class Way:
    """A schedule, and when it is taken: where the extents of the indices in `ones` are 1 (these indices are then left
    out), the product of those in `beyond` exceeds its number and of those in `within` does not; only for operations
    with one of the indices `only`; and why."""

    schedule: Schedule
    ones: str = ""
    beyond: tuple[str, int] | None = None
    within: tuple[str, int] | None = None
    only: str = ""
    why: str = ""


@dataclass(frozen=True)
class Form:
    """Ways, the last of which fits always; on which operands; the title of its docstring.

    `lean`: a tensor is padded only where there is padding, so that nothing is copied in vain.
    """

    ways: tuple[Way, ...]
    reads: str  # {} is the operation
    channels: bool = True
    weight: str = "weight"  # the public name of the kernel argument
    lean: bool = False

    @property
    def schedule(self) -> Schedule:
        """That of the way that fits always."""
        return self.ways[-1].schedule


def _one(schedule: Schedule) -> tuple[Way, ...]:
    return (Way(schedule),)


SMALL = 256  # places: maps up to this size are too small for a product of their own
DEPTHWISE = (
    Way(
        Schedule("rab", fused=True, last="g"), ones="oc", beyond=("g", 1), within=("tijzhw", 2**12),
        why="one kernel per channel, small maps: one shifted image per kernel entry, channels innermost",
    ),
    Way(
        Schedule("rab", fused=True), ones="oc", beyond=("g", 1),
        why="one kernel per channel: one shifted image per kernel entry",
    ),
)  # fmt: skip
AXES = "gcorabntijzhw"

FORMS: Mapping[str, Form] = {
    "loop": Form(
        _one(Schedule("tij")), "{}, one window per output entry: the definition.", channels=False, weight="kernel"
    ),
    "flatten": Form(
        _one(Schedule(matmul=True, window="tijrab", fill="tij", spread="tij")),
        "{}, each window a row and the kernel a vector: one product.", channels=False, weight="kernel",
    ),
    "batched": Form(_one(Schedule("ngotij")), "{} of a batch, with channels and groups: the definition."),
    "taps": Form(
        (*DEPTHWISE, Way(Schedule("rab"), why="channels summed: one shifted image per kernel entry")),
        "{}, one shifted image per kernel entry.", lean=True,
    ),
    "gemm": Form(
        (
            Way(
                Schedule(block="n", matmul=True, fused=True, window=AXES, spread="rab"), within=("tijzhw", SMALL),
                why="small maps: several images in one product",
            ),
            Way(
                Schedule("ntz", "ijhw", matmul=True, fused=True, window=AXES, spread="rab"), only="tz",
                beyond=("ijhw", COLUMNS), why="large planes: plane by plane, in blocks of rows",
            ),
            Way(
                Schedule("n", "tijzhw", matmul=True, fused=True, window=AXES, spread="rab"),
                why="image by image, in blocks",
            ),
        ),
        "{}, by matrix products: the windows are columns.", lean=True,
    ),
}  # fmt: skip
