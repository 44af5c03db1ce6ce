"""The explorer of convolution, on a page without a kernel, against the NumPy reference.

Tried: a turned kernel, a window that moves by 1 whatever the stride, padding left out of the
hatching, a filter cut from the wrong corner, the slices of a color filter in another order, a
refused size that is written all the same, an edited pixel in the wrong channel, Escape that keeps
what was typed, a Play button that never stops: each makes a test here fail.
"""

import re

import numpy as np
import pytest
from playwright.sync_api import expect
from widgets import shown
from widgets.shown import number

from lecturekit import data, lecture, shapes
from lecturekit import reference as ref
from lecturekit.plots._style import DIVERGING
from lecturekit.shapes import ShapeError
from lecturekit.widgets import _shared
from lecturekit.widgets.convolution_explorer import ConvolutionExplorer

SHOWN = 0.00501  # numbers are shown with two digits behind the point
EDGE = np.array([[-1, 0, 1]] * 3)


class Shown(shown.Shown):
    kind = "convolution"

    def map(self, filter=1):
        return self.numbers(f"feature map {filter}")

    def choose(self, name, text):
        self.list(name).select_option(text)

    def sum(self):
        """The sum at the end of the arithmetic."""
        return number(re.match(r".*= (\S+)( \(\d+ more.*)?$", self.said().split("\n")[0])[1])


def conv(image, filters, **options):
    """NumPy's maps of an image, and of one filter or filters (kh, kw, C, F)."""
    x = np.asarray(image, float).reshape(1, *np.shape(image)[:2], -1)
    w = np.asarray(filters, float)
    return ref.conv2d(x, w if w.ndim == 4 else w[:, :, None, None], **options)[0]


def assert_shown(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=SHOWN)


def test_the_lecture_as_the_slides_write_it(show):
    page = Shown(show(ConvolutionExplorer()))
    assert page.numbers("image").tolist() == lecture.IMAGE.tolist()
    assert page.numbers("filter 1").tolist() == lecture.FILTER_1.tolist()
    assert page.map().tolist() == lecture.FEATURE_MAP_1.tolist()
    products = " + ".join(["1×1", *["0×(−1)"] * 3, "1×1", *["0×(−1)"] * 3, "1×1"])
    assert page.said() == f"Row 0, column 0: {products} = 3"
    assert page.sizes() == "(6 + 2·0 − 3) / 1 + 1 = 4, so the map is 4×4. Every pixel is read."
    page.root.get_by_role("radio", name="feature map 2").press("Space")
    assert page.numbers("filter 2").tolist() == lecture.FILTER_2.tolist()
    assert page.map(2).tolist() == lecture.FEATURE_MAP_2.tolist()
    page.root.get_by_text("feature map 1", exact=True).click()
    assert page.map().tolist() == lecture.FEATURE_MAP_1.tolist()


def random_explorers():
    rng = np.random.default_rng(6)
    yield {"filters": lecture.KERAS_SLIDE_FILTER}
    yield {"filters": lecture.KERAS_SLIDE_FILTER, "padding": 2, "dilation": 2, "stride": 2}
    yield {"filters": EDGE[:2, :2], "padding": 1, "stride": 3}  # rows between windows are skipped
    for channels, stride, padding, dilation in [
        (1, 2, 1, 1),
        (1, 1, 0, 2),
        (2, 1, 0, 1),
        (3, 2, 0, 1),
    ]:
        yield {
            "image": rng.normal(size=(*rng.integers(5, 7, 2), channels)).round(2),
            "filters": rng.normal(size=(*rng.integers(2, 4, 2), channels, 2)).round(2),
            "stride": stride, "padding": padding, "dilation": dilation,
        }  # fmt: skip


