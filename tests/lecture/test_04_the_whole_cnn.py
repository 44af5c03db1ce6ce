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


# The way back, on the 6x6 image with integers that one can follow.

IMAGE = lecture.IMAGE.reshape(1, 6, 6, 1)
FILTER = lecture.FILTER_1.reshape(3, 3, 1, 1)
DENSE = np.array([[1, 0], [0, 1], [-1, 1], [2, -1]])
TARGET = np.array([1, 4])


def small_outputs(image=IMAGE, kernel=FILTER, w=DENSE):
    pooled = ref.max_pool2d(ref.conv2d(image, kernel.reshape(3, 3, 1, 1)))
    return ref.dense(ref.flatten(pooled), w)


def small_loss(**changed):
    return np.sum((small_outputs(**changed) - TARGET) ** 2) / 2


@pytest.fixture(scope="module")
def small():
    """The gradients of the small network, by the functions of the reference."""
    feature_map = ref.conv2d(IMAGE, FILTER)
    pooled = ref.max_pool2d(feature_map)
    d = {"y": small_outputs() - TARGET}
    d["vector"], d["v"], _ = ref.dense_backward(d["y"], ref.flatten(pooled), DENSE)
    d["pooled"] = ref.flatten_backward(d["vector"], pooled)
    d["map"] = ref.max_pool2d_backward(d["pooled"], feature_map)
    d["image"], d["filter"], _ = ref.conv2d_backward(d["map"], IMAGE, FILTER)
    return {name: np.squeeze(array) for name, array in d.items()}


def test_the_way_back_gives_the_slopes_that_one_measures(small, assert_close):
    def measured(name, x):
        return np.squeeze(ref.numerical_gradient(lambda value: small_loss(**{name: value}), x))

    # No block of map 1 has two largest numbers, so every slope can be measured.
    assert_close(measured("image", IMAGE), small["image"], "operation")
    assert_close(measured("kernel", FILTER), small["filter"], "operation")
    assert_close(measured("w", DENSE), small["v"], "operation")


def test_back_through_the_dense_layer(small):
    assert small_outputs().tolist() == [[2, 2]]
    assert small_loss() == 2.5
    assert small["y"].tolist() == [1, -2]
    assert small["v"].tolist() == [[3, -6], [0, 0], [3, -6], [1, -2]]
    assert small["vector"].tolist() == [1, -2, -3, 4]


def test_back_through_max_pooling(small):
    assert small["map"].tolist() == [[1, 0, 0, 0], [0, 0, -2, 0], [0, 0, 0, 4], [-3, 0, 0, 0]]
    passed = lecture.FEATURE_MAP_1[small["map"] != 0]
    assert sorted(passed.tolist()) == sorted(lecture.POOLED_MAP_1.ravel().tolist())


def test_back_through_the_convolution(small):
    assert small["filter"].tolist() == [[2, 0, -2], [-2, 0, 0], [0, 4, -4]]
    patches = {(i, j): lecture.IMAGE[i : i + 3, j : j + 3] for i, j in np.ndindex(4, 4)}
    assert np.array_equal(sum(small["map"][at] * patches[at] for at in patches), small["filter"])
    written = np.zeros((6, 6))
    for i, j in patches:
        written[i : i + 3, j : j + 3] += small["map"][i, j] * lecture.FILTER_1
    assert np.array_equal(written, small["image"])


def test_the_gradient_of_a_filter_is_a_convolution(small):
    again = ref.correlate2d(lecture.IMAGE, small["map"])
    assert np.array_equal(again, small["filter"])


def test_one_step_lowers_the_loss_to_2_08_and_2_06_was_promised(small):
    assert round(2.5 - 0.01 * np.sum(small["filter"] ** 2), 2) == 2.06
    assert round(small_loss(kernel=lecture.FILTER_1 - 0.01 * small["filter"]), 2) == 2.08


# The way back in the lecture's network, on a held-out 8 that it misreads.


