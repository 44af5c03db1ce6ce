"""Chapter 3: every statement and number of the slide *CNN - Max Pooling*, and what follows."""

import numpy as np
import pytest

from lecturekit import data, lecture, shapes
from lecturekit import reference as ref

MAPS = np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2], axis=-1)[np.newaxis]
POOLED = np.stack([lecture.POOLED_MAP_1, lecture.POOLED_MAP_2], axis=-1)[np.newaxis]


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture(scope="module")
def network():
    """Both convolutions and both poolings of the lecture's network, with random weights."""
    rng = np.random.default_rng(0)
    w1, w2 = rng.normal(size=(3, 3, 1, 25)), rng.normal(size=(3, 3, 25, 50))
    return lambda x: ref.max_pool2d(ref.conv2d(ref.max_pool2d(ref.conv2d(x, w1)), w2))


@pytest.fixture
def position():
    """Six stones: black on channel 0, white on channel 1."""
    stones = np.zeros((6, 6, 2), int)
    for row, column, channel in [(1, 2, 0), (2, 1, 0), (3, 3, 0), (2, 2, 1), (4, 1, 1), (4, 4, 1)]:
        stones[row, column, channel] = 1
    return stones


def liberties(stones, row, column):
    empty = np.pad(stones.sum(axis=2) == 0, 1)  # beyond the edge nothing is empty
    around = [(row, column + 1), (row + 2, column + 1), (row + 1, column), (row + 1, column + 2)]
    return sum(bool(empty[place]) for place in around)


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_each_block_by_hand(channel, row, column):
    block = MAPS[0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2, channel]
    assert sorted(block.flat)[-1] == POOLED[0, row, column, channel]


def test_both_maps_in_one_call():
    assert np.array_equal(ref.max_pool2d(MAPS), POOLED)
    assert POOLED[0, :, :, 0].tolist() == [[3, 0], [3, 1]]
    assert POOLED[0, :, :, 1].tolist() == [[-1, 1], [0, 3]]


def test_the_two_3s_of_map_1_are_kept():
    assert np.sum(POOLED[..., 0] == 3) == np.sum(MAPS[..., 0] == 3) == 2


def test_each_filter_is_a_channel(rng):
    """Pooling a channel alone gives that channel of the whole, in any order of the filters."""
    x = rng.normal(size=(2, 6, 8, 5))
    y = ref.max_pool2d(x)
    assert y.shape == (2, 3, 4, 5)
    for channel in range(5):
        assert np.array_equal(ref.max_pool2d(x[..., [channel]]), y[..., [channel]])


def test_the_result_is_a_new_image_but_smaller():
    """It has height, width and channels, and so it can be convolved and pooled again."""
    x = np.zeros((1, *lecture.INPUT_SHAPE))
    sides = []
    for channels, filters in [(1, 25), (25, 50)]:
        x = ref.max_pool2d(ref.conv2d(x, np.zeros((3, 3, channels, filters))))
        sides.append(x.shape[1:])
    assert sides == [lecture.LAYER_SHAPES["pool_1"], lecture.LAYER_SHAPES["pool_2"]]


def test_mean_pooling_beside_it():
    means = ref.avg_pool2d(MAPS)
    assert means[0, :, :, 0].tolist() == [[0, -1.75], [-1.25, -0.5]]
    assert means[0, :, :, 1].tolist() == [[-1, -0.75], [-0.75, -0.5]]


def test_the_mean_hides_what_the_maximum_shows():
    means = ref.avg_pool2d(MAPS)
    found = MAPS.max(axis=(1, 2), keepdims=True) == POOLED  # blocks in which a filter found it
    assert np.count_nonzero(found) == 3
    assert (POOLED[found] == 3).all()
    assert (means[found] <= 0).all()


def test_a_3x3_window_that_moves_by_2_on_6x6():
    image = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1, padding=1)
    y = ref.max_pool2d(image[np.newaxis, :, :, np.newaxis], 3, stride=2)
    assert image.shape == (6, 6)
    assert y[0, :, :, 0].tolist() == [[3, 1], [3, 1]]
    assert shapes.dropped(6, 3, stride=2) == 1


@pytest.mark.parametrize(("size", "read"), [(1, 36), (2, 36), (3, 36), (4, 16), (5, 25)])
def test_which_blocks_read_every_number_once(size, read):
    assert (6 - shapes.dropped(6, size)) ** 2 == read


def test_a_1x1_window_with_stride_2_is_subsampling(digits):
    x = digits.x_test[:3]
    assert np.array_equal(ref.max_pool2d(x, 1, stride=2), x[:, ::2, ::2])


def test_11_becomes_5_and_a_row_and_a_column_are_dropped():
    chain, side = [], 28
    for window, stride in [(3, 1), (2, 2), (3, 1), (2, 2)]:
        rest = shapes.dropped(side, window, stride=stride)
        side = shapes.output_size(side, window, stride=stride)
        chain.append((side, rest))
    assert chain == [(26, 0), (13, 0), (11, 0), (5, 1)]
    names = ["conv2d_1", "pool_1", "conv2d_2", "pool_2"]
    assert [lecture.LAYER_SHAPES[name][0] for name in names] == [side for side, _ in chain]
    x = np.zeros((1, 11, 11, 1))
    x[0, 10, :] = x[0, :, 10] = 1
    assert not ref.max_pool2d(x).any()


