"""The bundled weights of the lecture's network, as NumPy arrays."""

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import read_npz


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
