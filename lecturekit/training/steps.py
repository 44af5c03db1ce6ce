"""One step of gradient descent, as Keras takes it."""

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from lecturekit._history import Labeled
from lecturekit._tensorflow import keras
from lecturekit.training.measure import evaluate

Identity = Callable[[], dict[str, Any]]
Stop = Callable[[], bool]


class Taken(NamedTuple):
    """What a step found: loss and accuracy before it, and whether to stop after it."""

    loss: float
    accuracy: float
    stop: bool


class Step(Protocol):
    """What takes the steps of a training.

    Attributes
    ----------
    writes : bool
        Whether this process is the one that writes the checkpoint.
    """

    writes: bool

    def __call__(self, x: Any, y: Any, weights: Any, stop: Stop) -> Taken:
        """Take a step on a batch; `stop` says whether this process was asked to stop."""

    def evaluate(self, pair: Labeled) -> tuple[float, float]:
        """Measure the model."""

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Return where variables are made and assigned."""

    def check_alike(self, identity: Identity, steps: int) -> None:
        """Raise ValueError if the processes of a training do not begin alike."""


class OneStep:
    """A step on the device that Keras chooses."""

    writes = True

    def __init__(self, model: keras.Model) -> None:
        self._model = model

    def __call__(self, x: Any, y: Any, weights: Any, stop: Stop) -> Taken:
        """Take the step."""
        self._model.reset_metrics()  # so that the values are those of this batch alone
        logs = self._model.train_on_batch(x, y, sample_weight=weights, return_dict=True)
        if "accuracy" not in logs:
            raise ValueError(
                'train: the model must be compiled with metrics=["accuracy"], '
                f"it measures {sorted(logs)}"
            )
        return Taken(float(logs["loss"]), float(logs["accuracy"]), stop())

    def evaluate(self, pair: Labeled) -> tuple[float, float]:
        """Measure the model."""
        return evaluate(self._model, *pair)

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """No place in particular."""
        return contextlib.nullcontext()

    def check_alike(self, identity: Identity, steps: int) -> None:
        """There is only one process."""
