"""Scores and their gradients to the image, by TensorFlow."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit._tensorflow import keras, tf
from lecturekit.feature_visualization.objectives import Filter
from lecturekit.shapes import ShapeError


class ScoreAndGradient:
    """The objective of each image and its gradient, compiled once for a model."""

    def __init__(self, model: Any, objective: Filter) -> None:
        self.input_shape = _input_shape(model)
        maps = _maps_before_activation(model, objective)
        units = tf.constant(objective.units)

        @tf.function(autograph=False)
        def run(images: Any) -> tuple[Any, Any]:
            with tf.GradientTape() as tape:
                tape.watch(images)
                # Image n is climbed for unit n alone, so the gradient of the sum holds them all.
                scores = tf.gather(tf.reduce_sum(maps(images), (1, 2)), units, batch_dims=1, axis=1)
            return scores, tape.gradient(scores, images)

        self._run = run

    def __call__(self, images: npt.NDArray[np.float32]) -> tuple[Any, Any]:
        """Return the scores ``(n,)`` and the gradients, of the shape of `images`."""
        scores, gradient = self._run(tf.constant(images))
        return scores.numpy(), gradient.numpy()


def scores_of_all(model: Any, objective: Filter, images: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """The score of every unit on every image, ``(N, n)``."""
    array = np.asarray(images, dtype=np.float32)
    expected = _input_shape(model)
    if array.shape[1:] != expected or array.ndim != 4:
        raise ShapeError(
            f"degree_of_activation: images must have shape (N, {', '.join(map(str, expected))}), "
            f"got {array.shape}"
        )
    maps = _maps_before_activation(model, objective)(tf.constant(array))
    return tf.gather(tf.reduce_sum(maps, (1, 2)), objective.units, axis=1).numpy()


def _input_shape(model: Any) -> tuple[int, int, int]:
    if not isinstance(model, keras.Model):
        raise TypeError(f"expected a Keras model, got {type(model).__name__}")
    if not model.built or len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        raise ValueError(f"expected a built model with one image input, got {model.name!r}")
    return tuple(model.inputs[0].shape[1:])


def _maps_before_activation(model: Any, objective: Filter) -> Any:
    """A function from images to the layer's output before its activation function."""
    names = [layer.name for layer in model.layers]
    if objective.layer not in names:
        raise ValueError(f"Filter: no layer {objective.layer!r}; the model has {', '.join(names)}")
    layer = model.get_layer(objective.layer)
    if not isinstance(layer, keras.layers.Conv2D):
        raise ValueError(
            f"Filter: layer {layer.name!r} is a {type(layer).__name__}; "
            "filters are in Conv2D layers"
        )
    if max(objective.units) >= layer.filters:
        raise ValueError(
            f"Filter: {layer.name!r} has filters 0 to {layer.filters - 1}, "
            f"got {max(objective.units)}"
        )
    before = keras.Model(model.inputs, layer.input)

    def maps(images: Any) -> Any:
        output = layer.convolution_op(before(images, training=False), layer.kernel)
        return output if layer.bias is None else output + layer.bias

    return maps
