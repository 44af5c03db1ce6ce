"""Augmentation: exact where nothing should change, right where something should."""

import numpy as np
import pytest

from lecturekit import augmentation, data
from lecturekit.augmentation import RandomAffine, RandomStroke
from lecturekit.shapes import ShapeError

NOTHING = {"shift": 0, "rotate": 0, "scale": 0, "shear": 0, "stretch": 0}


@pytest.fixture(scope="module")
def digits():
    return data.load_digits().x_train[:40]


def move(images, matrix, shift):
    count = len(images)
    return augmentation.transform(
        images, np.tile(np.array(matrix, dtype=float), (count, 1, 1)), np.tile(shift, (count, 1))
    )


@pytest.mark.parametrize("size", [(28, 28), (27, 27), (5, 8)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_to_do_changes_no_bit(size, dtype, rng):
    images = rng.random((3, *size, 2)).astype(dtype)
    for same in (RandomAffine(**NOTHING)(images, rng), RandomStroke(amount=0)(images, rng)):
        assert same.dtype == dtype
        np.testing.assert_array_equal(same, images)


@pytest.mark.parametrize("shift", [(2, 0), (0, 3), (-1, -2)])
def test_a_whole_shift_moves_down_and_right_and_fills_with_black(shift, rng):
    images = rng.random((2, 9, 7, 1)) + 1
    moved = move(images, np.eye(2), shift)
    down, right = shift
    expected = np.zeros_like(images)
    for row in range(9):
        for column in range(7):
            if 0 <= row - down < 9 and 0 <= column - right < 7:
                expected[:, row, column] = images[:, row - down, column - right]
    np.testing.assert_array_equal(moved, expected)


def test_half_a_pixel_is_the_mean_of_two(rng):
    images = rng.random((2, 6, 6, 1))
    moved = move(images, np.eye(2), (0, 0.5))
    mean = (images[:, :, 1:] + images[:, :, :-1]) / 2
    np.testing.assert_allclose(moved[:, :, 1:], mean, rtol=0, atol=1e-15)


@pytest.mark.parametrize("size", [6, 7])
def test_a_quarter_turn_is_exact(size, rng):
    images = rng.random((2, size, size, 3))
    turned = move(images, [[0, -1], [1, 0]], (0, 0))
    np.testing.assert_array_equal(turned, np.rot90(images, -1, axes=(1, 2)))


class End:
    """Stands in for a generator: draws the upper end (1) or the lower end (-1) of each interval."""

    def __init__(self, end):
        self.end = end

    def uniform(self, low, high, size=None):
        return np.full(size, high if self.end > 0 else low, dtype=float)


def drawn(**amounts):
    """The matrix and the shift of the largest amounts."""
    matrices, shifts = RandomAffine(**(NOTHING | amounts))._draw(1, End(1))
    return matrices[0], shifts[0]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"scale": 0.25}, [[0.8, 0], [0, 0.8]]),  # larger: neighbors look closer together
        ({"stretch": 0.25}, [[1, 0], [0, 0.8]]),  # wider: along a row only
        ({"shear": 0.5}, [[1, 0], [0.5, 1]]),  # the column moves with the row
        ({"rotate": 90}, [[0, -1], [1, 0]]),
        ({"scale": 0.25, "rotate": 90}, [[0, -0.8], [0.8, 0]]),
    ],
)
def test_each_amount_makes_its_own_matrix(amounts, expected):
    np.testing.assert_allclose(drawn(**amounts)[0], expected, rtol=0, atol=1e-15)


def test_the_shift_reaches_its_amount():
    np.testing.assert_array_equal(drawn(shift=3)[1], [3, 3])


def test_ink_grows_with_the_square_of_the_scale(digits):
    larger = move(digits, np.eye(2) / 1.2, (0, 0))
    assert larger.sum() / digits.sum() == pytest.approx(1.44, rel=0.01)


def test_amounts_are_drawn_evenly_between_minus_and_plus():
    matrices, shifts = RandomAffine(**(NOTHING | {"shift": 2, "scale": 0.1}))._draw(
        20_000, np.random.default_rng(0)
    )
    scales = 1 / matrices[:, 0, 0]
    for values, amount in ((shifts[:, 0], 2), (shifts[:, 1], 2), (scales - 1, 0.1)):
        assert np.abs(values).max() <= amount + 1e-12
        np.testing.assert_allclose(values.mean(), 0, atol=0.02 * amount)
        np.testing.assert_allclose(values.std(), amount / np.sqrt(3), rtol=0.02)
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.03


