"""The explorer of pooling, on a page without a kernel, against the NumPy reference.

Tried: the last instead of the first of several largest, a window that moves by its size whatever
the stride, a mean over one number too many, rows hatched that a window meets, a ring in the wrong
column, a tie drawn as the winner, tips that are done already, a line of text with no place kept, a
smaller map refused, a refused size that is written all the same, an edited number in the wrong row,
a Play button that never stops: each makes a test here fail.
"""

import re

import numpy as np
import pytest
from playwright.sync_api import expect
from widgets import shown
from widgets.shown import number

from lecturekit import lecture, shapes
from lecturekit import reference as ref
from lecturekit.shapes import ShapeError
from lecturekit.widgets.pooling_explorer import PoolingExplorer

SHOWN = 0.00501  # numbers are shown with two digits behind the point
SIX = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1, padding=1)
MAP, POOLED = "feature map, ", "pooled map"
# The font of the book is wider than that of the test page.
WIDE_LETTERS = ".lk-widget { letter-spacing: 0.06em }"


class Shown(shown.Shown):
    kind = "pooling"

    def place(self):
        """Row and column of the output that the status line tells about."""
        return pair(re.match(r"Output row (\d+), column (\d+): ", self.said()))

    def tips(self):
        return self.root.locator(".lk-tries li").all_text_contents()

    def rings(self):
        """The cells that have a ring: the winner, and those that are as large."""
        return self.root.locator(".lk-map").evaluate(
            "board => { const cell = board.querySelector('.lk-cell').getBoundingClientRect();"
            "const at = board.getBoundingClientRect();"
            "return [...board.querySelectorAll('.lk-winner')].map(ring => {"
            "const box = ring.getBoundingClientRect(); return ["
            "Math.round((box.top - at.top) / cell.height),"
            "Math.round((box.left - at.left) / cell.width)]; }); }"
        )

    def hatched(self):
        return np.array(self.root.locator(".lk-map").evaluate(
            "board => [...board.querySelectorAll('[role=row]')].map(row =>"
            "[...row.children].map(cell => getComputedStyle(cell).backgroundImage !== 'none'))"
        ))  # fmt: skip


def pair(match):
    return int(match[1]), int(match[2])


def pool(array, size, stride, kind="max"):
    """NumPy's answer."""
    function = {"max": ref.max_pool2d, "mean": ref.avg_pool2d}[kind]
    return function(np.asarray(array)[np.newaxis, :, :, np.newaxis], size, stride=stride)[
        0, :, :, 0
    ]


def reached(array, size, stride, place=None):
    """Where one output comes from, or where any does, as the gradients of NumPy tell."""
    x = np.asarray(array, float)[np.newaxis, :, :, np.newaxis]
    d_y = np.zeros((1, *pool(array, size, stride).shape, 1))
    d_y[(0, *(place or (slice(None), slice(None))), 0)] = 1
    backward = ref.avg_pool2d_backward if place is None else ref.max_pool2d_backward
    return np.argwhere(backward(d_y, x, size, stride=stride)[0, :, :, 0])


def assert_shown(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=SHOWN)


def test_the_lecture_as_the_slides_write_it(show):
    page = Shown(show(PoolingExplorer()))
    assert page.numbers(MAP).tolist() == lecture.FEATURE_MAP_1.tolist()
    assert page.numbers(POOLED).tolist() == lecture.POOLED_MAP_1.tolist()
    assert page.said() == (
        "Output row 0, column 0: max of 3, −1, −3, 1 is 3, from map row 0, column 0."
    )
    assert page.sizes() == "(4 − 2) / 2 + 1 = 2, so the output is 2×2. Every number meets a window."
    page.list("keep").select_option("the mean")
    assert page.said() == "Output row 0, column 0: (3 − 1 − 3 + 1) / 4 = 0 / 4 = 0."
    assert_shown(page.numbers(POOLED), pool(lecture.FEATURE_MAP_1, 2, 2, "mean"))
    assert page.rings() == []
    page.list("keep").press("ArrowUp")
    page.list("feature map").select_option("map 2 of the slides, 4×4")
    assert page.numbers(MAP).tolist() == lecture.FEATURE_MAP_2.tolist()
    assert page.numbers(POOLED).tolist() == lecture.POOLED_MAP_2.tolist()
    assert page.said() == (
        "Output row 0, column 0: max of −1, −1, −1, −1 is −1, from map row 0, column 0. "
        "A tie of 4: the first one wins, as in TensorFlow."
    )
    # An odd side: the lecture's 11 becomes 5.
    page.list("feature map").press("End")
    assert page.numbers(MAP).shape == (11, 11)
    assert_shown(page.numbers(POOLED), pool(page.numbers(MAP), 2, 2))
    assert page.sizes().endswith(
        "the output is 5×5. The last row and column meet no window: hatched."
    )
    assert shapes.dropped(11, 2) == 1


