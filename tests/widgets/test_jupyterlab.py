"""The six widgets in a JupyterLab with a kernel: what one side changes, the other side has.

Each widget is shown twice, and in the end both views must look the same. The kernel is asked
past the page. A change arrives when it arrives, so nothing is compared before a condition holds;
that something was *not* sent is seen when what was done after it has arrived.

Tried: a page that never saves, or keeps a drawing, or the scores of an ascent, to itself; one that
does not hear of a new stride or neuron; a refused size that is written all the same; any number
taken; a stride of 7 let in by Python, and the next digit shown by it; a turned kernel; a slider, a
list of tips and a row of layers that leave their keys to JupyterLab, and a field that leaves it
Enter; Python's changes sent one by one; digits, and weights, sent for each widget. Each makes a
test here fail.
"""

import os
import re
from collections.abc import Iterator

import numpy as np
import pytest
from in_browser import Watch
from playwright.sync_api import Browser, Locator, WebSocket, expect
from playwright.sync_api import Page as Tab
from widgets import shown
from widgets.lab import PATIENCE, Kernel, KernelError, Notebook, opened, served
from widgets.shown import number

from lecturekit import data, lecture
from lecturekit import reference as ref
from lecturekit.widgets import _shared

# One server for all, so one process of those that run side by side.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("jupyterlab")]

WIDGETS = {
    "convolution": "ConvolutionExplorer",
    "pooling": "PoolingExplorer",
    "connected": "FullyConnectedView",
    "network": "NetworkExplorer",
    "ascent": "AscentExplorer",
    "shapes": "ShapeCalculator",
}
CELLS = {
    name: f"from lecturekit.widgets import {kind}\n{name} = {kind}()\ndisplay({name}, {name})"
    for name, kind in WIDGETS.items()
}
CELLS["other"] = "other = NetworkExplorer(digit=4)\nother"
# All that JupyterLab may write into the console: a pattern, and why.
EXPECTED_IN_JUPYTERLAB = {
    r"Starting (application in workspace|WebSocket): .*": "JupyterLab tells what it does",
    r"JupyterLab extension jupyterlab-myst is activated!": "its extension for MyST does, too",
    r"Using jupyterlab-myst:.*": "the same",
    r"Executing cell, expressions undefined": "the same: no cell has an inline expression",
}
REACHED = "input, select, button, summary, [tabindex]"  # what can have the focus
SHOWN = 0.00501  # numbers of grids are shown with two digits behind the point
PROBABILITY = 5.1e-5  # and probabilities with four
RED = """canvas => {
  const picture = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({length: picture.data.length / 4}, (_, i) => picture.data[4 * i]); }"""
# All that one sees of a view. Not what is drawn on its pad: the other shows it as an image. Not
# what the table says: a view tells what was done in it.
LOOK = """root => [root.matches(".lk-shapes") ? "" : root.querySelector(".lk-line").innerText,
  ...[...root.querySelectorAll("table, [role=grid], .lk-size, .lk-bars")].map(e => e.innerText),
  ...[...root.querySelectorAll("input, select")].map(e => e.type === "radio" ? e.checked : e.value),
  ...[...root.querySelectorAll("[aria-checked], [aria-pressed]")].map(e => e.outerHTML),
  ...[...root.querySelectorAll("canvas:not(.lk-drawing-pad)")].map(e => e.toDataURL())]"""


class Shown(shown.Shown):
    """One view of a widget in its cell."""

    def __init__(self, notebook: Notebook, kind: str, place: int = 0) -> None:
        self.kind = kind
        super().__init__(notebook.cell(kind), place)

    def look(self) -> list:
        return self.root.evaluate(LOOK)

    def radio(self, name: str) -> Locator:
        return self.root.get_by_role("radio", name=re.compile(rf"^{name}\b"))

    def probabilities(self) -> np.ndarray:
        return np.array([float(text) for text in self.root.locator(".lk-p").all_inner_texts()])

    def input(self) -> np.ndarray:
        """The image that the network reads, in 256 steps."""
        pixels = self.root.locator("canvas.lk-input").evaluate(RED)
        return np.reshape(pixels, (28, 28, 1))

    def table(self) -> list[list[str]]:
        """Output and parameters of each layer."""
        rows = self.root.locator("tbody tr").all()[1:]
        return [
            [cell.locator(".lk-count").inner_text() for cell in row.get_by_role("cell").all()[:2]]
            for row in rows
        ]