class Misread:
    """The network on this 8 in float64, there and back, written out."""

    def __init__(self):
        everything = data.load_digits()
        self.x, self.label = everything.x_test[179:180].astype(float), everything.y_test[179:180]
        self.w = {name: array.astype(float) for name, array in WEIGHTS.items()}

    def forward(self, **changed):
        w = {**self.w, **{name.replace("__", "/"): array for name, array in changed.items()}}
        a1 = ref.relu(ref.conv2d(self.x, w["conv2d_1/kernel"], w["conv2d_1/bias"]))
        p1 = ref.max_pool2d(a1)
        a2 = ref.relu(ref.conv2d(p1, w["conv2d_2/kernel"], w["conv2d_2/bias"]))
        p2 = ref.max_pool2d(a2)
        flat = ref.flatten(p2)
        neurons = ref.relu(ref.dense(flat, w["dense/kernel"], w["dense/bias"]))
        return (
            a1,
            p1,
            a2,
            p2,
            flat,
            neurons,
            ref.dense(neurons, w["output/kernel"], w["output/bias"]),
        )

    def loss(self, **changed):
        return ref.softmax_cross_entropy(self.forward(**changed)[-1], self.label)[0]

    def gradients(self, pool=ref.max_pool2d_backward, turn=1):
        a1, p1, a2, p2, flat, neurons, scores = self.forward()
        _, d = ref.softmax_cross_entropy(scores, self.label)
        d, output, _ = ref.dense_backward(d, neurons, self.w["output/kernel"])
        d = ref.relu_backward(d, neurons)
        d, dense, _ = ref.dense_backward(d, flat, self.w["dense/kernel"])
        d = ref.relu_backward(pool(ref.flatten_backward(d, p2), a2), a2)
        d, second, _ = ref.conv2d_backward(d, p1, self.w["conv2d_2/kernel"][::turn, ::turn])
        d = ref.relu_backward(pool(d, a1), a1)
        _, first, _ = ref.conv2d_backward(d, self.x, self.w["conv2d_1/kernel"])
        return {"conv2d_1": first, "conv2d_2": second, "dense": dense, "output": output}


@pytest.fixture(scope="module")
def misread():
    return Misread()


def test_the_8_is_read_as_a_3_and_that_is_where_its_gradient_starts(misread):
    scores = misread.forward()[-1]
    loss, d_scores = ref.softmax_cross_entropy(scores, misread.label)
    p = ref.softmax(scores)
    assert misread.label.tolist() == [8]
    assert p.round(2)[0].tolist() == [0, 0, 0, 0.83, 0, 0, 0, 0, 0.17, 0]
    assert round(loss, 2) == 1.8
    np.testing.assert_allclose(d_scores, p - np.eye(10)[[8]], atol=1e-12)


@pytest.mark.parametrize("name", ["conv2d_1", "conv2d_2", "dense", "output"])
def test_the_way_back_through_the_lectures_network(misread, rng, name):
    kernel, gradient = misread.w[f"{name}/kernel"], misread.gradients()[name]
    largest = np.argsort(np.abs(gradient), axis=None)[-40:]
    chosen = rng.choice(largest, size=8, replace=False)

    def loss(values):
        changed = kernel.copy()
        changed.flat[chosen] = values
        return misread.loss(**{f"{name}__kernel": changed})

    measured = ref.numerical_gradient(loss, kernel.flat[chosen])
    assert ref.relative_error(gradient.flat[chosen], measured) < 1e-7


def test_137475_weights_get_their_derivative_from_one_pass(misread):
    gradients = misread.gradients()
    assert sum(array.size for array in gradients.values()) == 137_475
    assert all(gradients[name].shape == misread.w[f"{name}/kernel"].shape for name in gradients)


def test_the_slopes_of_a_maximum_and_those_at_a_tie():
    block = lecture.FEATURE_MAP_1[:2, :2]
    slopes = ref.numerical_gradient(np.max, block)
    assert slopes.round(6).tolist() == [[1, 0], [0, 0]]
    tie = np.array([[3.0, -1], [-3, 3]])
    sides = [((tie + np.array([[0, 0], [0, h]])).max() - 3) / h for h in (-0.1, 0.1)]
    assert np.round(sides, 6).tolist() == [0, 1]


TIES = np.array([[3.0, -1, 0, 0], [-3, 3, 0, 0]]).reshape(1, 2, 4, 1)
FIRST = [[1, 0, 2, 0], [0, 0, 0, 0]]


def test_at_a_tie_the_first_gets_everything():
    d_y = np.array([1.0, 2]).reshape(1, 1, 2, 1)
    assert ref.max_pool2d_backward(d_y, TIES)[0, :, :, 0].tolist() == FIRST


