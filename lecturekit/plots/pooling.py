"""Figures of chapter 3: blocks and windows of pooling, and a board that pooling confuses."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from matplotlib.patheffects import withStroke

from lecturekit import reference
from lecturekit.plots._checks import as_index
from lecturekit.plots._style import (
    BLUE,
    CARD,
    GREY,
    INK,
    LIGHT,
    SMALL,
    bare,
    heading,
    number,
    own_axes,
    panels,
)
from lecturekit.plots.cells import feature_map, frame, hatch
from lecturekit.shapes import Pair, as_integer, as_pair, pool2d_shape


def block_lines(ax: Axes, shape: tuple[int, int], size: Pair = 2) -> Axes:
    """Draw the borders of the blocks that pooling takes, and hatch what is left over.

    Parameters
    ----------
    ax : Axes
        A panel that shows an array of cells.
    shape : (int, int)
        Rows and columns of that array.
    size : int or (int, int)
        Rows and columns of a block.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError, TypeError
        If the size is not one or two integers of at least 1.
    """
    height, width = as_pair(size, "size", minimum=1, name="block_lines")
    rows, columns = shape[0] // height * height, shape[1] // width * width
    for row in range(0, rows + 1, height):
        ax.plot([-0.5, columns - 0.5], [row - 0.5] * 2, color=INK, linewidth=1.6, clip_on=False)
    for column in range(0, columns + 1, width):
        ax.plot([column - 0.5] * 2, [-0.5, rows - 0.5], color=INK, linewidth=1.6, clip_on=False)
    return _hatch_rest(ax, shape, (rows, columns))


def pooling_step(
    values: npt.ArrayLike,
    *,
    size: int = 2,
    stride: int | None = None,
    output: int = 0,
    kind: Literal["max", "mean"] = "max",
) -> Axes:
    """One step of pooling: the window, its numbers and the cell it writes.

    Parameters
    ----------
    values : (H, W) array
    size : int, at least 1
        Height and width of the window.
    stride : int, at least 1, optional
        How far the window moves; by default its own size.
    output : int
        Which cell of the result, counted from 0, row by row.
    kind : "max" or "mean"

    Returns
    -------
    Axes
        The panel of the result; the map is on the same figure. Rows and columns of the map that
        no window reads are hatched.

    Raises
    ------
    ValueError
        If `values` is no map, the window does not fit on it, or there is no such output or kind.
    TypeError
        If `size`, `stride` or `output` is not an integer.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> pooling_step(lecture.FEATURE_MAP_1).get_title(loc="left")
    'max, 2 x 2'
    """
    array = np.asarray(values)
    if array.ndim != 2:
        raise ValueError(f"pooling_step: expected a map (H, W), got {array.shape}")
    size = as_integer(size, "size", minimum=1, name="pooling_step")
    step = as_integer(size if stride is None else stride, "stride", minimum=1, name="pooling_step")
    pool = {"max": reference.max_pool2d, "mean": reference.avg_pool2d}.get(kind)
    if pool is None:
        raise ValueError(f'pooling_step: kind must be "max" or "mean", got {kind!r}')
    images = array[np.newaxis, :, :, np.newaxis]
    pool2d_shape(images.shape, size, stride=step, name="pooling_step")
    result = pool(images, size, stride=step)[0, :, :, 0]
    output = as_index(output, "output", count=result.size, name="pooling_step")
    row, column = divmod(output, result.shape[1])
    top, left = row * step, column * step
    limit = 1.3 * max(float(np.abs(array).max()), 1.0)

    _, axes = panels(2, height=3.3)
    feature_map(array, ax=axes[0], title=f"map, {array.shape[0]} x {array.shape[1]}", limit=limit)
    reached = tuple((n - 1) * step + size for n in result.shape)
    _hatch_rest(axes[0], array.shape, (reached[0], reached[1]))
    frame(axes[0], top, left, size, size)
    title = f"{kind}, {result.shape[0]} x {result.shape[1]}"
    feature_map(result, ax=axes[1], title=title, limit=limit)
    # A result of few cells is drawn as small as its cells are in the map.
    axes[1].set(xlim=(-0.5, array.shape[1] - 0.5), ylim=(array.shape[0] - 0.5, -0.5))
    frame(axes[1], row, column, 1, 1)
    numbers = ", ".join(number(v) for v in array[top : top + size, left : left + size].flat)
    text = f"{kind}({numbers}) = {number(result[row, column])}"
    axes[0].text(0, -0.06, text, transform=axes[0].transAxes, fontsize=SMALL, color=INK, va="top")
    return axes[1]


def board(
    stones: npt.ArrayLike,
    *,
    marks: Iterable[tuple[int, int]] = (),
    size: int = 2,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """A Go position with the blocks that pooling would take.

    Parameters
    ----------
    stones : (H, W, 2) array of 0 and 1
        Channel 0 holds the black stones, channel 1 the white ones.
    marks : iterable of (row, column)
        Points to mark with a cross.
    size : int, at least 1
        Rows and columns of a block; dashed lines run between the blocks.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the shape is not that of a position, two stones stand on one point, or `size` is below 1.
    TypeError
        If `size` is not an integer.

    Examples
    --------
    >>> import numpy as np
    >>> stones = np.zeros((4, 4, 2), int)
    >>> stones[1, 2, 0] = stones[2, 2, 1] = 1
    >>> len(board(stones).patches)
    2
    """
    array = np.asarray(stones)
    if array.ndim != 3 or array.shape[2] != 2:
        raise ValueError(f"board: expected (H, W, 2) stones, got {array.shape}")
    if array.sum(axis=2).max(initial=0) > 1:
        raise ValueError("board: a black and a white stone stand on one point")
    size = as_integer(size, "size", minimum=1, name="board")
    height, width, _ = array.shape
    ax = own_axes(ax)
    for row in range(height):
        ax.plot([0, width - 1], [row, row], color=GREY, linewidth=0.8, zorder=1)
    for column in range(width):
        ax.plot([column, column], [0, height - 1], color=GREY, linewidth=0.8, zorder=1)
    for row, column, channel in np.argwhere(array):
        face = (INK, "white")[channel]
        ax.add_patch(
            Circle((column, row), 0.42, facecolor=face, edgecolor=INK, linewidth=1.2, zorder=3)
        )
    for row, column in marks:
        ax.plot(column, row, marker="x", color=BLUE, markersize=8, markeredgewidth=2.2, zorder=4)
    for edge in range(size, height, size):
        ax.axhline(edge - 0.5, color=LIGHT, linestyle="--", linewidth=1.2, zorder=0)
    for edge in range(size, width, size):
        ax.axvline(edge - 0.5, color=LIGHT, linestyle="--", linewidth=1.2, zorder=0)
    ax.set(xlim=(-0.6, width - 0.4), ylim=(height - 0.4, -0.6), aspect="equal")
    bare(ax)
    heading(ax, title)
    return ax


def _hatch_rest(ax: Axes, shape: tuple[int, ...], reached: tuple[int, int]) -> Axes:
    """Hatch the rows and columns beyond the ones that were reached, below their numbers."""
    if reached[0] < shape[0]:
        hatch(ax, reached[0], 0, shape[0] - reached[0], shape[1])
    if reached[1] < shape[1]:
        hatch(ax, 0, reached[1], reached[0], shape[1] - reached[1])
    for text in ax.texts:
        column, row = text.get_position()
        if row >= reached[0] or column >= reached[1]:
            text.set(zorder=6, color=INK, path_effects=[withStroke(linewidth=3, foreground=CARD)])
    return ax
