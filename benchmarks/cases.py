"""What is measured: convolutions, poolings and one epoch of training, with their data."""

import functools
import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lecturekit import data, shapes
from lecturekit.reference._windows import BLOCK

Array = npt.NDArray[Any]
Shape = tuple[int, int, int, int]
Operation = Literal["convolve", "convolve_backward", "pool", "pool_backward", "train"]


@dataclass(frozen=True)
class Case:
    """One operation on data of one size.

    `x` is the shape of the images (N, H, W, C); `w` is that of the filters (kh, kw, C, F), or of
    the window of a pooling, whose two last numbers do not matter.
    """

    name: str
    operation: Operation
    layer: str = ""
    x: Shape = (0, 0, 0, 0)
    w: Shape = (0, 0, 0, 0)
    stride: int = 1
    padding: Literal["valid", "same"] = "valid"

    @property
    def options(self) -> dict[str, Any]:
        """The options of the functions of `lecturekit.reference`."""
        return {"stride": self.stride, "padding": self.padding}

    @property
    def pads(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The zeros around the image: ((top, bottom), (left, right))."""
        return shapes.pad_amounts(self.x[1:3], self.w[:2], **self.options, name=self.name)

    @property
    def y(self) -> Shape:
        """The shape of the result."""
        rows, columns = shapes.window_shape(self.x[1:3], self.w[:2], **self.options, name=self.name)
        return self.x[0], rows, columns, self.w[3] if "convolve" in self.operation else self.x[3]

    @property
    def slow_ways(self) -> bool:
        """Whether SciPy and plain loops are measured too: elsewhere they take too long."""
        return self.operation == "convolve" and self.layer in ("layer 1", "layer 2")

    @property
    def patches(self) -> int:
        """Bytes of the largest matrix of patches that the NumPy code makes at a time."""
        return min(BLOCK, 4 * math.prod(self.y[:3]) * math.prod(self.w[:2]) * self.x[3])


@functools.cache
def arrays(case: Case) -> dict[str, Array]:
    """Images, filters, bias and the gradient of the result, the same each time."""
    rng = np.random.default_rng(0)
    arrays = {
        "x": rng.random(case.x, dtype=np.float32),
        "w": rng.standard_normal(case.w, dtype=np.float32),
        "b": rng.standard_normal(case.w[3], dtype=np.float32),
        "d_y": rng.standard_normal(case.y, dtype=np.float32),
    }
    return arrays if "convolve" in case.operation else {k: arrays[k] for k in ("x", "d_y")}


@functools.cache
def training_data() -> tuple[Array, Array]:
    """The bundled digits that the book trains on."""
    digits = data.load_digits()
    return digits.x_train, digits.y_train


CONVOLUTIONS: dict[str, dict[str, Any]] = {
    "layer 1": {"x": (32, 28, 28, 1), "w": (3, 3, 1, 25)},
    "layer 2": {"x": (32, 13, 13, 25), "w": (3, 3, 25, 50)},
    "wide layer": {"x": (8, 56, 56, 64), "w": (3, 3, 64, 64), "padding": "same"},
    "photo layer": {"x": (1, 224, 224, 3), "w": (7, 7, 3, 64), "stride": 2, "padding": "same"},
}
POOLINGS: dict[str, dict[str, Any]] = {
    "pooling 1": {"x": (32, 26, 26, 25), "w": (2, 2, 1, 1), "stride": 2},
    "pooling 2": {"x": (32, 11, 11, 50), "w": (2, 2, 1, 1), "stride": 2},
}
BATCH = 100
EPOCHS = 3  # in one call: starting a training takes time of its own

OPERATIONS = (
    *(
        Case(f"{layer}, {ending}", operation, layer, **sizes)
        for layers, operations in (
            (CONVOLUTIONS, {"forward": "convolve", "gradients": "convolve_backward"}),
            (POOLINGS, {"forward": "pool", "gradient": "pool_backward"}),
        )
        for layer, sizes in layers.items()
        for ending, operation in operations.items()
    ),
)
TRAINING = Case("one epoch", "train")
CASES = {case.name: case for case in (*OPERATIONS, TRAINING)}