def test_tensorflow_gives_it_to_the_first_too():
    tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    x = tf.constant(TIES, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(
            tf.nn.max_pool2d(x, 2, 2, "VALID") * tf.reshape([1.0, 2], (1, 1, 2, 1))
        )
    assert tape.gradient(loss, x).numpy()[0, :, :, 0].tolist() == FIRST


def test_two_blocks_of_three_hold_a_tie_and_half_of_those_are_zeros(misread):
    blocks = misread.forward()[0].reshape(13, 2, 13, 2, 25)
    largest = blocks.max(axis=(1, 3), keepdims=True)
    several = np.sum(blocks == largest, axis=(1, 3)) > 1
    assert several.size == 4225
    assert round(several.mean(), 2) == 0.66
    zeros = several & (largest[:, 0, :, 0] == 0)
    assert round(zeros.sum() / several.sum(), 1) == 0.5


def test_tied_places_that_are_not_zero_see_the_same_pixels(misread):
    first = misread.forward()[0][0]
    x, dark = misread.x[0, :, :, 0], 0
    blocks = [(2 * i, 2 * j, k) for i, j, k in np.ndindex(13, 13, 25)]
    for i, j, k in blocks:
        block = first[i : i + 2, j : j + 2, k]
        places = np.argwhere(block == block.max())
        if len(places) > 1 and block.max() > 0:
            patches = [x[i + r : i + r + 3, j + c : j + c + 3] for r, c in places]
            assert all(np.array_equal(patch, patches[0]) for patch in patches[1:])
            dark += not patches[0].any()
    assert dark > 1000


def last_wins(d_y, x):
    n = x.shape[1] // 2 * 2
    d_x = np.zeros_like(x)
    turned = x[:, :n, :n][:, ::-1, ::-1]
    d_x[:, :n, :n] = ref.max_pool2d_backward(d_y[:, ::-1, ::-1], turned)[:, ::-1, ::-1]
    return d_x


def test_who_gets_the_gradient_at_a_tie_changes_no_weight(misread):
    a1 = misread.forward()[0]
    d_y = np.ones((1, 13, 13, 25))
    assert not np.array_equal(last_wins(d_y, a1), ref.max_pool2d_backward(d_y, a1))
    ours, others = misread.gradients(), misread.gradients(pool=last_wins)
    assert all(ref.relative_error(others[name], ours[name]) < 1e-12 for name in ours)


def copies_of(small):
    return np.array(
        [small["map"][i, j] * lecture.IMAGE[i : i + 3, j : j + 3] for i, j in np.ndindex(4, 4)]
    )


def test_12_of_16_copies_of_the_filter_have_no_gradient(small):
    copies = copies_of(small)
    assert sum(not copy.any() for copy in copies) == 12
    assert np.array_equal(copies.sum(axis=0), small["filter"])


def test_a_shared_weight_gets_the_sum_of_its_16_connections(small):
    matrix = ref.convolution_matrix(lecture.FILTER_1, (6, 6))
    d_map, image = small["map"].reshape(1, 16), IMAGE.reshape(1, 36)
    _, d_matrix, _ = ref.dense_backward(d_map, image, matrix)
    table = ref.connections((6, 6), (3, 3))
    of_weight = [d_matrix[table == k] for k in range(1, 10)]
    assert [len(gradients) for gradients in of_weight] == [16] * 9
    assert [g.sum() for g in of_weight] == small["filter"].ravel().tolist()


def test_the_average_is_the_sum_in_another_unit_of_the_learning_rate(small):
    copies = copies_of(small)
    measured = ref.numerical_gradient(lambda k: small_loss(kernel=k), lecture.FILTER_1)
    assert np.allclose(measured, copies.sum(axis=0))
    assert not np.allclose(measured, copies.mean(axis=0))
    assert np.allclose(0.16 * copies.mean(axis=0), 0.01 * copies.sum(axis=0))


def test_averaged_the_whole_gradient_points_33_degrees_away(misread):
    gradients = misread.gradients()
    positions = {"conv2d_1": 26 * 26, "conv2d_2": 11 * 11, "dense": 1, "output": 1}
    a = np.concatenate([gradients[name].ravel() for name in positions])
    b = np.concatenate([gradients[name].ravel() / n for name, n in positions.items()])
    angle = np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    assert round(angle) == 33


def test_adam_all_but_hides_a_constant_factor(misread):
    gradient = misread.gradients()["conv2d_1"].ravel()
    gradient = gradient[np.abs(gradient) > 0.1]
    adam = ref.optimizers.Adam()
    ends = []
    for g in (gradient, gradient / 676):
        w, memory = np.zeros_like(g), adam.start(g.size)
        for number in range(1, 6):
            w, memory = adam.step(w, g * number, memory, number)
        ends.append(w)
    assert ref.relative_error(ends[1], ends[0]) < 0.02


def test_the_gradient_check_catches_turned_filters(misread):
    kernel = misread.w["conv2d_1/kernel"]
    measured = ref.numerical_gradient(lambda k: misread.loss(conv2d_1__kernel=k), kernel)
    assert ref.relative_error(misread.gradients()["conv2d_1"], measured) < 1e-7
    wrong = misread.gradients(turn=-1)["conv2d_1"]
    assert round(ref.relative_error(wrong, measured), 2) == 0.65


def test_a_step_against_a_wrong_gradient_may_still_lower_the_loss(misread):
    wrong = misread.gradients(turn=-1)["conv2d_1"]
    stepped = misread.w["conv2d_1/kernel"] - 1e-3 * wrong
    assert misread.loss(conv2d_1__kernel=stepped) < misread.loss()


def errors_by_step(misread, steps):
    gradient = misread.gradients()["conv2d_1"]
    kernel = misread.w["conv2d_1/kernel"]
    k = np.abs(gradient).sum(axis=(0, 1, 2)).argmax()

    def loss(one):
        return misread.loss(conv2d_1__kernel=np.where(np.arange(25) == k, one[..., None], kernel))

    slopes = [ref.numerical_gradient(loss, kernel[..., k], step=h) for h in steps]
    return np.array([ref.relative_error(slope, gradient[..., k]) for slope in slopes])


def test_the_error_of_a_measured_slope_has_a_valley(misread):
    errors = errors_by_step(misread, [1e-11, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2])
    rounding = errors[:-4] / errors[1:-3]
    assert (rounding > 10).all()  # a hundredth of the step: about a hundred times the error
    assert (rounding < 1000).all()
    assert 50 < errors[5] / errors[4] < 200  # ten times the step: a hundred times the error
    assert errors[3] == errors.min()
    assert errors[3] < 1e-9
    assert errors[6] / errors[5] > 1000


@pytest.mark.parametrize(("step", "turned"), [(1e-4, False), (1e-2, True)])
def test_a_long_nudge_turns_switches(misread, step, turned):
    def switches(values):
        return [ref.max_pool2d_backward(np.ones_like(p), a) * (a > 0) for a, p in values]

    kernel = misread.w["conv2d_1/kernel"]
    k = np.abs(misread.gradients()["conv2d_1"]).sum(axis=(0, 1, 2)).argmax()
    a1, p1, a2, p2, *_ = misread.forward()
    before = switches([(a1, p1), (a2, p2)])
    differ = []
    for place in np.ndindex(3, 3):
        changed = kernel.copy()
        changed[(*place, 0, k)] += step
        a1, p1, a2, p2, *_ = misread.forward(conv2d_1__kernel=changed)
        after = switches([(a1, p1), (a2, p2)])
        differ.append(any(not np.array_equal(*pair) for pair in zip(before, after, strict=True)))
    assert any(differ) is turned


def test_numpy_and_keras_train_alike():
    models = pytest.importorskip("lecturekit.models", reason="TensorFlow is not installed")
    import keras

    from lecturekit import training

    digits = data.load_digits()
    keras.utils.set_random_seed(0)
    model = models.build_cnn()
    cnn = ref.CNN.from_keras(model)
    ours = cnn.fit(digits.x_train, digits.y_train, epochs=1, batch_size=100).step_loss
    theirs = training.train(model, digits, epochs=1, batch_size=100).step_loss
    assert len(ours) == len(theirs) == 15
    assert ours[0] > 2
    assert np.abs(ours - theirs)[:10].max() < 1e-5
    assert np.abs(ours - theirs).max() < 1e-4