def test_maps_sums_sizes_and_hatching_are_those_of_numpy(show):
    explorers = [ConvolutionExplorer(**values) for values in random_explorers()]
    tab = show(*explorers)
    for place, explorer in enumerate(explorers):
        page = Shown(tab, place)
        options = {name: getattr(explorer, name) for name in ("stride", "padding", "dilation")}
        expected = conv(explorer.input, explorer.filters, **options)
        np.testing.assert_allclose(explorer.output, expected)
        rows, columns, filters = expected.shape
        assert f", so the map is {rows}×{columns}. " in page.sizes()
        for k in range(filters):
            if filters > 1:
                page.root.get_by_role("radio").nth(k).check()
            assert_shown(page.map(k + 1), expected[:, :, k])
            assert abs(page.sum() - expected[0, 0, k]) <= SHOWN
        page.slider("position").press("End")
        assert page.place() == (rows - 1, columns - 1)
        assert abs(page.sum() - expected[-1, -1, -1]) <= SHOWN
        assert_unread(page, explorer)
        first = [(n - 1) * explorer.stride for n in (rows, columns)]
        reach = [explorer.dilation * (n - 1) + 1 for n in explorer.filters.shape[:2]]
        assert page.outline(".lk-image") == (*first, *reach)


def assert_unread(page, explorer):
    """What no window reads has no part in any output: its gradient is 0 with weights of 1."""
    ones = np.ones(explorer.filters.shape)
    x = np.zeros((1, *explorer.input.shape))
    options = {name: getattr(explorer, name) for name in ("stride", "padding", "dilation")}
    d_x, _, _ = ref.conv2d_backward(np.ones((1, *explorer.output.shape)), x, ones, **options)
    unread = d_x[0, :, :, 0] == 0
    # A row is never read if none of its pixels is.
    rows, columns = np.flatnonzero(unread.all(axis=1)), np.flatnonzero(unread.all(axis=0))
    text = page.sizes().partition("so the map is")[2].partition(".")[2]
    found = {
        name: [int(n) for n in re.findall(r"\d+", part)]
        for name, part in re.findall(r"(row|column)s? ([\d, and]+\d|\d)", text)
    }
    assert found.get("row", []) == rows.tolist()
    assert found.get("column", []) == columns.tolist()
    hatched = page.root.locator(".lk-image").first.evaluate(
        "board => [...board.querySelectorAll('[role=row]')].map(row =>"
        "[...row.children].map(cell => getComputedStyle(cell).backgroundImage !== 'none'))"
    )
    if hatched:
        p = explorer.padding
        inner = np.array(hatched)[p : len(hatched) - p or None, p : len(hatched[0]) - p or None]
        expected = unread.all(axis=1)[:, None] | unread.all(axis=0)
        assert inner.tolist() == expected.tolist()


@pytest.mark.parametrize("hand", ["keyboard", "pointer"])
def test_each_size_is_moved_by(show, hand):
    page = Shown(show(ConvolutionExplorer(image=lecture.IMAGE, filters=lecture.KERAS_SLIDE_FILTER)))
    kernel, state = lecture.KERAS_SLIDE_FILTER, {"stride": 1, "padding": 0, "dilation": 1}
    moves = [("padding", 2), ("stride", 2), ("dilation", 2), ("stride", 3), ("kernel size", 4),
             ("dilation", 1), ("kernel size", 2), ("padding", 0)]  # fmt: skip
    for name, value in moves:
        set_slider(page.slider(name), value, hand)
        if name == "kernel size":
            kernel = resized(kernel, value)
        else:
            state[name] = value
        assert page.numbers("filter 1").tolist() == kernel.tolist()
        assert_shown(page.map(), conv(lecture.IMAGE, kernel, **state)[:, :, 0])
        padded = np.pad(lecture.IMAGE, state["padding"])
        assert page.numbers("image").tolist() == padded.tolist()
    assert page.complaint() == ""


