"""The weights of a network: drawn anew, or checked against its layers."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from lecturekit.reference._arrays import Array, as_numbers
from lecturekit.shapes import ShapeError, as_integer


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
