"""Activation functions."""

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array, as_floats, as_numbers, check_scores


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
