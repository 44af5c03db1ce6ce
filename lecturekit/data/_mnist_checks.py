"""Whether four arrays have MNIST's form, and whether they are the public MNIST itself."""

import hashlib
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import Arrays, DataFileError

SIZE: Final = 28
CLASSES: Final = 10
CHECKSUMS: Final = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
"""SHA-256 of MNIST's numbers as bytes, image by image and row by row: whatever file they were in,
and however it was compressed, the checksums are the same."""


def check_form(arrays: Arrays) -> None:
    """Refuse arrays that do not have MNIST's form.

    Parameters
    ----------
    arrays : dict of str to numpy.ndarray
        ``x_train`` and ``x_test`` (N, 28, 28) uint8, ``y_train`` and ``y_test`` (N,) integers from
        0 to 9, N at least 1.

    Raises
    ------
    DataFileError
        Naming the array, what was expected and what came.
    """
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if images.ndim != 3 or images.shape[1:] != (SIZE, SIZE) or images.dtype != np.uint8:
            raise _other(f"x_{part}", f"(N, {SIZE}, {SIZE}) uint8", images)
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise _other(f"y_{part}", "(N,) integers", labels)
        if not 0 < len(images) == len(labels):
            raise DataFileError(
                f"expected as many labels as images, at least one: x_{part} has {len(images)} "
                f"images, y_{part} has {len(labels)} labels"
            )
        if labels.min() < 0 or labels.max() >= CLASSES:
            raise DataFileError(
                f"y_{part} must hold labels from 0 to {CLASSES - 1}, "
                f"got {labels.min()} to {labels.max()}"
            )


def check_content(arrays: Arrays) -> None:
    """Refuse arrays of the right form that are not the public MNIST.

    Parameters
    ----------
    arrays : dict of str to numpy.ndarray
        As `check_form` leaves them.

    Raises
    ------
    DataFileError
        With the expected and the found checksum of each array that differs.
    """
    differences = []
    for part, expected in CHECKSUMS.items():
        found = checksum(arrays[part])
        if found != expected:
            same = [f", which is MNIST's {name}" for name, known in CHECKSUMS.items()
                    if known == found]  # fmt: skip
            differences.append(
                f"\n  {part} {arrays[part].shape}: expected SHA-256 {expected}, found {found}"
                + "".join(same)
            )
    if differences:
        raise DataFileError("not the public MNIST:" + "".join(differences))


def checksum(array: npt.NDArray[Any]) -> str:
    """Return the SHA-256 of an array's numbers as unsigned bytes in C order.

    >>> checksum(np.array([5, 0, 4])) == checksum(np.array([5, 0, 4], dtype=np.uint8))
    True
    """
    return hashlib.sha256(array.astype(np.uint8).tobytes()).hexdigest()


def _other(name: str, expected: str, array: npt.NDArray[Any]) -> DataFileError:
    return DataFileError(f"{name} must be {expected}, got {array.shape} {array.dtype}")
