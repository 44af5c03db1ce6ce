"""Networks side by side: what they take, where their parameters are, what they read."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator

from lecturekit.plots._checks import as_index, without_channel
from lecturekit.plots._style import (
    CARD,
    GREYS,
    INK,
    LINES,
    SMALL,
    bare,
    heading,
    own_axes,
    quiet,
)
from lecturekit.plots.cells import frame, image
from lecturekit.plots.charts import curves, probabilities
from lecturekit.reference import History


def pixel_vector(
    pixels: npt.ArrayLike,
    *,
    row: int | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """An image as one long vector, from left to right: its rows laid end to end.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 1) array in [0, 1]
    row : int, optional
        The row of the image to outline, counted from 0.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the shape is not that of a black-and-white image, or it has no such row.
    TypeError
        If `row` is not an integer.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> ax = pixel_vector(lecture.IMAGE, row=2, title="36 numbers")
    """
    grid = without_channel(pixels, 2)
    if grid.ndim != 2 or not grid.size:
        raise ValueError(f"pixel_vector: expected one image (H, W), got {np.shape(pixels)}")
    height, width = grid.shape
    if row is not None:
        row = as_index(row, "row", count=height, name="pixel_vector")
    ax = own_axes(ax, height=1)
    line = grid.reshape(1, -1)
    ax.imshow(line, cmap=GREYS, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    bare(ax)
    heading(ax, title)
    if row is not None:
        frame(ax, 0, row * width, 1, width)
    return ax


def stacked_parameters(
    networks: Mapping[str, Mapping[str, int]], *, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Where the parameters of networks are: one bar each, one piece for every layer.

    Parameters
    ----------
    networks : mapping of name to (mapping of layer to its number of parameters)
        Up to four. Layers without parameters are left out.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are no networks or more than four, or one has no parameters.

    Examples
    --------
    >>> ax = stacked_parameters({"CNN": {"conv2d_1": 250, "pool_1": 0, "conv2d_2": 11300}})
    """
    totals = {name: sum(layers.values()) for name, layers in networks.items()}
    if not 1 <= len(totals) <= len(LINES) or min(totals.values()) < 1:
        raise ValueError(
            f"stacked_parameters: expected 1 to {len(LINES)} networks with parameters, got {totals}"
        )
    ax = own_axes(ax, height=0.6 + 0.75 * len(networks))
    most = max(totals.values())
    for place, (layers, color) in enumerate(zip(networks.values(), LINES, strict=False)):
        _layer_bar(ax, place, layers, most, color)
    ax.set_yticks(range(len(networks)), list(networks))
    ax.set(xlim=(0, 1.13 * most), ylim=(len(networks) - 0.4, -0.6), xticks=[])
    heading(ax, title)
    quiet(ax)
    ax.spines["bottom"].set_visible(False)
    return ax


def _layer_bar(ax: Axes, place: int, layers: Mapping[str, int], most: int, color: str) -> None:
    """Pieces of alternating strength, named where the name fits, and the total at the end."""
    start, strong = 0, True
    for name, count in layers.items():
        if not count:
            continue
        fill = color if strong else _lighter(color)
        ax.barh(place, count, left=start, height=0.62, color=fill, edgecolor=CARD, linewidth=0.8)
        if count / most > 0.12:
            ax.text(start + count / 2, place, f"{name}\n{count:,}", ha="center", va="center",
                    fontsize=SMALL, color="white" if strong else INK)  # fmt: skip
        start, strong = start + count, not strong
    ax.text(start + 0.01 * most, place, f"{start:,}", va="center", fontsize=SMALL, color=INK)


def _lighter(color: str) -> tuple[float, ...]:
    return tuple(0.45 * value + 0.55 for value in to_rgb(color))


def learning_curves(
    history: History,
    *,
    measure: Literal["loss", "accuracy"] = "loss",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """How a training went: the loss or the accuracy of each epoch, and that of held-out images.

    Parameters
    ----------
    history : History
        What `lecturekit.training.train` and `lecturekit.reference.CNN.fit` return.
    measure : {"loss", "accuracy"}
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is no such measure, or no epoch was finished.

    Examples
    --------
    >>> from lecturekit import data
    >>> digits = data.load_digits()
    >>> history = data.load_cnn().fit(digits.x_train[:50], digits.y_train[:50], epochs=2)
    >>> ax = learning_curves(history, measure="accuracy")
    """
    if measure not in ("loss", "accuracy"):
        raise ValueError(f'learning_curves: measure must be "loss" or "accuracy", got {measure!r}')
    if not len(history.loss):
        raise ValueError("learning_curves: the history has no finished epoch")
    series = {"training": getattr(history, measure)}
    held_out = getattr(history, f"held_out_{measure}")
    if held_out is not None:
        series["held out"] = held_out
    epochs = np.arange(1, len(history.loss) + 1)
    ax = curves(series, x=epochs, xlabel="epoch", ylabel=measure, ax=ax, title=title)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if len(epochs) == 1:  # one point makes no line
        for line in ax.lines:
            line.set_marker("o")
    return ax


def reading(
    pixels: npt.ArrayLike,
    p: npt.ArrayLike,
    *,
    truth: int | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """An image and, beside it in the same panel, what a network takes it for.

    Parameters
    ----------
    pixels : (H, W), (H, W, 1) or (H, W, 3) array in [0, 1]
    p : (K,) array in [0, 1]
        The probability of each class.
    truth : int, optional
        The right class, which is marked.
    ax, title
        As in `lecturekit.plots.image`. A panel needs a third of the book's width.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If `pixels` is no image, `p` no row of probabilities, or there is no class `truth`.
    TypeError
        If `truth` is not an integer.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> ax = reading(lecture.IMAGE, [0.1, 0.7, 0.2], truth=1, title="a 1, read as 1")
    """
    ax = own_axes(ax)
    bare(ax)
    image(pixels, ax=ax.inset_axes((0, 0, 0.41, 1), anchor="N"), numbers=False)
    bars = probabilities(p, truth=truth, ax=ax.inset_axes((0.69, 0.06, 0.31, 0.94)))
    bars.set_xticks([0, 1])
    heading(ax, title)
    return ax
