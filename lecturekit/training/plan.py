"""What was asked of a training, and how a History tells it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.training.decay import Decay, as_factor

Augment = Callable[[npt.NDArray[np.floating], np.random.Generator], npt.NDArray[np.floating]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The arguments of `train`, checked."""

    epochs: int
    batch_size: int
    seed: int
    augment: Augment | None
    patience: int | None
    class_weights: npt.NDArray[np.float32] | None
    decay: Decay | None

    def __post_init__(self) -> None:
        as_factor(self.decay)

    def settings(self) -> dict[str, Any]:
        """Return what a History says of it: of what may be left out, only what was chosen."""
        settings: dict[str, Any] = {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "augment": _name(self.augment),
        }
        if self.patience is not None:
            settings["patience"] = self.patience
        if self.class_weights is not None:
            settings["class_weight"] = [round(float(weight), 6) for weight in self.class_weights]
        if self.decay is not None:
            settings["decay"] = _name(self.decay)
        return settings

    def identity(self) -> dict[str, Any]:
        """Return what must be the same when a checkpoint is taken up."""
        fixed = self.settings()
        if self.decay is None:  # with it, the learning rate depends on how many epochs there are
            del fixed["epochs"]
        return fixed


def _name(thing: object) -> str:
    """How a history names a callable: without an address, so that it repeats."""
    name = thing if isinstance(thing, str) else str(getattr(thing, "__name__", repr(thing)))
    return re.sub(r" at 0x[0-9a-fA-F]+", "", name)
