"""The figures of convolution: the sliding window, and the fully connected layer in disguise."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from lecturekit import reference
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
    panels,
)
from lecturekit.plots.cells import feature_map, frame, hatch, image, weights
from lecturekit.shapes import Pair, as_pair

WEIGHT_COLORS: Final = (
    "#0072B2", "#D55E00", "#009E73",
    "#CC79A7", "#E69F00", "#56B4E9",
    "#7A5C00", "#3D3D3D", "#8C6BB1",
)  # fmt: skip
"""One color for each of the nine shared weights, told apart by number too."""


def convolution_step(
    pixels: npt.ArrayLike,
    kernel: npt.ArrayLike,
    *,
    output: int = 0,
    stride: Pair = 1,
    padding: int = 0,
    outline: str | None = None,
) -> Axes:
    """One step of a convolution: window, products and the sum it writes.

    Parameters
    ----------
    pixels : (H, W) array in [0, 1]
    kernel : (kh, kw) array
    output : int
        Which cell of the feature map, counted from 0, row by row.
    stride, padding
        As in `lecturekit.reference.correlate2d`.
    outline : color, optional
        The frame of the filter.

    Returns
    -------
    Axes
        The panel of the feature map; the image and the filter are on the same figure.

    Raises
    ------
    ValueError
        If there is no such output.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> convolution_step(lecture.IMAGE, lecture.FILTER_1).get_title(loc="left")
    'feature map, 4 x 4'
    """
    array, weight = np.asarray(pixels), np.asarray(kernel)
    result = reference.correlate2d(array, weight, stride=stride, padding=padding)
    if not 0 <= output < result.size:
        raise ValueError(f"output must be from 0 to {result.size - 1}, got {output}")
    row, column = divmod(output, result.shape[1])
    down, right = as_pair(stride, "stride", minimum=1, name="convolution_step")
    padded = np.pad(array, padding)
    window = (row * down, column * right, *weight.shape)

    fig, axes = panels(3, height=3.1, ratios=[padded.shape[1], weight.shape[1] * 1.3, 5])
    image(padded, ax=axes[0], title="image" + (" with padding" if padding else ""))
    _mark_padding(axes[0], padded.shape, padding)
    frame(axes[0], *window)
    weights(weight, ax=axes[1], title="filter", outline=outline)
    limit = max(float(np.abs(result).max()), 1.0)
    feature_map(result, ax=axes[2], title=f"feature map, {result.shape[0]} x {result.shape[1]}",
                limit=limit * 1.3)  # fmt: skip
    frame(axes[2], row, column, 1, 1)
    patch = padded[window[0] : window[0] + weight.shape[0], window[1] : window[1] + weight.shape[1]]
    fig.text(0.02, 0.02, arithmetic(patch, weight), fontsize=SMALL, color=INK, va="bottom")
    fig.set_layout_engine("constrained", rect=(0, 0.09, 1, 0.91))
    return axes[2]


def arithmetic(patch: npt.ArrayLike, kernel: npt.ArrayLike) -> str:
    """The sum of products in one line, without those that are 0 because the pixel is.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> arithmetic(lecture.IMAGE[:3, :3], lecture.FILTER_1)
    '1 × 1 + 1 × 1 + 1 × 1 = 3   (6 more products are 0)'
    >>> arithmetic(lecture.IMAGE[:3, 1:4], lecture.FILTER_1)
    '1 × (−1) + 1 × (−1) + 1 × 1 = −1   (6 more products are 0)'
    """
    pixels, weight = np.asarray(patch, dtype=float), np.asarray(kernel, dtype=float)
    terms = [
        f"{number(p)} × {number(w) if w >= 0 else f'({number(w)})'}"
        for p, w in zip(pixels.flat, weight.flat, strict=True)
        if p != 0
    ]
    total = number(float((pixels * weight).sum()))
    zeros = pixels.size - len(terms)
    shown = terms if len(terms) <= 5 else [*terms[:4], "…"]
    tail = f"   ({zeros} more products are 0)" if zeros else ""
    return f"{' + '.join(shown) or '0'} = {total}{tail}"


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
    """
    table = np.asarray(matrix)
    if table.ndim != 2:
        raise ValueError(f"connection_matrix: expected (pixels, outputs), got {table.shape}")
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
        ax.text(column, row, str(k + 1), ha="center", va="center", color="white", fontsize=LARGE,
                fontweight="bold")  # fmt: skip
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
    kernel : (3, 3) array
    outputs : sequence of int
        Which outputs to draw, counted from 0.
    ax
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes
    """
    array, weight = np.asarray(pixels), np.asarray(kernel)
    table = reference.connections(array.shape, weight.shape)
    values = reference.correlate2d(array, weight).ravel()
    used = np.flatnonzero(table[:, list(outputs)].any(axis=1))
    ax = own_axes(ax, height=4.4)
    heights = np.linspace(0, len(used) - 1, len(outputs) + 2)[1:-1]
    for place, output in zip(heights, outputs, strict=True):
        for rank, pixel in enumerate(used):
            shared = table[pixel, output]
            if shared:
                ax.plot(
                    [0.3, 3.7], [rank, place], color=WEIGHT_COLORS[shared - 1], lw=1.6, zorder=1
                )
        _node(ax, 4, place, number(values[output]), f"output {output + 1}", side=1)
    for rank, pixel in enumerate(used):
        _node(ax, 0, rank, number(array.flat[pixel]), f"pixel {pixel + 1}", side=-1)
    ax.set(xlim=(-1.6, 5.6), ylim=(len(used) - 0.4, -0.6))
    bare(ax)
    return ax


def _node(ax: Axes, x: float, y: float, text: str, label: str, *, side: int) -> None:
    ax.text(x, y, text, ha="center", va="center", fontsize=SMALL, color=INK, zorder=3,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": CARD, "edgecolor": GREY})  # fmt: skip
    ax.text(x + side * 0.35, y, label, ha="left" if side > 0 else "right", va="center",
            fontsize=SMALL, color=GREY)  # fmt: skip


def filtered_digit(
    pixels: npt.ArrayLike, kernel: npt.ArrayLike, *, stride: int = 1, padding: int = 0
) -> Axes:
    """A filter on a whole digit: the image with the last window, and its feature map.

    Parameters
    ----------
    pixels : (H, W) array in [0, 1]
    kernel : (kh, kw) array
    stride, padding : int
        As in `lecturekit.reference.correlate2d`.

    Returns
    -------
    Axes
        The panel of the feature map. What no window reaches is hatched on the image.
    """
    array, weight = np.asarray(pixels), np.asarray(kernel)
    result = reference.correlate2d(array, weight, stride=stride, padding=padding)
    padded = np.pad(array, padding)
    _, axes = panels(3, height=3.0, ratios=[padded.shape[1], 10, 28])
    image(padded, ax=axes[0], title=f"image, {padded.shape[0]} x {padded.shape[1]}")
    _mark_padding(axes[0], padded.shape, padding)
    reach = [(n - 1) * stride + k for n, k in zip(result.shape, weight.shape, strict=True)]
    hatch(axes[0], reach[0], 0, padded.shape[0] - reach[0], padded.shape[1])
    hatch(axes[0], 0, reach[1], reach[0], padded.shape[1] - reach[1])
    frame(axes[0], reach[0] - weight.shape[0], reach[1] - weight.shape[1], *weight.shape)
    weights(weight, ax=axes[1], title="filter")
    rows, columns = result.shape
    feature_map(
        result, ax=axes[2], title=f"feature map, {rows} x {columns}", limit=3, numbers=False
    )
    frame(axes[2], rows - 1, columns - 1, 1, 1)
    # One pixel is as large in the map as in the image, so a stride of 2 halves what we see.
    size = max(padded.shape)
    axes[2].set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
    return axes[2]


def _mark_padding(ax: Axes, shape: tuple[int, ...], padding: int) -> None:
    """Show the zeros around an image in a lighter grey with a dotted edge."""
    if not padding:
        return
    rows, columns = shape
    inner = rows - 2 * padding
    strips = (
        (0, 0, padding, columns),
        (rows - padding, 0, padding, columns),
        (padding, 0, inner, padding),
        (padding, columns - padding, inner, padding),
    )
    for row, column, height, width in strips:
        ax.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5), width, height, facecolor=GREY, zorder=2, linewidth=0
            )
        )
    edge = Rectangle((padding - 0.5, padding - 0.5), columns - 2 * padding, inner, fill=False)
    edge.set(edgecolor=LIGHT, linestyle=":", linewidth=1.2, zorder=2.5)
    ax.add_patch(edge)


def color_channels(
    pixels: npt.ArrayLike, *, names: Sequence[str] = ("red", "green", "blue")
) -> Axes:
    """A color image beside its channels, each as grey levels.

    Parameters
    ----------
    pixels : (H, W, 3) array in [0, 1]
    names : sequence of str

    Returns
    -------
    Axes
        The last panel.
    """
    array: npt.NDArray[Any] = np.asarray(pixels, dtype=float)
    if array.ndim != 3 or array.shape[2] != len(names):
        raise ValueError(f"color_channels: expected (H, W, {len(names)}), got {array.shape}")
    _, axes = panels(len(names) + 1, height=2.0)
    image(array, ax=axes[0], title="color image")
    for c, name in enumerate(names):
        image(array[..., c], ax=axes[c + 1], title=f"channel {c}: {name}")
    return axes[-1]
