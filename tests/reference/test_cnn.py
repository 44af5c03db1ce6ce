"""The CNN in NumPy: Keras' numbers with the bundled weights, how it is made, and what it refuses.

Every kind of layer is in `test_cnn_layers`, training in `test_cnn_fit` and
`test_training_like_keras`, files in `test_cnn_files`.
"""

import numpy as np
import pytest

from lecturekit import data, models
from lecturekit._tensorflow import keras, tf
from lecturekit.reference import CNN, layers
from lecturekit.shapes import ShapeError
from tests.reference import by_keras

LAYERS = ["conv2d_1", "pool_1", "conv2d_2", "pool_2", "flatten", "dense", "output"]


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture(scope="module")
def model():
    return models.load_pretrained()


@pytest.fixture(scope="module")
def cnn(model):
    return CNN.from_keras(model)


@pytest.fixture(scope="module")
def pale(digits):
    """Held-out digits, pale and with a little noise: no ties in max pooling, no sure softmax.

    Black and white areas are full of ties, where the last bit of a sum decides who gets the
    gradient, and that bit depends on the processor.
    """
    x = digits.x_test[:130]
    return (0.2 * x + np.random.default_rng(9).uniform(0, 0.1, x.shape)).astype(np.float32)


def small(**options):
    """Two convolutions that a few pixels are enough for."""
    chosen = [
        layers.Conv2D(3, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(4, activation="softmax"),
    ]
    return CNN(chosen, (7, 6, 2), **options)


# --- the bundled weights: Keras' numbers ------------------------------------------------------


def test_probabilities_of_all_held_out_digits_are_those_of_keras(cnn, model, digits):
    expected = model.predict(digits.x_test, verbose=0)
    y = cnn.forward(digits.x_test)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(y.argmax(axis=1), expected.argmax(axis=1))


def test_loss_and_accuracy_of_the_held_out_digits_are_those_of_keras(cnn, model, digits):
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = cnn.evaluate(digits.x_test, digits.y_test)
    expected = model.evaluate(digits.x_test, digits.y_test, verbose=0)
    assert [loss, accuracy] == pytest.approx(expected, rel=1e-5)


def test_gradients_of_the_weights_are_those_of_keras(cnn, model, digits, assert_relative):
    x, y = digits.x_test[:100], digits.y_test[:100]
    _, expected = by_keras.weight_gradients(model, x, y, run=model)
    gradients = cnn.gradients(x, y)
    assert gradients.keys() == expected.keys()
    for name, gradient in gradients.items():
        assert_relative(gradient, expected[name], "gradient")


def test_the_gradient_is_that_of_the_mean_loss(cnn, digits, assert_relative):
    """Twice the same images are the same mean; and a batch is the mean of its images."""
    x, y = digits.x_test[:6], digits.y_test[:6]
    whole = cnn.gradients(x, y)
    twice = cnn.gradients(np.concatenate([x, x]), np.concatenate([y, y]))
    each = [cnn.gradients(x[n : n + 1], y[n : n + 1]) for n in range(6)]
    for name, gradient in whole.items():
        assert_relative(twice[name], gradient, "gradient")
        assert_relative(np.mean([one[name] for one in each], axis=0), gradient, "gradient")


@pytest.mark.parametrize("layer", LAYERS)
def test_gradients_of_the_pixels_are_those_of_keras(layer, cnn, model, pale, rng, assert_relative):
    x = pale[:20]
    part = keras.Model(model.inputs, model.get_layer(layer).output)
    d = rng.normal(size=(20, *part.output.shape[1:])).astype(np.float32)
    with tf.GradientTape() as tape:
        images = tf.constant(x)
        tape.watch(images)
        y = part(images)
    expected = tape.gradient(y, images, output_gradients=tf.constant(d))
    assert_relative(cnn.input_gradient(x, layer, d), expected, "gradient")


@pytest.mark.parametrize("layer", ["conv2d_1", "conv2d_2", "dense", "output"])
def test_gradients_before_the_activation_are_those_of_keras(layer, cnn, pale, rng, assert_relative):
    """A Keras model whose layer has no activation is the network up to there."""
    x, linear = pale[:20], models.load_pretrained()
    linear.get_layer(layer).activation = keras.activations.linear
    values = by_keras.walk(linear, tf.constant(x))
    d = {name: rng.normal(size=y.shape).astype(np.float32) for name, (_, y) in values.items()}
    expected = by_keras.pixel_gradients(linear, x, d)[layer][1]
    ours = cnn.input_gradient(x, layer, d[layer], before_activation=True)
    assert_relative(ours, expected, "gradient")
    before = cnn.activations(x, before_activation=True)[layer]
    assert_relative(before, values[layer][1], "gradient")


def test_the_degree_of_activation_has_the_gradient_of_its_map(cnn, model, digits, assert_relative):
    """a^k is the sum of the 11x11 outputs of the k-th filter: chapter 6 starts from it."""
    x, k = digits.x_test[:5], 7
    d = np.zeros((5, 11, 11, 50), np.float32)
    d[..., k] = 1
    part = keras.Model(model.inputs, model.get_layer("conv2d_2").output)
    with tf.GradientTape() as tape:
        images = tf.constant(x)
        tape.watch(images)
        degree = tf.reduce_sum(part(images)[..., k])
    expected = tape.gradient(degree, images)
    assert_relative(cnn.input_gradient(x, "conv2d_2", d), expected, "gradient")


# --- one image or many ------------------------------------------------------------------------


def test_a_large_batch_is_its_images_one_by_one(cnn, digits, assert_relative):
    x = np.concatenate([digits.x_test] * 2)[:700]
    together = cnn.forward(x)
    one_by_one = np.concatenate([cnn.forward(image[np.newaxis]) for image in x])
    assert_relative(together, one_by_one, "operation")


def test_gradients_of_a_large_batch_are_those_of_its_images(cnn, pale, rng, assert_relative):
    x = pale
    d = rng.normal(size=(130, 10)).astype(np.float32)
    together = cnn.input_gradient(x, "output", d)
    one_by_one = [cnn.input_gradient(x[n : n + 1], "output", d[n : n + 1]) for n in range(130)]
    assert_relative(together, np.concatenate(one_by_one), "gradient")


def test_no_image_gives_no_outputs_of_the_right_shape(cnn):
    none = np.zeros((0, 28, 28, 1))
    assert cnn.forward(none).shape == (0, 10)
    assert cnn.activations(none)["conv2d_2"].shape == (0, 11, 11, 50)
    assert cnn.input_gradient(none, "pool_1", np.zeros((0, 13, 13, 25))).shape == none.shape


def test_activations_end_in_the_output(cnn, digits, assert_relative):
    x = digits.x_test[:300]
    values = cnn.activations(x)
    assert list(values) == LAYERS
    assert_relative(values["output"], cnn.forward(x), "operation")


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float64", "bool"])
def test_images_of_other_dtypes_are_brought_to_that_of_the_weights(dtype, rng):
    x = rng.integers(0, 2, (3, 7, 6, 2))
    expected = small().forward(x.astype(np.float32))
    y = small().forward(x.astype(dtype))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, expected)


