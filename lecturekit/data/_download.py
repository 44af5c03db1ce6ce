"""MNIST from the network: mirrors, one after the other, until one gives the right numbers."""

import os
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np

from lecturekit._progress import progress_bar
from lecturekit.data._bundled import Arrays, DataFileError
from lecturekit.data._mnist_checks import check_content, check_form
from lecturekit.data._mnist_files import FILES, read_arrays

MIRRORS: tuple[str, ...] = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
"""A ``.npz`` file, or a folder (with a slash at its end) that has the four gzipped IDX files."""
NAME: Final = "mnist.npz"
ROUNDS: int = 2
"""How often a mirror is asked that was out of reach; one that answers wrongly is asked once."""
PAUSE: float = 2.0
"""Seconds between two rounds."""
TIMEOUT: tuple[float, float] = (5.0, 30.0)
"""Seconds to wait for a connection, and for the next bytes."""
_BUSY: Final = (408, 429)  # and from 500 on: an answer that may be another one a moment later


class _MirrorError(Exception):
    """A mirror gave no MNIST."""

    def __init__(self, reason: str, *, temporary: bool) -> None:
        super().__init__(reason)
        self.temporary = temporary


def cache_folder() -> Path:
    """Return where downloads are kept: LECTUREKIT_CACHE, or the system's folder for caches."""
    named = os.environ.get("LECTUREKIT_CACHE")
    if named:
        return Path(named).expanduser()
    from pooch import os_cache

    return Path(os_cache("lecturekit"))


def download(target: Path) -> Arrays:
    """Download MNIST, compare its checksums, and put it at `target`, whole or not at all.

    Each call works in a new folder beside `target` and moves the finished file from there. So
    several processes may download at once, and an interruption leaves nothing.

    Parameters
    ----------
    target : Path
        The ``.npz`` file to write. Missing folders are made.

    Returns
    -------
    dict of str to numpy.ndarray
        The public MNIST, checked.

    Raises
    ------
    ConnectionError
        If no mirror gave the right numbers; it says why for each, and what to do without them.
    OSError
        If the file cannot be written: no space, no permission.
    """
    folder, failures = target.parent, dict[str, str]()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder) as work:
            arrays = _from_mirrors(Path(work), failures)
            if arrays is not None:
                _move(Path(work, NAME), target)
                return arrays
    except OSError as error:
        raise _not_written(folder, error) from error
    raise _no_mirror(target, failures)


def _from_mirrors(work: Path, failures: dict[str, str]) -> Arrays | None:
    """Return MNIST from the first mirror that has it; note in `failures` why others have not."""
    waiting = list(MIRRORS)
    for attempt in range(ROUNDS):
        if attempt and waiting:
            time.sleep(PAUSE)
        for mirror in tuple(waiting):
            try:
                return _from_mirror(mirror, work)
            except _MirrorError as error:
                failures[mirror] = str(error)
                if not error.temporary:
                    waiting.remove(mirror)
    return None


def _from_mirror(mirror: str, work: Path) -> Arrays:
    """Download from one mirror; leave a right ``mnist.npz`` in `work` and return its arrays."""
    npz, file = not mirror.endswith("/"), work / NAME
    names = [""] if npz else [f"{name}.gz" for name in FILES.values()]
    for name in names:
        _fetch(mirror + name, work / name if name else file)
    try:
        arrays = read_arrays(file if npz else work)
        check_form(arrays)
        check_content(arrays)
    except DataFileError as error:
        raise _MirrorError(str(error), temporary=False) from error
    if not npz:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return arrays


def _fetch(address: str, file: Path) -> None:
    """Download one file, with progress."""
    from pooch import HTTPDownloader

    with closing(_Bar(address.rpartition("/")[2])) as bar:
        get = HTTPDownloader(progressbar=bar, chunk_size=bar.chunk, timeout=TIMEOUT)
        try:
            get(address, str(file), None)
        except (OSError, ValueError) as error:
            if _is_of_the_disk(error):
                raise
            raise _unreachable(error) from error


class _Bar:
    """What pooch takes for a progress bar: it shows itself when the server has answered."""

    chunk = 2**16  # bytes

    def __init__(self, name: str) -> None:
        self._name = name
        self._bar: Any = None

    @property
    def total(self) -> int | None:
        """How many bytes come; None until it is known."""
        return None if self._bar is None else self._bar.total

    @total.setter
    def total(self, count: int) -> None:
        self._bar = progress_bar(total=count or None, desc=self._name, unit="B", unit_scale=True)

    def update(self, count: int) -> None:
        """Count bytes that have come."""
        self._bar.update(count)

    def reset(self) -> None:
        """Count from 0 again, as pooch does before it fills the bar."""
        self._bar.reset()

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def _is_of_the_disk(error: Exception) -> bool:
    """Tell a full disk from a lost network: errors of requests are OSErrors, but have no number."""
    network = isinstance(error, (ConnectionError, TimeoutError))
    return isinstance(error, OSError) and error.errno is not None and not network


def _unreachable(error: Exception) -> _MirrorError:
    response = getattr(error, "response", None)
    if response is None:
        return _MirrorError(
            f"no answer, or not a whole one ({type(error).__name__})", temporary=True
        )
    status = response.status_code
    temporary = status in _BUSY or status >= 500
    return _MirrorError(f"the server answered {status} {response.reason}", temporary=temporary)


def _move(file: Path, target: Path) -> None:
    try:
        os.replace(file, target)
    except PermissionError:  # on Windows, while another process reads what it has just put there
        if not target.is_file():
            raise


def _not_written(folder: Path, error: OSError) -> OSError:
    text = (
        f"load_mnist: MNIST cannot be stored ({error.strerror or error}). It needs about 25 MB in "
        "a folder that may be written to; the environment variable LECTUREKIT_CACHE names another "
        "one. Nothing half-written was left"
    )
    return OSError(error.errno, text, str(folder))


def _no_mirror(target: Path, failures: dict[str, str]) -> ConnectionError:
    reasons = "".join(f"\n  {mirror}: {reason}" for mirror, reason in failures.items())
    return ConnectionError(
        f"load_mnist: MNIST could not be downloaded.{reasons}\n"
        "Without a network, get Keras's mnist.npz or the four IDX files "
        f"({', '.join(f'{name}.gz' for name in FILES.values())}) elsewhere. Then either\n"
        f"  - put mnist.npz here: {target}\n"
        "  - or call load_mnist(path) with the file, or with the folder of the four files\n"
        "  - or let the environment variable LECTUREKIT_MNIST name it.\n"
        "load_digits() needs no network at all."
    )
