"""Gradient ascent in the page, against `feature_visualization.maximize` in NumPy.

Tried: a step downhill, no clipping, the slope behind the activation, a penalty with the wrong sign,
another unit's map: each makes a test here fail.
"""

import re

import numpy as np
import pytest

from lecturekit import data
from lecturekit import feature_visualization as fv
from lecturekit.reference import CNN, layers
from lecturekit.widgets.ascent_explorer import AscentExplorer

CNN_ = data.load_cnn()
# Once a maximum of pooling switches, two back ends go different ways; scores stay this close.
AFTER_MANY_STEPS = 1e-2


def score(x, layer, unit):
    return float(CNN_.activations(x, before_activation=True)[layer][..., unit].sum())


def climb(x, layer, unit, steps, *, step_size=0.05, l1=0.0, total_variation=0.0):
    """What the package finds, from the same start."""
    kind = fv.Filter if layer.startswith("conv") else fv.Neuron
    penalties = [fv.L1(l1), fv.TotalVariation(total_variation)]
    ascent = fv.maximize(
        CNN_, kind(layer, unit), steps=steps, step_size=step_size, start=x, regularizers=penalties
    )
    return ascent.images, ascent.scores[:, 0]


def noise(seed=0):
    return np.random.default_rng(seed).uniform(0.45, 0.55, (1, 28, 28, 1)).astype("f4")


def shown_score(tab) -> tuple[int, float]:
    line = tab.get_by_role("status").inner_text()
    found = re.search(r"Step (\d+), .* (?:a|its value) is ([−\d.]+)\.", line)
    assert found is not None, line
    return int(found[1]), float(found[2].replace("−", "-"))


def wait_for_step(tab, step):
    tab.wait_for_function(
        f"document.querySelector('[role=status]').innerText.startsWith('Step {step},')"
    )


def pixels(tab):
    data = tab.locator("canvas.lk-x").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)"
    )
    return np.reshape(data, (28, 28, 4))[..., 0]


def set_slider(tab, name, value):
    slider = tab.get_by_role("slider", name=name)
    slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", str(value))


@pytest.mark.parametrize(
    ("layer", "unit"), [("conv2d_1", 3), ("conv2d_2", 7), ("dense", 12), ("output", 3)]
)
def test_one_step_and_a_run_of_them_are_numpys(show, layer, unit):
    tab = show(AscentExplorer(layer=layer, unit=unit, steps=20))
    x, (first, second) = climb(noise(), layer, unit, 1)
    assert shown_score(tab) == (0, pytest.approx(first, rel=1e-5, abs=1e-4))
    tab.get_by_role("button", name="One step").press("Enter")
    assert shown_score(tab) == (1, pytest.approx(second, rel=1e-5, abs=1e-4))
    assert np.abs(pixels(tab) - x[0, :, :, 0] * 255).max() <= 1
    tab.get_by_role("button", name="Run").click()
    wait_for_step(tab, 21)
    expected = climb(noise(), layer, unit, 21)[1][-1]
    assert shown_score(tab)[1] == pytest.approx(expected, rel=AFTER_MANY_STEPS)
    assert expected > second
    tab.get_by_role("button", name="Start again").click()
    assert shown_score(tab) == (0, pytest.approx(first, rel=1e-5, abs=1e-4))


def test_the_penalties_and_the_step_size_are_numpys(show):
    tab = show(AscentExplorer(layer="output", unit=8, start="digit", digit=3))
    x = data.load_digits().x_test[[AscentExplorer().digits.numbers[3]]]
    for name, value, option in (
        ("step size", 0.01, "step_size"),
        ("L1 penalty", 0.5, "l1"),
        ("total variation", 0.25, "total_variation"),
    ):
        tab.get_by_role("slider", name=name).press("ArrowRight")
        set_slider(tab, name, value)
        tab.get_by_role("button", name="Start again").click()
        options = {"step_size": 0.01, option: value}
        if option == "total_variation":
            options["l1"] = 0.5
        tab.get_by_role("button", name="One step").click()
        expected_image, expected = climb(x, "output", 8, 1, **options)
        assert shown_score(tab) == (1, pytest.approx(expected[-1], rel=1e-4, abs=1e-3))
        assert np.abs(pixels(tab) - expected_image[0, :, :, 0] * 255).max() <= 1


