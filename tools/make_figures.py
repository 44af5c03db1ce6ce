"""Draw the pictures of the book's introduction and of the README into book/images/.

The pictures show numbers that the package computes, so they cannot drift away from it. The same
versions of Matplotlib and FreeType give the same bytes.

Usage: python tools/make_figures.py [folder]
"""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import matplotlib
import numpy as np
import numpy.typing as npt

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle

from lecturekit import attribution, data, lecture, plots, reference, shapes
from lecturekit.plots import AMBER, BLUE, VERMILLION
from lecturekit.plots._style import CARD, DIVERGING, GREY, INK, LIGHT, SEQUENTIAL

Array = npt.NDArray[np.generic]

WINDOWS = ((0, 0), (3, 0))  # where filter 1 finds its diagonal: the two 3s of the feature map
# Training digit, row and column of an 8x8 window. The pixels of the two windows correlate at 0.98.
SAME_CURVE = ((43, 2, 13), (65, 12, 15))
CARD_SIZE = (4.8, 2.7)  # inches
COVERED = (214, 16, 8)  # held-out digit, row and column of a 6x6 box that makes an 8 of this 9
MAP_LIMIT = 4  # the value of a feature map that gets the full color, as in chapters 2 and 3


def blank(size: tuple[float, float], *, units: tuple[float, float]) -> tuple[Figure, Axes]:
    """Return a white figure whose axes count in cells, with row 0 on top."""
    figure = Figure(figsize=size, facecolor=CARD)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, units[0]), ylim=(units[1], 0), aspect="equal")
    axes.axis("off")
    return figure, axes


def cells(
    ax: Axes,
    values: Array,
    corner: tuple[float, float],
    *,
    diverging: float | None = None,
    fontsize: float | None = None,
) -> None:
    """Draw an array as cells: grey from 0 to 1, or diverging up to the given size."""
    top = float(diverging or 1.0)
    norm = Normalize(-top, top) if diverging else Normalize(0, 1)
    for (row, column), value in np.ndenumerate(values):
        x, y = corner[0] + column, corner[1] + row
        shade = norm(float(value))
        color = DIVERGING(shade) if diverging else (shade,) * 3
        ax.add_patch(Rectangle((x, y), 1, 1, facecolor=color, edgecolor=LIGHT, linewidth=0.8))
        if fontsize:
            dark = np.dot(color[:3], (0.299, 0.587, 0.114)) < 0.5
            middle = (x + 0.5, y + 0.5)
            ax.text(
                *middle,
                plots.number(float(value)),
                ha="center",
                va="center",
                fontsize=fontsize,
                color=CARD if dark else INK,
            )


def outline(
    ax: Axes, corner: tuple[float, float], size: tuple[float, float], color: str, width: float = 3
) -> None:
    """Draw an outline that hides no number."""
    ax.add_patch(Rectangle(corner, *size, fill=False, edgecolor=color, linewidth=width, zorder=5))


def hero() -> Figure:
    """The 6x6 image, filter 1 and the feature map, whose two 3s are one pattern in two places."""
    figure, ax = blank((10, 5.25), units=(16, 8.4))
    image, kernel = lecture.IMAGE, lecture.FILTER_1
    feature_map = reference.correlate2d(image, kernel)
    left, middle, right = (0.5, 1.35), (7.5, 2.85), (11.5, 2.35)
    for corner, width, title in (
        (left, 6, "image"),
        (middle, 3, "filter 1"),
        (right, 4, "feature map"),
    ):
        ax.text(corner[0] + width / 2, corner[1] - 0.42, title, ha="center", fontsize=19, color=INK)
    cells(ax, image, left, fontsize=19)
    cells(ax, kernel, middle, diverging=float(np.abs(kernel).max()), fontsize=19)
    outline(ax, middle, (3, 3), VERMILLION)
    cells(ax, feature_map, right, diverging=MAP_LIMIT, fontsize=19)
    ax.text(7.0, middle[1] + 1.5, "∗", ha="center", va="center", fontsize=26, color=GREY)
    ax.text(11.0, middle[1] + 1.5, "=", ha="center", va="center", fontsize=26, color=GREY)
    for row, column in WINDOWS:
        outline(ax, (left[0] + column, left[1] + row), (3, 3), AMBER, 4.5)
        outline(ax, (right[0] + column, right[1] + row), (1, 1), AMBER, 4.5)
    window = image[:3, :3]
    terms = " + ".join(
        f"{p}·{plots.number(w) if w > 0 else f'({plots.number(w)})'}"
        for p, w in zip(window.ravel().tolist(), kernel.ravel().tolist(), strict=True)
    )
    total = plots.number(float((window * kernel).sum()))
    ax.text(8, 7.92, f"{terms} = {total}", ha="center", va="center", fontsize=14.5, color=INK)
    return figure


