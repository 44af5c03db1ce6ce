"""The convolution as a fully connected layer, on a page without a kernel, against NumPy.

Tried: neurons counted down the columns, a window one pixel too low, weights numbered column by
column, a matrix turned on its side, a column marked beside the right one, values shown in the
stage "sparse", a weight that counts on pixels of 0, one that is named without its neuron, a neuron
that stays marked beside a weight, a line of text with no place kept, a drawing too wide for a small
phone, an arrow key that moves the focus and not the neuron, a weight that stays marked in another
stage: each makes a test here fail.
"""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex
from playwright.sync_api import expect

from lecturekit import lecture, shapes
from lecturekit import reference as ref
from lecturekit.plots.connections import WEIGHT_COLORS
from lecturekit.shapes import ShapeError
from lecturekit.widgets.fully_connected_view import FullyConnectedView

TABLE = ref.connections((6, 6), (3, 3))


class Shown:
    """One view on the page, read as a reader sees it."""

    def __init__(self, tab, place=0):
        self.tab = tab
        self.root = tab.locator(".lk-connected").nth(place)

    def stage(self, name):
        return self.root.get_by_role("radio", name=re.compile(f"^{name}, "))

    def neuron(self, n):
        """A neuron, counted from 1 as on the page."""
        return self.root.get_by_role("radio", name=re.compile(rf"^neuron {n}(:|$)"))

    def weight(self, k):
        return self.root.get_by_role("button", name=re.compile(f"^weight {k}:"))

    def slider(self):
        return self.root.get_by_role("slider", name="neuron")

    def said(self):
        return self.root.get_by_role("status").inner_text()

    def chosen(self):
        checked = self.root.locator(".lk-neuron[aria-checked=true]")
        return int(re.match(r"neuron (\d+)", checked.get_attribute("aria-label"))[1])

    def counts(self):
        texts = self.root.locator(".lk-stages label").all_inner_texts()
        return {text.split(",")[0]: int(text.split()[-1]) for text in texts}

    def pixels_said(self):
        listed = re.search(r"the pixels ([\d, ]+):", self.said())[1]
        return [int(n) for n in listed.split(", ")]

    def matrix(self):
        """The number of the weight in each cell of the matrix; 0 where it is empty."""
        size, cells = self.root.locator(".lk-matrix svg").evaluate(
            "svg => [[svg.clientWidth, svg.clientHeight],"
            "[...svg.querySelectorAll('rect:not([class])')].map(r =>"
            "[...['x', 'y', 'width', 'height'].map(a => Number(r.getAttribute(a))),"
            "r.getAttribute('fill')])]"
        )
        width, height = cells[0][2:4]
        table = np.zeros((round(size[1] / height), round(size[0] / width)), int)
        for x, y, _, _, color in cells:
            table[round(y / height), round(x / width)] = weight_of(color)
        return table

    def column(self):
        """The column of the matrix that is marked, counted from 1."""
        return self.root.locator(".lk-matrix svg").evaluate(
            "svg => { const m = svg.querySelector('.lk-amber');"
            "const [x, w] = ['x', 'width'].map(a => Number(m.getAttribute(a)));"
            "const path = svg.querySelector('path').getAttribute('d');"
            "const step = Number(path.match(/V[\\d.]+M([\\d.]+) /)[1]);"
            "return 1 + Math.round((x + w / 2) / step - 0.5); }"
        )

    def marked_pixels(self):
        """The inputs that are outlined, counted from 1."""
        ys, height, rows = self.root.locator(".lk-net > svg").evaluate(
            "svg => [[...svg.querySelectorAll('.lk-amber')].map(r =>"
            "Number(r.getAttribute('y')) + Number(r.getAttribute('height')) / 2),"
            "svg.clientHeight, svg.querySelectorAll('rect:not([class])').length]"
        )
        return [int(y * rows / height) + 1 for y in ys]

    def outlined(self):
        """The pixels of the image inside the outline, counted from 1."""
        return self.root.locator(".lk-side svg").evaluate(
            "svg => { const box = svg.querySelector('.lk-amber').getBoundingClientRect();"
            "return [...svg.querySelectorAll('rect:not([class])')].flatMap((r, i) => {"
            "const at = r.getBoundingClientRect();"
            "const [x, y] = [at.x + at.width / 2, at.y + at.height / 2];"
            "return x > box.left && x < box.right && y > box.top && y < box.bottom"
            " ? [i + 1] : []; }); }"
        )

    def looked_lines(self):
        """The lines that stand out, as (pixel, neuron, weight), counted from 1."""
        lines, height, rows, columns = self.root.locator(".lk-net > svg").evaluate(
            "svg => [[...svg.querySelectorAll('.lk-looked')].flatMap(path =>"
            "[...path.getAttribute('d').matchAll(/M\\S+ (\\S+)L\\S+ ([^M]+)/g)].map(m =>"
            "[Number(m[1]), Number(m[2]), path.getAttribute('stroke')])), svg.clientHeight,"
            "svg.querySelectorAll('rect:not([class])').length,"
            "svg.parentNode.querySelectorAll('.lk-neuron').length]"
        )
        place = lambda y, n: int(y * n / height) + 1  # noqa: E731
        return sorted((place(a, rows), place(b, columns), weight_of(c)) for a, b, c in lines)


