"""Train the lecture's two networks on MNIST, and store how many test digits they read right.

    python tools/mnist_study.py        (or: make mnist-study)
    python tools/mnist_study.py --only accuracy        (or: make mnist-accuracy)

1. Accuracy. Both networks are trained with each of `CHANGES` on 55,000 training digits, and read
   the other 5,000. Each network's best changes are chosen by that. With them it is trained on all
   60,000, with three seeds, and reads the 10,000 test digits once.
2. Comparison. Both networks are trained on 100 to 60,000 digits, with five seeds: on the digits as
   they are, with the pixels of all digits permuted alike, and with digits that are shifted while
   they are trained on. They read the test digits as they are and moved by 1 to 4 pixels. Narrower
   and wider networks of both kinds are trained on 10,000 digits. Nothing is chosen by it.

Each training is a process of its own with one thread, and is noted in .benchmarks/mnist_study when
it is done: a study that was stopped goes on where it was. On two cores, part 1 takes about a
quarter of an hour, and all of it about an hour.
"""

import argparse
import functools
import json
import math
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from lecturekit.data._bundled import FOLDER, write_npz

NOTES = Path(".benchmarks/mnist_study")
ACCURACY_SEEDS, SEEDS, VALIDATION_SEED = (0, 1, 2), (0, 1, 2, 3, 4), 10
ALL, VALIDATION, TEST = 60_000, 5_000, 10_000
SIZES = (100, 500, 2_000, 10_000, ALL)
CHANGES = ("none", "shifts", "affine")
CONDITIONS = {  # pixels, changes
    "": ("whole", "none"),
    "_permuted": ("permuted", "none"),
    "_shifts": ("whole", "shifts"),
}
MOVES = range(5)  # pixels
BATCH_SIZE, EPOCHS, FEWEST_STEPS = 100, 12, 1_200
WIDTHS = {  # filters, filters and neurons; neurons and neurons
    "cnn": ((6, 12, 25), (12, 25, 50), (25, 50, 100), (50, 100, 200)),
    "dnn": ((25, 25), (50, 50), (150, 150), (500, 500), (1500, 1500)),
}
LECTURES = {"cnn": (25, 50, 100), "dnn": (500, 500)}
WIDTHS_ON = 10_000
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

Integers = npt.NDArray[np.int64]


class Run(NamedTuple):
    """One training."""

    network: str
    width: tuple[int, ...]
    images: int
    seed: int
    pixels: str = "whole"
    changes: str = "none"
    validation: bool = False

    @property
    def name(self) -> str:
        """Of the file that notes it."""
        width = "_".join(map(str, self.width))
        part = "validation" if self.validation else "test"
        kind = f"{self.network}-{width}-{self.pixels}-{self.changes}"
        return f"{kind}-{self.images}-{part}-{self.seed}"

    @property
    def epochs(self) -> int:
        """All see EPOCHS, and fewer images are seen more often, for a fair number of steps."""
        return max(EPOCHS, math.ceil(FEWEST_STEPS * BATCH_SIZE / self.images))


class Result(NamedTuple):
    """What it gave: digits read right, by how far they were moved."""

    right: list[int]
    parameters: int