def card_why() -> Figure:
    """The same curve in two digits: high in the 0, low in the 6."""
    figure, ax = blank(CARD_SIZE, units=(64, 36))
    images = data.load_digits().x_train[..., 0]
    for place, (index, row, column) in enumerate(SAME_CURVE):
        x, y = 3 + 30 * place, 4
        extent = (x, x + 28, y + 28, y)
        ax.imshow(images[index], cmap="gray", vmin=0, vmax=1, extent=extent, zorder=1)
        outline(ax, (x + column, y + row), (8, 8), AMBER)
    ax.set(xlim=(0, 64), ylim=(36, 0))
    return figure


def card_convolution() -> Figure:
    """The window of filter 1 at one place of the image, and the cell that it writes."""
    figure, ax = blank(CARD_SIZE, units=(13.33, 7.5))
    left, right = (0.75, 0.75), (8.6, 1.75)
    cells(ax, lecture.IMAGE, left)
    cells(ax, lecture.FEATURE_MAP_1, right, diverging=MAP_LIMIT)
    row, column = 3, 0
    window, cell = (left[0] + column, left[1] + row), (right[0] + column, right[1] + row)
    outline(ax, window, (3, 3), AMBER)
    outline(ax, cell, (1, 1), AMBER)
    for height in (0, 1):
        ends = (window[0] + 3, window[1] + 3 * height), (cell[0], cell[1] + height)
        ax.add_patch(ConnectionPatch(*ends, "data", color=AMBER, linewidth=1.2))
    return figure


def card_pooling() -> Figure:
    """Feature map 1 in blocks of 2x2, and the largest value of each block."""
    figure, ax = blank(CARD_SIZE, units=(10.67, 6))
    left, right = (1.2, 1), (7.3, 2)
    cells(ax, lecture.FEATURE_MAP_1, left, diverging=MAP_LIMIT, fontsize=13)
    cells(ax, lecture.POOLED_MAP_1, right, diverging=MAP_LIMIT, fontsize=13)
    for row in (0, 2):
        for column in (0, 2):
            outline(ax, (left[0] + column, left[1] + row), (2, 2), INK, 2)
    ax.text(6.25, 3, "max", ha="center", va="center", fontsize=13, color=GREY)
    return figure


def card_network() -> Figure:
    """The layers as stacks of maps: each smaller, each with more channels."""
    figure, ax = blank(CARD_SIZE, units=(64, 36))
    stacks = ((28, 1), (26, 25), (13, 25), (11, 50), (5, 50))
    x = 2.5
    for side, channels in stacks:
        half, sheets = side * 0.24, channels // 8
        for sheet in range(sheets, -1, -1):
            corner = (x + 0.55 * sheet, 17.5 - half - 0.55 * sheet)
            ax.add_patch(
                Rectangle(
                    corner, 2 * half, 2 * half, facecolor="#F3F6F9", edgecolor=BLUE, linewidth=1
                )
            )
        ax.text(x + half, 31.5, f"{side}×{side}", ha="center", fontsize=8.5, color=INK)
        ax.text(x + half, 34.5, f"{channels}", ha="center", fontsize=8.5, color=GREY)
        x += 2 * half + 0.55 * sheets + 1.9
    return figure


