"""The lecture's two networks in Keras: the CNN, and the fully connected network it starts from.

Both take images (N, H, W, C) and return class probabilities (N, classes), and come uncompiled:
`training.train` compiles them. With ``keras.mixed_precision.set_dtype_policy("mixed_float16")``
they compute in float16, all but the softmax: a probability below 3e-8 would be 0 there.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from lecturekit import shapes
from lecturekit._tensorflow import keras
from lecturekit.data import load_weights
from lecturekit.reference import CNN

__all__ = ["build_cnn", "build_dnn", "from_reference", "load_pretrained"]

_SMALLEST = 10  # 10 -> 8 -> 4 -> 2 -> 1: two 3x3 filters and two poolings need this many pixels
InputShape = tuple[int, int, int]
Activation = str | Callable[[Any], Any] | None


def build_cnn(
    input_shape: InputShape = (28, 28, 1),
    classes: int = 10,
    *,
    activation: Activation = "relu",
) -> keras.Model:
    """Build the lecture's CNN, with fresh random weights.

    25 3x3 filters, 2x2 max pooling, 50 3x3 filters, 2x2 max pooling, flatten, 100 neurons with
    ReLU, and one softmax output for each class (slides: CNN in Keras). On 28x28x1 the sizes are
    26x26x25, 13x13x25, 11x11x50, 5x5x50, 1250, 100 and 10, with 137,660 parameters.

    Parameters
    ----------
    input_shape : (int, int, int)
        Height, width and channels of an image; 1 channel for black and white, 3 for RGB. Height
        and width are at least 10.
    classes : int, at least 2
    activation : str, callable or None
        The function after both convolutions. The slides print none, which is ``None`` here; ReLU
        is what is used today, and the default.

    Returns
    -------
    keras.Model
        Uncompiled. Its layers are called ``conv2d_1``, ``pool_1``, ``conv2d_2``, ``pool_2``,
        ``flatten``, ``dense`` and ``output``. The weights come from Keras' own generator: call
        ``keras.utils.set_random_seed(seed)`` before, to get the same ones again.

    Raises
    ------
    ShapeError
        If `input_shape` is not three numbers, or the image is too small.
    ValueError, TypeError
        If `classes` is below 2, or a number is no integer, or Keras does not know `activation`.

    Examples
    --------
    >>> model = build_cnn()
    >>> model.count_params()
    137660
    >>> model.get_layer("conv2d_2").output.shape
    (None, 11, 11, 50)
    """
    height, width, channels = _check_input_shape(input_shape, "build_cnn", smallest=_SMALLEST)
    classes = shapes.as_integer(classes, "classes", minimum=2, name="build_cnn")
    activation = _check_activation(activation, "build_cnn")
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((height, width, channels), name="image"),
            layers.Conv2D(25, (3, 3), activation=activation, name="conv2d_1"),
            layers.MaxPooling2D((2, 2), name="pool_1"),
            layers.Conv2D(50, (3, 3), activation=activation, name="conv2d_2"),
            layers.MaxPooling2D((2, 2), name="pool_2"),
            layers.Flatten(name="flatten"),
            layers.Dense(100, activation="relu", name="dense"),
            _output(classes),
        ],
        name="cnn",
    )


def build_dnn(
    input_shape: InputShape = (28, 28, 1),
    classes: int = 10,
    *,
    hidden: Iterable[int] = (500, 500),
) -> keras.Model:
    """Build the fully connected network that the lecture starts from, with fresh random weights.

    The image is flattened into one long vector (784 numbers for 28x28x1), then come the hidden
    layers with ReLU and one softmax output for each class.

    Parameters
    ----------
    input_shape : (int, int, int)
        Height, width and channels of an image.
    classes : int, at least 2
    hidden : iterable of int
        Neurons of each hidden layer; empty for none.

    Returns
    -------
    keras.Model
        Uncompiled. Its layers are called ``flatten``, ``dense_1``, ``dense_2``, ... and
        ``output``.

    Raises
    ------
    ShapeError
        If `input_shape` is not three numbers.
    ValueError, TypeError
        If `classes` is below 2, a size below 1, or a number is no integer.

    Examples
    --------
    >>> build_dnn().count_params()
    648010
    """
    image = _check_input_shape(input_shape, "build_dnn", smallest=1)
    classes = shapes.as_integer(classes, "classes", minimum=2, name="build_dnn")
    if isinstance(hidden, str) or not isinstance(hidden, Iterable):
        raise TypeError(f"build_dnn: hidden must be sizes such as (500, 500), got {hidden!r}")
    sizes = [shapes.as_integer(n, "hidden", minimum=1, name="build_dnn") for n in hidden]
    dense = [
        keras.layers.Dense(size, activation="relu", name=f"dense_{number}")
        for number, size in enumerate(sizes, start=1)
    ]
    layers = [keras.Input(image, name="image"), keras.layers.Flatten(name="flatten")]
    return keras.Sequential([*layers, *dense, _output(classes)], name="dnn")


def load_pretrained() -> keras.Model:
    """Build the lecture's CNN and give it the weights that come with the package.

    It was trained on the training part of `data.load_digits`, with the images moved, turned and
    scaled a little, by ``tools/train_weights.py``; ``lecturekit/data/cnn_weights.md`` says how well
    it does. The weights are those of `data.load_weights`.

    Returns
    -------
    keras.Model
        Uncompiled, as from `build_cnn`.

    Raises
    ------
    DataFileError
        If the file of weights is missing or its checksum is wrong.

    Examples
    --------
    >>> from lecturekit.data import load_digits
    >>> digits = load_digits()
    >>> model = load_pretrained()
    >>> probabilities = model.predict(digits.x_test[:5], verbose=0)
    >>> print(probabilities.argmax(axis=1), digits.y_test[:5])
    [0 2 4 7 1] [0 2 4 7 1]
    """
    weights = load_weights()
    model = build_cnn()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([weights[f"{layer.name}/kernel"], weights[f"{layer.name}/bias"]])
    return model


def from_reference(cnn: CNN) -> keras.Model:
    """Build the Keras model of a network in NumPy, with the same weights.

    Parameters
    ----------
    cnn : lecturekit.reference.CNN

    Returns
    -------
    keras.Model
        Uncompiled, with the same names of layers. ``CNN.from_keras`` is the way back.

    Raises
    ------
    TypeError
        If `cnn` is not a `lecturekit.reference.CNN`.
    ValueError
        If a convolution or a pooling pads by a number of pixels, which Keras' layers do not.

    Examples
    --------
    >>> from lecturekit.data import load_cnn
    >>> from_reference(load_cnn()).count_params()
    137660
    """
    if not isinstance(cnn, CNN):
        raise TypeError(f"from_reference: expected a reference.CNN, got {type(cnn).__name__}")
    for layer in cnn.layers:
        if getattr(layer, "padding", "valid") not in ("valid", "same"):
            raise ValueError(
                f'from_reference: layer {layer.name!r}: padding must be "valid" or "same" for '
                f"Keras, got {layer.padding!r}"  # type: ignore[attr-defined]
            )
    dtype = next((weight.dtype.name for weight in cnn.weights.values()), None)
    built = [
        getattr(keras.layers, type(layer).__name__)(**asdict(layer), dtype=dtype)
        for layer in cnn.layers
    ]
    image = keras.Input(cnn.input_shape, name="image", dtype=dtype)
    model = keras.Sequential([image, *built], name="cnn")
    for layer in model.layers:
        parts = [variable.name for variable in layer.weights]
        layer.set_weights([cnn.weights[f"{layer.name}/{part}"] for part in parts])
    return model


def _check_input_shape(input_shape: InputShape, name: str, *, smallest: int) -> InputShape:
    """Return (height, width, channels) as integers, or raise in the caller's terms."""
    if not isinstance(input_shape, (tuple, list)) or len(input_shape) != 3:
        raise shapes.ShapeError(
            f"{name}: input_shape must be (height, width, channels), got {input_shape!r}"
        )
    height, width, channels = (
        shapes.as_integer(n, "each number of input_shape", minimum=1, name=name)
        for n in input_shape
    )
    if min(height, width) < smallest:
        raise shapes.ShapeError(
            f"{name}: the image must be at least {smallest}x{smallest} for two 3x3 convolutions "
            f"and two 2x2 poolings, got {height}x{width} (input_shape {tuple(input_shape)!r})"
        )
    return height, width, channels


def _output(classes: int) -> keras.layers.Layer:
    """Build the last layer. With mixed precision it computes in the dtype of its weights."""
    dtype = keras.config.dtype_policy().variable_dtype
    return keras.layers.Dense(classes, activation="softmax", dtype=dtype, name="output")


def _check_activation(activation: Activation, name: str) -> Activation:
    try:
        keras.activations.get(activation)
    except (TypeError, ValueError):
        raise ValueError(
            f'{name}: activation must be None or one that Keras knows, such as "relu", '
            f"got {activation!r}"
        ) from None
    return activation
