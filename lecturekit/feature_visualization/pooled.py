"""A convolution and the max pooling after it, done together: the same numbers, sooner.

A pooled number is the largest of a few outputs of the convolution that lie side by side. Each of
these places gets filters of its own here: the convolution's filters, moved to that place inside a
larger window, with zeros around them. So one matrix product gives the outputs of all places, one
place after the other in memory, and pooling compares long rows of numbers. It pays for images of
few channels, whose filters have few weights to multiply with.
"""

import functools
import math
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from lecturekit.reference._arrays import Array
from lecturekit.reference._windows import Windows, few
from lecturekit.reference.layers import Conv2D, Layer, MaxPooling2D, Shape

Step = tuple[Layer, list[Array]]  # with its weights


@dataclass(frozen=True)
class PlaceByPlace(Layer):
    """The convolution, its outputs sorted by their place in the pooling's windows.

    They come as ``(N, rows, columns, places, filters)``; in memory all numbers of one place and
    filter stand together.

    Parameters
    ----------
    inside : Windows
        The convolution's positions in one window of the pooling: the places.
    windows : Windows
        Those of the larger window, one for each pooled number.
    filters : int
    """

    inside: Windows
    windows: Windows
    filters: int

    def out(self, shape: Shape) -> Shape:
        """Return ``(rows, columns, places, filters)``."""
        return *self.windows.out, math.prod(self.inside.out), self.filters

    def matrix(self, w: Array, b: Array | None = None) -> Array:
        """Return the filters of all places, one a row, their biases last."""
        (height, width), (down, right) = self.inside.kernel, self.inside.stride
        places = math.prod(self.inside.out)
        moved = np.zeros((places, self.filters, *self.windows.kernel, w.shape[2]), w.dtype)
        for place, (i, j) in zip(moved, np.ndindex(self.inside.out), strict=True):
            top, left = i * down, j * right
            place[:, top : top + height, left : left + width] = w.transpose(3, 0, 1, 2)
        biases = np.tile(np.zeros(self.filters, w.dtype) if b is None else b, places)
        return np.column_stack([moved.reshape(len(biases), -1), biases])

    def forward(self, x: Array, *weights: Array) -> Array:
        """Return the outputs, before the activation function. The one weight is the `matrix`.

        One product an image is so small that NumPy's linear algebra does it with one thread:
        several would wait for each other longer than they work.
        """
        [matrix] = weights
        count, channels_first = matrix.shape[1], x.transpose(0, 3, 1, 2)
        patches = np.ones((len(x), count, *self.windows.out), x.dtype)
        met = patches[:, :-1].reshape(len(x), -1, x.shape[3], *self.windows.out)
        for i, (_, rows, columns) in enumerate(self.windows.taps()):
            met[:, i] = channels_first[:, :, rows, columns]
        y = matrix @ patches.reshape(len(x), count, -1)
        return y.reshape(len(x), -1, self.filters, *self.windows.out).transpose(0, 3, 4, 1, 2)

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """Return the gradient of the images."""
        [matrix] = weights
        d = d_y.transpose(0, 3, 4, 1, 2).reshape(len(x), len(matrix), -1)
        sent = (matrix[:, :-1].T @ d).reshape(len(x), -1, x.shape[3], *self.windows.out)
        d_x = np.zeros((len(x), x.shape[3], *x.shape[1:3]), x.dtype)
        for i, (_, rows, columns) in enumerate(self.windows.taps()):
            d_x[:, :, rows, columns] += sent[:, i]
        return d_x.transpose(0, 2, 3, 1)


class LargestPlace(Layer):
    """The pooling, after `PlaceByPlace`."""

    def out(self, shape: Shape) -> Shape:
        """Return ``(rows, columns, filters)``."""
        return *shape[:2], shape[3]

    def forward(self, x: Array, *weights: Array) -> Array:
        """Return the largest of all places."""
        return functools.reduce(np.maximum, x.transpose(3, 0, 1, 2, 4))

    def d_x(self, d_y: Array, x: Array, y: Array, *weights: Array) -> Array:
        """Give each gradient to the first of the largest."""
        d_x, laid = np.empty_like(x), np.empty_like(y)  # in the order in memory of these
        laid[...] = d_y
        free = np.ones_like(y, bool)  # where the largest is not found yet
        last = x.shape[3] - 1
        for place in range(x.shape[3]):
            found = free if place == last else free & (x[:, :, :, place] == y)
            np.multiply(laid, found, out=d_x[:, :, :, place])
            free = free ^ found
        return d_x


def together(steps: list[Step], shape: Shape) -> list[Step]:
    """Return steps in which a convolution and the max pooling after it go together if it pays."""
    shapes = list(accumulate((step for step, _ in steps), lambda s, one: one.out(s), initial=shape))
    joined: list[Step] = []
    for (step, weights), entered in zip(steps, [shape, *shapes], strict=False):
        before, own = joined[-1] if joined else (Layer(), [])
        both = _joined(before, step, entered)
        if both is None:
            joined.append((step, weights))
        else:
            joined[-1:] = [(both[0], [both[0].matrix(*own)]), (both[1], [])]
    return joined


def _joined(step: Layer, after: Layer, shape: Shape) -> tuple[PlaceByPlace, LargestPlace] | None:
    """Return what does a convolution and its pooling, or None where that does not pay.

    There must be few channels, and the zeros may at most double the multiplications.
    """
    if not isinstance(step, Conv2D) or type(after) is not MaxPooling2D:
        return None
    windows, pooling = step.windows(shape), after.windows(step.out(shape))
    larger, (down, right) = windows.seen(pooling.kernel), pooling.stride
    pays = (
        step.padding == after.padding == "valid"
        and step.groups == 1
        and windows.dilation == (1, 1)
        and pooling.disjoint
        and few(windows.kernel[1] * shape[2])
        and math.prod(larger) <= 2 * math.prod(windows.kernel)
    )
    if not pays:
        return None
    inside = Windows(windows.kernel, pooling.kernel, windows.stride)
    stride = windows.stride[0] * down, windows.stride[1] * right
    return (
        PlaceByPlace(inside, Windows(larger, pooling.out, stride), step.filters, name=step.name),
        LargestPlace(name=after.name),
    )
