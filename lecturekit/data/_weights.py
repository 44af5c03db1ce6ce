"""The bundled weights of the lecture's network, as NumPy arrays and in a network."""

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import read_npz
from lecturekit.reference import CNN, layers


def load_weights() -> dict[str, npt.NDArray[np.float32]]:
    """Load the bundled weights of the lecture's network, without TensorFlow.

    The file holds 8 bits for each weight and one scale for each layer. A scale has at most 12
    significant bits, so integer times scale is exact in float32: every program that reads the file
    gets identical values.

    Returns
    -------
    dict of str to numpy.ndarray
        float32 arrays by layer and name: ``"conv2d_1/kernel"`` (3, 3, 1, 25), ``"conv2d_1/bias"``
        (25,), ``"conv2d_2/kernel"`` (3, 3, 25, 50), ``"conv2d_2/bias"`` (50,), ``"dense/kernel"``
        (1250, 100), ``"dense/bias"`` (100,), ``"output/kernel"`` (100, 10), ``"output/bias"``
        (10,). Each call makes new arrays.

    Raises
    ------
    DataFileError
        If the bundled file is missing or its checksum is wrong.

    Examples
    --------
    >>> weights = load_weights()
    >>> weights["conv2d_2/kernel"].shape
    (3, 3, 25, 50)
    >>> sum(w.size for w in weights.values())
    137660
    """
    stored = read_npz("cnn_weights.npz")
    layers = [key.removesuffix("/scale") for key in stored if key.endswith("/scale")]
    return {
        f"{layer}/{part}": stored[f"{layer}/{part}"] * stored[f"{layer}/scale"]
        for layer in layers
        for part in ("kernel", "bias")
    }


def load_cnn() -> CNN:
    """Load the lecture's network with the bundled weights, in NumPy: no TensorFlow is needed.

    Returns
    -------
    lecturekit.reference.CNN
        What ``CNN.from_keras(models.load_pretrained())`` gives.

    Raises
    ------
    DataFileError
        If the bundled file is missing or its checksum is wrong.

    References
    ----------
    Slides: *CNN in Keras*.

    Examples
    --------
    >>> from lecturekit.data import load_digits
    >>> load_cnn().forward(load_digits().x_test[:5]).argmax(axis=1)
    array([0, 2, 4, 7, 1])
    """
    network = [
        layers.Conv2D(25, 3, activation="relu", name="conv2d_1"),
        layers.MaxPooling2D(2, name="pool_1"),
        layers.Conv2D(50, 3, activation="relu", name="conv2d_2"),
        layers.MaxPooling2D(2, name="pool_2"),
        layers.Flatten(name="flatten"),
        layers.Dense(100, activation="relu", name="dense"),
        layers.Dense(10, activation="softmax", name="output"),
    ]
    return CNN(network, (28, 28, 1), weights=load_weights())
