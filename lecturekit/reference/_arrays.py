"""Arrays in, arrays out: what every operation accepts, and in which precision it computes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.shapes import ShapeError, check_rank

Array = npt.NDArray[Any]


def as_numbers(value: npt.ArrayLike, what: str, *, name: str) -> Array:
    """Return `value` as an array of real numbers (booleans count as 0 and 1), or raise."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: {what} must hold real numbers in one rectangular array") from None
    if array.dtype == bool:
        return array.astype(np.int64)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name}: {what} must hold real numbers, got dtype {array.dtype}")
    return array


def float_dtypes(floats: Sequence[np.dtype[Any]]) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """Return the dtype to compute in and that of the result, from the float dtypes that came.

    The widest of them is kept, and integers follow it; without any it is float64, so that
    integers never wrap. Half precision is summed in float32 and rounded once, at the end.
    """
    result = np.result_type(*floats) if floats else np.dtype(np.float64)
    return np.promote_types(result, np.float32), result


def as_floats(*arrays: Array) -> tuple[list[Array], np.dtype[Any]]:
    """Return the arrays in the dtype to compute in, and the dtype of the result."""
    compute, result = float_dtypes([a.dtype for a in arrays if a.dtype.kind == "f"])
    return [a.astype(compute, copy=False) for a in arrays], result


def as_labels(labels: npt.ArrayLike, scores: Sequence[int], *, name: str) -> Array:
    """Return labels that name one of the classes of ``(N, K)`` scores for each image, or raise."""
    if 0 in scores:
        raise ShapeError(f"{name}: expected at least one image and one class, got {tuple(scores)}")
    images, classes = scores
    try:
        array = np.asarray(labels)
    except ValueError:
        raise TypeError(f"{name}: labels must be one row of integers") from None
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: labels must be integers, got dtype {array.dtype}")
    if array.shape != (images,):
        raise ShapeError(f"{name}: {images} images need labels ({images},), got {array.shape}")
    if array.min() < 0 or array.max() >= classes:
        raise ValueError(
            f"{name}: labels must lie between 0 and {classes - 1}, "
            f"got {array.min()} to {array.max()}"
        )
    return array


# The checks below take shapes, so that they serve NumPy and TensorFlow alike.


def check_bias(shape: Sequence[int], outputs: int, *, name: str) -> None:
    """Raise `ShapeError` unless the bias holds one number for each output."""
    if tuple(shape) != (outputs,):
        raise ShapeError(f"{name}: b must have shape ({outputs},), got {tuple(shape)}")


def check_gradient(
    shape: Sequence[int], expected: Sequence[int], *, name: str, what: str = "d_y"
) -> None:
    """Raise `ShapeError` unless a gradient has the shape of the output that it belongs to."""
    if tuple(shape) != tuple(expected):
        raise ShapeError(
            f"{name}: {what} must have the shape of the output, {tuple(expected)}, "
            f"got {tuple(shape)}"
        )


def check_dense(x_shape: Sequence[int], w_shape: Sequence[int], *, name: str = "dense") -> None:
    """Raise `ShapeError` unless ``x @ w`` of a fully connected layer can be computed."""
    check_rank(x_shape, 2, "x", "(N, D)", name=name)
    check_rank(w_shape, 2, "w", "(D, K)", name=name)
    if x_shape[1] != w_shape[0]:
        raise ShapeError(
            f"{name}: x has {x_shape[1]} features but w expects {w_shape[0]} "
            f"(x {tuple(x_shape)}, w {tuple(w_shape)})"
        )


def check_images(shape: Sequence[int], *, name: str = "flatten") -> None:
    """Raise `ShapeError` unless `flatten` finds images in a batch."""
    if len(shape) < 2:
        raise ShapeError(f"{name}: x must have at least 2 dimensions (N, ...), got {tuple(shape)}")


def check_scores(shape: Sequence[int], *, name: str = "softmax") -> None:
    """Raise `ShapeError` unless `softmax` finds a class to choose."""
    if len(shape) == 0 or shape[-1] == 0:
        raise ShapeError(
            f"{name}: x must have at least one score on its last axis, got {tuple(shape)}"
        )


def pad_image(x: Array, pads: Sequence[tuple[int, int]], value: float = 0) -> Array:
    """Surround the images ``(N, H, W, C)`` with `value`."""
    if not np.any(pads):
        return x
    return np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=value)
