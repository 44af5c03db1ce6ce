"""The network explorer: digits chosen and drawn, read in the page as NumPy reads them.

Tried: another digit's bytes, a pad that is not centered, a map painted from the wrong channel, a
receptive field one pixel off: each makes a test here fail.
"""

import re

import numpy as np
import pytest
from playwright.sync_api import Page as Tab

from lecturekit import data, shapes
from lecturekit.reference import CNN, layers
from lecturekit.shapes import ShapeError
from lecturekit.widgets.network_explorer import NetworkExplorer

SHOWN = 5.1e-5  # probabilities stand there with four digits
INPUT = """canvas => {
  const {width, height} = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  return Array.from({length: width * height}, (_, i) => pixels[4 * i]);
}"""
COLORS = """canvas => ({width: canvas.width, height: canvas.height,
  data: Array.from(
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)})"""
A_SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]


def probabilities(tab: Tab) -> np.ndarray:
    return np.array([float(text) for text in tab.locator(".lk-p").all_inner_texts()])


def read_input(tab: Tab) -> np.ndarray:
    pixels = tab.locator("canvas.lk-input").evaluate(INPUT)
    return (np.array(pixels, "f4") / np.float32(255)).reshape(1, 28, 28, 1)


def assert_shows_what_numpy_says(tab: Tab, image: np.ndarray) -> None:
    expected = data.load_cnn().forward(image.astype("f4"))[0]
    np.testing.assert_allclose(probabilities(tab), expected, atol=SHOWN)


def draw_by_mouse(tab: Tab, points) -> None:
    bounds = tab.locator("canvas.lk-drawing-pad").bounding_box()
    assert bounds is not None
    places = [
        (bounds["x"] + x * bounds["width"], bounds["y"] + y * bounds["height"]) for x, y in points
    ]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=8)
    tab.mouse.up()


def test_digits_chosen_by_keyboard_and_pointer_are_read_as_numpy_reads_them(show):
    widget = NetworkExplorer()
    tab = show(widget)
    images = np.frombuffer(widget.digits.images, np.uint8).reshape(-1, 28, 28, 1) / np.float32(255)
    menu = tab.get_by_role("combobox", name="held-out digit")
    for place in (0, 1, 2):
        np.testing.assert_array_equal(read_input(tab), images[place : place + 1])
        assert_shows_what_numpy_says(tab, images[place : place + 1])
        menu.press("ArrowDown")
    for place in (17, 39):
        menu.select_option(index=place)
        assert_shows_what_numpy_says(tab, images[place : place + 1])
        marked = tab.locator("li", has_text="the label").inner_text()
        assert marked.split()[-2] == str(widget.digits.labels[place])


def test_a_digit_drawn_by_mouse_is_what_numpy_reads_in_it(show):
    tab = show(NetworkExplorer())
    draw_by_mouse(tab, A_SEVEN)
    image = read_input(tab)
    assert 50 < image.sum() < 150
    assert_shows_what_numpy_says(tab, image)
    assert probabilities(tab).argmax() == 7
    assert tab.locator("li", has_text="the label").count() == 0
    rows, columns = np.indices((28, 28))
    ink = image[0, :, :, 0]
    for place in (rows, columns):
        assert abs((ink * place).sum() / ink.sum() - 13.5) <= 0.51

    before = image
    draw_by_mouse(tab, [(0.35, 0.55), (0.7, 0.55)])
    assert not np.array_equal(read_input(tab), before)
    tab.get_by_role("button", name="Undo stroke").click()
    np.testing.assert_array_equal(read_input(tab), before)
    tab.get_by_role("button", name="Clear").press("Enter")
    assert "empty" in tab.get_by_role("alert").inner_text()
    np.testing.assert_array_equal(read_input(tab), before)
    assert tab.get_by_role("button", name="Clear").is_disabled()


