"""Every statement and number of the lecture on convolution. Chapter 2."""

import numpy as np
import pytest

from lecturekit import lecture, shapes
from lecturekit import reference as ref

X = lecture.IMAGE[np.newaxis, :, :, np.newaxis]
W = np.stack([lecture.FILTER_1, lecture.FILTER_2], axis=-1)[:, :, np.newaxis, :]


def test_the_image_and_the_filters_of_the_slides():
    rows = ["100001", "010010", "001100", "100010", "010010", "001010"]
    assert ["".join(map(str, row)) for row in lecture.IMAGE] == rows
    assert np.array_equal(lecture.FILTER_1, 2 * np.eye(3) - 1)
    assert np.array_equal(lecture.FILTER_2, [[-1, 1, -1]] * 3)


def test_first_output_is_3():
    assert np.sum(lecture.IMAGE[0:3, 0:3] * lecture.FILTER_1) == 3
    assert ref.correlate2d(lecture.IMAGE, lecture.FILTER_1)[0, 0] == 3


def test_one_pixel_to_the_right_is_minus_1():
    assert np.sum(lecture.IMAGE[0:3, 1:4] * lecture.FILTER_1) == -1
    assert ref.correlate2d(lecture.IMAGE, lecture.FILTER_1)[0, 1] == -1


def test_3_is_the_most_that_filter_1_can_answer():
    patches = np.array(list(np.ndindex((2,) * 9)))
    assert (patches @ lecture.FILTER_1.ravel()).max() == 3


def test_stride_1_gives_4_by_4_positions():
    assert shapes.output_size(6, 3, stride=1) == 4


def test_feature_map_1():
    feature_map = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1)
    printed = [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
    assert feature_map.tolist() == printed == lecture.FEATURE_MAP_1.tolist()


def test_same_pattern_in_two_regions():
    feature_map = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1)
    places = np.argwhere(feature_map == feature_map.max())
    assert places.tolist() == [[0, 0], [3, 0]]
    regions = [lecture.IMAGE[i : i + 3, j : j + 3] for i, j in places]
    assert np.array_equal(*regions)
    assert np.array_equal(regions[0], np.eye(3))


def test_stride_2_starts_with_3_and_minus_3():
    strided = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1, stride=2)
    assert strided.shape == (2, 2)
    assert strided[:1].tolist() == [[3, -3]] == lecture.FEATURE_MAP_1_STRIDE_2.tolist()
    assert shapes.dropped(6, 3, stride=2) == 1


def test_feature_map_2():
    feature_map = ref.correlate2d(lecture.IMAGE, lecture.FILTER_2)
    printed = [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]
    assert feature_map.tolist() == printed == lecture.FEATURE_MAP_2.tolist()


@pytest.mark.parametrize("convolve", [ref.conv2d, ref.conv2d_loops])
def test_two_filters_give_a_4x4_image_of_2_channels(convolve):
    y = convolve(X, W)
    assert y.shape == (1, 4, 4, 2)
    maps = np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2], axis=-1)
    assert np.array_equal(y[0], maps)


def test_zero_padding_keeps_6x6_around_the_same_map():
    padded = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1, padding=1)
    assert padded.shape == (6, 6)
    assert np.array_equal(padded[1:5, 1:5], lecture.FEATURE_MAP_1)


def test_a_filter_for_a_color_image_is_a_cube_that_gives_one_map(rng):
    color, cube = rng.random((6, 6, 3)), rng.normal(size=(3, 3, 3))
    y = ref.conv2d(color[np.newaxis], cube[..., np.newaxis])
    assert cube.size == 27
    assert y.shape == (1, 4, 4, 1)
    by_channel = sum(ref.correlate2d(color[:, :, c], cube[:, :, c]) for c in range(3))
    np.testing.assert_allclose(y[0, :, :, 0], by_channel, rtol=0, atol=1e-12)


def test_576_weights_144_connections_9_shared():
    table = ref.connections((6, 6), (3, 3))
    assert table.shape == (36, 16)
    assert (table.size, np.count_nonzero(table), len(np.unique(table[table > 0]))) == (576, 144, 9)


@pytest.mark.parametrize(("output", "value"), [(0, 3), (1, -1)])
def test_pixels_that_an_output_is_connected_to(output, value):
    assert lecture.FEATURE_MAP_1.flat[output] == value
    pixels = np.flatnonzero(ref.connections((6, 6), (3, 3))[:, output]) + 1
    assert tuple(pixels) == lecture.CONNECTED_PIXELS[value]


@pytest.mark.parametrize("name", ["FILTER_1", "FILTER_2", "KERAS_SLIDE_FILTER"])
def test_convolution_is_a_fully_connected_layer(name):
    kernel = getattr(lecture, name)
    matrix = ref.convolution_matrix(kernel, (6, 6))
    as_dense = ref.dense(lecture.IMAGE.reshape(1, 36), matrix).reshape(4, 4)
    assert np.array_equal(as_dense, ref.correlate2d(lecture.IMAGE, kernel))


def test_filters_1_and_2_cannot_tell_convolution_from_cross_correlation():
    for kernel in (lecture.FILTER_1, lecture.FILTER_2):
        assert np.array_equal(kernel, kernel[::-1, ::-1])


def test_the_third_filter_can():
    kernel = lecture.KERAS_SLIDE_FILTER
    assert np.argwhere(kernel != lecture.FILTER_1).tolist() == [[2, 2]]
    assert not np.array_equal(kernel, kernel[::-1, ::-1])
    printed = [[1, -3, -3, -1], [-3, 1, -2, -3], [-3, -3, -2, 1], [1, -2, -4, -1]]
    assert ref.correlate2d(lecture.IMAGE, kernel).tolist() == printed
    assert ref.correlate2d(lecture.IMAGE, kernel[::-1, ::-1]).tolist() != printed


def test_the_effect_of_a_shared_weight_is_the_sum_over_the_positions():
    for row, column in np.ndindex(3, 3):
        raised = lecture.FILTER_1.copy()
        raised[row, column] += 1
        gain = ref.correlate2d(lecture.IMAGE, raised) - lecture.FEATURE_MAP_1
        assert np.array_equal(gain, lecture.IMAGE[row : row + 4, column : column + 4])
    first = lecture.IMAGE[:4, :4]
    assert (first.sum(), first.size) == (5, 16)
