"""Deep Style: what an image shows and how it is drawn, as a layer of the network sees both.

As all objectives these two look at a layer *before* its activation function.

>>> photo, painting = np.zeros((8, 8, 1)), np.ones((8, 8, 1))
>>> both = Content("conv2d_2", photo) + 0.1 * Style("conv2d_1", painting)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.feature_visualization.objectives import (
    Inspected,
    Part,
    Term,
    facts_of,
    layer_name,
)
from lecturekit.shapes import ShapeError


def gram(maps: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``(N, C, C)``: each pair of maps multiplied, position by position, and averaged."""
    positions = maps.shape[1] * maps.shape[2]
    flat = maps.reshape(len(maps), positions, maps.shape[3])
    return flat.swapaxes(1, 2) @ flat / positions


@dataclass(frozen=True, init=False, eq=False, repr=False)
class _Like(Part):
    """What a layer makes of an image, to be made of another image too."""

    layer: str
    image: npt.NDArray[np.float32]

    def __init__(self, layer: str, image: npt.ArrayLike) -> None:
        name = type(self).__name__
        try:
            array = np.array(image, np.float32)
        except (TypeError, ValueError):
            raise TypeError(f"{name}: image must hold numbers, got {image!r}") from None
        if array.ndim not in (3, 4) or not array.size:
            expected = "(H, W, C) or (n, H, W, C)"
            raise ShapeError(f"{name}: image must be {expected}, got {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: image holds a number that is not finite")
        array.setflags(write=False)
        object.__setattr__(self, "layer", layer_name(layer, name))
        object.__setattr__(self, "image", array)

    def _maps(self, network: Inspected) -> npt.NDArray[np.float32]:
        """What the layer makes of the image, ``(n, ...)``."""
        name, shape = type(self).__name__, self.image.shape
        facts_of(self.layer, network.layers, name)
        if shape[-3:] != network.input_shape:
            raise ShapeError(
                f"{name}: the network takes images of {network.input_shape}, got {shape}"
            )
        return network.before_activation(self.layer, self.image.reshape(-1, *shape[-3:]))

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(layer={self.layer!r}, image of shape {self.image.shape})"


class Content(_Like):
    """Show what this image shows: minus the squared distance of a layer's numbers to its numbers.

    The score is 0 where the layer makes the same of both images, and negative elsewhere.

    Parameters
    ----------
    layer : str
    image : (H, W, C) or (n, H, W, C) array of numbers
        What to look like; each of several images is the goal of an image of its own.

    Raises
    ------
    TypeError, ValueError, ShapeError
        If `image` does not hold finite numbers in three or four axes.

    References
    ----------
    Slide: *Deep Style*, "content". Gatys et al. (2016), *Image style transfer using convolutional
    neural networks*, who take half of it, behind the ReLU.

    Examples
    --------
    >>> Content("conv2d_2", np.zeros((28, 28, 1)))
    Content(layer='conv2d_2', image of shape (28, 28, 1))
    """

    def term(self, weight: float, network: Inspected) -> Term:
        """Find the layer's numbers for the image."""
        return Term(self.layer, "content", weight, self._maps(network))


class Style(_Like):
    """Look as this image looks, wherever: minus the squared distance of two Gram matrices.

    With F the maps of a layer, one row a position and one column a filter, the Gram matrix is
    ``F.T @ F / positions``: for each pair of filters the mean over all positions of the product of
    their numbers. It says which filters answer together, and no longer where.

    Parameters
    ----------
    layer : str
        Name of a layer that has maps.
    image : (H, W, C) or (n, H, W, C) array of numbers
        What to look like; each of several images is the goal of an image of its own.

    Raises
    ------
    TypeError, ValueError, ShapeError
        If `image` does not hold finite numbers in three or four axes.

    References
    ----------
    Slide: *Deep Style*, "style", the correlation between the filters. Gatys et al. (2016), *Image
    style transfer using convolutional neural networks*, whose F is what is behind the ReLU.

    Examples
    --------
    >>> Style("conv2d_1", np.zeros((2, 28, 28, 1)))
    Style(layer='conv2d_1', image of shape (2, 28, 28, 1))
    """

    def term(self, weight: float, network: Inspected) -> Term:
        """Find the layer's Gram matrix for the image."""
        facts = facts_of(self.layer, network.layers, "Style")
        if len(facts.shape) != 3:
            raise ValueError(
                f"Style: layer {self.layer!r} is a {facts.kind} without maps; its output has "
                f"shape {facts.shape}"
            )
        return Term(self.layer, "style", weight, gram(self._maps(network)))
