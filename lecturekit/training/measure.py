"""How well a classifier does on images, and whether images, labels and model fit each other."""

import numpy as np
import numpy.typing as npt

from lecturekit import shapes
from lecturekit._history import Labeled
from lecturekit._tensorflow import keras

_AT_ONCE = 500


def evaluate(
    model: keras.Model, x: npt.NDArray[np.floating], y: npt.NDArray[np.integer]
) -> tuple[float, float]:
    """Measure a classifier that returns class probabilities.

    Parameters
    ----------
    model : keras.Model
    x : (N, H, W, C) float
    y : (N,) integers
        The right class of each image.

    Returns
    -------
    (loss, accuracy) : (float, float)
        The mean of -log of the right class's probability, and the share of images whose most
        probable class is the right one.

    Raises
    ------
    ShapeError, ValueError, TypeError
        If images and labels do not fit each other or the model.

    Examples
    --------
    >>> from lecturekit import data, models
    >>> digits = data.load_digits()
    >>> loss, accuracy = evaluate(models.load_pretrained(), digits.x_test, digits.y_test)
    >>> accuracy >= 0.98
    True
    """
    x, y = check_pair((x, y), "evaluate", "(x, y)", model)
    return measured(np.asarray(model.predict(x, batch_size=_AT_ONCE, verbose=0)), y)


def evaluate_in_place(model: keras.Model, pair: Labeled) -> tuple[float, float]:
    """Do as `evaluate`, where a strategy keeps Keras' own `predict` from working."""
    x, y = pair
    parts = [model(x[i : i + _AT_ONCE], training=False) for i in range(0, len(x), _AT_ONCE)]
    return measured(np.concatenate([np.asarray(part) for part in parts]), y)


def measured(
    probabilities: npt.NDArray[np.floating], y: npt.NDArray[np.integer]
) -> tuple[float, float]:
    """Return the mean loss and the accuracy of (N, classes) probabilities."""
    probabilities = probabilities.astype(np.float64)
    right = np.maximum(probabilities[np.arange(len(y)), y], 1e-7)  # as Keras does, so log is finite
    return float(-np.log(right).mean()), float((probabilities.argmax(axis=1) == y).mean())


def check_pair(pair: Labeled, name: str, what: str, model: keras.Model) -> Labeled:
    """Return (x, y) as arrays that fit each other and the model, or raise in the caller's terms."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"{name}: model must be a Keras model, got {type(model).__name__}")
    if not model.built:
        raise ValueError(f"{name}: model {model.name!r} is not built; give it an Input first")
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(
            f"{name}: {what} must be a pair (images, labels), got {type(pair).__name__}"
        )
    x, y = np.asarray(pair[0]), np.asarray(pair[1])
    if not np.issubdtype(x.dtype, np.floating):
        raise TypeError(f"{name}: images must be floating point, got {x.dtype}")
    if not np.issubdtype(y.dtype, np.integer):
        raise TypeError(f"{name}: labels must be integers, got {y.dtype}")
    sizes = model.input_shape[1:]  # None stands for any size
    if x.ndim != 1 + len(sizes) or any(
        size not in (None, given) for size, given in zip(sizes, x.shape[1:], strict=True)
    ):
        expected = ("N", *sizes)
        raise shapes.ShapeError(f"{name}: the model takes images {expected}, got {x.shape}")
    if y.shape != x.shape[:1]:
        raise shapes.ShapeError(f"{name}: {len(x)} images need labels ({len(x)},), got {y.shape}")
    if not len(x):
        raise ValueError(f"{name}: {what} holds no images")
    classes = model.output_shape[-1]
    if not np.isfinite(x).all():
        raise ValueError(f"{name}: images must be finite, {what} holds NaN or infinite pixels")
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(
            f"{name}: labels must lie between 0 and {classes - 1}, got {y.min()} to {y.max()}"
        )
    return x, y