def test_lists_are_images_too(rng):
    x = rng.integers(0, 2, (2, 7, 6, 2))
    np.testing.assert_array_equal(small().forward(x.tolist()), small().forward(x))


def test_nan_is_not_hidden(rng):
    """The quick order of the layers shows what the plain one shows."""
    x = rng.normal(size=(3, 7, 6, 2))
    x[1, 2, 2, 0] = np.nan
    cnn = small()
    y = cnn.forward(x)
    assert np.isfinite(y).all(axis=1).tolist() == [True, False, True]
    np.testing.assert_array_equal(np.isnan(y), np.isnan(cnn.activations(x)["dense_1"]))


def test_nothing_that_comes_in_is_changed(rng):
    x, d, labels = rng.normal(size=(3, 7, 6, 2)), rng.normal(size=(3, 2, 2, 3)), np.arange(3)
    copies = x.copy(), d.copy(), labels.copy()
    for array in (x, d, labels):
        array.flags.writeable = False
    cnn = small(weights={k: w.astype(float) for k, w in small().weights.items()})
    before = {name: weight.copy() for name, weight in cnn.weights.items()}
    for weight in cnn.weights.values():
        weight.flags.writeable = False
    cnn.forward(x)
    cnn.activations(x)
    cnn.evaluate(x, labels)
    cnn.gradients(x, labels)
    cnn.input_gradient(x, "pool_1", d)
    for array, copy in zip((x, d, labels), copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    for name, weight in cnn.weights.items():
        np.testing.assert_array_equal(weight, before[name])


# --- how it is made ---------------------------------------------------------------------------


def test_layers_without_a_name_are_counted_by_kind():
    chosen = [
        layers.Conv2D(2, 2),
        layers.ReLU(),
        layers.Conv2D(2, 2, name="mine"),
        layers.MaxPooling2D(1),
        layers.Conv2D(2, 2),
        layers.AveragePooling2D(1),
        layers.Dropout(),
        layers.Flatten(),
        layers.Dense(3),
        layers.Softmax(),
    ]
    cnn = CNN(chosen, (6, 6, 1))
    assert [layer.name for layer in cnn.layers] == [
        "conv2d_1", "relu_1", "mine", "pool_1", "conv2d_3", "pool_2", "dropout_1", "flatten_1",
        "dense_1", "softmax_1",
    ]  # fmt: skip
    assert "mine/kernel" in cnn.weights
    assert chosen[0].name == ""  # what came stays as it was


def test_it_prints_its_shapes_and_its_number_of_parameters(cnn):
    assert repr(cnn) == (
        "CNN((28, 28, 1) -> conv2d_1 (26, 26, 25) -> pool_1 (13, 13, 25) -> "
        "conv2d_2 (11, 11, 50) -> pool_2 (5, 5, 50) -> flatten (1250,) -> dense (100,) -> "
        "output (10,), 137,660 parameters)"
    )


def test_images_may_be_rows_of_numbers(rng, assert_relative):
    cnn = CNN([layers.Dense(5, activation="relu"), layers.Dense(2)], (3,))
    x, w = rng.normal(size=(4, 3)), cnn.weights
    hidden = np.maximum(x @ w["dense_1/kernel"] + w["dense_1/bias"], 0)
    expected = hidden @ w["dense_2/kernel"] + w["dense_2/bias"]
    assert_relative(cnn.forward(x), expected, "operation")


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("conv2d_1/kernel", np.sqrt(6 / (9 * 1 + 9 * 25))),
        ("conv2d_2/kernel", np.sqrt(6 / (9 * 25 + 9 * 50))),
        ("dense/kernel", np.sqrt(6 / (1250 + 100))),
        ("output/kernel", np.sqrt(6 / (100 + 10))),
    ],
)
def test_new_kernels_are_glorot_uniform(name, limit, cnn):
    """Uniform between the limits: as wide, and with the mean square of limit^2 / 3."""
    kernel = CNN(cnn.layers, (28, 28, 1)).weights[name].astype(float)
    standard_error = limit / np.sqrt(kernel.size)
    assert np.abs(kernel).max() <= limit
    assert np.abs(kernel).max() > limit * (1 - 10 / kernel.size)
    assert abs(kernel.mean()) < 4 * standard_error
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=4 / np.sqrt(kernel.size))


