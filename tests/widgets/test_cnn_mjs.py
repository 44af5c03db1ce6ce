"""The arithmetic of the page, run by node, against the NumPy reference.

Tried: a flipped kernel, padding counted in a mean, the last instead of the first maximum, a bias
left out, ReLU's gradient at zero: each makes a test here fail.
"""

import json
import subprocess
from pathlib import Path

import javascript
import numpy as np
import pytest

from lecturekit import data
from lecturekit import reference as ref
from lecturekit.reference import CNN, layers
from lecturekit.widgets import _page, _shared

RELATIVE = 1e-5
MODULE = Path(_page.__file__).with_name("cnn.mjs")
PROGRAM = """
import * as cnn from {module};
import {{ readFileSync }} from "node:fs";
const input = JSON.parse(readFileSync(0, "utf8"));
const t = (array) => cnn.tensor(array.shape, Float32Array.from(array.data));
const plain = (x) => ({{ shape: x.shape, data: Array.from(x.data) }});
{body}
"""


def in_node(body: str, value):
    """Run JavaScript with `value` as ``input``; it prints its answer as JSON."""
    program = PROGRAM.format(module=json.dumps(MODULE.as_uri()), body=body)
    run = subprocess.run(
        [javascript.node(), "--input-type=module", "--eval", program],
        input=json.dumps(value), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def written(array) -> dict:
    array = np.asarray(array, "f4")
    return {"shape": list(array.shape), "data": array.ravel().tolist()}


def read(answer: dict) -> np.ndarray:
    return np.reshape(np.array(answer["data"], "f4"), answer["shape"])


def assert_equal(found, expected):
    assert found.shape == expected.shape
    scale = max(float(np.abs(expected).max(initial=0)), 1e-30)
    assert np.abs(found - expected).max(initial=0) <= RELATIVE * scale


def random_convolutions():
    rng = np.random.default_rng(4)
    while True:
        kernel, depth, groups = rng.integers(1, 4, 2).tolist(), *rng.integers(1, 3, 2).tolist()
        options = {
            "stride": rng.integers(1, 4, 2).tolist(),
            "dilation": rng.integers(1, 3, 2).tolist(),
            "padding": ["valid", "same", int(rng.integers(0, 3))][rng.integers(3)],
            "groups": groups,
        }
        x = rng.normal(size=(*rng.integers(5, 10, 2), depth * groups)).astype("f4")
        w = rng.normal(size=(*kernel, depth, groups * int(rng.integers(1, 3)))).astype("f4")
        yield x, w, rng.normal(size=w.shape[-1]).astype("f4"), options


def as_arguments(options):
    return {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}


def test_convolutions_and_their_gradients_are_those_of_numpy():
    cases = [case for case, _ in zip(random_convolutions(), range(200), strict=False)]
    rng = np.random.default_rng(5)
    tasks, expected = [], []
    for x, w, b, options in cases:
        arguments = as_arguments(options)
        y = ref.conv2d(x[None], w, b, **arguments)
        d_y = rng.normal(size=y.shape).astype("f4")
        expected.append((y[0], ref.conv2d_backward(d_y, x[None], w, **arguments)[0][0]))
        tasks.append([*map(written, (x, w, b, d_y[0])), options])
    answers = in_node(
        """console.log(JSON.stringify(input.map(([x, w, b, dY, options]) => [
          plain(cnn.conv2d(t(x), t(w), t(b), options)),
          plain(cnn.conv2dBackward(t(dY), t(x), t(w), options))])));""",
        tasks,
    )
    for (y, d_x), answer in zip(expected, answers, strict=True):
        assert_equal(read(answer[0]), y)
        assert_equal(read(answer[1]), d_x)


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_poolings_and_their_gradients_are_those_of_numpy(kind):
    rng = np.random.default_rng(6)
    forward, backward = getattr(ref, f"{kind}_pool2d"), getattr(ref, f"{kind}_pool2d_backward")
    tasks, expected = [], []
    for _ in range(100):
        # Few different values: there are ties, whose gradient goes to the first.
        x = rng.integers(-3, 4, (*rng.integers(4, 9, 2), 2)).astype("f4")
        options = {
            "size": rng.integers(1, 4, 2).tolist(),
            "padding": ["valid", "same"][rng.integers(2)],
        }
        if rng.integers(2):
            options["stride"] = rng.integers(1, 4, 2).tolist()
        arguments = as_arguments(options)
        y = forward(x[None], **arguments)
        d_y = rng.normal(size=y.shape).astype("f4")
        expected.append((y[0], backward(d_y, x[None], **arguments)[0]))
        tasks.append([written(x), written(d_y[0]), options])
    body = {
        "max": """({ y, winners }) => [plain(y), plain(cnn.maxPool2dBackward(t(dY), t(x), winners))]
          )(cnn.maxPool2d(t(x), options))""",
        "avg": """(y) => [plain(y), plain(cnn.avgPool2dBackward(t(dY), t(x), options))]
          )(cnn.avgPool2d(t(x), options))""",
    }[kind]
    answers = in_node(
        f"console.log(JSON.stringify(input.map(([x, dY, options]) => ({body})));", tasks
    )
    for (y, d_x), answer in zip(expected, answers, strict=True):
        assert_equal(read(answer[0]), y)
        assert_equal(read(answer[1]), d_x)


NETWORK = """
const bytes = Buffer.from(input.weights, "hex");
const layers = cnn.withWeights(input.layers, input.arrays, bytes);
console.log(JSON.stringify(input.images.map((image) => {
  const states = cnn.forward(layers, t(image));
  return {
    y: states.map((state) => plain(state.y)), after: states.map((state) => plain(state.after)),
    dX: input.down.map(([last, d, options]) =>
      plain(cnn.inputGradient(layers, states, last, t(d), options))),
  };
})));
"""


def assert_network_equal(cnn: CNN, images: np.ndarray):
    rng = np.random.default_rng(7)
    arrays, weights = _shared.encode(cnn.weights)
    before = cnn.activations(images, before_activation=True)
    after = cnn.activations(images)
    names = [layer.name for layer in cnn.layers]
    down = [
        (place, rng.normal(size=after[name].shape[1:]).astype("f4"), {"beforeActivation": way})
        for place, name in enumerate(names)
        for way in (False, True)
    ]
    answers = in_node(NETWORK, {
        "layers": _shared.described(cnn), "arrays": arrays, "weights": weights.hex(),
        "images": [written(image) for image in images],
        "down": [(place, written(d), options) for place, d, options in down],
    })  # fmt: skip
    for i, answer in enumerate(answers):
        for name, y, a in zip(names, answer["y"], answer["after"], strict=True):
            assert_equal(read(y), before[name][i])
            assert_equal(read(a), after[name][i])
        for (place, d, options), d_x in zip(down, answer["dX"], strict=True):
            way = {"before_activation": options["beforeActivation"]}
            expected = cnn.input_gradient(images[i : i + 1], names[place], d[None], **way)
            assert_equal(read(d_x), expected[0])


def test_the_bundled_network_forward_and_back_is_that_of_numpy():
    # A digit's black and white areas are full of ties in max pooling, where the last bit of a sum
    # decides who wins: a little noise leaves none. And a network that is sure has a gradient behind
    # its softmax that is the rounding of 1 - p: pale digits leave it in doubt.
    noise = np.random.default_rng(9).uniform(0, 0.1, (8, 28, 28, 1)).astype("f4")
    assert_network_equal(data.load_cnn(), data.load_digits().x_test[:8] * 0.2 + noise)


def test_the_bundled_network_reads_every_digit_on_the_page_as_numpy_does():
    cnn, images = data.load_cnn(), data.load_digits().x_test
    arrays, weights = _shared.encode(cnn.weights)
    task = {"layers": _shared.described(cnn), "arrays": arrays, "weights": weights.hex()}
    last = "plain(cnn.forward(layers, t(image)).at(-1).after)"
    answers = in_node(
        f"""const bytes = Buffer.from(input.weights, "hex");
        const layers = cnn.withWeights(input.layers, input.arrays, bytes);
        console.log(JSON.stringify(input.images.map((image) => {last})));""",
        {**task, "images": [written(image) for image in images]},
    )
    found = np.array([read(answer) for answer in answers])
    assert np.abs(found - cnn.forward(images)).max() <= RELATIVE


def test_a_network_of_every_kind_of_layer_is_that_of_numpy():
    network = [
        layers.Conv2D(6, (3, 2), padding="same", dilation_rate=(2, 1), use_bias=False),
        layers.ReLU(),
        layers.AveragePooling2D((2, 3), strides=(2, 1), padding="same"),
        layers.Conv2D(4, 3, strides=(1, 2), groups=2, activation="relu"),
        layers.Dropout(0.5),
        layers.MaxPooling2D(2, strides=1),
        layers.Flatten(),
        layers.Dense(7, activation="relu"),
        layers.Dense(5, use_bias=False),
        layers.Softmax(),
    ]
    images = np.random.default_rng(8).normal(size=(3, 11, 13, 2)).astype("f4")
    assert_network_equal(CNN(network, (11, 13, 2)), images)


def test_the_weights_of_the_bundled_network_travel_in_8_bits_and_lose_nothing():
    arrays, weights = _shared.encode(data.load_weights())
    assert {entry["dtype"] for entry in arrays} == {"int8"}
    assert len(weights) == 137_660


def test_weights_that_8_bits_cannot_hold_travel_in_32():
    arrays, weights = _shared.encode({"w": np.random.default_rng(0).normal(size=40)})
    assert arrays[0]["dtype"] == "float32"
    assert len(weights) == 160


def test_a_window_larger_than_the_image_is_refused():
    body = """try { cnn.windows([2, 2], 3); } catch (error) {
      console.log(JSON.stringify([error.name, error.message])); }"""
    assert in_node(body, None) == ["RangeError", "the window is larger than the image: 3,3 on 2,2"]
