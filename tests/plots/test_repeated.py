"""Dots and spreads show every measurement that went in."""

import numpy as np
import pytest

from lecturekit import plots


def test_every_measurement_is_a_dot_and_the_mean_a_line():
    groups = {"CNN": [98.0, 99.0, 99.0], "DNN": [97.0]}
    ax = plots.dots(groups, xlabel="accuracy")
    for values, dots, line in zip(groups.values(), ax.collections, ax.lines, strict=True):
        np.testing.assert_array_equal(dots.get_offsets()[:, 0], values)
        assert set(line.get_xdata()) == {np.mean(values)}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["CNN", "DNN"]


def test_equal_measurements_do_not_hide_each_other():
    places = plots.dots({"CNN": [98.0, 99.0, 99.0, 99.0]}).collections[0].get_offsets()
    assert len({tuple(place) for place in places}) == 4


def test_the_first_group_stands_on_top():
    low, high = plots.dots({"CNN": [1], "DNN": [2]}).get_ylim()
    assert low > high


def test_a_band_is_shaded_and_named():
    ax = plots.dots({"CNN": [98.0]}, band=(97.5, 98.5), band_label="one standard error")
    box = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (box.x0, box.x1) == pytest.approx((97.5, 98.5))
    assert "one standard error" in [text.get_text() for text in ax.texts]


def test_a_spread_reaches_from_the_least_to_the_largest():
    values = np.array([[3.0, 2.0, 1.0], [5.0, 4.0, 0.0]])
    ax = plots.spread({"CNN": values}, xlabel="pixels")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [4, 3, 0.5])
    corners = ax.collections[0].get_paths()[0].vertices
    for k in range(3):
        at_k = corners[corners[:, 0] == k, 1]
        assert (at_k.min(), at_k.max()) == (values[:, k].min(), values[:, k].max())


def test_a_spread_of_several_lengths_lies_where_each_says():
    series = {"CNN": [[3.0, 2.0], [4.0, 2.5]], "DNN": [[9.0, 8.0, 7.0]]}
    x = {"CNN": [10, 100], "DNN": [20, 200, 2000]}
    ax = plots.spread(series, x=x, log="x")
    for name, line, area in zip(series, ax.lines, ax.collections, strict=True):
        assert line.get_xdata().tolist() == x[name]
        assert set(area.get_paths()[0].vertices[:, 0]) == set(x[name])


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.dots({}), "dots: expected 1 to 4 groups"),
        (lambda: plots.dots({"CNN": []}), "dots: expected 1 to 4 groups with values"),
        (lambda: plots.dots({name: [1] for name in "abcde"}), "dots: expected 1 to 4"),
        (lambda: plots.spread({"CNN": [1, 2]}), r"spread: CNN must be \(repetitions, n\)"),
        (lambda: plots.spread({name: [[1]] for name in "abcde"}), "spread: expected 1 to 4"),
        (lambda: plots.spread({}), "spread: expected 1 to 4 series, got 0"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
