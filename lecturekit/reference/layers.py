"""Layers to describe a `CNN` with, by the names and the arguments that Keras gives them.

A layer knows its sizes and how to go forward and back. Its weights are kept by the `CNN`.

>>> import numpy as np
>>> from lecturekit.reference import CNN, layers
>>> cnn = CNN([layers.Conv2D(25, 3, activation="relu"), layers.MaxPooling2D(2)], (28, 28, 1))
>>> cnn.forward(np.zeros((1, 28, 28, 1))).shape
(1, 13, 13, 25)
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np

from lecturekit.reference._arrays import Array
from lecturekit.reference._windows import Windows
from lecturekit.reference.activations import softmax
from lecturekit.reference.convolution import convolve, d_images, d_weights
from lecturekit.reference.pooling import largest, mean, route, spread
from lecturekit.shapes import Padding, Pair, ShapeError, as_integer, conv2d_shape, pool2d_shape

Activation = Literal["linear", "relu", "softmax"] | None
Shape = tuple[int, ...]

__all__ = [
    "AveragePooling2D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "MaxPooling2D",
    "ReLU",
    "Softmax",
]

_lay = lru_cache(maxsize=256)(Windows.on)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What all layers have in common; by itself it changes nothing.

    Shapes are those of one image, without the batch: ``(H, W, C)`` or ``(D,)``. Going forward and
    back, arguments are checked already, and nothing is remembered: whoever goes back hands in what
    went in and what came out.

    Parameters
    ----------
    name : str
        Given by the `CNN` if it is empty.
    """

    name: str = ""
    short: ClassVar[str] = "layer"

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, _plain(getattr(self, field.name)))
        activation = getattr(self, "activation", None)
        if activation not in (None, "linear", *ACTIVATIONS):
            known = ", ".join(["linear", *ACTIVATIONS])
            raise ValueError(f"{self._where}: activation must be one of {known}, got {activation}")

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the weights, ``"kernel"`` and ``"bias"``, for inputs of a shape."""
        return {}

    def out(self, shape: Shape) -> Shape:
        """Return the shape of the output for inputs of a shape, or raise if it does not fit."""
        return shape

    def forward(self, x: Array, *weights: Array) -> Array:
        """Return the output y, before the activation function."""
        return x

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """Return the gradient of the input, from that of the output."""
        return d_y

    def d_weights(self, d_y: Array, x: Array, *weights: Array) -> tuple[Array, ...]:
        """Return the gradient of each of the weights."""
        return ()

    @property
    def _where(self) -> str:
        return f"layer {self.name!r}" if self.name else type(self).__name__

    def _expect(self, rank: int, shape: Shape, expected: str) -> None:
        if len(shape) != rank:
            raise ShapeError(f"{self._where}: expected inputs {expected}, got {shape}")


@dataclass(frozen=True)
class Conv2D(Layer):
    """Convolution: `lecturekit.reference.conv2d`, then an activation function.

    Parameters
    ----------
    filters : int, at least 1
    kernel_size : int or (int, int), at least 1
    strides, padding, dilation_rate, groups
        As `stride`, `padding`, `dilation` and `groups` of `lecturekit.reference.conv2d`.
    activation : None, "relu" or "softmax"
    use_bias : bool
    name : str
        Given by the `CNN` if it is empty.
    """

    filters: int
    kernel_size: Pair
    strides: Pair = 1
    padding: Padding = "valid"
    dilation_rate: Pair = 1
    groups: int = 1
    activation: Activation = None
    use_bias: bool = True
    short: ClassVar[str] = "conv2d"

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of kernel and bias."""
        self._expect(3, shape, "(H, W, C)")
        groups = as_integer(self.groups, "groups", minimum=1, name=self._where)
        filters = as_integer(self.filters, "filters", minimum=1, name=self._where)
        if shape[2] % groups:
            raise ShapeError(
                f"{self._where}: {shape[2]} channels do not divide into {groups} groups"
            )
        kernel = (*self.windows(shape).kernel, shape[2] // groups, filters)
        return {"kernel": kernel, "bias": (filters,)} if self.use_bias else {"kernel": kernel}

    def out(self, shape: Shape) -> Shape:
        """Return ``(rows, columns, filters)``."""
        kernel = self.weights(shape)["kernel"]
        options: dict[str, Any] = {"stride": self.strides, "padding": self.padding}
        options |= {"dilation": self.dilation_rate, "groups": self.groups, "name": self._where}
        return conv2d_shape((1, *shape), kernel, **options)[1:]

    def windows(self, shape: Shape) -> Windows:
        """Return the positions of the filters on images of a shape."""
        options: dict[str, Any] = {"stride": self.strides, "padding": self.padding}
        options |= {"dilation": self.dilation_rate, "name": self._where}
        return _lay(shape[:2], self.kernel_size, **options)

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.conv2d`."""
        w, *rest = weights
        b = rest[0] if rest else np.zeros(self.filters, w.dtype)
        return convolve(x, w, b, self.windows(x.shape[1:]), self.groups)

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.conv2d_backward`."""
        return d_images(d_y, x, weights[0], self.windows(x.shape[1:]), self.groups)

    def d_weights(self, d_y: Array, x: Array, *weights: Array) -> tuple[Array, ...]:
        """See `lecturekit.reference.conv2d_backward`."""
        windows = self.windows(x.shape[1:])
        return d_weights(d_y, x, weights[0], windows, self.groups)[: len(weights)]


@dataclass(frozen=True)
class MaxPooling2D(Layer):
    """Max pooling: `lecturekit.reference.max_pool2d`.

    Parameters
    ----------
    pool_size, strides, padding
        As `size`, `stride` and `padding` of `lecturekit.reference.max_pool2d`.
    name : str
        Given by the `CNN` if it is empty.
    """

    pool_size: Pair = 2
    strides: Pair | None = None
    padding: Padding = "valid"
    short: ClassVar[str] = "pool"

    def out(self, shape: Shape) -> Shape:
        """Return ``(rows, columns, channels)``."""
        self._expect(3, shape, "(H, W, C)")
        options: dict[str, Any] = {"padding": self.padding, "name": self._where}
        return pool2d_shape((1, *shape), self.pool_size, stride=self.strides, **options)[1:]

    def windows(self, shape: Shape) -> Windows:
        """Return the positions of the window on images of a shape."""
        step = self.pool_size if self.strides is None else self.strides
        options: dict[str, Any] = {"padding": self.padding, "name": self._where}
        return _lay(shape[:2], self.pool_size, stride=step, **options)

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.max_pool2d`."""
        return largest(x, self.windows(x.shape[1:]))

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.max_pool2d_backward`."""
        return route(d_y, x, y, self.windows(x.shape[1:]))


class AveragePooling2D(MaxPooling2D):
    """Mean pooling: `lecturekit.reference.avg_pool2d`. The parameters are `MaxPooling2D`'s."""

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.avg_pool2d`."""
        return mean(x, self.windows(x.shape[1:]))

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.avg_pool2d_backward`."""
        return spread(d_y, x, self.windows(x.shape[1:]))


class Flatten(Layer):
    """All numbers of an image in one row: `lecturekit.reference.flatten`."""

    short: ClassVar[str] = "flatten"

    def out(self, shape: Shape) -> Shape:
        """Return the length of the row."""
        return (math.prod(shape),)

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.flatten`."""
        return x.reshape(len(x), *self.out(x.shape[1:]))

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.flatten_backward`."""
        return d_y.reshape(x.shape)


@dataclass(frozen=True)
class Dense(Layer):
    """A fully connected layer: `lecturekit.reference.dense`, then an activation function.

    Parameters
    ----------
    units : int, at least 1
    activation : None, "relu" or "softmax"
    use_bias : bool
    name : str
        Given by the `CNN` if it is empty.
    """

    units: int
    activation: Activation = None
    use_bias: bool = True
    short: ClassVar[str] = "dense"

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of kernel and bias."""
        self._expect(1, shape, "(D,), so put a Flatten before it")
        units = as_integer(self.units, "units", minimum=1, name=self._where)
        kernel = (*shape, units)
        return {"kernel": kernel, "bias": (units,)} if self.use_bias else {"kernel": kernel}

    def out(self, shape: Shape) -> Shape:
        """Return the number of units."""
        return self.weights(shape)["kernel"][1:]

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.dense`."""
        y = x @ weights[0]
        return y + weights[1] if len(weights) > 1 else y

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.dense_backward`."""
        return d_y @ weights[0].T

    def d_weights(self, d_y: Array, x: Array, *weights: Array) -> tuple[Array, ...]:
        """See `lecturekit.reference.dense_backward`."""
        return (x.T @ d_y, d_y.sum(axis=0))[: len(weights)]


class ReLU(Layer):
    """The activation function as a layer of its own: `lecturekit.reference.relu`."""

    short: ClassVar[str] = "relu"

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.relu`."""
        return np.maximum(x, x.dtype.type(0))

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.relu_backward`."""
        return d_y * (x > 0)


class Softmax(Layer):
    """Probabilities, as a layer of their own: `lecturekit.reference.softmax`."""

    short: ClassVar[str] = "softmax"

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.softmax`."""
        return softmax(x)

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.softmax_backward`."""
        return y * (d_y - (y * d_y).sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Dropout(Layer):
    """Does nothing outside of training, and training with it is not offered.

    Parameters
    ----------
    rate : float in [0, 1]
        The share that Keras drops while it trains; kept so that a model can go back to Keras.
    name : str
        Given by the `CNN` if it is empty.
    """

    rate: float = 0.5
    short: ClassVar[str] = "dropout"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.rate, int | float) or not 0 <= self.rate <= 1:
            raise ValueError(f"{self._where}: rate must lie between 0 and 1, got {self.rate!r}")


def _plain(value: Any) -> Any:
    """Return a number of NumPy's as Python's, and a list as a tuple."""
    if isinstance(value, list | tuple):
        return tuple(_plain(part) for part in value)
    return value.item() if isinstance(value, np.generic) else value


ACTIVATIONS: dict[str, type[Layer]] = {"relu": ReLU, "softmax": Softmax}
KINDS: dict[str, type[Layer]] = {name: globals()[name] for name in __all__ if name != "Layer"}
# Options of Keras that are not offered: they must be as they are by default.
_DEFAULTS = {
    "axis": -1, "data_format": "channels_last", "max_value": None, "negative_slope": 0,
    "threshold": 0,
}  # fmt: skip


def described(kind: str, config: Mapping[str, Any]) -> Layer:
    """Make the layer that is described by its kind and a dictionary, as Keras does, or raise."""
    where = f"layer {config.get('name')!r}"
    if kind == "Activation" and config["activation"] in ACTIVATIONS:
        return ACTIVATIONS[config["activation"]](name=config["name"])
    if kind not in KINDS:
        raise ValueError(f"{where} is of the kind {kind}, known are {', '.join(KINDS)}")
    for option, plain in _DEFAULTS.items():
        if config.get(option, plain) not in (plain, [plain]):
            raise ValueError(f"{where} has {option}={config[option]!r}, known is {plain!r}")
    names = [field.name for field in fields(KINDS[kind])]
    return KINDS[kind](**{name: config[name] for name in names if name in config})
