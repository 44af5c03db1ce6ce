"""Train the lecture's CNN and write the weights that come with the package.

    python tools/train_weights.py        (or: make weights)

1. One training digit in five is put aside for validation. For each seed and each number of epochs
   in the table below a network is trained on the rest, and the pair with the smallest validation
   loss is chosen, on the digits as they are and moved by two pixels.
2. A network with that seed and that number of epochs is trained on all training digits.
3. Its weights are rounded to 8 bits, with one scale for each layer.
4. The 360 held-out digits are read, once, by the rounded network.

Training differs in the last digits from one processor to the next, and the differences grow: run
elsewhere, the script gives other weights that are about as good. On two cores of a processor it
takes less than ten minutes.
"""

import itertools

import numpy as np
import numpy.typing as npt

from lecturekit import data, models, training
from lecturekit._tensorflow import keras
from lecturekit.augmentation import move
from lecturekit.data._bundled import FOLDER, Arrays, write_npz

SEEDS = (0, 1, 2)
EPOCHS = (30, 60)
FOLD = 5
LEARNING_RATE = 2e-3
AFFINE = training.RandomAffine(shift=2, rotate=15, scale=0.15, shear=0.3, stretch=0.3)
STROKE = training.RandomStroke(amount=0.7)
SIGNIFICANT_BITS = 12  # of a scale: 12 and 8 bits multiply exactly within float32's 24

TEXT = """\
# cnn_weights.npz: weights of the lecture's CNN

Written by `tools/train_weights.py` (`make weights`) from the training part of `load_digits` alone.
License: BSD-3-Clause, as the code. The digits have their own, in `digits.md`.

**What the file holds.** For each layer with weights `kernel` and `bias` (int8, -127 to 127) and one
`scale` (float32, at most {bits} significant bits). A weight is integer times scale, which is exact
in float32: `lecturekit.data.load_weights` returns the products.

**How they were trained.** `build_cnn()` with ReLU after the convolutions; seed {seed}, {epochs}
epochs, batches of 100, Adam, a learning rate that falls from {rate} to 0 along a cosine. Each time
an image is used, it is first changed at random:

- `{affine!r}`
- `{stroke!r}`

**How seed and epochs were chosen.** Of the 1,437 training digits, 288 were put aside and the other
1,149 trained on. The pair with the smallest sum of two losses on the 288 was chosen: of the digits
as they are, and of the same digits moved by two pixels. Then all 1,437 were trained on.

| seed | epochs | loss | loss, moved | accuracy | accuracy, moved |
|---|---|---|---|---|---|
{table}

**How good they are.** Measured once, after the rounding to 8 bits, on the 360 held-out digits, as
they are and moved up, down, left and right:

| moved by | accuracy |
|---|---|
{results}

The same 13 people wrote the held-out digits and the training digits: a stranger's handwriting is
harder. Trained again on another processor, the weights come out different and about as good.

SHA-256 `{checksum}`
"""


Images = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def augment(images: Images, rng: np.random.Generator) -> Images:
    """Move, turn, scale, slant and stretch the digits, and change the width of their strokes."""
    return STROKE(AFFINE(images, rng), rng)


