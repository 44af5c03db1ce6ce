"""Every statement and number of the lecture on the CNN in Keras. Chapter 5."""

import itertools

import numpy as np
import pytest

from lecturekit import data, lecture, models, shapes, training
from lecturekit import reference as ref
from lecturekit._tensorflow import keras
from lecturekit.augmentation import move

layers = keras.layers


def slide_model():
    """Build the lecture's CNN line by line, as the chapter writes it."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(25, (3, 3)),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(50, (3, 3)),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(100, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def suspect_model():
    """Build the CNN of the case: channels first in its first layer alone."""
    first = layers.Conv2D(25, (3, 3), activation="relu", data_format="channels_first")
    rest = slide_model().layers[1:]
    fresh = [type(layer).from_config(layer.get_config()) for layer in rest]
    return keras.Sequential([keras.Input((1, 28, 28)), first, *fresh])


@pytest.fixture(scope="module")
def cnn():
    return models.build_cnn()


@pytest.fixture(scope="module")
def dnn():
    return models.build_dnn()


@pytest.fixture(scope="module")
def study():
    return data.load_seed_study()


@pytest.fixture(scope="module")
def accuracy(study):
    """Mean accuracy over the ten seeds, by network: (5,), one for each pixel moved."""
    return {name: right.mean(axis=(0, 2)) for name, right in study.items()}


# --- the structure ----------------------------------------------------------------------------


def test_the_lines_of_the_slide_are_build_cnn_without_activation():
    built = models.build_cnn(activation=None)
    for written, made in zip(slide_model().layers, built.layers, strict=True):
        assert type(written) is type(made)
        assert written.get_config() | {"name": ""} == made.get_config() | {"name": ""}


@pytest.mark.parametrize(("layer", "shape"), lecture.LAYER_SHAPES.items())
def test_the_shapes_of_the_slide(cnn, layer, shape):
    assert cnn.get_layer(layer).output.shape == (None, *shape)


def test_dense_100_and_output_10(cnn):
    units = [(layer.units, layer.activation.__name__) for layer in cnn.layers[-2:]]
    assert units == [(100, "relu"), (10, "softmax")]


@pytest.mark.parametrize(
    ("layer", "count"),
    [("conv2d_1", 250), ("conv2d_2", 11_300), ("dense", 125_100), ("output", 1_010)],
)
def test_parameters_of_each_layer(cnn, layer, count):
    assert cnn.get_layer(layer).count_params() == count


def test_a_filter_has_9_weights_then_225(cnn):
    assert dict(lecture.PARAMETERS_PER_FILTER) == {"conv2d_1": 9, "conv2d_2": 225}
    for layer, weights in lecture.PARAMETERS_PER_FILTER.items():
        assert np.prod(cnn.get_layer(layer).kernel.shape[:3]) == weights


def test_the_cnn_has_about_a_fifth_of_the_parameters(cnn, dnn):
    assert (cnn.count_params(), dnn.count_params()) == (137_660, 648_010)
    assert cnn.count_params() / dnn.count_params() == pytest.approx(1 / 5, abs=0.02)
    assert [layer.count_params() for layer in dnn.layers if layer.weights] == [
        392_500, 250_500, 5_010,
    ]  # fmt: skip


def test_compile_and_train_are_the_same_for_both():
    x, y = data.load_digits()[:2]
    for build in (models.build_cnn, models.build_dnn):
        network = build()
        network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = training.train(network, (x[:64], y[:64]), epochs=1, batch_size=32)
        assert history.loss.shape == (1,)
        assert network.predict(x[:3], verbose=0).shape == (3, 10)


# --- the input format -------------------------------------------------------------------------


def test_input_shape_28_28_1(cnn):
    assert cnn.input_shape == (None, *lecture.INPUT_SHAPE) == (None, 28, 28, 1)


def test_3_channels_for_rgb_change_the_first_layer_only():
    color = models.build_cnn((28, 28, 3))
    counts = [color.get_layer(name).count_params() for name in ("conv2d_1", "conv2d_2")]
    assert counts == [(3 * 3 * 3 + 1) * 25, 11_300] == [700, 11_300]


def test_the_dnn_takes_a_vector_of_784(dnn):
    assert dnn.get_layer("flatten").output.shape == (None, 784)
    assert dnn.get_layer("dense_1").kernel.shape == (784, 500)


def test_shuffled_pixels_are_nothing_new_for_a_dnn(dnn, rng, assert_close):
    order, x = rng.permutation(784), rng.random((4, 28, 28, 1), dtype=np.float32)
    twin = models.build_dnn()
    twin.set_weights(dnn.get_weights())
    kernel, bias = dnn.get_layer("dense_1").get_weights()
    twin.get_layer("dense_1").set_weights([kernel[order], bias])
    shuffled = x.reshape(4, -1)[:, order].reshape(x.shape)
    assert_close(twin(shuffled), dnn(x), "operation")
    assert np.abs(dnn(shuffled) - dnn(x)).max() > 1e-3


def test_shuffled_pixels_harm_the_cnn_and_not_the_dnn(accuracy):
    assert accuracy["cnn"][0] - accuracy["cnn_shuffled"][0] > 0.01
    assert abs(accuracy["dnn"][0] - accuracy["dnn_shuffled"][0]) < 0.005


@pytest.mark.parametrize(
    ("worse", "points", "error"), [("cnn_shuffled", 2.3, 0.6), ("dnn", 0.9, 0.5)]
)
def test_differences_digit_by_digit_and_their_standard_errors(study, worse, points, error):
    by_digit = 100 * (study["cnn"][:, 0].mean(axis=0) - study[worse][:, 0].mean(axis=0))
    assert round(by_digit.mean(), 1) == points
    assert round(by_digit.std() / np.sqrt(len(by_digit)), 1) == error


# --- a line of Keras 1 ------------------------------------------------------------------------


def test_the_third_argument_is_the_stride_today():
    assert layers.Convolution2D is layers.Conv2D
    layer = layers.Convolution2D(25, 3, 3)
    assert (layer.kernel_size, layer.strides) == ((3, 3), (3, 3))
    assert layer(keras.Input((28, 28, 1))).shape == (None, 9, 9, 25)
    assert shapes.output_size(28, 3, stride=3) == 9
    assert shapes.dropped(28, 3, stride=3) == 1


def keras_1_shapes(size):
    """Add the layers as Keras 1 wrote them, until one raises; return the shapes so far."""
    x, found = keras.Input((size, size, 1)), []
    for filters in (25, 50):
        for layer in (layers.Convolution2D(filters, 3, 3), layers.MaxPooling2D((2, 2))):
            try:
                x = layer(x)
            except ValueError as error:
                assert "zero or negative" in str(error)  # noqa: PT017
                return found
            found.append(x.shape[1:])
    return found


def test_the_slides_lines_fail_only_at_the_second_pooling():
    assert keras_1_shapes(28) == [(9, 9, 25), (4, 4, 25), (1, 1, 50)]


def test_from_36_by_36_on_nothing_fails():
    assert len(keras_1_shapes(35)) == 3
    assert len(keras_1_shapes(36)) == 4


@pytest.mark.parametrize("word", [{"border_mode": "valid"}, {"nb_filter": 25}])
def test_other_words_of_keras_1_raise(word):
    with pytest.raises((TypeError, ValueError)):
        layers.Convolution2D(25, (3, 3), **word)


# --- the activation ---------------------------------------------------------------------------


def test_relu_is_an_option_of_ours():
    convolutions = ("conv2d_1", "conv2d_2")
    for activation, name in [("relu", "relu"), (None, "linear")]:
        network = models.build_cnn(activation=activation)
        assert {network.get_layer(c).activation.__name__ for c in convolutions} == {name}


def test_max_pooling_is_not_linear():
    map_1, map_2 = lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2
    pooled_sum, pooled_1, pooled_2 = (
        ref.max_pool2d(m.reshape(1, 4, 4, 1)).ravel() for m in (map_1 + map_2, map_1, map_2)
    )
    assert pooled_sum.tolist() == [2, -2, 2, 2]
    assert (pooled_1 + pooled_2).tolist() == [2, 1, 3, 4]


# --- what 360 digits can prove, and what they can show ----------------------------------------


def test_the_standard_error_on_360_digits_is_0_7_points(rng):
    digits = len(data.load_digits().y_test)
    for count, points in ((digits, 0.74), (4 * digits, 0.37)):
        assert round(100 * np.sqrt(0.98 * 0.02 / count), 2) == points
        # The formula against coins that fall right with probability 0.98.
        measured = 100 * rng.binomial(count, 0.98, 100_000) / count
        assert abs(measured.std() - points) < 0.01


def test_360_digits_do_not_tell_which_network_reads_better(study):
    rights = [study[name][:, 0].sum(axis=1) for name in ("cnn", "dnn")]
    assert abs(rights[0].mean() - rights[1].mean()) < 2 * np.sqrt(2 * 360 * 0.98 * 0.02)
    assert max(r.min() for r in rights) <= min(r.max() for r in rights)  # the seeds overlap


def test_moved_digits_show_the_advantage_of_the_cnn(study):
    for pixels in (2, 3):
        cnn, dnn = (study[name][:, pixels].mean(axis=1) for name in ("cnn", "dnn"))
        assert cnn.min() > dnn.max()


def test_the_cnn_is_not_indifferent_to_place_either(accuracy):
    assert (np.diff(accuracy["cnn"]) < 0).all()
    assert accuracy["cnn"][0] - accuracy["cnn"][4] > 0.5


def test_the_filters_move_along_with_the_digit(assert_close):
    x = data.load_digits().x_test[:5]
    first = models.load_pretrained().get_layer("conv2d_1")
    assert_close(first(move(x, right=2))[:, :, 2:], first(x)[:, :, :-2], "operation")


def test_the_pretrained_network_reads_moved_digits_better(accuracy):
    digits = data.load_digits()
    pretrained = models.load_pretrained()
    _, still = training.evaluate(pretrained, digits.x_test, digits.y_test)
    _, moved = training.evaluate(pretrained, move(digits.x_test, right=2), digits.y_test)
    assert still >= 0.98
    assert moved > accuracy["cnn"][2] + 0.1


def test_the_3_of_the_figures_is_lost_5_pixels_to_the_right():
    x = data.load_digits().x_test[[217]]
    assert data.load_digits().y_test[217] == 3
    places = np.concatenate([move(x, right=pixels) for pixels in range(6)])
    p = models.load_pretrained().predict(places, verbose=0)
    assert p.argmax(axis=1).tolist() == [3, 3, 3, 3, 3, 0]
    np.testing.assert_allclose(p[5, [0, 3, 9, 8]], [0.69, 0.15, 0.14, 0.02], atol=0.01)


def test_the_mistakes_that_the_chapter_discusses():
    """Few, and in each the right class is the second guess."""
    digits = data.load_digits()
    guesses = models.load_pretrained().predict(digits.x_test, verbose=0).argsort(axis=1)
    wrong = guesses[:, -1] != digits.y_test
    assert 1 <= np.count_nonzero(wrong) <= 7
    np.testing.assert_array_equal(guesses[wrong, -2], digits.y_test[wrong])


# --- the case ---------------------------------------------------------------------------------


def test_the_suspect_pools_across_channels():
    found = [layer.output.shape[1:] for layer in suspect_model().layers]
    assert found == [
        (25, 26, 26), (12, 13, 26), (10, 11, 50), (5, 5, 50), (1250,), (100,), (10,),
    ]  # fmt: skip


def test_only_the_second_layers_parameters_betray_the_suspect(cnn):
    counts = [layer.count_params() for layer in suspect_model().layers]
    right = [layer.count_params() for layer in cnn.layers]
    differ = [k for k, pair in enumerate(zip(counts, right, strict=True)) if pair[0] != pair[1]]
    assert differ == [2]
    assert (counts[2], right[2]) == (11_750, 11_300)
    assert shapes.conv2d_parameters(3, 26, 50) == 11_750
    assert shapes.conv2d_parameters(3, 25, 50) == 11_300


def test_the_suspect_reads_centered_digits_and_not_moved_ones(accuracy):
    suspect = accuracy["cnn_channels_first"]
    assert suspect[0] > 0.96
    assert accuracy["cnn"][2] - suspect[2] > 0.1


def test_the_window_of_the_figure_that_compares_both():
    three = data.load_digits().x_test[[217]]
    maps = models.load_pretrained().get_layer("conv2d_1")(three).numpy()[0]
    window = np.rint(100 * maps[14:16, 14:16, 14:16]).astype(int)
    assert window[..., 0].tolist() == [[11, 20], [0, 5]]  # CNN: four neighbors of filter 14
    assert window[:, 0].T.tolist() == [[11, 0], [6, 15]]  # suspect: filters 14 and 15


def test_what_one_pooling_window_of_the_suspect_compares():
    first = np.random.default_rng(0).random((1, 25, 26, 26), dtype=np.float32)
    pooled = layers.MaxPooling2D((2, 2))(first).numpy()[0]
    for pair, rows, column in itertools.product((0, 11), (0, 12), (0, 25)):
        window = first[0, 2 * pair : 2 * pair + 2, 2 * rows : 2 * rows + 2, column]
        assert pooled[pair, rows, column] == window.max()
