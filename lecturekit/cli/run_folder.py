"""The folder of a run: what is in it, that it belongs to one run, and that no file is half written.

Heavy packages are not needed here.
"""

import contextlib
import errno
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lecturekit.cli.trouble import Trouble, advice

SETTINGS: Final = "settings.json"
CHECKPOINT: Final = "checkpoint.npz"
MODEL: Final = "model.keras"
HISTORY_CSV: Final = "history.csv"
HISTORY_JSON: Final = "history.json"
CURVES: Final = "learning_curves.png"
MISTAKES: Final = "mistakes.png"
LOGS: Final = "logs"
_LOCK: Final = ".lock"
_UNFINISHED: Final = "unfinished-"
OWN = {SETTINGS, CHECKPOINT, MODEL, HISTORY_CSV, HISTORY_JSON, CURVES, MISTAKES, LOGS, _LOCK}
"""All that a run's folder may hold."""


class RunFolder:
    """A folder that holds one run, and nothing else.

    Parameters
    ----------
    path : str or path
        It need not be there yet.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def __str__(self) -> str:
        return str(self.path)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder, and keep other processes from training into it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise Trouble(f"--out {self} cannot be a folder: a file is in its place") from None
        except OSError as error:
            raise Trouble(
                f"--out {self} cannot be made ({error.strerror}){advice(error)}"
            ) from error
        self._refuse_other_files()
        with self._opened_lock() as file:
            if not _lock(file):
                raise Trouble(
                    f"another lecturekit is training into {self} now; wait for it, or take "
                    "another --out"
                )
            yield

    def settings(self) -> dict[str, Any] | None:
        """Return what the run was begun with, or None if there is no run."""
        try:
            found = json.loads((self / SETTINGS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise self._damaged() from error
        if not isinstance(found, dict) or not isinstance(found.get("arguments"), dict):
            raise self._damaged()
        return found

    def write(self, name: str, text: str) -> None:
        """Write a text file, whole or not at all."""
        with self.replacing(name) as unfinished:
            unfinished.write_text(text, encoding="utf-8", newline="\n")

    @contextlib.contextmanager
    def replacing(self, name: str) -> Iterator[Path]:
        """Yield where to write a file or a folder; then put it in the place of the old one."""
        unfinished = self / f"{_UNFINISHED}{name}"
        try:
            _remove(unfinished)
            yield unfinished
            if unfinished.is_dir():
                _remove(self / name)
            os.replace(unfinished, self / name)
        except BaseException as error:
            with contextlib.suppress(OSError):
                _remove(unfinished)
            if isinstance(error, OSError):
                said = error.strerror or str(error)
                raise Trouble(
                    f"{self / name} could not be written ({said}){advice(error)}"
                ) from error
            raise

    def _opened_lock(self) -> Any:
        try:
            return open(self / _LOCK, "ab")
        except OSError as error:
            raise Trouble(
                f"nothing can be written into {self} ({error.strerror}){advice(error)}"
            ) from error

    def _refuse_other_files(self) -> None:
        if (self / SETTINGS).exists():
            return
        others = sorted(
            item.name
            for item in self.path.iterdir()
            if item.name not in OWN and not item.name.startswith(_UNFINISHED)
        )
        if others:
            raise Trouble(
                f"--out {self} holds other files ({', '.join(others[:3])}) and no run; name a "
                "folder that is empty or not there yet"
            )

    def _damaged(self) -> Trouble:
        return Trouble(
            f"{self / SETTINGS} is damaged; remove it, then run `lecturekit train` again with "
            "the arguments of the run"
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _lock(file: Any) -> bool:
    """Take the lock of an open file; whatever ends the process gives it back."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network drives know no locks; then there is none.
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True
