"""Measurements that were repeated: as dots, and as curves with their spread."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from lecturekit.plots._style import GREY, LINES, SMALL, heading, own_axes, quiet
from lecturekit.plots.charts import LogAxes, Places, curves


def dots(
    groups: Mapping[str, npt.ArrayLike],
    *,
    band: tuple[float, float] | None = None,
    band_label: str = "",
    xlabel: str = "",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Repeated measurements: a row of dots for each group, equal ones stacked, the mean a line.

    Parameters
    ----------
    groups : mapping of name to (n,) array
        From the top down, up to four.
    band : (float, float), optional
        A range to shade behind the dots.
    band_label : str
        What the range is.
    xlabel : str
    ax, title
        As in `lecturekit.plots.image`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are no groups or more than four, or one is empty.

    Examples
    --------
    >>> ax = dots({"CNN": [98.1, 98.1, 98.6], "DNN": [97.8, 98.1, 98.3]}, xlabel="accuracy in %")
    """
    if not 1 <= len(groups) <= len(LINES) or not all(np.size(v) for v in groups.values()):
        raise ValueError(f"dots: expected 1 to {len(LINES)} groups with values, got {groups!r}")
    ax = own_axes(ax, height=0.8 + 0.6 * len(groups))
    if band is not None:
        ax.axvspan(*band, color="#F3F4F6", zorder=0)
        ax.text(sum(band) / 2, -0.62, band_label, ha="center", va="top", fontsize=SMALL, color=GREY)
    for place, (values, color) in enumerate(zip(groups.values(), LINES, strict=False)):
        x = np.sort(np.asarray(values, dtype=float))
        ax.scatter(
            x, place - 0.13 * _rank_among_equals(x), s=26, color=color, alpha=0.85, linewidth=0
        )
        ax.plot([x.mean()] * 2, [place - 0.3, place + 0.3], color=color, linewidth=1.8)
    ax.set_yticks(range(len(groups)), list(groups))
    ax.set_ylim(len(groups) - 0.5, -0.7)
    ax.set_xlabel(xlabel)
    heading(ax, title)
    quiet(ax)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def _rank_among_equals(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Place equal values around 0, one unit apart.

    >>> print(_rank_among_equals(np.array([1.0, 2.0, 2.0])))
    [ 0.  -0.5  0.5]
    """
    ranks = [np.arange(n) - (n - 1) / 2 for n in np.unique(values, return_counts=True)[1]]
    return np.concatenate(ranks)


def spread(
    series: Mapping[str, npt.ArrayLike],
    *,
    x: Places | None = None,
    log: LogAxes = "",
    xlabel: str = "",
    ylabel: str = "",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Repeated curves: the mean of each series as a line, from its least to its largest shaded.

    Parameters
    ----------
    series : mapping of name to (repetitions, n) array
        Up to four.
    x, log, xlabel, ylabel, ax, title
        As in `lecturekit.plots.curves`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If a series is not two-dimensional, or there are none or more than four.

    Examples
    --------
    >>> ax = spread({"CNN": [[98, 94, 83], [99, 95, 80]]}, xlabel="pixels moved")
    """
    if not 1 <= len(series) <= len(LINES):
        raise ValueError(f"spread: expected 1 to {len(LINES)} series, got {len(series)}")
    arrays = {name: np.asarray(values, dtype=float) for name, values in series.items()}
    for name, values in arrays.items():
        if values.ndim != 2 or not values.size:
            raise ValueError(f"spread: {name} must be (repetitions, n), got {values.shape}")
    means = {name: values.mean(axis=0) for name, values in arrays.items()}
    ax = curves(means, x=x, log=log, xlabel=xlabel, ylabel=ylabel, ax=ax, title=title)
    for line, values in zip(ax.lines[-len(arrays) :], arrays.values(), strict=True):
        low, high = values.min(axis=0), values.max(axis=0)
        ax.fill_between(line.get_xdata(), low, high, color=line.get_color(), alpha=0.15, lw=0)
    return ax
