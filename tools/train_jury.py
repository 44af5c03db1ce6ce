"""Train the jury: three more networks, which judge what the lecture's network draws (chapter 6).

    python tools/train_jury.py        (or: make jury)

1. Three networks for trials are trained, as `tools/train_weights.py` trains, with seeds of their
   own. Each draws the ten digits with every setting of the table below. The other two name each
   drawing, and so does the nearest of the 360 held-out digits, pixel by pixel. Of the settings that
   use little ink the one with the most drawings named rightly by the nearest digit is chosen.
2. The three networks of the jury are trained, with other seeds, and rounded to 8 bits. They have
   no part in step 1, and neither have the network of the book and the 1,437 training digits, among
   which the jury's own nearest digit is looked for.

Training differs in the last digits from one processor to the next: run elsewhere, the script gives
other networks that are about as good. It takes about ten minutes on two cores.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm
from train_weights import fit, quantize_model

from lecturekit import data
from lecturekit import feature_visualization as fv
from lecturekit.data._bundled import FOLDER, Arrays, write_npz
from lecturekit.reference import CNN

TRIAL_SEEDS, JURY_SEEDS, EPOCHS = (11, 12, 13), (21, 22, 23), 30
MOST_INK = 150  # of 784; the training digits have 109 on average
TOTAL_VARIATION = (0.1, 0.15, 0.2)
L1 = (0.01, 0.02, 0.03)
CHANGES = ((1, 10, 1.1), (2, 10, 1.1), (2, 15, 1.15))  # pixels, degrees, factor

TEXT = """\
# jury.npz: three more networks of the lecture's kind

Written by `tools/train_jury.py` (`make jury`). License: BSD-3-Clause, as the code. The digits that
they were trained on have their own, in `digits.md`.

**What the file holds.** What `cnn_weights.npz` holds, for three networks: seeds {seeds}, {epochs}
epochs on the 1,437 training digits, trained and rounded as the network of the book. They read
{accuracy} of the 360 held-out digits.

**What they are for.** In chapter 6 the network of the book draws the ten digits, and the jury
names the drawings. With which penalties it draws was chosen by three other networks, for trials.
Each drew ten digits with each setting, by 300 steps of Adam with a step size of 0.05. "Networks":
how many of the 60 answers of the other two trial networks were right. "Nearest": for how many of
the 30 drawings the nearest of the 360 held-out digits, pixel by pixel, was a digit of the same
kind. Of the settings with at most {most} ink on average the one with the most in "nearest" was
chosen, and of equal ones the one with the most in "networks": total variation {chosen[0]}, L1
{chosen[1]}, jitter {chosen[2][0]}, rotation {chosen[2][1]}, scale {chosen[2][2]}.

| total variation | L1 | jitter, rotation, scale | networks | nearest | ink |
|---|---|---|---|---|---|
{table}

SHA-256 `{checksum}`
"""

Setting = tuple[float, float, tuple[int, int, float]]
Images = npt.NDArray[np.float32]


def draw(network: CNN, setting: Setting) -> fv.Ascent:
    """Let a network draw the ten digits."""
    total_variation, l1, (pixels, degrees, factor) = setting
    return fv.maximize(
        network,
        fv.Output(range(10)),
        steps=300,
        step_size=0.05,
        optimizer="adam",
        regularizers=[fv.L1(l1), fv.TotalVariation(total_variation)],
        transforms=[fv.Jitter(pixels), fv.Rotate(degrees), fv.Scale(factor)],
    )


def nearest(images: Images, x: Images, y: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Name each image after the digit of x whose pixels are nearest."""
    apart = images.reshape(len(images), 1, -1) - x.reshape(len(x), -1)
    return y[(apart**2).sum(axis=-1).argmin(axis=1)]


def right(named: npt.NDArray[np.integer]) -> int:
    """Count the drawings that are named rightly."""
    return int(np.sum(named == range(10)))


def try_out(networks: Sequence[CNN], setting: Setting) -> tuple[int, int, float]:
    """Return how many answers of the networks and of the nearest digit are right, and the ink."""
    digits, votes, near, ink = data.load_digits(), 0, 0, []
    for network in networks:
        images = draw(network, setting).images
        others = [other for other in networks if other is not network]
        votes += sum(right(other.forward(images).argmax(axis=1)) for other in others)
        near += right(nearest(images, digits.x_test, digits.y_test))
        ink.append(images.sum() / 10)
    return votes, near, float(np.mean(ink))


def train(seeds: Sequence[int]) -> list[tuple[CNN, Arrays]]:
    """Train a network for each seed, and round it."""
    digits, trained = data.load_digits(), []
    for seed in seeds:
        model = fit(digits.x_train, digits.y_train, seed=seed, epochs=EPOCHS)
        stored = quantize_model(model)
        trained.append((CNN.from_keras(model), stored))
    return trained


def choose(networks: Sequence[CNN]) -> tuple[Setting, str]:
    """Try all settings; return the best one and the table."""
    settings: list[Any] = list(itertools.product(TOTAL_VARIATION, L1, CHANGES))
    found = {s: try_out(networks, s) for s in tqdm(settings, desc="settings")}
    few = [s for s in settings if found[s][2] <= MOST_INK]
    lines = (
        f"| {tv} | {l1} | {', '.join(map(str, change))} | {votes} | {near} | {ink:.0f} |"
        for (tv, l1, change), (votes, near, ink) in found.items()
    )
    return max(few, key=lambda s: (found[s][1], found[s][0])), "\n".join(lines)


def main() -> None:
    """Choose, train and write."""
    chosen, table = choose([network for network, _ in train(TRIAL_SEEDS)])
    jury, digits = train(JURY_SEEDS), data.load_digits()
    read = [int(np.sum(n.forward(digits.x_test).argmax(axis=1) == digits.y_test)) for n, _ in jury]
    stored = {key: np.stack([arrays[key] for _, arrays in jury]) for key in jury[0][1]}
    checksum = write_npz("jury.npz", stored)
    text = TEXT.format(
        seeds=", ".join(map(str, JURY_SEEDS)),
        epochs=EPOCHS,
        accuracy=", ".join(map(str, read)),
        most=MOST_INK,
        chosen=chosen,
        table=table,
        checksum=checksum,
    )
    (FOLDER / "jury.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
