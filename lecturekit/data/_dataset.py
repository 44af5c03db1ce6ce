"""The digits of the chapters: one choice for all of them."""

import os

import numpy as np

from lecturekit.data._digits import Digits, Integers, load_digits
from lecturekit.data._mnist import load_mnist

VARIABLE = "LECTUREKIT_DATA"
NAMES = ("digits", "mnist")


def load_dataset(name: str | None = None) -> Digits:
    """Load the digits that the chapters work with: the book's own, or as many of MNIST's.

    MNIST's come in the places of the book's: image number 217 of the one held-out part and of the
    other are two different threes. So a chapter can run on either, and what it says of its digits
    by their numbers fits both. What it says of their pixels is about the book's. For all 70,000
    images of MNIST call `load_mnist`.

    Parameters
    ----------
    name : {"digits", "mnist"}, optional
        If it is not given, the environment variable ``LECTUREKIT_DATA`` decides, and if that is
        not set, ``"digits"``.

    Returns
    -------
    Digits
        ``(x_train, y_train, x_test, y_test)``: 1,437 images to train on and 360 held out, (N, 28,
        28, 1) float32 in [0, 1], with labels (N,) int64. MNIST's are the first ones of each label
        of its two parts, in the order in which they stand there.

    Raises
    ------
    ValueError
        If there is no data set of this name.
    DataFileError, ConnectionError, OSError
        As `load_digits` and `load_mnist`.

    Examples
    --------
    >>> load_dataset().x_train.shape
    (1437, 28, 28, 1)
    """
    source = ""
    if name is None:
        name = os.environ.get(VARIABLE) or NAMES[0]
        source = f" ({VARIABLE})"
    if name not in NAMES:
        raise ValueError(f"load_dataset: the name{source} must be one of {NAMES}, got {name!r}")
    digits = load_digits()
    if name == "digits":
        return digits
    x_train, y_train, x_test, y_test = load_mnist()
    train = _places(digits.y_train, y_train)
    test = _places(digits.y_test, y_test)
    return Digits(x_train[train], y_train[train], x_test[test], y_test[test])


def _places(wanted: Integers, labels: Integers) -> Integers:
    """Return where the wanted labels stand, none of these places twice."""
    places = np.empty(len(wanted), dtype=np.int64)
    for label in np.unique(wanted):
        here = wanted == label
        places[here] = np.flatnonzero(labels == label)[: np.count_nonzero(here)]
    return places
