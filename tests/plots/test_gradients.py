"""There and back, and the valley of a gradient check: the pictures hold the numbers."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lecturekit import lecture, plots

VALUES = {"image": lecture.IMAGE, "map": lecture.FEATURE_MAP_1, "y": [2, -3], "loss": 2.5}
GRADIENTS = {"y": [1, -2], "loss": 1}


def texts(ax):
    return [text.get_text().replace("\N{MINUS SIGN}", "-") for text in ax.texts]


def test_every_number_stands_in_a_cell_and_every_grid_has_its_name():
    ax = plots.backward_pass(VALUES, GRADIENTS)
    shown = texts(ax)
    numbers = [*lecture.IMAGE.flat, *lecture.FEATURE_MAP_1.flat, 2, -3, 2.5, 1, -2, 1]
    names = ["image", "map", "y", "loss", "d_image", "d_map", "d_y", "d_loss"]
    # The arrows are annotations without text.
    assert sorted(filter(None, shown)) == sorted([*(f"{n:g}" for n in numbers), *names])
    assert len(ax.patches) == 2 * (36 + 16 + 2 + 1)


def test_a_value_without_a_gradient_has_empty_cells():
    boxes = plots.backward_pass(VALUES).patches
    dotted = [box for box in boxes if box.get_linestyle() == ":"]
    assert len(dotted) == len(boxes) / 2
    assert {to_hex(box.get_facecolor()) for box in dotted} == {"#ffffff"}


def test_pixels_are_grey_and_gradients_have_signs_and_a_white_zero():
    ax = plots.backward_pass({"image": [[0, 1]], "y": [3]}, {"image": [[0, -5]], "y": [4]})
    pixels, gradients = ax.patches[:2], ax.patches[2:4]
    assert [to_hex(box.get_facecolor()) for box in pixels] == ["#000000", "#ffffff"]
    red, _, blue, _ = gradients[1].get_facecolor()
    assert to_hex(gradients[0].get_facecolor()) == "#ffffff"
    assert red > blue
    red, _, blue, _ = ax.patches[-1].get_facecolor()
    assert blue > red


def test_the_way_there_points_right_and_the_way_back_left():
    ax = plots.backward_pass(VALUES, steps=["filter 1", "...", "error"])
    arrows = [note for note in ax.texts if getattr(note, "arrow_patch", None)]
    right = [note.xy[0] > note.get_position()[0] for note in arrows]
    assert right == [True, False] * 3
    assert {"filter 1", "...", "error"} <= set(texts(ax))


def test_all_zero_gradients_can_be_drawn():
    assert plots.backward_pass({"x": [1.0]}, {"x": [0.0]}).patches


def test_the_errors_are_drawn_in_the_order_of_their_steps():
    steps, errors = np.array([1e-3, 1e-7, 1e-5]), np.array([1e-6, 1e-8, 1e-10])
    ax = plots.step_errors(steps, errors)
    (line,) = ax.lines
    assert line.get_xdata().tolist() == [1e-7, 1e-5, 1e-3]
    assert line.get_ydata().tolist() == [1e-8, 1e-10, 1e-6]
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_the_guides_have_their_slopes_and_end_where_they_are_too_small_to_see():
    steps = 10.0 ** np.arange(-12, 0)
    ax = plots.step_errors(steps, 0.1 * steps**2 + 1e-16 / steps, curvature=0.1, rounding=1e-16)
    _, curvature, rounding = ax.lines
    for line, slope in ((curvature, 2), (rounding, -1)):
        x, y = np.log10(line.get_xdata()), np.log10(line.get_ydata())
        np.testing.assert_allclose(np.diff(y) / np.diff(x), slope)
        assert len(x) < len(steps)
    assert texts(ax) == ["curvature, as step²", "rounding, as 1/step"]


def test_a_guide_far_below_all_errors_is_left_out():
    assert len(plots.step_errors([1e-3, 1e-5], [0.1, 0.1], rounding=1e-16).lines) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.backward_pass({}), "expected at least one value .* got 0 values"),
        (lambda: plots.backward_pass(VALUES, steps=["a"]), "got 4 values and 1 steps"),
        (lambda: plots.backward_pass({"x": np.zeros((1, 2, 2))}), r"x must be .* \(1, 2, 2\)"),
        (lambda: plots.backward_pass({"x": []}), r"x must be .* got shape \(0,\)"),
        (lambda: plots.backward_pass(VALUES, {"z": 1}), "d_z expected one of the values, got"),
        (lambda: plots.backward_pass(VALUES, {"y": 1}), r"d_y expected \(2, 1\), got \(1, 1\)"),
        (lambda: plots.step_errors([], []), "step_errors: expected steps and errors"),
        (lambda: plots.step_errors([1, 2], [1]), "step_errors: expected steps and errors"),
        (lambda: plots.step_errors([1, 0], [1, 1]), "step_errors: expected steps and errors"),
        (lambda: plots.step_errors([1, 2], [1, np.nan]), "step_errors: expected steps and errors"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
