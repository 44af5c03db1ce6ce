"""Every statement and number of the lecture on the whole network. Chapter 4."""

import numpy as np
import pytest

from lecturekit import data, lecture, shapes
from lecturekit import reference as ref

WEIGHTS = data.load_weights()
SECOND_LAYER = [(3, 1), (2, 2), (3, 1)]
UNITS = [(0, 0), (9, 7), (10, 10)]  # two corners, and the one of the chapter


def layer(name):
    return WEIGHTS[f"{name}/kernel"], WEIGHTS[f"{name}/bias"]


def first_layer(images):
    return ref.max_pool2d(ref.relu(ref.conv2d(images, *layer("conv2d_1"))))


def second_layer(images):
    return ref.conv2d(first_layer(images), *layer("conv2d_2"))


def window(row, column):
    return slice(2 * row, 2 * row + 8), slice(2 * column, 2 * column + 8)


@pytest.fixture(scope="module")
def digits():
    """One held-out digit of each class, in order."""
    everything = data.load_digits()
    _, first = np.unique(everything.y_test, return_index=True)
    return everything.x_test[first]


@pytest.fixture(scope="module")
def activations(digits):
    values = {"conv2d_1": ref.relu(ref.conv2d(digits, *layer("conv2d_1")))}
    values["pool_1"] = ref.max_pool2d(values["conv2d_1"])
    values["conv2d_2"] = ref.relu(ref.conv2d(values["pool_1"], *layer("conv2d_2")))
    values["pool_2"] = ref.max_pool2d(values["conv2d_2"])
    values["flatten"] = ref.flatten(values["pool_2"])
    values["dense"] = ref.relu(ref.dense(values["flatten"], *layer("dense")))
    values["output"] = ref.softmax(ref.dense(values["dense"], *layer("output")))
    return values


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("conv2d_1", (26, 26, 25)),
        ("pool_1", (13, 13, 25)),
        ("conv2d_2", (11, 11, 50)),
        ("pool_2", (5, 5, 50)),
        ("flatten", (1250,)),
        ("dense", (100,)),
        ("output", (10,)),
    ],
)
def test_size_of_each_layer(activations, name, size):
    assert activations[name].shape[1:] == size
    assert lecture.LAYER_SHAPES.get(name, size) == size


@pytest.mark.parametrize(
    ("before", "convolution", "after"),
    [(lecture.INPUT_SHAPE, "conv2d_1", "pool_1"), ((13, 13, 25), "conv2d_2", "pool_2")],
)
def test_a_new_image_is_smaller_and_has_a_channel_for_each_filter(
    activations, before, convolution, after
):
    rows, columns, channels = activations[after].shape[1:]
    assert rows < before[0]
    assert columns < before[1]
    assert channels == layer(convolution)[0].shape[-1]


def test_it_can_repeat_three_times_on_28_pixels():
    sizes = [28]
    while sizes[-1] >= 3:
        sizes.append(shapes.output_size(shapes.output_size(sizes[-1], 3), 2, stride=2))
    assert sizes == [28, 13, 5, 1]
    with pytest.raises(shapes.ShapeError, match="window of 3x3 does not fit on an image of 1x1"):
        shapes.output_size(1, 3)


def test_second_layer_filters_are_cubes_and_50_of_them_give_50_channels(digits):
    kernel, _ = layer("conv2d_2")
    assert kernel[..., 0].shape == (3, 3, 25)
    assert second_layer(digits).shape[-1] == kernel.shape[-1] == 50


@pytest.mark.parametrize(("row", "column"), UNITS)
def test_one_output_is_the_sum_of_25_partial_sums(digits, assert_close, row, column):
    kernel, bias = layer("conv2d_2")
    patch = first_layer(digits[5:6])[0, row : row + 3, column : column + 3]
    partial = [[np.sum(patch[:, :, c] * kernel[:, :, c, k]) for c in range(25)] for k in range(50)]
    assert np.shape(partial) == (50, 25)
    by_hand = np.sum(partial, axis=1) + bias
    assert_close(second_layer(digits[5:6])[0, row, column], by_hand, "operation")


def test_25_filters_after_25_give_25_channels_and_not_625(digits, assert_close):
    pooled, kernel = first_layer(digits), layer("conv2d_2")[0][..., :25]
    apart = ref.conv2d(pooled, kernel.reshape(3, 3, 1, 625), groups=25)
    assert apart.shape == (10, 11, 11, 625)
    one_map = ref.correlate2d(pooled[5, :, :, 3], kernel[:, :, 3, 7])
    assert_close(apart[5, :, :, 3 * 25 + 7], one_map, "operation")
    together = ref.conv2d(pooled, kernel)
    assert together.shape == (10, 11, 11, 25)
    assert_close(apart.reshape(10, 11, 11, 25, 25).sum(axis=3), together, "operation")


def test_a_third_layer_without_the_sum_would_give_15625_maps(rng):
    image, maps = rng.random((1, 7, 7, 1)), 1
    for _ in range(3):
        maps *= 25
        kernel = rng.random((3, 3, 1, maps))
        image = ref.conv2d(image, kernel, groups=image.shape[-1])
    assert image.shape == (1, 1, 1, 15625)


def test_second_pooling_drops_a_row_and_a_column(activations):
    assert shapes.dropped(11, 2) == 1
    kept = activations["conv2d_2"][:, :10, :10]
    assert np.array_equal(ref.max_pool2d(kept), activations["pool_2"])