def weight_of(color):
    colors = [to_hex(c) for c in WEIGHT_COLORS]
    return colors.index(color.lower()) + 1 if color and color.lower() in colors else -1


def number(text):
    return float(text.replace("\N{MINUS SIGN}", "-").strip("()"))


def joined(table, neuron):
    """(pixel, neuron, weight) of the lines into a neuron, all counted from 1."""
    return [
        (int(p) + 1, neuron, int(table[p, neuron - 1]))
        for p in np.flatnonzero(table[:, neuron - 1])
    ]


def test_576_then_144_then_9(show):
    view = FullyConnectedView()
    page = Shown(show(view))
    weights = {"dense": TABLE.size, "sparse": np.count_nonzero(TABLE), "shared": TABLE.max()}
    assert page.counts() == view.weights == weights == {"dense": 576, "sparse": 144, "shared": 9}
    assert weights["dense"] == shapes.dense_parameters(36, 16, bias=False)
    assert weights["shared"] == shapes.conv2d_parameters(3, 1, 1, bias=False)
    # Dense: all 36 lines into the neuron, and no value for any weight.
    assert page.said() == (
        "Neuron 1 sees all 36 pixels: w₁,₁×1 + w₂,₁×0 + w₃,₁×0 + … + w₃₆,₁×0. "
        "It has 36 weights of its own. The network may choose any numbers for them."
    )
    assert [line[:2] for line in page.looked_lines()] == [(pixel, 1) for pixel in range(1, 37)]
    assert page.neuron(1).inner_text() == "?"
    # Sparse: the pixels of the slide.
    page.stage("sparse").press("Space")
    assert page.pixels_said() == list(lecture.CONNECTED_PIXELS[3])
    assert (
        "w₁,₁×1 + w₂,₁×0 + w₃,₁×0 + w₇,₁×0 + w₈,₁×1 + w₉,₁×0 + w₁₃,₁×0 + w₁₄,₁×0 + w₁₅,₁×1."
    ) in page.said()
    assert [line[0] for line in page.looked_lines()] == list(lecture.CONNECTED_PIXELS[3])
    assert page.neuron(1).inner_text() == "?"
    assert page.weight(1).count() == 0
    assert ((page.matrix() != 0) == (TABLE > 0)).all()
    # Shared: the filter's weights, each line with its own.
    page.root.get_by_text("shared, 9").click()
    assert page.said() == (
        "Neuron 1 sees the pixels 1, 2, 3, 7, 8, 9, 13, 14, 15: "
        "1×1 + 0×(−1) + 0×(−1) + 0×(−1) + 1×1 + 0×(−1) + 0×(−1) + 0×(−1) + 1×1 = 3"
    )
    assert (page.matrix() == TABLE).all()
    assert page.looked_lines() == joined(TABLE, 1)
    values = page.root.locator(".lk-neuron").all_inner_texts()
    assert [number(text) for text in values] == lecture.FEATURE_MAP_1.ravel().tolist()


