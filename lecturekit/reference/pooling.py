"""Max pooling and mean pooling: subsampling that keeps the object."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array, as_floats, as_numbers, pad_image
from lecturekit.shapes import Padding, Pair, as_pair, pad_amounts, pool2d_shape


def max_pool2d(
    x: npt.ArrayLike, size: Pair = 2, *, stride: Pair | None = None, padding: Padding = "valid"
) -> Array:
    """Keep the largest value of each window, channel by channel.

    Parameters
    ----------
    x : (N, H, W, C) array of numbers
    size : int or (int, int), at least 1
        The window.
    stride : int or (int, int), optional
        How far the window moves; by default its own size, so windows do not overlap.
    padding : "valid", "same", int or (int, int)
        Padding never wins: it counts as minus infinity. With "valid", rows and columns at the
        end that do not fill a window are dropped: 11 becomes 5.

    Returns
    -------
    (N, rows, columns, C) array
        Of the dtype of `x`; booleans become integers.

    Raises
    ------
    ShapeError
        If `x` is not 4-D, the window does not fit, or the padding is as large as the window.
    ValueError, TypeError
        For data that are not real numbers, a size or stride below 1, a negative padding.

    Notes
    -----
    NaN propagates: a window that holds NaN gives NaN. TensorFlow on a CPU drops it and takes 3
    from [[1, NaN], [2, 3]].

    References
    ----------
    Slide: *CNN - Max Pooling*.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> max_pool2d(lecture.FEATURE_MAP_1[np.newaxis, :, :, np.newaxis])[0, :, :, 0]
    array([[3, 0],
           [3, 1]])
    """
    x = as_numbers(x, "x", name="max_pool2d")
    smallest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    return _reduce_windows(np.maximum, x, smallest, size, stride, padding, name="max_pool2d")


def avg_pool2d(
    x: npt.ArrayLike, size: Pair = 2, *, stride: Pair | None = None, padding: Padding = "valid"
) -> Array:
    """Keep the mean of each window, channel by channel.

    Padding is not counted: the mean is over the pixels that are there, as TensorFlow does it.

    Parameters
    ----------
    x, size, stride, padding
        As in `max_pool2d`.

    Returns
    -------
    (N, rows, columns, C) array of floats
        Floats keep their dtype; integers become float64.

    Raises
    ------
    ShapeError, ValueError, TypeError
        As `max_pool2d` does.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> avg_pool2d(lecture.FEATURE_MAP_1[np.newaxis, :, :, np.newaxis])[0, :, :, 0]
    array([[ 0.  , -1.75],
           [-1.25, -0.5 ]])
    """
    (x,), dtype = as_floats(as_numbers(x, "x", name="avg_pool2d"))
    options: dict[str, Any] = {
        "size": size,
        "stride": stride,
        "padding": padding,
        "name": "avg_pool2d",
    }
    total = _reduce_windows(np.add, x, 0, **options)
    # Only the place of a window decides how many pixels it holds: count them on one blank image.
    count = _reduce_windows(np.add, np.ones((1, *x.shape[1:3], 1), x.dtype), 0, **options)
    return (total / count).astype(dtype, copy=False)


def _reduce_windows(
    combine: Callable[[Array, Array], Array],
    x: Array,
    blank: float,
    size: Pair,
    stride: Pair | None,
    padding: Padding,
    *,
    name: str,
) -> Array:
    """Combine the pixels of each window by `combine`, one position of the window at a time."""
    shape = pool2d_shape(x.shape, size, stride=stride, padding=padding, name=name)
    window = as_pair(size, "size", minimum=1, name=name)
    down, right = as_pair(window if stride is None else stride, "stride", minimum=1, name=name)
    pads = pad_amounts(x.shape[1:3], window, stride=(down, right), padding=padding, name=name)
    x = pad_image(x, pads, blank)
    offsets = [x[:, p::down, q::right][:, : shape[1], : shape[2]] for p, q in np.ndindex(window)]
    return functools.reduce(combine, offsets[1:], offsets[0].copy())
