"""The operations of `lecturekit.reference` in TensorFlow, by the same names and signatures.

Arguments are tensors, or anything that becomes an array; results are tensors, and TensorFlow can
differentiate them. Shapes, dtypes and error messages are those of the NumPy functions. NumPy does
not know bfloat16: it is summed in float32 and kept, as half precision is.

>>> from lecturekit import lecture, tf_ops
>>> image = lecture.IMAGE[None, :, :, None]
>>> tf_ops.conv2d(image, lecture.FILTER_1[:, :, None, None])[0, :, :, 0].numpy()[0]
array([ 3., -1., -3., -1.])
"""

from typing import Any

import numpy as np

from lecturekit._tensorflow import tf
from lecturekit.reference._arrays import (
    as_numbers,
    check_bias,
    check_dense,
    check_images,
    check_scores,
    float_dtypes,
)
from lecturekit.shapes import Padding, Pair, as_pair, conv2d_shape, pad_amounts, pool2d_shape

Tensor = Any  # tf.Tensor or what becomes one; TensorFlow ships no types

__all__ = ["avg_pool2d", "conv2d", "dense", "flatten", "max_pool2d", "relu", "softmax"]


def conv2d(
    x: Tensor,
    w: Tensor,
    b: Tensor | None = None,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Many filters on many images: `lecturekit.reference.conv2d` by ``tf.nn.conv2d``.

    Parameters
    ----------
    x : (N, H, W, C) tensor
    w : (kh, kw, C / groups, F) tensor
    b : (F,) tensor, optional
    stride, padding, dilation, groups
        As in `lecturekit.reference.conv2d`.

    Returns
    -------
    (N, rows, columns, F) tensor
        Of the dtype that `lecturekit.reference.conv2d` gives.

    Raises
    ------
    ShapeError, ValueError, TypeError
        As `lecturekit.reference.conv2d` does.
    """
    x, w = _as_numbers(x, "x", "conv2d"), _as_numbers(w, "w", "conv2d")
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    shape = conv2d_shape(x.shape, w.shape, groups=groups, **options)
    b = tf.zeros(shape[3], x.dtype) if b is None else _as_numbers(b, "b", "conv2d")
    check_bias(b.shape, shape[3], name="conv2d")
    (x, w, b), dtype = _as_floats(x, w, b)
    pads = pad_amounts(tuple(x.shape[1:3]), tuple(w.shape[:2]), **options)
    # TensorFlow refuses a stride and a dilation above 1 together: dilate the kernel instead.
    w = _spread(w, as_pair(dilation, "dilation", minimum=1, name="conv2d"))
    x = tf.pad(x, [(0, 0), *pads, (0, 0)])
    x, down_right = _safe_stride(x, w, as_pair(stride, "stride", minimum=1, name="conv2d"), shape)
    pairs = zip(tf.split(x, groups, axis=3), tf.split(w, groups, axis=3), strict=True)
    parts = [tf.nn.conv2d(part, v, down_right, "VALID") for part, v in pairs]
    # Of an empty batch TensorFlow returns the size of the input: give it that of the output.
    y = tf.reshape(tf.concat(parts, axis=3), [tf.shape(x)[0], *shape[1:]])
    return tf.cast(y + b, dtype)


def _safe_stride(
    x: Tensor, w: Tensor, stride: tuple[int, int], shape: tuple[int, int, int, int]
) -> tuple[Tensor, tuple[int, int]]:
    """Return images and a stride that give the same, and that TensorFlow gets right.

    TensorFlow 2.21 on a CPU returns wrong numbers for some windows that have one place in a row
    and move further to the right than down, and its gradient of a 1x1 kernel that moves by more
    than 1 writes outside of its memory.
    """
    down, right = stride
    if tuple(w.shape[:2]) == (1, 1):
        return x[:, ::down, ::right], (1, 1)
    if shape[2] == 1:  # so it does not matter how far the window would move to the right
        return x[:, :, : w.shape[1]], (down, down)
    return x, stride


def _spread(w: Tensor, dilation: tuple[int, int]) -> Tensor:
    """Put zeros between the weights, so that a plain convolution does the dilated one."""
    if dilation == (1, 1):
        return w
    rows, columns = w.shape[0], w.shape[1]
    places = tf.stack(
        tf.meshgrid(tf.range(rows) * dilation[0], tf.range(columns) * dilation[1], indexing="ij"),
        axis=-1,
    )
    shape = ((rows - 1) * dilation[0] + 1, (columns - 1) * dilation[1] + 1, *w.shape[2:])
    return tf.scatter_nd(places, w, shape)


def max_pool2d(
    x: Tensor, size: Pair = 2, *, stride: Pair | None = None, padding: Padding = "valid"
) -> Tensor:
    """Keep the largest of each window: `lecturekit.reference.max_pool2d` in TensorFlow.

    Parameters
    ----------
    x : (N, H, W, C) tensor
    size, stride, padding
        As in `lecturekit.reference.max_pool2d`.

    Returns
    -------
    (N, rows, columns, C) tensor
        Of the dtype of `x`; booleans become integers.

    Raises
    ------
    ShapeError, ValueError, TypeError
        As `lecturekit.reference.max_pool2d` does.

    Notes
    -----
    On a CPU TensorFlow compares with the lowest finite number first. So it drops NaN (it takes 3
    from [[1, NaN], [2, 3]], where NumPy gives NaN), and minus infinity becomes that number.
    """
    x = _as_numbers(x, "x", "max_pool2d")
    dtype, wide = x.dtype, x.dtype in (tf.uint32, tf.uint64)
    if wide:
        x = _flip_sign(tf.cast(x, tf.int64))
    y = _pool(tf.nn.max_pool2d, x, x.dtype.min, size, stride, padding, "max_pool2d")
    return tf.cast(_flip_sign(y), dtype) if wide else y


def _flip_sign(x: Tensor) -> Tensor:
    """Flip the sign bit: it keeps the order of unsigned numbers that were cast to int64.

    TensorFlow does not pool uint32 and uint64.
    """
    return tf.bitwise.bitwise_xor(x, tf.constant(tf.int64.min, tf.int64))


def avg_pool2d(
    x: Tensor, size: Pair = 2, *, stride: Pair | None = None, padding: Padding = "valid"
) -> Tensor:
    """Keep the mean of each window: `lecturekit.reference.avg_pool2d` in TensorFlow.

    Padding is not counted, as in NumPy.

    Parameters
    ----------
    x : (N, H, W, C) tensor
    size, stride, padding
        As in `lecturekit.reference.max_pool2d`.

    Returns
    -------
    (N, rows, columns, C) tensor of floats
        Floats keep their dtype; integers become float64.

    Raises
    ------
    ShapeError, ValueError, TypeError
        As `lecturekit.reference.avg_pool2d` does.
    """
    (x,), dtype = _as_floats(_as_numbers(x, "x", "avg_pool2d"))
    arguments = (0, size, stride, padding, "avg_pool2d")
    mean = _pool(tf.nn.avg_pool2d, x, *arguments)
    # The share of pixels that are real in each window: 1 but at a padded edge.
    share = _pool(tf.nn.avg_pool2d, tf.ones([1, *x.shape[1:3], 1], x.dtype), *arguments)
    return tf.cast(mean / share, dtype)


def flatten(x: Tensor) -> Tensor:
    """Write each image of the batch as one row: ``(N, H, W, C)`` to ``(N, H * W * C)``.

    Parameters
    ----------
    x : (N, ...) tensor

    Returns
    -------
    (N, D) tensor
        Of the dtype of `x`; booleans become integers.

    Raises
    ------
    ShapeError, TypeError
        As `lecturekit.reference.flatten` does.
    """
    x = _as_numbers(x, "x", "flatten")
    check_images(x.shape)
    return tf.reshape(x, [tf.shape(x)[0], int(np.prod(x.shape[1:]))])


def dense(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
    """A fully connected layer, ``x @ w + b``: `lecturekit.reference.dense` in TensorFlow.

    Parameters
    ----------
    x : (N, D) tensor
    w : (D, K) tensor
    b : (K,) tensor, optional

    Returns
    -------
    (N, K) tensor
        Of the dtype that `lecturekit.reference.dense` gives.

    Raises
    ------
    ShapeError, TypeError
        As `lecturekit.reference.dense` does.
    """
    x, w = _as_numbers(x, "x", "dense"), _as_numbers(w, "w", "dense")
    check_dense(x.shape, w.shape)
    b = tf.zeros(w.shape[1], x.dtype) if b is None else _as_numbers(b, "b", "dense")
    check_bias(b.shape, w.shape[1], name="dense")
    (x, w, b), dtype = _as_floats(x, w, b)
    return tf.cast(x @ w + b, dtype)


def relu(x: Tensor) -> Tensor:
    """Rectified linear unit: ``max(x, 0)``.

    Parameters
    ----------
    x : tensor

    Returns
    -------
    tensor
        Of the shape and dtype of `x`; booleans become integers.

    Raises
    ------
    TypeError
        As `lecturekit.reference.relu` does.
    """
    return tf.nn.relu(_as_numbers(x, "x", "relu"))


def softmax(x: Tensor) -> Tensor:
    """Turn the scores along the last axis into probabilities that sum to 1.

    Parameters
    ----------
    x : (..., K) tensor

    Returns
    -------
    (..., K) tensor of floats in [0, 1]
        Floats keep their dtype; integers become float64.

    Raises
    ------
    ShapeError, TypeError
        As `lecturekit.reference.softmax` does.
    """
    (x,), dtype = _as_floats(_as_numbers(x, "x", "softmax"))
    check_scores(x.shape)
    return tf.cast(tf.nn.softmax(x), dtype)


def _as_numbers(value: Tensor, what: str, name: str) -> Tensor:
    """Return `value` as a tensor of real numbers (booleans count as 0 and 1), or raise."""
    if not _holds_tensors(value):
        value = as_numbers(value, what, name=name)
    try:
        tensor = tf.convert_to_tensor(value)
    except (TypeError, ValueError):
        came = f"{type(value).__name__} of dtype {getattr(value, 'dtype', 'unknown')}"
        raise TypeError(f"{name}: {what} must hold real numbers, got {came}") from None
    if tensor.dtype == tf.bool:
        return tf.cast(tensor, tf.int64)
    if not (tensor.dtype.is_floating or tensor.dtype.is_integer):
        raise TypeError(f"{name}: {what} must hold real numbers, got dtype {tensor.dtype.name}")
    return tensor


def _holds_tensors(value: Tensor) -> bool:
    """Say whether TensorFlow must convert `value`, for gradients or a dtype of its own.

    NumPy converts the rest: TensorFlow would make float32 of a list of floats.
    """
    if isinstance(value, np.ndarray):
        return bool(value.dtype == tf.bfloat16.as_numpy_dtype)
    return any(tf.is_tensor(part) for part in tf.nest.flatten(value))


def _as_floats(*tensors: Tensor) -> tuple[list[Tensor], Any]:
    """Cast as `lecturekit.reference` does; return the tensors and the dtype of the result."""
    floats = {t.dtype for t in tensors if t.dtype.is_floating}
    if len(floats) > 1:  # NumPy knows no common dtype of bfloat16 and float16
        floats = {tf.float32 if dtype == tf.bfloat16 else dtype for dtype in floats}
    compute, result = float_dtypes([np.dtype(dtype.as_numpy_dtype) for dtype in floats])
    return [tf.cast(t, compute) for t in tensors], tf.as_dtype(result)


def _pool(
    pool: Any,
    x: Tensor,
    blank: float,
    size: Pair,
    stride: Pair | None,
    padding: Padding,
    name: str,
) -> Tensor:
    """Check the arguments, pad by `blank` and let TensorFlow's `pool` slide."""
    shape = pool2d_shape(x.shape, size, stride=stride, padding=padding, name=name)
    window = as_pair(size, "size", minimum=1, name=name)
    step = as_pair(window if stride is None else stride, "stride", minimum=1, name=name)
    pads = pad_amounts(tuple(x.shape[1:3]), window, stride=step, padding=padding, name=name)
    x = tf.pad(x, [(0, 0), *pads, (0, 0)], constant_values=tf.constant(blank, x.dtype))
    # Of an empty batch TensorFlow returns the input: give it the shape of an output.
    return tf.reshape(pool(x, window, step, "VALID"), [tf.shape(x)[0], *shape[1:]])
