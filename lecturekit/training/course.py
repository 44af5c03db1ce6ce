"""How far a training is: it can be stored after any batch, and taken up again from there."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from lecturekit._history import Labeled, Record, batches, order_and_changes
from lecturekit.training.checkpoint_file import Arrays


class Course:
    """The epochs and batches that are done, what was recorded, and both random generators.

    Attributes
    ----------
    epoch : int
        Epochs that are done.
    batch : int
        Batches that are done in the epoch after these.
    changes : numpy.random.Generator
        For the augmentation.
    """

    def __init__(self, seed: int) -> None:
        self.order, self.changes = order_and_changes(seed)
        self.record = Record()
        self.epoch = self.batch = 0
        self._epoch_start = _state(self.order)

    def rest_of_epoch(self, x: Any, y: Any, size: int) -> Iterator[Labeled]:
        """Yield the batches of the present epoch that are not done yet."""
        self._epoch_start = _state(self.order)
        yield from itertools.islice(batches(x, y, size, self.order), self.batch, None)

    def end_epoch(self, held_out: tuple[float, float] | None) -> None:
        """Note that all batches of the epoch are done, and what was measured after it."""
        self.record.epoch(held_out)
        self.epoch, self.batch = self.epoch + 1, 0
        self._epoch_start = _state(self.order)

    def stored(self) -> tuple[dict[str, Any], Arrays]:
        """Return all of it, as JSON and as arrays."""
        about = {
            "epoch": self.epoch,
            "batch": self.batch,
            "order": self._epoch_start,
            "changes": _state(self.changes),
        }
        return about, dict(self.record.arrays())

    def restore(self, about: dict[str, Any], arrays: Arrays) -> None:
        """Go to where `stored` was called."""
        self.epoch, self.batch = about["epoch"], about["batch"]
        self.order, self.changes = _generator(about["order"]), _generator(about["changes"])
        self._epoch_start = about["order"]
        self.record.restore(arrays)


def _state(rng: np.random.Generator) -> dict[str, Any]:
    """Return the state of a generator, and that of the seed from which it spawns others."""
    seed: Any = rng.bit_generator.seed_seq
    return {
        "bits": rng.bit_generator.state,
        "entropy": seed.entropy,
        "spawn_key": list(seed.spawn_key),
        "spawned": seed.n_children_spawned,
    }


def _generator(state: dict[str, Any]) -> np.random.Generator:
    seed = np.random.SeedSequence(
        state["entropy"],
        spawn_key=tuple(state["spawn_key"]),
        n_children_spawned=state["spawned"],
    )
    bits = np.random.PCG64(seed)
    bits.state = state["bits"]
    return np.random.Generator(bits)
