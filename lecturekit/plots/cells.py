"""Images, filters and feature maps as cells with color and number."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.patches import Rectangle

from lecturekit.plots._checks import without_channel
from lecturekit.plots._style import (
    AMBER,
    DIVERGING,
    GREY,
    GREYS,
    INK,
    LARGE,
    LIGHT,
    SEQUENTIAL,
    SMALL,
    bare,
    figure_of,
    heading,
    number,
    own_axes,
)
from lecturekit.shapes import as_integer

Kind = Literal["image", "weights", "map", "activated"]


def image(
    pixels: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    numbers: bool | None = None,
) -> Axes:
    """An image: grey from black 0 to white 1, or color.

    Parameters
    ----------
    pixels : (H, W), (H, W, 1) or (H, W, 3) array in [0, 1]
    ax : Axes, optional
        Where to draw; by default a new figure of the book's width.
    title : str, optional
    numbers : bool, optional
        Write each pixel's value into its cell; by default where a cell is wide enough.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the shape is not that of an image.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> image(lecture.IMAGE, title="6 x 6 image").get_title(loc="left")
    '6 x 6 image'
    """
    return _cells(pixels, "image", 1.0, ax, title, numbers, "image")


def weights(
    kernel: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    limit: float | None = None,
    outline: str | None = None,
    numbers: bool | None = None,
) -> Axes:
    """The weights of a filter: vermillion below 0, white at 0, blue above.

    Parameters
    ----------
    kernel : (kh, kw) array
    limit : float, optional
        The value that gets the full color; by default the largest absolute weight.
    outline : color, optional
        A frame, such as `VERMILLION` for the lecture's filter 1 and `BLUE` for filter 2.
    ax, title, numbers
        As in `image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the shape is not that of a filter, or the limit is negative or infinite.
    """
    ax = _cells(kernel, "weights", limit, ax, title, numbers, "weights")
    if outline is not None:
        frame(ax, 0, 0, *np.shape(kernel)[:2], color=outline)
    return ax


def feature_map(
    values: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    limit: float | None = None,
    activated: bool = False,
    numbers: bool | None = None,
) -> Axes:
    """A feature map: signed colors before the activation, white to blue after it.

    Parameters
    ----------
    values : (H, W) array
    limit : float, optional
        The value that gets the full color. Give one limit to all maps of a layer.
    activated : bool
        Whether the values have passed ReLU and cannot be negative.
    ax, title, numbers
        As in `image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the shape is not that of a map, or the limit is negative or infinite.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> ax = feature_map(lecture.FEATURE_MAP_1, limit=4)
    """
    kind: Kind = "activated" if activated else "map"
    return _cells(values, kind, limit, ax, title, numbers, "feature_map")


def frame(
    ax: Axes, row: float, column: float, height: float, width: float, *, color: str = AMBER
) -> Axes:
    """Outline cells by 2 px: a window, the cell it writes, a receptive field.

    `row` and `column` count from 0 at the upper left.
    """
    box = Rectangle(
        (column - 0.5, row - 0.5), width, height, fill=False, edgecolor=color, linewidth=2
    )
    box.set(clip_on=False, zorder=5)
    ax.add_patch(box)
    return ax


def hatch(ax: Axes, row: float, column: float, height: float, width: float) -> Axes:
    """Hatch cells that do not count: rows and columns that are dropped, padding."""
    box = Rectangle((column - 0.5, row - 0.5), width, height, facecolor="none", edgecolor=GREY)
    box.set(hatch="////", linewidth=0, zorder=4)
    ax.add_patch(box)
    return ax


def contact_sheet(
    arrays: npt.ArrayLike,
    *,
    kind: Kind = "image",
    columns: int = 10,
    labels: Sequence[str] | None = None,
    limit: float | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Many small images, filters or maps of one size, in rows, with one scale for all.

    Parameters
    ----------
    arrays : (n, H, W) or (n, H, W, 1) array
    kind : "image", "weights", "map" or "activated"
        Which colors: see `image`, `weights`, `feature_map`.
    columns : int, at least 1
        How many in a row.
    labels : sequence of str, optional
        A line below each.
    limit : float, optional
        The value that gets the full color; by default the largest of all.
    ax, title
        As in `image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is nothing to show, the shape or the number of labels does not fit, there is no
        such kind, `columns` is below 1, or the limit is negative or infinite.
    TypeError
        If `columns` is not an integer.
    """
    tiles = without_channel(arrays, 3)
    if tiles.ndim != 3 or not len(tiles):
        raise ValueError(f"contact_sheet: expected (n, H, W), n at least 1, got {np.shape(arrays)}")
    if labels is not None and len(labels) != len(tiles):
        raise ValueError(f"contact_sheet: {len(tiles)} images but {len(labels)} labels")
    columns = as_integer(columns, "columns", minimum=1, name="contact_sheet")
    count, height, width = tiles.shape
    gap = max(1, round(width * 0.08))
    below = gap if labels is None else gap + max(2, round(height * 0.3))
    rows = -(-count // columns)
    ax = own_axes(ax, height=0.35 + rows * (height + below) / (columns * (width + gap)) * 7.0)
    bare(ax)
    heading(ax, title)
    norm, colors = _scale(tiles, kind, limit, "contact_sheet")
    for n, tile in enumerate(tiles):
        top, left = n // columns * (height + below), n % columns * (width + gap)
        extent = (left, left + width, top + height, top)
        ax.imshow(tile, extent=extent, cmap=colors, norm=norm, interpolation="nearest")
        ax.add_patch(
            Rectangle((left, top), width, height, fill=False, edgecolor=LIGHT, linewidth=0.5)
        )
        if labels is not None:
            ax.text(left + width / 2, top + height + gap / 2, labels[n], fontsize=SMALL, color=INK,
                    ha="center", va="top")  # fmt: skip
    ax.set_xlim(-gap, columns * (width + gap))
    ax.set_ylim(rows * (height + below), -gap)
    ax.set_aspect("equal")
    return ax


def scale(ax: Axes, *, kind: Kind = "map", limit: float, label: str | None = None) -> Axes:
    """Draw the scale of colors beside a panel; return the Axes of the scale.

    Parameters
    ----------
    ax : Axes
        The panel. Panels of one width stay so.
    kind, limit
        As the panel was drawn: see `contact_sheet`.
    label : str, optional
        What the colors mean.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is no such kind, or the limit is negative or infinite.
    """
    norm, colors = _scale(np.zeros(1), kind, limit, "scale")
    picture = ScalarMappable(norm, colors)
    bar = figure_of(ax).colorbar(picture, ax=ax, shrink=0.8, pad=0.03, aspect=18)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL, colors=GREY, length=2)
    if label:
        bar.set_label(label, fontsize=SMALL, color=INK)
    return bar.ax


