"""What shows how a training goes: as text, as a picture and for TensorBoard."""

import contextlib
import time
from typing import TYPE_CHECKING

from lecturekit.cli import history_files, logs, pictures
from lecturekit.cli.run_folder import RunFolder
from lecturekit.cli.trouble import Trouble

if TYPE_CHECKING:
    from lecturekit.training import History

SECONDS = 10.0
"""At least so long after the last time, the curves are written within a training."""


def write(folder: RunFolder, history: "History") -> None:
    """Write all of it, in the place of what was there before."""
    history_files.write(folder, history)
    pictures.learning_curves(folder, history)
    logs.write(folder, history)


class Live:
    """Writes the curves while the training runs: call it after each epoch."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder, self._due = folder, 0.0

    def __call__(self, history: "History") -> None:
        """Write them, if it is time."""
        if time.monotonic() < self._due:
            return
        # A program that shows the picture may lock it for a moment. That must not end a training:
        # the curves are written again, and at the end of the training it is an error.
        with contextlib.suppress(Trouble):
            write(self._folder, history)
        self._due = time.monotonic() + SECONDS
