"""Convolution: as the slides draw it, as loops, and fast."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import (
    Array,
    as_floats,
    as_numbers,
    check_bias,
    pad_image,
)
from lecturekit.shapes import (
    Padding,
    Pair,
    as_pair,
    check_rank,
    conv2d_shape,
    pad_amounts,
    window_shape,
)


def correlate2d(
    image: npt.ArrayLike, kernel: npt.ArrayLike, *, stride: Pair = 1, padding: Padding = 0
) -> Array:
    """One filter on one image, written as the slides do it.

    Put the filter on the image, multiply each pixel by the weight above it, sum the products,
    move on by `stride`. The filter is not turned: this is cross-correlation, which the lecture
    and every framework call convolution.

    Parameters
    ----------
    image : (H, W) array of numbers
    kernel : (kh, kw) array of numbers
    stride : int or (int, int), at least 1
        How many pixels the filter moves, down and to the right.
    padding : int, (int, int), "valid" or "same"
        Zeros around the image.

    Returns
    -------
    (rows, columns) array
        The feature map. Two arrays of integers give exact integers (int64). Otherwise it is of
        the widest float dtype that came, and integers are rounded as they meet it. Half
        precision is summed in float32 and rounded once, at the end.

    Raises
    ------
    ShapeError
        If `image` or `kernel` is not 2-D, or the kernel is larger than the padded image.
    OverflowError
        If integers are so large that a sum might not fit into 64 bits.
    ValueError, TypeError
        For data that are not real numbers, a stride below 1, a negative padding.

    References
    ----------
    Slide: *Convolution*, stride = 1 and stride = 2.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> correlate2d(lecture.IMAGE, lecture.FILTER_1, stride=2)
    array([[ 3, -3],
           [-3,  0]])
    """
    image, kernel, dtype = _exact(
        as_numbers(image, "image", name="correlate2d"),
        as_numbers(kernel, "kernel", name="correlate2d"),
    )
    check_rank(image.shape, 2, "image", "(H, W)", name="correlate2d")
    check_rank(kernel.shape, 2, "kernel", "(kh, kw)", name="correlate2d")
    options: dict[str, Any] = {"stride": stride, "padding": padding, "name": "correlate2d"}
    rows, columns = window_shape(image.shape, kernel.shape, **options)
    image = np.pad(image, pad_amounts(image.shape, kernel.shape, **options))
    down, right = as_pair(stride, "stride", minimum=1, name="correlate2d")

    height, width = kernel.shape
    feature_map = np.zeros((rows, columns), image.dtype)
    for i in range(rows):
        for j in range(columns):
            top, left = i * down, j * right
            patch = image[top : top + height, left : left + width]
            feature_map[i, j] = np.sum(patch * kernel)
    return feature_map.astype(dtype, copy=False)


def _exact(image: Array, kernel: Array) -> tuple[Array, Array, np.dtype[Any]]:
    """Bring both to one dtype in which no sum wraps; return them and the result's dtype."""
    if image.dtype.kind == "f" or kernel.dtype.kind == "f":
        (image, kernel), dtype = as_floats(image, kernel)
        return image, kernel, dtype
    largest = [max(abs(int(a.min())), abs(int(a.max()))) if a.size else 0 for a in (image, kernel)]
    if largest[0] * largest[1] * kernel.size > np.iinfo(np.int64).max or max(largest) > 2**63 - 1:
        raise OverflowError(
            "correlate2d: these integers are too large to be summed exactly; pass floats instead"
        )
    return image.astype(np.int64), kernel.astype(np.int64), np.dtype(np.int64)


