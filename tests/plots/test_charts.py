"""Bars and curves."""

import numpy as np
import pytest

from lecturekit import plots


def test_bars_are_as_long_as_the_probabilities_and_the_right_one_is_named():
    p = np.array([0.1, 0.7, 0.2])
    ax = plots.probabilities(p, truth=2)
    assert [bar.get_width() for bar in ax.containers[1]] == p.tolist()
    assert [t.get_text() for t in ax.texts] == ["0.10", "0.70", "0.20"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0", "1", "right: 2"]


def test_curves_hold_their_values_and_are_named_at_their_ends():
    ax = plots.curves({"CNN": [1, 2, 4], "dense": [1, 2, 3.9]}, xlabel="epoch")
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    assert [line.get_ydata().tolist() for line in lines] == [[1, 2, 4], [1, 2, 3.9]]
    assert sorted(t.get_text() for t in ax.texts) == ["CNN", "dense"]
    assert ax.get_legend() is None
    assert len({line.get_linestyle() for line in lines}) == 2


def test_names_at_close_ends_do_not_lie_on_each_other():
    ax = plots.curves({name: [0, 1] for name in "abcd"})
    heights = sorted(t.xy[1] for t in ax.texts)
    low, high = ax.get_ylim()
    assert min(np.diff(heights)) > 0.05 * (high - low)


@pytest.mark.parametrize("bad", [[[0.5, 0.5]], [], [1.5], [-0.1, 1.1], [0.5, np.nan]])
def test_what_is_no_row_of_probabilities(bad):
    with pytest.raises(ValueError, match="probabilities: expected"):
        plots.probabilities(bad)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"truth": -1}, "truth must be from 0 to 2, got -1"),
        ({"truth": -9}, "truth must be from 0 to 2, got -9"),
        ({"truth": 9}, "truth must be from 0 to 2, got 9"),
        ({"names": ["a", "b"]}, "expected 3 names, got 2"),
    ],
)
def test_a_class_that_is_not_there(options, message):
    with pytest.raises(ValueError, match=f"probabilities: {message}"):
        plots.probabilities([0.1, 0.7, 0.2], **options)


def test_each_curve_may_have_its_own_places():
    series, x = {"CNN": [2, 1], "DNN": [4, 3, 2]}, {"CNN": [5, 6], "DNN": [7, 8, 9]}
    ax = plots.curves(series, x=x)
    for name, line in zip(series, ax.lines, strict=True):
        assert line.get_xdata().tolist() == x[name]
        assert line.get_ydata().tolist() == series[name]


def test_on_logarithmic_axes_equal_steps_are_equal_factors():
    ax = plots.curves({"CNN": [20, 5, 0.8]}, x=[100, 2_000, 60_000], log="xy")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    ax.figure.canvas.draw()
    written = {
        axis: [t.get_text() for t in getattr(ax, f"get_{axis}ticklabels")()] for axis in "xy"
    }
    assert {"100", "1,000", "10,000"} <= set(written["x"])
    assert {"1", "2", "5", "10", "20"} <= set(written["y"])
    assert plots.curves({"CNN": [2, 1]}, log="y").get_xscale() == "linear"


@pytest.mark.parametrize("log", ["", "y"])
def test_names_of_close_ends_are_moved_apart_on_any_axis(log):
    ax = plots.curves({"a": [40, 1.00], "b": [40, 1.01], "c": [40, 39]}, log=log)
    heights = {t.get_text(): ax.transData.transform(t.xy)[1] for t in ax.texts}
    apart = 0.09 * ax.bbox.height
    assert heights["b"] - heights["a"] == pytest.approx(apart)
    assert heights["a"] == pytest.approx(ax.transData.transform((1, 1.00))[1])
    assert heights["c"] == pytest.approx(ax.transData.transform((1, 39))[1])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"x": [1, 2, 3]}, r"CNN has 2 values, and x has shape \(3,\)"),
        ({"x": {"DNN": [1, 2]}}, r"x has no places for CNN, only for \['DNN'\]"),
        ({"log": "y"}, "a logarithmic y axis needs values above 0"),
        ({"log": "x"}, "a logarithmic x axis needs values above 0"),
        ({"log": "z"}, "log must be .* got 'z'"),
        ({"log": True}, "log must be .* got True"),
    ],
)
def test_places_that_do_not_fit(how, message):
    with pytest.raises(ValueError, match=f"curves: {message}"):
        plots.curves({"CNN": [1, 0]}, **how)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ({}, "expected 1 to 4 series, got 0"),
        ({str(k): [0] for k in range(5)}, "expected 1 to 4 series, got 5"),
        ({"a": []}, r"a must be \(n,\), n at least 1, got \(0,\)"),
        ({"a": [1], "b": [[1, 2]]}, r"b must be \(n,\), n at least 1, got \(1, 2\)"),
    ],
)
def test_what_is_no_curve(series, message):
    with pytest.raises(ValueError, match=f"curves: {message}"):
        plots.curves(series)