def _scale(
    values: npt.NDArray[Any], kind: Kind, limit: float | None, name: str
) -> tuple[Normalize, Colormap]:
    if limit is not None and not 0 <= limit < np.inf:
        raise ValueError(f"{name}: expected a finite limit of at least 0, got {limit}")
    # Where everything is 0 or NaN, any scale will do.
    largest = float(np.nanmax(np.abs(values), initial=0.0) if limit is None else limit) or 1.0
    if kind == "image":
        return Normalize(0, 1), GREYS
    if kind == "activated":
        return Normalize(0, largest), SEQUENTIAL
    if kind in ("weights", "map"):
        return Normalize(-largest, largest), DIVERGING
    raise ValueError(f'{name}: kind must be "image", "weights", "map" or "activated", got {kind!r}')


def _cells(
    values: npt.ArrayLike,
    kind: Kind,
    limit: float | None,
    ax: Axes | None,
    title: str | None,
    numbers: bool | None,
    name: str,
) -> Axes:
    array = without_channel(values, 2)
    color = kind == "image" and array.ndim == 3 and array.shape[-1] == 3
    if not (array.ndim == 2 or color) or not array.size:
        raise ValueError(f"{name}: expected one array (H, W), got {np.shape(values)}")
    ax = own_axes(ax)
    norm, colors = _scale(array, kind, limit, name)
    ax.imshow(array, cmap=colors, norm=norm, interpolation="nearest")
    bare(ax)
    heading(ax, title)
    if numbers or (numbers is None and not color and _cell_points(ax, array.shape) >= 13):
        _write_numbers(ax, array, norm, colors)
        _draw_lines(ax, array.shape)
    else:
        ax.add_patch(
            Rectangle(
                (-0.5, -0.5), array.shape[1], array.shape[0], fill=False, edgecolor=LIGHT, lw=0.8
            )
        )
    return ax


def _cell_points(ax: Axes, shape: Sequence[int]) -> float:
    """The width of a cell in points: 13 are 18 px on a page."""
    box = ax.get_position()
    width, height = figure_of(ax).get_size_inches()
    return min(box.width * width / shape[1], box.height * height / shape[0]) * 72


def _write_numbers(ax: Axes, array: npt.NDArray[Any], norm: Normalize, colors: Colormap) -> None:
    size = LARGE if _cell_points(ax, array.shape) >= 20 else SMALL
    for (i, j), value in np.ndenumerate(array):
        red, green, blue, _ = colors(norm(value))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
        ax.text(j, i, number(value), ha="center", va="center", fontsize=size,
                color="white" if dark else INK)  # fmt: skip


def _draw_lines(ax: Axes, shape: Sequence[int]) -> None:
    for i in range(shape[0] + 1):
        ax.plot([-0.5, shape[1] - 0.5], [i - 0.5] * 2, color=LIGHT, linewidth=0.6, clip_on=False)
    for j in range(shape[1] + 1):
        ax.plot([j - 0.5] * 2, [-0.5, shape[0] - 0.5], color=LIGHT, linewidth=0.6, clip_on=False)
