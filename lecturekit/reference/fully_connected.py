"""Fully connected layers, and convolution as one with missing and shared weights."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit._arguments import as_size
from lecturekit.reference._arrays import (
    Array,
    as_floats,
    as_numbers,
    check_bias,
    check_dense,
    check_gradient,
    check_images,
)
from lecturekit.shapes import Padding, Pair, as_pair, check_rank, pad_amounts, window_shape


def flatten(x: npt.ArrayLike) -> Array:
    """Write each image of the batch as one row: ``(N, H, W, C)`` to ``(N, H * W * C)``.

    Parameters
    ----------
    x : (N, ...) array of numbers

    Returns
    -------
    (N, D) array
        Of the dtype of `x`; booleans become integers. It is a copy.

    Raises
    ------
    ShapeError
        If `x` has fewer than 2 dimensions.
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> flatten(np.zeros((1, 5, 5, 50))).shape
    (1, 1250)
    """
    x = as_numbers(x, "x", name="flatten")
    check_images(x.shape)
    return x.reshape(len(x), math.prod(x.shape[1:])).copy()


def flatten_backward(d_y: npt.ArrayLike, x: npt.ArrayLike) -> Array:
    """Gradient of a loss with respect to the `x` of ``y = flatten(x)``: the rows folded up again.

    Parameters
    ----------
    d_y : (N, D) array of numbers
        Gradient with respect to the output.
    x : (N, ...) array of numbers
        What `flatten` was called with. Only its shape and its dtype matter.

    Returns
    -------
    (N, ...) array of floats
        Of the shape of `x` and the widest float dtype that came; float64 if all were integers.

    Raises
    ------
    ShapeError
        If `d_y` has not the shape of the output, or as `flatten` does.
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> flatten_backward(np.ones((1, 1250)), np.zeros((1, 5, 5, 50))).shape
    (1, 5, 5, 50)
    """
    name = "flatten_backward"
    x, d_y = as_numbers(x, "x", name=name), as_numbers(d_y, "d_y", name=name)
    check_images(x.shape, name=name)
    check_gradient(d_y.shape, (len(x), math.prod(x.shape[1:])), name=name)
    dtype = as_floats(x, d_y)[1]
    return d_y.astype(dtype).reshape(x.shape)


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
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> dense([[1, 2]], [[1, 0], [0, 1]], [10, 20])
    array([[11., 22.]])
    """
    x, w = as_numbers(x, "x", name="dense"), as_numbers(w, "w", name="dense")
    check_dense(x.shape, w.shape)
    b = np.zeros(w.shape[1], np.int8) if b is None else as_numbers(b, "b", name="dense")
    check_bias(b.shape, w.shape[1], name="dense")
    (x, w, b), dtype = as_floats(x, w, b)
    return (x @ w + b).astype(dtype, copy=False)


def dense_backward(
    d_y: npt.ArrayLike, x: npt.ArrayLike, w: npt.ArrayLike
) -> tuple[Array, Array, Array]:
    """Gradients of a loss with respect to all that went into ``y = dense(x, w, b)``.

    Parameters
    ----------
    d_y : (N, K) array of numbers
        Gradient with respect to the output.
    x : (N, D) array of numbers
    w : (D, K) array of numbers
        What `dense` was called with.

    Returns
    -------
    d_x, d_w, d_b : arrays of floats
        Of the shapes of `x`, `w` and ``(K,)``, and of the widest float dtype that came; float64
        if all were integers.

    Raises
    ------
    ShapeError
        If `d_y` has not the shape of the output, or as `dense` does.
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> d_x, d_w, d_b = dense_backward([[1]], [[1, 2]], [[3], [4]])
    >>> d_x, d_w.T, d_b
    (array([[3., 4.]]), array([[1., 2.]]), array([1.]))
    """
    name = "dense_backward"
    x, w, d_y = (as_numbers(a, what, name=name) for a, what in ((x, "x"), (w, "w"), (d_y, "d_y")))
    check_dense(x.shape, w.shape, name=name)
    check_gradient(d_y.shape, (len(x), w.shape[1]), name=name)
    (x, w, d_y), dtype = as_floats(x, w, d_y)
    gradients = d_y @ w.T, x.T @ d_y, d_y.sum(axis=0)
    d_x, d_w, d_b = (a.astype(dtype, copy=False) for a in gradients)
    return d_x, d_w, d_b


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
    ValueError, TypeError
        For a size that is not two integers, a stride below 1, a negative padding.

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
    return _connections(image, kernel, stride, padding, name="connections")


def _connections(
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: Pair,
    padding: Padding,
    *,
    name: str,
) -> npt.NDArray[np.int64]:
    """`connections`, with errors that speak for the function `name`."""
    image = as_size(image, "image", minimum=0, name=name)
    options: dict[str, Any] = {"stride": stride, "padding": padding, "name": name}
    rows, columns = window_shape(image, kernel, **options)
    (top, _), (left, _) = pad_amounts(image, kernel, **options)
    down, right = as_pair(stride, "stride", minimum=1, name=name)
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
        Of the dtype of `kernel`.
        ``image.ravel() @ matrix`` is ``correlate2d(image, kernel).ravel()``.

    Raises
    ------
    ShapeError
        If `kernel` is not 2-D or is larger than the padded image.
    ValueError, TypeError
        For data that are not real numbers, and as `connections` does.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> matrix = convolution_matrix(lecture.FILTER_1, (6, 6))
    >>> (lecture.IMAGE.ravel() @ matrix).reshape(4, 4)[0]
    array([ 3, -1, -3, -1])
    """
    name = "convolution_matrix"
    kernel = as_numbers(kernel, "kernel", name=name)
    check_rank(kernel.shape, 2, "kernel", "(kh, kw)", name=name)
    table = _connections(image, kernel.shape, stride, padding, name=name)
    return np.concatenate([np.zeros(1, kernel.dtype), kernel.ravel()])[table]