def fit(x: Images, y: Labels, *, seed: int, epochs: int) -> keras.Model:
    """Train a fresh network; the learning rate falls to zero along a cosine."""
    keras.utils.set_random_seed(seed)
    model = models.build_cnn()
    steps = epochs * -(-len(x) // 100)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model.compile(
        keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    training.train(model, (x, y), epochs=epochs, batch_size=100, seed=seed, augment=augment)
    return model


def moved(x: Images, pixels: int) -> Images:
    """The images moved to all four sides, one after the other: (4 N, H, W, C)."""
    sides = [{"right": pixels}, {"right": -pixels}, {"down": pixels}, {"down": -pixels}]
    return np.concatenate([move(x, **side) for side in sides])


def measure(model: keras.Model, x: Images, y: Labels, pixels: int) -> tuple[float, float]:
    """Loss and accuracy on images moved by so many pixels in all four directions."""
    if pixels == 0:
        return training.evaluate(model, x, y)
    return training.evaluate(model, moved(x, pixels), np.tile(y, 4))


def choose(x: Images, y: Labels) -> tuple[int, int, list[str]]:
    """Return the best seed and number of epochs on a validation part, and the table of all."""
    validation = np.zeros(len(x), dtype=bool)
    validation[np.argsort(y, kind="stable")[::FOLD]] = True
    losses, table = {}, []
    for epochs, seed in itertools.product(EPOCHS, SEEDS):
        model = fit(x[~validation], y[~validation], seed=seed, epochs=epochs)
        (still, accuracy), (shifted, accuracy_2) = (
            measure(model, x[validation], y[validation], pixels) for pixels in (0, 2)
        )
        losses[seed, epochs] = still + shifted
        table.append(
            f"| {seed} | {epochs} | {still:.4f} | {shifted:.4f} "
            f"| {100 * accuracy:.1f} % | {100 * accuracy_2:.1f} % |"
        )
        print(table[-1], flush=True)
    seed, epochs = min(losses, key=losses.__getitem__)
    return seed, epochs, table


def quantize(kernel: Images, bias: Images) -> tuple[Arrays, Images, Images]:
    """Round a layer's kernel and bias to 8 bits each, with one scale for both.

    Returns
    -------
    (stored, kernel, bias)
        ``stored`` has int8 "kernel" and "bias" in [-127, 127] and a float32 "scale"; the other two
        are integer times scale, exactly.
    """
    largest = max(np.abs(kernel).max(), np.abs(bias).max())
    mantissa, exponent = np.frexp(np.float64(largest) / 127)
    # Rounded up: the largest weight must not come out as 128.
    scale = np.ldexp(np.ceil(mantissa * 2**SIGNIFICANT_BITS) / 2**SIGNIFICANT_BITS, exponent)
    integers = {
        "kernel": np.rint(kernel / scale).astype(np.int8),
        "bias": np.rint(bias / scale).astype(np.int8),
    }
    rounded = {part: q * np.float32(scale) for part, q in integers.items()}
    stored = {**integers, "scale": np.array(scale, dtype=np.float32)}
    return stored, rounded["kernel"], rounded["bias"]


def quantize_model(model: keras.Model) -> Arrays:
    """Round the weights of all layers, in the model too, and return what to store."""
    arrays: Arrays = {}
    for layer in model.layers:
        if layer.weights:
            stored, *rounded = quantize(*layer.get_weights())
            layer.set_weights(rounded)
            arrays |= {f"{layer.name}/{part}": array for part, array in stored.items()}
    return arrays


def describe(seed: int, epochs: int, table: list[str], results: list[str], checksum: str) -> str:
    """Return the text that goes beside the file."""
    return TEXT.format(
        affine=AFFINE,
        stroke=STROKE,
        bits=SIGNIFICANT_BITS,
        rate=LEARNING_RATE,
        seed=seed,
        epochs=epochs,
        table="\n".join(table),
        results="\n".join(results),
        checksum=checksum,
    )


def main() -> None:
    """Choose, train, round, measure and write."""
    digits = data.load_digits()
    seed, epochs, table = choose(digits.x_train, digits.y_train)
    print(f"chosen: seed {seed}, {epochs} epochs", flush=True)
    model = fit(digits.x_train, digits.y_train, seed=seed, epochs=epochs)
    arrays = quantize_model(model)
    results = []
    for pixels in range(4):
        _, accuracy = measure(model, digits.x_test, digits.y_test, pixels)
        results.append(f"| {pixels} pixel{'s' * (pixels != 1)} | {100 * accuracy:.2f} % |")
    checksum = write_npz("cnn_weights.npz", arrays)
    text = describe(seed, epochs, table, results, checksum)
    (FOLDER / "cnn_weights.md").write_text(text, encoding="utf-8", newline="\n")
    print("\n".join(results))


if __name__ == "__main__":
    main()