def build(network: str, width: tuple[int, ...]) -> Any:
    """Build a network of the lecture's kind; with the lecture's widths, the lecture's."""
    from lecturekit import models
    from lecturekit._tensorflow import keras

    if network == "dnn":
        return models.build_dnn(hidden=width)
    if width == LECTURES["cnn"]:
        return models.build_cnn()
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(width[0], 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(width[1], 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(width[2], activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


@functools.cache
def mnist() -> Any:
    """Load MNIST once for each process."""
    from lecturekit import data

    return data.load_mnist()


def chosen(run: Run) -> tuple[Any, Any, Any, Any]:
    """Return images and labels to train on and to read."""
    digits = mnist()
    if run.validation:  # the same 5,000 for all
        order = np.random.default_rng(0).permutation(ALL)
        held_out, known = order[:VALIDATION], order[VALIDATION:]
        x, y = digits.x_train, digits.y_train
        return x[known], y[known], x[held_out], y[held_out]
    known = np.random.default_rng(run.seed).permutation(ALL)[: run.images]
    return digits.x_train[known], digits.y_train[known], digits.x_test, digits.y_test


def moved(x: npt.NDArray[np.float32], pixels: int) -> npt.NDArray[np.float32]:
    """Move each image by so many pixels, up, down, left or right, drawn once for each."""
    from lecturekit.augmentation import move

    ways = np.random.default_rng(0).integers(4, size=len(x))
    result = np.empty_like(x)
    for way, (down, right) in enumerate([(-1, 0), (1, 0), (0, -1), (0, 1)]):
        result[ways == way] = move(x[ways == way], down=down * pixels, right=right * pixels)
    return result


def result_of(run: Run) -> Result:
    """Train one network and let it read."""
    from seed_study import as_they_are, shuffled

    from lecturekit import training
    from lecturekit._tensorflow import keras

    changes = {
        "none": None,
        "shifts": training.RandomAffine(shift=2, rotate=0, scale=0),
        "affine": training.RandomAffine(shift=2, rotate=10, scale=0.1),
    }
    x, y, x_new, y_new = chosen(run)
    prepare = shuffled if run.pixels == "permuted" else as_they_are
    keras.utils.set_random_seed(run.seed)
    model = build(run.network, run.width)
    training.train(
        model,
        (prepare(x), y),
        epochs=run.epochs,
        batch_size=BATCH_SIZE,
        seed=run.seed,
        augment=changes[run.changes],
        decay="cosine",
    )
    moves = MOVES[:1] if run.validation else MOVES
    right = []
    for pixels in moves:
        read = model.predict(prepare(moved(x_new, pixels)), batch_size=500, verbose=0)
        right.append(int(np.count_nonzero(read.argmax(axis=1) == y_new)))
    result = Result(right, model.count_params())
    note(run, result)
    return result


def versions() -> dict[str, str]:
    """Return what the numbers may depend on."""
    import keras
    import tensorflow as tf

    modules = {"tensorflow": tf, "keras": keras, "numpy": np}
    return {name: module.__version__ for name, module in modules.items()}


def results_of(runs: Iterable[Run], jobs: int) -> dict[Run, Result]:
    """Return the results of all trainings: those that are noted, and the others anew."""
    runs = list(dict.fromkeys(runs))
    NOTES.mkdir(parents=True, exist_ok=True)
    found = {run: result for run in runs if (result := noted(run)) is not None}
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    bar = tqdm(total=len(runs), initial=len(found), unit="training", disable=False)
    try:
        waiting = {pool.submit(result_of, run): run for run in runs if run not in found}
        for future in as_completed(waiting):
            run = waiting[future]
            found[run] = future.result()
            bar.set_description(run.name)
            bar.update()
    finally:
        bar.close()
        pool.shutdown(cancel_futures=True)
    return found


def note(run: Run, result: Result) -> None:
    """Keep a result, whole or not at all."""
    file = NOTES / f"{run.name}.json"
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"versions": versions(), **result._asdict()}))
    unfinished.replace(file)


def noted(run: Run) -> Result | None:
    """Return the result of an earlier study, unless other versions gave it."""
    file = NOTES / f"{run.name}.json"
    if not file.exists():
        return None
    about = json.loads(file.read_text())
    return Result(**about) if about.pop("versions") == versions() else None


def accuracy(jobs: int) -> dict[str, Integers]:
    """Choose the changes of each network, train with them, and read the test digits."""
    trials = {
        (network, changes): Run(
            network, width, ALL - VALIDATION, VALIDATION_SEED, changes=changes, validation=True
        )
        for network, width in LECTURES.items()
        for changes in CHANGES
    }
    found = results_of(trials.values(), jobs)
    right = {key: found[run].right[0] for key, run in trials.items()}
    finals = {}
    for network, width in LECTURES.items():
        best = max(CHANGES, key=lambda changes: right[network, changes])
        finals[network] = [Run(network, width, ALL, s, changes=best) for s in ACCURACY_SEEDS]
    found = results_of([run for runs in finals.values() for run in runs], jobs)
    stored: dict[str, Integers] = {}
    for network, runs in finals.items():
        stored[f"{network}_validation"] = np.array([right[network, c] for c in CHANGES])
        stored[f"{network}_accuracy"] = np.array([found[run].right[0] for run in runs])
    return stored


def comparison(jobs: int) -> dict[str, Integers]:
    """Train on fewer digits, permuted digits, shifted digits; with fewer and more weights."""
    rows = {
        network + ending: [
            [Run(network, width, size, seed, *condition) for size in SIZES] for seed in SEEDS
        ]
        for network, width in LECTURES.items()
        for ending, condition in CONDITIONS.items()
    } | {
        f"{network}_widths": [
            [Run(network, width, WIDTHS_ON, seed) for width in widths] for seed in SEEDS
        ]
        for network, widths in WIDTHS.items()
    }
    found = results_of([run for table in rows.values() for row in table for run in row], jobs)
    stored = {
        name: np.array([[found[run].right for run in row] for row in table])
        for name, table in rows.items()
    }
    for network in WIDTHS:
        name = f"{network}_widths"
        stored[name] = stored[name][..., 0]
        stored[f"{network}_parameters"] = np.array([found[run].parameters for run in rows[name][0]])
    return stored


def read_by_the_book() -> Integers:
    """Return how many test digits the network of the book reads, which never saw MNIST."""
    from lecturekit import data

    digits, cnn = mnist(), data.load_cnn()
    parts = np.split(digits.x_test, 20)
    read = np.concatenate([cnn.forward(part).argmax(axis=1) for part in parts])
    return np.array(np.count_nonzero(read == digits.y_test))