@pytest.fixture(scope="module")
def lab_tab(browser: Browser) -> Iterator[Tab]:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(1000 * PATIENCE)
    expect.set_options(timeout=1000 * PATIENCE)  # what is expected comes from the kernel
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def watch(lab_tab: Tab) -> Watch:
    return Watch(lab_tab, EXPECTED_IN_JUPYTERLAB)


@pytest.fixture(scope="module")
def weights_sent(lab_tab: Tab) -> list[str]:
    """Every message to the page that held the weights of the lecture's network."""
    weights, found = _shared.network_model().weights, []

    def received(frame: str | bytes) -> None:
        if isinstance(frame, bytes) and weights in frame:
            found.append(f"{len(frame)} bytes")

    def opens(socket: WebSocket) -> None:
        socket.on("framereceived", received)

    lab_tab.on("websocket", opens)
    return found


@pytest.fixture(scope="module")
def lab(
    lab_tab: Tab, watch: Watch, weights_sent: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Notebook]:
    """A notebook that has been run: each cell but the last shows its widget twice."""
    if os.environ.get("LECTUREKIT_REQUIRE_BROWSER") != "1":
        pytest.importorskip("jupyterlab")
    with (
        served(tmp_path_factory.mktemp("lab")) as server,
        opened(server, lab_tab, CELLS) as notebook,
    ):
        notebook.run(views=2 * len(WIDGETS) + 1)
        yield notebook


@pytest.fixture
def notebook(lab: Notebook, watch: Watch) -> Iterator[Notebook]:
    """The notebook. After a test nothing has gone wrong in the page."""
    yield lab
    lab.tab.evaluate("() => new Promise(requestAnimationFrame)")  # so that all is told by now
    problems, watch.problems = watch.problems, []
    assert not problems, "\n".join(problems)


def views(notebook: Notebook, kind: str) -> tuple[Kernel, Shown, Shown]:
    return notebook.kernel, Shown(notebook, kind, 0), Shown(notebook, kind, 1)


def typed(place: Locator, text: str) -> None:
    """Type into a cell of a grid, which opens a field, or over what stands in a field."""
    place.focus()
    if place.evaluate("e => e.tagName") == "INPUT":
        place.press("ControlOrMeta+a")
    place.page.keyboard.type(text)
    place.page.keyboard.press("Enter")


def listen(kernel: Kernel, name: str) -> None:
    """From now on `heard` tells which traits change in Python."""
    kernel.run(f"heard = []\n{name}.observe(lambda change: heard.append(change.name), {name}.keys)")


def assert_refused(kernel: Kernel, page: Shown, code: str, message: str, by: str) -> None:
    """Python raises and the page stays as it was, as one sees when the next change has arrived.

    `by` names a slider and a trait with which such changes are made, there and back.
    """
    name, _, trait = by.rpartition(" ")
    slider, value = page.slider(name), kernel.value(trait)
    there = float(slider.input_value())

    def change() -> list:
        for step in (1, 0):
            kernel.run(f"{trait} = {value + step}")
            expect(slider).to_have_value(f"{there + step:g}")
        return page.look()

    before = change()
    with pytest.raises(KernelError, match=message):
        kernel.run(code)
    assert change() == before


def assert_shown(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=SHOWN)


