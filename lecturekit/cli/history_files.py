"""What happened in a training, as text: a table of its epochs, and everything."""

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from lecturekit.cli.run_folder import HISTORY_CSV, HISTORY_JSON, RunFolder

if TYPE_CHECKING:
    from lecturekit.training import History

_DIGITS = 6  # behind the point, in the table


def columns(history: "History") -> dict[str, list[float]]:
    """Return the numbers of each epoch by the names that the files give them."""
    found = {"loss": history.loss, "accuracy": history.accuracy}
    if history.held_out_loss is not None and history.held_out_accuracy is not None:
        found["validation_loss"] = history.held_out_loss
        found["validation_accuracy"] = history.held_out_accuracy
    return {name: values.tolist() for name, values in found.items()}


def write(folder: RunFolder, history: "History") -> None:
    """Write both files. The same training writes the same bytes."""
    folder.write(HISTORY_CSV, _table(columns(history)))
    everything: dict[str, Any] = {
        "settings": history.settings,
        **columns(history),
        "step_loss": history.step_loss.tolist(),
    }
    folder.write(HISTORY_JSON, json.dumps(everything, indent=1) + "\n")


def _table(series: dict[str, list[float]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["epoch", *series])
    for epoch, row in enumerate(zip(*series.values(), strict=True), start=1):
        writer.writerow([epoch, *(f"{value:.{_DIGITS}f}" for value in row)])
    return text.getvalue()
