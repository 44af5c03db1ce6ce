"""What a reader measures on the drawing of a network is what the network is."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from lecturekit import lecture, plots

NETWORK = {"image": lecture.INPUT_SHAPE, **lecture.LAYER_SHAPES}


def rectangles(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_one_sheet_a_channel_and_one_box_a_vector():
    ax = plots.architecture(NETWORK)
    sheets = [patch.get_width() for patch in rectangles(ax)]
    for side, channels in [(28, 1), (26, 25), (13, 25), (11, 50), (5, 50)]:
        assert sheets.count(side) == channels
    assert len(sheets) == 1 + 25 + 25 + 50 + 50 + 1


def test_squares_are_to_scale_and_layers_go_from_left_to_right():
    ax = plots.architecture(NETWORK)
    assert ax.get_aspect() == 1
    fronts = [patch for patch in rectangles(ax) if patch.get_zorder() == 3]
    assert [patch.get_height() for patch in fronts[:5]] == [28, 26, 13, 11, 5]
    lefts = [patch.get_x() for patch in fronts]
    assert lefts == sorted(lefts)


def test_names_sizes_and_steps_are_written():
    ax = plots.architecture({"image": (28, 28, 1), "flatten": (1250,)}, steps=["one\ntwo"])
    assert texts(ax) == ["28 x 28 x 1", "image", "1,250", "flatten", "two", "one"]


def test_steps_stand_between_their_layers():
    ax = plots.architecture({"a": (28, 28, 1), "b": (26, 26, 25), "c": (10,)}, steps=["x", "y"])
    place = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert place["a"] < place["x"] < place["b"] < place["y"] < place["c"]


def test_an_array_shows_the_channel_with_the_largest_sum_in_front():
    maps = np.zeros((4, 4, 3))
    maps[1, 2, 1], maps[..., 2] = 5.0, 0.5
    ax = plots.architecture(
        {"image": np.full((6, 6, 1), 0.5), "maps": maps, "vector": np.arange(3)}
    )
    image, front, column = ax.images
    assert np.array_equal(image.get_array(), np.full((6, 6), 0.5))
    assert (image.norm.vmin, image.norm.vmax) == (0, 1)
    assert np.array_equal(front.get_array(), maps[..., 2])
    assert np.array_equal(column.get_array(), [[0], [1], [2]])
    assert column.norm.vmax == 2


@pytest.mark.parametrize("lowest", [-3.0, np.nan])
@pytest.mark.filterwarnings("error")
def test_maps_without_a_value_above_0_are_white(lowest):
    maps = np.full((4, 4, 1), lowest)
    for ax in (
        plots.architecture({"image": np.zeros((6, 6, 1)), "maps": maps}),
        plots.receptive_field({"image": np.zeros((6, 6)), "map": maps[..., 0]}, [(3, 1)]),
    ):
        picture = ax.images[1]
        assert (picture.norm.vmin, picture.norm.vmax) == (0, 1)
        ax.figure.canvas.draw()


def test_a_column_reads_from_the_top_down():
    ax = plots.architecture({"image": (6, 6, 1), "vector": np.array([1.0, 0.0])})
    (picture,) = ax.images
    _, _, bottom, top = picture.get_extent()
    assert picture.origin == "upper"
    assert top > bottom


def test_it_draws_on_the_axes_it_is_given():
    _, (given,) = plots.panels(1)
    assert plots.architecture(NETWORK, ax=given, title="all") is given
    assert given.get_title(loc="left") == "all"


@pytest.mark.parametrize(
    ("layers", "steps", "message"),
    [
        ({}, (), "at least one layer .* got 0 layers"),
        ({"a": (3,), "b": (4,)}, ["x", "y"], "got 2 layers and 2 steps"),
        ({"a": (28, 28)}, (), r"a must be \(H, W, C\) or \(n,\), got \(28, 28\)"),
        ({"a": np.zeros((5, 5, 0))}, (), r"got \(5, 5, 0\)"),
    ],
)
def test_what_is_no_network(layers, steps, message):
    with pytest.raises(ValueError, match=f"architecture: .*{message}"):
        plots.architecture(layers, steps=steps)


def test_bars_are_as_long_as_the_counts_and_say_number_and_share():
    ax = plots.parameter_counts({"conv": 250, "dense": 750})
    assert [bar.get_width() for bar in ax.patches] == [250, 750]
    assert texts(ax) == ["250 (25.0%)", "750 (75.0%)"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["conv", "dense"]
    assert ax.yaxis_inverted()


@pytest.mark.parametrize("counts", [{}, {"pool": 0}])
def test_nothing_to_count(counts):
    with pytest.raises(ValueError, match="parameter_counts: expected at least one layer"):
        plots.parameter_counts(counts)
