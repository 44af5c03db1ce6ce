"""The table that counts, in node and in the page, against NumPy's layers.

Sizes and parameters come from `reference.layers`. Multiply-adds are counted by running each layer
on ones: what comes out sums up to the number of products. Pixels that no window meets are those
whose gradient is zero. No kernel runs.

Tried: a dilation, a bias, the groups or the padding forgotten; a dense layer that sees one unit; a
stride that does not follow its window; a network that does not fit written to the model; a refused
text left in its field; the focus, the mark of a bad row, a column's text lost; cards too wide; a
row's shape counted twice; a new row always last; a double click that removes two; one row named
where two cost as much; a long number cut; a change that cannot be taken back; an error that leaves
half of a change. Each makes a test here fail.
"""

import json
import math
import re
import subprocess
from pathlib import Path

import javascript
import numpy as np
import pytest
import traitlets

from lecturekit import data, shapes
from lecturekit import reference as ref
from lecturekit.reference import CNN, layers
from lecturekit.shapes import ShapeError
from lecturekit.widgets import _layer_rows, _page
from lecturekit.widgets.shape_calculator import ShapeCalculator

MODULE = Path(_page.__file__).with_name("shapes.mjs")
LECTURE = [
    layers.Conv2D(25, 3), layers.MaxPooling2D(2), layers.Conv2D(50, 3), layers.MaxPooling2D(2),
    layers.Flatten(), layers.Dense(100), layers.Dense(10),
]  # fmt: skip
DASH = "–"