def assert_convolved(page: Shown, kernel: Kernel) -> None:
    """What stands on the page is the image and the filter that Python has, and NumPy's map."""
    names = ("stride", "padding", "dilation")
    options = {name: kernel.value(f"convolution.{name}") for name in names}
    image, filters = kernel.array("convolution.input"), kernel.array("convolution.filters")
    assert image.shape[2] == 1
    padded = np.pad(image[:, :, 0], options["padding"])
    assert_shown(page.numbers("image"), padded)
    assert_shown(page.numbers("filter 1"), filters[:, :, 0, 0])
    maps = ref.conv2d(image[None], filters, **options)[0]
    assert_shown(page.numbers("feature map 1"), maps[:, :, 0])
    np.testing.assert_allclose(kernel.array("convolution.output"), maps)


def test_convolution_explorer(notebook, rng):
    kernel, first, second = views(notebook, "convolution")
    keyboard = notebook.tab.keyboard

    # From the page, by keyboard and by pointer.
    for _ in range(14):
        first.slider("position").press("ArrowRight")  # faster than the kernel answers
    kernel.wait("convolution.position", 14)
    expect(second.slider("position")).to_have_value("14")
    second.button("Next step").click()
    kernel.wait("convolution.position", 15)
    pixel = first.cell("image", 1, 2)
    pixel.click()
    pixel.click()
    keyboard.type("7")
    keyboard.press("Enter")
    kernel.wait("convolution.input[1, 2, 0]", 7)
    typed(second.cell("filter 1", 0, 1), "0.5")
    kernel.wait("convolution.filters[0, 1, 0, 0]", 0.5)
    assert kernel.value("convolution.source") == "custom"
    assert_convolved(first, kernel)

    # From Python: smaller maps, and fewer of them, while the last place of the last is looked at.
    second.root.get_by_role("radio", name="feature map 2").check()
    first.slider("position").press("End")
    kernel.wait("[convolution.selected, convolution.position]", [1, 15])
    kernel.run("convolution.stride = 3")
    expect(second.slider("position")).to_have_value("3")
    image, filters = rng.integers(-5, 6, (5, 7)), rng.normal(size=(3, 2, 1, 1)).round(2)
    kernel.run(f"convolution.filters = {filters.tolist()}\nconvolution.image = {image.tolist()}")
    kernel.run("convolution.padding, convolution.stride = 1, 2")
    expect(second.slider("stride")).to_have_value("2")
    assert kernel.value("[convolution.selected, convolution.position]") == [0, 1]
    assert_shown(second.numbers("image"), np.pad(image, 1))
    assert_convolved(second, kernel)

    # What is bad stays where it was made.
    speed = "speed convolution.speed"
    for code, message in (
        ("convolution.stride = 7", "ValueError: .*stride must be at most 6, got 7"),
        ("convolution.dilation = 4", "3x2 with dilation 4 is larger than the image 5x7"),
        ("convolution.filters = 'many'", "TypeError: .*filters must be"),
    ):
        assert_refused(kernel, first, code, message, speed)
    listen(kernel, "convolution")
    typed(first.cell("filter 1", 0, 1), "many")
    assert "a number from −1000 to 1000 is needed, not “many”" in first.complaint()
    first.slider("dilation").press("End")
    assert "dilation 4" in first.complaint()
    first.slider("position").press("Home")
    first.slider("position").press("End")
    kernel.wait("convolution.position", 11)
    assert set(kernel.value("heard")) == {"position"}

    # An image with three channels brings filters with three, in one message.
    first.list("image").select_option("the same in color")
    kernel.wait("convolution.source", "color")
    assert kernel.array("convolution.filters").shape == (3, 2, 3, 1)
    assert_shown(first.numbers("feature map 1"), kernel.array("convolution.output")[:, :, 0])
    # So do an image and filters that fit only together.
    kernel.run(
        "with convolution.hold_trait_notifications():\n"
        "    convolution.padding, convolution.source = 0, 'custom'\n"
        "    convolution.image, convolution.filters = [[1, 2]], [[1, -1]]"
    )
    expect(first.root.locator(".lk-size")).to_contain_text("the map is 1×1")
    assert first.numbers("feature map 1").tolist() == [[-1]]
    second.button("Reset").press("Enter")
    kernel.wait("convolution.source", "lecture")
    assert kernel.array("convolution.filters").shape == (3, 3, 1, 2)
    assert first.numbers("feature map 1").tolist() == lecture.FEATURE_MAP_1.tolist()
    assert first.look() == second.look()


