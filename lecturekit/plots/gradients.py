"""Figures of the way back: the gradients of a small network, and how a gradient is checked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lecturekit.plots._style import (
    BLUE,
    CARD,
    DIVERGING,
    GREY,
    GREYS,
    INK,
    LARGE,
    LIGHT,
    SMALL,
    WIDTH,
    bare,
    heading,
    number,
    own_axes,
    quiet,
)

Grid = npt.NDArray[np.float64]

# Lengths are in cells.
_GAP: Final = 2.6  # between neighbors of a row
_BETWEEN: Final = 2.2  # between the row of values and the row of gradients
_MARGIN: Final = 1.2  # above and below both
_ARROW: Final = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.0, "mutation_scale": 9}


def backward_pass(
    values: Mapping[str, npt.ArrayLike],
    gradients: Mapping[str, npt.ArrayLike] | None = None,
    *,
    steps: Sequence[str] = (),
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """A small network there and back: its values from left to right, their gradients below.

    Parameters
    ----------
    values : mapping of name to array
        From the input to the loss: (H, W), or (n,), which is drawn as a column, or one number.
        The first is drawn as pixels.
    gradients : mapping of name to array, optional
        The gradient of the loss with respect to the value of this name, of its shape. Values
        without one get empty cells.
    steps : sequence of str, optional
        What leads from each value to the next; one fewer than the values.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are no values, one has more than two axes or no cells, the steps do not fit, or a
        gradient has another shape than its value, or no value.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> values = {"image": lecture.IMAGE, "map": lecture.FEATURE_MAP_1, "loss": 2.5}
    >>> ax = backward_pass(values, {"loss": 1}, steps=["filter 1", "..."])
    """
    grids = {name: _grid(name, value) for name, value in values.items()}
    if not grids or (steps and len(steps) != len(grids) - 1):
        raise ValueError(
            "backward_pass: expected at least one value and a step between each two, got "
            f"{len(grids)} values and {len(steps)} steps"
        )
    slopes = {name: _grid(f"d_{name}", value) for name, value in (gradients or {}).items()}
    for name, slope in slopes.items():
        if name not in grids or slope.shape != grids[name].shape:
            expected = grids[name].shape if name in grids else "one of the values"
            raise ValueError(f"backward_pass: d_{name} expected {expected}, got {slope.shape}")
    tallest = max(grid.shape[0] for grid in grids.values())
    ends = np.cumsum([grid.shape[1] + _GAP for grid in grids.values()]) - _GAP
    low, high = 2 * tallest + _BETWEEN + _MARGIN, -_MARGIN
    unit = WIDTH / (ends[-1] + 0.6)
    ax = own_axes(ax, height=round((low - high) * unit + (0.3 if title else 0), 2))
    bare(ax)
    heading(ax, title)
    size = LARGE if unit * 72 >= 20 else SMALL
    limits = _largest(list(grids.values())[1:]), _largest(slopes.values())
    middles = tallest / 2, 1.5 * tallest + _BETWEEN
    for place, (name, grid) in enumerate(grids.items()):
        rows, columns = grid.shape
        left, centre = ends[place] - columns, ends[place] - columns / 2
        corners = [(left, middle - rows / 2) for middle in middles]
        _cells(ax, grid, grid.shape, corners[0], None if place == 0 else limits[0], size)
        _cells(ax, slopes.get(name), grid.shape, corners[1], limits[1], size)
        _write(ax, (centre, corners[0][1] - 0.2), name, INK, "bottom")
        _write(ax, (centre, corners[1][1] + rows + 0.2), f"d_{name}", INK, "top")
        if place:
            before, after = left - _GAP + 0.3, left - 0.3
            ax.annotate("", (after, middles[0]), (before, middles[0]), arrowprops=_ARROW)
            ax.annotate("", (before, middles[1]), (after, middles[1]), arrowprops=_ARROW)
        if place and steps:
            _write(ax, (left - _GAP / 2, middles[0] - 0.35), steps[place - 1], GREY, "bottom")
    ax.set(xlim=(-0.3, ends[-1] + 0.3), ylim=(low, high), aspect="equal")
    return ax


def _grid(name: str, value: npt.ArrayLike) -> Grid:
    """A value as rows and columns of cells: a vector is a column, a number one cell."""
    array = np.asarray(value, dtype=float)
    array = array.reshape(-1, 1) if array.ndim < 2 else array
    if array.ndim != 2 or not array.size:
        raise ValueError(f"backward_pass: {name} must be (H, W), (n,) or a number, got shape "
                         f"{np.shape(value)}")  # fmt: skip
    return array


def _largest(grids: Iterable[Grid]) -> float:
    """The largest absolute number of all; where all are 0, any scale will do."""
    return max((float(np.abs(grid).max()) for grid in grids), default=0.0) or 1.0


def _write(ax: Axes, place: tuple[float, float], text: str, color: str, va: str) -> None:
    ax.text(*place, text, fontsize=SMALL, color=color, ha="center", va=va)


def _cells(
    ax: Axes,
    grid: Grid | None,
    shape: tuple[int, ...],
    corner: tuple[float, float],
    limit: float | None,
    size: float,
) -> None:
    """Cells from an upper left corner on: pixels without a limit, empty without a grid."""
    left, top = corner
    for i, j in np.ndindex(*shape):
        cell = Rectangle((left + j, top + i), 1, 1, facecolor=CARD, edgecolor=LIGHT, linewidth=0.6)
        ax.add_patch(cell)
        if grid is None:
            cell.set(linestyle=":", edgecolor=GREY)
            continue
        # At its limit a color is not yet full, so that a dark number can be read on it.
        value = float(grid[i, j])
        red, green, blue, _ = (
            GREYS(value) if limit is None else DIVERGING(0.5 + value / limit / 2.6)
        )
        cell.set_facecolor((red, green, blue))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
        ax.text(left + j + 0.5, top + i + 0.5, number(value, 1), fontsize=size, ha="center",
                va="center", color=CARD if dark else INK)  # fmt: skip


def step_errors(
    steps: npt.ArrayLike,
    errors: npt.ArrayLike,
    *,
    curvature: float | None = None,
    rounding: float | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """The error of a measured slope against the step it was measured with, both in powers of ten.

    Parameters
    ----------
    steps : (n,) array, above 0
    errors : (n,) array, above 0
    curvature : float, optional
        Draw ``curvature * step**2`` as well: what the curvature of a function adds to the error.
    rounding : float, optional
        Draw ``rounding / step`` as well: what rounding adds.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If steps and errors are not of one shape (n,), n at least 1, or not all above 0.

    Examples
    --------
    >>> ax = step_errors([1e-3, 1e-5, 1e-7], [1e-7, 1e-10, 1e-8], curvature=0.1)
    """
    h, e = np.asarray(steps, dtype=float), np.asarray(errors, dtype=float)
    if h.ndim != 1 or not h.size or h.shape != e.shape or not ((h > 0) & (e > 0)).all():
        raise ValueError(
            f"step_errors: expected steps and errors (n,), all above 0, got {h!r} and {e!r}"
        )
    order = np.argsort(h)
    h, e = h[order], e[order]
    ax = own_axes(ax, height=3.2)
    ax.plot(h, e, color=BLUE, linewidth=1.8, marker="o", markersize=4)
    if curvature is not None:
        _guide(ax, h, curvature * h**2, e.min(), "curvature, as step²")
    if rounding is not None:
        _guide(ax, h, rounding / h, e.min(), "rounding, as 1/step")
    ax.set(xscale="log", yscale="log", xlabel="step", ylabel="relative error")
    ax.minorticks_off()
    ax.grid(axis="y", color=LIGHT, linewidth=0.5)
    heading(ax, title)
    quiet(ax)
    return ax


def _guide(ax: Axes, h: Grid, line: Grid, lowest: float, name: str) -> None:
    """A dashed line where it is not far below all errors, with its name beside its middle."""
    shown = np.flatnonzero(line >= lowest / 3)
    if not shown.size:
        return
    ax.plot(h[shown], line[shown], color=GREY, linestyle="--", linewidth=1, zorder=1)
    middle = shown[len(shown) // 2]
    ax.annotate(name, (h[middle], line[middle]), xytext=(9, 0), textcoords="offset points",
                fontsize=SMALL, color=GREY)  # fmt: skip
