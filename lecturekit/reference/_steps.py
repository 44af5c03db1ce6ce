"""What a network computes, one step after the other, on numbers that are checked already.

A layer is one step, or two: convolution and ReLU. Each step goes forward and back; nothing is
remembered in between, whoever goes back hands in what went in and what came out.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lecturekit.reference import pooling
from lecturekit.reference._arrays import Array
from lecturekit.reference._windows import Windows
from lecturekit.reference.activations import softmax
from lecturekit.reference.convolution import convolve, d_images, d_weights


@dataclass(frozen=True)
class Step:
    """One step, which changes nothing until a subclass says otherwise.

    `layer` is the layer it belongs to, `out` the shape of its output for one image, and `names`
    are those of its weights. `activates` marks the activation function of a layer that has
    weights: what comes before it is the layer's output before the activation.
    """

    layer: str
    out: tuple[int, ...]
    names: tuple[str, ...] = ()
    activates: bool = False

    def forward(self, x: Array, *weights: Array) -> Array:
        """Return the output y."""
        return x

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """Return the gradient of the input, from that of the output."""
        return d_y

    def d_weights(self, d_y: Array, x: Array, *weights: Array) -> tuple[Array, ...]:
        """Return the gradients of the weights, one for each of `names`."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Convolve(Step):
    """Convolution."""

    windows: Windows
    groups: int

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.conv2d`."""
        w, *rest = weights
        b = rest[0] if rest else np.zeros(w.shape[3], w.dtype)
        return convolve(x, w, b, self.windows, self.groups)

    def read_by(self, pooling: Windows) -> "Convolve":
        """Return the convolution at the positions that a pooling after it reads."""
        out = min(self.windows.out[0], pooling.end[0]), min(self.windows.out[1], pooling.end[1])
        return replace(self, out=(*out, self.out[2]), windows=replace(self.windows, out=out))

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.conv2d_backward`."""
        return d_images(d_y, x, weights[0], self.windows, self.groups)

    def d_weights(self, d_y: Array, x: Array, *weights: Array) -> tuple[Array, ...]:
        """See `lecturekit.reference.conv2d_backward`."""
        return d_weights(d_y, x, weights[0], self.windows, self.groups)[: len(weights)]


@dataclass(frozen=True, kw_only=True)
class MaxPool(Step):
    """Max pooling."""

    windows: Windows

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.max_pool2d`."""
        return pooling.largest(x, self.windows)

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.max_pool2d_backward`."""
        return pooling.route(d_y, x, y, self.windows)


@dataclass(frozen=True, kw_only=True)
class AveragePool(Step):
    """Mean pooling."""

    windows: Windows

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.avg_pool2d`."""
        return pooling.mean(x, self.windows)

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.avg_pool2d_backward`."""
        return pooling.spread(d_y, x, self.windows)


class Flatten(Step):
    """Each image as one row."""

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.flatten`."""
        return x.reshape(len(x), *self.out)

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.flatten_backward`."""
        return d_y.reshape(x.shape)


class Multiply(Step):
    """A fully connected layer."""

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


class Relu(Step):
    """Rectified linear units."""

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.relu`."""
        return np.maximum(x, x.dtype.type(0))

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.relu_backward`."""
        return d_y * (x > 0)


class Softmax(Step):
    """Probabilities."""

    def forward(self, x: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.softmax`."""
        return softmax(x)

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """See `lecturekit.reference.softmax_backward`."""
        return y * (d_y - (y * d_y).sum(axis=-1, keepdims=True))


def quicker(steps: list[Step]) -> list[Step]:
    """Return steps with the same results and less work.

    ReLU never changes which of two numbers is larger, so it may come after max pooling, where it
    has fewer numbers to do. And a convolution need not compute the rows and columns that the
    pooling after it drops.
    """
    steps = list(steps)
    for i, (step, after) in enumerate(pairwise(steps)):
        if isinstance(step, Relu) and isinstance(after, MaxPool):
            steps[i : i + 2] = after, replace(step, out=after.out)
    for i, (step, after) in enumerate(pairwise(steps)):
        if isinstance(step, Convolve) and isinstance(after, MaxPool | AveragePool):
            steps[i] = step.read_by(after.windows)
    return steps