@pytest.mark.parametrize("axis", [1, 2], ids=["rows", "columns"])
def test_the_last_two_rows_and_columns_of_the_input_have_no_effect(network, rng, axis):
    image = rng.random((1, 28, 28, 1))
    result, without_effect = network(image), []
    for place in range(28):
        changed = np.moveaxis(image.copy(), axis, 0)
        changed[place] = rng.random(changed[place].shape)
        if np.array_equal(network(np.moveaxis(changed, 0, axis)), result):
            without_effect.append(place)
    assert without_effect == [26, 27]


def test_the_fifth_unit_sees_rows_16_to_25():
    size, step = shapes.receptive_field([(3, 1), (2, 2), (3, 1), (2, 2)])
    assert (size, step) == (10, 4)
    assert (4 * step, 4 * step + size - 1) == (16, 25)


def test_a_padding_of_1_around_the_image_drops_nothing():
    side, chain = 30, [30]
    for window, stride in [(3, 1), (2, 2), (3, 1), (2, 2)]:
        assert shapes.dropped(side, window, stride=stride) == 0
        side = shapes.output_size(side, window, stride=stride)
        chain.append(side)
    assert chain == [30, 28, 14, 12, 6]


def test_14_digits_have_ink_in_the_last_two_rows_or_columns(digits):
    images = np.concatenate([digits.x_train, digits.x_test])[..., 0]
    ink = np.concatenate([images[:, 26:].reshape(len(images), -1),
                          images[:, :, 26:].reshape(len(images), -1)], axis=1)  # fmt: skip
    assert (np.count_nonzero(ink, axis=1) > 0).sum() == 14
    assert not images[:, 27].any()
    assert not images[:, :, 26:].any()


@pytest.mark.parametrize(("times", "side", "right"), [(0, 28, 355), (1, 14, 351), (2, 7, 305)])
def test_a_digit_survives_pooling(digits, times, side, right):
    """A nearest neighbor, with its distances in integers, one held-out digit at a time."""
    known, new = (np.rint(x * 255).astype(np.int64) for x in (digits.x_train, digits.x_test))
    for _ in range(times):
        known, new = ref.max_pool2d(known), ref.max_pool2d(new)
    labels = [digits.y_train[((known - one) ** 2).sum(axis=(1, 2, 3)).argmin()] for one in new]
    assert known.shape[1] == side
    assert int(np.sum(labels == digits.y_test)) == right


def test_a_board_position_does_not_survive_pooling(position):
    moved = position.copy()
    moved[3, 3, 0], moved[3, 2, 0] = 0, 1
    assert not np.array_equal(position, moved)
    assert (liberties(position, 2, 2), liberties(moved, 2, 2)) == (2, 1)
    assert np.array_equal(ref.max_pool2d(position[np.newaxis]), ref.max_pool2d(moved[np.newaxis]))


def test_no_stone_of_either_position_stands_where_it_must_not(position):
    """One stone a point, and each stone has a liberty: both positions can occur in a game."""
    moved = position.copy()
    moved[3, 3, 0], moved[3, 2, 0] = 0, 1
    for stones in (position, moved):
        assert stones.sum(axis=2).max() == 1
        for row, column in np.argwhere(stones.any(axis=2)):
            assert liberties(stones, row, column) >= 1


@pytest.mark.parametrize(("padded", "kernel", "padding"), [(23, 5, 2), (21, 3, 1)])
def test_alphagos_layers_keep_19_by_19(padded, kernel, padding):
    assert 19 + 2 * padding == padded
    assert shapes.output_size(19, kernel, stride=1, padding=padding) == 19


@pytest.mark.parametrize(("column", "block"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_every_second_shift_of_a_bright_pixel_is_invisible(column, block):
    dot = np.zeros((1, 2, 6, 1), int)
    dot[0, 1, column, 0] = 1
    assert ref.max_pool2d(dot)[0, 0, :, 0].tolist() == [int(n == block) for n in range(3)]


def test_a_shift_of_a_digit_by_one_pixel_changes_33_of_196_pooled_numbers(digits):
    one = digits.x_train[37:38]
    pooled, moved = ref.max_pool2d(one), ref.max_pool2d(np.roll(one, 1, axis=2))
    assert pooled.size == 196
    assert np.count_nonzero(pooled != moved) == 33


def test_a_shift_by_two_pixels_shifts_the_pooled_digits_by_one(digits):
    x = digits.x_test
    moved = ref.max_pool2d(np.roll(x, 2, axis=2))
    assert np.array_equal(moved, np.roll(ref.max_pool2d(x), 1, axis=2))


def test_pooling_softens_a_shift_and_does_not_remove_it(digits):
    x = digits.x_test.astype(float)
    moved = np.roll(x, 1, axis=2)
    assert not x[:, :, -1].any()  # nothing is rolled around the edge
    changes = []
    for a, b in [(x, moved), (ref.max_pool2d(x), ref.max_pool2d(moved))]:
        ratio = ((b - a) ** 2).sum(axis=(1, 2, 3)) / (a**2).sum(axis=(1, 2, 3))
        changes.append(ratio.mean())
        assert (ratio > 0).all()
    assert changes == pytest.approx([0.23, 0.17], abs=0.005)


def test_the_largest_of_a_block_passes_its_derivative_on(rng):
    """Nudge each number of a block: only the largest moves the result, and by as much."""
    block, nudge = rng.permutation(4).reshape(1, 2, 2, 1).astype(float), 1e-3
    slopes = []
    for place in range(4):
        moved = block.copy()
        moved.flat[place] += nudge
        slopes.append(float((ref.max_pool2d(moved) - ref.max_pool2d(block)).item() / nudge))
    assert slopes == pytest.approx([float(v == 3) for v in block.flat])