def some_explorers():
    rng = np.random.default_rng(7)
    yield PoolingExplorer(SIX, size=3, stride=2)
    yield PoolingExplorer(SIX, size=1, stride=2)
    for size, stride, kind in [(2, 3, "max"), (3, 1, "max"), (3, 3, "mean"), (2, 1, "mean")]:
        # Few different numbers: there are ties.
        array = rng.integers(-2, 3, rng.integers(4, 7, 2)) / 2
        yield PoolingExplorer(array, size=size, stride=stride, kind=kind)
    yield PoolingExplorer(rng.integers(-9, 9, (12, 12)), size=5, stride=4)


def test_outputs_winners_sizes_and_hatching_are_those_of_numpy(show):
    explorers = list(some_explorers())
    tab = show(*explorers)
    for place, explorer in enumerate(explorers):
        page = Shown(tab, place)
        array, size, stride = explorer.feature_map, explorer.size, explorer.stride
        expected = pool(array, size, stride, explorer.kind)
        assert_shown(page.numbers(MAP), array)
        assert_shown(page.numbers(POOLED), expected)
        np.testing.assert_allclose(explorer.output, expected)
        assert f"so the output is {expected.shape[0]}×{expected.shape[1]}." in page.sizes()
        met = np.zeros(array.shape, bool)
        met[tuple(reached(array, size, stride).T)] = True
        assert (page.hatched() == ~met).all()
        for at in np.ndindex(*expected.shape):
            assert page.place() == at
            assert page.outline(".lk-map") == (at[0] * stride, at[1] * stride, size, size)
            assert page.outline(".lk-output") == (*at, 1, 1)
            assert_said(page, explorer, at, expected[at])
            page.slider("position").press("ArrowRight")


def assert_said(page, explorer, at, expected):
    """The numbers of the window, and the one that wins."""
    told = page.said().partition(": ")[2]
    size, stride = explorer.size, explorer.stride
    top, left = at[0] * stride, at[1] * stride
    window = explorer.feature_map[top : top + size, left : left + size]
    if explorer.kind == "mean":
        assert abs(number(re.search(r"[=≈] (\S+)\.$", told)[1]) - expected) <= SHOWN
        sums = re.match(r"\((.*)\) / (\d+) = (\S+) / ", told)
        signs = sums[1].replace(" + ", " ").replace(" − ", " −").split()
        assert_shown(np.array([number(text) for text in signs]), window.ravel())
        assert int(sums[2]) == window.size
        return
    if size < 5:
        numbers = re.match(r"max of (.*) is ", told)[1].split(", ")
        assert_shown(np.array([number(text) for text in numbers]), window.ravel())
    else:
        assert told.startswith("max of 25 numbers is ")
    winner = pair(re.search(r"from map row (\d+), column (\d+)\.", told))
    assert [list(winner)] == reached(explorer.feature_map, size, stride, at).tolist()
    explorer.position = at[0] * explorer.output.shape[1] + at[1]
    assert explorer.winner == winner
    assert page.rings()[0] == list(winner)
    equal = np.argwhere(window == expected)
    assert sorted(page.rings()) == np.add(equal, [top, left]).tolist()
    assert (f"A tie of {len(equal)}:" in told) == (len(equal) > 1)
    label = page.cell(MAP, *winner).get_attribute("aria-label")
    assert "the largest of the window" in label


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"size": 3, "stride": 2}, "share 1 row or column. The last row and column meet no window"),
        ({"size": 4, "stride": 1}, "share 3 rows or columns. Every number meets a window."),
        ({"size": 1, "stride": 2}, "Rows 1, 3 and 5 and columns 1, 3 and 5 meet no window"),
        ({"size": 4}, "rounded down to 1, so the output is 1×1. The last 2 rows and columns meet"),
        ({"feature_map": SIX[:, :5]}, "Down (6 − 2) / 2 + 1 = 3; across (5 − 2) / 2 + 1 = 2.5, "
         "rounded down to 2, so the output is 3×2. The last column meets no window"),
    ],
)  # fmt: skip
def test_what_meets_no_window_is_said(show, values, text):
    page = Shown(show(PoolingExplorer(**{"feature_map": SIX, **values})))
    assert text in page.sizes()


