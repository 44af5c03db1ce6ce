"""The network explorer: digits chosen and drawn, read in the page as NumPy reads them.

Tried: another digit's bytes, a pad that is not centered, a map painted from the wrong channel, a
receptive field one pixel off: each makes a test here fail.
"""

import re

import keras
import numpy as np
import pytest
from playwright.sync_api import Page as Tab
from widgets.shown import Shown, number

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


class Network(Shown):
    kind = "network"


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
    menu = tab.get_by_role("combobox", name="image", exact=True)
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
    assert probabilities(tab).argmax() == 7  # crossed, as chapter 4 says
    tab.get_by_role("button", name="Undo stroke").click()
    np.testing.assert_array_equal(read_input(tab), before)
    tab.get_by_role("button", name="Clear").press("Enter")
    assert "empty" in tab.get_by_role("alert").inner_text()
    np.testing.assert_array_equal(read_input(tab), before)
    assert tab.get_by_role("button", name="Clear").is_disabled()
    assert tab.locator("canvas.lk-drawing-pad").evaluate("pad => pad === document.activeElement")


def test_a_drawing_stays_in_the_list_of_images(show):
    tab = show(NetworkExplorer(digit=5))
    menu = tab.get_by_role("combobox", name="image", exact=True)
    assert "your drawing" not in menu.inner_text()
    draw_by_mouse(tab, A_SEVEN)
    seven = read_input(tab)
    assert menu.evaluate("m => m.selectedOptions[0].text") == "your drawing"
    menu.select_option(index=5)
    assert_shows_what_numpy_says(tab, read_input(tab))
    assert probabilities(tab).argmax() == 5
    menu.select_option("your drawing")
    np.testing.assert_array_equal(read_input(tab), seven)
    assert_shows_what_numpy_says(tab, seven)


def test_no_probability_is_told_as_0_or_1(show):
    tab = show(NetworkExplorer(digit=0, layer=6, channel=9))
    said = tab.get_by_role("status").inner_text()
    assert "It reads 0 with more than 0.9999. output, unit 9" in said
    assert said.endswith("softmax makes it less than 0.0001.")
    assert data.load_cnn().forward(read_input(tab))[0].max() > 0.99995


def test_a_heart_is_read_as_a_zero_as_chapter_5_says(show):
    t = np.linspace(0, 2 * np.pi, 41)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    tab = show(NetworkExplorer())
    draw_by_mouse(tab, zip(0.5 + x / 42, 0.5 - y / 42, strict=True))
    assert_shows_what_numpy_says(tab, read_input(tab))
    assert probabilities(tab)[0] > 0.99


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


def choose(network: Shown, layer: str, **unit: int) -> None:
    network.list("layer").select_option(label=layer)
    for name, presses in unit.items():
        slider = network.root.get_by_role("slider", name=name, exact=True)
        slider.press("Home")
        for _ in range(presses):
            slider.press("ArrowRight")


def field_on_the_image(tab: Tab) -> tuple[float, ...]:
    """First row and column, height and width of the amber frame, in pixels of the image."""
    style = tab.locator(".lk-field").get_attribute("style")
    percent = dict(re.findall(r"(left|top|width|height): ([\d.]+)%", style))
    return tuple(
        round(float(percent[name]) * 28 / 100, 3) for name in ("top", "left", "height", "width")
    )


def assert_told(network: Shown, before: float) -> None:
    """The line ends with the sum and the bias, and with what ReLU makes of it."""
    told = re.search(r"that is ([−\d.]+)\. ReLU makes it ([\d.]+)\.$", network.said())
    assert told is not None, network.said()
    assert number(told[1]) == pytest.approx(before, abs=SHOWN)
    assert number(told[2]) == pytest.approx(max(before, 0), abs=SHOWN)


def test_one_number_is_made_of_the_products_that_stand_there(show):
    tab = show(NetworkExplorer(digit=4))
    network = Network(tab)
    choose(network, "conv2d_2", map=6, row=3, column=2)
    assert "conv2d_2, map 6, row 3, column 2: 225 products sum to" in network.said()
    cnn, image = data.load_cnn(), read_input(tab)
    assert_told(network, cnn.activations(image, before_activation=True)["conv2d_2"][0, 3, 2, 6])
    # Row 3 and column 2 of an 11x11 map: steps of 2 pixels, a field of 8.
    assert shapes.receptive_field([(3, 1), (2, 2), (3, 1)]) == (8, 2)
    assert field_on_the_image(tab) == (6, 4, 8, 8)

    patch = cnn.activations(image)["pool_1"][0, 3:6, 2:5]
    kernel = cnn.weights["conv2d_2/kernel"][..., 6]

    def assert_stand_there(channel: int) -> None:
        reads, weights = patch[..., channel], kernel[..., channel]
        for name, expected in (
            ("what it reads", reads), ("filter 6", weights), ("products", reads * weights),
        ):  # fmt: skip
            stand = network.numbers(f"{name}, map {channel}")
            np.testing.assert_allclose(stand, expected, atol=0.00501)

    # At first the input map that counts most; then any, by keyboard and by pointer.
    assert_stand_there(np.abs((patch * kernel).sum(axis=(0, 1))).argmax())
    slider = network.slider("input map")
    slider.press("Home")
    assert_stand_there(0)
    slider.press("ArrowRight")
    assert_stand_there(1)
    mosaic = network.root.locator(".lk-part canvas").nth(1)
    mosaic.click(position=middle_of_map(mosaic, 3, 17))
    assert_stand_there(17)
    assert slider.input_value() == "17"


