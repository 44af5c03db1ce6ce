"""The weights of a network, drawn anew or checked, and a network in a file."""

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array, as_numbers
from lecturekit.reference.layers import Layer, described
from lecturekit.shapes import ShapeError, as_integer

FORMAT = "lecturekit.reference.CNN 1"


def drawn(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Array]:
    """Draw new weights: Glorot uniform kernels and zero biases, as Keras begins."""
    rng = np.random.default_rng(as_integer(seed, "seed", minimum=0, name="CNN"))
    weights: dict[str, Array] = {}
    for name, shape in shapes.items():
        positions = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (positions * sum(shape[-2:])))
        drawn = rng.uniform(-limit, limit, shape) if len(shape) > 1 else np.zeros(shape)
        weights[name] = drawn.astype(np.float32)
    return weights


def checked(
    weights: Mapping[str, npt.ArrayLike], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Array]:
    """Return copies of the weights in one dtype, or say which of them do not fit."""
    if not isinstance(weights, Mapping):
        raise TypeError(f"CNN: weights must be a mapping of names to arrays, got {weights!r}")
    if weights.keys() != shapes.keys():
        missing, unknown = sorted(shapes.keys() - weights.keys()), sorted(weights.keys() - shapes)
        raise ValueError(f"CNN: weights that are missing: {missing}; not known: {unknown}")
    arrays = {name: as_numbers(weights[name], name, name="CNN") for name in shapes}
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ShapeError(f"CNN: {name} must have shape {shape}, got {arrays[name].shape}")
    floats = [array.dtype for array in arrays.values() if array.dtype.kind == "f"]
    dtype = np.result_type(np.float32, *floats)
    return {name: array.astype(dtype) for name, array in arrays.items()}


def write(
    path: str | os.PathLike[str],
    layers: Sequence[Layer],
    input_shape: Sequence[int],
    weights: Mapping[str, Array],
) -> None:
    """Write a network beside its old version, then put it in its place in one step.

    The file is an archive of NumPy's: the description as JSON, and the weights.
    """
    kinds = [{"kind": type(layer).__name__, "config": asdict(layer)} for layer in layers]
    text = json.dumps({"format": FORMAT, "input_shape": input_shape, "layers": kinds})
    path = Path(path)
    mode = path.stat().st_mode if path.is_file() else 0o644
    handle, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".unfinished")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **{"description": np.array(text), **weights})  # type: ignore[arg-type]
        os.chmod(unfinished, mode)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the arguments of the `CNN` that a file holds; a damaged one may raise any error."""
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError("it is not an .npz archive")
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            weights = {key: archive[key] for key in archive.files}
    about = json.loads(weights.pop("description").item())
    if about["format"] != FORMAT:
        raise ValueError(f"its format is {about['format']!r}, expected {FORMAT!r}")
    layers = [described(**layer) for layer in about["layers"]]
    return {"layers": layers, "input_shape": about["input_shape"], "weights": weights}
