"""Small random changes of the image before the network sees it, new ones at every step.

What an image owes to the exact place of its pixels does not survive them. Jitter, rotation and
scale are one map of places to places, with the four pixels around each place mixed (bilinear);
beyond the edge the edge goes on. The random numbers are drawn by NumPy, so that the same seed
gives the same changes in NumPy and in TensorFlow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lecturekit.shapes import as_integer

Array = npt.NDArray[Any]


class Transform:
    """A random change of the image."""

    def places(self, rng: np.random.Generator) -> Array:
        """Draw a 3x3 matrix that maps places (row, column, 1), from the image's middle."""
        return np.eye(3)

    def blur(self, rng: np.random.Generator) -> float:
        """Draw a blur: a standard deviation in pixels."""
        return 0.0


@dataclass(frozen=True)
class Jitter(Transform):
    """Move the image by up to `pixels` whole pixels, down or up, right or left.

    Parameters
    ----------
    pixels : int, at least 0
    """

    pixels: int

    def __post_init__(self) -> None:
        as_integer(self.pixels, "pixels", minimum=0, name="Jitter")

    def places(self, rng: np.random.Generator) -> Array:
        """Draw a move."""
        matrix = np.eye(3)
        matrix[:2, 2] = rng.integers(-self.pixels, self.pixels, 2, endpoint=True)
        return matrix


@dataclass(frozen=True)
class Rotate(Transform):
    """Turn the image around its middle by up to `degrees`, either way.

    Parameters
    ----------
    degrees : float, from 0 to 180
    """

    degrees: float

    def __post_init__(self) -> None:
        _within(self.degrees, 0, 180, "Rotate: degrees")

    def places(self, rng: np.random.Generator) -> Array:
        """Draw an angle."""
        angle = np.deg2rad(rng.uniform(-self.degrees, self.degrees))
        c, s = np.cos(angle), np.sin(angle)
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


@dataclass(frozen=True)
class Scale(Transform):
    """Make the image larger or smaller by up to `factor`: 1.1 means by a tenth.

    Parameters
    ----------
    factor : float, from 1 to 4
    """

    factor: float

    def __post_init__(self) -> None:
        _within(self.factor, 1, 4, "Scale: factor")

    def places(self, rng: np.random.Generator) -> Array:
        """Draw a factor, as likely above 1 as below."""
        scale = self.factor ** rng.uniform(-1, 1)
        return np.diag([1 / scale, 1 / scale, 1])


@dataclass(frozen=True)
class Blur(Transform):
    """Blur the image with a Gaussian whose standard deviation is up to `sigma` pixels.

    Parameters
    ----------
    sigma : float, from 0 to 10
    """

    sigma: float

    def __post_init__(self) -> None:
        _within(self.sigma, 0, 10, "Blur: sigma")

    def blur(self, rng: np.random.Generator) -> float:
        """Draw a standard deviation."""
        return rng.uniform(0, self.sigma)


class Change(NamedTuple):
    """One step's change: every pixel is a mixture of four, then rows and columns are blurred."""

    pixels: npt.NDArray[np.int32]  # (4, H * W), flat places in the image
    shares: npt.NDArray[np.float32]  # (4, H * W)
    down: npt.NDArray[np.float32]  # (H, H)
    right: npt.NDArray[np.float32]  # (W, W)

    def forward(self, x: Array) -> Array:
        """Change images (n, H, W, C)."""
        flat = x.reshape(len(x), -1, x.shape[3])
        mixed = sum(s[:, None] * flat[:, p] for p, s in zip(self.pixels, self.shares, strict=True))
        return _both_ways(self.down.T, mixed.reshape(x.shape), self.right.T)

    def backward(self, d_y: Array) -> Array:
        """Return the gradient of the images, from that of the changed ones."""
        blurred = _both_ways(self.down, d_y, self.right)
        # Each pixel collects from all places that looked at it, for all images side by side.
        flat = np.moveaxis(blurred, 0, 2).reshape(self.pixels.shape[1], -1)
        into = self.pixels[:, :, None] * flat.shape[1] + np.arange(flat.shape[1])
        parts = self.shares[:, :, None] * flat
        d_x = np.bincount(into.ravel(), parts.ravel(), flat.size).astype(d_y.dtype)
        return np.moveaxis(d_x.reshape(*d_y.shape[1:3], len(d_y), -1), 2, 0)


def _both_ways(down: Array, x: Array, right: Array) -> Array:
    """Add up the rows of images with one matrix and their columns with another."""
    return np.einsum("ir,nijc,js->nrsc", down, x, right, optimize=True)


def draw(
    transforms: Sequence[Transform], rng: np.random.Generator, shape: tuple[int, int, int]
) -> Change:
    """Draw one change out of all transforms, for images of a shape."""
    rows, columns, _ = shape
    places, variance = np.eye(3), 0.0
    for transform in transforms:
        places = places @ transform.places(rng)
        variance += transform.blur(rng) ** 2
    middle = np.array([(rows - 1) / 2, (columns - 1) / 2])
    grid = np.indices((rows, columns)).reshape(2, -1) - middle[:, None]
    seen = (places @ np.vstack([grid, np.ones(rows * columns)]))[:2] + middle[:, None]
    pixels, shares = _four_around(seen, (rows, columns))
    return Change(pixels, shares, _gauss(rows, variance), _gauss(columns, variance))


def _four_around(seen: Array, sides: tuple[int, int]) -> tuple[Array, Array]:
    """Return the four pixels around each place, and their shares."""
    last = np.array(sides)[:, None] - 1
    seen = np.clip(np.round(seen, 9), 0, last)
    low = np.minimum(np.floor(seen).astype(int), np.maximum(last - 1, 0))
    part = seen - low
    corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
    pixels = [
        np.minimum(low[0] + i, last[0]) * sides[1] + np.minimum(low[1] + j, last[1])
        for i, j in corners
    ]
    shares = [abs(1 - i - part[0]) * abs(1 - j - part[1]) for i, j in corners]
    return np.array(pixels, np.int32), np.array(shares, np.float32)


def _gauss(n: int, variance: float) -> npt.NDArray[np.float32]:
    """Return the matrix that blurs a line of n pixels; each row adds up to 1."""
    if variance == 0:
        return np.eye(n, dtype=np.float32)
    apart = np.subtract.outer(np.arange(n), np.arange(n))
    weights = np.exp(-(apart**2) / (2 * variance))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _within(value: Any, low: float, high: float, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{what} must be a number, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{what} must lie between {low} and {high}, got {value}")
