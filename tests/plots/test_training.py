"""Networks side by side: the pictures hold the numbers."""

import itertools

import numpy as np
import pytest

from lecturekit import lecture, plots

COUNTS = {
    "CNN": {"conv2d_1": 250, "pool_1": 0, "conv2d_2": 11_300, "dense": 125_100, "output": 1_010},
    "DNN": {"dense_1": 392_500, "dense_2": 250_500, "output": 5_010},
}


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_the_vector_is_the_rows_laid_end_to_end():
    ax = plots.pixel_vector(lecture.IMAGE)
    np.testing.assert_array_equal(ax.images[0].get_array(), [lecture.IMAGE.ravel()])


def test_the_frame_holds_one_row_of_the_image():
    ax = plots.pixel_vector(lecture.IMAGE[..., np.newaxis], row=2)
    box = ax.patches[0]
    start, end = box.get_x() + 0.5, box.get_x() + 0.5 + box.get_width()
    assert (start, end) == (12, 18)


def test_the_pieces_of_a_bar_add_up_and_the_total_stands_at_the_end():
    ax = plots.stacked_parameters(COUNTS)
    ends = {"CNN": 137_660, "DNN": 648_010}
    for place, total in enumerate(ends.values()):
        pieces = [bar for bar in ax.patches if round(bar.get_y() + bar.get_height() / 2) == place]
        assert sum(bar.get_width() for bar in pieces) == total
        assert max(bar.get_x() + bar.get_width() for bar in pieces) == total
        assert f"{total:,}" in texts(ax)


def test_layers_without_parameters_have_no_piece_and_thin_ones_no_name():
    ax = plots.stacked_parameters(COUNTS)
    assert len(ax.patches) == 7
    assert "dense\n125,100" in texts(ax)
    assert not any("conv2d_1" in text for text in texts(ax))


def test_neighboring_pieces_differ_in_color():
    colors = [bar.get_facecolor() for bar in plots.stacked_parameters(COUNTS).patches]
    assert all(one != next_one for one, next_one in itertools.pairwise(colors))


def test_a_reading_shows_the_image_and_all_probabilities():
    ax = plots.reading(lecture.IMAGE, [0.1, 0.7, 0.2], truth=1, title="a 1")
    picture, bars = ax.child_axes
    np.testing.assert_array_equal(picture.images[0].get_array(), lecture.IMAGE)
    assert texts(bars) == ["0.10", "0.70", "0.20"]
    assert [t.get_text() for t in bars.get_yticklabels()] == ["0", "right: 1", "2"]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: plots.pixel_vector(np.zeros((6, 6, 3))),
            r"pixel_vector: expected one image \(H, W\)",
        ),
        (lambda: plots.pixel_vector(lecture.IMAGE, row=6), "pixel_vector: row .* 0 to 5, got 6"),
        (lambda: plots.pixel_vector(lecture.IMAGE, row=-1), "pixel_vector: row .* 0 to 5, got -1"),
        (lambda: plots.stacked_parameters({}), "stacked_parameters: expected 1 to 4 networks"),
        (lambda: plots.stacked_parameters({"CNN": {"pool_1": 0}}), "expected 1 .* {'CNN': 0}"),
        (lambda: plots.reading(lecture.IMAGE, [2.0]), "probabilities: expected"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_four_networks_are_drawn_and_a_fifth_is_an_error_rather_than_left_out():
    networks = {name: {"dense": 10} for name in "abcde"}
    four = dict(list(networks.items())[:4])
    assert len({bar.get_facecolor() for bar in plots.stacked_parameters(four).patches}) == 4
    with pytest.raises(ValueError, match="stacked_parameters: expected 1 to 4 networks"):
        plots.stacked_parameters(networks)
