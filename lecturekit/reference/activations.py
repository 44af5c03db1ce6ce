"""Activation functions, forward and backward, and the loss that training lowers."""

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import (
    Array,
    as_floats,
    as_labels,
    as_numbers,
    check_gradient,
    check_scores,
)
from lecturekit.shapes import check_rank


def relu(x: npt.ArrayLike) -> Array:
    """Rectified linear unit: ``max(x, 0)``. NaN stays NaN.

    Parameters
    ----------
    x : array of numbers

    Returns
    -------
    array
        Of the shape and dtype of `x`; booleans become integers.

    Raises
    ------
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> relu(lecture.FEATURE_MAP_1)[0]
    array([3, 0, 0, 0])
    """
    x = as_numbers(x, "x", name="relu")
    return np.maximum(x, x.dtype.type(0))


def relu_backward(d_y: npt.ArrayLike, x: npt.ArrayLike) -> Array:
    """Gradient of a loss with respect to the `x` of ``y = relu(x)``.

    What was positive passes its `d_y` on; the rest passes 0, and so does 0 itself.

    Parameters
    ----------
    d_y : array of numbers
        Gradient with respect to the output.
    x : array of numbers
        What `relu` was called with.

    Returns
    -------
    array of floats
        Of the shape of `x` and the widest float dtype that came; float64 if all were integers.

    Raises
    ------
    ShapeError
        If `d_y` has not the shape of `x`.
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> relu_backward([10, 20, 30], [-1, 0, 1])
    array([ 0.,  0., 30.])
    """
    x, d_y, dtype = _pair(d_y, x, name="relu_backward")
    return (d_y * (x > 0)).astype(dtype, copy=False)


def softmax(x: npt.ArrayLike) -> Array:
    """Turn the scores along the last axis into probabilities that sum to 1.

    Parameters
    ----------
    x : (..., K) array of numbers
        Scores (logits) of K classes. Large ones are safe: the largest is subtracted first.

    Returns
    -------
    (..., K) array of floats in [0, 1]
        Floats keep their dtype; integers become float64.

    Raises
    ------
    ShapeError
        If there is no class to choose from.
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> softmax([1000, 1000])
    array([0.5, 0.5])
    """
    (x,), dtype = as_floats(as_numbers(x, "x", name="softmax"))
    check_scores(x.shape)
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return (exponentials / exponentials.sum(axis=-1, keepdims=True)).astype(dtype, copy=False)


def softmax_backward(d_y: npt.ArrayLike, x: npt.ArrayLike) -> Array:
    """Gradient of a loss with respect to the `x` of ``y = softmax(x)``.

    Raising one score takes from the probabilities of all others, so each score hears of all
    outputs: ``d_x = y * (d_y - sum(y * d_y))``.

    Parameters
    ----------
    d_y : (..., K) array of numbers
        Gradient with respect to the probabilities.
    x : (..., K) array of numbers
        The scores that `softmax` was called with.

    Returns
    -------
    (..., K) array of floats
        Of the widest float dtype that came; float64 if all were integers.

    Raises
    ------
    ShapeError
        If `d_y` has not the shape of `x`, or as `softmax` does.
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> softmax_backward([1, 0], [0, 0])
    array([ 0.25, -0.25])
    """
    x, d_y, dtype = _pair(d_y, x, name="softmax_backward")
    check_scores(x.shape, name="softmax_backward")
    y = softmax(x)
    return (y * (d_y - (y * d_y).sum(axis=-1, keepdims=True))).astype(dtype, copy=False)


def softmax_cross_entropy(logits: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[float, Array]:
    """Cross-entropy of the softmax of scores, and its gradient: the loss of the lecture's network.

    The loss is the mean over the images of -log(probability of the right class). It is computed
    from the scores at once, so that large ones give neither NaN nor infinity.

    Parameters
    ----------
    logits : (N, K) array of numbers
        Scores of K classes for N images, N at least 1.
    labels : (N,) array of integers, 0 to K - 1
        The right class of each image.

    Returns
    -------
    loss : float
        At least 0.
    d_logits : (N, K) array of floats
        Its gradient, ``(softmax(logits) - one_hot(labels)) / N``. Floats keep their dtype.

    Raises
    ------
    ShapeError
        If `logits` is not 2-D, there is no image or no class, or the labels do not fit.
    ValueError
        If a label is not a class.
    TypeError
        For scores that are not real numbers, or labels that are not integers.

    Examples
    --------
    >>> loss, d_logits = softmax_cross_entropy([[0, 0]], [1])
    >>> round(loss, 4)
    0.6931
    >>> d_logits
    array([[ 0.5, -0.5]])
    >>> softmax_cross_entropy([[1000, 0]], [1])[0]
    1000.0
    """
    name = "softmax_cross_entropy"
    (x,), dtype = as_floats(as_numbers(logits, "logits", name=name))
    check_rank(x.shape, 2, "logits", "(N, K)", name=name)
    labels = as_labels(labels, x.shape, name=name)
    n = np.arange(len(x))
    x = x.astype(np.float64)  # so few numbers that it costs nothing
    x -= x.max(axis=1, keepdims=True)
    exponentials = np.exp(x)
    totals = exponentials.sum(axis=1)
    loss = np.mean(np.log(totals) - x[n, labels])
    d_logits = exponentials / totals[:, np.newaxis]
    d_logits[n, labels] -= 1
    return float(loss), (d_logits / len(x)).astype(dtype, copy=False)


def _pair(d_y: npt.ArrayLike, x: npt.ArrayLike, *, name: str):  # type: ignore[no-untyped-def]
    """Check a gradient and what it belongs to; return both as floats, and the result's dtype."""
    x, d_y = as_numbers(x, "x", name=name), as_numbers(d_y, "d_y", name=name)
    check_gradient(d_y.shape, x.shape, name=name)
    (x, d_y), dtype = as_floats(x, d_y)
    return x, d_y, dtype
