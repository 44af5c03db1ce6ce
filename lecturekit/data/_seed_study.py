"""What ten seeds of the same training give: stored, so that nobody has to train sixty networks."""

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import read_npz

_DIGITS = 360


def load_seed_study() -> dict[str, npt.NDArray[np.bool_]]:
    """Load which held-out digits the networks of chapter 5 read right, for ten seeds each.

    Every network was trained in the same way on the training part of `load_digits`, by
    ``tools/seed_study.py``, and read the 360 held-out digits as they are and moved to the right.
    ``lecturekit/data/seed_study.md`` has the settings and a table of the results.

    Returns
    -------
    dict of str to numpy.ndarray
        ``(10, 5, 360)`` bool by network: seed, pixels to the right (0 to 4), digit. The networks
        are ``"dnn"`` and ``"cnn"``; ``"cnn_linear"``, with no activation after the convolutions;
        ``"dnn_shuffled"`` and ``"cnn_shuffled"``, with the pixels of all images shuffled alike; and
        ``"cnn_channels_first"``, with the channels first in its first layer alone.

    Raises
    ------
    DataFileError
        If the bundled file is missing or its checksum is wrong.

    Examples
    --------
    >>> study = load_seed_study()
    >>> study["cnn"].shape
    (10, 5, 360)
    """
    stored = read_npz("seed_study.npz")
    return {
        name: np.unpackbits(packed, axis=-1, count=_DIGITS).astype(np.bool_)
        for name, packed in stored.items()
    }
