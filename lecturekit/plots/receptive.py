"""What a unit of a network sees."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lecturekit.plots._style import AMBER, GREY, INK, LIGHT, SMALL, WIDTH, bare, heading, own_axes
from lecturekit.plots.network import paint

Array = npt.NDArray[Any]
Window = tuple[int, int, int]

_PITCH = 1.25  # from the left edge of one image to that of the next; an image is 1 wide


def receptive_field(
    images: Mapping[str, npt.ArrayLike],
    windows: Sequence[tuple[int, int]],
    *,
    unit: tuple[int, int] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """What a unit of the last map sees in the maps before it and in the image, in amber.

    Parameters
    ----------
    images : mapping of name to (H, W) array
        From left to right: the image, in pixels from 0 to 1, then maps after ReLU. They are drawn
        equally large.
    windows : sequence of (kernel, stride)
        The window that leads from each to the next. Several layers count as one window: see
        `lecturekit.shapes.receptive_field`.
    unit : (row, column), optional
        The unit of the last map; by default its strongest.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the windows are not one fewer than the images, an image is not (H, W), or there is no
        such unit.

    Examples
    --------
    >>> from lecturekit import lecture, reference as ref
    >>> maps = {"image": lecture.IMAGE, "map 1": ref.relu(lecture.FEATURE_MAP_1)}
    >>> ax = receptive_field(maps, [(3, 1)], unit=(3, 0))
    """
    arrays = [np.asarray(values, dtype=float) for values in images.values()]
    if len(windows) != len(arrays) - 1 or any(a.ndim != 2 or not a.size for a in arrays):
        raise ValueError(
            "receptive_field: expected images (H, W) and one window fewer, got "
            f"{[a.shape for a in arrays]} and {len(windows)} windows"
        )
    boxes = _boxes(arrays[-1], windows, unit)
    width = _PITCH * (len(arrays) - 1) + 1.04
    height = min(WIDTH * 1.32 / width, 2.9) + (0.3 if title else 0)
    ax = own_axes(ax, height=round(height, 2))
    bare(ax)
    heading(ax, title)
    corners = [
        _draw(ax, array, box, n * _PITCH, name)
        for n, (name, array, box) in enumerate(zip(images, arrays, boxes, strict=True))
    ]
    for (_, right, *edges), (left, _, *next_edges) in pairwise(corners):
        for y, next_y in zip(edges, next_edges, strict=True):
            ax.plot([right, left], [y, next_y], color=AMBER, linewidth=0.8, zorder=4)
    ax.set(xlim=(-0.02, width - 0.02), ylim=(-0.16, 1.16), aspect="equal")
    return ax


def strongest_unit(
    image: npt.ArrayLike,
    maps: npt.ArrayLike,
    channel: int,
    window: tuple[int, int],
    *,
    name: str = "map",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """One channel of a layer, and what its strongest unit sees of the image, in amber.

    Parameters
    ----------
    image : (H, W) or (H, W, 1) array in [0, 1]
    maps : (rows, columns, C) array
        What the layer makes of this image, after ReLU.
    channel : int
        Which of the C channels to draw.
    window : (size, step)
        Receptive field of the layer, from `lecturekit.shapes.receptive_field`.
    name : str
        Name of the layer.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If a shape does not fit, there is no such channel, or no unit of it is above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturekit import lecture
    >>> maps = np.stack([lecture.FEATURE_MAP_1, lecture.FEATURE_MAP_2], axis=-1).clip(0)
    >>> ax = strongest_unit(lecture.IMAGE, maps, 1, (3, 1))
    """
    pixels, values = np.asarray(image), np.asarray(maps)
    pixels = pixels[..., 0] if pixels.ndim == 3 else pixels
    if values.ndim != 3:
        raise ValueError(f"strongest_unit: expected maps (rows, columns, C), got {values.shape}")
    if not 0 <= channel < values.shape[2]:
        raise ValueError(f"{name} has channels 0 to {values.shape[2] - 1}, not {channel}.")
    if values[..., channel].max() <= 0:
        raise ValueError(f"{name}, channel {channel}: no unit is above 0 on this image.")
    images = {"image": pixels, f"{name}, channel {channel}": values[..., channel]}
    return receptive_field(images, [window], ax=ax, title=title)


def _boxes(
    last: Array, windows: Sequence[tuple[int, int]], unit: tuple[int, int] | None
) -> list[Window]:
    """Row, column and side of what the unit sees, from the image to the unit itself."""
    row, column = np.unravel_index(last.argmax(), last.shape) if unit is None else unit
    if not (0 <= row < last.shape[0] and 0 <= column < last.shape[1]):
        raise ValueError(f"receptive_field: no unit {unit} in a map of {last.shape}")
    boxes: list[Window] = [(int(row), int(column), 1)]
    for kernel, stride in reversed(windows):
        row, column, side = boxes[-1]
        boxes.append((row * stride, column * stride, (side - 1) * stride + kernel))
    return boxes[::-1]


def _draw(
    ax: Axes, array: Array, window: Window, left: float, name: str
) -> tuple[float, float, float, float]:
    """Draw one image into a unit square; return left, right, bottom and top of the outline."""
    (height, width), (row, column, side) = array.shape, window
    paint(ax, array, (left, left + 1, 0, 1), pixels=left == 0)
    ax.add_patch(Rectangle((left, 0), 1, 1, fill=False, edgecolor=LIGHT, linewidth=0.8, zorder=3))
    x, y = left + column / width, 1 - (row + side) / height
    outline = Rectangle((x, y), side / width, side / height, fill=False, edgecolor=AMBER)
    outline.set(linewidth=2, zorder=5)
    ax.add_patch(outline)
    ax.text(left, 1.04, f"{name}, {height} x {width}", fontsize=SMALL, color=INK)
    seen = "1 unit" if side == 1 else f"{side} x {side}"
    ax.text(left, -0.11, f"outlined: {seen}", fontsize=SMALL, color=GREY)
    return x, x + side / width, y, y + side / height
