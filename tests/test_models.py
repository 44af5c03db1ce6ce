"""The lecture's networks: sizes and parameters as the lecture prints them, and the weights."""

import math
import re

import numpy as np
import pytest

from lecturekit import data, models
from lecturekit._tensorflow import keras
from lecturekit.augmentation import move
from lecturekit.data import _bundled
from lecturekit.reference import CNN, layers
from lecturekit.shapes import ShapeError
from lecturekit.training import evaluate, train


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture(scope="module")
def pretrained():
    return models.load_pretrained()


# --- mixed precision ---------------------------------------------------------------------------


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def policy(request):
    """Keras builds layers that compute with half of the bits, and is told to do as before."""
    before = keras.config.dtype_policy()
    keras.mixed_precision.set_dtype_policy(request.param)
    yield request.param
    keras.mixed_precision.set_dtype_policy(before)


@pytest.mark.parametrize("build", [models.build_cnn, models.build_dnn])
def test_with_mixed_precision_the_softmax_keeps_all_bits(build, policy, digits):
    model = build()
    *hidden, output = model.layers
    assert {layer.compute_dtype for layer in hidden} == {policy.removeprefix("mixed_")}
    assert output.compute_dtype == "float32"
    assert {weight.dtype for weight in model.weights} == {"float32"}
    p = np.asarray(model(digits.x_test[:20]))
    assert p.dtype == "float32"
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=0, atol=1e-6)


@pytest.mark.usefixtures("policy")
def test_with_mixed_precision_a_network_learns(digits):
    model = models.build_cnn()
    history = train(model, (digits.x_train[:400], digits.y_train[:400]), epochs=3, batch_size=20)
    assert history.loss[-1] < 0.7 * history.loss[0]
    scales = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scales == (keras.config.dtype_policy().name == "mixed_float16")  # small gradients stay


def test_without_mixed_precision_nothing_is_converted():
    model = models.build_cnn()
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}


# --- the CNN ----------------------------------------------------------------------------------


def test_cnn_has_the_sizes_and_parameters_that_the_lecture_prints():
    model = models.build_cnn()
    table = {layer.name: (layer.output.shape[1:], layer.count_params()) for layer in model.layers}
    assert table == {
        "conv2d_1": ((26, 26, 25), 250),
        "pool_1": ((13, 13, 25), 0),
        "conv2d_2": ((11, 11, 50), 11_300),
        "pool_2": ((5, 5, 50), 0),
        "flatten": ((1250,), 0),
        "dense": ((100,), 125_100),
        "output": ((10,), 1_010),
    }
    assert model.count_params() == 137_660
    assert model.input_shape == (None, 28, 28, 1)
    assert math.prod(model.get_layer("conv2d_1").kernel.shape[:3]) == 9  # weights of one filter
    assert math.prod(model.get_layer("conv2d_2").kernel.shape[:3]) == 225


@pytest.mark.parametrize(("activation", "name"), [("relu", "relu"), (None, "linear")])
def test_the_activation_after_the_convolutions_is_an_option(activation, name):
    model = models.build_cnn(activation=activation)
    for layer in ("conv2d_1", "conv2d_2"):
        assert model.get_layer(layer).activation is keras.activations.get(name)
    assert model.get_layer("dense").activation is keras.activations.relu
    assert model.get_layer("output").activation is keras.activations.softmax


def test_relu_is_the_default():
    assert models.build_cnn().get_layer("conv2d_2").activation is keras.activations.relu


@pytest.mark.parametrize(
    ("input_shape", "classes", "parameters"),
    [
        ((28, 28, 3), 10, 137_660 + 25 * 18),  # three channels: each first filter is a 3x3x3 cube
        ((10, 10, 1), 10, 250 + 11_300 + 50 * 100 + 100 + 1_010),  # the smallest image: 1x1x50
        ((10, 40, 1), 2, 250 + 11_300 + 50 * 8 * 100 + 100 + 202),
        ([np.int64(28), 28, 1], np.int64(10), 137_660),
    ],
)
def test_cnn_for_other_images_and_classes(input_shape, classes, parameters):
    model = models.build_cnn(input_shape, classes)
    assert model.count_params() == parameters
    assert model.output_shape == (None, classes)


def test_the_same_seed_gives_the_same_weights():
    made = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        made.append(models.build_cnn().get_weights()[0])
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


# --- the fully connected network --------------------------------------------------------------


@pytest.mark.parametrize(
    ("hidden", "names", "parameters"),
    [
        ((500, 500), ["flatten", "dense_1", "dense_2", "output"], 648_010),
        ((), ["flatten", "output"], 7_850),
        ([3], ["flatten", "dense_1", "output"], 785 * 3 + 40),
        (range(1, 3), ["flatten", "dense_1", "dense_2", "output"], 785 + 4 + 30),
    ],
)
def test_dnn_layers_and_parameters(hidden, names, parameters):
    model = models.build_dnn(hidden=hidden)
    assert [layer.name for layer in model.layers] == names
    assert model.count_params() == parameters
    for name in names[1:-1]:
        assert model.get_layer(name).activation is keras.activations.relu
    assert model.get_layer("output").activation is keras.activations.softmax


