"""Output sizes, padding, parameters and receptive fields: the arithmetic of shapes.

Images are ``(N, H, W, C)``, kernels ``(kh, kw, C, F)``. All functions work on plain integers, so
they serve NumPy, TensorFlow and a reader with a pencil.

>>> from lecturekit import shapes
>>> shapes.output_size(6, 3), shapes.output_size(6, 3, stride=2)
(4, 2)
"""

from collections.abc import Iterable, Sequence
from typing import Literal

# The names that are imported "as" themselves are for others to import from here.
from lecturekit._arguments import Padding as Padding
from lecturekit._arguments import Pair as Pair
from lecturekit._arguments import as_integer as as_integer
from lecturekit._arguments import as_padding, as_size
from lecturekit._arguments import as_pair as as_pair


class ShapeError(ValueError):
    """A shape or a size that does not fit. It says what was expected and what came."""


def pad_amounts(
    size: tuple[int, int],
    kernel: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    name: str = "pad_amounts",
) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many rows and columns of padding go before and after an image.

    Parameters
    ----------
    size : (int, int), at least 0
        Height and width of the image.
    kernel : (int, int), at least 1
        Height and width of the window.
    stride, dilation : int or (int, int), at least 1
    padding : "valid", "same", int or (int, int)
        "valid" pads nothing. "same" is TensorFlow's: the output has ``ceil(size / stride)`` rows,
        and an odd amount puts the extra row after. Integers pad both sides alike.
    name : str
        The function that an error message speaks for.

    Returns
    -------
    ((top, bottom), (left, right))

    Raises
    ------
    ValueError, TypeError
        For a size that is too small or not two integers, a stride or dilation below 1, a
        negative padding, or an unknown word.

    Examples
    --------
    >>> pad_amounts((6, 6), (3, 3), padding="same")
    ((1, 1), (1, 1))
    >>> pad_amounts((6, 6), (3, 3), stride=2, padding="same")
    ((0, 1), (0, 1))
    """
    size = as_size(size, "size", minimum=0, name=name)
    kernel = as_size(kernel, "kernel", minimum=1, name=name)
    strides = as_pair(stride, "stride", minimum=1, name=name)
    dilations = as_pair(dilation, "dilation", minimum=1, name=name)
    pair = as_padding(padding, name=name)
    if pair == "valid":
        return (0, 0), (0, 0)
    if pair != "same":
        return (pair[0], pair[0]), (pair[1], pair[1])
    (top, bottom), (left, right) = (
        _same(n, k, s, d) for n, k, s, d in zip(size, kernel, strides, dilations, strict=True)
    )
    return (top, bottom), (left, right)


def _same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def output_size(
    size: int,
    kernel: int,
    *,
    stride: int = 1,
    padding: Literal["valid", "same"] | int = "valid",
    dilation: int = 1,
    name: str = "output_size",
) -> int:
    """How many positions a window of `kernel` pixels takes on `size` pixels.

    ``floor((size + padding - window) / stride) + 1``, with
    ``window = dilation * (kernel - 1) + 1``.

    Parameters
    ----------
    size : int, at least 0
        Pixels in a row.
    kernel, stride, dilation : int, at least 1
    padding : "valid", "same" or int
        See `pad_amounts`. An integer is added on both sides.
    name : str
        The function that an error message speaks for.

    Returns
    -------
    int

    Raises
    ------
    ShapeError
        If the window is larger than the padded image.
    ValueError, TypeError
        For a number that is too small or not one integer, or an unknown word.

    Examples
    --------
    >>> output_size(28, 3), output_size(26, 2, stride=2), output_size(11, 2, stride=2)
    (26, 13, 5)
    """
    size = as_integer(size, "size", minimum=0, name=name)
    kernel = as_integer(kernel, "kernel", minimum=1, name=name)
    if not isinstance(padding, str):
        padding = as_integer(padding, "padding", minimum=0, name=name)
    return window_shape(
        (size, size),
        (kernel, kernel),
        stride=as_integer(stride, "stride", minimum=1, name=name),
        padding=padding,
        dilation=as_integer(dilation, "dilation", minimum=1, name=name),
        name=name,
    )[0]


def window_shape(
    size: tuple[int, int],
    kernel: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    name: str = "window_shape",
) -> tuple[int, int]:
    """Height and width of the output of a window that slides over an image.

    Parameters
    ----------
    size, kernel, stride, padding, dilation, name
        As in `pad_amounts`.

    Returns
    -------
    (rows, columns) : (int, int), at least 1

    Raises
    ------
    ShapeError
        If the window is larger than the padded image.
    ValueError, TypeError
        As `pad_amounts` does.

    Examples
    --------
    >>> window_shape((6, 6), (3, 3))
    (4, 4)
    """
    pads = pad_amounts(size, kernel, stride=stride, padding=padding, dilation=dilation, name=name)
    strides = as_pair(stride, "stride", minimum=1, name=name)
    dilations = as_pair(dilation, "dilation", minimum=1, name=name)
    padded = tuple(n + before + after for n, (before, after) in zip(size, pads, strict=True))
    windows = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True))
    if windows[0] > padded[0] or windows[1] > padded[1]:
        raise ShapeError(
            f"{name}: a window of {windows[0]}x{windows[1]} does not fit on an image of "
            f"{padded[0]}x{padded[1]} (padding included)"
        )
    rows, columns = ((p - w) // s + 1 for p, w, s in zip(padded, windows, strides, strict=True))
    return rows, columns


def conv2d_shape(
    x_shape: Sequence[int],
    w_shape: Sequence[int],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
    name: str = "conv2d",
) -> tuple[int, int, int, int]:
    """The shape of ``conv2d(x, w)``, or an error that says what does not fit.

    Parameters
    ----------
    x_shape : (N, H, W, C)
        The number N of images may be unknown: None, as TensorFlow has it.
    w_shape : (kh, kw, C / groups, F)
    stride, padding, dilation, name
        As in `pad_amounts`.
    groups : int, at least 1
        The parts that channels and filters are split into.

    Returns
    -------
    (N, rows, columns, F)

    Raises
    ------
    ShapeError
        If a rank, the channels, the groups or the window do not fit, or there is no filter.
    ValueError, TypeError
        As `pad_amounts` does.

    Examples
    --------
    >>> conv2d_shape((1, 28, 28, 1), (3, 3, 1, 25))
    (1, 26, 26, 25)
    >>> conv2d_shape((1, 6, 6, 3), (3, 3, 1, 2))
    Traceback (most recent call last):
        ...
    lecturekit.shapes.ShapeError: conv2d: x has 3 channels but w expects 1 (x (1, 6, 6, 3), \
w (3, 3, 1, 2))
    """
    check_rank(x_shape, 4, "x", "(N, H, W, C)", name=name)
    check_rank(w_shape, 4, "w", "(kh, kw, C, F)", name=name)
    if min(w_shape[2:]) < 1:
        raise ShapeError(
            f"{name}: w must have at least one channel and one filter, got {tuple(w_shape)}"
        )
    groups = as_integer(groups, "groups", minimum=1, name=name)
    channels, expected, filters = x_shape[3], w_shape[2] * groups, w_shape[3]
    if channels != expected:
        means = f"{w_shape[2]} in each of {groups} groups" if groups > 1 else str(expected)
        raise ShapeError(
            f"{name}: x has {channels} channels but w expects {means} "
            f"(x {tuple(x_shape)}, w {tuple(w_shape)})"
        )
    if filters % groups:
        raise ShapeError(f"{name}: {filters} filters do not divide into {groups} groups")
    rows, columns = window_shape(
        (x_shape[1], x_shape[2]),
        (w_shape[0], w_shape[1]),
        stride=stride,
        padding=padding,
        dilation=dilation,
        name=name,
    )
    return x_shape[0], rows, columns, filters


def pool2d_shape(
    x_shape: Sequence[int],
    size: Pair = 2,
    *,
    stride: Pair | None = None,
    padding: Padding = "valid",
    name: str = "pool2d",
) -> tuple[int, int, int, int]:
    """The shape of ``max_pool2d(x, size)``, or an error that says what does not fit.

    Parameters
    ----------
    x_shape : (N, H, W, C)
        As in `conv2d_shape`.
    size : int or (int, int), at least 1
        The window.
    stride : int or (int, int), optional
        By default that of the window itself.
    padding, name
        As in `pad_amounts`. The padding must be smaller than the window, so that every window
        holds a pixel.

    Returns
    -------
    (N, rows, columns, C)

    Raises
    ------
    ShapeError
        If `x_shape` has not 4 numbers, or the window or the padding does not fit.
    ValueError, TypeError
        As `pad_amounts` does.

    Examples
    --------
    >>> pool2d_shape((1, 11, 11, 50))
    (1, 5, 5, 50)
    """
    check_rank(x_shape, 4, "x", "(N, H, W, C)", name=name)
    window = as_pair(size, "size", minimum=1, name=name)
    pair = as_padding(padding, name=name)
    if isinstance(pair, tuple) and (pair[0] >= window[0] or pair[1] >= window[1]):
        raise ShapeError(f"{name}: padding {pair} must be smaller than the window {window}")
    rows, columns = window_shape(
        (x_shape[1], x_shape[2]),
        window,
        stride=window if stride is None else stride,
        padding=padding,
        name=name,
    )
    return x_shape[0], rows, columns, x_shape[3]


def check_rank(shape: Sequence[int], rank: int, what: str, layout: str, *, name: str) -> None:
    """Raise `ShapeError` unless `shape` has `rank` numbers.

    Parameters
    ----------
    shape : sequence of int
    rank : int
    what, layout, name : str
        The argument, its dimensions and the function that the error message speaks of.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> check_rank((6, 6), 2, "image", "(H, W)", name="correlate2d")
    """
    if len(shape) != rank:
        raise ShapeError(
            f"{name}: {what} must have {rank} dimensions {layout}, got {len(shape)}: {tuple(shape)}"
        )


def conv2d_parameters(kernel: Pair, channels: int, filters: int, *, bias: bool = True) -> int:
    """Weights, and one bias a filter, of a convolutional layer.

    Parameters
    ----------
    kernel : int or (int, int), at least 1
    channels, filters : int, at least 1
        Depth of the input and of the output.
    bias : bool

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        For a number that is too small or not an integer.

    Examples
    --------
    >>> conv2d_parameters(3, 1, 25), conv2d_parameters(3, 25, 50)
    (250, 11300)
    """
    name = "conv2d_parameters"
    rows, columns = as_pair(kernel, "kernel", minimum=1, name=name)
    channels = as_integer(channels, "channels", minimum=1, name=name)
    filters = as_integer(filters, "filters", minimum=1, name=name)
    return (rows * columns * channels + bool(bias)) * filters


def dense_parameters(inputs: int, outputs: int, *, bias: bool = True) -> int:
    """Weights, and one bias an output, of a fully connected layer.

    Parameters
    ----------
    inputs, outputs : int, at least 1
    bias : bool

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        For a number that is too small or not an integer.

    Examples
    --------
    >>> dense_parameters(1250, 100), dense_parameters(100 * 100 * 3, 1000, bias=False)
    (125100, 30000000)
    """
    inputs = as_integer(inputs, "inputs", minimum=1, name="dense_parameters")
    outputs = as_integer(outputs, "outputs", minimum=1, name="dense_parameters")
    return (inputs + bool(bias)) * outputs


def receptive_field(layers: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """How many pixels a unit sees, and how many pixels apart two neighbors look.

    Parameters
    ----------
    layers : iterable of (kernel, stride)
        From the input on, convolutions and poolings alike.

    Returns
    -------
    (size, step) : (int, int), in input pixels

    Raises
    ------
    ValueError, TypeError
        For a layer that is not two integers, or a kernel or a stride below 1.

    Examples
    --------
    A unit of the lecture's second convolution sees 8x8 pixels, and its neighbor looks 2 further:

    >>> receptive_field([(3, 1), (2, 2), (3, 1)])
    (8, 2)
    """
    size = step = 1
    for layer in layers:
        if not isinstance(layer, (tuple, list)):
            raise TypeError(f"receptive_field: a layer must be (kernel, stride), got {layer!r}")
        if len(layer) != 2:
            raise ValueError(f"receptive_field: a layer must be (kernel, stride), got {layer!r}")
        kernel = as_integer(layer[0], "kernel", minimum=1, name="receptive_field")
        size += (kernel - 1) * step
        step *= as_integer(layer[1], "stride", minimum=1, name="receptive_field")
    return size, step


def dropped(size: int, window: int, *, stride: int | None = None) -> int:
    """How many rows at the end no window reaches, without padding.

    Parameters
    ----------
    size : int, at least 0
    window : int, at least 1
    stride : int, optional
        By default the window's size.

    Returns
    -------
    int

    Raises
    ------
    ShapeError
        If the window is larger than the image.
    ValueError, TypeError
        For a number that is too small or not one integer.

    Examples
    --------
    >>> dropped(11, 2), dropped(26, 2), dropped(6, 3, stride=2)
    (1, 0, 1)
    """
    window = as_integer(window, "window", minimum=1, name="dropped")
    step = window if stride is None else stride
    outputs = output_size(size, window, stride=step, name="dropped")
    return size - ((outputs - 1) * step + window)