def set_slider(slider, value, hand):
    low, high, now = (int(slider.evaluate(f"s => s.{part}")) for part in ("min", "max", "value"))
    if hand == "pointer":
        box = slider.bounding_box()
        # The middle of the handle stays half a handle away from both ends.
        x = 8 + (box["width"] - 16) * (value - low) / (high - low)
        slider.click(position={"x": x, "y": box["height"] / 2})
    else:
        for _ in range(abs(value - now)):
            slider.press("ArrowRight" if value > now else "ArrowLeft")
    assert int(slider.input_value()) == value


def resized(kernel, size):
    made = np.zeros((size, size), int)
    part = kernel[:size, :size]
    made[: part.shape[0], : part.shape[1]] = part
    return made


def test_the_window_goes_where_one_sends_it(show):
    page = Shown(show(ConvolutionExplorer()))
    sums = lecture.FEATURE_MAP_1

    def at(row, column):
        assert page.place() == (row, column)
        assert page.sum() == sums[row, column]
        assert page.slider("position").input_value() == str(4 * row + column)
        assert page.outline(".lk-image") == (row, column, 3, 3)
        assert page.outline(".lk-map") == (row, column, 1, 1)

    at(0, 0)
    page.button("Next step").click()
    at(0, 1)
    page.button("Next step").press("Enter")
    page.button("Back one step").press("Space")
    at(0, 1)
    page.button("Back one step").click()
    page.button("Back one step").click(force=True)  # there is nothing before the first
    at(0, 0)
    page.slider("position").press("End")
    at(3, 3)
    page.button("Next step").press("Enter")
    at(3, 3)
    set_slider(page.slider("position"), 6, "pointer")
    at(1, 2)
    page.cell("feature map 1", 3, 0).click()
    at(3, 0)
    keys = [("ArrowUp", (2, 0)), ("ArrowRight", (2, 1)), ("End", (2, 3)), ("ArrowRight", (2, 3)),
            ("ArrowDown", (3, 3)), ("Control+Home", (0, 0)), ("ArrowLeft", (0, 0)),
            ("Control+End", (3, 3)), ("Home", (3, 0))]  # fmt: skip
    for key, place in keys:
        page.tab.keyboard.press(key)
        at(*place)
    # One stop for the tab key in each grid, and it follows.
    stops = page.grid("feature map 1").locator("[tabindex='0']")
    assert stops.count() == 1
    assert stops.get_attribute("aria-label") == "output, row 3, column 0: 3"
    # A pixel: the window comes near, with its middle where it can.
    page.cell("image", 2, 3).click()
    at(1, 2)
    page.cell("image", 5, 0).click()
    at(3, 0)
    page.tab.keyboard.press("ArrowUp")  # moves in the image, not the window
    page.tab.keyboard.press("ArrowUp")
    at(3, 0)
    page.tab.keyboard.press("Space")
    at(2, 0)