# --- the bundled weights ----------------------------------------------------------------------


def test_pretrained_reads_at_least_98_percent_of_the_held_out_digits(pretrained, digits):
    _, accuracy = evaluate(pretrained, digits.x_test, digits.y_test)
    assert accuracy >= 0.98


def test_the_text_beside_the_weights_says_how_good_they_are(pretrained, digits):
    text = (_bundled.FOLDER / "cnn_weights.md").read_text(encoding="utf-8")
    stated = float(re.search(r"\| 0 pixels \| ([\d.]+) % \|", text)[1])
    _, accuracy = evaluate(pretrained, digits.x_test, digits.y_test)
    assert stated == round(100 * accuracy, 2)
    assert _bundled.read_checksums()["cnn_weights.npz"] in text


@pytest.mark.parametrize("shift", [(2, 0), (-2, 0), (0, 2), (0, -2)])
def test_pretrained_reads_moved_digits(pretrained, digits, shift):
    """Readers draw digits that are not in the middle."""
    moved = move(digits.x_test, down=shift[0], right=shift[1])
    assert evaluate(pretrained, moved, digits.y_test)[1] >= 0.95


def test_keras_and_numpy_hold_the_same_weights(pretrained):
    weights = data.load_weights()
    for layer in ("conv2d_1", "conv2d_2", "dense", "output"):
        kernel, bias = pretrained.get_layer(layer).get_weights()
        np.testing.assert_array_equal(kernel, weights[f"{layer}/kernel"])
        np.testing.assert_array_equal(bias, weights[f"{layer}/bias"])


def test_the_last_two_rows_and_columns_never_change_the_output(pretrained, digits, rng):
    """Pooling takes 11 to 5 and drops a row and a column; two rows and columns are lost with it."""
    images = digits.x_test[:20]
    changed = images.copy()
    changed[:, -2:, :] = rng.random((20, 2, 28, 1))
    changed[:, :, -2:] = rng.random((20, 28, 2, 1))
    before = pretrained.predict(images, verbose=0)
    np.testing.assert_array_equal(pretrained.predict(changed, verbose=0), before)
    changed[:, -3, 14] += 1  # the third row from the end does count
    assert np.abs(pretrained.predict(changed, verbose=0) - before).max() > 0


def test_damaged_weights_do_not_load(tmp_path, monkeypatch):
    content = bytearray((_bundled.FOLDER / "cnn_weights.npz").read_bytes())
    content[-10_000] ^= 1
    (tmp_path / "cnn_weights.npz").write_bytes(content)
    checksums = (_bundled.FOLDER / _bundled.CHECKSUMS).read_bytes()
    (tmp_path / _bundled.CHECKSUMS).write_bytes(checksums)
    monkeypatch.setattr(_bundled.read_npz, "__kwdefaults__", {"folder": tmp_path})
    with pytest.raises(data.DataFileError, match=r"cnn_weights\.npz is missing or damaged"):
        models.load_pretrained()


# --- from the network in NumPy ----------------------------------------------------------------


def reference(*chosen, dtype="float32"):
    """A network in NumPy of the layers, on images (9, 8, 4), with weights of which none is 0."""
    rng = np.random.default_rng(0)
    new = CNN(chosen, (9, 8, 4)).weights
    weights = {name: rng.normal(size=w.shape).astype(dtype) for name, w in new.items()}
    return CNN(chosen, (9, 8, 4), weights=weights)


CHAINS = {
    "convolution": [layers.Conv2D(3, 3, activation="relu", name="first")],
    "stride": [layers.Conv2D(3, (2, 3), strides=(2, 1), padding="same", use_bias=False)],
    "dilation": [layers.Conv2D(3, 2, dilation_rate=(2, 3))],
    "groups": [layers.Conv2D(6, 3, groups=2)],
    "max_pooling": [layers.MaxPooling2D((2, 3), strides=2, padding="same")],
    "average_pooling": [layers.AveragePooling2D(2), layers.AveragePooling2D(3, padding="same")],
    "small_layers": [layers.ReLU(), layers.Dropout(0.3), layers.Softmax(), layers.Flatten()],
    "dense": [
        layers.Flatten(),
        layers.Dense(5, activation="relu"),
        layers.Dense(4, use_bias=False),
        layers.Dense(3, activation="softmax"),
    ],
}


@pytest.mark.parametrize(("dtype", "line"), [("float32", "operation"), ("float64", "float64")])
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_from_reference_gives_the_same_network_and_the_way_back_too(
    chain, dtype, line, rng, assert_relative
):
    cnn = reference(*chain, dtype=dtype)
    model = models.from_reference(cnn)
    assert [layer.name for layer in model.layers] == [layer.name for layer in cnn.layers]
    x = rng.normal(size=(2, 9, 8, 4)).astype(dtype)
    y = model(x)
    if not cnn.weights:  # then both compute in float32
        dtype, line = "float32", "operation"
    assert y.dtype == dtype
    assert_relative(y, cnn.forward(x), line)
    again = CNN.from_keras(model)
    assert again.weights.keys() == cnn.weights.keys()
    for name, weight in cnn.weights.items():
        np.testing.assert_array_equal(again.weights[name], weight, strict=True)
    np.testing.assert_array_equal(again.forward(x), cnn.forward(x))