@pytest.mark.parametrize("hand", ["keyboard", "pointer"])
def test_each_slider_is_moved_by(show, hand):
    page = Shown(show(PoolingExplorer(SIX)))
    state = {"size": 2, "stride": 2}
    for name, value in [("size", 3), ("stride", 1), ("size", 4), ("stride", 3), ("size", 1)]:
        set_slider(page.slider(name), value, hand)
        state[name] = value
        assert_shown(page.numbers(POOLED), pool(SIX, **state))
    set_slider(page.slider("position"), 2, hand)
    assert page.place() == (1, 0)
    set_slider(page.slider("speed"), 8, hand)
    assert page.slider("speed").get_attribute("aria-valuetext") == "8 a second"
    page.button("Reset").press("Enter") if hand == "keyboard" else page.button("Reset").click()
    assert_shown(page.numbers(POOLED), pool(SIX, 2, 2))
    assert (page.place(), page.complaint()) == ((0, 0), "")


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


def test_the_window_goes_where_one_sends_it(show):
    page = Shown(show(PoolingExplorer()))
    page.button("step forward").click()
    assert page.place() == (0, 1)
    page.button("step forward").press("Enter")
    assert page.place() == (1, 0)
    page.button("step back").press("Space")
    page.button("step back").click()
    page.button("step back").click(force=True)  # there is nothing before the first
    assert page.place() == (0, 0)
    page.cell(POOLED, 1, 1).click()
    keys = [("ArrowUp", (0, 1)), ("ArrowLeft", (0, 0)), ("ArrowDown", (1, 0)), ("End", (1, 1)),
            ("ArrowRight", (1, 1)), ("Control+Home", (0, 0))]  # fmt: skip
    for key, place in keys:
        assert page.said().endswith(".")
        page.tab.keyboard.press(key)
        assert page.place() == place
    assert page.grid(POOLED).locator("[tabindex='0']").count() == 1
    # A number of the map: the window that holds it.
    page.cell(MAP, 3, 0).click()
    assert page.place() == (1, 0)
    page.tab.keyboard.press("ArrowUp")
    page.tab.keyboard.press("ArrowUp")
    page.tab.keyboard.press("Space")
    assert page.place() == (0, 0)


def test_numbers_are_edited_and_what_is_none_is_refused(show):
    page = Shown(show(PoolingExplorer()))
    array, keys = lecture.FEATURE_MAP_1.astype(float), page.tab.keyboard

    def same():
        assert_shown(page.numbers(MAP), array)
        assert_shown(page.numbers(POOLED), pool(array, 2, 2))

    page.cell(MAP, 2, 1).click()
    assert page.root.get_by_role("textbox").count() == 0
    page.cell(MAP, 2, 1).click()
    page.root.get_by_role("textbox", name="number, row 2, column 1").fill("7.5")
    page.slider("speed").focus()  # to leave the field is enough
    array[2, 1] = 7.5
    same()
    assert page.list("feature map").locator(":checked").inner_text() == "your own"
    page.cell(MAP, 2, 1).focus()
    keys.press("ArrowRight")
    keys.type("-4")
    keys.press("Enter")
    array[2, 2] = -4
    same()
    for bad, came in [("abc", "“abc”"), ("", "nothing"), ("1e9", "“1e9”")]:
        page.cell(MAP, 0, 0).focus()
        keys.press("Enter")
        keys.press("Delete")
        keys.type(bad)
        keys.press("Enter")
        assert f"a number from −1000 to 1000 is needed, not {came}" in page.complaint()
        same()
    # Another map, and back to the reader's own.
    page.list("feature map").select_option("map 2 of the slides, 4×4")
    assert page.numbers(POOLED).tolist() == lecture.POOLED_MAP_2.tolist()
    page.list("feature map").select_option("your own")
    same()
    page.button("Reset").click()
    assert page.numbers(POOLED).tolist() == lecture.POOLED_MAP_1.tolist()