def test_pixels_and_weights_are_edited_and_what_is_no_number_is_refused(show):
    page = Shown(show(ConvolutionExplorer()))
    image, kernel = lecture.IMAGE.astype(float), lecture.FILTER_1.astype(float)
    keys = page.tab.keyboard

    def same():
        assert_shown(page.numbers("image"), image)
        assert_shown(page.numbers("filter 1"), kernel)
        assert_shown(page.map(), conv(image, kernel)[:, :, 0])

    # By pointer: a weight at once, a pixel with the second click. The change of a weight is shared.
    page.cell("filter 1", 0, 0).click()
    keys.type("2.5")
    keys.press("Enter")
    kernel[0, 0] = 2.5
    same()
    page.cell("image", 1, 2).click()
    assert page.root.get_by_role("textbox").count() == 0
    page.cell("image", 1, 2).click()
    field = page.root.get_by_role("textbox", name="pixel, row 1, column 2")
    field.fill("−0,5")
    page.slider("speed").focus()  # to leave the field is enough
    image[1, 2] = -0.5
    same()
    assert page.list("image").locator(":checked").inner_text() == "your own"
    # By keyboard: to type is to edit; Enter shows what is there; Escape takes it back.
    page.cell("image", 1, 2).focus()
    keys.press("ArrowRight")
    keys.type(".25")
    keys.press("Enter")
    image[1, 3] = 0.25
    same()
    assert page.cell("image", 1, 3).evaluate("cell => cell === document.activeElement")
    keys.press("Enter")
    keys.type("7")
    keys.press("Escape")
    same()
    for bad, came in [("abc", "“abc”"), ("", "nothing"), ("1e9", "“1e9”"), ("--1", "“--1”")]:
        page.cell("filter 1", 2, 2).focus()
        keys.press("Enter")
        keys.press("Delete")
        keys.type(bad)
        keys.press("Enter")
        assert came in page.complaint()
        assert "weight, row 2, column 2: a number from −1000 to 1000 is needed" in page.complaint()
        same()
    page.button("Next step").click()
    assert page.complaint() == ""
    # The other filter has not changed, and Reset brings everything back.
    page.root.get_by_role("radio", name="feature map 2").check()
    assert_shown(page.map(2), conv(image, lecture.FILTER_2)[:, :, 0])
    page.button("Reset").press("Enter")
    assert page.map().tolist() == lecture.FEATURE_MAP_1.tolist()
    assert page.place() == (0, 0)
    # The zeros of the padding are no pixels.
    page.slider("padding").press("ArrowRight")
    page.cell("image", 0, 0).focus()
    keys.press("Enter")
    assert page.complaint() == "The zeros of the padding stay 0."
    assert page.root.get_by_role("textbox").count() == 0


def test_impossible_sizes_are_refused_and_the_last_good_state_stays(show):
    page = Shown(show(ConvolutionExplorer(padding=1, dilation=2)))
    before = page.map(), page.sizes(), page.said()
    page.slider("kernel size").press("End")
    assert page.complaint() == (
        "A 5×5 kernel with dilation 2 spans 9×9 pixels and is larger than the 6×6 image with "
        "padding 1, which is 8×8. Nothing was changed."
    )
    page.slider("dilation").press("End")
    assert "A 3×3 kernel with dilation 4 spans 9×9 pixels" in page.complaint()
    assert page.slider("kernel size").input_value() == "3"
    assert page.slider("dilation").input_value() == "2"
    assert page.slider("dilation").get_attribute("aria-valuetext") == "2"
    assert (page.map() == before[0]).all()
    assert (page.sizes(), page.said()) == before[1:]
    page.slider("padding").press("Home")
    assert page.complaint() == ""
    assert_shown(page.map(), conv(lecture.IMAGE, lecture.FILTER_1, dilation=2)[:, :, 0])


def test_images_and_filters_are_chosen(show):
    explorer = ConvolutionExplorer()
    page = Shown(show(explorer))
    page.choose("weights", "of the slide CNN in Keras")
    assert_shown(page.map(), conv(lecture.IMAGE, lecture.KERAS_SLIDE_FILTER)[:, :, 0])
    page.choose("image", "a handwritten 7")
    page.list("weights").press("ArrowDown")
    digit = data.load_digits().x_test[_shared.digits_model().numbers[7], :, :, 0]
    expected = conv(digit, EDGE)
    assert page.sizes().startswith("(28 + 2·0 − 3) / 1 + 1 = 26, so the map is 26×26.")
    assert_map_in_color(page, expected[:, :, 0])
    # The image is a picture now: the numbers under the window, and the arrow keys on the map.
    picture = page.root.get_by_role("application", name="feature map 1, 26×26")
    picture.press("Control+End")
    for key in ("ArrowUp",) * 12 + ("ArrowLeft",) * 14:
        picture.press(key)
    assert page.place() == (13, 11)
    assert_shown(page.numbers("under the window"), digit[13:16, 11:14])
    assert abs(page.sum() - expected[13, 11, 0]) <= SHOWN
    page.root.get_by_role("img", name="image, 28×28").click(position={"x": 149, "y": 77})
    assert page.place() == (6, 13)
    # A pixel under the window can be changed.
    page.cell("under the window", 1, 2).click()
    page.tab.keyboard.type("0.5")
    page.tab.keyboard.press("Enter")
    digit[7, 15] = 0.5
    assert_map_in_color(page, conv(digit, EDGE)[:, :, 0])
    page.choose("image", "the lecture’s, 6×6")
    assert_shown(page.map(), conv(lecture.IMAGE, EDGE)[:, :, 0])


