"""Gradient ascent on the image: x* = argmax a^k."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit._progress import progress_bar
from lecturekit.feature_visualization.objectives import Filter
from lecturekit.shapes import ShapeError, as_integer

Images = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Ascent:
    """The images that an ascent found, and how it climbed.

    Attributes
    ----------
    images : (n, H, W, C) float32, within the pixel range
        One image for each unit of the objective.
    scores : (steps + 1, n) float32
        The objective of each image, at the start and after every step.
    seed : int
    settings : mapping
        The objective, steps, step size and pixel range that were used.
    """

    images: Images
    scores: npt.NDArray[np.float32]
    seed: int
    settings: Mapping[str, Any]


def maximize(
    model: Any,
    objective: Filter,
    *,
    steps: int,
    step_size: float,
    start: npt.ArrayLike | None = None,
    value_range: tuple[float, float] = (0, 1),
    seed: int = 0,
) -> Ascent:
    """Change images by gradient ascent until the objective is as large as it gets.

    At each step the image moves by ``step_size`` times the gradient of the objective, and every
    pixel is brought back into `value_range`: over all real numbers a^k has in general no maximum,
    since an image that a unit likes can be made brighter and brighter, and a^k grows with it.

    Parameters
    ----------
    model : keras.Model
        Any model of one image input, Sequential or functional. It is not changed.
    objective : Filter
        What to maximize. All units are climbed at once, as one batch.
    steps : int, at least 0
    step_size : float, above 0
        In units of pixel value per gradient.
    start : (H, W, C) or (n, H, W, C) array, optional
        Where to begin. By default grey with a little noise, the same for every unit, so that
        what differs in the end comes from the units.
    value_range : (float, float)
        The darkest and the brightest pixel.
    seed : int
        Of the noise.

    Returns
    -------
    Ascent

    Raises
    ------
    ShapeError
        If `start` does not fit the input of the model.
    ValueError, TypeError
        For an unknown layer or unit, a step size that is not positive, an empty range, a start
        outside the range.
    FloatingPointError
        If the objective or its gradient is no longer finite.

    References
    ----------
    Slide: *What does CNN learn?* Erhan et al. (2009), *Visualizing higher-layer features of a
    deep network*.

    Examples
    --------
    >>> from lecturekit import feature_visualization as fv, models
    >>> ascent = fv.maximize(
    ...     models.build_cnn(), fv.Filter("conv2d_2", range(4)), steps=5, step_size=0.01
    ... )
    >>> ascent.images.shape, ascent.scores.shape
    ((4, 28, 28, 1), (6, 4))
    >>> bool((ascent.scores[-1] > ascent.scores[0]).all())
    True
    """
    from lecturekit.feature_visualization.keras_backend import ScoreAndGradient

    steps = as_integer(steps, "steps", minimum=0, name="maximize")
    seed = as_integer(seed, "seed", minimum=0, name="maximize")
    if not isinstance(step_size, Real) or not 0 < step_size < np.inf:
        raise ValueError(f"maximize: step_size must be a number above 0, got {step_size!r}")
    climb = ScoreAndGradient(model, objective)
    images = _start(start, len(objective.units), climb.input_shape, value_range, seed)

    scores = np.empty((steps + 1, len(images)), np.float32)
    for step in progress_bar(range(steps + 1), desc="gradient ascent", unit="step", leave=False):
        scores[step], gradient = climb(images)
        # TensorFlow's ReLU and pooling swallow NaN, so the score alone would not show it.
        if not (np.isfinite(scores[step]).all() and np.isfinite(gradient).all()):
            raise FloatingPointError(
                f"maximize: the objective or its gradient is not finite after {step} steps"
            )
        if step < steps:
            images = np.clip(images + step_size * gradient, *value_range).astype(np.float32)
    settings = {
        "objective": objective,
        "steps": steps,
        "step_size": step_size,
        "value_range": tuple(value_range),
    }
    return Ascent(images=images, scores=scores, seed=seed, settings=settings)


def degree_of_activation(
    model: Any, objective: Filter, images: npt.ArrayLike
) -> npt.NDArray[np.float32]:
    """The objective of every unit on every image: a^k before any ascent.

    Parameters
    ----------
    model : keras.Model
    objective : Filter
    images : (N, H, W, C) array

    Returns
    -------
    (N, n) float32
        One column a unit.

    Raises
    ------
    ShapeError
        If the images do not fit the input of the model.
    """
    from lecturekit.feature_visualization.keras_backend import scores_of_all

    return scores_of_all(model, objective, images)


def gradient(model: Any, objective: Filter, images: npt.ArrayLike) -> Images:
    """How much every pixel raises the objective: the direction of one step of `maximize`.

    Parameters
    ----------
    model : keras.Model
    objective : Filter
    images : (H, W, C) or (n, H, W, C) array
        One image for all n units, or one for each.

    Returns
    -------
    (n, H, W, C) float32
        For each unit the derivative of its a^k by every pixel of its image: brighten a pixel by a
        small e, and a^k grows by about e times this number.

    Raises
    ------
    ShapeError
        If the images do not fit the input of the model.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturekit import feature_visualization as fv, models
    >>> model, grey = models.build_cnn(), np.full((28, 28, 1), 0.5)
    >>> fv.gradient(model, fv.Filter("conv2d_2", range(4)), grey).shape
    (4, 28, 28, 1)
    """
    from lecturekit.feature_visualization.keras_backend import ScoreAndGradient

    climb = ScoreAndGradient(model, objective)
    return climb(_one_each(images, len(objective.units), climb.input_shape, "gradient: images"))[1]


def _start(
    start: npt.ArrayLike | None,
    count: int,
    input_shape: tuple[int, int, int],
    value_range: tuple[float, float],
    seed: int,
) -> Images:
    """One start image a unit, checked."""
    try:
        low, high = (float(end) for end in value_range)
    except (TypeError, ValueError):
        raise TypeError(f"maximize: value_range must be two numbers, got {value_range!r}") from None
    if not -np.inf < low < high < np.inf:
        raise ValueError(f"maximize: value_range must rise, got {value_range!r}")
    if start is None:
        middle, noise = (low + high) / 2, (high - low) / 20
        start = np.random.default_rng(seed).uniform(middle - noise, middle + noise, input_shape)
    images = _one_each(start, count, input_shape, "maximize: start")
    if not (images.min() >= low and images.max() <= high):
        raise ValueError(f"maximize: start must lie within value_range {value_range!r}")
    return images


def _one_each(
    images: npt.ArrayLike, count: int, input_shape: tuple[int, int, int], what: str
) -> Images:
    """One image a unit: as many as came, or copies of the only one."""
    try:
        array = np.asarray(images, dtype=np.float32)
    except (TypeError, ValueError):
        raise TypeError(f"{what} must hold real numbers, got {images!r}") from None
    shape = (count, *input_shape)
    if array.shape not in (input_shape, shape):
        raise ShapeError(f"{what} must have shape {input_shape} or {shape}, got {array.shape}")
    return np.array(np.broadcast_to(array, shape))
