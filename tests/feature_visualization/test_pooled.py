"""A convolution and its pooling, done together, are the two done one after the other.

Tried: a filter moved the wrong way, places in another order, a stride that is not multiplied, a
tie that goes to the last place, a forgotten bias: each makes a test here fail.
"""

import numpy as np
import pytest

from lecturekit.feature_visualization.pooled import LargestPlace, PlaceByPlace, together
from lecturekit.reference import CNN
from lecturekit.reference.layers import AveragePooling2D, Conv2D, Flatten, MaxPooling2D, ReLU

JOINED = {
    "the lecture's": ((28, 28, 1), Conv2D(25, 3), MaxPooling2D(2)),
    "color": ((12, 10, 3), Conv2D(4, 3), MaxPooling2D(2)),
    "not square": ((11, 14, 2), Conv2D(3, (2, 4)), MaxPooling2D((1, 2))),
    "rows dropped": ((9, 12, 1), Conv2D(3, 4), MaxPooling2D((2, 3))),
    "steps": ((17, 16, 1), Conv2D(3, 4, strides=(2, 1)), MaxPooling2D((1, 2), strides=(2, 3))),
    "no bias": ((8, 8, 1), Conv2D(2, 3, use_bias=False), MaxPooling2D(2)),
}
APART = {
    "many channels": ((13, 13, 25), Conv2D(50, 3), MaxPooling2D(2)),
    "a large window": ((12, 12, 1), Conv2D(2, 3), MaxPooling2D(4)),
    "windows that overlap": ((12, 12, 1), Conv2D(2, 5), MaxPooling2D(2, strides=1)),
    "padded images": ((12, 12, 1), Conv2D(2, 3, padding="same"), MaxPooling2D(2)),
    "padded maps": ((13, 13, 1), Conv2D(2, 3), MaxPooling2D(2, padding="same")),
    "gaps": ((12, 12, 1), Conv2D(2, 3, dilation_rate=2), MaxPooling2D(2)),
    "groups": ((12, 12, 2), Conv2D(4, 3, groups=2), MaxPooling2D(2)),
    "means": ((12, 12, 1), Conv2D(2, 3), AveragePooling2D(2)),
    "only a convolution": ((12, 12, 1), Conv2D(2, 3), ReLU()),
}


def cases(table):
    return [pytest.param(*case, id=name) for name, case in table.items()]


def steps_of(shape, *layers, integers=False):
    """Return a network's steps as they are, and together, both with their weights."""
    cnn = CNN([*layers, Flatten()], shape, seed=1)
    rng = np.random.default_rng(2)
    for name, weight in cnn.weights.items():
        drawn = rng.integers(-2, 3, weight.shape) if integers else rng.normal(size=weight.shape)
        cnn.weights[name] = drawn.astype(float)
    *_, last = (layer.name for layer in cnn.layers[:-1])
    own = [list(cnn.weights.values()), []]
    return list(zip(cnn.layers, own, strict=False)), together(cnn.steps_to(last), shape)


def there_and_back(steps, x, rng):
    """Return a result, a gradient that it may have, and that of the images."""
    values = [x]
    for step, weights in steps:
        values.append(step.forward(values[-1], *weights))
    d = d_y = rng.normal(size=values[-1].shape).astype(x.dtype)
    for (step, weights), before, after in zip(
        steps[::-1], values[-2::-1], values[:0:-1], strict=True
    ):
        d = step.d_x(d, before, after, *weights)
    return values[-1], d_y, d


@pytest.mark.parametrize(("shape", "convolution", "pooling"), cases(JOINED))
@pytest.mark.parametrize("images", [1, 3])
def test_together_is_one_after_the_other(shape, convolution, pooling, images, rng, assert_close):
    apart, joined = steps_of(shape, convolution, pooling)
    assert [type(step) for step, _ in joined][-2:] == [PlaceByPlace, LargestPlace]
    x = rng.normal(size=(images, *shape))
    y, _, d_x = there_and_back(apart, x, np.random.default_rng(3))
    found, _, d_found = there_and_back(joined, x, np.random.default_rng(3))
    assert_close(found, y, "float64")
    assert_close(d_found, d_x, "float64")


@pytest.mark.parametrize(("shape", "convolution", "pooling"), cases(JOINED))
def test_a_tie_goes_to_the_same_place(shape, convolution, pooling, rng, assert_close):
    apart, joined = steps_of(shape, convolution, pooling, integers=True)
    x = rng.integers(0, 2, (2, *shape)).astype(float)
    y, _, d_x = there_and_back(apart, x, np.random.default_rng(3))
    found, _, d_found = there_and_back(joined, x, np.random.default_rng(3))
    assert_close(found, y, "exact")
    assert_close(d_found, d_x, "float64")


@pytest.mark.parametrize(("shape", "convolution", "pooling"), cases(JOINED))
def test_shapes_are_known_before(shape, convolution, pooling):
    _, joined = steps_of(shape, convolution, pooling)
    x = np.zeros((1, *shape))
    for step, weights in joined[-2:]:
        y = step.forward(x, *weights)
        assert y.shape[1:] == step.out(x.shape[1:])
        x = y


@pytest.mark.parametrize(("shape", "first", "second"), cases(APART))
def test_what_does_not_pay_stays_as_it_is(shape, first, second):
    cnn = CNN([first, second, Flatten()], shape)
    steps = cnn.steps_to(cnn.layers[1].name)
    assert [step for step, _ in together(steps, shape)] == [step for step, _ in steps]


def test_what_follows_stays():
    layers = [Conv2D(2, 3), MaxPooling2D(2), ReLU(), Conv2D(3, 3), MaxPooling2D(2), MaxPooling2D(2)]
    cnn = CNN([*layers, Flatten()], (40, 40, 1))
    steps = together(cnn.steps_to("pool_3"), cnn.input_shape)
    kinds = [type(step).__name__.strip("_") for step, _ in steps]
    pooled = ["PlaceByPlace", "LargestPlace"]
    assert [k for k in kinds if k != "Crop"] == [*pooled, "ReLU", *pooled, "MaxPooling2D"]


def test_nan_is_not_swallowed():
    _, joined = steps_of((8, 8, 1), Conv2D(2, 3), MaxPooling2D(2))
    x = np.zeros((1, 8, 8, 1))
    x[0, 3, 3, 0] = np.nan
    found = np.isnan(there_and_back(joined, x, np.random.default_rng(3))[0])
    assert found[:, :2, :2].all()
    assert not found[:, 2].any()
    assert not found[:, :, 2].any()
