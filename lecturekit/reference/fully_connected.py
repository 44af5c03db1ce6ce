"""Fully connected layers, and convolution as one with missing and shared weights."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array, as_floats, as_numbers, check_bias, check_rank
from lecturekit.shapes import Padding, Pair, ShapeError, as_pair, pad_amounts, window_shape


def flatten(x: npt.ArrayLike) -> Array:
    """Write each image of the batch as one row: ``(N, H, W, C)`` to ``(N, H * W * C)``.

    Raises
    ------
    ShapeError
        If `x` has fewer than 2 dimensions.

    Examples
    --------
    >>> flatten(np.zeros((1, 5, 5, 50))).shape
    (1, 1250)
    """
    x = as_numbers(x, "x", name="flatten")
    if x.ndim < 2:
        raise ShapeError(f"flatten: x must have at least 2 dimensions (N, ...), got {x.shape}")
    return x.reshape(len(x), int(np.prod(x.shape[1:])))


def dense(x: npt.ArrayLike, w: npt.ArrayLike, b: npt.ArrayLike | None = None) -> Array:
    """A fully connected layer: ``x @ w + b``.

    Parameters
    ----------
    x : (N, D) array of numbers
    w : (D, K) array of numbers
    b : (K,) array of numbers, optional

    Returns
    -------
    (N, K) array
        Of the widest float dtype that came; float64 if all were integers.

    Raises
    ------
    ShapeError
        If a rank, D or K do not fit.

    Examples
    --------
    >>> dense([[1, 2]], [[1, 0], [0, 1]], [10, 20])
    array([[11., 22.]])
    """
    arrays = [as_numbers(x, "x", name="dense"), as_numbers(w, "w", name="dense")]
    check_rank(arrays[0], 2, "x", "(N, D)", name="dense")
    check_rank(arrays[1], 2, "w", "(D, K)", name="dense")
    (rows, inputs), (expected, outputs) = arrays[0].shape, arrays[1].shape
    if inputs != expected:
        raise ShapeError(
            f"dense: x has {inputs} features but w expects {expected} "
            f"(x {(rows, inputs)}, w {(expected, outputs)})"
        )
    arrays.append(np.zeros(outputs, np.int8) if b is None else as_numbers(b, "b", name="dense"))
    check_bias(arrays[2], outputs, name="dense")
    (x, w, b), dtype = as_floats(*arrays)
    return (x @ w + b).astype(dtype, copy=False)


def connections(
    image: tuple[int, int],
    kernel: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Padding = 0,
) -> npt.NDArray[np.int64]:
    """Which weight joins which pixel to which output: convolution as a fully connected layer.

    Parameters
    ----------
    image, kernel : (int, int)
        Height and width. Pixels, weights and outputs are counted row by row.
    stride, padding
        As in `correlate2d`.

    Returns
    -------
    (pixels, outputs) array of int
        The number of the shared weight, counted from 1, or 0 where there is no connection.

    Raises
    ------
    ShapeError
        If the kernel is larger than the padded image.

    References
    ----------
    Slide: *Convolution v.s. Fully Connected*.

    Examples
    --------
    36 pixels and 16 outputs: 576 possible weights, 144 connections, 9 different weights.

    >>> table = connections((6, 6), (3, 3))
    >>> print(table.size, np.count_nonzero(table), table.max())
    576 144 9

    The first output sees these pixels, counted from 1 as on the slide:

    >>> np.flatnonzero(table[:, 0]) + 1
    array([ 1,  2,  3,  7,  8,  9, 13, 14, 15])
    """
    options: dict[str, Any] = {"stride": stride, "padding": padding, "name": "connections"}
    rows, columns = window_shape(image, kernel, **options)
    (top, _), (left, _) = pad_amounts(image, kernel, **options)
    down, right = as_pair(stride, "stride", minimum=1, name="connections")
    table = np.zeros((image[0] * image[1], rows * columns), np.int64)
    for output, (i, j) in enumerate(np.ndindex(rows, columns)):
        for weight, (p, q) in enumerate(np.ndindex(*kernel), start=1):
            y, x = i * down + p - top, j * right + q - left
            if 0 <= y < image[0] and 0 <= x < image[1]:
                table[y * image[1] + x, output] = weight
    return table


def convolution_matrix(
    kernel: npt.ArrayLike,
    image: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Padding = 0,
) -> Array:
    """The weights of the fully connected layer that does what the filter does.

    Parameters
    ----------
    kernel : (kh, kw) array of numbers
    image : (int, int)
        Height and width of the image.
    stride, padding
        As in `correlate2d`.

    Returns
    -------
    (pixels, outputs) array
        ``image.ravel() @ matrix`` is ``correlate2d(image, kernel).ravel()``.

    Raises
    ------
    ShapeError
        If `kernel` is not 2-D or is larger than the padded image.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> matrix = convolution_matrix(lecture.FILTER_1, (6, 6))
    >>> (lecture.IMAGE.ravel() @ matrix).reshape(4, 4)[0]
    array([ 3, -1, -3, -1])
    """
    kernel = as_numbers(kernel, "kernel", name="convolution_matrix")
    check_rank(kernel, 2, "kernel", "(kh, kw)", name="convolution_matrix")
    table = connections(image, kernel.shape, stride=stride, padding=padding)
    return np.concatenate([np.zeros(1, kernel.dtype), kernel.ravel()])[table]
