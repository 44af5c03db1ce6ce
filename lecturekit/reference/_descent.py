"""One step of a training after the other."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lecturekit.reference._arrays import Array
from lecturekit.reference.optimizers import Optimizer


class Descent:
    """The steps of a training: all weights as one vector, and what the optimizer remembers."""

    def __init__(self, cnn: Any, optimizer: Optimizer) -> None:
        self.cnn, self.optimizer = cnn, optimizer
        self._w = _vector(cnn.weights)
        self._last_good = self._w
        self._memory = optimizer.start(self._w.size, self._w.dtype)
        self._number = 0

    def step(self, x: Array, labels: Array) -> tuple[float, float]:
        """Take one step downhill; return the loss and the accuracy before it."""
        self._number += 1
        with np.errstate(all="ignore"):  # what is not finite is told below
            loss, accuracy, gradients = self.cnn.slope(x, labels)
            d_w = _vector(gradients)
            self._check(np.array(loss), "the loss")
            self._last_good = self._w
            self._check(d_w, "a gradient")
            self._w, self._memory = self.optimizer.step(self._w, d_w, self._memory, self._number)
            self._check(self._w, "a weight")
        self._give(self._w)
        return loss, accuracy

    def _give(self, vector: Array) -> None:
        """Put a vector's numbers into the network, which sees all of them change at once."""
        shapes = {name: weight.shape for name, weight in self.cnn.weights.items()}
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
        pieces = zip(shapes.items(), np.split(vector, ends[:-1]), strict=True)
        self.cnn.weights = {name: piece.reshape(shape) for (name, shape), piece in pieces}

    def _check(self, numbers: Array, what: str) -> None:
        if np.isfinite(numbers).all():
            return
        self._give(self._last_good)
        worst = numbers[~np.isfinite(numbers)][0]
        raise FloatingPointError(
            f"fit: {what} became {worst} at step {self._number}; the network keeps the last good "
            "weights. Take a smaller learning rate, and see that all pixels are finite"
        )


def _vector(arrays: Mapping[str, Array]) -> Array:
    return np.concatenate([array.ravel() for array in arrays.values()])
