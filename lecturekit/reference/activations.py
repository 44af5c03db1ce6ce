"""Activation functions."""

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array, as_floats, as_numbers
from lecturekit.shapes import ShapeError


def relu(x: npt.ArrayLike) -> Array:
    """Rectified linear unit: ``max(x, 0)``, of the shape and dtype of `x`. NaN stays NaN.

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

    Raises
    ------
    ShapeError
        If there is no class to choose from.

    Examples
    --------
    >>> softmax([1000, 1000])
    array([0.5, 0.5])
    """
    (x,), dtype = as_floats(as_numbers(x, "x", name="softmax"))
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ShapeError(f"softmax: x must have at least one score on its last axis, got {x.shape}")
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return (exponentials / exponentials.sum(axis=-1, keepdims=True)).astype(dtype, copy=False)