def test_keras_draws_between_the_same_limits(cnn):
    keras.utils.set_random_seed(0)
    fresh = CNN(cnn.layers, (28, 28, 1)).weights
    for layer in models.build_cnn().layers:
        for variable in layer.weights:
            theirs, ours = np.asarray(variable), fresh[f"{layer.name}/{variable.name}"]
            assert np.abs(theirs).max() == pytest.approx(np.abs(ours).max(), rel=0.1)


def test_new_biases_are_zero_and_new_weights_are_float32():
    for name, weight in small().weights.items():
        assert weight.dtype == np.float32
        assert (weight == 0).all() == name.endswith("bias")


def test_the_seed_decides_the_new_weights():
    one, again, other = (small(seed=seed).weights for seed in (1, 1, 2))
    for name in one:
        np.testing.assert_array_equal(one[name], again[name])
    assert not np.array_equal(one["conv2d_1/kernel"], other["conv2d_1/kernel"])
    default, zero = small().weights, small(seed=0).weights
    np.testing.assert_array_equal(default["dense_1/kernel"], zero["dense_1/kernel"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [("float64", "float64"), ("float32", "float32"), ("float16", "float32"), ("int64", "float32")],
)
def test_the_network_computes_in_the_dtype_of_its_weights(given, expected, rng):
    weights = {name: (9 * w).astype(given) for name, w in small().weights.items()}
    cnn = small(weights=weights)
    x, labels = rng.normal(size=(2, 7, 6, 2)).astype(np.float32), np.array([0, 1])
    assert {w.dtype.name for w in cnn.weights.values()} == {expected}
    assert cnn.forward(x).dtype == expected
    assert cnn.activations(x)["conv2d_1"].dtype == expected
    assert {g.dtype.name for g in cnn.gradients(x, labels).values()} == {expected}
    assert cnn.input_gradient(x, "dense_1", np.ones((2, 4))).dtype == expected


def test_one_weight_in_float64_makes_all_of_them_float64():
    weights = small().weights
    weights["dense_1/bias"] = weights["dense_1/bias"].astype(np.float64)
    assert {w.dtype.name for w in small(weights=weights).weights.values()} == {"float64"}


def test_the_weights_are_copies():
    weights = small().weights
    cnn = small(weights=weights)
    for name, weight in cnn.weights.items():
        assert not np.shares_memory(weight, weights[name])
    weights["dense_1/kernel"][...] = 0
    assert cnn.weights["dense_1/kernel"].any()


# --- from Keras -------------------------------------------------------------------------------


def sequential(*chosen, shape=(8, 8, 1), name="mine"):
    return keras.Sequential([keras.Input(shape), *chosen], name=name)


def test_from_keras_copies_and_leaves_the_model_alone(model, digits):
    before = model.get_weights()
    cnn = CNN.from_keras(model)
    for weight in cnn.weights.values():
        weight[...] = 0
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert [layer.name for layer in cnn.layers] == LAYERS


def test_from_keras_takes_a_model_that_was_built_later(rng, assert_relative):
    model = keras.Sequential([keras.layers.Conv2D(2, 3), keras.layers.Flatten()])
    model.build((None, 5, 5, 1))
    x = rng.normal(size=(2, 5, 5, 1)).astype(np.float32)
    assert_relative(CNN.from_keras(model).forward(x), model(x), "operation")


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_from_keras_keeps_the_padding(padding):
    chosen = keras.layers.Conv2D(2, 3, padding=padding), keras.layers.MaxPooling2D(3, 2, padding)
    cnn = CNN.from_keras(sequential(*chosen))
    assert [layer.padding for layer in cnn.layers] == [padding, padding]
    assert cnn.forward(np.zeros((1, 8, 8, 1))).shape[1:] == sequential(*chosen).output_shape[1:]


L = keras.layers


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ([L.BatchNormalization(name="norm")], "layer 'norm' is of the kind BatchNormalization"),
        ([L.LeakyReLU(name="leaky")], "layer 'leaky' is of the kind LeakyReLU"),
        ([L.GlobalMaxPooling2D(name="glob")], "layer 'glob' is of the kind GlobalMaxPooling2D"),
        ([L.Activation("tanh", name="act")], "layer 'act'"),
        ([L.Conv2D(2, 3, activation="tanh", name="c")], "layer 'c': activation .* got tanh"),
        ([L.Conv2D(2, 3, activation="leaky_relu", name="c")], "layer 'c': activation .* leaky"),
        ([L.Flatten(), L.Dense(2, activation="gelu", name="d")], "layer 'd': activation .* gelu"),
        ([L.ReLU(negative_slope=0.1, name="r")], "layer 'r' has negative_slope=0.1, known is 0"),
        ([L.ReLU(max_value=6, name="r")], "layer 'r' has max_value=6.* known is None"),
        ([L.ReLU(threshold=1, name="r")], "layer 'r' has threshold=1.* known is 0"),
        ([L.Softmax(axis=1, name="s")], "layer 's' has axis=1, known is -1"),
        (
            [L.Conv2D(2, 3, data_format="channels_first", padding="same", name="c")],
            "layer 'c' has data_format='channels_first', known is 'channels_last'",
        ),
        (
            [L.MaxPooling2D(1, data_format="channels_first", name="p")],
            "layer 'p' has data_format='channels_first'",
        ),
        ([L.Dense(2, name="d")], r"layer 'd': expected inputs \(D,\), so put a Flatten before it"),
        ([keras.Sequential([L.Flatten()], name="inner")], "layer 'inner' is of the kind Sequenti"),
    ],
)
def test_from_keras_names_the_layer_that_it_does_not_know(chosen, message):
    with pytest.raises(ValueError, match=message):
        CNN.from_keras(sequential(*chosen))


