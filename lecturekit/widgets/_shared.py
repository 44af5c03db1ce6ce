"""What the widgets of a page share: one copy of a network's weights, one of the digits."""

import hashlib
from functools import lru_cache
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from lecturekit import data
from lecturekit.reference import CNN, layers
from lecturekit.shapes import as_pair

_KINDS = {
    layers.Conv2D: "conv2d",
    layers.MaxPooling2D: "max_pool2d",
    layers.AveragePooling2D: "avg_pool2d",
    layers.Flatten: "flatten",
    layers.Dense: "dense",
    layers.ReLU: "relu",
    layers.Softmax: "softmax",
    layers.Dropout: "dropout",
}
_OPTIONS = {"strides": "stride", "dilation_rate": "dilation", "pool_size": "size"}
_DIGITS_A_LABEL = 4


class NetworkModel(ipywidgets.Widget):
    """A network for the page: its layers, and its weights as bytes. It has no view of its own.

    Attributes
    ----------
    cnn : lecturekit.reference.CNN
        The same network in Python.
    """

    input_shape = traitlets.Tuple().tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    arrays = traitlets.List().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)

    def __init__(self, cnn: CNN) -> None:
        arrays, weights = encode(cnn.weights)
        super().__init__(
            input_shape=cnn.input_shape, layers=described(cnn), arrays=arrays, weights=weights
        )
        self.cnn = cnn

    def __repr__(self) -> str:
        return f"NetworkModel({len(self.layers)} layers)"


class DigitsModel(ipywidgets.Widget):
    """Held-out digits for the page, one byte a pixel."""

    images = traitlets.Bytes().tag(sync=True)
    labels = traitlets.List().tag(sync=True)
    numbers = traitlets.List().tag(sync=True)  # where they stand in x_test

    def __repr__(self) -> str:
        return f"DigitsModel({len(self.labels)} digits)"


def network_model(cnn: CNN | None = None) -> NetworkModel:
    """Return the page's copy of a network, the bundled one by default: one for equal networks."""
    cnn = data.load_cnn() if cnn is None else cnn
    arrays, weights = encode(cnn.weights)
    key = hashlib.sha256(repr((cnn.input_shape, described(cnn), arrays)).encode())
    key.update(weights)
    name = key.hexdigest()
    # A model sends its weights to the page as soon as it is made.
    if name not in _NETWORKS:
        _NETWORKS[name] = NetworkModel(cnn)
    return _NETWORKS[name]


_NETWORKS: dict[str, NetworkModel] = {}


def as_cnn(model: Any, name: str) -> CNN | None:
    """Return a network in NumPy, None for the bundled one, or raise as the widget `name`."""
    if model is None or isinstance(model, CNN):
        return model
    if not hasattr(model, "layers"):
        raise TypeError(
            f"{name}: expected a reference.CNN or a Keras Sequential, got {type(model).__name__}"
        )
    return CNN.from_keras(model)


@lru_cache(maxsize=1)
def digits_model() -> DigitsModel:
    """Return the first held-out digits of each label, one model for all widgets."""
    digits = data.load_digits()
    numbers = [
        int(number)
        for place in range(_DIGITS_A_LABEL)
        for number in (np.flatnonzero(digits.y_test == label)[place] for label in range(10))
    ]
    pixels = np.round(digits.x_test[numbers] * 255).astype(np.uint8)
    return DigitsModel(
        images=pixels.tobytes(),
        labels=[int(label) for label in digits.y_test[numbers]],
        numbers=numbers,
    )


def described(cnn: CNN) -> list[dict[str, Any]]:
    """Return the layers as the page's `cnn.mjs` reads them: plain values, no weights."""
    result = []
    shape: tuple[int, ...] = tuple(cnn.input_shape)
    for layer in cnn.layers:
        shape = tuple(layer.out(shape))
        entry: dict[str, Any] = {"name": layer.name, "kind": _KINDS[type(layer)]}
        for option, name in _OPTIONS.items():
            value = getattr(layer, option, None)
            if value is not None:
                entry[name] = list(as_pair(value, option, minimum=1, name=layer.name))
        for name in ("padding", "groups", "activation"):
            value = getattr(layer, name, None)
            if value is not None:
                entry[name] = list(value) if isinstance(value, tuple) else value
        result.append({**entry, "shape": list(shape)})
    return result


def encode(weights: dict[str, npt.NDArray[Any]]) -> tuple[list[dict[str, Any]], bytes]:
    """Write weights one after the other as bytes, in 8 bits each where that loses nothing.

    Returns
    -------
    arrays : list of dict
        Name, shape, dtype ("int8" or "float32"), scale and offset in bytes of each.
    bytes
    """
    arrays, parts, offset = [], [], 0
    for name, array in weights.items():
        values = np.ascontiguousarray(array, "<f4")
        scale = _scale(values)
        coded = values if scale is None else np.round(values / np.float32(scale)).astype(np.int8)
        arrays.append(
            {
                "name": name,
                "shape": list(array.shape),
                "dtype": "float32" if scale is None else "int8",
                "scale": scale or 1.0,
                "offset": offset,
            }
        )
        parts.append(coded.tobytes())
        offset += coded.nbytes
    return arrays, b"".join(parts)


def _scale(values: npt.NDArray[np.float32]) -> float | None:
    """Return the number of which all values are multiples by -127 to 127, or None."""
    sizes = np.abs(values[values != 0])
    if not sizes.size:
        return 1.0
    smallest, largest = np.float32(sizes.min()), np.float32(sizes.max())
    for times in range(1, 128):
        scale = np.float32(smallest / np.float32(times))
        if largest / scale > 127.5:
            return None
        if np.array_equal(np.round(values / scale).astype(np.float32) * scale, values):
            return float(scale)
    return None
