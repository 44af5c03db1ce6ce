"""MNIST: from the reader's own file, from the cache, or from the network."""

import os
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import Arrays, DataFileError
from lecturekit.data._digits import Digits
from lecturekit.data._download import NAME, cache_folder, download
from lecturekit.data._mnist_checks import check_content, check_form
from lecturekit.data._mnist_files import read_arrays

_VARIABLE = "LECTUREKIT_MNIST"


def load_mnist(path: str | os.PathLike[str] | None = None, *, check: bool = True) -> Digits:
    """Load MNIST: 60,000 digits to train on and 10,000 held out, by other writers [1]_.

    The first of these that there is:

    1. `path`;
    2. what the environment variable ``LECTUREKIT_MNIST`` names, in the same way;
    3. ``mnist.npz`` in the cache: the folder that ``LECTUREKIT_CACHE`` names, or the system's
       folder for caches;
    4. a download of 11 MB into the cache, with a progress bar, from the first of several mirrors
       that gives the right numbers.

    A file that was named is read or refused: nothing else is loaded in its place. Whatever the
    file, the SHA-256 checksums of the numbers in it are compared with those of the public MNIST. A
    file in the cache that is damaged is downloaded again, with a warning.

    Parameters
    ----------
    path : str or path, optional
        Keras's ``mnist.npz``, or a folder with the four IDX files (``train-images-idx3-ubyte`` and
        so on), gzipped or not.
    check : bool
        False lets a file that you name hold other numbers in the same form: FashionMNIST, or a part
        of MNIST. Shapes, types and ranges are checked all the same, and a download is compared.

    Returns
    -------
    Digits
        ``(x_train, y_train, x_test, y_test)``: images (N, 28, 28, 1) float32 in [0, 1], a stored
        byte divided by 255; labels (N,) int64. Each call makes new arrays.

    Raises
    ------
    DataFileError
        If the named file or folder is not there, is damaged, does not have MNIST's form, or, with
        `check`, has other numbers. Pickled objects are never loaded.
    ConnectionError
        If no mirror gave the right numbers. It says what to do without a network.
    OSError
        If the download cannot be stored.
    TypeError
        If `path` is not a path.

    References
    ----------
    .. [1] Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST Database of Handwritten Digits, 1998.

    Examples
    --------
    What is not there is never replaced by something else:

    >>> load_mnist("mine.npz")
    Traceback (most recent call last):
        ...
    lecturekit.data._bundled.DataFileError: load_mnist: mine.npz: there is no such file or folder
    """
    named = path if path is not None else os.environ.get(_VARIABLE) or None
    if named is None:
        return _as_digits(_from_cache_or_network())
    source = "" if path is not None else f" (named by {_VARIABLE})"
    return _as_digits(_from_user(_as_path(named), source, check=check))


def _as_path(named: str | os.PathLike[str]) -> Path:
    try:
        return Path(named).expanduser()
    except TypeError:
        raise TypeError(f"load_mnist: path must be a str or a path, got {named!r}") from None


def _from_user(path: Path, source: str, *, check: bool) -> Arrays:
    hint = ""
    try:
        arrays = read_arrays(path)
        check_form(arrays)
        if check:
            hint = (
                "\nIf that is meant, another data set of this form or a part of MNIST, "
                "call load_mnist with check=False."
            )
            check_content(arrays)
    except DataFileError as error:
        raise DataFileError(f"load_mnist: {path}{source}: {error}{hint}") from error
    return arrays


def _from_cache_or_network() -> Arrays:
    file = cache_folder() / NAME
    if file.exists():
        try:
            arrays = read_arrays(file)
            check_form(arrays)
            check_content(arrays)
        except DataFileError as error:
            message = f"load_mnist: {file} is downloaded again, for it is damaged: {error}"
            warnings.warn(message, stacklevel=3)
        else:
            return arrays
    return download(file)


def _as_digits(arrays: Arrays) -> Digits:
    return Digits(
        _pixels(arrays["x_train"]),
        arrays["y_train"].astype(np.int64),
        _pixels(arrays["x_test"]),
        arrays["y_test"].astype(np.int64),
    )


def _pixels(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(N, 28, 28) bytes as (N, 28, 28, 1) pixels in [0, 1]."""
    pixels = images[..., np.newaxis].astype(np.float32, order="C")
    pixels /= np.float32(255)
    return pixels