def assert_pooled(page: Shown, kernel: Kernel) -> None:
    array, size, stride, kind, output = kernel.value(
        "[pooling.feature_map, pooling.size, pooling.stride, pooling.kind, pooling.output]"
    )
    pool = {"max": ref.max_pool2d, "mean": ref.avg_pool2d}[kind]
    expected = pool(np.array(array)[None, :, :, None], size, stride=stride)[0, :, :, 0]
    assert_shown(page.numbers("feature map, "), np.array(array))
    assert_shown(page.numbers("pooled map"), expected)
    np.testing.assert_allclose(output, expected)


def test_pooling_explorer(notebook, rng):
    kernel, first, second = views(notebook, "pooling")
    second.slider("stride").press("ArrowLeft")
    kernel.wait("pooling.stride", 1)
    second.cell("pooled map", 1, 2).click()
    kernel.wait("pooling.position", 5)
    typed(first.cell("feature map, ", 2, 3), "-9.5")
    kernel.wait("pooling.feature_map[2, 3]", -9.5)
    second.list("keep").select_option("the mean")
    kernel.wait("pooling.kind", "mean")
    assert_pooled(first, kernel)

    array = rng.normal(size=(5, 6)).round(2)
    kernel.run(f"pooling.feature_map = {array.tolist()}\npooling.kind = 'max'\npooling.size = 3")
    expect(first.slider("size")).to_have_value("3")
    assert_shown(first.numbers("feature map, "), array)
    assert_pooled(second, kernel)

    for code, message in (
        ("pooling.size = 6", "a window of 6x6 is larger than the feature map, 5x6"),
        ("pooling.position = 12", "position must be below 12"),
        ("pooling.kind = 'least'", "kind must be one of 'max', 'mean', got 'least'"),
    ):
        assert_refused(kernel, first, code, message, "speed pooling.speed")
    listen(kernel, "pooling")
    typed(second.cell("feature map, ", 0, 0), "1001")
    assert "not “1001”" in second.complaint()
    second.slider("size").press("End")
    assert "window is larger" in second.complaint()
    second.slider("position").press("End")
    kernel.wait("pooling.position", 11)
    assert set(kernel.value("heard")) == {"position"}

    first.list("feature map").select_option(index=3)
    kernel.wait("pooling.feature_map.shape", [11, 11])
    assert_pooled(second, kernel)
    first.slider("position").press("End")
    kernel.wait("pooling.position", 80)
    # Smaller: the place that is looked at is gone.
    kernel.run("pooling.feature_map = [[1, 2, 3], [4, 5, 6], [9, 8, 7]]")
    expect(first.slider("position")).to_have_value("0")
    assert_pooled(first, kernel)
    first.slider("speed").click()
    kernel.wait("pooling.speed", int(first.slider("speed").input_value()))
    assert kernel.value("pooling.speed") > 2
    assert first.look() == second.look()


def assert_joined(page: Shown, kernel: Kernel) -> None:
    """The numbers in the neurons, the sum of one and the counts of weights are Python's."""
    output, inputs, place = kernel.value("[connected.output, connected.inputs, connected.neuron]")
    names = [radio.get_attribute("aria-label") for radio in page.root.locator(".lk-neuron").all()]
    np.testing.assert_allclose([number(name.split(": ")[1]) for name in names], np.ravel(output))
    told = re.match(rf"Neuron {place + 1} sees the pixels (.*): .* = (\S+)$", page.said())
    pixels, total = told.groups()
    assert [int(n) for n in pixels.split(", ")] == inputs
    assert number(total) == pytest.approx(np.ravel(output)[place])
    labels = page.root.locator(".lk-stages label").all_inner_texts()
    counts = {text.split(",")[0]: int(text.split()[-1]) for text in labels}
    assert counts == kernel.value("connected.weights")


