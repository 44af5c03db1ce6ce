"""Train the chapter's networks with ten seeds each and store which digits they read right.

    python tools/seed_study.py        (or: make study)

Every network is trained in the same way on the training digits of `load_digits`: Adam, 12 epochs,
batches of 32, nothing changed in the images. These settings were fixed before the held-out digits
were read, and nothing was chosen by the result. Then each network reads the 360 held-out digits,
moved to the right by 0 to 4 pixels.

Training differs in the last digits from one processor to the next: run elsewhere, the script gives
other counts, and the same conclusions. It takes about ten minutes on two cores.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from lecturekit import data, models, training
from lecturekit._tensorflow import keras
from lecturekit.augmentation import move
from lecturekit.data._bundled import FOLDER, write_npz

SEEDS = range(10)
SHIFTS = range(5)  # pixels to the right
EPOCHS, BATCH_SIZE = 12, 32

Images = npt.NDArray[np.float32]


def as_they_are(images: Images) -> Images:
    """Return the images."""
    return images


def shuffled(images: Images) -> Images:
    """Give the pixels of every image the same new places, drawn once."""
    places = np.random.default_rng(0).permutation(28 * 28)
    return images.reshape(len(images), -1)[:, places].reshape(images.shape)


def build_channels_first() -> keras.Model:
    """Build the CNN whose first layer alone has its channels first.

    Where TensorFlow has no convolution with channels first, turning the axes of an ordinary one
    gives the same numbers: (26, 26, 25) becomes (25, 26, 26), and pooling takes 25 for the rows.
    """
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(25, (3, 3), activation="relu"),
            layers.Permute((3, 1, 2)),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(50, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(100, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


class Entry(NamedTuple):
    """One row of the study: what is built, and what it is shown."""

    build: Callable[[], keras.Model]
    prepare: Callable[[Images], Images]
    text: str


ENTRIES = {
    "dnn": Entry(models.build_dnn, as_they_are, "`build_dnn()`"),
    "cnn": Entry(models.build_cnn, as_they_are, "`build_cnn()`"),
    "cnn_linear": Entry(
        lambda: models.build_cnn(activation=None), as_they_are, "`build_cnn(activation=None)`"
    ),
    "dnn_shuffled": Entry(models.build_dnn, shuffled, "`build_dnn()`, pixels shuffled"),
    "cnn_shuffled": Entry(models.build_cnn, shuffled, "`build_cnn()`, pixels shuffled"),
    "cnn_channels_first": Entry(
        build_channels_first, as_they_are, "as `build_cnn()`, the first layer alone channels first"
    ),
}


def read_right(entry: Entry, digits: data.Digits, seed: int) -> npt.NDArray[np.bool_]:
    """Train one network and return (5, 360): which digits it reads right, by shift and digit."""
    keras.utils.set_random_seed(seed)
    model = entry.build()
    x = entry.prepare(digits.x_train)
    training.train(model, (x, digits.y_train), epochs=EPOCHS, batch_size=BATCH_SIZE, seed=seed)
    moved = [entry.prepare(move(digits.x_test, right=pixels)) for pixels in SHIFTS]
    read = [model.predict(x, batch_size=360, verbose=0).argmax(axis=1) for x in moved]
    return np.array(read) == digits.y_test


def describe(study: dict[str, npt.NDArray[np.bool_]], checksum: str) -> str:
    """Return the text that goes beside the file."""
    rows = []
    for name, right in study.items():
        means = " | ".join(f"{100 * mean:.2f} %" for mean in right.mean(axis=(0, 2)))
        rows.append(f"| `{name}` | {ENTRIES[name].text} | {means} |")
    table = "\n".join(rows)
    return f"""\
# seed_study.npz: the same training with ten seeds

Written by `tools/seed_study.py` (`make study`). BSD-3-Clause, as the code; the digits have their
own license, in `digits.md`.

**What the file holds.** One array for each network below: which of the 360 held-out digits it reads
right, for {len(SEEDS)} seeds and for digits moved to the right by {SHIFTS[0]} to {SHIFTS[-1]}
pixels. The yes and no of 360 digits are packed into 45 bytes, so an array is
({len(SEEDS)}, {len(SHIFTS)}, 45) uint8; `lecturekit.data.load_seed_study` unpacks them to
({len(SEEDS)}, {len(SHIFTS)}, 360) bool.

**How it is made.** Every network is trained on the 1,437 training digits as they are: Adam,
{EPOCHS} epochs, batches of {BATCH_SIZE}. The settings were fixed beforehand; nothing was chosen by
what the held-out digits show. Trained again on another processor the counts come out a little
different.

Mean accuracy over the seeds, by how far the digits are moved:

| name | network | {" | ".join(f"{pixels} px" for pixels in SHIFTS)} |
|---|---|{"---|" * len(SHIFTS)}
{table}

SHA-256 `{checksum}`
"""


def main() -> None:
    """Train all networks, store what they read right, and say how they did."""
    digits = data.load_digits()
    study = {}
    for name, entry in ENTRIES.items():
        seeds = tqdm(SEEDS, desc=name, unit="seed")
        study[name] = np.array([read_right(entry, digits, seed) for seed in seeds])
        print(name, study[name].sum(axis=2).tolist(), flush=True)
        keras.backend.clear_session()
    packed = {name: np.packbits(right, axis=-1) for name, right in study.items()}
    checksum = write_npz("seed_study.npz", packed)
    text = describe(study, checksum)
    Path(FOLDER / "seed_study.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