def test_every_neuron_is_that_of_numpy(show):
    rng = np.random.default_rng(3)
    # A filter that a turn changes, on a picture that is not square.
    kernel, image = rng.integers(-4, 5, (2, 3)), rng.integers(0, 3, (4, 6))
    view = FullyConnectedView(image, kernel, stage="shared")
    page = Shown(show(view))
    table, output = ref.connections((4, 6), (2, 3)), ref.correlate2d(image, kernel).ravel()
    assert np.array_equal(view.output.ravel(), output)
    assert np.array_equal(image.ravel() @ view.matrix, output)
    assert (page.matrix() == table).all()
    assert page.counts() == {"dense": 288, "sparse": 72, "shared": 6} == view.weights
    for n in range(1, 13):
        page.neuron(n).click()
        assert page.looked_lines() == joined(table, n)
        assert page.pixels_said() == (np.flatnonzero(table[:, n - 1]) + 1).tolist()
        assert page.column() == n
        assert number(page.said().rpartition("= ")[2]) == output[n - 1]
        assert (
            number(page.neuron(n).get_attribute("aria-label").partition(": ")[2]) == output[n - 1]
        )
        pairs = re.findall(r"(\S+)×(\S+)", page.said())
        found = [(number(pixel), number(weight)) for pixel, weight in pairs]
        seen = np.flatnonzero(table[:, n - 1])
        assert found == [(image.flat[p], kernel.flat[table[p, n - 1] - 1]) for p in seen]
        view.neuron = n - 1
        assert view.inputs.tolist() == page.pixels_said()


def test_neurons_are_chosen_by_keyboard_mouse_slider_and_matrix(show):
    page = Shown(show(FullyConnectedView(stage="shared")))
    keys = page.tab.keyboard

    def at(n):
        assert page.chosen() == page.column() == n
        assert page.said().startswith(f"Neuron {n} sees")
        assert page.slider().input_value() == str(n)
        assert page.root.locator(".lk-neuron[tabindex='0']").count() == 1
        pixels = (np.flatnonzero(TABLE[:, n - 1]) + 1).tolist()
        assert page.pixels_said() == pixels

    page.stage("shared").focus()
    keys.press("Tab")
    for key, n in [("ArrowDown", 2), ("ArrowRight", 3), ("End", 16), ("ArrowDown", 1),
                   ("ArrowUp", 16), ("Home", 1), ("ArrowDown", 2)]:  # fmt: skip
        keys.press(key)
        at(n)
        expect(page.neuron(n)).to_be_focused()
    assert page.pixels_said() == list(lecture.CONNECTED_PIXELS[-1])
    page.neuron(7).hover()
    at(7)
    page.neuron(12).click()
    at(12)
    page.slider().press("ArrowRight")
    at(13)
    page.slider().click(position={"x": 8, "y": 10})
    at(1)
    box = page.root.locator(".lk-matrix svg").bounding_box()
    page.tab.mouse.move(box["x"] + box["width"] * 9.5 / 16, box["y"] + 100)
    at(10)
    page.root.locator(".lk-matrix svg").click(position={"x": box["width"] * 4.5 / 16, "y": 30})
    at(5)
    page.root.get_by_role("button", name="Reset").click()
    at(1)


