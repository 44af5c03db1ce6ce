"""What a training needs besides the network: the order of the images, and a record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_ROWS = 12

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

    def __str__(self) -> str:
        """Return a table of the epochs; of many, some."""
        heads, *rows = self._table()
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        lines = [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in (heads, *rows)
        ]
        return "\n".join([*lines, *self._ends()])

    def _repr_html_(self) -> str:
        """Return the same as a table for a notebook."""
        heads, *rows = self._table()
        head = "".join(f'<th scope="col">{cell}</th>' for cell in heads)
        body = "".join(
            f'<tr><th scope="row">{epoch}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
            for epoch, *cells in rows
        )
        note = "".join(f"<p>{line}</p>" for line in self._ends())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def _table(self) -> list[list[str]]:
        heads = ["epoch", "loss", "accuracy"]
        columns = [(self.loss, "{:.4f}"), (self.accuracy, "{:.2%}")]
        if self.held_out_loss is not None and self.held_out_accuracy is not None:
            heads += ["held-out loss", "held-out accuracy"]
            columns += [(self.held_out_loss, "{:.4f}"), (self.held_out_accuracy, "{:.2%}")]
        rows = [
            [str(epoch + 1), *(form.format(column[epoch]) for column, form in columns)]
            for epoch in _some(len(self.loss))
        ]
        return [heads, *rows]

    def _ends(self) -> list[str]:
        """Return a line that says where the training was interrupted, if it was."""
        where = self.settings.get("interrupted")
        return [] if where is None else [f"interrupted {where}"]


def _some(epochs: int) -> list[int]:
    """Return at most so many epochs as a page has room for, the first and the last among them."""
    return np.unique(np.linspace(0, epochs - 1, min(epochs, _ROWS)).astype(int)).tolist()


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
