"""Every kind of layer, alone and in many orders: the numbers are those of the Keras model.

In float64, where no two pixels are so near each other that rounding decides which is larger.

Slips, and the tests here that each of them fails:

- ReLU moves behind a mean pooling: `test_loss_and_gradients_are_those_of_keras`;
- one row too many is cut off: the same, and `test_the_output_is_that_of_keras`;
- "before the activation" is taken from the output: `test_the_pixels_hear_what_keras_says`.
"""

import numpy as np
import pytest

from lecturekit.reference import CNN
from tests.reference import by_keras


def conv(filters=3, size=3, **options):
    return "Conv2D", {"filters": filters, "kernel_size": size} | options


def relu_conv(filters=3, size=3, **options):
    return conv(filters, size, activation="relu", **options)


def pool(size=2, kind="Max", **options):
    return f"{kind}Pooling2D", {"pool_size": size} | options


def dense(units, activation=None, **options):
    return "Dense", {"units": units, "activation": activation} | options


FLATTEN, RELU, SOFTMAX = ("Flatten", {}), ("ReLU", {}), ("Softmax", {})
DROPOUT = "Dropout", {"rate": 0.4}
END = [FLATTEN, dense(4, "softmax")]

ARCHITECTURES = {
    "lecture": (
        (12, 12, 1),
        [relu_conv(4), pool(), relu_conv(5, 2), pool(), FLATTEN, dense(6, "relu"), END[1]],
    ),
    "linear": ((8, 8, 1), [conv(), pool(), *END]),
    "stride": ((9, 9, 1), [relu_conv(strides=2), *END]),
    "stride_pair": ((9, 8, 2), [conv(strides=(3, 2)), RELU, *END]),
    "same": ((7, 6, 1), [relu_conv(padding="same"), pool(), *END]),
    "same_stride": ((7, 6, 2), [relu_conv(padding="same", strides=2), pool(), *END]),
    "dilation": ((9, 8, 1), [relu_conv(dilation_rate=2), pool(), *END]),
    "dilation_pair_same": ((6, 7, 2), [conv(dilation_rate=(1, 3), padding="same"), *END]),
    "groups": ((6, 6, 4), [relu_conv(6, 2, groups=2), pool(), *END]),
    "depthwise": ((6, 6, 3), [conv(3, 3, groups=3), *END]),
    "no_bias": (
        (6, 6, 1),
        [relu_conv(use_bias=False), FLATTEN, dense(4, "softmax", use_bias=False)],
    ),
    "wide_kernel": ((7, 10, 3), [relu_conv(2, (1, 4)), pool((3, 2)), *END]),
    "high_kernel": ((10, 5, 3), [relu_conv(2, (4, 1)), pool((2, 3)), *END]),
    "pixels_one_by_one": ((5, 5, 3), [relu_conv(4, 1), conv(2, 1), pool(), *END]),
    "kernel_of_the_image": ((5, 4, 2), [relu_conv(4, (5, 4)), *END]),
    "pool_stride": ((9, 9, 1), [relu_conv(), pool(3, strides=1), *END]),
    "pool_gaps": ((12, 12, 1), [relu_conv(), pool(2, strides=3), *END]),
    "pool_same": ((8, 9, 1), [relu_conv(), pool(2, padding="same"), *END]),
    "pool_same_overlap": ((8, 7, 2), [conv(), pool(3, strides=2, padding="same"), RELU, *END]),
    "pool_pair": ((11, 9, 1), [conv(), RELU, pool((3, 2), strides=(2, 3)), *END]),
    "average": ((9, 8, 1), [relu_conv(), pool(2, "Average"), *END]),
    "average_without_relu": ((9, 8, 1), [conv(), pool(2, "Average"), RELU, *END]),
    "average_same": ((8, 7, 1), [relu_conv(), pool(3, "Average", strides=2, padding="same"), *END]),
    "average_overlap": ((9, 9, 1), [conv(), pool(3, "Average", strides=2), *END]),
    "pool_after_pool": ((13, 13, 1), [relu_conv(), pool(), pool(2), *END]),
    "pool_after_average": ((13, 12, 1), [relu_conv(), pool(2, "Average"), pool(2), *END]),
    "pool_first": ((9, 9, 2), [pool(), relu_conv(2, 2), *END]),
    "conv_after_conv": ((9, 9, 1), [relu_conv(), relu_conv(2), conv(4, 2), pool(), *END]),
    "linear_convs": ((9, 9, 1), [conv(), conv(2), conv(4, 2), *END]),
    "dropped_rows": ((10, 11, 1), [relu_conv(), pool(3), *END]),
    "dropped_rows_no_relu": ((11, 10, 2), [conv(), pool(3, strides=4), *END]),
    "dropped_rows_stride": ((12, 13, 2), [relu_conv(3, 2, strides=2), pool(2), *END]),
    "dropped_rows_dilation": ((13, 12, 1), [relu_conv(dilation_rate=2), pool(4), *END]),
    "dropped_rows_twice": ((19, 20, 1), [relu_conv(), pool(3), relu_conv(2, 2), pool(2), *END]),
    "two_relus": ((8, 8, 1), [relu_conv(), RELU, pool(), *END]),
    "relu_first": ((6, 6, 2), [RELU, pool(), conv(2, 2), *END]),
    "activation_layers": (
        (8, 8, 1),
        [conv(), ("Activation", {"activation": "relu"}), pool(), FLATTEN, dense(4),
         ("Activation", {"activation": "softmax"})],
    ),
    "softmax_layer": ((6, 6, 1), [relu_conv(), FLATTEN, dense(4), SOFTMAX]),
    "softmax_inside": ((6, 6, 2), [conv(3, 2), SOFTMAX, pool(), *END]),
    "softmax_of_a_convolution": ((6, 6, 1), [conv(3, 2, activation="softmax"), pool(), *END]),
    "dropout": (
        (8, 8, 1),
        [relu_conv(), DROPOUT, pool(), FLATTEN, DROPOUT, END[1]],
    ),
    "dense_chain": ((4, 3, 2), [FLATTEN, dense(7, "relu"), dense(6), dense(5, "relu"), END[1]]),
    "dense_softmax_inside": ((4, 3, 1), [FLATTEN, dense(5, "softmax"), dense(3, "softmax")]),
    "one_layer": ((4, 3, 1), END),
    "nothing_to_pool": ((6, 6, 1), [relu_conv(), pool(1), *END]),
    "linear_by_name": (
        (6, 6, 1),
        [conv(activation="linear"), pool(), FLATTEN, dense(4, "linear"), SOFTMAX],
    ),
}  # fmt: skip

