"""A run that shows how it goes while it goes on."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from lecturekit.cli.trouble import Trouble

if TYPE_CHECKING:
    from lecturekit.training import History

SECONDS = 10.0
"""At least so long after the last time, the files are written within a training."""


class Live:
    """Keeps a run's files up to date: call it after each epoch.

    Parameters
    ----------
    keep : callable
        Writes all files of the run, the model among them, from a history.
    """

    def __init__(self, keep: Callable[["History"], None]) -> None:
        self._keep, self._due = keep, 0.0

    def __call__(self, history: "History") -> None:
        """Write them, if it is time, and note that more is to come."""
        if time.monotonic() < self._due:
            return
        place = {"interrupted": f"after epoch {len(history.loss)}"}
        # A program that shows the picture may lock it for a moment. That must not end a training:
        # the files are written again, and at the end of the training it is an error.
        with contextlib.suppress(Trouble):
            self._keep(replace(history, settings=history.settings | place))
        self._due = time.monotonic() + SECONDS
