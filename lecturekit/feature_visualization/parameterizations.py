"""What is changed at each step: the pixels themselves, or waves that add up to an image."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_product = partial(np.einsum, optimize=True)  # rows first, then columns


def waves(n: int) -> npt.NDArray[np.float64]:
    """Return n cosine waves of length n, one a row: an orthonormal basis, the slowest first."""
    k, i = np.ogrid[:n, :n]
    basis = np.cos(np.pi * k * (2 * i + 1) / (2 * n)) * np.sqrt(2 / n)
    basis[0] /= np.sqrt(2)
    return basis


def sigmoid(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class Pixel:
    """The pixels are the parameters; after each step they are brought back into the range."""

    low: float
    high: float

    def parameters(self, images: Array) -> Array:
        """Return the parameters that make these images."""
        return images

    def images(self, parameters: Any, product: Any = _product, sigmoid: Any = sigmoid) -> Any:
        """Return the images that parameters make."""
        return parameters

    def d_parameters(self, d_x: Array, images: Array) -> Array:
        """Return the derivative by the parameters, from that by the pixels."""
        return d_x

    def bounds(self) -> tuple[float, float]:
        """Return the range of a parameter."""
        return self.low, self.high


class Fourier:
    """Cosine waves, slow ones with larger amplitudes, added up and squeezed into the range.

    A step changes the strength of waves that run through the whole image, so neighboring pixels
    move together and the result is smoother. Each wave is scaled by one over its frequency, as in
    natural images (Olah et al. 2017).
    """

    def __init__(self, low: float, high: float, shape: tuple[int, int, int]) -> None:
        self.low, self.high = low, high
        rows, columns, _ = shape
        frequency = np.hypot(*np.ogrid[:rows, :columns]) / max(rows, columns)
        self.scale = (1 / np.maximum(frequency, 1 / max(rows, columns)))[:, :, None]
        self.down, self.right = waves(rows), waves(columns)

    def parameters(self, images: Array) -> Array:
        """Return the parameters that make these images, as far as they lie inside the range."""
        share = np.clip((images.astype(float) - self.low) / (self.high - self.low), 1e-3, 1 - 1e-3)
        logits = np.log(share / (1 - share))
        strength = _product("ki,nijc,lj->nklc", self.down, logits, self.right)
        return (strength / self.scale).astype(np.float32)

    def images(self, parameters: Any, product: Any = _product, sigmoid: Any = sigmoid) -> Any:
        """Return the images that parameters make."""
        scaled = parameters * self.scale.astype(np.float32)
        basis = self.down.astype(np.float32), self.right.astype(np.float32)
        logits = product("ki,nklc,lj->nijc", basis[0], scaled, basis[1])
        return self.low + (self.high - self.low) * sigmoid(logits)

    def d_parameters(self, d_x: Array, images: Array) -> Array:
        """Return the derivative by the parameters, from that by the pixels."""
        span = self.high - self.low
        d_logits = d_x * (images - self.low) * (self.high - images) / span
        d_strength = _product("ki,nijc,lj->nklc", self.down, d_logits, self.right)
        return (d_strength * self.scale).astype(np.float32)

    def bounds(self) -> tuple[float, float]:
        """Return the range of a parameter: all numbers."""
        return -np.inf, np.inf
