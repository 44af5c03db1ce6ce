"""What several figures check of their arguments."""

from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from lecturekit.shapes import as_integer


def as_index(value: SupportsIndex, what: str, *, count: int, name: str) -> int:
    """Return `value` as one of the places 0 to ``count - 1``, or raise in the caller's terms.

    >>> as_index(2, "row", count=3, name="pixel_vector")
    2
    >>> as_index(3, "row", count=3, name="pixel_vector")
    Traceback (most recent call last):
        ...
    ValueError: pixel_vector: row must be from 0 to 2, got 3
    """
    place = as_integer(value, what, minimum=None, name=name)
    if not 0 <= place < count:
        raise ValueError(f"{name}: {what} must be from 0 to {count - 1}, got {place}")
    return place


def without_channel(arrays: npt.ArrayLike, ndim: int) -> npt.NDArray[np.float64]:
    """Return numbers with `ndim` axes; a last axis of length 1 more, one channel, is left out.

    >>> without_channel(np.zeros((5, 28, 28, 1)), 3).shape
    (5, 28, 28)
    """
    array: npt.NDArray[Any] = np.asarray(arrays, dtype=float)
    return array[..., 0] if array.ndim == ndim + 1 and array.shape[-1] == 1 else array