def assert_map_in_color(page, expected):
    """A map without numbers: each pixel has the color that the book's figures give its value."""
    found = page.root.locator(".lk-map canvas").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    found = np.reshape(found, (*expected.shape, 4))[:, :, :3]
    limit = max(np.abs(expected).max(), 0)
    other = number(page.root.locator(".lk-scale span").last.inner_text())
    assert other >= limit - SHOWN  # one scale for the maps of all filters
    scaled = DIVERGING((expected / other + 1) / 2)[:, :, :3] * 255
    assert np.abs(found - scaled).max() <= 3


def test_three_channels_are_three_slices_and_one_sum(show):
    explorer = ConvolutionExplorer()
    page = Shown(show(explorer))
    page.choose("image", "the same in color")
    explorer.source = "color"  # the same in Python, which gives the filters their slices
    color, cube = explorer.input, explorer.filters
    assert cube.shape == (3, 3, 3, 2)
    for k in (0, 1):
        page.root.get_by_role("radio").nth(k).check()
        for c, name in enumerate(["red", "green", "blue"]):
            assert_shown(page.numbers(f"{name}, 6×6"), color[:, :, c])
            assert_shown(page.numbers(f"filter {k + 1} {name}"), cube[:, :, c, k])
        assert_shown(page.map(k + 1), explorer.output[:, :, k])
    page.cell("filter 2 green", 0, 1).click()
    page.tab.keyboard.type("4")
    page.tab.keyboard.press("Enter")
    page.cell("green, 6×6", 0, 4).click()
    page.cell("green, 6×6", 0, 4).click()
    page.tab.keyboard.type("3")
    page.tab.keyboard.press("Enter")
    color, cube = color.copy(), cube.copy()
    cube[0, 1, 1, 1], color[0, 4, 1] = 4, 3
    assert_shown(page.map(2), conv(color, cube)[:, :, 1])
    row, column = page.place()
    parts = [ref.correlate2d(color[:, :, c], cube[:, :, c, 1])[row, column] for c in range(3)]
    head, *lines = page.said().split("\n")
    assert [number(line.rpartition("= ")[2]) for line in lines] == parts
    assert number(head.rpartition("= ")[2]) == sum(parts)
    assert parts[1] >= 12  # the pixel and the weight that were changed meet
    page.choose("image", "the lecture’s, 6×6")
    assert page.map(2).tolist() == lecture.FEATURE_MAP_2.tolist()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_goes_through_all_positions_and_stops(show, motion):
    explorer = ConvolutionExplorer(stride=2, speed=8, position=1)
    tab = show(explorer)
    tab.emulate_media(reduced_motion=motion)
    page = Shown(tab)
    glide = page.root.locator(".lk-window").first.evaluate(
        "e => parseFloat(getComputedStyle(e).transitionDuration)"
    )
    assert glide == 0 if motion == "reduce" else 0 < glide <= 0.3
    listen(page)
    page.button("Play").press("Enter")
    expect(page.button("Pause")).to_be_focused()
    expect(page.button("Play")).to_be_visible()  # it has come to the end
    assert [text for text, _ in tab.evaluate("told")] == ["Row 1, column 0", "Row 1, column 1"]
    page.button("Play").click()  # from the start again
    expect(page.root.get_by_role("status")).to_contain_text("Row 0, column 1")
    page.button("Pause").click()
    stands = page.said()
    tab.wait_for_timeout(400)
    assert page.said() == stands


