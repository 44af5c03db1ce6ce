"""Keras' side of the comparisons: networks from a list, what each layer gives, and gradients."""

import numpy as np

from lecturekit import tf_ops
from lecturekit._tensorflow import keras, tf


def build(shape, layers, rng, dtype="float64"):
    """Build a Keras model of (kind, options), with weights of which none is zero."""
    made = [getattr(keras.layers, kind)(**options, dtype=dtype) for kind, options in layers]
    model = keras.Sequential([keras.Input(shape, dtype=dtype), *made])
    for layer in model.layers:
        layer.set_weights([draw(rng, w.shape) for w in layer.get_weights()])
    return model


def draw(rng, shape):
    """Weights that keep numbers about as large as they are."""
    return rng.normal(size=shape) / np.sqrt(max(1, np.prod(shape[:-1])))


def walk(model, x):
    """Return, by layer, what goes into its activation function and what comes out."""
    values = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            before = _linear(layer, x)
            x = layer.activation(before)
        else:
            before = x = layer(x)
        values[layer.name] = before, x
    return values


def _linear(layer, x):
    if isinstance(layer, keras.layers.Dense):
        y = x @ layer.kernel
    elif layer.groups == 1 and set(layer.dilation_rate) == {1}:
        y = layer.convolution_op(x, layer.kernel)
    else:  # TensorFlow's own groups and dilations have gradients on some machines only
        options = {"stride": layer.strides, "padding": layer.padding}
        options |= {"dilation": layer.dilation_rate, "groups": layer.groups}
        y = tf_ops.conv2d(x, tf.convert_to_tensor(layer.kernel), **options)
    return y if layer.bias is None else y + layer.bias


def mean_loss(labels, probabilities):
    return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, probabilities))


def weight_gradients(model, x, labels, run=None):
    """Return loss and gradients, by the keys of `CNN.weights`."""
    run = run or (lambda x: walk(model, x)[model.layers[-1].name][1])
    with tf.GradientTape() as tape:
        loss = mean_loss(labels, run(tf.constant(x)))
    variables = {f"{layer.name}/{v.name}": v.value for layer in model.layers for v in layer.weights}
    return float(loss), tape.gradient(loss, variables)


def pixel_gradients(model, x, d):
    """Return the gradients of the images, from those in `d`: by layer, (before, after)."""
    x = tf.constant(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        values = walk(model, x)
    return {
        name: [tape.gradient(y, x, output_gradients=tf.constant(d[name])) for y in pair]
        for name, pair in values.items()
    }
