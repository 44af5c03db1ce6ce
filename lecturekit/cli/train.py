"""``lecturekit train``: train a network of the lecture, and keep all of it in one folder."""

import argparse
import contextlib
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from lecturekit.cli import datasets, history_files, logs, pictures, settings
from lecturekit.cli.live import Live
from lecturekit.cli.options import add_data, at_least, positive
from lecturekit.cli.run_folder import CHECKPOINT, MODEL, RunFolder
from lecturekit.cli.trouble import Trouble, without_function

if TYPE_CHECKING:
    from lecturekit.training import History

SUMMARY: Final = "train a network and keep all of it in one folder"
DESCRIPTION: Final = """\
Train a network of the lecture. The folder --out gets the checkpoint, the model, the learning
curves as text, as a picture and for TensorBoard, and the settings. If it holds an unfinished
run of the same settings, that run goes on, and ends as if it had never stopped."""
_GOES_ON = "the same command goes on from there"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command understands."""
    add = parser.add_argument
    add("--out", required=True, metavar="FOLDER", help="where the run is kept, for example runs/x")
    add_data(parser, default="digits", otherwise="default: digits")
    add("--model", choices=("cnn", "dnn"), default="cnn", help="the network (default: cnn)")
    add("--epochs", type=at_least(1), default=12, metavar="N", help="how often (default: 12)")
    add("--batch-size", type=at_least(1), default=100, metavar="N",
        help="images for one step (default: 100)")  # fmt: skip
    add("--learning-rate", type=positive, default=0.001, metavar="RATE",
        help="of Adam (default: 0.001)")  # fmt: skip
    add("--seed", type=at_least(0), default=0, metavar="N",
        help="decides the first weights, the order and the augmentation (default: 0)")  # fmt: skip
    add("--augment", choices=("none", "shifts", "affine"), default="none",
        help="change each image a little: move it; move, turn and scale it")  # fmt: skip
    add("--decay", choices=("none", "cosine", "linear"), default="none",
        help="let the learning rate fall to 0")  # fmt: skip
    add("--validation", type=at_least(1), metavar="N",
        help="measure after each epoch on N images of the training part, held out")  # fmt: skip
    add("--patience", type=at_least(1), metavar="N",
        help="stop N epochs after the best one, and keep that one; needs --validation")  # fmt: skip
    add("--class-weight", choices=("none", "balanced"), default="none",
        help="balanced: rare classes count more")  # fmt: skip
    add("--images", type=at_least(1), metavar="N", help="train on the first N images only")


def run(options: argparse.Namespace) -> int:
    """Train, and return the exit code."""
    _check(options)
    folder, arguments = RunFolder(options.out), settings.arguments_of(options)
    with folder.held():
        settings.refuse_other(folder, arguments)
        parts = datasets.load(arguments)
        try:
            history, model = _trained(folder, arguments, parts)
            _keep(folder, history, model)
        except KeyboardInterrupt:
            raise Trouble(_interrupted(folder, "at once"), code=130) from None
        except FloatingPointError as error:
            raise Trouble(_not_finite(error, arguments["learning_rate"])) from error
    if "interrupted" in history.settings:
        raise Trouble(_interrupted(folder, history.settings["interrupted"]), code=130)
    print(_summary(folder, arguments, history))
    return 0


def _check(options: argparse.Namespace) -> None:
    if options.data != "mnist" and (options.file is not None or options.no_check):
        options.parser.error("--file and --no-check need --data mnist")
    if options.patience is not None and options.validation is None:
        options.parser.error("--patience needs --validation, on whose loss it waits")


def _trained(
    folder: RunFolder, arguments: dict[str, Any], parts: datasets.Parts
) -> tuple["History", Any]:
    """Return what happened, and the trained model."""
    from lecturekit import training

    model = _model(arguments)
    settings.write(folder, arguments)
    with _no_warning_of_interruptions():
        history = training.train(
            model,
            parts.train,
            epochs=arguments["epochs"],
            batch_size=arguments["batch_size"],
            seed=arguments["seed"],
            augment=_augmentation(arguments["augment"]),
            held_out=parts.validation,
            checkpoint=folder / CHECKPOINT,
            patience=arguments["patience"],
            class_weight=_or_none(arguments["class_weight"]),
            decay=_or_none(arguments["decay"]),
            on_epoch=Live(lambda history: _keep(folder, history, model)),
        )
    return history, model


def _model(arguments: dict[str, Any]) -> Any:
    from lecturekit import models
    from lecturekit._tensorflow import keras

    keras.utils.set_random_seed(arguments["seed"])
    model = models.build_cnn() if arguments["model"] == "cnn" else models.build_dnn()
    model.compile(
        keras.optimizers.Adam(arguments["learning_rate"]),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _augmentation(name: str) -> Any:
    from lecturekit.augmentation import RandomAffine

    return {
        "none": None,
        "shifts": RandomAffine(rotate=0, scale=0),
        "affine": RandomAffine(),
    }[name]


def _or_none(word: str) -> Any:
    return None if word == "none" else word


def _keep(folder: RunFolder, history: "History", model: Any) -> None:
    """Write all that is made from the checkpoint: it can be made again by the same command."""
    history_files.write(folder, history)
    with folder.replacing(MODEL) as unfinished:
        model.save(unfinished)
    pictures.learning_curves(folder, history)
    logs.write(folder, history)


@contextlib.contextmanager
def _no_warning_of_interruptions() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="train: interrupted")  # we say it ourselves
        yield


def _interrupted(folder: RunFolder, place: str) -> str:
    if not (folder / CHECKPOINT).exists():
        return "interrupted before the first step"
    return f"interrupted {place}; {folder / CHECKPOINT} is kept, and {_GOES_ON}"


def _not_finite(error: FloatingPointError, rate: float) -> str:
    what = without_function(str(error))
    return f"{what}. Begin in another --out, with --learning-rate smaller than {rate:g}"


def _summary(folder: RunFolder, arguments: dict[str, Any], history: "History") -> str:
    found = history_files.columns(history)
    last = history.settings.get("best_epoch", len(history.loss))
    numbers = ", ".join(
        f"{name.replace('_', ' ')} {values[last - 1]:.3f}" for name, values in found.items()
    )
    return (
        f"{folder}: {arguments['model']} on {history.settings['images']:,} images of "
        f"{arguments['data']}, epoch {last} of {len(history.loss)}\n"
        f"{numbers}\n"
        f"To measure it on images that it has not seen: lecturekit evaluate {folder}"
    )
