"""Layers as rows of a table: plain dictionaries, and what follows from each of them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lecturekit import shapes
from lecturekit.reference import layers
from lecturekit.reference._windows import Windows
from lecturekit.shapes import ShapeError, as_integer, as_pair
from lecturekit.widgets._page import RefusedError

LIMITS = {"rows": 40, "side": 4096, "channels": 100_000, "window": 256, "padding": 256}
"""The largest numbers that the table takes; shapes.mjs has the same."""
KINDS: dict[str, type[layers.Layer]] = {
    "conv2d": layers.Conv2D,
    "max_pool2d": layers.MaxPooling2D,
    "avg_pool2d": layers.AveragePooling2D,
    "flatten": layers.Flatten,
    "dense": layers.Dense,
    "relu": layers.ReLU,
    "dropout": layers.Dropout,
    "softmax": layers.Softmax,
}
NAME = "ShapeCalculator"
_POOLING = {"size": "pool_size", "stride": "strides", "padding": "padding"}
# What the page calls the options of a layer that decide sizes, and what the layer calls them.
_OPTIONS = {
    "conv2d": {
        "filters": "filters", "kernel": "kernel_size", "stride": "strides", "padding": "padding",
        "dilation": "dilation_rate", "groups": "groups", "bias": "use_bias",
    },
    "max_pool2d": _POOLING,
    "avg_pool2d": _POOLING,
    "dense": {"units": "units", "bias": "use_bias"},
}  # fmt: skip
_DEFAULTS = {"stride": 1, "padding": "valid", "dilation": 1, "groups": 1, "bias": True, "size": 2}


@dataclass(frozen=True)
class Row:
    """What follows from one layer of a network, for one image.

    Parameters
    ----------
    kind : str
    shape : tuple of int
        Of the output: (H, W, C) or (D,).
    parameters, multiply_adds : int
        Weights and biases; products that are added up, those with padding included.
    receptive_field : (int, int)
        Rows and columns of the image that a unit sees, padding included.
    step : (int, int) or None
        How many pixels apart two neighbors look; None behind flatten, where there are none.
    unseen : (int, int)
        Rows and columns of the layer's input that no window meets.
    """

    kind: str
    shape: tuple[int, ...]
    parameters: int
    receptive_field: tuple[int, int]
    step: tuple[int, int] | None
    multiply_adds: int
    unseen: tuple[int, int]


def as_entry(layer: Any, where: str) -> dict[str, Any]:
    """Return a layer as a dictionary with all options, checked."""
    if isinstance(layer, layers.Layer):
        layer = _described(layer, where)
    if not isinstance(layer, Mapping):
        raise TypeError(f"{where} must be a layer or a dictionary, got {layer!r}")
    kind = layer.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"{where}: kind must be one of {', '.join(KINDS)}, got {kind!r}")
    options = _OPTIONS.get(kind, {})
    unknown = [str(name) for name in layer if name != "kind" and name not in options]
    if unknown:
        raise ValueError(f"{where}: {kind} has no option {', '.join(unknown)}")
    defaults = _DEFAULTS | ({"stride": layer.get("size", 2)} if "size" in options else {})
    values = {name: layer.get(name, defaults.get(name)) for name in options}
    return {"kind": kind, **{name: _option(name, v, where) for name, v in values.items()}}


def _described(layer: layers.Layer, where: str) -> dict[str, Any]:
    """Return what decides the sizes of a layer."""
    kind = next((name for name, known in KINDS.items() if type(layer) is known), None)
    if kind is None:
        raise TypeError(f"{where}: {type(layer).__name__} is no layer that the table knows")
    options = {name: getattr(layer, called) for name, called in _OPTIONS.get(kind, {}).items()}
    # A pooling without strides has those of its window: the default here, too.
    return {"kind": kind, **{name: v for name, v in options.items() if v is not None}}


def _option(name: str, value: Any, where: str) -> Any:
    """Return an option as the page has it, or raise."""
    if name == "bias":
        if not isinstance(value, bool):
            raise TypeError(f"{where}: bias must be True or False, got {value!r}")
        return value
    if value is None:
        raise ValueError(f"{where}: {name} is missing")
    if name in ("filters", "units", "groups"):
        return whole(value, name, 1, LIMITS["channels"], where)
    if name != "padding":
        return _pair(value, name, 1, LIMITS["window"], where)
    if isinstance(value, str) and value not in ("valid", "same"):
        raise ValueError(
            f'{where}: padding must be "valid", "same", an integer or two, got {value!r}'
        )
    return value if isinstance(value, str) else _pair(value, name, 0, LIMITS["padding"], where)


def whole(value: Any, what: str, least: int, most: int, where: str = NAME) -> int:
    number = as_integer(value, what, minimum=least, name=where)
    if number > most:
        raise ValueError(f"{where}: {what} must be at most {most:,}, got {number:,}")
    return number


def _pair(value: Any, what: str, least: int, most: int, where: str) -> list[int]:
    pair = as_pair(value, what, minimum=least, name=where)
    return [whole(n, what, least, most, where) for n in pair]


def as_layer(entry: Mapping[str, Any]) -> layers.Layer:
    """Return the layer that an entry describes."""
    options = _OPTIONS.get(entry["kind"], {})
    return KINDS[entry["kind"]](**{called: entry[name] for name, called in options.items()})


Step = tuple[Mapping[str, Any], layers.Layer, tuple[int, ...], tuple[int, ...]]


def walk(input_shape: Sequence[int], entries: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """Yield each entry, its layer and the shapes before and after it, or raise `RefusedError`."""
    shape = tuple(input_shape)
    for n, entry in enumerate(entries, start=1):
        layer, before = as_layer(entry), shape
        try:
            shape = tuple(layer.out(before))
        except ShapeError as error:
            raise RefusedError(f"{NAME}: row {n}: {error}") from None
        yield entry, layer, before, shape


def rows(input_shape: Sequence[int], entries: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return what follows from each layer, or raise `RefusedError`."""
    result = []
    extent: Sequence[int] = input_shape[:2]  # of the map that the present units stand in
    seen: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for entry, layer, before, shape in walk(input_shape, entries):
        window = None
        if isinstance(layer, layers.Conv2D | layers.MaxPooling2D):
            window = layer.windows(before)
            through, extent = zip(_reach(window), window.stride, strict=True), shape[:2]
        elif isinstance(layer, layers.Dense):
            through, extent = zip(extent, (1, 1), strict=True), (1, 1)  # one window over the map
        else:
            through = zip((1, 1), (1, 1), strict=True)
        for side, one in zip(seen, through, strict=True):
            side.append(one)
        result.append(_row(entry["kind"], layer, before, shape, window, seen))
    return result


