"""Gradient ascent on the image: x* = argmax a^k."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit._progress import progress_bar
from lecturekit.feature_visualization import optimizers
from lecturekit.feature_visualization.objectives import Objective, terms_of
from lecturekit.feature_visualization.parameterizations import Fourier, Pixel
from lecturekit.feature_visualization.plan import Climbed, Network, Plan
from lecturekit.feature_visualization.regularizers import Regularizer
from lecturekit.feature_visualization.transforms import Transform, draw
from lecturekit.reference import CNN
from lecturekit.shapes import ShapeError, as_integer

Images = npt.NDArray[np.float32]
_CHUNK = 10
"""Steps that are taken in one go: between two of them the progress bar moves and Ctrl-C works."""


@dataclass(frozen=True, kw_only=True)
class Ascent:
    """The images that an ascent found, and how it climbed.

    Attributes
    ----------
    images : (n, H, W, C) float32, within the pixel range
        One image for each unit of the objective.
    scores : (steps + 1, n) float32
        The objective of each image, at the start and after every step, without penalties and
        transforms.
    penalties : (steps + 1, n) float32
        What the regularizers subtract from it: zeros if there are none.
    dead : (n,) bool
        Images whose objective had no slope at all at the start: no pixel could change it.
    seed : int
    settings : mapping
        The objective, the number of steps and all other options.
    state : mapping
        What another `maximize` needs to go on from here.
    """

    images: Images
    scores: npt.NDArray[np.float32]
    penalties: npt.NDArray[np.float32]
    dead: npt.NDArray[np.bool_]
    seed: int
    settings: Mapping[str, Any]
    state: Mapping[str, Any] = field(repr=False)


class AscentError(FloatingPointError):
    """The objective or its gradient is no longer finite. `ascent` is the result until then."""

    def __init__(self, message: str, ascent: Ascent) -> None:
        super().__init__(message)
        self.ascent = ascent


def maximize(
    model: Any,
    objective: Objective,
    *,
    steps: int,
    step_size: float,
    start: npt.ArrayLike | Ascent | None = None,
    regularizers: Regularizer | Sequence[Regularizer] = (),
    transforms: Transform | Sequence[Transform] = (),
    optimizer: str = "ascent",
    parameterization: str = "pixel",
    value_range: tuple[float, float] = (0, 1),
    seed: int = 0,
) -> Ascent:
    """Change images by gradient ascent until the objective is as large as it gets.

    At each step the image moves by ``step_size`` times the gradient of the objective, and every
    pixel is brought back into `value_range`: over all real numbers a^k has in general no maximum,
    since an image that a unit likes can be made brighter and brighter, and a^k grows with it.

    Parameters
    ----------
    model : keras.Model or lecturekit.reference.CNN
        Any Keras model of one image input, Sequential or functional. It is not changed.
    objective : Objective
        What to maximize: `Filter`, `Neuron`, `Output`, `Layer`, `Direction`, `Content`, `Style`, or
        a sum of them. All units are climbed at once, as one batch.
    steps : int, at least 0
    step_size : float, above 0
        With the optimizer "ascent" in units of pixel value per gradient, else in pixel values.
    start : (H, W, C) or (n, H, W, C) array or Ascent, optional
        Where to begin. By default the middle of the range with a little noise, the same for every
        unit, so that what differs in the end comes from the units. From an `Ascent` the climb goes
        on, with the same optimizer and parameterization; the result holds all of its steps.
    regularizers : Regularizer or a sequence of them
        Penalties to subtract: `L1`, `L2`, `TotalVariation`.
    transforms : Transform or a sequence of them
        Random changes before each step: `Jitter`, `Rotate`, `Scale`, `Blur`.
    optimizer : "ascent", "normalized" or "adam"
        "ascent" is the lecture's; "normalized" divides the gradient by its size.
    parameterization : "pixel" or "fourier"
        What is changed: pixels, or cosine waves that add up to an image.
    value_range : (float, float)
        The darkest and the brightest pixel.
    seed : int
        Of the noise and the transforms.

    Returns
    -------
    Ascent
        What there is so far, if one presses Ctrl-C.

    Raises
    ------
    ShapeError
        If `start` does not fit the input of the model.
    ValueError, TypeError
        For an unknown layer, unit or option, a step size that is not positive, an empty range, a
        start outside the range.
    AscentError
        If the objective or its gradient is no longer finite. It keeps the last good result.

    Warns
    -----
    UserWarning
        If penalties have made images all black.

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
    steps = as_integer(steps, "steps", minimum=0, name="maximize")
    seed = as_integer(seed, "seed", minimum=0, name="maximize")
    if not isinstance(step_size, int | float | np.number) or not 0 < step_size < np.inf:
        raise ValueError(f"maximize: step_size must be a number above 0, got {step_size!r}")
    network, low, high = network_of(model), *_range(value_range)
    terms, count = terms_of(objective, network)
    count = _images_of(start.images if isinstance(start, Ascent) else start, count)
    plan = Plan(
        tuple(terms),
        _all(regularizers, Regularizer, "regularizers"),
        _all(transforms, Transform, "transforms"),
        optimizers.named(optimizer),
        _parameterization(parameterization, low, high, network.input_shape),
        float(step_size),
    )
    settings = {
        "objective": objective,
        "steps": steps,
        "step_size": step_size,
        "regularizers": plan.regularizers,
        "transforms": plan.transforms,
        "optimizer": optimizer,
        "parameterization": parameterization,
        "value_range": (low, high),
    }
    climb = _Climb(network, plan, settings, seed)
    climb.begin(start, count)
    climb.go(steps)
    return climb.result()


