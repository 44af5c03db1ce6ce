"""Every number that the lecture prints, as read-only arrays.

The names follow the slides of Hung-yi Lee, "Convolutional Neural Network" (National Taiwan
University, Machine Learning). Nothing here is computed: these are the values on the slides, and
the tests of the package compute them again.

>>> from lecturekit import lecture
>>> lecture.IMAGE.shape, lecture.FILTER_1.shape, lecture.FEATURE_MAP_1.shape
((6, 6), (3, 3), (4, 4))
"""

from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def _slide(rows: list[list[int]]) -> Integers:
    array = np.array(rows, dtype=np.int64)
    array.setflags(write=False)
    return array


IMAGE: Final = _slide(
    [
        [1, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 1, 0],
    ]
)
"""The 6x6 black-and-white image. Slide: *Convolution*."""

FILTER_1: Final = _slide([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
"""Filter 1, 3x3: a diagonal. Slide: *Convolution*."""

FILTER_2: Final = _slide([[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]])
"""Filter 2, 3x3: a vertical line. Slide: *Convolution*."""

KERAS_SLIDE_FILTER: Final = _slide([[1, -1, -1], [-1, 1, -1], [-1, -1, -1]])
"""The first filter on the slide *CNN in Keras*: filter 1 but for its last number, -1 for 1.

Probably a misprint, and a useful one: a turn by 180 degrees changes it, so its feature map
tells cross-correlation from convolution. Filters 1 and 2 cannot.
"""

FEATURE_MAP_1: Final = _slide([[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]])
"""Filter 1 on the image, stride 1. Slide: *Convolution, stride = 1*."""

FEATURE_MAP_2: Final = _slide([[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]])
"""Filter 2 on the image, stride 1. Slide: *Convolution*, "do the same process for every filter"."""

FEATURE_MAP_1_STRIDE_2: Final = _slide([[3, -3]])
"""The two values that the slide *Convolution, if stride = 2* prints: the first row of the map."""

POOLED_MAP_1: Final = _slide([[3, 0], [3, 1]])
"""The largest of each 2x2 block of `FEATURE_MAP_1`. Slide: *CNN - Max Pooling*."""

POOLED_MAP_2: Final = _slide([[-1, 1], [0, 3]])
"""The largest of each 2x2 block of `FEATURE_MAP_2`. Slide: *CNN - Max Pooling*."""

CONNECTED_PIXELS: Final = MappingProxyType(
    {3: (1, 2, 3, 7, 8, 9, 13, 14, 15), -1: (2, 3, 4, 8, 9, 10, 14, 15, 16)}
)
"""Which of the 36 pixels, counted from 1, the first two outputs of filter 1 are connected to.

The keys are the values of the outputs: 3 and, beside it, -1. Slide: *Convolution v.s. Fully
Connected*.
"""

FULLY_CONNECTED_EXAMPLE: Final = MappingProxyType(
    {"image": (100, 100, 3), "neurons": 1000, "weights": 30_000_000}
)
"""A 100x100 color image into 1000 neurons: 30 million weights. Slide: *Why CNN for Image*."""

INPUT_SHAPE: Final = (28, 28, 1)
"""The input of the lecture's network: 28x28 pixels, 1 channel (black and white). 3 is for RGB."""

LAYER_SHAPES: Final = MappingProxyType(
    {
        "conv2d_1": (26, 26, 25),
        "pool_1": (13, 13, 25),
        "conv2d_2": (11, 11, 50),
        "pool_2": (5, 5, 50),
        "flatten": (1250,),
    }
)
"""The output of each layer, channels last (the slide: 25 x 26 x 26). Slide: *CNN in Keras*."""

PARAMETERS_PER_FILTER: Final = MappingProxyType({"conv2d_1": 9, "conv2d_2": 225})
"""How many weights each filter has: 3x3x1 and 3x3x25. Slide: *CNN in Keras*."""