def in_node(body: str, value=None):
    """Run JavaScript with `value` as ``input``; big integers come back as strings."""
    program = f"""
    import * as s from {json.dumps(MODULE.as_uri())};
    import {{ readFileSync }} from "node:fs";
    const input = JSON.parse(readFileSync(0, "utf8"));
    const plain = (key, value) => (typeof value === "bigint" ? String(value) : value);
    console.log(JSON.stringify((() => {{ {body} }})(), plain));
    """
    run = subprocess.run(
        [javascript.node(), "--input-type=module", "--eval", program],
        input=json.dumps(value), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


# ------------------------------------------------------------ what NumPy says


def random_layer(rng):
    def pair(most):
        return tuple(rng.integers(1, most, 2).tolist())

    def padding(most):
        return ["valid", "valid", "same", tuple(rng.integers(0, most, 2).tolist())][rng.integers(4)]

    groups, bias = int(rng.choice([1, 1, 1, 2])), bool(rng.integers(4))
    kind = rng.integers(10)
    if kind < 4:
        return layers.Conv2D(
            int(rng.integers(1, 4)) * groups, pair(4), strides=pair(3), padding=padding(3),
            dilation_rate=pair(3), groups=groups, use_bias=bias,
        )  # fmt: skip
    if kind < 7:
        pooling = [layers.MaxPooling2D, layers.AveragePooling2D][kind % 2]
        return pooling(pair(4), strides=[None, pair(4)][rng.integers(2)], padding=padding(3))
    plain = [layers.ReLU(), layers.Dropout(), layers.Softmax(), layers.Flatten()]
    return [plain[rng.integers(4)], layers.Flatten(), layers.Dense(int(rng.integers(1, 9)))][
        kind - 7
    ]


def random_networks(number):
    rng = np.random.default_rng(11)
    for _ in range(number):
        shape = (*rng.integers(3, 24, 2).tolist(), int(rng.integers(1, 4)))
        yield shape, [random_layer(rng) for _ in range(rng.integers(1, 7))]


def multiply_adds(layer, before):
    """Run a layer on ones, padding included: each product adds 1."""
    kernel = layer.weights(before).get("kernel")
    if kernel is None:
        return 0
    if isinstance(layer, layers.Dense):
        return int((np.ones(before) @ np.ones(kernel)).sum())
    (top, bottom), (left, right) = layer.windows(before).pads
    image = np.ones((1, top + before[0] + bottom, left + before[1] + right, before[2]))
    options = {"stride": layer.strides, "dilation": layer.dilation_rate, "groups": layer.groups}
    return int(ref.conv2d(image, np.ones(kernel), **options).sum())


def unseen(layer, before):
    """How many rows and columns have no effect on what comes out: their gradient is zero."""
    x, d_y = np.zeros((1, *before)), np.ones((1, *layer.out(before)))
    if isinstance(layer, layers.Conv2D):
        kernel = np.ones(layer.weights(before)["kernel"])
        d_x = layer.d_x(d_y, x, d_y, kernel)
    elif isinstance(layer, layers.MaxPooling2D):
        d_x = layers.AveragePooling2D.d_x(layer, d_y, x, d_y)
    else:
        return 0, 0
    if not d_x.any():
        return None  # nothing is seen at all, and one cannot tell because of which side
    return int((d_x.sum(axis=(0, 2, 3)) == 0).sum()), int((d_x.sum(axis=(0, 1, 3)) == 0).sum())


def numpys_rows(shape, network):
    """What follows from each layer, up to the first that does not fit."""
    found, extent, seen = [], shape[:2], ([], [])
    for layer in network:
        try:
            after = layer.out(shape)
        except ShapeError:
            break
        windows = [(1, 1), (1, 1)]
        if isinstance(layer, layers.Conv2D | layers.MaxPooling2D):
            sizes = getattr(layer, "kernel_size", None) or layer.pool_size
            gaps = getattr(layer, "dilation_rate", (1, 1))
            pairs = [shapes.as_pair(v, "v", minimum=1, name="t")
                     for v in (sizes, gaps, layer.strides or sizes)]  # fmt: skip
            windows = [(d * (k - 1) + 1, s) for k, d, s in zip(*pairs, strict=True)]
            extent = after[:2]
        elif isinstance(layer, layers.Dense):
            windows, extent = [(n, 1) for n in extent], (1, 1)
        for side, window in zip(seen, windows, strict=True):
            side.append(window)
        fields = [shapes.receptive_field(side) for side in seen]
        found.append({
            "shape": list(after),
            "parameters": sum(math.prod(w) for w in layer.weights(shape).values()),
            "field": [field for field, _ in fields],
            "step": [step for _, step in fields] if len(after) == 3 else None,
            "multiplyAdds": multiply_adds(layer, shape),
            "unseen": unseen(layer, shape),
        })  # fmt: skip
        shape = after
    return found


def described(network):
    return [_layer_rows.as_entry(layer, "test") for layer in network]


# --------------------------------------------------------------- the arithmetic


def test_sizes_in_javascript_and_in_python_are_those_of_the_layers():
    networks = list(random_networks(400))
    answers = in_node(
        "return input.map(([shape, layers]) => s.sizes(shape, layers));",
        [[shape, described(network)] for shape, network in networks],
    )
    failed = blind = 0
    for (shape, network), answer in zip(networks, answers, strict=True):
        expected = numpys_rows(shape, network)
        rows = answer["rows"][: len(expected)]
        for row, right in zip(rows, expected, strict=True):
            numbers = {
                "shape": row["shape"],
                "parameters": int(row["parameters"]),
                "field": [int(n) for n in row["field"]],
                "step": row["step"] and [int(n) for n in row["step"]],
                "multiplyAdds": int(row["multiplyAdds"]),
                "unseen": tuple(side["end"] + side["elsewhere"] for side in row["unseen"])
                or (0, 0),
            }
            if right["unseen"] is None:
                blind += 1
                right["unseen"] = numbers["unseen"]
            assert numbers == right
        if len(expected) < len(network):
            failed += 1
            assert answer["trouble"]["place"] == len(expected)
            assert answer["rows"][len(expected) :] == [None] * (len(network) - len(expected))
            assert answer["parameters"] is answer["multiplyAdds"] is None
            with pytest.raises(ShapeError, match=f"ShapeCalculator: row {len(expected) + 1}: "):
                ShapeCalculator(shape, network)
            continue
        assert answer["trouble"] is None
        calculator = ShapeCalculator(shape, network)
        assert [
            {"shape": list(row.shape), "parameters": row.parameters,
             "field": list(row.receptive_field), "step": row.step and list(row.step),
             "multiplyAdds": row.multiply_adds, "unseen": row.unseen}
            for row in calculator.rows
        ] == expected  # fmt: skip
        assert calculator.parameters == int(answer["parameters"])
        assert calculator.multiply_adds == int(answer["multiplyAdds"])
    assert 100 < failed < 300  # enough of both kinds
    assert blind < 10


def test_each_equation_of_the_line_of_arithmetic_holds():
    """Read the text as a reader does, and compute both sides."""
    networks = [(s, n) for s, n in random_networks(150) if len(numpys_rows(s, n)) == len(n)]
    texts = in_node(
        """return input.flatMap(([shape, layers]) => s.sizes(shape, layers).rows.map(
          (row, i) => s.arithmetic(layers[i], row)));""",
        [[shape, described(network)] for shape, network in networks],
    )
    read = 0
    for text in texts:
        for left, right in re.findall(r"([\d,×()+−/ ]+) = ([\d,.]*\d)", text):
            value = eval(left.replace("×", "*").replace("−", "-").replace(",", ""))
            assert value == pytest.approx(float(right.replace(",", "")), abs=0.006), text
            read += 1
    assert read > 200


def test_a_dense_neuron_of_the_lectures_network_sees_26_by_26_pixels():
    """Not arithmetic: which pixels change it, with all weights 1."""
    weights = CNN(LECTURE, (28, 28, 1)).weights
    cnn = CNN(LECTURE, (28, 28, 1), weights={k: np.ones_like(w) for k, w in weights.items()})
    # A maximum passes the gradient to one of four pixels: it takes some images to see them all.
    images = np.random.default_rng(0).random((40, 28, 28, 1)).astype("f4")
    gradient = cnn.input_gradient(images, "dense_1", np.ones((40, 100), "f4"))
    effects = (gradient[..., 0] != 0).any(axis=0)
    rows, columns = np.flatnonzero(effects.any(axis=1)), np.flatnonzero(effects.any(axis=0))
    assert (rows.max() + 1, columns.max() + 1) == (26, 26)
    assert ShapeCalculator().rows[5].receptive_field == (26, 26)


def test_the_lectures_numbers():
    rows = ShapeCalculator().rows
    assert [row.parameters for row in rows if row.parameters] == [250, 11_300, 125_100, 1_010]
    assert ShapeCalculator().parameters == 137_660
    assert [row.shape for row in rows[:5]] == [
        (26, 26, 25), (13, 13, 25), (11, 11, 50), (5, 5, 50), (1250,)
    ]  # fmt: skip
    assert rows[2].receptive_field == (8, 8)
    assert [row.unseen for row in rows] == [(0, 0)] * 3 + [(1, 1)] + [(0, 0)] * 3


def test_what_javascript_and_python_both_say_is_the_same():
    limits, kinds, presets, sorted_alike, others_alike = in_node(
        """const sort = (layer) => Object.fromEntries(Object.entries(layer).sort());
        const [one] = s.PRESETS;
        return [s.LIMITS, Object.keys(s.KINDS), s.PRESETS,
          s.alike(one.layers, one.layers.map(sort)), s.alike(one.layers, s.PRESETS[1].layers)];"""
    )
    assert limits == _layer_rows.LIMITS
    assert kinds == list(_layer_rows.KINDS)
    assert (sorted_alike, others_alike) == (True, False)
    lecture = ShapeCalculator()
    assert presets[0]["layers"] == lecture.layers
    assert presets[0]["shape"] == list(lecture.input_shape)
    networks = [ShapeCalculator(preset["shape"], preset["layers"]) for preset in presets]
    assert [network.layers for network in networks] == [preset["layers"] for preset in presets]
    assert networks[1].parameters == 61_706
    board = networks[2].rows
    assert {row.shape for row in board} == {(19, 19, 192)}
    assert all(network.rows[0].unseen == (0, 0) for network in networks)
    assert [row.parameters for row in networks[3].rows[:2]] == [1_792, 36_928]


@pytest.mark.parametrize(
    ("shape", "layer", "text"),
    [
        ((11, 11, 1), layers.MaxPooling2D(2), "The last row and column of 11×11 meet no window."),
        ((11, 12, 1), layers.MaxPooling2D(2), "The last row of 11×12 meets no window."),
        ((12, 11, 1), layers.MaxPooling2D(2), "The last column of 12×11 meets no window."),
        ((8, 8, 1), layers.MaxPooling2D(3), "The last 2 rows and columns of 8×8 meet no window."),
        ((8, 7, 1), layers.MaxPooling2D(3),
         "The last 2 rows and the last column of 8×7 meet no window."),
        ((8, 8, 1), layers.Conv2D(1, 2, strides=3),
         "The windows skip 2 rows and 2 columns of 8×8."),
        ((4, 2, 1), layers.Conv2D(1, (1, 2), strides=(2, 1)),
         "The last row of 4×2 meets no window. The windows skip 1 row of 4×2."),
        ((6, 6, 1), layers.Conv2D(1, 3), ""),
        ((6, 6, 1), layers.Conv2D(1, 3, strides=2, padding="same"), ""),
    ],
)  # fmt: skip
def test_pixels_that_no_window_meets_are_named(shape, layer, text):
    answer = in_node("return s.unseenText(s.sizes(...input).rows[0]);", [shape, described([layer])])
    assert answer == text


# --------------------------------------------------------------------- the page


def grouped(numbers):
    return "×".join(f"{n:,}" for n in numbers)


def numpys_table(calculator):
    """The texts that the table must show: output, parameters, field, step, multiply-adds."""
    image = calculator.input_shape[:2]
    lines = []
    for row in calculator.rows:
        if row.step:
            beside = f"step {grouped(row.step[:1] if row.step[0] == row.step[1] else row.step)}"
        elif np.greater(row.receptive_field, image).any():
            beside = "with padding"
        else:
            beside = f"of {grouped(image)}"
        lines.append([
            grouped(row.shape), f"{row.parameters:,}", grouped(row.receptive_field), beside,
            f"{row.multiply_adds:,}",
        ])  # fmt: skip
    return lines, [f"{calculator.parameters:,}", f"{calculator.multiply_adds:,}"]


def table(tab, nth=0):
    """The same texts, as they stand in the page."""
    root = tab.locator(".lk-shapes").nth(nth)
    lines = root.locator("tbody tr").evaluate_all(
        """(rows) => rows.slice(1).map((row) => {
          const [out, parameters, field, work] = row.querySelectorAll("td");
          const count = (cell) => cell.querySelector(".lk-count").textContent;
          return [count(out), count(parameters), count(field),
            field.querySelector(".lk-part").textContent.replace("\u00a0", " "), count(work)];
        })"""
    )
    return lines, root.locator("tfoot .lk-count").all_inner_texts()


class Learner:
    """Someone who edits the page, and the same network in Python."""

    def __init__(self, tab, shape=(28, 28, 1), network=LECTURE):
        self.tab, self.shape, self.network = tab, list(shape), described(network)

    def control(self, name):
        return self.tab.get_by_label(name, exact=True).first

    def check(self):
        assert table(self.tab) == numpys_table(ShapeCalculator(self.shape, self.network))

    def types(self, name, text, row=None, **values):
        """Select what stands in a field, by keyboard, and type something else."""
        field = self.control(name)
        field.focus()
        field.press("Control+a")
        self.tab.keyboard.type(text)
        field.press("Enter")
        if row is not None:
            self.network[row - 1] |= values
        self.check()

    def clicks_and_types(self, name, text, row, **values):
        """The same by mouse: a triple click selects, a click elsewhere ends it."""
        self.control(name).click(click_count=3)
        self.tab.keyboard.type(text)
        self.tab.locator(".lk-title").first.click()
        self.network[row - 1] |= values
        self.check()

    def presses(self, name, keys, row, **values):
        field = self.control(name)
        field.focus()
        for key in keys:
            field.press(key)
        self.network[row - 1] |= values
        self.check()

    def says(self):
        return self.tab.get_by_role("status").first.inner_text()

    def trouble(self):
        return self.tab.get_by_role("alert").first.inner_text()

    def focused(self):
        return self.tab.evaluate("document.activeElement.getAttribute('aria-label')")


def test_every_field_by_keyboard(show):
    learner = Learner(show(ShapeCalculator()))
    learner.check()
    assert "137,660 parameters" in learner.says()
    learner.types("filters, row 1", "8", 1, filters=8)
    assert "8 × (3×3×1 + 1) = 80 parameters" in learner.says()
    learner.presses("kernel, row 1", ["ArrowUp", "ArrowUp"], 1, kernel=[5, 5])
    learner.types("kernel, row 3", "3x2", 3, kernel=[3, 2])
    assert learner.control("kernel, row 3").input_value() == "3×2"
    learner.presses("stride, row 3", ["ArrowUp"], 3, stride=[2, 2])
    learner.types("dilation, row 1", "2", 1, dilation=[2, 2])
    learner.presses("padding, row 1", ["s"], 1, padding="same")
    learner.presses("padding, row 3", ["n"], 3, padding=[1, 1])
    learner.types("pixels of padding, row 3", "2", 3, padding=[2, 2])
    learner.types("stride, row 2", "3", 2, stride=[3, 3])
    learner.types("units, row 6", "12", 6, units=12)
    learner.presses("units, row 7", ["ArrowDown"], 7, units=9)
    learner.presses("layer, row 2", ["m", "m"], 2, **described([layers.AveragePooling2D(2)])[0])
    learner.shape = [30, 33, 3]
    for name, text in (("height", "30"), ("width", "33"), ("channels", "3")):
        learner.control(f"{name} of the image").fill(text)
        learner.control(f"{name} of the image").press("Tab")
    learner.check()


def test_every_field_by_pointer(show):
    tab = show(ShapeCalculator())
    learner = Learner(tab)
    learner.clicks_and_types("filters, row 3", "10", 3, filters=10)
    learner.clicks_and_types("kernel, row 3", "2", 3, kernel=[2, 2])
    learner.clicks_and_types("stride, row 1", "2", 1, stride=[2, 2])
    learner.clicks_and_types("dilation, row 3", "2", 3, dilation=[2, 2])
    # As in Keras, the stride of a pooling follows its window.
    learner.clicks_and_types("window, row 2", "1", 2, size=[1, 1], stride=[1, 1])
    assert learner.control("stride, row 2").input_value() == "1"
    learner.clicks_and_types("stride, row 2", "2", 2, stride=[2, 2])
    learner.clicks_and_types("window, row 2", "3", 2, size=[3, 3])
    learner.control("padding, row 2").select_option("same")
    learner.network[1]["padding"] = "same"
    learner.check()
    learner.control("padding, row 2").select_option("number")
    learner.network[1]["padding"] = [1, 1]
    learner.check()
    learner.clicks_and_types("pixels of padding, row 2", "0", 2, padding=[0, 0])
    learner.clicks_and_types("units, row 6", "7", 6, units=7)
    learner.control("height of the image").click(click_count=3)
    tab.keyboard.type("40")
    tab.get_by_text("Try this").click()
    learner.shape[0] = 40
    learner.check()
    learner.control("layer, row 4").select_option("ReLU")
    learner.network[3] = {"kind": "relu"}
    learner.check()


def test_networks_to_start_from_and_starting_over(show):
    tab = show(ShapeCalculator())
    networks = tab.get_by_role("combobox", name="network", exact=True)
    for place, preset in enumerate(in_node("return s.PRESETS;")):
        networks.select_option(index=place)
        expected = ShapeCalculator(preset["shape"], preset["layers"])
        assert table(tab) == numpys_table(expected)
        assert f"{expected.parameters:,} parameters" in Learner(tab).says()
        assert networks.evaluate("e => e.selectedIndex") == place
    tab.get_by_label("filters, row 1", exact=True).fill("63")
    tab.get_by_label("filters, row 1", exact=True).press("Enter")
    chosen = "e => e.options[e.selectedIndex].text"
    assert networks.evaluate(chosen) == "your own"
    tab.get_by_role("button", name="Start over").press("Enter")
    assert table(tab) == numpys_table(ShapeCalculator())
    assert networks.evaluate(chosen) == "the lecture’s network"
    networks.focus()
    networks.press("l")  # the next whose name begins with l
    networks.press("End")  # the reader's own network is there again
    assert networks.evaluate(chosen) == "your own"
    last = ShapeCalculator((224, 224, 3), in_node("return s.PRESETS.at(-1).layers;")).layers
    last[0]["filters"] = 63
    assert table(tab) == numpys_table(ShapeCalculator((224, 224, 3), last))


def test_your_own_network_is_offered_once_there_is_one(show):
    tab = show(ShapeCalculator(), ShapeCalculator((9, 9, 1), [layers.Conv2D(2, 3)]))
    lists = tab.get_by_role("combobox", name="network", exact=True)
    names = "e => [...e.options].map(o => o.text)"
    assert "your own" not in lists.first.evaluate(names)
    assert lists.nth(1).evaluate(names)[-1] == "your own"
    tab.get_by_label("filters, row 1", exact=True).first.press("ArrowUp")
    assert lists.first.evaluate(names)[-1] == "your own"


def test_undo_takes_back_one_change_after_the_other(show):
    learner = Learner(show(ShapeCalculator()))
    undo = learner.tab.get_by_role("button", name="Undo")
    assert undo.get_attribute("aria-disabled") == "true"
    undo.click(force=True)  # nothing to take back
    learner.check()
    learner.types("filters, row 1", "8", 1, filters=8)
    learner.control("remove row 4").click()
    learner.control("kernel, row 3").fill("99")  # does not fit
    learner.control("kernel, row 3").press("Enter")
    assert "does not fit" in learner.trouble()
    undo.click()
    removed = learner.network.pop(3)
    learner.check()
    assert learner.trouble() == ""
    assert learner.says().startswith("The last change is undone. 6 layers")
    undo.press("Enter")
    assert learner.tab.evaluate("document.activeElement.textContent") == "Undo"
    learner.network.insert(3, removed)
    learner.check()
    undo.press("Space")
    learner.network[0]["filters"] = 25
    learner.check()
    assert undo.get_attribute("aria-disabled") == "true"


def test_a_double_click_removes_one_row(show):
    """On a phone the next row's button stands just where that of the row before stood."""
    learner = Learner(show(ShapeCalculator(), width=375))
    for _ in range(2):
        at = learner.control("remove row 1").bounding_box()
        learner.control("remove row 1").dblclick()
        assert learner.control("remove row 1").bounding_box() == at
        del learner.network[0]
        learner.check()


@pytest.mark.parametrize(
    ("kind", "layer", "place"),
    [
        ("convolution", layers.Conv2D(25, 3), 5),
        ("max pooling", layers.MaxPooling2D(2), 5),
        ("mean pooling", layers.AveragePooling2D(2), 5),
        ("dense", layers.Dense(10), 8),
        ("dropout", layers.Dropout(), 8),
    ],
)
def test_a_new_layer_is_put_where_it_fits(show, kind, layer, place):
    """Further down, NumPy's layers refuse it; where it stands, all of them fit."""
    learner = Learner(show(ShapeCalculator()))
    learner.tab.get_by_role("combobox", name="new layer", exact=True).select_option(kind)
    learner.tab.get_by_role("button", name="Add").click()
    learner.network.insert(place - 1, described([layer])[0])
    learner.check()
    assert learner.focused() == f"layer, row {place}"
    assert learner.says().startswith(f"Row {place}, {kind}, is new: ")
    assert learner.trouble() == ""
    for later in range(place, len(LECTURE) + 1):
        with pytest.raises(ShapeError):
            ShapeCalculator(layers=[*LECTURE[:later], layer, *LECTURE[later:]])


def test_a_new_layer_mends_what_does_not_fit_or_says_why_it_cannot(show):
    learner = Learner(show(ShapeCalculator()))
    learner.control("remove row 5").click()
    assert "flatten first" in learner.trouble()
    kinds = learner.tab.get_by_role("combobox", name="new layer", exact=True)
    kinds.select_option("flatten")
    learner.tab.get_by_role("button", name="Add").click()
    learner.check()
    assert learner.trouble() == ""
    for _ in range(4):
        learner.control("remove row 1").click()
    learner.control("remove row 1").click()  # two dense layers are left, on an image
    kinds.select_option("convolution")
    learner.tab.get_by_role("button", name="Add").click()
    assert learner.says().startswith("Row 1, convolution, is new: ")
    assert learner.trouble().startswith("Row 2: a dense layer takes one row of numbers")


def test_no_number_is_cut(show):
    """Not at a comma: 4,710,924,288 would read as a thousandth of itself."""
    long = ShapeCalculator((4095, 4095, 99_997), [layers.Conv2D(99_999, 255)] * 2)
    tab = show(ShapeCalculator(), long, width=704)
    tab.get_by_role("combobox", name="network", exact=True).first.select_option(index=3)
    assert table(tab)[1][1] == "4,710,924,288"
    for width in (704, 680, 375, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_function(
            "[...document.querySelectorAll('.lk-picture')].every(p =>"
            "p.scrollWidth <= p.clientWidth && [...p.querySelectorAll('.lk-count')].every(c =>"
            "c.getBoundingClientRect().right <= p.getBoundingClientRect().right))"
        )
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert table(tab)[1][1] == "4,710,924,288"


@pytest.mark.parametrize("preset", range(4))
def test_all_rows_that_cost_most_are_named(preset):
    """Which they are, NumPy's layers say."""
    shape, given, text = in_node(
        """const { shape, layers } = s.PRESETS[input];
        return [shape, layers, s.summary(layers, s.sizes(shape, layers))];""", preset
    )  # fmt: skip
    calculator = ShapeCalculator(shape, given)
    for name, what in (("parameters", "parameters"), ("multiply_adds", "multiply-adds")):
        numbers = [getattr(row, name) for row in calculator.rows]
        most = [str(n) for n, number in enumerate(numbers, start=1) if number == max(numbers)]
        part = f"{round(100 * max(numbers) / getattr(calculator, name))} % of the {what}"
        before, found, _ = text.partition(part)
        assert found
        last = re.findall(r"[Rr]ows? (\d+(?:(?:, | and )\d+)*)", before)[-1]
        assert re.split(", | and ", last) == most
    if preset == 3:
        assert text.endswith("rows 2 and 5 do 39 % of the multiply-adds each.")


def test_rows_are_added_removed_and_moved_and_the_focus_stays_near(show):
    learner = Learner(show(ShapeCalculator()))
    tab, network = learner.tab, learner.network
    learner.control("move row 3 up").press("Enter")
    network[1], network[2] = network[2], network[1]
    learner.check()
    assert learner.focused() == "move row 2 up"
    assert learner.says().startswith("Row 3, convolution, is now row 2.")
    learner.control("move row 2 up").press("Space")
    network[0], network[1] = network[1], network[0]
    learner.check()
    assert learner.focused() == "move row 1 down"  # it cannot go higher
    learner.control("move row 3 down").click()
    network[2], network[3] = network[3], network[2]
    learner.check()
    learner.control("remove row 4").press("Enter")
    del network[3]
    learner.check()
    assert learner.focused() == "remove row 4"
    assert learner.says().startswith("Row 4, max pooling, is removed. 6 layers")
    learner.control("remove row 6").click()
    del network[5]
    learner.check()
    assert learner.focused() == "remove row 5"
    tab.get_by_role("combobox", name="new layer", exact=True).select_option("dense")
    tab.get_by_role("button", name="Add").press("Enter")
    network.append({"kind": "dense", "units": 10, "bias": True})
    learner.check()
    assert learner.focused() == "layer, row 6"
    assert learner.says().startswith("Row 6, dense, is new: 10 × (")
    for _ in range(6):
        learner.control("remove row 1").click()
    assert table(tab) == ([], ["0", "0"])
    assert tab.evaluate("document.activeElement.textContent") == "Add"
    assert learner.says().endswith("There is no layer. Add one.")
    tab.get_by_role("combobox", name="new layer", exact=True).select_option("ReLU")
    for _ in range(_layer_rows.LIMITS["rows"] + 1):
        tab.get_by_role("button", name="Add").click()
    assert len(table(tab)[0]) == _layer_rows.LIMITS["rows"]
    assert "There are 40 rows" in learner.trouble()


def test_what_does_not_fit_is_marked_and_the_model_keeps_the_last_network_that_fits(show):
    calculator = ShapeCalculator()
    learner = Learner(show(calculator, calculator))
    tab = learner.tab
    before, total = table(tab)
    field = learner.control("kernel, row 3")
    field.fill("14")
    field.press("Enter")
    lines, totals = table(tab)
    assert lines[:2] == before[:2]
    assert lines[2] == ["does not fit", DASH, DASH, "", DASH]
    assert lines[3:] == [[DASH, DASH, DASH, "", DASH]] * 4
    assert totals == [DASH, DASH]
    assert learner.trouble() == "Row 3: a 14×14 kernel does not fit on 13×13."
    marked = tab.locator(".lk-shapes").first.locator(".lk-misfit")
    assert marked.get_by_role("rowheader").get_attribute("aria-label") == "row 3, convolution"
    assert "A 14×14 kernel does not fit on 13×13." in marked.inner_text()
    described_by = learner.control("layer, row 3").get_attribute("aria-describedby")
    assert "does not fit" in tab.locator(f"#{described_by}").inner_text()
    assert table(tab, 1) == (before, total)  # a second view of the same model
    field.fill("5")
    field.press("Enter")
    learner.network[2]["kernel"] = [5, 5]
    learner.check()
    assert table(tab, 1) == table(tab)
    assert learner.trouble() == ""
    assert marked.count() == 0

    # A change that comes from elsewhere rebuilds the rows, and who stands in a field stays there.
    tab.get_by_label("stride, row 4", exact=True).nth(1).focus()
    field.evaluate("e => { e.value = '4'; e.dispatchEvent(new Event('change')); }")
    assert table(tab, 1) == table(tab)
    here = "document.querySelectorAll('.lk-shapes')[1].contains(document.activeElement)"
    assert tab.evaluate(here)
    assert learner.focused() == "stride, row 4"


@pytest.mark.parametrize(
    ("network", "text"),
    [
        ([layers.Flatten(), layers.Conv2D(1, 3)],
         "Row 2: convolution takes an image, not one row of 108 numbers."),
        ([layers.ReLU(), layers.Dense(3)],
         "Row 2: a dense layer takes one row of numbers, not 6×6×3: flatten first."),
        ([layers.Conv2D(1, 3, dilation_rate=3)],
         "Row 1: a 3×3 kernel, which reaches over 7×7, does not fit on 6×6."),
        ([layers.Conv2D(1, 9, padding=1)],
         "Row 1: a 9×9 kernel does not fit on 6×6 with its padding (8×8)."),
        ([layers.MaxPooling2D((2, 7))], "Row 1: a 2×7 window does not fit on 6×6."),
        ([layers.MaxPooling2D(2, padding=2)],
         "Row 1: the padding must be smaller than the window 2×2."),
        ([layers.Conv2D(4, 1, groups=2)],
         "Row 1: 3 channels and 4 filters do not divide into 2 groups."),
    ],
)  # fmt: skip
def test_each_misfit_has_its_words(network, text):
    answer = in_node("return s.sizes([6, 6, 3], input).trouble;", described(network))
    assert f"Row {answer['place'] + 1}: {answer['text']}." == text
    with pytest.raises(ShapeError, match="ShapeCalculator: row"):
        ShapeCalculator((6, 6, 3), network)


def test_what_is_no_number_is_refused_with_words(show):
    learner = Learner(show(ShapeCalculator()))
    before = table(learner.tab)
    ranges = {
        "kernel, row 3": "256", "stride, row 4": "256", "height of the image": "4,096",
        "units, row 6": "100,000",
    }  # fmt: skip
    for typed in ["", "two", "0", "-1", "2.5", "1e3", "100001", "9" * 30, "3x", "x"]:
        for name, most in ranges.items():
            field = learner.control(name)
            kept = field.input_value()
            field.fill(typed)
            field.press("Enter")
            came = f"“{typed[:20]}”" if typed else "nothing"
            wanted = f"{name.capitalize()}: a whole number from 1 to {most}"
            assert learner.trouble().startswith(wanted)
            assert learner.trouble().endswith(f"not {came}. It stays {kept}.")
            assert field.input_value() == kept
        assert table(learner.tab) == before
    field = learner.control("filters, row 1")
    field.fill("3×5")  # two numbers where one is wanted
    field.press("Enter")
    assert "It stays 25." in learner.trouble()
    stride = learner.control("stride, row 1")
    stride.press("ArrowDown")
    assert stride.input_value() == "1"
    assert "not “0”" in learner.trouble()
    learner.types("stride, row 1", "2", 1, stride=[2, 2])
    assert learner.trouble() == ""


def test_groups_and_missing_biases_from_python_are_counted_and_said(show):
    network = [layers.Conv2D(8, 3, groups=2, use_bias=False), layers.Flatten(),
               layers.Dense(3, use_bias=False)]  # fmt: skip
    tab = show(ShapeCalculator((9, 9, 4), network))
    assert table(tab) == numpys_table(ShapeCalculator((9, 9, 4), network))
    assert "2 groups, no bias" in tab.locator("tbody tr").nth(1).inner_text()
    assert "no bias" in tab.locator("tbody tr").nth(3).inner_text()


def test_numbers_beyond_2_to_the_53_are_exact(show):
    network = [layers.Conv2D(99_999, 255), layers.Conv2D(99_998, 254), layers.Conv2D(100_000, 201)]
    calculator = ShapeCalculator((4095, 4095, 99_997), network)
    assert calculator.multiply_adds > 1e21
    assert table(show(calculator)) == numpys_table(calculator)


def test_a_narrow_page_shows_cards_and_nothing_runs_out_of_it(show):
    tab = show(ShapeCalculator(), width=375)
    learner = Learner(tab)
    for name in (None, "VGG, first two blocks"):
        if name:
            tab.get_by_role("combobox", name="network", exact=True).select_option(name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 375
        picture = tab.locator(".lk-picture")
        assert picture.evaluate("e => e.scrollWidth <= e.clientWidth")
        controls = tab.locator(".lk-shapes :is(input, select, button):visible")
        boxes = [box.bounding_box() for box in controls.all()]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= 375 for box in boxes)
        assert all(min(box["width"], box["height"]) >= 24 for box in boxes)
    tab.get_by_role("button", name="Start over").click()
    # Each number carries its name, and to a screen reader the cards are still a table.
    assert tab.get_by_role("row").count() == 9
    third = tab.get_by_role("row").nth(3).get_by_role("cell").all_inner_texts()
    assert [text.split("\n")[0] for text in third] == [
        "output", "parameters", "receptive field", "multiply-adds"
    ]  # fmt: skip
    learner.clicks_and_types("filters, row 3", "10", 3, filters=10)
    learner.control("move row 6 down").click()
    learner.network[5], learner.network[6] = learner.network[6], learner.network[5]
    learner.check()


def test_the_table_is_a_table_with_headers(show):
    tab = show(ShapeCalculator())
    grid = tab.get_by_role("table", name="The layers of a network")
    assert grid.get_by_role("columnheader").all_inner_texts() == [
        "layer", "output", "parameters", "receptive field", "multiply-adds"
    ]  # fmt: skip
    assert grid.get_by_role("rowheader", name="row 4, max pooling").count() == 1
    note = "The last row and column of 11×11 meet no window."
    assert note in grid.get_by_role("rowheader", name="row 4, max pooling").inner_text()
    names = tab.locator(".lk-shapes :is(input, select):visible").evaluate_all(
        "all => all.map(e => e.getAttribute('aria-label') ?? e.labels[0].innerText)"
    )
    assert len(names) == len(set(names))
    assert all(names)


# ----------------------------------------------------------------------- Python


def test_networks_from_numpy_and_keras_bring_their_size():
    models = pytest.importorskip("lecturekit.models")
    cnn = data.load_cnn()
    assert repr(ShapeCalculator(layers=cnn)) == repr(ShapeCalculator())
    assert ShapeCalculator(layers=cnn).layers == ShapeCalculator().layers
    model = models.build_cnn(input_shape=(32, 30, 3))
    calculator = ShapeCalculator(layers=model)
    assert calculator.input_shape == (32, 30, 3)
    assert calculator.parameters == model.count_params()
    calculator = ShapeCalculator()
    calculator.layers = [layers.Flatten(), {"kind": "dense", "units": 3}]
    assert calculator.parameters == 785 * 3
    assert calculator.layers[1] == {"kind": "dense", "units": 3, "bias": True}


def test_short_descriptions_get_the_defaults_of_keras():
    conv = {"kind": "conv2d", "filters": 2, "kernel": 3}
    calculator = ShapeCalculator((9, 9, 1), [conv, {"kind": "max_pool2d", "size": 3}])
    assert calculator.layers == described([layers.Conv2D(2, 3), layers.MaxPooling2D(3)])
    assert calculator.layers[1]["stride"] == [3, 3]
    assert repr(ShapeCalculator((4, 4, 1), [])) == (
        "ShapeCalculator(input_shape=(4, 4, 1), 0 layers, 0 parameters)"
    )


MISFIT = [layers.Conv2D(1, 3), layers.Dense(2)]


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ({"input_shape": (28, 28)}, ShapeError, r"input_shape must be \(H, W, C\), got \(28, 28\)"),
        ({"input_shape": 28}, ShapeError, r"input_shape must be \(H, W, C\), got 28"),
        ({"input_shape": (28, 0, 1)}, ValueError, "input_shape must be at least 1, got 0"),
        ({"input_shape": (28, 2.5, 1)}, TypeError, "input_shape must be an integer, got 2.5"),
        ({"input_shape": (9999, 9, 1)}, ValueError, "input_shape must be at most 4,096, got 9,999"),
        ({"input_shape": (9, 9, 1)}, ShapeError, "row 4: MaxPooling2D: a window of 2x2 does not"),
        ({"layers": MISFIT}, ShapeError, "row 2: Dense: expected inputs .* put a Flatten before"),
        ({"layers": "conv2d"}, TypeError, "layers must be a list of .*, got str"),
        ({"layers": [3]}, TypeError, "row 1 must be a layer or a dictionary, got 3"),
        ({"layers": [{"kind": "conv3d"}]}, ValueError, "row 1: kind must be one of conv2d, .*got"),
        ({"layers": [{"kind": ["relu"]}]}, ValueError, "row 1: kind must be one of"),
        ({"layers": [{"kind": "dense"}]}, ValueError, "row 1: units is missing"),
        ({"layers": [{"kind": "relu", "units": 3}]}, ValueError, "relu has no option units"),
        ({"layers": [layers.Layer()]}, TypeError, "row 1: Layer is no layer that the table"),
        ({"layers": [layers.Dense(0)]}, ValueError, "row 1: units must be at least 1, got 0"),
        ({"layers": [layers.Dense(10**6)]}, ValueError, "units must be at most 100,000"),
        ({"layers": [layers.Conv2D(1, (3, 3, 3))]}, ValueError, "kernel must be one integer or"),
        ({"layers": [layers.Conv2D(1, 300)]}, ValueError, "row 1: kernel must be at most 256"),
        ({"layers": [layers.Conv2D(1, 3, padding="full")]}, ValueError, "padding must be"),
        ({"layers": [layers.Conv2D(1, 3, use_bias=2)]}, TypeError, "bias must be True or False"),
        ({"layers": [layers.ReLU()] * 41}, ValueError, "at most 40 layers, got 41"),
        ({"size": 3}, TypeError, "ShapeCalculator: unknown argument size"),
    ],
)  # fmt: skip
def test_bad_values_are_named_and_the_last_good_state_stays(values, kind, message):
    with pytest.raises(kind, match=message):
        ShapeCalculator(**values)
    calculator = ShapeCalculator()
    before = repr(calculator), calculator.layers
    for name, value in values.items():
        if name in calculator.trait_names():
            with pytest.raises(kind, match=message):
                setattr(calculator, name, value)
    assert (repr(calculator), calculator.layers) == before


def test_shape_and_layers_change_together_or_not_at_all():
    calculator = ShapeCalculator()
    with calculator.hold_trait_notifications():
        calculator.input_shape = (5, 5, 1)
        calculator.layers = [layers.Conv2D(2, 5)]
    assert calculator.rows[0].shape == (1, 1, 2)
    state = {"input_shape": [4, 4, 1], "layers": described([layers.Conv2D(2, 6)])}
    with pytest.raises(traitlets.TraitError, match="row 1: Conv2D: a window of 6x6"):
        calculator.set_state(state)
    assert (calculator.input_shape, calculator.rows[0].shape) == ((5, 5, 1), (1, 1, 2))


def test_what_comes_from_the_page_is_checked():
    calculator = ShapeCalculator()
    state = {"input_shape": [9, 9, 1], "layers": described([layers.Conv2D(2, 3)])}
    calculator.set_state(json.loads(json.dumps(state)))
    assert calculator.input_shape == (9, 9, 1)
    assert calculator.get_state()["layers"] == state["layers"]
    assert json.dumps(calculator.get_state(["input_shape", "layers"]))
