"""The checkpoint of a training: when it is written, and how a training takes up from it."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit._tensorflow import keras
from lecturekit.training import checkpoint_file, identity
from lecturekit.training.checkpoint_file import Arrays, Stored
from lecturekit.training.course import Course

SECONDS = 5.0
"""At least so long after the last time, a checkpoint is written within an epoch."""
_SHARE = 0.05
"""Of the time, at most, that writing within an epoch may take."""


class Checkpoint:
    """One file that holds a training."""

    def __init__(self, path: Path, identified: dict[str, Any]) -> None:
        self.path = path
        self._identity = identified
        self._due = 0.0

    def resume(self, model: keras.Model, course: Course, epochs: int) -> bool:
        """Bring model and course to where the file was written; False if there is no file."""
        stored = checkpoint_file.read(self.path)
        if stored is None:
            return False
        about = stored.about
        identity.refuse_other(about["training"], self._identity, self.path)
        place = about["course"]
        if place["epoch"] + (place["batch"] > 0) > epochs:
            raise ValueError(
                f"train: the checkpoint {self.path} is already in epoch "
                f"{place['epoch'] + (place['batch'] > 0)}, more than epochs={epochs}"
            )
        _put_back(model, stored.arrays, self.path)
        course.restore(place, _part(stored.arrays, "record"))
        return True

    def save(self, model: keras.Model, course: Course) -> None:
        """Write the file."""
        begun = time.monotonic()
        about, record = course.stored()
        arrays = {f"record/{name}": array for name, array in record.items()} | _taken(model)
        checkpoint_file.write(
            self.path, Stored({"training": self._identity, "course": about}, arrays)
        )
        now = time.monotonic()
        self._due = now + max(SECONDS, (now - begun) / _SHARE)

    @property
    def due(self) -> bool:
        """Whether it is time to write again."""
        return time.monotonic() >= self._due


def _variables(model: keras.Model) -> dict[str, Any]:
    """Return all that a step may change: weights, random seeds inside of the model, optimizer."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return {
        f"{kind}/{i}": variable
        for kind, variables in (
            ("model", model.variables),
            ("optimizer", model.optimizer.variables),
        )
        for i, variable in enumerate(variables)
    }


def _taken(model: keras.Model) -> Arrays:
    return {name: _storable(np.asarray(v)) for name, v in _variables(model).items()}


def _storable(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return what NumPy has no number type for, such as bfloat16, as integers of the same bits."""
    return array.view(f"u{array.itemsize}") if array.dtype.kind == "V" else array


def _put_back(model: keras.Model, arrays: Arrays, path: Path) -> None:
    """Assign all variables, or none if one does not fit."""
    variables = _variables(model)
    given = {name: arrays[name] for name in arrays if name.split("/")[0] in ("model", "optimizer")}
    wrong = [name for name in variables.keys() | given if not _fits(variables, given, name)]
    if wrong:
        raise ValueError(
            f"train: the checkpoint {path} has other variables than the model and its optimizer: "
            f"{', '.join(sorted(wrong)[:3])}. Nothing was changed"
        )
    for name, variable in variables.items():
        now = np.asarray(variable).dtype
        variable.assign(given[name].view(now) if now.kind == "V" else given[name])


def _fits(variables: dict[str, Any], given: Arrays, name: str) -> bool:
    if name not in variables or name not in given:
        return False
    return tuple(variables[name].shape) == given[name].shape


def _part(arrays: Arrays, kind: str) -> Arrays:
    start = f"{kind}/"
    return {
        name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)
    }