def test_a_weight_of_the_filter_shows_its_16_lines(show):
    view = FullyConnectedView(kernel=lecture.KERAS_SLIDE_FILTER, stage="shared")
    page = Shown(show(view))
    for k, way in [(5, "click"), (9, "press")]:
        page.weight(k).click() if way == "click" else page.weight(k).press("Enter")
        expected = [(int(p) + 1, int(n) + 1, k) for p, n in np.argwhere(k == TABLE)]
        assert len(expected) == 16
        assert page.looked_lines() == sorted(expected)
        value = int(lecture.KERAS_SLIDE_FILTER.flat[k - 1])
        assert page.said().startswith(
            f"Weight {k} of the filter is {value}. 16 lines".replace("-", "−")
        )
        assert page.weight(k).get_attribute("aria-pressed") == "true"
        # Its pixels are marked, those of the image too, and no neuron.
        pixels = sorted(int(p) + 1 for p in np.argwhere(k == TABLE)[:, 0])
        assert page.marked_pixels() == pixels
        assert page.outlined() == pixels
        assert page.root.locator(".lk-neuron[aria-checked=true]").count() == 0
        assert page.root.locator(".lk-matrix .lk-amber").count() == 0
    page.weight(9).press("Space")  # and back
    assert page.said().startswith("Neuron 1 sees")
    assert page.marked_pixels() == page.outlined() == page.pixels_said()
    assert page.column() == 1
    page.weight(1).click()
    page.neuron(4).click()
    assert page.looked_lines() == joined(TABLE, 4)
    page.weight(1).click()
    page.stage("sparse").check()
    page.stage("shared").check()
    assert page.root.locator("[aria-pressed=true]").count() == 0
    assert page.looked_lines() == joined(TABLE, 4)


@pytest.mark.parametrize(
    "image",
    [lecture.IMAGE, np.ones((4, 5)), np.diag([0, 0, 2, 0]), np.zeros((3, 3))],
    ids=["lecture", "ones", "one", "zeros"],
)
def test_how_many_sums_a_weight_changes(show, image):
    """Change each weight, and count with NumPy which sums are others then."""
    view = FullyConnectedView(image, lecture.FILTER_1, stage="shared")
    page = Shown(show(view))
    before = ref.correlate2d(image, lecture.FILTER_1)
    for k in range(9):
        kernel = lecture.FILTER_1.astype(float)
        kernel.flat[k] += 0.5
        changed = int((ref.correlate2d(image, kernel) != before).sum())
        amounts = {0: f"none of the {before.size}", before.size: f"all {before.size}"}
        page.weight(k + 1).click()
        some = amounts.get(changed, f"{changed} of the {before.size}")
        assert page.said().endswith(f"the pixel on its line is not 0: here {some}.")
    if image is lecture.IMAGE:
        page.weight(1).click()
        assert page.said().endswith("here 5 of the 16.")  # as the chapter says


def test_a_weight_of_a_line_is_named_by_its_pixel_and_its_neuron(show):
    page = Shown(show(FullyConnectedView(stage="sparse")))
    digits = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    names = set()
    for n in (11, 12):
        page.neuron(n).click()
        found = re.findall(r"w(\d+),(\d+)×", page.said().translate(digits))
        assert [(int(p), int(to)) for p, to in found] == [(p, n) for p, _, _ in joined(TABLE, n)]
        names |= set(found)
    assert len(names) == 18


def test_colors_are_those_of_the_figures_and_never_alone(show):
    page = Shown(show(FullyConnectedView(stage="shared")))
    shown = page.root.locator(".lk-weight").evaluate_all(
        "all => all.map(e => [getComputedStyle(e).backgroundColor, e.querySelector('b').innerText])"
    )
    for k, (color, text) in enumerate(shown):
        channels = [int(n) for n in re.findall(r"\d+", color)]
        assert to_hex([c / 255 for c in channels]) == to_hex(WEIGHT_COLORS[k])
        assert text == str(k + 1)
    # The cells of the matrix, and the lines into the neuron, carry the numbers too.
    cells = page.root.locator(".lk-matrix svg text").all_text_contents()
    assert [int(text) for text in cells] == TABLE.T[TABLE.T > 0].tolist()
    labels = page.root.locator(".lk-net .lk-label text").all_text_contents()
    assert [int(text) for text in labels] == list(range(1, 10))


