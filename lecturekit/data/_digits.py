"""The book's data: 1,797 real handwritten digits, brought to MNIST's format."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import read_npz

# From 8 to 20 places, the new places lie at tenths of an old pixel, so that 2000 times each
# Catmull-Rom weight is an integer: the images come out the same on every machine.
_SCALE = 2000
_BOX, _SIZE = 20, 28
_BLACK, _WHITE = 5, 13  # counts of ink, of 16, that become black and white

Integers = npt.NDArray[np.int64]


class Digits(NamedTuple):
    """Images of digits with their labels, split into a training part and a held-out part.

    Attributes
    ----------
    x_train, x_test : (N, 28, 28, 1) float32, pixels in [0, 1]
        White strokes (1) on black (0).
    y_train, y_test : (N,) int64
        The digit, 0 to 9.
    """

    x_train: npt.NDArray[np.float32]
    y_train: Integers
    x_test: npt.NDArray[np.float32]
    y_test: Integers


def load_digits() -> Digits:
    """Load the book's digits: 1,437 to train on and 360 held out, as 28x28x1 images.

    They are the 1,797 images that scikit-learn ships, the test part of "Optical recognition of
    handwritten digits" [1]_, written by 13 people. **Both parts of our split hold digits of the
    same hands**: accuracy on the held-out part says how well a network reads these 13 writers,
    and not how well it reads a stranger.

    An original is 8x8. Each of its pixels counts the inked cells, 0 to 16, in a 4x4 block of the
    scan. It is enlarged to 20x20 by cubic (Catmull-Rom) interpolation; counts up to 5 become black
    and counts from 13 on white, which gives strokes about as wide and as sharp as MNIST's; then it
    is placed in 28x28 so that its center of mass is within half a pixel of the middle, as in MNIST.

    The split is fixed. With the images sorted by label, every fifth one is held out, the first one
    included, so that each digit keeps its share. Both parts keep the original order.

    Returns
    -------
    Digits
        ``(x_train, y_train, x_test, y_test)``: images (N, 28, 28, 1) float32 in [0, 1], labels
        (N,) int64. Each call makes new arrays: they are yours to change.

    Raises
    ------
    DataFileError
        If the bundled file is missing or its checksum is wrong.

    References
    ----------
    .. [1] E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine
       Learning Repository, 1998, https://doi.org/10.24432/C50P49 (CC BY 4.0).

    Examples
    --------
    >>> digits = load_digits()
    >>> digits.x_train.shape, digits.x_test.shape
    ((1437, 28, 28, 1), (360, 28, 28, 1))
    >>> print(np.bincount(digits.y_test))
    [36 36 36 36 37 36 36 36 35 36]
    """
    stored = read_npz("digits.npz")
    images = enlarge(stored["images"])[..., None].astype(np.float32) / np.float32(255)
    labels = stored["labels"].astype(np.int64)
    test = stored["held_out"]
    return Digits(images[~test], labels[~test], images[test], labels[test])


def enlarge(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Bring 8x8 counts of ink to 28x28 gray values, in exact integer arithmetic.

    Parameters
    ----------
    images : (N, 8, 8) uint8, 0 to 16

    Returns
    -------
    (N, 28, 28) uint8
        0 is black, 255 is white. The center of mass is within half a pixel of (13.5, 13.5).
    """
    weights = _interpolation_weights(8, _BOX)
    ink = weights @ images.astype(np.int64) @ weights.T  # _SCALE**2 times the count
    black, white = _BLACK * _SCALE**2, _WHITE * _SCALE**2
    gray = _divide((np.clip(ink, black, white) - black) * 255, np.array(white - black))
    margin = (_SIZE - _BOX) // 2
    padded = np.pad(gray.astype(np.uint8), ((0, 0), (margin, margin), (margin, margin)))
    return _center(padded)


def _interpolation_weights(old: int, new: int) -> Integers:
    """(new, old): _SCALE times the Catmull-Rom weights; beyond the edge there is no ink."""
    places = (10 * np.arange(new) + 5) * old // new - 5  # in tenths of an old pixel
    t = np.abs(places[:, None] - 10 * np.arange(old))
    near = 3 * t**3 - 50 * t**2 + 2000
    far = -(t**3) + 50 * t**2 - 800 * t + 4000
    return np.where(t < 10, near, np.where(t < 20, far, 0)).astype(np.int64)


def _center(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Move each image by whole pixels until its center of mass is nearest to the middle."""
    ink = images.astype(np.int64)
    total = np.maximum(ink.sum(axis=(1, 2)), 1)
    place = np.arange(_SIZE) * 2 - (_SIZE - 1)  # twice the distance from the middle
    down = _divide(-(ink.sum(axis=2) @ place), 2 * total)
    right = _divide(-(ink.sum(axis=1) @ place), 2 * total)
    # A 20x20 digit moves by 3 pixels at the most and has a margin of 4: no stroke wraps around.
    moved = [np.roll(image, by, (0, 1)) for image, *by in zip(images, down, right, strict=True)]
    return np.reshape(moved, images.shape).astype(np.uint8)


def _divide(numerator: Integers, denominator: Integers) -> Integers:
    """Round numerator / denominator to the nearest integer, halves upwards, without floats."""
    return (2 * numerator + denominator) // (2 * denominator)
