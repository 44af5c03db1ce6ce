"""Scores and their gradients to the image, by TensorFlow."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from lecturekit._tensorflow import keras, tf
from lecturekit.feature_visualization.objectives import Filter
from lecturekit.shapes import ShapeError

Run = Callable[[Any, Any], tuple[Any, Any]]

# One compiled function for each layer of a model, for as long as the model lives: compiling takes
# a hundred times as long as one step, and a slider asks again at every move.
_COMPILED: WeakKeyDictionary[Any, dict[str, tuple[Any, Run]]] = WeakKeyDictionary()


class ScoreAndGradient:
    """The objective of each image and its gradient, compiled once for each layer of a model."""

    def __init__(self, model: Any, objective: Filter) -> None:
        self.input_shape = _input_shape(model)
        layer = _layer(model, objective)
        self._units = tf.constant(objective.units, tf.int32)
        compiled = _COMPILED.setdefault(model, {})
        if compiled.get(layer.name, (None,))[0] is not layer:
            compiled[layer.name] = layer, _compile(model, layer, self.input_shape)
        self._run = compiled[layer.name][1]

    def __call__(self, images: npt.NDArray[np.float32]) -> tuple[Any, Any]:
        """Return the scores ``(n,)`` and the gradients, of the shape of `images`."""
        scores, gradient = self._run(tf.constant(images), self._units)
        return scores.numpy(), gradient.numpy()


def _compile(model: Any, layer: Any, input_shape: tuple[int, int, int]) -> Run:
    maps = _maps_before_activation(model, layer)
    signature = [tf.TensorSpec((None, *input_shape)), tf.TensorSpec((None,), tf.int32)]

    @tf.function(input_signature=signature, autograph=False)
    def run(images: Any, units: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(images)
            # Image n is climbed for unit n alone, so the gradient of the sum holds them all.
            scores = tf.gather(tf.reduce_sum(maps(images), (1, 2)), units, batch_dims=1, axis=1)
        return scores, tape.gradient(scores, images)

    return run


def scores_of_all(model: Any, objective: Filter, images: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """The score of every unit on every image, ``(N, n)``."""
    array = np.asarray(images, dtype=np.float32)
    expected = _input_shape(model)
    if array.shape[1:] != expected or array.ndim != 4:
        raise ShapeError(
            f"degree_of_activation: images must have shape (N, {', '.join(map(str, expected))}), "
            f"got {array.shape}"
        )
    layer = _layer(model, objective)
    if not len(array):
        return np.zeros((0, len(objective.units)), np.float32)
    maps = _maps_before_activation(model, layer)(tf.constant(array))
    return tf.gather(tf.reduce_sum(maps, (1, 2)), objective.units, axis=1).numpy()


def _input_shape(model: Any) -> tuple[int, int, int]:
    if not isinstance(model, keras.Model):
        raise TypeError(f"expected a Keras model, got {type(model).__name__}")
    if not model.built or len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        raise ValueError(f"expected a built model with one image input, got {model.name!r}")
    return tuple(model.inputs[0].shape[1:])


def _layer(model: Any, objective: Filter) -> Any:
    """The layer that the objective names, checked."""
    if not isinstance(objective, Filter):
        raise TypeError(f"expected an objective such as Filter, got {type(objective).__name__}")
    names = [layer.name for layer in model.layers]
    if objective.layer not in names:
        raise ValueError(f"Filter: no layer {objective.layer!r}; the model has {', '.join(names)}")
    layer = model.get_layer(objective.layer)
    if not isinstance(layer, keras.layers.Conv2D):
        raise ValueError(
            f"Filter: layer {layer.name!r} is a {type(layer).__name__}; "
            "filters are in Conv2D layers"
        )
    if layer.data_format != "channels_last":
        raise ValueError(
            f"Filter: layer {layer.name!r} must have its channels last, got {layer.data_format}"
        )
    if max(objective.units) >= layer.filters:
        raise ValueError(
            f"Filter: {layer.name!r} has filters 0 to {layer.filters - 1}, "
            f"got {max(objective.units)}"
        )
    return layer


def _maps_before_activation(model: Any, layer: Any) -> Callable[[Any], Any]:
    """A function from images to the layer's output before its activation function."""
    before = keras.Model(model.inputs, layer.input)

    def maps(images: Any) -> Any:
        output = layer.convolution_op(before(images, training=False), layer.kernel)
        return output if layer.bias is None else output + layer.bias

    return maps
