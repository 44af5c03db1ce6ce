"""Files that travel with the package: ``.npz`` archives, read only if their checksum is right.

The archives are written without compression and without a clock, so that the same arrays always
make the same bytes, whatever the version of Python, NumPy or zlib. The expected checksums are in
``SHA256SUMS.txt``, which ``sha256sum --check SHA256SUMS.txt`` understands too.
"""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parent
CHECKSUMS = "SHA256SUMS.txt"
_MAKERS = {
    "cnn_weights.npz": "make weights",
    "digits.npz": "make digits",
    "jury.npz": "make jury",
    "mnist_study.npz": "make mnist-study",
    "seed_study.npz": "make study",
}
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that an archive can hold, instead of a clock
_UNIX = 3  # without it, the archive says on which system it was made

Arrays = dict[str, npt.NDArray[Any]]


class DataFileError(ValueError):
    """A data file is missing, damaged, or holds something else than it should."""


def read_npz(name: str, *, folder: Path = FOLDER) -> Arrays:
    """Read the arrays of a bundled ``.npz`` file, after comparing its SHA-256 checksum.

    Parameters
    ----------
    name : str
        File name inside `folder`, for example ``"digits.npz"``.
    folder : Path
        Where the file and ``SHA256SUMS.txt`` are; the package's own data folder by default.

    Returns
    -------
    dict of str to numpy.ndarray
        Fresh arrays by name.

    Raises
    ------
    DataFileError
        If the file or its checksum is missing, or the two do not agree. The message says how to
        repair it.
    """
    expected = read_checksums(folder=folder).get(name)
    if expected is None:
        raise _damaged(folder / CHECKSUMS, f"a line for {name}", "none")
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        found = f"no readable file ({type(error).__name__})"
        raise _damaged(folder / name, f"SHA-256 {expected}", found) from error
    checksum = hashlib.sha256(content).hexdigest()
    if checksum != expected:
        raise _damaged(folder / name, f"SHA-256 {expected}", checksum)
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def write_npz(name: str, arrays: Arrays, *, folder: Path = FOLDER) -> str:
    """Write arrays as an ``.npz`` file whose bytes depend on them alone, and note its checksum.

    Parameters
    ----------
    name : str
        File name inside `folder`.
    arrays : dict of str to numpy.ndarray
        What to store; the order is kept.
    folder : Path
        Where to write; ``SHA256SUMS.txt`` in the same folder gets the new line.

    Returns
    -------
    str
        The SHA-256 checksum of the file.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for key, array in arrays.items():
            entry = zipfile.ZipInfo(f"{key}.npy", _ZIP_EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, _npy_bytes(array))
    content = buffer.getvalue()
    _replace(folder / name, content)
    checksum = hashlib.sha256(content).hexdigest()
    known = read_checksums(folder=folder) if (folder / CHECKSUMS).exists() else {}
    lines = [f"{value}  {file}\n" for file, value in sorted((known | {name: checksum}).items())]
    _replace(folder / CHECKSUMS, "".join(lines).encode("ascii"))
    return checksum


def read_checksums(*, folder: Path = FOLDER) -> dict[str, str]:
    """Return the expected SHA-256 checksum of every bundled file, by file name."""
    path = folder / CHECKSUMS
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        return {file: checksum for checksum, file in (line.split() for line in lines)}
    except (OSError, ValueError) as error:
        expected = "a SHA-256 checksum and a file name in each line"
        raise _damaged(path, expected, f"{type(error).__name__}: {error}") from error


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _npy_bytes(array: npt.NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    little_endian = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    np.lib.format.write_array(buffer, little_endian, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _damaged(path: Path, expected: str, found: str) -> DataFileError:
    maker = f", or make it again with `{_MAKERS[path.name]}`" if path.name in _MAKERS else ""
    return DataFileError(
        f"{path} is missing or damaged: expected {expected}, found {found}. "
        f"To repair it in a clone, restore it with `git checkout -- lecturekit/data/{path.name}`"
        f"{maker}; elsewhere, install lecturekit again."
    )
