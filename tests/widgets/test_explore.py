"""A figure with sliders: it redraws, it stands still as a picture, it keeps its head."""

import base64
import functools

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest

from lecturekit import plots, widgets
from lecturekit.shapes import ShapeError


def draw(size=2, sign="plus", on=False):
    if size == 5:
        raise ShapeError("draw: a window of 5x5 does not <fit>")
    return plots.feature_map(np.full((size, size), 1 if sign == "plus" else -1), limit=2)


@pytest.fixture
def figure():
    return widgets.explore(draw, size=(1, 5), sign=["plus", "minus"], on=True)


def test_controls_by_form_and_first_values_from_the_defaults(figure):
    kinds = {name: type(control) for name, control in figure.controls.items()}
    assert kinds == {
        "size": ipywidgets.IntSlider,
        "sign": ipywidgets.Dropdown,
        "on": ipywidgets.Checkbox,
    }
    assert figure.controls["size"].value == 2
    assert (figure.controls["size"].min, figure.controls["size"].max) == (1, 5)


def test_moving_a_slider_draws_again(figure):
    before = figure.image.value
    figure.controls["size"].value = 3
    assert figure.image.value != before
    figure.controls["size"].value = 2
    assert figure.image.value == before


def test_values_that_do_not_fit_give_a_message_and_keep_the_figure(figure):
    before = figure.image.value
    figure.controls["size"].value = 5
    assert "5x5 does not &lt;fit&gt;" in figure.message.value
    assert figure.image.value == before
    figure.controls["size"].value = 3
    assert figure.message.value == ""


def test_no_figure_is_left_open(figure):
    figure.controls["size"].value = 5
    figure.controls["size"].value = 4
    assert plt.get_fignums() == []


def test_the_display_carries_the_widget_and_a_picture(figure):
    bundle = figure._repr_mimebundle_()
    assert set(bundle) >= {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == "explore(draw, size=2, sign='plus', on=True)"


def test_an_ipywidget_stands_for_itself():
    slider = ipywidgets.FloatSlider(value=3, min=1, max=4, step=1, description="how large")
    figure = widgets.explore(lambda size: plots.image(np.ones((int(size), 1))), size=slider)
    assert figure.controls["size"] is slider
    assert slider.description == "how large"


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({}, "expected at least one control"),
        ({"width": (1, 3)}, "draw takes no argument 'width'"),
        ({"size": None}, "size=None is no control"),
    ],
)
def test_bad_input(controls, message):
    with pytest.raises(TypeError, match=f"explore: {message}"):
        widgets.explore(draw, **controls)


class Drawer:
    def __call__(self, size=2):
        return draw(size)


@pytest.mark.parametrize(
    ("function", "shown"),
    [
        (functools.partial(draw, on=True), "draw"),
        (Drawer(), "Drawer"),
        (Drawer().__call__, "__call__"),
    ],
)
def test_whatever_can_be_called_has_a_name(function, shown):
    assert repr(widgets.explore(function, size=(1, 3))) == f"explore({shown}, size=2)"
    with pytest.raises(TypeError, match=f"explore: {shown} takes no argument 'width'"):
        widgets.explore(function, width=(1, 3))


def test_a_drawing_that_returns_no_axes():
    def forgetful(size=2):
        draw(size)

    message = "explore: forgetful must return a Matplotlib Axes, got NoneType"
    with pytest.raises(TypeError, match=message):
        widgets.explore(forgetful, size=(1, 3))
    assert plt.get_fignums() == []


def test_an_error_at_the_first_drawing_is_raised_and_leaves_no_figure():
    with pytest.raises(ShapeError, match="does not <fit>"):
        widgets.explore(draw, size=ipywidgets.IntSlider(value=5, max=5))
    assert plt.get_fignums() == []
