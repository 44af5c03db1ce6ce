"""The checkpoint of a training: when it is written, and how a training takes up from it."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from lecturekit._tensorflow import keras
from lecturekit.training import checkpoint_file, identity
from lecturekit.training.checkpoint_file import Arrays, Stored
from lecturekit.training.course import Course
from lecturekit.training.stopping import Stopping, assign, storable

SECONDS = 5.0
"""At least so long after the last time, a checkpoint is written within an epoch."""
_SHARE = 0.05
"""Of the time, at most, that writing within an epoch may take."""


class Checkpoint:
    """One file that holds a training."""

    def __init__(self, path: Path, identified: dict[str, Any], model: keras.Model) -> None:
        self.path = path
        self._identity, self._model = identified, model
        self._due = 0.0

    def resume(self, course: Course, stopping: Stopping, epochs: int) -> None:
        """Bring everything to where the file was written, if there is one."""
        stored = checkpoint_file.read(self.path)
        if stored is None:
            return
        about, arrays = stored
        identity.refuse_other(about["training"], self._identity, self.path)
        begun = about["course"]["epoch"] + (about["course"]["batch"] > 0)
        if begun > epochs:
            raise ValueError(
                f"train: the checkpoint {self.path} is already in epoch {begun}, "
                f"more than epochs={epochs}"
            )
        _put_back(self._model, arrays, self.path)
        course.restore(about["course"], _part(arrays, "record"))
        stopping.restore(about["stopping"], _part(arrays, "best"))

    def save(self, course: Course, stopping: Stopping) -> None:
        """Write the file."""
        begun = time.monotonic()
        (place, record), (best, weights) = course.stored(), stopping.stored()
        about = {"training": self._identity, "course": place, "stopping": best}
        arrays = _taken(self._model)
        arrays |= {f"record/{name}": array for name, array in record.items()}
        arrays |= {f"best/{name}": array for name, array in weights.items()}
        checkpoint_file.write(self.path, Stored(about, arrays))
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
    return {name: storable(np.asarray(v)) for name, v in _variables(model).items()}


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
        assign(variable, given[name])


def _fits(variables: dict[str, Any], given: Arrays, name: str) -> bool:
    if name not in variables or name not in given:
        return False
    return tuple(variables[name].shape) == given[name].shape


def _part(arrays: Arrays, kind: str) -> Arrays:
    start = f"{kind}/"
    return {
        name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)
    }
