"""Output sizes, padding, parameters and receptive fields: the arithmetic of shapes.

Images are ``(N, H, W, C)``, kernels ``(kh, kw, C, F)``. All functions work on plain integers, so
they serve NumPy, TensorFlow and a reader with a pencil.

>>> from lecturekit import shapes
>>> shapes.output_size(6, 3), shapes.output_size(6, 3, stride=2)
(4, 2)
"""

import operator
from collections.abc import Iterable, Sequence
from typing import Literal, SupportsIndex

Pair = int | tuple[int, int]
Padding = Literal["valid", "same"] | int | tuple[int, int]


class ShapeError(ValueError):
    """A shape or a size that does not fit. It says what was expected and what came."""


def as_integer(value: SupportsIndex, what: str, *, minimum: int, name: str) -> int:
    """Return `value` as an int that is at least `minimum`, or raise in the caller's terms."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: {what} must be an integer, got {value!r}") from None
    if isinstance(value, bool):
        raise TypeError(f"{name}: {what} must be an integer, got {value!r}")
    if number < minimum:
        raise ValueError(f"{name}: {what} must be at least {minimum}, got {number}")
    return number


def as_pair(value: Pair, what: str, *, minimum: int, name: str) -> tuple[int, int]:
    """Return ``(vertical, horizontal)`` from one integer or two.

    >>> as_pair(2, "stride", minimum=1, name="conv2d")
    (2, 2)
    """
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(f"{name}: {what} must be one integer or two, got {value!r}")
        first, second = value
    else:
        first = second = value
    return (
        as_integer(first, what, minimum=minimum, name=name),
        as_integer(second, what, minimum=minimum, name=name),
    )


def _padding_pair(padding: Padding, name: str) -> tuple[int, int] | Literal["valid", "same"]:
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ValueError(
                f'{name}: padding must be "valid", "same", an integer or two, got {padding!r}'
            )
        return padding
    return as_pair(padding, "padding", minimum=0, name=name)


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
    size, kernel : (int, int)
        Height and width of the image and of the window.
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
        For a stride or dilation below 1, a negative padding, or an unknown word.

    Examples
    --------
    >>> pad_amounts((6, 6), (3, 3), padding="same")
    ((1, 1), (1, 1))
    >>> pad_amounts((6, 6), (3, 3), stride=2, padding="same")
    ((0, 1), (0, 1))
    """
    strides = as_pair(stride, "stride", minimum=1, name=name)
    dilations = as_pair(dilation, "dilation", minimum=1, name=name)
    pair = _padding_pair(padding, name)
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
    size: int, kernel: int, *, stride: int = 1, padding: Padding = "valid", dilation: int = 1
) -> int:
    """How many positions a window of `kernel` pixels takes on `size` pixels.

    ``floor((size + padding - window) / stride) + 1``, with
    ``window = dilation * (kernel - 1) + 1``.

    Raises
    ------
    ShapeError
        If the window is larger than the padded image.

    Examples
    --------
    >>> output_size(28, 3), output_size(26, 2, stride=2), output_size(11, 2, stride=2)
    (26, 13, 5)
    """
    return window_shape(
        (size, size),
        (kernel, kernel),
        stride=stride,
        padding=padding,
        dilation=dilation,
        name="output_size",
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

    Parameters are those of `pad_amounts`.

    Raises
    ------
    ShapeError
        If the window is larger than the padded image.

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
    if min(kernel) < 1 or windows[0] > padded[0] or windows[1] > padded[1]:
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
    _check_rank(x_shape, "x", "(N, H, W, C)", name)
    _check_rank(w_shape, "w", "(kh, kw, C, F)", name)
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

    The padding must be smaller than the window, so that every window holds a pixel.

    Examples
    --------
    >>> pool2d_shape((1, 11, 11, 50))
    (1, 5, 5, 50)
    """
    _check_rank(x_shape, "x", "(N, H, W, C)", name)
    window = as_pair(size, "size", minimum=1, name=name)
    pair = _padding_pair(padding, name)
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


def _check_rank(shape: Sequence[int], what: str, layout: str, name: str) -> None:
    if len(shape) != 4:
        raise ShapeError(
            f"{name}: {what} must have 4 dimensions {layout}, got {len(shape)}: {tuple(shape)}"
        )


def conv2d_parameters(kernel: Pair, channels: int, filters: int, *, bias: bool = True) -> int:
    """Weights, and one bias a filter, of a convolutional layer.

    >>> conv2d_parameters(3, 1, 25), conv2d_parameters(3, 25, 50)
    (250, 11300)
    """
    rows, columns = as_pair(kernel, "kernel", minimum=1, name="conv2d_parameters")
    return (rows * columns * channels + bool(bias)) * filters


def dense_parameters(inputs: int, outputs: int, *, bias: bool = True) -> int:
    """Weights, and one bias an output, of a fully connected layer.

    >>> dense_parameters(1250, 100), dense_parameters(100 * 100 * 3, 1000, bias=False)
    (125100, 30000000)
    """
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

    Examples
    --------
    A unit of the lecture's second convolution sees 8x8 pixels, and its neighbor looks 2 further:

    >>> receptive_field([(3, 1), (2, 2), (3, 1)])
    (8, 2)
    """
    size = step = 1
    for kernel, stride in layers:
        kernel = as_integer(kernel, "kernel", minimum=1, name="receptive_field")
        size += (kernel - 1) * step
        step *= as_integer(stride, "stride", minimum=1, name="receptive_field")
    return size, step


def dropped(size: int, window: int, *, stride: int | None = None) -> int:
    """How many rows at the end no window reaches, without padding.

    >>> dropped(11, 2), dropped(26, 2), dropped(6, 3, stride=2)
    (1, 0, 1)
    """
    step = window if stride is None else stride
    return size - ((output_size(size, window, stride=step) - 1) * step + window)
