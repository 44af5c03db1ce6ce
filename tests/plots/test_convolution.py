"""The figures of the convolution chapter show what `reference` computes."""

import functools

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lecturekit import lecture, plots


def frames(ax):
    return [
        p.get_bbox().bounds for p in ax.patches if to_hex(p.get_edgecolor()).upper() == plots.AMBER
    ]


@pytest.mark.parametrize("output", [0, 5, 15])
def test_the_window_and_the_cell_it_writes(output):
    ax = plots.convolution_step(lecture.IMAGE, lecture.FILTER_1, output=output)
    row, column = divmod(output, 4)
    assert frames(ax) == [(column - 0.5, row - 0.5, 1, 1)]
    assert frames(ax.figure.axes[0]) == [(column - 0.5, row - 0.5, 3, 3)]
    value = lecture.FEATURE_MAP_1[row, column]
    assert f"= {value}".replace("-", "\N{MINUS SIGN}") in ax.figure.texts[0].get_text()


def test_stride_moves_the_window_in_the_image():
    ax = plots.convolution_step(lecture.IMAGE, lecture.FILTER_1, output=1, stride=2)
    assert frames(ax.figure.axes[0]) == [(1.5, -0.5, 3, 3)]


STEP = functools.partial(plots.convolution_step, lecture.IMAGE, lecture.FILTER_1)
DIGIT = functools.partial(plots.filtered_digit, np.zeros((28, 28)), lecture.FILTER_1)


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: STEP(output=16), ValueError, "convolution_step: output must .* 0 to 15, got 16"),
        (lambda: STEP(output=-1), ValueError, "convolution_step: output must .* 0 to 15, got -1"),
        (lambda: STEP(stride=0), ValueError, "convolution_step: stride must be at least 1, got 0"),
        (lambda: STEP(padding=-1), ValueError, "convolution_step: padding must be at least 0"),
        (lambda: STEP(padding="same"), TypeError, "convolution_step: padding must be an integer"),
        (lambda: DIGIT(padding=(1, 1)), TypeError, "filtered_digit: padding must be an integer"),
        (lambda: DIGIT(stride=(1, 2)), TypeError, "filtered_digit: stride must be an integer"),
        (lambda: DIGIT(stride=0), ValueError, "filtered_digit: stride must be at least 1, got 0"),
    ],
)
def test_a_step_that_is_not_there(draw, error, message):
    with pytest.raises(error, match=message):
        draw()


def test_arithmetic_counts_every_product():
    rng = np.random.default_rng(0)
    for size in range(1, 5):
        patch, kernel = rng.integers(0, 2, (size, size)), rng.integers(-2, 3, (size, size))
        text = plots.arithmetic(patch, kernel)
        total = int((patch * kernel).sum())
        assert f"= {total}".replace("-", "\N{MINUS SIGN}") in text
        zeros = patch.size - np.count_nonzero(patch)
        assert (f"({zeros} more" in text) == (zeros > 0)


def test_a_filtered_digit_marks_what_no_window_reaches():
    image = np.zeros((28, 28))
    ax = plots.filtered_digit(image, lecture.FILTER_1, stride=2)
    hatched = [p.get_bbox() for p in ax.figure.axes[0].patches if p.get_hatch()]
    assert sum(b.width * b.height for b in hatched) == 28 + 27
    assert ax.get_title(loc="left") == "feature map, 13 x 13"


def test_color_channels_are_the_channels(rng):
    color = rng.random((4, 5, 3))
    axes = plots.color_channels(color).figure.axes
    for c in range(3):
        assert np.array_equal(axes[c + 1].images[0].get_array(), color[..., c])
    with pytest.raises(ValueError, match=r"color_channels: expected \(H, W, 3\), got \(4, 5\)"):
        plots.color_channels(color[..., 0])
