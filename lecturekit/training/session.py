"""One training: epochs of batches, each one step of the optimizer."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lecturekit import shapes
from lecturekit._history import History, Labeled
from lecturekit._progress import progress_bar
from lecturekit._tensorflow import keras
from lecturekit.training import identity
from lecturekit.training.checkpoint import Checkpoint
from lecturekit.training.course import Course
from lecturekit.training.decay import LearningRate
from lecturekit.training.interruption import Interruption
from lecturekit.training.plan import Augment, Plan
from lecturekit.training.steps import Step
from lecturekit.training.stopping import Stopping


class Session:
    """One call of `train`, its arguments checked."""

    def __init__(
        self,
        model: keras.Model,
        pair: Labeled,
        held_out: Labeled | None,
        plan: Plan,
        step: Step,
        on_epoch: Callable[[History], object] | None,
    ) -> None:
        self.model, self.pair, self.held_out, self.plan = model, pair, held_out, plan
        self.step, self.on_epoch = step, on_epoch
        self.course, self.stopping = Course(plan.seed), Stopping(plan.patience)
        self.batches = -(-len(pair[0]) // plan.batch_size)
        self.rate = LearningRate(plan.decay, model.optimizer, plan.epochs * self.batches)
        self.checkpoint: Checkpoint | None = None

    @property
    def over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.course.epoch >= self.plan.epochs or self.stopping.over(self.course.epoch)

    @property
    def steps_done(self) -> int:
        """Since the beginning."""
        return self.course.epoch * self.batches + self.course.batch

    def run(self, path: Path | None) -> History:
        """Train from the beginning, or from where the checkpoint is."""
        if path is not None:
            self.checkpoint = Checkpoint(path, self.identity(), self.model)
            with self.step.scope():
                self.checkpoint.resume(self.course, self.stopping, self.plan.epochs)
        try:
            if not self.over:
                self.step.check_alike(self.identity, self.steps_done)
                self._save()  # what cannot be written is noticed before anything is trained
                with Interruption() as interruption:
                    self._train(interruption)
        finally:
            with self.step.scope():
                self.rate.reset()
        if self.over:
            with self.step.scope():
                self.stopping.give_best(self.model)
        return self.course.record.history(self._settings())

    def _train(self, interruption: Interruption) -> None:
        total = self.plan.epochs * self.batches
        with progress_bar(total=total, initial=self.steps_done, unit="batch") as bar:
            while not self.over:
                bar.set_description(f"epoch {self.course.epoch + 1}/{self.plan.epochs}")
                stop = False
                for x, y in self._shown():
                    stop = self._step(x, y, interruption, bar)
                    if stop and self.course.batch < self.batches:
                        return self._interrupted()
                    if self.checkpoint is not None and self.checkpoint.due:
                        self._save()
                self._end_epoch()
                if stop and not self.over:
                    return self._interrupted()

    def _shown(self) -> Iterator[Labeled]:
        """Yield what is left of the epoch, as the network sees it."""
        shown = self.course.rest_of_epoch(*self.pair, self.plan.batch_size)
        if self.plan.augment is None:
            return shown
        return _augmented(shown, self.plan.augment, self.course)

    def _step(self, x: Any, y: Any, interruption: Interruption, bar: Any) -> bool:
        """Take one step of gradient descent, record it, and return whether to stop after it."""
        with self.step.scope():
            self.rate.set(self.steps_done)
        weights = None if self.plan.class_weights is None else self.plan.class_weights[y]
        found = self.step(x, y, weights, lambda: interruption.noted)
        loss, accuracy = self.course.record.step(found.loss, found.accuracy, len(x))
        self.course.batch += 1
        if not np.isfinite(loss):
            raise self._not_finite(f"the loss became {loss}")
        bar.set_postfix(loss=f"{loss:.3f}", accuracy=f"{accuracy:.3f}", refresh=False)
        bar.update()
        return found.stop

    def _end_epoch(self) -> None:
        self._check_weights()
        held_out = None if self.held_out is None else self.step.evaluate(self.held_out)
        self.course.end_epoch(held_out)
        if held_out is not None:
            self.stopping.note(self.course.epoch, held_out[0], self.model)
        self._save()
        if self.on_epoch is not None and self.step.writes:
            self.on_epoch(self.course.record.history(self._asked_for()))

    def _check_weights(self) -> None:
        # TensorFlow's ReLU turns NaN into 0, so weights can be NaN under a loss that looks fine.
        if not all(np.isfinite(np.asarray(weight)).all() for weight in self.model.weights):
            raise self._not_finite("weights became NaN or infinite")

    def _not_finite(self, what: str) -> FloatingPointError:
        kept = "" if self.checkpoint is None else f"; {self.checkpoint.path} has the state before"
        return FloatingPointError(
            f"train: {what} in epoch {self.course.epoch + 1}; take a smaller learning rate "
            f"(noticed after batch {self.course.batch} of {self.batches}{kept})"
        )

    def _save(self) -> None:
        if self.checkpoint is None or not self.step.writes:
            return
        if self.course.batch:
            self._check_weights()  # a good checkpoint is never replaced by a bad one
        self.checkpoint.save(self.course, self.stopping)

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
        settings = self._asked_for()
        if not self.over:
            settings["interrupted"] = f"after {self._place()}"
        elif self.plan.patience is not None:
            settings["best_epoch"] = self.stopping.best_epoch
        return settings

    def _asked_for(self) -> dict[str, Any]:
        return self.plan.settings() | {"images": len(self.pair[0])}

    def identity(self) -> dict[str, Any]:
        """Return what must be the same when a checkpoint is taken up, and in every process."""
        return {
            **identity.described(self.model),
            "data": identity.fingerprint(self.pair),
            "held_out": identity.fingerprint(self.held_out),
            **self.plan.identity(),
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
