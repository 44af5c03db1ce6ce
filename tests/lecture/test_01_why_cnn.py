"""Chapter 1: every statement of the slides *Why CNN for Image* and *The whole CNN*, computed.

The places of strokes were read off the pictures of the digits, and the counts by a second
program; neither is copied from the notebook.
"""

import numpy as np
import pytest

from lecturekit import data, lecture, plots, shapes
from lecturekit import reference as ref

ONE, CORNER = 37, (12, 9)  # a training digit, and the corner below its flag


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture(scope="module")
def detector(digits):
    row, column = CORNER
    patch = digits.x_train[ONE, row : row + 5, column : column + 5, 0].astype(float)
    return patch - patch.mean()


@pytest.fixture(scope="module")
def diagonal():
    blocks = np.where(lecture.FILTER_1 > 0, 2, -1)
    return np.repeat(np.repeat(blocks, 3, axis=0), 3, axis=1) / 54


def strongest(answers):
    return tuple(int(n) for n in np.unravel_index(answers.argmax(), answers.shape))


def test_a_fully_connected_layer_needs_30_million_weights():
    example = lecture.FULLY_CONNECTED_EXAMPLE
    inputs = int(np.prod(example["image"]))
    assert inputs == 30_000
    assert example["neurons"] == 1000
    assert shapes.dense_parameters(inputs, example["neurons"], bias=False) == 30_000_000
    assert example["weights"] == 30_000_000


def test_fully_connected_layers_know_no_neighborhoods(digits, rng):
    """The pixels in another order, and the weights with them: the same answers."""
    x, w = ref.flatten(digits.x_test[:20].astype(float)), rng.normal(size=(784, 7))
    order = rng.permutation(784)
    np.testing.assert_allclose(ref.dense(x[:, order], w[order]), ref.dense(x, w), atol=1e-12)


def test_property_1_a_detector_of_25_pixels_finds_the_corner(digits, detector):
    answers = ref.correlate2d(digits.x_train[ONE, :, :, 0].astype(float), detector)
    assert detector.size == 25
    assert answers.shape == (24, 24)
    assert strongest(answers) == CORNER
    assert answers[CORNER] == pytest.approx(4.27, abs=0.005)
    away = np.abs(np.indices(answers.shape) - np.reshape(CORNER, (2, 1, 1))).max(axis=0) > 3
    assert answers[away].max() < 0.52 * answers[CORNER]


def test_property_1_the_other_759_pixels_do_not_matter(digits, detector, rng):
    image = digits.x_train[ONE, :, :, 0].astype(float)
    other = rng.random(image.shape)
    seen = np.s_[12:17, 9:14]
    other[seen] = image[seen]
    assert np.sum(other != image) > 700
    assert ref.correlate2d(other, detector)[CORNER] == ref.correlate2d(image, detector)[CORNER]


@pytest.mark.parametrize("other", [0, 33, 44, 55])
def test_property_1_the_corner_is_found_in_ones_of_other_hands(digits, detector, other):
    image = digits.x_train[other, :, :, 0].astype(float)
    row, column = strongest(ref.correlate2d(image, detector))
    found = image[row : row + 5, column : column + 5]
    assert digits.y_train[other] == 1
    assert np.corrcoef(found.ravel(), detector.ravel())[0, 1] > 0.75
    assert np.abs(np.subtract((row, column), CORNER)).max() <= 1


def test_the_blown_up_diagonal_is_the_filter_of_the_lecture(diagonal):
    assert diagonal.sum() == pytest.approx(0, abs=1e-12)
    perfect = np.kron(np.eye(3), np.ones((3, 3)))
    assert ref.correlate2d(perfect, diagonal) == pytest.approx(1)
    assert (np.sign(diagonal[1::3, 1::3]) == lecture.FILTER_1).all()


def test_property_2_one_filter_answers_in_two_regions_of_a_zero(digits, diagonal):
    answers = ref.correlate2d(digits.x_train[57, :, :, 0].astype(float), diagonal)
    upper, lower = (7, 13), (14, 7)
    assert digits.y_train[57] == 0
    assert strongest(answers) == lower
    assert strongest(answers[:10]) == upper
    assert answers[upper] == pytest.approx(0.43, abs=0.005)
    assert answers[lower] == pytest.approx(0.46, abs=0.005)
    for row, column in (upper, lower):  # two peaks, and not two cells of one slope
        around = answers[row - 3 : row + 4, column - 3 : column + 4]
        assert around.max() == answers[row, column]
    assert answers[10, 10] < 0.1


@pytest.mark.parametrize(
    ("number", "label", "place", "answer"),
    [
        (1, 3, (11, 11), 0.62),
        (51, 4, (12, 8), 0.53),
        (39, 2, (16, 10), 0.48),
        (4, 7, (10, 4), 0.28),
    ],
)
def test_property_2_the_region_differs_from_digit_to_digit(
    digits, diagonal, number, label, place, answer
):
    answers = ref.correlate2d(digits.x_train[number, :, :, 0].astype(float), diagonal)
    assert digits.y_train[number] == label
    assert strongest(answers) == place
    assert answers[place] == pytest.approx(answer, abs=0.005)


@pytest.mark.parametrize(
    ("step", "side", "right"), [(1, 28, 355), (2, 14, 354), (4, 7, 325), (7, 4, 170)]
)
def test_property_3_every_second_row_and_column_keeps_the_digit(digits, step, side, right):
    """A nearest neighbor, with its distances in integers, one held-out digit at a time."""
    known = np.rint(digits.x_train[:, ::step, ::step, 0] * 255).astype(np.int64)
    new = np.rint(digits.x_test[:, ::step, ::step, 0] * 255).astype(np.int64)
    labels = [digits.y_train[((known - one) ** 2).sum(axis=(1, 2)).argmin()] for one in new]
    assert known.shape[1:] == (side, side)
    assert int(np.sum(labels == digits.y_test)) == right


def test_property_3_leaves_a_quarter_of_the_pixels(digits):
    assert digits.x_test[0, ::2, ::2].size == 196 == 784 // 4


def test_what_a_cnn_leaves_out_in_its_first_layer():
    rows, columns, filters = lecture.LAYER_SHAPES["conv2d_1"]
    outputs = rows * columns * filters
    table = ref.connections(lecture.INPUT_SHAPE[:2], (3, 3))
    assert outputs == 16_900
    assert shapes.dense_parameters(784, outputs, bias=False) == table.size * filters == 13_249_600
    assert np.count_nonzero(table) * filters == 152_100
    assert table.max() * filters == shapes.conv2d_parameters(3, 1, filters, bias=False) == 225


def test_which_property_leads_to_which_step():
    ax = plots.cnn_steps()
    words = [text.get_text().replace("\n", " ") for text in ax.texts if text.get_text()]
    assert words == [
        "image",
        *["convolution", "properties 1 and 2", "max pooling", "property 3"] * 2,
        "flatten",
        "fully connected",
        "0, 1, … 9",
        "can repeat many times",
    ]
