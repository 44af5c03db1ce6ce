"""What the lecture's networks read of MNIST: stored, so that nobody has to train for an hour."""

from typing import Any

import numpy.typing as npt

from lecturekit.data._bundled import read_npz


def load_mnist_study() -> dict[str, npt.NDArray[Any]]:
    """Load how many of MNIST's 10,000 test digits each network of chapter 5's appendix reads right.

    The networks were trained by ``tools/mnist_study.py``, with five seeds for each number unless
    something else is said. ``lecturekit/data/mnist_study.md`` has the settings, the versions and
    tables of the results. MNIST itself is not needed to load them.

    Returns
    -------
    dict of str to numpy.ndarray
        Counts of digits read right, int64:

        - ``"cnn"``, ``"dnn"``: (5, 5, 5), by seed, size of the training set (``"sizes"``), and
          pixels by which the test digits are moved (0 to 4). ``"cnn_permuted"``,
          ``"dnn_permuted"``: all pixels in new places. ``"cnn_shifts"``, ``"dnn_shifts"``: trained
          on digits that are shifted by up to 2 pixels.
        - ``"cnn_widths"`` (5, 4), ``"dnn_widths"`` (5, 5): narrower and wider networks, trained on
          10,000 digits, by seed and number of parameters (``"cnn_parameters"`` (4,),
          ``"dnn_parameters"`` (5,)).
        - ``"cnn_validation"``, ``"dnn_validation"``: (3,), of 5,000 validation digits, by how the
          images are changed in training: not, by shifts, by shifts, turns and scales.
        - ``"cnn_accuracy"``, ``"dnn_accuracy"``: (3,), by seed, trained on all 60,000 with the
          changes that were best on the validation digits.
        - ``"books"``: (), of the network of the book, which never saw MNIST.

        And ``"versions"``: str, of the packages that computed.

    Raises
    ------
    DataFileError
        If the bundled file is missing or its checksum is wrong.

    Examples
    --------
    >>> study = load_mnist_study()
    >>> study["cnn"].shape, study["sizes"].tolist()
    ((5, 5, 5), [100, 500, 2000, 10000, 60000])
    """
    return read_npz("mnist_study.npz")