def test_fully_connected_view(notebook, rng):
    kernel, first, second = views(notebook, "connected")
    first.radio("neuron 1").press("ArrowDown")
    kernel.wait("connected.neuron", 1)
    second.root.get_by_text(re.compile("^shared, ")).click()
    kernel.wait("connected.stage", "shared")
    assert_joined(first, kernel)
    second.slider("neuron").press("End")
    kernel.wait("connected.neuron", 15)
    assert_joined(first, kernel)
    first.button(re.compile("^weight 5:")).press("Enter")
    kernel.wait("connected.weight", 5)
    assert second.said().startswith("Weight 5 of the filter is 1. 16 lines carry it")

    image, weights = rng.integers(0, 3, (5, 4)), rng.integers(-3, 4, (2, 2))
    kernel.run(f"connected.image = {image.tolist()}\nconnected.kernel = {weights.tolist()}")
    kernel.run("connected.neuron = 6")
    expect(first.slider("neuron")).to_have_value("7")
    assert kernel.value("connected.weight") == 0
    np.testing.assert_allclose(kernel.array("connected.output"), ref.correlate2d(image, weights))
    assert_joined(first, kernel)

    for code, message in (
        ("connected.neuron = 12", "neuron must be below 12, the number of neurons, got 12"),
        ("connected.kernel = [[0] * 5]", "kernel 1x5 is larger than the image 5x4"),
        ("connected.stage = 'deep'", "stage must be one of"),
    ):
        assert_refused(kernel, second, code, message, "neuron connected.neuron")
    assert first.look() == second.look()


def draw(page: Shown, points: list[tuple[float, float]]) -> None:
    """Draw a line with the mouse on the pad of a view."""
    pad, mouse = page.root.locator(".lk-drawing-pad"), page.root.page.mouse
    pad.hover()
    box = pad.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=8)
    mouse.up()


def assert_read(page: Shown, kernel: Kernel) -> None:
    """The page shows Python's image, and what NumPy's network says about it."""
    image = kernel.array("network.image")
    assert np.abs(page.input() - 255 * image).max() <= 0.51
    expected = data.load_cnn().forward(image[None].astype("f4"))[0]
    np.testing.assert_allclose(page.probabilities(), expected, rtol=0, atol=PROBABILITY)
    np.testing.assert_allclose(kernel.array("network.probabilities"), expected, atol=1e-6)


def test_network_explorer(notebook, rng):
    kernel, first, second = views(notebook, "network")
    draw(first, [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)])
    drawn = first.input()
    assert 50 < drawn.sum() / 255 < 150
    kernel.wait("(network.image * 255).round().astype(int)", drawn)
    assert_read(first, kernel)
    assert first.probabilities().argmax() == 7
    for key in ("Home", "ArrowDown"):
        second.list("image").press(key)
    kernel.wait("network.digit", 1)
    assert_read(first, kernel)
    first.list("layer").select_option("conv2d_2")
    kernel.wait("network.layer", 2)
    second.slider("row").press("Home")
    kernel.wait("network.row", 0)
    first.root.locator("canvas.lk-large").click(position={"x": 2, "y": 2})
    kernel.wait("[network.channel, network.row, network.column]", [0, 0, 0])

    image = rng.uniform(size=(28, 28, 1)).round(3)
    kernel.run(f"network.image = {image.tolist()}\nnetwork.layer, network.channel = 0, 24")
    expect(second.list("layer")).to_have_value("conv2d_1")
    expect(second.slider("map")).to_have_value("24")
    assert np.abs(second.input() - 255 * image).max() <= 0.51
    assert_read(second, kernel)
    kernel.run("network.digit = 37")
    expect(first.root.get_by_role("listitem").filter(has_text="the label")).to_contain_text("7")
    assert_read(first, kernel)

    for code, message in (
        ("network.image = -network.image", "image must hold numbers from 0 to 1"),
        ("network.image = network.image[:8]", r"image must be \(28, 28, 1\)"),
        ("network.digit = 40", "digit must be at most 39"),
        ("network.layer = 7", "layer must be at most 6"),
    ):
        assert_refused(kernel, first, code, message, "row network.row")
    first.button("Clear").click()  # what is drawn on a pad stands in the list of its view
    assert first.look() == second.look()


