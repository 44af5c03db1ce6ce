"""MNIST's four arrays as they come: one ``.npz`` file, as Keras has it, or four IDX files."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lecturekit.data._bundled import Arrays, DataFileError
from lecturekit.data._idx import magic, read_idx

FILES: Final = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
"""The IDX file of each array; with ``.gz`` where it is gzipped."""
_ZIP = b"PK\x03\x04"


def read_arrays(path: Path) -> Arrays:
    """Read the four arrays, unchecked, from a ``.npz`` file or a folder with four IDX files.

    Parameters
    ----------
    path : Path
        The ``.npz`` file, or the folder.

    Returns
    -------
    dict of str to numpy.ndarray
        ``"x_train"``, ``"y_train"``, ``"x_test"`` and ``"y_test"``.

    Raises
    ------
    DataFileError
        If there is nothing, or nothing that can be read whole. The message does not name `path`:
        the caller knows what else to say of it.
    """
    try:
        if path.is_dir():
            return {part: _read_part(path, part) for part in FILES}
        return _read_npz(path)
    except FileNotFoundError as error:
        raise DataFileError("there is no such file or folder") from error
    except OSError as error:
        raise DataFileError(f"cannot be read ({type(error).__name__}: {error})") from error


def _read_part(folder: Path, part: str) -> npt.NDArray[np.uint8]:
    file = _idx_file(folder, part)
    try:
        return read_idx(file.read_bytes(), axes=3 if part.startswith("x") else 1)
    except DataFileError as error:
        raise DataFileError(f"{file.name}: {error}") from error


def _idx_file(folder: Path, part: str) -> Path:
    """Return the file of an array; some copies of MNIST have a dot before ``idx``."""
    name = FILES[part]
    for spelling in (name, name.replace("-idx", ".idx")):
        for end in ("", ".gz"):
            if (folder / (spelling + end)).is_file():
                return folder / (spelling + end)
    npz = sorted(file.name for file in folder.glob("*.npz"))
    hint = f"; to read {npz[0]}, name that file and not its folder" if npz else ""
    wanted = ", ".join(FILES.values())
    raise DataFileError(
        f"the folder has no {name} and no {name}.gz; expected four IDX files, {wanted}, "
        f"each as it is or with .gz{hint}"
    )


def _read_npz(path: Path) -> Arrays:
    with path.open("rb") as file:
        beginning = file.read(64)
    if not beginning.startswith(_ZIP):
        inside = " Name the folder that holds all four." if "IDX" in magic(beginning) else ""
        raise DataFileError(
            f"expected a .npz file with {', '.join(FILES)}, or a folder with four IDX files; "
            f"the file begins with {magic(beginning)}.{inside}"
        )
    with _archive(path) as archive:
        missing = [part for part in FILES if part not in archive.files]
        if missing:
            names = ", ".join(archive.files) or "nothing"
            raise DataFileError(f"the .npz file has no {', '.join(missing)}; it holds {names}")
        return {part: _member(archive, part) for part in FILES}


def _archive(path: Path) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except OSError:
        raise
    except Exception as error:  # on damaged bytes zipfile, zlib and NumPy raise a dozen kinds
        raise DataFileError(f"the .npz file is cut short or damaged ({error})") from error


def _member(archive: Any, part: str) -> npt.NDArray[Any]:
    """Read one array of an archive. Python objects are refused and never unpickled."""
    try:
        array: npt.NDArray[Any] = archive[part]
    except Exception as error:  # as in _archive
        objects = "Object arrays" in str(error)
        reason = (
            "holds pickled Python objects, which are never loaded"
            if objects
            else f"cannot be read: the file is damaged ({type(error).__name__}: {error})"
        )
        raise DataFileError(f"{part} {reason}") from error
    if not isinstance(array, np.ndarray):
        raise DataFileError(f"{part} is no array of NumPy")
    return array