def card_keras() -> Figure:
    """How many parameters the two networks have."""
    figure, ax = blank(CARD_SIZE, units=(64, 36))
    for place, (name, count) in enumerate(parameter_counts().items()):
        y, width = 9.5 + 14 * place, 56 * count / max(parameter_counts().values())
        ax.add_patch(Rectangle((4, y), width, 6, facecolor=BLUE if place else GREY))
        ax.text(4, y - 1.4, name, fontsize=11, color=INK)
        ax.text(60, y - 1.4, number_of(count), ha="right", fontsize=11, color=INK)
    return figure


def number_of(count: int) -> str:
    """Write a count with its unit."""
    return f"{count:,} parameters"


def parameter_counts() -> dict[str, int]:
    """Count the parameters of the lecture's CNN and of the network 784-500-500-10."""
    cnn = shapes.conv2d_parameters(3, 1, 25) + shapes.conv2d_parameters(3, 25, 50)
    cnn += shapes.dense_parameters(5 * 5 * 50, 100) + shapes.dense_parameters(100, 10)
    sizes = (28 * 28, 500, 500, 10)
    dense = sum(shapes.dense_parameters(a, b) for a, b in pairwise(sizes))
    return {"fully connected": dense, "CNN": cnn}


def card_filters() -> Figure:
    """The 25 filters that the network's first layer learned."""
    figure, ax = blank(CARD_SIZE, units=(32, 18))
    filters = data.load_weights()["conv2d_1/kernel"][:, :, 0, :]
    for k in range(filters.shape[-1]):
        row, column = divmod(k, 5)
        values = filters[:, :, k]
        corner = (7.7 + 3.4 * column, 0.7 + 3.4 * row)
        cells(ax, values, corner, diverging=float(np.abs(filters).max()))
        outline(ax, corner, (3, 3), GREY, 0.8)
    return figure


def card_see() -> Figure:
    """A 9 with a box over the gap below its loop, and the probability of a 9 wherever it is."""
    figure, ax = blank(CARD_SIZE, units=(64, 36))
    index, row, column = COVERED
    image = data.load_digits().x_test[index].copy()
    probability = attribution.occlusion(data.load_cnn(), image, 9)[0]
    image[row : row + 6, column : column + 6] = 0.5
    ax.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1, extent=(3, 31, 32, 4))
    ax.imshow(probability, cmap=SEQUENTIAL, vmin=0, vmax=1, extent=(35.5, 58.5, 29.5, 6.5))
    outline(ax, (3 + column, 4 + row), (6, 6), AMBER)
    outline(ax, (35.5 + column, 6.5 + row), (1, 1), AMBER)
    return figure


def card_museum() -> Figure:
    """A 3 in color, and what `reshape` makes of it where the axes should be exchanged."""
    figure, ax = blank(CARD_SIZE, units=(64, 36))
    ink = np.reshape((0.34, 0.7, 0.97), (3, 1, 1))
    first = ink * data.load_digits().x_test[217, :, :, 0]
    ax.imshow(np.moveaxis(first, 0, -1), extent=(3, 31, 32, 4))
    ax.imshow(first.reshape(28, 28, 3), extent=(33, 61, 32, 4))
    ax.set(xlim=(0, 64), ylim=(36, 0))
    return figure


FIGURES: dict[str, Callable[[], Figure]] = {
    "hero": hero,
    "card_1_why": card_why,
    "card_2_convolution": card_convolution,
    "card_3_pooling": card_pooling,
    "card_4_network": card_network,
    "card_5_keras": card_keras,
    "card_6_filters": card_filters,
    "card_7_see": card_see,
    "card_8_museum": card_museum,
}


def save(name: str, target: Path | BinaryIO) -> None:
    """Draw one figure; the hero is 1600 pixels wide, a card 768."""
    options = {"metadata": {"Software": None}, "pil_kwargs": {"optimize": True}}
    FIGURES[name]().savefig(target, dpi=160, format="png", **options)


def main(folder: Path) -> None:
    """Draw every figure into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FIGURES:
        path = folder / f"{name}.png"
        save(name, path)
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "book" / "images")