RANDOM = 60


def drawn(number):
    """Draw an architecture: up to five layers, as far as they fit on the image, and an end."""
    rng = np.random.default_rng(number)
    shape = (*map(int, rng.integers(7, 16, 2)), int(rng.choice([1, 2, 3, 4])))
    chosen, size, channels = [], list(shape[:2]), shape[2]
    for _ in range(rng.integers(1, 6)):
        kind = rng.choice(["conv", "conv", "conv", "Max", "Max", "Average", "ReLU", "other"])
        kernel = [int(rng.integers(1, min(4, n) + 1)) for n in size]
        strides = [int(n) for n in rng.choice([1, 1, 2, 3], 2)]
        padding, gaps = str(rng.choice(["valid", "valid", "same"])), [1, 1]
        if kind == "conv":
            if strides == [1, 1]:  # Keras offers either strides or gaps
                gaps = [int(rng.integers(1, 1 + n // kernel[i])) for i, n in enumerate(size)]
            groups = int(rng.choice([g for g in (1, 1, 1, 2, 3) if channels % g == 0]))
            channels = groups * int(rng.integers(1, 4))
            options = {"strides": strides, "dilation_rate": gaps, "padding": padding}
            options |= {"groups": groups, "use_bias": bool(rng.random() < 0.8)}
            chosen.append(conv(channels, kernel, activation=rng.choice(["relu", None]), **options))
        elif kind in ("Max", "Average"):
            chosen.append(pool(kernel, kind, strides=strides, padding=padding))
        else:
            others = [SOFTMAX, DROPOUT, ("Activation", {"activation": "relu"})]
            chosen.append(RELU if kind == "ReLU" else others[rng.integers(3)])
            continue
        reach = [1 + gaps[i] * (kernel[i] - 1) * (padding == "valid") for i in range(2)]
        size = [1 + (size[i] - reach[i]) // strides[i] for i in range(2)]
    ends = [[dense(4, "softmax")], [dense(5, "relu"), dense(3, "softmax")], [dense(3), SOFTMAX]]
    return shape, [*chosen, FLATTEN, *ends[rng.integers(3)]]


EVERY = [
    *(pytest.param(*a, id=name) for name, a in ARCHITECTURES.items()),
    *(pytest.param(*drawn(number), id=f"random_{number}") for number in range(RANDOM)),
]
every_architecture = pytest.mark.parametrize(("shape", "described"), EVERY)
IMAGES = 3


@pytest.fixture
def model(shape, described, rng):
    return by_keras.build(shape, described, rng)


@pytest.fixture
def x(shape, rng):
    return rng.normal(size=(IMAGES, *shape))


@every_architecture
def test_the_output_is_that_of_keras(model, x, assert_relative):
    """Of the model itself, of every layer on the way to it, and by both ways to compute it."""
    cnn = CNN.from_keras(model)
    expected = by_keras.walk(model, x)
    last = model.layers[-1].name
    assert_relative(expected[last][1], model(x), "float64")
    assert_relative(cnn.forward(x), model(x), "float64")
    after, before = cnn.activations(x), cnn.activations(x, before_activation=True)
    assert list(after) == list(before) == list(expected)
    for name, (linear, active) in expected.items():
        assert_relative(after[name], active, "float64")
        assert_relative(before[name], linear, "float64")


@every_architecture
def test_the_output_is_that_of_keras_in_float32(shape, described, rng, assert_relative):
    model = by_keras.build(shape, described, rng, "float32")
    x = rng.normal(size=(IMAGES, *shape)).astype(np.float32)
    cnn = CNN.from_keras(model)
    y = cnn.forward(x)
    assert y.dtype == np.float32
    assert_relative(y, model(x), "operation")
    assert_relative(y, list(cnn.activations(x).values())[-1], "operation")


@every_architecture
def test_loss_and_gradients_are_those_of_keras(model, x, rng, assert_relative):
    labels = rng.integers(0, model.output_shape[1], IMAGES)
    loss, expected = by_keras.weight_gradients(model, x, labels)
    cnn = CNN.from_keras(model)
    gradients = cnn.gradients(x, labels)
    assert gradients.keys() == expected.keys() == cnn.weights.keys()
    for name, gradient in gradients.items():
        assert gradient.dtype == np.float64
        assert_relative(gradient, expected[name], "float64")
    assert_relative(cnn.evaluate(x, labels)[0], loss, "float64")


@every_architecture
def test_the_pixels_hear_what_keras_says(model, x, rng, assert_relative):
    cnn = CNN.from_keras(model)
    d = {name: rng.normal(size=y.shape) for name, y in cnn.activations(x).items()}
    for name, (before, after) in by_keras.pixel_gradients(model, x, d).items():
        assert_relative(cnn.input_gradient(x, name, d[name]), after, "float64")
        ours = cnn.input_gradient(x, name, d[name], before_activation=True)
        assert_relative(ours, before, "float64")