@pytest.mark.parametrize("stage", ["dense", "sparse", "shared"])
def test_a_small_and_a_large_layer(show, stage):
    large = FullyConnectedView(np.arange(64).reshape(8, 8), np.ones((1, 1)), stage=stage, neuron=63)
    small = FullyConnectedView([[2]], [[3]], stage=stage)
    tab = show(large, small)
    assert Shown(tab).counts() == {"dense": 4096, "sparse": 64, "shared": 1} == large.weights
    assert len(Shown(tab).looked_lines()) == (64 if stage == "dense" else 1)
    end = "2×3 = 6" if stage == "shared" else "w₁,₁×2"
    assert end in Shown(tab, 1).said()


def test_two_views_of_one_model_and_another_one(show):
    one, other = FullyConnectedView(), FullyConnectedView(stage="shared", neuron=3)
    tab = show(one, one, other)
    first, second, third = (Shown(tab, place) for place in range(3))
    first.stage("sparse").check()
    first.neuron(9).click()
    expect(second.root.get_by_role("status")).to_contain_text("Neuron 9 sees the pixels")
    assert second.looked_lines() == first.looked_lines()
    assert third.chosen() == 4
    assert tab.locator(".lk-connected input[type=radio]:checked").count() == 3


def test_on_a_phone(show, browser):
    """375 px wide with a finger: nothing is cut off, targets are large, the sum stays near."""
    address = show(FullyConnectedView(), width=375).url
    context = browser.new_context(viewport={"width": 375, "height": 800}, has_touch=True)
    tab = context.new_page()
    tab.goto(address)
    page = Shown(tab)
    page.neuron(1).wait_for()
    page.root.get_by_text("shared, 9").tap()
    page.neuron(11).tap()
    assert page.looked_lines() == joined(TABLE, 11)
    page.weight(2).tap()
    assert page.said().startswith("Weight 2 of the filter is −1.")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    small = page.root.locator("button, input").evaluate_all(
        "all => all.map(e => (e.labels?.[0] ?? e).getBoundingClientRect())"
        ".filter(box => box.width < 23.9 || box.height < 23.9).length"
    )
    assert small == 0
    tops = [
        page.root.locator(part).bounding_box()["y"]
        for part in (".lk-net", ".lk-line", ".lk-controls", ".lk-filter", ".lk-matrix")
    ]
    assert tops == sorted(tops)
    # The matrix has its numbers here, too.
    page.neuron(1).tap()
    cells = page.root.locator(".lk-matrix svg text").all_text_contents()
    assert [int(text) for text in cells] == TABLE.T[TABLE.T > 0].tolist()
    for width in (320, 375):  # the drawing follows
        tab.set_viewport_size({"width": width, "height": 800})
        edge = page.root.bounding_box()["x"] + page.root.bounding_box()["width"]
        expect(page.root.locator(".lk-net > svg")).to_have_js_property(
            "clientWidth",
            page.root.locator(".lk-controls").evaluate("e => Math.min(e.clientWidth, 298)"),
        )
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        boxes = page.root.locator("svg, button, input, .lk-value").all()
        assert all(box.bounding_box()["x"] + box.bounding_box()["width"] <= edge for box in boxes)
    context.close()


def test_the_drawing_is_light_on_light_and_dark_on_dark(show):
    tab = show(FullyConnectedView(stage="shared"))
    for theme, light in (("light", True), ("dark", False)):
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        grounds = tab.evaluate(
            "[...document.querySelectorAll('.lk-connected, .lk-picture, .lk-net, .lk-rest')]"
            ".map(e => getComputedStyle(e).backgroundColor)"
            ".filter(color => color !== 'rgba(0, 0, 0, 0)')"
        )
        assert [max(map(int, re.findall(r"\d+", color))) > 200 for color in grounds] == [light]


