"""A set of 30 and 20 made-up digits in MNIST's form, which tests take for the public one."""

import gzip
import io
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lecturekit.data import _mnist_checks
from lecturekit.data._mnist_files import FILES

Arrays = dict[str, npt.NDArray[np.generic]]


def small_mnist() -> Arrays:
    rng = np.random.default_rng(0)
    arrays: Arrays = {}
    for part, count in (("train", 30), ("test", 20)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        arrays[f"y_{part}"] = rng.permutation(np.arange(count) % 10).astype(np.uint8)
    return arrays


def checksums(arrays: Arrays) -> dict[str, str]:
    return {name: _mnist_checks.checksum(array) for name, array in arrays.items()}


def npz(arrays: Arrays, *, compressed: bool = True) -> bytes:
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def idx(array: npt.NDArray[np.generic]) -> bytes:
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.astype(np.uint8).tobytes()


def idx_files(arrays: Arrays, *, gzipped: bool = True) -> dict[str, bytes]:
    """Return the four files, by name."""
    if gzipped:
        return {f"{FILES[part]}.gz": gzip.compress(idx(arrays[part])) for part in FILES}
    return {FILES[part]: idx(arrays[part]) for part in FILES}


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
