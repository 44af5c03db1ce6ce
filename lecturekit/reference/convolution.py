"""Convolution: as the slides draw it, as loops, and fast."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import (
    Array,
    as_floats,
    as_numbers,
    check_bias,
    check_gradient,
    pad_image,
)
from lecturekit.reference._windows import Windows, few
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
    product holds every sum of every filter. It is fast for three reasons. The product is one call
    of the linear algebra library. The patches are made block by block, so that they are still in
    the processor's cache when the product reads them. And they are copied in long runs, in the
    order in which the image lies in memory.

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
    windows = Windows.on(x.shape[1:3], w.shape[:2], name="conv2d", **options)
    return convolve(x, w, b, windows, groups).astype(dtype, copy=False)


def convolve(x: Array, w: Array, b: Array, windows: Windows, groups: int = 1) -> Array:
    """`conv2d` of arguments that are checked and of one float dtype."""
    if groups > 1:
        parts = _split(groups, x, w, b)
        return np.concatenate([convolve(*part, windows) for part in parts], axis=-1)
    filters = w.shape[3]
    y = np.empty((len(x), *windows.out, filters), x.dtype)
    weights = np.vstack([w.reshape(-1, filters), b])
    for where, patches in windows.patches(np.ascontiguousarray(x)):
        np.matmul(patches, weights, out=y[where].reshape(-1, filters))
    return y


def conv2d_backward(
    d_y: npt.ArrayLike,
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """Gradients of a loss with respect to all that went into ``y = conv2d(x, w, b)``.

    A weight is used at every position, so its gradient is the **sum** over all positions of the
    pixel that it met times the `d_y` that came of it. A pixel lies under every weight of a filter,
    each time for another output: its gradient is the sum of these weights times their `d_y`.

    Parameters
    ----------
    d_y : (N, rows, columns, F) array of numbers
        Gradient with respect to the output.
    x, w, stride, padding, dilation, groups
        What `conv2d` was called with.

    Returns
    -------
    d_x, d_w, d_b : arrays
        Of the shapes of `x`, `w` and ``(F,)``, and of the widest float dtype that came; float64
        if all were integers.

    Raises
    ------
    ShapeError
        If `d_y` has not the shape of the output, or as `conv2d` does.
    TypeError, ValueError
        As `conv2d` does.

    References
    ----------
    Slide: *Convolution v.s. Fully Connected*, "shared weights".

    Examples
    --------
    If only the first output counts, the filter's gradient is the patch that it saw there, the
    image's the filter itself at that place:

    >>> from lecturekit import lecture
    >>> x = lecture.IMAGE[np.newaxis, :, :, np.newaxis]
    >>> w = lecture.FILTER_1[:, :, np.newaxis, np.newaxis]
    >>> d_y = np.zeros((1, 4, 4, 1))
    >>> d_y[0, 0, 0, 0] = 1
    >>> d_x, d_w, d_b = conv2d_backward(d_y, x, w)
    >>> d_w[:, :, 0, 0]
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    >>> bool((d_x[0, :3, :3, 0] == lecture.FILTER_1).all())
    True
    """
    name = "conv2d_backward"
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    x, w, d_y = (as_numbers(a, what, name=name) for a, what in ((x, "x"), (w, "w"), (d_y, "d_y")))
    shape = conv2d_shape(x.shape, w.shape, groups=groups, name=name, **options)
    check_gradient(d_y.shape, shape, name=name)
    (x, w, d_y), dtype = as_floats(x, w, d_y)
    windows = Windows.on(x.shape[1:3], w.shape[:2], name=name, **options)
    d_x = d_images(d_y, x, w, windows, groups).astype(dtype, copy=False)
    d_w, d_b = d_weights(d_y, x, w, windows, groups)
    return d_x, d_w.astype(dtype, copy=False), d_b.astype(dtype, copy=False)


def d_weights(
    d_y: Array, x: Array, w: Array, windows: Windows, groups: int = 1
) -> tuple[Array, Array]:
    """Gradients of weights and biases: each pixel that a weight met, times its `d_y`, summed."""
    if groups > 1:
        parts = _split(groups, d_y, x, w)
        each = zip(*(d_weights(*part, windows) for part in parts), strict=True)
        d_w, d_b = (np.concatenate(gradients, axis=-1) for gradients in each)
        return d_w, d_b
    filters = w.shape[3]
    d_wb = np.zeros((w[..., 0].size + 1, filters), x.dtype)
    for where, patches in windows.patches(x):
        d_wb += patches.T @ d_y[where].reshape(-1, filters)
    return d_wb[:-1].reshape(w.shape), d_wb[-1]


def d_images(d_y: Array, x: Array, w: Array, windows: Windows, groups: int = 1) -> Array:
    """Gradient of the images: every output sends its `d_y` back to the pixels that it saw."""
    if groups > 1:
        parts = _split(groups, d_y, x, w)
        return np.concatenate([d_images(*part, windows) for part in parts], axis=-1)
    d_x = np.empty_like(x)
    for images, parts_of_rows in windows.blocks(len(x), x.shape[3], x.itemsize):
        *shape, channels = windows.padded(d_x[images].shape)
        padded = np.zeros((*shape, channels), x.dtype)
        if few(channels):  # in the memory order of what is sent
            padded = np.moveaxis(padded.reshape(channels, *shape), 0, -1)
        for rows in parts_of_rows:
            _send(d_y[images, rows], w, [padded[at] for at in windows.taps(rows)])
        d_x[images] = windows.crop(padded)
    return d_x


def _send(d_y: Array, w: Array, pixels: list[Array]) -> None:
    """Add what each output sends back to the pixels that each weight met, weight by weight.

    For few channels the products are laid out with the positions innermost, for the reason that
    `Windows.patches` gives.
    """
    channels, filters = w.shape[2:]
    d = d_y.reshape(-1, filters)
    if few(channels):
        sent = (w.reshape(-1, filters) @ d.T).reshape(len(pixels), channels, *d_y.shape[:3])
        sent = np.moveaxis(sent, 1, -1)
    else:
        sent = (d @ w.swapaxes(2, 3)).reshape(len(pixels), *d_y.shape[:3], channels)
    for place, some in zip(pixels, sent, strict=True):
        place += some


def _split(groups: int, *arrays: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Yield each group's part of three arrays: channels and filters are their last axes."""
    first, second, third = (np.split(array, groups, axis=-1) for array in arrays)
    return zip(first, second, third, strict=True)


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