def test_strokes_become_thinner_and_thicker(digits):
    changed = RandomStroke(amount=1)(digits, np.random.default_rng(0))
    change = changed.sum(axis=(1, 2, 3)) - digits.sum(axis=(1, 2, 3))
    assert (change > 0).any()
    assert (change < 0).any()
    assert changed.min() >= 0
    assert changed.max() <= 1


@pytest.mark.parametrize(("end", "margin"), [(1, 1), (-1, 3)])
def test_the_whole_amount_moves_an_edge_by_one_pixel(end, margin):
    image = np.zeros((1, 7, 7, 1))
    image[0, 2:5, 2:5] = 1
    expected = np.zeros((1, 7, 7, 1))
    expected[0, margin:-margin, margin:-margin] = 1
    np.testing.assert_array_equal(RandomStroke(amount=1)(image, End(end)), expected)


@pytest.mark.parametrize("end", [1, -1])
def test_a_stroke_that_runs_off_the_image_is_not_thinned_at_its_edge(end):
    image = np.ones((1, 5, 6, 1))
    np.testing.assert_array_equal(RandomStroke(amount=1)(image, End(end)), image)


@pytest.mark.parametrize(("end", "value"), [(1, 0.25), (-1, 0)])
def test_a_part_of_the_amount_mixes(end, value):
    image = np.zeros((1, 5, 5, 1))
    image[0, 2, 2] = 1
    changed = RandomStroke(amount=0.25)(image, End(end))
    assert changed[0, 1, 1, 0] == value
    assert changed[0, 2, 2, 0] == (1 if end > 0 else 0.75)


@pytest.mark.parametrize("change", [RandomAffine(), RandomStroke()])
def test_the_generator_alone_decides(change, digits):
    one, again = (change(digits, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, change(digits, np.random.default_rng(2)))
    assert one.dtype == np.float32


@pytest.mark.parametrize("change", [RandomAffine(), RandomStroke()])
def test_each_image_is_changed_in_its_own_way(change, digits):
    same = np.repeat(digits[:1], 2, axis=0)
    one, two = change(same, np.random.default_rng(0))
    assert not np.array_equal(one, two)


@pytest.mark.parametrize("change", [RandomAffine(), RandomStroke()])
def test_an_empty_batch_gives_an_empty_batch(change, digits, rng):
    assert change(digits[:0], rng).shape == (0, 28, 28, 1)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RandomAffine(shift=-1), ValueError, "RandomAffine: shift .* at least 0, got -1"),
        (lambda: RandomAffine(rotate="10"), TypeError, "rotate must be a number, got '10'"),
        (lambda: RandomAffine(scale=1), ValueError, "RandomAffine: scale must be below 1, got 1"),
        (lambda: RandomAffine(stretch=1.5), ValueError, "stretch must be below 1, got 1.5"),
        (lambda: RandomAffine(shear=np.nan), ValueError, "shear must be a finite number"),
        (lambda: RandomStroke(amount=1.5), ValueError, "RandomStroke: amount must be at most 1"),
        (lambda: RandomStroke(amount=True), TypeError, "amount must be a number, got True"),
    ],
)
def test_an_impossible_amount_is_an_error(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("change", [RandomAffine(), RandomStroke()])
def test_images_of_the_wrong_kind_are_an_error(change, rng):
    with pytest.raises(ShapeError, match=r"images must be \(N, H, W, C\), got shape \(28, 28\)"):
        change(np.zeros((28, 28)), rng)
    with pytest.raises(TypeError, match="images must be floating point, got uint8"):
        change(np.zeros((1, 28, 28, 1), dtype=np.uint8), rng)


@pytest.mark.parametrize(("right", "down"), [(0, 0), (3, 0), (0, -2), (-1, 4), (30, 0), (0, -28)])
def test_move_shifts_and_fills_with_black(digits, right, down):
    moved = augmentation.move(digits, right=right, down=down)
    assert moved.dtype == digits.dtype
    padded = np.pad(digits, ((0, 0), (40, 40), (40, 40), (0, 0)))
    np.testing.assert_array_equal(moved, padded[:, 40 - down : 68 - down, 40 - right : 68 - right])


def test_move_returns_a_copy_and_takes_no_fractions(digits):
    assert not np.shares_memory(augmentation.move(digits), digits)
    with pytest.raises(TypeError, match=r"move: right must be an integer, got 1\.5"):
        augmentation.move(digits, right=1.5)
    with pytest.raises(TypeError, match="move: down must be an integer, got True"):
        augmentation.move(digits, down=True)
    with pytest.raises(TypeError, match="move: images must be floating point"):
        augmentation.move(np.zeros((1, 28, 28, 1), dtype=np.int64), down=1)
