"""A network in a file: its description as JSON beside its weights, in an archive of NumPy's."""

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lecturekit.reference import layers as own
from lecturekit.reference._arrays import Array

FORMAT = "lecturekit.reference.CNN 1"

Network = tuple[list[own.Layer], tuple[int, ...], dict[str, Array]]


def write(
    path: str | os.PathLike[str],
    layers: Sequence[own.Layer],
    input_shape: tuple[int, ...],
    weights: Mapping[str, Array],
) -> None:
    """Write a network beside its old version, then put it in its place in one step."""
    described = [{"type": type(layer).__name__, **asdict(layer)} for layer in layers]
    text = json.dumps({"format": FORMAT, "input_shape": input_shape, "layers": described})
    path = Path(path)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".unfinished", delete=False) as file:
        try:
            np.savez(file, allow_pickle=False, description=np.array(text), **weights)
        except BaseException:
            os.unlink(file.name)
            raise
    os.chmod(file.name, path.stat().st_mode if path.exists() else 0o644)
    os.replace(file.name, path)


def read(path: str | os.PathLike[str]) -> Network:
    """Read a network, or raise an error that names the file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            weights = {key: file[key] for key in file.files}
        description = json.loads(weights.pop("description").item())
        if description["format"] != FORMAT:
            raise ValueError(f"its format is {description['format']!r}, expected {FORMAT!r}")
        layers = [_layer(**arguments) for arguments in description["layers"]]
        return layers, tuple(description["input_shape"]), weights
    except (
        AttributeError, EOFError, LookupError, TypeError, ValueError, zipfile.BadZipFile
    ) as error:  # fmt: skip
        what = f"{type(error).__name__}: {error}"
        raise ValueError(f"load: {path} is not a file that CNN.save has written. {what}") from error


def _layer(**arguments: Any) -> own.Layer:
    kind = arguments.pop("type")
    if kind not in own.__all__:
        raise ValueError(f"it has a layer of the unknown kind {kind!r}")
    pairs = {name: tuple(v) if isinstance(v, list) else v for name, v in arguments.items()}
    layer: own.Layer = getattr(own, kind)(**pairs)
    return layer
