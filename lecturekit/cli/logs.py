"""The curves of a training as TensorBoard reads them, written without TensorBoard."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lecturekit.cli.history_files import columns
from lecturekit.cli.run_folder import LOGS, RunFolder
from lecturekit.cli.trouble import Trouble

if TYPE_CHECKING:
    from lecturekit.training import History

_VALIDATION = "validation_"


def write(folder: RunFolder, history: "History") -> None:
    """Write ``logs/train`` and ``logs/validation``, in the place of those from before.

    ``tf.summary.scalar`` would need TensorBoard, and ``tf.summary.write`` does not.
    """
    from lecturekit._tensorflow import tf

    series = {"train": {}, "validation": {}}  # type: dict[str, dict[str, list[float]]]
    for name, values in columns(history).items():
        part = "validation" if name.startswith(_VALIDATION) else "train"
        series[part][f"epoch_{name.removeprefix(_VALIDATION)}"] = values
    try:
        with folder.replacing(LOGS) as unfinished:
            for part, curves in series.items():
                if curves:
                    _write(unfinished / part, curves, start=1)
            _write(unfinished / "train", {"batch_loss": history.step_loss.tolist()}, start=0)
    except tf.errors.OpError as error:
        raise Trouble(f"{folder / LOGS} could not be written ({error.message})") from error


def _write(path: Path, curves: dict[str, list[float]], start: int) -> None:
    """Write curves whose first values have the step `start`."""
    from lecturekit._tensorflow import tf

    writer = tf.summary.create_file_writer(str(path), filename_suffix=f".{start}.v2")
    with writer.as_default():
        for name, values in curves.items():
            for step, value in enumerate(values, start=start):
                tensor = tf.constant(value, tf.float32)
                tf.summary.write(name, tensor, step=step, metadata=_as_scalar())
    writer.close()


def _as_scalar() -> Any:
    """Return what tells TensorBoard to draw a curve."""
    from lecturekit._tensorflow import tf

    kind = tf.compat.v1.SummaryMetadata
    return kind(plugin_data=kind.PluginData(plugin_name="scalars"))