def _row(
    kind: str,
    layer: layers.Layer,
    before: tuple[int, ...],
    shape: tuple[int, ...],
    window: Windows | None,
    seen: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> Row:
    weights = layer.weights(before)
    down, right = (shapes.receptive_field(side) for side in seen)
    return Row(
        kind=kind,
        shape=shape,
        parameters=sum(math.prod(size) for size in weights.values()),
        receptive_field=(down[0], right[0]),
        step=(down[1], right[1]) if len(shape) == 3 else None,
        multiply_adds=math.prod(weights.get("kernel", (0,))) * math.prod(shape[:-1]),
        unseen=_unseen(window, before) if window else (0, 0),
    )


def _reach(window: Windows) -> list[int]:
    return [d * (k - 1) + 1 for k, d in zip(window.kernel, window.dilation, strict=True)]


def _unseen(window: Windows, image: Sequence[int]) -> tuple[int, int]:
    """Return how many rows and columns of an image no window meets."""
    rows, columns = (_missed(window, axis, length) for axis, length in enumerate(image[:2]))
    return rows, columns


def _missed(window: Windows, axis: int, length: int) -> int:
    before, after = window.pads[axis]
    met = np.zeros(before + length + after, bool)
    stop = (window.out[axis] - 1) * window.stride[axis] + 1
    for tap in range(window.kernel[axis]):
        first = tap * window.dilation[axis]
        met[first : first + stop : window.stride[axis]] = True
    return length - int(np.count_nonzero(met[before : before + length]))
