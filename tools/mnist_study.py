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
it is done: a study that was stopped goes on where it was. On two cores, part 1 takes about ten
minutes, and all of it about an hour.
"""

import argparse
import functools
import json
import math
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

NOTES = Path(".benchmarks/mnist_study")
ACCURACY_SEEDS, SEEDS, VALIDATION_SEED = (0, 1, 2), (0, 1, 2, 3, 4), 10
ALL, VALIDATION = 60_000, 5_000
SIZES = (100, 500, 2_000, 10_000, ALL)
CHANGES = ("none", "shifts", "affine")
CONDITIONS = {
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


def permuted(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give the pixels of every image the same new places, drawn once."""
    places = np.random.default_rng(0).permutation(28 * 28)
    return x.reshape(len(x), -1)[:, places].reshape(x.shape)


def result_of(run: Run) -> Result:
    """Train one network and let it read."""
    from lecturekit import training
    from lecturekit._tensorflow import keras

    changes = {
        "none": None,
        "shifts": training.RandomAffine(shift=2, rotate=0, scale=0),
        "affine": training.RandomAffine(shift=2, rotate=10, scale=0.1),
    }
    x, y, x_new, y_new = chosen(run)
    prepare = permuted if run.pixels == "permuted" else np.asarray
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


def accuracy(jobs: int) -> dict[str, npt.NDArray[Any]]:
    """Choose the changes of each network, train with them, and read the test digits."""
    trials = {
        (network, changes): Run(
            network, width, ALL - VALIDATION, VALIDATION_SEED, changes=changes, validation=True
        )
        for network, width in LECTURES.items()
        for changes in CHANGES
    }
    found = results_of(trials.values(), jobs)
    table = {key: found[run].right[0] for key, run in trials.items()}
    best = {name: max(CHANGES, key=lambda changes: table[name, changes]) for name in LECTURES}
    finals = {
        network: [Run(network, width, ALL, s, changes=best[network]) for s in ACCURACY_SEEDS]
        for network, width in LECTURES.items()
    }
    found = results_of([run for runs in finals.values() for run in runs], jobs)
    stored: dict[str, npt.NDArray[Any]] = {}
    for network, runs in finals.items():
        right = np.array([found[run].right[0] for run in runs])
        stored[f"validation/{network}"] = np.array([table[network, c] for c in CHANGES])
        stored[f"accuracy/{network}"] = right
        trial = ", ".join(f"{c} {table[network, c] / VALIDATION:.2%}" for c in CHANGES)
        print(f"{network}: {VALIDATION:,} validation digits: {trial}")
        print(f"{network}: trained with {best[network]}, {EPOCHS} epochs, 10,000 test digits:")
        each = ", ".join(f"{n / 10_000:.2%}" for n in right)
        print(f"{network}: {each}; mean {right.mean() / 10_000:.2%}")
    return stored


def comparison(jobs: int) -> dict[str, npt.NDArray[Any]]:
    """Train on fewer digits, permuted digits, shifted digits; with fewer and more weights."""
    runs: dict[tuple[str, Any, int], Run] = {}
    for network, width in LECTURES.items():
        for ending, (pixels, changes) in CONDITIONS.items():
            for seed in SEEDS:
                for size in SIZES:
                    runs[network + ending, size, seed] = Run(
                        network, width, size, seed, pixels, changes
                    )
    for network, widths in WIDTHS.items():
        for width in widths:
            for seed in SEEDS:
                runs[f"widths/{network}", width, seed] = Run(network, width, WIDTHS_ON, seed)
    found = results_of(runs.values(), jobs)
    stored: dict[str, npt.NDArray[Any]] = {}
    for network in LECTURES:
        for ending in CONDITIONS:
            name = network + ending
            right = [[found[runs[name, size, seed]].right for size in SIZES] for seed in SEEDS]
            stored[name] = np.array(right)
        name, widths = f"widths/{network}", WIDTHS[network]
        right = [[found[runs[name, width, seed]].right[0] for width in widths] for seed in SEEDS]
        stored[name] = np.array(right)
        counts = [found[runs[name, width, SEEDS[0]]].parameters for width in widths]
        stored[f"parameters/{network}"] = np.array(counts)
    return stored


def main() -> None:
    """Run what is asked for, and print it; the whole study is stored, too."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["accuracy"], help="print, and store nothing")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    arguments = parser.parse_args()
    os.environ |= dict.fromkeys(THREADS, "1") | {"CUDA_VISIBLE_DEVICES": "-1", "TQDM_DISABLE": "1"}
    stored = accuracy(arguments.jobs)
    if arguments.only is None:
        stored |= comparison(arguments.jobs)
        print({name: array.mean(axis=0).tolist() for name, array in stored.items()})


if __name__ == "__main__":
    main()
