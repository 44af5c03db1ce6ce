"""Arrays in, arrays out: what every operation accepts, and in which precision it computes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.shapes import ShapeError

Array = npt.NDArray[Any]


def as_numbers(value: npt.ArrayLike, what: str, *, name: str) -> Array:
    """Return `value` as an array of real numbers (booleans count as 0 and 1), or raise."""
    array = np.asarray(value)
    if array.dtype == bool:
        return array.astype(np.int64)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name}: {what} must hold real numbers, got dtype {array.dtype}")
    return array


def as_floats(*arrays: Array) -> tuple[list[Array], np.dtype[Any]]:
    """Return the arrays in the precision to compute in, and the dtype of the result.

    The widest float dtype that came is kept. Integers become float64, so that they never wrap.
    Half precision is summed in float32 and rounded once, at the end.
    """
    result = np.result_type(*arrays)
    if result.kind != "f":
        result = np.dtype(np.float64)
    compute = np.promote_types(result, np.float32)
    return [a.astype(compute, copy=False) for a in arrays], result


def check_rank(array: Array, rank: int, what: str, layout: str, *, name: str) -> None:
    """Raise `ShapeError` unless `array` has `rank` dimensions."""
    if array.ndim != rank:
        raise ShapeError(
            f"{name}: {what} must have {rank} dimensions {layout}, got {array.ndim}: {array.shape}"
        )


def check_bias(b: Array, outputs: int, *, name: str) -> None:
    """Raise `ShapeError` unless `b` holds one number for each output."""
    if b.shape != (outputs,):
        raise ShapeError(f"{name}: b must have shape ({outputs},), got {b.shape}")


def pad_image(x: Array, pads: Sequence[tuple[int, int]], value: float = 0) -> Array:
    """Surround the images ``(N, H, W, C)`` with `value`."""
    if not np.any(pads):
        return x
    return np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=value)
