"""The fully connected layer in disguise: which weight joins which pixel to which output."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.patches import Rectangle

from lecturekit import reference
from lecturekit.plots._checks import as_index
from lecturekit.plots._style import (
    CARD,
    GREY,
    INK,
    LARGE,
    LIGHT,
    SMALL,
    bare,
    heading,
    number,
    own_axes,
)

WEIGHT_COLORS: Final = (
    "#332288", "#88CCEE", "#44AA99",
    "#117733", "#999933", "#DDCC77",
    "#CC6677", "#882255", "#AA4499",
)  # fmt: skip
"""One color for each of the nine shared weights, none of which has another meaning in the book."""


def connection_matrix(
    matrix: npt.ArrayLike, *, shared: bool = False, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """The weights between all pixels (rows) and all outputs (columns); white where there are none.

    Parameters
    ----------
    matrix : (pixels, outputs) array
        The table of `lecturekit.reference.connections`: 0 where there is no connection.
    shared : bool
        Give each of the nine numbers its own color; else all connections are grey.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the table is not (pixels, outputs), or is to show more shared weights than nine.
    """
    table = np.asarray(matrix)
    if table.ndim != 2 or not table.size:
        raise ValueError(f"connection_matrix: expected (pixels, outputs), got {table.shape}")
    if shared and table.max() > len(WEIGHT_COLORS):
        raise ValueError(
            f"connection_matrix: expected at most {len(WEIGHT_COLORS)} shared weights, "
            f"got {table.max()}"
        )
    colors = [CARD, *(WEIGHT_COLORS if shared else [GREY] * len(WEIGHT_COLORS))]
    ax = own_axes(ax, height=3.6)
    ax.imshow(np.clip(table, 0, 9), cmap=ListedColormap(colors), vmin=0, vmax=9, aspect="auto",
              interpolation="nearest")  # fmt: skip
    ax.set_xticks(np.arange(table.shape[1] + 1) - 0.5, labels=[], minor=True)
    ax.set_yticks(np.arange(table.shape[0] + 1) - 0.5, labels=[], minor=True)
    ax.grid(which="minor", color=LIGHT, linewidth=0.4)
    ax.tick_params(which="both", length=0, labelsize=SMALL, colors=GREY)
    ax.set_xticks([0, table.shape[1] - 1], labels=["1", str(table.shape[1])])
    ax.set_yticks([0, table.shape[0] - 1], labels=["1", str(table.shape[0])])
    ax.set_xlabel("output", fontsize=SMALL, color=INK, labelpad=-6)
    ax.set_ylabel("pixel", fontsize=SMALL, color=INK, labelpad=-8)
    heading(ax, title)
    for spine in ax.spines.values():
        spine.set_color(LIGHT)
    return ax


def weight_key(*, ax: Axes | None = None, title: str | None = None) -> Axes:
    """The nine positions of a 3x3 filter, numbered, in the colors of `connection_matrix`."""
    ax = own_axes(ax)
    for k, color in enumerate(WEIGHT_COLORS):
        row, column = divmod(k, 3)
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=color, edgecolor=CARD))
        ax.text(column, row, str(k + 1), ha="center", va="center", color=_ink_on(color),
                fontsize=LARGE, fontweight="bold")  # fmt: skip
    ax.set(xlim=(-0.5, 2.5), ylim=(2.5, -0.5), aspect="equal")
    bare(ax)
    heading(ax, title)
    return ax


def as_neurons(
    pixels: npt.ArrayLike,
    kernel: npt.ArrayLike,
    *,
    outputs: Sequence[int] = (0, 1),
    ax: Axes | None = None,
) -> Axes:
    """The slide's drawing: pixels as inputs, outputs as neurons, shared weights as colored lines.

    Parameters
    ----------
    pixels : (H, W) array
    kernel : (kh, kw) array of at most nine weights
    outputs : sequence of int
        Which outputs to draw, counted from 0.
    ax
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the filter has more than nine weights or does not fit on the image, or there is no such
        output.
    TypeError
        If an output is not an integer.
    """
    array, weight = np.asarray(pixels), np.asarray(kernel)
    if weight.size > len(WEIGHT_COLORS):
        raise ValueError(
            f"as_neurons: expected at most {len(WEIGHT_COLORS)} weights, got {weight.shape}"
        )
    values = reference.correlate2d(array, weight).ravel()
    outputs = [as_index(n, "output", count=values.size, name="as_neurons") for n in outputs]
    table = reference.connections(array.shape, weight.shape)
    used = np.flatnonzero(table[:, outputs].any(axis=1))
    ax = own_axes(ax, height=4.4)
    heights = np.linspace(0, len(used) - 1, len(outputs) + 2)[1:-1]
    for drawn, (place, output) in enumerate(zip(heights, outputs, strict=True)):
        for rank, pixel in enumerate(used):
            if shared := table[pixel, output]:
                # The numbers of different neurons stand at different distances, so none collide.
                _line(ax, rank, place, int(shared), at=0.08 + 0.14 * drawn)
        _node(ax, 4, place, number(values[output]), f"output {output + 1}", side=1)
    for rank, pixel in enumerate(used):
        _node(ax, 0, rank, number(array.flat[pixel]), f"pixel {pixel + 1}", side=-1)
    ax.set(xlim=(-1.6, 5.6), ylim=(len(used) - 0.4, -0.6))
    bare(ax)
    return ax


def _line(ax: Axes, start: float, end: float, weight: int, *, at: float) -> None:
    color = WEIGHT_COLORS[weight - 1]
    ax.plot([0.3, 3.7], [start, end], color=color, lw=1.6, zorder=1)
    ax.text(0.3 + 3.4 * at, start + (end - start) * at, str(weight), ha="center", va="center",
            fontsize=SMALL, color=_ink_on(color), zorder=2,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": color, "linewidth": 0})  # fmt: skip


def _ink_on(color: str) -> str:
    """Dark ink on a light color, white on a dark one."""
    red, green, blue = to_rgb(color)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else CARD


def _node(ax: Axes, x: float, y: float, text: str, label: str, *, side: int) -> None:
    ax.text(x, y, text, ha="center", va="center", fontsize=SMALL, color=INK, zorder=3,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": CARD, "edgecolor": GREY})  # fmt: skip
    ax.text(x + side * 0.35, y, label, ha="left" if side > 0 else "right", va="center",
            fontsize=SMALL, color=GREY)  # fmt: skip
