"""How the learning rate falls in the course of a training."""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from lecturekit._tensorflow import keras

Decay = Literal["cosine", "linear"] | Callable[[float], float]

_FACTORS: dict[str, Callable[[float], float]] = {
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
    "linear": lambda done: 1 - done,
}


class LearningRate:
    """Sets the learning rate before each step: that of the optimizer times a factor.

    Parameters
    ----------
    decay : {"cosine", "linear"}, callable or None
        None leaves the learning rate alone.
    optimizer : keras.optimizers.Optimizer
    steps : int
        Of the whole training.
    """

    def __init__(self, decay: Decay | None, optimizer: keras.optimizers.Optimizer, steps: int):
        self.factor = as_factor(decay)
        self._optimizer, self._steps = optimizer, steps
        if self.factor is not None:
            start = optimizer.get_config()["learning_rate"]
            if not isinstance(start, (int, float, np.number)):
                raise ValueError(
                    "train: decay needs an optimizer whose learning rate is a number; this one "
                    "has a schedule of its own"
                )
            self._start = float(start)

    def set(self, step: int) -> None:
        """Set the learning rate for a step, counted from 0."""
        if self.factor is None:
            return
        factor = float(self.factor(step / self._steps))
        if not 0 <= factor < math.inf:
            raise ValueError(f"train: decay must return a factor of at least 0, got {factor}")
        self._optimizer.learning_rate = self._start * factor

    def reset(self) -> None:
        """Give the optimizer the learning rate that it came with."""
        if self.factor is not None:
            self._optimizer.learning_rate = self._start


def as_factor(decay: Decay | None) -> Callable[[float], float] | None:
    """Return the factor as a function of the share that is done, or None."""
    if decay is None or (callable(decay) and not isinstance(decay, str)):
        return decay
    if not isinstance(decay, str):
        raise TypeError(f"train: decay must be a word or be called with a share, got {decay!r}")
    if decay not in _FACTORS:
        raise ValueError(f"train: decay must be one of {sorted(_FACTORS)}, got {decay!r}")
    return _FACTORS[decay]