def test_speed_is_set_by_keyboard_and_pointer(show):
    page = Shown(show(ConvolutionExplorer()))
    set_slider(page.slider("speed"), 3, "keyboard")
    set_slider(page.slider("speed"), 8, "pointer")
    assert page.slider("speed").get_attribute("aria-valuetext") == "8 a second"
    listen(page)
    page.button("Play").click()
    expect(page.root.get_by_role("status")).to_contain_text("Row 3, column 3")
    times = [time for _, time in page.tab.evaluate("told")]
    assert len(times) == 15
    # A timer is never early, and on a busy machine often late.
    assert 125 * 0.9 <= np.median(np.diff(times)) < 500 * 0.9


def listen(page):
    """Note what the status line says, and when."""
    page.root.get_by_role("status").evaluate(
        "e => { window.told = []; new MutationObserver(() => told.push("
        "[e.textContent.slice(0, 15), performance.now()])).observe(e, { childList: true }); }"
    )


def test_a_covered_map_shows_only_where_the_window_has_been(show):
    page = Shown(show(ConvolutionExplorer()))
    expected = conv(lecture.IMAGE, lecture.FILTER_1)[:, :, 0]
    page.root.get_by_role("checkbox", name="cover the map").press("Space")
    been = [(0, 0)]

    def assert_shown():
        cells = page.grid("feature map 1").get_by_role("gridcell").all_inner_texts()
        for at, text in enumerate(cells):
            place = divmod(at, 4)
            assert text == "?" or number(text) == expected[place]
            assert (text == "?") == (place not in been), place

    assert_shown()
    page.button("Next step").click()
    page.cell("feature map 1", 2, 3).click()
    been += [(0, 1), (2, 3)]
    assert_shown()
    page.cell("feature map 1", 0, 0).focus()
    expect(page.cell("feature map 1", 3, 3)).to_have_attribute("aria-label", re.compile("covered"))
    page.cell("filter 1", 0, 0).click()
    page.root.get_by_role("textbox").fill("2")
    page.tab.keyboard.press("Enter")
    kernel = np.array(lecture.FILTER_1)
    kernel[0, 0] = 2
    expected, been = conv(lecture.IMAGE, kernel)[:, :, 0], [(2, 3)]
    assert_shown()
    page.root.get_by_role("checkbox", name="cover the map").click()
    assert page.map().tolist() == expected.tolist()


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 1), (2, 0)])
def test_an_edit_says_how_many_numbers_of_the_map_changed(show, row, column):
    page = Shown(show(ConvolutionExplorer()))
    page.cell("filter 1", row, column).click()
    page.root.get_by_role("textbox").fill("3")
    page.tab.keyboard.press("Enter")
    kernel = np.array(lecture.FILTER_1)
    kernel[row, column] = 3
    change = conv(lecture.IMAGE, kernel) != conv(lecture.IMAGE, lecture.FILTER_1)
    expect(page.root.locator(".lk-size")).to_contain_text(
        f"{np.count_nonzero(change)} numbers of the map changed, of 16."
    )
    page.slider("stride").press("ArrowRight")
    expect(page.root.locator(".lk-size")).not_to_contain_text("changed")


def test_the_hint_and_the_tips_fit_the_image(show):
    page = Shown(show(ConvolutionExplorer(digit=3)))
    hint = page.root.locator(".lk-picture > .lk-caption")
    expect(hint).to_contain_text("Click a number under the window")
    expect(page.root.locator(".lk-tries")).to_contain_text("a vertical edge")
    page.list("image").select_option("the lecture\u2019s, 6×6")
    expect(hint).to_contain_text("Click it again")