class _Climb:
    """A climb under way."""

    def __init__(self, network: Network, plan: Plan, settings: dict[str, Any], seed: int) -> None:
        self.network, self.plan, self.settings, self.seed = network, plan, settings, seed
        self.taken = 0
        self.scores: list[Images] = []
        self.penalties: list[Images] = []

    def begin(self, start: Any, count: int) -> None:
        """Start from images, from an earlier climb, or from noise."""
        make = self.plan.parameterization
        if isinstance(start, Ascent):
            self._go_on(start, count)
            return
        low, high = self.settings["value_range"]
        if start is None:
            middle, noise = (low + high) / 2, (high - low) / 20
            rng = np.random.default_rng(self.seed)
            start = rng.uniform(middle - noise, middle + noise, self.network.input_shape)
        images = one_each(start, count, self.network.input_shape, "maximize: start")
        if not (images.min() >= low and images.max() <= high):
            raise ValueError(f"maximize: start must lie within value_range {(low, high)!r}")
        self.parameters = make.parameters(images)
        self.slots = [np.zeros_like(self.parameters) for _ in range(self.plan.optimizer.slots)]
        _, gradient = self.network.slope(self.plan, images)
        self.dead = np.logical_not(gradient.any(axis=(1, 2, 3)))
        self.origin = self.parameters, self.slots, self.taken

    def _go_on(self, before: Ascent, count: int) -> None:
        for name in ("optimizer", "parameterization", "value_range"):
            if before.settings[name] != self.settings[name]:
                raise ValueError(
                    f"maximize: the climb to go on from had {name} {before.settings[name]!r}, "
                    f"got {self.settings[name]!r}"
                )
        one_each(before.images, count, self.network.input_shape, "maximize: start")
        self.parameters, self.slots = before.state["parameters"], list(before.state["slots"])
        self.dead, self.taken = before.dead, len(before.scores) - 1
        self.scores, self.penalties = [before.scores[:-1]], [before.penalties[:-1]]
        self.origin = self.parameters, self.slots, self.taken

    def go(self, steps: int) -> None:
        """Take steps, some at a time, with a progress bar, until Ctrl-C."""
        end = self.taken + steps
        with progress_bar(total=steps, desc="gradient ascent", unit="step", leave=False) as bar:
            try:
                while self.taken < end:
                    now = min(_CHUNK, end - self.taken)
                    self._keep(self._climbed(now))
                    bar.update(now)
            except KeyboardInterrupt:
                return

    def _climbed(self, steps: int) -> Climbed:
        shape, transforms = self.network.input_shape, self.plan.transforms
        # Each step has random numbers of its own, however the steps are grouped.
        seeds = [[self.seed, self.taken + step] for step in range(steps)]
        changes = [
            draw(transforms, np.random.default_rng(seed), shape) if transforms else None
            for seed in seeds
        ]
        return self.network.climb(self.plan, self.parameters, self.slots, self.taken, changes)

    def _keep(self, climbed: Climbed) -> None:
        self.parameters, self.slots = climbed.parameters, climbed.slots
        self.scores.append(climbed.scores[: climbed.done])
        self.penalties.append(climbed.penalties[: climbed.done])
        self.taken += climbed.done
        if not climbed.good:
            message = (
                "maximize: the objective or its gradient is not finite after "
                f"{self.taken} steps; the error's attribute `ascent` holds the last good result"
            )
            self._back_to_good()
            raise AscentError(message, self.result())

    def _back_to_good(self) -> None:
        """Climb once more, to one step before: it is the last step that led to what is not good."""
        last = self.taken - 1
        self.parameters, self.slots, begun = self.origin
        self.taken = begun
        while self.taken < last:
            climbed = self._climbed(min(_CHUNK, last - self.taken))
            self.parameters, self.slots = climbed.parameters, climbed.slots
            self.taken += climbed.done
        if last >= begun:  # the score of the last good image is measured again
            self.scores = [np.concatenate(self.scores)[:-1]]
            self.penalties = [np.concatenate(self.penalties)[:-1]]

    def result(self) -> Ascent:
        """Return what there is by now."""
        images = self.plan.parameterization.images(self.parameters)
        scores = self.network.slope(self.plan, images)[0]
        black = (images == self.settings["value_range"][0]).all(axis=(1, 2, 3))
        if self.plan.regularizers and self.taken and black.any():
            warnings.warn(
                f"maximize: {black.sum()} of {len(images)} images are all black: the penalties "
                "outweigh the objective. Try smaller weights.",
                stacklevel=3,
            )
        return Ascent(
            images=images,
            scores=np.concatenate([*self.scores, scores[None]]),
            penalties=np.concatenate([*self.penalties, self.plan.penalties(images)[None]]),
            dead=self.dead,
            seed=self.seed,
            settings=self.settings | {"steps": self.taken},
            state={"parameters": self.parameters, "slots": tuple(self.slots)},
        )


