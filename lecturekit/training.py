"""Training with a progress bar, the same way each time for the same seed."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit import shapes
from lecturekit._history import History, Labeled, Record, batches, order_and_changes
from lecturekit._progress import progress_bar
from lecturekit._tensorflow import keras
from lecturekit.augmentation import RandomAffine, RandomStroke
from lecturekit.data import Digits

__all__ = ["History", "RandomAffine", "RandomStroke", "evaluate", "train"]

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
        held_out = _check_pair(held_out, "train", "held_out", model)
    if augment is not None and not callable(augment):
        raise TypeError(f"train: augment must be called with (images, rng), got {augment!r}")
    if not model.compiled:
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    order, changes = order_and_changes(seed)
    record = Record()
    with progress_bar(total=epochs * -(-len(x) // batch_size), unit="batch") as bar:
        for epoch in range(1, epochs + 1):
            bar.set_description(f"epoch {epoch}/{epochs}")
            shown = batches(x, y, batch_size, order)
            if augment is not None:
                shown = _augmented(shown, augment, changes)
            _train_epoch(model, shown, bar, epoch, record)
            record.epoch(None if held_out is None else evaluate(model, *held_out))
    settings: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
    return record.history(settings | {"augment": _name(augment), "images": len(x)})


def evaluate(
    model: keras.Model, x: npt.NDArray[np.floating], y: npt.NDArray[np.integer]
) -> tuple[float, float]:
    """Measure a classifier that returns class probabilities.

    Parameters
    ----------
    model : keras.Model
    x : (N, H, W, C) float
    y : (N,) integers
        The right class of each image.

    Returns
    -------
    (loss, accuracy) : (float, float)
        The mean of -log of the right class's probability, and the share of images whose most
        probable class is the right one.

    Raises
    ------
    ShapeError, ValueError, TypeError
        If images and labels do not fit each other or the model.

    Examples
    --------
    >>> from lecturekit import data, models
    >>> digits = data.load_digits()
    >>> loss, accuracy = evaluate(models.load_pretrained(), digits.x_test, digits.y_test)
    >>> accuracy >= 0.98
    True
    """
    x, y = _check_pair((x, y), "evaluate", "(x, y)", model)
    probabilities = np.asarray(model.predict(x, batch_size=500, verbose=0), dtype=np.float64)
    right = np.maximum(probabilities[np.arange(len(y)), y], 1e-7)  # as Keras does, so log is finite
    return float(-np.log(right).mean()), float((probabilities.argmax(axis=1) == y).mean())


def _augmented(
    batches: Iterable[Labeled], augment: Augment, rng: np.random.Generator
) -> Iterator[Labeled]:
    """Every batch with its images changed."""
    for x, y in batches:
        changed = augment(x, rng)
        if np.shape(changed) != x.shape:
            raise shapes.ShapeError(
                f"train: augment must return images of shape {x.shape}, got {np.shape(changed)}"
            )
        yield changed, y


def _train_epoch(
    model: keras.Model, shown: Iterable[Labeled], bar: Any, epoch: int, record: Record
) -> None:
    """Take one step of gradient descent for each batch, and record it."""
    for x, y in shown:
        model.reset_metrics()  # so that the values are those of this batch alone
        logs = model.train_on_batch(x, y, return_dict=True)
        if "accuracy" not in logs:
            raise ValueError(
                'train: the model must be compiled with metrics=["accuracy"], '
                f"it measures {sorted(logs)}"
            )
        loss, accuracy = record.step(float(logs["loss"]), float(logs["accuracy"]), len(x))
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"train: the loss became {loss} in epoch {epoch}; take a smaller learning rate"
            )
        bar.set_postfix(loss=f"{loss:.3f}", accuracy=f"{accuracy:.3f}", refresh=False)
        bar.update()
    # TensorFlow's ReLU turns NaN into 0, so weights can be NaN under a loss that looks fine.
    if not all(np.isfinite(weight).all() for weight in model.get_weights()):
        raise FloatingPointError(
            f"train: weights became NaN or infinite in epoch {epoch}; take a smaller learning rate"
        )


def _name(augment: Augment | None) -> str:
    """How a history names its augmentation: without an address, so that it repeats."""
    return str(getattr(augment, "__name__", repr(augment)))


def _training_part(data: Digits | Labeled, model: keras.Model) -> Labeled:
    if isinstance(data, Digits):
        return _check_pair((data.x_train, data.y_train), "train", "data", model)
    return _check_pair(data, "train", "data", model)


def _check_pair(pair: Labeled, name: str, what: str, model: keras.Model) -> Labeled:
    """Return (x, y) as arrays that fit each other and the model, or raise in the caller's terms."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"{name}: model must be a Keras model, got {type(model).__name__}")
    if not model.built:
        raise ValueError(f"{name}: model {model.name!r} is not built; give it an Input first")
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(
            f"{name}: {what} must be a pair (images, labels), got {type(pair).__name__}"
        )
    x, y = np.asarray(pair[0]), np.asarray(pair[1])
    if not np.issubdtype(x.dtype, np.floating):
        raise TypeError(f"{name}: images must be floating point, got {x.dtype}")
    if not np.issubdtype(y.dtype, np.integer):
        raise TypeError(f"{name}: labels must be integers, got {y.dtype}")
    sizes = model.input_shape[1:]  # None stands for any size
    if x.ndim != 1 + len(sizes) or any(
        size not in (None, given) for size, given in zip(sizes, x.shape[1:], strict=True)
    ):
        expected = ("N", *sizes)
        raise shapes.ShapeError(f"{name}: the model takes images {expected}, got {x.shape}")
    if y.shape != x.shape[:1]:
        raise shapes.ShapeError(f"{name}: {len(x)} images need labels ({len(x)},), got {y.shape}")
    if not len(x):
        raise ValueError(f"{name}: {what} holds no images")
    classes = model.output_shape[-1]
    if not np.isfinite(x).all():
        raise ValueError(f"{name}: images must be finite, {what} holds NaN or infinite pixels")
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(
            f"{name}: labels must lie between 0 and {classes - 1}, got {y.min()} to {y.max()}"
        )
    return x, y
