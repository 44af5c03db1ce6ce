"""Reads a Keras model: its layers as descriptions, its weights as arrays. Imports no Keras."""

from typing import Any

from lecturekit.reference import layers as own
from lecturekit.reference._arrays import Array

Shape = tuple[int, ...]

_ARGUMENTS: dict[str, tuple[type[own.Layer], tuple[str, ...]]] = {
    "Conv2D": (
        own.Conv2D,
        ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "use_bias"),
    ),
    "MaxPooling2D": (own.MaxPooling2D, ("pool_size", "strides", "padding")),
    "AveragePooling2D": (own.AveragePooling2D, ("pool_size", "strides", "padding")),
    "Flatten": (own.Flatten, ()),
    "Dense": (own.Dense, ("units", "use_bias")),
    "Dropout": (own.Dropout, ("rate",)),
    "ReLU": (own.ReLU, ()),
    "Softmax": (own.Softmax, ()),
}
_PLAIN = {"axis": (-1, [-1]), "max_value": (None,), "negative_slope": (0, None), "threshold": (0,)}
_ACTIVATION_LAYERS = {"relu": own.ReLU, "softmax": own.Softmax}


def read(model: Any) -> tuple[list[own.Layer], Shape, dict[str, Array]]:
    """Return descriptions, the shape of one image, and the weights, or raise as `from_keras`."""
    if type(model).__name__ != "Sequential" or not hasattr(model, "get_config"):
        raise TypeError(f"from_keras: expected a Keras Sequential, got {type(model).__name__}")
    if not model.built:
        raise ValueError(
            f"from_keras: model {model.name!r} is not built; give it an Input, or call it once"
        )
    shape = tuple(model.input_shape[1:])
    if None in shape:
        raise ValueError(f"from_keras: the size of the images must be fixed, got {shape}")
    layers = [_describe(layer) for layer in model.layers]
    weights = {
        f"{layer.name}/{weight.name}": array
        for layer in model.layers
        for weight, array in zip(layer.weights, layer.get_weights(), strict=True)
        if weight.name in ("kernel", "bias")
    }
    return layers, shape, weights


def _describe(layer: Any) -> own.Layer:
    """Describe one layer of Keras, or raise an error that names it."""
    kind, config = type(layer).__name__, layer.get_config()
    if kind == "Activation" and config["activation"] in ("relu", "softmax"):
        return _ACTIVATION_LAYERS[config["activation"]](name=layer.name)
    if kind not in _ARGUMENTS:
        raise _unknown(layer, f"is a {kind}")
    if config.get("data_format") == "channels_first":
        raise _unknown(layer, "puts the channels first (data_format='channels_first')")
    for name, plain in _PLAIN.items():
        if name in config and config[name] not in plain:
            raise _unknown(layer, f"has {name}={config[name]!r}")
    describe, names = _ARGUMENTS[kind]
    arguments = {name: _pair(config[name]) for name in names}
    if "activation" in config:
        if config["activation"] not in ("linear", "relu", "softmax"):
            raise _unknown(layer, f"has activation={config['activation']!r}")
        linear = config["activation"] == "linear"
        arguments["activation"] = None if linear else config["activation"]
    return describe(**arguments, name=layer.name)


def _pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unknown(layer: Any, what: str) -> ValueError:
    return ValueError(
        f"from_keras: layer {layer.name!r} {what}; reference.CNN knows {', '.join(_ARGUMENTS)}, "
        "with channels last and the activations linear, relu and softmax"
    )