def test_layer_unit_and_start_are_chosen_by_keyboard_and_pointer(show):
    tab = show(AscentExplorer())
    tab.get_by_role("combobox", name="layer").select_option(label="output")
    unit = tab.get_by_role("slider", name="unit")
    unit.press("End")
    assert shown_score(tab)[1] == pytest.approx(score(noise(), "output", 9), abs=1e-4)
    start = tab.get_by_role("combobox", name="start from")
    for label, value in (("black", 0.0), ("grey", 0.5)):
        start.select_option(label=label)
        x = np.full((1, 28, 28, 1), value, "f4")
        assert shown_score(tab)[1] == pytest.approx(score(x, "output", 9), abs=1e-4)
    start.select_option(label="a held-out digit")
    tab.get_by_role("combobox", name="digit").press("ArrowDown")
    x = data.load_digits().x_test[[AscentExplorer().digits.numbers[1]]]
    assert shown_score(tab)[1] == pytest.approx(score(x, "output", 9), abs=1e-3)
    start.select_option(label="your drawing")
    box = tab.locator("canvas.lk-drawing-pad").bounding_box()
    tab.mouse.move(box["x"] + 60, box["y"] + 40)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 60, box["y"] + 180, steps=5)
    tab.mouse.up()
    drawn = (pixels(tab) / np.float32(255)).astype("f4").reshape(1, 28, 28, 1)
    assert drawn.sum() > 30
    assert shown_score(tab)[1] == pytest.approx(score(drawn, "output", 9), abs=1e-3)


def test_a_run_pauses_and_the_steps_slider_counts(show):
    tab = show(AscentExplorer(steps=500), width=375)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    tab.get_by_role("button", name="Run").click()
    tab.get_by_role("button", name="Pause").click()
    step, value = shown_score(tab)
    assert 0 < step < 500
    expected = climb(noise(), "conv2d_2", 0, step)[1][-1]
    assert value == pytest.approx(expected, rel=AFTER_MANY_STEPS)
    tab.get_by_role("slider", name="steps").press("Home")
    tab.get_by_role("button", name="Run").press("Enter")
    wait_for_step(tab, step + 10)


def test_a_reader_who_asks_for_no_motion_gets_the_result_at_once(show):
    tab = show(AscentExplorer(steps=30))
    tab.emulate_media(reduced_motion="reduce")
    tab.get_by_role("button", name="Run").click()
    assert shown_score(tab)[0] == 30


def test_a_step_that_is_too_large_for_numbers_keeps_the_last_good_image(show):
    huge = CNN([layers.Flatten(), layers.Dense(2)], (4, 4, 1))
    next(iter(huge.weights.values()))[...] = 3e38
    tab = show(AscentExplorer(huge, start="black"))
    tab.get_by_role("button", name="One step").click()
    assert "no longer a finite number" in tab.get_by_role("alert").inner_text()


def test_two_widgets_on_a_page_climb_by_themselves(show):
    tab = show(AscentExplorer(unit=1, steps=10), AscentExplorer(unit=2, steps=10))
    tab.get_by_role("button", name="One step").nth(1).click()
    lines = tab.get_by_role("status").all_inner_texts()
    assert lines[0].startswith("Step 0,")
    assert lines[1].startswith("Step 1,")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"layer": "conv2d_3"}, "layer must be one of conv2d_1, conv2d_2, dense, output"),
        ({"layer": "pool_1"}, "layer must be one of"),
        ({"unit": 50}, "conv2d_2 has 50 units, so unit must be at most 49, got 50"),
        ({"step_size": 0}, "step_size must lie between 0.001 and 1"),
        ({"l1": float("nan")}, "l1 must lie between 0 and 3"),
        ({"start": "white"}, "start must be one of"),
    ],
)
def test_bad_values_are_named_and_change_nothing(values, message):
    with pytest.raises(ValueError, match=message):
        AscentExplorer(**values)
    widget = AscentExplorer()
    for name, value in values.items():
        before = getattr(widget, name)
        with pytest.raises(ValueError, match=message):
            setattr(widget, name, value)
        assert getattr(widget, name) == before


@pytest.mark.parametrize("digit", range(10))
def test_what_chapter_6_says_about_the_digits(digit):
    """Static that is read as the digit for sure; with the penalty about as much ink as a digit."""
    x, _ = climb(noise(), "output", digit, 100)
    assert CNN_.forward(x)[0, digit] > 0.999
    assert digit != 3 or x.sum() > 380
    x, _ = climb(noise(), "output", digit, 100, l1=0.1)
    assert CNN_.forward(x)[0, digit] > 0.999
    assert 125 < x.sum() < 165
    assert digit != 3 or x.sum() == pytest.approx(140, abs=10)


def test_a_digit_becomes_another_for_the_network_in_a_few_steps():
    """What chapter 6 says of a start from a digit: a 3 is read as an 8 while it is still a 3."""
    three = data.load_digits().x_test[[AscentExplorer().digits.numbers[3]]]
    assert CNN_.forward(three)[0].argmax() == 3
    x, _ = climb(three, "output", 8, 20)
    assert CNN_.forward(x)[0, 8] > 0.99
    assert np.corrcoef(x.ravel(), three.ravel())[0, 1] > 0.85
