"""The training itself: epochs of batches, each one step of the optimizer."""

import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit import shapes
from lecturekit._history import History, Labeled
from lecturekit._progress import progress_bar
from lecturekit._tensorflow import keras
from lecturekit.data import Digits
from lecturekit.training import identity
from lecturekit.training.checkpoint import Checkpoint
from lecturekit.training.course import Course
from lecturekit.training.interruption import Interruption
from lecturekit.training.measure import check_pair, evaluate

Augment = Callable[[npt.NDArray[np.floating], np.random.Generator], npt.NDArray[np.floating]]


def train(
    model: keras.Model,
    data: Digits | Labeled,
    *,
    epochs: int,
    batch_size: int = 100,
    seed: int = 0,
    augment: Augment | None = None,
    held_out: Labeled | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> History:
    """Train a classifier on images and labels, and show how it goes.

    Parameters
    ----------
    model : keras.Model
        Changed in place. If it is not compiled, it is compiled with Adam and cross-entropy; if it
        is, its own optimizer and loss are used, and its metrics must contain ``"accuracy"``.
    data : Digits or (x, y)
        Of `Digits` only the training part is used. x is (N, H, W, C) float, y is (N,) integers.
    epochs : int, at least 1
        How often every image is seen.
    batch_size : int, at least 1
        Images for one step; the last batch of an epoch may be smaller.
    seed : int
        Decides the order of the images and the augmentation, each by its own generator. It does
        not decide the initial weights, which the model has already: for a training that repeats
        from the start, call ``keras.utils.set_random_seed(seed)`` before building the model.
    augment : callable, optional
        ``augment(images, rng)`` returns changed images; for example ``RandomAffine()``.
    held_out : (x, y), optional
        Images to measure after each epoch, never trained on. Whoever chooses by what is seen here
        needs other images for the final number.

    Returns
    -------
    History

    Raises
    ------
    ShapeError
        If images and labels do not fit each other or the model.
    ValueError, TypeError
        If a number is out of range or not an integer, if there are no images, if pixels are NaN or
        infinite, if labels are not classes of the model, or if a compiled model does not measure
        its accuracy.
    FloatingPointError
        If the loss or a weight becomes NaN or infinite.

    Examples
    --------
    >>> from lecturekit import data, models
    >>> keras.utils.set_random_seed(0)
    >>> history = train(models.build_cnn(), data.load_digits(), epochs=1)
    >>> history.loss.shape, history.settings["images"]
    ((1,), 1437)
    """
    epochs = shapes.as_integer(epochs, "epochs", minimum=1, name="train")
    batch_size = shapes.as_integer(batch_size, "batch_size", minimum=1, name="train")
    seed = shapes.as_integer(seed, "seed", minimum=0, name="train")
    x, y = _training_part(data, model)
    if held_out is not None:
        held_out = check_pair(held_out, "train", "held_out", model)
    if augment is not None and not callable(augment):
        raise TypeError(f"train: augment must be called with (images, rng), got {augment!r}")
    path = _as_path(checkpoint)
    if not model.compiled:
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    training = _Training(model, x, y, epochs, batch_size, seed, augment, held_out)
    return training.run(path)


@dataclass
class _Training:
    """One call of `train`, its arguments checked."""

    model: keras.Model
    x: npt.NDArray[np.floating]
    y: npt.NDArray[np.integer]
    epochs: int
    batch_size: int
    seed: int
    augment: Augment | None
    held_out: Labeled | None

    def __post_init__(self) -> None:
        self.course = Course(self.seed)
        self.checkpoint: Checkpoint | None = None
        self.batches = -(-len(self.x) // self.batch_size)

    def run(self, path: Path | None) -> History:
        """Train from the beginning, or from where the checkpoint is."""
        if path is not None:
            self.checkpoint = Checkpoint(path, self._identity())
            self.checkpoint.resume(self.model, self.course, self.epochs)
        if self.course.epoch < self.epochs:
            self._save()  # what cannot be written is noticed before anything is trained
            with Interruption() as interruption:
                self._train(interruption)
        return self.course.record.history(self._settings())

    def _train(self, interruption: Interruption) -> None:
        done = self.course.epoch * self.batches + self.course.batch
        total = self.epochs * self.batches
        with progress_bar(total=total, initial=done, unit="batch") as bar:
            while self.course.epoch < self.epochs:
                bar.set_description(f"epoch {self.course.epoch + 1}/{self.epochs}")
                for x, y in self._shown():
                    self._step(x, y, bar)
                    if interruption.noted and self.course.batch < self.batches:
                        return self._interrupted()
                    if self.checkpoint is not None and self.checkpoint.due:
                        self._save()
                self._end_epoch()
                if interruption.noted and self.course.epoch < self.epochs:
                    return self._interrupted()

    def _shown(self) -> Iterator[Labeled]:
        """Yield what is left of the epoch, as the network sees it."""
        shown = self.course.rest_of_epoch(self.x, self.y, self.batch_size)
        return shown if self.augment is None else _augmented(shown, self.augment, self.course)

    def _step(self, x: npt.NDArray[np.floating], y: npt.NDArray[np.integer], bar: Any) -> None:
        """Take one step of gradient descent, and record it."""
        self.model.reset_metrics()  # so that the values are those of this batch alone
        logs = self.model.train_on_batch(x, y, return_dict=True)
        if "accuracy" not in logs:
            raise ValueError(
                'train: the model must be compiled with metrics=["accuracy"], '
                f"it measures {sorted(logs)}"
            )
        loss, accuracy = self.course.record.step(
            float(logs["loss"]), float(logs["accuracy"]), len(x)
        )
        self.course.batch += 1
        if not np.isfinite(loss):
            raise self._not_finite(f"the loss became {loss}")
        bar.set_postfix(loss=f"{loss:.3f}", accuracy=f"{accuracy:.3f}", refresh=False)
        bar.update()

    def _end_epoch(self) -> None:
        self._check_weights()
        held_out = None if self.held_out is None else evaluate(self.model, *self.held_out)
        self.course.end_epoch(held_out)
        self._save()

    def _check_weights(self) -> None:
        # TensorFlow's ReLU turns NaN into 0, so weights can be NaN under a loss that looks fine.
        if not all(np.isfinite(weight).all() for weight in self.model.get_weights()):
            raise self._not_finite("weights became NaN or infinite")

    def _not_finite(self, what: str) -> FloatingPointError:
        kept = "" if self.checkpoint is None else f"; {self.checkpoint.path} has the state before"
        return FloatingPointError(
            f"train: {what} in epoch {self.course.epoch + 1}; take a smaller learning rate "
            f"(noticed after batch {self.course.batch} of {self.batches}{kept})"
        )

    def _save(self) -> None:
        if self.checkpoint is not None:
            if self.course.batch:
                self._check_weights()  # a good checkpoint is never replaced by a bad one
            self.checkpoint.save(self.model, self.course)

    def _interrupted(self) -> None:
        """Keep what there is, and say where it is."""
        self._save()
        kept = (
            "Without a checkpoint it cannot go on from there"
            if self.checkpoint is None
            else f"The same call goes on from {self.checkpoint.path}"
        )
        warnings.warn(
            f"train: interrupted after {self._place()}; the History ends there. {kept}.",
            stacklevel=5,
        )

    def _place(self) -> str:
        if self.course.batch:
            return f"batch {self.course.batch} of {self.batches} in epoch {self.course.epoch + 1}"
        return f"epoch {self.course.epoch}"

    def _settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "augment": _name(self.augment),
            "images": len(self.x),
        }
        if self.course.epoch < self.epochs:
            settings["interrupted"] = f"after {self._place()}"
        return settings

    def _identity(self) -> dict[str, Any]:
        """Return what must be the same when a checkpoint is taken up."""
        return identity.described(self.model) | {
            "data": identity.fingerprint((self.x, self.y)),
            "held_out": identity.fingerprint(self.held_out),
            "batch_size": self.batch_size,
            "seed": self.seed,
            "augment": _name(self.augment),
        }


def _augmented(batches: Iterable[Labeled], augment: Augment, course: Course) -> Iterator[Labeled]:
    """Every batch with its images changed."""
    for x, y in batches:
        changed = augment(x, course.changes)
        if np.shape(changed) != x.shape:
            raise shapes.ShapeError(
                f"train: augment must return images of shape {x.shape}, got {np.shape(changed)}"
            )
        yield changed, y


def _name(augment: Augment | None) -> str:
    """How a history names its augmentation: without an address, so that it repeats."""
    name = str(getattr(augment, "__name__", repr(augment)))
    return re.sub(r" at 0x[0-9a-fA-F]+", "", name)


def _as_path(checkpoint: str | os.PathLike[str] | None) -> Path | None:
    if checkpoint is None:
        return None
    if not isinstance(checkpoint, (str, os.PathLike)) or not os.fspath(checkpoint):
        raise TypeError(f"train: checkpoint must be the path of a file, got {checkpoint!r}")
    path = Path(os.fsdecode(checkpoint)).resolve()
    if path.is_dir():
        raise IsADirectoryError(f"train: checkpoint must be a file, and {path} is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"train: there is no folder {path.parent} for the checkpoint")
    return path


def _training_part(data: Digits | Labeled, model: keras.Model) -> Labeled:
    if isinstance(data, Digits):
        return check_pair((data.x_train, data.y_train), "train", "data", model)
    return check_pair(data, "train", "data", model)