def test_from_keras_takes_sequential_models_only():
    image = keras.Input((8, 8, 1))
    functional = keras.Model(image, keras.layers.Flatten()(image))
    with pytest.raises(TypeError, match="from_keras: expected a Keras Sequential, got Functional"):
        CNN.from_keras(functional)
    with pytest.raises(TypeError, match="from_keras: expected a Keras Sequential, got str"):
        CNN.from_keras("cnn")


def test_from_keras_needs_images_of_one_size():
    message = "from_keras: model 'mine' must be built for images of one size"
    with pytest.raises(ValueError, match=message):
        CNN.from_keras(keras.Sequential([keras.layers.Flatten()], name="mine"))
    with pytest.raises(ValueError, match=message):
        CNN.from_keras(sequential(keras.layers.Conv2D(2, 3), shape=(None, None, 1)))


# --- what it refuses --------------------------------------------------------------------------

C, D, F = layers.Conv2D, layers.Dense, layers.Flatten


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: CNN([], (6, 6, 1)), ValueError, "CNN: expected at least one layer, got none"),
        (lambda: CNN(["relu"], (6, 6, 1)), TypeError, "CNN: expected layers .* got 'relu'"),
        (lambda: CNN([F], (6, 6, 1)), TypeError, "CNN: expected layers .* got <class"),
        (
            lambda: CNN([F(name="a"), D(2, name="a")], (6, 6, 1)),
            ValueError,
            "CNN: two layers are called 'a'",
        ),
        (
            lambda: CNN([D(2, name="out")], (6, 6, 1)),
            ShapeError,
            r"layer 'out': expected inputs \(D,\), so put a Flatten before it, got \(6, 6, 1\)",
        ),
        (
            lambda: CNN([F(), C(2, 3, name="late")], (6, 6, 1)),
            ShapeError,
            r"layer 'late': expected inputs \(H, W, C\), got \(36,\)",
        ),
        (
            lambda: CNN([F(), layers.MaxPooling2D(name="late")], (6, 6, 1)),
            ShapeError,
            r"layer 'late': expected inputs \(H, W, C\), got \(36,\)",
        ),
        (
            lambda: CNN([C(2, 3), C(2, 5, name="big")], (6, 6, 1)),
            ShapeError,
            "layer 'big': a window of 5x5 does not fit on an image of 4x4",
        ),
        (
            lambda: CNN([layers.MaxPooling2D(7)], (6, 6, 1)),
            ShapeError,
            "layer 'pool_1': .*7x7 .* 6x6",
        ),
        (lambda: D(2, activation="tanh", name="d"), ValueError, "layer 'd': .* relu, .* got tanh"),
        (lambda: C(2, 3, activation="tanh", name="c"), ValueError, "layer 'c': .* got tanh"),
        (
            lambda: CNN([C(2, 3, groups=2)], (6, 6, 3)),
            ShapeError,
            "layer 'conv2d_1': 3 channels do not divide into 2 groups",
        ),
        (
            lambda: CNN([C(3, 3, groups=2)], (6, 6, 2)),
            ShapeError,
            "layer 'conv2d_1': 3 filters do not divide into 2 groups",
        ),
        (lambda: CNN([C(0, 3)], (6, 6, 1)), ValueError, "'conv2d_1': filters .* at least 1, got 0"),
        (lambda: CNN([C("3", 3)], (6, 6, 1)), TypeError, "'conv2d_1': filters .* integer, got '3'"),
        (lambda: CNN([C(1, 0)], (6, 6, 1)), ValueError, "'conv2d_1': kernel .* at least 1, got 0"),
        (lambda: CNN([C(1, 3, strides=0)], (6, 6, 1)), ValueError, "'conv2d_1': stride .* got 0"),
        (
            lambda: CNN([C(1, 3, padding="full")], (6, 6, 1)),
            ValueError,
            "'conv2d_1': padding .* got 'full'",
        ),
        (lambda: CNN([F(), D(0)], (6, 6, 1)), ValueError, "'dense_1': units .* at least 1, got 0"),
        (lambda: CNN([F()], (0, 6, 1)), ValueError, "CNN: input_shape .* at least 1, got 0"),
        (lambda: CNN([F()], (6.0, 6, 1)), TypeError, "CNN: input_shape .* integer, got 6.0"),
        (lambda: small(seed=-1), ValueError, "CNN: seed must be at least 0, got -1"),
        (lambda: small(seed=1.5), TypeError, "CNN: seed must be an integer, got 1.5"),
    ],
)
def test_it_names_what_does_not_fit(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("rate", [-0.1, 5, np.nan, "half"])
def test_a_rate_of_dropout_lies_between_0_and_1(rate):
    with pytest.raises((ValueError, TypeError), match="rate"):
        CNN([layers.Dropout(rate)], (6, 6, 1))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda w: w.pop("dense_1/bias"),
            ValueError,
            r"missing: \['dense_1/bias'\]; not known: \[\]",
        ),
        (lambda w: w.update(more=1), ValueError, r"missing: \[\]; not known: \['more'\]"),
        (
            lambda w: w.update({"conv2d_1/kernel": np.zeros((3, 3, 3, 2))}),
            ShapeError,
            r"CNN: conv2d_1/kernel must have shape \(3, 3, 2, 3\), got \(3, 3, 3, 2\)",
        ),
        (
            lambda w: w.update({"dense_1/bias": ["a"] * 4}),
            TypeError,
            "CNN: dense_1/bias must hold real numbers",
        ),
    ],
)
def test_it_names_the_weights_that_do_not_fit(change, error, message):
    weights = small().weights
    change(weights)
    with pytest.raises(error, match=message):
        small(weights=weights)


