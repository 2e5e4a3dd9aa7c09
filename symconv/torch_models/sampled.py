"""torch's spatial transformers (Jaderberg et al. 2015), written once more in functions that have a derivation: grids of
places, and images read at them.

torch is given by the caller, so that nothing is imported here.
"""

from typing import Any

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.placed import NAMES as BEFORE, Placed

T = Any  # a tensor of torch
NEAR = 1e-9  # to a pixel's own place, where rounding decides between which pixels torch finds it


class Sampled(Placed):
    """Each method is torch's function of its name, as in `Composed`."""

    @property
    def names(self) -> frozenset[str]:
        return NAMES

    def affine_grid(self, theta: T, size: Any, align_corners: bool | None = None) -> T:
        """The places of a grid of numbers from -1 to 1, (x, y, 1), times the matrices: (N, 2, 3) -> (N, H, W, 2)."""
        if len(size) != 4:
            raise Uncomposed(f"makes a grid of {len(size) - 2} dimensions", "known: grids of images, (N, C, H, W)")
        _, _, rows, columns = size
        y, x = (self._line(n, bool(align_corners), theta) for n in (rows, columns))
        with self.torch._C.DisableTorchFunction():
            ones = self.torch.ones(rows, columns, dtype=theta.dtype)
            base = self.torch.stack((ones * x, ones * y[:, None], ones), -1).reshape(rows * columns, 3)
        return self.torch.matmul(base, theta.transpose(1, 2)).reshape(len(theta), rows, columns, 2)

    def _line(self, n: int, align_corners: bool, like: T) -> T:
        """The middles of n pixels from -1 to 1, or n places of which the first and the last are -1 and 1."""
        with self.torch._C.DisableTorchFunction():
            line = self.torch.linspace(-1, 1, n, dtype=like.dtype) if n > 1 else self.torch.zeros(1, dtype=like.dtype)
            return line if align_corners else line * (n - 1) / n

    def grid_sample(
        self, input: T, grid: T, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
    ) -> T:
        """Each place reads the pixels around it, with weights that fall to 0 at a distance of 1, along each axis:
        (N, C, H, W), (N, Ho, Wo, 2) -> (N, C, Ho, Wo)."""
        if input.ndim != 4 or mode != "bilinear" or padding_mode == "reflection":
            text = f"reads {input.ndim - 2} dimensions, {mode}, with a padding of {padding_mode}"
            raise Uncomposed(text, 'known: two dimensions, mode="bilinear", padding_mode="zeros" or "border"')
        weights = [
            self._around(grid[..., k], n, padding_mode, bool(align_corners))
            for k, n in ((1, input.shape[2]), (0, input.shape[3]))
        ]
        return self.torch.einsum("ncij,nhwi,nhwj->nchw", input, *weights)

    def _around(self, places: T, n: int, padding_mode: str, align_corners: bool) -> T:
        """Of n pixels at each place, which is -1 and 1 at the two ends."""
        at = places * ((n - align_corners) / 2) + (n - 1) / 2
        least, most = (0, n - 1) if padding_mode == "border" else (-1, n)  # beyond them the gradient is 0
        with self.torch._C.DisableTorchFunction():
            pixels = self.torch.arange(n, dtype=at.dtype)
            near = ((at - at.round()).abs() < NEAR) & (at > least - NEAR) & (at < most + NEAR)
            if bool(near.any()):
                text = "reads a place that is a pixel's own, where its gradient jumps and rounding decides between two"
                raise Uncomposed(text, "shift the grid by a little, as by other numbers in the map's bias")
        at = at.clamp(0, n - 1) if padding_mode == "border" else at
        return self.F.relu(1 - (at.unsqueeze(-1) - pixels).abs())


NAMES = BEFORE | {name for name in vars(Sampled) if not name.startswith("_") and name != "names"}
