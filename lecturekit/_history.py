"""What a training needs besides the network: the order of the images, and a record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]
Labeled = tuple[npt.NDArray[np.floating], npt.NDArray[np.integer]]


@dataclass(frozen=True, kw_only=True)
class History:
    """What happened in a training.

    Attributes
    ----------
    loss, accuracy : (epochs,) float64
        Means over the training images of each epoch, taken while the weights change, on the
        images as the network saw them (after augmentation).
    held_out_loss, held_out_accuracy : (epochs,) float64 or None
        Measured after each epoch on images that are not trained on; None if none were given.
    step_loss : (steps,) float64
        The loss of each batch, before the step that was taken on it.
    settings : dict
        ``epochs``, ``batch_size``, ``seed``, ``images``, how many, and what else was chosen;
        ``interrupted``, where, if the training did not reach its end.
    """

    loss: Curve
    accuracy: Curve
    held_out_loss: Curve | None = None
    held_out_accuracy: Curve | None = None
    step_loss: Curve
    settings: dict[str, Any]


class Record:
    """Collects the numbers of a `History` while they come."""

    def __init__(self) -> None:
        self._steps: list[float] = []
        self._epochs: list[tuple[float, float]] = []
        self._held_out: list[tuple[float, float]] = []
        self._sums = np.zeros(3)  # of the epoch so far: loss, accuracy, images

    def step(self, loss: float, accuracy: float, images: int) -> tuple[float, float]:
        """Note a batch; return the mean loss and accuracy of its epoch so far."""
        self._steps.append(loss)
        self._sums += images * np.array([loss, accuracy, 1])
        return self._means()

    def epoch(self, held_out: tuple[float, float] | None = None) -> None:
        """Note that an epoch is over, and what was measured after it."""
        self._epochs.append(self._means())
        self._sums = np.zeros(3)
        if held_out is not None:
            self._held_out.append(held_out)

    def _means(self) -> tuple[float, float]:
        loss, accuracy = self._sums[:2] / self._sums[2]
        return float(loss), float(accuracy)

    def history(self, settings: dict[str, Any]) -> History:
        """Return all that was noted."""
        stored = self.arrays()
        loss, accuracy = stored["epochs"].T
        held_out: dict[str, Curve] = {}
        if self._held_out:
            columns = stored["held_out"].T
            held_out = dict(zip(("held_out_loss", "held_out_accuracy"), columns, strict=True))
        steps = stored["steps"]
        return History(loss=loss, accuracy=accuracy, step_loss=steps, settings=settings, **held_out)

    def arrays(self) -> dict[str, Curve]:
        """Return all that was noted, to be stored."""
        return {
            "steps": np.array(self._steps, dtype=np.float64),
            "epochs": np.array(self._epochs, dtype=np.float64).reshape(-1, 2),
            "held_out": np.array(self._held_out, dtype=np.float64).reshape(-1, 2),
            "sums": self._sums.copy(),
        }

    def restore(self, arrays: dict[str, Curve]) -> None:
        """Note what `arrays` returned, and nothing else."""
        self._steps = arrays["steps"].tolist()
        self._epochs = [(loss, accuracy) for loss, accuracy in arrays["epochs"].tolist()]
        self._held_out = [(loss, accuracy) for loss, accuracy in arrays["held_out"].tolist()]
        self._sums = arrays["sums"].copy()


def batches(
    x: npt.NDArray[np.floating], y: npt.NDArray[np.integer], size: int, rng: np.random.Generator
) -> Iterator[Labeled]:
    """Every image once, in a random order."""
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]


def order_and_changes(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """Return a generator for the order of the images, and one for their augmentation."""
    order, changes = np.random.default_rng(seed).spawn(2)
    return order, changes
