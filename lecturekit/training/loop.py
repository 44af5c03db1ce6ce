"""`train`: its arguments, and what is wrong with them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lecturekit import shapes
from lecturekit._history import History, Labeled
from lecturekit._tensorflow import keras
from lecturekit.data import Digits
from lecturekit.training.decay import Decay
from lecturekit.training.measure import check_pair
from lecturekit.training.plan import Augment, Plan
from lecturekit.training.session import Session
from lecturekit.training.steps import OneStep, Step
from lecturekit.training.strategies import SharedStep, check_model, check_strategy, scope_of
from lecturekit.training.weighting import ClassWeight, as_class_weights


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
    patience: int | None = None,
    class_weight: ClassWeight | None = None,
    decay: Decay | None = None,
    strategy: Any = None,
    on_epoch: Callable[[History], object] | None = None,
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
        Images for one step; the last batch of an epoch may be smaller. With more than there are,
        one step takes them all.
    seed : int
        Decides the order of the images and the augmentation, each by its own generator. It does
        not decide the initial weights, which the model has already: for a training that repeats
        from the start, call ``keras.utils.set_random_seed(seed)`` before building the model.
    augment : callable, optional
        ``augment(images, rng)`` returns changed images; for example ``RandomAffine()``.
    held_out : (x, y), optional
        Images to measure after each epoch, never trained on. Whoever chooses by what is seen here
        needs other images for the final number.
    checkpoint : path, optional
        A file that holds the training: weights, optimizer, random numbers, what was recorded. It
        is written before the first step, after each epoch, and every few seconds. If it is there,
        the training goes on from it and ends with the same weights, bit by bit on the same CPU, as
        if it had never stopped; what the model and its optimizer hold before is replaced. A
        finished one returns at once, or goes on if there are more `epochs`. `augment` must take
        all that is random from its `rng`.
    patience : int, optional
        Stop when the held-out loss has not improved for so many epochs. Then, and at the end, the
        model gets the weights of its best epoch. It needs `held_out`.
    class_weight : "balanced" or mapping of class to number, optional
        How much each image of a class counts in the loss; classes that are not named count 1.
        "balanced" gives all classes the same say, however many images they have. Accuracies and
        held-out losses are not weighted.
    decay : "cosine", "linear" or callable, optional
        Lets the learning rate fall, step by step, from the optimizer's own to 0. A callable gets
        the share of the training that is done, from 0 to below 1, and returns a factor.
    strategy : tf.distribute.Strategy, optional
        Shares each batch out: `MirroredStrategy` over the devices of one process,
        `MultiWorkerMirroredStrategy` over several processes, all of which call `train` alike. The
        losses are those of one device, but for rounding. All processes read `checkpoint`, so it
        must lie where all can reach it; the first writes it. If one of them is lost, start all
        again. Layers with a state of their own, as dropout and batch normalization, need a model
        that was built and compiled inside of ``strategy.scope()``; batch normalization then takes
        its means over each device's share.
    on_epoch : callable, optional
        Called after each epoch with the History so far, to draw or to store it; the checkpoint is
        written before. Epochs from before a resume are not told again. Where several processes
        train, the first one calls it. An error in it ends the training.

    Returns
    -------
    History
        Ctrl-C, or the notebook's stop button, ends the training after the present batch: then the
        History so far is returned, with ``settings["interrupted"]`` and a warning, and the
        checkpoint holds all. A second Ctrl-C raises KeyboardInterrupt at once.

    Raises
    ------
    ShapeError
        If images and labels do not fit each other or the model.
    ValueError, TypeError
        If a number is out of range or not an integer, if there are no images, if pixels are NaN or
        infinite, if labels are not classes of the model, or if a compiled model does not measure
        its accuracy. If the checkpoint is damaged or belongs to another training: another model,
        optimizer, seed, batch size, other images. Then nothing is changed.
    OSError
        If the checkpoint cannot be read or written, which is found before the first step. If the
        disk becomes full later, the checkpoint from before stays.
    FloatingPointError
        If the loss or a weight becomes NaN or infinite. The checkpoint is that from before.
    RuntimeError
        If another process of a `MultiWorkerMirroredStrategy` is lost.

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
    plan = Plan(
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        augment=augment,
        patience=_as_patience(patience, held_out),
        class_weights=as_class_weights(class_weight, y, model.output_shape[-1]),
        decay=decay,
    )
    if on_epoch is not None and not callable(on_epoch):
        raise TypeError(f"train: on_epoch must be called with a History, got {on_epoch!r}")
    path = _as_path(checkpoint)
    if strategy is not None:
        check_strategy(strategy)
    if not model.compiled:
        with scope_of(model, strategy):
            model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    if strategy is None:
        step: Step = OneStep(model)
    else:
        check_model(model, strategy)
        step = SharedStep(model, strategy)
    return Session(model, (x, y), held_out, plan, step, on_epoch).run(path)


def _as_patience(patience: int | None, held_out: Labeled | None) -> int | None:
    if patience is None:
        return None
    if held_out is None:
        raise ValueError("train: patience needs held_out images, on whose loss it waits")
    return shapes.as_integer(patience, "patience", minimum=1, name="train")


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