def conv2d_loops(
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """`conv2d` in explicit loops: slow, plain, and the judge of all faster ways.

    Parameters
    ----------
    x, w, b, stride, padding, dilation, groups
        As in `conv2d`.

    Returns
    -------
    (N, rows, columns, F) array
        As `conv2d` gives.

    Raises
    ------
    ShapeError, TypeError, ValueError
        As `conv2d` does.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> x = lecture.IMAGE[np.newaxis, :, :, np.newaxis]
    >>> w = lecture.FILTER_1[:, :, np.newaxis, np.newaxis]
    >>> conv2d_loops(x, w)[0, :, :, 0].astype(int).tolist() == lecture.FEATURE_MAP_1.tolist()
    True
    """
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    x, w, b, dtype = _prepare(x, w, b, groups=groups, name="conv2d_loops", **options)
    images, rows, columns, filters = conv2d_shape(x.shape, w.shape, groups=groups, **options)
    height, width, depth, _ = w.shape
    x = pad_image(x, pad_amounts(x.shape[1:3], w.shape[:2], **options))
    down, right = as_pair(stride, "stride", minimum=1, name="conv2d_loops")
    gap_down, gap_right = as_pair(dilation, "dilation", minimum=1, name="conv2d_loops")

    y = np.zeros((images, rows, columns, filters), x.dtype)
    for n, i, j, f in np.ndindex(y.shape):
        first_channel = f // (filters // groups) * depth
        total = b[f]
        for p, q, c in np.ndindex(height, width, depth):
            pixel = x[n, i * down + p * gap_down, j * right + q * gap_right, first_channel + c]
            total = total + pixel * w[p, q, c, f]
        y[n, i, j, f] = total
    return y.astype(dtype)


def conv2d(
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """Many filters on many images with many channels, as one matrix product.

    Each patch of the image becomes a row of a matrix, each filter a column of another: their
    product holds every sum of every filter. The matrix of patches is filled by `kh * kw` copies
    of the whole image, each shifted by one position of the window, so Python loops nine times
    for a 3x3 filter however large the batch is.

    Parameters
    ----------
    x : (N, H, W, C) array of numbers
        Images or feature maps.
    w : (kh, kw, C / groups, F) array of numbers
        F filters; each is a cube as deep as the image.
    b : (F,) array of numbers, optional
        One bias a filter.
    stride : int or (int, int), at least 1
    padding : "valid", "same", int or (int, int)
        See `lecturekit.shapes.pad_amounts`.
    dilation : int or (int, int), at least 1
        Distance of the pixels that neighboring weights see.
    groups : int
        Split channels and filters into groups that do not see each other.

    Returns
    -------
    (N, rows, columns, F) array
        Of the widest float dtype that came; float64 if all were integers. Half precision is
        summed in float32 and rounded once, at the end.

    Raises
    ------
    ShapeError
        If a rank, the channels, the groups, the bias or the window do not fit, or there is no
        filter.
    TypeError, ValueError
        For data that are not real numbers, a stride below 1, a negative padding.

    References
    ----------
    Slides: *Convolution* to *Convolution v.s. Fully Connected*.

    Examples
    --------
    The slide's image with both filters, as one 4x4 image of two channels:

    >>> from lecturekit import lecture
    >>> x = lecture.IMAGE[np.newaxis, :, :, np.newaxis]
    >>> w = np.stack([lecture.FILTER_1, lecture.FILTER_2], axis=-1)[:, :, np.newaxis, :]
    >>> conv2d(x, w).shape
    (1, 4, 4, 2)
    >>> conv2d(x, w)[0, 0, 0]
    array([ 3., -1.])
    """
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    x, w, b, dtype = _prepare(x, w, b, groups=groups, name="conv2d", **options)
    images, rows, columns, filters = conv2d_shape(x.shape, w.shape, groups=groups, **options)
    depth, share = w.shape[2], filters // groups
    x = pad_image(x, pad_amounts(x.shape[1:3], w.shape[:2], **options))
    patches = _patches(x, w.shape[:2], (rows, columns), stride, dilation)

    y = np.empty((images * rows * columns, filters), x.dtype)
    for g in range(groups):
        cubes = patches[..., g * depth : (g + 1) * depth].reshape(len(y), w[..., 0].size)
        mine = slice(g * share, (g + 1) * share)
        np.matmul(cubes, w[..., mine].reshape(-1, share), out=y[:, mine])
    y += b
    return y.reshape(images, rows, columns, filters).astype(dtype, copy=False)


def _patches(
    x: Array, kernel: tuple[int, int], out: tuple[int, int], stride: Pair, dilation: Pair
) -> Array:
    """Copy every patch of the padded images: ``(N, rows, columns, kh, kw, C)``."""
    down, right = as_pair(stride, "stride", minimum=1, name="conv2d")
    gap_down, gap_right = as_pair(dilation, "dilation", minimum=1, name="conv2d")
    patches = np.empty((len(x), *out, *kernel, x.shape[3]), x.dtype)
    for p, q in np.ndindex(kernel):
        top, left = p * gap_down, q * gap_right
        shifted = x[:, top:, left:][:, ::down, ::right]
        patches[:, :, :, p, q] = shifted[:, : out[0], : out[1]]
    return patches


def _prepare(x, w, b, *, name, groups, stride, padding, dilation):  # type: ignore[no-untyped-def]
    """Check the arguments of `conv2d`; return arrays to compute with and the result's dtype."""
    x, w = as_numbers(x, "x", name=name), as_numbers(w, "w", name=name)
    *_, filters = conv2d_shape(
        x.shape,
        w.shape,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        name=name,
    )
    b = np.zeros(filters, np.int8) if b is None else as_numbers(b, "b", name=name)
    check_bias(b.shape, filters, name=name)
    (x, w, b), dtype = as_floats(x, w, b)
    return x, w, b, dtype
