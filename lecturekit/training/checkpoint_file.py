"""A checkpoint as a file: arrays and a text, whole or not at all, and never pickled.

It is an archive of NumPy's (``.npz``). Beside the arrays it holds ``about``, a JSON text, and
``sha256``, the checksum of everything else.
"""

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FORMAT = "lecturekit.training checkpoint"
VERSION = 1
"""Of the format. A file of a higher version is refused."""

Arrays = dict[str, npt.NDArray[Any]]


class Stored(NamedTuple):
    """What a checkpoint holds."""

    about: dict[str, Any]
    arrays: Arrays


def write(path: Path, stored: Stored) -> None:
    """Write beside the old file, then put the new one in its place in one step.

    Raises
    ------
    OSError
        If it cannot be written. The old file, if there was one, is still there.
    """
    about = json.dumps({"format": FORMAT, "version": VERSION} | stored.about)
    content = {"about": np.array(about), **stored.arrays}
    content["sha256"] = np.array(_checksum(content))
    # Always the same name: what a killed training leaves is overwritten by the next one.
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        try:
            with open(unfinished, "wb") as file:
                np.savez(file, **content)  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        before = "; the one from before is still there" if path.is_file() else ""
        raise OSError(
            error.errno,
            f"train: the checkpoint {path} could not be written: {error.strerror or error}{before}",
        ) from error


def read(path: Path) -> Stored | None:
    """Return what the file holds, or None if there is no file.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is damaged, is no checkpoint, or is of a later version.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OSError(
            error.errno,
            f"train: the checkpoint {path} could not be read: {error.strerror or error}",
        ) from error
    try:
        stored = _parsed(content)
    except Exception as error:  # a damaged archive may raise anything
        raise ValueError(
            f"train: {path} is damaged or is no checkpoint ({error}); it stays as it is. Take a "
            "copy of it from before, or another name to start anew"
        ) from error
    if stored.about["version"] > VERSION:
        raise ValueError(
            f"train: the checkpoint {path} is of version {stored.about['version']}, and this "
            f"lecturekit reads versions up to {VERSION}; install a newer one"
        )
    return stored


def _parsed(content: bytes) -> Stored:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files}
    found = arrays.pop("sha256").item()
    if found != _checksum(arrays):
        raise ValueError("its checksum is wrong")
    about = json.loads(arrays.pop("about").item())
    if about.pop("format") != FORMAT:
        raise ValueError("its format is another one")
    return Stored(about, arrays)


def _checksum(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