def test_a_window_that_does_not_fit_is_refused_and_the_last_good_state_stays(show):
    page = Shown(show(PoolingExplorer(SIX, size=5, stride=2)))
    before = page.said(), page.sizes(), page.numbers(POOLED).tolist()
    page.slider("size").press("End")
    assert (
        page.complaint() == "A 7×7 window is larger than the 6×6 feature map. Nothing was changed."
    )
    assert page.slider("size").input_value() == "5"
    assert page.slider("size").get_attribute("aria-valuetext") == "5×5"
    assert (page.said(), page.sizes(), page.numbers(POOLED).tolist()) == before
    page.slider("stride").press("ArrowLeft")
    assert page.complaint() == ""


@pytest.mark.parametrize(("size", "stride", "moves"), [(7, 7, 4), (7, 2, 2)])
def test_a_window_shrinks_with_the_map_and_says_so(show, size, stride, moves):
    page = Shown(show(PoolingExplorer(np.eye(11), size=size, stride=stride)))
    page.list("feature map").select_option("map 1 of the slides, 4×4")
    assert page.complaint() == (
        f"The 7×7 window is larger than the 4×4 feature map. It is 4×4 now, and moves by {moves}."
    )
    assert page.numbers(MAP).tolist() == lecture.FEATURE_MAP_1.tolist()
    assert page.numbers(POOLED).tolist() == pool(lecture.FEATURE_MAP_1, 4, moves).tolist()
    assert page.slider("size").input_value() == "4"
    assert page.slider("stride").input_value() == str(moves)
    page.list("feature map").select_option("your own")  # which stays as large as it was
    assert (page.complaint(), page.numbers(MAP).shape) == ("", (11, 11))
    assert page.slider("size").input_value() == "4"


def test_tips_are_not_done_yet_and_true(show):
    """Each widget has its own, and what they promise is NumPy's answer."""
    tab = show(PoolingExplorer(), PoolingExplorer(SIX, size=3, stride=2))
    blocks, overlapping = Shown(tab), Shown(tab, 1)
    assert not any("Set size 2" in tip for tip in blocks.tips())
    assert not any("Set size 3 and stride 2" in tip for tip in overlapping.tips())
    assert any("Take the 11×11 map" in tip for tip in blocks.tips())
    assert any("Set size 2 and stride 2, and take the 11×11 map" in t for t in overlapping.tips())
    for page in (blocks, overlapping):
        for name in ("size", "stride"):
            set_slider(page.slider(name), 2, "keyboard")
        page.list("feature map").press("End")
        eleven = page.numbers(MAP)
        assert eleven.shape == (11, 11)
        unmet = np.ones((11, 11), bool)
        unmet[tuple(reached(eleven, 2, 2).T)] = False
        rows, columns = np.flatnonzero(unmet.all(axis=1)), np.flatnonzero(unmet.all(axis=0))
        assert (rows.tolist(), columns.tolist()) == ([10], [10])
        assert (page.hatched() == unmet).all()
    # One number in two windows of 3x3 that move by 2.
    nine = SIX.astype(float)
    nine[2, 2] = 9
    assert (pool(nine, 3, 2) == 9).sum() > 1


def test_each_mark_is_explained_and_a_tie_looks_like_one(show):
    page = Shown(show(PoolingExplorer(lecture.FEATURE_MAP_2)))
    style = "e => getComputedStyle(e, '::after').borderTopStyle"
    winner, *equal = page.root.locator(".lk-winner").all()
    assert winner.evaluate(style) == page.root.locator(".lk-key-winner").evaluate(style) == "solid"
    key = page.root.locator(".lk-key-equal")
    assert {e.evaluate(style) for e in [key, *equal]} == {"dashed"}
    # Dark dashes on a ring that is all white: nothing else marks them.
    under = "e => getComputedStyle(e, '::before').border"
    assert {e.evaluate(under) for e in [key, *equal]} == {"2px solid rgb(255, 255, 255)"}
    assert {e.evaluate("e => getComputedStyle(e, '::after').boxShadow") for e in equal} == {"none"}
    assert "but not the first" in page.root.locator(".lk-legend").inner_text()
    page.list("keep").select_option("the mean")
    assert not key.is_visible()


