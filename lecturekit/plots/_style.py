"""One palette, two type sizes, one width: what every figure of the book shares."""

from collections.abc import Sequence
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

VERMILLION: Final = "#D55E00"
"""Filter 1; negative values."""
BLUE: Final = "#0072B2"
"""Filter 2; positive values."""
AMBER: Final = "#E69F00"
"""The window that slides, the cell it writes, the receptive field."""
INK: Final = "#1F2933"
GREY: Final = "#6B7280"
LIGHT: Final = "#D1D5DB"
CARD: Final = "#FFFFFF"
LINES: Final = (BLUE, VERMILLION, INK, GREY)
"""The colors of curves, groups and networks that stand side by side, in this order."""

GREYS: Final = LinearSegmentedColormap.from_list("lecturekit_pixels", ["#000000", "#FFFFFF"])
"""Pixels: black 0 to white 1."""
DIVERGING: Final = LinearSegmentedColormap.from_list(
    "lecturekit_signed", ["#BF5000", "#FFFFFF", "#005F99"], N=257
)
"""Weights, gradients and maps before the activation. White, the middle of 257, is exactly 0."""
SEQUENTIAL: Final = LinearSegmentedColormap.from_list(
    "lecturekit_positive", ["#FFFFFF", "#7FB6DA", BLUE, "#003F66"]
)
"""Maps after ReLU, saliency: white is 0."""

SMALL: Final = 8.5
LARGE: Final = 10.5
"""The two type sizes of a figure, in points."""
WIDTH: Final = 7.2
DPI: Final = 150
"""Every figure is 7.2 inches wide, so that a type size is the same in all of them."""


def panels(
    count: int = 1,
    *,
    height: float = 2.5,
    ratios: Sequence[float] | None = None,
    rows: int = 1,
) -> tuple[Figure, list[Axes]]:
    """A figure of the book's width with `count` panels in `rows` rows, left to right.

    Parameters
    ----------
    count : int
        How many panels.
    height : float
        Height of the whole figure in inches.
    ratios : sequence of float, optional
        Relative widths of the columns.
    rows : int
        How many rows to spread the panels over. Places that are left over stay empty.

    Returns
    -------
    (Figure, list of Axes)

    Raises
    ------
    ValueError
        If `count` or `rows` is below 1.

    Examples
    --------
    >>> fig, (left, right) = panels(2)
    >>> float(fig.get_figwidth())
    7.2
    """
    if count < 1 or rows < 1:
        raise ValueError(f"panels: count and rows must be at least 1, got {count} and {rows}")
    columns = -(-count // rows)
    fig, grid = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH, height),
        dpi=DPI,
        width_ratios=ratios,
        squeeze=False,
        layout="constrained",
        facecolor=CARD,
    )
    # The card is an artist of its own, so that a crop to the contents keeps the whole width.
    fig.add_artist(Rectangle((0, 0), 1, 1, transform=fig.transFigure, color=CARD, zorder=-10))
    axes = list(grid.flat)
    for spare in axes[count:]:
        spare.set_axis_off()
    return fig, axes[:count]


def figure_of(ax: Axes) -> Figure:
    """The figure that `ax` is on."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("expected an Axes on a figure, got one that was removed from it")
    return figure


def own_axes(ax: Axes | None, *, height: float = 2.5) -> Axes:
    """Return `ax`, or the only panel of a new figure."""
    return panels(height=height)[1][0] if ax is None else ax


def heading(ax: Axes, title: str | None) -> None:
    """Write the title of a panel, left-aligned."""
    if title:
        ax.set_title(title, fontsize=LARGE, color=INK, loc="left", pad=6)


def bare(ax: Axes) -> None:
    """Take away ticks and frame."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def quiet(ax: Axes) -> None:
    """Leave only the left and bottom line, in grey, with small numbers."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(LIGHT)
    ax.tick_params(labelsize=SMALL, colors=GREY, length=3)
    ax.xaxis.label.set(fontsize=SMALL, color=INK)
    ax.yaxis.label.set(fontsize=SMALL, color=INK)


def number(value: float, digits: int = 2) -> str:
    """Write a number as it stands in a figure: integers plainly, a real minus sign.

    Parameters
    ----------
    value : float
    digits : int
        How many digits stand behind the point of a number that is not an integer.

    Returns
    -------
    str
        What is rounded to zero has no sign.

    Examples
    --------
    >>> number(-3.0), number(0.25), number(-0.004), number(float("nan"))
    ('−3', '0.25', '0.00', 'NaN')
    """
    if np.isnan(value):
        return "NaN"
    behind = 0 if float(value).is_integer() else digits
    return f"{float(value):z.{behind}f}".replace("-", "\N{MINUS SIGN}")
