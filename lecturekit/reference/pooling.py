"""Max pooling and mean pooling: subsampling that keeps the object."""

import functools

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array, as_floats, as_numbers, check_gradient, pad_image
from lecturekit.reference._windows import Windows
from lecturekit.shapes import Padding, Pair, pool2d_shape


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
    windows = _windows(x, size, stride, padding, name="max_pool2d")
    return largest(x, windows)


def largest(x: Array, windows: Windows) -> Array:
    """`max_pool2d` of arguments that are checked."""
    return _reduce(np.maximum, pad_image(x, windows.pads, _lowest(x)), windows)


def max_pool2d_backward(
    d_y: npt.ArrayLike,
    x: npt.ArrayLike,
    size: Pair = 2,
    *,
    stride: Pair | None = None,
    padding: Padding = "valid",
    y: npt.ArrayLike | None = None,
) -> Array:
    """Gradient of a loss with respect to the `x` of ``y = max_pool2d(x)``.

    A small change of the largest pixel changes the output by as much; small changes of the others
    change nothing. So the largest pixel of each window gets all of its `d_y`, the others nothing.
    Where several are largest, the first of them gets it, row by row.

    Parameters
    ----------
    d_y : (N, rows, columns, C) array of numbers
        Gradient with respect to the output.
    x, size, stride, padding
        What `max_pool2d` was called with.
    y : (N, rows, columns, C) array of numbers, optional
        What it returned. Without it, it is computed again.

    Returns
    -------
    (N, H, W, C) array of floats
        Of the widest float dtype that came; float64 if all were integers.

    Raises
    ------
    ShapeError
        If `d_y` or `y` has not the shape of the output, or as `max_pool2d` does.
    ValueError, TypeError
        As `max_pool2d` does.

    Notes
    -----
    With a tie, as in a window of zeros after ReLU, any share among the largest would do for
    descent. The first is TensorFlow's choice. A window that holds NaN has no largest pixel, and
    where its `d_y` goes is not defined.

    Examples
    --------
    The two 3s of feature map 1 that were kept, and the first 0 and the 1 beside them:

    >>> from lecturekit import lecture
    >>> x = lecture.FEATURE_MAP_1[np.newaxis, :, :, np.newaxis]
    >>> d_y = np.array([[1, 2], [3, 4]])[np.newaxis, :, :, np.newaxis]
    >>> max_pool2d_backward(d_y, x)[0, :, :, 0]
    array([[1., 0., 0., 0.],
           [0., 0., 2., 0.],
           [0., 0., 0., 4.],
           [3., 0., 0., 0.]])
    """
    name = "max_pool2d_backward"
    x, d_y = as_numbers(x, "x", name=name), as_numbers(d_y, "d_y", name=name)
    windows = _windows(x, size, stride, padding, name=name)
    shape = (len(x), *windows.out, x.shape[3])
    check_gradient(d_y.shape, shape, name=name)
    y = largest(x, windows) if y is None else as_numbers(y, "y", name=name)
    check_gradient(y.shape, shape, what="y", name=name)
    dtype = as_floats(x, d_y)[1]
    (d_y,), _ = as_floats(d_y.astype(dtype, copy=False))
    return route(d_y, x, y, windows).astype(dtype, copy=False)


def route(d_y: Array, x: Array, y: Array, windows: Windows) -> Array:
    """`max_pool2d_backward` of arguments that are checked; `y` is what `largest` has found."""
    if x.dtype.kind != "f":
        x = x.astype(np.float64)  # which holds NaN, the padding that equals no pixel
    x = pad_image(x, windows.pads, np.nan)
    d_x = np.zeros(x.shape, d_y.dtype)
    places = windows.taps()
    free = np.ones(y.shape, bool)  # the windows whose largest pixel is not found yet
    for place in places:
        found = free if place is places[-1] else free & (x[place] == y)
        free = free ^ found
        if windows.disjoint:
            d_x[place] = d_y * found
        else:
            d_x[place] += d_y * found
    return windows.crop(d_x)


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
    windows = _windows(x, size, stride, padding, name="avg_pool2d")
    return mean(x, windows).astype(dtype, copy=False)


def mean(x: Array, windows: Windows) -> Array:
    """`avg_pool2d` of floats that are checked."""
    return _reduce(np.add, pad_image(x, windows.pads), windows) / _counts(x, windows)


def avg_pool2d_backward(
    d_y: npt.ArrayLike,
    x: npt.ArrayLike,
    size: Pair = 2,
    *,
    stride: Pair | None = None,
    padding: Padding = "valid",
) -> Array:
    """Gradient of a loss with respect to the `x` of ``y = avg_pool2d(x)``.

    Each pixel of a window gets the same share of its `d_y`; padding gets none.

    Parameters
    ----------
    d_y, x, size, stride, padding
        As in `max_pool2d_backward`. Of `x` only the shape and the dtype matter.

    Returns
    -------
    (N, H, W, C) array of floats
        As `max_pool2d_backward` gives.

    Raises
    ------
    ShapeError, ValueError, TypeError
        As `max_pool2d_backward` does.

    Examples
    --------
    >>> avg_pool2d_backward(np.ones((1, 1, 1, 1)), np.zeros((1, 2, 2, 1)))[0, :, :, 0]
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    name = "avg_pool2d_backward"
    x, d_y = as_numbers(x, "x", name=name), as_numbers(d_y, "d_y", name=name)
    windows = _windows(x, size, stride, padding, name=name)
    check_gradient(d_y.shape, (len(x), *windows.out, x.shape[3]), name=name)
    (x, d_y), dtype = as_floats(x, d_y)
    return spread(d_y, x, windows).astype(dtype, copy=False)


def spread(d_y: Array, x: Array, windows: Windows) -> Array:
    """`avg_pool2d_backward` of floats that are checked."""
    share = d_y / _counts(x, windows)
    d_x = np.zeros(windows.padded(x.shape), x.dtype)
    for place in windows.taps():
        d_x[place] += share
    return windows.crop(d_x)


def _windows(x: Array, size: Pair, stride: Pair | None, padding: Padding, *, name: str) -> Windows:
    """Check the arguments of a pooling, and lay its windows."""
    pool2d_shape(x.shape, size, stride=stride, padding=padding, name=name)
    step = size if stride is None else stride
    return Windows.on(x.shape[1:3], size, stride=step, padding=padding, name=name)


def _lowest(x: Array) -> float:
    """Return what never wins against a pixel of the dtype of `x`."""
    return -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min


def _reduce(combine: np.ufunc, x: Array, windows: Windows) -> Array:
    """Combine the pixels of each window of the padded images: its rows first, then its columns."""
    (height, width), (rows, columns), (down, right) = windows.kernel, windows.out, windows.stride
    lines = [x[:, p : p + (rows - 1) * down + 1 : down] for p in range(height)]
    x = functools.reduce(combine, lines)
    lines = [x[:, :, q : q + (columns - 1) * right + 1 : right] for q in range(width)]
    y = functools.reduce(combine, lines)
    return y.copy() if windows.kernel == (1, 1) else y  # never a part of x itself


def _counts(x: Array, windows: Windows) -> Array:
    """Count the pixels of each window that are no padding: the same in every image."""
    ones = np.ones((1, *x.shape[1:3], 1), x.dtype)
    return _reduce(np.add, pad_image(ones, windows.pads), windows)