@pytest.mark.parametrize("width", [704, 375, 320])
def test_the_list_shows_whole_names(show, width):
    tab = show(PoolingExplorer(np.eye(3)), width=width)
    tab.add_style_tag(content=WIDE_LETTERS + " .lk-widget select { letter-spacing: 0.06em }")
    page = Shown(tab)
    needed, has = page.list("feature map").evaluate(
        "list => { const has = list.offsetWidth; list.style.width = 'max-content';"
        "list.style.maxWidth = 'none'; return [list.offsetWidth, has]; }"
    )
    assert needed <= has
    edge = "e => e.getBoundingClientRect().right"
    parts = page.root.locator("select, button, input, .lk-value").all()
    assert all(part.evaluate(edge) < page.root.evaluate(edge) for part in parts)


@pytest.mark.parametrize("width", [704, 375, 320])
@pytest.mark.parametrize("array", [lecture.FEATURE_MAP_2, SIX], ids=["map 2", "6x6"])
def test_nothing_moves_while_the_window_does(show, width, array):
    """The map with many ties and that with few have lines of different lengths."""
    tab = show(PoolingExplorer(array, size=3, stride=1), width=width)
    tab.add_style_tag(content=WIDE_LETTERS + " p { line-height: 1.6; font-size: 17px }")
    page = Shown(tab)
    top, tops = "e => e.getBoundingClientRect().top + scrollY", set()
    for kind in ("the largest (max)", "the mean"):
        page.list("keep").select_option(kind)
        page.slider("position").press("Home")
        for _ in range(pool(array, 3, 1).size):
            tops.add(page.button("step forward").evaluate(top))
            page.slider("position").press("ArrowRight")
    assert len(tops) == 1


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_goes_through_all_positions_and_stops(show, motion):
    tab = show(PoolingExplorer(speed=8, position=1))
    tab.emulate_media(reduced_motion=motion)
    page = Shown(tab)
    glide = page.root.locator(".lk-map .lk-window").evaluate(
        "e => parseFloat(getComputedStyle(e).transitionDuration)"
    )
    assert glide == 0 if motion == "reduce" else 0 < glide <= 0.3
    page.root.get_by_role("status").evaluate(
        "e => { window.told = []; new MutationObserver(() => told.push("
        "e.textContent.slice(0, 22))).observe(e, { childList: true }); }"
    )
    page.button("Play").press("Enter")
    expect(page.button("Pause")).to_be_focused()
    expect(page.button("Play")).to_be_visible()  # it has come to the end
    assert tab.evaluate("told") == ["Output row 1, column 0", "Output row 1, column 1"]
    page.button("Play").click()  # from the start again
    expect(page.root.get_by_role("status")).to_contain_text("Output row 0, column 1")
    page.button("Pause").click()
    stands = page.said()
    tab.wait_for_timeout(300)
    assert page.said() == stands


def test_two_views_of_one_explorer_and_another_explorer(show):
    one, other = PoolingExplorer(), PoolingExplorer(SIX, size=3, stride=2)
    tab = show(one, one, other)
    first, second, third = (Shown(tab, place) for place in range(3))
    first.slider("stride").press("ArrowLeft")
    first.cell(POOLED, 2, 1).click()
    expect(second.root.get_by_role("status")).to_contain_text("Output row 2, column 1")
    assert_shown(second.numbers(POOLED), pool(lecture.FEATURE_MAP_1, 2, 1))
    assert third.numbers(POOLED).tolist() == [[3, 1], [3, 1]]


def test_on_a_phone(show, browser):
    """375 px wide with a finger: nothing is cut off, targets are large, all of it works."""
    (_, eleven) = PoolingExplorer().examples[-1]
    address = show(PoolingExplorer(), PoolingExplorer(eleven), width=375).url
    context = browser.new_context(viewport={"width": 375, "height": 800}, has_touch=True)
    tab = context.new_page()
    tab.goto(address)
    page = Shown(tab)
    Shown(tab, 1).grid(POOLED).wait_for()
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
    page.cell(POOLED, 1, 0).tap()
    assert page.place() == (1, 0)
    page.cell(MAP, 0, 3).tap()
    assert page.place() == (0, 1)
    page.cell(MAP, 0, 3).tap()
    page.root.get_by_role("textbox").fill("8")
    tab.keyboard.press("Enter")
    assert page.numbers(POOLED).tolist() == [[3, 8], [3, 1]]
    context.close()


