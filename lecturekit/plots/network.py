"""A whole network: its layers from left to right, and where its parameters are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lecturekit.plots._style import (
    BLUE,
    GREY,
    GREYS,
    INK,
    SEQUENTIAL,
    SMALL,
    WIDTH,
    bare,
    heading,
    own_axes,
)

Layer = npt.ArrayLike | tuple[int, ...]
Shape = tuple[int, ...]

# Lengths are in pixels of the image: the squares of a network are drawn to scale.
_SHEET = 0.34  # how far the sheet of each channel lies behind the one before
_COLUMN = (3.2, 30.0)  # width and height of a layer that is one long vector
_GAPS = {3: 11.0, 1: 22.0}  # in front of a stack of images, and of a vector
_LINE = 5.6  # from one line of text to the next
_EMPTY, _EDGE = "#EAF2F8", "#9CA3AF"
_ARROW = {"arrowstyle": "-|>", "color": GREY, "linewidth": 0.8, "mutation_scale": 7}


def architecture(
    layers: Mapping[str, Layer],
    *,
    steps: Sequence[str] = (),
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """The layers of a network from left to right, squares to scale and one sheet a channel.

    Parameters
    ----------
    layers : mapping of name to shape or array
        For one image. A tuple of integers is a shape and is drawn empty; an array is drawn with
        its values: the first one as pixels, the others from white to blue, and of several channels
        the one with the largest sum in front. (H, W, C) is a stack of C sheets, (n,) a column of
        n numbers from the top down; all columns are equally high.
    steps : sequence of str, optional
        What leads from each layer to the next; one fewer than the layers.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are no layers, a shape is neither (H, W, C) nor (n,), or the steps do not fit.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> ax = architecture({"image": lecture.INPUT_SHAPE, **lecture.LAYER_SHAPES})
    """
    if not layers or (steps and len(steps) != len(layers) - 1):
        raise ValueError(
            "architecture: expected at least one layer and a step between each two, got "
            f"{len(layers)} layers and {len(steps)} steps"
        )
    shapes = {name: _shape(name, layer) for name, layer in layers.items()}
    sizes = [_size(shape) for shape in shapes.values()]
    gaps = [0.0, *(_GAPS[len(shape)] for shape in list(shapes.values())[1:])]
    ends = np.cumsum([gap + width for gap, (width, _) in zip(gaps, sizes, strict=True)])
    top = max(height for _, height in sizes) / 2
    lines = max((step.count("\n") + 1 for step in steps), default=0)
    low, high = -top - 2.4 * _LINE, top + _LINE * (lines + 0.5)
    height = WIDTH * 1.06 * (high - low) / (ends[-1] + 6) + (0.3 if title else 0)
    ax = own_axes(ax, height=round(height, 2))
    bare(ax)
    heading(ax, title)
    for n, (name, end) in enumerate(zip(layers, ends, strict=True)):
        start = end - sizes[n][0]
        _draw_layer(ax, layers[name], shapes[name], start, pixels=n == 0)
        size = " x ".join(f"{length:,}" for length in shapes[name])
        _write(ax, (start + end) / 2, -top - 2 * _LINE, f"{name}\n{size}", INK)
        if n:
            ax.annotate("", (start - 2.5, 0), (ends[n - 1] + 2.5, 0), arrowprops=_ARROW)
        if n and steps:
            _write(ax, (start + ends[n - 1]) / 2, top + 2, steps[n - 1], GREY)
    ax.set(xlim=(-3, ends[-1] + 3), ylim=(low, high), aspect="equal")
    return ax


def _shape(name: str, layer: Layer) -> Shape:
    shape = layer if isinstance(layer, tuple) else np.shape(layer)
    if len(shape) not in (1, 3) or min(shape) < 1:
        raise ValueError(f"architecture: {name} must be (H, W, C) or (n,), got {shape}")
    return tuple(int(n) for n in shape)


def _size(shape: Shape) -> tuple[float, float]:
    """Width and height of a layer on the drawing."""
    if len(shape) == 1:
        return _COLUMN
    behind = (shape[2] - 1) * _SHEET
    return shape[1] + behind, shape[0] + behind


def _write(ax: Axes, x: float, baseline: float, text: str, color: str) -> None:
    """Write lines of text, the last one on the baseline, so that neighbors stand in line."""
    for n, line in enumerate(reversed(text.split("\n"))):
        ax.text(x, baseline + n * _LINE, line, fontsize=SMALL, color=color, ha="center")


def _draw_layer(ax: Axes, layer: Layer, shape: Shape, left: float, *, pixels: bool) -> None:
    width, height = _size(shape)
    bottom = -height / 2
    if len(shape) == 3:
        height, width = shape[:2]
        for behind in reversed(np.arange(1, shape[2]) * _SHEET):
            sheet = Rectangle((left + behind, bottom + behind), width, height, snap=False)
            sheet.set(facecolor="white", edgecolor=_EDGE, linewidth=0.25)
            ax.add_patch(sheet)
    box = Rectangle((left, bottom), width, height, edgecolor=INK, linewidth=0.6, zorder=3)
    box.set_facecolor(_EMPTY if isinstance(layer, tuple) else "none")
    ax.add_patch(box)
    if not isinstance(layer, tuple):
        values = np.asarray(layer, dtype=float)
        front = (
            values[..., values.sum(axis=(0, 1)).argmax()] if len(shape) == 3 else values[:, None]
        )
        paint(ax, front, (left, left + width, bottom, bottom + height), pixels=pixels)


def paint(
    ax: Axes,
    values: npt.NDArray[Any],
    extent: tuple[float, float, float, float],
    *,
    pixels: bool,
) -> None:
    """Draw pixels from black to white, or values after ReLU from white to blue, into a box."""
    largest = 1.0 if pixels else float(np.nanmax(values, initial=0.0)) or 1.0
    picture = ax.imshow(values, cmap=GREYS if pixels else SEQUENTIAL, vmin=0, vmax=largest)
    picture.set(extent=extent, interpolation="nearest", zorder=2)


def parameter_counts(
    counts: Mapping[str, int], *, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Bars that compare how many parameters each layer has, with the number and its share.

    Parameters
    ----------
    counts : mapping of name to int
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is nothing to count.

    Examples
    --------
    >>> ax = parameter_counts({"conv2d_1": 250, "conv2d_2": 11300})
    """
    total = sum(counts.values())
    if not total:
        raise ValueError("parameter_counts: expected at least one layer with parameters, got none")
    ax = own_axes(ax, height=0.3 + 0.33 * len(counts))
    ax.barh(list(counts), list(counts.values()), color=BLUE, height=0.65)
    for n, count in enumerate(counts.values()):
        label = f"{count:,} ({count / total:.1%})"
        ax.text(count + total * 0.01, n, label, va="center", fontsize=SMALL, color=INK)
    bare(ax)
    ax.set_yticks(range(len(counts)), list(counts), fontsize=SMALL, color=INK)
    ax.tick_params(length=0)
    ax.set_xlim(0, max(counts.values()) * 1.22)
    ax.invert_yaxis()
    heading(ax, title)
    return ax
