"""The picture of a data set holds its images and its numbers."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from lecturekit import data, plots


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def bars(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_fill()]


def test_each_column_shows_the_first_training_images_of_its_class(digits):
    pictures = plots.data_set(digits, samples=3).images
    assert len(pictures) == 30
    for place, picture in enumerate(pictures):
        images = digits.x_train[digits.y_train == place // 3]
        np.testing.assert_array_equal(picture.get_array(), images[place % 3, ..., 0])


def test_columns_stand_side_by_side_and_rows_below_each_other(digits):
    left, _, below, top = np.array(
        [image.get_extent() for image in plots.data_set(digits).images]
    ).T
    assert (np.diff(left.reshape(10, 4)[:, 0]) > 1).all()
    assert np.ptp(left.reshape(10, 4), axis=1).max() == 0
    assert (np.diff(top.reshape(10, 4), axis=1) > (below - top)[0]).all()


def test_bars_are_as_long_as_the_classes_are_large_and_the_numbers_stand_there(digits):
    ax = plots.data_set(digits)
    train, test = np.bincount(digits.y_train), np.bincount(digits.y_test)
    lengths = np.array([bar.get_height() for bar in bars(ax)]).reshape(10, 2)
    np.testing.assert_allclose(lengths / lengths[0, 0], np.stack([train, test], 1) / train[0])
    tops = np.array([bar.get_y() for bar in bars(ax)]).reshape(10, 2)
    np.testing.assert_allclose(tops[:, 1] + lengths[:, 1], tops[:, 0])  # one stands on the other
    shown = texts(ax)
    for count in np.concatenate([train, test]):
        assert str(count) in shown


def test_ink_is_drawn_to_one_scale_from_zero(digits):
    ax = plots.data_set(digits)
    ink = digits.x_train.sum(axis=(1, 2, 3), dtype=float)
    floor = ax.lines[0].get_ydata()[0]
    lines, dots = ax.lines[1::2], ax.lines[2::2]
    assert len(lines) == len(dots) == 10
    unit = (floor - dots[0].get_ydata()[0]) / ink[digits.y_train == 0].mean()
    for k, (line, dot) in enumerate(zip(lines, dots, strict=True)):
        one = ink[digits.y_train == k]
        assert floor - dot.get_ydata()[0] == pytest.approx(unit * one.mean())
        ends = floor - unit * np.quantile(one, (0.1, 0.9))
        np.testing.assert_allclose(line.get_ydata(), ends)
        assert str(round(data.describe(digits).mean_ink[k])) in texts(ax)


def test_a_class_with_no_images_keeps_its_column(digits):
    there = digits.y_train != 3
    part = digits._replace(x_train=digits.x_train[there], y_train=digits.y_train[there])
    ax = plots.data_set(part, samples=1)
    assert len(ax.images) == 9
    assert texts(ax)[:10] == [str(k) for k in range(10)]
    assert len(ax.lines) == 1 + 2 * 9


def test_other_sizes_and_numbers_of_classes_are_drawn_to_scale():
    images, labels = np.ones((6, 20, 10, 1)), np.arange(6) % 3
    ax = plots.data_set((images, labels, images, labels), samples=2)
    left, right, below, top = ax.images[0].get_extent()
    assert (below - top) == pytest.approx(2 * (right - left))
    assert len(ax.images) == 6


def test_black_images_have_no_ink_and_are_drawn():
    images, labels = np.zeros((2, 5, 5, 1)), np.arange(2)
    assert texts(plots.data_set((images, labels, images, labels))).count("0") >= 3


def test_it_draws_where_it_is_told(digits):
    _, (ax,) = plots.panels(1, height=5)
    assert plots.data_set(digits, ax=ax, title="1,797 digits") is ax
    assert ax.get_title(loc="left") == "1,797 digits"


def test_what_lies_in_the_picture_does_not_overlap(digits):
    ax = plots.data_set(digits)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    frame = ax.figure.bbox
    for n, box in enumerate(boxes):
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
        assert not [other for other in boxes[:n] if box.overlaps(other)]


IMAGES, LABELS = np.zeros((2, 5, 5, 1)), np.arange(2)
GOOD = (IMAGES, LABELS, IMAGES, LABELS)


@pytest.mark.parametrize(
    "bad",
    [
        GOOD[:2],
        (IMAGES[..., 0], *GOOD[1:]),
        (IMAGES[:0], LABELS[:0], *GOOD[2:]),
        (IMAGES, LABELS[:1], *GOOD[2:]),
        (IMAGES, LABELS - 1, *GOOD[2:]),
        (IMAGES, LABELS / 2, *GOOD[2:]),
        (np.zeros((2, 5, 5, 3)), *GOOD[1:]),
    ],
)
def test_what_is_no_data_set(bad):
    with pytest.raises(ValueError, match=r"data_set: expected x_train \(N, H, W, 1\)"):
        plots.data_set(bad)


@pytest.mark.parametrize(("samples", "kind"), [(0, ValueError), (1.5, TypeError)])
def test_a_bad_number_of_samples(samples, kind):
    with pytest.raises(kind, match="data_set: samples must be"):
        plots.data_set(GOOD, samples=samples)