def test_from_reference_copies_and_leaves_the_network_alone():
    cnn = reference(layers.Flatten(), layers.Dense(2, activation="softmax"))
    before = {name: weight.copy() for name, weight in cnn.weights.items()}
    model = models.from_reference(cnn)
    model.layers[1].kernel.assign(np.zeros((288, 2)))
    for name, weight in cnn.weights.items():
        np.testing.assert_array_equal(weight, before[name])


def test_from_reference_of_the_bundled_network_is_the_pretrained_model(pretrained, digits):
    model = models.from_reference(data.load_cnn())
    assert not model.compiled
    assert model.input_shape == pretrained.input_shape
    for ours, theirs in zip(model.layers, pretrained.layers, strict=True):
        assert (ours.name, type(ours)) == (theirs.name, type(theirs))
        for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
    x = digits.x_test[:50]
    expected = pretrained.predict(x, verbose=0)
    np.testing.assert_array_equal(model.predict(x, verbose=0), expected)


def test_a_network_in_float64_becomes_a_model_that_computes_in_float64(rng):
    model = models.from_reference(reference(*CHAINS["dense"], dtype="float64"))
    assert {variable.dtype for variable in model.weights} == {"float64"}
    assert model(rng.normal(size=(1, 9, 8, 4))).dtype == "float64"
    assert keras.config.floatx() == "float32"


@pytest.mark.parametrize(
    ("layer", "padding"),
    [
        (layers.Conv2D(2, 3, padding=1, name="odd"), "1"),
        (layers.Conv2D(2, 3, padding=(0, 2), name="odd"), r"\(0, 2\)"),
        (layers.MaxPooling2D(3, padding=1, name="odd"), "1"),
        (layers.AveragePooling2D(3, padding=(1, 0), name="odd"), r"\(1, 0\)"),
    ],
)
def test_from_reference_names_the_layer_that_pads_by_pixels(layer, padding):
    message = f"from_reference: layer 'odd': padding must be .* for Keras, got {padding}"
    with pytest.raises(ValueError, match=message):
        models.from_reference(reference(layer))


@pytest.mark.parametrize("wrong", [None, "cnn", {}])
def test_from_reference_takes_networks_in_numpy_only(wrong):
    name = type(wrong).__name__
    with pytest.raises(TypeError, match=f"from_reference: expected a reference.CNN, got {name}"):
        models.from_reference(wrong)


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input_shape": (9, 28, 1)}, ShapeError, "build_cnn: .* at least 10x10 .* got 9x28"),
        ({"input_shape": (1, 28, 28)}, ShapeError, r"got 1x28 \(input_shape \(1, 28, 28\)\)"),
        ({"input_shape": (28, 28)}, ShapeError, r"\(height, width, channels\), got \(28, 28\)"),
        ({"input_shape": (None, 28, 28, 1)}, ShapeError, "build_cnn: input_shape must be"),
        ({"input_shape": 28}, ShapeError, "build_cnn: input_shape must be .* got 28"),
        ({"input_shape": (28, 28, 0)}, ValueError, "build_cnn: .* must be at least 1, got 0"),
        ({"input_shape": (28, -28, 1)}, ValueError, "build_cnn: .* must be at least 1, got -28"),
        ({"input_shape": (28.0, 28, 1)}, TypeError, "build_cnn: .* must be an integer, got 28.0"),
        ({"input_shape": ("28", 28, 1)}, TypeError, "build_cnn: .* must be an integer, got '28'"),
        ({"classes": 1}, ValueError, "build_cnn: classes must be at least 2, got 1"),
        ({"classes": 10.0}, TypeError, "build_cnn: classes must be an integer, got 10.0"),
        ({"classes": True}, TypeError, "build_cnn: classes must be an integer, got True"),
        ({"activation": "rellu"}, ValueError, "build_cnn: activation .* got 'rellu'"),
        ({"activation": 3}, ValueError, "build_cnn: activation .* got 3"),
    ],
)
def test_build_cnn_names_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        models.build_cnn(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input_shape": (784,)}, ShapeError, r"build_dnn: input_shape must be .* got \(784,\)"),
        ({"input_shape": (0, 28, 1)}, ValueError, "build_dnn: .* must be at least 1, got 0"),
        ({"classes": 0}, ValueError, "build_dnn: classes must be at least 2, got 0"),
        ({"hidden": 500}, TypeError, r"build_dnn: hidden must be sizes such as .* got 500"),
        ({"hidden": "500"}, TypeError, "build_dnn: hidden must be sizes such as .* got '500'"),
        ({"hidden": (500, 0)}, ValueError, "build_dnn: hidden must be at least 1, got 0"),
        ({"hidden": (500, 2.5)}, TypeError, "build_dnn: hidden must be an integer, got 2.5"),
    ],
)
def test_build_dnn_names_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        models.build_dnn(**arguments)
