"""What one number of a feature map was computed from: the patch, the filter, the products."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.check.verdict import Grid

Numbers = npt.NDArray[Any]


def products(patch: Numbers, kernel: Numbers) -> tuple[str, tuple[Grid, ...]]:
    """Return a sentence and the grids for a sum of products over one window."""
    patch, kernel = np.asarray(patch), np.asarray(kernel)
    both = patch * kernel
    sentence = f"There the sum of the products is {float(both.sum()):.4g}."
    arrays = {"the patch": patch, "the filter": kernel, "their products": both}
    if patch.ndim < 3:
        return sentence, tuple(Grid(*one) for one in arrays.items())
    channels = range(patch.shape[2])
    return sentence, tuple(
        Grid(f"{title}, channel {c}", array[..., c])
        for c in channels
        for title, array in arrays.items()
    )


def block(patch: Numbers, what: str, value: float) -> tuple[str, tuple[Grid, ...]]:
    """Return a sentence and the grid for a number that is kept of one block."""
    return f"There the block's {what} is {float(value):.4g}.", (
        Grid("the block", np.asarray(patch)),
    )