@pytest.mark.parametrize("width", [704, 375])
def test_nothing_moves_when_a_value_changes(show, width):
    tab = show(PoolingExplorer(SIX), width=width)
    tab.add_style_tag(content=WIDE_LETTERS)
    page = Shown(tab)
    right = "e => e.getBoundingClientRect().right"
    edge = page.root.evaluate(right)
    assert all(
        n < edge
        for n in page.root.locator("select, input, button").evaluate_all(f"all => all.map({right})")
    )
    top = "e => Math.round(e.getBoundingClientRect().top + scrollY)"
    watched = [page.button("Play"), page.list("keep"), page.root.locator(".lk-line")]
    before = [each.evaluate(top) for each in watched]
    for name, key in [
        ("size", "ArrowRight"),
        ("stride", "Home"),
        ("size", "Home"),
        ("position", "End"),
    ]:
        page.slider(name).press(key)
        assert [each.evaluate(top) for each in watched] == before
    page.list("keep").select_option("the mean")
    assert [each.evaluate(top) for each in watched] == before


# ---------------------------------------------------------------------------- in Python


def test_python_and_defaults():
    explorer = PoolingExplorer()
    assert repr(explorer) == "PoolingExplorer(size=2, stride=2, kind='max')"
    assert np.array_equal(explorer.output, lecture.POOLED_MAP_1)
    assert PoolingExplorer(lecture.FEATURE_MAP_2, size=3).stride == 3
    explorer.position = 3
    assert explorer.winner == (2, 3)
    explorer.size = 3  # one position is left
    assert (explorer.position, explorer.output.shape, explorer.stride) == (0, (1, 1), 2)
    explorer.kind = "mean"
    assert explorer.winner is None
    assert explorer.output.item() == pytest.approx(lecture.FEATURE_MAP_1[:3, :3].mean())
    explorer.feature_map = np.eye(5)
    assert explorer.output.shape == (2, 2)


def test_the_first_of_several_largest_wins_in_python_too():
    explorer = PoolingExplorer(np.zeros((4, 4)), position=3)
    assert explorer.winner == (2, 2)


BAD = [
    ({"size": 5}, ShapeError, "a window of 5x5 is larger than the feature map, 4x4"),
    ({"feature_map": [[1, 2, 3]]}, ShapeError, "larger than the feature map, 1x3"),
    ({"feature_map": np.zeros((13, 3))}, ShapeError, r"at most 12x12, got shape \(13, 3\)"),
    ({"feature_map": [1, 2]}, ShapeError, r"must be \(H, W\), got shape \(2,\)"),
    ({"feature_map": [["a"]]}, TypeError, "feature_map must be"),
    ({"feature_map": [[1e9, 0], [0, 0]]}, ValueError, "numbers from -1000 to 1000, got 1e"),
    ({"feature_map": [[np.nan, 0], [0, 0]]}, ValueError, "not finite"),
    ({"position": 4}, ShapeError, "position must be below 4, the positions of a 2x2 output, got 4"),
    ({"size": 0}, ValueError, "size must be at least 1, got 0"),
    ({"size": 13}, ValueError, "size must be at most 12"),
    ({"stride": 0}, ValueError, "stride must be at least 1"),
    ({"stride": 1.5}, TypeError, "stride must be an integer"),
    ({"kind": "median"}, ValueError, "kind must be one of 'max', 'mean', got 'median'"),
]


@pytest.mark.parametrize(("values", "kind", "message"), BAD)
def test_bad_values_are_named_and_the_last_good_state_stays(values, kind, message):
    with pytest.raises(kind, match=f"PoolingExplorer: .*{message}"):
        PoolingExplorer(**values)
    explorer = PoolingExplorer()
    ((name, value),) = values.items()
    with pytest.raises(kind, match=message):
        setattr(explorer, name, value)
    assert np.array_equal(explorer.output, lecture.POOLED_MAP_1)
    assert (explorer.size, explorer.stride, explorer.position) == (2, 2, 0)


def test_an_unknown_argument_is_named():
    with pytest.raises(TypeError, match="PoolingExplorer: unknown argument padding"):
        PoolingExplorer(padding=1)


def test_what_the_page_sends_comes_together_or_not_at_all():
    explorer = PoolingExplorer()
    explorer.set_state({"feature_map": SIX.tolist(), "size": 5, "stride": 1, "position": 3})
    assert (explorer.output.shape, explorer.position) == ((2, 2), 3)
    assert np.array_equal(explorer.output, pool(SIX, 5, 1))