def test_two_views_of_one_explorer_and_another_explorer(show):
    one, other = ConvolutionExplorer(), ConvolutionExplorer(stride=2)
    tab = show(one, one, other)
    first, second, third = (Shown(tab, place) for place in range(3))
    first.slider("padding").press("ArrowRight")
    first.cell("feature map 1", 2, 4).click()
    expect(second.root.get_by_role("status")).to_contain_text("Row 2, column 4")
    assert (second.map() == conv(lecture.IMAGE, lecture.FILTER_1, padding=1)[:, :, 0]).all()
    second.choose("weights", "filter 2 of the lecture")
    expect(first.cell("filter 1", 0, 0)).to_have_text("−1")
    assert (first.map() == conv(lecture.IMAGE, lecture.FILTER_2, padding=1)[:, :, 0]).all()
    assert third.map().tolist() == [[3, -3], [-3, 0]]
    # Each has its own radio buttons and names, though each loads its own copy of the modules.
    assert tab.locator(".lk-convolution input[type=radio]:checked").count() == 3
    ids = tab.locator(".lk-convolution [id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids)) > 0


def test_on_a_phone(show, browser):
    """375 px wide with a finger: nothing is cut off, targets are large, all of it works."""
    tab = show(ConvolutionExplorer(), ConvolutionExplorer(source="color"), width=375)
    address = tab.url
    context = browser.new_context(viewport={"width": 375, "height": 800}, has_touch=True)
    tab = context.new_page()
    tab.goto(address)
    page = Shown(tab)
    page.root.get_by_role("grid").first.wait_for()
    Shown(tab, 1).root.get_by_role("grid").first.wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    small = (
        tab.locator(".lk-widget")
        .locator("[role=gridcell], button, input, select")
        .evaluate_all(
            "all => all.map(e => (e.labels?.[0] ?? e).getBoundingClientRect())"
            ".filter(box => box.width < 24 || box.height < 24).length"
        )
    )
    assert small == 0
    page.cell("feature map 1", 3, 0).tap()
    assert (page.place(), page.sum()) == ((3, 0), 3)
    page.cell("image", 0, 3).tap()
    assert page.place() == (0, 2)
    page.cell("image", 0, 3).tap()
    page.root.get_by_role("textbox").fill("1")
    tab.keyboard.press("Enter")
    image = lecture.IMAGE.copy()
    image[0, 3] = 1
    assert page.map().tolist() == conv(image, lecture.FILTER_1)[:, :, 0].tolist()
    context.close()


def test_nothing_below_the_picture_moves(show):
    page = Shown(show(ConvolutionExplorer()))
    top = "e => Math.round(e.getBoundingClientRect().top + scrollY)"
    before = page.button("Play").evaluate(top)
    for name in ("stride", "padding", "dilation", "position"):
        page.slider(name).press("ArrowRight")
        assert page.button("Play").evaluate(top) == before
    page.choose("image", "a handwritten 4")
    assert page.button("Play").evaluate(top) == before


# ---------------------------------------------------------------------------- in Python


def test_python_and_defaults():
    explorer = ConvolutionExplorer()
    assert repr(explorer) == (
        "ConvolutionExplorer(source='lecture', stride=1, padding=0, dilation=1)"
    )
    maps = np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2], axis=-1)
    assert np.array_equal(explorer.output, maps)
    explorer.position = 15
    explorer.stride = 2  # four positions are left
    assert (explorer.position, explorer.output.shape) == (3, (2, 2, 2))
    explorer.digit = 12
    assert explorer.source == "digit"
    number = _shared.digits_model().numbers[12]
    np.testing.assert_allclose(explorer.input, data.load_digits().x_test[number], rtol=1e-6)
    explorer.image = np.eye(5)
    assert (explorer.source, explorer.output.shape) == ("custom", (2, 2, 2))
    explorer.source = "lecture"
    assert np.array_equal(explorer.output[0, 0], [3, -1])


