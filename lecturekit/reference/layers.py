"""Layers to describe a `CNN` with, by the names and the arguments that Keras gives them.

A description knows sizes, not weights. Those are kept by the `CNN`.

>>> import numpy as np
>>> from lecturekit.reference import CNN, layers
>>> cnn = CNN([layers.Conv2D(25, 3, activation="relu"), layers.MaxPooling2D(2)], (28, 28, 1))
>>> cnn.forward(np.zeros((1, 28, 28, 1))).shape
(1, 13, 13, 25)
"""

import math
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Literal

from lecturekit.reference import _steps
from lecturekit.reference._windows import Windows
from lecturekit.shapes import (
    Padding,
    Pair,
    ShapeError,
    as_integer,
    as_pair,
    conv2d_shape,
    pool2d_shape,
)

Activation = Literal["relu", "softmax"] | None
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


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What all layers have in common.

    A layer has a `name`, says which weights it has for inputs of a shape, and gives the steps that
    compute it. Shapes are those of one image, without the batch: ``(H, W, C)`` or ``(D,)``.
    """

    name: str = ""
    short: ClassVar[str] = "layer"

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the layer's weights by name: ``"kernel"`` and ``"bias"``."""
        return {}

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return the steps from the layer's input to its output, or raise if it does not fit."""
        raise NotImplementedError

    def _expect(self, rank: int, shape: Shape, expected: str) -> None:
        if len(shape) != rank:
            raise ShapeError(f"layer {self.name!r}: expected inputs {expected}, got {shape}")

    def _names(self, use_bias: bool) -> tuple[str, ...]:
        parts = ("kernel", "bias") if use_bias else ("kernel",)
        return tuple(f"{self.name}/{part}" for part in parts)

    def _activate(self, activation: Activation, shape: Shape) -> list[_steps.Step]:
        if activation is None:
            return []
        if activation not in _ACTIVATIONS:
            known = ", ".join(repr(known) for known in _ACTIVATIONS)
            raise ValueError(
                f"layer {self.name!r}: activation must be None, {known}, got {activation!r}"
            )
        return [_ACTIVATIONS[activation](self.name, shape, activates=True)]


_ACTIVATIONS: dict[str, type[_steps.Relu | _steps.Softmax]] = {
    "relu": _steps.Relu,
    "softmax": _steps.Softmax,
}


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
    _: KW_ONLY
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
        where = f"layer {self.name!r}"
        groups = as_integer(self.groups, "groups", minimum=1, name=where)
        filters = as_integer(self.filters, "filters", minimum=1, name=where)
        height, width = as_pair(self.kernel_size, "kernel_size", minimum=1, name=where)
        if shape[2] % groups:
            raise ShapeError(f"{where}: {shape[2]} channels do not divide into {groups} groups")
        kernel = (height, width, shape[2] // groups, filters)
        return {"kernel": kernel, "bias": (filters,)} if self.use_bias else {"kernel": kernel}

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return the convolution, and its activation function."""
        kernel, where = self.weights(shape)["kernel"], f"layer {self.name!r}"
        options: dict[str, Any] = {
            "stride": self.strides,
            "padding": self.padding,
            "dilation": self.dilation_rate,
        }
        out = conv2d_shape((1, *shape), kernel, groups=self.groups, name=where, **options)[1:]
        windows = Windows.on(shape[:2], (kernel[0], kernel[1]), name=where, **options)
        names = self._names(self.use_bias)
        convolve = _steps.Convolve(self.name, out, names, windows=windows, groups=self.groups)
        return [convolve, *self._activate(self.activation, out)]


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
    _: KW_ONLY
    strides: Pair | None = None
    padding: Padding = "valid"
    short: ClassVar[str] = "pool"

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return the pooling."""
        out, windows = self._lay(shape)
        return [_steps.MaxPool(self.name, out, windows=windows)]

    def _lay(self, shape: Shape) -> tuple[Shape, Windows]:
        self._expect(3, shape, "(H, W, C)")
        where, step = f"layer {self.name!r}", self.strides or self.pool_size
        options: dict[str, Any] = {"stride": step, "padding": self.padding, "name": where}
        out = pool2d_shape((1, *shape), self.pool_size, **options)[1:]
        return out, Windows.on(shape[:2], self.pool_size, **options)


@dataclass(frozen=True)
class AveragePooling2D(MaxPooling2D):
    """Mean pooling: `lecturekit.reference.avg_pool2d`. The parameters are `MaxPooling2D`'s."""

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return the pooling."""
        out, windows = self._lay(shape)
        return [_steps.AveragePool(self.name, out, windows=windows)]


@dataclass(frozen=True)
class Flatten(Layer):
    """All numbers of an image in one row: `lecturekit.reference.flatten`."""

    short: ClassVar[str] = "flatten"

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return the change of shape."""
        return [_steps.Flatten(self.name, (math.prod(shape),))]


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
    _: KW_ONLY
    activation: Activation = None
    use_bias: bool = True
    short: ClassVar[str] = "dense"

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of kernel and bias."""
        self._expect(1, shape, "(D,), so put a Flatten before it")
        units = as_integer(self.units, "units", minimum=1, name=f"layer {self.name!r}")
        kernel = (*shape, units)
        return {"kernel": kernel, "bias": (units,)} if self.use_bias else {"kernel": kernel}

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return the matrix product, and its activation function."""
        out = self.weights(shape)["kernel"][1:]
        multiply = _steps.Multiply(self.name, out, self._names(self.use_bias))
        return [multiply, *self._activate(self.activation, out)]


@dataclass(frozen=True)
class ReLU(Layer):
    """The activation function as a layer of its own: `lecturekit.reference.relu`."""

    short: ClassVar[str] = "relu"

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return the activation function."""
        return [_steps.Relu(self.name, shape)]


@dataclass(frozen=True)
class Softmax(Layer):
    """Probabilities, as a layer of their own: `lecturekit.reference.softmax`."""

    short: ClassVar[str] = "softmax"

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return the softmax."""
        return [_steps.Softmax(self.name, shape)]


@dataclass(frozen=True)
class Dropout(Layer):
    """Does nothing outside of training, and training with it is not offered.

    Parameters
    ----------
    rate : float
        The share that Keras drops while it trains; kept so that a model can go back to Keras.
    name : str
        Given by the `CNN` if it is empty.
    """

    rate: float = 0.5
    short: ClassVar[str] = "dropout"

    def steps(self, shape: Shape) -> list[_steps.Step]:
        """Return a step that changes nothing."""
        return [_steps.Step(self.name, shape)]
