"""The figures of chapter 3: blocks, windows, dropped cells, and stones on a board."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle

from lecturekit import lecture, plots, shapes
from lecturekit import reference as ref

MAP = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1, padding=1)


def frames(ax):
    amber = [p for p in ax.patches if to_hex(p.get_edgecolor()).upper() == plots.AMBER]
    return [p.get_bbox().bounds for p in amber]


def hatched(ax, shape):
    """Which cells lie under a hatch."""
    cells = np.zeros(shape, int)
    for patch in ax.patches:
        if patch.get_hatch():
            x, y, width, height = patch.get_bbox().bounds
            cells[
                round(y + 0.5) : round(y + height + 0.5), round(x + 0.5) : round(x + width + 0.5)
            ] += 1
    return cells


@pytest.mark.parametrize(
    ("shape", "size"), [((4, 4), 2), ((11, 11), 2), ((5, 7), 3), ((6, 4), (3, 2))]
)
def test_blocks_have_borders_and_what_is_left_over_is_hatched_once(shape, size):
    ax = plots.block_lines(plots.image(np.zeros(shape), numbers=False), shape, size)
    height, width = (size, size) if isinstance(size, int) else size
    kept = shape[0] // height * height, shape[1] // width * width
    assert len(ax.lines) == kept[0] // height + 1 + kept[1] // width + 1
    expected = np.ones(shape, int)
    expected[: kept[0], : kept[1]] = 0
    assert np.array_equal(hatched(ax, shape), expected)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kind", ["max", "mean"])
def test_a_step_shows_the_window_its_cell_and_the_result(size, stride, kind):
    side = shapes.output_size(6, size, stride=stride)
    output = side * side - 1
    ax = plots.pooling_step(MAP, size=size, stride=stride, output=output, kind=kind)
    start = (side - 1) * stride - 0.5
    assert frames(ax.figure.axes[0]) == [(start, start, size, size)]
    assert frames(ax) == [(side - 1.5, side - 1.5, 1, 1)]
    pool = {"max": ref.max_pool2d, "mean": ref.avg_pool2d}[kind]
    expected = pool(MAP[None, :, :, None], size, stride=stride)[0, :, :, 0]
    assert np.array_equal(ax.images[0].get_array(), expected)
    rest = shapes.dropped(6, size, stride=stride)
    assert np.count_nonzero(hatched(ax.figure.axes[0], (6, 6))) == 36 - (6 - rest) ** 2


def test_a_step_writes_its_arithmetic():
    ax = plots.pooling_step(lecture.FEATURE_MAP_1, output=3)
    shown = ax.figure.axes[0].texts[-1].get_text()
    assert shown == "max(0, 1, −2, −1) = 1"
    ax = plots.pooling_step(lecture.FEATURE_MAP_2, output=3, kind="mean")
    assert ax.figure.axes[0].texts[-1].get_text() == "mean(−2, 1, −4, 3) = −0.50"


def test_numbers_stay_readable_on_the_hatch():
    ax = plots.pooling_step(MAP, size=5).figure.axes[0]
    raised = [t for t in ax.texts if t.get_path_effects()]
    assert len(raised) == 11
    assert all(text.get_zorder() > 4 for text in raised)


@pytest.mark.parametrize("output", [-1, 4])
def test_an_output_that_is_not_there(output):
    with pytest.raises(ValueError, match=f"pooling_step: output must be from 0 to 3, got {output}"):
        plots.pooling_step(lecture.FEATURE_MAP_1, output=output)


def test_a_kind_of_pooling_that_there_is_not():
    with pytest.raises(ValueError, match='pooling_step: kind must be "max" or "mean", got \'min\''):
        plots.pooling_step(lecture.FEATURE_MAP_1, kind="min")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size must be at least 1, got 0"),
        ({"stride": 0}, "stride must be at least 1, got 0"),
        ({"size": 5}, "a window of 5x5 does not fit on an image of 4x4"),
    ],
)
def test_a_window_that_does_not_fit(options, message):
    with pytest.raises(ValueError, match=f"pooling_step: {message}"):
        plots.pooling_step(lecture.FEATURE_MAP_1, **options)


def test_what_is_no_map():
    with pytest.raises(ValueError, match=r"pooling_step: expected a map \(H, W\), got \(16,\)"):
        plots.pooling_step(lecture.FEATURE_MAP_1.ravel())


def test_stones_stand_on_their_points_in_their_color():
    stones = np.zeros((4, 6, 2), int)
    stones[1, 2, 0] = stones[3, 5, 1] = 1
    ax = plots.board(stones, marks=[(0, 2)], title="two stones")
    drawn = {p.center: to_hex(p.get_facecolor()) for p in ax.patches if isinstance(p, Circle)}
    assert set(drawn) == {(2, 1), (5, 3)}
    assert drawn[5, 3] == "#ffffff"
    assert drawn[2, 1] != "#ffffff"
    crosses = [line for line in ax.lines if line.get_marker() == "x"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in crosses] == [(2, 0)]
    assert sum(line.get_linestyle() == "--" for line in ax.lines) == 3
    assert ax.get_title(loc="left") == "two stones"


@pytest.mark.parametrize("shape", [(6, 6), (6, 6, 1), (6, 6, 3)])
def test_what_is_no_board(shape):
    with pytest.raises(ValueError, match=r"board: expected \(H, W, 2\) stones"):
        plots.board(np.zeros(shape))


@pytest.mark.parametrize("size", [0, -1])
def test_blocks_without_points(size):
    with pytest.raises(ValueError, match=f"board: size must be at least 1, got {size}"):
        plots.board(np.zeros((2, 2, 2), int), size=size)


def test_two_stones_on_one_point():
    with pytest.raises(ValueError, match="stand on one point"):
        plots.board(np.ones((2, 2, 2), int))