def degree_of_activation(
    model: Any, objective: Objective, images: npt.ArrayLike
) -> npt.NDArray[np.float32]:
    """The objective of every unit on every image: a^k before any ascent.

    Parameters
    ----------
    model : keras.Model or lecturekit.reference.CNN
    objective : Objective
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
    network = network_of(model)
    plan = plan_of(objective, network)
    array = np.asarray(images, dtype=np.float32)
    if array.shape[1:] != network.input_shape or array.ndim != 4:
        expected = ", ".join(map(str, network.input_shape))
        raise ShapeError(
            f"degree_of_activation: images must have shape (N, {expected}), got {array.shape}"
        )
    if not len(array):
        return np.zeros((0, max(len(term.vectors) for term in plan.terms)), np.float32)
    return network.all_scores(plan, array)


def gradient(model: Any, objective: Objective, images: npt.ArrayLike) -> Images:
    """How much every pixel raises the objective: the direction of one step of `maximize`.

    Parameters
    ----------
    model : keras.Model or lecturekit.reference.CNN
    objective : Objective
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
    network = network_of(model)
    plan = plan_of(objective, network)
    count = _images_of(images, max(len(term.vectors) for term in plan.terms))
    return network.slope(plan, one_each(images, count, network.input_shape, "gradient: images"))[1]


def network_of(model: Any) -> Network:
    """Return the model, ready to be climbed by the library that computes it."""
    if isinstance(model, CNN):
        from lecturekit.feature_visualization.numpy_backend import NumpyNetwork

        return NumpyNetwork(model)
    from lecturekit.feature_visualization.keras_backend import KerasNetwork

    return KerasNetwork(model)


def plan_of(objective: Objective, network: Network) -> Plan:
    """Return a plan that has an objective and nothing else."""
    terms, _ = terms_of(objective, network)
    return Plan(tuple(terms), (), (), optimizers.named("ascent"), Pixel(0, 1), 1.0)


def _images_of(images: npt.ArrayLike | None, units: int) -> int:
    """How many images there are to be: one a unit, or all that came for a single unit."""
    if images is None or units > 1 or np.ndim(images) != 4:
        return units
    return len(np.asarray(images))


def _range(value_range: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in value_range)
    except (TypeError, ValueError):
        raise TypeError(f"maximize: value_range must be two numbers, got {value_range!r}") from None
    if not -np.inf < low < high < np.inf:
        raise ValueError(f"maximize: value_range must rise, got {value_range!r}")
    return low, high


def _all(given: Any, kind: type, what: str) -> tuple[Any, ...]:
    """One or several of a kind, as a tuple."""
    several = (given,) if isinstance(given, kind) else given
    if not isinstance(several, Sequence) or not all(isinstance(one, kind) for one in several):
        raise TypeError(f"maximize: {what} must be {kind.__name__} objects, got {given!r}")
    return tuple(several)


def _parameterization(
    name: str, low: float, high: float, shape: tuple[int, int, int]
) -> Pixel | Fourier:
    if name == "pixel":
        return Pixel(low, high)
    if name == "fourier":
        return Fourier(low, high, shape)
    raise ValueError(f"maximize: parameterization must be 'pixel' or 'fourier', got {name!r}")


def one_each(
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
