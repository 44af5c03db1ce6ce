"""The figures of chapter 1 mark the places and write the numbers that they were given."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lecturekit import lecture, plots
from lecturekit import reference as ref


def frames(ax):
    amber = [p for p in ax.patches if to_hex(p.get_edgecolor()).upper() == plots.AMBER]
    return [p.get_bbox().bounds for p in amber]


def test_a_search_marks_where_it_was_cut_and_where_it_was_found():
    image = np.zeros((8, 9))
    image[4:7, 5:8] = np.eye(3)
    answers = ref.correlate2d(image, lecture.FILTER_1)
    ax = plots.pattern_search(lecture.IMAGE, (3, 0), lecture.FILTER_1, image, answers)
    source, detector, target, response = ax.figure.axes
    assert response is ax
    assert frames(source) == [(-0.5, 2.5, 3, 3)]
    assert frames(target) == [(4.5, 3.5, 3, 3)]
    assert frames(response) == [(4.5, 3.5, 1, 1)]
    assert np.array_equal(detector.images[0].get_array(), lecture.FILTER_1)
    assert ax.get_title(loc="left") == "answers, best 3.00"


def test_a_patch_of_one_shade_is_no_pattern():
    with pytest.raises(ValueError, match="one shade only"):
        plots.pattern_search(
            np.ones((6, 6)), (0, 0), np.zeros((3, 3)), np.ones((6, 6)), np.ones((4, 4))
        )


def test_amounts_are_as_long_as_the_numbers_and_name_them():
    ax = plots.amounts({"all": 13_249_600, "some": 152_100, "few": 225}, unit="weights")
    assert [bar.get_width() for bar in ax.containers[0]] == [13_249_600, 152_100, 225]
    assert [text.get_text() for text in ax.texts] == ["13,249,600", "152,100", "225"]
    assert ax.get_xscale() == "log"
    assert ax.get_xlim()[0] == 1
    assert ax.get_xlabel().startswith("weights")
    assert ax.yaxis_inverted()


@pytest.mark.parametrize("bad", [{}, {"none": 0}, {"some": 3, "less": -1}])
def test_amounts_below_1_have_no_place_on_the_scale(bad):
    with pytest.raises(ValueError, match="amounts: expected numbers of at least 1"):
        plots.amounts(bad, unit="weights")


def test_the_steps_stand_in_their_order_and_the_bracket_holds_the_repeated_ones():
    ax = plots.cnn_steps(title="the whole CNN")
    places = {t.get_text(): t.get_position()[0] for t in ax.texts if t.get_text()}
    assert places["image"] < places["flatten"] < places["fully\nconnected"] < places["0, 1, … 9"]
    (bracket,) = ax.lines
    left, right = min(bracket.get_xdata()), max(bracket.get_xdata())
    inside = [t.get_text() for t in ax.texts if left < t.get_position()[0] < right]
    assert inside.count("convolution") == inside.count("max\npooling") == 2
    assert "image" not in inside
    assert "flatten" not in inside
    assert ax.get_title(loc="left") == "the whole CNN"


@pytest.mark.parametrize(
    "draw", [lambda ax: plots.amounts({"a": 2}, unit="n", ax=ax), lambda ax: plots.cnn_steps(ax=ax)]
)
def test_they_draw_on_the_axes_they_are_given(draw):
    _, (given,) = plots.panels(1)
    assert draw(given) is given
