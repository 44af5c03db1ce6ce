"""When a training ends early: the held-out loss has not improved for some epochs."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit._tensorflow import keras
from lecturekit.training.checkpoint_file import Arrays


class Stopping:
    """Keeps the weights of the best epoch, and says when to stop waiting for a better one.

    Parameters
    ----------
    patience : int or None
        None never stops, and keeps nothing.
    """

    def __init__(self, patience: int | None) -> None:
        self.patience = patience
        self.best_epoch = 0
        self._loss = float("inf")
        self._weights: Arrays = {}

    def note(self, epoch: int, loss: float, model: keras.Model) -> None:
        """Note the held-out loss after an epoch, and keep the weights if it is the lowest."""
        if self.patience is not None and loss < self._loss:
            self.best_epoch, self._loss = epoch, loss
            self._weights = {str(i): storable(np.asarray(v).copy()) for i, v in enumerate(model.variables)}

    def over(self, epoch: int) -> bool:
        """Whether the best epoch is too long ago."""
        return self.patience is not None and epoch - self.best_epoch >= self.patience

    def give_best(self, model: keras.Model) -> None:
        """Bring the model back to its best epoch."""
        for variable, weight in zip(model.variables, self._weights.values(), strict=False):
            assign(variable, weight)

    def stored(self) -> tuple[dict[str, Any], Arrays]:
        """Return all of it, as JSON and as arrays."""
        loss = None if np.isinf(self._loss) else self._loss
        return {"best_epoch": self.best_epoch, "loss": loss}, self._weights

    def restore(self, about: dict[str, Any], arrays: Arrays) -> None:
        """Go to where `stored` was called."""
        self.best_epoch = about["best_epoch"]
        self._loss = float("inf") if about["loss"] is None else about["loss"]
        self._weights = {str(i): arrays[str(i)] for i in range(len(arrays))}


def storable(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return what NumPy has no number type for, such as bfloat16, as integers of the same bits."""
    return array.view(f"u{array.itemsize}") if array.dtype.kind == "V" else array


def assign(variable: Any, array: npt.NDArray[Any]) -> None:
    """Give a variable what `storable` made of it."""
    now = np.asarray(variable).dtype
    variable.assign(array.view(now) if now.kind == "V" else array)