def test_networks_share_their_weights(notebook, weights_sent):
    """Three widgets hold the lecture's network, and its weights came to the page once."""
    kernel, first, _ = views(notebook, "network")
    for one in ("network", "other"):
        for part in ("network", "digits"):
            assert kernel.value(f"{one}.{part} is ascent.{part}")
    assert len(weights_sent) == 1
    before = first.look()
    other = notebook.cell("other")
    other.get_by_role("combobox", name="image").press("ArrowDown")
    kernel.wait("other.digit", 5)
    assert first.look() == before


def test_ascent_explorer(notebook):
    kernel, first, second = views(notebook, "ascent")
    first.slider("steps").press("Home")
    kernel.wait("ascent.steps", 10)
    first.slider("unit").press("ArrowRight")
    kernel.wait("ascent.unit", 1)
    first.button("Run").click()
    kernel.wait("len(ascent.scores)", 11)
    assert_climbed(first, kernel, "conv2d_2", 1)
    scores = kernel.value("ascent.scores")
    assert scores[-1] > scores[0]
    first.button("Start again").press("Enter")
    kernel.wait("len(ascent.scores)", 1)

    kernel.run("ascent.unit = 49\nascent.layer = 'output'")
    kernel.wait("ascent.unit", 9)
    expect(first.slider("unit")).to_have_value("9")
    kernel.run("ascent.unit, ascent.start, ascent.digit, ascent.step_size = 3, 'digit', 5, 0.2")
    expect(first.slider("step size")).to_have_value("0.2")
    expect(first.list("layer")).to_have_value("output")
    expect(first.slider("unit")).to_have_value("3")
    five = data.load_digits().x_test[_shared.digits_model().numbers[5]]
    kernel.wait("(ascent.image * 255).round().astype(int)", np.rint(five * 255).astype(int))
    assert_climbed(first, kernel, "output", 3)

    for code, message in (
        ("ascent.layer = 'pool_1'", "layer must be one of conv2d_1, conv2d_2, dense, output"),
        ("ascent.unit = 10", "output has 10 units, so unit must be at most 9, got 10"),
        ("ascent.l1 = -1", "l1 must lie between 0 and 3"),
    ):
        assert_refused(kernel, first, code, message, "L1 penalty ascent.l1")
    assert first.look() == second.look()


def assert_climbed(page: Shown, kernel: Kernel, layer: str, unit: int) -> None:
    """The last score of Python is that of Python's image, and stands on the page."""
    image, scores = kernel.array("ascent.image"), kernel.value("ascent.scores")
    maps = data.load_cnn().activations(image[None].astype("f4"), before_activation=True)
    assert scores[-1] == pytest.approx(maps[layer][..., unit].sum(), rel=1e-4)
    found = re.match(r"Step (\d+), .*: (?:a|its value) is (\S+)\.", page.said())
    assert int(found[1]) == len(scores) - 1
    assert number(found[2]) == pytest.approx(scores[-1], abs=PROBABILITY)


def assert_counted(page: Shown, kernel: Kernel) -> None:
    """The table shows the layers, shapes and parameters that Python has."""
    rows = kernel.value("[[row.shape, row.parameters] for row in shapes.rows]")
    assert page.table() == [["×".join(f"{n:,}" for n in shape), f"{n:,}"] for shape, n in rows]
    totals = page.root.locator("tfoot .lk-count").all_inner_texts()
    expected = kernel.value("[shapes.parameters, shapes.multiply_adds]")
    assert totals == [f"{n:,}" for n in expected]


