"""Let the page's own JavaScript read digits, as the network explorer does, but in node.

    python tools/read_digits.py MNIST.npz [--first 500]

prints how many of MNIST's first test digits the bundled network reads correctly after the page's
own centering and scaling. MNIST itself is not part of the project: name the file that Keras calls
mnist.npz.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))

import javascript  # noqa: E402

from lecturekit import data  # noqa: E402
from lecturekit.widgets import _page, _shared  # noqa: E402

Images = npt.NDArray[np.float32]
PROGRAM = """
import * as cnn from {folder}/cnn.mjs";
import * as drawing from {folder}/drawing.mjs";
import {{ readFileSync }} from "node:fs";
const input = JSON.parse(readFileSync(0, "utf8"));
const layers = cnn.withWeights(input.layers, input.arrays, Buffer.from(input.weights, "hex"));
const images = input.digits.map((values) => drawing[input.made](...values));
const read = (image) => cnn.forward(layers, cnn.tensor([28, 28, 1], image)).at(-1).after.data;
const plain = (arrays) => arrays.map((array) => Array.from(array));
console.log(JSON.stringify({{ images: plain(images), probabilities: plain(images.map(read)) }}));
"""


def read(made: str, digits: Sequence[Sequence[Any]]) -> tuple[Images, Images]:
    """Make images by a function of ``drawing.mjs`` and read them with the bundled network.

    Parameters
    ----------
    made : {"drawn", "normalized"}
        Which function makes an image of 28x28 pixels.
    digits : sequence
        Its arguments, for each digit.

    Returns
    -------
    images : (n, 28, 28, 1) float32 array
    probabilities : (n, 10) float32 array
    """
    folder = json.dumps(Path(_page.__file__).parent.as_uri())
    arrays, weights = _shared.encode(data.load_weights())
    task = {
        "layers": _shared.described(data.load_cnn()),
        "arrays": arrays,
        "weights": weights.hex(),
    }
    run = subprocess.run(
        [javascript.node(), "--input-type=module", "--eval", PROGRAM.format(folder=folder[:-1])],
        input=json.dumps({**task, "made": made, "digits": digits}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise RuntimeError(f"node failed: {run.stderr}")
    answer = json.loads(run.stdout)
    images = np.array(answer["images"], "f4").reshape(-1, 28, 28, 1)
    return images, np.array(answer["probabilities"], "f4")


def as_rasters(images: Images) -> list[tuple[list[float], int, int]]:
    """Write (n, H, W) grey images from 0 to 1 as arguments of ``normalized``."""
    return [(image.ravel().tolist(), *image.shape) for image in images]


def main() -> None:
    """Read the command line and print how many digits were read correctly."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="mnist.npz, with x_test and y_test")
    parser.add_argument("--first", type=int, default=500, help="how many digits (500)")
    arguments = parser.parse_args()
    with np.load(arguments.file) as mnist:
        images = mnist["x_test"][: arguments.first].astype("f4") / 255
        labels = mnist["y_test"][: arguments.first]
    _, probabilities = read("normalized", as_rasters(images))
    right = int((probabilities.argmax(axis=1) == labels).sum())
    plain = data.load_cnn().forward(images[..., np.newaxis]).argmax(axis=1)
    n = len(labels)
    print(f"of MNIST's first {n} test digits, read correctly")
    print(f"  after the page's centering and scaling: {right} ({100 * right / n:.1f} %)")
    print(f"  as they are: {(plain == labels).sum()} ({100 * (plain == labels).mean():.1f} %)")


if __name__ == "__main__":
    main()
