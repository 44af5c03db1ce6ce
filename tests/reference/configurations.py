"""Random convolutions, poolings and layers: what the property tests draw.

A configuration prints as the arguments of the failing call, and makes its own arrays from a seed.
The numbers of a sum all have one sign. So nothing cancels, and the relative error of a result is
that of rounding alone, however few numbers the result has.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lecturekit.shapes import conv2d_shape, pool2d_shape

TOLERANCE = {"float32": "operation", "float64": "float64"}
"""Of one operation, for each dtype: lines of the table in `conftest`."""

DTYPES = st.sampled_from(sorted(TOLERANCE))
SEEDS = st.integers(0, 2**32 - 1)


def pairs(low, high):
    """One integer for both directions, or two."""
    numbers = st.integers(low, high)
    return numbers | st.tuples(numbers, numbers)


def both(value):
    """Write one integer as two."""
    return value if isinstance(value, tuple) else (value, value)


@dataclass(frozen=True)
class Convolution:
    """The arguments of `conv2d`, and its output's shape."""

    x: tuple[int, ...]
    w: tuple[int, ...]
    options: dict[str, Any]
    dtype: str
    seed: int

    @functools.cached_property
    def y(self):
        return conv2d_shape(self.x, self.w, **self.options)

    def arrays(self):
        """Images, filters, biases and a gradient of the output; each filter has its own sign."""
        rng = np.random.default_rng(self.seed)
        sign = rng.choice([-1, 1], self.w[3])
        x, *others = (rng.uniform(0.5, 1.5, s) for s in (self.x, self.w, self.w[3], self.y))
        w, b, d_y = (sign * a for a in others)
        return [a.astype(self.dtype) for a in (x, w, b, d_y)]


def tensorflow_errs(case, channels):
    """Say whether TensorFlow's convolution of so many channels is wrong (2.21, x86, float32).

    For one channel and several images, where the filter moves further to the right than down but
    has a single place to go to in each row, its oneDNN kernel reads the wrong pixels: ones
    (2, 2, 3, 1), filtered by ones (1, 3, 1, 1) at stride (1, 2), give 3, 1, 3, 1.
    """
    (images, rows, columns, _), (down, right) = case.y, both(case.options["stride"])
    strip = images > 1 and rows > 1 and columns == 1
    return channels == 1 and strip and down == 1 < right and case.dtype == "float32"


def tensorflow_crashes(case):
    """Say whether TensorFlow may crash when it differentiates the convolution by its weights.

    For a 1x1 kernel that skips pixels its oneDNN kernel writes past its memory, in float32 with
    few channels: https://github.com/uxlfoundation/oneDNN/issues/6035.
    """
    skips = both(case.options["stride"]) != (1, 1)
    return case.w[:2] == (1, 1) and skips and case.dtype == "float32"


@dataclass(frozen=True)
class Pooling:
    """The arguments of a pooling, and its output's shape."""

    x: tuple[int, ...]
    options: dict[str, Any]
    dtype: str
    seed: int

    @functools.cached_property
    def y(self):
        return pool2d_shape(self.x, **self.options)

    def arrays(self):
        """Images of which no two pixels are equal or near, and a gradient of the output.

        The mean of a window must not cancel; so each image has one sign.
        """
        rng = np.random.default_rng(self.seed)
        pixels = (rng.permutation(np.prod(self.x)) + 1) / np.prod(self.x)
        sign = rng.choice([-1, 1], (self.x[0], 1, 1, 1))
        x, d_y = sign * pixels.reshape(self.x), sign * rng.uniform(0.5, 1.5, self.y)
        return [a.astype(self.dtype) for a in (x, d_y)]

    def tied_arrays(self):
        """Small integers, most of them 0, as after ReLU: ties everywhere, and exact sums."""
        rng = np.random.default_rng(self.seed)
        x, d_y = np.maximum(rng.integers(-2, 3, self.x), 0), rng.integers(-4, 5, self.y)
        return [a.astype(self.dtype) for a in (x, d_y)]


PADDINGS = {
    "valid": st.just("valid"),
    "same": st.just("same"),
    "int": st.integers(0, 3),
    "pair": st.tuples(st.integers(0, 3), st.integers(0, 3)),
}
"""Of a convolution. It may be wider than the kernel: some windows then see zeros only."""


@st.composite
def convolutions(draw, padding=None, dtype=DTYPES, *, strides=None, dilations=None, room=4):
    """Draw a `Convolution`, its images up to `room` pixels larger than the window needs."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    groups, depth = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    options = {
        "stride": draw(pairs(1, 3) if strides is None else strides),
        "padding": draw(st.one_of(*PADDINGS.values()) if padding is None else padding),
        "dilation": draw(pairs(1, 3) if dilations is None else dilations),
        "groups": groups,
    }
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, both(options["dilation"]), strict=True)]
    return Convolution(
        (draw(st.integers(1, 3)), *draw(_sizes(reach, options["padding"], room)), depth * groups),
        (*kernel, depth, groups * draw(st.integers(1, 2))),
        options,
        draw(dtype),
        draw(SEEDS),
    )


@dataclass(frozen=True)
class Dense:
    """The shapes of a fully connected layer: images, features, outputs."""

    shape: tuple[int, int, int]
    dtype: str
    seed: int

    def arrays(self):
        """Rows, weights, biases and a gradient of the output; each output has its own sign."""
        rng = np.random.default_rng(self.seed)
        images, features, outputs = self.shape
        sign = rng.choice([-1, 1], outputs)
        x = rng.uniform(0.5, 1.5, (images, features))
        sizes = (features, outputs), outputs, (images, outputs)
        w, b, d_y = (sign * rng.uniform(0.5, 1.5, size) for size in sizes)
        return [a.astype(self.dtype) for a in (x, w, b, d_y)]


@st.composite
def denses(draw, dtype=DTYPES):
    """Draw a `Dense`."""
    return Dense(draw(st.tuples(*[st.integers(1, 6)] * 3)), draw(dtype), draw(SEEDS))


@st.composite
def poolings(draw, padding=None, dtype=DTYPES, *, room=5):
    """Draw a `Pooling`; `padding` is one of the keys of `PADDINGS`, by default any."""
    padding = draw(st.sampled_from(sorted(PADDINGS))) if padding is None else padding
    size = draw(pairs(1, 4))
    least = [k - 1 for k in both(size)]
    pad = {
        "int": st.integers(0, min(least)),
        "pair": st.tuples(*(st.integers(0, n) for n in least)),
    }.get(padding, st.just(padding))
    options = {
        "size": size,
        "stride": draw(st.none() | pairs(1, 4)),
        "padding": draw(pad),
    }
    height, width = draw(_sizes(both(size), options["padding"], room))
    x = draw(st.integers(1, 3)), height, width, draw(st.integers(1, 3))
    return Pooling(x, options, draw(dtype), draw(SEEDS))


def _sizes(window, padding, room):
    """Heights and widths on which the window fits."""
    if padding == "same":
        least = [1, 1]
    elif padding == "valid":
        least = window
    else:
        least = [max(1, k - 2 * p) for k, p in zip(window, both(padding), strict=True)]
    return st.tuples(*(st.integers(n, n + room) for n in least))