def test_a_digit_drawn_by_touch_and_one_by_keyboard(show):
    tab = show(NetworkExplorer(), width=375)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    pad = tab.locator("canvas.lk-drawing-pad")
    bounds = pad.bounding_box()
    session = tab.context.new_cdp_session(tab)
    moves = [("touchMove", [point]) for point in A_SEVEN[1:]]
    for kind, points in [("touchStart", A_SEVEN[:1]), *moves, ("touchEnd", [])]:
        places = [
            {"x": bounds["x"] + x * bounds["width"], "y": bounds["y"] + y * bounds["height"]}
            for x, y in points
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
    drawn = read_input(tab)
    assert 50 < drawn.sum() < 150
    assert_shows_what_numpy_says(tab, drawn)
    tab.get_by_role("button", name="Clear").click()
    pad.focus()
    for key in ["ArrowUp"] * 5 + [" "] + ["ArrowDown"] * 10 + [" "]:
        pad.press(key)
    line = read_input(tab)
    assert not np.array_equal(line, drawn)
    assert_shows_what_numpy_says(tab, line)
    tall, wide = (np.flatnonzero(line[0, :, :, 0].max(axis=axis)) for axis in (1, 0))
    assert tall.size >= 19
    assert wide.size <= 5


def test_maps_are_painted_in_the_colors_of_their_numbers(show):
    tab = show(NetworkExplorer(digit=3))
    image = read_input(tab)
    for place, name in enumerate(["conv2d_1", "pool_1", "conv2d_2", "pool_2"]):
        tab.get_by_role("combobox", name="layer").select_option(index=place)
        maps = data.load_cnn().activations(image)[name][0]
        picture = tab.locator("canvas.lk-large").evaluate(COLORS)
        colors = np.reshape(picture["data"], (picture["height"], picture["width"], 4))[..., :3]
        across = (picture["width"] + 1) // (maps.shape[1] + 1)
        # White to blue, as the figures: linear between these four colors.
        stops = np.array([[255, 255, 255], [0x7F, 0xB6, 0xDA], [0, 0x72, 0xB2], [0, 0x3F, 0x66]])
        for channel in range(maps.shape[2]):
            i, j = divmod(channel, across)
            top, left = i * (maps.shape[0] + 1), j * (maps.shape[1] + 1)
            found = colors[top : top + maps.shape[0], left : left + maps.shape[1]]
            t = maps[..., channel] / maps.max() * 3
            expected = np.stack([np.interp(t, range(4), stops[:, c]) for c in range(3)], axis=-1)
            assert np.abs(found - expected).max() <= 1


def test_one_number_is_explained_and_its_receptive_field_marked(show):
    widget = NetworkExplorer(digit=4)
    tab = show(widget)
    tab.get_by_role("combobox", name="layer").select_option(label="conv2d_2")
    for name, presses in (("map", 6), ("row", 3), ("column", 2)):
        slider = tab.get_by_role("slider", name=name, exact=True)
        slider.press("Home")
        for _ in range(presses):
            slider.press("ArrowRight")
    line = tab.get_by_role("status").inner_text()
    assert "conv2d_2, map 6, row 4, column 3: 225 products sum to" in line
    cnn, image = data.load_cnn(), read_input(tab)
    before = cnn.activations(image, before_activation=True)["conv2d_2"][0, 3, 2, 6]
    after = max(before, 0)
    numbers = re.search(r"that is ([−\d.]+)\. ReLU makes it ([\d.]+)\.", line)
    assert numbers is not None
    assert float(numbers[1].replace("−", "-")) == pytest.approx(before, abs=6e-5)
    assert float(numbers[2]) == pytest.approx(after, abs=6e-5)
    # Row 3 and column 2 of an 11x11 map: steps of 2 pixels, a field of 8.
    field = shapes.receptive_field([(3, 1), (2, 2), (3, 1)])[0]
    style = tab.locator(".lk-field").get_attribute("style")
    percent = dict(re.findall(r"(left|top|width|height): ([\d.]+)%", style))
    pixels = {name: round(float(value) * 28 / 100, 3) for name, value in percent.items()}
    assert pixels == {"left": 4, "top": 6, "width": field, "height": field}


def test_a_click_on_a_map_chooses_its_unit(show):
    tab = show(NetworkExplorer())
    large = tab.locator("canvas.lk-large")
    bounds, size = large.bounding_box(), large.evaluate("c => [c.width, c.height]")
    x, y = 27 * 2 + 5, 27 * 1 + 9  # third map of the second row
    large.click(
        position={
            "x": (x + 0.5) / size[0] * bounds["width"], "y": (y + 0.5) / size[1] * bounds["height"],
        }
    )  # fmt: skip
    across = (size[0] + 1) // 27
    assert f"map {across + 2}, row 10, column 6" in tab.get_by_role("status").inner_text()


def test_a_network_of_your_own(show):
    network = [
        layers.Conv2D(3, (3, 2), padding="same", activation="relu"),
        layers.AveragePooling2D((2, 3), padding="same"),
        layers.Dropout(0.5),
        layers.Flatten(),
        layers.Dense(4),
        layers.Softmax(),
    ]
    rng = np.random.default_rng(3)
    cnn, image = CNN(network, (9, 12, 3)), rng.uniform(size=(9, 12, 3))
    labels = ["cat", "dog", "cow", "owl"]
    widget = NetworkExplorer(cnn, image=image, labels=labels)
    tab = show(widget)
    assert tab.locator("canvas.lk-drawing-pad").count() == 0
    assert tab.locator(".lk-class").all_inner_texts() == labels
    np.testing.assert_allclose(probabilities(tab), widget.probabilities, atol=SHOWN)
    for place in range(len(network)):
        tab.get_by_role("combobox", name="layer").select_option(index=place)
    np.testing.assert_allclose(widget.probabilities, cnn.forward(image[None].astype("f4"))[0])


@pytest.mark.parametrize(
    ("arguments", "values", "kind", "message"),
    [
        (["a network"], {}, TypeError, "expected a reference.CNN or a Keras Sequential, got str"),
        ([], {"image": np.zeros((28, 28))}, ShapeError, r"image must be \(H, W, C\)"),
        ([], {"image": np.zeros((8, 8, 1))}, ShapeError, r"image must be \(28, 28, 1\)"),
        ([], {"image": np.full((28, 28, 1), 2)}, ValueError, "numbers from 0 to 1"),
        ([], {"labels": ["one"]}, ValueError, "labels must name 10 classes, got 1"),
        ([], {"digit": 40}, ValueError, "digit must be at most 39"),
        ([], {"layer": 7}, ValueError, "layer must be at most 6"),
    ],
)
def test_bad_values_are_named(arguments, values, kind, message):
    with pytest.raises(kind, match=message):
        NetworkExplorer(*arguments, **values)


def test_a_bad_change_keeps_the_last_good_image():
    widget = NetworkExplorer(digit=5)
    before = widget.image
    with pytest.raises(ValueError, match="from 0 to 1"):
        widget.image = -np.ones((28, 28, 1))
    assert widget.image is before
    widget.digit = 6
    assert widget.probabilities.argmax() == 6
