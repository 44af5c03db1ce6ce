"""Figures of chapter 1: small patterns, where they are found, and what a CNN leaves out."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from lecturekit.plots._style import (
    BLUE,
    CARD,
    GREY,
    INK,
    LIGHT,
    SMALL,
    bare,
    heading,
    own_axes,
    panels,
    quiet,
)
from lecturekit.plots.cells import feature_map, frame, image, weights

_STEPS: Final = (
    ("image", ""),
    ("convolution", "properties\n1 and 2"),
    ("max\npooling", "property 3"),
    ("convolution", "properties\n1 and 2"),
    ("max\npooling", "property 3"),
    ("flatten", ""),
    ("fully\nconnected", ""),
    ("0, 1, … 9", ""),
)
_REPEATED: Final = (1, 4)  # the first and the last step that the slide says can repeat


def pattern_search(
    source: npt.ArrayLike,
    place: tuple[int, int],
    detector: npt.ArrayLike,
    target: npt.ArrayLike,
    response: npt.ArrayLike,
) -> Axes:
    """A detector cut from one image, and where it answers most on another.

    Parameters
    ----------
    source : (H, W) or (H, W, 1) array in [0, 1]
        The image that the detector was cut from.
    place : (int, int)
        Row and column of the detector's upper left pixel in `source`.
    detector : (h, w) array
    target : (H, W) or (H, W, 1) array in [0, 1]
        The image that was searched.
    response : (rows, columns) array
        The detector's answer at each place of `target`.

    Returns
    -------
    Axes
        That of the response.

    Raises
    ------
    ValueError
        If the detector is 0 everywhere, so that no place is the best.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturekit import lecture, reference as ref
    >>> response = ref.correlate2d(lecture.IMAGE, lecture.FILTER_1)
    >>> ax = pattern_search(lecture.IMAGE, (0, 0), lecture.FILTER_1, lecture.IMAGE, response)
    >>> ax.get_title(loc="left")
    'answers, best 3.00'
    """
    weight, answers = np.asarray(detector, dtype=float), np.asarray(response, dtype=float)
    if not weight.any():
        raise ValueError("This patch has one shade only, so it is no pattern. Move it to a stroke.")
    row, column = divmod(int(answers.argmax()), answers.shape[1])
    height, width = weight.shape
    _, axes = panels(4, height=2.0)
    frame(image(source, ax=axes[0], title="cut here"), *place, height, width)
    weights(weight, ax=axes[1], title="detector", numbers=False)
    frame(image(target, ax=axes[2], title="found here"), row, column, height, width)
    ax = feature_map(answers, ax=axes[3], title=f"answers, best {answers.max():.2f}", numbers=False)
    return frame(ax, row, column, 1, 1)


def amounts(
    values: Mapping[str, int], *, unit: str, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Whole numbers of very different size as bars, on a scale of powers of ten.

    Parameters
    ----------
    values : mapping of name to int, at least 1 each
        Drawn from the top down.
    unit : str
        What is counted: the label of the scale.
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is nothing to draw, or a number is below 1, which has no place on this scale.

    Examples
    --------
    >>> ax = amounts({"every pixel": 784, "a window": 9}, unit="weights")
    >>> [text.get_text() for text in ax.texts]
    ['784', '9']
    """
    if not values or min(values.values()) < 1:
        raise ValueError(f"amounts: expected numbers of at least 1, got {dict(values)}")
    ax = own_axes(ax, height=0.9 + 0.36 * len(values))
    ax.barh(list(values), list(values.values()), color=BLUE, height=0.6)
    ax.set_xscale("log")
    ax.set_xlim(1, max(values.values()) * 12)
    ax.invert_yaxis()
    for row, value in enumerate(values.values()):
        ax.annotate(f"{value:,}", (value, row), xytext=(5, 0), textcoords="offset points",
                    va="center", fontsize=SMALL, color=INK)  # fmt: skip
    ax.set_xlabel(f"{unit} (each step is ten times more)")
    ax.minorticks_off()
    heading(ax, title)
    quiet(ax)
    ax.tick_params(axis="y", labelcolor=INK, length=0)
    return ax


def cnn_steps(*, ax: Axes | None = None, title: str | None = None) -> Axes:
    """The steps of a CNN from the image to the digits, each with the property it rests on.

    Parameters
    ----------
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    References
    ----------
    Slide: *The whole CNN*.
    """
    ax = own_axes(ax, height=1.75)
    for place, (name, reason) in enumerate(_STEPS):
        edge = INK if reason else LIGHT
        box = FancyBboxPatch(
            (place - 0.385, -0.3),
            0.77,
            0.6,
            boxstyle="round,pad=0.05,rounding_size=0.08",
            facecolor=CARD,
            edgecolor=edge,
            linewidth=1.2,
        )
        ax.add_patch(box)
        ax.text(place, 0, name, ha="center", va="center", fontsize=SMALL, color=INK)
        ax.text(place, 0.5, reason, ha="center", va="bottom", fontsize=SMALL, color=BLUE)
        if place:
            arrow = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", (place - 0.43, 0), (place - 0.57, 0), arrowprops=arrow)
    first, last = _REPEATED[0] - 0.4, _REPEATED[1] + 0.4
    ax.plot([first, first, last, last], [-0.45, -0.55, -0.55, -0.45], color=GREY, linewidth=1)
    ax.text((first + last) / 2, -0.63, "can repeat many times", ha="center", va="top",
            fontsize=SMALL, color=GREY)  # fmt: skip
    ax.set_xlim(-0.5, len(_STEPS) - 0.5)
    ax.set_ylim(-0.95, 1.0)
    bare(ax)
    heading(ax, title)
    return ax
