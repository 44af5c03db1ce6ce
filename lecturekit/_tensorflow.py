"""The one place that imports TensorFlow and Keras, and does it quietly.

TensorFlow's C++ code writes log lines with a time stamp to file descriptor 2 while it loads. In a
notebook they would become part of the output and differ at every run. So the descriptor is held
during the import, and what was written is shown only if the import fails.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextlib.contextmanager
def _held_stderr() -> Iterator[None]:
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


try:
    with _held_stderr():
        import keras
        import tensorflow as tf
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"this part of lecturekit needs TensorFlow and Keras, and {error.name!r} is not installed; "
        'install them with: pip install "lecturekit[tensorflow]"',
        name=error.name,
    ) from error

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "lecturekit needs Keras on TensorFlow, but Keras runs on "
        f"{keras.backend.backend()!r}: set KERAS_BACKEND=tensorflow and start again"
    )

__all__ = ["keras", "tf"]