@pytest.mark.parametrize("width", [720, 375, 320])
def test_nothing_moves_when_the_stage_or_the_neuron_changes(show, width):
    tab = show(FullyConnectedView(), width=width)
    # The font of the book is wider than that of the test page.
    tab.add_style_tag(content=".lk-widget { letter-spacing: 0.06em } p { line-height: 1.6 }")
    page = Shown(tab)
    tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    height = page.root.bounding_box()["height"]
    top = "e => Math.round(e.getBoundingClientRect().top + scrollY)"
    watched = [page.slider(), page.root.locator(".lk-line"), page.root.locator(".lk-matrix")]
    before = [each.evaluate(top) for each in watched]
    for stage in ("sparse", "shared"):
        page.stage(stage).check()
        page.neuron(16).click()
        assert [each.evaluate(top) for each in watched] == before
        assert page.root.bounding_box()["height"] == height
    page.weight(3).click()
    assert [each.evaluate(top) for each in watched] == before
    assert page.root.bounding_box()["height"] == height


# ---------------------------------------------------------------------------- in Python


def test_python_and_defaults():
    view = FullyConnectedView()
    assert repr(view) == "FullyConnectedView(stage='dense', neuron=0)"
    assert view.inputs.tolist() == list(range(1, 37))
    view.stage = "sparse"
    assert tuple(view.inputs) == lecture.CONNECTED_PIXELS[3]
    view.neuron = 1
    assert tuple(view.inputs) == lecture.CONNECTED_PIXELS[-1]
    assert np.array_equal(view.output, lecture.FEATURE_MAP_1)
    assert np.array_equal(view.matrix, ref.convolution_matrix(lecture.FILTER_1, (6, 6)))
    view.neuron, view.weight = 15, 9
    view.kernel = np.ones((2, 2))  # 25 neurons, and no ninth weight
    assert (view.neuron, view.weight, view.weights["dense"]) == (15, 0, 900)
    view.image = np.eye(3)
    assert (view.neuron, view.weights) == (3, {"dense": 36, "sparse": 16, "shared": 4})


BAD = [
    ({"image": np.zeros((9, 3))}, ShapeError, "image must be at most 8x8, .* got 9x3"),
    ({"image": np.zeros((2, 6))}, ShapeError, "kernel 3x3 is larger than the image 2x6"),
    ({"image": [1, 2]}, ShapeError, r"image must be \(H, W\), got shape \(2,\)"),
    ({"image": [["a"]]}, TypeError, "image must be"),
    ({"image": np.full((6, 6), 1e9)}, ValueError, "image must hold numbers from -1000 to 1000"),
    ({"kernel": np.zeros((4, 4))}, ShapeError, "kernel must have at most 9 weights, .* got 4x4"),
    ({"kernel": np.zeros((1, 7))}, ShapeError, "kernel 1x7 is larger than the image 6x6"),
    ({"kernel": [[np.inf]]}, ValueError, "kernel holds a number that is not finite"),
    ({"stage": "thin"}, ValueError, "stage must be one of 'dense', 'sparse', 'shared', got 'thin'"),
    ({"neuron": 16}, ShapeError, "neuron must be below 16, the number of neurons, got 16"),
    ({"neuron": -1}, ValueError, "neuron must be at least 0, got -1"),
    ({"neuron": "first"}, TypeError, "neuron must be an integer"),
    ({"weight": 10}, ShapeError, "weight must be at most 9, the number of shared weights"),
]


@pytest.mark.parametrize(("values", "kind", "message"), BAD)
def test_bad_values_are_named_and_the_last_good_state_stays(values, kind, message):
    with pytest.raises(kind, match=f"FullyConnectedView: {message}"):
        FullyConnectedView(**values)
    view = FullyConnectedView()
    ((name, value),) = values.items()
    with pytest.raises(kind, match=message):
        setattr(view, name, value)
    assert np.array_equal(view.output, lecture.FEATURE_MAP_1)
    assert (view.stage, view.neuron, view.weight) == ("dense", 0, 0)


def test_an_unknown_argument_is_named():
    with pytest.raises(TypeError, match="FullyConnectedView: unknown argument stride"):
        FullyConnectedView(stride=2)