def middle_of_map(canvas, side: int, channel: int) -> dict[str, float]:
    """Where one of the maps lies that stand side by side, each `side` numbers wide and high."""
    width, _ = canvas.evaluate("c => [c.width, c.height]")
    i, j = divmod(channel, (width + 1) // (side + 1))
    pixel = canvas.bounding_box()["width"] / width
    return {
        "x": (j * (side + 1) + side // 2 + 0.5) * pixel,
        "y": (i * (side + 1) + side // 2 + 0.5) * pixel,
    }


def test_the_window_of_a_pooling_and_the_inputs_of_a_unit(show):
    tab = show(NetworkExplorer(digit=8))
    network, cnn = Network(tab), data.load_cnn()
    values = cnn.activations(read_input(tab))
    choose(network, "pool_1", map=14, row=4, column=6)
    window = values["conv2d_1"][0, 8:10, 12:14, 14]
    np.testing.assert_allclose(network.numbers("its window"), window, atol=0.00501)
    row, column = np.unravel_index(window.argmax(), (2, 2))
    assert network.outline(".lk-one-number .lk-board") == (row, column, 1, 1)
    largest, *place = re.search(
        r"window is ([\d.]+), from row (\d+), column (\d+) of", network.said()
    ).groups()
    assert number(largest) == pytest.approx(window.max(), abs=SHOWN)
    assert [int(n) for n in place] == [8 + row, 12 + column]

    choose(network, "dense", map=71)
    kernel = cnn.weights["dense/kernel"][:, 71].reshape(5, 5, 50)
    channel = int(network.slider("input map").input_value())
    product = (values["pool_2"][0] * kernel)[..., channel]
    stand = network.numbers(f"products, map {channel}")
    np.testing.assert_allclose(stand, product, atol=0.00501)
    before = cnn.activations(read_input(tab), before_activation=True)["dense"][0, 71]
    assert_told(network, before)
    assert "1250 inputs" in network.said()
    choose(network, "flatten", map=71)
    assert network.root.locator(".lk-one-number").is_hidden()
    passed = network.said().rpartition(": ")[2].rstrip(".")
    assert number(passed) == pytest.approx(values["flatten"][0, 71], abs=SHOWN)


def test_layers_and_units_chosen_by_pointer_and_by_keyboard(show):
    widget = NetworkExplorer(digit=2)
    tab = show(widget)
    network, cnn = Network(tab), data.load_cnn()
    values = cnn.activations(read_input(tab), before_activation=True)
    network.button("enlarge conv2d_2: 11×11×50").click()
    place = {}
    for name, share in (("map", 0.3), ("row", 0.7), ("column", 0.5)):
        slider = network.root.get_by_role("slider", name=name, exact=True)
        bounds = slider.bounding_box()
        slider.click(position={"x": share * bounds["width"], "y": bounds["height"] / 2})
        place[name] = int(slider.input_value())
        most = int(slider.get_attribute("max"))
        assert place[name] == pytest.approx(share * most, abs=0.1 * most)
    assert "conv2d_2, map {map}, row {row}, column {column}: ".format(**place) in network.said()
    assert_told(network, values["conv2d_2"][0, place["row"], place["column"], place["map"]])

    network.button("enlarge conv2d_1: 26×26×25").press("Enter")
    assert_told(network, values["conv2d_1"][0, place["row"], place["column"], place["map"]])
    large = tab.locator("canvas.lk-large")
    large.click(position=middle_of_map(large, 26, 10))
    assert "conv2d_1, map 10, row 13, column 13" in network.said()
    assert_told(network, values["conv2d_1"][0, 13, 13, 10])


def test_pointing_at_a_number_shows_what_it_sees_and_changes_nothing(show):
    tab = show(NetworkExplorer(layer=0, channel=0, row=2, column=3))
    network = Network(tab)
    said, before = network.said(), field_on_the_image(tab)
    assert before == (2, 3, 3, 3)
    large = tab.locator("canvas.lk-large")
    large.hover(position=middle_of_map(large, 26, 12))
    assert field_on_the_image(tab) == (13, 13, 3, 3)
    assert "rows 13 to 15, columns 13 to 15" in tab.locator(".lk-seen").inner_text()
    assert network.said() == said
    tab.mouse.move(1, 1)
    assert field_on_the_image(tab) == before


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


def test_a_keras_model_of_your_own_of_every_kind_of_layer(show):
    keras.utils.set_random_seed(4)
    make = keras.layers
    model = keras.Sequential(
        [
            keras.Input((17, 14, 3)),
            make.Conv2D(6, (3, 2), strides=(1, 2), padding="same", groups=3),
            make.ReLU(),
            make.AveragePooling2D((2, 1)),
            make.Conv2D(4, 3, dilation_rate=2, activation="relu"),
            make.MaxPooling2D(2, strides=1, padding="same"),
            make.Dropout(0.3),
            make.Flatten(),
            make.Dense(5, activation="relu", use_bias=False),
            make.Dense(3),
            make.Softmax(),
        ]
    )
    image = np.random.default_rng(4).uniform(size=(17, 14, 3)).astype("f4")
    tab = show(NetworkExplorer(model, image=image, labels=["red", "green", "blue"]))
    network = Network(tab)
    expected = np.asarray(model(image[None]))[0]
    np.testing.assert_allclose(probabilities(tab), expected, atol=SHOWN)
    value = image[None]
    for layer in model.layers:
        value = np.asarray(layer(value))
        place = [size // 2 for size in value.shape[1:]]
        choose(network, layer.name, **dict(zip(("row", "column"), place[:-1], strict=False)))
        choose(network, layer.name, map=place[-1])
        told = re.findall(r"−?\d+(?:\.\d+)?", network.said().split(" of the map before")[0])
        if "The largest of its window is" in network.said():
            told = told[:-2]  # from row i, column j
        assert number(told[-1]) == pytest.approx(value[0][*place], abs=SHOWN), network.said()


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
