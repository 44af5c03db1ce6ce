"""The weights and the digits that the widgets of a page share."""

import ipywidgets
import numpy as np
import pytest
import traitlets

from lecturekit import data
from lecturekit.reference import CNN, layers
from lecturekit.widgets import _page, _shared

ESM = """
export default { async render({ model, el }) {
  const { say } = frame(el, { title: "What is it?", kind: "probe" });
  const [network, digits] = [await referred(model, "network"), await referred(model, "digits")];
  const layers = withWeights(network.get("layers"), network.get("arrays"), network.get("weights"));
  const images = digits.get("images");
  const bytes = new Uint8Array(images.buffer, images.byteOffset + 784 * model.get("digit"), 784);
  const states = forward(layers, tensor([28, 28, 1], Float32Array.from(bytes, (v) => v / 255)));
  say(Array.from(states.at(-1).after.data).join(" "));
} };
"""


class Reader(_page.PageWidget):
    _esm = "\n".join(
        _page.joined_module(name).replace("\nexport ", "\n") for name in ("elements.mjs", "cnn.mjs")
    ) + ESM  # fmt: skip
    digit = _page.Whole(0)
    network = traitlets.Any().tag(sync=True, **ipywidgets.widget_serialization)
    digits = traitlets.Any().tag(sync=True, **ipywidgets.widget_serialization)


def test_widgets_on_a_page_without_a_kernel_read_digits_as_numpy_does(show):
    shared = {"network": _shared.network_model(), "digits": _shared.digits_model()}
    tab = show(Reader(digit=0, **shared), Reader(digit=7, **shared))
    tab.wait_for_function("[...document.querySelectorAll('[role=status]')].every(e => e.innerText)")
    found = [line.split() for line in tab.get_by_role("status").all_inner_texts()]
    images = data.load_digits().x_test[[shared["digits"].numbers[place] for place in (0, 7)]]
    np.testing.assert_allclose(np.array(found, float), data.load_cnn().forward(images), atol=1e-5)


def test_equal_networks_are_one_model_and_others_are_not():
    assert _shared.network_model() is _shared.network_model(data.load_cnn())
    network = [layers.Flatten(), layers.Dense(2)]
    assert _shared.network_model(CNN(network, (2, 2, 1))) is not _shared.network_model()


def test_the_digits_are_held_out_ones_four_of_each():
    model, digits = _shared.digits_model(), data.load_digits()
    assert model is _shared.digits_model()
    assert np.bincount(model.labels).tolist() == [4] * 10
    assert model.labels == digits.y_test[model.numbers].tolist()
    pixels = np.frombuffer(model.images, np.uint8).reshape(-1, 28, 28, 1)
    np.testing.assert_array_equal(pixels / np.float32(255), digits.x_test[model.numbers])


@pytest.mark.parametrize("padding", ["same", (1, 2)])
def test_layers_are_described_with_plain_values(padding):
    network = [layers.Conv2D(2, 3, strides=(2, 1), padding=padding), layers.Softmax()]
    first, second = _shared.described(CNN(network, (6, 6, 1)))
    assert first["stride"] == [2, 1]
    assert first["padding"] in ("same", [1, 2])
    assert first["shape"] == second["shape"]