def test_filters_come_in_several_forms():
    one = ConvolutionExplorer(filters=lecture.FILTER_1)
    several = ConvolutionExplorer(lecture.IMAGE, [lecture.FILTER_1, lecture.KERAS_SLIDE_FILTER])
    assert (one.filters.shape, several.filters.shape) == ((3, 3, 1, 1), (3, 3, 1, 2))
    assert np.array_equal(several.filters[:, :, 0, 1], lecture.KERAS_SLIDE_FILTER)
    cube = ConvolutionExplorer(image=np.zeros((5, 5, 3)))
    assert cube.filters.shape == (3, 3, 3, 2)
    slices = [lecture.FILTER_2, lecture.FILTER_1, lecture.FILTER_2]
    assert np.array_equal(cube.filters[..., 1], np.stack(slices, axis=-1))
    cube.source = "lecture"
    assert np.array_equal(cube.output[..., 1], lecture.FEATURE_MAP_2)


BAD = [
    ({"dilation": 4}, ShapeError, "kernel 3x3 with dilation 4 is larger than the image 6x6"),
    ({"image": np.ones((2, 9))}, ShapeError, "larger than the image 2x9"),
    ({"filters": np.ones((3, 3, 3, 1))}, ShapeError, "1 channels but the filters expect 3"),
    ({"filters": np.ones((6, 6))}, ShapeError, "filters must be at most 5x5"),
    ({"filters": [[[1, 2]], [[1], [2]]]}, TypeError, "filters must be"),
    ({"filters": [1, 2]}, ShapeError, r"got shape \(2,\)"),
    ({"image": np.ones((65, 65))}, ShapeError, "at most 64x64"),
    ({"image": np.ones((6, 6, 4))}, ShapeError, "with 3 channels"),
    ({"image": [[1e9]]}, ValueError, "numbers from -1000 to 1000"),
    ({"image": [[1], [1, 2]]}, TypeError, "image must be"),
    ({"image": [["a"]]}, TypeError, "image must be"),
    ({"position": 16}, ValueError, "position must be below 16, the positions of a 4x4 map, got 16"),
    ({"selected": 2}, ValueError, "selected must be below 2"),
    ({"stride": 0}, ValueError, "stride must be at least 1, got 0"),
    ({"padding": 5}, ValueError, "padding must be at most 4"),
    ({"digit": 40}, ValueError, "digit must be at most 39"),
    ({"source": "camera"}, ValueError, "source must be one of"),
    ({"speed": 1.5}, TypeError, "speed must be an integer"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "kind", "message"), BAD)
def test_bad_values_are_named_and_the_last_good_state_stays(values, kind, message):
    with pytest.raises(kind, match=f"ConvolutionExplorer: .*{message}"):
        ConvolutionExplorer(**values)
    explorer = ConvolutionExplorer()
    before = explorer.output
    ((name, value),) = values.items()
    with pytest.raises(kind, match=message):
        setattr(explorer, name, value)
    assert np.array_equal(explorer.output, before)
    assert (explorer.source, explorer.stride, explorer.position) == ("lecture", 1, 0)


def test_what_the_page_sends_comes_together_or_not_at_all():
    explorer = ConvolutionExplorer()
    image = np.arange(49).reshape(7, 7).tolist()
    explorer.set_state({"image": image, "source": "custom", "stride": 2, "position": 8})
    assert (explorer.source, explorer.output.shape, explorer.position) == ("custom", (3, 3, 2), 8)
    with pytest.raises(ShapeError):
        explorer.set_state({"stride": 1, "dilation": 4, "position": 0})
    assert (explorer.stride, explorer.dilation, explorer.position) == (2, 1, 8)
    explorer.set_state(explorer.start)  # as the page's Reset does
    assert (explorer.source, explorer.position) == ("lecture", 0)
    assert np.array_equal(explorer.output[..., 0], lecture.FEATURE_MAP_1)


def test_sizes_agree_with_the_arithmetic_of_shapes():
    for stride, padding, dilation in np.ndindex(3, 3, 3):
        options = {"stride": stride + 1, "padding": padding, "dilation": dilation + 1}
        try:
            rows = shapes.output_size(6, 3, **options)
        except ShapeError:
            with pytest.raises(ShapeError):
                ConvolutionExplorer(**options)
        else:
            assert ConvolutionExplorer(**options).output.shape == (rows, rows, 2)
