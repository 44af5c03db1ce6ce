"""Images that an ascent found: each with its rising curve, or rung by rung."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lecturekit.plots._checks import without_channel
from lecturekit.plots._style import (
    BLUE,
    GREY,
    GREYS,
    INK,
    LIGHT,
    SMALL,
    bare,
    heading,
    number,
    own_axes,
)
from lecturekit.shapes import as_integer

_TILE, _CURVE, _TEXT, _GAP = 1.0, 0.34, 0.27, 0.14
"""Heights in widths of an image: the image, its curve, a line of text, the space below."""


def ascent_sheet(
    images: npt.ArrayLike,
    scores: npt.ArrayLike,
    *,
    names: Sequence[str] | None = None,
    columns: int = 10,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Every image of an ascent, and below it how its score rose: the curve, its start and end.

    Each curve fills its own strip, from its lowest to its highest value: what it shows is *how* the
    score rose. From where to where stands below in numbers, rounded to integers.

    Parameters
    ----------
    images : (n, H, W) or (n, H, W, 1) array in [0, 1]
    scores : (steps + 1, n) array
        As in `lecturekit.feature_visualization.Ascent`.
    names : sequence of str, optional
        A line above each; by default 0, 1, 2, ...
    columns : int, at least 1
        How many in a row.
    ax, title
        As in `image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is nothing to show, images, scores and names do not belong together, a score is
        not finite, or `columns` is below 1.
    TypeError
        If `columns` is not an integer.

    Examples
    --------
    >>> sheet = ascent_sheet(np.zeros((2, 28, 28)), [[-1, 0], [1, 3]])
    >>> [text.get_text() for text in sheet.texts]
    ['0', '−1 → 1', '1', '0 → 3']
    """
    tiles, rises = _checked(images, scores)
    labels = [str(n) for n in range(len(tiles))] if names is None else list(names)
    if len(labels) != len(tiles):
        raise ValueError(f"ascent_sheet: {len(tiles)} images but {len(labels)} names")
    columns = as_integer(columns, "columns", minimum=1, name="ascent_sheet")
    width, height = 1 + _GAP, 2 * _TEXT + _TILE + _CURVE + _GAP
    rows = -(-len(tiles) // columns)
    ax = own_axes(ax, height=0.1 + 7.0 * rows * height / (columns * width))
    bare(ax)
    heading(ax, title)
    for n, (tile, rise, label) in enumerate(zip(tiles, rises.T, labels, strict=True)):
        _entry(ax, tile, rise, label, left=n % columns * width, top=n // columns * height)
    ax.set_xlim(-_GAP, columns * width)
    ax.set_ylim(rows * height, 0)
    ax.set_aspect("equal")
    return ax


def ladder(
    images: npt.ArrayLike,
    names: Sequence[str],
    notes: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Rows of images of the same units, one row for each way of finding them, from top to bottom.

    Parameters
    ----------
    images : (rows, n, H, W) or (rows, n, H, W, 1) array in [0, 1]
    names : sequence of str
        What was done in each row: a line above it, on the left.
    notes : sequence of str, optional
        What it came to: on the right of the same line.
    ax, title
        As in `image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is nothing to show, or images, names and notes do not belong together.

    Examples
    --------
    >>> rungs = ladder(np.zeros((2, 10, 28, 28)), ["no penalty", "L1"], ["ink 376", "ink 142"])
    >>> [text.get_text() for text in rungs.texts]
    ['no penalty', 'ink 376', 'L1', 'ink 142']
    """
    tiles = without_channel(images, 4)
    if tiles.ndim != 4 or not tiles.size:
        raise ValueError(f"ladder: expected images (rows, n, H, W), got {np.shape(images)}")
    right = [""] * len(tiles) if notes is None else list(notes)
    if not len(tiles) == len(names) == len(right):
        raise ValueError(f"ladder: {len(tiles)} rows, {len(names)} names and {len(right)} notes")
    width, height = 1 + _GAP, _TEXT + _TILE + _GAP
    wide = tiles.shape[1] * width - _GAP
    ax = own_axes(ax, height=0.1 + 7.0 * len(tiles) * height / wide)
    bare(ax)
    heading(ax, title)
    text: dict[str, Any] = {"fontsize": SMALL, "va": "center"}
    for row, (line, name, note) in enumerate(zip(tiles, names, right, strict=True)):
        top = row * height
        ax.text(0, top + _TEXT / 2, name, color=INK, ha="left", **text)
        ax.text(wide, top + _TEXT / 2, note, color=GREY, ha="right", **text)
        for n, tile in enumerate(line):
            _tile(ax, tile, n * width, top + _TEXT)
    ax.set_xlim(-_GAP, wide + _GAP)
    ax.set_ylim(len(tiles) * height, 0)
    ax.set_aspect("equal")
    return ax


def _checked(
    images: npt.ArrayLike, scores: npt.ArrayLike
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    tiles, rises = without_channel(images, 3), np.asarray(scores, dtype=float)
    if tiles.ndim != 3 or not len(tiles):
        raise ValueError(f"ascent_sheet: expected images (n, H, W), got {np.shape(images)}")
    if rises.ndim != 2 or not len(rises) or rises.shape[1] != len(tiles):
        raise ValueError(
            f"ascent_sheet: expected scores (steps + 1, {len(tiles)}), got {rises.shape}"
        )
    if not np.isfinite(rises).all():
        raise ValueError(f"ascent_sheet: expected finite scores, got {rises}")
    return tiles, rises


def _entry(
    ax: Axes, tile: npt.NDArray[Any], rise: npt.NDArray[Any], label: str, *, left: float, top: float
) -> None:
    """One image with its name above, its curve and two numbers below."""
    text: dict[str, Any] = {"fontsize": SMALL, "ha": "center", "va": "center"}
    ax.text(left + 0.5, top + _TEXT / 2, label, color=GREY, **text)
    above, below = top + _TEXT, top + _TEXT + _TILE
    _tile(ax, tile, left, above)
    span = float(np.ptp(rise)) or 1.0
    height = (rise - rise.min()) / span
    margin = 0.06
    ax.plot(
        left + np.linspace(0, 1, len(rise)),
        below + _CURVE - (_CURVE - 2 * margin) * height - margin,
        color=BLUE,
        linewidth=1.2,
    )
    ends = f"{number(round(rise[0]))} → {number(round(rise[-1]))}"
    ax.text(left + 0.5, below + _CURVE + _TEXT / 2, ends, color=INK, **text)


def _tile(ax: Axes, tile: npt.NDArray[Any], left: float, top: float) -> None:
    """One image, a unit wide, with its border."""
    extent = (left, left + 1, top + _TILE, top)
    ax.imshow(tile, extent=extent, cmap=GREYS, vmin=0, vmax=1, interpolation="nearest")
    ax.add_patch(Rectangle((left, top), 1, _TILE, fill=False, edgecolor=LIGHT, linewidth=0.5))
