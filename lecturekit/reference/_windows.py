"""A window that slides over images: where it stops, and the pixels that it meets there."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lecturekit.reference._arrays import Array, pad_image
from lecturekit.shapes import Padding, Pair, as_pair, pad_amounts, window_shape

Parts = list[slice]

BLOCK = 1 << 21
"""Bytes of patches that are worked on at a time: few enough to stay in the processor's caches."""


def few(run: int) -> bool:
    """Say whether so few numbers stand together in memory that copying them is slow.

    NumPy starts a loop for each run of numbers; for a run this short, starting costs more.
    """
    return run < 16


@dataclass(frozen=True)
class Windows:
    """All positions of a window on images of one size.

    Pairs are (vertical, horizontal). `out` is the number of positions, and `pads` is what
    surrounds the image: ((top, bottom), (left, right)).
    """

    kernel: tuple[int, int]
    out: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    pads: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))

    @classmethod
    def on(
        cls,
        image: Sequence[int],
        kernel: Pair,
        *,
        stride: Pair,
        padding: Padding,
        name: str,
        dilation: Pair = 1,
    ) -> "Windows":
        """Lay windows on images of the size ``(H, W)``, or raise as the function `name`."""
        height, width = image
        window = as_pair(kernel, "kernel", minimum=1, name=name)
        steps = as_pair(stride, "stride", minimum=1, name=name)
        gaps = as_pair(dilation, "dilation", minimum=1, name=name)
        arguments = (height, width), window
        pads = pad_amounts(*arguments, stride=steps, padding=padding, dilation=gaps, name=name)
        out = window_shape(*arguments, stride=steps, padding=padding, dilation=gaps, name=name)
        return cls(window, out, steps, gaps, pads)

    @property
    def disjoint(self) -> bool:
        """Say whether no pixel lies in two windows."""
        return self.stride[0] >= self.kernel[0] and self.stride[1] >= self.kernel[1]

    def seen(self, out: tuple[int, int]) -> tuple[int, int]:
        """Return how many rows and columns of the padded image lead to the first outputs."""
        down, right = self.stride
        reach = [d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]
        return (out[0] - 1) * down + reach[0], (out[1] - 1) * right + reach[1]

    def taps(self, rows: slice | None = None) -> list[tuple[slice, slice, slice]]:
        """Index the pixels of the padded images that each weight meets, row by row of the window.

        With `rows`, only at the positions in these rows.
        """
        first, last = (0, self.out[0]) if rows is None else (rows.start, rows.stop)
        (down, right), (gap_down, gap_right) = self.stride, self.dilation
        return [
            (
                slice(None),
                slice(top + first * down, top + (last - 1) * down + 1, down),
                slice(left, left + (self.out[1] - 1) * right + 1, right),
            )
            for top in range(0, self.kernel[0] * gap_down, gap_down)
            for left in range(0, self.kernel[1] * gap_right, gap_right)
        ]

    def padded(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the images ``(N, H, W, C)`` with their padding."""
        (top, bottom), (left, right) = self.pads
        return shape[0], top + shape[1] + bottom, left + shape[2] + right, shape[3]

    def crop(self, padded: Array) -> Array:
        """Take the padding off again."""
        (top, bottom), (left, right) = self.pads
        return padded[:, top : padded.shape[1] - bottom, left : padded.shape[2] - right]

    def blocks(self, images: int, channels: int, itemsize: int) -> Iterator[tuple[slice, Parts]]:
        """Split the images, and the rows of large ones, so that their patches fill a `BLOCK`."""
        rows, columns = self.out
        row = max(1, columns * math.prod(self.kernel) * channels * itemsize)
        at_once, step = max(1, BLOCK // (rows * row)), min(rows, max(1, BLOCK // row))
        parts = [slice(i, min(i + step, rows)) for i in range(0, rows, step)]
        for n in range(0, images, at_once):
            yield slice(n, n + at_once), parts

    def patches(self, x: Array) -> Iterator[tuple[tuple[slice, slice], Array]]:
        """Yield the patches in blocks: a matrix with one row a position, one column a weight.

        One more column holds ones: so the bias is one more weight, that of a pixel which is
        always 1. With each matrix comes the index (images, rows) of the outputs that it leads to.
        The next block overwrites it.

        A patch is copied in runs of numbers that stand next to each other in memory: the pixels
        of a row of the window, with all their channels. Where this run is short, as in an image
        with one channel, the same matrix is filled column by column instead: all pixels that one
        weight meets are then the run.
        """
        width, channels = self.kernel[1], x.shape[3]
        reach = [d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]
        (down, right), (gap_down, gap_right) = self.stride, self.dilation
        memory = np.empty(0, x.dtype)  # of the largest block, which comes first
        for images, parts in self.blocks(len(x), channels, x.itemsize):
            seen = sliding_window_view(pad_image(x[images], self.pads), reach, axis=(1, 2))
            seen = seen[:, ::down, ::right, :, ::gap_down, ::gap_right]
            for rows in parts:
                patches = seen[:, rows].transpose(0, 1, 2, 4, 5, 3)
                shape = math.prod(patches.shape[:3]), math.prod(patches.shape[3:]) + 1
                if not memory.size:
                    memory = np.empty(math.prod(shape), x.dtype)
                matrix = memory[: math.prod(shape)]
                yield (images, rows), _fill(matrix, shape, patches, few(width * channels))


def _fill(memory: Array, shape: tuple[int, int], patches: Array, by_columns: bool) -> Array:
    """Copy patches ``(N, rows, columns, kh, kw, C)`` into a matrix with a last column of ones."""
    if by_columns:
        columns = memory.reshape(shape[::-1])
        cells = columns[:-1].reshape(*patches.shape[3:], *patches.shape[:3])
        cells[...] = patches.transpose(3, 4, 5, 0, 1, 2)
        matrix = columns.T
    else:
        matrix = memory.reshape(shape)
        matrix[:, :-1].reshape(patches.shape)[...] = patches
    matrix[:, -1] = 1
    return matrix
