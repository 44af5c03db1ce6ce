"""Is a gradient right? Compare it with the slope that one measures."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array, as_numbers
from lecturekit.shapes import ShapeError


def numerical_gradient(
    f: Callable[[Array], float], x: npt.ArrayLike, *, step: float = 1e-5
) -> Array:
    """Measure the gradient of `f` at `x` by central differences, one number of `x` at a time.

    ``(f(x + step) - f(x - step)) / (2 * step)``. Its own error is about ``step**2`` from the
    curvature of `f`, and about ``1e-16 / step`` from rounding: 1e-5 is near the best of both.

    Parameters
    ----------
    f : callable
        Takes a float64 array of the shape of `x` and returns one number.
    x : array of numbers
        It is not changed.
    step : float, above 0

    Returns
    -------
    array of float64
        Of the shape of `x`.

    Raises
    ------
    ValueError
        If `step` is not a positive number, or so small that adding it changes nothing.
    TypeError
        For data that are not real numbers, or if `f` does not return one number.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**2).sum(), [1, -3]).round(6)
    array([ 2., -6.])
    """
    name = "numerical_gradient"
    x = as_numbers(x, "x", name=name).astype(np.float64)
    if not isinstance(step, float | int | np.floating) or not 0 < step < np.inf:
        raise ValueError(f"{name}: step must be a positive number, got {step!r}")
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += step
        below[place] -= step
        width = above[place] - below[place]
        if width == 0:
            raise ValueError(f"{name}: step {step} is lost beside {x[place]}, take a larger one")
        values = [as_numbers(f(changed), "f(x)", name=name) for changed in (above, below)]
        if values[0].size != 1:
            raise TypeError(f"{name}: f must return one number, got shape {values[0].shape}")
        gradient[place] = (values[0].item() - values[1].item()) / width
    return gradient


def relative_error(actual: npt.ArrayLike, expected: npt.ArrayLike) -> float:
    """How far two arrays are apart: the largest difference, over the largest number expected.

    Parameters
    ----------
    actual, expected : arrays of numbers of one shape

    Returns
    -------
    float
        ``max|actual - expected| / max|expected|``: 0 if they are equal, or empty; infinity if
        zeros were expected and something else came; NaN if one of them holds NaN.

    Raises
    ------
    ShapeError
        If the shapes differ.
    TypeError
        For data that are not real numbers.

    Examples
    --------
    >>> relative_error([1.0, 2.5], [1.0, 2.0])
    0.25
    """
    name = "relative_error"
    a = as_numbers(actual, "actual", name=name).astype(np.float64)
    b = as_numbers(expected, "expected", name=name).astype(np.float64)
    if a.shape != b.shape:
        raise ShapeError(f"{name}: shapes must agree, got {a.shape} and {b.shape}")
    difference = np.abs(a - b).max(initial=0)
    if difference == 0 or np.isnan(difference):
        return float(difference)
    largest = np.abs(b).max()
    return float(difference / largest) if largest else float("inf")
