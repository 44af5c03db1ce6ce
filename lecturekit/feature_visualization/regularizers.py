"""What to subtract from the objective: penalties that make images look less like TV static.

Each has a value for every image and, for NumPy's path, its derivative by every pixel.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_TINY = 1e-30  # added to a pixel it changes nothing but the side of 0 on which a black one lies


@dataclass(frozen=True)
class Regularizer(ABC):
    """A penalty on images, with a weight of at least 0."""

    weight: float

    def __post_init__(self) -> None:
        weight, name = self.weight, type(self).__name__
        if isinstance(weight, bool) or not isinstance(weight, int | float | np.number):
            raise TypeError(f"{name}: weight must be a number, got {weight!r}")
        if not 0 <= weight < np.inf:
            raise ValueError(f"{name}: weight must be a finite number from 0 on, got {weight}")

    @abstractmethod
    def value(self, x: Any, total: Any) -> Any:
        """Return the penalty of each image, without the weight. `total` sums over an image."""

    @abstractmethod
    def d_x(self, x: Array) -> Array:
        """Return the derivative of the penalty by every pixel, without the weight."""


class L1(Regularizer):
    """The lecture's penalty: the sum of all pixels without sign, the ink.

    At 0 its derivative is taken to be 1, the slope towards brighter: a black pixel stays black
    unless the objective gains more by it than the penalty costs.

    Parameters
    ----------
    weight : float, at least 0
        In units of the objective per unit of ink.

    References
    ----------
    Slide: *What does CNN learn?*, where it is subtracted from y^i.

    Examples
    --------
    >>> L1(0.3)
    L1(weight=0.3)
    """

    def value(self, x: Any, total: Any) -> Any:
        """Return the sum of absolute values of each image."""
        return total(abs(x + _TINY))

    def d_x(self, x: Array) -> Array:
        """Return the sign of each pixel, 1 for black."""
        return np.where(x >= 0, x.dtype.type(1), x.dtype.type(-1))


class L2(Regularizer):
    """The sum of the squares of all pixels: it shrinks bright pixels more than pale ones.

    Parameters
    ----------
    weight : float, at least 0

    References
    ----------
    Simonyan et al. (2014), *Deep inside convolutional networks*.
    """

    def value(self, x: Any, total: Any) -> Any:
        """Return the sum of squares of each image."""
        return total(x * x)

    def d_x(self, x: Array) -> Array:
        """Return twice each pixel."""
        return 2 * x


class TotalVariation(Regularizer):
    """The sum of the differences of all neighboring pixels, without sign: it asks for even areas.

    Parameters
    ----------
    weight : float, at least 0

    References
    ----------
    Mahendran and Vedaldi (2015), *Understanding deep image representations by inverting them*.
    """

    def value(self, x: Any, total: Any) -> Any:
        """Return the sum of absolute differences, down and to the right, of each image."""
        return total(abs(x[:, 1:] - x[:, :-1])) + total(abs(x[:, :, 1:] - x[:, :, :-1]))

    def d_x(self, x: Array) -> Array:
        """Return for each pixel how many of its neighbors are darker, less those brighter."""
        down, right = np.sign(x[:, 1:] - x[:, :-1]), np.sign(x[:, :, 1:] - x[:, :, :-1])
        d_x = np.zeros_like(x)
        d_x[:, 1:] += down
        d_x[:, :-1] -= down
        d_x[:, :, 1:] += right
        d_x[:, :, :-1] -= right
        return d_x
