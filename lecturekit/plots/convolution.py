"""The figures of convolution: the sliding window, a filter on a digit, the color channels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lecturekit import reference
from lecturekit.plots._checks import as_index
from lecturekit.plots._style import (
    GREY,
    INK,
    LIGHT,
    SMALL,
    number,
    panels,
)
from lecturekit.plots.cells import feature_map, frame, hatch, image, weights
from lecturekit.shapes import Pair, as_integer, as_pair


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
    stride : int or (int, int), at least 1
    padding : int, at least 0
        Zeros on each side of the image.
    outline : color, optional
        The frame of the filter.

    Returns
    -------
    Axes
        The panel of the feature map; the image and the filter are on the same figure.

    Raises
    ------
    ValueError
        If the filter does not fit on the image, `stride` or `padding` is too small, or there is no
        such output.
    TypeError
        If `stride`, `padding` or `output` is not made of integers.

    Examples
    --------
    >>> from lecturekit import lecture
    >>> convolution_step(lecture.IMAGE, lecture.FILTER_1).get_title(loc="left")
    'feature map, 4 x 4'
    """
    array, weight = np.asarray(pixels), np.asarray(kernel)
    padding = as_integer(padding, "padding", minimum=0, name="convolution_step")
    down, right = as_pair(stride, "stride", minimum=1, name="convolution_step")
    result = reference.correlate2d(array, weight, stride=stride, padding=padding)
    output = as_index(output, "output", count=result.size, name="convolution_step")
    row, column = divmod(output, result.shape[1])
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


def filtered_digit(
    pixels: npt.ArrayLike, kernel: npt.ArrayLike, *, stride: int = 1, padding: int = 0
) -> Axes:
    """A filter on a whole digit: the image with the last window, and its feature map.

    Parameters
    ----------
    pixels : (H, W) array in [0, 1]
    kernel : (kh, kw) array
    stride : int, at least 1
    padding : int, at least 0
        Zeros on each side of the image.

    Returns
    -------
    Axes
        The panel of the feature map. What no window reaches is hatched on the image.

    Raises
    ------
    ValueError
        If the filter does not fit on the image, or `stride` or `padding` is too small.
    TypeError
        If `stride` or `padding` is not an integer.
    """
    array, weight = np.asarray(pixels), np.asarray(kernel)
    stride = as_integer(stride, "stride", minimum=1, name="filtered_digit")
    padding = as_integer(padding, "padding", minimum=0, name="filtered_digit")
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

    Raises
    ------
    ValueError
        If the image does not have one channel a name.
    """
    array: npt.NDArray[Any] = np.asarray(pixels, dtype=float)
    if array.ndim != 3 or array.shape[2] != len(names):
        raise ValueError(f"color_channels: expected (H, W, {len(names)}), got {array.shape}")
    _, axes = panels(len(names) + 1, height=2.0)
    image(array, ax=axes[0], title="color image")
    for c, name in enumerate(names):
        image(array[..., c], ax=axes[c + 1], title=f"channel {c}: {name}")
    return axes[-1]
