"""Make lecturekit/data/digits.npz from the digits that scikit-learn ships.

    python tools/make_digits.py [folder]

The file holds the 1,797 originals (8x8, counts of ink from 0 to 16), their labels, and which of
them are held out; `lecturekit.data.load_digits` enlarges them. The same originals always give the
same bytes.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn import datasets

from lecturekit.data._bundled import FOLDER, write_npz

FOLD = 5  # one image in five is held out


def hold_out(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Mark every fifth image in the order by label.

    Each digit keeps its share, and no random generator is needed.
    """
    by_label = np.argsort(labels, kind="stable")
    held_out = np.zeros(len(labels), dtype=bool)
    held_out[by_label[::FOLD]] = True
    return held_out


def make_digits(folder: Path) -> str:
    """Write ``digits.npz`` into `folder` and return its checksum."""
    originals = datasets.load_digits()
    arrays = {
        "images": originals.images.astype(np.uint8),
        "labels": originals.target.astype(np.uint8),
        "held_out": hold_out(originals.target),
    }
    return write_npz("digits.npz", arrays, folder=folder)


def main() -> None:
    """Read the command line, write the file and print its checksum."""
    parser = argparse.ArgumentParser(description="Make digits.npz from scikit-learn's digits.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=FOLDER, help="where to write; the package's data"
    )
    folder = parser.parse_args().folder
    print(f"{folder / 'digits.npz'}: SHA-256 {make_digits(folder)}")


if __name__ == "__main__":
    main()