def test_shape_calculator(notebook):
    kernel, first, second = views(notebook, "shapes")
    first.root.get_by_label("filters, row 1").press("ArrowUp")
    kernel.wait("shapes.layers[0]['filters']", 26)
    typed(second.root.get_by_label("kernel, row 3"), "5")
    kernel.wait("shapes.layers[2]['kernel']", [5, 5])
    assert_counted(first, kernel)
    first.button("remove row 4").click()
    kernel.wait("len(shapes.layers)", 6)
    assert_counted(second, kernel)
    # Another image and other layers, which do not fit one without the other, in one message.
    second.list("network").select_option(index=1)
    kernel.wait("shapes.input_shape", [32, 32, 1])
    assert_counted(first, kernel)

    kernel.run("from lecturekit.reference import layers")
    kernel.run("shapes.layers = [layers.Conv2D(7, 3, padding='same'), layers.MaxPooling2D(3)]")
    expect(first.root.locator("tbody tr")).to_have_count(3)
    assert first.table() == [["32×32×7", "70"], ["10×10×7", "0"]]
    assert_counted(second, kernel)

    for code, message in (
        ("shapes.layers = [layers.Conv2D(3, 40)]", "ShapeError|RefusedError"),
        ("shapes.layers = [{'kind': 'magic'}]", "kind must be one of"),
        ("shapes.input_shape = (2, 2, 1)", "row 2"),
    ):
        before = first.look()
        with pytest.raises(KernelError, match=message):
            kernel.run(code)
        kernel.run("shapes.layers = [*shapes.layers, layers.ReLU()]")
        expect(first.root.locator("tbody tr")).to_have_count(4)
        kernel.run("shapes.layers = shapes.layers[:-1]")
        expect(first.root.locator("tbody tr")).to_have_count(3)
        assert first.look() == before

    listen(kernel, "shapes")
    typed(first.root.get_by_label("filters, row 1"), "many")
    assert "not “many”" in first.complaint()
    typed(first.root.get_by_label("window, row 2"), "40")
    assert first.complaint().startswith("Row 2: ")
    assert first.table()[1][0] == "does not fit"
    typed(first.root.get_by_label("window, row 2"), "4")
    kernel.wait("shapes.layers[1]['size']", [4, 4])
    assert kernel.value("heard") == ["layers"]
    assert_counted(second, kernel)
    assert first.look() == second.look()


def test_keys_stay_in_the_widget(notebook):
    """JupyterLab has meanings of its own for keys: to choose, insert and change cells."""
    for kind in WIDGETS:
        first, second = Shown(notebook, kind), Shown(notebook, kind, 1)
        bare = first.root.locator(REACHED).evaluate_all(
            "all => all.filter(e => !e.dataset.lmSuppressShortcuts).map(e => e.outerHTML)"
        )
        assert not bare, "\n".join(bare)
        for place in ("[type=range]", "[type=radio]", "select", "summary", "[tabindex='0']"):
            controls = first.root.locator(place).filter(visible=True)
            if controls.count():
                assert_keeps_its_keys(notebook, controls.last)
        assert first.look() == second.look()


def assert_keeps_its_keys(notebook: Notebook, control: Locator) -> None:
    """Keys on a control change no cell, choose none, and leave the focus in the widget."""
    control.focus()
    before = notebook.cells(), notebook.mode()
    for key in ("ArrowDown", "ArrowUp", "a", "b", "m", "Escape"):
        notebook.tab.keyboard.press(key)
        assert (notebook.cells(), notebook.mode()) == before, f"{key} on {control}"
        assert notebook.tab.evaluate("document.activeElement.closest('.lk-widget') !== null")