def said(stored: Mapping[str, npt.NDArray[Any]]) -> str:
    """Return what part 1 found, as text."""
    lines = []
    for network in LECTURES:
        right = stored[f"{network}_validation"]
        trial = ", ".join(f"{c} {n / VALIDATION:.2%}" for c, n in zip(CHANGES, right, strict=True))
        best = CHANGES[right.argmax()]
        final = stored[f"{network}_accuracy"] / TEST
        each = ", ".join(f"{share:.2%}" for share in final)
        lines += [
            f"{network}: of {VALIDATION:,} validation digits, by changes: {trial}",
            f"{network}: with {best}, of {TEST:,} test digits: {each}; mean {final.mean():.2%}",
        ]
    return "\n".join(lines)


def described(study: Mapping[str, npt.NDArray[Any]], checksum: str) -> str:
    """Return the text that goes beside the file."""
    rows = [
        f"| `{network}{ending}` | {size:,} | "
        + " | ".join(f"{mean:.2f} %" for mean in 100 * right[:, place].mean(axis=0) / TEST)
        + " |"
        for network in LECTURES
        for ending in CONDITIONS
        for right in [study[network + ending]]
        for place, size in enumerate(SIZES)
    ]
    widths = [
        f"| `{network}` | {', '.join(map(str, width))} | {count:,} | {100 * mean / TEST:.2f} % |"
        for network, each in WIDTHS.items()
        for width, count, mean in zip(
            each,
            study[f"{network}_parameters"],
            study[f"{network}_widths"].mean(axis=0),
            strict=True,
        )
    ]
    return TEXT.format(
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        steps=FEWEST_STEPS,
        seeds=len(SEEDS),
        last_seed=SEEDS[-1],
        validation=VALIDATION,
        versions=", ".join(study["versions"].tolist()),
        said=said(study),
        moves=" | ".join(f"{pixels} px" for pixels in MOVES),
        line="---|" * len(MOVES),
        rows="\n".join(rows),
        widths="\n".join(widths),
        widths_on=WIDTHS_ON,
        books=study["books"] / TEST,
        checksum=checksum,
    )


TEXT = """\
# mnist_study.npz: the lecture's two networks on MNIST

Written by `tools/mnist_study.py` (`make mnist-study`). License: BSD-3-Clause, as the code. It holds
no image of MNIST.

**What the file holds.** How many of MNIST's 10,000 test digits each trained network reads right.
`lecturekit.data.load_mnist_study` says which array is what.

**How it is made.** Adam, batches of {batch_size}, a learning rate that falls from 0.001 to 0 as a
cosine, {epochs} epochs, and with fewer images as many as {steps:,} steps take. Seeds 0 to
{last_seed} decide which images are taken, the first weights and the order. Versions: {versions}.
Each training had one thread of a CPU. On another processor the counts come out a little different.

**Accuracy.** "None", "shifts" (up to 2 pixels) and "affine" (and up to 10 degrees and 10 %) are
how the images are changed in training. Each network's best was chosen on {validation:,} of the
60,000 training images by a network that was trained on the others, with seed 10. Then three
networks were trained with it on all 60,000, with seeds 0, 1 and 2, and read the test digits once:

```text
{said}
```

**Comparison.** Means over {seeds} seeds, by how far the test digits are moved, each up, down, left
or right. `permuted`: all pixels of all images in new places, the same for all. `shifts`: trained on
images that are shifted by up to 2 pixels.

| network | images | {moves} |
|---|---|{line}
{rows}

Narrower and wider networks on {widths_on:,} images: filters, filters and neurons of the CNN,
neurons and neurons of the DNN.

| network | widths | parameters | read right |
|---|---|---|---|
{widths}

The network of the book, which never saw MNIST, reads {books:.2%} of the test digits.

SHA-256 `{checksum}`
"""


def main() -> None:
    """Run what is asked for, and print it; the whole study is stored, too."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["accuracy"], help="print part 1, and store nothing")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    arguments = parser.parse_args()
    os.environ |= dict.fromkeys(THREADS, "1") | {"CUDA_VISIBLE_DEVICES": "-1", "TQDM_DISABLE": "1"}
    study: dict[str, npt.NDArray[Any]] = {**accuracy(arguments.jobs)}
    print(said(study))
    if arguments.only is not None:
        return
    study |= comparison(arguments.jobs)
    study |= {"sizes": np.array(SIZES), "books": read_by_the_book()}
    study["versions"] = np.array([f"{name} {number}" for name, number in versions().items()])
    checksum = write_npz("mnist_study.npz", study)
    text = described(study, checksum)
    Path(FOLDER / "mnist_study.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
