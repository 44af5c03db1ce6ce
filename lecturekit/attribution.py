"""Which pixels matter? Maps that explain one answer of a network.

All functions take a Keras model or a `lecturekit.reference.CNN`, images and one class for each, and
return one map for each image. They look at the logit y_k, the number before the softmax.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit import feature_visualization as fv
from lecturekit._progress import progress_bar
from lecturekit.feature_visualization.ascent import network_of, one_each, plan_of
from lecturekit.feature_visualization.plan import Network
from lecturekit.shapes import ShapeError, as_integer

Maps = npt.NDArray[np.float32]

__all__ = ["grad_cam", "occlusion", "saliency", "smooth_grad"]


def saliency(model: Any, x: npt.ArrayLike, label: npt.ArrayLike) -> Maps:
    """How much each pixel moves the answer: the size of dy_k / dx_ij, without sign.

    Parameters
    ----------
    model : keras.Model or lecturekit.reference.CNN
    x : (H, W, C) or (N, H, W, C) array of numbers
    label : int or (N,) array of int
        Which output is looked at, for each image.

    Returns
    -------
    (N, H, W) float32
        Of several channels the largest.

    Raises
    ------
    ShapeError
        If the images do not fit the network, or labels and images differ in number.
    ValueError, TypeError
        For a label that the network does not have.

    References
    ----------
    Slide: *What does CNN learn?*, the partial derivatives of y_k by the pixels. Simonyan et al.
    (2014), *Deep inside convolutional networks*.

    Examples
    --------
    >>> from lecturekit import data
    >>> digits = data.load_digits()
    >>> saliency(data.load_cnn(), digits.x_test[:2], digits.y_test[:2]).shape
    (2, 28, 28)
    """
    images, labels = _pairs(x, label, "saliency")
    return np.abs(fv.gradient(model, fv.Output(labels), images)).max(axis=-1)


def smooth_grad(
    model: Any,
    x: npt.ArrayLike,
    label: npt.ArrayLike,
    *,
    samples: int = 50,
    noise: float = 0.15,
    seed: int = 0,
) -> Maps:
    """Saliency of the mean gradient of noisy copies: what survives small changes of the image.

    Parameters
    ----------
    model, x, label
        As in `saliency`.
    samples : int, at least 1
        How many copies.
    noise : float, at least 0
        Standard deviation of what is added to each pixel.
    seed : int

    Returns
    -------
    (N, H, W) float32

    Raises
    ------
    ShapeError, ValueError, TypeError
        As in `saliency`, and for options out of range.

    References
    ----------
    Smilkov et al. (2017), *SmoothGrad: removing noise by adding noise*.
    """
    images, labels = _pairs(x, label, "smooth_grad")
    samples = as_integer(samples, "samples", minimum=1, name="smooth_grad")
    if not _is_number(noise) or noise < 0:
        raise ValueError(f"smooth_grad: noise must be a finite number from 0 on, got {noise!r}")
    rng = np.random.default_rng(as_integer(seed, "seed", minimum=0, name="smooth_grad"))
    total = np.zeros_like(images)
    for _ in progress_bar(range(samples), desc="noisy copies", unit="copy", leave=False):
        copies = images + rng.normal(scale=noise, size=images.shape)
        total += fv.gradient(model, fv.Output(labels), copies)
    return np.abs(total / samples).max(axis=-1)


def occlusion(
    model: Any,
    x: npt.ArrayLike,
    label: npt.ArrayLike,
    *,
    size: int = 6,
    stride: int = 1,
    value: float = 0.5,
    probability: bool = True,
) -> Maps:
    """Slide a plain box over the image and note the answer at each place.

    Parameters
    ----------
    model, x, label
        As in `saliency`.
    size : int, at least 1
        Rows and columns of the box.
    stride : int, at least 1
        How many pixels it moves.
    value : float
        What the box is filled with.
    probability : bool
        Note the probability of the class, as the lecture does, or else the logit.

    Returns
    -------
    (N, rows, columns) float32
        ``[n, i, j]`` is the answer with the box's upper left corner in row ``i * stride``, column
        ``j * stride``. Where it is small the box hides something that the network needs.

    Raises
    ------
    ShapeError
        As in `saliency`, and for a box that is larger than the image.
    ValueError, TypeError
        As in `saliency`, and for options out of range.

    References
    ----------
    Slide: *What does CNN learn?*, "occlude". Zeiler and Fergus (2014), *Visualizing and
    understanding convolutional networks*.

    Examples
    --------
    >>> from lecturekit import data
    >>> digits = data.load_digits()
    >>> occlusion(data.load_cnn(), digits.x_test[0], digits.y_test[0], size=8, stride=4).shape
    (1, 6, 6)
    """
    images, labels = _pairs(x, label, "occlusion")
    size = as_integer(size, "size", minimum=1, name="occlusion")
    stride = as_integer(stride, "stride", minimum=1, name="occlusion")
    if not _is_number(value):
        raise ValueError(f"occlusion: value must be a finite number, got {value!r}")
    rows, columns = images.shape[1:3]
    if size > min(rows, columns):
        raise ShapeError(f"occlusion: a box of {size}x{size} on images of {rows}x{columns}")
    corners = [range(0, side - size + 1, stride) for side in (rows, columns)]
    answers = np.empty((len(images), *map(len, corners)), np.float32)
    every = fv.Output(sorted(set(labels)), probability=probability)
    column = np.searchsorted(every.units, labels)
    for i, top in enumerate(progress_bar(corners[0], desc="rows", unit="row", leave=False)):
        boxed = np.repeat(images[:, np.newaxis], len(corners[1]), axis=1)
        for j, left in enumerate(corners[1]):
            boxed[:, j, top : top + size, left : left + size] = value
        scores = fv.degree_of_activation(model, every, boxed.reshape(-1, *images.shape[1:]))
        of_each = scores.reshape(len(images), len(corners[1]), -1)
        answers[:, i] = of_each[np.arange(len(images)), :, column]
    return answers


def grad_cam(
    model: Any, x: npt.ArrayLike, label: npt.ArrayLike, *, layer: str | None = None
) -> Maps:
    """Where the last convolution found what speaks for the class.

    Each feature map is weighted with the mean of the gradient of y_k by it. The sum of the weighted
    maps, without its negative part, is stretched to the size of the image.

    Parameters
    ----------
    model, x, label
        As in `saliency`.
    layer : str, optional
        Whose feature maps; by default those of the last layer that has maps and weights.

    Returns
    -------
    (N, H, W) float32

    Raises
    ------
    ShapeError, ValueError, TypeError
        As in `saliency`, and for a layer that does not exist or has no maps.

    References
    ----------
    Selvaraju et al. (2017), *Grad-CAM: Visual explanations from deep networks via gradient-based
    localization*.

    Examples
    --------
    >>> from lecturekit import data
    >>> digits = data.load_digits()
    >>> grad_cam(data.load_cnn(), digits.x_test[:2], digits.y_test[:2]).shape
    (2, 28, 28)
    """
    images, labels = _pairs(x, label, "grad_cam")
    network = network_of(model)
    plan = plan_of(fv.Output(labels), network)
    images = one_each(images, len(images), network.input_shape, "grad_cam: x")
    chosen = _layer_with_maps(network, layer)
    maps, gradient = network.maps_and_gradient(plan, chosen, images)
    weights = gradient.mean(axis=(1, 2), keepdims=True)
    small = np.maximum((weights * maps).sum(axis=-1), 0)
    return _stretched(small, images.shape[1:3])


def _pairs(x: npt.ArrayLike, label: npt.ArrayLike, name: str) -> tuple[Maps, list[int]]:
    """Images with a batch axis, and one label for each."""
    try:
        images = np.asarray(x, np.float32)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: x must hold real numbers, got {x!r}") from None
    images = images[np.newaxis] if images.ndim == 3 else images
    if images.ndim != 4 or not len(images):
        raise ShapeError(f"{name}: x must be (H, W, C) or (N, H, W, C), got {images.shape}")
    labels = [as_integer(k, "label", minimum=0, name=name) for k in np.atleast_1d(label).tolist()]
    if len(labels) != len(images):
        raise ShapeError(f"{name}: {len(images)} images but {len(labels)} labels")
    return images, labels


def _is_number(value: Any) -> bool:
    real = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return real and bool(np.isfinite(value))


def _layer_with_maps(network: Network, layer: str | None) -> str:
    """The layer's name, or that of the last convolution."""
    maps = [name for name, facts in network.layers.items() if len(facts.shape) == 3]
    convolutions = [name for name in maps if "Conv" in network.layers[name].kind]
    if layer is None and convolutions:
        return convolutions[-1]
    if layer not in maps:
        raise ValueError(f"grad_cam: layer must be one with maps, {maps}, got {layer!r}")
    return layer


def _stretched(maps: Maps, sides: tuple[int, ...]) -> Maps:
    """Maps of another size, linear between the middles of their cells."""
    for axis, side in enumerate(sides, start=1):
        length = maps.shape[axis]
        places = np.clip((np.arange(side) + 0.5) * length / side - 0.5, 0, length - 1)
        low = np.minimum(places.astype(int), max(length - 2, 0))
        part = np.expand_dims(places - low, [n for n in range(3) if n != axis])
        ends = [maps.take(np.minimum(low + k, length - 1), axis=axis) for k in (0, 1)]
        maps = (1 - part) * ends[0] + part * ends[1]
    return maps.astype(np.float32)
