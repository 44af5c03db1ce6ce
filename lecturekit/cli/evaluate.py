"""``lecturekit evaluate``: measure a run on images, and show what it gets wrong."""

import argparse
import json
from typing import Any, Final, NamedTuple

from lecturekit.cli import datasets, pictures
from lecturekit.cli.options import add_data
from lecturekit.cli.run_folder import HISTORY_JSON, MISTAKES, MODEL, RunFolder
from lecturekit.cli.trouble import Trouble

SUMMARY: Final = "measure a run and show what it gets wrong"
DESCRIPTION: Final = """\
Measure the model of a run: loss, accuracy, and which digit it reads as which. The worst
mistakes, the right class least probable first, go into mistakes.png in the folder of the run."""
_SHOWN = 20  # mistakes in the picture
_AT_ONCE = 500  # images that go through the network together


class Measured(NamedTuple):
    """What a model says of images: (N, classes) probabilities, and what is right."""

    loss: float
    accuracy: float
    probabilities: Any
    labels: Any


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command understands."""
    parser.add_argument("folder", metavar="FOLDER", help="the --out of `lecturekit train`")
    add_data(parser, default=None, otherwise="default: what the run was trained on")
    parser.add_argument(
        "--split",
        choices=("test", "validation", "train"),
        default="test",
        help="which part of the data (default: test)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")


def run(options: argparse.Namespace) -> int:
    """Measure, and return the exit code."""
    folder = RunFolder(options.folder)
    arguments = _arguments(folder, options)
    pair = getattr(datasets.load(arguments), options.split)
    if pair is None:
        raise Trouble(
            "there is no validation part: the run was trained without --validation, or on other "
            "--data",
            code=2,
        )
    found = _measured(folder, *pair)
    worst = _worst(found)
    _draw(folder, found, worst, pair[0])
    title = f"{folder}{_unfinished(folder)}: {options.split} part of {arguments['data']}"
    print(_as_json(found) if options.json else _report(title, found, len(worst)))
    return 0


def _arguments(folder: RunFolder, options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of the run, with the data that were asked for in place of its own."""
    stored = folder.settings()
    if stored is None:
        raise Trouble(f"{folder} holds no run; `lecturekit train --out {folder}` makes one")
    arguments: dict[str, Any] = stored["arguments"]
    data = options.data or arguments["data"]
    if data != "mnist" and (options.file is not None or options.no_check):
        options.parser.error("--file and --no-check need --data mnist")
    if data != arguments["data"]:
        arguments |= {"data": data, "file": None, "no_check": False}
        arguments |= {"validation": None, "images": None}
    if options.file is not None:
        arguments["file"] = options.file
    arguments["no_check"] = arguments["no_check"] or options.no_check
    return arguments


def _measured(folder: RunFolder, images: Any, labels: Any) -> Measured:
    import numpy as np

    from lecturekit.training import measure

    model = _model(folder)
    images, labels = measure.check_pair((images, labels), "evaluate", "(x, y)", model)
    probabilities = np.asarray(model.predict(images, batch_size=_AT_ONCE, verbose=0))
    return Measured(*measure.measured(probabilities, labels), probabilities, labels)


def _model(folder: RunFolder) -> Any:
    from lecturekit._tensorflow import keras

    again = "the command `lecturekit train` of the run, given again,"
    if not (folder / MODEL).is_file():
        raise Trouble(f"{folder} holds no {MODEL} yet; {again} goes on and makes it")
    try:
        return keras.models.load_model(folder / MODEL)
    except Exception as error:  # a damaged file may raise anything
        raise Trouble(
            f"{folder / MODEL} is damaged or cannot be read ({type(error).__name__}); {again} "
            "makes it anew"
        ) from error


def _unfinished(folder: RunFolder) -> str:
    try:
        history = json.loads((folder / HISTORY_JSON).read_text(encoding="utf-8"))
        place = history["settings"].get("interrupted")
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return ""
    return f" (unfinished: {place})" if place else ""


def _worst(found: Measured) -> list[int]:
    """Return the places of the misread images, the right class least probable first."""
    import numpy as np

    right = found.probabilities[np.arange(len(found.labels)), found.labels]
    wrong = np.flatnonzero(found.probabilities.argmax(axis=1) != found.labels)
    order: list[int] = wrong[np.argsort(right[wrong], kind="stable")].tolist()
    return order


def _draw(folder: RunFolder, found: Measured, worst: list[int], images: Any) -> None:
    shown = worst[:_SHOWN]
    if not shown:  # a picture from before would show the mistakes of another measurement
        (folder / MISTAKES).unlink(missing_ok=True)
        return
    read = found.probabilities.argmax(axis=1)
    labels = [f"{found.labels[i]} as {read[i]}" for i in shown]
    title = f"The worst {len(shown)} of {len(worst)} mistakes"
    pictures.mistakes(folder, images[shown], labels, title)


def _report(title: str, found: Measured, mistakes: int) -> str:
    count = len(found.labels)
    picture = f"The worst of them are in {MISTAKES}." if mistakes else "Nothing was misread."
    return (
        f"{title}\n"
        f"{count - mistakes:,} of {count:,} right: accuracy {found.accuracy:.4f}, "
        f"loss {found.loss:.4f}\n\n"
        f"{_table(confusion(found))}\n\n{picture}"
    )


def _as_json(found: Measured) -> str:
    return json.dumps(
        {
            "images": len(found.labels),
            "loss": found.loss,
            "accuracy": found.accuracy,
            "confusion": confusion(found).tolist(),
        }
    )


def confusion(found: Measured) -> Any:
    """Return how often each class (row) was read as each class (column)."""
    import numpy as np

    classes = found.probabilities.shape[1]
    pairs = found.labels * classes + found.probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def _table(counts: Any) -> str:
    """Rows are the right digits, columns what they were read as; a dot is zero."""
    width = max(4, len(str(counts.max())) + 1)
    head = "digit" + "".join(f"{k:>{width}}" for k in range(len(counts))) + "   right"
    rows = [(" " * 5 + "read as".center(width * len(counts))).rstrip(), head]
    for k, row in enumerate(counts):
        cells = "".join(f"{count or '.':>{width}}" for count in row)
        share = f"{row[k] / row.sum():8.1%}" if row.sum() else "       -"
        rows.append(f"{k:>5}{cells}{share}")
    return "\n".join(rows)
