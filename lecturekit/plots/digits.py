"""What is in a set of digits: samples of each class, how many there are, how much ink they have."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lecturekit.plots._style import (
    BLUE,
    GREY,
    GREYS,
    INK,
    LIGHT,
    SMALL,
    WIDTH,
    bare,
    heading,
    number,
    own_axes,
)
from lecturekit.shapes import as_integer

Numbers = npt.NDArray[Any]

# Lengths are in widths of a sample.
_COLUMN: Final = 1.14  # from one class to the next
_LEFT: Final = 1.9  # what stands beside the rows
_NAME, _BAND, _GAP = 0.45, 1.3, 0.8  # the digits' names, a band of bars, the space above it
_STACK: Final = (BLUE, GREY)


def data_set(
    digits: Sequence[npt.ArrayLike],
    *,
    samples: int = 4,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """What is in a data set: one column for each class, from its images down to its ink.

    Below the first training images of a class stands how many images it has, to train on and held
    out, and below that the ink of its training images: the sum of the pixels, its mean as a dot
    and the middle 80 % of the images as a line, from 0.

    Parameters
    ----------
    digits : (x_train, y_train, x_test, y_test)
        As `lecturekit.data.Digits`: images (N, H, W, 1) in [0, 1], labels (N,) integers from 0 on.
    samples : int, at least 1
        How many images of each class.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If these are not images and labels that fit each other, or `samples` is below 1.
    TypeError
        If `samples` is not an integer.

    Examples
    --------
    >>> from lecturekit import data
    >>> ax = data_set(data.load_digits(), title="1,797 digits")
    >>> [text.get_text() for text in ax.texts][:3]
    ['0', '1', '2']
    """
    samples = as_integer(samples, "samples", minimum=1, name="data_set")
    x_train, y_train, _, y_test = _arrays(digits)
    classes = int(max(y_train.max(), y_test.max())) + 1
    tall = x_train.shape[1] / x_train.shape[2]
    pictures = _NAME + samples * (tall + _COLUMN - 1)
    width, height = _LEFT + classes * _COLUMN, pictures + 2 * (_GAP + _BAND)
    ax = own_axes(ax, height=round(WIDTH * height / width + (0.35 if title else 0.1), 2))
    bare(ax)
    heading(ax, title)
    for k in range(classes):
        _write(ax, _middle(k), _NAME / 2, str(k))
        for row, picture in enumerate(x_train[y_train == k][:samples]):
            _sample(ax, picture, _middle(k), _NAME + row * (tall + _COLUMN - 1), tall)
    counts = [np.bincount(labels, minlength=classes) for labels in (y_train, y_test)]
    _counts(ax, counts, pictures + _GAP + _BAND)
    ink = x_train.sum(axis=(1, 2), dtype=np.float64)
    _ink(ax, [ink[y_train == k] for k in range(classes)], height)
    ax.set(xlim=(0, width), ylim=(height + 0.15, 0), aspect="equal")
    return ax


def _arrays(digits: Sequence[npt.ArrayLike]) -> list[Numbers]:
    arrays = [np.asarray(array) for array in digits]
    shapes = [array.shape for array in arrays]
    if len(arrays) != 4 or not all(map(_fit, arrays[::2], arrays[1::2])):
        raise ValueError(
            "data_set: expected x_train (N, H, W, 1), y_train (N,) integers from 0 on, and the "
            f"same for x_test and y_test, got {shapes}"
        )
    return [array[..., 0] if array.ndim == 4 else array for array in arrays]


def _fit(images: Numbers, labels: Numbers) -> bool:
    return (
        images.ndim == 4
        and images.shape[-1] == 1
        and images.size > 0
        and labels.shape == images.shape[:1]
        and labels.dtype.kind in "iu"
        and bool(labels.min() >= 0)
    )


def _middle(k: int) -> float:
    return _LEFT + (k + 0.5) * _COLUMN


def _write(ax: Axes, x: float, y: float, text: str, **options: Any) -> None:
    style: dict[str, Any] = {"fontsize": SMALL, "color": INK, "ha": "center", "va": "center"}
    ax.text(x, y, text, **(style | options))


def _sample(ax: Axes, picture: Numbers, middle: float, top: float, tall: float) -> None:
    left = middle - 0.5
    extent = (left, left + 1, top + tall, top)
    ax.imshow(picture, extent=extent, cmap=GREYS, vmin=0, vmax=1, interpolation="nearest")
    box = Rectangle((left, top), 1, tall, fill=False, edgecolor=LIGHT, linewidth=0.5)
    ax.add_patch(box)


def _counts(ax: Axes, counts: Sequence[Numbers], floor: float) -> None:
    """Bars of two pieces, to train on below, held out above; their numbers in the same order."""
    unit = _BAND / int(np.sum(counts, axis=0).max())
    for k, pieces in enumerate(zip(*counts, strict=True)):
        bottom = floor
        for count, color in zip(pieces, _STACK, strict=True):
            length = count * unit
            bar = Rectangle((_middle(k) - 0.4, bottom - length), 0.8, length, color=color, lw=0)
            ax.add_patch(bar)
            bottom -= length
        for line, (count, color) in enumerate(zip(pieces, _STACK, strict=True)):
            _write(ax, _middle(k), bottom - 0.18 - 0.3 * line, f"{count:,}", color=color)
    _write(ax, 0, floor - _BAND / 2 - 0.35, "images", ha="left")
    _write(ax, 0, floor - _BAND / 2, "held out", ha="left", color=GREY)
    _write(ax, 0, floor - _BAND / 2 + 0.35, "to train on", ha="left", color=BLUE)


def _ink(ax: Axes, groups: Sequence[Numbers], floor: float) -> None:
    """The mean of each class as a dot, the middle 80 % of its images as a line."""
    ends = [np.quantile(ink, (0.1, 0.9)) if len(ink) else np.zeros(2) for ink in groups]
    unit = _BAND / (max(float(high) for _, high in ends) or 1)
    ax.plot([_LEFT, _middle(len(groups) - 1) + 0.5], [floor, floor], color=LIGHT, linewidth=0.8)
    for k, (ink, (low, high)) in enumerate(zip(groups, ends, strict=True)):
        if not len(ink):
            continue
        x, mean = _middle(k) - 0.25, float(ink.mean())
        ax.plot([x, x], [floor - low * unit, floor - high * unit], color=BLUE, linewidth=1.8)
        ax.plot([x], [floor - mean * unit], color=BLUE, marker="o", markersize=5)
        _write(ax, x + 0.18, floor - mean * unit, number(round(mean)), ha="left")
    _write(ax, _LEFT - 0.1, floor, "0", ha="right", color=GREY)
    _write(ax, 0, floor - _BAND / 2 - 0.35, "ink: mean", ha="left")
    _write(ax, 0, floor - _BAND / 2, "and the", ha="left")
    _write(ax, 0, floor - _BAND / 2 + 0.35, "middle 80 %", ha="left")