def test_flatten_keeps_all_1250_numbers_in_order(activations):
    assert 5 * 5 * 50 == 1250 == activations["flatten"].shape[1]
    flat, image = activations["flatten"], activations["pool_2"]
    for i, j, c in np.ndindex(image.shape[1:]):
        assert np.array_equal(flat[:, (i * 5 + j) * 50 + c], image[:, i, j, c])


def test_the_ten_digits_of_the_chapter_are_read_right(activations, assert_close):
    assert activations["output"].argmax(axis=1).tolist() == list(range(10))
    assert_close(activations["output"].sum(axis=1), np.ones(10), "operation")


def test_a_second_layer_unit_sees_8_by_8_pixels_and_its_neighbor_2_further():
    assert shapes.receptive_field(SECOND_LAYER) == (8, 2)
    assert shapes.receptive_field([*SECOND_LAYER, (2, 2)]) == (10, 4)


@pytest.mark.parametrize(("row", "column"), UNITS)
def test_noise_outside_the_receptive_field_changes_exactly_nothing(digits, rng, row, column):
    noisy = rng.random((10, 28, 28, 1)).astype(np.float32)
    seen = (slice(None), *window(row, column))
    noisy[seen] = digits[seen]
    before, after = second_layer(digits), second_layer(noisy)
    assert np.array_equal(before[:, row, column], after[:, row, column])
    elsewhere = (row + 5) % 11, (column + 5) % 11
    assert not np.array_equal(before[:, *elsewhere], after[:, *elsewhere])


@pytest.mark.parametrize(("row", "column"), UNITS)
def test_each_of_the_64_pixels_inside_has_an_effect_and_no_other(digits, row, column):
    n = np.arange(784)
    same = np.repeat(digits[5:6], 784, axis=0)
    changed = same.copy()
    changed[n, n // 28, n % 28] = 1 - changed[n, n // 28, n % 28]
    change = np.abs(second_layer(changed) - second_layer(same))[:, row, column].max(axis=1)
    expected = np.zeros((28, 28), bool)
    expected[window(row, column)] = True
    assert np.array_equal(change.reshape(28, 28) > 0, expected)


def test_the_last_two_rows_and_columns_are_never_read(digits, rng):
    frame = np.ones((28, 28), bool)
    frame[:26, :26] = False
    noisy = digits.copy()
    noisy[:, frame] = rng.random((10, frame.sum(), 1))
    read = [ref.max_pool2d(second_layer(images)) for images in (digits, noisy)]
    assert np.array_equal(*read)
    noisy[:, 25, 25] = 1 - noisy[:, 25, 25]
    assert not np.array_equal(read[0], ref.max_pool2d(second_layer(noisy)))


def test_14_of_1797_digits_have_ink_where_nothing_is_read():
    everything = data.load_digits()
    images = np.concatenate([everything.x_train, everything.x_test])
    ink = images[:, 26:].any(axis=(1, 2, 3)) | images[:, :, 26:].any(axis=(1, 2, 3))
    assert (ink.sum(), len(ink)) == (14, 1797)


@pytest.mark.parametrize(("name", "weights"), [("conv2d_1", 9), ("conv2d_2", 225)])
def test_parameters_of_each_filter(name, weights):
    kernel, _ = layer(name)
    assert kernel[..., 0].size == weights == lecture.PARAMETERS_PER_FILTER[name]
    depth = kernel.shape[2]
    assert shapes.conv2d_parameters(3, depth, 1, bias=False) == weights


PARAMETERS = {
    "conv2d_1": (250, shapes.conv2d_parameters(3, 1, 25)),
    "conv2d_2": (11_300, shapes.conv2d_parameters(3, 25, 50)),
    "dense": (125_100, shapes.dense_parameters(1250, 100)),
    "output": (1_010, shapes.dense_parameters(100, 10)),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_of_each_layer(name):
    printed, computed = PARAMETERS[name]
    assert printed == computed == sum(array.size for array in layer(name))


def test_137660_parameters_and_91_percent_of_them_in_the_dense_layer():
    total = sum(array.size for array in WEIGHTS.values())
    assert total == sum(printed for printed, _ in PARAMETERS.values()) == 137_660
    assert round(100 * PARAMETERS["dense"][0] / total) == 91
    convolutions = PARAMETERS["conv2d_1"][0] + PARAMETERS["conv2d_2"][0]
    assert convolutions == 11_550
    assert round(100 * convolutions / total) == 8


def test_without_the_second_pooling_the_dense_layer_is_almost_five_times_as_large():
    larger = shapes.dense_parameters(11 * 11 * 50, 100)
    assert larger == 605_100
    assert 4.8 < larger / PARAMETERS["dense"][0] < 5


def test_relu_and_max_pooling_commute_exactly(digits):
    signed = ref.conv2d(digits, *layer("conv2d_1"))
    assert signed.min() < 0 < signed.max()
    assert np.array_equal(ref.max_pool2d(ref.relu(signed)), ref.relu(ref.max_pool2d(signed)))


def test_relu_and_mean_pooling_do_not_commute(digits):
    signed = ref.conv2d(digits, *layer("conv2d_1"))
    assert not np.allclose(ref.avg_pool2d(ref.relu(signed)), ref.relu(ref.avg_pool2d(signed)))


def test_numpy_equals_keras_at_every_layer(digits, activations, assert_close):
    models = pytest.importorskip("lecturekit.models", reason="TensorFlow is not installed")
    model = models.load_pretrained()
    assert [layer.name for layer in model.layers] == list(activations)
    theirs = digits
    for keras_layer in model.layers:
        theirs = keras_layer(theirs)
        assert_close(activations[keras_layer.name], theirs.numpy(), "operation")
    assert_close(activations["output"], model.predict(digits, verbose=0), "operation")
