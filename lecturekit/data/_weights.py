"""The bundled weights of the lecture's network, as NumPy arrays and in a network."""

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import Arrays, read_npz
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
    return _products(read_npz("cnn_weights.npz"))


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
    return _lectures(load_weights())


def load_jury() -> tuple[CNN, ...]:
    """Load three more networks of the lecture's kind, trained with other seeds.

    They judge what `load_cnn` draws: what only one network takes for a digit is that network's own
    mistake. ``lecturekit/data/jury.md`` has how they were trained.

    Returns
    -------
    tuple of three lecturekit.reference.CNN

    Raises
    ------
    DataFileError
        If the bundled file is missing or its checksum is wrong.

    Examples
    --------
    >>> from lecturekit.data import load_digits
    >>> digit = load_digits().x_test[:1]
    >>> [int(network.forward(digit).argmax()) for network in load_jury()]
    [0, 0, 0]
    """
    stored = read_npz("jury.npz")
    count = len(stored["output/scale"])
    each = ({key: array[i] for key, array in stored.items()} for i in range(count))
    return tuple(_lectures(_products(one)) for one in each)


def _products(stored: Arrays) -> dict[str, npt.NDArray[np.float32]]:
    """Return integers times scales."""
    names = [key.removesuffix("/scale") for key in stored if key.endswith("/scale")]
    return {
        f"{layer}/{part}": stored[f"{layer}/{part}"] * stored[f"{layer}/scale"]
        for layer in names
        for part in ("kernel", "bias")
    }


def _lectures(weights: dict[str, npt.NDArray[np.float32]]) -> CNN:
    """Return the lecture's network with these weights."""
    network = [
        layers.Conv2D(25, 3, activation="relu", name="conv2d_1"),
        layers.MaxPooling2D(2, name="pool_1"),
        layers.Conv2D(50, 3, activation="relu", name="conv2d_2"),
        layers.MaxPooling2D(2, name="pool_2"),
        layers.Flatten(name="flatten"),
        layers.Dense(100, activation="relu", name="dense"),
        layers.Dense(10, activation="softmax", name="output"),
    ]
    return CNN(network, (28, 28, 1), weights=weights)
