"""Weights of classes, for data in which some are rare."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from lecturekit.shapes import as_integer

ClassWeight = Mapping[int, float] | Literal["balanced"]


def as_class_weights(
    class_weight: ClassWeight | None, y: npt.NDArray[np.integer], classes: int
) -> npt.NDArray[np.float32] | None:
    """Return the weight of each class, or None if all count alike.

    "balanced" gives each class that occurs the same sum of weights; the mean over all images is 1.
    """
    if class_weight is None:
        return None
    counts = np.bincount(y, minlength=classes)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(
                f'train: class_weight must be "balanced" or a mapping, got {class_weight!r}'
            )
        there = np.count_nonzero(counts)
        return (len(y) / (there * np.maximum(counts, 1))).astype(np.float32)
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            f'train: class_weight must be "balanced" or a mapping of classes to numbers, '
            f"got {class_weight!r}"
        )
    weights = _given(class_weight, classes)
    if not (weights * counts).any():
        raise ValueError("train: class_weight is 0 for all classes that the data have")
    return weights


def _given(class_weight: Mapping[int, float], classes: int) -> npt.NDArray[np.float32]:
    weights = np.ones(classes, dtype=np.float32)
    for key, value in class_weight.items():
        label = as_integer(key, "each class of class_weight", minimum=0, name="train")
        if label >= classes:
            raise ValueError(
                f"train: class_weight names class {label}, and the model has 0 to {classes - 1}"
            )
        if not isinstance(value, (int, float, np.number)) or not 0 <= value < np.inf:
            raise ValueError(
                f"train: class_weight of class {label} must be a number of at least 0, "
                f"got {value!r}"
            )
        weights[label] = value
    return weights