X, Y = np.zeros((3, 7, 6, 2)), np.arange(3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda cnn: cnn.forward(X[0]),
            ShapeError,
            r"forward: the network takes images \(N, 7, 6, 2\), got \(7, 6, 2\)",
        ),
        (lambda cnn: cnn.forward(X[:, :6]), ShapeError, r"got \(3, 6, 6, 2\)"),
        (lambda cnn: cnn.forward(3), ShapeError, r"got \(\)"),
        (lambda cnn: cnn.forward(X + 1j), TypeError, "forward: x must hold real numbers, got dty"),
        (lambda cnn: cnn.forward("digit"), TypeError, "forward: x must hold real numbers"),
        (lambda cnn: cnn.activations(X[0]), ShapeError, "activations: the network takes images"),
        (lambda cnn: cnn.evaluate(X[0], Y), ShapeError, "evaluate: the network takes images"),
        (lambda cnn: cnn.evaluate(X[:0], Y[:0]), ShapeError, "evaluate: .* at least one image"),
        (lambda cnn: cnn.evaluate(X, Y[:2]), ShapeError, r"evaluate: 3 images need labels \(3,\)"),
        (lambda cnn: cnn.evaluate(X, Y + 2), ValueError, "evaluate: .* 0 and 3, got 2 to 4"),
        (lambda cnn: cnn.gradients(X, Y - 1), ValueError, "gradients: .* 0 and 3, got -1 to 1"),
        (lambda cnn: cnn.gradients(X, Y * 1.0), TypeError, "gradients: labels must be integers"),
        (
            lambda cnn: cnn.input_gradient(X, "conv9", X),
            ValueError,
            r"input_gradient: layer must be one of \['conv2d_1', .*\], got 'conv9'",
        ),
        (
            lambda cnn: cnn.input_gradient(X, "dense_1", np.zeros((3, 5))),
            ShapeError,
            r"input_gradient: d_layer must have the shape of the output, \(3, 4\), got \(3, 5\)",
        ),
        (
            lambda cnn: cnn.input_gradient(X, "dense_1", np.zeros((2, 4))),
            ShapeError,
            r"input_gradient: d_layer must have the shape of the output, \(3, 4\), got \(2, 4\)",
        ),
        (lambda cnn: cnn.input_gradient(X[0], "pool_1", X), ShapeError, "input_gradient: the net"),
        (
            lambda cnn: cnn.input_gradient(X, "dense_1", [["a"] * 4] * 3),
            TypeError,
            "input_gradient: d_layer must hold real numbers",
        ),
    ],
)
def test_it_names_what_is_wrong_with_the_data(call, error, message):
    with pytest.raises(error, match=message):
        call(small())


@pytest.mark.parametrize("name", ["evaluate", "gradients"])
def test_a_loss_needs_a_softmax_at_the_end(name):
    for end in ([layers.Dense(4)], [layers.Dense(4, activation="relu")]):
        cnn = CNN([layers.Flatten(), *end], (7, 6, 2))
        message = f"{name}: the network must end in a softmax, its last layer is Dense"
        with pytest.raises(ValueError, match=message):
            getattr(cnn, name)(X, Y)


def test_a_loss_needs_one_row_of_probabilities_for_each_image():
    cnn = CNN([layers.Conv2D(4, 3, activation="softmax")], (7, 6, 2))
    with pytest.raises(ValueError, match="evaluate: the network must end in a softmax"):
        cnn.evaluate(X, Y)
