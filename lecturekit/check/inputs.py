"""Random inputs that a reader can still follow with a pencil."""

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


def whole_numbers(rng: np.random.Generator, *shape: int, largest: int = 3) -> Numbers:
    """Return whole numbers from -largest to largest, as floats."""
    return rng.integers(-largest, largest + 1, shape).astype(np.float64)


def lopsided(rng: np.random.Generator, *shape: int) -> Numbers:
    """Return weights that no turn and no mirror leaves as they are, with halves among them."""
    halves = rng.permutation(np.arange(np.prod(shape)) / 2).reshape(shape)
    return whole_numbers(rng, *shape) + halves


def without_ties(rng: np.random.Generator, *shape: int) -> Numbers:
    """Return quarters, no two of them alike: where a maximum is, is never in doubt."""
    count = int(np.prod(shape))
    return (rng.permutation(count).reshape(shape) - count // 2) / 4.0
